//! pysaliency's HDF5 files: stimuli, and fixations or scanpaths on them.
//!
//! Every file says in its attributes `type` and `version` what it is.
//!
//! | type | versions | holds |
//! |---|---|---|
//! | `FileStimuli` | 1.0, 2.0, 2.1 | `filenames`: absolute (1.0), or relative to the file |
//! | `Stimuli` | 1.0, 1.1 | the pixels, a dataset `0`, `1`, … per image, `(height, width[, 3])` |
//! | `Fixations` | 1.0, 1.1, 1.2 | a row per fixation: `x`, `y`, `t`, `n`, `subject` (`subjects` before 1.2) |
//! | `FixationTrains` | 1.0 to 1.3 | a row per scanpath, filled up with NaN: `train_xs`, …, `train_ns`, `train_subjects` |
//! | `Scanpaths` | 1.0 | the same as `xs`, `ys`, `n`, `length`, and groups of attributes |
//! | `ScanpathFixations` | 1.0 | a group `scanpaths` with the above |
//!
//! `n` counts stimuli from 0. Coordinates are taken as they stand: pysaliency subtracts what has to be when it imports.
//! Times and durations are in seconds where they are stored; times that only count (0, 1, 2, …) or are all 0 say nothing and
//! are left out. Another version or type is refused by name.
//!
//! A folder may hold one file of stimuli and one of gaze, or several of which one is called `stimuli` and one
//! `fixations` or `scanpaths`; a single file may be opened too, and its counterpart is looked for beside it.
//!
//! Source: pysaliency (github.com/matthias-k/pysaliency), what its `to_hdf5` writes and its `read_hdf5` accepts.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use gaze_core::{Size, Stimulus};
use ndarray::Array3;

use crate::{
    DataError, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    collected::{GROUP, without_gaze},
    dataset::{GazeReader, Image, Index, Picture, without_image},
    folder,
    hdf5::Hdf5,
    place::Place,
    unique::unique_names,
};

pub(crate) const LAYOUT: &str = "an HDF5 file of stimuli, fixations or scanpaths with pysaliency's attributes";

const EXTENSIONS: [&str; 3] = ["hdf5", "h5", "hdf"];

const STIMULI: [&str; 2] = ["FileStimuli", "Stimuli"];

const GAZE: [&str; 4] = ["Fixations", "FixationTrains", "Scanpaths", "ScanpathFixations"];

/// More stimuli than any file has; the number of one is no reason to take memory.
const MOST_STIMULI: usize = 1 << 20;

fn open_in(root: &Path, name: &Path) -> Result<Hdf5, DataError> {
    folder::check_inside(root, name)?;
    Hdf5::open(&root.join(name), name)
}

/// A file and its type.
struct Typed {
    name: PathBuf,
    kind: String,
}

impl Typed {
    fn of(root: &Path, name: PathBuf) -> Result<Option<Self>, DataError> {
        let kind = open_in(root, &name)?.text("", "type")?;
        Ok(kind.map(|kind| Self { name, kind }))
    }

    fn is(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.kind.as_str())
    }
}

/// Finds the files and reads all but the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let mut files = Vec::new();
    for path in folder::files_by_stem(&place.root, Path::new(""), &EXTENSIONS)?.into_values() {
        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
        let pointed_at = place.file.as_deref().is_some_and(|file| Path::new(file) == name);
        match Typed::of(&place.root, name) {
            Ok(file) => files.extend(file),
            // Another file in the folder may be anything.
            Err(error) if pointed_at => return Err(error),
            Err(_) => {}
        }
    }
    let own = place.file.as_deref().map(Path::new);
    if let Some(own) = own {
        let Some(file) = files.iter().find(|file| file.name == own) else { return Ok(None) };
        if !file.is(&STIMULI) && !file.is(&GAZE) {
            let expected = format!("one of {}, {}", STIMULI.join(", "), GAZE.join(", "));
            let problem = crate::collected::Problem::new("the attribute type", &expected, &file.kind);
            return Err(problem.at(&file.name));
        }
    }
    let stimuli = choose(&files, &STIMULI, &["stimuli"], own)?;
    let gaze = choose(&files, &GAZE, &["fixations", "scanpaths"], own)?;
    if stimuli.is_none() && gaze.is_none() {
        return Ok(None);
    }
    build(place, stimuli, gaze).map(Some)
}

