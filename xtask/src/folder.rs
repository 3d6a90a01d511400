//! Where downloaded weights are kept.

use std::{env, path::PathBuf};

/// The folder for downloaded weights: `$GAZE_WEIGHTS`, or `gaze/weights` in the user's folder for caches.
///
/// The same as `gaze_model::weights::default_folder`, on which nothing here may depend; a test of the workspace compares.
#[must_use]
pub fn weights_folder() -> Option<PathBuf> {
    from_variables(|name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn from_variables(set: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let caches = || {
        if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            Some(set("HOME")?.join("Library").join("Caches"))
        } else {
            set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute()).or_else(|| Some(set("HOME")?.join(".cache")))
        }
    };
    set("GAZE_WEIGHTS").or_else(|| Some(caches()?.join("gaze").join("weights")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_folder(variables: &[(&str, &str)], expected: Option<&str>) {
        let set =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| PathBuf::from(value));
        assert_eq!(from_variables(set), expected.map(PathBuf::from));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_weights_have_one_place() {
        check_folder(&[("HOME", "/home/a")], Some("/home/a/.cache/gaze/weights"));
        check_folder(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/c")], Some("/c/gaze/weights"));
        // The specification of these folders has relative ones ignored.
        check_folder(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "c")], Some("/home/a/.cache/gaze/weights"));
        check_folder(&[("HOME", "/home/a"), ("GAZE_WEIGHTS", "w")], Some("w"));
        check_folder(&[], None);
    }
}
