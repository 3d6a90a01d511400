//! One map in files of every type: the numbers are the same, to the precision of the type of the numbers.

use std::io::{Cursor, Write};

use half::{bf16, f16};
use ndarray::Array2;

use super::*;
use crate::{
    files::{mat::writing::Writer, npy},
    testing::Random,
};

/// The relative precision of each type: half the distance from 1 to the next number.
const F16: f64 = 1.0 / 2048.0;
const BF16: f64 = 1.0 / 256.0;
const F32: f64 = 6e-8;

/// The names of files, their bytes, and the precision of their numbers.
fn files(map: &Array2<f64>) -> Vec<(&'static str, Vec<u8>, f64)> {
    let (height, width) = map.dim();
    let shape = format!("({height}, {width})");
    let bytes = |each: &dyn Fn(f64) -> Vec<u8>| map.iter().flat_map(|&value| each(value)).collect::<Vec<u8>>();
    #[expect(clippy::cast_possible_truncation, reason = "to the type that is written")]
    let single = |value: f64| value as f32;
    let f64s = bytes(&|value| value.to_le_bytes().to_vec());
    let f32s = bytes(&|value| single(value).to_le_bytes().to_vec());
    let f16s = bytes(&|value| f16::from_f64(value).to_le_bytes().to_vec());
    let bf16s = bytes(&|value| bf16::from_f64(value).to_le_bytes().to_vec());
    let reversed = bytes(&|value| single(value).to_be_bytes().to_vec());
    let columns: Vec<u8> = map.t().iter().flat_map(|value| value.to_le_bytes()).collect();
    let array = |descr, shape: String, data: &[u8]| npy::encode(descr, false, &shape, data);
    let npy64 = array("<f8", shape.clone(), &f64s);
    let mut files = vec![
        ("a.npy", npy64.clone(), 0.0),
        ("a.npy", array("<f4", shape.clone(), &f32s), F32),
        ("a.npy", array(">f4", shape.clone(), &reversed), F32),
        ("a.npy", array("<f2", shape.clone(), &f16s), F16),
        ("a.npy", array("|V2", shape, &bf16s), BF16),
        ("a.npy", array("<f4", format!("(1, {height}, {width})"), &f32s), F32),
        ("a.npy", array("<f4", format!("(1, 1, {height}, {width})"), &f32s), F32),
        ("a.npy", npy::encode("<f8", true, &format!("({height}, {width})"), &columns), 0.0),
        ("a.exr", exr(map), F32),
        ("a.tif", tiff(map), F32),
        ("a.h5", hdf5(map, "map"), 0.0),
    ];
    // With a side of 1 this is the shape of another map.
    if height > 1 {
        files.push(("a.npy", array("<f8", format!("({height}, {width}, 1)"), &f64s), 0.0));
    }
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("arr_0.npy", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&npy64).unwrap();
    files.push(("a.npz", zip.finish().unwrap().into_inner(), 0.0));
    let rows: Vec<Vec<f64>> = map.rows().into_iter().map(|row| row.to_vec()).collect();
    for compressed in [false, true] {
        let writer = Writer { big_endian: compressed, compressed };
        files.push(("a.mat", writer.file(&[writer.rows("map", &rows)]), 0.0));
    }
    let header = [0u32, u32::try_from(height).unwrap(), u32::try_from(width).unwrap(), 0, 4];
    let version4 = [header.map(u32::to_le_bytes).concat(), b"map\0".to_vec(), columns].concat();
    files.push(("a.mat", version4, 0.0));
    files
}

fn exr(map: &Array2<f64>) -> Vec<u8> {
    use exr::prelude::*;
    let size = (map.ncols(), map.nrows());
    #[expect(clippy::cast_possible_truncation, reason = "to the type that is written")]
    let values = map.iter().map(|&value| value as f32).collect();
    let channel = AnyChannel::new("Y", FlatSamples::F32(values));
    let image = Image::from_channels(size, AnyChannels::sort(SmallVec::from_vec(vec![channel])));
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).unwrap();
    bytes.into_inner()
}

fn tiff(map: &Array2<f64>) -> Vec<u8> {
    use tiff::encoder::{TiffEncoder, colortype::Gray32Float};
    let mut bytes = Cursor::new(Vec::new());
    #[expect(clippy::cast_possible_truncation, reason = "to the type that is written")]
    let values: Vec<f32> = map.iter().map(|&value| value as f32).collect();
    let (width, height) = (u32::try_from(map.ncols()).unwrap(), u32::try_from(map.nrows()).unwrap());
    TiffEncoder::new(&mut bytes).unwrap().write_image::<Gray32Float>(width, height, &values).unwrap();
    bytes.into_inner()
}

fn hdf5(map: &Array2<f64>, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.h5");
    crate::write_maps([Ok((name.to_owned(), map.clone()))], &path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn two_hundred_maps_are_the_same_in_every_file() {
    let mut random = Random::new(18);
    for _ in 0..200 {
        let (height, width) = (1 + random.below(12), 1 + random.below(12));
        let map = Array2::from_shape_fn((height, width), |_| random.unit() * 10.0 - 9.5);
        for (name, bytes, precision) in files(&map) {
            let read = decode_map(bytes, std::path::Path::new(name), None).unwrap();
            assert_eq!(read.size().dim(), map.dim(), "{name}");
            let values = read.into_values().unwrap();
            for (found, expected) in values.iter().zip(&map) {
                assert!((found - expected).abs() <= precision * expected.abs(), "{name}: {found} is not {expected}");
            }
        }
    }
}

#[test]
fn a_variable_is_chosen_by_name() {
    let (one, two) = (Array2::from_elem((2, 3), 1.5), Array2::from_elem((2, 3), 2.5));
    let rows = |map: &Array2<f64>| map.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    let writer = Writer { big_endian: false, compressed: true };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, map) in [("one.npy", &one), ("two.npy", &two)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&npy::encode_f64(map)).unwrap();
    }
    let several = writer.file(&[writer.rows("one", &rows(&one)), writer.rows("two", &rows(&two))]);
    let names = "the file should be a file with one array, or several of which --variable names one, found one, two";
    for (file, bytes, variable, message) in
        [("a.mat", several, "two", names), ("a.npz", zip.finish().unwrap().into_inner(), "two", names)]
    {
        let path = std::path::Path::new(file);
        let read = decode_map(bytes.clone(), path, Some(variable)).unwrap().into_values().unwrap();
        assert_eq!(read, two, "{file}");
        assert_eq!(decode_map(bytes.clone(), path, None).unwrap_err().to_string(), format!("{file}: {message}"));
        let message = decode_map(bytes, path, Some("other")).unwrap_err().to_string();
        assert!(message.contains("should be a file with the array other, found "), "{message}");
    }
}
