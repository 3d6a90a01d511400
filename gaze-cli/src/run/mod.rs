//! The main job: a dataset and a model in; maps, scores, a summary and a report out.
//!
//! ```text
//! gaze of all stimuli ─▶ center bias ─▶ per stimulus: decode, predict, score, write ─▶ scores, summary, report
//! ```
//!
//! The first pass reads the gaze, which is small, and the sizes, because every stimulus is compared with the center
//! bias of the *others*. The second pass goes over the stimuli in parallel and holds one picture per thread. What it
//! finds is written at once, under a hash of everything it depends on, so that a run can be interrupted and resumed.
//! All outputs are the same bytes whatever the number of threads or interruptions; so there is no date in them.

pub(crate) use self::{
    comparison::Comparison,
    folder::OutFolder,
    gaze::{GazeOfDataset, StimulusGaze, group_label, read_gaze},
    gold_standard::GOLD_STANDARD,
    parts::{Part, Parts},
    rows::{Measure, Row, write_scores},
    settings::{Baseline, Settings, measures, saves},
    stimulus::{Context, process},
    summary::{Group, MeasureSummary, Number, Score, Summary, summarize},
};

mod comparison;
mod folder;
mod gaze;
mod gold_standard;
mod parts;
mod rows;
mod score;
mod settings;
mod stimulus;
mod summary;
