//! The output folder of a study: which study it belongs to, what may be removed from it, and the lock that lets one
//! process at a time write to it.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    error::StudyError,
    files,
    first_pass::Index,
    fixations,
    part::{PartStore, discard_others},
    plan::{Plan, SCHEMA},
    scanpaths,
};

pub(crate) mod archive;
pub(crate) mod tables;

/// The file with the plan of the study that the folder belongs to.
const FILE: &str = "run.json";

/// The file with the index of the first pass.
const INDEX: &str = "stimuli.json";

/// The files that a study and its report have beside `maps/` and `parts/`.
const FILES: [&str; 13] = [
    "scores.csv",
    "scores.parquet",
    "scores.md",
    "scores.tex",
    "summary.json",
    "report.html",
    archive::ZIP,
    INDEX,
    scanpaths::LIKENESS,
    scanpaths::DESCRIPTIVES,
    scanpaths::OBSERVERS,
    fixations::FIXATIONS,
    fixations::BY_INDEX,
];

fn read_plan(path: &Path) -> Result<Plan, StudyError> {
    let bytes = fs::read(path).map_err(StudyError::file("reading", path))?;
    // The plan of an older version is another study, and not a broken file.
    let found = serde_json::from_slice::<Version>(&bytes).map_or(0, |version| version.schema);
    if found != SCHEMA {
        return Err(StudyError::Version { path: path.to_owned(), found, expected: SCHEMA });
    }
    serde_json::from_slice(&bytes).map_err(|source| StudyError::Foreign { path: path.to_owned(), source })
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// The output folder of a study. A folder that was claimed belongs to this process while the value lives.
#[derive(Debug)]
pub struct StudyFolder {
    path: PathBuf,
    plan: Plan,
    parts: PartStore,
    /// Held for its lock.
    _lock: Option<File>,
}

impl StudyFolder {
    /// Makes a folder ready for a study: a new one, or one that holds parts of the very same study.
    ///
    /// # Errors
    ///
    /// [`StudyError::NotEmpty`], [`StudyError::OtherStudy`], [`StudyError::Version`] or [`StudyError::Foreign`] if the folder
    /// holds anything else, unless `overwrite` says that another study is to be replaced; [`StudyError::Busy`] if another
    /// process writes to it; [`StudyError::NotAFolder`] or [`StudyError::File`] if it cannot be written to.
    pub fn claim(path: &Path, plan: &Plan, overwrite: bool) -> Result<Self, StudyError> {
        if path.exists() && !path.is_dir() {
            return Err(StudyError::NotAFolder { path: path.to_owned() });
        }
        fs::create_dir_all(path).map_err(StudyError::file("creating", path))?;
        let lock = lock(path)?;
        let stored = path.join(FILE);
        let reading = |error| StudyError::file("reading", &stored)(error);
        let is_ours = stored.try_exists().map_err(reading)?;
        if is_ours && overwrite {
            remove_study(path)?;
        }
        if stored.try_exists().map_err(reading)? {
            let found = read_plan(&stored)?;
            if let Some(difference) = plan.difference(&found) {
                return Err(StudyError::OtherStudy { path: path.to_owned(), difference });
            }
        } else {
            files::remove_leftovers(path).map_err(StudyError::file("removing unfinished files from", path))?;
            let first = fs::read_dir(path).and_then(|mut entries| entries.next().transpose());
            if let Some(entry) = first.map_err(StudyError::file("reading", path))?
                && !is_ours
            {
                let entry = entry.file_name().to_string_lossy().into_owned();
                return Err(StudyError::NotEmpty { path: path.to_owned(), entry });
            }
            let text = serde_json::to_string_pretty(plan).map_err(StudyError::write(&stored))?;
            files::write_bytes(&stored, format!("{text}\n").as_bytes())?;
        }
        for folder in folders(path, plan) {
            fs::create_dir_all(&folder).map_err(StudyError::file("creating", &folder))?;
        }
        let parts = PartStore::new(path.to_owned());
        let claimed = Self { path: path.to_owned(), plan: plan.clone(), parts, _lock: lock };
        claimed.remove_leftovers()?;
        // A folder that cannot be written to is told now, not after the first stimulus.
        files::probe(path).map_err(StudyError::file("writing to", path))?;
        Ok(claimed)
    }

    /// Removes the unfinished files of processes that died while they wrote to the folder. Nothing may be writing to it.
    ///
    /// # Errors
    ///
    /// [`StudyError::File`] if a file cannot be removed.
    pub fn remove_leftovers(&self) -> Result<(), StudyError> {
        folders(&self.path, &self.plan).into_iter().try_for_each(|folder| {
            files::remove_leftovers(&folder).map_err(StudyError::file("removing unfinished files from", &folder))
        })
    }

    /// Opens a folder that holds a study, to read from it.
    ///
    /// # Errors
    ///
    /// [`StudyError::File`], [`StudyError::Version`] or [`StudyError::Foreign`] if it holds none.
    pub fn open(path: &Path) -> Result<Self, StudyError> {
        let plan = read_plan(&path.join(FILE))?;
        Ok(Self { path: path.to_owned(), plan, parts: PartStore::new(path.to_owned()), _lock: None })
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plan of the study that the folder holds.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The parts that are done.
    #[must_use]
    pub fn parts(&self) -> &PartStore {
        &self.parts
    }

    /// The index of the first pass.
    ///
    /// # Errors
    ///
    /// [`StudyError::File`] if there was no first pass yet, [`StudyError::Foreign`] if the file is broken.
    pub fn index(&self) -> Result<Index, StudyError> {
        let path = self.path.join(INDEX);
        let bytes = fs::read(&path).map_err(StudyError::file("reading", &path))?;
        serde_json::from_slice(&bytes).map_err(|source| StudyError::Foreign { path, source })
    }

    /// Stores the index of the first pass.
    /// [`StudyFolder::index`] reads it. A study that is run part by part stores it before the parts are joined.
    ///
    /// # Errors
    ///
    /// [`StudyError::File`] if it cannot be written.
    pub fn store_index(&self, index: &Index) -> Result<(), StudyError> {
        let path = self.path.join(INDEX);
        files::write_bytes(&path, &serde_json::to_vec(index).map_err(StudyError::write(&path))?)
    }
}

/// All folders that a study writes to.
fn folders(out: &Path, plan: &Plan) -> Vec<PathBuf> {
    [out.join("parts"), out.join("maps"), out.to_owned()].into_iter().chain(map_folders(out, plan)).collect()
}

/// The folders in `maps/` that models have where there are several.
fn map_folders(out: &Path, plan: &Plan) -> Vec<PathBuf> {
    match plan.models.as_slice() {
        [_] => Vec::new(),
        models => models.iter().map(|model| out.join("maps").join(files::file_name(&model.name))).collect(),
    }
}

/// Locks the folder itself, so that no lock file is left behind. Where a system cannot do that, nothing is locked.
fn lock(out: &Path) -> Result<Option<File>, StudyError> {
    let Ok(folder) = File::open(out) else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(StudyError::Busy { path: out.to_owned() }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes what a study wrote and nothing else: the maps that its parts name, the parts, and its tables.
fn remove_study(out: &Path) -> Result<(), StudyError> {
    discard_others(out, |_| false)?;
    let mut folders = Vec::new();
    if let Ok(plan) = read_plan(&out.join(FILE)) {
        folders.extend(map_folders(out, &plan));
        for (file, _) in archive::hdf5_files(out, &plan) {
            files::remove(&file)?;
        }
    }
    folders.extend([out.join("maps"), out.join("parts")]);
    for folder in folders {
        // The folder stays if anything of the user's lies in it.
        let _ = fs::remove_dir(folder);
    }
    // The plan goes last, so that the folder stays a study's until all is gone.
    for name in FILES.into_iter().chain([FILE]) {
        files::remove(&out.join(name))?;
    }
    Ok(())
}
