//! The steps from a decoded picture to an array that a network takes, in their order.

use gaze_core::Size;
use ndarray::{Array3, ArrayView3, ArrayViewMut3};
use rand::{Rng, RngExt as _};

use super::{
    color::{ColorSpace, level},
    curve::curve,
    noise::add_noise,
    warp::{Sampling, Warper},
};
use crate::{Augmentation, Boundary, TargetError, kernel::Taps, raster::convolve::Convolver};

/// The number of samples along a side of each pixel of a rendered picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureSupersampling {
    /// The reduction, rounded up, but at most 3.
    Auto,
    /// A given number, 1 to 64.
    Fixed(u32),
}

/// The settings of rendered pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureSettings {
    /// The size of the result.
    pub size: Size,
    /// Samples per pixel.
    pub supersampling: PictureSupersampling,
    /// The color beyond the picture's border; for a picture of one channel, the first.
    pub background: [u8; 3],
    /// The channels of the result.
    pub color_space: ColorSpace,
}

impl PictureSettings {
    /// RGB on black, with up to 3 × 3 samples a pixel.
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self { size, supersampling: PictureSupersampling::Auto, background: [0; 3], color_space: ColorSpace::Rgb }
    }
}

/// A number that a rendered picture can be made of: 0 to 255, as `u8` or as `f32`.
pub trait PictureValue: Copy + Default + Send + 'static {
    /// The number for a level.
    fn from_level(level: u8) -> Self;
}

impl PictureValue for u8 {
    fn from_level(level: u8) -> Self {
        level
    }
}

impl PictureValue for f32 {
    fn from_level(level: u8) -> Self {
        level.into()
    }
}

/// Renders pictures, and keeps its memory from one to the next.
///
/// ```text
/// warp (k × k samples a pixel) ─▶ curves, noise and blur in random order ─▶ color space ─▶ channels first
/// ```
///
/// # Reference
///
/// `ImageWorker` of crumpets 3.0.0a5 (MIT licence) with its bugs mended (pictures that are not square, noise, gray).
/// OpenCV, which it uses, interpolates on a grid of 1/32 pixel and rounds each sample: levels differ by 1 to 3 at most.
///
/// # Example
///
/// ```
/// use gaze_core::Size;
/// use gaze_targets::{Augmentation, PictureSettings, Renderer};
/// use ndarray::Array3;
/// use rand::SeedableRng;
/// use rand_chacha::ChaCha8Rng;
///
/// let photograph = Array3::<u8>::from_elem((60, 80, 3), 200);
/// let mut renderer = Renderer::new(PictureSettings::new(Size { height: 30, width: 40 }))?;
/// let mut random = ChaCha8Rng::seed_from_u64(0);
/// let picture = renderer.render::<f32>(photograph.view(), &Augmentation::default(), &mut random)?;
/// assert_eq!(picture.dim(), (3, 30, 40));
/// # Ok::<(), gaze_targets::TargetError>(())
/// ```
#[derive(Debug)]
pub struct Renderer {
    settings: PictureSettings,
    warper: Warper,
    canvas: Vec<u8>,
    /// A source whose rows do not follow one another.
    source: Vec<u8>,
    noise: Vec<f32>,
    taps: Taps,
    convolver: Convolver,
    blurred: Vec<f32>,
}

/// A blur narrower than this fraction of the width is not seen; as in crumpets.
const NARROWEST_BLUR: f64 = 0.1 / 448.0;

/// The reach at which OpenCV cuts kernels for 8-bit pictures, in standard deviations.
const REACH: f64 = 3.0;

