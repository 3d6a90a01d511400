//! Rules about the lines of one file.

/// Crates that must not touch the world outside.
const PURE: [&str; 3] = ["gaze-core/src/", "gaze-targets/src/", "gaze-metrics/src/"];

/// What reaches outside: files, network, processes, environment, clock, terminal. A module is found by its name before
/// `::`, however it was imported.
const OUTSIDE: [&str; 8] = ["fs::", "net::", "process::", "env::", "time::", "io::", PRINT_LINE, PRINT];
const PRINT_LINE: &str = concat!("print", "ln!");
const PRINT: &str = concat!("print", "!");

/// Words that no Rust file may hold, and why. Each is written in two pieces, so that it is not found here.
const NEVER: [(&str, &str); 5] = [
    (concat!("#[ig", "nore"), "a test that does not run proves nothing; assert the wrong behaviour and say so"),
    (concat!("#[should_", "panic"), "check the error instead; any panic would pass"),
    (concat!("to", "do!("), "unfinished"),
    (concat!("unimpl", "emented!("), "unfinished"),
    (concat!("d", "bg!("), "left over from a search"),
];

/// Hosts of package registries, in pieces for the same reason. cargo and pip know where to look.
const REGISTRIES: [[&str; 2]; 8] = [
    ["py", "pi.org"],
    ["pythonho", "sted.org"],
    ["py", "pi.nvidia.com"],
    ["download.pyto", "rch.org"],
    ["crat", "es.io"],
    ["np", "mjs.org"],
    ["anacon", "da.org"],
    ["conda-fo", "rge.org"],
];

/// All findings about a text file.
pub(super) fn check(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut found = |line: usize, what: String| findings.push(format!("{name}:{line}: {what}"));
    let rust = name.ends_with(".rs");

    if rust && !text.starts_with("//!") {
        found(1, "the first line says what the file is for, and begins with //!".into());
    }
    // Some data files are what a device or a program of others wrote, and stay so.
    let ours = !name.ends_with(".csv") && !name.contains("/data/") && !name.starts_with("LICENSE");
    if ours && !text.is_empty() && !text.ends_with('\n') {
        found(text.lines().count(), "no newline at the end of the file".into());
    }
    for (index, line) in text.lines().enumerate() {
        if ours && line.trim_end() != line {
            found(index + 1, "blanks at the end of the line".into());
        }
        if name != "Cargo.lock" {
            for host in REGISTRIES.map(|pieces| pieces.concat()).iter().filter(|host| line.contains(*host)) {
                found(index + 1, format!("names the package registry {host}; cargo and pip know where to look"));
            }
        }
        if rust && !is_comment(line) {
            for (word, why) in NEVER.iter().filter(|(word, _)| line.contains(word)) {
                found(index + 1, format!("{word}: {why}"));
            }
        }
    }
    if PURE.iter().any(|folder| name.starts_with(folder)) {
        for (line, word) in outside_words(text) {
            found(line, format!("{word}: this crate does no I/O and reads no clock"));
        }
    }
    findings
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Where code, other than that of tests, reaches outside. The formatter puts a test module's braces in column 0.
fn outside_words(text: &str) -> Vec<(usize, &'static str)> {
    let mut words = Vec::new();
    let mut in_tests = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("#[cfg(test)]") {
            in_tests = true;
        } else if in_tests && (line == "}" || (line.ends_with(';') && !line.starts_with(' '))) {
            in_tests = false;
        } else if !in_tests
            && !is_comment(line)
            && let Some(word) = OUTSIDE.iter().find(|word| holds(line, word))
        {
            words.push((index + 1, *word));
        }
    }
    words
}

/// Whether a word is in the line, and is not the end of a longer name; `eprintln!` however is no better than `println!`.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].strip_suffix('e').filter(|_| word.ends_with('!')).unwrap_or(&line[..at]);
        !before.ends_with(|character: char| character.is_alphanumeric() || character == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(name: &str, text: &str, expected: &[&str]) {
        let findings = check(name, text);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.contains(expected), "{findings:?}");
        }
    }

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        check_text("a/src/b.rs", "//! Does it.\n", &[]);
        check_text("a/src/b.rs", "// Does it.\n", &["a/src/b.rs:1: the first line"]);
        check_text("a/src/b.rs", "", &["first line"]);
        check_text("README.md", "# gaze\n", &[]);
    }

    #[test]
    fn ragged_ends_are_found() {
        check_text(
            "README.md",
            "one \ntwo\t\nthree",
            &["README.md:3: no newline", "README.md:1: blanks", ":2: blanks"],
        );
        check_text("tests/data/x.txt", "one \r\ntwo", &[]);
    }

    #[test]
    fn words_that_must_not_stay_are_found_outside_comments() {
        for (word, _) in NEVER {
            check_text("a.rs", &format!("//! A.\n    {word}\n"), &[word]);
            check_text("a.rs", &format!("//! A.\n    // {word}\n"), &[]);
            check_text("a.md", &format!("{word}\n"), &[]);
        }
    }

    #[test]
    fn registries_are_found_everywhere_but_in_the_lock_file() {
        let line = format!("see https://{}/x\n", REGISTRIES[0].concat());
        check_text("README.md", &line, &["README.md:1: names the package registry"]);
        check_text("Cargo.lock", &line, &[]);
    }

    #[test]
    fn a_pure_crate_that_reaches_outside_is_found() {
        let text = "//! A.\nuse std::fs;\nfn a() {\n    println!();\n}\n";
        check_text("gaze-metrics/src/a.rs", text, &["a.rs:4: println!"]);
        let text = "//! A.\nuse std::{\n    fs::File,\n    time,\n};\nfn a() {\n    eprintln!();\n    time::Instant::now()\n}\n";
        check_text("gaze-core/src/a.rs", text, &["a.rs:3: fs::", "a.rs:7: println!", "a.rs:8: time::"]);
        check_text("gaze-core/src/a.rs", "//! A.\nlet x = offs::y + my_sprint!();\n", &[]);
        check_text("gaze-data/src/a.rs", text, &[]);
    }

    #[test]
    fn tests_and_comments_of_a_pure_crate_may_reach_outside() {
        let text =
            "//! println!\n#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn a() {\n    }\n}\nuse std::env::var;\n";
        check_text("gaze-core/src/a.rs", text, &["a.rs:8: env::"]);
    }
}
