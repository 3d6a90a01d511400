//! The metrics as the commands see them: names, definitions, and what each is computed from.

pub(crate) use self::{
    evidence::{Evidence, Maps, Missing, SIMILARITY_SAMPLES},
    metric::{Metric, Profile},
    variants::{Judges, VARIANTS, Variant, variant_of},
};

mod evidence;
mod metric;
mod variants;
