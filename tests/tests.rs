//! Tests of the workspace as a whole, in one binary.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

/// Wrong arguments, other people's folders, help.
mod cli;
/// Two pictures, compared.
mod compare;
/// The table of agreement in `docs/METRICS.md`, made of the golden values.
mod conformance;
/// What datasets hold, and their conversion.
mod datasets;
/// The DeepGaze networks from the command line.
#[cfg(feature = "libtorch")]
mod deepgaze;
/// The cases in which DeepGaze networks are compared with their reference.
#[cfg(feature = "libtorch")]
mod deepgaze_cases;
/// One map under every definition.
mod evaluate;
/// Golden values of DeepGaze IIE, made by its reference.
#[cfg(feature = "libtorch")]
mod golden_deepgaze;
/// Golden values of DeepGaze I and III.
#[cfg(feature = "libtorch")]
mod golden_deepgaze_family;
/// Golden values of DeepGaze MSDB.
#[cfg(feature = "libtorch")]
mod golden_deepgaze_msdb;
/// Degenerate input, decided.
mod golden_edge;
/// Golden values of the earth mover's distance.
mod golden_emd;
/// Golden values of the metrics, made by their peers.
mod golden_metrics;
/// Pictures equal those of crumpets, and random parts follow its laws.
mod golden_pictures;
/// Targets equal those of crumpets.
mod golden_targets;
/// Files as people have them: transparent pictures, maps that miss a sum of 1, gaze in other units.
mod input;
/// Networks in files, from the command line.
#[cfg(feature = "onnx")]
mod networks;
/// The writer of ONNX files that the tests of gaze-model have.
#[cfg(feature = "onnx")]
#[path = "../gaze-model/src/exported/tests/writer.rs"]
#[expect(dead_code, reason = "the networks here need few of its parts")]
mod onnx_writer;
/// Tables of the documentation, compared with what tests make.
mod page;
/// The main job, from a dataset to its report.
mod pipeline;
/// Pictures to densities, heat maps and overlays.
mod predict;
/// pysaliency's own files and its scores of them.
mod pysaliency_files;
/// Maps of gaze from the command line.
mod rasterize;
/// Regions of a picture, scored.
mod score;
/// Several models, references, shards, tables, archives.
mod study;
/// Models of one's own.
#[cfg(feature = "libtorch")]
mod train;
/// The tutorial, followed.
mod tutorial;
/// Where files are, how datasets are made and how the program is run.
mod util;
/// The page in the browser. It is the same with libtorch.
#[cfg(not(feature = "libtorch"))]
mod web;
/// The synthetic weights, through every step from the generator to a network's reader.
mod weights;
