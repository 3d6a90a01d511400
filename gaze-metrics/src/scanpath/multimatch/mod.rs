//! MultiMatch: five dimensions of similarity between aligned saccades.

use gaze_core::Size;

use self::{
    align::{align, difference},
    saccades::Saccades,
};
use super::{
    ScanpathError, ScanpathPoints,
    error::{check_not_negative, check_positive},
    points::length,
};

mod align;
mod saccades;
mod simplify;

/// The largest number of pairs of saccades that are aligned: a hundred megabytes.
const MOST_PAIRS: usize = 1 << 22;

/// The thresholds below which MultiMatch simplifies scanpaths before it aligns them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simplification {
    /// Saccades in succession whose directions differ by less than this, in degrees, become one.
    pub direction_degrees: f64,
    /// Saccades shorter than this, in pixels, are joined with the next.
    pub amplitude_px: f64,
    /// Only fixations shorter than this, in milliseconds, may disappear.
    pub duration_ms: f64,
}

/// The settings of MultiMatch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiMatchOptions {
    /// The screen or picture, whose diagonal is the unit of distances.
    pub screen: Size,
    /// The thresholds of simplification; `None` compares scanpaths as they are.
    pub simplification: Option<Simplification>,
}

/// The five similarities of MultiMatch, each at most 1; higher is more similar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiMatch {
    /// Shape: one less the difference of saccades as vectors, as a share of twice the diagonal. Within a screen it is at least 0.
    pub vector: f64,
    /// One less the difference of directions, as a share of half a turn: 0 … 1.
    pub direction: f64,
    /// One less the difference of amplitudes, as a share of the diagonal. Within a screen it is at least 0.
    pub length: f64,
    /// One less the distance of the places where saccades begin, as a share of the diagonal. Within a screen it is at least 0.
    pub position: f64,
    /// One less the difference of the durations of the fixations before the saccades, as a share of the longer: 0 … 1. There is none if
    /// a scanpath has no durations, or two aligned fixations both last 0 ms.
    pub duration: Result<f64, ScanpathError>,
}

