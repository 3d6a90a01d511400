//! What a run was asked for: the part of the command line that its results depend on.

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use gaze_core::PixelsPerDegree;
use gaze_data::Dataset;
use serde::{Deserialize, Serialize};

use super::Measure;
use crate::{
    args::{MetricChoice, RunArgs, Save},
    messages::printable,
    metrics::{Metric, Profile, SIMILARITY_SAMPLES, variant_of},
    model::Model,
    network::NetworkSettings,
};

/// What information gain is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Baseline {
    CenterBias,
    Uniform,
}

/// The settings, in the words in which they are stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Version of this list; another version is another run.
    pub(crate) schema: u32,
    pub(crate) dataset: String,
    pub(crate) format: String,
    pub(crate) provenance: String,
    pub(crate) model: String,
    /// What a network's predictions depend on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) network: Option<NetworkSettings>,
    pub(crate) map_kind: String,
    pub(crate) profiles: Vec<String>,
    pub(crate) metrics: Vec<String>,
    pub(crate) baseline: String,
    pub(crate) center_bias_bandwidth: f64,
    pub(crate) center_bias_uniform_share: f64,
    /// Blur of the empirical map.
    pub(crate) sigma_px: Option<f64>,
    /// Pixels per cell of the earth mover's distance, along each side.
    pub(crate) emd_downsize: usize,
    /// Draws for the map that a density expects to overlap most with the empirical map.
    pub(crate) similarity_samples: usize,
    /// Whether every observer is predicted from the others.
    pub(crate) ceiling: bool,
    pub(crate) save: Vec<String>,
}

/// What is to be measured: every metric asked for in every profile asked for that has it, in the order of tables.
pub(crate) fn measures(args: &RunArgs) -> Result<Vec<Measure>> {
    let mut profiles = args.profile.clone();
    profiles.sort_unstable();
    profiles.dedup();
    let all = args.metrics.contains(&MetricChoice::All);
    let asked = |metric: &Metric| all || args.metrics.contains(&MetricChoice::One(*metric));
    let metrics: Vec<Metric> = Metric::ALL.into_iter().filter(asked).collect();
    let defined = |metric, profile| variant_of(metric, profile, false).is_some();
    for &metric in metrics.iter().filter(|_| !all) {
        ensure!(
            profiles.iter().any(|&profile| defined(metric, profile)),
            "--metrics {metric}: profile {} has no such metric",
            profiles.iter().map(|profile| profile.name()).collect::<Vec<_>>().join(" and "),
        );
    }
    let of_profile = |&profile: &Profile| {
        let metrics = metrics.iter().filter(move |&&metric| defined(metric, profile));
        metrics.map(move |&metric| Measure { profile, metric }).collect::<Vec<_>>()
    };
    Ok(profiles.iter().flat_map(of_profile).collect())
}

/// The kinds of map asked for, each once.
pub(crate) fn saves(args: &RunArgs) -> Vec<Save> {
    let mut saves = args.save.clone();
    saves.sort_unstable();
    saves.dedup();
    saves.retain(|&save| save != Save::None);
    saves
}

impl Settings {
    /// Gathers the settings for a dataset.
    pub(crate) fn new(args: &RunArgs, dataset: &Dataset, model: &Model) -> Result<Self> {
        ensure!(!args.save.contains(&Save::None) || args.save.len() == 1, "--save none goes with no other kind of map");
        ensure!(args.emd_downsize > 0, "--emd-downsize must be at least 1");
        let measures = measures(args)?;
        let mut profiles: Vec<Profile> = measures.iter().map(|measure| measure.profile).collect();
        profiles.dedup();
        let mut metrics: Vec<Metric> = measures.iter().map(|measure| measure.metric).collect();
        metrics.sort_unstable();
        metrics.dedup();
        let name = |baseline| match baseline {
            Baseline::CenterBias => "center-bias",
            Baseline::Uniform => "uniform",
        };
        let save_name = |save| match save {
            Save::LogDensity => "log-density",
            Save::Heatmap => "heatmap",
            Save::Overlay => "overlay",
            Save::None => "none",
        };
        Ok(Self {
            schema: 2,
            dataset: printable(args.name.as_deref().unwrap_or(dataset.name())),
            format: dataset.format().to_string(),
            provenance: dataset.provenance().to_string(),
            model: args.model.name(),
            network: model.network_settings()?,
            map_kind: args.map_kind.to_string(),
            profiles: profiles.iter().map(|profile| profile.name().to_owned()).collect(),
            baseline: name(args.baseline).to_owned(),
            center_bias_bandwidth: gaze_targets::CenterBias::DEFAULT_BANDWIDTH,
            center_bias_uniform_share: gaze_targets::CenterBias::DEFAULT_UNIFORM_SHARE,
            sigma_px: sigma_px(args, dataset, &metrics)?,
            metrics: metrics.iter().map(ToString::to_string).collect(),
            emd_downsize: args.emd_downsize,
            similarity_samples: SIMILARITY_SAMPLES,
            ceiling: args.ceiling,
            save: saves(args).into_iter().map(|save| save_name(save).to_owned()).collect(),
        })
    }

    /// The first setting in which two runs differ.
    pub(super) fn difference(&self, other: &Self) -> Option<String> {
        let (ours, theirs) = (serde_json::to_value(self).ok()?, serde_json::to_value(other).ok()?);
        let (ours, theirs) = (ours.as_object()?, theirs.as_object()?);
        let differs = ours.iter().find(|&(name, value)| theirs.get(name) != Some(value));
        differs.map(|(name, value)| {
            let found = theirs.get(name).unwrap_or(&serde_json::Value::Null);
            format!("{} is {found} there and {value} now", name.replace('_', " "))
        })
    }
}

/// The blur of the empirical map: from the command line, else the dataset's.
fn sigma_px(args: &RunArgs, dataset: &Dataset, metrics: &[Metric]) -> Result<Option<f64>> {
    let sigma = match (args.sigma_px, args.pixels_per_degree) {
        (Some(sigma), _) => Some(sigma),
        (None, Some(pixels)) => Some(PixelsPerDegree::new(pixels).context("--pixels-per-degree")?.pixels(1.0)),
        (None, None) => dataset.sigma_px(),
    };
    let Some(sigma) = sigma else {
        if let Some(metric) = metrics.iter().find(|metric| metric.needs_empirical_map()) {
            bail!(
                "{metric} compares with a blurred map of the fixations, and {} does not say how many pixels a degree \
                 of visual angle has: give --pixels-per-degree or --sigma-px, or leave cc, sim, kl and emd out of \
                 --metrics",
                dataset.name()
            );
        }
        ensure!(
            !args.ceiling,
            "--ceiling predicts an observer from the others' blurred fixations, and {} does not say how many pixels a \
             degree of visual angle has: give --pixels-per-degree or --sigma-px",
            dataset.name()
        );
        return Ok(None);
    };
    gaze_targets::GaussianKernel::new(sigma).context(match (args.sigma_px, args.pixels_per_degree) {
        (Some(_), _) => "--sigma-px",
        (None, Some(_)) => "--pixels-per-degree",
        (None, None) => "the pixels per degree of the dataset's description",
    })?;
    Ok(Some(sigma))
}
