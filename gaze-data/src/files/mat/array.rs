//! Arrays of real numbers in MATLAB's order: the first axis runs fastest.

/// An array of real numbers with its shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// The sides, at least two; none for an empty array that was never set.
    pub(crate) shape: Vec<usize>,
    pub(crate) elements: Elements,
}

/// The elements of an array. Bytes stay bytes, as most arrays of truth values and pixels are stored so and would take eight
/// times the memory.
#[derive(Clone, Debug)]
pub(crate) enum Elements {
    #[cfg_attr(not(feature = "mat"), expect(dead_code, reason = "made when a file is read"))]
    Bytes(Vec<u8>),
    Doubles(Vec<f64>),
}

impl Default for Elements {
    fn default() -> Self {
        Self::Doubles(Vec::new())
    }
}

impl Elements {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Doubles(values) => values.len(),
        }
    }
}

impl Numbers {
    /// Makes a row vector.
    #[cfg(feature = "mat")]
    #[cfg(test)]
    pub(crate) fn row(values: Vec<f64>) -> Self {
        Self { shape: vec![1, values.len()], elements: Elements::Doubles(values) }
    }

    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Returns the number of columns; all axes after the first count as one.
    pub(crate) fn columns(&self) -> usize {
        self.len().checked_div(self.rows()).unwrap_or(0)
    }

    pub(crate) fn get(&self, index: usize) -> Option<f64> {
        match &self.elements {
            Elements::Bytes(bytes) => bytes.get(index).copied().map(f64::from),
            Elements::Doubles(values) => values.get(index).copied(),
        }
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> Option<f64> {
        (row < self.rows()).then(|| self.get(column.checked_mul(self.rows())?.checked_add(row)?)).flatten()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Returns the elements of a column.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = f64> + '_ {
        (0..self.rows()).filter_map(move |row| self.at(row, column))
    }

    /// Returns the row and column of every element that is not 0, row by row.
    pub(crate) fn nonzero(&self) -> Vec<(usize, usize)> {
        let rows = self.rows().max(1);
        let mut places: Vec<_> = (0..self.len())
            .filter(|&index| self.get(index).is_some_and(|value| value != 0.0))
            .map(|index| (index % rows, index / rows))
            .collect();
        places.sort_unstable();
        places
    }
}

/// Compares shapes and values, however they are stored.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.iter().eq(other.iter())
    }
}
