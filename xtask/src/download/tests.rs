//! Downloads from a server that misbehaves in every way that servers do.

use super::{
    server::{Answer, Server},
    *,
};
use crate::checksum::sha256;

/// Bytes that do not repeat soon, so that a part in the wrong place shows.
fn content() -> Vec<u8> {
    (0..BYTES).map(|index| xtask::random::output(0, index).to_le_bytes()[0]).collect()
}

const BYTES: u64 = 300_000;

/// An item with the right size and hash of `content`.
fn item(folder: &Path) -> Item {
    let path = folder.join("content");
    fs::write(&path, content()).unwrap();
    let sha256 = sha256(&path).unwrap().leak();
    fs::remove_file(path).unwrap();
    let checksum = Checksum::Sha256(sha256);
    Item { name: "file.bin", path: "v1/file.bin", bytes: Some(BYTES), checksum }
}

const HASTE: Patience = Patience { tries: 3, pause: Duration::from_millis(1), stall: Duration::from_millis(400) };

struct Outcome {
    result: Result<PathBuf>,
    requests: Vec<String>,
    folder: tempfile::TempDir,
}

impl Outcome {
    #[track_caller]
    fn check_success(&self, requests: &[&str]) {
        let path = self.result.as_ref().unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(fs::read(path).unwrap(), content());
        assert_eq!(self.requests, requests);
        assert!(!self.folder.path().join("file.bin.partial").exists());
    }

    #[track_caller]
    fn check_failure(&self, requests: usize, message: &str) {
        let error = format!("{:#}", self.result.as_ref().unwrap_err());
        assert!(error.contains(message), "{error}");
        assert_eq!(self.requests.len(), requests, "{:?}", self.requests);
        assert!(!self.folder.path().join("file.bin").exists(), "what is not complete must not look so");
    }
}

/// Fetches from a server with these answers, where `kept` lies from an earlier try.
fn run(answers: &[Answer], kept: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let item = item(folder.path());
    if !kept.is_empty() {
        fs::write(folder.path().join("file.bin.partial"), kept).unwrap();
    }
    let server = Server::new(&content(), answers);
    let result = fetch(&item, &server.url, folder.path(), HASTE);
    Outcome { result, requests: server.requests(), folder }
}

/// An answer that says that the connection ends with it, as it does: else the client's next request may meet the end.
fn raw(head: &str, body: &[u8]) -> Answer {
    let head = format!("{head}\nConnection: close\n\n").replace('\n', "\r\n");
    Answer::Raw([head.as_bytes(), body].concat())
}

const GET: &str = "GET /v1/file.bin";

#[test]
fn a_file_is_fetched_once() {
    let folder = tempfile::tempdir().unwrap();
    let item = item(folder.path());
    let server = Server::new(&content(), &[Answer::File]);
    for _ in 0..2 {
        let path = fetch(&item, &format!("{}/", server.url), folder.path(), HASTE).unwrap();
        assert_eq!(fs::read(path).unwrap(), content());
    }
    assert_eq!(server.requests(), [GET]);
    // A damaged one is replaced.
    fs::write(folder.path().join("file.bin"), "damaged").unwrap();
    fetch(&item, &server.url, folder.path(), HASTE).unwrap();
    assert_eq!(state(&item, &folder.path().join("file.bin")).unwrap(), State::Complete);
}

#[test]
fn what_is_missing_after_a_cut_is_asked_for() {
    run(&[Answer::Cut(100_000), Answer::Cut(50_000), Answer::File], &[]).check_success(&[
        GET,
        &format!("{GET} 100000-"),
        &format!("{GET} 150000-"),
    ]);
}

#[test]
fn what_an_earlier_call_brought_is_kept() {
    run(&[Answer::File], &content()[..299_999]).check_success(&[&format!("{GET} 299999-")]);
    run(&[Answer::File], &content()).check_success(&[]);
}

#[test]
fn a_kept_part_that_is_wrong_costs_one_more_download() {
    run(&[Answer::File], &[7; 1000]).check_success(&[&format!("{GET} 1000-"), GET]);
    run(&[Answer::File], &[7; 300_000]).check_success(&[GET]);
    run(&[Answer::File], &[7; 300_001]).check_success(&[GET]);
}

