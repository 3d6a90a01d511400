//! pysaliency's stimuli and fixations, in the versions that every release of it reads.
//!
//! `stimuli.hdf5` is a `FileStimuli` 2.1 and `fixations.hdf5` a `FixationTrains` 1.2: releases from 2023 accept neither
//! newer ones nor scanpaths. Images lie in `stimuli/`. Times and durations are in seconds; where the source gives no
//! times, the positions in the scanpath stand for them. Groups of observers, where there are several, are the attribute
//! `group` of a scanpath.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use hdf5_pure::{AttrValue, FileBuilder};

use super::{Scanpath, Written, for_each, write_file};
use crate::{DataError, Dataset, files::folder};

pub(super) fn write(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    let (mut names, mut shapes) = (Vec::new(), Vec::new());
    let mut scanpaths: Vec<(usize, Scanpath)> = Vec::new();
    let written = for_each(dataset, |stimulus| {
        write_file(&out.join("stimuli").join(&stimulus.name), &stimulus.bytes)?;
        scanpaths.extend(stimulus.scanpaths.into_iter().map(|path| (names.len(), path)));
        names.push(format!("stimuli/{}", stimulus.name));
        shapes.push((stimulus.size, stimulus.channels));
        Ok(())
    })?;
    let error = |name: &str, cause| DataError::Hdf5 { path: out.join(name), cause: Box::new(cause) };

    let mut stimuli = FileBuilder::new();
    text(&mut stimuli, "type", "FileStimuli");
    text(&mut stimuli, "version", "2.1");
    text(&mut stimuli, "__attributes__", "[]");
    stimuli.set_attr("size", AttrValue::I64(number(names.len())));
    stimuli.create_dataset("filenames").with_vlen_strings(&names.iter().map(String::as_str).collect::<Vec<_>>());
    // The sides of each image: two columns if all images are gray, else three.
    let gray = !shapes.is_empty() && shapes.iter().all(|(_, channels)| *channels == 1);
    let sides: Vec<i64> = shapes
        .iter()
        .flat_map(|(size, _)| {
            let sides = [number(size.height), number(size.width), 3];
            sides.into_iter().take(if gray { 2 } else { 3 })
        })
        .collect();
    stimuli.create_dataset("shapes").with_i64_data(&sides).with_shape(&[names.len() as u64, if gray { 2 } else { 3 }]);
    stimuli.write(out.join("stimuli.hdf5")).map_err(|cause| error("stimuli.hdf5", cause))?;

    write_trains(dataset, &scanpaths)
        .write(out.join("fixations.hdf5"))
        .map_err(|cause| error("fixations.hdf5", cause))?;
    Ok(written)
}

fn write_trains(dataset: &Dataset, scanpaths: &[(usize, Scanpath)]) -> FileBuilder {
    let width = scanpaths.iter().map(|(_, path)| path.fixations.len()).max().unwrap_or(0).max(1);
    let shape = [scanpaths.len() as u64, width as u64];
    let mut columns = [const { Vec::new() }; 4];
    for (_, path) in scanpaths {
        for place in 0..width {
            let fixation = path.fixations.get(place);
            let time = fixation.map(|fixation| fixation.start_ms.map_or(place as f64, |start| start / 1000.0));
            let duration = fixation.and_then(|fixation| fixation.duration_ms).map(|duration| duration / 1000.0);
            for (column, value) in
                columns.iter_mut().zip([fixation.map(|f| f.x), fixation.map(|f| f.y), time, duration])
            {
                column.push(value.unwrap_or(f64::NAN));
            }
        }
    }
    let [xs, ys, ts, durations] = columns;
    let known = subject_numbers(scanpaths.iter().filter_map(|(_, path)| path.observer.as_deref()));
    // Observers without a name are different people: each scanpath of an image gets a number of its own.
    let mut unnamed = (0, known.values().max().map_or(0, |last| last + 1));
    let mut subjects = Vec::new();
    for (n, path) in scanpaths {
        subjects.push(match &path.observer {
            Some(name) => known[name],
            None => {
                let first = known.values().max().map_or(0, |last| last + 1);
                unnamed = if unnamed.0 == *n { (*n, unnamed.1 + 1) } else { (*n, first + 1) };
                unnamed.1 - 1
            }
        });
    }
    let ns: Vec<i64> = scanpaths.iter().map(|(n, _)| number(*n)).collect();

    let mut file = FileBuilder::new();
    text(&mut file, "type", "FixationTrains");
    text(&mut file, "version", "1.2");
    text(&mut file, "__attributes__", "[]");
    text(&mut file, "scanpath_attribute_mapping", r#"{"durations": "duration"}"#);
    for (name, values) in [("train_xs", &xs), ("train_ys", &ys), ("train_ts", &ts)] {
        file.create_dataset(name).with_f64_data(values).with_shape(&shape);
    }
    file.create_dataset("train_ns").with_i64_data(&ns);
    file.create_dataset("train_subjects").with_i64_data(&subjects);
    let mut attributes = file.create_group("scanpath_attributes");
    let groups = dataset.groups().len() > 1;
    let list = if groups { r#"["group"]"# } else { "[]" };
    attributes.set_attr("__attributes__", AttrValue::AsciiString(list.to_owned()));
    if groups {
        let names: Vec<_> = scanpaths.iter().map(|(_, path)| path.group.as_str()).collect();
        attributes.create_dataset("group").with_vlen_strings(&names);
    }
    let attributes = attributes.finish();
    file.add_group(attributes);
    let mut attributes = file.create_group("scanpath_fixation_attributes");
    attributes.set_attr("__attributes__", AttrValue::AsciiString(r#"["durations"]"#.to_owned()));
    attributes.create_dataset("durations").with_f64_data(&durations).with_shape(&shape);
    let attributes = attributes.finish();
    file.add_group(attributes);
    file
}

fn text(file: &mut FileBuilder, name: &str, value: &str) {
    file.set_attr(name, AttrValue::AsciiString(value.to_owned()));
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Gives every subject a number: the name itself where all names are whole numbers, else its place in natural order.
fn subject_numbers<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, i64> {
    let names: BTreeSet<&str> = names.collect();
    let own: Option<BTreeMap<String, i64>> =
        names.iter().map(|name| Some(((*name).to_owned(), name.parse().ok()?))).collect();
    own.unwrap_or_else(|| {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by(|a, b| folder::natural_order(a, b));
        (0..).zip(names).map(|(number, name)| (name.to_owned(), number)).collect()
    })
}
