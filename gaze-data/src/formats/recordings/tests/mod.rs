//! A folder of recordings as a dataset, written by hand.

mod layouts;

use crate::{DataError, Dataset, DatasetOptions, Format, RecordingOptions, scanpaths_within};
use std::{fs, path::Path};

/// A recording of EyeLink with a picture that fills the screen of 800 by 600 pixels, and one in its middle.
fn asc(second: &str) -> String {
    let samples: String = (0..200)
        .map(|n| format!("{}\t{}\t{}\t900.0\t...\n", 2000 + 2 * n, if n < 100 { 100 } else { 500 }, 300 + n % 2))
        .collect();
    format!(
        "MSG\t1 DISPLAY_COORDS 0 0 799 599\nMSG\t995 TRIALID 1\nMSG\t996 !V IMGLOAD FILL shown/CAT.png\n\
         START\t1000 \tLEFT\tSAMPLES\tEVENTS\nSAMPLES\tGAZE\tLEFT\tRATE\t500.00\nMSG\t1100 SYNCTIME\n\
         EFIX L 1050\t1200\t152\t 10.0\t 20.0\t900\nEFIX L 1300\t1500\t202\t400.0\t300.0\t900\n\
         EFIX L 1600\t1700\t102\t-5.0\t300.0\t900\nMSG\t1900 TRIAL_RESULT 0\n\
         MSG\t1950 TRIALID 2\nMSG\t1951 !V TRIAL_VAR picture {second}\n{samples}\
         EFIX L 2000\t2198\t200\t{}\t300.5\t900\nEND\t2400 \tSAMPLES\tEVENTS\n",
        100
    )
}

fn picture(path: &Path, width: u32, height: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    ::image::RgbImage::new(width, height).save(path).unwrap();
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    picture(&folder.path().join("images/cat.png"), 400, 300);
    picture(&folder.path().join("images/dog.jpg"), 600, 400);
    for name in ["p1.asc", "p2.asc"] {
        fs::write(folder.path().join(name), asc("dog.jpg")).unwrap();
    }
    folder
}

/// An observer and the place and start of each fixation.
type Observed = (Option<String>, Vec<(f64, f64, Option<f64>)>);

fn points(dataset: &Dataset, key: &str) -> Vec<Observed> {
    let index = dataset.stimuli().iter().position(|stimulus| stimulus.key() == key).unwrap();
    let mut found = Vec::new();
    for gaze in dataset.gaze(index) {
        for path in gaze.scanpaths.unwrap() {
            let fixations = path.fixations.iter().map(|f| (f.x, f.y, f.start_ms)).collect();
            found.push((path.observer, fixations));
        }
    }
    found
}

#[test]
fn fixations_are_carried_over_to_the_pictures() {
    let folder = folder();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!((dataset.format(), dataset.stimuli().len()), (Format::Recordings, 2));
    let cat = points(&dataset, "cat");
    // The picture of 400 by 300 pixels fills 800 by 600; times count from SYNCTIME.
    let expected = vec![(5.0, 10.0, Some(-50.0)), (200.0, 150.0, Some(200.0)), (-2.5, 150.0, Some(500.0))];
    assert_eq!(cat, [(Some("p1".into()), expected.clone()), (Some("p2".into()), expected)]);
    // 600 by 400 stands in the middle, pixel for pixel.
    assert_eq!(points(&dataset, "dog")[0].1, [(0.0, 200.5, Some(50.0))]);
    let size = dataset.image_size(0).unwrap();
    let gaze = dataset.gaze(0).remove(0);
    let (scanpaths, dropped) = scanpaths_within(&gaze.scanpaths.unwrap(), size, &gaze.source);
    assert_eq!(scanpaths[0].fixations().len(), 1);
    let reasons: Vec<String> = dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        reasons[..2],
        [
            ".: fixation 1 of subject p1 at x = 10, y = 20 (0-based x = 5, y = 10) began before the image appeared",
            ".: fixation 3 of subject p1 at x = -5, y = 300 (0-based x = -2.5, y = 150) lies outside the image of 300x400 \
             (height x width) pixels",
        ]
    );
    let notes = dataset.notes();
    assert_eq!(notes[0], "2 recordings: 2 of EyeLink ASC");
    assert_eq!(notes[1], "2 pictures stand where the recording says");
    assert!(notes[2].ends_with("2 pictures stand; they were placed by --placement center"), "{notes:?}");
}

