//! How an engine runs a study: `cargo run --release -p gaze-study --example workers -- DATASET OUT` makes the part of every
//! stimulus by itself, as the workers of a cluster would, and then the summary from the parts.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, error::Error, path::PathBuf};

use gaze_core::{ModelError, Prediction, SaliencyModel, Viewing};
use gaze_data::Dataset;
use gaze_model::GaussianCenterBias;
use gaze_study::{Model, Observer, Plan, Study, StudyFolder, Work, finish};

/// A model of one's own: a Gaussian that is narrower than the one of the library.
#[derive(Debug)]
struct Narrow(GaussianCenterBias);

impl SaliencyModel for Narrow {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Ok(Prediction::Density(self.0.density(viewing.size)?))
    }
}

/// An observer that prints the stages of the study.
struct Stages;

impl Observer for Stages {
    fn begin(&self, work: Work, steps: usize) {
        println!("{}: {steps} stimuli", work.name());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, out] = arguments.as_slice() else { return Err("usage: workers DATASET OUT".into()) };

    let dataset = Dataset::open(data, None)?;
    let models = vec![Model::custom("narrow", Box::new(Narrow(GaussianCenterBias::new(0.15, 0.1)?)))];
    let plan = Plan::new(&dataset, &models)?;
    let study = Study::new(dataset, models, plan)?;
    let folder = StudyFolder::claim(out, study.plan(), false)?;

    // Every worker makes the first pass for itself, or receives it.
    let first_pass = study.first_pass(&Stages)?;
    for index in 0..study.dataset().stimuli().len() {
        // Nothing is shared between stimuli, so this may run on any thread or machine. `None`: the part is there already.
        if let Some(part) = study.make_part(&first_pass, index, Some(folder.parts()))? {
            folder.parts().save(&part)?;
        }
    }

    // The summary is made of the index and the parts.
    folder.store_index(first_pass.index())?;
    let summary = finish(&folder)?;
    println!("{} stimuli, {} problems", summary.stimuli, summary.problems.len());
    Ok(())
}
