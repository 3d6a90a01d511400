//! A server on this machine that answers each request as a test says, and remembers what was asked.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// How to answer one request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Exactly these bytes, and then the end of the connection.
    Raw(Vec<u8>),
    /// The file, or the part that is asked for.
    File,
    /// The whole file, whatever part is asked for.
    Whole,
    /// As `File`, but the connection ends after so many bytes of the body.
    Cut(usize),
    /// As `Cut`, and the connection is reset.
    Reset(usize),
    /// As `Cut`, and the connection stays open.
    Silent(usize),
}

/// A server for one file.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the first request with the first answer, and so on; the last one serves all that follow.
    pub(crate) fn new(file: &[u8], answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, file, answers) = (Arc::clone(&requests), file.to_vec(), answers.to_vec());
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let answer = answers[number.min(answers.len() - 1)].clone();
                let (log, file) = (Arc::clone(&log), file.clone());
                // The client may leave at any time, so errors of writing mean nothing.
                thread::spawn(move || stream.map(|stream| serve(stream, &file, &answer, &log)));
            }
        });
        Self { url, requests }
    }

    /// The request lines so far, each with its range.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, file: &[u8], answer: &Answer, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
    // The last byte stays unread, so that closing early resets the connection (RFC 1122, section 4.2.2.13).
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut request = head.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
    let mut from = None;
    for line in head.lines().map(str::to_ascii_lowercase) {
        if let Some(range) = line.strip_prefix("range: bytes=") {
            request += &format!(" {range}");
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    log.lock().unwrap().push(request);
    let from: usize = if matches!(answer, Answer::Whole) { 0 } else { from.unwrap_or(0) };
    let rest = &file[from.min(file.len())..];
    let head = if from > 0 {
        let last = file.len() - 1;
        format!("206 Partial Content\r\nContent-Range: bytes {from}-{last}/{}", file.len())
    } else {
        "200 OK".into()
    };
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", rest.len());
    let cut = match *answer {
        Answer::Raw(ref bytes) => {
            stream.write_all(bytes)?;
            return stream.read_exact(&mut byte);
        }
        Answer::File | Answer::Whole => rest.len(),
        Answer::Cut(length) | Answer::Reset(length) | Answer::Silent(length) => length.min(rest.len()),
    };
    stream.write_all(head.as_bytes())?;
    stream.write_all(&rest[..cut])?;
    stream.flush()?;
    match answer {
        // Until the client leaves.
        Answer::Silent(_) => while stream.read(&mut byte)? > 0 {},
        // What was sent shall arrive before the connection is reset.
        Answer::Reset(_) => {
            thread::sleep(Duration::from_millis(100));
            return Ok(());
        }
        _ => {}
    }
    stream.read_exact(&mut byte)
}
