//! The iterator over batches, and what it says about samples that are not in them.

use std::{
    any::Any,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
    thread::{self, JoinHandle},
};

use gaze_core::Size;
use ndarray::{Array3, Array4};
use rand::RngExt as _;
use thiserror::Error;

use super::{
    settings::{BadSamples, LastBatch, LoaderSettings, Order},
    source::SampleSource,
    worker::{Delivery, Made, Worker, generator},
};
use crate::{Augmentation, PictureValue, Rasterizer, Renderer, Report, TargetError};

/// The reason why a sample could not be made.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The source could not read it.
    #[error("{0}")]
    Source(String),
    /// The source gave another number of bytes than the picture it says it is.
    #[error("a picture of {size} (height x width) with {channels} channels does not have {found} bytes")]
    Pixels {
        /// The size the source gave.
        size: Size,
        /// The channels it gave.
        channels: usize,
        /// The bytes it gave.
        found: usize,
    },
    /// The picture could not be rendered.
    #[error(transparent)]
    Picture(TargetError),
    /// The target could not be made.
    #[error(transparent)]
    Target(TargetError),
}

/// A sample that could not be made, and where it would be.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("sample {index}: {error}")]
pub struct BadSample {
    /// The row of the sample in the batch.
    pub row: usize,
    /// The index of the sample in the source.
    pub index: usize,
    /// The reason.
    pub error: SampleError,
}

/// The reason why there are no more batches.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoaderError {
    /// The settings are none.
    #[error(transparent)]
    Settings(#[from] TargetError),
    /// A batch of no samples was asked for.
    #[error("a batch has at least 1 sample")]
    EmptyBatch,
    /// A sample could not be made, and the settings say to stop.
    #[error(transparent)]
    Sample(#[from] BadSample),
    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(String),
    /// The source panicked.
    #[error("the source of samples panicked: {0}")]
    Panicked(String),
}

/// Samples side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<T> {
    /// The pictures, `(samples, channels, height, width)`.
    pub pictures: Array4<T>,
    /// The targets, `(samples, height, width)`.
    pub targets: Array3<f32>,
    /// The place of each sample in the source.
    pub indices: Vec<usize>,
    /// The augmentation of each sample, also to bad ones: rows and entries always agree.
    pub augmentations: Vec<Augmentation>,
    /// The report on each target; nothing for a bad sample.
    pub reports: Vec<Option<Report>>,
    /// The bad samples, whose rows hold fill values.
    pub bad: Vec<BadSample>,
}

/// An iterator over one epoch of batches.
///
/// Thread *w* of *n* makes the samples *w*, *w + n*, *w + 2n*, … of the order, and the batches are put together from the
/// threads in turn. Each sample has a random generator of its own, made of seed, epoch and position. So the batches are
/// the same for every number of threads. At most `threads · (samples_ahead + 2)` samples are in memory besides the batch;
/// their memory goes back to the threads, so that only the batches themselves are allocated.
///
/// # Example
///
/// ```
/// use std::convert::Infallible;
///
/// use gaze_core::{Fixation, Size};
/// use gaze_targets::{Batches, Experiment, LoaderSettings, PictureSettings, RasterSettings, Sample, SampleSource};
///
/// struct Gray;
///
/// impl SampleSource for Gray {
///     type Error = Infallible;
///
///     fn count(&self) -> usize {
///         5
///     }
///
///     fn read(&self, index: usize, sample: &mut Sample) -> Result<(), Infallible> {
///         // A real source decodes a file here.
///         sample.size = Size { height: 60, width: 80 };
///         sample.pixels.clear();
///         sample.pixels.resize(60 * 80 * 3, 128);
///         let locations = vec![Fixation { x: 40.0, y: 10.0 * index as f64 }];
///         sample.experiments = vec![Experiment { locations, fixations: None }];
///         Ok(())
///     }
/// }
///
/// let size = Size { height: 30, width: 40 };
/// let settings = LoaderSettings {
///     batch_size: 2,
///     ..LoaderSettings::new(PictureSettings::new(size), RasterSettings::new(size))
/// };
/// let batches: Vec<_> = Batches::<f32>::new(Gray, settings)?.collect::<Result<_, _>>()?;
/// assert_eq!(batches[0].pictures.dim(), (2, 3, 30, 40));
/// assert_eq!(batches[2].targets.dim(), (1, 30, 40));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Batches<T> {
    settings: LoaderSettings,
    order: Arc<Vec<usize>>,
    /// The next sample, as a place in the order.
    position: usize,
    lanes: Vec<Lane<T>>,
}

