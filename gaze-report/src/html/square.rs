//! The square between two axes that drawings of pairs of values fill, in the units of the drawing.

pub(super) const WIDTH: f64 = 340.0;
pub(super) const LEFT: f64 = 54.0;
const RIGHT: f64 = 12.0;
pub(super) const TOP: f64 = 10.0;
pub(super) const SIDE: f64 = WIDTH - LEFT - RIGHT;
pub(super) const BOTTOM: f64 = TOP + SIDE;
