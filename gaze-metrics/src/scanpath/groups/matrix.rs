//! The similarities of all pairs of scanpaths on one stimulus.

use super::GroupError;

/// The similarity of each pair of scanpaths on one stimulus; a pair may have none.
#[derive(Clone, Debug, PartialEq)]
pub struct SimilarityMatrix {
    count: usize,
    /// Row by row, whole. Pairs without a similarity, and the diagonal, are 0.
    pub(super) values: Vec<f64>,
    /// 1 for a pair with a similarity, else 0, row by row.
    pub(super) known: Vec<f64>,
}

impl SimilarityMatrix {
    /// Takes the similarities above the diagonal, row by row: of scanpaths 0 and 1, 0 and 2, …, 1 and 2, … `None` stands for a pair
    /// whose measure has no value.
    ///
    /// # Errors
    ///
    /// [`GroupError::CountMismatch`] unless there are `n (n − 1) / 2` pairs, [`GroupError::NotFinite`].
    pub fn new(scanpaths: usize, pairs: &[Option<f64>]) -> Result<Self, GroupError> {
        let expected = scanpaths.checked_mul(scanpaths.saturating_sub(1)).map(|twice| twice / 2);
        if expected != Some(pairs.len()) {
            return Err(GroupError::CountMismatch { what: "pairs", found: pairs.len(), scanpaths });
        }
        let (mut values, mut known) = (vec![0.0; scanpaths * scanpaths], vec![0.0; scanpaths * scanpaths]);
        let places = (0..scanpaths).flat_map(|i| (i + 1..scanpaths).map(move |j| (i, j)));
        for (index, ((i, j), pair)) in places.zip(pairs).enumerate() {
            let Some(value) = *pair else { continue };
            if !value.is_finite() {
                return Err(GroupError::NotFinite { index, found: value });
            }
            for place in [i * scanpaths + j, j * scanpaths + i] {
                (values[place], known[place]) = (value, 1.0);
            }
        }
        Ok(Self { count: scanpaths, values, known })
    }

    /// The number of scanpaths.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The similarity of two scanpaths; `None` if the pair has none, of a scanpath with itself, and beyond the last one.
    #[must_use]
    pub fn pair(&self, i: usize, j: usize) -> Option<f64> {
        let is_known = i < self.count && j < self.count && self.known[i * self.count + j] > 0.0;
        is_known.then(|| self.values[i * self.count + j])
    }
}
