//! SHA-256 of a file.

use std::{fs, io::Read, path::Path};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::progress::Progress;

/// The hash of a file's bytes in lower-case hexadecimal.
pub(crate) fn sha256(path: &Path) -> Result<String> {
    let context = || format!("reading {}", path.display());
    let mut file = fs::File::open(path).with_context(context)?;
    let total = file.metadata().with_context(context)?.len();
    let mut progress = Progress::new("      checking", total);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).with_context(context)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        progress.add(read as u64);
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
