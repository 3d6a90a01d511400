//! The index of a dataset folder, whatever its format.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use gaze_core::{PixelsPerDegree, Size, Stimulus};
use thiserror::Error;

use crate::{DataError, GroupGaze, folder, image, osie::Osie, saliency4asd::Saliency4Asd, table::Table};

/// A layout of files that this crate can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Saliency4ASD as published (Duan et al. 2019): a text file per image and group, 1-based pixels.
    Saliency4Asd,
    /// OSIE (Xu et al. 2014) and `EyeCrowd` (Jiang et al. 2014): one MATLAB file for all images.
    Osie,
    /// `fixations.csv` beside a folder `images`, 0-based pixels.
    Table,
}

impl Format {
    /// Every format, in the order in which a folder is tried.
    pub const ALL: [Self; 3] = [Self::Saliency4Asd, Self::Osie, Self::Table];

    fn name(self) -> &'static str {
        match self {
            Self::Saliency4Asd => "saliency4asd",
            Self::Osie => "osie",
            Self::Table => "table",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown format {found:?}, expected saliency4asd, osie or table")]
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

/// Who produced the gaze.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// People, recorded by an eye tracker.
    Recorded,
    /// A program; the numbers say nothing about people.
    Simulated,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Recorded => "recorded",
            Self::Simulated => "simulated",
        })
    }
}

/// A picture of a dataset, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StimulusEntry {
    pub(crate) key: String,
    pub(crate) image: Option<PathBuf>,
}

impl StimulusEntry {
    /// The name, unique in its dataset: the stem of the image's file name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Where the image lies, the dataset's root included; `None` if there is gaze but no image.
    #[must_use]
    pub fn image(&self) -> Option<&Path> {
        self.image.as_deref()
    }
}

/// What a format's reader finds out when it opens a folder.
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) provenance: Provenance,
    pub(crate) pixels_per_degree: Option<PixelsPerDegree>,
    pub(crate) groups: Vec<String>,
    /// In natural order of their keys.
    pub(crate) stimuli: Vec<StimulusEntry>,
    /// Where images lie, relative to the root.
    pub(crate) images: PathBuf,
    pub(crate) notes: Vec<String>,
    pub(crate) reader: Box<dyn GazeReader>,
}

