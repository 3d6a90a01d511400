//! The sizes of what operators make that look at windows of a picture, or resize it.

use super::{
    graph::Node,
    rules::{Made, NO_NUMBERS, NO_SENSE, NOT_GIVEN, Taken, axis, input, length, list, one},
};

/// The windows of an operator along the axes of a picture.
struct Windows {
    kernel: Vec<f64>,
    strides: Vec<f64>,
    dilations: Vec<f64>,
    /// The pixels that are added before and behind, of both together.
    padding: Vec<f64>,
}

impl Windows {
    fn of(node: &Node, kernel: Vec<f64>) -> Result<Self, &'static str> {
        let axes = kernel.len();
        let list = |name, default, length| {
            let numbers = node.numbers(name).map_or_else(|| vec![default; length], <[f64]>::to_vec);
            if numbers.len() == length { Ok(numbers) } else { Err(NO_SENSE) }
        };
        let pads = list("pads", 0.0, 2 * axes)?;
        let padding = (0..axes).map(|axis| pads[axis] + pads[axis + axes]).collect();
        let strides: Vec<f64> = list("strides", 1.0, axes)?;
        if strides.iter().any(|&stride| stride < 1.0) {
            return Err(NO_SENSE);
        }
        Ok(Self { kernel, strides, dilations: list("dilations", 1.0, axes)?, padding })
    }

    /// The pixels that a window reaches over.
    fn reach(&self, axis: usize) -> f64 {
        (self.kernel[axis] - 1.0) * self.dilations[axis] + 1.0
    }

    /// The number of windows along an axis of so many pixels.
    fn count(&self, node: &Node, axis: usize, side: u64) -> Result<u64, &'static str> {
        let (side, stride) = (side as f64, self.strides[axis]);
        match node.text("auto_pad") {
            Some("SAME_UPPER" | "SAME_LOWER") => length((side / stride).ceil()),
            mode => {
                let padding = if mode == Some("VALID") { 0.0 } else { self.padding[axis] };
                let steps = (side + padding - self.reach(axis)) / stride;
                let steps = if node.flag("ceil_mode", false) { steps.ceil() } else { steps.floor() };
                length((steps + 1.0).max(0.0))
            }
        }
    }

    /// The number of windows along all axes behind batch and channels.
    fn counts(&self, node: &Node, shape: &[u64]) -> Result<Vec<u64>, &'static str> {
        let sides = shape.get(2..).filter(|sides| sides.len() == self.kernel.len()).ok_or(NO_SENSE)?;
        sides.iter().enumerate().map(|(axis, &side)| self.count(node, axis, side)).collect()
    }
}

fn as_numbers(sides: &[u64]) -> Vec<f64> {
    sides.iter().map(|&side| side as f64).collect()
}

pub(super) fn conv(node: &Node, taken: &Taken<'_>) -> Made {
    let (data, [outputs, _, kernel @ ..]) = (&input(taken, 0)?.shape, input(taken, 1)?.shape.as_slice()) else {
        return Err(NO_SENSE);
    };
    let counts = Windows::of(node, as_numbers(kernel))?.counts(node, data)?;
    one([*data.first().ok_or(NO_SENSE)?, *outputs].into_iter().chain(counts).collect())
}

pub(super) fn conv_transpose(node: &Node, taken: &Taken<'_>) -> Made {
    let ([batch, _, sides @ ..], [_, outputs, kernel @ ..]) =
        (input(taken, 0)?.shape.as_slice(), input(taken, 1)?.shape.as_slice())
    else {
        return Err(NO_SENSE);
    };
    let windows = Windows::of(node, as_numbers(kernel))?;
    if sides.len() != kernel.len() {
        return Err(NO_SENSE);
    }
    let groups = length(node.number("group", 1.0))?;
    let mut shape = vec![*batch, outputs.checked_mul(groups).ok_or(NO_SENSE)?];
    for (axis, &side) in sides.iter().enumerate() {
        let at = |name| node.numbers(name).and_then(|numbers: &[f64]| numbers.get(axis).copied());
        let side = match at("output_shape") {
            Some(side) => side,
            None if node.text("auto_pad").is_some_and(|mode| mode.starts_with("SAME")) => {
                side as f64 * windows.strides[axis]
            }
            None => {
                let added = at("output_padding").unwrap_or(0.0) + windows.reach(axis) - windows.padding[axis].max(0.0);
                (side as f64 - 1.0) * windows.strides[axis] + added
            }
        };
        shape.push(length(side.max(0.0))?);
    }
    one(shape)
}

