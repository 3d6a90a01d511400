//! Pictures: sizes from headers, and decoding that never fills in what is missing.
//!
//! The decoders of the `image` crate work under limits of side, number of pixels and memory, which are compared with the header
//! before anything is decoded. Its JPEG decoder fills in gray where a file was cut, so the markers of a JPEG are followed to the
//! end marker first. The first picture of an animated GIF or WebP is read.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Seek},
    path::Path,
};

use ::image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Pixel,
    error::ImageFormatHint, metadata::Orientation,
};
use gaze_core::{Size, Stimulus};
use ndarray::{Array2, Array3};

use crate::{Background, DataError, files::folder};

/// The extensions of the pictures that can be decoded, in lower case.
pub(crate) const EXTENSIONS: [&str; 12] =
    ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp", "gif", "pgm", "ppm", "pnm", "pbm"];

/// The longest side that is read, in pixels; it is also the longest that a JPEG can have.
pub(crate) const LONGEST_SIDE: usize = 65_535;

/// The memory that decoding one picture may take, and the largest file that is tried, in bytes.
pub(crate) const MEMORY: u64 = 1 << 30;

/// The most pixels that are read: as many as have room in [`MEMORY`] with three bytes each.
const MOST_PIXELS: usize = (MEMORY / 3) as usize;

/// The memory that any picture may take, in bytes, and the memory that it may take in addition for each byte of its file:
/// deflate and JPEG make areas of one color about a thousand times smaller.
const SMALL: u64 = 1 << 24;
const PER_BYTE: u64 = 1 << 12;

/// Returns the memory in bytes that decoding a file of `length` bytes may take.
pub(crate) fn most_memory(length: u64) -> u64 {
    length.saturating_mul(PER_BYTE).saturating_add(SMALL).min(MEMORY)
}

/// Returns the limits for decoding a file of `length` bytes.
fn limits(length: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = u32::try_from(LONGEST_SIDE).ok();
    limits.max_image_height = limits.max_image_width;
    limits.max_alloc = Some(most_memory(length));
    limits
}

/// The header of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The size as the pixels are stored.
    pub(crate) size: Size,
    /// The way in which viewers turn the picture, from its EXIF data.
    pub(crate) orientation: Orientation,
    /// Whether the picture has room for transparency.
    pub(crate) has_alpha: bool,
}

impl Header {
    /// Returns the size of the picture once it is turned.
    pub(crate) fn turned_size(&self) -> Size {
        turned_size(self.size, self.orientation)
    }

    /// Tells whether viewers show the picture otherwise than it is stored.
    pub(crate) fn is_turned(&self) -> bool {
        self.orientation != Orientation::NoTransforms
    }
}

fn turned_size(size: Size, orientation: Orientation) -> Size {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => Size { height: size.width, width: size.height },
        _ => size,
    }
}

/// Reads a picture's header; `shown` is the file's name in errors.
pub(crate) fn header(path: &Path, shown: &Path) -> Result<Header, DataError> {
    let file = File::open(path).map_err(|cause| folder::io_error(shown, cause))?;
    let found = file.metadata().map_err(|cause| folder::io_error(shown, cause))?.len();
    if found > MEMORY {
        return Err(DataError::TooLarge { path: shown.to_owned(), limit: MEMORY, found });
    }
    read_header(BufReader::new(file), found, shown)
}

/// Reads the size that a file's header states; `shown` is the file's name in errors.
pub(crate) fn size(path: &Path, shown: &Path) -> Result<Size, DataError> {
    header(path, shown).map(|header| header.size)
}

/// Reads the size that the header of a picture in memory states.
pub(crate) fn encoded_size(bytes: &[u8], shown: &Path) -> Result<Size, DataError> {
    read_header(Cursor::new(bytes), bytes.len() as u64, shown).map(|header| header.size)
}

