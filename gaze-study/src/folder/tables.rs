//! `scores.csv` and `scores.parquet`: the rows of every stimulus, in the order of the dataset.

use std::{path::Path, sync::Arc};

use parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType, DoubleType},
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};

use crate::{error::StudyError, files::Pending, score::Row, table::Table};

const COLUMNS: [&str; 8] = ["stimulus", "group", "model", "profile", "metric", "variant", "value", "reason"];

/// The columns of the Parquet file. A value that is missing is null, and so is an empty reason.
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

/// The number of rows that are kept in memory until they are written to the Parquet file together.
const ROW_GROUP: usize = 1 << 16;

/// The writer of both files. They appear when it has finished.
pub(crate) struct ScoreWriter {
    csv: Table,
    parquet: SerializedFileWriter<Pending>,
    waiting: Vec<[Option<String>; 8]>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl ScoreWriter {
    /// Begins both files in the output folder.
    pub(crate) fn new(out: &Path) -> Result<Self, StudyError> {
        let csv = Table::new(out, "scores.csv", COLUMNS)?;
        let parquet_file = Pending::new(&out.join("scores.parquet"))?;
        let parquet_path = parquet_file.path().to_owned();
        let schema = Arc::new(parse_message_type(SCHEMA).map_err(StudyError::write(&parquet_path))?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("gaze {}", env!("CARGO_PKG_VERSION")))
            .build();
        let parquet = SerializedFileWriter::new(parquet_file, schema, Arc::new(properties))
            .map_err(StudyError::write(parquet_path))?;
        Ok(Self { csv, parquet, waiting: Vec::new() })
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, stimulus: &str, row: &Row) -> Result<(), StudyError> {
        let Row { group, model, profile, metric, variant, value, reason, .. } = row;
        let fields = [stimulus, group, model, profile, metric, variant, value, reason];
        self.csv.row(fields)?;
        self.waiting.push(fields.map(|field| (!field.is_empty()).then(|| field.to_owned())));
        if self.waiting.len() == ROW_GROUP { self.flush() } else { Ok(()) }
    }

    /// Writes what is left and moves both files into place.
    pub(crate) fn finish(mut self) -> Result<(), StudyError> {
        self.flush()?;
        let parquet_path = self.parquet.inner().path().to_owned();
        self.csv.finish()?;
        self.parquet.into_inner().map_err(StudyError::write(parquet_path))?.persist()
    }

    fn flush(&mut self) -> Result<(), StudyError> {
        let path = self.parquet.inner().path().to_owned();
        self.flush_rows().map_err(StudyError::write(path))
    }

    fn flush_rows(&mut self) -> Result<(), Failure> {
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
    group: &mut SerializedRowGroupWriter<'_, Pending>,
    column: usize,
    rows: &[[Option<String>; 8]],
) -> Result<(), Failure> {
    let mut writer = group.next_column()?.ok_or("scores.parquet has a column for each field")?;
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
