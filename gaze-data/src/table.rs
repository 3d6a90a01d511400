//! A table of fixations beside a folder of images: the format to write by hand.
//!
//! ```text
//! fixations.csv       a header with at least image, x and y; then one fixation a line
//! images/             png, jpg, tiff or bmp
//! dataset.json        optional description
//! ```
//!
//! | column | holds |
//! |---|---|
//! | `image` | name of the image's file, with or without its extension |
//! | `x`, `y` | pixels from the top-left corner, **0-based**: an image of width 800 holds `0 ≤ x < 800` |
//! | `subject` | optional: the observer; rows of one subject and image are in temporal order, others may stand between |
//! | `duration_ms` | optional: duration in milliseconds; may be empty |
//! | `group` | optional: the observer's group; without the column all are in the group `all` |
//!
//! Columns may have any order; others are left out with a note. Without the column `subject` (or where it is empty),
//! the rows of an image and group form one scanpath of an unknown observer.
//!
//! What `dataset.json` may say is described in `description.rs`.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use crate::{
    DataError, GroupGaze, RawFixation, RawScanpath, StimulusEntry,
    dataset::{GazeReader, Index, some_of, without_image},
    description::Description,
    folder, image,
    place::Place,
    saliency4asd::number,
};

const TABLE: &str = "fixations.csv";
const IMAGES: &str = "images";
const GROUP: &str = "all";

/// The largest table that is read, in bytes.
const LARGEST_TABLE: u64 = 1 << 30;

/// Holds the numbers of the table.
pub(crate) struct Table {
    /// By stimulus, then by group.
    gaze: Vec<BTreeMap<usize, Observers>>,
    groups: Vec<String>,
}

/// The scanpaths of one image and group, or the first problem among its rows.
type Observers = Result<Vec<RawScanpath>, Problem>;

/// A value that is not what its column holds.
#[derive(Clone, Debug)]
struct Problem {
    line: usize,
    column: &'static str,
    expected: &'static str,
    found: String,
}

impl Problem {
    fn error(self) -> DataError {
        let Self { line, column, expected, found } = self;
        let (column, expected) = (column.to_owned(), expected.to_owned());
        DataError::Value { path: TABLE.into(), line, column, expected, found }
    }
}

pub(crate) const LAYOUT: &str = "fixations.csv and a folder images";

/// Reads the table and lists the images, or returns `None` if the folder has another layout.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    match place.folder() {
        Some(root) if root.join(TABLE).is_file() && root.join(IMAGES).is_dir() => Table::open(root).map(Some),
        _ => Ok(None),
    }
}

impl Table {
    fn open(root: &Path) -> Result<Index, DataError> {
        let pictures = folder::files_by_stem(root, Path::new(IMAGES), &image::EXTENSIONS)?;
        let mut notes = Vec::new();
        let table = folder::read(&root.join(TABLE), Path::new(TABLE), LARGEST_TABLE)?;
        let mut rows = Rows::read(&table, &pictures, &mut notes)?;

        let keys: BTreeSet<_> = pictures.keys().chain(rows.images.keys()).cloned().collect();
        let mut stimuli: Vec<_> =
            keys.into_iter().map(|key| StimulusEntry::new(key.clone(), pictures.get(&key).cloned())).collect();
        stimuli.sort_by(|a, b| folder::natural_order(&a.key, &b.key));
        notes.extend(without_image(&stimuli));
        let unseen: Vec<_> =
            stimuli.iter().map(StimulusEntry::key).filter(|&key| !rows.images.contains_key(key)).collect();
        if !unseen.is_empty() {
            notes.push(format!("{} of {} stimuli have no gaze: {}", unseen.len(), stimuli.len(), some_of(&unseen)));
        }
        let gaze = stimuli.iter().map(|stimulus| rows.images.remove(&stimulus.key).unwrap_or_default()).collect();

        let description = Description::read(root)?;
        Ok(Index {
            name: description.name.unwrap_or_else(|| folder::name(root)),
            provenance: description.provenance,
            pixels_per_degree: description.pixels_per_degree,
            groups: rows.groups.clone(),
            stimuli,
            images: IMAGES.into(),
            notes,
            reader: Box::new(Self { gaze, groups: rows.groups }),
        })
    }
}

impl GazeReader for Table {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let gaze = |(&group, observers): (&usize, &Observers)| GroupGaze {
            group: self.groups[group].clone(),
            source: TABLE.into(),
            scanpaths: observers.clone().map_err(Problem::error),
        };
        self.gaze.get(index).into_iter().flatten().map(gaze).collect()
    }
}

