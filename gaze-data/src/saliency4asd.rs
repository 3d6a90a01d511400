//! Reader (stub).

use std::path::Path;

use crate::{DataError, dataset::Index};

pub(crate) struct Saliency4Asd;

impl Saliency4Asd {
    pub(crate) const LAYOUT: &'static str = "";
    pub(crate) fn open(_root: &Path) -> Result<Option<Index>, DataError> {
        Ok(None)
    }
}
