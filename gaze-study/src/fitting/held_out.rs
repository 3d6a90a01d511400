//! The division of images into those for training, for validation and for testing.

use sha2::{Digest, Sha256};

use crate::files::hex;

/// The purpose of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Parameters are fitted to it.
    Training,
    /// It decides when the training ends.
    Validation,
    /// It is never looked at.
    Test,
}

/// The purpose of each image, in the order of `names`: sorted by the hexadecimal SHA-256 of the name, the last `test` are for
/// testing and the `validation` before them for validation.
#[must_use]
pub fn parts(names: &[String], validation: usize, test: usize) -> Vec<Part> {
    let mut order: Vec<(String, usize)> =
        names.iter().enumerate().map(|(index, name)| (hex(&Sha256::digest(name)), index)).collect();
    order.sort();
    let mut parts = vec![Part::Training; names.len()];
    for (place, (_, index)) in order.into_iter().rev().enumerate() {
        if place < test {
            parts[index] = Part::Test;
        } else if place < test.saturating_add(validation) {
            parts[index] = Part::Validation;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_hashes() {
        // SHA-256 begins with ca97… for "a", 3e23… for "b", 2e7d… for "c", 18ac… for "d".
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(parts(&names, 1, 1), [Part::Test, Part::Validation, Part::Training, Part::Training]);
        assert_eq!(parts(&names, 9, 0), [Part::Validation; 4]);
        assert_eq!(parts(&names, 2, usize::MAX), [Part::Test; 4]);
    }
}
