//! Whether the sizes of what an operator takes fit together.
//!
//! The rules (`rules.rs`) bound what a run takes and let the engine judge the rest: of two sides that should be equal the longer
//! one counts. Where the engine refuses a picture, this file tells whether the picture's size is the reason, and which sizes do.

use super::{
    graph::{Graph, Node},
    rules::{Taken, axis},
    sizes::Known,
};

impl Graph {
    /// Tells whether the sizes of all values fit together, for inputs of these shapes.
    pub(super) fn fits(&self, inputs: &[Vec<usize>]) -> bool {
        let mut all = true;
        self.follow(inputs, |node, taken, made| all &= fit(node, taken, made)).is_ok() && all
    }
}

/// Tells whether what an operator takes fits together. Operators that take one value of the picture's size take any.
fn fit(node: &Node, taken: &Taken<'_>, made: &[Known]) -> bool {
    let shapes: Vec<&[u64]> = taken.iter().flatten().map(|known| known.shape.as_slice()).collect();
    let (Some(&first), Some(result)) = (shapes.first(), made.first().map(|known| known.shape.as_slice())) else {
        return true;
    };
    match node.operator.as_str() {
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" | "Min" | "Max" | "Sum" | "Mean" | "PRelu" | "Equal"
        | "Greater" | "Less" | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or" | "Xor" | "Where" => {
            // Aligned at their ends, each side is that of the result, or 1 and is repeated.
            let repeats = |(&side, &whole): (&u64, &u64)| side == whole || side == 1;
            shapes.iter().all(|shape| shape.iter().rev().zip(result.iter().rev()).all(repeats))
        }
        "Concat" => {
            let Ok(joined) = axis(node.number("axis", 0.0), first.len()) else { return false };
            let equal = |(place, pair): (usize, (&u64, &u64))| place == joined || pair.0 == pair.1;
            shapes.iter().all(|shape| shape.iter().zip(result).enumerate().all(equal))
        }
        "MatMul" => match shapes.as_slice() {
            [left, right, ..] if right.len() > 1 => left.last() == right.get(right.len() - 2),
            [left, right, ..] => left.last() == right.last(),
            _ => true,
        },
        _ => true,
    }
}
