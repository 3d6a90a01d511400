//! Targets for training, and the maps and densities that fixations become.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use gaze_core::{Fixation, Fixations, PixelsPerDegree};
use gaze_data::{Background, Turning};
use gaze_targets as rust;
use gaze_targets::{
    Augmentation, BadSamples, Blur, Boundary, Experiment, Fit, GaussianKernel, Geometry, Jitter, LastBatch,
    LoaderSettings, Mass, MixtureRng, Normalization, Order, Overlap, Report, Sample, SampleSource, Splat,
    Supersampling,
};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyArray4};
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    types::PyDict,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    convert::{Picture, choose, points, size},
    datasets::Dataset,
    errors::{self, value},
    metrics::images,
};

type Any<'py> = Bound<'py, PyAny>;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<RasterSettings>()?;
    module.add_class::<Rasterizer>()?;
    module.add_class::<Batches>()?;
    module.add_class::<Batch>()?;
    module.add_class::<BatchIterator>()?;
    module.add_class::<CenterBias>()?;
    module.add_function(wrap_pyfunction!(count_map, module)?)?;
    module.add_function(wrap_pyfunction!(binary_map, module)?)?;
    module.add_function(wrap_pyfunction!(empirical_map, module)?)?;
    module.add_function(wrap_pyfunction!(kernel_density, module)?)
}

/// Computes a map of fixations while other threads of Python run.
fn of_fixations<R: Send>(
    fixations: &Any<'_>,
    y: Option<&Any<'_>>,
    size: (usize, usize),
    work: impl FnOnce(&Fixations) -> PyResult<R> + Send,
) -> PyResult<R> {
    let points = points(fixations, y, "fixations")?;
    fixations.py().detach(move || {
        let fixations = Fixations::new(self::size(size), points).map_err(value)?;
        work(&fixations)
    })
}

/// The number of fixations on each pixel: a float32 array (height, width).
///
/// fixations, y: x and y in pixels as two arrays, or one array (n, 2). size: (height, width) of the image.
/// Raises ValueError for a point outside the image.
#[pyfunction]
#[pyo3(signature = (fixations, y=None, *, size))]
fn count_map<'py>(
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
    size: (usize, usize),
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let map = of_fixations(fixations, y, size, |fixations| Ok(rust::count_map(fixations)))?;
    Ok(map.into_pyarray(fixations.py()))
}

/// 1 where at least one fixation fell, else 0: a float32 array (height, width). The arguments are those of `count_map`.
#[pyfunction]
#[pyo3(signature = (fixations, y=None, *, size))]
fn binary_map<'py>(
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
    size: (usize, usize),
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let map = of_fixations(fixations, y, size, |fixations| Ok(rust::binary_map(fixations)))?;
    Ok(map.into_pyarray(fixations.py()))
}

/// The empirical map: fixations blurred by a Gaussian, fixations per pixel; a float64 array (height, width) with sum n.
///
/// fixations, y: x and y in pixels as two arrays, or one array (n, 2); at least 1 point. size: (height, width) of the image.
/// sigma_px: standard deviation in pixels, usually one degree of visual angle; above 0 and at most 10 000.
/// Raises ValueError for a point outside the image, without fixations and for another sigma.
#[pyfunction]
#[pyo3(signature = (fixations, y=None, *, size, sigma_px))]
fn empirical_map<'py>(
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
    size: (usize, usize),
    sigma_px: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let kernel = GaussianKernel::new(sigma_px).map_err(value)?;
    let map = of_fixations(fixations, y, size, |fixations| rust::empirical_map(fixations, &kernel).map_err(value))?;
    Ok(map.into_values().into_pyarray(fixations.py()))
}

