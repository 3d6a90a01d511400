//! Tests of the comparison of groups.

use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::scanpath::{EyenalysisVariant, ScanpathPoints, eyenalysis};

/// A few roundings.
const ROUNDING: f64 = 1e-12;

fn members(first: usize, second: usize) -> Vec<Member> {
    let group = |observer| if observer < first { Side::First } else { Side::Second };
    (0..first + second).map(|observer| Member { group: group(observer), observer }).collect()
}

/// The similarity of simulated scanpaths: those of the second group are `shift` pixels further to the right.
fn simulated(members: &[Member], shift: f64, random: &mut ChaCha8Rng) -> SimilarityMatrix {
    let scanpaths: Vec<ScanpathPoints> = members
        .iter()
        .map(|member| {
            let right = if member.group == Side::Second { shift } else { 0.0 };
            let count = random.random_range(5..12);
            let mut along =
                |side: f64, by: f64| -> Vec<f64> { (0..count).map(|_| random.random::<f64>() * side + by).collect() };
            let (x, y) = (along(400.0, right), along(300.0, 0.0));
            ScanpathPoints::new(&x, &y, None).unwrap()
        })
        .collect();
    similarities(&scanpaths)
}

fn similarities(scanpaths: &[ScanpathPoints]) -> SimilarityMatrix {
    let mut pairs = Vec::new();
    for (i, first) in scanpaths.iter().enumerate() {
        for second in &scanpaths[i + 1..] {
            pairs.push(Some(-eyenalysis(first, second, EyenalysisVariant::Places).unwrap()));
        }
    }
    SimilarityMatrix::new(scanpaths.len(), &pairs).unwrap()
}

fn grouped<'a>(matrices: &'a [SimilarityMatrix], members: &'a [Member]) -> Vec<GroupedStimulus<'a>> {
    matrices.iter().map(|matrix| GroupedStimulus { matrix, members }).collect()
}

fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Exchanges the groups of all observers at random.
fn shuffled(members: &[Member], random: &mut impl Rng) -> Vec<Member> {
    let mut groups: Vec<Side> = members.iter().map(|member| member.group).collect();
    for last in (1..groups.len()).rev() {
        groups.swap(last, random.random_range(0..=last));
    }
    members.iter().zip(groups).map(|(member, group)| Member { group, ..*member }).collect()
}

#[test]
fn a_planted_difference_is_found_by_both_tests() {
    let (mut random, members) = (random(1), members(7, 8));
    let matrices: Vec<_> = (0..12).map(|_| simulated(&members, 100.0, &mut random)).collect();
    for exchange in [Exchange::Observers, Exchange::WithinStimulus] {
        let found = compare_groups(&grouped(&matrices, &members), exchange, 999, &mut random).unwrap();
        assert!(found.p_value <= 0.001 && found.difference > 0.0 && found.rank_biserial > 0.1, "{found:?}");
        assert!(found.standard_score.unwrap() > 5.0 && found.accuracy.unwrap() > 0.6, "{found:?}");
        assert!(found.accuracy_p_value.unwrap() < 0.01 && (found.chance.unwrap() - 0.5).abs() < 0.05, "{found:?}");
        // Neither group is more uniform.
        assert!(found.within_p_value > 0.01, "{found:?}");
        assert_eq!((found.stimuli, found.assignments, found.is_exact), (12, 1000, false));
    }
}

#[test]
fn a_group_that_is_more_uniform_is_found_and_is_no_separation() {
    let (mut random, members) = (random(2), members(8, 8));
    let matrices: Vec<_> = (0..12)
        .map(|_| {
            let scanpaths: Vec<ScanpathPoints> = members
                .iter()
                .map(|member| {
                    let side = if member.group == Side::First { 200.0 } else { 600.0 };
                    let mut along = || -> Vec<f64> { (0..8).map(|_| (random.random::<f64>() - 0.5) * side).collect() };
                    let (x, y) = (along(), along());
                    ScanpathPoints::new(&x, &y, None).unwrap()
                })
                .collect();
            similarities(&scanpaths)
        })
        .collect();
    let found = compare_groups(&grouped(&matrices, &members), Exchange::Observers, 999, &mut random).unwrap();
    assert!(found.within_p_value <= 0.001 && found.within[0] > found.within[1], "{found:?}");
}

