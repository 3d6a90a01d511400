//! Fixations from a file, and how well the prediction agrees with them.

use std::path::Path;

use gaze_core::{Fixations, Scanpath, Size};
use gaze_data::{GazeCheck, GazeOptions, parse_fixations, scanpaths_within};
use gaze_metrics::{Interval, MetricError, aucs, bootstrap_mean_per_fixation, information_gains, nss};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::{error::WebError, scene::Scene};

/// The number of resamples of an interval, its confidence, and the seed: the same file has the same interval.
const RESAMPLES: usize = 2000;
const CONFIDENCE: f64 = 0.95;
const SEED: u64 = 1;
/// The most points that are drawn; all are scored.
const DRAWN: usize = 5000;
/// The most names in a message.
const NAMES: usize = 5;

/// The fixations of a file on a picture, with their scores.
#[derive(Debug, Serialize)]
pub(crate) struct Scores {
    /// Places in percent of the picture's sides.
    points: Vec<[f64; 2]>,
    count: usize,
    observers: usize,
    /// What is drawn anew for the intervals: `observers` or `fixations`.
    unit: &'static str,
    auc: Mean,
    nss: Mean,
    information_gain: Mean,
    notes: Vec<String>,
}

/// A mean with its interval. Infinite numbers are none in JSON, so they are text.
#[derive(Debug, Serialize)]
struct Mean {
    mean: Number,
    low: Number,
    high: Number,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Number {
    Finite(f64),
    Other(String),
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Finite(value) } else { Self::Other(value.to_string()) }
    }
}

/// Reads fixations and scores the prediction by them.
pub(crate) fn score(scene: &Scene, name: &str, bytes: &[u8]) -> Result<Scores, WebError> {
    let size = scene.size();
    let (path, options) = (Path::new(name), GazeOptions::default());
    let own = of_this_picture(bytes, &scene.name)?;
    let read = parse_fixations(own.as_ref().map_or(bytes, |own| &own.table), path, &options)?;
    if let Some(found) = read.size.filter(|found| *found != size) {
        return Err(WebError::OtherSize { found, expected: size });
    }
    let raw = options.apply(read.scanpaths, || Ok(size))?;
    let mut check = GazeCheck::default();
    check.add(&raw, Some(size));
    let mut notes: Vec<String> = own.into_iter().filter_map(|own| own.note).collect();
    notes.extend(read.notes.into_iter().chain(check.notes()));
    let (scanpaths, dropped) = scanpaths_within(&raw, size, path);
    if let Some(first) = dropped.first() {
        let more = dropped.len() - 1;
        notes.push(if more == 0 {
            format!("{first}; it is left out")
        } else {
            format!("{first}; it and {more} more are left out")
        });
    }
    let groups: Vec<&Fixations> = scanpaths.iter().map(Scanpath::fixations).filter(|group| !group.is_empty()).collect();
    let all = Fixations::concatenate(size, groups.iter().copied())?;
    if all.is_empty() {
        return Err(WebError::NoFixation { size });
    }
    let named = scanpaths.iter().filter(|scanpath| scanpath.observer().is_some() && !scanpath.fixations().is_empty());
    let observers = named.count();
    let by_observer = observers == groups.len() && observers >= 2;
    let counts: Vec<usize> =
        if by_observer { groups.iter().map(|group| group.len()).collect() } else { vec![1; all.len()] };
    let map = scene.map();
    let each_nss = all.points().iter().map(|&point| {
        let one = Fixations::new(size, vec![point])?;
        Ok(nss(&map, &one)?)
    });
    let each_nss = each_nss.collect::<Result<Vec<f64>, WebError>>()?;
    let gains = information_gains(&scene.density, &scene.center_bias, &all)?;
    Ok(Scores {
        points: percent(&all, size),
        count: all.len(),
        observers,
        unit: if by_observer { "observers" } else { "fixations" },
        auc: interval(&aucs(&map, &all)?, &counts)?,
        nss: interval(&each_nss, &counts)?,
        information_gain: interval(&gains, &counts)?,
        notes,
    })
}

