//! OSIE, and `EyeCrowd` by the same laboratory: all gaze in one MATLAB file.
//!
//! ```text
//! data/                       this folder or the one that holds it may be opened
//!   stimuli/<name>.jpg
//!   eye/fixations.mat         cell array `fixations`, one struct per image:
//!                             img       name of the file
//!                             subjects  cell array, one struct per observer:
//!                                       fix_x, fix_y      pixels
//!                                       fix_duration      milliseconds
//! ```
//!
//! Coordinates are taken **as they stand in the file**. They are fractional and lie between 1.2 and 799.2 on images
//! 800 pixels wide, so they are inside the image whether the first pixel is called 0 or 1; nothing is subtracted,
//! which is what pysaliency does and therefore what published scores rest on. In `EyeCrowd` two of 100,940 fixations
//! lie on the right or lower border itself, outside every pixel.
//!
//! Observers have no names in the file, but the same place in every list, which becomes their name, counted from 1.
//! OSIE was shown at 33.7° x 25.3° (800 x 600 pixels), 24 pixels per degree. For `EyeCrowd` nothing is assumed.
//!
//! Sources: Xu, Jiang, Wang, Kankanhalli & Zhao (2014), *Predicting human gaze beyond pixels*, Journal of Vision
//! 14(1):28, doi:10.1167/14.1.28. Jiang, Xu & Zhao (2014), *Saliency in crowd*, ECCV,
//! doi:10.1007/978-3-319-10584-0_2.

use std::{collections::BTreeMap, ops::RangeInclusive};

use gaze_core::PixelsPerDegree;

use crate::{
    DataError, RawFixation, RawScanpath,
    contract::Index,
    error::Problem,
    files::{
        folder, image,
        mat::{self, Value},
        names,
        place::Place,
    },
    formats::shared::collected::{Collected, Observers},
};

/// OSIE's pixels per degree of visual angle.
const OSIE_PIXELS_PER_DEGREE: f64 = 24.0;

/// The coordinate of the left and upper border.
const ORIGIN: f64 = 0.0;

/// The largest MATLAB file that is read, in bytes; that of OSIE has 1.1 million.
const LARGEST_FILE: u64 = 1 << 28;

pub(crate) const LAYOUT: &str = "eye/fixations.mat and a folder stimuli, here or in data";

/// Reads the MATLAB file and lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(base) = place.base(&["", "data"], &["eye/fixations.mat", "stimuli"]) else { return Ok(None) };
    let source = base.join("eye/fixations.mat");
    let variables = mat::read(&place.root, &source, LARGEST_FILE)?;
    let gaze = self::images(&variables).map_err(|problem| problem.at(&source))?;
    let images = base.join("stimuli");
    let pictures = folder::files_by_stem(&place.root, &images, &image::EXTENSIONS)?;
    let name = published_name(&gaze).map_or_else(|| place.name(), str::to_owned);
    let pixels_per_degree = PixelsPerDegree::new(OSIE_PIXELS_PER_DEGREE).ok().filter(|_| name == "OSIE");
    let collected = Collected { name, pixels_per_degree, source, images, pictures, gaze, ..Collected::default() };
    Ok(Some(collected.index()))
}

/// Recognises the published datasets by the names of their images, of which some may be missing, and the number of
/// observers.
fn published_name(gaze: &BTreeMap<String, Observers>) -> Option<&'static str> {
    let observers = gaze.values().flatten().map(Vec::len).max()?;
    let named = |digits, range: RangeInclusive<u32>| {
        gaze.keys().all(|key| key.len() == digits && key.parse().is_ok_and(|number| range.contains(&number)))
    };
    match observers {
        15 if named(4, 1001..=1700) => Some("OSIE"),
        16 if named(3, 1..=500) => Some("EyeCrowd"),
        _ => None,
    }
}

