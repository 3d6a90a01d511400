//! Rust source text as words: without comments, strings and tests, and what a file imports from its own crate.

/// One word or sign of Rust source, and the line that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) line: usize,
}

/// A path into the own crate, from the root of the crate, and the line on which it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    pub(super) line: usize,
}

/// Splits a file into words and signs. `::` is one sign; comments, strings, characters and lifetimes are left out.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while at < bytes.len() {
        let rest = &text[at..];
        let length = match bytes[at] {
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => block_comment(rest),
            b'"' => quoted(rest),
            b'\'' => character_or_lifetime(rest),
            b'r' | b'b' | b'c' if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            byte if is_word(byte) => {
                let length = rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len());
                tokens.push(Token { text: &rest[..length], line });
                length
            }
            byte if byte.is_ascii_whitespace() => 1,
            _ => {
                let length = if rest.starts_with("::") { 2 } else { rest.chars().next().map_or(1, char::len_utf8) };
                tokens.push(Token { text: &rest[..length], line });
                length
            }
        };
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

/// Letters beyond ASCII belong to a word, so that a word is never cut inside a letter.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a string that begins here, with its quotes.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a raw string that begins here, if one does.
fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let hashes = body.bytes().take_while(|&byte| byte == b'#').count();
    let inside = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(inside.find(&end).map_or(rest.len(), |at| rest.len() - inside.len() + at + end.len()))
}

fn character_or_lifetime(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        // The character after the backslash may be a quote itself.
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = at + escaped.len_utf8();
            rest[from..].find('\'').map_or(rest.len(), |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1 + rest[1..].bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len() - 1),
    }
}

