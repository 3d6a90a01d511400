//! The distribution of a metric as inline SVG: a dot per stimulus, the mean and its interval, a row per group.

use std::fmt::Write as _;

use crate::run::{GOLD_STANDARD, MeasureSummary, Score};

const WIDTH: f64 = 460.0;
const LEFT: f64 = 16.0;
const ROW: f64 = 64.0;
const AXIS: f64 = 26.0;
/// Half the height over which dots are spread.
const SPREAD: f64 = 15.0;

/// Draws the metric; empty if nothing has a finite value.
pub(crate) fn draw(metric: &MeasureSummary) -> String {
    let scores: Vec<&Score> = metric.of_models().collect();
    let finite = scores.iter().flat_map(|score| &score.values).map(|&(_, v)| v).filter(|v| v.is_finite());
    let ceiling = |group: &str| {
        metric
            .score(GOLD_STANDARD, group)
            .and_then(|score| score.mean)
            .map(|mean| mean.0)
            .filter(|mean| mean.is_finite())
    };
    let finite = finite.chain(scores.iter().filter_map(|score| ceiling(&score.group)));
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return String::new();
    }
    let ticks = ticks(low, high);
    let (first, last) = (ticks[0].min(low), ticks[ticks.len() - 1].max(high));
    let x = |value: f64| LEFT + (value - first) / (last - first) * (WIDTH - 2.0 * LEFT);
    let height = ROW * scores.len() as f64 + AXIS;
    let mut svg = String::new();
    let mut put = |element: std::fmt::Arguments<'_>| svg.write_fmt(element).expect("writing to a string does not fail");
    put(format_args!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Distribution of {} over stimuli\">",
        metric.label
    ));
    for &tick in &ticks {
        let x = x(tick);
        let bottom = height - AXIS;
        put(format_args!("<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"4\" y2=\"{bottom:.0}\"/>"));
        let decimals = decimals(ticks[1] - ticks[0]);
        put(format_args!(
            "<text class=\"tick\" x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{tick:.decimals$}</text>",
            height - 8.0
        ));
    }
    for (row, score) in scores.iter().enumerate() {
        let middle = ROW * row as f64 + 40.0;
        let group = escape(&score.group);
        put(format_args!("<text class=\"group g{}\" x=\"{LEFT}\" y=\"{:.0}\">{group}</text>", row % 6, middle - 24.0));
        if let (Some(mean), Some(low), Some(high)) = (score.mean, score.low, score.high)
            && [mean, low, high].iter().all(|number| number.0.is_finite())
        {
            let (from, to, at) = (x(low.0), x(high.0), x(mean.0));
            put(format_args!(
                "<line class=\"interval\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle:.0}\" y2=\"{middle:.0}\"/>"
            ));
            let (top, bottom) = (middle - SPREAD - 3.0, middle + SPREAD + 3.0);
            put(format_args!(
                "<line class=\"mean\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.0}\" y2=\"{bottom:.0}\"/>"
            ));
        }
        if let Some(at) = ceiling(&score.group).map(x) {
            let (top, bottom) = (middle - SPREAD - 3.0, middle + SPREAD + 3.0);
            put(format_args!(
                "<line class=\"ceiling\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.0}\" y2=\"{bottom:.0}\"/>"
            ));
        }
        put(format_args!("<path class=\"dots g{}\" d=\"", row % 6));
        for (index, &(_, value)) in score.values.iter().enumerate().filter(|(_, (_, value))| value.is_finite()) {
            // Evenly spread without a random number: multiples of the golden ratio.
            let offset = ((index as f64 * 0.618_033_988_75).fract() * 2.0 - 1.0) * SPREAD;
            put(format_args!("M{:.1} {:.1}h0", x(value), middle + offset));
        }
        put(format_args!("\"/>"));
    }
    svg.push_str("</svg>");
    svg
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

fn decimals(step: f64) -> usize {
    (0..9)
        .find(|&decimals| step >= 0.999 * 10f64.powi(-decimals))
        .map_or(9, |decimals| decimals.unsigned_abs() as usize)
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
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
    fn extreme_ranges_have_ticks_too() {
        for (low, high) in [(1e-300, 2e-300), (-1e300, 1e300), (1e16, 1e16 + 2.0)] {
            assert!((2..=13).contains(&ticks(low, high).len()), "{low} {high}");
        }
    }

    #[test]
    fn tick_labels_have_the_decimals_of_their_step() {
        assert_eq!((decimals(5.0), decimals(0.2), decimals(0.05), decimals(0.001)), (0, 1, 2, 3));
    }
}
