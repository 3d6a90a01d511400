//! The arguments of `gaze-cli rasterize`.

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use gaze_core::{PixelsPerDegree, Size};
use gaze_data::Format;

use gaze_targets::{
    Blur, Boundary, Jitter, Mass, Normalization, Overlap, RasterSettings, Splat, Supersampling, TargetError, Weight,
};

use super::{GazeArgs, RecordingArgs};

pub(crate) const RASTERIZE_HELP: &str = "\
Files:
  FIX.csv      x,y[,subject][,duration_ms]   0-based pixels of the image; a header, then a fixation a line; a subject is an experiment
  OUT          .npy: 32-bit floating point, (height, width); .png: 8-bit gray, from the smallest value to the largest
               - is standard input
  with --data  OUT is a folder: NAME.npy or NAME.png for each image, in a folder for each group if there are several

Examples:
  gaze-cli rasterize --fixations fix.csv --image-size 600x800 --blur-px 24 --out map.png
  gaze-cli rasterize --fixations fix.csv --image-size 480x640 --target-size 240x320 \\
      --interpolate --blur 0.03 --maxnorm --out map.npy
  gaze-cli rasterize --data osie --interpolate --blur-px 24 --sum-norm --as npy --out maps

A point at whole numbers is the center of a pixel. A target of another shape than the image is filled, and the rest of the
image cropped. Every point has a mass of 1, or with --weight duration its milliseconds; what falls outside is counted and told, never moved.
Exit status: 0 all done; 1 done, but a point was left out or an image has no map; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("gaze").required(true).args(["fixations", "data"])))]
pub(crate) struct RasterizeArgs {
    /// The fixations on one image
    #[arg(long, value_name = "FIX.csv", requires = "image_size")]
    pub(crate) fixations: Option<PathBuf>,

    /// A dataset's folder: a map for every image
    #[arg(long, value_name = "DIR", conflicts_with = "image_size")]
    pub(crate) data: Option<PathBuf>,

    /// The dataset's format, by one of the names that `gaze-cli info` tells (default: recognised)
    #[arg(long, value_name = "FORMAT", requires = "data")]
    pub(crate) format: Option<Format>,

    #[command(flatten)]
    pub(crate) recording: RecordingArgs,

    /// The image's size in pixels, height first
    #[arg(long, value_name = "HxW", value_parser = size)]
    pub(crate) image_size: Option<Size>,

    /// The map's size, height first (default: the image's)
    #[arg(long, value_name = "HxW", value_parser = size)]
    pub(crate) target_size: Option<Size>,

    /// Spread each point over the four pixels around it (default: the nearest pixel)
    #[arg(long)]
    pub(crate) interpolate: bool,

    /// Let points overwrite each other instead of adding up, as crumpets does
    #[arg(long)]
    pub(crate) assign: bool,

    /// Average the samples of a pixel instead of adding them, as crumpets does
    #[arg(long)]
    pub(crate) average: bool,

    /// The mass of a point: one, or duration (its milliseconds)
    #[arg(long, value_name = "WEIGHT", default_value = "one", hide_possible_values = true)]
    pub(crate) weight: WeightMode,

    /// Blur by this fraction of the map's width
    #[arg(long, value_name = "B", allow_negative_numbers = true, conflicts_with_all = ["blur_px", "blur_degrees"])]
    pub(crate) blur: Option<f64>,

    /// Blur by this many pixels of the map
    #[arg(long, value_name = "S", allow_negative_numbers = true, conflicts_with = "blur_degrees")]
    pub(crate) blur_px: Option<f64>,

    /// Blur by this many degrees of visual angle
    #[arg(long, value_name = "D", allow_negative_numbers = true, requires = "pixels_per_degree")]
    pub(crate) blur_degrees: Option<f64>,

    /// Pixels of the image per degree of visual angle
    #[arg(long, value_name = "PX", allow_negative_numbers = true, requires = "blur_degrees")]
    pub(crate) pixels_per_degree: Option<f64>,

    /// How the map goes on beyond its border when it is blurred: mirror, reflect, replicate or zero
    #[arg(long, value_name = "MODE", default_value = "mirror", hide_possible_values = true)]
    pub(crate) boundary: BoundaryMode,

    /// Divide by the largest value
    #[arg(long, conflicts_with = "sum_norm")]
    pub(crate) maxnorm: bool,

    /// Divide by the sum
    #[arg(long)]
    pub(crate) sum_norm: bool,

