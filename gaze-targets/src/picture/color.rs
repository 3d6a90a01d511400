//! Color spaces of 8-bit pictures.

/// The meaning of the three channels of a rendered picture, each scaled to 0 ..= 255.
///
/// The conversions are OpenCV's for 8 bits, within one level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColorSpace {
    /// Red, green, blue, as decoded.
    #[default]
    Rgb,
    /// Hue (256 for a full turn), saturation, value.
    Hsv,
    /// Hue (256 for a full turn), lightness, saturation.
    Hls,
    /// CIE L*a*b* under D65: L scaled from 100 to 255, a and b moved by 128.
    Lab,
    /// Luma, red difference, blue difference.
    YCrCb,
    /// A single channel of luma.
    Gray,
}

impl ColorSpace {
    /// The number of channels of a rendered picture whose source has three.
    #[must_use]
    pub fn channels(self) -> usize {
        if self == Self::Gray { 1 } else { 3 }
    }

    /// Converts one pixel; gray is in the first channel.
    pub(super) fn convert(self, [r, g, b]: [u8; 3]) -> [u8; 3] {
        let rgb = [r, g, b].map(f32::from);
        match self {
            Self::Rgb => [r, g, b],
            Self::Hsv => hsv(rgb),
            Self::Hls => hls(rgb),
            Self::Lab => lab(rgb),
            Self::YCrCb => {
                let y = luma(rgb).round();
                [y, (rgb[0] - y) * 0.713 + 128.0, (rgb[2] - y) * 0.564 + 128.0].map(level)
            }
            Self::Gray => [level(luma(rgb)); 3],
        }
    }
}

/// The nearest of 256 levels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
pub(super) fn level(value: f32) -> u8 {
    value.round_ties_even().clamp(0.0, 255.0) as u8
}

fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Hue in 0 .. 256, largest and smallest channel.
fn hue([r, g, b]: [f32; 3]) -> (f32, f32, f32) {
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    let range = high - low;
    let sixths = if range <= 0.0 {
        0.0
    } else if r >= high {
        (g - b) / range
    } else if g >= high {
        (b - r) / range + 2.0
    } else {
        (r - g) / range + 4.0
    };
    let hue = (sixths * 256.0 / 6.0).round_ties_even();
    (if hue < 0.0 { hue + 256.0 } else { hue }, high, low)
}

fn hsv(rgb: [f32; 3]) -> [u8; 3] {
    let (hue, high, low) = hue(rgb);
    let saturation = if high > 0.0 { (high - low) * 255.0 / high } else { 0.0 };
    [hue, saturation, high].map(level)
}

fn hls(rgb: [f32; 3]) -> [u8; 3] {
    let (hue, high, low) = hue(rgb);
    let (range, sum) = (high - low, high + low);
    let saturation = match range {
        _ if range <= 0.0 => 0.0,
        _ if sum < 255.0 => range * 255.0 / sum,
        _ => range * 255.0 / (510.0 - sum),
    };
    [hue, sum / 2.0, saturation].map(level)
}

fn lab(rgb: [f32; 3]) -> [u8; 3] {
    let [r, g, b] = rgb.map(|value| {
        let value = value / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let response = |value: f32| if value > 0.008_856 { value.cbrt() } else { 7.787 * value + 16.0 / 116.0 };
    let x = response((0.412_453 * r + 0.357_580 * g + 0.180_423 * b) / 0.950_456);
    let luminance = 0.212_671 * r + 0.715_160 * g + 0.072_169 * b;
    let y = response(luminance);
    let z = response((0.019_334 * r + 0.119_193 * g + 0.950_227 * b) / 1.088_754);
    [(116.0 * y - 16.0) * 255.0 / 100.0, 500.0 * (x - y) + 128.0, 200.0 * (y - z) + 128.0].map(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(space: ColorSpace, rgb: [u8; 3], expected: [u8; 3]) {
        assert_eq!(space.convert(rgb), expected, "{space:?} of {rgb:?}");
    }

    // OpenCV 4.10, cvtColor of one pixel with COLOR_RGB2HSV_FULL, HLS_FULL, Lab and YCrCb.
    #[test]
    fn pixels_have_the_values_of_opencv() {
        check(ColorSpace::Rgb, [1, 2, 3], [1, 2, 3]);
        check(ColorSpace::Hsv, [200, 100, 50], [14, 191, 200]);
        check(ColorSpace::Hls, [200, 100, 50], [14, 125, 153]);
        check(ColorSpace::Lab, [200, 100, 50], [137, 164, 173]);
        check(ColorSpace::YCrCb, [200, 100, 50], [124, 182, 86]);
        check(ColorSpace::Gray, [200, 100, 50], [124, 124, 124]);
    }

    #[test]
    fn grays_have_no_color() {
        for value in [0, 1, 128, 255] {
            let gray = [value; 3];
            assert_eq!(ColorSpace::Hsv.convert(gray)[..2], [0, 0]);
            assert_eq!(ColorSpace::Hls.convert(gray), [0, value, 0]);
            assert_eq!(ColorSpace::Lab.convert(gray)[1..], [128, 128]);
            assert_eq!(ColorSpace::YCrCb.convert(gray), [value, 128, 128]);
        }
    }
}
