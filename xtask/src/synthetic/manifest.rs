//! The names, shapes and order of all tensors of DeepGaze IIE, from a compact list, and each one's made-up values.

use crate::random::{fnv1a, output};

/// How many readouts each of the four models has.
const READOUTS: usize = 30;

/// The type of a tensor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// A parameter or statistic.
    Float32,
    /// A counter.
    Int64,
}

/// One tensor of the state dict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the checkpoint.
    pub key: String,
    /// The lengths of its axes.
    pub shape: Vec<usize>,
    /// The type of its numbers.
    pub dtype: Dtype,
}

impl Entry {
    fn new(key: String, shape: &[usize]) -> Self {
        Self { key, shape: shape.to_vec(), dtype: Dtype::Float32 }
    }

    /// How many numbers it has.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// How many bytes its numbers take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.elements() * if self.dtype == Dtype::Float32 { 4 } else { 8 }
    }

    /// The values of a `Float32` tensor in row-major order. They depend on its name and the seed alone.
    pub fn values(&self, seed: u64) -> impl Iterator<Item = f32> + use<> {
        let (center, radius) = self.range();
        let stream = fnv1a(&self.key) ^ seed;
        (0..self.elements() as u64).map(move |index| {
            // In [0, 1) with 53 bits, and from there to [-1, 1).
            let uniform = (output(stream, index) >> 11) as f64 / (1u64 << 53) as f64;
            rounded(center + radius * (2.0 * uniform - 1.0))
        })
    }

    /// Center and half width of the interval of its values: such that signals neither vanish nor explode on their way
    /// through the network, and that all its parts matter for the result.
    fn range(&self) -> (f64, f64) {
        let leaf = self.key.rsplit('.').next().unwrap_or_default();
        match (leaf, self.shape.len()) {
            ("sigma", _) => (8.0, 1.0),
            ("running_mean" | "bias", _) => (0.0, 0.1),
            ("weight", 2..) => {
                let inputs: usize = self.shape[1..].iter().product();
                (0.0, self.gain() * (3.0 / inputs as f64).sqrt())
            }
            // Scales of norms, variances, and the weight of the center bias.
            _ => (1.0, 0.2),
        }
    }

    fn gain(&self) -> f64 {
        let key = &self.key;
        let ends = |end: &str| key.ends_with(end);
        if ends("._depthwise_conv.weight") {
            1.6
        } else if ends("._project_conv.weight") {
            1.2
        } else if ends("._se_reduce.weight") || ends("._se_expand.weight") {
            1.0
        } else if key.contains(".layer") && ends(".conv3.weight") {
            0.5
        } else if key.contains(".downsample.") {
            1.0
        } else if key.contains("fixation_selection_networks.") && ends(".conv2.weight") {
            8.0
        } else {
            1.4
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the one rounding to f32 that the definition asks for")]
fn rounded(value: f64) -> f32 {
    value as f32
}

/// All tensors of DeepGaze IIE in the order of its checkpoint.
#[must_use]
pub fn entries() -> Vec<Entry> {
    let mut parts: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut models: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for line in include_str!("../../deepgaze2e.manifest").lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["#", ..] => {}
            ["readouts", part] => parts.push((part, Vec::new())),
            ["model", prefix, channels] => models.push((prefix, channels, Vec::new())),
            _ => {
                let lines = models.last_mut().map(|model| &mut model.2).or(parts.last_mut().map(|part| &mut part.1));
                lines.expect("a tensor belongs to a section").push(line);
            }
        }
    }
    let mut entries = Vec::new();
    for (model, (prefix, channels, lines)) in models.into_iter().enumerate() {
        let channels = channels.strip_prefix("C=").expect("a model names its channels");
        for line in lines {
            expand(line, &format!("models.{model}.{prefix}"), channels, &mut entries);
        }
        for (part, lines) in &parts {
            for readout in 0..READOUTS {
                for line in lines {
                    expand(line, &format!("models.{model}.{part}.{readout}"), channels, &mut entries);
                }
            }
        }
    }
    entries
}

