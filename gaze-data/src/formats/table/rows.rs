//! The rows of a table, of text or Parquet, sorted by stimulus, group and observer.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    path::{Path, PathBuf},
};

use csv::StringRecord;

use crate::{
    DataError, RawFixation, RawScanpath,
    error::some_of,
    files::{
        folder, image,
        table::{TakeRows, number},
    },
    formats::shared::stimuli::GROUP,
};

/// The scanpaths of one image and group, or the first problem among its rows.
pub(super) type Observers = Result<Vec<RawScanpath>, Problem>;

/// A value that is not what its column holds.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    line: usize,
    column: &'static str,
    expected: &'static str,
    found: String,
}

impl Problem {
    /// Turns the problem into an error of a file.
    pub(super) fn at(self, source: &Path) -> DataError {
        let Self { line, column, expected, found } = self;
        let (column, expected) = (column.to_owned(), expected.to_owned());
        DataError::Value { path: source.to_owned(), line, column, expected, found }
    }
}

/// The position of each known column.
#[derive(Default)]
struct Columns {
    image: usize,
    x: usize,
    y: usize,
    subject: Option<usize>,
    duration: Option<usize>,
    start: Option<usize>,
    group: Option<usize>,
}

/// The names of the columns that have a meaning, except that of the groups.
const KNOWN: [&str; 6] = ["image", "x", "y", "subject", "duration_ms", "start_ms"];

/// The default name of the column of the groups.
const GROUP_COLUMN: &str = "group";

/// The names of the groups, the gaze by image and group, and notes.
pub(super) type Sorted = (Vec<String>, BTreeMap<String, BTreeMap<usize, Observers>>, Vec<String>);

/// The rows that were read.
pub(super) struct Rows<'a> {
    source: &'a Path,
    pictures: &'a BTreeMap<String, PathBuf>,
    groups_by: Option<&'a str>,
    columns: Columns,
    groups: Vec<String>,
    images: BTreeMap<String, BTreeMap<usize, Observers>>,
    /// The position of the scanpath of each (image, group, observer) among those of the image and group.
    observers: HashMap<(String, usize, String), usize>,
    notes: Vec<String>,
}

impl<'a> Rows<'a> {
    /// Prepares for a table whose groups are the values of the column `groups_by`, by default of the column called `group`,
    /// if the table has one.
    pub(super) fn new(source: &'a Path, pictures: &'a BTreeMap<String, PathBuf>, groups_by: Option<&'a str>) -> Self {
        Self {
            source,
            pictures,
            groups_by,
            columns: Columns::default(),
            groups: Vec::new(),
            images: BTreeMap::new(),
            observers: HashMap::new(),
            notes: Vec::new(),
        }
    }

    fn group_column(&self) -> &'a str {
        self.groups_by.unwrap_or(GROUP_COLUMN)
    }

    /// Returns the sorted content of the rows; fails if there were no rows.
    pub(super) fn finish(mut self) -> Result<Sorted, DataError> {
        if self.images.is_empty() {
            return Err(DataError::NoFixations { path: self.source.to_owned() });
        }
        Ok((mem::take(&mut self.groups), mem::take(&mut self.images), self.notes))
    }
}

