//! The likeness of all pairs of scanpaths on a stimulus, by all measures.

use gaze_metrics::scanpath::SimilarityMatrix;
use rayon::prelude::*;

use super::{
    gathered::{Gathered, OfStimulus},
    measures::{MEASURES, Setting},
};

/// The likeness of all pairs on one stimulus.
pub(super) struct Likeness {
    /// For each measure the similarity of each pair: the value, or the negative of a distance. A pair of scanpaths of the same observer has
    /// none.
    pub(super) matrices: Vec<SimilarityMatrix>,
    /// For each measure the pairs of different observers without a value, as places of scanpaths.
    pub(super) undefined: Vec<Vec<(usize, usize)>>,
    /// For each measure the reason of the last of them.
    pub(super) reasons: Vec<Option<String>>,
}

/// Compares all pairs on all stimuli, on the threads of the current pool.
pub(super) fn compare(all: &Gathered) -> Vec<Likeness> {
    all.stimuli.par_iter().with_max_len(1).map(of_stimulus).collect()
}

fn of_stimulus(stimulus: &OfStimulus) -> Likeness {
    let paths = &stimulus.paths;
    let setting = Setting::new(stimulus.size, paths.iter().map(|path| &path.points));
    let mut pairs: Vec<Vec<Option<f64>>> = vec![Vec::new(); MEASURES.len()];
    let mut undefined = vec![Vec::new(); MEASURES.len()];
    let mut reasons = vec![None; MEASURES.len()];
    for (i, first) in paths.iter().enumerate() {
        for (j, second) in paths.iter().enumerate().skip(i + 1) {
            if first.observer == second.observer {
                pairs.iter_mut().for_each(|pairs| pairs.push(None));
                continue;
            }
            let values = match &setting {
                Ok(setting) => setting.values(i, j),
                Err(reason) => [Err(*reason); MEASURES.len()],
            };
            for (measure, value) in values.into_iter().enumerate() {
                let sign = if MEASURES[measure].higher_is_more_alike { 1.0 } else { -1.0 };
                pairs[measure].push(value.ok().map(|value| sign * value));
                if let Err(reason) = value {
                    undefined[measure].push((i, j));
                    reasons[measure] = Some(reason.to_string());
                }
            }
        }
    }
    let matrix = |pairs: &Vec<Option<f64>>| {
        SimilarityMatrix::new(paths.len(), pairs).expect("each pair has one finite value or none")
    };
    Likeness { matrices: pairs.iter().map(matrix).collect(), undefined, reasons }
}
