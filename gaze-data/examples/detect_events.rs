//! Finds events in a table of samples, for a comparison with other programs: `detect_events FILE PIXELS_PER_DEGREE METHOD`.
//!
//! The table has the columns time, x and y, separated by commas, and no header; an empty x or y is a lost sample. The method is
//! that of `--events`, or `saccades` for microsaccades with six times the noise. The program writes the first and last time of
//! each event, and then how many milliseconds it took (of five, the fastest).

#![expect(clippy::print_stdout, reason = "another program reads this")]

use std::{error::Error, fs, time::Instant};

use gaze_core::PixelsPerDegree;
use gaze_data::{Detector, GazeSample, saccades};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, scale, method] = arguments.as_slice() else { return Err("FILE PIXELS_PER_DEGREE METHOD".into()) };
    let scale = PixelsPerDegree::new(scale.parse()?)?;
    let samples: Vec<GazeSample> = fs::read_to_string(file)?
        .lines()
        .map(|line| {
            let values: Vec<f64> = line.split(',').map(|text| text.parse().unwrap_or(f64::NAN)).collect();
            match values[..] {
                [time_ms, x, y] => Ok(GazeSample { time_ms, x, y }),
                _ => Err(format!("not three values: {line}")),
            }
        })
        .collect::<Result<_, _>>()?;
    let mut fastest = f64::INFINITY;
    let mut events = Vec::new();
    for _ in 0..5 {
        let begin = Instant::now();
        events = if method == "saccades" {
            saccades(&samples, 6.0, 6.0)?
        } else {
            let detector: Detector = method.parse()?;
            let times = |start: Option<f64>, duration: Option<f64>| Some((start?, start? + duration?));
            let found = detector.fixations(&samples, scale)?;
            found.iter().filter_map(|fixation| times(fixation.start_ms, fixation.duration_ms)).collect()
        };
        fastest = fastest.min(begin.elapsed().as_secs_f64() * 1000.0);
    }
    for (first, last) in &events {
        println!("{first},{last}");
    }
    println!("# {fastest} ms");
    Ok(())
}
