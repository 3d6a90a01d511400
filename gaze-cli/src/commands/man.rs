//! `gaze-cli man`: the manual pages, made of the same help as `--help` prints.

use std::{
    fs,
    io::{Write, stdout},
};

use anyhow::{Context, Result};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use gaze_study::files;

use crate::{
    cli::{Args, ManArgs},
    outcome::Outcome,
};

/// Prints the page of the program or of one command, or writes all of them.
pub(crate) fn run(args: &ManArgs) -> Result<Outcome> {
    let pages = pages()?;
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).with_context(|| format!("--out {}", folder.display()))?;
        for (name, page) in &pages {
            let path = folder.join(name);
            files::write_bytes(&path, page)?;
            writeln!(stdout(), "{}", path.display())?;
        }
        return Ok(Outcome::Done);
    }
    let name = args.command.as_ref().map_or("gaze-cli.1".to_owned(), |command| format!("gaze-cli-{command}.1"));
    let page = pages.iter().find(|(known, _)| *known == name);
    let (_, page) = page.with_context(|| {
        let commands =
            Args::command().get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>();
        format!("there is no such command; choose one of {}", commands.join(", "))
    })?;
    stdout().lock().write_all(page)?;
    Ok(Outcome::Done)
}

/// A page for the program and one for each command, by the names of their files.
fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut program = Args::command().disable_help_subcommand(true);
    program.build();
    let commands: Vec<Command> = std::iter::once(&program).chain(program.get_subcommands()).cloned().collect();
    let mut pages = Vec::new();
    for command in commands {
        let man = Man::new(command).source(concat!("gaze-cli ", env!("CARGO_PKG_VERSION")));
        let mut page = Vec::new();
        man.render(&mut page)?;
        pages.push((man.get_filename(), page));
    }
    Ok(pages)
}
