//! A picture or a stored map, and the density on it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Prediction, Size, Stimulus};
use gaze_data::MapKind;
use gaze_metrics::Region;
use gaze_model::{GaussianCenterBias, TemplateCenterBias};
use image::RgbImage;

use super::{Figures, ModelArgs, ReferenceSpec, RegionSpec};
use crate::{
    input, messages,
    model::{PictureModel, Surroundings},
    output,
    picture::{self, Palette, Shades},
    text::percent,
};

/// What is scored.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The name of its file.
    pub(crate) name: String,
    pub(crate) picture: Option<Stimulus>,
    pub(crate) density: LogDensity,
}

/// Where densities come from, opened once for all scenes.
#[derive(Debug)]
pub(crate) enum Opened {
    Model(PictureModel),
    Maps(MapKind),
}

impl Opened {
    /// Opens the model.
    pub(crate) fn model(args: &ModelArgs) -> Result<Self> {
        let model = PictureModel::open(&args.model, &args.network, args.pixels_per_degree)?;
        let name = args.model.name();
        let model = model.with_context(|| format!("--model {name} needs a dataset, which `gaze-cli run` has"))?;
        Ok(Self::Model(model))
    }

    /// Reads a picture and predicts, or reads a map.
    pub(crate) fn scene(&self, path: &Path) -> Result<Scene> {
        let name = input::shown(path);
        match self {
            Self::Model(model) => {
                let picture = input::image(path)?;
                let density =
                    model.log_density(picture.size(), Some(&picture), Surroundings { center_bias: None, alone: true });
                let density = density.with_context(|| name.clone())?;
                Ok(Scene { name, picture: Some(picture), density })
            }
            Self::Maps(kind) => {
                let density = match input::prediction(path, *kind)? {
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

    /// What the center bias alone says about a picture of this size, and its name; a file by its name, so that results do
    /// not depend on where it lies.
    pub(crate) fn reference(&self, spec: &ReferenceSpec, size: Size) -> Result<(String, LogDensity)> {
        let of_model = match (spec, self) {
            (ReferenceSpec::Model, Self::Model(model)) => model.center_bias(size)?,
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

    /// Says what is to be said after all predictions.
    pub(crate) fn tell(&self) {
        if let Self::Model(model) = self
            && let Some(note) = model.note()
        {
            messages::say(&note);
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
            Some(picture) => picture::overlay(picture, &shades, colors),
            None => shades.picture(colors),
        };
        for ((spec, region), figures) in specs.iter().zip(regions).zip(figures) {
            picture::outline(&mut drawn, region.x(), region.y(), &format!("{} {}", spec.name, percent(figures.share)));
        }
        drawn
    }
}

/// Checks, before the work, that the picture can be written and replaces nothing that is read.
pub(crate) fn check_picture<'a>(path: Option<&Path>, inputs: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    output::probe_file(path).context("--picture")?;
    let is_read = |input: &Path| matches!((input.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b);
    ensure!(!inputs.into_iter().any(is_read), "--picture {} would replace what is read", path.display());
    Ok(())
}
