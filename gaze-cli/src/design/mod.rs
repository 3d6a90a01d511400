//! What `score` and `compare` have in common: the regions of a design, what a density says about them, and what is
//! required of that.

pub(crate) use self::{
    figures::{Figures, Scored, regions_of},
    region::{RegionSpec, read_regions, resolve},
    requirement::{Figure, Requirement, Verdict, check_all, tell_unmet},
    scene::{Opened, Scene, check_picture},
};

mod figures;
mod region;
mod region_file;
mod requirement;
mod scene;
