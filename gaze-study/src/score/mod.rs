//! The scores of one stimulus: a row for every predictor, group and measure.

use std::iter;

use gaze_core::{FixationMap, Fixations, LogDensity, Prediction, Size};
use gaze_metrics::MetricError;
use gaze_targets::{GaussianKernel, empirical_map};

pub(crate) use self::fixations::measures as fixation_measures;
use self::{fixations::Each, observers::Observers};
pub use self::{fixations::FixationScores, row::Row};
use crate::{
    first_pass::{FirstPass, GroupFixations, StimulusGaze},
    metrics::{Empirical, Evidence, Given, Maps, Measure, Metric, Missing, variant_of},
    models::{Answer, Looked, Model},
    names::{CENTER_BIAS, GOLD_STANDARD, UNIFORM, group_name},
    plan::{Baseline, Plan, Reference},
    predictors::compares_groups,
};

mod fixations;
mod observers;
mod row;

const NOT_ASKED: Missing = Missing::Input("not asked for");
const BLUR_UNKNOWN: &str = "the blur of the empirical map is unknown";

/// The study that a stimulus belongs to, as far as its scores depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) measures: &'a [Measure],
    pub(crate) models: &'a [Model],
    pub(crate) first: &'a FirstPass,
}

impl Setting<'_> {
    /// Tells whether a metric is asked for in any profile.
    fn uses(&self, metric: Metric) -> bool {
        self.measures.iter().any(|measure| measure.metric == metric)
    }

    /// Tells whether a metric compares with the baseline; shuffled AUC judges a density relative to it.
    fn uses_baseline(&self) -> bool {
        self.uses(Metric::Ig) || self.uses(Metric::Sauc)
    }
}

/// The inputs of metrics that all groups on a stimulus share.
struct Shared<'a> {
    plan: &'a Plan,
    kernel: Result<GaussianKernel, Missing>,
    expected_fixations: usize,
    nonfixations: Result<FixationMap, Missing>,
    center_bias: Result<Maps<'a>, Missing>,
    uniform: Result<Maps<'a>, Missing>,
}

impl<'a> Shared<'a> {
    /// The kernel that blurs fixations, if the blur is known.
    fn kernel(&self) -> Result<&GaussianKernel, Missing> {
        self.kernel.as_ref().map_err(Clone::clone)
    }

    /// The center bias of the other stimuli.
    fn center_bias(&self) -> Result<&Maps<'a>, Missing> {
        self.center_bias.as_ref().map_err(Clone::clone)
    }

    /// Blurs fixations to an empirical map.
    fn empirical(&self, fixations: &Fixations) -> Result<Empirical<'static>, Missing> {
        let blurred = empirical_map(fixations, self.kernel()?).map_err(|error| Missing::undefined(&error))?;
        Ok(Empirical::of(blurred))
    }

    fn evidence<'b>(
        &'b self,
        prediction: &'b Maps<'b>,
        fixations: &'b Fixations,
        empirical: Result<&'b Empirical<'static>, &Missing>,
    ) -> Evidence<'b> {
        let baseline = match self.plan.baseline {
            Baseline::CenterBias => &self.center_bias,
            Baseline::Uniform => &self.uniform,
        };
        Evidence::new(Given {
            prediction,
            fixations,
            empirical: empirical.map_err(Clone::clone),
            sigma_px: self.plan.sigma_px.ok_or(Missing::Input(BLUR_UNKNOWN)),
            expected_fixations: self.expected_fixations,
            baseline: baseline.as_ref().map_err(Clone::clone),
            nonfixations: self.nonfixations.as_ref().map_err(Clone::clone),
            emd_downsize: self.plan.emd_downsize,
            similarity_samples: self.plan.similarity_samples,
        })
    }
}

/// The mean number of fixations over the groups that have any: one prediction is judged by one map in all of them.
fn expected_fixations(gaze: &StimulusGaze) -> usize {
    let counts: Vec<usize> = gaze.groups.iter().map(GroupFixations::count).filter(|&count| count > 0).collect();
    if counts.is_empty() { 0 } else { (counts.iter().sum::<usize>() + counts.len() / 2) / counts.len() }
}

