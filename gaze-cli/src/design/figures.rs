//! The figures of all regions of one picture, as they are printed and stored.

use anyhow::{Context, Result};
use gaze_core::LogDensity;
use gaze_metrics::{Region, RegionFigures, ranked_figures};
use serde::Serialize;

use super::Figure;

/// A pixel, by its left upper corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) x: usize,
    pub(crate) y: usize,
}

/// The figures of a region under one density.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// The share of all attention, 0 to 1.
    pub(crate) share: f64,
    /// Share of attention over share of area; 1 is chance.
    pub(crate) lift: f64,
    /// The largest density in multiples of chance.
    pub(crate) peak: f64,
    pub(crate) peak_at: Place,
    /// The rank by share, 1 for the largest.
    pub(crate) rank: usize,
}

impl Figures {
    /// One of the figures; `None` for those of maps.
    pub(crate) fn get(&self, figure: Figure) -> Option<f64> {
        match figure {
            Figure::Share => Some(self.share),
            Figure::Lift => Some(self.lift),
            Figure::Peak => Some(self.peak),
            Figure::Rank => Some(self.rank as f64),
            Figure::Cc | Figure::Sim | Figure::Kl => None,
        }
    }
}

/// The place of a region in pixels, and its figures under one density.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Scored {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// The share of the picture's area.
    pub(crate) area: f64,
    #[serde(flatten)]
    pub(crate) figures: Figures,
}

impl Scored {
    pub(crate) fn new(region: &Region, figures: Figures) -> Self {
        let ((left, right), (top, bottom)) = (region.x(), region.y());
        Self { x: left, y: top, width: right - left, height: bottom - top, area: region.area(), figures }
    }
}

/// Computes the figures of each region under a density, in the order of the regions.
pub(crate) fn regions_of(density: &LogDensity<'_>, regions: &[Region]) -> Result<Vec<Figures>> {
    let figures = ranked_figures(density, regions).context("a region")?;
    let with_rank = |(figures, rank): (RegionFigures, usize)| Figures {
        share: figures.share,
        lift: figures.lift(),
        peak: figures.peak,
        peak_at: Place { x: figures.peak_at.column, y: figures.peak_at.row },
        rank,
    };
    Ok(figures.into_iter().map(with_rank).collect())
}
