//! A table of fixations beside a folder of images: the format to write by hand.
//!
//! ```text
//! fixations.csv       a header with at least image, x and y; then one fixation per line
//! images/             pictures, also in folders
//! dataset.json        optional description
//! ```
//!
//! Instead of `fixations.csv` there may be `fixations.tsv`, `.txt` or `.parquet`. A table of any name may be opened as a file, if
//! the folder `images` lies beside it. Text may have any of the dialects that `files/table/dialect.rs` recognises.
//!
//! | column | holds |
//! |---|---|
//! | `image` | name or path of the image's file, with or without its extension; `names.rs` says which picture it stands for |
//! | `x`, `y` | pixels from the top-left corner, **0-based**: an image of width 800 holds `0 ≤ x < 800` |
//! | `subject` | optional: the observer; the rows of one subject and image are in temporal order, with other rows between them or not |
//! | `duration_ms` | optional: duration in milliseconds |
//! | `start_ms` | optional: the time at which the fixation began, in milliseconds after the image appeared |
//! | `group` | optional: the observer's group; without this column all observers are in the group `all`. [`DatasetOptions`](crate::DatasetOptions) may name another column |
//!
//! Columns may have any order and any case; those with other names are left out with a note, unless the options name them. Without
//! the column `subject` (or where it is lost), the rows of an image and group form one scanpath of an unknown observer.
//!
//! An empty value, `NA`, `n/a`, `.`, `-`, `NaN`, `inf` and their like are *lost*. A fixation without a place keeps its row and is left
//! out later, as one outside its image is; one without a duration keeps its place. A row without an image or group is left out and
//! counted. A duration below 0 counts as lost, and is counted.
//!
//! The content of `dataset.json` is described in `description.rs`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    Columns, DataError, GroupGaze, StimulusEntry,
    contract::{GazeReader, Index},
    files::{
        folder, image,
        place::Place,
        table::{self, Kind},
    },
    formats::shared::stimuli::{without_gaze, without_image},
    recordings,
};
use description::Description;
use names::{Stimuli, resolve};
use rows::{Observers, Problem, Rows, join};

mod description;
#[cfg(test)]
mod dialects;
mod names;
mod rows;
#[cfg(test)]
mod tests;

const TABLES: [&str; 4] = ["fixations.csv", "fixations.tsv", "fixations.txt", "fixations.parquet"];
const IMAGES: &str = "images";

pub(crate) const LAYOUT: &str = "fixations.csv, .tsv, .txt or .parquet and a folder images";

/// The gaze of a table, in memory.
pub(crate) struct Table {
    source: PathBuf,
    /// The gaze on each stimulus, by group.
    gaze: Vec<BTreeMap<usize, Observers>>,
    groups: Vec<String>,
}

/// Reads the table. Its groups are the values of the column that the options name, by default of the column `group`, if the table
/// has one.
pub(crate) fn open(place: &Place) -> Result<Option<Index>, DataError> {
    let has_images = place.root.join(IMAGES).is_dir();
    let name = match &place.file {
        Some(name) => Some(name.as_str()).filter(|name| Kind::of(Path::new(name)).is_some()),
        None => {
            let mut found = TABLES.into_iter().filter(|name| place.root.join(name).is_file());
            match (found.next(), found.next()) {
                (Some(first), Some(second)) if has_images => {
                    let (first, second) = (first.into(), second.into());
                    return Err(DataError::Ambiguous { key: "the table of fixations".to_owned(), first, second });
                }
                // Pupil Labs call a file of theirs like this one.
                (Some(first), None) if recordings::is_recording(&place.root, Path::new(first)) => None,
                (first, _) => first,
            }
        }
    };
    let table = name.unwrap_or("fixations.csv, .tsv, .txt or .parquet");
    place.look([(IMAGES.to_owned(), has_images), (table.to_owned(), name.is_some())]);
    if name.is_none() || !has_images {
        return Ok(None);
    }
    let (columns, groups_by) = (&place.options.gaze.columns, place.options.group_column.as_deref());
    name.map(|name| Table::open(&place.root, Path::new(name), columns, groups_by)).transpose()
}

impl Table {
    fn open(root: &Path, source: &Path, columns: &Columns, groups_by: Option<&str>) -> Result<Index, DataError> {
        let mut rows = Rows::new(source, columns, groups_by);
        let recognised = table::read(root, source, &mut rows)?;
        let (groups, names, mut notes) = rows.finish()?;
        notes.extend(recognised.map(|dialect| format!("{}: {dialect}", source.display())));

        let pictures = folder::tree_in(root, Path::new(IMAGES), &image::EXTENSIONS)?;
        let texts: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        let Stimuli { entries, of_names, notes: of_pictures } = resolve(&texts, &root.join(IMAGES), pictures)?;
        notes.extend(of_pictures);
        let mut gaze: Vec<BTreeMap<usize, Observers>> = entries.iter().map(|_| BTreeMap::new()).collect();
        for ((_, of_name), stimulus) in names.into_iter().zip(of_names) {
            for (group, observers) in of_name {
                join(&mut gaze[stimulus], group, observers);
            }
        }
        notes.extend(without_image(&entries));
        let seen = entries.iter().zip(&gaze);
        let unseen: Vec<_> = seen.filter(|(_, gaze)| gaze.is_empty()).map(|(entry, _)| entry.key()).collect();
        notes.extend(without_gaze(&unseen, entries.len()));

        let description = Description::read(root)?;
        Ok(Index {
            name: description.name.unwrap_or_else(|| folder::name(root)),
            provenance: description.provenance,
            pixels_per_degree: description.pixels_per_degree,
            groups: groups.clone(),
            stimuli: entries,
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
