//! Stimulus against stimulus: the same metric of two models, or in two groups, with the diagonal on which they are equal.

use minijinja::{Value, context};

use super::{
    axis::Axis,
    square::{BOTTOM, LEFT, SIDE, TOP, WIDTH},
    svg::{Anchor, Svg},
    thin::{POINTS, thinned},
};
use gaze_study::{MeasureSummary, Score, Summary, metrics::Metric};

/// Metrics of a profile that are drawn.
const METRICS: usize = 4;
/// Pairs of models, pairs of groups, and models whose groups are compared.
const PAIRS: usize = 3;
/// Groups in one drawing.
const GROUPS: usize = 6;

/// The metrics that are drawn first: those that say most.
const PREFERRED: [Metric; 6] = [Metric::Ig, Metric::Nss, Metric::Auc, Metric::AucJudd, Metric::Cc, Metric::Sim];

/// Pairs of values of one color.
struct Series<'a> {
    name: &'a str,
    color: usize,
    /// Sorted.
    points: Vec<[f64; 2]>,
}

/// The metrics of a profile that are drawn, in the order of tables.
fn chosen(metrics: &[MeasureSummary]) -> Vec<&MeasureSummary> {
    let rank = |metric: &MeasureSummary| {
        PREFERRED.iter().position(|preferred| *preferred == metric.measure.metric).unwrap_or(PREFERRED.len())
    };
    let mut chosen: Vec<&MeasureSummary> = metrics.iter().collect();
    chosen.sort_by_key(|metric| rank(metric));
    chosen.truncate(METRICS);
    chosen.sort_by_key(|metric| metric.measure);
    chosen
}

/// All scatter plots of a profile.
pub(super) fn draw(summary: &Summary, metrics: &[MeasureSummary]) -> Vec<Value> {
    let groups: Vec<&str> = summary.groups.iter().map(|group| group.group.as_str()).collect();
    let models: Vec<&str> = summary.plan.models().iter().map(|model| model.name.as_str()).collect();
    let mut plots = Vec::new();
    for metric in chosen(metrics) {
        for pair in pairs(&models).take(PAIRS) {
            let mut of_groups = Vec::new();
            for (color, &group) in groups.iter().take(GROUPS).enumerate() {
                of_groups.extend(series(pair.map(|model| metric.score(model, group)), group, color));
            }
            plots.extend(plot(metric, pair, None, &of_groups));
        }
        for &model in models.iter().take(PAIRS) {
            for pair in pairs(&groups).take(PAIRS) {
                let scores = pair.map(|group| metric.score(model, group));
                let within = (models.len() > 1).then_some(model);
                plots.extend(plot(metric, pair, within, &Vec::from_iter(series(scores, "", 0))));
            }
        }
    }
    plots
}

/// Tells whether some pairs are left out.
pub(super) fn leaves_out(summary: &Summary) -> bool {
    let most = |count: usize| count * count.saturating_sub(1) / 2 > PAIRS;
    most(summary.plan.models().len()) || most(summary.groups.len()) || summary.plan.models().len() > PAIRS
}

/// All pairs, those with the first first.
fn pairs<'a>(names: &'a [&'a str]) -> impl Iterator<Item = [&'a str; 2]> {
    names.iter().enumerate().flat_map(|(index, &a)| names[index + 1..].iter().map(move |&b| [a, b]))
}

/// The stimuli on which both have a finite value; `None` if there are none.
fn series<'a>([first, second]: [Option<&Score>; 2], name: &'a str, color: usize) -> Option<Series<'a>> {
    let (first, second) = (first?, second?);
    let both = first.values.iter().filter_map(|&(place, value)| Some([value, second.at(place)?]));
    let mut points: Vec<[f64; 2]> = both.filter(|pair| pair.iter().all(|value| value.is_finite())).collect();
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    (!points.is_empty()).then_some(Series { name, color: color % super::COLORS, points })
}

