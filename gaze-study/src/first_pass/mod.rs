//! The first pass: it finds out everything about the whole dataset that every part of a study needs to know.

use gaze_data::Dataset;
use gaze_metrics::ShuffledPool;
use gaze_targets::CenterBias;
use sha2::{Digest, Sha256};

use self::gaze::GazeOfDataset;
pub use self::{
    gaze::{GroupFixations, StimulusGaze, Timing, group_label},
    index::{Entry, Group, Index},
};
use crate::{
    error::StudyError,
    files::hex,
    models::Model,
    observer::Observer,
    plan::Plan,
    predictors::{Predictor, predictors},
};

mod bytes;
mod gaze;
mod index;

/// The results of the first pass: the gaze of all stimuli, and the center bias and nonfixations that are estimated from it.
/// They are small and stay in memory while the parts are made.
#[derive(Debug)]
pub struct FirstPass {
    pub(crate) gaze: GazeOfDataset,
    pub(crate) index: Index,
    /// Every stimulus is compared with the center bias of the *other* stimuli.
    pub(crate) center_bias: CenterBias,
    /// The fixations on the other stimuli, for shuffled AUC.
    pub(crate) nonfixations: ShuffledPool,
    pub(crate) predictors: Vec<Predictor>,
    /// The hash input that all parts have in common.
    pub(crate) common: Vec<u8>,
}

impl FirstPass {
    /// Reads the gaze and the size of every stimulus, and estimates the center bias.
    ///
    /// # Errors
    ///
    /// [`PlanError::UnnamedObservers`](crate::PlanError::UnnamedObservers) if observers are to be groups and have no names;
    /// an error of the center bias.
    pub(crate) fn new(
        plan: &Plan,
        dataset: &Dataset,
        models: &[Model],
        observer: &dyn Observer,
    ) -> Result<Self, StudyError> {
        let gaze = gaze::read_gaze(dataset, models, plan, observer)?;
        let index = Index::new(dataset, &gaze);
        Self::of_gaze(plan, gaze, index)
    }

    /// Estimates what is estimated from the gaze.
    fn of_gaze(plan: &Plan, gaze: GazeOfDataset, index: Index) -> Result<Self, StudyError> {
        let pooled: Vec<_> = gaze.stimuli.iter().map(StimulusGaze::pooled).collect();
        let center_bias = CenterBias::new(&pooled, plan.center_bias_bandwidth, plan.center_bias_uniform_share)?;
        let nonfixations = ShuffledPool::new(&pooled);
        let predictors = predictors(plan, &gaze.groups);
        let common = common_inputs(plan, &gaze.fingerprint);
        Ok(Self { gaze, index, center_bias, nonfixations, predictors, common })
    }

    /// A hash of everything that all parts of the study depend on: the plan, the gaze and the version of the program. Only
    /// parts with the same hash belong together.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(&self.common))
    }

    /// The index: everything that tables and reports need to know about the dataset.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The gaze on every stimulus, in the order of the dataset.
    #[must_use]
    pub fn stimuli(&self) -> &[StimulusGaze] {
        &self.gaze.stimuli
    }
}

/// The plan, the gaze and the version of the program, which all parts depend on.
fn common_inputs(plan: &Plan, fingerprint: &str) -> Vec<u8> {
    let mut common = serde_json::to_vec(plan).expect("a plan has no keys but text, and its numbers are finite");
    common.extend(fingerprint.as_bytes());
    // Another version may compute another value.
    common.extend(env!("CARGO_PKG_VERSION").as_bytes());
    common
}
