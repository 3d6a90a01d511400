//! Trials of tables in which every row names its participant, recording and stimulus.

use std::collections::HashMap;

use crate::recordings::{
    builder::Builder,
    model::{DeviceFixation, Trial},
};

/// Gives each row its trial: a run of rows with the same key, or all rows with it.
#[derive(Default)]
pub(crate) struct Runs {
    key: Option<String>,
    trial: Option<usize>,
    known: HashMap<String, Option<usize>>,
}

impl Runs {
    /// Returns the trial of a row; a key other than that of the row before begins a new trial.
    pub(crate) fn run(&mut self, key: &str, builder: &mut Builder<'_>, make: impl FnOnce() -> Trial) -> Option<usize> {
        if self.key.as_deref() != Some(key) {
            self.key = Some(key.to_owned());
            self.trial = builder.trial(make());
        }
        self.trial
    }

    /// Says that the next row begins a trial, whatever its key.
    pub(crate) fn end(&mut self) {
        self.key = None;
        self.trial = None;
    }

    /// Returns the trial of a row; rows of one key may stand anywhere.
    pub(crate) fn keyed(
        &mut self,
        key: &str,
        builder: &mut Builder<'_>,
        make: impl FnOnce() -> Trial,
    ) -> Option<usize> {
        if self.key.as_deref() != Some(key) {
            self.key = Some(key.to_owned());
            self.trial = match self.known.get(key) {
                Some(trial) => *trial,
                None => {
                    let trial = builder.trial(make());
                    self.known.insert(key.to_owned(), trial);
                    trial
                }
            };
        }
        self.trial
    }
}

/// Fixations that are repeated on each of their samples: the first row of a key counts.
#[derive(Default)]
pub(crate) struct Repeated {
    last: String,
    seen: HashMap<String, usize>,
}

impl Repeated {
    /// Takes the fixation of a row, unless a row before had the same key; then a place that was not known is filled in.
    pub(crate) fn take(&mut self, key: &str, fixation: DeviceFixation, builder: &mut Builder<'_>) {
        if self.last == key {
            let place = self.seen.get(key).and_then(|&place| builder.recording.fixations.get_mut(place));
            if let Some(known) = place.filter(|known| !known.has_place() && fixation.has_place()) {
                (known.x, known.y) = (fixation.x, fixation.y);
                // A fixation belongs to the picture on which its place is stated.
                if known.trial.is_none() {
                    known.trial = fixation.trial;
                    if let Some(trial) = fixation.trial.and_then(|trial| builder.recording.trials.get_mut(trial)) {
                        trial.fixations += 1;
                    }
                }
            }
            return;
        }
        key.clone_into(&mut self.last);
        if !self.seen.contains_key(key) {
            self.seen.insert(key.to_owned(), builder.recording.fixations.len());
            builder.fixation_of(fixation);
        }
    }
}