#[test]
fn one_recording_is_a_dataset_and_names_its_lines() {
    let folder = folder();
    let dataset = Dataset::open(&folder.path().join("p1.asc"), None).unwrap();
    let gaze = dataset.gaze(0).remove(0);
    assert_eq!(gaze.source, Path::new("p1.asc"));
    assert_eq!(gaze.scanpaths.unwrap()[0].fixations[0].line, Some(7));
}

#[test]
fn pictures_may_lie_elsewhere_and_be_placed_otherwise() {
    let folder = folder();
    let recordings = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("p1.asc"), recordings.path().join("p1.asc")).unwrap();
    let options = RecordingOptions {
        stimuli: Some(folder.path().join("images")),
        placement: "stretch".parse().unwrap(),
        ..RecordingOptions::default()
    };
    let dataset = open_recordings(recordings.path(), &options).unwrap();
    let dog = points(&dataset, "dog");
    assert!((dog[0].1[0].0 - 75.0).abs() < 1e-9 && (dog[0].1[0].1 - 300.5 * 400.0 / 600.0).abs() < 1e-9, "{dog:?}");
    let missing = RecordingOptions { stimuli: Some("nowhere".into()), ..RecordingOptions::default() };
    let message = open_recordings(recordings.path(), &missing).unwrap_err().to_string();
    assert_eq!(message, "nowhere is not a folder");
    let osie = DatasetOptions { format: Some(Format::Osie), ..DatasetOptions::default() };
    let error = Dataset::open_recordings(recordings.path(), &osie, &options).unwrap_err();
    assert_eq!(error.to_string(), "--stimuli, --events and the like concern recordings and not the format osie");
}

#[test]
fn fixations_are_found_in_samples_when_asked() {
    let folder = folder();
    let open = |options: RecordingOptions| open_recordings(&folder.path().join("p1.asc"), &options);
    let events = Some("ivt".parse().unwrap());
    let message = open(RecordingOptions { events, ..RecordingOptions::default() }).unwrap_err().to_string();
    assert_eq!(
        message,
        "p1.asc: pixels per degree should be known for thresholds in degrees; give --pixels-per-degree, found no screen size \
         and distance"
    );
    let options = RecordingOptions { events, pixels_per_degree: Some(35.0), ..RecordingOptions::default() };
    let dataset = open(options).unwrap();
    let dog = points(&dataset, "dog");
    let xs: Vec<_> = dog[0].1.iter().map(|(x, _, start)| (*x, *start)).collect();
    assert_eq!(xs, [(0.0, Some(50.0)), (400.0, Some(250.0))]);
    assert!(
        dataset.notes().iter().any(|note| note.contains("fixations were found in the samples by ivt:threshold=30"))
    );
    assert_eq!(dataset.pixels_per_degree().map(gaze_core::PixelsPerDegree::get), Some(35.0));
}

