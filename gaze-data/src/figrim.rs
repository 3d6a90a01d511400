//! FIGRIM: a memory experiment on scenes, with the fixations at each sight of an image.
//!
//! ```text
//! targetData/allImages_release.mat or fillerData/allImages_fillers.mat
//!   allImages    1 x n struct: filename, category, userdata (1 x m struct, one element per participant):
//!                  trial                     empty if the participant did not see the image
//!                  fixations.enc, .rec, .rec2    points (x, y) at the first, second and third sight
//! Targets/ or Fillers/, or any other folders with the images
//! ```
//!
//! Coordinates are pixels of images of 1000 x 1000, taken as they stand. Each sight is a scanpath of its own; the subject
//! is the participant's place in `userdata`, counted from 1.
//!
//! Source: Bylinskii, Isola, Bainbridge, Torralba & Oliva (2015), *Intrinsic and extrinsic effects on image
//! memorability*, Vision Research 116, doi:10.1016/j.visres.2015.03.005.

use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

use crate::{
    DataError, RawFixation, RawScanpath,
    collected::{Collected, Observers, Problem},
    dataset::Index,
    folder, image,
    mat::{self, Value},
    place::Place,
};

pub(crate) const LAYOUT: &str = "targetData/allImages_release.mat or fillerData/allImages_fillers.mat";

const FILES: [&str; 2] = ["targetData/allImages_release.mat", "fillerData/allImages_fillers.mat"];

/// The sights of an image, in their order.
const SIGHTS: [&str; 3] = ["enc", "rec", "rec2"];

const LARGEST_FILE: u64 = 1 << 28;

/// How many bytes the variable may inflate to. The targets have 630 x 67 records of some hundred bytes and more each, which
/// is about the usual limit, and there are more than three times as many fillers.
const INFLATED: u64 = 1 << 29;

/// Reads the MATLAB files and lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(root) = place.folder() else { return Ok(None) };
    let sources: Vec<_> = FILES.iter().map(PathBuf::from).filter(|file| root.join(file).is_file()).collect();
    let Some(first) = sources.first().cloned() else { return Ok(None) };
    let mut gaze = BTreeMap::new();
    for source in &sources {
        let variables = mat::read_inflating(root, source, LARGEST_FILE, INFLATED)?;
        gaze.extend(images(&variables).map_err(|problem| problem.at(source))?);
    }
    let pictures = folder::tree_by_stem(root, &image::EXTENSIONS)?;
    // Folders of the release hold maps, too, with other names.
    let known: HashSet<_> = gaze.keys().cloned().collect();
    let pictures = pictures.into_iter().filter(|(key, _)| known.contains(key)).collect();
    let collected = Collected {
        name: "FIGRIM".to_owned(),
        pixels_per_degree: None,
        source: first,
        images: PathBuf::from("."),
        pictures,
        gaze,
        notes: Vec::new(),
    };
    Ok(Some(collected.index()))
}

fn images(variables: &[(String, Value)]) -> Result<BTreeMap<String, Observers>, Problem> {
    let all = mat::variable(variables, "allImages")?;
    let Value::Structs { elements, .. } = all else {
        return Err(Problem::new("allImages", "a struct array", all));
    };
    let mut images = BTreeMap::new();
    for index in 0..elements.len() {
        let place = format!("allImages({})", index + 1);
        let name = all.element(index, "filename").and_then(Value::text);
        let name = name.ok_or_else(|| Problem::new(&*place, "a struct with the name of an image in filename", all))?;
        let key = Path::new(name).file_stem().and_then(|stem| stem.to_str()).unwrap_or(name).to_owned();
        let observers = match all.element(index, "userdata") {
            Some(users @ Value::Structs { elements, .. }) => {
                (0..elements.len()).map(|user| sights(&place, users, user)).collect::<Result<Vec<_>, _>>()
            }
            other => Err(Problem::new(format!("{place}.userdata"), "a struct array", other.unwrap_or(all))),
        };
        images.insert(key, observers.map(|sights| sights.into_iter().flatten().collect()));
    }
    Ok(images)
}

/// What one participant looked at.
fn sights(place: &str, users: &Value, user: usize) -> Result<Vec<RawScanpath>, Problem> {
    let seen = match users.element(user, "trial") {
        Some(Value::Numbers(trial)) => !trial.is_empty(),
        Some(_) => true,
        None => false,
    };
    let mut scanpaths = Vec::new();
    let Some(fixations) = users.element(user, "fixations").filter(|_| seen) else { return Ok(scanpaths) };
    for sight in SIGHTS {
        let Some(Value::Numbers(points)) = fixations.field(sight) else { continue };
        if points.is_empty() {
            continue;
        }
        if points.columns() < 2 {
            let place = format!("{place}.userdata({}).fixations.{sight}", user + 1);
            return Err(Problem::new(place, "a matrix of two columns", &format!("{} columns", points.columns())));
        }
        let fixation = |(x, y)| RawFixation::from_origin(0.0, x, y, None, None);
        let fixations = points.column(0).zip(points.column(1)).map(fixation).collect();
        scanpaths.push(RawScanpath { subject: Some((user + 1).to_string()), fixations });
    }
    Ok(scanpaths)
}

#[cfg(test)]
mod tests {
    use crate::{Dataset, Format, mat::writing::Writer};
    use std::fs;

    #[test]
    fn every_sight_is_a_scanpath_and_unseen_images_have_none() {
        let writer = Writer { big_endian: false, compressed: true };
        let points = |points: &[[f64; 2]]| writer.rows("", &points.iter().map(|p| p.to_vec()).collect::<Vec<_>>());
        let fixations = |enc: &[[f64; 2]], rec: &[[f64; 2]]| {
            writer.structure(&[("enc", points(enc)), ("rec", points(rec)), ("rec2", points(&[]))])
        };
        let users = writer.structures(
            "",
            &["trial", "fixations"],
            &[
                vec![writer.doubles(&[]), fixations(&[[9.0, 9.0]], &[])],
                vec![writer.doubles(&[4.0]), fixations(&[[500.5, 1.0], [2.0, 3.0]], &[[7.0, 8.0]])],
            ],
        );
        let images =
            writer.structures("allImages", &["filename", "userdata"], &[vec![writer.text("zoo_a.jpg"), users]]);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("targetData")).unwrap();
        fs::create_dir_all(folder.path().join("Targets/zoo")).unwrap();
        ::image::RgbImage::new(6, 4).save(folder.path().join("Targets/zoo/zoo_a.jpg")).unwrap();
        fs::write(folder.path().join("targetData/allImages_release.mat"), writer.file(&[images])).unwrap();
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.stimuli()[0].has_image()), (Format::Figrim, true));
        let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
        let found: Vec<_> = gaze
            .iter()
            .map(|path| (path.subject.as_deref(), path.fixations.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, [(Some("2"), vec![(500.5, 1.0), (2.0, 3.0)]), (Some("2"), vec![(7.0, 8.0)])]);
    }
}
