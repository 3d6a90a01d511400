//! The main job: a dataset and models in; maps, scores, a summary and a report out.
//!
//! ```text
//! gaze of all stimuli ─▶ center bias ─▶ per stimulus: decode, predict, score, write ─▶ parts
//!                                                 parts ─▶ scores, summary, tables, report
//! ```
//!
//! The first pass reads the gaze, which is small, and the sizes, because every stimulus is compared with the center
//! bias of the *others*. The second pass goes over the stimuli in parallel and holds one picture per thread. What it
//! finds is written at once, under a hash of everything it depends on, so that a run can be interrupted, resumed, and
//! shared by several machines. The last step needs nothing but what was written. All outputs are the same bytes whatever
//! the number of threads, interruptions or shards; so there is no date in them.

pub(crate) use self::{
    comparison::{Between, Comparison},
    finish::finish,
    folder::{OutFolder, stored},
    gaze::{GazeOfDataset, StimulusGaze, group_label, read_gaze},
    index::{Group, Index},
    parts::{Part, Parts, Shown, common_inputs},
    predictors::{Predictor, Role, predictors},
    rows::{Measure, Row},
    settings::{Baseline, GroupBy, ModelSettings, Reference, Settings, measures, saves},
    shard::Shard,
    stimulus::{Context, Processed, process},
    summary::{CalibrationBin, MeasureSummary, ModelCalibration, Number, Score, Summary, summarize},
    tally::Tally,
};

mod archive;
mod calibration;
mod comparison;
mod finish;
mod folder;
mod gaze;
mod gold_standard;
mod index;
mod parts;
mod pictures;
mod predictors;
mod rows;
mod score;
mod settings;
mod shard;
mod stimulus;
mod summary;
mod tables;
mod tally;
