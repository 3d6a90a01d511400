//! A build without a feature refuses the files that need it, and names the feature.
//!
//! Each test exists only in a build without its feature: `cargo test -p gaze-data --no-default-features` runs them all.

#![cfg(not(all(feature = "archive", feature = "hdf5", feature = "mat", feature = "msgpack", feature = "parquet")))]

use std::{fs, path::Path};

use gaze_data::Dataset;
use tempfile::TempDir;

/// Makes a folder with files of a few bytes; a name that ends in `/` is that of a folder.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for name in names {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).expect("a folder");
        } else {
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
            fs::write(path, "bytes").expect("a file");
        }
    }
    folder
}

#[track_caller]
fn check(path: &Path, file: &str, feature: &str) {
    let message = Dataset::open(path, None).expect_err("the feature is off").to_string();
    assert_eq!(message, format!("{file}: this gaze was built without the feature `{feature}`"));
}

#[cfg(not(feature = "mat"))]
#[test]
fn datasets_in_matlab_files_are_refused() {
    for (names, file) in [
        (["eye/fixations.mat", "stimuli/1.jpg"], "eye/fixations.mat"),
        (["ALLSTIMULI/a.jpeg", "DATA/ajs/a.mat"], "DATA"),
        (["Stimuli/Art/1.jpg", "FIXATIONLOCS/Art/1.mat"], "FIXATIONLOCS"),
        (["origfixdata.mat", "Original Image Set/1.jpg"], "origfixdata.mat"),
        (["targetData/allImages_release.mat", "Targets/a.jpg"], "targetData/allImages_release.mat"),
        (["fixations/pascalFix.mat", "imgs/pascal/1.jpg"], "fixations/pascalFix.mat"),
        (["fixations/train/COCO_1.mat", "images/COCO_1.jpg"], "fixations/train/COCO_1.mat"),
    ] {
        check(folder(&names).path(), file, "mat");
    }
    let points = folder(&["Images/1.png", "FixPts/1.mat", "FixPts_TD/1.png"]);
    check(points.path(), "FixPts/1.mat", "mat");
}

#[cfg(all(feature = "mat", not(feature = "hdf5")))]
#[test]
fn a_file_of_matlab_7_3_is_refused() {
    let folder = folder(&["imgs/pascal/"]);
    let header = [b"MATLAB 7.3 MAT-file".as_slice(), &[b' '; 493], b"\x89HDF\r\n\x1a\n"].concat();
    fs::create_dir(folder.path().join("fixations")).unwrap();
    fs::write(folder.path().join("fixations/pascalFix.mat"), header).unwrap();
    check(folder.path(), "fixations/pascalFix.mat", "hdf5");
}

#[cfg(not(feature = "hdf5"))]
#[test]
fn a_file_of_pysaliency_is_refused_and_a_stray_one_noted() {
    let folder = folder(&["fixations.hdf5"]);
    check(folder.path(), "fixations.hdf5", "hdf5");
    check(&folder.path().join("fixations.hdf5"), "fixations.hdf5", "hdf5");
    // A table beside it can be read, but the person must know what was not looked into.
    fs::create_dir(folder.path().join("images")).unwrap();
    fs::write(folder.path().join("fixations.csv"), "image,x,y\na,1,2\n").unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(dataset.format(), gaze_data::Format::Table);
    let note = "fixations.hdf5: this gaze was built without the feature `hdf5`";
    assert!(dataset.notes().iter().any(|found| found == note), "{:?}", dataset.notes());
}

#[cfg(not(feature = "msgpack"))]
#[test]
fn a_file_of_datadings_is_refused() {
    let folder = folder(&["set.msgpack"]);
    check(folder.path(), "set.msgpack", "msgpack");
    check(&folder.path().join("set.msgpack"), "set.msgpack", "msgpack");
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_table_in_parquet_is_refused() {
    check(folder(&["fixations.parquet", "images/"]).path(), "fixations.parquet", "parquet");
}

#[cfg(not(all(feature = "archive", feature = "hdf5")))]
#[test]
fn stores_of_predictions_are_refused() {
    use gaze_data::{MapKind, PredictionStore};
    for (name, feature, off) in [
        ("maps.zip", "archive", cfg!(not(feature = "archive"))),
        ("maps.tar.gz", "archive", cfg!(not(feature = "archive"))),
        ("maps.hdf5", "hdf5", cfg!(not(feature = "hdf5"))),
    ] {
        let folder = folder(&[name]);
        let message = PredictionStore::open(&folder.path().join(name), MapKind::Auto).unwrap_err().to_string();
        let expected = format!("{name}: this gaze was built without the feature `{feature}`");
        assert_eq!(message == expected, off, "{message}");
    }
}

#[test]
fn formats_that_cannot_be_written_are_refused() {
    use gaze_data::{WriteFormat, write_dataset};
    let folder = folder(&["images/"]);
    fs::write(folder.path().join("fixations.csv"), "image,x,y\na,1,2\n").unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    for (format, feature, off) in [
        (WriteFormat::Pysaliency, "hdf5", cfg!(not(feature = "hdf5"))),
        (WriteFormat::Datadings, "msgpack", cfg!(not(feature = "msgpack"))),
        (WriteFormat::Parquet, "parquet", cfg!(not(feature = "parquet"))),
    ] {
        let written = write_dataset(&dataset, format, &folder.path().join(format.to_string()));
        let refused = written.is_err_and(|error| error.to_string().ends_with(&format!("the feature `{feature}`")));
        assert_eq!(refused, off, "{format}");
    }
}