/// The way to a thread and back.
#[derive(Debug)]
struct Lane<T> {
    deliveries: Receiver<Delivery<T>>,
    returned: Sender<Made<T>>,
    thread: JoinHandle<()>,
}

impl<T: PictureValue> Batches<T> {
    /// Starts the threads on one epoch of a source.
    ///
    /// # Errors
    ///
    /// [`LoaderError::Settings`] for settings of picture, target or augmentation that are none,
    /// [`LoaderError::EmptyBatch`], [`LoaderError::Thread`].
    pub fn new(source: impl SampleSource, settings: LoaderSettings) -> Result<Self, LoaderError> {
        settings.augmentation.check()?;
        if settings.batch_size == 0 {
            return Err(LoaderError::EmptyBatch);
        }
        let source = Arc::new(source);
        let mut order: Vec<usize> = (0..source.count()).collect();
        if settings.order == Order::Shuffled {
            // A position that no sample has.
            let mut random = generator(&settings, u64::from(u32::MAX));
            for place in (1..order.len()).rev() {
                order.swap(place, random.random_range(0..=place));
            }
        }
        if settings.last_batch == LastBatch::Drop {
            order.truncate(order.len() / settings.batch_size * settings.batch_size);
        }
        let order = Arc::new(order);
        let cores = || thread::available_parallelism().map_or(1, usize::from);
        let threads = if settings.threads == 0 { cores() } else { settings.threads };
        let threads = threads.min(order.len()).max(1);
        let mut batches = Self { settings, order, position: 0, lanes: Vec::with_capacity(threads) };
        for first in 0..threads {
            let lane = batches.start(&source, first, threads)?;
            batches.lanes.push(lane);
        }
        Ok(batches)
    }

    fn start(&self, source: &Arc<impl SampleSource>, first: usize, step: usize) -> Result<Lane<T>, LoaderError> {
        let (to_batch, deliveries) = sync_channel(self.settings.samples_ahead);
        let (returned, to_worker) = channel();
        let worker = Worker {
            source: Arc::clone(source),
            settings: self.settings.clone(),
            order: Arc::clone(&self.order),
            first,
            step,
            renderer: Renderer::new(self.settings.picture)?,
            rasterizer: Rasterizer::new(self.settings.target)?,
            deliveries: to_batch,
            returned: to_worker,
        };
        let thread = thread::Builder::new().name(format!("gaze-loader-{first}")).spawn(move || worker.run());
        let thread = thread.map_err(|error| LoaderError::Thread(error.to_string()))?;
        Ok(Lane { deliveries, returned, thread })
    }

    /// The number of batches that are still to come, if no error comes first.
    #[must_use]
    pub fn remaining(&self) -> usize {
        (self.order.len() - self.position).div_ceil(self.settings.batch_size)
    }

    fn next_batch(&mut self) -> Result<Batch<T>, LoaderError> {
        let rows = self.settings.batch_size.min(self.order.len() - self.position);
        let (picture, target) = (&self.settings.picture, self.settings.target.target);
        let channels = picture.color_space.channels();
        let mut pictures = Vec::with_capacity(rows * channels * picture.size.pixels());
        let mut targets = Vec::with_capacity(rows * target.pixels());
        let (mut indices, mut augmentations) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let (mut reports, mut bad) = (Vec::with_capacity(rows), Vec::new());
        for row in 0..rows {
            let index = self.order[self.position];
            let place = self.position % self.lanes.len();
            let lane = &self.lanes[place];
            let Ok(Delivery { made, augmentation, outcome }) = lane.deliveries.recv() else {
                let lane = self.lanes.swap_remove(place);
                let panic = lane.thread.join().err();
                return Err(LoaderError::Panicked(panic.map_or_else(String::new, |panic| text(&*panic))));
            };
            self.position += 1;
            pictures.extend_from_slice(&made.picture);
            targets.extend_from_slice(&made.target);
            // A thread that is done needs no memory any more.
            drop(lane.returned.send(made));
            indices.push(index);
            augmentations.push(augmentation);
            match outcome {
                Ok(report) => reports.push(Some(report)),
                Err(error) => {
                    let sample = BadSample { row, index, error };
                    if self.settings.bad_samples == BadSamples::Stop {
                        return Err(sample.into());
                    }
                    reports.push(None);
                    bad.push(sample);
                }
            }
        }
        let (height, width) = picture.size.dim();
        let pictures = Array4::from_shape_vec((rows, channels, height, width), pictures);
        let targets = Array3::from_shape_vec((rows, target.height, target.width), targets);
        let pictures = pictures.expect("every sample has the picture's size");
        let targets = targets.expect("every sample has the target's size");
        Ok(Batch { pictures, targets, indices, augmentations, reports, bad })
    }
}

