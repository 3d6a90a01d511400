//! The distribution of a metric over stimuli: for every group a band, in it for every model a box and its points, and
//! across the band the means of baselines and ceilings.

use super::{
    axis::Axis,
    svg::{Anchor, Svg},
    thin::{POINTS, thinned},
};
use gaze_metrics::quantile_of_sorted;
use gaze_study::{MeasureSummary, Role, Score, Summary};

/// Groups drawn, and models in each; the tables have the others.
pub(super) const GROUPS: usize = 8;
pub(super) const MODELS: usize = 6;

const WIDTH: f64 = 340.0;
const MARGIN: f64 = 12.0;
const AXIS: f64 = 24.0;
const HEADING: f64 = 20.0;
const NAME: f64 = 14.0;
const ROW: f64 = 38.0;
/// Half the height over which points are spread.
const SPREAD: f64 = 7.0;

/// The names of the predictors that are drawn as lines, in the order of their styles.
pub(super) fn references(summary: &Summary) -> Vec<(&str, Role)> {
    let mut names: Vec<(&str, Role)> = Vec::new();
    for score in summary.metrics.iter().flat_map(|metric| &metric.scores).filter(|score| score.role != Role::Model) {
        if !names.iter().any(|(name, _)| *name == score.model) {
            names.push((&score.model, score.role));
        }
    }
    names
}

