//! The picture of a recording: gaze over the screen, and over time.

use anyhow::{Context, Result};
use gaze_data::{Extent, Gaze, Recording, Sample, Unit};
use gaze_picture::png;
use image::{Rgb, RgbImage};

/// The longer side of the screen in the picture, and the width and height of the course over time, in pixels.
const SIDE: f64 = 400.0;
const WIDTH: u32 = 800;
const HEIGHT: u32 = 120;

/// The space between the parts, in pixels.
const GAP: u32 = 4;

const BACKGROUND: Rgb<u8> = Rgb([24; 3]);
const LEFT: Rgb<u8> = Rgb([230, 120, 40]);
const RIGHT: Rgb<u8> = Rgb([60, 150, 230]);
const FIXATION: Rgb<u8> = Rgb([255, 255, 255]);

/// A picture in the making: the screen above; below, x and y over time.
pub(super) struct Drawing {
    frame: RgbImage,
    screen: Extent,
    shown: (u32, u32),
    span: (f64, f64),
}

impl Drawing {
    pub(super) fn new(recording: &Recording) -> Self {
        let shares = Extent { width: 1.0, height: 1.0 };
        let pixels = Extent { width: 1920.0, height: 1080.0 };
        let screen = match recording.sample_space.1 {
            Unit::Shares => shares,
            Unit::Pixels => recording.screen.unwrap_or(pixels),
        };
        let ratio = match recording.screen {
            Some(Extent { width, height }) => height / width,
            None => screen.height / screen.width,
        };
        let (width, height) = if ratio > 1.0 { (SIDE / ratio, SIDE) } else { (SIDE, SIDE * ratio) };
        let shown = (pixel(width).max(1), pixel(height).max(1));
        let frame = RgbImage::from_pixel(WIDTH, shown.1 + 2 * (HEIGHT + GAP), BACKGROUND);
        let mut drawing = Self { frame, screen, shown, span: recording.span_ms.unwrap_or((0.0, 1.0)) };
        if recording.fixation_space == recording.sample_space {
            for fixation in recording.placed_fixations() {
                let (x, y) = drawing.on_screen(fixation.x, fixation.y);
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    drawing.dot(i64::from(WIDTH / 2) + x + dx, y + dy, FIXATION);
                }
            }
        }
        drawing
    }

    fn on_screen(&self, x: f64, y: f64) -> (i64, i64) {
        let place = |value: f64, side: f64, shown: u32| (value / side * f64::from(shown)).floor().clamp(-1e6, 1e6);
        #[expect(clippy::cast_possible_truncation, reason = "the numbers were clamped to a million")]
        let whole = |value: f64| value as i64;
        let (x, y) = (place(x, self.screen.width, self.shown.0), place(y, self.screen.height, self.shown.1));
        (whole(x), whole(y))
    }

    /// Colors a pixel of the frame, if it has this one.
    fn dot(&mut self, x: i64, y: i64, color: Rgb<u8>) {
        if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
            && let Some(pixel) = self.frame.get_pixel_mut_checked(x, y)
        {
            *pixel = color;
        }
    }

    pub(super) fn take(&mut self, sample: &Sample) {
        for (gaze, color) in [(sample.left, LEFT), (sample.right, RIGHT), (sample.both, LEFT)] {
            if gaze.is_valid() {
                self.point(sample.time_ms, gaze, color);
            }
        }
    }

    fn point(&mut self, time_ms: f64, gaze: Gaze, color: Rgb<u8>) {
        let (x, y) = self.on_screen(gaze.x, gaze.y);
        if (0..i64::from(self.shown.0)).contains(&x) && (0..i64::from(self.shown.1)).contains(&y) {
            self.dot(x, y, color);
        }
        let length = (self.span.1 - self.span.0).max(f64::MIN_POSITIVE);
        let column = i64::from(pixel((time_ms - self.span.0) / length * f64::from(WIDTH - 1)));
        let values = [gaze.x / self.screen.width, gaze.y / self.screen.height];
        for (place, value) in (0u32..).zip(values) {
            if (0.0..1.0).contains(&value) {
                let top = self.shown.1 + GAP + place * (HEIGHT + GAP);
                self.dot(column, i64::from(top + pixel(value * f64::from(HEIGHT))), color);
            }
        }
    }

    pub(super) fn png(&self) -> Result<Vec<u8>> {
        png(&self.frame).context("the picture of the recording")
    }
}

/// Returns the whole part of a number that is not negative.
fn pixel(value: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number was clamped to a range that fits"
    )]
    let whole = value.clamp(0.0, 1e6) as u32;
    whole
}