impl TakeRows for Rows<'_> {
    /// Tells whether a column of this name has a meaning.
    fn reads(&self, column: &str) -> bool {
        KNOWN.contains(&column) || column == self.group_column()
    }

    /// Takes the names of the columns, before any row.
    fn header(&mut self, header: &StringRecord) -> Result<(), DataError> {
        let error = |expected: &str| DataError::Header {
            path: self.source.to_owned(),
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
        let group = places.get(self.group_column()).copied();
        if let (Some(column), None) = (self.groups_by, group) {
            return Err(error(&format!("with the column {column}, whose values are the groups")));
        }
        let [image, x, y, subject, duration, start] = KNOWN.map(|name| places.remove(name));
        let (Some(image), Some(x), Some(y)) = (image, x, y) else {
            return Err(error("with at least the columns image,x,y"));
        };
        places.remove(self.group_column());
        if !places.is_empty() {
            let names: Vec<_> = header.iter().filter(|name| places.contains_key(name)).collect();
            let (source, names) = (self.source.display(), some_of(&names));
            self.notes.push(format!("{source}: columns without a meaning here were left out: {names}"));
        }
        self.columns = Columns { image, x, y, subject, duration, start, group };
        if group.is_none() {
            self.groups.push(GROUP.to_owned());
        }
        Ok(())
    }

    /// Takes a row. It fails only if the row names no image or group; any other wrong value is kept as a problem of its
    /// image and group.
    fn push(&mut self, record: &StringRecord, line: usize) -> Result<(), DataError> {
        let value = |place: Option<usize>| place.map_or("", |place| &record[place]);
        let wrong = |column: &str, expected: &str| DataError::Value {
            path: self.source.to_owned(),
            line,
            column: column.to_owned(),
            expected: expected.to_owned(),
            found: String::new(),
        };

        let image = value(Some(self.columns.image));
        if image.is_empty() {
            return Err(wrong("image", "the name of an image"));
        }
        let group = match self.columns.group.map(|place| &record[place]) {
            None => 0,
            Some("") => return Err(wrong(self.group_column(), "the name of a group")),
            Some(name) => self.groups.iter().position(|group| group == name).unwrap_or_else(|| {
                self.groups.push(name.to_owned());
                self.groups.len() - 1
            }),
        };
        let key = key(image, self.pictures);
        let gaze = self.images.entry(key.clone()).or_default().entry(group).or_insert_with(|| Ok(Vec::new()));
        let Ok(scanpaths) = gaze else { return Ok(()) };

        match fixation(record, &self.columns, line) {
            Err(problem) => *gaze = Err(problem),
            Ok(fixation) => {
                let subject = value(self.columns.subject);
                let place = *self.observers.entry((key, group, subject.to_owned())).or_insert_with(|| {
                    let subject = Some(subject.to_owned()).filter(|subject| !subject.is_empty());
                    scanpaths.push(RawScanpath { observer: subject, fixations: Vec::new() });
                    scanpaths.len() - 1
                });
                scanpaths[place].fixations.push(fixation);
            }
        }
        Ok(())
    }
}

fn fixation(record: &StringRecord, columns: &Columns, line: usize) -> Result<RawFixation, Problem> {
    let wrong = |column, expected, text: &str| Problem { line, column, expected, found: text.to_owned() };
    let coordinate = |column, place: usize| {
        let text = &record[place];
        // Trackers write this for a lost sample. It has no place on the image and is left out later.
        if text.is_empty() || text.eq_ignore_ascii_case("nan") {
            return Ok(f64::NAN);
        }
        number(text).ok_or_else(|| wrong(column, "a number", text))
    };
    let optional = |place: Option<usize>| {
        place.map(|place| &record[place]).filter(|text| !text.is_empty() && !text.eq_ignore_ascii_case("nan"))
    };
    let (x, y) = (coordinate("x", columns.x)?, coordinate("y", columns.y)?);
    let duration = optional(columns.duration).map(|text| {
        let expected = "a number of milliseconds, 0 or more, or empty";
        number(text).filter(|&duration| duration >= 0.0).ok_or_else(|| wrong("duration_ms", expected, text))
    });
    let start = optional(columns.start)
        .map(|text| number(text).ok_or_else(|| wrong("start_ms", "a number of milliseconds, or empty", text)));
    let fixation = RawFixation::from_origin(0.0, x, y, duration.transpose()?, Some(line));
    Ok(fixation.starting(start.transpose()?))
}

/// Returns the key of the stimulus that a name stands for: the name of an image, with or without its extension, or of a
/// stimulus without an image.
fn key(name: &str, pictures: &BTreeMap<String, PathBuf>) -> String {
    if pictures.contains_key(name) {
        return name.to_owned();
    }
    let path = Path::new(name);
    let picture = folder::extension(path).is_some_and(|extension| image::EXTENSIONS.contains(&extension.as_str()));
    let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| picture);
    stem.unwrap_or(name).to_owned()
}
