//! The likeness of all scanpaths on a stimulus as a matrix of shades.

use gaze_study::scanpaths::ShownStimulus;

use super::super::{
    COLORS,
    svg::{Anchor, Svg},
};

/// The shades that the style sheet has.
const SHADES: usize = 9;

const SIDE: f64 = 300.0;
const MARGIN: f64 = 18.0;

/// A drawing, and the values of the lightest and the darkest shade.
pub(super) struct Drawn {
    pub(super) svg: String,
    pub(super) range: [f64; 2],
}

/// Draws the matrix; `None` without a value. `names` are those of the groups.
pub(super) fn draw(stimulus: &ShownStimulus, names: &[&str], key: &str) -> Option<Drawn> {
    let count = stimulus.groups.len();
    let values = stimulus.matrix.iter().flatten();
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    if !low.is_finite() || count * count != stimulus.matrix.len() {
        return None;
    }
    let cell = (SIDE - MARGIN) / count as f64;
    let at = |place: usize| MARGIN + place as f64 * cell;
    let mut shades: Vec<Vec<[f64; 2]>> = vec![Vec::new(); SHADES];
    for (place, value) in stimulus.matrix.iter().enumerate() {
        let Some(value) = value else { continue };
        let share = if high > low { (value - low) / (high - low) } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ share ≤ 1")]
        let shade = ((share * SHADES as f64) as usize).min(SHADES - 1);
        shades[shade].push([at(place % count), at(place / count)]);
    }
    let mut svg = Svg::new(SIDE, SIDE, &format!("{} of all pairs of scanpaths on stimulus {key}", stimulus.measure));
    for (shade, corners) in shades.into_iter().enumerate() {
        svg.squares(&format!("cell c{shade}"), corners, cell);
    }
    let mut begin = 0;
    for group in stimulus.groups.chunk_by(|a, b| a == b) {
        let (from, to) = (at(begin), at(begin + group.len()));
        let color = group[0] % COLORS;
        let name = names.get(group[0]).copied().unwrap_or_default();
        svg.text(&format!("heading g{color}"), [f64::midpoint(from, to), 12.0], Anchor::Middle, name);
        svg.upright_text(&format!("heading g{color}"), [12.0, f64::midpoint(from, to)], name);
        if begin > 0 {
            svg.line("edge", [from, MARGIN], [from, SIDE], None);
            svg.line("edge", [MARGIN, from], [SIDE, from], None);
        }
        begin += group.len();
    }
    Some(Drawn { svg: svg.finish(), range: [low, high] })
}
