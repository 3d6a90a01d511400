//! The state of a training after an epoch, from which it can continue after an interruption with the same result.

use std::{collections::HashMap, io, path::Path};

use tch::Tensor;

use crate::{
    gaze_lite::{LiteError, architecture::parameters, training::optimizer::AdamW},
    nn::{Constant, length},
    weights::{Stored, Weights, write_whole},
};

/// The name of the header's entry.
const ENTRY: &str = "gaze-lite training";

/// Everything on which the next epoch depends.
#[derive(Debug)]
pub(super) struct State {
    pub(super) optimizer: AdamW,
    /// The number of epochs that are done.
    pub(super) epochs: usize,
    /// The best parameters so far. Their gain on the validation pictures and the epoch after which they were best
    /// follow.
    pub(super) best: Vec<Constant>,
    pub(super) best_gain: f64,
    pub(super) best_epoch: usize,
}

impl State {
    /// Lists the four families of tensors with their names.
    fn families(&self) -> [(&'static str, &[Constant]); 4] {
        let AdamW { parameters, means, squares, .. } = &self.optimizer;
        [("parameter", parameters), ("mean", means), ("square", squares), ("best", &self.best)]
    }

    /// Writes the state of the training that `identity` names.
    pub(super) fn write(&self, path: &Path, identity: &str, members: usize) -> Result<(), LiteError> {
        let refused = |source| LiteError::Io { path: path.to_owned(), source };
        let mut tensors = Vec::new();
        for (family, values) in self.families() {
            for ((name, shape), values) in parameters(members).into_iter().zip(values) {
                let values = Vec::<f32>::try_from(&values.f_reshape([-1])?)?;
                tensors.push((format!("{family}.{name}"), Stored::f32(&shape, &values)));
            }
        }
        // The gain is written as bits, because it is compared exactly.
        let place = [self.epochs as u64, self.optimizer.step as u64, self.best_epoch as u64, self.best_gain.to_bits()];
        let place = place.map(|number| number.to_string()).join(" ");
        let metadata = HashMap::from([(ENTRY.to_owned(), format!("{identity}\n{place}"))]);
        let bytes = safetensors::serialize(tensors, Some(metadata));
        write_whole(path, &bytes.map_err(|error| refused(io::Error::other(error)))?).map_err(refused)
    }

    /// Reads the state of the training that `identity` names; `None` if there is no file.
    pub(super) fn read(path: &Path, identity: &str, members: usize) -> Result<Option<Self>, LiteError> {
        if !path.exists() {
            return Ok(None);
        }
        let other = || LiteError::Checkpoint { path: path.to_owned() };
        let weights = Weights::open(path)?;
        let (found, place) = weights.metadata(ENTRY).and_then(|entry| entry.rsplit_once('\n')).ok_or_else(other)?;
        let place: Vec<u64> = place.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [epochs, step, best_epoch, best_gain] = place[..] else { return Err(other()) };
        if found != identity {
            return Err(other());
        }
        let reader = weights.reader();
        let family = |family: &str| -> Result<Vec<Constant>, LiteError> {
            let from = reader.root().at(family);
            let read = parameters(members).into_iter().map(|(name, shape)| {
                let shape_here: Vec<i64> = shape.iter().map(|&axis| length(axis)).collect();
                Ok(Tensor::f_from_slice(&from.f32(&name, &shape))?.f_reshape(shape_here)?.into())
            });
            read.collect()
        };
        let count = |number| usize::try_from(number).map_err(|_| other());
        let state = Self {
            optimizer: AdamW {
                parameters: family("parameter")?,
                means: family("mean")?,
                squares: family("square")?,
                step: count(step)?,
            },
            epochs: count(epochs)?,
            best: family("best")?,
            best_gain: f64::from_bits(best_gain),
            best_epoch: count(best_epoch)?,
        };
        reader.finish()?;
        Ok(Some(state))
    }
}