/// Returns the gaze on every image by the stem of the image's name.
///
/// A problem of one image is kept with that image, unless the image has no name.
fn images(variables: &[(String, Value)]) -> Result<BTreeMap<String, Observers>, Problem> {
    let fixations = mat::variable(variables, "fixations")?;
    let Value::Cells(cells) = fixations else {
        return Err(Problem::new("fixations", "a cell array", fixations));
    };
    let mut images = BTreeMap::new();
    for (index, cell) in (1..).zip(cells) {
        let place = format!("fixations{{{index}}}");
        let Some(Value::Text(name)) = cell.field("img") else {
            return Err(Problem::new(place, "a struct with the name of an image in img", cell));
        };
        let key = names::stem(name).to_owned();
        if images.insert(key, observers(&place, cell)).is_some() {
            return Err(Problem::new(format!("{place}.img"), "the name of an image not named before", name));
        }
    }
    Ok(images)
}

fn observers(place: &str, image: &Value) -> Observers {
    let place = format!("{place}.subjects");
    let Some(Value::Cells(subjects)) = image.field("subjects") else {
        return Err(Problem::new(place, "a cell array", image.field("subjects").unwrap_or(image)));
    };
    let scanpath = |(number, subject): (usize, &Value)| {
        let place = format!("{place}{{{number}}}");
        let [xs, ys, durations] = ["fix_x", "fix_y", "fix_duration"].map(|field| match subject.field(field) {
            Some(Value::Numbers(numbers)) => Ok(numbers),
            Some(other) => Err(Problem::new(format!("{place}.{field}"), "numbers", other)),
            None => Err(Problem::new(&*place, &format!("a struct with the field {field}"), subject)),
        });
        let (xs, ys, durations) = (xs?, ys?, durations?);
        for (field, numbers) in [("fix_y", ys), ("fix_duration", durations)] {
            if numbers.len() != xs.len() {
                let expected = format!("{} numbers, as many as fix_x", xs.len());
                return Err(Problem::new(format!("{place}.{field}"), &expected, &numbers.len()));
            }
        }
        let fixation = |((x, y), duration)| RawFixation::from_origin(ORIGIN, x, y, Some(duration), None);
        let fixations = xs.iter().zip(ys.iter()).zip(durations.iter()).map(fixation).collect();
        Ok(RawScanpath { observer: Some(number.to_string()), fixations })
    };
    (1..).zip(subjects).map(scanpath).collect()
}

