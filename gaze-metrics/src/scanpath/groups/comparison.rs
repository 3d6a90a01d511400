//! The comparison of two groups over all stimuli: similarity within and between, its test, and how well groups can be told.

use rand::Rng;

use super::{
    GroupError, GroupedStimulus,
    exchange::{Assignment, Assignments, Exchange},
    permuted::{Figures, LANES, Permuted},
    separation,
};

/// Figures of two assignments that differ by less than this share of their size are equal: the same sums in another order.
const ROUNDING: f64 = 1e-12;

/// Two groups compared over all stimuli.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupComparison {
    /// The number of stimuli with a similarity within each group and one between them; means are over these.
    pub stimuli: usize,
    /// The mean similarity within the first and within the second group.
    pub within: [f64; 2],
    /// The mean similarity between the groups.
    pub between: f64,
    /// The mean of both similarities within, less the one between: above 0 if groups differ.
    pub difference: f64,
    /// The effect size, the mean of [`Separation::rank_biserial`](super::Separation::rank_biserial): −1 ..= 1.
    pub rank_biserial: f64,
    /// The difference in standard deviations of its distribution under exchange, from its mean there; `None` if it does not vary.
    pub standard_score: Option<f64>,
    /// The probability of a difference at least as large, if groups were exchangeable.
    pub p_value: f64,
    /// The probability of similarities within the two groups that differ at least as much from each other, in either direction,
    /// if groups were exchangeable: whether one group is more uniform.
    pub within_p_value: f64,
    /// The share of observers whose group is the one with which they are more alike in the mean, leaving themselves out; the mean of the
    /// shares of both groups. `None` if nobody can be judged.
    pub accuracy: Option<f64>,
    /// The chance level of the accuracy: its mean under exchange. It is near ½.
    pub chance: Option<f64>,
    /// The probability of an accuracy at least as high, if groups were exchangeable.
    pub accuracy_p_value: Option<f64>,
    /// The number of assignments that the observed one was compared with, itself included.
    pub assignments: usize,
    /// Whether these are all there are, each once, rather than random ones.
    pub is_exact: bool,
}

