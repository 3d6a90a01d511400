//! pysaliency's own files, and files that are not quite such.

use std::fs;

use gaze_core::Size;
use hdf5_pure::{AttrValue, FileBuilder};

use crate::{Dataset, Format, testing};

/// A folder with some of the real files under the usual names.
fn folder_with(files: &[(&str, &str)]) -> Option<tempfile::TempDir> {
    let real = testing::real_data("pysaliency_hdf5")?;
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in files {
        fs::copy(real.join(from), folder.path().join(to)).unwrap();
    }
    fs::create_dir(folder.path().join("stimuli")).unwrap();
    for number in 0..3 {
        let name = format!("stimuli/img{number}.png");
        fs::copy(real.join(&name), folder.path().join(name)).unwrap();
    }
    Some(folder)
}

/// Scanpaths, fixations, and the sums of x, y and durations in seconds.
fn totals(dataset: &Dataset) -> (usize, usize, f64, f64, f64) {
    let mut totals = (0, 0, 0.0, 0.0, 0.0);
    for index in 0..dataset.stimuli().len() {
        for gaze in dataset.gaze(index) {
            for scanpath in gaze.scanpaths.unwrap() {
                totals.0 += 1;
                for fixation in scanpath.fixations {
                    totals.1 += 1;
                    totals.2 += fixation.x;
                    totals.3 += fixation.y;
                    totals.4 += fixation.duration_ms.unwrap_or(0.0) / 1000.0;
                }
            }
        }
    }
    totals
}

#[test]
fn the_real_files_of_every_type_hold_the_same_gaze() {
    // Sums computed with h5py and NumPy.
    const X: f64 = 550.763_725_391_795_8;
    const Y: f64 = 613.941_845_399_002_5;
    const SECONDS: f64 = 10.755_116_960_190;
    // The order of a sum of 26 numbers.
    const ROUNDING: f64 = 1e-9;
    for (gaze, seconds) in [
        ("fixations_v1.2.hdf5", 0.0),
        ("fixationtrains_v1.3.hdf5", 0.0),
        ("scanpaths_v1.0.hdf5", SECONDS),
        ("scanpathfixations_v1.0.hdf5", SECONDS),
    ] {
        for stimuli in ["filestimuli_v2.1.hdf5", "stimuli_v1.1.hdf5"] {
            let Some(folder) = folder_with(&[(stimuli, "stimuli.hdf5"), (gaze, "fixations.hdf5")]) else { return };
            for path in [folder.path().to_owned(), folder.path().join("fixations.hdf5")] {
                let dataset = Dataset::open(&path, None).unwrap();
                assert_eq!(dataset.format(), Format::Pysaliency);
                let found = totals(&dataset);
                assert_eq!((found.0, found.1), (9, 26), "{gaze}");
                assert!((found.2 - X).abs() < ROUNDING && (found.3 - Y).abs() < ROUNDING, "{gaze}: {found:?}");
                assert!((found.4 - seconds).abs() < ROUNDING, "{gaze}: {found:?}");
            }
        }
    }
}

#[test]
fn times_are_kept_and_mere_counts_are_not() {
    for (gaze, expected) in [
        ("fixationtrains_v1.3.hdf5", vec![Some(0.0), Some(300.0), Some(600.0)]),
        ("scanpaths_v1.0.hdf5", vec![Some(0.0), Some(300.0), Some(600.0)]),
        // Its times are all 0.
        ("fixations_v1.2.hdf5", vec![None; 3]),
    ] {
        let files = [("filestimuli_v2.1.hdf5", "stimuli.hdf5"), (gaze, "fixations.hdf5")];
        let Some(folder) = folder_with(&files) else { return };
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let scanpaths = dataset.gaze(0).remove(0).scanpaths.unwrap();
        let starts: Vec<_> =
            scanpaths[0].fixations.iter().map(|fixation| fixation.start_ms.map(f64::round)).take(3).collect();
        assert_eq!(starts, expected, "{gaze}");
    }
    for (times, expected) in
        [([0.0, 1.0, f64::NAN], None), ([0.0, 0.0, f64::NAN], None), ([0.0, 1.5, f64::NAN], Some(1500.0))]
    {
        let folder = tempfile::tempdir().unwrap();
        let mut builder = FileBuilder::new();
        builder.set_attr("type", AttrValue::AsciiString("FixationTrains".to_owned()));
        builder.set_attr("version", AttrValue::AsciiString("1.2".to_owned()));
        for (name, values) in
            [("train_xs", [1.0, 2.0, f64::NAN]), ("train_ys", [1.0, 2.0, f64::NAN]), ("train_ts", times)]
        {
            builder.create_dataset(name).with_f64_data(&values).with_shape(&[1, 3]);
        }
        builder.create_dataset("train_ns").with_i64_data(&[0]);
        builder.write(folder.path().join("fixations.hdf5")).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let scanpaths = dataset.gaze(0).remove(0).scanpaths.unwrap();
        assert_eq!(scanpaths[0].fixations.len(), 2);
        assert_eq!(scanpaths[0].fixations[1].start_ms, expected);
    }
}