/// The one file of some types: the one that was pointed at, the only one, or the one with the usual name.
fn choose<'a>(
    files: &'a [Typed],
    kinds: &[&str],
    usual: &[&str],
    own: Option<&Path>,
) -> Result<Option<&'a Typed>, DataError> {
    let found: Vec<_> = files.iter().filter(|file| file.is(kinds)).collect();
    if let Some(file) = found.iter().find(|file| Some(file.name.as_path()) == own) {
        return Ok(Some(file));
    }
    let named = |file: &&&Typed| file.name.file_stem().is_some_and(|stem| usual.iter().any(|name| stem == *name));
    match (found.as_slice(), found.iter().find(named)) {
        ([], _) => Ok(None),
        ([file], _) | (_, Some(file)) => Ok(Some(file)),
        // The counterpart of a file that was pointed at is not needed.
        _ if own.is_some() => Ok(None),
        ([first, second, ..], None) => {
            let key = format!("the file of {}", usual[0]);
            Err(DataError::Ambiguous { key, first: first.name.clone(), second: second.name.clone() })
        }
    }
}

fn build(place: &Place, stimuli: Option<&Typed>, gaze: Option<&Typed>) -> Result<Index, DataError> {
    let mut scanpaths: BTreeMap<usize, Vec<RawScanpath>> = BTreeMap::new();
    let source = gaze.map(|file| file.name.clone()).unwrap_or_default();
    if let Some(gaze) = gaze {
        let file = open_in(&place.root, &gaze.name)?;
        for (n, scanpath) in read_gaze(&file, &gaze.kind)? {
            scanpaths.entry(n).or_default().push(scanpath);
        }
    }
    let entries = match stimuli {
        Some(stimuli) => read_stimuli(place, stimuli)?,
        None => {
            let count = scanpaths.keys().next_back().map_or(0, |last| last + 1);
            (0..count).map(|number| StimulusEntry::new(number.to_string(), None)).collect()
        }
    };
    if let Some((&n, _)) = scanpaths.range(entries.len()..).next() {
        let expected = format!("the number of one of {} stimuli, counted from 0", entries.len());
        return Err(crate::collected::Problem::new("n", &expected, &n).at(&source));
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| folder::natural_order(&entries[a].key, &entries[b].key));
    let stimuli_in_order: Vec<_> = order.iter().map(|&n| entries[n].clone()).collect();
    let gaze_in_order: Vec<_> = order.iter().map(|n| scanpaths.remove(n)).collect();
    let unseen: Vec<_> = stimuli_in_order
        .iter()
        .zip(&gaze_in_order)
        .filter(|(_, gaze)| gaze.is_none())
        .map(|(stimulus, _)| stimulus.key())
        .collect();
    let notes = without_image(&stimuli_in_order).into_iter().chain(without_gaze(&unseen, entries.len())).collect();
    let file = stimuli.filter(|file| file.kind == "Stimuli").map(|file| file.name.clone());
    let images = stimuli.map(|file| file.name.clone()).unwrap_or_default();
    let pixels = match file {
        None => None,
        Some(name) => Some(open_in(&place.root, &name)?),
    };
    Ok(Index {
        name: folder::name(&place.root),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli: stimuli_in_order,
        images,
        notes,
        reader: Box::new(Pysaliency { source, gaze: gaze_in_order, pixels, numbers: order }),
    })
}

/// Refuses versions other than the known ones.
fn version(file: &Hdf5, group: &str, kind: &str) -> Result<String, DataError> {
    let known = match kind {
        "FileStimuli" => "1.0, 2.0, 2.1",
        "Stimuli" => "1.0, 1.1",
        "Fixations" => "1.0, 1.1, 1.2",
        "FixationTrains" => "1.0, 1.1, 1.2, 1.3",
        _ => "1.0",
    };
    let found = file.text(group, "version")?.unwrap_or_default();
    if known.split(", ").any(|version| version == found) {
        return Ok(found);
    }
    Err(DataError::UnknownVersion { path: file.shown().to_owned(), kind: kind.to_owned(), found, known })
}

