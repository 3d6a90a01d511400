//! The arguments of the commands that read recordings of eye trackers.

use std::path::PathBuf;

use gaze_data::{Detector, EyeChoice, Messages, Placement, RecordingOptions};

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

    pub(crate) fn options(&self, pixels_per_degree: Option<f64>) -> RecordingOptions {
        RecordingOptions {
            stimuli: self.stimuli.clone(),
            placement: self.placement.unwrap_or_default(),
            screen: self.screen,
            eye: self.eye.unwrap_or_default(),
            events: self.events,
            fill_ms: self.fill_gaps,
            pixels_per_degree,
            names: self.names.clone(),
            messages: self.messages(),
        }
    }

    /// Tells whether one of these arguments concerns the dataset that a recording becomes.
    pub(crate) fn wants_dataset(&self) -> bool {
        self.options(None) != RecordingOptions { messages: self.messages(), ..RecordingOptions::default() }
    }
}
