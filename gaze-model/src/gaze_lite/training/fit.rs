//! The training itself: epochs of steps along the gradients of the mean loss, and the choice of the best epoch.

use std::{io, ops::ControlFlow, path::Path};

use gaze_core::{LogDensity, bits};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use tch::{Kind, TchError, Tensor};

use crate::{
    gaze_lite::{
        GazeLite, LiteError, TRANSFER_TEMPERATURE,
        architecture::inputs,
        head::Head,
        kernel::Vectors,
        model::backbone_hash,
        training::{
            Prepared, Settings,
            checkpoint::State,
            loss::{Loss, gain, shapes},
            network::standardization,
            optimizer::{AdamW, Schedule},
            random,
            write::{Storage, template},
        },
    },
    nn::Constant,
};

impl Settings {
    /// Checks that every setting lies in its range.
    fn check(&self) -> Result<(), LiteError> {
        let wrong = |name, range, found: String| Err(LiteError::Setting { name, range, found });
        for (name, found, most) in
            [("epochs", self.epochs, 10_000), ("readouts", self.readouts, 64), ("batch", self.batch, 10_000)]
        {
            if !(1..=most).contains(&found) {
                return wrong(name, "at least 1 and not absurd", found.to_string());
            }
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return wrong("learning_rate", "positive", self.learning_rate.to_string());
        }
        if !(0.0..1e3).contains(&self.weight_decay) {
            return wrong("weight_decay", "0 or more", self.weight_decay.to_string());
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return wrong("dropout", "from 0 to below 1", self.dropout.to_string());
        }
        Ok(())
    }
}

/// The figures that are known after an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// The epoch's number, from 1.
    pub number: usize,
    /// The mean loss of the members over the training pictures during the epoch, in bits per fixation.
    pub loss: f64,
    /// The gain of the mixture over the center bias on the validation pictures, in bits per fixation.
    pub validation_gain: f64,
    /// Tells whether this is the best epoch so far.
    pub best: bool,
}

/// The result of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    head: Head,
    /// The gain of the mixture over the center bias on the validation pictures, in bits per fixation.
    pub validation_gain: f64,
    /// The same gain when the numbers are rounded to 16 bits, as they are stored.
    pub stored_gain: f64,
    /// The epoch, from 1, after which the gain was largest.
    pub epoch: usize,
}

impl Trained {
    /// Writes the model completely or not at all. Numbers are rounded to 16 bits. `remarks` go to the header.
    ///
    /// # Errors
    ///
    /// The refusal of the operating system.
    pub fn write(&self, path: &Path, remarks: &[(String, String)]) -> io::Result<()> {
        self.head.write(path, Storage::Half, remarks)
    }

    /// Changes the temperature, as pictures unlike those of the training need.
    ///
    /// # Errors
    ///
    /// [`LiteError::Temperature`] unless it is positive and finite.
    pub fn with_temperature(mut self, temperature: f64) -> Result<Self, LiteError> {
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(LiteError::Temperature { found: temperature });
        }
        self.head.temperature = temperature;
        Ok(self)
    }

    /// Makes the model as it was trained, before its numbers are rounded.
    ///
    /// # Errors
    ///
    /// [`LiteError::Density`] if the center bias is none.
    pub fn model(&self) -> Result<GazeLite, LiteError> {
        GazeLite::assemble(&self.head, Vectors::widest())
    }
}

