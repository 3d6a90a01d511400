//! MIT1003: where 15 people look on 1003 pictures, as raw gaze.
//!
//! ```text
//! ALLSTIMULI/<stem>.jpeg
//! DATA/<subject>/<stem>.mat    one struct, named as the stem is (cut to 63 characters):
//!                              DATA(1).eyeData  samples x columns; x and y in pixels, at 240 Hz
//! ```
//!
//! Fixations are found as the dataset's own code finds them (`judd.rs`). Negative coordinates are blinks. Coordinates are
//! taken as they stand, without subtracting 1: so does pysaliency, and published scores rest on it. The first fixation of
//! each recording, on the cross in the middle, is left out as in the paper, and reported as
//! [`InitialFixation`](crate::DropReason::InitialFixation).
//!
//! Pixels per degree: 35 (1024 x 768 pixels at 40.5 x 30 cm and 75 cm); the detection uses its authors' 34.
//!
//! Source: Judd, Ehinger, Durand & Torralba (2009), *Learning to predict where humans look*, ICCV,
//! doi:10.1109/ICCV.2009.5459462.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use gaze_core::PixelsPerDegree;

use crate::{
    DataError, DropReason, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    error::Problem,
    files::{
        folder, image,
        mat::{self, Value},
        place::Place,
    },
    formats::shared::stimuli::{GROUP, stimuli, without_image},
};

mod judd;

pub(crate) const LAYOUT: &str = "folders ALLSTIMULI and DATA";

/// The number of pixels per degree in the recordings.
const PIXELS_PER_DEGREE: f64 = 35.0;

const LARGEST_FILE: u64 = 1 << 26;

/// Lists images and recordings.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(base) = place.base(&["", "MIT1003"], &["ALLSTIMULI", "DATA"]) else { return Ok(None) };
    let images = base.join("ALLSTIMULI");
    let pictures = folder::files_by_stem(&place.root, &images, &image::EXTENSIONS)?;
    let data = base.join("DATA");
    mat::check_enabled(&data)?;
    let mut subjects = BTreeMap::new();
    for entry in fs::read_dir(place.root.join(&data)).map_err(|cause| folder::io_error(&data, cause))? {
        let entry = entry.map_err(|cause| folder::io_error(&data, cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            subjects.insert(name.clone(), folder::files_by_stem(&place.root, &data.join(&name), &["mat"])?);
        }
    }
    let stimuli = stimuli(&pictures, subjects.values().flat_map(BTreeMap::keys));
    let recordings: usize = subjects.values().map(BTreeMap::len).sum();
    let all = stimuli.len() * subjects.len();
    let mut notes: Vec<_> = without_image(&stimuli).into_iter().collect();
    if recordings < all {
        let missing = all - recordings;
        notes.push(format!("{missing} of {all} recordings ({} subjects) are missing", subjects.len()));
    }
    Ok(Some(Index {
        name: "MIT1003".to_owned(),
        provenance: Provenance::Recorded,
        pixels_per_degree: PixelsPerDegree::new(PIXELS_PER_DEGREE).ok(),
        groups: vec![GROUP.to_owned()],
        stimuli,
        images,
        notes,
        reader: Box::new(Mit1003 { root: place.root.clone(), data, subjects }),
    }))
}

struct Mit1003 {
    root: PathBuf,
    data: PathBuf,
    /// The recordings of each subject by stem.
    subjects: BTreeMap<String, BTreeMap<String, PathBuf>>,
}

impl GazeReader for Mit1003 {
    fn gaze(&self, _index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let recordings =
            self.subjects.iter().filter_map(|(subject, files)| Some((subject, files.get(stimulus.key())?)));
        let scanpaths = recordings.map(|(subject, path)| self.scanpath(subject, path)).collect::<Result<Vec<_>, _>>();
        if scanpaths.as_ref().is_ok_and(Vec::is_empty) {
            return Vec::new();
        }
        vec![GroupGaze { group: GROUP.to_owned(), source: self.data.clone(), scanpaths }]
    }
}

