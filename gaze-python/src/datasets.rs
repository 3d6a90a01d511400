//! Datasets: stimuli that are read when they are asked for, and all fixations as a table of Arrow.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use arrow_array::{
    Array, Float64Array, RecordBatch, RecordBatchIterator, StringArray, ffi_stream::FFI_ArrowArrayStream,
};
use arrow_schema::{DataType, Field, Schema};
use gaze_data::{DatasetOptions, Format, RawFixation, image_names, scanpaths_within};
use numpy::{IntoPyArray, PyArray2, PyArray3};
use pyo3::{
    exceptions::{PyIndexError, PyRuntimeError, PyValueError},
    prelude::*,
    types::PyCapsule,
};
use rayon::prelude::*;

use crate::errors;

type Any<'py> = Bound<'py, PyAny>;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Dataset>()?;
    module.add_class::<Stimulus>()?;
    module.add_class::<FixationTable>()?;
    module.add_function(wrap_pyfunction!(open_dataset, module)?)
}

/// A dataset: stimuli and the gaze of groups of observers. `open_dataset` makes it. It is a sequence of stimuli.
#[pyclass(frozen, module = "gaze")]
pub(crate) struct Dataset {
    pub(crate) dataset: Arc<gaze_data::Dataset>,
    names: Arc<Vec<String>>,
    table: OnceLock<Table>,
}

/// All fixations, and what was left out.
#[derive(Clone)]
struct Table {
    batch: RecordBatch,
    problems: Arc<Vec<String>>,
}

/// Opens a dataset.
///
/// path: the folder of the dataset, or its file. format: the name of the format, such as "osie" or "table"; None tries all.
/// group_by: the column of a table of fixations whose values are the groups; None for the column called group.
///
/// Images and gaze are read when they are asked for. Raises FileNotFoundError, ValueError for an unknown format, and DataError
/// if the files are not those of a dataset or cannot be read.
#[pyfunction]
#[pyo3(signature = (path, format=None, *, group_by=None))]
fn open_dataset(py: Python<'_>, path: PathBuf, format: Option<&str>, group_by: Option<&str>) -> PyResult<Dataset> {
    let format: Option<Format> = format.map(|name| name.parse().map_err(errors::value)).transpose()?;
    if group_by.is_some() && format.is_some_and(|format| format != Format::Table) {
        return Err(PyValueError::new_err("group_by is for the format table"));
    }
    let group_column = group_by.map(str::to_owned);
    let options = DatasetOptions { format, group_column, ..DatasetOptions::default() };
    let dataset = py.detach(|| gaze_data::Dataset::open_with(&path, &options));
    let dataset = Arc::new(dataset.map_err(errors::data)?);
    let names = Arc::new(image_names(&dataset));
    Ok(Dataset { dataset, names, table: OnceLock::new() })
}

#[pymethods]
impl Dataset {
    /// The name: that of the publication, or else of the description or folder.
    #[getter]
    fn name(&self) -> &str {
        self.dataset.name()
    }

    /// The name of the format in which the dataset was opened.
    #[getter]
    fn format(&self) -> String {
        self.dataset.format().to_string()
    }

    /// The names of the groups of observers; there is at least one.
    #[getter]
    fn groups(&self) -> Vec<String> {
        self.dataset.groups().to_vec()
    }

    /// "recorded" from people, or "simulated" by a program.
    #[getter]
    fn provenance(&self) -> String {
        self.dataset.provenance().to_string()
    }

    /// Pixels per degree of visual angle, or None where that is not known.
    #[getter]
    fn pixels_per_degree(&self) -> Option<f64> {
        self.dataset.pixels_per_degree().map(gaze_core::PixelsPerDegree::get)
    }

    /// The usual blur of empirical maps of this dataset, in pixels, or None where that is not known.
    #[getter]
    fn sigma_px(&self) -> Option<f64> {
        self.dataset.sigma_px()
    }

    /// Notes that a person should read before using the data: what is missing, what was left out.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.dataset.notes().to_vec()
    }

    /// All fixations that lie on their images, as a table; read once, when it is first asked for.
    ///
    /// Raises DataError if no gaze can be read. What was left out is in the table's `problems`.
    #[getter]
    fn fixations(&self, py: Python<'_>) -> PyResult<FixationTable> {
        let table = py.detach(|| self.table().cloned())?;
        Ok(FixationTable(table))
    }

    fn __len__(&self) -> usize {
        self.dataset.stimuli().len()
    }

    fn __getitem__(&self, index: isize) -> PyResult<Stimulus> {
        let count = self.dataset.stimuli().len();
        let place = if index < 0 { count.checked_add_signed(index) } else { usize::try_from(index).ok() };
        let index = place
            .filter(|&place| place < count)
            .ok_or_else(|| PyIndexError::new_err(format!("stimulus {index} of {count}")))?;
        Ok(Stimulus { dataset: Arc::clone(&self.dataset), names: Arc::clone(&self.names), index })
    }

    fn __repr__(&self) -> String {
        let (name, count) = (self.dataset.name(), self.dataset.stimuli().len());
        format!("<gaze.Dataset {name}: {count} stimuli, groups {}>", self.dataset.groups().join(", "))
    }
}

