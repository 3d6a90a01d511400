//! Tests of the whole model.

use gaze_core::{LogDensity, Prediction, SaliencyModel, Size, Stimulus, Viewing};
use ndarray::Array3;

use crate::gaze_lite::{
    GazeLite, Picture, TRANSFER_TEMPERATURE,
    architecture::TAPS,
    kernel::Vectors,
    model::{embedded_head, read_backbone},
    threads::Threads,
};

pub(super) const SIZE: Size = Size { height: 90, width: 133 };

/// Makes a dark picture with a bright disk.
pub(super) fn picture(size: Size, [x, y]: [f64; 2]) -> Stimulus {
    let pixels = Array3::from_shape_fn((size.height, size.width, 3), |(row, column, channel)| {
        let near = (column as f64 - x).hypot(row as f64 - y) < 9.0;
        let texture = u8::try_from((row * 7 + column * 13) % 31).unwrap();
        if near { [250, 200, 40][channel] } else { 40 + texture }
    });
    Stimulus::new(pixels).unwrap()
}

/// The places of disks on pictures.
pub(super) const PLACES: [[f64; 2]; 4] = [[30.0, 25.0], [100.0, 60.0], [66.0, 45.0], [110.0, 20.0]];

/// The prediction of the shipped model for the first picture.
const GOLDEN: [f64; 4] = [-7.021_50, -11.853_62, -12.055_94, -14.363_56];

#[test]
fn the_shipped_model_predicts_what_it_did_when_it_was_shipped() {
    let model = GazeLite::embedded().unwrap();
    assert!((model.temperature() - TRANSFER_TEMPERATURE).abs() < f64::EPSILON);
    let stimulus = picture(SIZE, PLACES[0]);
    let center_bias = model.center_bias(SIZE).unwrap();
    let density = model.log_density(&stimulus, &center_bias).unwrap();
    // The values are in nats, from the machine on which the model was trained. Other processors sum in another order,
    // through 21 blocks and 3 layer norms; two instruction sets of one processor differ by 1e-5.
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
    // The disk is likelier than under the center bias alone.
    assert!(density.values()[[25, 30]] > center_bias.values()[[25, 30]] + 0.5);
}

#[test]
fn as_one_of_the_models_it_answers_with_the_same_bits() {
    let lite = GazeLite::embedded().unwrap();
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
    let model = GazeLite::embedded().unwrap();
    let size = Size { height: 15, width: 400 };
    let center_bias = LogDensity::uniform(size).unwrap();
    let error = model.log_density(&picture(size, [5.0, 5.0]), &center_bias).unwrap_err();
    assert_eq!(
        error.to_string(),
        "gaze-lite takes pictures of at least 16 pixels per side, this one is 15x400 (height x width)"
    );
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let model = GazeLite::embedded().unwrap();
        assert!(model.with_temperature(temperature).unwrap_err().to_string().contains("is a positive number"));
    }
    // These are the smallest picture that is taken, and one whose half has a single row.
    for size in [Size { height: 16, width: 16 }, Size { height: 17, width: 33 }] {
        let density = model.log_density(&picture(size, [5.0, 5.0]), &model.center_bias(size).unwrap()).unwrap();
        assert_eq!(density.size(), size);
    }
}

#[test]
fn no_number_of_threads_changes_a_bit() {
    let model = GazeLite::embedded().unwrap();
    // More threads than some layers have rows, and fewer.
    for size in [SIZE, Size { height: 301, width: 47 }] {
        let (stimulus, center_bias) = (picture(size, PLACES[0]), model.center_bias(size).unwrap());
        let one = model.log_density(&stimulus, &center_bias).unwrap();
        for threads in [1, 2, 3, 16] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| model.log_density_in_parallel(&stimulus, &center_bias)).unwrap();
            assert!(found == one, "{threads} threads");
        }
    }
}

#[test]
fn no_width_of_vectors_changes_a_bit_where_products_are_added_with_one_rounding() {
    let stimulus = picture(SIZE, PLACES[1]);
    let of = |vectors| {
        let model = GazeLite::assemble(&embedded_head().unwrap(), vectors).unwrap();
        model.log_density(&stimulus, &model.center_bias(SIZE).unwrap()).unwrap()
    };
    let widest = of(Vectors::widest());
    for (name, vectors) in Vectors::all() {
        let found = of(vectors);
        if matches!(name, "SSE" | "scalar") {
            // Two roundings instead of one, through 21 blocks and 3 layer norms.
            let difference = (&found.values() - &widest.values()).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
            assert!(difference < 2e-5, "{name} differs by {difference}");
        } else {
            assert!(found == widest, "{name}");
        }
    }
}

#[test]
fn pictures_side_by_side_have_the_bits_of_pictures_one_by_one() {
    let model = GazeLite::embedded().unwrap();
    let pictures = PLACES.map(|place| picture(SIZE, place));
    let center_bias = model.center_bias(SIZE).unwrap();
    let batch: Vec<_> = pictures.iter().map(|picture| (Picture::from(picture), &center_bias)).collect();
    let found = model.log_densities(&batch).unwrap();
    assert_eq!(found.len(), 4);
    for (picture, found) in pictures.iter().zip(found) {
        assert!(found == model.log_density(picture, &center_bias).unwrap());
    }
}

