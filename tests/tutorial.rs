//! `docs/TUTORIAL.md` does what it says: its `sh` blocks are run one after the other in a folder with the example
//! photographs, what it shows is what is printed, and the files it names are there. Blocks of `sh libtorch` are run where
//! libtorch is.

use std::{fs, path::Path, process::Command};

use tempfile::tempdir;

use crate::util::{Run, repository};

/// A fenced block: its language and its lines.
struct Block {
    language: String,
    text: String,
}

/// All fenced blocks, and the rest of the text.
fn parse(page: &str) -> (Vec<Block>, String) {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some(Block { language: language.to_owned(), text: String::new() }),
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => prose += &format!("{line}\n"),
        }
    }
    assert!(open.is_none(), "a block is not closed");
    (blocks, prose)
}

/// Whether the lines shown are those printed, where `…` stands for any number of lines, or for the rest of one.
fn shows(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=printed.len()).any(|skipped| shows(rest, &printed[skipped..])),
        ([first, shown @ ..], [line, printed @ ..]) => {
            let begins = first.strip_suffix('…').is_some_and(|beginning| line.starts_with(beginning));
            (begins || first == line) && shows(shown, printed)
        }
        _ => false,
    }
}

fn run(folder: &Path, script: &str) -> Run {
    let path = std::env::var("PATH").unwrap();
    let mut shell = Command::new("sh");
    shell.current_dir(folder).env("PATH", format!("{}/bin:{path}", folder.display()));
    shell.args(["-eu", "-c", script]).output().unwrap().into()
}

#[cfg(unix)]
#[test]
fn every_command_of_the_tutorial_does_what_it_says() {
    let folder = tempdir().unwrap();
    fs::create_dir_all(folder.path().join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_gaze-cli-under-test"), folder.path().join("bin/gaze-cli")).unwrap();
    let photographs = folder.path().join("photographs");
    fs::create_dir_all(photographs.join("images")).unwrap();
    for (name, bytes) in crate::util::contents(&repository("examples/photographs")) {
        fs::write(photographs.join(name), bytes).unwrap();
    }

    let (blocks, prose) = parse(&fs::read_to_string(repository("docs/TUTORIAL.md")).unwrap());
    let mut printed = None;
    let (mut commands, mut outputs) = (0, 0);
    for block in &blocks {
        match block.language.as_str() {
            "sh libtorch" if !cfg!(feature = "libtorch") => printed = None,
            "sh" | "sh libtorch" => {
                let result = run(folder.path(), &block.text);
                assert_eq!(result.status, 0, "{}\n{}", block.text, result.stderr);
                commands += block.text.matches("gaze-cli ").count();
                printed = Some(result.stdout + &result.stderr);
            }
            "text" => {
                let Some(printed) = &printed else { continue };
                let (shown, lines): (Vec<&str>, Vec<&str>) = (block.text.lines().collect(), printed.lines().collect());
                assert!(shows(&shown, &lines), "the tutorial shows\n{}\nand this is printed:\n{printed}", block.text);
                outputs += 1;
            }
            // Setting up, which happened already.
            "bash" => {}
            other => panic!("a block of {other}"),
        }
    }
    assert!(commands >= 14 && outputs >= 5, "{commands} commands, {outputs} outputs");

    let mut files = 0;
    for code in prose.split('`').skip(1).step_by(2) {
        let is_file = Path::new(code).extension().is_some_and(|extension| {
            ["html", "csv", "json", "png", "npy", "hdf5"].iter().any(|known| extension == *known)
        });
        if is_file && !code.contains(' ') {
            assert!([folder.path(), &photographs].iter().any(|at| at.join(code).is_file()), "{code} is not there");
            files += 1;
        }
    }
    assert!(files >= 8, "{files} files are named");
}

#[test]
fn an_ellipsis_stands_for_any_lines_and_nothing_else_does() {
    assert!(shows(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(shows(&["a", "…"], &["a"]));
    assert!(!shows(&["a", "…", "d"], &["a", "d", "e"]));
    assert!(!shows(&["a"], &["a", "b"]));
    assert!(shows(&["0.12…"], &["0.123"]) && !shows(&["0.12…"], &["0.13"]) && !shows(&["0.12…"], &["0.12", "3"]));
    assert!(!shows(&["a", "b"], &["a"]));
}
