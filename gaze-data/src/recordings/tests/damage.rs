//! Damaged copies of every small file: no reader may panic, and what is told is told with the file.

use super::{
    eyelink::ONE_EYE,
    files::{GAZEPOINT, GLASSES_2, IMOTIONS, JSPSYCH, PRO_LAB, SMI_SAMPLES, STUDIO_3},
    heads::{CLOUD, CORE},
};
use crate::{
    recordings::{Messages, read_recording},
    testing::damaged,
};
use std::fs;

/// The number of damaged copies of each file; `benches/fuzz.rs` makes more.
const COPIES: usize = 400;

#[test]
fn no_damage_makes_a_reader_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.txt");
    let mut texts = vec![ONE_EYE, PRO_LAB, STUDIO_3, GLASSES_2, SMI_SAMPLES, GAZEPOINT, JSPSYCH, IMOTIONS];
    texts.extend(CORE.iter().chain(&CLOUD).map(|(_, text)| *text));
    let (mut read, mut all) = (0, 0);
    for (seed, text) in (0..).zip(texts) {
        for bytes in damaged(text.as_bytes(), COPIES, seed) {
            fs::write(&path, bytes).unwrap();
            all += 1;
            match read_recording(&path, &Messages::default(), |_| {}) {
                Ok(_) => read += 1,
                Err(error) => assert!(error.to_string().contains("recording.txt"), "{error}"),
            }
        }
    }
    // Much damage concerns a value that nothing depends on, or the end of the file; the rest is found.
    assert!(read * 4 > all && read < all, "{read} of {all}");
}
