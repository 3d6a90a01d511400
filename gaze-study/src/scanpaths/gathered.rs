//! The scanpaths of all stimuli, and who made them.

use std::collections::{BTreeMap, BTreeSet};

use gaze_core::Size;
use gaze_metrics::scanpath::ScanpathPoints;

use super::{
    StimulusScanpaths,
    figures::{Figures, of_scanpath},
};

/// One scanpath of a stimulus.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// The place of the group in the order of tables.
    pub(super) group: usize,
    /// The number of the observer, the same on all stimuli. A scanpath without a name is an observer of its own.
    pub(super) observer: usize,
    pub(super) name: Option<String>,
    pub(super) points: ScanpathPoints,
    pub(super) figures: Figures,
}

/// One stimulus with its scanpaths.
#[derive(Clone, Debug)]
pub(crate) struct OfStimulus {
    /// The place of the stimulus in the dataset.
    pub(super) place: u32,
    pub(super) key: String,
    pub(super) size: Size,
    pub(super) paths: Vec<Path>,
}

/// The scanpaths of all stimuli.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    /// The names of the groups, in the order of tables.
    pub(super) groups: Vec<String>,
    pub(super) stimuli: Vec<OfStimulus>,
    /// Whether every scanpath has the name of its observer.
    pub(super) are_named: bool,
    /// The names of observers who are in several groups.
    pub(super) in_several_groups: BTreeSet<String>,
    /// Sentences about scanpaths that are incomplete or left out.
    pub(super) notes: Vec<String>,
}

/// Gathers the scanpaths stimulus by stimulus.
#[derive(Debug, Default)]
pub(crate) struct Gatherer {
    all: Gathered,
    /// The number and the group of each observer who has a name.
    known: BTreeMap<String, (usize, usize)>,
    observers: usize,
    unnamed: usize,
    without_fixations: usize,
    without_durations: usize,
    broken: usize,
}

impl Gatherer {
    /// Begins with the groups in the order of tables.
    pub(crate) fn new(groups: &[String]) -> Self {
        Self { all: Gathered { groups: groups.to_vec(), ..Gathered::default() }, ..Self::default() }
    }

    /// Adds the scanpaths of a stimulus.
    pub(crate) fn add(&mut self, place: u32, key: &str, of: &StimulusScanpaths) {
        self.without_fixations += of.without_fixations;
        self.without_durations += of.without_durations;
        let (size, mut paths) = (of.size(), Vec::with_capacity(of.scanpaths.len()));
        for stored in &of.scanpaths {
            let group = self.all.groups.iter().position(|group| *group == stored.group);
            let (Some(group), Ok(points)) = (group, stored.points()) else {
                self.broken += 1;
                continue;
            };
            let observer = self.observer(stored.observer.as_deref(), group);
            let figures = of_scanpath(&points, stored.first_ms, size);
            paths.push(Path { group, observer, name: stored.observer.clone(), points, figures });
        }
        self.all.stimuli.push(OfStimulus { place, key: key.to_owned(), size, paths });
    }

    fn observer(&mut self, name: Option<&str>, group: usize) -> usize {
        let next = self.observers;
        let (observer, known_group) = match name {
            None => {
                self.unnamed += 1;
                (next, group)
            }
            Some(name) => *self.known.entry(name.to_owned()).or_insert((next, group)),
        };
        if let Some(name) = name.filter(|_| known_group != group) {
            self.all.in_several_groups.insert(name.to_owned());
        }
        self.observers += usize::from(observer == next);
        observer
    }

    /// Everything that was gathered.
    pub(crate) fn finish(mut self) -> Gathered {
        self.all.are_named = self.unnamed == 0 && !self.known.is_empty();
        let some = |count: usize, one: &str, several: &str| {
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { several }))
        };
        self.all.notes = [
            some(
                self.without_fixations,
                "scanpath has no fixation on its image and is left out",
                "scanpaths have no fixation on their image and are left out",
            ),
            some(
                self.without_durations,
                "scanpath has a duration that is none, and is compared without durations",
                "scanpaths have durations that are none, and are compared without durations",
            ),
            some(self.broken, "scanpath cannot be read from its part", "scanpaths cannot be read from their parts"),
        ]
        .into_iter()
        .flatten()
        .collect();
        self.all
    }
}
