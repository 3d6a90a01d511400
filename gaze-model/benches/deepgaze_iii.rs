//! Times DeepGaze III on one picture, for `tests/independent/deepgaze_speed.py`.
//!
//! ```sh
//! cargo bench -p gaze-model --bench deepgaze_iii -- WEIGHTS PICTURE.npy BIAS.npy HISTORY ROUNDS THREADS [OUT.npy]
//! ```
//!
//! PICTURE is an array of bytes of shape `(height, width, 3)`, BIAS one of 64-bit log densities of shape `(height,
//! width)`, HISTORY the fixations made so far, the oldest first, as `X,Y:X,Y`. The program prints JSON: the seconds that
//! opening the weights took, the seconds of each round for a new picture, those for one more fixation on it, and the
//! process's peak memory in MiB. Without arguments it prints its usage.

mod shared;

use std::{
    error::Error,
    io::{Write, stdout},
    time::Instant,
};

use gaze_core::{Fixation, LogDensity};
use gaze_model::{Device, Precision, deepgaze_iii::DeepGazeIii, use_one_thread_per_operation, weights::Weights};
use ndarray::Array2;
use ndarray_npy::{read_npy, write_npy};
use rayon::ThreadPoolBuilder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = shared::arguments();
    let [weights, picture, center_bias, history, rounds, threads, out @ ..] = arguments.as_slice() else {
        writeln!(stdout(), "usage: deepgaze_iii WEIGHTS PICTURE.npy BIAS.npy X,Y:X,Y ROUNDS THREADS [OUT.npy]")?;
        return Ok(());
    };
    use_one_thread_per_operation();
    let pool = ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    let start = Instant::now();
    let model = DeepGazeIii::new(&Weights::prepare(weights)?.0, Device::Cpu, Precision::F32)?;
    let opening = start.elapsed().as_secs_f64();

    let picture = shared::picture(picture)?;
    let center_bias = LogDensity::normalize(read_npy::<_, Array2<f64>>(center_bias)?)?;
    let mut fixations = Vec::new();
    for fixation in history.split(':') {
        let (x, y) = fixation.split_once(',').ok_or("a fixation is X,Y")?;
        fixations.push(Fixation { x: x.parse()?, y: y.parse()? });
    }
    let mut seconds = Vec::new();
    let mut further = Vec::new();
    for _ in 0..rounds.parse()? {
        let start = Instant::now();
        let seen = pool.install(|| model.look(&picture, &center_bias))?;
        let density = pool.install(|| seen.log_density_in_parallel(&fixations))?;
        seconds.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        pool.install(|| seen.log_density_in_parallel(&fixations))?;
        further.push(start.elapsed().as_secs_f64());
        if let [out] = out {
            write_npy(out, &density.values().to_owned())?;
        }
    }
    let json = serde_json::json!({
        "opening": opening, "seconds": seconds, "further": further, "peak_mib": shared::peak_mib()?,
    });
    writeln!(stdout(), "{json}")?;
    Ok(())
}
