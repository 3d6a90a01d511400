//! Tables as CSV, which appear when they are complete.

use std::{io::BufWriter, path::Path};

use crate::{error::StudyError, files::Pending};

/// A table that does not appear before it is complete.
pub(crate) struct Table {
    csv: csv::Writer<BufWriter<Pending>>,
}

impl Table {
    /// Begins the table in a folder, with the names of its columns.
    pub(crate) fn new<T: AsRef<[u8]>>(
        out: &Path,
        name: &str,
        columns: impl IntoIterator<Item = T>,
    ) -> Result<Self, StudyError> {
        let mut table = Self { csv: csv::Writer::from_writer(BufWriter::new(Pending::new(&out.join(name))?)) };
        table.row(columns)?;
        Ok(table)
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = T>) -> Result<(), StudyError> {
        let written = self.csv.write_record(fields);
        written.map_err(|error| StudyError::write(self.csv.get_ref().get_ref().path())(error))
    }

    /// Writes what is left and moves the file into place.
    pub(crate) fn finish(self) -> Result<(), StudyError> {
        let path = self.csv.get_ref().get_ref().path().to_owned();
        let file = self.csv.into_inner().map_err(csv::IntoInnerError::into_error);
        let file = file.and_then(|buffer| buffer.into_inner().map_err(std::io::IntoInnerError::into_error));
        file.map_err(StudyError::file("writing", path))?.persist()
    }
}
