//! The gold standard, the density of the other observers' fixations on an image: how well people predict people.

use gaze_core::{
    Fixations, LogDensity, SaliencyMap, Size,
    numeric::{Loop, vectorized},
};
use ndarray::Array2;

use crate::{
    Boundary, GaussianKernel, TargetError,
    bandwidth::same_size,
    blur::{ROWS, SpreadRows},
    empirical_map,
};

/// The density that is mixed with the observers' fixations, so that few people on one image do not rule out all other
/// places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prior<'a> {
    /// The uniform density with this weight, in 0 ..= 1.
    UniformShare(f64),
    /// The center bias, given by its probabilities, counts as one more observer: its weight is `1 / (n + 1)` beside `n`
    /// observers with fixations. Without a center bias the uniform density takes its place.
    OneMoreObserver(Option<&'a SaliencyMap<'a>>),
}

/// The gold standard of one image: for each observer, the density of all others' fixations.
///
/// ```text
/// p(pixel) = (1 − u) · K(pixel) / n  +  u · q(pixel)
/// ```
///
/// where `K` are the `n` fixations of the others, blurred, `q` is the density of the [`Prior`] and `u` its weight. No model
/// that does not know the observer can be expected to predict better, so this is the ceiling of models. Nothing is fitted.
///
/// # Cost
///
/// All fixations are blurred once, or not at all with [`GoldStandard::of_blurred`]; leaving an observer out subtracts
/// theirs.
///
/// # Reference
///
/// Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112: the kernel density estimate that leaves one
/// observer out, with a bandwidth of [`select_bandwidth`](crate::select_bandwidth).
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, Fixations, Size};
/// use gaze_targets::{GaussianKernel, GoldStandard, Prior};
///
/// let size = Size { height: 30, width: 40 };
/// let at = |x, y| Fixations::new(size, vec![Fixation { x, y }]);
/// let (observers, kernel) = ([at(5.0, 5.0)?, at(35.0, 25.0)?], GaussianKernel::new(3.0)?);
/// let gold_standard = GoldStandard::new(&observers, &kernel, Prior::UniformShare(0.01))?;
/// let for_the_first = gold_standard.without(0)?;
/// assert!(for_the_first.values()[[25, 35]] > for_the_first.values()[[5, 5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GoldStandard<'a> {
    observers: &'a [Fixations],
    kernel: &'a GaussianKernel,
    prior: Prior<'a>,
    /// The fixations of all observers, blurred.
    total: SaliencyMap<'a>,
}

impl<'a> GoldStandard<'a> {
    /// Blurs the fixations of all observers of one image.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoFixations`] without any fixation, [`TargetError::Shape`] if observers or the center bias disagree
    /// about the size of the image, [`TargetError::UniformShare`] unless the weight of a uniform density is in 0 ..= 1.
    pub fn new(observers: &'a [Fixations], kernel: &'a GaussianKernel, prior: Prior<'a>) -> Result<Self, TargetError> {
        same_size(observers)?;
        let size = observers.first().ok_or(TargetError::NoFixations)?.size();
        let all = Fixations::concatenate(size, observers).expect("they are of this size");
        Self::checked(observers, kernel, prior, empirical_map(&all, kernel)?)
    }

    /// Takes the fixations of all observers blurred already: the [`empirical_map`](crate::empirical_map) of all of them
    /// with the same kernel.
    ///
    /// # Errors
    ///
    /// As for [`GoldStandard::new`]; [`TargetError::Shape`] also if the blurred map has another size.
    pub fn of_blurred(
        observers: &'a [Fixations],
        blurred: &'a SaliencyMap<'a>,
        kernel: &'a GaussianKernel,
        prior: Prior<'a>,
    ) -> Result<Self, TargetError> {
        same_size(observers)?;
        if observers.iter().all(Fixations::is_empty) {
            return Err(TargetError::NoFixations);
        }
        let (expected, found) = (observers[0].size(), blurred.size());
        if expected != found {
            return Err(TargetError::Shape { what: "first observer's image", expected, found });
        }
        Self::checked(observers, kernel, prior, SaliencyMap::view(blurred.values())?)
    }

