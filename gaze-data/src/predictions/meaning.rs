//! The decision what the numbers of all maps of one model mean, so that no row mixes kinds.

use gaze_core::LogDensity;

use super::{MapKind, stored::LogSum};
use crate::error::some_of;

/// The largest distance from 0 of the logarithm of the sum of a log density that is taken as one and renormalised. Half
/// precision, resizing in logarithms and constants added against zeros (`log(p + 1e-8)` over a million pixels) stay within;
/// pysaliency takes 0.01.
pub const NEARLY_NORMALIZED: f64 = 0.02;

/// The same for a map that was stored smaller and enlarged, which moves its sum.
pub(super) const NEARLY_NORMALIZED_ENLARGED: f64 = 0.1;

/// The distance up to which a note says that maps are nearly log densities.
const FAR: f64 = 0.5;

/// The kind of all maps of one model, decided before any of them is scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapMeaning {
    /// The kind, which is no longer [`MapKind::Auto`].
    pub kind: MapKind,
    /// Sentences that a user should read: what is renormalised, and which maps differ from the others.
    pub notes: Vec<String>,
}

impl MapMeaning {
    /// Decides what the maps of one model mean. Each is given by its name and the logarithm of the sum of its exponentials,
    /// as [`StoredMap::log_sum`](crate::StoredMap::log_sum) tells it, or `None` if it cannot be a log density.
    ///
    /// With [`MapKind::Auto`] all maps are log densities if each of them is one within [`NEARLY_NORMALIZED`], and all are
    /// scores otherwise.
    #[must_use]
    pub fn of(kind: MapKind, maps: &[(&str, Option<LogSum>)]) -> Self {
        let count = maps.iter().filter(|(_, log_sum)| is_near(*log_sum)).count();
        match kind {
            MapKind::Auto if count > 0 && count == maps.len() => {
                Self { kind: MapKind::LogDensity, notes: renormalized(maps).into_iter().collect() }
            }
            MapKind::Auto => Self { kind: MapKind::Scores, notes: not_all(maps, count).into_iter().collect() },
            // Maps that are far from a sum of 1 are refused where they are needed.
            MapKind::LogDensity => {
                let near: Vec<_> = maps.iter().copied().filter(|(_, log_sum)| is_near(*log_sum)).collect();
                Self { kind, notes: renormalized(&near).into_iter().collect() }
            }
            MapKind::Unnormalized => Self { kind, notes: renormalized(maps).into_iter().collect() },
            MapKind::Scores | MapKind::Percentile => Self { kind, notes: Vec::new() },
        }
    }
}

fn is_near(log_sum: Option<LogSum>) -> bool {
    log_sum.is_some_and(|log_sum| log_sum.is_near)
}

/// Says that maps are renormalised, with the largest deviation, if any are.
fn renormalized(maps: &[(&str, Option<LogSum>)]) -> Option<String> {
    let off = maps.iter().filter_map(|&(name, log_sum)| Some((name, log_sum?.value)));
    let off: Vec<_> = off.filter(|(_, log_sum)| log_sum.abs() > LogDensity::TOLERANCE).collect();
    let &(name, largest) = off.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(if maps.len() == 1 {
        format!("the log density is renormalised, as the logarithm of the sum of its probabilities is {largest:.6}")
    } else {
        format!(
            "{} of {} log densities do not sum to 1 exactly and are renormalised; the logarithm of the sum is {largest:.6} \
             at most, that of {name}",
            off.len(),
            maps.len()
        )
    })
}

/// Says why maps that seem to be log densities are taken as scores, if any seem so.
fn not_all(maps: &[(&str, Option<LogSum>)], near: usize) -> Option<String> {
    let names = |wanted: &dyn Fn(Option<LogSum>) -> bool| {
        let names: Vec<_> = maps.iter().filter(|(_, log_sum)| wanted(*log_sum)).map(|&(name, _)| name).collect();
        some_of(&names)
    };
    let advice = "--renormalise takes all as log densities, --map-kind scores as scores without this note";
    if near > 0 {
        return Some(format!(
            "{near} of {} maps are log densities by their sums ({}) and the others are not ({}): all maps are taken as \
             scores; {advice}",
            maps.len(),
            names(&is_near),
            names(&|log_sum| !is_near(log_sum)),
        ));
    }
    let far = |log_sum: Option<LogSum>| log_sum.is_some_and(|log_sum| log_sum.value.abs() <= FAR);
    let count = maps.iter().filter(|(_, log_sum)| far(*log_sum)).count();
    (count > 0).then(|| {
        format!(
            "{count} of {} maps could be log densities ({}), but the logarithm of the sum of their probabilities is not \
             within {NEARLY_NORMALIZED} of 0: all maps are taken as scores; {advice}",
            maps.len(),
            names(&far)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: MapKind, maps: &[(&str, Option<f64>)], expected: MapKind, note: Option<&str>) {
        let log_sum = |value: f64| LogSum { value, is_near: value.abs() <= NEARLY_NORMALIZED };
        let maps: Vec<_> = maps.iter().map(|&(name, value)| (name, value.map(log_sum))).collect();
        let MapMeaning { kind, notes } = MapMeaning::of(kind, &maps);
        assert_eq!(kind, expected);
        assert_eq!(notes, note.into_iter().map(str::to_owned).collect::<Vec<_>>());
    }

    #[test]
    fn one_map_that_is_none_makes_all_scores() {
        use MapKind::{Auto, LogDensity, Scores};
        check(Auto, &[("a", Some(0.0)), ("b", Some(-1e-5))], LogDensity, None);
        check(
            Auto,
            &[("a", Some(0.0)), ("b", Some(0.0079)), ("c", Some(-0.02))],
            LogDensity,
            Some(
                "2 of 3 log densities do not sum to 1 exactly and are renormalised; the logarithm of the sum is \
                 -0.020000 at most, that of c",
            ),
        );
        check(
            Auto,
            &[("a", Some(0.0)), ("b", Some(0.021)), ("c", None)],
            Scores,
            Some(
                "1 of 3 maps are log densities by their sums (a) and the others are not (b, c): all maps are taken as \
                 scores; --renormalise takes all as log densities, --map-kind scores as scores without this note",
            ),
        );
        check(Auto, &[("a", None), ("b", Some(12.0))], Scores, None);
        check(Auto, &[], Scores, None);
    }

    #[test]
    fn a_single_map_is_told_of_in_the_singular() {
        check(
            MapKind::Auto,
            &[("a", Some(0.003))],
            MapKind::LogDensity,
            Some("the log density is renormalised, as the logarithm of the sum of its probabilities is 0.003000"),
        );
    }

    #[test]
    fn what_is_asked_for_stays() {
        check(MapKind::Scores, &[("a", Some(0.0))], MapKind::Scores, None);
        let note = "1 of 2 log densities do not sum to 1 exactly and are renormalised; the logarithm of the sum is \
                    3.000000 at most, that of b";
        let maps = [("a", Some(0.0)), ("b", Some(3.0))];
        check(MapKind::Unnormalized, &maps, MapKind::Unnormalized, Some(note));
    }
}
