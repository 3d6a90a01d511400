//! The datasets to whose biases a network can be set.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};
use thiserror::Error;

/// A dataset of fixations for which DeepGaze MSDB has parameters of its own.
///
/// Datasets differ in more than their pictures: in the instruction, the time, the screen, and in how fixations were found.
///
/// ```
/// use gaze_model::TrainingDataset;
///
/// assert_eq!("coco-freeview".parse(), Ok(TrainingDataset::CocoFreeview));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[non_exhaustive]
pub enum TrainingDataset {
    /// MIT1003 (Judd et al. 2009).
    Mit1003,
    /// CAT2000 (Borji & Itti 2015).
    Cat2000,
    /// COCO-Freeview (Chen et al. 2022).
    CocoFreeview,
    /// DAEMONS (Schwetlick et al. 2024).
    Daemons,
    /// FIGRIM (Bylinskii et al. 2015).
    Figrim,
}

/// A name that no dataset of the training has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no dataset {name:?} with parameters of its own; choose {}", names().join(", "))]
pub struct UnknownDataset {
    /// The name.
    pub name: String,
}

fn names() -> Vec<&'static str> {
    TrainingDataset::VARIANTS.iter().map(Into::into).collect()
}

impl FromStr for TrainingDataset {
    type Err = UnknownDataset;

    fn from_str(text: &str) -> Result<Self, UnknownDataset> {
        let found = Self::VARIANTS.iter().copied().find(|&known| <&str>::from(known) == text);
        found.ok_or_else(|| UnknownDataset { name: text.to_owned() })
    }
}

impl fmt::Display for TrainingDataset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_on_the_command_line_and_in_files() {
        assert_eq!(names(), ["mit1003", "cat2000", "coco-freeview", "daemons", "figrim"]);
        assert_eq!(serde_json::to_value(TrainingDataset::VARIANTS).unwrap(), serde_json::json!(names()));
        assert!(TrainingDataset::VARIANTS.iter().all(|known| known.to_string().parse() == Ok(*known)));
        assert_eq!(
            "salicon".parse::<TrainingDataset>().unwrap_err().to_string(),
            "there is no dataset \"salicon\" with parameters of its own; choose mit1003, cat2000, coco-freeview, daemons, figrim"
        );
    }
}
