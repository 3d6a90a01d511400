//! Every flow here is checked together with the proof that it is optimal.

use gaze_core::{Pixel, SaliencyMap, Size};
use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    DistanceUnit, EmdFlow, EmdMasses, EmdOptions, GridReduction, emd, emd_flow, emd_of_masses, simplex::Shipment,
};
use crate::MetricError;

/// The relative difference between the cost of a flow and the bound that proves it optimal.
const GAP: f64 = 1e-12;

/// The roundings of masses to 2^-58, times the cells and the diagonal of the largest grid here.
const ROUNDING: f64 = 1e-13;

fn cells(threshold: Option<f64>) -> EmdOptions {
    EmdOptions { reduction: GridReduction::None, threshold, unit: DistanceUnit::Cells }
}

fn map(values: Array2<f64>) -> SaliencyMap<'static> {
    SaliencyMap::new(values).unwrap()
}

fn distance(a: Pixel, b: Pixel, threshold: Option<f64>) -> f64 {
    let (rows, columns) = (a.row as f64 - b.row as f64, a.column as f64 - b.column as f64);
    rows.hypot(columns).min(threshold.unwrap_or(f64::INFINITY))
}

/// Solves, and proves from the definitions alone that the flow is possible and that none is cheaper.
#[track_caller]
fn certified(prediction: &Array2<f64>, empirical: &Array2<f64>, threshold: Option<f64>) -> EmdFlow {
    let (p, e) = (map(prediction.clone()), map(empirical.clone()));
    let flow = emd_flow(&p, &e, &cells(threshold)).unwrap();
    assert_eq!(emd(&p, &e, &cells(threshold)), Ok(flow.distance));
    assert_eq!(flow.grid, p.size());

    let mut surplus = prediction / prediction.sum() - empirical / empirical.sum();
    let bound: f64 = surplus.iter().zip(&flow.potential).map(|(s, f)| s * (f - flow.potential[[0, 0]])).sum();
    let mut cost = 0.0;
    for step in &flow.moves {
        assert!(step.mass > 0.0 && step.from != step.to);
        surplus[[step.from.row, step.from.column]] -= step.mass;
        surplus[[step.to.row, step.to.column]] += step.mass;
        cost += step.mass * distance(step.from, step.to, threshold);
    }
    assert!(surplus.iter().all(|left| left.abs() < 1e-15), "{surplus}");
    assert!((cost - flow.distance).abs() < ROUNDING, "{cost} is not {}", flow.distance);
    assert!((bound - flow.lower_bound).abs() < ROUNDING, "{bound} is not {}", flow.lower_bound);
    assert!((flow.distance - flow.lower_bound).abs() <= GAP * flow.distance, "{} {}", flow.distance, flow.lower_bound);
    let at = |(row, column)| Pixel { row, column };
    for (a, &one) in flow.potential.indexed_iter() {
        for (b, &other) in flow.potential.indexed_iter() {
            assert!(one - other <= distance(at(a), at(b), threshold) + ROUNDING, "{a:?} {b:?}");
        }
    }
    flow
}

#[track_caller]
fn check(prediction: &Array2<f64>, empirical: &Array2<f64>, threshold: Option<f64>, expected: f64) {
    let found = certified(prediction, empirical, threshold).distance;
    assert!((found - expected).abs() < ROUNDING, "{found} is not {expected}");
}

fn point(size: (usize, usize), at: (usize, usize)) -> Array2<f64> {
    Array2::from_shape_fn(size, |cell| f64::from(u8::from(cell == at)))
}

fn random(size: (usize, usize), seed: u64) -> Array2<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn(size, || generator.random::<f64>())
}

#[test]
fn a_point_pays_its_way() {
    check(&point((9, 7), (1, 2)), &point((9, 7), (4, 6)), None, 5.0);
    check(&point((9, 7), (1, 2)), &point((9, 7), (4, 6)), Some(3.5), 3.5);
    check(&point((40, 30), (39, 0)), &point((40, 30), (0, 29)), None, 39f64.hypot(29.0));
}

