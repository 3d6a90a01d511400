//! `gaze-cli predict`: where people look on single pictures.

use std::{
    collections::HashMap,
    fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use indicatif::ParallelProgressIterator;
use rayon::{ThreadPoolBuilder, prelude::*};

use gaze_core::Fixation;
use gaze_data::MapOptions;
use gaze_model::ModelOption;
use gaze_picture::{Scale, Shades, gray_png, overlay, png, with_color_bar};
use gaze_study::{Model, Question, files, sample_scanpaths};

use super::{errors::with_option, scanpaths};
use crate::{
    cli::{PredictArgs, PredictionFile},
    input::{self, STDIN},
    messages,
    outcome::{Outcome, is_broken_pipe},
    progress,
};

/// Predicts every picture and writes what was asked for.
pub(crate) fn run(args: &PredictArgs) -> Result<Outcome> {
    let jobs = jobs(args)?;
    let options = args.network.options(args.pixels_per_degree, MapOptions::default());
    let model = Model::open(&args.model, &options, None).map_err(with_option)?;
    match (&args.history, model.takes_history()) {
        (Some(_), false) => bail!("--history is about {}, not about {}", ModelOption::History.takers(), args.model),
        (None, true) => messages::say(&format_args!(
            "{}: without --history it predicts the very first fixation, which was no part of its training",
            model.name()
        )),
        _ => {}
    }
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.map_or(0, usize::from)).build()?;
    let bar = progress::bar("predicting", jobs.len(), args.quiet || jobs.len() < 2);
    let results: Vec<Result<()>> = pool.install(|| {
        if jobs.len() < pool.current_num_threads() {
            jobs.iter().map(|job| predict(args, &model, job, true)).collect()
        } else {
            let jobs = jobs.par_iter().with_max_len(1).progress_with(bar.clone());
            jobs.map(|job| predict(args, &model, job, false)).collect()
        }
    });
    bar.finish_and_clear();
    let mut out = stdout().lock();
    let mut failed = 0;
    for (job, result) in jobs.iter().zip(results) {
        match result {
            Ok(()) if args.quiet => {}
            Ok(()) => {
                for (_, path) in job.files.iter().filter(|(_, path)| !input::is_stdin(path)) {
                    writeln!(out, "{}", path.display())?;
                }
            }
            Err(error) if is_broken_pipe(&error) => return Err(error),
            Err(error) => {
                messages::say(&format_args!("{error:#}"));
                failed += 1;
            }
        }
    }
    model.notes().iter().for_each(|note| messages::say(note));
    Ok(if failed == 0 { Outcome::Done } else { Outcome::DoneWithProblems })
}

/// A picture and the files to be made of it.
struct Job {
    image: PathBuf,
    files: Vec<(PredictionFile, PathBuf)>,
}

