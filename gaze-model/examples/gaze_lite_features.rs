//! Writes what gaze-lite's backbone makes of a picture, for `tests/independent/gaze_lite_backbone.py`.
//!
//! ```sh
//! gaze_lite_features PICTURE.npy FOLDER
//! ```
//!
//! PICTURE has bytes `(height, width, 3)`; FOLDER gets `blockN.npy`, `(channels, h, w)` of 32 bits, for each tapped block.

use std::{env, error::Error, path::Path};

use gaze_core::Stimulus;
use gaze_model::{gaze_lite::backbone_features, use_one_thread_per_operation};
use ndarray::Array3;
use ndarray_npy::{read_npy, write_npy};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [picture, folder] = arguments.as_slice() else {
        return Err("gaze_lite_features PICTURE.npy FOLDER".into());
    };
    use_one_thread_per_operation();
    let picture = Stimulus::new(read_npy::<_, Array3<u8>>(picture)?)?;
    for (block, feature) in backbone_features(&picture)? {
        write_npy(Path::new(folder).join(format!("block{block}.npy")), &feature)?;
    }
    Ok(())
}
