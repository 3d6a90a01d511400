//! Times gaze-lite on one picture.
//!
//! ```sh
//! cargo bench -p gaze-model --bench gaze_lite -- PICTURE.npy ROUNDS THREADS [OUT.npy]
//! ```
//!
//! PICTURE is an array of bytes of shape `(height, width, 3)`. Each round resizes it to the default long side, predicts
//! it, and makes the density at the picture's own size. The program prints JSON: the seconds that opening the model
//! took, the seconds of each round, and the process's peak memory in MiB. Without arguments it prints its usage.

mod shared;

use std::{
    error::Error,
    io::{Write, stdout},
    time::Instant,
};

use gaze_model::{
    Scale,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite},
    resize,
};
use ndarray_npy::write_npy;
use rayon::ThreadPoolBuilder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = shared::arguments();
    let [picture, rounds, threads, out @ ..] = arguments.as_slice() else {
        writeln!(stdout(), "usage: gaze_lite PICTURE.npy ROUNDS THREADS [OUT.npy]")?;
        return Ok(());
    };
    let pool = ThreadPoolBuilder::new().num_threads(threads.parse()?).build()?;
    let start = Instant::now();
    let model = GazeLite::embedded()?;
    let opening = start.elapsed().as_secs_f64();

    let picture = shared::picture(picture)?;
    let mut seconds = Vec::new();
    for _ in 0..rounds.parse()? {
        let start = Instant::now();
        let density = pool.install(|| -> Result<_, Box<dyn Error + Send + Sync>> {
            let seen = resize(&picture, Scale::LongSide(DEFAULT_LONG_SIDE).size(picture.size()))?;
            Ok(model.log_density_in_parallel(&seen, &model.center_bias(picture.size())?)?)
        });
        let density = density.map_err(|error| error.to_string())?;
        seconds.push(start.elapsed().as_secs_f64());
        if let [out] = out {
            write_npy(out, &density.values().to_owned())?;
        }
    }
    let json = serde_json::json!({"opening": opening, "seconds": seconds, "peak_mib": shared::peak_mib()?});
    writeln!(stdout(), "{json}")?;
    Ok(())
}
