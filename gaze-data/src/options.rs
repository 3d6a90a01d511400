//! The choices with which a dataset is opened, and fixations are read.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use gaze_core::Size;

use crate::{Background, DataError, DropReason, Format, RawScanpath};

/// The choices with which a dataset is opened. Everything has a default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatasetOptions {
    /// The format; `None` to recognise it.
    pub format: Option<Format>,
    /// The column of a table, or of the `participants.tsv` of recordings, whose values are the groups; `None` for the column called
    /// `group`, if there is one.
    pub group_column: Option<String>,
    /// The way in which gaze is written.
    pub gaze: GazeOptions,
    /// The color that transparent pictures are laid over.
    pub background: Background,
}

/// The way in which gaze is written, where a file does not say so itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GazeOptions {
    /// The columns of a table.
    pub columns: Columns,
    /// The units of coordinates and times.
    pub units: Units,
    /// The coordinates that stand for a lost sample, `(0, 0)` for example, as they are written.
    pub lost: Option<LostAt>,
}

impl GazeOptions {
    /// Tells whether any number of the gaze is changed or left out.
    pub(crate) fn changes(&self) -> bool {
        self.units != Units::default() || self.lost.is_some()
    }

    /// Brings gaze into pixels and milliseconds, and marks the samples that are lost. `size` is asked for the size of the image
    /// if it is needed.
    ///
    /// # Errors
    ///
    /// The error of `size`.
    pub fn apply(
        &self,
        mut scanpaths: Vec<RawScanpath>,
        size: impl Fn() -> Result<Size, DataError>,
    ) -> Result<Vec<RawScanpath>, DataError> {
        let part = match self.units.coordinates {
            CoordinateUnit::Pixels => None,
            CoordinateUnit::Normalised => Some(1.0),
            CoordinateUnit::Percent => Some(0.01),
        };
        let scale =
            part.map(|part| size().map(|size| (part * size.width as f64, part * size.height as f64))).transpose()?;
        for fixation in scanpaths.iter_mut().flat_map(|scanpath| &mut scanpath.fixations) {
            #[expect(clippy::float_cmp, reason = "lost samples are written with the same digits")]
            let is_lost = self.lost.is_some_and(|lost| lost.x == fixation.written_x && lost.y == fixation.written_y);
            if is_lost {
                fixation.excluded = Some(DropReason::Lost);
            }
            if let Some((width, height)) = scale {
                (fixation.x, fixation.y) = (fixation.x * width, fixation.y * height);
            }
            if self.units.times == TimeUnit::Seconds {
                fixation.start_ms = fixation.start_ms.map(|time| time * 1000.0);
                fixation.duration_ms = fixation.duration_ms.map(|time| time * 1000.0);
            }
        }
        Ok(scanpaths)
    }
}

/// The names of the columns of a table, where they differ from the usual ones: `x=FPOGX,y=FPOGY,image=MEDIA_NAME`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Columns(BTreeMap<String, String>);

impl Columns {
    /// The names of the columns that have a meaning.
    pub const KNOWN: [&str; 9] = ["image", "x", "y", "subject", "duration_ms", "start_ms", "group", "width", "height"];

    /// Returns the name in the table of a column that has a meaning.
    pub(crate) fn named<'a>(&'a self, column: &'a str) -> &'a str {
        self.0.get(column).map_or(column, String::as_str)
    }

    /// Tells whether a name was given for the column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }
}

/// A text that maps no columns.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} names no column: write COLUMN=NAME,… with a COLUMN of {}", Columns::KNOWN.join(", "))]
pub struct NoColumns {
    /// The part of the text that is wrong.
    pub found: String,
}

impl FromStr for Columns {
    type Err = NoColumns;

    fn from_str(text: &str) -> Result<Self, NoColumns> {
        let mut names = BTreeMap::new();
        let mut last: Option<String> = None;
        for part in text.split(',') {
            let known = part.split_once('=').map(|(column, name)| (column.trim(), name));
            match known.filter(|(column, _)| Self::KNOWN.contains(column)) {
                Some((column, name)) => {
                    last = Some(column.to_owned());
                    names.insert(column.to_owned(), name.trim().to_owned());
                }
                // The name of a column may have a comma.
                None => match last.as_ref().and_then(|column| names.get_mut(column)) {
                    Some(name) => *name = format!("{name},{part}"),
                    None => return Err(NoColumns { found: part.to_owned() }),
                },
            }
        }
        match names.iter().find(|(_, name)| name.is_empty()) {
            Some((column, _)) => Err(NoColumns { found: format!("{column}=") }),
            None => Ok(Self(names)),
        }
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(|(column, name)| format!("{column}={name}")).collect();
        f.write_str(&names.join(","))
    }
}

