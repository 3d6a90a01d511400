//! The metrics as the commands see them: names, definitions, and what each is computed from.

pub(crate) use self::{
    about::About,
    evidence::{Evidence, Maps, Missing, SIMILARITY_SAMPLES},
    metric::{Metric, Profile},
    variants::{Judges, VARIANTS, Variant, variant_of},
};

mod about;
mod evidence;
mod metric;
mod variants;
