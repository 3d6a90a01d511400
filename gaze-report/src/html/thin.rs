//! At most so many of many: what keeps the page small however large the dataset is.

/// Points drawn of one model in one group.
pub(super) const POINTS: usize = 400;

/// At most `most` of the items, evenly spread from the first to the last; all of them if they are no more.
pub(super) fn thinned<T>(items: &[T], most: usize) -> impl Iterator<Item = &T> {
    let count = items.len().min(most);
    (0..count).map(move |index| match count {
        0 | 1 => &items[0],
        _ => &items[index * (items.len() - 1) / (count - 1)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: usize, most: usize, expected: &[usize]) {
        let items: Vec<usize> = (0..count).collect();
        assert_eq!(thinned(&items, most).copied().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn few_are_all_kept_and_of_many_both_ends() {
        check(0, 3, &[]);
        check(3, 3, &[0, 1, 2]);
        check(3, 9, &[0, 1, 2]);
        check(10, 3, &[0, 4, 9]);
        check(1001, 5, &[0, 250, 500, 750, 1000]);
        check(7, 1, &[0]);
        check(7, 0, &[]);
    }
}
