//! The size of what each operator makes. The rules are those of <https://onnx.ai/onnx/operators/>, of all versions in use.
//!
//! A rule may name a size that is too large, never one that is too small. It does not check an operator's arguments beyond
//! what it needs: the engine does.

use super::{
    graph::{Attribute, Node},
    numbers,
    sizes::{Known, unknown},
    windows,
};
use crate::exported::error::NetworkProblem;

/// What an operator takes.
pub(super) type Taken<'k> = [Option<&'k Known>];
/// What it makes: one value for each output, or more. The error is the reason why a size is not known.
pub(super) type Made = Result<Vec<Known>, &'static str>;

/// The reasons why a size is not known.
pub(super) const NOT_GIVEN: &str = "an input or attribute is missing";
pub(super) const NO_NUMBERS: &str = "it depends on numbers that are not known before the run";
pub(super) const NO_SENSE: &str = "the sizes of its inputs make no sense";

/// The sizes of an operator's outputs.
pub(super) fn outputs(node: &Node, taken: &Taken<'_>) -> Result<Vec<Known>, NetworkProblem> {
    let Some(made) = made(node, taken) else {
        return Err(NetworkProblem::Operator { operator: node.operator.clone() });
    };
    made.map_err(|reason| unknown(node, reason))
}

/// The sizes; `None` for an operator without a rule.
fn made(node: &Node, taken: &Taken<'_>) -> Option<Made> {
    Some(match node.operator.as_str() {
        "Relu"
        | "Sigmoid"
        | "HardSigmoid"
        | "HardSwish"
        | "LeakyRelu"
        | "Elu"
        | "Softplus"
        | "Softsign"
        | "Tanh"
        | "Gelu"
        | "Erf"
        | "Exp"
        | "Log"
        | "Sqrt"
        | "Reciprocal"
        | "Neg"
        | "Abs"
        | "Sign"
        | "Sin"
        | "Cos"
        | "Clip"
        | "Not"
        | "Softmax"
        | "LogSoftmax"
        | "BatchNormalization"
        | "InstanceNormalization"
        | "LayerNormalization"
        | "LpNormalization"
        | "CumSum"
        | "Trilu"
        | "Floor"
        | "Ceil"
        | "Round"
        | "Cast"
        | "Identity" => numbers::same(node, taken),
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" | "Min" | "Max" | "Sum" | "Mean" | "PRelu" | "Equal"
        | "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or" | "Xor" | "Where" => {
            numbers::broadcast(node, taken)
        }
        "Constant" => constant(node),
        "Shape" => numbers::shape(node, taken),
        "Size" => numbers::size(taken),
        "Concat" => numbers::concat(node, taken),
        "Gather" => numbers::gather(node, taken),
        "Slice" => numbers::slice(node, taken),
        "Reshape" => numbers::reshape(node, taken),
        "Squeeze" => numbers::squeeze(node, taken),
        "Unsqueeze" => numbers::unsqueeze(node, taken),
        "Range" => numbers::range(taken),
        "ConstantOfShape" => numbers::constant_of_shape(node, taken),
        "Conv" => windows::conv(node, taken),
        "ConvTranspose" => windows::conv_transpose(node, taken),
        "MaxPool" | "AveragePool" => windows::pool(node, taken),
        "GlobalAveragePool" => windows::global_pool(taken),
        "Resize" | "Upsample" => windows::resize(node, taken),
        "Pad" => windows::pad(node, taken),
        "GridSample" => windows::grid_sample(taken),
        "DepthToSpace" => windows::depth_to_space(node, taken),
        "MatMul" => matmul(taken),
        "Gemm" => gemm(node, taken),
        "Einsum" => einsum(node, taken),
        "Flatten" => flatten(node, taken),
        "Transpose" => numbers::transpose(node, taken),
        "Expand" => expand(taken),
        "Tile" => tile(taken),
        "Split" => split(node, taken),
        "ReduceL2" | "ReduceLogSum" | "ReduceLogSumExp" | "ReduceMax" | "ReduceMean" | "ReduceMin" | "ReduceProd"
        | "ReduceSum" | "ReduceSumSquare" | "ArgMax" | "ArgMin" => reduce(node, taken),
        _ => return None,
    })
}

