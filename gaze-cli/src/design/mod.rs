//! The parts that `score` and `compare` share: the regions of a design, their figures under a density, and requirements on
//! these.

pub(crate) use gaze_data::RegionSpec;

pub(crate) use self::{
    figures::{Figures, Scored, regions_of},
    region::{read_regions, resolve},
    requirement::{Figure, Requirement, Verdict, check_all, tell_unmet},
};

mod figures;
mod region;
mod requirement;