    fn checked(
        observers: &'a [Fixations],
        kernel: &'a GaussianKernel,
        prior: Prior<'a>,
        total: SaliencyMap<'a>,
    ) -> Result<Self, TargetError> {
        match prior {
            Prior::UniformShare(found) if !(0.0..=1.0).contains(&found) => Err(TargetError::UniformShare { found }),
            Prior::OneMoreObserver(Some(bias)) if bias.size() != total.size() => {
                let (expected, found) = (total.size(), bias.size());
                Err(TargetError::Shape { what: "first observer's image", expected, found })
            }
            _ => Ok(Self { observers, kernel, prior, total }),
        }
    }

    /// The density of the fixations of all observers but the one at `left_out`; an index beyond the last leaves none out.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoOtherObservers`] if no other observer has a fixation.
    pub fn without(&self, left_out: usize) -> Result<LogDensity<'static>, TargetError> {
        Ok(LogDensity::from_weights(self.weights_without(left_out, self.room())?.into_values())?)
    }

    /// The density of [`GoldStandard::without`] as probabilities, which sum to 1 but for rounding: they are not divided by
    /// their sum, and no logarithm is taken. That is cheaper where only a few pixels are read.
    ///
    /// `room` becomes the map; its values do not matter. Who asks for one observer after the other passes the last map's
    /// [`into_values`](SaliencyMap::into_values), so that no memory need be cleared.
    ///
    /// # Errors
    ///
    /// [`TargetError::NoOtherObservers`] if no other observer has a fixation, [`TargetError::Shape`] if `room` does not have the
    /// size of the image.
    pub fn weights_without(&self, left_out: usize, room: Array2<f64>) -> Result<SaliencyMap<'static>, TargetError> {
        let (expected, found) = (self.total.size(), Size::from(room.dim()));
        if expected != found {
            return Err(TargetError::Shape { what: "first observer's image", expected, found });
        }
        match self.observers.get(left_out) {
            Some(own) if self.fixations() == own.len() => Err(TargetError::NoOtherObservers),
            own => self.mixed(own, room),
        }
    }

    /// The probabilities of [`GoldStandard::weights_without`] with no observer left out: a group as the predictor of others.
    ///
    /// # Errors
    ///
    /// None is known; [`TargetError::Map`] if a probability were not finite.
    pub fn weights(&self) -> Result<SaliencyMap<'static>, TargetError> {
        self.mixed(None, self.room())
    }

    fn room(&self) -> Array2<f64> {
        Array2::zeros(self.total.size().dim())
    }

    fn fixations(&self) -> usize {
        self.observers.iter().map(Fixations::len).sum()
    }

    fn mixed(&self, without: Option<&Fixations>, room: Array2<f64>) -> Result<SaliencyMap<'static>, TargetError> {
        let without = without.filter(|own| !own.is_empty());
        let (center_bias, share) = match self.prior {
            Prior::UniformShare(share) => (None, share),
            Prior::OneMoreObserver(center_bias) => {
                let observers = self.observers.iter().filter(|observer| !observer.is_empty()).count();
                let others = observers - usize::from(without.is_some());
                (center_bias.map(SaliencyMap::as_slice), 1.0 / (others + 1) as f64)
            }
        };
        let fixations = self.fixations() - without.map_or(0, Fixations::len);
        let scale = (1.0 - share) / fixations as f64;
        let all = self.total.as_slice();
        let mut own = OwnRows::of(without, self.total.size(), self.kernel);
        let floor = share / all.len() as f64;
        Ok(SaliencyMap::changed(room, |first, mut others| {
            let mut first = first;
            while !others.is_empty() {
                let own = own.from(first, others.len());
                let places = first..first + own.len();
                let (here, rest) = others.split_at_mut(own.len());
                let center_bias = center_bias.map(|values| &values[places.clone()]);
                vectorized(Others { others: here, own, all: &all[places.clone()], center_bias, scale, share, floor });
                (others, first) = (rest, places.end);
            }
        })?)
    }
}

