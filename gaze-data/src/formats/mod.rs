//! The dataset formats, a file or folder each.
//!
//! Every one opens with its layout on disk and its source, and offers `LAYOUT` and `open` as `contract.rs` describes.
//! Code that several formats need is in `shared/`.

use crate::{Format, contract::Open};

pub(crate) mod recordings;
pub(crate) mod table;

mod bids;
mod cat2000;
mod coco;
mod datadings;
mod figrim;
mod fixatons;
mod fixmaps;
mod mit1003;
mod mit300;
mod osie;
mod pascal_s;
mod pysaliency;
mod salicon;
mod saliency4asd;
mod shared;
mod toronto;

/// Returns the files that identify a format, in words, and the function that indexes a folder of that format.
pub(crate) fn reader(format: Format) -> (&'static str, Open) {
    match format {
        Format::Saliency4Asd => (saliency4asd::LAYOUT, saliency4asd::open),
        Format::Osie => (osie::LAYOUT, osie::open),
        Format::Mit1003 => (mit1003::LAYOUT, mit1003::open),
        Format::Mit300 => (mit300::LAYOUT, mit300::open),
        Format::Cat2000 => (cat2000::LAYOUT, cat2000::open),
        Format::Salicon => (salicon::LAYOUT, salicon::open),
        Format::Toronto => (toronto::LAYOUT, toronto::open),
        Format::Figrim => (figrim::LAYOUT, figrim::open),
        Format::Coco => (coco::LAYOUT, coco::open),
        Format::PascalS => (pascal_s::LAYOUT, pascal_s::open),
        Format::FixaTons => (fixatons::LAYOUT, fixatons::open),
        Format::Pysaliency => (pysaliency::LAYOUT, pysaliency::open),
        Format::Datadings => (datadings::LAYOUT, datadings::open),
        Format::Bids => (bids::LAYOUT, bids::open),
        Format::Table => (table::LAYOUT, table::open),
        Format::Fixmaps => (fixmaps::LAYOUT, fixmaps::open),
        Format::Recordings => (recordings::LAYOUT, recordings::open),
    }
}

#[cfg(test)]
pub(crate) use saliency4asd::write_sample;
