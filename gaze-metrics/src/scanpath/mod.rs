//! Measures of scanpaths: how alike two of them are, what one of them is like, and whether groups of them differ.
//!
//! A [`ScanpathPoints`] holds the places of fixations in temporal order, with durations where they are known. Each measure names
//! its source and its reference implementation, and variants are named where implementations differ; the page
//! `docs/SCANPATHS.md` of the repository compares them.
//!
//! | function | compares | range | more alike |
//! |---|---|---|---|
//! | [`multimatch`] | aligned saccades, in five dimensions | 0 ..= 1 each | higher |
//! | [`scanmatch`] | sequences of cells, which may repeat with the duration | 0 ..= 1 | higher |
//! | [`levenshtein`], [`levenshtein_similarity`] | sequences of cells, by edits | 0 ..= longer; 0 ..= 1 | lower; higher |
//! | [`sequence_score`] | sequences of labels, as of [`Clusters`] | 0 ..= 1 | higher |
//! | [`dtw`] | all fixations, aligned in order | 0 .., pixels | lower |
//! | [`frechet`] | all fixations, in order, by the worst pair | 0 .., pixels | lower |
//! | [`time_delay_embedding`] | pieces of several fixations | 0 .., pixels | lower |
//! | [`hausdorff`] | places, by the farthest | 0 .., pixels | lower |
//! | [`eyenalysis`] | places, by nearest neighbours | 0 .., pixels | lower |
//! | [`mannan_distance`], [`mannan_similarity`] | places, by nearest neighbours; against chance | 0 ..= 1; ..= 100 | lower; higher |
//! | [`cross_recurrence`] | fixations within a radius, and the lines that they form | percent | higher |
//!
//! Of one scanpath: [`Descriptives`], [`DirectionHistogram`], [`spatial_entropy`], [`transition_entropy`],
//! [`recurrence`] and [`RegionVisits`]. Of groups: [`compare_groups`] tests whether scanpaths are more alike within groups
//! than between them, and tells how well an observer's group can be told from the scanpath.
//!
//! A case without a value is a [`ScanpathError`]; no function returns NaN.

pub use self::{
    descriptives::{Descriptives, DirectionHistogram},
    dtw::{DtwVariant, dtw},
    embedding::{EmbeddingVariant, scaled_time_delay_embedding, time_delay_embedding},
    entropy::{spatial_entropy, transition_entropy},
    error::ScanpathError,
    eyenalysis::{EyenalysisVariant, eyenalysis},
    frechet::frechet,
    grid::Grid,
    groups::{
        Exchange, GroupComparison, GroupError, GroupedStimulus, Member, Separation, Side, SimilarityMatrix,
        compare_groups, separation,
    },
    hausdorff::{directed_hausdorff, hausdorff},
    levenshtein::{GridSymbols, levenshtein, levenshtein_similarity},
    mannan::{MannanVariant, mannan_distance, mannan_similarity},
    mean_shift::Clusters,
    multimatch::{MultiMatch, MultiMatchOptions, Simplification, multimatch},
    points::ScanpathPoints,
    recurrence::{LineShare, Recurrence, RecurrenceOptions, cross_recurrence, recurrence},
    scanmatch::{ScanMatchOptions, TemporalBinning, scanmatch},
    sequence_score::sequence_score,
    visits::RegionVisits,
};

mod alignment;
mod descriptives;
mod dtw;
mod embedding;
mod entropy;
mod error;
mod eyenalysis;
mod frechet;
mod grid;
mod groups;
mod hausdorff;
mod levenshtein;
mod mannan;
mod mean_shift;
mod multimatch;
mod nearest;
mod points;
mod recurrence;
mod scanmatch;
mod sequence_score;
#[cfg(test)]
mod testing;
mod visits;
