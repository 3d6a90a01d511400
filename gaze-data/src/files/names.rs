//! Names of files, as short as they can be while they stay different.

use std::{
    borrow::Cow,
    path::{Component, Path},
};

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Returns a name with each accented letter as one character (NFC). macOS takes such letters apart in names of files, so that
/// one name may be written in two ways.
pub(crate) fn composed(name: &str) -> Cow<'_, str> {
    if is_nfc(name) { Cow::Borrowed(name) } else { Cow::Owned(name.nfc().collect()) }
}

/// Returns a file's name without its folders and its extension; the whole name if it has no such part.
pub(crate) fn stem(name: &str) -> &str {
    Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name)
}

#[cfg(any(feature = "hdf5", test))]
/// Returns the shortest names that tell the files apart: the stems if all stems differ, else the paths below the folders
/// that all have in common, without extensions if that leaves all names different.
pub(crate) fn unique_names(files: &[String]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = files.iter().map(|file| split(file)).collect();
    let stems = |from: usize, parts: &[Vec<&str>]| -> Vec<String> {
        parts
            .iter()
            .map(|parts| without_extension(&parts[from.min(parts.len().saturating_sub(1))..].join("/")))
            .collect()
    };
    let last: Vec<String> = files.iter().map(|file| stem(file).to_owned()).collect();
    if are_different(&last) {
        return last;
    }
    let common = common(&parts);
    let short = stems(common, &parts);
    if are_different(&short) {
        return short;
    }
    parts.iter().map(|parts| parts[common.min(parts.len().saturating_sub(1))..].join("/")).collect()
}

/// Returns the paths below the folders that all files have in common, with their extensions: the names that pysaliency
/// gives to predictions.
pub(crate) fn below_common(files: &[String]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = files.iter().map(|file| split(file)).collect();
    let common = common(&parts);
    parts.iter().map(|parts| parts[common.min(parts.len().saturating_sub(1))..].join("/")).collect()
}

/// Splits a path into its parts; `.` and the root are left out.
pub(crate) fn split(file: &str) -> Vec<&str> {
    let part = |part| match part {
        Component::Normal(name) => name,
        Component::ParentDir => std::ffi::OsStr::new(".."),
        _ => std::ffi::OsStr::new(""),
    };
    Path::new(file).components().map(part).filter_map(|part| part.to_str()).filter(|part| !part.is_empty()).collect()
}

/// Counts the folders with which all paths begin.
fn common(parts: &[Vec<&str>]) -> usize {
    let shortest = parts.iter().map(|parts| parts.len().saturating_sub(1)).min().unwrap_or(0);
    (0..shortest).find(|&place| parts.iter().any(|other| other[place] != parts[0][place])).unwrap_or(shortest)
}

#[cfg(any(feature = "hdf5", test))]
fn without_extension(name: &str) -> String {
    let path = Path::new(name);
    path.with_extension("").to_string_lossy().into_owned()
}

#[cfg(any(feature = "hdf5", test))]
fn are_different(names: &[String]) -> bool {
    let mut seen = std::collections::HashSet::new();
    names.iter().all(|name| seen.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], unique: &[&str], below: &[&str]) {
        let files: Vec<_> = files.iter().map(|&file| file.to_owned()).collect();
        assert_eq!(
            (unique_names(&files), below_common(&files)),
            (unique.iter().map(|&name| name.to_owned()).collect(), below.iter().map(|&name| name.to_owned()).collect())
        );
    }

    #[test]
    fn names_are_as_short_as_they_can_be() {
        check(&["a/b/1.jpg", "a/b/2.jpg"], &["1", "2"], &["1.jpg", "2.jpg"]);
        check(&["/s/A/1.jpg", "/s/B/1.jpg"], &["A/1", "B/1"], &["A/1.jpg", "B/1.jpg"]);
        check(&["a/1.jpg", "a/1.png"], &["1.jpg", "1.png"], &["1.jpg", "1.png"]);
        check(&["a/x.jpg"], &["x"], &["x.jpg"]);
        check(&[], &[], &[]);
    }
}
