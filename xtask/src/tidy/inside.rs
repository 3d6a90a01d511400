//! Rules inside a crate: no circle of imports between its top-level modules, no loans between folders that must not know
//! each other, and no word to a terminal where only the program speaks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::source::{self, Import};

/// The crates whose top-level modules are checked for circles.
const CHECKED: [&str; 5] = ["gaze-core", "gaze-data", "gaze-study", "gaze-cli", "xtask"];

/// The crates that speak to a terminal, and the tests.
const SPEAKERS: [&str; 3] = ["gaze-cli", "tests", "xtask"];

/// What speaks to a terminal or asks about it, each with what follows it.
const TERMINAL: [(&str, &str); 8] = [
    (concat!("print", "ln"), "!"),
    ("print", "!"),
    (concat!("eprint", "ln"), "!"),
    ("eprint", "!"),
    ("stdin", "("),
    ("stdout", "("),
    ("stderr", "("),
    ("is_terminal", "("),
];

/// The most places that are named for one import.
const MOST_PLACES: usize = 4;

/// A folder whose parts must not import from each other, and the one part that all of them may import from.
pub(super) const STRANGERS: [(&str, &str, &str); 1] = [("gaze-data", "formats", "shared")];

/// One source file of a crate.
struct File {
    /// Its name from the root of the repository.
    name: String,
    /// The modules that lead to it; empty for the root of the crate.
    module: Vec<String>,
    imports: Vec<Import>,
    /// Words to a terminal, and their lines.
    speech: Vec<(&'static str, usize)>,
}

/// The source files of one crate without its tests, and what they import from each other.
pub(super) struct Source {
    package: String,
    files: Vec<File>,
    /// Modules that only tests are compiled with.
    test_modules: BTreeSet<Vec<String>>,
    /// What a module's own file calls by a name of its own: the path of that name, and the path behind it.
    aliases: BTreeMap<Vec<String>, Import>,
    /// Re-exports of everything in a module, with the file that has them.
    globs: Vec<(String, Import)>,
}

impl Source {
    /// A crate whose files are added next.
    pub(super) fn new(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            files: Vec::new(),
            test_modules: BTreeSet::new(),
            aliases: BTreeMap::new(),
            globs: Vec::new(),
        }
    }

