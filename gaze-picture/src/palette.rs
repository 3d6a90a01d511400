//! The colors of heat maps.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// The colors of a heat map, from its lowest value to its highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Palette {
    /// Black, purple, orange, yellow. Perceptually uniform: equal steps look equal.
    #[default]
    Inferno,
    /// Purple, green, yellow. Perceptually uniform.
    Viridis,
    /// Black, purple, white. Perceptually uniform.
    Magma,
    /// Blue, pink, yellow. Perceptually uniform.
    Plasma,
    /// Blue, gray, yellow. Perceptually uniform, and the same to people who do not see red or green.
    Cividis,
    /// The rainbow: blue, green, red. Equal steps do not look equal.
    Turbo,
    /// The classic colors: black, red, yellow, white. Equal steps do not look equal.
    Hot,
}

impl Palette {
    /// The red, green and blue of each of 256 shades.
    #[must_use]
    pub fn colors(self) -> [[u8; 3]; 256] {
        std::array::from_fn(|shade| {
            let gradient = match self {
                Self::Inferno => colorous::INFERNO,
                Self::Viridis => colorous::VIRIDIS,
                Self::Magma => colorous::MAGMA,
                Self::Plasma => colorous::PLASMA,
                Self::Cividis => colorous::CIVIDIS,
                Self::Turbo => colorous::TURBO,
                Self::Hot => return hot(shade),
            };
            let colorous::Color { r, g, b } = gradient.eval_rational(shade, 256);
            [r, g, b]
        })
    }
}

/// Red rises first, then green, then blue, over 3, 3 and 2 eighths.
fn hot(shade: usize) -> [u8; 3] {
    let value = shade as f64 / 255.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 255")]
    let part = |from: f64, width: f64| (((value - from) / width).clamp(0.0, 1.0) * 255.0).round() as u8;
    [part(0.0, 0.375), part(0.375, 0.375), part(0.75, 0.25)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_palette_but_turbo_gets_lighter() {
        for &palette in Palette::VARIANTS.iter().filter(|&&palette| palette != Palette::Turbo) {
            let lightness = |[r, g, b]: [u8; 3]| 2 * u32::from(r) + 7 * u32::from(g) + u32::from(b);
            let colors = palette.colors();
            for (shade, pair) in colors.windows(16).step_by(16).enumerate() {
                assert!(lightness(pair[0]) < lightness(pair[15]), "{palette:?} near {}", shade * 16);
            }
        }
    }

    #[test]
    fn hot_goes_from_black_over_red_and_yellow_to_white() {
        let colors = Palette::Hot.colors();
        assert_eq!([colors[0], colors[255]], [[0, 0, 0], [255, 255, 255]]);
        assert_eq!(colors[96], [255, 1, 0]);
        assert_eq!(colors[192], [255, 255, 3]);
    }
}
