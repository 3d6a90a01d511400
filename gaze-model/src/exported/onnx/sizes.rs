//! The sizes of all values of a graph, for an input of a given size, before anything is computed.
//!
//! An ONNX file of a few hundred bytes can ask for terabytes. So each operator has a rule here that tells the size of what it
//! makes from the sizes of what it takes; an operator without a rule is refused. Sizes often depend on numbers that the graph
//! computes from other sizes (`Shape`, `Gather`, `Concat`, `Resize`), so the rules follow few numbers, too. The sum of the
//! values that are needed at the same time is the memory of a run, but for what single operators need meanwhile.

use std::collections::HashMap;

use super::{
    graph::{Graph, Node},
    rules::{Taken, outputs},
    tensor::Constant,
};
use crate::exported::error::NetworkProblem;

/// The bytes of a number of the engine.
const NUMBER: u64 = 4;
/// The largest number of values in one tensor that is counted; a larger one is refused whatever else fits.
const MOST_VALUES: u64 = 1 << 40;
/// The largest number of numbers that are followed.
const FEW: u64 = 64;
/// The engine computes with whole numbers of 32 bits.
const WHOLE: f64 = i32::MAX as f64;

/// What is known about a value: its size, and perhaps its numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    pub(super) shape: Vec<u64>,
    /// The numbers in row-major order, if they are few and follow from sizes.
    pub(super) numbers: Option<Vec<f64>>,
    /// Whether the numbers are whole.
    pub(super) whole: bool,
}

impl Known {
    pub(super) fn of_shape(shape: Vec<u64>) -> Self {
        Self { shape, numbers: None, whole: false }
    }

    /// A value whose numbers are known. Numbers that the engine cannot hold count as unknown.
    pub(super) fn with(shape: Vec<u64>, numbers: Vec<f64>, whole: bool) -> Self {
        let fits = |number: &f64| number.is_finite() && (!whole || number.abs() <= WHOLE);
        let few = numbers.len() as u64 <= FEW && numbers.iter().all(fits);
        Self { shape, numbers: few.then_some(numbers), whole }
    }

    /// The number of values; `None` beyond [`MOST_VALUES`].
    pub(super) fn count(&self) -> Option<u64> {
        let count = self.shape.iter().try_fold(1_u64, |count, &side| count.checked_mul(side))?;
        (count <= MOST_VALUES).then_some(count)
    }
}

impl From<&Constant> for Known {
    /// The engine holds whole numbers in 32 bits: larger ones become the largest.
    fn from(constant: &Constant) -> Self {
        let held = |number: f64| if constant.whole { number.clamp(f64::from(i32::MIN), WHOLE) } else { number };
        let numbers = constant.numbers.as_ref().map(|numbers| numbers.iter().map(|&number| held(number)).collect());
        Self { shape: constant.shape.clone(), numbers, whole: constant.whole }
    }
}

impl Graph {
    /// Computes the memory in bytes that a run with inputs of these shapes takes, with the constants.
    pub(super) fn memory(&self, inputs: &[Vec<usize>]) -> Result<u64, NetworkProblem> {
        self.follow(inputs, |_, _, _| {})
    }

    /// The same, and passes on each operator with what it takes and makes.
    pub(super) fn follow(
        &self,
        inputs: &[Vec<usize>],
        mut visit: impl FnMut(&Node, &Taken<'_>, &[Known]),
    ) -> Result<u64, NetworkProblem> {
        let mut values: HashMap<&str, Known> =
            self.constants.iter().map(|(name, constant)| (name.as_str(), constant.into())).collect();
        for (port, shape) in self.inputs.iter().zip(inputs) {
            values.insert(&port.name, Known::of_shape(shape.iter().map(|&side| side as u64).collect()));
        }
        let last = self.last_uses();
        let bytes = |known: &Known| known.count().map_or(u64::MAX, |count| count * NUMBER);
        let mut held = values.values().fold(0_u64, |sum, known| sum.saturating_add(bytes(known)));
        let mut most = held;
        for (place, node) in self.nodes.iter().enumerate() {
            let takes = taken(node, &values)?;
            let made = outputs(node, &takes)?;
            visit(node, &takes, &made);
            for (name, known) in node.outputs.iter().zip(made) {
                if known.count().is_none() {
                    return Err(unknown(node, "it has more than 2^40 numbers"));
                }
                held = held.saturating_add(bytes(&known));
                values.insert(name, known);
            }
            most = most.max(held);
            for name in node.inputs.iter().chain(&node.outputs) {
                if last.get(name.as_str()).is_none_or(|&last| last <= place)
                    && !self.constants.contains_key(name)
                    && let Some(known) = values.remove(name.as_str())
                {
                    held -= bytes(&known);
                }
            }
        }
        Ok(most)
    }

    /// The place of the last operator that takes each value. Outputs are kept to the end.
    fn last_uses(&self) -> HashMap<&str, usize> {
        let uses = self.nodes.iter().enumerate();
        let mut last: HashMap<&str, usize> =
            uses.flat_map(|(place, node)| node.inputs.iter().map(move |name| (name.as_str(), place))).collect();
        last.extend(self.outputs.iter().map(|port| (port.name.as_str(), usize::MAX)));
        last
    }
}

/// The values that an operator takes; `None` stands for an input that is left out.
fn taken<'v>(node: &Node, values: &'v HashMap<&str, Known>) -> Result<Vec<Option<&'v Known>>, NetworkProblem> {
    let missing = || unknown(node, "it takes a value that no operator before it makes");
    node.inputs
        .iter()
        .map(|name| if name.is_empty() { Ok(None) } else { values.get(name.as_str()).map(Some).ok_or_else(missing) })
        .collect()
}

/// Tells that the size of an operator's output cannot be computed.
pub(super) fn unknown(node: &Node, reason: &'static str) -> NetworkProblem {
    let name = node.outputs.first().cloned().unwrap_or_default();
    NetworkProblem::UnknownSize { operator: node.operator.clone(), name, reason }
}
