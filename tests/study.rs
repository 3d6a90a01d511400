//! The main job with all that belongs to a study: several models, references, shards, tables, archives.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use gaze_data::{MapKind, PredictionStore};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::RowAccessor,
};
use serde_json::Value;
use tempfile::tempdir;

use crate::util::{MEASURES, contents, gaze_cli, run, scores, write_saliency4asd};

const EVERYTHING: [&str; 9] = [
    "--references",
    "uniform,center-bias,gold-standard,groups",
    "--save",
    "log-density,heatmap,overlay,difference,percentile,hdf5",
    "--zip",
    "--sigma-px",
    "5",
    "--emd-downsize",
    "8",
];

#[track_caller]
fn check_equal(expected: &Path, found: &Path) {
    let (expected, found) = (contents(expected), contents(found));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, bytes) in &expected {
        assert!(found[path] == *bytes, "{} differs", path.display());
    }
}

fn summary(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap()
}

/// The models of the rows of a stimulus and group, in their order.
fn models(rows: &[BTreeMap<String, String>], stimulus: &str, group: &str) -> Vec<String> {
    let of_stimulus = rows.iter().filter(|row| row["stimulus"] == stimulus && row["group"] == group);
    let mut models: Vec<String> = of_stimulus.map(|row| row["model"].clone()).collect();
    models.dedup();
    models
}

#[test]
fn every_table_has_baselines_and_ceilings() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 4);
    let out = folder.path().join("out");
    let run = run(folder.path(), "center-bias:gaussian", &out, &EVERYTHING);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let rows = scores(&out);
    let expected = ["center-bias:gaussian", "uniform", "center-bias", "gold-standard"];
    assert_eq!(models(&rows, "2", "ASD"), [&expected[..], &["group:TD"]].concat());
    assert_eq!(models(&rows, "2", "TD"), [&expected[..], &["group:ASD"]].concat());
    assert_eq!(rows.len(), 4 * 2 * 5 * MEASURES);
    for text in [&run.stdout, &fs::read_to_string(out.join("scores.md")).unwrap()] {
        for name in ["uniform", "center-bias", "gold-standard", "group:TD"] {
            assert!(text.contains(name), "{name} in {text}");
        }
    }
    // The ceiling of the metrics that compare maps is asked for by itself.
    let of_gold = |row: &&BTreeMap<String, String>| row["model"] == "gold-standard";
    for row in rows.iter().filter(of_gold) {
        let compares_maps = ["cc", "sim", "kl", "emd"].contains(&row["metric"].as_str());
        assert_eq!(row["reason"] == "not applicable: computed with --ceiling only", compares_maps, "{row:?}");
    }
}

#[test]
fn a_share_of_the_explainable_is_that_of_the_gold_standard() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 5);
    // Both observers look at one place, near the middle.
    for id in 1..=5 {
        let text = "Idx, x, y, duration\r\n0,22,15,100\r\n1,24,16,100\r\n0,23,14,100\r\n1,21,17,100\r\n";
        fs::write(folder.path().join(format!("TrainingData/TD/TD_scanpath_{id}.txt")), text).unwrap();
    }
    let out = folder.path().join("out");
    let options = ["--references", "gold-standard", "--baseline", "uniform", "--sigma-px", "5"];
    run(folder.path(), "center-bias:gaussian", &out, &options);
    let rows = scores(&out);
    let mean = |model: &str| {
        let is_it = |row: &&BTreeMap<String, String>| {
            [&row["model"], &row["group"], &row["profile"], &row["metric"]].map(String::as_str)
                == [model, "TD", "tuebingen", "ig"]
        };
        let values: Vec<f64> = rows.iter().filter(is_it).map(|row| row["value"].parse().unwrap()).collect();
        assert_eq!(values.len(), 5);
        values.iter().sum::<f64>() / 5.0
    };
    let expected = mean("center-bias:gaussian") / mean("gold-standard");
    let summary = summary(&out);
    let ig = summary["metrics"].as_array().unwrap().iter().find(|m| m["metric"] == "ig" && m["profile"] == "tuebingen");
    let scores = ig.unwrap()["scores"].as_array().unwrap();
    let score = scores.iter().find(|score| score["model"] == "center-bias:gaussian" && score["group"] == "TD").unwrap();
    let found = score["explained"].as_f64().unwrap();
    // A ratio of sums, and of means.
    assert!((found - expected).abs() < 1e-12 && (0.1..1.0).contains(&found), "{found} {expected}");
    let gold = scores.iter().find(|score| score["model"] == "gold-standard" && score["group"] == "TD").unwrap();
    assert_eq!(gold["explained"], 1.0);
}

