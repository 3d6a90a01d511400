//! The description of a network: a file of JSON beside it, with the same name and the ending `.json`.
//!
//! ```json
//! {
//!   "gaze_network": 1,
//!   "name": "my network",
//!   "input": {
//!     "layout": "nchw", "channels": "rgb", "range": "0..1",
//!     "mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225],
//!     "size": {"fixed": [288, 384]}, "fit": "pad-center"
//!   },
//!   "output": {"kind": "scores"}
//! }
//! ```
//!
//! Only `gaze_network` must be there. `docs/MODELS.md` explains each field.

use std::{fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Deserializer;

use super::error::{NetworkError, NetworkProblem};

/// The version of the file's structure.
pub(super) const SCHEMA: u32 = 1;
/// The largest file in bytes that is read: a description has a few hundred.
const MOST_BYTES: u64 = 1 << 20;
/// The longest side in pixels that a network is shown.
const LONGEST: usize = 16_384;

/// A description, as it is written. What it leaves out is taken from the graph or assumed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sidecar {
    pub(super) gaze_network: u32,
    /// The name in tables and files.
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) input: Input,
    #[serde(default)]
    pub(super) output: Output,
    /// The layout of the center bias, if the network takes one as its second input.
    pub(super) center_bias: Option<CenterBiasLayout>,
    pub(super) training: Option<TrainingScale>,
}

/// The picture as the network takes it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The name of the graph's input that takes the picture.
    pub(super) name: Option<String>,
    pub(super) layout: Option<Layout>,
    pub(super) channels: Option<Channels>,
    pub(super) range: Option<Range>,
    /// The numbers that are subtracted from the channels, in the unit of the range and the order of the channels.
    pub(super) mean: Option<[f32; 3]>,
    /// The numbers that the channels are then divided by.
    pub(super) deviation: Option<[f32; 3]>,
    pub(super) size: Option<Shown>,
    /// Each side of the picture that the network sees is a multiple of this many pixels.
    pub(super) multiple_of: Option<usize>,
    pub(super) fit: Option<Fit>,
    /// Red, green and blue of the pixels around a picture that does not fill the input.
    pub(super) padding_color: Option<[u8; 3]>,
}

/// The map that the network gives.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    /// The name of the output that is the map; the place of it, counted from 0, where outputs have no names.
    pub(super) name: Option<String>,
    pub(super) kind: Option<Kind>,
}

/// The order of the axes: batch, channels, height, width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Layout {
    Nchw,
    Nhwc,
}

/// The order of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Channels {
    Rgb,
    Bgr,
}

/// The numbers that stand for black and for full brightness, before mean and deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Range {
    #[serde(rename = "0..1")]
    Unit,
    #[serde(rename = "0..255")]
    Bytes,
}

/// The size at which the network sees a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Shown {
    /// This height and width, whatever the picture's.
    Fixed([usize; 2]),
    /// The size at which the longer side has this many pixels.
    LongSide(usize),
    /// The picture's own size.
    AsIs,
}

/// The way in which a picture comes to a size of another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fit {
    /// Height and width are scaled each by its own factor.
    Stretch,
    /// The picture keeps its shape and lies in the middle of a margin.
    PadCenter,
    /// The picture keeps its shape and lies in the upper left corner; the margin is below and to the right.
    PadEnd,
}

/// The meaning of the numbers of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Natural logarithms of probabilities but for a constant: the density is their softmax over the picture.
    Logits,
    /// Numbers that are not negative and in proportion to probabilities.
    Probabilities,
    /// Natural logarithms of probabilities, which sum to 1 over the output.
    LogDensity,
    /// Numbers that only rank.
    Scores,
}

/// The shape of the center bias: natural logarithms of a density of the size of the picture as it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CenterBiasLayout {
    /// `(1, height, width)`.
    Nhw,
    /// `(1, 1, height, width)`.
    Nchw,
}

/// The pictures that the network was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingScale {
    pub(super) pixels_per_degree: f64,
    pub(super) long_side: usize,
}

impl Kind {
    /// The name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::Probabilities => "probabilities",
            Self::LogDensity => "log-density",
            Self::Scores => "scores",
        }
    }
}

impl Sidecar {
    /// Reads the description, if there is one, and returns also its bytes.
    pub(super) fn read(path: &Path) -> Result<Option<(Self, Vec<u8>)>, NetworkError> {
        let bytes = match fs::metadata(path).map(|metadata| metadata.len()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(bytes @ MOST_BYTES..) => return Err(NetworkProblem::TooLarge { bytes, most: MOST_BYTES }.of(path)),
            _ => fs::read(path).map_err(|error| NetworkProblem::Io(error).of(path))?,
        };
        let sidecar = Self::parse(&bytes).map_err(|problem| problem.of(path))?;
        Ok(Some((sidecar, bytes)))
    }

