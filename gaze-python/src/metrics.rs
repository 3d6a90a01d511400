//! Every metric of `gaze-metrics` under its name.

use gaze_core::{Fixation, Fixations, LogDensity, SaliencyMap};
use gaze_metrics as rust;
use gaze_metrics::{
    AucVariant, DistanceUnit, EmdOptions, ExpectedSimilarity, GridReduction, JuddVariant, KlVariant,
    MetricError as NoValue, NssVariant, ShuffledVariant,
};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::{prelude::*, types::PyDict};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{
    convert::{Map, Nonfixations, Numbers, choose, column, points, size},
    errors::{metric, value},
};

type Any<'py> = Bound<'py, PyAny>;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(auc, module)?)?;
    module.add_function(wrap_pyfunction!(auc_judd, module)?)?;
    module.add_function(wrap_pyfunction!(auc_judd_sampled, module)?)?;
    module.add_function(wrap_pyfunction!(auc_borji, module)?)?;
    module.add_function(wrap_pyfunction!(auc_borji_sampled, module)?)?;
    module.add_function(wrap_pyfunction!(shuffled_auc, module)?)?;
    module.add_function(wrap_pyfunction!(shuffled_auc_sampled, module)?)?;
    module.add_function(wrap_pyfunction!(nss, module)?)?;
    module.add_function(wrap_pyfunction!(information_gain, module)?)?;
    module.add_function(wrap_pyfunction!(information_gain_mit, module)?)?;
    module.add_function(wrap_pyfunction!(information_gains, module)?)?;
    module.add_function(wrap_pyfunction!(log_likelihood, module)?)?;
    module.add_function(wrap_pyfunction!(log_likelihoods, module)?)?;
    module.add_function(wrap_pyfunction!(cc, module)?)?;
    module.add_function(wrap_pyfunction!(cc_mit, module)?)?;
    module.add_function(wrap_pyfunction!(sim, module)?)?;
    module.add_function(wrap_pyfunction!(sim_mit, module)?)?;
    module.add_function(wrap_pyfunction!(kl_divergence, module)?)?;
    module.add_function(wrap_pyfunction!(emd, module)?)?;
    module.add_function(wrap_pyfunction!(normalized_density, module)?)?;
    module.add_function(wrap_pyfunction!(auc_map, module)?)?;
    module.add_function(wrap_pyfunction!(shuffled_auc_map, module)?)?;
    module.add_function(wrap_pyfunction!(shuffled_ratio_map, module)?)?;
    module.add_function(wrap_pyfunction!(nss_map, module)?)?;
    module.add_function(wrap_pyfunction!(blurred_map, module)?)?;
    module.add_function(wrap_pyfunction!(sim_map, module)?)?;
    module.add_function(wrap_pyfunction!(bootstrap_mean, module)?)?;
    module.add_function(wrap_pyfunction!(compare_paired, module)?)?;
    module.add_function(wrap_pyfunction!(holm, module)?)?;
    module.add_class::<ShuffledPool>()
}

