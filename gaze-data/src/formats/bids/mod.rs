//! Eye tracking in BIDS (BEP 20, from BIDS 1.11): raw gaze, turned into fixations by a threshold of velocity.
//!
//! ```text
//! sub-<s>[/ses-<n>]/<any>/sub-<s>_…_recording-<eye>_physio.tsv.gz    rows of samples, without a header
//!                         sub-<s>_…_recording-<eye>_physio.json      PhysioType "eyetrack", Columns, SamplingFrequency,
//!                                                                    StartTime
//!                         sub-<s>_…_events.tsv                       onset, duration (seconds), stim_file
//!                         sub-<s>_…_events.json                      StimulusPresentation: ScreenDistance, ScreenSize
//!                                                                    (same unit), ScreenResolution (pixels)
//! stimuli/                                                           the files that stim_file names
//! ```
//!
//! A JSON file in a folder above applies, too, if its name has no other entities (the inheritance principle); the nearest
//! one wins.
//! Coordinates are pixels of the screen from its upper left corner. An image is assumed to have been shown in the middle of
//! the screen, pixel for pixel. Samples between the onset and end of an event belong to its stimulus, and times count from
//! the onset. The first eye that was recorded is used. Fixations are found by I-VT with 30 degrees per second and 60 ms
//! ([`Detector::VELOCITY`]); pixels per degree follow from the screen.
//!
//! Source: Brain Imaging Data Structure 1.11 (bids-specification.readthedocs.io), "Physiological recordings".

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::read::MultiGzDecoder;
use gaze_core::PixelsPerDegree;
use serde::Deserialize;

use crate::{
    DataError, Detector, GazeSample, RawFixation, RawScanpath,
    contract::Index,
    error::Problem,
    files::{
        folder, image, names,
        place::Place,
        table::{dialect::decoded, is_lost, number},
    },
    formats::shared::collected::{Collected, Observers},
};

pub(crate) const LAYOUT: &str = "dataset_description.json and sub-*/**/*_physio.tsv.gz of PhysioType eyetrack";

/// The largest table after decompression and the largest JSON file, in bytes.
const LARGEST_TABLE: u64 = 1 << 31;
const LARGEST_JSON: u64 = 1 << 24;

/// The longest line of a table, in bytes.
const LONGEST_LINE: u64 = 1 << 16;

/// Reads all recordings.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let described = |root: &&Path| root.join("dataset_description.json").is_file();
    let Some(root) = place.folder().filter(described) else { return Ok(None) };
    let recordings = recordings(root)?;
    let parts = ["dataset_description.json", "sub-*/**/*_physio.tsv.gz of PhysioType eyetrack"];
    place.look(parts.map(str::to_owned).into_iter().zip([true, !recordings.is_empty()]));
    if recordings.is_empty() {
        return Ok(None);
    }
    let images = PathBuf::from("stimuli");
    let pictures = if root.join(&images).is_dir() {
        folder::tree_by_stem(root, &images, &image::EXTENSIONS)?
    } else {
        BTreeMap::new()
    };
    let mut gaze: BTreeMap<String, Observers> = BTreeMap::new();
    let mut notes = Vec::new();
    let mut scales = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut failed: Option<DataError> = None;
    for recording in &recordings {
        let trial = recording.events();
        if !seen.insert(trial.clone()) {
            notes.push(format!("{}: another eye of the same run; left out", recording.path.display()));
            continue;
        }
        let Some(screen) = recording.screen(root)? else {
            let path = recording.path.display();
            notes.push(format!("{path}: no StimulusPresentation says the screen's size and distance; left out"));
            continue;
        };
        scales.insert(screen.pixels_per_degree.get().to_bits());
        // One recording that cannot be read leaves the others as they are.
        let scanpaths = match recording.scanpaths(root, &screen, &pictures) {
            Ok(scanpaths) => scanpaths,
            Err(error) => {
                notes.push(format!("{error}; this recording is left out"));
                failed.get_or_insert(error);
                continue;
            }
        };
        for (key, scanpath) in scanpaths {
            if let Ok(observers) = gaze.entry(key).or_insert_with(|| Ok(Vec::new())) {
                observers.push(scanpath);
            }
        }
    }
    if let Some(error) = failed.filter(|_| gaze.is_empty()) {
        return Err(error);
    }
    let scale = scales.first().filter(|_| scales.len() == 1).map(|&bits| f64::from_bits(bits));
    let collected = Collected {
        name: place.name(),
        pixels_per_degree: scale.and_then(|scale| PixelsPerDegree::new(scale).ok()),
        source: PathBuf::from("."),
        sources: BTreeMap::new(),
        images,
        pictures,
        gaze,
        notes,
    };
    Ok(Some(collected.index()))
}

