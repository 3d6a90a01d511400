//! Maximisation of a smooth, strictly concave function over parameters with lower bounds.
//!
//! Projected Newton after Bertsekas (1982), SIAM Journal on Control and Optimization 20(2), doi:10.1137/0320018:
//! parameters at their bound that the gradient pushes below it stay, the others take a Newton step, and a parameter that
//! falls below its bound is set to it. The step is halved until the function grows enough, so its values never decrease.

use ndarray::{Array1, Array2};

/// A function's value and derivatives at one point.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation {
    pub(crate) value: f64,
    pub(crate) gradient: Array1<f64>,
    /// Second derivatives, negated: positive definite.
    pub(crate) curvature: Array2<f64>,
}

/// The end of the search.
#[derive(Clone, Debug)]
pub(crate) struct Maximum {
    pub(crate) point: Array1<f64>,
    /// The values at all points on the way, first and last included.
    pub(crate) values: Vec<f64>,
}

/// Twenty steps are usual; a function as promised never needs this many.
const LARGEST_STEPS: usize = 500;

/// The largest accepted distance of the projected gradient from 0 at the end, in units of the value per unit of a parameter.
const PRECISION: f64 = 1e-9;

/// Climbs from a point that keeps the bounds, one for each parameter, of which `-∞` is none. Returns `None` if the maximum
/// is not found.
pub(crate) fn maximize(
    start: Array1<f64>,
    lowest: &Array1<f64>,
    evaluate: impl Fn(&Array1<f64>) -> Evaluation,
) -> Option<Maximum> {
    /// The share of the growth promised by the gradient that is enough.
    const ENOUGH: f64 = 1e-4;
    /// The steps in a row that may leave the value as it is. Newton's steps converge quadratically, so two are usual where the
    /// value has all its digits and the gradient not yet; more are the rounding of the gradient.
    const LEVEL_STEPS: usize = 3;
    let mut point = start;
    let mut here = evaluate(&point);
    let mut values = vec![here.value];
    let mut level = 0;
    for _ in 0..LARGEST_STEPS {
        let distance = projected_gradient(&point, lowest, &here.gradient);
        let as_close_as_can_be = level == LEVEL_STEPS && distance < PRECISION.sqrt();
        if distance < PRECISION || as_close_as_can_be {
            return Some(Maximum { point, values });
        }
        let near = distance.min(0.01);
        let held: Vec<bool> =
            (0..point.len()).map(|k| point[k] - lowest[k] <= near && here.gradient[k] < 0.0).collect();
        let direction = newton_direction(&here, &held);
        let mut length = 1.0;
        let (next_point, next) = loop {
            let mut candidate = &point + &(&direction * length);
            candidate.zip_mut_with(lowest, |value, &lowest| *value = value.max(lowest));
            let promised: f64 = (0..point.len())
                .map(|k| here.gradient[k] * if held[k] { candidate[k] - point[k] } else { length * direction[k] })
                .sum();
            let there = evaluate(&candidate);
            if there.value >= here.value + ENOUGH * promised {
                break (candidate, there);
            }
            length /= 2.0;
            if length < 1e-12 {
                // Growth drowns in the rounding of the value: as close as can be, if it is close.
                return (distance < PRECISION.sqrt()).then_some(Maximum { point, values });
            }
        };
        level = if next.value > here.value { 0 } else { (level + 1).min(LEVEL_STEPS) };
        (point, here) = (next_point, next);
        values.push(here.value);
    }
    None
}

/// The largest move of any parameter in a unit step along the gradient, cut at the bounds. 0 at the maximum and only there.
fn projected_gradient(point: &Array1<f64>, lowest: &Array1<f64>, gradient: &Array1<f64>) -> f64 {
    let moves = (0..point.len()).map(|k| ((point[k] + gradient[k]).max(lowest[k]) - point[k]).abs());
    moves.fold(0.0, f64::max)
}

/// The Newton step of the free parameters, with the others' gradient scaled by their own curvature.
fn newton_direction(at: &Evaluation, held: &[bool]) -> Array1<f64> {
    let scaled = |k: usize| at.gradient[k] / at.curvature[[k, k]].max(f64::MIN_POSITIVE);
    let mut direction: Array1<f64> = (0..held.len()).map(scaled).collect();
    let free: Vec<usize> = (0..held.len()).filter(|&k| !held[k]).collect();
    let matrix = Array2::from_shape_fn((free.len(), free.len()), |(i, j)| at.curvature[[free[i], free[j]]]);
    let right: Vec<f64> = free.iter().map(|&k| at.gradient[k]).collect();
    if let Some(solution) = solve(matrix, right) {
        for (&k, step) in free.iter().zip(solution) {
            direction[k] = step;
        }
    }
    direction
}

