//! The figures of groups under many assignments at once.
//!
//! A permutation test computes the same sums over and over, with other groups each time. Assignments are columns of 0 and 1,
//! [`LANES`] side by side, so that each similarity is loaded once for all of them and the compiler adds them in vectors.

use super::{
    GroupedStimulus,
    exchange::{Assignment, Assignments, Exchange},
};

/// The assignments that are computed together.
pub(super) const LANES: usize = 16;

/// Means that differ by less than this share of their size are equal: the rounding of sums over some dozen pairs, in another order each
/// time, would decide otherwise.
const TIE: f64 = 1e-12;

type Lanes = [f64; LANES];

/// The figures of one assignment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figures {
    /// The mean over stimuli of [`Separation::difference`](super::Separation::difference).
    pub(super) difference: f64,
    /// The mean over stimuli of the difference of similarities within the first and within the second group.
    pub(super) within: f64,
    /// The share of observers whose group is told rightly, in the mean of both groups; `None` if no observer can be judged.
    pub(super) accuracy: Option<f64>,
}

/// The similarities of one stimulus, ready for sums.
struct Sums<'a> {
    values: &'a [f64],
    /// `None` if all pairs have a similarity.
    known: Option<&'a [f64]>,
    /// For each scanpath, the sum of its similarities, and their number.
    totals: Vec<(f64, f64)>,
}

/// All stimuli.
pub(super) struct Permuted<'a> {
    stimuli: Vec<Sums<'a>>,
    assignments: &'a Assignments,
    exchange: Exchange,
}

/// How often groups were told rightly, by group.
#[derive(Clone, Copy, Default)]
struct Told {
    rightly: [f64; 2],
    of: [f64; 2],
}

impl Told {
    /// Judges by the mean similarities with the own group and with the other; equal ones are half right.
    fn judge(&mut self, in_second: bool, own: f64, other: f64) {
        let group = usize::from(in_second);
        self.of[group] += 1.0;
        self.rightly[group] +=
            if (own - other).abs() <= TIE * (own.abs() + other.abs()) { 0.5 } else { f64::from(u8::from(own > other)) };
    }

    fn accuracy(&self) -> Option<f64> {
        let share = |group: usize| (self.of[group] > 0.0).then(|| self.rightly[group] / self.of[group]);
        Some(f64::midpoint(share(0)?, share(1)?))
    }
}

impl<'a> Permuted<'a> {
    pub(super) fn new(stimuli: &[GroupedStimulus<'a>], assignments: &'a Assignments, exchange: Exchange) -> Self {
        let sums = |stimulus: &GroupedStimulus<'a>| {
            let (n, matrix) = (stimulus.matrix.count(), stimulus.matrix);
            let total = |row: &[f64]| row.iter().sum::<f64>();
            let totals: Vec<(f64, f64)> = (0..n)
                .map(|i| (total(&matrix.values[i * n..(i + 1) * n]), total(&matrix.known[i * n..(i + 1) * n])))
                .collect();
            let complete = totals.iter().all(|&(_, known)| known > n as f64 - 1.5);
            Sums { values: &matrix.values, known: (!complete).then_some(&matrix.known), totals }
        };
        Self { stimuli: stimuli.iter().map(sums).collect(), assignments, exchange }
    }

