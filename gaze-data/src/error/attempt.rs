//! The formats that a folder is not of, and what each of them lacks.

use std::cmp::Reverse;

use crate::Format;

/// The number of formats that a message about an unknown folder names.
const NEAREST: usize = 3;

/// A format that was tried on a folder and did not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The format.
    pub format: Format,
    /// The files that identify the format, in words.
    pub layout: &'static str,
    /// The files and folders of the format that are there.
    pub there: Vec<String>,
    /// The files and folders of the format that are missing.
    pub missing: Vec<String>,
}

/// Lists the formats that come nearest, a line each: those with the most parts there, then the fewest missing. Where nothing is
/// there, a table comes first, because anybody can write one.
pub(super) fn nearest(tried: &[Attempt]) -> String {
    let mut order: Vec<&Attempt> = tried.iter().collect();
    order.sort_by_key(|attempt| {
        let (has_nothing, is_other) = (attempt.there.is_empty(), attempt.format != Format::Table);
        (Reverse(attempt.there.len()), has_nothing && is_other, attempt.missing.len(), is_other)
    });
    let mut text = String::new();
    for (place, attempt) in order.into_iter().take(NEAREST).enumerate() {
        let heading = if place == 0 { "nearest" } else { "" };
        let lacks = if attempt.missing.is_empty() { attempt.layout.to_owned() } else { attempt.missing.join(", ") };
        let has = if attempt.there.is_empty() { String::new() } else { format!("has {}, ", attempt.there.join(", ")) };
        text.push_str(&format!("\n  {heading:<8} {:<12} {has}lacks {lacks}", attempt.format.name()));
    }
    text.push_str("\n  docs/DATASETS.md describes every format");
    text
}
