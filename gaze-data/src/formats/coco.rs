//! COCO-FreeView and COCO-Search18: ten people looking freely, or for an object, at images of COCO.
//!
//! ```text
//! COCOFreeView_fixations_*.json, coco_search18_fixations_*.json    any number; one of them may be opened, too
//!   [{name, subject, X: […], Y: […], T: […], task, condition, split, …}]
//! images anywhere below; those of COCO-Search18 in folders named after the task
//! ```
//!
//! Each file is a list of scanpaths. `X` and `Y` are pixels of the image as it was shown (1680 x 1050, with bars) and taken
//! as they stand; `T` are durations in milliseconds. Where images lie in folders of tasks, the key of a stimulus is
//! `<task>/<stem>`, as one picture was searched for several things. Opening notes the place of each scanpath, which is read
//! when its stimulus is asked for.
//!
//! Sources: Chen, Yang, Ahn, Samaras, Hoai & Zelinsky (2021), *COCO-Search18 fixation dataset for predicting goal-directed
//! attention control*, Scientific Reports 11:8776, doi:10.1038/s41598-021-87715-9; Chen, Yang, Chakraborty, Mondal, Ahn,
//! Samaras, Hoai & Zelinsky (2022), *Characterizing target-absent human attention*, CVPR Workshops.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    DataError, Provenance, RawFixation, RawScanpath,
    contract::Index,
    error::Problem,
    files::{folder, image, json_scan::Range, names, place::Place},
    formats::shared::{
        json_gaze::{self, JsonGaze, Record},
        stimuli::{GROUP, stimuli, without_gaze, without_image},
    },
};

pub(crate) const LAYOUT: &str = "COCOFreeView_fixations_*.json or coco_search18_fixations_*.json";

const PREFIXES: [(&str, &str); 2] =
    [("cocofreeview_fixations_", "COCO-FreeView"), ("coco_search18_fixations_", "COCO-Search18")];

#[derive(Deserialize)]
struct Owner {
    name: String,
    #[serde(default)]
    task: Option<String>,
}

#[derive(Deserialize)]
struct Trial {
    #[serde(default)]
    subject: serde_json::Value,
    #[serde(rename = "X")]
    x: Vec<f64>,
    #[serde(rename = "Y")]
    y: Vec<f64>,
    #[serde(default, rename = "T")]
    t: Vec<f64>,
}

/// Scans the JSON files and lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let known = |name: &str| {
        let name = name.to_ascii_lowercase();
        let json = name.ends_with(".json");
        PREFIXES.iter().find(|(prefix, _)| json && name.starts_with(prefix)).map(|(_, title)| *title)
    };
    let files: Vec<String> = match &place.file {
        Some(name) => vec![name.clone()],
        None => {
            let files = folder::files_by_stem(&place.root, Path::new(""), &["json"])?;
            files.values().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
        }
    };
    let sources: Vec<_> = files.into_iter().filter_map(|name| Some((known(&name)?, PathBuf::from(name)))).collect();
    let Some((title, _)) = sources.first() else { return Ok(None) };
    let name = (*title).to_owned();
    let sources: Vec<_> = sources.into_iter().map(|(_, path)| path).collect();
    let pictures = pictures(&place.root)?;
    let mut gaze: BTreeMap<String, Vec<Range>> = BTreeMap::new();
    for (number, source) in sources.iter().enumerate() {
        json_gaze::scan(&place.root, source, |element| {
            let owner: Owner = json_gaze::parse(element.bytes, source)?;
            let range = Range { source: number, at: element.at, length: element.bytes.len() };
            let stem = names::stem(&owner.name);
            let with_task = owner.task.map(|task| format!("{task}/{stem}"));
            let key = with_task.filter(|key| pictures.contains_key(key)).unwrap_or_else(|| stem.to_owned());
            gaze.entry(key).or_default().push(range);
            Ok(())
        })?;
    }
    // The images of both datasets and all tasks are released together: images without gaze do not belong to this dataset.
    let pictures: BTreeMap<_, _> = pictures.into_iter().filter(|(key, _)| gaze.contains_key(key)).collect();
    let stimuli = stimuli(&pictures, gaze.keys());
    let gaze = stimuli.iter().map(|stimulus| gaze.remove(&stimulus.key).unwrap_or_default()).collect();
    let notes = without_image(&stimuli).into_iter().chain(without_gaze(&[], stimuli.len())).collect();
    Ok(Some(Index {
        name,
        provenance: Provenance::Recorded,
        pixels_per_degree: None,
        groups: vec![GROUP.to_owned()],
        stimuli,
        images: PathBuf::from("."),
        notes,
        reader: Box::new(JsonGaze::<Trial>::new(&place.root, sources, gaze)),
    }))
}

