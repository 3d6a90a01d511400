//! The pages of a column, under limits.
//!
//! The header of a page states its size. The page reader of the crate `parquet` allocates memory on its word, and the
//! decoders panic if a page does not hold what its header states. So the pages are read here: every size is compared with
//! the bytes that there are, decompression stops at the stated size, and the decoders are given only what they can decode.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::{
    basic::{Compression, Encoding, Type},
    column::page::{Page, PageMetadata, PageReader},
    errors::ParquetError,
    schema::types::ColumnDescPtr,
};

use super::{
    encoded::{holds, ones},
    thrift::{self, Struct},
};

/// The largest page after decompression, in bytes. Most writers make pages of one mebibyte.
pub(super) const LARGEST_PAGE: usize = 1 << 27;

/// The pages of a column in a group of rows.
pub(super) struct Pages {
    chunk: Bytes,
    at: usize,
    codec: Compression,
    column: ColumnDescPtr,
    /// The number of rows that are still to come.
    rows: usize,
    has_dictionary: bool,
}

impl Pages {
    pub(super) fn new(chunk: Bytes, codec: Compression, column: ColumnDescPtr, rows: usize) -> Self {
        Self { chunk, at: 0, codec, column, rows, has_dictionary: false }
    }

    /// Reads the next page of values; empty pages and pages of an index are skipped.
    fn page(&mut self) -> Result<Option<Page>, ParquetError> {
        while self.rows > 0 && self.at < self.chunk.len() {
            let rest = self.chunk.slice(self.at..);
            let (header, length) = thrift::parse(&rest).ok_or_else(|| self.damaged("has a damaged header"))?;
            let size = |field| header.integer(field).and_then(|size| usize::try_from(size).ok());
            let (Some(kind), Some(inflated), Some(stored)) = (header.integer(1), size(2), size(3)) else {
                return Err(self.damaged("has no sizes in its header"));
            };
            if inflated > LARGEST_PAGE {
                return Err(self.damaged(&format!("has {inflated} bytes, more than the limit of {LARGEST_PAGE}")));
            }
            if stored > rest.len() - length {
                let left = rest.len() - length;
                return Err(self.damaged(&format!("promises {stored} bytes, found {left}")));
            }
            let stored = rest.slice(length..length + stored);
            let page = match (kind, header.structure(5), header.structure(7), header.structure(8)) {
                (0, Some(data), ..) => self.data(data, &stored, inflated)?,
                (2, _, Some(dictionary), _) => Some(self.dictionary(dictionary, &stored, inflated)?),
                (3, .., Some(data)) => self.data_v2(data, &stored, inflated)?,
                // This is a page of an index.
                (1, ..) => None,
                _ => return Err(self.damaged("is of no known kind")),
            };
            self.at += length + stored.len();
            if page.is_some() {
                return Ok(page);
            }
        }
        Ok(None)
    }

    fn dictionary(&mut self, header: &Struct, stored: &Bytes, inflated: usize) -> Result<Page, ParquetError> {
        let values = self.decompressed(stored, inflated)?;
        let count = self.whole(header, 1)?;
        let plain = matches!(encoding(header, 2), Some(Encoding::PLAIN | Encoding::RLE_DICTIONARY));
        if !plain || self.has_dictionary || self.column.physical_type() == Type::BOOLEAN {
            return Err(self.damaged("is a dictionary that cannot be one"));
        }
        if !holds(&self.column, Encoding::PLAIN, &values, count, LARGEST_PAGE) {
            return Err(self.damaged(&format!("does not hold the {count} values that it should")));
        }
        self.has_dictionary = true;
        let num_values = self.number(count)?;
        Ok(Page::DictionaryPage { buf: values, num_values, encoding: Encoding::PLAIN, is_sorted: false })
    }

    fn data(&mut self, header: &Struct, stored: &Bytes, inflated: usize) -> Result<Option<Page>, ParquetError> {
        let Some(count) = self.rows(header)? else { return Ok(None) };
        let buf = self.decompressed(stored, inflated)?;
        let mut start = 0;
        let mut present = count;
        if self.column.max_def_level() > 0 {
            if encoding(header, 3) != Some(Encoding::RLE) {
                return Err(self.damaged("has definition levels in an encoding other than RLE"));
            }
            let short = || self.damaged("ends in its definition levels");
            let (length, rest) = buf.split_first_chunk().ok_or_else(short)?;
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            present = ones(rest.get(..length).ok_or_else(short)?, count).ok_or_else(short)?;
            start = 4 + length;
        }
        let encoding = self.encoding(header, 2)?;
        self.check(encoding, &buf[start..], present)?;
        Ok(Some(Page::DataPage {
            buf,
            num_values: self.number(count)?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        }))
    }

