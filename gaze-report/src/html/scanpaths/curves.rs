//! How scanpaths go on: mean duration and amplitude at each position.

use minijinja::{Value, context};

use gaze_study::scanpaths::{GroupFigures, IndexPoint};

use super::super::{
    COLORS,
    axis::Axis,
    svg::{Anchor, Svg},
};

const WIDTH: f64 = 340.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 170.0;

/// A figure by position: its name, and its mean and standard error at a position.
type Course = (&'static str, &'static str, fn(&IndexPoint) -> (Option<f64>, Option<f64>));

const COURSES: [Course; 2] = [
    ("Duration of the fixation", "ms", |point| (point.duration_ms, point.duration_error_ms)),
    ("Amplitude of the saccade that follows", "px", |point| (point.amplitude_px, point.amplitude_error_px)),
];

/// Draws the courses that some group has.
pub(super) fn draw(groups: &[&GroupFigures]) -> Vec<Value> {
    let drawn = COURSES.iter().filter_map(|(label, unit, of)| {
        let svg = course(groups, label, *of)?;
        Some(context! { label => *label, unit => *unit, svg => Value::from_safe_string(svg) })
    });
    drawn.collect()
}

fn course(groups: &[&GroupFigures], label: &str, of: fn(&IndexPoint) -> (Option<f64>, Option<f64>)) -> Option<String> {
    /// A position with a mean and half of its interval.
    struct Point {
        index: f64,
        mean: f64,
        error: f64,
    }
    let points = |group: &GroupFigures| -> Vec<Point> {
        let point = |point: &IndexPoint| {
            let (mean, error) = of(point);
            Some(Point { index: point.index as f64, mean: mean?, error: error.unwrap_or_default() })
        };
        group.by_index.iter().filter_map(point).collect()
    };
    let lines: Vec<Vec<Point>> = groups.iter().map(|group| points(group)).collect();
    let all = || lines.iter().flatten();
    let up = Axis::over(all().flat_map(|p| [p.mean - p.error, p.mean + p.error]), [BOTTOM, TOP])?;
    let across = Axis::over(all().map(|point| point.index).chain([1.0]), [LEFT, WIDTH - 10.0])?;
    let names: Vec<&str> = groups.iter().map(|group| group.group.as_str()).collect();
    let mut svg = Svg::new(WIDTH, BOTTOM + 36.0, &format!("{label} by position, for {}", names.join(", ")));
    for (y, label) in up.labels() {
        svg.line("grid", [LEFT, y], [WIDTH - 10.0, y], None);
        svg.text("tick", [LEFT - 5.0, y + 4.0], Anchor::End, &label);
    }
    for (tick, x) in across.ticks().filter(|(tick, _)| tick.fract().abs() < 1e-9 && *tick > 0.5) {
        svg.text("tick", [x, BOTTOM + 15.0], Anchor::Middle, &format!("{tick:.0}"));
    }
    svg.text("name", [(LEFT + WIDTH) / 2.0, BOTTOM + 31.0], Anchor::Middle, "position of the fixation");
    for (color, (line, name)) in lines.iter().zip(&names).enumerate() {
        let color = color % COLORS;
        for point in line.iter().filter(|point| point.error > 0.0) {
            let x = across.at(point.index);
            let ends = [point.mean - point.error, point.mean + point.error].map(|value| [x, up.at(value)]);
            svg.line(&format!("error l{color}"), ends[0], ends[1], None);
        }
        let places = || line.iter().map(|point| [across.at(point.index), up.at(point.mean)]);
        svg.polyline(&format!("curve l{color}"), places(), name);
        svg.dots(&format!("dots g{color}"), places());
    }
    Some(svg.finish())
}
