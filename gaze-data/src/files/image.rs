//! Pictures: sizes from headers, and decoding that never fills in what is missing.
//!
//! The decoders of the `image` crate work under limits of side and memory. Its JPEG decoder fills in gray where a file was
//! cut, so the markers of a JPEG are followed to the end marker first.

use std::{
    fs::File,
    io::{BufReader, Cursor},
    path::Path,
};

use ::image::{DynamicImage, ImageBuffer, ImageError, ImageFormat, ImageReader, Limits, Pixel, error::ImageFormatHint};
use gaze_core::{Size, Stimulus};
use ndarray::{Array2, Array3};

use crate::{DataError, files::folder};

/// The extensions of the pictures that can be decoded, in lower case.
pub(crate) const EXTENSIONS: [&str; 6] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp"];

/// The longest side that is read, in pixels; it is also the longest that a JPEG can have.
pub(crate) const LONGEST_SIDE: usize = 65_535;

/// The memory that decoding one picture may take, and the largest file that is tried, in bytes.
pub(crate) const MEMORY: u64 = 1 << 30;

/// The memory that any picture may take, in bytes, and the memory that it may take in addition for each byte of its file:
/// deflate and JPEG make areas of one color about a thousand times smaller.
const SMALL: u64 = 1 << 24;
const PER_BYTE: u64 = 1 << 12;

/// Returns the limits for decoding a file of `length` bytes.
fn limits(length: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = u32::try_from(LONGEST_SIDE).ok();
    limits.max_image_height = limits.max_image_width;
    limits.max_alloc = Some(length.saturating_mul(PER_BYTE).saturating_add(SMALL).min(MEMORY));
    limits
}

/// Reads the size that a file's header states; `shown` is the file's name in errors.
pub(crate) fn size(path: &Path, shown: &Path) -> Result<Size, DataError> {
    let file = File::open(path).map_err(|cause| folder::io_error(shown, cause))?;
    let found = file.metadata().map_err(|cause| folder::io_error(shown, cause))?.len();
    if found > MEMORY {
        return Err(DataError::TooLarge { path: shown.to_owned(), limit: MEMORY, found });
    }
    let reader = ImageReader::new(BufReader::new(file)).with_guessed_format();
    let reader = reader.map_err(|cause| folder::io_error(shown, cause))?;
    let (width, height) = reader.into_dimensions().map_err(|cause| image_error(shown, cause))?;
    check_sides(Size { height: height as usize, width: width as usize }, shown)
}

/// Reads the size that the header of a picture in memory states.
pub(crate) fn encoded_size(bytes: &[u8], shown: &Path) -> Result<Size, DataError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|cause| folder::io_error(shown, cause))?;
    let (width, height) = reader.into_dimensions().map_err(|cause| image_error(shown, cause))?;
    check_sides(Size { height: height as usize, width: width as usize }, shown)
}

/// Reads a picture and decodes it to 8-bit RGB; the conversions are described at `Dataset::image`.
pub(crate) fn stimulus(path: &Path, shown: &Path) -> Result<Stimulus, DataError> {
    encoded_stimulus(&folder::read(path, shown, MEMORY)?, shown)
}

/// Decodes a picture in memory to 8-bit RGB.
pub(crate) fn encoded_stimulus(bytes: &[u8], shown: &Path) -> Result<Stimulus, DataError> {
    let rgb = decode_bytes(bytes, shown)?.into_rgb8();
    let size = Size { height: rgb.height() as usize, width: rgb.width() as usize };
    let pixels = Array3::from_shape_vec((size.height, size.width, 3), rgb.into_raw());
    let stimulus = Stimulus::new(pixels.expect("a decoded picture has three values per pixel"));
    Ok(stimulus.expect("its sides were checked"))
}

/// Decodes a picture in memory without converting its pixels.
pub(crate) fn decode_bytes(bytes: &[u8], shown: &Path) -> Result<DynamicImage, DataError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|cause| folder::io_error(shown, cause))?;
    if reader.format() == Some(ImageFormat::Jpeg) && !jpeg_has_an_end(bytes) {
        return Err(DataError::Truncated { path: shown.to_owned() });
    }
    reader.limits(limits(bytes.len() as u64));
    let picture = reader.decode().map_err(|cause| image_error(shown, cause))?;
    check_sides(Size { height: picture.height() as usize, width: picture.width() as usize }, shown)?;
    Ok(picture)
}

