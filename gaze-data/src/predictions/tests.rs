//! Predictions in files of every kind, and in files that are none.

use std::{fs, io::Cursor};

use ::image::{DynamicImage, GrayImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage};
use gaze_core::{Prediction, Size, bits};
use ndarray::{Array2, array};
use tempfile::TempDir;

use super::*;
use crate::{
    DataError,
    files::npy,
    testing::{damaged, real_data},
};

fn folder_with(files: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join("maps").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn load(name: &str, bytes: Vec<u8>, kind: MapKind) -> Result<Prediction, DataError> {
    let folder = folder_with(&[(name, bytes)]);
    let store = PredictionStore::open(&folder.path().join("maps"), kind).unwrap();
    let prediction = store.load("a");
    if let Ok(prediction) = &prediction {
        assert_eq!(store.size("a").unwrap(), prediction.size(), "header and content agree");
    }
    prediction
}

#[track_caller]
fn check_scores(name: &str, bytes: &[u8], expected: &Array2<f64>) {
    for kind in [MapKind::Auto, MapKind::Scores] {
        match load(name, bytes.to_vec(), kind).unwrap() {
            Prediction::Scores(map) => assert_eq!(map.values(), expected),
            Prediction::Density(_) => panic!("{name} is no density"),
        }
    }
}

#[track_caller]
fn check_error(name: &str, bytes: Vec<u8>, kind: MapKind, expected: &str) {
    assert_eq!(load(name, bytes, kind).unwrap_err().to_string(), format!("maps/{expected}"));
}

#[test]
fn gray_pictures_are_plain_numbers() {
    check_scores("a.png", &png(GrayImage::from_vec(2, 1, vec![3, 255]).unwrap()), &array![[3.0, 255.0]]);
    let deep = ImageBuffer::<Luma<u16>, _>::from_vec(1, 2, vec![3, 65_535]).unwrap();
    check_scores("a.png", &png(deep), &array![[3.0], [65_535.0]]);
    check_scores("a.png", &png(RgbImage::from_pixel(1, 1, Rgb([9, 9, 9]))), &array![[9.0]]);
    check_scores("a.PNG", &png(ImageBuffer::from_pixel(1, 1, LumaA([9u8, 0]))), &array![[9.0]]);
}

#[test]
fn a_colored_picture_is_refused() {
    let mut picture = RgbImage::from_pixel(3, 2, Rgb([9, 9, 9]));
    picture.put_pixel(2, 1, Rgb([9, 9, 8]));
    let expected = "a.png: expected a gray picture, found red 9, green 9, blue 8 at row 1, column 2";
    check_error("a.png", png(picture), MapKind::Auto, expected);
}

#[test]
fn a_normalised_array_without_positive_values_is_a_density() {
    let logs = array![[0.25f64, 0.75]].ln();
    for kind in [MapKind::Auto, MapKind::LogDensity] {
        let prediction = load("a.npy", npy::encode_f64(&logs), kind).unwrap();
        assert_eq!(prediction.density().unwrap().values(), logs);
    }
    // The same numbers when only scores are asked for, and other numbers.
    let scores = load("a.npy", npy::encode_f64(&logs), MapKind::Scores).unwrap();
    assert!(scores.density().is_none());
    check_scores("a.npy", &npy::encode_f64(&array![[-0.1, -0.2]]), &array![[-0.1, -0.2]]);
    // exp(0) alone sums to 1, but whole numbers are no logarithms.
    check_scores("a.npy", &npy::encode("|i1", false, "(1, 1)", &[0]), &array![[0.0]]);
}

#[test]
fn a_density_must_be_one() {
    let expected = "a.npy: the probabilities do not sum to 1: the logarithm of their sum is 0.693147; --renormalise \
                    makes a density of them, --map-kind scores takes the numbers as scores";
    check_error("a.npy", npy::encode_f64(&array![[0.0, 0.0]]), MapKind::LogDensity, expected);
    let expected = "a.npy: the value at row 0, column 1 is NaN";
    check_error("a.npy", npy::encode_f64(&array![[0.0, f64::NAN]]), MapKind::Auto, expected);
    let picture = png(GrayImage::new(1, 1));
    let expected = "a.png: expected a log density in an array of numbers, found a picture";
    check_error("a.png", picture, MapKind::LogDensity, expected);
}

#[test]
fn a_percentile_map_becomes_a_density() {
    let picture = png(GrayImage::from_vec(2, 1, vec![127, 0]).unwrap());
    let prediction = load("a.png", picture, MapKind::Percentile).unwrap();
    let expected = f64::ln(0.5);
    assert!(prediction.density().unwrap().values().iter().all(|log| (log - expected).abs() < 1e-6));
    let picture = png(GrayImage::from_vec(2, 1, vec![255, 0]).unwrap());
    let expected = "a.png: not a percentile map: expected values from 0 to 254, found 255";
    check_error("a.png", picture, MapKind::Percentile, expected);
    let expected = "a.npy: expected an 8-bit gray picture, found an array of numbers";
    check_error("a.npy", npy::encode_f64(&array![[0.0]]), MapKind::Percentile, expected);
    let picture = png(RgbImage::new(1, 1));
    let expected = "a.png: expected an 8-bit gray picture, found pixels of type Rgb8";
    check_error("a.png", picture, MapKind::Percentile, expected);
}

#[test]
fn files_are_found_by_stem_in_folders_too() {
    let map = png(GrayImage::new(2, 3));
    let files = ["1.png", "deep/2.png", "deep/1.v2.png", ".3.png", "4.txt", "twice.png", "deep/twice.tiff"];
    let folder = folder_with(&files.map(|name| (name, map.clone())));
    let store = PredictionStore::open(&folder.path().join("maps"), MapKind::Auto).unwrap();
    assert_eq!((store.len(), store.is_empty()), (4, false));
    assert!(store.path("1").unwrap().ends_with("maps/1.png"));
    assert_eq!(store.size("2").unwrap(), Size { height: 3, width: 2 });
    assert!(store.path("1.v2").is_some());
    let message = store.load("3").unwrap_err().to_string();
    assert_eq!(message, format!("no prediction for 3 in {}", store.folder().display()));
    assert!(store.path("twice").is_none());
    let message = store.load("twice").unwrap_err().to_string();
    let expected = "twice is ambiguous: both maps/deep/twice.tiff and maps/twice.png have this name";
    assert_eq!(message, expected);
}

#[cfg(all(feature = "archive", feature = "mat"))]
#[test]
fn archives_and_matlab_files_hold_maps_too() {
    let folder = archives();
    for name in ARCHIVES {
        let store = PredictionStore::open(&folder.path().join(name), MapKind::Auto).unwrap();
        for key in ["Action/001", "Art/001"] {
            let map = store.load(key).unwrap().to_saliency_map();
            assert_eq!(map.values(), array![[0.0, 10.0, 20.0], [1.0, 11.0, 21.0]], "{name} {key}");
            assert_eq!(store.size(key).unwrap(), Size { height: 2, width: 3 });
            assert!(store.path(key).unwrap().ends_with(name));
        }
        let message = store.load("001").unwrap_err().to_string();
        assert!(message.starts_with("001 is ambiguous"), "{message}");
    }
}

#[cfg(all(feature = "archive", feature = "mat"))]
#[test]
fn no_damage_makes_the_reading_of_archives_panic() {
    let folder = archives();
    for (seed, name) in (0..).zip(ARCHIVES) {
        let path = folder.path().join(name);
        for bytes in damaged(&fs::read(&path).unwrap(), 1000, seed) {
            fs::write(&path, bytes).unwrap();
            let Ok(store) = PredictionStore::open(&path, MapKind::Auto) else { continue };
            let _ = (store.load("Action/001"), store.load("Art/001"));
        }
    }
}

#[cfg(all(feature = "archive", feature = "mat"))]
const ARCHIVES: [&str; 3] = ["maps.zip", "maps.tar", "maps.tar.gz"];

#[cfg(all(feature = "archive", feature = "mat"))]
/// The same map as a picture and a matrix, in archives of every kind.
fn archives() -> TempDir {
    use crate::files::mat::writing::Writer;
    let folder = tempfile::tempdir().unwrap();
    let picture = png(GrayImage::from_fn(3, 2, |x, y| Luma([u8::try_from(x * 10 + y).unwrap()])));
    let matrix = Writer { big_endian: false, compressed: true };
    let rows: Vec<Vec<f64>> = (0..2).map(|y| (0..3).map(|x| f64::from(x * 10 + y)).collect()).collect();
    let matrix = matrix.file(&[matrix.rows("map", &rows)]);
    let files = [("maps/Action/001.png", &picture), ("maps/Art/001.mat", &matrix), ("__MACOSX/Art/001.png", &picture)];
    let zip_path = folder.path().join("maps.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&zip_path).unwrap());
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    zip.finish().unwrap();
    let tar = tar.into_inner().unwrap();
    fs::write(folder.path().join("maps.tar"), &tar).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gz, &tar).unwrap();
    fs::write(folder.path().join("maps.tar.gz"), gz.finish().unwrap()).unwrap();
    folder
}

#[cfg(feature = "mat")]
#[test]
fn bytes_without_a_name_say_what_they_are() {
    use crate::files::mat::writing::Writer;
    let picture = png(GrayImage::from_vec(2, 1, vec![3, 255]).unwrap());
    let matrix = Writer { big_endian: false, compressed: true };
    let matrix = matrix.file(&[matrix.rows("map", &[vec![3.0, 255.0]])]);
    for bytes in [picture.clone(), matrix, npy::encode_f64(&array![[3.0, 255.0]])] {
        let map = decode_map(bytes, std::path::Path::new("standard input"), None).unwrap().into_values().unwrap();
        assert_eq!(map, array![[3.0, 255.0]]);
    }
    let error = decode_map(b"neither".to_vec(), std::path::Path::new("standard input"), None).unwrap_err();
    assert!(error.to_string().starts_with("standard input: "), "{error}");
    let (path, white) = (std::path::Path::new("a"), crate::Background::WHITE);
    let image = crate::decode_image(&picture, path, crate::Turning::AsShown, white).unwrap();
    assert_eq!(image.stimulus.pixels()[[0, 1, 2]], 255);
}

#[cfg(feature = "archive")]
#[test]
fn what_leads_out_of_an_archive_or_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    zip.start_file("../evil.png", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let message = PredictionStore::open(&path, MapKind::Auto).unwrap_err().to_string();
    let expected = "leads out of it, and what lies outside is not read; copy it there";
    assert_eq!(message, format!("a.zip: \"../evil.png\" {expected}"));
    #[cfg(unix)]
    {
        let maps = folder.path().join("maps");
        fs::create_dir(&maps).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", maps.join("1.png")).unwrap();
        let message = PredictionStore::open(&maps, MapKind::Auto).unwrap().load("1").unwrap_err().to_string();
        assert_eq!(message, format!("maps: \"1.png\" {expected}"));
    }
}

#[cfg(feature = "hdf5")]
#[test]
fn the_real_predictions_of_pysaliency_are_read() {
    let Some(root) = real_data("pysaliency_hdf5") else { return };
    let densities = PredictionStore::open(&root.join("predictions_logdensity.hdf5"), MapKind::LogDensity).unwrap();
    let scores = PredictionStore::open(&root.join("predictions_saliency.hdf5"), MapKind::Auto).unwrap();
    assert_eq!(densities.size("img0").unwrap(), Size { height: 48, width: 64 });
    // Sums computed with h5py and NumPy; the tolerance is the order of 3072 terms.
    let density = densities.load("img0").unwrap();
    let sum: f64 = density.density().unwrap().values().iter().sum();
    assert!((sum + 24_734.624_674_288).abs() < 1e-6, "{sum}");
    let sum: f64 = scores.load("img2").unwrap().to_saliency_map().values().iter().sum();
    assert!((sum - 1_376.668_154_939_6).abs() < 1e-6, "{sum}");
}

#[cfg(feature = "hdf5")]
#[test]
fn an_array_that_the_file_cannot_hold_is_refused() {
    let Some(root) = real_data("pysaliency_hdf5") else { return };
    let sides = |height: u64, width: u64| [height, width].map(u64::to_le_bytes).concat();
    let mut bytes = fs::read(root.join("predictions_logdensity.hdf5")).unwrap();
    let (old, new) = (sides(48, 64), sides(11_000, 11_000));
    let places: Vec<_> = (0..bytes.len() - 16).filter(|&at| bytes[at..at + 16] == old).collect();
    for at in places {
        bytes[at..at + 16].copy_from_slice(&new);
    }
    let folder = folder_with(&[("a.hdf5", bytes)]);
    let store = PredictionStore::open(&folder.path().join("maps/a.hdf5"), MapKind::Auto).unwrap();
    let message = store.load("img0").unwrap_err().to_string();
    assert!(message.starts_with("a.hdf5: img0.png should be at most "), "{message}");
    assert!(message.ends_with("found shape [11000, 11000] of 8 bytes each"), "{message}");
}

#[cfg(feature = "hdf5")]
#[test]
fn a_part_of_an_array_that_lies_outside_the_file_is_refused() {
    let Some(root) = real_data("pysaliency_hdf5") else { return };
    let mut bytes = fs::read(root.join("predictions_logdensity.hdf5")).unwrap();
    // A node of the index of an array's parts (kind 1, level 0): two neighbours, then the size of the first part.
    let node = bytes.windows(6).position(|window| window == b"TREE\x01\x00").unwrap();
    bytes[node + 24..node + 28].copy_from_slice(&0x3fff_ffffu32.to_le_bytes());
    let folder = folder_with(&[("a.hdf5", bytes)]);
    let store = PredictionStore::open(&folder.path().join("maps/a.hdf5"), MapKind::Auto).unwrap();
    let messages =
        ["img0", "img1", "img2"].map(|key| store.load(key).map_or_else(|e| e.to_string(), |_| String::new()));
    assert!(messages.iter().any(|message| message.contains("in parts within the ")), "{messages:?}");
}

#[test]
fn no_damage_makes_the_decoding_of_maps_panic() {
    let picture = png(GrayImage::from_fn(9, 7, |x, y| Luma([u8::try_from(x * y * 5 % 254).unwrap()])));
    for bytes in damaged(&picture, 300, 8) {
        for kind in [MapKind::Scores, MapKind::Percentile] {
            let _ = load("a.png", bytes.clone(), kind);
        }
    }
}

/// The authors' own maps: log-likelihood over the uniform density in bits, the mean over images of the mean over
/// fixations. Computed independently (NumPy and Pillow, levels spread evenly, no pooling): ASD 1.1333, TD 1.6482
/// for the 150 images at hand. The authors report 1.007 and 1.671 for their densities on all 300 images.
#[test]
fn the_real_maps_are_as_likely_as_computed_elsewhere() {
    let Some(root) = real_data("saliency4asd") else { return };
    let dataset = crate::Dataset::open(&root, None).unwrap();
    let store = PredictionStore::open(&root.join("deepgaze2e"), MapKind::Percentile).unwrap();
    let mut sums = [0.0; 2];
    for (index, stimulus) in dataset.stimuli().iter().enumerate() {
        let prediction = store.load(stimulus.key()).unwrap();
        let logs = prediction.density().unwrap().values();
        let uniform = (logs.len() as f64).ln();
        for (gaze, sum) in dataset.gaze(index).into_iter().zip(&mut sums) {
            let raw = gaze.scanpaths.unwrap();
            let (scanpaths, dropped) = crate::scanpaths_within(&raw, prediction.size(), &gaze.source);
            assert!(dropped.is_empty());
            let pixels: Vec<_> = scanpaths.iter().flat_map(|path| path.fixations().pixels()).collect();
            let total: f64 = pixels.iter().map(|pixel| logs[[pixel.row, pixel.column]] + uniform).sum();
            *sum += bits(total / pixels.len() as f64);
        }
    }
    let [asd, td] = sums.map(|sum| sum / dataset.stimuli().len() as f64);
    // The pooling of neighbouring levels is all that differs.
    assert!((asd - 1.1333).abs() < 1e-3, "ASD {asd}");
    assert!((td - 1.6482).abs() < 1e-3, "TD {td}");
}

/// Log densities of this size whose logarithm of the sum is off by so much.
fn off(by: f64) -> Vec<u8> {
    npy::encode_f64(&Array2::from_elem((4, 5), by - 20f64.ln()))
}

/// Opens a store of these files, and settles it for the stimuli a, b and c.
fn settled(files: &[(&str, Vec<u8>)], options: impl Into<MapOptions>) -> (TempDir, PredictionStore, Vec<String>) {
    let folder = folder_with(files);
    let mut store = PredictionStore::open(&folder.path().join("maps"), options).unwrap();
    let notes = store.settle(["a", "b", "c"]);
    (folder, store, notes)
}

#[test]
fn all_maps_of_a_model_have_one_kind() {
    // The recipe log(p + 1e-8) adds 1e-8 for each pixel: 5e-5 for 60 x 80, 7.8e-3 for 768 x 1024.
    let (_folder, store, notes) =
        settled(&[("a.npy", off(5e-5)), ("b.npy", off(7.8e-3)), ("c.npy", off(-0.0199))], MapKind::Auto);
    assert_eq!(store.kind(), MapKind::LogDensity);
    let expected = "2 of 3 log densities do not sum to 1 exactly and are renormalised; the logarithm of the sum is -0.019900 \
                    at most, that of c";
    assert_eq!(notes, [expected]);
    for key in ["a", "b", "c"] {
        let prediction = store.load(key).unwrap();
        let log = prediction.density().unwrap().values()[[0, 0]];
        // Within the tolerance a density stays as it is.
        let expected = if key == "a" { 5e-5 - 20f64.ln() } else { -20f64.ln() };
        assert!((log - expected).abs() < 1e-12, "{key}: {log}");
    }
    // One map that is none makes all scores, and that is said.
    let (_folder, store, notes) = settled(&[("a.npy", off(0.0)), ("b.npy", off(0.3))], MapKind::Auto);
    assert_eq!(store.kind(), MapKind::Scores);
    assert!(store.load("a").unwrap().density().is_none());
    assert!(
        notes[0].starts_with("1 of 2 maps are log densities by their sums (a) and the others are not (b)"),
        "{notes:?}"
    );
    // What was asked for is refused map by map, or done.
    let (_folder, store, _) = settled(&[("a.npy", off(0.0)), ("b.npy", off(0.3))], MapKind::LogDensity);
    assert!(store.load("a").is_ok());
    let message = store.load("b").unwrap_err().to_string();
    assert!(message.contains("0.300000; --renormalise makes a density of them"), "{message}");
    let (_folder, store, notes) = settled(&[("a.npy", off(0.0)), ("b.npy", off(3.0))], MapKind::Unnormalized);
    assert!((store.load("b").unwrap().density().unwrap().values()[[0, 0]] + 20f64.ln()).abs() < 1e-12);
    assert_eq!(notes.len(), 1);
}

#[test]
fn a_pattern_of_names_is_found_and_said() {
    let files = ["a_saliency.npy", "b_saliency.npy", "c_saliency.npy"].map(|name| (name, off(0.0)));
    let (_folder, store, notes) = settled(&files, MapKind::Auto);
    assert_eq!(notes, ["the maps are named {stem}_saliency"]);
    assert!(store.load("b").is_ok());
    let files = ["a.jpg.npy", "b.jpg.npy"].map(|name| (name, off(0.0)));
    let (_folder, store, notes) = settled(&files, MapKind::Auto);
    assert_eq!((notes.len(), store.path("a").is_some(), store.path("c").is_some()), (1, true, false));
    // Two patterns: one is named.
    let files = ["a_x.npy", "b_x.npy", "c_x.npy", "a_y.npy", "b_y.npy", "c_y.npy"].map(|name| (name, off(0.0)));
    let (_folder, store, notes) = settled(&files, MapKind::Auto);
    assert_eq!((notes.len(), store.path("a").is_some()), (0, false));
    let options = MapOptions { name: Some("{stem}_y".parse().unwrap()), ..MapOptions::default() };
    let (_folder, store, _) = settled(&files, options);
    assert!(store.path("a").unwrap().ends_with("maps/a_y.npy"));
}

#[test]
fn one_name_may_be_written_in_two_ways() {
    let folder = folder_with(&[("e\u{301}t\u{e9}.npy", off(0.0))]);
    let store = PredictionStore::open(&folder.path().join("maps"), MapKind::Auto).unwrap();
    assert!(store.load("\u{e9}te\u{301}").is_ok());
}

#[cfg(feature = "hdf5")]
#[test]
fn a_map_that_was_stored_smaller_is_enlarged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("maps.hdf5");
    let file = hdf5_pure::File::create(&path).unwrap();
    file.root()
        .create_dataset("a.png", |builder| {
            builder.with_f64_data(&[0.0, 1.0, 4.0, 8.0, 16.0, 2.0]).with_shape(&[2, 3]);
            builder.set_attr("original_shape", hdf5_pure::AttrValue::I64Array(vec![3, 5]));
        })
        .unwrap();
    file.close().unwrap();
    let store = PredictionStore::open(&path, MapKind::Scores).unwrap();
    assert_eq!(store.size("a").unwrap(), Size { height: 3, width: 5 });
    // The middle of the middle row by hand: (1 + 16) / 2; scipy.ndimage.zoom(a, (1.5, 5 / 3), order=1, mode="nearest") agrees.
    let expected = array![[0.0, 0.5, 1.0, 2.5, 4.0], [4.0, 6.25, 8.5, 5.75, 3.0], [8.0, 12.0, 16.0, 9.0, 2.0]];
    assert_eq!(store.load("a").unwrap().to_saliency_map().values(), expected);
}
