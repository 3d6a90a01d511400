//! A heat map with a bar that says what its colors mean.

use image::{Rgb, RgbImage};

use super::{Palette, Shades};

const INK: Rgb<u8> = Rgb([32, 32, 32]);
const PAPER: Rgb<u8> = Rgb([255, 255, 255]);
/// About how many values are written beside the bar.
const TICKS: f64 = 5.0;
/// The most characters of a value.
const CHARACTERS: u32 = 6;

/// Rows of five pixels, from the highest bit to the left.
const GLYPHS: [(char, [u8; 7]); 12] = [
    ('0', [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('2', [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111]),
    ('3', [0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110]),
    ('4', [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    ('5', [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    ('6', [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('7', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000]),
    ('8', [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    ('9', [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100]),
    ('.', [0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b01100]),
    ('×', [0b00000, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b00000]),
];

/// The heat map, and right of it the bar from `low` to `high`, the values of its darkest and its brightest shade.
pub(crate) fn with_color_bar(shades: &Shades, palette: Palette, [low, high]: [f64; 2]) -> RgbImage {
    let (width, height) = (shades.width, shades.height);
    let colors = palette.colors();
    let unit = (height / 240).max(1);
    let (gap, bar, text) = (6 * unit, 12 * unit, 6 * unit * CHARACTERS);
    let mut picture = RgbImage::from_pixel(width + gap + bar + gap + text, height, PAPER);
    for (index, &shade) in (0..).zip(&shades.shades) {
        picture.put_pixel(index % width, index / width, Rgb(colors[usize::from(shade)]));
    }
    let last = height.saturating_sub(1).max(1);
    for y in 0..height {
        let shade = usize::try_from((last - y.min(last)) * 255 / last).unwrap_or(0);
        (0..bar).for_each(|x| picture.put_pixel(width + gap + x, y, Rgb(colors[shade])));
    }
    for value in ticks(low, high) {
        let along = if high > low { (value - low) / (high - low) } else { 0.5 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the height")]
        let y = ((1.0 - along) * f64::from(last)).round() as u32;
        (0..gap / 2).for_each(|x| picture.put_pixel(width + gap + bar + x, y.min(height - 1), INK));
        let top = y.saturating_sub(7 * unit / 2).min(height.saturating_sub(7 * unit));
        write(&mut picture, width + gap + bar + gap, top, unit, &format!("{}×", rounded(value)));
    }
    picture
}

/// Round values between the two, the steps 1, 2 or 5 times a power of ten.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / TICKS;
    if !(rough.is_finite() && rough > 0.0) {
        return vec![low];
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|&step| step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    (0..=10).map(|index| (first + f64::from(index)) * step).take_while(|&value| value <= high).collect()
}

/// Three digits, and none for nothing.
fn rounded(value: f64) -> String {
    let decimals = [(100.0, 0), (10.0, 1), (1.0, 1), (0.0, 2)];
    let decimals = decimals.into_iter().find(|&(from, _)| value >= from).map_or(2, |(_, decimals)| decimals);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn write(picture: &mut RgbImage, left: u32, top: u32, unit: u32, text: &str) {
    for (position, character) in (0..CHARACTERS).zip(text.chars()) {
        let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == character) else { continue };
        for (row, bits) in (0..7).zip(rows) {
            for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                let (x, y) = (left + (position * 6 + column) * unit, top + row * unit);
                for (dx, dy) in (0..unit).flat_map(|dy| (0..unit).map(move |dx| (dx, dy))) {
                    if let Some(pixel) = picture.get_pixel_mut_checked(x + dx, y + dy) {
                        *pixel = INK;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gaze_core::SaliencyMap;
    use ndarray::Array2;

    use super::*;

    #[test]
    fn values_are_round_and_inside() {
        assert_eq!(ticks(0.0, 12.0), [0.0, 5.0, 10.0]);
        assert_eq!(ticks(0.3, 1.0), [0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(1.0, 1.0), [1.0]);
        assert_eq!([0.0, 0.25, 1.0, 2.5, 40.0, 123.4].map(rounded), ["0", "0.25", "1", "2.5", "40", "123"]);
    }

    #[test]
    fn the_map_stays_where_it_is_and_the_bar_is_brightest_above() {
        let map = SaliencyMap::new(Array2::from_shape_fn((60, 80), |(y, x)| (y + x) as f64)).unwrap();
        let shades = Shades::of(&map);
        let colors = Palette::Viridis.colors();
        let picture = with_color_bar(&shades, Palette::Viridis, [0.0, 138.0]);
        assert_eq!(picture.height(), 60);
        assert_eq!(picture.get_pixel(0, 0).0, colors[0]);
        assert_eq!(picture.get_pixel(79, 59).0, colors[255]);
        assert_eq!(picture.get_pixel(80 + 6 + 5, 0).0, colors[255]);
        assert_eq!(picture.get_pixel(80 + 6 + 5, 59).0, colors[0]);
    }

    #[test]
    fn the_smallest_maps_have_a_bar_too() {
        for (height, width) in [(1, 1), (2, 3), (1, 500)] {
            let shades = Shades::of(&SaliencyMap::new(Array2::zeros((height, width))).unwrap());
            with_color_bar(&shades, Palette::Hot, [1.0, 1.0]);
        }
    }
}
