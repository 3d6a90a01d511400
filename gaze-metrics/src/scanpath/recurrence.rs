//! Recurrence quantification: which fixations return to a place, and which of one scanpath to those of another.

use super::{
    ScanpathError, ScanpathPoints,
    error::{check_pairs, check_positive},
    points::squared_distance,
};

/// The share that is made of lines, in which publications and their code differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineShare {
    /// The recurrences that lie on lines, of all recurrences: "the percentage of recurrent fixations that form lines".
    Fixations,
    /// The number of lines, per recurrence: the formula read with |·| as the number of elements of a set of lines, as in
    /// the collection `visual_attention_metrics`.
    Lines,
}

/// The settings of recurrence quantification.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecurrenceOptions {
    /// Fixations at most this far apart recur. The authors take the size of the fovea, 1.9 degrees.
    pub radius_px: f64,
    /// The smallest number of recurrences in a row that are a line; the authors take 2. 1 makes each recurrence a line.
    pub shortest_line: usize,
    /// The share that determinism and laminarity are.
    pub share: LineShare,
}

impl RecurrenceOptions {
    /// The authors' settings with this radius: lines of two fixations or more, of which fixations are counted.
    #[must_use]
    pub fn within(radius_px: f64) -> Self {
        Self { radius_px, shortest_line: 2, share: LineShare::Fixations }
    }
}

/// The measures of recurrence, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrence {
    /// REC: the recurrences as a share of all pairs of fixations.
    pub rate: f64,
    /// DET: the share of diagonal lines, which are sequences of places visited again in the same order. Without any
    /// recurrence there is none.
    pub determinism: Result<f64, ScanpathError>,
    /// LAM: the share of horizontal and vertical lines, which are places that are stayed at or scanned in detail.
    pub laminarity: Result<f64, ScanpathError>,
    /// CORM: the mean lag of the recurrences as a share of the longest lag. Of one scanpath it is 0 … 100; between two it is
    /// −100 … 100, and positive if the second visits places later.
    pub center_of_mass: Result<f64, ScanpathError>,
}

/// Quantifies how a scanpath returns to its own places.
///
/// ```text
/// rᵢⱼ = 1 if d(pᵢ, pⱼ) ≤ radius, else 0;  R = ∑ rᵢⱼ over i < j;  N fixations
///
/// REC = 100 · 2R / (N (N − 1))           DET = 100 · |D| / R
/// LAM = 100 · (|H| + |V|) / 2R           CORM = 100 · ∑ (j − i) rᵢⱼ / ((N − 1) R)
/// ```
///
/// D, H and V are the diagonal, horizontal and vertical lines of recurrences above the main diagonal.
///
/// # Errors
///
/// [`ScanpathError::TooShort`] for one fixation, [`ScanpathError::NotPositive`] for a radius or a shortest line that is not
/// positive, [`ScanpathError::TooLong`]. Where nothing recurs, only [`Recurrence::rate`] has a value.
///
/// # Reference
///
/// Anderson, Bischof, Laidlaw, Risko & Kingstone (2013), Behavior Research Methods 45(3), doi:10.3758/s13428-012-0299-5.
pub fn recurrence(scanpath: &ScanpathPoints, options: &RecurrenceOptions) -> Result<Recurrence, ScanpathError> {
    scanpath.check_count("recurrence quantification", 2)?;
    let matrix = Matrix::new(scanpath, scanpath, scanpath.count(), options)?;
    let pairs = (matrix.side * (matrix.side - 1) / 2) as f64;
    Ok(matrix.measures(Part::AboveDiagonal, pairs, options))
}

/// Quantifies how the fixations of a scanpath recur at the places of another.
///
/// ```text
/// cᵢⱼ = 1 if d(pᵢ, qⱼ) ≤ radius, else 0;  C = ∑ cᵢⱼ;  N: the length of the shorter scanpath, to which both are cut
///
/// REC = 100 · C / N²                     DET = 100 · |D| / C
/// LAM = 100 · (|H| + |V|) / 2C           CORM = 100 · ∑ (j − i) cᵢⱼ / ((N − 1) C)
/// ```
///
/// Exchanging the scanpaths changes nothing but the sign of CORM.
///
/// # Errors
///
/// [`ScanpathError::TooShort`] if a scanpath has one fixation, [`ScanpathError::NotPositive`] for a radius or a shortest line
/// that is not positive, [`ScanpathError::TooLong`]. Where nothing recurs, only [`Recurrence::rate`] has a value.
///
/// # Reference
///
/// Anderson, Anderson, Kingstone & Bischof (2015), Behavior Research Methods 47(4), doi:10.3758/s13428-014-0550-3.
pub fn cross_recurrence(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    options: &RecurrenceOptions,
) -> Result<Recurrence, ScanpathError> {
    for scanpath in [first, second] {
        scanpath.check_count("cross-recurrence quantification", 2)?;
    }
    let matrix = Matrix::new(first, second, first.count().min(second.count()), options)?;
    let pairs = (matrix.side * matrix.side) as f64;
    Ok(matrix.measures(Part::Whole, pairs, options))
}

