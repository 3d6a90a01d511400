//! ScanMatch: alignment of scanpaths as sequences of cells.

use gaze_core::Size;

use super::{
    Grid, ScanpathError, ScanpathPoints,
    alignment::needleman_wunsch,
    error::{check_pairs, check_positive},
};

/// The number of symbols that stand for a fixation.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TemporalBinning {
    /// One, whatever the duration. The toolbox: `TempBin = 0`.
    None,
    /// As many as the bins of this width in its duration, rounded to the nearest number, halves upwards: none for a
    /// fixation shorter than half a bin. This is what the paper describes.
    Bins {
        /// The width of a bin in milliseconds.
        bin_ms: f64,
    },
    /// The same without the first fixation, which the toolbox's loop over fixations leaves out whenever it bins.
    BinsWithoutFirst {
        /// The width of a bin in milliseconds.
        bin_ms: f64,
    },
}

/// The settings of ScanMatch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScanMatchOptions {
    /// The cells.
    pub grid: Grid,
    /// The distance, in cells, at which a substitution is worth 0. The authors: twice the standard deviation of saccade
    /// amplitudes, divided by the width of a cell.
    pub threshold: f64,
    /// The value of a gap, at most 0 as a rule.
    pub gap: f64,
    /// The number of symbols that stand for a fixation.
    pub binning: TemporalBinning,
}

impl ScanMatchOptions {
    /// The toolbox's defaults on a picture: 12 by 8 cells, a threshold of 3.5 cells, gaps worth 0, no temporal binning.
    ///
    /// # Errors
    ///
    /// [`ScanpathError::NoGrid`] for a picture without pixels.
    pub fn toolbox(size: Size) -> Result<Self, ScanpathError> {
        Ok(Self { grid: Grid::new(size, 12, 8)?, threshold: 3.5, gap: 0.0, binning: TemporalBinning::None })
    }
}

/// Computes ScanMatch's score: the value of the best alignment of two sequences of cells, as a share of the best value there is.
///
/// ```text
/// S  =  NW(p, q) / (threshold · max(n, m))          a pair of cells is worth  threshold − distance in cells
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each | pixels of the grid's picture, ms |
/// | result | at most 1, higher is more similar, 1 for equal sequences; with gaps worth 0, at least 0 | |
///
/// It is symmetric.
///
/// # Errors
///
/// [`ScanpathError::Outside`] if a fixation is outside the grid's picture (the toolbox moves it to the border),
/// [`ScanpathError::NoDurations`] and [`ScanpathError::NoSymbols`] with temporal binning, [`ScanpathError::NotPositive`] for a
/// threshold or a bin that is no positive number, [`ScanpathError::Gap`], [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Cristino, Mathôt, Theeuwes & Gilchrist (2010), Behavior Research Methods 42(3), doi:10.3758/brm.42.3.692. Same value as the
/// authors' MATLAB toolbox (version 1.00) for fixations on whole pixels inside the picture; a pixel there is counted from 1.
///
/// # Example
///
/// ```
/// use gaze_core::Size;
/// use gaze_metrics::scanpath::{ScanMatchOptions, ScanpathPoints, scanmatch};
///
/// let options = ScanMatchOptions::toolbox(Size { height: 800, width: 1200 })?;
/// let first = ScanpathPoints::new(&[50.0, 250.0], &[50.0, 50.0], None)?;
/// let second = ScanpathPoints::new(&[50.0, 350.0], &[50.0, 50.0], None)?;
/// // The first cells are equal, the second ones a cell apart: 3.5 + 2.5 of 2 · 3.5.
/// assert!((scanmatch(&first, &second, &options)? - 6.0 / 7.0).abs() < 1e-12);
/// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
/// ```
pub fn scanmatch(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    options: &ScanMatchOptions,
) -> Result<f64, ScanpathError> {
    let ScanMatchOptions { grid, threshold, gap, .. } = *options;
    check_positive("the threshold", threshold)?;
    if !gap.is_finite() {
        return Err(ScanpathError::Gap { found: gap });
    }
    let (first, second) = (symbols(first, options)?, symbols(second, options)?);
    check_pairs(first.len(), second.len())?;
    // The worth of two cells depends on how many columns and rows they are apart.
    let columns = grid.columns();
    let worth: Vec<f64> = (0..grid.count())
        .map(|apart| {
            let (across, down) = ((apart % columns) as f64, (apart / columns) as f64);
            threshold - (across * across + down * down).sqrt()
        })
        .collect();
    let score = needleman_wunsch(first.len(), second.len(), gap, |i, j| {
        let ([column, row], [other_column, other_row]) = (first[i], second[j]);
        worth[row.abs_diff(other_row) * columns + column.abs_diff(other_column)]
    });
    Ok(score / (threshold * first.len().max(second.len()) as f64))
}

