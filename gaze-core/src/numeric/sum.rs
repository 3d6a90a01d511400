//! Sums over maps: exact to a few units in the last place, and several numbers at a time.
//!
//! Maps have large areas of one value. Adding the same number half a million times one after the other rounds the same
//! way each time, and the error grows with the number of pixels; halving the list keeps it logarithmic. Inside a block
//! eight sums are kept side by side, which the compiler turns into vector instructions.

use pulp::{Arch, Simd, WithSimd, bytemuck};

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
/// better a type of its own whose method is `#[inline(always)]`, see [`Loop`](super::Loop).
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
    let (low, high) = match Parts::of(length) {
        Parts::One => return Arch::new().dispatch(Blocks { maps: [[&a[..length], &b[..length]]], term })[0],
        Parts::Pair(middle) => {
            let maps = [[&a[..middle], &b[..middle]], [&a[middle..length], &b[middle..length]]];
            Arch::new().dispatch(Blocks { maps, term }).into()
        }
        Parts::Halves(middle) => (halves(&a[..middle], &b[..middle], term), halves(&a[middle..], &b[middle..], term)),
    };
    std::array::from_fn(|k| low[k] + high[k])
}

/// How a list is worked on: as a block, as two blocks side by side, or half by half.
pub(crate) enum Parts {
    One,
    Pair(usize),
    Halves(usize),
}

impl Parts {
    /// The parts of a list of this length, with the place at which it is halved.
    pub(crate) fn of(length: usize) -> Self {
        let middle = middle(length);
        match length {
            ..=BLOCK => Self::One,
            _ if middle <= BLOCK => Self::Pair(middle),
            _ => Self::Halves(middle),
        }
    }
}

/// Returns the place at which a list longer than a [`BLOCK`] is halved.
pub(crate) fn middle(length: usize) -> usize {
    (length / 2).next_multiple_of(LANES)
}

/// The sums over blocks of two maps, side by side: a sum waits for its last addition, so two take hardly longer than one.
struct Blocks<'a, T, const N: usize, const K: usize> {
    maps: [[&'a [f64]; 2]; N],
    term: &'a T,
}

impl<const N: usize, const K: usize, T: Term<K>> WithSimd for Blocks<'_, T, N, K> {
    type Output = [[f64; K]; N];

    /// All terms are made before any is added: a loop that did both would be turned into vector instructions only if the terms
    /// are simple. An exponential is not, and takes 3.5 times as long.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [[f64; K]; N] {
        let Self { maps, term } = self;
        let mut terms = [[[0.0; BLOCK]; N]; K];
        for (n, [a, b]) in maps.into_iter().enumerate() {
            for (i, (&a, &b)) in a.iter().zip(b).enumerate().take(BLOCK) {
                let here = term.of(a, b);
                for k in 0..K {
                    terms[k][n][i] = here[k];
                }
            }
        }
        let mut sums = [[0.0; K]; N];
        for k in 0..K {
            let terms: [&[f64]; N] = std::array::from_fn(|n| &terms[k][n][..maps[n][0].len()]);
            let lanes = lane_sums(simd, terms, |_, values| values);
            for n in 0..N {
                sums[n][k] = total(&lanes[n], terms[n], |term| term);
            }
        }
        sums
    }
}

/// Sums, for each block, a term of the first of every [`LANES`] values, of the second, and so on.
#[inline(always)]
pub(crate) fn lane_sums<S: Simd, const N: usize>(
    simd: S,
    blocks: [&[f64]; N],
    term: impl Fn(usize, S::f64s) -> S::f64s,
) -> [[f64; LANES]; N] {
    let vectors = LANES / S::F64_LANES;
    let blocks = blocks.map(|block| S::as_simd_f64s(block.as_chunks::<LANES>().0.as_flattened()).0);
    let common = blocks.iter().map(|block| block.len()).min().unwrap_or(0);
    let mut sums = [[simd.splat_f64s(0.0); LANES]; N];
    for at in (0..common).step_by(vectors) {
        for n in 0..N {
            for v in 0..vectors {
                sums[n][v] = simd.add_f64s(sums[n][v], term(n, blocks[n][at + v]));
            }
        }
    }
    for n in 0..N {
        for chunk in blocks[n][common..].chunks_exact(vectors) {
            for v in 0..vectors {
                sums[n][v] = simd.add_f64s(sums[n][v], term(n, chunk[v]));
            }
        }
    }
    sums.map(|sums| {
        let lanes: &[f64] = bytemuck::cast_slice(&sums[..vectors]);
        std::array::from_fn(|lane| lanes[lane])
    })
}

/// Adds up the sums of a block's lanes, and the terms of its values that fill no lanes.
#[inline(always)]
pub(crate) fn total(lanes: &[f64; LANES], block: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (_, rest) = block.as_chunks::<LANES>();
    rest.iter().fold(lanes.iter().sum::<f64>(), |total, &value| total + term(value))
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
