//! What happens in `gaze-cli train`: gaze, images held out, pictures as the network sees them, training, the model's file.

pub(crate) mod gaze;
mod held_out;

use std::{
    fs,
    io::{Write, stdout},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use gaze_core::{LogDensity, Size};
use gaze_model::{
    Scale,
    gaze_lite::training::{self, Epoch, FeatureCache, Prepared, Settings},
    resize,
};
use gaze_targets::CenterBias;
use indicatif::ParallelProgressIterator as _;
use rayon::{ThreadPoolBuilder, prelude::*};

use crate::{
    Outcome, messages, progress,
    train::{
        gaze::{Gaze, Subject},
        held_out::{Part, parts},
    },
    train_args::{Portion, TrainArgs},
};

/// The size at which the center biases of several datasets are averaged.
const COMMON: Size = Size { height: 144, width: 192 };

/// A dataset with its parts and the center bias of its training images.
struct Source {
    gaze: Gaze,
    parts: Vec<Part>,
    /// Of the training images, in their order.
    center_bias: CenterBias,
}

/// Trains.
pub(crate) fn run(args: &TrainArgs) -> Result<Outcome> {
    gaze_model::use_one_thread_per_operation();
    let pool = ThreadPoolBuilder::new().num_threads(args.jobs.unwrap_or(0)).build()?;
    pool.install(|| train(args))
}

fn train(args: &TrainArgs) -> Result<Outcome> {
    let folder = args.out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    crate::output::probe(folder).with_context(|| format!("--out {}", args.out.display()))?;
    let sources = (0..args.data.len()).map(|index| Source::open(args, index)).collect::<Result<Vec<_>>>()?;
    let mut problems: Vec<String> = sources.iter().flat_map(|source| source.gaze.problems.clone()).collect();

    let features = args.cache.clone().unwrap_or_else(|| beside(&args.out, "features"));
    let cache = FeatureCache::new(&features)?;
    let (mut pictures, mut validation) = (Vec::new(), Vec::new());
    for source in &sources {
        let prepared = source.prepare(&cache, &args.long_side, args.quiet);
        for (part, prepared) in prepared {
            match (part, prepared) {
                (Part::Training, Ok(views)) => pictures.push(views),
                (_, Ok(views)) => validation.extend(views.into_iter().take(1)),
                (_, Err(problem)) => problems.push(format!("{problem:#}; it is left out")),
            }
        }
    }
    messages::problems(&problems);
    say_counts(&sources, &pictures, &validation);
    let settings = Settings {
        seed: args.seed,
        epochs: args.epochs,
        readouts: args.readouts,
        batch: args.batch,
        learning_rate: args.learning_rate,
        weight_decay: args.weight_decay,
        dropout: args.dropout,
        patience: args.patience,
    };
    let checkpoint = beside(&args.out, "checkpoint");
    let mut tell = |epoch: &Epoch| {
        messages::say(&format_args!(
            "epoch {}: {:.4} bits lost per fixation in training, {:.4} gained over the center bias in validation{}",
            epoch.number,
            epoch.loss,
            epoch.validation_gain,
            if epoch.best { "" } else { " (not the best)" }
        ));
        ControlFlow::Continue(())
    };
    let center_bias = mean_center_bias(&sources)?;
    let trained = training::train(&pictures, &validation, &center_bias, &settings, Some(&checkpoint), &mut tell)?;
    let (gain, stored, epoch) = (trained.validation_gain, trained.stored_gain, trained.epoch);
    let names: Vec<&str> = sources.iter().map(|source| source.gaze.dataset.name()).collect();
    let remarks = [
        ("data", names.join(", ")),
        ("training", format!("{} pictures, {settings:?}", pictures.len())),
        ("long side", args.long_side.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
        (
            "validation",
            format!("{gain:.4} bits per fixation gained on {} pictures after epoch {epoch}", validation.len()),
        ),
    ];
    let trained = trained.with_temperature(args.temperature).context("--temperature")?;
    let remarks = remarks.map(|(key, value)| (key.to_owned(), value));
    trained.write(&args.out, &remarks).with_context(|| format!("writing {}", args.out.display()))?;
    crate::output::remove(&checkpoint)?;
    if args.cache.is_none() {
        fs::remove_dir_all(&features).with_context(|| format!("removing {}", features.display()))?;
    }
    writeln!(
        stdout(),
        "{}: gains {gain:.4} bits per fixation over the center bias on {} held-out pictures (epoch {epoch}); {:+.5} by \
         storing 16 bits",
        args.out.display(),
        validation.len(),
        stored - gain
    )?;
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::DoneWithProblems })
}

