//! `gaze-cli info`: what a dataset or a recording is and holds, and what is wrong with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Write, stdout},
};

use anyhow::{Context, Result, ensure};
use gaze_core::{Fixation, Fixations, Size};
use gaze_data::{Dataset, DropReason, Format, GazeCheck, Provenance, recording_format, scanpaths_within};
use gaze_metrics::quantile_of_sorted;
use gaze_picture::{Palette, Shades, overlay, png};
use gaze_study::{files, printable};
use gaze_targets::{CenterBias, GaussianKernel, empirical_map};
use image::{Rgb, RgbImage};
use rayon::prelude::*;

use super::data::open;
use crate::{cli::InfoArgs, messages, outcome::Outcome};

mod picture;
mod recording;
mod summary;

/// The longer side of the picture, in pixels.
const SIDE: usize = 400;

/// The content of one stimulus.
#[derive(Default)]
struct Part {
    size: Option<Size>,
    scanpaths: usize,
    /// Position as shares of the image's sides.
    places: Vec<(f64, f64)>,
    durations: Vec<f64>,
    observers: BTreeSet<String>,
    groups: BTreeMap<String, (usize, usize)>,
    dropped: BTreeMap<&'static str, usize>,
    problems: Vec<String>,
    check: GazeCheck,
}

/// Reads all gaze and the headers of all images, decoding none, and compares the checksums that a dataset brings along.
pub(crate) fn run(args: &InfoArgs) -> Result<Outcome> {
    let may_be_recording = args.format.is_none_or(|format| format == Format::Recordings);
    if may_be_recording && !args.recording.wants_dataset() && recording_format(&args.data)?.is_some() {
        return recording::run(args);
    }
    ensure!(!args.json, "--json describes one recording; {} is read as a dataset here", args.data.display());
    let dataset = open(&args.data, args.format, &args.gaze, &args.recording, args.pixels_per_degree)?;
    let parts: Vec<Part> = (0..dataset.stimuli().len()).into_par_iter().map(|index| part(&dataset, index)).collect();
    print(&dataset, &parts)?;
    if let Some(path) = &args.picture {
        files::write_bytes(path, &picture(&parts)?)?;
    }
    let mut problems: Vec<_> = parts.iter().flat_map(|part| part.problems.iter().cloned()).collect();
    problems.extend(dataset.verify().err().map(|error| error.to_string()));
    messages::problems(&problems);
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::DoneWithProblems })
}

fn part(dataset: &Dataset, index: usize) -> Part {
    let entry = &dataset.stimuli()[index];
    let mut part = Part::default();
    if entry.has_image() {
        match dataset.image_size(index) {
            Ok(size) => part.size = Some(size),
            Err(error) => part.problems.push(error.to_string()),
        }
    }
    for gaze in dataset.gaze(index) {
        let raw = match gaze.scanpaths {
            Ok(raw) => raw,
            Err(error) => {
                part.problems.push(error.to_string());
                continue;
            }
        };
        part.scanpaths += raw.len();
        part.observers.extend(raw.iter().filter_map(|path| path.observer.clone()));
        let group = part.groups.entry(printable(&gaze.group)).or_default();
        group.0 += raw.len();
        group.1 += raw.iter().map(|path| path.fixations.len()).sum::<usize>();
        let all = raw.iter().flat_map(|path| &path.fixations);
        part.durations.extend(all.filter_map(|fixation| fixation.duration_ms));
        part.check.add(&raw, part.size);
        let Some(size) = part.size else { continue };
        let (scanpaths, dropped) = scanpaths_within(&raw, size, &gaze.source);
        for fixation in dropped {
            let reason = match fixation.reason {
                DropReason::OutsideImage { .. } => "outside the image",
                DropReason::NotANumber => "without a place (not a number)",
                DropReason::Lost => "with the coordinates of lost samples",
                DropReason::InitialFixation => "initial, left out by the dataset's authors",
                DropReason::BeforeStimulus => "that began before the image appeared",
                DropReason::AfterStimulus => "that began after the image had disappeared",
                _ => "left out for another reason",
            };
            *part.dropped.entry(reason).or_default() += 1;
        }
        let points = scanpaths.iter().flat_map(|path| path.fixations().points());
        part.places.extend(points.map(|point| (point.x / size.width as f64, point.y / size.height as f64)));
    }
    part
}

