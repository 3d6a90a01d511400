//! Files from the network, of which size and checksum are known beforehand, or at least one of them.
//!
//! A download goes to `NAME.partial` and is renamed to `NAME` once its size and checksum are right, so `NAME` is complete or
//! absent whatever interrupts. What a failed or interrupted try brought is kept, and the next one asks for the rest; if
//! the whole is wrong in the end although parts were kept, it is fetched once more from the beginning. A file without a known
//! checksum is complete when the server says so, and never put together of parts that two calls brought.

mod http;
#[cfg(test)]
pub(crate) mod server;

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Error, Result, anyhow, bail};

use crate::{
    checksum::Checksum,
    download::http::{Client, Failure},
    progress::{Progress, mb},
};

/// A file as it must be.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Its name, below which it is kept.
    pub(crate) name: &'static str,
    /// What follows the server's address.
    pub(crate) path: &'static str,
    /// Its size, where it is known.
    pub(crate) bytes: Option<u64>,
    pub(crate) checksum: Checksum,
}

impl Item {
    /// Its size for a person.
    pub(crate) fn size(&self) -> String {
        self.bytes.map_or_else(|| "size not known".to_owned(), |bytes| format!("{bytes} bytes"))
    }
}

/// How long to go on trying.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Tries in a row that bring nothing new.
    pub(crate) tries: u32,
    /// The pause after the first of them; each is followed by one twice as long.
    pub(crate) pause: Duration,
    /// How long a connection may bring nothing.
    pub(crate) stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 5, pause: Duration::from_secs(1), stall: Duration::from_secs(30) }
    }
}

/// The most bytes of a file whose size nobody knows beforehand.
const LARGEST: u64 = 1 << 36;

/// A try counts as one that brought something if it brought this much, or the end.
const PROGRESS: u64 = 1 << 20;

/// What is where an item should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    Missing,
    Complete,
    /// It has another size or checksum: this text says which.
    Wrong(String),
}

/// Compares a file with what it should be.
pub(crate) fn state(item: &Item, path: &Path) -> Result<State> {
    let size = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Missing),
        metadata => metadata.with_context(|| format!("reading {}", path.display()))?.len(),
    };
    if let Some(expected) = item.bytes.filter(|&expected| expected != size) {
        return Ok(State::Wrong(format!("{size} bytes instead of {expected}")));
    }
    Ok(item.checksum.difference(path)?.map_or(State::Complete, State::Wrong))
}

/// Fetches an item from below `base` into a folder, unless it is there.
pub(crate) fn fetch(item: &Item, base: &str, folder: &Path, patience: Patience) -> Result<PathBuf> {
    fetch_from(item, &format!("{}/{}", base.trim_end_matches('/'), item.path), folder, patience)
}

/// Fetches an item from an address of its own.
pub(crate) fn fetch_from(item: &Item, url: &str, folder: &Path, patience: Patience) -> Result<PathBuf> {
    let path = folder.join(item.name);
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let _lock = lock(folder)?;
    match state(item, &path)? {
        State::Complete => return Ok(path),
        State::Wrong(how) => println!("{} has {how}; it is fetched anew", path.display()),
        State::Missing => {}
    }
    let client = Client::new(url, patience.stall);
    let partial = beside(&path, "partial");
    if item.checksum == Checksum::Unknown && partial.exists() {
        remove(&partial)?;
    }
    let kept = fs::metadata(&partial).map_or(0, |metadata| metadata.len());
    if kept > 0 {
        println!("{}: {} were fetched before", item.name, mb(kept));
    }
    download(item, &client, url, &partial, patience)?;
    match state(item, &partial)? {
        State::Complete => {}
        // Perhaps what was kept is of another version or was damaged by a crash.
        State::Wrong(how) if kept > 0 => {
            println!("{}: the whole has {how}; it is fetched once more from the beginning", item.name);
            remove(&partial)?;
            download(item, &client, url, &partial, patience)?;
            finish_check(item, url, &partial)?;
        }
        _ => finish_check(item, url, &partial)?,
    }
    fs::rename(&partial, &path).with_context(|| format!("renaming {} to {}", partial.display(), path.display()))?;
    Ok(path)
}

fn finish_check(item: &Item, url: &str, partial: &Path) -> Result<()> {
    let State::Wrong(how) = state(item, partial)? else { return Ok(()) };
    remove(partial)?;
    bail!("{url} serves another file than the one that is known here: {how}. Nothing was kept of it")
}

