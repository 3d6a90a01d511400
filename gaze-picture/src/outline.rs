//! Named frames on a picture.

use image::RgbImage;

use crate::ink::{CELL, DARK, LIGHT, fill, write};

/// Draws the frame of a region, light between two dark lines so that it shows on any ground, and its label in the corner.
///
/// `x` and `y` are the edges in pixels, from and to. What of frame and label lies outside the picture is not drawn.
pub fn outline(picture: &mut RgbImage, x: (f64, f64), y: (f64, f64), label: &str) {
    let unit = (picture.height().min(picture.width()) / 320).max(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the picture, whose sides are u32"
    )]
    let edges = |(from, to): (f64, f64)| (from.floor() as u32, to.ceil() as u32);
    let ((left, right), (top, bottom)) = (edges(x), edges(y));
    for (inset, color) in [(0, DARK), (unit, LIGHT), (2 * unit, DARK)] {
        let (left, right) = (left + inset, right.saturating_sub(inset));
        let (top, bottom) = (top + inset, bottom.saturating_sub(inset));
        if left + unit > right || top + unit > bottom {
            break;
        }
        fill(picture, left, top, right - left, unit, color);
        fill(picture, left, bottom - unit, right - left, unit, color);
        fill(picture, left, top, unit, bottom - top, color);
        fill(picture, right - unit, top, unit, bottom - top, color);
    }
    let (width, height) = (CELL * unit * u32::try_from(label.chars().count()).unwrap_or(u32::MAX / 64), CELL * unit);
    // Above the frame where there is room, else in its upper corner; moved to the left as far as the picture demands.
    let above = top.checked_sub(height + 2 * unit);
    let (label_left, label_top) =
        (left.min(picture.width().saturating_sub(width.saturating_add(2 * unit))), above.unwrap_or(top));
    fill(picture, label_left, label_top, width.saturating_add(2 * unit), height + 2 * unit, DARK);
    write(picture, label_left + unit, label_top + unit, unit, label, LIGHT);
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const GROUND: Rgb<u8> = Rgb([200, 0, 0]);

    #[test]
    fn the_frame_is_on_the_edges_and_what_it_frames_is_unchanged() {
        let mut picture = RgbImage::from_pixel(60, 50, GROUND);
        outline(&mut picture, (20.0, 40.0), (20.0, 45.5), "");
        for (x, y, expected) in [(20, 20, DARK), (39, 45, DARK), (21, 30, LIGHT), (22, 30, DARK), (30, 30, GROUND)] {
            assert_eq!(*picture.get_pixel(x, y), expected, "{x} {y}");
        }
        assert_eq!([*picture.get_pixel(19, 30), *picture.get_pixel(40, 30), *picture.get_pixel(30, 46)], [GROUND; 3]);
    }

    #[test]
    fn the_label_is_above_or_where_there_is_no_room_inside() {
        let letters = |top: f64| {
            let mut picture = RgbImage::from_pixel(100, 80, Rgb([0; 3]));
            outline(&mut picture, (40.0, 60.0), (top, top + 30.0), "I");
            let lit = |rows: std::ops::Range<u32>| {
                rows.filter(|&y| (41..49).any(|x| picture.get_pixel(x, y).0[0] == 255)).count()
            };
            [lit(0..20), lit(20..30)]
        };
        let [above, inside] = letters(20.0);
        assert!(above >= 6 && inside >= 1, "{above} {inside}");
        let [inside, _] = letters(0.0);
        assert!(inside >= 6, "{inside}");
    }

    #[test]
    fn frames_and_labels_of_any_size_stay_on_the_picture() {
        for side in [1, 2, 3, 9] {
            let mut picture = RgbImage::from_pixel(side, side, GROUND);
            let all = (0.0, f64::from(side));
            outline(&mut picture, all, all, &"Ärger → 日本".repeat(40));
            outline(&mut picture, (0.2, 0.3), all, "thin");
        }
    }
}
