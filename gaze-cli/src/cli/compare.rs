//! The arguments of `gaze-cli compare`.

use std::path::PathBuf;

use gaze_picture::Palette;

use super::{BackgroundArgs, MapArgs, ModelArgs, choice::one_of};
use crate::design::{RegionSpec, Requirement};

pub(crate) const COMPARE_HELP: &str = "\
Figures of a region are those of `gaze-cli score`: share, lift, peak and rank; the change is B − A, and a negative change of
rank is a climb. If A and B have one size, their maps are compared, too:
  cc   correlation, −1 to 1
  sim  overlap, 0 to 1
  kl   nats that are lost if B's density stands for A's: 0 for equal ones, may be infinite

What is required of a region is required of its change: 'button.share>=-2%' allows it to lose two hundredths of all
attention. Regions in percent fit pictures of different sizes; --region-b says where a region is in B if it has moved.

Examples:
  gaze-cli compare before.png after.png --region button:40,300,120,48
  gaze-cli compare before.png after.png --regions regions.json --region-b button:60%,80%,20%,5%
  gaze-cli compare before.png after.png --regions regions.json --require 'button.share>=-2%'
  gaze-cli compare before.png after.png --require 'sim>=0.8' --json
  gaze-cli compare before.npy after.npy

Exit status: 0 all done and all requirements met; 1 a requirement is not met; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// The first picture (png, jpg, tiff, webp, gif or bmp), or a stored map (npy, npz, mat, HDF5 or OpenEXR)
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,

    /// What it is compared with
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,

    /// A region: its name, left and upper edge, width and height, each in pixels or in percent of the picture
    #[arg(long, value_name = "NAME:X,Y,W,H", allow_hyphen_values = true)]
    pub(crate) region: Vec<RegionSpec>,

    /// A JSON or CSV file of regions, as for `gaze-cli score`
    #[arg(long, value_name = "FILE")]
    pub(crate) regions: Option<PathBuf>,

    /// Where a region is in B (default: where it is in A)
    #[arg(long, value_name = "NAME:X,Y,W,H", allow_hyphen_values = true)]
    pub(crate) region_b: Vec<RegionSpec>,

    /// A file of where regions are in B
    #[arg(long, value_name = "FILE")]
    pub(crate) regions_b: Option<PathBuf>,

    /// A and B are stored maps, also if they are pictures, in gray; scores are divided by their sum
    #[arg(long = "maps", conflicts_with_all = ["model", "pixels_per_degree", "long_side"])]
    pub(crate) are_maps: bool,

    /// Fail unless this holds: of a region's change, as in 'button.share>=-2%', or of the maps, as in 'sim>=0.8'
    #[arg(long, value_name = "REQUIREMENT")]
    pub(crate) require: Vec<Requirement>,

    /// Draw A and B side by side, with the regions over the overlays, into this PNG file
    #[arg(long, value_name = "PNG")]
    pub(crate) picture: Option<PathBuf>,

    /// The colors of the picture: inferno, viridis, magma, plasma, cividis, turbo or hot
    #[arg(long, value_name = "NAME", default_value = "inferno", value_parser = one_of::<Palette>(), hide_possible_values = true)]
    pub(crate) colors: Palette,

    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) background: BackgroundArgs,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) maps: MapArgs,
}
