//! Chromium without a window, spoken to through two pipes: messages of the `DevTools` protocol, JSON with a zero byte behind each.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The longest that anything is waited for: a 12-megapixel picture on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(100);

/// A browser with one page.
pub(super) struct Browser {
    process: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    session: Option<String>,
    messages: u64,
    /// Events that came while something else was awaited.
    pub(super) events: VecDeque<Value>,
    _profile: TempDir,
}

impl Browser {
    pub(super) fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // Chromium reads from the third file and writes to the fourth; a shell puts our pipes there.
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"]).arg(program).args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--remote-debugging-pipe",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let messages = BufReader::new(output).split(0).map_while(Result::ok);
            // The test may have ended.
            let _ = messages
                .map(|bytes| serde_json::from_slice(&bytes).unwrap())
                .try_for_each(|message| sender.send(message));
        });
        let mut browser = Self {
            process,
            input,
            output: receiver,
            session: None,
            messages: 0,
            events: VecDeque::new(),
            _profile: profile,
        };
        let target = browser.send("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.send("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        // The worker and the service worker are watched like the page.
        browser
            .send("Target.setAutoAttach", json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}));
        for domain in ["Page", "Runtime", "Log", "Network", "DOM"] {
            browser.send(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Sends a message and returns the answer.
    #[track_caller]
    pub(super) fn send(&mut self, method: &str, parameters: Value) -> Value {
        let session = self.session.clone();
        self.send_to(session.as_deref(), method, parameters)
    }

    #[track_caller]
    fn send_to(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.messages += 1;
        let id = self.messages;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.input.write_all(&bytes).unwrap();
        self.input.flush().unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(answer) if answer["id"] == id => {
                    assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                    return answer["result"].clone();
                }
                Ok(event) => self.keep(event),
                Err(RecvTimeoutError::Timeout) => panic!("{method} is not answered"),
                Err(RecvTimeoutError::Disconnected) => panic!("Chromium has ended before it answered {method}"),
            }
        }
    }

    /// Keeps an event, and begins to watch a thread of the page that is new and waits for it.
    fn keep(&mut self, event: Value) {
        if event["method"] == "Target.attachedToTarget" && self.session.is_some() {
            let session = event["params"]["sessionId"].clone();
            for method in ["Runtime.enable", "Log.enable", "Network.enable", "Runtime.runIfWaitingForDebugger"] {
                self.messages += 1;
                let mut bytes =
                    serde_json::to_vec(&json!({"id": self.messages, "method": method, "sessionId": session})).unwrap();
                bytes.push(0);
                self.input.write_all(&bytes).unwrap();
            }
        }
        self.events.push_back(event);
    }

    /// Evaluates an expression on the page.
    #[track_caller]
    pub(super) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.send("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true on the page.
    #[track_caller]
    pub(super) fn wait_for(&mut self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        while self.evaluate(expression) != true {
            if Instant::now() > end {
                let said = self.evaluate("document.body.innerText");
                panic!("it never came true: {expression}; the page says {said}; events: {:?}", self.errors());
            }
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// Has what the page offers for saving written into a folder, and is told when it is done.
    pub(super) fn save_into(&mut self, folder: &Path) {
        let behavior = json!({"behavior": "allow", "downloadPath": folder, "eventsEnabled": true});
        self.send("Browser.setDownloadBehavior", behavior);
    }

    /// Waits until a file that the page offered is written whole: Chromium makes an empty file of that name first.
    #[track_caller]
    pub(super) fn wait_for_saved(&mut self, name: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.is_saved(name) {
            let patience = end.saturating_duration_since(Instant::now());
            let event = self.output.recv_timeout(patience).unwrap_or_else(|e| panic!("{name} was not saved: {e}"));
            self.keep(event);
        }
    }

    fn is_saved(&self, name: &str) -> bool {
        let events = |method: &'static str| self.events.iter().filter(move |event| event["method"] == method);
        let mut begun = events("Browser.downloadWillBegin");
        let Some(begun) = begun.find(|event| event["params"]["suggestedFilename"] == name) else { return false };
        events("Browser.downloadProgress")
            .any(|event| event["params"]["guid"] == begun["params"]["guid"] && event["params"]["state"] == "completed")
    }

    /// Opens an address and waits until the model is loaded.
    pub(super) fn open(&mut self, url: &str) {
        self.send("Page.navigate", json!({"url": url}));
        self.wait_for("document.documentElement?.dataset.ready === 'yes'");
    }

    /// Chooses a file in an input, as a person would.
    pub(super) fn choose(&mut self, input: &str, file: &Path) {
        // Chromium reads no file whose path goes up.
        let file = file.canonicalize().unwrap();
        let root = self.send("DOM.getDocument", json!({}))["root"]["nodeId"].clone();
        let node = self.send("DOM.querySelector", json!({"nodeId": root, "selector": input}))["nodeId"].clone();
        self.send("DOM.setFileInputFiles", json!({"nodeId": node, "files": [file]}));
    }

    /// Draws from one place to another with the mouse, in parts of an element.
    pub(super) fn drag(&mut self, element: &str, from: [f64; 2], to: [f64; 2]) {
        let frame = self.evaluate(&format!(
            "(() => {{ const e = document.querySelector('{element}'); e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height] }})()"
        ));
        let number = |index: usize| frame[index].as_f64().unwrap();
        let place = |[x, y]: [f64; 2]| [number(0) + x * number(2), number(1) + y * number(3)];
        let (from, to) = (place(from), place(to));
        let middle = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
        for (kind, [x, y]) in
            [("mousePressed", from), ("mouseMoved", middle), ("mouseMoved", to), ("mouseReleased", to)]
        {
            let buttons = u8::from(kind != "mouseReleased");
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1});
            self.send("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key.
    pub(super) fn press(&mut self, key: &str, code: u32, modifiers: u32) {
        for kind in ["keyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers});
            self.send("Input.dispatchKeyEvent", event);
        }
    }

    /// Lists what went wrong so far: exceptions, and errors on the console.
    pub(super) fn errors(&self) -> Vec<String> {
        let is_error = |event: &&Value| match event["method"].as_str() {
            Some("Runtime.exceptionThrown") => true,
            Some("Log.entryAdded") => event["params"]["entry"]["level"] == "error",
            Some("Runtime.consoleAPICalled") => matches!(event["params"]["type"].as_str(), Some("error" | "assert")),
            _ => false,
        };
        self.events.iter().filter(is_error).map(|event| event["params"].to_string()).collect()
    }

    /// Lists the addresses that were asked for, by the page or one of its threads.
    pub(super) fn requested(&self) -> Vec<String> {
        let sent = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        sent.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It closes its own processes; what does not listen is ended.
        let close = b"{\"id\":0,\"method\":\"Browser.close\"}\0";
        if self.input.write_all(close).and_then(|()| self.input.flush()).is_ok() {
            let end = Instant::now() + Duration::from_secs(5);
            while Instant::now() < end {
                if matches!(self.process.try_wait(), Ok(Some(_))) {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
