//! Where downloaded weights and datasets are kept.

use std::{env, path::PathBuf};

/// The folder for downloaded weights: `$GAZE_WEIGHTS`, or `gaze/weights` in the user's folder for caches.
///
/// The same as `gaze_model::weights::default_folder`, on which nothing here may depend; a test of the workspace compares.
#[must_use]
pub fn weights_folder() -> Option<PathBuf> {
    from_variables(environment, "GAZE_WEIGHTS", "weights")
}

/// The folder for downloaded datasets: `$GAZE_DATA`, or `gaze/data` in the user's folder for caches.
#[must_use]
pub fn data_folder() -> Option<PathBuf> {
    from_variables(environment, "GAZE_DATA", "data")
}

fn environment(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn from_variables(set: impl Fn(&str) -> Option<PathBuf>, own: &str, name: &str) -> Option<PathBuf> {
    let caches = || {
        if cfg!(windows) {
            set("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            Some(set("HOME")?.join("Library").join("Caches"))
        } else {
            set("XDG_CACHE_HOME").filter(|folder| folder.is_absolute()).or_else(|| Some(set("HOME")?.join(".cache")))
        }
    };
    set(own).or_else(|| Some(caches()?.join("gaze").join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_folder(variables: &[(&str, &str)], expected: Option<&str>) {
        let set =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| PathBuf::from(value));
        assert_eq!(from_variables(set, "GAZE_WEIGHTS", "weights"), expected.map(PathBuf::from));
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
