//! A picture that was looked at, and the way from its features to a density.

use gaze_core::{LogDensity, PixelsPerDegree, Size};
use ndarray::{Array1, Array2};
use tch::{Kind, TchError, Tensor};

use crate::{
    deepgaze::{DeepGazeError, SaliencyNetworks, enlarge_and_blur},
    deepgaze_msdb::{DatasetParameters, DeepGazeMsdb, VIEWS},
    libtorch::adopt_threads,
    nn::{Constant, length, nearest},
    tensor::{array_from_tensor, tensor_from_array},
};

/// The factors by which the picture is larger than the readout and than the map that is blurred; both are rounded up.
const READOUT: usize = 8;
const REDUCED: usize = 2;

/// The number of values of each view that are worked on together in 64 bits, which bounds the memory.
const TOGETHER: i64 = 1 << 21;

/// A picture that DeepGaze MSDB has looked at, to be asked for one set of parameters after the other.
#[derive(Debug)]
pub struct Seen<'m> {
    pub(super) model: &'m DeepGazeMsdb,
    /// The size of the picture.
    pub(super) size: Size,
    pub(super) scale: PixelsPerDegree,
    /// The places of the views in the digest, in the order of their weights. Views of one size have one place.
    pub(super) places: [usize; VIEWS],
    pub(super) digest: Digest,
}

/// The features of some views, reduced to what the readout needs of them whatever the views' weights.
#[derive(Debug)]
pub(super) struct Digest {
    /// Each view's part of the readout's first convolution at the size of the readout, `(views, 8 · h · w)`.
    parts: Constant,
    /// The mean of each view's features over all channels and places of the readout.
    means: Array1<f64>,
    /// The means of the products of any two views' features.
    products: Array2<f64>,
    readout: Size,
}

impl Digest {
    /// Makes the digest of the features of each view, which are maps `(1, channels, h', w')`.
    pub(super) fn new(views: &[Vec<Tensor>], network: &SaliencyNetworks, readout: Size) -> Result<Self, DeepGazeError> {
        let parts = views.iter().map(|view| network.first_convolution(view, readout)?.f_reshape([1, -1]));
        let parts = Tensor::f_cat(&parts.collect::<Result<Vec<_>, TchError>>()?, 0)?;
        let size = [readout.height, readout.width].map(length);
        let places = size[0] * size[1];
        let (count, exact) = (length(views.len()), (Kind::Double, parts.device()));
        let (mut sums, mut products) = (Tensor::f_zeros([count], exact)?, Tensor::f_zeros([count, count], exact)?);
        let mut channels = 0;
        for feature in 0..views[0].len() {
            let (mut start, end) = (0, views[0][feature].size()[1]);
            channels += end;
            while start < end {
                let some = (TOGETHER / places).clamp(1, end - start);
                let resampled = views.iter().map(|view| {
                    let maps = view[feature].f_narrow(1, start, some)?.f_contiguous()?;
                    maps.f_upsample_bilinear2d(size, false, None, None)?.f_reshape([1, -1])?.f_to_kind(Kind::Double)
                });
                let resampled = Tensor::f_cat(&resampled.collect::<Result<Vec<_>, TchError>>()?, 0)?;
                sums = sums.f_add_(&resampled.f_sum_dim_intlist([1_i64].as_slice(), false, Kind::Double)?)?;
                products = products.f_add_(&resampled.f_mm(&resampled.f_transpose(0, 1)?)?)?;
                start += some;
            }
        }
        let values = channels * places;
        Ok(Self {
            parts: parts.into(),
            means: array_from_tensor(&sums.f_div_scalar(values)?)?,
            products: array_from_tensor(&products.f_div_scalar(values)?)?,
            readout,
        })
    }

