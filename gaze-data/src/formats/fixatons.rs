//! `FixaTons`: several datasets in one layout of text files.
//!
//! ```text
//! STIMULI/<image>                       this folder, or one that holds several such, may be opened
//! SCANPATHS/<image>/<subject>           text with a fixation per line: x y start end (in seconds)
//! ```
//!
//! Coordinates are pixels, taken as they stand. The folder in `SCANPATHS` is named as the image is, with or without its
//! extension. Where several datasets are opened together, the key of a stimulus is `<dataset>/<stem>`.
//!
//! Source: Zanca, Serchi, Piu, Rosini & Rufa (2018), *`FixaTons`: A collection of human fixations datasets and metrics for
//! scanpath similarity*, arXiv:1802.02534.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    DataError, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    files::{folder, image, place::Place, table::number},
    formats::shared::stimuli::{GROUP, stimuli, without_gaze, without_image},
};

pub(crate) const LAYOUT: &str = "folders STIMULI and SCANPATHS, here or in folders of datasets";

const LARGEST_FILE: u64 = 1 << 26;

/// Lists images and scanpaths.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(root) = place.folder() else { return Ok(None) };
    let complete = |base: &Path| root.join(base).join("STIMULI").is_dir() && root.join(base).join("SCANPATHS").is_dir();
    let bases = if complete(Path::new("")) {
        vec![PathBuf::new()]
    } else {
        folders(root, Path::new(""))?.into_iter().map(PathBuf::from).filter(|base| complete(base)).collect()
    };
    if bases.is_empty() {
        return Ok(None);
    }
    let (mut pictures, mut observers) = (BTreeMap::new(), BTreeMap::new());
    for base in &bases {
        let key = |stem: &str| {
            let dataset = base.to_str().unwrap_or_default();
            if dataset.is_empty() { stem.to_owned() } else { format!("{dataset}/{stem}") }
        };
        for (stem, path) in folder::files_by_stem(root, &base.join("STIMULI"), &image::EXTENSIONS)? {
            pictures.insert(key(&stem), path);
        }
        for name in folders(root, &base.join("SCANPATHS"))? {
            let path = Path::new(&name);
            let picture = folder::extension(path).is_some_and(|known| image::EXTENSIONS.contains(&known.as_str()));
            let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| picture).unwrap_or(&name);
            observers.insert(key(stem), base.join("SCANPATHS").join(&name));
        }
    }
    let stimuli = stimuli(&pictures, observers.keys());
    let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !observers.contains_key(key)).collect();
    let notes = without_image(&stimuli).into_iter().chain(without_gaze(&unseen, stimuli.len())).collect();
    Ok(Some(Index {
        name: place.name(),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli,
        images: bases[0].join("STIMULI"),
        notes,
        reader: Box::new(FixaTons { root: root.to_owned(), observers }),
    }))
}

fn folders(root: &Path, base: &Path) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join(base)).map_err(|cause| folder::io_error(base, cause))? {
        let entry = entry.map_err(|cause| folder::io_error(base, cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort_by(|a, b| folder::natural_order(a, b));
    Ok(names)
}

struct FixaTons {
    root: PathBuf,
    /// The folder with the observers' files of each stimulus.
    observers: BTreeMap<String, PathBuf>,
}

impl GazeReader for FixaTons {
    fn gaze(&self, _index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let Some(source) = self.observers.get(stimulus.key()).cloned() else { return Vec::new() };
        let scanpaths = self.scanpaths(&source);
        vec![GroupGaze { group: GROUP.to_owned(), source, scanpaths }]
    }
}

impl FixaTons {
    fn scanpaths(&self, source: &Path) -> Result<Vec<RawScanpath>, DataError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.root.join(source)).map_err(|cause| folder::io_error(source, cause))? {
            let entry = entry.map_err(|cause| folder::io_error(source, cause))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') && entry.path().is_file() {
                names.push(name);
            }
        }
        names.sort_by(|a, b| folder::natural_order(a, b));
        let scanpath = |name: String| {
            let path = source.join(&name);
            let bytes = folder::read_in(&self.root, &path, LARGEST_FILE)?;
            Ok(RawScanpath { observer: Some(name), fixations: parse(&bytes, &path)? })
        };
        names.into_iter().map(scanpath).collect()
    }
}

