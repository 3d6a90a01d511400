//! The string-edit distance of scanpaths on a grid.

use super::{Grid, ScanpathError, ScanpathPoints, error::check_pairs};

/// The symbols that stand for a scanpath.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GridSymbols {
    /// Each fixation is a symbol: FixaTons' `scanpath_to_string`, and the original of Brandt & Stark (1997).
    EveryFixation,
    /// Fixations that follow each other in one cell are one symbol: a dwell.
    WithoutRepeats,
}

/// Counts the insertions, deletions and substitutions that turn one scanpath into the other, on a grid of cells.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `first`, `second` | one fixation or more each | pixels of the grid's picture |
/// | result | `0 ..= max(n, m)`, lower is more similar, 0 for equal sequences of cells | edits |
///
/// The distance is symmetric and a metric on sequences of cells.
///
/// # Errors
///
/// [`ScanpathError::Outside`] if a fixation is outside the grid's picture, [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Levenshtein (1966), Soviet Physics Doklady 10(8); for scanpaths Brandt & Stark (1997), Journal of Cognitive Neuroscience
/// 9(1), doi:10.1162/jocn.1997.9.1.27. Same values as the Python package `Levenshtein` on the cells, and as FixaTons'
/// `string_edit_distance` (Zanca et al. 2018, arXiv:1802.02534) on a grid of n by n cells.
///
/// # Example
///
/// ```
/// use gaze_core::Size;
/// use gaze_metrics::scanpath::{Grid, GridSymbols, ScanpathPoints, levenshtein};
///
/// let grid = Grid::new(Size { height: 100, width: 100 }, 2, 2)?;
/// let first = ScanpathPoints::new(&[10.0, 90.0, 90.0], &[10.0, 10.0, 90.0], None)?;
/// let second = ScanpathPoints::new(&[20.0, 80.0], &[20.0, 80.0], None)?;
/// assert_eq!(levenshtein(&first, &second, &grid, GridSymbols::EveryFixation)?, 1);
/// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
/// ```
pub fn levenshtein(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    grid: &Grid,
    symbols: GridSymbols,
) -> Result<usize, ScanpathError> {
    let (first, second) = (sequence(first, grid, symbols)?, sequence(second, grid, symbols)?);
    check_pairs(first.len(), second.len())?;
    Ok(edits(&first, &second))
}

/// Computes the similarity that belongs to [`levenshtein`]: `1 − d / max(n, m)`.
///
/// It is in 0 ..= 1, higher is more similar, and 1 for equal sequences; `n` and `m` count symbols.
///
/// # Errors
///
/// Those of [`levenshtein`].
///
/// # Reference
///
/// Privitera & Stark (2000), IEEE Transactions on Pattern Analysis and Machine Intelligence 22(9), doi:10.1109/34.877520.
pub fn levenshtein_similarity(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    grid: &Grid,
    symbols: GridSymbols,
) -> Result<f64, ScanpathError> {
    let (first, second) = (sequence(first, grid, symbols)?, sequence(second, grid, symbols)?);
    check_pairs(first.len(), second.len())?;
    Ok(1.0 - edits(&first, &second) as f64 / first.len().max(second.len()) as f64)
}

fn sequence(scanpath: &ScanpathPoints, grid: &Grid, symbols: GridSymbols) -> Result<Vec<usize>, ScanpathError> {
    let mut cells = grid.cells_of(scanpath)?;
    if symbols == GridSymbols::WithoutRepeats {
        cells.dedup();
    }
    Ok(cells)
}

fn edits(first: &[usize], second: &[usize]) -> usize {
    let mut row: Vec<usize> = (0..=second.len()).collect();
    for (i, a) in first.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in second.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j + 1] + 1).min(row[j] + 1);
        }
    }
    row[second.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::Size;
    use proptest::prelude::*;

    fn letters(text: &str) -> Vec<usize> {
        text.bytes().map(usize::from).collect()
    }

    #[test]
    fn known_words_have_known_distances() {
        for (first, second, expected) in
            [("kitten", "sitting", 3), ("abc", "abc", 0), ("", "abc", 3), ("flaw", "lawn", 2)]
        {
            assert_eq!(edits(&letters(first), &letters(second)), expected, "{first} {second}");
        }
    }

    #[test]
    fn repeats_in_a_cell_count_as_often_as_the_definition_says() {
        let grid = Grid::new(Size { height: 10, width: 10 }, 2, 1).unwrap();
        let path = |x: &[f64]| ScanpathPoints::new(x, &vec![5.0; x.len()], None).unwrap();
        let (first, second) = (path(&[1.0, 2.0, 3.0, 8.0]), path(&[4.0, 9.0]));
        assert_eq!(levenshtein(&first, &second, &grid, GridSymbols::EveryFixation), Ok(2));
        assert_eq!(levenshtein_similarity(&first, &second, &grid, GridSymbols::EveryFixation), Ok(0.5));
        assert_eq!(levenshtein(&first, &second, &grid, GridSymbols::WithoutRepeats), Ok(0));
        assert_eq!(levenshtein_similarity(&first, &second, &grid, GridSymbols::WithoutRepeats), Ok(1.0));
        let outside = path(&[10.0]);
        assert!(matches!(
            levenshtein(&outside, &first, &grid, GridSymbols::EveryFixation),
            Err(ScanpathError::Outside { index: 0, .. })
        ));
    }

    proptest! {
        #[test]
        fn the_distance_is_a_metric_on_sequences(
            a in prop::collection::vec(0usize..4, 0..12),
            b in prop::collection::vec(0usize..4, 0..12),
            c in prop::collection::vec(0usize..4, 0..12),
        ) {
            prop_assert_eq!(edits(&a, &a), 0);
            prop_assert_eq!(edits(&a, &b), edits(&b, &a));
            prop_assert_eq!(edits(&a, &b) == 0, a == b);
            prop_assert!(edits(&a, &c) <= edits(&a, &b) + edits(&b, &c));
            prop_assert!(edits(&a, &b) <= a.len().max(b.len()));
        }
    }
}
