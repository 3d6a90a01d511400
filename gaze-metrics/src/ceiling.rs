//! Inter-observer ceilings: how well the fixations of some people predict those of another.
//!
//! No model that does not know the observer can be expected to do better, so a model's score is read against this
//! one. How fixations become a prediction (a kernel density, its bandwidth, a center bias mixed in) is an argument:
//! it decides how high the ceiling is, and the crate that estimates densities is not this one. So is the metric.

use gaze_core::Fixations;
use thiserror::Error;

use crate::{MetricError, average::mean};

/// Why a subject has no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unpredicted<P, M> {
    /// The subject to be predicted did not look at the image.
    #[error("the subject has no fixations")]
    NoFixations,
    /// Nobody is left to predict from: there is one subject only, or the others have no fixations.
    #[error("there are no fixations of other subjects")]
    NoOthers,
    /// The subjects' lists belong to images of different sizes.
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

/// Scores of all subjects on one image, in their order; where there is none, the reason.
pub type SubjectScores<P, M> = Vec<Result<f64, Unpredicted<P, M>>>;

/// Predicts every subject's fixations from those of all other subjects on the same image.
///
/// `predict` makes a prediction of fixations, `score` compares one with fixations; a subject without fixations
/// neither has a score nor contributes to the others'. With `n` such subjects `predict` is called `n` times.
///
/// | | what |
/// |---|---|
/// | `subjects` | one list per subject, all on one image |
/// | result | one score per subject, in the metric's unit and direction |
///
/// The prediction rests on one subject fewer than the data have, and on few of them at all: the score is a lower bound
/// of what perfect knowledge of the population could reach.
///
/// # Errors
///
/// None of its own: every subject has a score or a reason, [`Unpredicted`]. Without subjects the result is empty.
///
/// # Reference
///
/// The gold standard of Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112; leave-one-out
/// over subjects as in Wilming, Betz, Kietzmann & König (2011), PLOS ONE 6(9), doi:10.1371/journal.pone.0024038.
///
/// # Example
///
/// ```
/// use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, Size};
/// use gaze_metrics::{leave_one_subject_out, log_likelihood, mean_score};
///
/// let size = Size { height: 1, width: 2 };
/// let at = |x| Fixations::new(size, vec![Fixation { x, y: 0.0 }]);
/// let subjects = [at(0.0)?, at(0.0)?, at(1.0)?];
/// // One fixation more on every pixel than there was.
/// let one_more = |others: &Fixations| FixationMap::count(others).counts().mapv(|n| f64::from(n) + 1.0);
/// let density = |others: &Fixations| LogDensity::from_weights(one_more(others));
/// let scores = leave_one_subject_out(&subjects, density, log_likelihood);
/// // The first is predicted from one fixation at each place, the last from two at the other.
/// assert!((scores[0].clone()? - 0.5f64.ln()).abs() < 1e-15);
/// assert!((scores[2].clone()? - 0.25f64.ln()).abs() < 1e-15);
/// let ceiling = mean_score(&scores)?;
/// assert!((ceiling - (2.0 * 0.5f64.ln() + 0.25f64.ln()) / 3.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn leave_one_subject_out<T, P, M>(
    subjects: &[Fixations],
    predict: impl FnMut(&Fixations) -> Result<T, P>,
    score: impl FnMut(&T, &Fixations) -> Result<f64, M>,
) -> SubjectScores<P, M> {
    leave_each_subject_out(subjects, predict, score).into_iter().map(|score| score.and_then(number)).collect()
}

