//! Every fixation by itself, judged by the prediction given the fixations before it.
//!
//! A spatial model has one map for all fixations; the value of a stimulus is the mean over its fixations. A model of scanpaths has
//! a map for each fixation, and the value of a stimulus is the same mean. So only definitions that average over fixations can
//! judge it.

use gaze_core::{Fixation, Fixations, Prediction};
use gaze_metrics::MetricError;
use serde::{Deserialize, Serialize};

use super::{By, Judged, NOT_ASKED, Row, Setting, Shared, excused};
use crate::{
    first_pass::GroupFixations,
    metrics::{Maps, Measure, Missing, variant_of},
    models::Looked,
    text::chain,
};

const NO_ONE_MAP: Missing =
    Missing::Kind("the model has a map for each fixation, and the definition needs one for the picture");

/// The scores of every fixation of a group on a stimulus under one predictor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixationScores {
    /// The group of the observers.
    pub group: String,
    /// The predictor: a model or a baseline.
    pub model: String,
    /// The name of the metric.
    pub metric: String,
    /// The value of each fixation, scanpath by scanpath, as it is printed; empty where there is none.
    pub values: Vec<String>,
}

/// The measures that judge each fixation: those whose definition averages over fixations.
pub(crate) fn measures(all: &[Measure]) -> Vec<Measure> {
    let averages = |measure: &&Measure| {
        variant_of(measure.metric, measure.profile, false).is_some_and(|variant| variant.averages_fixations)
    };
    all.iter().filter(averages).copied().collect()
}

/// The values of every fixation of a group under one predictor.
pub(super) struct Each<'a> {
    measures: &'a [Measure],
    /// For each fixation, the value of each measure.
    values: Vec<Vec<Result<f64, Missing>>>,
    /// Whether the predictions were densities.
    densities: bool,
}

impl<'a> Each<'a> {
    /// Judges the predictor by each fixation. There are no values where the predictor has no prediction.
    pub(super) fn of(
        shared: &Shared<'_>,
        judged: &Judged<'_>,
        group: &GroupFixations,
        measures: &'a [Measure],
    ) -> Self {
        let mut each = Self { measures, values: Vec::new(), densities: judged.derived };
        match &judged.by {
            Ok(By::One(maps)) => {
                for &point in group.scanpaths().flat_map(|(points, _)| points) {
                    each.add(shared, group, Ok(maps), point, judged.constant);
                }
            }
            // A network is not asked for nothing.
            Ok(By::Each(looked)) if !measures.is_empty() => each.look(shared, looked, group),
            Ok(By::Each(_)) | Err(_) => {}
        }
        each
    }

    fn look(&mut self, shared: &Shared<'_>, looked: &Looked<'_>, group: &GroupFixations) {
        let predict = |history: &[Fixation]| looked.predict(history).map_err(|error| chain(error.as_ref()));
        // All scanpaths begin without a history.
        let first = predict(&[]);
        self.densities = !matches!(first, Ok(Prediction::Scores(_)));
        let first = first.as_ref().map(Maps::of);
        for (points, _) in group.scanpaths() {
            for (index, &point) in points.iter().enumerate() {
                if index == 0 {
                    self.add(shared, group, first.as_ref(), point, false);
                } else {
                    let prediction = predict(&points[..index]);
                    self.add(shared, group, prediction.as_ref().map(Maps::of).as_ref(), point, false);
                }
            }
        }
    }

    /// Adds the values of a fixation under the prediction for it.
    fn add(
        &mut self,
        shared: &Shared<'_>,
        group: &GroupFixations,
        maps: Result<&Maps<'_>, &&String>,
        point: Fixation,
        constant: bool,
    ) {
        let of_one = || -> Result<Vec<Result<f64, Missing>>, Missing> {
            let maps = maps.map_err(Missing::undefined)?;
            let size = group.fixations.as_ref().map_err(Missing::undefined)?.size();
            let fixation = Fixations::new(size, vec![point]).map_err(|error| Missing::undefined(&error))?;
            let evidence = shared.evidence(maps, &fixation, Err(&NOT_ASKED));
            let value = |measure: &Measure| {
                let variant = variant_of(measure.metric, measure.profile, self.densities).ok_or(NOT_ASKED)?;
                (variant.compute)(&evidence).map_err(|missing| excused(missing, constant))
            };
            Ok(self.measures.iter().map(value).collect())
        };
        let values = of_one().unwrap_or_else(|missing| vec![Err(missing); self.measures.len()]);
        self.values.push(values);
    }

    /// The rows of a model of scanpaths: the means over fixations.
    pub(super) fn rows(&self, context: Setting<'_>, model: &str, group: &str) -> Vec<Row> {
        let row = |&measure: &Measure| {
            let variant = variant_of(measure.metric, measure.profile, self.densities)?;
            let place = self.measures.iter().position(|other| *other == measure);
            let value = place.map_or(Err(NO_ONE_MAP), |place| self.mean(place));
            Some(Row::new(model, group, measure, variant, value))
        };
        context.measures.iter().filter_map(row).collect()
    }

    fn mean(&self, place: usize) -> Result<f64, Missing> {
        let values: Vec<f64> = self.values.iter().map(|values| values[place].clone()).collect::<Result<_, _>>()?;
        match values.len() {
            0 => Err(MetricError::NoFixations.into()),
            count => Ok(values.iter().sum::<f64>() / count as f64),
        }
    }

    /// The values as a part keeps them.
    pub(super) fn scores(&self, model: &str, group: &str) -> Vec<FixationScores> {
        let scores = |(place, measure): (usize, &Measure)| FixationScores {
            group: group.to_owned(),
            model: model.to_owned(),
            metric: measure.metric.name().to_owned(),
            values: self
                .values
                .iter()
                .map(|values| values[place].as_ref().map(f64::to_string).unwrap_or_default())
                .collect(),
        };
        self.measures.iter().enumerate().map(scores).collect()
    }
}
