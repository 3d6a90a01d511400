//! Gamma and contrast: a curve from 256 levels to 256 levels.

use super::color::level;

/// The steepness of the contrast curve: levels 0 and 1 of 256 stay apart.
const STEEPNESS: f64 = 6.279;

/// A curve for one channel: contrast first, then the exponent.
///
/// ```text
/// c > 0:  (1 − c)·v + c·S(v)        S a logistic curve through (0, 0), (½, ½), (1, 1)
/// c < 0:  (1 + c)·v + |c|·A(v)      A an inverse hyperbolic tangent through the same
/// out = curve(v)^exponent
/// ```
pub(super) fn curve(exponent: f64, contrast: f64) -> [u8; 256] {
    let o = 1.0 / (1.0 + STEEPNESS.exp());
    let logistic = |v: f64| (1.0 / (1.0 + (STEEPNESS * (1.0 - 2.0 * v)).exp()) - o) / (1.0 - 2.0 * o);
    let t = 1.0 - 2.0 * o;
    let flat = |v: f64| ((t * (2.0 * v - 1.0)).atanh() + t.atanh()) / (2.0 * t.atanh());
    let mut place = 0.0;
    std::array::from_fn(|_| {
        let v: f64 = place / 255.0;
        place += 1.0;
        let other = if contrast > 0.0 { logistic(v) } else { flat(v) };
        let value = (1.0 - contrast.abs()) * v + contrast.abs() * other;
        #[expect(clippy::cast_possible_truncation, reason = "rounded to a level next")]
        let value = (value.max(0.0).powf(exponent) * 255.0) as f32;
        level(value)
    })
}

/// The exponent for a brightness in `[−1, 1]`: 0 changes nothing, positive is brighter.
#[must_use]
pub(crate) fn exponent(brightness: f64) -> f64 {
    match brightness {
        v if v >= 0.999 => 0.001,
        v if v <= -0.999 => 1000.0,
        v if v > 0.0 => 1.0 - v,
        v => 1.0 / (1.0 + v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_gamma_and_contrast_nothing_changes() {
        for (place, value) in curve(1.0, 0.0).into_iter().enumerate() {
            assert_eq!(place, usize::from(value));
        }
    }

    #[test]
    fn curves_rise_from_black_to_white() {
        for (exponent, contrast) in [(0.3, 0.0), (2.0, 0.7), (1.0, -1.0), (1.0, 1.0), (1000.0, 0.0)] {
            let curve = curve(exponent, contrast);
            assert!(curve.is_sorted());
            assert_eq!((curve[0], curve[255]), (0, 255));
        }
    }

    #[test]
    fn brighter_is_a_smaller_exponent() {
        assert!((exponent(0.5) - 0.5).abs() < 1e-15 && (exponent(-0.5) - 2.0).abs() < 1e-15);
        assert!((exponent(0.0) - 1.0).abs() < 1e-15);
        assert!(exponent(1.0) > 0.0 && exponent(-1.0).is_finite());
    }
}
