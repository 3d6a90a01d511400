//! Recordings of eye trackers beside the pictures that were shown.
//!
//! ```text
//! DIR/*.asc, *.tsv, …     recordings in any format of `recordings/`, each of one observer or several, in folders or not
//! DIR/images/             the pictures (or DIR/stimuli/, or any folder that is named)
//! DIR/participants.tsv    optional: participant_id, group, as BIDS has it
//! ```
//!
//! A trial's picture is found by the name that the recording writes: its path, file name or stem, whatever the case. Fixations
//! are those of the device, or are found in the samples. Those of the chosen eye are carried over to the picture by the place
//! that the recording states, else by the placement that was asked for. Times count from the moment at which the picture
//! appeared; a fixation that began before it, or after its end, is left out with that reason.
//!
//! The groups come from the names of files by a pattern, else from `participants.tsv`, else from the folders if each holds
//! several recordings.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use gaze_core::{PixelsPerDegree, Size};

use crate::{
    DataError, DropReason, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    files::{folder, image, place::Place},
    formats::shared::stimuli::{GROUP, stimuli, without_gaze, without_image},
    recordings::{
        Extent, Recording, RecordingFormat, RecordingOptions,
        input::Input,
        placement::{Mapping, NoPlace, Source},
        recognise,
    },
};
use fixations::Found;
use groups::Groups;
pub(crate) use groups::name;
pub(crate) use names::Pictures;

mod fixations;
mod groups;
mod names;
#[cfg(test)]
mod tests;

pub(crate) const LAYOUT: &str = crate::recordings::LAYOUT;

/// The folders in which pictures are looked for.
const FOLDERS: [&str; 2] = ["images", "stimuli"];

/// The most notes of recordings that a dataset repeats.
const NOTES: usize = 24;

/// Reads all recordings of a place with the default choices.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    open_with(place, &RecordingOptions::default())
}

/// Reads all recordings of a place.
pub(crate) fn open_with(place: &Place, options: &RecordingOptions) -> Result<Option<Index>, DataError> {
    let (files, refused) = files(place)?;
    if files.is_empty() {
        return match refused.into_iter().next() {
            Some((_, error)) if place.file.is_some() => Err(error),
            _ => Ok(None),
        };
    }
    let pictures = Pictures::open(&place.root, options.stimuli.as_deref())?;
    let groups = Groups::new(&place.root, &files, options, place.options.group_column.as_deref())?;
    let mut gathered = Gathered::default();
    for (_, error) in &refused {
        gathered.notes.insert(format!("left out: {error}"));
    }
    for (path, _) in &files {
        let input = Input::new(&place.root, path.clone());
        let found = fixations::read(&input, options)?;
        gathered.add(path, &found, &pictures, &groups, options);
    }
    Ok(Some(gathered.index(place, pictures, &files)))
}

/// Lists the recordings of a place.
pub(crate) fn files(place: &Place) -> Result<recognise::Listed, DataError> {
    let named = match &place.file {
        Some(name) => Some(PathBuf::from(name)),
        None => recognise::main_file(&place.root, Path::new(""))?,
    };
    let Some(path) = named else { return recognise::find(&place.root) };
    Ok(match recognise::recognise(&Input::new(&place.root, path.clone())) {
        Ok(Some((format, _))) => (vec![(path, format)], Vec::new()),
        Ok(None) => (Vec::new(), Vec::new()),
        Err(error) => (Vec::new(), vec![(path, error)]),
    })
}

/// A scanpath with the file that it comes from.
struct Gathering {
    source: PathBuf,
    scanpath: RawScanpath,
}

/// The gaze of all recordings, by stimulus and group.
#[derive(Default)]
struct Gathered {
    gaze: BTreeMap<String, BTreeMap<usize, Vec<Gathering>>>,
    groups: Vec<String>,
    scales: BTreeSet<u64>,
    placed: BTreeMap<(Source, String), usize>,
    not_placed: BTreeMap<NoPlace, usize>,
    not_found: BTreeSet<String>,
    trials: usize,
    without_picture: usize,
    notes: BTreeSet<String>,
    of_recordings: Vec<String>,
}

