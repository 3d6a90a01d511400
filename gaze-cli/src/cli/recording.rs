//! The arguments of the commands that read recordings of eye trackers.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use gaze_data::{Dataset, Detector, EyeChoice, Format, Messages, Placement, RecordingOptions};

/// The choices with which recordings become a dataset.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Recordings of eye trackers")]
pub(crate) struct RecordingArgs {
    /// The folder of the pictures that were shown (default: images or stimuli beside the recordings)
    #[arg(long, value_name = "DIR")]
    pub(crate) stimuli: Option<PathBuf>,

    /// Where pictures stood if the recording does not say it: center (pixel for pixel), fit (as large as the screen allows),
    /// stretch (over the whole screen), or x,y,width,height in pixels (default: center)
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true)]
    pub(crate) placement: Option<Placement>,

    /// The screen in pixels if the recording does not say it, such as 1920x1080
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = screen)]
    pub(crate) screen: Option<(u32, u32)>,

    /// The eye that counts: better (lost less often), left, right, or mean (with --events) (default: better)
    #[arg(long, value_name = "EYE")]
    pub(crate) eye: Option<EyeChoice>,

    /// Find fixations in the samples by ivt, idt, engbert-kliegl or nystrom-holmqvist (default: those of the device)
    ///
    /// Parameters follow a colon: ivt:threshold=30,shortest=60,velocity=steps (degrees per second, ms; velocity steps or
    /// five-point); idt:threshold=1,shortest=100 (degrees, ms); engbert-kliegl:lambda=6,saccade=6,shortest=60 (times the noise,
    /// ms, ms); nystrom-holmqvist:saccade=10,shortest=40 (ms, ms). Those are the defaults. All but engbert-kliegl need pixels
    /// per degree.
    #[arg(long, value_name = "METHOD")]
    pub(crate) events: Option<Detector>,

    /// Fill gaps of at most this many milliseconds by interpolation before --events (default: none are filled)
    #[arg(long, value_name = "MS", requires = "events")]
    pub(crate) fill_gaps: Option<f64>,

    /// How the names of recordings hold group and observer, such as `{group}_{observer}`
    #[arg(long, value_name = "PATTERN")]
    pub(crate) names: Option<String>,

    /// The message that begins a trial; * stands for the trial's name (default: TRIALID and `start_trial`)
    #[arg(long, value_name = "TEXT")]
    pub(crate) trial_message: Option<String>,

    /// The message that names the picture; * stands for the name (default: !V IMGLOAD and variables)
    #[arg(long, value_name = "TEXT")]
    pub(crate) stimulus_message: Option<String>,

    /// The message that says that the picture appeared (default: SYNCTIME and DISPLAY ON)
    #[arg(long, value_name = "TEXT")]
    pub(crate) onset_message: Option<String>,
}

fn screen(text: &str) -> Result<(u32, u32), String> {
    let side = |side: &str| side.parse().ok().filter(|&side: &u32| side > 0);
    let sides = text.split_once('x').and_then(|(width, height)| side(width).zip(side(height)));
    sides.ok_or_else(|| "expected WIDTHxHEIGHT in pixels, such as 1920x1080".to_owned())
}

impl RecordingArgs {
    pub(crate) fn messages(&self) -> Messages {
        Messages {
            trial: self.trial_message.clone(),
            stimulus: self.stimulus_message.clone(),
            onset: self.onset_message.clone(),
        }
    }

    pub(crate) fn options(&self) -> RecordingOptions {
        RecordingOptions {
            stimuli: self.stimuli.clone(),
            placement: self.placement.unwrap_or_default(),
            screen: self.screen,
            eye: self.eye.unwrap_or_default(),
            events: self.events,
            fill_ms: self.fill_gaps,
            pixels_per_degree: None,
            names: self.names.clone(),
            group_column: None,
            messages: self.messages(),
        }
    }

    /// Tells whether one of these arguments concerns the dataset that a recording becomes.
    pub(crate) fn wants_dataset(&self) -> bool {
        self.options() != RecordingOptions { messages: self.messages(), ..RecordingOptions::default() }
    }

    /// Opens a dataset; one of these arguments says that it is made of recordings.
    pub(crate) fn open(&self, path: &Path, format: Option<Format>, pixels_per_degree: Option<f64>) -> Result<Dataset> {
        let options = RecordingOptions { pixels_per_degree, ..self.options() };
        let is_default = options == RecordingOptions::default();
        if is_default && format != Some(Format::Recordings) {
            return Ok(Dataset::open(path, format)?);
        }
        ensure!(
            format.is_none_or(|format| format == Format::Recordings) || self.options() == RecordingOptions::default(),
            "--stimuli, --events and the like concern recordings, and --format names another format"
        );
        if format.is_some_and(|format| format != Format::Recordings) {
            return Ok(Dataset::open(path, format)?);
        }
        Ok(Dataset::open_recordings(path, &options)?)
    }
}
