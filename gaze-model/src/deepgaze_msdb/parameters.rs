//! The handful of parameters in which datasets differ.

use strum::VariantArray as _;

use crate::{
    Adaptation, TrainingDataset,
    deepgaze::DeepGazeError,
    deepgaze_msdb::{MODEL, VIEWS},
    nn::Parameters,
};

/// The widest blur that makes sense, in degrees of visual angle.
const WIDEST: f64 = 100.0;

/// The parameters that adapt a prediction to a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetParameters {
    /// The weights of the ten views, which sum to 1: 5, 10, 17.5, 24 and 30 pixels per degree, then a longer side of 128, 256,
    /// 512, 768 and 1024 pixels.
    pub view_weights: [f64; VIEWS],
    /// The standard deviation of the blur in degrees of visual angle; positive.
    pub sigma_degrees: f64,
    /// The factor of the blurred map.
    pub priority: f64,
    /// The factor of the center bias.
    pub center_bias_weight: f64,
}

/// Views and a blur without the two factors, which are 1.
impl From<Adaptation> for DatasetParameters {
    fn from(Adaptation { view_weights, sigma_degrees }: Adaptation) -> Self {
        Self { view_weights, sigma_degrees, priority: 1.0, center_bias_weight: 1.0 }
    }
}

impl DatasetParameters {
    /// Checks that all numbers are finite and that the blur is positive and not too wide.
    pub(super) fn check(&self) -> Result<(), DeepGazeError> {
        let Self { view_weights, sigma_degrees, priority, center_bias_weight } = *self;
        let is_blur = |sigma: f64| sigma > 0.0 && sigma <= WIDEST;
        let wrong = [
            ("view_weights", view_weights.iter().sum::<f64>(), view_weights.iter().all(|weight| weight.is_finite())),
            ("sigma_degrees", sigma_degrees, is_blur(sigma_degrees)),
            ("priority", priority, priority.is_finite()),
            ("center_bias_weight", center_bias_weight, center_bias_weight.is_finite()),
        ];
        match wrong.into_iter().find(|(.., right)| !right) {
            None => Ok(()),
            Some((name, value, _)) => Err(DeepGazeError::Parameter { name, value }),
        }
    }
}

/// The parameters of all datasets, as a checkpoint has them.
#[derive(Debug)]
pub(super) struct AllDatasets {
    /// For each view, the logarithm of its weight for each dataset, not normalised.
    view_weights: [Vec<f64>; VIEWS],
    sigmas: Vec<f64>,
    /// Logarithms, of which only the differences from their mean count.
    priorities: Vec<f64>,
    center_bias_weights: Vec<f64>,
}

impl AllDatasets {
    /// Reads the parameters.
    pub(super) fn read(from: &Parameters<'_, '_>) -> Self {
        let count = TrainingDataset::VARIANTS.len();
        let rows = |name: &str| from.at("features").numbers(name, &[VIEWS / 2, count]);
        let values = [rows("pixel_per_dva_weights"), rows("size_weights")].concat();
        let finalizer = from.at("finalizer");
        Self {
            view_weights: std::array::from_fn(|view| values[view * count..][..count].to_vec()),
            sigmas: finalizer.at("gauss").numbers("dataset_sigmas", &[count]),
            priorities: finalizer.numbers("dataset_priority_scalings", &[count]),
            center_bias_weights: finalizer.numbers("dataset_center_bias_weights", &[count]),
        }
    }

    /// Checks that all blurs are positive and not too wide.
    pub(super) fn check(&self) -> Result<(), DeepGazeError> {
        match self.sigmas.iter().position(|&sigma| !(sigma > 0.0 && sigma <= WIDEST)) {
            None => Ok(()),
            Some(component) => Err(DeepGazeError::Sigma { model: MODEL, component, sigma: self.sigmas[component] }),
        }
    }

    /// The parameters of a dataset. For an unknown one they are the means of the weights (not of their logarithms), of the
    /// blurs and of the center bias's factors, and the map has the factor 1.
    pub(super) fn of(&self, dataset: Option<TrainingDataset>) -> DatasetParameters {
        let index = dataset.and_then(|dataset| TrainingDataset::VARIANTS.iter().position(|&known| known == dataset));
        let of = |values: &[f64]| index.map_or_else(|| mean(values), |index| values[index]);
        let weights =
            self.view_weights.each_ref().map(|logs| of(&logs.iter().map(|log| log.exp()).collect::<Vec<_>>()));
        let total: f64 = weights.iter().sum();
        DatasetParameters {
            view_weights: weights.map(|weight| weight / total),
            sigma_degrees: of(&self.sigmas),
            priority: index.map_or(1.0, |index| (self.priorities[index] - mean(&self.priorities)).exp()),
            center_bias_weight: of(&self.center_bias_weights),
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of a few operations on numbers near 1.
    const ROUNDING: f64 = 1e-12;

    fn datasets() -> AllDatasets {
        let logs = |view: usize| (0..5).map(|dataset| 0.1 * view as f64 * (dataset as f64 - 1.0)).collect();
        AllDatasets {
            view_weights: std::array::from_fn(logs),
            sigmas: vec![0.1, 0.2, 0.3, 0.4, 1.0],
            priorities: vec![0.0, 1.0, 2.0, 3.0, 4.0],
            center_bias_weights: vec![1.0, 2.0, 3.0, 4.0, 0.0],
        }
    }

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() < ROUNDING, "{found} is not {expected}");
    }

    #[test]
    fn a_dataset_has_its_own_parameters() {
        let found = datasets().of(Some(TrainingDataset::CocoFreeview));
        let total: f64 = (0..10).map(|view| (0.1 * f64::from(view)).exp()).sum();
        check(found.view_weights[3], 0.3_f64.exp() / total);
        check(found.sigma_degrees, 0.3);
        check(found.priority, 1.0);
        check(found.center_bias_weight, 3.0);
        check(datasets().of(Some(TrainingDataset::Figrim)).priority, 2.0_f64.exp());
    }

    #[test]
    fn an_unknown_dataset_has_the_means() {
        let found = datasets().of(None);
        let weight = |view: f64| (-1..4).map(|step| (0.1 * view * f64::from(step)).exp()).sum::<f64>() / 5.0;
        let total: f64 = (0..10).map(|view| weight(f64::from(view))).sum();
        check(found.view_weights[7], weight(7.0) / total);
        check(found.view_weights.iter().sum(), 1.0);
        check(found.sigma_degrees, 0.4);
        check(found.priority, 1.0);
        check(found.center_bias_weight, 2.0);
    }

    #[test]
    fn a_blur_that_makes_no_sense_is_refused() {
        datasets().check().unwrap();
        for sigma in [0.0, -1.0, f64::NAN, 101.0] {
            let mut wrong = datasets();
            wrong.sigmas[4] = sigma;
            let error = wrong.check().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("the blur of component 4 has sigma {sigma}: these are no weights of DeepGaze MSDB")
            );
        }
    }
}
