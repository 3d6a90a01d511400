//! The inputs of the metrics. A map or a count that several metrics share is computed once, when the first of them asks.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use gaze_core::{FixationMap, Fixations, LogDensity, Prediction, SaliencyMap, bits};
use gaze_metrics::{
    EmdMasses, ExpectedSimilarity, FixationRanks, GridReduction, MetricError, ShuffledRanks, blurred_map,
    information_gain, log_likelihood, shuffled_ratio_map, sim_map,
};
use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

/// The number of draws for the map of largest expected similarity. With 500 it takes five times as long and scores less
/// than 0.002 more.
pub const SIMILARITY_SAMPLES: usize = 100;

/// The seed of the draws.
const SEED: u64 = 0x6761_7a65;

/// The reason why a metric has no value.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Missing {
    /// An input that the metric needs was not given.
    #[error("{0}")]
    Input(&'static str),
    /// The prediction or the baseline is of a kind that cannot have a value.
    #[error("{0}")]
    Kind(&'static str),
    /// This case has no value.
    #[error("{0}")]
    Undefined(String),
}

impl Missing {
    /// Takes the reason from an error.
    pub fn undefined(reason: &impl ToString) -> Self {
        Self::Undefined(reason.to_string())
    }
}

impl From<MetricError> for Missing {
    fn from(error: MetricError) -> Self {
        Self::undefined(&error)
    }
}

/// A prediction or baseline with the maps that are made of it.
#[derive(Debug)]
pub struct Maps<'a> {
    source: Source<'a>,
    map: OnceCell<SaliencyMap<'static>>,
    blurred: OnceCell<Result<SaliencyMap<'static>, MetricError>>,
    ratio: OnceCell<Result<SaliencyMap<'static>, MetricError>>,
    most_similar: OnceCell<Result<SaliencyMap<'static>, MetricError>>,
    grids: Grids,
}

/// A map on a grid of the earth mover's distance, shared by all who compare with it.
type Grid = Result<Rc<EmdMasses>, MetricError>;

/// A map on the grids of the earth mover's distance. They are made once for each reduction.
#[derive(Debug, Default)]
struct Grids(RefCell<Vec<(GridReduction, Grid)>>);

impl Grids {
    fn get(&self, reduction: GridReduction, make: impl FnOnce() -> Result<EmdMasses, MetricError>) -> Grid {
        let mut made = self.0.borrow_mut();
        if let Some((_, grid)) = made.iter().find(|(of, _)| *of == reduction) {
            return grid.clone();
        }
        let grid = make().map(Rc::new);
        made.push((reduction, grid.clone()));
        grid
    }
}

/// An empirical map, the blurred fixations that a prediction is compared with, and what several metrics make of it.
#[derive(Debug)]
pub struct Empirical<'a> {
    map: SaliencyMap<'a>,
    grids: Grids,
}

impl<'a> Empirical<'a> {
    /// Takes the map.
    #[must_use]
    pub fn of(map: SaliencyMap<'a>) -> Self {
        Self { map, grids: Grids::default() }
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &SaliencyMap<'a> {
        &self.map
    }
}

