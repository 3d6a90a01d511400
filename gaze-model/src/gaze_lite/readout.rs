//! The part of the model that is trained, in prediction: from the backbone's outputs to one map for each member of the
//! mixture.

use std::borrow::Cow;

use gaze_core::{Size, numeric::vectorized};

use crate::gaze_lite::{
    architecture::{EPSILON, NEIGHBORHOOD, WIDTHS, inputs},
    backbone::{Look, Map, seen},
    finalizer::Finalizer,
    head::Head,
    kernel::{
        Depthwise, Pointwise, Vectors,
        functions::{AddMultiple, Moments, ScaledSoftplus},
    },
    way::{Way, axes, grid},
};

/// A member of the mixture.
#[derive(Debug)]
pub(super) struct Readout {
    /// The standardisation and the first layer, for each input.
    first: Vec<Pointwise>,
    /// The sum that standardisation takes away.
    shift: Vec<f32>,
    norms: [Norm; 2],
    mixes: [Pointwise; 2],
    neighborhood: Depthwise,
    last: Vec<f32>,
    pub(super) finalizer: Finalizer,
}

/// The weights and biases of a layer norm's channels.
#[derive(Debug)]
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Readout {
    /// Prepares all members.
    pub(super) fn all(head: &Head, vectors: Vectors) -> Vec<Self> {
        let finalizers = head.finalizers().into_iter().enumerate();
        finalizers.map(|(member, finalizer)| Self::new(head, member, finalizer, vectors)).collect()
    }

    fn new(head: &Head, member: usize, finalizer: Finalizer, vectors: Vectors) -> Self {
        let [wide, middle, narrow] = WIDTHS;
        // The member's part of each parameter, whose first axis is the members.
        let mut parameters = head.parameters.iter().map(|values| {
            let length = values.len() / head.members;
            &values[member * length..(member + 1) * length]
        });
        let mut next = || parameters.next().expect("a head has all parameters");
        let mut shift = vec![0.0_f64; wide];
        let mut first = Vec::new();
        for ((_, tap), [mean, deviation]) in inputs().zip(&head.statistics) {
            let kernel = next();
            let weight = |output, input| kernel[output * tap.channels + input] / deviation[input];
            for (output, shift) in shift.iter_mut().enumerate() {
                *shift -= (0..tap.channels).map(|input| f64::from(weight(output, input) * mean[input])).sum::<f64>();
            }
            first.push(Pointwise::new(vectors, tap.channels, weight, &[0.0; WIDTHS[0]]));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the readouts compute in 32 bits")]
        let shift = shift.into_iter().map(|shift| shift as f32).collect();
        let matrix = |inputs, weight: &[f32], bias: &[f32]| {
            Pointwise::new(vectors, inputs, |output, input| weight[output * inputs + input], bias)
        };
        let norm1 = Norm { weight: next().to_vec(), bias: next().to_vec() };
        let mix1 = matrix(wide, next(), next());
        let around = next();
        let places = NEIGHBORHOOD * NEIGHBORHOOD;
        // What the neighbourhood adds, and the sample itself.
        let weight = |channel, place| around[channel * places + place] + f32::from(u8::from(place == places / 2));
        let neighborhood = Depthwise::new(vectors, NEIGHBORHOOD, 1, weight, &vec![0.0; middle]);
        let norm2 = Norm { weight: next().to_vec(), bias: next().to_vec() };
        let mix2 = matrix(middle, next(), next());
        let last = next()[..narrow].to_vec();
        Self { first, shift, norms: [norm1, norm2], mixes: [mix1, mix2], neighborhood, last, finalizer }
    }

    /// Computes the map on the readout's grid, row by row, from the features in the order of [`inputs`].
    pub(super) fn map(&self, features: &Features<'_>) -> Vec<f32> {
        let Size { height, width } = features.grid;
        let wide = WIDTHS[0];
        let mut sum: Vec<f32> = self.shift.iter().copied().cycle().take(height * width * wide).collect();
        for ((map, way), kernel) in features.inputs.iter().zip(&self.first) {
            let mut mapped = vec![0.0; map.rows * map.columns * wide];
            kernel.run(&map.values, map.channels, &mut mapped, None);
            match way {
                None => vectorized(AddMultiple { to: &mut sum, of: &mapped, factor: 1.0 }),
                Some(way) => way.add(&mapped, wide, &mut sum),
            }
        }
        self.normalize(0, &mut sum);
        // With the samples beyond the edges, which are zeros.
        let (reach, channels) = (NEIGHBORHOOD / 2, self.neighborhood.channels());
        let length = (width + 2 * reach) * channels;
        let mut mixed = vec![0.0; (height + 2 * reach) * length];
        for (row, sum) in sum.chunks_exact(width * wide).enumerate() {
            let to = &mut mixed[(row + reach) * length + reach * channels..][..width * channels];
            self.mixes[0].run(sum, wide, to, None);
        }
        let mut around = vec![0.0; height * width * channels];
        for (row, around) in around.chunks_exact_mut(width * channels).enumerate() {
            let seen: [&[f32]; NEIGHBORHOOD] = std::array::from_fn(|y| &mixed[(row + y) * length..][..length]);
            self.neighborhood.run(&seen, around);
        }
        self.normalize(1, &mut around);
        let mut narrow = vec![0.0; height * width * self.mixes[1].outputs()];
        self.mixes[1].run(&around, channels, &mut narrow, None);
        let length = self.mixes[1].outputs();
        let (scale, shift) = (vec![1.0; length], vec![0.0; length]);
        vectorized(ScaledSoftplus { samples: &mut narrow, scale: &scale, shift: &shift });
        let samples = narrow.chunks_exact(length);
        samples.map(|sample| sample.iter().zip(&self.last).map(|(value, weight)| value * weight).sum()).collect()
    }

    /// Standardises all channels of all samples together, scales each channel, and applies softplus.
    fn normalize(&self, norm: usize, samples: &mut [f32]) {
        let Norm { weight, bias } = &self.norms[norm];
        let count = samples.len() as f64;
        let [sum, squares] = vectorized(Moments(samples));
        let mean = sum / count;
        let factor = 1.0 / ((squares / count - mean * mean).max(0.0) + EPSILON).sqrt();
        let factors = weight.iter().map(|&weight| factor * f64::from(weight));
        #[expect(clippy::cast_possible_truncation, reason = "the readouts compute in 32 bits")]
        let (scale, shift): (Vec<f32>, Vec<f32>) =
            factors.zip(bias).map(|(factor, &bias)| (factor as f32, (f64::from(bias) - mean * factor) as f32)).unzip();
        vectorized(ScaledSoftplus { samples, scale: &scale, shift: &shift });
    }
}

/// What the readouts look at, and the ways from there to their grid.
#[derive(Debug)]
pub(super) struct Features<'a> {
    pub(super) picture: Size,
    grid: Size,
    /// The inputs in the order of [`inputs`], each with its way; none where it has the grid's samples.
    inputs: Vec<(Cow<'a, Map>, Option<Way>)>,
}

impl<'a> Features<'a> {
    /// Takes the inputs of a picture and of its half.
    ///
    /// What is finer than the grid comes to the grid here, once for all members: the first layer is linear, so its order
    /// with the way to the grid is free. What is coarser does so behind the first layer, on fewer samples.
    pub(super) fn new([full, half]: [&'a Look; 2]) -> Self {
        let picture = full.size;
        let grid = grid(picture);
        let inputs = seen([full, half]).zip(axes(picture)).map(|(map, axes)| match axes.map(Way::new) {
            Some(way) if map.rows * map.columns > grid.pixels() => {
                let Size { height: rows, width: columns } = grid;
                let mut values = vec![0.0; rows * columns * map.channels];
                way.add(&map.values, map.channels, &mut values);
                (Cow::Owned(Map { rows, columns, values, channels: map.channels }), None)
            }
            way => (Cow::Borrowed(map), way),
        });
        Self { picture, grid, inputs: inputs.collect() }
    }
}
