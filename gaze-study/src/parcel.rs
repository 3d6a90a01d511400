//! Bytes that travel between machines: a header, which says what they are, and a body, both under a hash.
//!
//! ```text
//! "gaze-1\r\n"   8 bytes
//! length of the header, 64 bits, little-endian
//! header         JSON: kind, version of the program, content
//! body
//! SHA-256 of all before it, 32 bytes
//! ```

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::error::TravelError;

const MAGIC: &[u8; 8] = b"gaze-1\r\n";
const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Deserialize)]
struct Envelope {
    kind: String,
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Header<T> {
    kind: String,
    version: String,
    content: T,
}

/// Packs a header's content and a body.
pub(crate) fn pack<T: Serialize>(kind: &'static str, content: &T, body: &[&[u8]]) -> Vec<u8> {
    let header = Header { kind: kind.to_owned(), version: VERSION.to_owned(), content };
    let header = serde_json::to_vec(&header).expect("what travels has no keys but text");
    let length = body.iter().map(|bytes| bytes.len()).sum::<usize>();
    let mut parcel = Vec::with_capacity(MAGIC.len() + 8 + header.len() + length + 32);
    parcel.extend_from_slice(MAGIC);
    parcel.extend_from_slice(&(header.len() as u64).to_le_bytes());
    parcel.extend_from_slice(&header);
    body.iter().for_each(|bytes| parcel.extend_from_slice(bytes));
    let hash = Sha256::digest(&parcel);
    parcel.extend_from_slice(&hash);
    parcel
}

/// Unpacks what [`pack`] made: the header's content, and the body.
pub(crate) fn unpack<'a, T: DeserializeOwned>(
    kind: &'static str,
    parcel: &'a [u8],
) -> Result<(T, Body<'a>), TravelError> {
    let damaged = || TravelError::Damaged { kind };
    let (content, hash) = parcel.split_last_chunk::<32>().ok_or_else(damaged)?;
    if Sha256::digest(content)[..] != hash[..] {
        return Err(damaged());
    }
    let rest = content.strip_prefix(MAGIC).ok_or_else(damaged)?;
    let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
    let (header, body) = rest.split_at_checked(length).ok_or_else(damaged)?;
    // The content of another version may be written in another way.
    let envelope: Envelope = serde_json::from_slice(header).map_err(|_| damaged())?;
    if envelope.kind != kind {
        return Err(damaged());
    }
    if envelope.version != VERSION {
        return Err(TravelError::Version { kind, found: envelope.version });
    }
    let header: Header<T> = serde_json::from_slice(header).map_err(|_| damaged())?;
    Ok((header.content, Body { kind, rest: body }))
}

/// The body of a parcel, taken piece by piece.
pub(crate) struct Body<'a> {
    kind: &'static str,
    rest: &'a [u8],
}

impl<'a> Body<'a> {
    /// The next piece.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], TravelError> {
        let (piece, rest) = self.rest.split_at_checked(length).ok_or(TravelError::Damaged { kind: self.kind })?;
        self.rest = rest;
        Ok(piece)
    }

    /// Checks that nothing is left.
    pub(crate) fn end(self) -> Result<(), TravelError> {
        if self.rest.is_empty() { Ok(()) } else { Err(TravelError::Damaged { kind: self.kind }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        let parcel = pack("part", &("key", 3), &[b"abc", b"", b"de"]);
        let (content, mut body) = unpack::<(String, u32)>("part", &parcel).unwrap();
        assert_eq!(content, ("key".to_owned(), 3));
        assert_eq!([body.take(3).unwrap(), body.take(2).unwrap()], [&b"abc"[..], b"de"]);
        assert!(body.take(1).is_err());
        body.end().unwrap();
    }

    #[test]
    fn a_parcel_that_was_damaged_is_refused() {
        let parcel = pack("part", &1, &[b"abc"]);
        for place in 0..parcel.len() {
            let mut damaged = parcel.clone();
            damaged[place] ^= 1;
            assert!(unpack::<u32>("part", &damaged).is_err(), "{place}");
            assert!(unpack::<u32>("part", &parcel[..place]).is_err(), "{place}");
        }
        assert!(unpack::<u32>("first pass", &parcel).is_err());
        let (_, body) = unpack::<u32>("part", &parcel).unwrap();
        assert!(body.end().is_err());
    }

    #[test]
    fn another_version_is_told() {
        let header = format!("{{\"kind\":\"part\",\"version\":\"{VERSION}\",\"content\":null}}");
        let other = header.replace(VERSION, "0.0.7");
        let mut parcel = [&MAGIC[..], &(other.len() as u64).to_le_bytes(), other.as_bytes()].concat();
        let hash = Sha256::digest(&parcel);
        parcel.extend_from_slice(&hash);
        let error = unpack::<u32>("part", &parcel).map(drop).unwrap_err().to_string();
        assert!(error.starts_with("version 0.0.7 of gaze made this part, and here is"), "{error}");
    }
}
