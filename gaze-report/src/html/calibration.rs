//! Reliability: how likely densities call places, and how likely these places were fixated.

use minijinja::{Value, context};

use super::{
    axis::Axis,
    square::{BOTTOM, LEFT, SIDE, TOP, WIDTH},
    svg::{Anchor, Svg},
};
use gaze_study::{CalibrationBin, ModelCalibration, Summary};

/// Models drawn.
const MODELS: usize = 6;

/// Half of a 95 % interval in standard deviations.
const DEVIATIONS: f64 = 1.96;

/// A bin in powers of two of chance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    predicted: f64,
    /// The value that was found, and the ends of its interval; minus infinity for none.
    found: f64,
    low: f64,
    high: f64,
}

impl Point {
    /// `None` where nothing is expected, so that nothing can be said of it.
    fn of(bin: &CalibrationBin) -> Option<Self> {
        let found = f64::from(bin.found);
        // The density times the share of what was expected that was found.
        let octaves = |count: f64| (bin.times_chance * count.max(0.0) / bin.expected).log2();
        // A count varies by its root, were fixations independent.
        let reach = DEVIATIONS * found.sqrt();
        let point = Self {
            predicted: bin.times_chance.log2(),
            found: octaves(found),
            low: octaves(found - reach),
            high: octaves(found + reach),
        };
        (bin.expected > 0.0 && point.found < f64::INFINITY).then_some(point)
    }
}

/// All models' plots.
pub(super) fn draw(summary: &Summary) -> Vec<Value> {
    summary.calibration.iter().take(MODELS).filter_map(of_model).collect()
}

fn of_model(calibration: &ModelCalibration) -> Option<Value> {
    let bins = &calibration.bins;
    let svg = plot(calibration)?;
    let rows: Vec<Value> = bins
        .iter()
        .map(|bin| {
            context! {
                times_chance => times(bin.times_chance),
                expected => format!("{:.1}", bin.expected),
                found => bin.found,
                ratio => (bin.expected > 0.0).then(|| format!("{:.2}", f64::from(bin.found) / bin.expected)),
            }
        })
        .collect();
    Some(context! {
        model => calibration.model.as_str(),
        svg => Value::from_safe_string(svg),
        likely => total(bins, |times| times > 4.0),
        unlikely => total(bins, |times| times < 1.0),
        rows,
    })
}

/// The fixations expected and found in some of the bins, unless none was expected.
fn total(bins: &[CalibrationBin], of: impl Fn(f64) -> bool) -> Option<Value> {
    let chosen = || bins.iter().filter(|bin| of(bin.times_chance));
    let expected: f64 = chosen().map(|bin| bin.expected).sum();
    let found: u64 = chosen().map(|bin| u64::from(bin.found)).sum();
    (expected >= 0.5).then(|| context! { expected => format!("{expected:.0}"), found })
}

fn plot(calibration: &ModelCalibration) -> Option<String> {
    let points: Vec<Point> = calibration.bins.iter().filter_map(Point::of).collect();
    if points.is_empty() {
        return None;
    }
    let drawn = points.iter().flat_map(|point| [point.predicted, point.found]);
    // The axis spans half to twice at least, because a density may be flat.
    let across = Axis::over(drawn.chain([-1.0, 1.0]), [LEFT, LEFT + SIDE])?;
    let up = across.between([BOTTOM, TOP]);
    let [low, high] = across.range();
    let label = format!("Calibration of {}: density found against density predicted", calibration.model);
    let mut svg = Svg::new(WIDTH, BOTTOM + 40.0, &label);
    let whole = |(tick, _): &(f64, f64)| tick.fract().abs() < 1e-9;
    for ((tick, x), (_, y)) in across.ticks().zip(up.ticks()).filter(|(tick, _)| whole(tick)) {
        let label = times(tick.exp2());
        svg.line("grid", [x, TOP], [x, BOTTOM], None);
        svg.line("grid", [LEFT, y], [LEFT + SIDE, y], None);
        svg.text("tick", [x, BOTTOM + 15.0], Anchor::Middle, &label);
        svg.text("tick", [LEFT - 5.0, y + 4.0], Anchor::End, &label);
    }
    svg.line("diagonal", [across.at(low), up.at(low)], [across.at(high), up.at(high)], None);
    let height = |octaves: f64| up.at(octaves.clamp(low, high));
    for point in points.iter().filter(|point| point.found.is_finite()) {
        let x = across.at(point.predicted);
        svg.line("whisker", [x, height(point.low)], [x, height(point.high)], None);
    }
    let (some, none): (Vec<Point>, Vec<Point>) = points.iter().partition(|point| point.found.is_finite());
    svg.dots("bins", some.iter().map(|point| [across.at(point.predicted), up.at(point.found)]));
    svg.dots("bins empty", none.iter().map(|point| [across.at(point.predicted), BOTTOM]));
    svg.text("name", [LEFT + SIDE / 2.0, BOTTOM + 33.0], Anchor::Middle, "predicted, times chance");
    svg.upright_text("name", [13.0, TOP + SIDE / 2.0], "found, times chance");
    Some(svg.finish())
}

