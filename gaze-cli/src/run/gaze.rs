//! The first pass: the gaze of all stimuli, and their sizes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Result, ensure};
use gaze_core::{Fixations, Scanpath, Size};
use gaze_data::{Dataset, Provenance, RawScanpath, scanpaths_within};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::GroupBy;
use crate::{messages::printable, model::Model, output::hex, progress::Progress};

/// The gaze on every stimulus of a dataset.
pub(crate) struct GazeOfDataset {
    pub(crate) stimuli: Vec<StimulusGaze>,
    /// The names of all groups, in the order of tables.
    pub(crate) groups: Vec<String>,
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
///
/// # Errors
///
/// If observers are to be groups and nobody has a name.
pub(crate) fn read_gaze(
    dataset: &Dataset,
    models: &[Model],
    group_by: &GroupBy,
    progress: &Progress,
) -> Result<GazeOfDataset> {
    let stage = progress.stage("reading gaze", dataset.stimuli().len());
    let read = |index| {
        let gaze = read_stimulus(dataset, models, group_by, index);
        stage.done(gaze.problems.len());
        gaze
    };
    let mut stimuli: Vec<_> = (0..dataset.stimuli().len()).into_par_iter().map(read).collect();
    stage.finish();
    let groups: Vec<String> = match group_by {
        GroupBy::Dataset | GroupBy::Column(_) => {
            dataset.groups().iter().map(|group| group_label(dataset, group)).collect()
        }
        GroupBy::None => vec![group_label(dataset, EVERYBODY)],
        GroupBy::Subject => {
            let names: BTreeSet<&str> =
                stimuli.iter().flat_map(|stimulus| &stimulus.groups).map(|group| group.group.as_str()).collect();
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            ensure!(!names.is_empty(), "--group-by subject: {} does not name its observers", dataset.name());
            names
        }
    };
    // In the order of the groups, whatever the order in which a stimulus names them.
    let place = |group: &GroupFixations| groups.iter().position(|name| *name == group.group);
    stimuli.iter_mut().for_each(|stimulus| stimulus.groups.sort_by_key(place));
    let fingerprint = fingerprint(&stimuli);
    Ok(GazeOfDataset { stimuli, groups, fingerprint })
}

/// The group of all.
const EVERYBODY: &str = "all";

fn read_stimulus(dataset: &Dataset, models: &[Model], group_by: &GroupBy, index: usize) -> StimulusGaze {
    let entry = &dataset.stimuli()[index];
    let key = entry.key().to_owned();
    let mut problems = Vec::new();
    let predicted = || models.iter().find_map(|model| model.size(&key));
    let size = match (entry.has_image(), predicted()) {
        (false, Some(size)) => size,
        _ => dataset.image_size(index),
    };
    let size = size.map_err(|error| error.to_string());
    if let Err(reason) = &size {
        problems.push(reason.clone());
    }
    let mut groups: Vec<GroupFixations> = Vec::new();
    for gaze in dataset.gaze(index) {
        let raw = match &gaze.scanpaths {
            Ok(raw) => raw,
            Err(error) => {
                let group = match group_by {
                    GroupBy::Dataset | GroupBy::Column(_) => &gaze.group,
                    GroupBy::None => EVERYBODY,
                    // Whose gaze it would have been is not known.
                    GroupBy::Subject => {
                        problems.push(format!("{error}; stimulus {key} is not scored for its observers"));
                        continue;
                    }
                };
                let group = group_label(dataset, group);
                problems.push(format!("{error}; stimulus {key} is not scored for {group}"));
                let fixations = Err(error.to_string());
                groups.push(GroupFixations { group, scanpaths: 0, dropped: 0, fixations, subjects: Vec::new() });
                continue;
            }
        };
        for (group, raw) in grouped(&gaze.group, raw, group_by) {
            let group = group_label(dataset, group);
            let found = group_fixations(group, &raw, &size, &gaze.source, &key, &mut problems);
            // Without groups, what several files hold belongs together.
            match groups.iter_mut().find(|known| known.group == found.group) {
                Some(known) => known.join(found),
                None => groups.push(found),
            }
        }
    }
    StimulusGaze { key, size, groups, problems }
}

/// Scanpaths by group.
fn grouped<'a>(group: &'a str, raw: &'a [RawScanpath], group_by: &GroupBy) -> Vec<(&'a str, Cow<'a, [RawScanpath]>)> {
    match group_by {
        GroupBy::Dataset | GroupBy::Column(_) => vec![(group, raw.into())],
        GroupBy::None => vec![(EVERYBODY, raw.into())],
        GroupBy::Subject => {
            let mut of_subjects: BTreeMap<&str, Vec<RawScanpath>> = BTreeMap::new();
            for scanpath in raw {
                if let Some(subject) = &scanpath.subject {
                    of_subjects.entry(subject).or_default().push(scanpath.clone());
                }
            }
            of_subjects.into_iter().map(|(subject, raw)| (subject, raw.into())).collect()
        }
    }
}

fn group_fixations(
    group: String,
    raw: &[RawScanpath],
    size: &Result<Size, String>,
    source: &Path,
    key: &str,
    problems: &mut Vec<String>,
) -> GroupFixations {
    let size = match size {
        Ok(size) => *size,
        Err(reason) => {
            let fixations = Err(reason.clone());
            return GroupFixations { group, scanpaths: raw.len(), dropped: 0, fixations, subjects: Vec::new() };
        }
    };
    let (scanpaths, dropped) = scanpaths_within(raw, size, source);
    problems.extend(dropped.iter().map(|fixation| format!("stimulus {key}: {fixation}; it is left out")));
    let lists = scanpaths.iter().map(Scanpath::fixations);
    GroupFixations {
        group,
        scanpaths: scanpaths.len(),
        dropped: dropped.len(),
        fixations: Fixations::concatenate(size, lists).map_err(|error| error.to_string()),
        subjects: by_subject(&scanpaths, size),
    }
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
    /// Adds the gaze of another source on the same stimulus.
    fn join(&mut self, other: Self) {
        self.scanpaths += other.scanpaths;
        self.dropped += other.dropped;
        self.subjects.extend(other.subjects);
        self.fixations = match (&self.fixations, other.fixations) {
            (Ok(ours), Ok(theirs)) => {
                Fixations::concatenate(ours.size(), [ours, &theirs]).map_err(|error| error.to_string())
            }
            (Err(reason), _) => Err(reason.clone()),
            (_, Err(reason)) => Err(reason),
        };
    }

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
