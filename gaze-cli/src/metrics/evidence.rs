//! What a metric may ask for. What several metrics share is computed once, when the first of them asks.

use std::{cell::OnceCell, f64::consts::LN_2};

use gaze_core::{FixationMap, Fixations, LogDensity, Prediction, SaliencyMap};
use gaze_metrics::{
    ExpectedSimilarity, FixationRanks, MetricError, ShuffledRanks, blurred_map, information_gain, log_likelihood,
    shuffled_ratio_map, sim_map,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

/// Draws for the map of largest expected similarity. With 500 it takes five times as long and scores below 0.002 more.
pub(crate) const SIMILARITY_SAMPLES: usize = 100;

const SEED: u64 = 0x6761_7a65;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Error)]
pub(crate) enum Missing {
    /// The user did not give what it needs.
    #[error("{0}")]
    Input(&'static str),
    /// The prediction or baseline is of a kind that cannot have one.
    #[error("{0}")]
    Kind(&'static str),
    /// This case has none.
    #[error("{0}")]
    Undefined(String),
}

impl Missing {
    pub(crate) fn undefined(reason: &impl ToString) -> Self {
        Self::Undefined(reason.to_string())
    }
}

impl From<MetricError> for Missing {
    fn from(error: MetricError) -> Self {
        Self::undefined(&error)
    }
}

/// A prediction or baseline with the maps that are made of it.
pub(crate) struct Maps<'a> {
    source: Source<'a>,
    map: OnceCell<SaliencyMap>,
    blurred: OnceCell<Result<SaliencyMap, MetricError>>,
    ratio: OnceCell<Result<SaliencyMap, MetricError>>,
    most_similar: OnceCell<Result<SaliencyMap, MetricError>>,
}

enum Source<'a> {
    Prediction(&'a Prediction),
    /// A density that is not normalised, and whose logarithm is taken where there are fixations only; and the logarithm
    /// of its sum.
    Weights(SaliencyMap, f64),
}

impl<'a> Maps<'a> {
    pub(crate) fn of(prediction: &'a Prediction) -> Self {
        Self::from_source(Source::Prediction(prediction))
    }

    /// Of a density in proportion to these weights, to be judged as it is.
    pub(crate) fn of_weights(weights: SaliencyMap) -> Self {
        let log_sum = weights.summary().sum.ln();
        Self::from_source(Source::Weights(weights, log_sum))
    }

    fn from_source(source: Source<'a>) -> Self {
        let (map, blurred) = (OnceCell::new(), OnceCell::new());
        Self { source, map, blurred, ratio: OnceCell::new(), most_similar: OnceCell::new() }
    }

    pub(crate) fn density(&self) -> Option<&'a LogDensity> {
        match self.source {
            Source::Prediction(prediction) => prediction.density(),
            Source::Weights(..) => None,
        }
    }

    /// The scores; for a density its probabilities.
    pub(crate) fn map(&self) -> &SaliencyMap {
        match &self.source {
            Source::Prediction(Prediction::Scores(map)) | Source::Weights(map, _) => map,
            Source::Prediction(Prediction::Density(density)) => self.map.get_or_init(|| density.to_saliency_map()),
        }
    }
}

/// All that a metric may ask for.
pub(crate) struct Evidence<'a> {
    pub(crate) prediction: &'a Maps<'a>,
    pub(crate) fixations: &'a Fixations,
    /// The blurred fixations that maps are compared with.
    pub(crate) empirical: Result<&'a SaliencyMap, Missing>,
    /// The blur of that map.
    pub(crate) sigma_px: Result<f64, Missing>,
    /// How many fixations an empirical map is expected to have.
    pub(crate) expected_fixations: usize,
    pub(crate) baseline: Result<&'a Maps<'a>, Missing>,
    /// Fixations on other images.
    pub(crate) nonfixations: Result<&'a FixationMap, Missing>,
    pub(crate) emd_downsize: usize,
    /// Filled by the first metric that needs it.
    pub(crate) ranks: OnceCell<Result<FixationRanks, MetricError>>,
    pub(crate) shuffled_ranks: OnceCell<Result<ShuffledRanks, MetricError>>,
}

