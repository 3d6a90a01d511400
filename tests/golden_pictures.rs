//! Pictures are rendered as crumpets and OpenCV render them, and random parts follow crumpets' laws.

use std::fs;

use gaze_core::{Fixation, Size};
use gaze_targets::{
    Augmentation, ColorSpace, Geometry, Interpolation, Jitter, Mass, MixtureRng, PictureSettings, PictureSupersampling,
    RasterSettings, Rasterizer, Renderer, Supersampling,
};
use ndarray::{Array1, Array3};
use ndarray_npy::ReadNpyExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::{
    golden_targets::{geometry, golden, index, number},
    util::data,
};

/// OpenCV interpolates on a grid of 1/32 pixel and rounds every sample to a level, in fixed point: how many levels a
/// value may differ, and how many on average, of pictures with sharp edges.
const GRID: (u8, f64) = (3, 0.25);

/// A nearest pixel of OpenCV's is found on a grid of 1/1024 pixel: this share of pixels, on edges, may be its neighbour.
const NEAREST_SHARE: f64 = 0.01;

fn pictures() -> Vec<u8> {
    Array1::<u8>::read_npy(fs::File::open(data("golden/targets/images.npy")).unwrap()).unwrap().to_vec()
}

fn picture(all: &[u8], entry: &Value) -> Array3<u8> {
    let shape: Vec<usize> = entry["shape"].as_array().unwrap().iter().map(index).collect();
    let offset = index(&entry["offset"]);
    let count = shape.iter().product::<usize>();
    Array3::from_shape_vec((shape[0], shape[1], shape[2]), all[offset..offset + count].to_vec()).unwrap()
}

/// Random parameters, overridden by those of the picture.
fn augmentation(case: &Value) -> Augmentation {
    let mut merged = case["rng"].clone();
    for (name, value) in case["image_params"].as_object().unwrap() {
        merged[name] = value.clone();
    }
    Augmentation {
        geometry: geometry(&merged),
        interpolation: match merged["interp_method"].as_u64() {
            Some(0) => Interpolation::Nearest,
            Some(2) => Interpolation::Cubic,
            _ => Interpolation::Linear,
        },
        gamma_gray: merged["gamma_gray"].as_f64(),
        gamma_color: merged["gamma_color"].as_array().map(|values| [0, 1, 2].map(|place| number(&values[place]))),
        contrast: merged["contrast"].as_f64(),
        noise: None,
        blur: merged["blur"].as_f64(),
    }
}

#[test]
fn pictures_equal_those_of_crumpets() {
    let (golden, all) = (golden(), pictures());
    let source = picture(&all, &golden["image_input"]);
    let mut compared = 0;
    // The original distorts pictures that are not square; where they are, it is the same as the mended one.
    let right = |case: &&Value| case["variant"] == "fixed" || case["shape"][1] == case["shape"][2];
    for case in golden["images"].as_array().unwrap().iter().filter(right) {
        let size = Size { height: index(&case["shape"][1]), width: index(&case["shape"][2]) };
        let params = &case["image_params"];
        let fill = |channel: usize| match &case["fill"] {
            // A number for all channels is one for the first in crumpets.
            Value::Number(number) => {
                if channel == 0 {
                    number.as_u64()
                } else {
                    Some(0)
                }
            }
            list => list[channel].as_u64(),
        };
        let settings = PictureSettings {
            supersampling: params["supersampling"]
                .as_u64()
                .filter(|&factor| factor > 0)
                .map_or(PictureSupersampling::Auto, |factor| {
                    PictureSupersampling::Fixed(u32::try_from(factor).unwrap())
                }),
            background: [0, 1, 2].map(|channel| u8::try_from(fill(channel).unwrap()).unwrap()),
            color_space: match params["colorspace"].as_str() {
                Some("hsv") => ColorSpace::Hsv,
                Some("hls") => ColorSpace::Hls,
                Some("lab") => ColorSpace::Lab,
                Some("ycrcb") => ColorSpace::YCrCb,
                _ => ColorSpace::Rgb,
            },
            ..PictureSettings::new(size)
        };
        let augmentation = augmentation(case);
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let found = Renderer::new(settings).unwrap().render::<u8>(source.view(), &augmentation, &mut random).unwrap();
        compare(&found, &picture(&all, &case["image"]), &augmentation, settings.color_space, &case.to_string());
        compared += 1;
    }
    assert_eq!(compared, 35);
}

