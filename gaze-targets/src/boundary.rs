//! What lies beyond the border of a map.

/// How a map is continued beyond its border when it is blurred.
///
/// | mode | left of `a b c d` | SciPy | OpenCV | mass |
/// |---|---|---|---|---|
/// | `Reflect` | `d c b a` | `reflect` | `BORDER_REFLECT` | kept |
/// | `Mirror` | `d c b` | `mirror` | `BORDER_REFLECT_101` | not kept |
/// | `Replicate` | `a a a a` | `nearest` | `BORDER_REPLICATE` | not kept |
/// | `Zero` | `0 0 0 0` | `constant` | `BORDER_CONSTANT` | lost over the border |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// Mirrored at the outer edge of the last pixel, which is repeated.
    Reflect,
    /// Mirrored at the center of the last pixel, which is not repeated.
    Mirror,
    /// The last pixel for ever.
    Replicate,
    /// Nothing.
    Zero,
}

impl Boundary {
    /// The index inside `0..length` that stands for `index`, or `None` if nothing does.
    pub(crate) fn resolve(self, index: isize, length: usize) -> Option<usize> {
        #[expect(clippy::cast_possible_wrap, reason = "an array's length fits in isize")]
        let n = length as isize;
        let inside = match self {
            _ if (0..n).contains(&index) => index,
            Self::Zero => return None,
            Self::Replicate => index.clamp(0, n - 1),
            Self::Reflect => {
                let phase = index.rem_euclid(2 * n);
                if phase < n { phase } else { 2 * n - 1 - phase }
            }
            Self::Mirror if n == 1 => 0,
            Self::Mirror => {
                let phase = index.rem_euclid(2 * (n - 1));
                if phase < n { phase } else { 2 * (n - 1) - phase }
            }
        };
        usize::try_from(inside).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(boundary: Boundary, expected: &str) {
        let found: String = (-9..13)
            .map(|index| boundary.resolve(index, 4).map_or('0', |inside| ['a', 'b', 'c', 'd'][inside]))
            .collect();
        assert_eq!(found, expected);
    }

    // The rows are those of the table in SciPy's documentation of its border modes.
    #[test]
    fn a_map_is_continued_as_scipy_does() {
        check(Boundary::Reflect, "aabcddcbaabcddcbaabcdd");
        check(Boundary::Mirror, "dcbabcdcbabcdcbabcdcba");
        check(Boundary::Replicate, "aaaaaaaaaabcdddddddddd");
        check(Boundary::Zero, "000000000abcd000000000");
    }

    #[test]
    fn a_single_pixel_is_its_own_mirror() {
        for boundary in [Boundary::Reflect, Boundary::Mirror, Boundary::Replicate] {
            assert!((-5..5).all(|index| boundary.resolve(index, 1) == Some(0)));
        }
    }
}
