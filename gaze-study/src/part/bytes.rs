//! Parts as bytes, for machines that do not see the output folder.

use serde::{Deserialize, Serialize};

use super::{MapFile, NewPart, Outcome, Part, make::Drawn, store::is_plain};
use crate::{
    error::TravelError,
    first_pass::FirstPass,
    parcel::{pack, unpack},
};

const KIND: &str = "part";

#[derive(Serialize, Deserialize)]
struct Header {
    study: String,
    key: String,
    failed: bool,
    /// The length of the part's file.
    part: usize,
    /// The length of the small picture; `None` if nothing was drawn.
    thumbnail: Option<usize>,
}

impl NewPart {
    /// The part as bytes, with its maps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = Header {
            study: self.study.clone(),
            key: self.key.clone(),
            failed: self.outcome == Outcome::Failed,
            part: self.json.len(),
            thumbnail: self.drawn.as_ref().map(|drawn| drawn.thumbnail.len()),
        };
        let mut body = vec![self.json.as_slice()];
        if let Some(drawn) = &self.drawn {
            body.push(&drawn.thumbnail);
            body.extend(drawn.maps.iter().map(|file| file.bytes.as_slice()));
        }
        pack(KIND, &header, &body)
    }

    /// Reads what [`NewPart::to_bytes`] made on another machine, and checks that it is a part of the same study.
    ///
    /// # Errors
    ///
    /// [`TravelError`] if the bytes are damaged, or were made by another version or for another study.
    pub fn from_bytes(bytes: &[u8], first_pass: &FirstPass) -> Result<Self, TravelError> {
        let damaged = || TravelError::Damaged { kind: KIND };
        let (Header { study, key, failed, part: length, thumbnail }, mut body) = unpack::<Header>(KIND, bytes)?;
        if study != first_pass.id() || !first_pass.stimuli().iter().any(|stimulus| stimulus.key == key) {
            return Err(TravelError::OtherStudy { kind: KIND, difference: None });
        }
        let json = body.take(length)?.to_vec();
        let part: Part = serde_json::from_slice(&json).map_err(|_| damaged())?;
        let drawn = match thumbnail {
            None => None,
            Some(length) => {
                let thumbnail = body.take(length)?.to_vec();
                let file = |(name, length, _): &(String, u64, String)| {
                    // A part that was sent by another program must not write elsewhere.
                    let length = usize::try_from(*length).ok().filter(|_| is_plain(name)).ok_or_else(damaged)?;
                    Ok(MapFile { name: name.clone(), bytes: body.take(length)?.to_vec() })
                };
                Some(Drawn { maps: part.maps.iter().map(file).collect::<Result<_, TravelError>>()?, thumbnail })
            }
        };
        if drawn.is_none() && !part.maps.is_empty() {
            return Err(damaged());
        }
        body.end()?;
        let outcome = if failed { Outcome::Failed } else { Outcome::Scored };
        Ok(Self { study, key, part, json, drawn, outcome })
    }
}