/// Computes a value from a map and fixations while other threads of Python run.
fn on_map<R: Send>(
    map: &Any<'_>,
    fixations: &Any<'_>,
    y: Option<&Any<'_>>,
    work: impl FnOnce(Map<'_>, Fixations) -> Result<R, NoValue> + Send,
) -> PyResult<R> {
    let (numbers, points) = (Numbers::of(map, "map")?, points(fixations, y, "fixations")?);
    let view = numbers.view();
    map.py().detach(move || {
        let map = view.map().map_err(value)?;
        let fixations = Fixations::new(map.size(), points).map_err(value)?;
        work(map, fixations).map_err(metric)
    })
}

/// Computes a value from a log density and fixations.
fn on_density<R: Send>(
    model: &Any<'_>,
    fixations: &Any<'_>,
    y: Option<&Any<'_>>,
    work: impl FnOnce(LogDensity<'_>, Fixations) -> Result<R, PyErr> + Send,
) -> PyResult<R> {
    let (numbers, points) = (Numbers::of(model, "model")?, points(fixations, y, "fixations")?);
    let view = numbers.view();
    model.py().detach(move || {
        let density = view.density().map_err(value)?;
        let fixations = Fixations::new(density.size(), points).map_err(value)?;
        work(density, fixations)
    })
}

/// Computes a value from two maps.
fn on_maps(
    first: &Any<'_>,
    second: &Any<'_>,
    names: [&str; 2],
    work: impl FnOnce(&SaliencyMap<'_>, &SaliencyMap<'_>) -> Result<f64, NoValue> + Send,
) -> PyResult<f64> {
    let (first_numbers, second_numbers) = (Numbers::of(first, names[0])?, Numbers::of(second, names[1])?);
    let (first_view, second_view) = (first_numbers.view(), second_numbers.view());
    first
        .py()
        .detach(move || work(&first_view.wide().map_err(value)?, &second_view.wide().map_err(value)?).map_err(metric))
}

/// Makes a map of a density, and of a second one where there is one.
fn derived<'py>(
    density: &Any<'py>,
    baseline: Option<&Any<'py>>,
    work: impl FnOnce(&LogDensity<'_>, Option<&LogDensity<'_>>) -> Result<SaliencyMap<'static>, NoValue> + Send,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let numbers = Numbers::of(density, "density")?;
    let baseline = baseline.map(|baseline| Numbers::of(baseline, "baseline")).transpose()?;
    let (view, baseline) = (numbers.view(), baseline.as_ref().map(Numbers::view));
    let map = density.py().detach(move || {
        let baseline = baseline.map(|baseline| baseline.density().map_err(value)).transpose()?;
        work(&view.density().map_err(value)?, baseline.as_ref()).map_err(metric)
    })?;
    Ok(map.into_values().into_pyarray(density.py()))
}

/// Area under the ROC curve: the probability that a fixation scores higher than a random pixel; ties count half.
///
/// map: array (height, width) of finite scores, in any unit.
/// fixations, y: x and y in pixels as two arrays, or one array (n, 2); at least 1 point.
/// variant: "uniform" (all pixels; pysaliency, profile tuebingen), "unfixated" (pixels never fixated),
///     "uniform_at_fixations" (thresholds at fixated values only), "binary_vs_all" and "binary_vs_rest" (a pixel counts once).
///
/// Returns a number in 0 to 1; chance is 0.5, higher is better. A constant map scores 0.5.
/// Raises MetricError without fixations or if every pixel is fixated, ValueError for a point outside the map or a value that
/// is not finite.
#[pyfunction]
#[pyo3(signature = (map, fixations, y=None, *, variant="uniform"))]
fn auc(map: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>, variant: &str) -> PyResult<f64> {
    let variants = [
        ("uniform", AucVariant::Uniform),
        ("unfixated", AucVariant::Unfixated),
        ("uniform_at_fixations", AucVariant::UniformAtFixations),
        ("binary_vs_all", AucVariant::BinaryVsAll),
        ("binary_vs_rest", AucVariant::BinaryVsRest),
    ];
    let variant = choose("variant", variant, &variants)?;
    on_map(map, fixations, y, |map, fixations| match map {
        Map::Wide(map) => rust::auc_variant(&map, &fixations, variant),
        Map::Narrow(map) => rust::auc_variant(&map, &fixations, variant),
    })
}

/// AUC-Judd: fixated pixels against all others, with thresholds at fixated values.
///
/// map: array (height, width) of finite scores.
/// fixations, y: x and y in pixels as two arrays, or one array (n, 2); at least 1 point.
/// variant: "expected" (expectation over the jitter of the MIT code, profile mit), "without_jitter", "multiset" (pysaliency
///     without jitter), "rounded" (UNISAL's).
///
/// Returns a number in 0 to 1; chance is 0.5, higher is better.
/// Raises MetricError without fixations, if every pixel is fixated, and for a constant map where the variant has no value.
#[pyfunction]
#[pyo3(signature = (map, fixations, y=None, *, variant="expected"))]
fn auc_judd(map: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>, variant: &str) -> PyResult<f64> {
    let variants = [
        ("expected", JuddVariant::Expected),
        ("without_jitter", JuddVariant::WithoutJitter),
        ("multiset", JuddVariant::Multiset),
        ("rounded", JuddVariant::Rounded),
    ];
    let variant = choose("variant", variant, &variants)?;
    on_map(map, fixations, y, |map, fixations| rust::auc_judd_variant(&map.wide(), &fixations, variant))
}

/// AUC-Judd with the jitter of the MIT code drawn once from `seed`; `auc_judd` is its expectation.
///
/// map: array (height, width) of finite scores. fixations, y: as for `auc`. Returns a number in 0 to 1.
/// Raises MetricError as `auc_judd` does.
#[pyfunction]
#[pyo3(signature = (map, fixations, y=None, *, seed=0))]
fn auc_judd_sampled(map: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>, seed: u64) -> PyResult<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    on_map(map, fixations, y, move |map, fixations| rust::auc_judd_sampled(&map.wide(), &fixations, &mut random))
}

