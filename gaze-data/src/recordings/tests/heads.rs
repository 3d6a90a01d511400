//! Recordings of several files, on heads: Pupil Core and Pupil Cloud; and PsychoPy's ioHub.

use super::whole;
use crate::recordings::{RecordingFormat, Space, Unit, recording_format};
use std::{fs, path::Path};

fn write(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

pub(super) const CORE: [(&str, &str); 6] = [
    (
        "gaze_positions.csv",
        "gaze_timestamp,world_index,confidence,norm_pos_x,norm_pos_y,base_data\r\n100.5,1,0.0,0.5,1.2,a\r\n100.505,1,0.9,0.25,0.75,b c\r\n100.51,2,0.4,0.3,0.7,b\r\n",
    ),
    (
        "fixations.csv",
        "id,start_timestamp,duration,norm_pos_x,norm_pos_y,method,base_data\r\n7,100.5,202.5,0.5,0.25,3d gaze,1 2 3\r\n",
    ),
    (
        "blinks.csv",
        "id,start_timestamp,duration,end_timestamp,confidence,filter_response,base_data\r\n1,101.0,0.25,101.25,0.4,0.5,1\r\n",
    ),
    ("fixation_report.csv", "fixation classifier,Dispersion_Duration\r\nmax_duration,220 ms\r\n"),
    (
        "surfaces/gaze_positions_on_surface_Page 1.csv",
        "world_timestamp,world_index,gaze_timestamp,x_norm,y_norm,x_scaled,y_scaled,on_surf,confidence\n100,1,100.5,0.2,0.9,0.2,0.9,True,0.9\n100,1,100.6,1.5,0.9,1.5,0.9,False,0.8\n",
    ),
    (
        "surfaces/fixations_on_surface_Page 1.csv",
        "world_timestamp,world_index,fixation_id,start_timestamp,duration,norm_pos_x,norm_pos_y,on_surf\n100,1,7,100.5,202.5,0.9,0.4,False\n100,2,7,100.5,202.5,0.6,0.4,True\n100,3,7,100.5,202.5,0.61,0.41,True\n101,4,8,101.5,100,0.1,0.2,False\n",
    ),
];

#[test]
fn pupil_core_is_turned_to_count_from_above() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &CORE);
    for path in
        [folder.path().to_owned(), folder.path().join("fixations.csv"), folder.path().join("gaze_positions.csv")]
    {
        let (recording, samples) = whole(&path);
        assert_eq!((recording.samples.all, recording.samples.lost, recording.samples.uncertain), (3, 1, 1));
        assert_eq!((samples[1].time_ms, samples[1].both.x, samples[1].both.y), (100_505.0, 0.25, 0.25));
        assert_eq!(
            (recording.fixations.len(), recording.fixations[0].y, recording.fixations[0].duration_ms),
            (1, 0.75, Some(202.5))
        );
        assert_eq!((recording.blinks.len(), recording.blinks[0].duration_ms), (1, 250.0));
        assert_eq!(recording.sample_space, (Space::Scene, Unit::Shares));
        assert!(recording.notes.iter().any(|note| note.contains("at most 220 ms")), "{:?}", recording.notes);
    }
}

#[test]
fn a_fixation_on_a_surface_is_its_first_row_there() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &CORE);
    let (recording, samples) = whole(&folder.path().join("surfaces/fixations_on_surface_Page 1.csv"));
    assert_eq!((samples.len(), recording.samples.lost), (2, 0));
    let fixations: Vec<_> = recording.fixations.iter().map(|f| (f.x, f.y, f.start_ms)).collect();
    assert_eq!(fixations, [(0.6, 0.6, Some(100_500.0))]);
    assert_eq!((recording.stimuli(), recording.fixation_space), (vec!["Page 1"], (Space::Picture, Unit::Shares)));
    assert_eq!(recording.notes, ["1 of 2 fixations were never on the surface"]);
}

pub(super) const CLOUD: [(&str, &str); 5] = [
    (
        "gaze.csv",
        "section id,recording id,timestamp [ns],gaze x [px],gaze y [px],worn,fixation id,blink id\ns,r,946684813324361664,1257.001,957.519,1.0,35,\ns,r,946684813329366664,1258.4,956.1,0.0,35,\ns,r,946684813334371664,1259.0,955.0,1.0,,1\n",
    ),
    (
        "fixations.csv",
        "section id,recording id,fixation id,start timestamp [ns],end timestamp [ns],duration [ms],fixation x [px],fixation y [px]\ns,r,35,946684813324361664,946684813459489664,135,833.873,364.053\ns,r,36,946684815000000000,946684815100000000,100,1,2\n",
    ),
    (
        "blinks.csv",
        "section id,recording id,blink id,start timestamp [ns],end timestamp [ns],duration [ms]\ns,r,1,946684813594616664,946684813884871664,290\n",
    ),
    (
        "events.csv",
        "recording id,timestamp [ns],name,type\nr,946684813000000000,recording.begin,recording\nr,946684813300000000,cat_start,recording\nr,946684814300000000,cat_end,recording\nr,946684814400000000,key pressed,recording\nr,946684816000000000,recording.end,recording\n",
    ),
    ("info.json", "{\"android_device_name\": \"Neon Companion\", \"gaze_frequency\": 200, \"wearer_name\": \"P1\"}"),
];