pub(super) fn pool(node: &Node, taken: &Taken<'_>) -> Made {
    let data = &input(taken, 0)?.shape;
    let kernel = node.numbers("kernel_shape").ok_or(NOT_GIVEN)?.to_vec();
    let counts = Windows::of(node, kernel)?.counts(node, data)?;
    let shape: Vec<u64> = data[..2].iter().copied().chain(counts).collect();
    // The second output has the places of the largest values.
    Ok([one(shape.clone())?, one(shape)?].concat())
}

pub(super) fn global_pool(taken: &Taken<'_>) -> Made {
    let data = &input(taken, 0)?.shape;
    one(data.iter().enumerate().map(|(axis, &side)| if axis < 2 { side } else { 1 }).collect())
}

/// `Resize` and the older `Upsample`: sizes go before factors.
pub(super) fn resize(node: &Node, taken: &Taken<'_>) -> Made {
    let shape = &input(taken, 0)?.shape;
    let factors_at = if node.operator == "Upsample" || taken.len() == 2 { 1 } else { 2 };
    let axes: Vec<usize> = match node.numbers("axes") {
        Some(axes) => axes.iter().map(|&number| axis(number, shape.len())).collect::<Result<_, _>>()?,
        None => (0..shape.len()).collect(),
    };
    let sizes = if node.operator == "Resize" { list(node, taken, 3, "sizes")? } else { None };
    let factors = match sizes {
        Some(_) => None,
        None => list(node, taken, factors_at, "scales")?,
    };
    let numbers = sizes.as_ref().or(factors.as_ref()).ok_or(NOT_GIVEN)?;
    if numbers.len() != axes.len() {
        return Err(NO_NUMBERS);
    }
    let mut resized = shape.clone();
    for (&axis, &number) in axes.iter().zip(numbers) {
        let side = shape[axis] as f64;
        // A factor is rounded to 32 bits, and may so give one pixel more.
        resized[axis] = length(if sizes.is_some() { number } else { (side * number + 1e-4 * side.sqrt()).floor() })?;
    }
    // A policy that keeps the shape gives at most the sizes that are asked for, or at least: then the longest counts.
    if sizes.is_some() && node.text("keep_aspect_ratio_policy") == Some("not_smaller") {
        return Err(NO_SENSE);
    }
    one(resized)
}

pub(super) fn pad(node: &Node, taken: &Taken<'_>) -> Made {
    let shape = &input(taken, 0)?.shape;
    let pads =
        list(node, taken, 1, "pads")?.or_else(|| node.numbers("paddings").map(<[f64]>::to_vec)).ok_or(NOT_GIVEN)?;
    let axes: Vec<usize> = match list(node, taken, 3, "axes")? {
        Some(axes) => axes.into_iter().map(|number| axis(number, shape.len())).collect::<Result<_, _>>()?,
        None => (0..shape.len()).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(NO_SENSE);
    }
    let mut padded = shape.clone();
    for (place, &axis) in axes.iter().enumerate() {
        padded[axis] = length((shape[axis] as f64 + pads[place] + pads[place + axes.len()]).max(0.0))?;
    }
    one(padded)
}

pub(super) fn grid_sample(taken: &Taken<'_>) -> Made {
    match (input(taken, 0)?.shape.as_slice(), input(taken, 1)?.shape.as_slice()) {
        ([batch, channels, ..], [_, sides @ .., _]) => one([*batch, *channels].iter().chain(sides).copied().collect()),
        _ => Err(NO_SENSE),
    }
}

pub(super) fn depth_to_space(node: &Node, taken: &Taken<'_>) -> Made {
    let [batch, channels, height, width] = input(taken, 0)?.shape[..] else { return Err(NO_SENSE) };
    let block = length(node.number("blocksize", 0.0))?;
    let square = block.checked_mul(block).filter(|&square| square > 0).ok_or(NO_SENSE)?;
    let times = |side: u64| side.checked_mul(block).ok_or(NO_SENSE);
    one(vec![batch, channels / square, times(height)?, times(width)?])
}