/// AUC-Borji: fixated pixels against as many random ones on eleven thresholds; the expectation over the random splits.
///
/// map: array (height, width) of finite scores. fixations, y: as for `auc`. Returns a number in 0 to 1; chance is 0.5.
/// Raises MetricError without fixations and for a constant map.
#[pyfunction]
#[pyo3(signature = (map, fixations, y=None))]
fn auc_borji(map: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>) -> PyResult<f64> {
    on_map(map, fixations, y, |map, fixations| rust::auc_borji(&map.wide(), &fixations))
}

/// AUC-Borji with `splits` random splits drawn from `seed`, as the MIT code has it; `auc_borji` is its expectation.
///
/// map: array (height, width) of finite scores. fixations, y: as for `auc`. Returns a number in 0 to 1.
/// Raises MetricError as `auc_borji` does, and for 0 splits.
#[pyfunction]
#[pyo3(signature = (map, fixations, y=None, *, splits=rust::BORJI_SPLITS, seed=0))]
fn auc_borji_sampled(
    map: &Any<'_>,
    fixations: &Any<'_>,
    y: Option<&Any<'_>>,
    splits: usize,
    seed: u64,
) -> PyResult<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    on_map(map, fixations, y, move |map, fixations| {
        rust::auc_borji_sampled(&map.wide(), &fixations, splits, &mut random)
    })
}