impl Dataset {
    fn table(&self) -> PyResult<&Table> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let table =
            Table::read(&self.dataset, &self.names).map_err(|error| PyRuntimeError::new_err(errors::chain(&error)))?;
        Ok(self.table.get_or_init(|| table))
    }
}

/// The rows of one stimulus: subject, group and fixation.
type Rows = Vec<(String, String, RawFixation)>;

/// The fixations on one stimulus that lie on its image, and what was left out.
fn rows(dataset: &gaze_data::Dataset, index: usize) -> (Rows, Vec<String>) {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let key = dataset.stimuli()[index].key();
    let size = match dataset.image_size(index) {
        Ok(size) => size,
        Err(error) => return (rows, vec![format!("{key}: {}; its fixations are left out", errors::chain(&error))]),
    };
    for gaze in dataset.gaze(index) {
        let raw = match gaze.scanpaths {
            Ok(raw) => raw,
            Err(error) => {
                problems.push(format!("{key}: {}", errors::chain(&error)));
                continue;
            }
        };
        let (_, dropped) = scanpaths_within(&raw, size, &gaze.source);
        problems.extend(dropped.iter().map(|fixation| format!("{fixation}; it is left out")));
        let dropped: HashSet<(usize, usize)> = dropped.iter().map(|d| (d.scanpath, d.index)).collect();
        for (number, scanpath) in raw.iter().enumerate() {
            let subject = scanpath.observer.clone().unwrap_or_else(|| format!("unnamed {}", number + 1));
            let kept = scanpath.fixations.iter().enumerate().filter(|&(at, _)| !dropped.contains(&(number, at)));
            rows.extend(kept.map(|(_, &fixation)| (subject.clone(), gaze.group.clone(), fixation)));
        }
    }
    (rows, problems)
}

impl Table {
    fn read(dataset: &gaze_data::Dataset, names: &[String]) -> Result<Self, arrow_schema::ArrowError> {
        let read: Vec<(Rows, Vec<String>)> =
            (0..names.len()).into_par_iter().map(|index| rows(dataset, index)).collect();
        let problems = read.iter().flat_map(|(_, problems)| problems.iter().cloned()).collect();
        let all = || read.iter().zip(names).flat_map(|((rows, _), name)| rows.iter().map(move |row| (name, row)));
        let texts = |of: fn(&(String, String, RawFixation)) -> &str| {
            Arc::new(StringArray::from_iter_values(all().map(|(_, row)| of(row)))) as Arc<dyn Array>
        };
        let numbers = |of: fn(&RawFixation) -> f64| {
            Arc::new(Float64Array::from_iter_values(all().map(|(_, row)| of(&row.2)))) as Arc<dyn Array>
        };
        let times = |of: fn(&RawFixation) -> Option<f64>| {
            Arc::new(Float64Array::from_iter(all().map(|(_, row)| of(&row.2)))) as Arc<dyn Array>
        };
        let field = |name: &str, kind: &DataType, nullable| Field::new(name, kind.clone(), nullable);
        let (text, number) = (DataType::Utf8, DataType::Float64);
        let schema = Schema::new(vec![
            field("image", &text, false),
            field("subject", &text, false),
            field("x", &number, false),
            field("y", &number, false),
            field("duration_ms", &number, true),
            field("start_ms", &number, true),
            field("group", &text, false),
        ]);
        let columns = vec![
            Arc::new(StringArray::from_iter_values(all().map(|(name, _)| name))) as Arc<dyn Array>,
            texts(|row| &row.0),
            numbers(|fixation| fixation.x),
            numbers(|fixation| fixation.y),
            times(|fixation| fixation.duration_ms),
            times(|fixation| fixation.start_ms),
            texts(|row| &row.1),
        ];
        Ok(Self { batch: RecordBatch::try_new(Arc::new(schema), columns)?, problems: Arc::new(problems) })
    }
}

/// A table of fixations in the layout of Arrow: `pyarrow.table(t)`, `polars.from_arrow(t)` and
/// `pandas.DataFrame.from_arrow(t)` take it through `__arrow_c_stream__`.
///
/// Columns: image (the name of the image's file), subject, x and y (pixels from the top-left corner), duration_ms, start_ms
/// (null where not known), group. Rows stand in the order of the stimuli, groups, observers and time.
#[pyclass(frozen, module = "gaze")]
struct FixationTable(Table);

