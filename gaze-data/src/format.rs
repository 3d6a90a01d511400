//! The names of the dataset formats.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A layout of files that this crate can read.
///
/// Its serialized form is the name that [`Display`](fmt::Display) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// Saliency4ASD (Duan et al. 2019) as published, or in one of two layouts in use elsewhere; 1-based pixels.
    Saliency4Asd,
    /// OSIE (Xu et al. 2014) and `EyeCrowd` (Jiang et al. 2014): one MATLAB file for all images.
    Osie,
    /// MIT1003 (Judd et al. 2009): raw gaze at 240 Hz, a MATLAB file per observer and image.
    Mit1003,
    /// The images of MIT300 (Judd et al. 2012), whose fixations are not published.
    Mit300,
    /// CAT2000's training set (Borji & Itti 2015): a binary map of fixations per image.
    Cat2000,
    /// SALICON (Jiang et al. 2015): one JSON file, or a MATLAB file per image; 1-based pixels.
    Salicon,
    /// Toronto (Bruce & Tsotsos 2007): binary maps of fixations in one MATLAB file.
    Toronto,
    /// FIGRIM (Bylinskii et al. 2015): one MATLAB file of targets or fillers.
    Figrim,
    /// COCO-FreeView and COCO-Search18 (Chen et al. 2021, 2022): JSON lists of scanpaths.
    Coco,
    /// PASCAL-S (Li et al. 2014): one MATLAB 7.3 file; 1-based pixels, row first.
    #[serde(rename = "pascal-s")]
    PascalS,
    /// `FixaTons` (Zanca et al. 2018): a text file per image and observer.
    FixaTons,
    /// pysaliency's HDF5 files of stimuli and fixations.
    Pysaliency,
    /// datadings' `MessagePack` files with saliency data.
    Datadings,
    /// Eye tracking in BIDS: compressed tables of raw gaze, beside the stimuli.
    Bids,
    /// `fixations.csv` beside a folder `images`, 0-based pixels.
    Table,
    /// Maps of fixations in a folder `fixmaps` beside a folder `images`.
    Fixmaps,
    /// Recordings of eye trackers' own software beside the pictures that were shown.
    Recordings,
}

impl Format {
    /// All formats, in the order in which a folder is tried.
    pub const ALL: [Self; 17] = [
        Self::Saliency4Asd,
        Self::Osie,
        Self::Mit1003,
        Self::Mit300,
        Self::Cat2000,
        Self::Salicon,
        Self::Toronto,
        Self::Figrim,
        Self::Coco,
        Self::PascalS,
        Self::FixaTons,
        Self::Pysaliency,
        Self::Datadings,
        Self::Bids,
        Self::Table,
        Self::Fixmaps,
        Self::Recordings,
    ];

    /// Returns the format's name, as in `--format`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Saliency4Asd => "saliency4asd",
            Self::Osie => "osie",
            Self::Mit1003 => "mit1003",
            Self::Mit300 => "mit300",
            Self::Cat2000 => "cat2000",
            Self::Salicon => "salicon",
            Self::Toronto => "toronto",
            Self::Figrim => "figrim",
            Self::Coco => "coco",
            Self::PascalS => "pascal-s",
            Self::FixaTons => "fixatons",
            Self::Pysaliency => "pysaliency",
            Self::Datadings => "datadings",
            Self::Bids => "bids",
            Self::Table => "table",
            Self::Fixmaps => "fixmaps",
            Self::Recordings => "recordings",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown format {found:?}, expected one of {}", Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat {
    /// The name.
    pub found: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|format| format.name() == text);
        named.ok_or_else(|| UnknownFormat { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_formats_read_back() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("{:?}", format.name()));
            assert_eq!(serde_json::from_str::<Format>(&json).unwrap(), format);
        }
        let message = "mit".parse::<Format>().unwrap_err().to_string();
        assert!(
            message.starts_with("unknown format \"mit\", expected one of saliency4asd, osie, mit1003"),
            "{message}"
        );
    }
}
