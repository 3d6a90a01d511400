//! The geometric transform of a picture and its gaze on the way to a target: turned, scaled, cropped and mirrored.

use gaze_core::Size;

use crate::{Affine, TargetError};

/// The side of the picture that fills the target before `scale` is applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fit {
    /// The target is filled; the longer side of the picture is cropped.
    #[default]
    Shortest,
    /// The whole picture is seen; the rest of the target is background.
    Longest,
}

/// The parameters of the one transform that picture and gaze go through.
///
/// ```text
/// M = T(sw + |sw − tw·r|·shift_x, sh + |sh − th·r|·shift_y) · R(angle) · D · S · T(−tw, −th)      target → source
///
/// (sw, sh), (tw, th)   half the source's and half the target's width and height
/// r                    min(sh / th, sw / tw) / scale for Fit::Shortest, max for Fit::Longest
/// D                    diag(±r·aspect, ±r / aspect), negative where mirrored
/// S                    [[1, shear_x], [shear_y, 1]]
/// ```
///
/// Gaze goes the other way, through the inverse: [`Geometry::source_to_target`]. A point at whole numbers is the center
/// of a pixel, and the center of a picture is half its size, so a mirror sends `x` to `width − x` and its first column
/// beyond the border, in picture and gaze alike.
///
/// # Reference
///
/// The augmentation of crumpets 3.0.0a5 (MIT licence); crumpets sends its points through `M` itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    /// Turns the picture counter-clockwise as seen on a screen, in degrees.
    pub angle_degrees: f64,
    /// Enlarges the picture; positive.
    pub scale: f64,
    /// Squeezes horizontally and stretches vertically by this factor; positive.
    pub aspect: f64,
    /// Moves the crop; ±1 puts it flush with the right or left border.
    pub shift_x: f64,
    /// Moves the crop; ±1 puts it flush with the lower or upper border.
    pub shift_y: f64,
    /// The distance that `x` moves for a step in `y`.
    pub shear_x: f64,
    /// The distance that `y` moves for a step in `x`.
    pub shear_y: f64,
    /// `true` if left and right are exchanged.
    pub mirror_horizontal: bool,
    /// `true` if up and down are exchanged.
    pub mirror_vertical: bool,
    /// The side that fills the target.
    pub fit: Fit,
}

impl Default for Geometry {
    fn default() -> Self {
        Self {
            angle_degrees: 0.0,
            scale: 1.0,
            aspect: 1.0,
            shift_x: 0.0,
            shift_y: 0.0,
            shear_x: 0.0,
            shear_y: 0.0,
            mirror_horizontal: false,
            mirror_vertical: false,
            fit: Fit::Shortest,
        }
    }
}

impl Geometry {
    fn check(&self) -> Result<(), TargetError> {
        let finite = [
            ("the angle", self.angle_degrees),
            ("the horizontal shift", self.shift_x),
            ("the vertical shift", self.shift_y),
            ("the horizontal shear", self.shear_x),
            ("the vertical shear", self.shear_y),
        ];
        for (quantity, found) in finite {
            if !found.is_finite() {
                return Err(TargetError::NotFinite { quantity, found });
            }
        }
        for (quantity, found) in [("the scale", self.scale), ("the aspect", self.aspect)] {
            if !(found > 0.0 && found.is_finite()) {
                return Err(gaze_core::NotPositive { quantity, found }.into());
            }
        }
        Ok(())
    }

    /// The number of source pixels that one target pixel spans, before `aspect` and shear.
    ///
    /// # Errors
    ///
    /// [`TargetError::EmptySize`] for a size without pixels, [`TargetError::NotFinite`] and
    /// [`TargetError::NotPositive`] for a parameter that is no such number.
    pub fn reduction(&self, source: Size, target: Size) -> Result<f64, TargetError> {
        self.check()?;
        for (what, size) in [("image", source), ("target", target)] {
            if size.pixels() == 0 {
                return Err(TargetError::EmptySize { what, size });
            }
        }
        let vertical = source.height as f64 / target.height as f64;
        let horizontal = source.width as f64 / target.width as f64;
        let ratio = match self.fit {
            Fit::Shortest => vertical.min(horizontal),
            Fit::Longest => vertical.max(horizontal),
        };
        Ok(ratio / self.scale)
    }

    /// The transform from pixels of the target to places in the source, with which an image is sampled.
    ///
    /// # Errors
    ///
    /// As [`Geometry::reduction`].
    pub fn target_to_source(&self, source: Size, target: Size) -> Result<Affine, TargetError> {
        let reduction = self.reduction(source, target)?;
        let (sw, sh) = (source.width as f64 / 2.0, source.height as f64 / 2.0);
        let (tw, th) = (target.width as f64 / 2.0, target.height as f64 / 2.0);
        let center = Affine::translation(
            sw + (sw - tw * reduction).abs() * self.shift_x,
            sh + (sh - th * reduction).abs() * self.shift_y,
        );
        let (sin, cos) = self.angle_degrees.to_radians().sin_cos();
        let turn = Affine::linear([[cos, -sin], [sin, cos]]);
        let sign = |mirrored: bool| if mirrored { -1.0 } else { 1.0 };
        let scale = Affine::linear([
            [reduction * self.aspect * sign(self.mirror_horizontal), 0.0],
            [0.0, reduction / self.aspect * sign(self.mirror_vertical)],
        ]);
        let shear = Affine::linear([[1.0, self.shear_x], [self.shear_y, 1.0]]);
        Ok(center.after(&turn).after(&scale).after(&shear).after(&Affine::translation(-tw, -th)))
    }

