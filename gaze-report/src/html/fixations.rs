//! The section about single fixations: the mean scores of models by the position of the fixation, group by group.

use minijinja::{Value, context};

use gaze_study::{IndexScore, Number, Summary, metrics::Metric};

use super::{
    COLORS,
    course::{self, Point},
};

/// Groups and models that are drawn; `by_index.csv` has the others.
const GROUPS: usize = 4;
const MODELS: usize = COLORS;

/// Positions that are drawn, and the fewest fixations of one.
const POSITIONS: usize = 30;
const FEWEST: usize = 5;

/// The metrics that are drawn, those that the study has.
const METRICS: [Metric; 3] = [Metric::Ig, Metric::Nss, Metric::Auc];

/// Gathers the section; `None` in a study without a model of scanpaths.
pub(super) fn gather(summary: &Summary) -> Option<Value> {
    let models = names(summary.by_index.iter().map(|score| score.model.as_str()));
    let groups: Vec<Value> = summary
        .groups
        .iter()
        .take(GROUPS)
        .map(|group| context! { name => group.group.as_str(), curves => curves(summary, &group.group, &models) })
        .collect();
    (!models.is_empty()).then(|| {
        let keys = models.iter().take(MODELS).enumerate();
        context! {
            models => keys.map(|(color, name)| context! { name => *name, color }).collect::<Vec<_>>(),
            groups,
            leaves_out => models.len() > MODELS || summary.groups.len() > GROUPS,
        }
    })
}

/// Each name once, in the order of first appearance.
fn names<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for name in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn curves(summary: &Summary, group: &str, models: &[&str]) -> Vec<Value> {
    let curve = |metric: &Metric| {
        let line = |model: &&str| {
            let is_of = |score: &&IndexScore| (score.group.as_str(), score.model.as_str()) == (group, *model);
            summary.by_index.iter().filter(is_of).filter(|score| score.metric == *metric).filter_map(point).collect()
        };
        let lines: Vec<(&str, Vec<Point>)> = models.iter().take(MODELS).map(|model| (*model, line(model))).collect();
        let svg = course::draw(metric.label(), &lines)?;
        Some(context! { label => metric.label(), unit => metric.unit(), svg => Value::from_safe_string(svg) })
    };
    METRICS.iter().filter_map(curve).collect()
}

fn point(score: &IndexScore) -> Option<Point> {
    let Number(mean) = score.mean?;
    let is_drawn = score.index < POSITIONS && score.fixations >= FEWEST && mean.is_finite();
    is_drawn.then_some(Point { index: score.index, mean, error: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};

    fn score(model: &str, index: usize, mean: f64, fixations: usize) -> IndexScore {
        let (group, mean) = (test_data::summary().groups[1].group.clone(), Some(Number(mean)));
        IndexScore { group, model: model.to_owned(), metric: Metric::Ig, index, mean, fixations, undefined: 0 }
    }

    #[test]
    fn a_study_of_spatial_models_has_no_section() {
        assert!(gather(&test_data::summary()).is_none());
    }

    #[test]
    fn each_model_has_a_curve_over_the_positions_that_enough_scanpaths_reach() {
        let mut summary = test_data::summary();
        summary.by_index = vec![
            score("iii", 0, 1.0, 9),
            score("iii", 1, 1.5, 9),
            // Too few fixations, no number, too late.
            score("iii", 2, 9.0, FEWEST - 1),
            score("iii", 3, f64::NEG_INFINITY, 9),
            score("iii", POSITIONS, 9.0, 9),
            score("<b>", 0, 0.5, 9),
        ];
        let section = gather(&summary).unwrap();
        let groups: Vec<Value> = section.get_attr("groups").unwrap().try_iter().unwrap().collect();
        let curves = |group: &Value| -> Vec<Value> { group.get_attr("curves").unwrap().try_iter().unwrap().collect() };
        assert_eq!((curves(&groups[0]).len(), curves(&groups[1]).len()), (0, 1));
        let svg = curves(&groups[1])[0].get_attr("svg").unwrap().to_string();
        assert_eq!(svg.matches("class=\"curve l").count(), 2, "{svg}");
        assert!(svg.contains("IG by position, for iii, &lt;b&gt;") && !svg.contains("<b>"), "{svg}");
        // Two points and one.
        assert!(!svg.contains("9.0"), "{svg}");
    }
}
