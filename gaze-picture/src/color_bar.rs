//! A heat map with a bar that says what its colors mean.

use gaze_core::{LogDensity, SaliencyMap, Summary};

use crate::{EncodeError, Palette, Shades, encode::indexed_png};

/// The colors of text and of the ground: the last two of the 256 colors.
const INK: u8 = 254;
const PAPER: u8 = 255;
const INK_COLOR: [u8; 3] = [32, 32, 32];
const PAPER_COLOR: [u8; 3] = [255, 255, 255];
/// About how many values are written beside the bar.
const TICKS: f64 = 5.0;
/// The most characters of a value.
const CHARACTERS: u32 = 8;

/// Rows of five pixels, from the highest bit to the left.
const GLYPHS: [(char, [u8; 7]); 14] = [
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
    ('-', [0b00000, 0b00000, 0b00000, 0b11111, 0b00000, 0b00000, 0b00000]),
    ('e', [0b00000, 0b00000, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110]),
    ('×', [0b00000, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b00000]),
];

/// The scale of a color bar: the meaning of the values beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The values of the darkest and the brightest shade.
    low: f64,
    high: f64,
    /// Whether they are multiples of the probability that chance gives a pixel, or scores.
    of_chance: bool,
}

impl Scale {
    /// The scale of a map. If `density` is given, the map holds its probabilities; otherwise it holds scores.
    pub fn of(density: Option<&LogDensity<'_>>, map: &SaliencyMap<'_>) -> Self {
        let Summary { lowest, highest, .. } = map.summary();
        let of_chance = density.is_some();
        let unit = if of_chance { map.size().pixels() as f64 } else { 1.0 };
        Self { low: lowest * unit, high: highest * unit, of_chance }
    }

    /// Lists the values that are written beside a bar: the place of each, from 0 at the darkest shade to 1 at the brightest,
    /// and its text.
    #[must_use]
    pub fn marks(&self) -> Vec<(f64, String)> {
        let Self { low, high, .. } = *self;
        let along = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
        ticks(low, high).into_iter().map(|value| (along(value), self.text(value))).collect()
    }

    fn text(&self, value: f64) -> String {
        if self.of_chance { format!("{}×", rounded(value)) } else { score(value, (self.high - self.low) / TICKS) }
    }
}

/// A heat map, and right of it the bar, as PNG.
pub fn with_color_bar(shades: &Shades, palette: Palette, scale: Scale) -> Result<Vec<u8>, EncodeError> {
    let picture = Picture::new(shades, scale);
    let colors = palette.colors();
    let colors: [[u8; 3]; 256] = std::array::from_fn(|index| match index {
        254 => INK_COLOR,
        255 => PAPER_COLOR,
        _ => colors[(index * 255 + 126) / 253],
    });
    indexed_png((picture.width, picture.height), &picture.indices, &colors)
}

/// A picture of colors by their numbers.
struct Picture {
    width: u32,
    height: u32,
    indices: Vec<u8>,
}

impl Picture {
    fn new(shades: &Shades, scale: Scale) -> Self {
        let (width, height) = (shades.width, shades.height);
        let unit = (height / 240).max(1);
        let (gap, bar, text) = (6 * unit, 12 * unit, 6 * unit * CHARACTERS);
        let whole = width + gap + bar + gap + text;
        let mut picture = Self { width: whole, height, indices: vec![PAPER; whole as usize * height as usize] };
        let indices: [u8; 256] = std::array::from_fn(index_of);
        let rows = picture.indices.chunks_exact_mut(whole as usize).zip(shades.shades.chunks_exact(width as usize));
        for (row, shades) in rows {
            row.iter_mut().zip(shades).for_each(|(index, &shade)| *index = indices[usize::from(shade)]);
        }
        let last = height.saturating_sub(1).max(1);
        for y in 0..height {
            let shade = usize::try_from((last - y.min(last)) * 255 / last).unwrap_or(0);
            (0..bar).for_each(|x| picture.put(width + gap + x, y, index_of(shade)));
        }
        for (along, text) in scale.marks() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the height")]
            let y = ((1.0 - along) * f64::from(last)).round() as u32;
            (0..gap / 2).for_each(|x| picture.put(width + gap + bar + x, y.min(height - 1), INK));
            let top = y.saturating_sub(7 * unit / 2).min(height.saturating_sub(7 * unit));
            picture.write(width + gap + bar + gap, top, unit, &text);
        }
        picture
    }

    /// Sets a pixel that the picture has.
    fn put(&mut self, x: u32, y: u32, index: u8) {
        if x < self.width
            && let Some(pixel) = self.indices.get_mut(y as usize * self.width as usize + x as usize)
        {
            *pixel = index;
        }
    }

    fn write(&mut self, left: u32, top: u32, unit: u32, text: &str) {
        for (position, character) in (0..CHARACTERS).zip(text.chars()) {
            let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == character) else { continue };
            for (row, bits) in (0..7).zip(rows) {
                for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                    let (x, y) = (left + (position * 6 + column) * unit, top + row * unit);
                    for (dx, dy) in (0..unit).flat_map(|dy| (0..unit).map(move |dx| (dx, dy))) {
                        self.put(x + dx, y + dy, INK);
                    }
                }
            }
        }
    }
}

