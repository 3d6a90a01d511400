//! Reads a recording and says how fast: `cargo run --release -p gaze-data --example read_recording -- FILE`.
//!
//! With a number instead of a file, a recording of EyeLink of so many megabytes is made first: both eyes at 1000 Hz, a trial of
//! four seconds, a fixation each 300 ms.

#![expect(clippy::print_stdout, reason = "this program speaks to a person at a terminal")]

use std::{
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use gaze_data::{Messages, read_recording};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1).ok_or("which file, or how many megabytes?")?;
    let (path, is_made) = match argument.parse::<u64>() {
        Ok(megabytes) => (made(megabytes)?, true),
        Err(_) => (PathBuf::from(argument), false),
    };
    let length = fs::metadata(&path)?.len() as f64;
    let begin = Instant::now();
    let mut sum = 0.0;
    let recording = read_recording(&path, &Messages::default(), |sample| {
        if sample.left.is_valid() {
            sum += sample.left.x;
        }
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let mean = sum / recording.samples.all.max(1) as f64;
    println!(
        "{} samples (mean x {mean:.3}), {} fixations, {} trials",
        recording.samples.all,
        recording.fixations.len(),
        recording.trials.len()
    );
    println!("{:.1} MB in {seconds:.3} s: {:.0} MB/s", length / 1e6, length / 1e6 / seconds);
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
        println!("most memory: {}", peak.trim_start_matches("VmHWM:").trim());
    }
    if is_made {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Makes a recording of so many megabytes.
fn made(megabytes: u64) -> Result<PathBuf, Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("gaze-recording-{}.asc", std::process::id()));
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    write_recording(&mut file, megabytes * 1_000_000)?;
    file.flush()?;
    Ok(Path::new(&path).to_owned())
}

fn write_recording(file: &mut impl Write, length: u64) -> std::io::Result<()> {
    let mut written = 0u64;
    let mut line = String::new();
    let mut put = |file: &mut dyn Write, text: &str| {
        written += text.len() as u64;
        file.write_all(text.as_bytes()).map(|()| written)
    };
    put(file, "** CONVERTED FROM made.edf\nMSG\t1 DISPLAY_COORDS 0 0 1919 1079\n")?;
    put(file, "START\t1000 \tLEFT\tRIGHT\tSAMPLES\tEVENTS\nSAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t1000.00\tTRACKING\tCR\n")?;
    let mut seed = 1u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f64 / f64::from(1 << 24)
    };
    let (mut x, mut y) = (960.0, 540.0);
    for time in 1000u64.. {
        use std::fmt::Write as _;
        line.clear();
        if time % 4000 == 0 {
            let _ = writeln!(line, "MSG\t{time} TRIALID {}\nMSG\t{time} SYNCTIME", time / 4000);
        }
        if time % 300 == 0 {
            let _ = writeln!(line, "EFIX L   {}\t{}\t299\t  {x:.1}\t  {y:.1}\t    901", time - 299, time - 1);
            (x, y) = (random() * 1900.0, random() * 1070.0);
        }
        let (dx, dy) = (random() * 2.0, random() * 2.0);
        let _ = writeln!(
            line,
            "{time}\t {:7.1}\t {:7.1}\t  901.0\t {:7.1}\t {:7.1}\t  899.0\t.....",
            x + dx,
            y + dy,
            x - dx,
            y - dy
        );
        if put(file, &line)? > length {
            break;
        }
    }
    put(file, "END\t9999999999 \tSAMPLES\tEVENTS\n")?;
    Ok(())
}