#[test]
fn several_models_are_scored_and_compared_in_one_run() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 6);
    let (both, one) = (folder.path().join("both"), folder.path().join("one"));
    let result = run(folder.path(), "center-bias:gaussian,center-bias", &both, &["--metrics", "auc,nss"]);
    assert_eq!((result.status, result.stderr.as_str()), (0, ""));
    run(folder.path(), "center-bias", &one, &["--metrics", "auc,nss"]);
    // A model's scores do not depend on the others.
    let of_model = |rows: Vec<BTreeMap<String, String>>| -> Vec<_> {
        rows.into_iter().filter(|row| row["model"] == "center-bias").collect()
    };
    assert_eq!(of_model(scores(&both)), of_model(scores(&one)));
    let summary = summary(&both);
    let comparisons = summary["comparisons"].as_array().unwrap();
    let between = |kind: &str| comparisons.iter().filter(|comparison| comparison["between"] == kind).count();
    // Three measures: two models with a pair of groups each, two groups with a pair of models each.
    assert_eq!([between("groups"), between("models")], [6, 6]);
    for file in ["maps/center-bias/1.npy", "maps/center-bias%3Agaussian/6_overlay.png", "maps/1_difference.png"] {
        assert!(both.join(file).is_file(), "{file}");
    }
    // What is of this run goes with it, and nothing else.
    fs::write(both.join("maps/center-bias/mine.txt"), "mine").unwrap();
    run(folder.path(), "uniform", &both, &["--metrics", "auc", "--save", "none", "--overwrite"]);
    let left: Vec<PathBuf> = contents(&both.join("maps")).into_keys().collect();
    assert_eq!(left, [Path::new("center-bias/mine.txt")]);
}

#[test]
fn a_model_that_fails_on_an_image_does_not_take_the_others_with_it() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    for id in [1, 3] {
        image::GrayImage::from_fn(40, 30, |x, _| image::Luma([u8::try_from(x).unwrap()]))
            .save(maps.join(format!("{id}.png")))
            .unwrap();
    }
    let out = folder.path().join("out");
    let models = format!("precomputed:{},center-bias", maps.display());
    let result = run(folder.path(), &models, &out, &["--metrics", "auc"]);
    assert_eq!(result.status, 1);
    assert!(result.stderr.contains("stimulus 2, precomputed:maps: "), "{}", result.stderr);
    let missing: Vec<_> = scores(&out).into_iter().filter(|row| row["value"].is_empty()).collect();
    assert_eq!(missing.len(), 2);
    assert!(missing.iter().all(|row| row["stimulus"] == "2" && row["model"] == "precomputed:maps"));
}

#[test]
fn shards_merge_to_the_bytes_of_the_unsharded_run() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 12);
    // One stimulus without an image, so that failures are merged, too.
    fs::remove_file(folder.path().join("TrainingData/Images/7.png")).unwrap();
    let model = "center-bias:gaussian,center-bias";
    let whole = folder.path().join("whole");
    assert_eq!(run(folder.path(), model, &whole, &EVERYTHING).status, 1);
    let shards = ["1/3", "2/3", "3/3"].map(|shard| {
        let out = folder.path().join(shard.replace('/', "-"));
        let result =
            run(folder.path(), model, &out, &[&EVERYTHING[..], &["--shard", shard, "--threads", "1"]].concat());
        assert_eq!(result.status, 0, "{}", result.stderr);
        assert!(!out.join("scores.csv").exists());
        out
    });
    let merged = folder.path().join("merged");
    let merge = |shards: &[PathBuf]| gaze_cli().arg("merge").args(shards).arg("--out").arg(&merged).output().unwrap();
    let incomplete = merge(&shards[..2]);
    assert_eq!(incomplete.status.code(), Some(2));
    let message = String::from_utf8(incomplete.stderr).unwrap();
    assert!(message.contains("of 12 stimuli are in none of the folders"), "{message}");
    assert_eq!(merge(&shards).status.code(), Some(1));
    check_equal(&whole, &merged);
    // Merging again changes nothing.
    assert_eq!(merge(&shards).status.code(), Some(1));
    check_equal(&whole, &merged);
}

