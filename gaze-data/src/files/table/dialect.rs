//! The way in which a table of text is written: encoding, line ends, separator, decimal comma.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The bytes from which an encoding without a mark is guessed.
const BEGINNING: usize = 1024;

/// What was recognised in a table of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) encoding: &'static Encoding,
    pub(crate) separator: u8,
    pub(crate) has_decimal_commas: bool,
    /// The number of lines before the header: `sep=;`, comments and empty lines.
    pub(crate) skipped: usize,
}

impl Dialect {
    /// Says what was recognised beyond a separator that the extension of the file says already; `None` if there is nothing.
    pub(crate) fn note(&self, usual: u8) -> Option<String> {
        let separator = match self.separator {
            b'\t' => "separator tab".to_owned(),
            other => format!("separator '{}'", char::from(other)),
        };
        let parts = [
            (self.encoding != UTF_8).then(|| self.encoding.name().to_owned()),
            (self.separator != usual).then_some(separator),
            self.has_decimal_commas.then(|| "decimal comma".to_owned()),
            (self.skipped > 0).then(|| format!("{} before the header", lines(self.skipped))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn lines(count: usize) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{count} lines") }
}

/// Decodes text of any encoding that tables have, and brings all line ends into one form. Text that is not UTF-8 and has no
/// mark is UTF-16 if every other byte of its beginning is 0, and Windows-1252 (which contains Latin-1) otherwise.
pub(crate) fn decoded(bytes: &[u8]) -> (Cow<'_, str>, &'static Encoding) {
    let beginning = &bytes[..bytes.len().min(BEGINNING)];
    let zeros = |first: usize| beginning.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let most = beginning.len() / 3;
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if beginning.len() > 3 && zeros(1) > most => UTF_16LE,
        None if beginning.len() > 3 && zeros(0) > most => UTF_16BE,
        None if str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    let text = if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { text };
    (text, encoding)
}

/// Finds the separator, and where the header begins: returns the rest of the text with the dialect so far.
pub(crate) fn recognised<'a>(text: &'a str, encoding: &'static Encoding, usual: u8) -> (&'a str, Dialect) {
    let mut rest = text;
    let mut dialect = Dialect { encoding, separator: usual, has_decimal_commas: false, skipped: 0 };
    let mut stated = None;
    loop {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let content = line.trim_matches(|c: char| c.is_whitespace() || c == '"');
        // A tab after `sep=` is the separator, not white space.
        let stating = line.trim_matches([' ', '"']);
        let separator =
            stating.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(stating.as_bytes().get(4));
        if let Some(&separator) = separator.filter(|_| stated.is_none()) {
            stated = Some(separator);
        } else if !line.starts_with('#') && !content.trim_matches([',', ';']).is_empty() || after.is_empty() {
            dialect.separator = stated.unwrap_or_else(|| separator_of(line, usual));
            return (rest, dialect);
        }
        rest = after;
        dialect.skipped += 1;
    }
}

/// Returns the separator that a header has most, outside quotes; the usual one if it has none.
fn separator_of(header: &str, usual: u8) -> u8 {
    let mut quoted = false;
    let mut counts = [(b'\t', 0usize), (b';', 0), (b',', 0)];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!quoted && byte == *separator);
        }
    }
    // The first of equals: a tab is never part of a name, a comma may be.
    let most = counts.iter().map(|&(_, count)| count).max().unwrap_or(0);
    counts.into_iter().find(|&(_, count)| count == most && most > 0).map_or(usual, |(separator, _)| separator)
}

/// Tells whether a text is a number with a decimal comma.
pub(crate) fn is_decimal_comma(text: &str) -> bool {
    text.contains(',') && text.matches(',').count() == 1 && text.replace(',', ".").parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], usual: u8, expected: Option<&str>, rest: &str) {
        let (text, encoding) = decoded(bytes);
        let (found, dialect) = recognised(&text, encoding, usual);
        assert_eq!((dialect.note(usual).as_deref(), found), (expected, rest));
    }

    #[test]
    fn what_is_recognised_is_said() {
        check(b"x,y\n1,2\n", b',', None, "x,y\n1,2\n");
        check(b"\xef\xbb\xbfx\ty\r1\t2\r", b'\t', None, "x\ty\n1\t2\n");
        check(b"x;y\r\n1;2\r\n", b',', Some("separator ';'"), "x;y\n1;2\n");
        check(b"sep=;\nx;y\n", b',', Some("separator ';', 1 line before the header"), "x;y\n");
        check(b"# made by hand\n\n,,\nx,y\n", b',', Some("3 lines before the header"), "x,y\n");
        check(b"\"a,b\";\"c\"\n", b',', Some("separator ';'"), "\"a,b\";\"c\"\n");
        check(b"\xff\xfex\0\t\0y\0", b',', Some("UTF-16LE, separator tab"), "x\ty");
        check(b"\0x\0,\0y\0\n", b',', Some("UTF-16BE"), "x,y\n");
        check(b"x,M\xfcller\n", b',', Some("windows-1252"), "x,M\u{fc}ller\n");
        check(b"", b',', None, "");
        check(b"x\n1\n", b',', None, "x\n1\n");
    }

    #[test]
    fn a_number_has_one_decimal_comma() {
        for (text, expected) in
            [("10,5", true), ("-,5", true), ("1e3", false), ("1,2,3", false), ("a,b", false), ("1.5", false)]
        {
            assert_eq!(is_decimal_comma(text), expected, "{text}");
        }
    }
}
