//! An axis: the places of values in a drawing, and round numbers along it.

/// An axis that shows all values it was made for.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    ticks: Vec<f64>,
    first: f64,
    last: f64,
    /// The places of the first and the last value.
    ends: [f64; 2],
}

impl Axis {
    /// The axis over all finite values, from one place to another; `None` if there is no finite value, or they are so
    /// far apart that their distance is not a number.
    pub(super) fn over(values: impl IntoIterator<Item = f64>, ends: [f64; 2]) -> Option<Self> {
        let finite = values.into_iter().filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let ticks = if (high - low).is_finite() { ticks(low, high) } else { Vec::new() };
        let (first, last) = (ticks.first()?.min(low), ticks.last()?.max(high));
        (last > first && (last - first).is_finite()).then_some(Self { ticks, first, last, ends })
    }

    /// The place of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let [from, to] = self.ends;
        from + (value - self.first) / (self.last - self.first) * (to - from)
    }

    /// The two values at the ends.
    pub(super) fn range(&self) -> [f64; 2] {
        [self.first, self.last]
    }

    /// The same axis between other places.
    pub(super) fn between(&self, ends: [f64; 2]) -> Self {
        Self { ends, ..self.clone() }
    }

    /// The round numbers and their places.
    pub(super) fn ticks(&self) -> impl Iterator<Item = (f64, f64)> {
        self.ticks.iter().map(|&tick| (tick, self.at(tick)))
    }

    /// The places of the round numbers, and how they are written.
    pub(super) fn labels(&self) -> impl Iterator<Item = (f64, String)> {
        let step = self.ticks.get(1).map_or(1.0, |second| second - self.ticks[0]);
        self.ticks().map(move |(tick, at)| (at, label(tick, step)))
    }
}

/// Round numbers that enclose the range, at least two.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let range = if high > low { high - low } else { low.abs().max(1.0) };
    let power = 10f64.powf((range / 4.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| range / step <= 5.0);
    let step = step.unwrap_or(power);
    let first = (low / step).floor();
    let count = ((high / step).ceil() - first).max(1.0);
    // More than a dozen cannot be, but a float that says otherwise must not fill the memory.
    (0..=12).map(|i| (first + f64::from(i)) * step).take_while(|tick| *tick <= (first + count + 0.5) * step).collect()
}

/// A round number with the decimals of its step.
fn label(tick: f64, step: f64) -> String {
    if tick.abs() >= 1e6 || step < 1e-5 {
        return format!("{tick:.1e}");
    }
    let decimals = decimals(step);
    // Never a zero below zero.
    let tick = if tick.abs() < step / 2.0 { 0.0 } else { tick };
    format!("{tick:.decimals$}").replace('-', "−")
}

fn decimals(step: f64) -> usize {
    (0..9)
        .find(|&decimals| step >= 0.999 * 10f64.powi(-decimals))
        .map_or(9, |decimals| decimals.unsigned_abs() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(low: f64, high: f64, expected: &[f64]) {
        let found = ticks(low, high);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
    }

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        check(0.51, 0.93, &[0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        check(-0.3, 3.9, &[-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        check(0.0, 0.0, &[0.0, 0.2]);
        check(5.0, 5.0, &[5.0, 6.0]);
    }

    #[test]
    fn extreme_ranges_have_ticks_or_no_axis() {
        for (low, high) in [(1e-300, 2e-300), (-1e300, 1e300), (1e16, 1e16 + 2.0)] {
            assert!((2..=13).contains(&ticks(low, high).len()), "{low} {high}");
        }
        assert!(Axis::over([f64::MIN, f64::MAX], [0.0, 1.0]).is_none());
        assert!(Axis::over([f64::NEG_INFINITY, f64::NAN], [0.0, 1.0]).is_none());
        for values in [[5e-324, 0.0], [-1e300, 1e300], [1e16, 1e16 + 2.0], [f64::MAX, f64::MAX]] {
            let Some(axis) = Axis::over(values, [0.0, 100.0]) else { continue };
            assert!(values.iter().all(|&value| (0.0..=100.0).contains(&axis.at(value))), "{values:?}");
            assert!(axis.labels().all(|(at, label)| at.is_finite() && label.len() < 12), "{values:?}");
        }
    }

    #[test]
    fn tick_labels_have_the_decimals_of_their_step() {
        let labels = |step: f64| [-step, 0.0, step].map(|tick| label(tick, step));
        assert_eq!(labels(0.05), ["−0.05", "0.00", "0.05"]);
        assert_eq!(labels(5.0), ["−5", "0", "5"]);
        assert_eq!(label(-1e-17, 0.2), "0.0");
        assert_eq!(label(2e300, 1e299), "2.0e300");
    }

    #[test]
    fn values_lie_between_the_ends_in_either_direction() {
        let axis = Axis::over([0.1, f64::INFINITY, 0.9], [10.0, 110.0]).unwrap();
        assert_eq!((axis.range(), axis.at(0.0), axis.at(1.0)), ([0.0, 1.0], 10.0, 110.0));
        let upwards = axis.between([110.0, 10.0]);
        assert_eq!((upwards.at(0.0), upwards.at(0.5)), (110.0, 60.0));
    }
}
