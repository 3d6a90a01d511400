//! The time that targets take: gaze of 20 experiments on a 480 × 640 picture, blurred by 3 % of the width.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gaze_core::{Fixation, Size};
use gaze_targets::{
    Augmentation, Blur, Geometry, Interpolation, Normalization, Overlap, PictureSettings, RasterSettings, Rasterizer,
    Renderer, Splat,
};
use ndarray::{Array2, Array3};
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

/// A photograph-like picture: smooth, with some texture.
fn photograph() -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let picture = image::RgbImage::from_fn(800, 600, |x, y| {
        let (x, y) = (f64::from(x) / 40.0, f64::from(y) / 35.0);
        let mut value = |phase: f64| {
            let smooth = 120.0 + 60.0 * (x + phase).sin() * (y - phase).cos() + 30.0 * (3.1 * x * y / 9.0).sin();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
            let level = (smooth + random.random_range(-12.0..12.0)) as u8;
            level
        };
        image::Rgb([value(0.0), value(0.7), value(1.9)])
    });
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85);
    picture.write_with_encoder(encoder).expect("memory can be written to");
    bytes
}

fn decode(bytes: &[u8]) -> Array3<u8> {
    let picture = image::load_from_memory_with_format(bytes, image::ImageFormat::Jpeg).expect("it was just written");
    let picture = picture.into_rgb8();
    let (width, height) = picture.dimensions();
    Array3::from_shape_vec((height as usize, width as usize, 3), picture.into_raw()).expect("three bytes a pixel")
}

fn sample(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sample");
    let bytes = photograph();
    if let Ok(path) = std::env::var("GAZE_BENCH_JPEG") {
        std::fs::write(path, &bytes).expect("the path can be written to");
    }
    let size = Size { height: 240, width: 320 };
    let settings = RasterSettings {
        splat: Splat::Bilinear,
        blur: Blur::WidthFraction(0.03),
        normalization: Normalization::Maximum,
        ..RasterSettings::new(size)
    };
    let mut rasterizer = Rasterizer::new(settings).expect("the settings are right");
    let mut renderer = Renderer::new(PictureSettings::new(size)).expect("the settings are right");
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut target, mut picture) = (Array2::zeros(size.dim()), Array3::<u8>::zeros((3, 240, 320)));
    let gaze = gaze(20, 10);
    let decoded = decode(&bytes);
    let source = Size { height: 600, width: 800 };
    let upright = Augmentation { interpolation: Interpolation::Linear, ..Augmentation::default() };
    let mut turned = upright;
    turned.geometry.angle_degrees = 11.0;
    group.bench_function("decode/600x800", |bencher| bencher.iter(|| decode(black_box(&bytes))));
    for (name, augmentation) in [("upright", upright), ("turned", turned)] {
        group.bench_function(BenchmarkId::new("warp", name), |bencher| {
            bencher.iter(|| renderer.render_into(decoded.view(), &augmentation, &mut random, picture.view_mut()));
        });
        group.bench_function(BenchmarkId::new("decode, warp, map", name), |bencher| {
            bencher.iter(|| {
                let decoded = decode(black_box(&bytes));
                renderer.render_into(decoded.view(), &augmentation, &mut random, picture.view_mut())?;
                let geometry = &augmentation.geometry;
                rasterizer.rasterize_into(source, geometry, &gaze, &mut random, target.view_mut())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, rasterize, sample);
criterion_main!(benches);
