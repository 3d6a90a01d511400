//! Reader (stub).

use std::path::Path;

use crate::{DataError, dataset::Index};

pub(crate) struct Table;

impl Table {
    pub(crate) const LAYOUT: &'static str = "";
    pub(crate) fn open(_root: &Path) -> Result<Option<Index>, DataError> {
        Ok(None)
    }
}
