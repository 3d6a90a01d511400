//! What a run found, for people: tables for the terminal, for papers and for the browser.

mod grid;
pub(crate) mod html;
pub(crate) mod latex;
pub(crate) mod markdown;
pub(crate) mod table;
