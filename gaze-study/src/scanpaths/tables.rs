//! The tables of scanpaths, as CSV.

use std::path::Path;

use super::{
    DESCRIPTIVES, LIKENESS, OBSERVERS,
    compare::{Pairs, TwoGroups, pairs, pairs_of_groups},
    figures::{Figures, QUANTITIES},
    gathered::Gathered,
    measures::MEASURES,
    summary::Made,
};
use crate::{error::StudyError, table::Table};
use gaze_metrics::scanpath::{GroupedStimulus, separation};

/// A number as it is written; nothing for none.
fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn figures(figures: &Figures) -> impl Iterator<Item = String> {
    figures.iter().map(|&figure| number(figure))
}

/// Writes the tables of a study into its folder.
///
/// # Errors
///
/// An error of writing.
pub(crate) fn write(out: &Path, all: &Gathered, made: &Made) -> Result<(), StudyError> {
    likeness(out, all, made)?;
    descriptives(out, all)?;
    observers(out, all, made)
}

fn likeness(out: &Path, all: &Gathered, made: &Made) -> Result<(), StudyError> {
    let columns = [
        "stimulus",
        "measure",
        "group",
        "other",
        "mean",
        "pairs",
        "undefined",
        "difference",
        "rank_biserial",
        "reason",
    ];
    let mut table = Table::new(out, LIKENESS, columns)?;
    let groups = pairs_of_groups(all.groups.len());
    for (stimulus, likeness) in all.stimuli.iter().zip(&made.likeness) {
        let two = |&(group, other): &(usize, usize)| (group != other).then(|| TwoGroups::of(stimulus, group, other));
        let two: Vec<Option<TwoGroups>> = groups.iter().map(two).collect();
        for (measure, described) in MEASURES.iter().enumerate() {
            for (&(group, other), two) in groups.iter().zip(&two) {
                let Pairs { mean, count, undefined } = pairs(stimulus, likeness, measure, group, other);
                let apart = two.as_ref().and_then(|two| {
                    let matrix = two.matrix(&likeness.matrices[measure]);
                    separation(&GroupedStimulus { matrix: &matrix, members: two.members() }).ok().flatten()
                });
                let reason = likeness.reasons[measure].clone().filter(|_| undefined > 0);
                table.row([
                    stimulus.key.clone(),
                    described.name.to_owned(),
                    all.groups[group].clone(),
                    all.groups[other].clone(),
                    number(mean),
                    count.to_string(),
                    undefined.to_string(),
                    number(apart.map(|apart| apart.difference())),
                    number(apart.map(|apart| apart.rank_biserial)),
                    reason.unwrap_or_default(),
                ])?;
            }
        }
    }
    table.finish()
}

fn descriptives(out: &Path, all: &Gathered) -> Result<(), StudyError> {
    let columns = ["stimulus", "group", "observer", "scanpath"];
    let mut table =
        Table::new(out, DESCRIPTIVES, columns.into_iter().chain(QUANTITIES.iter().map(|quantity| quantity.name)))?;
    for stimulus in &all.stimuli {
        let mut counts = vec![0usize; all.groups.len()];
        for path in &stimulus.paths {
            let names = [
                stimulus.key.clone(),
                all.groups[path.group].clone(),
                path.name.clone().unwrap_or_default(),
                counts[path.group].to_string(),
            ];
            counts[path.group] += 1;
            table.row(names.into_iter().chain(figures(&path.figures)))?;
        }
    }
    table.finish()
}

fn observers(out: &Path, all: &Gathered, made: &Made) -> Result<(), StudyError> {
    let columns = ["group", "observer", "scanpaths"];
    let mut table =
        Table::new(out, OBSERVERS, columns.into_iter().chain(QUANTITIES.iter().map(|quantity| quantity.name)))?;
    for observer in &made.observers {
        let names = [all.groups[observer.group].clone(), observer.name.clone(), observer.scanpaths.to_string()];
        table.row(names.into_iter().chain(figures(&observer.means)))?;
    }
    for group in &made.summary.groups {
        let names = [group.group.clone(), String::new(), group.scanpaths.to_string()];
        table.row(names.into_iter().chain(group.figures.iter().map(|figure| number(figure.mean))))?;
    }
    table.finish()
}
