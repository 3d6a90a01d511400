//! The source of samples: anything that can decode one when asked.

use gaze_core::Size;

use crate::Experiment;

/// A decoded picture and its gaze, in memory that is used again for the next sample.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The picture's size.
    pub size: Size,
    /// The number of channels: 3 for RGB, 1 for gray.
    pub channels: usize,
    /// The picture, `(height, width, channels)`, row by row: `height · width · channels` bytes.
    pub pixels: Vec<u8>,
    /// The gaze, in pixels of the picture.
    pub experiments: Vec<Experiment>,
}

impl Default for Sample {
    fn default() -> Self {
        Self { size: Size { height: 0, width: 0 }, channels: 3, pixels: Vec::new(), experiments: Vec::new() }
    }
}

/// A list of samples that can be read in any order and by several threads at once.
pub trait SampleSource: Send + Sync + 'static {
    /// The reason why a sample cannot be read.
    type Error: std::error::Error;

    /// The number of samples.
    fn count(&self) -> usize;

    /// Reads a sample: decoding belongs here, on the thread of the caller. What `sample` holds before is left of another
    /// one and may be overwritten in place.
    ///
    /// # Errors
    ///
    /// Whatever keeps this sample from being read; the loader reports it and goes on, or stops, by choice.
    fn read(&self, index: usize, sample: &mut Sample) -> Result<(), Self::Error>;
}