fn print(dataset: &Dataset, parts: &[Part]) -> Result<()> {
    let mut out = stdout().lock();
    let total = |value: fn(&Part) -> usize| parts.iter().map(value).sum::<usize>();
    let kind = match dataset.provenance() {
        Provenance::Recorded => "",
        Provenance::Simulated => ", simulated gaze",
    };
    writeln!(out, "{} ({}{kind})", printable(dataset.name()), dataset.format())?;
    let images = dataset.stimuli().iter().filter(|entry| entry.has_image()).count();
    writeln!(out, "stimuli     {} ({images} with an image)", parts.len())?;
    let mut sizes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for size in parts.iter().filter_map(|part| part.size) {
        *sizes.entry((size.width, size.height)).or_default() += 1;
    }
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    const SHOWN: usize = 5;
    let shown: Vec<_> =
        sizes.iter().take(SHOWN).map(|((width, height), count)| format!("{width}x{height} ({count})")).collect();
    let more = sizes.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    writeln!(out, "sizes       {}{more}", if shown.is_empty() { "unknown".to_owned() } else { shown.join(", ") })?;
    let observers: BTreeSet<&String> = parts.iter().flat_map(|part| &part.observers).collect();
    let observers = if observers.is_empty() { "not named".to_owned() } else { observers.len().to_string() };
    writeln!(out, "subjects    {observers}")?;
    writeln!(out, "scanpaths   {}", total(|part| part.scanpaths))?;
    writeln!(out, "fixations   {}", total(|part| part.groups.values().map(|group| group.1).sum()))?;
    if dataset.groups().len() > 1 {
        for group in dataset.groups() {
            let group = printable(group);
            let of = |part: &Part| part.groups.get(&group).copied().unwrap_or_default();
            let (paths, fixations) =
                parts.iter().map(of).fold((0, 0), |(a, b), (paths, fixations)| (a + paths, b + fixations));
            writeln!(out, "  {group:<9} {paths} scanpaths, {fixations} fixations")?;
        }
    }
    let durations = parts.iter().flat_map(|part| part.durations.iter().copied());
    let mut durations: Vec<f64> = durations.filter(|duration| !duration.is_nan()).collect();
    durations.sort_by(f64::total_cmp);
    match (durations.first(), quantile_of_sorted(&durations, 0.5), durations.last()) {
        (Some(shortest), Some(median), Some(longest)) => {
            let mean = durations.iter().sum::<f64>() / durations.len() as f64;
            writeln!(out, "durations   median {median:.0} ms, mean {mean:.0}, from {shortest:.0} to {longest:.0}")?;
        }
        _ => writeln!(out, "durations   not known")?,
    }
    match dataset.pixels_per_degree() {
        Some(scale) => writeln!(out, "scale       {:.1} pixels per degree", scale.get())?,
        None => writeln!(out, "scale       pixels per degree are not known")?,
    }
    let mut dropped: BTreeMap<&str, usize> = BTreeMap::new();
    for (reason, count) in parts.iter().flat_map(|part| &part.dropped) {
        *dropped.entry(reason).or_default() += count;
    }
    for (reason, count) in dropped {
        writeln!(out, "left out    {count} fixations {reason}")?;
    }
    let mut check = GazeCheck::default();
    parts.iter().for_each(|part| check.join(&part.check));
    for note in dataset.notes().iter().chain(&check.notes()) {
        writeln!(out, "note        {}", printable(note))?;
    }
    Ok(())
}

/// All fixations on the left, their blurred density (the center bias) on the right, on a frame of the most common shape.
fn picture(parts: &[Part]) -> Result<Vec<u8>> {
    let mut shapes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for size in parts.iter().filter_map(|part| part.size) {
        *shapes.entry((size.height, size.width)).or_default() += 1;
    }
    let (&(height, width), _) = shapes
        .iter()
        .max_by_key(|&(_, count)| count)
        .context("no image has a known size, so there is no picture to draw")?;
    let longer = height.max(width);
    let size = Size { height: (height * SIDE / longer).max(1), width: (width * SIDE / longer).max(1) };
    let point = |&(x, y): &(f64, f64)| Fixation { x: x * size.width as f64, y: y * size.height as f64 };
    let points = parts.iter().flat_map(|part| part.places.iter().map(point));
    let (fixations, _) = Fixations::partition(size, points);
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let mut frame = RgbImage::from_pixel(side(size.width) * 2 + 4, side(size.height), Rgb([24; 3]));
    for pixel in fixations.pixels() {
        let place = frame.get_pixel_mut(side(pixel.column), side(pixel.row));
        *place = Rgb(place.0.map(|value| value.saturating_add(77)));
    }
    if !fixations.points().is_empty() {
        let kernel = GaussianKernel::new(CenterBias::DEFAULT_BANDWIDTH * size.width as f64)?;
        let shades = Shades::of(&empirical_map(&fixations, &kernel)?);
        let blank = gaze_core::Stimulus::new(ndarray::Array3::from_elem((size.height, size.width, 3), 24))
            .context("a frame with pixels")?;
        let overlay = overlay(&blank, &shades, Palette::default());
        image::imageops::replace(&mut frame, &overlay, i64::from(side(size.width)) + 4, 0);
    }
    Ok(png(&frame)?)
}
