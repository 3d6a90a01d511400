//! The scores of one stimulus, for every group.

use std::cell::OnceCell;

use gaze_core::{FixationMap, Fixations, LogDensity, Prediction, SaliencyMap, Size};
use gaze_metrics::MetricError;
use gaze_targets::{GaussianKernel, empirical_map};

use super::{
    Baseline, Measure, Row, StimulusGaze,
    gaze::GroupFixations,
    gold_standard::{GOLD_STANDARD, ceilings},
    stimulus::Context,
};
use crate::{
    metrics::{Evidence, Maps, Metric, Missing, Variant, variant_of},
    model::{Model, PictureModel, Source},
};

/// What all groups on a stimulus share.
pub(super) struct Shared<'a> {
    context: &'a Context<'a>,
    index: usize,
    size: Size,
    /// The blur of empirical maps.
    pub(super) kernel: Result<GaussianKernel, Missing>,
    expected_fixations: usize,
    baseline: Result<Maps<'a>, Missing>,
    nonfixations: Result<FixationMap, Missing>,
    center_bias: OnceCell<Result<LogDensity, Missing>>,
}

impl<'a> Shared<'a> {
    fn new(
        context: &'a Context<'a>,
        index: usize,
        gaze: &StimulusGaze,
        size: Size,
        baseline: &'a Result<Prediction, Missing>,
    ) -> Self {
        let uses = |metric| context.measures.iter().any(|measure| measure.metric == metric);
        let kernel = match context.sigma_px {
            Some(sigma) => GaussianKernel::new(sigma).map_err(|error| Missing::undefined(&error)),
            None => Err(Missing::Input("the blur of the empirical map is unknown")),
        };
        let nonfixations = if uses(Metric::Sauc) {
            Ok(context.shuffled.without(index, size))
        } else {
            Err(Missing::Input("not asked for"))
        };
        Self {
            context,
            index,
            size,
            kernel,
            expected_fixations: expected_fixations(gaze),
            baseline: baseline.as_ref().map(Maps::of).map_err(Clone::clone),
            nonfixations,
            center_bias: OnceCell::new(),
        }
    }

    /// The center bias of the other stimuli.
    pub(super) fn center_bias(&self) -> Result<&LogDensity, Missing> {
        let estimate = || self.context.center_bias.without(self.index, self.size);
        let density = self.center_bias.get_or_init(|| estimate().map_err(|error| Missing::undefined(&error)));
        density.as_ref().map_err(Clone::clone)
    }

    /// The blurred fixations, if a metric asks for them.
    pub(super) fn empirical(&self, fixations: &Fixations) -> Result<SaliencyMap, Missing> {
        if !self.context.measures.iter().any(|measure| measure.metric.needs_empirical_map()) {
            return Err(Missing::Input("not asked for"));
        }
        let kernel = self.kernel.as_ref().map_err(Clone::clone)?;
        empirical_map(fixations, kernel).map_err(|error| Missing::undefined(&error))
    }

    pub(super) fn evidence<'b>(
        &'b self,
        prediction: &'b Maps<'b>,
        fixations: &'b Fixations,
        empirical: Result<&'b SaliencyMap, &Missing>,
    ) -> Evidence<'b> {
        Evidence {
            prediction,
            fixations,
            empirical: empirical.map_err(Clone::clone),
            sigma_px: self.context.sigma_px.ok_or(Missing::Input("the blur of the empirical map is unknown")),
            expected_fixations: self.expected_fixations,
            baseline: self.baseline.as_ref().map_err(Clone::clone),
            nonfixations: self.nonfixations.as_ref().map_err(Clone::clone),
            emd_downsize: self.context.emd_downsize,
            ranks: OnceCell::new(),
        }
    }
}

/// The mean number of fixations over the groups that have any: one prediction is judged by one map in all of them.
fn expected_fixations(gaze: &StimulusGaze) -> usize {
    let counts: Vec<usize> = gaze.groups.iter().map(GroupFixations::count).filter(|&count| count > 0).collect();
    if counts.is_empty() { 0 } else { (counts.iter().sum::<usize>() + counts.len() / 2) / counts.len() }
}

