//! Regions in a file, JSON or CSV; the content says which.
//!
//! ```text
//! [{"name": "button", "x": 40, "y": "10%", "width": 120, "height": 48}, …]
//!
//! name,x,y,width,height
//! button,40,10%,120,48
//! ```

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Length, RegionSpec};

/// A text holds something that is no region.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RegionsError {
    /// The text is no JSON of this form.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The text is no CSV.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The header of a CSV file lacks a column.
    #[error("expected a header with the columns {}, found {found:?}", COLUMNS.join(","))]
    Header {
        /// The header.
        found: String,
    },
    /// An entry or a line is no region.
    #[error("{place}: {reason}")]
    Region {
        /// The entry or line.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

const COLUMNS: [&str; 5] = ["name", "x", "y", "width", "height"];

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    x: JsonLength,
    y: JsonLength,
    width: JsonLength,
    height: JsonLength,
}

/// A number of pixels, or text such as `"12.5%"`.
#[derive(Deserialize, Serialize)]
#[serde(untagged, expecting = "a length is a number of pixels, as in 120, or percent of the picture, as in \"12.5%\"")]
enum JsonLength {
    Number(f64),
    Text(String),
}

impl JsonLength {
    fn of(length: Length) -> Self {
        match length {
            Length::Pixels(pixels) => Self::Number(pixels),
            Length::Percent(_) => Self::Text(length.to_string()),
        }
    }

    fn length(&self) -> Result<Length, String> {
        match self {
            Self::Number(pixels) => Ok(Length::Pixels(*pixels)),
            Self::Text(text) => text.parse(),
        }
    }
}

/// Parses all regions of a JSON or CSV file; there may be none.
///
/// # Errors
///
/// [`RegionsError`], which names the entry or the line.
pub fn parse_regions(text: &str) -> Result<Vec<RegionSpec>, RegionsError> {
    if text.trim_start().starts_with(['[', '{']) { json(text) } else { csv(text) }
}

/// Writes regions as the JSON file that [`parse_regions`] reads, a region a line.
#[must_use]
pub fn regions_json(regions: &[RegionSpec]) -> String {
    let line = |region: &RegionSpec| {
        let [x, y, width, height] = region.lengths.map(JsonLength::of);
        let entry = Entry { name: region.name.clone(), x, y, width, height };
        serde_json::to_string(&entry).expect("text and numbers are JSON")
    };
    format!("[\n  {}\n]\n", regions.iter().map(line).collect::<Vec<_>>().join(",\n  "))
}

fn json(text: &str) -> Result<Vec<RegionSpec>, RegionsError> {
    let entries: Vec<Entry> = serde_json::from_str(text)?;
    let mut regions = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let lengths = || -> Result<[Length; 4], String> {
            Ok([entry.x.length()?, entry.y.length()?, entry.width.length()?, entry.height.length()?])
        };
        let region = lengths().and_then(|lengths| RegionSpec::new(&entry.name, lengths));
        let place = || format!("region {} ({:?})", index + 1, entry.name);
        regions.push(region.map_err(|reason| RegionsError::Region { place: place(), reason })?);
    }
    Ok(regions)
}

fn csv(text: &str) -> Result<Vec<RegionSpec>, RegionsError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let mut places = [0; 5];
    for (found, column) in places.iter_mut().zip(COLUMNS) {
        *found = header.iter().position(|name| name == column).ok_or_else(|| {
            let found: Vec<&str> = header.iter().collect();
            RegionsError::Header { found: found.join(",") }
        })?;
    }
    let mut regions = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let text = |column: usize| record.get(places[column]).unwrap_or_default();
        let lengths = || -> Result<[Length; 4], String> {
            Ok([text(1).parse()?, text(2).parse()?, text(3).parse()?, text(4).parse()?])
        };
        let region = lengths().and_then(|lengths| RegionSpec::new(text(0), lengths));
        regions.push(region.map_err(|reason| RegionsError::Region { place: format!("line {line}"), reason })?);
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_give_the_same_regions() {
        let from_json = json("[{\"name\": \"a, b\", \"x\": 1, \"y\": \"10%\", \"width\": 2.5, \"height\": \"4px\"}]");
        let from_csv = csv("note,height,name,x,y,width\nmine,4,\"a, b\",1,10%,2.5\n").unwrap();
        assert_eq!(from_json.unwrap(), from_csv);
        assert_eq!(from_csv, ["a, b:1,10%,2.5,4".parse::<RegionSpec>().unwrap()]);
    }

    #[track_caller]
    fn check_error(found: Result<Vec<RegionSpec>, RegionsError>, expected: &str) {
        let error = found.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        check_error(csv("name,x,y,w,h\n"), "the columns name,x,y,width,height, found \"name,x,y,w,h\"");
        check_error(csv("name,x,y,width,height\na,1,2,3,4\nb,1,2,3,4em\n"), "line 3: \"4em\" is no length");
        check_error(csv("name,x,y,width,height\na,1,2\n"), "line: 2");
        check_error(json("[{\"name\": \"a\", \"x\": 1, \"y\": 2, \"width\": 3}]"), "missing field `height`");
        check_error(json("[{\"name\": \"a\", \"left\": 1}]"), "unknown field `left`");
        let long = "[{\"name\": \"a\", \"x\": 1, \"y\": 2, \"width\": \"wide\", \"height\": 3}]";
        check_error(json(long), "region 1 (\"a\"): \"wide\" is no length");
        check_error(json(&long.replace("\"wide\"", "true")), "a length is a number of pixels");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let regions: Vec<RegionSpec> =
            ["a \"b\":1.5,10%,2,0.1%", "ä, c:0,0,1,1"].map(|text| text.parse().unwrap()).into();
        assert_eq!(parse_regions(&regions_json(&regions)).unwrap(), regions);
    }
}
