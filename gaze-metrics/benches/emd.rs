//! Time of the earth mover's distance on the grids of 600 x 800 maps reduced by 32, 16 and 8.
//!
//! `blobs` are two mixtures of Gaussians, `noise` is uniform, `osie` are real maps with their area sums included.
//! With `EMD_DUMP=FOLDER` the grids of the first two are written there, for other solvers.

use std::{env, fs, hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use gaze_core::SaliencyMap;
use gaze_metrics::{EmdOptions, GridReduction, emd};
use ndarray::Array2;
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const GRIDS: [(usize, usize, usize); 3] = [(32, 19, 25), (16, 38, 50), (8, 75, 100)];

fn map(values: Array2<f64>) -> SaliencyMap<'static> {
    SaliencyMap::new(values).expect("finite values")
}

fn blobs((height, width): (usize, usize), count: usize, seed: u64) -> Array2<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = || (random.random::<f64>() * height as f64, random.random::<f64>() * width as f64);
    let centers: Vec<(f64, f64)> = (0..count).map(|_| draw()).collect();
    let sigma = height as f64 / 12.0;
    let squared =
        |(y, x): (f64, f64), row: usize, column: usize| (row as f64 - y).powi(2) + (column as f64 - x).powi(2);
    Array2::from_shape_fn((height, width), |(row, column)| {
        centers.iter().map(|&center| (-squared(center, row, column) / (2.0 * sigma * sigma)).exp()).sum()
    })
}

fn noise(size: (usize, usize), seed: u64) -> Array2<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn(size, || random.random())
}

/// Spectral residual and empirical map of a 600 x 800 image of the golden data.
fn osie(name: &str) -> SaliencyMap<'static> {
    let maps = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/metrics/maps");
    let path = maps.join(format!("osie1005_{name}.npy"));
    let open = || fs::File::open(&path).expect("a stored map");
    let bytes = Array2::<u8>::read_npy(open()).map(|map| map.mapv(f64::from));
    let words = || Array2::<u16>::read_npy(open()).map(|map| map.mapv(f64::from));
    map(bytes
        .or_else(|_| words())
        .unwrap_or_else(|_| Array2::<f32>::read_npy(open()).expect("a map of bytes, words or floats").mapv(f64::from)))
}

fn dump(name: &str, map: &Array2<f64>) {
    if let Ok(folder) = env::var("EMD_DUMP") {
        let file = fs::File::create(Path::new(&folder).join(format!("{name}.npy"))).expect("a folder to write to");
        map.write_npy(file).expect("a file to write to");
    }
}

fn bench(criterion: &mut Criterion) {
    let cells = EmdOptions { reduction: GridReduction::None, ..EmdOptions::default() };
    let (prediction, empirical) = (osie("b"), osie("gt_all"));
    for (factor, height, width) in GRIDS {
        let mut group = criterion.benchmark_group(format!("emd/{height}x{width}"));
        group.sample_size(10);
        let size = (height, width);
        for (kind, p, e) in [("blobs", blobs(size, 6, 1), blobs(size, 8, 2)), ("noise", noise(size, 3), noise(size, 4))]
        {
            dump(&format!("{kind}_{height}_p"), &p);
            dump(&format!("{kind}_{height}_e"), &e);
            let (p, e) = (map(p), map(e));
            group.bench_function(kind, |bencher| bencher.iter(|| emd(black_box(&p), black_box(&e), &cells)));
        }
        let options = EmdOptions { reduction: GridReduction::Area { factor }, ..EmdOptions::default() };
        group.bench_function("osie", |bencher| {
            bencher.iter(|| emd(black_box(&prediction), black_box(&empirical), &options));
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
