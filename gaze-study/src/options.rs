//! The options of a study, as people give them: one home for the command line, for Python and for the workers of a cluster.

use std::path::PathBuf;

use gaze_core::PixelsPerDegree;
use gaze_data::{
    Background, Columns, Dataset, DatasetOptions, Format, GazeOptions, LostAt, MapKind, MapName, MapOptions,
    RecordingOptions, Units,
};
use gaze_model::{Device, MODELS, Options, Precision, TrainingDataset};
use serde::{Deserialize, Deserializer, Serialize};
use strum::VariantArray as _;

use crate::{
    error::{OpenModelError, PlanError, StudyError},
    metrics::{Metric, Profile},
    models::{CenterBiasSpec, Model, ModelOptions, ModelSpec},
    plan::{Baseline, GroupBy, Plan, Reference, Save},
    study::Study,
};

/// Everything that the results of a study depend on, in the words of people: paths and names instead of what lies there.
///
/// The fields are called like the options of `gaze-cli run`. [`StudyOptions::study`] opens the dataset and the models and makes
/// the plan. Options travel as JSON, so that a worker of a cluster opens the same study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StudyOptions {
    /// The dataset's folder.
    pub data: PathBuf,
    /// The dataset's format; `None` to recognise it.
    pub format: Option<Format>,
    /// The choices with which recordings of eye trackers become a dataset.
    pub recordings: RecordingOptions,
    /// The models, in the order of tables.
    pub models: Vec<ModelSpec>,
    /// The names of the columns of a table of fixations, where they are others than usual.
    pub columns: Columns,
    /// The units in which gaze is written.
    pub units: Units,
    /// The coordinates that stand for a lost sample.
    pub lost: Option<LostAt>,
    /// The color that transparent images are laid over.
    pub background: Background,
    /// The meaning of the numbers of precomputed maps.
    pub map_kind: MapKind,
    /// The pattern by which precomputed maps are named; `None` to recognise it.
    pub map_name: Option<MapName>,
    /// The variable to read from files of precomputed maps that hold several.
    pub variable: Option<String>,
    /// The families of definitions to score by.
    pub profile: Vec<Profile>,
    /// The metrics to compute.
    pub metrics: Vec<Metric>,
    /// The predictors that every table has beside the models.
    pub references: Vec<Reference>,
    /// Whether the gold standard is judged by the metrics that compare maps, too.
    pub ceiling: bool,
    /// The rule by which observers form groups.
    pub group_by: GroupBy,
    /// The density that information gain is measured against.
    pub baseline: Baseline,
    /// The blur of the empirical map in pixels; goes before the pixels per degree.
    #[serde(deserialize_with = "exact")]
    pub sigma_px: Option<f64>,
    /// Pixels per degree of visual angle.
    #[serde(deserialize_with = "exact")]
    pub pixels_per_degree: Option<f64>,
    /// The pixels of a map per cell of the earth mover's distance, along each side.
    pub emd_downsize: usize,
    /// The kinds of map to write.
    pub save: Vec<Save>,
    /// Whether the maps are put into an archive as well.
    pub zip: bool,
    /// Whether scanpaths are described and compared, within and between groups.
    pub scanpaths: bool,
    /// The dataset's name in the report; `None` for its own.
    pub name: Option<String>,
    /// The file of a network's weights.
    pub weights: Option<PathBuf>,
    /// The center bias that networks are given.
    pub centerbias: Option<CenterBiasSpec>,
    /// The factor by which a network's map is multiplied before it becomes a density.
    #[serde(deserialize_with = "exact")]
    pub temperature: Option<f64>,
    /// Pixels along the longer side at which networks see a picture.
    pub long_side: Option<u32>,
    /// The hardware that networks compute on.
    pub device: Device,
    /// The precision of a network's numbers.
    pub precision: Precision,
    /// The dataset to whose biases a network is set.
    pub dataset: Option<TrainingDataset>,
}

