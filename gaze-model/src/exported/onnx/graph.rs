//! The graph of an ONNX file: inputs, outputs, operators and constants, read and checked before the engine sees the file.
//!
//! The numbers of the fields are those of `onnx.proto3`, <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3>.

use std::collections::HashMap;

use super::{
    protobuf::{Message, Value},
    tensor::{Constant, External, tensor},
};
use crate::exported::{contract::Port, error::NetworkProblem, sidecar::Kind};

/// The data type of whole numbers of 8 bits without a sign.
const UINT8: i64 = 2;

/// The largest number of operators, constants and descriptions of values. The largest networks for pictures have thousands.
const MOST: usize = 1 << 16;
/// The largest number of inputs, outputs, attributes and numbers in a list of an operator.
const MOST_OF_A_NODE: usize = 1 << 12;

/// An ONNX file's graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
    pub(super) nodes: Vec<Node>,
    pub(super) constants: HashMap<String, Constant>,
    /// The parts of other files that hold numbers of this one.
    pub(super) external: Vec<External>,
}

/// An operator with the names of the values that it takes and gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) operator: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) attributes: HashMap<String, Attribute>,
}

/// An attribute of an operator. Kinds that no rule about sizes needs are left out.
#[derive(Clone, Debug)]
pub(super) enum Attribute {
    Number(f64),
    Numbers(Vec<f64>),
    Text(String),
    Tensor(Constant),
}

impl Graph {
    /// Reads the file's graph.
    pub(super) fn read(file: &[u8]) -> Result<Self, NetworkProblem> {
        let mut model = Message::of_file(file);
        let (mut graph, mut remarks) = (None, 0);
        while let Some((number, value)) = model.next()? {
            match number {
                8 | 14 => {
                    remarks += 1;
                    model.bounded(remarks, MOST)?;
                }
                7 if graph.is_some() => return Err(model.damaged("there are two graphs")),
                7 => graph = Some(Self::of(value.message(&model)?)?),
                // Functions of the file's own.
                25 => {
                    return Err(NetworkProblem::Operator {
                        operator: "of a function that the file defines".to_owned(),
                    });
                }
                _ => {}
            }
        }
        let graph = graph.ok_or_else(|| model.damaged("there is no graph"))?;
        if graph.inputs.is_empty() || graph.outputs.is_empty() {
            return Err(model.damaged("the graph has no input or no output"));
        }
        Ok(graph)
    }

    fn of(mut message: Message<'_>) -> Result<Self, NetworkProblem> {
        let (mut graph, mut values) = (Self::default(), 0);
        while let Some((number, value)) = message.next()? {
            message.bounded(
                graph.nodes.len().max(graph.constants.len()).max(values + graph.inputs.len() + graph.outputs.len()),
                MOST,
            )?;
            match number {
                1 => {
                    let node = Node::of(value.message(&message)?, &mut graph.external)?;
                    graph.nodes.push(node);
                }
                5 => {
                    let (name, constant) = tensor(value.message(&message)?, &mut graph.external)?;
                    graph.constants.insert(name, constant);
                }
                11 => graph.inputs.push(port(value.message(&message)?)?),
                12 => graph.outputs.push(port(value.message(&message)?)?),
                13 => values += 1,
                15 => return Err(NetworkProblem::Operator { operator: "of sparse tensors".to_owned() }),
                _ => {}
            }
        }
        // Old files list their constants among the inputs.
        graph.inputs.retain(|port| !graph.constants.contains_key(&port.name));
        Ok(graph)
    }

    /// The kind of the only output, if the operator that makes it tells it.
    pub(super) fn kind(&self) -> Option<Kind> {
        let [output] = self.outputs.as_slice() else { return None };
        let mut name = output.name.as_str();
        // Operators that leave the numbers as they are, of which a graph has a few at its end.
        for _ in 0..16 {
            let last = self.nodes.iter().find(|node| node.outputs.iter().any(|made| made == name))?;
            match last.operator.as_str() {
                "Sigmoid" | "HardSigmoid" | "Relu" => return Some(Kind::Scores),
                "Identity" | "Squeeze" | "Unsqueeze" | "Reshape" | "Flatten" => name = last.inputs.first()?,
                _ => return None,
            }
        }
        None
    }
}

