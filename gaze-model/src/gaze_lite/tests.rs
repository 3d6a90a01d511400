//! Tests of the whole model and of its training, on pictures small enough for seconds.

use std::{ops::ControlFlow, path::Path};

use gaze_core::{Fixation, Fixations, LogDensity, Prediction, SaliencyModel, Size, Stimulus, Viewing};
use ndarray::Array3;
use tempfile::TempDir;

use crate::{
    Device,
    gaze_lite::{
        GazeLite, LiteError, TRANSFER_TEMPERATURE,
        head::{Head, Storage},
        training::{Epoch, FeatureCache, Prepared, Settings, Trained, train},
    },
    use_one_thread_per_operation,
    weights::Weights,
};

const SIZE: Size = Size { height: 90, width: 133 };

/// Makes a dark picture with a bright disk.
fn picture(size: Size, [x, y]: [f64; 2]) -> Stimulus {
    let pixels = Array3::from_shape_fn((size.height, size.width, 3), |(row, column, channel)| {
        let near = (column as f64 - x).hypot(row as f64 - y) < 9.0;
        let texture = u8::try_from((row * 7 + column * 13) % 31).unwrap();
        if near { [250, 200, 40][channel] } else { 40 + texture }
    });
    Stimulus::new(pixels).unwrap()
}

/// Makes fixations on the disk.
fn on_disk(size: Size, [x, y]: [f64; 2]) -> Fixations {
    let around = [[0.0, 0.0], [3.0, 1.0], [-4.0, 2.0], [1.0, -5.0]];
    Fixations::new(size, around.map(|[dx, dy]| Fixation { x: x + dx, y: y + dy }).to_vec()).unwrap()
}

const PLACES: [[f64; 2]; 4] = [[30.0, 25.0], [100.0, 60.0], [66.0, 45.0], [110.0, 20.0]];

/// The prediction of the shipped model for the first picture.
const GOLDEN: [f64; 4] = [-7.543_65, -11.383_76, -11.065_05, -14.184_78];

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
    let model = trained.model(Device::Cpu).unwrap().with_temperature(1.0).unwrap();
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

    let stored = GazeLite::open(&path, Device::Cpu).unwrap();
    let made = trained.model(Device::Cpu).unwrap();
    // A training that was not stored has no file to identify it.
    assert_eq!((stored.sha256().unwrap().map(|hash| hash.len()), made.sha256().unwrap()), (Some(64), None));
    let of = |model: &GazeLite| model.log_density(&picture(SIZE, PLACES[1]), &data.center_bias).unwrap();
    let (stored, made) = (of(&stored), of(&made));
    let difference = (&stored.values() - &made.values()).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    // Weights of 11 bits change maps that span a few nats by a thousandth of that.
    assert!(difference > 0.0 && difference < 0.02, "{difference}");
}

#[test]
fn the_shipped_model_predicts_what_it_did_when_it_was_shipped() {
    use_one_thread_per_operation();
    let model = GazeLite::embedded(Device::Cpu).unwrap();
    assert!((model.temperature() - TRANSFER_TEMPERATURE).abs() < f64::EPSILON);
    let stimulus = picture(SIZE, PLACES[0]);
    let center_bias = model.center_bias(SIZE).unwrap();
    let density = model.log_density(&stimulus, &center_bias).unwrap();
    // The values are in nats, from the machine on which the model was trained. Other processors sum in another order,
    // through 16 blocks and 3 layer norms; two instruction sets of one processor differ by 1e-5.
    const ROUNDING: f64 = 1e-3;
    let found = [[25, 30], [60, 100], [0, 0], [89, 132]].map(|place| density.values()[place]);
    assert!(found.iter().zip(GOLDEN).all(|(found, golden)| (found - golden).abs() < ROUNDING), "{found:?}");
    // The density is the same at another size: the probability of the left half does not change.
    let large = model.center_bias(Size { height: 180, width: 266 }).unwrap();
    let large = model.log_density(&stimulus, &large).unwrap();
    let left = |density: &LogDensity<'_>| {
        let half = density.size().width / 2;
        density.values().slice(ndarray::s![.., ..half]).mapv(f64::exp).sum()
    };
    // The tolerance allows that half a column of 133 goes to the other side.
    assert!((left(&density) - left(&large)).abs() < 0.01, "{} and {}", left(&density), left(&large));
    // In parallel the density has the same bits.
    assert_eq!(model.log_density_in_parallel(&stimulus, &center_bias).unwrap(), density);
    // The disk is likelier than under the center bias alone.
    assert!(density.values()[[25, 30]] > center_bias.values()[[25, 30]] + 0.5);
}

