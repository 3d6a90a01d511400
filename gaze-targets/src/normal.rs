//! The normal distribution in the plane, for gaze that is scattered on purpose.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::TargetError;

/// A normal distribution of points `(x, y)` with a mean and a covariance.
///
/// ```
/// use gaze_targets::MultivariateNormal;
/// use rand::SeedableRng;
/// use rand_chacha::ChaCha8Rng;
///
/// let scatter = MultivariateNormal::new([100.0, 50.0], [[4.0, 1.0], [1.0, 9.0]])?;
/// let [x, y] = scatter.sample(&mut ChaCha8Rng::seed_from_u64(1));
/// assert!((x - 100.0).abs() < 20.0 && (y - 50.0).abs() < 30.0);
/// # Ok::<(), gaze_targets::TargetError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultivariateNormal {
    mean: [f64; 2],
    /// The lower triangle `[l00, l10, l11]` with `L·Lᵀ` the covariance.
    root: [f64; 3],
}

impl MultivariateNormal {
    /// The accepted difference of the two off-diagonal numbers, and how far below zero an eigenvalue may be, relative to the
    /// larger variance: a few roundings of a product of matrices.
    pub const TOLERANCE: f64 = 1e-12;

    /// Takes a mean and a symmetric, positive definite covariance.
    ///
    /// # Errors
    ///
    /// [`TargetError::NotFinite`] for a number that is NaN or infinite, [`TargetError::Asymmetric`],
    /// [`TargetError::Indefinite`] if a variance along some direction is negative, and [`TargetError::Singular`] if one
    /// is zero: all points then lie on a line, which is rarely meant; [`MultivariateNormal::semidefinite`] takes it.
    pub fn new(mean: [f64; 2], covariance: [[f64; 2]; 2]) -> Result<Self, TargetError> {
        let normal = Self::semidefinite(mean, covariance)?;
        let [[xx, xy], [_, yy]] = covariance;
        let determinant = xx * yy - xy * xy;
        if determinant <= Self::TOLERANCE * xx.max(yy).powi(2) {
            return Err(TargetError::Singular { what: "the covariance", determinant });
        }
        Ok(normal)
    }

    /// The same, also for a covariance that is zero along some direction, or altogether.
    ///
    /// # Errors
    ///
    /// As [`MultivariateNormal::new`], without the last.
    pub fn semidefinite(mean: [f64; 2], covariance: [[f64; 2]; 2]) -> Result<Self, TargetError> {
        let [[xx, xy], [yx, yy]] = covariance;
        for (quantity, numbers) in [("the mean", &mean[..]), ("the covariance", &[xx, xy, yx, yy][..])] {
            if let Some(&found) = numbers.iter().find(|number| !number.is_finite()) {
                return Err(TargetError::NotFinite { quantity, found });
            }
        }
        let tolerance = Self::TOLERANCE * xx.abs().max(yy.abs());
        if (xy - yx).abs() > tolerance {
            return Err(TargetError::Asymmetric { upper: xy, lower: yx });
        }
        let smallest = f64::midpoint(xx, yy) - f64::hypot((xx - yy) / 2.0, xy);
        if smallest < -tolerance {
            return Err(TargetError::Indefinite { smallest });
        }
        let l00 = xx.max(0.0).sqrt();
        let l10 = if l00 > 0.0 { xy / l00 } else { 0.0 };
        let l11 = (yy - l10 * l10).max(0.0).sqrt();
        Ok(Self { mean, root: [l00, l10, l11] })
    }

    /// Draws one point `[x, y]`.
    pub fn sample(&self, random: &mut (impl Rng + ?Sized)) -> [f64; 2] {
        let (first, second): (f64, f64) = (StandardNormal.sample(random), StandardNormal.sample(random));
        let [l00, l10, l11] = self.root;
        [self.mean[0] + l00 * first, self.mean[1] + l10 * first + l11 * second]
    }
}

/// Draws `count` points from a normal distribution in the plane.
///
/// # Errors
///
/// As [`MultivariateNormal::semidefinite`]: like NumPy's function of this name, it takes a singular covariance.
pub fn multivariate_normal(
    mean: [f64; 2],
    covariance: [[f64; 2]; 2],
    count: usize,
    random: &mut (impl Rng + ?Sized),
) -> Result<Vec<[f64; 2]>, TargetError> {
    let normal = MultivariateNormal::semidefinite(mean, covariance)?;
    Ok((0..count).map(|_| normal.sample(random)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn a_covariance_that_is_none_is_refused() {
        let message = |covariance| MultivariateNormal::new([0.0, 0.0], covariance).unwrap_err().to_string();
        assert_eq!(
            message([[1.0, 0.5], [0.4, 1.0]]),
            "the covariance is not symmetric: 0.5 above the diagonal, 0.4 below"
        );
        assert_eq!(
            message([[1.0, 2.0], [2.0, 1.0]]),
            "the covariance is not positive semidefinite: its smallest eigenvalue is -1"
        );
        assert_eq!(message([[1.0, 1.0], [1.0, 1.0]]), "the covariance is singular: its determinant is 0");
        assert_eq!(message([[0.0, 0.0], [0.0, 0.0]]), "the covariance is singular: its determinant is 0");
        assert_eq!(message([[-1.0, 0.0], [0.0, 1.0]]), message([[1.0, 0.0], [0.0, -1.0]]));
        assert_eq!(message([[f64::NAN, 0.0], [0.0, 1.0]]), "the covariance must be a finite number, not NaN");
        assert!(MultivariateNormal::new([f64::INFINITY, 0.0], [[1.0, 0.0], [0.0, 1.0]]).is_err());
    }

    #[test]
    fn a_singular_covariance_keeps_points_on_its_line() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        for [x, y] in multivariate_normal([1.0, 2.0], [[4.0, 2.0], [2.0, 1.0]], 100, &mut random).unwrap() {
            assert!((x - 1.0 - 2.0 * (y - 2.0)).abs() < 1e-12);
        }
        for [x, _] in multivariate_normal([1.0, 2.0], [[0.0, 0.0], [0.0, 1.0]], 10, &mut random).unwrap() {
            assert!((x - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn points_have_the_mean_and_covariance_asked_for() {
        const COUNT: usize = 200_000;
        let (mean, covariance) = ([3.0, -7.0], [[4.0, -1.5], [-1.5, 2.0]]);
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let points = multivariate_normal(mean, covariance, COUNT, &mut random).unwrap();
        let average = |term: &dyn Fn(&[f64; 2]) -> f64| points.iter().map(term).sum::<f64>() / COUNT as f64;
        for i in 0..2 {
            // Five standard errors: of a mean, sqrt(v / n); of a covariance, sqrt((v_ii v_jj + v_ij²) / n).
            let error = (covariance[i][i] / COUNT as f64).sqrt();
            assert!((average(&|p| p[i]) - mean[i]).abs() < 5.0 * error);
            for j in 0..2 {
                let found = average(&|p| (p[i] - mean[i]) * (p[j] - mean[j]));
                let error = ((covariance[i][i] * covariance[j][j] + covariance[i][j].powi(2)) / COUNT as f64).sqrt();
                assert!((found - covariance[i][j]).abs() < 5.0 * error, "{i} {j}: {found}");
            }
        }
    }
}