fn read_header(input: impl BufRead + Seek, length: u64, shown: &Path) -> Result<Header, DataError> {
    let mut decoder = decoder(input, length, shown)?;
    let (width, height) = decoder.dimensions();
    let size = check_sides(Size { height: height as usize, width: width as usize }, shown)?;
    // A damaged description of the camera turns nothing.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Header { size, orientation, has_alpha: decoder.color_type().has_alpha() })
}

/// Opens a picture under the limits for a file of `length` bytes.
fn decoder<'a>(
    input: impl BufRead + Seek + 'a,
    length: u64,
    shown: &Path,
) -> Result<impl ImageDecoder + 'a, DataError> {
    let mut reader = ImageReader::new(input).with_guessed_format().map_err(|cause| folder::io_error(shown, cause))?;
    if reader.format().is_none_or(|format| !format.reading_enabled() && format != ImageFormat::Tiff) {
        let mut input = reader.into_inner();
        let beginning = input.fill_buf().map_err(|cause| folder::io_error(shown, cause))?;
        return Err(DataError::NoPicture { path: shown.to_owned(), found: unread(beginning) });
    }
    // The sides are checked by the header, with a message of their own.
    let mut limits = limits(length);
    (limits.max_image_width, limits.max_image_height) = (None, None);
    reader.limits(limits);
    reader.into_decoder().map_err(|cause| image_error(shown, cause))
}

/// Names the type of a file that is not read by its first bytes.
fn unread(bytes: &[u8]) -> &'static str {
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f' | b's', ..] => "AVIF pictures",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => "HEIC pictures",
        [0, 0, 0, 12, b'J', b'X', b'L', ..] | [0xff, 0x0a, ..] => "JPEG XL pictures",
        [0, 0, 0, 12, b'j', b'P', ..] => "JPEG 2000 pictures",
        [b'8', b'B', b'P', b'S', ..] => "Photoshop pictures",
        [b'%', b'P', b'D', b'F', ..] => "PDF files",
        [b'<', ..] => "SVG and other files of text",
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', ..] => {
            "files of git's large file storage, which stand for a picture,"
        }
        [0x80, 2..=5, ..] => "pickled objects (torch.save, pickle)",
        _ => "files of this type",
    }
}

/// Turns a picture into 8-bit RGB, and lays it over a background where it is transparent. Tells also whether it is transparent
/// anywhere.
pub(crate) fn rgb(picture: DynamicImage, background: Background) -> (Stimulus, bool) {
    let mut is_transparent = false;
    let rgb = if picture.color().has_alpha() {
        let picture = picture.into_rgba8();
        let (width, height) = picture.dimensions();
        let mut pixels = Vec::with_capacity(3 * width as usize * height as usize);
        for pixel in picture.pixels() {
            let [red, green, blue, alpha] = pixel.0;
            is_transparent |= alpha != u8::MAX;
            pixels.extend(
                [(red, 0), (green, 1), (blue, 2)].map(|(value, channel)| over(value, background.rgb()[channel], alpha)),
            );
        }
        ImageBuffer::from_raw(width, height, pixels).expect("three values per pixel")
    } else {
        picture.into_rgb8()
    };
    let size = Size { height: rgb.height() as usize, width: rgb.width() as usize };
    let pixels = Array3::from_shape_vec((size.height, size.width, 3), rgb.into_raw());
    let stimulus = Stimulus::new(pixels.expect("a decoded picture has three values per pixel"));
    (stimulus.expect("its sides were checked"), is_transparent)
}

/// Lays a value over another, as viewers do: `alpha` of 255 is opaque.
fn over(value: u8, below: u8, alpha: u8) -> u8 {
    let (value, below, alpha) = (u32::from(value), u32::from(below), u32::from(alpha));
    let sum = value * alpha + below * (255 - alpha);
    u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
}

