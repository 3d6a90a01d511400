//! Scanpaths on a picture: numbered circles joined by lines.

use image::{Rgb, RgbImage};

use crate::ink::{CELL, DARK, LIGHT, fill, write};

/// The colors of scanpaths, which can be told apart with any color vision (Okabe & Ito 2008). They repeat.
const COLORS: [Rgb<u8>; 7] = [
    Rgb([213, 94, 0]),
    Rgb([0, 114, 178]),
    Rgb([0, 158, 115]),
    Rgb([230, 159, 0]),
    Rgb([204, 121, 167]),
    Rgb([86, 180, 233]),
    Rgb([240, 228, 66]),
];

/// Draws each scanpath in a color of its own: a circle with its number at each fixation, counted from 1, and lines between
/// them. A fixation is a point `(x, y)` in pixels; what lies outside the picture is not drawn.
pub fn draw_scanpaths(picture: &mut RgbImage, scanpaths: &[Vec<(f64, f64)>]) {
    let unit = (picture.height().min(picture.width()) / 320).max(1);
    for (scanpath, color) in scanpaths.iter().zip(COLORS.iter().cycle()) {
        for pair in scanpath.windows(2) {
            line(picture, pair[0], pair[1], f64::from(unit), *color);
        }
    }
    for (scanpath, color) in scanpaths.iter().zip(COLORS.iter().cycle()) {
        for (index, &point) in scanpath.iter().enumerate() {
            circle(picture, point, unit, *color, &(index + 1).to_string());
        }
    }
}

/// Draws a disk with a dark rim and a text in its middle; the text makes it as wide as it needs.
fn circle(picture: &mut RgbImage, (x, y): (f64, f64), unit: u32, color: Rgb<u8>, text: &str) {
    let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX / 64);
    let width = f64::from(CELL * letters.max(1) * unit);
    let height = f64::from(CELL * unit);
    let (rim, inner) = (f64::from(unit), width.hypot(height) / 2.0);
    disk(picture, (x, y), inner + rim, DARK);
    disk(picture, (x, y), inner, color);
    let ink = if brightness(color) > 140 { DARK } else { LIGHT };
    let (left, top) = (x - width / 2.0, y - height / 2.0);
    // Letters begin on the picture; at its left or upper border they are moved onto it.
    if let (Some(left), Some(top)) = (pixel(left.max(0.0), picture.width()), pixel(top.max(0.0), picture.height()))
        && x >= -inner
        && y >= -inner
    {
        write(picture, left, top, unit, text, ink);
    }
}

fn brightness(Rgb([red, green, blue]): Rgb<u8>) -> u32 {
    (3 * u32::from(red) + 6 * u32::from(green) + u32::from(blue)) / 10
}

/// The pixel that holds a coordinate, if it lies below the end of a side.
fn pixel(coordinate: f64, side: u32) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ coordinate < side")]
    (coordinate >= 0.0 && coordinate < f64::from(side)).then_some(coordinate as u32)
}

/// The pixels of a side from one coordinate to another, as far as they lie on the picture.
fn within(from: f64, to: f64, side: u32) -> std::ops::Range<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
    let clamped = |value: f64| value.clamp(0.0, f64::from(side)) as u32;
    clamped(from.floor())..clamped(to.ceil())
}

fn disk(picture: &mut RgbImage, (x, y): (f64, f64), radius: f64, color: Rgb<u8>) {
    for row in within(y - radius, y + radius + 1.0, picture.height()) {
        for column in within(x - radius, x + radius + 1.0, picture.width()) {
            if (f64::from(column) - x).hypot(f64::from(row) - y) <= radius {
                picture.put_pixel(column, row, color);
            }
        }
    }
}

/// Draws a line of squares, with a dark edge so that it shows on any ground.
fn line(picture: &mut RgbImage, from: (f64, f64), to: (f64, f64), width: f64, color: Rgb<u8>) {
    for (half, color) in [(1.5 * width, DARK), (0.5 * width, color)] {
        let span = (to.0 - from.0).abs().max((to.1 - from.1).abs());
        if !(span.is_finite() && span < 1e6) {
            return;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a million")]
        let steps = span.ceil().max(1.0) as u32;
        for step in 0..=steps {
            let along = f64::from(step) / f64::from(steps);
            let (x, y) = (from.0 + along * (to.0 - from.0), from.1 + along * (to.1 - from.1));
            let columns = within(x - half, x + half, picture.width());
            let rows = within(y - half, y + half, picture.height());
            let (wide, high) = (columns.end - columns.start, rows.end - rows.start);
            fill(picture, columns.start, rows.start, wide, high, color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Rgb<u8> = Rgb([0, 0, 0]);

    #[test]
    fn fixations_are_where_they_were_made_and_joined_in_their_order() {
        let mut picture = RgbImage::from_pixel(200, 100, GROUND);
        draw_scanpaths(&mut picture, &[vec![(30.0, 20.0), (150.0, 20.0), (150.0, 80.0)]]);
        let is = |x: u32, y: u32| *picture.get_pixel(x, y);
        assert_eq!(is(90, 20), COLORS[0]);
        assert_eq!(is(150, 50), COLORS[0]);
        // Nothing leads from the last to the first, nor lies elsewhere.
        assert_eq!([is(90, 50), is(5, 95)], [GROUND; 2]);
        // The disk shows beside its number, and its rim around it.
        assert_eq!(is(30, 25), COLORS[0]);
        assert_eq!(is(30, 26), DARK);
    }

    #[test]
    fn scanpaths_have_colors_of_their_own() {
        let mut picture = RgbImage::from_pixel(60, 60, GROUND);
        draw_scanpaths(&mut picture, &[vec![(10.0, 10.0)], vec![(40.0, 40.0)]]);
        assert_eq!([*picture.get_pixel(10, 15), *picture.get_pixel(40, 45)], [COLORS[0], COLORS[1]]);
    }

    #[test]
    fn points_anywhere_and_pictures_of_any_size_are_drawn_without_harm() {
        for side in [1, 2, 7] {
            let mut picture = RgbImage::from_pixel(side, side, GROUND);
            let far = vec![(-1e9, 3.0), (0.0, 0.0), (f64::NAN, 1.0), (1e300, f64::INFINITY), (3.0, -2.0)];
            draw_scanpaths(&mut picture, &vec![far; 9]);
        }
    }
}
