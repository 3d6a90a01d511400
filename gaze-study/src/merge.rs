//! The shards of a study become the study.

use std::path::{Path, PathBuf};

use crate::{
    error::StudyError,
    folder::StudyFolder,
    observer::{Observer, Work},
};

/// Brings the parts of all shards into one folder, which [`finish`](crate::finish) then makes the summary of. The results
/// are those of a study that was not divided, byte for byte.
///
/// # Errors
///
/// [`StudyError::NoShards`], [`StudyError::NoShard`], [`StudyError::OtherShard`] or [`StudyError::OtherData`] if the folders are
/// no shards of one study, [`StudyError::MissingShard`] if a stimulus is in none of them, and the errors of
/// [`StudyFolder::claim`].
pub fn merge(
    shards: &[PathBuf],
    out: &Path,
    overwrite: bool,
    observer: &dyn Observer,
) -> Result<StudyFolder, StudyError> {
    let open = |path: &PathBuf| -> Result<_, StudyError> {
        let told = |error| StudyError::NoShard { path: path.clone(), source: Box::new(error) };
        let folder = StudyFolder::open(path).map_err(told)?;
        let index = folder.index().map_err(told)?;
        Ok((folder, index))
    };
    let opened = shards.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let Some(((first, index), others)) = opened.split_first() else { return Err(StudyError::NoShards) };
    for (other, other_index) in others {
        let [first_path, other_path] = [first, other].map(|folder| folder.path().to_owned());
        if let Some(difference) = first.plan().difference(other.plan()) {
            return Err(StudyError::OtherShard { first: first_path, other: other_path, difference });
        }
        if index != other_index {
            return Err(StudyError::OtherData { first: first_path, other: other_path });
        }
    }
    let merged = StudyFolder::claim(out, first.plan(), overwrite)?;
    merged.store_index(index)?;
    observer.begin(Work::Merging, index.stimuli.len());
    let mut missing = Vec::new();
    for entry in &index.stimuli {
        // A shard that could score a stimulus goes before one that could not.
        let mut found: Vec<_> = opened
            .iter()
            .filter_map(|(folder, _)| Some((folder.parts(), folder.parts().finished(&entry.key)?)))
            .collect();
        found.sort_by_key(|(_, part)| part.failure.is_some());
        match found.first() {
            Some((from, part)) => merged.parts().bring(&entry.key, from, part)?,
            None => missing.push(entry.key.as_str()),
        }
        observer.step(0);
    }
    observer.end();
    match missing.first() {
        Some(first) => {
            let (missing, all, first) = (missing.len(), index.stimuli.len(), (*first).to_owned());
            Err(StudyError::MissingShard { missing, all, first })
        }
        None => Ok(merged),
    }
}
