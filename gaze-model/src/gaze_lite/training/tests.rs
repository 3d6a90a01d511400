//! Tests of the training, on pictures small enough for seconds, and of the files that it writes.

use std::{ops::ControlFlow, path::Path};

use gaze_core::{Fixation, Fixations, LogDensity, Size};
use tempfile::TempDir;

use crate::{
    gaze_lite::{
        GazeLite, LiteError,
        head::Head,
        tests::{PLACES, SIZE, picture},
        training::{Epoch, FeatureCache, Prepared, Settings, Trained, train, write::Storage},
    },
    use_one_thread_per_operation,
    weights::Weights,
};

/// Makes fixations on the disk.
fn on_disk(size: Size, [x, y]: [f64; 2]) -> Fixations {
    let around = [[0.0, 0.0], [3.0, 1.0], [-4.0, 2.0], [1.0, -5.0]];
    Fixations::new(size, around.map(|[dx, dy]| Fixation { x: x + dx, y: y + dy }).to_vec()).unwrap()
}

/// The largest loss in bits by rounding to 11 of 24 significant bits; rounding to 8 loses more.
const STORAGE_LOSS: f64 = 0.002;

struct Data {
    _folder: TempDir,
    pictures: Vec<Vec<Prepared>>,
    center_bias: LogDensity<'static>,
}

fn data() -> Data {
    use_one_thread_per_operation();
    let folder = tempfile::tempdir().unwrap();
    let cache = FeatureCache::new(folder.path()).unwrap();
    let center_bias = LogDensity::uniform(SIZE).unwrap();
    let prepare = |place| vec![cache.prepare(&picture(SIZE, place), &on_disk(SIZE, place), &center_bias).unwrap()];
    Data { pictures: PLACES.map(prepare).to_vec(), center_bias, _folder: folder }
}

fn settings() -> Settings {
    Settings { epochs: 4, readouts: 2, batch: 2, patience: 100, ..Settings::default() }
}

/// Trains on the first three pictures, validates on the last, and returns what was known after each epoch.
fn run(data: &Data, settings: &Settings, checkpoint: Option<&Path>, most: usize) -> (Trained, Vec<Epoch>) {
    let (pictures, validation) = data.pictures.split_at(3);
    let mut epochs = Vec::new();
    let mut tell = |epoch: &Epoch| {
        epochs.push(*epoch);
        if epochs.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let trained = train(pictures, &validation[0], &data.center_bias, settings, checkpoint, &mut tell).unwrap();
    (trained, epochs)
}

#[test]
fn one_picture_is_learned_by_heart() {
    let data = data();
    let only = &data.pictures[..1];
    let settings = Settings { epochs: 60, dropout: 0.0, learning_rate: 1e-2, ..settings() };
    let mut gains = Vec::new();
    let mut tell = |epoch: &Epoch| {
        gains.push(epoch.validation_gain);
        ControlFlow::Continue(())
    };
    let trained = train(only, &only[0], &data.center_bias, &settings, None, &mut tell).unwrap();
    // Four fixations lie in a few of 204 cells. A density that knows them gains log₂ 204 bits less the loss by its
    // blur. A readout that has learned nothing gains about 0.
    assert!(gains[0] < 2.0 && trained.validation_gain > 4.0, "{gains:?}");
    // Storing 16 bits harms sharp densities like this one most.
    let lost = trained.validation_gain - trained.stored_gain;
    assert!(lost != 0.0 && lost.abs() < STORAGE_LOSS, "{lost}");
    // The density of the whole model peaks on the disk.
    let model = trained.model().unwrap().with_temperature(1.0).unwrap();
    let density = model.log_density(&picture(SIZE, PLACES[0]), &data.center_bias).unwrap();
    let values = density.values();
    let (peak, _) = values.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    assert!((peak.1 as f64 - PLACES[0][0]).hypot(peak.0 as f64 - PLACES[0][1]) < 12.0, "{peak:?}");
}

#[test]
fn the_loss_goes_down() {
    let data = data();
    let (_, epochs) = run(&data, &Settings { epochs: 12, ..settings() }, None, usize::MAX);
    assert_eq!(epochs.len(), 12);
    assert!(epochs[11].loss < epochs[0].loss - 0.5, "{epochs:?}");
}

#[test]
fn the_seed_alone_decides() {
    let data = data();
    let (one, same) = (run(&data, &settings(), None, usize::MAX), run(&data, &settings(), None, usize::MAX));
    // `assert_eq` would print all parameters.
    assert!(one == same, "{:?} and {:?}", one.1, same.1);
    let other = run(&data, &Settings { seed: 2, ..settings() }, None, usize::MAX);
    assert!(one.0 != other.0);
}

#[test]
fn no_number_of_threads_changes_anything() {
    let data = data();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&data, &settings(), None, usize::MAX))
    };
    let (one, three) = (with(1), with(3));
    assert!(one == three, "{:?} and {:?}", one.1, three.1);
}

