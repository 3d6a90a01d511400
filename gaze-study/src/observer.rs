//! The observer of a study: it is told how far the study is and can stop it, and the study does not know who listens.

/// The kind of work that a stage of a study consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Work {
    /// The first pass: the gaze and the size of every stimulus.
    ReadingGaze,
    /// The second pass: one part for every stimulus.
    Scoring,
    /// The parts of several shards are brought together.
    Merging,
    /// A network predicts the pictures that it is calibrated with.
    Predicting,
    /// A backbone computes the features of the pictures that readouts are trained with.
    Features,
}

impl Work {
    /// The name of the work, as progress bars and JSON lines show it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadingGaze => "reading gaze",
            Self::Scoring => "scoring",
            Self::Merging => "merging",
            Self::Predicting => "predicting",
            Self::Features => "features",
        }
    }
}

/// A listener to a study: a progress bar, a log, a notebook, an engine.
///
/// One stage is at work at a time; threads call [`Observer::step`] side by side. Every method has a default that does
/// nothing, so that an observer implements what it shows.
pub trait Observer: Sync {
    /// A stage of `steps` steps begins.
    fn begin(&self, work: Work, steps: usize) {
        let _ = (work, steps);
    }

    /// One step of the stage is done, in which `problems` problems were met.
    fn step(&self, problems: usize) {
        let _ = problems;
    }

    /// The stage ends, complete or cancelled.
    fn end(&self) {}

    /// A sentence for the user.
    fn say(&self, sentence: &str) {
        let _ = sentence;
    }

    /// Tells whether the study shall stop. It is asked before every stimulus; what is done then is kept, and the same
    /// study goes on from there.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The observer that shows nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
