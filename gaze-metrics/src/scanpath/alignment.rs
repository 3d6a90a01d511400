//! Alignments of two sequences: that of Needleman & Wunsch, which ScanMatch and the sequence score share, and the warping that
//! dynamic time warping and the Fréchet distance share.

/// Computes the score of the best global alignment of two sequences.
///
/// ```text
/// F(i, j)  =  max of  F(i − 1, j − 1) + score(i, j),  F(i − 1, j) + gap,  F(i, j − 1) + gap
/// ```
///
/// `F(i, 0)` is `i · gap` and `F(0, j)` is `j · gap`. Needleman & Wunsch (1970), Journal of Molecular Biology 48(3),
/// doi:10.1016/0022-2836(70)90057-4. Time grows with the product of the lengths, memory with the second.
pub(super) fn needleman_wunsch(first: usize, second: usize, gap: f64, score: impl Fn(usize, usize) -> f64) -> f64 {
    let mut row: Vec<f64> = (0..=second).map(|j| gap * j as f64).collect();
    for i in 0..first {
        let mut diagonal = row[0];
        row[0] = gap * (i + 1) as f64;
        for j in 0..second {
            let matched = diagonal + score(i, j);
            diagonal = row[j + 1];
            row[j + 1] = matched.max(row[j + 1] + gap).max(row[j] + gap);
        }
    }
    row[second]
}

/// Computes the cost of the best way of pairing two sequences in order, in which no element is left out and each may be paired with
/// several neighbours. `join` makes the cost of a way that ends in a pair of the cost of the best way before it.
///
/// ```text
/// D(i, j)  =  join( min of  D(i − 1, j − 1),  D(i − 1, j),  D(i, j − 1);  pᵢ, qⱼ )
/// ```
///
/// Time grows with the product of the lengths, memory with the second.
pub(super) fn warp<T>(first: &[T], second: &[T], join: impl Fn(f64, &T, &T) -> f64) -> f64 {
    // The costs of the best ways that end in the row's element; one more in front, which nothing precedes.
    let mut row = vec![f64::INFINITY; second.len() + 1];
    row[0] = 0.0;
    for a in first {
        let mut diagonal = std::mem::replace(&mut row[0], f64::INFINITY);
        for (j, b) in second.iter().enumerate() {
            let best = diagonal.min(row[j + 1]).min(row[j]);
            diagonal = row[j + 1];
            row[j + 1] = join(best, a, b);
        }
    }
    row[second.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: &str, second: &str, gap: f64, expected: f64) {
        let (a, b) = (first.as_bytes(), second.as_bytes());
        let found = needleman_wunsch(a.len(), b.len(), gap, |i, j| if a[i] == b[j] { 1.0 } else { -1.0 });
        assert!((found - expected).abs() < 1e-15, "{first} {second}: {found}");
    }

    #[test]
    fn known_alignments_have_their_scores() {
        // The example of Wikipedia's article: match 1, mismatch and gap −1.
        check("GCATGCG", "GATTACA", -1.0, 0.0);
        check("ABC", "ABC", -1.0, 3.0);
        // A gap costs nothing, so the longest common subsequence counts.
        check("ABXC", "YABC", 0.0, 3.0);
        check("", "ABC", -2.0, -6.0);
        check("AB", "", -2.0, -4.0);
    }
}
