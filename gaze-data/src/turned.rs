//! The decision whether images with an EXIF orientation are turned, for a whole dataset.
//!
//! Gaze refers to the pixels of an image either in the order of the file, as most software for experiments shows it, or as a
//! browser shows it. Fixations that lie on one of the two only tell which.

use gaze_core::Fixation;

use crate::{Dataset, files::image::Header};

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
    /// Reads the gaze on all images that viewers turn.
    pub(crate) fn decide(dataset: &Dataset) -> Self {
        let mut evidence = Self::default();
        for index in 0..dataset.stimuli().len() {
            let Some(header) = dataset.header(index).filter(Header::is_turned) else { continue };
            evidence.images += 1;
            let raw = dataset.written_gaze(index).into_iter().filter_map(|gaze| gaze.scanpaths.ok()).flatten();
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
                format!("they are turned, as {turned_only} fixations lie on the turned images only")
            }
            (0, _) => format!("the turn is ignored, as {stored_only} fixations lie on the stored images only"),
            _ => format!(
                "the turn is ignored, though {turned_only} fixations lie on the turned images only and {stored_only} on the \
                 stored ones only"
            ),
        };
        Some(format!("{images} images have an EXIF orientation by which viewers turn them: {decision}"))
    }
}
