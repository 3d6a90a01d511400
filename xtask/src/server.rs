//! A server for the files of one folder, on this machine alone: `cargo xtask web --serve`, and the tests of the page.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What a host should send with each file of the page; docs/WEB.md explains it.
pub const HEADERS: [(&str, &str); 6] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; \
         connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Embedder-Policy", "require-corp"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache"),
];

/// The most bytes of a request's head, and how long it is waited for.
const HEAD: u64 = 16 << 10;
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Serves a folder on a port of this machine; 0 takes a free one.
    ///
    /// # Errors
    ///
    /// The system's error if the port is taken.
    pub fn start(folder: &Path, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let (stopped, requests) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let server = Self { address, stopped: Arc::clone(&stopped), requests: Arc::clone(&requests) };
        let folder = folder.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                requests.fetch_add(1, Ordering::SeqCst);
                let folder = folder.clone();
                // A browser that goes away in the middle of an answer is no problem of ours.
                thread::spawn(move || stream.and_then(|stream| answer(stream, &folder)));
            }
        });
        Ok(server)
    }

    /// The address of the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The number of connections so far.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // The listener wakes up and sees it.
        drop(TcpStream::connect(self.address));
    }
}

fn answer(mut stream: TcpStream, folder: &Path) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(Read::take(&stream, HEAD)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let file = file(folder, target).and_then(|path| Some((kind(&path), fs::read(path).ok()?)));
    let (status, kind, body) = match (method, file) {
        ("GET" | "HEAD", Some((kind, body))) => ("200 OK", kind, body),
        ("GET" | "HEAD", None) => ("404 Not Found", "text/plain", b"There is no such file.".to_vec()),
        _ => ("405 Method Not Allowed", "text/plain", b"Files are read here.".to_vec()),
    };
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in HEADERS {
        head += &format!("{name}: {value}\r\n");
    }
    head += "Connection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()?;
    stream.shutdown(Shutdown::Write)
}

/// The file of the folder itself that a request names: no folder in between, nothing hidden.
fn file(folder: &Path, target: &str) -> Option<PathBuf> {
    let name = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let name = if name.is_empty() { "index.html" } else { name };
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_');
    (!name.starts_with('.') && name.chars().all(plain)).then(|| folder.join(name))
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(format!("{request}\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn files_of_the_folder_are_served_with_their_types_and_no_others() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("page");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("index.html"), "<p>hello").unwrap();
        fs::write(folder.join("a.wasm"), "x").unwrap();
        fs::write(folder.join(".hidden"), "x").unwrap();
        fs::write(outer.path().join("secret"), "x").unwrap();
        let server = Server::start(&folder, 0).unwrap();
        for target in ["/", "/index.html?x=1"] {
            let found = get(&server, &format!("GET {target} HTTP/1.1"));
            assert!(
                found.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html") && found.ends_with("\r\n\r\n<p>hello"),
                "{found}"
            );
            assert!(found.contains("Content-Security-Policy: default-src 'none'"), "{found}");
        }
        assert!(get(&server, "GET /a.wasm HTTP/1.1").contains("Content-Type: application/wasm\r\n"));
        assert!(get(&server, "HEAD /a.wasm HTTP/1.1").ends_with("\r\n\r\n"));
        for target in ["/../secret", "/%2e%2e/secret", "/.hidden", "/nothing", "secret"] {
            assert!(get(&server, &format!("GET {target} HTTP/1.1")).starts_with("HTTP/1.1 404"), "{target}");
        }
        assert!(get(&server, "POST / HTTP/1.1").starts_with("HTTP/1.1 405"));
        assert_eq!(server.requests(), 10);
        let address = server.address;
        drop(server);
        thread::sleep(Duration::from_millis(200));
        assert!(TcpStream::connect(address).is_err(), "it has stopped");
    }
}