#[pymethods]
impl FixationTable {
    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.0.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// A sentence about each fixation or file that was left out.
    #[getter]
    fn problems(&self) -> Vec<String> {
        self.0.problems.to_vec()
    }

    /// The table as a stream of the Arrow C data interface. The schema that is asked for is not heeded, as the interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Any<'py>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batch = self.0.batch.clone();
        let schema = batch.schema();
        let stream = FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(batch)], schema)));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    fn __len__(&self) -> usize {
        self.0.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("<gaze.FixationTable of {} fixations>", self.0.batch.num_rows())
    }
}

/// A stimulus of a dataset, which reads its image and gaze when they are asked for.
#[pyclass(frozen, module = "gaze")]
pub(crate) struct Stimulus {
    dataset: Arc<gaze_data::Dataset>,
    names: Arc<Vec<String>>,
    index: usize,
}

#[pymethods]
impl Stimulus {
    /// The key, which is unique in the dataset: the stem of the image's file name where stems differ.
    #[getter]
    fn key(&self) -> &str {
        self.dataset.stimuli()[self.index].key()
    }

    /// The name of the image's file below the folder of the images, as in the table of fixations.
    #[getter]
    fn name(&self) -> &str {
        &self.names[self.index]
    }

    /// The path of the image's file, or of the larger file that holds it; None without an image.
    #[getter]
    fn path(&self) -> Option<PathBuf> {
        self.dataset.stimuli()[self.index].image().map(std::path::Path::to_owned)
    }

    /// The size (height, width) in pixels, read from the header of the file. Raises DataError without an image.
    #[getter]
    fn size(&self, py: Python<'_>) -> PyResult<(usize, usize)> {
        py.detach(|| self.dataset.image_size(self.index)).map(gaze_core::Size::dim).map_err(errors::data)
    }

    /// The image, decoded anew at each call: a uint8 array (height, width, 3) in RGB. Raises DataError if it is damaged.
    #[getter]
    fn image<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray3<u8>>> {
        let stimulus = py.detach(|| self.dataset.image(self.index)).map_err(errors::data)?;
        Ok(stimulus.into_values().into_pyarray(py))
    }

    /// The fixations that lie on the image: an array (n, 2) of x and y in pixels.
    ///
    /// group: the name of a group of observers; None takes all. Raises DataError for gaze that cannot be read, and KeyError for
    /// an unknown group.
    #[pyo3(signature = (group=None))]
    fn fixations<'py>(&self, py: Python<'py>, group: Option<&str>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let scanpaths = self.within(py, group)?;
        let points = scanpaths.iter().flat_map(|scanpath| scanpath.fixations().points());
        array(py, points.copied())
    }

    /// The scanpaths on the image, one for each observer: a list of arrays (n, 2) of x and y in pixels, in temporal order.
    ///
    /// The argument and the errors are those of `fixations`.
    #[pyo3(signature = (group=None))]
    fn scanpaths<'py>(&self, py: Python<'py>, group: Option<&str>) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        let scanpaths = self.within(py, group)?;
        scanpaths.iter().map(|scanpath| array(py, scanpath.fixations().points().iter().copied())).collect()
    }

    fn __repr__(&self) -> String {
        format!("<gaze.Stimulus {}>", self.key())
    }
}

impl Stimulus {
    fn within(&self, py: Python<'_>, group: Option<&str>) -> PyResult<Vec<gaze_core::Scanpath>> {
        if let Some(group) = group.filter(|group| !self.dataset.groups().iter().any(|known| known == group)) {
            let known = self.dataset.groups().join(", ");
            return Err(pyo3::exceptions::PyKeyError::new_err(format!("no group {group:?}; choose {known}")));
        }
        py.detach(|| {
            let size = self.dataset.image_size(self.index).map_err(errors::data)?;
            let mut found = Vec::new();
            for gaze in self.dataset.gaze(self.index) {
                if group.is_none_or(|group| gaze.group == group) {
                    let raw = gaze.scanpaths.map_err(errors::data)?;
                    found.extend(scanpaths_within(&raw, size, &gaze.source).0);
                }
            }
            Ok(found)
        })
    }
}

fn array(py: Python<'_>, points: impl Iterator<Item = gaze_core::Fixation>) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let values: Vec<f64> = points.flat_map(|point| [point.x, point.y]).collect();
    let array = ndarray::Array2::from_shape_vec((values.len() / 2, 2), values).map_err(errors::value)?;
    Ok(array.into_pyarray(py))
}