/// The blurred fixations of one observer, made a few rows at a time: they are read once, while they are in the nearest memory.
struct OwnRows {
    rows: Option<SpreadRows>,
    made: Vec<f64>,
    number: usize,
}

impl OwnRows {
    /// Takes the fixations of an observer, or none.
    fn of(own: Option<&Fixations>, size: Size, kernel: &GaussianKernel) -> Self {
        let rows = own.map(|own| SpreadRows::of_fixations(own, kernel, Boundary::Reflect));
        Self { rows, made: vec![0.0; ROWS * size.width], number: usize::MAX }
    }

    /// The values from a place on, of which there are at most so many and at least one.
    fn from(&mut self, first: usize, most: usize) -> &[f64] {
        let Self { rows, made, number } = self;
        let (now, start) = (first / made.len(), first % made.len());
        if let Some(rows) = rows
            && *number != now
        {
            made.fill(0.0);
            rows.add_up(now, made);
            *number = now;
        }
        &made[start..made.len().min(start + most)]
    }
}

/// The density of the others, given the blurred fixations of all and those of one observer.
struct Others<'a> {
    others: &'a mut [f64],
    own: &'a [f64],
    all: &'a [f64],
    center_bias: Option<&'a [f64]>,
    scale: f64,
    share: f64,
    /// The uniform density times its share, where there is no center bias.
    floor: f64,
}