/// The input at this place.
pub(super) fn input<'k>(taken: &Taken<'k>, place: usize) -> Result<&'k Known, &'static str> {
    taken.get(place).copied().flatten().ok_or(NOT_GIVEN)
}

/// One value of this shape.
pub(super) fn one(shape: Vec<u64>) -> Made {
    Ok(vec![Known::of_shape(shape)])
}

/// The numbers of an input, or else of an attribute; `None` if neither is there.
pub(super) fn list(node: &Node, taken: &Taken<'_>, place: usize, name: &str) -> Result<Option<Vec<f64>>, &'static str> {
    match taken.get(place).copied().flatten() {
        Some(known) => known.numbers.clone().map(Some).ok_or(NO_NUMBERS),
        None => Ok(node.numbers(name).map(<[f64]>::to_vec)),
    }
}

/// Turns a number into the length of an axis.
pub(super) fn length(number: f64) -> Result<u64, &'static str> {
    if !(0.0..=1e15).contains(&number) {
        return Err(NO_SENSE);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    Ok(number as u64)
}

/// Turns a number into an axis, counted from the end if it is negative.
pub(super) fn axis(number: f64, axes: usize) -> Result<usize, &'static str> {
    let number = if number < 0.0 { number + axes as f64 } else { number };
    match length(number) {
        Ok(axis) if axis < axes as u64 => usize::try_from(axis).map_err(|_| NO_SENSE),
        _ => Err(NO_SENSE),
    }
}

fn constant(node: &Node) -> Made {
    let known = match (node.attributes.get("value"), node.attributes.values().next()) {
        (Some(Attribute::Tensor(constant)), _) => constant.into(),
        (None, Some(Attribute::Number(number))) => {
            Known::with(vec![], vec![*number], node.attributes.contains_key("value_int"))
        }
        (None, Some(Attribute::Numbers(list))) => {
            Known::with(vec![list.len() as u64], list.clone(), node.attributes.contains_key("value_ints"))
        }
        _ => return Err(NOT_GIVEN),
    };
    Ok(vec![known])
}

/// Joins two shapes, aligned at their ends: of two different sides the longer one counts.
pub(super) fn joined(one: &[u64], other: &[u64]) -> Vec<u64> {
    let axes = one.len().max(other.len());
    let side = |shape: &[u64], axis: usize| (axis + shape.len()).checked_sub(axes).map_or(1, |axis| shape[axis]);
    (0..axes)
        .map(|axis| match (side(one, axis), side(other, axis)) {
            (0, _) | (_, 0) => 0,
            (one, other) => one.max(other),
        })
        .collect()
}

fn matmul(taken: &Taken<'_>) -> Made {
    let (left, right) = (&input(taken, 0)?.shape, &input(taken, 1)?.shape);
    let (false, Some(&right_last)) = (left.is_empty(), right.last()) else { return Err(NO_SENSE) };
    let batch = joined(&left[..left.len().saturating_sub(2)], &right[..right.len().saturating_sub(2)]);
    let rows = (left.len() > 1).then(|| left[left.len() - 2]);
    let columns = (right.len() > 1).then_some(right_last);
    one(batch.into_iter().chain(rows).chain(columns).collect())
}

fn gemm(node: &Node, taken: &Taken<'_>) -> Made {
    let side = |place: usize, transposed: &str, axis: usize| {
        let axis = if node.flag(transposed, false) { 1 - axis } else { axis };
        input(taken, place)?.shape.get(axis).copied().ok_or(NO_SENSE)
    };
    one(vec![side(0, "transA", 0)?, side(1, "transB", 1)?])
}

