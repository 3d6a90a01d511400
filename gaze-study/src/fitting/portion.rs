//! A number of a dataset's images, or a share of them.

use std::str::FromStr;

use thiserror::Error;

/// A number of a dataset's images, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Portion {
    /// This number of images.
    Count(usize),
    /// This percentage of the images, 0 to 100.
    Percent(f64),
}

/// A text that names no portion.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is neither a number of images nor a share like 15%")]
pub struct PortionError {
    /// The text.
    pub text: String,
}

impl Portion {
    /// The number of images that the portion is of `count` images.
    #[must_use]
    pub fn of(self, count: usize) -> usize {
        match self {
            Self::Count(portion) => portion.min(count),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the count")]
            Self::Percent(percent) => (percent / 100.0 * count as f64).round() as usize,
        }
    }
}

impl FromStr for Portion {
    type Err = PortionError;

    fn from_str(text: &str) -> Result<Self, PortionError> {
        let wrong = || PortionError { text: text.to_owned() };
        match text.strip_suffix('%') {
            None => text.parse().map(Self::Count).map_err(|_| wrong()),
            Some(percent) => match percent.parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self::Percent(percent)),
                _ => Err(wrong()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_counts_or_shares() {
        assert_eq!("12".parse::<Portion>().unwrap().of(700), 12);
        assert_eq!("12".parse::<Portion>().unwrap().of(5), 5);
        assert_eq!("15%".parse::<Portion>().unwrap().of(10), 2);
        assert_eq!("0%".parse::<Portion>().unwrap().of(10), 0);
        for text in ["-1", "101%", "x", "%", "1.5"] {
            assert!(text.parse::<Portion>().unwrap_err().to_string().contains(text));
        }
    }
}
