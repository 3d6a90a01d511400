//! The reader with which a network takes its tensors by name and shape. It finds all problems of a file in one reading.

use std::{
    borrow::Cow,
    collections::HashSet,
    fmt::Display,
    sync::{Mutex, PoisonError},
};

use crate::weights::{Dtype, Problem, Problems, TensorView, Weights, WeightsError};

/// The name of a batch norm's counter, which no prediction needs and which files may lack.
const COUNTER: &str = "num_batches_tracked";

/// Hands out tensors and notes problems, until [`finish`](Self::finish) returns all of them at once.
///
/// A network's code asks for each tensor where it needs it, by [`Scope`]s that mirror the network's parts, so that
/// every name is written once. A tensor that is missing or wrong is replaced by zeros, and the reading continues.
/// Nothing made of it may be used before `finish` has returned without an error.
///
/// # Example
///
/// ```no_run
/// use gaze_model::weights::{Scope, Weights, WeightsError};
///
/// struct Norm { weight: Vec<f32>, bias: Vec<f32> }
///
/// impl Norm {
///     fn read(scope: &Scope<'_, '_>, channels: usize) -> Self {
///         let [weight, bias] = ["weight", "bias"].map(|leaf| scope.f32(leaf, &[channels]).into_owned());
///         Self { weight, bias }
///     }
/// }
///
/// let weights = Weights::open("deepgaze2e.pth")?;
/// let reader = weights.reader();
/// let saliency = reader.root().at("models.0.saliency_networks").at(0);
/// let norm = Norm::read(&saliency.at("layernorm0"), 2048);
/// let kernel = saliency.at("conv0").f32("weight", &[8, 2048, 1, 1]);
/// reader.root().at("models.0.features.features.1.module.fc").unused("bias", &[1000]);
/// reader.finish()?; // names everything that was not asked for, too
/// # Ok::<(), WeightsError>(())
/// ```
#[derive(Debug)]
pub struct Reader<'w> {
    weights: &'w Weights,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    asked: HashSet<String>,
    problems: Vec<Problem>,
}

impl<'w> Reader<'w> {
    pub(super) fn new(weights: &'w Weights) -> Self {
        Self { weights, state: Mutex::default() }
    }

    /// The scope of all names.
    #[must_use]
    pub fn root(&self) -> Scope<'_, 'w> {
        Scope { reader: self, prefix: String::new() }
    }

    /// Ends the reading.
    ///
    /// A counter of a batch norm (`num_batches_tracked`) may be there or not beside a `running_mean` that was asked
    /// for.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Tensors`] with all tensors that were missing or wrong, in the order in which they were asked
    /// for, and then those that nobody asked for, in the order of the file.
    pub fn finish(self) -> Result<(), WeightsError> {
        self.finish_without(|_| false)
    }

    /// Ends the reading of a file that also holds what belongs to other networks. `is_foreign` tells by the name of a tensor
    /// that nobody asked for whether it may be left over.
    ///
    /// # Errors
    ///
    /// [`WeightsError::Tensors`] as for [`finish`](Self::finish).
    pub fn finish_without(self, is_foreign: impl Fn(&str) -> bool) -> Result<(), WeightsError> {
        let State { asked, mut problems } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        for tensor in self.weights.tensors() {
            let name = tensor.name();
            let counts = name.strip_suffix(COUNTER).is_some_and(|norm| asked.contains(&format!("{norm}running_mean")));
            if !asked.contains(name) && !counts && !is_foreign(name) {
                problems.push(Problem::LeftOver { name: name.to_owned(), shape: tensor.shape().to_vec() });
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(WeightsError::Tensors { path: self.weights.path().to_owned(), problems: Problems(problems) })
    }

    /// Notes that the tensor was asked for. Returns what was found, or `None` if a problem was noted instead.
    fn take<T>(&self, name: &str, found: Result<T, Problem>) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked.insert(name.to_owned());
        found.map_err(|problem| state.problems.push(problem)).ok()
    }

    /// Finds a tensor of this shape.
    fn find(&self, name: &str, shape: &[usize]) -> Result<TensorView<'w>, Problem> {
        let missing = || Problem::Missing { name: name.to_owned(), expected: shape.to_vec() };
        let tensor = self.weights.get(name).ok_or_else(missing)?;
        let found = tensor.shape();
        if found != shape {
            return Err(Problem::Shape { name: name.to_owned(), expected: shape.to_vec(), found: found.to_vec() });
        }
        Ok(tensor)
    }

