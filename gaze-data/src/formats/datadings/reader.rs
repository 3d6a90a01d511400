//! Reads the samples of an indexed file.

use std::{
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};

use super::sums::{Sums, hex};
use crate::{
    DataError, GroupGaze, MsgpackError, RawFixation, RawScanpath, StimulusEntry,
    contract::{GazeReader, Picture},
    error::Problem,
    files::{
        folder,
        msgpack::{self, Value},
    },
    formats::shared::stimuli::GROUP,
};

/// The largest side file and the largest sample that are read, in bytes.
pub(super) const LARGEST: u64 = 1 << 28;

pub(super) fn parse<'a>(bytes: &'a [u8], path: &Path) -> Result<Value<'a>, DataError> {
    msgpack::parse(bytes).map_err(|cause| DataError::Msgpack { path: path.to_owned(), cause })
}

pub(super) fn unexpected(path: &Path, expected: &'static str) -> DataError {
    DataError::Msgpack { path: path.to_owned(), cause: MsgpackError::Unexpected { at: 0, expected } }
}

pub(super) struct Datadings {
    pub(super) root: PathBuf,
    pub(super) source: PathBuf,
    /// The name, first byte and end of the sample of each stimulus.
    pub(super) samples: Vec<(String, u64, u64)>,
    pub(super) sums: Sums,
}

impl Datadings {
    fn bytes(&self, index: usize) -> Result<Vec<u8>, DataError> {
        let (_, start, end) = &self.samples[index];
        let (limit, found) = (LARGEST, end - start);
        if found > limit {
            return Err(DataError::TooLarge { path: self.shown(index), limit, found });
        }
        let io_error = |cause| folder::io_error(&self.source, cause);
        let mut file = folder::open(&self.root, &self.source)?;
        file.seek(SeekFrom::Start(*start)).map_err(io_error)?;
        let mut bytes = Vec::new();
        file.take(found).read_to_end(&mut bytes).map_err(io_error)?;
        Ok(bytes)
    }

    /// Returns the name of a sample in errors.
    fn shown(&self, index: usize) -> PathBuf {
        self.source.join(&self.samples[index].0)
    }

    fn sample<'a>(&self, index: usize, bytes: &'a [u8]) -> Result<Value<'a>, DataError> {
        let shown = self.shown(index);
        let value = parse(bytes, &shown)?;
        let key = value.get("key").and_then(Value::text).unwrap_or_default();
        if key != self.samples[index].0 {
            return Err(Problem::new("key", &format!("{:?}, as in the index", self.samples[index].0), &key).at(&shown));
        }
        Ok(value)
    }

    fn scanpaths(&self, index: usize) -> Result<Vec<RawScanpath>, DataError> {
        let shown = self.shown(index);
        let bytes = self.bytes(index)?;
        let sample = self.sample(index, &bytes)?;
        let experiments = sample.get("experiments").and_then(Value::array);
        let experiments = experiments.ok_or_else(|| unexpected(&shown, "a list of experiments"))?;
        let mut scanpaths = Vec::with_capacity(experiments.len());
        for experiment in experiments {
            let gaze = experiment.get("fixations").or_else(|| experiment.get("locations"));
            let points = match gaze {
                None | Some(Value::Nil) => Vec::new(),
                Some(array) => array.points().map_err(|cause| DataError::Msgpack { path: shown.clone(), cause })?,
            };
            let fixation = |(x, y)| RawFixation::from_origin(0.0, x, y, None, None);
            scanpaths.push(RawScanpath { observer: None, fixations: points.into_iter().map(fixation).collect() });
        }
        Ok(scanpaths)
    }
}

impl GazeReader for Datadings {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        vec![GroupGaze { group: GROUP.to_owned(), source: self.shown(index), scanpaths: self.scanpaths(index) }]
    }

    fn verify(&self) -> Result<(), DataError> {
        self.sums.check(&self.source, || {
            let io_error = |cause| folder::io_error(&self.source, cause);
            let mut file = folder::open(&self.root, &self.source)?;
            let mut hasher = Md5::new();
            let mut buffer = vec![0; 1 << 16];
            loop {
                match file.read(&mut buffer).map_err(io_error)? {
                    0 => return Ok(hex(hasher.finalize())),
                    read => hasher.update(&buffer[..read]),
                }
            }
        })
    }

    fn picture(&self, index: usize, _stimulus: &StimulusEntry) -> Result<Picture, DataError> {
        let bytes = self.bytes(index)?;
        let sample = self.sample(index, &bytes)?;
        let shown = self.shown(index);
        match sample.get("image") {
            Some(Value::Bytes(image)) => Ok(Picture::Encoded { bytes: image.to_vec(), shown }),
            _ => Err(unexpected(&shown, "an image")),
        }
    }
}
