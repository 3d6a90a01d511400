//! Folders and files: listing, natural order, reading with a limit.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::DataError;

/// The most names that an error about a folder lists.
const OVERVIEW: usize = 12;

/// Makes an error of an error of the operating system: a missing file is [`DataError::NotFound`].
pub(crate) fn io_error(shown: &Path, cause: io::Error) -> DataError {
    let path = shown.to_owned();
    if cause.kind() == io::ErrorKind::NotFound { DataError::NotFound { path } } else { DataError::Io { path, cause } }
}

/// Returns the names in a folder for a message, at most a dozen; names of folders end in `/`.
pub(crate) fn overview(path: &Path) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(|cause| io_error(path, cause))? {
        let entry = entry.map_err(|cause| io_error(path, cause))?;
        let slash = if entry.path().is_dir() { "/" } else { "" };
        names.push(format!("{}{slash}", entry.file_name().to_string_lossy()));
    }
    names.sort_by(|a, b| natural_order(a, b));
    if names.len() > OVERVIEW {
        let more = names.len() - OVERVIEW;
        names.truncate(OVERVIEW);
        names.push(format!("{more} more"));
    }
    Ok(names)
}

/// Returns the name of a folder, even if its path is written as `.` or with a trailing slash.
pub(crate) fn name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Returns a file's extension in lower case.
pub(crate) fn extension(path: &Path) -> Option<String> {
    path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase)
}

/// Lists the files directly in `root/folder` with one of the extensions, by stem; files that share a stem are listed by
/// their whole names. Hidden files and names that are not UTF-8 are left out. Errors show `folder` without `root`.
pub(crate) fn files_by_stem(
    root: &Path,
    folder: &Path,
    extensions: &[&str],
) -> Result<BTreeMap<String, PathBuf>, DataError> {
    Ok(by_stem(list_all(root, folder, extensions, 0)?))
}

/// Lists the files in `root/folder` and below, by stem; files that share a stem are listed by their paths from that folder.
pub(crate) fn tree_by_stem(
    root: &Path,
    folder: &Path,
    extensions: &[&str],
) -> Result<BTreeMap<String, PathBuf>, DataError> {
    Ok(by_stem_in(&root.join(folder), list_all(root, folder, extensions, DEPTH)?))
}

