//! The random choices of a training. Each comes from a generator of its own, which is made of the seed and the choice's
//! place, so neither the number of threads nor an interruption changes any of them.

use rand::{RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use tch::{TchError, Tensor};

use crate::{
    gaze_lite::architecture::{inputs, parameters},
    nn::length,
};

/// The blur before training, in pixels.
const FIRST_SIGMA: f32 = 16.0;

/// The place of a choice in the training.
#[derive(Clone, Copy)]
pub(super) enum Choice {
    Parameters,
    Order { epoch: usize },
    Picture { epoch: usize, index: usize },
}

fn generator(seed: u64, choice: Choice) -> ChaCha8Rng {
    let place = match choice {
        Choice::Parameters => [seed, 0, 0, 0],
        Choice::Order { epoch } => [seed, 1, epoch as u64, 0],
        Choice::Picture { epoch, index } => [seed, 2, epoch as u64, index as u64],
    };
    let mut bytes = [0; 32];
    for (eight, number) in bytes.chunks_exact_mut(8).zip(place) {
        eight.copy_from_slice(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}

/// Draws the parameters before training: weights from a normal distribution whose variance is 1 / the number of inputs,
/// norms that change nothing, no bias, a neighbourhood that adds nothing, a blur of 16 pixels, and a weight of 1 for
/// the center bias.
#[expect(clippy::cast_possible_truncation, reason = "parameters are of 32 bits")]
pub(super) fn first_parameters(seed: u64, members: usize) -> Vec<Vec<f32>> {
    let mut random = generator(seed, Choice::Parameters);
    let channels: usize = inputs().map(|(_, tap)| tap.channels).sum();
    let mut normal = |shape: &[usize], fan_in: usize| -> Vec<f32> {
        let deviation = 1.0 / (fan_in as f64).sqrt();
        let draw = |_| (deviation * Distribution::<f64>::sample(&StandardNormal, &mut random)) as f32;
        (0..shape.iter().product()).map(draw).collect()
    };
    let mut first = |name: &str, shape: &[usize]| match name {
        "norm1.weight" | "norm2.weight" => vec![1.0; shape[0]],
        "mix1.weight" | "mix2.weight" | "mix3.weight" => normal(shape, shape[2]),
        "finalizer" => [FIRST_SIGMA.ln(), 1.0].repeat(members),
        "norm1.bias" | "norm2.bias" | "mix1.bias" | "mix2.bias" | "neighborhood.weight" => {
            vec![0.0; shape.iter().product()]
        }
        _ => normal(shape, channels),
    };
    parameters(members).iter().map(|(name, shape)| first(name, shape)).collect()
}

/// Draws the order of the pictures in an epoch.
pub(super) fn order(seed: u64, epoch: usize, pictures: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pictures).collect();
    order.shuffle(&mut generator(seed, Choice::Order { epoch }));
    order
}

/// The random choices about one picture in an epoch.
pub(super) struct Turn {
    /// The number of the view that is taken.
    pub(super) view: usize,
    /// For each input the channels' factors, `(members, 1, channels)`: 0 for channels that are left out, and for the
    /// others a factor that makes up for these.
    pub(super) keep: Vec<Tensor>,
}

/// Draws the choices about one picture. Each member leaves out other channels.
pub(super) fn turn(
    seed: u64,
    (epoch, index): (usize, usize),
    views: usize,
    members: usize,
    dropout: f64,
) -> Result<Turn, TchError> {
    let mut random = generator(seed, Choice::Picture { epoch, index });
    let view = random.random_range(0..views);
    #[expect(clippy::cast_possible_truncation, reason = "a factor of 32 bits")]
    let kept = (1.0 / (1.0 - dropout)) as f32;
    let keep = inputs().map(|(_, tap)| {
        let factors: Vec<f32> =
            (0..members * tap.channels).map(|_| if random.random_bool(dropout) { 0.0 } else { kept }).collect();
        Tensor::f_from_slice(&factors)?.f_reshape([members, 1, tap.channels].map(length))
    });
    let keep = keep.collect::<Result<_, _>>()?;
    Ok(Turn { view, keep })
}