fn einsum(node: &Node, taken: &Taken<'_>) -> Made {
    let equation: String =
        node.text("equation").ok_or(NOT_GIVEN)?.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (terms, result) = equation.split_once("->").ok_or(NO_SENSE)?;
    let mut sides = std::collections::HashMap::new();
    for (place, term) in terms.split(',').enumerate() {
        let shape = &input(taken, place)?.shape;
        if term.len() != shape.len() || !term.bytes().all(|letter| letter.is_ascii_alphabetic()) {
            return Err(NO_SENSE);
        }
        for (letter, &side) in term.chars().zip(shape) {
            let longest = sides.entry(letter).or_insert(side);
            *longest = side.max(*longest);
        }
    }
    one(result.chars().map(|letter| sides.get(&letter).copied().ok_or(NO_SENSE)).collect::<Result<_, _>>()?)
}

fn flatten(node: &Node, taken: &Taken<'_>) -> Made {
    let shape = &input(taken, 0)?.shape;
    // The axis may be one behind the last.
    let split = match node.number("axis", 1.0) {
        number if number < 0.0 => axis(number, shape.len())?,
        number => axis(number, shape.len() + 1)?,
    };
    let product =
        |sides: &[u64]| sides.iter().try_fold(1_u64, |product, &side| product.checked_mul(side)).ok_or(NO_SENSE);
    one(vec![product(&shape[..split])?, product(&shape[split..])?])
}

fn expand(taken: &Taken<'_>) -> Made {
    let sides = input(taken, 1)?.numbers.as_ref().ok_or(NO_NUMBERS)?;
    let sides: Vec<u64> = sides.iter().map(|&side| length(side)).collect::<Result<_, _>>()?;
    one(joined(&input(taken, 0)?.shape, &sides))
}

fn tile(taken: &Taken<'_>) -> Made {
    let (shape, times) = (&input(taken, 0)?.shape, input(taken, 1)?.numbers.as_ref().ok_or(NO_NUMBERS)?);
    if shape.len() != times.len() {
        return Err(NO_SENSE);
    }
    let tiled = |(&side, &times): (&u64, &f64)| side.checked_mul(length(times)?).ok_or(NO_SENSE);
    one(shape.iter().zip(times).map(tiled).collect::<Result<_, _>>()?)
}

/// Every part counts as the longest that is asked for, or as an equal share.
fn split(node: &Node, taken: &Taken<'_>) -> Made {
    let shape = &input(taken, 0)?.shape;
    let axis = axis(node.number("axis", 0.0), shape.len())?;
    let parts = match list(node, taken, 1, "split")? {
        Some(parts) => parts.into_iter().map(length).collect::<Result<Vec<_>, _>>()?,
        None => vec![shape[axis].div_ceil(node.outputs.len().max(1) as u64); node.outputs.len()],
    };
    let part = |side: u64| {
        let mut shape = shape.clone();
        shape[axis] = side.min(shape[axis]);
        Known::of_shape(shape)
    };
    Ok(parts.into_iter().map(part).collect())
}

fn reduce(node: &Node, taken: &Taken<'_>) -> Made {
    let shape = &input(taken, 0)?.shape;
    let axes = match (node.attributes.get("axis"), list(node, taken, 1, "axes")) {
        (Some(Attribute::Number(axis)), _) => Some(vec![*axis]),
        (_, axes) => axes?,
    };
    let reduced: Vec<usize> = match axes.filter(|axes| !axes.is_empty()) {
        Some(axes) => axes.into_iter().map(|number| axis(number, shape.len())).collect::<Result<_, _>>()?,
        None if node.flag("noop_with_empty_axes", false) => Vec::new(),
        None if node.operator.starts_with("Arg") => vec![0],
        None => (0..shape.len()).collect(),
    };
    let kept = node.flag("keepdims", true);
    let side = |(axis, &side): (usize, &u64)| match reduced.contains(&axis) {
        true if kept => Some(1),
        true => None,
        false => Some(side),
    };
    one(shape.iter().enumerate().filter_map(side).collect())
}
