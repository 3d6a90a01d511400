//! The sizes of what operators make that compute with few numbers, element by element or in another order: with the numbers
//! themselves, where they are known, because sizes of other values depend on them.

use ndarray::{ArrayD, Axis};

use super::{
    graph::{Attribute, Node},
    rules::{Made, NO_NUMBERS, NO_SENSE, NOT_GIVEN, Taken, axis, input, joined, length, list, one},
    sizes::Known,
};

/// The data types of `Cast` whose numbers are not whole: of 32, 16 and 64 bits, and bfloat16.
const NOT_WHOLE: [f64; 4] = [1.0, 10.0, 11.0, 16.0];

/// An operator that keeps the size of its first input.
pub(super) fn same(node: &Node, taken: &Taken<'_>) -> Made {
    let first = input(taken, 0)?;
    let map = |function: fn(f64) -> f64, whole: bool| {
        let numbers = first.numbers.as_ref().map(|numbers| numbers.iter().map(|&number| function(number)).collect());
        match numbers {
            Some(numbers) => Known::with(first.shape.clone(), numbers, whole),
            None => Known { numbers: None, whole, ..first.clone() },
        }
    };
    let same = match node.operator.as_str() {
        "Identity" => first.clone(),
        "Floor" => map(f64::floor, first.whole),
        "Ceil" => map(f64::ceil, first.whole),
        "Round" => map(f64::round_ties_even, first.whole),
        "Neg" => map(|number| -number, first.whole),
        "Sqrt" => map(f64::sqrt, first.whole),
        "Cast" if NOT_WHOLE.contains(&node.number("to", 0.0)) => map(|number| number, false),
        "Cast" => map(f64::trunc, true),
        _ => Known::of_shape(first.shape.clone()),
    };
    // Statistics and masks, which are not larger.
    let others = node.outputs.len().saturating_sub(1);
    let shape = Known::of_shape(first.shape.clone());
    Ok(std::iter::once(same).chain(std::iter::repeat_n(shape, others)).collect())
}

/// An operator that takes several values element by element.
pub(super) fn broadcast(node: &Node, taken: &Taken<'_>) -> Made {
    let inputs: Vec<&Known> = taken.iter().flatten().copied().collect();
    let shape =
        inputs.iter().map(|known| known.shape.clone()).reduce(|one, other| joined(&one, &other)).ok_or(NOT_GIVEN)?;
    let whole = inputs.iter().all(|known| known.whole);
    let operate: Option<fn(f64, f64, bool) -> f64> = match node.operator.as_str() {
        "Add" => Some(|one, other, _| one + other),
        "Sub" => Some(|one, other, _| one - other),
        "Mul" => Some(|one, other, _| one * other),
        "Div" => Some(|one, other, whole| if whole { (one / other).trunc() } else { one / other }),
        "Mod" => Some(|one, other, _| one.rem_euclid(other)),
        "Pow" => Some(|one, other, _| one.powf(other)),
        "Min" => Some(|one, other, _| one.min(other)),
        "Max" => Some(|one, other, _| one.max(other)),
        "Equal" => Some(|one, other, _| f64::from(one.total_cmp(&other).is_eq())),
        _ => None,
    };
    let numbers = match (operate, inputs.as_slice(), node.operator.as_str()) {
        (Some(operate), [one, other], _) => pairwise(one, other, |one, other| operate(one, other, whole)),
        (None, [condition, one, other], "Where") => choose(condition, one, other),
        _ => None,
    };
    Ok(vec![match numbers {
        Some(numbers) if shape.len() < 2 => Known::with(shape, numbers, whole),
        _ => Known { shape, numbers: None, whole },
    }])
}

/// The numbers of two lists of equal length, or of a list and a single number.
fn pairwise(one: &Known, other: &Known, operate: impl Fn(f64, f64) -> f64) -> Option<Vec<f64>> {
    let (one, other) = (one.numbers.as_ref()?, other.numbers.as_ref()?);
    let count = if one.len() == other.len() { one.len() } else { one.len().max(other.len()) };
    let at = |list: &[f64], place: usize| {
        if list.len() == count { list.get(place).copied() } else { (list.len() == 1).then(|| list[0]) }
    };
    (0..count).map(|place| Some(operate(at(one, place)?, at(other, place)?))).collect()
}

fn choose(condition: &Known, one: &Known, other: &Known) -> Option<Vec<f64>> {
    let chosen = pairwise(condition, one, |condition, one| if condition == 0.0 { f64::NAN } else { one })?;
    let others = pairwise(condition, other, |condition, other| if condition == 0.0 { other } else { f64::NAN })?;
    let count = chosen.len().max(others.len());
    let at = |list: &[f64], place: usize| list.get(if list.len() == 1 { 0 } else { place }).copied();
    (0..count)
        .map(|place| {
            let (one, other) = (at(&chosen, place)?, at(&others, place)?);
            Some(if one.is_nan() { other } else { one })
        })
        .collect()
}