/// What the prediction is compared with by information gain.
fn baseline(context: &Context<'_>, index: usize, prediction: &Prediction) -> Result<Prediction, Missing> {
    let size = prediction.size();
    let density = match (context.baseline, &context.model.source, prediction.density()) {
        // The model is the baseline: it need not be estimated twice.
        (Baseline::CenterBias, Source::CenterBias, Some(density)) => Ok(density.clone()),
        (Baseline::CenterBias, ..) => {
            context.center_bias.without(index, size).map_err(|error| Missing::undefined(&error))
        }
        (Baseline::Uniform, ..) => LogDensity::uniform(size).map_err(|error| Missing::undefined(&error)),
    };
    density.map(Prediction::Density)
}

/// A row for every group and measure of the model and, if it is asked for, of the gold standard.
pub(super) fn score(context: &Context<'_>, index: usize, gaze: &StimulusGaze, prediction: &Prediction) -> Vec<Row> {
    let uses = |metric| context.measures.iter().any(|measure| measure.metric == metric);
    // Shuffled AUC judges a density relative to the baseline.
    let wanted = uses(Metric::Ig) || uses(Metric::Sauc) && prediction.density().is_some();
    let baseline = if wanted { baseline(context, index, prediction) } else { Err(Missing::Input("not asked for")) };
    let shared = Shared::new(context, index, gaze, prediction.size(), &baseline);
    let maps = Maps::of(prediction);
    let density = prediction.density().is_some();
    let mut rows = Vec::new();
    for group in &gaze.groups {
        let fixations = match &group.fixations {
            Ok(fixations) => fixations,
            Err(reason) => {
                rows.extend(without_values(context, &group.group, reason));
                continue;
            }
        };
        let empirical = shared.empirical(fixations);
        let evidence = shared.evidence(&maps, fixations, empirical.as_ref());
        let row = |model: &str, measure: &Measure, variant: &Variant, value| {
            Row::new(model, &group.group, *measure, variant, value)
        };
        rows.extend(context.measures.iter().filter_map(|measure| {
            let variant = variant_of(measure.metric, measure.profile, density)?;
            let value = (variant.compute)(&evidence).map_err(|missing| of_model(context.model, missing));
            Some(row(context.model_name, measure, variant, value))
        }));
        if context.ceiling {
            let values = ceilings(&group.subjects, &shared, context.measures);
            rows.extend(context.measures.iter().zip(values).filter_map(|(measure, value)| {
                let variant = variant_of(measure.metric, measure.profile, false)?;
                Some(row(GOLD_STANDARD, measure, variant, value))
            }));
        }
    }
    rows
}

/// That the uniform density is constant is no fault of a stimulus.
fn of_model(model: &Model, missing: Missing) -> Missing {
    match (&model.source, missing) {
        (Source::Picture(PictureModel::Uniform), Missing::Undefined(reason))
            if reason == MetricError::ConstantPrediction.to_string() =>
        {
            Missing::Kind("the prediction is constant")
        }
        (_, missing) => missing,
    }
}

/// The rows of a stimulus that could not be scored.
pub(super) fn unscored(context: &Context<'_>, gaze: &StimulusGaze, reason: &str) -> Vec<Row> {
    let rows = gaze.groups.iter().flat_map(|group| {
        let reason = group.fixations.as_ref().err().map_or(reason, String::as_str);
        without_values(context, &group.group, reason)
    });
    rows.collect()
}

fn without_values(context: &Context<'_>, group: &str, reason: &str) -> Vec<Row> {
    let ceiling = context.ceiling.then_some(GOLD_STANDARD);
    let models = std::iter::once(context.model_name).chain(ceiling);
    let rows = models.flat_map(|model| {
        context.measures.iter().filter_map(move |measure| {
            let variant = variant_of(measure.metric, measure.profile, false)?;
            Some(Row::new(model, group, *measure, variant, Err(Missing::Undefined(reason.to_owned()))))
        })
    });
    rows.collect()
}