/// Trains readouts.
///
/// `pictures` has each picture at one or several scales, of which each epoch takes one. `center_bias` is stored in the
/// model, as the center bias of any picture. With `checkpoint` the state is written to that file after each epoch, and
/// a training that finds its own state there continues from it. `progress` is called after each epoch and may end the
/// training. It is not called again for epochs before an interruption.
///
/// # Errors
///
/// [`LiteError::Setting`] and [`LiteError::NoPictures`]; [`LiteError::Checkpoint`] if the file is of another training;
/// [`LiteError::Diverged`]; [`LiteError::Io`] and [`LiteError::Weights`] if a file cannot be read or written.
pub fn train(
    pictures: &[Vec<Prepared>],
    validation: &[Prepared],
    center_bias: &LogDensity<'_>,
    settings: &Settings,
    checkpoint: Option<&Path>,
    progress: &mut dyn FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Trained, LiteError> {
    settings.check()?;
    let seen = |views: &&Vec<Prepared>| views.iter().all(|view| !view.counts.is_empty()) && !views.is_empty();
    let pictures: Vec<&Vec<Prepared>> = pictures.iter().filter(seen).collect();
    let validation: Vec<&Prepared> = validation.iter().filter(|picture| !picture.counts.is_empty()).collect();
    for (what, none) in [("to train on", pictures.is_empty()), ("to validate on", validation.is_empty())] {
        if none {
            return Err(LiteError::NoPictures { what });
        }
    }
    let statistics = statistics(&pictures)?;
    let standard: Vec<[Constant; 2]> =
        statistics.iter().map(|[mean, deviation]| standardization(mean, deviation)).collect::<Result<_, _>>()?;
    let identity = identity(&pictures, &validation, settings);
    let restored = checkpoint.map(|path| State::read(path, &identity, settings.readouts)).transpose()?.flatten();
    let mut state = match restored {
        Some(state) => state,
        None => beginning(settings)?,
    };
    let course = Course { settings, standard: &standard, loss: Loss::default() };
    while state.epochs < settings.epochs && state.epochs - state.best_epoch < settings.patience.max(1) {
        let epoch = course.epoch(&mut state, &pictures, &validation)?;
        if let Some(path) = checkpoint {
            state.write(path, &identity, settings.readouts)?;
        }
        if progress(&epoch).is_break() {
            break;
        }
    }
    let stored = course.validate(&rounded(&state.best)?, &validation)?;
    let head = Head {
        members: settings.readouts,
        parameters: values(&state.best)?,
        statistics,
        template: template(center_bias)?,
        temperature: TRANSFER_TEMPERATURE,
        backbone: backbone_hash().to_owned(),
    };
    Ok(Trained { head, validation_gain: state.best_gain, stored_gain: stored, epoch: state.best_epoch })
}

/// The parts of a training that stay the same from epoch to epoch.
struct Course<'a> {
    settings: &'a Settings,
    standard: &'a [[Constant; 2]],
    loss: Loss,
}

impl Course<'_> {
    fn epoch(
        &self,
        state: &mut State,
        pictures: &[&Vec<Prepared>],
        validation: &[&Prepared],
    ) -> Result<Epoch, LiteError> {
        let settings = self.settings;
        let schedule = Schedule {
            steps: settings.epochs * pictures.len().div_ceil(settings.batch),
            rate: settings.learning_rate,
            weight_decay: settings.weight_decay,
        };
        let number = state.epochs + 1;
        let mut total = 0.0;
        for batch in random::order(settings.seed, number, pictures.len()).chunks(settings.batch) {
            let optimizer = &state.optimizer;
            let one = |&index: &usize| self.gradient(optimizer, pictures[index], (number, index));
            let made = batch.par_iter().map(one).collect::<Result<Vec<_>, _>>()?;
            let mut gradients: Option<Vec<Tensor>> = None;
            for (loss, gradient) in made {
                total += loss;
                gradients = Some(match gradients {
                    None => gradient,
                    Some(sums) => {
                        sums.iter().zip(&gradient).map(|(a, b)| a.f_add(b)).collect::<Result<_, TchError>>()?
                    }
                });
            }
            let gradients = gradients.unwrap_or_default();
            let means: Vec<Tensor> =
                gradients.iter().map(|sum| sum.f_div_scalar(batch.len() as f64)).collect::<Result<_, _>>()?;
            state.optimizer.step(&means, schedule)?;
        }
        let loss = bits(total / pictures.len() as f64);
        let validation_gain = self.validate(&state.optimizer.parameters, validation)?;
        if !(loss.is_finite() && validation_gain.is_finite()) {
            return Err(LiteError::Diverged { epoch: number, loss });
        }
        let best = validation_gain > state.best_gain;
        if best {
            state.best = state.optimizer.parameters.iter().map(copy).collect::<Result<_, _>>()?;
            (state.best_gain, state.best_epoch) = (validation_gain, number);
        }
        state.epochs = number;
        Ok(Epoch { number, loss, validation_gain, best })
    }

    /// Computes the mean loss of the members on one picture, and the gradient of the sum of their losses.
    fn gradient(
        &self,
        optimizer: &AdamW,
        views: &[Prepared],
        place: (usize, usize),
    ) -> Result<(f64, Vec<Tensor>), LiteError> {
        let Settings { seed, readouts, dropout, .. } = *self.settings;
        let turn = random::turn(seed, place, views.len(), readouts, dropout)?;
        // Each picture has leaves of its own, so that threads share nothing that is written to.
        let leaves: Vec<Tensor> = optimizer
            .parameters
            .iter()
            .map(|parameter| Ok(parameter.f_detach_copy()?.set_requires_grad(true)))
            .collect::<Result<_, TchError>>()?;
        let leaves: Vec<&Tensor> = leaves.iter().collect();
        let scored = self.loss.score(&views[turn.view], &leaves, self.standard, Some(&turn.keep))?;
        let sum = scored.losses.f_sum(Kind::Float)?;
        let gradients = Tensor::f_run_backward(&[&sum], &leaves, false, false)?;
        Ok((sum.f_double_value(&[])? / readouts as f64, gradients))
    }

    fn validate(&self, parameters: &[Constant], pictures: &[&Prepared]) -> Result<f64, LiteError> {
        let gains = pictures.par_iter().map(|picture| {
            let parameters: Vec<&Tensor> = parameters.iter().map(|parameter| &**parameter).collect();
            gain(picture, &self.loss.score(picture, &parameters, self.standard, None)?.log_probabilities)
        });
        let gains = gains.collect::<Result<Vec<_>, _>>()?;
        Ok(gains.iter().sum::<f64>() / pictures.len() as f64)
    }
}