/// What is judged of a model on a picture.
#[derive(Debug)]
pub(crate) enum Subject<'a> {
    /// One prediction for all fixations, with the maps that are made of it.
    Spatial(&'a Prediction, Box<Maps<'a>>),
    /// A prediction for each fixation, given those before it.
    Scanpath(&'a Looked<'a>),
}

impl<'a> Subject<'a> {
    /// Takes the answer of a model.
    pub(crate) fn of(answer: &'a Answer<'a>) -> Self {
        match answer {
            Answer::Spatial(prediction) => Self::Spatial(prediction, Box::new(Maps::of(prediction))),
            Answer::Scanpath(looked) => Self::Scanpath(looked),
        }
    }

    /// The prediction with its maps, if there is one for all fixations.
    pub(crate) fn maps(&self) -> Option<(&'a Prediction, &Maps<'a>)> {
        match self {
            Self::Spatial(prediction, maps) => Some((prediction, maps)),
            Self::Scanpath(_) => None,
        }
    }
}

/// The predictions that a predictor is judged by.
#[derive(Clone, Copy, Debug)]
enum By<'a> {
    /// One map for all fixations.
    One(&'a Maps<'a>),
    /// A map for each fixation, given those before it.
    Each(&'a Looked<'a>),
}

/// The scores of a stimulus.
pub(crate) struct Scored {
    pub(crate) rows: Vec<Row>,
    /// The scores of every fixation; empty in a study without a model of scanpaths.
    pub(crate) fixations: Vec<FixationScores>,
}

/// A predictor that is the same for all groups.
struct Judged<'a> {
    name: &'a str,
    by: Result<By<'a>, Missing>,
    /// Whether it is judged by maps that are derived from its density.
    derived: bool,
    constant: bool,
}

/// The rows of every group, predictor and measure. `models` holds what each model says, or the reason why it says nothing.
pub(crate) fn score(
    context: Setting<'_>,
    index: usize,
    gaze: &StimulusGaze,
    size: Size,
    models: &[Result<Subject<'_>, &String>],
) -> Scored {
    let (center_bias, uniform) = (center_bias(context, index, size, models), uniform(context, size));
    let shared = Shared {
        plan: context.plan,
        kernel: match context.plan.sigma_px {
            Some(sigma) => GaussianKernel::new(sigma).map_err(|error| Missing::undefined(&error)),
            None => Err(Missing::Kind(BLUR_UNKNOWN)),
        },
        expected_fixations: expected_fixations(gaze),
        nonfixations: match context.uses(Metric::Sauc) {
            true => Ok(context.first.nonfixations.without(index, size)),
            false => Err(NOT_ASKED),
        },
        center_bias: center_bias.as_ref().map(Maps::of).map_err(Clone::clone),
        uniform: uniform.as_ref().map(Maps::of).map_err(Clone::clone),
    };
    let judged = judged(context, &shared, models);
    // The gold standard and the groups need the blurred fixations of all groups.
    let people = context
        .plan
        .references
        .iter()
        .any(|reference| matches!(reference, Reference::GoldStandard | Reference::Groups));
    let maps_wanted = people || context.measures.iter().any(|measure| measure.metric.needs_empirical_map());
    let empirical = |group: &GroupFixations| match (&group.fixations, maps_wanted) {
        (Ok(fixations), true) => shared.empirical(fixations),
        _ => Err(NOT_ASKED),
    };
    let empirical: Vec<Result<Empirical<'static>, Missing>> = gaze.groups.iter().map(empirical).collect();
    let apart: Vec<Vec<Fixations>> = gaze.groups.iter().map(GroupFixations::observers).collect();
    let observers: Vec<Result<Observers<'_>, Missing>> = iter::zip(&apart, &empirical)
        .map(|(observers, blurred)| {
            let blurred = blurred.as_ref().map_err(Clone::clone)?.map();
            Ok(Observers { observers, blurred })
        })
        .collect();
    let of_groups = groups_as_predictors(context, gaze, &observers, &shared);

    let (mut rows, mut each_fixation) = (Vec::new(), Vec::new());
    let of_each = context.plan.judges_fixations().then(|| fixation_measures(context.measures));
    for (place, group) in gaze.groups.iter().enumerate() {
        let fixations = match &group.fixations {
            Ok(fixations) => fixations,
            Err(reason) => {
                rows.extend(without_values(context, &group.group, reason));
                continue;
            }
        };
        let judge = |name: &str, maps: Result<&Maps<'_>, &Missing>, derived: bool, constant: bool| {
            let evidence = maps.map(|maps| shared.evidence(maps, fixations, empirical[place].as_ref()));
            let rows = context.measures.iter().filter_map(|&measure| {
                let variant = variant_of(measure.metric, measure.profile, derived)?;
                let value = match &evidence {
                    Ok(evidence) => (variant.compute)(evidence).map_err(|missing| excused(missing, constant)),
                    Err(missing) => Err((*missing).clone()),
                };
                Some(Row::new(name, &group.group, measure, variant, value))
            });
            rows.collect::<Vec<_>>()
        };
        for judged in &judged {
            let each = of_each.as_ref().map(|measures| Each::of(&shared, judged, group, measures));
            rows.extend(match &judged.by {
                Ok(By::One(maps)) => judge(judged.name, Ok(maps), judged.derived, judged.constant),
                Ok(By::Each(_)) => each.iter().flat_map(|each| each.rows(context, judged.name, &group.group)).collect(),
                Err(missing) => judge(judged.name, Err(missing), judged.derived, judged.constant),
            });
            each_fixation.extend(each.iter().flat_map(|each| each.scores(judged.name, &group.group)));
        }
        if context.plan.references.contains(&Reference::GoldStandard) {
            rows.extend(gold_standard(context, group, &observers[place], &shared));
        }
        for (name, maps) in of_groups.iter().filter(|(name, _)| *name != group_name(&group.group)) {
            rows.extend(judge(name, maps.as_ref(), false, false));
        }
    }
    Scored { rows, fixations: each_fixation }
}

