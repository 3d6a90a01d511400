//! The same gaze in the layout of each device's software, and in a table: all give the same fixations on the pictures.

use std::{fmt::Write as _, fs, path::Path};

use super::picture;
use crate::{Dataset, RecordingOptions, scanpaths_within};

/// The size of the screen, and of both pictures, which stand in its middle.
const SCREEN: (f64, f64) = (1280.0, 1024.0);
const PICTURE: (f64, f64) = (640.0, 480.0);

/// A fixation on a picture: pixels, and milliseconds from its onset.
struct Seen {
    picture: &'static str,
    x: f64,
    y: f64,
    start: f64,
    duration: f64,
}

/// Makes gaze whose numbers have one decimal, as most software writes them; one fixation of seven lies beside the picture.
fn gaze() -> Vec<Seen> {
    let mut seed = 7u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut seen = Vec::new();
    for picture in ["street.png", "face.png"] {
        let mut start = 100.0;
        for number in 0..14 {
            let beside = if number % 7 == 6 { 700.0 } else { 0.0 };
            let (x, y) = (next(6400) as f64 / 10.0 + beside, next(4800) as f64 / 10.0);
            let duration = 80.0 + 4.0 * next(60) as f64;
            seen.push(Seen { picture, x, y, start, duration });
            start += duration + 40.0;
        }
    }
    seen
}

/// The place of a fixation on the screen.
fn on_screen(seen: &Seen) -> (f64, f64) {
    // Sums of numbers with one decimal are rounded to it, as the software does.
    let round = |value: f64| (value * 10.0).round() / 10.0;
    (round(seen.x + (SCREEN.0 - PICTURE.0) / 2.0), round(seen.y + (SCREEN.1 - PICTURE.1) / 2.0))
}

/// The trials of the gaze, each with its onset on the clock of the device.
fn trials(gaze: &[Seen]) -> Vec<(&'static str, f64, Vec<&Seen>)> {
    ["street.png", "face.png"]
        .into_iter()
        .zip([10_000.0, 30_000.0])
        .map(|(name, onset)| (name, onset, gaze.iter().filter(|seen| seen.picture == name).collect()))
        .collect()
}

fn table(gaze: &[Seen]) -> String {
    let mut text = String::from("image,subject,x,y,start_ms,duration_ms\n");
    for Seen { picture, x, y, start, duration } in gaze {
        writeln!(text, "{picture},p1,{x},{y},{start},{duration}").unwrap();
    }
    text
}

fn eyelink(gaze: &[Seen]) -> String {
    let mut text = String::from("MSG\t1 DISPLAY_COORDS 0 0 1279 1023\n");
    for (name, onset, seen) in trials(gaze) {
        writeln!(text, "MSG\t{} TRIALID {name}\nSTART\t{}\tRIGHT\tEVENTS", onset - 50.0, onset - 40.0).unwrap();
        writeln!(text, "MSG\t{} !V IMGLOAD CENTER pics/{name} 640 512\nMSG\t{onset} SYNCTIME", onset - 30.0).unwrap();
        for one in seen {
            let ((x, y), start) = (on_screen(one), onset + one.start);
            // The last sample lies inside, so that the duration is one interval longer than end minus start.
            let end = start + one.duration - 2.0;
            writeln!(text, "EFIX R   {start}\t{end}\t{}\t{x:.1}\t{y:.1}\t900", one.duration).unwrap();
        }
        writeln!(text, "END\t{}\tEVENTS", onset + 19_000.0).unwrap();
    }
    text
}

fn data_viewer(gaze: &[Seen]) -> String {
    let mut text =
        String::from("CURRENT_FIX_Y\tCURRENT_FIX_X\tCURRENT_FIX_DURATION\tCURRENT_FIX_START\timage\tTRIAL_INDEX\n");
    for (number, (name, _, seen)) in trials(gaze).into_iter().enumerate() {
        for one in seen {
            let (x, y) = on_screen(one);
            let row = format!("{y}\t{x}\t{}\t{}", one.duration, one.start).replace('.', ",");
            writeln!(text, "{row}\t{name}\t{}", number + 1).unwrap();
        }
    }
    text
}

