//! The part of a study that one stimulus is: its scores, its maps, and what a report shows of it.
//!
//! [`make`](crate::Study::make_part) makes a part and writes nothing; [`PartStore`] keeps parts in an output folder. All
//! tables and the report are made of the parts and of the [`Index`](crate::Index).

pub(crate) use self::{make::make, store::discard_others};
pub use self::{
    make::{MapFile, NewPart, Outcome},
    store::{Part, PartStore, Shown},
};

mod bytes;
mod make;
mod pictures;
mod store;