/// Computes a value from a map, fixations and fixations on other images.
fn on_shuffled(
    map: &Any<'_>,
    fixations: &Any<'_>,
    nonfixations: &Any<'_>,
    work: impl FnOnce(&SaliencyMap<'_>, &Fixations, &gaze_core::FixationMap) -> Result<f64, NoValue> + Send,
) -> PyResult<f64> {
    let (numbers, points) = (Numbers::of(map, "map")?, points(fixations, None, "fixations")?);
    let (view, others) = (numbers.view(), Nonfixations::of(nonfixations)?);
    map.py().detach(move || {
        let map = view.wide().map_err(value)?;
        let fixations = Fixations::new(map.size(), points).map_err(value)?;
        work(&map, &fixations, &others.counted(map.size())?).map_err(metric)
    })
}

/// Shuffled AUC: the probability that a fixation scores higher than a fixation on another image.
///
/// map: array (height, width) of finite scores.
/// fixations: array (n, 2) of x and y in pixels, or a tuple of two arrays (x, y); at least 1 point.
/// nonfixations: the same for fixations on other images, at the places that they have on this one; or their counts, a uint32
///     array (height, width), as `ShuffledPool.without` gives.
/// variant: "multiset" (pysaliency, profile tuebingen), "binary", "expected" (the MIT code), "salicon".
///
/// Returns a number in 0 to 1; chance is 0.5, higher is better.
/// Raises MetricError without fixations or nonfixations, and for a constant map where the variant has no value.
#[pyfunction]
#[pyo3(signature = (map, fixations, nonfixations, *, variant="multiset"))]
fn shuffled_auc(map: &Any<'_>, fixations: &Any<'_>, nonfixations: &Any<'_>, variant: &str) -> PyResult<f64> {
    let variants = [
        ("multiset", ShuffledVariant::Multiset),
        ("binary", ShuffledVariant::Binary),
        ("expected", ShuffledVariant::Expected),
        ("salicon", ShuffledVariant::Salicon),
    ];
    let variant = choose("variant", variant, &variants)?;
    on_shuffled(map, fixations, nonfixations, move |map, fixations, others| {
        rust::shuffled_auc_variant(map, fixations, others, variant)
    })
}

/// Shuffled AUC with `splits` random splits drawn from `seed`, as the MIT code has it.
///
/// The arguments are those of `shuffled_auc`. Returns a number in 0 to 1. Raises MetricError as `shuffled_auc` does.
#[pyfunction]
#[pyo3(signature = (map, fixations, nonfixations, *, splits=rust::BORJI_SPLITS, seed=0))]
fn shuffled_auc_sampled(
    map: &Any<'_>,
    fixations: &Any<'_>,
    nonfixations: &Any<'_>,
    splits: usize,
    seed: u64,
) -> PyResult<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    on_shuffled(map, fixations, nonfixations, move |map, fixations, others| {
        rust::shuffled_auc_sampled(map, fixations, others, splits, &mut random)
    })
}

/// Normalised scanpath saliency: the mean score at fixations, in standard deviations of the map above its mean.
///
/// map: array (height, width) of finite scores. fixations, y: as for `auc`.
/// variant: "multiset" (repeats count, divisor n; pysaliency, profile tuebingen), "mit" (a pixel counts once, divisor n - 1),
///     "binary" (a pixel counts once, divisor n), "multiset_sample_deviation" (repeats count, divisor n - 1).
///
/// Returns any number; chance is 0, higher is better. A constant map scores 0.
/// Raises MetricError without fixations.
#[pyfunction]
#[pyo3(signature = (map, fixations, y=None, *, variant="multiset"))]
fn nss(map: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>, variant: &str) -> PyResult<f64> {
    let variants = [
        ("multiset", NssVariant::Multiset),
        ("mit", NssVariant::Mit),
        ("binary", NssVariant::Binary),
        ("multiset_sample_deviation", NssVariant::MultisetSampleDeviation),
    ];
    let variant = choose("variant", variant, &variants)?;
    on_map(map, fixations, y, |map, fixations| match map {
        Map::Wide(map) => rust::nss_variant(&map, &fixations, variant),
        Map::Narrow(map) => rust::nss_variant(&map, &fixations, variant),
    })
}

/// Computes a value from two log densities and fixations.
fn gain<R: Send>(
    model: &Any<'_>,
    baseline: &Any<'_>,
    fixations: &Any<'_>,
    y: Option<&Any<'_>>,
    work: fn(&LogDensity<'_>, &LogDensity<'_>, &Fixations) -> Result<R, NoValue>,
) -> PyResult<R> {
    let numbers = Numbers::of(baseline, "baseline")?;
    let baseline = numbers.view();
    on_density(model, fixations, y, move |model, fixations| {
        work(&model, &baseline.density().map_err(value)?, &fixations).map_err(metric)
    })
}

/// Information gain of `model` over `baseline`, in bits per fixation.
///
/// model, baseline: arrays (height, width) of natural log probabilities whose exponentials sum to 1 within 1e-4.
/// fixations, y: as for `auc`.
///
/// Returns any number, 0 for model = baseline; higher is better. Probability 0 under the model alone gives -inf, under the
/// baseline alone inf.
/// Raises MetricError without fixations, and where a fixated pixel has probability 0 under both.
#[pyfunction]
#[pyo3(signature = (model, baseline, fixations, y=None))]
fn information_gain(model: &Any<'_>, baseline: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>) -> PyResult<f64> {
    gain(model, baseline, fixations, y, rust::information_gain)
}