#[test]
fn shards_of_different_runs_are_not_merged() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 4);
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    run(folder.path(), "uniform", &first, &["--shard", "1/2", "--metrics", "auc"]);
    run(folder.path(), "center-bias", &second, &["--shard", "2/2", "--metrics", "auc"]);
    let out = folder.path().join("out");
    let merge = |folders: [&Path; 2]| {
        let output = gaze_cli().arg("merge").args(folders).arg("--out").arg(&out).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let message = merge([&first, &second]);
    assert!(message.contains("is of another run than"), "{message}");
    assert!(message.contains("models is center-bias there and uniform now"), "{message}");
    let message = merge([&first, folder.path()]);
    assert!(message.contains("holds no shard of a run"), "{message}");
    assert!(!out.exists());
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 8);
    let outs = ["1", "2", "3"].map(|threads| {
        let out = folder.path().join(threads);
        let options = [&EVERYTHING[..], &["--threads", threads, "--ceiling"]].concat();
        assert_eq!(run(folder.path(), "center-bias:gaussian", &out, &options).status, 0);
        out
    });
    check_equal(&outs[0], &outs[1]);
    check_equal(&outs[0], &outs[2]);
}

#[test]
fn killed_ten_times_a_run_ends_with_the_bytes_of_an_undisturbed_one() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 60);
    let undisturbed = folder.path().join("undisturbed");
    assert_eq!(run(folder.path(), "center-bias", &undisturbed, &EVERYTHING).status, 0);
    let killed = folder.path().join("killed");
    let mut while_running = 0;
    for turn in 1..=10u64 {
        let mut command = gaze_cli();
        command.args(["run", "--model", "center-bias", "--data"]).arg(folder.path()).arg("--out").arg(&killed);
        let mut child = command.args(EVERYTHING).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Moments that are spread over the run, whatever the machine.
        thread::sleep(Duration::from_millis(17 * turn * turn % 230));
        if child.try_wait().unwrap().is_none() {
            while_running += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever has its name is whole.
        if let Ok(files) = fs::read_dir(killed.join("maps")) {
            for path in
                files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "png"))
            {
                if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
                    image::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                }
            }
        }
    }
    assert!(while_running > 0, "no run was killed before it ended");
    assert_eq!(run(folder.path(), "center-bias", &killed, &EVERYTHING).status, 0);
    check_equal(&undisturbed, &killed);
}

#[test]
fn the_parquet_file_has_the_rows_of_the_csv_file() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let out = folder.path().join("out");
    run(folder.path(), "uniform", &out, &EVERYTHING);
    let rows = scores(&out);
    let reader = SerializedFileReader::new(File::open(out.join("scores.parquet")).unwrap()).unwrap();
    let columns: Vec<_> = reader.metadata().file_metadata().schema_descr().columns().to_vec();
    let names: Vec<_> = columns.iter().map(|column| column.name().to_owned()).collect();
    assert_eq!(names, ["stimulus", "group", "model", "profile", "metric", "variant", "value", "reason"]);
    let mut count = 0;
    for (row, expected) in reader.get_row_iter(None).unwrap().zip(&rows) {
        let row = row.unwrap();
        for (place, name) in names.iter().enumerate().take(6) {
            assert_eq!(row.get_string(place).unwrap(), &expected[name]);
        }
        assert_eq!(row.get_double(6).map_or(String::new(), |value| value.to_string()), expected["value"]);
        assert_eq!(row.get_string(7).map_or("", String::as_str), expected["reason"]);
        count += 1;
    }
    assert_eq!(count, rows.len());
    assert!(rows.iter().any(|row| row["value"].is_empty()), "nulls are among them");
}

