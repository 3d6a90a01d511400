//! Recordings as the software of eye trackers exports them.
//!
//! [`read_recording`] recognises a file by its content and reads it line by line: samples are handed over one after the other,
//! and everything else is put together in a [`Recording`]. So memory is bounded by the events of a file, not by its samples.
//! One file a format says how the format writes time, places, lost samples and trials.

pub use model::{
    DeviceFixation, Extent, Eye, Gaze, Interval, Message, Recording, Rectangle, Sample, SampleCounts, Shown,
    ShownPicture, Space, Trial, Unit,
};
pub use options::{EyeChoice, RecordingOptions, UnknownEye};
pub use placement::{Placement, UnknownPlacement};
pub use recognise::RecordingFormat;
pub use trial_messages::Messages;

use std::path::Path;

use crate::{DataError, DatasetOptions, Format, files::place::Place};
use builder::Builder;
use input::Input;

mod browser;
mod builder;
mod data_viewer;
mod eyelink_asc;
mod gazepoint;
mod imotions;
pub(crate) mod input;
#[cfg(feature = "hdf5")]
mod iohub;
mod model;
pub(crate) mod options;
pub(crate) mod placement;
mod pupil_cloud;
mod pupil_core;
pub(crate) mod recognise;
mod rows;
mod smi;
#[cfg(test)]
mod tests;
mod text;
mod tobii_glasses;
mod tobii_prolab;
mod tobii_studio;
mod trial_messages;
mod trials;

/// Reads a recording: a file, or the folder of a recording of several files.
///
/// `take` gets every sample in the order of the file. If the file is cut off, what it holds is returned with a note.
///
/// # Errors
///
/// [`DataError::NotRecognised`] if the content is of no known format, [`DataError::WrongKind`] for an export of metrics,
/// and errors of a file with the line and what is wrong there.
pub fn read_recording(path: &Path, messages: &Messages, mut take: impl FnMut(&Sample)) -> Result<Recording, DataError> {
    let place = Place::new(path, &DatasetOptions::default())?;
    let file = match &place.file {
        Some(name) => Some(name.into()),
        None => recognise::main_file(&place.root, Path::new(""))?,
    };
    let recording = match file {
        Some(file) => read(&Input::new(&place.root, file), messages, &mut take)?,
        None => None,
    };
    match recording {
        Some(recording) => Ok(recording),
        None => {
            let tried = vec![place.attempt(Format::Recordings, LAYOUT)];
            Err(DataError::NotRecognised { path: path.to_owned(), tried, found: place.overview()? })
        }
    }
}

/// The files that this module reads, in words.
pub(crate) const LAYOUT: &str = "recordings of EyeLink, Tobii, Pupil Labs, SMI, Gazepoint, jsPsych, WebGazer, Labvanced, \
                                 Gorilla, PsychoPy or iMotions";

/// Tells whether the path is a recording: a file of a known format, or the folder of a recording of several files.
///
/// # Errors
///
/// [`DataError::NotFound`] and other errors of opening the path, and [`DataError::WrongKind`] for an export of metrics.
pub fn recording_format(path: &Path) -> Result<Option<RecordingFormat>, DataError> {
    let place = Place::new(path, &DatasetOptions::default())?;
    let file = match &place.file {
        Some(name) => Some(name.into()),
        None => recognise::main_file(&place.root, Path::new(""))?,
    };
    let Some(file) = file else { return Ok(None) };
    let input = Input::new(&place.root, file);
    Ok(recognise::recognise(&input)?.map(|(format, _)| format))
}

/// Tells whether a file, relative to `root`, is a recording.
pub(crate) fn is_recording(root: &Path, file: &Path) -> bool {
    matches!(recognise::recognise(&Input::new(root, file)), Ok(Some(_)))
}

/// Reads a recording; returns `None` if the file is none.
pub(crate) fn read(
    input: &Input<'_>,
    messages: &Messages,
    take: &mut dyn FnMut(&Sample),
) -> Result<Option<Recording>, DataError> {
    let Some((format, header)) = recognise::recognise(input)? else { return Ok(None) };
    let mut builder = Builder::new(format, input.path.clone(), take);
    let builder_ref = &mut builder;
    match format {
        RecordingFormat::EyelinkAsc => eyelink_asc::read(input, messages, builder_ref),
        RecordingFormat::EyelinkReport => data_viewer::read(input, builder_ref),
        RecordingFormat::TobiiProLab => tobii_prolab::read(input, builder_ref),
        RecordingFormat::TobiiStudio => tobii_studio::read_studio_3(input, builder_ref),
        RecordingFormat::TobiiStudio2 => tobii_studio::read_old(input, builder_ref),
        RecordingFormat::TobiiGlasses => tobii_glasses::read(input, builder_ref),
        RecordingFormat::PupilCore => pupil_core::read(input, &header, builder_ref),
        RecordingFormat::PupilCloud => pupil_cloud::read(input, builder_ref),
        RecordingFormat::SmiSamples => smi::read_samples(input, builder_ref),
        RecordingFormat::SmiEvents => smi::read_events(input, builder_ref),
        RecordingFormat::SmiStatistics => smi::read_statistics(input, builder_ref),
        RecordingFormat::Gazepoint => gazepoint::read(input, builder_ref),
        RecordingFormat::Jspsych => browser::read_jspsych(input, builder_ref),
        RecordingFormat::JspsychTable => browser::read_jspsych_table(input, builder_ref),
        RecordingFormat::Webgazer => browser::read_webgazer(input, builder_ref),
        RecordingFormat::Labvanced => browser::read_labvanced(input, builder_ref),
        RecordingFormat::Gorilla => browser::read_gorilla(input, builder_ref),
        #[cfg(feature = "hdf5")]
        RecordingFormat::Iohub => iohub::read(input, builder_ref),
        #[cfg(not(feature = "hdf5"))]
        RecordingFormat::Iohub => Err(DataError::WithoutFeature { path: input.path.clone(), feature: "hdf5" }),
        RecordingFormat::Imotions => imotions::read(input, builder_ref),
    }?;
    Ok(Some(builder.finish()))
}
