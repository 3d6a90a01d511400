//! Wheels on disk: those already there, those still to fetch, and the check of every one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    checksum::sha256,
    progress::mb,
    setup::{explained, pip::Pip, requirements::Requirement},
};

/// Brings all wheels into `folder` and returns them, in the order of the requirements and checked.
pub(crate) fn fetch_all(requirements: &[Requirement], folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder).map_err(|error| explained(error, folder))?;
    let mut pip = None;
    let mut wheels = Vec::new();
    for (index, requirement) in requirements.iter().enumerate() {
        let count = format!("[{}/{}]", index + 1, requirements.len());
        let pin = format!("{} {}", requirement.name, requirement.version);
        if let Some(wheel) = find(requirement, folder)? {
            if sha256(&wheel)? == requirement.sha256 {
                println!("{count} {pin}: downloaded before, SHA-256 is right");
                wheels.push(wheel);
                continue;
            }
            println!("{count} {pin}: downloaded before, but damaged; once more");
            fs::remove_file(&wheel).with_context(|| format!("removing {}", wheel.display()))?;
        }
        // Python is looked for only when it is needed.
        let pip = match &pip {
            Some(pip) => pip,
            None => pip.insert(Pip::find()?),
        };
        println!("{count} {pin}: downloading");
        pip.download(requirement, folder)?;
        let wheel = find(requirement, folder)?
            .with_context(|| format!("pip downloaded no wheel of {pin} into {}", folder.display()))?;
        verify(&wheel, requirement)?;
        let size = wheel.metadata().map_or(0, |metadata| metadata.len());
        println!("{count} {pin}: {}, SHA-256 is right", mb(size));
        wheels.push(wheel);
    }
    Ok(wheels)
}

/// Fails, and removes the file, if it is not what was pinned.
fn verify(wheel: &Path, requirement: &Requirement) -> Result<()> {
    let found = sha256(wheel)?;
    if found == requirement.sha256 {
        return Ok(());
    }
    fs::remove_file(wheel).with_context(|| format!("removing {}", wheel.display()))?;
    bail!(
        "{} has SHA-256\n  {found}, expected\n  {}\nIt was removed. Run the command again; if this repeats, \
         the place that pip downloads from serves another file than the pinned one",
        wheel.display(),
        requirement.sha256
    )
}

fn find(requirement: &Requirement, folder: &Path) -> Result<Option<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
        if path.file_name().is_some_and(|name| requirement.matches(&name.to_string_lossy())) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    // SHA-256 of "abc", from FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn requirement() -> Requirement {
        Requirement { name: "torch".into(), version: "1.0".into(), sha256: ABC.into() }
    }

    #[test]
    fn a_wheel_that_is_there_and_right_is_not_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("torch-1.0-py3-none-any.whl");
        fs::write(&wheel, "abc").unwrap();
        assert_eq!(fetch_all(&[requirement()], folder.path()).unwrap(), [wheel]);
    }

    #[test]
    fn a_wrong_wheel_is_removed_and_both_hashes_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("torch-1.0-py3-none-any.whl");
        fs::write(&wheel, "abd").unwrap();
        let error = verify(&wheel, &requirement()).unwrap_err().to_string();
        assert!(error.contains(ABC) && error.contains("expected"), "{error}");
        assert!(!wheel.exists());
    }
}
