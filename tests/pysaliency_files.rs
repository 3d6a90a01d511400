//! pysaliency's own files, read here, score as pysaliency says they do.
//!
//! The files lie beside the main checkout, if this machine has them; the scores are in `data/golden/pysaliency`.

use std::{fs, path::Path};

use gaze_core::{Fixations, LogDensity, Prediction, SaliencyMap};
use gaze_data::{Dataset, MapKind, PredictionStore, scanpaths_within};
use gaze_metrics::{auc, information_gains, log_likelihoods, nss};

use crate::util::{data, repository};

/// The order of a sum of 26 numbers of order 10.
const ROUNDING: f64 = 1e-12;

struct Image {
    /// Another file's: the same model as a map of scores.
    map: SaliencyMap<'static>,
    density: LogDensity<'static>,
    fixations: Fixations,
}

/// The images with their fixations and the log densities of pysaliency's model.
fn images(folder: &Path, files: &Path) -> Vec<Image> {
    for (from, to) in [("filestimuli_v2.1.hdf5", "stimuli.hdf5"), ("scanpaths_v1.0.hdf5", "fixations.hdf5")] {
        fs::copy(files.join(from), folder.join(to)).unwrap();
    }
    fs::create_dir(folder.join("stimuli")).unwrap();
    for number in 0..3 {
        let name = format!("stimuli/img{number}.png");
        fs::copy(files.join(&name), folder.join(name)).unwrap();
    }
    let dataset = Dataset::open(folder, None).unwrap();
    let store = |name: &str, kind| PredictionStore::open(&files.join(name), kind).unwrap();
    let densities = store("predictions_logdensity.hdf5", MapKind::LogDensity);
    let maps = store("predictions_saliency.hdf5", MapKind::Scores);
    let image = |index: usize| {
        let key = dataset.stimuli()[index].key();
        let (Prediction::Density(density), Prediction::Scores(map)) =
            (densities.load(key).unwrap(), maps.load(key).unwrap())
        else {
            panic!("a file of log densities and one of scores")
        };
        let gaze = dataset.gaze(index).remove(0);
        let (paths, dropped) = scanpaths_within(&gaze.scanpaths.unwrap(), density.size(), &gaze.source);
        assert_eq!(dropped, []);
        let points = paths.iter().flat_map(|path| path.fixations().points().to_vec()).collect();
        let fixations = Fixations::new(density.size(), points).unwrap();
        Image { map, density, fixations }
    };
    (0..dataset.stimuli().len()).map(image).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn what_is_read_scores_as_pysaliency_says() {
    let files = repository("../shared/data/pysaliency_hdf5");
    if !files.is_dir() {
        eprintln!("skipped: nothing at {}", files.display());
        return;
    }
    let goldens = fs::read(data("golden/pysaliency/goldens.json")).unwrap();
    let goldens: serde_json::Value = serde_json::from_slice(&goldens).unwrap();
    let check = |name: &str, found: f64| {
        let expected = goldens[name].as_f64().unwrap();
        assert!((found - expected).abs() < ROUNDING, "{name}: {found} instead of {expected}");
    };
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path(), &files);
    assert_eq!(images.iter().map(|image| image.fixations.points().len()).sum::<usize>(), 26);

    let per_fixation = |score: &dyn Fn(&Image) -> Vec<f64>| mean(&images.iter().flat_map(score).collect::<Vec<_>>());
    let per_image = |score: &dyn Fn(&Image) -> f64| mean(&images.iter().map(score).collect::<Vec<_>>());
    check("LL", per_fixation(&|image| log_likelihoods(&image.density, &image.fixations).unwrap()));
    let uniform = |image: &Image| LogDensity::uniform(image.density.size()).unwrap();
    check(
        "IG_uniform_fix",
        per_fixation(&|image| information_gains(&image.density, &uniform(image), &image.fixations).unwrap()),
    );
    check("AUC_img", per_image(&|image| auc(&image.map, &image.fixations).unwrap()));
    check(
        "AUC_fix",
        per_fixation(&|image| vec![auc(&image.map, &image.fixations).unwrap(); image.fixations.points().len()]),
    );
    check("NSS_img", per_image(&|image| nss(&image.map, &image.fixations).unwrap()));
}
