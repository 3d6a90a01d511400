//! Saliency4ASD: the gaze of children with autism (ASD) and of typically developing children (TD).
//!
//! ```text
//! TrainingDataset/TrainingData/      any of the three levels may be opened
//!   Images/<id>.png
//!   ASD/ASD_scanpath_<id>.txt
//!   TD/TD_scanpath_<id>.txt
//! ```
//!
//! In another layout in use the same files are `content/images/<id>.png` and `content/scanpaths/{ASD,TD}_<id>.txt`. Where
//! there are no scanpaths, maps of points are read (`points.rs`).
//!
//! A scanpath file is text with the header `Idx, x, y, duration` and one fixation per line; lines end in CRLF or LF.
//! `Idx` counts from 0; where it is 0 again, the next observer begins. Observers are not named, and their order
//! differs from image to image. `x` and `y` are pixels counted **from 1**, so 1 is subtracted; `duration` is in
//! milliseconds.
//!
//! The publication gives no viewing geometry that holds for all images (they differ in size), so pixels per degree
//! are unknown.
//!
//! Source: Duan, Zhai, Min, Che, Fang, Yang, Gutiérrez & Le Callet (2019), *A dataset of eye movements for the
//! children with autism spectrum disorder*, ACM Multimedia Systems, doi:10.1145/3304109.3325818.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::{
    DataError, GroupGaze, Provenance, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Index},
    files::{folder, place::Place, table::number},
    formats::shared::stimuli::{stimuli, without_image},
};

mod points;

/// The column names; the published files have a blank after each comma.
const HEADER: [&str; 4] = ["Idx", "x", "y", "duration"];

/// The pixel that the files count from.
const FIRST_PIXEL: f64 = 1.0;

const GROUPS: [&str; 2] = ["ASD", "TD"];

/// The largest scanpath file that is read, in bytes; the published files have a few thousand.
const LARGEST_FILE: u64 = 1 << 26;

/// Reads scanpath files one at a time.
pub(crate) struct Saliency4Asd {
    root: PathBuf,
    /// The folder that holds `ASD` and `TD`, relative to the root.
    base: PathBuf,
    layout: Layout,
}

pub(crate) const LAYOUT: &str = "folders Images, ASD and TD, here or in TrainingData or TrainingDataset/TrainingData, or images and \
     scanpaths/ASD_*.txt, here or in content, or Images, FixPts and FixPts_TD, here or in Set";

/// Lists the folder, or returns `None` if it has another layout.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let levels = ["", "TrainingData", "TrainingDataset/TrainingData"];
    if let Some(base) = place.base(&levels, &["Images", "ASD", "TD"]) {
        return Saliency4Asd::open(&place.root, base, Layout::Published).map(Some);
    }
    let flat = place.base(&["", "content"], &["images", "scanpaths"]);
    let base = flat.filter(|base| {
        let first = |group: &str| place.root.join(base).join(format!("scanpaths/{group}_1.txt")).is_file();
        GROUPS.into_iter().any(first)
    });
    match base {
        Some(base) => Saliency4Asd::open(&place.root, base, Layout::Flat).map(Some),
        None => points::open(place),
    }
}

/// The layout of the files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Published,
    Flat,
}

impl Layout {
    /// Returns the folder of a group's files, and the prefix of their names.
    fn files(self, group: &str) -> (String, String) {
        match self {
            Self::Published => (group.to_owned(), format!("{group}_scanpath_")),
            Self::Flat => ("scanpaths".to_owned(), format!("{group}_")),
        }
    }
}

impl Saliency4Asd {
    fn open(root: &Path, base: PathBuf, layout: Layout) -> Result<Index, DataError> {
        let images = base.join(if layout == Layout::Published { "Images" } else { "images" });
        let pictures = folder::files_by_stem(root, &images, &["png"])?;
        let mut keys: BTreeSet<String> = BTreeSet::new();
        let mut notes = Vec::new();
        for group in GROUPS {
            let (folder, prefix) = layout.files(group);
            let files = folder::files_by_stem(root, &base.join(folder), &["txt"])?;
            let ids: BTreeSet<_> = files.keys().filter_map(|stem| stem.strip_prefix(&prefix)).collect();
            // Both groups share a folder in the flat layout.
            if ids.len() < files.len() && layout == Layout::Published {
                let others = files.len() - ids.len();
                let all = files.len();
                notes.push(format!("{group}: left out {others} of {all} text files, not named {prefix}<id>.txt"));
            }
            keys.extend(ids.into_iter().map(str::to_owned));
        }

        let stimuli = stimuli(&pictures, keys.iter());
        notes.extend(without_image(&stimuli));
        Ok(Index {
            name: "Saliency4ASD".to_owned(),
            provenance: Provenance::Recorded,
            pixels_per_degree: None,
            groups: GROUPS.map(str::to_owned).to_vec(),
            stimuli,
            images,
            notes,
            reader: Box::new(Self { root: root.to_owned(), base, layout }),
        })
    }
}

