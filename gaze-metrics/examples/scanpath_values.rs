//! Computes every measure of scanpaths on pairs that another program asks about: JSON on standard input, JSON on standard output.
//! `tests/independent/scanpaths.py compare` runs it and says which implementations agree.

#![expect(clippy::unwrap_used, reason = "what is asked must have the form that the script writes")]

#[path = "../tests/scanpaths/values.rs"]
mod values;

use std::{collections::BTreeMap, io, time::Instant};

use serde_json::{Value, json};

use values::{MEASURES, Pair};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let asked: Value = serde_json::from_reader(io::stdin().lock())?;
    let pairs = Pair::all(&asked["pairs"]);
    let (mut values, mut seconds) = (BTreeMap::new(), BTreeMap::new());
    for (name, measure) in MEASURES {
        let begin = Instant::now();
        let found: Vec<_> = pairs.iter().map(measure).collect();
        seconds.insert(name, begin.elapsed().as_secs_f64());
        values.insert(name, found.into_iter().map(Result::ok).collect::<Vec<Option<f64>>>());
    }
    serde_json::to_writer(io::stdout().lock(), &json!({"values": values, "seconds": seconds}))?;
    Ok(())
}
