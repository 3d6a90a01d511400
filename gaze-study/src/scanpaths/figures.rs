//! Figures of a scanpath.

use gaze_core::Size;
use gaze_metrics::scanpath::{
    Descriptives, RecurrenceOptions, ScanpathPoints, recurrence, spatial_entropy, transition_entropy,
};
use serde::Serialize;

use super::measures::{grid, radius_px};

/// A figure of a scanpath.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quantity {
    /// The name in tables.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// The unit, empty if there is none.
    pub unit: &'static str,
}

const fn quantity(name: &'static str, label: &'static str, unit: &'static str) -> Quantity {
    Quantity { name, label, unit }
}

/// The figures of a scanpath, in the order of tables.
pub const QUANTITIES: [Quantity; 9] = [
    quantity("fixations", "Fixations", ""),
    quantity("mean_duration_ms", "Mean duration of a fixation", "ms"),
    quantity("total_duration_ms", "Duration of all fixations", "ms"),
    quantity("first_fixation_ms", "Latency of the first fixation", "ms"),
    quantity("mean_amplitude_px", "Mean amplitude of a saccade", "px"),
    quantity("length_px", "Length of the scanpath", "px"),
    quantity("spatial_entropy_bits", "Spatial entropy", "bits"),
    quantity("transition_entropy_bits", "Transition entropy", "bits"),
    quantity("recurrence_percent", "Recurrence", "%"),
];

/// The figures of one scanpath, in the order of [`QUANTITIES`]; one that it does not have is `None`.
pub(super) type Figures = [Option<f64>; QUANTITIES.len()];

/// Computes the figures of one scanpath on a picture of this size, whose first fixation began at `first_ms`.
pub(super) fn of_scanpath(points: &ScanpathPoints, first_ms: Option<f64>, size: Size) -> Figures {
    let Descriptives { fixations, mean_duration_ms, total_duration_ms, mean_amplitude_px, length_px } =
        Descriptives::of(points);
    let grid = grid(size).ok();
    let recurs = recurrence(points, &RecurrenceOptions::within(radius_px(size))).ok();
    [
        Some(fixations as f64),
        mean_duration_ms,
        total_duration_ms,
        first_ms,
        mean_amplitude_px,
        Some(length_px),
        grid.and_then(|grid| spatial_entropy(points, &grid).ok()),
        grid.and_then(|grid| transition_entropy(points, &grid).ok()),
        recurs.map(|found| found.rate),
    ]
}
