//! SALICON: points at which people directed a mouse on blurred images of COCO.
//!
//! ```text
//! fixations_<set>.json        any number of them, the file itself may be opened too
//!   images       [{id, file_name, …}]
//!   annotations  [{image_id, worker_id, fixations: [[row, column], …]}]
//! ```
//!
//! or, in the later releases,
//!
//! ```text
//! fixations/…/COCO_….mat      one per image, in any folder below
//!   gaze         struct array, one element per observer: location, timestamp, fixations [x y]
//! ```
//!
//! with the images anywhere below. Coordinates are pixels counted **from 1**, so 1 is subtracted; the row comes first in
//! JSON and the column in MATLAB files. The JSON files are large: opening one notes the place of each annotation, which is
//! read when its stimulus is asked for.
//!
//! Source: Jiang, Huang, Duan & Zhao (2015), *SALICON: Saliency in context*, CVPR, doi:10.1109/CVPR.2015.7298710.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    DataError, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    error::Problem,
    files::{
        folder, image,
        json_scan::Range,
        mat::{self, Value},
        names,
        place::Place,
    },
    formats::shared::{
        json_gaze::{self, JsonGaze, Record},
        stimuli::{GROUP, stimuli, without_gaze, without_image},
    },
};

pub(crate) const LAYOUT: &str = "fixations_*.json with annotations, or fixations/**/COCO_*.mat";

/// The pixel that the files count from.
const FIRST_PIXEL: f64 = 1.0;

/// The largest MATLAB file that is read, in bytes; the published files have some ten thousand.
const LARGEST_FILE: u64 = 1 << 26;

/// Lists the folder and scans the JSON files.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(sources) = json_files(place)? else { return open_mat(place) };
    let mut file_names: HashMap<i64, String> = HashMap::new();
    let mut ranges: Vec<(i64, Range)> = Vec::new();
    for (source, path) in (0..).zip(&sources) {
        if !scan(&place.root, path, source, &mut file_names, &mut ranges)? {
            return Ok(None);
        }
    }
    let mut gaze: BTreeMap<String, Vec<Range>> = BTreeMap::new();
    for (image, range) in ranges {
        let key = file_names.get(&image).map_or_else(|| image.to_string(), |name| names::stem(name).to_owned());
        gaze.entry(key).or_default().push(range);
    }
    for name in file_names.values() {
        gaze.entry(names::stem(name).to_owned()).or_default();
    }
    let pictures = pictures(place)?;
    let stimuli = stimuli(&pictures, gaze.keys());
    let gaze: Vec<_> = stimuli.iter().map(|stimulus| gaze.remove(&stimulus.key).unwrap_or_default()).collect();
    let unseen: Vec<_> =
        stimuli.iter().zip(&gaze).filter(|(_, gaze)| gaze.is_empty()).map(|(stimulus, _)| stimulus.key()).collect();
    let notes = without_image(&stimuli).into_iter().chain(without_gaze(&unseen, stimuli.len())).collect();
    let reader = Box::new(JsonGaze::<Annotation>::new(&place.root, sources, gaze));
    Ok(Some(index(stimuli, notes, reader)))
}

fn index(stimuli: Vec<StimulusEntry>, notes: Vec<String>, reader: Box<dyn GazeReader>) -> Index {
    Index {
        name: "SALICON".to_owned(),
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli,
        images: PathBuf::from("."),
        notes,
        reader,
    }
}

/// Lists the images below the folder, by stem.
fn pictures(place: &Place) -> Result<BTreeMap<String, PathBuf>, DataError> {
    folder::tree_by_stem(&place.root, Path::new(""), &image::EXTENSIONS)
}

fn json_files(place: &Place) -> Result<Option<Vec<PathBuf>>, DataError> {
    if let Some(name) = &place.file {
        let json = folder::extension(Path::new(name)).as_deref() == Some("json");
        return Ok(json.then(|| vec![PathBuf::from(name)]));
    }
    let files = folder::files_by_stem(&place.root, Path::new(""), &["json"])?;
    let named = |path: &Path| path.file_name().map(PathBuf::from);
    let files: Vec<_> =
        files.iter().filter(|(stem, _)| stem.starts_with("fixations_")).filter_map(|(_, path)| named(path)).collect();
    Ok((!files.is_empty()).then_some(files))
}

