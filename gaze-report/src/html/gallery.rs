//! The best and the worst stimuli: picture, fixations, maps and differences side by side.
//!
//! A study keeps one strip of tiles for each stimulus; each tile is shown through a window of its own, so that the
//! strip is in the page once.

use std::fs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::{Value, context};

use super::{explore, svg::dots, thin::thinned};
use gaze_study::{Index, MeasureSummary, Part, PartStore, Shown, Summary};

use crate::ReportError;

/// Stimuli shown at each end; no more than twice as many, and all are shown.
const ENDS: usize = 4;
/// Fixations drawn of a group on a stimulus.
const FIXATIONS: usize = 1000;
/// The name of the tile that is the picture itself.
const PICTURE: &str = "picture";
/// Rows of the table of scores below a stimulus.
const SCORES: usize = 24;

/// The stimuli shown; `None` if no stimulus has a value.
pub(super) fn gather(summary: &Summary, index: &Index, parts: &PartStore) -> Result<Option<Value>, ReportError> {
    let Some((metric, model)) = ordering(summary) else { return Ok(None) };
    let ranked = ranked(metric, model, summary);
    let all = ranked.len() <= 2 * ENDS;
    let (best, worst) = if all { (&ranked[..], &[][..]) } else { (&ranked[..ENDS], &ranked[ranked.len() - ENDS..]) };
    let items = |chosen: &[u32], first: usize| -> Result<Vec<Value>, ReportError> {
        let items = (first..).zip(chosen).map(|(rank, &place)| item(summary, index, parts, place, rank));
        items.filter_map(Result::transpose).collect()
    };
    let (best, worst) = (items(best, 1)?, items(worst, ranked.len() - worst.len() + 1)?);
    let explores = |item: &Value| item.get_attr("explore").is_ok_and(|models| models.is_true());
    Ok(Some(context! {
        explores => best.iter().chain(&worst).any(explores),
        metric => metric.label,
        profile => metric.measure.profile.name(),
        model,
        all,
        count => ranked.len(),
        best,
        worst,
    }))
}

/// The metric and the model by which stimuli are ordered: the first that have values.
fn ordering(summary: &Summary) -> Option<(&MeasureSummary, &str)> {
    summary.metrics.iter().find_map(|metric| {
        let score = metric.of_models().find(|score| score.count > 0)?;
        Some((metric, score.model.as_str()))
    })
}

/// The places of all stimuli with a value, best first, by the model's mean over the groups.
fn ranked(metric: &MeasureSummary, model: &str, summary: &Summary) -> Vec<u32> {
    let mut sums: Vec<(u32, f64, f64)> = Vec::new();
    let of_groups = summary.groups.iter().filter_map(|group| metric.score(model, &group.group));
    let mut values: Vec<(u32, f64)> = of_groups.flat_map(|score| &score.values).copied().collect();
    values.sort_by_key(|&(place, _)| place);
    for (place, value) in values {
        match sums.last_mut() {
            Some((last, sum, count)) if *last == place => (*sum, *count) = (*sum + value, *count + 1.0),
            _ => sums.push((place, value, 1.0)),
        }
    }
    let mut means: Vec<(u32, f64)> = sums.into_iter().map(|(place, sum, count)| (place, sum / count)).collect();
    means.retain(|(_, mean)| !mean.is_nan());
    means.sort_by(|(_, a), (_, b)| if metric.higher_is_better { b.total_cmp(a) } else { a.total_cmp(b) });
    means.into_iter().map(|(place, _)| place).collect()
}

/// The entry of a stimulus; `None` if nothing was drawn of it.
fn item(
    summary: &Summary,
    index: &Index,
    parts: &PartStore,
    place: u32,
    rank: usize,
) -> Result<Option<Value>, ReportError> {
    let Some(key) = index.stimuli.get(place as usize).map(|stimulus| stimulus.key.as_str()) else { return Ok(None) };
    let Some(part) = parts.finished(key) else { return Ok(None) };
    let explore = explore::models(parts, &part, summary);
    let Part { shown, .. } = part;
    if shown.tiles.is_empty() || shown.width == 0 || shown.height == 0 {
        return Ok(None);
    }
    let strip = strip(parts, key)?;
    let measures =
        || summary.metrics.iter().filter(|metric| metric.measure.profile == summary.metrics[0].measure.profile);
    let mut rows = Vec::new();
    for (color, group) in summary.groups.iter().enumerate() {
        for model in summary.plan.models() {
            let value = |metric: &MeasureSummary| metric.score(&model.name, &group.group)?.at(place);
            if measures().any(|metric| value(metric).is_some()) {
                let values =
                    measures().map(|metric| value(metric).map_or_else(|| "–".to_owned(), |v| format!("{v:.3}")));
                rows.push(context! {
                    group => group.group.as_str(), color => color % super::COLORS, model => model.name.as_str(),
                    values => values.collect::<Vec<_>>(),
                });
            }
        }
    }
    Ok(Some(context! {
        key,
        rank,
        place,
        strip,
        width => shown.width,
        height => shown.height,
        strip_width => shown.width * shown.tiles.len(),
        tiles => tiles(&shown, summary),
        explore,
        dot => shown.height.max(shown.width) as f64 / 60.0,
        fixations => fixations(&shown, summary),
        metrics => measures().map(|metric| metric.label).collect::<Vec<_>>(),
        more_rows => rows.len().saturating_sub(SCORES),
        rows => rows.into_iter().take(SCORES).collect::<Vec<_>>(),
    }))
}

