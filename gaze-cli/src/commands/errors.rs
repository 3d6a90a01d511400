//! Errors of the crates below in the words of the command line: the option that an error is about, and the way out.

use anyhow::{Error, anyhow};
use gaze_model::OpenError;
use gaze_study::{FittingError, OpenModelError, PlanError, StudyError};

/// Names the option that an error is about, if it is about one, and what to do.
pub(super) fn with_option(error: impl Into<StudyError>) -> Error {
    let error = error.into();
    if let StudyError::Model(OpenModelError::Open(error)) = &error
        && let OpenError::OptionNotTaken { model, option } = error.as_ref()
    {
        return anyhow!("--{option} is about {}, not about {model}", option.takers());
    }
    if let StudyError::Model(OpenModelError::Open(error)) = &error
        && let OpenError::OptionNeeded { model, option, reason } = error.as_ref()
    {
        return anyhow!("{model} needs --{option}: {reason}");
    }
    if let StudyError::Model(OpenModelError::SharedFile { option, models }) = &error {
        return anyhow!(
            "--{option} names one file, and {models} each take their own; give it where one of them runs alone"
        );
    }
    if let StudyError::Model(OpenModelError::NoUse { model, option, reason }) = &error {
        return anyhow!("--{option} is of no use to {model}: {reason}");
    }
    match &error {
        StudyError::Plan(PlanError::NoColumns { column }) => {
            return anyhow!(
                "--group-by {column}: only a table of fixations has columns; else dataset, subject or none"
            );
        }
        StudyError::Plan(PlanError::NoMaps { option }) => {
            return anyhow!("--{option} is about precomputed maps, and --model names none");
        }
        _ => {}
    }
    let (option, way_out) = match &error {
        StudyError::Plan(error) => of_plan(error),
        StudyError::Model(error) => of_model(error),
        StudyError::Fitting(error) => (of_fitting(error), ""),
        StudyError::NotAFolder { .. } | StudyError::File { action: "creating" | "writing to", .. } => ("--out", ""),
        StudyError::OtherStudy { .. } | StudyError::Version { .. } | StudyError::Foreign { .. } => {
            ("", "; name another --out, or replace it with --overwrite")
        }
        StudyError::NotEmpty { .. } => ("", "; name a new folder after --out"),
        _ => ("", ""),
    };
    let error = Error::from(error);
    match (option, way_out) {
        ("", "") => error,
        ("", way_out) => anyhow!("{error:#}{way_out}"),
        (option, "") => error.context(option),
        (option, way_out) => anyhow!("{option}: {error:#}{way_out}"),
    }
}

fn of_plan(error: &PlanError) -> (&'static str, &'static str) {
    match error {
        PlanError::NoSuchMetric { .. } => ("--metrics", ""),
        PlanError::Blur(_) => ("--sigma-px", ""),
        PlanError::BlurUnknown { .. } => {
            ("", ": give --pixels-per-degree or --sigma-px, or leave cc, sim, kl and emd out of --metrics")
        }
        PlanError::NoCells => ("--emd-downsize", ""),
        PlanError::SameName { .. } | PlanError::NoModels => ("--model", ""),
        PlanError::UnnamedObservers { .. } => ("--group-by subject", ""),
        _ => ("", ""),
    }
}

fn of_model(error: &OpenModelError) -> (&'static str, &'static str) {
    match error {
        OpenModelError::NoCenterBias { .. }
        | OpenModelError::Mit1003(_)
        | OpenModelError::CenterBiasFile(_)
        | OpenModelError::Template { .. } => ("--centerbias", ""),
        OpenModelError::PixelsPerDegree(_) => ("--pixels-per-degree", ""),
        OpenModelError::Open(error) if matches!(error.as_ref(), OpenError::NoGpu) => ("--device cuda", ""),
        OpenModelError::NeedsDataset { .. } => ("--model", ", which `gaze-cli run` has"),
        OpenModelError::NeedsHistory { .. } => ("--model", "; `gaze-cli predict` takes them with --history"),
        _ => ("--model", ""),
    }
}

fn of_fitting(error: &FittingError) -> &'static str {
    match error {
        FittingError::NoSuchGroup { .. } => "--group",
        FittingError::NoNetwork { .. } | FittingError::CalibratedAlready { .. } => "--model",
        _ => "",
    }
}
