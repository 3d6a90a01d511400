//! All metrics of a profile for one prediction, or for many in parallel.

use gaze_core::{FixationMap, Fixations, LogDensity, Prediction, SaliencyMap, Size};
use gaze_data::MapKind;
use gaze_metrics::MetricError as NoValue;
use gaze_study::metrics::{
    Empirical, Evidence, Given, Judges, METRICS, Maps, Missing, Profile, SIMILARITY_SAMPLES, Variant, variant_of,
};
use gaze_targets::{GaussianKernel, empirical_map};
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
};
use rayon::prelude::*;

use crate::{
    convert::{Nonfixations, Numbers, View, choose, points},
    errors,
};

type Any<'py> = Bound<'py, PyAny>;

/// A metric's name, with its value or the reason why it has none.
type Scored = (String, Option<f64>, Option<String>);

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(evaluate, module)?)?;
    module.add_function(wrap_pyfunction!(evaluate_many, module)?)?;
    module.add_function(wrap_pyfunction!(metrics, module)?)
}

/// The settings that all cases share.
struct Settings {
    profile: Option<Profile>,
    kind: MapKind,
    sigma_px: Option<f64>,
    kernel: Option<GaussianKernel>,
    emd_downsize: usize,
}

impl Settings {
    fn new(profile: &str, kind: &str, sigma_px: Option<f64>, emd_downsize: usize) -> PyResult<Self> {
        let profiles = [("tuebingen", Some(Profile::Tuebingen)), ("mit", Some(Profile::Mit)), ("all", None)];
        if emd_downsize == 0 {
            return Err(PyValueError::new_err("emd_downsize must be at least 1"));
        }
        Ok(Self {
            profile: choose("profile", profile, &profiles)?,
            kind: kind_of(kind)?,
            sigma_px,
            kernel: sigma_px.map(GaussianKernel::new).transpose().map_err(errors::value)?,
            emd_downsize,
        })
    }

    /// The definitions that are computed, with their names in the result.
    fn chosen(&self, density: bool) -> Vec<(String, &'static Variant)> {
        let rows = METRICS.iter();
        match self.profile {
            Some(profile) => {
                rows.filter_map(|row| Some((row.name.to_owned(), variant_of(row.metric, profile, density)?))).collect()
            }
            None => rows
                .flat_map(|row| row.variants.iter().map(|variant| (format!("{}/{}", row.name, variant.name), variant)))
                .filter(|(_, variant)| density || variant.judges == Judges::Any)
                .collect(),
        }
    }
}

/// The inputs of one case, as they lie in Python's arrays.
struct Case<'py> {
    prediction: Numbers<'py>,
    points: Vec<gaze_core::Fixation>,
    empirical: Option<Numbers<'py>>,
    baseline: Baseline<Numbers<'py>>,
    nonfixations: Option<Nonfixations>,
}

/// The baseline of information gain and of the shuffled AUC of densities.
#[derive(Clone, Copy)]
enum Baseline<T> {
    None,
    Uniform,
    Given(T),
}

impl<'py> Baseline<Numbers<'py>> {
    fn of(value: Option<&Any<'py>>) -> PyResult<Self> {
        let Some(value) = value else { return Ok(Self::None) };
        match value.extract::<String>() {
            Ok(name) if name == "uniform" => Ok(Self::Uniform),
            Ok(name) => {
                Err(PyValueError::new_err(format!("baseline={name:?} is not known; choose \"uniform\" or an array")))
            }
            Err(_) => Numbers::of(value, "baseline").map(Self::Given),
        }
    }

    fn view(&self) -> Baseline<View<'_>> {
        match self {
            Self::None => Baseline::None,
            Self::Uniform => Baseline::Uniform,
            Self::Given(numbers) => Baseline::Given(numbers.view()),
        }
    }
}

/// The inputs of one case, which may be read without the interpreter.
struct Inputs<'a> {
    prediction: View<'a>,
    points: Vec<gaze_core::Fixation>,
    empirical: Option<View<'a>>,
    baseline: Baseline<View<'a>>,
    nonfixations: Option<Nonfixations>,
}

impl<'py> Case<'py> {
    fn new(
        prediction: &Any<'py>,
        points: Vec<gaze_core::Fixation>,
        empirical: Option<&Any<'py>>,
        baseline: Option<&Any<'py>>,
        nonfixations: Option<&Any<'py>>,
    ) -> PyResult<Self> {
        Ok(Self {
            prediction: Numbers::of(prediction, "prediction")?,
            points,
            empirical: empirical.map(|map| Numbers::of(map, "empirical")).transpose()?,
            baseline: Baseline::of(baseline)?,
            nonfixations: nonfixations.map(Nonfixations::of).transpose()?,
        })
    }