/// Computes the mean over fixations with its interval; `counts` are the sizes of the groups that are drawn anew.
fn interval(values: &[f64], counts: &[usize]) -> Result<Mean, MetricError> {
    let mut rest = values;
    let mut means = Vec::with_capacity(counts.len());
    for &count in counts {
        let (group, others) = rest.split_at(count.min(rest.len()));
        means.push(group.iter().sum::<f64>() / group.len() as f64);
        rest = others;
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let Interval { mean, low, high, .. } =
        bootstrap_mean_per_fixation(&means, counts, RESAMPLES, CONFIDENCE, &mut random)?;
    Ok(Mean { mean: mean.into(), low: low.into(), high: high.into() })
}

/// Places that are drawn, evenly chosen where there are many.
fn percent(fixations: &Fixations, size: Size) -> Vec<[f64; 2]> {
    let step = fixations.len().div_ceil(DRAWN).max(1);
    let place =
        |point: &gaze_core::Fixation| [100.0 * point.x / size.width as f64, 100.0 * point.y / size.height as f64];
    fixations.points().iter().step_by(step).map(place).collect()
}

/// The rows of a table that are about one picture, with a sentence about the others if there are any.
#[derive(Debug, PartialEq)]
struct Own {
    table: Vec<u8>,
    note: Option<String>,
}

/// Takes the rows of a table that are about this picture, if a column names pictures; with a sentence if rows are left out.
/// A file without such a column is about this picture, as is one whose only picture has another name.
fn of_this_picture(bytes: &[u8], picture: &str) -> Result<Option<Own>, WebError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(None) };
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    let Some(separator) = [b',', b';', b'\t'].into_iter().find(|&mark| header.as_bytes().contains(&mark)) else {
        return Ok(None);
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    let names = ["image", "stimulus", "picture"];
    let is_name = |column: &str| names.iter().any(|name| column.trim().eq_ignore_ascii_case(name));
    let Some(place) = header.iter().position(is_name) else { return Ok(None) };
    let mut others: Vec<String> = Vec::new();
    let mut kept = csv::WriterBuilder::new().delimiter(separator).flexible(true).from_writer(Vec::new());
    kept.write_record(&header)?;
    let (mut own, mut left_out) = (0, 0);
    for record in reader.records() {
        let record = record?;
        let name = record.get(place).unwrap_or_default();
        if stem(name) == stem(picture) {
            own += 1;
            kept.write_record(&record)?;
        } else {
            left_out += 1;
            if others.len() <= NAMES && !others.iter().any(|other| other == name) {
                others.push(name.to_owned());
            }
        }
    }
    if own == 0 {
        if others.len() < 2 {
            return Ok(None);
        }
        let more = if others.len() > NAMES { ", …" } else { "" };
        others.truncate(NAMES);
        let found = format!("{}{more}", others.join(", "));
        return Err(WebError::OtherPictures { found, expected: picture.to_owned() });
    }
    let table = kept.into_inner().unwrap_or_default();
    let note = (left_out > 0).then(|| format!("{left_out} rows of the file are about other pictures and left out"));
    Ok(Some(Own { table, note }))
}

/// The name of a picture without its folder and its ending.
fn stem(name: &str) -> String {
    Path::new(name.trim()).file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_about_this_picture_count() {
        let table = "image,x,y\nfolder/A.png,1,2\nb.png,3,4\na.jpg,5,6\n";
        let Own { table: kept, note } = of_this_picture(table.as_bytes(), "a.webp").unwrap().unwrap();
        assert_eq!(String::from_utf8(kept).unwrap(), "image,x,y\nfolder/A.png,1,2\na.jpg,5,6\n");
        assert_eq!(note.unwrap(), "1 rows of the file are about other pictures and left out");
        let error = of_this_picture(table.as_bytes(), "c.png").unwrap_err().to_string();
        assert_eq!(error, "the file has fixations on folder/A.png, b.png, a.jpg, and none on a picture called c.png");
        // A table without names, and one about one picture under another name, are about this one.
        for whole in ["x,y\n1,2\n", "stimulus;x;y\nscan;1;2\n", "", "1 2 3"] {
            assert_eq!(of_this_picture(whole.as_bytes(), "c.png").unwrap(), None);
        }
    }

    #[test]
    fn groups_are_drawn_anew_as_wholes() {
        // Two groups that agree within themselves: resamples can give 0, 1 or the mean of all fixations, nothing between.
        let mean = interval(&[0.0, 0.0, 0.0, 1.0], &[3, 1]).unwrap();
        let found = [mean.mean, mean.low, mean.high].map(|number| match number {
            Number::Finite(value) => value,
            Number::Other(text) => panic!("{text}"),
        });
        // One rounding of a quotient.
        assert!(
            found.iter().zip([0.25, 0.0, 1.0]).all(|(found, expected)| (found - expected).abs() < 1e-15),
            "{found:?}"
        );
    }
}
