//! Convolutions of 1 × 1, which are products of matrices: nine tenths of the network's work.
//!
//! A block of pixels is multiplied with one or two vectors of outputs. Its sums stay in registers from the first input to
//! the last, so that each step loads two vectors of weights and one number of each pixel for twice as many
//! multiplications as the block has pixels.

use pulp::{Simd, WithSimd, bytemuck};

use super::{
    LANES, padded,
    vectors::{Vectors, limit, multiply_add},
    with_zeros,
};

/// The pixels that go through all outputs before the next ones do: the weights of a vector of outputs then serve all of
/// them from the first cache.
const GROUP: usize = 96;

/// A matrix of weights with a bias, prepared for one product after another.
#[derive(Debug)]
pub(in crate::gaze_lite) struct Pointwise {
    vectors: Vectors,
    inputs: usize,
    outputs: usize,
    /// The weights of [`LANES`] outputs after those of [`LANES`] others: `[panel][input][output]`.
    panels: Vec<f32>,
    bias: Vec<f32>,
    /// The sums are limited to the range from 0 to 6.
    limited: bool,
}

impl Pointwise {
    /// Prepares `weight(output, input)`. There is a bias for each output.
    pub(in crate::gaze_lite) fn new(
        vectors: Vectors,
        inputs: usize,
        weight: impl Fn(usize, usize) -> f32,
        bias: &[f32],
    ) -> Self {
        let outputs = padded(bias.len());
        let mut panels = vec![0.0; outputs * inputs];
        for output in 0..bias.len() {
            let panel = &mut panels[output / LANES * inputs * LANES..][..inputs * LANES];
            for (input, lanes) in panel.chunks_exact_mut(LANES).enumerate() {
                lanes[output % LANES] = weight(output, input);
            }
        }
        Self { vectors, inputs, outputs, panels, bias: with_zeros(bias), limited: false }
    }

    /// The same with its results limited to the range from 0 to 6.
    pub(in crate::gaze_lite) fn limited(self) -> Self {
        Self { limited: true, ..self }
    }

    /// The numbers that are written for each pixel.
    pub(in crate::gaze_lite) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Multiplies pixels. `input` has `stride` numbers for each pixel, of which the first ones count; `output` has
    /// [`outputs`](Self::outputs). `added` has as many as `output` and is added to the result.
    pub(in crate::gaze_lite) fn run(&self, input: &[f32], stride: usize, output: &mut [f32], added: Option<&[f32]>) {
        let pixels = output.len() / self.outputs;
        assert!(stride >= self.inputs && input.len() >= pixels * stride, "as many pixels come in as go out");
        assert!(added.is_none_or(|added| added.len() == output.len()), "as many are added as there are");
        self.vectors.run(Product { matrix: self, input, stride, output, added });
    }
}

struct Product<'a> {
    matrix: &'a Pointwise,
    input: &'a [f32],
    stride: usize,
    output: &'a mut [f32],
    added: Option<&'a [f32]>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    /// Picks the largest block whose sums fit the registers beside a pixel's number and two vectors of weights.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        // Engines of WebAssembly have half the registers that the standard promises.
        let registers = if cfg!(target_arch = "wasm32") { 8 } else { S::REGISTER_COUNT };
        match (S::F32_LANES, registers) {
            (16, _) => self.groups::<S, 12, 4, 1>(simd),
            (8, _) => self.groups::<S, 6, 2, 2>(simd),
            (4, 32..) => self.groups::<S, 12, 4, 4>(simd),
            (4, 16..) => self.groups::<S, 6, 2, 4>(simd),
            (4, _) => self.groups::<S, 4, 2, 4>(simd),
            (1, _) => self.groups::<S, 2, 1, 16>(simd),
            (lanes, _) => unreachable!("no machine has vectors of {lanes} numbers"),
        }
    }
}

