//! The plan of a study: the settings that its results depend on.

use gaze_core::PixelsPerDegree;
use gaze_data::{Background, Dataset, Format, MapKind, Provenance};
use gaze_targets::{CenterBias, GaussianKernel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{EnumString, IntoStaticStr, VariantArray};

pub use self::shard::{Shard, ShardError};
use crate::{
    error::{PlanError, StudyError},
    metrics::{Measure, Metric, Profile, SIMILARITY_SAMPLES, variant_of},
    models::{Model, NetworkSettings},
    names::{CENTER_BIAS, UNIFORM},
    text::printable,
};

mod shard;

/// The version of the plan's structure. A plan of another version is another study.
pub(crate) const SCHEMA: u32 = 3;

/// The density that information gain is measured against.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Baseline {
    /// The center bias of the dataset's other images.
    #[default]
    CenterBias,
    /// The same probability for every pixel.
    Uniform,
}

/// A predictor that every table has beside the models.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reference {
    /// The same probability for every pixel.
    Uniform,
    /// The density of the gaze on the dataset's other images.
    CenterBias,
    /// Every observer predicted from the others of the group.
    GoldStandard,
    /// Every group predicted from each other group.
    Groups,
}

/// A kind of file in `maps/`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Save {
    /// The log density as an npy file of 32-bit numbers.
    LogDensity,
    /// A heat map with a color bar, as PNG.
    Heatmap,
    /// The heat map laid over the picture, as PNG.
    Overlay,
    /// The difference of the densities of two groups' fixations, as PNG.
    Difference,
    /// The percentile map, as 8-bit PNG.
    Percentile,
    /// All log densities of a model in one HDF5 file, which pysaliency reads. The npy files are written as well.
    Hdf5,
}

/// The rule by which observers form groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum GroupBy {
    /// The dataset's own groups.
    #[default]
    Dataset,
    /// Each observer is a group.
    Observer,
    /// All observers are one group.
    None,
    /// The values of this column of a table of fixations.
    Column(String),
}

impl From<String> for GroupBy {
    fn from(name: String) -> Self {
        match name.as_str() {
            "dataset" => Self::Dataset,
            "subject" => Self::Observer,
            "none" => Self::None,
            _ => Self::Column(name),
        }
    }
}

impl From<GroupBy> for String {
    fn from(group_by: GroupBy) -> Self {
        match group_by {
            GroupBy::Dataset => "dataset".to_owned(),
            GroupBy::Observer => "subject".to_owned(),
            GroupBy::None => "none".to_owned(),
            GroupBy::Column(name) => name,
        }
    }
}

/// A model of the study, in the words in which it is stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// The name in tables and files.
    pub name: String,
    /// The settings that a network's predictions depend on; `None` for other models.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub network: Option<NetworkSettings>,
    /// The meaning that was decided for the numbers of all precomputed maps of the model; `None` for other models.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub maps: Option<MapKind>,
    /// Whether the predictions depend on the fixations made so far.
    #[serde(skip_serializing_if = "is_false", default)]
    pub takes_history: bool,
}

/// The plan of a study. `run.json` stores it, and a study with another plan is another study.
///
/// [`Plan::new`] makes the plan for a dataset and models in which everything else has its default; the fields can then be
/// changed. [`Study::new`](crate::Study::new) brings the plan into order and checks it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this structure.
    pub(crate) schema: u32,
    /// The dataset's name in tables.
    pub dataset: String,
    /// The dataset's format.
    pub(crate) format: Format,
    /// The origin of the gaze: recorded or simulated.
    pub(crate) provenance: Provenance,
    /// The models, in the order of tables.
    pub(crate) models: Vec<ModelSettings>,
    /// The predictors that every table has in addition to the models.
    pub references: Vec<Reference>,
    /// The meaning of the numbers of precomputed maps.
    pub(crate) map_kind: MapKind,
    /// The rule by which observers form groups.
    pub group_by: GroupBy,
    /// The color that transparent images are laid over.
    #[serde(skip_serializing_if = "is_white", default)]
    pub(crate) background: Background,
    /// The families of definitions to score by.
    pub profiles: Vec<Profile>,
    /// The metrics to compute, each in every profile that has it. Some profile of the plan must have each of them, unless the
    /// list holds all metrics there are: then those that no profile has are left out.
    pub metrics: Vec<Metric>,
    /// The density that information gain is measured against.
    pub baseline: Baseline,
    /// The standard deviation of the center bias's Gaussian, as a share of the image's width.
    pub(crate) center_bias_bandwidth: f64,
    /// The weight of the uniform density in the center bias.
    pub(crate) center_bias_uniform_share: f64,
    /// The blur of the empirical map in pixels: its standard deviation. `None` if it is unknown; CC, SIM, KL and EMD then
    /// cannot be computed.
    pub sigma_px: Option<f64>,
    /// The pixels of a map per cell of the earth mover's distance, along each side.
    pub emd_downsize: usize,
    /// The number of draws for the map that SIM judges a density by.
    pub(crate) similarity_samples: usize,
    /// Whether the gold standard is judged by the metrics that compare maps, too.
    pub ceiling: bool,
    /// The kinds of map to write.
    pub save: Vec<Save>,
    /// Whether the maps are put into an archive as well.
    pub zip: bool,
    /// Whether scanpaths are described and compared, within and between groups.
    #[serde(skip_serializing_if = "is_false", default)]
    pub scanpaths: bool,
}

