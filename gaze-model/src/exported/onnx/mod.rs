//! Networks in ONNX files, run by the crate `rten`, in Rust alone.
//!
//! The file is read by us before it is read by the engine: every length is compared with what is there (`protobuf.rs`,
//! `tensor.rs`), numbers in other files are taken from the folder of the network alone, operators are those whose outputs have
//! a size that can be computed (`sizes.rs`, `rules.rs`), and a run that would take too much memory is refused. Graphs inside
//! operators, such as loops, are refused as well, so a run ends. What the file claims about shapes is kept from the engine
//! (`claims.rs`).

mod claims;
mod fits;
mod graph;
mod numbers;
mod protobuf;
mod rules;
mod sizes;
mod tensor;
mod windows;

use std::{
    collections::HashMap,
    fmt, fs,
    io::Read,
    path::{Component, Path},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use ndarray::ArrayD;
use rten::{Model, ModelOptions, RunOptions, ShapeInferenceMode, ThreadPool, Value};
use rten_tensor::{Layout, Tensor};

use self::{graph::Graph, tensor::External};
use super::{
    Engine, Source,
    contract::Facts,
    error::{NetworkProblem, RunError},
};

/// Names the operators that are supported, once for the engine and once for the tests of our rules. Others are not even linked.
macro_rules! supported {
    ($($operator:ident)*) => {
        /// The operators of the engine that have a rule.
        fn operators() -> rten::OpRegistry {
            rten::op_registry!($($operator),*)
        }

        #[cfg(test)]
        const OPERATORS: &[&str] = &[$(stringify!($operator)),*];
    };
}

supported! {
    Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat ConstantOfShape Conv ConvTranspose Cos CumSum
    DepthToSpace Div Einsum Elu Equal Erf Exp Expand Flatten Floor Gather Gelu Gemm GlobalAveragePool Greater GreaterOrEqual
    GridSample HardSigmoid HardSwish Identity InstanceNormalization LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax
    LpNormalization MatMul Max MaxPool Mean Min Mod Mul Neg Not Or PRelu Pad Pow Range Reciprocal ReduceL2 ReduceLogSum
    ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize Round Shape Sigmoid
    Sign Sin Size Slice Softmax Softplus Softsign Split Sqrt Squeeze Sub Sum Tanh Tile Transpose Trilu Unsqueeze Upsample Where
    Xor
}

/// The largest memory in bytes that a run may take.
const MOST_BYTES: u64 = 8 << 30;
/// The largest number of sizes of pictures whose memory is remembered.
const MOST_SIZES: usize = 256;

/// An ONNX file that was read and checked.
pub(super) struct Onnx {
    graph: Graph,
    facts: Facts,
    file: Vec<u8>,
    /// The files that hold numbers of this one, by their names.
    others: Vec<(String, Vec<u8>)>,
}

impl Onnx {
    /// Reads the file's graph, and the files that hold numbers of it. They lie in the same folder.
    pub(super) fn read(path: &Path, file: Vec<u8>) -> Result<Self, NetworkProblem> {
        let graph = Graph::read(&file)?;
        let facts = Facts { inputs: graph.inputs.clone(), outputs: graph.outputs.clone(), kind: graph.kind() };
        let others = others(path.parent().unwrap_or(Path::new("")), &graph.external)?;
        Ok(Self { graph, facts, file, others })
    }
}

/// Reads the files that hold numbers of tensors, each once.
fn others(folder: &Path, external: &[External]) -> Result<Vec<(String, Vec<u8>)>, NetworkProblem> {
    let mut others: Vec<(String, Vec<u8>)> = Vec::new();
    let mut total = 0;
    for part in external {
        let refused = |reason| {
            Err(NetworkProblem::ExternalData { name: part.name.clone(), location: part.location.clone(), reason })
        };
        if !others.iter().any(|(location, _)| *location == part.location) {
            let mut components = Path::new(&part.location).components();
            let (Some(Component::Normal(_)), None) = (components.next(), components.next()) else {
                return refused("which is not a file in the folder of the network; it is not opened");
            };
            let path = folder.join(&part.location);
            // A link could lead anywhere, and a pipe never ends.
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_file() => {
                    total += metadata.len();
                    if total > MOST_BYTES {
                        return Err(NetworkProblem::TooLarge { bytes: total, most: MOST_BYTES });
                    }
                }
                Ok(_) => return refused("which is no plain file; it is not opened"),
                Err(_) => return refused("which is not in the folder of the network"),
            }
            let mut bytes = Vec::new();
            fs::File::open(&path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
            others.push((part.location.clone(), bytes));
        }
        let found = others.iter().find(|(location, _)| *location == part.location);
        let length = found.map_or(0, |(_, bytes)| bytes.len() as u64);
        if part.offset.checked_add(part.length).is_none_or(|end| end > length) {
            return refused("which is too short");
        }
    }
    Ok(others)
}

impl Source for Onnx {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn other_files(&self) -> Vec<&[u8]> {
        self.others.iter().map(|(_, bytes)| bytes.as_slice()).collect()
    }

    fn agrees(&self, shapes: &[Vec<usize>]) -> Option<bool> {
        Some(self.graph.fits(shapes))
    }

    fn start(self: Box<Self>, shapes: &[Vec<usize>]) -> Result<Box<dyn Engine>, NetworkProblem> {
        let Self { graph, facts: _, file, others } = *self;
        // Constants are computed from constants while the engine loads the file.
        memory(&graph, shapes)?;
        let believed = claims::without_claims(&file)?;
        drop(file);
        let model = guarded(move || load(believed, others))??;
        let ids = |ports: &[super::contract::Port]| -> Result<Vec<_>, NetworkProblem> {
            ports
                .iter()
                .map(|port| model.node_id(&port.name).map_err(|error| NetworkProblem::engine("rten", error)))
                .collect()
        };
        let (inputs, outputs) = (ids(&graph.inputs)?, ids(&graph.outputs)?);
        Ok(Box::new(Rten { model, inputs, outputs, graph, sizes: Mutex::default() }))
    }
}

/// Lets the engine load a file that was checked.
fn load(file: Vec<u8>, others: Vec<(String, Vec<u8>)>) -> Result<Model, NetworkProblem> {
    let mut options = ModelOptions::with_ops(operators());
    // The engine's own inference of shapes computes in 32 bits without looking for overflow, and gains nothing here.
    options.shape_inference(ShapeInferenceMode::Off);
    for (location, bytes) in others {
        options.external_data(&location, bytes);
    }
    options.load(file).map_err(|error| NetworkProblem::engine("rten", error))
}

/// Computes the memory of a run, and refuses one that takes too much.
fn memory(graph: &Graph, shapes: &[Vec<usize>]) -> Result<u64, NetworkProblem> {
    match graph.memory(shapes)? {
        needed @ ..=MOST_BYTES => Ok(needed),
        needed => {
            let input = shapes.first().cloned().unwrap_or_default();
            Err(NetworkProblem::Memory { input, needed, most: MOST_BYTES })
        }
    }
}

/// Runs a function of the engine on a thread of its own.
///
/// A panic becomes an error. And a thread of a pool that waits for another pool would begin other work of its own pool
/// meanwhile, which may wait for memory that only this one gives back; a thread that joins another begins nothing.
fn guarded<T: Send>(function: impl FnOnce() -> T + Send) -> Result<T, NetworkProblem> {
    thread::scope(|scope| scope.spawn(function).join())
        .map_err(|_| NetworkProblem::engine("rten", "it came to a state that it holds for impossible"))
}

/// A network that rten runs.
struct Rten {
    model: Model,
    inputs: Vec<rten::NodeId>,
    outputs: Vec<rten::NodeId>,
    graph: Graph,
    /// The memory of a run for the shapes of inputs that were asked for.
    sizes: Mutex<HashMap<Vec<Vec<usize>>, u64>>,
}

impl fmt::Debug for Rten {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rten").field("nodes", &self.graph.nodes.len()).finish_non_exhaustive()
    }
}

