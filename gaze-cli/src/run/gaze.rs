//! The first pass: the gaze of all stimuli, and their sizes.

use std::collections::BTreeMap;

use gaze_core::{Fixations, Scanpath, Size};
use gaze_data::{Dataset, Provenance, scanpaths_within};
use indicatif::ParallelProgressIterator;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::{messages::printable, model::Model, output::hex, progress};

/// The gaze on every stimulus of a dataset.
pub(crate) struct GazeOfDataset {
    pub(crate) stimuli: Vec<StimulusGaze>,
    /// A hash of all sizes and fixations: whatever is estimated from the dataset depends on it.
    pub(crate) fingerprint: String,
}

/// The gaze on one stimulus.
pub(crate) struct StimulusGaze {
    pub(crate) key: String,
    /// The size of the image or, without one, of its prediction; or why it is unknown.
    pub(crate) size: Result<Size, String>,
    pub(crate) groups: Vec<GroupFixations>,
    /// What was wrong, in words for a person.
    pub(crate) problems: Vec<String>,
}

/// The fixations of one group of observers on one stimulus.
pub(crate) struct GroupFixations {
    pub(crate) group: String,
    pub(crate) scanpaths: usize,
    pub(crate) dropped: usize,
    pub(crate) fixations: Result<Fixations, String>,
    /// The same, observer by observer; empty if there are none.
    pub(crate) subjects: Vec<Fixations>,
}

/// The name of a group in every output. Gaze that no person produced says so wherever it appears.
pub(crate) fn group_label(dataset: &Dataset, group: &str) -> String {
    let group = printable(group);
    match (dataset.provenance(), group.as_str()) {
        (Provenance::Recorded, _) => group,
        (Provenance::Simulated, "all") => "simulated".to_owned(),
        (Provenance::Simulated, _) => format!("{group} (simulated)"),
    }
}

/// Reads the gaze of all stimuli.
pub(crate) fn read_gaze(dataset: &Dataset, model: &Model, quiet: bool) -> GazeOfDataset {
    let bar = progress::bar("reading gaze", dataset.stimuli().len(), quiet);
    let stimuli: Vec<_> = (0..dataset.stimuli().len())
        .into_par_iter()
        .progress_with(bar.clone())
        .map(|index| read_stimulus(dataset, model, index))
        .collect();
    bar.finish_and_clear();
    let fingerprint = fingerprint(&stimuli);
    GazeOfDataset { stimuli, fingerprint }
}

fn read_stimulus(dataset: &Dataset, model: &Model, index: usize) -> StimulusGaze {
    let entry = &dataset.stimuli()[index];
    let key = entry.key().to_owned();
    let mut problems = Vec::new();
    let size = match (entry.image(), model.size(&key)) {
        (None, Some(size)) => size,
        _ => dataset.image_size(index),
    };
    let size = size.map_err(|error| error.to_string());
    if let Err(reason) = &size {
        problems.push(reason.clone());
    }
    let mut groups = Vec::new();
    for gaze in dataset.gaze(index) {
        let mut entry = GroupFixations {
            group: group_label(dataset, &gaze.group),
            scanpaths: 0,
            dropped: 0,
            fixations: size.clone().map(|size| Fixations::partition(size, []).0),
            subjects: Vec::new(),
        };
        match (&gaze.scanpaths, &size) {
            (Err(error), _) => {
                problems.push(format!("{error}; stimulus {key} is not scored for {}", entry.group));
                entry.fixations = Err(error.to_string());
            }
            (Ok(raw), Err(_)) => entry.scanpaths = raw.len(),
            (Ok(raw), Ok(size)) => {
                let (scanpaths, dropped) = scanpaths_within(raw, *size, &gaze.source);
                entry.scanpaths = scanpaths.len();
                entry.dropped = dropped.len();
                problems.extend(dropped.iter().map(|fixation| format!("stimulus {key}: {fixation}; it is left out")));
                let lists = scanpaths.iter().map(Scanpath::fixations);
                entry.fixations = Fixations::concatenate(*size, lists).map_err(|error| error.to_string());
                entry.subjects = by_subject(&scanpaths, *size);
            }
        }
        groups.push(entry);
    }
    StimulusGaze { key, size, groups, problems }
}

/// The fixations of each observer, in the order of first appearance. A scanpath without a name is an observer of its own.
fn by_subject(scanpaths: &[Scanpath], size: Size) -> Vec<Fixations> {
    let mut subjects: Vec<(Option<&str>, Vec<&Fixations>)> = Vec::new();
    for scanpath in scanpaths {
        let name = scanpath.subject();
        match subjects.iter_mut().find(|(known, _)| name.is_some() && *known == name) {
            Some((_, lists)) => lists.push(scanpath.fixations()),
            None => subjects.push((name, vec![scanpath.fixations()])),
        }
    }
    let joined = subjects.into_iter().filter_map(|(_, lists)| Fixations::concatenate(size, lists).ok());
    joined.collect()
}

fn fingerprint(stimuli: &[StimulusGaze]) -> String {
    let mut hash = Sha256::new();
    for stimulus in stimuli {
        hash.update((stimulus.key.len() as u64).to_le_bytes());
        hash.update(&stimulus.key);
        let (height, width) = stimulus.size.as_ref().map_or((0, 0), |size| size.dim());
        hash.update((height as u64).to_le_bytes());
        hash.update((width as u64).to_le_bytes());
        for group in &stimulus.groups {
            hash.update((group.group.len() as u64).to_le_bytes());
            hash.update(&group.group);
            let points = group.fixations.as_ref().map_or(&[][..], Fixations::points);
            hash.update((points.len() as u64).to_le_bytes());
            for point in points {
                hash.update(point.x.to_le_bytes());
                hash.update(point.y.to_le_bytes());
            }
            for subject in &group.subjects {
                hash.update((subject.len() as u64).to_le_bytes());
            }
        }
    }
    hex(&hash.finalize())
}

impl StimulusGaze {
    /// All groups' fixations together, or none where the size is unknown.
    pub(crate) fn pooled(&self) -> Fixations {
        let size = *self.size.as_ref().unwrap_or(&Size { height: 0, width: 0 });
        let lists = self.groups.iter().filter_map(|group| group.fixations.as_ref().ok());
        Fixations::concatenate(size, lists).unwrap_or_else(|_| Fixations::partition(size, []).0)
    }
}

impl GroupFixations {
    /// How many fixations there are, none where the gaze could not be read.
    pub(crate) fn count(&self) -> usize {
        self.fixations.as_ref().map_or(0, Fixations::len)
    }
}

/// What of a group's gaze is used, over the dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupCounts {
    pub(crate) stimuli: usize,
    pub(crate) scanpaths: usize,
    pub(crate) fixations: usize,
    pub(crate) dropped: usize,
}

impl GazeOfDataset {
    /// Counts by group.
    pub(crate) fn counts(&self) -> BTreeMap<String, GroupCounts> {
        let mut counts: BTreeMap<String, GroupCounts> = BTreeMap::new();
        for group in self.stimuli.iter().flat_map(|stimulus| &stimulus.groups) {
            if let Ok(fixations) = &group.fixations {
                let entry = counts.entry(group.group.clone()).or_default();
                entry.stimuli += 1;
                entry.scanpaths += group.scanpaths;
                entry.fixations += fixations.len();
                entry.dropped += group.dropped;
            }
        }
        counts
    }
}
