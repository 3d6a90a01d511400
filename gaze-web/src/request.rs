//! What the page may ask for: a line of JSON, and behind it the bytes of a file.

use serde::{Deserialize, Serialize};

/// One of the two pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Slot {
    A,
    B,
}

/// A region in percent of a picture's sides, so that it fits A and B.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rectangle {
    pub(crate) name: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// A file that is made for the person at the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Product {
    /// The log density, npy, as `gaze-cli predict` writes it.
    Density,
    /// The heat map with its color bar, PNG.
    Heatmap,
    /// The heat map over the picture, with the regions, PNG.
    Overlay,
    /// The figures of the regions, CSV.
    Figures,
    /// The regions, JSON.
    Regions,
}

/// A question of the page.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "ask", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Question {
    /// Opens the model.
    Start {},
    /// Decodes a picture file and predicts.
    Open { slot: Slot, name: String },
    /// Predicts for pixels that the browser decoded: four bytes each.
    Pixels { slot: Slot, name: String, width: usize, height: usize },
    /// Forgets a picture.
    Close { slot: Slot },
    /// The pixels of the picture, for the screen: four bytes each.
    Picture { slot: Slot },
    /// The pixels of the heat map, for the screen; where it is lowest it is transparent.
    Heat { slot: Slot, palette: String },
    /// The difference of both densities, for the screen, and what they have in common.
    Compare {},
    /// The figures of all regions.
    Figures { regions: Vec<Rectangle> },
    /// The regions in a file, for the picture A.
    Regions {},
    /// The fixations in a file, with the scores of the prediction.
    Fixations { slot: Slot, name: String },
    /// Makes a file.
    Save { slot: Slot, product: Product, palette: String, regions: Vec<Rectangle> },
}
