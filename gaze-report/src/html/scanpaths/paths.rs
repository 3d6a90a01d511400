//! Scanpaths over their pictures, with the likeness of all pairs beside them.

use std::fmt::Write as _;

use minijinja::{Value, context};

use gaze_study::{
    Index, Part, PartStore, Summary,
    scanpaths::{ScanpathSummary, ShownStimulus, StoredScanpath},
};

use super::super::{
    COLORS,
    gallery::{has_picture, strip},
    svg::dots,
};
use super::{matrix, three};
use crate::ReportError;

/// Scanpaths drawn of a group on a stimulus.
const SCANPATHS: usize = 6;

/// Fixations drawn of a scanpath.
const FIXATIONS: usize = 60;

/// The stimuli that the summary chose.
pub(super) fn gather(
    summary: &Summary,
    scanpaths: &ScanpathSummary,
    index: &Index,
    parts: &PartStore,
) -> Result<Vec<Value>, ReportError> {
    let items = scanpaths.shown.iter().map(|shown| item(summary, scanpaths, shown, index, parts));
    items.filter_map(Result::transpose).collect()
}

/// One stimulus; `None` if its part keeps no scanpaths.
fn item(
    summary: &Summary,
    scanpaths: &ScanpathSummary,
    shown: &ShownStimulus,
    index: &Index,
    parts: &PartStore,
) -> Result<Option<Value>, ReportError> {
    let Some(key) = index.stimuli.get(shown.place as usize).map(|stimulus| stimulus.key.as_str()) else {
        return Ok(None);
    };
    let Some(Part { scanpaths: Some(stored), shown: drawn, .. }) = parts.finished(key) else { return Ok(None) };
    let strip = has_picture(&drawn, summary).then(|| strip(parts, key)).transpose()?;
    let names: Vec<&str> = scanpaths.groups.iter().map(|group| group.group.as_str()).collect();
    let groups: Vec<Value> = names
        .iter()
        .enumerate()
        .filter_map(|(color, name)| {
            let own: Vec<&StoredScanpath> = stored.scanpaths.iter().filter(|path| path.group == *name).collect();
            let drawn: Vec<Value> = own.iter().take(SCANPATHS).map(|path| lines(path)).collect();
            (!own.is_empty()).then(
                || context! { name => *name, color => color % COLORS, count => own.len(), drawn => drawn.len(), paths => drawn },
            )
        })
        .collect();
    let matrix = matrix::draw(shown, &names, key).map(|drawn| {
        let [low, high] = drawn.range;
        context! { svg => Value::from_safe_string(drawn.svg), low => three(Some(low)), high => three(Some(high)) }
    });
    Ok(Some(context! {
        key,
        rank_biserial => shown.rank_biserial.map(|effect| three(Some(effect))),
        measure => shown.measure,
        width => stored.width,
        height => stored.height,
        strip_width => stored.width * drawn.tiles.len(),
        strip,
        dot => stored.width.max(stored.height) as f64 / 70.0,
        groups,
        matrix,
    }))
}

/// The saccades of a scanpath as a path, its fixations as dots, and its first fixation.
fn lines(path: &StoredScanpath) -> Value {
    let points: Vec<[f64; 2]> = path.x.iter().zip(&path.y).take(FIXATIONS).map(|(&x, &y)| [x, y]).collect();
    let mut saccades = String::new();
    for (index, [x, y]) in points.iter().enumerate() {
        let step = if index == 0 { 'M' } else { 'L' };
        write!(saccades, "{step}{x:.0} {y:.0}").expect("writing to a string does not fail");
    }
    context! { saccades, first => dots(points.first().copied()), fixations => dots(points) }
}