    fn data_v2(&mut self, header: &Struct, stored: &Bytes, inflated: usize) -> Result<Option<Page>, ParquetError> {
        let Some(count) = self.rows(header)? else { return Ok(None) };
        let (definitions, repetitions) = (self.whole(header, 5)?, self.whole(header, 6)?);
        if repetitions > 0 || definitions > stored.len().min(inflated) {
            return Err(self.damaged("promises more levels than it has"));
        }
        let levels = stored.slice(..definitions);
        let values = if header.bool(7).unwrap_or(true) {
            self.decompressed(&stored.slice(definitions..), inflated - definitions)?
        } else {
            stored.slice(definitions..)
        };
        let mut present = count;
        if self.column.max_def_level() > 0 {
            present = ones(&levels, count).ok_or_else(|| self.damaged("ends in its definition levels"))?;
        }
        let encoding = self.encoding(header, 4)?;
        self.check(encoding, &values, present)?;
        Ok(Some(Page::DataPageV2 {
            buf: [levels, values].concat().into(),
            num_values: self.number(count)?,
            encoding,
            num_nulls: self.number(count - present)?,
            num_rows: self.number(count)?,
            def_levels_byte_len: self.number(definitions)?,
            rep_levels_byte_len: 0,
            is_compressed: false,
            statistics: None,
        }))
    }

    /// Returns the number of rows of a page, and fails if fewer are still to come; `None` if the page has no rows.
    fn rows(&mut self, header: &Struct) -> Result<Option<usize>, ParquetError> {
        let count = self.whole(header, 1)?;
        let left = self.rows.checked_sub(count);
        self.rows = left.ok_or_else(|| self.damaged(&format!("has {count} rows, more than the {} left", self.rows)))?;
        Ok((count > 0).then_some(count))
    }

    /// Returns the encoding of a page, and fails if it needs a dictionary that did not come before.
    fn encoding(&self, header: &Struct, field: i64) -> Result<Encoding, ParquetError> {
        match encoding(header, field) {
            Some(Encoding::RLE_DICTIONARY) if !self.has_dictionary => {
                Err(self.damaged("needs a dictionary, found none"))
            }
            Some(encoding) => Ok(encoding),
            None => Err(self.damaged("is in an encoding that is not read")),
        }
    }

    fn check(&self, encoding: Encoding, values: &[u8], count: usize) -> Result<(), ParquetError> {
        if holds(&self.column, encoding, values, count, LARGEST_PAGE) {
            return Ok(());
        }
        Err(self.damaged(&format!("does not hold the {count} values that it should, in the encoding {encoding}")))
    }

