//! Writing the made-up weights, one tensor at a time, as safetensors or as PyTorch's archive.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use serde_json::{Map, json};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::synthetic::{
    manifest::{Dtype, Entry, Network, entries},
    pickle,
};

/// How a file of weights is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header in JSON, and the numbers.
    Safetensors,
    /// The zip archive that `torch.save` writes.
    Torch,
}

impl Format {
    /// The format that a file's name asks for: `.safetensors`, `.pth` or `.pt`.
    ///
    /// # Errors
    ///
    /// For another name.
    pub fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("safetensors") => Ok(Self::Safetensors),
            Some("pth" | "pt") => Ok(Self::Torch),
            _ => bail!("{} must end in .safetensors, .pth or .pt, which says the format", path.display()),
        }
    }
}

/// Writes all tensors of a network with the values of a seed, and tells the number of bytes after each.
///
/// The file is complete or absent: it is written as `PATH.partial` and renamed.
///
/// # Errors
///
/// If the name asks for no known format, or the file cannot be written.
pub fn write(path: &Path, network: Network, seed: u64, mut wrote: impl FnMut(u64)) -> Result<()> {
    let format = Format::of(path)?;
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let file = File::create(partial).with_context(|| format!("writing {}", partial.display()))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let written = write_entries(file, format, &stem, &entries(network), seed, &mut wrote);
    written.with_context(|| format!("writing {}", partial.display()))?;
    std::fs::rename(partial, path).with_context(|| format!("renaming {} to {}", partial.display(), path.display()))
}

fn write_entries(
    file: File,
    format: Format,
    stem: &str,
    entries: &[Entry],
    seed: u64,
    wrote: &mut impl FnMut(u64),
) -> Result<()> {
    let file = BufWriter::with_capacity(1 << 20, file);
    let file = match format {
        Format::Safetensors => write_safetensors(file, entries, seed, wrote)?,
        Format::Torch => write_torch(file, stem, entries, seed, wrote)?,
    };
    file.into_inner()?.sync_all()?;
    Ok(())
}

fn write_values(mut out: impl Write, entry: &Entry, seed: u64) -> io::Result<()> {
    if entry.dtype == Dtype::Int64 {
        return out.write_all(&vec![0; entry.bytes()]);
    }
    let mut block = Vec::with_capacity(1 << 16);
    for value in entry.values(seed) {
        block.extend_from_slice(&value.to_le_bytes());
        if block.len() == 1 << 16 {
            out.write_all(&block)?;
            block.clear();
        }
    }
    out.write_all(&block)
}

fn write_safetensors<W: Write>(mut out: W, entries: &[Entry], seed: u64, wrote: &mut impl FnMut(u64)) -> Result<W> {
    // Counters first, so that each number lies at a multiple of its size.
    let mut order: Vec<&Entry> = entries.iter().collect();
    order.sort_by_key(|entry| entry.dtype != Dtype::Int64);
    let mut header = Map::new();
    let mut end = 0;
    for entry in &order {
        let start = end;
        end += entry.bytes();
        let dtype = if entry.dtype == Dtype::Float32 { "F32" } else { "I64" };
        let described = json!({"dtype": dtype, "shape": entry.shape, "data_offsets": [start, end]});
        header.insert(entry.key.clone(), described);
    }
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for entry in order {
        write_values(&mut out, entry, seed)?;
        wrote(entry.bytes() as u64);
    }
    Ok(out)
}

fn write_torch<W: Write + io::Seek>(
    out: W,
    stem: &str,
    entries: &[Entry],
    seed: u64,
    wrote: &mut impl FnMut(u64),
) -> Result<W> {
    // PyTorch, too, stores parts as they are and lets them begin at multiples of 64.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).with_alignment(64);
    let mut archive = ZipWriter::new(out);
    let part = |archive: &mut ZipWriter<W>, name: &str, bytes: &[u8]| -> Result<()> {
        archive.start_file(format!("{stem}/{name}"), stored)?;
        Ok(archive.write_all(bytes)?)
    };
    part(&mut archive, "data.pkl", &pickle::state_dict(entries))?;
    part(&mut archive, "byteorder", b"little")?;
    for (key, entry) in entries.iter().enumerate() {
        part(&mut archive, &format!("data/{key}"), b"")?;
        write_values(&mut archive, entry, seed)?;
        wrote(entry.bytes() as u64);
    }
    part(&mut archive, "version", b"3\n")?;
    Ok(archive.finish()?)
}
