//! A map as it is stored, before it is decided what its numbers mean.

use std::path::PathBuf;

use ::image::DynamicImage;
use gaze_core::{LogDensity, MapError, Prediction, SaliencyMap, Size};
use ndarray::Array2;

use super::{MapKind, MapMeaning, NEARLY_NORMALIZED, meaning::NEARLY_NORMALIZED_ENLARGED, percentile};
use crate::{DataError, RawFixation, RawScanpath, error::Problem, files::image};

/// A map as it is stored, in a file of any type, before it is decided what its numbers mean.
#[derive(Clone, Debug)]
pub struct StoredMap {
    content: Content,
    /// The name in errors.
    shown: PathBuf,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Array {
        values: Array2<f64>,
        is_float: bool,
        /// Whether the map was stored smaller.
        is_enlarged: bool,
    },
    Picture(DynamicImage),
}

/// The logarithm of the sum of a map's exponentials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogSum {
    /// The logarithm, 0 for a log density within the tolerance of [`LogDensity`].
    pub value: f64,
    /// Whether it is so near to 0 that the map counts as a log density.
    pub is_near: bool,
}

impl StoredMap {
    pub(super) fn new(content: Content, shown: PathBuf) -> Self {
        Self { content, shown }
    }

    /// Takes an array of shape `(height, width)`, which errors call `array`. `is_float` tells whether it held floating-point
    /// numbers: only those can be logarithms of a density.
    #[must_use]
    pub fn of_array(values: Array2<f64>, is_float: bool) -> Self {
        Self::new(Content::Array { values, is_float, is_enlarged: false }, PathBuf::from("array"))
    }

    /// Returns the size of the map.
    #[must_use]
    pub fn size(&self) -> Size {
        match &self.content {
            Content::Array { values, .. } => values.dim().into(),
            Content::Picture(picture) => Size { height: picture.height() as usize, width: picture.width() as usize },
        }
    }

    /// Computes the logarithm of the sum of the exponentials, which is 0 for a log density. `None` if the numbers are no log
    /// density up to a constant: those of a picture, whole numbers, and numbers of which one is NaN or infinitely large; with
    /// [`MapKind::Auto`] also if one is positive.
    #[must_use]
    pub fn log_sum(&self, kind: MapKind) -> Option<LogSum> {
        let Content::Array { values, is_float: true, .. } = &self.content else { return None };
        // The signs are checked first, as that is cheap.
        if kind == MapKind::Auto && values.iter().any(|&value| value > 0.0) {
            return None;
        }
        match LogDensity::view(values.view()) {
            Ok(_) => Some(LogSum { value: 0.0, is_near: true }),
            Err(MapError::NotNormalized { log_sum, .. }) if log_sum.is_finite() => {
                Some(LogSum { value: log_sum, is_near: log_sum.abs() <= self.nearly() })
            }
            Err(_) => None,
        }
    }

    /// Returns the largest distance of the logarithm of the sum from 0 with which this map counts as a log density.
    fn nearly(&self) -> f64 {
        match self.content {
            Content::Array { is_enlarged: true, .. } => NEARLY_NORMALIZED_ENLARGED,
            _ => NEARLY_NORMALIZED,
        }
    }

