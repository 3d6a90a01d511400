//! Files as people have them, through the whole program: what is decided is said, and what a person saw is what counts.

use std::{fs, path::Path};

use image::{Rgb, RgbImage, Rgba, RgbaImage};
use ndarray::Array2;
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use tempfile::tempdir;

use crate::util::{Run, gaze_cli};

fn gaze(folder: &Path, arguments: &[&str]) -> Run {
    gaze_cli().current_dir(folder).args(arguments).output().unwrap().into()
}

#[test]
fn a_transparent_picture_is_laid_over_the_background_and_that_is_said_once() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let disc = |x: u32, y: u32| (i64::from(x) - 40).pow(2) + (i64::from(y) - 30).pow(2) < 150;
    for name in ["a.png", "b.png"] {
        RgbaImage::from_fn(80, 64, |x, y| Rgba(if disc(x, y) { [200, 0, 0, 255] } else { [0, 0, 0, 0] }))
            .save(at(name))
            .unwrap();
    }
    for (name, below) in [("white.png", [255; 3]), ("gray.png", [128; 3])] {
        RgbImage::from_fn(80, 64, |x, y| Rgb(if disc(x, y) { [200, 0, 0] } else { below })).save(at(name)).unwrap();
    }
    let save = ["--save", "log-density", "--out", "out"];
    let plain = gaze(folder.path(), &[&["predict", "white.png", "gray.png"][..], &save].concat());
    assert_eq!((plain.status, plain.stderr.as_str()), (0, ""));
    let over = gaze(folder.path(), &[&["predict", "a.png", "b.png"][..], &save].concat());
    assert_eq!(over.status, 0, "{}", over.stderr);
    assert_eq!(over.stderr.matches("transparent, laid over white (--background COLOR").count(), 1, "{}", over.stderr);
    let density =
        |name: &str| -> Array2<f32> { Array2::read_npy(fs::File::open(at("out").join(name)).unwrap()).unwrap() };
    assert_eq!(density("a.npy"), density("white.npy"));
    let over = gaze(folder.path(), &["predict", "a.png", "--background", "gray", "--out", "gray.npy"]);
    assert_eq!(over.status, 0, "{}", over.stderr);
    let found: Array2<f32> = Array2::read_npy(fs::File::open(at("gray.npy")).unwrap()).unwrap();
    assert_eq!(found, density("gray.npy"));
}

#[test]
fn a_point_weighs_as_long_as_it_lasted() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("f.csv"), "x,y,duration_ms\n20,30,100\n60,30,900\n").unwrap();
    let made = ["rasterize", "--fixations", "f.csv", "--image-size", "60x80", "--weight", "duration", "--out", "m.npy"];
    let run = gaze(folder.path(), &made);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let map: Array2<f32> = Array2::read_npy(fs::File::open(folder.path().join("m.npy")).unwrap()).unwrap();
    assert_eq!((map[[30, 20]], map[[30, 60]], map.sum()), (100.0, 900.0, 1000.0));
    fs::write(folder.path().join("f.csv"), "x,y\n20,30\n").unwrap();
    let run = gaze(folder.path(), &made);
    assert!(run.status == 2 && run.stderr.contains("have no durations to be weighted by"), "{}", run.stderr);
}

#[test]
fn a_log_density_that_misses_one_is_said_and_a_far_one_refused() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("f.csv"), "x,y\n1,1\n").unwrap();
    let write = |name: &str, off: f64| {
        let map = Array2::from_elem((6, 8), off - 48f64.ln());
        map.write_npy(fs::File::create(folder.path().join(name)).unwrap()).unwrap();
    };
    write("near.npy", 3e-3);
    write("far.npy", 1.0);
    let score = |map: &str, more: &[&str]| {
        let arguments = [
            "evaluate",
            "--prediction",
            map,
            "--fixations",
            "f.csv",
            "--baseline",
            "uniform",
            "--profile",
            "tuebingen",
        ];
        gaze(folder.path(), &[&arguments[..], more].concat())
    };
    let near = score("near.npy", &[]);
    let told =
        "near.npy: the log density is renormalised, as the logarithm of the sum of its probabilities is 0.003000";
    assert!(near.stderr.contains(told), "{}", near.stderr);
    assert!(near.stdout.lines().any(|line| line.starts_with("ig") && !line.contains(" - ")), "{}", near.stdout);
    let far = score("far.npy", &["--map-kind", "log-density"]);
    assert!(far.status == 2 && far.stderr.contains("--renormalise makes a density of them"), "{}", far.stderr);
    let far = score("far.npy", &["--renormalise"]);
    assert_eq!(far.status, 0, "{}", far.stderr);
    let clash = score("far.npy", &["--renormalise", "--map-kind", "scores"]);
    assert!(
        clash.stderr.contains("--renormalise is about log densities, and --map-kind is scores"),
        "{}",
        clash.stderr
    );
}

#[test]
fn gaze_that_is_not_plausible_is_told_with_the_option_that_mends_it() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("images")).unwrap();
    RgbImage::new(80, 60).save(data.join("images/a.png")).unwrap();
    fs::write(data.join("fixations.csv"), "image,x,y\na,0.25,0.5\na,0.5,0.5\na,0.75,0.1\n").unwrap();
    let told = "all 3 fixations lie within 0 and 1, as shares of an image's sides do: --units normalised takes them so";
    let info = gaze(folder.path(), &["info", "data"]);
    assert!(info.stdout.contains(told), "{}", info.stdout);
    let run = |more: &[&str]| {
        let arguments =
            ["run", "--data", "data", "--model", "center-bias:gaussian", "--metrics", "nss", "--references", "none"];
        let more = [&arguments[..], &["--save", "none", "--overwrite", "--out", "out"], more].concat();
        gaze(folder.path(), &more)
    };
    assert!(run(&[]).stderr.contains(told));
    let mended = run(&["--units", "normalised"]);
    assert_eq!((mended.status, mended.stderr.as_str()), (0, ""));
}

#[test]
fn a_picture_that_would_fill_the_memory_is_refused_by_its_header() {
    let folder = tempdir().unwrap();
    // The header of a PNG of 30000 x 30000 gray pixels, of which nothing is there.
    let mut header = b"IHDR".to_vec();
    header.extend(30_000u32.to_be_bytes().repeat(2));
    header.extend([8, 0, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    bytes.extend(&header);
    bytes.extend(crc(&header).to_be_bytes());
    bytes.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    fs::write(folder.path().join("bomb.png"), bytes).unwrap();
    let run = gaze(folder.path(), &["predict", "bomb.png", "--out", "b.npy"]);
    let told = "bomb.png: a picture of 30000x30000 (height x width) has 900000000 pixels, more than the limit of";
    assert!(run.status == 1 && run.stderr.contains(told), "{}", run.stderr);
}

/// The checksum of a part of a PNG, as the format's specification states it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