impl GazeReader for Saliency4Asd {
    fn gaze(&self, _index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let read = |group: &str| {
            let (folder, prefix) = self.layout.files(group);
            let source = self.base.join(folder).join(format!("{prefix}{}.txt", stimulus.key));
            let bytes = folder::read_in(&self.root, &source, LARGEST_FILE);
            let scanpaths = bytes.and_then(|bytes| parse(&bytes, &source));
            GroupGaze { group: group.to_owned(), source, scanpaths }
        };
        GROUPS.into_iter().map(read).collect()
    }
}

/// Parses a scanpath file; `path` is its name in errors.
fn parse(bytes: &[u8], path: &Path) -> Result<Vec<RawScanpath>, DataError> {
    let bytes = bytes.trim_ascii_end();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut scanpaths: Vec<RawScanpath> = Vec::new();
    for (line, text) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        let text = str::from_utf8(text).map_err(|_| DataError::NotText { path: path.to_owned(), line })?;
        let values: Vec<_> = text.split(',').map(str::trim).collect();
        if line == 1 {
            if values != HEADER && !bytes.is_empty() {
                let found = text.trim_end().to_owned();
                let expected = HEADER.join(", ");
                return Err(DataError::Header { path: path.to_owned(), line, expected, found });
            }
            continue;
        }
        let &[index, x, y, duration] = values.as_slice() else {
            let found = if text.trim().is_empty() { 0 } else { values.len() };
            return Err(DataError::Columns { path: path.to_owned(), line, expected: HEADER.len(), found });
        };
        let wrong = |column: &str, expected: String, found: &str| DataError::Value {
            path: path.to_owned(),
            line,
            column: column.to_owned(),
            expected,
            found: found.to_owned(),
        };

        let next = scanpaths.last().map_or(0, |scanpath| scanpath.fixations.len());
        match index.parse::<usize>() {
            Ok(0) => scanpaths.push(RawScanpath { observer: None, fixations: Vec::new() }),
            Ok(index) if index == next => {}
            _ if next == 0 => return Err(wrong("Idx", "0".to_owned(), index)),
            _ => return Err(wrong("Idx", format!("{next}, or 0 for the next observer"), index)),
        }
        let x = number(x).ok_or_else(|| wrong("x", "a number".to_owned(), x))?;
        let y = number(y).ok_or_else(|| wrong("y", "a number".to_owned(), y))?;
        let duration = number(duration)
            .filter(|&duration| duration >= 0.0)
            .ok_or_else(|| wrong("duration", "a number of milliseconds, 0 or more".to_owned(), duration))?;
        if let Some(scanpath) = scanpaths.last_mut() {
            scanpath.fixations.push(RawFixation::from_origin(FIRST_PIXEL, x, y, Some(duration), Some(line)));
        }
    }
    if scanpaths.is_empty() {
        return Err(DataError::NoFixations { path: path.to_owned() });
    }
    Ok(scanpaths)
}

