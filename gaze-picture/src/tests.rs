//! Tests of heat maps, tiles and their encodings together.

use gaze_core::{SaliencyMap, Size, Stimulus};
use image::RgbImage;
use ndarray::{Array2, Array3, array};

use crate::{
    Palette, Shades, jpeg, means, overlay, png, shrunk, side_by_side, small,
    tiles::{shrink, sides},
};

fn shades(values: Array2<f64>) -> Shades {
    Shades::of(&SaliencyMap::new(values).unwrap())
}

fn decoded(bytes: &[u8]) -> RgbImage {
    image::load_from_memory(bytes).unwrap().to_rgb8()
}

#[test]
fn rows_are_y_and_the_largest_value_is_brightest() {
    let heat = shades(array![[0.0, 1.0, 2.0], [0.0, 0.0, 9.0]]).picture(Palette::default());
    assert_eq!(heat.dimensions(), (3, 2));
    let brightness = |x, y| heat.get_pixel(x, y).0.iter().map(|&v| u32::from(v)).sum::<u32>();
    assert!(brightness(2, 1) > brightness(2, 0) && brightness(2, 0) > brightness(1, 0));
    assert!(brightness(0, 0) < 10);
}

#[test]
fn where_the_map_is_low_the_picture_is_unchanged() {
    let stimulus = Stimulus::new(Array3::from_elem((1, 2, 3), 200)).unwrap();
    let overlay = overlay(&stimulus, &shades(array![[0.0, 1.0]]), Palette::default());
    assert_eq!(overlay.get_pixel(0, 0).0, [200, 200, 200]);
    // A third of 200 and two thirds of the last color of the palette.
    let [r, g, b] = Palette::default().colors()[255].map(|over| 0.33 * 200.0 + 0.67 * f64::from(over));
    let found = overlay.get_pixel(1, 0).0.map(f64::from);
    assert!([r, g, b].iter().zip(found).all(|(a, b)| (a - b).abs() < 1.0), "{found:?}");
    assert_eq!(decoded(&png(&overlay).unwrap()), overlay);
}

#[test]
fn a_constant_map_makes_a_picture() {
    let heat = shades(Array2::from_elem((2, 2), 0.25)).picture(Palette::default());
    assert_eq!(heat.get_pixel(0, 0), heat.get_pixel(1, 1));
}

#[test]
fn boxes_are_averaged_and_none_is_left_out() {
    assert_eq!(shrink::<1>(&[0, 10, 20, 30, 40, 50], (3, 2), (1, 2)), [10, 40]);
    assert_eq!(shrink::<3>(&[1, 2, 3, 4, 5, 6], (2, 1), (2, 1)), [1, 2, 3, 4, 5, 6]);
    assert_eq!(shrink::<1>(&[1, 2, 3, 4, 5], (5, 1), (2, 1)), [2, 4]);
}

#[test]
fn tiles_keep_the_shape_and_never_vanish() {
    for (size, expected) in [((1000, 2000), (180u32, 360u32)), ((1, 3000), (1, 360)), ((10, 20), (10, 20))] {
        let size = Size { height: size.0, width: size.1 };
        let small = small(size);
        assert_eq!(sides(small), (expected.1, expected.0));
        let stimulus = Stimulus::new(Array3::zeros((size.height, size.width, 3))).unwrap();
        let tiles = [shrunk(&stimulus, small), shrunk(&stimulus, small)];
        let strip = decoded(&jpeg(&side_by_side(&tiles, small)).unwrap());
        assert_eq!(strip.dimensions(), (2 * expected.1, expected.0));
    }
}

#[test]
fn means_keep_the_mean() {
    let map = Array2::from_shape_fn((6, 4), |(row, column)| (row * 4 + column) as f64);
    let small = means(map.view(), Size { height: 3, width: 2 });
    assert_eq!(small, array![[2.5, 4.5], [10.5, 12.5], [18.5, 20.5]]);
}
