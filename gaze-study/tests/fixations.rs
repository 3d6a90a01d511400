//! Studies with a model of scanpaths: every fixation is judged by the density given the fixations before it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

use std::{cmp::Ordering, collections::BTreeMap, fmt::Write as _, fs, path::Path};

use gaze_core::{Fixation, LogDensity, Look, ModelError, Prediction, SaliencyModel, Size, Viewing, ndarray::Array2};
use gaze_data::Dataset;
use gaze_study::{
    Baseline, Model, ModelOptions, Number, Plan, Silent, Study, StudyFolder, Summary, finish, merge, metrics::Metric,
};
use image::RgbImage;

const SIZE: Size = Size { height: 30, width: 40 };
const STIMULI: usize = 3;
const OBSERVERS: usize = 3;
const FIXATIONS: usize = 4;

/// Expects the next fixation near the last one, and the first one anywhere.
#[derive(Debug)]
struct NearLast;

#[derive(Debug)]
struct Seen(Size);

impl Look for Seen {
    fn predict(&self, history: &[Fixation]) -> Result<Prediction, ModelError> {
        let Some(last) = history.last() else { return Ok(Prediction::Density(LogDensity::uniform(self.0)?)) };
        let weight = |(row, column): (usize, usize)| {
            let (down, across) = (row as f64 + 0.5 - last.y, column as f64 + 0.5 - last.x);
            (-(down * down + across * across) / 200.0).exp() / history.len() as f64
        };
        Ok(Prediction::Density(LogDensity::from_weights(Array2::from_shape_fn(self.0.dim(), weight))?))
    }
}

impl SaliencyModel for NearLast {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        Seen(viewing.size).predict(viewing.history)
    }

    fn look<'a>(&'a self, viewing: &Viewing<'_>) -> Result<Box<dyn Look + 'a>, ModelError> {
        Ok(Box::new(Seen(viewing.size)))
    }

    fn takes_history(&self) -> bool {
        true
    }
}

/// Where an observer looks. One fixation of each stimulus lies beside the picture.
fn place(stimulus: usize, observer: usize, index: usize) -> Fixation {
    let x = if (observer, index) == (1, 2) { -3.0 } else { (4 + 7 * observer + 2 * stimulus + 3 * index) as f64 };
    Fixation { x, y: (3 + 4 * observer + 5 * index + stimulus) as f64 + 0.5 }
}

fn study(folder: &Path) -> Study {
    let data = folder.join("data");
    fs::create_dir_all(data.join("images")).unwrap();
    let mut table = String::from("image,subject,x,y\n");
    for stimulus in 0..STIMULI {
        let picture = RgbImage::from_pixel(40, 30, image::Rgb([u8::try_from(stimulus).unwrap(), 7, 9]));
        picture.save(data.join(format!("images/{stimulus}.png"))).unwrap();
        for observer in 0..OBSERVERS {
            for index in 0..FIXATIONS {
                let Fixation { x, y } = place(stimulus, observer, index);
                writeln!(table, "{stimulus}.png,s{observer},{x},{y}").unwrap();
            }
        }
    }
    fs::write(data.join("fixations.csv"), table).unwrap();
    let dataset = Dataset::open(&data, None).unwrap();
    let uniform = Model::open(&"uniform".parse().unwrap(), &ModelOptions::default(), Some(&dataset)).unwrap();
    let models = vec![Model::custom("near-last", Box::new(NearLast)), uniform];
    let mut plan = Plan::new(&dataset, &models).unwrap();
    (plan.sigma_px, plan.baseline) = (Some(3.0), Baseline::Uniform);
    plan.metrics = vec![Metric::Auc, Metric::Nss, Metric::Ig, Metric::LogLikelihood, Metric::Cc];
    Study::new(dataset, models, plan).unwrap()
}

fn run(study: &Study, out: &Path) -> Summary {
    let folder = StudyFolder::claim(out, study.plan(), false).unwrap();
    study.run(&folder, None, &Silent).unwrap();
    finish(&folder).unwrap()
}

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let names = lines.next().unwrap();
    lines.map(|fields| names.iter().cloned().zip(fields).collect()).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