/// Compares two scanpaths by MultiMatch.
///
/// Scanpaths are sequences of saccades. The saccades are aligned by the path through the matrix of their differences
/// `‖uᵢ − vⱼ‖` from the first pair to the last, to the right, down or both, on which the differences have the smallest sum (that of
/// the first pair does not count). Each similarity is one less the *median*, over the aligned pairs, of a difference:
///
/// | dimension | difference of saccades u and v | unit |
/// |---|---|---|
/// | vector | ‖u − v‖ | two diagonals of the screen |
/// | direction | the angle between u and v; a saccade of length 0 points to the right | π |
/// | length | │‖u‖ − ‖v‖│ | diagonal |
/// | position | the distance of their starts | diagonal |
/// | duration | │a − b│ of the fixations before them | the longer of both |
///
/// It is symmetric but for ties: where paths have the same sum, the one that the reference finds is taken, and it depends on which
/// scanpath comes first.
///
/// # Errors
///
/// [`ScanpathError::TooShort`] if a scanpath has fewer than three fixations (the references have NaN),
/// [`ScanpathError::NotPositive`] for a screen without pixels, [`ScanpathError::Negative`] for a threshold below 0,
/// [`ScanpathError::NoDurations`] if scanpaths without durations are to be simplified, [`ScanpathError::TooLong`].
///
/// # Reference
///
/// Jarodzka, Holmqvist & Nyström (2010), ETRA, doi:10.1145/1743666.1743718; Dewhurst et al. (2012), Behavior Research
/// Methods 44(4), doi:10.3758/s13428-012-0212-2. Same values as the Python package `multimatch-gaze` 0.1.3 (Wagner, Halchenko &
/// Hanke 2019, JOSS 4(40), doi:10.21105/joss.01525), simplification included; `docs/SCANPATHS.md` lists where that package
/// fails or is NaN.
///
/// # Example
///
/// ```
/// use gaze_core::Size;
/// use gaze_metrics::scanpath::{MultiMatchOptions, ScanpathPoints, multimatch};
///
/// let options = MultiMatchOptions { screen: Size { height: 600, width: 800 }, simplification: None };
/// let first = ScanpathPoints::new(&[0.0, 100.0, 100.0], &[0.0, 0.0, 100.0], Some(&[200.0, 300.0, 100.0]))?;
/// let lower = ScanpathPoints::new(&[0.0, 100.0, 100.0], &[50.0, 50.0, 150.0], Some(&[100.0, 150.0, 900.0]))?;
/// let found = multimatch(&first, &lower, &options)?;
/// // The same shape, 50 pixels lower, with fixations of half the duration.
/// assert!((found.vector - 1.0).abs() < 1e-12 && (found.direction - 1.0).abs() < 1e-12);
/// assert!((found.position - 0.95).abs() < 1e-12);
/// assert!((found.duration? - 0.5).abs() < 1e-12);
/// # Ok::<(), gaze_metrics::scanpath::ScanpathError>(())
/// ```
pub fn multimatch(
    first: &ScanpathPoints,
    second: &ScanpathPoints,
    options: &MultiMatchOptions,
) -> Result<MultiMatch, ScanpathError> {
    const MEASURE: &str = "MultiMatch";
    first.check_count(MEASURE, 3)?;
    second.check_count(MEASURE, 3)?;
    let screen = options.screen;
    let diagonal = length([screen.width as f64, screen.height as f64]);
    check_positive("the screen's diagonal", diagonal)?;
    let prepare = |scanpath: &ScanpathPoints| -> Result<Saccades, ScanpathError> {
        let saccades = Saccades::of(scanpath);
        match &options.simplification {
            None => Ok(saccades),
            Some(thresholds) => {
                check_not_negative("the threshold of directions", thresholds.direction_degrees)?;
                check_not_negative("the threshold of amplitudes", thresholds.amplitude_px)?;
                check_not_negative("the threshold of durations", thresholds.duration_ms)?;
                scanpath.needed_durations("simplification by MultiMatch")?;
                Ok(simplify::simplify(saccades, thresholds))
            }
        }
    };
    let (u, v) = (prepare(first)?, prepare(second)?);
    if u.count().saturating_mul(v.count()) > MOST_PAIRS {
        return Err(ScanpathError::TooLong { first: u.count(), second: v.count(), limit: MOST_PAIRS });
    }
    let pairs = align(&u, &v);
    let median_of =
        |difference: &dyn Fn(usize, usize) -> f64| median(pairs.iter().map(|&(i, j)| difference(i, j)).collect());
    Ok(MultiMatch {
        vector: 1.0 - median_of(&|i, j| difference(&u, &v, i, j)) / (2.0 * diagonal),
        direction: 1.0 - median_of(&|i, j| angle_between(u.direction[i], v.direction[j])) / std::f64::consts::PI,
        length: 1.0 - median_of(&|i, j| (u.length[i] - v.length[j]).abs()) / diagonal,
        position: 1.0
            - median_of(&|i, j| length([u.start[i][0] - v.start[j][0], u.start[i][1] - v.start[j][1]])) / diagonal,
        duration: duration(&u, &v, &pairs),
    })
}

/// The similarity of the durations of aligned fixations.
fn duration(u: &Saccades, v: &Saccades, pairs: &[(usize, usize)]) -> Result<f64, ScanpathError> {
    let none = ScanpathError::NoDurations { measure: "the duration of MultiMatch" };
    let (a, b) = u.durations_ms.as_ref().zip(v.durations_ms.as_ref()).ok_or(none)?;
    let difference = |&(i, j): &(usize, usize)| {
        let longer = a[i].max(b[j]);
        let no_longer = ScanpathError::NoLongerDuration { first: i, second: j };
        if longer > 0.0 { Ok((a[i] - b[j]).abs() / longer) } else { Err(no_longer) }
    };
    Ok(1.0 - median(pairs.iter().map(difference).collect::<Result<_, _>>()?))
}

/// The angle between two directions, 0 … π.
fn angle_between(a: f64, b: f64) -> f64 {
    const TURN: f64 = std::f64::consts::TAU;
    let positive = |angle: f64| if angle < 0.0 { angle + TURN } else { angle };
    let apart = (positive(a) - positive(b)).abs();
    if apart > std::f64::consts::PI { TURN - apart } else { apart }
}

/// The median of at least one value: of an even number the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests;
