//! What a network takes and gives: put together from its description, from its graph, and from what is usual.
//!
//! Each field has one origin. The description goes before the graph, but must not contradict it. What is assumed is told;
//! what can neither be read off the graph nor be assumed without making wrong predictions is asked for.

use serde::Serialize;

use super::{
    error::NetworkProblem,
    sidecar::{CenterBiasLayout, Channels, Fit, Kind, Layout, Range, SCHEMA, Shown, Sidecar, TrainingScale},
};

/// The parts of a network's file that tell what it takes and gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) inputs: Vec<Port>,
    /// Empty if the file does not tell.
    pub(super) outputs: Vec<Port>,
    /// The kind of the only output, if the last operator tells it.
    pub(super) kind: Option<Kind>,
}

/// An input or output.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Port {
    pub(super) name: String,
    /// The length of each axis, where it is fixed; `None` if not even the number of axes is known.
    pub(super) shape: Option<Vec<Option<usize>>>,
    /// Whether the numbers are whole, of 8 bits without a sign.
    pub(super) bytes: bool,
}

/// Everything that must be known to run the network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Contract {
    /// The place of the picture among the inputs.
    pub(super) picture: usize,
    /// The place of the center bias among the inputs, and its layout.
    pub(super) center_bias: Option<(usize, CenterBiasLayout)>,
    pub(super) layout: Layout,
    pub(super) channels: Channels,
    pub(super) range: Range,
    pub(super) mean: [f32; 3],
    pub(super) deviation: [f32; 3],
    pub(super) shown: Shown,
    /// Whether the graph takes one size and no other.
    pub(super) fixed_by_graph: bool,
    pub(super) multiple_of: usize,
    pub(super) fit: Fit,
    pub(super) padding_color: [u8; 3],
    /// The name of the output; `None` for the only one.
    pub(super) output: Option<String>,
    pub(super) kind: Kind,
    pub(super) training: Option<TrainingScale>,
}

/// The origin of what is known about a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The description says it.
    Described,
    /// The graph of the network shows it.
    Graph,
    /// It is usual, and nothing says otherwise.
    Assumed,
    /// It is not known, and the network cannot run without.
    Unclear,
}

/// A field of a network's description with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// The field, with the name of the object that it lies in: `input.range`.
    pub field: &'static str,
    /// The value in JSON. Of an unclear field, a text with the values to choose from.
    pub value: String,
    /// The origin of the value.
    pub origin: Origin,
    /// The reason why an unclear field must be given; empty otherwise.
    pub reason: String,
}

/// The fields of a contract while they are put together.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<Understood>);

impl Fields {
    fn put<T: Serialize>(&mut self, field: &'static str, value: T, origin: Origin) -> T {
        let text = serde_json::to_string(&value).unwrap_or_default();
        self.0.push(Understood { field, value: text, origin, reason: String::new() });
        value
    }

    /// Takes what is described, or else what the graph shows.
    fn known<T: Serialize>(&mut self, field: &'static str, described: Option<T>, graph: Option<T>) -> Option<T> {
        match (described, graph) {
            (Some(value), _) => Some(self.put(field, value, Origin::Described)),
            (None, Some(value)) => Some(self.put(field, value, Origin::Graph)),
            (None, None) => None,
        }
    }

    fn unclear(&mut self, field: &'static str, choices: &str, reason: impl Into<String>) {
        let value = serde_json::to_string(choices).unwrap_or_default();
        self.0.push(Understood { field, value, origin: Origin::Unclear, reason: reason.into() });
    }

    pub(super) fn into_list(self) -> Vec<Understood> {
        self.0
    }
}

