//! A writer of ONNX files, for tests: the messages of `onnx.proto3` as bytes.

/// A whole number of variable length.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        bytes.push(if number == 0 { byte } else { byte | 0x80 });
        if number == 0 {
            return bytes;
        }
    }
}

/// A field that is a text or a message.
pub(crate) fn field(number: u64, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field that is a whole number.
pub(crate) fn whole(number: u64, value: i64) -> Vec<u8> {
    [varint(number << 3), varint(value.cast_unsigned())].concat()
}

/// A list of whole numbers as an attribute.
pub(crate) fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|&value| whole(8, value)).collect();
    [field(1, name), values, whole(20, 7)].concat()
}

/// A whole number as an attribute.
pub(crate) fn int(name: &str, value: i64) -> Vec<u8> {
    [field(1, name), whole(3, value), whole(20, 2)].concat()
}

/// A text as an attribute.
pub(crate) fn text(name: &str, value: &str) -> Vec<u8> {
    [field(1, name), field(4, value), whole(20, 3)].concat()
}

/// A tensor as an attribute, which was written by [`constant`].
pub(crate) fn tensor(name: &str, constant: &[u8]) -> Vec<u8> {
    // A constant is field 5 of a graph, as a tensor is of an attribute.
    [field(1, name), constant.to_vec(), whole(20, 4)].concat()
}

/// An operator.
pub(crate) fn node(operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    let names = |number: u64, names: &[&str]| names.iter().flat_map(|name| field(number, name)).collect::<Vec<u8>>();
    let attributes: Vec<u8> = attributes.iter().flat_map(|attribute| field(5, attribute)).collect();
    field(1, [names(1, inputs), names(2, outputs), field(4, operator), attributes].concat())
}

/// A convolution with a margin of so many zeros. Like all exporters it writes strides and dilations.
pub(crate) fn conv(inputs: &[&str], output: &str, margin: i64) -> Vec<u8> {
    node("Conv", inputs, &[output], &[ints("pads", &[margin; 4]), ints("strides", &[1, 1]), ints("dilations", &[1, 1])])
}

/// A constant of these dimensions, whose numbers are these bytes. `kind` is 1 for 32-bit numbers and 7 for whole ones of 64.
pub(crate) fn constant(name: &str, kind: i64, dims: &[i64], raw: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&side| whole(1, side)).collect();
    field(5, [dims, whole(2, kind), field(8, name), field(9, raw)].concat())
}

/// A constant of 32-bit numbers.
pub(crate) fn floats(name: &str, dims: &[i64], values: &[f32]) -> Vec<u8> {
    constant(name, 1, dims, &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

/// A list of whole numbers as a constant.
pub(crate) fn wholes(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    constant(name, 7, &[i64::try_from(values.len()).unwrap()], &raw)
}

/// An input (`place` 11) or output (12) of a type of numbers; an axis of 0 has any length.
pub(crate) fn port(place: u64, name: &str, kind: i64, sides: &[i64]) -> Vec<u8> {
    let any = field(2, "any");
    let dims: Vec<u8> =
        sides.iter().flat_map(|&side| field(1, if side == 0 { any.clone() } else { whole(1, side) })).collect();
    let kind = field(1, [whole(1, kind), field(2, dims)].concat());
    field(place, [field(1, name), field(2, kind)].concat())
}

/// A file with a graph of these parts.
pub(crate) fn model(parts: &[Vec<u8>]) -> Vec<u8> {
    let opset = field(8, whole(2, 17));
    [whole(1, 8), opset, field(7, [field(2, "graph"), parts.concat()].concat())].concat()
}
