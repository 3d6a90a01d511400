//! The formats of recordings, told apart by the first lines of a file and never by its name.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    DataError,
    files::folder,
    recordings::{
        browser, data_viewer, eyelink_asc, gazepoint, imotions, input::Input, pupil_cloud, pupil_core, smi, text::text,
        tobii_glasses, tobii_prolab, tobii_studio,
    },
};

/// The kind of file that a recording is.
///
/// Its serialized form is the name that [`Display`](fmt::Display) writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecordingFormat {
    /// EyeLink, converted by `edf2asc`.
    EyelinkAsc,
    /// A fixation report of EyeLink Data Viewer.
    EyelinkReport,
    /// A data export of Tobii Pro Lab.
    TobiiProLab,
    /// An export of Tobii Studio 3.
    TobiiStudio,
    /// "All data", "Fixation data" or "Event data" of Tobii Studio 1 or 2.
    TobiiStudio2,
    /// Tobii Glasses 2 or 3.
    TobiiGlasses,
    /// An export of Pupil Player.
    PupilCore,
    /// An export of Pupil Cloud: Neon or Invisible.
    PupilCloud,
    /// Samples of SMI's IDF Converter or BeGaze.
    SmiSamples,
    /// Events of SMI's Event Detector or BeGaze.
    SmiEvents,
    /// Event statistics of SMI BeGaze.
    SmiStatistics,
    /// An export of Gazepoint Analysis.
    Gazepoint,
    /// jsPsych with WebGazer, as JSON.
    Jspsych,
    /// jsPsych with WebGazer, as a table.
    JspsychTable,
    /// A table of WebGazer.
    Webgazer,
    /// A time series of Labvanced.
    Labvanced,
    /// Eye tracking of Gorilla.
    Gorilla,
    /// PsychoPy's ioHub.
    Iohub,
    /// A sensor file of iMotions.
    Imotions,
}

impl RecordingFormat {
    /// Returns the name of the device or software, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::EyelinkAsc => "EyeLink ASC",
            Self::EyelinkReport => "EyeLink Data Viewer fixation report",
            Self::TobiiProLab => "Tobii Pro Lab export",
            Self::TobiiStudio => "Tobii Studio 3 export",
            Self::TobiiStudio2 => "Tobii Studio 1 or 2 export",
            Self::TobiiGlasses => "Tobii Glasses",
            Self::PupilCore => "Pupil Core export",
            Self::PupilCloud => "Pupil Cloud export (Neon, Invisible)",
            Self::SmiSamples => "SMI samples",
            Self::SmiEvents => "SMI events",
            Self::SmiStatistics => "SMI BeGaze event statistics",
            Self::Gazepoint => "Gazepoint Analysis export",
            Self::Jspsych | Self::JspsychTable => "jsPsych with WebGazer",
            Self::Webgazer => "WebGazer table",
            Self::Labvanced => "Labvanced time series",
            Self::Gorilla => "Gorilla eye tracking",
            Self::Iohub => "PsychoPy ioHub",
            Self::Imotions => "iMotions sensor file",
        }
    }
}

impl fmt::Display for RecordingFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The extensions of files in which recordings are looked for.
const EXTENSIONS: [&str; 11] = ["asc", "txt", "tsv", "csv", "xls", "json", "gz", "hdf5", "h5", "tlv", "log"];

/// The first bytes of an HDF5 file.
const HDF5: &[u8] = b"\x89HDF";

/// Returns the format of a file and its first line, or `None` if it is no recording.
pub(crate) fn recognise(input: &Input<'_>) -> Result<Option<(RecordingFormat, String)>, DataError> {
    let head = input.head()?;
    if head.starts_with(HDF5) {
        return hdf5(input);
    }
    let first = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let header = text(first.get(..first.len().min(1 << 14)).unwrap_or_default()).trim_end().to_owned();
    let refuse = |found: &str| {
        let expected = "a recording with samples or fixations; export the data and not the summary";
        Err(DataError::WrongKind { path: input.path.clone(), expected, found: found.to_owned() })
    };
    use RecordingFormat as F;
    let is_table = header.contains(['\t', ',', ';']);
    let old_studio = || {
        let is = |line: &[u8]| tobii_studio::is_old_header(&text(line));
        head.split(|&byte| byte == b'\n').take(200).any(is)
    };
    let format = if smi::is_samples(&head) {
        F::SmiSamples
    } else if smi::is_events(&head) {
        F::SmiEvents
    } else if imotions::is(&head) {
        F::Imotions
    } else if tobii_glasses::is(&head) {
        F::TobiiGlasses
    } else if browser::is_jspsych(&head) {
        F::Jspsych
    } else if is_table && data_viewer::is(&header) {
        F::EyelinkReport
    } else if is_table && tobii_prolab::is(&header) {
        F::TobiiProLab
    } else if is_table && tobii_studio::is_studio_3(&header) {
        F::TobiiStudio
    } else if is_table && tobii_prolab::is_metrics(&header) {
        return refuse("an export of metrics from Tobii Pro Lab");
    } else if is_table && gazepoint::is(&header) {
        F::Gazepoint
    } else if is_table && pupil_cloud::is(&header) {
        F::PupilCloud
    } else if is_table && pupil_core::is(&header) {
        F::PupilCore
    } else if is_table && smi::is_statistics(&header) {
        F::SmiStatistics
    } else if is_table && browser::is_jspsych_table(&header) {
        F::JspsychTable
    } else if is_table && browser::is_labvanced(&header) {
        F::Labvanced
    } else if is_table && browser::is_gorilla(&header) {
        F::Gorilla
    } else if is_table && browser::is_webgazer(&header) {
        F::Webgazer
    } else if is_table && (header.contains("CURRENT_SAC_") || header.contains("IA_DWELL_TIME")) {
        return refuse("another report of EyeLink Data Viewer than the fixation report");
    } else if old_studio() {
        F::TobiiStudio2
    } else if eyelink_asc::is(&head) {
        F::EyelinkAsc
    } else {
        return Ok(None);
    };
    Ok(Some((format, header)))
}