/// The content of a recording's JSON file.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sidecar {
    physio_type: Option<String>,
    #[serde(default)]
    columns: Vec<String>,
    sampling_frequency: Option<f64>,
    #[serde(default)]
    start_time: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    stimulus_presentation: Option<Presentation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Presentation {
    screen_distance: Option<f64>,
    screen_size: Option<(f64, f64)>,
    screen_resolution: Option<(f64, f64)>,
}

struct Screen {
    width: f64,
    height: f64,
    pixels_per_degree: PixelsPerDegree,
}

struct Recording {
    /// The table, relative to the root.
    path: PathBuf,
    sidecar: Sidecar,
}

fn recordings(root: &Path) -> Result<Vec<Recording>, DataError> {
    let mut tables = folder::tree(root, &["gz"])?;
    tables.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("_physio.tsv.gz")));
    tables.sort();
    let mut recordings = Vec::new();
    for table in tables {
        let path = table.strip_prefix(root).unwrap_or(&table).to_owned();
        let Some(sidecar) = inherited(root, &path, "_physio.tsv.gz", "_physio.json")? else { continue };
        let bytes = folder::read_in(root, &sidecar, LARGEST_JSON)?;
        let sidecar: Sidecar =
            serde_json::from_slice(&bytes).map_err(|cause| DataError::Json { path: sidecar, cause })?;
        if sidecar.physio_type.as_deref() == Some("eyetrack") {
            recordings.push(Recording { path, sidecar });
        }
    }
    Ok(recordings)
}

/// Finds the nearest file, beside another or in a folder above, whose entities are all among those of the other.
fn inherited(root: &Path, path: &Path, suffix: &str, wanted: &str) -> Result<Option<PathBuf>, DataError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entities: BTreeSet<_> = name.strip_suffix(suffix).unwrap_or(name).split('_').collect();
    let mut folder = path.parent();
    while let Some(base) = folder {
        let mut best: Option<(usize, PathBuf)> = None;
        for file in folder::files_by_stem(root, base, &["json"])?.into_values() {
            let Some(file) = file.file_name().and_then(|name| name.to_str()) else { continue };
            let Some(front) = format!("_{file}").strip_suffix(wanted).map(str::to_owned) else { continue };
            let theirs: Vec<_> = front.split('_').filter(|part| !part.is_empty()).collect();
            let fits = theirs.iter().all(|entity| entities.contains(entity));
            if fits && best.as_ref().is_none_or(|(count, _)| theirs.len() > *count) {
                best = Some((theirs.len(), base.join(file)));
            }
        }
        if let Some((_, file)) = best {
            return Ok(Some(file));
        }
        folder = base.parent();
    }
    Ok(None)
}

impl Recording {
    /// Returns the path of the table of events of the same run, relative to the root.
    fn events(&self) -> PathBuf {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let front = name.strip_suffix("_physio.tsv.gz").unwrap_or(name);
        let kept: Vec<_> = front.split('_').filter(|part| !part.starts_with("recording-")).collect();
        self.path.with_file_name(format!("{}_events.tsv", kept.join("_")))
    }

