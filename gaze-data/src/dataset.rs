//! The index of a dataset folder, whatever its format.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use gaze_core::{PixelsPerDegree, Size, Stimulus};

use crate::{
    Background, DataError, DatasetOptions, Format, GazeOptions, GroupGaze, Provenance, RecordingOptions, StoredImage,
    Turning,
    contract::{Image, Index, Picture, StimulusEntry},
    files::{folder, image, place::Place},
    formats,
    images::decode_image,
    turned::Turned,
};

/// The index of a dataset folder.
///
/// Opening lists the folder and, where all gaze is in one file, parses that file; it decodes no image. It can be
/// shared between threads.
pub struct Dataset {
    format: Format,
    root: PathBuf,
    index: Index,
    options: DatasetOptions,
    /// The headers of the images that have files of their own, read when they are first asked for; `None` where that failed.
    headers: Vec<OnceLock<Option<image::Header>>>,
    /// What was decided about images that viewers turn, once it was asked for.
    turned: OnceLock<Turned>,
    /// All notes, once they were asked for.
    notes: OnceLock<Vec<String>>,
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
        Self::open_with(path, &DatasetOptions { format, ..DatasetOptions::default() })
    }

    /// Opens a dataset as [`Dataset::open`] does, with choices about the way in which it is written.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::open`], and [`DataError::Header`] if a table has no column that a choice names.
    pub fn open_with(path: &Path, options: &DatasetOptions) -> Result<Self, DataError> {
        Self::open_recordings(path, options, &RecordingOptions::default())
    }

    /// Opens a dataset as [`Dataset::open_with`] does, with choices about recordings of eye trackers; if one of them was made and
    /// no format is named, the dataset is one of recordings.
    ///
    /// # Errors
    ///
    /// The errors of [`Dataset::open_with`]; [`DataError::NotRecordings`] if another format is named; [`DataError::NotAFolder`] if the pictures' folder is none, and
    /// [`DataError::Content`] if fixations cannot be found in the samples without knowing more.
    pub fn open_recordings(
        path: &Path,
        options: &DatasetOptions,
        recordings: &RecordingOptions,
    ) -> Result<Self, DataError> {
        let formats: &[Format] = match &options.format {
            Some(format) if recordings.are_chosen() && *format != Format::Recordings => {
                return Err(DataError::NotRecordings { format: *format });
            }
            Some(format) => std::slice::from_ref(format),
            None if recordings.are_chosen() => &[Format::Recordings],
            None if options.group_column.is_some() => &[Format::Table, Format::Recordings],
            None => &Format::ALL,
        };
        let place = Place::new(path, options)?;
        let mut unreadable = None;
        let mut tried = Vec::new();
        for &format in formats {
            let (layout, open) = formats::reader(format);
            let opened = match format {
                Format::Recordings => formats::recordings::open_with(&place, recordings),
                _ => open(&place),
            };
            match opened {
                Ok(Some(mut index)) => {
                    // An earlier format may have been the right one, had this build been able to look.
                    index.notes.extend(unreadable.map(|error: DataError| error.to_string()));
                    return Ok(Self {
                        format,
                        root: place.root,
                        headers: index.stimuli.iter().map(|_| OnceLock::new()).collect(),
                        index,
                        options: options.clone(),
                        turned: OnceLock::new(),
                        notes: OnceLock::new(),
                    });
                }
                Ok(None) => {}
                Err(error @ DataError::WithoutFeature { .. }) => {
                    unreadable.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
            tried.push(place.attempt(format, layout));
        }
        match unreadable {
            Some(error) => Err(error),
            None => Err(DataError::NotRecognised { path: path.to_owned(), tried, found: place.overview()? }),
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
        self.notes.get_or_init(|| {
            let count = self.headers.len();
            let has_alpha = |index: &usize| self.header(*index).is_some_and(|header| header.has_alpha);
            let transparent = (0..count).filter(has_alpha).count();
            let background = self.options.background;
            let transparent = (transparent > 0).then(|| {
                format!(
                    "{transparent} of {count} images have room for transparency; where they are transparent they are laid \
                     over {background} (--background)"
                )
            });
            let turned = (0..count).any(|index| self.header(index).is_some_and(|header| header.is_turned()));
            let turned = turned.then(|| self.turned().note()).flatten();
            self.index.notes.iter().cloned().chain(turned).chain(transparent).collect()
        })
    }

    /// Returns the header of an image that has a file of its own, if it can be read.
    pub(crate) fn header(&self, index: usize) -> Option<image::Header> {
        *self.headers[index].get_or_init(|| match self.image_of(index) {
            Ok(Image::File(path)) => image::header(path, self.relative(path)).ok(),
            _ => None,
        })
    }

    /// Returns the decision whether images are turned as viewers turn them.
    fn turned(&self) -> &Turned {
        self.turned.get_or_init(|| {
            let turned = |index| self.header(index).filter(image::Header::is_turned);
            Turned::of((0..self.headers.len()).filter_map(|index| Some((turned(index)?, self.written_gaze(index)))))
        })
    }

    /// Returns the way in which an image is turned.
    fn turning(&self, index: usize) -> Turning {
        let is_turned = self.header(index).is_some_and(|header| header.is_turned()) && self.turned().are_shown();
        if is_turned { Turning::AsShown } else { Turning::AsStored }
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
            Image::File(path) => match self.header(index) {
                Some(header) if self.turning(index) == Turning::AsShown => Ok(header.turned_size()),
                Some(header) => Ok(header.size),
                None => image::size(path, self.relative(path)),
            },
            Image::Inside(_) => self.index.reader.picture_size(index, &self.index.stimuli[index]),
        }
    }

    /// Decodes a stimulus to 8-bit RGB.
    ///
    /// Gray becomes three equal channels, what is transparent is laid over the background of the [`DatasetOptions`], 16 bits
    /// are rounded to the nearest of 8. No color profile is applied. An EXIF rotation is ignored, as gaze refers to the pixels
    /// in the order of the file, unless the dataset's gaze fits the turned images only; a note says so either way.
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
            Image::Inside(_) => match self.index.reader.picture(index, &self.index.stimuli[index])? {
                Picture::Encoded { bytes, shown } => {
                    let image = decode_image(&bytes, &shown, Turning::AsStored, self.options.background)?;
                    Ok(image.stimulus)
                }
                Picture::Pixels(stimulus) => Ok(stimulus),
            },
            Image::File(_) => self.stored_image(index)?.decode(),
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
                let bytes = folder::read(path, shown, image::MEMORY)?;
                Ok(StoredImage::encoded(bytes, shown.to_owned(), self.turning(index), self.options.background))
            }
            Image::Inside(_) => Ok(match self.index.reader.picture(index, &self.index.stimuli[index])? {
                Picture::Encoded { bytes, shown } => {
                    StoredImage::encoded(bytes, shown, Turning::AsStored, self.options.background)
                }
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
        let mut gaze = self.written_gaze(index);
        if self.options.gaze.changes() {
            let size = || self.image_size(index);
            for group in &mut gaze {
                let scanpaths = std::mem::replace(&mut group.scanpaths, Ok(Vec::new()));
                group.scanpaths = scanpaths.and_then(|scanpaths| self.options.gaze.apply(scanpaths, size));
            }
        }
        gaze
    }

    /// Reads the gaze on a stimulus in the units in which it is written.
    pub(crate) fn written_gaze(&self, index: usize) -> Vec<GroupGaze> {
        self.index.reader.gaze(index, &self.index.stimuli[index])
    }

    /// Returns the color that transparent images are laid over.
    #[must_use]
    pub fn background(&self) -> Background {
        self.options.background
    }

    /// Returns the way in which gaze is written.
    #[must_use]
    pub fn gaze_options(&self) -> &GazeOptions {
        &self.options.gaze
    }

    fn image_of(&self, index: usize) -> Result<&Image, DataError> {
        let StimulusEntry { key, image, .. } = &self.index.stimuli[index];
        match image {
            // A list of image names may contain a pipe, which may never end.
            Some(Image::File(path)) if path.metadata().is_ok_and(|data| !data.is_file()) => {
                let cause = io::Error::other("not a file");
                Err(DataError::Io { path: self.relative(path).to_owned(), cause })
            }
            Some(image) => {
                if let Image::File(path) = image {
                    folder::check_link(&self.root, self.relative(path))?;
                }
                Ok(image)
            }
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
        let lines: Vec<&str> = message.lines().collect();
        assert_eq!(lines[0], format!("{path} is no dataset of a known format"));
        assert_eq!(lines[1], "  found    images/, readme.txt");
        assert_eq!(lines[2], "  nearest  table        has images, lacks fixations.csv, .tsv, .txt or .parquet");
        assert!(lines.len() == 6 && lines.iter().all(|line| line.len() < 140), "{message}");
        assert_eq!(lines[5], "  docs/DATASETS.md describes every format");
        let message = Dataset::open(folder.path(), Some(Format::Mit300)).unwrap_err().to_string();
        let expected = format!(
            "{path} is no dataset of a known format\n  found    images/, readme.txt\n  nearest  mit300       lacks \
             BenchmarkIMAGES\n  docs/DATASETS.md describes every format"
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
        assert!(message.contains("\n  found    data, a file of 0 bytes\n"), "{message}");
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
