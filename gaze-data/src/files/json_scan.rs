//! Large JSON files, one element at a time.
//!
//! A file is either an object, whose members may be long arrays, or one long array. Elements of arrays, and members that
//! are not arrays, are handed over one by one with their place in the file. So memory is bounded by the longest element,
//! and a part can be read again later. `serde_json` parses the elements.

use std::{
    fs::File,
    io::{self, BufRead, Read, Seek, SeekFrom},
    path::Path,
};

/// The longest element that is kept, in bytes.
pub(crate) const LONGEST: usize = 1 << 26;

/// An element of an array, or a member that is not an array.
pub(crate) struct Element<'a> {
    /// The member of the outermost object to which the element belongs; empty if the file is an array.
    pub(crate) member: &'a str,
    /// The byte at which the element begins.
    pub(crate) at: u64,
    pub(crate) bytes: &'a [u8],
}

/// The place of an element: the number of its file, and its bytes in that file.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    pub(crate) source: usize,
    pub(crate) at: u64,
    pub(crate) length: usize,
}

impl Range {
    /// Reads the element again.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(self.at))?;
        let mut bytes = vec![0; self.length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The reason for which a scan ended before the file did.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    Io(io::Error),
    /// The byte at which something else was expected, and what it should be.
    Syntax(u64, &'static str),
    /// An error of the function that takes the elements.
    Own(E),
}

/// Calls `take` with every element of a file.
pub(crate) fn scan<E>(
    mut reader: impl BufRead,
    mut take: impl FnMut(Element<'_>) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let mut bytes = Bytes { reader: &mut reader, at: 0 };
    let outer = bytes.token().map_err(Stop::Io)?;
    let mut buffer = Vec::new();
    match outer {
        Some(b'[') => elements(&mut bytes, "", &mut buffer, &mut take)?,
        Some(b'{') => loop {
            match bytes.token().map_err(Stop::Io)? {
                Some(b'"') => {}
                Some(b'}') => break,
                Some(b',') => continue,
                _ => return Err(Stop::Syntax(bytes.at, "a name in quotes or the end of the object")),
            }
            buffer.clear();
            bytes.string(&mut buffer)?;
            let member = String::from_utf8_lossy(&buffer[..buffer.len() - 1]).into_owned();
            if bytes.token().map_err(Stop::Io)? != Some(b':') {
                return Err(Stop::Syntax(bytes.at, "a colon"));
            }
            match bytes.token().map_err(Stop::Io)? {
                Some(b'[') => elements(&mut bytes, &member, &mut buffer, &mut take)?,
                Some(first) => element(&mut bytes, &member, first, &mut buffer, &mut take)?,
                None => return Err(Stop::Syntax(bytes.at, "a value")),
            }
        },
        _ => return Err(Stop::Syntax(bytes.at, "an object or an array")),
    }
    match bytes.token().map_err(Stop::Io)? {
        None => Ok(()),
        Some(_) => Err(Stop::Syntax(bytes.at, "the end of the file")),
    }
}

fn elements<R: BufRead, E>(
    bytes: &mut Bytes<'_, R>,
    member: &str,
    buffer: &mut Vec<u8>,
    take: &mut impl FnMut(Element<'_>) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    loop {
        match bytes.token().map_err(Stop::Io)? {
            Some(b']') => return Ok(()),
            Some(b',') => {}
            Some(first) => element(bytes, member, first, buffer, take)?,
            None => return Err(Stop::Syntax(bytes.at, "the end of an array")),
        }
    }
}

/// Calls `take` with the element whose first byte was read.
fn element<R: BufRead, E>(
    bytes: &mut Bytes<'_, R>,
    member: &str,
    first: u8,
    buffer: &mut Vec<u8>,
    take: &mut impl FnMut(Element<'_>) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    buffer.clear();
    buffer.push(first);
    let at = bytes.at - 1;
    match first {
        b'"' => bytes.string(buffer)?,
        b'{' | b'[' => {
            let mut depth = 1u32;
            while depth > 0 {
                let Some(byte) = bytes.next().map_err(Stop::Io)? else {
                    return Err(Stop::Syntax(bytes.at, "the end of an element"));
                };
                push(buffer, byte, bytes.at)?;
                match byte {
                    b'"' => bytes.string(buffer)?,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
            }
        }
        // A number or a word ends at the next separator.
        _ => {
            while let Some(byte) = bytes.peek().map_err(Stop::Io)?
                && !matches!(byte, b',' | b']' | b'}')
                && !byte.is_ascii_whitespace()
            {
                push(buffer, byte, bytes.at)?;
                bytes.next().map_err(Stop::Io)?;
            }
        }
    }
    take(Element { member, at, bytes: buffer }).map_err(Stop::Own)
}

fn push<E>(buffer: &mut Vec<u8>, byte: u8, at: u64) -> Result<(), Stop<E>> {
    if buffer.len() == LONGEST {
        return Err(Stop::Syntax(at, "an element of at most 64 MiB"));
    }
    buffer.push(byte);
    Ok(())
}

struct Bytes<'a, R> {
    reader: &'a mut R,
    at: u64,
}

impl<R: BufRead> Bytes<'_, R> {
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.reader.fill_buf() {
                Ok(buffer) => return Ok(buffer.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.reader.consume(1);
            self.at += 1;
        }
        Ok(byte)
    }

    /// Reads the next byte that is not a blank; a byte order mark counts as blank.
    fn token(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.next()? {
                Some(byte) if byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf) => {}
                byte => return Ok(byte),
            }
        }
    }

    /// Appends the rest of a text to the buffer, its closing quote included.
    fn string<E>(&mut self, buffer: &mut Vec<u8>) -> Result<(), Stop<E>> {
        let mut escaped = false;
        loop {
            let Some(byte) = self.next().map_err(Stop::Io)? else {
                return Err(Stop::Syntax(self.at, "the end of a text"));
            };
            push(buffer, byte, self.at)?;
            match byte {
                b'"' if !escaped => return Ok(()),
                b'\\' => escaped = !escaped,
                _ => escaped = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::damaged;
    use std::convert::Infallible;

    fn found(text: &[u8]) -> Result<Vec<String>, String> {
        let mut elements = Vec::new();
        let take = |element: Element<'_>| {
            let at = usize::try_from(element.at).expect("small");
            assert_eq!(&text[at..at + element.bytes.len()], element.bytes, "the place is right");
            elements.push(format!("{}:{}", element.member, String::from_utf8_lossy(element.bytes)));
            Ok::<_, Infallible>(())
        };
        scan(text, take).map(|()| elements).map_err(|stop| format!("{stop:?}"))
    }

    #[test]
    fn elements_come_with_their_places() {
        let text = br#" {"a": 1.5, "b" : [ {"c":[1,"]}\"x"]}, 2 ,"t"], "d":{"e":[]}, "f":[] } "#;
        assert_eq!(found(text).unwrap(), ["a:1.5", r#"b:{"c":[1,"]}\"x"]}"#, "b:2", r#"b:"t""#, r#"d:{"e":[]}"#]);
        assert_eq!(found(b"[[1],[2]]").unwrap(), [":[1]", ":[2]"]);
    }

    #[test]
    fn what_is_missing_is_said() {
        for (text, expected) in [
            ("", "an object or an array"),
            ("[1", "the end of an array"),
            ("{\"a", "the end of a text"),
            ("{\"a\" 1}", "a colon"),
            ("[1] 2", "the end of the file"),
            ("[{\"a\":1", "the end of an element"),
        ] {
            let message = found(text.as_bytes()).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn no_damage_makes_the_scanner_panic() {
        for bytes in damaged(br#"{"a":[{"b":"c\"d"},[1,2]],"e":null}"#, 20_000, 12) {
            let _ = found(&bytes);
        }
    }
}
