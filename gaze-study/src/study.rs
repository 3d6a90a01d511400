//! A study: a dataset, models and a plan, and the two passes over the stimuli.

use std::sync::atomic::{AtomicUsize, Ordering};

use gaze_data::{Dataset, StimulusEntry};
use rayon::prelude::*;

use crate::{
    error::{PlanError, StudyError, TravelError},
    first_pass::{FirstPass, Index},
    folder::StudyFolder,
    metrics::Measure,
    models::Model,
    observer::{Observer, Work},
    part::{NewPart, Outcome, PartStore, make},
    plan::{Plan, Shard},
    score::Setting,
};

/// A dataset and models with the plan of what is computed from them.
#[derive(Debug)]
pub struct Study {
    dataset: Dataset,
    models: Vec<Model>,
    plan: Plan,
    measures: Vec<Measure>,
}

/// The outcome of the passes over the stimuli.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ran {
    /// The index of the first pass.
    pub index: Index,
    /// The number of stimuli in the shard, or in the dataset if there is no shard.
    pub stimuli: usize,
    /// The number of stimuli whose part an earlier run had made.
    pub resumed: usize,
    /// The number of stimuli that one model or more could not be scored on.
    pub failed: usize,
    /// Whether the observer cancelled the study. What was done is kept.
    pub cancelled: bool,
}

impl Study {
    /// Makes a study of a dataset, models and the plan that [`Plan::new`] made for them. The lists of the plan are brought
    /// into the order of tables.
    ///
    /// # Errors
    ///
    /// [`PlanError`] if the plan was made for other models or makes no sense.
    pub fn new(dataset: Dataset, models: Vec<Model>, plan: Plan) -> Result<Self, StudyError> {
        let planned = plan.models.iter().map(|model| model.name.as_str());
        if !planned.eq(models.iter().map(Model::name)) {
            return Err(PlanError::OtherModels.into());
        }
        let plan = plan.resolved()?;
        let measures = plan.measures();
        Ok(Self { dataset, models, plan, measures })
    }

    /// The plan, in order: this is what an output folder stores.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The dataset.
    #[must_use]
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The models, in the order of tables.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Reads the gaze and the size of every stimulus, and estimates what every part needs to know of the others.
    ///
    /// # Errors
    ///
    /// [`PlanError::UnnamedObservers`] if observers are to be groups and have no names; an error of the center bias.
    pub fn first_pass(&self, observer: &dyn Observer) -> Result<FirstPass, StudyError> {
        FirstPass::new(&self.plan, &self.dataset, &self.models, observer)
    }

    /// Takes the first pass that another machine made for the same study: [`FirstPass::to_bytes`].
    ///
    /// # Errors
    ///
    /// [`StudyError::Travel`] if the bytes are damaged, or belong to another version, plan or model.
    pub fn receive(&self, first_pass: &[u8]) -> Result<FirstPass, StudyError> {
        let received = FirstPass::from_bytes(first_pass, &self.plan)?;
        // The places of stimuli are those in the dataset as this machine sees it.
        let here = self.dataset.stimuli().iter().map(StimulusEntry::key);
        if here.ne(received.stimuli().iter().map(|stimulus| stimulus.key.as_str())) {
            return Err(TravelError::OtherStudy {
                kind: "first pass",
                difference: Some("the dataset has other stimuli here".to_owned()),
            }
            .into());
        }
        Ok(received)
    }

    /// Makes the part of the stimulus at `index` of the dataset: decodes, predicts, scores, draws. Nothing is written.
    /// `None` if `earlier` holds the part already, made of the same inputs.
    ///
    /// A stimulus that cannot be scored has a part, too, which says why.
    ///
    /// # Errors
    ///
    /// [`StudyError::Encode`] if a map cannot be drawn.
    ///
    /// # Panics
    ///
    /// It panics if the dataset has no stimulus at `index`.
    pub fn make_part(
        &self,
        first_pass: &FirstPass,
        index: usize,
        earlier: Option<&PartStore>,
    ) -> Result<Option<NewPart>, StudyError> {
        let is_done = |key: &str, inputs: &str| earlier.is_some_and(|parts| parts.load(key, inputs).is_some());
        make(self.setting(first_pass), &self.dataset, index, is_done)
    }