#[cfg(feature = "mat")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, files::mat::writing::Writer, scanpaths_within, testing};
    use gaze_core::{Fixation, Size};
    use std::{fs, path::Path};

    const WRITER: Writer = Writer { big_endian: false, compressed: true };

    fn subject(xs: &[f64], ys: &[f64], durations: &[u16]) -> Vec<u8> {
        WRITER.structure(&[
            ("fix_x", WRITER.doubles(xs)),
            ("fix_y", WRITER.doubles(ys)),
            ("fix_duration", WRITER.shorts(durations)),
        ])
    }

    fn image(name: &str, subjects: &[Vec<u8>]) -> Vec<u8> {
        WRITER.structure(&[("img", WRITER.text(name)), ("subjects", WRITER.cells("", subjects))])
    }

    fn write(base: &Path, variables: &[Vec<u8>]) {
        fs::create_dir_all(base.join("eye")).unwrap();
        fs::create_dir_all(base.join("stimuli")).unwrap();
        for key in ["2", "10"] {
            ::image::RgbImage::new(6, 4).save(base.join(format!("stimuli/{key}.jpg"))).unwrap();
        }
        fs::write(base.join("eye/fixations.mat"), WRITER.file(variables)).unwrap();
    }

    #[test]
    fn coordinates_are_taken_as_they_stand() {
        for base in ["", "data"] {
            let folder = tempfile::tempdir().unwrap();
            let observers = [subject(&[1.2, 6.0], &[3.5, 1.0], &[210, 90]), subject(&[0.0], &[0.0], &[5])];
            write(&folder.path().join(base), &[WRITER.cells("fixations", &[image("10.jpg", &observers)])]);
            let dataset = Dataset::open(folder.path(), None).unwrap();
            assert_eq!((dataset.format(), dataset.groups()), (Format::Osie, ["all".to_owned()].as_slice()));
            assert_eq!(dataset.notes(), ["1 of 2 stimuli have no gaze: 2"]);
            assert_eq!(dataset.pixels_per_degree(), None, "not OSIE itself");
            assert!(dataset.gaze(0).is_empty());
            let gaze = dataset.gaze(1).remove(0);
            let (scanpaths, dropped) =
                scanpaths_within(&gaze.scanpaths.unwrap(), dataset.image_size(1).unwrap(), &gaze.source);
            assert_eq!(scanpaths[0].fixations().points(), [Fixation { x: 1.2, y: 3.5 }]);
            assert_eq!(scanpaths[0].durations_ms(), Some([210.0].as_slice()));
            assert_eq!(scanpaths[1].observer(), Some("2"));
            let source = Path::new(base).join("eye/fixations.mat");
            let message = format!(
                "{}: fixation 2 of subject 1 at x = 6, y = 1 lies outside the image of 4x6 (height x width) pixels",
                source.display()
            );
            assert_eq!(dropped[0].to_string(), message);
        }
    }

    #[track_caller]
    fn check_error(variable: Vec<u8>, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[variable]);
        assert_eq!(Dataset::open(folder.path(), None).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_file_with_other_variables_says_which() {
        check_error(
            WRITER.cells("gaze", &[]),
            "eye/fixations.mat: fixations should be a variable of this name, found (gaze)",
        );
        check_error(
            WRITER.cells("fixations", &[WRITER.doubles(&[1.0])]),
            "eye/fixations.mat: fixations{1} should be a struct with the name of an image in img, found 1 numbers",
        );
        check_error(
            WRITER.cells("fixations", &[image("a.jpg", &[]), image("a.jpg", &[])]),
            "eye/fixations.mat: fixations{2}.img should be the name of an image not named before, found a.jpg",
        );
    }

    #[test]
    fn a_problem_of_one_image_is_reported_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let good = image("2.jpg", &[subject(&[1.0], &[1.0], &[1])]);
        let bad = image("10.jpg", &[subject(&[1.0], &[1.0], &[1]), subject(&[1.0, 2.0], &[1.0], &[1, 2])]);
        write(folder.path(), &[WRITER.cells("fixations", &[good, bad])]);
        let dataset = Dataset::open(folder.path(), Some(Format::Osie)).unwrap();
        assert!(dataset.gaze(0)[0].scanpaths.is_ok());
        assert_eq!(
            dataset.gaze(1)[0].scanpaths.as_ref().unwrap_err().to_string(),
            "eye/fixations.mat: fixations{2}.subjects{2}.fix_y should be 2 numbers, as many as fix_x, found 1"
        );
    }

    #[test]
    fn the_sets_are_told_apart_by_images_and_observers() {
        let name = |key: &str, observers| {
            let scanpath = RawScanpath { observer: None, fixations: Vec::new() };
            published_name(&BTreeMap::from([(key.to_owned(), Ok(vec![scanpath; observers]))]))
        };
        assert_eq!(name("1001", 15), Some("OSIE"));
        assert_eq!(name("500", 16), Some("EyeCrowd"));
        assert_eq!(name("1001", 16), None);
        assert_eq!(name("1701", 15), None);
        assert_eq!(name("a", 15), None);
    }

    #[track_caller]
    fn check_real(folder: &str, name: &str, images: usize, observers: usize, fixations: usize) {
        let Some(root) = testing::real_data(folder) else { return };
        let dataset = Dataset::open(&root, None).unwrap();
        assert_eq!(dataset.name(), name);
        let mut found = (0, 0);
        for index in 0..dataset.stimuli().len() {
            for gaze in dataset.gaze(index) {
                let raw = gaze.scanpaths.unwrap();
                assert_eq!(raw.len(), observers);
                found = (found.0 + 1, found.1 + raw.iter().map(|path| path.fixations.len()).sum::<usize>());
                if name == "OSIE" {
                    assert_eq!(dataset.image_size(index).unwrap(), Size { height: 600, width: 800 });
                    assert!(scanpaths_within(&raw, Size { height: 600, width: 800 }, &root).1.is_empty());
                }
            }
        }
        assert_eq!(found, (images, fixations));
    }

    #[test]
    fn the_real_files_read_as_they_are_known() {
        check_real("osie", "OSIE", 700, 15, 98_321);
        // 400 of the 500 published images are at hand; the fixations were counted with SciPy.
        check_real("eyecrowd", "EyeCrowd", 400, 16, 100_940);
    }
}
