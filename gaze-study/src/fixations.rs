//! The scores of every fixation, in a study with a model of scanpaths: a table of all, and their means by position.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{
    error::StudyError,
    metrics::{Measure, Metric},
    number::Number,
    part::Part,
    plan::Plan,
    predictors::{Predictor, Role},
    score::{FixationScores, fixation_measures},
    table::Table,
};

/// The table of the scores of every fixation.
pub(crate) const FIXATIONS: &str = "fixations.csv";

/// The table of their means by position in the scanpath.
pub(crate) const BY_INDEX: &str = "by_index.csv";

/// The mean score of the fixations at one position of all scanpaths.
#[derive(Clone, Debug, Serialize)]
pub struct IndexScore {
    /// The group of the observers.
    pub group: String,
    /// The predictor: a model or a baseline.
    pub model: String,
    /// The metric, by the definition that averages over fixations.
    pub metric: Metric,
    /// The number of fixations before, in the same scanpath.
    pub index: usize,
    /// The mean; `None` if no fixation has a value, or values are infinite in both directions.
    pub mean: Option<Number>,
    /// The number of fixations with a value.
    pub fixations: usize,
    /// The number of fixations without one.
    pub undefined: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    fixations: usize,
    undefined: usize,
}

/// Gathers the scores stimulus by stimulus, and writes the table of all fixations meanwhile.
pub(crate) struct FixationGatherer {
    table: Table,
    groups: Vec<String>,
    models: Vec<String>,
    metrics: Vec<Metric>,
    /// By group, model, metric and position.
    sums: BTreeMap<[usize; 4], Sum>,
}

impl FixationGatherer {
    /// Begins the table in the output folder.
    pub(crate) fn new(
        out: &Path,
        plan: &Plan,
        groups: &[String],
        predictors: &[Predictor],
    ) -> Result<Self, StudyError> {
        let measures: Vec<Measure> = fixation_measures(&plan.measures());
        let metrics: Vec<Metric> = measures.iter().map(|measure| measure.metric).collect();
        let judged = predictors.iter().filter(|predictor| predictor.role != Role::Ceiling);
        let columns = ["stimulus", "group", "observer", "scanpath", "index", "x", "y", "model"];
        let columns = columns.into_iter().chain(metrics.iter().map(|metric| metric.name()));
        Ok(Self {
            table: Table::new(out, FIXATIONS, columns)?,
            groups: groups.to_vec(),
            models: judged.map(|predictor| predictor.name.clone()).collect(),
            metrics,
            sums: BTreeMap::new(),
        })
    }

    /// Adds the fixations on a stimulus.
    pub(crate) fn add(&mut self, stimulus: &str, part: &Part) -> Result<(), StudyError> {
        let Some(scanpaths) = &part.scanpaths else { return Ok(()) };
        for (group, name) in self.groups.clone().iter().enumerate() {
            let values = self.values(group, part);
            // The place of a fixation among those of the group on this stimulus.
            let mut place = 0;
            let of_group = scanpaths.scanpaths.iter().filter(|stored| stored.group == *name);
            for (scanpath, stored) in of_group.enumerate() {
                for (index, (x, y)) in stored.x.iter().zip(&stored.y).enumerate() {
                    let observer = stored.observer.as_deref().unwrap_or_default();
                    let [number, before] = [scanpath, index].map(|count| count.to_string());
                    let (x, y) = (x.to_string(), y.to_string());
                    let fixation = [stimulus, &stored.group, observer, &number, &before, &x, &y];
                    let of_fixation = |of: &&[String]| of.get(place).cloned().unwrap_or_default();
                    for (model, values) in values.iter().enumerate() {
                        let values: Vec<String> = values.iter().map(of_fixation).collect();
                        self.count([group, model, index], &values);
                        let fields = fixation.into_iter().chain([self.models[model].as_str()]);
                        self.table.row(fields.chain(values.iter().map(String::as_str)))?;
                    }
                    place += 1;
                }
            }
        }
        Ok(())
    }

    /// The values of a group's fixations, by model and metric.
    fn values<'p>(&self, group: usize, part: &'p Part) -> Vec<Vec<&'p [String]>> {
        let of = |model: &String, metric: &Metric| {
            let is_it = |scores: &&FixationScores| {
                scores.group == self.groups[group] && scores.model == *model && scores.metric == metric.name()
            };
            part.fixations.iter().find(is_it).map_or(&[][..], |scores| &scores.values)
        };
        let of_model = |model| self.metrics.iter().map(|metric| of(model, metric)).collect();
        self.models.iter().map(of_model).collect()
    }

    fn count(&mut self, [group, model, index]: [usize; 3], values: &[String]) {
        for (metric, value) in values.iter().enumerate() {
            let sum = self.sums.entry([group, model, metric, index]).or_default();
            match value.parse::<f64>() {
                Ok(value) => {
                    sum.sum += value;
                    sum.fixations += 1;
                }
                Err(_) => sum.undefined += 1,
            }
        }
    }

    /// Moves the table into place, writes the means and returns them.
    pub(crate) fn finish(self, out: &Path) -> Result<Vec<IndexScore>, StudyError> {
        self.table.finish()?;
        let score = |(&[group, model, metric, index], sum): (&[usize; 4], &Sum)| {
            let mean = sum.sum / sum.fixations as f64;
            IndexScore {
                group: self.groups[group].clone(),
                model: self.models[model].clone(),
                metric: self.metrics[metric],
                index,
                mean: (!mean.is_nan()).then_some(Number(mean)),
                fixations: sum.fixations,
                undefined: sum.undefined,
            }
        };
        let scores: Vec<IndexScore> = self.sums.iter().map(score).collect();
        let mut table =
            Table::new(out, BY_INDEX, ["group", "model", "metric", "index", "mean", "fixations", "undefined"])?;
        for score in &scores {
            table.row([
                score.group.clone(),
                score.model.clone(),
                score.metric.name().to_owned(),
                score.index.to_string(),
                score.mean.map(|Number(mean)| mean.to_string()).unwrap_or_default(),
                score.fixations.to_string(),
                score.undefined.to_string(),
            ])?;
        }
        table.finish()?;
        Ok(scores)
    }
}
