//! The formats of one file each, written by hand in the layouts of the devices' software.

use super::{message, read_bytes, whole};
use crate::recordings::{Extent, Eye, RecordingFormat, Shown, Space, Unit, recording_format};
use flate2::{Compression, write::GzEncoder};
use std::{fs, io::Write};

pub(super) const PRO_LAB: &str = "\u{feff}Recording timestamp\tParticipant name\tRecording name\tRecording Fixation filter name\tRecording resolution height\tRecording resolution width\tEyetracker timestamp\tEvent\tEvent value\tGaze point X\tGaze point Y\tGaze point left X\tGaze point left Y\tGaze point right X\tGaze point right Y\tPupil diameter left\tValidity left\tValidity right\tPresented Media name\tPresented Media width\tPresented Media height\tPresented Media position X (RCSpx)\tPresented Media position Y (RCSpx)\tEye movement type\tGaze event duration\tEye movement type index\tFixation point X\tFixation point Y\t
10\tP1\tRec\tI-VT\t1080\t1920\t\tImageStimulusStart\tcat\t\t\t\t\t\t\t\t\t\tcat.jpg\t1400\t1400\t260\t-160\tFixation\t40\t7\t900\t450\t
16\tP1\tRec\tI-VT\t1080\t1920\t6402\t\t\t901\t451\t890\t440\t912\t462\t3,58\tValid\tValid\tcat.jpg\t1400\t1400\t260\t-160\tFixation\t40\t7\t900\t450\t
33\tP1\tRec\tI-VT\t1080\t1920\t6418\t\t\t899\t449\t899\t449\t\t\t3,6\tValid\tInvalid\tcat.jpg\t1400\t1400\t260\t-160\tFixation\t40\t7\t900\t450\t
50\tP1\tRec\tI-VT\t1080\t1920\t6435\t\t\t\t\t\t\t\t\t\tInvalid\tInvalid\tcat.jpg\t1400\t1400\t260\t-160\tEyesNotFound\t17\t3\t\t\t
66\tP1\tRec\tI-VT\t1080\t1920\t6452\t\t\t100\t200\t100\t200\t100\t200\t3,6\tValid\tValid\tdog.jpg\t1920\t1080\t0\t0\tFixation\t17\t8\t100,5\t200\t
";

#[test]
fn pro_lab_counts_samples_and_not_event_rows() {
    let (recording, samples) = read_bytes(PRO_LAB.as_bytes());
    let counts = recording.samples;
    assert_eq!((counts.all, counts.lost, counts.lost_left, counts.lost_right), (4, 1, 1, 2));
    assert_eq!((samples[0].left.pupil, samples[1].right.is_valid()), (3.58, false));
    assert_eq!(recording.screen, Some(Extent { width: 1920.0, height: 1080.0 }));
    let fixations: Vec<_> = recording.fixations.iter().map(|f| (f.x, f.start_ms, f.duration_ms, f.trial)).collect();
    assert_eq!(fixations, [(900.0, Some(16.0), Some(40.0), Some(0)), (100.5, Some(66.0), Some(17.0), Some(1))]);
    assert_eq!(recording.stimuli(), ["cat.jpg", "dog.jpg"]);
    let Some(Shown::Rectangle(place)) = recording.trials[0].pictures[0].shown else { panic!("no place") };
    assert_eq!((place.x, place.y, place.width), (260.0, -160.0, 1400.0));
    assert_eq!(recording.messages[0].text, "ImageStimulusStart cat");
}

#[test]
fn pro_lab_has_units_in_newer_headers_and_none_in_older_ones() {
    let plain = read_bytes(PRO_LAB.as_bytes()).0;
    let units = PRO_LAB
        .replace("Recording timestamp", "Recording timestamp [μs]")
        .replace("Gaze point X", "Gaze point X [DACS px]")
        .replace("Fixation point X", "Fixation point X [DACS px]")
        .replace("Gaze event duration", "Gaze event duration [ms]");
    let thousands = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for line in lines.iter_mut().skip(1) {
            let (time, rest) = line.split_once('\t').unwrap();
            *line = format!("{time}000\t{rest}");
        }
        lines.join("\n") + "\n"
    };
    for text in [thousands(units), thousands(PRO_LAB.to_owned())] {
        let (recording, _) = read_bytes(text.as_bytes());
        assert_eq!((&recording.fixations, &recording.trials), (&plain.fixations, &plain.trials));
    }
}