/// The density of fixations: a Gaussian on each, mixed with the uniform density; natural log probabilities (height, width).
///
/// The arguments are those of `empirical_map`. uniform_share: the weight of the uniform density, in 0 to 1.
/// Raises ValueError as `empirical_map` does, and for another share.
#[pyfunction]
#[pyo3(signature = (fixations, y=None, *, size, sigma_px, uniform_share=0.0))]
fn kernel_density<'py>(
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
    size: (usize, usize),
    sigma_px: f64,
    uniform_share: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let kernel = GaussianKernel::new(sigma_px).map_err(value)?;
    let density = of_fixations(fixations, y, size, |fixations| {
        rust::kernel_density(fixations, &kernel, uniform_share).map_err(value)
    })?;
    Ok(density.into_values().into_pyarray(fixations.py()))
}

/// The center bias of a dataset: where people look whatever the picture shows.
///
/// sizes: a list of (height, width), in pixels. fixations: for each image an array (n, 2), or a tuple (x, y) of arrays.
/// bandwidth: standard deviation of the Gaussian as a fraction of the image's width, in 0 to 1. uniform_share: the weight of
/// the uniform density, in 0 to 1. Raises ValueError for a point outside its image and for other numbers.
#[pyclass(frozen, module = "gaze")]
struct CenterBias(rust::CenterBias);

#[pymethods]
impl CenterBias {
    #[new]
    #[pyo3(signature = (
        sizes, fixations, *, bandwidth=rust::CenterBias::DEFAULT_BANDWIDTH,
        uniform_share=rust::CenterBias::DEFAULT_UNIFORM_SHARE
    ))]
    fn new(sizes: Vec<(usize, usize)>, fixations: Vec<Any<'_>>, bandwidth: f64, uniform_share: f64) -> PyResult<Self> {
        let images = images(&sizes, &fixations)?;
        rust::CenterBias::new(&images, bandwidth, uniform_share).map(Self).map_err(value)
    }

    /// The density of the fixations on all images but the one at `index`, for an image of `size` (height, width): natural log
    /// probabilities (height, width). An index beyond the last image leaves none out.
    /// Raises ValueError if no other image has a fixation.
    fn without<'py>(&self, py: Python<'py>, index: usize, size: (usize, usize)) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let size = self::size(size);
        let density = py.detach(|| self.0.without(index, size)).map_err(value)?;
        Ok(density.into_values().into_pyarray(py))
    }
}

/// The settings by which targets are made of gaze.
///
/// size: (height, width) of the target, in pixels.
/// sample_ratio: the share of experiments that is used, in 0 to 1.
/// jitter: standard deviation of noise on each point, as a fraction of the target's width.
/// splat: "nearest" or "bilinear". overlap: "accumulate" (points add up) or "assign" (the last one wins, as in crumpets).
/// supersampling: samples along a side of each target pixel, or None for as many as the source has there.
/// mass: "sum" or "mean" of the samples.
/// blur_width_fraction: standard deviation of the blur as a fraction of the target's width; or sigma_px, in target pixels; or
///     sigma_degrees with pixels_per_degree of the source picture.
/// boundary: "mirror", "reflect", "replicate" or "zero". normalization: None, "maximum" or "sum".
/// Raises ValueError for other values.
#[pyclass(frozen, module = "gaze")]
struct RasterSettings(rust::RasterSettings);