/// Draws a metric; `None` if nothing has a finite value.
pub(super) fn draw(summary: &Summary, metric: &MeasureSummary) -> Option<String> {
    let references = references(summary);
    let models: Vec<&str> = summary.plan.models().iter().take(MODELS).map(|model| model.name.as_str()).collect();
    let groups: Vec<&str> = summary.groups.iter().take(GROUPS).map(|group| group.group.as_str()).collect();
    let mean = |score: &Score| score.mean.map(|mean| mean.0).filter(|mean| mean.is_finite());
    let lines = |group: &str| -> Vec<(usize, &str, f64)> {
        let of_name = |(style, (name, _)): (usize, &(&'_ str, Role))| {
            let score = metric.scores.iter().find(|score| score.model == *name && score.group == group)?;
            Some((style, score.model.as_str(), mean(score)?))
        };
        references.iter().enumerate().filter_map(of_name).collect()
    };
    let scores =
        |group: &str| -> Vec<&Score> { models.iter().filter_map(|model| metric.score(model, group)).collect() };
    let values = groups.iter().flat_map(|group| {
        let values = scores(group).into_iter().flat_map(|score| score.values.iter().map(|&(_, value)| value));
        values.chain(lines(group).into_iter().map(|(_, _, mean)| mean)).collect::<Vec<_>>()
    });
    let axis = Axis::over(values, [MARGIN, WIDTH - MARGIN])?;

    let name = if models.len() > 1 { NAME } else { 0.0 };
    let band = |group: &str| HEADING + scores(group).len() as f64 * (name + ROW);
    let bottom: f64 = groups.iter().map(|group| band(group)).sum();
    let label = format!("Distribution of {} over stimuli, for {}", metric.label, groups.join(", "));
    let mut svg = Svg::new(WIDTH, bottom + AXIS, &label);
    for (x, label) in axis.labels() {
        svg.line("grid", [x, 0.0], [x, bottom], None);
        svg.text("tick", [x, bottom + 15.0], Anchor::Middle, &label);
    }
    let mut top = 0.0;
    for (color, group) in groups.iter().enumerate() {
        let color = color % super::COLORS;
        svg.text(&format!("heading g{color}"), [MARGIN, top + 14.0], Anchor::Start, group);
        for (style, name, mean) in lines(group) {
            let x = axis.at(mean);
            let title = format!("{name}: {mean:.4}");
            svg.line(&format!("reference r{}", style % 6), [x, top + HEADING], [x, top + band(group)], Some(&title));
        }
        let mut at = top + HEADING;
        for score in scores(group) {
            if name > 0.0 {
                svg.text("tick", [MARGIN, at + 11.0], Anchor::Start, &score.model);
            }
            row(&mut svg, &axis, score, color, at + name);
            at += name + ROW;
        }
        top += band(group);
    }
    Some(svg.finish())
}

/// The box of one model in one group, and its points below.
fn row(svg: &mut Svg, axis: &Axis, score: &Score, color: usize, top: f64) {
    let mut values: Vec<f64> = score.values.iter().map(|&(_, value)| value).filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let Some(summary) = FiveNumbers::of(&values) else { return };
    let (upper, middle, lower) = (top + 2.0, top + 8.0, top + 14.0);
    let [low, q1, median, q3, high] = summary.0.map(|value| axis.at(value));
    svg.line("whisker", [low, middle], [q1, middle], None);
    svg.line("whisker", [q3, middle], [high, middle], None);
    svg.rectangle(&format!("box b{color}"), [q1, upper], [q3, lower]);
    svg.line("median", [median, upper], [median, lower], None);
    if let Some(mean) = score.mean.map(|mean| mean.0).filter(|mean| mean.is_finite()) {
        svg.diamond("mean", [axis.at(mean), middle], &format!("{}, mean {mean:.4}", score.model));
    }
    let spread = |(index, &value): (usize, &f64)| {
        // Evenly spread without a random number: multiples of the golden ratio.
        let offset = ((index as f64 * 0.618_033_988_75).fract() * 2.0 - 1.0) * SPREAD;
        [axis.at(value), top + 26.0 + offset]
    };
    svg.dots(&format!("dots g{color}"), thinned(&values, POINTS).enumerate().map(spread));
}

/// Lower whisker, quartiles and upper whisker: whiskers end at the last value within 1.5 times the distance of the
/// quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
struct FiveNumbers([f64; 5]);

impl FiveNumbers {
    /// The quantiles of sorted finite values; `None` without any.
    fn of(sorted: &[f64]) -> Option<Self> {
        let (&first, &last) = (sorted.first()?, sorted.last()?);
        let [q1, median, q3] = [0.25, 0.5, 0.75].map(|share| quantile_of_sorted(sorted, share).unwrap_or(first));
        let reach = 1.5 * (q3 - q1);
        let low = sorted.iter().copied().find(|&value| value >= q1 - reach).unwrap_or(first);
        let high = sorted.iter().rev().copied().find(|&value| value <= q3 + reach).unwrap_or(last);
        // An interpolated quartile may lie beyond the whisker's last value.
        Some(Self([low.min(q1), q1, median, q3, high.max(q3)]))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};

    #[track_caller]
    fn check(values: &[f64], expected: [f64; 5]) {
        assert_eq!(FiveNumbers::of(values), Some(FiveNumbers(expected)));
    }

    #[test]
    fn quartiles_are_interpolated_and_whiskers_stop_at_outliers() {
        check(&[3.0], [3.0; 5]);
        check(&[0.0, 1.0], [0.0, 0.25, 0.5, 0.75, 1.0]);
        check(&[-90.0, 1.0, 2.0, 3.0, 4.0, 5.0, 99.0], [1.0, 1.5, 3.0, 4.5, 5.0]);
        check(&[1.0, 1.0, 1.0, 1.0, 100.0], [1.0; 5]);
        assert_eq!(FiveNumbers::of(&[]), None);
    }

    #[test]
    fn a_box_per_model_and_group_and_a_line_per_reference() {
        let summary = test_data::summary();
        let svg = draw(&summary, &summary.metrics[0]).unwrap();
        assert_eq!(svg.matches("class=\"box b0\"").count(), 2);
        assert_eq!(svg.matches("class=\"box b1\"").count(), 2);
        assert_eq!(svg.matches("class=\"mean\"").count(), 4);
        // One baseline, in two groups.
        assert_eq!(svg.matches("class=\"reference r0\"").count(), 2);
        assert!(svg.contains("&lt;b&gt;group") && !svg.contains("<b>"), "{svg}");
    }

    #[test]
    fn infinite_values_are_not_drawn_and_many_are_thinned() {
        let mut summary = test_data::summary();
        let values: Vec<(u32, f64)> = (0..10_000).map(|i| (i, f64::from(i))).collect();
        summary.metrics[0].scores[0].values = [values, vec![(10_000, f64::INFINITY)]].concat();
        let svg = draw(&summary, &summary.metrics[0]).unwrap();
        assert!(!svg.contains("inf") && !svg.contains("NaN"));
        let others = summary.metrics[0].of_models().skip(1).map(|score| score.values.len()).sum::<usize>();
        assert_eq!(svg.matches("h0").count(), POINTS + others);
        summary.metrics[0].scores.iter_mut().for_each(|score| {
            score.values.clear();
            score.mean = None;
        });
        assert_eq!(draw(&summary, &summary.metrics[0]), None);
    }
}
