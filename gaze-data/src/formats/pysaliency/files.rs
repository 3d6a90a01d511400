//! Finds pysaliency's files and indexes them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{EXTENSIONS, gaze::read_gaze, reader::Pysaliency};
use crate::{
    DataError, Provenance, RawScanpath, StimulusEntry,
    contract::Index,
    error::Problem,
    files::{folder, hdf5::Hdf5, names::unique_names, place::Place},
    formats::shared::stimuli::{GROUP, without_gaze, without_image},
};

const STIMULI: [&str; 2] = ["FileStimuli", "Stimuli"];

const GAZE: [&str; 4] = ["Fixations", "FixationTrains", "Scanpaths", "ScanpathFixations"];

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
            // Other files in the folder may hold anything.
            Err(error) if pointed_at => return Err(error),
            Err(_) => {}
        }
    }
    let own = place.file.as_deref().map(Path::new);
    if let Some(own) = own {
        let Some(file) = files.iter().find(|file| file.name == own) else { return Ok(None) };
        if !file.is(&STIMULI) && !file.is(&GAZE) {
            let expected = format!("one of {}, {}", STIMULI.join(", "), GAZE.join(", "));
            let problem = Problem::new("the attribute type", &expected, &file.kind);
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

/// Chooses the file of some types: the one that was named, the only one, or the one with the usual name.
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
        // A file that was named can do without its counterpart.
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
        return Err(Problem::new("n", &expected, &n).at(&source));
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

/// Returns the version of a file or group, and fails for an unknown one.
pub(super) fn version(file: &Hdf5, group: &str, kind: &str) -> Result<String, DataError> {
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
            // A missing file is an error only when it is asked for. An absolute name replaces the root.
            StimulusEntry::new(key, Some(place.root.join(name)))
        };
        return Ok(unique_names(&names).into_iter().zip(&names).map(entry).collect());
    }
    let size = file.attribute("", "size")?.and_then(|size| size.as_i64()).and_then(|size| usize::try_from(size).ok());
    let size = size.ok_or_else(|| file.problem("the attribute size", "the number of stimuli", &"something else"))?;
    // The number must not exceed that of the data sets.
    let datasets = file.datasets()?.len();
    if size > datasets {
        return Err(file.problem("the attribute size", &format!("at most {datasets}"), &size));
    }
    let inside = place.root.join(&stimuli.name);
    let entry = |number: usize| StimulusEntry::inside(number.to_string(), inside.clone());
    Ok((0..size).map(entry).collect())
}