/// Decodes a picture in memory without converting its pixels; returns also how viewers turn it.
pub(crate) fn decode(bytes: &[u8], shown: &Path) -> Result<(DynamicImage, Orientation), DataError> {
    if bytes.starts_with(&[0xff, 0xd8]) && !jpeg_has_an_end(bytes) {
        return Err(DataError::Truncated { path: shown.to_owned() });
    }
    let mut decoder = decoder(Cursor::new(bytes), bytes.len() as u64, shown)?;
    let (width, height) = decoder.dimensions();
    check_sides(Size { height: height as usize, width: width as usize }, shown)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut limits = limits(bytes.len() as u64);
    limits.reserve(decoder.total_bytes()).map_err(|cause| image_error(shown, cause))?;
    decoder.set_limits(limits).map_err(|cause| image_error(shown, cause))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|cause| image_error(shown, cause))?;
    Ok((picture, orientation))
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
    if !sides.contains(&found.height) || !sides.contains(&found.width) {
        return Err(DataError::Sides { path: shown.to_owned(), found, limit: LONGEST_SIDE });
    }
    check_pixels(found.width as u64, found.height as u64, shown)?;
    Ok(found)
}

/// Refuses a picture that has more pixels than are read.
pub(crate) fn check_pixels(width: u64, height: u64, shown: &Path) -> Result<(), DataError> {
    if width.saturating_mul(height) <= MOST_PIXELS as u64 {
        return Ok(());
    }
    let side = |side: u64| usize::try_from(side).unwrap_or(usize::MAX);
    let found = Size { height: side(height), width: side(width) };
    Err(DataError::Pixels { path: shown.to_owned(), found, limit: MOST_PIXELS })
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

    fn stimulus(path: &Path, shown: &Path) -> Result<Stimulus, DataError> {
        Ok(rgb(decode(&folder::read(path, shown, MEMORY)?, shown)?.0, Background::WHITE).0)
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
        ImageFormat::WebP,
        ImageFormat::Pnm,
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
        check_conversion(RgbaImage::from_pixel(1, 1, Rgba([1, 2, 3, 255])), [1, 2, 3]);
        // 16 bits are rounded: 257 per step.
        check_conversion(ImageBuffer::<Rgb<u16>, _>::from_pixel(1, 1, Rgb([128, 129, 65_535])), [0, 1, 255]);
    }

    /// The values are those of the rule for compositing: `round((255·color·share + 255·white·(1 − share)) / 255)`.
    #[test]
    fn what_is_transparent_shows_the_background() {
        let picture = RgbaImage::from_fn(3, 1, |x, _| Rgba([200, 100, 0, [0, 128, 255][x as usize]]));
        for (background, expected) in [
            (Background::WHITE, [[255, 255, 255], [227, 177, 127], [200, 100, 0]]),
            ("#000000".parse().unwrap(), [[0, 0, 0], [100, 50, 0], [200, 100, 0]]),
        ] {
            let (stimulus, is_transparent) = rgb(picture.clone().into(), background);
            assert_eq!(stimulus.pixels().iter().copied().collect::<Vec<_>>(), expected.concat());
            assert!(is_transparent);
        }
        let opaque = RgbaImage::from_pixel(1, 1, Rgba([1, 2, 3, 255]));
        assert!(!rgb(opaque.into(), Background::WHITE).1);
    }

    #[test]
    fn a_file_of_another_type_is_named_with_what_is_read() {
        let heic = [b"\0\0\0\x18ftypheic".as_slice(), &[0; 64]].concat();
        let avif = [b"\0\0\0\x18ftypavif".as_slice(), &[0; 64]].concat();
        for (bytes, found) in
            [(heic.as_slice(), "HEIC pictures"), (&avif, "AVIF pictures"), (b"<svg/>", "SVG and other files of text")]
        {
            let message = read(bytes).unwrap_err().to_string();
            assert_eq!(message, format!("p: {found} are not read; save it as png, jpg, tiff, webp, gif, bmp or pnm"));
        }
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
            (
                60_000u32,
                "p: a picture of 60000x60000 (height x width) has 3600000000 pixels, more than the limit of 357913941",
            ),
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