impl Engine for Rten {
    fn memory(&self, shapes: &[Vec<usize>]) -> Result<u64, NetworkProblem> {
        let known = |sizes: &HashMap<Vec<Vec<usize>>, u64>| sizes.get(shapes).copied();
        if let Some(memory) = known(&self.sizes.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(memory);
        }
        let memory = memory(&self.graph, shapes)?;
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        if sizes.len() >= MOST_SIZES {
            sizes.clear();
        }
        sizes.insert(shapes.to_vec(), memory);
        Ok(memory)
    }

    fn agrees(&self, shapes: &[Vec<usize>]) -> Option<bool> {
        Some(self.graph.fits(shapes))
    }

    fn run(&self, inputs: Vec<ArrayD<f32>>, output: Option<&str>, threads: usize) -> Result<ArrayD<f32>, RunError> {
        let shapes: Vec<Vec<usize>> = inputs.iter().map(|input| input.shape().to_vec()).collect();
        self.memory(&shapes)?;
        let place = match output {
            Some(name) => self.graph.outputs.iter().position(|port| port.name == name),
            None => Some(0),
        };
        let output = place.ok_or_else(|| RunError::NoOutput(output.unwrap_or_default().to_owned()))?;
        let refused = |error: &dyn fmt::Display| NetworkProblem::engine("rten", error);
        let values = inputs
            .into_iter()
            .zip(&shapes)
            .enumerate()
            .map(|(place, (input, shape))| {
                let numbers = input.into_raw_vec_and_offset().0;
                let value = if self.graph.inputs[place].bytes {
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are bytes")]
                    let bytes: Vec<u8> = numbers.into_iter().map(|number| number as u8).collect();
                    Value::from_shape(shape, bytes).map_err(|error| refused(&error))?
                } else {
                    Value::from_shape(shape, numbers).map_err(|error| refused(&error))?
                };
                Ok((self.inputs[place], value.into()))
            })
            .collect::<Result<Vec<_>, NetworkProblem>>()?;
        let ran = guarded(|| {
            let pool = Arc::new(ThreadPool::with_num_threads(threads.max(1)));
            let options = RunOptions::default().with_thread_pool(Some(pool));
            self.model.run_n(values, [self.outputs[output]], Some(options))
        })?;
        let [value] = ran.map_err(|error| refused(&error))?;
        let tensor: Tensor<f32> = value.try_into().map_err(|error| refused(&error))?;
        let shape = tensor.shape().to_vec();
        Ok(ArrayD::from_shape_vec(shape, tensor.into_data()).map_err(|error| refused(&error))?)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};

