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

pub(crate) const LAYOUT: &str = "targetData/allImages_release.mat or fillerData/allImages_fillers.mat";

const FILES: [&str; 2] = ["targetData/allImages_release.mat", "fillerData/allImages_fillers.mat"];

/// The fields of the first, second and third sight of an image.
const SIGHTS: [&str; 3] = ["enc", "rec", "rec2"];

const LARGEST_FILE: u64 = 1 << 28;

/// The most bytes to which the variable may inflate. The targets have 630 x 67 records of a hundred bytes or more each, about
/// the limit for other formats, and there are more than three times as many fillers.
const INFLATED: u64 = 1 << 29;

/// Reads the MATLAB files and lists the images.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let Some(root) = place.folder() else { return Ok(None) };
    let sources: Vec<_> = FILES.iter().map(PathBuf::from).filter(|file| root.join(file).is_file()).collect();
    let Some(first) = sources.first().cloned() else { return Ok(None) };
    let mut gaze = BTreeMap::new();
    let mut elsewhere = BTreeMap::new();
    let mut notes = Vec::new();
    for source in &sources {
        let variables = mat::read_inflating(root, source, LARGEST_FILE, INFLATED)?;
        for (number, (key, observers)) in (1..).zip(images(&variables).map_err(|problem| problem.at(source))?) {
            if gaze.contains_key(&key) {
                let source = source.display();
                notes
                    .push(format!("{source}: allImages({number}) has the name of an image before it, {key}; left out"));
                continue;
            }
            elsewhere.insert(key.clone(), source.clone());
            gaze.insert(key, observers);
        }
    }
    let pictures = folder::tree_by_stem(root, Path::new(""), &image::EXTENSIONS)?;
    // The folders of the release also hold maps, with other names.
    let known: HashSet<_> = gaze.keys().cloned().collect();
    let pictures = pictures.into_iter().filter(|(key, _)| known.contains(key)).collect();
    let collected = Collected {
        name: "FIGRIM".to_owned(),
        pixels_per_degree: None,
        source: first,
        sources: elsewhere,
        images: PathBuf::from("."),
        pictures,
        gaze,
        notes,
    };
    Ok(Some(collected.index()))
}

/// Returns the name and gaze of every image, in the order of the file.
fn images(variables: &[(String, Value)]) -> Result<Vec<(String, Observers)>, Problem> {
    let all = mat::variable(variables, "allImages")?;
    let Value::Structs { elements, .. } = all else {
        return Err(Problem::new("allImages", "a struct array", all));
    };
    let mut images = Vec::new();
    for index in 0..elements.len() {
        let place = format!("allImages({})", index + 1);
        let name = all.element(index, "filename").and_then(Value::text);
        let name = name.ok_or_else(|| Problem::new(&*place, "a struct with the name of an image in filename", all))?;
        let key = names::stem(name).to_owned();
        let observers = match all.element(index, "userdata") {
            Some(users @ Value::Structs { elements, .. }) => {
                (0..elements.len()).map(|user| sights(&place, users, user)).collect::<Result<Vec<_>, _>>()
            }
            other => Err(Problem::new(format!("{place}.userdata"), "a struct array", other.unwrap_or(all))),
        };
        images.push((key, observers.map(|sights| sights.into_iter().flatten().collect())));
    }
    Ok(images)
}

/// Returns the scanpaths of one participant on an image, one for each sight.
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
        scanpaths.push(RawScanpath { observer: Some((user + 1).to_string()), fixations });
    }
    Ok(scanpaths)
}

