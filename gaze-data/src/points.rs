//! Fixations from a file without a dataset around it: on one image, or on others.
//!
//! ```text
//! x,y[,subject][,duration_ms]   fixations on one image
//! image,width,height,x,y        fixations on other images, of whatever size, as nonfixations of shuffled AUC
//! ```
//!
//! Coordinates are 0-based pixels. Columns may have any order; other columns are ignored. Fixations on one image may also be a
//! map of fixations: a picture or an array in which every pixel that is not 0 was fixated.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use csv::StringRecord;
use gaze_core::Size;

use crate::{
    Columns, DataError, GazeOptions, RawFixation, RawScanpath, StoredMap,
    files::{
        folder,
        table::{self, Kind, LARGEST_TABLE, TakeRows, column, is_lost, number},
    },
    predictions::{decode_map, is_map},
};

/// The fixations on one image, with what was recognised in their file.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadFixations {
    /// One scanpath per subject, in the order of first appearance. A table without rows gives none, a map one.
    pub scanpaths: Vec<RawScanpath>,
    /// The size of a map of fixations; `None` for a table, which does not state the size of its image.
    pub size: Option<Size>,
    /// Sentences about what was recognised or left out.
    pub notes: Vec<String>,
}

/// The fixations on an image other than the one that is scored.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherImage {
    /// The name of the image.
    pub name: String,
    /// The size of the image.
    pub size: Size,
    /// The fixations on it.
    pub fixations: Vec<RawFixation>,
}

/// Reads fixations on one image from a table with the columns `x`, `y` and, if known, `subject` and `duration_ms`, or from a map
/// of fixations in any file that [`read_map`](crate::read_map) reads. The units are still those of the file.
///
/// # Errors
///
/// [`DataError`] for a file that cannot be read, a missing column, or a value that is not a number, with its line, and for a map
/// with more than two values.
pub fn read_fixations(path: &Path, options: &GazeOptions) -> Result<ReadFixations, DataError> {
    if Kind::of(path).is_none() && is_map(path) {
        return of_map(crate::read_map(path, None)?);
    }
    if matches!(Kind::of(path), Some(Kind::Parquet)) {
        let mut rows = OneImage::new(path, &options.columns);
        let (root, name) = (path.parent().unwrap_or(Path::new("")), Path::new(path.file_name().unwrap_or_default()));
        table::read(root, name, &mut rows)?;
        return Ok(rows.finish(None));
    }
    parse_fixations(&read(path)?, path, options)
}

/// Reads fixations on one image from the bytes of a file, as [`read_fixations`] does; `name` is their name in errors.
///
/// # Errors
///
/// The errors of [`read_fixations`].
pub fn parse_fixations(bytes: &[u8], name: &Path, options: &GazeOptions) -> Result<ReadFixations, DataError> {
    let beginning = &bytes[..bytes.len().min(8)];
    let is_binary = matches!(
        beginning,
        [0x93, b'N', b'U', ..]
            | [0x89, ..]
            | [0xff, 0xd8, ..]
            | [b'M', b'A', b'T', b'L', ..]
            | [b'G', b'I', b'F', b'8', ..]
    );
    if is_binary {
        return of_map(decode_map(bytes.to_vec(), name, None)?);
    }
    let mut rows = OneImage::new(name, &options.columns);
    let separator = if let Some(Kind::Text(separator)) = Kind::of(name) { separator } else { b',' };
    let recognised = table::text::read(bytes, name, separator, &mut rows)?;
    Ok(rows.finish(recognised))
}

/// Takes a map of fixations.
fn of_map(map: StoredMap) -> Result<ReadFixations, DataError> {
    let size = Some(map.size());
    let note = "the fixations are the pixels of a map that are not 0; each counts once, without its observer";
    Ok(ReadFixations { scanpaths: vec![map.fixations()?], size, notes: vec![note.to_owned()] })
}

/// The rows of a table of fixations on one image.
struct OneImage<'a> {
    path: &'a Path,
    columns: &'a Columns,
    x: usize,
    y: usize,
    subject: Option<usize>,
    duration: Option<usize>,
    scanpaths: Vec<RawScanpath>,
    /// The position of the scanpath of each subject.
    subjects: HashMap<String, usize>,
}

impl<'a> OneImage<'a> {
    fn new(path: &'a Path, columns: &'a Columns) -> Self {
        let (scanpaths, subjects) = (Vec::new(), HashMap::new());
        Self { path, columns, x: 0, y: 0, subject: None, duration: None, scanpaths, subjects }
    }

    fn finish(self, recognised: Option<String>) -> ReadFixations {
        let notes = recognised.map(|dialect| format!("{}: {dialect}", self.path.display())).into_iter().collect();
        ReadFixations { scanpaths: self.scanpaths, size: None, notes }
    }
}