/// Lists the files in `root/folder` and below with one of the extensions, in no order.
pub(crate) fn tree_in(root: &Path, folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, DataError> {
    list_all(root, folder, extensions, DEPTH)
}

/// Lists the files in a folder and below with one of the extensions, in no order.
pub(crate) fn tree(root: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, DataError> {
    list_all(root, Path::new(""), extensions, DEPTH)
}

/// The number of levels of folders that are searched.
const DEPTH: usize = 8;

/// Refuses a path below `root` that leads out of it by a link. A path that does not exist is no error here.
pub(crate) fn check_inside(root: &Path, source: &Path) -> Result<(), DataError> {
    match (root.canonicalize(), root.join(source).canonicalize()) {
        (Ok(base), Ok(target)) if !target.starts_with(&base) => {
            Err(DataError::Escapes { path: PathBuf::from(name(root)), name: source.display().to_string() })
        }
        _ => Ok(()),
    }
}

/// Refuses a path below `root` that leads out of it by a link, and a link of git-annex whose content was not fetched.
pub(crate) fn check_link(root: &Path, source: &Path) -> Result<(), DataError> {
    check_inside(root, source)?;
    if is_unfetched(&root.join(source)) {
        return Err(DataError::NotFetched { path: source.to_owned() });
    }
    Ok(())
}

/// Tells whether a path is a link of git-annex to content that is not here.
fn is_unfetched(path: &Path) -> bool {
    fs::read_link(path).is_ok_and(|target| target.to_string_lossy().replace('\\', "/").contains("annex/objects/"))
        && !path.exists()
}

/// Opens the file `source` of the folder `root`. A link that leads out of the folder is refused, and so is a pipe, which may
/// never end.
pub(crate) fn open(root: &Path, source: &Path) -> Result<File, DataError> {
    check_link(root, source)?;
    let path = root.join(source);
    if path.metadata().is_ok_and(|data| !data.is_file()) {
        return Err(DataError::Io { path: source.to_owned(), cause: io::Error::other("not a file") });
    }
    File::open(path).map_err(|cause| io_error(source, cause))
}

fn list_all(root: &Path, folder: &Path, extensions: &[&str], depth: usize) -> Result<Vec<PathBuf>, DataError> {
    let mut files = Vec::new();
    check_inside(root, folder)?;
    list(root, folder, extensions, depth, &mut files)?;
    Ok(files)
}

fn list(
    root: &Path,
    shown: &Path,
    extensions: &[&str],
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<(), DataError> {
    let error = |cause| io_error(shown, cause);
    for entry in fs::read_dir(root.join(shown)).map_err(error)? {
        let entry = entry.map_err(error)?;
        let path = entry.path();
        let Some(name) = path.file_name().and_then(OsStr::to_str).filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let kind = entry.file_type().map_err(error)?;
        if kind.is_dir() {
            if depth > 0 && name != "__MACOSX" {
                list(root, &shown.join(name), extensions, depth - 1, files)?;
            }
        } else if extension(&path).is_some_and(|extension| extensions.contains(&extension.as_str())) {
            // A link that leads out, or to what was not fetched, is listed, so that the file alone is refused where it is read.
            if kind.is_file() || path.is_file() || is_unfetched(&path) {
                files.push(path);
            }
        }
    }
    Ok(())
}

/// Returns a file's name without its extension; empty if it is not UTF-8.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().and_then(OsStr::to_str).unwrap_or_default().to_owned()
}

/// Sorts the files of one folder by stem, or by their whole names where a stem is not unique.
fn by_stem(files: Vec<PathBuf>) -> BTreeMap<String, PathBuf> {
    named(files, |path| path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned())
}

/// Sorts the files of a tree by stem, or by their paths from its root where a stem is not unique.
fn by_stem_in(root: &Path, files: Vec<PathBuf>) -> BTreeMap<String, PathBuf> {
    named(files, |path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned())
}

fn named(files: Vec<PathBuf>, whole: impl Fn(&Path) -> String) -> BTreeMap<String, PathBuf> {
    let mut stems: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files {
        stems.entry(stem(&path)).or_default().push(path);
    }
    let (alone, together): (Vec<_>, Vec<_>) = stems.into_iter().partition(|(_, paths)| paths.len() == 1);
    let mut files: BTreeMap<String, PathBuf> =
        together.into_iter().flat_map(|(_, paths)| paths).map(|path| (whole(&path), path)).collect();
    for (stem, path) in
        alone.into_iter().flat_map(|(stem, paths)| paths.into_iter().map(move |path| (stem.clone(), path)))
    {
        // The stem of `a.png.jpg` is `a.png`, which may be the whole name of another file.
        let key = if files.contains_key(&stem) { whole(&path) } else { stem };
        files.insert(key, path);
    }
    files
}

/// Reads a whole file of at most `limit` bytes; `shown` is its name in errors.
pub(crate) fn read(path: &Path, shown: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    read_open(File::open(path).map_err(|cause| io_error(shown, cause))?, shown, limit)
}

/// Reads the whole file `source` of the folder `root`, which may have at most `limit` bytes.
pub(crate) fn read_in(root: &Path, source: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    read_open(open(root, source)?, source, limit)
}

fn read_open(mut file: File, shown: &Path, limit: u64) -> Result<Vec<u8>, DataError> {
    let found = file.metadata().map_err(|cause| io_error(shown, cause))?.len();
    if found > limit {
        return Err(DataError::TooLarge { path: shown.to_owned(), limit, found });
    }
    let mut bytes = Vec::new();
    // A file may grow, and a device has no length, so the limit holds while reading, too.
    let read = file.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(|cause| io_error(shown, cause))?;
    if read as u64 > limit {
        return Err(DataError::TooLarge { path: shown.to_owned(), limit, found: read as u64 });
    }
    Ok(bytes)
}

/// Compares names as people do: runs of digits are compared by value, so that 2 comes before 10.
pub(crate) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(l), Some(r)) = (left.chars().next(), right.chars().next()) else {
            // The shorter name comes first. Names of equal value but different spelling (1, 01) are compared as text, so
            // that the order is total.
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if l.is_ascii_digit() && r.is_ascii_digit() {
            let (number, rest) = split_number(left);
            let (other, other_rest) = split_number(right);
            (left, right) = (rest, other_rest);
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            (left, right) = (&left[l.len_utf8()..], &right[r.len_utf8()..]);
            l.cmp(&r)
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Splits off the digits that `text` begins with, without leading zeros.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (number.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_comes_before_ten() {
        let mut names = ["10", "b2", "2", "01", "b10", "1", "b", "a9z", "a10", "é1", "99999999999999999999999"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["01", "1", "2", "10", "99999999999999999999999", "a9z", "a10", "b", "b2", "b10", "é1"]);
    }

    #[test]
    fn files_with_one_stem_go_by_their_whole_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2.png", "1.jpg", "1.PNG", ".1.png", "1.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = files_by_stem(folder.path(), Path::new(""), &["png"]).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["1", "2"]);
        let found = files_by_stem(folder.path(), Path::new(""), &["png", "jpg"]).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["1.PNG", "1.jpg", "2"]);
        fs::write(folder.path().join("1.jpg.png"), "").unwrap();
        let found = files_by_stem(folder.path(), Path::new(""), &["png", "jpg"]).unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["1.PNG", "1.jpg", "1.jpg.png", "2"]);
    }

    #[test]
    fn the_limit_of_a_file_is_its_last_accepted_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "abcde").unwrap();
        assert_eq!(read(&path, Path::new("a"), 5).unwrap(), b"abcde");
        let error = read(&path, Path::new("a"), 2).unwrap_err();
        assert_eq!(error.to_string(), "a has 5 bytes, more than the limit of 2");
        assert_eq!(
            read(folder.path().join("b").as_path(), Path::new("b"), 3).unwrap_err().to_string(),
            "b does not exist"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_leads_out_of_the_folder_is_refused_by_name() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (root, out) = (folder.path().join("set"), folder.path().join("out"));
        fs::create_dir_all(root.join("images")).unwrap();
        fs::create_dir_all(&out).unwrap();
        fs::write(out.join("1.png"), "secret").unwrap();
        fs::write(root.join("kept"), "here").unwrap();
        let listed = || files_by_stem(&root, Path::new("images"), &["png"]);
        // Within the folder, as git-annex has them.
        symlink("../kept", root.join("images/1.png")).unwrap();
        assert_eq!(listed().unwrap().len(), 1);
        assert_eq!(read_in(&root, Path::new("images/1.png"), 9).unwrap(), b"here");
        symlink("../../out/1.png", root.join("images/2.png")).unwrap();
        let expected = "set: \"images/2.png\" leads out of it, and what lies outside is not read; copy it there";
        assert_eq!((listed().unwrap().len(), tree(&root, &["png"]).unwrap().len()), (2, 2));
        assert_eq!(read_in(&root, Path::new("images/2.png"), 9).unwrap_err().to_string(), expected);
        symlink("../out", root.join("more")).unwrap();
        let message = files_by_stem(&root, Path::new("more"), &["png"]).unwrap_err().to_string();
        assert_eq!(message, "set: \"more\" leads out of it, and what lies outside is not read; copy it there");
        let message = read_in(&root, Path::new("more/1.png"), 9).unwrap_err().to_string();
        assert_eq!(message, "set: \"more/1.png\" leads out of it, and what lies outside is not read; copy it there");
        symlink("../.git/annex/objects/aa/K.png", root.join("images/3.png")).unwrap();
        assert_eq!(listed().unwrap().len(), 3);
        let message = read_in(&root, Path::new("images/3.png"), 9).unwrap_err().to_string();
        assert!(message.starts_with("images/3.png was not fetched: it is a link of git-annex"), "{message}");
        assert_eq!(read_in(&root, Path::new("images"), 9).unwrap_err().to_string(), "images: not a file");
    }

    #[cfg(unix)]
    #[test]
    fn the_limit_holds_for_what_has_no_length() {
        let error = read(Path::new("/dev/zero"), Path::new("a"), 3).unwrap_err();
        assert_eq!(error.to_string(), "a has 4 bytes, more than the limit of 3");
    }
}
