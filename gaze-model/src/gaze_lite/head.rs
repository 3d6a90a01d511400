//! The trained part of the model as it is stored in a file: the readouts' parameters, the channels' statistics, the
//! finalizers, a center bias, and remarks about the training.

use gaze_core::{LogDensity, MapError, Size};
use ndarray::Array2;

use crate::{
    gaze_lite::{
        LiteError,
        architecture::{input_name, inputs, parameters},
        finalizer::Finalizer,
    },
    weights::{Reader, Weights},
};

/// The one entry of the header, with a line for each remark. The crate `safetensors` would write several entries in any
/// order, and equal models must have equal bytes.
pub(super) const ENTRY: &str = "gaze-lite";
pub(super) const MEMBERS: &str = "members";
pub(super) const BACKBONE: &str = "backbone";
pub(super) const TEMPERATURE: &str = "temperature";
/// The size of the stored center bias.
pub(super) const TEMPLATE: Size = Size { height: 48, width: 64 };
/// The largest number of members that a file may announce.
const MOST_MEMBERS: usize = 64;
/// The blurs that make sense, in pixels.
const SIGMAS: std::ops::RangeInclusive<f64> = 1.0..=1000.0;

/// The trained part of the model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) members: usize,
    /// The readouts' parameters in the order of [`parameters`].
    pub(super) parameters: Vec<Vec<f32>>,
    /// The mean and standard deviation of each input's channels.
    pub(super) statistics: Vec<[Vec<f32>; 2]>,
    /// The center bias: log densities of size `TEMPLATE` in row-major order, in nats.
    pub(super) template: Vec<f32>,
    pub(super) temperature: f64,
    /// The hash of the backbone on which it was trained.
    pub(super) backbone: String,
}

impl Head {
    /// Reads and checks a file.
    pub(super) fn read(weights: &Weights) -> Result<Self, LiteError> {
        let path = || weights.path().to_owned();
        let remarks = weights.metadata(ENTRY).ok_or_else(|| LiteError::Kind { path: path() })?;
        let remark = |key: &str| remarks.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let wrong = |key| LiteError::Remark { path: path(), key, found: remark(key).unwrap_or("nothing").to_owned() };
        let members = remark(MEMBERS).and_then(|members| members.parse().ok());
        let members = members.filter(|members| (1..=MOST_MEMBERS).contains(members)).ok_or_else(|| wrong(MEMBERS))?;
        let temperature = remark(TEMPERATURE).and_then(|temperature| temperature.parse::<f64>().ok());
        let temperature = temperature.filter(|t| *t > 0.0 && t.is_finite()).ok_or_else(|| wrong(TEMPERATURE))?;
        let backbone = remark(BACKBONE).ok_or_else(|| wrong(BACKBONE))?.to_owned();
        let reader = weights.reader();
        let head = Self::take(&reader, members, temperature, backbone);
        reader.finish()?;
        for (member, finalizer) in head.finalizers().into_iter().enumerate() {
            if !SIGMAS.contains(&finalizer.sigma) {
                return Err(LiteError::Sigma { path: path(), member, sigma: finalizer.sigma });
            }
        }
        let unusable = |[_, deviation]: &[Vec<f32>; 2]| deviation.iter().any(|&deviation| deviation <= 0.0);
        if let Some(input) = head.statistics.iter().position(unusable) {
            return Err(LiteError::Deviation { path: path(), input });
        }
        Ok(head)
    }

    fn take(reader: &Reader<'_>, members: usize, temperature: f64, backbone: String) -> Self {
        let root = reader.root();
        let parameters =
            parameters(members).into_iter().map(|(name, shape)| root.at("readout").f32(&name, &shape).into_owned());
        let parameters = parameters.collect();
        let statistics = inputs().map(|(view, tap)| {
            let from = root.at("channels").at(input_name(view, tap));
            ["mean", "deviation"].map(|leaf| from.f32(leaf, &[tap.channels]).into_owned())
        });
        let statistics = statistics.collect();
        let template = root.f32("center_bias", &[TEMPLATE.height, TEMPLATE.width]).into_owned();
        Self { members, parameters, statistics, template, temperature, backbone }
    }

    pub(super) fn finalizers(&self) -> Vec<Finalizer> {
        let values = self.parameters.last().expect("the finalizers are the last parameter");
        let pairs = values.as_chunks::<2>().0.iter();
        pairs
            .map(|&[log_sigma, weight]| Finalizer {
                sigma: f64::from(log_sigma).exp(),
                center_bias_weight: f64::from(weight),
            })
            .collect()
    }

    pub(super) fn template(&self) -> Result<LogDensity<'static>, MapError> {
        let Size { height, width } = TEMPLATE;
        let values = self.template.iter().copied().map(f64::from).collect();
        LogDensity::normalize(Array2::from_shape_vec((height, width), values).expect("the reader checked the shape"))
    }
}