#[test]
fn all_mass_in_one_cell_collects_from_everywhere() {
    for (size, at) in [((13, 17), (3, 16)), ((1, 40), (0, 5)), ((40, 1), (39, 0)), ((2, 2), (0, 0))] {
        let spread = random(size, 5);
        let to = Pixel { row: at.0, column: at.1 };
        for threshold in [None, Some(4.2)] {
            let way = |(row, column)| distance(Pixel { row, column }, to, threshold);
            let expected = spread.indexed_iter().map(|(cell, mass)| mass * way(cell)).sum::<f64>() / spread.sum();
            check(&spread, &point(size, at), threshold, expected);
            check(&point(size, at), &spread, threshold, expected);
        }
    }
}

#[test]
fn a_line_is_the_area_between_the_cumulative_sums() {
    for count in [1, 2, 3, 50, 333] {
        let (p, e) = (random((1, count), 1), random((1, count), 2));
        let (mut sum, mut expected) = (0.0, 0.0);
        for (a, b) in p.iter().zip(&e) {
            sum += a / p.sum() - b / e.sum();
            expected += sum.abs();
        }
        check(&p, &e, None, expected);
        check(&p.reversed_axes(), &e.reversed_axes(), None, expected);
    }
}

#[test]
fn checkerboards_move_by_one_cell() {
    for size in [(2, 2), (5, 6), (16, 16), (8, 31)] {
        let black = Array2::from_shape_fn(size, |(row, column)| ((row + column) % 2) as f64);
        let white = black.mapv(|value| 1.0 - value);
        if size.0 * size.1 % 2 == 0 {
            check(&black, &white, None, 1.0);
            check(&black, &white, Some(0.25), 0.25);
        }
    }
}

#[test]
fn ties_and_halves_are_solved() {
    let size = (20, 24);
    let left = Array2::from_shape_fn(size, |(_, column)| f64::from(u8::from(column < 12)));
    let right = left.mapv(|value| 1.0 - value);
    check(&left, &right, None, 12.0);
    // Only the column at the border finds room nearer than the threshold.
    check(&left, &right, Some(2.0), 23.0 / 12.0);
    certified(&left, &Array2::ones(size), None);
    let stripes = Array2::from_shape_fn(size, |(row, _)| f64::from(u8::from(row % 3 == 0)));
    certified(&stripes, &left, None);
    certified(&stripes, &left, Some(5.0));
}

#[test]
fn masses_of_all_magnitudes_are_solved() {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let mut wild = || Array2::from_shape_simple_fn((9, 11), || 10f64.powf(-300.0 * generator.random::<f64>().powi(4)));
    certified(&wild(), &wild(), None);
    check(&array![[1e-300, 1.0, 0.0]], &array![[0.0, 1.0, 1e-300]], None, 0.0);
    check(&array![[1e300, 1e300, 0.0]], &array![[0.0, 1e-320, 1e-320]], None, 1.0);
    let (extreme, same) = (map(array![[f64::MAX, -f64::MAX, 0.0]]), map(array![[2.0, 0.0, 1.0]]));
    assert!(emd(&extreme, &same, &cells(None)).unwrap() < ROUNDING);
}

#[test]
fn random_grids_are_solved() {
    for (seed, size) in [(19, 25), (7, 60), (33, 20)].into_iter().enumerate() {
        let (p, e) = (random(size, 10 + seed as u64), random(size, 20 + seed as u64));
        for threshold in [None, Some(0.5), Some(1.2), Some(3.0), Some(1e-300)] {
            certified(&p, &e, threshold);
            certified(&p.mapv(|value| value.powi(30)), &e, threshold);
            certified(&p.mapv(|value| (value - 0.9).max(0.0)), &e.mapv(|value| (value - 0.9).max(0.0)), threshold);
        }
    }
}

#[test]
fn negative_values_shift_the_map() {
    let (p, e) = (array![[-1.0, 0.0, 1.0]], array![[3.0, 1.0, 0.0]]);
    let found = emd(&map(p), &map(e.clone()), &cells(None)).unwrap();
    assert!((found - certified(&array![[0.0, 1.0, 2.0]], &e, None).distance).abs() < ROUNDING);
}