pub(super) fn shape(node: &Node, taken: &Taken<'_>) -> Made {
    let shape = &input(taken, 0)?.shape;
    let axes = shape.len() as f64;
    let place = |name, default| {
        let number: f64 = node.number(name, default);
        length(if number < 0.0 { (number + axes).max(0.0) } else { number.min(axes) })
    };
    let (start, end) = (place("start", 0.0)?, place("end", axes)?);
    let sides: Vec<f64> =
        (0..).zip(shape).filter(|(axis, _)| (start..end).contains(axis)).map(|(_, &side)| side as f64).collect();
    Ok(vec![Known::with(vec![sides.len() as u64], sides, true)])
}

pub(super) fn size(taken: &Taken<'_>) -> Made {
    let count = input(taken, 0)?.count().ok_or(NO_SENSE)?;
    Ok(vec![Known::with(vec![], vec![count as f64], true)])
}

pub(super) fn concat(node: &Node, taken: &Taken<'_>) -> Made {
    let parts: Vec<&Known> = taken.iter().flatten().copied().collect();
    let first = *parts.first().ok_or(NOT_GIVEN)?;
    let axis = axis(node.number("axis", 0.0), first.shape.len())?;
    let mut shape = first.shape.clone();
    for part in &parts[1..] {
        if part.shape.len() != shape.len() {
            return Err(NO_SENSE);
        }
        for (place, (side, &other)) in shape.iter_mut().zip(&part.shape).enumerate() {
            *side = if place == axis { side.checked_add(other).ok_or(NO_SENSE)? } else { (*side).max(other) };
        }
    }
    let whole = parts.iter().all(|part| part.whole);
    let numbers: Option<Vec<&Vec<f64>>> = parts.iter().map(|part| part.numbers.as_ref()).collect();
    Ok(vec![match numbers.filter(|_| shape.len() == 1) {
        Some(numbers) => Known::with(shape, numbers.into_iter().flatten().copied().collect(), whole),
        None => Known { shape, numbers: None, whole },
    }])
}

pub(super) fn gather(node: &Node, taken: &Taken<'_>) -> Made {
    let (data, places) = (input(taken, 0)?, input(taken, 1)?);
    let axis = axis(node.number("axis", 0.0), data.shape.len())?;
    let mut shape = data.shape.clone();
    shape.splice(axis..=axis, places.shape.iter().copied());
    let taken = match (&data.numbers, &places.numbers) {
        (Some(numbers), Some(places)) if data.shape.len() == 1 => {
            let number = |&place: &f64| self::axis(place, numbers.len()).map(|place| numbers[place]);
            Some(places.iter().map(number).collect::<Result<Vec<_>, _>>()?)
        }
        _ => None,
    };
    Ok(vec![match taken {
        Some(numbers) => Known::with(shape, numbers, data.whole),
        None => Known { shape, numbers: None, whole: data.whole },
    }])
}

/// The numbers of a value with all its axes, if they are known.
fn array(known: &Known) -> Option<ArrayD<f64>> {
    let shape = known.shape.iter().map(|&side| usize::try_from(side)).collect::<Result<Vec<_>, _>>().ok()?;
    ArrayD::from_shape_vec(shape, known.numbers.clone()?).ok()
}

/// A value of this shape, with the numbers of an array.
fn of_array(shape: Vec<u64>, numbers: Option<ArrayD<f64>>, whole: bool) -> Known {
    match numbers {
        Some(numbers) => Known::with(shape, numbers.iter().copied().collect(), whole),
        None => Known { shape, numbers: None, whole },
    }
}

/// A part of a value. Where its bounds are not known, the whole of it counts.
pub(super) fn slice(node: &Node, taken: &Taken<'_>) -> Made {
    let data = input(taken, 0)?;
    let all = || Ok(vec![Known { numbers: None, ..data.clone() }]);
    let (Ok(Some(starts)), Ok(Some(ends))) = (list(node, taken, 1, "starts"), list(node, taken, 2, "ends")) else {
        return all();
    };
    let (Ok(axes), Ok(steps)) = (list(node, taken, 3, "axes"), list(node, taken, 4, "steps")) else { return all() };
    let (mut shape, mut numbers) = (data.shape.clone(), array(data));
    for (place, (&start, &end)) in starts.iter().zip(&ends).enumerate() {
        let number = axes.as_ref().map_or(Some(place as f64), |axes| axes.get(place).copied()).ok_or(NO_SENSE)?;
        let axis = axis(number, data.shape.len())?;
        let step = steps.as_ref().map_or(Some(1.0), |steps| steps.get(place).copied()).ok_or(NO_SENSE)?;
        let side = data.shape[axis] as f64;
        let bound = |place: f64| if place < 0.0 { place + side } else { place };
        let (lowest, highest) = if step > 0.0 { (0.0, side) } else { (-1.0, side - 1.0) };
        if step.is_nan() || step.abs() < 1.0 {
            return Err(NO_SENSE);
        }
        let (start, end) = (bound(start).clamp(lowest, highest), bound(end).clamp(lowest, highest));
        shape[axis] = length(((end - start) / step).ceil().max(0.0))?;
        if let Some(known) = numbers {
            let chosen =
                (0..shape[axis]).map(|index| self::axis(start + index as f64 * step, known.len_of(Axis(axis))));
            numbers = Some(known.select(Axis(axis), &chosen.collect::<Result<Vec<_>, _>>()?));
        }
    }
    Ok(vec![of_array(shape, numbers, data.whole)])
}

