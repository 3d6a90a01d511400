//! Trials, pictures and the time at which they appeared, from the messages that an experiment sends to the tracker.

use serde::{Deserialize, Serialize};

use crate::recordings::{
    builder::Builder,
    model::{Rectangle, Shown, Trial},
};

/// The extensions of files of pictures.
const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "gif", "webp"];

/// Tells whether a text is the name of a file of a picture.
pub(crate) fn is_picture(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && PICTURES.iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// The messages that mark trials, pictures and their onset, beside those that are known.
///
/// A pattern is text in which one `*` stands for the name that is wanted; it must match the whole message. Without a `*` it
/// must match the beginning, and the rest is the name.
///
/// | | known without a pattern |
/// |---|---|
/// | a trial begins | `TRIALID name` behind any words, `start_trial name` |
/// | its picture | `!V IMGLOAD`, a variable whose value is the name of a picture |
/// | the picture appears | `SYNCTIME`, `DISPLAY ON` |
/// | the trial ends | `TRIAL_RESULT`, `TRIAL OK`, `stop_trial` |
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Messages {
    /// The message that begins a trial; the known ones no longer count.
    pub trial: Option<String>,
    /// The message that names the picture.
    pub stimulus: Option<String>,
    /// The message that says that the picture appeared; the known ones no longer count.
    pub onset: Option<String>,
}

/// Returns the part of a message that a pattern names.
fn matched<'m>(pattern: &str, message: &'m str) -> Option<&'m str> {
    match pattern.split_once('*') {
        Some((before, after)) => message.strip_prefix(before)?.strip_suffix(after),
        None => message.strip_prefix(pattern),
    }
    .map(str::trim)
}

/// Follows the messages of a recording.
pub(crate) struct TrialMessages<'a> {
    messages: &'a Messages,
    /// The word with which the last trial began.
    last: Option<Word>,
}

/// The words that begin a trial. Some experiments send both of them for one trial.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    Own,
    StartTrial,
    TrialId,
}

impl<'a> TrialMessages<'a> {
    pub(crate) fn new(messages: &'a Messages) -> Self {
        Self { messages, last: None }
    }

    /// Takes a message, whose offset was applied.
    pub(crate) fn take(&mut self, time_ms: f64, body: &str, builder: &mut Builder<'_>) {
        builder.message(time_ms, body);
        if let Some((word, name)) = self.trial(body) {
            let name = if name.is_empty() { body } else { name };
            let last = self.last.replace(word);
            let is_same =
                |trial: &Trial| trial.samples == 0 && trial.fixations == 0 && last.is_some_and(|last| last != word);
            match builder.current().filter(|trial| is_same(trial)) {
                // The name of TRIALID is the better one.
                Some(trial) if word == Word::TrialId => {
                    name.clone_into(&mut trial.name);
                    trial.start_ms = Some(time_ms);
                }
                Some(_) => {}
                None => {
                    builder.trial(Trial { name: name.to_owned(), start_ms: Some(time_ms), ..Trial::default() });
                }
            }
            return;
        }
        if let Some(coordinates) = body.strip_prefix("DISPLAY_COORDS").or_else(|| body.strip_prefix("GAZE_COORDS")) {
            screen(coordinates, builder);
            return;
        }
        let is_onset = match &self.messages.onset {
            Some(pattern) => matched(pattern, body).is_some(),
            None => body.split_whitespace().next() == Some("SYNCTIME") || body.starts_with("DISPLAY ON"),
        };
        let screen = builder.recording.screen;
        let Some(trial) = builder.current() else { return };
        if is_onset {
            trial.onset_ms.get_or_insert(time_ms);
        }
        if let Some(name) = self.messages.stimulus.as_deref().and_then(|pattern| matched(pattern, body)) {
            trial.show(name, None);
        } else if let Some(load) = body.strip_prefix("!V IMGLOAD ") {
            image(load.trim(), trial);
            if screen.is_none() && trial.pictures.iter().any(|picture| picture.shown == Some(Shown::Screen)) {
                builder.note("a picture filled the screen, but nothing says how large the screen is");
            }
        } else if let Some(variable) = body.strip_prefix("!V TRIAL_VAR ").or_else(|| body.strip_prefix("var ")) {
            let (name, value) = variable.trim().split_once(' ').unwrap_or((variable.trim(), ""));
            let value = value.trim();
            if trial.variables.len() < 1000 {
                trial.variables.push((name.to_owned(), value.to_owned()));
            }
            if is_picture(value) && trial.pictures.is_empty() && self.messages.stimulus.is_none() {
                trial.show(value, None);
            }
        } else if ["TRIAL_RESULT", "TRIAL OK", "stop_trial"].iter().any(|word| body.starts_with(word)) {
            trial.end_ms.get_or_insert(time_ms);
        }
    }

