//! Checks the values of a page before the decoders of the crate `parquet` read them, as those panic where they should fail.
//!
//! Source: Apache Parquet, "Parquet encoding definitions" (`Encodings.md`).

use parquet::{
    basic::{Encoding, Type},
    schema::types::ColumnDescriptor,
};

use super::cursor::Cursor;

/// The most values that a block of differences may have; writers use 128 and 256.
const LARGEST_BLOCK: u64 = 1 << 16;

/// Counts the ones among `count` levels of 0 or 1; returns `None` if there are fewer levels.
///
/// The levels are stored as runs of equal levels and groups of eight packed levels, in any order.
pub(super) fn ones(levels: &[u8], count: usize) -> Option<usize> {
    let mut reader = Cursor::new(levels);
    let (mut left, mut ones) = (count as u64, 0u64);
    while left > 0 {
        let head = reader.varint()?;
        let length = head >> 1;
        if head & 1 == 0 {
            let level = *reader.take(1)?.first()?;
            let run = length.min(left);
            // A run of length 0 is padding after the last level.
            if run == 0 || level > 1 {
                return None;
            }
            ones += run * u64::from(level);
            left -= run;
        } else {
            // The last group may be cut short by its writer.
            let rest = reader.left();
            let packed = reader.take(usize::try_from(length).unwrap_or(usize::MAX).min(rest))?;
            for &byte in packed {
                let taken = left.min(8);
                if taken == 0 {
                    break;
                }
                let mask = 0xffu8 >> (8 - taken);
                ones += u64::from((byte & mask).count_ones());
                left -= taken;
            }
            if packed.is_empty() {
                return None;
            }
        }
    }
    usize::try_from(ones).ok()
}

/// Tells whether bytes hold `count` values in an encoding, and take at most `most` bytes of memory once they are decoded.
pub(super) fn holds(column: &ColumnDescriptor, encoding: Encoding, bytes: &[u8], count: usize, most: usize) -> bool {
    let fixed = match column.physical_type() {
        Type::INT32 | Type::FLOAT => Some(4),
        Type::INT64 | Type::DOUBLE => Some(8),
        Type::INT96 => Some(12),
        Type::FIXED_LEN_BYTE_ARRAY => usize::try_from(column.type_length()).ok().filter(|&width| width > 0),
        Type::BOOLEAN | Type::BYTE_ARRAY => None,
    };
    let kind = column.physical_type();
    match encoding {
        Encoding::PLAIN => match kind {
            Type::BOOLEAN => bytes.len() >= count.div_ceil(8),
            Type::BYTE_ARRAY => lengths(bytes, count),
            _ => fixed.and_then(|width| width.checked_mul(count)) == Some(bytes.len()),
        },
        Encoding::BYTE_STREAM_SPLIT => {
            kind != Type::INT96 && fixed.and_then(|width| width.checked_mul(count)) == Some(bytes.len())
        }
        // The first byte is the width of an index. The decoder compares the indices with the dictionary.
        Encoding::RLE_DICTIONARY => bytes.first().is_some_and(|&width| width <= 32) || count == 0 && bytes.is_empty(),
        Encoding::RLE => kind == Type::BOOLEAN,
        Encoding::DELTA_BINARY_PACKED => {
            matches!(kind, Type::INT32 | Type::INT64) && Deltas::new(bytes, count).is_some()
        }
        Encoding::DELTA_LENGTH_BYTE_ARRAY => kind == Type::BYTE_ARRAY && suffixes(bytes, count).is_some(),
        Encoding::DELTA_BYTE_ARRAY => kind == Type::BYTE_ARRAY && prefixed(bytes, count, most).is_some(),
        _ => false,
    }
}

/// Tells whether bytes begin with `count` texts, each after its length.
fn lengths(bytes: &[u8], count: usize) -> bool {
    let mut rest = bytes;
    for _ in 0..count {
        let Some((length, text)) = rest.split_first_chunk() else { return false };
        let after = usize::try_from(u32::from_le_bytes(*length)).ok().and_then(|length| text.get(length..));
        let Some(after) = after else { return false };
        rest = after;
    }
    true
}

/// Reads the lengths of `count` texts, and fails if fewer bytes than the texts need follow the lengths.
fn suffixes(bytes: &[u8], count: usize) -> Option<Vec<i64>> {
    let (lengths, end) = Deltas::new(bytes, count)?.values()?;
    let sum = lengths.iter().try_fold(0i64, |sum, &length| sum.checked_add(Some(length).filter(|&l| l >= 0)?))?;
    (usize::try_from(sum).ok()? <= bytes.len() - end).then_some(lengths)
}

/// Checks texts that are stored as the length that each shares with the beginning of the one before, and the rest.
fn prefixed(bytes: &[u8], count: usize, most: usize) -> Option<()> {
    let (shared, end) = Deltas::new(bytes, count)?.values()?;
    let rests = suffixes(&bytes[end..], count)?;
    let mut whole = 0i64;
    let mut before = 0;
    for (shared, rest) in shared.into_iter().zip(rests) {
        let shared = Some(shared).filter(|shared| (0..=before).contains(shared))?;
        before = shared + rest;
        whole = whole.checked_add(before)?;
    }
    (usize::try_from(whole).ok()? <= most).then_some(())
}

/// Whole numbers that are stored as differences, packed in as few bits as they need.
struct Deltas<'a> {
    reader: Cursor<'a>,
    /// The number of packs in a block, and the number of values in a pack.
    packs: usize,
    pack: usize,
    count: usize,
    first: i64,
}

