//! Studies of saliency models: a dataset and models in; scores, maps and a summary out.
//!
//! ```text
//! plan ─▶ first pass ─▶ a part for every stimulus ─▶ summary
//! ```
//!
//! 1. A [`Plan`] says what is computed. [`Plan::new`] has a default for everything.
//! 2. [`Study::first_pass`] reads the gaze and the size of every stimulus, because every stimulus is compared with the
//!    center bias of the *others*. These are small and stay in memory.
//! 3. [`Study::make_part`] decodes, predicts, scores and draws one stimulus. Threads, shards and the workers of a cluster
//!    scheduler all call it. A [`PartStore`] keeps the parts, each under a hash of everything it depends on, so that a study
//!    can be interrupted, resumed and divided.
//! 4. [`finish`] makes the [`Summary`] from the parts, and needs nothing else.
//!
//! [`Study::run`] does steps 2 and 3 on the threads of the current [`rayon`] pool. All outputs are the same bytes whatever
//! the number of threads, interruptions or shards; so there is no date in them. Progress and messages go to an
//! [`Observer`], which can also cancel. The crate `gaze-report` turns a summary into pages and tables.
//!
//! # Example
//!
//! ```no_run
//! use gaze_data::Dataset;
//! use gaze_study::{Model, ModelOptions, Plan, Silent, Study, StudyFolder, finish};
//!
//! let dataset = Dataset::open("osie".as_ref(), None)?;
//! let mut models = Vec::new();
//! for name in ["center-bias", "uniform"] {
//!     models.push(Model::open(&name.parse()?, &ModelOptions::default(), Some(&dataset))?);
//! }
//! let plan = Plan::new(&dataset, &models)?;
//! let study = Study::new(dataset, models, plan)?;
//! let folder = StudyFolder::claim("results".as_ref(), study.plan(), false)?;
//! study.run(&folder, None, &Silent)?;
//! let summary = finish(&folder)?;
//! println!("{} stimuli", summary.stimuli);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::{
    error::{CalibrationError, FittingError, OpenModelError, PlanError, StudyError, TravelError},
    first_pass::{Entry, FirstPass, Group, GroupFixations, Index, StimulusGaze, Timing, group_label},
    fixations::IndexScore,
    folder::StudyFolder,
    merge::merge,
    metrics::Measure,
    models::{
        Calibration, CenterBiasSpec, Looked, Model, ModelListing, ModelOptions, ModelSpec, NetworkSettings, Question,
        UnknownModel, listing,
    },
    names::{CENTER_BIAS, GOLD_STANDARD, UNIFORM, group_name},
    number::Number,
    observer::{Observer, Silent, Work},
    options::StudyOptions,
    part::{MapFile, NewPart, Outcome, Part, PartStore, Shown},
    plan::{Baseline, GroupBy, ModelSettings, Plan, Reference, Save, Shard, ShardError},
    predictors::{MOST_GROUPS, Predictor, Role},
    sampling::{SampledFixation, sample_scanpaths},
    score::{FixationScores, Row},
    study::{Ran, Study},
    summary::{Between, CalibrationBin, Comparison, MeasureSummary, ModelCalibration, Score, Summary, finish},
    text::printable,
};

mod error;
pub mod files;
mod first_pass;
pub mod fitting;
mod fixations;
mod folder;
mod merge;
pub mod metrics;
mod models;
mod names;
mod number;
mod observer;
mod options;
mod parcel;
mod part;
mod plan;
mod predictors;
mod sampling;
pub mod scanpaths;
mod score;
mod study;
mod summary;
mod table;
mod text;

/// The example of the README, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