/// Information gains of the single fixations, in bits: an array (n,). The arguments are those of `information_gain`.
///
/// Raises MetricError as `information_gain` does.
#[pyfunction]
#[pyo3(signature = (model, baseline, fixations, y=None))]
fn information_gains<'py>(
    model: &Any<'py>,
    baseline: &Any<'py>,
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(gain(model, baseline, fixations, y, rust::information_gains)?.into_pyarray(model.py()))
}

/// Information gain of the MIT code, in bits per fixated pixel: both maps are scaled to 0 ... 1 and then to sum 1.
///
/// map, baseline: arrays (height, width) of finite scores. fixations, y: as for `auc`. Returns any number.
/// Raises MetricError without fixations and for a constant map.
#[pyfunction]
#[pyo3(signature = (map, baseline, fixations, y=None))]
fn information_gain_mit(map: &Any<'_>, baseline: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>) -> PyResult<f64> {
    let (numbers, baseline) = (Numbers::of(map, "map")?, Numbers::of(baseline, "baseline")?);
    let points = points(fixations, y, "fixations")?;
    let (view, baseline) = (numbers.view(), baseline.view());
    map.py().detach(move || {
        let (map, baseline) = (view.wide().map_err(value)?, baseline.wide().map_err(value)?);
        let fixations = Fixations::new(map.size(), points).map_err(value)?;
        rust::information_gain_mit(&map, &baseline, &fixations).map_err(metric)
    })
}

/// Log-likelihood: the mean natural log probability of a fixated pixel, in nats per fixation.
///
/// model: array (height, width) of natural log probabilities whose exponentials sum to 1 within 1e-4.
/// fixations, y: as for `auc`.
///
/// Returns 0 or less, -inf if a fixated pixel has probability 0; higher is better. Raises MetricError without fixations.
#[pyfunction]
#[pyo3(signature = (model, fixations, y=None))]
fn log_likelihood(model: &Any<'_>, fixations: &Any<'_>, y: Option<&Any<'_>>) -> PyResult<f64> {
    on_density(model, fixations, y, |model, fixations| rust::log_likelihood(&model, &fixations).map_err(metric))
}

/// Natural log probabilities at the single fixations, in nats: an array (n,). The arguments are those of `log_likelihood`.
///
/// Raises MetricError without fixations.
#[pyfunction]
#[pyo3(signature = (model, fixations, y=None))]
fn log_likelihoods<'py>(
    model: &Any<'py>,
    fixations: &Any<'py>,
    y: Option<&Any<'py>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values =
        on_density(model, fixations, y, |model, fixations| rust::log_likelihoods(&model, &fixations).map_err(metric))?;
    Ok(values.into_pyarray(model.py()))
}

/// Pearson's correlation coefficient of a map with the empirical map.
///
/// map, empirical: arrays (height, width) of finite scores; the empirical map is made by `empirical_map`.
///
/// Returns a number in -1 to 1; higher is better. A constant map scores 0.
/// Raises MetricError for a constant empirical map and for arrays of different sizes.
#[pyfunction]
fn cc(map: &Any<'_>, empirical: &Any<'_>) -> PyResult<f64> {
    on_maps(map, empirical, ["map", "empirical"], rust::cc)
}

/// The correlation coefficient of the MIT code: as `cc`, but a constant map raises MetricError.
#[pyfunction]
fn cc_mit(map: &Any<'_>, empirical: &Any<'_>) -> PyResult<f64> {
    on_maps(map, empirical, ["map", "empirical"], rust::cc_mit)
}