impl TakeRows for OneImage<'_> {
    fn header(&mut self, header: &StringRecord) -> Result<(), DataError> {
        let place = |name: &str| column(header, self.columns.named(name));
        let [x, y] = ["x", "y"].map(place);
        (self.subject, self.duration) = (place("subject"), place("duration_ms"));
        (self.x, self.y) = both(x, y, header, self.path, "x,y")?;
        Ok(())
    }

    fn reads(&self, column: &str) -> bool {
        ["x", "y", "subject", "duration_ms"].iter().any(|name| self.columns.named(name).eq_ignore_ascii_case(column))
    }

    fn is_number(&self, column: &str) -> bool {
        ["x", "y", "duration_ms"].iter().any(|name| self.columns.named(name).eq_ignore_ascii_case(column))
    }

    fn push(&mut self, record: &StringRecord, line: usize) -> Result<(), DataError> {
        let row = Row { path: self.path, line, record };
        let (x, y) = (row.number("x", self.x)?, row.number("y", self.y)?);
        let duration = self.duration.map(|place| row.number("duration_ms", place)).transpose()?;
        let duration = duration.filter(|duration| *duration >= 0.0);
        let fixation = RawFixation::from_origin(0.0, x, y, duration, Some(line));
        let subject = self.subject.map(|place| row.text(place)).filter(|subject| !is_lost(subject));
        let place = *self.subjects.entry(subject.unwrap_or_default().to_owned()).or_insert_with(|| {
            self.scanpaths.push(RawScanpath { observer: subject.map(str::to_owned), fixations: Vec::new() });
            self.scanpaths.len() - 1
        });
        self.scanpaths[place].fixations.push(fixation);
        Ok(())
    }
}

/// Returns the places of two columns, or says which columns a table should have.
fn both(
    x: Option<usize>,
    y: Option<usize>,
    header: &StringRecord,
    path: &Path,
    names: &str,
) -> Result<(usize, usize), DataError> {
    if let (Some(x), Some(y)) = (x, y) {
        return Ok((x, y));
    }
    let is_data = !header.is_empty() && header.iter().all(|name| is_lost(name) || number(name).is_some());
    let way_out = if is_data {
        " before the first row of numbers".to_owned()
    } else {
        let columns: Vec<String> = names.split(',').map(|name| format!("{name}=NAME")).collect();
        format!(" (other names: --columns {})", columns.join(","))
    };
    let found = header.iter().collect::<Vec<_>>().join(",");
    let found = if is_data || header.len() > 1 || !found.contains(' ') {
        found
    } else {
        format!("{found} (columns are separated by , ; or tab, not by spaces)")
    };
    Err(DataError::Header {
        path: path.to_owned(),
        line: 1,
        expected: format!("with the columns {names}{way_out}"),
        found,
    })
}

/// Reads fixations on other images from a table with the columns `image`, `width`, `height`, `x` and `y`.
///
/// # Errors
///
/// The errors of [`read_fixations`], and [`DataError::Value`] for a side that is not a whole number of at least 1 and for
/// an image with two different sizes.
pub fn read_other_fixations(path: &Path) -> Result<Vec<OtherImage>, DataError> {
    let mut rows = Others { path, places: [0; 5], images: Vec::new(), known: BTreeMap::new() };
    let separator = if let Some(Kind::Text(separator)) = Kind::of(path) { separator } else { b',' };
    table::text::read(&read(path)?, path, separator, &mut rows)?;
    Ok(rows.images)
}

/// The columns of a table of fixations on other images.
const OTHERS: [&str; 5] = ["image", "width", "height", "x", "y"];

/// The rows of a table of fixations on other images.
struct Others<'a> {
    path: &'a Path,
    places: [usize; 5],
    images: Vec<OtherImage>,
    known: BTreeMap<String, usize>,
}

impl TakeRows for Others<'_> {
    fn header(&mut self, header: &StringRecord) -> Result<(), DataError> {
        for (place, name) in self.places.iter_mut().zip(OTHERS) {
            let found = column(header, name);
            (*place, _) = both(found, found, header, self.path, &OTHERS.join(","))?;
        }
        Ok(())
    }

    fn reads(&self, column: &str) -> bool {
        OTHERS.iter().any(|name| name.eq_ignore_ascii_case(column))
    }

    fn is_number(&self, column: &str) -> bool {
        OTHERS[1..].iter().any(|name| name.eq_ignore_ascii_case(column))
    }

    fn push(&mut self, record: &StringRecord, line: usize) -> Result<(), DataError> {
        let row = Row { path: self.path, line, record };
        let [image, width, height, x, y] = self.places;
        let size = Size { height: row.side("height", height)?, width: row.side("width", width)? };
        let fixation = RawFixation::from_origin(0.0, row.number("x", x)?, row.number("y", y)?, None, Some(line));
        let name = row.text(image);
        let place = *self.known.entry(name.to_owned()).or_insert_with(|| {
            self.images.push(OtherImage { name: name.to_owned(), size, fixations: Vec::new() });
            self.images.len() - 1
        });
        if self.images[place].size != size {
            let expected = format!("{} (height x width), as before", self.images[place].size);
            return Err(row.wrong("height", height, &expected));
        }
        self.images[place].fixations.push(fixation);
        Ok(())
    }
}