/// Removes the items that are compiled for tests alone, and returns the names of the modules among them.
pub(super) fn without_tests<'a>(tokens: &[Token<'a>]) -> (Vec<Token<'a>>, Vec<&'a str>) {
    let is = |at: usize, words: &[&str]| {
        words.iter().enumerate().all(|(step, word)| tokens.get(at + step).is_some_and(|token| token.text == *word))
    };
    if is(0, &["#", "!", "[", "cfg", "(", "test"]) {
        return (Vec::new(), Vec::new());
    }
    let (mut kept, mut modules, mut at) = (Vec::new(), Vec::new(), 0);
    while at < tokens.len() {
        if !is(at, &["#", "[", "cfg", "(", "test", ")"]) && !is(at, &["#", "[", "cfg", "(", "all", "(", "test"]) {
            kept.push(tokens[at]);
            at += 1;
            continue;
        }
        while is(at, &["#", "["]) {
            at = closing(tokens, at + 1) + 1;
        }
        while at < tokens.len() {
            let text = tokens[at].text;
            if text == "mod" && is(at + 2, &[";"]) {
                modules.extend(tokens.get(at + 1).map(|token| token.text));
            }
            match text {
                ";" => break,
                "{" => {
                    at = closing(tokens, at);
                    break;
                }
                "(" | "[" => at = closing(tokens, at),
                // The last field or arm of something that is not for tests.
                "}" | ")" | "]" => {
                    at -= 1;
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        at += 1;
    }
    (kept, modules)
}

/// The place of the bracket that closes the one at `open`, or of the last token.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len().saturating_sub(1)
}

/// All paths that begin with `crate::` or `super::`, in imports and elsewhere, of the file that is the module `module`.
pub(super) fn imports(tokens: &[Token<'_>], module: &[String]) -> Vec<Import> {
    let mut found = Vec::new();
    let mut inside = module.to_vec();
    // For each open brace, whether it is that of a module.
    let mut braces = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let text = |place: usize| tokens.get(place).map_or("", |token| token.text);
        let before = at.checked_sub(1).map_or("", text);
        match token.text {
            "{" => {
                let is_module = at >= 2 && text(at - 2) == "mod";
                braces.push(is_module);
                if is_module {
                    inside.push(before.to_owned());
                }
            }
            "}" => {
                let opens_module = braces.pop() == Some(true);
                if opens_module {
                    inside.pop();
                }
            }
            "crate" if text(at + 1) == "::" => {
                tree(tokens, at + 2, &[], &mut found);
            }
            "super" if text(at + 1) == "::" && before != "::" => {
                let (mut base, mut next) = (Some(&inside[..]), at);
                while text(next) == "super" && text(next + 1) == "::" {
                    base = base.and_then(|base| base.split_last()).map(|(_, parent)| parent);
                    next += 2;
                }
                if let Some(base) = base {
                    tree(tokens, next, base, &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// The names that a file gives to modules and items further down by `use`, each with the path behind it. The path of a
/// glob ends with `*`, as does its name.
pub(super) fn aliases(tokens: &[Token<'_>], module: &[String]) -> Vec<(String, Import)> {
    let mut aliases = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].text == "use" {
            let end = (at..tokens.len()).find(|&end| tokens[end].text == ";").unwrap_or(tokens.len());
            let mut next = at + 1;
            let mut base = module;
            if tokens.get(next + 1).is_some_and(|token| token.text == "::") {
                match tokens[next].text {
                    "crate" => (base, next) = (&[], next + 2),
                    "self" => next += 2,
                    _ => {}
                }
            }
            let mut found = Vec::new();
            named_tree(&tokens[..end], next, base, &mut found);
            aliases.extend(found);
            at = end;
        }
        at += 1;
    }
    aliases
}

fn tree(tokens: &[Token<'_>], at: usize, base: &[String], found: &mut Vec<Import>) -> usize {
    let mut named = Vec::new();
    let end = named_tree(tokens, at, base, &mut named);
    found.extend(named.into_iter().map(|(_, import)| import));
    end
}

/// Reads what follows `::` in a path or an import, and returns the place behind it.
fn named_tree(tokens: &[Token<'_>], at: usize, base: &[String], found: &mut Vec<(String, Import)>) -> usize {
    let text = |place: usize| tokens.get(place).map_or("", |token| token.text);
    let (mut path, mut at) = (base.to_vec(), at);
    loop {
        let Some(&Token { text: word, line }) = tokens.get(at) else { return at };
        if word == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                at = if text(at) == "," { at + 1 } else { named_tree(tokens, at, &path, found).max(at + 1) };
            }
            return at + 1;
        }
        if word != "*" && !word.bytes().all(is_word) {
            return at;
        }
        if word != "self" {
            path.push(word.to_owned());
        }
        at += 1;
        if text(at) == "::" {
            at += 1;
            // Arguments of a generic function end the path.
            if text(at) == "<" {
                found.push((path.last().cloned().unwrap_or_default(), Import { path, line }));
                return at;
            }
            continue;
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if text(at) == "as" {
            text(at + 1).clone_into(&mut name);
            at += 2;
        }
        found.push((name, Import { path, line }));
        return at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).collect()
    }

    #[track_caller]
    fn check_imports(module: &[&str], text: &str, expected: &[(&str, usize)]) {
        let module: Vec<String> = module.iter().map(|&name| name.to_owned()).collect();
        let (kept, _) = without_tests(&tokens(text));
        let found: Vec<(String, usize)> =
            imports(&kept, &module).iter().map(|import| (import.path.join("::"), import.line)).collect();
        let expected: Vec<(String, usize)> = expected.iter().map(|&(path, line)| (path.to_owned(), line)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn comments_strings_and_characters_are_no_words() {
        assert_eq!(words("a // crate::b\n/* c /* d */ e */ f"), ["a", "f"]);
        assert_eq!(words(r##"a("crate::b \" c", r#"d " e"#, b"f", br"g")"##), ["a", "(", ",", ",", "b", ",", ")"]);
        assert_eq!(
            words(r"x('\'', '{', '\\', b'}') y::<'static>"),
            ["x", "(", ",", ",", ",", "b", ")", "y", "::", "<", ">"]
        );
        assert_eq!(words("r#type größe – r"), ["r", "#", "type", "größe", "–", "r"]);
        assert_eq!(words("\"open"), [""; 0]);
    }

    #[test]
    fn lines_are_counted_through_what_is_left_out() {
        assert_eq!(tokens("/*\n*/ a \"\n\" b").last(), Some(&Token { text: "b", line: 3 }));
    }

    #[test]
    fn imports_are_read_from_the_root_of_the_crate() {
        check_imports(&["a"], "use crate::{b::{self, C as D}, e::*};", &[("b", 1), ("b::C", 1), ("e::*", 1)]);
        check_imports(
            &["a", "b"],
            "use super::{c, super_d};\nfn f() { super::super::g::<X>(crate::h::i()) }",
            &[("a::c", 1), ("a::super_d", 1), ("g", 2), ("h::i", 2)],
        );
        check_imports(&["a"], "pub(crate) fn f() {}\npub(super) struct S;\nuse other::crate_x;", &[]);
    }

    #[test]
    fn a_module_inside_a_file_has_another_parent() {
        check_imports(&["a"], "mod b { use super::c; }\nuse super::d;", &[("a::c", 1), ("d", 2)]);
    }

    #[test]
    fn tests_import_what_they_like() {
        check_imports(&["a"], "#[cfg(test)]\nmod tests { use crate::b; }\nuse crate::c;", &[("c", 3)]);
        check_imports(&["a"], "#[cfg(all(test, unix))]\n#[rustfmt::skip]\nuse crate::b;\nuse crate::c;", &[("c", 4)]);
        check_imports(&["a"], "#![cfg(test)]\nuse crate::b;", &[]);
        check_imports(&["a"], "#[cfg(any(test, unix))]\nuse crate::b;", &[("b", 2)]);
        check_imports(&["a"], "struct S {\n#[cfg(test)]\nx: crate::b::X }\nuse crate::c;", &[("c", 4)]);
        let source = tokens("#[cfg(test)]\nmod testing;\nmod other;");
        assert_eq!(without_tests(&source).1, ["testing"]);
    }

    #[test]
    fn names_of_a_table_of_contents_are_followed() {
        let source = tokens("pub use crate::{a::B, c};\nuse d::e as f;\nuse self::g::*;");
        let found: Vec<(String, String)> =
            aliases(&source, &[]).into_iter().map(|(name, import)| (name, import.path.join("::"))).collect();
        let expected = [("B", "a::B"), ("c", "c"), ("f", "d::e"), ("*", "g::*")];
        assert_eq!(found, expected.map(|(name, path)| (name.to_owned(), path.to_owned())));
    }
}