fn read_stimuli(place: &Place, stimuli: &Typed) -> Result<Vec<StimulusEntry>, DataError> {
    let file = open_in(&place.root, &stimuli.name)?;
    version(&file, "", &stimuli.kind)?;
    if stimuli.kind == "FileStimuli" {
        let names = file.texts("filenames")?;
        let entry = |(key, name): (String, &String)| {
            // A missing file is an error when it is asked for; an absolute name replaces the root.
            StimulusEntry::new(key, Some(place.root.join(name)))
        };
        return Ok(unique_names(&names).into_iter().zip(&names).map(entry).collect());
    }
    let size = file.attribute("", "size")?.and_then(|size| size.as_i64()).and_then(|size| usize::try_from(size).ok());
    let size = size.ok_or_else(|| file.problem("the attribute size", "the number of stimuli", &"something else"))?;
    // The number is believed only as far as there are datasets.
    let datasets = file.datasets()?.len();
    if size > datasets {
        return Err(file.problem("the attribute size", &format!("at most {datasets}"), &size));
    }
    let inside = place.root.join(&stimuli.name);
    let entry = |number: usize| StimulusEntry { key: number.to_string(), image: Some(Image::Inside(inside.clone())) };
    Ok((0..size).map(entry).collect())
}

/// Every scanpath with the number of its stimulus.
fn read_gaze(file: &Hdf5, kind: &str) -> Result<Vec<(usize, RawScanpath)>, DataError> {
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

/// Names of the datasets with a row per scanpath.
struct Columns<'a> {
    xs: &'a str,
    ys: &'a str,
    ns: &'a str,
    lengths: &'a str,
    /// In seconds.
    times: &'a str,
    subjects: &'a str,
    /// In seconds.
    durations: &'a str,
}

/// A row per scanpath, filled up with NaN; lengths and subjects may be missing.
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

/// Whether times are all 0, or all merely count the fixations of a scanpath, as pysaliency has them where none are known.
#[expect(clippy::float_cmp, reason = "small whole numbers")]
fn says_nothing(times: &[f64], width: usize) -> bool {
    let counted = |(index, &time): (usize, &f64)| time.is_nan() || time == (index % width.max(1)) as f64;
    times.iter().all(|time| time.is_nan() || *time == 0.0) || times.iter().enumerate().all(counted)
}

/// A row per fixation. Those of one stimulus and subject form a scanpath, in their order.
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

/// A whole number below a bound.
fn whole(file: &Hdf5, place: &str, value: f64, bound: usize) -> Result<usize, DataError> {
    if value >= 0.0 && value.fract() == 0.0 && value < bound as f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below a usize")]
        return Ok(value as usize);
    }
    Err(file.problem(place, "a whole number within its bounds", &value))
}

struct Pysaliency {
    source: PathBuf,
    /// In the order of the stimuli.
    gaze: Vec<Option<Vec<RawScanpath>>>,
    /// Where the pixels are, if they are in a file.
    pixels: Option<Hdf5>,
    /// The number of each stimulus in the file.
    numbers: Vec<usize>,
}

impl Pysaliency {
    fn file(&self, stimulus: &StimulusEntry) -> Result<&Hdf5, DataError> {
        let none = || DataError::NoImage { key: stimulus.key.clone(), folder: self.source.clone() };
        self.pixels.as_ref().ok_or_else(none)
    }
}

impl GazeReader for Pysaliency {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let scanpaths = self.gaze.get(index).and_then(Option::as_ref).cloned();
        let gaze =
            |scanpaths| GroupGaze { group: GROUP.to_owned(), source: self.source.clone(), scanpaths: Ok(scanpaths) };
        scanpaths.map(gaze).into_iter().collect()
    }

    fn picture(&self, index: usize, stimulus: &StimulusEntry) -> Result<Picture, DataError> {
        let file = self.file(stimulus)?;
        let path = self.numbers[index].to_string();
        let (shape, bytes) = file.bytes(&path)?;
        let wrong = |found: &[usize]| {
            file.problem(&path, "pixels (height, width) or (height, width, 3)", &format!("{found:?}"))
        };
        let pixels = match *shape.as_slice() {
            [height, width] => {
                Array3::from_shape_vec((height, width, 3), bytes.iter().flat_map(|&gray| [gray; 3]).collect())
            }
            [height, width, 3] => Array3::from_shape_vec((height, width, 3), bytes),
            _ => return Err(wrong(&shape)),
        };
        let stimulus = pixels.ok().and_then(|pixels| Stimulus::new(pixels).ok());
        stimulus.map(Picture::Pixels).ok_or_else(|| wrong(&shape))
    }

    fn picture_size(&self, index: usize, stimulus: &StimulusEntry) -> Result<Size, DataError> {
        let file = self.file(stimulus)?;
        let path = self.numbers[index].to_string();
        match *file.shape(&path)?.as_slice() {
            [height, width] | [height, width, _] => Ok(Size { height, width }),
            ref shape => {
                Err(file.problem(&path, "pixels (height, width) or (height, width, 3)", &format!("{shape:?}")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