#[test]
fn where_nobody_ever_looks_nobody_is_expected() {
    let head = embedded_head().unwrap();
    let stimulus = picture(SIZE, PLACES[0]);
    let left = ndarray::Array2::from_shape_fn(SIZE.dim(), |(_, x)| if x < 60 { 0.0 } else { f64::NEG_INFINITY });
    let center_bias = LogDensity::normalize(left).unwrap();
    let of = |weights: [f32; 5]| {
        let mut head = head.clone();
        let finalizers = head.parameters.last_mut().unwrap();
        weights.iter().enumerate().for_each(|(member, &weight)| finalizers[2 * member + 1] = weight);
        GazeLite::assemble(&head, Vectors::widest()).unwrap().log_density(&stimulus, &center_bias)
    };
    let density = of([1.0; 5]).unwrap();
    assert!(density.values().indexed_iter().all(|((_, x), value)| value.is_finite() == (x < 60)));
    // A readout that does not heed the center bias expects people everywhere.
    assert!(of([1.0, 1.0, 0.0, 1.0, 1.0]).unwrap().values().iter().all(|value| value.is_finite()));
    // One that turns it around would expect nobody but there, infinitely.
    assert!(of([1.0, 1.0, -0.5, 1.0, 1.0]).is_err());
}

#[test]
fn numbers_are_seen_as_bytes_are_and_between_them() {
    let model = GazeLite::embedded().unwrap();
    let stimulus = picture(SIZE, PLACES[2]);
    let center_bias = model.center_bias(SIZE).unwrap();
    let bytes = model.log_density(&stimulus, &center_bias).unwrap();
    let numbers = stimulus.pixels().mapv(f32::from);
    let found = model.log_density(Picture::from_f32(numbers.view()).unwrap(), &center_bias).unwrap();
    // The half of a picture of bytes is rounded to bytes, that of numbers is not.
    let difference = |a: &LogDensity<'_>, b: &LogDensity<'_>| {
        (&a.values() - &b.values()).iter().fold(0.0, |most: f64, d| most.max(d.abs()))
    };
    assert!((1e-6..0.05).contains(&difference(&found, &bytes)), "{}", difference(&found, &bytes));
    // A third of a level is seen, and an array that is not contiguous as one that is.
    let between = numbers.mapv(|value| value + 0.3);
    let found_between = model.log_density(Picture::from_f32(between.view()).unwrap(), &center_bias).unwrap();
    assert!(difference(&found_between, &found) > 1e-4);
    let turned = numbers.t().to_owned();
    let turned = model.log_density(Picture::from_f32(turned.t()).unwrap(), &center_bias).unwrap();
    assert!(turned == found);

    let message = |colors: Array3<f32>| Picture::from_f32(colors.view()).unwrap_err().to_string();
    let expected = "a picture has 3 finite colors per pixel; this array has 4, or a number in it is not finite";
    assert_eq!(message(Array3::zeros((20, 20, 4))), expected);
    assert!(message(Array3::from_elem((20, 20, 3), f32::NAN)).contains("this array has 3, or"));
}

#[test]
fn features_are_those_of_the_package() {
    // The taps' root mean squares and their first, middle and last values, computed with PyTorch 2.11 by the rounded
    // network of `tests/independent/gaze_lite_backbone.py`.
    let expected = [
        [11.628_582, 8.934_406, -3.914_268, 15.568_730],
        [10.737_984, 0.322_849, -13.127_703, 11.037_210],
        [6.967_377, 4.160_996, -4.177_867, -8.253_055],
        [6.610_917, 2.919_703, -6.467_953, -7.593_123],
        [2.660_402, -0.638_856, -3.814_576, -1.947_711],
    ];
    // The tolerance allows sums of a few thousand 32-bit products in another order, of numbers of about 10.
    const ROUNDING: f64 = 2e-4;
    let pixels = Array3::from_shape_fn((77, 109, 3), |(row, column, channel)| {
        u8::try_from((7 * row + 13 * column + 29 * channel + row * column / 5) % 256).unwrap()
    });
    let stimulus = Stimulus::new(pixels).unwrap();
    let backbone = read_backbone(Vectors::widest()).unwrap();
    let features = backbone.features(&Picture::from(&stimulus), Threads::One);
    for ((map, tap), [rms, first, middle, last]) in features.iter().zip(TAPS).zip(expected) {
        let (h, w, c) = (77_usize.div_ceil(tap.stride), 109_usize.div_ceil(tap.stride), tap.channels);
        assert_eq!((map.rows, map.columns), (h, w));
        let at = |channel, row, column| f64::from(map.values[(row * w + column) * map.channels + channel]);
        // The numbers behind the channels are zeros.
        let found = (map.values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / (h * w * c) as f64).sqrt();
        assert!((found - rms).abs() < ROUNDING, "block {}: {found} instead of {rms}", tap.block);
        for (found, value) in [(at(0, 0, 0), first), (at(c / 2, h / 2, w / 2), middle), (at(c - 1, h - 1, w - 1), last)]
        {
            assert!((found - value).abs() < ROUNDING, "block {}: {found} instead of {value}", tap.block);
        }
    }
}