/// Reads the strip of tiles of a stimulus, as it stands in the page.
pub(super) fn strip(parts: &PartStore, key: &str) -> Result<String, ReportError> {
    let path = parts.thumbnail(key);
    Ok(STANDARD.encode(fs::read(&path).map_err(|source| ReportError::File { path, source })?))
}

/// Tells whether the first tile is the picture itself.
pub(super) fn has_picture(shown: &Shown, summary: &Summary) -> bool {
    // A model may be called so, too.
    let called_so = summary.plan.models().iter().filter(|model| model.name == PICTURE).count();
    shown.tiles.iter().filter(|name| *name == PICTURE).count() > called_so
}

/// The windows, from left to right: where they begin in the strip, and what is seen.
fn tiles(shown: &Shown, summary: &Summary) -> Vec<Value> {
    let (models, has_picture) = (summary.plan.models(), has_picture(shown, summary));
    let mut tiles = Vec::new();
    let tile = |offset: Option<usize>, with_fixations: bool, caption: &str, kind: &str| {
        // The first window holds the strip itself, the others refer to it.
        let holds_strip = offset == Some(0) && !with_fixations;
        context! { offset => offset.map(|place| place * shown.width), with_fixations, holds_strip, caption, kind }
    };
    // The fixations are over the picture, or where there is none over nothing.
    if !has_picture {
        tiles.push(tile(None, true, "fixations", "Fixations"));
    }
    for (place, name) in shown.tiles.iter().enumerate() {
        let is_picture = has_picture && place == 0;
        let kind = if is_picture {
            "Picture"
        } else if models.iter().any(|model| model.name == *name) {
            "Prediction"
        } else {
            "Difference"
        };
        tiles.push(tile(Some(place), false, name, kind));
        if is_picture {
            tiles.push(tile(Some(place), true, "fixations", "Fixations on the picture"));
        }
    }
    tiles
}

/// The fixations of every group as a path of dots, and how many of them are drawn.
fn fixations(shown: &Shown, summary: &Summary) -> Vec<Value> {
    let of_group = |(group, points): &(String, Vec<[f32; 2]>)| {
        let color = summary.groups.iter().position(|other| other.group == *group)? % super::COLORS;
        let drawn: Vec<[f64; 2]> = thinned(points, FIXATIONS).map(|point| point.map(f64::from)).collect();
        Some(context! { group, color, count => points.len(), drawn => drawn.len(), path => dots(drawn) })
    };
    shown.fixations.iter().filter_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};

    fn texts(values: &[Value], name: &str) -> Vec<String> {
        values.iter().map(|value| value.get_attr(name).unwrap().to_string()).collect()
    }

    fn shown(tiles: &[&str]) -> Shown {
        Shown {
            width: 40,
            height: 30,
            tiles: tiles.iter().map(|&tile| tile.to_owned()).collect(),
            fixations: vec![("B".to_owned(), vec![[1.5, 2.0]; 2500]), ("gone".to_owned(), vec![[0.0, 0.0]])],
        }
    }

    #[test]
    fn every_tile_has_its_window_and_fixations_lie_on_the_picture() {
        let summary = test_data::summary();
        let tiles = tiles(&shown(&["picture", "m", "m − gaze"]), &summary);
        assert_eq!(texts(&tiles, "caption"), ["picture", "fixations", "m", "m − gaze"]);
        assert_eq!(texts(&tiles, "offset"), ["0", "0", "40", "80"]);
        assert_eq!(texts(&tiles, "with_fixations"), ["False", "True", "False", "False"]);
        assert_eq!(texts(&tiles, "holds_strip"), ["True", "False", "False", "False"]);
        assert_eq!(texts(&tiles, "kind"), ["Picture", "Fixations on the picture", "Prediction", "Difference"]);
    }

    #[test]
    fn without_a_picture_fixations_have_a_tile_of_their_own() {
        let tiles = tiles(&shown(&["m", "m − gaze"]), &test_data::summary());
        assert_eq!(texts(&tiles, "caption"), ["fixations", "m", "m − gaze"]);
        assert_eq!(texts(&tiles, "offset"), ["None", "0", "40"]);
        assert_eq!(texts(&tiles, "holds_strip"), ["False", "True", "False"]);
    }

    #[test]
    fn fixations_have_the_color_of_their_group_and_many_are_thinned() {
        let fixations = fixations(&shown(&["picture"]), &test_data::summary());
        let found = ["group", "color", "count", "drawn"].map(|name| texts(&fixations, name).join(" "));
        assert_eq!(found, ["B", "1", "2500", "1000"]);
        assert_eq!(texts(&fixations, "path")[0].matches("M1.5 2.0h0").count(), 1000);
    }

    #[test]
    fn stimuli_are_ordered_by_the_mean_over_groups_and_the_best_may_be_the_lowest() {
        let mut summary = test_data::summary();
        for score in &mut summary.metrics[0].scores {
            score.values = match score.group.as_str() {
                "B" => vec![(0, 1.0), (2, 5.0), (3, f64::NEG_INFINITY)],
                _ => vec![(0, 2.0), (1, 1.0), (2, -5.0)],
            };
        }
        assert_eq!(ranked(&summary.metrics[0], "m", &summary), [0, 1, 2, 3]);
        summary.metrics[0].higher_is_better = false;
        assert_eq!(ranked(&summary.metrics[0], "m", &summary), [3, 2, 1, 0]);
    }
}
