//! Networks in TorchScript files, run by libtorch.
//!
//! TorchScript is a program in a language of its own, which libtorch runs: such files are for trusted sources only. Before
//! libtorch sees one, the archive is checked (`archive.rs`): its pickles name nothing but the network's own classes
//! (`pickle.rs`), its sizes are those of the file, and its program calls nothing that reaches files.

mod archive;
mod pickle;

use std::fmt;

use ndarray::{ArrayD, IxDyn};
use tch::{CModule, IValue, Kind, Tensor, jit};

use super::{
    Engine, Source,
    contract::{Facts, Port},
    error::{NetworkProblem, RunError},
};
use crate::{
    Device,
    libtorch::adopt_threads,
    tensor::{array_from_tensor, tensor_from_array},
};

/// The memory in bytes for each pixel of the input that a run is taken to need: a residual network with 64
/// channels at half the size of the picture takes about as much.
const BYTES_PER_PIXEL: u64 = 2_000;

/// A TorchScript file that was read and checked.
pub(super) struct TorchScript {
    facts: Facts,
    file: Vec<u8>,
    device: tch::Device,
}

impl TorchScript {
    /// Checks an archive and reads what the network takes.
    pub(super) fn read(file: Vec<u8>, device: Device) -> Result<Self, NetworkProblem> {
        let signature = archive::check(&file)?;
        let port = |name| Port { name, ..Port::default() };
        let places = |count: usize| (0..count).map(|place| port(place.to_string())).collect();
        let facts = Facts {
            inputs: signature.inputs.into_iter().map(port).collect(),
            outputs: signature.outputs.map_or_else(Vec::new, places),
            kind: None,
        };
        Ok(Self { facts, file, device: device.resolve() })
    }
}

fn refused(error: impl fmt::Display) -> NetworkProblem {
    NetworkProblem::engine("libtorch", error.to_string())
}

impl Source for TorchScript {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn other_files(&self) -> Vec<&[u8]> {
        Vec::new()
    }

    fn start(self: Box<Self>, _: &[Vec<usize>]) -> Result<Box<dyn Engine>, NetworkProblem> {
        // The bytes that were checked are those that are loaded, whatever becomes of the file.
        let mut module = CModule::load_data_on_device(&mut self.file.as_slice(), self.device).map_err(refused)?;
        module.f_set_eval().map_err(refused)?;
        Ok(Box::new(Script { module, device: self.device }))
    }
}

/// A network that libtorch runs.
#[derive(Debug)]
struct Script {
    module: CModule,
    device: tch::Device,
}

impl Engine for Script {
    /// An estimate: only a run would tell.
    fn memory(&self, shapes: &[Vec<usize>]) -> Result<u64, NetworkProblem> {
        let pixels = shapes.iter().map(|shape| shape.iter().product::<usize>() as u64).max().unwrap_or(0) / 3;
        Ok(pixels.saturating_mul(BYTES_PER_PIXEL))
    }

    /// Each operation uses one thread, as those of all networks on libtorch.
    fn run(&self, inputs: Vec<ArrayD<f32>>, output: Option<&str>, _: usize) -> Result<ArrayD<f32>, RunError> {
        adopt_threads();
        // A program that is optimised as it runs would change its last bits from one run to the next.
        jit::f_set_graph_executor_optimize(false).map_err(refused)?;
        let _guard = tch::no_grad_guard();
        let inputs = inputs
            .iter()
            .map(|input| {
                Ok(IValue::Tensor(
                    tensor_from_array(input).map_err(refused)?.f_to_device(self.device).map_err(refused)?,
                ))
            })
            .collect::<Result<Vec<_>, NetworkProblem>>()?;
        let answer = self.module.forward_is(&inputs).map_err(refused)?;
        let tensor = chosen(answer, output)?.f_to_kind(Kind::Float).map_err(refused)?;
        Ok(array_from_tensor::<f32, IxDyn>(&tensor).map_err(refused)?)
    }
}

/// The tensor that a name chooses: a place in a list, or a key of a dictionary. Without a name, the only tensor.
fn chosen(answer: IValue, name: Option<&str>) -> Result<Tensor, RunError> {
    let missing = || RunError::NoOutput(name.unwrap_or("of one tensor").to_owned());
    let list: Vec<(String, IValue)> = match answer {
        IValue::Tensor(tensor) if name.is_none_or(|name| name == "0") => return Ok(tensor),
        IValue::Tuple(values) | IValue::GenericList(values) => numbered(values),
        IValue::TensorList(tensors) => numbered(tensors.into_iter().map(IValue::Tensor)),
        IValue::GenericDict(entries) => entries
            .into_iter()
            .filter_map(|(key, value)| if let IValue::String(key) = key { Some((key, value)) } else { None })
            .collect(),
        _ => return Err(missing()),
    };
    let only = list.len() == 1;
    match list.into_iter().find(|(key, _)| name.map_or(only, |name| name == key)) {
        Some((_, IValue::Tensor(tensor))) => Ok(tensor),
        _ => Err(missing()),
    }
}

fn numbered(values: impl IntoIterator<Item = IValue>) -> Vec<(String, IValue)> {
    values.into_iter().enumerate().map(|(place, value)| (place.to_string(), value)).collect()
}