impl Gathered {
    fn add(&mut self, path: &Path, found: &Found, pictures: &Pictures, groups: &Groups, options: &RecordingOptions) {
        let recording = &found.recording;
        self.of_recordings.extend(recording.notes.iter().map(|note| format!("{}: {note}", path.display())));
        self.of_recordings.extend(found.notes.iter().map(|note| format!("{}: {note}", path.display())));
        self.scales.extend(found.scale.map(|scale| scale.get().to_bits()));
        let screen = screen(recording, options);
        self.trials += recording.trials.len().max(1);
        if recording.trials.is_empty() {
            self.without_picture += 1;
        }
        let mut by_trial: BTreeMap<usize, Vec<&RawFixation>> = BTreeMap::new();
        for (trial, fixation) in &found.fixations {
            by_trial.entry(*trial).or_default().push(fixation);
        }
        for (number, trial) in recording.trials.iter().enumerate() {
            if trial.pictures.is_empty() {
                self.without_picture += 1;
            }
            for picture in &trial.pictures {
                let Some((key, size)) = pictures.find(&picture.name) else {
                    self.not_found.insert(picture.name.clone());
                    continue;
                };
                let (space, placement) = (found.space, options.placement);
                let (mapping, source) = match Mapping::new(space, screen, picture.shown, placement, size) {
                    Ok(mapping) => mapping,
                    Err(reason) => {
                        *self.not_placed.entry(reason).or_default() += 1;
                        continue;
                    }
                };
                let how = if source == Source::Placement { placement.to_string() } else { String::new() };
                *self.placed.entry((source, how)).or_default() += 1;
                let onset = trial.onset_ms.or(trial.start_ms);
                let fixations = by_trial.get(&number).into_iter().flatten();
                let fixations = fixations.map(|fixation| carried(fixation, mapping, onset, trial.end_ms)).collect();
                let (group, observer) =
                    groups.of(path, trial.participant.as_deref().or(recording.participant.as_deref()));
                let place = self.groups.iter().position(|known| *known == group).unwrap_or_else(|| {
                    self.groups.push(group);
                    self.groups.len() - 1
                });
                let scanpath = RawScanpath { observer: Some(observer), fixations };
                let scanpaths = self.gaze.entry(key).or_default().entry(place).or_default();
                scanpaths.push(Gathering { source: path.to_owned(), scanpath });
            }
        }
    }

    fn index(mut self, place: &Place, pictures: Pictures, files: &[(PathBuf, RecordingFormat)]) -> Index {
        let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, format) in files {
            *formats.entry(format.title()).or_default() += 1;
        }
        let of: Vec<String> = formats.iter().map(|(title, count)| format!("{count} of {title}")).collect();
        let mut notes = vec![format!("{} recordings: {}", files.len(), of.join(", "))];
        for ((source, how), count) in &self.placed {
            notes.push(match source {
                Source::Recording => format!("{count} pictures stand where the recording says"),
                Source::Picture => format!("{count} pictures have gaze that is stated on the picture itself"),
                Source::Placement => {
                    format!(
                        "the recording does not say where {count} pictures stand; they were placed by --placement {how}"
                    )
                }
            });
        }
        for (reason, count) in &self.not_placed {
            notes.push(format!("gaze on {count} pictures was left out: {}", reason.reason()));
        }
        if self.without_picture > 0 {
            notes.push(format!(
                "{} of {} trials name no picture; name the message that does by --stimulus-message",
                self.without_picture, self.trials
            ));
        }
        if !self.not_found.is_empty() {
            let names: Vec<&str> = self.not_found.iter().map(String::as_str).collect();
            let (some, folder) = (crate::error::some_of(&names), pictures.folder.display());
            notes.push(format!("no picture in {folder} has the name of {} stimuli: {some}", names.len()));
        }
        notes.extend(std::mem::take(&mut self.notes));
        let more = self.of_recordings.len().saturating_sub(NOTES);
        notes.extend(self.of_recordings.iter().take(NOTES).cloned());
        if more > 0 {
            notes.push(format!("{more} more notes; gaze-cli info RECORDING tells those of each"));
        }
        let stimuli = stimuli(&pictures.files, self.gaze.keys());
        notes.extend(without_image(&stimuli));
        let unseen: Vec<_> =
            stimuli.iter().map(StimulusEntry::key).filter(|&key| !self.gaze.contains_key(key)).collect();
        notes.extend(without_gaze(&unseen, stimuli.len()));
        if self.groups.is_empty() {
            self.groups.push(GROUP.to_owned());
        }
        let mut gaze = self.gaze;
        let gaze = stimuli.iter().map(|stimulus| sources(gaze.remove(&stimulus.key).unwrap_or_default())).collect();
        let scale = self.scales.first().filter(|_| self.scales.len() == 1);
        Index {
            name: place.name(),
            provenance: Provenance::Recorded,
            pixels_per_degree: scale.and_then(|&bits| PixelsPerDegree::new(f64::from_bits(bits)).ok()),
            groups: self.groups.clone(),
            stimuli,
            images: pictures.folder,
            notes,
            reader: Box::new(Reader { gaze, groups: self.groups }),
        }
    }
}