#[test]
fn images_in_files_and_in_the_hdf5_file_are_the_same() {
    let Some(files) = folder_with(&[("filestimuli_v2.1.hdf5", "stimuli.hdf5")]) else { return };
    let Some(pixels) = folder_with(&[("stimuli_v1.1.hdf5", "stimuli.hdf5")]) else { return };
    let [files, pixels] = [files, pixels].map(|folder| (Dataset::open(folder.path(), None).unwrap(), folder));
    for index in 0..3 {
        assert_eq!(files.0.image(index).unwrap(), pixels.0.image(index).unwrap());
        assert_eq!(files.0.image_size(index).unwrap(), pixels.0.image_size(index).unwrap());
    }
    assert_eq!(pixels.0.image_size(0).unwrap(), Size { height: 48, width: 64 });
    assert_eq!((files.0.stimuli()[1].key(), pixels.0.stimuli()[1].key()), ("img1", "1"));
    assert!(pixels.0.stimuli()[0].has_image());
    assert!(pixels.0.stimuli()[0].image().unwrap().ends_with("stimuli.hdf5"));
}

#[test]
fn several_files_of_one_kind_are_ambiguous() {
    let Some(root) = testing::real_data("pysaliency_hdf5") else { return };
    let message = Dataset::open(&root, None).unwrap_err().to_string();
    assert!(message.starts_with("the file of stimuli is ambiguous: both "), "{message}");
}

fn built(kind: &str, version: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = FileBuilder::new();
    builder.set_attr("type", AttrValue::AsciiString(kind.to_owned()));
    builder.set_attr("version", AttrValue::AsciiString(version.to_owned()));
    builder.create_dataset("x").with_f64_data(&[1.0]);
    builder.write(folder.path().join("fixations.hdf5")).unwrap();
    folder
}

#[test]
fn unknown_versions_and_types_are_refused_by_name() {
    let message = Dataset::open(built("FixationTrains", "1.4").path(), None).unwrap_err().to_string();
    let expected = "fixations.hdf5: FixationTrains of version \"1.4\" is not known, only 1.0, 1.1, 1.2, 1.3";
    assert_eq!(message, expected);
    let folder = built("CompactFixations", "1.0");
    let message = Dataset::open(&folder.path().join("fixations.hdf5"), None).unwrap_err().to_string();
    assert!(message.ends_with("found CompactFixations"), "{message}");
}

#[test]
fn older_versions_name_subjects_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = FileBuilder::new();
    builder.set_attr("type", AttrValue::AsciiString("Fixations".to_owned()));
    builder.set_attr("version", AttrValue::AsciiString("1.0".to_owned()));
    builder.create_dataset("x").with_f64_data(&[1.5, 2.0, 3.0]);
    builder.create_dataset("y").with_f64_data(&[4.0, 5.0, 6.0]);
    builder.create_dataset("n").with_i64_data(&[1, 1, 1]);
    builder.create_dataset("subjects").with_i64_data(&[0, 2, 0]);
    builder.write(folder.path().join("fixations.hdf5")).unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(dataset.stimuli().len(), 2);
    let gaze = dataset.gaze(1).remove(0).scanpaths.unwrap();
    let found: Vec<_> = gaze.iter().map(|path| (path.observer.as_deref(), path.fixations.len())).collect();
    assert_eq!(found, [(Some("0"), 2), (Some("2"), 1)]);
}

#[test]
fn no_damage_makes_the_reader_panic() {
    let Some(real) = testing::real_data("pysaliency_hdf5") else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixations.hdf5");
    for (seed, name) in (0..).zip(["scanpathfixations_v1.0.hdf5", "fixations_v1.2.hdf5"]) {
        for bytes in testing::damaged(&fs::read(real.join(name)).unwrap(), 1_000, seed) {
            fs::write(&path, bytes).unwrap();
            let _ = Dataset::open(&path, None);
        }
    }
}