#[test]
fn pixels_are_cells_by_the_factor() {
    let (p, e) = (map(point((64, 70), (3, 3))), map(point((64, 70), (60, 69))));
    let reduction = GridReduction::Area { factor: 32 };
    let options = EmdOptions { reduction, ..EmdOptions::default() };
    let in_cells = emd_flow(&p, &e, &options).unwrap();
    let in_pixels = emd_flow(&p, &e, &EmdOptions { unit: DistanceUnit::Pixels, ..options }).unwrap();
    assert_eq!(in_cells.grid, Size { height: 2, width: 3 });
    assert!((in_cells.distance - 5f64.sqrt()).abs() < ROUNDING);
    assert!((in_pixels.distance - 32.0 * 5f64.sqrt()).abs() < 32.0 * ROUNDING);
    assert!((in_pixels.lower_bound - in_pixels.distance).abs() < 32.0 * ROUNDING);
}

#[test]
fn the_benchmark_moves_a_map_onto_itself() {
    let same = map(random((600, 800), 4));
    assert!(emd(&same, &same, &EmdOptions::MIT).unwrap() > 1e-4);
    assert!(emd(&same, &same, &EmdOptions::default()).unwrap().abs() < f64::MIN_POSITIVE);
    // With sides that are multiples of the factor it does not.
    let same = map(random((64, 96), 4));
    assert!(emd(&same, &same, &EmdOptions::MIT).unwrap().abs() < f64::MIN_POSITIVE);
}

#[test]
fn what_has_no_value_is_an_error() {
    let (one, other) = (map(array![[1.0, 2.0]]), map(array![[1.0], [2.0]]));
    let error = emd(&one, &other, &cells(None)).unwrap_err();
    assert_eq!(error.to_string(), "the prediction is 1x2, the empirical map is 2x1 (height x width)");
    for empty in [array![[0.0, 0.0]], array![[-3.0, -3.0]]] {
        let empty = map(empty);
        assert_eq!(emd(&empty, &one, &cells(None)), Err(MetricError::NoMass { map: "prediction" }));
        assert_eq!(emd(&one, &empty, &cells(None)), Err(MetricError::NoMass { map: "empirical map" }));
    }
    for reduction in [GridReduction::Area { factor: 0 }, GridReduction::Matlab { factor: 0 }] {
        let options = EmdOptions { reduction, ..EmdOptions::default() };
        assert_eq!(emd(&one, &one, &options), Err(MetricError::ZeroFactor));
    }
    for found in [0.0, -1.0, f64::NEG_INFINITY] {
        assert_eq!(emd(&one, &one, &cells(Some(found))), Err(MetricError::Threshold { found }));
    }
    assert!(matches!(emd(&one, &one, &cells(Some(f64::NAN))), Err(MetricError::Threshold { .. })));
    let large = map(Array2::ones((513, 512)));
    let error = emd(&large, &large, &cells(None)).unwrap_err();
    assert_eq!(error, MetricError::TooManyCells { found: 513 * 512, limit: 1 << 18 });
}

#[test]
fn a_search_that_is_cut_short_says_so() {
    let (p, e) = (random((4, 6), 1), random((4, 6), 2));
    let problem = super::Problem::new(&map(p), &map(e), &cells(None)).unwrap();
    let instance = problem.surplus.instance();
    let start = super::start::shipments(&problem.surplus, &instance, &problem.ground(), 100).unwrap();
    let ground = problem.ground();
    assert!(!super::Tree::new(&instance, &ground, &start).optimize(2));
    assert!(super::Tree::new(&instance, &ground, &start).optimize(1000));
}

