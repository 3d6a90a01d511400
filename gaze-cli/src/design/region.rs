//! The regions that were given on a command line, and their places in a picture.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use gaze_core::Size;
use gaze_data::{RegionSpec, parse_regions};
use gaze_metrics::Region;

use crate::input;

/// All regions that were given, in the order in which they were: those of the command line, then those of the file
/// after `option`.
pub(crate) fn read_regions(
    regions: &[RegionSpec],
    file: Option<&Path>,
    option: &'static str,
) -> Result<Vec<RegionSpec>> {
    let mut regions = regions.to_vec();
    if let Some(path) = file {
        regions.extend(read_file(path).context(option)?);
    }
    for (index, region) in regions.iter().enumerate() {
        if regions[..index].iter().any(|other| other.name == region.name) {
            bail!("two regions are called {}; their figures could not be told apart", region.name)
        }
    }
    Ok(regions)
}

/// The regions in a picture, in the same order.
pub(crate) fn resolve(regions: &[RegionSpec], size: Size) -> Result<Vec<Region>> {
    regions.iter().map(|region| within(region, size)).collect()
}

/// Reads all regions of a file.
fn read_file(path: &Path) -> Result<Vec<RegionSpec>> {
    let regions = parse_regions(&input::text(path)?).with_context(|| input::shown(path))?;
    ensure!(!regions.is_empty(), "{} holds no region", input::shown(path));
    Ok(regions)
}

/// The region in a picture.
fn within(region: &RegionSpec, size: Size) -> Result<Region> {
    let [x, y, width, height] = region.pixels(size);
    Region::new(size, x, y, width, height).with_context(|| format!("region {}", region.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_outside_is_named() {
        let region: RegionSpec = "hero:50%,0,60%,10".parse().unwrap();
        let error = format!("{:#}", within(&region, Size { height: 100, width: 200 }).unwrap_err());
        assert_eq!(error, "region hero: the region spans x 100 to 220, the picture 0 to 200");
    }

    #[test]
    fn thirds_in_percent_fill_the_picture() {
        for width in 1..2000 {
            let size = Size { height: 7, width };
            for region in ["a:33.3%,0%,66.7%,100%", "a:10.1%,0%,89.9%,100%"] {
                within(&region.parse().unwrap(), size).unwrap();
            }
        }
    }
}