impl<'a> Deltas<'a> {
    /// Reads the numbers that stand before the blocks.
    fn new(bytes: &'a [u8], expected: usize) -> Option<Self> {
        let mut reader = Cursor::new(bytes);
        let [block, packs, count] = [reader.varint()?, reader.varint()?, reader.varint()?];
        let first = reader.integer()?;
        let sound = block <= LARGEST_BLOCK && block > 0 && packs > 0 && block % packs == 0 && (block / packs) % 32 == 0;
        let [packs, pack] = [packs, block.checked_div(packs)?].map(|n| usize::try_from(n).ok());
        (sound && count == expected as u64).then_some(Self {
            reader,
            packs: packs?,
            pack: pack?,
            count: expected,
            first,
        })
    }

    /// Returns all values, and the byte at which they end.
    fn values(mut self) -> Option<(Vec<i64>, usize)> {
        // A pack of equal differences takes a single byte, so the memory grows with the bytes that are read.
        let mut values = Vec::new();
        if self.count > 0 {
            values.push(i64::from(i32::try_from(self.first).ok()?));
        }
        while values.len() < self.count {
            let least = self.reader.integer()?;
            let widths = self.reader.take(self.packs)?.to_vec();
            for width in widths {
                if values.len() >= self.count {
                    // The packs that pad a block may be left out.
                    break;
                }
                let packed = self.reader.take(usize::from(width) * self.pack / 8)?;
                for index in 0..self.pack.min(self.count - values.len()) {
                    let delta = bits(packed, index * usize::from(width), width)?.cast_signed().wrapping_add(least);
                    let value = values.last()?.wrapping_add(delta);
                    // Numbers of 32 bits wrap around.
                    #[expect(clippy::cast_possible_truncation, reason = "that is what the format says")]
                    values.push(i64::from(value as i32));
                }
            }
        }
        Some((values, self.reader.at))
    }
}

/// Reads a number of up to 32 bits that begins at the bit `start`; the lowest bit comes first.
fn bits(bytes: &[u8], start: usize, width: u8) -> Option<u64> {
    if width > 32 {
        return None;
    }
    let mut word = [0; 8];
    let piece = bytes.get(start / 8..)?;
    let length = piece.len().min(8);
    word[..length].copy_from_slice(&piece[..length]);
    Some(u64::from_le_bytes(word) >> (start % 8) & ((1 << width) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;

    #[test]
    fn levels_are_counted_in_runs_and_packs() {
        // Three of 1, eight packed ones of which three are 1, two of 0.
        let levels = [0x06, 0x01, 0x03, 0b1000_0101, 0x04, 0x00];
        for (count, expected) in [(0, 0), (2, 2), (3, 3), (4, 4), (5, 4), (6, 5), (11, 6), (13, 6)] {
            assert_eq!(ones(&levels, count), Some(expected), "{count}");
        }
        assert_eq!(ones(&levels, 14), None);
        // A level of 2, a run of nothing, a pack without bytes.
        for wrong in [&[0x06, 0x02][..], &[0x00, 0x01], &[0x03], &[]] {
            assert_eq!(ones(wrong, 1), None, "{wrong:?}");
        }
    }

    /// Differences: blocks of 128 in four packs, the count, the first value, then the least difference and no bits.
    fn deltas(count: u8, first: u8, least: u8) -> Vec<u8> {
        vec![0x80, 0x01, 4, count, first, least, 0, 0, 0, 0]
    }

    #[test]
    fn differences_are_added_up() {
        let (values, end) = Deltas::new(&deltas(3, 10, 5), 3).unwrap().values().unwrap();
        assert_eq!((values, end), (vec![5, 2, -1], 10));
        // Two differences of three bits each, 1 and 6, above a least of 1.
        let mut packed = deltas(3, 0, 2);
        packed[6] = 3;
        packed.extend([0b11_0001, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Deltas::new(&packed, 3).unwrap().values().unwrap(), (vec![0, 2, 9], 22));
        assert!(Deltas::new(&packed[..21], 3).unwrap().values().is_none());
        // Another count than the page's, and blocks that are no multiple of 32.
        assert!(Deltas::new(&packed, 4).is_none());
        assert!(Deltas::new(&[0x81, 0x01, 4, 3, 0], 3).is_none());
        assert!(Deltas::new(&[0x80, 0x01, 0, 3, 0], 3).is_none());
    }

    #[test]
    fn texts_are_as_long_as_their_page_says() {
        // Lengths 3 and 0; the first shares nothing, the second 3 with it.
        let suffixes = [deltas(2, 6, 5), b"abc".to_vec()].concat();
        assert!(super::suffixes(&suffixes, 2).is_some());
        assert!(super::suffixes(&suffixes[..12], 2).is_none());
        let whole = [deltas(2, 0, 6), suffixes.clone()].concat();
        assert!(prefixed(&whole, 2, 6).is_some());
        // More memory than allowed; more shared than there is before; a negative length.
        assert!(prefixed(&whole, 2, 5).is_none());
        assert!(prefixed(&[deltas(2, 0, 8), suffixes].concat(), 2, 99).is_none());
        assert!(super::suffixes(&[deltas(2, 6, 13), b"abc".to_vec()].concat(), 2).is_none());
        assert!(lengths(b"\x01\0\0\0a\0\0\0\0", 2));
        assert!(!lengths(b"\x01\0\0\0a\0\0\0", 2));
        assert!(!lengths(b"\xff\xff\xff\xffa", 1));
    }

    #[test]
    fn no_damage_makes_the_checks_panic() {
        let mut packed = deltas(3, 0, 2);
        packed[6] = 3;
        packed.extend([0b11_0001, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'a', b'b']);
        for bytes in damaged(&packed, 20_000, 15) {
            let _ = (ones(&bytes, 30), lengths(&bytes, 3), suffixes(&bytes, 3), prefixed(&bytes, 3, 99));
        }
    }
}
