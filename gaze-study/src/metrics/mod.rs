//! The metrics of a study: their names, their descriptions and definitions, and what they are computed from.

pub use self::{
    evidence::{Empirical, Evidence, Given, Maps, Missing, SIMILARITY_SAMPLES},
    metric::{Measure, Metric, Profile, UnknownMetric},
    rows::{Judges, METRICS, MetricRow, Variant, variant_of},
};

mod evidence;
mod metric;
mod rows;
