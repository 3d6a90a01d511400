//! What the numbers in a prediction file mean.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// What the numbers in a prediction file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MapKind {
    /// A floating-point array without positive values whose exponentials sum to 1 is a log density, everything else
    /// scores.
    #[default]
    Auto,
    /// Scores: pictures as plain gray values, arrays as they are.
    Scores,
    /// Natural logarithms of a density, in an array.
    LogDensity,
    /// An 8-bit picture of `trunc(254·(1 − C))`, `C` being the mass of the density at and above each pixel's.
    Percentile,
}

impl MapKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Scores, Self::LogDensity, Self::Percentile];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Scores => "scores",
            Self::LogDensity => "log-density",
            Self::Percentile => "percentile",
        }
    }
}

impl fmt::Display for MapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No kind of map has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown kind of map {found:?}, expected auto, scores, log-density or percentile")]
pub struct UnknownMapKind {
    /// The name.
    pub found: String,
}

impl FromStr for MapKind {
    type Err = UnknownMapKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|kind| kind.name() == text);
        named.ok_or_else(|| UnknownMapKind { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds_read_back() {
        for kind in MapKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let message = "map".parse::<MapKind>().unwrap_err().to_string();
        assert_eq!(message, "unknown kind of map \"map\", expected auto, scores, log-density or percentile");
    }
}
