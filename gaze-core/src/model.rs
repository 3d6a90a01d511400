//! The one trait of all models: what a model is asked, and what it tells about itself.

use std::{error::Error, fmt::Debug};

use thiserror::Error;

use crate::{Fixation, LogDensity, Prediction, Size, Stimulus};

/// The reason why a model has no prediction. Every model has errors of its own, so they meet in a box.
pub type ModelError = Box<dyn Error + Send + Sync + 'static>;

/// A question to a model: where do people look next on this picture?
#[derive(Clone, Copy, Debug)]
pub struct Viewing<'a> {
    /// The name of the stimulus in its dataset, or an empty name. Only models that look predictions up need it.
    pub name: &'a str,
    /// The size at which the prediction is wanted. Where [`Viewing::picture`] has another size, the picture was scaled
    /// for the model, and the model answers at [`SaliencyModel::output_size`].
    pub size: Size,
    /// The picture, unless the dataset lacks it.
    pub picture: Option<&'a Stimulus>,
    /// The center bias to combine the picture with, at the size of the answer. Models that take none ignore it.
    pub center_bias: Option<&'a LogDensity<'a>>,
    /// The fixations made so far, oldest first. Spatial models ignore them.
    pub history: &'a [Fixation],
    /// `true` if nothing else is computed meanwhile, so that the model may use all threads for this picture.
    pub alone: bool,
}

/// A question lacks what the model needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Lacking {
    /// The model looks at the picture, and there is none.
    #[error("the image is missing, and the model looks at it")]
    Picture,
    /// The model combines the picture with a center bias, and none was given.
    #[error("the model needs a center bias, and none was given")]
    CenterBias,
}

impl<'a> Viewing<'a> {
    /// Asks for a prediction of a given size, with nothing else known.
    #[must_use]
    pub fn of_size(size: Size) -> Self {
        Self { name: "", size, picture: None, center_bias: None, history: &[], alone: false }
    }

    /// Asks for a prediction at the picture's own size.
    #[must_use]
    pub fn of_picture(picture: &'a Stimulus) -> Self {
        Self { picture: Some(picture), ..Self::of_size(picture.size()) }
    }

    /// The picture.
    ///
    /// # Errors
    ///
    /// [`Lacking::Picture`] if there is none.
    pub fn needs_picture(&self) -> Result<&'a Stimulus, Lacking> {
        self.picture.ok_or(Lacking::Picture)
    }

    /// The center bias.
    ///
    /// # Errors
    ///
    /// [`Lacking::CenterBias`] if there is none.
    pub fn needs_center_bias(&self) -> Result<&'a LogDensity<'a>, Lacking> {
        self.center_bias.ok_or(Lacking::CenterBias)
    }
}

/// The pictures a network was trained with: the scale at which it should see others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Pixels per degree of visual angle.
    pub pixels_per_degree: f64,
    /// Pixels along the longer side.
    pub long_side: usize,
    /// `true` if a picture of unknown scale is shown at [`Training::long_side`]; otherwise it is shown as it is.
    pub rescales: bool,
}

/// A model of where people look.
///
/// Every model of the workspace implements this trait: networks, baselines, and maps that another program made. A model
/// answers one [`Viewing`] at a time; whoever asks decides at which scale a network sees the picture and which center
/// bias it is given.
///
/// # Example
///
/// ```
/// use gaze_core::{LogDensity, ModelError, Prediction, SaliencyModel, Size, Viewing};
///
/// /// Looks at the left half only.
/// #[derive(Debug)]
/// struct LeftHalf;
///
/// impl SaliencyModel for LeftHalf {
///     fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
///         let Size { height, width } = viewing.size;
///         let weights = ndarray::Array2::from_shape_fn((height, width), |(_, x)| f64::from(2 * x < width));
///         Ok(Prediction::Density(LogDensity::from_weights(weights)?))
///     }
/// }
///
/// let prediction = LeftHalf.predict(&Viewing::of_size(Size { height: 2, width: 4 }))?;
/// assert_eq!(prediction.to_saliency_map().values()[[0, 0]], 0.25);
/// # Ok::<(), ModelError>(())
/// ```
pub trait SaliencyModel: Debug + Send + Sync {
    /// Predicts where people look: a density, or scores that only rank, of size [`SaliencyModel::output_size`].
    ///
    /// # Errors
    ///
    /// Anything that keeps this model from predicting this picture; [`Lacking`] if the question lacks something.
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError>;

