//! The help of `--model`, made from the list of models.

use std::fmt::Write as _;

use gaze_study::{ModelListing, listing};

/// The names of all models, and the words that follow them.
pub(crate) fn names(then: &str) -> String {
    let names: Vec<String> = listing().into_iter().map(|model| model.name).collect();
    format!("{}{then}", names.join(", "))
}

/// The same with a paragraph about each model.
pub(crate) fn described(then: &str) -> String {
    let mut help = names(then);
    for ModelListing { name, summary, help: sentences } in listing() {
        write!(help, "\n\n{name}: {summary}. {sentences}").expect("writing to a string does not fail");
    }
    help
}