#[test]
fn a_server_that_ignores_ranges_is_listened_to_from_the_beginning() {
    run(&[Answer::Whole], &content()[..1000]).check_success(&[&format!("{GET} 1000-")]);
}

#[test]
fn a_connection_that_falls_silent_is_left() {
    run(&[Answer::Silent(1000), Answer::File], &[]).check_success(&[GET, &format!("{GET} 1000-")]);
}

#[test]
fn a_connection_that_is_reset_is_made_again() {
    let outcome = run(&[Answer::Reset(1000), Answer::File], &[]);
    outcome.check_success(&[GET, &outcome.requests[1]]);
    assert!(outcome.requests[1].starts_with("GET /v1/file.bin"));
}

#[test]
fn a_server_that_is_busy_or_broken_is_asked_again() {
    let busy = raw("HTTP/1.1 503 Busy\nRetry-After: 0\nContent-Length: 0", b"");
    let garbage = Answer::Raw(b"\0\xff garbage \r\n\r\n".to_vec());
    let nothing = Answer::Raw(Vec::new());
    for bad in [busy, garbage, nothing] {
        run(&[bad.clone(), bad, Answer::File], &[]).check_success(&[GET, GET, GET]);
    }
}

#[test]
fn patience_ends() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = run(&[raw("HTTP/1.1 500 Oops\nContent-Length: 0", b"")], &[]);
    outcome.check_failure(3, "500");
    outcome.check_failure(3, "file.bin could not be fetched in 3 tries");
    // A port where nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = fetch(&item(folder.path()), &format!("http://{free}"), folder.path(), HASTE).unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("is this machine offline?") && error.contains("--from-file"), "{error}");
    // The connection ends each time after a few bytes: they are kept for the next call.
    let outcome = run(&[Answer::Cut(1000)], &[]);
    outcome.check_failure(3, "the connection");
    assert_eq!(fs::read(outcome.folder.path().join("file.bin.partial")).unwrap(), content()[..3000]);
}

#[test]
fn a_file_that_is_not_there_is_asked_for_once() {
    run(&[raw("HTTP/1.1 404 Not Found\nContent-Length: 0", b"")], &[]).check_failure(1, "404 Not Found");
    run(&[raw("HTTP/1.1 403 Forbidden\nContent-Length: 0", b"")], &[]).check_failure(1, "403 Forbidden");
}

#[test]
fn another_file_is_recognised_before_and_after_it_is_fetched() {
    let page = raw("HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 13", b"<html></html>");
    run(&[page], &[]).check_failure(1, "has 13 bytes (text/html) instead of 300000: this is another file");
    // The same size, but one other byte.
    let mut other = content();
    other[150_000] ^= 1;
    let head = "HTTP/1.1 200 OK\nContent-Length: 300000";
    let outcome = run(&[raw(head, &other)], &[]);
    outcome.check_failure(1, "serves another file than the one that is known here: SHA-256");
    assert!(!outcome.folder.path().join("file.bin.partial").exists());
}

#[test]
fn a_server_that_lies_about_the_length_is_not_believed() {
    // No length at all, and too much.
    let head = "HTTP/1.1 200 OK";
    run(&[raw(head, &[content(), vec![0; 100_000]].concat())], &[]).check_failure(1, "is larger than the 300000 bytes");
    // No length at all, and too little, and then all.
    let outcome = run(&[raw(head, &content()[..1000]), raw(head, &content())], &[]);
    outcome.check_success(&[GET, &format!("{GET} 1000-")]);
    // The right length, but less follows.
    let head = "HTTP/1.1 200 OK\nContent-Length: 300000";
    run(&[raw(head, &content()[..5]), Answer::File], &[]).check_success(&[GET, &format!("{GET} 5-")]);
    // Another total than the file's, and another part than was asked for.
    let head = "HTTP/1.1 206 Partial Content\nContent-Length: 9\nContent-Range: bytes 1000-1008/1009";
    run(&[raw(head, &[0; 9])], &content()[..1000]).check_failure(1, "has 1009 bytes");
    let head = "HTTP/1.1 206 Partial Content\nContent-Length: 9\nContent-Range: bytes 0-8/300000";
    run(&[raw(head, &[0; 9])], &content()[..1000]).check_failure(1, "answers with bytes from 0 on");
}

