//! Tests of MultiMatch.

use proptest::prelude::*;

use super::*;
use crate::scanpath::testing::{moved, pair_of_paths, path, scaled, timed};

const SCREEN: Size = Size { height: 600, width: 800 };

const PLAIN: MultiMatchOptions = MultiMatchOptions { screen: SCREEN, simplification: None };

/// A few roundings.
const ROUNDING: f64 = 1e-12;

fn all(found: &MultiMatch) -> [f64; 5] {
    [found.vector, found.direction, found.length, found.position, found.duration.unwrap()]
}

fn simplified(fixations: &[(f64, f64, f64)], thresholds: &Simplification) -> Saccades {
    simplify::simplify(Saccades::of(&timed(fixations)), thresholds)
}

#[test]
fn the_direction_of_opposite_saccades_is_0_and_a_turn_is_no_difference() {
    assert!((angle_between(0.1, 0.1 - std::f64::consts::PI) - std::f64::consts::PI).abs() < ROUNDING);
    assert!((angle_between(-0.1, 0.1) - 0.2).abs() < ROUNDING);
    let right = path(&[(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)]);
    let left = path(&[(200.0, 0.0), (100.0, 0.0), (0.0, 0.0)]);
    let found = multimatch(&right, &left, &PLAIN).unwrap();
    assert!(found.direction.abs() < ROUNDING && (found.length - 1.0).abs() < ROUNDING);
    assert!((found.vector - (1.0 - 200.0 / 2000.0)).abs() < ROUNDING);
}

#[test]
fn the_middle_of_an_even_number_is_the_mean_of_two() {
    assert_eq!([median(vec![3.0, 1.0]), median(vec![9.0, 1.0, 2.0])].map(f64::to_bits), [2f64.to_bits(); 2]);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let (two, three) = (path(&[(0.0, 0.0), (1.0, 1.0)]), path(&[(0.0, 0.0), (1.0, 1.0), (5.0, 5.0)]));
    let error = |options| multimatch(&three, &three, &options).unwrap_err().to_string();
    let short = multimatch(&three, &two, &PLAIN).unwrap_err().to_string();
    assert_eq!(short, "MultiMatch needs 3 fixations or more, the scanpath has 2");
    let flat = MultiMatchOptions { screen: Size { height: 0, width: 0 }, simplification: None };
    assert_eq!(error(flat), "the screen's diagonal is 0, it must be a positive number");
    let thresholds = Simplification { direction_degrees: 45.0, amplitude_px: 100.0, duration_ms: 300.0 };
    let simplifying = MultiMatchOptions { simplification: Some(thresholds), ..PLAIN };
    assert_eq!(error(simplifying), "simplification by MultiMatch needs the durations of fixations");
    let negative = Simplification { amplitude_px: -1.0, ..thresholds };
    let negative = MultiMatchOptions { simplification: Some(negative), ..PLAIN };
    assert_eq!(error(negative), "the threshold of amplitudes is -1, it must be a number and not negative");
}

#[test]
fn without_durations_four_similarities_are_left() {
    let three = path(&[(0.0, 0.0), (1.0, 1.0), (5.0, 5.0)]);
    let found = multimatch(&three, &three, &PLAIN).unwrap();
    let none = ScanpathError::NoDurations { measure: "the duration of MultiMatch" };
    assert_eq!((found.position.to_bits(), found.duration), (1f64.to_bits(), Err(none)));
    let instant = timed(&[(0.0, 0.0, 0.0), (9.0, 1.0, 10.0), (5.0, 5.0, 10.0)]);
    let found = multimatch(&instant, &instant, &PLAIN).unwrap().duration.unwrap_err().to_string();
    assert_eq!(found, "fixations 0 and 0 are aligned and both last 0 ms");
}

#[test]
fn saccades_in_one_direction_and_short_ones_are_joined() {
    let thresholds = Simplification { direction_degrees: 20.0, amplitude_px: 30.0, duration_ms: 300.0 };
    // Two steps to the right past a brief fixation are one, and a short one is joined with the next.
    let path =
        [(0.0, 0.0, 200.0), (100.0, 0.0, 200.0), (200.0, 0.0, 400.0), (200.0, 20.0, 200.0), (500.0, 200.0, 500.0)];
    let found = simplified(&path, &thresholds);
    assert_eq!(found.vector, [[200.0, 0.0], [300.0, 200.0]]);
    assert_eq!(found.start, [[0.0, 0.0], [200.0, 0.0]]);
    assert_eq!(found.durations_ms.unwrap(), [200.0, 400.0, 500.0]);
    // A long fixation in between is no mere stop on the way.
    let stop = [(0.0, 0.0, 200.0), (100.0, 0.0, 400.0), (200.0, 0.0, 400.0)];
    assert_eq!(simplified(&stop, &thresholds).count(), 2);
}

