//! `gaze-cli rasterize`: gaze becomes maps, on one image or on all of a dataset.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use gaze_core::Size;
use gaze_data::{Dataset, GroupGaze, RawScanpath, scanpaths_within};
use gaze_targets::{Geometry, Rasterizer, Report, gray_levels};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use indicatif::ParallelProgressIterator;
use ndarray::Array2;
use ndarray_npy::WriteNpyExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::{ThreadPoolBuilder, prelude::*};

use gaze_study::{files, group_label};

use super::data::open;

use crate::{
    cli::{MapFormat, RasterizeArgs},
    input, messages,
    outcome::Outcome,
    progress,
};

/// Makes one map or many.
pub(crate) fn run(args: &RasterizeArgs) -> Result<Outcome> {
    let problems = match (&args.fixations, args.image_size, &args.data) {
        (Some(fixations), Some(size), _) => one(args, fixations, size)?,
        (_, _, Some(data)) => all(args, data)?,
        _ => bail!("give --fixations with --image-size, or --data"),
    };
    Ok(if problems { Outcome::DoneWithProblems } else { Outcome::Done })
}

/// Makes the map of one image; whether there is something to tell.
fn one(args: &RasterizeArgs, fixations: &Path, size: Size) -> Result<bool> {
    let kind = match args.out.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("npy") => MapFormat::Npy,
        Some(extension) if extension.eq_ignore_ascii_case("png") => MapFormat::Png,
        _ => bail!("--out {}: name a file that ends in .npy or .png", args.out.display()),
    };
    let folder = files::folder_of(&args.out);
    files::probe(folder).with_context(|| format!("--out {}", args.out.display()))?;
    args.settings(size)?;
    let raw = input::fixations(fixations, &args.gaze.options(), size).context("--fixations")?;
    let mut problems = Vec::new();
    let map = map(args, size, &raw, fixations, 0, &mut problems)
        .with_context(|| format!("--fixations {}", fixations.display()));
    for problem in &problems {
        messages::say(problem);
    }
    write(&folder.join(args.out.file_name().context("--out names a file")?), &map?, kind)?;
    Ok(!problems.is_empty())
}

/// Makes the maps of a dataset; whether there is something to tell.
fn all(args: &RasterizeArgs, data: &Path) -> Result<bool> {
    let dataset = open(data, args.format, &args.gaze, &args.recording, None).context("--data")?;
    // A mistake that concerns every image is said once, before any work.
    args.settings(args.target_size.unwrap_or(Size { height: 1, width: 1 }))?;
    fs::create_dir_all(&args.out).with_context(|| format!("--out {}", args.out.display()))?;
    files::remove_leftovers(&args.out).with_context(|| format!("--out {}", args.out.display()))?;
    ensure!(fs::read_dir(&args.out)?.next().is_none(), "--out {} is not empty; name a new folder", args.out.display());
    let folders: Vec<PathBuf> = match dataset.groups() {
        [_] => vec![args.out.clone()],
        groups => groups.iter().map(|group| args.out.join(files::file_name(&group_label(&dataset, group)))).collect(),
    };
    for folder in &folders {
        fs::create_dir_all(folder).with_context(|| format!("--out {}", folder.display()))?;
    }
    let count = dataset.stimuli().len();
    let bar = progress::bar("rasterizing", count, args.quiet);
    let pool = ThreadPoolBuilder::new().num_threads(args.threads.map_or(0, usize::from)).build()?;
    let problems: Vec<Vec<String>> = pool.install(|| {
        let stimuli = (0..count).into_par_iter().progress_with(bar.clone());
        stimuli.map(|index| stimulus(args, &dataset, &folders, index)).collect::<Result<_>>()
    })?;
    bar.finish_and_clear();
    for note in dataset.notes() {
        messages::say(note);
    }
    let problems = problems.concat();
    for problem in &problems {
        messages::say(problem);
    }
    Ok(!problems.is_empty())
}

/// Makes the maps of one stimulus, a group each. Only what keeps all maps from being written is an error.
fn stimulus(args: &RasterizeArgs, dataset: &Dataset, folders: &[PathBuf], index: usize) -> Result<Vec<String>> {
    let key = dataset.stimuli()[index].key();
    let mut problems = Vec::new();
    let size = match dataset.image_size(index) {
        Ok(size) => size,
        Err(error) => return Ok(vec![format!("stimulus {key}: {error}; it has no map")]),
    };
    for GroupGaze { group, source, scanpaths } in dataset.gaze(index) {
        let place = dataset.groups().iter().position(|other| *other == group).unwrap_or(0);
        let folder = folders.get(place).context("every group has a folder")?;
        let stream = (index * folders.len() + place) as u64;
        let mut told = Vec::new();
        let map =
            scanpaths.map_err(anyhow::Error::from).and_then(|raw| map(args, size, &raw, &source, stream, &mut told));
        problems.extend(told.into_iter().map(|problem| format!("stimulus {key}: {problem}")));
        match map {
            Ok(map) => {
                let suffix = format!(".{}", args.kind.extension());
                write(&files::stimulus_file(folder, key, &suffix), &map, args.kind)?;
            }
            Err(error) => problems.push(format!("stimulus {key}: {error:#}; it has no map for {group}")),
        }
    }
    Ok(problems)
}

/// Makes a map of the gaze on one image, and tells what was left out of it.
fn map(
    args: &RasterizeArgs,
    size: Size,
    raw: &[RawScanpath],
    source: &Path,
    stream: u64,
    problems: &mut Vec<String>,
) -> Result<Array2<f32>> {
    let (scanpaths, dropped) = scanpaths_within(raw, size, source);
    problems.extend(dropped.iter().map(|fixation| format!("{fixation}; it is left out")));
    // Every image has draws of its own, whatever was drawn for others.
    let mut random = ChaCha8Rng::seed_from_u64(args.seed);
    random.set_stream(stream);
    let mut rasterizer = Rasterizer::new(args.settings(size)?)?;
    let (map, Report { dropped, kept, .. }) =
        rasterizer.rasterize(size, &Geometry::default(), &scanpaths, &mut random)?;
    if dropped.outside_target > 0 {
        problems.push(format!(
            "{} of {} points lie outside the map of {} (height x width) and are left out",
            dropped.outside_target,
            kept + dropped.outside_target,
            Size::from(map.dim()),
        ));
    }
    Ok(map)
}

/// Writes a map whole or not at all.
fn write(path: &Path, map: &Array2<f32>, kind: MapFormat) -> Result<()> {
    let mut bytes = Vec::new();
    match kind {
        MapFormat::Npy => map.write_npy(&mut bytes)?,
        MapFormat::Png => {
            let (height, width) = map.dim();
            let levels: Vec<u8> = gray_levels(map.view()).into_iter().collect();
            let encoder = PngEncoder::new(&mut bytes);
            encoder.write_image(&levels, u32::try_from(width)?, u32::try_from(height)?, ExtendedColorType::L8)?;
        }
    }
    Ok(files::write_bytes(path, &bytes)?)
}