#[derive(Deserialize)]
struct Image {
    id: i64,
    file_name: String,
}

#[derive(Deserialize)]
struct Owner {
    image_id: i64,
}

#[derive(Deserialize)]
struct Annotation {
    #[serde(default)]
    worker_id: serde_json::Value,
    fixations: Vec<(f64, f64)>,
}

/// Notes the images and the places of the annotations; returns `false` if the file is not one of SALICON.
fn scan(
    root: &Path,
    path: &Path,
    source: usize,
    file_names: &mut HashMap<i64, String>,
    ranges: &mut Vec<(i64, Range)>,
) -> Result<bool, DataError> {
    let mut members = [false; 2];
    json_gaze::scan(root, path, |element| {
        match element.member {
            "images" => {
                let image: Image = json_gaze::parse(element.bytes, path)?;
                file_names.insert(image.id, image.file_name);
                members[0] = true;
            }
            "annotations" => {
                let owner: Owner = json_gaze::parse(element.bytes, path)?;
                ranges.push((owner.image_id, Range { source, at: element.at, length: element.bytes.len() }));
                members[1] = true;
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(members == [true; 2])
}

impl Record for Annotation {
    fn scanpath(self, _at: u64) -> Result<RawScanpath, Problem> {
        let fixation = |(row, column)| RawFixation::from_origin(FIRST_PIXEL, column, row, None, None);
        let fixations = self.fixations.into_iter().map(fixation).collect();
        Ok(RawScanpath { observer: json_gaze::subject(self.worker_id), fixations })
    }
}

fn open_mat(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(root) = place.folder().filter(|root| root.join("fixations").is_dir()) else { return Ok(None) };
    let mut files = folder::tree_by_stem(root, Path::new("fixations"), &["mat"])?;
    files.retain(|key, _| key.starts_with("COCO_"));
    if files.is_empty() {
        return Ok(None);
    }
    if let Some(first) = files.values().next() {
        mat::check_enabled(first.strip_prefix(root).unwrap_or(first))?;
    }
    let pictures = pictures(place)?;
    let stimuli = stimuli(&pictures, files.keys());
    let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !files.contains_key(key)).collect();
    let notes = without_image(&stimuli).into_iter().chain(without_gaze(&unseen, stimuli.len())).collect();
    let reader = Box::new(Mat { root: root.to_owned(), files });
    Ok(Some(index(stimuli, notes, reader)))
}

struct Mat {
    root: PathBuf,
    files: BTreeMap<String, PathBuf>,
}

impl GazeReader for Mat {
    fn gaze(&self, _index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let Some(path) = self.files.get(stimulus.key()) else { return Vec::new() };
        let source = path.strip_prefix(&self.root).unwrap_or(path).to_owned();
        let variables = mat::read(&self.root, &source, LARGEST_FILE);
        let scanpaths = variables.and_then(|variables| observers(&variables).map_err(|problem| problem.at(&source)));
        vec![GroupGaze { group: GROUP.to_owned(), source, scanpaths }]
    }
}

fn observers(variables: &[(String, Value)]) -> Result<Vec<RawScanpath>, Problem> {
    let gaze = mat::variable(variables, "gaze")?;
    let Value::Structs { elements, .. } = gaze else {
        return Err(Problem::new("gaze", "a struct array", gaze));
    };
    let scanpath = |number: usize| {
        let place = format!("gaze({}).fixations", number + 1);
        let points = gaze.element(number, "fixations");
        let Some(Value::Numbers(points)) = points else {
            return Err(Problem::new(place, "a matrix of two columns", points.unwrap_or(gaze)));
        };
        if !points.is_empty() && points.columns() != 2 {
            return Err(Problem::new(place, "a matrix of two columns", &format!("{} columns", points.columns())));
        }
        let fixation = |(x, y)| RawFixation::from_origin(FIRST_PIXEL, x, y, None, None);
        let fixations = points.column(0).zip(points.column(1)).map(fixation).collect();
        Ok(RawScanpath { observer: Some((number + 1).to_string()), fixations })
    };
    (0..elements.len()).map(scanpath).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, testing};
    use std::fs;

    #[test]
    fn json_is_row_first_and_counted_from_one() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"info": {}, "images": [{"id": 7, "file_name": "COCO_b.jpg", "height": 4, "width": 6},
            {"id": 8, "file_name": "COCO_a.jpg"}], "type": "fixations",
            "annotations": [{"image_id": 7, "id": 1, "worker_id": 3, "fixations": [[1, 1], [4, 6]]},
            {"image_id": 7, "id": 2, "worker_id": "x", "fixations": []}]}"#;
        fs::write(folder.path().join("fixations_train.json"), text).unwrap();
        fs::create_dir_all(folder.path().join("images/train")).unwrap();
        ::image::RgbImage::new(6, 4).save(folder.path().join("images/train/COCO_b.jpg")).unwrap();
        for path in [folder.path().to_owned(), folder.path().join("fixations_train.json")] {
            let dataset = Dataset::open(&path, None).unwrap();
            assert_eq!((dataset.format(), dataset.sigma_px()), (Format::Salicon, Some(19.0)));
            let keys: Vec<_> = dataset.stimuli().iter().map(StimulusEntry::key).collect();
            assert_eq!(keys, ["COCO_a", "COCO_b"]);
            assert!(dataset.gaze(0).is_empty());
            let gaze = dataset.gaze(1).remove(0).scanpaths.unwrap();
            let points: Vec<_> = gaze[0].fixations.iter().map(|point| (point.x, point.y)).collect();
            assert_eq!(points, [(0.0, 0.0), (5.0, 3.0)]);
            assert_eq!((gaze[0].observer.as_deref(), gaze[1].observer.as_deref()), (Some("3"), Some("x")));
            assert_eq!((gaze[0].fixations[1].written_x, gaze[0].fixations[1].written_y), (6.0, 4.0));
        }
    }

    #[cfg(feature = "mat")]
    #[test]
    fn matlab_is_column_first_and_counted_from_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("fixations/train")).unwrap();
        let writer = crate::files::mat::writing::Writer { big_endian: false, compressed: true };
        let observer = |rows: &[Vec<f64>]| vec![writer.rows("", &[vec![9.0, 9.0]]), writer.rows("", rows)];
        let gaze = writer.structures(
            "gaze",
            &["location", "fixations"],
            &[observer(&[vec![6.0, 4.0], vec![1.0, 2.0]]), observer(&[])],
        );
        fs::write(folder.path().join("fixations/train/COCO_a.mat"), writer.file(&[gaze])).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.format(), Format::Salicon);
        let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
        let points: Vec<_> = gaze[0].fixations.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!((points, gaze[1].fixations.len()), (vec![(5.0, 3.0), (0.0, 1.0)], 0));
    }

    #[test]
    fn the_real_file_reads_as_it_is_known() {
        let Some(root) = testing::real_data("salicon") else { return };
        let dataset = Dataset::open(&root, None).unwrap();
        assert_eq!(dataset.stimuli().len(), 10);
        let (mut scanpaths, mut count, mut sums) = (0, 0, (0.0, 0.0));
        for index in 0..10 {
            for gaze in dataset.gaze(index) {
                for path in gaze.scanpaths.unwrap() {
                    scanpaths += 1;
                    count += path.fixations.len();
                    for fixation in path.fixations {
                        sums = (sums.0 + fixation.written_x, sums.1 + fixation.written_y);
                        assert!(fixation.x >= 0.0 && fixation.x < 640.0 && fixation.y >= 0.0 && fixation.y < 480.0);
                    }
                }
            }
        }
        // Counted and summed with Python's json: annotations, points, columns, rows.
        assert_eq!((scanpaths, count, sums), (610, 73_630, (22_170_681.0, 17_314_183.0)));
    }
}
