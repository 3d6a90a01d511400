//! DeepGaze MSDB: CLIP and DINOv2 at ten sizes of the picture, one small readout, and a handful of parameters in which
//! datasets differ.
//!
//! Kümmerer, Khanuja & Bethge (2025), *Modeling saliency dataset bias*, ICCV. The reference implementation is the PyTorch
//! package `DeepGaze`, with whose released weights this one gives the same densities.
//!
//! The picture is seen at five numbers of pixels per degree of visual angle and at five lengths of its longer side, so the
//! model must know how large the picture appeared to the observers. Both backbones look at each of these views. The weighted
//! sum of their features goes through five layers to one map, which is blurred, multiplied, and joined with the center bias.
//! The weights of the views, the width of the blur and both factors are a dataset's own ([`DatasetParameters`]).
//!
//! The backbones take nearly all the time and do not depend on the dataset. [`DeepGazeMsdb::look`] asks them once for a
//! picture, and [`Seen::log_density`] computes the rest for each set of parameters and each center bias. Up to its first
//! softplus the readout is a sum over the views but for two numbers, the mean and the variance of the features, so each
//! view's part of that sum is computed once, too.

use std::cmp::Reverse;

use gaze_core::{PixelsPerDegree, Size, Stimulus};
use ndarray::{Array3, Array4, Axis};
use rayon::prelude::*;
use tch::{TchError, Tensor};

pub use crate::deepgaze::DeepGazeError;
pub use crate::deepgaze_msdb::{parameters::DatasetParameters, views::VIEWS};
use crate::{
    TrainingDataset,
    deepgaze::{Layer, SaliencyNetworks, placement},
    deepgaze_msdb::{
        backbones::{Backbones, Part},
        clip::Clip,
        dino::Dino,
        parameters::AllDatasets,
        seen::Digest,
    },
    device::{Device, Precision},
    libtorch::adopt_threads,
    nn::{Constant, Parameters, Placement},
    tensor::{array_from_tensor, tensor_from_array},
    weights::{Identity, Weights},
};
pub(crate) use open::open;
pub use seen::Seen;

mod backbones;
mod clip;
mod dino;
mod open;
mod parameters;
mod seen;
mod views;

/// The name in messages.
const MODEL: &str = "DeepGaze MSDB";
/// The places of the backbones in a checkpoint of the whole network.
const CLIP: &str = "features.backbone.feature_extractors.CLIP.features.1";
const DINO: &str = "features.backbone.feature_extractors.DINOv2";
/// The numbers of channels of the features, in the order of the readout.
const CHANNELS: [usize; 3] = [clip::CHANNELS, dino::CHANNELS, dino::CHANNELS];
/// The numbers of channels of the last layers.
const LAST: [usize; 3] = [1, 128, 1];

/// DeepGaze MSDB, ready to look at pictures.
///
/// It is deterministic on a CPU, as long as libtorch uses one thread for each operation.
#[derive(Debug)]
pub struct DeepGazeMsdb {
    backbones: Backbones,
    saliency: SaliencyNetworks,
    last: [Layer; 2],
    datasets: AllDatasets,
    placement: Placement,
    /// The files from which the model was read.
    identity: Identity,
}

impl DeepGazeMsdb {
    /// Reads the model from one file with all its tensors.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::Weights`] if a tensor is missing, left over or of another shape; all of them are named.
    /// [`DeepGazeError::Sigma`] if a blur is not positive. [`DeepGazeError::Border`] if `device` is not there.
    pub fn new(weights: &Weights, device: Device, precision: Precision) -> Result<Self, DeepGazeError> {
        let placement = placement(device, precision);
        let reader = weights.reader();
        let from = Parameters::new(reader.root(), placement);
        let clip = Clip::read(&from.at(CLIP))?;
        let transformer = from.at(DINO);
        let dino = Dino::read(&transformer.at("features.1"))?;
        // The patch embedding has a second name.
        let alias = transformer.at("output_dimension_providing_layer");
        alias.unused("weight", &[dino::CHANNELS, 3, dino::PATCH, dino::PATCH]);
        alias.unused("bias", &[dino::CHANNELS]);
        let model = Self::read(&from, clip, dino, weights.identity())?;
        drop((from, transformer, alias));
        reader.finish()?;
        model.datasets.check()?;
        Ok(model)
    }

    /// Reads the model from the three files in which it is released: its own, which has the readout and the parameters of the
    /// datasets, CLIP RN50x64, and DINOv2 ViT-B/14.
    ///
    /// # Errors
    ///
    /// The same as those of [`new`](Self::new), for the first file that is not what it should be. Of CLIP's file only the
    /// network that looks at pictures is read, without its last layer; of the rest nothing is expected.
    pub fn from_released(
        [head, clip, dino]: [&Weights; 3],
        device: Device,
        precision: Precision,
    ) -> Result<Self, DeepGazeError> {
        let placement = placement(device, precision);
        let reader = clip.reader();
        let clip_network = Clip::read(&Parameters::new(reader.root().at("visual"), placement))?;
        reader.finish_without(|name| !name.starts_with("visual.") || name.starts_with("visual.attnpool."))?;
        let reader = dino.reader();
        let dino_network = Dino::read(&Parameters::new(reader.root(), placement))?;
        reader.finish()?;
        let reader = head.reader();
        let identity = Identity::of_all([head, clip, dino]);
        let model = Self::read(&Parameters::new(reader.root(), placement), clip_network, dino_network, identity)?;
        reader.finish()?;
        model.datasets.check()?;
        Ok(model)
    }