#[pymethods]
impl RasterSettings {
    #[new]
    #[pyo3(signature = (
        size, *, sample_ratio=1.0, jitter=None, splat="nearest", overlap="accumulate", supersampling=None, mass="sum",
        blur_width_fraction=None, sigma_px=None, sigma_degrees=None, pixels_per_degree=None, boundary="mirror",
        normalization=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keyword arguments in Python")]
    fn new(
        size: (usize, usize),
        sample_ratio: f64,
        jitter: Option<f64>,
        splat: &str,
        overlap: &str,
        supersampling: Option<u32>,
        mass: &str,
        blur_width_fraction: Option<f64>,
        sigma_px: Option<f64>,
        sigma_degrees: Option<f64>,
        pixels_per_degree: Option<f64>,
        boundary: &str,
        normalization: Option<&str>,
    ) -> PyResult<Self> {
        let blur = match (blur_width_fraction, sigma_px, sigma_degrees, pixels_per_degree) {
            (None, None, None, None) => Blur::None,
            (Some(fraction), None, None, None) => Blur::WidthFraction(fraction),
            (None, Some(sigma), None, None) => Blur::Pixels(sigma),
            (None, None, Some(degrees), Some(pixels)) => {
                Blur::Degrees { degrees, pixels_per_degree: PixelsPerDegree::new(pixels).map_err(value)? }
            }
            _ => {
                return Err(PyValueError::new_err(
                    "give one of blur_width_fraction, sigma_px, or sigma_degrees with pixels_per_degree",
                ));
            }
        };
        let settings = rust::RasterSettings {
            target: self::size(size),
            sample_ratio,
            jitter: jitter.map_or(Jitter::None, Jitter::WidthFraction),
            splat: choose("splat", splat, &[("nearest", Splat::Nearest), ("bilinear", Splat::Bilinear)])?,
            overlap: choose("overlap", overlap, &[("accumulate", Overlap::Accumulate), ("assign", Overlap::Assign)])?,
            supersampling: supersampling.map_or(Supersampling::Auto, Supersampling::Fixed),
            weight: rust::Weight::One,
            mass: choose("mass", mass, &[("sum", Mass::Sum), ("mean", Mass::Mean)])?,
            blur,
            boundary: choose(
                "boundary",
                boundary,
                &[
                    ("mirror", Boundary::Mirror),
                    ("reflect", Boundary::Reflect),
                    ("replicate", Boundary::Replicate),
                    ("zero", Boundary::Zero),
                ],
            )?,
            normalization: match normalization {
                None => Normalization::None,
                Some(name) => {
                    choose("normalization", name, &[("maximum", Normalization::Maximum), ("sum", Normalization::Sum)])?
                }
            },
        };
        settings.check().map_err(value)?;
        Ok(Self(settings))
    }

    /// The size (height, width) of the target.
    #[getter]
    fn size(&self) -> (usize, usize) {
        self.0.target.dim()
    }
}

/// Makes targets of gaze, and keeps its memory from one to the next. A rasterizer serves one thread at a time.
///
/// settings: a RasterSettings.
#[pyclass(frozen, module = "gaze")]
struct Rasterizer(Mutex<rust::Rasterizer>);

#[pymethods]
impl Rasterizer {
    #[new]
    fn new(settings: &RasterSettings) -> PyResult<Self> {
        Ok(Self(Mutex::new(rust::Rasterizer::new(settings.0).map_err(value)?)))
    }

    /// Makes a target of the gaze on a picture.
    ///
    /// picture_size: (height, width) of the picture, in pixels.
    /// experiments: for each observer an array (n, 2) of x and y, or a tuple (x, y) of arrays. Points may be NaN or lie outside
    ///     the picture; they are counted and left out.
    /// seed: decides which experiments are chosen, and the jitter.
    /// angle_degrees, scale, aspect, shift, shear (pairs x, y), mirror_horizontal, mirror_vertical, fit ("shortest" or
    ///     "longest"): the transform of the picture on the way to the target.
    ///
    /// Returns a float32 array (height, width) of the target's size, and a dict that says how many points were kept and dropped.
    /// Raises ValueError if no point lies on the picture, and for parameters that are no such number.
    #[pyo3(signature = (
        picture_size, experiments, *, seed=0, angle_degrees=0.0, scale=1.0, aspect=1.0, shift=[0.0, 0.0],
        shear=[0.0, 0.0], mirror_horizontal=false, mirror_vertical=false, fit="shortest"
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keyword arguments in Python")]
    fn rasterize<'py>(
        &self,
        py: Python<'py>,
        picture_size: (usize, usize),
        experiments: Vec<Any<'py>>,
        seed: u64,
        angle_degrees: f64,
        scale: f64,
        aspect: f64,
        shift: [f64; 2],
        shear: [f64; 2],
        mirror_horizontal: bool,
        mirror_vertical: bool,
        fit: &str,
    ) -> PyResult<(Bound<'py, PyArray2<f32>>, Bound<'py, PyDict>)> {
        let experiments = experiments
            .iter()
            .map(|experiment| points(experiment, None, "experiments"))
            .collect::<PyResult<Vec<Vec<Fixation>>>>()?;
        let geometry = Geometry {
            angle_degrees,
            scale,
            aspect,
            shift_x: shift[0],
            shift_y: shift[1],
            shear_x: shear[0],
            shear_y: shear[1],
            mirror_horizontal,
            mirror_vertical,
            fit: choose("fit", fit, &[("shortest", Fit::Shortest), ("longest", Fit::Longest)])?,
        };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (target, report) = py.detach(|| {
            let mut rasterizer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            rasterizer.rasterize(size(picture_size), &geometry, &experiments, &mut random).map_err(value)
        })?;
        Ok((target.into_pyarray(py), told(py, &report)?))
    }
}