    /// The transform from points of the source to places in the target, with which gaze is moved.
    ///
    /// # Errors
    ///
    /// As [`Geometry::reduction`], and [`TargetError::Singular`] if the shear presses the picture onto a line.
    pub fn source_to_target(&self, source: Size, target: Size) -> Result<Affine, TargetError> {
        self.target_to_source(source, target)?.inverse()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOURCE: Size = Size { height: 60, width: 80 };
    const TARGET: Size = Size { height: 60, width: 60 };

    #[track_caller]
    fn check(geometry: Geometry, (x, y): (f64, f64), expected: (f64, f64)) {
        let found = geometry.source_to_target(SOURCE, TARGET).unwrap().apply(x, y);
        // Rounding of a dozen products of numbers below 100.
        assert!((found.0 - expected.0).abs() + (found.1 - expected.1).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn without_parameters_the_middle_is_cropped() {
        check(Geometry::default(), (10.0, 0.0), (0.0, 0.0));
        check(Geometry::default(), (40.0, 30.0), (30.0, 30.0));
    }

    #[test]
    fn every_parameter_moves_the_picture_as_it_says() {
        let base = Geometry::default();
        check(Geometry { mirror_horizontal: true, ..base }, (10.0, 5.0), (60.0, 5.0));
        check(Geometry { mirror_vertical: true, ..base }, (10.0, 5.0), (0.0, 55.0));
        check(Geometry { scale: 2.0, ..base }, (50.0, 30.0), (50.0, 30.0));
        check(Geometry { shift_x: 1.0, ..base }, (80.0, 0.0), (60.0, 0.0));
        check(Geometry { aspect: 2.0, ..base }, (50.0, 40.0), (35.0, 50.0));
        check(Geometry { fit: Fit::Longest, ..base }, (80.0, 30.0), (60.0, 30.0));
        // Counter-clockwise: what was to the right is above.
        check(Geometry { angle_degrees: 90.0, ..base }, (50.0, 30.0), (30.0, 20.0));
        check(Geometry { shear_x: 0.5, ..base }, (45.0, 40.0), (30.0, 40.0));
    }

    #[test]
    fn a_parameter_that_is_no_number_is_refused() {
        let message = |geometry: Geometry| geometry.source_to_target(SOURCE, TARGET).unwrap_err().to_string();
        let base = Geometry::default();
        assert_eq!(message(Geometry { scale: 0.0, ..base }), "the scale must be a positive number, not 0");
        assert_eq!(message(Geometry { aspect: -1.0, ..base }), "the aspect must be a positive number, not -1");
        assert_eq!(message(Geometry { angle_degrees: f64::NAN, ..base }), "the angle must be a finite number, not NaN");
        assert_eq!(
            message(Geometry { shear_x: 1.0, shear_y: 1.0, ..base }),
            "the transform is singular: its determinant is 0"
        );
        let empty = base.reduction(SOURCE, Size { height: 0, width: 3 }).unwrap_err();
        assert_eq!(empty.to_string(), "the target is 0x3 (height x width): it has no pixel");
    }

    /// Any transform that an augmentation may draw.
    pub(crate) fn geometries() -> impl Strategy<Value = Geometry> {
        let linear = (-180.0..180.0, 0.4f64..3.0, 0.6f64..1.6, -0.3..0.3, -0.3..0.3);
        let rest = (-1.0..1.0, -1.0..1.0, any::<bool>(), any::<bool>(), any::<bool>());
        (linear, rest).prop_map(
            |((angle_degrees, scale, aspect, shear_x, shear_y), (shift_x, shift_y, h, v, longest))| {
                let fit = if longest { Fit::Longest } else { Fit::Shortest };
                let (mirror_horizontal, mirror_vertical) = (h, v);
                Geometry {
                    angle_degrees,
                    scale,
                    aspect,
                    shift_x,
                    shift_y,
                    shear_x,
                    shear_y,
                    mirror_horizontal,
                    mirror_vertical,
                    fit,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_transform_and_its_inverse_are_the_identity(geometry in geometries(), x in -50.0..200.0, y in -50.0..200.0) {
            let there = geometry.source_to_target(SOURCE, TARGET).unwrap();
            let back = geometry.target_to_source(SOURCE, TARGET).unwrap();
            let (tx, ty) = there.apply(x, y);
            let (bx, by) = back.apply(tx, ty);
            // Coordinates of a few thousand, conditions below a hundred.
            prop_assert!((bx - x).abs() + (by - y).abs() < 1e-9, "{bx} {by}");
        }
    }
}