/// Puts a contract together. `None` stands for a network of which something is unclear, which the fields tell.
pub(super) fn agree(facts: &Facts, sidecar: &Sidecar) -> Result<(Option<Contract>, Fields), NetworkProblem> {
    let mut fields = Fields::default();
    if let Some(name) = &sidecar.name {
        fields.put("name", name, Origin::Described);
    }
    let places = inputs(facts, sidecar, &mut fields)?;
    let port = places.map_or(Port::default(), |(picture, _)| facts.inputs[picture].clone());
    let layout = layout(&port, sidecar, &mut fields)?;
    let (shown, multiple_of, fixed_by_graph) = shown(&port, layout, sidecar, &mut fields)?;
    let (fit, padding_color) =
        fit(shown, multiple_of, places.is_some_and(|(_, bias)| bias.is_some()), sidecar, &mut fields)?;
    let channels = match sidecar.input.channels {
        Some(channels) => fields.put("input.channels", channels, Origin::Described),
        None => fields.put("input.channels", Channels::Rgb, Origin::Assumed),
    };
    let range = range(&port, sidecar, &mut fields)?;
    let (output, kind) = output(facts, sidecar, &mut fields)?;
    if let Some(training) = &sidecar.training {
        if matches!(shown, Shown::Fixed(_)) {
            let message = "the network sees every picture at its one `input.size`, whatever its scale";
            return Err(NetworkProblem::field("training", message));
        }
        let TrainingScale { pixels_per_degree, long_side } = training;
        if let Shown::LongSide(pixels) = shown
            && pixels != *long_side
        {
            return Err(NetworkProblem::field("training.long_side", format!("`input.size` says {pixels}")));
        }
        fields.put("training.pixels_per_degree", pixels_per_degree, Origin::Described);
        fields.put("training.long_side", long_side, Origin::Described);
    }
    let contract = (|| {
        let (picture, center_bias) = places?;
        Some(Contract {
            picture,
            center_bias,
            layout,
            channels,
            range: range?,
            mean: sidecar.input.mean.unwrap_or([0.0; 3]),
            deviation: sidecar.input.deviation.unwrap_or([1.0; 3]),
            shown,
            fixed_by_graph,
            multiple_of,
            fit,
            padding_color,
            output: output?,
            kind: kind?,
            training: sidecar.training,
        })
    })();
    Ok((contract, fields))
}

/// The places of picture and center bias among the inputs.
type Places = Option<(usize, Option<(usize, CenterBiasLayout)>)>;

fn inputs(facts: &Facts, sidecar: &Sidecar, fields: &mut Fields) -> Result<Places, NetworkProblem> {
    let names: Vec<&str> = facts.inputs.iter().map(|port| port.name.as_str()).collect();
    let list = names.join(", ");
    let picture = match &sidecar.input.name {
        Some(name) => {
            fields.put("input.name", name, Origin::Described);
            let missing = || NetworkProblem::field("input.name", format!("the network takes no {name:?}, but {list}"));
            names.iter().position(|found| found == name).ok_or_else(missing)?
        }
        None => 0,
    };
    match (names.len(), sidecar.center_bias) {
        (1, None) => Ok(Some((picture, None))),
        (2, Some(bias)) => {
            fields.put("center_bias", bias, Origin::Described);
            let place = 1 - picture;
            let axes = match bias {
                CenterBiasLayout::Nhw => 3,
                CenterBiasLayout::Nchw => 4,
            };
            match &facts.inputs[place].shape {
                Some(shape) if shape.len() != axes => Err(NetworkProblem::field(
                    "center_bias",
                    format!("the input {} has {} axes, not {axes}", names[place], shape.len()),
                )),
                _ => Ok(Some((picture, Some((place, bias))))),
            }
        }
        (2, None) => {
            let reason = format!("center_bias is missing: the network takes two inputs ({list})");
            fields.unclear("center_bias", "nhw or nchw", reason);
            Ok(None)
        }
        (1, Some(_)) => Err(NetworkProblem::field("center_bias", format!("the network takes one input ({list})"))),
        (count, _) => {
            let message =
                format!("a network takes a picture, and at most a center bias, but this one {count} inputs ({list})");
            Err(NetworkProblem::field("input.name", message))
        }
    }
}

