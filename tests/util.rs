//! Where files are, how datasets are made and how the program is run.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use image::{Rgb, RgbImage};
use serde_json::Value;

/// A file below `tests/data`.
pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(path)
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Made-up weights of DeepGaze IIE, made once.
#[cfg(feature = "libtorch")]
pub(crate) fn synthetic_weights() -> PathBuf {
    synthetic_weights_of(xtask::synthetic::Network::DeepGazeIie)
}

/// Made-up weights of a network, made once.
#[cfg(feature = "libtorch")]
pub(crate) fn synthetic_weights_of(network: xtask::synthetic::Network) -> PathBuf {
    static MAKING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{network:?}-synthetic-0.safetensors"));
    if gaze_model::weights::Weights::open(&path).is_err() {
        let unfinished = tempfile::tempdir_in(folder).unwrap();
        let unfinished = unfinished.path().join("synthetic.safetensors");
        xtask::synthetic::write(&unfinished, network, 0, |_| {}).unwrap();
        fs::rename(unfinished, &path).unwrap();
    }
    path
}

/// The program, to be given arguments.
pub(crate) fn gaze_cli() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gaze-cli-under-test"))
}

/// What a run of the program said and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("the program was not killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Runs `gaze-cli run --data DATA --model MODEL --out OUT MORE…` to its end; without references unless they are named.
pub(crate) fn run(data: &Path, model: &str, out: &Path, more: &[&str]) -> Run {
    let mut command = gaze_cli();
    command.args(["run", "--model", model, "--data"]).arg(data).arg("--out").arg(out).args(more);
    if !more.contains(&"--references") {
        command.args(["--references", "none"]);
    }
    command.output().unwrap().into()
}

/// What a program printed, which is JSON.
#[track_caller]
pub(crate) fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {} {}", run.stdout, run.stderr))
}

/// The rows of a `scores.csv`, each by the names of its columns.
pub(crate) fn scores(out: &Path) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(out.join("scores.csv")).unwrap().deserialize().map(Result::unwrap).collect()
}

/// The value of a metric (`profile/metric`) for a stimulus and group, as it is written.
#[track_caller]
pub(crate) fn value(rows: &[BTreeMap<String, String>], stimulus: &str, group: &str, measure: &str) -> String {
    let is_it = |row: &&BTreeMap<String, String>| {
        row["stimulus"] == stimulus
            && row["group"] == group
            && format!("{}/{}", row["profile"], row["metric"]) == measure
            && row["model"] != "gold-standard"
    };
    let mut found = rows.iter().filter(is_it);
    let value = found.next().unwrap_or_else(|| panic!("no row for {stimulus}, {group}, {measure}"))["value"].clone();
    assert!(found.next().is_none(), "two rows for {stimulus}, {group}, {measure}");
    value
}

/// Rows per stimulus and group: nine metrics in each of the two profiles.
pub(crate) const MEASURES: usize = 18;

/// Every file below a folder with its content.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Writes a dataset in the layout of Saliency4ASD: `count` images of 40 × 30 pixels, numbered from 1, and a scanpath
/// file of two observers for each image and group.
pub(crate) fn write_saliency4asd(folder: &Path, count: u32) {
    let training = folder.join("TrainingData");
    for name in ["Images", "ASD", "TD"] {
        fs::create_dir_all(training.join(name)).unwrap();
    }
    for id in 1..=count {
        let channel = |value: u32| u8::try_from(value % 256).unwrap();
        let picture = RgbImage::from_fn(40, 30, |x, y| Rgb([channel(x * 6), channel(y * 8), channel(id * 40)]));
        picture.save(training.join(format!("Images/{id}.png"))).unwrap();
        for (group, shift) in [("ASD", 3), ("TD", 11)] {
            let mut text = String::from("Idx, x, y, duration\r\n");
            for observer in 0..2 {
                for index in 0..4 {
                    // 1-based: 1 ..= 40 and 1 ..= 30.
                    let x = 1 + (id * 7 + index * 5 + observer * 13 + shift) % 40;
                    let y = 1 + (id * 5 + index * 9 + observer * 4 + shift) % 30;
                    text += &format!("{index},{x},{y},{}\r\n", 100 + index);
                }
            }
            fs::write(training.join(format!("{group}/{group}_scanpath_{id}.txt")), text).unwrap();
        }
    }
}