/// Returns the gray values of a picture as they are stored; three channels must be equal everywhere.
pub(crate) fn gray_values(picture: &DynamicImage, shown: &Path) -> Result<Array2<f64>, DataError> {
    match picture {
        DynamicImage::ImageLuma8(pixels) => gray(pixels, shown),
        DynamicImage::ImageLumaA8(pixels) => gray(pixels, shown),
        DynamicImage::ImageRgb8(pixels) => gray(pixels, shown),
        DynamicImage::ImageRgba8(pixels) => gray(pixels, shown),
        DynamicImage::ImageLuma16(pixels) => gray(pixels, shown),
        DynamicImage::ImageLumaA16(pixels) => gray(pixels, shown),
        DynamicImage::ImageRgb16(pixels) => gray(pixels, shown),
        DynamicImage::ImageRgba16(pixels) => gray(pixels, shown),
        DynamicImage::ImageRgb32F(pixels) => gray(pixels, shown),
        DynamicImage::ImageRgba32F(pixels) => gray(pixels, shown),
        other => {
            let (expected, found) = ("a gray picture", format!("pixels of type {:?}", other.color()));
            Err(DataError::WrongKind { path: shown.to_owned(), expected, found })
        }
    }
}

fn gray<P>(pixels: &ImageBuffer<P, Vec<P::Subpixel>>, shown: &Path) -> Result<Array2<f64>, DataError>
where
    P: Pixel<Subpixel: Into<f64>>,
{
    let mut values = Array2::zeros((pixels.height() as usize, pixels.width() as usize));
    for ((column, row, pixel), value) in pixels.enumerate_pixels().zip(&mut values) {
        let channels = pixel.channels();
        *value = channels[0].into();
        if let &[red, green, blue, ..] = channels
            && (red != green || red != blue)
        {
            let path = shown.to_owned();
            let found = [red, green, blue].map(Into::into);
            return Err(DataError::NotGray { path, row: row as usize, column: column as usize, found });
        }
    }
    Ok(values)
}

fn image_error(shown: &Path, cause: ImageError) -> DataError {
    match cause {
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            DataError::Truncated { path: shown.to_owned() }
        }
        ImageError::Unsupported(error)
            if cfg!(not(feature = "tiff")) && error.format_hint() == ImageFormatHint::Exact(ImageFormat::Tiff) =>
        {
            DataError::WithoutFeature { path: shown.to_owned(), feature: "tiff" }
        }
        cause => DataError::Image { path: shown.to_owned(), cause },
    }
}

fn check_sides(found: Size, shown: &Path) -> Result<Size, DataError> {
    let sides = 1..=LONGEST_SIDE;
    if sides.contains(&found.height) && sides.contains(&found.width) {
        Ok(found)
    } else {
        Err(DataError::Sides { path: shown.to_owned(), found, limit: LONGEST_SIDE })
    }
}

