//! An ONNX file without what it claims about the shapes of values.
//!
//! The engine believes such claims, and computes other sizes from them: a graph that calls two axes by one name, or says that
//! a value between two operators is large, would get other sizes than it has. So the engine is given the graph without them.

use super::protobuf::{Message, Value};
use crate::exported::error::NetworkProblem;

/// The fields of a graph: inputs, outputs, and values between operators.
const INPUT: u64 = 11;
const OUTPUT: u64 = 12;
const VALUE: u64 = 13;

/// Copies a file whose graph was read, with the names and types of inputs and outputs and without all shapes.
pub(super) fn without_claims(file: &[u8]) -> Result<Vec<u8>, NetworkProblem> {
    rewritten(Message::of_file(file), |number, value, around, out| {
        if number != 7 {
            return Ok(false);
        }
        let graph = rewritten(value.message(around)?, |number, value, around, out| {
            match number {
                INPUT | OUTPUT => field(number, &named(value.message(around)?)?, out),
                VALUE => {}
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        field(7, &graph, out);
        Ok(true)
    })
}

/// The name and the type of a value's numbers.
fn named(value: Message<'_>) -> Result<Vec<u8>, NetworkProblem> {
    rewritten(value, |number, value, around, out| {
        if number != 2 {
            return Ok(false);
        }
        let kind = rewritten(value.message(around)?, |number, value, around, out| {
            if number != 1 {
                return Ok(false);
            }
            // A tensor's type of numbers is a whole number, and its shape a message.
            let tensor = rewritten(value.message(around)?, |_, value, _, _| Ok(matches!(value, Value::Bytes(_))))?;
            field(1, &tensor, out);
            Ok(true)
        })?;
        field(2, &kind, out);
        Ok(true)
    })
}

/// Copies a message. `replace` writes something else in the place of a field, or nothing, and then returns `true`.
fn rewritten(
    mut message: Message<'_>,
    replace: impl Fn(u64, Value<'_>, &Message<'_>, &mut Vec<u8>) -> Result<bool, NetworkProblem>,
) -> Result<Vec<u8>, NetworkProblem> {
    let mut out = Vec::with_capacity(message.bytes.len());
    loop {
        let before = message.bytes;
        let Some((number, value)) = message.next()? else { return Ok(out) };
        if !replace(number, value, &message, &mut out)? {
            out.extend(&before[..before.len() - message.bytes.len()]);
        }
    }
}

/// Writes a field that is a message.
fn field(number: u64, bytes: &[u8], out: &mut Vec<u8>) {
    for mut number in [number << 3 | 2, bytes.len() as u64] {
        while number >= 0x80 {
            let [low, ..] = number.to_le_bytes();
            out.push(low | 0x80);
            number >>= 7;
        }
        let [low, ..] = number.to_le_bytes();
        out.push(low);
    }
    out.extend(bytes);
}