/// The models, and the baselines that are references.
fn judged<'a>(
    context: Setting<'a>,
    shared: &'a Shared<'_>,
    models: &'a [Result<Subject<'a>, &String>],
) -> Vec<Judged<'a>> {
    let model = |(model, subject): (&'a Model, &'a Result<Subject<'a>, &String>)| {
        let constant = model.name() == UNIFORM;
        let (by, derived) = match subject {
            Ok(Subject::Spatial(_, maps)) => (Ok(By::One(maps)), maps.density().is_some() && !constant),
            Ok(Subject::Scanpath(looked)) => (Ok(By::Each(looked)), false),
            Err(reason) => (Err(Missing::Undefined((*reason).clone())), false),
        };
        Judged { name: model.name(), by, derived, constant }
    };
    let mut judged: Vec<Judged<'a>> = iter::zip(context.models, models).map(model).collect();
    for reference in &context.plan.references {
        match reference {
            // No map is better under a density that prefers none.
            Reference::Uniform => {
                let by = shared.uniform.as_ref().map(By::One).map_err(Clone::clone);
                judged.push(Judged { name: UNIFORM, by, derived: false, constant: true });
            }
            Reference::CenterBias => {
                let by = shared.center_bias.as_ref().map(By::One).map_err(Clone::clone);
                judged.push(Judged { name: CENTER_BIAS, by, derived: true, constant: false });
            }
            Reference::GoldStandard | Reference::Groups => {}
        }
    }
    judged
}

