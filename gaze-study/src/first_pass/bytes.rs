//! The first pass as bytes, so that the workers of a cluster need not read all gaze again.
//!
//! Structure travels as JSON, coordinates as they are in memory. What is estimated from the gaze is estimated again: that is a
//! sum over the fixations, made when it is first asked for.

use gaze_core::{Fixation, Fixations, Size};
use serde::{Deserialize, Serialize};

use super::{
    FirstPass, Index,
    gaze::{GazeOfDataset, GroupFixations, StimulusGaze, Timing, fingerprint},
};
use crate::{
    error::{StudyError, TravelError},
    parcel::{pack, unpack},
    plan::Plan,
};

const KIND: &str = "first pass";

/// The bytes of a fixation.
const POINT: usize = 2 * size_of::<f64>();

#[derive(Serialize, Deserialize)]
struct Header {
    /// The plan as text, because numbers that are read from text and written again could differ in the last digit.
    plan: String,
    index: Index,
    groups: Vec<String>,
    stimuli: Vec<Stimulus>,
}

#[derive(Serialize, Deserialize)]
struct Stimulus {
    key: String,
    /// Height and width.
    size: Result<(usize, usize), String>,
    problems: Vec<String>,
    groups: Vec<Group>,
}

#[derive(Serialize, Deserialize)]
struct Group {
    group: String,
    scanpaths: usize,
    dropped: usize,
    /// The number of fixations.
    fixations: Result<usize, String>,
    observers: Vec<(usize, usize)>,
    timings: Vec<TimingHeader>,
}

/// The name of an observer, whether the beginning is known, and the number of durations, which follow the fixations of the group.
#[derive(Serialize, Deserialize)]
struct TimingHeader {
    observer: Option<String>,
    first: bool,
    durations: Option<usize>,
}

fn text(plan: &Plan) -> String {
    serde_json::to_string(plan).expect("a plan has no keys but text, and its numbers are finite")
}

impl FirstPass {
    /// The first pass as bytes: sixteen for each fixation, and little more. [`Study::receive`](crate::Study::receive) reads them.
    #[must_use]
    pub fn to_bytes(&self, plan: &Plan) -> Vec<u8> {
        let group = |group: &GroupFixations| Group {
            group: group.group.clone(),
            scanpaths: group.scanpaths,
            dropped: group.dropped,
            fixations: group.fixations.as_ref().map(Fixations::len).map_err(Clone::clone),
            observers: group.observers.clone(),
            timings: group.timings.iter().map(header).collect(),
        };
        let stimulus = |stimulus: &StimulusGaze| Stimulus {
            key: stimulus.key.clone(),
            size: stimulus.size.as_ref().map(|size| size.dim()).map_err(Clone::clone),
            problems: stimulus.problems.clone(),
            groups: stimulus.groups.iter().map(group).collect(),
        };
        let header = Header {
            plan: text(plan),
            index: self.index.clone(),
            groups: self.gaze.groups.clone(),
            stimuli: self.gaze.stimuli.iter().map(stimulus).collect(),
        };
        let mut body = Vec::new();
        for group in self.gaze.stimuli.iter().flat_map(|stimulus| &stimulus.groups) {
            let points = group.fixations.as_ref().map_or(&[][..], Fixations::points);
            body.extend(points.iter().flat_map(|point| [point.x.to_le_bytes(), point.y.to_le_bytes()]).flatten());
            for Timing { first_ms, durations_ms, .. } in &group.timings {
                let numbers = durations_ms.iter().flatten().chain(first_ms);
                body.extend(numbers.flat_map(|number| number.to_le_bytes()));
            }
        }
        pack(KIND, &header, &[&body])
    }

    /// Reads what [`FirstPass::to_bytes`] made on another machine for the same plan.
    pub(crate) fn from_bytes(bytes: &[u8], plan: &Plan) -> Result<Self, StudyError> {
        let damaged = || TravelError::Damaged { kind: KIND };
        let (header, mut body) = unpack::<Header>(KIND, bytes)?;
        if header.plan != text(plan) {
            let theirs: Plan = serde_json::from_str(&header.plan).map_err(|_| damaged())?;
            return Err(TravelError::OtherStudy { kind: KIND, difference: plan.difference(&theirs) }.into());
        }
        let mut stimuli = Vec::with_capacity(header.stimuli.len());
        for Stimulus { key, size, problems, groups } in header.stimuli {
            let size = size.map(|(height, width)| Size { height, width });
            let mut read = Vec::with_capacity(groups.len());
            for Group { group, scanpaths, dropped, fixations, observers, timings } in groups {
                let fixations = match (fixations, &size) {
                    (Err(reason), _) => Err(reason),
                    (Ok(_), Err(_)) => return Err(damaged().into()),
                    (Ok(count), Ok(size)) => {
                        let points = body.take(count.checked_mul(POINT).ok_or_else(damaged)?)?;
                        let points = points.as_chunks::<POINT>().0.iter().map(point).collect();
                        Ok(Fixations::new(*size, points).map_err(|_| damaged())?)
                    }
                };
                let mut number = |count: usize| -> Result<Vec<f64>, TravelError> {
                    let bytes = body.take(count.checked_mul(size_of::<f64>()).ok_or_else(damaged)?)?;
                    Ok(bytes.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
                };
                let timings = timings.into_iter().map(
                    |TimingHeader { observer, first, durations }| -> Result<Timing, TravelError> {
                        let durations_ms = durations.map(&mut number).transpose()?;
                        Ok(Timing { observer, first_ms: number(usize::from(first))?.pop(), durations_ms })
                    },
                );
                let timings = timings.collect::<Result<_, _>>()?;
                read.push(GroupFixations { group, scanpaths, dropped, fixations, observers, timings });
            }
            stimuli.push(StimulusGaze { key, size, groups: read, problems });
        }
        body.end()?;
        let gaze =
            GazeOfDataset { fingerprint: fingerprint(&stimuli), stimuli, groups: header.groups, notes: Vec::new() };
        if gaze.fingerprint != header.index.fingerprint {
            return Err(damaged().into());
        }
        Self::of_gaze(plan, gaze, header.index)
    }
}

fn header(timing: &Timing) -> TimingHeader {
    TimingHeader {
        observer: timing.observer.clone(),
        first: timing.first_ms.is_some(),
        durations: timing.durations_ms.as_ref().map(Vec::len),
    }
}

fn point(bytes: &[u8; POINT]) -> Fixation {
    let [x, y] = [0, 8].map(|at| f64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte])));
    Fixation { x, y }
}
