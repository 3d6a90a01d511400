//! The fixations that MIT1003's own code finds in its raw gaze.
//!
//! A saccade begins where the smoothed speed of the eye rises by more than 6 degrees per second (204 pixels at 34 pixels
//! per degree) from one window of 5 samples to the next, in at least two samples in a row. It ends where the speed falls
//! by as much. Saccades that are at most 50 ms apart are joined. The samples between saccades are fixations, which stand at
//! the median of their samples. Lost samples are negative numbers in these files and count like others, so that a blink is
//! a fixation outside the image, and is left out as such.
//!
//! Source: `checkFixations.m` (B. Hidalgo-Sotelo, 2005/2006) in the `DatabaseCode` of MIT1003, with its parameters;
//! samples are counted from 1 here as in the original.

/// The threshold of the change of speed, in pixels per second: 6 degrees at 34 pixels per degree.
const THRESHOLD: f64 = 34.0 * 6.0;

/// The number of steps in a window.
const WINDOW: usize = 4;

/// The number of samples per second.
const RATE: f64 = 240.0;

/// The longest pause between saccades that are joined, in samples: 50 ms.
const SHORTEST: usize = 12;

/// The number of samples in which the end of a saccade is looked for.
const PATIENCE: usize = 25;

/// A fixation as the original reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct JuddFixation {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The first sample, counted from 1.
    pub(crate) start: usize,
    pub(crate) duration_ms: f64,
}

impl JuddFixation {
    /// Returns the time at which the fixation begins, as pysaliency counts it: the sample, from 1, over the rate.
    pub(crate) fn start_ms(&self) -> f64 {
        self.start as f64 * 1000.0 / RATE
    }
}

/// Finds the fixations in samples at 240 Hz; without samples there are none.
pub(crate) fn fixations(samples: &[(f64, f64)]) -> Vec<JuddFixation> {
    let count = samples.len();
    let ranges = saccades(samples).map_or_else(|| vec![(1, count)], |saccades| between(&saccades, count));
    let median_of = |start: usize, end: usize| {
        let part = samples.get(start - 1..end).filter(|part| !part.is_empty())?;
        let duration_ms = 1000.0 * part.len() as f64 / RATE;
        let [x, y] = [part.iter().map(|p| p.0).collect(), part.iter().map(|p| p.1).collect()].map(median);
        Some(JuddFixation { x, y, start, duration_ms })
    };
    ranges.into_iter().filter_map(|(start, end)| median_of(start, end)).collect()
}

/// Computes the median of the values that are numbers, the mean of the middle two for an even count; NaN if there is none.
fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    match (values.len(), values.len() / 2) {
        (0, _) => f64::NAN,
        (count, half) if count % 2 == 1 => values[half],
        (_, half) => f64::midpoint(values[half - 1], values[half]),
    }
}

/// Computes the change of speed at each sample, counted from 1: element 0 is not used.
fn acceleration(samples: &[(f64, f64)]) -> Vec<f64> {
    let count = samples.len();
    let step = |k: usize| {
        if k < 2 { 0.0 } else { (samples[k - 1].0 - samples[k - 2].0).hypot(samples[k - 1].1 - samples[k - 2].1) }
    };
    let steps: Vec<f64> = (0..=count).map(|k| if k == 0 { 0.0 } else { step(k) }).collect();
    let smooth = |k: usize| (0..WINDOW).map(|back| if k > back { steps[k - back] } else { 0.0 }).sum::<f64>() / 4.0;
    let smooth: Vec<f64> = (0..=count).map(smooth).collect();
    let mut change = vec![0.0; count + 1];
    let speed = |from: usize| smooth[from..=from + WINDOW].iter().sum::<f64>() / (WINDOW as f64 / RATE);
    let inner = 2..=count.saturating_sub(WINDOW + 1);
    for (k, change) in change.iter_mut().enumerate().filter(|(k, _)| inner.contains(k)) {
        *change = speed(k + 1) - speed(k);
    }
    change
}

/// The place of a sample in a run of samples above the threshold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Inside,
    Last,
    First,
}

