//! The index of a dataset folder, whatever its format.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use gaze_core::{PixelsPerDegree, Size, Stimulus};
use thiserror::Error;

use crate::{
    DataError, GroupGaze, StoredImage, bids, cat2000, coco, datadings, figrim, fixatons, folder, image, mit300,
    mit1003, osie, pascal_s, place::Place, pysaliency, salicon, saliency4asd, table, toronto,
};

/// A layout of files that this crate can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    PascalS,
    /// `FixaTons` (Zanca et al. 2018): a text file per image and observer.
    FixaTons,
    /// pysaliency's HDF5 files of stimuli and fixations.
    Pysaliency,
    /// datadings' files of `MessagePack` with saliency data.
    Datadings,
    /// Eye tracking in BIDS: compressed tables of raw gaze, beside the stimuli.
    Bids,
    /// `fixations.csv` beside a folder `images`, 0-based pixels.
    Table,
}

impl Format {
    /// Every format, in the order in which a folder is tried.
    pub const ALL: [Self; 15] = [
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
    ];

    /// The name after `--format`.
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
        }
    }

    /// What identifies it, and the function that indexes it.
    fn reader(self) -> (&'static str, Open) {
        match self {
            Self::Saliency4Asd => (saliency4asd::LAYOUT, saliency4asd::open),
            Self::Osie => (osie::LAYOUT, osie::open),
            Self::Mit1003 => (mit1003::LAYOUT, mit1003::open),
            Self::Mit300 => (mit300::LAYOUT, mit300::open),
            Self::Cat2000 => (cat2000::LAYOUT, cat2000::open),
            Self::Salicon => (salicon::LAYOUT, salicon::open),
            Self::Toronto => (toronto::LAYOUT, toronto::open),
            Self::Figrim => (figrim::LAYOUT, figrim::open),
            Self::Coco => (coco::LAYOUT, coco::open),
            Self::PascalS => (pascal_s::LAYOUT, pascal_s::open),
            Self::FixaTons => (fixatons::LAYOUT, fixatons::open),
            Self::Pysaliency => (pysaliency::LAYOUT, pysaliency::open),
            Self::Datadings => (datadings::LAYOUT, datadings::open),
            Self::Bids => (bids::LAYOUT, bids::open),
            Self::Table => (table::LAYOUT, table::open),
        }
    }
}

/// Indexes a place, or returns `None` if it has another layout.
type Open = fn(&Place) -> Result<Option<Index>, DataError>;

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No format has this name.
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
    pub(crate) image: Option<Image>,
}

/// Where a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Image {
    /// In a file of its own; the path has the dataset's root in it.
    File(PathBuf),
    /// In a file with others (this one), from which the format's reader takes it.
    Inside(PathBuf),
}

impl StimulusEntry {
    pub(crate) fn new(key: impl Into<String>, file: Option<PathBuf>) -> Self {
        Self { key: key.into(), image: file.map(Image::File) }
    }

    /// The name, unique in its dataset: the stem of the image's file name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The file that the image is, or that holds it among others; the dataset's root included. `None` if there is gaze
    /// but no image.
    #[must_use]
    pub fn image(&self) -> Option<&Path> {
        match &self.image {
            Some(Image::File(path) | Image::Inside(path)) => Some(path),
            None => None,
        }
    }