/// The gaze of a dataset, read when it is asked for.
pub(crate) trait GazeReader: Send + Sync {
    /// One entry per group that has gaze for the stimulus, in the order of the groups.
    fn gaze(&self, index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze>;
}

/// The index of a dataset folder.
///
/// Opening lists the folder and, where all gaze is in one file, parses that file; it decodes no image. It can be
/// shared between threads.
pub struct Dataset {
    format: Format,
    root: PathBuf,
    index: Index,
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("name", &self.index.name)
            .field("format", &self.format)
            .field("root", &self.root)
            .field("groups", &self.index.groups)
            .field("stimuli", &self.index.stimuli.len())
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Opens a folder, in the given format or in the first that fits.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFound`] and [`DataError::NotAFolder`] for the folder itself, [`DataError::NotRecognised`] if
    /// it has not the files of the format (or of any), and whatever is wrong with a file that all gaze depends on.
    pub fn open(root: &Path, format: Option<Format>) -> Result<Self, DataError> {
        folder::check(root)?;
        let formats = format.as_ref().map_or(Format::ALL.as_slice(), std::slice::from_ref);
        let mut looked_for = Vec::new();
        for &format in formats {
            let (index, layout) = match format {
                Format::Saliency4Asd => (Saliency4Asd::open(root)?, Saliency4Asd::LAYOUT),
                Format::Osie => (Osie::open(root)?, Osie::LAYOUT),
                Format::Table => (Table::open(root)?, Table::LAYOUT),
            };
            if let Some(index) = index {
                return Ok(Self { format, root: root.to_owned(), index });
            }
            looked_for.push(format!("{layout} ({format})"));
        }
        Err(DataError::NotRecognised { path: root.to_owned(), looked_for, found: folder::overview(root)? })
    }

    /// The dataset's name: that of its publication, or what its description or folder says.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.index.name
    }

    /// The format it was read in.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The folder that was opened.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether people produced the gaze.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.index.provenance
    }

    /// Pixels of the images per degree of visual angle, where the publication or the description states it.
    #[must_use]
    pub fn pixels_per_degree(&self) -> Option<PixelsPerDegree> {
        self.index.pixels_per_degree
    }

    /// The standard deviation in pixels of the Gaussian that turns this dataset's fixations into saliency maps: the one
    /// its authors used, where they published it, else one degree of visual angle, where that is known.
    ///
    /// Saliency4ASD's ground-truth maps were made with 43 pixels (Duan et al. 2019).
    #[must_use]
    pub fn sigma_px(&self) -> Option<f64> {
        match self.format {
            Format::Saliency4Asd => Some(43.0),
            Format::Osie | Format::Table => self.pixels_per_degree().map(|pixels| pixels.pixels(1.0)),
        }
    }

    /// The groups of observers; at least one.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.index.groups
    }

    /// All stimuli that have an image or gaze, in natural order of their keys: 2 before 10.
    #[must_use]
    pub fn stimuli(&self) -> &[StimulusEntry] {
        &self.index.stimuli
    }

    /// What a person should know about the folder, a sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.index.notes
    }

    /// The size of a stimulus, from the header of its file.
    ///
    /// # Errors
    ///
    /// [`DataError::NoImage`] if there is none, and whatever is wrong with the file's beginning.
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of stimuli.
    pub fn image_size(&self, index: usize) -> Result<Size, DataError> {
        let path = self.image_path(index)?;
        image::size(path, self.relative(path))
    }

    /// Decodes a stimulus to 8-bit RGB.
    ///
    /// Gray becomes three equal channels, transparency is left out without blending, 16 bits are rounded to the
    /// nearest of 8. No color profile is applied, and an EXIF rotation is ignored, as the pixels were shown to the
    /// observers and to published models in the order of the file.
    ///
    /// # Errors
    ///
    /// [`DataError::NoImage`] if there is none, [`DataError::Image`] and others if it is damaged: the rest of a
    /// truncated file is never filled in.
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of stimuli.
    pub fn image(&self, index: usize) -> Result<Stimulus, DataError> {
        let path = self.image_path(index)?;
        image::stimulus(path, self.relative(path))
    }

    /// The gaze on a stimulus, one entry per group that has any, in the order of [`Dataset::groups`].
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of stimuli.
    #[must_use]
    pub fn gaze(&self, index: usize) -> Vec<GroupGaze> {
        self.index.reader.gaze(index, &self.index.stimuli[index])
    }

    fn image_path(&self, index: usize) -> Result<&Path, DataError> {
        let StimulusEntry { key, image } = &self.index.stimuli[index];
        image.as_deref().ok_or_else(|| DataError::NoImage { key: key.clone(), folder: self.index.images.clone() })
    }

    fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// A note about the stimuli that have gaze but no image, if there are any.
pub(crate) fn without_image(stimuli: &[StimulusEntry]) -> Option<String> {
    let keys: Vec<_> = stimuli.iter().filter(|stimulus| stimulus.image.is_none()).map(StimulusEntry::key).collect();
    let verb = if keys.len() == 1 { "has" } else { "have" };
    let (count, all) = (keys.len(), stimuli.len());
    (count > 0).then(|| format!("{count} of {all} stimuli {verb} gaze but no image: {}", some_of(&keys)))
}

/// The first few names of a list.
pub(crate) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    let more = names.len().saturating_sub(SHOWN);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn names_of_formats_read_back() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "mit".parse::<Format>().unwrap_err();
        assert_eq!(error.to_string(), "unknown format \"mit\", expected saliency4asd, osie or table");
    }

    #[test]
    fn a_folder_of_another_kind_says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        fs::create_dir(folder.path().join("images")).unwrap();
        fs::write(folder.path().join("readme.txt"), "").unwrap();
        assert_eq!(
            Dataset::open(folder.path(), None).unwrap_err().to_string(),
            format!(
                "{path} is no dataset of a known format; looked for folders Images, ASD and TD, here or in TrainingData \
                 or TrainingDataset/TrainingData (saliency4asd), or eye/fixations.mat and a folder stimuli, here or in \
                 data (osie), or fixations.csv and a folder images (table); found images/, readme.txt"
            )
        );
        assert_eq!(
            Dataset::open(folder.path(), Some(Format::Table)).unwrap_err().to_string(),
            format!(
                "{path} is no dataset of a known format; looked for fixations.csv and a folder images (table); found \
                 images/, readme.txt"
            )
        );
    }

    #[test]
    fn a_missing_folder_and_a_file_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let message = || Dataset::open(&path, None).unwrap_err().to_string();
        assert_eq!(message(), format!("{} does not exist", path.display()));
        fs::write(&path, "").unwrap();
        assert_eq!(message(), format!("{} is not a folder", path.display()));
    }

    #[test]
    fn a_damaged_image_is_named_relative_to_the_root() {
        let folder = tempfile::tempdir().unwrap();
        crate::saliency4asd::write_sample(folder.path());
        let picture = folder.path().join("Images/2.png");
        let bytes = fs::read(&picture).unwrap();
        fs::write(&picture, &bytes[..bytes.len() / 2]).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let message = dataset.image(0).unwrap_err().to_string();
        assert!(message.starts_with("Images/2.png: "), "{message}");
        assert!(dataset.image(1).is_ok());
    }

    #[test]
    fn a_dataset_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Dataset>();
    }
}
