//! Targets equal those of crumpets, by its own code and with its bugs mended (see `data/README.md`).

use std::fs;

use gaze_core::{Fixation, Size};
use gaze_targets::{
    Affine, Blur, Experiment, Fit, Geometry, Normalization, Overlap, RasterSettings, Rasterizer, Route, Splat,
    TargetError, check_range, discretize, interpolate,
};
use ndarray::{Array1, Array2, ArrayView2};
use ndarray_npy::ReadNpyExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::util::data;

/// Sums of some hundred 32-bit numbers on both sides, relative to the largest value of a map.
const TOLERANCE: f64 = 1e-6;

pub(crate) fn golden() -> Value {
    serde_json::from_slice(&fs::read(data("golden/targets/golden.json")).unwrap()).unwrap()
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

pub(crate) fn index(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

pub(crate) fn size(value: &Value) -> Size {
    Size { height: index(&value[0]), width: index(&value[1]) }
}

/// The geometry of crumpets' random parameters; pairs are (vertical, horizontal).
pub(crate) fn geometry(rng: &Value) -> Geometry {
    let default = Geometry::default();
    let number = |name: &str, default| rng[name].as_f64().unwrap_or(default);
    let pair = |name: &str, place: usize| rng[name][place].as_f64().unwrap_or(0.0);
    Geometry {
        angle_degrees: number("angle", default.angle_degrees),
        scale: number("scale", default.scale),
        aspect: number("aspect", default.aspect),
        shift_x: pair("shift", 1),
        shift_y: pair("shift", 0),
        shear_x: pair("shear", 1),
        shear_y: pair("shear", 0),
        mirror_horizontal: rng["hmirror"].as_bool().unwrap_or(false),
        mirror_vertical: rng["vmirror"].as_bool().unwrap_or(false),
        fit: if rng["scale_mode"] == "longest" { Fit::Longest } else { Fit::Shortest },
    }
}

/// The experiments of a named set on a picture of the given size.
pub(crate) struct Points {
    pub(crate) golden: Value,
    points: Array2<f32>,
}

impl Points {
    pub(crate) fn read() -> Self {
        let points = fs::File::open(data("golden/targets/points.npy")).unwrap();
        Self { golden: golden(), points: Array2::read_npy(points).unwrap() }
    }

    pub(crate) fn experiments(&self, picture: Size, set: &str) -> Vec<Vec<Fixation>> {
        let ranges = self.golden["sets"][picture.to_string()][set].as_array().unwrap();
        let point = |row: usize| Fixation { x: self.points[[row, 0]].into(), y: self.points[[row, 1]].into() };
        ranges.iter().map(|range| (index(&range[0])..index(&range[1])).map(point).collect()).collect()
    }
}

#[track_caller]
pub(crate) fn assert_same_map(found: ArrayView2<'_, f32>, expected: ArrayView2<'_, f32>, what: &str) {
    let largest = f64::from(expected.iter().copied().fold(f32::MIN_POSITIVE, f32::max));
    for (place, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
        let difference = (f64::from(found) - f64::from(expected)).abs() / largest;
        assert!(difference <= TOLERANCE, "{what}, value {place}: {found} is not {expected}");
    }
}

#[test]
fn maps_equal_those_of_crumpets() {
    let points = Points::read();
    let maps = Array1::<f32>::read_npy(fs::File::open(data("golden/targets/maps.npy")).unwrap()).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut compared = 0;
    for case in points.golden["maps"].as_array().unwrap() {
        let (picture, target) = (size(&case["image"]), size(&case["target"]));
        let params = &case["target_params"];
        let flag = |name: &str| params[name].as_bool().unwrap_or(false);
        let variant = case["variant"].as_str().unwrap();
        let base = RasterSettings::crumpets(target);
        let overlap = if variant == "accum" { RasterSettings::new(target).overlap } else { base.overlap };
        let settings = RasterSettings {
            overlap,
            splat: if flag("interpolate") { Splat::Bilinear } else { Splat::Nearest },
            blur: params["blur"].as_f64().map_or(Blur::None, Blur::WidthFraction),
            normalization: if flag("maxnorm") { Normalization::Maximum } else { Normalization::None },
            ..base
        };
        let experiments = points.experiments(picture, case["set"].as_str().unwrap());
        let geometry = geometry(&case["rng"]);
        let mut rasterizer = Rasterizer::new(settings).unwrap();
        let mut route = rasterizer.route(picture, &geometry).unwrap();
        assert_eq!(route.supersampling, index(&case["supersample"]));
        if variant == "orig" {
            route = against_the_arrow(picture, target, route, &geometry);
        }
        let mut found = Array2::zeros(target.dim());
        rasterizer.rasterize_along(picture, &route, &experiments, &mut random, found.view_mut()).unwrap();
        let offset = index(&case["map"]["offset"]);
        let expected = maps.slice(ndarray::s![offset..offset + target.pixels()]);
        let expected = expected.into_shape_with_order(target.dim()).unwrap();
        assert_same_map(found.view(), expected, &case.to_string());
        compared += 1;
    }
    assert_eq!(compared, 149);
}

/// The original sends points through the transform of the picture, which leads from target to source.
fn against_the_arrow(picture: Size, target: Size, route: Route, geometry: &Geometry) -> Route {
    let k = route.supersampling;
    let samples = Size { height: k * target.height, width: k * target.width };
    let rows = geometry.target_to_source(picture, samples).unwrap().rows();
    #[expect(clippy::cast_possible_truncation, reason = "OpenCV takes 32 bits")]
    let rows = rows.map(|row| row.map(|value| f64::from(value as f32)));
    Route { transform: Affine::new(rows), ..route }
}

#[test]
fn transforms_equal_those_of_crumpets() {
    let golden = golden();
    let cases = golden["geometry"].as_array().unwrap();
    assert_eq!(cases.len(), 40);
    for case in cases {
        let (source, target) = (size(&case["source"]), size(&case["target"]));
        let geometry = geometry(&case["rng"]);
        assert!((geometry.reduction(source, target).unwrap() - number(&case["r"])).abs() < TOLERANCE);
        let rasterizer = Rasterizer::new(RasterSettings::new(target)).unwrap();
        let route = rasterizer.route(source, &geometry).unwrap();
        assert_eq!(route.supersampling, index(&case["supersample"]));
        let samples = size(&case["map_size"]);
        let same = |found: Affine, expected: &Value| {
            for (row, found) in found.rows().iter().enumerate() {
                for (column, found) in found.iter().enumerate() {
                    let expected = number(&expected[row][column]);
                    assert!((found - expected).abs() < TOLERANCE, "{case}: {found} is not {expected}");
                }
            }
        };
        same(geometry.target_to_source(source, samples).unwrap(), &case["target_to_source"]);
        same(geometry.source_to_target(source, samples).unwrap(), &case["source_to_target"]);
        let points = case["src_points"].as_array().unwrap().iter().zip(case["map_points"].as_array().unwrap());
        for (from, to) in points {
            let found = route.transform.apply(number(&from[0]), number(&from[1]));
            let expected = (number(&to[0]), number(&to[1]));
            // OpenCV rounds its result to 32 bits: half a unit in the last place.
            let rounding = |value: f64| value.abs() * f64::from(f32::EPSILON) / 2.0 + TOLERANCE;
            assert!((found.0 - expected.0).abs() <= rounding(expected.0), "{case}: {found:?} is not {expected:?}");
            assert!((found.1 - expected.1).abs() <= rounding(expected.1), "{case}: {found:?} is not {expected:?}");
        }
    }
}

#[test]
fn the_building_blocks_equal_those_of_crumpets() {
    let points = Points::read();
    let blocks = points.golden["blocks"].as_array().unwrap();
    let mut compared = 0;
    for block in blocks {
        let picture = size(&block["size"]);
        let all: Vec<_> = points.experiments(picture, block["set"].as_str().unwrap()).concat();
        let found: Vec<_> = discretize(&all, picture).into_iter().map(|pixel| (pixel.column, pixel.row)).collect();
        let pairs = block["discretize_xy"].as_array().unwrap();
        let expected: Vec<_> = pairs.iter().map(|pair| (index(&pair[0]), index(&pair[1]))).collect();
        assert_eq!(found, expected);

        // The larger sets have no more than that.
        if block["interp_w"].is_null() {
            continue;
        }
        let (kept, dropped) = check_range(&all, picture);
        let expected: Vec<_> = indices(&block["check_range_kept"]).into_iter().map(|place| all[place]).collect();
        assert_eq!(kept, expected);
        assert_eq!(kept.len() + dropped.total(), all.len());

        let spread = interpolate(&all, picture);
        let rows: Vec<_> = spread.iter().map(|(pixel, _)| pixel.row).collect();
        let columns: Vec<_> = spread.iter().map(|(pixel, _)| pixel.column).collect();
        assert_eq!(rows, indices(&block["interp_y"]));
        assert_eq!(columns, indices(&block["interp_x"]));
        for ((_, found), expected) in spread.iter().zip(block["interp_w"].as_array().unwrap()) {
            assert!((found - number(expected)).abs() < TOLERANCE, "{found} is not {expected}");
        }
        compared += 1;
    }
    assert!(compared > 0);
}

fn indices(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(index).collect()
}

/// Raw gaze and fixations of each sample of a dataset in crumpets' format, and what crumpets makes of it.
#[test]
fn samples_of_a_dataset_become_the_maps_of_crumpets() {
    let truth: Value = serde_json::from_slice(&fs::read(data("golden/targets/sample.truth.json")).unwrap()).unwrap();
    let bytes = fs::read(data("golden/targets/sample.msgpack")).unwrap();
    let file = fs::File::open(data("golden/targets/sample.maps.npy")).unwrap();
    let maps = ndarray::Array3::<f32>::read_npy(file).unwrap();
    let target = Size { height: 48, width: 64 };
    let (mut compared, mut refused) = (0, 0);
    for case in truth["maps"].as_array().unwrap() {
        let place = truth["keys"].as_array().unwrap().iter().position(|key| *key == case["key"]).unwrap();
        let offset = |place: usize| index(&truth["offsets"][place]);
        let picture = picture_size(&bytes[offset(place)..offset(place + 1)]);
        let experiments: Vec<Experiment> =
            truth["samples"][place]["experiments"].as_array().unwrap().iter().map(experiment).collect();
        let base = RasterSettings::crumpets(target);
        let settings = RasterSettings {
            overlap: if case["variant"] == "accum" { Overlap::Accumulate } else { Overlap::Assign },
            splat: Splat::Bilinear,
            blur: Blur::WidthFraction(0.03),
            normalization: Normalization::Maximum,
            ..base
        };
        let mut rasterizer = Rasterizer::new(settings).unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let result = rasterizer.rasterize(picture, &Geometry::default(), &experiments, &mut random);
        if case["error"].is_string() {
            assert!(matches!(result, Err(TargetError::NoPoints { .. })), "{case}");
            refused += 1;
        } else {
            let expected = maps.index_axis(ndarray::Axis(0), index(&case["map_index"]));
            assert_same_map(result.unwrap().0.view(), expected, &case.to_string());
            compared += 1;
        }
    }
    assert_eq!((compared, refused), (10, 2));
}

/// The size of the first picture in a sample.
fn picture_size(sample: &[u8]) -> Size {
    let starts = |signature: &[u8]| sample.windows(signature.len()).position(|bytes| bytes == signature);
    let start = starts(&[0xff, 0xd8, 0xff]).into_iter().chain(starts(b"\x89PNG")).min().unwrap();
    let picture = image::load_from_memory(&sample[start..]).unwrap();
    Size { height: picture.height() as usize, width: picture.width() as usize }
}

fn experiment(value: &Value) -> Experiment {
    let fixations = value.get("fixations").filter(|fixations| !fixations.is_null()).map(gaze);
    Experiment { locations: gaze(&value["locations"]), fixations }
}

/// Points as a flat array, or as a list of pairs; JSON has no NaN and writes null.
fn gaze(value: &Value) -> Vec<Fixation> {
    let coordinate = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    match value.get("values") {
        Some(values) => {
            let values: Vec<f64> = values.as_array().unwrap().iter().map(coordinate).collect();
            values.chunks_exact(2).map(|pair| Fixation { x: pair[0], y: pair[1] }).collect()
        }
        None => {
            // Each point is a pair, or an array of two.
            let pairs = value.as_array().unwrap().iter().map(|pair| pair.get("values").unwrap_or(pair));
            pairs.map(|pair| Fixation { x: coordinate(&pair[0]), y: coordinate(&pair[1]) }).collect()
        }
    }
}
