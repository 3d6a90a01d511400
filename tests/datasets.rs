//! `gaze-cli info` and `gaze-cli convert`: what they say and write, and what they refuse.

use std::{fs, path::Path};

use tempfile::{TempDir, tempdir};

use crate::util::{Run, contents, gaze_cli, write_saliency4asd};

fn gaze(command: &str, paths: &[&Path], more: &[&str]) -> Run {
    gaze_cli().arg(command).args(paths).args(more).output().unwrap().into()
}

/// Two images, two groups, three observers; of seven fixations one lies outside and one has no place.
fn table() -> TempDir {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    for (name, width) in [("a.png", 6), ("b.png", 8)] {
        image::RgbImage::new(width, 4).save(folder.path().join("images").join(name)).unwrap();
    }
    let rows = "image,subject,x,y,duration_ms,start_ms,group\n\
        a,ann,1.5,2,100,0,g\na,ann,5.25,3,50,110.5,g\na,bob,0,0,80,,h\n\
        b,ann,7.5,1,60,,g\nb,ann,99,1,60,,g\nb,eve,NaN,1,60,,h\nb,eve,2,1,300,,h\n";
    fs::write(folder.path().join("fixations.csv"), rows).unwrap();
    fs::write(folder.path().join("dataset.json"), r#"{"name": "Two", "pixels_per_degree": 2.5}"#).unwrap();
    folder
}

#[test]
fn info_tells_what_a_dataset_holds() {
    let folder = table();
    let run = gaze("info", &[folder.path()], &[]);
    let expected = "Two (table)\n\
        stimuli     2 (2 with an image)\n\
        sizes       6x4 (1), 8x4 (1)\n\
        subjects    3\n\
        scanpaths   4\n\
        fixations   7\n  \
          g         2 scanpaths, 4 fixations\n  \
          h         2 scanpaths, 3 fixations\n\
        durations   median 60 ms, mean 101, from 50 to 300\n\
        scale       2.5 pixels per degree\n\
        left out    1 fixations outside the image\n\
        left out    1 fixations without a place (not a number)\n";
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, expected, ""));
}

