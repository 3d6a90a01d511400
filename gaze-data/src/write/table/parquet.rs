//! A table of fixations in Parquet.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::Arc,
};

use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};

use super::{Row, Sink};
use crate::{DataError, RawFixation, files::folder};

/// The columns of the table with their types.
const SCHEMA: &str = "message fixations {
    required binary image (STRING);
    required binary subject (STRING);
    required double x;
    required double y;
    optional double duration_ms;
    optional double start_ms;
    required binary group (STRING);
}";

/// The number of rows that are in memory at a time.
const GROUP_OF_ROWS: usize = if cfg!(test) { 3 } else { 1 << 17 };

/// The columns of a group of rows, which are written when there are enough rows.
pub(super) struct Parquet {
    path: PathBuf,
    writer: SerializedFileWriter<BufWriter<File>>,
    texts: [Vec<ByteArray>; 3],
    numbers: [Vec<Option<f64>>; 4],
}

impl Parquet {
    pub(super) fn new(out: &Path) -> Result<Self, DataError> {
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