#[test]
fn archives_hold_the_maps() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let out = folder.path().join("out");
    run(folder.path(), "center-bias", &out, &EVERYTHING);
    let maps = contents(&out.join("maps"));
    let mut archive = zip::ZipArchive::new(File::open(out.join("maps.zip")).unwrap()).unwrap();
    let names: BTreeSet<PathBuf> = archive.file_names().map(|name| PathBuf::from(name.unwrap().into_owned())).collect();
    assert_eq!(names, maps.keys().cloned().collect());
    assert!(names.contains(Path::new("2_difference.png")) && names.contains(Path::new("2_percentile.png")));
    for (name, expected) in &maps {
        let mut bytes = Vec::new();
        archive.by_name(name.to_str().unwrap()).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(bytes == *expected, "{}", name.display());
    }
    let hdf5 = PredictionStore::open(&out.join("predictions.hdf5"), MapKind::LogDensity).unwrap();
    let npy = PredictionStore::open(&out.join("maps"), MapKind::Auto).unwrap();
    assert_eq!(hdf5.len(), 3);
    for key in ["1", "2", "3"] {
        let stored = hdf5.load(key).unwrap();
        let array = gaze_data::read_array(&out.join("maps").join(format!("{key}.npy"))).unwrap();
        assert_eq!(stored.density().unwrap().values(), array);
    }
    drop(npy);
}

#[test]
fn scanpaths_are_described_and_groups_compared() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 4);
    let out = folder.path().join("out");
    let options = ["--scanpaths", "--metrics", "auc", "--save", "none"];
    let result = run(folder.path(), "uniform", &out, &options);
    assert_eq!(result.status, 0, "{}", result.stderr);
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        csv::Reader::from_path(out.join(name)).unwrap().deserialize().map(Result::unwrap).collect()
    };
    let descriptives = rows("scanpath_descriptives.csv");
    // Two scanpaths of two groups on four pictures.
    assert_eq!(descriptives.len(), 4 * 2 * 2);
    for row in &descriptives {
        let [image, scanpath] = ["stimulus", "scanpath"].map(|column| row[column].parse::<u32>().unwrap());
        let shift = if row["group"] == "ASD" { 3 } else { 11 };
        // As `write_saliency4asd` places them; where the numbers begin does not change a distance.
        let point = |index: u32| {
            let x = (image * 7 + index * 5 + scanpath * 13 + shift) % 40;
            let y = (image * 5 + index * 9 + scanpath * 4 + shift) % 30;
            (f64::from(x), f64::from(y))
        };
        let length = |index| {
            let ((x, y), (next_x, next_y)) = (point(index), point(index + 1));
            (next_x - x).hypot(next_y - y)
        };
        let expected: f64 = (0..3).map(length).sum();
        let found: f64 = row["length_px"].parse().unwrap();
        assert!((found - expected).abs() < 1e-9, "{row:?} {expected}");
        assert_eq!((row["fixations"].as_str(), row["mean_duration_ms"].as_str()), ("4", "101.5"));
    }
    // Each measure on each picture within two groups and between them.
    let likeness = rows("scanpaths.csv");
    let measures: BTreeSet<&str> = likeness.iter().map(|row| row["measure"].as_str()).collect();
    assert_eq!(likeness.len(), 4 * 3 * measures.len());
    let summary = summary(&out);
    let found = &summary["scanpaths"];
    assert_eq!(found["comparisons"].as_array().unwrap().len(), measures.len());
    // The files name no observers, so only scanpaths of one picture can be exchanged.
    assert_eq!(found["exchanged"]["what"], "scanpaths within stimuli");
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    let because = found["exchanged"]["because"].as_str().unwrap();
    let reason = "no test can exchange people across stimuli";
    assert!(because.contains(reason) && report.contains("id=\"scanpaths\"") && report.contains(reason), "{because}");
}