    /// Finds a tensor of this shape and of floating-point numbers.
    fn find_float(&self, name: &str, shape: &[usize]) -> Result<TensorView<'w>, Problem> {
        let tensor = self.find(name, shape)?;
        let dtype = tensor.dtype();
        if dtype.is_float() { Ok(tensor) } else { Err(Problem::NotFloat { name: name.to_owned(), found: dtype }) }
    }

    fn f32(&self, name: &str, shape: &[usize]) -> Result<Cow<'w, [f32]>, Problem> {
        let tensor = self.find_float(name, shape)?;
        let values = tensor.to_f32().expect("floating-point numbers can be read as such");
        match first_not_finite(&values) {
            None => Ok(values),
            Some(index) => Err(Problem::NotFinite { name: name.to_owned(), index, found: values[index].to_string() }),
        }
    }

    fn i8(&self, name: &str, shape: &[usize]) -> Result<Vec<i8>, Problem> {
        let tensor = self.find(name, shape)?;
        match tensor.dtype() {
            Dtype::I8 => Ok(bytemuck::cast_slice(&tensor.bytes()).to_vec()),
            found => Err(Problem::NotInt8 { name: name.to_owned(), found }),
        }
    }
}

/// Finds the first number that is not finite. It looks through blocks without a branch inside, which is as fast as the
/// memory.
fn first_not_finite(values: &[f32]) -> Option<usize> {
    const BLOCK: usize = 4096;
    let sick = |block: &[f32]| block.iter().fold(false, |sick, value| sick | !value.is_finite());
    let block = values.chunks(BLOCK).position(sick)?;
    let within = values[block * BLOCK..].iter().position(|value| !value.is_finite())?;
    Some(block * BLOCK + within)
}

/// A part of a network, given by the beginning that the names of its tensors share.
#[derive(Clone, Debug)]
pub struct Scope<'r, 'w> {
    reader: &'r Reader<'w>,
    /// The beginning of the names: empty, or with a point at its end.
    prefix: String,
}

impl<'r, 'w> Scope<'r, 'w> {
    /// The part with this name or number inside this one. The name may have several steps: `layer1.0`.
    #[must_use]
    pub fn at(&self, name: impl Display) -> Self {
        Self { reader: self.reader, prefix: format!("{}{name}.", self.prefix) }
    }