#[derive(Debug)]
enum Source<'a> {
    Prediction(&'a Prediction),
    /// A density that is not normalised, and the logarithm of its sum. Its logarithm is taken at fixations only.
    Weights(SaliencyMap<'static>, f64),
}

impl<'a> Maps<'a> {
    /// Takes a prediction.
    #[must_use]
    pub fn of(prediction: &'a Prediction) -> Self {
        Self::from_source(Source::Prediction(prediction))
    }

    /// Takes a density in proportion to these weights, which is judged as it is: no maps are derived from it.
    #[must_use]
    pub fn of_weights(weights: SaliencyMap<'static>) -> Self {
        let log_sum = weights.summary().sum.ln();
        Self::from_source(Source::Weights(weights, log_sum))
    }

    fn from_source(source: Source<'a>) -> Self {
        let (map, blurred) = (OnceCell::new(), OnceCell::new());
        Self { source, map, blurred, ratio: OnceCell::new(), most_similar: OnceCell::new(), grids: Grids::default() }
    }

    /// Gives the weights back, if it was made of some: memory to use again.
    #[must_use]
    pub fn into_weights(self) -> Option<Array2<f64>> {
        match self.source {
            Source::Prediction(_) => None,
            Source::Weights(weights, _) => Some(weights.into_values()),
        }
    }

    /// The density, if the prediction is one.
    #[must_use]
    pub fn density(&self) -> Option<&'a LogDensity<'static>> {
        match self.source {
            Source::Prediction(prediction) => prediction.density(),
            Source::Weights(..) => None,
        }
    }

    /// The scores; for a density its probabilities.
    #[must_use]
    pub fn map(&self) -> &SaliencyMap<'_> {
        match &self.source {
            Source::Prediction(Prediction::Scores(map)) | Source::Weights(map, _) => map,
            Source::Prediction(Prediction::Density(density)) => self.map.get_or_init(|| density.to_saliency_map()),
        }
    }
}

/// The inputs of all metrics for one prediction and one set of fixations. An input that is missing says why.
#[derive(Debug)]
pub struct Given<'a> {
    /// The prediction.
    pub prediction: &'a Maps<'a>,
    /// The fixations that the prediction is judged by.
    pub fixations: &'a Fixations,
    /// The empirical map: the fixations, blurred.
    pub empirical: Result<&'a Empirical<'a>, Missing>,
    /// The blur of the empirical map in pixels.
    pub sigma_px: Result<f64, Missing>,
    /// The number of fixations that an empirical map is expected to have.
    pub expected_fixations: usize,
    /// The baseline of information gain.
    pub baseline: Result<&'a Maps<'a>, Missing>,
    /// The fixations on other images.
    pub nonfixations: Result<&'a FixationMap, Missing>,
    /// The pixels per cell of the earth mover's distance, along each side.
    pub emd_downsize: usize,
    /// The number of draws for the map that a density expects to overlap most with the empirical map.
    pub similarity_samples: usize,
}

/// The inputs of all metrics, with what several metrics share: it is computed when the first of them asks for it.
#[derive(Debug)]
pub struct Evidence<'a> {
    given: Given<'a>,
    ranks: OnceCell<Result<FixationRanks, MetricError>>,
    shuffled_ranks: OnceCell<Result<ShuffledRanks, MetricError>>,
}

impl<'a> Evidence<'a> {
    /// Takes the inputs.
    #[must_use]
    pub fn new(given: Given<'a>) -> Self {
        Self { given, ranks: OnceCell::new(), shuffled_ranks: OnceCell::new() }
    }
}