/// Parses rows of x, y, start and end; `path` is the file's name in errors.
fn parse(bytes: &[u8], path: &Path) -> Result<Vec<RawFixation>, DataError> {
    let mut fixations = Vec::new();
    for (line, text) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        let text = str::from_utf8(text).map_err(|_| DataError::NotText { path: path.to_owned(), line })?;
        let values: Vec<_> = text.split([' ', '\t', ',', '\r']).filter(|value| !value.is_empty()).collect();
        if values.is_empty() {
            continue;
        }
        let &[x, y, start, end] = values.as_slice() else {
            return Err(DataError::Columns { path: path.to_owned(), line, expected: 4, found: values.len() });
        };
        let value = |column: &str, text: &str| {
            let (expected, found) = ("a number".to_owned(), text.to_owned());
            let error = DataError::Value { path: path.to_owned(), line, column: column.to_owned(), expected, found };
            number(text).ok_or(error)
        };
        let (x, y, start, end) = (value("x", x)?, value("y", y)?, value("start", start)?, value("end", end)?);
        let duration = Some((end - start) * 1000.0).filter(|&duration| duration >= 0.0);
        let fixation = RawFixation::from_origin(0.0, x, y, duration, Some(line));
        fixations.push(fixation.starting(Some(start * 1000.0)));
    }
    Ok(fixations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, testing::damaged};

    fn write(base: &Path) {
        fs::create_dir_all(base.join("STIMULI")).unwrap();
        fs::create_dir_all(base.join("SCANPATHS/a.jpg")).unwrap();
        ::image::RgbImage::new(6, 4).save(base.join("STIMULI/a.jpg")).unwrap();
        fs::write(base.join("SCANPATHS/a.jpg/ann"), "0 0 0.0 0.25\r\n5.5\t3 0.5 0.75\n\n").unwrap();
        fs::write(base.join("SCANPATHS/a.jpg/bob"), "1 2 0.1 0.2\n").unwrap();
    }

    #[test]
    fn places_stand_and_times_are_seconds() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.stimuli()[0].key()), (Format::FixaTons, "a"));
        let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
        let found: Vec<_> = gaze[0].fixations.iter().map(|p| (p.x, p.y, p.start_ms, p.duration_ms, p.line)).collect();
        assert_eq!(found, [(0.0, 0.0, Some(0.0), Some(250.0), Some(1)), (5.5, 3.0, Some(500.0), Some(250.0), Some(2))]);
        assert_eq!(gaze[1].observer.as_deref(), Some("bob"));
    }

    #[test]
    fn several_datasets_are_opened_together() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("TORONTO"));
        write(&folder.path().join("SIENA12"));
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let keys: Vec<_> = dataset.stimuli().iter().map(StimulusEntry::key).collect();
        assert_eq!(keys, ["SIENA12/a", "TORONTO/a"]);
        assert_eq!(dataset.gaze(1)[0].source, Path::new("TORONTO/SCANPATHS/a.jpg"));
    }

    #[test]
    fn problems_name_their_line_and_no_damage_panics() {
        let check = |text: &str, expected: &str| {
            assert_eq!(parse(text.as_bytes(), Path::new("p")).unwrap_err().to_string(), expected);
        };
        check("1 2 3 4\n1 2 3\n", "p:2: expected 4 values, found 3");
        check("1 b 3 4\n", "p:1: y should be a number, found \"b\"");
        for bytes in damaged(b"1 2 0.5 0.7\r\n3.5\t4 0.8 1\n", 20_000, 13) {
            let _ = parse(&bytes, Path::new("p"));
        }
    }
}
