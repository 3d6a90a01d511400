//! The index of a study: what tables and reports need to know about the dataset.

use gaze_data::{Dataset, image_names};
use serde::{Deserialize, Serialize};

use super::gaze::{GazeOfDataset, GroupCounts, GroupFixations, StimulusGaze};

/// The content of `stimuli.json`: all stimuli of the dataset, whichever are in a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// A hash of all sizes and fixations.
    pub fingerprint: String,
    /// The number of stimuli with gaze that the center bias is estimated from.
    pub center_bias_stimuli: usize,
    /// The number of fixations on them.
    pub center_bias_fixations: usize,
    /// The groups of observers, in the order of tables.
    pub groups: Vec<Group>,
    /// Sentences about the dataset.
    pub notes: Vec<String>,
    /// The stimuli, in the order of the dataset.
    pub stimuli: Vec<Entry>,
}

/// A group of observers, and how much gaze it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The name of the group.
    pub group: String,
    /// The number of stimuli with its gaze.
    pub stimuli: usize,
    /// The number of its scanpaths.
    pub scanpaths: usize,
    /// The number of its fixations.
    pub fixations: usize,
    /// The number of fixations that were left out.
    pub dropped_fixations: usize,
}

/// A stimulus, and the problems with its gaze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The key of the stimulus in the dataset.
    pub key: String,
    /// The image's name below the folders that all images have in common.
    pub image: String,
    /// The problems with the gaze, in words for a person.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<String>,
}

impl Index {
    pub(super) fn new(dataset: &Dataset, gaze: &GazeOfDataset) -> Self {
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
            notes: dataset.notes().iter().chain(&gaze.notes).cloned().collect(),
            stimuli: gaze.stimuli.iter().zip(image_names(dataset)).map(entry).collect(),
        }
    }
}
