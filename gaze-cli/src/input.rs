//! Inputs from a file, or from standard input where `-` stands for its name.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::{Prediction, Size, Stimulus};
use gaze_data::{Background, GazeCheck, GazeOptions, MapMeaning, MapOptions, RawScanpath, ReadImage, Turning};

use crate::messages;

/// The name of standard input in messages.
pub(crate) const STDIN: &str = "standard input";

/// The most that is read from standard input, in bytes: as much as of a file.
const LARGEST: u64 = 1 << 30;

/// The largest text that is read from a file, in bytes.
const LARGEST_TEXT: u64 = 1 << 24;

/// Tells whether the name stands for standard input. A file of that name is `./-`.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The name in messages and results.
pub(crate) fn shown(path: &Path) -> String {
    if is_stdin(path) { STDIN.to_owned() } else { path.display().to_string() }
}

/// Standard input can be read once.
pub(crate) fn check_one_stdin<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    let count = paths.into_iter().filter(|path| is_stdin(path)).count();
    ensure!(count < 2, "only one thing can be read from {STDIN}, and - stands for {count}");
    Ok(())
}

/// A picture as 8-bit RGB, as viewers show it. That it is transparent is said once for all pictures.
pub(crate) fn image(path: &Path, background: Background) -> Result<Stimulus> {
    let read = if is_stdin(path) {
        gaze_data::decode_image(&stdin()?, STDIN.as_ref(), Turning::AsShown, background)?
    } else {
        gaze_data::read_image(path, Turning::AsShown, background)?
    };
    let ReadImage { stimulus, is_transparent, .. } = read;
    if is_transparent {
        messages::say_once(&format_args!(
            "{}: transparent, laid over {background} (--background COLOR chooses another color)",
            shown(path)
        ));
    }
    Ok(stimulus)
}

/// A map as a prediction. What was decided about its numbers is said.
pub(crate) fn prediction(path: &Path, options: &MapOptions) -> Result<Prediction> {
    let variable = options.variable.as_deref();
    let map = if is_stdin(path) {
        gaze_data::decode_map(stdin()?, STDIN.as_ref(), variable)?
    } else {
        gaze_data::read_map(path, variable)?
    };
    let name = shown(path);
    let MapMeaning { kind, notes } = MapMeaning::of(options.kind, &[(&name, map.log_sum(options.kind))]);
    for note in notes {
        messages::say(&format_args!("{name}: {note}"));
    }
    Ok(map.prediction(kind)?)
}

/// Fixations on one image of this size: a table or a map of fixations. What was recognised, and what is not plausible, is said.
pub(crate) fn fixations(path: &Path, options: &GazeOptions, size: Size) -> Result<Vec<RawScanpath>> {
    let read = if is_stdin(path) {
        gaze_data::parse_fixations(&stdin()?, STDIN.as_ref(), options)?
    } else {
        gaze_data::read_fixations(path, options)?
    };
    if let Some(found) = read.size.filter(|found| *found != size) {
        bail!("{}: the map of fixations is {found}, the image {size} (height x width)", shown(path));
    }
    let scanpaths = options.apply(read.scanpaths, || Ok(size))?;
    let mut check = GazeCheck::default();
    check.add(&scanpaths, Some(size));
    for note in read.notes.into_iter().chain(check.notes()) {
        messages::say(&note);
    }
    Ok(scanpaths)
}

/// Text, without the mark of byte order that some editors put in front.
pub(crate) fn text(path: &Path) -> Result<String> {
    let bytes = if is_stdin(path) {
        stdin()?
    } else {
        let length = fs::metadata(path).with_context(|| path.display().to_string())?.len();
        if length > LARGEST_TEXT {
            bail!("{} has {length} bytes, at most {LARGEST_TEXT} are read", path.display())
        }
        fs::read(path).with_context(|| path.display().to_string())?
    };
    let text = String::from_utf8(bytes).with_context(|| format!("{} is no text", shown(path)))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

fn stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes).context(STDIN)?;
    ensure!(bytes.len() as u64 <= LARGEST, "{STDIN} has more than {LARGEST} bytes");
    ensure!(!bytes.is_empty(), "{STDIN} is empty");
    Ok(bytes)
}