/// With labels that mean nothing, p is uniform: the Kolmogorov–Smirnov distance of 200 values of p from the uniform
/// distribution stays below its critical value at 1 %, 1.63 / √200. The seed is fixed.
#[track_caller]
fn check_uniform(exchange: Exchange, pick: fn(&GroupComparison) -> f64) {
    let (mut random, members) = (random(3), members(6, 6));
    let matrices: Vec<_> = (0..4).map(|_| simulated(&members, 60.0, &mut random)).collect();
    let mut p_values: Vec<f64> = (0..200)
        .map(|_| {
            // On each stimulus other labels, as the exchange has it.
            let labels: Vec<Vec<Member>> = match exchange {
                Exchange::Observers => vec![shuffled(&members, &mut random); matrices.len()],
                Exchange::WithinStimulus => matrices.iter().map(|_| shuffled(&members, &mut random)).collect(),
            };
            let stimuli: Vec<_> =
                matrices.iter().zip(&labels).map(|(matrix, members)| GroupedStimulus { matrix, members }).collect();
            pick(&compare_groups(&stimuli, exchange, 199, &mut random).unwrap())
        })
        .collect();
    p_values.sort_by(f64::total_cmp);
    let count = p_values.len() as f64;
    let distance = p_values.iter().enumerate().fold(0.0, |largest: f64, (below, p)| {
        largest.max((p - below as f64 / count).abs()).max(((below + 1) as f64 / count - p).abs())
    });
    assert!(distance < 1.63 / count.sqrt(), "{distance} {p_values:?}");
}

#[test]
fn shuffled_labels_have_uniform_p_values() {
    check_uniform(Exchange::Observers, |found| found.p_value);
    check_uniform(Exchange::WithinStimulus, |found| found.p_value);
    check_uniform(Exchange::Observers, |found| found.within_p_value);
    check_uniform(Exchange::WithinStimulus, |found| found.within_p_value);
}

#[test]
fn few_observers_are_enumerated_and_random_assignments_agree_with_that() {
    let (mut random, members) = (random(4), members(3, 4));
    let matrices: Vec<_> = (0..3).map(|_| simulated(&members, 70.0, &mut random)).collect();
    let stimuli = grouped(&matrices, &members);
    let exact = compare_groups(&stimuli, Exchange::Observers, 35, &mut random).unwrap();
    assert_eq!((exact.is_exact, exact.assignments), (true, 35));
    assert!((exact.p_value * 35.0 - (exact.p_value * 35.0).round()).abs() < ROUNDING && exact.p_value >= 1.0 / 35.0);
    // 35 are one too many for 34.
    let drawn = compare_groups(&stimuli, Exchange::Observers, 34, &mut random).unwrap();
    assert_eq!((drawn.is_exact, drawn.assignments), (false, 35));
    let one = compare_groups(&stimuli[..1], Exchange::WithinStimulus, 100, &mut random).unwrap();
    assert_eq!((one.is_exact, one.assignments), (true, 35));
}

#[test]
fn pairs_without_a_similarity_are_left_out() {
    let pairs = [Some(0.9), None, Some(0.1), Some(0.2), Some(0.3), Some(0.8)];
    let matrix = SimilarityMatrix::new(4, &pairs).unwrap();
    assert_eq!(
        (matrix.pair(0, 2), matrix.pair(2, 0), matrix.pair(3, 1), matrix.pair(1, 1)),
        (None, None, Some(0.3), None)
    );
    let members = members(2, 2);
    let found = separation(&GroupedStimulus { matrix: &matrix, members: &members }).unwrap().unwrap();
    assert!((found.between - 0.2).abs() < ROUNDING && (found.difference() - 0.65).abs() < ROUNDING);
    assert!((found.rank_biserial - 1.0).abs() < ROUNDING);
    let compared = compare_groups(&grouped(&[matrix], &members), Exchange::Observers, 10, &mut random(5)).unwrap();
    assert!((compared.difference - 0.65).abs() < ROUNDING);
}

#[test]
fn groups_of_one_have_nothing_within() {
    let matrix = SimilarityMatrix::new(3, &[Some(0.1), Some(0.2), Some(0.3)]).unwrap();
    let members = members(1, 2);
    assert_eq!(separation(&GroupedStimulus { matrix: &matrix, members: &members }), Ok(None));
    let compare =
        |exchange| compare_groups(&grouped(std::slice::from_ref(&matrix), &members), exchange, 10, &mut random(6));
    assert_eq!(compare(Exchange::Observers), Err(GroupError::NoStimulus));
    assert_eq!(compare_groups(&[], Exchange::Observers, 10, &mut random(6)), Err(GroupError::NoStimulus));
}

