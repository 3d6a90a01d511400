//! The figures of regions on both pictures, and regions from files.

use gaze_core::{LogDensity, Size};
use gaze_data::{Length, RegionSpec, parse_regions};
use gaze_metrics::{Region, RegionFigures, ranked_figures};
use serde::Serialize;

use crate::{error::WebError, request::Rectangle, scene::Scene};

/// The figures of a region under one density, with the names that `gaze-cli score --json` has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) share: f64,
    pub(crate) lift: f64,
    pub(crate) peak: f64,
    pub(crate) peak_at: Place,
    pub(crate) rank: usize,
}

/// A pixel, by its left upper corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    pub(crate) x: usize,
    pub(crate) y: usize,
}

/// A region on a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Scored {
    pub(crate) name: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) area: f64,
    #[serde(flatten)]
    pub(crate) figures: Figures,
    /// The figures under the center bias alone.
    pub(crate) reference: Figures,
}

impl Rectangle {
    /// The region as it is written in files.
    pub(crate) fn spec(&self) -> RegionSpec {
        let lengths = [self.x, self.y, self.width, self.height].map(Length::Percent);
        RegionSpec { name: self.name.trim().to_owned(), lengths }
    }

    pub(crate) fn within(&self, size: Size) -> Result<Region, WebError> {
        let [x, y, width, height] = self.spec().pixels(size);
        let region = Region::new(size, x, y, width, height);
        region.map_err(|cause| WebError::Region { name: self.name.clone(), cause })
    }
}

/// Scores all regions on a picture, in their order.
pub(crate) fn score(scene: &Scene, rectangles: &[Rectangle]) -> Result<Vec<Scored>, WebError> {
    let size = scene.size();
    let regions = rectangles.iter().map(|rectangle| rectangle.within(size)).collect::<Result<Vec<_>, _>>()?;
    let figures = self::figures(&scene.density, &regions)?;
    let reference = self::figures(&scene.center_bias, &regions)?;
    let rows = rectangles.iter().zip(&regions).zip(figures.into_iter().zip(reference));
    Ok(rows
        .map(|((rectangle, region), (figures, reference))| {
            let ((left, right), (top, bottom)) = (region.x(), region.y());
            Scored {
                name: rectangle.name.clone(),
                x: left,
                y: top,
                width: right - left,
                height: bottom - top,
                area: region.area(),
                figures,
                reference,
            }
        })
        .collect())
}

fn figures(density: &LogDensity<'_>, regions: &[Region]) -> Result<Vec<Figures>, WebError> {
    let with_rank = |(figures, rank): (RegionFigures, usize)| Figures {
        share: figures.share,
        lift: figures.lift(),
        peak: figures.peak,
        peak_at: Place { x: figures.peak_at.column, y: figures.peak_at.row },
        rank,
    };
    Ok(ranked_figures(density, regions)?.into_iter().map(with_rank).collect())
}

/// Reads the regions of a file for a picture of this size, as rectangles in percent.
pub(crate) fn read(bytes: &[u8], size: Size) -> Result<Vec<Rectangle>, WebError> {
    let text = String::from_utf8_lossy(bytes);
    let specs = parse_regions(text.trim_start_matches('\u{feff}'))?;
    if specs.is_empty() {
        return Err(WebError::NoRegion);
    }
    let rectangle = |spec: &RegionSpec| {
        let [x, y, width, height] = spec.lengths;
        let percent = |length: Length, side: usize| match length {
            Length::Percent(percent) => percent,
            Length::Pixels(pixels) => 100.0 * pixels / side as f64,
        };
        let rectangle = Rectangle {
            name: spec.name.clone(),
            x: percent(x, size.width),
            y: percent(y, size.height),
            width: percent(width, size.width),
            height: percent(height, size.height),
        };
        rectangle.within(size).map(|_| rectangle)
    };
    specs.iter().map(rectangle).collect()
}
