//! What a run was asked for: the part of the command line that its results depend on.

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use gaze_core::PixelsPerDegree;
use gaze_data::Dataset;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Measure,
    predictors::{CENTER_BIAS, UNIFORM},
};
use crate::{
    args::{MetricChoice, RunArgs, Save},
    messages::printable,
    metrics::{Metric, Profile, SIMILARITY_SAMPLES, variant_of},
    model::Model,
    network::NetworkSettings,
};

/// Version of the list of settings; another version is another run.
pub(crate) const SCHEMA: u32 = 3;

/// What information gain is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Baseline {
    CenterBias,
    Uniform,
}

/// A predictor that every table has beside the models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reference {
    /// The same probability for every pixel
    Uniform,
    /// Where people look on the dataset's other images
    CenterBias,
    /// Every observer predicted from the others of the group
    GoldStandard,
    /// Every group predicted from each other group
    Groups,
}

/// What makes observers a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(crate) enum GroupBy {
    /// The dataset.
    Dataset,
    /// Each observer is a group.
    Subject,
    /// All observers are one group.
    None,
    /// The values of a column of the table.
    Column(String),
}

impl From<String> for GroupBy {
    fn from(name: String) -> Self {
        match name.as_str() {
            "dataset" => Self::Dataset,
            "subject" => Self::Subject,
            "none" => Self::None,
            _ => Self::Column(name),
        }
    }
}

impl From<GroupBy> for String {
    fn from(group_by: GroupBy) -> Self {
        match group_by {
            GroupBy::Dataset => "dataset".to_owned(),
            GroupBy::Subject => "subject".to_owned(),
            GroupBy::None => "none".to_owned(),
            GroupBy::Column(name) => name,
        }
    }
}

/// A model, in the words in which it is stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelSettings {
    pub(crate) name: String,
    /// What a network's predictions depend on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) network: Option<NetworkSettings>,
}

/// The settings, in the words in which they are stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Version of this list; another version is another run.
    pub(crate) schema: u32,
    pub(crate) dataset: String,
    pub(crate) format: String,
    pub(crate) provenance: String,
    /// In the order of tables.
    pub(crate) models: Vec<ModelSettings>,
    /// What every table has beside the models.
    pub(crate) references: Vec<Reference>,
    pub(crate) map_kind: String,
    /// What makes observers a group: `dataset`, `subject` or `none`.
    pub(crate) group_by: GroupBy,
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
    /// Whether the gold standard is judged by the metrics that compare maps, too.
    pub(crate) ceiling: bool,
    pub(crate) save: Vec<String>,
    /// Whether the maps are put into an archive, too.
    pub(crate) zip: bool,
}

/// What is to be measured: every metric asked for in every profile asked for that has it, in the order of tables.
fn measures_asked(args: &RunArgs) -> Result<Vec<Measure>> {
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
    Ok(measures_of(&profiles, &metrics))
}

fn measures_of(profiles: &[Profile], metrics: &[Metric]) -> Vec<Measure> {
    let of_profile = |&profile: &Profile| {
        let metrics = metrics.iter().filter(move |&&metric| variant_of(metric, profile, false).is_some());
        metrics.map(move |&metric| Measure { profile, metric }).collect::<Vec<_>>()
    };
    profiles.iter().flat_map(of_profile).collect()
}

/// What is to be measured, in the order of tables.
pub(crate) fn measures(settings: &Settings) -> Vec<Measure> {
    let named = |names: &[String], name: &str| names.iter().any(|other| other == name);
    let profiles: Vec<Profile> =
        Profile::ALL.into_iter().filter(|profile| named(&settings.profiles, profile.name())).collect();
    let metrics: Vec<Metric> =
        Metric::ALL.into_iter().filter(|metric| named(&settings.metrics, metric.name())).collect();
    measures_of(&profiles, &metrics)
}

/// The references asked for, each once, without those that are models of the run anyway.
fn references(args: &RunArgs, models: &[Model]) -> Vec<Reference> {
    let mut references: Vec<Reference> = args.references.iter().filter_map(|choice| choice.0).collect();
    references.sort_unstable();
    references.dedup();
    let is_model = |name: &str| models.iter().any(|model| model.name == name);
    references.retain(|reference| match reference {
        Reference::Uniform => !is_model(UNIFORM),
        Reference::CenterBias => !is_model(CENTER_BIAS),
        Reference::GoldStandard | Reference::Groups => true,
    });
    references
}