#[test]
fn no_basis_comes_twice_as_empty_arcs_point_to_the_root() {
    let levels = |seed| random((12, 15), seed).mapv(|value| (3.0 * value).floor() + 0.01);
    let stripes = Array2::from_shape_fn((12, 15), |(row, _)| f64::from(u8::from(row % 2 == 0)));
    for (p, e) in [(levels(1), levels(2)), (stripes.clone(), stripes.mapv(|value| 1.0 - value)), (stripes, levels(3))] {
        let problem = super::Problem::new(&map(p), &map(e), &cells(None)).unwrap();
        let instance = problem.surplus.instance();
        let start = super::start::shipments(&problem.surplus, &instance, &problem.ground(), 100_000).unwrap();
        let ground = problem.ground();
        let mut tree = super::Tree::new(&instance, &ground, &start);
        assert!(tree.is_strongly_feasible());
        for pivots in 1.. {
            let done = tree.optimize(pivots);
            assert!(tree.is_strongly_feasible(), "after {pivots} pivots");
            if done {
                break;
            }
        }
    }
}

#[test]
fn the_start_meets_supplies_and_demands_with_a_forest() {
    for (size, seed) in [((19, 25), 0), ((31, 8), 1), ((1, 99), 2), ((16, 16), 3)] {
        // Few levels: many masses are equal, and much runs empty at once.
        let levels = |seed| random(size, seed).mapv(|value| (3.0 * value).floor() + 0.01);
        let problem = super::Problem::new(&map(levels(seed)), &map(levels(seed + 50)), &cells(None)).unwrap();
        let instance = problem.surplus.instance();
        let start = super::start::shipments(&problem.surplus, &instance, &problem.ground(), 100_000).unwrap();
        let sources = instance.sources.len();
        let mut left: Vec<i64> = instance.sources.iter().chain(&instance.sinks).map(|n| n.1).collect();
        let mut part: Vec<usize> = (0..left.len()).collect();
        for Shipment { source, sink, mass } in start {
            assert!(mass > 0);
            left[source] -= mass;
            left[sources + sink] -= mass;
            let (a, b) = (part[source], part[sources + sink]);
            assert_ne!(a, b, "a cycle");
            part.iter_mut().filter(|p| **p == b).for_each(|p| *p = a);
        }
        assert!(left.iter().all(|&mass| mass == 0));
    }
}

/// The same linear program by successive shortest paths (Bellman-Ford) over all pairs of cells, in floats.
fn brute_force(prediction: &Array2<f64>, empirical: &Array2<f64>, threshold: Option<f64>) -> f64 {
    let cells: Vec<Pixel> = prediction.indexed_iter().map(|((row, column), _)| Pixel { row, column }).collect();
    let count = cells.len();
    let mut supply: Vec<f64> = (prediction / prediction.sum()).iter().copied().collect();
    let mut demand: Vec<f64> = (empirical / empirical.sum()).iter().copied().collect();
    let cost = |i: usize, j: usize| distance(cells[i], cells[j], threshold);
    let mut flow = vec![vec![0.0; count]; count];
    for _ in 0..100 * count {
        let mut sources: Vec<f64> = supply.iter().map(|&s| if s > 1e-15 { 0.0 } else { f64::INFINITY }).collect();
        let mut sinks = vec![f64::INFINITY; count];
        let (mut to_source, mut to_sink) = (vec![None; count], vec![0; count]);
        for _ in 0..2 * count {
            for (i, j) in (0..count).flat_map(|i| (0..count).map(move |j| (i, j))) {
                if sources[i] + cost(i, j) < sinks[j] - 1e-12 {
                    sinks[j] = sources[i] + cost(i, j);
                    to_sink[j] = i;
                }
                if flow[i][j] > 1e-15 && sinks[j] - cost(i, j) < sources[i] - 1e-12 {
                    sources[i] = sinks[j] - cost(i, j);
                    to_source[i] = Some(j);
                }
            }
        }
        let open = (0..count).filter(|&j| demand[j] > 1e-15 && sinks[j].is_finite());
        let Some(end) = open.min_by(|&a, &b| sinks[a].total_cmp(&sinks[b])) else { break };
        let mut path = vec![(to_sink[end], end)];
        while let Some(back) = to_source[path[path.len() - 1].0] {
            path.push((to_sink[back], back));
        }
        let first = path[path.len() - 1].0;
        let backwards = path.windows(2).map(|pair| flow[pair[0].0][pair[1].1]);
        let mass = backwards.fold(supply[first].min(demand[end]), f64::min);
        for (step, &(i, j)) in path.iter().enumerate() {
            flow[i][j] += mass;
            if let Some(&(_, back)) = path.get(step + 1) {
                flow[i][back] -= mass;
            }
        }
        supply[first] -= mass;
        demand[end] -= mass;
    }
    (0..count).flat_map(|i| (0..count).map(move |j| (i, j))).map(|(i, j)| flow[i][j] * cost(i, j)).sum()
}