    fn decompressed(&self, stored: &Bytes, inflated: usize) -> Result<Bytes, ParquetError> {
        let wrong = |found: usize| self.damaged(&format!("promises {inflated} bytes, decompressed to {found}"));
        let failed = |error: &dyn std::fmt::Display| self.damaged(&format!("cannot be decompressed: {error}"));
        let bytes = match self.codec {
            Compression::UNCOMPRESSED => stored.clone(),
            _ if inflated == 0 => Bytes::new(),
            Compression::SNAPPY => {
                let length = snap::raw::decompress_len(stored).map_err(|error| failed(&error))?;
                if length != inflated {
                    return Err(wrong(length));
                }
                snap::raw::Decoder::new().decompress_vec(stored).map_err(|error| failed(&error))?.into()
            }
            Compression::GZIP(_) => {
                let mut bytes = Vec::new();
                let decoder = MultiGzDecoder::new(stored.as_ref());
                decoder.take(inflated as u64 + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
                bytes.into()
            }
            Compression::ZSTD(_) => zstd::bulk::decompress(stored, inflated).map_err(|error| failed(&error))?.into(),
            other => return Err(self.damaged(&format!("is compressed by {other}; read are SNAPPY, GZIP and ZSTD"))),
        };
        if bytes.len() == inflated { Ok(bytes) } else { Err(wrong(bytes.len())) }
    }

    fn whole(&self, header: &Struct, field: i64) -> Result<usize, ParquetError> {
        let count = header.integer(field).and_then(|count| usize::try_from(count).ok());
        count.ok_or_else(|| self.damaged("has no count of its values"))
    }

    fn number(&self, count: usize) -> Result<u32, ParquetError> {
        u32::try_from(count).map_err(|_| self.damaged("has too many values"))
    }

    fn damaged(&self, what: &str) -> ParquetError {
        ParquetError::General(format!("a page of the column {} {what}", self.column.name()))
    }
}

/// Returns an encoding that can be read; `None` for any other.
fn encoding(header: &Struct, field: i64) -> Option<Encoding> {
    Some(match header.integer(field)? {
        0 => Encoding::PLAIN,
        3 => Encoding::RLE,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        // These are the older and the newer number of one encoding.
        2 | 8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        _ => return None,
    })
}

impl Iterator for Pages {
    type Item = Result<Page, ParquetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>, ParquetError> {
        self.page()
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>, ParquetError> {
        Err(ParquetError::NYI("pages are read one after another".to_owned()))
    }

    fn skip_next_page(&mut self) -> Result<(), ParquetError> {
        Err(ParquetError::NYI("pages are read one after another".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::table::parquet::column::Column;
    use flate2::{Compression as Level, write::GzEncoder};
    use parquet::schema::{parser::parse_message_type, types::SchemaDescriptor};
    use std::{io::Write, sync::Arc};

    fn column(kind: &str) -> ColumnDescPtr {
        let schema = parse_message_type(&format!("message fixations {{ {kind} x; }}")).unwrap();
        SchemaDescriptor::new(Arc::new(schema)).column(0)
    }

    /// A field of 32 bits that follows the one before.
    fn field(number: u32) -> Vec<u8> {
        let mut bytes = vec![0x15];
        let mut rest = u64::from(number) << 1;
        while rest >= 0x80 {
            bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).unwrap());
        bytes
    }

    /// A page of the first version (0), or a dictionary (2).
    fn page(kind: u32, inflated: usize, stored: &[u8], count: u32, encoding: u32) -> Vec<u8> {
        let sizes = [inflated, stored.len()].map(|size| field(u32::try_from(size).unwrap()));
        let structure = if kind == 0 { 0x2c } else { 0x4c };
        let inner = [field(count), field(encoding), field(3), field(3)].concat();
        [field(kind), sizes.concat(), vec![structure], inner, vec![0, 0], stored.to_vec()].concat()
    }

    fn plain(kind: u32, stored: &[u8], count: u32, encoding: u32) -> Vec<u8> {
        page(kind, stored.len(), stored, count, encoding)
    }

    fn read(kind: &str, codec: Compression, pages: Vec<u8>, rows: usize) -> Result<Vec<String>, String> {
        let column = column(kind);
        let pages = Pages::new(pages.into(), codec, column.clone(), rows);
        Column::new(column, pages).texts(rows).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check_error(kind: &str, codec: Compression, pages: Vec<u8>, expected: &str) {
        let message = read(kind, codec, pages, 2).unwrap_err();
        assert_eq!(message, format!("Parquet error: a page of the column x {expected}"));
    }

    const DOUBLE: &str = "required double";
    const TEXT: &str = "required binary";

    fn doubles() -> Vec<u8> {
        [1.5f64, -2.0].map(f64::to_le_bytes).concat()
    }

    #[test]
    fn a_page_is_read() {
        let none = Compression::UNCOMPRESSED;
        assert_eq!(read(DOUBLE, none, plain(0, &doubles(), 2, 0), 2).unwrap(), ["1.5", "-2"]);
        // Two pages, an empty one and one of an index between them.
        let pages = [
            plain(0, &doubles()[..8], 1, 0),
            plain(0, &[], 0, 0),
            plain(1, b"index", 0, 0),
            plain(0, &doubles()[8..], 1, 0),
        ];
        assert_eq!(read(DOUBLE, none, pages.concat(), 2).unwrap(), ["1.5", "-2"]);
        let pages = [plain(2, &doubles(), 2, 0), plain(0, &[1, 0x03, 0b10], 2, 8)].concat();
        assert_eq!(read(DOUBLE, none, pages, 2).unwrap(), ["1.5", "-2"]);
        // The second value is missing.
        let levels = [vec![2, 0, 0, 0, 0x03, 0b01], doubles()[..8].to_vec()].concat();
        assert_eq!(read("optional double", none, plain(0, &levels, 2, 0), 2).unwrap(), ["1.5", ""]);
    }

    #[test]
    fn sizes_are_compared_with_what_there_is() {
        let none = Compression::UNCOMPRESSED;
        let expected = "has 268435456 bytes, more than the limit of 134217728";
        check_error(DOUBLE, none, page(0, 1 << 28, &doubles(), 2, 0), expected);
        let cut = plain(0, &doubles(), 2, 0);
        check_error(DOUBLE, none, cut[..cut.len() - 1].to_vec(), "promises 16 bytes, found 15");
        check_error(DOUBLE, none, page(0, 15, &doubles(), 2, 0), "promises 15 bytes, decompressed to 16");
        check_error(DOUBLE, none, cut[..5].to_vec(), "has a damaged header");
        check_error(DOUBLE, none, plain(0, &doubles(), 3, 0), "has 3 rows, more than the 2 left");
        let expected = "does not hold the 2 values that it should, in the encoding PLAIN";
        check_error(DOUBLE, none, plain(0, &doubles()[..8], 2, 0), expected);
        check_error(TEXT, none, plain(0, b"\x01\0\0\0a\xff\0\0\0", 2, 0), expected);
        let expected = "does not hold the 1073741824 values that it should";
        check_error(DOUBLE, none, plain(2, &doubles(), 1 << 30, 0), expected);
        let message = read(DOUBLE, none, plain(0, &doubles()[..8], 1, 0), 2).unwrap_err();
        assert_eq!(message, "Parquet error: expected 2 more rows, found 1");
    }

    #[test]
    fn what_inflates_beyond_its_promise_is_refused() {
        let mut encoder = GzEncoder::new(Vec::new(), Level::default());
        encoder.write_all(&vec![0; 1 << 24]).unwrap();
        let bomb = encoder.finish().unwrap();
        let expected = "promises 16 bytes, decompressed to 17";
        check_error(
            DOUBLE,
            Compression::GZIP(parquet::basic::GzipLevel::default()),
            page(0, 16, &bomb, 2, 0),
            expected,
        );
        let bomb = snap::raw::Encoder::new().compress_vec(&vec![0; 1 << 20]).unwrap();
        let expected = "promises 16 bytes, decompressed to 1048576";
        check_error(DOUBLE, Compression::SNAPPY, page(0, 16, &bomb, 2, 0), expected);
        let bomb = zstd::bulk::compress(&vec![0; 1 << 20], 1).unwrap();
        let zstd = Compression::ZSTD(parquet::basic::ZstdLevel::default());
        let message = read(DOUBLE, zstd, page(0, 16, &bomb, 2, 0), 2).unwrap_err();
        assert!(message.contains("a page of the column x cannot be decompressed: "), "{message}");
        let expected = "is compressed by LZ4_RAW; read are SNAPPY, GZIP and ZSTD";
        check_error(DOUBLE, Compression::LZ4_RAW, plain(0, &doubles(), 2, 0), expected);
    }

    #[test]
    fn a_page_that_the_decoders_would_trip_over_is_refused() {
        let none = Compression::UNCOMPRESSED;
        check_error(DOUBLE, none, plain(0, &[1, 0x03, 0b10], 2, 8), "needs a dictionary, found none");
        let twice = [plain(2, &doubles(), 2, 0), plain(2, &doubles(), 2, 0)].concat();
        check_error(DOUBLE, none, twice, "is a dictionary that cannot be one");
        check_error(DOUBLE, none, plain(0, &doubles(), 2, 4), "is in an encoding that is not read");
        let levels = [vec![99, 0, 0, 0, 0x03], doubles()].concat();
        check_error("optional double", none, plain(0, &levels, 2, 0), "ends in its definition levels");
        let expected = "does not hold the 2 values that it should, in the encoding DELTA_LENGTH_BYTE_ARRAY";
        check_error(TEXT, none, plain(0, &[0x80, 0x01, 4, 0xff, 0xff, 0xff, 0x7f, 0, 0], 2, 6), expected);
        let expected = "does not hold the 2 values that it should, in the encoding BYTE_STREAM_SPLIT";
        check_error(DOUBLE, none, plain(0, &doubles()[..9], 2, 9), expected);
    }
}
