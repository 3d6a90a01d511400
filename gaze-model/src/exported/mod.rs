//! A file of anybody's network as a model: ONNX in builds with the feature `onnx`, TorchScript in builds with libtorch.
//!
//! A description beside the file (`sidecar.rs`) says what the network takes and gives. What it leaves out is read off the
//! graph, assumed and told, or asked for (`contract.rs`). A picture becomes numbers in `input.rs`, an engine runs the network,
//! and `output.rs` makes a prediction of what it gives. `docs/MODELS.md` is the page for users.

#![cfg_attr(
    not(any(feature = "onnx", feature = "libtorch")),
    allow(
        dead_code,
        unused_imports,
        reason = "a build without engines opens no network, but still describes the error"
    )
)]

use std::fmt::Debug;

use gaze_core::{ModelError, Prediction, SaliencyModel, Size, Training, Viewing};
use ndarray::ArrayD;

pub(crate) use self::file::open;
use self::{
    contract::{Contract, Facts},
    misfit::advice,
    sidecar::Shown,
};
pub use self::{
    contract::{Origin, Understood},
    error::{NetworkError, NetworkProblem, RunError},
    file::NetworkFile,
    misfit::SizeAdvice,
};

mod contract;
mod error;
mod file;
mod input;
mod misfit;
#[cfg(feature = "onnx")]
mod onnx;
mod output;
mod sidecar;
#[cfg(test)]
mod tests;
#[cfg(feature = "libtorch")]
mod torchscript;

/// The size of a picture that stands for others, when a network that takes any size is opened. Networks that ask for
/// multiples ask for powers of two up to 256.
const USUAL: Size = Size { height: 512, width: 768 };

/// A network's file that was read and checked, and does not run yet.
trait Source {
    /// The parts of it that tell what the network takes and gives.
    fn facts(&self) -> &Facts;

    /// The contents of further files that belong to the network.
    fn other_files(&self) -> Vec<&[u8]>;

    /// Tells whether the sizes of all values fit together for inputs of these shapes; `None` if only a run would tell.
    fn agrees(&self, _shapes: &[Vec<usize>]) -> Option<bool> {
        None
    }

    /// Makes the network ready to run. `shapes` are the inputs' for some picture.
    fn start(self: Box<Self>, shapes: &[Vec<usize>]) -> Result<Box<dyn Engine>, NetworkProblem>;
}

/// A network that is ready to run.
trait Engine: Debug + Send + Sync {
    /// The memory in bytes that a run takes with inputs of these shapes.
    fn memory(&self, shapes: &[Vec<usize>]) -> Result<u64, NetworkProblem>;

    /// Tells whether the sizes of all values fit together for inputs of these shapes; `None` if only a run would tell.
    fn agrees(&self, _shapes: &[Vec<usize>]) -> Option<bool> {
        None
    }

    /// Runs the network and returns the output of this name, or the first. `threads` is the number of threads to use; it
    /// changes no value.
    fn run(&self, inputs: Vec<ArrayD<f32>>, output: Option<&str>, threads: usize) -> Result<ArrayD<f32>, RunError>;
}

/// A network from a file, as one of the models.
#[derive(Debug)]
struct ExportedNetwork {
    contract: Contract,
    engine: Box<dyn Engine>,
    /// The hashes of the network's files and of its description.
    identity: String,
}

impl Contract {
    /// The shapes of the inputs, in their order, for a picture of `size`.
    fn shapes(&self, size: Size) -> Vec<Vec<usize>> {
        let canvas = self.placement(size).canvas;
        let mut shapes = vec![self.shape(canvas)];
        if let Some((place, layout)) = self.center_bias {
            shapes.insert(place, layout.shape(canvas));
        }
        shapes
    }
}

impl ExportedNetwork {
    fn answer(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let (contract, picture) = (&self.contract, viewing.needs_picture()?);
        let placement = contract.placement(picture.size());
        let mut inputs = vec![contract.numbers(picture, &placement)?];
        if let Some((place, _)) = contract.center_bias {
            let density = viewing.needs_center_bias()?;
            if density.size() != viewing.size {
                return Err(RunError::CenterBias { found: density.size(), expected: viewing.size }.into());
            }
            inputs.insert(place, contract.bias(density, placement.canvas)?);
        }
        let threads = if viewing.alone { rayon::current_num_threads() } else { 1 };
        let output = self.engine.run(inputs, contract.output.as_deref(), threads).map_err(|error| match error {
            RunError::Network(problem) => {
                let size = picture.size();
                let advice = advice(contract, size, &|shapes| self.engine.agrees(shapes));
                problem.advised(contract, size, advice).into()
            }
            error => error,
        })?;
        Ok(output::prediction(output::map(output)?, contract.kind, &placement, viewing.size)?)
    }
}

impl SaliencyModel for ExportedNetwork {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        self.answer(viewing)
    }

    /// The map is brought to the size that is wanted, whatever the size at which the picture is seen.
    fn output_size(&self, wanted: Size, _: Size) -> Size {
        wanted
    }

    fn takes_center_bias(&self) -> bool {
        self.contract.center_bias.is_some()
    }

    fn training(&self) -> Option<Training> {
        let training = self.contract.training?;
        Some(Training {
            pixels_per_degree: training.pixels_per_degree,
            long_side: training.long_side,
            rescales: matches!(self.contract.shown, Shown::LongSide(_)),
        })
    }

    fn memory(&self, seen: Size) -> usize {
        let needed = self.engine.memory(&self.contract.shapes(seen)).unwrap_or(0);
        usize::try_from(needed).unwrap_or(usize::MAX)
    }

    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(Some(self.identity.clone()))
    }
}