/// A factor as it is written: `4`, `1/4`, `2.4`.
fn times(factor: f64) -> String {
    let inverse = 1.0 / factor;
    let whole = |number: f64| number >= 0.999 && (number - number.round()).abs() < 1e-9 * number;
    match factor {
        _ if whole(factor) => format!("{factor:.0}"),
        _ if whole(inverse) => format!("1/{inverse:.0}"),
        _ if factor >= 10.0 => format!("{factor:.0}"),
        _ if factor >= 1.0 => format!("{factor:.1}"),
        _ if factor >= 0.01 => format!("{factor:.2}"),
        _ => format!("{factor:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(times_chance: f64, expected: f64, found: u32) -> CalibrationBin {
        CalibrationBin { times_chance, expected, found }
    }

    #[test]
    fn as_many_as_expected_lie_on_the_diagonal_and_half_of_them_an_octave_below() {
        let point = Point::of(&bin(8.0, 100.0, 100)).unwrap();
        assert_eq!((point.predicted, point.found), (3.0, 3.0));
        // A hundred, more or less twenty.
        assert!((point.low.exp2() - 8.0 * 0.804).abs() < 1e-12 && (point.high.exp2() - 8.0 * 1.196).abs() < 1e-12);
        let found = Point::of(&bin(8.0, 100.0, 50)).unwrap().found;
        assert!((found - 2.0).abs() < 1e-12, "{found}");
        let found = Point::of(&bin(8.0, 100.0, 0)).unwrap().found;
        assert!(found.is_infinite() && found < 0.0, "{found}");
        assert_eq!(Point::of(&bin(8.0, 0.0, 5)), None);
    }

    #[test]
    fn bins_are_drawn_where_they_are_and_empty_ones_at_the_bottom() {
        let bins = vec![bin(0.25, 40.0, 0), bin(1.0, 10.0, 10), bin(4.0, 9.0, 9), bin(1e-3, 0.0, 2)];
        let model = ModelCalibration { model: "<m>".to_owned(), bins };
        let svg = plot(&model).unwrap();
        assert!(svg.contains("Calibration of &lt;m&gt;"));
        let middle = (LEFT + SIDE / 2.0, TOP + SIDE / 2.0);
        let diagonal = format!("M{:.1} {:.1}h0M{:.1} {TOP:.1}h0", middle.0, middle.1, LEFT + SIDE);
        assert!(svg.contains(&format!("class=\"bins\" d=\"{diagonal}\"")), "{svg}");
        assert!(svg.contains(&format!("class=\"bins empty\" d=\"M{LEFT:.1} {BOTTOM:.1}h0\"")), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let value = of_model(&model).unwrap();
        assert!(value.get_attr("likely").unwrap().is_none(), "four times chance is not more than that");
        assert_eq!(value.get_attr("unlikely").unwrap().get_attr("expected").unwrap().to_string(), "40");
        assert_eq!(plot(&ModelCalibration { model: String::new(), bins: Vec::new() }), None);
    }

    #[test]
    fn factors_are_written_as_people_say_them() {
        assert_eq!([0.125, 1.0, 16.0, 2.378, 0.0049, 26.9].map(times), ["1/8", "1", "16", "2.4", "0.0049", "27"]);
    }
}