/// Tells whether a JPEG has its end marker. Segments are skipped by their length, so that the end marker of an embedded
/// preview does not count.
fn jpeg_has_an_end(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        // The data of a scan, or padding, ends at the next marker. 00 after FF is a data byte.
        let Some(at) = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff)) else {
            return false;
        };
        let marker = rest[at + 1];
        rest = &rest[at + 2..];
        match marker {
            0xd9 => return true,
            // These markers have no segment: start of image, restarts, TEM.
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(&[high, low]) = rest.first_chunk() else { return false };
                let Some(after) = rest.get(usize::from(u16::from_be_bytes([high, low])).max(2)..) else {
                    return false;
                };
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;
    use ::image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};
    use std::fs;

    const SIZE: Size = Size { height: 24, width: 37 };

    fn picture() -> RgbImage {
        RgbImage::from_fn(37, 24, |x, y| {
            let byte = |value: u32| u8::try_from(value % 256).unwrap();
            Rgb([byte(x * 7), byte(y * 11), byte(x * y * 13)])
        })
    }

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Decodes bytes as a file with a name that says nothing about its format.
    fn read(bytes: &[u8]) -> Result<Stimulus, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        fs::write(&path, bytes).unwrap();
        let (size, stimulus) = (size(&path, Path::new("p")), stimulus(&path, Path::new("p")));
        if let Ok(stimulus) = &stimulus {
            assert_eq!(size.unwrap(), stimulus.size(), "header and content agree");
        }
        stimulus
    }

    const FORMATS: &[ImageFormat] = &[
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        #[cfg(feature = "tiff")]
        ImageFormat::Tiff,
    ];

    #[cfg(not(feature = "tiff"))]
    #[test]
    fn a_tiff_is_refused_with_the_name_of_the_feature() {
        let message = read(b"II\x2a\0\x08\0\0\0\0\0").unwrap_err().to_string();
        assert_eq!(message, "p: this gaze was built without the feature `tiff`");
    }

    #[test]
    fn rows_are_y() {
        for &format in FORMATS {
            let stimulus = read(&encoded(format)).unwrap();
            assert_eq!(stimulus.size(), SIZE);
            if format != ImageFormat::Jpeg {
                assert_eq!(stimulus.pixels()[[3, 30, 0]], 210);
                assert_eq!(stimulus.pixels()[[3, 30, 1]], 33);
            }
        }
    }

    #[track_caller]
    fn check_conversion(picture: impl Into<DynamicImage>, expected: [u8; 3]) {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
        let stimulus = read(bytes.get_ref()).unwrap();
        assert_eq!(stimulus.pixels().iter().copied().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_kind_of_pixel_becomes_rgb() {
        check_conversion(GrayImage::from_pixel(1, 1, Luma([9])), [9, 9, 9]);
        check_conversion(RgbaImage::from_pixel(1, 1, Rgba([1, 2, 3, 0])), [1, 2, 3]);
        // 16 bits are rounded: 257 per step.
        check_conversion(ImageBuffer::<Rgb<u16>, _>::from_pixel(1, 1, Rgb([128, 129, 65_535])), [0, 1, 255]);
    }

    #[test]
    fn a_cut_picture_is_an_error_or_complete() {
        for &format in FORMATS {
            let whole = encoded(format);
            let expected = read(&whole).unwrap();
            let mut errors = 0;
            for length in 0..whole.len() {
                match read(&whole[..length]) {
                    Ok(stimulus) => assert_eq!(stimulus, expected, "{format:?} cut to {length} of {}", whole.len()),
                    Err(_) => errors += 1,
                }
            }
            assert!(errors * 10 > whole.len() * 9, "{format:?}: {errors} errors in {} cuts", whole.len());
        }
    }

    #[test]
    fn a_cut_jpeg_says_so() {
        let whole = encoded(ImageFormat::Jpeg);
        for length in [whole.len() / 2, whole.len() - 2, whole.len() - 1] {
            let message = read(&whole[..length]).unwrap_err().to_string();
            assert_eq!(message, "p: the file ends before the picture does");
        }
    }

    #[test]
    fn the_end_of_a_preview_is_not_the_end_of_the_picture() {
        // A comment segment that holds a complete JPEG, as EXIF previews do.
        let inner = encoded(ImageFormat::Jpeg);
        let mut outer = vec![0xff, 0xd8, 0xff, 0xfe];
        outer.extend(u16::try_from(inner.len() + 2).unwrap().to_be_bytes());
        outer.extend(&inner);
        outer.extend(&inner[2..]);
        assert!(read(&outer).is_ok());
        assert!(!jpeg_has_an_end(&outer[..outer.len() - 2]));
    }

    #[test]
    fn what_follows_the_picture_does_not_matter() {
        for &format in FORMATS {
            let mut bytes = encoded(format);
            bytes.extend(b"\xff\xd8 more");
            assert_eq!(read(&bytes).unwrap().size(), SIZE);
        }
    }

    #[test]
    fn an_absurd_size_is_refused_before_it_is_allocated() {
        // 60,000 x 60,000 would take 10 GiB, and 1,000 times as wide as high 72 MB, which a file of 200 bytes cannot hold;
        // 70,000 is more than any side may have.
        for (width, expected) in [
            (60_000u32, "p: Memory limit exceeded"),
            (400, "p: Memory limit exceeded"),
            (70_000, "p: a picture of 60000x70000 (height x width) pixels is beyond the limits of 1 to 65535 a side"),
        ] {
            let mut bytes = encoded(ImageFormat::Png);
            bytes[16..20].copy_from_slice(&width.to_be_bytes());
            bytes[20..24].copy_from_slice(&60_000u32.to_be_bytes());
            let mut checksum = flate2::Crc::new();
            checksum.update(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&checksum.sum().to_be_bytes());
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("wide");
            fs::write(&path, &bytes).unwrap();
            let error = size(&path, Path::new("p")).and_then(|_| stimulus(&path, Path::new("p"))).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn no_damage_makes_the_decoders_panic() {
        for (seed, &format) in (0..).zip(FORMATS) {
            for bytes in damaged(&encoded(format), 400, seed) {
                let _ = read(&bytes);
            }
        }
    }
}
