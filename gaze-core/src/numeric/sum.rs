//! Sums over maps: exact to a few units in the last place, and several numbers at a time.
//!
//! Maps have large areas of one value. Adding the same number half a million times one after the other rounds the same
//! way each time, and the error grows with the number of pixels; halving the list keeps it logarithmic. Inside a block
//! eight sums are kept side by side, which the compiler turns into vector instructions.

use super::{Loop, vectorized};

pub(crate) const LANES: usize = 8;

/// Long enough that the recursion costs nothing, short enough that its own rounding does not count.
pub(crate) const BLOCK: usize = 512;

/// Sums `term` over the values of a map.
pub fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let [sum] = sums(values, values, |value: f64, _: f64| [term(value)]);
    sum
}

/// Sums `term(0) + … + term(count − 1)` for terms that are not in one list.
pub fn pairwise(count: usize, term: impl Fn(usize) -> f64) -> f64 {
    fn range(start: usize, end: usize, term: &impl Fn(usize) -> f64) -> f64 {
        if end - start <= 64 {
            return (start..end).map(term).sum();
        }
        let middle = start + (end - start) / 2;
        range(start, middle, term) + range(middle, end, term)
    }
    range(0, count, &term)
}

/// Sums `term` over the pixels of two maps of one size.
pub fn sum2(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let [sum] = sums(a, b, |a: f64, b: f64| [term(a, b)]);
    sum
}

/// Computes several sums over the pixels of two maps of one size, in one pass.
pub fn sums<const K: usize>(a: &[f64], b: &[f64], term: impl Term<K>) -> [f64; K] {
    halves(a, b, &term)
}

/// The terms that a pixel of two maps adds to each of several sums. A closure will do; one of more than a dozen operations is
/// better a type of its own whose method is `#[inline(always)]`, see [`Loop`].
pub trait Term<const K: usize> {
    /// The terms of a pixel with these two values.
    fn of(&self, a: f64, b: f64) -> [f64; K];
}

impl<const K: usize, F: Fn(f64, f64) -> [f64; K]> Term<K> for F {
    #[inline(always)]
    fn of(&self, a: f64, b: f64) -> [f64; K] {
        self(a, b)
    }
}

fn halves<const K: usize>(a: &[f64], b: &[f64], term: &impl Term<K>) -> [f64; K] {
    let length = a.len().min(b.len());
    if length <= BLOCK {
        return vectorized(Block { a: &a[..length], b: &b[..length], term });
    }
    let middle = middle(length);
    let (low, high) = (halves(&a[..middle], &b[..middle], term), halves(&a[middle..], &b[middle..], term));
    std::array::from_fn(|k| low[k] + high[k])
}

/// Returns the place at which a list longer than a [`BLOCK`] is halved.
pub(crate) fn middle(length: usize) -> usize {
    (length / 2).next_multiple_of(LANES)
}

/// The sums over a few hundred pixels.
struct Block<'a, T, const K: usize> {
    a: &'a [f64],
    b: &'a [f64],
    term: &'a T,
}

impl<const K: usize, T: Term<K>> Loop for Block<'_, T, K> {
    type Output = [f64; K];

    #[inline(always)]
    fn run(self) -> [f64; K] {
        sums_of_block(self.a, self.b, self.term)
    }
}

/// Computes the sums over at most [`BLOCK`] pixels.
///
/// All terms are made before any is added: a loop that did both would be turned into vector instructions only if the terms are
/// simple. An exponential is not, and takes 3.5 times as long.
#[inline(always)]
fn sums_of_block<const K: usize>(a: &[f64], b: &[f64], term: &impl Term<K>) -> [f64; K] {
    let length = a.len().min(b.len()).min(BLOCK);
    let mut terms = [[0.0; BLOCK]; K];
    for (i, (&a, &b)) in a.iter().zip(b).enumerate().take(BLOCK) {
        let here = term.of(a, b);
        for k in 0..K {
            terms[k][i] = here[k];
        }
    }
    std::array::from_fn(|k| {
        let (chunks, rest) = terms[k][..length].as_chunks::<LANES>();
        let mut lanes = [0.0; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                lanes[lane] += chunk[lane];
            }
        }
        rest.iter().fold(lanes.iter().sum::<f64>(), |total, term| total + term)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_is_added_once() {
        for count in [0, 1, 7, 8, 511, 512, 513, 1000, 4099] {
            let values: Vec<f64> = (0..count).map(f64::from).collect();
            let expected = (0..i64::from(count)).sum::<i64>() as f64;
            let [a, b] = sums(&values, &values, |a: f64, b: f64| [a, 2.0 * b]);
            assert!((pairwise(values.len(), |i| values[i]) - expected).abs() < 0.5);
            assert!((a - expected).abs() < 0.5 && (b - 2.0 * expected).abs() < 0.5, "{count}");
        }
    }

    #[test]
    fn equal_terms_do_not_add_up_their_rounding() {
        let values = vec![0.1; 480_000];
        assert!((values.iter().sum::<f64>() - 48_000.0).abs() > 1e-8);
        assert!((sum(&values, |value| value) - 48_000.0).abs() < 1e-10);
    }
}
