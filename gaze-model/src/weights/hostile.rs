//! Tests with files of weights as PyTorch writes them, and with files that were made to do harm.

use std::{
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
};

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

const LAYOUTS: [&str; 2] = ["archive.pth", "stream.pth"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/weights").join(name)
}

/// The numbers that `make.py`, beside the fixtures, writes.
fn numbers(count: u16, seed: u16) -> Vec<f32> {
    (0..count).map(|i| f32::from((7 * i + seed) % 64) / 8.0 - 4.0).collect()
}

#[track_caller]
fn check_contents(weights: &Weights) {
    let expected: [(&str, Dtype, &[usize], Vec<f32>); 15] = [
        ("conv.weight", Dtype::F32, &[4, 3, 3, 3], numbers(108, 0)),
        ("conv.bias", Dtype::F32, &[4], numbers(4, 1)),
        ("norm.weight", Dtype::F32, &[4], numbers(4, 2)),
        ("norm.bias", Dtype::F32, &[4], numbers(4, 3)),
        ("norm.running_mean", Dtype::F32, &[4], numbers(4, 4)),
        ("double", Dtype::F64, &[2, 3], numbers(6, 10)),
        ("half", Dtype::F16, &[2, 3], numbers(6, 11)),
        ("brain", Dtype::Bf16, &[2, 3], numbers(6, 12)),
        ("transposed", Dtype::F32, &[3, 2], numbers(6, 13)),
        ("channels_last", Dtype::F32, &[2, 3, 4, 5], numbers(120, 14)),
        ("first", Dtype::F32, &[4], numbers(4, 15)),
        ("second", Dtype::F32, &[6], numbers(10, 15)[4..].to_vec()),
        ("scalar", Dtype::F32, &[], numbers(1, 16)),
        ("parameter", Dtype::F32, &[5], numbers(5, 17)),
        ("ünïcode", Dtype::F32, &[1], numbers(1, 18)),
    ];
    for (name, dtype, shape, values) in expected {
        let tensor = weights.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!((tensor.name(), tensor.dtype(), tensor.shape()), (name, dtype, shape));
        assert_eq!(tensor.to_f32().unwrap().as_ref(), values, "{name}");
    }
    let counter = weights.get("norm.num_batches_tracked").unwrap();
    assert_eq!((counter.dtype(), counter.shape()), (Dtype::I64, &[][..]));
    assert_eq!(counter.bytes().as_ref(), 5i64.to_le_bytes());
    assert_eq!(weights.get("bytes").unwrap().bytes().as_ref(), [0, 1, 2]);
    assert_eq!(weights.get("flags").unwrap().bytes().as_ref(), [1, 0]);
    assert_eq!(weights.get("empty").unwrap().shape(), [0, 3]);
    assert!(weights.get("empty").unwrap().to_f32().unwrap().is_empty());
    assert_eq!(weights.names().len(), 20);
    assert!(weights.get("conv").is_none());
}

#[test]
fn both_layouts_of_pytorch_are_read() {
    for layout in LAYOUTS {
        let weights = Weights::open(fixture(layout)).unwrap();
        check_contents(&weights);
        assert_eq!(weights.names().next(), Some("conv.weight"), "in the order of the state dict");
    }
}

#[test]
fn a_conversion_holds_the_same_and_is_found_again() {
    for layout in LAYOUTS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pth");
        fs::copy(fixture(layout), &path).unwrap();
        let (weights, conversion) = Weights::prepare(&path).unwrap();
        assert!(matches!(conversion, Conversion::Written(_)), "{conversion}");
        assert_eq!(weights.path(), folder.path().join("x.pth.safetensors"));
        check_contents(&weights);
        let (weights, conversion) = Weights::prepare(&path).unwrap();
        assert!(matches!(conversion, Conversion::Found(_)), "{conversion}");
        check_contents(&weights);
        let (_, conversion) = Weights::prepare(weights.path()).unwrap();
        assert!(matches!(conversion, Conversion::NotNeeded), "{conversion}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
    }
}

