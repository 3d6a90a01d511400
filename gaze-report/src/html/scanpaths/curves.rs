//! How scanpaths go on: mean duration and amplitude at each position.

use minijinja::{Value, context};

use gaze_study::scanpaths::{GroupFigures, IndexPoint};

use super::super::course::{self, Point};

/// A figure by position: its name, its unit, and its mean and standard error at a position.
type Course = (&'static str, &'static str, fn(&IndexPoint) -> (Option<f64>, Option<f64>));

const COURSES: [Course; 2] = [
    ("Duration of the fixation", "ms", |point| (point.duration_ms, point.duration_error_ms)),
    ("Amplitude of the saccade that follows", "px", |point| (point.amplitude_px, point.amplitude_error_px)),
];

/// Draws the courses that some group has.
pub(super) fn draw(groups: &[&GroupFigures]) -> Vec<Value> {
    let drawn = COURSES.iter().filter_map(|(label, unit, of)| {
        let point = |point: &IndexPoint| {
            let (mean, error) = of(point);
            Some(Point { index: point.index, mean: mean?, error: error.unwrap_or_default() })
        };
        let line = |group: &&GroupFigures| group.by_index.iter().filter_map(point).collect();
        let lines: Vec<(&str, Vec<Point>)> = groups.iter().map(|group| (group.group.as_str(), line(group))).collect();
        let svg = course::draw(label, &lines)?;
        Some(context! { label => *label, unit => *unit, svg => Value::from_safe_string(svg) })
    });
    drawn.collect()
}
