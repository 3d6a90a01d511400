//! Small BIDS folders as a recording leaves them.

use crate::{Dataset, Format, testing};
use flate2::{Compression, write::GzEncoder};
use std::{fs, io::Write, path::Path};

fn write(root: &Path, rows: &str) {
    let func = root.join("sub-01/func");
    fs::create_dir_all(&func).unwrap();
    fs::create_dir_all(root.join("stimuli")).unwrap();
    ::image::RgbImage::new(600, 400).save(root.join("stimuli/cat.png")).unwrap();
    fs::write(root.join("dataset_description.json"), r#"{"Name": "x", "BIDSVersion": "1.11.0"}"#).unwrap();
    let sidecar = r#"{"PhysioType": "eyetrack", "SamplingFrequency": 100, "StartTime": -0.1, "RecordedEye": "left",
        "Columns": ["timestamp", "x_coordinate", "y_coordinate", "pupil_size"]}"#;
    fs::write(root.join("task-look_recording-eye1_physio.json"), sidecar).unwrap();
    let screen = r#"{"StimulusPresentation": {"ScreenDistance": 0.6, "ScreenOrigin": ["top", "left"],
        "ScreenResolution": [1000, 800], "ScreenSize": [0.5, 0.4]}}"#;
    fs::write(root.join("task-look_events.json"), screen).unwrap();
    let events = "onset\tduration\tstim_file\n0\t0.3\tstimuli/cat.png\n0.5\t1\tn/a\n";
    fs::write(func.join("sub-01_task-look_events.tsv"), events).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(rows.as_bytes()).unwrap();
    let path = func.join("sub-01_task-look_recording-eye1_physio.tsv.gz");
    fs::write(path, encoder.finish().unwrap()).unwrap();
}

#[test]
fn raw_gaze_on_the_screen_becomes_fixations_on_the_image() {
    let folder = tempfile::tempdir().unwrap();
    // 10 samples before the onset, 10 at one place, 2 lost, 12 at another of which 2 are too late.
    let mut rows = "0\t1\t1\t3\n".repeat(10);
    rows += &"0\t300\t250\t3\n".repeat(10);
    rows += &"0\tn/a\tn/a\tn/a\n".repeat(2);
    rows += &"0\t500\t400\t3\n".repeat(20);
    write(folder.path(), &rows);
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!((dataset.format(), dataset.stimuli()[0].key()), (Format::Bids, "cat"));
    let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
    assert_eq!(gaze[0].observer.as_deref(), Some("01"));
    let found: Vec<_> = gaze[0].fixations.iter().map(|p| (p.x, p.y, p.written_x, p.written_y)).collect();
    // The image fills the middle 600 x 400 of 1000 x 800.
    assert_eq!(found, [(100.0, 50.0, 300.0, 250.0), (300.0, 200.0, 500.0, 400.0)]);
    // 2000 pixels a metre, 0.6 m: a degree is 2 · 0.6 m · tan(0.5°).
    let expected = 2000.0 * 0.6 * 2.0 * 0.5f64.to_radians().tan();
    assert!((dataset.pixels_per_degree().unwrap().get() - expected).abs() < 1e-9);
}

#[test]
fn a_wrong_value_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "0\t1\t1\t3\n0\tx\t1\t3\n");
    let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
    let name = "sub-01/func/sub-01_task-look_recording-eye1_physio.tsv.gz";
    assert_eq!(message, format!("{name}:2: x_coordinate should be a number or n/a, found \"x\""));
}

#[test]
fn what_trackers_and_editors_write_is_read_alike() {
    let rows = |lost: &str| {
        let rows = ["0\t300\t250\t3\n".repeat(20), format!("0\t{lost}\t{lost}\t0\n").repeat(2)].concat();
        rows + &"0\t500\t400\t3\n".repeat(20)
    };
    let read = |rows: &str, events: Option<&[u8]>| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), rows);
        if let Some(events) = events {
            fs::write(folder.path().join("sub-01/func/sub-01_task-look_events.tsv"), events).unwrap();
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        dataset.gaze(0).remove(0).scanpaths.unwrap()
    };
    let expected = read(&rows("n/a"), None);
    assert_eq!(expected[0].fixations.len(), 2);
    for lost in [".", "   .", "nan", "NaN", "NA", ""] {
        assert_eq!(read(&rows(lost), None), expected, "{lost:?}");
    }
    let header = "timestamp\tx_coordinate\ty_coordinate\tpupil_size\n";
    assert_eq!(read(&format!("{header}{}", rows("n/a")), None), expected, "the header that tables have elsewhere");
    // Windows-1252 has the micro sign as one byte, which UTF-8 has not.
    let events = b"onset\tduration\tstim_file\tnote\n0\t0.3\tstimuli/cat.png\t\xb5V\n";
    assert_eq!(read(&rows("n/a"), Some(events)), expected);
}

#[test]
fn a_recording_that_cannot_be_read_leaves_the_others_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &"0\t300\t250\t3\n".repeat(40));
    let (from, to) = (folder.path().join("sub-01/func"), folder.path().join("sub-02/func"));
    fs::create_dir_all(&to).unwrap();
    fs::copy(from.join("sub-01_task-look_events.tsv"), to.join("sub-02_task-look_events.tsv")).unwrap();
    fs::write(to.join("sub-02_task-look_recording-eye1_physio.tsv.gz"), "no gzip").unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(dataset.gaze(0).remove(0).scanpaths.unwrap().len(), 1);
    let note = &dataset.notes()[0];
    assert!(note.starts_with("sub-02/func/sub-02_task-look_recording-eye1_physio.tsv.gz: "), "{note}");
    assert!(note.ends_with("; this recording is left out"), "{note}");
}

#[test]
fn no_damage_makes_the_reader_panic() {
    let folder = tempfile::tempdir().unwrap();
    let rows = ["0\t1\t1\t3\n", "0\t300\t250\t3\n", "0\tn/a\tn/a\tn/a\n"].map(|row| row.repeat(10)).concat();
    write(folder.path(), &rows);
    let gaze = folder.path().join("sub-01/func/sub-01_task-look_recording-eye1_physio.tsv.gz");
    // Packed again after the damage, as the checksum would keep it from the reader of the rows.
    for (number, bytes) in (0..).zip(testing::damaged(rows.as_bytes(), 500, 9)) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let packed = if number % 4 == 0 { testing::damaged(&packed, 1, number).next().unwrap() } else { packed };
        fs::write(&gaze, packed).unwrap();
        let _ = Dataset::open(folder.path(), None);
    }
    write(folder.path(), &rows);
    for name in
        ["task-look_recording-eye1_physio.json", "task-look_events.json", "sub-01/func/sub-01_task-look_events.tsv"]
    {
        let original = fs::read(folder.path().join(name)).unwrap();
        for bytes in testing::damaged(&original, 500, 10) {
            fs::write(folder.path().join(name), bytes).unwrap();
            let _ = Dataset::open(folder.path(), None);
        }
        fs::write(folder.path().join(name), original).unwrap();
    }
}
