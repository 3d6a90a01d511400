//! Predictions in an HDF5 file as pysaliency stores them: one data set per stimulus, named like its image.

use std::path::Path;

use gaze_core::Prediction;
use ndarray::Array2;

use super::image_names;
use crate::{DataError, Dataset, PredictionStore};

/// Writes the predictions of a store for the stimuli of a dataset into one HDF5 file, and returns their number.
///
/// Data sets are named as pysaliency names them: by the path of the image below the folders that all images have in common,
/// extension included. Values are stored in 64 bits and compressed; a log density stays a log density. A stimulus without a
/// prediction is left out.
///
/// # Errors
///
/// The errors of [`write_maps`] and of [`PredictionStore::load`].
pub fn write_predictions(dataset: &Dataset, store: &PredictionStore, out: &Path) -> Result<usize, DataError> {
    let stimuli = dataset.stimuli().iter().zip(image_names(dataset));
    let maps = stimuli.filter_map(|(entry, name)| match store.load(entry.map_key()) {
        Err(DataError::NoPrediction { .. }) => None,
        Ok(Prediction::Density(density)) => Some(Ok((name, density.values().to_owned()))),
        Ok(Prediction::Scores(map)) => Some(Ok((name, map.values().to_owned()))),
        Err(error) => Some(Err(error)),
    });
    write_maps(maps, out)
}

/// Writes maps with their names into one HDF5 file, as [`write_predictions`] does, and returns their number. Each map is
/// written before the iterator is asked for the next.
///
/// # Errors
///
/// [`DataError::Exists`] if there is something at `out`, [`DataError::Hdf5`] if it cannot be written,
/// [`DataError::WithoutFeature`] if the Cargo feature `hdf5` is off, and the first error among the maps.
pub fn write_maps(
    maps: impl IntoIterator<Item = Result<(String, Array2<f64>), DataError>>,
    out: &Path,
) -> Result<usize, DataError> {
    if out.exists() {
        return Err(DataError::Exists { path: out.to_owned() });
    }
    write_hdf5(maps, out)
}

#[cfg(not(feature = "hdf5"))]
fn write_hdf5(
    _maps: impl IntoIterator<Item = Result<(String, Array2<f64>), DataError>>,
    out: &Path,
) -> Result<usize, DataError> {
    Err(DataError::WithoutFeature { path: out.to_owned(), feature: "hdf5" })
}

#[cfg(feature = "hdf5")]
fn write_hdf5(
    maps: impl IntoIterator<Item = Result<(String, Array2<f64>), DataError>>,
    out: &Path,
) -> Result<usize, DataError> {
    let error = |cause| DataError::Hdf5 { path: out.to_owned(), cause: Box::new(cause) };
    let file = hdf5_pure::File::create(out).map_err(error)?;
    let mut count = 0;
    for map in maps {
        let (name, values) = map?;
        let shape = [values.nrows() as u64, values.ncols() as u64];
        let values: Vec<f64> = values.iter().copied().collect();
        let root = file.root();
        let (groups, leaf) = name.rsplit_once('/').map_or(("", name.as_str()), |(groups, leaf)| (groups, leaf));
        let mut path = String::new();
        for part in groups.split('/').filter(|part| !part.is_empty()) {
            path = if path.is_empty() { part.to_owned() } else { format!("{path}/{part}") };
            if file.group(&path).is_err() {
                root.create_group(&path).map_err(error)?;
                file.commit().map_err(error)?;
            }
        }
        let parent = if path.is_empty() { root } else { file.group(&path).map_err(error)? };
        parent
            .create_dataset(leaf, |builder| {
                builder.with_f64_data(&values).with_shape(&shape).with_chunks(&shape).with_deflate(6);
            })
            .map_err(error)?;
        file.commit().map_err(error)?;
        count += 1;
    }
    file.close().map_err(error)?;
    Ok(count)
}