/// The tensors that one line stands for. The list is part of this program, and a test reads all of it.
fn expand(line: &str, prefix: &str, channels: &str, entries: &mut Vec<Entry>) {
    let mut words = line.split(' ');
    let kind = words.next().unwrap_or_default();
    let name = format!("{prefix}.{}", words.next().expect("a name follows the kind"));
    let length = |word: &str| if word == "C" { channels } else { word }.parse().expect("a shape is made of numbers");
    let shape: Vec<usize> = words.map(length).collect();
    let mut add = |leaf: &str, shape: &[usize]| entries.push(Entry::new(format!("{name}.{leaf}"), shape));
    match kind {
        "weight" | "bias" => add(kind, &shape),
        "both" => {
            add("weight", &shape);
            add("bias", &shape[..1]);
        }
        "norm" => {
            for leaf in ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"] {
                add(leaf, &shape);
            }
            let counter = entries.last_mut().expect("it was just added");
            (counter.shape, counter.dtype) = (Vec::new(), Dtype::Int64);
        }
        _ => entries.push(Entry::new(name, &shape)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn check_values() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/golden/deepgaze/weights_check.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    fn hexadecimal(value: &Value) -> u64 {
        u64::from_str_radix(value.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
    }

    #[test]
    fn the_list_is_that_of_the_checkpoint() {
        let entries = entries();
        assert_eq!(entries.len(), 5461);
        assert_eq!(entries.iter().filter(|entry| entry.dtype == Dtype::Int64).count(), 423);
        assert_eq!(entries.iter().map(Entry::elements).sum::<usize>(), 104_572_367);
        assert_eq!(entries.iter().map(Entry::bytes).sum::<usize>(), 418_291_160);
        // The hash of all names, shapes and types, from the checkpoint's own list.
        let text: String = entries
            .iter()
            .map(|Entry { key, shape, dtype }| {
                let dtype = if *dtype == Dtype::Float32 { "float32" } else { "int64" };
                format!("{key} {shape:?} {dtype}\n")
            })
            .collect();
        assert_eq!(fnv1a(&text), 0x518a_45cf_8c6f_6244);
    }

    #[test]
    fn every_value_has_the_bits_of_the_definition() {
        let checksum = entries().iter().filter(|entry| entry.dtype == Dtype::Float32).fold(0u64, |sum, entry| {
            let weighted = |sum: u64, (index, value): (u64, f32)| {
                sum.wrapping_add(u64::from(value.to_bits()).wrapping_mul(index + 1))
            };
            let of_entry = (0..).zip(entry.values(0)).fold(0, weighted);
            sum.wrapping_add(fnv1a(&entry.key).wrapping_mul(of_entry))
        });
        assert_eq!(checksum, hexadecimal(&check_values()["total_checksum"]));
    }

    #[test]
    fn single_tensors_have_their_values() {
        let entries = entries();
        let known = check_values();
        for expected in known["keys"].as_array().unwrap() {
            let key = expected["key"].as_str().unwrap();
            let entry = entries.iter().find(|entry| entry.key == key).unwrap();
            let shape: Vec<u64> = entry.shape.iter().map(|&length| length as u64).collect();
            assert_eq!(expected["shape"], serde_json::json!(shape), "{key}");
            let values: Vec<f32> = entry.values(0).collect();
            let bits: Vec<u64> = expected["first4_bits"].as_array().unwrap().iter().map(hexadecimal).collect();
            let found: Vec<u64> = values.iter().take(4).map(|value| u64::from(value.to_bits())).collect();
            assert_eq!(found, bits, "{key}");
            // Parsed as a 64-bit number, perhaps a last digit off, and then rounded to what it was.
            assert_eq!(
                values.last().unwrap().to_bits(),
                rounded(expected["last"].as_f64().unwrap()).to_bits(),
                "{key}"
            );
        }
    }

    #[test]
    fn another_seed_gives_other_values() {
        let entry = &entries()[0];
        assert!(entry.values(0).zip(entry.values(1)).all(|(one, other)| one.to_bits() != other.to_bits()));
    }
}