impl<T: PictureValue> Iterator for Batches<T> {
    type Item = Result<Batch<T>, LoaderError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.order.len() {
            return None;
        }
        let batch = self.next_batch();
        if batch.is_err() {
            // After an error there is nothing more.
            self.position = self.order.len();
        }
        Some(batch)
    }
}

impl<T> Drop for Batches<T> {
    fn drop(&mut self) {
        for Lane { deliveries, thread, .. } in self.lanes.drain(..) {
            // A thread that waits to deliver wakes up and ends.
            drop(deliveries);
            // A panic of the source was reported, unless nobody was there to receive the report.
            drop(thread.join());
        }
    }
}

/// The message of a panic.
fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{
        fmt,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::{Blur, Experiment, MixtureRng, PictureSettings, RasterSettings, Sample, Splat};
    use gaze_core::Fixation;

    /// Pictures of one gray each; the sample at `bad` cannot be read, the one at `blind` has no gaze.
    #[derive(Default)]
    struct Grays {
        bad: Option<usize>,
        blind: Option<usize>,
        panics: Option<usize>,
        read: Arc<AtomicUsize>,
    }

    #[derive(Debug)]
    struct Unreadable;

    impl fmt::Display for Unreadable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the file is cut off")
        }
    }

    impl std::error::Error for Unreadable {}

    impl SampleSource for Grays {
        type Error = Unreadable;

        fn count(&self) -> usize {
            23
        }

        fn read(&self, index: usize, sample: &mut Sample) -> Result<(), Unreadable> {
            self.read.fetch_add(1, Ordering::Relaxed);
            assert_ne!(self.panics, Some(index), "a bug in the source");
            if self.bad == Some(index) {
                return Err(Unreadable);
            }
            sample.size = Size { height: 40 + index, width: 60 };
            sample.pixels.clear();
            sample.pixels.resize((40 + index) * 60 * 3, u8::try_from(index * 10).unwrap());
            let locations = vec![Fixation { x: 30.0, y: 20.0 }, Fixation { x: 20.5, y: index as f64 }];
            let fixations = (self.blind == Some(index)).then(Vec::new);
            sample.experiments.clear();
            sample.experiments.push(Experiment { locations, fixations });
            Ok(())
        }
    }

    fn settings(threads: usize) -> LoaderSettings {
        let size = Size { height: 20, width: 24 };
        let picture = PictureSettings { background: [1, 2, 3], ..PictureSettings::new(size) };
        let target =
            RasterSettings { splat: Splat::Bilinear, blur: Blur::Pixels(1.5), ..RasterSettings::new((10, 12).into()) };
        LoaderSettings { threads, batch_size: 4, ..LoaderSettings::new(picture, target) }
    }

    fn load(source: Grays, settings: LoaderSettings) -> Vec<Batch<u8>> {
        Batches::new(source, settings).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let settings = |threads| LoaderSettings {
            augmentation: MixtureRng::all(),
            order: Order::Shuffled,
            seed: 5,
            epoch: 2,
            ..settings(threads)
        };
        let one = load(Grays::default(), settings(1));
        assert_eq!(one.len(), 6);
        for threads in [2, 3, 7, 40] {
            assert_eq!(load(Grays { ..Grays::default() }, settings(threads)), one, "{threads} threads");
        }
        // Another epoch, another order and other draws.
        let other = load(Grays::default(), LoaderSettings { epoch: 3, ..settings(2) });
        let indices =
            |batches: &[Batch<u8>]| batches.iter().flat_map(|batch| batch.indices.clone()).collect::<Vec<_>>();
        assert_ne!(indices(&one), indices(&other));
        let mut all = indices(&one);
        all.sort_unstable();
        assert_eq!(all, (0..23).collect::<Vec<_>>());
        assert_ne!(one[0].augmentations[0], other[0].augmentations[0]);
        // Every sample has draws of its own, and another seed has others.
        assert_ne!(one[0].augmentations[0], one[0].augmentations[1]);
        let other = load(Grays::default(), LoaderSettings { seed: 6, ..settings(2) });
        assert_ne!(one[0].augmentations[0], other[0].augmentations[0]);
        assert_ne!(indices(&one), indices(&other));
    }

    #[test]
    fn rows_are_samples_in_order() {
        let batches = load(Grays::default(), settings(3));
        for (position, index) in batches.iter().flat_map(|batch| &batch.indices).enumerate() {
            assert_eq!(position, *index);
        }
        let batch = &batches[1];
        assert_eq!(batch.pictures.dim(), (4, 3, 20, 24));
        for (row, index) in batch.indices.iter().enumerate() {
            assert_eq!(usize::from(batch.pictures[[row, 1, 10, 12]]), index * 10);
            assert_eq!(batch.reports[row].unwrap().kept, 2);
            assert!(batch.targets.index_axis(ndarray::Axis(0), row).sum() > 1.0);
        }
        assert_eq!(batches.last().unwrap().indices, [20, 21, 22]);
        let whole = load(Grays::default(), LoaderSettings { last_batch: LastBatch::Drop, ..settings(3) });
        assert_eq!(whole, batches[..5]);
    }

    #[test]
    fn bad_samples_are_filled_and_reported() {
        let source = Grays { bad: Some(5), blind: Some(6), ..Grays::default() };
        let batches = load(source, LoaderSettings { target_fill: -1.0, ..settings(2) });
        let good = load(Grays::default(), settings(2));
        assert_eq!(batches[0], good[0]);
        let batch = &batches[1];
        let said: Vec<_> = batch.bad.iter().map(|bad| (bad.row, bad.to_string())).collect();
        let blind = "sample 6: no gaze point is left of 0 in 1 experiments (dropped: none)";
        assert_eq!(said, [(1, "sample 5: the file is cut off".to_owned()), (2, blind.to_owned())]);
        for row in [1, 2] {
            assert!(batch.reports[row].is_none());
            assert_eq!(batch.pictures[[row, 2, 7, 7]], 3);
            assert!(batch.targets.index_axis(ndarray::Axis(0), row).iter().all(|&value| value < -0.5));
        }
        for row in [0, 3] {
            let axis = ndarray::Axis(0);
            assert_eq!(batch.pictures.index_axis(axis, row), good[1].pictures.index_axis(axis, row));
            assert_eq!(batch.targets.index_axis(axis, row), good[1].targets.index_axis(axis, row));
        }
    }

    #[test]
    fn a_bad_sample_ends_the_iteration_if_asked() {
        let settings = LoaderSettings { bad_samples: BadSamples::Stop, ..settings(2) };
        let mut batches = Batches::<f32>::new(Grays { bad: Some(9), ..Grays::default() }, settings).unwrap();
        assert_eq!(batches.remaining(), 6);
        assert!(batches.next().unwrap().is_ok() && batches.next().unwrap().is_ok());
        assert_eq!(batches.next().unwrap().unwrap_err().to_string(), "sample 9: the file is cut off");
        assert!(batches.next().is_none());
    }

    #[test]
    fn a_panic_of_the_source_is_an_error() {
        let mut batches = Batches::<u8>::new(Grays { panics: Some(2), ..Grays::default() }, settings(2)).unwrap();
        let error = batches.next().unwrap().unwrap_err().to_string();
        assert!(
            error.starts_with("the source of samples panicked: ") && error.contains("a bug in the source"),
            "{error}"
        );
        assert!(batches.next().is_none());
    }

    #[test]
    fn no_more_is_read_ahead_than_was_allowed() {
        let read = Arc::new(AtomicUsize::new(0));
        let source = Grays { read: Arc::clone(&read), ..Grays::default() };
        let settings = LoaderSettings { samples_ahead: 1, batch_size: 2, ..settings(2) };
        let mut batches = Batches::<u8>::new(source, settings).unwrap();
        batches.next().unwrap().unwrap();
        drop(batches);
        // Two in the batch; each of two threads may have one waiting and one in hand.
        assert!(read.load(Ordering::Relaxed) <= 6);
    }

    #[test]
    fn what_cannot_be_loaded_says_why() {
        let new = |settings| Batches::<u8>::new(Grays::default(), settings).unwrap_err().to_string();
        assert_eq!(new(LoaderSettings { batch_size: 0, ..settings(1) }), "a batch has at least 1 sample");
        let mut wrong = settings(1);
        wrong.target.sample_ratio = 2.0;
        assert_eq!(new(wrong), "the sample ratio must lie in [0, 1], not 2");
        let mut wrong = settings(1);
        wrong.augmentation.probability = -1.0;
        assert_eq!(new(wrong), "the probability must lie in [0, 1], not -1");
    }
}
