//! How far groups are apart on one stimulus.

use super::{GroupError, GroupedStimulus, Side};

/// The similarities within and between two groups on one stimulus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Separation {
    /// The mean similarity of pairs within the first and within the second group.
    pub within: [f64; 2],
    /// The mean similarity of pairs of which one scanpath is in each group.
    pub between: f64,
    /// The rank correlation of "same group" with similarity: how much more often a pair within a group is more alike than one between
    /// groups. It is in −1 ..= 1, and 0 if groups do not matter.
    pub rank_biserial: f64,
}

impl Separation {
    /// The mean of both similarities within, less the similarity between. It is 0 in expectation if the groups are alike.
    ///
    /// Where similarity is the negative of a distance this is half the energy distance of the groups (Székely & Rizzo 2013): a
    /// group that is merely more diverse than the other does not make it positive.
    #[must_use]
    pub fn difference(&self) -> f64 {
        f64::midpoint(self.within[0], self.within[1]) - self.between
    }
}

/// Computes the similarities within and between the groups on one stimulus; `None` if a group has no pair with a similarity, or
/// there is none between them.
///
/// # Errors
///
/// [`GroupError::CountMismatch`] unless each scanpath of the matrix has its member.
///
/// # Reference
///
/// [`Separation::rank_biserial`] is the statistic R of ANOSIM: Clarke (1993), Australian Journal of Ecology 18(1),
/// doi:10.1111/j.1442-9993.1993.tb00438.x, and Cliff's δ of pairs within and between.
pub fn separation(stimulus: &GroupedStimulus<'_>) -> Result<Option<Separation>, GroupError> {
    let GroupedStimulus { matrix, members } = *stimulus;
    if members.len() != matrix.count() {
        return Err(GroupError::CountMismatch { what: "members", found: members.len(), scanpaths: matrix.count() });
    }
    let mut pairs: [Vec<f64>; 3] = Default::default();
    for i in 0..members.len() {
        for j in i + 1..members.len() {
            let of = match (members[i].group, members[j].group) {
                (Side::First, Side::First) => 0,
                (Side::Second, Side::Second) => 1,
                _ => 2,
            };
            pairs[of].extend(matrix.pair(i, j));
        }
    }
    if pairs.iter().any(Vec::is_empty) {
        return Ok(None);
    }
    let [first, second, between] = pairs.each_ref().map(|pairs| pairs.iter().sum::<f64>() / pairs.len() as f64);
    let [of_first, of_second, of_both] = pairs;
    let within = [of_first, of_second].concat();
    Ok(Some(Separation { within: [first, second], between, rank_biserial: dominance(within, of_both) }))
}

/// How much more often a value of the first list is larger than one of the second than smaller: −1 ..= 1. Neither is empty.
fn dominance(mut first: Vec<f64>, mut second: Vec<f64>) -> f64 {
    first.sort_unstable_by(f64::total_cmp);
    second.sort_unstable_by(f64::total_cmp);
    let (mut below, mut to, mut balance) = (0, 0, 0.0);
    for value in &first {
        while below < second.len() && second[below] < *value {
            below += 1;
        }
        to = to.max(below);
        while to < second.len() && second[to] <= *value {
            to += 1;
        }
        balance += below as f64 - (second.len() - to) as f64;
    }
    balance / (first.len() * second.len()) as f64
}
