//! The gaze of all stimuli, and their sizes.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::Path,
};

use gaze_core::{Fixation, Fixations, Scanpath, Size};
use gaze_data::{Dataset, Dropped, GazeCheck, Provenance, RawScanpath, scanpaths_within};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::{
    error::{PlanError, StudyError},
    files::hex,
    models::Model,
    observer::{Observer, Work},
    plan::{GroupBy, Plan},
    text::printable,
};

/// The gaze on every stimulus of a dataset.
#[derive(Debug)]
pub(crate) struct GazeOfDataset {
    /// The stimuli, in the order of the dataset.
    pub(crate) stimuli: Vec<StimulusGaze>,
    /// The names of all groups, in the order of tables.
    pub(crate) groups: Vec<String>,
    /// A hash of all sizes and fixations: whatever is estimated from the dataset depends on it.
    pub(crate) fingerprint: String,
    /// Sentences about coordinates and times that are not plausible.
    pub(crate) notes: Vec<String>,
}

/// The gaze on one stimulus.
#[derive(Clone, Debug)]
pub struct StimulusGaze {
    /// The key of the stimulus in the dataset.
    pub key: String,
    /// The size of the image or, where the image is missing, of its prediction; or the reason why it is unknown.
    pub size: Result<Size, String>,
    /// The fixations of each group, in the order of tables.
    pub groups: Vec<GroupFixations>,
    /// The problems with the gaze, in words for a person.
    pub problems: Vec<String>,
}

/// The fixations of one group of observers on one stimulus.
#[derive(Clone, Debug)]
pub struct GroupFixations {
    /// The name of the group.
    pub group: String,
    /// The number of scanpaths.
    pub scanpaths: usize,
    /// The number of fixations that were left out.
    pub dropped: usize,
    /// The fixations, scanpath by scanpath; or the reason why they could not be read.
    pub fixations: Result<Fixations, String>,
    /// The observer of each scanpath, counted from 0 by first appearance, and the number of its fixations.
    pub(super) observers: Vec<(usize, usize)>,
    /// What else is known of each scanpath; nothing unless the study keeps scanpaths.
    pub(super) timings: Vec<Timing>,
}

/// What is known of a scanpath beside its fixations.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The name of the observer, where the source names one.
    pub observer: Option<String>,
    /// The time at which the first fixation on the image began, in milliseconds after the image appeared.
    pub first_ms: Option<f64>,
    /// The duration of each fixation in milliseconds.
    pub durations_ms: Option<Vec<f64>>,
}

