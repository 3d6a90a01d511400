//! People as predictors of people: the inter-observer ceiling, and one group predicted from another.
//!
//! The prediction is the density of the others' fixations, blurred like the empirical map, in which the center bias of
//! the other images counts as one more observer: few people on one image do not rule out all other places. Nothing is
//! fitted. The ceiling of a group is the mean over its observers, each predicted from the others; metrics that compare
//! with an empirical map compare with that of one observer.

use gaze_core::{
    Fixations, SaliencyMap,
    numeric::{Loop, vectorized},
};
use gaze_metrics::{MetricError, Unpredicted, mean_score};
use gaze_targets::{Boundary, blur_fixations};
use ndarray::Array2;

use super::{Measure, Shared};
use crate::metrics::{Maps, Missing, variant_of};

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

    /// The group as a predictor of others.
    pub(super) fn prediction(&self, shared: &Shared<'_>) -> Result<Maps<'static>, Missing> {
        self.density(None, shared)
    }

    /// The group's ceiling, a value for each measure that is asked for; the others are not.
    pub(super) fn ceilings(&self, shared: &Shared<'_>, measures: &[Measure]) -> Vec<Result<f64, Missing>> {
        let of_observers: Vec<_> =
            (0..self.observers.len()).map(|index| self.predict(index, shared, measures)).collect();
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

    /// The scores of one observer's fixations under the density of the others'.
    fn predict(
        &self,
        index: usize,
        shared: &Shared<'_>,
        measures: &[Measure],
    ) -> Result<Vec<Result<f64, Missing>>, Unpredicted<Missing, Missing>> {
        let own = &self.observers[index];
        if own.is_empty() {
            return Err(Unpredicted::NoFixations);
        }
        if self.count() < 2 {
            return Err(Unpredicted::NoOthers);
        }
        let maps = self.density(Some(own), shared).map_err(Unpredicted::Prediction)?;
        let compares_maps = measures.iter().any(|measure| measure.metric.needs_empirical_map());
        let empirical = if compares_maps { shared.empirical(own) } else { Err(Missing::Input("not asked for")) };
        let evidence = shared.evidence(&maps, own, empirical.as_ref());
        let score = |measure: &Measure| {
            // The density of people's fixations is a blurred map already.
            let variant = variant_of(measure.metric, measure.profile, false).ok_or(Missing::Kind("not defined"))?;
            (variant.compute)(&evidence)
        };
        Ok(measures.iter().map(score).collect())
    }

    /// The density of all observers' fixations but those of one, with the center bias (or, where there is none, the
    /// uniform density) as one more observer. Blurring is linear: one observer's blurred fixations are subtracted.
    fn density(&self, without: Option<&Fixations>, shared: &Shared<'_>) -> Result<Maps<'static>, Missing> {
        let observers = self.count() - usize::from(without.is_some());
        let fixations: usize = self.observers.iter().map(Fixations::len).sum();
        let fixations = fixations - without.map_or(0, Fixations::len);
        let share = 1.0 / (observers + 1) as f64;
        let scale = (1.0 - share) / fixations as f64;
        let all = self.blurred.as_slice();
        let center_bias = shared.center_bias().ok().map(|maps| maps.map().as_slice());
        let mut weights = match without {
            Some(own) => blur_fixations(own, shared.kernel()?, Boundary::Reflect),
            None => Array2::zeros(self.blurred.size().dim()),
        };
        let floor = share / all.len() as f64;
        let own = weights.as_slice_mut().expect("it was just made");
        vectorized(Others { own, all, center_bias, scale, share, floor });
        Ok(Maps::of_weights(SaliencyMap::new(weights).map_err(|error| Missing::undefined(&error))?))
    }
}

/// Turns the blurred fixations of one observer into the density of the others.
struct Others<'a> {
    own: &'a mut [f64],
    all: &'a [f64],
    center_bias: Option<&'a [f64]>,
    scale: f64,
    share: f64,
    /// The value that stands in for the center bias where there is none.
    floor: f64,
}

impl Loop for Others<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { own, all, center_bias, scale, share, floor } = self;
        // Rounding may lead below zero.
        let others = |all: f64, own: f64| if all > own { (all - own) * scale } else { 0.0 };
        match center_bias {
            Some(center_bias) => {
                for ((own, &all), &center_bias) in own.iter_mut().zip(all).zip(center_bias) {
                    *own = others(all, *own) + share * center_bias;
                }
            }
            None => own.iter_mut().zip(all).for_each(|(own, &all)| *own = others(all, *own) + floor),
        }
    }
}

/// The reason why there is no mean: that of the first observer without a value.
fn why(scores: &[Result<f64, Unpredicted<Missing, Missing>>], error: MetricError) -> Missing {
    match scores.iter().find_map(|score| score.as_ref().err()) {
        Some(Unpredicted::Metric(missing) | Unpredicted::Prediction(missing)) => missing.clone(),
        Some(reason) => Missing::undefined(reason),
        None => Missing::undefined(&error),
    }
}
