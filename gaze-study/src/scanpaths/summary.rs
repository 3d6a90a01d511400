//! Everything there is to say about the scanpaths of a study.

use serde::Serialize;

use super::{
    compare::{self, Exchanged, GroupLikeness, PERMUTATIONS, ScanpathComparison, TwoGroups},
    describe::{self, GroupFigures, ObserverFigures},
    figures::{QUANTITIES, Quantity},
    gathered::{Gathered, OfStimulus},
    likeness::{self, Likeness},
    measures::{MEASURES, SHOWN, ScanpathMeasure},
};
use gaze_metrics::scanpath::{GroupedStimulus, separation};

/// Stimuli that a report shows at each end: with the most and with the least separation of groups.
const ENDS: usize = 2;

/// The largest number of scanpaths whose likeness is shown as a matrix.
const LARGEST_MATRIX: usize = 80;

/// The part of `summary.json` that is about scanpaths.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScanpathSummary {
    /// What was exchanged in the tests, and what that rules out.
    pub exchanged: Exchanged,
    /// The number of random exchanges, where not all were tried.
    pub permutations: usize,
    /// The measures.
    pub measures: &'static [ScanpathMeasure],
    /// The figures of a scanpath.
    pub quantities: &'static [Quantity],
    /// What the scanpaths of each group are like, in the order of tables.
    pub groups: Vec<GroupFigures>,
    /// The mean likeness within each group and between each two, measure by measure.
    pub likeness: Vec<GroupLikeness>,
    /// The comparisons of each two groups, measure by measure.
    pub comparisons: Vec<ScanpathComparison>,
    /// Sentences about scanpaths that are incomplete or left out.
    pub notes: Vec<String>,
    /// The stimuli that a report shows: those on which the first two groups differ most, and least.
    #[serde(skip)]
    pub shown: Vec<ShownStimulus>,
}

/// A stimulus that a report shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownStimulus {
    /// The place of the stimulus in the dataset.
    pub place: u32,
    /// The effect size of the first two groups in [`ShownStimulus::measure`], where there are two.
    pub rank_biserial: Option<f64>,
    /// The label of the measure whose likeness is shown.
    pub measure: &'static str,
    /// The group of each scanpath, group by group: its place in the order of tables.
    pub groups: Vec<usize>,
    /// The likeness of each scanpath with each other, row by row; `None` where there is no value. Empty if there are too many.
    pub matrix: Vec<Option<f64>>,
}

/// Everything that is made of the scanpaths of a study.
pub(crate) struct Made {
    pub(crate) summary: ScanpathSummary,
    pub(super) likeness: Vec<Likeness>,
    pub(super) observers: Vec<ObserverFigures>,
}

/// Compares and describes all scanpaths, on the threads of the current pool.
pub(crate) fn summarize(all: &Gathered) -> Made {
    let likeness = likeness::compare(all);
    let (exchange, exchanged) = compare::exchange(all);
    let observers = describe::of_observers(all);
    let mut notes = all.notes.clone();
    if all.groups.len() > 1 && compare::pairs_of_groups(all.groups.len()).len() == all.groups.len() {
        notes.push(format!("{} groups are too many to be compared by their scanpaths in pairs", all.groups.len()));
    }
    let summary = ScanpathSummary {
        exchanged,
        permutations: PERMUTATIONS,
        measures: &MEASURES,
        quantities: &QUANTITIES,
        groups: describe::of_groups(all, &observers),
        likeness: compare::means(all, &likeness),
        comparisons: compare::compare(all, &likeness, exchange),
        notes,
        shown: shown(all, &likeness),
    };
    Made { summary, likeness, observers }
}

/// The stimuli to show. With one group, the first ones.
fn shown(all: &Gathered, likeness: &[Likeness]) -> Vec<ShownStimulus> {
    let mut stimuli: Vec<ShownStimulus> = all
        .stimuli
        .iter()
        .zip(likeness)
        .filter(|(stimulus, _)| !stimulus.paths.is_empty())
        .map(|(stimulus, likeness)| show(stimulus, likeness, all.groups.len()))
        .collect();
    if stimuli.iter().any(|stimulus| stimulus.rank_biserial.is_some()) {
        stimuli.retain(|stimulus| stimulus.rank_biserial.is_some());
        let effect = |stimulus: &ShownStimulus| stimulus.rank_biserial.unwrap_or_default();
        stimuli.sort_by(|a, b| effect(b).total_cmp(&effect(a)));
    }
    let last = stimuli.len().saturating_sub(ENDS).max(ENDS);
    let keep = |index: usize| index < ENDS || index >= last;
    let mut index = 0;
    stimuli.retain(|_| {
        index += 1;
        keep(index - 1)
    });
    stimuli
}

fn show(stimulus: &OfStimulus, likeness: &Likeness, groups: usize) -> ShownStimulus {
    let matrix = &likeness.matrices[SHOWN];
    let rank_biserial = (groups > 1).then(|| {
        let two = TwoGroups::of(stimulus, 0, 1);
        let of_two = two.matrix(matrix);
        separation(&GroupedStimulus { matrix: &of_two, members: two.members() }).ok().flatten()
    });
    // Scanpaths are sorted by group; those of a part may come from several files.
    let mut order: Vec<usize> = (0..stimulus.paths.len()).collect();
    order.sort_by_key(|&path| stimulus.paths[path].group);
    let value = |i: usize, j: usize| Some(compare::in_own_direction(&MEASURES[SHOWN], matrix.pair(i, j)?));
    let values = || order.iter().flat_map(|&i| order.iter().map(move |&j| value(i, j))).collect();
    ShownStimulus {
        place: stimulus.place,
        rank_biserial: rank_biserial.flatten().map(|found| found.rank_biserial),
        measure: MEASURES[SHOWN].label,
        groups: order.iter().map(|&path| stimulus.paths[path].group).collect(),
        matrix: if order.len() <= LARGEST_MATRIX { values() } else { Vec::new() },
    }
}