pub(super) fn transpose(node: &Node, taken: &Taken<'_>) -> Made {
    let data = input(taken, 0)?;
    let axes = data.shape.len();
    let order: Vec<usize> = match node.numbers("perm") {
        None => (0..axes).rev().collect(),
        Some(order) => order.iter().map(|&number| axis(number, axes)).collect::<Result<_, _>>()?,
    };
    let mut each = order.clone();
    each.sort_unstable();
    if each != (0..axes).collect::<Vec<_>>() {
        return Err(NO_SENSE);
    }
    let shape = order.iter().map(|&axis| data.shape[axis]).collect();
    Ok(vec![of_array(shape, array(data).map(|numbers| numbers.permuted_axes(order)), data.whole)])
}

pub(super) fn reshape(node: &Node, taken: &Taken<'_>) -> Made {
    let data = input(taken, 0)?;
    let asked = list(node, taken, 1, "shape")?.ok_or(NOT_GIVEN)?;
    let count = data.count().ok_or(NO_SENSE)?;
    let keeps_zero = node.flag("allowzero", false);
    let mut shape = Vec::new();
    let mut open = None;
    for (place, &side) in asked.iter().enumerate() {
        shape.push(match side {
            -1.0 if open.is_none() => {
                open = Some(place);
                1
            }
            0.0 if !keeps_zero => *data.shape.get(place).ok_or(NO_SENSE)?,
            side => length(side)?,
        });
    }
    let product = shape.iter().try_fold(1_u64, |product, &side| product.checked_mul(side)).ok_or(NO_SENSE)?;
    match open {
        Some(place) => shape[place] = count.checked_div(product).unwrap_or(0),
        None if product != count => return Err(NO_SENSE),
        None => {}
    }
    Ok(vec![Known { shape, ..data.clone() }])
}

pub(super) fn squeeze(node: &Node, taken: &Taken<'_>) -> Made {
    let data = input(taken, 0)?;
    let axes = list(node, taken, 1, "axes")?;
    let axes: Option<Vec<usize>> = axes
        .map(|axes| axes.iter().map(|&number| axis(number, data.shape.len())).collect::<Result<_, _>>())
        .transpose()?;
    let goes = |axis: usize, side: u64| axes.as_ref().map_or(side == 1, |axes| axes.contains(&axis));
    let shape =
        data.shape.iter().enumerate().filter(|&(axis, &side)| !goes(axis, side)).map(|(_, &side)| side).collect();
    Ok(vec![Known { shape, ..data.clone() }])
}

pub(super) fn unsqueeze(node: &Node, taken: &Taken<'_>) -> Made {
    let data = input(taken, 0)?;
    let axes = list(node, taken, 1, "axes")?.ok_or(NOT_GIVEN)?;
    let total = data.shape.len() + axes.len();
    let mut places = axes.iter().map(|&number| axis(number, total)).collect::<Result<Vec<_>, _>>()?;
    places.sort_unstable();
    let mut shape = data.shape.clone();
    for place in places {
        if place > shape.len() {
            return Err(NO_SENSE);
        }
        shape.insert(place, 1);
    }
    Ok(vec![Known { shape, ..data.clone() }])
}

pub(super) fn range(taken: &Taken<'_>) -> Made {
    let number =
        |place| input(taken, place)?.numbers.as_ref().and_then(|numbers| numbers.first().copied()).ok_or(NO_NUMBERS);
    let (start, limit, step) = (number(0)?, number(1)?, number(2)?);
    let count = length(((limit - start) / step).ceil().max(0.0))?;
    let whole = input(taken, 0)?.whole;
    Ok(vec![if count <= 64 {
        Known::with(vec![count], (0..count).map(|index| start + index as f64 * step).collect(), whole)
    } else {
        Known { shape: vec![count], numbers: None, whole }
    }])
}

pub(super) fn constant_of_shape(node: &Node, taken: &Taken<'_>) -> Made {
    let sides = input(taken, 0)?.numbers.as_ref().ok_or(NO_NUMBERS)?;
    let shape: Vec<u64> = sides.iter().map(|&side| length(side)).collect::<Result<_, _>>()?;
    let known = Known::of_shape(shape);
    let Some(count @ 0..=64) = known.count() else { return one(known.shape) };
    let (value, whole) = match node.attributes.get("value") {
        Some(Attribute::Tensor(constant)) => {
            (constant.numbers.as_ref().and_then(|numbers| numbers.first().copied()), constant.whole)
        }
        _ => (Some(0.0), false),
    };
    Ok(vec![match (value, usize::try_from(count)) {
        (Some(value), Ok(count)) => Known::with(known.shape, vec![value; count], whole),
        _ => known,
    }])
}
