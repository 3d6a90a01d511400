//! MultiMatch's simplification: saccades that go on in one direction, and short ones, are joined with the next.
//!
//! The steps are those of the reference, its oddities included, because published values depend on them:
//!
//! - A saccade that was joined with the next is not looked at again until the next pass.
//! - A last saccade that is short is joined with the one before as that one was *before* the pass, and leaves one
//!   duration more behind than there are fixations.
//! - Passes end when the number of durations stays the same, which the previous rule may bring about early.

use super::{Simplification, saccades::Saccades};

/// Simplifies until nothing changes. Durations are known.
pub(super) fn simplify(mut saccades: Saccades, thresholds: &Simplification) -> Saccades {
    let durations = |saccades: &Saccades| saccades.durations_ms.as_ref().map_or(0, Vec::len);
    let mut before = durations(&saccades);
    loop {
        saccades = by_direction(&saccades, thresholds);
        saccades = by_length(&saccades, thresholds);
        // The number never grows, so this ends.
        let now = durations(&saccades);
        if now >= before {
            return saccades;
        }
        before = now;
    }
}

/// The simplified saccades while they are made.
struct Made {
    saccades: Saccades,
    durations: Vec<f64>,
}

impl Made {
    fn new() -> Self {
        Self { saccades: Saccades::default(), durations: Vec::new() }
    }

    /// Adds a saccade with the fixation before it.
    fn push(&mut self, start: [f64; 2], vector: [f64; 2], duration: f64) {
        self.saccades.start.push(start);
        self.saccades.push_vector(vector);
        self.durations.push(duration);
    }

    /// Ends with the duration of the last fixation.
    fn finish(mut self, last: f64) -> Saccades {
        self.durations.push(last);
        Saccades { durations_ms: Some(self.durations), ..self.saccades }
    }
}

/// One pass that joins saccades whose directions differ by less than the threshold.
fn by_direction(path: &Saccades, thresholds: &Simplification) -> Saccades {
    let durations = path.durations_ms.as_deref().unwrap_or_default();
    let Some(&last) = durations.last().filter(|_| path.count() > 0) else { return path.clone() };
    let mut made = Made::new();
    let mut i = 0;
    while i < path.count() {
        let goes_on = i + 1 < path.count()
            && angle(path.vector[i], path.vector[i + 1]).is_some_and(|angle| angle < thresholds.direction_degrees)
            && durations[i + 1] < thresholds.duration_ms;
        if goes_on {
            made.push(path.start[i], path.joined(i), durations[i]);
            i += 2;
        } else {
            made.push(path.start[i], path.vector[i], durations[i]);
            i += 1;
        }
    }
    made.finish(last)
}

/// One pass that joins saccades shorter than the threshold.
fn by_length(path: &Saccades, thresholds: &Simplification) -> Saccades {
    let durations = path.durations_ms.as_deref().unwrap_or_default();
    let Some(&last) = durations.last().filter(|_| path.count() > 0) else { return path.clone() };
    let brief = |index: usize| durations[index] < thresholds.duration_ms;
    let mut made = Made::new();
    let mut i = 0;
    while i < path.count() {
        let is_short = path.length[i] < thresholds.amplitude_px;
        if i + 1 < path.count() {
            if is_short && (brief(i + 1) || brief(i)) {
                made.push(path.start[i], path.joined(i), durations[i]);
                i += 2;
                continue;
            }
        } else if is_short && i > 0 && (brief(durations.len() - 1) || brief(durations.len() - 2)) {
            // A lone saccade has none before it and stays; the reference fails there.
            made.saccades.replace_last_vector(path.joined(i - 1));
            made.durations.push(durations[i - 1]);
            break;
        }
        made.push(path.start[i], path.vector[i], durations[i]);
        i += 1;
    }
    made.finish(last)
}

/// The angle between two saccades in degrees; `None` if one has no direction because it leads nowhere.
fn angle([x, y]: [f64; 2], [other_x, other_y]: [f64; 2]) -> Option<f64> {
    let lengths = (x * x + y * y).sqrt() * (other_x * other_x + other_y * other_y).sqrt();
    // Rounding may put the cosine of collinear saccades beyond 1, where the reference fails.
    (lengths > 0.0).then(|| ((x * other_x + y * other_y) / lengths).clamp(-1.0, 1.0).acos().to_degrees())
}