    /// Reads the values of a tensor in row-major order. They are borrowed from the file if they lie there as `f32`.
    ///
    /// A tensor that is missing, has another shape, or does not consist of finite floating-point numbers is noted as a
    /// problem, and the result is as many zeros as the shape has elements.
    #[must_use]
    pub fn f32(&self, leaf: &str, shape: &[usize]) -> Cow<'w, [f32]> {
        let name = self.name(leaf);
        let values = self.reader.take(&name, self.reader.f32(&name, shape));
        values.unwrap_or_else(|| Cow::Owned(vec![0.0; shape.iter().product()]))
    }

    /// Reads a tensor of whole numbers of 8 bits, in row-major order.
    ///
    /// A tensor that is missing, has another shape, or does not consist of such numbers is noted as a problem, and the
    /// result is as many zeros as the shape has elements.
    #[must_use]
    pub fn i8(&self, leaf: &str, shape: &[usize]) -> Vec<i8> {
        let name = self.name(leaf);
        let values = self.reader.take(&name, self.reader.i8(&name, shape));
        values.unwrap_or_else(|| vec![0; shape.iter().product()])
    }

    /// Reads the value of a tensor without axes.
    #[must_use]
    pub fn scalar(&self, leaf: &str) -> f32 {
        self.f32(leaf, &[])[0]
    }

    /// Checks a tensor whose values are not needed, such as one of a classifier behind the last feature.
    pub fn unused(&self, leaf: &str, shape: &[usize]) {
        let name = self.name(leaf);
        self.reader.take(&name, self.reader.find_float(&name, shape));
    }

    fn name(&self, leaf: &str) -> String {
        format!("{}{leaf}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// Makes a safetensors file of `f32` tensors. A shape of `None` makes an `i64` without axes.
    fn weights(tensors: &[(&str, Option<&[usize]>, f32)]) -> Weights {
        let mut header = serde_json::Map::new();
        let mut numbers: Vec<u8> = Vec::new();
        for &(name, shape, value) in tensors {
            let start = numbers.len();
            match shape {
                Some(shape) => (0..shape.iter().product()).for_each(|_| numbers.extend(value.to_le_bytes())),
                None => numbers.extend([0; 8]),
            }
            let dtype = if shape.is_some() { "F32" } else { "I64" };
            let shape = shape.unwrap_or_default();
            let entry = serde_json::json!({"dtype": dtype, "shape": shape, "data_offsets": [start, numbers.len()]});
            header.insert(name.into(), entry);
        }
        let header = serde_json::Value::Object(header).to_string();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
        file.write_all(header.as_bytes()).unwrap();
        file.write_all(&numbers).unwrap();
        Weights::open(file.path()).unwrap()
    }

    fn problems(error: WeightsError) -> Vec<Problem> {
        let WeightsError::Tensors { problems: Problems(problems), .. } = error else { panic!("{error}") };
        problems
    }

    #[test]
    fn a_file_with_exactly_these_tensors_is_right() {
        let weights = weights(&[
            ("net.0.weight", Some(&[2, 3]), 0.5),
            ("net.0.running_mean", Some(&[2]), 0.0),
            ("net.0.num_batches_tracked", None, 0.0),
            ("net.sigma", Some(&[]), 8.0),
            ("fc.weight", Some(&[4]), f32::NAN),
        ]);
        let reader = weights.reader();
        let net = reader.root().at("net");
        assert_eq!(net.at(0).f32("weight", &[2, 3]).as_ref(), [0.5; 6]);
        assert_eq!(net.at(0).f32("running_mean", &[2]).len(), 2);
        assert!((net.scalar("sigma") - 8.0).abs() < f32::EPSILON);
        reader.root().unused("fc.weight", &[4]);
        reader.finish().unwrap();
    }

    #[test]
    fn whole_numbers_of_8_bits_are_no_others() {
        let weights = weights(&[("a", Some(&[2]), 0.5), ("b", None, 0.0)]);
        let reader = weights.reader();
        assert_eq!(reader.root().i8("a", &[2]), [0, 0]);
        assert_eq!(reader.root().i8("b", &[]), [0]);
        assert_eq!(reader.root().i8("c", &[3]), [0, 0, 0]);
        let message = reader.finish().unwrap_err().to_string();
        for problem in
            ["`a` holds numbers of type float32, not int8", "`b` holds numbers of type int64, not int8", "`c`"]
        {
            assert!(message.contains(problem), "{message}");
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let weights = weights(&[
            ("a", Some(&[2, 3]), 0.5),
            ("b", Some(&[5000]), f32::INFINITY),
            ("c", None, 0.0),
            ("d.num_batches_tracked", None, 0.0),
            ("e", Some(&[1]), 0.0),
        ]);
        let reader = weights.reader();
        let root = reader.root();
        // This tensor has as many elements, but another shape.
        assert_eq!(root.f32("a", &[3, 2]).as_ref(), [0.0; 6]);
        assert_eq!(root.f32("b", &[5000]).len(), 5000);
        assert!(root.scalar("c").abs() < f32::EPSILON);
        root.unused("f", &[7]);
        let problems = problems(reader.finish().unwrap_err());
        let name = |name: &str| name.to_owned();
        let expected = [
            Problem::Shape { name: name("a"), expected: vec![3, 2], found: vec![2, 3] },
            Problem::NotFinite { name: name("b"), index: 0, found: name("inf") },
            Problem::NotFloat { name: name("c"), found: crate::weights::Dtype::I64 },
            Problem::Missing { name: name("f"), expected: vec![7] },
            // The running mean beside this counter was not asked for.
            Problem::LeftOver { name: name("d.num_batches_tracked"), shape: vec![] },
            Problem::LeftOver { name: name("e"), shape: vec![1] },
        ];
        for problem in &expected {
            assert!(problems.contains(problem), "{problem} is not in {problems:?}");
        }
        assert_eq!(problems.len(), expected.len());
    }

    #[test]
    fn foreign_tensors_may_be_left_over_and_others_not() {
        let weights = weights(&[("visual.a", Some(&[1]), 0.5), ("text.a", Some(&[1]), 0.5), ("text.b", None, 0.0)]);
        let reader = weights.reader();
        assert_eq!(reader.root().at("visual").f32("a", &[1]).as_ref(), [0.5]);
        reader.finish_without(|name| name.starts_with("text.")).unwrap();
        let problems = problems(weights.reader().finish_without(|name| name.starts_with("text.")).unwrap_err());
        assert_eq!(problems, [Problem::LeftOver { name: "visual.a".to_owned(), shape: vec![1] }]);
    }

    #[test]
    fn the_first_number_that_is_not_finite_is_found_in_any_block() {
        let mut values = vec![1.0f32; 10_000];
        assert_eq!(first_not_finite(&values), None);
        for index in [9_999, 4_096, 4_095, 0] {
            values[index] = f32::NAN;
            assert_eq!(first_not_finite(&values), Some(index));
        }
    }
}
