//! Reports of a study: a page, and tables for terminals, Markdown and LaTeX.
//!
//! Everything is made of a [`Summary`] and of what the parts of the study keep for it; no score is
//! computed here.
//!
//! | function | gives |
//! |---|---|
//! | [`write()`] | `report.html`, `scores.md` and `scores.tex` in the folder of the study |
//! | [`html`] | the page: one file that needs no network |
//! | [`terminal`] | the tables for a terminal |
//! | [`markdown`], [`latex`] | the tables for a paper |
//! | [`undefined`] | sentences about values that are missing |
//!
//! ```no_run
//! use gaze_study::{StudyFolder, finish};
//!
//! let folder = StudyFolder::open("results".as_ref())?;
//! let summary = finish(&folder)?;
//! gaze_report::write(&folder, &summary)?;
//! print!("{}", gaze_report::terminal(&summary));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{io, path::PathBuf};

use gaze_study::{StudyError, StudyFolder, Summary, files};
use thiserror::Error;

pub use crate::{
    latex::render as latex,
    markdown::render as markdown,
    table::{render as terminal, undefined},
};

mod grid;
mod html;
mod latex;
mod markdown;
mod table;

/// A report cannot be made or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The template of the page cannot be filled.
    #[error("the page")]
    Template(#[from] minijinja::Error),
    /// A small picture of the study cannot be read.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder of the study cannot be read or written to.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// Renders the page from the summary and the parts of a study.
///
/// # Errors
///
/// [`ReportError::File`] if a small picture cannot be read, [`ReportError::Study`] if the folder holds no index.
pub fn html(folder: &StudyFolder, summary: &Summary) -> Result<String, ReportError> {
    html::render(summary, &folder.index()?, folder.parts())
}

/// Writes `report.html`, `scores.md` and `scores.tex` into the folder of a study.
///
/// # Errors
///
/// The errors of [`html`], and [`ReportError::Study`] if a file cannot be written.
pub fn write(folder: &StudyFolder, summary: &Summary) -> Result<(), ReportError> {
    let write = |name: &str, text: String| files::write_bytes(&folder.path().join(name), text.as_bytes());
    write("scores.md", markdown(summary))?;
    write("scores.tex", latex(summary))?;
    write("report.html", html(folder, summary)?)?;
    Ok(())
}

/// The example of the README, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