impl Default for StudyOptions {
    fn default() -> Self {
        Self {
            data: PathBuf::new(),
            format: None,
            recordings: RecordingOptions::default(),
            models: MODELS.first().and_then(|entry| entry.name().parse().ok()).into_iter().collect(),
            columns: Columns::default(),
            units: Units::default(),
            lost: None,
            background: Background::WHITE,
            map_kind: MapKind::Auto,
            map_name: None,
            variable: None,
            profile: Profile::VARIANTS.to_vec(),
            metrics: Metric::VARIANTS.to_vec(),
            references: Reference::VARIANTS.to_vec(),
            ceiling: false,
            group_by: GroupBy::Dataset,
            baseline: Baseline::default(),
            sigma_px: None,
            pixels_per_degree: None,
            emd_downsize: Plan::EMD_DOWNSIZE,
            save: Plan::SAVE.to_vec(),
            zip: false,
            scanpaths: false,
            name: None,
            weights: None,
            centerbias: None,
            temperature: None,
            long_side: None,
            device: Device::default(),
            precision: Precision::default(),
            dataset: None,
        }
    }
}

impl StudyOptions {
    /// Opens the dataset.
    ///
    /// # Errors
    ///
    /// [`StudyError::Data`] if there is no dataset, or its table has no such column of groups;
    /// [`PlanError::NoColumns`] if groups are to be the values of a column and the format is no table.
    pub fn dataset(&self) -> Result<Dataset, StudyError> {
        let group_column = match &self.group_by {
            GroupBy::Column(column) => Some(column.clone()),
            _ => None,
        };
        let has_no_columns = |format| !matches!(format, Format::Table | Format::Recordings);
        if let Some(column) = group_column.as_ref().filter(|_| self.format.is_some_and(has_no_columns)) {
            return Err(PlanError::NoColumns { column: column.clone() }.into());
        }
        let mut recordings = self.recordings.clone();
        recordings.pixels_per_degree = recordings.pixels_per_degree.or(self.pixels_per_degree);
        let options = DatasetOptions {
            format: self.format,
            group_column,
            gaze: GazeOptions { columns: self.columns.clone(), units: self.units, lost: self.lost },
            background: self.background,
        };
        Ok(Dataset::open_recordings(&self.data, &options, &recordings)?)
    }

    /// Opens the models.
    ///
    /// # Errors
    ///
    /// The errors of [`Model::open_all`].
    pub fn open_models(&self, dataset: &Dataset) -> Result<Vec<Model>, OpenModelError> {
        let options = ModelOptions {
            network: Options {
                weights: self.weights.clone(),
                temperature: self.temperature,
                device: self.device,
                precision: self.precision,
                dataset: self.dataset,
                ..Options::default()
            },
            center_bias: self.centerbias.clone(),
            long_side: self.long_side,
            pixels_per_degree: self.pixels_per_degree,
            maps: MapOptions { kind: self.map_kind, variable: self.variable.clone(), name: self.map_name.clone() },
        };
        Model::open_all(&self.models, &options, Some(dataset))
    }

    /// The plan of a study of these models.
    ///
    /// # Errors
    ///
    /// [`PlanError::NoMaps`] if it is given how precomputed maps are read and there are none;
    /// [`OpenModelError::PixelsPerDegree`] if the pixels per degree are no positive number; the errors of [`Plan::new`].
    pub fn plan(&self, dataset: &Dataset, models: &[Model]) -> Result<Plan, StudyError> {
        if let Some(option) = self.option_about_maps()
            && models.iter().all(|model| model.map_kind().is_none())
        {
            return Err(PlanError::NoMaps { option }.into());
        }
        let mut plan = Plan::new(dataset, models)?;
        if let Some(name) = &self.name {
            plan.dataset.clone_from(name);
        }
        plan.references.clone_from(&self.references);
        plan.group_by = self.group_by.clone();
        plan.profiles.clone_from(&self.profile);
        plan.metrics.clone_from(&self.metrics);
        plan.baseline = self.baseline;
        match (self.sigma_px, self.pixels_per_degree) {
            (Some(sigma), _) => plan.sigma_px = Some(sigma),
            (None, Some(pixels)) => {
                let scale = PixelsPerDegree::new(pixels).map_err(OpenModelError::PixelsPerDegree)?;
                plan = plan.with_pixels_per_degree(scale);
            }
            (None, None) => {}
        }
        plan.emd_downsize = self.emd_downsize;
        plan.ceiling = self.ceiling;
        plan.save.clone_from(&self.save);
        plan.zip = self.zip;
        plan.scanpaths = self.scanpaths;
        Ok(plan)
    }

