//! People as predictors of people: the inter-observer ceiling, and one group predicted from another.
//!
//! The prediction is that of [`GoldStandard`]: the density of the others' fixations, blurred like the empirical map, in
//! which the center bias of the other images counts as one more observer. The ceiling of a group is the mean over its
//! observers, each predicted from the others; metrics that compare with an empirical map compare with that of one observer.

use gaze_core::{Fixations, SaliencyMap};
use gaze_metrics::{MetricError, Unpredicted, mean_score};
use gaze_targets::{GoldStandard, Prior, TargetError};
use ndarray::Array2;

use super::{NOT_ASKED, Shared};
use crate::metrics::{Maps, Measure, Missing, variant_of};

/// A group's gaze on one stimulus.
#[derive(Clone, Copy)]
pub(super) struct Observers<'a> {
    pub(super) observers: &'a [Fixations],
    /// The fixations of all of them, blurred.
    pub(super) blurred: &'a SaliencyMap<'a>,
}

impl Observers<'_> {
    /// The number of observers with a fixation.
    fn count(&self) -> usize {
        self.observers.iter().filter(|observer| !observer.is_empty()).count()
    }

    fn gold_standard<'b>(&'b self, shared: &'b Shared<'_>) -> Result<GoldStandard<'b>, Missing> {
        let prior = Prior::OneMoreObserver(shared.center_bias().ok().map(Maps::map));
        let made = GoldStandard::of_blurred(self.observers, self.blurred, shared.kernel()?, prior);
        made.map_err(|error| Missing::undefined(&error))
    }

    /// The group as a predictor of others.
    pub(super) fn prediction(&self, shared: &Shared<'_>) -> Result<Maps<'static>, Missing> {
        maps(self.gold_standard(shared)?.weights())
    }

    /// The group's ceiling: a value for each of the measures.
    pub(super) fn ceilings(&self, shared: &Shared<'_>, measures: &[Measure]) -> Vec<Result<f64, Missing>> {
        let gold_standard = self.gold_standard(shared);
        let mut room = None;
        let of_observers: Vec<_> = (0..self.observers.len())
            .map(|index| self.predict(index, gold_standard.as_ref(), shared, measures, &mut room))
            .collect();
        let of_measure = |index: usize| {
            let scores = of_observers.iter().map(|observer| match observer {
                Ok(scores) => scores[index].clone().map_err(Unpredicted::Metric),
                Err(reason) => Err(reason.clone()),
            });
            let scores: Vec<Result<f64, Unpredicted<Missing, Missing>>> = scores.collect();
            mean_score(&scores).map_err(|error| why(&scores, error))
        };
        (0..measures.len()).map(of_measure).collect()
    }

    /// The scores of one observer's fixations under the density of the others'. `room` is the memory of the last such density.
    fn predict(
        &self,
        index: usize,
        gold_standard: Result<&GoldStandard<'_>, &Missing>,
        shared: &Shared<'_>,
        measures: &[Measure],
        room: &mut Option<Array2<f64>>,
    ) -> Result<Vec<Result<f64, Missing>>, Unpredicted<Missing, Missing>> {
        let own = &self.observers[index];
        if own.is_empty() {
            return Err(Unpredicted::NoFixations);
        }
        if self.count() < 2 {
            return Err(Unpredicted::NoOthers);
        }
        let gold_standard = gold_standard.map_err(|missing| Unpredicted::Prediction(missing.clone()))?;
        let here = room.take().unwrap_or_else(|| Array2::zeros(own.size().dim()));
        let maps = maps(gold_standard.weights_without(index, here)).map_err(Unpredicted::Prediction)?;
        let compares_maps = measures.iter().any(|measure| measure.metric.needs_empirical_map());
        let empirical = if compares_maps { shared.empirical(own) } else { Err(NOT_ASKED) };
        let evidence = shared.evidence(&maps, own, empirical.as_ref());
        let score = |measure: &Measure| {
            // The density of people's fixations is a blurred map already.
            let variant = variant_of(measure.metric, measure.profile, false).ok_or(Missing::Kind("not defined"))?;
            (variant.compute)(&evidence)
        };
        let scores = measures.iter().map(score).collect();
        *room = maps.into_weights();
        Ok(scores)
    }
}

fn maps(weights: Result<SaliencyMap<'static>, TargetError>) -> Result<Maps<'static>, Missing> {
    weights.map(Maps::of_weights).map_err(|error| Missing::undefined(&error))
}

/// The reason why there is no mean: that of the first observer without a value.
fn why(scores: &[Result<f64, Unpredicted<Missing, Missing>>], error: MetricError) -> Missing {
    match scores.iter().find_map(|score| score.as_ref().err()) {
        Some(Unpredicted::Metric(missing) | Unpredicted::Prediction(missing)) => missing.clone(),
        Some(reason) => Missing::undefined(reason),
        None => Missing::undefined(&error),
    }
}