    fn parse(bytes: &[u8]) -> Result<Self, NetworkProblem> {
        let mut json = Deserializer::from_slice(bytes);
        let sidecar: Self = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let field = error.path().to_string();
            let field = if field == "." { String::new() } else { field };
            let calibration = bytes.windows(18).any(|window| window == b"\"gaze_calibration\"");
            let message = error.into_inner().to_string();
            NetworkProblem::Field {
                field,
                message: if calibration {
                    format!("this file is a calibration; give it another name ({message})")
                } else {
                    message
                },
            }
        })?;
        json.end().map_err(|error| NetworkProblem::field("", error.to_string()))?;
        sidecar.check()?;
        Ok(sidecar)
    }

    /// Checks what the types do not.
    fn check(&self) -> Result<(), NetworkProblem> {
        let refuse = |field, message: &str| Err(NetworkProblem::field(field, message));
        if self.gaze_network != SCHEMA {
            return refuse("gaze_network", &format!("this program reads version {SCHEMA}, not {}", self.gaze_network));
        }
        if let Some(name) = &self.name
            && (name.trim().is_empty()
                || name.len() > 100
                || name.contains(|c: char| c.is_control() || "/\\,:".contains(c)))
        {
            return refuse("name", "a name has 1 to 100 bytes, and none of / \\ , :");
        }
        if self.input.mean.is_some_and(|mean| mean.iter().any(|value| !value.is_finite())) {
            return refuse("input.mean", "the numbers are finite");
        }
        if self
            .input
            .deviation
            .is_some_and(|deviation| deviation.iter().any(|value| !(*value > 0.0 && value.is_finite())))
        {
            return refuse("input.deviation", "the numbers are positive and finite");
        }
        let sides: &[usize] = match &self.input.size {
            Some(Shown::Fixed(sides)) => sides,
            Some(Shown::LongSide(side)) => std::slice::from_ref(side),
            _ => &[],
        };
        if sides.iter().any(|side| !(1..=LONGEST).contains(side)) {
            return refuse("input.size", &format!("a side has 1 to {LONGEST} pixels"));
        }
        if self.input.multiple_of.is_some_and(|multiple| !(1..=1024).contains(&multiple)) {
            return refuse("input.multiple_of", "the number of pixels is 1 to 1024");
        }
        self.check_training()
    }

    fn check_training(&self) -> Result<(), NetworkProblem> {
        let Some(TrainingScale { pixels_per_degree, long_side }) = self.training else { return Ok(()) };
        if !(pixels_per_degree > 0.0 && pixels_per_degree.is_finite()) {
            return Err(NetworkProblem::field("training.pixels_per_degree", "the number is positive and finite"));
        }
        if !(1..=LONGEST).contains(&long_side) {
            return Err(NetworkProblem::field("training.long_side", format!("a side has 1 to {LONGEST} pixels")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let problem = Sidecar::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(problem.contains(expected), "{problem}");
    }

    #[test]
    fn a_description_may_leave_out_everything_but_its_version() {
        let sidecar = Sidecar::parse(br#"{"gaze_network": 1}"#).unwrap();
        assert_eq!(sidecar, Sidecar { gaze_network: 1, ..Sidecar::default() });
        check_refused("{}", "missing field `gaze_network`");
        check_refused(r#"{"gaze_network": 2}"#, "gaze_network: this program reads version 1, not 2");
    }

    #[test]
    fn a_wrong_value_is_told_with_its_field() {
        let with = |rest: &str| format!(r#"{{"gaze_network": 1, {rest}}}"#);
        for (rest, expected) in [
            (r#""inptu": {}"#, "unknown field `inptu`"),
            (r#""name": "a/b""#, "name: a name has"),
            (r#""name": 3"#, "name: invalid type"),
            (r#""input": {"rnge": 1}"#, "input.rnge: unknown field `rnge`"),
            (r#""input": {"name": 1}"#, "input.name: invalid type"),
            (r#""input": {"layout": "chw"}"#, "input.layout: unknown variant `chw`"),
            (r#""input": {"channels": "gray"}"#, "input.channels: unknown variant `gray`"),
            (r#""input": {"range": "0..1 or 0..255"}"#, "input.range: unknown variant"),
            (r#""input": {"mean": [0.5, 0.5]}"#, "input.mean: invalid length 2"),
            (r#""input": {"mean": ["x", 0, 0]}"#, "input.mean[0]: invalid type"),
            (r#""input": {"deviation": [0.5, 0.5, 0]}"#, "input.deviation: the numbers are positive"),
            (r#""input": {"size": {"fixed": [288]}}"#, "input.size"),
            (r#""input": {"size": {"fixed": [0, 288]}}"#, "input.size: a side has 1 to 16384 pixels"),
            (r#""input": {"size": {"long-side": 99999}}"#, "input.size: a side has 1 to 16384 pixels"),
            (r#""input": {"size": "small"}"#, "input.size: unknown variant `small`"),
            (r#""input": {"multiple_of": 0}"#, "input.multiple_of: the number of pixels is 1 to 1024"),
            (r#""input": {"fit": "crop"}"#, "input.fit: unknown variant `crop`"),
            (r#""input": {"padding_color": [256, 0, 0]}"#, "input.padding_color[0]: invalid value"),
            (r#""output": {"kind": "map"}"#, "output.kind: unknown variant `map`"),
            (r#""output": {"nmae": "map"}"#, "output.nmae: unknown field `nmae`"),
            (r#""center_bias": true"#, "center_bias: "),
            (r#""training": {"long_side": 3}"#, "training: missing field `pixels_per_degree`"),
            (
                r#""training": {"pixels_per_degree": 0, "long_side": 3}"#,
                "training.pixels_per_degree: the number is positive",
            ),
            (r#""training": {"pixels_per_degree": 1, "long_side": 0}"#, "training.long_side: a side has"),
            (r#""gaze_calibration": 1"#, "this file is a calibration; give it another name"),
        ] {
            check_refused(&with(rest), expected);
        }
        check_refused("{\"gaze_network\": 1} x", "trailing characters");
        check_refused("nonsense", "expected");
    }
}