    /// The name of the first option that is given and says how precomputed maps are read.
    fn option_about_maps(&self) -> Option<&'static str> {
        let options = [
            ("map-kind", self.map_kind != MapKind::Auto),
            ("map-name", self.map_name.is_some()),
            ("variable", self.variable.is_some()),
        ];
        options.into_iter().find_map(|(option, given)| given.then_some(option))
    }

    /// Opens the study. Models of one's own come in, each with its place among all models.
    ///
    /// # Errors
    ///
    /// The errors of [`StudyOptions::dataset`], [`StudyOptions::open_models`], [`StudyOptions::plan`] and [`Study::new`].
    pub fn study(&self, own: Vec<(usize, Model)>) -> Result<Study, StudyError> {
        let dataset = self.dataset()?;
        let mut models = self.open_models(&dataset)?;
        for (place, model) in own {
            models.insert(place.min(models.len()), model);
        }
        let plan = self.plan(&dataset, &models)?;
        Study::new(dataset, models, plan)
    }
}

/// A number, or one that travels as text: reading a number of JSON may change its last digit, reading text does not.
fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a number")]
    enum Exact {
        Number(f64),
        Text(String),
    }
    Ok(match Option::<Exact>::deserialize(deserializer)? {
        None => None,
        Some(Exact::Number(number)) => Some(number),
        Some(Exact::Text(text)) => Some(text.parse().map_err(serde::de::Error::custom)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_survive_the_way_to_a_worker() {
        let options = StudyOptions {
            data: "somewhere/osie".into(),
            models: ["gaze-lite", "precomputed:a/b", "center-bias"].map(|name| name.parse().unwrap()).to_vec(),
            metrics: vec![Metric::Nss, Metric::LogLikelihood],
            group_by: GroupBy::Column("age".to_owned()),
            sigma_px: Some(23.5),
            centerbias: Some("a/b.npy".parse().unwrap()),
            ..StudyOptions::default()
        };
        let json = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<StudyOptions>(&json).unwrap(), options);
        assert_eq!(serde_json::from_str::<StudyOptions>("{}").unwrap(), StudyOptions::default());
    }

    #[test]
    fn numbers_as_text_keep_every_digit() {
        let sigma = 0.1_f64 + 0.2;
        let options: StudyOptions = serde_json::from_str(&format!("{{\"sigma_px\":\"{sigma}\"}}")).unwrap();
        assert_eq!(options.sigma_px.map(f64::to_bits), Some(sigma.to_bits()));
        assert!(serde_json::from_str::<StudyOptions>("{\"sigma_px\":\"wide\"}").is_err());
    }

    #[test]
    fn a_name_that_no_option_has_is_refused() {
        for (json, expected) in [
            ("{\"sigma\":1}", "unknown field `sigma`"),
            ("{\"profile\":[\"salicon\"]}", "unknown variant `salicon`, expected `tuebingen` or `mit`"),
            ("{\"models\":[\"deepgaze\"]}", "there is no model \"deepgaze\"; choose gaze-lite"),
        ] {
            let error = serde_json::from_str::<StudyOptions>(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
