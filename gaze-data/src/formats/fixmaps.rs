//! Maps of fixations beside images: the layout in which code for deep learning has its data.
//!
//! ```text
//! images/             pictures, also in folders
//! fixmaps/            a map of fixations for each image, named like it: every pixel that is not 0 was fixated
//! maps/               blurred maps, which are not read
//! ```
//!
//! The folder of the maps may also be called `fixations`, `fixation`, `fixation_maps` or `fixationmaps`, with capitals or not. A map is
//! a picture in gray, a MATLAB matrix, or an array in any file that [`read_map`](crate::read_map) reads. It has the size of its image
//! and one value beside 0. A pixel counts once, and its observer is not known.

use std::path::{Path, PathBuf};

use crate::{
    DataError, GroupGaze, Provenance, StimulusEntry, StoredMap,
    contract::{GazeReader, Index},
    files::{folder, image, mat, place::Place},
    formats::shared::stimuli::{GROUP, stimuli, without_gaze, without_image},
    predictions::{decode_map, is_map},
};

pub(crate) const LAYOUT: &str = "folders images and fixmaps";

const IMAGES: &str = "images";
const NAMES: [&str; 5] = ["fixmaps", "fixations", "fixation", "fixation_maps", "fixationmaps"];

/// The largest file of a map, in bytes.
const LARGEST_FILE: u64 = 1 << 28;

/// Lists the images and their maps of fixations.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(root) = place.folder() else { return Ok(None) };
    let has_images = root.join(IMAGES).is_dir();
    let found = folder_of_maps(root)?;
    place.look([(IMAGES.to_owned(), has_images), (NAMES[0].to_owned(), found.is_some())]);
    let (true, Some(maps)) = (has_images, found) else { return Ok(None) };
    let extensions: Vec<&str> = image::EXTENSIONS.into_iter().chain(["npy", "npz", "mat"]).collect();
    let files = folder::tree_by_stem(root, &maps, &extensions)?;
    // A folder of this name may hold files of another layout, such as one of MATLAB for each observer.
    if files.is_empty() {
        return Ok(None);
    }
    let pictures = folder::tree_by_stem(root, Path::new(IMAGES), &image::EXTENSIONS)?;
    if !files.keys().any(|key| pictures.contains_key(key)) {
        return Ok(None);
    }
    if let Some(map) = files.values().find(|map| map.extension().is_some_and(|extension| extension == "mat")) {
        mat::check_enabled(map.strip_prefix(root).unwrap_or(map))?;
    }
    let stimuli = stimuli(&pictures, files.keys());
    let mut notes: Vec<String> = without_image(&stimuli).into_iter().collect();
    let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !files.contains_key(key)).collect();
    notes.extend(without_gaze(&unseen, stimuli.len()));
    notes.push(format!(
        "{}: the fixations are the pixels of maps that are not 0; each counts once, and observers are not known",
        maps.display()
    ));
    let sources = stimuli
        .iter()
        .map(|entry| files.get(entry.key()).map(|path| path.strip_prefix(root).unwrap_or(path).to_owned()))
        .collect();
    Ok(Some(Index {
        name: place.name(),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli,
        images: IMAGES.into(),
        notes,
        reader: Box::new(Maps { root: root.to_owned(), sources }),
    }))
}

/// Finds the only folder with one of the names.
fn folder_of_maps(root: &Path) -> Result<Option<PathBuf>, DataError> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(root).map_err(|cause| folder::io_error(root, cause))? {
        let entry = entry.map_err(|cause| folder::io_error(root, cause))?;
        let name = entry.file_name();
        let known = name.to_str().is_some_and(|name| NAMES.contains(&name.to_ascii_lowercase().as_str()));
        if known && entry.path().is_dir() {
            found.push(PathBuf::from(name));
        }
    }
    found.sort();
    match found.as_slice() {
        [first, second, ..] => {
            let (first, second) = (first.clone(), second.clone());
            Err(DataError::Ambiguous { key: "the folder of maps of fixations".to_owned(), first, second })
        }
        _ => Ok(found.pop()),
    }
}