/// The center bias of the other stimuli, if anything is compared with it or made of it.
fn center_bias(
    context: Setting<'_>,
    index: usize,
    size: Size,
    models: &[Result<Subject<'_>, &String>],
) -> Result<Prediction, Missing> {
    let is_baseline = context.plan.baseline == Baseline::CenterBias && context.uses_baseline();
    if !is_baseline && context.plan.references.iter().all(|&reference| reference == Reference::Uniform) {
        return Err(NOT_ASKED);
    }
    // A model that is the center bias has estimated it already.
    let estimated = iter::zip(context.models, models).find_map(|(model, subject)| match (model.name(), subject) {
        (CENTER_BIAS, Ok(Subject::Spatial(_, maps))) => maps.density().cloned(),
        _ => None,
    });
    let density = estimated.map_or_else(|| context.first.center_bias.without(index, size), Ok);
    density.map(Prediction::Density).map_err(|error| Missing::undefined(&error))
}

/// The uniform density, if anything is compared with it.
fn uniform(context: Setting<'_>, size: Size) -> Result<Prediction, Missing> {
    let is_baseline = context.plan.baseline == Baseline::Uniform && context.uses_baseline();
    if !is_baseline && !context.plan.references.contains(&Reference::Uniform) {
        return Err(NOT_ASKED);
    }
    LogDensity::uniform(size).map(Prediction::Density).map_err(|error| Missing::undefined(&error))
}

/// Every group as a predictor of the others.
fn groups_as_predictors(
    context: Setting<'_>,
    gaze: &StimulusGaze,
    observers: &[Result<Observers<'_>, Missing>],
    shared: &Shared<'_>,
) -> Vec<(String, Result<Maps<'static>, Missing>)> {
    if !context.plan.references.contains(&Reference::Groups) || !compares_groups(context.first.gaze.groups.len()) {
        return Vec::new();
    }
    let predictor = |(group, observers): (&GroupFixations, &Result<Observers<'_>, Missing>)| {
        let maps = match (&group.fixations, observers) {
            (Err(reason), _) => Err(Missing::Undefined(reason.clone())),
            (Ok(_), Err(missing)) => Err(missing.clone()),
            (Ok(_), Ok(observers)) => observers.prediction(shared),
        };
        (group_name(&group.group), maps)
    };
    iter::zip(&gaze.groups, observers).map(predictor).collect()
}

/// The rows of the group's ceiling.
fn gold_standard(
    context: Setting<'_>,
    group: &GroupFixations,
    observers: &Result<Observers<'_>, Missing>,
    shared: &Shared<'_>,
) -> Vec<Row> {
    let asked = |measure: &&Measure| context.plan.ceiling || !measure.metric.needs_empirical_map();
    let measures: Vec<Measure> = context.measures.iter().filter(asked).copied().collect();
    let values = match observers {
        Ok(observers) => observers.ceilings(shared, &measures),
        Err(missing) => vec![Err(missing.clone()); measures.len()],
    };
    let values: Vec<_> = iter::zip(&measures, values).collect();
    let row = |&measure: &Measure| {
        let variant = variant_of(measure.metric, measure.profile, false)?;
        let value = values.iter().find(|(of, _)| **of == measure).map(|(_, value)| value.clone());
        let value = value.unwrap_or(Err(Missing::Kind("computed with --ceiling only")));
        Some(Row::new(GOLD_STANDARD, &group.group, measure, variant, value))
    };
    context.measures.iter().filter_map(row).collect()
}

/// Excuses a stimulus for a constant prediction where the predictor is constant by its kind.
fn excused(missing: Missing, constant: bool) -> Missing {
    match missing {
        Missing::Undefined(reason) if constant && reason == MetricError::ConstantPrediction.to_string() => {
            Missing::Kind("the prediction is constant")
        }
        missing => missing,
    }
}

/// The rows of a stimulus that could not be scored.
pub(crate) fn unscored(context: Setting<'_>, gaze: &StimulusGaze, reason: &str) -> Vec<Row> {
    let rows = gaze.groups.iter().flat_map(|group| {
        let reason = group.fixations.as_ref().err().map_or(reason, String::as_str);
        without_values(context, &group.group, reason)
    });
    rows.collect()
}

fn without_values(context: Setting<'_>, group: &str, reason: &str) -> Vec<Row> {
    let predictors = context.first.predictors.iter().filter(|predictor| predictor.name != group_name(group));
    let rows = predictors.flat_map(|predictor| {
        context.measures.iter().filter_map(|&measure| {
            let variant = variant_of(measure.metric, measure.profile, false)?;
            Some(Row::new(&predictor.name, group, measure, variant, Err(Missing::Undefined(reason.to_owned()))))
        })
    });
    rows.collect()
}
