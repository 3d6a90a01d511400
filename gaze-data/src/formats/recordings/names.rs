//! The picture that a name in a recording stands for.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use gaze_core::Size;

use super::{folder_of_pictures, size};
use crate::DataError;

/// The pictures of a folder, by all names that a recording may give them.
pub(crate) struct Pictures {
    /// The folder, as it is shown in messages.
    pub(crate) folder: PathBuf,
    /// The files by key.
    pub(crate) files: BTreeMap<String, PathBuf>,
    /// The keys by name in lower case: the last parts of the path, with and without the extension. `None` for a name that
    /// several pictures have.
    names: HashMap<String, Option<String>>,
    sizes: BTreeMap<String, Size>,
}

impl Pictures {
    pub(crate) fn open(root: &Path, named: Option<&Path>) -> Result<Self, DataError> {
        let (folder, files) = folder_of_pictures(root, named)?;
        let mut names: HashMap<String, Option<String>> = HashMap::new();
        let mut sizes = BTreeMap::new();
        for (key, path) in &files {
            for name in ends(&path.to_string_lossy()) {
                names.entry(name).and_modify(|known| *known = None).or_insert_with(|| Some(key.clone()));
            }
            sizes.extend(size(path).map(|size| (key.clone(), size)));
        }
        Ok(Self { folder, files, names, sizes })
    }

    /// Finds the picture that a recording calls by a name, with its size: the longer the part of the path that agrees, the
    /// better.
    pub(crate) fn find(&self, name: &str) -> Option<(String, Size)> {
        // The longest end of the name comes first.
        let key = ends(name).into_iter().find_map(|name| self.names.get(&name)?.clone())?;
        let size = self.sizes.get(&key)?;
        Some((key, *size))
    }
}

/// Returns the ends of a path in lower case, the longest first: each with its extension and then without.
fn ends(path: &str) -> Vec<String> {
    const DEPTH: usize = 4;
    let path = path.to_lowercase().replace('\\', "/");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let mut ends = Vec::new();
    for first in parts.len().saturating_sub(DEPTH)..parts.len() {
        let whole = parts[first..].join("/");
        let stem = whole
            .rsplit_once('.')
            .map(|(stem, _)| stem.to_owned())
            .filter(|stem| !stem.ends_with('/') && !stem.is_empty());
        ends.push(whole);
        ends.extend(stem);
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_found_by_path_name_or_stem() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/cat.png", "b/cat.png", "dog.PNG"] {
            let path = folder.path().join("images").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            ::image::RgbImage::new(4, 3).save_with_format(path, ::image::ImageFormat::Png).unwrap();
        }
        let pictures = Pictures::open(folder.path(), None).unwrap();
        let key = |name: &str| pictures.find(name).map(|(key, _)| key);
        for name in ["dog.png", "dog", "img/DOG.png", "C:\\stimuli\\dog.png", "../x/y/dog.jpg"] {
            assert_eq!(key(name).as_deref(), Some("dog"), "{name}");
        }
        assert_eq!(key("b/cat.png").as_deref(), Some("b/cat.png"));
        assert_eq!(key("cat.png"), None, "two pictures have this name");
        assert_eq!(key("bird.png"), None);
        assert_eq!(pictures.find("dog").unwrap().1, Size { height: 3, width: 4 });
    }
}
