//! What a run was asked for: the part of the command line that its results depend on.

use anyhow::{Context, Result, bail, ensure};
use gaze_core::PixelsPerDegree;
use gaze_data::Dataset;
use serde::{Deserialize, Serialize};

use super::{
    Metric,
    metric::{Baseline, PROFILE},
};
use crate::{
    args::{RunArgs, Save},
    messages::printable,
};

/// The settings, in the words in which they are stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Version of this list; another version is another run.
    pub(crate) schema: u32,
    pub(crate) dataset: String,
    pub(crate) format: String,
    pub(crate) provenance: String,
    pub(crate) model: String,
    pub(crate) map_kind: String,
    pub(crate) profile: String,
    pub(crate) metrics: Vec<String>,
    pub(crate) baseline: String,
    pub(crate) center_bias_bandwidth: f64,
    pub(crate) center_bias_uniform_share: f64,
    /// Blur of the empirical map.
    pub(crate) sigma_px: Option<f64>,
    pub(crate) save: Vec<String>,
}

/// The metrics asked for, each once, in the order of tables.
pub(crate) fn metrics(args: &RunArgs) -> Vec<Metric> {
    let mut metrics = args.metrics.clone();
    metrics.sort_unstable();
    metrics.dedup();
    metrics
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
    pub(crate) fn new(args: &RunArgs, dataset: &Dataset) -> Result<Self> {
        ensure!(!args.save.contains(&Save::None) || args.save.len() == 1, "--save none goes with no other kind of map");
        let metrics = metrics(args);
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
            schema: 1,
            dataset: printable(args.name.as_deref().unwrap_or(dataset.name())),
            format: dataset.format().to_string(),
            provenance: dataset.provenance().to_string(),
            model: args.model.name(),
            map_kind: args.map_kind.to_string(),
            profile: PROFILE.to_owned(),
            baseline: name(args.baseline).to_owned(),
            center_bias_bandwidth: gaze_targets::CenterBias::DEFAULT_BANDWIDTH,
            center_bias_uniform_share: gaze_targets::CenterBias::DEFAULT_UNIFORM_SHARE,
            sigma_px: sigma_px(args, dataset, &metrics)?,
            metrics: metrics.iter().map(ToString::to_string).collect(),
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
                 of visual angle has: give --pixels-per-degree or --sigma-px, or leave cc, kl and sim out of --metrics",
                dataset.name()
            );
        }
        return Ok(None);
    };
    gaze_targets::GaussianKernel::new(sigma).context(match (args.sigma_px, args.pixels_per_degree) {
        (Some(_), _) => "--sigma-px",
        (None, Some(_)) => "--pixels-per-degree",
        (None, None) => "the pixels per degree of the dataset's description",
    })?;
    Ok(Some(sigma))
}
