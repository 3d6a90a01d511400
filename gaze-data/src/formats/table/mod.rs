//! A table of fixations beside a folder of images: the format to write by hand.
//!
//! ```text
//! fixations.csv       a header with at least image, x and y; then one fixation per line
//! images/             png, jpg, tiff or bmp
//! dataset.json        optional description
//! ```
//!
//! Instead of `fixations.csv` there may be `fixations.tsv`, with tabs, or `fixations.parquet`. A table of any name may be
//! opened as a file, if the folder `images` lies beside it.
//!
//! | column | holds |
//! |---|---|
//! | `image` | name of the image's file, with or without its extension |
//! | `x`, `y` | pixels from the top-left corner, **0-based**: an image of width 800 holds `0 ≤ x < 800` |
//! | `subject` | optional: the observer; the rows of one subject and image are in temporal order, with other rows between them or not |
//! | `duration_ms` | optional: duration in milliseconds; may be empty or NaN |
//! | `start_ms` | optional: the time at which the fixation began, in milliseconds after the image appeared; may be empty or NaN |
//! | `group` | optional: the observer's group; without this column all observers are in the group `all`. [`Dataset::open_grouped_by`](crate::Dataset::open_grouped_by) takes the groups from another column |
//!
//! Columns may have any order; columns with other names are left out with a note. Without the column `subject` (or where it is empty),
//! the rows of an image and group form one scanpath of an unknown observer.
//!
//! The content of `dataset.json` is described in `description.rs`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    DataError, GroupGaze, StimulusEntry,
    contract::{GazeReader, Index},
    files::{
        folder, image,
        place::Place,
        table::{self, Kind},
    },
    formats::shared::stimuli::{stimuli, without_gaze, without_image},
    recordings,
};
use description::Description;
use rows::{Observers, Problem, Rows};

mod description;
mod rows;
#[cfg(test)]
mod tests;

const TABLES: [&str; 3] = ["fixations.csv", "fixations.tsv", "fixations.parquet"];
const IMAGES: &str = "images";

pub(crate) const LAYOUT: &str = "fixations.csv, .tsv or .parquet and a folder images";

/// The gaze of a table, in memory.
pub(crate) struct Table {
    source: PathBuf,
    /// The gaze on each stimulus, by group.
    gaze: Vec<BTreeMap<usize, Observers>>,
    groups: Vec<String>,
}

/// Reads the table and lists the images, or returns `None` if the folder has another layout.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    open_grouped_by(place, None)
}

/// Reads the table with the values of `column` as groups: by default those of the column `group`, if the table has one.
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
                // Pupil Labs call a file of theirs like this one.
                (Some(first), None) if recordings::is_recording(&place.root, Path::new(first)) => None,
                (first, _) => first,
            }
        }
    };
    name.map(|name| Table::open(&place.root, Path::new(name), column)).transpose()
}

impl Table {
    fn open(root: &Path, source: &Path, groups_by: Option<&str>) -> Result<Index, DataError> {
        let pictures = folder::files_by_stem(root, Path::new(IMAGES), &image::EXTENSIONS)?;
        let mut rows = Rows::new(source, &pictures, groups_by);
        table::read(root, source, &mut rows)?;
        let (groups, mut images, mut notes) = rows.finish()?;

        let stimuli = stimuli(&pictures, images.keys());
        notes.extend(without_image(&stimuli));
        let unseen: Vec<_> = stimuli.iter().map(StimulusEntry::key).filter(|&key| !images.contains_key(key)).collect();
        notes.extend(without_gaze(&unseen, stimuli.len()));
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
