//! How far the main loops are from what the machine can do, on one thread: `cargo xtask limits`.
//!
//! The program measures three peaks of the machine (bytes copied, multiplications and additions in 64 bits, fused ones in 32), then
//! each job. What a job needs at least are the bytes that it must read and write once and the multiply-adds of the best method known;
//! the longer of both times, at the peaks, is its limit. It prints a table in Markdown. What the numbers mean is in docs/LIMITS.md.

use std::{
    error::Error,
    hint::black_box,
    io::{Write, stdout},
    time::Instant,
};

use gaze_core::{
    Fixation, Fixations, LogDensity, SaliencyMap, Size, Stimulus,
    numeric::{Loop, vectorized},
};
use gaze_metrics::{EmdOptions, FixationRanks, auc, blurred_map, emd, kl_divergence};
use gaze_model::{
    Scale,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite},
    resize,
};
use gaze_targets::{
    Augmentation, Blur, GaussianKernel, Geometry, GoldStandard, Interpolation, Normalization, PictureSettings, Prior,
    RasterSettings, Rasterizer, Renderer, Splat, empirical_map,
};
use ndarray::{Array2, Array3};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPoolBuilder;

const IMAGE: Size = Size { height: 768, width: 1024 };
/// The blur of Saliency4ASD's empirical maps.
const SIGMA_PX: f64 = 43.0;
/// The pixels that a blur of this width reaches along an axis.
const REACH: f64 = 8.0 * SIGMA_PX + 1.0;
const OBSERVERS: usize = 14;
const FIXATIONS: usize = 10;

/// The kind of arithmetic that a job is made of.
#[derive(Clone, Copy)]
enum Arithmetic {
    /// Multiplications and additions in 64 bits, one after the other, as in all loops whose values must not depend on the machine.
    Double,
    /// Fused multiply-adds in 32 bits.
    Fused,
}

/// A job with what it needs at least.
struct Job {
    name: &'static str,
    bytes: f64,
    multiply_adds: f64,
    arithmetic: Arithmetic,
    seconds: f64,
}

/// What the machine does in a second on one thread.
struct Peaks {
    bytes: f64,
    double: f64,
    fused: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let peaks = Peaks { bytes: copied(), double: double(), fused: fused() };
    let mut out = stdout().lock();
    writeln!(
        out,
        "Peaks of one thread: {:.1} GB/s read and written by a copy of 256 MB; {:.1} G",
        peaks.bytes / 1e9,
        peaks.double / 1e9
    )?;
    writeln!(
        out,
        "multiplications and additions a second in 64 bits, not fused; {:.0} G fused in 32 bits.\n",
        peaks.fused / 1e9
    )?;
    writeln!(out, "| job | bytes | multiply-adds | limit | measured | share of the limit |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for job in jobs()? {
        let arithmetic = match job.arithmetic {
            Arithmetic::Double => peaks.double,
            Arithmetic::Fused => peaks.fused,
        };
        let limit = (job.bytes / peaks.bytes).max(job.multiply_adds / arithmetic);
        writeln!(
            out,
            "| {} | {:.1} MB | {:.1} M | {:.2} ms | {:.2} ms | {:.0} % |",
            job.name,
            job.bytes / 1e6,
            job.multiply_adds / 1e6,
            1e3 * limit,
            1e3 * job.seconds,
            100.0 * limit / job.seconds
        )?;
    }
    Ok(())
}

/// The least time of a call, over half a second and at least five calls.
fn least<R>(mut work: impl FnMut() -> R) -> f64 {
    let begin = Instant::now();
    let (mut least, mut calls) = (f64::INFINITY, 0);
    while calls < 5 || begin.elapsed().as_secs_f64() < 0.5 {
        let start = Instant::now();
        black_box(work());
        least = least.min(start.elapsed().as_secs_f64());
        calls += 1;
    }
    least
}

fn copied() -> f64 {
    let from = vec![1.0f64; 1 << 24];
    let mut to = vec![0.0f64; 1 << 24];
    let bytes = 2.0 * size_of_val(from.as_slice()) as f64;
    bytes / least(|| black_box(&mut to).copy_from_slice(black_box(&from)))
}