impl TryFrom<String> for Columns {
    type Error = NoColumns;

    fn try_from(text: String) -> Result<Self, NoColumns> {
        if text.is_empty() { Ok(Self::default()) } else { text.parse() }
    }
}

impl From<Columns> for String {
    fn from(columns: Columns) -> Self {
        columns.to_string()
    }
}

/// The units in which gaze is written: `normalised,seconds`. Without a choice they are pixels and milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Units {
    /// The unit of coordinates.
    pub coordinates: CoordinateUnit,
    /// The unit of times.
    pub times: TimeUnit,
}

/// The unit of coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CoordinateUnit {
    /// Pixels of the image.
    #[default]
    Pixels,
    /// Shares of the image's width and height, 0 to 1.
    Normalised,
    /// Hundredths of the image's width and height.
    Percent,
}

/// The unit of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeUnit {
    /// Thousandths of a second.
    #[default]
    Milliseconds,
    /// Seconds.
    Seconds,
}

/// A text that names no units.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{found:?} is no unit: choose pixels, normalised (0 to 1) or percent for coordinates, and milliseconds or seconds for times"
)]
pub struct NoUnits {
    /// The text.
    pub found: String,
}

impl FromStr for Units {
    type Err = NoUnits;

    fn from_str(text: &str) -> Result<Self, NoUnits> {
        let mut units = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part {
                "pixels" => units.coordinates = CoordinateUnit::Pixels,
                "normalised" | "normalized" => units.coordinates = CoordinateUnit::Normalised,
                "percent" => units.coordinates = CoordinateUnit::Percent,
                "milliseconds" | "ms" => units.times = TimeUnit::Milliseconds,
                "seconds" | "s" => units.times = TimeUnit::Seconds,
                _ => return Err(NoUnits { found: part.to_owned() }),
            }
        }
        Ok(units)
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coordinates = match self.coordinates {
            CoordinateUnit::Pixels => "pixels",
            CoordinateUnit::Normalised => "normalised",
            CoordinateUnit::Percent => "percent",
        };
        let times = match self.times {
            TimeUnit::Milliseconds => "milliseconds",
            TimeUnit::Seconds => "seconds",
        };
        write!(f, "{coordinates},{times}")
    }
}

impl TryFrom<String> for Units {
    type Error = NoUnits;

    fn try_from(text: String) -> Result<Self, NoUnits> {
        text.parse()
    }
}

impl From<Units> for String {
    fn from(units: Units) -> Self {
        units.to_string()
    }
}

/// The coordinates that stand for a lost sample: `0,0`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LostAt {
    /// The horizontal coordinate, as it is written.
    pub x: f64,
    /// The vertical coordinate, as it is written.
    pub y: f64,
}

/// A text that is no pair of coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no pair of coordinates: write X,Y, as in 0,0")]
pub struct NoPlace {
    /// The text.
    pub found: String,
}

impl FromStr for LostAt {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let place = text.split_once(',').and_then(|(x, y)| Some(Self { x: number(x)?, y: number(y)? }));
        place.ok_or_else(|| NoPlace { found: text.to_owned() })
    }
}

impl TryFrom<String> for LostAt {
    type Error = NoPlace;

    fn try_from(text: String) -> Result<Self, NoPlace> {
        text.parse()
    }
}

impl From<LostAt> for String {
    fn from(lost: LostAt) -> Self {
        format!("{},{}", lost.x, lost.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_even_with_commas() {
        let columns: Columns = "x=Fixation X [px, MCS],image=Media, y = Y".parse().unwrap();
        assert_eq!((columns.named("x"), columns.named("y")), ("Fixation X [px, MCS]", "Y"));
        assert_eq!((columns.named("image"), columns.named("subject")), ("Media", "subject"));
        for text in ["", "z=a", "x", "x=,y=b"] {
            assert!(text.parse::<Columns>().unwrap_err().to_string().contains("names no column"), "{text}");
        }
    }

    #[test]
    fn choices_survive_as_json() {
        let options = GazeOptions {
            columns: "x=FPOGX,y=FPOGY".parse().unwrap(),
            units: "seconds,normalised".parse().unwrap(),
            lost: Some("0,-1".parse().unwrap()),
        };
        let json = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<GazeOptions>(&json).unwrap(), options);
        assert_eq!(serde_json::from_str::<GazeOptions>("{}").unwrap(), GazeOptions::default());
        assert!("inches".parse::<Units>().unwrap_err().to_string().starts_with("\"inches\" is no unit: choose pixels"));
        assert_eq!(
            "0".parse::<LostAt>().unwrap_err().to_string(),
            "\"0\" is no pair of coordinates: write X,Y, as in 0,0"
        );
    }
}
