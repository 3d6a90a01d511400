//! The comparison of groups by the likeness of their scanpaths.

use gaze_metrics::{
    holm,
    scanpath::{Exchange, GroupComparison, GroupedStimulus, Member, Side, SimilarityMatrix, compare_groups},
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    gathered::{Gathered, OfStimulus},
    likeness::Likeness,
    measures::{MEASURES, ScanpathMeasure},
};
use crate::predictors::compares_groups;

/// The number of random exchanges of groups: with the observed one 5000, so that p is a multiple of 0.0002.
pub(super) const PERMUTATIONS: usize = 4999;

/// The seed of the exchanges.
const SEED: u64 = 0x7363_616e;

/// What is exchanged in the permutation tests of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchanged {
    /// `observers` or `scanpaths within stimuli`.
    pub what: &'static str,
    /// The reason, and what it rules out, as a sentence for a person.
    pub because: String,
}

/// The mean likeness of scanpaths within a group, or between two groups, by one measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupLikeness {
    /// The name of the measure.
    pub measure: &'static str,
    /// The group.
    pub group: String,
    /// The other group, or the same.
    pub other: String,
    /// The mean over stimuli of the mean over pairs of different observers; `None` if there is no pair with a value.
    pub mean: Option<f64>,
    /// The number of stimuli with a value.
    pub stimuli: usize,
    /// The number of pairs with a value.
    pub pairs: usize,
    /// The number of pairs without one.
    pub undefined: usize,
    /// The reason of the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Two groups compared by one measure. Similarities and differences are in the unit of the measure; `difference` is positive if scanpaths
/// are more alike within groups, whatever the direction of the measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScanpathComparison {
    /// The name of the measure.
    pub measure: &'static str,
    /// The first group.
    pub first: String,
    /// The second group.
    pub second: String,
    /// The number of stimuli on which both groups have pairs.
    pub stimuli: usize,
    /// The mean value within the first group.
    pub within_first: Option<f64>,
    /// The mean value within the second group.
    pub within_second: Option<f64>,
    /// The mean value between the groups.
    pub between: Option<f64>,
    /// How much more alike scanpaths are within groups than between them.
    pub difference: Option<f64>,
    /// The effect size: the rank-biserial correlation of "same group" with likeness, in −1 ..= 1.
    pub rank_biserial: Option<f64>,
    /// The difference in standard deviations of its distribution under exchange.
    pub standard_score: Option<f64>,
    /// The probability of as large a difference if groups were exchangeable.
    pub p_value: Option<f64>,
    /// The same, adjusted by Holm's procedure for all measures and pairs of groups.
    pub p_holm: Option<f64>,
    /// The probability of as uneven a likeness within the two groups if groups were exchangeable.
    pub within_p_value: Option<f64>,
    /// The same, adjusted by Holm's procedure.
    pub within_p_holm: Option<f64>,
    /// The share of observers (or scanpaths) whose group is told by the nearest group, the mean of both groups' shares.
    pub accuracy: Option<f64>,
    /// The chance level of the accuracy: its mean under exchange.
    pub chance: Option<f64>,
    /// The probability of as high an accuracy if groups were exchangeable.
    pub accuracy_p_value: Option<f64>,
    /// The same, adjusted by Holm's procedure.
    pub accuracy_p_holm: Option<f64>,
    /// The number of assignments of groups that were tried, the observed one included.
    pub assignments: usize,
    /// Whether these are all there are.
    pub is_exact: bool,
    /// The reason why there is no comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Decides what may be exchanged.
pub(super) fn exchange(all: &Gathered) -> (Exchange, Exchanged) {
    let within = |because: String| {
        let because = format!(
            "{because} So the labels of groups are shuffled among the scanpaths on each stimulus, independently of other stimuli. That takes an \
             observer's scanpaths on several stimuli for independent of each other: p says that scanpaths on these stimuli differ, and is too \
             small as a statement about people."
        );
        (Exchange::WithinStimulus, Exchanged { what: "scanpaths within stimuli", because })
    };
    if !all.are_named {
        return within(
            "The dataset does not name its observers, so it is not known which scanpaths on different stimuli are one \
             person's; no test can exchange people across stimuli, and no mean of an observer exists."
                .to_owned(),
        );
    }
    if let Some(name) = all.in_several_groups.first() {
        return within(format!(
            "{} of the observers' names occur in several groups ({name} does), so that an observer has no one group.",
            all.in_several_groups.len()
        ));
    }
    let because = "Observers have names, so the labels of groups are shuffled among observers: all scanpaths of an observer keep \
                   the same label. p is a statement about people."
        .to_owned();
    (Exchange::Observers, Exchanged { what: "observers", because })
}

