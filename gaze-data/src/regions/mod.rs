//! Regions of a picture as people write them: a name and four lengths, in pixels or in percent of the picture.

use std::{fmt, str::FromStr};

use gaze_core::Size;

pub use self::file::{RegionsError, parse_regions, regions_json};

mod file;

/// A length along one axis of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// A number of pixels.
    Pixels(f64),
    /// Percent of the picture's side.
    Percent(f64),
}

impl Length {
    /// Computes the length in pixels along a side of a picture.
    #[must_use]
    pub fn of(self, side: usize) -> f64 {
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
pub struct RegionSpec {
    /// The name, which is not empty and has no blanks around it.
    pub name: String,
    /// Left edge, upper edge, width, height.
    pub lengths: [Length; 4],
}

/// Parses `NAME:X,Y,W,H`. The name may hold anything, colons too.
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
    /// Takes left edge, upper edge, width and height; blanks around the name are removed.
    ///
    /// # Errors
    ///
    /// A sentence, if no name is left.
    pub fn new(name: &str, lengths: [Length; 4]) -> Result<Self, String> {
        match name.trim() {
            "" => Err("a region needs a name".to_owned()),
            name => Ok(Self { name: name.to_owned(), lengths }),
        }
    }

    /// Computes left edge, upper edge, width and height in pixels of a picture. Nothing is compared with its borders.
    #[must_use]
    pub fn pixels(&self, size: Size) -> [f64; 4] {
        let [x, y, width, height] = self.lengths;
        [x.of(size.width), y.of(size.height), width.of(size.width), height.of(size.height)]
    }

    /// Tells whether the region is the same part of pictures of any size.
    #[must_use]
    pub fn is_relative(&self) -> bool {
        self.lengths.iter().all(|length| matches!(length, Length::Percent(_)))
    }
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
        let pixels = region.pixels(Size { height: 200, width: 400 });
        assert_eq!(pixels.map(f64::to_bits), [12.5, 20.0, 120.0, 100.0].map(f64::to_bits));
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
}