/// Rounds of the arithmetic loops.
const ROUNDS: usize = 1 << 20;

/// Sums side by side: enough that none waits for itself, few enough that all stay in registers.
const SUMS: usize = 64;

struct Double(f64);

impl Loop for Double {
    type Output = [f64; SUMS];

    #[inline(always)]
    fn run(self) -> [f64; SUMS] {
        let mut sums = [1.0f64; SUMS];
        for _ in 0..ROUNDS {
            sums.iter_mut().for_each(|sum| *sum = *sum * self.0 + self.0);
        }
        sums
    }
}

fn double() -> f64 {
    (ROUNDS * SUMS) as f64 / least(|| vectorized(Double(black_box(0.5))))
}

struct Fused(f32);

impl Loop for Fused {
    type Output = [f32; 2 * SUMS];

    #[inline(always)]
    fn run(self) -> [f32; 2 * SUMS] {
        let mut sums = [1.0f32; 2 * SUMS];
        for _ in 0..ROUNDS {
            sums.iter_mut().for_each(|sum| *sum = sum.mul_add(self.0, self.0));
        }
        sums
    }
}

fn fused() -> f64 {
    (ROUNDS * 2 * SUMS) as f64 / least(|| vectorized(Fused(black_box(0.5))))
}

fn points(size: Size, count: usize, random: &mut impl Rng) -> Vec<Fixation> {
    let (height, width) = (size.height as f64, size.width as f64);
    // Around the middle, as people's are.
    let mut along = |length: f64| (0..3).map(|_| random.random_range(0.0..length / 3.0)).sum::<f64>();
    (0..count).map(|_| Fixation { x: along(width), y: along(height) }).collect()
}

fn jobs() -> Result<Vec<Job>, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut jobs = study_jobs(&mut random)?;
    jobs.extend(target_jobs(&mut random)?);
    jobs.push(gaze_lite()?);
    Ok(jobs)
}

/// The largest parts of a study.
fn study_jobs(random: &mut ChaCha8Rng) -> Result<Vec<Job>, Box<dyn Error>> {
    let (pixels, map) = (IMAGE.pixels() as f64, 8.0 * IMAGE.pixels() as f64);
    let kernel = GaussianKernel::new(SIGMA_PX)?;
    let observers: Result<Vec<Fixations>, _> =
        (0..OBSERVERS).map(|_| Fixations::new(IMAGE, points(IMAGE, FIXATIONS, random))).collect();
    let observers = observers?;
    let all = Fixations::concatenate(IMAGE, &observers)?;
    let elsewhere = Fixations::new(IMAGE, points(IMAGE, 4000, random))?;
    let center_bias = empirical_map(&elsewhere, &GaussianKernel::new(30.0)?)?;
    let center_bias = LogDensity::from_weights(center_bias.into_values() + 1e-6)?;
    let bias = center_bias.to_saliency_map();
    let gold_standard = GoldStandard::new(&observers, &kernel, Prior::OneMoreObserver(Some(&bias)))?;
    let of_others = gold_standard.weights_without(0, Array2::zeros(IMAGE.dim()))?;
    let mut room = Some(of_others.clone().into_values());
    let mut next = || {
        let map = gold_standard.weights_without(0, room.take().unwrap_or_else(|| Array2::zeros(IMAGE.dim())));
        room = map.map(SaliencyMap::into_values).ok();
    };
    let empirical = empirical_map(&all, &kernel)?;
    // What a Gaussian adds to the pixels that it reaches.
    let splats = |fixations: usize| fixations as f64 * REACH * REACH;
    let two_hundred = Fixations::new(IMAGE, points(IMAGE, 200, random))?;
    let job = |name, bytes, multiply_adds, seconds| Job {
        name,
        bytes,
        multiply_adds,
        arithmetic: Arithmetic::Double,
        seconds,
    };
    Ok(vec![
        job(
            "density of all observers but one, 768 × 1024, 14 × 10 fixations, blur 43 px",
            3.0 * map,
            splats(FIXATIONS) + 2.0 * pixels,
            least(&mut next),
        ),
        job(
            "its AUC, AUC-Judd and AUC-Borji",
            map,
            2.0 * pixels,
            least(|| FixationRanks::count(&of_others, &observers[0])),
        ),
        job("exact AUC, 768 × 1024, 200 fixations", map, 2.0 * pixels, least(|| auc(&bias, &two_hundred))),
        job(
            "KL divergence, 768 × 1024 (a logarithm and two divisions count 35)",
            2.0 * map,
            35.0 * pixels,
            least(|| kl_divergence(&bias, &empirical)),
        ),
        job("empirical map, 140 fixations, blur 43 px", map, splats(all.len()), least(|| empirical_map(&all, &kernel))),
        job(
            "density blurred by 43 px (pixel by pixel; ours goes by way of the frequencies)",
            2.0 * map,
            2.0 * REACH * pixels,
            least(|| blurred_map(&center_bias, SIGMA_PX)),
        ),
        job(
            "earth mover's distance, 24 × 32 cells (the reduction alone; no bound is known for the rest)",
            2.0 * map,
            2.0 * pixels,
            least(|| emd(&bias, &empirical, &EmdOptions::default())),
        ),
    ])
}

