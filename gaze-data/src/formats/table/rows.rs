//! The rows of a table, of text or Parquet, sorted by stimulus, group and observer.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use csv::StringRecord;

use crate::{
    Columns, DataError, RawFixation, RawScanpath,
    error::some_of,
    files::table::{TakeRows, column, is_lost, number},
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
struct Places {
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

/// The columns that hold numbers.
const NUMBERS: [&str; 4] = ["x", "y", "duration_ms", "start_ms"];

/// The default name of the column of the groups.
const GROUP_COLUMN: &str = "group";

/// The names of the groups, the gaze by the name of the image and group, and notes.
pub(super) type Sorted = (Vec<String>, Vec<(String, BTreeMap<usize, Observers>)>, Vec<String>);

/// The rows of a kind that are left out or changed: their number, and the line of the first.
#[derive(Default)]
struct Told {
    count: usize,
    first: usize,
}

impl Told {
    fn add(&mut self, line: usize) {
        self.count += 1;
        if self.count == 1 {
            self.first = line;
        }
    }

    fn note(&self, source: &Path, what: &str) -> Option<String> {
        let Self { count, first } = self;
        let source = source.display();
        match count {
            0 => None,
            1 => Some(format!("{source}:{first}: 1 row {what}")),
            _ => Some(format!("{source}: {count} rows {what}; the first is line {first}")),
        }
    }
}

/// The rows that were read.
pub(super) struct Rows<'a> {
    source: &'a Path,
    names: &'a Columns,
    groups_by: Option<&'a str>,
    places: Places,
    groups: Vec<String>,
    group_places: HashMap<String, usize>,
    images: Vec<(String, BTreeMap<usize, Observers>)>,
    /// The position of each name among the images.
    image_places: HashMap<String, usize>,
    /// The position of the scanpath of each (image, group, observer) among those of the image and group.
    observers: HashMap<(usize, usize, String), usize>,
    without_image: Told,
    without_group: Told,
    negative_durations: Told,
    notes: Vec<String>,
}

impl<'a> Rows<'a> {
    /// Prepares for a table whose groups are the values of the column `groups_by`, by default of the column called `group`,
    /// if the table has one. `names` are those of columns that are called otherwise.
    pub(super) fn new(source: &'a Path, names: &'a Columns, groups_by: Option<&'a str>) -> Self {
        Self {
            source,
            names,
            groups_by,
            places: Places::default(),
            groups: Vec::new(),
            group_places: HashMap::new(),
            images: Vec::new(),
            image_places: HashMap::new(),
            observers: HashMap::new(),
            without_image: Told::default(),
            without_group: Told::default(),
            negative_durations: Told::default(),
            notes: Vec::new(),
        }
    }

    fn group_column(&self) -> &'a str {
        self.groups_by.unwrap_or_else(|| self.names.named(GROUP_COLUMN))
    }

    /// Returns the sorted content of the rows; fails if there were no rows.
    pub(super) fn finish(self) -> Result<Sorted, DataError> {
        if self.images.is_empty() {
            return Err(DataError::NoFixations { path: self.source.to_owned() });
        }
        let mut notes = self.notes;
        notes.extend(self.without_image.note(self.source, "without the name of an image left out"));
        notes.extend(self.without_group.note(self.source, "without the name of a group left out"));
        notes.extend(self.negative_durations.note(self.source, "with a duration below 0, which counts as unknown"));
        Ok((self.groups, self.images, notes))
    }

    fn fixation(&mut self, record: &StringRecord, line: usize) -> Result<RawFixation, Problem> {
        let wrong = |column, expected, text: &str| Problem { line, column, expected, found: text.to_owned() };
        let value = |place: usize| Some(&record[place]).filter(|text| !is_lost(text));
        // A lost sample has no place on the image and is left out later.
        let coordinate = |column, place: usize| match value(place) {
            None => Ok(f64::NAN),
            Some(text) => number(text).ok_or_else(|| wrong(column, "a number", text)),
        };
        let time = |column, place: Option<usize>| {
            let parse = |text| number(text).ok_or_else(|| wrong(column, "a number of milliseconds", text));
            place.and_then(value).map(parse).transpose()
        };
        let (x, y) = (coordinate("x", self.places.x)?, coordinate("y", self.places.y)?);
        let duration = time("duration_ms", self.places.duration)?;
        let start = time("start_ms", self.places.start)?;
        if duration.is_some_and(|duration| duration < 0.0) {
            self.negative_durations.add(line);
        }
        let duration = duration.filter(|duration| *duration >= 0.0);
        Ok(RawFixation::from_origin(0.0, x, y, duration, Some(line)).starting(start))
    }
}

