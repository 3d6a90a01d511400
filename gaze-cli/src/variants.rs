//! Every definition of every metric by the names under which they are compared, and how it is applied.

use clap::ValueEnum;
use gaze_core::{FixationMap, Fixations, Prediction, SaliencyMap};
use gaze_metrics::{
    AucVariant, EmdOptions, GridReduction, JuddVariant, KlVariant, MetricError, NssVariant, ShuffledVariant, auc_borji,
    auc_judd_variant, auc_variant, cc, cc_mit, emd, information_gain, information_gain_mit, kl_divergence_variant,
    log_likelihood, normalized_density, nss_variant, shuffled_auc_variant, sim, sim_mit,
};

/// A family of definitions that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// The MIT saliency benchmark's MATLAB code
    Mit,
    /// The current MIT/Tübingen benchmark
    Tuebingen,
}

/// All that a metric may ask for, with the option that gives it where it may be missing.
pub(crate) struct Evidence {
    pub(crate) prediction: Prediction,
    /// The prediction as scores.
    pub(crate) map: SaliencyMap,
    pub(crate) fixations: Fixations,
    pub(crate) empirical: Option<SaliencyMap>,
    pub(crate) baseline: Option<Prediction>,
    pub(crate) nonfixations: Option<FixationMap>,
    pub(crate) emd_downsize: usize,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Missing {
    /// The user did not give what it needs.
    Input(&'static str),
    /// The prediction or baseline is of a kind that cannot have one.
    Kind(&'static str),
    Undefined(MetricError),
}

impl From<MetricError> for Missing {
    fn from(error: MetricError) -> Self {
        Self::Undefined(error)
    }
}

type Compute = fn(&Evidence) -> Result<f64, Missing>;

/// A metric under one definition.
pub(crate) struct Variant {
    pub(crate) metric: &'static str,
    pub(crate) name: &'static str,
    pub(crate) profile: Option<Profile>,
    pub(crate) compute: Compute,
}

const fn variant(metric: &'static str, name: &'static str, profile: Option<Profile>, compute: Compute) -> Variant {
    Variant { metric, name, profile, compute }
}

const MIT: Option<Profile> = Some(Profile::Mit);
const TUEBINGEN: Option<Profile> = Some(Profile::Tuebingen);

/// Every deterministic definition in use, in the order of tables.
pub(crate) const VARIANTS: [Variant; 41] = [
    variant("auc_judd", "mit_expected", MIT, |e| judd(e, JuddVariant::Expected)),
    variant("auc_judd", "mit_nojitter", None, |e| judd(e, JuddVariant::WithoutJitter)),
    variant("auc_judd", "pysaliency_nojitter", None, |e| judd(e, JuddVariant::Multiset)),
    variant("auc_judd", "unisal_4digits", None, |e| judd(e, JuddVariant::Rounded)),
    variant("auc", "pysaliency_uniform", TUEBINGEN, |e| auc(e, AucVariant::Uniform)),
    variant("auc", "pysaliency_unfixated", None, |e| auc(e, AucVariant::Unfixated)),
    variant("auc", "pysaliency_uniform_thr_fix", None, |e| auc(e, AucVariant::UniformAtFixations)),
    variant("auc", "binary_vs_rest", None, |e| auc(e, AucVariant::BinaryVsRest)),
    variant("auc", "binary_vs_all", None, |e| auc(e, AucVariant::BinaryVsAll)),
    variant("auc_borji", "mit_expected", MIT, |e| Ok(auc_borji(&e.map, &e.fixations)?)),
    variant("sauc", "pysaliency", TUEBINGEN, |e| shuffled(e, ShuffledVariant::Multiset)),
    variant("sauc", "binary_exact", None, |e| shuffled(e, ShuffledVariant::Binary)),
    variant("sauc", "mit_expected", MIT, |e| shuffled(e, ShuffledVariant::Expected)),
    variant("sauc", "salicon", None, |e| shuffled(e, ShuffledVariant::Salicon)),
    variant("nss", "mit", MIT, |e| nss(e, NssVariant::Mit)),
    variant("nss", "pysaliency", TUEBINGEN, |e| nss(e, NssVariant::Multiset)),
    variant("nss", "unique_ddof0", None, |e| nss(e, NssVariant::Binary)),
    variant("nss", "multi_ddof1", None, |e| nss(e, NssVariant::MultisetSampleDeviation)),
    variant("nss", "salicon", None, |e| nss(e, NssVariant::Multiset)),
    variant("cc", "mit", MIT, |e| Ok(cc_mit(&e.map, empirical(e)?)?)),
    variant("cc", "pysaliency", TUEBINGEN, |e| Ok(cc(&e.map, empirical(e)?)?)),
    variant("cc", "salicon", None, |e| Ok(cc_mit(&e.map, empirical(e)?)?)),
    variant("sim", "mit", MIT, |e| Ok(sim_mit(&e.map, empirical(e)?)?)),
    variant("sim", "pysaliency", TUEBINGEN, |e| Ok(sim(&e.map, empirical(e)?)?)),
    variant("kl", "mit", MIT, |e| kl(e, KlVariant::Mit)),
    variant("kl", "pysaliency_mit", TUEBINGEN, |e| kl(e, KlVariant::Tuebingen)),
    variant("kl", "pysaliency_default", None, |e| kl(e, KlVariant::Added)),
    variant("kl", "noreg", None, |e| kl(e, KlVariant::Plain)),
    variant("kl", "reversed_noreg", None, |e| kl(e, KlVariant::Reversed)),
    variant("ig", "mit", MIT, |e| Ok(information_gain_mit(&e.map, &baseline(e)?.to_saliency_map(), &e.fixations)?)),
    variant("ig", "log_density", TUEBINGEN, |e| {
        let model = e.prediction.density().ok_or(Missing::Kind("the prediction is a map of scores, not a density"))?;
        let baseline = baseline(e)?.density().ok_or(Missing::Kind("the baseline is a map of scores, not a density"))?;
        Ok(information_gain(model, baseline, &e.fixations)?)
    }),
    variant("ig", "pysaliency_min0", None, |e| gain_of_scores(e, 0.0)),
    variant("ig", "pysaliency_min1e-20", None, |e| gain_of_scores(e, 1e-20)),
    variant("ll_nats", "log_density", TUEBINGEN, |e| {
        let model = e.prediction.density().ok_or(Missing::Kind("the prediction is a map of scores, not a density"))?;
        Ok(log_likelihood(model, &e.fixations)?)
    }),
    variant("ll_nats", "pysaliency_min0", None, |e| {
        Ok(log_likelihood(&normalized_density(&e.map, 0.0)?, &e.fixations)?)
    }),
    variant("ll_nats", "pysaliency_min1e-20", None, |e| {
        Ok(log_likelihood(&normalized_density(&e.map, 1e-20)?, &e.fixations)?)
    }),
    variant("emd", "exact_matlab_resize", MIT, |e| {
        distance(e, EmdOptions { reduction: GridReduction::Matlab { factor: e.emd_downsize }, ..EmdOptions::default() })
    }),
    variant("emd", "exact_area", TUEBINGEN, |e| distance(e, area(e))),
    variant("emd", "exact_area_thr2", None, |e| distance(e, EmdOptions { threshold: Some(2.0), ..area(e) })),
    variant("emd", "exact_area_thr5", None, |e| distance(e, EmdOptions { threshold: Some(5.0), ..area(e) })),
    variant("emd", "exact_area_pixels", None, |e| Ok(distance(e, area(e))? * e.emd_downsize as f64)),
];

fn judd(e: &Evidence, variant: JuddVariant) -> Result<f64, Missing> {
    Ok(auc_judd_variant(&e.map, &e.fixations, variant)?)
}

fn auc(e: &Evidence, variant: AucVariant) -> Result<f64, Missing> {
    Ok(auc_variant(&e.map, &e.fixations, variant)?)
}

fn nss(e: &Evidence, variant: NssVariant) -> Result<f64, Missing> {
    Ok(nss_variant(&e.map, &e.fixations, variant)?)
}

fn shuffled(e: &Evidence, variant: ShuffledVariant) -> Result<f64, Missing> {
    let nonfixations = e.nonfixations.as_ref().ok_or(Missing::Input("needs --others"))?;
    Ok(shuffled_auc_variant(&e.map, &e.fixations, nonfixations, variant)?)
}

fn empirical(e: &Evidence) -> Result<&SaliencyMap, Missing> {
    e.empirical.as_ref().ok_or(Missing::Input("needs --empirical or --sigma-px"))
}

fn kl(e: &Evidence, variant: KlVariant) -> Result<f64, Missing> {
    Ok(kl_divergence_variant(&e.map, empirical(e)?, variant)?)
}

fn baseline(e: &Evidence) -> Result<&Prediction, Missing> {
    e.baseline.as_ref().ok_or(Missing::Input("needs --baseline"))
}

fn gain_of_scores(e: &Evidence, minimum: f64) -> Result<f64, Missing> {
    let baseline = normalized_density(&baseline(e)?.to_saliency_map(), minimum)?;
    Ok(information_gain(&normalized_density(&e.map, minimum)?, &baseline, &e.fixations)?)
}

fn area(e: &Evidence) -> EmdOptions {
    EmdOptions { reduction: GridReduction::Area { factor: e.emd_downsize }, ..EmdOptions::default() }
}

fn distance(e: &Evidence, options: EmdOptions) -> Result<f64, Missing> {
    Ok(emd(&e.map, empirical(e)?, &options)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_definition_has_two_entries_and_each_profile_has_every_metric() {
        let mut names: Vec<_> = VARIANTS.iter().map(|variant| (variant.metric, variant.name)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), VARIANTS.len());
        let of = |profile| VARIANTS.iter().filter(|v| v.profile == Some(profile)).map(|v| v.metric).collect::<Vec<_>>();
        assert_eq!(of(Profile::Mit), ["auc_judd", "auc_borji", "sauc", "nss", "cc", "sim", "kl", "ig", "emd"]);
        assert_eq!(of(Profile::Tuebingen), ["auc", "sauc", "nss", "cc", "sim", "kl", "ig", "ll_nats", "emd"]);
    }
}