/// A picture of 600 × 800 pixels, no two neighbours alike.
fn photograph() -> Array3<u8> {
    Array3::from_shape_fn((600, 800, 3), |(y, x, c)| u8::try_from((y * 7 + x * 3 + c * 50) % 251).unwrap_or(0))
}

/// A training sample.
fn target_jobs(random: &mut ChaCha8Rng) -> Result<Vec<Job>, Box<dyn Error>> {
    let size = Size { height: 480, width: 640 };
    let settings = RasterSettings {
        splat: Splat::Bilinear,
        blur: Blur::WidthFraction(0.03),
        normalization: Normalization::Maximum,
        ..RasterSettings::new(size)
    };
    let experiments: Vec<Vec<Fixation>> = (0..20).map(|_| points(size, 10, random)).collect();
    let mut rasterizer = Rasterizer::new(settings)?;
    let mut target = Array2::zeros(size.dim());
    let reach = 8.0 * 0.03 * size.width as f64 + 1.0;
    let rasterized = least(|| {
        rasterizer.rasterize_into(size, &Geometry::default(), &experiments, random, black_box(&mut target).view_mut())
    });

    let small = Size { height: 240, width: 320 };
    let picture = photograph();
    let mut renderer = Renderer::new(PictureSettings::new(small))?;
    let mut turned = Augmentation { interpolation: Interpolation::Linear, ..Augmentation::default() };
    turned.geometry.angle_degrees = 11.0;
    let mut rendered = Array3::<u8>::zeros((3, 240, 320));
    let warped = least(|| renderer.render_into(picture.view(), &turned, random, black_box(&mut rendered).view_mut()));
    Ok(vec![
        Job {
            name: "training target, 480 × 640, 20 × 10 fixations, blur 19.2 px",
            bytes: 4.0 * size.pixels() as f64,
            multiply_adds: 200.0 * reach * reach,
            arithmetic: Arithmetic::Fused,
            seconds: rasterized,
        },
        Job {
            name: "picture of 600 × 800 turned by 11° to 240 × 320, 9 samples a pixel",
            bytes: (picture.len() + rendered.len()) as f64,
            // Four pixels of three channels for each sample.
            multiply_adds: 9.0 * 12.0 * small.pixels() as f64,
            arithmetic: Arithmetic::Fused,
            seconds: warped,
        },
    ])
}

fn gaze_lite() -> Result<Job, Box<dyn Error>> {
    let model = GazeLite::embedded()?;
    let picture = Stimulus::new(photograph())?;
    let pool = ThreadPoolBuilder::new().num_threads(1).build()?;
    let seen = resize(&picture, Scale::LongSide(DEFAULT_LONG_SIDE).size(picture.size()))?;
    let center_bias = model.center_bias(picture.size())?;
    let seconds = least(|| {
        pool.install(|| model.log_density_in_parallel(&seen, &center_bias).map_err(|error| error.to_string()))
    });
    Ok(Job {
        name: "gaze-lite on a picture of 800 × 600 (the multiply-adds of its backbone)",
        bytes: 0.0,
        multiply_adds: 6.41e9,
        arithmetic: Arithmetic::Fused,
        seconds,
    })
}