/// As [`leave_one_subject_out`], for scores of any type: several metrics at a time, whose prediction is made once.
///
/// # Errors
///
/// None of its own, as there; a score is not looked at.
pub fn leave_each_subject_out<T, S, P, M>(
    subjects: &[Fixations],
    mut predict: impl FnMut(&Fixations) -> Result<T, P>,
    mut score: impl FnMut(&T, &Fixations) -> Result<S, M>,
) -> Vec<Result<S, Unpredicted<P, M>>> {
    let one = |(left_out, subject): (usize, &Fixations)| {
        if subject.is_empty() {
            return Err(Unpredicted::NoFixations);
        }
        let others = subjects.iter().enumerate().filter(|&(index, _)| index != left_out).map(|(_, other)| other);
        let others = pool(subject, others)?;
        let prediction = predict(&others).map_err(Unpredicted::Prediction)?;
        score(&prediction, subject).map_err(Unpredicted::Metric)
    };
    subjects.iter().enumerate().map(one).collect()
}

/// Predicts the fixations of every subject of one group from those of all subjects of another, on the same image.
///
/// Compared with the scores of [`leave_one_subject_out`] within the second group it says how much of what is
/// systematic there the first group shares. Two things besides must be equal for that: the number of fixations
/// predicted from (here a whole group, there one subject fewer), and the bandwidth of `predict`.
///
/// | | what |
/// |---|---|
/// | `from` | the lists of the group that predicts |
/// | `to` | the lists of the group that is predicted |
/// | result | one score per subject of `to`, in the metric's unit and direction |
///
/// `predict` is called once, or not at all if `from` has no fixations. The result with the groups exchanged is another.
///
/// # Errors
///
/// None of its own: every subject of `to` has a score or a reason, [`Unpredicted`].
pub fn across_groups<T, P: Clone, M>(
    from: &[Fixations],
    to: &[Fixations],
    predict: impl FnOnce(&Fixations) -> Result<T, P>,
    mut score: impl FnMut(&T, &Fixations) -> Result<f64, M>,
) -> SubjectScores<P, M> {
    let Some(first) = from.iter().find(|subject| !subject.is_empty()) else {
        let reason =
            |subject: &Fixations| if subject.is_empty() { Unpredicted::NoFixations } else { Unpredicted::NoOthers };
        return to.iter().map(|subject| Err(reason(subject))).collect();
    };
    let size = first.size();
    let prediction = pool::<P, M>(first, from).ok().map(|pooled| predict(&pooled));
    let one = |subject: &Fixations| {
        if subject.is_empty() {
            return Err(Unpredicted::NoFixations);
        }
        match &prediction {
            Some(Ok(prediction)) if subject.size() == size => {
                score(prediction, subject).map_err(Unpredicted::Metric).and_then(number)
            }
            Some(Err(reason)) => Err(Unpredicted::Prediction(reason.clone())),
            _ => Err(Unpredicted::SizeMismatch),
        }
    };
    to.iter().map(one).collect()
}

/// The mean over the subjects that have a score.
///
/// # Errors
///
/// [`MetricError::NoValues`] if none has, [`MetricError::OppositeInfinities`].
pub fn mean_score<P, M>(scores: &[Result<f64, Unpredicted<P, M>>]) -> Result<f64, MetricError> {
    let defined: Vec<f64> = scores.iter().filter_map(|score| score.as_ref().ok().copied()).collect();
    mean(defined.into_iter())
}

