//! Saliency4ASD without scanpaths: maps of points, as pictures or MATLAB files.
//!
//! ```text
//! TrainingDataset/                       as published
//!   TrainingData/Images/<id>.png
//!   AdditionalData/ASD_FixPts/<id>_f.png
//!   AdditionalData/TD_FixPts/<id>_f.png
//! Set/                                   as used elsewhere, for example by Wei et al. (2021)
//!   Images/<id>.png
//!   FixPts/<id>.mat or .png              ASD
//!   FixPts_TD/<id>.mat or .png           TD
//! ```
//!
//! The folder above may be opened, too. A pixel other than 0 was fixated. The maps do not tell observers, order or repeated
//! fixations, so a group has one scanpath of an unknown observer, row by row. In a MATLAB file the map is the variable `im`.
//! A map must have the size of its image.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use gaze_core::Size;

use super::GROUPS;
use crate::{
    DataError, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    error::{Problem, some_of},
    files::{folder, image, mat, place::Place},
    formats::shared::{
        binary_map::points,
        stimuli::{stimuli, without_image},
    },
};

/// The folders of the images, and of the points of ASD and TD, in each layout.
const LEVELS: [[&str; 3]; 3] = [
    ["Images", "FixPts", "FixPts_TD"],
    ["Images", "ASD_FixPts", "TD_FixPts"],
    ["TrainingData/Images", "AdditionalData/ASD_FixPts", "AdditionalData/TD_FixPts"],
];

/// The largest MATLAB file that is read, in bytes; the published maps have less than a million pixels.
const LARGEST_FILE: u64 = 1 << 26;

/// Reads maps of points one at a time.
struct Maps {
    root: PathBuf,
    /// The maps of each group by stimulus.
    maps: [BTreeMap<String, PathBuf>; 2],
}

/// Lists the folders, or returns `None` if they are not there.
pub(super) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let bases = ["", "Set", "TrainingDataset"];
    let level = LEVELS.iter().find_map(|level| Some((place.base(&bases, level)?, level)));
    let Some((base, [images, asd, td])) = level else { return Ok(None) };
    let root = &place.root;
    let pictures = folder::files_by_stem(root, &base.join(images), &["png", "jpg", "jpeg"])?;
    let maps = [by_id(root, &base.join(asd))?, by_id(root, &base.join(td))?];
    if let Some(map) = maps.iter().flat_map(BTreeMap::values).find(|map| is_mat(map)) {
        mat::check_enabled(map.strip_prefix(root).unwrap_or(map))?;
    }
    let stimuli = stimuli(&pictures, maps.iter().flat_map(BTreeMap::keys));
    let mut notes: Vec<_> = without_image(&stimuli).into_iter().collect();
    for (group, maps) in GROUPS.into_iter().zip(&maps) {
        let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !maps.contains_key(key)).collect();
        if !unseen.is_empty() {
            let (count, all) = (unseen.len(), stimuli.len());
            notes.push(format!("{group}: {count} of {all} stimuli have no map of points: {}", some_of(&unseen)));
        }
    }
    notes.push("maps of points tell neither observers nor order nor durations".to_owned());
    Ok(Some(Index {
        name: "Saliency4ASD".to_owned(),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: GROUPS.map(str::to_owned).to_vec(),
        stimuli,
        images: base.join(images),
        notes,
        reader: Box::new(Maps { root: root.clone(), maps }),
    }))
}

/// Lists the maps of a folder by the name of the image, without the suffix `_f` that published maps have.
fn by_id(root: &Path, folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let mut maps: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (stem, path) in folder::files_by_stem(root, folder, &["png", "mat"])? {
        let key = stem.strip_suffix("_f").unwrap_or(&stem).to_owned();
        if let Some(first) = maps.insert(key.clone(), path.clone()) {
            let relative = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
            return Err(DataError::Ambiguous { key, first: relative(&first), second: relative(&path) });
        }
    }
    Ok(maps)
}

impl GazeReader for Maps {
    fn gaze(&self, _index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let gaze = |(group, maps): (&str, &BTreeMap<String, PathBuf>)| {
            let path = maps.get(stimulus.key())?;
            let source = path.strip_prefix(&self.root).unwrap_or(path).to_owned();
            let scanpaths = read(&self.root, &source, stimulus).map(|scanpath| vec![scanpath]);
            Some(GroupGaze { group: group.to_owned(), source, scanpaths })
        };
        GROUPS.into_iter().zip(&self.maps).filter_map(gaze).collect()
    }
}

fn is_mat(path: &Path) -> bool {
    folder::extension(path).as_deref() == Some("mat")
}

