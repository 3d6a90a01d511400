//! The course of a figure over the positions of a scanpath: a line each for several groups or models.

use super::{
    COLORS,
    axis::Axis,
    svg::{Anchor, Svg},
};

const WIDTH: f64 = 340.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 170.0;

/// A mean and half of its interval, which is not drawn where it is 0.
pub(super) struct Point {
    /// The number of fixations before.
    pub(super) index: usize,
    pub(super) mean: f64,
    pub(super) error: f64,
}

/// Draws the lines, each with its name, in the order of colors; `None` without any point. `label` names the figure.
pub(super) fn draw(label: &str, lines: &[(&str, Vec<Point>)]) -> Option<String> {
    let all = || lines.iter().flat_map(|(_, points)| points);
    let up = Axis::over(all().flat_map(|p| [p.mean - p.error, p.mean + p.error]), [BOTTOM, TOP])?;
    // People count positions from 1.
    let position = |point: &Point| (point.index + 1) as f64;
    let across = Axis::over(all().map(position).chain([1.0]), [LEFT, WIDTH - 10.0])?;
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    let mut svg = Svg::new(WIDTH, BOTTOM + 36.0, &format!("{label} by position, for {}", names.join(", ")));
    for (y, label) in up.labels() {
        svg.line("grid", [LEFT, y], [WIDTH - 10.0, y], None);
        svg.text("tick", [LEFT - 5.0, y + 4.0], Anchor::End, &label);
    }
    for (tick, x) in across.ticks().filter(|(tick, _)| tick.fract().abs() < 1e-9 && *tick > 0.5) {
        svg.text("tick", [x, BOTTOM + 15.0], Anchor::Middle, &format!("{tick:.0}"));
    }
    svg.text("name", [(LEFT + WIDTH) / 2.0, BOTTOM + 31.0], Anchor::Middle, "position of the fixation");
    for (color, (name, line)) in lines.iter().enumerate() {
        let color = color % COLORS;
        for point in line.iter().filter(|point| point.error > 0.0) {
            let x = across.at(position(point));
            let ends = [point.mean - point.error, point.mean + point.error].map(|value| [x, up.at(value)]);
            svg.line(&format!("error l{color}"), ends[0], ends[1], None);
        }
        let places = || line.iter().map(|point| [across.at(position(point)), up.at(point.mean)]);
        svg.polyline(&format!("curve l{color}"), places(), name);
        svg.dots(&format!("dots g{color}"), places());
    }
    Some(svg.finish())
}
