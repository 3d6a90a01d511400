//! Inter-observer ceilings: how well the fixations of some people predict those of another.
//!
//! No model that does not know the observer can be expected to do better, so a model's score is read against this
//! one. How fixations become a prediction (a kernel density, its bandwidth, a center bias mixed in) decides how high the
//! ceiling is. It is an argument, because another crate estimates densities, and so is the metric.

use gaze_core::Fixations;
use thiserror::Error;

use crate::{MetricError, average::mean};

/// The reason why an observer has no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unpredicted<P, M> {
    /// The observer to be predicted did not look at the image.
    #[error("the subject has no fixations")]
    NoFixations,
    /// Nobody is left to predict from: there is one observer only, or the others have no fixations.
    #[error("there are no fixations of other subjects")]
    NoOthers,
    /// The observers' lists belong to images of different sizes.
    #[error("the fixations of the subjects belong to images of different sizes")]
    SizeMismatch,
    /// The others' fixations could not be made into a prediction.
    #[error("no prediction: {0}")]
    Prediction(P),
    /// The metric has no value.
    #[error("no score: {0}")]
    Metric(M),
    /// The metric returned NaN.
    #[error("the score is not a number")]
    NotANumber,
}

/// Scores of all observers on one image, in their order; where there is none, the reason.
pub type ObserverScores<P, M> = Vec<Result<f64, Unpredicted<P, M>>>;

/// Predicts every observer's fixations from those of all other observers on the same image.
///
/// `predict` makes a prediction of fixations, `score` compares one with fixations; an observer without fixations
/// neither has a score nor contributes to the others'. With `n` such observers `predict` is called `n` times.
///
/// | | what |
/// |---|---|
/// | `observers` | one list per observer, all on one image |
/// | result | one score per observer, in the metric's unit and direction |
///
/// The prediction rests on one observer fewer than the data have, and on few of them at all: the score is a lower bound
/// of what perfect knowledge of the population could reach.
///
/// # Errors
///
/// None of its own: every observer has a score or a reason, [`Unpredicted`]. Without observers the result is empty.
///
/// # Reference
///
/// The gold standard of Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112; leave-one-out
/// over observers as in Wilming, Betz, Kietzmann & König (2011), PLOS ONE 6(9), doi:10.1371/journal.pone.0024038.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, Size};
/// use gaze_metrics::{leave_one_observer_out, log_likelihood, mean_score};
///
/// let size = Size { height: 1, width: 2 };
/// let at = |x| Fixations::new(size, vec![Fixation { x, y: 0.0 }]);
/// let observers = [at(0.0)?, at(0.0)?, at(1.0)?];
/// // One fixation more on every pixel than there was.
/// let one_more = |others: &Fixations| FixationMap::count(others).counts().mapv(|n| f64::from(n) + 1.0);
/// let density = |others: &Fixations| LogDensity::from_weights(one_more(others));
/// let scores = leave_one_observer_out(&observers, density, log_likelihood);
/// // The first is predicted from one fixation at each place, the last from two at the other.
/// assert!((scores[0].clone()? - 0.5f64.ln()).abs() < 1e-15);
/// assert!((scores[2].clone()? - 0.25f64.ln()).abs() < 1e-15);
/// let ceiling = mean_score(&scores)?;
/// assert!((ceiling - (2.0 * 0.5f64.ln() + 0.25f64.ln()) / 3.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn leave_one_observer_out<T, P, M>(
    observers: &[Fixations],
    predict: impl FnMut(&Fixations) -> Result<T, P>,
    score: impl FnMut(&T, &Fixations) -> Result<f64, M>,
) -> ObserverScores<P, M> {
    leave_each_observer_out(observers, predict, score).into_iter().map(|score| score.and_then(number)).collect()
}

/// Does as [`leave_one_observer_out`] for scores of any type: several metrics at a time, whose prediction is made once.
///
/// # Errors
///
/// None of its own: every observer has a score or a reason. A score is passed on as it is.
pub fn leave_each_observer_out<T, S, P, M>(
    observers: &[Fixations],
    mut predict: impl FnMut(&Fixations) -> Result<T, P>,
    mut score: impl FnMut(&T, &Fixations) -> Result<S, M>,
) -> Vec<Result<S, Unpredicted<P, M>>> {
    let one = |(left_out, observer): (usize, &Fixations)| {
        if observer.is_empty() {
            return Err(Unpredicted::NoFixations);
        }
        let others = observers.iter().enumerate().filter(|&(index, _)| index != left_out).map(|(_, other)| other);
        let others = pool(observer, others)?;
        let prediction = predict(&others).map_err(Unpredicted::Prediction)?;
        score(&prediction, observer).map_err(Unpredicted::Metric)
    };
    observers.iter().enumerate().map(one).collect()
}