#[track_caller]
fn compare(found: &Array3<u8>, expected: &Array3<u8>, by: &Augmentation, space: ColorSpace, what: &str) {
    let differences: Vec<u8> = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).collect();
    let count = differences.len() as f64;
    if by.interpolation == Interpolation::Nearest {
        let share = differences.iter().filter(|&&difference| difference > 0).count() as f64 / count;
        assert!(share <= NEAREST_SHARE, "{what}: {share} of the values differ");
        return;
    }
    let mean = differences.iter().copied().map(f64::from).sum::<f64>() / count;
    let mut largest = differences.iter().copied().max().unwrap();
    let mut mean_allowed = GRID.1;
    if matches!(space, ColorSpace::Hsv | ColorSpace::Hls) {
        // A difference of a level is any difference of hue where there is hardly a color.
        let mut sorted = differences.clone();
        sorted.sort_unstable();
        largest = sorted[sorted.len() * 98 / 100];
        mean_allowed = 0.6;
    }
    assert!(largest <= GRID.0 && mean <= mean_allowed, "{what}: levels differ by {largest}, on average {mean}");
}

#[test]
fn curves_equal_those_of_crumpets() {
    let golden = golden();
    let ramp = Array3::from_shape_fn((1, 256, 3), |(_, column, _)| u8::try_from(column).unwrap());
    let cases = golden["gamma"].as_array().unwrap();
    assert!(cases.len() > 2);
    for case in cases {
        let settings = PictureSettings::new(Size { height: 1, width: 256 });
        let augmentation = Augmentation {
            interpolation: Interpolation::Nearest,
            gamma_gray: case["gamma_gray"].as_f64(),
            gamma_color: case["gamma_color"]
                .as_array()
                .map(|values| [0, 1, 2].map(|place| number(values.get(place).unwrap_or(&values[0])))),
            contrast: case["contrast"].as_f64(),
            ..Augmentation::default()
        };
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let found = Renderer::new(settings).unwrap().render::<u8>(ramp.view(), &augmentation, &mut random).unwrap();
        for channel in 0..3 {
            for level in 0..256 {
                let expected = index(&case["out"][channel][level]);
                let found = usize::from(found[[channel, 0, level]]);
                // The original rounds its curve to 32 bits before it is raised to a power.
                assert!(found.abs_diff(expected) <= 1, "{}: {found} is not {expected}", case["contrast"]);
            }
        }
    }
}

fn facts() -> Value {
    serde_json::from_slice(&fs::read(data("golden/targets/random_facts.json")).unwrap()).unwrap()
}

/// How many standard errors a statistic may be away: once in two million tests.
const ERRORS: f64 = 5.0;

#[test]
fn jitter_scatters_as_crumpets_does() {
    let facts = facts();
    for fact in facts["jitter"].as_array().unwrap() {
        let (side, factor, count) = (index(&fact["target"]), index(&fact["supersample"]), index(&fact["n"]));
        let size = Size { height: side, width: side };
        let settings = RasterSettings {
            jitter: Jitter::CrumpetsVariance(number(&fact["jitter"])),
            mass: Mass::Sum,
            supersampling: Supersampling::Fixed(u32::try_from(factor).unwrap()),
            ..RasterSettings::new(size)
        };
        let picture = Size { height: 400, width: 400 };
        let gaze = [vec![Fixation { x: 200.0, y: 200.0 }; count]];
        let mut random = ChaCha8Rng::seed_from_u64(11);
        let mut rasterizer = Rasterizer::new(settings).unwrap();
        let (target, report) = rasterizer.rasterize(picture, &Geometry::default(), &gaze, &mut random).unwrap();
        assert_eq!(report.kept, count);
        let (n, k) = (count as f64, factor as f64);
        for (axis, name) in [(1, "x"), (0, "y")] {
            let profile = target.sum_axis(ndarray::Axis(1 - axis));
            let moment = |power: i32, around: f64| {
                let terms = profile.iter().enumerate();
                terms.map(|(place, &mass)| f64::from(mass) * (place as f64 - around).powi(power)).sum::<f64>() / n
            };
            let mean = moment(1, 0.0);
            // Points are counted in cells of k samples, which adds k² / 12.
            let variance = moment(2, mean) * k * k - k * k / 12.0;
            let expected = number(&fact["cov"][1 - axis][1 - axis]);
            // Both are estimates of a variance from n draws.
            let error = expected * (2.0 / n).sqrt() * 2f64.sqrt();
            assert!((variance - expected).abs() < ERRORS * error, "{name}: {variance} is not {expected}");
        }
    }
}

