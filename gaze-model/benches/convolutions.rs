//! What libtorch's own convolutions reach at the sizes that the backbones of DeepGaze IIE have for a picture of 768 × 1024, on one
//! thread, channels last, in 32 bits: `cargo xtask limits --libtorch`.

use std::{
    error::Error,
    hint::black_box,
    io::{Write, stdout},
    time::Instant,
};

use gaze_model::use_one_thread_per_operation;
use tch::{Kind, Tensor, no_grad};

/// Side of the kernel, channels in and out, height and width of the features. The networks see half of the picture's height and width.
const LAYERS: [(i64, i64, i64, i64, i64); 7] = [
    (3, 64, 64, 96, 128),
    (1, 64, 256, 96, 128),
    (3, 128, 128, 48, 64),
    (1, 512, 128, 48, 64),
    (3, 256, 256, 24, 32),
    (1, 1024, 256, 24, 32),
    (3, 512, 512, 12, 16),
];

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    use_one_thread_per_operation();
    let mut out = stdout().lock();
    writeln!(out, "| kernel | channels | features | multiply-adds | least time | a second |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    let (mut all, mut total) = (0.0, 0.0);
    for (kernel, from, to, height, width) in LAYERS {
        let options = (Kind::Float, tch::Device::Cpu);
        // Channels last: the axes in the order of memory, seen in the order of a convolution.
        let last = |shape: [i64; 4]| Tensor::rand(shape, options).permute([0, 3, 1, 2]);
        let features = last([1, height, width, from]);
        let weights = last([to, kernel, kernel, from]);
        let convolve =
            || no_grad(|| features.conv2d(&weights, None::<&Tensor>, [1, 1], [kernel / 2, kernel / 2], [1, 1], 1));
        let mut least = f64::INFINITY;
        let begin = Instant::now();
        while begin.elapsed().as_secs_f64() < 0.5 {
            let start = Instant::now();
            drop(black_box(convolve()));
            least = least.min(start.elapsed().as_secs_f64());
        }
        let multiply_adds = (kernel * kernel * from * to * height * width) as f64;
        (all, total) = (all + multiply_adds, total + least);
        let rate = multiply_adds / least / 1e9;
        let million = multiply_adds / 1e6;
        writeln!(
            out,
            "| {kernel} × {kernel} | {from} to {to} | {height} × {width} | {million:.0} M | {:.2} ms | {rate:.0} G |",
            1e3 * least
        )?;
    }
    writeln!(out, "\nAll of them: {:.0} G multiply-adds a second.", all / total / 1e9)?;
    Ok(())
}