#[test]
fn info_names_what_it_could_not_read_and_goes_on() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let training = folder.path().join("TrainingData");
    fs::write(training.join("ASD/ASD_scanpath_2.txt"), "Idx, x, y, duration\r\n0,1,2\r\n").unwrap();
    fs::write(training.join("Images/3.png"), "no picture").unwrap();
    let run = gaze("info", &[folder.path()], &[]);
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert!(run.stdout.starts_with("Saliency4ASD (saliency4asd)\nstimuli     3 (3 with an image)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("subjects    not named\nscanpaths   10\nfixations   40\n"), "{}", run.stdout);
    for problem in ["ASD_scanpath_2.txt:2: expected 4 values, found 3", "Images/3.png: "] {
        assert!(run.stderr.contains(problem), "{}", run.stderr);
    }
}

#[test]
fn info_draws_all_fixations_beside_the_center_bias() {
    let folder = table();
    let picture = folder.path().join("out.png");
    let run = gaze("info", &[folder.path()], &["--picture", picture.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let picture = image::open(&picture).unwrap().into_rgb8();
    // 6 x 4 and 8 x 4 are as common; the wider of them, at 400 pixels, twice.
    assert_eq!(picture.dimensions(), (2 * 400 + 4, 200));
    // The fixation at (1.5, 2) of 6 x 4, and a place where nobody looked.
    assert!(picture.get_pixel(100, 100).0 > [24; 3] && picture.get_pixel(300, 10).0 == [24; 3]);
}

#[test]
fn info_says_what_was_looked_for_and_found() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "").unwrap();
    let run = gaze("info", &[folder.path()], &[]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    for text in ["is no dataset of a known format", "lacks images, fixations.csv", "found    thesis.tex"] {
        assert!(run.stderr.contains(text), "{}", run.stderr);
    }
    let run = gaze("info", &[folder.path()], &["--format", "osie"]);
    assert!(run.status == 2 && !run.stderr.contains("mit1003"), "{}", run.stderr);
    let run = gaze("info", &[folder.path()], &["--format", "osy"]);
    assert!(run.status == 2 && run.stderr.contains("unknown format \"osy\", expected one of saliency4asd, osie,"));
    let run = gaze("info", &[&folder.path().join("nothing")], &[]);
    assert!(run.status == 2 && run.stderr.contains("nothing does not exist"), "{}", run.stderr);
}

/// Converts the table, and checks what is said and what `info` says of the result.
#[track_caller]
fn check_conversion(to: &str, out: &str, groups: bool) {
    let folder = table();
    let out = folder.path().join(out);
    let run = gaze("convert", &[folder.path(), &out], &["--to", to]);
    // A fixation outside and one without a place are left out, which is told.
    assert_eq!(run.status, 1, "{}", run.stderr);
    let expected = format!(
        "{}: 2 images, 4 scanpaths, 5 fixations\nleft out: 1 fixations, not a number\nleft out: 1 fixations, outside the \
         image\n",
        out.display()
    );
    assert_eq!(run.stdout, expected);
    let info = gaze("info", &[&out], &[]);
    assert_eq!((info.status, info.stderr.as_str()), (0, ""), "{to}");
    for text in ["stimuli     2 (2 with an image)", "sizes       6x4 (1), 8x4 (1)", "fixations   5"] {
        assert!(info.stdout.contains(text), "{to}: {}", info.stdout);
    }
    assert_eq!(info.stdout.contains("  g         2 scanpaths, 3 fixations"), groups, "{to}: {}", info.stdout);
}

#[test]
fn every_format_is_written_and_read_again() {
    check_conversion("csv", "out", true);
    check_conversion("parquet", "out", true);
    check_conversion("pysaliency", "out", false);
    check_conversion("datadings", "out.msgpack", false);
}

#[test]
fn a_table_and_its_parquet_twin_become_the_same_table() {
    let folder = table();
    let [csv, parquet, again] = ["csv", "parquet", "again"].map(|name| folder.path().join(name));
    gaze("convert", &[folder.path(), &csv], &["--to", "csv"]);
    gaze("convert", &[&csv, &parquet], &["--to", "parquet"]);
    let run = gaze("convert", &[&parquet, &again], &["--to", "csv"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_eq!(contents(&again), contents(&csv));
    let table = fs::read_to_string(csv.join("fixations.csv")).unwrap();
    assert!(table.contains("a.png,ann,5.25,3,50,110.5,g\n"), "{table}");
}

#[test]
fn predictions_become_a_file_of_hdf5() {
    let folder = table();
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    image::GrayImage::new(6, 4).save(maps.join("a.png")).unwrap();
    let out = folder.path().join("predictions.hdf5");
    let run = gaze("convert", &[folder.path(), &out], &["--predictions", maps.to_str().unwrap()]);
    assert_eq!((run.status, run.stdout), (1, format!("{}: predictions for 1 of 2 stimuli\n", out.display())));
    image::GrayImage::new(8, 4).save(maps.join("b.png")).unwrap();
    let whole = folder.path().join("whole.hdf5");
    let run = gaze("convert", &[folder.path(), &whole], &["--predictions", maps.to_str().unwrap()]);
    assert_eq!((run.status, run.stdout), (0, format!("{}: predictions for 2 of 2 stimuli\n", whole.display())));
}

#[test]
fn convert_refuses_what_it_cannot_do_and_says_why() {
    let folder = table();
    let out = folder.path().join("out");
    let check = |more: &[&str], message: &str| {
        let run = gaze("convert", &[folder.path(), &out], more);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{message}");
        assert!(run.stderr.contains(message), "{}", run.stderr);
        assert!(!out.exists());
    };
    check(&[], "--to <FORMAT>");
    check(&["--to", "xlsx"], "unknown format \"xlsx\", expected one of pysaliency, datadings, csv, parquet");
    check(&["--to", "csv", "--predictions", "maps"], "cannot be used with");
    check(&["--to", "csv", "--map-kind", "scores"], "--map-kind is about predictions; --predictions names them");
    check(&["--predictions", "no/maps"], "no/maps does not exist");
    check(&["--to", "csv", "--format", "osie"], "is no dataset of a known format");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("precious"), "").unwrap();
    let run = gaze("convert", &[folder.path(), &out], &["--to", "csv"]);
    assert!(run.status == 2 && run.stderr.contains("exists already; choose a new name"), "{}", run.stderr);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn a_damaged_sum_is_a_problem_that_info_names() {
    let folder = table();
    let out = folder.path().join("set.msgpack");
    gaze("convert", &[folder.path(), &out], &["--to", "datadings"]);
    let mut bytes = fs::read(&out).unwrap();
    // The last byte of the last image: the samples themselves can still be read.
    let at = bytes.windows(4).rposition(|window| window == b"IEND").expect("a PNG ends so") + 7;
    bytes[at] ^= 1;
    fs::write(&out, bytes).unwrap();
    let run = gaze("info", &[&out], &[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("set.msgpack: the MD5 should be "), "{}", run.stderr);
}