/// Writes a small dataset in this layout, for tests.
#[cfg(test)]
pub(crate) fn write_sample(base: &Path) {
    use std::fs;

    for name in ["Images", "ASD", "TD"] {
        fs::create_dir_all(base.join(name)).unwrap();
    }
    for id in [2, 10] {
        ::image::RgbImage::new(6, 4).save(base.join(format!("Images/{id}.png"))).unwrap();
    }
    let text = "Idx, x, y, duration\r\n0,1,1,8\r\n1,6,4,125\r\n0,3,2,216\r\n";
    for (group, id) in [("ASD", 2), ("TD", 2), ("ASD", 10), ("ASD", 300), ("TD", 300)] {
        fs::write(base.join(format!("{group}/{group}_scanpath_{id}.txt")), text).unwrap();
    }
    fs::write(base.join("TD/notes.txt"), "").unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, scanpaths_within, testing};
    use gaze_core::{Fixation, Size};

    const PATH: &str = "TD/TD_scanpath_1.txt";

    #[track_caller]
    fn check_error(text: impl AsRef<[u8]>, expected: &str) {
        assert_eq!(parse(text.as_ref(), Path::new(PATH)).unwrap_err().to_string(), format!("{PATH}{expected}"));
    }

    #[test]
    fn pixels_are_counted_from_one() {
        let scanpaths = parse(b"Idx, x, y, duration\r\n0,386,362,8\r\n", Path::new(PATH)).unwrap();
        let fixation = scanpaths[0].fixations[0];
        assert_eq!((fixation.x, fixation.y, fixation.written_x, fixation.written_y), (385.0, 361.0, 386.0, 362.0));
        assert_eq!((fixation.duration_ms, fixation.line), (Some(8.0), Some(2)));
    }

    #[test]
    fn an_observer_begins_where_the_index_is_zero() {
        let text = "Idx,x ,y,duration\n0,1,1,8\n1,2,2,8\n0,3,3,8\n0,4,4,8\n1,5,5,8\n\n\r\n";
        let lengths: Vec<_> =
            parse(text.as_bytes(), Path::new(PATH)).unwrap().iter().map(|path| path.fixations.len()).collect();
        assert_eq!(lengths, [2, 1, 2]);
    }

    #[test]
    fn every_problem_names_its_line() {
        let header = "Idx, x, y, duration\r\n";
        let check = |rows: &str, expected| check_error(format!("{header}{rows}"), expected);
        check("0,3a,2,8\r\n", ":2: x should be a number, found \"3a\"");
        check("0,1,2,8\r\n1,1,NaN,8\r\n", ":3: y should be a number, found \"NaN\"");
        check("0,1,2,-8\r\n", ":2: duration should be a number of milliseconds, 0 or more, found \"-8\"");
        check("0,1,2\r\n", ":2: expected 4 values, found 3");
        check(
            "0,1,2,3,4\r\n",
            ":2: expected 4 values, found 5; a value with a separator in it, such as a decimal comma, needs quotes",
        );
        check("0,1,2,8\r\n\r\n1,1,2,8\r\n", ":3: expected 4 values, found 0");
        check("0,1,2,8\r\n2,1,2,8\r\n", ":3: Idx should be 1, or 0 for the next observer, found \"2\"");
        check("1,1,2,8\r\n", ":2: Idx should be 0, found \"1\"");
        check("-1,1,2,8\r\n", ":2: Idx should be 0, found \"-1\"");
        check_error(
            "x, y, duration\r\n1,2,8\r\n",
            ":1: expected the header Idx, x, y, duration, found \"x, y, duration\"",
        );
        check_error(b"Idx, x, y, duration\n0,1,2,8\n1,\xff,2,8\n", ":3: not text");
    }

    #[test]
    fn a_file_without_rows_holds_no_fixation() {
        for text in ["", "\r\n", "Idx, x, y, duration\r\n", "Idx, x, y, duration"] {
            check_error(text, " holds no fixation");
        }
    }

    #[test]
    fn no_damage_makes_the_parser_panic() {
        let text = b"Idx, x, y, duration\r\n0,386,362,8\r\n1,393,333,125\r\n0,590,309,216\r\n";
        for bytes in testing::damaged(text, 20_000, 4) {
            if let Ok(scanpaths) = parse(&bytes, Path::new(PATH)) {
                assert!(scanpaths.iter().all(|scanpath| !scanpath.fixations.is_empty()));
            }
        }
    }

    #[test]
    fn any_level_of_the_published_folder_can_be_opened() {
        for level in ["", "TrainingData", "TrainingDataset/TrainingData"] {
            let folder = tempfile::tempdir().unwrap();
            write_sample(&folder.path().join(level));
            let dataset = Dataset::open(folder.path(), None).unwrap();
            assert_eq!((dataset.name(), dataset.format()), ("Saliency4ASD", Format::Saliency4Asd));
            assert_eq!(dataset.groups(), ["ASD", "TD"]);
            let keys: Vec<_> = dataset.stimuli().iter().map(StimulusEntry::key).collect();
            assert_eq!(keys, ["2", "10", "300"]);
            assert_eq!(dataset.image_size(0).unwrap(), Size { height: 4, width: 6 });
            assert_eq!(
                dataset.notes(),
                [
                    "TD: left out 1 of 3 text files, not named TD_scanpath_<id>.txt",
                    "1 of 3 stimuli has gaze but no image: 300"
                ]
            );
            let missing = dataset.image(2).unwrap_err().to_string();
            let images = Path::new(level).join("Images");
            assert_eq!(missing, format!("stimulus 300 has no image in {}", images.display()));
        }
    }

    #[test]
    fn the_flat_layout_is_read_too() {
        let folder = tempfile::tempdir().unwrap();
        write_sample(&folder.path().join("published"));
        let content = folder.path().join("content");
        std::fs::create_dir_all(content.join("scanpaths")).unwrap();
        std::fs::create_dir_all(content.join("images")).unwrap();
        ::image::RgbImage::new(6, 4).save(content.join("images/1.png")).unwrap();
        for group in GROUPS {
            let from = folder.path().join(format!("published/{group}/{group}_scanpath_2.txt"));
            std::fs::copy(from, content.join(format!("scanpaths/{group}_1.txt"))).unwrap();
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.groups().len()), (Format::Saliency4Asd, 2));
        let gaze = dataset.gaze(0);
        assert_eq!(gaze[1].source, Path::new("content/scanpaths/TD_1.txt"));
        let first = gaze[0].scanpaths.as_ref().unwrap()[0].fixations[1];
        assert_eq!((first.x, first.y), (5.0, 3.0));
        assert_eq!(dataset.image_size(0).unwrap(), Size { height: 4, width: 6 });
    }

    #[test]
    fn a_missing_scanpath_file_is_an_error_of_its_group_alone() {
        let folder = tempfile::tempdir().unwrap();
        write_sample(folder.path());
        let gaze = Dataset::open(folder.path(), None).unwrap().gaze(1);
        assert_eq!(gaze.iter().map(|gaze| gaze.group.as_str()).collect::<Vec<_>>(), ["ASD", "TD"]);
        let (scanpaths, dropped) =
            scanpaths_within(gaze[0].scanpaths.as_ref().unwrap(), Size { height: 4, width: 6 }, &gaze[0].source);
        assert_eq!(scanpaths[0].fixations().points(), [Fixation { x: 0.0, y: 0.0 }, Fixation { x: 5.0, y: 3.0 }]);
        assert!(dropped.is_empty());
        let error = gaze[1].scanpaths.as_ref().unwrap_err();
        assert_eq!(error.to_string(), "TD/TD_scanpath_10.txt does not exist");
        assert_eq!(gaze[1].source, Path::new("TD/TD_scanpath_10.txt"));
    }

    #[test]
    fn the_real_files_read_as_they_are_known() {
        let Some(root) = testing::real_data("saliency4asd") else { return };
        let dataset = Dataset::open(&root, None).unwrap();
        assert_eq!(dataset.stimuli().len(), 150);
        assert_eq!(dataset.stimuli().iter().filter(|stimulus| stimulus.image().is_some()).count(), 60);
        let mut counts = [(0, 0), (0, 0)];
        for index in 0..dataset.stimuli().len() {
            let size = dataset.image_size(index);
            for (gaze, (scanpaths, fixations)) in dataset.gaze(index).into_iter().zip(&mut counts) {
                let raw = gaze.scanpaths.unwrap();
                *scanpaths += raw.len();
                *fixations += raw.iter().map(|scanpath| scanpath.fixations.len()).sum::<usize>();
                if let Ok(size) = size {
                    assert!(scanpaths_within(&raw, size, &gaze.source).1.is_empty(), "none is outside its image");
                }
            }
        }
        assert_eq!(counts, REAL_COUNTS);
    }

    /// The numbers of scanpaths and fixations of ASD and TD in 150 files each, counted with awk: lines that begin with
    /// `0,`, and all lines but the headers.
    const REAL_COUNTS: [(usize, usize); 2] = [(1_944, 16_664), (1_941, 17_177)];
}
