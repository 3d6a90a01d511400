//! The names, shapes and order of all tensors of a network, from a compact list, and each one's made-up values.

use crate::{
    random::{fnv1a, output},
    synthetic::msdb,
};

/// A network whose weights can be made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// DeepGaze I.
    DeepGazeI,
    /// DeepGaze IIE.
    DeepGazeIie,
    /// DeepGaze III.
    DeepGazeIii,
    /// DeepGaze MSDB.
    DeepGazeMsdb,
}

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
        let stream = fnv1a(&msdb::values_of(&self.key)) ^ seed;
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
            ("gamma", _) => (0.5, 0.25),
            ("cls_token" | "pos_embed" | "mask_token" | "pixel_per_dva_weights" | "size_weights", _) => (0.0, 1.0),
            ("dataset_center_bias_weights", _) => (1.0, 0.4),
            ("dataset_priority_scalings", _) => (0.0, 0.5),
            ("dataset_sigmas", _) => (0.5, 0.2),
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
            // The sixty-four blocks of CLIP would let the sum grow a thousandfold.
            if key.contains(".CLIP.") { 0.25 } else { 0.5 }
        } else if key.contains(".downsample.") {
            1.0
        } else if key.contains("fixation_selection_networks.") && ends(".conv2.weight")
            || key == "saliency_network.conv4.weight"
        {
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

/// All tensors of a network in the order of its checkpoint.
#[must_use]
pub fn entries(network: Network) -> Vec<Entry> {
    let deepgaze_iie = Manifest::parse(include_str!("../../deepgaze2e.manifest"));
    let mut entries = Vec::new();
    match network {
        Network::DeepGazeI => {
            let list = Manifest::parse(include_str!("../../deepgaze1.manifest"));
            list.models.iter().for_each(|model| model.expand("", &mut entries));
        }
        Network::DeepGazeIie => {
            for (index, model) in deepgaze_iie.models.iter().enumerate() {
                let prefix = format!("models.{index}.");
                model.expand(&prefix, &mut entries);
                deepgaze_iie.readouts(&prefix, 30, model.channels, &mut entries);
            }
        }
        Network::DeepGazeIii => {
            let model = &deepgaze_iie.models[2];
            model.expand("", &mut entries);
            let list = Manifest::parse(include_str!("../../deepgaze3.manifest"));
            list.readouts("", 10, model.channels, &mut entries);
        }
        Network::DeepGazeMsdb => entries = msdb::entries(),
    }
    entries
}

/// A compact list, divided into its sections.
#[derive(Default)]
struct Manifest<'t> {
    /// The parts of which there are several, with their lines.
    parts: Vec<(&'t str, Vec<&'t str>)>,
    models: Vec<Model<'t>>,
}

struct Model<'t> {
    prefix: &'t str,
    /// What `C` stands for.
    channels: &'t str,
    lines: Vec<&'t str>,
}

impl Model<'_> {
    fn expand(&self, before: &str, entries: &mut Vec<Entry>) {
        for line in &self.lines {
            expand(line, &format!("{before}{}", self.prefix), self.channels, entries);
        }
    }
}

impl<'t> Manifest<'t> {
    fn parse(text: &'t str) -> Self {
        let mut manifest = Self::default();
        let Self { parts, models } = &mut manifest;
        for line in text.lines().filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["#", ..] => {}
                ["readouts", part] => parts.push((part, Vec::new())),
                ["model", prefix, channels] => {
                    let channels = channels.strip_prefix("C=").expect("a model names its channels");
                    models.push(Model { prefix, channels, lines: Vec::new() });
                }
                _ => {
                    let lines = models.last_mut().map(|model| &mut model.lines);
                    let lines = lines.or(parts.last_mut().map(|part| &mut part.1));
                    lines.expect("a tensor belongs to a section").push(line);
                }
            }
        }
        manifest
    }

    /// The tensors of `count` readouts.
    fn readouts(&self, before: &str, count: usize, channels: &str, entries: &mut Vec<Entry>) {
        for (part, lines) in &self.parts {
            for readout in 0..count {
                for line in lines {
                    expand(line, &format!("{before}{part}.{readout}"), channels, entries);
                }
            }
        }
    }
}

