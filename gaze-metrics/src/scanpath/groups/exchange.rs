//! What may be exchanged if groups do not differ, and all the ways to do so.

use std::{collections::BTreeMap, iter};

use rand::{Rng, RngExt};

use super::{GroupError, GroupedStimulus, Side};

/// What is exchanged in a permutation test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// The groups of observers: an observer's scanpaths on all stimuli move together. This is the test of the hypothesis that
    /// groups do not differ; it needs observers who are known across stimuli.
    Observers,
    /// The groups of scanpaths on each stimulus, independently of other stimuli. Where observers are not known across stimuli this is all
    /// that can be done. It takes an observer's scanpaths on several stimuli for independent, so its p is too small as a
    /// statement about people: it speaks about scanpaths on these stimuli.
    WithinStimulus,
}

/// The assignments of groups that are as probable as the one at hand, if groups do not differ.
pub(super) struct Assignments {
    /// Each block is shuffled by itself.
    blocks: Vec<Block>,
    /// For each scanpath of each stimulus, its block and its place there.
    places: Vec<Vec<(usize, usize)>>,
}

/// Things whose groups may be exchanged with each other.
struct Block {
    /// `true` for the second group.
    in_second: Vec<bool>,
}

/// One assignment: for each block, the group of each thing.
pub(super) type Assignment = Vec<Vec<bool>>;

impl Assignments {
    pub(super) fn new(stimuli: &[GroupedStimulus<'_>], exchange: Exchange) -> Result<Self, GroupError> {
        match exchange {
            Exchange::WithinStimulus => {
                let in_second = |stimulus: &GroupedStimulus<'_>| {
                    stimulus.members.iter().map(|member| member.group == Side::Second).collect()
                };
                let blocks = stimuli.iter().map(|stimulus| Block { in_second: in_second(stimulus) }).collect();
                let places = stimuli.iter().enumerate();
                let places =
                    places.map(|(block, stimulus)| (0..stimulus.members.len()).map(|place| (block, place)).collect());
                Ok(Self { places: places.collect(), blocks })
            }
            Exchange::Observers => {
                let mut known = BTreeMap::new();
                for member in stimuli.iter().flat_map(|stimulus| stimulus.members) {
                    if *known.entry(member.observer).or_insert(member.group) != member.group {
                        return Err(GroupError::BothGroups { observer: member.observer });
                    }
                }
                let in_second = known.values().map(|&group| group == Side::Second).collect();
                let order: BTreeMap<usize, usize> = known.into_keys().zip(0..).collect();
                let place = |stimulus: &GroupedStimulus<'_>| {
                    stimulus.members.iter().map(|member| (0, order[&member.observer])).collect()
                };
                Ok(Self { places: stimuli.iter().map(place).collect(), blocks: vec![Block { in_second }] })
            }
        }
    }

    /// The block and the place in it of each scanpath of a stimulus.
    pub(super) fn places(&self, stimulus: usize) -> &[(usize, usize)] {
        &self.places[stimulus]
    }

    /// The number of observers, where observers are exchanged.
    pub(super) fn observers(&self) -> usize {
        self.blocks.first().map_or(0, |block| block.in_second.len())
    }

    /// The assignment at hand.
    pub(super) fn observed(&self) -> Assignment {
        self.blocks.iter().map(|block| block.in_second.clone()).collect()
    }

    /// The number of different assignments, if there are at most `limit`.
    pub(super) fn count(&self, limit: usize) -> Option<usize> {
        self.blocks.iter().try_fold(1usize, |product, block| {
            let second = block.in_second.iter().filter(|&&second| second).count();
            product.checked_mul(choices(block.in_second.len(), second, limit)?).filter(|&product| product <= limit)
        })
    }

    /// All different assignments, one after another; the first is not the one at hand in general.
    pub(super) fn all(&self) -> impl Iterator<Item = Assignment> + '_ {
        let sorted = |block: &Block| {
            let mut first = block.in_second.clone();
            first.sort_unstable();
            first
        };
        let mut next: Option<Assignment> = Some(self.blocks.iter().map(sorted).collect());
        iter::from_fn(move || {
            let current = next.clone()?;
            // Like a clock: the first block that has a next arrangement moves, those before it begin anew.
            let moved = next.as_mut().is_some_and(|blocks| {
                blocks.iter_mut().any(|block| {
                    let moved = next_arrangement(block);
                    if !moved {
                        block.sort_unstable();
                    }
                    moved
                })
            });
            if !moved {
                next = None;
            }
            Some(current)
        })
    }

    /// A random assignment.
    pub(super) fn draw(&self, random: &mut impl Rng) -> Assignment {
        let shuffled = |block: &Block| {
            let mut drawn = block.in_second.clone();
            for last in (1..drawn.len()).rev() {
                drawn.swap(last, random.random_range(0..=last));
            }
            drawn
        };
        self.blocks.iter().map(shuffled).collect()
    }
}

/// The number of ways to choose `k` of `n`, if there are at most `limit`.
fn choices(n: usize, k: usize, limit: usize) -> Option<usize> {
    let k = k.min(n - k);
    // Each product is divisible, because it is itself a number of choices times the divisor.
    (1..=k).try_fold(1usize, |ways, i| Some(ways.checked_mul(n - k + i)? / i).filter(|&ways| ways <= limit))
}

/// Moves to the next arrangement in lexicographic order; `false` after the last, which is left as it is.
fn next_arrangement(values: &mut [bool]) -> bool {
    let Some(pivot) = (1..values.len()).rev().find(|&at| !values[at - 1] && values[at]).map(|at| at - 1) else {
        return false;
    };
    let Some(larger) = (pivot + 1..values.len()).rev().find(|&at| values[at]) else { return false };
    values.swap(pivot, larger);
    values[pivot + 1..].reverse();
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_arrangements_are_made_once() {
        let blocks = [vec![true, false, false, true], vec![true, false], vec![false]];
        let assignments = Assignments {
            blocks: blocks.into_iter().map(|in_second| Block { in_second }).collect(),
            places: Vec::new(),
        };
        let all: Vec<Assignment> = assignments.all().collect();
        assert_eq!((all.len(), assignments.count(100)), (12, Some(12)));
        let different: BTreeSet<&Assignment> = all.iter().collect();
        assert_eq!(different.len(), 12);
        assert!(different.contains(&assignments.observed()));
        assert_eq!(assignments.count(11), None);
    }

    #[test]
    fn choices_are_counted_up_to_the_limit() {
        assert_eq!(
            [choices(5, 2, 100), choices(28, 14, usize::MAX), choices(4, 0, 1)],
            [Some(10), Some(40_116_600), Some(1)]
        );
        assert_eq!([choices(28, 14, 10_000), choices(5000, 2500, usize::MAX)], [None, None]);
    }
}
