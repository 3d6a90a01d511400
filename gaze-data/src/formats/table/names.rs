//! The pictures that the names in a table stand for, and the keys of all stimuli.
//!
//! A name may have folders in front, be written without its extension, in other letters (`A.PNG`), with `\` between folders, or
//! with the path that it had on another computer. It stands for the picture whose path agrees with it from the end on, as far as
//! the shorter of both goes. Names that differ in such a path and stand for one picture are stimuli of their own.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use crate::{
    DataError, StimulusEntry,
    error::some_of,
    files::{folder, image, names::composed},
};

/// The stimuli of a table.
pub(super) struct Stimuli {
    /// The stimuli in natural order of their keys.
    pub(super) entries: Vec<StimulusEntry>,
    /// The position of the stimulus of each name among them.
    pub(super) of_names: Vec<usize>,
    /// Sentences about names that differ from those of the pictures.
    pub(super) notes: Vec<String>,
}

/// A path as its parts, the last without a folder.
type Parts = Vec<String>;

/// A picture with its path below the folder of images.
struct Picture {
    path: PathBuf,
    parts: Parts,
}

/// Finds the picture of every name. `pictures` are files below `root`.
pub(super) fn resolve(names: &[&str], root: &Path, pictures: Vec<PathBuf>) -> Result<Stimuli, DataError> {
    let picture =
        |path: PathBuf| Picture { parts: parts(&path.strip_prefix(root).unwrap_or(&path).to_string_lossy()), path };
    let mut pictures: Vec<Picture> = pictures.into_iter().map(picture).collect();
    pictures.sort_by(|a, b| a.parts.cmp(&b.parts));
    let finder = Finder::new(&pictures);
    let (mut other_case, mut other_extension) = (Vec::new(), Vec::new());
    let mut found: Vec<(Option<usize>, Parts)> = Vec::new();
    for name in names {
        let parts = parts(name);
        let picture = match finder.find(&parts, root)? {
            Some((picture, match_)) => {
                match match_ {
                    Match::Name => {}
                    Match::OtherExtension => other_extension.push(*name),
                    Match::OtherCase => other_case.push(*name),
                }
                Some(picture)
            }
            None => None,
        };
        found.push((picture, parts));
    }

    // The paths that are stimuli: all pictures, then names without a picture, and names that share one.
    let mut paths: Vec<Parts> = pictures.iter().map(|picture| picture.parts.clone()).collect();
    let mut images: Vec<Option<usize>> = (0..pictures.len()).map(Some).collect();
    let fronts = fronts(&found, &pictures);
    let mut places: HashMap<Parts, usize> = HashMap::new();
    let mut shared: Vec<&str> = Vec::new();
    let mut of_names = Vec::with_capacity(names.len());
    for ((picture, parts), name) in found.into_iter().zip(names) {
        let own = match picture {
            None => without_extension(parts),
            Some(picture) => {
                let front = front(&parts, &pictures[picture].parts);
                if front.is_empty() || fronts.get(&picture).is_none_or(|fronts| fronts.len() < 2) {
                    of_names.push(picture);
                    continue;
                }
                shared.push(name);
                without_extension(parts)
            }
        };
        of_names.push(*places.entry(own).or_insert_with_key(|own| {
            paths.push(own.clone());
            images.push(picture);
            paths.len() - 1
        }));
    }
    // A picture that names share is no stimulus of its own, unless a name stands for it alone.
    let hidden = |place: usize| {
        place < pictures.len()
            && fronts.get(&place).is_some_and(|fronts| fronts.len() > 1)
            && !of_names.contains(&place)
    };
    let kept: Vec<usize> = (0..paths.len()).filter(|&place| !hidden(place)).collect();
    let keys = shortest(&paths);
    // Maps are named like pictures, whatever other names the table has.
    let map_keys = shortest(&paths[..pictures.len()]);
    let mut order: Vec<usize> = kept;
    order.sort_by(|&a, &b| folder::natural_order(&keys[a], &keys[b]));
    let mut position = vec![0; paths.len()];
    for (at, &place) in order.iter().enumerate() {
        position[place] = at;
    }
    let entry = |&place: &usize| {
        let entry =
            StimulusEntry::new(keys[place].clone(), images[place].map(|picture| pictures[picture].path.clone()));
        match images[place].map(|picture| &map_keys[picture]).filter(|&key| *key != keys[place]) {
            Some(key) => entry.with_map_key(key.clone()),
            None => entry,
        }
    };
    let entries = order.iter().map(entry).collect();
    let mut notes = Vec::new();
    let mut note = |names: &[&str], what: &str| {
        if !names.is_empty() {
            notes.push(format!("{} names {what}: {}", names.len(), some_of(names)));
        }
    };
    note(&other_extension, "have another extension than their pictures");
    note(&other_case, "differ from those of their pictures in upper and lower case");
    note(&shared, "differ in their folders and stand for the same picture; each is a stimulus of its own");
    let of_names = of_names.into_iter().map(|place| position[place]).collect();
    Ok(Stimuli { entries, of_names, notes })
}

