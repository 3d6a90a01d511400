//! The arguments of `gaze-cli merge`.

use std::path::PathBuf;

use crate::progress::ProgressKind;

pub(crate) const MERGE_HELP: &str = "\
Examples:
  gaze-cli run --data osie --model center-bias --shard 1/2 --out first       # on one machine
  gaze-cli run --data osie --model center-bias --shard 2/2 --out second      # on another
  gaze-cli merge first second --out results

The results are those of a run that was not shared, byte for byte.
Exit status: 0 all done; 1 done, but some input failed or had no value; 2 wrong usage or fatal.";

#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// The folders of the shards
    #[arg(required = true, value_name = "DIR")]
    pub(crate) shards: Vec<PathBuf>,

    /// Where to write; created if absent
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// Replace the results of another run in OUT
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// How progress is told: auto (a bar on a terminal), json (a JSON object per line on standard error) or none
    #[arg(long, value_name = "HOW", default_value = "auto", hide_possible_values = true)]
    pub(crate) progress: ProgressKind,

    /// No progress and no table; problems are still told
    #[arg(long, short)]
    pub(crate) quiet: bool,
}