fn layout(port: &Port, sidecar: &Sidecar, fields: &mut Fields) -> Result<Layout, NetworkProblem> {
    let channels = |axis: usize| port.shape.as_ref().map(|shape| shape.get(axis).copied().flatten());
    if let Some(shape) = &port.shape
        && (shape.len() != 4 || shape[0].is_some_and(|batch| batch != 1))
    {
        let shape: Vec<String> =
            shape.iter().map(|side| side.map_or("?".to_owned(), |side| side.to_string())).collect();
        let message = format!("the graph takes {}, which is no batch of one picture", shape.join("x"));
        return Err(NetworkProblem::field("input.name", message));
    }
    let graph = match (channels(1).flatten(), channels(3).flatten()) {
        (Some(3), _) => Some(Layout::Nchw),
        (_, Some(3)) => Some(Layout::Nhwc),
        _ => None,
    };
    let layout = match fields.known("input.layout", sidecar.input.layout, graph) {
        Some(layout) => layout,
        None => fields.put("input.layout", Layout::Nchw, Origin::Assumed),
    };
    let axis = if layout == Layout::Nchw { 1 } else { 3 };
    match channels(axis).flatten() {
        None if graph.is_some_and(|graph| graph != layout) => {
            Err(NetworkProblem::field("input.layout", "the graph has its axis of 3 channels at the other place"))
        }
        Some(3) | None => Ok(layout),
        Some(found) => {
            let message = format!("axis {axis} of the graph's input has length {found}, and a picture has 3 channels");
            Err(NetworkProblem::field("input.layout", message))
        }
    }
}

fn shown(
    port: &Port,
    layout: Layout,
    sidecar: &Sidecar,
    fields: &mut Fields,
) -> Result<(Shown, usize, bool), NetworkProblem> {
    let [rows, columns] = if layout == Layout::Nchw { [2, 3] } else { [1, 2] };
    let side = |axis: usize| port.shape.as_ref().and_then(|shape| shape.get(axis).copied().flatten());
    let graph = match (side(rows), side(columns)) {
        (Some(height), Some(width)) => Some(Shown::Fixed([height, width])),
        (None, None) => None,
        _ => {
            return Err(NetworkProblem::field(
                "input.size",
                "the graph fixes one side of the picture and not the other",
            ));
        }
    };
    if let (Some(Shown::Fixed([height, width])), Some(described)) = (graph, sidecar.input.size)
        && graph != Some(described)
    {
        return Err(NetworkProblem::field("input.size", format!("the graph takes {height}x{width} and nothing else")));
    }
    if let Some(Shown::Fixed(sides)) = graph
        && sides.iter().any(|side| !(1..=16_384).contains(side))
    {
        return Err(NetworkProblem::field("input.size", "a side has 1 to 16384 pixels"));
    }
    let shown = match fields.known("input.size", sidecar.input.size, graph) {
        Some(shown) => shown,
        None => fields.put("input.size", Shown::AsIs, Origin::Assumed),
    };
    let multiple_of = match sidecar.input.multiple_of {
        Some(_) if matches!(shown, Shown::Fixed(_)) => {
            return Err(NetworkProblem::field("input.multiple_of", "a fixed `input.size` is what it is"));
        }
        Some(multiple) => fields.put("input.multiple_of", multiple, Origin::Described),
        None => 1,
    };
    Ok((shown, multiple_of, graph.is_some()))
}

