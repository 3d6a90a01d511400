//! The inter-observer ceiling: every observer of a group predicted from the group's others.
//!
//! The prediction is the density of the others' fixations, blurred like the empirical map, in which the center bias of
//! the other images counts as one more observer: few people on one image do not rule out all other places. Nothing is
//! fitted. The score of a group is the mean over its observers; metrics that compare with an empirical map compare with
//! that of one observer.

use gaze_core::{Fixations, LogDensity, Prediction};
use gaze_metrics::{Unpredicted, leave_each_subject_out, mean_score};
use gaze_targets::{Boundary, GaussianKernel, blur_fixations};
use ndarray::Zip;

use super::{Measure, score::Shared};
use crate::metrics::{Maps, Missing, variant_of};

/// The name in the column of models.
pub(crate) const GOLD_STANDARD: &str = "gold-standard";

/// The ceiling of one group on one stimulus, a value for each measure.
pub(super) fn ceilings(subjects: &[Fixations], shared: &Shared<'_>, measures: &[Measure]) -> Vec<Result<f64, Missing>> {
    let kernel = match &shared.kernel {
        Ok(kernel) => kernel,
        Err(missing) => return vec![Err(missing.clone()); measures.len()],
    };
    let others = subjects.iter().filter(|subject| !subject.is_empty()).count().saturating_sub(1);
    let of_subjects = leave_each_subject_out(
        subjects,
        |fixations| density(fixations, others, kernel, shared).map(Prediction::Density),
        |prediction, fixations| Ok::<_, String>(scores(prediction, fixations, shared, measures)),
    );
    let of_measure = |index: usize| {
        let scores = of_subjects.iter().map(|subject| match subject {
            Ok(scores) => scores[index].clone().map_err(Unpredicted::Metric),
            Err(reason) => Err(reason.clone()),
        });
        let scores: Vec<Result<f64, Unpredicted<String, String>>> = scores.collect();
        let reason = scores.iter().find_map(|score| score.as_ref().err().map(ToString::to_string));
        mean_score(&scores).map_err(|error| Missing::Undefined(reason.unwrap_or_else(|| error.to_string())))
    };
    (0..measures.len()).map(of_measure).collect()
}

/// The others' density, with the center bias (or, where there is none, the uniform density) as one more observer.
fn density(
    fixations: &Fixations,
    others: usize,
    kernel: &GaussianKernel,
    shared: &Shared<'_>,
) -> Result<LogDensity, String> {
    let share = 1.0 / (others + 1) as f64;
    let mut weights = blur_fixations(fixations, kernel, Boundary::Reflect);
    weights *= (1.0 - share) / fixations.len() as f64;
    match shared.center_bias() {
        Ok(habit) => Zip::from(&mut weights).and(habit.values()).for_each(|weight, ln| *weight += share * ln.exp()),
        Err(_) => weights += share / fixations.size().pixels() as f64,
    }
    LogDensity::from_weights(weights).map_err(|error| error.to_string())
}

/// One observer's scores under the prediction, in the order of the measures.
fn scores(
    prediction: &Prediction,
    fixations: &Fixations,
    shared: &Shared<'_>,
    measures: &[Measure],
) -> Vec<Result<f64, String>> {
    let maps = Maps::of(prediction);
    let empirical = shared.empirical(fixations);
    let evidence = shared.evidence(&maps, fixations, empirical.as_ref());
    let score = |measure: &Measure| {
        // The density of people's fixations is a blurred map already.
        let variant = variant_of(measure.metric, measure.profile, false).ok_or("not defined")?;
        (variant.compute)(&evidence).map_err(|missing| missing.to_string())
    };
    measures.iter().map(score).collect()
}