/// The mean likeness within each group and between each two.
pub(super) fn means(all: &Gathered, likeness: &[Likeness]) -> Vec<GroupLikeness> {
    let mut found = Vec::new();
    for (measure, described) in MEASURES.iter().enumerate() {
        for (group, other) in pairs_of_groups(all.groups.len()) {
            found.push(mean(all, likeness, (measure, described), group, other));
        }
    }
    found
}

/// Each group with itself, then each two different ones if there are few.
pub(super) fn pairs_of_groups(groups: usize) -> Vec<(usize, usize)> {
    let different = (0..groups).flat_map(|first| (first + 1..groups).map(move |second| (first, second)));
    let different = different.filter(|_| compares_groups(groups));
    (0..groups).map(|group| (group, group)).chain(different).collect()
}

/// The likeness of the pairs of two groups on one stimulus.
pub(super) struct Pairs {
    /// The mean value, in the measure's own direction.
    pub(super) mean: Option<f64>,
    pub(super) count: usize,
    pub(super) undefined: usize,
}

/// Averages over the pairs on one stimulus of which one scanpath is of each group.
pub(super) fn pairs(stimulus: &OfStimulus, likeness: &Likeness, measure: usize, group: usize, other: usize) -> Pairs {
    let group_of = |place: usize| stimulus.paths[place].group;
    let belongs = |i: usize, j: usize| [(group, other), (other, group)].contains(&(group_of(i), group_of(j)));
    let (mut sum, mut count) = (0.0, 0usize);
    for i in 0..stimulus.paths.len() {
        for j in (i + 1..stimulus.paths.len()).filter(|&j| belongs(i, j)) {
            if let Some(value) = likeness.matrices[measure].pair(i, j) {
                (sum, count) = (sum + value, count + 1);
            }
        }
    }
    let undefined = likeness.undefined[measure].iter().filter(|&&(i, j)| belongs(i, j)).count();
    let mean = (count > 0).then(|| in_own_direction(&MEASURES[measure], sum / count as f64));
    Pairs { mean, count, undefined }
}

/// The value of a measure from a similarity.
pub(super) fn in_own_direction(measure: &ScanpathMeasure, similarity: f64) -> f64 {
    // Never a zero below zero.
    if measure.higher_is_more_alike { similarity } else { 0.0 - similarity }
}

fn mean(
    all: &Gathered,
    likeness: &[Likeness],
    (measure, described): (usize, &ScanpathMeasure),
    group: usize,
    other: usize,
) -> GroupLikeness {
    let mut found = GroupLikeness {
        measure: described.name,
        group: all.groups[group].clone(),
        other: all.groups[other].clone(),
        mean: None,
        stimuli: 0,
        pairs: 0,
        undefined: 0,
        reason: None,
    };
    let mut sum = 0.0;
    for (stimulus, likeness) in all.stimuli.iter().zip(likeness) {
        let Pairs { mean, count, undefined } = pairs(stimulus, likeness, measure, group, other);
        found.pairs += count;
        found.undefined += undefined;
        if undefined > 0 {
            found.reason.clone_from(&likeness.reasons[measure]);
        }
        if let Some(mean) = mean {
            (sum, found.stimuli) = (sum + mean, found.stimuli + 1);
        }
    }
    found.mean = (found.stimuli > 0).then(|| sum / found.stimuli as f64);
    found
}

/// The scanpaths of two groups on one stimulus, by their places among all of the stimulus.
pub(super) struct TwoGroups {
    places: Vec<usize>,
    members: Vec<Member>,
}

impl TwoGroups {
    pub(super) fn of(stimulus: &OfStimulus, first: usize, second: usize) -> Self {
        let chosen = stimulus.paths.iter().enumerate().filter_map(|(place, path)| {
            let group = match path.group {
                group if group == first => Side::First,
                group if group == second => Side::Second,
                _ => return None,
            };
            Some((place, Member { group, observer: path.observer }))
        });
        let (places, members) = chosen.unzip();
        Self { places, members }
    }

    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The matrix of these scanpaths alone.
    pub(super) fn matrix(&self, whole: &SimilarityMatrix) -> SimilarityMatrix {
        let pairs: Vec<Option<f64>> = self
            .places
            .iter()
            .enumerate()
            .flat_map(|(index, &i)| self.places[index + 1..].iter().map(move |&j| whole.pair(i, j)))
            .collect();
        SimilarityMatrix::new(self.places.len(), &pairs).expect("each pair has one finite value or none")
    }
}

