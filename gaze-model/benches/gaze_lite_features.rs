//! Writes the features that gaze-lite's backbone computes, for `tests/independent/gaze_lite_backbone.py`.
//!
//! ```sh
//! cargo bench -p gaze-model --bench gaze_lite_features -- PICTURE.npy FOLDER
//! ```
//!
//! PICTURE is an array of bytes of shape `(height, width, 3)`. For each tapped block the program writes `blockN.npy`
//! into FOLDER, an array of 32-bit numbers of shape `(channels, h, w)`. Without arguments it prints its usage.

use std::{
    env,
    error::Error,
    io::{Write, stdout},
    path::Path,
};

use gaze_core::Stimulus;
use gaze_model::{gaze_lite::backbone_features, use_one_thread_per_operation};
use ndarray::Array3;
use ndarray_npy::{read_npy, write_npy};

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [picture, folder] = arguments.as_slice() else {
        writeln!(stdout(), "usage: gaze_lite_features PICTURE.npy FOLDER")?;
        return Ok(());
    };
    use_one_thread_per_operation();
    let picture = Stimulus::new(read_npy::<_, Array3<u8>>(picture)?)?;
    for (block, feature) in backbone_features(&picture)? {
        write_npy(Path::new(folder).join(format!("block{block}.npy")), &feature)?;
    }
    Ok(())
}
