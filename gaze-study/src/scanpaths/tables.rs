//! The tables of scanpaths, as CSV.

use std::{io::BufWriter, path::Path};

use super::{
    DESCRIPTIVES, LIKENESS, OBSERVERS,
    compare::{Pairs, TwoGroups, pairs, pairs_of_groups},
    describe::{Figures, QUANTITIES, of_scanpath},
    gathered::Gathered,
    measures::MEASURES,
    summary::Made,
};
use crate::{error::StudyError, files::Pending};
use gaze_metrics::scanpath::{GroupedStimulus, separation};

/// A table that appears when it is complete.
struct Table {
    csv: csv::Writer<BufWriter<Pending>>,
}

impl Table {
    fn new(out: &Path, name: &str, columns: impl IntoIterator<Item = &'static str>) -> Result<Self, StudyError> {
        let csv = csv::Writer::from_writer(BufWriter::new(Pending::new(&out.join(name))?));
        let mut table = Self { csv };
        table.row(columns)?;
        Ok(table)
    }

    fn row<T: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = T>) -> Result<(), StudyError> {
        let path = self.csv.get_ref().get_ref().path().to_owned();
        self.csv.write_record(fields).map_err(StudyError::write(path))
    }

    fn finish(self) -> Result<(), StudyError> {
        let path = self.csv.get_ref().get_ref().path().to_owned();
        let file = self.csv.into_inner().map_err(csv::IntoInnerError::into_error);
        let file = file.and_then(|buffer| buffer.into_inner().map_err(std::io::IntoInnerError::into_error));
        file.map_err(StudyError::file("writing", path))?.persist()
    }
}

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
        for (measure, described) in MEASURES.iter().enumerate() {
            for &(group, other) in &groups {
                let Pairs { mean, count, undefined } = pairs(stimulus, likeness, measure, group, other);
                let apart = (group != other).then(|| {
                    let two = TwoGroups::of(stimulus, group, other);
                    let matrix = two.matrix(&likeness.matrices[measure]);
                    separation(&GroupedStimulus { matrix: &matrix, members: two.members() }).ok().flatten()
                });
                let apart = apart.flatten();
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
            counts[path.group] += 1;
            let names = [
                stimulus.key.clone(),
                all.groups[path.group].clone(),
                path.name.clone().unwrap_or_default(),
                counts[path.group].to_string(),
            ];
            table.row(names.into_iter().chain(figures(&of_scanpath(path, stimulus.size))))?;
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