#[test]
fn redirections_are_followed_with_the_range() {
    let folder = tempfile::tempdir().unwrap();
    let item = item(folder.path());
    let storage = Server::new(&content(), &[Answer::File]);
    let head = format!("HTTP/1.1 302 Found\nLocation: {}/elsewhere\nContent-Length: 0", storage.url);
    let front = Server::new(&content(), &[raw(&head, b"")]);
    fs::write(folder.path().join("file.bin.partial"), &content()[..1000]).unwrap();
    fetch(&item, &front.url, folder.path(), HASTE).unwrap();
    assert_eq!(storage.requests(), ["GET /elsewhere 1000-"]);
    // One that leads back to itself.
    let head = "HTTP/1.1 302 Found\nLocation: /v1/file.bin\nContent-Length: 0";
    let outcome = run(&[raw(head, b"")], &[]);
    let error = format!("{:#}", outcome.result.unwrap_err());
    assert!(error.contains("redirect"), "{error}");
}

#[test]
fn a_file_from_elsewhere_is_checked_and_copied() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let item = item(folder.path());
    let from = elsewhere.path().join("downloaded (1).bin");
    assert!(take(&item, &from, folder.path()).unwrap_err().to_string().contains("does not exist"));
    fs::write(&from, &content()[1..]).unwrap();
    let error = take(&item, &from, folder.path()).unwrap_err().to_string();
    assert!(error.contains("is not file.bin: it has 299999 bytes instead of 300000"), "{error}");
    fs::write(&from, content()).unwrap();
    assert_eq!(fs::read(take(&item, &from, folder.path()).unwrap()).unwrap(), content());
    assert!(from.exists());
}

/// As `item`, of which only the MD5 is known, or nothing.
fn lesser(folder: &Path, checksum: Checksum) -> Item {
    Item { bytes: None, checksum, ..item(folder) }
}

/// Of `content`.
const MD5: Checksum = Checksum::Md5("c09ed37deba3a7b78abda79eae262caf");

fn run_lesser(checksum: Checksum, answers: &[Answer], kept: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let item = lesser(folder.path(), checksum);
    if !kept.is_empty() {
        fs::write(folder.path().join("file.bin.partial"), kept).unwrap();
    }
    let server = Server::new(&content(), answers);
    let result = fetch_from(&item, &format!("{}/v1/file.bin", server.url), folder.path(), HASTE);
    Outcome { result, requests: server.requests(), folder }
}

#[test]
fn a_size_that_is_not_known_is_learned_from_the_server() {
    run_lesser(MD5, &[Answer::Cut(100_000), Answer::File], &[]).check_success(&[GET, &format!("{GET} 100000-")]);
    run_lesser(MD5, &[Answer::File], &content()[..1000]).check_success(&[&format!("{GET} 1000-")]);
    // All was there, but the call that brought it was interrupted: the server has nothing after it.
    let beyond = raw("HTTP/1.1 416 Range Not Satisfiable\nContent-Length: 0", b"");
    let all = format!("{GET} 300000-");
    run_lesser(MD5, &[beyond, Answer::File], &content()).check_success(&[&all, GET]);
    // Another version was kept.
    run_lesser(MD5, &[Answer::File], &[7; 1000]).check_success(&[&format!("{GET} 1000-"), GET]);
    // Without a length only the end of the connection tells.
    let head = "HTTP/1.1 200 OK";
    run_lesser(MD5, &[raw(head, &content())], &[]).check_success(&[GET]);
    let outcome = run_lesser(MD5, &[raw(head, &content()[1..])], &[]);
    outcome.check_failure(1, "serves another file than the one that is known here: MD5 ");
}

#[test]
fn without_a_checksum_no_earlier_part_is_kept_and_no_page_is_taken() {
    run_lesser(Checksum::Unknown, &[Answer::File], &[7; 1000]).check_success(&[GET]);
    run_lesser(Checksum::Unknown, &[Answer::Cut(1000), Answer::File], &[])
        .check_success(&[GET, &format!("{GET} 1000-")]);
    let page = raw("HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nContent-Length: 13", b"<html></html>");
    run_lesser(Checksum::Unknown, &[page], &[]).check_failure(1, "answers with a page instead of a file");
    let outcome = run_lesser(Checksum::Unknown, &[Answer::Cut(1000)], &[]);
    let error = format!("{:#}", outcome.result.as_ref().unwrap_err());
    assert!(!error.contains("are kept"), "{error}");
}
