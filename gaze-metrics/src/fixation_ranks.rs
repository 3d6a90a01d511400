//! All areas under the curve of one map from one pass over it.

use gaze_core::{Fixations, SaliencyMap};

use crate::{
    AucVariant, JuddVariant, MetricError, auc,
    auc_borji::{self, Thresholds},
    auc_judd,
    error::check_fixations,
    rank::Levels,
};

/// The ranks of the values at fixations among all values of a map, of which AUC, AUC-Judd and AUC-Borji are made.
///
/// The values are those of [`auc_variant`](crate::auc_variant), [`auc_judd_variant`](crate::auc_judd_variant) and
/// [`auc_borji`](crate::auc_borji), to the last bit; the pixels are counted once for all of them.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, SaliencyMap};
/// use gaze_metrics::{AucVariant, FixationRanks, JuddVariant, auc, auc_judd};
/// use ndarray::array;
///
/// let map = SaliencyMap::new(array![[0.0, 1.0, 2.0], [0.0, 3.0, 1.0]])?;
/// let fixations = Fixations::new(map.size(), vec![Fixation { x: 2.5, y: 0.5 }])?;
/// let ranks = FixationRanks::count(&map, &fixations)?;
/// assert_eq!(ranks.auc(AucVariant::Uniform), auc(&map, &fixations));
/// assert_eq!(ranks.auc_judd(JuddVariant::Expected), auc_judd(&map, &fixations));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FixationRanks {
    levels: Levels,
    borji: Result<f64, MetricError>,
}

impl FixationRanks {
    /// Counts the pixels of a map below, on and above the values at the fixations.
    ///
    /// # Errors
    ///
    /// [`MetricError::SizeMismatch`], [`MetricError::NoFixations`].
    pub fn count(map: &SaliencyMap<'_>, fixations: &Fixations) -> Result<Self, MetricError> {
        check_fixations(map.size(), fixations)?;
        let thresholds = Thresholds::of(map);
        let cuts = thresholds.as_ref().map_or(&[][..], |thresholds| &thresholds.cuts);
        let (levels, counts) = Levels::count_with(map, fixations, cuts);
        let borji = thresholds
            .map(|thresholds| auc_borji::from_counts(map, fixations, &thresholds, &counts, map.size().pixels()));
        Ok(Self { levels, borji })
    }

    /// The exact AUC.
    ///
    /// # Errors
    ///
    /// [`MetricError::AllFixated`].
    pub fn auc(&self, variant: AucVariant) -> Result<f64, MetricError> {
        auc::from_levels(&self.levels, variant)
    }

    /// AUC-Judd.
    ///
    /// # Errors
    ///
    /// [`MetricError::AllFixated`], [`MetricError::ConstantPrediction`].
    pub fn auc_judd(&self, variant: JuddVariant) -> Result<f64, MetricError> {
        auc_judd::from_levels(&self.levels, variant)
    }

    /// AUC-Borji.
    ///
    /// # Errors
    ///
    /// [`MetricError::ConstantPrediction`].
    pub fn auc_borji(&self) -> Result<f64, MetricError> {
        self.borji
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auc_borji, auc_judd_variant, auc_variant};
    use gaze_core::{Fixation, Size};
    use ndarray::Array2;
    use proptest::prelude::*;

    const SIZE: Size = Size { height: 5, width: 8 };

    proptest! {
        #[test]
        fn one_count_gives_what_each_metric_gives_alone(
            values in prop_oneof![
                prop::collection::vec(-1.0f64..1.0, 40),
                prop::collection::vec((0i32..4).prop_map(f64::from), 40),
                Just(vec![0.5; 40]),
            ],
            points in prop::collection::vec((0.0f64..8.0, 0.0f64..5.0), 1..60),
        ) {
            let map = SaliencyMap::new(Array2::from_shape_vec(SIZE.dim(), values).unwrap()).unwrap();
            let points = points.into_iter().map(|(x, y)| Fixation { x, y }).collect();
            let fixations = Fixations::new(SIZE, points).unwrap();
            let ranks = FixationRanks::count(&map, &fixations).unwrap();
            for variant in [AucVariant::Uniform, AucVariant::Unfixated, AucVariant::BinaryVsRest] {
                prop_assert_eq!(ranks.auc(variant), auc_variant(&map, &fixations, variant));
            }
            for variant in [JuddVariant::Expected, JuddVariant::WithoutJitter, JuddVariant::Multiset] {
                prop_assert_eq!(ranks.auc_judd(variant), auc_judd_variant(&map, &fixations, variant));
            }
            prop_assert_eq!(ranks.auc_borji(), auc_borji(&map, &fixations));
        }
    }

    #[test]
    fn without_fixations_there_are_no_ranks() {
        let map = SaliencyMap::new(Array2::zeros(SIZE.dim())).unwrap();
        let none = Fixations::new(SIZE, Vec::new()).unwrap();
        assert_eq!(FixationRanks::count(&map, &none).unwrap_err(), MetricError::NoFixations);
    }
}
