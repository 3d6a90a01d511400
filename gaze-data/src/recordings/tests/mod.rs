//! Every format in a small file written by hand, and the real recordings where this machine has them.

use std::path::Path;

use crate::recordings::{Messages, Recording, Sample, read_recording};

mod damage;
mod eyelink;
mod files;
mod heads;
#[cfg(feature = "hdf5")]
mod real;

/// Reads a recording with all samples.
fn whole(path: &Path) -> (Recording, Vec<Sample>) {
    let mut samples = Vec::new();
    let recording = read_recording(path, &Messages::default(), |sample| samples.push(*sample));
    (recording.unwrap_or_else(|error| panic!("{}: {error}", path.display())), samples)
}

/// Writes a file under a name that says nothing, and reads it.
fn read_bytes(bytes: &[u8]) -> (Recording, Vec<Sample>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.txt");
    std::fs::write(&path, bytes).unwrap();
    whole(&path)
}

/// Returns the message of a file that cannot be read; the file is called `recording.txt`.
fn message(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.txt");
    std::fs::write(&path, bytes).unwrap();
    read_recording(&path, &Messages::default(), |_| {}).unwrap_err().to_string()
}
