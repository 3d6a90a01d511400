//! Reads scanpaths and fixations from pysaliency's files of every type.

use std::collections::BTreeMap;

use super::files::version;
use crate::{DataError, RawFixation, RawScanpath, files::hdf5::Hdf5};

/// The most stimuli that a file may have, so that a wrong number of a stimulus allocates no memory.
const MOST_STIMULI: usize = 1 << 20;

/// Reads every scanpath with the number of its stimulus.
pub(super) fn read_gaze(file: &Hdf5, kind: &str) -> Result<Vec<(usize, RawScanpath)>, DataError> {
    let found = version(file, "", kind)?;
    match kind {
        "Fixations" => flat(file, &found),
        "FixationTrains" => {
            let columns = Columns {
                xs: "train_xs",
                ys: "train_ys",
                ns: "train_ns",
                lengths: "train_lengths",
                times: "train_ts",
                subjects: "train_subjects",
                durations: "scanpath_fixation_attributes/durations",
            };
            padded(file, &columns)
        }
        "Scanpaths" => scanpaths(file, ""),
        _ => {
            version(file, "scanpaths", "Scanpaths")?;
            scanpaths(file, "scanpaths/")
        }
    }
}

fn scanpaths(file: &Hdf5, prefix: &str) -> Result<Vec<(usize, RawScanpath)>, DataError> {
    let names = ["xs", "ys", "n", "length", "scanpath_attributes/subject", "fixation_attributes/ts"];
    let [xs, ys, ns, lengths, subjects, times] = &names.map(|name| format!("{prefix}{name}"));
    let durations = &format!("{prefix}fixation_attributes/durations");
    padded(file, &Columns { xs, ys, ns, lengths, times, subjects, durations })
}

/// The names of the data sets with a row per scanpath.
struct Columns<'a> {
    xs: &'a str,
    ys: &'a str,
    ns: &'a str,
    lengths: &'a str,
    /// The times in seconds.
    times: &'a str,
    subjects: &'a str,
    /// The durations in seconds.
    durations: &'a str,
}

/// Reads data sets with a row per scanpath, filled up with NaN; those of lengths and subjects may be missing.
fn padded(file: &Hdf5, names: &Columns<'_>) -> Result<Vec<(usize, RawScanpath)>, DataError> {
    let columns = file.numbers(names.xs)?;
    let rows = columns.shape.first().copied().unwrap_or(0);
    let width = columns.values.len().checked_div(rows).unwrap_or(0);
    let same = |path: &str, count: usize| -> Result<Vec<f64>, DataError> {
        let values = file.numbers(path)?.values;
        if values.len() == count {
            return Ok(values);
        }
        Err(file.problem(path, &format!("{count} numbers"), &values.len()))
    };
    let optional = |path: &str, count: usize| -> Result<Option<Vec<f64>>, DataError> {
        if file.has(path) { same(path, count).map(Some) } else { Ok(None) }
    };
    let ys = same(names.ys, rows * width)?;
    let ns = same(names.ns, rows)?;
    let lengths = optional(names.lengths, rows)?;
    let durations = optional(names.durations, rows * width)?;
    let times = optional(names.times, rows * width)?;
    let times = times.filter(|times| !says_nothing(times, width));
    let subjects = if file.has(names.subjects) { Some(file.labels(names.subjects)?) } else { None };
    let mut scanpaths = Vec::with_capacity(rows);
    for row in 0..rows {
        let range = row * width..(row + 1) * width;
        let x = &columns.values[range.clone()];
        let filled = x.iter().rposition(|x| !x.is_nan()).map_or(0, |last| last + 1);
        let length = match &lengths {
            None => filled,
            Some(lengths) => whole(file, "length", lengths[row], width + 1)?,
        };
        let fixation = |column: usize| {
            let place = range.start + column;
            let [duration, start] = [&durations, &times]
                .map(|seconds| seconds.as_ref().map(|seconds| seconds[place] * 1000.0).filter(|time| time.is_finite()));
            RawFixation::from_origin(0.0, x[column], ys[place], duration, None).starting(start)
        };
        let fixations = (0..length).map(fixation).collect();
        let subject = subjects.as_ref().and_then(|subjects| subjects.get(row).cloned());
        scanpaths.push((whole(file, "n", ns[row], MOST_STIMULI)?, RawScanpath { observer: subject, fixations }));
    }
    Ok(scanpaths)
}

/// Tells whether times are all 0, or all count the fixations of a scanpath, as pysaliency writes unknown times.
#[expect(clippy::float_cmp, reason = "small whole numbers")]
fn says_nothing(times: &[f64], width: usize) -> bool {
    let counted = |(index, &time): (usize, &f64)| time.is_nan() || time == (index % width.max(1)) as f64;
    times.iter().all(|time| time.is_nan() || *time == 0.0) || times.iter().enumerate().all(counted)
}

/// Reads data sets with a row per fixation. The fixations of one stimulus and subject form a scanpath, in their order.
fn flat(file: &Hdf5, version: &str) -> Result<Vec<(usize, RawScanpath)>, DataError> {
    let x = file.numbers("x")?.values;
    let [y, n] = [file.numbers("y")?.values, file.numbers("n")?.values];
    let subjects = file.labels(if version == "1.2" { "subject" } else { "subjects" })?;
    for (name, found) in [("y", y.len()), ("n", n.len()), ("subject", subjects.len())] {
        if found != x.len() {
            return Err(file.problem(name, &format!("{} values, as many as x", x.len()), &found));
        }
    }
    let times = if file.has("t") { file.numbers("t")?.values } else { Vec::new() };
    let times = Some(times).filter(|times| times.len() == x.len() && times.iter().any(|time| *time != 0.0));
    let mut places: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut scanpaths: Vec<(usize, RawScanpath)> = Vec::new();
    for index in 0..x.len() {
        let number = whole(file, "n", n[index], MOST_STIMULI)?;
        let subject = subjects[index].as_str();
        let place = *places.entry((number, subject)).or_insert_with(|| {
            scanpaths.push((number, RawScanpath { observer: Some(subject.to_owned()), fixations: Vec::new() }));
            scanpaths.len() - 1
        });
        let start = times.as_ref().map(|times| times[index] * 1000.0).filter(|start| start.is_finite());
        let fixation = RawFixation::from_origin(0.0, x[index], y[index], None, None).starting(start);
        scanpaths[place].1.fixations.push(fixation);
    }
    let counted = |path: &RawScanpath| {
        path.fixations.iter().zip(0..).all(|(fixation, place)| fixation.start_ms == Some(f64::from(place) * 1000.0))
    };
    if scanpaths.iter().all(|(_, path)| counted(path)) {
        for fixation in scanpaths.iter_mut().flat_map(|(_, path)| &mut path.fixations) {
            fixation.start_ms = None;
        }
    }
    Ok(scanpaths)
}

/// Converts a number to a whole number, and fails if it is not one or not below `bound`.
fn whole(file: &Hdf5, place: &str, value: f64, bound: usize) -> Result<usize, DataError> {
    if value >= 0.0 && value.fract() == 0.0 && value < bound as f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below a usize")]
        return Ok(value as usize);
    }
    Err(file.problem(place, "a whole number within its bounds", &value))
}