/// The mean of a column over the rows of a model, on one stimulus or at one position.
fn mean(rows: &[Row], model: &str, (key, value): (&str, &str), column: &str) -> f64 {
    let of = rows.iter().filter(|row| row["model"] == model && row[key] == value);
    let values: Vec<f64> = of.map(|row| number(row, column)).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn every_fixation_is_judged_by_the_density_given_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    run(&study(folder.path()), &folder.path().join("out"));
    let rows = rows(&folder.path().join("out/fixations.csv"));
    // Two models and two references that are spatial: the center bias, and no second uniform density.
    let left_out = STIMULI;
    assert_eq!(rows.len(), (STIMULI * OBSERVERS * FIXATIONS - left_out) * 3);
    for row in rows.iter().filter(|row| row["model"] == "near-last") {
        let [stimulus, index] = ["stimulus", "index"].map(|column| row[column].parse::<usize>().unwrap());
        let observer: usize = row["observer"][1..].parse().unwrap();
        assert_eq!(row["scanpath"], observer.to_string());
        // A fixation beside the picture is in no history.
        let all = (0..FIXATIONS).map(|index| place(stimulus, observer, index));
        let path: Vec<Fixation> = all.filter(|fixation| fixation.x >= 0.0).collect();
        assert_eq!((number(row, "x"), number(row, "y")), (path[index].x, path[index].y));
        let density = Seen(SIZE).predict(&path[..index]).unwrap();
        let density = density.density().unwrap();
        let pixel = path[index].pixel(SIZE).unwrap();
        let log = density.values()[[pixel.row, pixel.column]];
        assert_eq!(row["ll_nats"], log.to_string());
        let gain = (log + (SIZE.pixels() as f64).ln()) / std::f64::consts::LN_2;
        assert!((number(row, "ig") - gain).abs() < 1e-9, "{row:?} {gain}");
        let weights = density.values();
        let (below, ties) = weights.iter().fold((0.0, 0.0), |(below, ties), &other| match other.total_cmp(&log) {
            Ordering::Less => (below + 1.0, ties),
            Ordering::Equal => (below, ties + 1.0),
            Ordering::Greater => (below, ties),
        });
        let auc = (below + ties / 2.0) / weights.len() as f64;
        assert!((number(row, "auc") - auc).abs() < 1e-12, "{row:?} {auc}");
        let probabilities = weights.mapv(f64::exp);
        // Without a history all places are alike, and none is above the mean.
        let deviation = if index == 0 { 1.0 } else { probabilities.std(0.0) };
        let expected = (log.exp() - probabilities.mean().unwrap()) / deviation;
        assert!((number(row, "nss") - expected).abs() < 1e-9, "{row:?} {expected}");
    }
}

#[test]
fn the_score_of_a_stimulus_is_the_mean_over_its_fixations_for_all_models() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let summary = run(&study(folder.path()), &out);
    let each = rows(&out.join("fixations.csv"));
    let scores = rows(&out.join("scores.csv"));
    let mut checked = 0;
    for row in
        scores.iter().filter(|row| row["profile"] == "tuebingen" && each.iter().any(|e| e["model"] == row["model"]))
    {
        let (model, metric) = (row["model"].as_str(), row["metric"].as_str());
        match (model, metric) {
            // The reason has a comma, so the row is cut there.
            ("near-last", "cc") => {
                assert_eq!(row["reason"], "\"not applicable: the model has a map for each fixation");
            }
            (_, "cc") => {}
            _ => {
                let expected = mean(&each, model, ("stimulus", &row["stimulus"]), metric);
                assert!((number(row, "value") - expected).abs() < 1e-12, "{row:?} {expected}");
                checked += 1;
            }
        }
    }
    // Four metrics of each.
    assert_eq!(checked, STIMULI * 3 * 4);
    let means = rows(&out.join("by_index.csv"));
    assert_eq!(means.len(), summary.by_index.len());
    for (row, score) in means.iter().zip(&summary.by_index).filter(|(_, score)| score.metric == Metric::Ig) {
        let expected = mean(&each, &score.model, ("index", &score.index.to_string()), "ig");
        let Number(found) = score.mean.unwrap();
        assert!((found - expected).abs() < 1e-12 && row["mean"] == found.to_string(), "{score:?} {expected}");
        let lost = usize::from(score.index == FIXATIONS - 1);
        assert_eq!((score.fixations, score.undefined), (STIMULI * (OBSERVERS - lost), 0));
    }
}

#[test]
fn shards_and_a_second_run_end_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    let [whole, merged] = ["whole", "merged"].map(|name| folder.path().join(name));
    run(&study, &whole);
    let shards = ["1/2", "2/2"].map(|shard| {
        let out = folder.path().join(shard.replace('/', "of"));
        let claimed = StudyFolder::claim(&out, study.plan(), false).unwrap();
        study.run(&claimed, Some(shard.parse().unwrap()), &Silent).unwrap();
        out
    });
    let joined = merge(&shards, &merged, false, &Silent).unwrap();
    finish(&joined).unwrap();
    drop(joined);
    let claimed = StudyFolder::claim(&whole, study.plan(), false).unwrap();
    assert_eq!(study.run(&claimed, None, &Silent).unwrap().resumed, STIMULI);
    finish(&claimed).unwrap();
    for name in ["fixations.csv", "by_index.csv", "scores.csv", "summary.json"] {
        assert!(fs::read(whole.join(name)).unwrap() == fs::read(merged.join(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_study_of_spatial_models_has_no_tables_of_fixations() {
    let folder = tempfile::tempdir().unwrap();
    let with = study(folder.path());
    let out = folder.path().join("out");
    run(&with, &out);
    let dataset = Dataset::open(&folder.path().join("data"), None).unwrap();
    let models = vec![Model::open(&"uniform".parse().unwrap(), &ModelOptions::default(), Some(&dataset)).unwrap()];
    let mut plan = Plan::new(&dataset, &models).unwrap();
    plan.metrics = vec![Metric::Nss];
    let spatial = Study::new(dataset, models, plan).unwrap();
    let claimed = StudyFolder::claim(&out, spatial.plan(), true).unwrap();
    spatial.run(&claimed, None, &Silent).unwrap();
    assert!(finish(&claimed).unwrap().by_index.is_empty());
    for name in ["fixations.csv", "by_index.csv"] {
        assert!(!out.join(name).exists(), "{name}");
    }
    assert!(!fs::read_to_string(out.join("run.json")).unwrap().contains("takes_history"));
}
