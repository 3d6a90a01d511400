//! All maps in one file: HDF5 that pysaliency reads, and a zip archive.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use gaze_data::{read_array, write_maps};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    error::StudyError,
    files,
    first_pass::Index,
    part::PartStore,
    plan::{Plan, Save},
};

/// The name of the archive.
pub(crate) const ZIP: &str = "maps.zip";

/// The HDF5 file of each model, and the folder that its maps lie in.
pub(crate) fn hdf5_files(out: &Path, plan: &Plan) -> Vec<(PathBuf, PathBuf)> {
    let maps = out.join("maps");
    match plan.models.as_slice() {
        [_] => vec![(out.join("predictions.hdf5"), maps)],
        models => {
            let of_model = |name: &str| {
                let name = files::file_name(name);
                (out.join(format!("predictions_{name}.hdf5")), maps.join(name))
            };
            models.iter().map(|model| of_model(&model.name)).collect()
        }
    }
}

/// Writes the log densities as HDF5, if that was asked for.
pub(crate) fn hdf5(out: &Path, plan: &Plan, index: &Index) -> Result<(), StudyError> {
    if !plan.save.contains(&Save::Hdf5) {
        return Ok(());
    }
    for (file, maps) in hdf5_files(out, plan) {
        let maps = index.stimuli.iter().filter_map(|entry| {
            // A model of scores has no log density.
            let path = files::stimulus_file(&maps, &entry.key, ".npy");
            path.exists().then(|| Ok((entry.image.clone(), read_array(&path)?)))
        });
        // Another name, until it is whole.
        let unfinished = files::unfinished(&file);
        files::remove(&unfinished)?;
        write_maps(maps, &unfinished)?;
        fs::rename(&unfinished, &file).map_err(StudyError::file("writing", &file))?;
    }
    Ok(())
}

/// Puts all maps into one archive, in the order of the dataset, if that was asked for.
pub(crate) fn zip(out: &Path, plan: &Plan, index: &Index, parts: &PartStore) -> Result<(), StudyError> {
    if !plan.zip {
        return Ok(());
    }
    let path = out.join(ZIP);
    let mut file = files::Pending::new(&path)?;
    fill(file.file(), out, index, parts).map_err(StudyError::write(&path))?;
    file.persist()
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn fill(file: &mut File, out: &Path, index: &Index, parts: &PartStore) -> Result<(), Failure> {
    let mut archive = ZipWriter::new(file);
    for entry in &index.stimuli {
        let Some(part) = parts.finished(&entry.key) else { continue };
        for (name, bytes, _) in &part.maps {
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

fn copy<W: Write + Seek>(from: &Path, to: &mut ZipWriter<W>) -> Result<(), Failure> {
    let mut file = File::open(from).map_err(StudyError::file("reading", from))?;
    io::copy(&mut file, to).map_err(StudyError::file("reading", from))?;
    Ok(())
}