#[test]
fn a_training_that_was_interrupted_ends_the_same() {
    let data = data();
    let whole = run(&data, &settings(), None, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("checkpoint");
    let (_, first) = run(&data, &settings(), Some(&checkpoint), 2);
    let (trained, rest) = run(&data, &settings(), Some(&checkpoint), usize::MAX);
    assert_eq!((first.len(), rest.len()), (2, 2));
    assert_eq!([first, rest].concat(), whole.1);
    assert!(trained == whole.0);
    // Another training does not continue from this checkpoint.
    let other = Settings { seed: 9, ..settings() };
    let error =
        train(&data.pictures[..3], &data.pictures[3], &data.center_bias, &other, Some(&checkpoint), &mut |_| {
            ControlFlow::Continue(())
        });
    assert!(error.unwrap_err().to_string().contains("this checkpoint is of another training"));
}

#[test]
fn training_ends_when_validation_gets_no_better() {
    let data = data();
    // With this learning rate the validation soon gets worse.
    let wild = Settings { epochs: 40, patience: 3, learning_rate: 0.3, ..settings() };
    let (trained, epochs) = run(&data, &wild, None, usize::MAX);
    let best = epochs.iter().map(|epoch| epoch.validation_gain).fold(f64::NEG_INFINITY, f64::max);
    assert!((trained.validation_gain - best).abs() < f64::EPSILON);
    assert!(epochs.len() == trained.epoch + 3 || epochs.len() == 40, "{} of {}", trained.epoch, epochs.len());
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let data = data();
    let message = |settings: Settings, pictures: &[Vec<Prepared>]| {
        let ignore = &mut |_: &Epoch| ControlFlow::Continue(());
        train(pictures, &data.pictures[3], &data.center_bias, &settings, None, ignore).unwrap_err().to_string()
    };
    let pictures = &data.pictures[..3];
    let wrong = |settings| message(settings, pictures);
    assert_eq!(wrong(Settings { readouts: 0, ..settings() }), "readouts must be at least 1 and not absurd, not 0");
    assert_eq!(wrong(Settings { dropout: 1.0, ..settings() }), "dropout must be from 0 to below 1, not 1");
    assert!(wrong(Settings { learning_rate: f64::NAN, ..settings() }).contains("positive, not NaN"));
    assert!(message(settings(), &[]).contains("there is none to train on"));
}

#[test]
fn a_model_survives_its_file() {
    let data = data();
    let (trained, _) = run(&data, &settings(), None, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    trained.write(&path, &[("data".to_owned(), "disks".to_owned())]).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    trained.write(&path, &[("data".to_owned(), "disks".to_owned())]).unwrap();
    assert!(bytes == std::fs::read(&path).unwrap());

    // In 32 bits nothing is lost: the parameters that are read are those that were written.
    let head = Head::read(&Weights::open(&path).unwrap()).unwrap();
    let single = folder.path().join("single.safetensors");
    head.write(&single, Storage::Single, &[]).unwrap();
    assert!(Head::read(&Weights::open(&single).unwrap()).unwrap() == head);

    let stored = GazeLite::open(&path).unwrap();
    let made = trained.model().unwrap();
    // A training that was not stored has no file to identify it.
    assert_eq!((stored.sha256().unwrap().map(|hash| hash.len()), made.sha256().unwrap()), (Some(64), None));
    let of = |model: &GazeLite| model.log_density(&picture(SIZE, PLACES[1]), &data.center_bias).unwrap();
    let (stored, made) = (of(&stored), of(&made));
    let difference = (&stored.values() - &made.values()).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    // Weights of 11 bits change maps that span a few nats by a thousandth of that.
    assert!(difference > 0.0 && difference < 0.02, "{difference}");
}

#[test]
fn files_that_are_no_model_are_refused_and_say_why() {
    let data = data();
    let (trained, _) = run(&data, &Settings { epochs: 1, ..settings() }, None, usize::MAX);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    trained.write(&path, &[]).unwrap();
    let good = Head::read(&Weights::open(&path).unwrap()).unwrap();
    let message = |head: &Head| {
        head.write(&path, Storage::Single, &[]).unwrap();
        GazeLite::open(&path).unwrap_err().to_string()
    };
    let other = message(&Head { backbone: "0000".to_owned(), ..good.clone() });
    assert!(other.contains("was trained on backbone 0000, but this gaze has "), "{other}");
    assert!(message(&Head { temperature: -1.0, ..good.clone() }).contains("`temperature` is -1"));
    let mut sharp = good.clone();
    sharp.parameters.last_mut().unwrap()[2] = -20.0;
    assert!(message(&sharp).contains("the blur of member 1 has sigma 0.000"));
    let mut flat = good.clone();
    flat.statistics[3][1][5] = 0.0;
    assert!(message(&flat).contains("a channel of input 3"));
    let mut broken = good;
    broken.parameters[0][7] = f32::NAN;
    assert!(message(&broken).contains("`readout.full.6` holds NaN at index 7"));

    let (name, bytes) = crate::gaze_lite::model::BACKBONE;
    let no_model = GazeLite::new(&Weights::embedded(name, bytes).unwrap());
    assert!(matches!(no_model.unwrap_err(), LiteError::Kind { .. }));
    std::fs::write(&path, b"nothing of the kind").unwrap();
    assert!(GazeLite::open(&path).unwrap_err().to_string().contains("neither a safetensors file"));
}
