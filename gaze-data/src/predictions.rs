//! A folder of predictions, one file per stimulus.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use ::image::DynamicImage;
use gaze_core::{LogDensity, Prediction, SaliencyMap, Size};
use ndarray::Array2;

use crate::{DataError, MapKind, folder, image, npy, percentile};

/// How many folders deep a store is searched.
const DEPTH: usize = 8;

/// The largest NumPy file that is read, in bytes.
const LARGEST_ARRAY: u64 = 1 << 30;

/// A folder of predictions, matched to stimuli by file stem: `1001.npy` belongs to stimulus `1001`.
///
/// Folders in the folder are searched too, but not links to folders. Files are `.npy` arrays of shape
/// `(height, width)` and pictures (png, jpg, tiff, bmp); other files are left alone.
///
/// A picture gives its gray values as they are stored (0 to 255, or to 65,535 for 16 bits; transparency is left out).
/// One with three channels is gray if they are equal everywhere, and refused otherwise: the colors of a heat map do
/// not say which of two is more.
#[derive(Debug)]
pub struct PredictionStore {
    folder: PathBuf,
    kind: MapKind,
    files: BTreeMap<String, Vec<PathBuf>>,
}

impl PredictionStore {
    /// Lists a folder.
    ///
    /// # Errors
    ///
    /// [`DataError::NotFound`], [`DataError::NotAFolder`], or the operating system's refusal.
    pub fn open(dir: &Path, kind: MapKind) -> Result<Self, DataError> {
        folder::check(dir)?;
        let mut store = Self { folder: dir.to_owned(), kind, files: BTreeMap::new() };
        store.list(dir, DEPTH)?;
        for files in store.files.values_mut() {
            files.sort();
        }
        Ok(store)
    }

    fn list(&mut self, dir: &Path, depth: usize) -> Result<(), DataError> {
        let error = |cause| folder::io_error(dir, cause);
        for entry in fs::read_dir(dir).map_err(error)? {
            let entry = entry.map_err(error)?;
            let path = entry.path();
            let Some(stem) = path.file_stem().and_then(OsStr::to_str).filter(|stem| !stem.starts_with('.')) else {
                continue;
            };
            if entry.file_type().map_err(error)?.is_dir() {
                if depth > 0 {
                    self.list(&path, depth - 1)?;
                }
            } else if folder::extension(&path).is_some_and(|extension| is_map(&extension)) && path.is_file() {
                self.files.entry(stem.to_owned()).or_default().push(path);
            }
        }
        Ok(())
    }

    /// The folder that was opened.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How its files are read.
    #[must_use]
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// The number of different stems.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no prediction at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file for a stimulus, the folder included; `None` if there is none or more than one.
    #[must_use]
    pub fn path(&self, key: &str) -> Option<&Path> {
        self.find(key).ok()
    }

    /// The size of a prediction, from the header of its file.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], and whatever is wrong with the file's beginning.
    pub fn size(&self, key: &str) -> Result<Size, DataError> {
        let path = self.find(key)?;
        let shown = self.shown(path);
        if !is_npy(path) {
            return image::size(path, &shown);
        }
        let file = File::open(path).map_err(|cause| folder::io_error(&shown, cause))?;
        let mut beginning = Vec::new();
        let read = file.take(npy::LONGEST_HEADER as u64 + 12).read_to_end(&mut beginning);
        read.map_err(|cause| folder::io_error(&shown, cause))?;
        let header = npy::Header::parse(&beginning).map_err(|cause| DataError::Npy { path: shown, cause })?;
        Ok(header.size)
    }

    /// Reads a prediction.
    ///
    /// # Errors
    ///
    /// [`DataError::NoPrediction`], [`DataError::Ambiguous`], and whatever is wrong with the file:
    /// [`DataError::WrongKind`] if a file of its type cannot hold a map of the store's kind, [`DataError::Map`] if
    /// its values are not finite or a log density is not normalised.
    pub fn load(&self, key: &str) -> Result<Prediction, DataError> {
        let path = self.find(key)?;
        read(path, self.shown(path), self.kind)
    }