/// Similarity: the overlap of two maps as distributions, the sum of the smaller values.
///
/// map, empirical: arrays (height, width) of finite scores; each is divided by its sum, after a shift if it has negative values.
///
/// Returns a number in 0 to 1; higher is better.
/// Raises MetricError for a map without mass and for arrays of different sizes.
#[pyfunction]
fn sim(map: &Any<'_>, empirical: &Any<'_>) -> PyResult<f64> {
    on_maps(map, empirical, ["map", "empirical"], rust::sim)
}

/// The similarity of the MIT code: both maps are scaled to 0 ... 1 first, so a constant map raises MetricError.
#[pyfunction]
fn sim_mit(map: &Any<'_>, empirical: &Any<'_>) -> PyResult<f64> {
    on_maps(map, empirical, ["map", "empirical"], rust::sim_mit)
}

/// Kullback-Leibler divergence of a map from the empirical map, in nats.
///
/// map, empirical: arrays (height, width) of finite scores without negative values; each is divided by its sum.
/// variant: "tuebingen" (pysaliency's MIT_KLDiv), "mit" (the MIT code), "added" (pysaliency's KLDiv: 1e-20 is added to both),
///     "plain" (not regularised), "reversed" (the arguments swapped, not regularised).
///
/// Returns 0 or more, inf where a variant without regularisation has no bound; lower is better.
/// Raises MetricError for a map without mass or with negative values, and for arrays of different sizes.
#[pyfunction]
#[pyo3(signature = (map, empirical, *, variant="tuebingen"))]
fn kl_divergence(map: &Any<'_>, empirical: &Any<'_>, variant: &str) -> PyResult<f64> {
    let variants = [
        ("tuebingen", KlVariant::Tuebingen),
        ("mit", KlVariant::Mit),
        ("added", KlVariant::Added),
        ("plain", KlVariant::Plain),
        ("reversed", KlVariant::Reversed),
    ];
    let variant = choose("variant", variant, &variants)?;
    on_maps(map, empirical, ["map", "empirical"], |map, empirical| rust::kl_divergence_variant(map, empirical, variant))
}

/// Earth mover's distance: how far mass must move to turn the map into the empirical map.
///
/// map, empirical: arrays (height, width) of finite scores; each is divided by its sum.
/// reduction: "area" (equal boxes), "matlab" (the MIT code's imresize), "none" (every pixel is a cell: slow beyond 100 x 100).
/// factor: pixels along the side of a cell. threshold: the largest distance that is charged, in cells, or None.
/// unit: "cells" or "pixels".
///
/// Returns 0 or more; lower is better.
/// Raises MetricError for a map without mass, for arrays of different sizes, and for a grid that is too large.
#[pyfunction]
#[pyo3(signature = (map, empirical, *, reduction="area", factor=32, threshold=None, unit="cells"))]
fn emd(
    map: &Any<'_>,
    empirical: &Any<'_>,
    reduction: &str,
    factor: usize,
    threshold: Option<f64>,
    unit: &str,
) -> PyResult<f64> {
    let reductions = [
        ("area", GridReduction::Area { factor }),
        ("matlab", GridReduction::Matlab { factor }),
        ("none", GridReduction::None),
    ];
    let reduction = choose("reduction", reduction, &reductions)?;
    let unit = choose("unit", unit, &[("cells", DistanceUnit::Cells), ("pixels", DistanceUnit::Pixels)])?;
    let options = EmdOptions { reduction, threshold, unit };
    on_maps(map, empirical, ["map", "empirical"], move |map, empirical| rust::emd(map, empirical, &options))
}

/// Makes a log density of scores: `minimum` is added after a shift to 0, and the sum is scaled to 1, as pysaliency does.
///
/// map: array (height, width) of finite scores. Returns an array (height, width) of natural log probabilities.
/// Raises MetricError for a map without mass.
#[pyfunction]
#[pyo3(signature = (map, *, minimum=0.0))]
fn normalized_density<'py>(map: &Any<'py>, minimum: f64) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let numbers = Numbers::of(map, "map")?;
    let view = numbers.view();
    let density =
        map.py().detach(move || rust::normalized_density(&view.wide().map_err(value)?, minimum).map_err(metric))?;
    Ok(density.into_values().into_pyarray(map.py()))
}