fn told<'py>(py: Python<'py>, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("kept", report.kept)?;
    dict.set_item("not_a_number", report.dropped.not_a_number)?;
    dict.set_item("infinite", report.dropped.infinite)?;
    dict.set_item("outside_image", report.dropped.outside_image)?;
    dict.set_item("outside_target", report.dropped.outside_target)?;
    dict.set_item("not_chosen", report.not_chosen)?;
    dict.set_item("experiments", report.experiments)?;
    dict.set_item("without_points", report.without_points)?;
    dict.set_item("chosen", report.chosen)?;
    dict.set_item("supersampling", report.supersampling)?;
    Ok(dict)
}

/// Samples for the loader.
#[derive(Clone)]
enum Source {
    Dataset { dataset: Arc<gaze_data::Dataset>, group: Option<String> },
    Lists(Arc<Vec<(Picture, Vec<Experiment>)>>),
}

/// The reason why a sample cannot be read.
#[derive(Debug)]
struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Unreadable {}

impl SampleSource for Source {
    type Error = Unreadable;

    fn count(&self) -> usize {
        match self {
            Self::Dataset { dataset, .. } => dataset.stimuli().len(),
            Self::Lists(samples) => samples.len(),
        }
    }

    fn read(&self, index: usize, sample: &mut Sample) -> Result<(), Unreadable> {
        let failed = |error: &dyn Error| Unreadable(errors::chain(error));
        let picture = match self {
            Self::Dataset { dataset, group } => {
                sample.experiments.clear();
                for gaze in dataset.gaze(index) {
                    if group.as_ref().is_none_or(|group| *group == gaze.group) {
                        for scanpath in gaze.scanpaths.map_err(|error| failed(&error))? {
                            let kept = scanpath.fixations.iter().filter(|fixation| fixation.excluded.is_none());
                            let locations = kept.map(|fixation| Fixation { x: fixation.x, y: fixation.y }).collect();
                            sample.experiments.push(Experiment { locations, fixations: None });
                        }
                    }
                }
                dataset.image(index).map_err(|error| failed(&error))?
            }
            Self::Lists(samples) => {
                let (picture, experiments) = &samples[index];
                sample.experiments.clone_from(experiments);
                match picture {
                    Picture::Pixels(stimulus) => stimulus.clone(),
                    Picture::File(path) => {
                        gaze_data::read_image(path, Turning::AsStored, Background::WHITE)
                            .map_err(|error| failed(&error))?
                            .stimulus
                    }
                }
            }
        };
        sample.size = picture.size();
        sample.channels = 3;
        sample.pixels.clear();
        sample.pixels.extend(picture.pixels().iter());
        Ok(())
    }
}