#[test]
fn pro_lab_warns_of_the_raw_filter_and_refuses_metrics() {
    let (recording, _) = read_bytes(PRO_LAB.replace("I-VT", "Raw").as_bytes());
    assert!(recording.notes[0].starts_with("the fixation filter is Raw"), "{:?}", recording.notes);
    let metrics = "Recording\tParticipant\tToi\tMedia\tNumber_of_fixations.area\nR1\tP1\tt\tm\t3\n";
    assert_eq!(
        message(metrics.as_bytes()),
        "recording.txt: expected a recording with samples or fixations; export the data and not the summary, found an export \
         of metrics from Tobii Pro Lab"
    );
}

#[test]
fn gaze_that_pro_lab_mapped_lies_on_the_snapshot() {
    let text = "Recording timestamp\tSensor\tParticipant name\tRecording name\tGaze point X\tGaze point Y\tMapped eye movement type [shelf]\tMapped eye movement type index [shelf]\tMapped fixation X [shelf]\tMapped fixation Y [shelf]\tGaze event duration\n\
        0\tEye Tracker\tP1\tR\t5\t6\tFixation\t1\t300\t400\t60\n\
        5\tGyroscope\tP1\tR\t\t\t\t\t\t\t\n\
        20\tEye Tracker\tP1\tR\t5\t6\tFixation\t1\t300\t400\t60\n\
        40\tEye Tracker\tP1\tR\t5\t6\tFixation\t2\t350\t410\t20\n";
    let (recording, samples) = read_bytes(text.as_bytes());
    assert_eq!((samples.len(), recording.fixations.len()), (3, 2));
    assert_eq!(recording.fixation_space, (Space::Picture, Unit::Pixels));
    assert_eq!((recording.stimuli(), recording.fixations[1].x), (vec!["shelf"], 350.0));
}

pub(super) const STUDIO_3: &str = "\u{feff}StudioVersionRec\tStudioProjectName\tParticipantName\tRecordingName\tRecordingResolution\tFixationFilter\tMediaName\tMediaPosX (ADCSpx)\tMediaPosY (ADCSpx)\tMediaWidth\tMediaHeight\tRecordingTimestamp\tStudioEvent\tFixationIndex\tGazeEventType\tGazeEventDuration\tFixationPointX (MCSpx)\tFixationPointY (MCSpx)\tGazePointIndex\tGazePointLeftX (ADCSpx)\tGazePointLeftY (ADCSpx)\tGazePointX (ADCSpx)\tGazePointY (ADCSpx)\tPupilLeft\tValidityLeft\t\r
3.4.5\tShop\tP1\tR1\t1920 x 1080\tI-VT filter\t\t\t\t\t\t5\t\t1\tFixation\t30\t\t\t1\t962\t578\t985\t580\t-1.00\t0\t\r
3.4.5\tShop\tP1\tR1\t1920 x 1080\tI-VT filter\tpage.png\t30\t77\t1864\t937\t10\tMediaStart\t\t\t\t\t\t\t\t\t\t\t\t\t\r
3.4.5\tShop\tP1\tR1\t1920 x 1080\tI-VT filter\tpage.png\t30\t77\t1864\t937\t22\t\t2\tFixation\t167\t1177\t258\t2\t1200\t330\t1207\t335\t3.10\t0\t\r
3.4.5\tShop\tP1\tR1\t1920 x 1080\tI-VT filter\tpage.png\t30\t77\t1864\t937\t38\t\t\tUnclassified\t17\t\t\t3\t\t\t\t\t-1.00\t4\t\r
";