/// Where each known column stands.
struct Columns {
    image: usize,
    x: usize,
    y: usize,
    subject: Option<usize>,
    duration: Option<usize>,
    group: Option<usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord, notes: &mut Vec<String>) -> Result<Self, DataError> {
        let error = |expected: &str| DataError::Header {
            path: TABLE.into(),
            line: 1,
            expected: expected.to_owned(),
            found: header.iter().collect::<Vec<_>>().join(","),
        };
        let mut places = HashMap::new();
        for (place, name) in header.iter().enumerate() {
            if places.insert(name, place).is_some() {
                return Err(error("with every column named once"));
            }
        }
        let mut find = |name| places.remove(name);
        let required = [find("image"), find("x"), find("y")];
        let (subject, duration, group) = (find("subject"), find("duration_ms"), find("group"));
        let [Some(image), Some(x), Some(y)] = required else {
            return Err(error("with at least the columns image,x,y"));
        };
        if !places.is_empty() {
            let names: Vec<_> = header.iter().filter(|name| places.contains_key(name)).collect();
            notes.push(format!("{TABLE}: columns without a meaning here were left out: {}", some_of(&names)));
        }
        Ok(Self { image, x, y, subject, duration, group })
    }
}

/// The table, sorted by stimulus, group and observer.
struct Rows {
    groups: Vec<String>,
    images: BTreeMap<String, BTreeMap<usize, Observers>>,
}

impl Rows {
    fn read(table: &[u8], pictures: &BTreeMap<String, PathBuf>, notes: &mut Vec<String>) -> Result<Self, DataError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(table);
        let columns = Columns::find(reader.headers().map_err(|error| not_text(table, &error))?, notes)?;
        let width = reader.headers().map_or(0, csv::StringRecord::len);
        let mut rows = Self { groups: Vec::new(), images: BTreeMap::new() };
        if columns.group.is_none() {
            rows.groups.push(GROUP.to_owned());
        }
        // The scanpath of each observer among those of the image and group.
        let mut observers: HashMap<(String, usize, String), usize> = HashMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| not_text(table, &error))?;
            let line = line_of(table, record.position());
            if record.len() != width {
                return Err(DataError::Columns { path: TABLE.into(), line, expected: width, found: record.len() });
            }
            let value = |place: Option<usize>| place.map_or("", |place| &record[place]);
            let wrong = |column, expected, found: &str| Problem { line, column, expected, found: found.to_owned() };

            let image = value(Some(columns.image));
            if image.is_empty() {
                return Err(wrong("image", "the name of an image", image).error());
            }
            let group = match columns.group.map(|place| &record[place]) {
                None => 0,
                Some("") => return Err(wrong("group", "the name of a group", "").error()),
                Some(name) => rows.groups.iter().position(|group| group == name).unwrap_or_else(|| {
                    rows.groups.push(name.to_owned());
                    rows.groups.len() - 1
                }),
            };
            let key = key(image, pictures);
            let gaze = rows.images.entry(key.clone()).or_default().entry(group).or_insert_with(|| Ok(Vec::new()));
            let Ok(scanpaths) = gaze else { continue };

            match fixation(&record, &columns, line) {
                Err(problem) => *gaze = Err(problem),
                Ok(fixation) => {
                    let subject = value(columns.subject);
                    let place = *observers.entry((key, group, subject.to_owned())).or_insert_with(|| {
                        let subject = Some(subject.to_owned()).filter(|subject| !subject.is_empty());
                        scanpaths.push(RawScanpath { subject, fixations: Vec::new() });
                        scanpaths.len() - 1
                    });
                    scanpaths[place].fixations.push(fixation);
                }
            }
        }
        if rows.images.is_empty() {
            return Err(DataError::NoFixations { path: TABLE.into() });
        }
        Ok(rows)
    }
}

fn fixation(record: &csv::StringRecord, columns: &Columns, line: usize) -> Result<RawFixation, Problem> {
    let number_in = |column, place: usize| {
        let text = &record[place];
        // What trackers write for a lost sample. It is no place on the image, and will be dropped as such.
        if text.is_empty() || text.eq_ignore_ascii_case("nan") {
            return Ok(f64::NAN);
        }
        number(text).ok_or_else(|| Problem { line, column, expected: "a number", found: text.to_owned() })
    };
    let (x, y) = (number_in("x", columns.x)?, number_in("y", columns.y)?);
    let duration = columns.duration.map(|place| &record[place]).filter(|text| !text.is_empty());
    let duration = duration.map(|text| {
        let expected = "a number of milliseconds, 0 or more, or empty";
        let found = || Problem { line, column: "duration_ms", expected, found: text.to_owned() };
        number(text).filter(|&duration| duration >= 0.0).ok_or_else(found)
    });
    Ok(RawFixation::from_origin(0.0, x, y, duration.transpose()?, Some(line)))
}

