//! Weights of DeepGaze IIE's size, made up and written by xtask, read by gaze-model.

use std::fs;

use gaze_model::weights::{Conversion, Problem, Problems, Weights, WeightsError, default_folder};
use xtask::synthetic::{self, Dtype, Network};

/// Every number of the 420 MB makes the whole way: generator, PyTorch's layout, conversion, map into memory, reader.
#[test]
fn the_synthetic_weights_are_read_as_they_were_made() {
    const SEED: u64 = 0x5eed;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("synthetic.pth");
    synthetic::write(&path, Network::DeepGazeIie, SEED, |_| {}).unwrap();
    let (weights, conversion) = Weights::prepare(&path).unwrap();
    assert!(matches!(conversion, Conversion::Written(_)), "{conversion}");
    // The order of the state dict is that of the original; the conversion has its own.
    let entries = synthetic::entries(Network::DeepGazeIie);
    assert!(Weights::open(&path).unwrap().names().eq(entries.iter().map(|entry| entry.key.as_str())));

    let reader = weights.reader();
    for entry in entries.iter().filter(|entry| entry.dtype == Dtype::Float32) {
        let values = reader.root().f32(&entry.key, &entry.shape);
        let same = values.iter().map(|value| value.to_bits()).eq(entry.values(SEED).map(f32::to_bits));
        assert!(same, "{}", entry.key);
    }
    // The counters of the batch norms were not asked for, and are allowed.
    reader.finish().unwrap();

    let (_, conversion) = Weights::prepare(&path).unwrap();
    assert!(matches!(conversion, Conversion::Found(_)), "{conversion}");
    let reader = weights.reader();
    let all_but_one = entries.iter().skip(1).filter(|entry| entry.dtype == Dtype::Float32);
    all_but_one.for_each(|entry| reader.root().unused(&entry.key, &entry.shape));
    let Err(WeightsError::Tensors { problems: Problems(problems), .. }) = reader.finish() else {
        panic!("one tensor was not asked for");
    };
    let first = &entries[0];
    assert_eq!(problems, [Problem::LeftOver { name: first.key.clone(), shape: first.shape.clone() }]);
}

#[test]
fn weights_are_put_where_they_are_looked_for() {
    assert_eq!(xtask::weights_folder(), default_folder());
    assert!(fs::read_to_string("../README.md").unwrap().contains("~/.cache/gaze/weights"));
}
