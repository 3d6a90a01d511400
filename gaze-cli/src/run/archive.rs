//! All maps in one file: HDF5 that pysaliency reads, and a zip archive.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use gaze_data::{read_array, write_maps};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{Index, Parts, Settings};
use crate::{args::Save, output};

/// The name of the archive.
pub(super) const ZIP: &str = "maps.zip";

/// The HDF5 file of each model, and the folder that its maps lie in.
pub(super) fn hdf5_files(out: &Path, settings: &Settings) -> Vec<(PathBuf, PathBuf)> {
    let maps = out.join("maps");
    match settings.models.as_slice() {
        [_] => vec![(out.join("predictions.hdf5"), maps)],
        models => {
            let of_model = |name: &str| {
                let name = output::file_name(name);
                (out.join(format!("predictions_{name}.hdf5")), maps.join(name))
            };
            models.iter().map(|model| of_model(&model.name)).collect()
        }
    }
}

/// Writes the log densities as HDF5, if that was asked for.
pub(super) fn hdf5(out: &Path, settings: &Settings, index: &Index) -> Result<()> {
    if !settings.save.iter().any(|save| save == Save::Hdf5.name()) {
        return Ok(());
    }
    for (file, maps) in hdf5_files(out, settings) {
        let maps = index.stimuli.iter().filter_map(|entry| {
            // A model of scores has no log density.
            let path = output::stimulus_file(&maps, &entry.key, ".npy");
            path.exists().then(|| Ok((entry.image.clone(), read_array(&path)?)))
        });
        // Another name, until it is whole.
        let unfinished = output::unfinished(&file);
        output::remove(&unfinished)?;
        write_maps(maps, &unfinished)?;
        fs::rename(&unfinished, &file).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

/// Puts all maps into one archive, in the order of the dataset, if that was asked for.
pub(super) fn zip(out: &Path, settings: &Settings, index: &Index, parts: &Parts) -> Result<()> {
    if !settings.zip {
        return Ok(());
    }
    let path = out.join(ZIP);
    let mut file = output::Pending::new(&path)?;
    let writing = || format!("writing {}", path.display());
    fill(file.file(), out, index, parts).with_context(writing)?;
    file.persist()
}

fn fill(file: &mut File, out: &Path, index: &Index, parts: &Parts) -> Result<()> {
    let mut archive = ZipWriter::new(file);
    for entry in &index.stimuli {
        let Some(part) = parts.finished(&entry.key) else { continue };
        for (name, bytes) in &part.maps {
            // Pictures are compressed already. The date is that of the format's beginning, so that equal maps make equal
            // archives.
            let method = match Path::new(name).extension() {
                Some(extension) if extension == "npy" => CompressionMethod::Deflated,
                _ => CompressionMethod::Stored,
            };
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .large_file(*bytes >= u64::from(u32::MAX))
                .last_modified_time(zip::DateTime::default())
                .unix_permissions(0o644);
            archive.start_file(name.as_str(), options)?;
            copy(&out.join("maps").join(name), &mut archive)?;
        }
    }
    archive.finish()?;
    Ok(())
}

fn copy<W: Write + Seek>(from: &Path, to: &mut ZipWriter<W>) -> Result<()> {
    let mut file = File::open(from).with_context(|| from.display().to_string())?;
    io::copy(&mut file, to).with_context(|| from.display().to_string())?;
    Ok(())
}
