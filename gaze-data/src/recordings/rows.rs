//! Tables of text with a header, row by row.

use std::{borrow::Cow, cell::Cell, io::Read, rc::Rc};

use csv::ByteRecord;

use crate::{
    DataError,
    files::table::is_lost,
    recordings::{
        input::{Input, Tail},
        model::{DeviceFixation, Eye},
        text::{decimal, text},
    },
};

/// A table whose header was read.
pub(crate) struct Rows<'a, R> {
    input: &'a Input<'a>,
    reader: csv::Reader<Tail<R>>,
    header: Vec<String>,
    record: ByteRecord,
    /// The lines of the file before the header.
    before: usize,
    /// The last byte that was read.
    last: Rc<Cell<u8>>,
    /// The line of the last row, if the file ends in the middle of it.
    pub(crate) cut: Option<usize>,
}

/// Returns the byte that separates the columns of a header: the most frequent of tab, semicolon and comma.
pub(crate) fn separator(header: &[u8]) -> u8 {
    let count = |byte: u8| header.iter().filter(|&&other| other == byte).count();
    [b'\t', b';', b','].into_iter().max_by_key(|&byte| (count(byte), byte == b'\t')).unwrap_or(b'\t')
}

impl<'a, R: Read> Rows<'a, R> {
    /// Reads the header of a table that begins after `before` lines of the file. Quotes have a meaning unless columns are
    /// separated by tabs.
    pub(crate) fn new(input: &'a Input<'a>, reader: R, separator: u8, before: usize) -> Result<Self, DataError> {
        let (tail, last) = Tail::new(reader);
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(separator).flexible(true).has_headers(false).quoting(separator != b'\t');
        let mut reader = builder.buffer_capacity(1 << 17).from_reader(tail);
        let mut record = ByteRecord::new();
        reader.read_byte_record(&mut record).map_err(|cause| failed(input, cause))?;
        let header = record.iter().map(|name| text(name).trim().trim_matches('"').to_owned()).collect();
        Ok(Self { input, reader, header, record, before, last, cut: None })
    }

    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Returns the position of a column of this name, with or without a unit in brackets behind it.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        let is = |found: &String| {
            found
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.strip_prefix(" [").is_some_and(|rest| rest.ends_with(']')))
        };
        self.header.iter().position(|found| found == name).or_else(|| self.header.iter().position(is))
    }

    /// Returns the position of the first of these columns that is there.
    pub(crate) fn any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.column(name))
    }

    /// Returns the position of a column that has to be there.
    pub(crate) fn need(&self, name: &str) -> Result<usize, DataError> {
        self.column(name).ok_or_else(|| {
            let expected = format!("with the column {name}; export the recording again with it");
            self.input.header(self.before + 1, &expected, &self.header.join(" "))
        })
    }

    /// Returns the next row, or `None` after the last one. Rows may be shorter or longer than the header.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, DataError> {
        if !self.reader.read_byte_record(&mut self.record).map_err(|cause| failed(self.input, cause))? {
            return Ok(None);
        }
        // The position lies before the empty lines that were skipped.
        let at = self.record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        let line = self.before.saturating_add(at);
        if self.record.len() < self.header.len() && self.reader.is_done() && self.last.get() != b'\n' {
            self.cut = Some(line);
            return Ok(None);
        }
        Ok(Some(Row { input: self.input, header: &self.header, record: &self.record, line }))
    }
}

fn failed(input: &Input<'_>, cause: csv::Error) -> DataError {
    match cause.into_kind() {
        csv::ErrorKind::Io(cause) => input.io(cause),
        _ => input.io(std::io::Error::other("not a table of text")),
    }
}

/// A row of a table.
pub(crate) struct Row<'a> {
    input: &'a Input<'a>,
    header: &'a [String],
    record: &'a ByteRecord,
    /// The line of the file, counted from 1.
    pub(crate) line: usize,
}

impl<'a> Row<'a> {
    pub(crate) fn len(&self) -> usize {
        self.record.len()
    }

    /// Returns the bytes in a column; they are empty if the row or the table has no such column.
    pub(crate) fn bytes(&self, column: Option<usize>) -> &'a [u8] {
        column.and_then(|column| self.record.get(column)).unwrap_or_default().trim_ascii()
    }

    pub(crate) fn text(&self, column: Option<usize>) -> Cow<'a, str> {
        text(self.bytes(column))
    }

    /// Returns the text in a column, unless it is empty or says that nothing is known.
    pub(crate) fn known(&self, column: Option<usize>) -> Option<String> {
        let bytes = self.bytes(column);
        (!is_lost(bytes)).then(|| text(bytes).into_owned())
    }

    /// Reads the number in a column. There is none where the text [stands for a lost value](is_lost).
    pub(crate) fn number(&self, column: Option<usize>) -> Result<Option<f64>, DataError> {
        let bytes = self.bytes(column);
        if is_lost(bytes) {
            return Ok(None);
        }
        decimal(bytes).map(Some).ok_or_else(|| self.wrong(column, "a number"))
    }

    /// Reads a number that has to be there.
    pub(crate) fn needed(&self, column: usize) -> Result<f64, DataError> {
        self.number(Some(column))?.ok_or_else(|| self.wrong(Some(column), "a number"))
    }

    /// Reads a coordinate, which is NaN if nothing is known.
    pub(crate) fn coordinate(&self, column: Option<usize>) -> Result<f64, DataError> {
        Ok(self.number(column)?.unwrap_or(f64::NAN))
    }

    /// Reads a fixation of both eyes from the columns of `x`, `y` and the duration in milliseconds.
    pub(crate) fn fixation(
        &self,
        [x, y, duration]: [Option<usize>; 3],
        start_ms: f64,
        trial: Option<usize>,
    ) -> Result<DeviceFixation, DataError> {
        Ok(DeviceFixation {
            eye: Eye::Both,
            x: self.coordinate(x)?,
            y: self.coordinate(y)?,
            start_ms: Some(start_ms),
            duration_ms: self.number(duration)?,
            pupil: None,
            trial,
            line: self.line,
        })
    }

    pub(crate) fn wrong(&self, column: Option<usize>, expected: &str) -> DataError {
        let name = column.and_then(|column| self.header.get(column)).map_or("a value", String::as_str);
        self.input.value(self.line, name, expected, &self.text(column))
    }
}