fn plot(
    metric: &MeasureSummary,
    [first, second]: [&str; 2],
    within: Option<&str>,
    series: &[Series<'_>],
) -> Option<Value> {
    let all = || series.iter().flat_map(|series| &series.points);
    // One range for both: equal values lie on the diagonal.
    let across = Axis::over(all().flatten().copied(), [LEFT, LEFT + SIDE])?;
    let up = across.between([BOTTOM, TOP]);
    let mut svg =
        Svg::new(WIDTH, BOTTOM + 40.0, &format!("{} of {second} against {first}, a dot per stimulus", metric.label));
    for ((x, label), (y, _)) in across.labels().zip(up.labels()) {
        svg.line("grid", [x, TOP], [x, BOTTOM], None);
        svg.line("grid", [LEFT, y], [LEFT + SIDE, y], None);
        svg.text("tick", [x, BOTTOM + 15.0], Anchor::Middle, &label);
        svg.text("tick", [LEFT - 5.0, y + 4.0], Anchor::End, &label);
    }
    let [low, high] = across.range();
    svg.line("diagonal", [across.at(low), up.at(low)], [across.at(high), up.at(high)], None);
    for series in series {
        let points = thinned(&series.points, POINTS).map(|&[x, y]| [across.at(x), up.at(y)]);
        svg.dots(&format!("dots g{}", series.color), points);
    }
    svg.text("name", [LEFT + SIDE / 2.0, BOTTOM + 33.0], Anchor::Middle, first);
    svg.upright_text("name", [13.0, TOP + SIDE / 2.0], second);
    let count = all().count();
    let better = |[a, b]: &&[f64; 2]| if metric.higher_is_better { b > a } else { b < a };
    let worse = |[a, b]: &&[f64; 2]| if metric.higher_is_better { b < a } else { b > a };
    Some(context! {
        metric => metric.label,
        unit => metric.unit,
        first, second, within, count,
        second_better => all().filter(better).count(),
        first_better => all().filter(worse).count(),
        keys => series.iter().filter(|series| !series.name.is_empty()).map(|series| context! {
            name => series.name, color => series.color,
        }).collect::<Vec<_>>(),
        svg => Value::from_safe_string(svg.finish()),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};

    fn text(value: &Value, name: &str) -> String {
        value.get_attr(name).unwrap().to_string()
    }

    #[test]
    fn models_are_drawn_against_each_other_and_groups_under_each_model() {
        let summary = test_data::summary();
        let plots = draw(&summary, &summary.metrics[..1]);
        let titles: Vec<_> = plots.iter().map(|plot| [text(plot, "first"), text(plot, "second")].join(" ")).collect();
        assert_eq!(titles, ["m n", "<b>group B", "<b>group B"]);
        // Three stimuli in two groups: the second model is better on two of them, in each.
        let counts = ["count", "first_better", "second_better"].map(|name| text(&plots[0], name));
        assert_eq!(counts, ["6", "2", "4"]);
        assert!(text(&plots[0], "svg").contains("dots g1"));
    }

    #[test]
    fn where_lower_is_better_the_lower_is_better() {
        let mut summary = test_data::summary();
        summary.metrics[0].higher_is_better = false;
        let plots = draw(&summary, &summary.metrics[..1]);
        assert_eq!(["first_better", "second_better"].map(|name| text(&plots[0], name)), ["4", "2"]);
    }

    #[test]
    fn equal_values_lie_on_the_diagonal() {
        let mut summary = test_data::summary();
        for score in &mut summary.metrics[0].scores {
            score.values = vec![(0, 0.0), (1, 1.0), (2, f64::NEG_INFINITY)];
        }
        let plot = &draw(&summary, &summary.metrics[..1])[0];
        let (left, right) = (LEFT, LEFT + SIDE);
        assert_eq!(text(plot, "count"), "4");
        assert!(text(plot, "svg").contains(&format!("d=\"M{left:.1} {BOTTOM:.1}h0M{right:.1} {TOP:.1}h0\"")));
        assert_eq!(["first_better", "second_better"].map(|name| text(plot, name)), ["0", "0"]);
    }

    #[test]
    fn without_two_there_is_nothing_to_draw() {
        let mut summary = test_data::summary();
        test_data::change(&mut summary, |plan| drop(plan["models"].as_array_mut().unwrap().pop()));
        summary.groups.truncate(1);
        assert!(draw(&summary, &summary.metrics).is_empty());
    }
}
