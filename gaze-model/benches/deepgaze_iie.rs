//! Times DeepGaze IIE on one picture, for `tests/independent/deepgaze_speed.py`.
//!
//! ```sh
//! cargo bench -p gaze-model --bench deepgaze_iie -- WEIGHTS PICTURE.npy BIAS.npy ROUNDS THREADS [OUT.npy]
//! ```
//!
//! PICTURE is an array of bytes of shape `(height, width, 3)`, BIAS one of 64-bit log densities of shape `(height,
//! width)`. The program prints JSON: the seconds that opening the weights took, the seconds of each round, those of the
//! backbones alone, and the process's peak memory in MiB. Without arguments it prints its usage.

mod shared;

use std::{
    error::Error,
    io::{Write, stdout},
    time::Instant,
};

use gaze_core::LogDensity;
use gaze_model::{Device, Precision, deepgaze_iie::DeepGazeIie, use_one_thread_per_operation, weights::Weights};
use ndarray::Array2;
use ndarray_npy::{read_npy, write_npy};
use rayon::ThreadPoolBuilder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = shared::arguments();
    let [weights, picture, center_bias, rounds, threads, out @ ..] = arguments.as_slice() else {
        writeln!(stdout(), "usage: deepgaze_iie WEIGHTS PICTURE.npy BIAS.npy ROUNDS THREADS [OUT.npy]")?;
        return Ok(());
    };
    use_one_thread_per_operation();
    let pool = ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    let start = Instant::now();
    let model = DeepGazeIie::new(&Weights::prepare(weights)?.0, Device::Cpu, Precision::F32)?;
    let opening = start.elapsed().as_secs_f64();

    let picture = shared::picture(picture)?;
    let center_bias = LogDensity::normalize(read_npy::<_, Array2<f64>>(center_bias)?)?;
    let mut seconds = Vec::new();
    let mut backbones = Vec::new();
    for _ in 0..rounds.parse()? {
        let start = Instant::now();
        let density = pool.install(|| model.log_density_in_parallel(&picture, &center_bias))?;
        seconds.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        pool.install(|| model.features_in_parallel(&picture))?;
        backbones.push(start.elapsed().as_secs_f64());
        if let [out] = out {
            write_npy(out, &density.values().to_owned())?;
        }
    }
    let json = serde_json::json!({
        "opening": opening, "seconds": seconds, "backbones": backbones, "peak_mib": shared::peak_mib()?,
    });
    writeln!(stdout(), "{json}")?;
    Ok(())
}