impl Evidence<'_> {
    pub(crate) fn map(&self) -> &SaliencyMap {
        self.prediction.map()
    }

    pub(crate) fn density(&self) -> Result<&LogDensity, Missing> {
        self.prediction
            .density()
            .ok_or(Missing::Kind("the prediction is a map of scores, not a density (see --map-kind)"))
    }

    /// The mean log probability of a fixation, in nats.
    pub(crate) fn log_likelihood(&self) -> Result<f64, Missing> {
        match &self.prediction.source {
            Source::Prediction(_) => Ok(log_likelihood(self.density()?, self.fixations)?),
            Source::Weights(weights, log_sum) => {
                let (weights, pixels) = (weights.values(), self.fixations.pixels());
                if pixels.is_empty() {
                    return Err(MetricError::NoFixations.into());
                }
                let logarithms = pixels.iter().map(|pixel| weights[[pixel.row, pixel.column]].ln());
                Ok(logarithms.sum::<f64>() / pixels.len() as f64 - log_sum)
            }
        }
    }

    /// The same above the baseline's, in bits.
    pub(crate) fn information_gain(&self) -> Result<f64, Missing> {
        match &self.prediction.source {
            Source::Prediction(_) => Ok(information_gain(self.density()?, self.baseline_density()?, self.fixations)?),
            Source::Weights(..) => {
                let baseline = log_likelihood(self.baseline_density()?, self.fixations)?;
                Ok((self.log_likelihood()? - baseline) / LN_2)
            }
        }
    }

    pub(crate) fn empirical(&self) -> Result<&SaliencyMap, Missing> {
        self.empirical.clone()
    }

    pub(crate) fn baseline_map(&self) -> Result<&SaliencyMap, Missing> {
        self.baseline.as_ref().map(|baseline| baseline.map()).map_err(Missing::clone)
    }

    pub(crate) fn baseline_density(&self) -> Result<&LogDensity, Missing> {
        let baseline = self.baseline.as_ref().map_err(Missing::clone)?;
        baseline.density().ok_or(Missing::Kind("the baseline is a map of scores, not a density"))
    }

    pub(crate) fn nonfixations(&self) -> Result<&FixationMap, Missing> {
        self.nonfixations.clone()
    }

    pub(crate) fn ranks(&self) -> Result<&FixationRanks, Missing> {
        let ranks = self.ranks.get_or_init(|| FixationRanks::count(self.map(), self.fixations));
        ranks.as_ref().map_err(|&error| error.into())
    }

    pub(crate) fn shuffled_ranks(&self) -> Result<&ShuffledRanks, Missing> {
        let nonfixations = self.nonfixations()?;
        let count = || ShuffledRanks::count(self.map(), self.fixations, nonfixations);
        self.shuffled_ranks.get_or_init(count).as_ref().map_err(|&error| error.into())
    }

    /// The density blurred like the empirical map.
    pub(crate) fn blurred(&self) -> Result<&SaliencyMap, Missing> {
        let (density, sigma_px) = (self.density()?, self.sigma_px.clone()?);
        let map = self.prediction.blurred.get_or_init(|| blurred_map(density, sigma_px));
        map.as_ref().map_err(|&error| error.into())
    }

    /// The density relative to the baseline.
    pub(crate) fn ratio(&self) -> Result<&SaliencyMap, Missing> {
        let (density, baseline) = (self.density()?, self.baseline_density()?);
        let map = self.prediction.ratio.get_or_init(|| shuffled_ratio_map(density, baseline));
        map.as_ref().map_err(|&error| error.into())
    }

    /// The map with the largest expected similarity under the density.
    pub(crate) fn most_similar(&self) -> Result<&SaliencyMap, Missing> {
        let (density, sigma_px) = (self.density()?, self.sigma_px.clone()?);
        let experiment =
            ExpectedSimilarity { fixations: self.expected_fixations, sigma_px, samples: SIMILARITY_SAMPLES };
        let find = || sim_map(density, experiment, &mut ChaCha8Rng::seed_from_u64(SEED));
        self.prediction.most_similar.get_or_init(find).as_ref().map_err(|&error| error.into())
    }
}
