//! Scores gaze-lite on part of a dataset at full resolution, as `docs/GAZE-LITE.md` tells.
//!
//! ```sh
//! lite_scores --data osie --part test --test 100 --validation 100 --baseline-px 24 --temperature 1
//! lite_scores --data saliency4asd
//! ```
//!
//! With `--baseline-px` the center bias is a Gaussian of that deviation on each fixation of the training images, with 0.1 %
//! of the uniform density; it is the model's center bias and the baseline of the information gain. Without it the model's
//! own is used. Images are split as `gaze-cli train` does. Prints a line for each group of observers: the means over images of
//! information gain and log-likelihood over uniform (bits), AUC over all pixels, and NSS, each with a 95 % bootstrap
//! interval over images.

use std::{
    env,
    error::Error,
    io::{Write, stdout},
    path::PathBuf,
};

use gaze_core::{Fixations, LogDensity, Scanpath, Size};
use gaze_data::{Dataset, scanpaths_within};
use gaze_metrics::{Interval, auc, bootstrap_mean, information_gain, nss};
use gaze_model::{
    Scale,
    gaze_lite::{DEFAULT_LONG_SIDE, GazeLite},
    resize,
};
use gaze_targets::CenterBias;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

/// An image, its place in the hash's order, and the fixations of each group.
struct Image {
    index: usize,
    hash: String,
    size: Size,
    groups: Vec<(String, Fixations)>,
}

const METRICS: [&str; 4] = ["gain", "log-likelihood", "AUC", "NSS"];

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let value = |flag: &str| arguments.iter().position(|word| word == flag).and_then(|at| arguments.get(at + 1));
    let number = |flag: &str| value(flag).map(|text| text.parse::<f64>()).transpose();
    let count = |flag: &str| value(flag).map_or(Ok(0), |text| text.parse::<usize>());
    let data = PathBuf::from(value("--data").ok_or("--data is missing")?);
    let model = match value("--model") {
        Some(path) => GazeLite::open(path)?,
        None => GazeLite::embedded()?,
    };
    let model = match number("--temperature")? {
        Some(temperature) => model.with_temperature(temperature)?,
        None => model,
    };
    let long_sides: Vec<usize> = match value("--long-side") {
        Some(sides) => sides.split(',').map(str::parse).collect::<Result<_, _>>()?,
        None => vec![DEFAULT_LONG_SIDE],
    };

    let dataset = Dataset::open(&data, None)?;
    let mut images: Vec<Image> =
        (0..dataset.stimuli().len()).filter_map(|index| read(&dataset, index)).collect::<Vec<_>>();
    images.sort_by(|a, b| a.hash.cmp(&b.hash));
    let test = images.len().saturating_sub(count("--test")?);
    let validation = test.saturating_sub(count("--validation")?);
    let part = match value("--part").map(String::as_str) {
        None | Some("all") => 0..images.len(),
        Some("test") => test..images.len(),
        Some("validation") => validation..test,
        Some(other) => return Err(format!("--part {other}: it is all, test or validation").into()),
    };
    let training: Vec<Fixations> =
        images[..validation].iter().flat_map(|image| image.groups.iter().map(|(_, gaze)| gaze.clone())).collect();
    let width = images.first().map_or(1, |image| image.size.width) as f64;
    let baseline = number("--baseline-px")?;
    let baseline = baseline.map(|sigma| CenterBias::new(&training, sigma / width, CenterBias::DEFAULT_UNIFORM_SHARE));
    let baseline = baseline.transpose()?;

    for group in dataset.groups() {
        let scored = images[part.clone()].par_iter().filter_map(|image| {
            let (_, fixations) = image.groups.iter().find(|(name, _)| name == group)?;
            Some(score(&model, &dataset, image, fixations, baseline.as_ref(), &long_sides))
        });
        let scores = scored.collect::<Outcome<Vec<[f64; 4]>>>()?;
        write!(stdout(), "{} {group}: {} images", dataset.name(), scores.len())?;
        for (metric, name) in METRICS.iter().enumerate() {
            let values: Vec<f64> = scores.iter().map(|score| score[metric]).collect();
            let Interval { mean, low, high, .. } =
                bootstrap_mean(&values, 10_000, 0.95, &mut ChaCha8Rng::seed_from_u64(1))?;
            write!(stdout(), ", {name} {mean:.4} [{low:.4}, {high:.4}]")?;
        }
        writeln!(stdout())?;
    }
    Ok(())
}

/// The fixations on an image; none without an image or fixations.
fn read(dataset: &Dataset, index: usize) -> Option<Image> {
    let path = dataset.stimuli()[index].image()?;
    let size = dataset.image_size(index).ok()?;
    let groups = dataset.gaze(index).into_iter().filter_map(|gaze| {
        let (scanpaths, _) = scanpaths_within(&gaze.scanpaths.ok()?, size, &gaze.source);
        let fixations = Fixations::concatenate(size, scanpaths.iter().map(Scanpath::fixations)).ok()?;
        (!fixations.is_empty()).then_some((gaze.group, fixations))
    });
    let groups: Vec<_> = groups.collect();
    let hash = Sha256::digest(path.file_name()?.as_encoded_bytes());
    let hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    (!groups.is_empty()).then_some(Image { index, hash, size, groups })
}

/// The [`METRICS`].
fn score(
    model: &GazeLite,
    dataset: &Dataset,
    image: &Image,
    fixations: &Fixations,
    baseline: Option<&CenterBias>,
    long_sides: &[usize],
) -> Outcome<[f64; 4]> {
    let picture = dataset.image(image.index)?;
    let center_bias = match baseline {
        Some(baseline) => baseline.without(usize::MAX, image.size)?,
        None => model.center_bias(image.size)?,
    };
    let mut sum = ndarray::Array2::zeros(image.size.dim());
    for &long_side in long_sides {
        let seen = resize(&picture, Scale::LongSide(long_side).size(image.size))?;
        sum += &model.log_density(&seen, &center_bias)?.values().mapv(f64::exp);
    }
    let density = LogDensity::from_weights(sum)?;
    let map = density.to_saliency_map();
    Ok([
        information_gain(&density, &center_bias, fixations)?,
        information_gain(&density, &LogDensity::uniform(image.size)?, fixations)?,
        auc(&map, fixations)?,
        nss(&map, fixations)?,
    ])
}
