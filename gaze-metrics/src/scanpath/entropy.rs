//! Entropies of a scanpath on a grid.

use std::collections::BTreeMap;

use super::{Grid, ScanpathError, ScanpathPoints};

/// Computes the spatial entropy: how evenly the fixations are spread over the cells of a grid.
///
/// ```text
/// H  =  − ∑ p_c log₂ p_c          p_c: the share of the fixations in cell c
/// ```
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `scanpath` | one fixation or more; durations are not looked at | pixels of the grid's picture |
/// | result | 0 if all are in one cell, at most log₂ of the number of cells or of fixations | bits |
///
/// It depends on the grid, and with few fixations it is too low: compare scanpaths of about as many fixations only.
///
/// # Errors
///
/// [`ScanpathError::Outside`].
///
/// # Reference
///
/// Shannon (1948), Bell System Technical Journal 27(3), doi:10.1002/j.1538-7305.1948.tb01338.x.
pub fn spatial_entropy(scanpath: &ScanpathPoints, grid: &Grid) -> Result<f64, ScanpathError> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for cell in grid.cells_of(scanpath)? {
        *counts.entry(cell).or_default() += 1;
    }
    Ok(entropy(counts.values().copied()))
}

/// Computes the transition entropy: how uncertain the next cell is, given the present one.
///
/// ```text
/// H  =  − ∑ᵢ πᵢ ∑ⱼ pᵢⱼ log₂ pᵢⱼ
/// ```
///
/// pᵢⱼ is the share of the transitions from cell i that lead to cell j, i = j included, and πᵢ the share of all
/// transitions that start in cell i.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `scanpath` | two fixations or more | pixels of the grid's picture |
/// | result | 0 if each cell has one successor, at most log₂ of the number of cells | bits |
///
/// With few transitions it is far too low, as most cells are left once only: compare scanpaths of about as many fixations.
///
/// # Errors
///
/// [`ScanpathError::TooShort`] for one fixation, [`ScanpathError::Outside`].
///
/// # Reference
///
/// Krejtz et al. (2014), Entropy-based statistical analysis of eye movement transitions, ETRA, doi:10.1145/2578153.2578176; πᵢ
/// there is the stationary distribution of the transitions, here that of their starts, which always exists.
pub fn transition_entropy(scanpath: &ScanpathPoints, grid: &Grid) -> Result<f64, ScanpathError> {
    scanpath.check_count("transition entropy", 2)?;
    let cells = grid.cells_of(scanpath)?;
    let mut from: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for pair in cells.windows(2) {
        *from.entry(pair[0]).or_default().entry(pair[1]).or_default() += 1;
    }
    let transitions = (cells.len() - 1) as f64;
    let of_cell = |to: &BTreeMap<usize, usize>| {
        let starts = to.values().sum::<usize>() as f64;
        starts / transitions * entropy(to.values().copied())
    };
    Ok(from.values().map(of_cell).sum())
}

/// The entropy in bits of a distribution that is given by counts, each at least 1.
fn entropy(counts: impl Iterator<Item = usize> + Clone) -> f64 {
    let total = counts.clone().sum::<usize>() as f64;
    let terms = counts.map(|count| {
        let share = count as f64 / total;
        share * share.log2()
    });
    // The sum of nothing but 1 · log 1 is 0, not −0.
    0.0 - terms.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{any_path, path};
    use gaze_core::Size;
    use proptest::prelude::*;

    /// A few roundings.
    const ROUNDING: f64 = 1e-12;

    fn grid() -> Grid {
        Grid::new(Size { height: 600, width: 800 }, 4, 3).unwrap()
    }

    /// One fixation in each of these columns.
    fn columns(columns: &[u8]) -> ScanpathPoints {
        path(&columns.iter().map(|&column| (200.0 * f64::from(column) + 1.0, 1.0)).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(found: Result<f64, ScanpathError>, expected: f64) {
        assert!((found.unwrap() - expected).abs() < ROUNDING, "{found:?}");
    }

    #[test]
    fn even_spread_has_the_logarithm_of_the_cells() {
        check(spatial_entropy(&columns(&[0, 1, 2, 3]), &grid()), 2.0);
        check(spatial_entropy(&columns(&[0, 0, 1, 1]), &grid()), 1.0);
        check(spatial_entropy(&columns(&[2, 2]), &grid()), 0.0);
    }

    #[test]
    fn a_fixed_order_has_no_transition_entropy_and_a_choice_of_two_has_a_bit() {
        check(transition_entropy(&columns(&[0, 1, 0, 1, 0]), &grid()), 0.0);
        // From 0 once to 1 and once to 2, from 1 and 2 always to 0: half of the transitions have a bit.
        check(transition_entropy(&columns(&[0, 1, 0, 2, 0]), &grid()), 0.5);
        let one = transition_entropy(&columns(&[0]), &grid()).unwrap_err().to_string();
        assert_eq!(one, "transition entropy needs 2 fixations or more, the scanpath has 1");
    }

    proptest! {
        #[test]
        fn entropies_lie_within_their_bounds(a in any_path(2..30)) {
            let bound = (a.count().min(12) as f64).log2() + ROUNDING;
            prop_assert!((0.0..=bound).contains(&spatial_entropy(&a, &grid()).unwrap()));
            prop_assert!((0.0..=bound).contains(&transition_entropy(&a, &grid()).unwrap()));
        }
    }
}
