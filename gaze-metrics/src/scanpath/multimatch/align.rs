//! The alignment of two sequences of saccades: the cheapest path through the matrix of their differences.
//!
//! Dijkstra's algorithm finds it, although one pass over the matrix would find a path of the same sum: where several paths have it,
//! as after saccades that lead nowhere, published values depend on which one the reference's queue comes to first. Among pairs of equal
//! sums that is the one furthest on.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::saccades::Saccades;
use crate::scanpath::points::length;

/// A pair of saccades that a path of this sum leads to.
#[derive(Clone, Copy, PartialEq)]
struct Reached {
    sum: f64,
    /// The position of the first saccade, times the number of second ones, plus the position of the second.
    pair: usize,
}

impl Eq for Reached {}

impl Ord for Reached {
    /// The largest is taken first: the smallest sum, and of equal ones the pair furthest on.
    fn cmp(&self, other: &Self) -> Ordering {
        other.sum.total_cmp(&self.sum).then(self.pair.cmp(&other.pair))
    }
}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Finds the aligned pairs of saccades, first to last. Each sequence has one or more.
pub(super) fn align(u: &Saccades, v: &Saccades) -> Vec<(usize, usize)> {
    let (n, m) = (u.count(), v.count());
    let last = n * m - 1;
    let mut sums = vec![f64::INFINITY; n * m];
    let mut before = vec![0; n * m];
    let mut waiting = BinaryHeap::new();
    // The difference of the first pair does not count: no path avoids it.
    sums[0] = 0.0;
    waiting.push(Reached { sum: 0.0, pair: 0 });
    while let Some(Reached { sum, pair }) = waiting.pop() {
        if pair == last {
            break;
        }
        if sum > sums[pair] {
            // A shorter path was found after this one was put into the queue.
            continue;
        }
        let (i, j) = (pair / m, pair % m);
        let (right, down) = (j + 1 < m, i + 1 < n);
        // In the last row and column there is one way.
        let next = [(right, (i, j + 1)), (down, (i + 1, j)), (right && down, (i + 1, j + 1))];
        for (_, (i, j)) in next.into_iter().filter(|(exists, _)| *exists) {
            let (to, sum) = (i * m + j, sum + difference(u, v, i, j));
            if sum < sums[to] {
                (sums[to], before[to]) = (sum, pair);
                waiting.push(Reached { sum, pair: to });
            }
        }
    }
    let mut pairs = vec![last];
    while let Some(&pair) = pairs.last().filter(|&&pair| pair > 0) {
        pairs.push(before[pair]);
    }
    pairs.into_iter().rev().map(|pair| (pair / m, pair % m)).collect()
}

/// The length of the difference of two saccades.
pub(super) fn difference(u: &Saccades, v: &Saccades, i: usize, j: usize) -> f64 {
    length([u.vector[i][0] - v.vector[j][0], u.vector[i][1] - v.vector[j][1]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanpath::testing::path;

    #[track_caller]
    fn check(first: &[(f64, f64)], second: &[(f64, f64)], expected: &[(usize, usize)]) {
        let (u, v) = (path(first), path(second));
        assert_eq!(align(&Saccades::of(&u), &Saccades::of(&v)), expected);
    }

    #[test]
    fn a_saccade_may_be_paired_with_several() {
        let (first, second) =
            ([(0.0, 0.0), (50.0, 0.0), (50.0, 90.0)], [(0.0, 0.0), (50.0, 0.0), (99.0, 0.0), (99.0, 90.0)]);
        check(&first, &second, &[(0, 0), (0, 1), (1, 2)]);
    }

    #[test]
    fn of_equal_sums_the_pair_furthest_on_decides() {
        // The second scanpath stays: each of its saccades differs from one of the first by the same length. multimatch-gaze
        // finds these paths.
        let (first, still) = ([(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], [(7.0, 7.0); 4]);
        check(&first, &still, &[(0, 0), (1, 1), (1, 2)]);
        check(&still, &still, &[(0, 0), (1, 1), (2, 2)]);
    }
}