fn pro_lab(gaze: &[Seen]) -> String {
    let mut text = String::from(
        "\u{feff}Recording timestamp [ms]\tParticipant name\tRecording name\tRecording resolution height\tRecording resolution width\tEyetracker timestamp\tEvent\tGaze point X\tGaze point Y\tPresented Media name\tPresented Media width\tPresented Media height\tPresented Media position X (DACSpx)\tPresented Media position Y (DACSpx)\tEye movement type\tGaze event duration\tEye movement type index\tFixation point X\tFixation point Y\t\n",
    );
    let mut index = 0;
    for (name, onset, seen) in trials(gaze) {
        let media = format!("{name}\t640\t480\t320\t272");
        writeln!(text, "{onset}\tP1\tR\t1024\t1280\t\tImageStimulusStart\t\t\t{media}\t\t\t\t\t\t").unwrap();
        for one in seen {
            index += 1;
            let (x, y) = on_screen(one);
            for time in [onset + one.start, onset + one.start + 16.0] {
                let row = format!(
                    "{time}\tP1\tR\t1024\t1280\t{time}000\t\t{x}\t{y}\t{media}\tFixation\t{}\t{index}\t{x}\t{y}\t",
                    one.duration
                );
                writeln!(text, "{}", row.replace("png", "PNG").replace('.', ",").replace(",PNG", ".png")).unwrap();
            }
        }
    }
    text
}

fn studio(gaze: &[Seen]) -> String {
    let mut text = String::from(
        "StudioProjectName\tParticipantName\tRecordingName\tRecordingResolution\tMediaName\tMediaPosX (ADCSpx)\tMediaPosY (ADCSpx)\tMediaWidth\tMediaHeight\tRecordingTimestamp\tStudioEvent\tFixationIndex\tGazeEventType\tGazeEventDuration\tFixationPointX (MCSpx)\tFixationPointY (MCSpx)\tGazePointIndex\tGazePointX (ADCSpx)\tGazePointY (ADCSpx)\t\n",
    );
    let mut index = 0;
    for (name, onset, seen) in trials(gaze) {
        let media = format!("S\tP1\tR\t1280 x 1024\t{name}\t320\t272\t640\t480");
        writeln!(text, "{media}\t{onset}\tImageStart\t\t\t\t\t\t\t\t\t").unwrap();
        for one in seen {
            index += 1;
            let (Seen { x, y, duration, .. }, time) = (one, onset + one.start);
            writeln!(text, "{media}\t{time}\t\t{index}\tFixation\t{duration}\t{x}\t{y}\t{index}\t500\t500\t").unwrap();
        }
    }
    text
}

fn smi_events(gaze: &[Seen]) -> String {
    let mut text = String::from(
        "[iView]\nCalibration Area:\t1280\t1024\nTable Header for Fixations:\nEvent Type\tTrial\tNumber\tStart\tEnd\tDuration\tLocation X\tLocation Y\n",
    );
    for (number, (name, onset, seen)) in trials(gaze).into_iter().enumerate() {
        let trial = number + 1;
        writeln!(text, "UserEvent\t{trial}\t1\t{onset}000\t# Message: {name}").unwrap();
        for one in seen {
            let ((x, y), start) = (on_screen(one), onset + one.start);
            writeln!(
                text,
                "Fixation L\t{trial}\t1\t{start}000\t{}000\t{}000\t{x}\t{y}",
                start + one.duration,
                one.duration
            )
            .unwrap();
        }
    }
    text
}

fn smi_statistics(gaze: &[Seen]) -> String {
    let mut text = String::from(
        "Event Start Trial Time [ms]\tEvent Duration [ms]\tFixation Position X [px]\tFixation Position Y [px]\tCategory\tStimulus\tParticipant\n",
    );
    for one in gaze {
        let (x, y) = on_screen(one);
        writeln!(text, "{}\t{}\t{x}\t{y}\tFixation\t{}\tp1", one.start, one.duration, one.picture).unwrap();
    }
    text
}