impl Renderer {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`TargetError::EmptySize`], [`TargetError::TooLarge`], and [`TargetError::OutOfRange`] for a supersampling of 0 or
    /// beyond 64.
    pub fn new(settings: PictureSettings) -> Result<Self, TargetError> {
        let size = settings.size;
        if size.pixels() == 0 {
            return Err(TargetError::EmptySize { what: "rendered picture", size });
        }
        if size.pixels() > crate::RasterSettings::LARGEST_PIXELS {
            return Err(TargetError::TooLarge { size, factor: 1.0 });
        }
        if let PictureSupersampling::Fixed(factor) = settings.supersampling
            && !(1..=64).contains(&factor)
        {
            let (quantity, found) = ("the supersampling", f64::from(factor));
            return Err(TargetError::OutOfRange { quantity, found, lowest: 1.0, largest: 64.0 });
        }
        Ok(Self {
            settings,
            warper: Warper::default(),
            canvas: Vec::new(),
            source: Vec::new(),
            noise: Vec::new(),
            taps: Taps::default(),
            convolver: Convolver::default(),
            blurred: Vec::new(),
        })
    }

    /// The settings of rendered pictures.
    #[must_use]
    pub fn settings(&self) -> &PictureSettings {
        &self.settings
    }

    /// Renders a picture of shape `(height, width, channels)`, with 3 channels or 1, to `(channels, height, width)`.
    ///
    /// # Errors
    ///
    /// As [`Renderer::render_into`].
    pub fn render<T: PictureValue>(
        &mut self,
        picture: ArrayView3<'_, u8>,
        augmentation: &Augmentation,
        random: &mut (impl Rng + ?Sized),
    ) -> Result<Array3<T>, TargetError> {
        let size = self.settings.size;
        let channels = channels_of(&picture, self.settings.color_space)?;
        let mut rendered = Array3::from_elem((channels, size.height, size.width), T::default());
        self.render_into(picture, augmentation, random, rendered.view_mut())?;
        Ok(rendered)
    }

    /// Renders to an array of shape `(channels, height, width)`. A picture of one channel stays one, whatever the color
    /// space.
    ///
    /// # Errors
    ///
    /// [`TargetError::Channels`] for a picture that has neither 3 channels nor 1 or an array with another number of them
    /// than the result, [`TargetError::Shape`] for an array of another size, and those of [`Augmentation::check`] and
    /// [`Geometry::reduction`](crate::Geometry::reduction). The array is then as it was.
    pub fn render_into<T: PictureValue>(
        &mut self,
        picture: ArrayView3<'_, u8>,
        augmentation: &Augmentation,
        random: &mut (impl Rng + ?Sized),
        mut rendered: ArrayViewMut3<'_, T>,
    ) -> Result<(), TargetError> {
        augmentation.check()?;
        let size = self.settings.size;
        let expected = channels_of(&picture, self.settings.color_space)?;
        let (found, height, width) = rendered.dim();
        if found != expected {
            return Err(TargetError::Channels { what: "the array to render to", expected, found });
        }
        if (height, width) != size.dim() {
            let (expected, found) = (size, (height, width).into());
            return Err(TargetError::Shape { what: "rendered picture", expected, found });
        }
        self.warp(picture, augmentation)?;
        let channels = picture.dim().2;
        self.change(augmentation, channels, random)?;
        if channels == 3 && self.settings.color_space != ColorSpace::Rgb {
            for pixel in self.canvas.as_chunks_mut::<3>().0 {
                *pixel = self.settings.color_space.convert(*pixel);
            }
        }
        for (channel, mut plane) in rendered.outer_iter_mut().enumerate() {
            for (value, pixel) in plane.iter_mut().zip(self.canvas.chunks_exact(channels)) {
                *value = T::from_level(pixel[channel]);
            }
        }
        Ok(())
    }

    fn warp(&mut self, picture: ArrayView3<'_, u8>, augmentation: &Augmentation) -> Result<(), TargetError> {
        let (height, width, channels) = picture.dim();
        let (source, size) = (Size { height, width }, self.settings.size);
        let reduction = augmentation.geometry.reduction(source, size)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 64")]
        let factor = match self.settings.supersampling {
            PictureSupersampling::Auto => reduction.ceil().clamp(1.0, 3.0) as usize,
            PictureSupersampling::Fixed(factor) => factor as usize,
        };
        let samples = Size { height: size.height * factor, width: size.width * factor };
        let transform = augmentation.geometry.target_to_source(source, samples)?;
        self.canvas.clear();
        self.canvas.resize(size.pixels() * channels, 0);
        let (background, interpolation) = (self.settings.background, augmentation.interpolation);
        let copied;
        let picture = if picture.is_standard_layout() {
            picture
        } else {
            self.source.clear();
            self.source.extend(picture.iter());
            copied = ArrayView3::from_shape((height, width, channels), &self.source);
            copied.expect("as many values as the shape has")
        };
        let sampling = Sampling { transform, interpolation, factor, background };
        self.warper.warp(picture, &sampling, size.dim(), &mut self.canvas);
        Ok(())
    }

    /// Curves, noise and blur, in random order.
    fn change(
        &mut self,
        augmentation: &Augmentation,
        channels: usize,
        random: &mut (impl Rng + ?Sized),
    ) -> Result<(), TargetError> {
        let mut order = [0, 1, 2];
        order.swap(0, random.random_range(0..3));
        order.swap(1, random.random_range(1..3));
        let Size { height, width } = self.settings.size;
        for step in order {
            match (step, augmentation.noise, augmentation.blur) {
                (0, ..) => self.apply_curves(augmentation, channels),
                (1, Some(strength), _) => {
                    let dim = (height, width, channels);
                    add_noise(&mut self.canvas, dim, strength, &mut self.noise, random);
                }
                (2, _, Some(blur)) if blur > NARROWEST_BLUR => self.blur(blur * width as f64, channels)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn apply_curves(&mut self, augmentation: &Augmentation, channels: usize) {
        let Augmentation { gamma_gray, gamma_color, contrast, .. } = *augmentation;
        // Colors of a gray picture are not changed.
        let gamma_color = gamma_color.filter(|_| channels == 3);
        if gamma_gray.is_none() && gamma_color.is_none() && contrast.is_none() {
            return;
        }
        let (gray, color) = (gamma_gray.unwrap_or(1.0), gamma_color.unwrap_or([1.0; 3]));
        let curves = color.map(|color| curve(gray * color, contrast.unwrap_or(0.0)));
        for pixel in self.canvas.chunks_exact_mut(channels) {
            pixel.iter_mut().zip(&curves).for_each(|(value, curve)| *value = curve[usize::from(*value)]);
        }
    }

    fn blur(&mut self, sigma_px: f64, channels: usize) -> Result<(), TargetError> {
        let taps = self.taps.opencv(sigma_px, REACH)?;
        let dim = self.settings.size.dim();
        self.blurred.resize(dim.0 * dim.1, 0.0);
        for channel in 0..channels {
            let values = self.canvas.iter().skip(channel).step_by(channels).map(|&value| f32::from(value));
            self.convolver.blur_map(values, taps, Boundary::Mirror, dim, &mut self.blurred);
            let values = self.canvas.iter_mut().skip(channel).step_by(channels);
            values.zip(&self.blurred).for_each(|(value, &blurred)| *value = level(blurred));
        }
        Ok(())
    }
}

/// The channels of the rendered picture.
fn channels_of(picture: &ArrayView3<'_, u8>, color_space: ColorSpace) -> Result<usize, TargetError> {
    match picture.dim().2 {
        3 => Ok(color_space.channels()),
        1 => Ok(1),
        found => Err(TargetError::Channels { what: "a picture", expected: 3, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interpolation, RasterSettings, Rasterizer, geometry::tests::geometries};
    use gaze_core::Fixation;
    use ndarray::{Array3, ArrayView2, s};
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SOURCE: Size = Size { height: 240, width: 320 };
    const SIZE: Size = Size { height: 100, width: 140 };

    fn random() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(8)
    }

    fn linear() -> Augmentation {
        Augmentation { interpolation: Interpolation::Linear, ..Augmentation::default() }
    }

    /// The mass of a map and its center.
    fn center(map: ArrayView2<'_, f32>) -> (f64, f64, f64) {
        let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
        for ((row, column), &value) in map.indexed_iter() {
            mass += f64::from(value);
            x += f64::from(value) * column as f64;
            y += f64::from(value) * row as f64;
        }
        (mass, x / mass, y / mass)
    }

    proptest! {
        #[test]
        fn a_dot_and_the_map_of_its_fixations_stay_together(
            geometry in geometries(), x in 60usize..260, y in 60usize..180,
        ) {
            const RADIUS: usize = 9;
            let mut photograph = Array3::<u8>::zeros((SOURCE.height, SOURCE.width, 3));
            let mut gaze = Vec::new();
            for row in y - RADIUS..=y + RADIUS {
                for column in x - RADIUS..=x + RADIUS {
                    if row.abs_diff(y).pow(2) + column.abs_diff(x).pow(2) <= RADIUS * RADIUS {
                        photograph.slice_mut(s![row, column, ..]).fill(255);
                        gaze.push(Fixation { x: column as f64, y: row as f64 });
                    }
                }
            }
            let augmentation = Augmentation { geometry, ..linear() };
            let mut renderer = Renderer::new(PictureSettings::new(SIZE)).unwrap();
            let picture = renderer.render::<f32>(photograph.view(), &augmentation, &mut random()).unwrap();
            let settings = RasterSettings { splat: crate::Splat::Bilinear, ..RasterSettings::new(SIZE) };
            let mut rasterizer = Rasterizer::new(settings).unwrap();
            let (map, report) = rasterizer.rasterize(SOURCE, &geometry, &[gaze], &mut random()).unwrap();
            // A dot partly cropped has another center for points than for pixels.
            let border = [map.row(0), map.row(SIZE.height - 1), map.column(0), map.column(SIZE.width - 1)];
            prop_assume!(report.dropped.total() == 0 && border.iter().all(|line| line.sum() <= 0.0));
            let (_, px, py) = center(picture.index_axis(ndarray::Axis(0), 0));
            let (_, mx, my) = center(map.view());
            prop_assert!((px - mx).abs() <= 0.5 && (py - my).abs() <= 0.5, "({px}, {py}) and ({mx}, {my})");
        }
    }

    #[test]
    fn a_mirror_leaves_its_first_column_to_the_background() {
        let photograph = Array3::from_shape_fn((1, 4, 1), |(_, x, _)| u8::try_from(10 + x).unwrap());
        let settings = PictureSettings { background: [7; 3], ..PictureSettings::new((1, 4).into()) };
        let mut mirror = linear();
        mirror.geometry.mirror_horizontal = true;
        let picture = Renderer::new(settings).unwrap().render::<u8>(photograph.view(), &mirror, &mut random()).unwrap();
        assert_eq!(picture.as_slice().unwrap(), [7, 13, 12, 11]);
    }

    #[test]
    fn a_picture_of_its_own_size_is_itself() {
        let photograph =
            Array3::from_shape_fn((9, 13, 3), |(y, x, c)| u8::try_from((y * 31 + x * 17 + c * 97) % 256).unwrap());
        for interpolation in
            [Interpolation::Nearest, Interpolation::Linear, Interpolation::Cubic, Interpolation::Lanczos]
        {
            let mut renderer = Renderer::new(PictureSettings::new((9, 13).into())).unwrap();
            let augmentation = Augmentation { interpolation, ..linear() };
            // The layout of its memory makes no difference.
            let turned = photograph.clone().permuted_axes([1, 0, 2]).as_standard_layout().into_owned();
            for view in [photograph.view(), turned.view().permuted_axes([1, 0, 2])] {
                let picture = renderer.render::<u8>(view, &augmentation, &mut random()).unwrap();
                assert_eq!(picture, photograph.view().permuted_axes([2, 0, 1]));
            }
        }
    }

    #[test]
    fn gray_is_one_channel_of_any_picture() {
        let settings = PictureSettings { color_space: ColorSpace::Gray, ..PictureSettings::new((4, 4).into()) };
        let mut renderer = Renderer::new(settings).unwrap();
        for channels in [1, 3] {
            let photograph = Array3::from_elem((8, 8, channels), 100);
            let picture = renderer.render::<u8>(photograph.view(), &linear(), &mut random()).unwrap();
            assert_eq!(picture, Array3::from_elem((1, 4, 4), 100));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_picture() {
        let photograph = Array3::from_elem((40, 50, 3), 100);
        let augmentation =
            Augmentation { noise: Some(0.1), blur: Some(0.02), contrast: Some(0.5), gamma_gray: Some(1.3), ..linear() };
        let mut renderer = Renderer::new(PictureSettings::new((20, 25).into())).unwrap();
        let mut render = |seed| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            renderer.render::<u8>(photograph.view(), &augmentation, &mut random).unwrap()
        };
        let first = render(1);
        assert_ne!(first, render(2));
        assert_eq!(first, render(1));
    }

    #[test]
    fn what_cannot_be_rendered_says_why() {
        let mut renderer = Renderer::new(PictureSettings::new((4, 4).into())).unwrap();
        let mut message = |picture: &Array3<u8>, rendered: &mut Array3<u8>, augmentation: &Augmentation| {
            let result = renderer.render_into(picture.view(), augmentation, &mut random(), rendered.view_mut());
            result.unwrap_err().to_string()
        };
        let (good, mut fits) = (Array3::zeros((8, 8, 3)), Array3::zeros((3, 4, 4)));
        assert_eq!(message(&Array3::zeros((8, 8, 4)), &mut fits, &linear()), "a picture has 3 channels, not 4");
        assert_eq!(
            message(&Array3::zeros((0, 8, 3)), &mut fits, &linear()),
            "the image is 0x8 (height x width): it has no pixel"
        );
        assert_eq!(
            message(&good, &mut Array3::zeros((1, 4, 4)), &linear()),
            "the array to render to has 3 channels, not 1"
        );
        assert_eq!(
            message(&good, &mut Array3::zeros((3, 5, 4)), &linear()),
            "the array is 5x4 (height x width), the rendered picture 4x4"
        );
        let blurred = Augmentation { blur: Some(1e6), ..linear() };
        assert_eq!(message(&good, &mut fits, &blurred), "sigma must be positive and at most 10000 pixels, not 4000000");
        let noisy = Augmentation { noise: Some(1.1), ..linear() };
        assert_eq!(message(&good, &mut fits, &noisy), "the noise must lie in [0, 1], not 1.1");
        let settings = PictureSettings::new((4, 4).into());
        let none = PictureSettings { supersampling: PictureSupersampling::Fixed(0), ..settings };
        assert!(Renderer::new(none).is_err());
        assert!(Renderer::new(PictureSettings { size: (0, 1).into(), ..settings }).is_err());
    }
}
