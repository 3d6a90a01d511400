//! Datasets and predictions that were written read back equal.

use std::fs;

use super::*;
#[cfg(feature = "hdf5")]
use crate::{MapKind, PredictionStore};

/// A dataset of two images with three observers, one fixation outside and durations.
fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    for (name, width) in [("a.png", 6), ("b.jpg", 8)] {
        ::image::RgbImage::from_fn(width, 4, |x, y| ::image::Rgb([x, y, 7].map(|v| u8::try_from(v).unwrap())))
            .save(folder.path().join("images").join(name))
            .unwrap();
    }
    let table = "image,subject,x,y,duration_ms,group\n\
        a,ann,1.5,2,100,g\na,ann,5.25,3,50,g\na,bob,0,0,80,h\nb,ann,7.5,1,60,g\nb,ann,99,1,60,g\n";
    fs::write(folder.path().join("fixations.csv"), table).unwrap();
    folder
}

/// Everything about the gaze and images, as text.
fn content(dataset: &Dataset, with_groups: bool, with_subjects: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, entry) in dataset.stimuli().iter().enumerate() {
        let image = dataset.image(index).unwrap();
        lines.push(format!(
            "{} {} {}",
            entry.key(),
            image.size(),
            image.pixels().iter().map(|&v| u64::from(v)).sum::<u64>()
        ));
        for gaze in dataset.gaze(index) {
            for path in gaze.scanpaths.unwrap() {
                let group = if with_groups { gaze.group.as_str() } else { "" };
                let subject = if with_subjects { path.observer.as_deref().unwrap_or("-") } else { "" };
                let points: Vec<_> =
                    path.fixations.iter().map(|f| format!("{},{},{:?}", f.x, f.y, f.duration_ms)).collect();
                lines.push(format!("  {group} {subject} {}", points.join(" ")));
            }
        }
    }
    lines
}

fn written(format: WriteFormat, name: &str) -> (Dataset, Dataset, Written, [tempfile::TempDir; 2]) {
    let (source, target) = (sample(), tempfile::tempdir().unwrap());
    let dataset = Dataset::open(source.path(), None).unwrap();
    let out = target.path().join(name);
    let report = write_dataset(&dataset, format, &out).unwrap();
    let read = Dataset::open(&out, None).unwrap();
    assert!(matches!(write_dataset(&dataset, format, &out), Err(DataError::Exists { .. })));
    (dataset, read, report, [source, target])
}

const EXPECTED: [&str; 2] = ["1.5,2,Some(100.0) 5.25,3,Some(50.0)", "0,0,Some(80.0)"];

#[test]
fn csv_reads_back() {
    let (_, read, report, _folders) = written(WriteFormat::Csv, "out");
    assert_eq!((report.images, report.scanpaths, report.fixations), (2, 3, 4));
    assert_eq!(report.dropped, BTreeMap::from([("outside the image", 1)]));
    let lines = content(&read, true, true);
    assert_eq!(lines[1..3], [format!("  g ann {}", EXPECTED[0]), format!("  h bob {}", EXPECTED[1])]);
    assert_eq!(lines[4], "  g ann 7.5,1,Some(60.0)");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_reads_back_as_csv_does() {
    let (_, csv, expected, _folders) = written(WriteFormat::Csv, "out");
    let (_, read, report, folders) = written(WriteFormat::Parquet, "out");
    assert_eq!(report, expected);
    assert_eq!(content(&read, true, true), content(&csv, true, true));
    assert!(folders[1].path().join("out/fixations.parquet").exists());
    assert!(!folders[1].path().join("out/fixations.csv").exists());
}

#[cfg(feature = "hdf5")]
#[test]
fn pysaliency_reads_back() {
    let (dataset, read, report, _folders) = written(WriteFormat::Pysaliency, "out");
    assert_eq!(report.fixations, 4);
    let lines = content(&read, false, true);
    assert_eq!(lines[1..3], [format!("   0 {}", EXPECTED[0]), format!("   1 {}", EXPECTED[1])]);
    let pictures = |dataset: &Dataset| [dataset.image(0).unwrap(), dataset.image(1).unwrap()];
    assert_eq!(pictures(&dataset), pictures(&read));
}

#[cfg(feature = "msgpack")]
#[test]
fn datadings_reads_back() {
    let (dataset, read, report, _folders) = written(WriteFormat::Datadings, "set.msgpack");
    assert_eq!(report.fixations, 4);
    let lines = content(&read, false, false);
    // No durations and no names there.
    assert_eq!(lines[1..3], ["    1.5,2,None 5.25,3,None", "    0,0,None"]);
    assert_eq!(dataset.image_bytes(1).unwrap(), read.image_bytes(1).unwrap());
}

#[cfg(feature = "hdf5")]
#[test]
fn predictions_read_back() {
    let (source, target) = (sample(), tempfile::tempdir().unwrap());
    let maps = target.path().join("maps");
    fs::create_dir(&maps).unwrap();
    ::image::GrayImage::from_fn(6, 4, |x, y| ::image::Luma([u8::try_from(x * 10 + y).unwrap()]))
        .save(maps.join("a.png"))
        .unwrap();
    let dataset = Dataset::open(source.path(), None).unwrap();
    let store = PredictionStore::open(&maps, MapKind::Auto).unwrap();
    let out = target.path().join("maps.hdf5");
    assert_eq!(write_predictions(&dataset, &store, &out).unwrap(), 1);
    let read = PredictionStore::open(&out, MapKind::Auto).unwrap();
    assert_eq!(read.load("a").unwrap().to_saliency_map(), store.load("a").unwrap().to_saliency_map());
    assert_eq!(read.len(), 1);
}