/// Splits a path as it is written on any system.
fn parts(path: &str) -> Parts {
    let parts = path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != "." && !part.ends_with(':'));
    parts.map(|part| composed(part).into_owned()).collect()
}

/// Returns a name without the extension of a picture.
fn stem(name: &str) -> &str {
    let path = Path::new(name);
    let is_picture = folder::extension(path).is_some_and(|known| image::EXTENSIONS.contains(&known.as_str()));
    path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_picture).unwrap_or(name)
}

fn without_extension(mut parts: Parts) -> Parts {
    if let Some(last) = parts.last_mut() {
        *last = stem(last).to_owned();
    }
    parts
}

/// Returns the folders of a name in front of the path of its picture. The folder of images itself does not count.
fn front(name: &[String], picture: &[String]) -> Parts {
    let front = &name[..name.len().saturating_sub(picture.len())];
    if front.last().is_some_and(|last| last.eq_ignore_ascii_case(super::IMAGES)) {
        Parts::new()
    } else {
        front.to_vec()
    }
}

/// Collects the different folders in front of each picture, of which none is the end of another.
fn fronts(found: &[(Option<usize>, Parts)], pictures: &[Picture]) -> BTreeMap<usize, Vec<Parts>> {
    let mut all: BTreeMap<usize, Vec<Parts>> = BTreeMap::new();
    for (picture, parts) in found {
        let Some(picture) = *picture else { continue };
        let front = front(parts, &pictures[picture].parts);
        let known = all.entry(picture).or_default();
        if front.is_empty() || known.iter().any(|other| other.ends_with(&front)) {
            continue;
        }
        known.retain(|other| !front.ends_with(other));
        known.push(front);
    }
    all
}

/// The way in which a name was found.
#[derive(Clone, Copy)]
enum Match {
    Name,
    OtherExtension,
    OtherCase,
}

/// Finds pictures by the last part of a name.
struct Finder<'a> {
    pictures: &'a [Picture],
    /// Whole names, names without extension, and both in lower case.
    names: HashMap<String, Vec<usize>>,
    stems: HashMap<String, Vec<usize>>,
    lower_names: HashMap<String, Vec<usize>>,
    lower_stems: HashMap<String, Vec<usize>>,
}

impl<'a> Finder<'a> {
    fn new(pictures: &'a [Picture]) -> Self {
        let by = |name: &dyn Fn(&str) -> String| {
            let mut places: HashMap<String, Vec<usize>> = HashMap::new();
            for (place, picture) in pictures.iter().enumerate() {
                if let Some(last) = picture.parts.last() {
                    places.entry(name(last)).or_default().push(place);
                }
            }
            places
        };
        Self {
            pictures,
            names: by(&str::to_owned),
            stems: by(&|name| stem(name).to_owned()),
            lower_names: by(&str::to_lowercase),
            lower_stems: by(&|name| stem(name).to_lowercase()),
        }
    }