    /// Takes the map as a prediction of a kind. With [`MapKind::Auto`] this map alone decides, as [`MapMeaning::of`] does
    /// for all maps of a model.
    ///
    /// # Errors
    ///
    /// [`DataError::Map`] for values that no map of the kind has, [`DataError::NotNormalized`] for
    /// [`MapKind::LogDensity`] if the probabilities are far from a sum of 1, [`DataError::WrongKind`] for a picture that is
    /// to hold logarithms and an array that is to be a percentile map, [`DataError::NotPercentile`], and
    /// [`DataError::NotGray`] for a picture with colors.
    pub fn prediction(self, kind: MapKind) -> Result<Prediction, DataError> {
        let kind = match kind {
            MapKind::Auto => MapMeaning::of(kind, &[("", self.log_sum(kind))]).kind,
            kind => kind,
        };
        let nearly = self.nearly();
        let path = self.shown;
        match (self.content, kind) {
            (Content::Array { .. }, MapKind::Percentile) => {
                let (expected, found) = ("an 8-bit gray picture", "an array of numbers".to_owned());
                Err(DataError::WrongKind { path, expected, found })
            }
            (Content::Array { values, .. }, MapKind::LogDensity) => match LogDensity::view(values.view()) {
                Ok(_) => {
                    LogDensity::new(values).map(Prediction::Density).map_err(|cause| DataError::Map { path, cause })
                }
                Err(MapError::NotNormalized { log_sum, .. }) if log_sum.abs() <= nearly => density(values, path),
                Err(MapError::NotNormalized { log_sum, .. }) => Err(DataError::NotNormalized { path, log_sum }),
                Err(cause) => Err(DataError::Map { path, cause }),
            },
            (Content::Array { values, .. }, MapKind::Unnormalized) => density(values, path),
            (Content::Array { values, .. }, MapKind::Auto | MapKind::Scores) => scores(values, path),
            (Content::Picture(_), MapKind::LogDensity | MapKind::Unnormalized) => {
                let (expected, found) = ("a log density in an array of numbers", "a picture".to_owned());
                Err(DataError::WrongKind { path, expected, found })
            }
            (Content::Picture(DynamicImage::ImageLuma8(gray)), MapKind::Percentile) => {
                let (width, height) = gray.dimensions();
                let values = Array2::from_shape_vec((height as usize, width as usize), gray.into_raw());
                let values = values.expect("a gray picture has one value per pixel");
                let error = |problem| DataError::NotPercentile { path, problem };
                percentile::density(&values).map(Prediction::Density).map_err(error)
            }
            (Content::Picture(other), MapKind::Percentile) => {
                let (expected, found) = ("an 8-bit gray picture", format!("pixels of type {:?}", other.color()));
                Err(DataError::WrongKind { path, expected, found })
            }
            (Content::Picture(picture), MapKind::Auto | MapKind::Scores) => {
                let values = image::gray_values(&picture, &path)?;
                scores(values, path)
            }
        }
    }

    /// Takes the pixels that are not 0 as fixations of an unknown observer, row by row. A pixel counts once, whatever its value.
    ///
    /// # Errors
    ///
    /// [`DataError::Content`] if there is more than one value beside 0, and the errors of [`StoredMap::into_values`].
    pub fn fixations(self) -> Result<RawScanpath, DataError> {
        let shown = self.shown.clone();
        let values = self.into_values()?;
        let mut fixated = None;
        let mut fixations = Vec::new();
        for ((row, column), &value) in values.indexed_iter() {
            if value == 0.0 {
                continue;
            }
            #[expect(clippy::float_cmp, reason = "a map of fixations has two values, whatever they are")]
            if *fixated.get_or_insert(value) != value {
                let expected = "a map of fixations with one value beside 0 (a blurred map is for --empirical)";
                let found = format!("{} and {value}", fixated.unwrap_or_default());
                return Err(Problem::new("the map", expected, &found).at(&shown));
            }
            fixations.push(RawFixation::from_origin(0.0, column as f64, row as f64, None, None));
        }
        Ok(RawScanpath { observer: None, fixations })
    }

    /// Returns the numbers without interpreting them: those of the array, or the gray values of the picture.
    ///
    /// # Errors
    ///
    /// [`DataError::NotGray`] and [`DataError::WrongKind`] for a picture with colors.
    pub fn into_values(self) -> Result<Array2<f64>, DataError> {
        match self.content {
            Content::Array { values, .. } => Ok(values),
            Content::Picture(picture) => image::gray_values(&picture, &self.shown),
        }
    }
}

fn density(values: Array2<f64>, path: PathBuf) -> Result<Prediction, DataError> {
    LogDensity::normalize(values).map(Prediction::Density).map_err(|cause| DataError::Map { path, cause })
}

fn scores(values: Array2<f64>, path: PathBuf) -> Result<Prediction, DataError> {
    SaliencyMap::new(values).map(Prediction::Scores).map_err(|cause| DataError::Map { path, cause })
}