#[cfg(feature = "hdf5")]
fn hdf5(input: &Input<'_>) -> Result<Option<(RecordingFormat, String)>, DataError> {
    Ok(crate::recordings::iohub::is(input).then(|| (RecordingFormat::Iohub, String::new())))
}

#[cfg(not(feature = "hdf5"))]
fn hdf5(input: &Input<'_>) -> Result<Option<(RecordingFormat, String)>, DataError> {
    Err(DataError::WithoutFeature { path: input.path.clone(), feature: "hdf5" })
}

/// Returns the file with which the reading of a folder begins, if the folder is one recording of several files.
pub(crate) fn main_file(root: &Path, base: &Path) -> Result<Option<PathBuf>, DataError> {
    let candidates = pupil_cloud::FILES.into_iter().take(2).chain(pupil_core::FILES).map(|name| base.join(name));
    for path in candidates.chain([base.join("gazedata.gz")]) {
        if root.join(&path).is_file() && matches!(recognise(&Input::new(root, path.clone())), Ok(Some(_))) {
            return Ok(Some(path));
        }
    }
    if root.join(base).join("segments").is_dir() {
        let mut files = folder::tree(&root.join(base).join("segments"), &["gz"])?;
        files.retain(|path| path.file_name().is_some_and(|name| name == "livedata.json.gz"));
        files.sort();
        return Ok(files.first().map(|path| path.strip_prefix(root).unwrap_or(path).to_owned()));
    }
    Ok(None)
}

/// A file that looked like a recording and could not be read as one.
pub(crate) type Refused = (PathBuf, DataError);

/// Recordings with their formats, and files that could not be read as one.
pub(crate) type Listed = (Vec<(PathBuf, RecordingFormat)>, Vec<Refused>);

/// Lists the recordings in a folder and below, relative to it, one file for each; files that belong to another file's
/// recording are left out.
pub(crate) fn find(root: &Path) -> Result<Listed, DataError> {
    let mut paths = folder::tree(root, &EXTENSIONS)?;
    paths.sort_by(|a, b| folder::natural_order(&a.to_string_lossy(), &b.to_string_lossy()));
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for path in paths {
        let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
        match recognise(&Input::new(root, path.clone())) {
            Ok(Some((format, _))) => found.push((path, format)),
            Ok(None) => {}
            Err(error) => refused.push((path, error)),
        }
    }
    let all: BTreeSet<PathBuf> = found.iter().map(|(path, _)| path.clone()).collect();
    found.retain(|(path, format)| !is_part_of_another(path, *format, &all));
    Ok((found, refused))
}

/// Tells whether a file is read along with another one.
fn is_part_of_another(path: &Path, format: RecordingFormat, all: &BTreeSet<PathBuf>) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let beside = |other: &str| name != other && all.contains(&path.with_file_name(other));
    match format {
        RecordingFormat::PupilCloud => {
            !matches!(name, "gaze.csv") && beside("gaze.csv")
                || !matches!(name, "fixations.csv") && beside("fixations.csv") && name != "gaze.csv"
        }
        RecordingFormat::PupilCore => {
            let surfaces = path.with_file_name("surfaces");
            let has_surfaces = all.iter().any(|other| other.parent() == Some(surfaces.as_path()));
            let gaze_on_surface =
                name.strip_prefix("fixations_on_surface_").map(|rest| format!("gaze_positions_on_surface_{rest}"));
            has_surfaces
                || gaze_on_surface.is_some_and(|other| beside(&other))
                || (matches!(name, "fixations.csv" | "blinks.csv") && beside("gaze_positions.csv"))
                || (name == "blinks.csv" && beside("fixations.csv"))
        }
        RecordingFormat::Imotions => name == "Native_SlideEvents.csv" && beside("ET_Eyetracker.csv"),
        RecordingFormat::Gazepoint => {
            name.strip_suffix("_fixations.csv").is_some_and(|stem| beside(&format!("{stem}_all_gaze.csv")))
        }
        _ => false,
    }
}
