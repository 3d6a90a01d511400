//! Computes every measure of scanpaths on pairs that another program asks about: JSON on standard input, JSON on standard output.
//! `tests/independent/scanpaths.py compare` runs it and says which implementations agree.

#![expect(clippy::unwrap_used, reason = "what is asked must have the form that the script writes")]

#[path = "../tests/scanpaths/values.rs"]
mod values;

use std::{collections::BTreeMap, io, time::Instant};

use serde_json::{Value, json};

use values::{MEASURES, Pair};

const PASSES: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let asked: Value = serde_json::from_reader(io::stdin().lock())?;
    let pairs = Pair::all(&asked["pairs"]);
    let (mut values, mut seconds) = (BTreeMap::new(), BTreeMap::new());
    for (name, measure) in MEASURES {
        // The least of a few times: a pass takes a millisecond, and on a busy machine another program may have most of it.
        let mut least = f64::INFINITY;
        let mut found = Vec::new();
        for _ in 0..PASSES {
            let begin = Instant::now();
            found = pairs.iter().map(measure).collect();
            least = least.min(begin.elapsed().as_secs_f64());
        }
        seconds.insert(name, least);
        values.insert(name, found.into_iter().map(Result::ok).collect::<Vec<Option<f64>>>());
    }
    serde_json::to_writer(io::stdout().lock(), &json!({"values": values, "seconds": seconds}))?;
    Ok(())
}