#[test]
fn a_short_last_saccade_is_joined_with_the_one_before() {
    let thresholds = Simplification { direction_degrees: 5.0, amplitude_px: 30.0, duration_ms: 300.0 };
    let path = [(0.0, 0.0, 200.0), (100.0, 0.0, 200.0), (100.0, 100.0, 200.0), (110.0, 100.0, 100.0)];
    let found = simplified(&path, &thresholds);
    assert_eq!(found.vector, [[100.0, 0.0], [10.0, 100.0]]);
    assert_eq!(found.durations_ms.unwrap().len(), 4);
}

#[test]
fn saccades_that_lead_nowhere_do_not_end_in_nan() {
    let thresholds = Simplification { direction_degrees: 45.0, amplitude_px: 30.0, duration_ms: 300.0 };
    let options = MultiMatchOptions { simplification: Some(thresholds), ..PLAIN };
    let still = timed(&[(5.0, 5.0, 100.0), (5.0, 5.0, 100.0), (5.0, 5.0, 100.0), (5.0, 5.0, 100.0)]);
    let other = timed(&[(0.0, 0.0, 90.0), (70.0, 0.0, 90.0), (0.0, 300.0, 90.0)]);
    for options in [PLAIN, options] {
        for pair in [[&still, &still], [&still, &other], [&other, &still]] {
            let found = multimatch(pair[0], pair[1], &options).unwrap();
            assert!(all(&found).iter().all(|value| value.is_finite()), "{found:?}");
        }
    }
}

proptest! {
    #[test]
    fn a_scanpath_is_like_itself_in_every_dimension((a, _) in pair_of_paths(3..20)) {
        let found = all(&multimatch(&a, &a, &PLAIN).unwrap());
        prop_assert!(found.iter().all(|similarity| (similarity - 1.0).abs() < ROUNDING), "{:?}", found);
    }

    #[test]
    fn it_is_symmetric_and_within_0_and_1((a, b) in pair_of_paths(3..20)) {
        let (there, back) = (all(&multimatch(&a, &b, &PLAIN).unwrap()), all(&multimatch(&b, &a, &PLAIN).unwrap()));
        for (there, back) in there.into_iter().zip(back) {
            prop_assert!((there - back).abs() < ROUNDING);
            prop_assert!((-ROUNDING..=1.0 + ROUNDING).contains(&there));
        }
    }

    #[test]
    fn moving_one_changes_the_position_alone((a, b) in pair_of_paths(3..20)) {
        let (there, other) = (all(&multimatch(&a, &b, &PLAIN).unwrap()), all(&multimatch(&moved(&a), &b, &PLAIN).unwrap()));
        for dimension in [0, 1, 2, 4] {
            prop_assert!((there[dimension] - other[dimension]).abs() < 1e-9, "moved places are rounded: {}", dimension);
        }
    }

    #[test]
    fn scaling_scanpaths_and_screen_changes_nothing((a, b) in pair_of_paths(3..20)) {
        let twice = MultiMatchOptions { screen: Size { height: 1200, width: 1600 }, simplification: None };
        let there = all(&multimatch(&a, &b, &PLAIN).unwrap());
        let larger = all(&multimatch(&scaled(&a, 2.0), &scaled(&b, 2.0), &twice).unwrap());
        prop_assert!(there.iter().zip(larger).all(|(there, larger)| (there - larger).abs() < ROUNDING));
    }

    #[test]
    fn simplification_leaves_no_more_saccades_than_there_were(
        (a, b) in pair_of_paths(3..20), amplitude_px in 0.0..900.0, direction_degrees in 0.0..190.0, duration_ms in 0.0..700.0
    ) {
        let thresholds = Simplification { direction_degrees, amplitude_px, duration_ms };
        let left = simplify::simplify(Saccades::of(&a), &thresholds);
        prop_assert!((1..a.count()).contains(&left.count()));
        let options = MultiMatchOptions { simplification: Some(thresholds), ..PLAIN };
        prop_assert!(all(&multimatch(&a, &b, &options).unwrap()).iter().all(|value| value.is_finite()));
    }
}