#[test]
fn a_changed_original_is_converted_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pth");
    fs::copy(fixture("stream.pth"), &path).unwrap();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    Weights::prepare(&path).unwrap();
    // One bit of the last number changes, and the clock is turned back: size and time stay the same.
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 0x80;
    fs::write(&path, bytes).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let (_, conversion) = Weights::prepare(&path).unwrap();
    assert!(matches!(conversion, Conversion::Written(_)), "{conversion}");
}

#[test]
fn what_cannot_be_written_is_no_failure_and_what_is_not_ours_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pth");
    fs::copy(fixture("archive.pth"), &path).unwrap();
    let other = folder.path().join("x.pth.safetensors");
    fs::write(&other, "a thesis").unwrap();
    let (weights, conversion) = Weights::prepare(&path).unwrap();
    assert!(matches!(conversion, Conversion::Impossible { .. }), "{conversion}");
    assert_eq!(weights.path(), path);
    check_contents(&weights);
    assert_eq!(fs::read_to_string(other).unwrap(), "a thesis");
}

#[test]
fn a_file_cut_short_anywhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pth");
    fs::copy(fixture("archive.pth"), &path).unwrap();
    let (converted, _) = Weights::prepare(&path).unwrap();
    for path in [fixture("archive.pth"), fixture("stream.pth"), converted.path().to_owned()] {
        let bytes = fs::read(&path).unwrap();
        assert!(parse(&bytes).is_ok());
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length]).is_err(), "{} cut to {length} bytes", path.display());
        }
    }
    let stream = fs::read(fixture("stream.pth")).unwrap();
    let problem = parse(&stream[..stream.len() - 1]).unwrap_err();
    assert!(problem.to_string().starts_with("cut short: `"), "{problem}");
}

proptest! {
    #[test]
    fn no_change_of_bytes_panics(layout in 0..2usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = fs::read(fixture(LAYOUTS[layout])).unwrap();
        for (index, byte) in changes {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        // Most changes hit numbers or padding and are no errors. Reading the values of an accepted file must not fail.
        if let Ok(Contents { records, .. }) = parse(&bytes) {
            for record in &records {
                let _ = TensorView { record, file: &bytes }.to_f32();
            }
        }
    }

    #[test]
    fn no_pickle_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&stream(&bytes, b""));
    }

    #[test]
    fn no_sequence_of_known_instructions_panics(
        steps in prop::collection::vec(prop::sample::select(&b"NK\x01(t)}]\x81su\x85\x86\x87aeq\x00h\x00QRb.\x88"[..]), 0..60)
    ) {
        let _ = parse(&stream(&steps, b""));
    }
}

/// Makes a file in the older layout of this pickle and the bytes behind it.
fn stream(pickle: &[u8], rest: &[u8]) -> Vec<u8> {
    let machine = b"\x80\x02}q\0X\x0d\0\0\0little_endian\x88s.";
    [STREAM, b"\x80\x02M\xe9\x03.", machine, pickle, rest].concat()
}

