//! The threads among which the rows of a map are shared.

use rayon::prelude::*;

/// The threads that compute a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    /// The thread that asks.
    One,
    /// Those of rayon's current pool.
    All,
}

impl Threads {
    /// Calls `work` with bands of rows of `values`, which are `row` long, and the number of each band's first row. No band
    /// has fewer rows than `least`, unless there are no more. Returns the results from the first band to the last.
    pub(super) fn share<T: Send>(
        self,
        values: &mut [f32],
        row: usize,
        least: usize,
        work: impl Fn(usize, &mut [f32]) -> T + Sync,
    ) -> Vec<T> {
        match self {
            Self::One => vec![work(0, values)],
            Self::All => {
                let rows = values.len() / row;
                let band = rows.div_ceil(rayon::current_num_threads()).max(least);
                values.par_chunks_mut(band * row).enumerate().map(|(index, rows)| work(index * band, rows)).collect()
            }
        }
    }

    /// Does something with each of a list.
    pub(super) fn map<A: Sync, B: Send>(self, list: &[A], work: impl Fn(&A) -> B + Send + Sync) -> Vec<B> {
        match self {
            Self::One => list.iter().map(work).collect(),
            Self::All => list.par_iter().map(work).collect(),
        }
    }
}
