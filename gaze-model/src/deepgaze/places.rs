//! The places of a feature's samples in a larger or smaller grid, to which the nearest sample is repeated or dropped.

use gaze_core::Size;
use tch::{Device, Kind, TchError, Tensor};

use crate::nn::{length, nearest};

/// The places in the readout at which each sample of a feature stands.
pub(crate) struct Places {
    rows: Axis,
    columns: Axis,
}

/// One axis of these places: the sample at each place, unless sample and place have the same number, and the number of
/// places of each sample.
struct Axis {
    indices: Option<Tensor>,
    counts: Tensor,
}

impl Axis {
    fn new(source: i64, target: usize, device: Device) -> Result<Self, TchError> {
        let source = usize::try_from(source).expect("a length");
        let indices = nearest::indices(source, target);
        let counts: Vec<f64> = nearest::multiplicities(&indices, source).iter().map(|&count| count as f64).collect();
        let indices: Vec<i64> = indices.into_iter().map(length).collect();
        let indices = (source != target).then(|| Tensor::f_from_slice(&indices)?.f_to_device(device)).transpose()?;
        Ok(Self { indices, counts: Tensor::f_from_slice(&counts)?.f_to_device(device)? })
    }
}

impl Places {
    /// Finds the places of the samples of `feature` `(n, c, h, w)` in a grid of this size.
    pub(crate) fn new(feature: &Tensor, size: Size) -> Result<Self, TchError> {
        let (_, _, h, w) = feature.size4()?;
        let device = feature.device();
        Ok(Self { rows: Axis::new(h, size.height, device)?, columns: Axis::new(w, size.width, device)? })
    }

    /// Computes the sum over all channels and places, `(n)`, in 64 bits.
    pub(crate) fn total(&self, feature: &Tensor) -> Result<Tensor, TchError> {
        let over_channels = feature.f_sum_dim_intlist([1_i64].as_slice(), false, Kind::Double)?;
        over_channels.f_matmul(&self.columns.counts)?.f_matmul(&self.rows.counts)
    }

    /// Puts the samples of a tensor of the feature's height and width at their places.
    pub(crate) fn resample(&self, feature: &Tensor) -> Result<Tensor, TchError> {
        let mut output = feature.shallow_clone();
        if let Some(rows) = &self.rows.indices {
            output = output.f_index_select(2, rows)?;
        }
        if let Some(columns) = &self.columns.indices {
            output = output.f_index_select(3, columns)?;
        }
        Ok(output)
    }
}