impl Node {
    fn of(mut message: Message<'_>, external: &mut Vec<External>) -> Result<Self, NetworkProblem> {
        let (mut node, mut domain) = (Self::default(), "");
        while let Some((number, value)) = message.next()? {
            let longest = node.inputs.len().max(node.outputs.len()).max(node.attributes.len());
            message.bounded(longest, MOST_OF_A_NODE)?;
            match number {
                1 => node.inputs.push(value.message(&message)?.text()?.to_owned()),
                2 => node.outputs.push(value.message(&message)?.text()?.to_owned()),
                4 => value.message(&message)?.text()?.clone_into(&mut node.operator),
                5 => {
                    if let Some((name, attribute)) = attribute(value.message(&message)?, external)? {
                        node.attributes.insert(name, attribute);
                    }
                }
                7 => domain = value.message(&message)?.text()?,
                _ => {}
            }
        }
        if !matches!(domain, "" | "ai.onnx") {
            return Err(NetworkProblem::Operator { operator: format!("{domain}.{}", node.operator) });
        }
        Ok(node)
    }

    /// A whole number among the attributes, or `default`.
    pub(super) fn number(&self, name: &str, default: f64) -> f64 {
        if let Some(&Attribute::Number(number)) = self.attributes.get(name) { number } else { default }
    }

    /// Tells whether an attribute that is 0 or 1 is 1.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.number(name, f64::from(default)).abs() > 0.5
    }

    /// The list of numbers of this name.
    pub(super) fn numbers(&self, name: &str) -> Option<&[f64]> {
        if let Some(Attribute::Numbers(numbers)) = self.attributes.get(name) { Some(numbers) } else { None }
    }

    /// The text of this name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Attribute::Text(text)) = self.attributes.get(name) { Some(text) } else { None }
    }
}

/// Reads an attribute. Graphs inside operators are refused: they are what makes a network run without end.
fn attribute(
    mut message: Message<'_>,
    external: &mut Vec<External>,
) -> Result<Option<(String, Attribute)>, NetworkProblem> {
    let (mut name, mut found, mut numbers) = ("", None, Vec::new());
    let mut is_list = false;
    while let Some((number, value)) = message.next()? {
        match number {
            1 => name = value.message(&message)?.text()?,
            2 => value.each_float(&message, |number| found = Some(Attribute::Number(number.into())))?,
            3 => found = Some(Attribute::Number(value.number(&message)? as f64)),
            4 => found = value.message(&message)?.text().ok().map(|text| Attribute::Text(text.to_owned())),
            5 => found = Some(Attribute::Tensor(tensor(value.message(&message)?, external)?.1)),
            7 => value.each_float(&message, |number| numbers.push(number.into()))?,
            8 => value.each_number(&message, |number| numbers.push(number as f64))?,
            6 | 10 | 11 => {
                return Err(NetworkProblem::Operator { operator: "with graphs or lists of tensors inside".to_owned() });
            }
            20 => is_list = matches!(value, Value::Whole(6 | 7)),
            _ => {}
        }
        message.bounded(numbers.len(), MOST_OF_A_NODE)?;
    }
    if is_list || !numbers.is_empty() {
        found = Some(Attribute::Numbers(numbers));
    }
    Ok(found.map(|attribute| (name.to_owned(), attribute)))
}

/// Reads a value that is an input or output: its name, and the type of a tensor.
fn port(mut message: Message<'_>) -> Result<Port, NetworkProblem> {
    let mut port = Port::default();
    while let Some((number, value)) = message.next()? {
        match number {
            1 => value.message(&message)?.text()?.clone_into(&mut port.name),
            2 => {
                let mut kind = value.message(&message)?;
                while let Some((number, value)) = kind.next()? {
                    if number == 1 {
                        tensor_type(value.message(&kind)?, &mut port)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(port)
}

fn tensor_type(mut message: Message<'_>, port: &mut Port) -> Result<(), NetworkProblem> {
    while let Some((number, value)) = message.next()? {
        match number {
            1 => port.bytes = value.number(&message)? == UINT8,
            2 => {
                let (mut shape, mut sides) = (value.message(&message)?, Vec::new());
                while let Some((number, value)) = shape.next()? {
                    if number == 1 {
                        sides.push(side(value.message(&shape)?)?);
                    }
                }
                port.shape = Some(sides);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads the length of an axis; `None` if it may have any.
fn side(mut message: Message<'_>) -> Result<Option<usize>, NetworkProblem> {
    let mut side = None;
    while let Some((number, value)) = message.next()? {
        if number == 1 {
            // Some exporters write 0 or -1 for an axis of any length.
            side = usize::try_from(value.number(&message)?).ok().filter(|&side| side > 0);
        }
    }
    Ok(side)
}
