//! Unpacks a zip that somebody else made into a folder, and nowhere else.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Component, Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use zip::ZipArchive;

use crate::progress::Progress;

/// The most bytes that an archive may unpack to: CAT2000 and SALICON, the largest, have a few gigabytes.
pub(super) const LARGEST: u64 = 1 << 35;

/// The most files in an archive: SALICON, with the most, has some ten thousands.
pub(super) const MOST_FILES: usize = 1 << 20;

/// Unpacks what `place` has a place for, relative to `folder`, and returns the number of files.
///
/// Each file is written under another name and moved into place. Refused are, by name: files that would lie elsewhere,
/// links, and more bytes than `largest`, or than the archive itself promises for a file.
pub(super) fn unpack(
    archive: &Path,
    folder: &Path,
    largest: u64,
    place: impl Fn(&str) -> Option<String>,
) -> Result<usize> {
    let context = || format!("unpacking {}", archive.display());
    let mut zip = ZipArchive::new(BufReader::new(File::open(archive).with_context(context)?)).with_context(context)?;
    if zip.len() > MOST_FILES {
        bail!("{}: {} files, more than the limit of {MOST_FILES}", archive.display(), zip.len());
    }
    let mut left = largest;
    let mut count = 0;
    let mut progress = Progress::new("      unpacking", 0);
    for index in 0..zip.len() {
        let entry = zip.by_index(index).with_context(context)?;
        let name = entry.name().with_context(context)?.to_string();
        // What other systems leave in archives.
        if entry.is_dir() || name.split('/').any(|part| matches!(part, "__MACOSX" | ".DS_Store")) {
            continue;
        }
        let Some(inside) = place(&name) else { continue };
        let Some(inside) = inside_only(&inside).filter(|_| !name.contains('\\')) else {
            bail!("{}: {name:?} leads out of the folder; nothing more was unpacked", archive.display());
        };
        if entry.is_symlink() {
            bail!("{}: {name:?} is a link; nothing more was unpacked", archive.display());
        }
        let path = folder.join(inside);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        refuse_links(folder, parent)?;
        let size = entry.size();
        let written = write(entry, &path, left.min(size))?;
        if written > left {
            bail!("{}: {name:?} is beyond the limit of {largest} bytes in all", archive.display());
        }
        if written > size {
            bail!("{}: {name:?} is larger than the {size} bytes that the archive says", archive.display());
        }
        left -= written;
        count += 1;
        progress.add(written);
    }
    Ok(count)
}

/// The path, if it names something below the folder it is relative to.
fn inside_only(name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    let below = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    (below && path.file_name().is_some() && !name.contains('\0')).then(|| path.to_owned())
}

/// A link that lies in the folder already could lead out of it.
fn refuse_links(folder: &Path, parent: &Path) -> Result<()> {
    let mut path = folder.to_owned();
    for part in parent.strip_prefix(folder).unwrap_or(parent).components() {
        path.push(part);
        if path.is_symlink() {
            bail!("{} is a link; move it away", path.display());
        }
    }
    Ok(())
}

/// Writes at most one byte more than the limit, and keeps nothing that is beyond it.
fn write(entry: impl Read, path: &Path, limit: u64) -> Result<u64> {
    let context = || format!("writing {}", path.display());
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    // A link of this name must not be followed.
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).with_context(context),
        _ => {}
    }
    let mut file = File::create_new(&partial).with_context(context)?;
    let copied = io::copy(&mut entry.take(limit.saturating_add(1)), &mut file).with_context(context);
    let written = copied.and_then(|written| file.flush().map(|()| written).with_context(context));
    match written {
        Ok(written) if written <= limit => {
            fs::rename(&partial, path).with_context(context)?;
            Ok(written)
        }
        other => {
            let _ = fs::remove_file(&partial);
            other
        }
    }
}

#[cfg(test)]
mod tests {
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// A zip with these files; the content is the name.
    fn archive(folder: &Path, names: &[&str]) -> PathBuf {
        let path = folder.join("a.zip");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        for name in names {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    fn all(name: &str) -> Option<String> {
        Some(name.to_owned())
    }

    #[test]
    fn files_are_put_where_they_belong_and_leftovers_of_systems_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let archive = archive(folder.path(), &["a/b.txt", "a/c/d.txt", "__MACOSX/a/b.txt", "a/.DS_Store", "e.txt"]);
        assert_eq!(unpack(&archive, &out, 100, all).unwrap(), 3);
        assert_eq!(fs::read_to_string(out.join("a/c/d.txt")).unwrap(), "a/c/d.txt");
        assert!(!out.join("__MACOSX").exists() && !out.join("a/.DS_Store").exists());
        let only = |name: &str| name.strip_prefix("a/c/").map(str::to_owned);
        assert_eq!(unpack(&archive, &folder.path().join("part"), 100, only).unwrap(), 1);
        assert!(folder.path().join("part/d.txt").exists());
    }

    #[test]
    fn no_file_leaves_the_folder() {
        for name in ["../evil", "a/../../evil", "/evil", "a\\..\\..\\evil"] {
            let folder = tempfile::tempdir().unwrap();
            let archive = archive(folder.path(), &[name]);
            let error = unpack(&archive, &folder.path().join("out"), 100, all).unwrap_err().to_string();
            assert!(error.contains(&format!("{name:?} leads out of the folder")), "{error}");
            assert!(!folder.path().join("evil").exists());
        }
    }

    #[test]
    fn links_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        writer.add_symlink("link", "/etc", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap();
        let error = unpack(&path, &folder.path().join("out"), 100, all).unwrap_err().to_string();
        assert!(error.contains("\"link\" is a link"), "{error}");
        #[cfg(unix)]
        {
            let out = folder.path().join("out");
            fs::create_dir_all(folder.path().join("elsewhere")).unwrap();
            fs::create_dir_all(&out).unwrap();
            std::os::unix::fs::symlink(folder.path().join("elsewhere"), out.join("a")).unwrap();
            let error = unpack(&archive(folder.path(), &["a/b.txt"]), &out, 100, all).unwrap_err().to_string();
            assert!(error.contains("is a link; move it away"), "{error}");
            assert!(!folder.path().join("elsewhere/b.txt").exists());
        }
    }

    #[test]
    fn more_than_the_limit_is_refused_by_name_and_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let mut writer = ZipWriter::new(File::create(&path).unwrap());
        for name in ["first", "bomb"] {
            writer.start_file(name, SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![0; 1 << 20]).unwrap();
        }
        writer.finish().unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 10_000);
        let out = folder.path().join("out");
        let error = unpack(&path, &out, (1 << 20) + 5, all).unwrap_err().to_string();
        assert!(error.contains("\"bomb\" is beyond the limit of 1048581 bytes in all"), "{error}");
        assert!(out.join("first").exists() && !out.join("bomb").exists() && !out.join("bomb.partial").exists());
    }

    #[test]
    fn a_damaged_archive_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), &["a.txt"]);
        let bytes = fs::read(&path).unwrap();
        for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(unpack(&path, &folder.path().join("out"), 100, all).is_err());
        }
        // A flipped byte of the content: the archive's own checksum tells.
        let mut damaged = bytes.clone();
        let at = damaged.windows(5).position(|window| window == b"a.txt").unwrap() + 5;
        damaged[at + 1] ^= 1;
        fs::write(&path, damaged).unwrap();
        assert!(unpack(&path, &folder.path().join("out"), 100, all).is_err());
        assert!(!folder.path().join("out/a.txt").exists());
    }
}
