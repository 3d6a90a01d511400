//! The pattern by which all maps of a model are named after their stimuli.

use std::collections::HashSet;

use super::MapName;
use crate::files::names::{composed, split};

/// The most candidates that are tried.
const CANDIDATES: usize = 64;

/// Finds the only pattern by which there is a map for every stimulus, or by which every map belongs to a stimulus. `None` if
/// there is none or more than one. `stems` are the names of the maps without extension.
pub(super) fn pattern(keys: &[&str], stems: &[&str]) -> Option<MapName> {
    let last: Vec<String> = keys.iter().filter_map(|key| Some(composed(split(key).last()?).into_owned())).collect();
    let (known, stored): (HashSet<&str>, HashSet<&str>) =
        (last.iter().map(String::as_str).collect(), stems.iter().copied().collect());
    let mut candidates: Vec<MapName> = Vec::new();
    // Every pattern that fits all must fit the first stimulus, or the first map.
    let of = |stem: &str, key: &str| -> Vec<MapName> {
        stem.match_indices(key).map(|(at, _)| MapName::new(&stem[..at], &stem[at + key.len()..])).collect()
    };
    let first_key = last.first()?;
    let found = stems.iter().flat_map(|stem| of(stem, first_key));
    let found = found.chain(last.iter().flat_map(|key| of(stems.first().copied().unwrap_or_default(), key)));
    for candidate in found.take(CANDIDATES * CANDIDATES) {
        if candidates.len() < CANDIDATES && !candidates.contains(&candidate) {
            candidates.push(candidate);
        }
    }
    let fits_all = |name: &&MapName| {
        last.iter().all(|key| stored.contains(name.of(key).as_str()))
            || stems.iter().all(|stem| name.stem(stem).is_some_and(|key| known.contains(key)))
    };
    let mut fitting = candidates.iter().filter(fits_all);
    match (fitting.next(), fitting.next()) {
        (Some(name), None) => Some(name.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keys: &[&str], stems: &[&str], expected: Option<&str>) {
        assert_eq!(pattern(keys, stems).map(|name| name.to_string()).as_deref(), expected);
    }

    #[test]
    fn what_all_names_have_in_common_is_the_pattern() {
        check(&["1", "2", "11"], &["1_saliency", "11_saliency", "2_saliency"], Some("{stem}_saliency"));
        check(&["cat", "dog"], &["cat.jpg", "dog.jpg"], Some("{stem}.jpg"));
        check(&["set/cat", "set/dog"], &["sal_cat_v2", "sal_dog_v2"], Some("sal_{stem}_v2"));
        // A stimulus without a map, and a map without a stimulus.
        check(&["cat", "dog", "cow"], &["cat_map", "dog_map"], Some("{stem}_map"));
        check(&["cat", "dog"], &["cat_map", "dog_map", "mean"], Some("{stem}_map"));
        // Letters with accents may be written in two ways.
        check(&["e\u{301}t\u{e9}"], &["\u{e9}t\u{e9}_map"], Some("{stem}_map"));
    }

    #[test]
    fn names_without_one_pattern_have_none() {
        check(&["cat", "dog"], &["cat_map", "dog-map"], None);
        check(&["cat", "dog"], &["cat_a", "dog_a", "cat_b", "dog_b"], None);
        check(&["cat"], &[], None);
        check(&[], &["cat_map"], None);
    }
}