    /// Returns the picture that a name stands for, and the way in which it was found.
    fn find(&self, name: &[String], root: &Path) -> Result<Option<(usize, Match)>, DataError> {
        let Some(last) = name.last() else { return Ok(None) };
        let (stem, lower) = (stem(last), last.to_lowercase());
        let lower_stem = stem.to_lowercase();
        let steps = [
            (self.names.get(last), Match::Name),
            (self.stems.get(last), Match::Name),
            (self.stems.get(stem), Match::OtherExtension),
            (self.lower_names.get(&lower), Match::OtherCase),
            (self.lower_stems.get(&lower), Match::OtherCase),
            (self.lower_stems.get(&lower_stem), Match::OtherCase),
        ];
        for (candidates, match_) in steps {
            let candidates: Vec<(usize, usize)> = candidates
                .into_iter()
                .flatten()
                .filter_map(|&place| Some((self.agreement(name, place)?, place)))
                .collect();
            let longest = candidates.iter().map(|&(length, _)| length).max();
            let mut best = candidates.into_iter().filter(|&(length, _)| Some(length) == longest);
            match (best.next(), best.next()) {
                (Some((_, place)), None) => return Ok(Some((place, match_))),
                (Some((_, first)), Some((_, second))) => {
                    let shown = |place: usize| {
                        let path = &self.pictures[place].path;
                        Path::new(super::IMAGES).join(path.strip_prefix(root).unwrap_or(path))
                    };
                    let (key, first, second) = (name.join("/"), shown(first), shown(second));
                    return Err(DataError::Ambiguous { key, first, second });
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// Counts the folders at the end in which a name agrees with a picture; `None` if they differ within the shorter of both.
    fn agreement(&self, name: &[String], place: usize) -> Option<usize> {
        let folders = |parts: &'_ [String]| parts.len().saturating_sub(1);
        let picture = &self.pictures[place].parts;
        let count = folders(name).min(folders(picture));
        let ends = |parts: &[String]| parts[folders(parts) - count..folders(parts)].to_vec();
        (ends(name) == ends(picture)).then_some(count)
    }
}

/// Returns for each path its shortest end that no other path has, without the extension of a picture if that leaves it unique.
fn shortest(paths: &[Parts]) -> Vec<String> {
    let ends = |parts: &Parts| {
        let whole: Vec<String> = (1..=parts.len()).map(|length| parts[parts.len() - length..].join("/")).collect();
        let bare: Vec<String> = whole.iter().map(|end| without_last_extension(end)).collect();
        (bare, whole)
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for parts in paths {
        let (bare, whole) = ends(parts);
        for (bare, whole) in bare.into_iter().zip(whole) {
            if bare != whole {
                *counts.entry(bare).or_default() += 1;
            }
            *counts.entry(whole).or_default() += 1;
        }
    }
    let key = |parts: &Parts| {
        let (bare, whole) = ends(parts);
        let unique = bare.iter().chain(&whole).find(|end| counts.get(*end) == Some(&1));
        unique.or(whole.last()).cloned().unwrap_or_default()
    };
    paths.iter().map(key).collect()
}

fn without_last_extension(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folders, last)) => format!("{folders}/{}", stem(last)),
        None => stem(path).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `key picture` of every name in order, or the message, with all keys.
    fn keys(names: &[&str], pictures: &[&str]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let pictures = pictures.iter().map(|path| Path::new("set").join(path)).collect();
        let Stimuli { entries, of_names, notes } = resolve(names, Path::new("set"), pictures).unwrap();
        let shown = |&place: &usize| {
            let entry = &entries[place];
            let file = entry.image().map_or("-".into(), |path| path.strip_prefix("set").unwrap().to_string_lossy());
            format!("{} {file} {}", entry.key(), entry.map_key())
        };
        (of_names.iter().map(shown).collect(), entries.iter().map(|entry| entry.key().to_owned()).collect(), notes)
    }

    #[test]
    fn a_path_finds_its_picture_from_the_end() {
        let pictures = ["day1/1.png", "day2/1.png", "2.jpg", "deep/er/3.v2.png"];
        let names =
            ["day1/1.png", "images/day2/1", "C:\\study\\day2\\1.png", "2", "images/2.jpg", "er/3.v2", "x/day1/1"];
        let (found, keys, notes) = keys(&names, &pictures);
        let expected = [
            "day1/1 day1/1.png day1/1",
            "day2/1 day2/1.png day2/1",
            "day2/1 day2/1.png day2/1",
            "2 2.jpg 2",
            "2 2.jpg 2",
            "3.v2 deep/er/3.v2.png 3.v2",
            "day1/1 day1/1.png day1/1",
        ];
        assert_eq!(found, expected);
        assert_eq!(keys, ["2", "3.v2", "day1/1", "day2/1"]);
        assert_eq!(notes, Vec::<String>::new());
    }

    #[test]
    fn names_that_share_a_picture_are_stimuli_of_their_own() {
        let (found, all, notes) = keys(&["day1/1.png", "day2/1.png"], &["1.png"]);
        assert_eq!(found, ["day1/1 1.png 1", "day2/1 1.png 1"]);
        assert_eq!(all, ["day1/1", "day2/1"]);
        let expected = "2 names differ in their folders and stand for the same picture; each is a stimulus of its own: \
                        day1/1.png, day2/1.png";
        assert_eq!(notes, [expected]);
        // One path to it, however it is written, is one stimulus.
        let (found, ..) = keys(&["C:\\a\\1.png", "a/1", "1", "images/1.png"], &["1.png"]);
        assert_eq!(found, ["1 1.png 1"; 4]);
    }

    #[test]
    fn names_without_a_picture_stay_apart() {
        let (found, all, _) = keys(&["day1/1.png", "day2/1.png", "cow.png", "cow", "cow.v2"], &[]);
        assert_eq!(found, ["day1/1 - day1/1", "day2/1 - day2/1", "cow - cow", "cow - cow", "cow.v2 - cow.v2"]);
        assert_eq!(all, ["cow", "cow.v2", "day1/1", "day2/1"]);
        // A folder that no picture lies in is no other picture.
        let (found, all, _) = keys(&["day3/1.png"], &["day1/1.png", "day2/1.png"]);
        assert_eq!((found, all.len()), (vec!["day3/1 - day3/1".to_owned()], 3));
    }

    #[test]
    fn other_letters_and_extensions_are_told() {
        let (found, _, notes) = keys(&["A.PNG", "b.bmp", "e\u{301}.png"], &["a.png", "b.png", "\u{e9}.png"]);
        assert_eq!(found, ["a a.png a", "b b.png b", "\u{e9} \u{e9}.png \u{e9}"]);
        let expected = [
            "1 names have another extension than their pictures: b.bmp",
            "1 names differ from those of their pictures in upper and lower case: A.PNG",
        ];
        assert_eq!(notes, expected);
    }

    #[test]
    fn pictures_with_one_stem_go_by_their_whole_names() {
        let (found, all, _) = keys(&["1.jpg", "1.png", "1.jpg.png"], &["1.png", "1.jpg", "1.jpg.png"]);
        assert_eq!(found, ["1.jpg 1.jpg 1.jpg", "1.png 1.png 1.png", "1.jpg.png 1.jpg.png 1.jpg.png"]);
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn an_ambiguous_name_is_refused_with_both_paths() {
        for (name, pictures, first, second) in [
            ("1", ["1.jpg", "1.png"], "1.jpg", "1.png"),
            ("1.png", ["day1/1.png", "day2/1.png"], "day1/1.png", "day2/1.png"),
        ] {
            let pictures = pictures.iter().map(|path| Path::new("set").join(path)).collect();
            let error = resolve(&[name], Path::new("set"), pictures).err().unwrap().to_string();
            let expected = format!("{name} is ambiguous: both images/{first} and images/{second} have this name");
            assert_eq!(error, expected);
        }
    }
}
