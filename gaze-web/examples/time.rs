//! The time from a picture's bytes to what the page draws, without a browser: `cargo run --release -p gaze-web --example time -- FILE ROUNDS`.

#![expect(clippy::print_stdout, reason = "an example speaks to a terminal")]

use std::{env, error::Error, fs, time::Instant};

use gaze_web::Session;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = env::args().skip(1);
    let file = fs::read(words.next().ok_or("name a picture")?)?;
    let rounds: usize = words.next().map_or(Ok(5), |rounds| rounds.parse())?;
    let mut session = Session::default();
    let opened = session.answer(b"{\"ask\": \"start\"}\n");
    assert!(!opened.starts_with(b"{\"error\""), "the model opens");
    let question = [b"{\"ask\": \"open\", \"slot\": \"a\", \"name\": \"picture\"}\n", file.as_slice()].concat();
    let mut times: Vec<f64> = (0..rounds.max(1))
        .map(|_| {
            let start = Instant::now();
            let opened = session.answer(&question);
            let drawn = [
                "{\"ask\": \"picture\", \"slot\": \"a\"}\n",
                "{\"ask\": \"heat\", \"slot\": \"a\", \"palette\": \"inferno\"}\n",
            ]
            .map(|question| session.answer(question.as_bytes()).len());
            assert!(!opened.starts_with(b"{\"error\"") && drawn.iter().all(|&length| length > 100), "it is predicted");
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{:.3} s at least, {:.3} s in the median of {}", times[0], times[times.len() / 2], times.len());
    Ok(())
}
