//! A table of fixations beside a folder of images: the format to write by hand.
//!
//! ```text
//! fixations.csv       a header with at least image, x and y; then one fixation a line
//! images/             png, jpg, tiff or bmp
//! dataset.json        optional description
//! ```
//!
//! Instead of `fixations.csv` there may be `fixations.tsv`, with tabs, or `fixations.parquet`; with the folder beside it, a
//! table of any name may be opened itself.
//!
//! | column | holds |
//! |---|---|
//! | `image` | name of the image's file, with or without its extension |
//! | `x`, `y` | pixels from the top-left corner, **0-based**: an image of width 800 holds `0 ≤ x < 800` |
//! | `subject` | optional: the observer; rows of one subject and image are in temporal order, others may stand between |
//! | `duration_ms` | optional: duration in milliseconds; may be empty or NaN |
//! | `start_ms` | optional: when it began, in milliseconds after the image appeared; may be empty or NaN |
//! | `group` | optional: the observer's group; without the column all are in the group `all`. Any other column may take its place, see [`Dataset::open_grouped_by`](crate::Dataset::open_grouped_by) |
//!
//! Columns may have any order; others are left out with a note. Without the column `subject` (or where it is empty),
//! the rows of an image and group form one scanpath of an unknown observer.
//!
//! What `dataset.json` may say is described in `description.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::{
    DataError, GroupGaze, StimulusEntry,
    dataset::{GazeReader, Index, some_of, without_image},
    description::Description,
    folder, image,
    place::Place,
};
use rows::{Observers, Problem, Rows};
pub(crate) use text::line_of;

mod parquet;
mod rows;
#[cfg(test)]
mod tests;
mod text;

const TABLES: [&str; 3] = ["fixations.csv", "fixations.tsv", "fixations.parquet"];
const IMAGES: &str = "images";
const GROUP: &str = "all";

/// The largest table that is read, in bytes.
const LARGEST_TABLE: u64 = 1 << 30;

pub(crate) const LAYOUT: &str = "fixations.csv, .tsv or .parquet and a folder images";

/// Holds the numbers of the table.
pub(crate) struct Table {
    source: PathBuf,
    /// By stimulus, then by group.
    gaze: Vec<BTreeMap<usize, Observers>>,
    groups: Vec<String>,
}

/// Reads the table and lists the images, or returns `None` if the folder has another layout.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    open_grouped_by(place, None)
}

/// The same, with the values of a column for groups; by itself those of `group`, if there is that column.
pub(crate) fn open_grouped_by(place: &Place, column: Option<&str>) -> Result<Option<Index>, DataError> {
    if !place.root.join(IMAGES).is_dir() {
        return Ok(None);
    }
    let name = match &place.file {
        Some(name) => Some(name.as_str()).filter(|name| Kind::of(Path::new(name)).is_some()),
        None => {
            let mut found = TABLES.into_iter().filter(|name| place.root.join(name).is_file());
            match (found.next(), found.next()) {
                (Some(first), Some(second)) => {
                    let (first, second) = (first.into(), second.into());
                    return Err(DataError::Ambiguous { key: "the table of fixations".to_owned(), first, second });
                }
                (first, _) => first,
            }
        }
    };
    name.map(|name| Table::open(&place.root, Path::new(name), column)).transpose()
}

/// How a table is written.
#[derive(Clone, Copy)]
enum Kind {
    /// As text, with this between the columns.
    Text(u8),
    Parquet,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        match folder::extension(path)?.as_str() {
            "csv" => Some(Self::Text(b',')),
            "tsv" => Some(Self::Text(b'\t')),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// All rows of the table at `source`, which is relative to `root`.
fn read(root: &Path, source: &Path, rows: &mut Rows<'_>) -> Result<(), DataError> {
    match Kind::of(source) {
        Some(Kind::Parquet) => parquet::read(folder::open(root, source)?, source, rows),
        Some(Kind::Text(delimiter)) => text::read(&folder::read_in(root, source, LARGEST_TABLE)?, delimiter, rows),
        None => Ok(()),
    }
}

impl Table {
    fn open(root: &Path, source: &Path, groups_by: Option<&str>) -> Result<Index, DataError> {
        let pictures = folder::files_by_stem(root, Path::new(IMAGES), &image::EXTENSIONS)?;
        let mut rows = Rows::new(source, &pictures, groups_by);
        read(root, source, &mut rows)?;
        let (groups, mut images, mut notes) = rows.finish()?;

        let keys: BTreeSet<_> = pictures.keys().chain(images.keys()).cloned().collect();
        let mut stimuli: Vec<_> =
            keys.into_iter().map(|key| StimulusEntry::new(key.clone(), pictures.get(&key).cloned())).collect();
        stimuli.sort_by(|a, b| folder::natural_order(&a.key, &b.key));
        notes.extend(without_image(&stimuli));
        let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !images.contains_key(key)).collect();
        if !unseen.is_empty() {
            notes.push(format!("{} of {} stimuli have no gaze: {}", unseen.len(), stimuli.len(), some_of(&unseen)));
        }
        let gaze = stimuli.iter().map(|stimulus| images.remove(&stimulus.key).unwrap_or_default()).collect();

        let description = Description::read(root)?;
        Ok(Index {
            name: description.name.unwrap_or_else(|| folder::name(root)),
            provenance: description.provenance,
            pixels_per_degree: description.pixels_per_degree,
            groups: groups.clone(),
            stimuli,
            images: IMAGES.into(),
            notes,
            reader: Box::new(Self { source: source.to_owned(), gaze, groups }),
        })
    }
}

impl GazeReader for Table {
    fn gaze(&self, index: usize, _stimulus: &StimulusEntry) -> Vec<GroupGaze> {
        let gaze = |(&group, observers): (&usize, &Observers)| GroupGaze {
            group: self.groups[group].clone(),
            source: self.source.clone(),
            scanpaths: observers.clone().map_err(|problem: Problem| problem.at(&self.source)),
        };
        self.gaze.get(index).into_iter().flatten().map(gaze).collect()
    }
}
