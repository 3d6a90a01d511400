//! Groups of observers: are scanpaths more alike within groups than between them?

use thiserror::Error;

pub use self::{
    comparison::{GroupComparison, compare_groups},
    exchange::Exchange,
    matrix::SimilarityMatrix,
    separation::{Separation, separation},
};

mod comparison;
mod exchange;
mod matrix;
mod permuted;
mod separation;
#[cfg(test)]
mod tests;

/// One of the two groups that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The first group.
    First,
    /// The second group.
    Second,
}

/// The observer of a scanpath.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The group.
    pub group: Side,
    /// A number that tells observers apart, the same on all stimuli. Where observers have no names, it must tell scanpaths apart.
    pub observer: usize,
}

/// The scanpaths of two groups on one stimulus.
#[derive(Clone, Copy, Debug)]
pub struct GroupedStimulus<'a> {
    /// The similarity of each pair of scanpaths; of a distance its negative.
    pub matrix: &'a SimilarityMatrix,
    /// The observer of each scanpath.
    pub members: &'a [Member],
}

/// The reason why groups cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum GroupError {
    /// A list of pairs or members does not belong to a matrix of this size.
    #[error("{found} {what} for {scanpaths} scanpaths")]
    CountMismatch {
        /// What there are too many or too few of.
        what: &'static str,
        /// Their number.
        found: usize,
        /// The number of scanpaths.
        scanpaths: usize,
    },
    /// A similarity is NaN or infinite.
    #[error("the similarity of pair {index} is {found}")]
    NotFinite {
        /// Position of the pair.
        index: usize,
        /// The value.
        found: f64,
    },
    /// On no stimulus is there a similarity within each group and one between them.
    #[error("no stimulus has comparable scanpaths within each group and between the groups")]
    NoStimulus,
    /// An observer belongs to both groups, so that the labels of observers cannot be exchanged.
    #[error("observer {observer} belongs to both groups")]
    BothGroups {
        /// The number of the observer.
        observer: usize,
    },
    /// A permutation test needs permutations.
    #[error("a permutation test needs a permutation or more")]
    NoPermutations,
}
