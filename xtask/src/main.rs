//! `cargo xtask`: what cargo alone cannot say.
//!
//! It must compile in seconds before anything else can be built, so it has few dependencies, no product logic, and
//! knows the other crates only as names on a command line. It is the only code here that reaches the network.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this program speaks to a person at a terminal")]

mod args;
mod checksum;
mod demo;
mod download;
mod fetch_data;
mod fetch_weights;
mod gaze_lite;
mod limits;
mod peers;
mod program;
mod progress;
mod python;
mod real_data;
mod setup;
mod simulate;
mod steps;
mod synthetic_weights;
mod test;
mod tidy;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::{args::Args, workspace::Workspace};

/// One command: its name, what follows it, what it does, and the function that does it.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&Workspace, Args) -> Result<()>,
}

const COMMANDS: [Command; 15] = [
    Command {
        name: "setup",
        usage: setup::USAGE,
        about: "download libtorch 2.11.0 into third_party/libtorch",
        run: setup::run,
    },
    Command {
        name: "fetch-weights",
        usage: fetch_weights::USAGE,
        about: "download the released weights of DeepGaze, and build gaze-cli with libtorch",
        run: fetch_weights::run,
    },
    Command {
        name: "fetch-data",
        usage: fetch_data::USAGE,
        about: "download a dataset that may be downloaded by anybody",
        run: fetch_data::run,
    },
    Command { name: "demo", usage: demo::USAGE, about: "build, and run the bundled example", run: demo::run },
    Command { name: "test", usage: test::USAGE, about: "run every check, lint, test and doctest", run: test::run },
    Command { name: "wheel", usage: python::USAGE, about: "build the wheel of the Python package", run: python::run },
    Command { name: "web", usage: web::USAGE, about: "build the page that predicts in the browser", run: web::run },
    Command {
        name: "tidy",
        usage: tidy::USAGE,
        about: "check the rules of this repository that no compiler knows",
        run: tidy::run,
    },
    Command {
        name: "real-data",
        usage: real_data::USAGE,
        about: "run the main job on real data sets and check the rows it writes",
        run: real_data::run,
    },
    Command {
        name: "peers",
        usage: peers::USAGE,
        about: "read what gaze-cli writes with pysaliency and datadings themselves",
        run: peers::run,
    },
    Command {
        name: "limits",
        usage: limits::USAGE,
        about: "measure the machine, and how near to it the main loops come",
        run: limits::run,
    },
    Command {
        name: "simulate-gaze",
        usage: simulate::USAGE,
        about: "write the simulated gaze of the bundled example",
        run: simulate::run,
    },
    Command {
        name: "synthetic-weights",
        usage: synthetic_weights::USAGE,
        about: "write weights for a DeepGaze network that are made up from a seed",
        run: synthetic_weights::run,
    },
    Command {
        name: "import-backbone",
        usage: gaze_lite::IMPORT_USAGE,
        about: "make gaze-lite's backbone from the package it comes from",
        run: gaze_lite::import,
    },
    Command {
        name: "train-lite",
        usage: gaze_lite::TRAIN_USAGE,
        about: "train gaze-lite as the shipped one was trained",
        run: gaze_lite::train,
    },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let Some(name) = words.next() else {
        print!("{}", overview());
        return Ok(());
    };
    if matches!(name.as_str(), "help" | "-h" | "--help") {
        match words.next().and_then(|name| find(&name)) {
            Some(command) => print!("{}", command.usage),
            None => print!("{}", overview()),
        }
        return Ok(());
    }
    let Some(command) = find(&name) else {
        bail!("there is no command `{name}`; `cargo xtask help` lists them");
    };
    let words: Vec<String> = words.collect();
    if words.iter().any(|word| word == "-h" || word == "--help") {
        print!("{}", command.usage);
        return Ok(());
    }
    (command.run)(&Workspace::find()?, Args::new(command.name, words))
}

fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

fn overview() -> String {
    let mut text = String::from("Tasks of the gaze workspace.\n\nUsage: cargo xtask COMMAND [OPTIONS]\n\nCommands:\n");
    for Command { name, about, .. } in &COMMANDS {
        text += &format!("  {name:<18} {about}\n");
    }
    text += "  help               this list; `cargo xtask COMMAND --help` tells more about one command\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_listed_with_one_line_and_explains_itself() {
        for Command { name, usage, about, .. } in &COMMANDS {
            assert!(overview().contains(about) && !about.contains('\n'), "{name}");
            assert!(usage.contains(&format!("Usage: cargo xtask {name}")), "{name}");
        }
    }
}
