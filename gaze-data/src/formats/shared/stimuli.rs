//! The list of stimuli of a dataset, and notes about those that lack an image or gaze.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use crate::{StimulusEntry, error::some_of, files::folder};

/// The name of the group in datasets whose observers form a single group.
pub(crate) const GROUP: &str = "all";

/// Lists every stimulus that has an image or gaze, in natural order of the keys.
pub(crate) fn stimuli<'a>(
    pictures: &'a BTreeMap<String, PathBuf>,
    gaze: impl Iterator<Item = &'a String>,
) -> Vec<StimulusEntry> {
    let keys: BTreeSet<_> = pictures.keys().chain(gaze).cloned().collect();
    let entry = |key: String| StimulusEntry::new(key.clone(), pictures.get(&key).cloned());
    let mut stimuli: Vec<_> = keys.into_iter().map(entry).collect();
    stimuli.sort_by(|a, b| folder::natural_order(&a.key, &b.key));
    stimuli
}

/// Makes a note about the stimuli that have gaze but no image, if there are any.
pub(crate) fn without_image(stimuli: &[StimulusEntry]) -> Option<String> {
    let keys: Vec<_> = stimuli.iter().filter(|stimulus| !stimulus.has_image()).map(StimulusEntry::key).collect();
    let verb = if keys.len() == 1 { "has" } else { "have" };
    let (count, all) = (keys.len(), stimuli.len());
    (count > 0).then(|| format!("{count} of {all} stimuli {verb} gaze but no image: {}", some_of(&keys)))
}

/// Makes a note about the stimuli without gaze, whose keys are given, if there are any; `all` counts the stimuli.
pub(crate) fn without_gaze(keys: &[&str], all: usize) -> Option<String> {
    (!keys.is_empty()).then(|| format!("{} of {all} stimuli have no gaze: {}", keys.len(), some_of(keys)))
}