impl Loop for Others<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { others, own, all, center_bias, scale, share, floor } = self;
        // Rounding may lead below zero.
        let difference = |all: f64, own: f64| if all > own { (all - own) * scale } else { 0.0 };
        let sources = own.iter().zip(all);
        match center_bias {
            Some(center_bias) => {
                for ((other, (&own, &all)), &bias) in others.iter_mut().zip(sources).zip(center_bias) {
                    *other = difference(all, own) + share * bias;
                }
            }
            None => {
                for (other, (&own, &all)) in others.iter_mut().zip(sources) {
                    *other = difference(all, own) + floor;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{blur_fixations, kernel_density};
    use gaze_core::{Fixation, Size};

    const SIZE: Size = Size { height: 20, width: 30 };

    /// Memory that held something else.
    fn room() -> Array2<f64> {
        Array2::from_elem(SIZE.dim(), 7.0)
    }

    fn fixations(points: &[(f64, f64)]) -> Fixations {
        Fixations::new(SIZE, points.iter().map(|&(x, y)| Fixation { x, y }).collect()).unwrap()
    }

    #[test]
    fn leaving_an_observer_out_equals_never_having_had_them() {
        let observers = [fixations(&[(3.0, 4.0), (29.0, 19.0)]), fixations(&[(15.0, 9.0)]), fixations(&[])];
        let kernel = GaussianKernel::new(2.0).unwrap();
        let gold_standard = GoldStandard::new(&observers, &kernel, Prior::UniformShare(0.02)).unwrap();
        for (left_out, others) in [(0, [1, 2]), (1, [0, 2]), (2, [0, 1])] {
            let others = Fixations::concatenate(SIZE, others.map(|place| &observers[place])).unwrap();
            let expected = kernel_density(&others, &kernel, 0.02).unwrap();
            let difference = &gold_standard.without(left_out).unwrap().values() - &expected.values();
            assert!(difference.iter().all(|d| d.abs() < 1e-10));
        }
        let all = kernel_density(&Fixations::concatenate(SIZE, &observers).unwrap(), &kernel, 0.02).unwrap();
        let difference = &gold_standard.without(usize::MAX).unwrap().values() - &all.values();
        assert!(difference.iter().all(|d| d.abs() < 1e-12));
    }

    #[test]
    fn one_observer_alone_has_no_gold_standard() {
        let kernel = GaussianKernel::new(2.0).unwrap();
        let alone = [fixations(&[(3.0, 4.0)]), fixations(&[])];
        let gold_standard = GoldStandard::new(&alone, &kernel, Prior::UniformShare(0.02)).unwrap();
        assert_eq!(gold_standard.without(0).unwrap_err().to_string(), "no other observer has a fixation on the image");
        assert!(gold_standard.without(1).is_ok());
        assert_eq!(GoldStandard::new(&[], &kernel, Prior::UniformShare(0.0)).unwrap_err(), TargetError::NoFixations);
        assert!(GoldStandard::new(&alone, &kernel, Prior::UniformShare(2.0)).is_err());
    }

    /// Sums of a few hundred products in 64 bits.
    const ROUNDING: f64 = 1e-12;

    #[test]
    fn the_center_bias_is_one_more_observer() {
        let observers = [fixations(&[(3.0, 4.0), (29.0, 19.0)]), fixations(&[(15.0, 9.0)]), fixations(&[])];
        let kernel = GaussianKernel::new(2.0).unwrap();
        let bias = LogDensity::normalize(Array2::from_shape_fn(SIZE.dim(), |(y, x)| -0.1 * (y + x) as f64)).unwrap();
        let bias = bias.to_saliency_map();
        let blurred = empirical_map(&Fixations::concatenate(SIZE, &observers).unwrap(), &kernel).unwrap();
        let uniform = Array2::from_elem(SIZE.dim(), 1.0 / SIZE.pixels() as f64);
        for (prior, expected) in [(Some(&bias), bias.values()), (None, uniform.view())] {
            let prior = Prior::OneMoreObserver(prior);
            let gold_standard = GoldStandard::of_blurred(&observers, &blurred, &kernel, prior).unwrap();
            let again = GoldStandard::new(&observers, &kernel, prior).unwrap();
            // The first is predicted from one observer and the prior; all from two and the prior.
            let second = blur_fixations(&observers[1], &kernel, Boundary::Reflect);
            let first = &second / 2.0 + &expected / 2.0;
            let all = &blurred.values() / 3.0 * (2.0 / 3.0) + &expected / 3.0;
            for (found, expected) in [
                (gold_standard.weights_without(0, room()).unwrap(), &first),
                (gold_standard.weights().unwrap(), &all),
                (gold_standard.weights_without(2, room()).unwrap(), &all),
            ] {
                assert!((&found.values() - expected).iter().all(|d| d.abs() < ROUNDING));
                assert!((found.summary().sum - 1.0).abs() < ROUNDING);
            }
            assert_eq!(gold_standard.weights_without(1, room()).unwrap(), again.weights_without(1, room()).unwrap());
            let density = gold_standard.without(0).unwrap().to_saliency_map();
            assert!((&density.values() - &first).iter().all(|d| d.abs() < ROUNDING));
        }
    }

    #[test]
    fn maps_of_other_sizes_are_refused() {
        let (observers, kernel) = ([fixations(&[(3.0, 4.0)])], GaussianKernel::new(2.0).unwrap());
        let other = SaliencyMap::new(Array2::zeros((20, 31))).unwrap();
        let uniform = Prior::OneMoreObserver(None);
        let error = GoldStandard::of_blurred(&observers, &other, &kernel, uniform).unwrap_err();
        assert!(matches!(error, TargetError::Shape { .. }), "{error}");
        let error = GoldStandard::new(&observers, &kernel, Prior::OneMoreObserver(Some(&other))).unwrap_err();
        assert!(matches!(error, TargetError::Shape { .. }), "{error}");
        let gold_standard = GoldStandard::new(&observers, &kernel, uniform).unwrap();
        let error = gold_standard.weights_without(1, Array2::zeros((20, 31))).unwrap_err().to_string();
        assert_eq!(error, "the array is 20x31 (height x width), the first observer's image 20x30");
        let error = GoldStandard::of_blurred(&[], &other, &kernel, uniform).unwrap_err();
        assert_eq!(error, TargetError::NoFixations);
    }
}
