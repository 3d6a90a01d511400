//! A picture or a stored map, and the density on it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Prediction, Size, Stimulus};
use gaze_data::{Background, MapOptions};
use gaze_metrics::Region;
use gaze_model::{GaussianCenterBias, TemplateCenterBias};
use gaze_picture::{Palette, Shades, outline, overlay};
use gaze_study::{Model, Question, StudyError, files};
use image::RgbImage;

use crate::{
    cli::{ModelArgs, ReferenceSpec},
    design::{Figures, RegionSpec},
    input, messages,
    text::percent,
};

/// The picture or map that is scored, with its density.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The name of its file.
    pub(crate) name: String,
    pub(crate) picture: Option<Stimulus>,
    pub(crate) density: LogDensity<'static>,
}

/// The source of densities, opened once for all scenes.
#[derive(Debug)]
pub(crate) enum Opened {
    Model(Box<Model>, Background),
    Maps(MapOptions),
}

impl Opened {
    /// Opens the model.
    pub(crate) fn model(args: &ModelArgs, background: Background) -> Result<Self, StudyError> {
        let options = args.network.options(args.pixels_per_degree, MapOptions::default());
        Ok(Self::Model(Box::new(Model::open(&args.model, &options, None)?.spatial()?), background))
    }

    /// The name of the model in tables.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Model(model, _) => model.name().to_owned(),
            Self::Maps(_) => "precomputed".to_owned(),
        }
    }

    /// Reads a picture and predicts, or reads a map.
    pub(crate) fn scene(&self, path: &Path) -> Result<Scene> {
        let name = input::shown(path);
        match self {
            Self::Model(model, background) => {
                let picture = input::image(path, *background)?;
                let density = model.log_density(&Question::of_picture(&picture));
                let density = density.map_err(anyhow::Error::from_boxed).with_context(|| name.clone())?;
                Ok(Scene { name, picture: Some(picture), density })
            }
            Self::Maps(options) => {
                let density = match input::prediction(path, options)? {
                    Prediction::Density(density) => density,
                    Prediction::Scores(map) => {
                        messages::say(&format_args!("{name} holds scores; divided by their sum they are a density"));
                        let density = LogDensity::from_weights(map.values().to_owned());
                        density.with_context(|| format!("{name}: these scores are no density"))?
                    }
                };
                Ok(Scene { name, picture: None, density })
            }
        }
    }

    /// The density of the center bias alone for a picture of this size, and its name; a file by its name, so that results do
    /// not depend on where it lies.
    pub(crate) fn reference(&self, spec: &ReferenceSpec, size: Size) -> Result<(String, LogDensity<'static>)> {
        let of_model = match (spec, self) {
            (ReferenceSpec::Model, Self::Model(model, _)) => {
                model.center_bias(size).map_err(anyhow::Error::from_boxed)?
            }
            _ => None,
        };
        if let Some(found) = of_model {
            return Ok(found);
        }
        Ok(match spec {
            ReferenceSpec::Uniform => ("uniform".to_owned(), LogDensity::uniform(size)?),
            ReferenceSpec::Gaussian | ReferenceSpec::Model => {
                ("gaussian".to_owned(), GaussianCenterBias::default().density(size)?)
            }
            ReferenceSpec::File(file) => {
                let array = gaze_data::read_array(file).context("--reference")?;
                let template = TemplateCenterBias::new(array.view());
                let template = template.with_context(|| format!("--reference {}", file.display()))?;
                (file.file_name().unwrap_or_default().to_string_lossy().into_owned(), template.density(size)?)
            }
        })
    }

    /// Says the notes that the model has after all predictions.
    pub(crate) fn tell(&self) {
        if let Self::Model(model, _) = self {
            model.notes().iter().for_each(|note| messages::say(note));
        }
    }
}

impl Scene {
    pub(crate) fn size(&self) -> Size {
        self.density.size()
    }

    /// The density laid over the picture, or the heat map alone where there is none, with the regions and their shares.
    pub(crate) fn draw(
        &self,
        colors: Palette,
        specs: &[RegionSpec],
        regions: &[Region],
        figures: &[Figures],
    ) -> RgbImage {
        let shades = Shades::of(&self.density.to_saliency_map());
        let mut drawn = match &self.picture {
            Some(picture) => overlay(picture, &shades, colors),
            None => shades.picture(colors),
        };
        for ((spec, region), figures) in specs.iter().zip(regions).zip(figures) {
            outline(&mut drawn, region.x(), region.y(), &format!("{} {}", spec.name, percent(figures.share)));
        }
        drawn
    }
}

/// Checks, before the work, that the picture can be written and replaces nothing that is read.
pub(crate) fn check_picture<'a>(path: Option<&Path>, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    files::probe_file(path).context("--picture")?;
    let is_read = |input: &Path| matches!((input.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b);
    ensure!(!inputs.into_iter().any(is_read), "--picture {} would replace what is read", path.display());
    Ok(())
}