#[test]
fn observers_can_be_groups_and_groups_can_be_one() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    image::RgbImage::new(20, 10).save(folder.path().join("images/a.png")).unwrap();
    image::RgbImage::new(20, 10).save(folder.path().join("images/b.png")).unwrap();
    let mut table = String::from("image,x,y,subject,group,age\n");
    for (image, subject, group, x) in
        [("a", "ann", "old", 3), ("a", "bob", "young", 9), ("b", "ann", "old", 4), ("b", "bob", "young", 15)]
    {
        let age = if subject == "ann" { 70 } else { 20 };
        for (x, y) in [(x, 5), (x + 2, 2)] {
            table += &format!("{image}.png,{x},{y},{subject},{group},{age}\n");
        }
    }
    fs::write(folder.path().join("fixations.csv"), table).unwrap();
    for (group_by, expected) in [
        ("dataset", vec!["old", "young"]),
        ("subject", vec!["ann", "bob"]),
        ("none", vec!["all"]),
        ("age", vec!["20", "70"]),
    ] {
        let out = folder.path().join(group_by);
        let options = ["--group-by", group_by, "--metrics", "auc", "--profile", "tuebingen"];
        assert_eq!(run(folder.path(), "center-bias:gaussian", &out, &options).status, 0);
        let groups: BTreeSet<String> = scores(&out).iter().map(|row| row["group"].clone()).collect();
        assert_eq!(groups.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(summary(&out)["groups"].as_array().unwrap().len(), expected.len());
        assert_eq!(summary(&out)["settings"]["group_by"], *group_by);
    }
    let refused = |data: &Path, options: &[&str]| {
        let result = run(data, "center-bias:gaussian", &folder.path().join("refused"), options);
        assert_eq!(result.status, 2);
        result.stderr
    };
    let message = refused(folder.path(), &["--group-by", "task"]);
    assert!(message.contains("--group-by task (a column") && message.contains("the column task"), "{message}");
    let message = refused(folder.path(), &["--group-by", "age", "--format", "osie"]);
    assert!(message.contains("only a table of fixations has columns"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_said_before_any_work() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    // Permissions do not stop everybody; this file system takes no folder from anybody.
    let result = run(folder.path(), "uniform", Path::new("/proc/gaze"), &["--progress", "json"]);
    assert_eq!(result.status, 2);
    assert!(result.stderr.contains("/proc/gaze") && !result.stderr.contains("\"stage\""), "{}", result.stderr);
}

#[test]
fn progress_is_told_to_programs_in_json() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let result = run(folder.path(), "uniform", &folder.path().join("out"), &["--progress", "json", "--metrics", "auc"]);
    let lines: Vec<Value> = result.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stages: Vec<_> = lines.iter().filter(|line| line["event"] == "stage").map(|line| &line["stage"]).collect();
    assert_eq!(stages, ["reading gaze", "scoring"]);
    let scoring = lines.iter().find(|line| line["event"] == "stage" && line["stage"] == "scoring").unwrap();
    assert_eq!((&scoring["done"], &scoring["total"], &scoring["problems"]), (&3.into(), &3.into(), &0.into()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_what_was_written_is_kept() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 40);
    let out = folder.path().join("out");
    // No file may grow beyond so many blocks of 512 bytes: like a disk that is full, for larger files only.
    let limited = |blocks: u32| {
        let program = gaze_cli().get_program().to_owned();
        let mut command = std::process::Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command.args(["-c", &script]).arg(program).args(["run", "--model", "center-bias", "--references", "none"]);
        command.args(["--metrics", "auc", "--data"]).arg(folder.path()).arg("--out").arg(&out).output().unwrap()
    };
    let refused = limited(16);
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("writing ") && message.contains("File too large"), "{message}");
    let finished = run(folder.path(), "center-bias", &out, &["--metrics", "auc"]);
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    let fresh = folder.path().join("fresh");
    run(folder.path(), "center-bias", &fresh, &["--metrics", "auc"]);
    check_equal(&fresh, &out);
}
