//! pip, which knows where packages come from on this machine.

use std::{
    fs,
    io::{BufRead, BufReader, IsTerminal, stdout},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::setup::{explained, requirements::Requirement};

/// A Python that has pip.
pub(crate) struct Pip {
    python: &'static str,
}

impl Pip {
    pub(crate) fn find() -> Result<Self> {
        let mut without_pip = None;
        for python in ["python3", "python"] {
            let Ok(output) = Command::new(python).args(["-m", "pip", "--version"]).output() else { continue };
            if output.status.success() {
                return Ok(Self { python });
            }
            without_pip.get_or_insert(python);
        }
        let choice = "or set LIBTORCH to a libtorch 2.11.0 that you have";
        match without_pip {
            Some(python) => bail!(
                "`{python}` has no pip, which downloads libtorch; get it with `{python} -m ensurepip --user` or your \
                 system's package manager (python3-pip), {choice}"
            ),
            None => bail!("there is no `python3` or `python` here, whose pip downloads libtorch; install it, {choice}"),
        }
    }

    /// Downloads one wheel into `folder`; nothing is there until it is complete.
    pub(crate) fn download(&self, requirement: &Requirement, folder: &Path) -> Result<()> {
        let pin = folder.join("wanted.txt");
        fs::write(&pin, requirement.line()).map_err(|error| explained(error, &pin))?;
        let mut command = Command::new(self.python);
        command.args(["-m", "pip", "download", "--progress-bar", "on", "--disable-pip-version-check"]);
        if !stdout().is_terminal() {
            command.arg("--quiet");
        }
        // A cache would keep a second copy of everything.
        command.args(["--no-input", "--no-cache-dir", "--no-deps", "--require-hashes", "--only-binary", ":all:"]);
        // The pins are wheels for one Python, whichever Python runs pip: only the libraries inside are of interest.
        command.args(["--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"]);
        for platform in platforms() {
            command.arg("--platform").arg(platform);
        }
        // What pip has downloaded in part lies in the temporary folder: on the disk that has the room for it.
        let temporary = folder.join("tmp");
        let _ = fs::remove_dir_all(&temporary);
        fs::create_dir_all(&temporary).map_err(|error| explained(error, &temporary))?;
        command.env("TMPDIR", &temporary);
        command.arg("--dest").arg(folder).arg("--requirement").arg(&pin);

        let mut child = command.stderr(Stdio::piped()).spawn().with_context(|| format!("starting {}", self.python))?;
        let mut said = String::new();
        if let Some(stderr) = child.stderr.take() {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                eprintln!("{line}");
                said += &line;
                said.push('\n');
            }
        }
        let status = child.wait().context("waiting for pip")?;
        let _ = fs::remove_dir_all(&temporary);
        let _ = fs::remove_file(&pin);
        if status.success() {
            return Ok(());
        }
        bail!("pip could not download {} {}: {}", requirement.name, requirement.version, reason(&said))
    }
}

/// Every kind of wheel that may be among the pins; pip takes none that is not named.
fn platforms() -> Vec<String> {
    let mut platforms: Vec<String> = (5..=28).rev().map(|minor| format!("manylinux_2_{minor}_x86_64")).collect();
    platforms.extend(["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"].map(str::to_owned));
    platforms
}

/// What pip's words mean, as advice.
fn reason(said: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["No space left on device"]) {
        "the disk is full. Make room and run `cargo xtask setup` again; wheels that are complete are kept"
    } else if has(&["DO NOT MATCH THE HASHES"]) {
        "what was served is not the pinned file (SHA-256 differs). Run `cargo xtask setup` again; if this repeats, \
         look at `pip config list` for where pip downloads from"
    } else if has(&["NewConnectionError", "NameResolutionError", "Temporary failure in name", "Network is unreachable"])
        || has(&["ConnectTimeoutError", "ReadTimeoutError", "ProxyError", "Connection broken", "SSLError"])
    {
        "the network or the package index cannot be reached. Connect (behind a proxy: set HTTPS_PROXY) and run \
         `cargo xtask setup` again; wheels that are complete are kept"
    } else if has(&["No matching distribution", "Could not find a version"]) {
        "the index that pip uses does not offer this version. Is it reachable, and complete? See `pip config list`"
    } else if has(&["no such option"]) {
        "this pip is too old. Get a newer one with `python3 -m pip install --user --upgrade pip`"
    } else {
        "its own message is above. Run `cargo xtask setup` again; wheels that are complete are kept"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_reason(said: &str, expected: &str) {
        assert!(reason(said).contains(expected), "{said}: {}", reason(said));
    }

    #[test]
    fn the_causes_that_a_person_can_remove_are_recognised() {
        check_reason("OSError: [Errno 28] No space left on device", "disk is full");
        check_reason("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "SHA-256");
        check_reason("Retrying after NewConnectionError: … \nERROR: No matching distribution found", "network");
        check_reason("ERROR: No matching distribution found for torch==2.11.0", "does not offer");
        check_reason("something new", "above");
    }
}