    /// Returns the word that begins a trial and the name of the trial.
    fn trial<'m>(&self, body: &'m str) -> Option<(Word, &'m str)> {
        if let Some(pattern) = &self.messages.trial {
            return Some((Word::Own, matched(pattern, body)?));
        }
        if let Some(name) = body.strip_prefix("start_trial").filter(|name| name.is_empty() || name.starts_with(' ')) {
            return Some((Word::StartTrial, name.trim()));
        }
        // A variable or command may be called like the word.
        if ["!", "var "].iter().any(|front| body.starts_with(front)) {
            return None;
        }
        let at = body.find("TRIALID")?;
        let (before, name) = (&body[..at], &body[at + "TRIALID".len()..]);
        let is_word = before.is_empty() || before.ends_with(' ');
        let is_word = is_word && (name.is_empty() || name.starts_with([' ', ':', '\t']));
        is_word.then(|| (Word::TrialId, name.trim_start_matches(':').trim()))
    }
}

/// Reads the outermost pixels of the screen, or its size.
fn screen(coordinates: &str, builder: &mut Builder<'_>) {
    let numbers: Vec<f64> =
        coordinates.split([' ', '=', '\t', ',']).filter_map(|text| text.parse().ok()).take(4).collect();
    if let [left, top, right, bottom] = numbers[..] {
        // The last pixel of a screen has an odd number, and an even one is the size.
        let side =
            |first: f64, last: f64| last - first + if (last.rem_euclid(2.0) - 1.0).abs() < 0.5 { 1.0 } else { 0.0 };
        builder.screen(side(left, right), side(top, bottom));
    }
}

/// Reads `FILL path`, `CENTER path x y [width height]` or `TOP_LEFT path x y [width height]`.
fn image(load: &str, trial: &mut Trial) {
    let (kind, rest) = load.split_once(' ').unwrap_or((load, ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    // The path may hold blanks; the numbers stand behind it.
    let numbers = words.iter().rev().take(4).take_while(|word| word.parse::<f64>().is_ok()).count();
    let numbers = if kind == "FILL" {
        0
    } else if numbers >= 4 {
        4
    } else {
        numbers / 2 * 2
    };
    let (path, values) = words.split_at(words.len() - numbers);
    let values: Vec<f64> = values.iter().filter_map(|word| word.parse().ok()).collect();
    let path = path.join(" ");
    if path.is_empty() {
        return;
    }
    let shown = match (kind, values.as_slice()) {
        ("FILL", _) => Some(Shown::Screen),
        ("CENTER", &[x, y]) => Some(Shown::Centered(x, y)),
        ("CENTER", &[x, y, width, height]) => {
            Some(Shown::Rectangle(Rectangle { x: x - width / 2.0, y: y - height / 2.0, width, height }))
        }
        ("TOP_LEFT", &[x, y]) => Some(Shown::Corner(x, y)),
        ("TOP_LEFT", &[x, y, width, height]) => Some(Shown::Rectangle(Rectangle { x, y, width, height })),
        _ => None,
    };
    trial.show(&path, shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_a_part_of_the_message() {
        assert_eq!(matched("show * now", "show a b.png now"), Some("a b.png"));
        assert_eq!(matched("image ", "image cat.png"), Some("cat.png"));
        assert_eq!(matched("image *", "picture cat.png"), None);
    }

    #[test]
    fn the_place_of_a_picture_stands_behind_its_path() {
        let place = |load| {
            let mut trial = Trial::default();
            image(load, &mut trial);
            (trial.pictures[0].name.clone(), trial.pictures[0].shown)
        };
        assert_eq!(place("FILL a b.png"), ("a b.png".into(), Some(Shown::Screen)));
        assert_eq!(place("CENTER a.png 512 384"), ("a.png".into(), Some(Shown::Centered(512.0, 384.0))));
        assert_eq!(place("TOP_LEFT a b 2.png 1 2"), ("a b 2.png".into(), Some(Shown::Corner(1.0, 2.0))));
        let rectangle = Rectangle { x: 412.0, y: 334.0, width: 200.0, height: 100.0 };
        assert_eq!(place("CENTER a.png 512 384 200 100"), ("a.png".into(), Some(Shown::Rectangle(rectangle))));
    }

    #[test]
    fn pictures_are_known_by_their_extension() {
        assert!(is_picture("a/b.PNG") && is_picture("x.y.jpeg"));
        assert!(!is_picture("png") && !is_picture(".png") && !is_picture("a.vcl"));
    }
}
