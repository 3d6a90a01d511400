//! DeepGaze MSDB as one of the models: how it is opened by name, and what it answers to whoever uses any model.

use std::path::Path;

use gaze_core::{ModelError, PixelsPerDegree, Prediction, SaliencyModel, Size, Viewing};

use crate::{
    ModelName, ModelOption, OpenError, Opened, Options,
    deepgaze::prepared,
    deepgaze_msdb::{CLIP, DatasetParameters, DeepGazeError, DeepGazeMsdb, views},
    libtorch::use_one_thread_per_operation,
    weights::{Released, Weights},
};

/// The reason why the model must know how large a picture appeared.
const REASON: &str = "it looks at the picture at 5 to 30 pixels per degree of visual angle and blurs by degrees, so it must know \
                      how many pixels a degree had when the picture was shown";
/// The memory in bytes that a prediction takes for each pixel of the largest view, and of the picture. Both are estimates from
/// the sizes of the layers: a process peaks while it reads the weights, which hides what a prediction takes.
const BYTES_PER_VIEW_PIXEL: usize = 400;
const BYTES_PER_PIXEL: usize = 700;

/// Opens the model with the weights that were named, or else with the released ones.
pub(crate) fn open(name: &ModelName, options: &Options) -> Result<Opened, OpenError> {
    let (network, scale, notes) = DeepGazeMsdb::open(name, options)?;
    let parameters = match &options.adaptation {
        Some(adaptation) => adaptation.clone().into(),
        None => network.parameters(options.dataset),
    };
    parameters.check().map_err(|error| OpenError::Model(Box::new(error)))?;
    Ok(Opened { notes, ..Opened::silently(Adapted { network, scale, parameters }) })
}

impl DeepGazeMsdb {
    /// Opens the network and checks the scale, which it needs. Returns it with the scale and with sentences about the opening
    /// that a user should see.
    ///
    /// A file of weights that holds the network without its backbones, as the released one does, must have those of its
    /// backbones beside it. Opening sets the number of threads that each of libtorch's operations uses to one.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: there is no scale or it is no positive number, or the weights are not there or not this network's.
    pub fn open(name: &ModelName, options: &Options) -> Result<(Self, PixelsPerDegree, Vec<String>), OpenError> {
        use_one_thread_per_operation();
        let model = |error: ModelError| OpenError::Model(error);
        let needed = || OpenError::OptionNeeded {
            model: name.to_string(),
            option: ModelOption::PixelsPerDegree,
            reason: REASON,
        };
        let scale = options.pixels_per_degree.ok_or_else(needed)?;
        let scale = PixelsPerDegree::new(scale).map_err(|error| model(error.into()))?;
        let file = match &options.weights {
            Some(file) => file.clone(),
            None => Released::DeepGazeMsdb.find()?,
        };
        let (weights, mut notes) = prepared(&file)?;
        let network = if is_without_backbones(&weights) {
            let folder = file.parent().unwrap_or(Path::new(""));
            // Its numbers have 16 bits, so a copy would not be read any faster.
            let clip = Weights::open(Released::ClipRn50x64.find_in(folder)?)?;
            let (dino, more) = prepared(&Released::DinoV2VitB14.find_in(folder)?)?;
            notes.extend(more);
            Self::from_released([&weights, &clip, &dino], options.device, options.precision)
        } else {
            Self::new(&weights, options.device, options.precision)
        };
        Ok((network.map_err(|error| model(error.into()))?, scale, notes))
    }
}

/// Tells whether a file has the readout of the model and not its backbones.
fn is_without_backbones(weights: &Weights) -> bool {
    weights.get("saliency_network.conv0.weight").is_some() && weights.get(&format!("{CLIP}.conv1.weight")).is_none()
}

/// The network, set to the scale of the pictures and to a dataset.
#[derive(Debug)]
struct Adapted {
    network: DeepGazeMsdb,
    scale: PixelsPerDegree,
    parameters: DatasetParameters,
}

impl SaliencyModel for Adapted {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let (picture, center_bias) = (viewing.needs_picture()?, viewing.needs_center_bias()?);
        let (found, expected) = (center_bias.size(), picture.size());
        if found != expected {
            // Before the minutes that looking takes.
            return Err(DeepGazeError::Sizes { picture: expected, found }.into());
        }
        let seen = if viewing.alone {
            self.network.look_in_parallel(picture, self.scale)
        } else {
            self.network.look(picture, self.scale)
        };
        Ok(Prediction::Density(seen?.log_density(center_bias, &self.parameters)?))
    }

    fn takes_center_bias(&self) -> bool {
        true
    }

    fn memory(&self, seen: Size) -> usize {
        let pixels = |size: &Size| size.height.saturating_mul(size.width);
        // A picture that is refused takes none.
        let largest = views::sizes(seen, self.scale).map_or(0, |views| views.iter().map(pixels).max().unwrap_or(0));
        largest.saturating_mul(BYTES_PER_VIEW_PIXEL).saturating_add(pixels(&seen).saturating_mul(BYTES_PER_PIXEL))
    }

    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(Some(self.network.identity.sha256()?))
    }
}
