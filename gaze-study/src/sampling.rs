//! Scanpaths drawn from a model: each fixation from its density after those before it.

use gaze_core::{Fixation, LogDensity, ModelError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Looked;

/// A fixation that was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampledFixation {
    /// The upper left corner of the pixel that was drawn.
    pub fixation: Fixation,
    /// The natural logarithm of the pixel's probability under the density that it was drawn from.
    pub log_likelihood: f64,
}

/// Draws `count` scanpaths of `length` fixations each, which go on after `history` (the oldest first).
///
/// A pixel is drawn from the density of the next fixation and becomes part of the scanpath's history. The model has looked
/// at the picture once and does not look again. A scanpath depends on the seed and its own number alone: more scanpaths
/// begin with the same ones.
///
/// # Errors
///
/// The reason that keeps the model from predicting.
pub fn sample_scanpaths(
    looked: &Looked<'_>,
    history: &[Fixation],
    count: usize,
    length: usize,
    seed: u64,
) -> Result<Vec<Vec<SampledFixation>>, ModelError> {
    if count == 0 || length == 0 {
        return Ok(vec![Vec::new(); count]);
    }
    let first = looked.log_density(history)?;
    let scanpath = |number: u64| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number);
        let mut fixations = history.to_vec();
        let mut sampled = vec![draw(&first, random.random())];
        while sampled.len() < length {
            fixations.extend(sampled.last().map(|last| last.fixation));
            sampled.push(draw(&looked.log_density(&fixations)?, random.random()));
        }
        Ok(sampled)
    };
    (0..count as u64).map(scanpath).collect()
}

/// Finds the pixel at the share `place`, from 0 to below 1, of the density's mass in row-major order.
fn draw(density: &LogDensity<'_>, place: f64) -> SampledFixation {
    let values = density.as_slice();
    let probabilities: Vec<f64> = values.iter().map(|value| value.exp()).collect();
    // The sum is near 1, and is computed as it is searched, so that the last pixel is found at the latest.
    let target = place * probabilities.iter().sum::<f64>();
    let mut sum = 0.0;
    let reached = probabilities.iter().position(|probability| {
        sum += probability;
        sum > target
    });
    let possible = || values.iter().rposition(|value| *value > f64::NEG_INFINITY);
    let index = reached.or_else(possible).expect("a density has mass");
    let width = density.size().width;
    let fixation = Fixation { x: (index % width) as f64, y: (index / width) as f64 };
    SampledFixation { fixation, log_likelihood: values[index] }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use gaze_core::{Look, Prediction, SaliencyModel, Size, Stimulus, Viewing};
    use ndarray::{Array2, Array3, array};

    use super::*;
    use crate::{Model, Question};

    /// Looks one column to the right of the last fixation, in any row.
    #[derive(Debug, Default)]
    struct Reader {
        looks: AtomicUsize,
    }

    #[derive(Debug)]
    struct Page(Size);

    impl SaliencyModel for Reader {
        fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
            self.look(viewing)?.predict(viewing.history)
        }

        fn look<'a>(&'a self, viewing: &Viewing<'_>) -> Result<Box<dyn Look + 'a>, ModelError> {
            // The second look fails.
            if self.looks.fetch_add(1, Ordering::Relaxed) > 0 {
                return Err("it looked again".into());
            }
            Ok(Box::new(Page(viewing.size)))
        }

        fn takes_history(&self) -> bool {
            true
        }
    }

    impl Look for Page {
        fn predict(&self, history: &[Fixation]) -> Result<Prediction, ModelError> {
            let next = history.last().and_then(|last| last.pixel(self.0)).map_or(0, |last| last.column + 1);
            let weights = Array2::from_shape_fn(self.0.dim(), |(_, x)| f64::from(x == next));
            Ok(Prediction::Density(LogDensity::from_weights(weights)?))
        }
    }

    #[test]
    fn each_fixation_is_drawn_after_those_before_it_and_the_picture_is_looked_at_once() {
        let picture = Stimulus::new(Array3::zeros((50, 9, 3))).unwrap();
        let model = Model::custom("reader", Box::new(Reader::default()));
        let looked = model.look(&Question::of_picture(&picture)).unwrap();
        let history = [Fixation { x: 2.0, y: 7.0 }];
        let drawn = sample_scanpaths(&looked, &history, 3, 5, 1).unwrap();
        for scanpath in &drawn {
            let columns: Vec<f64> = scanpath.iter().map(|sampled| sampled.fixation.x).collect();
            assert_eq!(columns, [3.0, 4.0, 5.0, 6.0, 7.0]);
            assert!(scanpath.iter().all(|sampled| (sampled.log_likelihood + 50_f64.ln()).abs() < 1e-12));
        }
        assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
        // The same seed gives the same, and fewer are the first of more.
        assert_eq!(sample_scanpaths(&looked, &history, 2, 5, 1).unwrap(), drawn[..2]);
        assert_ne!(sample_scanpaths(&looked, &history, 3, 5, 2).unwrap(), drawn);
        assert_eq!(sample_scanpaths(&looked, &history, 2, 0, 1).unwrap(), [Vec::new(), Vec::new()]);
    }

    #[test]
    fn pixels_are_drawn_as_often_as_they_are_likely() {
        let density = LogDensity::from_weights(array![[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]).unwrap();
        let drawn = |place: f64| {
            let Fixation { x, y } = draw(&density, place).fixation;
            (x, y)
        };
        assert_eq!(
            [0.0, 0.24, 0.26, 0.74, 0.76].map(drawn),
            [(1.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 0.0), (0.0, 1.0)]
        );
        // The largest place is never beyond the last pixel that has mass.
        assert_eq!(drawn(1.0), (0.0, 1.0));
        assert!((draw(&density, 0.5).log_likelihood - 0.5_f64.ln()).abs() < 1e-15);
    }
}