    fn find(&self, key: &str) -> Result<&Path, DataError> {
        match self.files.get(key).map(Vec::as_slice) {
            Some([path]) => Ok(path),
            Some([first, second, ..]) => {
                let (first, second) = (self.shown(first), self.shown(second));
                Err(DataError::Ambiguous { key: key.to_owned(), first, second })
            }
            _ => Err(DataError::NoPrediction { key: key.to_owned(), folder: self.folder.clone() }),
        }
    }

    /// A file's path below the folder, with the folder's own name: `deepgaze2e/12.png`.
    fn shown(&self, path: &Path) -> PathBuf {
        Path::new(&folder::name(&self.folder)).join(path.strip_prefix(&self.folder).unwrap_or(path))
    }
}

/// Reads one prediction from a file: a NumPy array of shape `(height, width)` or a picture, as in a [`PredictionStore`].
///
/// # Errors
///
/// Whatever is wrong with the file, as for [`PredictionStore::load`].
pub fn read_prediction(path: &Path, kind: MapKind) -> Result<Prediction, DataError> {
    if !path.exists() {
        return Err(DataError::NotFound { path: path.to_owned() });
    }
    read(path, path.to_owned(), kind)
}

fn read(path: &Path, shown: PathBuf, kind: MapKind) -> Result<Prediction, DataError> {
    match (kind, is_npy(path)) {
        (MapKind::Percentile, true) => {
            let (expected, found) = ("an 8-bit gray picture", "a NumPy array".to_owned());
            Err(DataError::WrongKind { path: shown, expected, found })
        }
        (MapKind::LogDensity, false) => {
            let (expected, found) = ("a log density in a NumPy array", "a picture".to_owned());
            Err(DataError::WrongKind { path: shown, expected, found })
        }
        (kind, true) => array(path, &shown, kind),
        (MapKind::Percentile, false) => match image::decode_bytes(&folder::read(path, &shown, image::MEMORY)?, &shown)?
        {
            DynamicImage::ImageLuma8(gray) => {
                let (width, height) = gray.dimensions();
                let values = Array2::from_shape_vec((height as usize, width as usize), gray.into_raw());
                let values = values.expect("a gray picture has one value per pixel");
                let density = percentile::density(&values);
                let error = |problem| DataError::NotPercentile { path: shown, problem };
                density.map(Prediction::Density).map_err(error)
            }
            other => {
                let (expected, found) = ("an 8-bit gray picture", format!("pixels of type {:?}", other.color()));
                Err(DataError::WrongKind { path: shown, expected, found })
            }
        },
        (MapKind::Auto | MapKind::Scores, false) => {
            let values =
                image::gray_values(&image::decode_bytes(&folder::read(path, &shown, image::MEMORY)?, &shown)?, &shown)?;
            SaliencyMap::new(values).map(Prediction::Scores).map_err(|cause| DataError::Map { path: shown, cause })
        }
    }
}

fn is_npy(path: &Path) -> bool {
    folder::extension(path).as_deref() == Some("npy")
}

fn is_map(extension: &str) -> bool {
    extension == "npy" || image::EXTENSIONS.contains(&extension)
}

