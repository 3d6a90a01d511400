//! Inputs from a file, or from standard input where `-` stands for its name.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::{Prediction, Stimulus};
use gaze_data::{MapKind, RawScanpath};

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

/// A picture as 8-bit RGB.
pub(crate) fn image(path: &Path) -> Result<Stimulus> {
    Ok(if is_stdin(path) { gaze_data::decode_image(&stdin()?, STDIN.as_ref())? } else { gaze_data::read_image(path)? })
}

/// A map: npy or mat, or a gray picture.
pub(crate) fn prediction(path: &Path, kind: MapKind) -> Result<Prediction> {
    Ok(if is_stdin(path) {
        gaze_data::decode_prediction(stdin()?, STDIN.as_ref(), kind)?
    } else {
        gaze_data::read_prediction(path, kind)?
    })
}

/// A table of fixations on one image.
pub(crate) fn fixations(path: &Path) -> Result<Vec<RawScanpath>> {
    Ok(if is_stdin(path) {
        gaze_data::parse_fixations(&stdin()?, STDIN.as_ref())?
    } else {
        gaze_data::read_fixations(path)?
    })
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
