//! Code that several formats share: none of them borrows from another.

pub(crate) mod binary_map;
pub(crate) mod collected;
pub(crate) mod json_gaze;
pub(crate) mod stimuli;
