//! Pictures prepared for training: their features, which are kept on disk, and their fixations and center bias by
//! cells.
//!
//! The backbone is frozen, so a picture goes through it once, and any number of trainings read its features.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use gaze_core::{Fixations, LogDensity, Size, Stimulus};
use sha2::{Digest, Sha256};
use tch::{Kind, Tensor};

use crate::{
    gaze_lite::{
        LiteError, Picture,
        architecture::{input_name, inputs},
        backbone::{Backbone, seen},
        grid::CELL,
        kernel::Vectors,
        model::{backbone_hash, read_backbone},
        threads::Threads,
    },
    nn::length,
    weights::{Stored, Weights, write_whole},
};

/// A folder of features: `.safetensors` files of 16-bit numbers, named by a hash of picture and backbone.
///
/// A picture of 768 × 576 takes 2 MB. The folder may be removed whenever no training runs.
#[derive(Debug)]
pub struct FeatureCache {
    folder: PathBuf,
    backbone: Backbone,
}

/// A picture prepared for training. Its features are on disk, the rest is in memory.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub(super) file: PathBuf,
    pub(super) size: Size,
    /// The cells that were fixated, in row-major order, with the number of their fixations.
    pub(super) counts: Vec<(usize, f32)>,
    /// The logarithm of the center bias's mean over each cell's pixels.
    pub(super) center_bias: Arc<[f32]>,
    /// The logarithm of each cell's number of pixels; cells at the right and the bottom may be cut.
    pub(super) areas: Arc<[f32]>,
}

impl FeatureCache {
    /// Opens the folder, and makes it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`LiteError::Io`] if that is impossible.
    pub fn new(folder: &Path) -> Result<Self, LiteError> {
        let refused = |source| LiteError::Io { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(refused)?;
        let backbone = read_backbone(Vectors::widest())?;
        Ok(Self { folder: folder.to_owned(), backbone })
    }

    /// Puts a picture through the backbone, unless its features are in the folder already. `stimulus` is the picture at
    /// the size at which the network sees it; `fixations` and `center_bias` have the same size.
    ///
    /// # Errors
    ///
    /// [`LiteError::Sizes`], [`LiteError::TooSmall`] and [`LiteError::TooLarge`] for a picture that cannot be used, and
    /// [`LiteError::Io`] if the folder cannot be written to.
    pub fn prepare(
        &self,
        stimulus: &Stimulus,
        fixations: &Fixations,
        center_bias: &LogDensity<'_>,
    ) -> Result<Prepared, LiteError> {
        Picture::from(stimulus).check()?;
        let picture = stimulus.size();
        for (what, found) in [("fixations are for", fixations.size()), ("center bias is for", center_bias.size())] {
            if found != picture {
                return Err(LiteError::Sizes { picture, what, found });
            }
        }
        let file = self.folder.join(format!("{}.safetensors", key(stimulus)));
        if Weights::open(&file).is_err() {
            self.extract(stimulus, &file)?;
        }
        let (center_bias, areas) = by_cells(center_bias);
        Ok(Prepared { file, size: picture, counts: count(fixations), center_bias, areas })
    }

    fn extract(&self, stimulus: &Stimulus, file: &Path) -> Result<(), LiteError> {
        let looks = self.backbone.looks(&Picture::from(stimulus), 2, Threads::One);
        let named = inputs().zip(seen([&looks[0], &looks[1]])).map(|((view, tap), map)| {
            // Without the zeros behind the channels.
            let samples = map.values.chunks_exact(map.channels);
            let values: Vec<f32> = samples.flat_map(|sample| &sample[..tap.channels]).copied().collect();
            (input_name(view, tap), Stored::f16(&[map.rows, map.columns, tap.channels], &values))
        });
        let tensors: Vec<_> = named.collect();
        let refused = |source| LiteError::Io { path: file.to_owned(), source };
        let bytes = safetensors::serialize(tensors, None).map_err(|error| refused(io::Error::other(error)))?;
        write_whole(file, &bytes).map_err(refused)
    }
}

impl Prepared {
    /// Counts the fixations.
    #[must_use]
    pub fn fixations(&self) -> f32 {
        self.counts.iter().map(|&(_, count)| count).sum()
    }

    /// Reads the features, `(h, w, channels)` each, in the order of the readout's inputs.
    pub(super) fn features(&self) -> Result<Vec<Tensor>, LiteError> {
        let weights = Weights::open(&self.file)?;
        let gone = || LiteError::Io { path: self.file.clone(), source: io::ErrorKind::InvalidData.into() };
        inputs()
            .map(|(view, tap)| {
                let tensor = weights.get(&input_name(view, tap)).ok_or_else(gone)?;
                let shape: Vec<i64> = tensor.shape().iter().map(|&axis| length(axis)).collect();
                if shape.len() != 3 || tensor.shape()[2] != tap.channels {
                    return Err(gone());
                }
                let half = Tensor::f_from_data_size(&tensor.bytes(), &shape, Kind::Half)?;
                Ok(half.f_to_kind(Kind::Float)?)
            })
            .collect()
    }
}

/// Computes the name of a picture's features: a hash of backbone, size and pixels.
fn key(stimulus: &Stimulus) -> String {
    let Size { height, width } = stimulus.size();
    let mut hash = Sha256::new();
    hash.update(format!("{} {height} {width} ", backbone_hash()));
    hash.update(stimulus.pixels().as_slice().expect("a stimulus is contiguous"));
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts the fixations in each cell.
fn count(fixations: &Fixations) -> Vec<(usize, f32)> {
    let columns = fixations.size().width.div_ceil(CELL);
    let mut counts = std::collections::BTreeMap::new();
    for pixel in fixations.pixels() {
        *counts.entry(pixel.row / CELL * columns + pixel.column / CELL).or_insert(0.0) += 1.0;
    }
    counts.into_iter().collect()
}

/// Computes the logarithms of a density's mean in each cell and of the cells' areas.
#[expect(clippy::cast_possible_truncation, reason = "the readouts compute in 32 bits")]
fn by_cells(density: &LogDensity<'_>) -> (Arc<[f32]>, Arc<[f32]>) {
    let values = density.values();
    let (mut means, mut areas) = (Vec::new(), Vec::new());
    for rows in values.axis_chunks_iter(ndarray::Axis(0), CELL) {
        for cell in rows.axis_chunks_iter(ndarray::Axis(1), CELL) {
            let area = cell.len() as f64;
            means.push((cell.mapv(f64::exp).sum() / area).ln() as f32);
            areas.push(area.ln() as f32);
        }
    }
    (means.into(), areas.into())
}