/// Reads a map that is relative to the root.
fn read(root: &Path, source: &Path, stimulus: &StimulusEntry) -> Result<RawScanpath, DataError> {
    let (size, scanpath) = if is_mat(source) {
        let variables = mat::read(root, source, LARGEST_FILE)?;
        let map = mat::variable(&variables, "im")
            .and_then(|value| value.numbers().ok_or_else(|| Problem::new("im", "a matrix of numbers", value)));
        let map = map.map_err(|problem| problem.at(source))?;
        // The planes of a picture in colors follow one another; a fixated pixel is not 0 in the first.
        let sides = map.shape.get(..2).unwrap_or_default();
        let &[height, width] = sides else {
            return Err(Problem::new("im", "a matrix of numbers", &format!("{} numbers", map.len())).at(source));
        };
        let mut scanpath = points(map);
        scanpath.fixations.retain(|fixation| fixation.x < width as f64);
        (Size { height, width }, scanpath)
    } else {
        let bytes = folder::read_in(root, source, image::MEMORY)?;
        let map = image::gray_values(&image::decode(&bytes, source)?.0, source)?;
        let fixated = map.indexed_iter().filter(|(_, value)| **value > 0.0);
        let fixation = |((row, column), _): ((usize, usize), &f64)| {
            RawFixation::from_origin(0.0, column as f64, row as f64, None, None)
        };
        let (height, width) = map.dim();
        (Size { height, width }, RawScanpath { observer: None, fixations: fixated.map(fixation).collect() })
    };
    let Some(picture) = stimulus.image() else { return Ok(scanpath) };
    let expected = image::size(picture, picture.strip_prefix(root).unwrap_or(picture))?;
    if size != expected {
        let expected = format!("{expected} (height x width), as the image is");
        return Err(Problem::new("the map", &expected, &size).at(source));
    }
    Ok(scanpath)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format};
    use ::image::{GrayImage, Luma, RgbImage};
    use std::fs;

    /// A picture of 6 x 4 with points, given as column and row.
    fn picture(path: &Path, points: &[(u32, u32)]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut picture = GrayImage::new(6, 4);
        for &(x, y) in points {
            picture.put_pixel(x, y, Luma([255]));
        }
        picture.save(path).unwrap();
    }

    /// Group and points of a stimulus, as text.
    fn text(dataset: &Dataset, index: usize) -> Vec<String> {
        let text = |gaze: GroupGaze| match gaze.scanpaths {
            Ok(paths) => {
                format!("{} {:?}", gaze.group, paths[0].fixations.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>())
            }
            Err(error) => error.to_string(),
        };
        dataset.gaze(index).into_iter().map(text).collect()
    }

    #[test]
    fn points_in_pictures_stand_where_they_are() {
        for (base, images, asd, td) in [
            ("TrainingDataset", "TrainingData/Images", "AdditionalData/ASD_FixPts", "AdditionalData/TD_FixPts"),
            ("Set", "Images", "FixPts", "FixPts_TD"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let base = folder.path().join(base);
            for id in [2, 10] {
                picture(&base.join(images).join(format!("{id}.png")), &[]);
            }
            picture(&base.join(asd).join("2_f.png"), &[(5, 3), (0, 0)]);
            picture(&base.join(asd).join("10_f.png"), &[]);
            picture(&base.join(td).join("2_f.png"), &[(4, 1)]);
            for root in [folder.path(), &base] {
                let dataset = Dataset::open(root, None).unwrap();
                assert_eq!((dataset.format(), dataset.sigma_px()), (Format::Saliency4Asd, Some(43.0)));
                assert_eq!(text(&dataset, 0), ["ASD [(0.0, 0.0), (5.0, 3.0)]", "TD [(4.0, 1.0)]"]);
                assert_eq!(text(&dataset, 1), ["ASD []"]);
                assert_eq!(dataset.notes()[0], "TD: 1 of 2 stimuli have no map of points: 10");
            }
        }
    }

    #[cfg(feature = "mat")]
    #[test]
    fn points_in_matlab_files_stand_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        picture(&folder.path().join("Images/1.png"), &[]);
        let writer = crate::files::mat::writing::Writer { big_endian: false, compressed: true };
        for name in ["FixPts", "FixPts_TD"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let map = |name, size, points: &[(usize, usize)]| writer.file(&[writer.points(name, size, points)]);
        fs::write(folder.path().join("FixPts/1.mat"), map("im", [4, 6], &[(3, 5), (0, 1)])).unwrap();
        fs::write(folder.path().join("FixPts_TD/1.mat"), map("map", [4, 6], &[])).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(text(&dataset, 0)[0], "ASD [(1.0, 0.0), (5.0, 3.0)]");
        assert_eq!(text(&dataset, 0)[1], "FixPts_TD/1.mat: im should be a variable of this name, found (map)");
        // This map has another width than the image.
        fs::write(folder.path().join("FixPts_TD/1.mat"), map("im", [4, 18], &[(1, 2), (1, 8), (1, 14)])).unwrap();
        let wide = text(&dataset, 0)[1].clone();
        assert_eq!(wide, "FixPts_TD/1.mat: the map should be 4x6 (height x width), as the image is, found 4x18");
    }

    #[test]
    fn a_map_that_is_not_the_images_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        picture(&folder.path().join("Images/1.png"), &[]);
        picture(&folder.path().join("FixPts_TD/1.png"), &[]);
        fs::create_dir(folder.path().join("FixPts")).unwrap();
        RgbImage::new(6, 5).save(folder.path().join("FixPts/1_f.png")).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let expected = "FixPts/1_f.png: the map should be 4x6 (height x width), as the image is, found 5x6";
        assert_eq!(text(&dataset, 0)[0], expected);
        fs::copy(folder.path().join("FixPts/1_f.png"), folder.path().join("FixPts/1.png")).unwrap();
        let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
        assert!(message.starts_with("1 is ambiguous: both FixPts/1"), "{message}");
    }

    #[test]
    fn scanpaths_are_preferred_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        super::super::write_sample(&folder.path().join("TrainingDataset/TrainingData"));
        for name in ["ASD_FixPts", "TD_FixPts"] {
            picture(&folder.path().join(format!("TrainingDataset/AdditionalData/{name}/2_f.png")), &[(1, 1)]);
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert!(dataset.gaze(0)[0].source.ends_with("ASD_scanpath_2.txt"));
    }
}
