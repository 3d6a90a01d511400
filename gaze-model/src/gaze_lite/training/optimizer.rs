//! `AdamW` with a learning rate that rises and falls once.
//!
//! Loshchilov & Hutter (2019), *Decoupled weight decay regularization*; Smith & Topin (2018), *Super-convergence*. The
//! proportions are the defaults of PyTorch's `OneCycleLR`: the rate rises from a 25th to the whole in the first 30 % of
//! the steps, then falls to 10⁻⁴ of its first value, both along half a cosine.

use tch::{TchError, Tensor};

use crate::{gaze_lite::training::network::input_count, nn::Constant};

const RISE: f64 = 0.3;
const START: f64 = 25.0;
const END: f64 = 1e4;
const DECAYS: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// The parameters and the moments of their gradients during a training.
#[derive(Debug)]
pub(super) struct AdamW {
    pub(super) parameters: Vec<Constant>,
    pub(super) means: Vec<Constant>,
    pub(super) squares: Vec<Constant>,
    pub(super) step: usize,
}

/// The number of steps and their sizes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) steps: usize,
    pub(super) rate: f64,
    /// The weight decay of the first layer, as a share of the rate.
    pub(super) weight_decay: f64,
}

impl Schedule {
    /// Computes the learning rate of a step, counted from 0.
    pub(super) fn rate(&self, step: usize) -> f64 {
        let peak = (RISE * self.steps as f64 - 1.0).max(1.0);
        let last = (self.steps as f64 - 1.0).max(peak + 1.0);
        let (start, step) = (self.rate / START, step as f64);
        let cosine =
            |from: f64, to: f64, share: f64| to + (from - to) * (1.0 + (std::f64::consts::PI * share).cos()) / 2.0;
        if step <= peak {
            cosine(start, self.rate, step / peak)
        } else {
            cosine(self.rate, start / END, ((step - peak) / (last - peak)).min(1.0))
        }
    }
}

impl AdamW {
    /// Starts from these parameters.
    pub(super) fn new(parameters: Vec<Tensor>) -> Result<Self, TchError> {
        let zeros =
            || parameters.iter().map(|parameter| Ok(parameter.f_zeros_like()?.into())).collect::<Result<_, TchError>>();
        let (means, squares) = (zeros()?, zeros()?);
        Ok(Self { parameters: parameters.into_iter().map(Into::into).collect(), means, squares, step: 0 })
    }

    /// Makes one step along the gradients.
    pub(super) fn step(&mut self, gradients: &[Tensor], schedule: Schedule) -> Result<(), TchError> {
        let rate = schedule.rate(self.step);
        self.step += 1;
        let exponent = i32::try_from(self.step).unwrap_or(i32::MAX);
        let [mean_bias, square_bias] = DECAYS.map(|decay| 1.0 - decay.powi(exponent));
        let [mean_decay, square_decay] = DECAYS;
        for (index, gradient) in gradients.iter().enumerate() {
            let mean = self.means[index].f_mul_scalar(mean_decay)?;
            let mean = mean.f_add(&gradient.f_mul_scalar(1.0 - mean_decay)?)?;
            let square = self.squares[index].f_mul_scalar(square_decay)?;
            let square = square.f_add(&gradient.f_square()?.f_mul_scalar(1.0 - square_decay)?)?;
            let deviation = square.f_div_scalar(square_bias)?.f_sqrt()?.f_add_scalar(EPSILON)?;
            let change = mean.f_div(&deviation)?.f_mul_scalar(rate / mean_bias)?;
            let decay = if index < input_count() { rate * schedule.weight_decay } else { 0.0 };
            self.parameters[index] = self.parameters[index].f_mul_scalar(1.0 - decay)?.f_sub(&change)?.into();
            self.means[index] = mean.into();
            self.squares[index] = square.into();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_nothing() {
        let schedule = Schedule { steps: 100, rate: 2e-3, weight_decay: 0.0 };
        assert!((schedule.rate(0) - 2e-3 / 25.0).abs() < 1e-12);
        assert!((schedule.rate(29) - 2e-3).abs() < 1e-12);
        assert!((schedule.rate(99) - 2e-3 / 25.0 / 1e4).abs() < 1e-12);
        assert!((0..29).all(|step| schedule.rate(step) < schedule.rate(step + 1)));
        assert!((29..99).all(|step| schedule.rate(step) > schedule.rate(step + 1)));
    }

    #[test]
    fn the_first_step_is_as_long_as_the_rate_whatever_the_gradient() {
        let mut adam = AdamW::new(vec![Tensor::from_slice(&[1.0_f32, 2.0])]).unwrap();
        let schedule = Schedule { steps: 10, rate: 0.25, weight_decay: 0.1 };
        adam.step(&[Tensor::from_slice(&[1e-3_f32, -70.0])], schedule).unwrap();
        let moved = Vec::<f32>::try_from(&*adam.parameters[0]).unwrap();
        // The first rate is 0.25 / 25, and a thousandth of the parameters decays.
        for (found, expected) in moved.iter().zip([1.0 - 0.001 - 0.01, 2.0 - 0.002 + 0.01]) {
            assert!((found - expected).abs() < 1e-5, "{moved:?}");
        }
    }
}
