//! A table of fixations beside a folder of images, as this crate reads it.

use std::{fs, fs::File, io::BufWriter, path::Path, sync::Arc};

use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};

use super::{Written, for_each, is_simulated, write_file};
use crate::{DataError, Dataset, RawFixation, folder};

const COLUMNS: [&str; 7] = ["image", "subject", "x", "y", "duration_ms", "start_ms", "group"];

/// As `COLUMNS`, for Parquet.
const SCHEMA: &str = "message fixations {
    required binary image (STRING);
    required binary subject (STRING);
    required double x;
    required double y;
    optional double duration_ms;
    optional double start_ms;
    required binary group (STRING);
}";

/// How many rows of a Parquet file are in memory at a time.
const GROUP_OF_ROWS: usize = if cfg!(test) { 3 } else { 1 << 17 };

/// A fixation and whom it belongs to.
struct Row<'a> {
    image: &'a str,
    subject: &'a str,
    group: &'a str,
    fixation: RawFixation,
}

/// What a table is written with.
trait Sink {
    fn row(&mut self, row: &Row<'_>) -> Result<(), DataError>;

    fn finish(self) -> Result<(), DataError>;
}

pub(super) fn write_csv(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    write(dataset, out, Csv::new)
}

pub(super) fn write_parquet(dataset: &Dataset, out: &Path) -> Result<Written, DataError> {
    write(dataset, out, Parquet::new)
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
        "gaze": if is_simulated(dataset) { "simulated" } else { "recorded" },
    });
    if let Some(scale) = dataset.pixels_per_degree() {
        description["pixels_per_degree"] = scale.get().into();
    }
    write_file(&out.join("dataset.json"), format!("{description:#}\n").as_bytes())?;
    Ok(written)
}

struct Csv {
    path: std::path::PathBuf,
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

/// Columns of a group of rows, which are written when there are enough.
struct Parquet {
    path: std::path::PathBuf,
    writer: SerializedFileWriter<BufWriter<File>>,
    texts: [Vec<ByteArray>; 3],
    numbers: [Vec<Option<f64>>; 4],
}

impl Parquet {
    fn new(out: &Path) -> Result<Self, DataError> {
        let path = out.join("fixations.parquet");
        let file = File::create_new(&path).map_err(|cause| folder::io_error(&path, cause))?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = parse_message_type(SCHEMA)
            .and_then(|schema| SerializedFileWriter::new(BufWriter::new(file), Arc::new(schema), Arc::new(properties)));
        let writer = writer.map_err(|cause| error(&path, cause))?;
        Ok(Self { path, writer, texts: Default::default(), numbers: Default::default() })
    }

    /// Writes the rows that were kept.
    fn flush(&mut self) -> Result<(), ParquetError> {
        let [images, subjects, groups] = std::mem::take(&mut self.texts);
        let [x, y, durations, starts] = std::mem::take(&mut self.numbers);
        let mut texts = [images, subjects, groups].into_iter();
        let mut numbers = [x, y, durations, starts].into_iter();
        let mut group = self.writer.next_row_group()?;
        while let Some(mut column) = group.next_column()? {
            match column.untyped() {
                ColumnWriter::ByteArrayColumnWriter(writer) => {
                    writer.write_batch(&texts.next().unwrap_or_default(), None, None)?;
                }
                ColumnWriter::DoubleColumnWriter(writer) => {
                    let values = numbers.next().unwrap_or_default();
                    let present: Vec<f64> = values.iter().flatten().copied().collect();
                    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                    // Required columns have no levels.
                    let levels = (writer.get_descriptor().max_def_level() > 0).then_some(levels.as_slice());
                    writer.write_batch(&present, levels, None)?;
                }
                _ => {}
            }
            column.close()?;
        }
        group.close().map(drop)
    }
}

impl Sink for Parquet {
    fn row(&mut self, &Row { image, subject, group, fixation }: &Row<'_>) -> Result<(), DataError> {
        for (column, text) in self.texts.iter_mut().zip([image, subject, group]) {
            column.push(text.into());
        }
        let RawFixation { x, y, duration_ms, start_ms, .. } = fixation;
        for (column, number) in self.numbers.iter_mut().zip([Some(x), Some(y), duration_ms, start_ms]) {
            column.push(number);
        }
        if self.texts[0].len() < GROUP_OF_ROWS {
            return Ok(());
        }
        self.flush().map_err(|cause| error(&self.path, cause))
    }

    fn finish(mut self) -> Result<(), DataError> {
        let flushed = if self.texts[0].is_empty() { Ok(()) } else { self.flush() };
        flushed.and_then(|()| self.writer.close().map(drop)).map_err(|cause| error(&self.path, cause))
    }
}

fn error(path: &Path, cause: ParquetError) -> DataError {
    DataError::Parquet { path: path.to_owned(), cause: Box::new(cause) }
}
