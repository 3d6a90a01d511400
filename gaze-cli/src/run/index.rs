//! What the first pass finds out about the dataset, as far as tables and report need it.

use gaze_data::{Dataset, image_names};
use serde::{Deserialize, Serialize};

use super::{
    GazeOfDataset, StimulusGaze,
    gaze::{GroupCounts, GroupFixations},
};

/// The content of `stimuli.json`: all stimuli of the dataset, whichever are in a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    /// A hash of all sizes and fixations.
    pub(crate) fingerprint: String,
    /// How many stimuli have gaze that the center bias is estimated from, and how many fixations that is.
    pub(crate) center_bias_stimuli: usize,
    pub(crate) center_bias_fixations: usize,
    /// In the order of tables.
    pub(crate) groups: Vec<Group>,
    pub(crate) notes: Vec<String>,
    /// In the order of the dataset.
    pub(crate) stimuli: Vec<Entry>,
}

/// What a group of observers amounts to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) group: String,
    pub(crate) stimuli: usize,
    pub(crate) scanpaths: usize,
    pub(crate) fixations: usize,
    pub(crate) dropped_fixations: usize,
}

/// A stimulus, and what is wrong with its gaze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// The image's name below the folders that all images have in common.
    pub(crate) image: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) problems: Vec<String>,
}

impl Index {
    pub(crate) fn new(dataset: &Dataset, gaze: &GazeOfDataset) -> Self {
        let counts = gaze.counts();
        let usable = |stimulus: &StimulusGaze| stimulus.groups.iter().map(GroupFixations::count).sum::<usize>();
        let pooled = gaze.stimuli.iter().map(usable);
        let group = |group: &String| {
            let GroupCounts { stimuli, scanpaths, fixations, dropped } = counts.get(group).copied().unwrap_or_default();
            Group { group: group.clone(), stimuli, scanpaths, fixations, dropped_fixations: dropped }
        };
        let entry = |(stimulus, image): (&StimulusGaze, String)| Entry {
            key: stimulus.key.clone(),
            image,
            problems: stimulus.problems.clone(),
        };
        Self {
            fingerprint: gaze.fingerprint.clone(),
            center_bias_stimuli: pooled.clone().filter(|&count| count > 0).count(),
            center_bias_fixations: pooled.sum(),
            groups: gaze.groups.iter().map(group).collect(),
            notes: dataset.notes().to_vec(),
            stimuli: gaze.stimuli.iter().zip(image_names(dataset)).map(entry).collect(),
        }
    }
}