/// Decides where everything goes before anything is done.
fn jobs(args: &PredictArgs) -> Result<Vec<Job>> {
    use PredictionFile::{Heatmap, LogDensity, Overlay, ScanpathOverlay, Scanpaths};
    let out = args.out.as_deref();
    if args.sample.is_none() && args.save.iter().any(|save| matches!(save, Scanpaths | ScanpathOverlay)) {
        bail!("--save: scanpaths are drawn with --sample N");
    }
    if out.is_some_and(input::is_stdin) {
        let ([image], [] | [_]) = (args.images.as_slice(), args.save.as_slice()) else {
            bail!("--out -: one file of one picture goes to standard output; name a folder for more")
        };
        let save = args.save.first().copied().unwrap_or(LogDensity);
        return Ok(vec![Job { image: image.clone(), files: vec![(save, "-".into())] }]);
    }
    let npy = out.filter(|out| out.extension().is_some_and(|extension| extension == "npy") && !out.is_dir());
    if let Some(file) = npy {
        let [image] = args.images.as_slice() else {
            bail!("--out {}: one file is for one picture; name a folder for {}", file.display(), args.images.len())
        };
        ensure!(
            args.save.iter().all(|&save| save == LogDensity) && args.sample.is_none(),
            "--out {}: this file is the log density; name a folder for other files",
            file.display()
        );
        return Ok(vec![Job { image: image.clone(), files: vec![(LogDensity, file.to_owned())] }]);
    }
    let mut saves = match (args.save.as_slice(), &args.out) {
        ([], None) => vec![Heatmap, Overlay],
        ([], Some(_)) => vec![LogDensity, Heatmap, Overlay],
        (saves, _) => saves.to_vec(),
    };
    if args.sample.is_some() && args.save.is_empty() {
        saves.extend([Scanpaths, ScanpathOverlay]);
    }
    saves.sort_unstable();
    saves.dedup();
    let mut seen: HashMap<PathBuf, &Path> = args.images.iter().map(|image| (image.clone(), image.as_path())).collect();
    ensure!(seen.len() == args.images.len(), "a picture is named twice");
    let mut jobs = Vec::new();
    for image in &args.images {
        let folder = args.out.as_deref().unwrap_or_else(|| files::folder_of(image));
        let stem = match image.file_stem() {
            _ if input::is_stdin(image) => {
                ensure!(args.out.is_some(), "- is {STDIN}, which lies in no folder; say with --out where the files go");
                "stdin".into()
            }
            Some(stem) => stem.to_string_lossy(),
            None => bail!("{} is no picture", image.display()),
        };
        let mut files = Vec::new();
        for &save in &saves {
            let path = folder.join(format!("{stem}{}", suffix(save)));
            if let Some(other) = seen.insert(path.clone(), image) {
                bail!(
                    "{} would be written for {} and is needed for {}",
                    path.display(),
                    image.display(),
                    other.display()
                )
            }
            files.push((save, path));
        }
        jobs.push(Job { image: image.clone(), files });
    }
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).with_context(|| format!("--out {}", folder.display()))?;
    }
    Ok(jobs)
}

fn suffix(save: PredictionFile) -> &'static str {
    match save {
        PredictionFile::LogDensity => ".npy",
        PredictionFile::Heatmap => "_heatmap.png",
        PredictionFile::Overlay => "_overlay.png",
        PredictionFile::Percentile => "_percentile.png",
        PredictionFile::Scanpaths => "_scanpaths.csv",
        PredictionFile::ScanpathOverlay => "_scanpaths.png",
    }
}

fn predict(args: &PredictArgs, model: &Model, job: &Job, alone: bool) -> Result<()> {
    // Errors of reading name the file themselves.
    let stimulus = input::image(&job.image, args.background.background)?;
    let history: &[Fixation] = args.history.as_ref().map_or(&[], |history| &history.0);
    let predicted = || {
        let looked = model.look(&Question { alone, ..Question::of_picture(&stimulus) })?;
        let density = looked.log_density(history)?;
        let (count, length) = (args.sample.map_or(0, usize::from), usize::from(args.fixations));
        Ok((density, sample_scanpaths(&looked, history, count, length, args.seed)?))
    };
    let (density, sampled) =
        predicted().map_err(anyhow::Error::from_boxed).with_context(|| input::shown(&job.image))?;
    let map = density.to_saliency_map();
    let shades = Shades::of(&map);
    for (save, path) in &job.files {
        let bytes = match save {
            PredictionFile::LogDensity => gaze_data::npy(&density),
            PredictionFile::Heatmap => with_color_bar(&shades, args.colors, Scale::of(Some(&density), &map))?,
            PredictionFile::Overlay => png(&overlay(&stimulus, &shades, args.colors))?,
            PredictionFile::Percentile => gray_png(&gaze_data::percentile_map(&density))?,
            PredictionFile::Scanpaths => scanpaths::table(&sampled, history.len()),
            PredictionFile::ScanpathOverlay => scanpaths::drawn(&sampled, &stimulus)?,
        };
        if input::is_stdin(path) {
            stdout().lock().write_all(&bytes)?;
        } else {
            files::write_bytes(path, &bytes)?;
        }
    }
    Ok(())
}