/// Compares two groups of observers by the similarity of their scanpaths, with a permutation test.
///
/// ```text
/// T  =  mean over stimuli of  ½ (within first + within second) − between
/// ```
///
/// The groups of observers are exchanged `permutations` times at random, as [`Exchange`] says, and p is the share of assignments
/// whose T is at least the observed one, which counts as one of them. If there are no more different assignments than
/// `permutations`, each is tried once instead, and p is exact.
///
/// An observer's group is told by the similarity with all others of each group, in the mean over stimuli
/// (leave one observer out, nearest group). Without observers who are known across stimuli each scanpath is judged by itself.
///
/// # Errors
///
/// [`GroupError::CountMismatch`], [`GroupError::NoStimulus`], [`GroupError::NoPermutations`], and [`GroupError::BothGroups`] if
/// observers are to be exchanged and one is in both groups.
///
/// # Reference
///
/// The test is the permutation test of a difference between distributions that Székely & Rizzo (2004), InterStat 5, describe for the
/// energy distance; that random permutations count the observed one is Phipson & Smyth (2010), doi:10.2202/1544-6115.1585.
///
/// # Example
///
/// ```
/// use gaze_metrics::scanpath::{Exchange, GroupedStimulus, Member, Side, SimilarityMatrix, compare_groups};
/// use rand::SeedableRng;
///
/// // Two pairs of observers, each pair alike.
/// let matrix = SimilarityMatrix::new(4, &[0.9, 0.1, 0.2, 0.1, 0.2, 0.8].map(Some))?;
/// let member = |observer, group| Member { observer, group };
/// let members = [member(0, Side::First), member(1, Side::First), member(2, Side::Second), member(3, Side::Second)];
/// let stimulus = GroupedStimulus { matrix: &matrix, members: &members };
/// let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
/// let found = compare_groups(&[stimulus], Exchange::Observers, 1000, &mut random)?;
/// assert!((found.difference - 0.7).abs() < 1e-12);
/// // Of six ways to divide four observers two are the observed one: itself, and with the groups' names exchanged.
/// assert!(found.is_exact && (found.p_value - 2.0 / 6.0).abs() < 1e-12);
/// assert_eq!(found.accuracy, Some(1.0));
/// # Ok::<(), gaze_metrics::scanpath::GroupError>(())
/// ```
pub fn compare_groups(
    stimuli: &[GroupedStimulus<'_>],
    exchange: Exchange,
    permutations: usize,
    random: &mut impl Rng,
) -> Result<GroupComparison, GroupError> {
    if permutations == 0 {
        return Err(GroupError::NoPermutations);
    }
    let (mut count, mut within, mut between, mut rank_biserial) = (0usize, [0.0; 2], 0.0, 0.0);
    for stimulus in stimuli {
        let Some(found) = separation(stimulus)? else { continue };
        count += 1;
        within[0] += found.within[0];
        within[1] += found.within[1];
        between += found.between;
        rank_biserial += found.rank_biserial;
    }
    let mean = |sum: f64| sum / count as f64;
    let assignments = Assignments::new(stimuli, exchange)?;
    let permuted = Permuted::new(stimuli, &assignments, exchange);
    let observed = permuted.figures(&[assignments.observed()]).pop().flatten().filter(|_| count > 0);
    let observed = observed.ok_or(GroupError::NoStimulus)?;
    let mut null = Null::new(observed);
    let is_exact = assignments.count(permutations).is_some();
    if is_exact {
        null.add_all(&permuted, assignments.all());
    } else {
        null.add(observed);
        null.add_all(&permuted, (0..permutations).map(|_| assignments.draw(random)));
    }
    Ok(GroupComparison {
        stimuli: count,
        within: within.map(mean),
        between: mean(between),
        difference: observed.difference,
        rank_biserial: mean(rank_biserial),
        standard_score: null.standard_score(),
        p_value: null.share(null.larger),
        within_p_value: null.share(null.more_uneven),
        accuracy: observed.accuracy,
        chance: (null.judged > 0).then(|| null.accuracies / null.judged as f64),
        accuracy_p_value: observed.accuracy.map(|_| null.more_accurate as f64 / null.judged as f64),
        assignments: null.count,
        is_exact,
    })
}

/// What the figures of exchanged groups add up to, in comparison with the observed ones.
struct Null {
    observed: Figures,
    count: usize,
    larger: usize,
    more_uneven: usize,
    /// The sums of the differences from the observed one, and of their squares.
    differences: f64,
    squares: f64,
    judged: usize,
    accuracies: f64,
    more_accurate: usize,
}

impl Null {
    fn new(observed: Figures) -> Self {
        Self {
            observed,
            count: 0,
            larger: 0,
            more_uneven: 0,
            differences: 0.0,
            squares: 0.0,
            judged: 0,
            accuracies: 0.0,
            more_accurate: 0,
        }
    }

    fn add_all(&mut self, permuted: &Permuted<'_>, assignments: impl Iterator<Item = Assignment>) {
        let mut assignments = assignments.peekable();
        while assignments.peek().is_some() {
            let some: Vec<Assignment> = assignments.by_ref().take(LANES).collect();
            permuted.figures(&some).into_iter().flatten().for_each(|figures| self.add(figures));
        }
    }

    fn add(&mut self, figures: Figures) {
        let at_least = |value: f64, observed: f64| value >= observed - ROUNDING * observed.abs();
        self.count += 1;
        self.larger += usize::from(at_least(figures.difference, self.observed.difference));
        self.more_uneven += usize::from(at_least(figures.within.abs(), self.observed.within.abs()));
        let from_observed = figures.difference - self.observed.difference;
        self.differences += from_observed;
        self.squares += from_observed * from_observed;
        if let (Some(accuracy), Some(observed)) = (figures.accuracy, self.observed.accuracy) {
            self.judged += 1;
            self.accuracies += accuracy;
            self.more_accurate += usize::from(at_least(accuracy, observed));
        }
    }

    fn share(&self, part: usize) -> f64 {
        part as f64 / self.count as f64
    }

    fn standard_score(&self) -> Option<f64> {
        let n = self.count as f64;
        let mean = self.differences / n;
        let deviation = (self.squares / n - mean * mean).max(0.0).sqrt();
        // Differences that are all equal leave the rounding of their squares.
        (deviation > ROUNDING.sqrt() * mean.abs()).then(|| -mean / deviation)
    }
}