fn maps(count: usize, side: usize) -> impl Strategy<Value = Vec<Array2<f64>>> {
    (1..=side, 1..=side).prop_flat_map(move |(height, width)| {
        // Zeros and equal masses are common.
        let value = prop_oneof![Just(0.0), (1u32..4).prop_map(f64::from), 0.0..1.0f64];
        let values = prop::collection::vec(value, height * width).prop_filter("mass", |v| v.iter().sum::<f64>() > 0.1);
        let map = values.prop_map(move |values| Array2::from_shape_vec((height, width), values).unwrap());
        prop::collection::vec(map, count)
    })
}

fn thresholds() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), (0.1..5.0f64).prop_map(Some), Just(Some(1.0))]
}

proptest! {
    #[test]
    fn equals_the_linear_program(maps in maps(2, 4), threshold in thresholds()) {
        let found = certified(&maps[0], &maps[1], threshold).distance;
        let expected = brute_force(&maps[0], &maps[1], threshold);
        // The floats of the reference stop at 1e-15 per cell.
        prop_assert!((found - expected).abs() < 1e-11, "{} is not {}", found, expected);
    }

    #[test]
    fn is_a_metric(maps in maps(3, 12), threshold in thresholds()) {
        let of = |a: usize, b: usize| certified(&maps[a], &maps[b], threshold).distance;
        prop_assert!(of(0, 0).abs() < f64::MIN_POSITIVE);
        prop_assert!((of(0, 1) - of(1, 0)).abs() < ROUNDING);
        prop_assert!(of(0, 2) <= of(0, 1) + of(1, 2) + ROUNDING);
    }

    #[test]
    fn a_threshold_lowers_and_caps(maps in maps(2, 12), threshold in 0.1..6.0f64) {
        let (with, without) = (certified(&maps[0], &maps[1], Some(threshold)), certified(&maps[0], &maps[1], None));
        prop_assert!(with.distance <= without.distance.min(threshold) + ROUNDING);
    }
}

#[test]
fn masses_that_are_made_once_give_the_same_distance() {
    let bumps = |seed: usize| Array2::from_shape_fn((7, 9), |(y, x)| (1 + (y * 5 + x * seed) * 7 % 23) as f64);
    let maps = [map(bumps(3)), map(bumps(11))];
    for reduction in [GridReduction::Area { factor: 2 }, GridReduction::Matlab { factor: 3 }, GridReduction::None] {
        for threshold in [None, Some(2.0)] {
            let options = EmdOptions { reduction, threshold, ..EmdOptions::default() };
            let prediction = EmdMasses::of_prediction(&maps[0], reduction).unwrap();
            let empirical = EmdMasses::of_empirical(&maps[1], reduction).unwrap();
            assert_eq!(emd_of_masses(&prediction, &empirical, &options), emd(&maps[0], &maps[1], &options));
        }
    }
    let [one, other] = [1, 2].map(|factor| GridReduction::Area { factor });
    let prediction = EmdMasses::of_prediction(&maps[0], one).unwrap();
    let empirical = EmdMasses::of_empirical(&maps[1], other).unwrap();
    let error = emd_of_masses(&prediction, &empirical, &EmdOptions::default()).unwrap_err();
    assert!(matches!(error, MetricError::SizeMismatch { .. }), "{error}");
}
