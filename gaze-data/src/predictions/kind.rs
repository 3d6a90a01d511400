//! The meaning of the numbers in a prediction file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The meaning of the numbers in a prediction file.
///
/// Its serialized form is the name that [`Display`](fmt::Display) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MapKind {
    /// All maps of a model are log densities if each of them is a floating-point array without positive values whose
    /// exponentials sum to 1, within [`NEARLY_NORMALIZED`](crate::NEARLY_NORMALIZED) in the logarithm; all are scores
    /// otherwise.
    #[default]
    Auto,
    /// Scores without probabilities: the gray values of a picture, or an array as it is.
    Scores,
    /// The natural logarithms of a density, in an array. The density is renormalised if the logarithm of its sum is not 0 but
    /// within [`NEARLY_NORMALIZED`](crate::NEARLY_NORMALIZED) of it, and refused beyond.
    LogDensity,
    /// The natural logarithms of a density up to a constant, in an array: renormalised whatever their sum.
    #[serde(rename = "unnormalised")]
    Unnormalized,
    /// An 8-bit picture of `trunc(254·(1 − C))`, where `C` is the mass of all pixels that are at least as dense.
    Percentile,
}

impl MapKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Scores, Self::LogDensity, Self::Unnormalized, Self::Percentile];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Scores => "scores",
            Self::LogDensity => "log-density",
            Self::Unnormalized => "unnormalised",
            Self::Percentile => "percentile",
        }
    }
}

impl fmt::Display for MapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no kind of map has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown kind of map {found:?}, expected auto, scores, log-density, unnormalised or percentile")]
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
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<MapKind>(&json).unwrap(), kind);
        }
        let message = "map".parse::<MapKind>().unwrap_err().to_string();
        assert_eq!(
            message,
            "unknown kind of map \"map\", expected auto, scores, log-density, unnormalised or percentile"
        );
    }
}