/// Adds the gaze of another name of the same stimulus. Fixations and observers keep the order of their lines.
pub(super) fn join(groups: &mut BTreeMap<usize, Observers>, group: usize, observers: Observers) {
    let Some(known) = groups.get_mut(&group) else {
        groups.insert(group, observers);
        return;
    };
    match (known, observers) {
        (Err(problem), Err(other)) if other.line < problem.line => *problem = other,
        (Err(_), _) => {}
        (known, Err(problem)) => *known = Err(problem),
        (Ok(known), Ok(others)) => {
            for other in others {
                match known.iter_mut().find(|scanpath| scanpath.observer == other.observer) {
                    Some(scanpath) => {
                        scanpath.fixations.extend(other.fixations);
                        scanpath.fixations.sort_by_key(|fixation| fixation.line);
                    }
                    None => known.push(other),
                }
            }
            known.sort_by_key(|scanpath| scanpath.fixations.first().and_then(|fixation| fixation.line));
        }
    }
}

impl TakeRows for Rows<'_> {
    /// Tells whether a column of this name has a meaning.
    fn reads(&self, column: &str) -> bool {
        let same = |known: &str| self.names.named(known).eq_ignore_ascii_case(column);
        KNOWN.into_iter().any(same) || column.eq_ignore_ascii_case(self.group_column())
    }

    fn is_number(&self, column: &str) -> bool {
        NUMBERS.into_iter().any(|known| self.names.named(known).eq_ignore_ascii_case(column))
    }

    /// Takes the names of the columns, before any row.
    fn header(&mut self, header: &StringRecord) -> Result<(), DataError> {
        let error = |expected: &str| DataError::Header {
            path: self.source.to_owned(),
            line: 1,
            expected: expected.to_owned(),
            found: header.iter().collect::<Vec<_>>().join(","),
        };
        for known in KNOWN.into_iter().chain([GROUP_COLUMN]) {
            let name = self.names.named(known);
            if header.iter().filter(|other| *other == name).count() > 1 {
                return Err(error("with every column named once"));
            }
            if self.names.has(known) && column(header, name).is_none() {
                return Err(error(&format!("with the column {name}, which is to hold {known}")));
            }
        }
        let group = column(header, self.group_column());
        if let (Some(column), None) = (self.groups_by, group) {
            return Err(error(&format!("with the column {column}, whose values are the groups")));
        }
        let [image, x, y, subject, duration, start] = KNOWN.map(|name| column(header, self.names.named(name)));
        let (Some(image), Some(x), Some(y)) = (image, x, y) else {
            let is_data = !header.is_empty() && header.iter().all(|name| is_lost(name) || number(name).is_some());
            return Err(error(if is_data {
                "with at least the columns image,x,y before the first row of numbers"
            } else {
                "with at least the columns image,x,y (other names: --columns image=NAME,x=NAME,y=NAME)"
            }));
        };
        let used = [Some(image), Some(x), Some(y), subject, duration, start, group];
        let unused =
            header.iter().enumerate().filter(|(place, name)| !name.is_empty() && !used.contains(&Some(*place)));
        let unused: Vec<&str> = unused.map(|(_, name)| name).collect();
        if !unused.is_empty() {
            let (source, names) = (self.source.display(), some_of(&unused));
            self.notes.push(format!("{source}: columns without a meaning here were left out: {names}"));
        }
        self.places = Places { image, x, y, subject, duration, start, group };
        if group.is_none() {
            self.groups.push(GROUP.to_owned());
        }
        Ok(())
    }

    /// Takes a row. A wrong value is kept as a problem of its image and group.
    fn push(&mut self, record: &StringRecord, line: usize) -> Result<(), DataError> {
        let image = &record[self.places.image];
        if is_lost(image) {
            self.without_image.add(line);
            return Ok(());
        }
        let group = match self.places.group.map(|place| &record[place]) {
            None => 0,
            Some(name) if is_lost(name) => {
                self.without_group.add(line);
                return Ok(());
            }
            Some(name) => match self.group_places.get(name) {
                Some(&place) => place,
                None => {
                    self.groups.push(name.to_owned());
                    self.group_places.insert(name.to_owned(), self.groups.len() - 1);
                    self.groups.len() - 1
                }
            },
        };
        let image = match self.image_places.get(image) {
            Some(&place) => place,
            None => {
                self.images.push((image.to_owned(), BTreeMap::new()));
                self.image_places.insert(image.to_owned(), self.images.len() - 1);
                self.images.len() - 1
            }
        };
        if matches!(self.images[image].1.get(&group), Some(Err(_))) {
            return Ok(());
        }
        let fixation = self.fixation(record, line);
        let gaze = self.images[image].1.entry(group).or_insert_with(|| Ok(Vec::new()));
        match (gaze, fixation) {
            (gaze, Err(problem)) => *gaze = Err(problem),
            (Err(_), _) => {}
            (Ok(scanpaths), Ok(fixation)) => {
                let subject = self.places.subject.map(|place| &record[place]).filter(|subject| !is_lost(subject));
                let key = (image, group, subject.unwrap_or_default().to_owned());
                let place = *self.observers.entry(key).or_insert_with(|| {
                    scanpaths.push(RawScanpath { observer: subject.map(str::to_owned), fixations: Vec::new() });
                    scanpaths.len() - 1
                });
                scanpaths[place].fixations.push(fixation);
            }
        }
        Ok(())
    }
}
