//! Fixations from a table without a dataset around it: on one image, or on others.
//!
//! ```text
//! x,y[,subject]            fixations on one image
//! image,width,height,x,y   fixations on other images, of whatever size, as nonfixations of shuffled AUC
//! ```
//!
//! Coordinates are 0-based pixels. Columns may have any order; other columns are ignored.

use std::{collections::BTreeMap, path::Path};

use gaze_core::Size;

use crate::{
    DataError, RawFixation, RawScanpath,
    files::{
        folder,
        table::{line_of, number},
    },
};

/// The largest table that is read, in bytes.
const LARGEST_TABLE: u64 = 1 << 30;

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

/// Reads fixations on one image from a table with the columns `x`, `y` and, if known, `subject`.
///
/// Returns one scanpath per subject, in the order of first appearance. A table without rows gives none.
///
/// # Errors
///
/// [`DataError`] for a file that cannot be read, a missing column, or a value that is not a number, with its line.
pub fn read_fixations(path: &Path) -> Result<Vec<RawScanpath>, DataError> {
    parse_fixations(&read(path)?, path)
}

/// Reads fixations on one image from the bytes of a table; `name` is their name in errors.
///
/// # Errors
///
/// The errors of [`read_fixations`].
pub fn parse_fixations(bytes: &[u8], name: &Path) -> Result<Vec<RawScanpath>, DataError> {
    let mut scanpaths: Vec<RawScanpath> = Vec::new();
    rows(bytes, name, &["x", "y"], &["subject"], |row| {
        let fixation = RawFixation::from_origin(0.0, row.number("x")?, row.number("y")?, None, Some(row.line));
        let subject = Some(row.text("subject")).filter(|subject| !subject.is_empty()).map(str::to_owned);
        match scanpaths.iter_mut().find(|scanpath| scanpath.observer == subject) {
            Some(scanpath) => scanpath.fixations.push(fixation),
            None => scanpaths.push(RawScanpath { observer: subject, fixations: vec![fixation] }),
        }
        Ok(())
    })?;
    Ok(scanpaths)
}

/// Reads fixations on other images from a table with the columns `image`, `width`, `height`, `x` and `y`.
///
/// # Errors
///
/// The errors of [`read_fixations`], and [`DataError::Value`] for a side that is not a whole number of at least 1 and for
/// an image with two different sizes.
pub fn read_other_fixations(path: &Path) -> Result<Vec<OtherImage>, DataError> {
    let mut images: Vec<OtherImage> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    rows(&read(path)?, path, &["image", "width", "height", "x", "y"], &[], |row| {
        let size = Size { height: row.side("height")?, width: row.side("width")? };
        let fixation = RawFixation::from_origin(0.0, row.number("x")?, row.number("y")?, None, Some(row.line));
        let name = row.text("image");
        let place = *places.entry(name.to_owned()).or_insert_with(|| {
            images.push(OtherImage { name: name.to_owned(), size, fixations: Vec::new() });
            images.len() - 1
        });
        if images[place].size != size {
            return Err(row.wrong("height", &format!("{} (height x width), as before", images[place].size)));
        }
        images[place].fixations.push(fixation);
        Ok(())
    })?;
    Ok(images)
}

struct Row<'a> {
    path: &'a Path,
    line: usize,
    places: &'a BTreeMap<String, usize>,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// Returns the text in a column; it is empty if there is no such column.
    fn text(&self, column: &str) -> &str {
        self.places.get(column).and_then(|&place| self.record.get(place)).unwrap_or_default()
    }

    fn wrong(&self, column: &str, expected: &str) -> DataError {
        let (column, expected) = (column.to_owned(), expected.to_owned());
        let found = self.text(&column).to_owned();
        DataError::Value { path: self.path.to_owned(), line: self.line, column, expected, found }
    }

    fn number(&self, column: &str) -> Result<f64, DataError> {
        let text = self.text(column);
        // Trackers write this for a lost sample. It has no place on the image and is left out later.
        if text.is_empty() || text.eq_ignore_ascii_case("nan") {
            return Ok(f64::NAN);
        }
        number(text).ok_or_else(|| self.wrong(column, "a number"))
    }

    fn side(&self, column: &str) -> Result<usize, DataError> {
        let side = self.text(column).parse().ok().filter(|&side: &usize| side > 0);
        side.ok_or_else(|| self.wrong(column, "a whole number of pixels, at least 1"))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    folder::read(path, path, LARGEST_TABLE)
}

fn rows(
    bytes: &[u8],
    path: &Path,
    required: &[&str],
    optional: &[&str],
    mut each: impl FnMut(&Row<'_>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let line_of = |position: Option<&csv::Position>| line_of(bytes, position);
    let not_text = |error: &csv::Error| DataError::NotText { path: path.to_owned(), line: line_of(error.position()) };
    let header = reader.headers().map_err(|error| not_text(&error))?.clone();
    let mut places = BTreeMap::new();
    for (place, name) in header.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}');
        if required.contains(&name) || optional.contains(&name) {
            places.insert(name.to_owned(), place);
        }
    }
    if required.iter().any(|&name| !places.contains_key(name)) {
        return Err(DataError::Header {
            path: path.to_owned(),
            line: 1,
            expected: format!("with the columns {}", required.join(",")),
            found: header.iter().collect::<Vec<_>>().join(","),
        });
    }
    for record in reader.records() {
        let record = record.map_err(|error| not_text(&error))?;
        let line = line_of(record.position());
        if record.len() != header.len() {
            let (expected, found) = (header.len(), record.len());
            return Err(DataError::Columns { path: path.to_owned(), line, expected, found });
        }
        each(&Row { path, line, places: &places, record: &record })?;
    }
    Ok(())
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
        check_error("x,y\n1,2,3\n", "points.csv:2: expected 2 values, found 3");
        check_error("a,b\n", "points.csv:1: expected the header with the columns x,y, found \"a,b\"");
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