#[test]
fn pupil_cloud_has_trials_between_pairs_of_events() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &CLOUD);
    assert_eq!(recording_format(folder.path()).unwrap(), Some(RecordingFormat::PupilCloud));
    let (recording, samples) = whole(folder.path());
    assert_eq!((recording.samples.all, recording.samples.lost), (3, 1));
    // Nanoseconds since 1970 have more digits than a 64-bit number; the milliseconds are exact to a tenth of a microsecond.
    assert!((samples[0].time_ms - 946_684_813_324.361_6).abs() < 2e-4, "{}", samples[0].time_ms);
    let [trial] = recording.trials.as_slice() else { panic!("{:?}", recording.trials) };
    assert_eq!((trial.name.as_str(), trial.samples, trial.fixations), ("cat", 3, 1));
    assert_eq!(
        (recording.fixations[0].x, recording.fixations[0].duration_ms, recording.fixations[1].trial),
        (833.873, Some(135.0), None)
    );
    assert_eq!(
        (recording.blinks.len(), recording.stated_rate_hz, recording.participant.as_deref()),
        (1, Some(200.0), Some("P1"))
    );
}

#[test]
fn pupil_cloud_maps_gaze_onto_surfaces_and_reference_images() {
    let folder = tempfile::tempdir().unwrap();
    let sections = (
        "sections.csv",
        "section id,recording id,recording name,wearer id,wearer name,section start time [ns],section end time [ns]\ns1,r,x,w,P1,1000000,9000000\n",
    );
    write(
        folder.path(),
        &[
            (
                "marker/gaze.csv",
                "section id,recording id,timestamp [ns],gaze detected on surface,gaze position on surface x [normalized],gaze position on surface y [normalized],fixation id\ns1,r,2000000,true,0.35,0.93,\ns1,r,3000000,false,,,\n",
            ),
            (
                "marker/fixations.csv",
                "section id,recording id,fixation id,start timestamp [ns],duration [ms],fixation detected on surface,fixation x [normalized],fixation y [normalized]\ns1,r,253,2000000,125,true,0.342627,0.921271\n",
            ),
            ("marker/sections.csv", sections.1),
            (
                "image/gaze.csv",
                "section id,recording id,timestamp [ns],gaze detected in reference image,gaze position in reference image x [px],gaze position in reference image y [px],fixation id\ns1,r,2000000,true,350.5,93,\n",
            ),
            ("image/sections.csv", sections.1),
        ],
    );
    let (marker, _) = whole(&folder.path().join("marker"));
    assert_eq!((marker.samples.all, marker.samples.lost, marker.fixations[0].y), (2, 1, 0.921271));
    assert_eq!((marker.sample_space, marker.trials[0].fixations), ((Space::Picture, Unit::Shares), 1));
    let (image, samples) = whole(&folder.path().join("image"));
    assert_eq!((image.sample_space, samples[0].both.x), ((Space::Picture, Unit::Pixels), 350.5));
    assert_eq!(image.stimuli(), ["reference_image.jpeg"]);
}

#[cfg(feature = "hdf5")]
#[test]
fn iohub_counts_from_the_middle_with_y_up() {
    use hdf5_pure::{CompoundTypeBuilder, FileBuilder, make_f32_type, make_u8_type};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.hdf5");
    let mut file = FileBuilder::new();
    let mut data = file.create_group("data_collection");
    let mut events = data.create_group("events");
    let mut tracker = events.create_group("eyetracker");
    let mut builder = CompoundTypeBuilder::new();
    for name in ["time", "left_gaze_x", "left_gaze_y", "right_gaze_x", "right_gaze_y"] {
        builder = builder.field(name, make_f32_type());
    }
    let kind = builder.field("status", make_u8_type()).build().unwrap();
    let row = |values: [f32; 5], status: u8| {
        let mut bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        bytes.push(status);
        bytes
    };
    let rows = [row([1.5, -40.0, 30.0, -1.0, -1.0], 4), row([1.75, -1.0, -1.0, -1.0, -1.0], 44)].concat();
    tracker.create_dataset("BinocularEyeSampleEvent").with_compound_data(kind, rows, 2);
    let tracker = tracker.finish();
    events.add_group(tracker);
    let events = events.finish();
    data.add_group(events);
    let data = data.finish();
    file.add_group(data);
    file.write(&path).unwrap();
    let (recording, samples) = whole(&path);
    assert_eq!(recording.format, RecordingFormat::Iohub);
    let counts = recording.samples;
    assert_eq!((counts.all, counts.lost, counts.lost_left, counts.lost_right), (2, 1, 1, 2));
    // Without a message about the screen nothing is known of its size or unit.
    assert_eq!((samples[0].time_ms, samples[0].left.x), (1500.0, -40.0));
    assert!(recording.screen.is_none());
    assert_eq!(recording.notes.len(), 2);
}
