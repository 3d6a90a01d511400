//! EyeLink files in the layouts of edf2asc and Data Viewer, written by hand.

use super::{message, read_bytes, whole};
use crate::recordings::{Extent, Eye, Messages, Shown, read_recording};

/// One eye at 500 Hz: two trials of which the first shows a picture, a blink, and an event whose line comes late.
pub(super) const ONE_EYE: &str = "\
** CONVERTED FROM P1.edf using edfapi 4.2
** EYELINK II CL v6.14 Mar  6 2020 (EyeLink Portable Duo)
MSG\t900 !CAL Cal coeff:
   132.75 -13.023
  -0.5  187.55
MSG\t990 DISPLAY_COORDS 0 0 1023 767
MSG\t995 TRIALID 1
MSG\t996 !V IMGLOAD CENTER pictures/a cat.png 512 384 400 300
START\t1000 \tLEFT\tSAMPLES\tEVENTS
PUPIL\tAREA
SAMPLES\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2\tINPUT
1000\t  512.5\t  384.0\t  900.0\t    0.0\t...
MSG\t1002 -4 SYNCTIME 766 0
SFIX L   1002
1002\t  512.7\t  384.2\t  901.0\t    0.0\t...
1004\t   .\t   .\t    0.0\t    0.0\t...
SBLINK L 1004
1006\t  -3.5\t  400.0\t  902.0\t    0.0\tC..
EBLINK L 1004\t1004\t2
MSG\t1020 TRIAL_RESULT 0
MSG\t1020 !V TRIAL_VAR condition free viewing
MSG\t1021 !V TRIAL_VAR TRIALID 17
MSG\t1030 TRIALID 2
EFIX L   1002\t1018\t18\t  512.6\t  384.1\t    901
ESACC L  1019\t1020\t4\t .\t .\t  520.0\t  380.0\t 2.3e+006\t    103
1030\t  100.0\t  200.0\t  800.0\t    0.0\t...
EFIX L   1030\t1040\t12\t  100.5\t  200.5\t    801
END\t1041 \tSAMPLES\tEVENTS\tRES\t  36.93\t  37.03
";

#[test]
fn one_eye_is_read_with_trials_pictures_and_events() {
    // Lines of Windows end in a carriage return, too.
    for text in [ONE_EYE.to_owned(), ONE_EYE.replace('\n', "\r\n")] {
        let (recording, samples) = read_bytes(text.as_bytes());
        assert_eq!((recording.samples.all, recording.samples.lost, recording.samples.lost_left), (5, 1, 1));
        assert_eq!(recording.screen, Some(Extent { width: 1024.0, height: 768.0 }));
        assert_eq!((recording.stated_rate_hz, recording.found_rate_hz), (Some(500.0), Some(500.0)));
        assert_eq!(recording.eyes, [Eye::Left]);
        assert_eq!((samples[3].time_ms, samples[3].left.x, samples[3].left.pupil), (1006.0, -3.5, 902.0));
        assert_eq!(recording.device.as_deref(), Some("EYELINK II CL v6.14 Mar  6 2020 (EyeLink Portable Duo)"));
        let [first, second] = recording.trials.as_slice() else { panic!("{:?}", recording.trials) };
        assert_eq!(
            (first.name.as_str(), first.start_ms, first.onset_ms, first.end_ms),
            ("1", Some(995.0), Some(1006.0), Some(1020.0))
        );
        assert_eq!((first.samples, first.lost_samples, second.samples), (4, 1, 1));
        assert_eq!(first.variables[0], ("condition".to_owned(), "free viewing".to_owned()));
        assert_eq!(recording.stimuli(), ["pictures/a cat.png"]);
        let Some(Shown::Rectangle(place)) = first.pictures[0].shown else { panic!("{:?}", first.pictures) };
        assert_eq!((place.x, place.y, place.width, place.height), (312.0, 234.0, 400.0, 300.0));
        let fixations: Vec<_> = recording.fixations.iter().map(|f| (f.x, f.start_ms, f.duration_ms, f.trial)).collect();
        // The line of the first fixation stands in the second trial, but it ended before that began.
        assert_eq!(
            fixations,
            [(512.6, Some(1002.0), Some(18.0), Some(0)), (100.5, Some(1030.0), Some(12.0), Some(1)),]
        );
        assert_eq!((recording.blinks.len(), recording.blinks[0].duration_ms), (1, 2.0));
        assert_eq!((recording.saccades.len(), recording.notes.len()), (1, 0));
    }
}