/// The map by which a density is judged fairly by AUC: the ranks of its pixels, scaled to 0 ... 1.
///
/// density: array (height, width) of natural log probabilities. Returns an array of the same shape.
#[pyfunction]
fn auc_map<'py>(density: &Any<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
    derived(density, None, |density, _| Ok(rust::auc_map(density)))
}

/// The map by which a density is judged fairly by shuffled AUC: the ranks of its ratio to the baseline.
///
/// density, baseline: arrays (height, width) of natural log probabilities. Returns an array of the same shape.
/// Raises MetricError for arrays of different sizes.
#[pyfunction]
fn shuffled_auc_map<'py>(density: &Any<'py>, baseline: &Any<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
    derived(density, Some(baseline), |density, baseline| {
        rust::shuffled_auc_map(density, baseline.expect("a baseline was given"))
    })
}

/// The ratio of a density to the baseline, which shuffled AUC orders as `shuffled_auc_map`.
///
/// density, baseline: arrays (height, width) of natural log probabilities. Returns an array of the same shape.
/// Raises MetricError for arrays of different sizes.
#[pyfunction]
fn shuffled_ratio_map<'py>(density: &Any<'py>, baseline: &Any<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
    derived(density, Some(baseline), |density, baseline| {
        rust::shuffled_ratio_map(density, baseline.expect("a baseline was given"))
    })
}

/// The map by which a density is judged fairly by NSS: its probabilities.
///
/// density: array (height, width) of natural log probabilities. Returns an array of the same shape.
#[pyfunction]
fn nss_map<'py>(density: &Any<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
    derived(density, None, |density, _| Ok(rust::nss_map(density)))
}

/// The map by which a density is judged fairly by CC and KL: its probabilities, blurred like the empirical map.
///
/// density: array (height, width) of natural log probabilities. sigma_px: the blur in pixels, above 0 and at most 10 000.
/// Returns an array of the same shape. Raises MetricError for another sigma.
#[pyfunction]
fn blurred_map<'py>(density: &Any<'py>, sigma_px: f64) -> PyResult<Bound<'py, PyArray2<f64>>> {
    derived(density, None, move |density, _| rust::blurred_map(density, sigma_px))
}

/// The map by which a density is judged fairly by SIM: the one of the largest expected similarity.
///
/// density: array (height, width) of natural log probabilities.
/// fixations: the number of fixations of the empirical map. sigma_px: its blur in pixels.
/// samples: empirical maps that are drawn from `seed`.
/// Returns an array of the same shape. Raises MetricError for a number that is not positive.
#[pyfunction]
#[pyo3(signature = (density, *, fixations, sigma_px, samples=100, seed=0))]
fn sim_map<'py>(
    density: &Any<'py>,
    fixations: usize,
    sigma_px: f64,
    samples: usize,
    seed: u64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    derived(density, None, move |density, _| {
        rust::sim_map(density, ExpectedSimilarity { fixations, sigma_px, samples }, &mut random)
    })
}

/// The mean of scores with its bootstrap interval.
///
/// values: array (n,) of scores. resamples: draws of n values. confidence: in 0 to 1.
/// Returns a dict with mean, low, high and count. Raises MetricError without values.
#[pyfunction]
#[pyo3(signature = (values, *, resamples=10_000, confidence=0.95, seed=0))]
fn bootstrap_mean<'py>(
    values: &Any<'py>,
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let (py, numbers) = (values.py(), column(values, "values")?);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let found = py.detach(|| rust::bootstrap_mean(&numbers, resamples, confidence, &mut random).map_err(metric))?;
    interval(py, &found)
}

