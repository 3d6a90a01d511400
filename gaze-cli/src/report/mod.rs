//! What a run found, for people: a table for the terminal and a page for the browser.

pub(crate) mod html;
mod strip;
pub(crate) mod table;
