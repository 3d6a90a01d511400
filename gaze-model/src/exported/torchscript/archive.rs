//! A TorchScript archive, checked before libtorch sees it.
//!
//! It is a zip file with one folder: `data.pkl` and `constants.pkl` with the network's attributes, `data/` and `constants/` with
//! the numbers of its tensors, and `code/` with its program, whose parts alone may be compressed.

use std::{
    collections::HashSet,
    io::{Cursor, Read},
};

use zip::{CompressionMethod, ZipArchive};

use super::pickle;
use crate::exported::error::NetworkProblem;

/// The largest number of parts.
const MOST_PARTS: usize = 1 << 16;
/// The largest number of bytes that compressed parts may have together when they are unpacked. Programs of large networks have
/// a few megabytes.
const MOST_UNPACKED: u64 = 64 << 20;

/// The calls of a program that reach files.
const REACH_FILES: [&str; 3] = ["from_file(", "torch.save(", "torch.load("];

/// The parts of an archive that tell what the network takes and gives.
#[derive(Debug)]
pub(super) struct Signature {
    /// The names of the tensors that `forward` takes.
    pub(super) inputs: Vec<String>,
    /// The number of tensors that it gives, if the program tells it.
    pub(super) outputs: Option<usize>,
}

/// Checks an archive and reads what its `forward` takes.
pub(super) fn check(file: &[u8]) -> Result<Signature, NetworkProblem> {
    let broken =
        |_| NetworkProblem::Damaged { format: "TorchScript", what: "the archive is damaged or cut short", at: 0 };
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(broken)?;
    if archive.len() > MOST_PARTS {
        return Err(refused("", format!("has {} parts; at most {MOST_PARTS} are read", archive.len())));
    }
    let root = root(&archive)?;
    let (mut unpacked, mut stored, mut names) = (0_u64, 0_u64, HashSet::new());
    let (mut class, mut code) = (None, Vec::new());
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        let (size, packed) = (part.size(), part.compression() != CompressionMethod::Stored);
        let inner = name.strip_prefix(&root).unwrap_or_default().to_owned();
        if inner.is_empty() || inner.split('/').any(|step| step == "..") || !names.insert(inner.clone()) {
            return Err(refused(&name, "has a name that PyTorch does not give"));
        }
        if part.encrypted() || (packed && !inner.starts_with("code/")) || (!packed && size != part.compressed_size()) {
            return Err(refused(&name, "is compressed or encrypted; PyTorch compresses programs alone"));
        }
        if packed {
            unpacked = unpacked.saturating_add(size);
        } else {
            stored = stored.saturating_add(size);
        }
        drop(part);
        if unpacked > MOST_UNPACKED || stored > file.len() as u64 {
            return Err(refused(&name, "unpacks to more than any network has"));
        }
        let is_pickle = inner.ends_with("pkl");
        if is_pickle || inner.starts_with("code/") {
            let mut bytes = Vec::new();
            let part = archive.by_index(index).map_err(broken)?;
            part.take(size).read_to_end(&mut bytes).map_err(|_| refused(&name, "cannot be unpacked"))?;
            if is_pickle {
                let first = pickle::check(&bytes).map_err(|reason| refused(&name, reason))?;
                if inner == "data.pkl" {
                    class = first;
                }
            } else {
                let text = String::from_utf8(bytes).map_err(|_| refused(&name, "is no text"))?;
                if let Some(call) = REACH_FILES.iter().find(|call| text.contains(**call)) {
                    return Err(refused(
                        &name,
                        format!("calls `{}`, which reaches other files", call.trim_end_matches('(')),
                    ));
                }
                code.push((inner, text));
            }
        }
    }
    let Some((module, class)) = class.filter(|_| !code.is_empty()) else {
        let reason = "holds no program: this is no TorchScript; `torch.jit.trace(network, example).save(…)` writes one";
        return Err(refused(&root, reason));
    };
    let file = format!("code/{}.py", module.replace('.', "/"));
    let text = code.iter().find(|(name, _)| *name == file).map(|(_, text)| text.as_str());
    text.and_then(|text| signature(text, &class))
        .ok_or_else(|| refused(&file, format!("has no `forward` of the class {class}")))
}

/// The one folder of an archive, with a slash.
fn root(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<String, NetworkProblem> {
    let root = archive.file_names().flatten().find_map(|name| Some(format!("{}/", name.split_once('/')?.0)));
    root.ok_or_else(|| refused("", "has no folder"))
}

fn refused(part: &str, reason: impl Into<String>) -> NetworkProblem {
    NetworkProblem::Archive { part: part.to_owned(), reason: reason.into() }
}

/// Reads the arguments and the result of a class's `forward`.
fn signature(text: &str, class: &str) -> Option<Signature> {
    let body = text.split_once(&format!("class {class}(Module):"))?.1;
    let head = body.split_once("def forward(")?.1;
    let (arguments, rest) = head.split_at_checked(closing(head)?)?;
    let result = rest.strip_prefix(')')?.trim_start().strip_prefix("->")?;
    let result = result.split_once(":\n").map_or(result, |(result, _)| result).trim();
    let inputs = split(arguments)
        .into_iter()
        .skip(1)
        .filter_map(|argument| {
            let (name, kind) = argument.split_once(':')?;
            (kind.trim() == "Tensor").then(|| name.trim().to_owned())
        })
        .collect();
    let outputs = match result.strip_prefix("Tuple[").and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => Some(split(inner).len()),
        None => (result == "Tensor").then_some(1),
    };
    Some(Signature { inputs, outputs })
}

/// The place of the bracket that closes a text whose opening bracket was taken.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (place, letter) in text.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

/// Splits a list at its commas, but not inside brackets.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0;
    text.split(|letter| {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_of_forward_are_read() {
        let text = "class Conv(Module):\n  def forward(self: X,\n    y: Tensor) -> Tensor:\n    return y\n\
                    class Net(Module):\n  training : bool\n  def forward(self: __torch__.Net,\n    image: Tensor,\n    bias: Tensor,\n    \
                    flags: Dict[str, int]) -> Tuple[Tensor, Tuple[Tensor, Tensor]]:\n    return (image, bias)\n";
        let Signature { inputs, outputs } = signature(text, "Net").unwrap();
        assert_eq!((inputs, outputs), (vec!["image".to_owned(), "bias".to_owned()], Some(2)));
        assert_eq!(signature(text, "Conv").unwrap().outputs, Some(1));
        assert!(signature(text, "Other").is_none() && signature("class Net(Module):\n  def forward(", "Net").is_none());
    }
}