/// Returns the first and last sample of each saccade; `None` if all saccades together have fewer than 3 samples.
fn saccades(samples: &[(f64, f64)]) -> Option<Vec<(usize, usize)>> {
    let count = samples.len();
    let change = acceleration(samples);
    let fast: Vec<usize> = (1..=count).filter(|&k| change[k] > THRESHOLD).collect();
    let marked = marked(&fast)?;
    let lasts: Vec<_> = marked.iter().filter(|(_, mark)| *mark == Mark::Last).map(|(sample, _)| *sample).collect();
    let firsts: Vec<_> = marked.iter().filter(|(_, mark)| *mark == Mark::First).map(|(sample, _)| *sample).collect();
    let final_change = (1..=count).rev().find(|&k| change[k] != 0.0)?;

    let mut found: Vec<(usize, usize)> = Vec::new();
    for (number, &last) in lasts.iter().enumerate() {
        let first = *firsts.get(number)?;
        match slows_down(&change, last, count) {
            Some(end) => found.push((first, end)),
            // The recording may end within a saccade.
            None if lasts.iter().all(|&last| last == final_change) => found.push((first, count)),
            None => {}
        }
    }
    let last_end = found.last()?.1;
    // Saccades with a short pause between them are joined.
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (number, &(first, end)) in found.iter().enumerate() {
        let pause =
            |previous: usize| isize::try_from(first).ok()?.checked_sub(isize::try_from(found[previous].1).ok()?);
        let short = number > 0 && pause(number - 1).is_some_and(|pause| pause <= SHORTEST.cast_signed());
        match joined.last_mut().filter(|_| short) {
            Some(previous) => previous.1 = end,
            None => joined.push((first, end)),
        }
    }
    if count - last_end.min(count) <= SHORTEST {
        joined.last_mut()?.1 = count;
    }
    let samples: usize = joined.iter().map(|(first, end)| end.saturating_sub(*first) + 1).sum();
    (samples >= 3).then_some(joined)
}

/// Marks the samples above the threshold, without those that stand alone.
fn marked(fast: &[usize]) -> Option<Vec<(usize, Mark)>> {
    let count = fast.len();
    if count < 3 {
        return None;
    }
    let follows = |place: usize| fast[place + 1] - fast[place] == 1;
    let mut marks: Vec<(usize, Mark)> = fast.iter().map(|&sample| (sample, Mark::None)).collect();
    let mut ends = Vec::new();
    for (place, mark) in marks.iter_mut().enumerate().take(count - 1) {
        if follows(place) {
            mark.1 = Mark::Inside;
        } else {
            let alone = ends.last().is_some_and(|&end: &usize| end + 1 == place);
            mark.1 = if alone { Mark::First } else { Mark::Last };
            ends.push(place);
        }
    }
    if follows(count - 2) {
        marks[count - 1].1 = Mark::Last;
    } else {
        marks.pop();
        ends.pop();
    }
    for end in ends {
        marks[end + 1].1 = Mark::First;
    }
    if marks[0].1 == Mark::Inside {
        marks[0].1 = Mark::First;
    }

    let mut kept = Vec::new();
    if marks[0].1 == Mark::First && marks[1].1 == Mark::Inside {
        kept.push(marks[0]);
    }
    for place in 1..marks.len() - 1 {
        let keep = match marks[place].1 {
            Mark::First => marks[place + 1].1 == Mark::Inside,
            Mark::Inside => true,
            Mark::Last => marks[place - 1].1 == Mark::Inside && marks[place + 1].1 == Mark::First,
            Mark::None => false,
        };
        if keep {
            kept.push(marks[place]);
        }
    }
    let end = *marks.last()?;
    if marks.len() > 2 && kept.last().is_some_and(|(sample, _)| end.0 - sample == 1) {
        kept.push(end);
    }
    (kept.len() >= 3).then_some(kept)
}

/// Returns the last sample before the eye is slow again, in a saccade whose acceleration ended at `last`.
fn slows_down(change: &[f64], last: usize, count: usize) -> Option<usize> {
    let slows = |k: usize| change.get(k).is_some_and(|&change| change < -THRESHOLD);
    let mut check = last + 1;
    let mut patience = PATIENCE;
    while !slows(check) || slows(check + 1) {
        check += 1;
        patience -= 1;
        if check + 1 >= count || patience == 0 {
            return None;
        }
    }
    Some(check)
}

