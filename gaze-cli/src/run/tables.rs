//! `scores.csv` and `scores.parquet`: the rows of every stimulus, in the order of the dataset.

use std::{fs::File, io::Write, path::Path, sync::Arc};

use anyhow::{Context, Result};
use parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType, DoubleType},
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};

use super::Row;
use crate::output;

const COLUMNS: [&str; 8] = ["stimulus", "group", "model", "profile", "metric", "variant", "value", "reason"];

/// The same columns; a value that is missing is null, and so is an empty reason.
const SCHEMA: &str = "message scores {
    required binary stimulus (utf8);
    required binary group (utf8);
    required binary model (utf8);
    required binary profile (utf8);
    required binary metric (utf8);
    required binary variant (utf8);
    optional double value;
    optional binary reason (utf8);
}";

/// Rows kept in memory until they are written to the Parquet file together.
const ROW_GROUP: usize = 1 << 16;

/// Writes both files, row by row.
pub(crate) struct ScoreWriter<'a> {
    csv: csv::Writer<&'a mut dyn Write>,
    parquet: SerializedFileWriter<&'a mut File>,
    waiting: Vec<[Option<String>; 8]>,
}

impl ScoreWriter<'_> {
    /// Calls `rows` with a writer; both files appear when it has ended well.
    pub(crate) fn write(out: &Path, rows: impl FnOnce(&mut ScoreWriter<'_>) -> Result<()>) -> Result<()> {
        let mut parquet_file = output::Pending::new(&out.join("scores.parquet"))?;
        output::write(&out.join("scores.csv"), |csv_file| {
            let schema = Arc::new(parse_message_type(SCHEMA).context("the schema of scores.parquet")?);
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_created_by(format!("gaze {}", env!("CARGO_PKG_VERSION")))
                .build();
            let parquet = SerializedFileWriter::new(parquet_file.file(), schema, Arc::new(properties))?;
            let mut writer = ScoreWriter { csv: csv::Writer::from_writer(csv_file), parquet, waiting: Vec::new() };
            writer.csv.write_record(COLUMNS)?;
            rows(&mut writer)?;
            writer.flush()?;
            writer.csv.flush()?;
            writer.parquet.close()?;
            Ok(())
        })?;
        parquet_file.persist()
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, stimulus: &str, row: &Row) -> Result<()> {
        let Row { group, model, profile, metric, variant, value, reason, .. } = row;
        let fields = [stimulus, group, model, profile, metric, variant, value, reason];
        self.csv.write_record(fields)?;
        self.waiting.push(fields.map(|field| (!field.is_empty()).then(|| field.to_owned())));
        if self.waiting.len() == ROW_GROUP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.waiting);
        let mut group = self.parquet.next_row_group()?;
        for column in 0..COLUMNS.len() {
            write_column(&mut group, column, &rows)?;
        }
        group.close()?;
        Ok(())
    }
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, &mut File>,
    column: usize,
    rows: &[[Option<String>; 8]],
) -> Result<()> {
    let mut writer = group.next_column()?.context("scores.parquet has a column for each field")?;
    let present = rows.iter().filter_map(|row| row[column].as_deref());
    let levels: Vec<i16> = rows.iter().map(|row| i16::from(row[column].is_some())).collect();
    match COLUMNS[column] {
        "value" => {
            let numbers: Vec<f64> = present.map(str::parse).collect::<Result<_, _>>()?;
            writer.typed::<DoubleType>().write_batch(&numbers, Some(&levels), None)?;
        }
        "reason" => {
            let texts: Vec<ByteArray> = present.map(ByteArray::from).collect();
            writer.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?;
        }
        _ => {
            let texts: Vec<ByteArray> = rows.iter().map(|row| row[column].as_deref().unwrap_or("").into()).collect();
            writer.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
        }
    }
    writer.close()?;
    Ok(())
}