/// Tells whether a setting is off that a plan need not mention then: it is younger than the version of the structure.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(setting: &bool) -> bool {
    !setting
}

/// Tells whether transparent images are laid over white, which a plan need not say.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_white(background: &Background) -> bool {
    *background == Background::WHITE
}

/// The measures of a plan: every metric in every profile that has it, in the order of tables.
pub(crate) fn measures(profiles: &[Profile], metrics: &[Metric]) -> Vec<Measure> {
    let of_profile = |&profile: &Profile| {
        let metrics = metrics.iter().filter(move |&&metric| variant_of(metric, profile, false).is_some());
        metrics.map(move |&metric| Measure { profile, metric }).collect::<Vec<_>>()
    };
    profiles.iter().flat_map(of_profile).collect()
}

/// Sorts a list and keeps each value once.
fn in_order<T: Ord>(values: &mut Vec<T>) {
    values.sort_unstable();
    values.dedup();
}

impl Plan {
    /// The pixels of a map per cell of the earth mover's distance, unless another number is given.
    pub const EMD_DOWNSIZE: usize = 32;
    /// The maps that are written unless others are asked for.
    pub const SAVE: [Save; 4] = [Save::LogDensity, Save::Heatmap, Save::Overlay, Save::Difference];

    /// Plans a study of these models on a dataset: all metrics of both profiles, all references, the dataset's own groups
    /// and blur, and the maps that `gaze-cli run` writes.
    ///
    /// # Errors
    ///
    /// [`StudyError::Model`](crate::StudyError::Model) if the weights of a network cannot be read.
    pub fn new(dataset: &Dataset, models: &[Model]) -> Result<Self, StudyError> {
        let model = |model: &Model| {
            let (name, network) = (model.name().to_owned(), model.network_settings()?);
            let (maps, takes_history) = (model.decided_map_kind(), model.takes_history());
            Ok::<_, StudyError>(ModelSettings { name, network, maps, takes_history })
        };
        Ok(Self {
            schema: SCHEMA,
            dataset: dataset.name().to_owned(),
            format: dataset.format(),
            provenance: dataset.provenance(),
            models: models.iter().map(model).collect::<Result<_, _>>()?,
            references: Reference::VARIANTS.to_vec(),
            map_kind: models.iter().find_map(Model::map_kind).unwrap_or(MapKind::Auto),
            group_by: GroupBy::Dataset,
            background: dataset.background(),
            profiles: Profile::VARIANTS.to_vec(),
            metrics: Metric::VARIANTS.to_vec(),
            baseline: Baseline::CenterBias,
            center_bias_bandwidth: CenterBias::DEFAULT_BANDWIDTH,
            center_bias_uniform_share: CenterBias::DEFAULT_UNIFORM_SHARE,
            sigma_px: dataset.sigma_px(),
            emd_downsize: Self::EMD_DOWNSIZE,
            similarity_samples: SIMILARITY_SAMPLES,
            ceiling: false,
            save: Self::SAVE.to_vec(),
            zip: false,
            scanpaths: false,
        })
    }

    /// Takes the pixels per degree of visual angle: the empirical map is blurred by one degree.
    #[must_use]
    pub fn with_pixels_per_degree(self, scale: PixelsPerDegree) -> Self {
        Self { sigma_px: Some(scale.pixels(1.0)), ..self }
    }

    /// The names and settings of the models, in the order of tables.
    #[must_use]
    pub fn models(&self) -> &[ModelSettings] {
        &self.models
    }

