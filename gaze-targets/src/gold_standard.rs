//! What one observer's gaze says about another's: the ceiling of any model that does not know the observer.

use gaze_core::{Fixations, LogDensity};
use ndarray::{Array2, Zip};

use crate::{Boundary, GaussianKernel, TargetError, bandwidth::same_size, blur_fixations, density::mix_with_uniform};

/// The gold standard of one image: for each observer, the density of all others' fixations.
///
/// # Cost
///
/// All fixations are blurred once; leaving an observer out subtracts theirs.
///
/// # Reference
///
/// Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112: the leave-one-subject-out kernel density
/// estimate, with a bandwidth of [`select_bandwidth`](crate::select_bandwidth).
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, Size};
/// use gaze_targets::{GaussianKernel, GoldStandard};
///
/// let size = Size { height: 30, width: 40 };
/// let observers = [(5.0, 5.0), (35.0, 25.0)].map(|(x, y)| Fixations::new(size, vec![Fixation { x, y }]));
/// let [first, second] = observers;
/// let gold_standard = GoldStandard::new(&[first?, second?], GaussianKernel::new(3.0)?, 0.01)?;
/// let for_the_first = gold_standard.without(0)?;
/// assert!(for_the_first.values()[[25, 35]] > for_the_first.values()[[5, 5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GoldStandard {
    observers: Vec<Fixations>,
    kernel: GaussianKernel,
    uniform_share: f64,
    total: Array2<f64>,
}

impl GoldStandard {
    /// Takes the observers of one image, the kernel, and the weight of the uniform density.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoFixations`] without any fixation, [`TargetError::Shape`] if observers disagree about the size of
    /// the image, [`TargetError::UniformShare`] unless `0 ≤ uniform_share ≤ 1`.
    pub fn new(observers: &[Fixations], kernel: GaussianKernel, uniform_share: f64) -> Result<Self, TargetError> {
        same_size(observers)?;
        if !(0.0..=1.0).contains(&uniform_share) {
            return Err(TargetError::UniformShare { found: uniform_share });
        }
        let Some(size) = observers.iter().find(|fixations| !fixations.is_empty()).map(Fixations::size) else {
            return Err(TargetError::NoFixations);
        };
        let all = Fixations::concatenate(size, observers).expect("they are of this size");
        let total = blur_fixations(&all, &kernel, Boundary::Reflect);
        Ok(Self { observers: observers.to_vec(), kernel, uniform_share, total })
    }

    /// The density of the fixations of all observers but the one at `left_out`; an index beyond the last leaves none out.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoOtherObservers`] if no other observer has a fixation.
    pub fn without(&self, left_out: usize) -> Result<LogDensity<'static>, TargetError> {
        let Some(own) = self.observers.get(left_out) else {
            return mix_with_uniform(self.total.clone(), self.uniform_share);
        };
        if self.observers.iter().map(Fixations::len).sum::<usize>() == own.len() {
            return Err(TargetError::NoOtherObservers);
        }
        let mut others = blur_fixations(own, &self.kernel, Boundary::Reflect);
        // Rounding may lead below zero.
        Zip::from(&mut others).and(&self.total).for_each(|own, &total| *own = (total - *own).max(0.0));
        mix_with_uniform(others, self.uniform_share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel_density;
    use gaze_core::{Fixation, Size};

    const SIZE: Size = Size { height: 20, width: 30 };

    fn fixations(points: &[(f64, f64)]) -> Fixations {
        Fixations::new(SIZE, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn leaving_an_observer_out_equals_never_having_had_them() {
        let observers = [fixations(&[(3.0, 4.0), (29.0, 19.0)]), fixations(&[(15.0, 9.0)]), fixations(&[])];
        let kernel = GaussianKernel::new(2.0).unwrap();
        let gold_standard = GoldStandard::new(&observers, kernel.clone(), 0.02).unwrap();
        for (left_out, others) in [(0, [1, 2]), (1, [0, 2]), (2, [0, 1])] {
            let others = Fixations::concatenate(SIZE, others.map(|place| &observers[place])).unwrap();
            let expected = kernel_density(&others, &kernel, 0.02).unwrap();
            let difference = &gold_standard.without(left_out).unwrap().values() - &expected.values();
            assert!(difference.iter().all(|d| d.abs() < 1e-10));
        }
        let all = kernel_density(&Fixations::concatenate(SIZE, &observers).unwrap(), &kernel, 0.02).unwrap();
        let difference = &gold_standard.without(usize::MAX).unwrap().values() - &all.values();
        assert!(difference.iter().all(|d| d.abs() < 1e-12));
    }

    #[test]
    fn one_observer_alone_has_no_gold_standard() {
        let kernel = GaussianKernel::new(2.0).unwrap();
        let alone = [fixations(&[(3.0, 4.0)]), fixations(&[])];
        let gold_standard = GoldStandard::new(&alone, kernel.clone(), 0.02).unwrap();
        assert_eq!(gold_standard.without(0).unwrap_err().to_string(), "no other observer has a fixation on the image");
        assert!(gold_standard.without(1).is_ok());
        assert_eq!(GoldStandard::new(&[], kernel.clone(), 0.0).unwrap_err(), TargetError::NoFixations);
        assert!(GoldStandard::new(&alone, kernel, 2.0).is_err());
    }
}