/// Batches of pictures and targets for training, made by threads of Rust; iterating gives one epoch.
///
/// source: a Dataset, or a tuple (images, experiments) of lists: pictures as `Model.log_density` takes them, and for each a list
///     of arrays (n, 2), one for each observer.
/// target: the RasterSettings of the targets. picture_size: (height, width) of the pictures; None for the target's size.
/// group: the group of observers of a Dataset; None takes all.
/// augmentation: "none", "train" or "all", the presets of crumpets. The same transform goes to picture and gaze.
/// batch_size: samples per batch, at least 1. shuffle: another order in each epoch. drop_last: leave out a last, smaller batch.
/// bad_samples: "fill" (a sample that cannot be made has a row of fill values, and the batch says so) or "stop".
/// seed, epoch: decide the order and every draw; iterating adds 1 to the epoch when it ends. threads: 0 for one per core; it
///     does not change what is made. samples_ahead: finished samples that each thread may hold.
/// Raises ValueError for other values.
#[pyclass(frozen, module = "gaze")]
struct Batches {
    source: Source,
    settings: LoaderSettings,
    epoch: Mutex<u32>,
}

#[pymethods]
impl Batches {
    #[new]
    #[pyo3(signature = (
        source, target, *, picture_size=None, group=None, augmentation="none", batch_size=16, shuffle=false,
        drop_last=false, bad_samples="fill", seed=0, epoch=0, threads=0, samples_ahead=4
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keyword arguments in Python")]
    fn new(
        source: &Any<'_>,
        target: &RasterSettings,
        picture_size: Option<(usize, usize)>,
        group: Option<String>,
        augmentation: &str,
        batch_size: usize,
        shuffle: bool,
        drop_last: bool,
        bad_samples: &str,
        seed: u64,
        epoch: u32,
        threads: usize,
        samples_ahead: usize,
    ) -> PyResult<Self> {
        let source = match source.cast::<Dataset>() {
            Ok(dataset) => {
                let dataset = Arc::clone(&dataset.get().dataset);
                if let Some(group) = group.as_ref().filter(|group| !dataset.groups().contains(group)) {
                    let known = dataset.groups().join(", ");
                    return Err(PyValueError::new_err(format!("no group {group:?}; choose {known}")));
                }
                Source::Dataset { dataset, group }
            }
            Err(_) => lists(source)?,
        };
        let picture_size = picture_size.map_or(target.0.target, size);
        let mut settings = LoaderSettings::new(rust::PictureSettings::new(picture_size), target.0);
        let presets = ["none", "train", "all"];
        let preset = choose("augmentation", augmentation, &presets.map(|name| (name, name)))?;
        settings.augmentation = match preset {
            "train" => MixtureRng::train(),
            "all" => MixtureRng::all(),
            _ => MixtureRng::none(),
        };
        settings.batch_size = batch_size;
        settings.order = if shuffle { Order::Shuffled } else { Order::Sequential };
        settings.last_batch = if drop_last { LastBatch::Drop } else { LastBatch::Keep };
        settings.bad_samples =
            choose("bad_samples", bad_samples, &[("fill", BadSamples::Fill), ("stop", BadSamples::Stop)])?;
        (settings.seed, settings.threads, settings.samples_ahead) = (seed, threads, samples_ahead);
        if batch_size == 0 {
            return Err(PyValueError::new_err("batch_size must be at least 1"));
        }
        Ok(Self { source, settings, epoch: Mutex::new(epoch) })
    }

    /// The epoch that the next iteration makes.
    #[getter]
    fn epoch(&self) -> u32 {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the epoch that the next iteration makes.
    fn set_epoch(&self, epoch: u32) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = epoch;
    }

