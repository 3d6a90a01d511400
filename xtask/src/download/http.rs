//! One request, and what its failure means: to try again, or to give up.

use std::{io::Read, time::Duration};

use anyhow::{Error, anyhow};
use ureq::{Agent, http::Response};

/// Why a request did not bring what was asked for.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may pass: the network, or a busy server.
    Passing {
        error: Error,
        /// How long the server asks to wait.
        wait: Option<Duration>,
    },
    /// Another try would end the same.
    Final(Error),
    /// The file has no byte from which the rest was asked for.
    Beyond,
}

impl Failure {
    pub(super) fn passing(error: Error) -> Self {
        Self::Passing { error, wait: None }
    }
}

/// The part of a file that a server sends.
pub(super) struct Body {
    /// The first byte's place in the file.
    pub(super) from: u64,
    /// The size of the whole file, where the server says it.
    pub(super) total: Option<u64>,
    /// Whether it is sent as HTML, as error pages and requests for consent are.
    pub(super) is_page: bool,
    pub(super) reader: Box<dyn Read>,
}

/// The longest pause that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Sends requests. It follows redirections, and uses the proxy of the environment but for this machine itself.
pub(super) struct Client {
    agent: Agent,
}

impl Client {
    pub(super) fn new(url: &str, stall: Duration) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .user_agent(concat!("gaze-xtask/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(stall))
            .timeout_recv_response(Some(stall))
            .timeout_per_read(Some(stall));
        if ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|local| url.starts_with(local)) {
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent() }
    }

    /// Asks for a file, from a byte on; `size` is the whole file's, where it is known.
    pub(super) fn get(&self, url: &str, from: u64, size: Option<u64>) -> Result<Body, Failure> {
        // The bytes as they are: a range of a compressed file would be something else.
        let mut request = self.agent.get(url).header("Accept-Encoding", "identity");
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let response = request.call().map_err(|error| meaning(error, url))?;
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let found = match response.status().as_u16() {
            200 => (0, header("Content-Length").and_then(|length| length.trim().parse().ok())),
            206 => match header("Content-Range").and_then(parse_range) {
                Some((start, total)) if start == from => (from, total),
                found => {
                    return Err(Failure::Final(anyhow!(
                        "{url}: the server was asked for bytes from {from} on and answers with {}",
                        found.map_or("no range".into(), |(start, _)| format!("bytes from {start} on"))
                    )));
                }
            },
            416 if from > 0 => return Err(Failure::Beyond),
            _ => return Err(refusal(&response, url)),
        };
        let (from, total) = found;
        if let (Some(total), Some(size)) = (total, size)
            && total != size
        {
            let kind = header("Content-Type").unwrap_or("no type");
            return Err(Failure::Final(anyhow!(
                "{url} has {total} bytes ({kind}) instead of {size}: this is another file"
            )));
        }
        let is_page = header("Content-Type").is_some_and(|kind| kind.trim_start().starts_with("text/html"));
        Ok(Body { from, total, is_page, reader: Box::new(response.into_body().into_reader()) })
    }
}

/// First byte and total size of `bytes 5-9/10`; the size may be `*`.
fn parse_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = if total == "*" { None } else { Some(total.parse().ok()?) };
    Some((start.parse().ok()?, total))
}

fn refusal<B>(response: &Response<B>, url: &str) -> Failure {
    let status = response.status();
    let error = anyhow!("{url}: the server answers `{status}`");
    // Request timeout, too early, too many requests, and all that the server calls its own fault.
    if !matches!(status.as_u16(), 408 | 425 | 429 | 500..) {
        return Failure::Final(error);
    }
    let asked = response.headers().get("Retry-After").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Failure::Passing { error, wait: asked.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)) }
}

fn meaning(error: ureq::Error, url: &str) -> Failure {
    use ureq::Error as E;
    let last = matches!(
        error,
        E::BadUri(_) | E::TooManyRedirects | E::RedirectFailed | E::InvalidProxyUrl | E::Tls(_) | E::TlsRequired
    );
    // A certificate that is not valid comes as an error of reading.
    let certificate = error.to_string().contains("certificate");
    let error = Error::new(error).context(url.to_owned());
    if last || certificate { Failure::Final(error) } else { Failure::passing(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_understood() {
        assert_eq!(parse_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(parse_range("bytes 0-0/*"), Some((0, None)));
        for wrong in ["", "bytes */10", "bytes 5-9", "lines 5-9/10", "bytes x-9/10", "bytes 5-9/x"] {
            assert_eq!(parse_range(wrong), None, "{wrong}");
        }
    }
}
