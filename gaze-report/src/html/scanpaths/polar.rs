//! The directions of saccades: a polar histogram with an outline for each group.

use gaze_study::scanpaths::GroupFigures;

use super::super::{
    COLORS,
    svg::{Anchor, Svg},
};

const SIDE: f64 = 300.0;
const CENTER: f64 = SIDE / 2.0;
const RADIUS: f64 = 112.0;

/// Draws the shares of all directions; `None` without any saccade.
pub(super) fn draw(groups: &[&GroupFigures]) -> Option<String> {
    let shares: Vec<Vec<f64>> = groups.iter().map(|group| shares(&group.directions)).collect();
    let largest = shares.iter().flatten().copied().fold(0.0, f64::max);
    if largest <= 0.0 {
        return None;
    }
    let names: Vec<&str> = groups.iter().map(|group| group.group.as_str()).collect();
    let mut svg = Svg::new(SIDE, SIDE, &format!("Directions of saccades, for {}", names.join(", ")));
    for ring in [0.5, 1.0] {
        svg.circle("grid ring", [CENTER, CENTER], ring * RADIUS);
    }
    svg.line("grid", [CENTER - RADIUS, CENTER], [CENTER + RADIUS, CENTER], None);
    svg.line("grid", [CENTER, CENTER - RADIUS], [CENTER, CENTER + RADIUS], None);
    svg.text("tick", [CENTER + RADIUS + 4.0, CENTER + 4.0], Anchor::Start, "right");
    svg.text("tick", [CENTER - RADIUS - 4.0, CENTER + 4.0], Anchor::End, "left");
    svg.text("tick", [CENTER, CENTER - RADIUS - 6.0], Anchor::Middle, "up");
    svg.text("tick", [CENTER, CENTER + RADIUS + 16.0], Anchor::Middle, "down");
    svg.text("tick", [CENTER + 3.0, CENTER - RADIUS + 12.0], Anchor::Start, &format!("{:.1} %", 100.0 * largest));
    for (color, (shares, name)) in shares.iter().zip(&names).enumerate() {
        let point = |(step, share): (usize, &f64)| {
            let angle = step as f64 / shares.len() as f64 * std::f64::consts::TAU;
            let length = share / largest * RADIUS;
            // y grows downwards, directions turn upwards.
            [CENTER + length * angle.cos(), CENTER - length * angle.sin()]
        };
        svg.polygon(&format!("polar l{}", color % COLORS), shares.iter().enumerate().map(point), name);
    }
    Some(svg.finish())
}

/// The share of the saccades in each direction; zeros without any.
fn shares(counts: &[usize]) -> Vec<f64> {
    let total = counts.iter().sum::<usize>().max(1) as f64;
    counts.iter().map(|&count| count as f64 / total).collect()
}
