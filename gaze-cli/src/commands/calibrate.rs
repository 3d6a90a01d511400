//! `gaze-cli calibrate`: a network fitted to a population, a device or a kind of picture.

use std::io::{Write, stdout};

use anyhow::{Context, Result, ensure};
use gaze_data::MapOptions;
use gaze_study::{
    files,
    fitting::{CalibrateOptions, Calibrated, calibrate},
};

use super::errors::with_option;
use crate::{
    cli::CalibrateArgs,
    messages,
    outcome::Outcome,
    progress::{Progress, ProgressKind},
};

/// Calibrates, writes the calibrated model, and tells what it gains.
pub(crate) fn run(args: &CalibrateArgs) -> Result<Outcome> {
    ensure!(args.out.extension().is_some_and(|extension| extension == "json"), "--out must end in .json");
    files::probe(files::folder_of(&args.out)).with_context(|| format!("--out {}", args.out.display()))?;
    let options = CalibrateOptions {
        data: args.data.clone(),
        format: args.format,
        group: args.group.clone(),
        model: args.model.clone(),
        options: args.network.options(args.pixels_per_degree, MapOptions::default()),
    };
    let progress = Progress::new(ProgressKind::Auto, args.quiet);
    let Calibrated { calibration, images, cross_validated, without, problems, .. } =
        calibrate(&options, &progress).map_err(with_option)?;
    messages::problems(&problems);
    files::write_bytes(&args.out, serde_json::to_string(&calibration)?.as_bytes())?;
    let blur = match &calibration.adaptation {
        Some(adaptation) => format!("blur {:.3} degrees, views fitted", adaptation.sigma_degrees),
        None => format!("blur {:.1} % of the width", 100.0 * calibration.blur),
    };
    writeln!(
        stdout(),
        "{}: temperature {:.3}, center-bias weight {:.3}, {blur}; {cross_validated:.4} bits per fixation over uniform on \
         images not fitted to, {without:.4} without (of {images} images)",
        args.out.display(),
        calibration.temperature,
        calibration.center_bias_weight,
    )?;
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::DoneWithProblems })
}