impl Evidence<'_> {
    pub(super) fn map(&self) -> &SaliencyMap<'_> {
        self.given.prediction.map()
    }

    pub(super) fn fixations(&self) -> &Fixations {
        self.given.fixations
    }

    pub(super) fn emd_downsize(&self) -> usize {
        self.given.emd_downsize
    }

    pub(super) fn density(&self) -> Result<&LogDensity<'_>, Missing> {
        self.given
            .prediction
            .density()
            .ok_or(Missing::Kind("the prediction is a map of scores, not a density (see --map-kind)"))
    }

    /// The mean log probability of a fixation, in nats.
    pub(super) fn log_likelihood(&self) -> Result<f64, Missing> {
        match &self.given.prediction.source {
            Source::Prediction(_) => Ok(log_likelihood(self.density()?, self.given.fixations)?),
            Source::Weights(weights, log_sum) => {
                let (weights, pixels) = (weights.values(), self.given.fixations.pixels());
                if pixels.is_empty() {
                    return Err(MetricError::NoFixations.into());
                }
                let logarithms = pixels.iter().map(|pixel| weights[[pixel.row, pixel.column]].ln());
                Ok(logarithms.sum::<f64>() / pixels.len() as f64 - log_sum)
            }
        }
    }

    /// The mean log probability of a fixation above the baseline's, in bits.
    pub(super) fn information_gain(&self) -> Result<f64, Missing> {
        match &self.given.prediction.source {
            Source::Prediction(_) => {
                Ok(information_gain(self.density()?, self.baseline_density()?, self.given.fixations)?)
            }
            Source::Weights(..) => {
                let baseline = log_likelihood(self.baseline_density()?, self.given.fixations)?;
                Ok(bits(self.log_likelihood()? - baseline))
            }
        }
    }

    pub(super) fn empirical(&self) -> Result<&SaliencyMap<'_>, Missing> {
        Ok(self.given.empirical.clone()?.map())
    }

    /// The prediction and the empirical map on the grid of the earth mover's distance.
    pub(super) fn emd_masses(&self, reduction: GridReduction) -> Result<[Rc<EmdMasses>; 2], Missing> {
        let empirical = self.given.empirical.clone()?;
        let prediction = self.given.prediction;
        Ok([
            prediction.grids.get(reduction, || EmdMasses::of_prediction(prediction.map(), reduction))?,
            empirical.grids.get(reduction, || EmdMasses::of_empirical(&empirical.map, reduction))?,
        ])
    }

    pub(super) fn baseline_map(&self) -> Result<&SaliencyMap<'_>, Missing> {
        self.given.baseline.as_ref().map(|baseline| baseline.map()).map_err(Missing::clone)
    }

    pub(super) fn baseline_density(&self) -> Result<&LogDensity<'_>, Missing> {
        let baseline = self.given.baseline.as_ref().map_err(Missing::clone)?;
        baseline.density().ok_or(Missing::Kind("the baseline is a map of scores, not a density"))
    }

    pub(super) fn nonfixations(&self) -> Result<&FixationMap, Missing> {
        self.given.nonfixations.clone()
    }

    pub(super) fn ranks(&self) -> Result<&FixationRanks, Missing> {
        let ranks = self.ranks.get_or_init(|| FixationRanks::count(self.map(), self.given.fixations));
        ranks.as_ref().map_err(|&error| error.into())
    }

    pub(super) fn shuffled_ranks(&self) -> Result<&ShuffledRanks, Missing> {
        let nonfixations = self.nonfixations()?;
        let count = || ShuffledRanks::count(self.map(), self.given.fixations, nonfixations);
        self.shuffled_ranks.get_or_init(count).as_ref().map_err(|&error| error.into())
    }

    /// The density blurred like the empirical map.
    pub(super) fn blurred(&self) -> Result<&SaliencyMap<'_>, Missing> {
        let (density, sigma_px) = (self.density()?, self.given.sigma_px.clone()?);
        let map = self.given.prediction.blurred.get_or_init(|| blurred_map(density, sigma_px));
        map.as_ref().map_err(|&error| error.into())
    }

    /// The density relative to the baseline.
    pub(super) fn ratio(&self) -> Result<&SaliencyMap<'_>, Missing> {
        let (density, baseline) = (self.density()?, self.baseline_density()?);
        let map = self.given.prediction.ratio.get_or_init(|| shuffled_ratio_map(density, baseline));
        map.as_ref().map_err(|&error| error.into())
    }

    /// The map with the largest expected similarity under the density.
    pub(super) fn most_similar(&self) -> Result<&SaliencyMap<'_>, Missing> {
        let (density, sigma_px) = (self.density()?, self.given.sigma_px.clone()?);
        let experiment = ExpectedSimilarity {
            fixations: self.given.expected_fixations,
            sigma_px,
            samples: self.given.similarity_samples,
        };
        let find = || sim_map(density, experiment, &mut ChaCha8Rng::seed_from_u64(SEED));
        self.given.prediction.most_similar.get_or_init(find).as_ref().map_err(|&error| error.into())
    }
}