impl Mit1003 {
    fn scanpath(&self, subject: &str, path: &Path) -> Result<RawScanpath, DataError> {
        let source = path.strip_prefix(&self.root).unwrap_or(path);
        let variables = mat::read(&self.root, source, LARGEST_FILE)?;
        let samples = samples(&variables).map_err(|problem| problem.at(source))?;
        let fixation = |(number, found): (usize, &judd::JuddFixation)| {
            let fixation = RawFixation::from_origin(0.0, found.x, found.y, Some(found.duration_ms), None);
            let excluded = (number == 0).then_some(DropReason::InitialFixation);
            RawFixation { excluded, ..fixation.starting(Some(found.start_ms())) }
        };
        let fixations = judd::fixations(&samples).iter().enumerate().map(fixation).collect();
        Ok(RawScanpath { observer: Some(subject.to_owned()), fixations })
    }
}

/// Returns the raw gaze in the file's only variable.
fn samples(variables: &[(String, Value)]) -> Result<Vec<(f64, f64)>, Problem> {
    let Some((name, recording)) = variables.iter().find(|(name, _)| !name.starts_with("__") && !name.is_empty()) else {
        return Err(Problem::new("the file", "a variable", &"none"));
    };
    let place = format!("{name}.DATA(1).eyeData");
    let eye = recording.field("DATA").and_then(|data| data.element(0, "eyeData"));
    match eye.and_then(Value::numbers) {
        Some(numbers) if numbers.is_empty() => Ok(Vec::new()),
        Some(numbers) if numbers.columns() >= 2 => Ok(numbers.column(0).zip(numbers.column(1)).collect()),
        _ => Err(Problem::new(place, "a matrix of two columns or more", eye.unwrap_or(recording))),
    }
}

#[cfg(feature = "mat")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, files::mat::writing::Writer, scanpaths_within};
    use gaze_core::{Fixation, Size};

    /// Writes a recording; its name may be longer than that of a variable.
    fn write(root: &Path, subject: &str, stem: &str, rests: &[(f64, f64)]) {
        let writer = Writer { big_endian: false, compressed: true };
        let mut rows = Vec::new();
        for &(x, y) in rests {
            rows.extend(std::iter::repeat_n(vec![x, y, 0.0], 60));
        }
        let data = writer.structures("", &["eyeData"], &[vec![writer.rows("", &rows)]]);
        let variable = stem.chars().take(63).collect::<String>();
        let recording = writer.structures(&variable, &["imgName", "DATA"], &[vec![writer.text("a"), data]]);
        fs::create_dir_all(root.join("DATA").join(subject)).unwrap();
        fs::write(root.join("DATA").join(subject).join(format!("{stem}.mat")), writer.file(&[recording])).unwrap();
    }

    #[test]
    fn raw_gaze_becomes_fixations_without_the_initial_one() {
        let folder = tempfile::tempdir().unwrap();
        let stem = "i".repeat(70);
        fs::create_dir(folder.path().join("ALLSTIMULI")).unwrap();
        ::image::RgbImage::new(640, 480).save(folder.path().join(format!("ALLSTIMULI/{stem}.jpeg"))).unwrap();
        write(folder.path(), "ajs", &stem, &[(320.0, 240.0), (100.0, 50.0), (600.0, 400.0), (-1.0, -1.0)]);
        write(folder.path(), "CNG", &stem, &[(320.0, 240.0), (200.5, 60.0)]);
        write(folder.path(), "CNG", "other", &[(1.0, 2.0)]);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.name()), (Format::Mit1003, "MIT1003"));
        assert_eq!(dataset.notes().last().unwrap(), "1 of 4 recordings (2 subjects) are missing");
        let gaze = dataset.gaze(0).remove(0);
        let (scanpaths, dropped) =
            scanpaths_within(&gaze.scanpaths.unwrap(), Size { height: 480, width: 640 }, &gaze.source);
        let points: Vec<_> = scanpaths.iter().map(|path| path.fixations().points().to_vec()).collect();
        let point = |x, y| Fixation { x, y };
        assert_eq!(points, [vec![point(200.5, 60.0)], vec![point(100.0, 50.0), point(600.0, 400.0)]]);
        let reasons: Vec<_> = dropped.iter().map(|dropped| dropped.reason).collect();
        let outside = DropReason::OutsideImage { size: Size { height: 480, width: 640 } };
        assert_eq!(reasons, [DropReason::InitialFixation, DropReason::InitialFixation, outside]);
    }
}