    /// Predicts several pictures. A model that gains by sharing work among pictures overrides this.
    fn predict_all(&self, viewings: &[Viewing<'_>]) -> Vec<Result<Prediction, ModelError>> {
        viewings.iter().map(|viewing| self.predict(viewing)).collect()
    }

    /// Looks at a picture, to be asked for one history after the other. The history of `viewing` is ignored. A spatial
    /// model, which is the default, predicts once and answers the same for all histories.
    ///
    /// # Errors
    ///
    /// The errors of [`SaliencyModel::predict`].
    fn look<'a>(&'a self, viewing: &Viewing<'_>) -> Result<Box<dyn Look + 'a>, ModelError> {
        Ok(Box::new(self.predict(viewing)?))
    }

    /// Returns whether predictions depend on the fixations made so far.
    fn takes_history(&self) -> bool {
        false
    }

    /// The size of the prediction when a picture of size `wanted` is shown at size `seen`: `seen` for networks whose
    /// output is as large as their input, `wanted` for models that make a density of any size.
    fn output_size(&self, wanted: Size, seen: Size) -> Size {
        let _ = wanted;
        seen
    }

    /// The model's own center bias at this size: what it predicts where a picture has no content. `None` if it has none.
    ///
    /// # Errors
    ///
    /// If the center bias cannot be made at this size.
    fn center_bias(&self, size: Size) -> Result<Option<LogDensity<'static>>, ModelError> {
        let _ = size;
        Ok(None)
    }

    /// Returns whether the model combines the picture with a center bias that it is given.
    fn takes_center_bias(&self) -> bool {
        false
    }

    /// The scale at which the model was trained; `None` if scale does not matter to it.
    fn training(&self) -> Option<Training> {
        None
    }

    /// The memory in bytes that one prediction takes while it is made, when the picture is shown at size `seen`; the
    /// model's own parameters are not counted. An estimate, from which the number of pictures that are worked on at the
    /// same time is decided.
    fn memory(&self, seen: Size) -> usize {
        let _ = seen;
        0
    }

    /// A text that identifies the model's parameters, usually the SHA-256 of their file; `None` if it has no parameters.
    ///
    /// # Errors
    ///
    /// If the parameters cannot be read.
    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(None)
    }

    /// The factor by which the model's map is multiplied before it becomes a density, where that can be set.
    fn temperature(&self) -> Option<f64> {
        None
    }
}

/// A picture that a model has looked at, to be asked for one history of fixations after the other.
///
/// A model of scanpaths computes once for each picture what does not depend on the fixations, and the rest for each
/// history. [`SaliencyModel::look`] makes it.
pub trait Look: Debug + Send + Sync {
    /// Predicts where the next fixation lies after those of `history`, the oldest first.
    ///
    /// # Errors
    ///
    /// Anything that keeps the model from predicting.
    fn predict(&self, history: &[Fixation]) -> Result<Prediction, ModelError>;
}

/// The answer of a spatial model, which is the same for all histories.
impl Look for Prediction {
    fn predict(&self, _: &[Fixation]) -> Result<Prediction, ModelError> {
        Ok(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct NeedsBoth;

    impl SaliencyModel for NeedsBoth {
        fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
            viewing.needs_picture()?;
            Ok(Prediction::Density(viewing.needs_center_bias()?.clone().into_owned()))
        }
    }

    #[test]
    fn what_a_question_lacks_is_named() {
        let size = Size { height: 2, width: 3 };
        let without = Viewing::of_size(size);
        let message = |viewing: &Viewing<'_>| NeedsBoth.predict(viewing).unwrap_err().to_string();
        assert_eq!(message(&without), "the image is missing, and the model looks at it");
        let picture = Stimulus::new(ndarray::Array3::zeros((2, 3, 3))).unwrap();
        assert_eq!(message(&Viewing::of_picture(&picture)), "the model needs a center bias, and none was given");
    }

    #[test]
    fn a_spatial_model_answers_the_same_after_every_fixation() {
        let size = Size { height: 1, width: 2 };
        let picture = Stimulus::new(ndarray::Array3::zeros((1, 2, 3))).unwrap();
        let uniform = LogDensity::uniform(size).unwrap();
        let look = NeedsBoth.look(&Viewing { center_bias: Some(&uniform), ..Viewing::of_picture(&picture) }).unwrap();
        for history in [&[][..], &[Fixation { x: 1.0, y: 0.0 }]] {
            assert_eq!(look.predict(history).unwrap().density(), Some(&uniform));
        }
        assert!(NeedsBoth.look(&Viewing::of_size(size)).is_err() && !NeedsBoth.takes_history());
    }

    #[test]
    fn several_pictures_are_answered_in_their_order() {
        let size = Size { height: 1, width: 2 };
        let picture = Stimulus::new(ndarray::Array3::zeros((1, 2, 3))).unwrap();
        let uniform = LogDensity::uniform(size).unwrap();
        let whole = Viewing { center_bias: Some(&uniform), ..Viewing::of_picture(&picture) };
        let answers = NeedsBoth.predict_all(&[whole, Viewing::of_size(size)]);
        assert_eq!(answers.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    }
}