/// Returns the first and last sample of each part between saccades.
fn between(saccades: &[(usize, usize)], count: usize) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut start = 1;
    for &(first, end) in saccades {
        if first > start {
            ranges.push((start, first - 1));
        }
        start = end + 1;
    }
    if start <= count {
        ranges.push((start, count));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Axis};
    use ndarray_stats::{QuantileExt, interpolate::Midpoint};
    use noisy_float::types::n64;
    use proptest::prelude::*;

    /// Makes gaze that rests at each place for a number of samples, and moves between the places in four steps.
    fn path(rests: &[(f64, f64, usize)]) -> Vec<(f64, f64)> {
        let mut samples: Vec<(f64, f64)> = Vec::new();
        for &(x, y, count) in rests {
            if let Some(&(from_x, from_y)) = samples.last() {
                for share in [0.1, 0.4, 0.7, 0.9] {
                    samples.push((from_x + (x - from_x) * share, from_y + (y - from_y) * share));
                }
            }
            samples.extend(std::iter::repeat_n((x, y), count));
        }
        samples
    }

    #[test]
    fn gaze_that_rests_is_one_fixation() {
        let found = fixations(&path(&[(300.5, 200.0, 60)]));
        assert_eq!(found, [JuddFixation { x: 300.5, y: 200.0, start: 1, duration_ms: 250.0 }]);
        assert_eq!(fixations(&[]), []);
    }

    #[test]
    fn a_saccade_divides_and_places_are_medians() {
        let found = fixations(&path(&[(100.0, 100.0, 60), (500.0, 300.0, 60), (200.0, 400.0, 60)]));
        let places: Vec<_> = found.iter().map(|f| (f.x, f.y)).collect();
        assert_eq!(places, [(100.0, 100.0), (500.0, 300.0), (200.0, 400.0)]);
        assert_eq!(found[0].start, 1);
        assert!(found.windows(2).all(|pair| pair[0].start < pair[1].start));
    }

    #[test]
    fn agrees_with_a_transcription_of_the_original() {
        for (name, rests, expected) in TRANSCRIBED {
            let found: Vec<_> = fixations(&path(rests)).iter().map(|f| (f.x, f.y, f.start, f.duration_ms)).collect();
            assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
            for (found, expected) in found.iter().zip(*expected) {
                assert_eq!((found.0, found.1, found.2), (expected.0, expected.1, expected.2), "{name}");
                // The original prints three decimals of a quotient.
                assert!((found.3 - expected.3).abs() < 1e-3, "{name}");
            }
        }
    }

    proptest! {
        #[test]
        fn medians_are_those_of_ndarray_stats(values in prop::collection::vec(prop_oneof![9 => -1e3..1e3f64, 1 => Just(f64::NAN)], 1..40)) {
            let mut array = Array1::from_vec(values.clone());
            let expected = array.quantile_axis_skipnan_mut(Axis(0), n64(0.5), &Midpoint).unwrap().into_scalar();
            let found = median(values);
            // The middle of two numbers is rounded once here, and twice there.
            let tolerance = 2.0 * f64::EPSILON * 1e3;
            prop_assert!((found - expected).abs() <= tolerance || (found.is_nan() && expected.is_nan()));
        }
    }

    type Transcribed = (&'static str, &'static [(f64, f64, usize)], &'static [(f64, f64, usize, f64)]);

    /// Paths, each given by places and numbers of samples, and the fixations that a transcription of the original's steps
    /// into Python finds in them.
    const TRANSCRIBED: &[Transcribed] = &[
        (
            "two rests",
            &[(100.0, 100.0, 60), (500.0, 300.0, 60)],
            &[(100.0, 100.0, 1, 229.167), (500.0, 300.0, 69, 233.333)],
        ),
        ("small saccade", &[(100.0, 100.0, 60), (112.0, 100.0, 60)], &[(106.6, 100.0, 1, 516.667)]),
        (
            "short rest",
            &[(100.0, 100.0, 60), (500.0, 300.0, 14), (100.0, 400.0, 60)],
            &[(100.0, 100.0, 1, 229.167), (100.0, 400.0, 87, 233.333)],
        ),
        (
            "very short rest",
            &[(100.0, 100.0, 60), (500.0, 300.0, 5), (100.0, 400.0, 60)],
            &[(100.0, 100.0, 1, 229.167), (100.0, 400.0, 78, 233.333)],
        ),
        ("ends in a saccade", &[(100.0, 100.0, 60), (500.0, 300.0, 3)], &[(100.0, 100.0, 1, 229.167)]),
        ("ends soon", &[(100.0, 100.0, 60), (500.0, 300.0, 14)], &[(100.0, 100.0, 1, 229.167)]),
        (
            "blink",
            &[(300.0, 200.0, 50), (-512.0, -384.0, 20), (310.0, 220.0, 50)],
            &[(300.0, 200.0, 1, 187.500), (310.0, 220.0, 83, 191.667)],
        ),
        (
            "many",
            &[
                (512.0, 384.0, 50),
                (100.5, 90.0, 40),
                (900.0, 700.0, 33),
                (400.0, 350.0, 27),
                (410.0, 360.0, 60),
                (20.0, 600.0, 25),
            ],
            &[
                (512.0, 384.0, 1, 187.500),
                (100.5, 90.0, 59, 129.167),
                (900.0, 700.0, 103, 100.000),
                (410.0, 360.0, 140, 341.667),
                (20.0, 600.0, 235, 87.500),
            ],
        ),
        (
            "a large and a small step",
            &[(100.0, 100.0, 40), (160.0, 100.0, 40), (170.0, 104.0, 40), (700.0, 104.0, 40)],
            &[(100.0, 100.0, 1, 150.000), (162.5, 101.0, 48, 316.667), (700.0, 104.0, 137, 150.000)],
        ),
        ("starts late", &[(100.0, 100.0, 2), (500.0, 300.0, 60)], &[(500.0, 300.0, 1, 275.000)]),
    ];
}
