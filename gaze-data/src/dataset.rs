//! The index of a dataset folder, whatever its format.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use gaze_core::{PixelsPerDegree, Size, Stimulus};

use crate::{
    DataError, Format, GroupGaze, Provenance, RecordingOptions, StoredImage,
    contract::{Image, Index, Picture, StimulusEntry},
    files::{folder, image, place::Place},
    formats,
};

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
    /// Opens a dataset in the given format, or in the first format that fits. `path` is a folder, or the file of a format
    /// that keeps a dataset in one file.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFound`] for the path itself, [`DataError::NotRecognised`] if the files of the format (or of any
    /// format) are not there, [`DataError::WithoutFeature`] if only a Cargo feature that is off could read them, and
    /// other errors of a file that all gaze depends on.
    pub fn open(path: &Path, format: Option<Format>) -> Result<Self, DataError> {
        let formats = format.as_ref().map_or(Format::ALL.as_slice(), std::slice::from_ref);
        Self::open_first(path, formats, |format, place| formats::reader(format).1(place))
    }

    /// Opens a table of fixations, whose groups of observers are the values of a column other than `group`, or recordings
    /// whose `participants.tsv` has the column.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::open`] with [`Format::Table`] and [`Format::Recordings`], and [`DataError::Header`] if there is
    /// no such column.
    pub fn open_grouped_by(path: &Path, column: &str) -> Result<Self, DataError> {
        Self::open_first(path, &[Format::Table, Format::Recordings], |format, place| {
            if format == Format::Recordings {
                let group_column = Some(column.to_owned());
                let options = RecordingOptions { group_column, ..RecordingOptions::default() };
                return formats::recordings::open_with(place, &options);
            }
            formats::table::open_grouped_by(place, Some(column))
        })
    }

    /// Opens a recording, or a folder of recordings, with choices about pictures, eyes, fixations and groups.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::open`] with [`Format::Recordings`]; [`DataError::NotAFolder`] if the pictures' folder is none,
    /// [`DataError::Header`] if there is no such column of groups, and [`DataError::Content`] if fixations cannot be found in
    /// the samples without knowing more.
    pub fn open_recordings(path: &Path, options: &RecordingOptions) -> Result<Self, DataError> {
        Self::open_first(path, &[Format::Recordings], |_, place| formats::recordings::open_with(place, options))
    }

    /// Opens a path in the first of these formats that fits.
    fn open_first(
        path: &Path,
        formats: &[Format],
        open: impl Fn(Format, &Place) -> Result<Option<Index>, DataError>,
    ) -> Result<Self, DataError> {
        let place = Place::new(path)?;
        let mut looked_for = Vec::new();
        let mut unreadable = None;
        for &format in formats {
            match open(format, &place) {
                Ok(Some(mut index)) => {
                    // An earlier format may have been the right one, had this build been able to look.
                    index.notes.extend(unreadable.map(|error: DataError| error.to_string()));
                    return Ok(Self { format, root: place.root, index });
                }
                Ok(None) => {}
                Err(error @ DataError::WithoutFeature { .. }) => {
                    unreadable.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
            let (layout, _) = formats::reader(format);
            looked_for.push(format!("{layout} ({format})"));
        }
        match unreadable {
            Some(error) => Err(error),
            None => Err(DataError::NotRecognised { path: path.to_owned(), looked_for, found: place.overview()? }),
        }
    }

    /// Returns the dataset's name: that of its publication, or else of its description or folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.index.name
    }

    /// Returns the format in which the dataset was opened.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the folder that was opened, or the folder of the file that was opened.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Compares the dataset's files with the checksums that lie beside them, for which they are read as a whole. Only
    /// [`Format::Datadings`] has checksums; for other formats nothing is done.
    ///
    /// # Errors
    ///
    /// [`DataError::Content`] with both checksums if they differ, and [`DataError::Io`] for a file that cannot be read.
    pub fn verify(&self) -> Result<(), DataError> {
        self.index.reader.verify()
    }

    /// Returns the origin of the gaze: people or a program.
    #[must_use]
    pub fn provenance(&self) -> Provenance {
        self.index.provenance
    }

    /// Returns the number of pixels per degree of visual angle, where the publication or the description states it.
    #[must_use]
    pub fn pixels_per_degree(&self) -> Option<PixelsPerDegree> {
        self.index.pixels_per_degree
    }

    /// Returns the standard deviation, in pixels, of the Gaussian that turns this dataset's fixations into saliency
    /// maps: the one that its authors used, where they published it, or else one degree of visual angle, where that is
    /// known.
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

    /// Returns the names of the groups of observers; there is at least one.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.index.groups
    }

    /// Returns all stimuli that have an image or gaze, in natural order of their keys: 2 comes before 10.
    #[must_use]
    pub fn stimuli(&self) -> &[StimulusEntry] {
        &self.index.stimuli
    }

    /// Returns notes that a person should read before using the data: what is missing, what was left out.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.index.notes
    }

    /// Reads the size of a stimulus from the header of its file.
    ///
    /// # Errors
    ///
    /// [`DataError::NoImage`] if there is no image, and other errors of the file's beginning.
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below the number of stimuli.
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
    /// [`DataError::NoImage`] if there is no image, [`DataError::Image`] and others if it is damaged: the rest of a
    /// truncated file is never filled in.
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below the number of stimuli.
    pub fn image(&self, index: usize) -> Result<Stimulus, DataError> {
        match self.image_of(index)? {
            Image::File(path) => image::stimulus(path, self.relative(path)),
            Image::Inside(_) => match self.index.reader.picture(index, &self.index.stimuli[index])? {
                Picture::Encoded { bytes, shown } => image::encoded_stimulus(&bytes, &shown),
                Picture::Pixels(stimulus) => Ok(stimulus),
            },
        }
    }

    /// Reads the bytes of an image as they are stored: those of its file or of its part of a larger one, or its pixels if
    /// they are stored as such.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::stored_image`].
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below the number of stimuli.
    pub fn image_bytes(&self, index: usize) -> Result<Vec<u8>, DataError> {
        self.stored_image(index).map(StoredImage::into_bytes)
    }

    /// Reads an image without decoding it, so that its bytes can be hashed or copied and decoded later.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::image`], except those that only decoding finds.
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below the number of stimuli.
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

    /// Reads the gaze on a stimulus: one entry per group that has any, in the order of [`Dataset::groups`].
    ///
    /// # Panics
    ///
    /// Panics if `index` is not below the number of stimuli.
    #[must_use]
    pub fn gaze(&self, index: usize) -> Vec<GroupGaze> {
        self.index.reader.gaze(index, &self.index.stimuli[index])
    }

    fn image_of(&self, index: usize) -> Result<&Image, DataError> {
        let StimulusEntry { key, image } = &self.index.stimuli[index];
        match image {
            // A list of image names may contain a pipe, which may never end.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_folder_of_another_kind_says_what_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        fs::create_dir(folder.path().join("images")).unwrap();
        fs::write(folder.path().join("readme.txt"), "").unwrap();
        let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
        for format in Format::ALL {
            assert!(message.contains(&format!("{} ({format})", formats::reader(format).0)), "{format}: {message}");
        }
        assert!(message.starts_with(&format!("{path} is no dataset of a known format; looked for ")), "{message}");
        assert!(message.ends_with("; found images/, readme.txt"), "{message}");
        let message = Dataset::open(folder.path(), Some(Format::Table)).unwrap_err().to_string();
        let expected = format!(
            "{path} is no dataset of a known format; looked for {} (table); found images/, readme.txt",
            formats::table::LAYOUT
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
        formats::write_sample(folder.path());
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