    /// Reads what lies behind the backbones.
    fn read(from: &Parameters<'_, '_>, clip: Clip, dino: Dino, identity: Identity) -> Result<Self, DeepGazeError> {
        let placement = from.placement;
        let network = [from.at("saliency_network")];
        let layer = |index: usize| {
            let names = ["layernorm", "conv", "bias"].map(|name| format!("{name}{}", index + 3));
            Layer::read(&network, names.each_ref().map(String::as_str), LAST[index], LAST[index + 1])
        };
        Ok(Self {
            backbones: Backbones { clip, dino, placement },
            saliency: SaliencyNetworks::read(&network, &CHANNELS)?,
            last: [layer(0)?, layer(1)?],
            datasets: AllDatasets::read(from),
            placement,
            identity,
        })
    }

    /// The parameters of a dataset, or those for an unknown one.
    #[must_use]
    pub fn parameters(&self, dataset: Option<TrainingDataset>) -> DatasetParameters {
        self.datasets.of(dataset)
    }

    /// Looks at `stimulus`: computes all that does not depend on the dataset and the center bias. `scale` is the number of
    /// pixels of the picture in a degree of visual angle, as it was shown.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::Degrees`] if the picture covers less than 6 degrees along a side, or absurdly many;
    /// [`DeepGazeError::TooNarrow`] and [`DeepGazeError::TooLarge`]; [`DeepGazeError::Border`] if libtorch refuses.
    pub fn look(&self, stimulus: &Stimulus, scale: PixelsPerDegree) -> Result<Seen<'_>, DeepGazeError> {
        self.seen(stimulus, scale, |parts, of| parts.iter().map(of).collect())
    }

    /// Computes the same bits as [`look`](Self::look), with views and backbones side by side on the threads of rayon's current
    /// pool.
    ///
    /// # Errors
    ///
    /// The same as those of [`look`](Self::look).
    pub fn look_in_parallel(&self, stimulus: &Stimulus, scale: PixelsPerDegree) -> Result<Seen<'_>, DeepGazeError> {
        self.seen(stimulus, scale, |parts, of| parts.par_iter().with_max_len(1).map(of).collect())
    }

    /// Looks at a picture; `all` computes the features of each view and backbone, in order.
    fn seen(
        &self,
        stimulus: &Stimulus,
        scale: PixelsPerDegree,
        all: impl FnOnce(&[(Size, Part)], &(dyn Fn(&(Size, Part)) -> Maps + Sync)) -> Result<Vec<Vec<Tensor>>, TchError>,
    ) -> Result<Seen<'_>, DeepGazeError> {
        let sizes = views::sizes(stimulus.size(), scale)?;
        let picture = self.picture(stimulus)?;
        // Views of one size are one view. The largest come first, so that threads end together.
        let mut distinct: Vec<Size> = Vec::new();
        sizes.iter().for_each(|size| {
            if !distinct.contains(size) {
                distinct.push(*size);
            }
        });
        distinct.sort_by_key(|size| Reverse(size.height * size.width));
        let parts: Vec<(Size, Part)> =
            distinct.iter().flat_map(|&size| [(size, Part::Clip), (size, Part::Dino)]).collect();
        let maps = all(&parts, &|&(size, part)| {
            adopt_threads();
            self.backbones.features(&picture, size, part)
        })?;
        let mut maps = maps.into_iter();
        let features: Vec<Vec<Tensor>> = distinct.iter().map(|_| maps.by_ref().take(2).flatten().collect()).collect();
        let size = stimulus.size();
        let digest = Digest::new(&features, &self.saliency, seen::readout(size))?;
        // The places of the views in the digest, in the order of their weights.
        let places = sizes.map(|size| distinct.iter().position(|&found| found == size).expect("each size is a view"));
        Ok(Seen { model: self, size, scale, places, digest })
    }

    /// Computes what both backbones make of the view of one size, before it is resampled: CLIP's tap and those of DINOv2's
    /// blocks 10 and 6, `(channels, h, w)` each.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::Border`] if libtorch refuses, for example because the view is smaller than 31 pixels.
    pub fn view_features(&self, stimulus: &Stimulus, view: Size) -> Result<Vec<Array3<f32>>, DeepGazeError> {
        let picture = self.picture(stimulus)?;
        let mut arrays = Vec::new();
        for part in [Part::Clip, Part::Dino] {
            for feature in self.backbones.features(&picture, view, part)? {
                arrays.push(array_from_tensor(&feature.f_get(0)?)?);
            }
        }
        Ok(arrays)
    }

    /// The picture in 32 bits, `(1, 3, h, w)`, with values from 0 to 255.
    fn picture(&self, stimulus: &Stimulus) -> Result<Constant, DeepGazeError> {
        let planes = stimulus.pixels().permuted_axes([2, 0, 1]).mapv(f32::from);
        let picture: Array4<f32> = planes.insert_axis(Axis(0));
        Ok(tensor_from_array(&picture)?.f_to_device(self.placement.device)?.into())
    }
}

/// The features that a backbone makes of a view.
type Maps = Result<Vec<Tensor>, TchError>;
