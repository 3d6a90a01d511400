//! Regions as they are written: a name and four lengths, in pixels or in percent of the picture.

use std::{fmt, path::Path, str::FromStr};

use anyhow::{Context, Result, bail};
use gaze_core::Size;
use gaze_metrics::Region;

use super::region_file;

/// A length along one axis of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Length {
    Pixels(f64),
    Percent(f64),
}

impl Length {
    fn of(self, side: usize) -> f64 {
        match self {
            Self::Pixels(pixels) => pixels,
            Self::Percent(percent) => percent / 100.0 * side as f64,
        }
    }
}

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (text.strip_suffix("px").unwrap_or(text).trim_end(), false),
        };
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(if percent { Self::Percent(number) } else { Self::Pixels(number) }),
            _ => Err(format!("{text:?} is no length; write pixels, as in 120, or percent of the picture, as in 12.5%")),
        }
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pixels(pixels) => write!(f, "{pixels}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// A named region, for a picture of whatever size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RegionSpec {
    pub(crate) name: String,
    /// Left edge, upper edge, width, height.
    pub(crate) lengths: [Length; 4],
}

/// Reads `NAME:X,Y,W,H`. The name may hold anything, colons too.
impl FromStr for RegionSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no region; write NAME:X,Y,WIDTH,HEIGHT, as in button:40,10%,120,48");
        let (name, lengths) = text.rsplit_once(':').ok_or_else(wrong)?;
        let lengths = lengths.split(',').map(str::parse).collect::<Result<Vec<Length>, String>>()?;
        Self::new(name, lengths.try_into().map_err(|_| wrong())?)
    }
}

impl RegionSpec {
    /// Takes left edge, upper edge, width and height; a name is not empty and has no blanks around it.
    pub(crate) fn new(name: &str, lengths: [Length; 4]) -> Result<Self, String> {
        match name.trim() {
            "" => Err("a region needs a name".to_owned()),
            name => Ok(Self { name: name.to_owned(), lengths }),
        }
    }

    /// The region in a picture.
    pub(crate) fn within(&self, size: Size) -> Result<Region> {
        let [x, y, width, height] = self.lengths;
        let Size { height: rows, width: columns } = size;
        Region::new(size, x.of(columns), y.of(rows), width.of(columns), height.of(rows))
            .with_context(|| format!("region {}", self.name))
    }

    /// Tells whether the region is the same part of pictures of any size.
    pub(crate) fn is_relative(&self) -> bool {
        self.lengths.iter().all(|length| matches!(length, Length::Percent(_)))
    }
}

/// All regions that were given, in the order in which they were: those of the command line, then those of the file
/// after `option`.
pub(crate) fn read_regions(
    regions: &[RegionSpec],
    file: Option<&Path>,
    option: &'static str,
) -> Result<Vec<RegionSpec>> {
    let mut regions = regions.to_vec();
    if let Some(path) = file {
        regions.extend(region_file::read(path).context(option)?);
    }
    for (index, region) in regions.iter().enumerate() {
        if regions[..index].iter().any(|other| other.name == region.name) {
            bail!("two regions are called {}; their figures could not be told apart", region.name)
        }
    }
    Ok(regions)
}

/// The regions in a picture, in the same order.
pub(crate) fn resolve(regions: &[RegionSpec], size: Size) -> Result<Vec<Region>> {
    regions.iter().map(|region| region.within(size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let error = text.parse::<RegionSpec>().unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn pixels_and_percent_may_be_mixed() {
        let region: RegionSpec = "call to action: 12.5 , 10%,120px, 50 %".parse().unwrap();
        assert_eq!(region.name, "call to action");
        let of = region.within(Size { height: 200, width: 400 }).unwrap();
        assert_eq!((of.x(), of.y()), ((12.5, 132.5), (20.0, 120.0)));
        assert!(!region.is_relative());
        let names: RegionSpec = "12:30:0%,0%,100%,100%".parse().unwrap();
        assert_eq!(names.name, "12:30");
        assert!(names.is_relative());
    }

    #[test]
    fn what_is_no_region_is_answered_with_an_example() {
        check_error("button", "as in button:40,10%,120,48");
        check_error("button:1,2,3", "\"button:1,2,3\" is no region");
        check_error("button:1,2,3,4,5", "is no region");
        check_error(":1,2,3,4", "a region needs a name");
        check_error("a:1,2,3,4em", "\"4em\" is no length; write pixels");
        check_error("a:1,2,inf,4", "\"inf\" is no length");
        check_error("a:1,2,NaN%,4", "is no length");
    }

    #[test]
    fn a_region_outside_is_named() {
        let region: RegionSpec = "hero:50%,0,60%,10".parse().unwrap();
        let error = format!("{:#}", region.within(Size { height: 100, width: 200 }).unwrap_err());
        assert_eq!(error, "region hero: the region spans x 100 to 220, the picture 0 to 200");
    }

    #[test]
    fn thirds_in_percent_fill_the_picture() {
        for width in 1..2000 {
            let size = Size { height: 7, width };
            for region in ["a:33.3%,0%,66.7%,100%", "a:10.1%,0%,89.9%,100%"] {
                region.parse::<RegionSpec>().unwrap().within(size).unwrap();
            }
        }
    }
}
