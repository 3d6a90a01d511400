//! Time of opening a dataset of 10,000 images, which decodes none, and of reading the sizes of all.

use std::{fs, hint::black_box, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use gaze_data::{Dataset, Format};
use tempfile::TempDir;

const IMAGES: usize = 10_000;

/// A folder with many copies of one picture of 640 x 480.
fn pictures(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder of our own");
    let first = folder.join("0.png");
    image::RgbImage::new(640, 480).save(&first).expect("a picture");
    for number in 1..IMAGES {
        fs::copy(&first, folder.join(format!("{number}.png"))).expect("room for some megabytes");
    }
}

/// A table with ten fixations on each image.
fn table() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    pictures(&folder.path().join("images"));
    let mut text = String::from("image,subject,x,y,duration_ms\n");
    for number in 0..IMAGES {
        for fixation in 0..10 {
            text +=
                &format!("{number}.png,{},{}.5,{}.25,250\n", fixation % 3, (number * 7 + fixation) % 640, fixation * 9);
        }
    }
    fs::write(folder.path().join("fixations.csv"), text).expect("room for a table");
    folder
}

/// MIT300's layout.
fn images_alone() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    pictures(&folder.path().join("BenchmarkIMAGES"));
    folder
}

fn index(criterion: &mut Criterion) {
    let (table, alone) = (table(), images_alone());
    let mut group = criterion.benchmark_group("index");
    group.sample_size(10);
    for (name, folder, format) in [("table", &table, Format::Table), ("images alone", &alone, Format::Mit300)] {
        let open = || Dataset::open(folder.path(), None).expect("a dataset");
        assert_eq!((open().format(), open().stimuli().len()), (format, IMAGES));
        group.bench_function(format!("{name}/{IMAGES}"), |bencher| bencher.iter(|| black_box(open())));
        group.bench_function(format!("{name}, sizes/{IMAGES}"), |bencher| {
            bencher.iter(|| {
                let dataset = open();
                (0..IMAGES).filter(|&index| dataset.image_size(index).is_ok()).count()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, index);
criterion_main!(benches);