impl Source {
    /// Reads the gaze of the `index`-th dataset and decides what its images are for.
    fn open(args: &TrainArgs, index: usize) -> Result<Self> {
        let path = &args.data[index];
        let gaze = Gaze::read(path, args.format, args.group.as_deref())
            .with_context(|| format!("--data {}", path.display()))?;
        let names: Vec<String> = gaze.subjects.iter().map(|subject| subject.name.clone()).collect();
        let portion = |flag: &str, portions: &[Portion]| -> Result<usize> {
            ensure!(
                portions.len() == 1 || portions.len() == args.data.len(),
                "{flag} is given once or once for each --data, not {} times for {}",
                portions.len(),
                args.data.len()
            );
            Ok(portions.get(index).unwrap_or(&portions[0]).of(names.len()))
        };
        let parts = parts(&names, portion("--validation", &args.validation)?, portion("--test", &args.test)?);
        let training = gaze.subjects.iter().zip(&parts).filter(|&(_, &part)| part == Part::Training);
        let center_bias = CenterBias::new(
            training.map(|(subject, _)| &subject.fixations),
            CenterBias::DEFAULT_BANDWIDTH,
            CenterBias::DEFAULT_UNIFORM_SHARE,
        )?;
        Ok(Self { gaze, parts, center_bias })
    }

    /// The images that are not for testing, each at every scale.
    fn prepare(&self, cache: &FeatureCache, long_sides: &[u32], quiet: bool) -> Vec<(Part, Result<Vec<Prepared>>)> {
        let mut place = 0;
        let mut wanted = Vec::new();
        for (subject, &part) in self.gaze.subjects.iter().zip(&self.parts) {
            match part {
                // Its own fixations are not in the center bias it is compared with.
                Part::Training => wanted.push((subject, part, place)),
                Part::Validation => wanted.push((subject, part, usize::MAX)),
                Part::Test => {}
            }
            place += usize::from(part == Part::Training);
        }
        let bar = progress::bar("features", wanted.len(), quiet);
        let prepared = wanted.into_par_iter().progress_with(bar.clone());
        let prepared = prepared
            .map(|(subject, part, left_out)| (part, self.views(cache, subject, left_out, long_sides)))
            .collect();
        bar.finish_and_clear();
        prepared
    }

    /// One image at every scale.
    fn views(
        &self,
        cache: &FeatureCache,
        subject: &Subject,
        left_out: usize,
        long_sides: &[u32],
    ) -> Result<Vec<Prepared>> {
        let picture = self.gaze.picture(subject)?;
        let view = |&long_side: &u32| {
            let size = Scale::LongSide(long_side as usize).size(picture.size());
            let seen = resize(&picture, size)?;
            let center_bias = self.center_bias.without(left_out, size)?;
            Ok(cache.prepare(&seen, &subject.fixations.moved_to(size), &center_bias)?)
        };
        long_sides.iter().map(view).collect::<Result<_>>().with_context(|| subject.to_string())
    }
}

/// What the model takes for pictures of any kind: the mean of the datasets' center biases.
fn mean_center_bias(sources: &[Source]) -> Result<LogDensity> {
    let mut sum = ndarray::Array2::zeros(COMMON.dim());
    for source in sources {
        sum += &source.center_bias.without(usize::MAX, COMMON)?.values().mapv(f64::exp);
    }
    Ok(LogDensity::from_weights(sum)?)
}

/// `model.safetensors` and `features` make `model.safetensors.features`.
fn beside(model: &Path, what: &str) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    name.into()
}

fn say_counts(sources: &[Source], pictures: &[Vec<Prepared>], validation: &[Prepared]) {
    let test = sources.iter().flat_map(|source| &source.parts).filter(|&&part| part == Part::Test).count();
    messages::say(&format_args!(
        "{} pictures to train on, {} to validate on, {test} not looked at",
        pictures.len(),
        validation.len()
    ));
}
