//! Finds the places and names of the samples of a file that has no side files.
//!
//! The samples are walked through one after another; images and arrays are skipped, not read.

use std::io::{self, BufRead, Seek};

use crate::{MsgpackError, error::msgpack::VALUES};

/// The longest name of a sample, in bytes.
const LONGEST_NAME: u64 = 1 << 16;

/// The reason for which a scan ended before the file did.
#[derive(Debug)]
pub(crate) enum Stop {
    Io(io::Error),
    Syntax(MsgpackError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Returns the name and first byte of every sample of a file of `length` bytes.
pub(crate) fn samples(reader: impl BufRead + Seek, length: u64) -> Result<Vec<(String, u64)>, Stop> {
    let mut walker = Walker { reader, at: 0, length };
    let mut samples = Vec::new();
    while walker.at < length {
        samples.push(walker.sample()?);
    }
    Ok(samples)
}

/// The beginning of a value.
enum Head {
    /// This number of bytes follows.
    Bytes(u64),
    /// This number of bytes of text follows.
    Text(u64),
    /// This number of values follows.
    Array(u64),
    /// This number of pairs of values follows.
    Map(u64),
}

struct Walker<R> {
    reader: R,
    at: u64,
    length: u64,
}

impl<R: BufRead + Seek> Walker<R> {
    fn sample(&mut self) -> Result<(String, u64), Stop> {
        let at = self.at;
        let mut key = None;
        let mut left = VALUES as u64;
        match self.head()? {
            Head::Map(pairs) if pairs > 0 => {
                for _ in 0..pairs {
                    let name = self.text(&mut left)?;
                    let value = self.text(&mut left)?;
                    if name.as_deref() == Some("key") {
                        key = value;
                    }
                }
            }
            _ => return Err(self.unexpected(at, "a sample, which is a map")),
        }
        let key = key.ok_or_else(|| self.unexpected(at, "a sample with its name under key"))?;
        Ok((key, at))
    }

    /// Reads the next value if it is a text that may be a name; any other value is skipped.
    fn text(&mut self, left: &mut u64) -> Result<Option<String>, Stop> {
        let mut values = 1u64;
        let mut text = None;
        let mut first = true;
        while values > 0 {
            values -= 1;
            let at = self.at;
            *left = left.checked_sub(1).ok_or(Stop::Syntax(MsgpackError::TooMuch { at: place(at) }))?;
            match self.head()? {
                Head::Text(length) if first && length <= LONGEST_NAME => {
                    self.check(length)?;
                    let mut bytes = vec![0; place(length)];
                    self.reader.read_exact(&mut bytes)?;
                    self.at += length;
                    text = String::from_utf8(bytes).ok();
                }
                Head::Bytes(length) | Head::Text(length) => self.pass(length)?,
                Head::Array(count) => values = values.saturating_add(count),
                Head::Map(count) => values = values.saturating_add(count.saturating_mul(2)),
            }
            first = false;
        }
        Ok(text)
    }

    fn head(&mut self) -> Result<Head, Stop> {
        let at = self.at;
        let first = u8::try_from(self.number(1)?).unwrap_or_default();
        let small = u64::from(first);
        Ok(match first {
            0x80..=0x8f => Head::Map(small & 0x0f),
            0x90..=0x9f => Head::Array(small & 0x0f),
            0xa0..=0xbf => Head::Text(small & 0x1f),
            0xc1 => return Err(self.unexpected(at, "a value")),
            0xc4..=0xc6 => Head::Bytes(self.number(1 << (first - 0xc4))?),
            0xc7..=0xc9 => Head::Bytes(self.number(1 << (first - 0xc7))?.saturating_add(1)),
            0xca => Head::Bytes(4),
            0xcb => Head::Bytes(8),
            0xcc..=0xcf => Head::Bytes(1 << (first - 0xcc)),
            0xd0..=0xd3 => Head::Bytes(1 << (first - 0xd0)),
            0xd4..=0xd8 => Head::Bytes((1 << (first - 0xd4)) + 1),
            0xd9..=0xdb => Head::Text(self.number(1 << (first - 0xd9))?),
            0xdc | 0xdd => Head::Array(self.number(if first == 0xdc { 2 } else { 4 })?),
            0xde | 0xdf => Head::Map(self.number(if first == 0xde { 2 } else { 4 })?),
            // Small numbers, nil and truth values are contained in the first byte.
            _ => Head::Bytes(0),
        })
    }

    /// Reads a big-endian number of up to 8 bytes.
    fn number(&mut self, width: u64) -> Result<u64, Stop> {
        self.check(width)?;
        let mut bytes = [0; 8];
        let width = place(width).min(8);
        self.reader.read_exact(&mut bytes[8 - width..])?;
        self.at += width as u64;
        Ok(u64::from_be_bytes(bytes))
    }

    fn pass(&mut self, length: u64) -> Result<(), Stop> {
        self.check(length)?;
        self.reader.seek_relative(i64::try_from(length).unwrap_or(i64::MAX))?;
        self.at += length;
        Ok(())
    }

    /// Fails if fewer bytes than `length` follow.
    fn check(&self, length: u64) -> Result<(), Stop> {
        let found = self.length - self.at;
        if length > found {
            let (at, found) = (place(self.at), place(found));
            return Err(Stop::Syntax(MsgpackError::Truncated { at, expected: length, found }));
        }
        Ok(())
    }

    fn unexpected(&self, at: u64, expected: &'static str) -> Stop {
        Stop::Syntax(MsgpackError::Unexpected { at: place(at), expected })
    }
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use std::io::Cursor;

    fn scan(bytes: &[u8]) -> Result<Vec<(String, u64)>, String> {
        samples(Cursor::new(bytes), bytes.len() as u64).map_err(|stop| match stop {
            Stop::Io(error) => error.to_string(),
            Stop::Syntax(error) => error.to_string(),
        })
    }

    /// `{"image": 300 bytes, "key": NAME, "experiments": [{1: [nil, -1, 1.5]}]}`.
    fn sample(name: &str) -> Vec<u8> {
        let length = u8::try_from(name.len()).unwrap();
        let experiments = b"\xabexperiments\x91\x81\x01\x93\xc0\xff\xcb\x3f\xf8\0\0\0\0\0\0";
        let image = [b"\x83\xa5image\xc5\x01\x2c".as_slice(), &[7; 300]].concat();
        [&image, b"\xa3key\xd9".as_slice(), &[length], name.as_bytes(), experiments].concat()
    }

    #[test]
    fn samples_are_found_by_walking() {
        let (first, second) = (sample("a.png"), sample("b"));
        let both = [first.clone(), second].concat();
        assert_eq!(scan(&both).unwrap(), [("a.png".to_owned(), 0), ("b".to_owned(), first.len() as u64)]);
        assert_eq!(scan(b"").unwrap(), []);
    }

    #[test]
    fn what_is_no_sample_is_named_with_its_place() {
        assert_eq!(scan(b"\x93\x01\x02\x03").unwrap_err(), "at byte 0: expected a sample, which is a map");
        let unnamed = [sample("a"), b"\x81\xa3kez\x01".to_vec()].concat();
        let at = unnamed.len() - 6;
        assert_eq!(scan(&unnamed).unwrap_err(), format!("at byte {at}: expected a sample with its name under key"));
        let cut = sample("a");
        let message = scan(&cut[..200]).unwrap_err();
        assert_eq!(message, "at byte 10: expected 300 more bytes, found 190");
        // An array of four billion elements, of which there are none.
        assert_eq!(scan(b"\x81\xa1a\xdd\xff\xff\xff\xff").unwrap_err(), "at byte 8: expected 1 more bytes, found 0");
        let many = [b"\x81\xa1a\xdd\xff\xff\xff\xff".as_slice(), &vec![0; VALUES + 9]].concat();
        assert!(scan(&many).unwrap_err().contains("more than 4194304 values"));
    }

    #[test]
    fn no_damage_makes_the_scan_panic_or_find_more_than_there_is() {
        let both = [sample("a.png"), sample("b")].concat();
        for bytes in testing::damaged(&both, 20_000, 11) {
            if let Ok(found) = scan(&bytes) {
                assert!(found.iter().all(|(_, at)| *at < bytes.len() as u64));
            }
        }
    }
}