    /// Does the same as [`Study::make_part`] where the parts of an earlier run cannot be seen: `None` if the part depends on the
    /// same inputs as an earlier one, of which [`PartStore::inputs`] tells the hash.
    ///
    /// # Errors
    ///
    /// Those of [`Study::make_part`].
    ///
    /// # Panics
    ///
    /// It panics if the dataset has no stimulus at `index`.
    pub fn make_part_unless(
        &self,
        first_pass: &FirstPass,
        index: usize,
        earlier: Option<&str>,
    ) -> Result<Option<NewPart>, StudyError> {
        make(self.setting(first_pass), &self.dataset, index, |_, inputs| earlier == Some(inputs))
    }

    fn setting<'a>(&'a self, first: &'a FirstPass) -> Setting<'a> {
        Setting { plan: &self.plan, measures: &self.measures, models: &self.models, first }
    }

    /// Prepares a folder for the parts of the study: the index is stored, and parts of stimuli that are no more are removed.
    /// Returns the places in the dataset of the stimuli to make parts of: all, or those of a shard.
    ///
    /// # Errors
    ///
    /// [`StudyError::File`] if a file cannot be written or removed.
    pub fn begin(
        &self,
        folder: &StudyFolder,
        first_pass: &FirstPass,
        shard: Option<Shard>,
    ) -> Result<Vec<usize>, StudyError> {
        folder.store_index(first_pass.index())?;
        folder.parts().keep_only(first_pass.stimuli().iter().map(|stimulus| stimulus.key.as_str()))?;
        let in_shard = |key: &str| shard.is_none_or(|shard| shard.holds(key));
        let stimuli = first_pass.stimuli().iter().enumerate();
        Ok(stimuli.filter(|(_, stimulus)| in_shard(&stimulus.key)).map(|(index, _)| index).collect())
    }

    /// Runs both passes over all stimuli, or over those of a shard, on the threads of the current [`rayon`] pool, and
    /// keeps the parts in the folder. Parts that are there already are not made again. A study that the observer cancelled
    /// is no error: [`Ran::cancelled`] tells, and [`finish`](crate::finish) has to wait.
    ///
    /// # Errors
    ///
    /// The errors of [`Study::first_pass`] and [`Study::make_part`], and an error of writing to the folder.
    pub fn run(&self, folder: &StudyFolder, shard: Option<Shard>, observer: &dyn Observer) -> Result<Ran, StudyError> {
        let first_pass = self.first_pass(observer)?;
        let chosen = self.begin(folder, &first_pass, shard)?;
        let parts = folder.parts();
        observer.begin(Work::Scoring, chosen.len());
        let (resumed, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        // Stimuli differ in what they cost, so none waits behind another while a thread is free.
        chosen.par_iter().with_max_len(1).try_for_each(|&index| {
            if observer.is_cancelled() {
                return Ok(());
            }
            let part = self.make_part(&first_pass, index, Some(parts))?;
            let outcome = part.as_ref().map_or(Outcome::Resumed, NewPart::outcome);
            if let Some(part) = part {
                parts.save(&part)?;
            }
            match outcome {
                Outcome::Scored => {}
                Outcome::Resumed => drop(resumed.fetch_add(1, Ordering::Relaxed)),
                Outcome::Failed => drop(failed.fetch_add(1, Ordering::Relaxed)),
            }
            let told = first_pass.stimuli()[index].problems.len();
            observer.step(told + usize::from(outcome == Outcome::Failed));
            Ok::<(), StudyError>(())
        })?;
        observer.end();
        Ok(Ran {
            stimuli: chosen.len(),
            resumed: resumed.into_inner(),
            failed: failed.into_inner(),
            cancelled: observer.is_cancelled(),
            index: first_pass.index,
        })
    }
}