/// The stimulus that a name stands for: a file, a stem, or neither.
fn key(name: &str, pictures: &BTreeMap<String, PathBuf>) -> String {
    if pictures.contains_key(name) {
        return name.to_owned();
    }
    let path = Path::new(name);
    let picture = folder::extension(path).is_some_and(|extension| image::EXTENSIONS.contains(&extension.as_str()));
    let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| picture);
    stem.unwrap_or(name).to_owned()
}

/// In memory, text that is not UTF-8 is all that the CSV reader can complain about.
fn not_text(table: &[u8], error: &csv::Error) -> DataError {
    DataError::NotText { path: TABLE.into(), line: line_of(table, error.position()) }
}

/// The line of a record, counted from 1. The reader's own positions lie before the empty lines that it skipped.
pub(crate) fn line_of(table: &[u8], position: Option<&csv::Position>) -> usize {
    let Some(position) = position else { return 1 };
    let to_usize = |number| usize::try_from(number).unwrap_or(usize::MAX);
    let record = table.get(to_usize(position.byte())..).unwrap_or_default();
    let skipped = record.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n');
    to_usize(position.line()) + skipped.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, Provenance, testing};
    use gaze_core::PixelsPerDegree;
    use std::fs;
    use tempfile::TempDir;

    fn folder(table: impl AsRef<[u8]>) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(IMAGES)).unwrap();
        for name in ["cat.png", "dog.v2.jpg", "10.bmp"] {
            ::image::RgbImage::new(6, 4).save(folder.path().join(IMAGES).join(name)).unwrap();
        }
        fs::write(folder.path().join(TABLE), table).unwrap();
        folder
    }

    fn open(table: impl AsRef<[u8]>) -> Result<Dataset, DataError> {
        Dataset::open(folder(table).path(), None)
    }

    /// What was read, as text: `image group subject x,y x,y`, a line per scanpath or problem.
    fn scanpaths(dataset: &Dataset) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, stimulus) in dataset.stimuli().iter().enumerate() {
            for gaze in dataset.gaze(index) {
                match gaze.scanpaths {
                    Err(error) => lines.push(format!("{} {} {error}", stimulus.key(), gaze.group)),
                    Ok(raw) => lines.extend(raw.iter().map(|path| {
                        let points: Vec<_> =
                            path.fixations.iter().map(|point| format!("{},{}", point.x, point.y)).collect();
                        let subject = path.subject.as_deref().unwrap_or("-");
                        format!("{} {} {subject} {}", stimulus.key(), gaze.group, points.join(" "))
                    })),
                }
            }
        }
        lines
    }

    #[test]
    fn a_minimal_table_is_one_scanpath_per_image() {
        let dataset = open("image,x,y\ncat.png,1.5,2\n10,0,0\ncat,3,1\n").unwrap();
        assert_eq!(dataset.format(), Format::Table);
        assert_eq!(dataset.groups(), ["all"]);
        assert_eq!(scanpaths(&dataset), ["10 all - 0,0", "cat all - 1.5,2 3,1"]);
        assert_eq!(dataset.notes(), ["1 of 3 stimuli have no gaze: dog.v2"]);
        assert_eq!(dataset.pixels_per_degree(), None);
    }

    #[test]
    fn columns_have_any_order_and_observers_may_take_turns() {
        let table = "\u{feff}y, x ,screen,group,duration_ms,image,subject\r\n\
            1,2,a,TD,120,\"dog.v2.jpg\",ann\r\n\
            3,4,a,TD,,dog.v2,bob\r\n\
            5,6,a,ASD,80,dog.v2,ann\r\n\
            7,8,a,TD,90,dog.v2,ann\r\n";
        let dataset = open(table).unwrap();
        assert_eq!(dataset.groups(), ["TD", "ASD"]);
        assert_eq!(scanpaths(&dataset), ["dog.v2 TD ann 2,1 8,7", "dog.v2 TD bob 4,3", "dog.v2 ASD ann 6,5"]);
        assert_eq!(dataset.notes()[0], "fixations.csv: columns without a meaning here were left out: screen");
        let raw = dataset.gaze(2).remove(0).scanpaths.unwrap();
        assert_eq!(
            raw[0].fixations.iter().map(|point| point.duration_ms).collect::<Vec<_>>(),
            [Some(120.0), Some(90.0)]
        );
        assert_eq!(raw[1].fixations[0].duration_ms, None);
    }

    #[test]
    fn a_lost_sample_keeps_its_row_and_has_no_place() {
        let dataset = open("image,x,y\ncat,1,2\ncat,NaN,3\ncat,,\ncat,4,3\n").unwrap();
        let size = gaze_core::Size { height: 4, width: 6 };
        let index = dataset.stimuli().iter().position(|stimulus| stimulus.key() == "cat").unwrap();
        let gaze = dataset.gaze(index).remove(0);
        let (scanpaths, dropped) = crate::scanpaths_within(&gaze.scanpaths.unwrap(), size, &gaze.source);
        assert_eq!(scanpaths[0].fixations().len(), 2);
        let lines: Vec<_> = dropped.iter().map(|fixation| fixation.fixation.line).collect();
        assert_eq!(lines, [Some(3), Some(4)]);
    }

    #[test]
    fn pictures_with_one_stem_go_by_their_whole_names() {
        let folder = folder("image,x,y\ncat.png,1,2\ncat,1,1\n");
        ::image::RgbImage::new(6, 4).save(folder.path().join(IMAGES).join("cat.jpg")).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let keys: Vec<_> = dataset.stimuli().iter().map(|s| (s.key(), s.image().is_some())).collect();
        assert_eq!(keys, [("10", true), ("cat", false), ("cat.jpg", true), ("cat.png", true), ("dog.v2", true)]);
    }

    #[test]
    fn a_wrong_value_spoils_its_image_and_group_alone() {
        let dataset = open("image,x,y\ncat,1,1\n\ncat,2,2l\n10,3,3\ncat,4,4\n").unwrap();
        assert_eq!(
            scanpaths(&dataset),
            ["10 all - 3,3", "cat all fixations.csv:4: y should be a number, found \"2l\""]
        );
        let dataset = open("image,x,y,duration_ms\ncat,1,1,-3\n").unwrap();
        let problem = "duration_ms should be a number of milliseconds, 0 or more, or empty, found \"-3\"";
        assert_eq!(scanpaths(&dataset), [format!("cat all fixations.csv:2: {problem}")]);
    }

    #[test]
    fn a_description_is_taken_over() {
        let folder = folder("image,x,y\ncat,1,1\n");
        let text = r#"{"name": "My study", "gaze": "simulated", "pixels_per_degree": 35.2}"#;
        fs::write(folder.path().join("dataset.json"), text).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.name(), dataset.provenance()), ("My study", Provenance::Simulated));
        assert_eq!(dataset.pixels_per_degree(), PixelsPerDegree::new(35.2).ok());
    }

    #[test]
    fn gaze_without_an_image_is_a_stimulus_without_one() {
        let dataset = open("image,x,y\ncow.png,1,1\ncow,2,2\ncow.v2,3,3\ncat,1,1\n").unwrap();
        assert_eq!(scanpaths(&dataset), ["cat all - 1,1", "cow all - 1,1 2,2", "cow.v2 all - 3,3"]);
        assert_eq!(dataset.notes()[0], "2 of 5 stimuli have gaze but no image: cow, cow.v2");
        let error = dataset.image_size(2).unwrap_err();
        assert_eq!(error.to_string(), "stimulus cow has no image in images");
    }

    #[track_caller]
    fn check_error(table: impl AsRef<[u8]>, expected: &str) {
        assert_eq!(open(table).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_table_that_is_none_says_where() {
        check_error("", "fixations.csv:1: expected the header with at least the columns image,x,y, found \"\"");
        check_error(
            "a,x,y\n",
            "fixations.csv:1: expected the header with at least the columns image,x,y, found \"a,x,y\"",
        );
        check_error(
            "image,x,y,x\n",
            "fixations.csv:1: expected the header with every column named once, found \"image,x,y,x\"",
        );
        check_error("image,x,y\n", "fixations.csv holds no fixation");
        check_error("image,x,y\ncat,1,1\ncat,1\n", "fixations.csv:3: expected 3 values, found 2");
        check_error("image,x,y\ncat,1,1,1\n", "fixations.csv:2: expected 3 values, found 4");
        check_error("image,x,y\n,1,1\n", "fixations.csv:2: image should be the name of an image, found \"\"");
        check_error("image,x,y,group\na,1,1,\n", "fixations.csv:2: group should be the name of a group, found \"\"");
        check_error(b"image,x,y\ncat,1,1\nc\xffat,1,1\n", "fixations.csv:3: not valid UTF-8 text");
    }

    #[test]
    fn no_damage_makes_the_reader_panic() {
        let table = b"image,subject,x,y,duration_ms,group\ncat.png,\"ann\",1,2,3,a\n10,bob,1.5,2,,b\n";
        let pictures = BTreeMap::from([("cat".to_owned(), PathBuf::new())]);
        for bytes in testing::damaged(table, 20_000, 5) {
            let _ = Rows::read(&bytes, &pictures, &mut Vec::new());
        }
    }
}