    /// Adds the file with this name if it belongs to the library of the crate.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let Some(module) = name.strip_prefix(&format!("{}/src/", self.package)).and_then(module) else { return };
        let tokens = source::tokens(text);
        let (tokens, test_modules) = source::without_tests(&tokens);
        for test_module in test_modules {
            let mut path = module.clone();
            path.push(test_module.to_owned());
            self.test_modules.insert(path);
        }
        let mut imports = source::imports(&tokens, &module);
        // A table of contents is no module of its own: what it passes on is imported from where it comes.
        let strangers = STRANGERS.iter().any(|(package, folder, _)| self.package == *package && module == [*folder]);
        if module.is_empty() || strangers {
            for (alias, import) in source::aliases(&tokens, &module) {
                if alias == "*" {
                    self.globs.push((name.to_owned(), import));
                } else {
                    let mut path = module.clone();
                    path.push(alias);
                    if path != import.path {
                        self.aliases.insert(path, import);
                    }
                }
            }
            imports.clear();
            // What it uses itself is written with the names of its own modules, or with names that it has imported.
            let mut at = 0;
            while at < tokens.len() {
                let text = |place: usize| tokens.get(place).map_or("", |token| token.text);
                match text(at) {
                    "use" => at = (at..tokens.len()).find(|&end| text(end) == ";").unwrap_or(tokens.len()),
                    "mod" => at += 1,
                    word if !["::", "."].contains(&at.checked_sub(1).map_or("", text)) => {
                        let mut path = module.clone();
                        path.push(word.to_owned());
                        if text(at + 1) == "::" || self.aliases.contains_key(&path) {
                            imports.push(Import { path, line: tokens[at].line });
                        }
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        let speech = tokens.windows(2).filter_map(|pair| {
            let (word, _) = TERMINAL.iter().find(|(word, next)| pair[0].text == *word && pair[1].text == *next)?;
            Some((*word, pair[0].line))
        });
        self.files.push(File { name: name.to_owned(), module, imports, speech: speech.collect() });
    }

    /// Replaces names that a table of contents gives by the paths behind them.
    fn resolved(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        // A name may lead to another name; a circle of names does not compile.
        for _ in 0..8 {
            let Some((length, import)) =
                (1..=path.len()).find_map(|length| Some((length, self.aliases.get(&path[..length])?)))
            else {
                break;
            };
            path = import.path.iter().chain(&path[length..]).cloned().collect();
        }
        path
    }

    /// The imports between the parts of the folder `folder` (of the whole crate if it is empty), with the files and lines
    /// that have them. What belongs to no part belongs to the folder's own file, whose name is "".
    fn edges(&self, folder: &[String]) -> Edges {
        let below = |path: &[String]| path.strip_prefix(folder).map(|rest| rest.first().cloned().unwrap_or_default());
        let files: Vec<&File> = self.shipped().collect();
        let parts: BTreeSet<String> = files.iter().filter_map(|file| below(&file.module)).collect();
        let mut edges = Edges::new();
        for file in files {
            let Some(from) = below(&file.module) else { continue };
            for import in &file.imports {
                let path = self.resolved(&import.path);
                let Some(name) = below(&path) else { continue };
                let known = parts.contains(&name);
                // A name in the folder's own file that is none of its parts is an item of that file, or of another crate.
                if !known && from.is_empty() {
                    continue;
                }
                let to = if known { name } else { String::new() };
                if from != to {
                    let place = format!("{}:{} ({})", file.name, import.line, import.path.join("::"));
                    edges.entry((from.clone(), to)).or_default().push(place);
                }
            }
        }
        edges
    }

    /// Findings about the imports inside the crate.
    pub(super) fn check(&self) -> Vec<String> {
        let mut findings = self.loans();
        if !SPEAKERS.contains(&self.package.as_str()) {
            findings.extend(self.speech());
        }
        if CHECKED.contains(&self.package.as_str()) {
            findings.extend(self.circles());
        }
        findings
    }

    /// The files that are not compiled for tests alone.
    fn shipped(&self) -> impl Iterator<Item = &File> {
        let for_tests =
            |module: &[String]| (1..=module.len()).any(|length| self.test_modules.contains(&module[..length]));
        self.files.iter().filter(move |file| !for_tests(&file.module))
    }

    /// Findings about words to a terminal.
    fn speech(&self) -> Vec<String> {
        let places = self.shipped().flat_map(|file| file.speech.iter().map(|(word, line)| (&file.name, word, line)));
        places
            .map(|(name, word, line)| format!("{name}:{line}: {word}: only the program speaks to a terminal"))
            .collect()
    }

    /// Findings about circles of imports between the top-level modules.
    fn circles(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (file, import) in &self.globs {
            let path = import.path.join("::");
            findings
                .push(format!("{file}:{}: `{path}` hides what is imported from where; name the items", import.line));
        }
        let edges = self.edges(&[]);
        for circle in circles(&edges) {
            let shown = |name: &str| if name.is_empty() { "lib.rs".to_owned() } else { name.to_owned() };
            let mut names: Vec<String> = circle.iter().map(|name| shown(name)).collect();
            names.push(names[0].clone());
            let mut reasons = Vec::new();
            for (at, from) in circle.iter().enumerate() {
                let to = &circle[(at + 1) % circle.len()];
                let places = edges.get(&(from.clone(), to.clone())).map_or(&[][..], Vec::as_slice);
                reasons.push(format!("{} imports {} in {}", shown(from), shown(to), listed(places)));
            }
            findings.push(format!("{}: import circle {}: {}", self.package, names.join(" -> "), reasons.join("; ")));
        }
        findings
    }

    /// Findings about parts of a folder that import from each other, where they must not.
    fn loans(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (_, folder, shared) in STRANGERS.iter().filter(|(package, ..)| *package == self.package) {
            for ((from, to), places) in self.edges(&[(*folder).to_owned()]) {
                if !from.is_empty() && !to.is_empty() && to != *shared {
                    let places = listed(&places);
                    findings.push(format!(
                        "{}: {folder}/{from} imports from {folder}/{to} in {places}; what both need belongs into \
                         {folder}/{shared}",
                        self.package
                    ));
                }
            }
        }
        findings
    }
}

fn listed(places: &[String]) -> String {
    let mut text = places.iter().take(MOST_PLACES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if places.len() > MOST_PLACES {
        text += &format!(" and {} more", places.len() - MOST_PLACES);
    }
    text
}

/// Who imports from whom, and where.
type Edges = BTreeMap<(String, String), Vec<String>>;

/// The modules that lead to a file of `src/`, or `None` for a program's file.
fn module(name: &str) -> Option<Vec<String>> {
    let name = name.strip_suffix(".rs")?;
    if name == "main" || name.starts_with("bin/") {
        return None;
    }
    let mut module: Vec<String> = name.split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || name == "lib" {
        module.pop();
    }
    Some(module)
}

/// For every edge that lies on a circle, a shortest circle through it; each circle once, from its first name on. A circle
/// is left out if fewer of its modules form a circle, too: it may vanish with the smaller one.
fn circles(edges: &Edges) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for (from, to) in edges.keys() {
        if let Some(mut circle) = shortest_path(edges, to, from) {
            let first = circle.iter().enumerate().min_by_key(|(_, name)| *name).map_or(0, |(at, _)| at);
            circle.rotate_left(first);
            found.insert(circle);
        }
    }
    let smaller = found.clone();
    found.retain(|circle| {
        !smaller.iter().any(|other| other.len() < circle.len() && other.iter().all(|name| circle.contains(name)))
    });
    found
}

fn shortest_path(edges: &Edges, from: &str, to: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(here) = open.pop_front() {
        if here == to {
            let mut path = vec![here.to_owned()];
            let mut at = here;
            while at != from {
                at = before.get(at)?;
                path.push(at.to_owned());
            }
            path.reverse();
            return Some(path);
        }
        for (_, next) in edges.keys().filter(|(start, _)| start == here) {
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, here);
                open.push_back(next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(package: &str, files: &[(&str, &str)]) -> Source {
        let mut source = Source::new(package);
        for (name, text) in files {
            source.add(&format!("{package}/src/{name}"), text);
        }
        source
    }

    #[track_caller]
    fn check_circles(files: &[(&str, &str)], expected: &[&str]) {
        assert_eq!(source("a", files).circles(), expected);
    }

    #[test]
    fn a_crate_whose_imports_lead_one_way_passes() {
        check_circles(&[("lib.rs", "mod b; mod c;"), ("b.rs", "use crate::c::X;"), ("c/mod.rs", "use std::fmt;")], &[]);
        // Inside a folder its files are free.
        check_circles(
            &[("b/mod.rs", "use crate::b::c;"), ("b/c.rs", "use super::d; use crate::b::X;"), ("b/d.rs", "")],
            &[],
        );
        check_circles(
            &[("error.rs", ""), ("b.rs", "use crate::error::E;"), ("c.rs", "use crate::{b, error::E};")],
            &[],
        );
    }

    #[test]
    fn a_circle_is_found_with_its_files_and_lines() {
        check_circles(
            &[("b/mod.rs", ""), ("b/x.rs", "//! X.\nuse crate::c::Y;"), ("c.rs", "use super::b::x;")],
            &["a: import circle b -> c -> b: b imports c in a/src/b/x.rs:2 (c::Y); c imports b in \
               a/src/c.rs:1 (b::x)"],
        );
    }

    #[test]
    fn of_two_circles_the_smaller_is_found() {
        let files = [
            ("b.rs", "use crate::c;"),
            ("c.rs", "use crate::{b, d};"),
            ("d.rs", "use crate::e;"),
            ("e.rs", "use crate::b;"),
        ];
        let findings = source("a", &files).circles();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].contains("circle b -> c -> b"), "{findings:?}");
    }

    #[test]
    fn a_circle_of_three_is_found_once() {
        check_circles(
            &[
                ("b.rs", "use crate::c;"),
                ("c.rs", "fn f() { crate::d::g() }"),
                ("d.rs", "use crate::b;"),
                ("e.rs", "use crate::b;"),
            ],
            &[
                "a: import circle b -> c -> d -> b: b imports c in a/src/b.rs:1 (c); c imports d in a/src/c.rs:1 (d::g); d \
               imports b in a/src/d.rs:1 (b)",
            ],
        );
    }

    #[test]
    fn names_that_the_root_passes_on_lead_to_their_module() {
        check_circles(
            &[("lib.rs", "pub use crate::c::Y;\nmod b;\nmod c;"), ("b.rs", "use crate::Y;"), ("c.rs", "use crate::b;")],
            &["a: import circle b -> c -> b: b imports c in a/src/b.rs:1 (Y); c imports b in a/src/c.rs:1 (b)"],
        );
    }

    #[test]
    fn the_root_is_part_of_a_circle_if_it_holds_more_than_contents() {
        check_circles(
            &[("lib.rs", "mod b;\nenum X {}\nfn f() { b::g() }"), ("b.rs", "use crate::X;")],
            &["a: import circle lib.rs -> b -> lib.rs: lib.rs imports b in a/src/lib.rs:3 (b); b imports lib.rs in \
               a/src/b.rs:1 (X)"],
        );
        check_circles(&[("lib.rs", "mod b;\nenum X {}\nfn f() { std::fs::read() }"), ("b.rs", "use crate::X;")], &[]);
    }

    #[test]
    fn a_glob_in_the_root_is_found() {
        check_circles(
            &[("lib.rs", "pub use b::*;\nmod b;"), ("b.rs", "")],
            &["a/src/lib.rs:1: `b::*` hides what is imported from where; name the items"],
        );
    }

    #[test]
    fn tests_and_programs_are_free() {
        check_circles(
            &[
                ("lib.rs", "mod b; mod c; #[cfg(test)] mod testing;"),
                ("b.rs", "use crate::c;\n#[cfg(test)]\nmod tests;"),
                ("b/tests.rs", "use crate::testing::X;"),
                ("c.rs", "#[cfg(test)]\nmod tests { use crate::b; }"),
                ("testing/mod.rs", "use crate::{b, c};"),
                ("main.rs", "use crate::b;"),
            ],
            &[],
        );
    }

    #[test]
    fn words_to_a_terminal_are_found() {
        let speaking = "//! println!()\nfn f() {\n    eprintln!();\n    io::stderr().is_terminal();\n}\n";
        let silent = "fn stdout() {}\n#[cfg(test)]\nmod tests {\n    fn f() { println!() }\n}\nlet s = output.stderr;";
        let files =
            [("b.rs", speaking), ("c.rs", silent), ("lib.rs", "#[cfg(test)] mod testing;"), ("testing.rs", speaking)];
        let end = "only the program speaks to a terminal";
        let expected = [
            format!("a/src/b.rs:3: eprintln: {end}"),
            format!("a/src/b.rs:4: stderr: {end}"),
            format!("a/src/b.rs:4: is_terminal: {end}"),
            format!("a/src/c.rs:1: stdout: {end}"),
        ];
        assert_eq!(source("a", &files).check(), expected);
        assert_eq!(source("xtask", &files).check(), [""; 0]);
    }

    #[test]
    fn only_chosen_crates_are_checked_for_circles() {
        let files = [("b.rs", "use crate::c;"), ("c.rs", "use crate::b;")];
        assert_eq!(source("gaze-study", &files).check().len(), 1);
        assert_eq!(source("a", &files).check(), [""; 0]);
    }

    #[test]
    fn a_loan_between_formats_is_found_and_shared_parts_are_none() {
        let files = [
            ("lib.rs", "mod formats; mod files;"),
            ("files.rs", ""),
            ("formats/mod.rs", "pub(crate) use osie::write;\nfn open() { coco::open(); osie::open() }"),
            ("formats/coco.rs", "use super::shared::gaze;\nuse crate::files::X;\nuse crate::formats::coco::Y;"),
            ("formats/osie/mod.rs", "use super::coco::read;"),
            ("formats/toronto.rs", "//! T.\nuse super::write;"),
            ("formats/shared/mod.rs", ""),
        ];
        let end = "; what both need belongs into formats/shared";
        let expected = [
            format!(
                "gaze-data: formats/osie imports from formats/coco in gaze-data/src/formats/osie/mod.rs:1 (formats::coco::read){end}"
            ),
            format!(
                "gaze-data: formats/toronto imports from formats/osie in gaze-data/src/formats/toronto.rs:2 (formats::write){end}"
            ),
        ];
        // In `formats/osie/mod.rs` the parent is `formats`.
        assert_eq!(source("gaze-data", &files).loans(), expected);
        assert_eq!(source("gaze-core", &files).loans(), [""; 0]);
    }
}