/// The tensors that one line stands for. The list is part of this program, and a test reads all of it.
pub(super) fn expand(line: &str, prefix: &str, channels: &str, entries: &mut Vec<Entry>) {
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

    fn check_values(folder: &str) -> Value {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/golden");
        serde_json::from_str(&std::fs::read_to_string(format!("{golden}/{folder}/weights_check.json")).unwrap())
            .unwrap()
    }

    fn hexadecimal(value: &Value) -> u64 {
        u64::from_str_radix(value.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
    }

    /// Checks the number of tensors, of counters and of numbers, and the hash of all names, shapes and types, which was
    /// computed from the checkpoint's own list.
    #[track_caller]
    fn check_list(network: Network, tensors: usize, counters: usize, elements: usize, hash: u64) {
        let entries = entries(network);
        assert_eq!(entries.len(), tensors);
        assert_eq!(entries.iter().filter(|entry| entry.dtype == Dtype::Int64).count(), counters);
        assert_eq!(entries.iter().map(Entry::elements).sum::<usize>(), elements);
        assert_eq!(entries.iter().map(Entry::bytes).sum::<usize>(), 4 * elements + 4 * counters);
        let text: String = entries
            .iter()
            .map(|Entry { key, shape, dtype }| {
                let dtype = if *dtype == Dtype::Float32 { "float32" } else { "int64" };
                format!("{key} {shape:?} {dtype}\n")
            })
            .collect();
        assert_eq!(fnv1a(&text), hash);
    }

    #[test]
    fn the_lists_are_those_of_the_checkpoints() {
        check_list(Network::DeepGazeI, 19, 0, 61_101_098, 0x0c1b_4687_b1e4_0157);
        check_list(Network::DeepGazeIie, 5461, 423, 104_572_367, 0x518a_45cf_8c6f_6244);
        check_list(Network::DeepGazeIii, 1587, 201, 20_540_595, 0xd81b_cb88_8640_bb50);
        check_list(Network::DeepGazeMsdb, 1396, 199, 452_504_356, 0xc920_6e1d_047f_ddd2);
    }

    #[track_caller]
    fn check_sum(network: Network, expected: &Value) {
        let entries = entries(network);
        let checksum = entries.iter().filter(|entry| entry.dtype == Dtype::Float32).fold(0u64, |sum, entry| {
            let weighted = |sum: u64, (index, value): (u64, f32)| {
                sum.wrapping_add(u64::from(value.to_bits()).wrapping_mul(index + 1))
            };
            let of_entry = (0..).zip(entry.values(0)).fold(0, weighted);
            sum.wrapping_add(fnv1a(&entry.key).wrapping_mul(of_entry))
        });
        assert_eq!(checksum, hexadecimal(expected));
    }

    #[test]
    fn every_value_has_the_bits_of_the_definition() {
        check_sum(Network::DeepGazeIie, &check_values("deepgaze")["total_checksum"]);
        let family = &check_values("deepgaze_family")["total_checksum"];
        check_sum(Network::DeepGazeI, &family["deepgaze-i"]);
        check_sum(Network::DeepGazeIii, &family["deepgaze-iii"]);
        check_sum(Network::DeepGazeMsdb, &family["deepgaze-msdb"]);
    }

    #[track_caller]
    fn check_tensor(entries: &[Entry], known: &Value, seed: u64, expected: &Value) {
        let key = known["key"].as_str().unwrap();
        let entry = entries.iter().find(|entry| entry.key == key).unwrap();
        let shape: Vec<u64> = entry.shape.iter().map(|&length| length as u64).collect();
        assert_eq!(known["shape"], serde_json::json!(shape), "{key}");
        let values: Vec<f32> = entry.values(seed).collect();
        let bits: Vec<u64> = expected["first4_bits"].as_array().unwrap().iter().map(hexadecimal).collect();
        let found: Vec<u64> = values.iter().take(4).map(|value| u64::from(value.to_bits())).collect();
        assert_eq!(found, bits, "{key}");
        // Parsed as a 64-bit number, perhaps a last digit off, and then rounded to what it was.
        assert_eq!(values.last().unwrap().to_bits(), rounded(expected["last"].as_f64().unwrap()).to_bits(), "{key}");
    }

    #[test]
    fn single_tensors_have_their_values() {
        let deepgaze_iie = entries(Network::DeepGazeIie);
        for known in check_values("deepgaze")["keys"].as_array().unwrap() {
            check_tensor(&deepgaze_iie, known, 0, known);
        }
        let family = [
            ("deepgaze-i", entries(Network::DeepGazeI)),
            ("deepgaze-iii", entries(Network::DeepGazeIii)),
            ("deepgaze-msdb", entries(Network::DeepGazeMsdb)),
        ];
        for known in check_values("deepgaze_family")["tensors"].as_array().unwrap() {
            let (_, entries) = family.iter().find(|(model, _)| known["model"] == **model).unwrap();
            check_tensor(entries, known, 0, &known["seed_0"]);
            check_tensor(entries, known, 1, &known["seed_1"]);
        }
    }

    #[test]
    fn another_seed_gives_other_values() {
        let entry = &entries(Network::DeepGazeI)[0];
        assert!(entry.values(0).zip(entry.values(1)).all(|(one, other)| one.to_bits() != other.to_bits()));
    }
}