/// The size of the screen that a recording states, or else the one that was given.
fn screen(recording: &Recording, options: &RecordingOptions) -> Option<Extent> {
    let given = options.screen.map(|(width, height)| Extent { width: f64::from(width), height: f64::from(height) });
    recording.screen.or(given)
}

/// Carries a fixation over to the picture and to the time at which it appeared.
fn carried(fixation: &RawFixation, mapping: Mapping, onset: Option<f64>, end: Option<f64>) -> RawFixation {
    let (x, y) = mapping.apply(fixation.x, fixation.y);
    let start_ms = fixation.start_ms.map(|start| start - onset.unwrap_or(0.0));
    let shown_ms = onset.zip(end).map(|(onset, end)| end - onset);
    let excluded = match (start_ms, shown_ms) {
        (Some(start), _) if start < 0.0 => Some(DropReason::BeforeStimulus),
        (Some(start), Some(shown)) if start > shown => Some(DropReason::AfterStimulus),
        _ => None,
    };
    RawFixation { x, y, start_ms, excluded, ..*fixation }
}

/// The scanpaths of a group on a stimulus, with the file that all of them come from, or the folder of several.
type Scanpaths = (PathBuf, Vec<RawScanpath>);

fn sources(groups: BTreeMap<usize, Vec<Gathering>>) -> BTreeMap<usize, Scanpaths> {
    let one = |gathered: Vec<Gathering>| {
        let sources: BTreeSet<&Path> = gathered.iter().map(|one| one.source.as_path()).collect();
        let single = if sources.len() == 1 { sources.first().map(|path| path.to_path_buf()) } else { None };
        let mut scanpaths: Vec<RawScanpath> = gathered.into_iter().map(|one| one.scanpath).collect();
        let source = single.unwrap_or_else(|| {
            // A line means nothing without its file.
            for fixation in scanpaths.iter_mut().flat_map(|scanpath| &mut scanpath.fixations) {
                fixation.line = None;
            }
            PathBuf::from(".")
        });
        (source, scanpaths)
    };
    groups.into_iter().map(|(group, gathered)| (group, one(gathered))).collect()
}

/// The gaze of all recordings, in memory.
struct Reader {
    gaze: Vec<BTreeMap<usize, Scanpaths>>,
    groups: Vec<String>,
}

impl GazeReader for Reader {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let of = |(&group, (source, scanpaths)): (&usize, &Scanpaths)| GroupGaze {
            group: self.groups[group].clone(),
            source: source.clone(),
            scanpaths: Ok(scanpaths.clone()),
        };
        self.gaze.get(index).into_iter().flatten().map(of).collect()
    }
}

/// Returns the size of a picture, by the header of its file.
fn size(path: &Path) -> Option<Size> {
    image::size(path, path).ok()
}

/// Lists the pictures in the first folder that is there.
fn folder_of_pictures(root: &Path, named: Option<&Path>) -> Result<(PathBuf, BTreeMap<String, PathBuf>), DataError> {
    if let Some(folder) = named {
        if !folder.is_dir() {
            return Err(DataError::NotAFolder { path: folder.to_owned() });
        }
        return Ok((folder.to_owned(), folder::tree_by_stem(folder, Path::new(""), &image::EXTENSIONS)?));
    }
    for name in FOLDERS {
        if root.join(name).is_dir() {
            return Ok((PathBuf::from(name), folder::tree_by_stem(root, Path::new(name), &image::EXTENSIONS)?));
        }
    }
    Ok((PathBuf::from(FOLDERS[0]), BTreeMap::new()))
}