/// All fixations of several subjects, at least one, on images of the size of `like`.
fn pool<'a, P, M>(
    like: &Fixations,
    subjects: impl IntoIterator<Item = &'a Fixations>,
) -> Result<Fixations, Unpredicted<P, M>> {
    let subjects: Vec<&Fixations> = subjects.into_iter().filter(|subject| !subject.is_empty()).collect();
    if subjects.is_empty() {
        return Err(Unpredicted::NoOthers);
    }
    if subjects.iter().any(|subject| subject.size() != like.size()) {
        return Err(Unpredicted::SizeMismatch);
    }
    Fixations::concatenate(like.size(), subjects).map_err(|_| Unpredicted::SizeMismatch)
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

    fn subject(columns: &[u8]) -> Fixations {
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

    #[expect(clippy::unnecessary_wraps, reason = "what a prediction returns")]
    fn remember(fixations: &Fixations) -> Result<Fixations, MetricError> {
        Ok(fixations.clone())
    }

    #[test]
    fn nobody_is_predicted_from_himself() {
        let subjects = [subject(&[1, 2]), subject(&[2, 3]), subject(&[9])];
        let mut seen = Vec::new();
        let scores = leave_one_subject_out(
            &subjects,
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
    fn subjects_without_fixations_have_a_reason_and_no_part() {
        let subjects = [subject(&[1]), subject(&[]), subject(&[1])];
        let scores = leave_one_subject_out(&subjects, remember, hits);
        assert_eq!(scores, [Ok(1.0), Err(Unpredicted::NoFixations), Ok(1.0)]);
        let alone = leave_one_subject_out(&subjects[..2], remember, hits);
        assert_eq!(alone, [Err(Unpredicted::NoOthers), Err(Unpredicted::NoFixations)]);
        assert_eq!(mean_score(&alone), Err(MetricError::NoValues));
        assert!(leave_one_subject_out(&[], remember, hits).is_empty());
        assert_eq!(alone[0].unwrap_err().to_string(), "there are no fixations of other subjects");
    }

    #[test]
    fn reasons_of_predictions_and_metrics_are_passed_on() {
        let subjects = [subject(&[1]), subject(&[2])];
        let scores = leave_one_subject_out(&subjects, |_| Err::<(), _>("too few"), |(), _| Ok::<_, MetricError>(0.0));
        assert_eq!(scores[0].unwrap_err().to_string(), "no prediction: too few");
        let scores = leave_one_subject_out(&subjects, remember, |_, _| Err(MetricError::ConstantReference));
        assert_eq!(scores[1].unwrap_err().to_string(), "no score: the empirical map is constant");
        let scores = leave_one_subject_out(&subjects, remember, |_, _| Ok::<_, MetricError>(f64::NAN));
        assert_eq!(scores[0], Err(Unpredicted::NotANumber));
    }

    #[test]
    fn images_of_different_sizes_are_not_pooled() {
        // The point fits into both images.
        let other = Fixations::new(Size { height: 2, width: 20 }, vec![Fixation { x: 1.0, y: 0.0 }]).unwrap();
        let subjects = [subject(&[1]), other];
        let expected = vec![Err(Unpredicted::SizeMismatch); 2];
        assert_eq!(leave_one_subject_out(&subjects, remember, hits), expected);
        assert_eq!(across_groups(&subjects, &[subject(&[1]), subject(&[2])], remember, hits), expected);
        let scores = across_groups(&subjects[..1], &subjects, remember, hits);
        assert_eq!(scores, [Ok(1.0), Err(Unpredicted::SizeMismatch)]);
    }

    #[test]
    fn a_group_predicts_the_subjects_of_another() {
        let (from, to) =
            ([subject(&[1]), subject(&[]), subject(&[2])], [subject(&[2, 3]), subject(&[]), subject(&[1])]);
        let scores = across_groups(&from, &to, remember, hits);
        assert_eq!(scores, [Ok(0.5), Err(Unpredicted::NoFixations), Ok(1.0)]);
        let scores = across_groups(&from[1..2], &to, remember, hits);
        assert_eq!(scores[..2], [Err(Unpredicted::NoOthers), Err(Unpredicted::NoFixations)]);
        let scores = across_groups(&from, &to, |_| Err::<(), _>("too few"), |(), _| Ok::<_, MetricError>(0.0));
        assert_eq!(scores[0], Err(Unpredicted::Prediction("too few")));
    }

    proptest! {
        #[test]
        fn leaving_one_out_is_predicting_him_across_groups(
            lists in prop::collection::vec(prop::collection::vec(0u8..10, 0..4), 1..6)
        ) {
            let subjects: Vec<Fixations> = lists.iter().map(|list| subject(list)).collect();
            let scores = leave_one_subject_out(&subjects, remember, hits);
            for (left_out, score) in scores.into_iter().enumerate() {
                let mut others = subjects.clone();
                let one = [others.remove(left_out)];
                prop_assert_eq!(&across_groups(&others, &one, remember, hits), &[score]);
            }
        }
    }
}