#[test]
fn both_eyes_are_lost_each_on_its_own() {
    let text = "START\t10 \tLEFT\tRIGHT\tSAMPLES\tEVENTS\n\
        SAMPLES\tGAZE\tLEFT\tRIGHT\tHTARGET\tRATE\t1000.00\n\
        10\t  1.0\t  2.0\t  3.0\t  4.0\t  5.0\t  6.0\t.....\n\
        11\t   .\t   .\t  0.0\t  4.0\t  5.0\t  6.0\t.C...\n\
        12\t   .\t   .\t  0.0\t   .\t   .\t  0.0\t.C.C.\n\
        END\t13 \tSAMPLES\tEVENTS\n";
    let (recording, samples) = read_bytes(text.as_bytes());
    let counts = recording.samples;
    assert_eq!((counts.all, counts.lost, counts.lost_left, counts.lost_right), (3, 1, 2, 1));
    assert_eq!((samples[0].left.x, samples[0].right.x, samples[0].right.pupil), (1.0, 4.0, 6.0));
}

#[test]
fn eyes_may_change_from_block_to_block() {
    let text = "START\t10 \tLEFT\tRIGHT\tSAMPLES\n\
        SAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t 500.00\n\
        10\t  1.0\t  2.0\t  3.0\t  4.0\t  5.0\t  6.0\t.....\n\
        END\t11 \tSAMPLES\n\
        START\t20 \tRIGHT\tSAMPLES\n\
        SAMPLES\tGAZE\tRIGHT\tRATE\t1000.00\n\
        20\t  7.0\t  8.0\t  9.0\t...\n\
        END\t21 \tSAMPLES\n";
    let (recording, samples) = read_bytes(text.as_bytes());
    assert_eq!((samples[1].right.x, samples[1].left.is_valid()), (7.0, false));
    assert_eq!(recording.notes, ["the rate changes from 500 to 1000 Hz within the file"]);
}

#[test]
fn samples_without_a_header_have_the_eyes_of_their_flags() {
    let both = "7269701\t  563.3\t  818.7\t 1079.0\t  670.2\t  808.8\t  876.0\t.....\n\
                7269703\t  527.8\t  821.4\t 1084.0\t  638.7\t  809.3\t  875.0\t.....\n";
    let (recording, samples) = read_bytes(both.as_bytes());
    assert_eq!((recording.eyes.as_slice(), samples[1].right.x), ([Eye::Left, Eye::Right].as_slice(), 638.7));
    let one = "100\t  563.3\t  818.7\t 1079.0\t...\n101\t  527.8\t  821.4\t 1084.0\t...\n";
    let (recording, samples) = read_bytes(one.as_bytes());
    assert_eq!((recording.eyes.as_slice(), samples[1].both.x), ([Eye::Both].as_slice(), 527.8));
}

#[test]
fn times_at_2000_hz_occur_twice_or_have_halves() {
    let header = "START\t10 \tRIGHT\tSAMPLES\nSAMPLES\tGAZE\tRIGHT\tRATE\t2000.00\n";
    let repeated: String = (0..40).map(|n| format!("{}\t 1.0\t 2.0\t 3.0\t...\n", 10 + n / 2)).collect();
    let (recording, _) = read_bytes(format!("{header}{repeated}").as_bytes());
    assert_eq!((recording.samples.repeated_times, recording.found_rate_hz), (20, Some(2000.0)));
    let halves: String =
        (0..40).map(|n| format!("{:.1}\t 1.0\t 2.0\t 3.0\t...\n", 10.0 + f64::from(n) / 2.0)).collect();
    let (recording, _) = read_bytes(format!("{header}{halves}").as_bytes());
    assert_eq!((recording.samples.repeated_times, recording.found_rate_hz), (0, Some(2000.0)));
    assert_eq!(recording.span_ms, Some((10.0, 29.5)));
}

#[test]
fn a_file_that_is_cut_off_gives_what_it_holds() {
    let cut = &ONE_EYE[..ONE_EYE.find("1006\t").unwrap() + 9];
    let (recording, samples) = read_bytes(cut.as_bytes());
    assert_eq!(samples.len(), 3);
    assert_eq!(
        recording.notes,
        [
            "recording.txt: the file ends in the middle of line 18; the rows before it were read",
            "recording.txt: the recording that starts at 1000 ms has no end; the file may be cut off",
        ]
    );
}

