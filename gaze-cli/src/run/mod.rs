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
    folder::OutFolder,
    gaze::{GazeOfDataset, StimulusGaze, group_label, read_gaze},
    metric::{Baseline, Metric},
    parts::{Part, Parts},
    scores::{Row, write_scores},
    settings::{Settings, metrics, saves},
    stimulus::{Context, process},
    summary::{MetricSummary, Number, Score, Summary, summarize},
};

mod folder;
mod gaze;
mod metric;
mod parts;
mod scores;
mod settings;
mod stimulus;
mod summary;