/// The column and row of each symbol; at least one.
fn symbols(scanpath: &ScanpathPoints, options: &ScanMatchOptions) -> Result<Vec<[usize; 2]>, ScanpathError> {
    let columns = options.grid.columns();
    let cells = options.grid.cells_of(scanpath)?.into_iter().map(|cell| [cell % columns, cell / columns]);
    let (bin_ms, without) = match options.binning {
        TemporalBinning::None => return Ok(cells.collect()),
        TemporalBinning::Bins { bin_ms } => (bin_ms, 0),
        TemporalBinning::BinsWithoutFirst { bin_ms } => (bin_ms, 1),
    };
    check_positive("the temporal bin", bin_ms)?;
    let durations = scanpath.needed_durations("ScanMatch with temporal binning")?;
    let repeats = |duration: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast saturates"
        )]
        let repeats = (duration / bin_ms).round() as usize;
        repeats
    };
    let counts: Vec<usize> = durations.iter().map(|&duration| repeats(duration)).collect();
    // Counted before anything is repeated: a tiny bin would fill the memory.
    let total = counts.iter().skip(without).fold(0usize, |sum, &count| sum.saturating_add(count));
    check_pairs(total, 1)?;
    if total == 0 {
        return Err(ScanpathError::NoSymbols { bin_ms });
    }
    Ok(cells.zip(counts).skip(without).flat_map(|(cell, count)| std::iter::repeat_n(cell, count)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{any_path, pair_of_paths, path, scaled, timed};
    use proptest::prelude::*;

    const SIZE: Size = Size { height: 600, width: 800 };

    /// A few roundings.
    const ROUNDING: f64 = 1e-12;

    fn toolbox(binning: TemporalBinning) -> ScanMatchOptions {
        ScanMatchOptions { binning, ..ScanMatchOptions::toolbox(SIZE).unwrap() }
    }

    #[test]
    fn a_fixation_is_repeated_as_often_as_its_duration_has_bins() {
        let bins = TemporalBinning::Bins { bin_ms: 50.0 };
        let path = timed(&[(0.0, 0.0, 24.9), (100.0, 0.0, 125.0), (200.0, 0.0, 100.0)]);
        let columns = |binning| symbols(&path, &toolbox(binning)).unwrap().iter().map(|s| s[0]).collect::<Vec<_>>();
        assert_eq!(columns(TemporalBinning::None), [0, 1, 3]);
        // 125 / 50 is 2.5, which is rounded up.
        assert_eq!(columns(bins), [1, 1, 1, 3, 3]);
        let first_is_long = timed(&[(0.0, 0.0, 500.0), (100.0, 0.0, 50.0)]);
        let without = toolbox(TemporalBinning::BinsWithoutFirst { bin_ms: 50.0 });
        assert_eq!(symbols(&first_is_long, &without).unwrap(), [[1, 0]]);
    }

    #[test]
    fn far_cells_are_better_skipped_than_paired_when_gaps_are_free() {
        let (left, right) = (path(&[(0.0, 300.0)]), path(&[(799.0, 300.0)]));
        assert_eq!(scanmatch(&left, &right, &toolbox(TemporalBinning::None)), Ok(0.0));
        let costly = ScanMatchOptions { gap: -1.0, ..toolbox(TemporalBinning::None) };
        // Two gaps are worth −2, the pair 3.5 − 11.
        assert!((scanmatch(&left, &right, &costly).unwrap() + 2.0 / 3.5).abs() < ROUNDING);
    }

    #[test]
    fn what_cannot_be_scored_says_why() {
        let (plain, short) = (path(&[(1.0, 1.0)]), timed(&[(1.0, 1.0, 10.0)]));
        let error = |a: &ScanpathPoints, options| scanmatch(a, a, &options).unwrap_err().to_string();
        let bins = |bin_ms| toolbox(TemporalBinning::Bins { bin_ms });
        assert_eq!(error(&plain, bins(50.0)), "ScanMatch with temporal binning needs the durations of fixations");
        assert_eq!(error(&short, bins(50.0)), "no fixation lasts half a temporal bin of 50 ms");
        assert_eq!(error(&short, bins(0.0)), "the temporal bin is 0, it must be a positive number");
        assert_eq!(error(&short, bins(f64::NAN)), "the temporal bin is NaN, it must be a positive number");
        assert!(error(&short, bins(1e-300)).contains("are too many to align"), "{}", error(&short, bins(1e-300)));
        let none = TemporalBinning::None;
        let threshold = ScanMatchOptions { threshold: -1.0, ..toolbox(none) };
        assert_eq!(error(&plain, threshold), "the threshold is -1, it must be a positive number");
        let gap = ScanMatchOptions { gap: f64::NAN, ..toolbox(none) };
        assert_eq!(error(&plain, gap), "the value of a gap is NaN, it must be a finite number");
        assert!(error(&path(&[(800.0, 1.0)]), toolbox(none)).contains("lies outside the picture"));
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_within_0_and_1((a, b) in pair_of_paths(1..20)) {
            for binning in [TemporalBinning::None, TemporalBinning::Bins { bin_ms: 50.0 }] {
                let score = scanmatch(&a, &b, &toolbox(binning)).unwrap();
                prop_assert!((score - scanmatch(&b, &a, &toolbox(binning)).unwrap()).abs() < ROUNDING);
                prop_assert!((-ROUNDING..=1.0 + ROUNDING).contains(&score));
            }
        }

        #[test]
        fn equal_scanpaths_score_1_and_scaling_all_changes_nothing(a in any_path(1..20), b in any_path(1..20)) {
            let options = toolbox(TemporalBinning::None);
            prop_assert!((scanmatch(&a, &a, &options).unwrap() - 1.0).abs() < ROUNDING);
            let twice = ScanMatchOptions::toolbox(Size { height: 1200, width: 1600 }).unwrap();
            let score = scanmatch(&scaled(&a, 2.0), &scaled(&b, 2.0), &twice).unwrap();
            prop_assert!((score - scanmatch(&a, &b, &options).unwrap()).abs() < ROUNDING);
        }
    }
}
