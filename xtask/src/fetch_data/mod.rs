//! `cargo xtask fetch-data`: datasets that may be downloaded by anybody, laid out as gaze-cli reads them.

mod sets;
#[cfg(test)]
mod tests;
mod unpack;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    args::Args,
    checksum::Checksum,
    download::{self, Patience},
    fetch_data::sets::{SETS, Set, Source, Then},
    workspace::Workspace,
};

pub(crate) const USAGE: &str = "\
Download a dataset and lay it out as gaze-cli reads it.

Usage: cargo xtask fetch-data NAME [OPTIONS]
       cargo xtask fetch-data --list

Options:
  --list            show the datasets, their terms, and what is known of their files; download nothing
  --dest DIR        into DIR instead of $GAZE_DATA/NAME, or gaze/data/NAME in the user's folder for caches
  --mirror URL      from below URL instead of the authors' servers: URL/FILE
  --from-file PATH  take one of the files, or a folder with them, that was downloaded by other means
  -h, --help        this text

Checksums are compared where one is known; --list says where none is. An interrupted download is continued by the next call
if the file has a checksum, and a call that finds everything in place downloads nothing. Archives are unpacked and removed.

The data belong to their authors and are never shipped with this project.
";

/// Holds archives until they are unpacked, and a file for each source that is done.
const WORK: &str = ".fetch";

pub(crate) fn run(_: &Workspace, mut args: Args) -> Result<()> {
    let list = args.flag("--list");
    let dest = args.path("--dest")?;
    let mirror = args.text("--mirror")?;
    let from_file = args.path("--from-file")?;
    let name = args.positional();
    args.finish()?;
    let name = name.as_deref().and_then(Path::to_str);
    if list {
        SETS.iter().filter(|set| name.is_none_or(|name| name == set.name)).for_each(show);
        return Ok(());
    }
    let names = || SETS.iter().map(|set| set.name).collect::<Vec<_>>().join(", ");
    let Some(name) = name else { bail!("which dataset? There are {}; --list tells more", names()) };
    let Some(set) = SETS.iter().find(|set| set.name == name) else {
        bail!("no dataset {name:?} is known; there are {}", names());
    };
    if mirror.is_some() && from_file.is_some() {
        bail!("--mirror and --from-file exclude each other");
    }
    if let Some(base) = mirror.as_deref().filter(|base| !base.starts_with("http://") && !base.starts_with("https://")) {
        bail!("--mirror is `{base}`, but must begin with http:// or https://; a folder is taken with --from-file");
    }
    let folder = match dest {
        Some(dest) => env::current_dir()?.join(dest),
        None => xtask::data_folder()
            .context("there is no home folder to put the data into; name one with --dest")?
            .join(set.name),
    };
    println!("{}\n{}\n{}", set.title, set.home, set.terms);
    let from = match (&mirror, &from_file) {
        (Some(base), _) => From::Mirror(base),
        (_, Some(path)) => From::Files(path),
        _ => From::Authors,
    };
    fetch(set, &folder, &from, Patience::default())?;
    println!("{}: complete; `gaze-cli info {}` tells what is in it", set.name, folder.display());
    Ok(())
}

/// Where files are taken from.
enum From<'a> {
    Authors,
    Mirror(&'a str),
    Files(&'a Path),
}

/// Prints what is known of a dataset.
fn show(set: &Set) {
    println!("{:<14} {}\n    from    {}\n    terms   {}", set.name, set.title, set.home, set.terms);
    for Source { url, item, then } in set.sources {
        println!("    file    {} ({})\n            {url}", item.name, item.size());
        match (item.checksum.parts(), then) {
            (Some((algorithm, value)), _) => println!("            {algorithm} {value}"),
            (None, Then::Repository { file, checksum, .. }) => {
                let (algorithm, value) = checksum.parts().unwrap_or(("checksum", "not known"));
                println!("            no checksum is known; {file} in it has {algorithm} {value}");
            }
            (None, _) => println!("            no checksum is known"),
        }
        if matches!(then, Then::Leave) {
            println!("            a RAR archive, which has to be unpacked with another program");
        }
    }
}

fn fetch(set: &Set, folder: &Path, from: &From<'_>, patience: Patience) -> Result<()> {
    let work = folder.join(WORK);
    let others = |folder: &Path| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if !work.is_dir() && others(folder) {
        bail!("{} holds other files; --dest names an empty or new folder", folder.display());
    }
    fs::create_dir_all(&work).with_context(|| format!("making {}", work.display()))?;
    for source in set.sources {
        let done = work.join(format!("{}.done", source.item.name));
        // What is done is done with the file that is known now.
        let stamp = source.item.checksum.parts().map_or("unknown", |(_, value)| value);
        if fs::read_to_string(&done).is_ok_and(|found| found == stamp) {
            println!("{}: done before", source.item.name);
            continue;
        }
        let file = match from {
            From::Authors => download::fetch_from(&source.item, source.url, &work, patience)?,
            From::Mirror(base) => download::fetch(&source.item, base, &work, patience)?,
            From::Files(path) => {
                let path = env::current_dir()?.join(path);
                let path = if path.is_dir() { path.join(source.item.name) } else { path };
                if path.file_name().is_some_and(|name| name != source.item.name) {
                    bail!("{} is not called {}, which is needed first", path.display(), source.item.name);
                }
                download::take(&source.item, &path, &work)?
            }
        };
        println!("{}: {}", source.item.name, source.item.checksum.verdict());
        place(source, &file, folder).with_context(|| format!("{} is kept", file.display()))?;
        fs::write(&done, stamp).with_context(|| format!("writing {}", done.display()))?;
    }
    Ok(())
}

/// Puts what was downloaded where it belongs.
fn place(source: &Source, file: &Path, folder: &Path) -> Result<()> {
    let remove = || fs::remove_file(file).with_context(|| format!("removing {}", file.display()));
    match source.then {
        Then::Keep(at) => rename(file, &folder.join(at)),
        Then::Leave => {
            let path = folder.join(source.item.name);
            rename(file, &path)?;
            println!("{0}: unpack it there, with `bsdtar -xf`, `unrar x` or `7z x`", path.display());
            Ok(())
        }
        Then::Unpack(into) => {
            let count = unpack::unpack(file, &folder.join(into), unpack::LARGEST, |name| Some(name.to_owned()))?;
            println!("{}: {count} files", source.item.name);
            remove()
        }
        Then::Repository { wanted, file: known, checksum } => {
            let count = unpack::unpack(file, folder, unpack::LARGEST, |name| {
                let (_, rest) = name.split_once('/')?;
                wanted.iter().any(|wanted| rest.starts_with(wanted)).then(|| rest.to_owned())
            })?;
            println!("{}: {count} files", source.item.name);
            check_known(&folder.join(known), checksum)?;
            remove()
        }
    }
}

fn check_known(path: &Path, checksum: Checksum) -> Result<()> {
    match checksum.difference(path)? {
        None => {
            println!("{}: {}", path.display(), checksum.verdict());
            Ok(())
        }
        Some(how) => bail!("{} is another file than the one that is known here: {how}", path.display()),
    }
}

fn rename(from: &Path, to: &PathBuf) -> Result<()> {
    let context = || format!("moving {} to {}", from.display(), to.display());
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(context)?;
    }
    fs::rename(from, to).with_context(context)
}
