//! A share of the stimuli, so that several machines can divide a study.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use thiserror::Error;

/// One of several shares of the stimuli, written as `1/4` to `4/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number of the shard, counted from 0.
    index: u64,
    count: u64,
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is no shard; write 1/4 for the first of four, up to 4/4")]
pub struct ShardError {
    /// The text.
    pub text: String,
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let wrong = || ShardError { text: text.to_owned() };
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let [index, count] = [index, count].map(str::parse::<u64>);
        match (index, count) {
            (Ok(index @ 1..), Ok(count)) if index <= count => Ok(Self { index: index - 1, count }),
            _ => Err(wrong()),
        }
    }
}

/// The text that was parsed.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

impl Shard {
    /// Tells whether a stimulus belongs to the shard. A hash of its key decides, so that the answer does not depend on what
    /// else is in the dataset.
    #[must_use]
    pub fn holds(self, key: &str) -> bool {
        let hash = Sha256::digest(key);
        let (first, _) = hash.split_first_chunk::<8>().expect("SHA-256 has 32 bytes");
        u64::from_be_bytes(*first) % self.count == self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stimulus_is_in_one_shard() {
        let shards: Vec<Shard> = (1..=3).map(|index| format!("{index}/3").parse().unwrap()).collect();
        let keys: Vec<String> = (0..300).map(|key| key.to_string()).collect();
        let of_key = |key: &String| shards.iter().filter(|shard| shard.holds(key)).count();
        assert!(keys.iter().all(|key| of_key(key) == 1));
        // About a third each.
        let of_shard = |shard: &Shard| keys.iter().filter(|key| shard.holds(key)).count();
        assert!(shards.iter().all(|shard| (70..=130).contains(&of_shard(shard))));
    }

    #[test]
    fn the_hash_is_fixed_so_that_machines_agree() {
        let shard: Shard = "1/2".parse().unwrap();
        // SHA-256 of "1" begins with 6b86b273ff34fce1, of "3" with 4e07408562bedb8b: both odd; of "2" d4735e3a265e16ee.
        assert_eq!(["1", "2", "3"].map(|key| shard.holds(key)), [false, true, false]);
    }

    #[test]
    fn a_shard_is_written_as_it_is_read() {
        for text in ["1/1", "2/8"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "0/2", "3/2", "1/0", "a/b", "-1/2"] {
            assert!(text.parse::<Shard>().unwrap_err().to_string().contains("is no shard; write 1/4"), "{text}");
        }
    }
}