/// Makes the state before the first epoch.
fn beginning(settings: &Settings) -> Result<State, LiteError> {
    let first = random::first_parameters(settings.seed, settings.readouts);
    let tensors = |values: &[Vec<f32>]| -> Result<Vec<Tensor>, TchError> {
        let pairs = values.iter().zip(shapes(settings.readouts));
        pairs.map(|(values, shape)| Tensor::f_from_slice(values)?.f_reshape(shape)).collect()
    };
    let best = tensors(&first)?.into_iter().map(Into::into).collect();
    Ok(State { optimizer: AdamW::new(tensors(&first)?)?, epochs: 0, best, best_gain: f64::NEG_INFINITY, best_epoch: 0 })
}

fn copy(tensor: &Constant) -> Result<Constant, TchError> {
    Ok(tensor.f_detach_copy()?.into())
}

/// Rounds tensors as storing them does.
fn rounded(tensors: &[Constant]) -> Result<Vec<Constant>, TchError> {
    tensors.iter().map(|tensor| Ok(tensor.f_to_kind(Kind::Half)?.f_to_kind(Kind::Float)?.into())).collect()
}

fn values(tensors: &[Constant]) -> Result<Vec<Vec<f32>>, LiteError> {
    tensors.iter().map(|tensor| Ok(Vec::<f32>::try_from(&tensor.f_reshape([-1])?)?)).collect()
}

/// Computes the mean and standard deviation of each input's channels over all training pictures, at their first scale.
fn statistics(pictures: &[&Vec<Prepared>]) -> Result<Vec<[Vec<f32>; 2]>, LiteError> {
    // The number of values, the sums of the values and the sums of their squares, in 64 bits.
    let sums = pictures.par_iter().map(|views| {
        let sums = views[0].features()?.into_iter().map(|feature| {
            let values = feature.f_to_kind(Kind::Double)?.f_reshape([-1, *feature.size().last().unwrap_or(&1)])?;
            let sum = |values: &Tensor| -> Result<Vec<f64>, LiteError> {
                Ok(Vec::<f64>::try_from(&values.f_sum_dim_intlist([0_i64].as_slice(), false, Kind::Double)?)?)
            };
            Ok((values.size()[0] as f64, sum(&values)?, sum(&values.f_square()?)?))
        });
        sums.collect::<Result<Vec<_>, LiteError>>()
    });
    let sums = sums.collect::<Result<Vec<_>, LiteError>>()?;
    let mut statistics = Vec::new();
    for (input, (_, tap)) in inputs().enumerate() {
        let (mut mean, mut deviation) = (Vec::new(), Vec::new());
        for channel in 0..tap.channels {
            let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
            for picture in &sums {
                let (of, sums, squared) = &picture[input];
                (count, sum, squares) = (count + of, sum + sums[channel], squares + squared[channel]);
            }
            let center = sum / count;
            #[expect(clippy::cast_possible_truncation, reason = "parameters are of 32 bits")]
            {
                mean.push(center as f32);
                deviation.push((squares / count - center * center).max(0.0).sqrt().max(LEAST_DEVIATION) as f32);
            }
        }
        statistics.push([mean, deviation]);
    }
    Ok(statistics)
}

/// The deviation that channels get which are the same in all pictures.
const LEAST_DEVIATION: f64 = 1e-3;

/// Computes what identifies a training: a hash of its settings, backbone and pictures.
fn identity(pictures: &[&Vec<Prepared>], validation: &[&Prepared], settings: &Settings) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{settings:?} {}", backbone_hash()));
    for picture in pictures.iter().copied().flatten().chain(validation.iter().copied()) {
        hash.update(format!("{:?} {:?}", picture.file.file_name(), picture.counts));
        hash.update(bytemuck::cast_slice(&picture.center_bias));
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