fn fit(
    shown: Shown,
    multiple_of: usize,
    center_bias: bool,
    sidecar: &Sidecar,
    fields: &mut Fields,
) -> Result<(Fit, [u8; 3]), NetworkProblem> {
    let changes_shape = matches!(shown, Shown::Fixed(_)) || multiple_of > 1;
    let fit = match sidecar.input.fit {
        Some(_) if !changes_shape => {
            let message = "it matters only with a fixed `input.size` or with `input.multiple_of`";
            return Err(NetworkProblem::field("input.fit", message));
        }
        Some(fit) => fields.put("input.fit", fit, Origin::Described),
        None if changes_shape => fields.put("input.fit", Fit::Stretch, Origin::Assumed),
        None => Fit::Stretch,
    };
    if center_bias && fit != Fit::Stretch {
        return Err(NetworkProblem::field(
            "input.fit",
            "a center bias has no value in a margin; only stretch goes with `center_bias`",
        ));
    }
    let color = match sidecar.input.padding_color {
        Some(_) if fit == Fit::Stretch => {
            return Err(NetworkProblem::field("input.padding_color", "there is no margin; `input.fit` makes one"));
        }
        Some(color) => fields.put("input.padding_color", color, Origin::Described),
        None if fit != Fit::Stretch => fields.put("input.padding_color", [0; 3], Origin::Assumed),
        None => [0; 3],
    };
    Ok((fit, color))
}

fn range(port: &Port, sidecar: &Sidecar, fields: &mut Fields) -> Result<Option<Range>, NetworkProblem> {
    let input = &sidecar.input;
    let range = fields.known("input.range", input.range, port.bytes.then_some(Range::Bytes));
    if range.is_none() {
        let reason = "input.range is missing: no graph shows which numbers stand for black and white";
        fields.unclear("input.range", "0..1 or 0..255", reason);
    }
    for (field, value) in [("input.mean", input.mean), ("input.deviation", input.deviation)] {
        match value {
            Some(_) if port.bytes => {
                return Err(NetworkProblem::field(field, "the graph takes whole numbers of 8 bits"));
            }
            Some(value) => {
                fields.put(field, value, Origin::Described);
            }
            None => {}
        }
    }
    if port.bytes && range == Some(Range::Unit) {
        return Err(NetworkProblem::field("input.range", "the graph takes whole numbers of 8 bits"));
    }
    Ok(range)
}

fn output(
    facts: &Facts,
    sidecar: &Sidecar,
    fields: &mut Fields,
) -> Result<(Option<Option<String>>, Option<Kind>), NetworkProblem> {
    let names: Vec<&str> = facts.outputs.iter().map(|port| port.name.as_str()).collect();
    let list = names.join(", ");
    let name = match &sidecar.output.name {
        Some(name) if !names.is_empty() && !names.contains(&name.as_str()) => {
            return Err(NetworkProblem::field("output.name", format!("the network gives no {name:?}, but {list}")));
        }
        Some(name) => Some(Some(fields.put("output.name", name, Origin::Described).clone())),
        None if names.len() > 1 => {
            fields.unclear(
                "output.name",
                &names.join(" or "),
                format!("output.name is missing: the network gives {list}"),
            );
            None
        }
        None => Some(None),
    };
    let kind = fields.known("output.kind", sidecar.output.kind, facts.kind);
    if kind.is_none() {
        let reason = "output.kind is missing: the last operator does not show what the numbers mean";
        fields.unclear("output.kind", "logits, probabilities, log-density or scores", reason);
    }
    Ok((name, kind))
}

/// Writes a description with everything that is known, and with the choices where something is unclear.
pub(super) fn template(name: &str, fields: &[Understood]) -> String {
    let mut lines = vec![format!("  \"gaze_network\": {SCHEMA}")];
    if !fields.iter().any(|field| field.field == "name") {
        lines.push(format!("  \"name\": {}", serde_json::to_string(name).unwrap_or_default()));
    }
    let is_inside =
        |object: &str, field: &Understood| field.field.split_once('.').is_some_and(|(found, _)| found == object);
    lines.extend(
        fields
            .iter()
            .filter(|field| !field.field.contains('.'))
            .map(|field| format!("  \"{}\": {}", field.field, field.value)),
    );
    for object in ["input", "output", "training"] {
        let inner: Vec<String> = fields
            .iter()
            .filter(|field| is_inside(object, field))
            .map(|field| format!("    \"{}\": {}", &field.field[object.len() + 1..], field.value))
            .collect();
        if !inner.is_empty() {
            lines.push(format!("  \"{object}\": {{\n{}\n  }}", inner.join(",\n")));
        }
    }
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}
