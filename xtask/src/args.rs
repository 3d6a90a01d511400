//! Command-line words, taken one option at a time; what nobody took is an error.

use std::path::PathBuf;

use anyhow::{Result, bail};

/// The words after a command's name.
pub(crate) struct Args {
    command: &'static str,
    words: Vec<String>,
}

impl Args {
    pub(crate) fn new(command: &'static str, words: Vec<String>) -> Self {
        Self { command, words }
    }

    /// Takes `--name` and says whether it was there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// Takes `--name PATH` or `--name=PATH`.
    pub(crate) fn path(&mut self, name: &str) -> Result<Option<PathBuf>> {
        Ok(self.value(name, "a path")?.map(PathBuf::from))
    }

    /// Takes `--name VALUE` or `--name=VALUE`.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>> {
        self.value(name, "a value")
    }

    fn value(&mut self, name: &str, what: &str) -> Result<Option<String>> {
        let assigned = format!("{name}=");
        let Some(at) = self.words.iter().position(|word| word == name || word.starts_with(&assigned)) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        let value = match word.strip_prefix(&assigned) {
            Some(value) => value.to_owned(),
            None if at < self.words.len() && !self.words[at].starts_with('-') => self.words.remove(at),
            None => String::new(),
        };
        if value.is_empty() {
            bail!("{name} needs {what}; see `cargo xtask {} --help`", self.command);
        }
        Ok(Some(value))
    }

    /// Takes the next word that is no option.
    pub(crate) fn positional(&mut self) -> Option<PathBuf> {
        let at = self.words.iter().position(|word| !word.starts_with('-'))?;
        Some(PathBuf::from(self.words.remove(at)))
    }

    /// Fails if a word is left over.
    pub(crate) fn finish(self) -> Result<()> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not understood; see `cargo xtask {} --help`", self.command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new("demo", line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn options_are_taken_in_any_order() {
        let mut args = args("--out=a here --keep --dest b");
        assert!(args.flag("--keep"));
        assert!(!args.flag("--cuda"));
        assert_eq!(args.path("--dest").unwrap(), Some(PathBuf::from("b")));
        assert_eq!(args.path("--out").unwrap(), Some(PathBuf::from("a")));
        assert_eq!(args.path("--from").unwrap(), None);
        assert_eq!(args.positional(), Some(PathBuf::from("here")));
        args.finish().unwrap();
    }

    #[test]
    fn a_missing_value_is_named() {
        for line in ["--out", "--out=", "--out --keep"] {
            let error = args(line).path("--out").unwrap_err().to_string();
            assert_eq!(error, "--out needs a path; see `cargo xtask demo --help`");
        }
    }

    #[test]
    fn a_word_that_nobody_took_is_named() {
        let error = args("--kuda").finish().unwrap_err().to_string();
        assert_eq!(error, "`--kuda` is not understood; see `cargo xtask demo --help`");
    }
}
