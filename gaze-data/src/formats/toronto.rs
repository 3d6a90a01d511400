//! Toronto: 120 images with the fixations of 20 observers.
//!
//! ```text
//! eyetrackingdata/fixdens/           any of the three levels may be opened
//!   Original Image Set/<number>.jpg
//!   origfixdata.mat                  white: a cell per image with a matrix, 1 at fixated pixels
//! ```
//!
//! The maps do not tell observers or order; element (1, 1) is pixel (0, 0). The text files in `Raw` tell observers, but
//! their coordinates are not pixels, so they are ignored.
//!
//! Source: Bruce & Tsotsos (2007), *Attention based on information maximization*, Journal of Vision 7(9):950,
//! doi:10.1167/7.9.950.

use std::collections::BTreeMap;

use crate::{
    DataError,
    contract::Index,
    error::Problem,
    files::{
        folder, image,
        mat::{self, Value},
        place::Place,
    },
    formats::shared::{binary_map::points, collected::Collected},
};

pub(crate) const LAYOUT: &str =
    "origfixdata.mat and a folder Original Image Set, here or in fixdens or eyetrackingdata/fixdens";

const LARGEST_FILE: u64 = 1 << 28;

/// Reads the maps and lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let bases = ["", "fixdens", "eyetrackingdata/fixdens"];
    let Some(base) = place.base(&bases, &["origfixdata.mat", "Original Image Set"]) else { return Ok(None) };
    let source = base.join("origfixdata.mat");
    let variables = mat::read(&place.root, &source, LARGEST_FILE)?;
    let white = mat::variable(&variables, "white").map_err(|problem| problem.at(&source))?;
    let Value::Cells(maps) = white else {
        return Err(Problem::new("white", "a cell array", white).at(&source));
    };
    let mut gaze = BTreeMap::new();
    for (number, map) in (1..).zip(maps) {
        let place = format!("white{{{number}}}");
        let numbers = map.numbers().ok_or_else(|| Problem::new(place, "a matrix of truth values", map));
        gaze.insert(number.to_string(), numbers.map(|map| vec![points(map)]));
    }
    let images = base.join("Original Image Set");
    let pictures = folder::files_by_stem(&place.root, &images, &image::EXTENSIONS)?;
    let name = "Toronto".to_owned();
    let collected = Collected { name, source, images, pictures, gaze, ..Collected::default() };
    Ok(Some(collected.index()))
}

#[cfg(feature = "mat")]
#[cfg(test)]
mod tests {
    use crate::{Dataset, Format, files::mat::writing::Writer};
    use std::fs;

    #[test]
    fn maps_belong_to_images_by_number() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("eyetrackingdata/fixdens");
        fs::create_dir_all(base.join("Original Image Set")).unwrap();
        ::image::RgbImage::new(6, 4).save(base.join("Original Image Set/2.jpg")).unwrap();
        let writer = Writer { big_endian: false, compressed: true };
        let maps = [writer.points("", [4, 6], &[]), writer.points("", [4, 6], &[(2, 5)])];
        fs::write(base.join("origfixdata.mat"), writer.file(&[writer.cells("white", &maps)])).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.format(), Format::Toronto);
        let gaze = dataset.gaze(1).remove(0).scanpaths.unwrap();
        let points: Vec<_> = gaze[0].fixations.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!((dataset.stimuli()[1].key(), points), ("2", vec![(5.0, 2.0)]));
    }
}