fn interval<'py>(py: Python<'py>, found: &rust::Interval) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("mean", found.mean)?;
    dict.set_item("low", found.low)?;
    dict.set_item("high", found.high)?;
    dict.set_item("count", found.count)?;
    Ok(dict)
}

/// Compares the scores of two models on the same images: mean difference, Wilcoxon's signed-rank test, Cohen's d.
///
/// first, second: arrays (n,) of scores in the same order. resamples, confidence: of the bootstrap interval of the difference.
/// Returns a dict with difference (a dict as of `bootstrap_mean`), p_value, rank_biserial and
/// cohens_dz (None where it has no value). Raises MetricError without values or for lists of different lengths.
#[pyfunction]
#[pyo3(signature = (first, second, *, resamples=10_000, confidence=0.95, seed=0))]
fn compare_paired<'py>(
    first: &Any<'py>,
    second: &Any<'py>,
    resamples: usize,
    confidence: f64,
    seed: u64,
) -> PyResult<Bound<'py, PyDict>> {
    let (py, first, second) = (first.py(), column(first, "first")?, column(second, "second")?);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let found =
        py.detach(|| rust::compare_paired(&first, &second, resamples, confidence, &mut random).map_err(metric))?;
    let dict = PyDict::new(py);
    dict.set_item("difference", interval(py, &found.difference)?)?;
    dict.set_item("p_value", found.signed_rank.p_value)?;
    dict.set_item("rank_biserial", found.signed_rank.rank_biserial())?;
    dict.set_item("cohens_dz", found.cohens_dz.ok())?;
    Ok(dict)
}

/// Holm's adjustment of the p-values of several tests: an array (n,) in the order of the input.
///
/// p_values: array (n,) of numbers in 0 to 1. Raises MetricError for another number.
#[pyfunction]
fn holm<'py>(p_values: &Any<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let adjusted = rust::holm(&column(p_values, "p_values")?).map_err(metric)?;
    Ok(adjusted.into_pyarray(p_values.py()))
}

/// Fixations of many images with their sizes, as [`ShuffledPool`] and the center bias take them.
pub(crate) fn images(sizes: &[(usize, usize)], fixations: &[Any<'_>]) -> PyResult<Vec<Fixations>> {
    if sizes.len() != fixations.len() {
        let (sizes, lists) = (sizes.len(), fixations.len());
        return Err(pyo3::exceptions::PyValueError::new_err(format!("{sizes} sizes for {lists} lists of fixations")));
    }
    let image = |(at, list): (usize, &Any<'_>)| {
        let points: Vec<Fixation> = points(list, None, "fixations")?;
        Fixations::new(size(sizes[at]), points).map_err(|error| {
            pyo3::exceptions::PyValueError::new_err(format!("image {at}: {}", crate::errors::chain(&error)))
        })
    };
    fixations.iter().enumerate().map(image).collect()
}

/// The fixations of all images of a dataset, for shuffled AUC.
///
/// sizes: a list of (height, width), in pixels. fixations: for each image an array (n, 2), or a tuple (x, y) of arrays.
/// Raises ValueError for a point outside its image.
#[pyclass(frozen, module = "gaze")]
struct ShuffledPool(rust::ShuffledPool);

#[pymethods]
impl ShuffledPool {
    #[new]
    fn new(sizes: Vec<(usize, usize)>, fixations: Vec<Any<'_>>) -> PyResult<Self> {
        Ok(Self(rust::ShuffledPool::new(&images(&sizes, &fixations)?)))
    }

    /// The fixations on all images but the one at `index`, scaled to an image of `size` (height, width): their counts, a uint32
    /// array (height, width) for `shuffled_auc`. An index beyond the last image leaves none out.
    #[pyo3(signature = (index, size))]
    fn without<'py>(&self, py: Python<'py>, index: usize, size: (usize, usize)) -> Bound<'py, PyArray2<u32>> {
        let size = crate::convert::size(size);
        py.detach(|| self.0.without(index, size)).into_values().into_pyarray(py)
    }
}
