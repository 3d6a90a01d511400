//! MATLAB files of version 7.3, which are HDF5.
//!
//! ```text
//! /name                  a variable; attribute MATLAB_class says what it is
//!   double, uint8, …     a dataset of numbers, axes in reverse
//!   char                 a dataset of UTF-16 units
//!   cell                 a dataset of references to what the cells hold (in /#refs#)
//!   struct               a group, one member a field; fields of a struct array are datasets of references
//! ```
//!
//! An empty array is marked by the attribute `MATLAB_empty` and holds its shape instead of elements.
//!
//! Source: what MATLAB writes, as described by the `hdf5storage` and `mat73` packages' documentation.

use std::path::Path;

use hdf5_pure::{Dataset, Group, Object};

use super::{Numbers, Value, array::Elements, parse::DEPTH};
use crate::{DataError, files::hdf5::Hdf5};

/// The most values that all cells and fields of a file may have, so that references in a circle come to an end.
const VALUES: usize = 1 << 22;

pub(super) fn read(bytes: Vec<u8>, source: &Path) -> Result<Vec<(String, Value)>, DataError> {
    let file = Hdf5::from_bytes(bytes, source)?;
    let root = file.root();
    let mut reader = Reader { file: &file, left: VALUES };
    let mut variables = Vec::new();
    for name in root.datasets().map_err(|cause| file.error(cause))? {
        let dataset = root.dataset(&name).map_err(|cause| file.error(cause))?;
        variables.push((name.clone(), reader.dataset(&name, &dataset, DEPTH)?));
    }
    for name in root.groups().map_err(|cause| file.error(cause))? {
        if !name.starts_with('#') {
            let group = root.group(&name).map_err(|cause| file.error(cause))?;
            variables.push((name.clone(), reader.structure(&name, &group, DEPTH)?));
        }
    }
    Ok(variables)
}

struct Reader<'a> {
    file: &'a Hdf5,
    left: usize,
}

impl Reader<'_> {
    /// Counts a value, and fails beyond the limits of number and depth; returns the depth that is left.
    fn enter(&mut self, place: &str, depth: usize) -> Result<usize, DataError> {
        let deeper = depth.checked_sub(1);
        let left = self.left.checked_sub(1);
        let (Some(deeper), Some(left)) = (deeper, left) else {
            let expected = format!("at most {VALUES} values, nested at most {DEPTH} deep");
            return Err(self.file.problem(place, &expected, &"more"));
        };
        self.left = left;
        Ok(deeper)
    }

    fn dataset(&mut self, place: &str, dataset: &Dataset, depth: usize) -> Result<Value, DataError> {
        let depth = self.enter(place, depth)?;
        let file = self.file;
        let attributes = dataset.attrs().map_err(|cause| file.error(cause))?;
        let class = attributes.get("MATLAB_class").and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        if attributes.contains_key("MATLAB_empty") {
            return Ok(if class == "cell" { Value::Cells(Vec::new()) } else { Value::Numbers(Numbers::default()) });
        }
        let mut shape = file.shape_of(place, dataset)?;
        shape.reverse();
        match class.as_str() {
            "cell" => {
                let mut cells = Vec::new();
                for (number, object) in (1..).zip(dataset.dereference().map_err(|cause| file.error(cause))?) {
                    cells.push(self.object(&format!("{place}{{{number}}}"), object, depth)?);
                }
                Ok(Value::Cells(cells))
            }
            "char" => {
                let units = dataset.read_u16().map_err(|cause| file.error(cause))?;
                Ok(Value::Text(String::from_utf16_lossy(&units)))
            }
            "uint8" | "logical" => {
                let bytes = dataset.read_u8().map_err(|cause| file.error(cause))?;
                Ok(Value::Numbers(Numbers { shape, elements: Elements::Bytes(bytes) }))
            }
            "function_handle" => Ok(Value::Other("a function handle")),
            _ => match dataset.read_f64() {
                Ok(values) => Ok(Value::Numbers(Numbers { shape, elements: Elements::Doubles(values) })),
                Err(_) => Ok(Value::Other("an object or a complex array")),
            },
        }
    }

    fn object(&mut self, place: &str, object: Object, depth: usize) -> Result<Value, DataError> {
        match object {
            Object::Dataset(dataset) => self.dataset(place, &dataset, depth),
            Object::Group(group) => self.structure(place, &group, depth),
            _ => Ok(Value::Other("an object of another kind")),
        }
    }

    /// Reads a struct, or a struct array if every field is a data set of references without a class.
    fn structure(&mut self, place: &str, group: &Group, depth: usize) -> Result<Value, DataError> {
        let depth = self.enter(place, depth)?;
        let file = self.file;
        let fields = group.datasets().map_err(|cause| file.error(cause))?;
        let groups = group.groups().map_err(|cause| file.error(cause))?;
        let mut columns: Vec<Vec<Value>> = Vec::new();
        for field in &fields {
            let dataset = group.dataset(field).map_err(|cause| file.error(cause))?;
            let inner = format!("{place}.{field}");
            let attributes = dataset.attrs().map_err(|cause| file.error(cause))?;
            columns.push(if attributes.contains_key("MATLAB_class") {
                vec![self.dataset(&inner, &dataset, depth)?]
            } else {
                file.shape_of(&inner, &dataset)?;
                let mut values = Vec::new();
                for object in dataset.dereference().map_err(|cause| file.error(cause))? {
                    values.push(self.object(&inner, object, depth)?);
                }
                values
            });
        }
        for field in &groups {
            let inner = group.group(field).map_err(|cause| file.error(cause))?;
            columns.push(vec![self.structure(&format!("{place}.{field}"), &inner, depth)?]);
        }
        let fields: Vec<String> = fields.into_iter().chain(groups).collect();
        let count = columns.first().map_or(0, Vec::len);
        if columns.iter().any(|column| column.len() != count) {
            return Err(file.problem(place, "a struct array whose fields have as many elements each", &"other counts"));
        }
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        let elements = (0..count).map(|_| columns.iter_mut().filter_map(Iterator::next).collect()).collect();
        Ok(Value::Structs { fields, elements })
    }
}