#[cfg(feature = "mat")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dataset, Format, files::mat::writing::Writer};
    use std::fs;

    const WRITER: Writer = Writer { big_endian: false, compressed: true };

    fn points(points: &[[f64; 2]]) -> Vec<u8> {
        WRITER.rows("", &points.iter().map(|point| point.to_vec()).collect::<Vec<_>>())
    }

    /// The record of a participant who saw the image in a trial, or who did not see it.
    fn user(trial: Option<f64>, first: &[[f64; 2]], second: &[[f64; 2]]) -> Vec<Vec<u8>> {
        let fixations = [("enc", points(first)), ("rec", points(second)), ("rec2", points(&[]))];
        vec![
            trial.map_or_else(|| WRITER.doubles(&[]), |trial| WRITER.doubles(&[trial])),
            WRITER.text("s01"),
            WRITER.doubles(&[1.0, 4.0, 3.0]),
            WRITER.structure(&fixations),
        ]
    }

    fn all_images(images: &[(&str, &[Vec<Vec<u8>>])]) -> Vec<u8> {
        let fields = ["trial", "RECORDING_SESSION_LABEL", "SDT", "fixations"];
        let element = |(name, users): &(&str, &[Vec<Vec<u8>>])| {
            vec![WRITER.text(name), WRITER.text("zoo"), WRITER.structures("", &fields, users)]
        };
        let elements: Vec<_> = images.iter().map(element).collect();
        WRITER.structures("allImages", &["filename", "category", "userdata"], &elements)
    }

    fn folder(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        fs::create_dir_all(folder.path().join("Targets/zoo")).unwrap();
        ::image::RgbImage::new(6, 4).save(folder.path().join("Targets/zoo/zoo_a.jpg")).unwrap();
        folder
    }

    #[test]
    fn every_sight_is_a_scanpath_and_unseen_images_have_none() {
        let users = [user(None, &[[9.0, 9.0]], &[]), user(Some(4.0), &[[500.5, 1.0], [2.0, 3.0]], &[[7.0, 8.0]])];
        let folder = folder(&[(FILES[0], WRITER.file(&[all_images(&[("zoo_a.jpg", &users)])]))]);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        assert_eq!((dataset.format(), dataset.stimuli()[0].has_image()), (Format::Figrim, true));
        let gaze = dataset.gaze(0).remove(0).scanpaths.unwrap();
        let found: Vec<_> = gaze
            .iter()
            .map(|path| (path.observer.as_deref(), path.fixations.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>()))
            .collect();
        assert_eq!(found, [(Some("2"), vec![(500.5, 1.0), (2.0, 3.0)]), (Some("2"), vec![(7.0, 8.0)])]);
    }

    #[test]
    fn targets_and_fillers_keep_their_sources_and_no_name_counts_twice() {
        let users = [user(Some(1.0), &[[1.0, 2.0]], &[])];
        let other = [user(Some(1.0), &[[3.0, 4.0], [5.0, 6.0]], &[])];
        let targets = all_images(&[("zoo_a.jpg", &users), ("zoo_b.jpg", &users)]);
        let fillers = all_images(&[("zoo_c.jpg", &other), ("zoo_a.jpg", &other)]);
        let folder = folder(&[(FILES[0], WRITER.file(&[targets])), (FILES[1], WRITER.file(&[fillers]))]);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let found: Vec<_> = (0..3)
            .map(|index| {
                let gaze = dataset.gaze(index).remove(0);
                (dataset.stimuli()[index].key(), gaze.source, gaze.scanpaths.unwrap()[0].fixations.len())
            })
            .collect();
        let [targets, fillers] = FILES.map(PathBuf::from);
        assert_eq!(found, [("zoo_a", targets.clone(), 1), ("zoo_b", targets, 1), ("zoo_c", fillers, 2)]);
        let note = "fillerData/allImages_fillers.mat: allImages(2) has the name of an image before it, zoo_a; left out";
        assert_eq!(dataset.notes()[0], note);
    }

    #[test]
    fn a_wrong_matrix_concerns_its_image_alone() {
        let wrong = [user(Some(1.0), &[], &[])];
        let mut wrong = wrong.to_vec();
        wrong[0][3] = WRITER.structure(&[("enc", WRITER.rows("", &[vec![1.0], vec![2.0]]))]);
        let right = [user(Some(1.0), &[[1.0, 2.0]], &[])];
        let variable = all_images(&[("zoo_a.jpg", &wrong), ("zoo_b.jpg", &right)]);
        let folder = folder(&[(FILES[0], WRITER.file(&[variable]))]);
        let dataset = Dataset::open(folder.path(), None).unwrap();
        let message = dataset.gaze(0).remove(0).scanpaths.unwrap_err().to_string();
        let expected = "targetData/allImages_release.mat: allImages(1).userdata(1).fixations.enc should be a matrix of two \
                        columns, found 1 columns";
        assert_eq!(message, expected);
        assert!(dataset.gaze(1).remove(0).scanpaths.is_ok());
    }

    #[test]
    fn a_file_as_large_as_the_release_is_read_and_a_larger_one_refused() {
        let users = [user(Some(4.0), &[[500.5, 1.0]], &[])];
        let file = WRITER.file(&[all_images(&[("zoo_a.jpg", &users)])]);
        // Each zero variable inflates to 16 MiB. Five are more than the limit of other formats, 33 more than that of this one.
        let header = WRITER.file(&[]).len();
        let zeros = WRITER.file(&[WRITER.matrix(3, [1, 1], "z", &vec![0; 1 << 24])])[header..].to_vec();
        let with = |count: usize| folder(&[(FILES[0], [file.clone(), zeros.repeat(count)].concat())]);
        let dataset = Dataset::open(with(5).path(), None).unwrap();
        let x = dataset.gaze(0).remove(0).scanpaths.unwrap()[0].fixations[0].x;
        assert!((x - 500.5).abs() < 1e-9, "{x}");
        let message = Dataset::open(with(33).path(), None).unwrap_err().to_string();
        let expected = "targetData/allImages_release.mat: the compressed variables inflate to more than the limit of \
                        536870912 bytes";
        assert_eq!(message, expected);
    }
}