impl Product<'_> {
    /// Computes all pixels in blocks of `MANY` or `FEW`. A panel is `PARTS` vectors wide.
    #[inline(always)]
    fn groups<S: Simd, const MANY: usize, const FEW: usize, const PARTS: usize>(&mut self, simd: S) {
        let pixels = self.output.len() / self.matrix.outputs;
        let vectors = self.matrix.outputs / S::F32_LANES;
        for first in (0..pixels).step_by(GROUP) {
            let end = pixels.min(first + GROUP);
            for vector in (0..vectors - vectors % 2).step_by(2) {
                self.pixels::<S, MANY, FEW, 2, PARTS>(simd, first..end, vector);
            }
            if vectors % 2 == 1 {
                self.pixels::<S, MANY, FEW, 1, PARTS>(simd, first..end, vectors - 1);
            }
        }
    }

    /// Divides pixels into blocks. The last block may begin before the one before it ends, and then computes some pixels
    /// again; single pixels remain where there are fewer than a small block has.
    #[inline(always)]
    fn pixels<S: Simd, const MANY: usize, const FEW: usize, const WIDE: usize, const PARTS: usize>(
        &mut self,
        simd: S,
        pixels: std::ops::Range<usize>,
        vector: usize,
    ) {
        let mut next = pixels.start;
        while next + MANY <= pixels.end {
            self.block::<S, MANY, WIDE, PARTS>(simd, next, vector);
            next += MANY;
        }
        while next < pixels.end && pixels.len() >= FEW {
            self.block::<S, FEW, WIDE, PARTS>(simd, next.min(pixels.end - FEW), vector);
            next += FEW;
        }
        while next < pixels.end {
            self.block::<S, 1, WIDE, PARTS>(simd, next, vector);
            next += 1;
        }
    }

    /// Computes `WIDE` vectors of outputs of `PIXELS` pixels.
    #[inline(always)]
    fn block<S: Simd, const PIXELS: usize, const WIDE: usize, const PARTS: usize>(
        &mut self,
        simd: S,
        pixel: usize,
        vector: usize,
    ) {
        let Self { matrix, input, stride, output, added } = self;
        let (inputs, lanes, first) = (matrix.inputs, S::F32_LANES, vector * S::F32_LANES);
        let rows: [&[f32]; PIXELS] = std::array::from_fn(|row| &input[(pixel + row) * *stride..][..inputs]);
        let panels: [&[[S::f32s; PARTS]]; WIDE] = std::array::from_fn(|wide| {
            let panel = (vector + wide) / PARTS * inputs * LANES;
            &bytemuck::cast_slice(&matrix.panels[panel..][..inputs * LANES]).as_chunks().0[..inputs]
        });
        let parts: [usize; WIDE] = std::array::from_fn(|wide| (vector + wide) % PARTS);
        let bias: &[S::f32s] = bytemuck::cast_slice(&matrix.bias[first..first + WIDE * lanes]);
        let mut sums: [[S::f32s; WIDE]; PIXELS] = [std::array::from_fn(|wide| bias[wide]); PIXELS];
        for place in 0..inputs {
            let weights: [S::f32s; WIDE] = std::array::from_fn(|wide| panels[wide][place][parts[wide]]);
            for (row, sums) in rows.iter().zip(&mut sums) {
                let value = simd.splat_f32s(row[place]);
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = multiply_add(simd, value, weight, *sum);
                }
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            let place = (pixel + row) * matrix.outputs + first..(pixel + row) * matrix.outputs + first + WIDE * lanes;
            let added: Option<&[S::f32s]> = added.map(|added| bytemuck::cast_slice(&added[place.clone()]));
            let output: &mut [S::f32s] = bytemuck::cast_slice_mut(&mut output[place]);
            for (wide, mut sum) in sums.into_iter().enumerate() {
                if matrix.limited {
                    sum = limit(simd, sum);
                }
                if let Some(added) = added {
                    sum = simd.add_f32s(sum, added[wide]);
                }
                output[wide] = sum;
            }
        }
    }
}
