//! Text of any encoding line by line, and numbers with decimal points or commas.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;

/// The longest line that is read, in bytes.
const LONGEST: usize = 1 << 24;

/// The number of bytes that are read at once.
const PIECE: usize = 1 << 18;

/// Powers of ten that 64-bit numbers hold exactly.
const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Parses a finite number whose decimals follow a point or a comma; blanks around it are left out.
pub(crate) fn decimal(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (mut value, mut count, mut decimals) = (0u64, 0usize, None);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                count += 1;
            }
            b'.' | b',' if decimals.is_none() => decimals = Some(count),
            _ => return slow(text),
        }
        if count > 15 {
            return slow(text);
        }
    }
    if count == 0 {
        return None;
    }
    // A whole number below 10^15 and a power of ten up to 10^15 are exact, so their quotient is rounded once.
    let number = value as f64 / POWERS[count - decimals.unwrap_or(count)];
    Some(if negative { -number } else { number })
}

fn slow(text: &[u8]) -> Option<f64> {
    let text = str::from_utf8(text).ok()?;
    let text =
        if text.contains(',') && !text.contains('.') { Cow::from(text.replacen(',', ".", 1)) } else { text.into() };
    // The parser knows words such as "inf", which no device writes.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

/// Converts bytes to text: UTF-8, or else Windows-1252, which contains Latin-1.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Lines of a file, with one line in memory.
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of lines that were returned.
    pub(crate) line: usize,
    /// Tells whether the last line was returned and did not end in a line break.
    pub(crate) is_cut: bool,
    is_done: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: vec![0; PIECE], start: 0, end: 0, line: 0, is_cut: false, is_done: false }
    }

    /// Returns the next line without its line break, or `None` after the last one.
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let mut searched = self.start;
        loop {
            if let Some(place) = memchr::memchr(b'\n', &self.buffer[searched..self.end]) {
                let line = &self.buffer[self.start..searched + place];
                self.start = searched + place + 1;
                self.line += 1;
                return Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)));
            }
            if self.is_done {
                if self.start == self.end {
                    return Ok(None);
                }
                let line = &self.buffer[self.start..self.end];
                self.start = self.end;
                self.line += 1;
                self.is_cut = true;
                return Ok(Some(line));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            (self.end, self.start) = (self.end - self.start, 0);
            searched = self.end;
            if self.end == self.buffer.len() {
                if self.end >= LONGEST {
                    return Err(io::Error::other(format!("line {} has more than {LONGEST} bytes", self.line + 1)));
                }
                self.buffer.resize(self.end * 2, 0);
            }
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.is_done = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns what was not yet read, beginning with `line`, the line that was returned last.
    pub(crate) fn rest_from(self, line: &[u8]) -> impl Read + use<R> {
        let mut bytes = line.to_vec();
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.buffer[self.start..self.end]);
        io::Cursor::new(bytes).chain(self.reader)
    }
}

/// Text in UTF-8 without a byte order mark: UTF-16 with a mark is converted, and what is no character there becomes the
/// replacement character. All other bytes stay as they are.
pub(crate) fn decoded<R: Read>(reader: R) -> impl Read + use<R> {
    DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).build(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_equal_those_of_the_standard_parser() {
        for text in
            ["0", "-0.5", "138.1", "329367.897894", "946684813324361664", "1e-3", "0.1", "123456789012345", "+7"]
        {
            assert_eq!(decimal(text.as_bytes()), text.parse().ok(), "{text}");
        }
        assert_eq!(decimal(b" 892,10 "), Some(892.1));
        assert_eq!(decimal(b"0,12345678901234567890"), Some(0.123_456_789_012_345_68));
        for text in ["", ".", "-", "1.2.3", "1,234.5", "inf", "nan", "abc", "1e999", "12px"] {
            assert_eq!(decimal(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn every_encoding_gives_the_same_lines() {
        let text = "Zeit\tÄ\u{1f600}\r\n1\t2\n\nlast";
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let files = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe".to_vec(), wide(u16::to_le_bytes)].concat(),
            [b"\xfe\xff".to_vec(), wide(u16::to_be_bytes)].concat(),
        ];
        for file in files {
            let mut lines = Lines::new(decoded(file.as_slice()));
            let mut found = Vec::new();
            while let Some(line) = lines.next().unwrap() {
                found.push(String::from_utf8(line.to_vec()).unwrap());
            }
            assert_eq!(found, ["Zeit\tÄ\u{1f600}", "1\t2", "", "last"]);
            assert!(lines.is_cut);
        }
    }

    #[test]
    fn a_line_longer_than_the_buffer_is_whole_and_an_endless_one_is_refused() {
        let long = vec![b'a'; PIECE * 3];
        let mut lines = Lines::new(long.as_slice());
        assert_eq!(lines.next().unwrap().map(<[u8]>::len), Some(PIECE * 3));
        let message = Lines::new(io::repeat(b'a')).next().unwrap_err().to_string();
        assert_eq!(message, "line 1 has more than 16777216 bytes");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_windows_1252() {
        assert_eq!(text(b"\xc4rger f\xfcr 5 \x80"), "Ärger für 5 €");
    }
}
