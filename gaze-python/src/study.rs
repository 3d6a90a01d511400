//! Studies: the functions that `gaze.run` and the workers of a cluster are made of.

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use gaze_study::{
    FirstPass, NewPart, Outcome, PartStore, Shard, StudyError as Fault, StudyFolder, StudyOptions, finish,
};
use pyo3::{
    create_exception,
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    types::PyBytes,
};
use rayon::{ThreadPool, ThreadPoolBuilder, prelude::*};

use crate::{
    errors::{self, chain},
    study_model::model,
    study_observer::observed,
};

create_exception!(gaze, StudyError, PyRuntimeError, "A study cannot be run or finished; the message says why.");

fn raised(error: Fault) -> PyErr {
    match error {
        Fault::Data(error) => errors::data(error),
        Fault::Model(error) => errors::model(&error),
        Fault::Plan(error) => errors::value(error),
        error => StudyError::new_err(chain(&error)),
    }
}

fn pool(threads: usize) -> PyResult<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// A model of one's own: its place among the models, its name, its function, whether it gives a log density, its version.
type Own = (usize, String, Py<PyAny>, bool, Option<String>);

/// A part that was made: the place of its stimulus, its outcome, and its bytes if they travel.
type Made<'py> = (usize, &'static str, Option<Bound<'py, PyBytes>>);

/// A dataset and models that are opened, with the plan of what is computed from them.
#[pyclass(frozen, module = "gaze._gaze")]
struct Study(gaze_study::Study);

/// The gaze of all stimuli.
#[pyclass(frozen, module = "gaze._gaze")]
struct StudyFirstPass(FirstPass);

/// The output folder of a study. It belongs to this process until it is closed.
#[pyclass(frozen, module = "gaze._gaze")]
struct Folder(Mutex<Option<Arc<StudyFolder>>>);

#[pymethods]
impl Study {
    #[new]
    fn new(py: Python<'_>, options: &str, own: Vec<Own>) -> PyResult<Self> {
        let options: StudyOptions = serde_json::from_str(options).map_err(errors::value)?;
        let own = own
            .into_iter()
            .map(|(place, name, function, is_density, version)| (place, model(name, function, is_density, version)));
        let own = own.collect();
        py.detach(|| options.study(own)).map(Self).map_err(raised)
    }

    /// Sentences of the models that a user should see.
    fn notes(&self) -> Vec<String> {
        self.0.models().iter().flat_map(gaze_study::Model::notes).collect()
    }

    /// Makes a folder ready for the study.
    fn claim(&self, py: Python<'_>, out: PathBuf, overwrite: bool) -> PyResult<Folder> {
        let folder = py.detach(|| StudyFolder::claim(&out, self.0.plan(), overwrite)).map_err(raised)?;
        Ok(Folder(Mutex::new(Some(Arc::new(folder)))))
    }

    /// Reads the gaze and the size of every stimulus.
    fn first_pass(&self, py: Python<'_>, threads: usize, listener: Option<Py<PyAny>>) -> PyResult<StudyFirstPass> {
        let pool = pool(threads)?;
        let found = observed(py, listener.as_ref(), |progress| pool.install(|| self.0.first_pass(progress)))?;
        found.map(StudyFirstPass).map_err(raised)
    }

    /// Takes the first pass of another process.
    fn receive(&self, py: Python<'_>, first_pass: &[u8]) -> PyResult<StudyFirstPass> {
        py.detach(|| self.0.receive(first_pass)).map(StudyFirstPass).map_err(raised)
    }

    /// The first pass as bytes.
    fn send<'py>(&self, py: Python<'py>, first_pass: &StudyFirstPass) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| first_pass.0.to_bytes(self.0.plan()));
        PyBytes::new(py, &bytes)
    }

    /// Prepares the folder, and returns the places of the stimuli to make parts of.
    fn begin(
        &self,
        py: Python<'_>,
        folder: &Folder,
        first_pass: &StudyFirstPass,
        shard: Option<&str>,
    ) -> PyResult<Vec<usize>> {
        let (folder, shard) = (folder.open()?, parse(shard)?);
        py.detach(|| self.0.begin(&folder, &first_pass.0, shard)).map_err(raised)
    }

    /// Runs the whole study on threads. Returns the numbers of stimuli, of those that were done before, and of those that
    /// failed.
    fn run(
        &self,
        py: Python<'_>,
        folder: &Folder,
        shard: Option<&str>,
        threads: usize,
        listener: Option<Py<PyAny>>,
    ) -> PyResult<(usize, usize, usize)> {
        let (folder, shard, pool) = (folder.open()?, parse(shard)?, pool(threads)?);
        let ran = observed(py, listener.as_ref(), |progress| pool.install(|| self.0.run(&folder, shard, progress)))?;
        let ran = ran.map_err(raised)?;
        Ok((ran.stimuli, ran.resumed, ran.failed))
    }

    /// Makes the parts of stimuli, each given by its place and the inputs of an earlier part. Returns for each its place, its
    /// outcome and its bytes. Where `out` is given, parts are written to that folder and have no bytes.
    fn make_parts<'py>(
        &self,
        py: Python<'py>,
        first_pass: &StudyFirstPass,
        stimuli: Vec<(usize, Option<String>)>,
        out: Option<PathBuf>,
        threads: usize,
    ) -> PyResult<Vec<Made<'py>>> {
        let known = self.0.dataset().stimuli().len();
        if let Some((unknown, _)) = stimuli.iter().find(|(index, _)| *index >= known) {
            return Err(PyValueError::new_err(format!("there is no stimulus {unknown}, only {known}")));
        }
        let (pool, store) = (pool(threads)?, out.map(PartStore::new));
        let make = |(index, earlier): (usize, Option<String>)| {
            let Some(part) = self.0.make_part_unless(&first_pass.0, index, earlier.as_deref())? else {
                return Ok((index, "resumed", None));
            };
            let outcome = if part.outcome() == Outcome::Failed { "failed" } else { "scored" };
            let bytes = match &store {
                Some(store) => store.save(&part).map(|()| None)?,
                None => Some(part.to_bytes()),
            };
            Ok::<_, Fault>((index, outcome, bytes))
        };
        let make_all = || stimuli.into_par_iter().with_max_len(1).map(make).collect::<Result<Vec<_>, Fault>>();
        let made = py.detach(|| pool.install(make_all));
        let made = made.map_err(raised)?.into_iter();
        Ok(made.map(|(index, outcome, bytes)| (index, outcome, bytes.map(|bytes| PyBytes::new(py, &bytes)))).collect())
    }
}

