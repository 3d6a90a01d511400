//! MIT300: the images of the MIT and Tübingen benchmarks, whose fixations are not published.
//!
//! ```text
//! BenchmarkIMAGES/<name>.jpg
//! ```
//!
//! Source: Judd, Durand & Torralba (2012), *A benchmark of computational models of saliency to predict human fixations*,
//! MIT technical report.

use std::collections::BTreeMap;

use crate::{
    DataError,
    contract::Index,
    files::{folder, image, place::Place},
    formats::shared::collected::Collected,
};

pub(crate) const LAYOUT: &str = "a folder BenchmarkIMAGES";

/// Lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(base) = place.base(&["", "MIT300"], &["BenchmarkIMAGES"]) else { return Ok(None) };
    let images = base.join("BenchmarkIMAGES");
    let pictures = folder::files_by_stem(&place.root, &images, &image::EXTENSIONS)?;
    let collected = Collected {
        name: "MIT300".to_owned(),
        pixels_per_degree: None,
        source: images.clone(),
        sources: BTreeMap::new(),
        images,
        pictures,
        gaze: BTreeMap::new(),
        notes: vec!["the fixations of MIT300 are kept by its authors and not published".to_owned()],
    };
    Ok(Some(collected.index()))
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Format};
    use std::fs;

    #[test]
    fn images_are_listed_without_gaze() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("BenchmarkIMAGES")).unwrap();
        for name in ["i10", "i2"] {
            ::image::RgbImage::new(6, 4).save(folder.path().join(format!("BenchmarkIMAGES/{name}.jpg"))).unwrap();
        }
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.stimuli()[0].key()), (Format::Mit300, "i2"));
        assert!(dataset.gaze(0).is_empty() && dataset.notes()[0].contains("not published"));
    }
}
