//! Tests of the workspace as a whole, in one binary.

/// Golden values of the metrics, made by their peers.
mod golden_metrics;
/// Where files are, and how the program is run.
mod util;