#[test]
fn studio_3_states_fixations_on_the_picture() {
    let (recording, samples) = read_bytes(STUDIO_3.as_bytes());
    assert_eq!((recording.samples.all, recording.samples.lost), (3, 1));
    assert_eq!((samples[0].left.x, samples[0].left.pupil.is_nan(), samples[1].left.pupil), (962.0, true, 3.1));
    assert_eq!((recording.fixations.len(), recording.placed_fixations().count()), (2, 1));
    let fixation = recording.placed_fixations().next().unwrap();
    assert_eq!((fixation.x, fixation.y, fixation.start_ms, fixation.trial), (1177.0, 258.0, Some(22.0), Some(0)));
    assert_eq!(recording.fixation_space, (Space::Picture, Unit::Pixels));
    assert_eq!(recording.screen, Some(Extent { width: 1920.0, height: 1080.0 }));
}

#[test]
fn studio_2_writes_lost_eyes_as_minus_the_size_of_the_screen() {
    let header = "Timestamp\tNumber\tGazePointXLeft\tGazePointYLeft\tPupilLeft\tValidityLeft\tGazePointXRight\tGazePointYRight\tPupilRight\tValidityRight\tFixationIndex\tGazePointX\tGazePointY\tEvent\tEventKey\tDescriptor\tStimuliName\tMediaWidth\tMediaHeight\tMediaPosX\tMediaPosY\tMappedFixationPointX\tMappedFixationPointY\tFixationDuration\t\n";
    let text = format!(
        "System Properties:\nRecording resolution:\t 1280 x 1024\nParticipant:\t P1\n\n{header}\
         0\t\t\t\t\t\t\t\t\t\t\t\t\tImageStart\t0\tcat.jpg\t\t\t\t\t\t\t\t\t\n\
         20\t1\t400,5\t300\t3,1\t0\t402\t301\t3,2\t0\t1\t401\t300\t\t\t\tcat.jpg\t800\t600\t240\t212\t161\t88\t40\t\n\
         40\t2\t-1280\t-1024\t-1\t4\t-1280\t-1024\t-1\t4\t1\t0\t0\t\t\t\tcat.jpg\t800\t600\t240\t212\t161\t88\t40\t\n"
    );
    let (recording, samples) = read_bytes(text.as_bytes());
    assert_eq!(
        (recording.format, recording.samples.all, recording.samples.lost),
        (RecordingFormat::TobiiStudio2, 2, 1)
    );
    assert_eq!((samples[0].left.x, recording.fixations.len()), (400.5, 1));
    let fixation = recording.fixations[0];
    assert_eq!((fixation.x, fixation.y, fixation.start_ms), (161.0, 88.0, Some(20.0)));
    assert_eq!((recording.participant.as_deref(), recording.messages.len()), (Some("P1"), 1));
    let fixations = "Data properties:\n\nSubject: P1\nScreen resolution: 1280 x 1024\n\nFixationIndex\tTimestamp\tFixationDuration\tMappedFixationPointX\tMappedFixationPointY\t\n12\t26\t633\t513\t518\t\n13\t659\t849\t-1\t527\t\n";
    let (recording, _) = read_bytes(fixations.as_bytes());
    assert_eq!((recording.fixations.len(), recording.fixations[1].x), (2, -1.0));
    assert_eq!(recording.screen, Some(Extent { width: 1280.0, height: 1024.0 }));
    let events = "\nTimestamp\tEvent\tEventKey\tData1\tData2\tDescriptor\t\n0\tScreenRecStarted\t8192\t0\t0\t\t\n9\tLogData\t0\tLoad\t\t\t\n";
    let (recording, samples) = read_bytes(events.as_bytes());
    assert_eq!((samples.len(), recording.messages.len(), recording.messages[1].text.as_str()), (0, 2, "LogData Load"));
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(super) const GLASSES_2: &str = "{\"ts\":2000,\"s\":0,\"gidx\":2,\"gp\":[0.5,0.25]}
{\"ts\":1000,\"s\":0,\"gidx\":1,\"pd\":3.5,\"eye\":\"left\"}
{\"ts\":1000,\"s\":0,\"gidx\":1,\"l\":60,\"gp\":[0.44,0.4]}
{\"ts\":3000,\"s\":1,\"gidx\":3,\"gp\":[0.0,0.0]}
{\"ts\":3500,\"s\":0,\"ac\":[0.2,-9.8,0.1]}
";

#[test]
fn glasses_lose_samples_by_their_status_and_are_sorted() {
    let (recording, samples) = read_bytes(&gzip(GLASSES_2));
    assert_eq!((recording.samples.all, recording.samples.lost), (3, 1));
    assert_eq!((samples[0].time_ms, samples[0].both.x, samples[0].left.pupil), (1.0, 0.44, 3.5));
    assert_eq!(recording.sample_space, (Space::Scene, Unit::Shares));
    let third = "{\"type\":\"gaze\",\"timestamp\":0.5,\"data\":{\"gaze2d\":[0.1,0.2],\"eyeleft\":{\"pupildiameter\":2.5}}}\n{\"type\":\"gaze\",\"timestamp\":0.51,\"data\":{}}\n";
    let (recording, samples) = read_bytes(&gzip(third));
    assert_eq!((recording.device.as_deref(), recording.samples.lost), (Some("Tobii Pro Glasses 3"), 1));
    assert_eq!((samples[0].time_ms, samples[0].both.y, samples[0].left.pupil), (500.0, 0.2, 2.5));
}

#[test]
fn a_compressed_file_that_is_cut_off_gives_what_it_holds() {
    let long = GLASSES_2.repeat(2000);
    let bytes = gzip(&long);
    let (recording, samples) = read_bytes(&bytes[..bytes.len() / 2]);
    assert!(samples.len() > 100 && samples.len() < 6000, "{}", samples.len());
    assert!(
        recording
            .notes
            .iter()
            .any(|note| note.contains("lines before were read") || note.contains("ends in the middle")),
        "{:?}",
        recording.notes
    );
}

pub(super) const SMI_SAMPLES: &str = "## [iView]\r
## Version:\tIDF Converter 3.0.16\r
## Sample Rate:\t500\r
## Subject:\tP1\r
## Calibration Area:\t1680 1050\r
## Stimulus Dimension [mm]:\t474\t297\r
## Head Distance [mm]:\t700\r
## \r
Time\tType\tTrial\tL Raw X [px]\tL POR X [px]\tL POR Y [px]\tR POR X [px]\tR POR Y [px]\tL Mapped Diameter [mm]\r
1000000\tMSG\t1\t# Message: cat.jpg\r
1002000\tSMP\t1\t505.27\t850.50\t300.25\t860.00\t310.00\t3.23\r
1004000\tSMP\t1\t505.91\t0.00\t0.00\t861.00\t311.00\t0.00\r
1006000\tSMP\t1\t505.91\t-0.20\t0.00\t0.00\t0.00\t0.00\r
";

#[test]
fn smi_samples_have_lost_eyes_at_zero_and_pictures_in_messages() {
    let (recording, samples) = read_bytes(SMI_SAMPLES.as_bytes());
    let counts = recording.samples;
    assert_eq!((counts.all, counts.lost, counts.lost_left, counts.lost_right), (3, 1, 2, 1));
    assert_eq!((samples[0].time_ms, samples[0].left.x, samples[0].left.pupil), (1002.0, 850.5, 3.23));
    assert_eq!(recording.screen, Some(Extent { width: 1680.0, height: 1050.0 }));
    assert_eq!(
        (recording.screen_mm, recording.distance_mm),
        (Some(Extent { width: 474.0, height: 297.0 }), Some(700.0))
    );
    assert_eq!((recording.stimuli(), recording.trials[0].samples), (vec!["cat.jpg"], 3));
    assert_eq!((recording.stated_rate_hz, recording.participant.as_deref()), (Some(500.0), Some("P1")));
}

#[test]
fn begaze_rows_may_lack_a_column_before_the_last_ones() {
    let text = "## [BeGaze]\n## Calibration Area:\t1680\t1050\n##\nTime\tType\tTrial\tL POR X [px]\tL POR Y [px]\tInfo\tL Event Info\tStimulus\n\
        1000\tSMP\t1\t10.0\t20.0\tFixation\ttest.bmp\n2000\tSMP\t1\t12.0\t20.0\tFixation\ttest.bmp\n3000\tSMP\t1\t90.0\t20.0\tSaccade\ttest.bmp\n";
    let (recording, _) = read_bytes(text.as_bytes());
    assert_eq!(recording.stimuli(), ["test.bmp"]);
    let fixations: Vec<_> = recording.fixations.iter().map(|f| (f.x, f.start_ms, f.duration_ms)).collect();
    assert_eq!(fixations, [(11.0, Some(1.0), Some(1.0))]);
    assert!(recording.notes[0].starts_with("rows have fewer values than the header has names"));
}

#[test]
fn smi_events_may_repeat_one_eye() {
    for separator in [",", "\t"] {
        let text = "[BeGaze]\nVersion:\tBeGaze 3.5.90\nSubject:\tP1\nStimulus:\tcat.png\n\nTable Header for Fixations:\nEvent Type,Trial,Number,Start,End,Duration,Location X,Location Y,Dispersion X\n\nUserEvent,1,1,167531284088,# Message: Cat.png\nFixation L,1,1,167531377718,167531619504,241786,951.83,791.40,47\nFixation R,1,1,167531377718,167531619504,241786,951.83,791.40,47\nBlink L,1,1,167533563021,167533654782,91761\nSaccade R,1,1,167531286064,167531377718,91654,815.24,692.39\n";
        let (recording, _) = read_bytes(text.replace(',', separator).as_bytes());
        assert_eq!((recording.fixations.len(), recording.blinks.len(), recording.saccades.len()), (2, 1, 1));
        let fixation = recording.fixations[0];
        assert_eq!(
            (fixation.eye, fixation.x, fixation.start_ms, fixation.duration_ms),
            (Eye::Left, 951.83, Some(167_531_377.718), Some(241.786))
        );
        assert_eq!(recording.stimuli(), ["Cat.png"]);
        assert!(recording.notes[0].starts_with("1 of 1 fixations of the left eye equal those of the right eye"));
    }
    let statistics = "Event Start Trial Time [ms]\tEvent Duration [ms]\tFixation Position X [px]\tFixation Position Y [px]\tCategory\tStimulus\tParticipant\n\
        10.5\t200.0\t100.0\t90.0\tFixation\ta.png\tP1\n220.0\t30.0\t-\t-\tSaccade\ta.png\tP1\n260.0\t90.0\t-\t-\tBlink\ta.png\tP1\n";
    let (recording, _) = read_bytes(statistics.as_bytes());
    assert_eq!((recording.fixations.len(), recording.saccades.len(), recording.blinks.len()), (1, 1, 1));
}

pub(super) const GAZEPOINT: &str = "MEDIA_ID,MEDIA_NAME,CNT,TIME(2022/09/19 13:34:49.156),FPOGX,FPOGY,FPOGS,FPOGD,FPOGID,FPOGV,BPOGX,BPOGY,BPOGV,LPMM,BKID,BKDUR,
0,cat,0,0.00000,0.45310,0.56713,0.00000,0.00000,1,0,0.45,0.56,1,3.6,0,0.0,
0,cat,1,0.01633,0.40000,0.50000,0.00000,0.01633,2,1,0.40,0.50,1,3.6,0,0.0,
0,cat,2,0.03266,0.41000,0.51000,0.00000,0.03266,2,1,0.42,0.52,1,3.6,0,0.0,
0,cat,3,0.04899,0.41000,0.51000,0.00000,0.03266,2,0,0.42,0.52,0,3.6,1,0.0,
1,dog,4,0.00000,0.10000,0.20000,0.00000,0.10000,3,1,0.10,0.20,1,3.6,0,0.05,
";

#[test]
fn gazepoint_keeps_stale_points_which_are_lost() {
    let (recording, samples) = read_bytes(GAZEPOINT.as_bytes());
    assert_eq!((recording.samples.all, recording.samples.lost), (5, 1));
    assert!((samples[1].time_ms - 16.33).abs() < 1e-12);
    let fixations: Vec<_> = recording.fixations.iter().map(|f| (f.x, f.start_ms, f.trial)).collect();
    assert_eq!(fixations, [(0.41, Some(0.0), Some(0)), (0.1, Some(0.0), Some(1))]);
    assert!((recording.fixations[0].duration_ms.unwrap() - 32.66).abs() < 1e-12);
    assert_eq!((recording.blinks.len(), recording.blinks[0].duration_ms), (1, 50.0));
    assert_eq!((recording.stimuli(), recording.sample_space), (vec!["cat", "dog"], (Space::Screen, Unit::Shares)));
    let (header, rows) = GAZEPOINT.split_once('\n').unwrap();
    let of_fixations: Vec<&str> =
        rows.lines().enumerate().filter(|(n, _)| [2, 4].contains(n)).map(|(_, row)| row).collect();
    let (only, samples) = read_bytes(format!("{header}\n{}\n", of_fixations.join("\n")).as_bytes());
    assert_eq!((only.fixations.len(), samples.len()), (2, 0));
}

#[test]
fn a_table_with_gazepoints_names_of_coordinates_alone_is_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixations.csv");
    for (header, expected) in [
        ("FileName,RecordingName,FPOGX,FPOGY", None),
        (GAZEPOINT.lines().next().unwrap(), Some(RecordingFormat::Gazepoint)),
    ] {
        fs::write(&path, format!("{header}\na.png,s1,.5,.5\n")).unwrap();
        assert_eq!(recording_format(&path).unwrap(), expected, "{header}");
    }
}

pub(super) const JSPSYCH: &str = "[{\"trial_type\":\"preload\",\"trial_index\":0},\
    {\"rt\":900.5,\"stimulus\":\"<img src='img/a.png' id='left'> <img src='img/b.png' id='right'>\",\"trial_index\":3,\"subject_id\":\"P1\",\
    \"webgazer_data\":[{\"x\":871,\"y\":414,\"t\":0},{\"x\":-5,\"y\":2000,\"t\":42}],\
    \"webgazer_targets\":{\"#left\":{\"x\":20,\"y\":116,\"width\":512,\"height\":520},\"#right\":{\"x\":800,\"y\":116,\"width\":512,\"height\":520}}},\
    {\"trial_index\":4,\"stimulus\":\"img/c.jpg\",\"rt\":null,\"webgazer_data\":[]}]";

#[test]
fn jspsych_has_pictures_with_their_boxes() {
    let (recording, samples) = read_bytes(JSPSYCH.as_bytes());
    assert_eq!((samples.len(), recording.trials.len()), (2, 2));
    assert_eq!((samples[1].time_ms, samples[1].both.x), (42.0, -5.0));
    assert_eq!(recording.stimuli(), ["img/a.png", "img/b.png", "img/c.jpg"]);
    let Some(Shown::Rectangle(place)) = recording.trials[0].pictures[1].shown else { panic!("no box") };
    assert_eq!((place.x, place.width, recording.trials[0].end_ms), (800.0, 512.0, Some(900.5)));
    let table =
        "trial_index,rt,stimulus,webgazer_data\n1,5,a.png,\"[{\"\"x\"\":1,\"\"y\"\":2,\"\"t\"\":3}]\"\n2,5,b.png,\n";
    let (recording, samples) = read_bytes(table.as_bytes());
    assert_eq!((recording.format, recording.trials.len(), samples[0].both.y), (RecordingFormat::JspsychTable, 1, 2.0));
    let cut = &JSPSYCH[..JSPSYCH.len() - 60];
    let (recording, samples) = read_bytes(cut.as_bytes());
    assert_eq!((samples.len(), recording.trials.len(), recording.notes.len()), (2, 1, 1));
}

#[test]
fn words_for_nothing_stand_for_lost_samples() {
    for lost in ["", "NA", "n/a", "NaN", "null", "None", "inf"] {
        let (recording, samples) = read_bytes(format!("timestamp,gx,gy\n1,{lost},{lost}\n2,1141,710\n").as_bytes());
        assert_eq!((samples.len(), recording.samples.lost), (2, 1), "{lost}");
    }
}

#[test]
fn tables_of_browsers_are_told_apart() {
    let webgazer =
        "\"participant\",\"timestamp\",\"gx\",\"gy\"\n\"P1\",1395.8950000014156,1141,710\n\"P1\",1518.6,1178,641\n";
    let (recording, samples) = read_bytes(webgazer.as_bytes());
    assert_eq!(
        (recording.format, samples[0].time_ms, samples[0].both.y),
        (RecordingFormat::Webgazer, 1_395.895_000_001_415_6, 710.0)
    );
    let gorilla = "Spreadsheet Row,type,time_elapsed,x_pred,y_pred,face_conf,image\n1,zone,0,,,,\n1,prediction,33.5,500,400,0.9,cat.png\n2,prediction,10,1,2,0.3,dog.png\n";
    let (recording, samples) = read_bytes(gorilla.as_bytes());
    assert_eq!(
        (recording.format, samples.len(), recording.stimuli()),
        (RecordingFormat::Gorilla, 2, vec!["cat.png", "dog.png"])
    );
    assert_eq!((samples[1].confidence, recording.samples.uncertain), (0.3, 1));
    let labvanced = "\"Block_Name\",\"Task_Name\",\"times\",\"Trial_Id\",\"Trial_Nr\",\"variable_name\",\"values\"\n\
        \"E\",\"T\",\"946710778301\",1,1,\"Gaze\",\n\
        \"E\",\"T\",\"946710778737\",1,1,\"Gaze\",1065.9,599.5,946710778045,0.08\n\
        \"E\",\"T\",\"946710778800\",2,2,\"videoended\",endofvideo\n\
        \"E\",\"T\",\"946710778925\",2,2,\"Gaze\",-120.5,-111.25,946710778161,1\n";
    let (recording, samples) = read_bytes(labvanced.as_bytes());
    assert_eq!((recording.format, samples.len(), recording.trials.len()), (RecordingFormat::Labvanced, 2, 2));
    assert_eq!((samples[1].time_ms, samples[1].both.x, samples[1].confidence), (946_710_778_161.0, -120.5, 1.0));
    let tabs = "Block_Name\tTask_Name\ttimes\tTrial_Id\tTrial_Nr\tvariable_name\tvalues\nE\tT\t\"946710778737\"\t1\t1\tGaze\t\"10.5,20\"\n";
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(tabs.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (_, samples) = read_bytes(&wide);
    assert_eq!((samples[0].time_ms, samples[0].both.x, samples[0].both.y), (946_710_778_737.0, 10.5, 20.0));
}

pub(super) const IMOTIONS: &str = "8.1.11.0\n#HEADER\niMotions.Eyetracker\n#METADATA\nFieldName,Timestamp,ET_GazeLeftx\nDescription,\"Relative, to start\",x\n#DATA\n\
    RowNumber,Timestamp,ET_GazeLeftx,ET_GazeLefty,ET_GazeRightx,ET_GazeRighty,ET_ValidityLeftEye,ET_ValidityRightEye\n\
    0,1.2,556.75,31.5,602,4.98,0,0\n1,33.2,-1,-1,-1,-1,4,4\n2,66.4,-1,500,10,20,0,0\n";

#[test]
fn imotions_has_its_trials_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ET_Eyetracker.csv"), IMOTIONS).unwrap();
    let slides = "#HEADER\nSlideEvents\n\n#DATA\nRowNumber,SlideEvent,Timestamp,StimType,SourceStimuliName\n0,StartMedia,0.5,TestImage,cat.png\n1,EndMedia,40,TestImage,cat.png\n2,StartMedia,50,TestImage,dog.png\n3,EndMedia,90,TestImage,dog.png\n";
    fs::write(folder.path().join("Native_SlideEvents.csv"), slides).unwrap();
    for name in ["ET_Eyetracker.csv", "Native_SlideEvents.csv"] {
        let (recording, samples) = whole(&folder.path().join(name));
        assert_eq!((recording.samples.all, recording.samples.lost), (3, 1), "{name}");
        // A coordinate of −1 alone is a place.
        assert_eq!((samples[0].time_ms, samples[2].left.x), (1.2, -1.0));
        let trials: Vec<_> =
            recording.trials.iter().map(|t| (t.pictures[0].name.as_str(), t.start_ms, t.end_ms, t.samples)).collect();
        assert_eq!(trials, [("cat.png", Some(0.5), Some(40.0), 2), ("dog.png", Some(50.0), Some(90.0), 1)]);
    }
}