#[test]
fn a_wrong_value_names_file_and_line() {
    let wrong = ONE_EYE.replace("512.7\t", "512x7\t");
    assert_eq!(
        message(wrong.as_bytes()),
        "recording.txt:15: a sample should be numbers or points, found \"1002\\t  512x7\\t  384.2\\t  901.0\\t    0.0\\t...\""
    );
    let wrong = ONE_EYE.replace("EFIX L   1030", "EFIX X   1030");
    assert!(message(wrong.as_bytes()).starts_with("recording.txt:27: an event should be the eye L or R, found "));
}

#[test]
fn own_messages_mark_trials_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let text = "MSG\t1 Trial 7 begins\nMSG\t2 show dog.png now\nSTART\t3 \tLEFT\tSAMPLES\nMSG\t4 flip\n5\t1\t2\t3\t...\nEND\t6\n";
    std::fs::write(&path, text).unwrap();
    let messages = Messages {
        trial: Some("Trial * begins".into()),
        stimulus: Some("show * now".into()),
        onset: Some("flip".into()),
    };
    let recording = read_recording(&path, &messages, |_| {}).unwrap();
    let trial = &recording.trials[0];
    assert_eq!((trial.name.as_str(), trial.onset_ms, trial.samples), ("7", Some(4.0), 1));
    assert_eq!(recording.stimuli(), ["dog.png"]);
    assert!(whole(&path).0.trials.is_empty());
}

#[test]
fn one_trial_may_be_begun_by_two_words() {
    let text = "START\t1 \tLEFT\tSAMPLES\nMSG\t2 start_trial 0\nMSG\t2 TRIALID name_3\n3\t1\t2\t3\t...\nMSG\t9 stop_trial\n\
        MSG\t10 start_trial 1\n11\t1\t2\t3\t...\nEND\t12\n";
    let (recording, _) = read_bytes(text.as_bytes());
    let names: Vec<_> = recording.trials.iter().map(|trial| (trial.name.as_str(), trial.samples)).collect();
    assert_eq!(names, [("name_3", 1), ("1", 1)]);
}

#[test]
fn the_last_number_of_the_screen_is_a_pixel_if_odd_and_the_size_if_even() {
    for (coordinates, width, height) in [
        ("DISPLAY_COORDS 0 0 1919 1079", 1920.0, 1080.0),
        ("DISPLAY_COORDS = 0 0 1279 1023", 1280.0, 1024.0),
        ("DISPLAY_COORDS  0  0  640  480", 640.0, 480.0),
        ("GAZE_COORDS 0.00 0.00 1920.00 1080.00", 1920.0, 1080.0),
    ] {
        let (recording, _) = read_bytes(format!("MSG\t1 {coordinates}\n").as_bytes());
        assert_eq!(recording.screen, Some(Extent { width, height }), "{coordinates}");
    }
}

#[test]
fn a_fixation_report_is_read_by_the_names_of_its_columns() {
    let report = "CURRENT_FIX_PUPIL\tCURRENT_FIX_DURATION\tCURRENT_FIX_START\tCURRENT_FIX_X\tCURRENT_FIX_Y\tEYE_USED\timage\n\
        \"x\"\t200\t0\t892,10\t400,5\tLEFT\tcat.png\n\
        .\t150\t210\t.\t.\tLEFT\tcat.png\n\
        900\t100\t20\t10,0\t20,0\tLEFT\tdog.png\n";
    let report = report.replace("\"x\"", "850");
    let (recording, _) = read_bytes(report.as_bytes());
    assert_eq!(recording.trials.len(), 2, "a trial begins where the time falls");
    assert_eq!(recording.stimuli(), ["cat.png", "dog.png"]);
    let fixations: Vec<_> = recording.placed_fixations().map(|f| (f.x, f.start_ms, f.duration_ms, f.eye)).collect();
    assert_eq!(fixations, [(892.1, Some(0.0), Some(200.0), Eye::Left), (10.0, Some(20.0), Some(100.0), Eye::Left),]);
    assert_eq!(recording.fixations.len(), 3);
    let comma = "RECORDING_SESSION_LABEL,TRIAL_INDEX,CURRENT_FIX_X,CURRENT_FIX_Y,CURRENT_FIX_DURATION\nP1,1,5.5,6.5,22\nP1,2,1,2,30\n";
    let (recording, _) = read_bytes(comma.as_bytes());
    assert_eq!((recording.participant.as_deref(), recording.trials.len()), (Some("P1"), 2));
    assert!(recording.notes[0].starts_with("the report has no column CURRENT_FIX_START"));
    // Excel writes UTF-16.
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(comma.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read_bytes(&wide).0, recording);
}
