//! The images of a dataset with the fixations on them, for fitting models to.

use std::path::Path;

use gaze_core::{Fixations, Scanpath};
use gaze_data::{Dataset, Format, scanpaths_within};
use gaze_targets::CenterBias;
use rayon::prelude::*;

use crate::{
    error::{FittingError, StudyError},
    text::printable,
};

/// A dataset with the fixations on its images.
#[derive(Debug)]
pub struct GazedDataset {
    /// The dataset.
    pub dataset: Dataset,
    /// The images that are there and have at least one fixation.
    pub images: Vec<GazedImage>,
    /// The problems that were met, in words for a person.
    pub problems: Vec<String>,
}

/// An image and the fixations on it.
#[derive(Clone, Debug)]
pub struct GazedImage {
    /// The place of the image in the dataset.
    pub index: usize,
    /// The name of its file, or its key if it has none of its own.
    pub name: String,
    /// The fixations on the image.
    pub fixations: Fixations,
}

impl GazedDataset {
    /// Reads the fixations of one group of observers, or of all.
    ///
    /// # Errors
    ///
    /// [`StudyError::Data`] if there is no dataset, [`FittingError::NoSuchGroup`], [`FittingError::NoImages`].
    pub fn read(path: &Path, format: Option<Format>, group: Option<&str>) -> Result<Self, StudyError> {
        let dataset = Dataset::open(path, format)?;
        if let Some(group) = group
            && !dataset.groups().iter().any(|known| known == group)
        {
            return Err(FittingError::NoSuchGroup {
                group: group.to_owned(),
                dataset: dataset.name().to_owned(),
                groups: dataset.groups().join(", "),
            }
            .into());
        }
        let read: Vec<_> =
            (0..dataset.stimuli().len()).into_par_iter().map(|index| read(&dataset, index, group)).collect();
        let (mut images, mut problems) = (Vec::new(), Vec::new());
        for (image, told) in read {
            images.extend(image);
            problems.extend(told);
        }
        if images.is_empty() {
            return Err(FittingError::NoImages { path: path.to_owned() }.into());
        }
        Ok(Self { dataset, images, problems })
    }
}

fn read(dataset: &Dataset, index: usize, group: Option<&str>) -> (Option<GazedImage>, Vec<String>) {
    let entry = &dataset.stimuli()[index];
    let key = printable(entry.key());
    if !entry.has_image() {
        return (None, vec![format!("{key}: there is no image")]);
    }
    let size = match dataset.image_size(index) {
        Ok(size) => size,
        Err(error) => return (None, vec![error.to_string()]),
    };
    let (mut scanpaths, mut problems) = (Vec::new(), Vec::new());
    for gaze in dataset.gaze(index).into_iter().filter(|gaze| group.is_none_or(|group| gaze.group == group)) {
        match gaze.scanpaths {
            Ok(raw) => {
                let (inside, dropped) = scanpaths_within(&raw, size, &gaze.source);
                problems.extend(dropped.iter().map(|fixation| format!("{fixation}; it is left out")));
                scanpaths.extend(inside);
            }
            Err(error) => problems.push(error.to_string()),
        }
    }
    let fixations = match Fixations::concatenate(size, scanpaths.iter().map(Scanpath::fixations)) {
        Ok(fixations) if !fixations.is_empty() => fixations,
        Ok(_) => return (None, problems),
        Err(error) => {
            problems.push(format!("{key}: {error}"));
            return (None, problems);
        }
    };
    // An image inside a larger file has no file name of its own.
    let file = entry.image().filter(|file| file.file_stem().is_some_and(|stem| stem == entry.key()));
    let name = file.and_then(Path::file_name).map_or_else(|| entry.key().into(), |name| name.to_string_lossy());
    let name = name.into_owned();
    (Some(GazedImage { index, name, fixations }), problems)
}

/// The name in messages.
impl std::fmt::Display for GazedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&printable(&self.name))
    }
}

/// The center bias of some images.
pub(super) fn center_bias<'a>(images: impl IntoIterator<Item = &'a GazedImage>) -> Result<CenterBias, StudyError> {
    let fixations = images.into_iter().map(|image| &image.fixations);
    Ok(CenterBias::new(fixations, CenterBias::DEFAULT_BANDWIDTH, CenterBias::DEFAULT_UNIFORM_SHARE)?)
}

impl GazedDataset {
    /// Decodes the picture of an image.
    ///
    /// # Errors
    ///
    /// [`StudyError::Prediction`] with the image's name if it cannot be read.
    pub fn picture(&self, image: &GazedImage) -> Result<gaze_core::Stimulus, StudyError> {
        let told = |error: gaze_data::DataError| StudyError::Prediction {
            name: format!("reading {image}"),
            source: error.into(),
        };
        self.dataset.image(image.index).map_err(told)
    }
}
