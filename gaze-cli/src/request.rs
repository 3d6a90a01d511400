//! `gaze-cli run` as a request: its arguments, understood and not yet carried out.
//!
//! Python runs the same study on the workers of a cluster, so it asks for what the arguments mean.

use std::{ffi::OsString, path::PathBuf};

use clap::Parser as _;
use gaze_study::{Shard, StudyOptions};

use crate::cli::{Args, Command};

/// The arguments of `gaze-cli run`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunRequest {
    /// What the results depend on.
    pub options: StudyOptions,
    /// The output folder.
    pub out: PathBuf,
    /// The share of the stimuli.
    pub shard: Option<Shard>,
    /// Whether the results of another study are replaced.
    pub overwrite: bool,
    /// The number of threads, if it was given.
    pub threads: Option<u16>,
    /// Whether neither progress nor tables are shown.
    pub quiet: bool,
}

/// Arguments that are no request to run a study: a mistake, or a question for help.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The text for the user.
    pub text: String,
    /// The exit status.
    pub status: u8,
}

/// Understands the arguments of the program, of which the first is its name and the second `run`.
///
/// # Errors
///
/// [`Refused`] if they are no arguments of `gaze-cli run`, or ask for help.
pub fn run_request(args: impl IntoIterator<Item = OsString>) -> Result<RunRequest, Refused> {
    let parsed = Args::try_parse_from(args).map_err(|told| Refused {
        text: told.render().to_string(),
        status: u8::try_from(told.exit_code()).unwrap_or(2),
    })?;
    let refused = |text: String| Refused { text, status: 2 };
    let Command::Run(args) = parsed.command else {
        return Err(refused("only `run` is done by a cluster".to_owned()));
    };
    let options = args.options().map_err(|error| refused(format!("{error:#}")))?;
    let (out, shard, overwrite, threads, quiet) = (args.out, args.shard, args.overwrite, args.threads, args.quiet);
    Ok(RunRequest { options, out, shard, overwrite, threads, quiet })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(args: &str) -> Result<RunRequest, Refused> {
        run_request(args.split(' ').map(OsString::from))
    }

    #[test]
    fn a_run_without_options_has_the_options_of_a_study_without_options() {
        let request = ask("gaze-cli run --data osie --out results").unwrap();
        assert_eq!(request.options, StudyOptions { data: "osie".into(), ..StudyOptions::default() });
        assert_eq!((request.out, request.overwrite), ("results".into(), false));
    }

    #[test]
    fn what_is_no_run_is_refused() {
        assert_eq!(ask("gaze-cli run --help").unwrap_err().status, 0);
        assert!(ask("gaze-cli run --data osie").unwrap_err().text.contains("--out"));
        assert_eq!(ask("gaze-cli models").unwrap_err().text, "only `run` is done by a cluster");
        let error = ask("gaze-cli run --data osie --out results --save none,heatmap").unwrap_err();
        assert_eq!(error.text, "--save none goes with no other kind of map");
    }
}