/// Solves a positive definite system by Cholesky's decomposition; `None` if it is not.
fn solve(mut matrix: Array2<f64>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let n = right.len();
    for j in 0..n {
        let pivot = matrix[[j, j]] - (0..j).map(|k| matrix[[j, k]].powi(2)).sum::<f64>();
        if pivot.is_nan() || pivot <= 0.0 {
            return None;
        }
        matrix[[j, j]] = pivot.sqrt();
        for i in j + 1..n {
            let dot: f64 = (0..j).map(|k| matrix[[i, k]] * matrix[[j, k]]).sum();
            matrix[[i, j]] = (matrix[[i, j]] - dot) / matrix[[j, j]];
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| matrix[[i, k]] * right[k]).sum();
        right[i] = (right[i] - dot) / matrix[[i, i]];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| matrix[[k, i]] * right[k]).sum();
        right[i] = (right[i] - dot) / matrix[[i, i]];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    /// `target · x − ½ x' A x`
    fn quadratic(matrix: Array2<f64>, target: Array1<f64>) -> impl Fn(&Array1<f64>) -> Evaluation {
        move |x| Evaluation {
            value: target.dot(x) - 0.5 * x.dot(&matrix.dot(x)),
            gradient: &target - &matrix.dot(x),
            curvature: matrix.clone(),
        }
    }

    #[test]
    fn a_maximum_inside_is_found_in_one_step() {
        let found =
            maximize(array![5.0, 5.0], &array![0.0, 0.0], quadratic(array![[2.0, 1.0], [1.0, 3.0]], array![3.0, 4.0]))
                .unwrap();
        assert!((found.point - array![1.0, 1.0]).iter().all(|d| d.abs() < 1e-12));
        assert_eq!(found.values.len(), 2);
    }

    #[test]
    fn a_maximum_on_the_border_is_found() {
        // Unconstrained at (−1, 2); with x₀ = 0 the best x₁ is 5/3.
        let function = || quadratic(array![[2.0, 1.0], [1.0, 3.0]], array![0.0, 5.0]);
        let found = maximize(array![1.0, 0.0], &array![0.0, 0.0], function()).unwrap();
        assert!((found.point - array![0.0, 5.0 / 3.0]).iter().all(|d| d.abs() < 1e-9));
        // Where the first parameter has no bound, it goes on to -1.
        let found = maximize(array![1.0, 0.0], &array![f64::NEG_INFINITY, 0.0], function()).unwrap();
        assert!((found.point - array![-1.0, 2.0]).iter().all(|d| d.abs() < 1e-9));
    }

    #[test]
    fn a_gradient_that_is_rounded_to_less_than_its_limit_ends_the_search() {
        let exact = quadratic(array![[2.0, 1.0], [1.0, 3.0]], array![3.0, 4.0]);
        let calls = std::cell::Cell::new(0_u32);
        // The gradient is off by 1e-8, each time to another side.
        let rounded = |x: &Array1<f64>| {
            calls.set(calls.get() + 1);
            let mut found = exact(x);
            found.gradient[0] += if calls.get().is_multiple_of(2) { 1e-8 } else { -1e-8 };
            found
        };
        let found = maximize(array![5.0, 5.0], &array![0.0, 0.0], rounded).unwrap();
        assert!((found.point - array![1.0, 1.0]).iter().all(|d| d.abs() < 1e-7));
        assert!(found.values.len() < 20, "{} steps", found.values.len());
    }

    #[test]
    fn a_matrix_that_is_not_positive_is_not_solved() {
        assert_eq!(solve(array![[1.0, 2.0], [2.0, 1.0]], vec![1.0, 1.0]), None);
        assert_eq!(solve(array![[f64::NAN]], vec![1.0]), None);
    }

    proptest! {
        #[test]
        fn nothing_is_higher_and_no_step_leads_down(
            root in prop::collection::vec(-1.0f64..1.0, 16),
            target in prop::collection::vec(-2.0f64..2.0, 4),
            start in prop::collection::vec(0.0f64..3.0, 4),
            other in prop::collection::vec(0.0f64..3.0, 4),
        ) {
            let root = Array2::from_shape_vec((4, 4), root).unwrap();
            let function = quadratic(root.dot(&root.t()) + 0.01 * Array2::<f64>::eye(4), target.into());
            let found = maximize(start.into(), &Array1::zeros(4), &function).unwrap();
            prop_assert!(found.point.iter().all(|&value| value >= 0.0));
            prop_assert!(found.values.is_sorted());
            prop_assert!(function(&found.point).value >= function(&other.into()).value - 1e-9);
        }
    }
}