/// The name of a group in every output. The name says so wherever the gaze was produced by no person.
#[must_use]
pub fn group_label(dataset: &Dataset, group: &str) -> String {
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
/// [`PlanError::UnnamedObservers`] if observers are to be groups and nobody has a name.
pub(super) fn read_gaze(
    dataset: &Dataset,
    models: &[Model],
    plan: &Plan,
    observer: &dyn Observer,
) -> Result<GazeOfDataset, StudyError> {
    let group_by = &plan.group_by;
    observer.begin(Work::ReadingGaze, dataset.stimuli().len());
    let read = |index| {
        let (gaze, check) = read_stimulus(dataset, models, plan, index);
        observer.step(gaze.problems.len());
        (gaze, check)
    };
    let read: Vec<_> = (0..dataset.stimuli().len()).into_par_iter().map(read).collect();
    observer.end();
    let (mut stimuli, checks): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let mut all = GazeCheck::default();
    checks.iter().for_each(|check| all.join(check));
    let groups: Vec<String> = match group_by {
        GroupBy::Dataset | GroupBy::Column(_) => {
            dataset.groups().iter().map(|group| group_label(dataset, group)).collect()
        }
        GroupBy::None => vec![group_label(dataset, EVERYBODY)],
        GroupBy::Observer => {
            let names: BTreeSet<&str> =
                stimuli.iter().flat_map(|stimulus| &stimulus.groups).map(|group| group.group.as_str()).collect();
            let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            if names.is_empty() {
                return Err(PlanError::UnnamedObservers { dataset: dataset.name().to_owned() }.into());
            }
            names
        }
    };
    // Every stimulus has its groups in the same order, whatever the order in which its files name them.
    let places: HashMap<&str, usize> = groups.iter().map(String::as_str).zip(0..).collect();
    let place = |group: &GroupFixations| places.get(group.group.as_str()).copied();
    stimuli.iter_mut().for_each(|stimulus| stimulus.groups.sort_by_key(place));
    let fingerprint = fingerprint(&stimuli);
    Ok(GazeOfDataset { stimuli, groups, fingerprint, notes: all.notes() })
}

/// The name of the group of all observers.
const EVERYBODY: &str = "all";

fn read_stimulus(dataset: &Dataset, models: &[Model], plan: &Plan, index: usize) -> (StimulusGaze, GazeCheck) {
    let group_by = &plan.group_by;
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
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut check = GazeCheck::default();
    for gaze in dataset.gaze(index) {
        let raw = match &gaze.scanpaths {
            Ok(raw) => raw,
            Err(error) => {
                let group = match group_by {
                    GroupBy::Dataset | GroupBy::Column(_) => &gaze.group,
                    GroupBy::None => EVERYBODY,
                    // Whose gaze it would have been is not known.
                    GroupBy::Observer => {
                        problems.push(format!("{error}; stimulus {key} is not scored for its observers"));
                        continue;
                    }
                };
                let group = group_label(dataset, group);
                problems.push(format!("{error}; stimulus {key} is not scored for {group}"));
                let fixations = Err(error.to_string());
                groups.push(GroupFixations::without(group, 0, fixations));
                continue;
            }
        };
        check.add(raw, size.as_ref().ok().copied());
        for (group, raw) in grouped(&gaze.group, raw, group_by) {
            let group = group_label(dataset, group);
            let mut found = group_fixations(group, &raw, &size, &gaze.source, &key, &mut problems);
            if !plan.keeps_scanpaths() {
                found.timings.clear();
            }
            // Where all observers are one group, several files hold parts of it.
            match known.get(&found.group) {
                Some(&place) => groups[place].join(found),
                None => {
                    known.insert(found.group.clone(), groups.len());
                    groups.push(found);
                }
            }
        }
    }
    (StimulusGaze { key, size, groups, problems }, check)
}

/// Scanpaths by group.
fn grouped<'a>(group: &'a str, raw: &'a [RawScanpath], group_by: &GroupBy) -> Vec<(&'a str, Cow<'a, [RawScanpath]>)> {
    match group_by {
        GroupBy::Dataset | GroupBy::Column(_) => vec![(group, raw.into())],
        GroupBy::None => vec![(EVERYBODY, raw.into())],
        GroupBy::Observer => {
            let mut of_observers: BTreeMap<&str, Vec<RawScanpath>> = BTreeMap::new();
            for scanpath in raw {
                if let Some(observer) = &scanpath.observer {
                    of_observers.entry(observer).or_default().push(scanpath.clone());
                }
            }
            of_observers.into_iter().map(|(observer, raw)| (observer, raw.into())).collect()
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
            return GroupFixations::without(group, raw.len(), Err(reason.clone()));
        }
    };
    let (scanpaths, dropped) = scanpaths_within(raw, size, source);
    let timings = timings(raw, &scanpaths, &dropped);
    problems.extend(dropped.iter().map(|fixation| format!("stimulus {key}: {fixation}; it is left out")));
    let lists = scanpaths.iter().map(Scanpath::fixations);
    GroupFixations {
        group,
        scanpaths: scanpaths.len(),
        dropped: dropped.len(),
        fixations: Fixations::concatenate(size, lists).map_err(|error| error.to_string()),
        observers: observers(&scanpaths),
        timings,
    }
}

/// What is known of each scanpath beside its fixations.
fn timings(raw: &[RawScanpath], scanpaths: &[Scanpath], dropped: &[Dropped]) -> Vec<Timing> {
    let left_out: HashSet<(usize, usize)> =
        dropped.iter().map(|fixation| (fixation.scanpath, fixation.index)).collect();
    let timing = |(place, (raw, scanpath)): (usize, (&RawScanpath, &Scanpath))| {
        let first = (0..).zip(&raw.fixations).find(|(index, _)| !left_out.contains(&(place, *index)));
        Timing {
            observer: scanpath.observer().map(printable),
            first_ms: first.and_then(|(_, fixation)| fixation.start_ms).filter(|start| start.is_finite()),
            durations_ms: scanpath.durations_ms().map(<[f64]>::to_vec),
        }
    };
    raw.iter().zip(scanpaths).enumerate().map(timing).collect()
}

/// The observer of each scanpath and the number of its fixations. A scanpath without a name is an observer of its own.
fn observers(scanpaths: &[Scanpath]) -> Vec<(usize, usize)> {
    let (mut known, mut count): (HashMap<&str, usize>, usize) = (HashMap::new(), 0);
    let mut next = || {
        count += 1;
        count - 1
    };
    scanpaths
        .iter()
        .map(|scanpath| {
            let observer = match scanpath.observer() {
                Some(name) => *known.entry(name).or_insert_with(&mut next),
                None => next(),
            };
            (observer, scanpath.fixations().len())
        })
        .collect()
}

