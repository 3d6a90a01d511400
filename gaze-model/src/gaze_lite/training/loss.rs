//! The negative log-likelihood of the fixations in cells of 8 × 8 pixels, and its gradient.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use gaze_core::{Size, bits};
use tch::{Kind, TchError, Tensor};

use crate::{
    gaze_lite::{
        LiteError,
        architecture::parameters,
        grid::{Axis, READOUT_STRIDE},
        training::{
            network::{Ways, first_layer, forward},
            pictures::Prepared,
        },
    },
    nn::{Constant, length},
};

/// The matrices that depend on the size of the picture alone.
#[derive(Debug)]
struct Geometry {
    ways: Ways,
    /// The matrix from the readout's grid to the cells, and the squared distances between cells; for rows, then for
    /// columns.
    rows: [Constant; 2],
    columns: [Constant; 2],
}

/// Computes losses, on several threads at the same time.
#[derive(Debug, Default)]
pub(super) struct Loss {
    geometries: Mutex<HashMap<Size, Arc<Geometry>>>,
}

/// The likelihoods of all members on one picture.
pub(super) struct Scored {
    /// The loss of each member in nats per fixation.
    pub(super) losses: Tensor,
    /// The log probability of each cell for each member, `(members, cells)`.
    pub(super) log_probabilities: Tensor,
}

impl Loss {
    /// Computes the loss of each member on one picture. [`first_layer`] describes `keep`.
    pub(super) fn score(
        &self,
        picture: &Prepared,
        parameters: &[&Tensor],
        standard: &[[Constant; 2]],
        keep: Option<&[Tensor]>,
    ) -> Result<Scored, LiteError> {
        let geometry = self.geometry(picture.size)?;
        let (first, shift) = first_layer(parameters, standard, keep)?;
        let first: Vec<&Tensor> = first.iter().collect();
        let maps = forward(&picture.features()?, &first, &shift, parameters, &geometry.ways)?;
        let finalizer = parameters.last().expect("the finalizers are the last parameter");
        let log_sigma = finalizer.f_narrow(1, 0, 1)?.f_reshape([-1, 1, 1])?;
        // −1 / 2σ²
        let precision = log_sigma.f_mul_scalar(-2.0)?.f_exp()?.f_mul_scalar(-0.5)?;
        let blur = |distances: &Tensor| -> Result<Tensor, TchError> {
            distances.f_mul(&precision)?.f_softmax(-1, Kind::Float)
        };
        let [rows, row_distances] = &geometry.rows;
        let [columns, column_distances] = &geometry.columns;
        let rows = blur(row_distances)?.f_matmul(rows)?;
        let columns = blur(column_distances)?.f_matmul(columns)?;
        let maps = rows.f_matmul(&maps)?.f_matmul(&columns.f_transpose(1, 2)?)?;
        let members = maps.size()[0];
        let weight = finalizer.f_narrow(1, 1, 1)?;
        let center_bias = Tensor::f_from_slice(&picture.center_bias)?.f_unsqueeze(0)?;
        let areas = Tensor::f_from_slice(&picture.areas)?;
        let logits = maps.f_reshape([members, -1])?.f_add(&weight.f_mul(&center_bias)?)?.f_add(&areas)?;
        let log_probabilities = logits.f_log_softmax(1, Kind::Float)?;
        let cells: Vec<i64> = picture.counts.iter().map(|&(cell, _)| length(cell)).collect();
        let shares: Vec<f32> = picture.counts.iter().map(|&(_, count)| -count / picture.fixations()).collect();
        let losses = log_probabilities.f_index_select(1, &Tensor::f_from_slice(&cells)?)?;
        let losses = losses.f_mv(&Tensor::f_from_slice(&shares)?)?;
        Ok(Scored { losses, log_probabilities })
    }

    fn geometry(&self, size: Size) -> Result<Arc<Geometry>, TchError> {
        let mut kept = self.geometries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(geometry) = kept.get(&size) {
            return Ok(Arc::clone(geometry));
        }
        let axis = |side: usize| -> Result<[Constant; 2], TchError> {
            let (readout, cells) = (Axis::layer(side, side, READOUT_STRIDE), Axis::cells(side));
            let to_cells = Tensor::f_from_slice(&readout.interpolation(cells))?;
            let squares = |from| (0..cells.count).map(move |to| (cells.at(from) - cells.at(to)).powi(2));
            let distances: Vec<f64> = (0..cells.count).flat_map(squares).collect();
            let distances = Tensor::f_from_slice(&distances)?.f_to_kind(Kind::Float)?;
            Ok([
                to_cells.f_reshape([cells.count, readout.count].map(length))?.into(),
                distances.f_reshape([cells.count; 2].map(length))?.into(),
            ])
        };
        let geometry = Arc::new(Geometry {
            ways: Ways::new(size, Kind::Float)?,
            rows: axis(size.height)?,
            columns: axis(size.width)?,
        });
        kept.insert(size, Arc::clone(&geometry));
        Ok(geometry)
    }
}

/// Computes the gain of the mixture of all members over the center bias, in bits per fixation.
pub(super) fn gain(picture: &Prepared, log_probabilities: &Tensor) -> Result<f64, LiteError> {
    let members = log_probabilities.size()[0];
    let mixture = log_probabilities.f_logsumexp([0_i64].as_slice(), false)?;
    let values = Vec::<f32>::try_from(mixture)?;
    let log_members = (members as f64).ln();
    let gains = picture.counts.iter().map(|&(cell, count)| {
        let baseline = f64::from(picture.center_bias[cell]) + f64::from(picture.areas[cell]);
        f64::from(count) * (f64::from(values[cell]) - log_members - baseline)
    });
    Ok(bits(gains.sum::<f64>() / f64::from(picture.fixations())))
}

/// Lists the shapes of a readout's parameters in the type with which libtorch counts.
pub(super) fn shapes(members: usize) -> Vec<Vec<i64>> {
    parameters(members).into_iter().map(|(_, shape)| shape.into_iter().map(length).collect()).collect()
}
