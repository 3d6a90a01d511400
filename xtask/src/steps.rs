//! Programs run one after another, each with a headline and its time; the first failure stops and can be repeated.

use std::{process::Command, time::Instant};

use anyhow::{Context, Result, bail};

/// Runs one program under a headline.
pub(crate) fn step(headline: &str, command: &mut Command) -> Result<()> {
    timed(headline, || {
        let repeat = shown(command);
        let status = command.status().with_context(|| format!("starting `{repeat}`"))?;
        if status.success() {
            return Ok(());
        }
        bail!("{headline} failed ({status})\n  to repeat it: {repeat}")
    })
}

/// Does something under a headline.
pub(crate) fn timed(headline: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n=== {headline}");
    let start = Instant::now();
    work()?;
    println!("=== {headline}: done in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// A command as it can be typed at the root of the repository, with the variables that were set for it.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.display(), quoted(&value.to_string_lossy())));
        }
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let name = std::path::Path::new(&program).file_name().map(|name| name.to_string_lossy().into_owned());
    words.push(match name {
        Some(name) if name == "cargo" => name,
        _ => quoted(&program),
    });
    words.extend(command.get_args().map(|word| quoted(&word.to_string_lossy())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./=:,+@%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["doc", "--no-deps", "it's"]).env("RUSTDOCFLAGS", "-D warnings");
        assert_eq!(shown(&command), r"RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'it'\''s'");
    }

    #[test]
    fn a_failure_names_the_command() {
        let error = step("tests", Command::new("false").arg("-x")).unwrap_err().to_string();
        assert!(error.contains("tests failed") && error.contains("to repeat it: false -x"), "{error}");
    }
}