/// Predicts the fixations of every observer of one group from those of all observers of another, on the same image.
///
/// Compared with the scores of [`leave_one_observer_out`] within the second group it says how much of what is
/// systematic there the first group shares. Two things besides must be equal for that: the number of fixations
/// predicted from (here a whole group, there one observer fewer), and the bandwidth of `predict`.
///
/// | | what |
/// |---|---|
/// | `from` | the lists of the group that predicts |
/// | `to` | the lists of the group that is predicted |
/// | result | one score per observer of `to`, in the metric's unit and direction |
///
/// `predict` is called once, or not at all if `from` has no fixations. The result with the groups exchanged is another.
///
/// # Errors
///
/// None of its own: every observer of `to` has a score or a reason, [`Unpredicted`].
pub fn across_groups<T, P: Clone, M>(
    from: &[Fixations],
    to: &[Fixations],
    predict: impl FnOnce(&Fixations) -> Result<T, P>,
    mut score: impl FnMut(&T, &Fixations) -> Result<f64, M>,
) -> ObserverScores<P, M> {
    let Some(first) = from.iter().find(|observer| !observer.is_empty()) else {
        let reason =
            |observer: &Fixations| if observer.is_empty() { Unpredicted::NoFixations } else { Unpredicted::NoOthers };
        return to.iter().map(|observer| Err(reason(observer))).collect();
    };
    let size = first.size();
    let prediction = pool::<P, M>(first, from).ok().map(|pooled| predict(&pooled));
    let one = |observer: &Fixations| {
        if observer.is_empty() {
            return Err(Unpredicted::NoFixations);
        }
        match &prediction {
            Some(Ok(prediction)) if observer.size() == size => {
                score(prediction, observer).map_err(Unpredicted::Metric).and_then(number)
            }
            Some(Err(reason)) => Err(Unpredicted::Prediction(reason.clone())),
            _ => Err(Unpredicted::SizeMismatch),
        }
    };
    to.iter().map(one).collect()
}

/// Computes the mean over the observers that have a score.
///
/// # Errors
///
/// [`MetricError::NoValues`] if none has, [`MetricError::OppositeInfinities`].
pub fn mean_score<P, M>(scores: &[Result<f64, Unpredicted<P, M>>]) -> Result<f64, MetricError> {
    let defined: Vec<f64> = scores.iter().filter_map(|score| score.as_ref().ok().copied()).collect();
    mean(defined.into_iter())
}

/// Joins the fixations of several observers, of whom one has any, on images of the size of `like`.
fn pool<'a, P, M>(
    like: &Fixations,
    observers: impl IntoIterator<Item = &'a Fixations>,
) -> Result<Fixations, Unpredicted<P, M>> {
    let observers: Vec<&Fixations> = observers.into_iter().filter(|observer| !observer.is_empty()).collect();
    if observers.is_empty() {
        return Err(Unpredicted::NoOthers);
    }
    if observers.iter().any(|observer| observer.size() != like.size()) {
        return Err(Unpredicted::SizeMismatch);
    }
    Fixations::concatenate(like.size(), observers).map_err(|_| Unpredicted::SizeMismatch)
}

