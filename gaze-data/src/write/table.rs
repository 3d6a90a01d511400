//! A table of fixations beside a folder of images, as this crate reads it.

use std::path::Path;

use super::{Written, for_each, is_simulated, write_file};
use crate::{DataError, Dataset};

pub(super) fn write(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let path = out.join("fixations.csv");
    let failed = |error: csv::Error| DataError::Io { path: path.clone(), cause: std::io::Error::other(error) };
    table.write_record(["image", "subject", "x", "y", "duration_ms", "group"]).map_err(failed)?;
    let written = for_each(dataset, |stimulus| {
        // The table's images lie in one folder.
        let name = stimulus.name.replace('/', "_");
        write_file(&out.join("images").join(&name), &stimulus.bytes)?;
        for (number, scanpath) in (1..).zip(&stimulus.scanpaths) {
            let subject = scanpath.subject.clone().unwrap_or_else(|| format!("unnamed {number}"));
            for fixation in &scanpath.fixations {
                let duration = fixation.duration_ms.map(|duration| duration.to_string()).unwrap_or_default();
                let (x, y) = (fixation.x.to_string(), fixation.y.to_string());
                table.write_record([&name, &subject, &x, &y, &duration, &scanpath.group]).map_err(failed)?;
            }
        }
        Ok(())
    })?;
    let table = table.into_inner().map_err(|error| failed(error.into_error().into()))?;
    write_file(&path, &table)?;
    let mut description = serde_json::json!({
        "name": dataset.name(),
        "gaze": if is_simulated(dataset) { "simulated" } else { "recorded" },
    });
    if let Some(scale) = dataset.pixels_per_degree() {
        description["pixels_per_degree"] = scale.get().into();
    }
    write_file(&out.join("dataset.json"), format!("{description:#}\n").as_bytes())?;
    Ok(written)
}
