//! `gaze-cli info` of the recording of an eye tracker.

use std::io::{Write, stdout};

use anyhow::{Context, Result};
use gaze_data::{Extent, Recording, Space, Unit, read_recording};
use gaze_study::{files, printable};

use super::{
    picture,
    summary::{Precision, Summary},
};
use crate::{cli::InfoArgs, messages, outcome::Outcome};

/// The most trials that are listed.
const SHOWN: usize = 30;

/// Reads the recording once, and tells what is needed to trust it.
pub(super) fn run(args: &InfoArgs) -> Result<Outcome> {
    let messages = args.recording.messages();
    let mut precision = Precision::default();
    let recording = read_recording(&args.data, &messages, |sample| precision.take(sample))?;
    let summary = Summary::new(&recording, args.data.display().to_string(), &precision);
    if args.json {
        let text = serde_json::to_string_pretty(&summary).context("writing JSON")?;
        writeln!(stdout(), "{text}")?;
    } else {
        print(&recording, &summary)?;
    }
    if let Some(path) = &args.picture {
        let mut drawing = picture::Drawing::new(&recording);
        read_recording(&args.data, &messages, |sample| drawing.take(sample))?;
        files::write_bytes(path, &drawing.png()?)?;
    }
    if args.json {
        return Ok(Outcome::Done);
    }
    messages::problems(&summary.notes);
    Ok(Outcome::Done)
}

fn print(recording: &Recording, summary: &Summary) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{} ({})", recording.format.title(), recording.format)?;
    let mut line = |name: &str, text: String| writeln!(out, "{name:<12}{}", printable(&text));
    if let Some(device) = &recording.device {
        line("device", device.clone())?;
    }
    if let Some(participant) = &recording.participant {
        line("participant", participant.clone())?;
    }
    let rate = match (recording.stated_rate_hz, recording.found_rate_hz) {
        (Some(stated), Some(found)) => format!("{stated} Hz stated, {found:.1} Hz found"),
        (Some(stated), None) => format!("{stated} Hz stated"),
        (None, Some(found)) => format!("{found:.1} Hz found"),
        (None, None) => "not known".to_owned(),
    };
    line("rate", rate)?;
    let screen = match recording.screen {
        Some(Extent { width, height }) => format!("{width} x {height} pixels (width x height)"),
        None => "its size is not stated".to_owned(),
    };
    let place = |(space, unit): (Space, Unit)| {
        let on = match space {
            Space::Screen => "the screen",
            Space::Picture => "the picture",
            Space::Scene => "the image of the scene camera",
        };
        let unit = match unit {
            Unit::Pixels => "pixels",
            Unit::Shares => "shares of the width and height",
        };
        format!("{unit} of {on}")
    };
    line("screen", screen)?;
    line("samples in", place(recording.sample_space))?;
    if recording.fixation_space != recording.sample_space {
        line("fixations in", place(recording.fixation_space))?;
    }
    let eyes: Vec<String> = recording.eyes.iter().map(ToString::to_string).collect();
    line("eyes", if eyes.is_empty() { "not named".to_owned() } else { eyes.join(", ") })?;
    let counts = recording.samples;
    let share = |count: usize| 100.0 * count as f64 / counts.all.max(1) as f64;
    let each = if recording.eyes.len() > 1 {
        format!("; left {:.1} %, right {:.1} %", share(counts.lost_left), share(counts.lost_right))
    } else {
        String::new()
    };
    line("samples", format!("{}, {:.1} % lost{each}", counts.all, share(counts.lost)))?;
    for (name, text) in summary.details() {
        line(name, text)?;
    }
    let durations: Vec<f64> = {
        let mut durations: Vec<f64> = recording.fixations.iter().filter_map(|fixation| fixation.duration_ms).collect();
        durations.sort_by(f64::total_cmp);
        durations
    };
    let median = gaze_metrics::quantile_of_sorted(&durations, 0.5);
    let median = median.map_or(String::new(), |median| format!(", median duration {median:.0} ms"));
    line("fixations", format!("{}{median}", recording.fixations.len()))?;
    line("blinks", recording.blinks.len().to_string())?;
    line("messages", recording.messages.len().to_string())?;
    let stimuli = recording.stimuli();
    line("pictures", format!("{}: {}", stimuli.len(), stimuli.iter().take(8).copied().collect::<Vec<_>>().join(", ")))?;
    line("trials", recording.trials.len().to_string())?;
    if !summary.trials.is_empty() {
        writeln!(
            out,
            "  {:<20} {:<24} {:>8} {:>7} {:>9} {:>10} {:>10}",
            "trial", "picture", "samples", "lost %", "fixations", "first (ms)", "median (ms)"
        )?;
    }
    for trial in summary.trials.iter().take(SHOWN) {
        let short = |text: &str, most: usize| printable(text).chars().take(most).collect::<String>();
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.0}"));
        let lost = 100.0 * trial.lost_samples as f64 / trial.samples.max(1) as f64;
        writeln!(
            out,
            "  {:<20} {:<24} {:>8} {lost:>7.1} {:>9} {:>10} {:>10}",
            short(&trial.name, 20),
            short(&trial.stimuli.join(", "), 24),
            trial.samples,
            trial.fixations,
            number(trial.first_fixation_after_ms),
            number(trial.median_duration_ms),
        )?;
    }
    if summary.trials.len() > SHOWN {
        writeln!(out, "  and {} more trials; --json lists all of them", summary.trials.len() - SHOWN)?;
    }
    Ok(())
}