    /// Whether there is an image, in a file of its own or within a larger one.
    #[must_use]
    pub fn has_image(&self) -> bool {
        self.image.is_some()
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

/// The gaze of a dataset, read when it is asked for, and the images that have no file of their own.
pub(crate) trait GazeReader: Send + Sync {
    /// One entry per group that has gaze for the stimulus, in the order of the groups.
    fn gaze(&self, index: usize, stimulus: &StimulusEntry) -> Vec<GroupGaze>;

    /// Compares the files with the checksums that lie beside them, if any do.
    fn verify(&self) -> Result<(), DataError> {
        Ok(())
    }

    /// An image that is inside a larger file.
    fn picture(&self, _index: usize, stimulus: &StimulusEntry) -> Result<Picture, DataError> {
        Err(DataError::NoImage { key: stimulus.key.clone(), folder: PathBuf::new() })
    }

    /// The size of such an image.
    fn picture_size(&self, index: usize, stimulus: &StimulusEntry) -> Result<Size, DataError> {
        match self.picture(index, stimulus)? {
            Picture::Encoded { bytes, shown } => image::encoded_size(&bytes, &shown),
            Picture::Pixels(stimulus) => Ok(stimulus.size()),
        }
    }
}

/// An image out of a larger file.
pub(crate) enum Picture {
    /// As in a file of its own; `shown` is what errors call it.
    Encoded { bytes: Vec<u8>, shown: PathBuf },
    /// Decoded already.
    Pixels(Stimulus),
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
    /// Opens a folder, or one file of a format that has files of its own, in the given format or in the first that
    /// fits.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFound`] for the path itself, [`DataError::NotRecognised`] if it has not the files of the format
    /// (or of any), and whatever is wrong with a file that all gaze depends on.
    pub fn open(path: &Path, format: Option<Format>) -> Result<Self, DataError> {
        let formats = format.as_ref().map_or(Format::ALL.as_slice(), std::slice::from_ref);
        Self::open_first(path, formats, |format, place| format.reader().1(place))
    }

    /// Opens a table of fixations with the values of one of its columns for groups, instead of those of `group`.
    ///
    /// # Errors
    ///
    /// Those of [`Dataset::open`] with [`Format::Table`], and [`DataError::Header`] if there is no such column.
    pub fn open_grouped_by(path: &Path, column: &str) -> Result<Self, DataError> {
        Self::open_first(path, &[Format::Table], |_, place| table::open_grouped_by(place, Some(column)))
    }

    /// In the first of these formats that fits.
    fn open_first(
        path: &Path,
        formats: &[Format],
        open: impl Fn(Format, &Place) -> Result<Option<Index>, DataError>,
    ) -> Result<Self, DataError> {
        let place = Place::new(path)?;
        let mut looked_for = Vec::new();
        for &format in formats {
            if let Some(index) = open(format, &place)? {
                return Ok(Self { format, root: place.root, index });
            }
            let (layout, _) = format.reader();
            looked_for.push(format!("{layout} ({format})"));
        }
        Err(DataError::NotRecognised { path: path.to_owned(), looked_for, found: place.overview()? })
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

    /// The folder that was opened, or that holds the file that was.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Compares the dataset's files with the checksums that it brings along, which of all formats only datadings' do. All
    /// of a file is read for this.
    ///
    /// # Errors
    ///
    /// [`DataError::Content`] with both sums, and the operating system's refusals.
    pub fn verify(&self) -> Result<(), DataError> {
        self.index.reader.verify()
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
    /// Saliency4ASD's ground-truth maps were made with 43 pixels (Duan et al. 2019), SALICON's with 19.
    #[must_use]
    pub fn sigma_px(&self) -> Option<f64> {
        match self.format {
            Format::Saliency4Asd => Some(43.0),
            Format::Salicon => Some(19.0),
            _ => self.pixels_per_degree().map(|pixels| pixels.pixels(1.0)),
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
        match self.image_of(index)? {
            Image::File(path) => image::size(path, self.relative(path)),
            Image::Inside(_) => self.index.reader.picture_size(index, &self.index.stimuli[index]),
        }
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
        match self.image_of(index)? {
            Image::File(path) => image::stimulus(path, self.relative(path)),
            Image::Inside(_) => match self.index.reader.picture(index, &self.index.stimuli[index])? {
                Picture::Encoded { bytes, shown } => image::encoded_stimulus(&bytes, &shown),
                Picture::Pixels(stimulus) => Ok(stimulus),
            },
        }
    }

    /// The bytes that the image is made of, as they are stored: of its file or of its part of a larger one, or its
    /// pixels if they are stored as such.
    ///
    /// # Errors
    ///
    /// As for [`Dataset::image`].
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of stimuli.
    pub fn image_bytes(&self, index: usize) -> Result<Vec<u8>, DataError> {
        self.stored_image(index).map(StoredImage::into_bytes)
    }

    /// Reads an image without decoding it, so that its bytes can be looked at before and need not be read again.
    ///
    /// # Errors
    ///
    /// As for [`Dataset::image`], but for what only decoding finds out.
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of stimuli.
    pub fn stored_image(&self, index: usize) -> Result<StoredImage, DataError> {
        match self.image_of(index)? {
            Image::File(path) => {
                let shown = self.relative(path);
                Ok(StoredImage::encoded(folder::read(path, shown, image::MEMORY)?, shown.to_owned()))
            }
            Image::Inside(_) => Ok(match self.index.reader.picture(index, &self.index.stimuli[index])? {
                Picture::Encoded { bytes, shown } => StoredImage::encoded(bytes, shown),
                Picture::Pixels(stimulus) => StoredImage::pixels(&stimulus),
            }),
        }
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

    fn image_of(&self, index: usize) -> Result<&Image, DataError> {
        let StimulusEntry { key, image } = &self.index.stimuli[index];
        match image {
            // A pipe may never end; a list of names may have one.
            Some(Image::File(path)) if path.metadata().is_ok_and(|data| !data.is_file()) => {
                let cause = io::Error::other("not a file");
                Err(DataError::Io { path: self.relative(path).to_owned(), cause })
            }
            Some(image) => Ok(image),
            None => Err(DataError::NoImage { key: key.clone(), folder: self.index.images.clone() }),
        }
    }

    fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

/// A note about the stimuli that have gaze but no image, if there are any.
pub(crate) fn without_image(stimuli: &[StimulusEntry]) -> Option<String> {
    let keys: Vec<_> = stimuli.iter().filter(|stimulus| !stimulus.has_image()).map(StimulusEntry::key).collect();
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
        let message = "mit".parse::<Format>().unwrap_err().to_string();
        assert!(
            message.starts_with("unknown format \"mit\", expected one of saliency4asd, osie, mit1003"),
            "{message}"
        );
    }

    #[test]
    fn a_folder_of_another_kind_says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        fs::create_dir(folder.path().join("images")).unwrap();
        fs::write(folder.path().join("readme.txt"), "").unwrap();
        let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
        for format in Format::ALL {
            assert!(message.contains(&format!("{} ({format})", format.reader().0)), "{format}: {message}");
        }
        assert!(message.starts_with(&format!("{path} is no dataset of a known format; looked for ")), "{message}");
        assert!(message.ends_with("; found images/, readme.txt"), "{message}");
        let message = Dataset::open(folder.path(), Some(Format::Table)).unwrap_err().to_string();
        let expected = format!(
            "{path} is no dataset of a known format; looked for {} (table); found images/, readme.txt",
            table::LAYOUT
        );
        assert_eq!(message, expected);
    }

    #[test]
    fn a_missing_folder_and_a_file_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let message = || Dataset::open(&path, None).unwrap_err().to_string();
        assert_eq!(message(), format!("{} does not exist", path.display()));
        fs::write(&path, "").unwrap();
        let message = message();
        assert!(message.ends_with("; found data, a file of 0 bytes"), "{message}");
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
        let stored = dataset.stored_image(0).unwrap();
        assert_eq!(
            (stored.bytes(), dataset.image_bytes(0).unwrap().len()),
            (&bytes[..bytes.len() / 2], bytes.len() / 2)
        );
        assert_eq!(stored.decode().unwrap_err().to_string(), message);
        assert_eq!(dataset.stored_image(1).unwrap().decode().unwrap(), dataset.image(1).unwrap());
    }

    #[test]
    fn a_dataset_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Dataset>();
    }
}
