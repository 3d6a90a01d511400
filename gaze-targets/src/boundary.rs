//! The values beyond the border of a map.

/// The continuation of a map beyond its border when it is blurred.
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
    /// Zeros.
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

    /// Calls `visit` with every index in `−reach .. length + reach` that stands for `index`, itself included.
    #[expect(clippy::cast_possible_wrap, reason = "lengths fit in isize")]
    pub(crate) fn for_each_image(self, index: usize, length: usize, reach: usize, mut visit: impl FnMut(isize)) {
        let (i, n, reach) = (index as isize, length as isize, reach as isize);
        let mut progression = |first: isize, period: isize| {
            let mut image = first - (first + reach).div_euclid(period) * period;
            while image < n + reach {
                visit(image);
                image += period;
            }
        };
        match self {
            Self::Zero => visit(i),
            Self::Replicate => {
                let from = if index == 0 { -reach } else { i };
                let to = if index + 1 == length { n + reach } else { i + 1 };
                (from..to).for_each(visit);
            }
            Self::Reflect => {
                progression(i, 2 * n);
                progression(-1 - i, 2 * n);
            }
            Self::Mirror if n == 1 => progression(0, 1),
            Self::Mirror => {
                progression(i, 2 * (n - 1));
                if index != 0 && index + 1 != length {
                    progression(-i, 2 * (n - 1));
                }
            }
        }
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
    fn the_images_of_an_index_are_those_that_stand_for_it() {
        for boundary in [Boundary::Reflect, Boundary::Mirror, Boundary::Replicate, Boundary::Zero] {
            for (length, reach) in [(1, 4), (2, 7), (5, 0), (5, 3), (5, 23)] {
                for index in 0..length {
                    let mut found = Vec::new();
                    boundary.for_each_image(index, length, reach, |image| found.push(image));
                    found.sort_unstable();
                    let range = -isize::try_from(reach).unwrap()..isize::try_from(length + reach).unwrap();
                    let expected: Vec<_> = range.filter(|&v| boundary.resolve(v, length) == Some(index)).collect();
                    assert_eq!(found, expected, "{boundary:?} {length} {reach} {index}");
                }
            }
        }
    }

    #[test]
    fn a_single_pixel_is_its_own_mirror() {
        for boundary in [Boundary::Reflect, Boundary::Mirror, Boundary::Replicate] {
            assert!((-5..5).all(|index| boundary.resolve(index, 1) == Some(0)));
        }
    }
}
