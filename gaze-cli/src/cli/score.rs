//! The arguments of `gaze-cli score`.

use std::path::PathBuf;

use gaze_picture::Palette;

use super::{BackgroundArgs, MapArgs, ModelArgs, ReferenceSpec, RegionArgs, choice::one_of};
use crate::design::Requirement;

pub(crate) const SCORE_HELP: &str = "\
Figures of a region:
  share  its share of all attention: the probability that a fixation falls into it
  area   its share of the picture's area
  lift   share / area: 1 is what chance gives it
  peak   the largest density in it, in multiples of chance, and the pixel where that is
  rank   among the regions, by share; equal shares have equal ranks
Beside them stand the figures of the center bias alone: what the place of a region is worth whatever the picture shows.

Regions may overlap; each is scored by itself. One that leaves the picture is refused. - as IMAGE is standard input.

Files of regions:
  [{\"name\": \"button\", \"x\": 40, \"y\": \"10%\", \"width\": 120, \"height\": 48}, ...]
  name,x,y,width,height       a CSV file with this header, then a region a line

Examples:
  gaze-cli score page.png --region button:40,300,120,48 --region hero:0%,0%,100%,40%
  gaze-cli score page.png --regions regions.json --picture scored.png
  gaze-cli score page.png --regions regions.csv --require 'button.share>=10%' --json
  gaze-cli score --prediction page.npy --region button:40,300,120,48

Exit status: 0 all done and all requirements met; 1 a requirement is not met; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct ScoreArgs {
    /// The picture: png, jpg, tiff, webp, gif or bmp
    #[arg(value_name = "IMAGE", required_unless_present = "prediction")]
    pub(crate) image: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) regions: RegionArgs,

    /// Score this stored map instead of predicting: npy, mat, or a gray picture; scores are divided by their sum
    #[arg(long, value_name = "MAP", conflicts_with_all = ["model", "pixels_per_degree", "long_side"])]
    pub(crate) prediction: Option<PathBuf>,

    /// What a picture without content would get: model, gaussian (Clarke & Tatler 2014), uniform or a center bias's FILE.npy
    ///
    /// model: the center bias that the network has (see --centerbias); gaussian for what has none.
    #[arg(long, value_name = "CB", default_value = "model")]
    pub(crate) reference: ReferenceSpec,

    /// Fail unless this holds, as in 'button.share>=10%': of share, lift, peak or rank, with >=, <=, > or <
    #[arg(long, value_name = "REQUIREMENT")]
    pub(crate) require: Vec<Requirement>,

    /// Draw the regions with their shares over the overlay, into this PNG file
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