    use super::{OPERATORS, Onnx, Path, Source, graph::Node, rules::outputs};
    use crate::exported::{
        error::NetworkProblem,
        tests::writer::{constant, floats, int, ints, model, node, port, tensor, text, wholes},
    };

    #[test]
    fn every_operator_that_the_engine_is_given_has_a_rule() {
        for operator in OPERATORS.iter().copied().chain(["Constant"]) {
            let node = Node { operator: operator.to_owned(), ..Node::default() };
            let without_inputs = outputs(&node, &[]);
            assert!(
                matches!(without_inputs, Err(NetworkProblem::UnknownSize { .. })),
                "{operator}: {without_inputs:?}"
            );
        }
    }

    /// Checks that the engine makes a value of the size that the rules tell. The input has 1 x 3 x 12 x 10 numbers.
    #[track_caller]
    fn check_size(parts: &[Vec<u8>], expected: &[usize]) {
        let ends = [port(11, "image", 1, &[1, 3, 0, 0]), port(12, "map", 1, &[0, 0, 0, 0])];
        let source = Onnx::read(Path::new("x.onnx"), model(&[&ends, parts].concat())).unwrap();
        let (shapes, mut told) = ([vec![1, 3, 12, 10]], Vec::new());
        let follow = |node: &Node, _: &super::rules::Taken<'_>, made: &[super::sizes::Known]| {
            if let Some(place) = node.outputs.iter().position(|name| name == "map") {
                told.clone_from(&made[place].shape);
            }
        };
        source.graph.follow(&shapes, follow).unwrap();
        assert!(source.graph.fits(&shapes), "what the engine runs fits together");
        let engine = Box::new(source).start(&shapes).unwrap();
        let input = ArrayD::from_elem(IxDyn(&shapes[0]), 0.5);
        let found = engine.run(vec![input], None, 1).unwrap();
        assert_eq!(found.shape(), expected);
        assert_eq!(told, expected.iter().map(|&side| side as u64).collect::<Vec<_>>());
    }

    fn windows(operator: &str, inputs: &[&str], more: &[Vec<u8>]) -> Vec<u8> {
        let usual = [ints("strides", &[2, 2]), ints("dilations", &[1, 1]), ints("kernel_shape", &[3, 3])];
        node(operator, inputs, &["map"], &[&usual, more].concat())
    }

    #[test]
    fn windows_have_the_sizes_that_are_told() {
        let weights = floats("w", &[4, 3, 3, 3], &[0.1; 108]);
        let with = |operator: &str, more: &[Vec<u8>]| [weights.clone(), windows(operator, &["image", "w"], more)];
        check_size(&with("Conv", &[ints("pads", &[1, 1, 1, 1])]), &[1, 4, 6, 5]);
        check_size(&with("Conv", &[ints("pads", &[0, 1, 2, 1])]), &[1, 4, 6, 5]);
        check_size(&with("Conv", &[text("auto_pad", "SAME_UPPER")]), &[1, 4, 6, 5]);
        let pool = |more: &[Vec<u8>]| [windows("MaxPool", &["image"], more)];
        check_size(&pool(&[ints("pads", &[0, 0, 0, 0])]), &[1, 3, 5, 4]);
        check_size(&pool(&[ints("pads", &[0, 0, 0, 0]), int("ceil_mode", 1)]), &[1, 3, 6, 5]);
        let back = floats("w", &[3, 4, 3, 3], &[0.1; 108]);
        let transposed = |more: &[Vec<u8>]| [back.clone(), windows("ConvTranspose", &["image", "w"], more)];
        check_size(&transposed(&[ints("pads", &[0, 0, 0, 0])]), &[1, 4, 25, 21]);
        check_size(&transposed(&[ints("pads", &[1, 1, 1, 1]), ints("output_padding", &[1, 1])]), &[1, 4, 24, 20]);
        check_size(&[node("GlobalAveragePool", &["image"], &["map"], &[])], &[1, 3, 1, 1]);
    }

    #[test]
    fn resized_and_rearranged_values_have_the_sizes_that_are_told() {
        let resize = |parts: &[Vec<u8>], inputs: &[&str]| {
            let modes = [text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel")];
            [parts, &[node("Resize", inputs, &["map"], &modes)]].concat()
        };
        check_size(&resize(&[floats("f", &[4], &[1.0, 1.0, 1.5, 2.0])], &["image", "", "f"]), &[1, 3, 18, 20]);
        check_size(&resize(&[wholes("s", &[1, 3, 7, 9])], &["image", "", "", "s"]), &[1, 3, 7, 9]);
        let pads = wholes("p", &[0, 0, 1, 2, 0, 0, 3, 4]);
        check_size(&[pads, node("Pad", &["image", "p"], &["map"], &[])], &[1, 3, 16, 16]);
        let bounds = [wholes("a", &[1, -9]), wholes("b", &[i64::MAX, -1]), wholes("x", &[2, 3]), wholes("y", &[2, 1])];
        let slice = node("Slice", &["image", "a", "b", "x", "y"], &["map"], &[]);
        check_size(&[&bounds[..], &[slice]].concat(), &[1, 3, 6, 8]);
        check_size(&[node("Transpose", &["image"], &["map"], &[ints("perm", &[0, 2, 3, 1])])], &[1, 12, 10, 3]);
        check_size(&[wholes("s", &[0, -1, 5]), node("Reshape", &["image", "s"], &["map"], &[])], &[1, 72, 5]);
        check_size(&[node("Flatten", &["image"], &["map"], &[int("axis", 2)])], &[3, 120]);
        check_size(
            &[node("ReduceMean", &["image"], &["map"], &[ints("axes", &[-1]), int("keepdims", 0)])],
            &[1, 3, 12],
        );
        check_size(&[node("Concat", &["image", "image"], &["map"], &[int("axis", 1)])], &[1, 6, 12, 10]);
        check_size(&[node("Split", &["image"], &["map", "b", "c"], &[int("axis", 1)])], &[1, 1, 12, 10]);
        check_size(
            &[node("Einsum", &["image", "image"], &["map"], &[text("equation", "bchw,bchv->bcwv")])],
            &[1, 3, 10, 10],
        );
    }

    #[test]
    fn a_margin_as_exporters_write_it_is_followed() {
        // PyTorch names the last axis first, ONNX all beginnings first: reshape to pairs, reverse, transpose, flatten.
        let parts = [
            wholes("last", &[1, 2, 3, 4]),
            wholes("none", &[4]),
            node(
                "ConstantOfShape",
                &["none"],
                &["zeros"],
                &[tensor("value", &constant("", 7, &[1], &0i64.to_le_bytes()))],
            ),
            node("Concat", &["last", "zeros"], &["eight"], &[int("axis", 0)]),
            wholes("pairs", &[-1, 2]),
            node("Reshape", &["eight", "pairs"], &["paired"], &[]),
            wholes("start", &[-1]),
            wholes("end", &[i64::MIN + 1]),
            wholes("rows", &[0]),
            node("Slice", &["paired", "start", "end", "rows", "start"], &["reversed"], &[]),
            node("Transpose", &["reversed"], &["turned"], &[ints("perm", &[1, 0])]),
            node("Reshape", &["turned", "start"], &["flat"], &[]),
            node("Cast", &["flat"], &["pads"], &[int("to", 7)]),
            node("Pad", &["image", "pads"], &["map"], &[text("mode", "edge")]),
        ];
        check_size(&parts, &[1, 3, 19, 13]);
    }

    #[test]
    fn sizes_that_the_graph_computes_are_followed() {
        // Half the height, doubled width: Shape, Gather, Cast, Mul, Floor, Concat, as exporters write it.
        let parts = [
            node("Shape", &["image"], &["shape"], &[]),
            wholes("two", &[2]),
            wholes("three", &[3]),
            wholes("first", &[1, 3]),
            node("Gather", &["shape", "two"], &["height"], &[int("axis", 0)]),
            node("Gather", &["shape", "three"], &["width"], &[int("axis", 0)]),
            node("Cast", &["height"], &["number"], &[int("to", 1)]),
            floats("half", &[1], &[0.55]),
            node("Mul", &["number", "half"], &["less"], &[]),
            node("Floor", &["less"], &["floor"], &[]),
            node("Cast", &["floor"], &["rows"], &[int("to", 7)]),
            node("Mul", &["width", "two"], &["columns"], &[]),
            node("Concat", &["first", "rows", "columns"], &["sizes"], &[int("axis", 0)]),
            node("Resize", &["image", "", "", "sizes"], &["map"], &[text("mode", "nearest")]),
        ];
        check_size(&parts, &[1, 3, 6, 20]);
    }
}
