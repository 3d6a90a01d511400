//! Predictions as pysaliency's `HDF5Model` and `HDF5SaliencyMapModel` read them: a dataset per stimulus.

use std::path::Path;

use gaze_core::Prediction;
use hdf5_pure::File;

use super::names;
use crate::{DataError, Dataset, PredictionStore};

/// Writes the predictions of a store for the stimuli of a dataset into one HDF5 file, named as pysaliency does: the
/// path of the image below the folders that all images have in common, extension included. Values are stored in 64
/// bits and compressed; a log density stays one. Returns how many were written; stimuli without a prediction have none.
///
/// # Errors
///
/// [`DataError::Exists`] if there is something at `out`, and whatever is wrong with a prediction.
pub fn write_predictions(dataset: &Dataset, store: &PredictionStore, out: &Path) -> Result<usize, DataError> {
    if out.exists() {
        return Err(DataError::Exists { path: out.to_owned() });
    }
    let error = |cause| DataError::Hdf5 { path: out.to_owned(), cause: Box::new(cause) };
    let file = File::create(out).map_err(error)?;
    let mut count = 0;
    for (entry, name) in dataset.stimuli().iter().zip(names(dataset)) {
        let prediction = match store.load(entry.key()) {
            Err(DataError::NoPrediction { .. }) => continue,
            prediction => prediction?,
        };
        let values = match &prediction {
            Prediction::Density(density) => density.values().iter().copied().collect::<Vec<f64>>(),
            Prediction::Scores(map) => map.values().iter().copied().collect(),
        };
        let size = prediction.size();
        let shape = [size.height as u64, size.width as u64];
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