fn gazepoint(gaze: &[Seen]) -> String {
    let mut text = String::from(
        "MEDIA_ID,MEDIA_NAME,TIME(2022/09/19 13:34:49.156),FPOGX,FPOGY,FPOGS,FPOGD,FPOGID,FPOGV,BPOGX,BPOGY,BPOGV,\n",
    );
    let mut id = 0;
    for (number, (name, _, seen)) in trials(gaze).into_iter().enumerate() {
        for one in seen {
            id += 1;
            let (x, y) = on_screen(one);
            let (x, y) = (x / SCREEN.0, y / SCREEN.1);
            let (start, duration) = (one.start / 1000.0, one.duration / 1000.0);
            for part in [0.5, 1.0] {
                let so_far = duration * part;
                writeln!(text, "{number},{name},{},{x},{y},{start},{so_far},{id},1,{x},{y},1,", start + so_far)
                    .unwrap();
            }
        }
    }
    text
}

/// Compares a recording with the table.
#[track_caller]
fn check(name: &str, text: &str, options: &RecordingOptions) {
    let gaze = gaze();
    let folder = tempfile::tempdir().unwrap();
    for picture_name in ["street.png", "face.png"] {
        picture(&folder.path().join("images").join(picture_name), 640, 480);
    }
    fs::write(folder.path().join("fixations.csv"), table(&gaze)).unwrap();
    let expected = Dataset::open(folder.path(), None).unwrap();
    let path = folder.path().join("p1.txt");
    fs::write(&path, text).unwrap();
    let found = super::open_recordings(&path, options).unwrap();
    compare(name, &expected, &found);
}

fn compare(name: &str, expected: &Dataset, found: &Dataset) {
    // The sums and quotients on the way to the screen and back are rounded some times.
    const ROUNDING: f64 = 1e-9;
    assert_eq!(found.stimuli().len(), 2, "{name}");
    for index in 0..2 {
        let size = expected.image_size(index).unwrap();
        let of = |dataset: &Dataset| {
            let gaze = dataset.gaze(index).remove(0);
            let raw = gaze.scanpaths.unwrap();
            let (scanpaths, dropped) = scanpaths_within(&raw, size, Path::new(""));
            let starts: Vec<f64> = raw[0].fixations.iter().filter_map(|fixation| fixation.start_ms).collect();
            (scanpaths[0].clone(), dropped.len(), starts)
        };
        let ((a, lost, starts), (b, also_lost, other_starts)) = (of(expected), of(found));
        assert_eq!((a.fixations().len(), lost), (12, 2), "twelve of fourteen lie on the picture");
        assert_eq!((b.fixations().len(), also_lost), (12, 2), "{name}");
        for (a, b) in a.fixations().points().iter().zip(b.fixations().points()) {
            assert!((a.x - b.x).abs() < ROUNDING && (a.y - b.y).abs() < ROUNDING, "{name}: {a:?}, {b:?}");
        }
        for (a, b) in
            a.durations_ms().unwrap().iter().zip(b.durations_ms().unwrap()).chain(starts.iter().zip(&other_starts))
        {
            assert!((a - b).abs() < ROUNDING, "{name}: {a}, {b}");
        }
    }
}

#[test]
fn every_layout_gives_the_fixations_of_the_table() {
    let gaze = gaze();
    let plain = RecordingOptions::default();
    let screen = RecordingOptions { screen: Some((1280, 1024)), ..RecordingOptions::default() };
    check("EyeLink ASC", &eyelink(&gaze), &plain);
    check("Data Viewer", &data_viewer(&gaze), &screen);
    check("Tobii Pro Lab", &pro_lab(&gaze), &plain);
    check("Tobii Studio 3", &studio(&gaze), &plain);
    check("SMI events", &smi_events(&gaze), &plain);
    check("SMI statistics", &smi_statistics(&gaze), &screen);
    check("Gazepoint", &gazepoint(&gaze), &screen);
}