    /// Computes the map of the saliency network for views of these weights, `(1, 1, h, w)`.
    fn saliency(&self, weights: &Array1<f64>, network: &SaliencyNetworks) -> Result<Tensor, DeepGazeError> {
        let mean = weights.dot(&self.means);
        let variance = (weights.dot(&self.products.dot(weights)) - mean * mean).max(0.0);
        let weights = tensor_from_array(weights)?.f_to_kind(Kind::Float)?.f_to_device(self.parts.device())?;
        let sum = weights.f_unsqueeze(0)?.f_mm(&self.parts)?;
        let sum = sum.f_reshape([1, -1, length(self.readout.height), length(self.readout.width)])?;
        Ok(network.behind(&sum, mean, variance)?)
    }
}

impl Seen<'_> {
    /// Computes the density of fixations with the parameters of a dataset, given the density of fixations on any picture.
    ///
    /// # Errors
    ///
    /// [`DeepGazeError::Sizes`] if the center bias has another size than the picture; [`DeepGazeError::Parameter`] if a
    /// parameter makes no sense; [`DeepGazeError::Border`] if libtorch refuses.
    pub fn log_density(
        &self,
        center_bias: &LogDensity<'_>,
        parameters: &DatasetParameters,
    ) -> Result<LogDensity<'static>, DeepGazeError> {
        if center_bias.size() != self.size {
            return Err(DeepGazeError::Sizes { picture: self.size, found: center_bias.size() });
        }
        parameters.check()?;
        adopt_threads();
        let reduced = divided(self.size, REDUCED);
        let Size { height, width } = reduced;
        let map = self.saliency(&parameters.view_weights)?;
        let map = map.f_upsample_bilinear2d([height, width].map(length), false, None, None)?;
        let sigma = self.scale.pixels(parameters.sigma_degrees) / REDUCED as f64;
        let blurred = self.blurred(&map.f_reshape([height, width].map(length))?, sigma)?;
        let priorities: Array2<f32> = array_from_tensor(&blurred)?;
        let (rows, columns) = (nearest::indices(self.size.height, height), nearest::indices(self.size.width, width));
        let bias = center_bias.values();
        let logs = Array2::from_shape_fn((height, width), |(row, column)| {
            parameters.priority * f64::from(priorities[[row, column]])
                + parameters.center_bias_weight * bias[[rows[row], columns[column]]]
        });
        let (rows, columns) = (nearest::indices(height, self.size.height), nearest::indices(width, self.size.width));
        let full = Array2::from_shape_fn((self.size.height, self.size.width), |(row, column)| {
            logs[[rows[row], columns[column]]]
        });
        Ok(LogDensity::normalize(full)?)
    }

    /// Computes the map behind all layers, `(1, 1, h, w)` at the size of the readout.
    fn saliency(&self, view_weights: &[f64; VIEWS]) -> Result<Tensor, DeepGazeError> {
        let mut weights = Array1::zeros(self.digest.means.len());
        self.places.iter().zip(view_weights).for_each(|(&place, weight)| weights[place] += weight);
        let mut map = self.digest.saliency(&weights, &self.model.saliency)?;
        for layer in &self.model.last {
            map = layer.forward(&map)?;
        }
        Ok(map)
    }

    /// Blurs a map `(h, w)` along both axes.
    fn blurred(&self, map: &Tensor, sigma: f64) -> Result<Tensor, TchError> {
        let matrix = |side: i64| {
            let places = usize::try_from(side).expect("a length");
            let values = enlarge_and_blur(places, places, sigma);
            Tensor::f_from_slice(&values)?.f_reshape([side, side])?.f_to_device(map.device())
        };
        let (height, width) = map.size2()?;
        matrix(height)?.f_mm(map)?.f_mm(&matrix(width)?.f_transpose(0, 1)?)
    }
}

/// The size of the readout of a picture.
pub(super) fn readout(picture: Size) -> Size {
    divided(picture, READOUT)
}

/// Divides the sides and rounds up.
fn divided(size: Size, factor: usize) -> Size {
    Size { height: size.height.div_ceil(factor), width: size.width.div_ceil(factor) }
}
