//! How long targets take: gaze of 20 experiments on a 480 × 640 picture, blurred by 3 % of the width.

#![expect(missing_docs, reason = "criterion's macros make functions without documentation")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gaze_core::{Fixation, Size};
use gaze_targets::{Blur, Geometry, Normalization, Overlap, RasterSettings, Rasterizer, Splat};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const PICTURE: Size = Size { height: 480, width: 640 };

/// Gaze of `experiments` observers, uniformly on the picture.
fn gaze(experiments: usize, fixations: usize) -> Vec<Vec<Fixation>> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut point = || Fixation { x: random.random_range(0.0..640.0), y: random.random_range(0.0..480.0) };
    (0..experiments).map(|_| (0..fixations).map(|_| point()).collect()).collect()
}

fn rasterize(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rasterize");
    let settings = RasterSettings {
        splat: Splat::Bilinear,
        blur: Blur::WidthFraction(0.03),
        normalization: Normalization::Maximum,
        ..RasterSettings::new(PICTURE)
    };
    let cases = [
        ("accumulate", settings, 10),
        ("assign", RasterSettings { overlap: Overlap::Assign, ..settings }, 10),
        ("no blur", RasterSettings { blur: Blur::None, ..settings }, 10),
        ("accumulate", settings, 50),
        ("accumulate", settings, 250),
        ("accumulate", settings, 2500),
    ];
    for (name, settings, fixations) in cases {
        let experiments = gaze(20, fixations);
        let mut rasterizer = Rasterizer::new(settings).expect("the settings are right");
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut target = Array2::zeros(PICTURE.dim());
        group.bench_function(BenchmarkId::new(name, format!("480x640/20x{fixations}")), |bencher| {
            bencher.iter(|| {
                let view = black_box(&mut target).view_mut();
                rasterizer.rasterize_into(PICTURE, &Geometry::default(), &experiments, &mut random, view)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, rasterize);
criterion_main!(benches);