fn array(path: &Path, shown: &Path, kind: MapKind) -> Result<Prediction, DataError> {
    let file = folder::read(path, shown, LARGEST_ARRAY)?;
    let (header, values) = npy::parse(&file).map_err(|cause| DataError::Npy { path: shown.to_owned(), cause })?;
    let map_error = |cause| DataError::Map { path: shown.to_owned(), cause };
    if kind == MapKind::LogDensity {
        return LogDensity::new(values).map(Prediction::Density).map_err(map_error);
    }
    // Cheap signs first, so that few arrays are copied for the sum.
    if kind == MapKind::Auto
        && header.is_float()
        && values.iter().all(|&value| value <= 0.0)
        && let Ok(density) = LogDensity::new(values.clone())
    {
        return Ok(Prediction::Density(density));
    }
    SaliencyMap::new(values).map(Prediction::Scores).map_err(map_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{damaged, real_data};
    use ::image::{GrayImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, RgbImage};
    use gaze_core::bits;
    use ndarray::array;
    use std::io::Cursor;
    use tempfile::TempDir;

    fn folder_with(files: &[(&str, Vec<u8>)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join("maps").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn load(name: &str, bytes: Vec<u8>, kind: MapKind) -> Result<Prediction, DataError> {
        let folder = folder_with(&[(name, bytes)]);
        let store = PredictionStore::open(&folder.path().join("maps"), kind).unwrap();
        let prediction = store.load("a");
        if let Ok(prediction) = &prediction {
            assert_eq!(store.size("a").unwrap(), prediction.size(), "header and content agree");
        }
        prediction
    }

    #[track_caller]
    fn check_scores(name: &str, bytes: &[u8], expected: &Array2<f64>) {
        for kind in [MapKind::Auto, MapKind::Scores] {
            match load(name, bytes.to_vec(), kind).unwrap() {
                Prediction::Scores(map) => assert_eq!(map.values(), expected),
                Prediction::Density(_) => panic!("{name} is no density"),
            }
        }
    }

    #[track_caller]
    fn check_error(name: &str, bytes: Vec<u8>, kind: MapKind, expected: &str) {
        assert_eq!(load(name, bytes, kind).unwrap_err().to_string(), format!("maps/{expected}"));
    }

    #[test]
    fn gray_pictures_are_plain_numbers() {
        check_scores("a.png", &png(GrayImage::from_vec(2, 1, vec![3, 255]).unwrap()), &array![[3.0, 255.0]]);
        let deep = ImageBuffer::<Luma<u16>, _>::from_vec(1, 2, vec![3, 65_535]).unwrap();
        check_scores("a.png", &png(deep), &array![[3.0], [65_535.0]]);
        check_scores("a.png", &png(RgbImage::from_pixel(1, 1, Rgb([9, 9, 9]))), &array![[9.0]]);
        check_scores("a.PNG", &png(ImageBuffer::from_pixel(1, 1, LumaA([9u8, 0]))), &array![[9.0]]);
    }

    #[test]
    fn a_colored_picture_is_refused() {
        let mut picture = RgbImage::from_pixel(3, 2, Rgb([9, 9, 9]));
        picture.put_pixel(2, 1, Rgb([9, 9, 8]));
        let expected = "a.png: expected a gray picture, found red 9, green 9, blue 8 at row 1, column 2";
        check_error("a.png", png(picture), MapKind::Auto, expected);
    }

    #[test]
    fn a_normalised_array_without_positive_values_is_a_density() {
        let logs = array![[0.25f64, 0.75]].ln();
        for kind in [MapKind::Auto, MapKind::LogDensity] {
            let prediction = load("a.npy", npy::encode_f64(&logs), kind).unwrap();
            assert_eq!(prediction.density().unwrap().values(), logs);
        }
        // The same numbers when only scores are asked for, and other numbers.
        let scores = load("a.npy", npy::encode_f64(&logs), MapKind::Scores).unwrap();
        assert!(scores.density().is_none());
        check_scores("a.npy", &npy::encode_f64(&array![[-0.1, -0.2]]), &array![[-0.1, -0.2]]);
        // exp(0) alone sums to 1, but whole numbers are no logarithms.
        check_scores("a.npy", &npy::encode("|i1", false, "(1, 1)", &[0]), &array![[0.0]]);
    }

    #[test]
    fn a_density_must_be_one() {
        let expected = "a.npy: the probabilities do not sum to 1: the logarithm of their sum is \
                        0.6931471805599453, beyond ±0.0001";
        check_error("a.npy", npy::encode_f64(&array![[0.0, 0.0]]), MapKind::LogDensity, expected);
        let expected = "a.npy: the value at row 0, column 1 is NaN";
        check_error("a.npy", npy::encode_f64(&array![[0.0, f64::NAN]]), MapKind::Auto, expected);
        let picture = png(GrayImage::new(1, 1));
        let expected = "a.png: expected a log density in a NumPy array, found a picture";
        check_error("a.png", picture, MapKind::LogDensity, expected);
    }

    #[test]
    fn a_percentile_map_becomes_a_density() {
        let picture = png(GrayImage::from_vec(2, 1, vec![127, 0]).unwrap());
        let prediction = load("a.png", picture, MapKind::Percentile).unwrap();
        let expected = f64::ln(0.5);
        assert!(prediction.density().unwrap().values().iter().all(|log| (log - expected).abs() < 1e-6));
        let picture = png(GrayImage::from_vec(2, 1, vec![255, 0]).unwrap());
        let expected = "a.png: not a percentile map: expected values from 0 to 254, found 255";
        check_error("a.png", picture, MapKind::Percentile, expected);
        let expected = "a.npy: expected an 8-bit gray picture, found a NumPy array";
        check_error("a.npy", npy::encode_f64(&array![[0.0]]), MapKind::Percentile, expected);
        let picture = png(RgbImage::new(1, 1));
        let expected = "a.png: expected an 8-bit gray picture, found pixels of type Rgb8";
        check_error("a.png", picture, MapKind::Percentile, expected);
    }

    #[test]
    fn files_are_found_by_stem_in_folders_too() {
        let map = png(GrayImage::new(2, 3));
        let files = ["1.png", "deep/2.png", "deep/1.v2.png", ".3.png", "4.txt", "twice.png", "deep/twice.tiff"];
        let folder = folder_with(&files.map(|name| (name, map.clone())));
        let store = PredictionStore::open(&folder.path().join("maps"), MapKind::Auto).unwrap();
        assert_eq!((store.len(), store.is_empty()), (4, false));
        assert!(store.path("1").unwrap().ends_with("maps/1.png"));
        assert_eq!(store.size("2").unwrap(), Size { height: 3, width: 2 });
        assert!(store.path("1.v2").is_some());
        let message = store.load("3").unwrap_err().to_string();
        assert_eq!(message, format!("no prediction for 3 in {}", store.folder().display()));
        assert!(store.path("twice").is_none());
        let message = store.load("twice").unwrap_err().to_string();
        let expected = "twice is ambiguous: both maps/deep/twice.tiff and maps/twice.png have this name";
        assert_eq!(message, expected);
    }

    #[test]
    fn no_damage_makes_the_decoding_of_maps_panic() {
        let picture = png(GrayImage::from_fn(9, 7, |x, y| Luma([u8::try_from(x * y * 5 % 254).unwrap()])));
        for bytes in damaged(&picture, 300, 8) {
            for kind in [MapKind::Scores, MapKind::Percentile] {
                let _ = load("a.png", bytes.clone(), kind);
            }
        }
    }

    /// The authors' own maps: log-likelihood over the uniform density in bits, the mean over images of the mean over
    /// fixations. Computed independently (NumPy and Pillow, levels spread evenly, no pooling): ASD 1.1333, TD 1.6482
    /// for the 150 images at hand. The authors report 1.007 and 1.671 for their densities on all 300 images.
    #[test]
    fn the_real_maps_are_as_likely_as_computed_elsewhere() {
        let Some(root) = real_data("saliency4asd") else { return };
        let dataset = crate::Dataset::open(&root, None).unwrap();
        let store = PredictionStore::open(&root.join("deepgaze2e"), MapKind::Percentile).unwrap();
        let mut sums = [0.0; 2];
        for (index, stimulus) in dataset.stimuli().iter().enumerate() {
            let prediction = store.load(stimulus.key()).unwrap();
            let logs = prediction.density().unwrap().values();
            let uniform = (logs.len() as f64).ln();
            for (gaze, sum) in dataset.gaze(index).into_iter().zip(&mut sums) {
                let raw = gaze.scanpaths.unwrap();
                let (scanpaths, dropped) = crate::scanpaths_within(&raw, prediction.size(), &gaze.source);
                assert!(dropped.is_empty());
                let pixels: Vec<_> = scanpaths.iter().flat_map(|path| path.fixations().pixels()).collect();
                let total: f64 = pixels.iter().map(|pixel| logs[[pixel.row, pixel.column]] + uniform).sum();
                *sum += bits(total / pixels.len() as f64);
            }
        }
        let [asd, td] = sums.map(|sum| sum / dataset.stimuli().len() as f64);
        // The pooling of neighbouring levels is all that differs.
        assert!((asd - 1.1333).abs() < 1e-3, "ASD {asd}");
        assert!((td - 1.6482).abs() < 1e-3, "TD {td}");
    }
}