struct Row<'a> {
    path: &'a Path,
    line: usize,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn text(&self, place: usize) -> &str {
        self.record.get(place).unwrap_or_default()
    }

    fn wrong(&self, column: &str, place: usize, expected: &str) -> DataError {
        let (column, expected) = (column.to_owned(), expected.to_owned());
        let found = self.text(place).to_owned();
        DataError::Value { path: self.path.to_owned(), line: self.line, column, expected, found }
    }

    fn number(&self, column: &str, place: usize) -> Result<f64, DataError> {
        let text = self.text(place);
        // A lost sample has no place on the image and is left out later.
        if is_lost(text) {
            return Ok(f64::NAN);
        }
        number(text).ok_or_else(|| self.wrong(column, place, "a number"))
    }

    fn side(&self, column: &str, place: usize) -> Result<usize, DataError> {
        let side = self.text(place).parse().ok().filter(|&side: &usize| side > 0);
        side.ok_or_else(|| self.wrong(column, place, "a whole number of pixels, at least 1"))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    folder::read(path, path, LARGEST_TABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("points.csv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn read_fixations(path: &Path) -> Result<Vec<RawScanpath>, DataError> {
        super::read_fixations(path, &GazeOptions::default()).map(|read| read.scanpaths)
    }

    #[test]
    fn fixations_are_grouped_by_subject() {
        let (_folder, path) = table("\u{feff}subject,y,x,screen\r\nann,2,1,a\r\nbob,4,3,a\r\nann,NaN,5,a\r\n");
        let scanpaths = read_fixations(&path).unwrap();
        assert_eq!(scanpaths.len(), 2);
        assert_eq!(scanpaths[0].observer.as_deref(), Some("ann"));
        assert_eq!((scanpaths[0].fixations[0].x, scanpaths[0].fixations[0].line), (1.0, Some(2)));
        assert!(scanpaths[0].fixations[1].y.is_nan());
        let (_folder, path) = table("x,y\n");
        assert_eq!(read_fixations(&path).unwrap(), []);
    }

    #[test]
    fn a_map_of_fixations_is_read_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut map = ::image::GrayImage::new(8, 6);
        map.put_pixel(7, 2, ::image::Luma([255]));
        let png = folder.path().join("fix.png");
        map.save(&png).unwrap();
        let array = ndarray::Array2::from_shape_fn((6, 8), |place| if place == (2, 7) { 1.0 } else { 0.0 });
        let npy = folder.path().join("fix.npy");
        std::fs::write(&npy, crate::files::npy::encode_f64(&array)).unwrap();
        for path in [png, npy] {
            let read = super::read_fixations(&path, &GazeOptions::default()).unwrap();
            assert_eq!(read.size, Some(Size { height: 6, width: 8 }));
            let points: Vec<_> = read.scanpaths[0].fixations.iter().map(|point| (point.x, point.y)).collect();
            assert_eq!(points, [(7.0, 2.0)]);
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(
                parse_fixations(&bytes, Path::new("standard input"), &GazeOptions::default()).unwrap().size,
                read.size
            );
        }
    }

    #[test]
    fn other_images_keep_their_sizes() {
        let (_folder, path) = table("image,width,height,x,y\na,8,6,1,2\nb,4,3,0,0\na,8,6,7,5\n");
        let images = read_other_fixations(&path).unwrap();
        assert_eq!(images.iter().map(|image| image.fixations.len()).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(images[1].size, Size { height: 3, width: 4 });
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let (_folder, path) = table(text);
        let (one, other) = (read_fixations(&path), read_other_fixations(&path));
        let messages = [one.map(drop), other.map(drop)].map(|r| r.err().map(|error| error.to_string()));
        assert!(messages.iter().flatten().any(|message| message.ends_with(expected)), "{messages:?}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check_error("x,y\n1,2\n1,2o\n", "points.csv:3: y should be a number, found \"2o\"");
        check_error(
            "x,y\n1,2,3\n",
            "points.csv:2: expected 2 values, found 3; a value with a separator in it, such as a decimal comma, needs quotes",
        );
        check_error(
            "a,b\n",
            "points.csv:1: expected the header with the columns x,y (other names: --columns x=NAME,y=NAME), found \"a,b\"",
        );
        check_error(
            "10.5,20.5\n30,40\n",
            "points.csv:1: expected the header with the columns x,y before the first row of numbers, found \"10.5,20.5\"",
        );
        check_error(
            "image,width,height,x,y\na,0,6,1,2\n",
            "points.csv:2: width should be a whole number of pixels, at least 1, found \"0\"",
        );
        check_error(
            "image,width,height,x,y\na,8,6,1,2\na,8,7,1,2\n",
            "points.csv:3: height should be 6x8 (height x width), as before, found \"7\"",
        );
        assert!(read_fixations(Path::new("no/such.csv")).unwrap_err().to_string().ends_with("does not exist"));
    }
}
