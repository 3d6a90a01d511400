//! Writes small MATLAB files, for tests.

use super::element::{COMPRESSED, DOUBLE, INT8, INT32, MATRIX, UINT8, UINT16, UINT32};
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write;

pub(crate) struct Writer {
    pub(crate) big_endian: bool,
    pub(crate) compressed: bool,
}

impl Writer {
    fn u32(&self, value: u32) -> [u8; 4] {
        if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(crate) fn element(&self, kind: u32, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        let mut bytes = Vec::new();
        if (1..=4).contains(&length) {
            bytes.extend(self.u32(length << 16 | kind));
            bytes.extend(data);
            bytes.resize(8, 0);
        } else {
            bytes.extend(self.u32(kind));
            bytes.extend(self.u32(length));
            bytes.extend(data);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        bytes
    }

    pub(crate) fn matrix(&self, class: u32, sides: [u32; 2], name: &str, contents: &[u8]) -> Vec<u8> {
        let mut bytes = self.element(UINT32, &[self.u32(class), self.u32(0)].concat());
        bytes.extend(self.element(INT32, &sides.map(|side| self.u32(side)).concat()));
        bytes.extend(self.element(INT8, name.as_bytes()));
        bytes.extend(contents);
        self.element(MATRIX, &bytes)
    }

    pub(crate) fn doubles(&self, values: &[f64]) -> Vec<u8> {
        let bytes: Vec<_> =
            values.iter().flat_map(|v| if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
        self.matrix(6, [1, u32::try_from(values.len()).unwrap()], "", &self.element(DOUBLE, &bytes))
    }

    /// Writes a matrix of doubles from its rows.
    pub(crate) fn rows(&self, name: &str, rows: &[Vec<f64>]) -> Vec<u8> {
        let columns = rows.first().map_or(0, Vec::len);
        let values: Vec<f64> = (0..columns).flat_map(|column| rows.iter().map(move |row| row[column])).collect();
        let bytes: Vec<_> =
            values.iter().flat_map(|v| if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
        let sides = [rows.len(), columns].map(|side| u32::try_from(side).unwrap());
        self.matrix(6, sides, name, &self.element(DOUBLE, &bytes))
    }

    /// Writes a matrix of class uint8 with 1 at some places, given as row and column, and 0 elsewhere.
    pub(crate) fn points(&self, name: &str, [height, width]: [usize; 2], points: &[(usize, usize)]) -> Vec<u8> {
        let mut bytes = vec![0; height * width];
        for (row, column) in points {
            bytes[column * height + row] = 1;
        }
        let sides = [height, width].map(|side| u32::try_from(side).unwrap());
        self.matrix(9, sides, name, &self.element(UINT8, &bytes))
    }

    /// Writes a row vector of class uint16.
    pub(crate) fn shorts(&self, values: &[u16]) -> Vec<u8> {
        let bytes: Vec<_> =
            values.iter().flat_map(|v| if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
        self.matrix(11, [1, u32::try_from(values.len()).unwrap()], "", &self.element(UINT16, &bytes))
    }

    pub(crate) fn text(&self, text: &str) -> Vec<u8> {
        let bytes: Vec<_> =
            text.encode_utf16().flat_map(|v| if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
        let count = u32::try_from(text.encode_utf16().count()).unwrap();
        self.matrix(4, [1, count], "", &self.element(UINT16, &bytes))
    }

    pub(crate) fn cells(&self, name: &str, cells: &[Vec<u8>]) -> Vec<u8> {
        self.matrix(1, [u32::try_from(cells.len()).unwrap(), 1], name, &cells.concat())
    }

    pub(crate) fn structure(&self, fields: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        let values: Vec<_> = fields.iter().map(|(_, value)| value.clone()).collect();
        self.structures("", &names, &[values])
    }

    /// Writes a struct array; the values of each element are in the order of the fields.
    pub(crate) fn structures(&self, variable: &str, fields: &[&str], elements: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let mut names = Vec::new();
        for name in fields {
            names.extend(name.as_bytes());
            names.resize(names.len().next_multiple_of(32), 0);
        }
        let mut bytes = self.element(INT32, &self.u32(32));
        bytes.extend(self.element(INT8, &names));
        bytes.extend(elements.iter().flatten().flatten().copied());
        self.matrix(2, [1, u32::try_from(elements.len()).unwrap()], variable, &bytes)
    }

    pub(crate) fn file(&self, variables: &[Vec<u8>]) -> Vec<u8> {
        let mut file = b"MATLAB 5.0 MAT-file, written by a test".to_vec();
        file.resize(124, b' ');
        file.extend(if self.big_endian { *b"\x01\x00MI" } else { *b"\x00\x01IM" });
        for variable in variables {
            if self.compressed {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(variable).unwrap();
                let data = encoder.finish().unwrap();
                file.extend(self.u32(COMPRESSED));
                file.extend(self.u32(u32::try_from(data.len()).unwrap()));
                file.extend(data);
            } else {
                file.extend(variable);
            }
        }
        file
    }
}
