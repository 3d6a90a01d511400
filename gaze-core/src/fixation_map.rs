//! The number of fixations that fell on each pixel.

use std::sync::OnceLock;

use ndarray::{Array2, ArrayView2, Zip};

use crate::{Fixations, Size, map::row_major};

/// The number of fixations on each pixel.
#[derive(Clone, Debug)]
pub struct FixationMap {
    counts: Array2<u32>,
    /// Searched for when it is first asked for.
    fixated: OnceLock<Fixated>,
}

/// The fixated pixels, in ascending order of their places.
#[derive(Clone, Debug, Default)]
struct Fixated {
    places: Vec<usize>,
    counts: Vec<u32>,
}

impl PartialEq for FixationMap {
    fn eq(&self, other: &Self) -> bool {
        self.counts == other.counts
    }
}

impl Eq for FixationMap {}

impl FixationMap {
    /// Takes counts of shape `(height, width)`.
    #[must_use]
    pub fn new(counts: Array2<u32>) -> Self {
        Self { counts: row_major(counts), fixated: OnceLock::new() }
    }

    /// Counts the fixations, repeats included: the sum of the map is their number.
    #[must_use]
    pub fn count(fixations: &Fixations) -> Self {
        let mut counts = Array2::zeros(fixations.size().dim());
        for pixel in fixations.pixels() {
            counts[[pixel.row, pixel.column]] += 1;
        }
        Self::new(counts)
    }

    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.counts.dim().into()
    }

    /// The counts, `(height, width)`, contiguous in row-major order.
    #[must_use]
    pub fn counts(&self) -> ArrayView2<'_, u32> {
        self.counts.view()
    }

    /// The array of counts.
    #[must_use]
    pub fn into_values(self) -> Array2<u32> {
        self.counts
    }

    /// The places of the pixels that were fixated, `row · width + column`, in ascending order. They are searched for once.
    #[must_use]
    pub fn fixated(&self) -> &[usize] {
        &self.searched().places
    }

    /// The counts of the pixels that were fixated, in the order of [`FixationMap::fixated`].
    #[must_use]
    pub fn fixated_counts(&self) -> &[u32] {
        &self.searched().counts
    }

    fn searched(&self) -> &Fixated {
        /// The number of pixels that are passed over at a time where all of them are zero, as most are.
        const STRIDE: usize = 16;
        self.fixated.get_or_init(|| {
            let counts = self.counts.as_slice().expect("a fixation map is contiguous");
            let mut fixated = Fixated::default();
            for (index, stride) in counts.chunks(STRIDE).enumerate() {
                if stride.iter().fold(0, |any, &count| any | count) != 0 {
                    for (offset, &count) in stride.iter().enumerate().filter(|(_, count)| **count > 0) {
                        fixated.places.push(index * STRIDE + offset);
                        fixated.counts.push(count);
                    }
                }
            }
            fixated
        })
    }

    /// Tells for each pixel whether it was fixated at least once.
    #[must_use]
    pub fn binary(&self) -> Array2<bool> {
        let mut fixated = Array2::from_elem(self.counts.dim(), false);
        Zip::from(&mut fixated).and(&self.counts).for_each(|fixated, &count| *fixated = count > 0);
        fixated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixation;
    use ndarray::array;

    #[test]
    fn fixated_places_are_found_in_order() {
        let mut counts = Array2::zeros((5, 7));
        for (row, column) in [(0, 0), (2, 1), (2, 2), (4, 6)] {
            counts[[row, column]] = 2 + u32::try_from(row).unwrap();
        }
        let map = FixationMap::new(counts);
        assert_eq!(map.fixated(), [0, 15, 16, 34]);
        assert_eq!(map.fixated_counts(), [2, 4, 4, 6]);
        assert!(FixationMap::new(Array2::zeros((2, 3))).fixated().is_empty());
    }

    #[test]
    fn repeated_fixations_are_counted_and_merged_in_the_binary_map() {
        let size = Size { height: 2, width: 2 };
        let points = vec![Fixation { x: 1.2, y: 0.0 }; 3];
        let map = FixationMap::count(&Fixations::new(size, points).unwrap());
        assert_eq!(map.counts(), array![[0, 3], [0, 0]]);
        assert_eq!(map.binary(), array![[false, true], [false, false]]);
    }
}