/// The number of the color of a shade.
fn index_of(shade: usize) -> u8 {
    u8::try_from((shade * 253 + 127) / 255).unwrap_or(INK - 1)
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
    with_decimals(value, decimals)
}

/// Writes a value with the digits that tell it from values that lie `step` apart.
fn score(value: f64, step: f64) -> String {
    let largest = value.abs().max(step);
    // A sum can leave a tiny rest where it should be 0.
    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
    if !(1e-3..1e5).contains(&largest) {
        return if value == 0.0 { "0".to_owned() } else { format!("{value:.1e}") };
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 4")]
    let decimals = if step > 0.0 { (1.0 - step.log10()).floor().clamp(0.0, 4.0) as usize } else { 2 };
    with_decimals(value, decimals)
}

/// At most so many decimals, without zeros at the end.
fn with_decimals(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
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
    fn scores_have_the_digits_they_need() {
        let texts = |low: f64, high: f64| {
            let scale = Scale { low, high, of_chance: false };
            ticks(low, high).into_iter().map(|value| scale.text(value)).collect::<Vec<_>>()
        };
        assert_eq!(texts(0.0, 255.0), ["0", "100", "200"]);
        assert_eq!(texts(0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(texts(-3.0, 2.0), ["-3", "-2", "-1", "0", "1", "2"]);
        assert_eq!(texts(0.0, 4e-7), ["0", "1.0e-7", "2.0e-7", "3.0e-7", "4.0e-7"]);
        assert_eq!(texts(1e6, 3e6), ["1.0e6", "1.5e6", "2.0e6", "2.5e6", "3.0e6"]);
        assert!(texts(-1e300, 1e300).iter().all(|text| text.len() <= CHARACTERS as usize));
    }

    #[test]
    fn the_map_stays_where_it_is_and_the_bar_is_brightest_above() {
        let map = SaliencyMap::new(Array2::from_shape_fn((60, 80), |(y, x)| (y + x) as f64)).unwrap();
        let scale = Scale::of(None, &map);
        assert_eq!(scale, Scale { low: 0.0, high: 138.0, of_chance: false });
        let png = with_color_bar(&Shades::of(&map), Palette::Viridis, scale).unwrap();
        let picture = image::load_from_memory(&png).unwrap().into_rgb8();
        let colors = Palette::Viridis.colors();
        assert_eq!(picture.height(), 60);
        assert_eq!(picture.get_pixel(0, 0).0, colors[0]);
        assert_eq!(picture.get_pixel(79, 59).0, colors[255]);
        assert_eq!(picture.get_pixel(80 + 6 + 5, 0).0, colors[255]);
        assert_eq!(picture.get_pixel(80 + 6 + 5, 59).0, colors[0]);
        assert_eq!(picture.get_pixel(80 + 3, 30).0, PAPER_COLOR);
        assert!(picture.pixels().any(|pixel| pixel.0 == INK_COLOR));
    }

    #[test]
    fn a_density_is_told_in_multiples_of_chance() {
        let density = LogDensity::from_weights(Array2::from_shape_fn((2, 2), |(y, x)| (y + x) as f64)).unwrap();
        let map = density.to_saliency_map();
        let scale = Scale::of(Some(&density), &map);
        assert_eq!((scale.low, scale.of_chance), (0.0, true));
        assert_eq!(scale.text(scale.high), "2×");
    }

    #[test]
    fn the_smallest_maps_have_a_bar_too() {
        for (height, width) in [(1, 1), (2, 3), (1, 500)] {
            let map = SaliencyMap::new(Array2::zeros((height, width))).unwrap();
            let scale = Scale::of(None, &map);
            with_color_bar(&Shades::of(&map), Palette::Hot, scale).unwrap();
        }
    }
}