pub(super) fn fingerprint(stimuli: &[StimulusGaze]) -> String {
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
            for &(observer, fixations) in &group.observers {
                hash.update((observer as u64).to_le_bytes());
                hash.update((fixations as u64).to_le_bytes());
            }
            for timing in &group.timings {
                timing.hash(&mut hash);
            }
        }
    }
    hex(&hash.finalize())
}

impl StimulusGaze {
    /// All groups' fixations together, or none where the size is unknown.
    #[must_use]
    pub fn pooled(&self) -> Fixations {
        let size = *self.size.as_ref().unwrap_or(&Size { height: 0, width: 0 });
        let lists = self.groups.iter().filter_map(|group| group.fixations.as_ref().ok());
        Fixations::concatenate(size, lists).unwrap_or_else(|_| Fixations::partition(size, []).0)
    }
}

impl Timing {
    fn hash(&self, hash: &mut Sha256) {
        let observer = self.observer.as_deref();
        hash.update(observer.map_or(u64::MAX, |name| name.len() as u64).to_le_bytes());
        hash.update(observer.unwrap_or_default());
        let durations = self.durations_ms.as_deref();
        hash.update(durations.map_or(u64::MAX, |durations| durations.len() as u64).to_le_bytes());
        for number in durations.unwrap_or_default().iter().chain(&self.first_ms) {
            hash.update(number.to_le_bytes());
        }
    }
}

impl GroupFixations {
    /// A group whose fixations are not known, for this reason.
    fn without(group: String, scanpaths: usize, fixations: Result<Fixations, String>) -> Self {
        Self { group, scanpaths, dropped: 0, fixations, observers: Vec::new(), timings: Vec::new() }
    }

    /// The fixations of each scanpath, in the order of the source, with what else is known of it. There are none unless the
    /// study keeps scanpaths.
    pub fn scanpaths(&self) -> impl Iterator<Item = (&[Fixation], &Timing)> {
        let points = self.fixations.as_ref().map_or(&[][..], Fixations::points);
        let mut rest = points;
        self.observers.iter().zip(&self.timings).map(move |(&(_, count), timing)| {
            let (own, others) = rest.split_at(count.min(rest.len()));
            rest = others;
            (own, timing)
        })
    }

    /// Adds the gaze of another source on the same stimulus.
    fn join(&mut self, other: Self) {
        self.scanpaths += other.scanpaths;
        self.dropped += other.dropped;
        let known = self.observer_count();
        self.observers.extend(other.observers.into_iter().map(|(observer, count)| (known + observer, count)));
        self.timings.extend(other.timings);
        self.fixations = match (&self.fixations, other.fixations) {
            (Ok(ours), Ok(theirs)) => {
                Fixations::concatenate(ours.size(), [ours, &theirs]).map_err(|error| error.to_string())
            }
            (Err(reason), _) => Err(reason.clone()),
            (_, Err(reason)) => Err(reason),
        };
    }

    fn observer_count(&self) -> usize {
        self.observers.iter().map(|&(observer, _)| observer + 1).max().unwrap_or(0)
    }

    /// The fixations observer by observer; none where the gaze could not be read.
    #[must_use]
    pub fn observers(&self) -> Vec<Fixations> {
        let Ok(fixations) = &self.fixations else { return Vec::new() };
        let mut points = vec![Vec::new(); self.observer_count()];
        let mut rest = fixations.points();
        for &(observer, count) in &self.observers {
            let (own, others) = rest.split_at(count.min(rest.len()));
            points[observer].extend_from_slice(own);
            rest = others;
        }
        points.into_iter().filter_map(|points| Fixations::new(fixations.size(), points).ok()).collect()
    }

    /// The number of fixations, 0 where the gaze could not be read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.fixations.as_ref().map_or(0, Fixations::len)
    }
}

/// The numbers of stimuli, scanpaths and fixations of a group that are used, over the dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GroupCounts {
    pub(super) stimuli: usize,
    pub(super) scanpaths: usize,
    pub(super) fixations: usize,
    pub(super) dropped: usize,
}

impl GazeOfDataset {
    /// Counts by group.
    pub(super) fn counts(&self) -> BTreeMap<String, GroupCounts> {
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
