//! CAT2000's training set: 20 categories of 100 images, with the fixations of 18 observers each.
//!
//! ```text
//! trainSet/                            this folder, or the one that holds it, may be opened
//!   Stimuli/<Category>/<number>.jpg    the folders Output hold maps and are ignored
//!   FIXATIONLOCS/<Category>/<number>.mat    fixLocs: a matrix of the image's size, 1 at fixated pixels
//! ```
//!
//! The maps do not tell observers, order or repeated fixations: each gives one scanpath in the order of rows. Element (1, 1)
//! is pixel (0, 0). `allFixData.mat` tells observers apart, but holds an object that MATLAB alone can read. The key of a
//! stimulus is `<Category>/<number>`.
//!
//! Source: Borji & Itti (2015), *CAT2000: A large scale fixation dataset for boosting saliency research*,
//! arXiv:1505.03581.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    DataError, GroupGaze, Provenance, StimulusEntry,
    contract::{GazeReader, Index},
    error::Problem,
    files::{folder, image, mat, place::Place},
    formats::shared::{
        binary_map::points,
        stimuli::{GROUP, stimuli, without_gaze, without_image},
    },
};

pub(crate) const LAYOUT: &str = "folders Stimuli and FIXATIONLOCS, here or in trainSet";

const LARGEST_FILE: u64 = 1 << 26;

/// Lists images and maps.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(base) = place.base(&["", "trainSet"], &["Stimuli", "FIXATIONLOCS"]) else { return Ok(None) };
    let images = base.join("Stimuli");
    let pictures = by_category(&place.root, &images, &image::EXTENSIONS)?;
    let maps = by_category(&place.root, &base.join("FIXATIONLOCS"), &["mat"])?;
    mat::check_enabled(&base.join("FIXATIONLOCS"))?;
    let stimuli = stimuli(&pictures, maps.keys());
    let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !maps.contains_key(key)).collect();
    let notes = without_image(&stimuli).into_iter().chain(without_gaze(&unseen, stimuli.len())).collect();
    Ok(Some(Index {
        name: "CAT2000".to_owned(),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli,
        images,
        notes,
        reader: Box::new(Cat2000 { root: place.root.clone(), maps }),
    }))
}

/// Lists the files in the folders of a folder by `<folder>/<stem>`.
fn by_category(root: &Path, base: &Path, extensions: &[&str]) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(root.join(base)).map_err(|cause| folder::io_error(base, cause))? {
        let entry = entry.map_err(|cause| folder::io_error(base, cause))?;
        let category = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !category.starts_with('.') && category != "Output" {
            let listed = folder::files_by_stem(root, &base.join(&category), extensions)?;
            files.extend(listed.into_iter().map(|(stem, path)| (format!("{category}/{stem}"), path)));
        }
    }
    Ok(files)
}

struct Cat2000 {
    root: PathBuf,
    maps: BTreeMap<String, PathBuf>,
}

impl GazeReader for Cat2000 {
    fn gaze(&self, _index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let Some(path) = self.maps.get(stimulus.key()) else { return Vec::new() };
        let source = path.strip_prefix(&self.root).unwrap_or(path).to_owned();
        let variables = mat::read(&self.root, &source, LARGEST_FILE);
        let scanpaths = variables.and_then(|variables| {
            let map = mat::variable(&variables, "fixLocs").and_then(|value| {
                value.numbers().ok_or_else(|| Problem::new("fixLocs", "a matrix of truth values", value))
            });
            map.map(|map| vec![points(map)]).map_err(|problem| problem.at(&source))
        });
        vec![GroupGaze { group: GROUP.to_owned(), source, scanpaths }]
    }
}

#[cfg(feature = "mat")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, files::mat::writing::Writer};

    #[test]
    fn the_first_element_is_the_first_pixel_and_output_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("trainSet");
        for name in ["Stimuli/Action/Output", "Stimuli/Art", "FIXATIONLOCS/Action"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        for name in ["Action/002", "Action/Output/002", "Art/002"] {
            ::image::RgbImage::new(6, 4).save(base.join(format!("Stimuli/{name}.jpg"))).unwrap();
        }
        let writer = Writer { big_endian: false, compressed: true };
        let map = writer.points("fixLocs", [4, 6], &[(3, 5), (0, 0), (1, 4)]);
        fs::write(base.join("FIXATIONLOCS/Action/002.mat"), writer.file(&[map])).unwrap();
        for root in [folder.path(), &base] {
            let dataset = Dataset::open(root, None).unwrap();
            assert_eq!(dataset.format(), Format::Cat2000);
            let keys: Vec<_> = dataset.stimuli().iter().map(StimulusEntry::key).collect();
            assert_eq!(keys, ["Action/002", "Art/002"]);
            let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
            let points: Vec<_> = gaze[0].fixations.iter().map(|point| (point.x, point.y)).collect();
            assert_eq!(points, [(0.0, 0.0), (4.0, 1.0), (5.0, 3.0)]);
            assert_eq!(dataset.notes(), ["1 of 2 stimuli have no gaze: Art/002"]);
        }
    }

    #[test]
    fn an_exif_rotation_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["Stimuli/Pattern", "FIXATIONLOCS"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let mut bytes = std::io::Cursor::new(Vec::new());
        ::image::RgbImage::new(6, 4).write_to(&mut bytes, ::image::ImageFormat::Jpeg).unwrap();
        // An EXIF segment that says: turn by 90 degrees (orientation 6).
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let mut file = vec![0xff, 0xd8, 0xff, 0xe1, length[0], length[1]];
        file.append(&mut exif);
        file.extend(&bytes.get_ref()[2..]);
        fs::write(folder.path().join("Stimuli/Pattern/134.jpg"), file).unwrap();
        let dataset = Dataset::open(folder.path(), Some(Format::Cat2000)).unwrap();
        let size = gaze_core::Size { height: 4, width: 6 };
        assert_eq!((dataset.image_size(0).unwrap(), dataset.image(0).unwrap().size()), (size, size));
    }
}