    fn subject(&self) -> Option<String> {
        let name = self.path.file_name().and_then(|name| name.to_str())?;
        name.split('_').find_map(|part| part.strip_prefix("sub-")).map(str::to_owned)
    }

    fn screen(&self, root: &Path) -> Result<Option<Screen>, DataError> {
        let Some(path) = inherited(root, &self.events(), "_events.tsv", "_events.json")? else { return Ok(None) };
        let bytes = folder::read_in(root, &path, LARGEST_JSON)?;
        let events: Events = serde_json::from_slice(&bytes).map_err(|cause| DataError::Json { path, cause })?;
        let Some(Presentation {
            screen_distance: Some(distance),
            screen_size: Some((size, _)),
            screen_resolution: Some((width, height)),
        }) = events.stimulus_presentation
        else {
            return Ok(None);
        };
        // One degree is measured in the middle of the screen.
        let pixels = width / size * distance * 2.0 * 0.5f64.to_radians().tan();
        let screen = PixelsPerDegree::new(pixels).ok();
        Ok(screen.map(|pixels_per_degree| Screen { width, height, pixels_per_degree }))
    }

    /// Reads the scanpaths of the run, each with the key of its stimulus.
    fn scanpaths(
        &self,
        root: &Path,
        screen: &Screen,
        pictures: &BTreeMap<String, PathBuf>,
    ) -> Result<Vec<(String, RawScanpath)>, DataError> {
        let trials = trials(root, &self.events())?;
        let mut samples: Vec<Vec<GazeSample>> = trials.iter().map(|_| Vec::new()).collect();
        self.samples(root, |time, x, y| {
            let place = trials.partition_point(|trial| trial.onset <= time);
            let Some(trial) = place.checked_sub(1) else { return };
            if time < trials[trial].end {
                samples[trial].push(GazeSample { time_ms: (time - trials[trial].onset) * 1000.0, x, y });
            }
        })?;
        let mut scanpaths = Vec::new();
        for (trial, mut samples) in trials.into_iter().zip(samples) {
            let key = trial.key;
            let size = match pictures.get(&key) {
                Some(path) => image::size(path, path.strip_prefix(root).unwrap_or(path)).ok(),
                None => None,
            };
            let (left, top) = size.map_or((0.0, 0.0), |size| {
                ((screen.width - size.width as f64) / 2.0, (screen.height - size.height as f64) / 2.0)
            });
            for sample in &mut samples {
                (sample.x, sample.y) = (sample.x - left, sample.y - top);
            }
            let found = Detector::VELOCITY.fixations(&samples, screen.pixels_per_degree);
            let found = found.map_err(|error| {
                Problem::new(format!("the samples of {key}"), "samples in temporal order", &error).at(&self.path)
            })?;
            let written = |fixation: RawFixation| RawFixation {
                written_x: fixation.x + left,
                written_y: fixation.y + top,
                ..fixation
            };
            let fixations = found.into_iter().map(written).collect();
            scanpaths.push((key, RawScanpath { observer: self.subject(), fixations }));
        }
        Ok(scanpaths)
    }

