//! A whole study: `cargo run --release -p gaze-report --example study -- DATASET OUT` scores two models on a dataset and
//! writes scores, maps and the page `OUT/report.html`.

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::{env, error::Error, path::PathBuf};

use gaze_data::Dataset;
use gaze_study::{Model, ModelOptions, Plan, Silent, Study, StudyFolder, finish, metrics::Metric};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [data, out] = arguments.as_slice() else { return Err("usage: study DATASET OUT".into()) };

    let dataset = Dataset::open(data, None)?; // recognises the format
    let options = ModelOptions::default();
    let open =
        |name: &str| -> Result<Model, Box<dyn Error>> { Ok(Model::open(&name.parse()?, &options, Some(&dataset))?) };
    let models = vec![open("center-bias")?, open("center-bias:gaussian")?];

    let mut plan = Plan::new(&dataset, &models)?; // all metrics, references and maps, unless a field is changed
    plan.metrics.retain(|&metric| metric != Metric::Emd);
    let study = Study::new(dataset, models, plan)?;

    let folder = StudyFolder::claim(out, study.plan(), false)?; // an interrupted run of the same plan goes on
    study.run(&folder, None, &Silent)?;
    let summary = finish(&folder)?;
    gaze_report::write(&folder, &summary)?;
    println!("{}", gaze_report::terminal(&summary));
    Ok(())
}