fn parse(shard: Option<&str>) -> PyResult<Option<Shard>> {
    shard.map(str::parse).transpose().map_err(|error: gaze_study::ShardError| errors::value(error))
}

#[pymethods]
impl StudyFirstPass {
    /// The keys of all stimuli.
    fn keys(&self) -> Vec<String> {
        self.0.stimuli().iter().map(|stimulus| stimulus.key.clone()).collect()
    }

    /// The number of problems with the gaze on a stimulus.
    fn problems(&self, index: usize) -> usize {
        self.0.stimuli().get(index).map_or(0, |stimulus| stimulus.problems.len())
    }
}

impl Folder {
    fn open(&self) -> PyResult<Arc<StudyFolder>> {
        let folder = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        folder.ok_or_else(|| PyValueError::new_err("the folder is closed"))
    }
}

#[pymethods]
impl Folder {
    /// Gives the folder back, so that another process can claim it.
    fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The hash of the inputs of each part that is done without a failure.
    fn inputs(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<Vec<Option<String>>> {
        let folder = self.open()?;
        Ok(py.detach(|| keys.par_iter().map(|key| folder.parts().inputs(key)).collect()))
    }

    /// Tells of each stimulus whether its part is there, with or without a failure.
    fn finished(&self, py: Python<'_>, keys: Vec<String>) -> PyResult<Vec<bool>> {
        let folder = self.open()?;
        Ok(py.detach(|| keys.par_iter().map(|key| folder.parts().finished(key).is_some()).collect()))
    }

    /// Keeps a part that another process made.
    fn save(&self, py: Python<'_>, part: &[u8], first_pass: &StudyFirstPass) -> PyResult<()> {
        let folder = self.open()?;
        let save = || {
            let part = NewPart::from_bytes(part, &first_pass.0)?;
            folder.parts().save(&part)
        };
        py.detach(save).map_err(raised)
    }

    /// Removes what processes left behind that died while they wrote.
    fn remove_leftovers(&self, py: Python<'_>) -> PyResult<()> {
        let folder = self.open()?;
        py.detach(|| folder.remove_leftovers()).map_err(raised)
    }

    /// Makes the summary and the report from the parts. Returns the tables for a terminal and whether there were problems.
    fn finish(&self, py: Python<'_>) -> PyResult<(String, bool, Vec<String>)> {
        let folder = self.open()?;
        py.detach(|| {
            let summary = finish(&folder).map_err(raised)?;
            gaze_report::write(&folder, &summary).map_err(|error| StudyError::new_err(chain(&error)))?;
            let undefined = gaze_report::undefined(&summary);
            Ok::<_, PyErr>((gaze_report::terminal(&summary), summary.has_problems(), undefined))
        })
    }
}

/// The options of the study as JSON, the output folder, the shard, whether to overwrite, the number of threads, whether to be
/// quiet.
type Request = (String, PathBuf, Option<String>, bool, Option<u16>, bool);

/// The text that refuses arguments, and an exit status.
type Refusal = (String, u8);

/// What the arguments of `gaze-cli run` mean; or the text that refuses them, and an exit status.
#[pyfunction]
fn run_request(args: Vec<OsString>) -> PyResult<(Option<Request>, Option<Refusal>)> {
    match gaze_cli::run_request(args) {
        Ok(request) => {
            let options = serde_json::to_string(&request.options).map_err(errors::value)?;
            let shard = request.shard.map(|shard| shard.to_string());
            Ok((Some((options, request.out, shard, request.overwrite, request.threads, request.quiet)), None))
        }
        Err(refused) => Ok((None, Some((refused.text, refused.status)))),
    }
}

/// Runs the program `gaze-cli` with these arguments, of which the first is its name, and returns its exit status.
#[pyfunction]
fn main(py: Python<'_>, args: Vec<OsString>) -> u8 {
    py.detach(|| gaze_cli::main_with(args))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("StudyError", module.py().get_type::<StudyError>())?;
    module.add_class::<Study>()?;
    module.add_class::<StudyFirstPass>()?;
    module.add_class::<Folder>()?;
    module.add_function(wrap_pyfunction!(run_request, module)?)?;
    module.add_function(wrap_pyfunction!(main, module)?)
}
