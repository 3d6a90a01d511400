//! Errors of the crates below in the words of the command line: the option that an error is about, and the way out.

use anyhow::{Error, anyhow};
use gaze_study::{OpenModelError, PlanError, StudyError};

/// Names the option that an error is about, if it is about one.
pub(super) fn with_option(error: impl Into<StudyError>) -> Error {
    let error = error.into();
    let (option, way_out) = match &error {
        StudyError::Plan(error) => (of_plan(error), ""),
        StudyError::Model(error) => (Some(of_model(error)), ""),
        StudyError::NotAFolder { .. } => (Some("--out"), ""),
        StudyError::OtherStudy { .. } | StudyError::Version { .. } | StudyError::Foreign { .. } => {
            (None, "; name another --out, or replace it with --overwrite")
        }
        StudyError::NotEmpty { .. } => (None, "; name a new folder after --out"),
        StudyError::File { action: "creating" | "writing to", .. } => (Some("--out"), ""),
        _ => (None, ""),
    };
    let error = Error::from(error);
    let error = if way_out.is_empty() { error } else { anyhow!("{error:#}{way_out}") };
    match option {
        Some(option) => error.context(option),
        None => error,
    }
}

fn of_plan(error: &PlanError) -> Option<&'static str> {
    match error {
        PlanError::NoSuchMetric { .. } => Some("--metrics"),
        PlanError::Blur(_) | PlanError::BlurUnknown { .. } => Some("--sigma-px or --pixels-per-degree"),
        PlanError::NoCells => Some("--emd-downsize"),
        PlanError::SameName { .. } | PlanError::NoModels => Some("--model"),
        PlanError::UnnamedObservers { .. } => Some("--group-by subject"),
        _ => None,
    }
}

fn of_model(error: &OpenModelError) -> &'static str {
    match error {
        OpenModelError::NoCenterBias { .. }
        | OpenModelError::Mit1003(_)
        | OpenModelError::CenterBiasFile(_)
        | OpenModelError::Template { .. } => "--centerbias",
        OpenModelError::PixelsPerDegree(_) => "--pixels-per-degree",
        _ => "--model",
    }
}