    /// Scatter points by a standard deviation of this fraction of the map's width
    #[arg(long, value_name = "J", default_value_t = 0.0, allow_negative_numbers = true)]
    pub(crate) jitter: f64,

    /// Take --jitter as crumpets does: as a variance, of the supersampled map's width
    #[arg(long)]
    pub(crate) jitter_variance: bool,

    /// Choose this share of the experiments with gaze, at random, rounded up
    #[arg(long, value_name = "R", default_value_t = 1.0, allow_negative_numbers = true)]
    pub(crate) sample_ratio: f64,

    /// Decides what is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,

    /// Where to write: a file, or with --data an empty or new folder
    #[arg(long, value_name = "OUT")]
    pub(crate) out: PathBuf,

    /// With --data, the format of the maps: npy or png
    #[arg(long = "as", value_name = "FORMAT", default_value = "npy", requires = "data", hide_possible_values = true)]
    pub(crate) kind: MapFormat,

    /// Threads to use (default: one per core)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// No progress; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) gaze: GazeArgs,
}

/// See [`Weight`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WeightMode {
    One,
    Duration,
}

/// See [`Boundary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BoundaryMode {
    Mirror,
    Reflect,
    Replicate,
    Zero,
}

/// The format of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MapFormat {
    Npy,
    Png,
}

impl MapFormat {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Png => "png",
        }
    }
}

/// Reads `HEIGHTxWIDTH`.
fn size(text: &str) -> Result<Size, String> {
    let wrong = || format!("{text:?} is no size; write HEIGHTxWIDTH, as in 480x640");
    let (height, width) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    let side = |text: &str| text.parse::<usize>().map_err(|_| wrong());
    let size = Size { height: side(height)?, width: side(width)? };
    if size.pixels() == 0 { Err(format!("a picture of {size} (height x width) has no pixel")) } else { Ok(size) }
}

impl RasterizeArgs {
    /// The settings for an image of the given size.
    pub(crate) fn settings(&self, image: Size) -> anyhow::Result<RasterSettings> {
        let blur = match (self.blur, self.blur_px, self.blur_degrees, self.pixels_per_degree) {
            (Some(fraction), ..) => Blur::WidthFraction(fraction),
            (_, Some(sigma), ..) => Blur::Pixels(sigma),
            (_, _, Some(degrees), Some(pixels)) => {
                Blur::Degrees { degrees, pixels_per_degree: PixelsPerDegree::new(pixels)? }
            }
            _ => Blur::None,
        };
        let boundary = match self.boundary {
            BoundaryMode::Mirror => Boundary::Mirror,
            BoundaryMode::Reflect => Boundary::Reflect,
            BoundaryMode::Replicate => Boundary::Replicate,
            BoundaryMode::Zero => Boundary::Zero,
        };
        let jitter = if self.jitter_variance {
            Jitter::CrumpetsVariance(self.jitter)
        } else {
            Jitter::WidthFraction(self.jitter)
        };
        let normalization = match (self.maxnorm, self.sum_norm) {
            (true, _) => Normalization::Maximum,
            (_, true) => Normalization::Sum,
            _ => Normalization::None,
        };
        let settings = RasterSettings {
            target: self.target_size.unwrap_or(image),
            sample_ratio: self.sample_ratio,
            jitter,
            splat: if self.interpolate { Splat::Bilinear } else { Splat::Nearest },
            overlap: if self.assign { Overlap::Assign } else { Overlap::Accumulate },
            supersampling: Supersampling::Auto,
            weight: match self.weight {
                WeightMode::One => Weight::One,
                WeightMode::Duration => Weight::Duration,
            },
            mass: if self.average { Mass::Mean } else { Mass::Sum },
            blur,
            boundary,
            normalization,
        };
        settings.check().map_err(|error| self.name_the_flag(error))?;
        Ok(settings)
    }

    /// An error of the settings with the option it comes from.
    fn name_the_flag(&self, error: TargetError) -> anyhow::Error {
        let blur = match (self.blur, self.blur_px) {
            (Some(_), _) => "--blur",
            (_, Some(_)) => "--blur-px",
            _ => "--blur-degrees",
        };
        let flag = match &error {
            TargetError::OutOfRange { quantity: "the sample ratio", .. } => "--sample-ratio",
            TargetError::Negative { quantity: "the jitter", .. } => "--jitter",
            TargetError::Negative { .. } | TargetError::Sigma { .. } => blur,
            TargetError::TooLarge { .. } | TargetError::EmptySize { .. } => "--target-size",
            _ => return error.into(),
        };
        anyhow::Error::new(error).context(flag)
    }
}
