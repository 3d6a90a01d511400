//! A table of fixations beside a folder of images, as this crate reads it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{Written, for_each, write_file};
use crate::{DataError, Dataset, RawFixation, files::folder};

#[cfg(feature = "parquet")]
mod parquet;

const COLUMNS: [&str; 7] = ["image", "subject", "x", "y", "duration_ms", "start_ms", "group"];

/// A fixation with its image, observer and group.
struct Row<'a> {
    image: &'a str,
    subject: &'a str,
    group: &'a str,
    fixation: RawFixation,
}

/// A writer of tables.
trait Sink {
    fn row(&mut self, row: &Row<'_>) -> Result<(), DataError>;

    fn finish(self) -> Result<(), DataError>;
}

pub(super) fn write_csv(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    write(dataset, out, Csv::new)
}

#[cfg(feature = "parquet")]
pub(super) fn write_parquet(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    write(dataset, out, parquet::Parquet::new)
}

fn write<S: Sink>(
    dataset: &Dataset,
    out: &Path,
    sink: impl FnOnce(&Path) -> Result<S, DataError>,
) -> Result<Written, DataError> {
    fs::create_dir_all(out).map_err(|cause| folder::io_error(out, cause))?;
    let mut sink = sink(out)?;
    let written = for_each(dataset, |stimulus| {
        // The table's images lie in one folder.
        let image = stimulus.name.replace('/', "_");
        write_file(&out.join("images").join(&image), &stimulus.bytes)?;
        for (number, scanpath) in (1..).zip(&stimulus.scanpaths) {
            let subject = scanpath.observer.clone().unwrap_or_else(|| format!("unnamed {number}"));
            for &fixation in &scanpath.fixations {
                sink.row(&Row { image: &image, subject: &subject, group: &scanpath.group, fixation })?;
            }
        }
        Ok(())
    })?;
    sink.finish()?;
    let mut description = serde_json::json!({
        "name": dataset.name(),
        "gaze": dataset.provenance(),
    });
    if let Some(scale) = dataset.pixels_per_degree() {
        description["pixels_per_degree"] = scale.get().into();
    }
    write_file(&out.join("dataset.json"), format!("{description:#}\n").as_bytes())?;
    Ok(written)
}

struct Csv {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl Csv {
    fn new(out: &Path) -> Result<Self, DataError> {
        let path = out.join("fixations.csv");
        let file = File::create_new(&path).map_err(|cause| folder::io_error(&path, cause))?;
        let mut sink = Self { path, writer: csv::Writer::from_writer(file) };
        sink.record(COLUMNS)?;
        Ok(sink)
    }

    fn record<T: AsRef<[u8]>>(&mut self, record: [T; 7]) -> Result<(), DataError> {
        let failed = |error| DataError::Io { path: self.path.clone(), cause: std::io::Error::other(error) };
        self.writer.write_record(record).map_err(failed)
    }
}

impl Sink for Csv {
    fn row(&mut self, &Row { image, subject, group, fixation }: &Row<'_>) -> Result<(), DataError> {
        let text = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let RawFixation { x, y, duration_ms, start_ms, .. } = fixation;
        let numbers = [Some(x), Some(y), duration_ms, start_ms].map(text);
        let [x, y, duration, start] = numbers.each_ref().map(String::as_str);
        self.record([image, subject, x, y, duration, start, group])
    }

    fn finish(mut self) -> Result<(), DataError> {
        self.writer.flush().map_err(|cause| folder::io_error(&self.path, cause))
    }
}
