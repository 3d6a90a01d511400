//! PASCAL-S: 850 images with the fixations of 8 to 12 people.
//!
//! ```text
//! datasets/                        this folder, or the one that holds it, may be opened
//!   imgs/pascal/<number>.jpg
//!   fixations/pascalFix.mat        a file of MATLAB 7.3; fixCell: a cell per image with rows (y, x, subject)
//! ```
//!
//! Coordinates are pixels counted **from 1**, row first. The rows of a subject are in temporal order.
//!
//! Source: Li, Hou, Koch, Rehg & Yuille (2014), *The secrets of salient object segmentation*, CVPR,
//! doi:10.1109/CVPR.2014.43.

use std::collections::BTreeMap;

use crate::{
    DataError, RawFixation, RawScanpath,
    contract::Index,
    error::Problem,
    files::{
        folder, image,
        mat::{self, Value},
        place::Place,
    },
    formats::shared::collected::{Collected, Observers},
};

pub(crate) const LAYOUT: &str = "fixations/pascalFix.mat and imgs/pascal, here or in datasets";

/// The pixel that the file counts from.
const FIRST_PIXEL: f64 = 1.0;

const LARGEST_FILE: u64 = 1 << 28;

/// Reads the MATLAB file and lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let parts = ["fixations/pascalFix.mat", "imgs/pascal"];
    let Some(base) = place.base(&["", "datasets"], &parts) else { return Ok(None) };
    let source = base.join(parts[0]);
    let variables = mat::read(&place.root, &source, LARGEST_FILE)?;
    let cells = mat::variable(&variables, "fixCell").map_err(|problem| problem.at(&source))?;
    let Value::Cells(cells) = cells else {
        return Err(Problem::new("fixCell", "a cell array", cells).at(&source));
    };
    let gaze = (1..).zip(cells).map(|(number, cell)| (number.to_string(), observers(number, cell))).collect();
    let images = base.join(parts[1]);
    let pictures = folder::files_by_stem(&place.root, &images, &image::EXTENSIONS)?;
    let name = "PASCAL-S".to_owned();
    let collected = Collected { name, source, images, pictures, gaze, ..Collected::default() };
    Ok(Some(collected.index()))
}

fn observers(number: usize, cell: &Value) -> Observers {
    let place = format!("fixCell{{{number}}}");
    let rows = cell.numbers().filter(|rows| rows.is_empty() || rows.columns() == 3);
    let rows = rows.ok_or_else(|| Problem::new(&*place, "a matrix of the columns y, x and subject", cell))?;
    let mut subjects: BTreeMap<u64, Vec<RawFixation>> = BTreeMap::new();
    for ((y, x), subject) in rows.column(0).zip(rows.column(1)).zip(rows.column(2)) {
        if !(subject >= 0.0 && subject.fract() == 0.0 && subject < 1e6) {
            return Err(Problem::new(place, "whole numbers of subjects in the third column", &subject));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below a million")]
        let fixations = subjects.entry(subject as u64).or_default();
        fixations.push(RawFixation::from_origin(FIRST_PIXEL, x, y, None, None));
    }
    let scanpath = |(subject, fixations): (u64, _)| RawScanpath { observer: Some(subject.to_string()), fixations };
    Ok(subjects.into_iter().map(scanpath).collect())
}

#[cfg(all(feature = "mat", feature = "hdf5"))]
#[cfg(test)]
mod tests {
    use crate::{Dataset, Format, files::mat, testing};
    use hdf5_pure::{AttrValue, FileBuilder};
    use std::{fs, path::Path};

    /// Makes a file of MATLAB 7.3 as MATLAB writes it: a cell array is a data set of references.
    fn mat73(cells: &[Vec<[f64; 3]>]) -> Vec<u8> {
        let mut builder = FileBuilder::new();
        let paths: Vec<_> = (0..cells.len()).map(|number| format!("#refs#/{number}")).collect();
        let mut refs = builder.create_group("#refs#");
        for (number, rows) in cells.iter().enumerate() {
            let columns: Vec<f64> = (0..3).flat_map(|column| rows.iter().map(move |row| row[column])).collect();
            refs.create_dataset(&number.to_string())
                .with_f64_data(&columns)
                .with_shape(&[3, rows.len() as u64])
                .set_attr("MATLAB_class", AttrValue::AsciiString("double".to_owned()));
        }
        let refs = refs.finish();
        builder.add_group(refs);
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        builder
            .create_dataset("fixCell")
            .with_path_references(&paths)
            .with_shape(&[1, cells.len() as u64])
            .set_attr("MATLAB_class", AttrValue::AsciiString("cell".to_owned()));
        builder.with_userblock(512);
        builder.finish().unwrap()
    }

    #[test]
    fn rows_are_y_first_counted_from_one_and_divided_by_subject() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("datasets");
        fs::create_dir_all(base.join("imgs/pascal")).unwrap();
        fs::create_dir_all(base.join("fixations")).unwrap();
        ::image::RgbImage::new(6, 4).save(base.join("imgs/pascal/2.jpg")).unwrap();
        let file = mat73(&[vec![[1.0, 1.0, 1.0]], vec![[4.0, 6.0, 3.0], [1.0, 2.0, 1.0], [2.0, 5.0, 3.0]]]);
        fs::write(base.join("fixations/pascalFix.mat"), file).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!(dataset.format(), Format::PascalS);
        assert_eq!(dataset.notes(), ["1 of 2 stimuli has gaze but no image: 1"]);
        let gaze = dataset.gaze(1).remove(0).scanpaths.unwrap();
        let found: Vec<_> = gaze
            .iter()
            .map(|path| (path.observer.as_deref(), path.fixations.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, [(Some("1"), vec![(1.0, 0.0)]), (Some("3"), vec![(5.0, 3.0), (4.0, 1.0)])]);
    }

    #[test]
    fn no_damage_makes_the_reading_of_matlab_7_3_panic() {
        let file = mat73(&[vec![[1.0, 1.0, 1.0]], vec![[4.0, 6.0, 3.0], [1.0, 2.0, 1.0]]]);
        for bytes in testing::damaged(&file, 3_000, 8) {
            let _ = mat::read_bytes(bytes, Path::new("a.mat"));
        }
    }
}