fn number<P, M>(score: f64) -> Result<f64, Unpredicted<P, M>> {
    if score.is_nan() { Err(Unpredicted::NotANumber) } else { Ok(score) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_core::{Fixation, Size};
    use proptest::prelude::*;

    const SIZE: Size = Size { height: 1, width: 10 };

    fn observer(columns: &[u8]) -> Fixations {
        Fixations::new(SIZE, columns.iter().map(|&x| Fixation { x: f64::from(x), y: 0.0 }).collect()).unwrap()
    }

    fn columns(fixations: &Fixations) -> Vec<usize> {
        fixations.pixels().iter().map(|pixel| pixel.column).collect()
    }

    /// A prediction that is the list it was made of, and a score that is the share of fixations on it.
    fn hits(prediction: &Fixations, fixations: &Fixations) -> Result<f64, MetricError> {
        let hits = columns(fixations).iter().filter(|column| columns(prediction).contains(column)).count();
        Ok(hits as f64 / fixations.len() as f64)
    }

    #[expect(clippy::unnecessary_wraps, reason = "a prediction may fail")]
    fn remember(fixations: &Fixations) -> Result<Fixations, MetricError> {
        Ok(fixations.clone())
    }

    #[test]
    fn nobody_is_predicted_from_their_own_gaze() {
        let observers = [observer(&[1, 2]), observer(&[2, 3]), observer(&[9])];
        let mut seen = Vec::new();
        let scores = leave_one_observer_out(
            &observers,
            |others| {
                seen.push(columns(others));
                remember(others)
            },
            hits,
        );
        assert_eq!(scores, [Ok(0.5), Ok(0.5), Ok(0.0)]);
        assert_eq!(seen, [vec![2, 3, 9], vec![1, 2, 9], vec![1, 2, 2, 3]]);
        assert!((mean_score(&scores).unwrap() - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn observers_without_fixations_have_a_reason_and_no_part() {
        let observers = [observer(&[1]), observer(&[]), observer(&[1])];
        let scores = leave_one_observer_out(&observers, remember, hits);
        assert_eq!(scores, [Ok(1.0), Err(Unpredicted::NoFixations), Ok(1.0)]);
        let alone = leave_one_observer_out(&observers[..2], remember, hits);
        assert_eq!(alone, [Err(Unpredicted::NoOthers), Err(Unpredicted::NoFixations)]);
        assert_eq!(mean_score(&alone), Err(MetricError::NoValues));
        assert!(leave_one_observer_out(&[], remember, hits).is_empty());
        assert_eq!(alone[0].unwrap_err().to_string(), "there are no fixations of other subjects");
    }

    #[test]
    fn reasons_of_predictions_and_metrics_are_passed_on() {
        let observers = [observer(&[1]), observer(&[2])];
        let scores = leave_one_observer_out(&observers, |_| Err::<(), _>("too few"), |(), _| Ok::<_, MetricError>(0.0));
        assert_eq!(scores[0].unwrap_err().to_string(), "no prediction: too few");
        let scores = leave_one_observer_out(&observers, remember, |_, _| Err(MetricError::ConstantReference));
        assert_eq!(scores[1].unwrap_err().to_string(), "no score: the empirical map is constant");
        let scores = leave_one_observer_out(&observers, remember, |_, _| Ok::<_, MetricError>(f64::NAN));
        assert_eq!(scores[0], Err(Unpredicted::NotANumber));
    }

    #[test]
    fn images_of_different_sizes_are_not_pooled() {
        // The point fits into both images.
        let other = Fixations::new(Size { height: 2, width: 20 }, vec![Fixation { x: 1.0, y: 0.0 }]).unwrap();
        let observers = [observer(&[1]), other];
        let expected = vec![Err(Unpredicted::SizeMismatch); 2];
        assert_eq!(leave_one_observer_out(&observers, remember, hits), expected);
        assert_eq!(across_groups(&observers, &[observer(&[1]), observer(&[2])], remember, hits), expected);
        let scores = across_groups(&observers[..1], &observers, remember, hits);
        assert_eq!(scores, [Ok(1.0), Err(Unpredicted::SizeMismatch)]);
    }

    #[test]
    fn a_group_predicts_the_observers_of_another() {
        let (from, to) =
            ([observer(&[1]), observer(&[]), observer(&[2])], [observer(&[2, 3]), observer(&[]), observer(&[1])]);
        let scores = across_groups(&from, &to, remember, hits);
        assert_eq!(scores, [Ok(0.5), Err(Unpredicted::NoFixations), Ok(1.0)]);
        let scores = across_groups(&from[1..2], &to, remember, hits);
        assert_eq!(scores[..2], [Err(Unpredicted::NoOthers), Err(Unpredicted::NoFixations)]);
        let scores = across_groups(&from, &to, |_| Err::<(), _>("too few"), |(), _| Ok::<_, MetricError>(0.0));
        assert_eq!(scores[0], Err(Unpredicted::Prediction("too few")));
    }

    proptest! {
        #[test]
        fn leaving_one_out_is_predicting_them_across_groups(
            lists in prop::collection::vec(prop::collection::vec(0u8..10, 0..4), 1..6)
        ) {
            let observers: Vec<Fixations> = lists.iter().map(|list| observer(list)).collect();
            let scores = leave_one_observer_out(&observers, remember, hits);
            for (left_out, score) in scores.into_iter().enumerate() {
                let mut others = observers.clone();
                let one = [others.remove(left_out)];
                prop_assert_eq!(&across_groups(&others, &one, remember, hits), &[score]);
            }
        }
    }
}
