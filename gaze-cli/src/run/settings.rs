//! What a run was asked for: the part of the command line that its results depend on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::PixelsPerDegree;
use gaze_data::Dataset;
use serde::{Deserialize, Serialize};

use super::{
    Metric,
    metric::{Baseline, PROFILE},
};
use crate::{
    args::{RunArgs, Save},
    output,
};

/// The settings, in the words in which they are stored and reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// Version of this list; another version is another run.
    pub(crate) schema: u32,
    pub(crate) dataset: String,
    pub(crate) format: String,
    pub(crate) provenance: String,
    pub(crate) model: String,
    pub(crate) map_kind: String,
    pub(crate) profile: String,
    pub(crate) metrics: Vec<String>,
    pub(crate) baseline: String,
    pub(crate) center_bias_bandwidth: f64,
    pub(crate) center_bias_uniform_share: f64,
    /// Blur of the empirical map.
    pub(crate) sigma_px: Option<f64>,
    pub(crate) save: Vec<String>,
}

const FILE: &str = "run.json";

/// Files and folders of a run, which `--overwrite` removes.
const OUTPUTS: [&str; 6] = ["parts", "maps", "scores.csv", "summary.json", "report.html", FILE];

/// The metrics asked for, each once, in the order of tables.
pub(crate) fn metrics(args: &RunArgs) -> Vec<Metric> {
    let mut metrics = args.metrics.clone();
    metrics.sort_unstable();
    metrics.dedup();
    metrics
}

/// The kinds of map asked for, each once.
pub(crate) fn saves(args: &RunArgs) -> Vec<Save> {
    let mut saves = args.save.clone();
    saves.sort_unstable();
    saves.dedup();
    saves.retain(|&save| save != Save::None);
    saves
}

impl Settings {
    /// Gathers the settings for a dataset.
    pub(crate) fn new(args: &RunArgs, dataset: &Dataset) -> Result<Self> {
        ensure!(!args.save.contains(&Save::None) || args.save.len() == 1, "--save none goes with no other kind of map");
        let metrics = metrics(args);
        let name = |baseline| match baseline {
            Baseline::CenterBias => "center-bias",
            Baseline::Uniform => "uniform",
        };
        let save_name = |save| match save {
            Save::LogDensity => "log-density",
            Save::Heatmap => "heatmap",
            Save::Overlay => "overlay",
            Save::None => "none",
        };
        Ok(Self {
            schema: 1,
            dataset: args.name.clone().unwrap_or_else(|| dataset.name().to_owned()),
            format: dataset.format().to_string(),
            provenance: dataset.provenance().to_string(),
            model: args.model.name(),
            map_kind: args.map_kind.to_string(),
            profile: PROFILE.to_owned(),
            baseline: name(args.baseline).to_owned(),
            center_bias_bandwidth: gaze_targets::CenterBias::DEFAULT_BANDWIDTH,
            center_bias_uniform_share: gaze_targets::CenterBias::DEFAULT_UNIFORM_SHARE,
            sigma_px: sigma_px(args, dataset, &metrics)?,
            metrics: metrics.iter().map(ToString::to_string).collect(),
            save: saves(args).into_iter().map(|save| save_name(save).to_owned()).collect(),
        })
    }

    /// Makes the output folder ready for this run: new, or holding a part of the very same run.
    pub(crate) fn claim(&self, out: &Path, overwrite: bool) -> Result<()> {
        fs::create_dir_all(out).with_context(|| format!("--out {}", out.display()))?;
        let stored = out.join(FILE);
        let is_ours = stored.exists();
        if overwrite && is_ours {
            remove_outputs(out)?;
        }
        match fs::read(&stored) {
            Ok(bytes) => {
                let found: Self = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{} is not of this program", stored.display()))?;
                if let Some(difference) = self.difference(&found) {
                    bail!(
                        "{} holds another run ({difference}); name another --out, or replace it with --overwrite",
                        out.display()
                    );
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                output::remove_leftovers(out)?;
                if let Some(entry) = fs::read_dir(out)?.next()
                    && !is_ours
                {
                    bail!(
                        "{} is not empty ({:?} lies in it) and holds no run; name a new folder after --out",
                        out.display(),
                        entry?.file_name()
                    );
                }
                let text = serde_json::to_string_pretty(self)?;
                output::write_bytes(&stored, format!("{text}\n").as_bytes())?;
            }
            Err(error) => return Err(error).with_context(|| stored.display().to_string()),
        }
        for folder in folders(out) {
            fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            output::remove_leftovers(&folder)?;
        }
        output::remove_leftovers(out)?;
        // A folder that cannot be written to is told now, not after the first stimulus.
        let probe = tempfile::Builder::new().prefix(".gaze-").suffix(".tmp").tempfile_in(out);
        probe.with_context(|| format!("cannot write to --out {}", out.display()))?;
        Ok(())
    }

    /// The first setting in which two runs differ.
    fn difference(&self, other: &Self) -> Option<String> {
        let (ours, theirs) = (serde_json::to_value(self).ok()?, serde_json::to_value(other).ok()?);
        let (ours, theirs) = (ours.as_object()?, theirs.as_object()?);
        let differs = ours.iter().find(|&(name, value)| theirs.get(name) != Some(value));
        differs.map(|(name, value)| {
            let found = theirs.get(name).unwrap_or(&serde_json::Value::Null);
            format!("{} is {found} there and {value} now", name.replace('_', " "))
        })
    }
}

fn folders(out: &Path) -> [PathBuf; 2] {
    [out.join("parts"), out.join("maps")]
}

/// Removes what a run wrote, its settings last, and nothing else.
fn remove_outputs(out: &Path) -> Result<()> {
    for name in OUTPUTS {
        let path = out.join(name);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("removing {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The blur of the empirical map: from the command line, else the dataset's.
fn sigma_px(args: &RunArgs, dataset: &Dataset, metrics: &[Metric]) -> Result<Option<f64>> {
    let sigma = match (args.sigma_px, args.pixels_per_degree) {
        (Some(sigma), _) => Some(sigma),
        (None, Some(pixels)) => Some(PixelsPerDegree::new(pixels).context("--pixels-per-degree")?.pixels(1.0)),
        (None, None) => dataset.sigma_px(),
    };
    let Some(sigma) = sigma else {
        if let Some(metric) = metrics.iter().find(|metric| metric.needs_empirical_map()) {
            bail!(
                "{metric} compares with a blurred map of the fixations, and {} does not say how many pixels a degree \
                 of visual angle has: give --pixels-per-degree or --sigma-px, or leave cc, kl and sim out of --metrics",
                dataset.name()
            );
        }
        return Ok(None);
    };
    gaze_targets::GaussianKernel::new(sigma).context("--sigma-px")?;
    Ok(Some(sigma))
}