#[test]
fn what_cannot_be_compared_says_why() {
    let message = |error: GroupError| error.to_string();
    assert_eq!(message(SimilarityMatrix::new(3, &[None]).unwrap_err()), "1 pairs for 3 scanpaths");
    assert_eq!(message(SimilarityMatrix::new(2, &[Some(f64::NAN)]).unwrap_err()), "the similarity of pair 0 is NaN");
    assert!(SimilarityMatrix::new(usize::MAX, &[]).is_err());
    let matrix = SimilarityMatrix::new(2, &[Some(0.5)]).unwrap();
    let too_many = members(2, 1);
    let stimulus = GroupedStimulus { matrix: &matrix, members: &too_many };
    assert_eq!(message(separation(&stimulus).unwrap_err()), "3 members for 2 scanpaths");
    let twice = [Member { group: Side::First, observer: 7 }, Member { group: Side::Second, observer: 7 }];
    let stimulus = GroupedStimulus { matrix: &matrix, members: &twice };
    let both = compare_groups(&[stimulus], Exchange::Observers, 10, &mut random(7)).unwrap_err();
    assert_eq!(message(both), "observer 7 belongs to both groups");
    let none = compare_groups(&[stimulus], Exchange::Observers, 0, &mut random(7)).unwrap_err();
    assert_eq!(message(none), "a permutation test needs a permutation or more");
}

#[test]
fn observers_who_miss_stimuli_are_judged_on_those_they_saw() {
    let (mut random, all) = (random(8), members(5, 5));
    let matrices: Vec<_> = (0..5).map(|missing| simulated(&all[..10 - missing % 2], 80.0, &mut random)).collect();
    let stimuli: Vec<_> =
        matrices.iter().map(|matrix| GroupedStimulus { matrix, members: &all[..matrix.count()] }).collect();
    let found = compare_groups(&stimuli, Exchange::Observers, 500, &mut random).unwrap();
    assert_eq!((found.stimuli, found.is_exact, found.assignments), (5, true, 252));
    assert!(found.p_value < 0.05 && found.accuracy.is_some(), "{found:?}");
}

proptest! {
    #[test]
    fn the_rank_correlation_is_the_balance_of_all_pairs(values in prop::collection::vec(0u8..6, 28)) {
        let pairs: Vec<Option<f64>> = values.iter().map(|&value| Some(f64::from(value))).collect();
        let (matrix, members) = (SimilarityMatrix::new(8, &pairs).unwrap(), members(4, 4));
        let found = separation(&GroupedStimulus { matrix: &matrix, members: &members }).unwrap().unwrap();
        let (mut within, mut between) = (Vec::new(), Vec::new());
        for i in 0..8 {
            for j in i + 1..8 {
                if (i < 4) == (j < 4) { &mut within } else { &mut between }.push(matrix.pair(i, j).unwrap());
            }
        }
        let balance: f64 = within.iter().flat_map(|w| between.iter().map(move |b| f64::from(i8::from(w > b) - i8::from(w < b)))).sum();
        prop_assert!((found.rank_biserial - balance / (within.len() * between.len()) as f64).abs() < ROUNDING);
    }

    #[test]
    fn exchanging_the_groups_names_changes_nothing_but_the_order(seed in 0u64..1000) {
        let (mut random, members) = (random(seed), members(3, 4));
        let matrix = simulated(&members, 50.0, &mut random);
        let renamed: Vec<Member> = members
            .iter()
            .map(|member| Member { group: if member.group == Side::First { Side::Second } else { Side::First }, ..*member })
            .collect();
        let compare = |members: &[Member]| {
            compare_groups(&[GroupedStimulus { matrix: &matrix, members }], Exchange::Observers, 35, &mut ChaCha8Rng::seed_from_u64(1)).unwrap()
        };
        let (there, back) = (compare(&members), compare(&renamed));
        prop_assert!((there.difference - back.difference).abs() < ROUNDING);
        prop_assert!((there.p_value - back.p_value).abs() < ROUNDING);
        prop_assert!((there.within[0] - back.within[1]).abs() < ROUNDING);
        prop_assert_eq!(there.accuracy, back.accuracy);
    }
}