#[test]
fn experiments_are_chosen_as_crumpets_does() {
    let facts = facts();
    let size = Size { height: 1, width: 128 };
    let gaze = |count: u32| -> Vec<Vec<Fixation>> {
        (0..count).map(|place| vec![Fixation { x: f64::from(place), y: 0.0 }]).collect()
    };
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let mut rasterize = |count, sample_ratio| {
        let settings = RasterSettings { sample_ratio, ..RasterSettings::new(size) };
        let mut rasterizer = Rasterizer::new(settings).unwrap();
        rasterizer.rasterize(size, &Geometry::default(), &gaze(count), &mut random).unwrap()
    };
    let table = facts["sample_count_ceil_n_times_ratio"].as_object().unwrap();
    for (count, row) in table {
        for (ratio, expected) in row.as_object().unwrap() {
            let (target, report) = rasterize(count.parse().unwrap(), ratio.parse().unwrap());
            assert_eq!(report.chosen, index(expected), "{count} {ratio}");
            assert_eq!(target.iter().filter(|&&mass| mass > 0.0).count(), report.chosen);
        }
    }
    const DRAWS: u32 = 4000;
    let mut frequencies = [0.0; 10];
    for _ in 0..DRAWS {
        let (target, _) = rasterize(10, 0.3);
        frequencies.iter_mut().zip(&target).for_each(|(sum, &mass)| *sum += f64::from(mass) / f64::from(DRAWS));
    }
    let error = (0.3 * 0.7 / f64::from(DRAWS)).sqrt();
    for (found, expected) in frequencies.iter().zip(facts["selection_frequency_ratio_0.3_of_10"].as_array().unwrap()) {
        assert!((found - 0.3).abs() < ERRORS * error, "{found}");
        assert!((found - number(expected)).abs() < ERRORS * error * 2f64.sqrt(), "{found} is not {expected}");
    }
}

#[test]
fn augmentations_follow_the_laws_of_crumpets() {
    const DRAWS: usize = 20_000;
    let n = DRAWS as f64;
    let fact = &facts()["mixture_rng"];
    let law = MixtureRng {
        probability: 0.5,
        scale: Some(0.5..=2.0),
        shift: Some(-1.0..=1.0),
        shear: Some(-0.1..=0.1),
        brightness: Some(-0.5..=0.5),
        color: Some(-0.5..=0.5),
        contrast: Some(-1.0..=1.0),
        noise: Some(0.03..=0.1),
        blur: Some(0.01..=0.02),
        rotation_sigma: 15.0,
        aspect_sigma: 0.1,
        mirror_horizontal: 0.5,
        mirror_vertical: 0.2,
        interpolations: vec![Interpolation::Linear],
    };
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let draws: Vec<Augmentation> = (0..DRAWS).map(|_| law.draw(&mut random)).collect();
    let moments = |values: &[f64]| {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        (mean, (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt(), count)
    };
    // Crumpets' own statistics come from draws of the same number at least, so a difference has √2 errors.
    let close = |found: f64, expected: &Value, error: f64, what: &str| {
        let expected = number(expected);
        assert!((found - expected).abs() < ERRORS * error * 2f64.sqrt(), "{what}: {found} is not {expected}");
    };
    let of = |field: &dyn Fn(&Augmentation) -> f64| draws.iter().map(field).collect::<Vec<_>>();
    for (name, values) in [
        ("angle_mean_sd", of(&|draw| draw.geometry.angle_degrees)),
        ("aspect_mean_sd", of(&|draw| draw.geometry.aspect)),
    ] {
        let (mean, deviation, _) = moments(&values);
        close(mean, &fact[name][0], deviation / n.sqrt(), name);
        close(deviation, &fact[name][1], deviation / (2.0 * n).sqrt(), name);
    }
    let scales = of(&|draw| draw.geometry.scale);
    let (mean, deviation, _) = moments(&scales);
    close(mean, &fact["scale_mean_min_max"][0], deviation / n.sqrt(), "scale");
    assert!(scales.iter().all(|scale| (0.5..=2.0).contains(scale)));
    let share = |field: &dyn Fn(&Augmentation) -> bool| draws.iter().filter(|draw| field(draw)).count() as f64 / n;
    for (name, found) in [
        ("frac_gamma_gray", share(&|draw| draw.gamma_gray.is_some())),
        ("frac_gamma_color", share(&|draw| draw.gamma_color.is_some())),
        ("frac_contrast", share(&|draw| draw.contrast.is_some())),
        ("frac_noise", share(&|draw| draw.noise.is_some())),
        ("frac_blur", share(&|draw| draw.blur.is_some())),
        ("frac_hmirror", share(&|draw| draw.geometry.mirror_horizontal)),
        ("frac_vmirror", share(&|draw| draw.geometry.mirror_vertical)),
    ] {
        close(found, &fact[name], (found * (1.0 - found) / n).sqrt(), name);
    }
    let exponents: Vec<f64> = draws.iter().filter_map(|draw| draw.gamma_gray).collect();
    let (mean, deviation, count) = moments(&exponents);
    close(mean, &fact["gamma_gray_mean"], deviation / count.sqrt(), "gamma");
    // Both shears and both shifts are there, and independent of one another.
    let (x, y) = (of(&|draw| draw.geometry.shear_x), of(&|draw| draw.geometry.shear_y));
    let product = x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>() / n;
    let variance = 0.1f64.powi(2) / 3.0;
    assert!(product.abs() < ERRORS * variance / n.sqrt());
    assert!((moments(&x).1.powi(2) / variance - 1.0).abs() < ERRORS * (0.8 / n).sqrt());
}