/// Copies a file that was fetched by other means into the folder, if it is the item.
pub(crate) fn take(item: &Item, from: &Path, folder: &Path) -> Result<PathBuf> {
    match state(item, from)? {
        State::Complete => {}
        State::Missing => bail!("{} does not exist", from.display()),
        State::Wrong(how) => bail!("{} is not {}: it has {how}", from.display(), item.name),
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let _lock = lock(folder)?;
    let path = folder.join(item.name);
    if state(item, &path)? != State::Complete {
        let partial = beside(&path, "partial");
        fs::copy(from, &partial).map_err(|error| written(error, &partial))?;
        File::open(&partial)?.sync_all()?;
        // Another program may have changed the original meanwhile.
        if state(item, &partial)? != State::Complete {
            remove(&partial)?;
            bail!("{} changed while it was copied", from.display());
        }
        fs::rename(&partial, &path).with_context(|| format!("renaming {} to {}", partial.display(), path.display()))?;
    }
    Ok(path)
}

/// Tries until the partial file is all that there is.
fn download(item: &Item, client: &Client, url: &str, partial: &Path, patience: Patience) -> Result<()> {
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(partial);
    let file = file.as_mut().map_err(|error| anyhow!("writing {}: {error}", partial.display()))?;
    let mut most = file.metadata()?.len();
    let (mut vain, mut pause) = (0, patience.pause);
    loop {
        let had = file.metadata()?.len();
        if Some(had) == item.bytes {
            return Ok(file.sync_all()?);
        }
        let failure = match attempt(item, client, url, file, partial) {
            Ok(()) => return Ok(file.sync_all()?),
            Err(failure) => failure,
        };
        let (error, wait) = match failure {
            Failure::Final(error) => return Err(error),
            Failure::Beyond => bail!("{url}: the server has no beginning of the file"),
            Failure::Passing { error, wait } => (error, wait),
        };
        let has = file.metadata()?.len();
        if has >= most + PROGRESS {
            (vain, pause) = (0, patience.pause);
        } else {
            vain += 1;
        }
        most = most.max(has);
        if vain >= patience.tries {
            return Err(given_up(error, item, url, vain, has));
        }
        let wait = wait.map_or(pause, |wait| wait.max(pause));
        println!("{}: {error:#}; the next try is in {} s", item.name, wait.as_secs());
        thread::sleep(wait);
        pause = (2 * pause).min(Duration::from_secs(60));
    }
}

fn given_up(error: Error, item: &Item, url: &str, tries: u32, has: u64) -> Error {
    let whole = item.bytes.map_or("an unknown size".to_owned(), mb);
    let kept = if has > 0 && item.checksum != Checksum::Unknown {
        format!(" {} of {whole} are kept for the next call.", mb(has))
    } else {
        String::new()
    };
    error.context(format!(
        "{} could not be fetched in {tries} tries; is this machine offline?{kept} Without a network, fetch\n  {url}\n\
         on another machine, and pass it with --from-file; or name a copy with --mirror. The last try",
        item.name
    ))
}

/// One request for what is missing of a file.
fn attempt(item: &Item, client: &Client, url: &str, file: &mut File, partial: &Path) -> Result<(), Failure> {
    let writing = |error: io::Error| Failure::Final(written(error, partial));
    let mut had = file.metadata().map_err(writing)?.len();
    if item.bytes.is_some_and(|bytes| had > bytes) {
        had = 0;
    }
    let mut body = match client.get(url, had, item.bytes) {
        // Of a size that is not known all was there, or what was there is of another version.
        Err(Failure::Beyond) => client.get(url, 0, item.bytes)?,
        body => body?,
    };
    if item.checksum == Checksum::Unknown && body.is_page {
        return Err(Failure::Final(anyhow!("{url} answers with a page instead of a file")));
    }
    let total = item.bytes.or(body.total);
    // The server may send the whole although the rest was asked for.
    let from = body.from;
    file.set_len(from).map_err(writing)?;
    file.seek(SeekFrom::Start(from)).map_err(writing)?;
    let mut progress = Progress::new(format!("      {}", item.name), total.unwrap_or(0));
    progress.add(from);
    let mut buffer = vec![0; 1 << 16];
    let mut has = from;
    loop {
        let read = match body.reader.read(&mut buffer) {
            Ok(0) => match total.filter(|&total| total != has) {
                None => return Ok(()),
                Some(total) => {
                    return Err(Failure::passing(anyhow!("the connection ended after {has} of {total} bytes")));
                }
            },
            Ok(read) => read,
            Err(error) => return Err(Failure::passing(Error::new(error).context("the connection broke"))),
        };
        has += read as u64;
        let most = total.unwrap_or(LARGEST);
        if has > most {
            file.set_len(0).map_err(writing)?;
            return Err(Failure::Final(anyhow!("{url} is larger than the {most} bytes it should have")));
        }
        file.write_all(&buffer[..read]).map_err(writing)?;
        progress.add(read as u64);
    }
}

fn written(error: io::Error, path: &Path) -> Error {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull => "; the disk is full: make room and repeat the command",
        io::ErrorKind::PermissionDenied => "; this folder must be writable, or --dest names another",
        _ => "",
    };
    Error::new(error).context(format!("writing {}{advice}", path.display()))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("removing {}", path.display()))
}

/// Waits until no other download works in the same folder. The system drops the lock when the process ends.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(".fetch.lock");
    let file = File::create(&path).map_err(|error| written(error, &path))?;
    if file.try_lock().is_err() {
        println!("Another download into {} is at work; waiting for it.", folder.display());
        file.lock().with_context(|| format!("locking {}", path.display()))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