/// The kinds of map asked for, each once.
pub(crate) fn saves(args: &RunArgs) -> Vec<Save> {
    let mut saves = args.save.clone();
    if saves.contains(&Save::Hdf5) {
        // What it is made of.
        saves.push(Save::LogDensity);
    }
    saves.sort_unstable();
    saves.dedup();
    saves.retain(|&save| save != Save::None);
    saves
}

impl Settings {
    /// Gathers the settings for a dataset.
    pub(crate) fn new(args: &RunArgs, dataset: &Dataset, models: &[Model]) -> Result<Self> {
        ensure!(!args.save.contains(&Save::None) || args.save.len() == 1, "--save none goes with no other kind of map");
        ensure!(args.emd_downsize > 0, "--emd-downsize must be at least 1");
        let measures = measures_asked(args)?;
        let mut profiles: Vec<Profile> = measures.iter().map(|measure| measure.profile).collect();
        profiles.dedup();
        let mut metrics: Vec<Metric> = measures.iter().map(|measure| measure.metric).collect();
        metrics.sort_unstable();
        metrics.dedup();
        let name = |baseline| match baseline {
            Baseline::CenterBias => "center-bias",
            Baseline::Uniform => "uniform",
        };
        let model = |model: &Model| Ok(ModelSettings { name: model.name.clone(), network: model.network_settings()? });
        Ok(Self {
            schema: SCHEMA,
            dataset: printable(args.name.as_deref().unwrap_or(dataset.name())),
            format: dataset.format().to_string(),
            provenance: dataset.provenance().to_string(),
            models: models.iter().map(model).collect::<Result<_>>()?,
            references: references(args, models),
            map_kind: args.map_kind.to_string(),
            group_by: args.group_by.clone(),
            profiles: profiles.iter().map(|profile| profile.name().to_owned()).collect(),
            baseline: name(args.baseline).to_owned(),
            center_bias_bandwidth: gaze_targets::CenterBias::DEFAULT_BANDWIDTH,
            center_bias_uniform_share: gaze_targets::CenterBias::DEFAULT_UNIFORM_SHARE,
            sigma_px: sigma_px(args, dataset, &metrics)?,
            metrics: metrics.iter().map(ToString::to_string).collect(),
            emd_downsize: args.emd_downsize,
            similarity_samples: SIMILARITY_SAMPLES,
            ceiling: args.ceiling,
            zip: args.zip,
            save: saves(args).into_iter().map(|save| save.name().to_owned()).collect(),
        })
    }

    /// The first setting in which two runs differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let (ours, theirs) = (serde_json::to_value(self).ok()?, serde_json::to_value(other).ok()?);
        let (ours, theirs) = (ours.as_object()?, theirs.as_object()?);
        let differs = ours.iter().find(|&(name, value)| theirs.get(name) != Some(value));
        differs.map(|(name, value)| {
            let found = theirs.get(name).unwrap_or(&Value::Null);
            // Models by their names, unless it is something else in which they differ.
            let (there, now) = match (names(found), names(value)) {
                (Some(there), Some(now)) if there != now => (there, now),
                _ => (found.to_string(), value.to_string()),
            };
            format!("{} is {there} there and {now} now", name.replace('_', " "))
        })
    }
}

/// The names in a list of things that have names.
fn names(list: &Value) -> Option<String> {
    let names: Option<Vec<&str>> = list.as_array()?.iter().map(|item| item.get("name")?.as_str()).collect();
    names.map(|names| names.join(", "))
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
        return Ok(None);
    };
    gaze_targets::GaussianKernel::new(sigma).context(match (args.sigma_px, args.pixels_per_degree) {
        (Some(_), _) => "--sigma-px",
        (None, Some(_)) => "--pixels-per-degree",
        (None, None) => "the pixels per degree of the dataset's description",
    })?;
    Ok(Some(sigma))
}
