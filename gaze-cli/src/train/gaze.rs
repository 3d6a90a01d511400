//! The fixations of a dataset, image by image, with what was left out.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use gaze_core::{Fixations, Scanpath};
use gaze_data::{Dataset, Format, scanpaths_within};
use rayon::prelude::*;

use crate::messages::printable;

/// A dataset and its fixations.
pub(crate) struct Gaze {
    pub(crate) dataset: Dataset,
    /// Images with a picture and at least one fixation.
    pub(crate) subjects: Vec<Subject>,
    /// What was wrong, in words for a person.
    pub(crate) problems: Vec<String>,
}

/// An image and the fixations on it.
pub(crate) struct Subject {
    /// Its place in the dataset.
    pub(crate) index: usize,
    /// The name of its file, or its key if it has none of its own.
    pub(crate) name: String,
    pub(crate) fixations: Fixations,
}

impl Gaze {
    /// Reads the fixations of one group of observers, or of all.
    pub(crate) fn read(path: &Path, format: Option<Format>, group: Option<&str>) -> Result<Self> {
        let dataset = Dataset::open(path, format)?;
        if let Some(group) = group {
            ensure!(
                dataset.groups().iter().any(|known| known == group),
                "--group {group}: {} has {}",
                dataset.name(),
                dataset.groups().join(", ")
            );
        }
        let read: Vec<_> =
            (0..dataset.stimuli().len()).into_par_iter().map(|index| read(&dataset, index, group)).collect();
        let (mut subjects, mut problems) = (Vec::new(), Vec::new());
        for (subject, told) in read {
            subjects.extend(subject);
            problems.extend(told);
        }
        ensure!(!subjects.is_empty(), "{}: there is no image with fixations on it", path.display());
        Ok(Self { dataset, subjects, problems })
    }
}

fn read(dataset: &Dataset, index: usize, group: Option<&str>) -> (Option<Subject>, Vec<String>) {
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
    (Some(Subject { index, name, fixations }), problems)
}

/// The name in messages.
impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&printable(&self.name))
    }
}

impl Gaze {
    /// Decodes the picture of an image.
    pub(crate) fn picture(&self, subject: &Subject) -> Result<gaze_core::Stimulus> {
        self.dataset.image(subject.index).with_context(|| format!("reading {subject}"))
    }
}
