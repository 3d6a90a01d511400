//! Convolutions with one filter for each channel.

use pulp::{Simd, WithSimd, bytemuck};

use super::{
    padded,
    vectors::{Vectors, limit, multiply_add},
    with_zeros,
};

/// The filters of all channels.
#[derive(Debug)]
pub(in crate::gaze_lite) struct Depthwise {
    vectors: Vectors,
    side: usize,
    stride: usize,
    channels: usize,
    /// `[row][column][channel]`.
    filters: Vec<f32>,
    bias: Vec<f32>,
    limited: bool,
}

impl Depthwise {
    /// Prepares filters of `side` × `side`, where `weight(channel, place)` counts places row by row. There is a bias for
    /// each channel.
    pub(in crate::gaze_lite) fn new(
        vectors: Vectors,
        side: usize,
        stride: usize,
        weight: impl Fn(usize, usize) -> f32,
        bias: &[f32],
    ) -> Self {
        let channels = padded(bias.len());
        let mut filters = vec![0.0; side * side * channels];
        for (place, of_place) in filters.chunks_exact_mut(channels).enumerate() {
            (0..bias.len()).for_each(|channel| of_place[channel] = weight(channel, place));
        }
        Self { vectors, side, stride, channels, filters, bias: with_zeros(bias), limited: false }
    }

    /// The same with its results limited to the range from 0 to 6.
    pub(in crate::gaze_lite) fn limited(self) -> Self {
        Self { limited: true, ..self }
    }

    pub(in crate::gaze_lite) fn side(&self) -> usize {
        self.side
    }

    pub(in crate::gaze_lite) fn stride(&self) -> usize {
        self.stride
    }

    /// The numbers of each sample, before and after.
    pub(in crate::gaze_lite) fn channels(&self) -> usize {
        self.channels
    }

    /// Computes a row of samples of the rows that its filter sees, which begin with the samples beyond the left edge and
    /// end with those beyond the right one.
    pub(in crate::gaze_lite) fn run(&self, rows: &[&[f32]], output: &mut [f32]) {
        match (self.side, self.stride) {
            (3, 1) => self.sized::<3, 1>(rows, output),
            (3, 2) => self.sized::<3, 2>(rows, output),
            (5, 1) => self.sized::<5, 1>(rows, output),
            (5, 2) => self.sized::<5, 2>(rows, output),
            _ => unreachable!("the network has no other filters"),
        }
    }

    fn sized<const SIDE: usize, const STRIDE: usize>(&self, rows: &[&[f32]], output: &mut [f32]) {
        let rows = rows.try_into().expect("as many rows as the filter has");
        self.vectors.run(Row::<SIDE, STRIDE> { filters: self, rows, output });
    }
}

struct Row<'a, const SIDE: usize, const STRIDE: usize> {
    filters: &'a Depthwise,
    rows: &'a [&'a [f32]; SIDE],
    output: &'a mut [f32],
}

impl<const SIDE: usize, const STRIDE: usize> WithSimd for Row<'_, SIDE, STRIDE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        /// The samples that share each load of a weight.
        const MANY: usize = 4;
        let samples = self.output.len() / self.filters.channels;
        let mut next = 0;
        let mut this = self;
        while next + MANY <= samples {
            this.samples::<S, MANY>(simd, next);
            next += MANY;
        }
        while next < samples {
            this.samples::<S, 1>(simd, next);
            next += 1;
        }
    }
}

impl<const SIDE: usize, const STRIDE: usize> Row<'_, SIDE, STRIDE> {
    #[inline(always)]
    fn samples<S: Simd, const MANY: usize>(&mut self, simd: S, first: usize) {
        let Depthwise { channels, filters, bias, limited, .. } = self.filters;
        let vectors = channels / S::F32_LANES;
        let (filters, bias): (&[S::f32s], &[S::f32s]) = (bytemuck::cast_slice(filters), bytemuck::cast_slice(bias));
        let seen = (MANY - 1) * STRIDE + SIDE;
        let rows = self.rows.map(|row| -> &[S::f32s] {
            bytemuck::cast_slice(&row[first * STRIDE * channels..(first * STRIDE + seen) * channels])
        });
        let output: &mut [S::f32s] =
            bytemuck::cast_slice_mut(&mut self.output[first * channels..(first + MANY) * channels]);
        for vector in 0..vectors {
            let mut sums = [bias[vector]; MANY];
            for (y, row) in rows.iter().enumerate() {
                for x in 0..SIDE {
                    let weight = filters[(y * SIDE + x) * vectors + vector];
                    for (sample, sum) in sums.iter_mut().enumerate() {
                        *sum = multiply_add(simd, row[(sample * STRIDE + x) * vectors + vector], weight, *sum);
                    }
                }
            }
            for (sample, mut sum) in sums.into_iter().enumerate() {
                if *limited {
                    sum = limit(simd, sum);
                }
                output[sample * vectors + vector] = sum;
            }
        }
    }
}