    /// Calls `take` with the time in seconds and the coordinates of every sample.
    fn samples(&self, root: &Path, mut take: impl FnMut(f64, f64, f64)) -> Result<(), DataError> {
        let column = |name: &str| self.sidecar.columns.iter().position(|column| column == name);
        let (Some(x), Some(y)) = (column("x_coordinate"), column("y_coordinate")) else {
            let found = self.sidecar.columns.join(", ");
            return Err(Problem::new("Columns", "x_coordinate and y_coordinate among them", &found).at(&self.path));
        };
        let rate = self.sidecar.sampling_frequency.filter(|rate| rate.is_finite() && *rate > 0.0);
        let rate =
            rate.ok_or_else(|| Problem::new("SamplingFrequency", "a positive number", &"none").at(&self.path))?;
        let file = folder::open(root, &self.path)?;
        let mut lines = BufReader::new(MultiGzDecoder::new(BufReader::new(file)).take(LARGEST_TABLE + 1));
        let (mut length, mut header) = (0, 0);
        let mut text = Vec::new();
        for line in 0usize.. {
            text.clear();
            let read = (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut text);
            let read = read.map_err(|cause| folder::io_error(&self.path, cause))? as u64;
            length += read;
            if length > LARGEST_TABLE {
                return Err(DataError::TooLarge { path: self.path.clone(), limit: LARGEST_TABLE, found: length });
            }
            if read == LONGEST_LINE && !text.ends_with(b"\n") {
                let expected = format!("a row of at most {LONGEST_LINE} bytes");
                return Err(Problem::new(format!("line {}", line + 1), &expected, &"a longer one").at(&self.path));
            }
            if read == 0 {
                break;
            }
            let row = str::from_utf8(&text);
            let row = row.map_err(|_| DataError::NotText { path: self.path.clone(), line: line + 1 })?;
            let values: Vec<_> = row.trim_end_matches(['\r', '\n']).split('\t').collect();
            // The names of the columns, which BIDS has in the JSON file.
            if line == 0 && values.iter().map(|text| text.trim()).eq(self.sidecar.columns.iter().map(String::as_str)) {
                header = 1;
                continue;
            }
            let value = |column: usize| match values.get(column).map(|text| text.trim()) {
                // BIDS writes n/a for a missing value, and trackers write other signs.
                Some(text) if is_lost(text) => Ok(f64::NAN),
                Some(text) => number(text).ok_or_else(|| DataError::Value {
                    path: self.path.clone(),
                    line: line + 1,
                    column: self.sidecar.columns[column].clone(),
                    expected: "a number or n/a".to_owned(),
                    found: text.to_owned(),
                }),
                None => Err(DataError::Columns {
                    path: self.path.clone(),
                    line: line + 1,
                    expected: self.sidecar.columns.len(),
                    found: values.len(),
                }),
            };
            take(self.sidecar.start_time + (line - header) as f64 / rate, value(x)?, value(y)?);
        }
        Ok(())
    }
}

/// The time, in seconds, during which a stimulus was on the screen.
struct Trial {
    onset: f64,
    end: f64,
    key: String,
}

/// Reads the trials with a stimulus, sorted by onset.
fn trials(root: &Path, path: &Path) -> Result<Vec<Trial>, DataError> {
    let bytes = folder::read_in(root, path, LARGEST_JSON)?;
    let (text, _) = decoded(&bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').flexible(true).from_reader(text.as_bytes());
    let not_text = |line| DataError::NotText { path: path.to_owned(), line };
    let header = reader.headers().map_err(|_| not_text(1))?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let (Some(onset), Some(duration), Some(stimulus)) = (column("onset"), column("duration"), column("stim_file"))
    else {
        let expected = "with the columns onset, duration and stim_file".to_owned();
        let found = header.iter().collect::<Vec<_>>().join(" ");
        return Err(DataError::Header { path: path.to_owned(), line: 1, expected, found });
    };
    let mut trials = Vec::new();
    for (line, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|_| not_text(line))?;
        let name = record.get(stimulus).unwrap_or_default();
        if is_lost(name) {
            continue;
        }
        let value = |column: usize, name: &str| {
            let text = record.get(column).unwrap_or_default();
            number(text).ok_or_else(|| DataError::Value {
                path: path.to_owned(),
                line,
                column: name.to_owned(),
                expected: "a number of seconds".to_owned(),
                found: text.to_owned(),
            })
        };
        let (onset, duration) = (value(onset, "onset")?, value(duration, "duration")?);
        let key = names::stem(name).to_owned();
        trials.push(Trial { onset, end: onset + duration, key });
    }
    trials.sort_by(|a, b| a.onset.total_cmp(&b.onset));
    Ok(trials)
}

#[cfg(test)]
mod tests;
