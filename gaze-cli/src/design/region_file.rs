//! Regions from a file, JSON or CSV; the content says which.
//!
//! ```text
//! [{"name": "button", "x": 40, "y": "10%", "width": 120, "height": 48}, …]
//!
//! name,x,y,width,height
//! button,40,10%,120,48
//! ```

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use serde::Deserialize;

use super::region::{Length, RegionSpec};
use crate::input;

const COLUMNS: [&str; 5] = ["name", "x", "y", "width", "height"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    x: JsonLength,
    y: JsonLength,
    width: JsonLength,
    height: JsonLength,
}

/// A number of pixels, or text such as `"12.5%"`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a length is a number of pixels, as in 120, or percent of the picture, as in \"12.5%\"")]
enum JsonLength {
    Number(f64),
    Text(String),
}

impl JsonLength {
    fn length(&self) -> Result<Length, String> {
        match self {
            Self::Number(pixels) => Ok(Length::Pixels(*pixels)),
            Self::Text(text) => text.parse(),
        }
    }
}

/// Reads all regions of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<RegionSpec>> {
    let text = input::text(path)?;
    let regions = if text.trim_start().starts_with(['[', '{']) { json(&text) } else { csv(&text) };
    let regions = regions.with_context(|| input::shown(path))?;
    ensure!(!regions.is_empty(), "{} holds no region", input::shown(path));
    Ok(regions)
}

fn json(text: &str) -> Result<Vec<RegionSpec>> {
    let entries: Vec<Entry> = serde_json::from_str(text)?;
    let mut regions = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let lengths = || -> Result<[Length; 4], String> {
            Ok([entry.x.length()?, entry.y.length()?, entry.width.length()?, entry.height.length()?])
        };
        let region = lengths().and_then(|lengths| RegionSpec::new(&entry.name, lengths));
        regions.push(region.map_err(|error| anyhow!("region {} ({:?}): {error}", index + 1, entry.name))?);
    }
    Ok(regions)
}

fn csv(text: &str) -> Result<Vec<RegionSpec>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let place = |column: &str| {
        let found = header.iter().position(|name| name == column);
        found.with_context(|| {
            let found: Vec<&str> = header.iter().collect();
            format!("expected a header with the columns {}, found {:?}", COLUMNS.join(","), found.join(","))
        })
    };
    let mut places = [0; 5];
    for (found, column) in places.iter_mut().zip(COLUMNS) {
        *found = place(column)?;
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
        regions.push(region.map_err(|error| anyhow!("line {line}: {error}"))?);
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
    fn check_error(found: Result<Vec<RegionSpec>>, expected: &str) {
        let error = format!("{:#}", found.unwrap_err());
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
}