/// Makes an archive of these parts.
fn archive(parts: &[(&str, &[u8])], compression: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(compression)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Pickles a text.
fn text(text: &str) -> Vec<u8> {
    [b"X", &u32::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes()].concat()
}

/// Pickles a number, in one byte if that is enough.
fn long(number: i64) -> Vec<u8> {
    match i8::try_from(number) {
        Ok(byte) => [b"\x8a\x01", &byte.to_le_bytes()[..]].concat(),
        Err(_) => [b"\x8a\x08", &number.to_le_bytes()[..]].concat(),
    }
}

fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(", &items.concat()[..], b"t"].concat()
}

/// Pickles a dictionary of tensors `a`, `b`, … that are windows on storage `0`, each with its offset, shape and steps.
fn dictionary(class: &str, length: i64, windows: &[(i64, &[i64], &[i64])]) -> Vec<u8> {
    let mut pickle = b"\x80\x02}(".to_vec();
    for (name, &(offset, shape, strides)) in ["a", "b", "c"].iter().zip(windows) {
        let class = [b"ctorch\n", class.as_bytes(), b"\n"].concat();
        let storage = [tuple(&[text("storage"), class, text("0"), text("cpu"), long(length)]), b"Q".to_vec()].concat();
        let lengths = |lengths: &[i64]| tuple(&lengths.iter().map(|&length| long(length)).collect::<Vec<_>>());
        let arguments = tuple(&[storage, long(offset), lengths(shape), lengths(strides), b"\x89N".to_vec()]);
        pickle.extend(text(name));
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n");
        pickle.extend(arguments);
        pickle.push(b'R');
    }
    pickle.extend(b"u.");
    pickle
}

#[track_caller]
fn check_refused(file: &[u8], expected: &str) {
    let problem = parse(file).map(|contents| contents.records).unwrap_err().to_string();
    assert!(problem.contains(expected), "{problem}");
}

#[track_caller]
fn check_windows(length: i64, windows: &[(i64, &[i64], &[i64])], expected: &str) {
    let pickle = dictionary("FloatStorage", length, windows);
    let file = archive(&[("x/data.pkl", &pickle), ("x/data/0", &[0; 24])], CompressionMethod::Stored);
    match parse(&file) {
        Ok(contents) => assert_eq!((expected, contents.records.len()), ("", windows.len())),
        Err(problem) => assert!(!expected.is_empty() && problem.to_string().contains(expected), "{problem}"),
    }
}

#[test]
fn a_function_that_a_pickle_calls_is_named_and_not_run() {
    let call = b"\x80\x02cos\nsystem\nX\x08\0\0\0echo owned\x85R.";
    check_refused(&stream(call, b""), "asks for `os.system` (byte ");
    let part: [(&str, &[u8]); 1] = [("x/data.pkl", b"\x80\x02cbuiltins\neval\n(t.")];
    check_refused(&archive(&part, CompressionMethod::Stored), "asks for `builtins.eval` (byte 2)");
    // A safe module has names that are not safe.
    check_refused(&stream(b"\x80\x02ctorch._utils\n_import_dotted_name\n.", b""), "torch._utils._import_dotted_name");
    // There are other ways to name or make a class: INST, OBJ, STACK_GLOBAL, EXT1, PERSID.
    for opcode in [b'i', b'o', 0x93, 0x82, b'P'] {
        check_refused(&stream(&[0x80, 2, opcode], b""), &format!("instruction {opcode:#04x}"));
    }
}

#[test]
fn the_numbers_of_a_torchscript_program_are_read_and_its_code_is_not() {
    let weights = Weights::open(fixture("program.pt")).unwrap();
    let expected: [(&str, Dtype, &[usize], Vec<f32>); 4] = [
        ("scale", Dtype::F32, &[3], numbers(3, 20)),
        ("visual.conv.weight", Dtype::F16, &[2, 3, 1, 1], numbers(6, 21)),
        ("visual.norm.running_mean", Dtype::F32, &[2], numbers(2, 22)),
        ("visual.blocks.1.bias", Dtype::F32, &[2], numbers(2, 23)),
    ];
    for (name, dtype, shape, values) in expected {
        let tensor = weights.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        assert_eq!((tensor.dtype(), tensor.shape()), (dtype, shape), "{name}");
        assert_eq!(tensor.to_f32().unwrap().as_ref(), values, "{name}");
    }
    assert_eq!(weights.names().len(), 11);
}

/// Pickles an object of a TorchScript class with these attributes, which are pairs of pickled names and values.
fn object(attributes: &[u8]) -> Vec<u8> {
    [b"c__torch__.net\nNet\n)\x81}(", attributes, b"ub"].concat()
}

#[test]
fn modules_without_an_end_are_refused() {
    let check = |pickle: &[u8], expected: &str| {
        check_refused(&archive(&[("x/data.pkl", pickle)], CompressionMethod::Stored), expected);
    };
    // The object is its own attribute.
    let endless = b"\x80\x02c__torch__\nNet\n)\x81q\0}(X\x01\0\0\0ah\0ub.";
    check(endless, "the modules of the program have no end");
    // Each module is twice in the next one, so the last has more than a billion.
    let nested = (0..30u8).fold(object(b""), |inner, level| {
        let first = [&text("a")[..], &inner, &[b'q', level]].concat();
        object(&[&first[..], &text("b"), b"h", &[level]].concat())
    });
    check(&[b"\x80\x02", &nested[..], b"."].concat(), "the modules of the program have no end");
    // An object is made of a class of the program, and of nothing else.
    check(b"\x80\x02ccollections\nOrderedDict\n)\x81.", "no class of a TorchScript program");
    check(b"\x80\x02c__torch__x\nNet\n)\x81.", "asks for `__torch__x.Net`");
}

#[test]
fn windows_on_a_storage_stay_inside_it_and_apart() {
    check_windows(6, &[(0, &[2, 3], &[3, 1])], "");
    check_windows(6, &[(0, &[2, 2], &[2, 1]), (4, &[2], &[1])], "");
    check_windows(6, &[(1, &[2, 3], &[3, 1])], "`a` with shape [2, 3] reaches beyond the 6 numbers");
    check_windows(6, &[(0, &[i64::MAX, i64::MAX], &[1, 1])], "reaches beyond");
    check_windows(6, &[(i64::MAX, &[2], &[1])], "reaches beyond");
    // One number is stored for a tensor of four terabytes.
    check_windows(6, &[(0, &[1 << 40], &[0])], "reaches beyond");
    check_windows(6, &[(0, &[-2], &[1])], "not described as PyTorch does");
    check_windows(6, &[(0, &[2], &[-1])], "not described as PyTorch does");
    check_windows(6, &[(0, &[2, 3], &[1])], "not described as PyTorch does");
    check_windows(6, &[(0, &[4], &[1]), (3, &[3], &[1])], "`a` and `b` share");
    // The pickle announces sizes that the file does not have.
    check_windows(5, &[(0, &[2], &[1])], "part `0` has 24 bytes, but 20 are announced");
    check_windows(i64::MAX, &[(0, &[2], &[1])], "a storage is too large");
    check_windows(-1, &[(0, &[2], &[1])], "a storage is not described");
}

#[test]
fn what_is_no_tensor_is_named() {
    let epoch = [b"\x80\x02}".to_vec(), text("epoch"), b"K\x03s.".to_vec()].concat();
    check_refused(&stream(&epoch, b"\x80\x02]."), "`epoch` is a number, not a tensor");
    check_refused(&stream(b"\x80\x02N.", b"\x80\x02]."), "None");
    let twice = dictionary("FloatStorage", 6, &[(0, &[3], &[1]), (3, &[3], &[1])]);
    let name = twice.windows(6).position(|window| window == text("b")).unwrap();
    let twice = [&twice[..name], &text("a"), &twice[name + 6..]].concat();
    let file = archive(&[("x/data.pkl", &twice), ("x/data/0", &[0; 24])], CompressionMethod::Stored);
    check_refused(&file, "two tensors with the name `a`");
    let complex = dictionary("ComplexFloatStorage", 3, &[(0, &[3], &[1])]);
    let file = archive(&[("x/data.pkl", &complex), ("x/data/0", &[0; 24])], CompressionMethod::Stored);
    check_refused(&file, "`a` has numbers of type complex64");
}

#[test]
fn archives_that_pytorch_would_not_write_are_refused() {
    let pickle = dictionary("FloatStorage", 6, &[(0, &[6], &[1])]);
    let stored = CompressionMethod::Stored;
    check_refused(&archive(&[("x/data.txt", b"")], stored), "holds no data.pkl");
    check_refused(&archive(&[("x/data.pkl", &pickle)], stored), "holds no numbers `0`");
    let big = [("x/data.pkl", &pickle[..]), ("x/data/0", &[0; 24]), ("x/byteorder", b"big")];
    check_refused(&archive(&big, stored), "byte order `big`");
    // A compressed part could unpack to any size.
    let zeros = vec![0; 1 << 20];
    let bomb = [("x/data.pkl", &pickle[..]), ("x/data/0", &zeros)];
    check_refused(&archive(&bomb, CompressionMethod::Deflated), "`x/data.pkl` is compressed");
    // This part is compressed according to its headers alone, where its sizes agree.
    let mut file = archive(&[("x/data.pkl", &pickle), ("x/data/0", &[0; 24])], stored);
    assert!(parse(&file).is_ok());
    for place in 0..file.len() - 10 {
        match &file[place..place + 4] {
            b"PK\x03\x04" => file[place + 8] = 8,
            b"PK\x01\x02" => file[place + 10] = 8,
            _ => {}
        }
    }
    check_refused(&file, "is compressed");
}

#[test]
fn pickles_that_make_no_sense_are_refused() {
    check_refused(&stream(b"\x80\x02NN.", b""), "ends with more than one value");
    check_refused(&stream(b"\x80\x02N(.", b""), "takes a value where there is none");
    // A tuple of one value must not take a value from below a mark.
    check_refused(&stream(b"\x80\x02N(\x85.", b""), "takes a value where there is none");
    check_refused(&stream(b"\x80\x04.", b""), "the protocol is not 2");
    check_refused(&stream(b"\x80\x02}Nu.", b""), "a mark that is not there");
    check_refused(&stream(b"\x80\x02}(Nu.", b""), "a key has no value");
    check_refused(&stream(b"\x80\x02h\x01.", b""), "a value that is not there");
    check_refused(&stream(b"\x80\x02N)R.", b""), "calls what is no function");
    check_refused(&stream(b"\x80\x02ccollections\nOrderedDict\nN\x85R.", b""), "other arguments");
    check_refused(&stream(b"\x80\x02N}b.", b""), "attributes of what is no dictionary");
    check_refused(&stream(b"\x80\x02X\x02\0\0\0\xff\xff.", b""), "not UTF-8");
    check_refused(&stream(b"\x80\x02\x8a\x09\0\0\0\0\0\0\0\0\x01.", b""), "a number is too large");
}

#[test]
fn an_endless_or_circular_pickle_ends() {
    // A list holds itself, and there are more instructions than any state dict has.
    check_refused(&stream(b"\x80\x02]q\0h\0a.", b"\x80\x02]."), "a list");
    let long = [b"\x80\x02".to_vec(), vec![b'N'; 5_000_000]].concat();
    check_refused(&stream(&long, b""), "more instructions than any state dict");
}

#[test]
fn a_stream_whose_lengths_disagree_is_refused() {
    let pickle = dictionary("FloatStorage", 6, &[(0, &[6], &[1])]);
    let keys = [b"\x80\x02]".to_vec(), text("0"), b"a.".to_vec()].concat();
    let with = |length: i64| [&keys[..], &length.to_le_bytes(), &[0; 24]].concat();
    assert!(parse(&stream(&pickle, &with(6))).is_ok());
    let big = [STREAM, b"\x80\x02M\xe9\x03.\x80\x02}q\0X\x0d\0\0\0little_endian\x89s.", &pickle, &with(6)].concat();
    check_refused(&big, "byte order `big`");
    check_refused(&stream(&pickle, &with(7)), "has 7");
    check_refused(&stream(&pickle, &with(-1)), "announced");
    check_refused(&stream(&pickle, b"\x80\x02]."), "holds no numbers `0`");
}

#[test]
fn other_files_are_not_taken_for_weights() {
    for bytes in [&b""[..], b"PK", b"\x89PNG\r\n\x1a\n", b"<!DOCTYPE html><html>", b"version https://git-lfs"] {
        assert!(matches!(parse(bytes), Err(FileProblem::UnknownFormat)));
    }
    check_refused(b"\xff\xff\xff\xff\xff\xff\xff\xff{}", "safetensors file is damaged");
    let error = Weights::open(fixture(".")).unwrap_err();
    assert!(matches!(error, WeightsError::Io { .. }), "{error}");
    let error = Weights::open(fixture("nothing.pth")).unwrap_err().to_string();
    assert!(error.contains("nothing.pth: "), "{error}");
}
