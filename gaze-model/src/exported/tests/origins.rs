//! What is described, read off the graph, assumed, and asked for; and what tells one network from another.

use std::fs;

use super::{
    habits::{ANY, WEIGHTS, folder, open, red, refused, scores, weighing},
    writer::{conv, floats, model, node, port},
};
use crate::{
    Opened, Options,
    exported::{NetworkFile, Origin},
};

#[test]
fn the_scale_of_the_training_is_passed_on() {
    let text = r#", "input": {"range": "0..1", "size": {"long-side": 12}}, "output": {"kind": "scores"},
        "training": {"pixels_per_degree": 30, "long_side": 12}"#;
    let training = open(&weighing(ANY), text).unwrap().model.training().unwrap();
    assert_eq!((training.pixels_per_degree, training.long_side, training.rescales), (30.0, 12, true));
    let message = refused(&weighing(ANY), &text.replace(r#""long_side": 12"#, r#""long_side": 13"#));
    assert!(message.contains("training.long_side: `input.size` says 12"), "{message}");
}

#[test]
fn the_name_and_the_hashes_identify_the_results() {
    let end = r#", "input": {"range": "0..1"}, "output": {"kind": "scores"}"#;
    let named = open(&weighing(ANY), &format!(r#", "name": "our network"{end}"#)).unwrap();
    let unnamed = open(&weighing(ANY), end).unwrap();
    assert_eq!((named.name.as_deref(), unnamed.name.as_deref()), (Some("our network"), Some("mine")));
    let weights = |opened: &Opened| opened.model.weights().unwrap().unwrap();
    assert_ne!(weights(&named), weights(&unnamed), "the description counts");
    let other = open(&red(&[]), end).unwrap();
    assert_ne!(weights(&other), weights(&unnamed), "the network counts");
    assert_eq!(weights(&open(&weighing(ANY), end).unwrap()), weights(&unnamed));
    assert!(weights(&unnamed).contains(", described by "));
}

#[test]
fn what_is_assumed_is_told_and_what_is_unclear_is_asked_for() {
    let opened = open(&weighing(ANY), r#", "input": {"range": "0..1"}, "output": {"kind": "scores"}"#).unwrap();
    let [note] = opened.notes.try_into().unwrap();
    assert!(note.starts_with(r#"mine: assumed input.size "as-is", input.channels "rgb"; "#), "{note}");
    let (folder, name) = folder(&weighing([1, 3, 8, 12]), None);
    let error = name.open(&Options::default()).unwrap_err().to_string();
    for expected in ["input.range is missing", "output.kind is missing", "gaze-cli models", "mine.json"] {
        assert!(error.contains(expected), "{error}");
    }
    let network = NetworkFile::inspect(&name).unwrap();
    assert!(!network.is_clear());
    let origin = |field: &str| network.fields().iter().find(|found| found.field == field).unwrap().origin;
    assert_eq!(
        ["input.layout", "input.size", "input.fit", "input.range"].map(origin),
        [Origin::Graph, Origin::Graph, Origin::Assumed, Origin::Unclear]
    );
    // The template is refused until the choices are made, and then accepted.
    let template = network.template();
    fs::write(folder.path().join("mine.json"), &template).unwrap();
    let error = name.open(&Options::default()).unwrap_err().to_string();
    assert!(error.contains("input.range: unknown variant `0..1 or 0..255`"), "{error}");
    let filled =
        template.replace("0..1 or 0..255", "0..1").replace("logits, probabilities, log-density or scores", "scores");
    fs::write(folder.path().join("mine.json"), filled).unwrap();
    let opened = name.open(&Options::default()).unwrap();
    assert!(opened.notes.is_empty(), "{:?}", opened.notes);
    assert!(NetworkFile::inspect(&name).unwrap().fields().iter().all(|field| field.origin == Origin::Described));
}

#[test]
fn the_last_operator_may_tell_the_kind() {
    let network = model(&[
        port(11, "image", 1, &ANY),
        floats("weights", &[1, 3, 1, 1], &WEIGHTS),
        conv(&["image", "weights"], "sum", 0),
        node("Sigmoid", &["sum"], &["bounded"], &[]),
        node("Identity", &["bounded"], &["map"], &[]),
        port(12, "map", 1, &[1, 1, 0, 0]),
    ]);
    let opened = open(&network, r#", "input": {"range": "0..1"}"#).unwrap();
    assert!(scores(&opened).iter().all(|score| (0.0..=1.0).contains(score)));
}