    /// Computes the figures of up to [`LANES`] assignments; `None` for one under which no stimulus has comparable groups.
    pub(super) fn figures(&self, assignments: &[Assignment]) -> Vec<Option<Figures>> {
        let lanes = assignments.len().min(LANES);
        let mut told = [Told::default(); LANES];
        let (mut difference, mut within, mut stimuli) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let observers = if self.exchange == Exchange::Observers { self.assignments.observers() } else { 0 };
        // An observer's mean similarities with the first group and with the second, summed over stimuli, and the number of these.
        let mut judged = vec![[[0.0; LANES]; 3]; observers];
        let mut seconds: Vec<Lanes> = Vec::new();
        for (index, sums) in self.stimuli.iter().enumerate() {
            let places = self.assignments.places(index);
            seconds.clear();
            seconds.extend(places.iter().map(|&(block, place)| {
                let mut lane = [0.0; LANES];
                for (lane, assignment) in lane.iter_mut().zip(assignments) {
                    *lane = f64::from(u8::from(assignment[block][place]));
                }
                lane
            }));
            // Sums and counts of pairs within the first, within the second, and between.
            let mut pairs = [([0.0; LANES], [0.0; LANES]); 3];
            for (i, &(_, place)) in places.iter().enumerate() {
                let (with_second, of_second) = sums.with_second(i, &seconds);
                let (total, known) = sums.totals[i];
                for lane in 0..lanes {
                    let in_second = seconds[i][lane];
                    let (with_first, of_first) = (total - with_second[lane], known - of_second[lane]);
                    let (own, other) = (usize::from(in_second > 0.5), 2);
                    if own == 1 {
                        pairs[own].0[lane] += with_second[lane];
                        pairs[own].1[lane] += of_second[lane];
                        pairs[other].0[lane] += with_first;
                        pairs[other].1[lane] += of_first;
                    } else {
                        pairs[own].0[lane] += with_first;
                        pairs[own].1[lane] += of_first;
                    }
                    if of_first > 0.5 && of_second[lane] > 0.5 {
                        let (first, second) = (with_first / of_first, with_second[lane] / of_second[lane]);
                        match judged.get_mut(place) {
                            Some(judged) => {
                                for (sum, value) in judged.iter_mut().zip([first, second, 1.0]) {
                                    sum[lane] += value;
                                }
                            }
                            _ if own == 1 => told[lane].judge(true, second, first),
                            _ => told[lane].judge(false, first, second),
                        }
                    }
                }
            }
            for lane in 0..lanes {
                if pairs.iter().all(|(_, count)| count[lane] > 0.5) {
                    let [first, second, between] = pairs.map(|(sum, count)| sum[lane] / count[lane]);
                    difference[lane] += f64::midpoint(first, second) - between;
                    within[lane] += first - second;
                    stimuli[lane] += 1.0;
                }
            }
        }
        for (observer, judged) in judged.iter().enumerate() {
            for lane in 0..lanes {
                let [first, second, count] = judged.map(|sum| sum[lane]);
                match assignments[lane][0][observer] {
                    _ if count < 0.5 => {}
                    true => told[lane].judge(true, second, first),
                    false => told[lane].judge(false, first, second),
                }
            }
        }
        (0..lanes)
            .map(|lane| {
                (stimuli[lane] > 0.0).then(|| Figures {
                    difference: difference[lane] / stimuli[lane],
                    within: within[lane] / stimuli[lane],
                    accuracy: told[lane].accuracy(),
                })
            })
            .collect()
    }
}

impl Sums<'_> {
    /// The sum of a scanpath's similarities with the second group, and their number, for each assignment.
    fn with_second(&self, i: usize, seconds: &[Lanes]) -> (Lanes, Lanes) {
        let n = seconds.len();
        let row = |values: &[f64]| {
            let mut sums = [0.0; LANES];
            for (value, in_second) in values[i * n..(i + 1) * n].iter().zip(seconds) {
                for (sum, in_second) in sums.iter_mut().zip(in_second) {
                    *sum += value * in_second;
                }
            }
            sums
        };
        let count = match self.known {
            Some(known) => row(known),
            None => {
                let mut count = [0.0; LANES];
                for in_second in seconds {
                    for (count, in_second) in count.iter_mut().zip(in_second) {
                        *count += in_second;
                    }
                }
                for (count, own) in count.iter_mut().zip(&seconds[i]) {
                    *count -= own;
                }
                count
            }
        };
        (row(self.values), count)
    }
}