/// Reads the map of one stimulus at a time.
struct Maps {
    root: PathBuf,
    /// The map of each stimulus, relative to the root; `None` for an image without one.
    sources: Vec<Option<PathBuf>>,
}

impl Maps {
    fn read(&self, source: &Path, stimulus: &StimulusEntry) -> Result<StoredMap, DataError> {
        debug_assert!(is_map(source));
        let map = decode_map(folder::read_in(&self.root, source, LARGEST_FILE)?, source, None)?;
        if let Some(picture) = stimulus.image() {
            let expected = image::size(picture, picture.strip_prefix(&self.root).unwrap_or(picture))?;
            if map.size() != expected {
                let found = map.size();
                return Err(DataError::OtherSize { path: source.to_owned(), expected, found });
            }
        }
        Ok(map)
    }
}

impl GazeReader for Maps {
    fn gaze(&self, index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let Some(source) = self.sources.get(index).and_then(Option::as_ref) else { return Vec::new() };
        let scanpaths = self.read(source, stimulus).and_then(|map| Ok(vec![map.fixations()?]));
        vec![GroupGaze { group: GROUP.to_owned(), source: source.clone(), scanpaths }]
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Format};
    use ::image::{GrayImage, Luma, RgbImage};
    use std::fs;

    fn sample() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["images", "Fixations", "maps"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["a", "b", "c"] {
            RgbImage::new(6, 4).save(folder.path().join("images").join(format!("{name}.jpg"))).unwrap();
        }
        let mut map = GrayImage::new(6, 4);
        map.put_pixel(5, 1, Luma([255]));
        map.put_pixel(0, 3, Luma([255]));
        map.save(folder.path().join("Fixations/a.png")).unwrap();
        folder
    }

    fn gaze(dataset: &Dataset, index: usize) -> Result<Vec<(f64, f64)>, String> {
        let scanpaths = dataset.gaze(index).remove(0).scanpaths.map_err(|error| error.to_string())?;
        assert!(scanpaths.iter().all(|path| path.observer.is_none()));
        Ok(scanpaths.iter().flat_map(|path| &path.fixations).map(|point| (point.x, point.y)).collect())
    }

    #[test]
    fn pixels_that_are_not_zero_were_fixated() {
        let folder = sample();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.format(), Format::Fixmaps);
        assert_eq!(gaze(&dataset, 0).unwrap(), [(5.0, 1.0), (0.0, 3.0)]);
        assert!(dataset.gaze(1).is_empty());
        assert_eq!(dataset.notes()[0], "2 of 3 stimuli have no gaze: b, c");
    }

    #[test]
    fn what_is_no_map_of_fixations_spoils_its_stimulus_alone() {
        let folder = sample();
        GrayImage::from_fn(6, 4, |x, _| Luma([u8::try_from(x).unwrap()]))
            .save(folder.path().join("Fixations/b.png"))
            .unwrap();
        GrayImage::new(6, 5).save(folder.path().join("Fixations/c.png")).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert!(gaze(&dataset, 0).is_ok());
        let expected = "Fixations/b.png: the map should be a map of fixations with one value beside 0 (a blurred map is for \
                        --empirical), found 1 and 2";
        assert_eq!(gaze(&dataset, 1).unwrap_err(), expected);
        let expected = "Fixations/c.png: the map of fixations is 5x6, the image 4x6 (height x width)";
        assert_eq!(gaze(&dataset, 2).unwrap_err(), expected);
    }

    #[test]
    fn two_folders_of_maps_are_ambiguous() {
        let folder = sample();
        fs::create_dir(folder.path().join("fixmaps")).unwrap();
        let message = Dataset::open(folder.path(), Some(Format::Fixmaps)).unwrap_err().to_string();
        let expected = "the folder of maps of fixations is ambiguous: both Fixations and fixmaps have this name";
        assert_eq!(message, expected);
    }
}
