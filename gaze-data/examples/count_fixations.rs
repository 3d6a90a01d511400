//! Opens a dataset folder and counts the fixations of every group.
//!
//! ```sh
//! cargo run -p gaze-data --example count_fixations -- FOLDER
//! ```

#![expect(clippy::print_stdout, reason = "this program speaks to a person at a terminal")]

use std::{collections::BTreeMap, error::Error, path::PathBuf};

use gaze_data::{Dataset, scanpaths_within};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("expected the path of a dataset")?;
    let dataset = Dataset::open(&folder, None)?;
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for index in 0..dataset.stimuli().len() {
        let size = dataset.image_size(index)?;
        for gaze in dataset.gaze(index) {
            let (scanpaths, dropped) = scanpaths_within(&gaze.scanpaths?, size, &gaze.source);
            let [inside, outside] = counts.entry(gaze.group).or_default();
            *inside += scanpaths.iter().map(|scanpath| scanpath.fixations().len()).sum::<usize>();
            *outside += dropped.len();
        }
    }
    println!("{} ({}): {} stimuli", dataset.name(), dataset.format(), dataset.stimuli().len());
    for (group, [inside, outside]) in counts {
        println!("{group}: {inside} fixations, {outside} left out");
    }
    Ok(())
}