    /// The number of batches of an epoch.
    fn __len__(&self) -> usize {
        let (samples, size) = (self.source.count(), self.settings.batch_size);
        match self.settings.last_batch {
            LastBatch::Keep => samples.div_ceil(size),
            LastBatch::Drop => samples / size,
        }
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<BatchIterator> {
        let epoch = {
            let mut next = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
            let epoch = *next;
            *next = next.wrapping_add(1);
            epoch
        };
        let settings = LoaderSettings { epoch, ..self.settings.clone() };
        let batches = py.detach(|| rust::Batches::new(self.source.clone(), settings)).map_err(value)?;
        Ok(BatchIterator(Mutex::new(batches)))
    }
}

/// Takes a tuple of pictures and of the gaze on each.
fn lists(source: &Any<'_>) -> PyResult<Source> {
    let (images, gaze): (Vec<Any<'_>>, Vec<Vec<Any<'_>>>) = source.extract()?;
    if images.len() != gaze.len() {
        let (images, lists) = (images.len(), gaze.len());
        return Err(PyValueError::new_err(format!("{images} images with {lists} lists of experiments")));
    }
    let sample = |(image, experiments): (&Any<'_>, &Vec<Any<'_>>)| {
        let experiments = experiments
            .iter()
            .map(|experiment| Ok(Experiment { locations: points(experiment, None, "experiments")?, fixations: None }));
        Ok((Picture::of(image)?, experiments.collect::<PyResult<_>>()?))
    };
    Ok(Source::Lists(Arc::new(images.iter().zip(&gaze).map(sample).collect::<PyResult<_>>()?)))
}

/// The batches of one epoch.
#[pyclass(frozen, module = "gaze")]
struct BatchIterator(Mutex<rust::Batches<f32>>);

#[pymethods]
impl BatchIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        let next = py.detach(|| self.0.lock().unwrap_or_else(PoisonError::into_inner).next());
        let Some(batch) = next.transpose().map_err(|error| PyRuntimeError::new_err(errors::chain(&error)))? else {
            return Ok(None);
        };
        let indices: Vec<i64> = batch.indices.iter().filter_map(|&index| i64::try_from(index).ok()).collect();
        Ok(Some(Batch {
            pictures: batch.pictures.into_pyarray(py).unbind(),
            targets: batch.targets.into_pyarray(py).unbind(),
            indices: indices.into_pyarray(py).unbind(),
            bad: batch.bad.iter().map(ToString::to_string).collect(),
            bad_rows: batch.bad.iter().map(|bad| bad.row).collect(),
            augmentations: batch.augmentations,
        }))
    }
}

/// Samples side by side.
#[pyclass(frozen, module = "gaze")]
struct Batch {
    /// The pictures: a float32 array (samples, 3, height, width) of levels in 0 to 255.
    #[pyo3(get)]
    pictures: Py<PyArray4<f32>>,
    /// The targets: a float32 array (samples, height, width).
    #[pyo3(get)]
    targets: Py<PyArray3<f32>>,
    /// The place of each sample in the source: an int64 array (samples,).
    #[pyo3(get)]
    indices: Py<PyArray1<i64>>,
    /// A sentence about each sample that could not be made; its row holds fill values.
    #[pyo3(get)]
    bad: Vec<String>,
    /// The rows of the samples that could not be made.
    #[pyo3(get)]
    bad_rows: Vec<usize>,
    augmentations: Vec<Augmentation>,
}

#[pymethods]
impl Batch {
    /// The transform of each sample: a list of dicts with angle_degrees, scale, aspect, shift, shear and the mirrors.
    #[getter]
    fn geometries<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let describe = |augmentation: &Augmentation| {
            let (dict, geometry) = (PyDict::new(py), augmentation.geometry);
            dict.set_item("angle_degrees", geometry.angle_degrees)?;
            dict.set_item("scale", geometry.scale)?;
            dict.set_item("aspect", geometry.aspect)?;
            dict.set_item("shift", (geometry.shift_x, geometry.shift_y))?;
            dict.set_item("shear", (geometry.shear_x, geometry.shear_y))?;
            dict.set_item("mirror_horizontal", geometry.mirror_horizontal)?;
            dict.set_item("mirror_vertical", geometry.mirror_vertical)?;
            Ok(dict)
        };
        self.augmentations.iter().map(describe).collect()
    }

    fn __len__(&self) -> usize {
        self.augmentations.len()
    }
}
