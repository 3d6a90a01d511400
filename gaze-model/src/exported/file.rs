//! The file of a network with its description: read, put together, described for people, and opened.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    ExportedNetwork, Source, USUAL,
    contract::{Contract, Origin, Understood, agree, template},
    error::{NetworkError, NetworkProblem},
    misfit::advice,
    sidecar::Sidecar,
};
use crate::{Device, ModelName, OpenError, Opened, Options, UnknownModel};

/// The largest file in bytes that is read: protocol buffers have no larger ones.
const MOST_BYTES: u64 = 1 << 31;

/// A network's file, and everything that is understood of it before it runs.
#[derive(Debug)]
pub struct NetworkFile {
    path: PathBuf,
    name: String,
    format: &'static str,
    bytes: u64,
    sidecar: Option<PathBuf>,
    fields: Vec<Understood>,
}

/// A file that was read, with its description.
struct Parts {
    name: String,
    source: Box<dyn Source>,
    bytes: u64,
    identity: String,
    /// The path at which a description lies or would lie.
    sidecar: PathBuf,
    is_described: bool,
    contract: Option<Contract>,
    fields: Vec<Understood>,
}

impl NetworkFile {
    /// Reads a network's file and its description, and tells what is understood of both. Where something is unclear, the
    /// fields say so; the network is then not made ready to run.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if a file is damaged, hostile or contradicts the other, or if this build cannot run such files.
    pub fn inspect(name: &ModelName) -> Result<Self, OpenError> {
        let Some(format) = name.file().and_then(format) else {
            return Err(told(NetworkProblem::NoNetwork.of(name.to_string())));
        };
        let (path, parts) = read(name, Device::Cpu)?;
        let Parts { name, source, bytes, sidecar, is_described, contract, fields, .. } = parts;
        if let Some(contract) = contract {
            start(path, source, &contract)?;
        }
        Ok(Self { path: path.to_owned(), name, format, bytes, sidecar: is_described.then_some(sidecar), fields })
    }

    /// The name in tables and files.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format: `ONNX` or `TorchScript`.
    #[must_use]
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// The size of the network's file in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The description, if there is one.
    #[must_use]
    pub fn sidecar(&self) -> Option<&Path> {
        self.sidecar.as_deref()
    }

    /// The path at which a description is looked for: that of the network with the ending `.json`.
    #[must_use]
    pub fn sidecar_path(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    /// All fields that matter to the network, in the order of the description.
    #[must_use]
    pub fn fields(&self) -> &[Understood] {
        &self.fields
    }

    /// Tells whether everything is known that the network needs to run.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.fields.iter().all(|field| field.origin != Origin::Unclear)
    }

    /// Writes a description in JSON: what is known and assumed, and the choices where something is unclear. Such a choice is
    /// refused when the description is read, until one of the values stands there.
    #[must_use]
    pub fn template(&self) -> String {
        template(&self.name, &self.fields)
    }
}

/// The format of a file by its ending.
fn format(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "onnx" => Some("ONNX"),
        "pt" => Some("TorchScript"),
        _ => None,
    }
}

fn told(error: NetworkError) -> OpenError {
    OpenError::Model(Box::new(error))
}

/// Reads a network and its description.
fn read(name: &ModelName, device: Device) -> Result<(&Path, Parts), OpenError> {
    let unknown = || OpenError::Model(Box::new(UnknownModel { name: name.to_string() }));
    let path = name.file().ok_or_else(unknown)?;
    if !path.exists() {
        return Err(OpenError::NoSuchFile { path: path.to_owned() });
    }
    let file = whole(path).map_err(|problem| told(problem.of(path)))?;
    let mut hash = Sha256::new_with_prefix(&file);
    let bytes = file.len() as u64;
    let source = source(name, path, file, device)?;
    source.other_files().into_iter().for_each(|other| hash.update(other));
    let sidecar = path.with_extension("json");
    let described = Sidecar::read(&sidecar).map_err(told)?;
    let (identity, described, is_described) = match described {
        Some((described, text)) => {
            (format!("{}, described by {}", hex(hash), hex(Sha256::new_with_prefix(text))), described, true)
        }
        None => (hex(hash), Sidecar::default(), false),
    };
    let (contract, fields) = agree(source.facts(), &described)
        .map_err(|problem| told(problem.of(if is_described { &sidecar } else { path })))?;
    let name = described.name.unwrap_or_else(|| name.label());
    let fields = fields.into_list();
    Ok((path, Parts { name, source, bytes, identity, sidecar, is_described, contract, fields }))
}

/// Reads a file whole, if it is not too large.
fn whole(path: &Path) -> Result<Vec<u8>, NetworkProblem> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(NetworkProblem::Io(std::io::ErrorKind::IsADirectory.into()));
    }
    match metadata.len() {
        ..=MOST_BYTES => Ok(fs::read(path)?),
        bytes => Err(NetworkProblem::TooLarge { bytes, most: MOST_BYTES }),
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Checks the file's content.
#[cfg_attr(not(feature = "libtorch"), expect(unused_variables, reason = "only libtorch has devices"))]
fn source(name: &ModelName, path: &Path, file: Vec<u8>, device: Device) -> Result<Box<dyn Source>, OpenError> {
    match format(path) {
        #[cfg(feature = "onnx")]
        Some("ONNX") => Ok(Box::new(super::onnx::Onnx::read(path, file).map_err(|problem| told(problem.of(path)))?)),
        #[cfg(feature = "libtorch")]
        Some("TorchScript") => {
            Ok(Box::new(super::torchscript::TorchScript::read(file, device).map_err(|problem| told(problem.of(path)))?))
        }
        _ => {
            drop(file);
            Err(name.not_in_this_build())
        }
    }
}

/// Makes the network ready to run.
fn start(path: &Path, source: Box<dyn Source>, contract: &Contract) -> Result<Box<dyn super::Engine>, OpenError> {
    let advice = advice(contract, USUAL, &|shapes| source.agrees(shapes));
    source.start(&contract.shapes(USUAL)).map_err(|problem| match problem {
        // What the engine refuses now, it refuses whatever the size.
        problem @ NetworkProblem::Engine { .. } => told(problem.of(path)),
        problem => told(problem.advised(contract, USUAL, advice).of(path)),
    })
}

/// Opens a network. What was assumed is told.
pub(crate) fn open(name: &ModelName, options: &Options) -> Result<Opened, OpenError> {
    let (path, parts) = read(name, options.device)?;
    let Parts { name, source, identity, sidecar, contract, fields, .. } = parts;
    let Some(contract) = contract else {
        let unclear =
            fields.into_iter().filter(|field| field.origin == Origin::Unclear).map(|field| field.reason).collect();
        return Err(told(NetworkProblem::Unclear { unclear, sidecar, network: path.to_owned() }.of(path)));
    };
    let assumed: Vec<String> = fields
        .iter()
        .filter(|field| field.origin == Origin::Assumed)
        .map(|field| format!("{} {}", field.field, field.value))
        .collect();
    let notes = if assumed.is_empty() {
        Vec::new()
    } else {
        vec![format!("{name}: assumed {}; {} can say otherwise", assumed.join(", "), sidecar.display())]
    };
    let engine = start(path, source, &contract)?;
    Ok(Opened { name: Some(name), notes, ..Opened::silently(ExportedNetwork { contract, engine, identity }) })
}
