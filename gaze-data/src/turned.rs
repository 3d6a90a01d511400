//! The decision whether images with an EXIF orientation are turned, for a whole dataset.
//!
//! Gaze refers to the pixels of an image either in the order of the file, as most software for experiments shows it, or as a
//! browser shows it. Fixations that lie on one of the two only tell which.

use gaze_core::Fixation;

use crate::{GroupGaze, files::image::Header};

/// The evidence in the gaze of a dataset about images that viewers turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Turned {
    /// The number of images that viewers turn.
    images: usize,
    /// The number of fixations that lie on the turned image only.
    turned_only: usize,
    /// The number of fixations that lie on the image as it is stored only.
    stored_only: usize,
}

impl Turned {
    /// Collects the evidence of images that viewers turn, each with the gaze on it as it is written.
    pub(crate) fn of(images: impl Iterator<Item = (Header, Vec<GroupGaze>)>) -> Self {
        let mut evidence = Self::default();
        for (header, gaze) in images {
            evidence.images += 1;
            let raw = gaze.into_iter().filter_map(|gaze| gaze.scanpaths.ok()).flatten();
            for fixation in raw.flat_map(|scanpath| scanpath.fixations) {
                let point = Fixation { x: fixation.x, y: fixation.y };
                match (point.pixel(header.turned_size()), point.pixel(header.size)) {
                    (Some(_), None) => evidence.turned_only += 1,
                    (None, Some(_)) => evidence.stored_only += 1,
                    _ => {}
                }
            }
        }
        evidence
    }

    /// Tells whether images are turned: some gaze fits them only turned, and none only as they are stored.
    pub(crate) fn are_shown(self) -> bool {
        self.turned_only > 0 && self.stored_only == 0
    }

    /// Says what was decided, if there are such images.
    pub(crate) fn note(self) -> Option<String> {
        let Self { images, turned_only, stored_only } = self;
        if images == 0 {
            return None;
        }
        let decision = match (turned_only, stored_only) {
            (0, 0) => {
                "the turn is ignored, as gaze refers to stored pixels; nothing in the gaze says otherwise".to_owned()
            }
            (1.., 0) => {
                format!("they are turned, as gaze lies on the turned images only ({turned_only} fixations)")
            }
            (0, _) => format!("the turn is ignored, as gaze lies on the stored images only ({stored_only} fixations)"),
            _ => format!(
                "the turn is ignored, though gaze lies on the turned images only ({turned_only} fixations) and on the stored \
                 ones only ({stored_only})"
            ),
        };
        let count = if images == 1 { "1 image has".to_owned() } else { format!("{images} images have") };
        Some(format!("{count} an EXIF orientation by which viewers turn pictures: {decision}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::Dataset;
    use ::image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};
    use std::fs;

    /// A JPEG of 8 x 6 pixels, red in its upper left quarter, that viewers turn by a quarter (orientation 6: the left border is
    /// shown at the top, to the right). Its EXIF data are a little-endian TIFF with one entry: tag 0x0112, one number of 16 bits.
    fn phone() -> Vec<u8> {
        let pixels =
            RgbImage::from_fn(8, 6, |x, y| ::image::Rgb(if x < 4 && y < 3 { [255, 0, 0] } else { [0, 0, 255] }));
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        let exif = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(&pixels, 8, 6, ExtendedColorType::Rgb8).unwrap();
        bytes
    }

    fn dataset(rows: &str) -> Dataset {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("images")).unwrap();
        fs::write(folder.path().join("images/p.jpg"), phone()).unwrap();
        fs::write(folder.path().join("images/q.jpg"), phone()).unwrap();
        fs::write(folder.path().join("fixations.csv"), format!("image,x,y\n{rows}")).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        // What is read lazily is read while the folder is there.
        let _ = (dataset.notes(), dataset.image(0), dataset.image(1));
        assert_eq!(dataset.image(0).map(|image| image.size()).ok(), dataset.image_size(0).ok());
        std::mem::forget(folder);
        dataset
    }

    #[track_caller]
    fn check(rows: &str, size: (usize, usize), decision: &str) {
        let dataset = dataset(rows);
        assert_eq!(dataset.image_size(0).unwrap().dim(), size);
        assert_eq!(dataset.image_size(1).unwrap().dim(), size, "one decision for all");
        let prefix = "2 images have an EXIF orientation by which viewers turn pictures: ";
        assert!(dataset.notes().contains(&format!("{prefix}{decision}")), "{:?}", dataset.notes());
        let pixels = dataset.image(0).unwrap();
        // The red quarter is at the upper left as it is stored, and at the upper right as it is shown.
        let reddest = |row: usize, column: usize| pixels.pixels()[[row, column, 0]] > 128;
        assert_eq!((reddest(1, 1), reddest(1, size.1 - 2)), if size == (6, 8) { (true, false) } else { (false, true) });
    }

    #[test]
    fn gaze_decides_whether_images_are_turned() {
        let nothing = "the turn is ignored, as gaze refers to stored pixels; nothing in the gaze says otherwise";
        check("p,1,1\nq,5,5\n", (6, 8), nothing);
        check("p,1,7\nq,1,1\n", (8, 6), "they are turned, as gaze lies on the turned images only (1 fixations)");
        check("p,7,1\n", (6, 8), "the turn is ignored, as gaze lies on the stored images only (1 fixations)");
        let both = "the turn is ignored, though gaze lies on the turned images only (1 fixations) and on the stored ones only (1)";
        check("p,7,1\nq,1,7\n", (6, 8), both);
    }

    #[test]
    fn a_single_picture_is_turned_as_it_is_shown() {
        use crate::{Background, Turning, decode_image};
        for (turning, size) in [(Turning::AsShown, (8, 6)), (Turning::AsStored, (6, 8))] {
            let image = decode_image(&phone(), std::path::Path::new("p"), turning, Background::WHITE).unwrap();
            assert_eq!((image.stimulus.size().dim(), image.is_turned), (size, turning == Turning::AsShown));
        }
    }
}
