//! The scanpaths of a study: figures of each, likeness of all pairs on a stimulus, and the comparison of groups.
//!
//! A part keeps its stimulus's scanpaths ([`StimulusScanpaths`]); everything else is made of them when the study is finished, so that
//! shards and interruptions change nothing.
//!
//! | file | content |
//! |---|---|
//! | [`LIKENESS`] | a row for each stimulus, measure and pair of groups, a group with itself included |
//! | [`DESCRIPTIVES`] | a row for each scanpath |
//! | [`OBSERVERS`] | a row for each observer who has a name, and for each group |

pub use self::{
    compare::{Exchanged, GroupLikeness, ScanpathComparison},
    describe::{GroupFigures, IndexPoint, MeanFigure},
    figures::{QUANTITIES, Quantity},
    measures::{MEASURES, ScanpathMeasure},
    stimulus::{StimulusScanpaths, StoredScanpath},
    summary::{ScanpathSummary, ShownStimulus},
};
pub(crate) use self::{
    gathered::{Gathered, Gatherer},
    summary::summarize,
    tables::write,
};

mod compare;
mod describe;
mod figures;
mod gathered;
mod likeness;
mod measures;
mod stimulus;
mod summary;
mod tables;
#[cfg(test)]
mod tests;

/// The table of the likeness of scanpaths.
pub const LIKENESS: &str = "scanpaths.csv";

/// The table of the figures of each scanpath.
pub const DESCRIPTIVES: &str = "scanpath_descriptives.csv";

/// The table of the mean figures of observers and groups.
pub const OBSERVERS: &str = "scanpath_observers.csv";