/// The part of the matrix in which recurrences and lines are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    AboveDiagonal,
}

/// Which fixations recur, row by row.
struct Matrix {
    side: usize,
    recurs: Vec<bool>,
}

/// The lines of some rows, columns or diagonals.
#[derive(Clone, Copy, Default)]
struct Lines {
    count: usize,
    recurrences: usize,
}

impl Matrix {
    fn new(
        first: &ScanpathPoints,
        second: &ScanpathPoints,
        side: usize,
        options: &RecurrenceOptions,
    ) -> Result<Self, ScanpathError> {
        check_positive("the radius of recurrence", options.radius_px)?;
        check_positive("the shortest line", options.shortest_line as f64)?;
        check_pairs(side, side)?;
        let squared = options.radius_px * options.radius_px;
        let (p, q) = (&first.points()[..side], &second.points()[..side]);
        let recurs = p.iter().flat_map(|a| q.iter().map(move |b| squared_distance(a, b) <= squared)).collect();
        Ok(Self { side, recurs })
    }

    fn at(&self, i: usize, j: usize) -> bool {
        self.recurs[i * self.side + j]
    }

    /// The measures from the counts; `pairs` is the number of pairs in the part.
    fn measures(&self, part: Part, pairs: f64, options: &RecurrenceOptions) -> Recurrence {
        let n = self.side;
        let is_in = |i: usize, j: usize| part == Part::Whole || i < j;
        let (mut total, mut lags) = (0usize, 0.0);
        for i in 0..n {
            for j in (0..n).filter(|&j| is_in(i, j) && self.at(i, j)) {
                total += 1;
                lags += j as f64 - i as f64;
            }
        }
        let (mut diagonal, mut straight) = (Lines::default(), Lines::default());
        let shortest = options.shortest_line;
        for offset in 0..n {
            diagonal.add((0..n - offset).map(|i| is_in(i, i + offset) && self.at(i, i + offset)), shortest);
            if part == Part::Whole && offset > 0 {
                diagonal.add((0..n - offset).map(|j| self.at(j + offset, j)), shortest);
            }
            straight.add((0..n).map(|j| is_in(offset, j) && self.at(offset, j)), shortest);
            straight.add((0..n).map(|i| is_in(i, offset) && self.at(i, offset)), shortest);
        }
        let of_all = |value: f64| {
            let none = ScanpathError::NoRecurrence { radius_px: options.radius_px };
            if total > 0 { Ok(100.0 * value / total as f64) } else { Err(none) }
        };
        let share = |lines: Lines| match options.share {
            LineShare::Fixations => lines.recurrences as f64,
            LineShare::Lines => lines.count as f64,
        };
        Recurrence {
            rate: 100.0 * total as f64 / pairs,
            determinism: of_all(share(diagonal)),
            laminarity: of_all(share(straight) / 2.0),
            center_of_mass: of_all(lags / (n - 1) as f64),
        }
    }
}

