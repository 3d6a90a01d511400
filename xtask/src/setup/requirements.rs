//! The pinned wheels, from a file that pip can read too.

use anyhow::{Context, Result, bail};

/// One wheel: `name==version --hash=sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) sha256: String,
}

impl Requirement {
    /// The line that pip reads.
    pub(crate) fn line(&self) -> String {
        format!("{}=={} --hash=sha256:{}\n", self.name, self.version, self.sha256)
    }

    /// Whether a file of this name is a wheel of this package and version.
    pub(crate) fn matches(&self, file_name: &str) -> bool {
        let prefix = format!("{}-{}-", self.name.replace('-', "_"), self.version);
        file_name.starts_with(&prefix) && file_name.ends_with(".whl")
    }
}

/// Reads all lines but comments and empty ones.
pub(crate) fn parse(text: &str) -> Result<Vec<Requirement>> {
    let mut requirements = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if !line.trim().is_empty() && !line.starts_with('#') {
            let requirement = parse_line(line).with_context(|| format!("line {}", index + 1))?;
            requirements.push(requirement);
        }
    }
    Ok(requirements)
}

fn parse_line(line: &str) -> Result<Requirement> {
    let (pin, sha256) = line.split_once(" --hash=sha256:").context("no `--hash=sha256:`")?;
    let (name, version) = pin.split_once("==").context("no `==`")?;
    let sha256 = sha256.trim();
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("`{sha256}` is no SHA-256");
    }
    Ok(Requirement { name: name.trim().into(), version: version.trim().into(), sha256: sha256.to_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_written() {
        let line = format!("nvidia-cublas==13.1.0.3 --hash=sha256:{}\n", "ab".repeat(32));
        let requirements = parse(&format!("# why\n\n{line}")).unwrap();
        assert_eq!(requirements.len(), 1);
        assert_eq!(requirements[0].line(), line);
        assert!(requirements[0].matches("nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl"));
        assert!(!requirements[0].matches("nvidia_cublas-13.1.0.30-py3-none-manylinux_2_27_x86_64.whl"));
        assert!(!requirements[0].matches("nvidia_cublas-13.1.0.3-py3.tmp"));
    }

    #[test]
    fn a_pin_without_a_hash_is_refused_with_its_line() {
        for bad in ["torch==2.11.0", "torch --hash=sha256:00", "torch==2.11.0 --hash=sha256:00"] {
            let error = parse(&format!("# one\n{bad}\n")).unwrap_err();
            assert!(format!("{error:#}").starts_with("line 2: "), "{error:#}");
        }
    }
}
