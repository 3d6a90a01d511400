//! Datasets from a server on this machine.

use std::{collections::BTreeSet, io::Write, time::Duration};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::{
    checksum::sha256,
    download::{
        Item,
        server::{Answer, Server},
    },
};

const HASTE: Patience = Patience { tries: 2, pause: Duration::from_millis(1), stall: Duration::from_millis(400) };

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn sum(bytes: &[u8]) -> Checksum {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), bytes).unwrap();
    Checksum::Sha256(sha256(&folder.path().join("a")).unwrap().leak())
}

/// A set of one source at a server.
fn set(server: &Server, checksum: Checksum, then: Then) -> Set {
    let url: &'static str = format!("{}/it.zip", server.url).leak();
    let item = Item { name: "it.zip", path: "it.zip", bytes: None, checksum };
    let sources: &'static [Source] = vec![Source { url, item, then }].leak();
    Set { name: "it", title: "It", home: "here", terms: "none", sources }
}

#[test]
fn an_archive_is_fetched_once_unpacked_and_removed() {
    let bytes = zip(&[("DATA/a.txt", "a"), ("DATA/b/c.txt", "c")]);
    // The connection ends once in the middle.
    let server = Server::new(&bytes, &[Answer::Cut(40), Answer::File]);
    let set = set(&server, sum(&bytes), Then::Unpack("below"));
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        fetch(&set, folder.path(), &From::Authors, HASTE).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("below/DATA/b/c.txt")).unwrap(), "c");
    }
    assert_eq!(server.requests(), ["GET /it.zip", "GET /it.zip 40-"]);
    assert!(!folder.path().join(".fetch/it.zip").exists());
}

#[test]
fn a_mirror_and_a_folder_serve_as_well() {
    let server = Server::new(b"gaze", &[Answer::File]);
    let elsewhere = Server::new(b"gaze", &[Answer::File]);
    let set = set(&server, sum(b"gaze"), Then::Keep("fixations/it.json"));
    let [mirrored, copied] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    fetch(&set, mirrored.path(), &From::Mirror(&format!("{}/m/", elsewhere.url)), HASTE).unwrap();
    assert_eq!((server.requests().len(), elsewhere.requests()), (0, vec!["GET /m/it.zip".to_owned()]));
    let files = tempfile::tempdir().unwrap();
    let error = fetch(&set, copied.path(), &From::Files(files.path()), HASTE).unwrap_err();
    assert!(format!("{error:#}").contains("it.zip does not exist"), "{error:#}");
    fs::write(files.path().join("it.zip"), "gaze").unwrap();
    fetch(&set, copied.path(), &From::Files(files.path()), HASTE).unwrap();
    for folder in [mirrored, copied] {
        assert_eq!(fs::read_to_string(folder.path().join("fixations/it.json")).unwrap(), "gaze");
    }
}

#[test]
fn another_file_is_refused_and_not_unpacked() {
    let server = Server::new(&zip(&[("a.txt", "a")]), &[Answer::File]);
    let folder = tempfile::tempdir().unwrap();
    let set = set(&server, sum(b"something else"), Then::Unpack(""));
    let error = format!("{:#}", fetch(&set, folder.path(), &From::Authors, HASTE).unwrap_err());
    assert!(error.contains("serves another file than the one that is known here"), "{error}");
    assert!(!folder.path().join("a.txt").exists());
}

#[test]
fn of_a_repository_only_the_data_is_kept_and_checked() {
    let bytes = zip(&[("repo-master/data/eye/f.mat", "f"), ("repo-master/src/a.m", "a"), ("repo-master/LICENSE", "l")]);
    let server = Server::new(&bytes, &[Answer::File]);
    for (known, right) in [(sum(b"f"), true), (sum(b"g"), false)] {
        let folder = tempfile::tempdir().unwrap();
        let then = Then::Repository { wanted: &["data/", "LICENSE"], file: "data/eye/f.mat", checksum: known };
        let result = fetch(&set(&server, Checksum::Unknown, then), folder.path(), &From::Authors, HASTE);
        assert!(!folder.path().join("src").exists());
        assert_eq!(folder.path().join(".fetch/it.zip.done").exists(), right);
        match result {
            Ok(()) => assert!(right && folder.path().join("LICENSE").exists()),
            Err(error) => assert!(!right && format!("{error:#}").contains("is another file than"), "{error:#}"),
        }
    }
}

#[test]
fn an_interrupted_unpacking_begins_anew_without_a_download() {
    let bytes = zip(&[("a.txt", "a"), ("../evil", "e")]);
    let server = Server::new(&bytes, &[Answer::File]);
    let set = set(&server, sum(&bytes), Then::Unpack("data"));
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let error = format!("{:#}", fetch(&set, folder.path(), &From::Authors, HASTE).unwrap_err());
        assert!(error.contains("it.zip is kept: ") && error.contains("\"../evil\" leads out of the folder"), "{error}");
    }
    assert_eq!(server.requests().len(), 1);
    assert!(!folder.path().join("evil").exists());
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "").unwrap();
    let server = Server::new(b"", &[Answer::File]);
    let set = set(&server, sum(b""), Then::Keep("a"));
    let error = fetch(&set, folder.path(), &From::Authors, HASTE).unwrap_err().to_string();
    assert!(error.contains("holds other files"), "{error}");
    assert!(!folder.path().join(".fetch").exists());
}

#[test]
fn wrong_words_are_answered_with_the_names() {
    let run = |words: &[&str]| {
        run(&Workspace::find().unwrap(), Args::new("fetch-data", words.iter().map(ToString::to_string).collect()))
    };
    let error = run(&[]).unwrap_err().to_string();
    assert!(error.starts_with("which dataset? There are osie, eyecrowd, mit1003,"), "{error}");
    assert!(run(&["osie2"]).unwrap_err().to_string().contains("no dataset \"osie2\" is known; there are osie,"));
    let error = run(&["osie", "--mirror", "ftp://a"]).unwrap_err().to_string();
    assert!(error.contains("must begin with http"), "{error}");
    let error = run(&["osie", "--mirror", "http://a", "--from-file", "b"]).unwrap_err().to_string();
    assert!(error.contains("exclude each other"), "{error}");
    run(&["--list"]).unwrap();
}

#[test]
fn the_table_is_sound() {
    let names: BTreeSet<_> = SETS.iter().map(|set| set.name).collect();
    assert_eq!(names.len(), SETS.len());
    for set in SETS {
        let files: BTreeSet<_> = set.sources.iter().map(|source| source.item.name).collect();
        assert_eq!(files.len(), set.sources.len(), "{}", set.name);
        for Source { url, item, then } in set.sources {
            assert!(url.starts_with("http") && !item.name.contains('/'), "{url}");
            let inner = if let Then::Repository { checksum, .. } = then { *checksum } else { item.checksum };
            let (algorithm, value) = inner.parts().expect("every source is checked in some way");
            assert_eq!(value.len(), if algorithm == "MD5" { 32 } else { 64 }, "{url}");
            assert!(value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{url}");
        }
    }
}