#[test]
fn as_one_of_the_models_it_answers_with_the_same_bits() {
    use_one_thread_per_operation();
    let lite = GazeLite::embedded(Device::Cpu).unwrap();
    let model: &dyn SaliencyModel = &lite;
    let (seen, wanted) = (picture(SIZE, PLACES[0]), Size { height: 45, width: 66 });
    assert_eq!(model.output_size(wanted, SIZE), wanted);
    let center_bias = model.center_bias(wanted).unwrap().unwrap();
    assert_eq!(center_bias, lite.center_bias(wanted).unwrap());
    let expected = lite.log_density(&seen, &center_bias).unwrap();
    let viewing = Viewing { size: wanted, center_bias: Some(&center_bias), ..Viewing::of_picture(&seen) };
    for alone in [false, true] {
        let found = model.predict(&Viewing { alone, ..viewing }).unwrap();
        assert!(matches!(found, Prediction::Density(found) if found == expected));
    }

    let message = |viewing: &Viewing<'_>| model.predict(viewing).unwrap_err().to_string();
    assert_eq!(message(&Viewing { picture: None, ..viewing }), "the image is missing, and the model looks at it");
    let other = message(&Viewing { size: SIZE, ..viewing });
    assert_eq!(other, "the picture is 90x133 (height x width), its center bias is for 45x66");
    let training = model.training().unwrap();
    assert_eq!((training.long_side, training.rescales), (768, true));
}

#[test]
fn pictures_that_cannot_be_seen_are_refused() {
    let model = GazeLite::embedded(Device::Cpu).unwrap();
    let size = Size { height: 15, width: 400 };
    let center_bias = LogDensity::uniform(size).unwrap();
    let error = model.log_density(&picture(size, [5.0, 5.0]), &center_bias).unwrap_err();
    assert_eq!(
        error.to_string(),
        "gaze-lite takes pictures of at least 16 pixels per side, this one is 15x400 (height x width)"
    );
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let model = GazeLite::embedded(Device::Cpu).unwrap();
        assert!(model.with_temperature(temperature).unwrap_err().to_string().contains("is a positive number"));
    }
    // These are the smallest picture that is taken, and one whose half has a single row.
    for size in [Size { height: 16, width: 16 }, Size { height: 17, width: 33 }] {
        let density = model.log_density(&picture(size, [5.0, 5.0]), &model.center_bias(size).unwrap()).unwrap();
        assert_eq!(density.size(), size);
    }
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
        GazeLite::open(&path, Device::Cpu).unwrap_err().to_string()
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
    assert!(message(&broken).contains("`readout.full.4` holds NaN at index 7"));

    let no_model = GazeLite::new(
        &Weights::embedded(crate::gaze_lite::model::BACKBONE.0, crate::gaze_lite::model::BACKBONE.1).unwrap(),
        Device::Cpu,
    );
    assert!(matches!(no_model.unwrap_err(), LiteError::Kind { .. }));
    std::fs::write(&path, b"nothing of the kind").unwrap();
    assert!(GazeLite::open(&path, Device::Cpu).unwrap_err().to_string().contains("neither a safetensors file"));
}