    fn inputs(&mut self) -> Inputs<'_> {
        Inputs {
            prediction: self.prediction.view(),
            points: std::mem::take(&mut self.points),
            empirical: self.empirical.as_ref().map(Numbers::view),
            baseline: self.baseline.view(),
            nonfixations: self.nonfixations.take(),
        }
    }
}

impl Inputs<'_> {
    fn score(self, settings: &Settings) -> PyResult<Vec<Scored>> {
        let prediction = prediction_of(self.prediction, settings.kind)?;
        let size = prediction.size();
        let fixations = Fixations::new(size, self.points).map_err(errors::value)?;
        let empirical: Result<SaliencyMap<'_>, Missing> = match (self.empirical, &settings.kernel) {
            (Some(map), _) => Ok(same_size("empirical", map.wide().map_err(errors::value)?, size, SaliencyMap::size)?),
            (None, Some(kernel)) => empirical_map(&fixations, kernel).map_err(|_| NoValue::NoFixations.into()),
            (None, None) => Err(Missing::Input("needs empirical= or sigma_px=")),
        };
        let empirical = empirical.map(Empirical::of);
        let baseline = match self.baseline {
            Baseline::None => None,
            Baseline::Uniform => Some(Prediction::Density(LogDensity::uniform(size).map_err(errors::value)?)),
            Baseline::Given(view) => {
                Some(same_size("baseline", prediction_of(view, MapKind::Auto)?, size, Prediction::size)?)
            }
        };
        let nonfixations = self.nonfixations.map(|others| others.counted(size)).transpose()?;
        let nonfixations =
            nonfixations.map(|others| same_size("nonfixations", others, size, FixationMap::size)).transpose()?;
        let (maps, baseline) = (Maps::of(&prediction), baseline.as_ref().map(Maps::of));
        let evidence = Evidence::new(Given {
            prediction: &maps,
            fixations: &fixations,
            empirical: empirical.as_ref().map_err(Missing::clone),
            sigma_px: settings.sigma_px.ok_or(Missing::Input("needs sigma_px=")),
            expected_fixations: fixations.len(),
            baseline: baseline.as_ref().ok_or(Missing::Input("needs baseline=")),
            nonfixations: nonfixations.as_ref().ok_or(Missing::Input("needs nonfixations=")),
            emd_downsize: settings.emd_downsize,
            similarity_samples: SIMILARITY_SAMPLES,
        });
        let chosen = settings.chosen(prediction.density().is_some());
        let scored = chosen.into_iter().map(|(name, variant)| match (variant.compute)(&evidence) {
            Ok(value) => (name, Some(value), None),
            Err(reason) => (name, None, Some(reason.to_string())),
        });
        Ok(scored.collect())
    }
}

/// What the numbers of a prediction mean.
pub(crate) fn kind_of(name: &str) -> PyResult<MapKind> {
    let kinds = [
        ("auto", MapKind::Auto),
        ("scores", MapKind::Scores),
        ("log-density", MapKind::LogDensity),
        ("unnormalised", MapKind::Unnormalized),
    ];
    choose("kind", name, &kinds)
}

/// A prediction of an array's numbers.
pub(crate) fn prediction_of(view: View<'_>, kind: MapKind) -> PyResult<Prediction> {
    gaze_data::StoredMap::of_array(view.to_owned(), true).prediction(kind).map_err(errors::value)
}

fn same_size<T>(name: &str, map: T, expected: Size, size: impl Fn(&T) -> Size) -> PyResult<T> {
    let found = size(&map);
    if found == expected {
        return Ok(map);
    }
    Err(PyValueError::new_err(format!("{name} is {found}, the prediction {expected} (height x width)")))
}

/// Scores one prediction: a list of (name, value or None, reason or None). `gaze.evaluate` makes a `Scores` of it.
#[pyfunction]
#[pyo3(signature = (
    prediction, fixations, y=None, *, profile="tuebingen", kind="auto", empirical=None, sigma_px=None, baseline=None,
    nonfixations=None, emd_downsize=32
))]
#[expect(clippy::too_many_arguments, reason = "they are keyword arguments in Python")]
fn evaluate<'py>(
    py: Python<'py>,
    prediction: &Any<'py>,
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
    profile: &str,
    kind: &str,
    empirical: Option<&Any<'py>>,
    sigma_px: Option<f64>,
    baseline: Option<&Any<'py>>,
    nonfixations: Option<&Any<'py>>,
    emd_downsize: usize,
) -> PyResult<Vec<Scored>> {
    let settings = Settings::new(profile, kind, sigma_px, emd_downsize)?;
    let points = points(fixations, y, "fixations")?;
    let mut case = Case::new(prediction, points, empirical, baseline, nonfixations)?;
    let inputs = case.inputs();
    py.detach(|| inputs.score(&settings))
}

