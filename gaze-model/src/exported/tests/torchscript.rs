//! TorchScript archives that are damaged or made to do harm, and what is understood of sound ones.

use std::{
    fs,
    io::{Cursor, Read, Write},
};

use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::golden::fixture;
use crate::{
    ModelName, Options,
    exported::{NetworkFile, Origin},
};

const SIDECAR: &str = r#"{"gaze_network": 1, "input": {"range": "0..1"}, "output": {"kind": "scores"}}"#;

/// The parts of the sound archive.
fn parts() -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(fs::read(fixture("small.pt")).unwrap())).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// Writes an archive of these parts as they are; `packed` are those that are compressed.
fn archive(parts: &[(String, Vec<u8>)], packed: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        let method = if name.contains(packed) && !packed.is_empty() {
            CompressionMethod::Deflated
        } else {
            CompressionMethod::Stored
        };
        writer.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open(file: &[u8]) -> Result<crate::Opened, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.pt"), file).unwrap();
    fs::write(folder.path().join("x.json"), SIDECAR).unwrap();
    let name = ModelName::of_file(folder.path().join("x.pt")).unwrap();
    name.open(&Options::default()).map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(file: &[u8], expected: &str) {
    let message = open(file).unwrap_err();
    assert!(message.contains(expected), "{message}");
}

/// The sound archive with one part changed.
fn changed(ending: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut parts = parts();
    let (_, bytes) = parts.iter_mut().find(|(name, _)| name.ends_with(ending)).unwrap();
    *bytes = change(bytes);
    archive(&parts, "")
}

#[test]
fn a_sound_archive_is_opened_however_its_program_is_packed() {
    open(&archive(&parts(), "")).unwrap();
    open(&archive(&parts(), "/code/")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture("small.pt"), folder.path().join("x.pt")).unwrap();
    let network = NetworkFile::inspect(&ModelName::of_file(folder.path().join("x.pt")).unwrap()).unwrap();
    let unclear: Vec<&str> =
        network.fields().iter().filter(|field| field.origin == Origin::Unclear).map(|field| field.field).collect();
    assert_eq!((network.format(), unclear), ("TorchScript", vec!["input.range", "output.kind"]));
}

#[test]
fn a_pickle_that_calls_anything_is_refused_and_nothing_runs() {
    let marker = tempfile::tempdir().unwrap();
    let touched = marker.path().join("touched");
    let command = format!("touch {}", touched.display());
    let call = [
        b"\x80\x02cos\nsystem\nX",
        &u32::try_from(command.len()).unwrap().to_le_bytes()[..],
        command.as_bytes(),
        b"\x85R.",
    ]
    .concat();
    for part in ["/data.pkl", "/constants.pkl"] {
        check_refused(&changed(part, |_| call.clone()), "asks for `os.system` (byte 2)");
        // Behind the attributes, where libtorch would come to it.
        check_refused(&changed(part, |sound| [&sound[..sound.len() - 1], &call[2..]].concat()), "asks for `os.system`");
    }
    assert!(!touched.exists());
}

#[test]
fn a_program_that_reaches_files_is_refused() {
    for call in ["torch.from_file(\"/etc/passwd\")", "torch.save(image, \"x\")"] {
        let program = |sound: &[u8]| {
            String::from_utf8(sound.to_vec())
                .unwrap()
                .replacen("    return", &format!("    _99 = {call}\n    return"), 1)
                .into_bytes()
        };
        check_refused(&changed("code/__torch__.py", program), "which reaches other files");
    }
}

#[test]
fn a_bomb_takes_no_memory() {
    let mut parts = parts();
    let root = parts[0].0.split_once('/').unwrap().0.to_owned();
    parts.push((format!("{root}/code/bomb.py"), vec![b' '; 65 << 20]));
    let bomb = archive(&parts, "bomb");
    assert!(bomb.len() < 1 << 20);
    check_refused(&bomb, "code/bomb.py` of the archive unpacks to more than any network has");
    check_refused(&archive(&self::parts(), "/data/"), "is compressed or encrypted; PyTorch compresses programs alone");
    check_refused(&archive(&self::parts(), "data.pkl"), "is compressed or encrypted");
}

#[test]
fn an_archive_cut_short_or_of_another_kind_is_refused() {
    let sound = fs::read(fixture("small.pt")).unwrap();
    for length in (0..sound.len()).step_by(97) {
        assert!(open(&sound[..length]).is_err(), "cut to {length} bytes");
    }
    check_refused(&sound[..sound.len() - 1], "this is no sound TorchScript file: the archive is damaged or cut short");
    let state_dict = fs::read(fixture("../weights/archive.pth")).unwrap();
    check_refused(&state_dict, "holds no program: this is no TorchScript");
    let outside = [parts(), vec![("../evil".to_owned(), Vec::new())]].concat();
    check_refused(&archive(&outside, ""), "has a name that PyTorch does not give");
}