/// Compares all pairs of groups by all measures, on the threads of the current pool.
pub(super) fn compare(all: &Gathered, likeness: &[Likeness], exchange: Exchange) -> Vec<ScanpathComparison> {
    let different = pairs_of_groups(all.groups.len()).into_iter().filter(|(first, second)| first != second);
    let jobs: Vec<(usize, usize, usize)> = different
        .flat_map(|(first, second)| (0..MEASURES.len()).map(move |measure| (measure, first, second)))
        .collect();
    let mut compared: Vec<ScanpathComparison> = jobs
        .into_par_iter()
        .map(|(measure, first, second)| pair_of_groups(all, likeness, exchange, measure, [first, second]))
        .collect();
    adjust(&mut compared, |comparison| comparison.p_value, |comparison, p| comparison.p_holm = Some(p));
    adjust(&mut compared, |comparison| comparison.within_p_value, |comparison, p| comparison.within_p_holm = Some(p));
    adjust(
        &mut compared,
        |comparison| comparison.accuracy_p_value,
        |comparison, p| comparison.accuracy_p_holm = Some(p),
    );
    compared
}

/// Adjusts the p values of one kind of all comparisons.
fn adjust(
    compared: &mut [ScanpathComparison],
    p_value: impl Fn(&ScanpathComparison) -> Option<f64>,
    set: impl Fn(&mut ScanpathComparison, f64),
) {
    let p_values: Vec<f64> = compared.iter().filter_map(&p_value).collect();
    let Ok(adjusted) = holm(&p_values) else { return };
    let tested = compared.iter_mut().filter(|comparison| p_value(comparison).is_some());
    tested.zip(adjusted).for_each(|(comparison, p)| set(comparison, p));
}

fn pair_of_groups(
    all: &Gathered,
    likeness: &[Likeness],
    exchange: Exchange,
    measure: usize,
    [first, second]: [usize; 2],
) -> ScanpathComparison {
    let chosen: Vec<(TwoGroups, SimilarityMatrix)> = all
        .stimuli
        .iter()
        .zip(likeness)
        .map(|(stimulus, likeness)| {
            let two = TwoGroups::of(stimulus, first, second);
            let matrix = two.matrix(&likeness.matrices[measure]);
            (two, matrix)
        })
        .collect();
    let stimuli: Vec<GroupedStimulus<'_>> =
        chosen.iter().map(|(two, matrix)| GroupedStimulus { matrix, members: two.members() }).collect();
    // Every measure meets the same exchanges.
    let found = compare_groups(&stimuli, exchange, PERMUTATIONS, &mut ChaCha8Rng::seed_from_u64(SEED));
    let described = &MEASURES[measure];
    let value = |of: fn(&GroupComparison) -> f64| found.as_ref().ok().map(of);
    let own = |of: fn(&GroupComparison) -> f64| value(of).map(|value| in_own_direction(described, value));
    ScanpathComparison {
        measure: described.name,
        first: all.groups[first].clone(),
        second: all.groups[second].clone(),
        stimuli: found.as_ref().map_or(0, |found| found.stimuli),
        within_first: own(|found| found.within[0]),
        within_second: own(|found| found.within[1]),
        between: own(|found| found.between),
        difference: value(|found| found.difference),
        rank_biserial: value(|found| found.rank_biserial),
        standard_score: found.as_ref().ok().and_then(|found| found.standard_score),
        p_value: value(|found| found.p_value),
        p_holm: None,
        within_p_value: value(|found| found.within_p_value),
        within_p_holm: None,
        accuracy: found.as_ref().ok().and_then(|found| found.accuracy),
        chance: found.as_ref().ok().and_then(|found| found.chance),
        accuracy_p_value: found.as_ref().ok().and_then(|found| found.accuracy_p_value),
        accuracy_p_holm: None,
        assignments: found.as_ref().map_or(0, |found| found.assignments),
        is_exact: found.as_ref().is_ok_and(|found| found.is_exact),
        reason: found.err().map(|error| error.to_string()),
    }
}