/// Lists the images by folder and stem, and also by stem alone where that is unique.
fn pictures(root: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let mut stems: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in folder::tree(root, &image::EXTENSIONS)? {
        stems.entry(folder::stem(&path)).or_default().push(path);
    }
    let mut pictures = BTreeMap::new();
    for (stem, paths) in stems {
        for path in &paths {
            let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
            pictures.insert(format!("{folder}/{stem}"), path.clone());
        }
        if let [path] = paths.as_slice() {
            pictures.insert(stem, path.clone());
        }
    }
    Ok(pictures)
}

impl Record for Trial {
    fn scanpath(self, at: u64) -> Result<RawScanpath, Problem> {
        let Self { subject, x, y, t } = self;
        if x.len() != y.len() || !(t.is_empty() || t.len() == x.len()) {
            let place = format!("the scanpath at byte {at}");
            let found = format!("{}, {} and {}", x.len(), y.len(), t.len());
            return Err(Problem::new(place, "X, Y and T of one length", &found));
        }
        let fixation =
            |(place, (&x, &y)): (usize, (&f64, &f64))| RawFixation::from_origin(0.0, x, y, t.get(place).copied(), None);
        let fixations = x.iter().zip(&y).enumerate().map(fixation).collect();
        Ok(RawScanpath { observer: json_gaze::subject(subject), fixations })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Format, StimulusEntry};
    use std::fs;

    #[test]
    fn scanpaths_belong_to_images_and_tasks() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"[{"name": "01.jpg", "subject": 2, "task": "car", "X": [840.5, 1679.9], "Y": [525, 0], "T": [200, 150],
            "length": 2, "split": "train", "bbox": [1, 2, 3, 4]},
            {"name": "01.jpg", "subject": 3, "task": "cup", "X": [1], "Y": [2], "T": [9]},
            {"name": "02.jpg", "subject": 3, "task": "cup", "X": [1], "Y": [], "T": []}]"#;
        fs::write(folder.path().join("coco_search18_fixations_TP_train_split1.json"), text).unwrap();
        for name in ["TP/car/01", "TP/cup/01", "TP/cup/02"] {
            let path = folder.path().join(format!("{name}.png"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            ::image::RgbImage::new(6, 4).save(path).unwrap();
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.name()), (Format::Coco, "COCO-Search18"));
        let keys: Vec<_> = dataset.stimuli().iter().map(StimulusEntry::key).collect();
        assert_eq!(keys, ["car/01", "cup/01", "cup/02"]);
        let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
        let points: Vec<_> = gaze[0].fixations.iter().map(|p| (p.x, p.y, p.duration_ms)).collect();
        assert_eq!(points, [(840.5, 525.0, Some(200.0)), (1679.9, 0.0, Some(150.0))]);
        assert_eq!(gaze[0].observer.as_deref(), Some("2"));
        let message = dataset.gaze(2).remove(0).scanpaths.unwrap_err().to_string();
        assert!(message.contains("should be X, Y and T of one length, found 1, 0 and 0"), "{message}");
    }

    #[test]
    fn free_viewing_goes_by_the_stem() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"[{"name": "9.jpg", "subject": 1, "X": [3], "Y": [2], "T": [100], "task": "freeview"}]"#;
        fs::write(folder.path().join("COCOFreeView_fixations_trainval.json"), text).unwrap();
        fs::create_dir(folder.path().join("bus")).unwrap();
        ::image::RgbImage::new(6, 4).save(folder.path().join("bus/9.jpg")).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.name(), dataset.stimuli()[0].key()), ("COCO-FreeView", "9"));
        assert!(dataset.stimuli()[0].has_image());
    }
}
