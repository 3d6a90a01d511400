//! One thread's share of the samples: every n-th, in order.

use std::sync::{
    Arc,
    mpsc::{Receiver, SyncSender},
};

use ndarray::{ArrayView3, ArrayViewMut2, ArrayViewMut3};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{
    batches::SampleError,
    settings::LoaderSettings,
    source::{Sample, SampleSource},
};
use crate::{Augmentation, PictureValue, Rasterizer, Renderer, Report, TargetError};

/// A sample as it goes to its batch, in memory that comes back.
#[derive(Debug, Default)]
pub(super) struct Made<T> {
    pub(super) picture: Vec<T>,
    pub(super) target: Vec<f32>,
}

/// A sample with what is to be said about it.
#[derive(Debug)]
pub(super) struct Delivery<T> {
    pub(super) made: Made<T>,
    pub(super) augmentation: Augmentation,
    pub(super) outcome: Result<Report, SampleError>,
}

/// The state of a thread.
pub(super) struct Worker<S, T> {
    pub(super) source: Arc<S>,
    pub(super) settings: LoaderSettings,
    pub(super) order: Arc<Vec<usize>>,
    /// This thread's first place in the order, and the distance to its next.
    pub(super) first: usize,
    pub(super) step: usize,
    pub(super) renderer: Renderer,
    pub(super) rasterizer: Rasterizer,
    pub(super) deliveries: SyncSender<Delivery<T>>,
    pub(super) returned: Receiver<Made<T>>,
}

impl<S: SampleSource, T: PictureValue> Worker<S, T> {
    /// Makes samples until there are no more, or nobody wants them.
    pub(super) fn run(mut self) {
        let mut sample = Sample::default();
        for position in (self.first..self.order.len()).step_by(self.step) {
            let index = self.order[position];
            let mut random = generator(&self.settings, position as u64);
            let drawn = self.settings.augmentation.draw(&mut random);
            let augmentation = self.settings.overrides.apply(drawn);
            let mut made = self.returned.try_recv().unwrap_or_default();
            let outcome = self.make(index, &augmentation, &mut sample, &mut made, &mut random);
            if outcome.is_err() {
                self.fill(&mut made);
            }
            if self.deliveries.send(Delivery { made, augmentation, outcome }).is_err() {
                return;
            }
        }
    }

    fn make(
        &mut self,
        index: usize,
        augmentation: &Augmentation,
        sample: &mut Sample,
        made: &mut Made<T>,
        random: &mut ChaCha8Rng,
    ) -> Result<Report, SampleError> {
        self.source.read(index, sample).map_err(|error| SampleError::Source(error.to_string()))?;
        let (size, channels) = (sample.size, sample.channels);
        let shape = (size.height, size.width, channels);
        let wrong = || SampleError::Pixels { size, channels, found: sample.pixels.len() };
        let picture = ArrayView3::from_shape(shape, &sample.pixels).map_err(|_| wrong())?;
        if picture.len() != sample.pixels.len() {
            return Err(wrong());
        }

        let (settings, target) = (&self.settings.picture, &self.settings.target);
        let shape = (settings.color_space.channels(), settings.size.height, settings.size.width);
        made.picture.resize(shape.0 * shape.1 * shape.2, T::default());
        made.target.resize(target.target.pixels(), 0.0);
        let rendered = ArrayViewMut3::from_shape(shape, &mut made.picture).expect("it was made this long");
        let map = ArrayViewMut2::from_shape(target.target.dim(), &mut made.target).expect("it was made this long");
        self.renderer.render_into(picture, augmentation, random, rendered).map_err(SampleError::Picture)?;
        let geometry = self.settings.target_overrides.apply(*augmentation).geometry;
        let result = self.rasterizer.rasterize_into(size, &geometry, &sample.experiments, random, map);
        result.map_err(|error: TargetError| SampleError::Target(error))
    }

    fn fill(&self, made: &mut Made<T>) {
        let settings = &self.settings.picture;
        made.picture.clear();
        for channel in 0..settings.color_space.channels() {
            let value = T::from_level(settings.background[channel]);
            made.picture.extend(std::iter::repeat_n(value, settings.size.pixels()));
        }
        made.target.clear();
        made.target.resize(self.settings.target.target.pixels(), self.settings.target_fill);
    }
}

/// A generator for one position of one epoch: it depends on nothing that was drawn before.
pub(super) fn generator(settings: &LoaderSettings, position: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    random.set_stream((u64::from(settings.epoch) << 32) | (position & u64::from(u32::MAX)));
    random
}