impl Lines {
    /// Counts the lines among recurrences in a row.
    fn add(&mut self, row: impl Iterator<Item = bool>, shortest: usize) {
        let mut length = 0;
        // One more, at which the last line ends.
        for recurs in row.chain([false]) {
            if recurs {
                length += 1;
            } else {
                if length >= shortest {
                    self.count += 1;
                    self.recurrences += length;
                }
                length = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::{moved, pair_of_paths, path, scaled};
    use proptest::prelude::*;

    /// A few roundings of percentages.
    const ROUNDING: f64 = 1e-10;

    /// Places of the same name are equal, all others a hundred pixels apart or more.
    fn places(names: &str) -> ScanpathPoints {
        path(&names.bytes().map(|name| (100.0 * f64::from(name), 0.0)).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(found: Result<Recurrence, ScanpathError>, expected: [f64; 4]) {
        let found = found.unwrap();
        let all = [Ok(found.rate), found.determinism, found.laminarity, found.center_of_mass];
        for (found, expected) in all.into_iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < ROUNDING, "{all:?}");
        }
    }

    #[test]
    fn a_sequence_that_is_repeated_is_a_diagonal_line() {
        // ABAB: r₀₂ and r₁₃ lie on one diagonal of lag 2.
        let options = RecurrenceOptions::within(10.0);
        check(recurrence(&places("ABAB"), &options), [100.0 * 2.0 / 6.0, 100.0, 0.0, 100.0 * 4.0 / 6.0]);
        let lines = RecurrenceOptions { share: LineShare::Lines, ..options };
        check(recurrence(&places("ABAB"), &lines), [100.0 * 2.0 / 6.0, 50.0, 0.0, 100.0 * 4.0 / 6.0]);
    }

    #[test]
    fn a_place_that_is_stayed_at_is_a_horizontal_and_a_vertical_line() {
        // BAAA: r₁₂ r₁₃ r₂₃: horizontal r₁₂ r₁₃, vertical r₁₃ r₂₃, diagonal r₁₂ r₂₃.
        let options = RecurrenceOptions::within(10.0);
        let expected = [50.0, 100.0 * 2.0 / 3.0, 100.0 * 4.0 / 6.0, 100.0 * 4.0 / 9.0];
        check(recurrence(&places("BAAA"), &options), expected);
    }

    #[test]
    fn of_two_scanpaths_all_pairs_count_and_the_longer_is_cut() {
        let options = RecurrenceOptions::within(10.0);
        // c₀₁ and c₁₂ lie on the diagonal of lag 1.
        check(
            cross_recurrence(&places("ABC"), &places("XABYYY"), &options),
            [100.0 * 2.0 / 9.0, 100.0, 0.0, 100.0 * 2.0 / 4.0],
        );
    }

    #[test]
    fn without_recurrence_there_are_no_lines_to_speak_of() {
        let found = recurrence(&places("ABCD"), &RecurrenceOptions::within(10.0)).unwrap();
        let none = Err(ScanpathError::NoRecurrence { radius_px: 10.0 });
        assert!(found.rate.abs() < f64::MIN_POSITIVE);
        assert_eq!((found.determinism, found.laminarity, found.center_of_mass), (none, none, none));
        assert_eq!(found.determinism.unwrap_err().to_string(), "no fixation recurs within 10 pixels");
    }

    #[test]
    fn what_cannot_be_quantified_says_why() {
        let error = |a: &str, options| recurrence(&places(a), &options).unwrap_err().to_string();
        let within = RecurrenceOptions::within;
        assert_eq!(error("A", within(10.0)), "recurrence quantification needs 2 fixations or more, the scanpath has 1");
        assert_eq!(error("AB", within(f64::NAN)), "the radius of recurrence is NaN, it must be a positive number");
        let no_line = RecurrenceOptions { shortest_line: 0, ..within(10.0) };
        assert_eq!(error("AB", no_line), "the shortest line is 0, it must be a positive number");
        let one = cross_recurrence(&places("AB"), &places("A"), &within(10.0)).unwrap_err().to_string();
        assert_eq!(one, "cross-recurrence quantification needs 2 fixations or more, the scanpath has 1");
    }

    proptest! {
        #[test]
        fn exchanging_the_scanpaths_changes_nothing_but_the_sign_of_the_lag((a, b) in pair_of_paths(2..20)) {
            let options = RecurrenceOptions::within(150.0);
            let (there, back) = (cross_recurrence(&a, &b, &options).unwrap(), cross_recurrence(&b, &a, &options).unwrap());
            prop_assert_eq!((there.rate, there.determinism, there.laminarity), (back.rate, back.determinism, back.laminarity));
            match (there.center_of_mass, back.center_of_mass) {
                (Ok(there), Ok(back)) => prop_assert!((there + back).abs() < ROUNDING),
                (there, back) => prop_assert_eq!(there, back),
            }
        }

        #[test]
        fn every_figure_is_a_percentage((a, b) in pair_of_paths(2..20)) {
            let options = RecurrenceOptions::within(150.0);
            for found in [recurrence(&a, &options).unwrap(), cross_recurrence(&a, &b, &options).unwrap()] {
                for share in [Ok(found.rate), found.determinism, found.laminarity].into_iter().flatten() {
                    prop_assert!((-ROUNDING..=100.0 + ROUNDING).contains(&share));
                }
                prop_assert!(found.center_of_mass.is_err_and(|_| found.rate == 0.0)
                    || found.center_of_mass.is_ok_and(|lag| lag.abs() <= 100.0 + ROUNDING));
            }
        }

        #[test]
        fn moving_all_changes_nothing_nor_does_scaling_all((a, b) in pair_of_paths(2..20)) {
            let of = |a: &_, b: &_, radius| cross_recurrence(a, b, &RecurrenceOptions::within(radius)).unwrap().rate;
            prop_assert!((of(&moved(&a), &moved(&b), 150.0) - of(&a, &b, 150.0)).abs() < ROUNDING);
            prop_assert!((of(&scaled(&a, 2.0), &scaled(&b, 2.0), 300.0) - of(&a, &b, 150.0)).abs() < ROUNDING);
        }
    }
}