/// Scores many predictions in parallel; the lists have one entry for each prediction.
#[pyfunction]
#[pyo3(signature = (
    predictions, fixations, *, profile="tuebingen", kind="auto", empirical=None, sigma_px=None, baseline=None,
    nonfixations=None, emd_downsize=32, threads=None
))]
#[expect(clippy::too_many_arguments, reason = "they are keyword arguments in Python")]
fn evaluate_many<'py>(
    py: Python<'py>,
    predictions: Vec<Any<'py>>,
    fixations: Vec<Any<'py>>,
    profile: &str,
    kind: &str,
    empirical: Option<Vec<Any<'py>>>,
    sigma_px: Option<f64>,
    baseline: Option<Any<'py>>,
    nonfixations: Option<Vec<Any<'py>>>,
    emd_downsize: usize,
    threads: Option<usize>,
) -> PyResult<Vec<Vec<Scored>>> {
    let settings = Settings::new(profile, kind, sigma_px, emd_downsize)?;
    let count = predictions.len();
    // A list has a baseline for each prediction; a name or an array is the baseline of all.
    let baselines = match &baseline {
        Some(value) if value.is_instance_of::<pyo3::types::PyList>() => Some(value.extract::<Vec<Any<'py>>>()?),
        _ => None,
    };
    let lists = [
        ("fixations", Some(&fixations)),
        ("empirical", empirical.as_ref()),
        ("baseline", baselines.as_ref()),
        ("nonfixations", nonfixations.as_ref()),
    ];
    for (name, list) in lists {
        if let Some(found) = list.map(Vec::len).filter(|&found| found != count) {
            return Err(PyValueError::new_err(format!("{name} has {found} entries for {count} predictions")));
        }
    }
    let entry = |list: &Option<Vec<Any<'py>>>, at: usize| list.as_ref().map(|list| list[at].clone());
    let mut cases = Vec::with_capacity(count);
    for (at, prediction) in predictions.iter().enumerate() {
        let case = points(&fixations[at], None, "fixations").and_then(|points| {
            let baseline = entry(&baselines, at).or_else(|| baseline.clone());
            let (empirical, others) = (entry(&empirical, at), entry(&nonfixations, at));
            Case::new(prediction, points, empirical.as_ref(), baseline.as_ref(), others.as_ref())
        });
        cases.push(case.map_err(|error| of_case(py, at, &error))?);
    }
    let inputs: Vec<Inputs<'_>> = cases.iter_mut().map(Case::inputs).collect();
    let scored = in_threads(py, threads, || {
        inputs.into_par_iter().map(|inputs| inputs.score(&settings)).collect::<Vec<PyResult<_>>>()
    })?;
    scored.into_iter().enumerate().map(|(at, case)| case.map_err(|error| of_case(py, at, &error))).collect()
}

/// The same error, with the case that it concerns.
fn of_case(py: Python<'_>, at: usize, error: &PyErr) -> PyErr {
    PyErr::from_type(error.get_type(py), format!("prediction {at}: {}", error.value(py)))
}

/// Works on a number of threads without the interpreter; `None` takes one per core.
pub(crate) fn in_threads<R: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    work: impl FnOnce() -> R + Send,
) -> PyResult<R> {
    py.detach(|| match threads {
        None => Ok(work()),
        Some(count) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
            Ok(pool.map_err(|error| PyRuntimeError::new_err(error.to_string()))?.install(work))
        }
    })
}

/// What is known of every metric: a list of dicts with name, label, unit, higher_is_better, meaning, range, needs, reference
/// and variants (name, profile or None, meaning).
#[pyfunction]
fn metrics(py: Python<'_>) -> PyResult<Vec<Bound<'_, pyo3::types::PyDict>>> {
    use pyo3::types::PyDict;
    let describe = |row: &gaze_study::metrics::MetricRow| {
        let dict = PyDict::new(py);
        dict.set_item("name", row.name)?;
        dict.set_item("label", row.label)?;
        dict.set_item("unit", row.unit)?;
        dict.set_item("higher_is_better", row.higher_is_better)?;
        dict.set_item("meaning", row.meaning)?;
        dict.set_item("range", row.range)?;
        dict.set_item("needs", row.needs)?;
        dict.set_item("reference", row.reference)?;
        let variants = row.variants.iter().map(|variant| {
            let dict = PyDict::new(py);
            dict.set_item("name", variant.name)?;
            dict.set_item("profile", variant.profile.map(Profile::name))?;
            dict.set_item("meaning", variant.meaning)?;
            Ok(dict)
        });
        dict.set_item("variants", variants.collect::<PyResult<Vec<_>>>()?)?;
        Ok(dict)
    };
    METRICS.iter().map(describe).collect()
}