#[test]
fn groups_come_from_names_participants_or_folders() {
    let folder = folder();
    let names = RecordingOptions { names: Some("{group}1".into()), ..RecordingOptions::default() };
    let dataset = open_recordings(folder.path(), &names).unwrap();
    assert_eq!(dataset.groups(), ["p", "all"], "p2 does not fit the pattern");
    let names = RecordingOptions { names: Some("p{observer}".into()), ..RecordingOptions::default() };
    let dataset = open_recordings(folder.path(), &names).unwrap();
    let observers: Vec<_> = points(&dataset, "cat").into_iter().map(|(observer, _)| observer.unwrap()).collect();
    assert_eq!((dataset.groups(), observers), (["all".to_owned()].as_slice(), vec!["1".to_owned(), "2".to_owned()]));
    fs::write(folder.path().join("participants.tsv"), "participant_id\tgroup\tsex\nsub-p1\tASD\tf\np2\tTD\tm\n")
        .unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(dataset.groups(), ["ASD", "TD"]);
    let dataset = open_grouped_by(folder.path(), "sex").unwrap();
    assert_eq!(dataset.groups(), ["f", "m"]);
    let message = open_grouped_by(folder.path(), "age").unwrap_err().to_string();
    assert_eq!(
        message,
        "participants.tsv:1: expected the header with the columns participant_id and age, found \"participant_id group sex\""
    );
    fs::remove_file(folder.path().join("participants.tsv")).unwrap();
    for group in ["a", "b"] {
        fs::create_dir(folder.path().join(group)).unwrap();
        for name in ["p1.asc", "p2.asc"] {
            fs::copy(folder.path().join(name), folder.path().join(group).join(name)).unwrap();
        }
    }
    for name in ["p1.asc", "p2.asc"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert_eq!(Dataset::open(folder.path(), None).unwrap().groups(), ["a", "b"]);
}

#[test]
fn what_is_missing_is_said() {
    let folder = folder();
    fs::write(folder.path().join("p2.asc"), asc("bird.png")).unwrap();
    fs::write(folder.path().join("metrics.tsv"), "Recording\tParticipant\tToi\tNumber_of_fixations.a\nR\tP\tt\t1\n")
        .unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    let notes = dataset.notes().join("\n");
    assert!(notes.contains("no picture in images has the name of 1 stimuli: bird.png"), "{notes}");
    assert!(notes.contains("left out: metrics.tsv: expected a recording with samples or fixations"), "{notes}");
    let report = "RECORDING_SESSION_LABEL,TRIAL_INDEX,CURRENT_FIX_X,CURRENT_FIX_Y,image\nP1,1,5,6,cat.png\n";
    fs::write(folder.path().join("report.csv"), report).unwrap();
    let alone = folder.path().join("report.csv");
    let notes = open_recordings(&alone, &RecordingOptions::default()).unwrap().notes().join("\n");
    assert!(notes.contains("the size of the screen is not stated; give --screen WIDTHxHEIGHT"), "{notes}");
    let options = RecordingOptions { screen: Some((800, 600)), ..RecordingOptions::default() };
    let dataset = open_recordings(&alone, &options).unwrap();
    assert_eq!(points(&dataset, "cat")[0], (Some("P1".into()), vec![(-195.0, -144.0, None)]));
    let metrics = open_recordings(&folder.path().join("metrics.tsv"), &RecordingOptions::default());
    assert!(matches!(metrics, Err(DataError::WrongKind { .. })));
}

#[test]
fn a_recording_in_bids_reads_back() {
    let folder = folder();
    let out = folder.path().join("bids");
    let smi = "## [BeGaze]\n## Sample Rate:\t100\n## Calibration Area:\t1000\t800\n## Stimulus Dimension [mm]:\t500\t400\n\
               ## Head Distance [mm]:\t600\n##\nTime\tType\tTrial\tL POR X [px]\tL POR Y [px]\tStimulus\n";
    let rows: String = (0..40)
        .filter(|n| *n != 20)
        .map(|n| format!("{}\tSMP\t1\t{}.0\t400.0\tdog.jpg\n", 1_000_000 + n * 10_000, if n < 20 { 300 } else { 600 }))
        .collect();
    let recordings = tempfile::tempdir().unwrap();
    fs::write(recordings.path().join("S-01.txt"), format!("{smi}{rows}")).unwrap();
    let options = RecordingOptions { stimuli: Some(folder.path().join("images")), ..RecordingOptions::default() };
    let written = crate::write_bids(recordings.path(), &options, &out).unwrap();
    assert_eq!((written.recordings, written.samples, written.trials), (1, 39, 1));
    assert_eq!(written.notes, ["S-01.txt: gaps were filled with 1 rows of n/a"]);
    let base = out.join("sub-S01/beh/sub-S01_task-gaze");
    for end in ["_events.tsv", "_events.json", "_recording-eye1_physio.json", "_recording-eye1_physioevents.tsv.gz"] {
        assert!(Path::new(&format!("{}{end}", base.display())).is_file(), "{end}");
    }
    let dataset = Dataset::open(&out, None).unwrap();
    assert_eq!((dataset.format(), dataset.stimuli()[0].key()), (Format::Bids, "dog"));
    // 600 by 400 in the middle of 1000 by 800: 200 pixels from the left and above. The gap divides at the step.
    let found = points(&dataset, "dog");
    let xs: Vec<_> = found[0].1.iter().map(|(x, y, _)| (*x, *y)).collect();
    assert_eq!(xs, [(100.0, 200.0), (400.0, 200.0)]);
    let message = crate::write_bids(recordings.path(), &options, &out).unwrap_err().to_string();
    assert!(message.ends_with("exists already; choose a new name, nothing is overwritten"), "{message}");
}

/// Opens recordings with these choices.
fn open_recordings(path: &std::path::Path, options: &RecordingOptions) -> Result<Dataset, DataError> {
    let format = Some(Format::Recordings);
    Dataset::open_recordings(path, &DatasetOptions { format, ..DatasetOptions::default() }, options)
}

fn open_grouped_by(path: &std::path::Path, column: &str) -> Result<Dataset, DataError> {
    Dataset::open_with(path, &DatasetOptions { group_column: Some(column.to_owned()), ..DatasetOptions::default() })
}
