//! The pages of a column, under limits.
//!
//! A page's header says how large it is; the crate's own reader takes memory on its word, and its decoders assert that a
//! page holds what its header says. So the pages are read here: every size is compared with what there is, decompression
//! stops at the promised size, and the crate is handed only what it can decode.

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
    /// How many rows are still to come.
    rows: usize,
    has_dictionary: bool,
}

impl Pages {
    pub(super) fn new(chunk: Bytes, codec: Compression, column: ColumnDescPtr, rows: usize) -> Self {
        Self { chunk, at: 0, codec, column, rows, has_dictionary: false }
    }

    /// The next page, without those of other kinds and empty ones.
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
                // A page of an index.
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

    /// The number of rows of a page, of which there must be as many; `None` if it has none.
    fn rows(&mut self, header: &Struct) -> Result<Option<usize>, ParquetError> {
        let count = self.whole(header, 1)?;
        let left = self.rows.checked_sub(count);
        self.rows = left.ok_or_else(|| self.damaged(&format!("has {count} rows, more than the {} left", self.rows)))?;
        Ok((count > 0).then_some(count))
    }

    /// An encoding that can be read; dictionaries come first.
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

/// One of the encodings that are read.
fn encoding(header: &Struct, field: i64) -> Option<Encoding> {
    Some(match header.integer(field)? {
        0 => Encoding::PLAIN,
        3 => Encoding::RLE,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        // The older and the newer name of one encoding.
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
