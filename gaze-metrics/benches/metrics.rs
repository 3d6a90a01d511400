//! Every metric on a 600 × 800 map without ties and 100 fixations, on one thread, and AUC on a larger one.
//!
//! `cargo bench -p gaze-metrics --bench metrics`; the figures and their peers' are in `BENCHMARKS.md`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, SaliencyMap, Size};
use gaze_metrics::{
    AucVariant, ExpectedSimilarity, FixationRanks, NssVariant, auc, auc_borji, auc_judd, blurred_map, cc,
    information_gain, information_gain_mit, kl_divergence, nss, nss_variant, shuffled_auc, sim, sim_map, sim_mit,
};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SIZE: Size = Size { height: 600, width: 800 };

/// Bumps on a slope with a little noise: smooth like a prediction, and no two values alike.
fn map(size: Size, random: &mut ChaCha8Rng) -> SaliencyMap<'static> {
    let (height, width) = (size.height as f64, size.width as f64);
    let bumps: Vec<[f64; 3]> = (0..6)
        .map(|_| {
            [random.random::<f64>() * height, random.random::<f64>() * width, 20.0 + random.random::<f64>() * 60.0]
        })
        .collect();
    let values = Array2::from_shape_fn(size.dim(), |(y, x)| {
        let bump = |[row, column, sigma]: &[f64; 3]| {
            (-((y as f64 - row).powi(2) + (x as f64 - column).powi(2)) / (2.0 * sigma * sigma)).exp()
        };
        bumps.iter().map(bump).sum::<f64>() + 0.01 + 1e-3 * random.random::<f64>()
    });
    SaliencyMap::new(values).expect("finite")
}

fn fixations(size: Size, random: &mut ChaCha8Rng, count: usize) -> Fixations {
    let (height, width) = (size.height as f64, size.width as f64);
    let mut point = || Fixation { x: random.random::<f64>() * width, y: random.random::<f64>() * height };
    Fixations::new(size, (0..count).map(|_| point()).collect()).expect("inside")
}

fn metrics(criterion: &mut Criterion) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let large = Size { height: 768, width: 1024 };
    let (large_map, large_fixations) = (map(large, &mut random), fixations(large, &mut random, 200));
    criterion.bench_function("768x1024/200/auc", |b| b.iter(|| auc(black_box(&large_map), &large_fixations)));

    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (map, empirical) = (map(SIZE, &mut random), map(SIZE, &mut random));
    let fixations = self::fixations(SIZE, &mut random, 100);
    let others = FixationMap::count(&self::fixations(SIZE, &mut random, 1412));
    let density = LogDensity::from_weights(map.values().to_owned()).expect("mass");
    let baseline = LogDensity::from_weights(empirical.values().to_owned()).expect("mass");

    let mut group = criterion.benchmark_group("600x800/100");
    // One definition of each metric but EMD, in profile `tuebingen` where there are two.
    group.bench_function("all but emd", |b| {
        b.iter(|| {
            let (map, at) = (black_box(&map), &fixations);
            let areas = FixationRanks::count(map, at).map(|ranks| (ranks.auc(AucVariant::Uniform), ranks.auc_borji()));
            let at_fixations =
                (shuffled_auc(map, at, &others), nss(map, at), information_gain(&density, &baseline, at));
            (areas, at_fixations, cc(map, &empirical), sim(map, &empirical), kl_divergence(map, &empirical))
        });
    });
    group.bench_function("auc", |b| b.iter(|| auc(black_box(&map), &fixations)));
    group.bench_function("auc_judd", |b| b.iter(|| auc_judd(black_box(&map), &fixations)));
    group.bench_function("auc_borji", |b| b.iter(|| auc_borji(black_box(&map), &fixations)));
    group.bench_function("auc, judd, borji at once", |b| b.iter(|| FixationRanks::count(black_box(&map), &fixations)));
    group.bench_function("sauc", |b| b.iter(|| shuffled_auc(black_box(&map), &fixations, &others)));
    group.bench_function("nss", |b| b.iter(|| nss(black_box(&map), &fixations)));
    group.bench_function("nss_mit", |b| b.iter(|| nss_variant(black_box(&map), &fixations, NssVariant::Mit)));
    group.bench_function("cc", |b| b.iter(|| cc(black_box(&map), &empirical)));
    group.bench_function("sim", |b| b.iter(|| sim(black_box(&map), &empirical)));
    group.bench_function("sim_mit", |b| b.iter(|| sim_mit(black_box(&map), &empirical)));
    group.bench_function("kl", |b| b.iter(|| kl_divergence(black_box(&map), &empirical)));
    group.bench_function("ig", |b| b.iter(|| information_gain(black_box(&density), &baseline, &fixations)));
    group.bench_function("ig_mit", |b| b.iter(|| information_gain_mit(black_box(&map), &empirical, &fixations)));
    group.finish();

    let mut group = criterion.benchmark_group("600x800/derived");
    group.sample_size(20);
    let experiment = ExpectedSimilarity { fixations: 100, sigma_px: 24.0, samples: 100 };
    group.bench_function("blurred, 24 px", |b| b.iter(|| blurred_map(black_box(&density), 24.0)));
    group.bench_function("most similar, 24 px, 100 draws", |b| {
        b.iter(|| sim_map(black_box(&density), experiment, &mut ChaCha8Rng::seed_from_u64(1)));
    });
    group.finish();
}

criterion_group!(benches, metrics);
criterion_main!(benches);