    /// The dataset's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The origin of the gaze.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.provenance
    }

    /// The meaning of the numbers of precomputed maps.
    #[must_use]
    pub fn map_kind(&self) -> MapKind {
        self.map_kind
    }

    /// The standard deviation of the center bias's Gaussian, as a share of the image's width.
    #[must_use]
    pub fn center_bias_bandwidth(&self) -> f64 {
        self.center_bias_bandwidth
    }

    /// The weight of the uniform density in the center bias.
    #[must_use]
    pub fn center_bias_uniform_share(&self) -> f64 {
        self.center_bias_uniform_share
    }

    /// The number of draws for the map that a density expects to overlap most with the empirical map.
    #[must_use]
    pub fn similarity_samples(&self) -> usize {
        self.similarity_samples
    }

    /// The measures of the study: every metric in every profile that has it, in the order of tables.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        measures(&self.profiles, &self.metrics)
    }

    /// Tells whether every fixation is judged by itself: where the predictions of a model depend on the fixations before it.
    #[must_use]
    pub fn judges_fixations(&self) -> bool {
        self.models.iter().any(|model| model.takes_history)
    }

    /// Tells whether parts keep the scanpaths of their stimulus.
    pub(crate) fn keeps_scanpaths(&self) -> bool {
        self.scanpaths || self.judges_fixations()
    }

    /// Brings every list into the order of tables, leaves out what the plan cannot have, and checks the rest.
    pub(crate) fn resolved(mut self) -> Result<Self, PlanError> {
        if self.emd_downsize == 0 {
            return Err(PlanError::NoCells);
        }
        if self.models.is_empty() {
            return Err(PlanError::NoModels);
        }
        for (index, model) in self.models.iter().enumerate() {
            if self.models[..index].iter().any(|other| other.name == model.name) {
                return Err(PlanError::SameName { name: model.name.clone() });
            }
        }
        self.dataset = printable(&self.dataset);
        in_order(&mut self.profiles);
        in_order(&mut self.metrics);
        let defined = |metric, profile| variant_of(metric, profile, false).is_some();
        if self.metrics.len() < Metric::VARIANTS.len()
            && let Some(&metric) =
                self.metrics.iter().find(|&&metric| !self.profiles.iter().any(|&profile| defined(metric, profile)))
        {
            return Err(PlanError::NoSuchMetric { metric, profiles: self.profiles });
        }
        let measures = self.measures();
        self.profiles = measures.iter().map(|measure| measure.profile).collect();
        self.profiles.dedup();
        self.metrics = measures.iter().map(|measure| measure.metric).collect();
        in_order(&mut self.metrics);
        in_order(&mut self.references);
        let is_model = |name: &str| self.models.iter().any(|model| model.name == name);
        let (uniform, center_bias) = (is_model(UNIFORM), is_model(CENTER_BIAS));
        // A reference that is a model of the study anyway is no second row.
        self.references.retain(|reference| match reference {
            Reference::Uniform => !uniform,
            Reference::CenterBias => !center_bias,
            Reference::GoldStandard | Reference::Groups => true,
        });
        if self.save.contains(&Save::Hdf5) {
            // The HDF5 file is made of the npy files.
            self.save.push(Save::LogDensity);
        }
        in_order(&mut self.save);
        match self.sigma_px {
            Some(sigma) => drop(GaussianKernel::new(sigma).map_err(PlanError::Blur)?),
            None => {
                if let Some(&metric) = self.metrics.iter().find(|metric| metric.needs_empirical_map()) {
                    return Err(PlanError::BlurUnknown { metric, dataset: self.dataset });
                }
            }
        }
        Ok(self)
    }

    /// The first setting in which two plans differ, in words; `None` if they are equal.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        let (ours, theirs) = (serde_json::to_value(self).ok()?, serde_json::to_value(other).ok()?);
        let (ours, theirs) = (ours.as_object()?, theirs.as_object()?);
        let differs = ours.iter().find(|&(name, value)| theirs.get(name) != Some(value));
        differs.map(|(name, value)| {
            let found = theirs.get(name).unwrap_or(&Value::Null);
            // Models are told by their names, unless they differ in something else.
            let (there, now) = match (model_names(found), model_names(value)) {
                (Some(there), Some(now)) if there != now => (there, now),
                _ => (found.to_string(), value.to_string()),
            };
            format!("{} is {there} there and {now} now", name.replace('_', " "))
        })
    }
}

/// The names in a list of things that have names.
fn model_names(list: &Value) -> Option<String> {
    let names: Option<Vec<&str>> = list.as_array()?.iter().map(|item| item.get("name")?.as_str()).collect();
    names.map(|names| names.join(", "))
}
