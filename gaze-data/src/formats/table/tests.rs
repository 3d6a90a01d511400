//! Tables as people and programs write them.

use super::*;
use crate::{Dataset, DatasetOptions, Format, Provenance, testing};
use gaze_core::PixelsPerDegree;
use std::fs;
use tempfile::TempDir;

fn folder(table: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(IMAGES)).unwrap();
    for name in ["cat.png", "dog.v2.jpg", "10.bmp"] {
        ::image::RgbImage::new(6, 4).save(folder.path().join(IMAGES).join(name)).unwrap();
    }
    fs::write(folder.path().join(TABLES[0]), table).unwrap();
    folder
}

fn open(table: impl AsRef<[u8]>) -> Result<Dataset, DataError> {
    Dataset::open(folder(table).path(), None)
}

/// Returns the gaze that was read as text: `image group subject x,y x,y`, a line per scanpath or problem.
fn scanpaths(dataset: &Dataset) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, stimulus) in dataset.stimuli().iter().enumerate() {
        for gaze in dataset.gaze(index) {
            match gaze.scanpaths {
                Err(error) => lines.push(format!("{} {} {error}", stimulus.key(), gaze.group)),
                Ok(raw) => lines.extend(raw.iter().map(|path| {
                    let points: Vec<_> =
                        path.fixations.iter().map(|point| format!("{},{}", point.x, point.y)).collect();
                    let subject = path.observer.as_deref().unwrap_or("-");
                    format!("{} {} {subject} {}", stimulus.key(), gaze.group, points.join(" "))
                })),
            }
        }
    }
    lines
}

#[test]
fn a_minimal_table_is_one_scanpath_per_image() {
    let dataset = open("image,x,y\ncat.png,1.5,2\n10,0,0\ncat,3,1\n").unwrap();
    assert_eq!(dataset.format(), Format::Table);
    assert_eq!(dataset.groups(), ["all"]);
    assert_eq!(scanpaths(&dataset), ["10 all - 0,0", "cat all - 1.5,2 3,1"]);
    assert_eq!(dataset.notes(), ["1 of 3 stimuli have no gaze: dog.v2"]);
    assert_eq!(dataset.pixels_per_degree(), None);
}

#[test]
fn columns_have_any_order_and_observers_may_take_turns() {
    let table = "\u{feff}y, x ,screen,group,duration_ms,image,subject\r\n\
        1,2,a,TD,120,\"dog.v2.jpg\",ann\r\n\
        3,4,a,TD,,dog.v2,bob\r\n\
        5,6,a,ASD,80,dog.v2,ann\r\n\
        7,8,a,TD,90,dog.v2,ann\r\n";
    let dataset = open(table).unwrap();
    assert_eq!(dataset.groups(), ["TD", "ASD"]);
    assert_eq!(scanpaths(&dataset), ["dog.v2 TD ann 2,1 8,7", "dog.v2 TD bob 4,3", "dog.v2 ASD ann 6,5"]);
    assert_eq!(dataset.notes()[0], "fixations.csv: columns without a meaning here were left out: screen");
    let raw = dataset.gaze(2).remove(0).scanpaths.unwrap();
    assert_eq!(raw[0].fixations.iter().map(|point| point.duration_ms).collect::<Vec<_>>(), [Some(120.0), Some(90.0)]);
    assert_eq!(raw[1].fixations[0].duration_ms, None);
}

#[test]
fn any_column_may_hold_the_groups() {
    let table = "image,x,y,group,age,subject\ncat,1,2,TD,7,ann\ncat,3,3,TD,9,bob\ncat,4,1,ASD,7,eve\n";
    let grouped = |table: &str, column: &str| {
        let options = DatasetOptions { group_column: Some(column.to_owned()), ..DatasetOptions::default() };
        Dataset::open_with(folder(table).path(), &options)
    };
    let by = |column: &str| grouped(table, column);
    let dataset = by("age").unwrap();
    assert_eq!(dataset.groups(), ["7", "9"]);
    assert_eq!(scanpaths(&dataset), ["cat 7 ann 1,2", "cat 7 eve 4,1", "cat 9 bob 3,3"]);
    assert_eq!(dataset.notes()[0], "fixations.csv: columns without a meaning here were left out: group");
    assert_eq!(by("subject").unwrap().groups(), ["ann", "bob", "eve"]);
    let expected = "expected the header with the column task, whose values are the groups, found";
    let error = by("task").unwrap_err().to_string();
    assert!(error.starts_with(&format!("fixations.csv:1: {expected}")), "{error}");
    let missing = grouped("image,x,y,age\ncat,1,1,\ncat,2,2,7\n", "age").unwrap();
    assert_eq!(missing.notes()[0], "fixations.csv:2: 1 row without the name of a group left out");
    assert_eq!(scanpaths(&missing), ["cat 7 - 2,2"]);
}

#[test]
fn a_lost_sample_keeps_its_row_and_has_no_place() {
    let dataset = open("image,x,y\ncat,1,2\ncat,NaN,3\ncat,,\ncat,4,3\n").unwrap();
    let size = gaze_core::Size { height: 4, width: 6 };
    let index = dataset.stimuli().iter().position(|stimulus| stimulus.key() == "cat").unwrap();
    let gaze = dataset.gaze(index).remove(0);
    let (scanpaths, dropped) = crate::scanpaths_within(&gaze.scanpaths.unwrap(), size, &gaze.source);
    assert_eq!(scanpaths[0].fixations().len(), 2);
    let lines: Vec<_> = dropped.iter().map(|fixation| fixation.fixation.line).collect();
    assert_eq!(lines, [Some(3), Some(4)]);
}

#[test]
fn a_name_that_two_pictures_have_is_refused() {
    let folder = folder("image,x,y\ncat.png,1,2\ncat,1,1\n");
    ::image::RgbImage::new(6, 4).save(folder.path().join(IMAGES).join("cat.jpg")).unwrap();
    let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
    assert_eq!(message, "cat is ambiguous: both images/cat.jpg and images/cat.png have this name");
}

#[test]
fn pictures_of_one_name_in_two_folders_are_two_stimuli() {
    let folder = folder("image,x,y\nday1/1.png,1,2\nday2/1.png,3,3\nday1/1.png,0,0\n");
    for day in ["day1", "day2"] {
        fs::create_dir(folder.path().join(IMAGES).join(day)).unwrap();
        ::image::RgbImage::new(6, 4).save(folder.path().join(IMAGES).join(day).join("1.png")).unwrap();
    }
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(scanpaths(&dataset), ["day1/1 all - 1,2 0,0", "day2/1 all - 3,3"]);
    assert!(dataset.stimuli().iter().all(StimulusEntry::has_image));
}

#[test]
fn a_wrong_value_spoils_its_image_and_group_alone() {
    let dataset = open("image,x,y\ncat,1,1\n\ncat,2,2l\n10,3,3\ncat,4,4\n").unwrap();
    assert_eq!(scanpaths(&dataset), ["10 all - 3,3", "cat all fixations.csv:4: y should be a number, found \"2l\""]);
    let dataset = open("image,x,y,duration_ms\ncat,1,1,-3\ncat,1,1,3\n").unwrap();
    assert_eq!(scanpaths(&dataset), ["cat all - 1,1 1,1"]);
    assert_eq!(dataset.notes()[0], "fixations.csv:2: 1 row with a duration below 0, which counts as unknown");
}

#[test]
fn a_description_is_taken_over() {
    let folder = folder("image,x,y\ncat,1,1\n");
    let text = r#"{"name": "My study", "gaze": "simulated", "pixels_per_degree": 35.2}"#;
    fs::write(folder.path().join("dataset.json"), text).unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!((dataset.name(), dataset.provenance()), ("My study", Provenance::Simulated));
    assert_eq!(dataset.pixels_per_degree(), PixelsPerDegree::new(35.2).ok());
}

#[test]
fn gaze_without_an_image_is_a_stimulus_without_one() {
    let dataset = open("image,x,y\ncow.png,1,1\ncow,2,2\ncow.v2,3,3\ncat,1,1\n").unwrap();
    assert_eq!(scanpaths(&dataset), ["cat all - 1,1", "cow all - 1,1 2,2", "cow.v2 all - 3,3"]);
    assert_eq!(dataset.notes()[0], "2 of 5 stimuli have gaze but no image: cow, cow.v2");
    let error = dataset.image_size(2).unwrap_err();
    assert_eq!(error.to_string(), "stimulus cow has no image in images");
}

#[track_caller]
fn check_error(table: impl AsRef<[u8]>, expected: &str) {
    assert_eq!(open(table).unwrap_err().to_string(), expected);
}

#[test]
fn a_table_that_is_none_says_where() {
    let named = "with at least the columns image,x,y (other names: --columns image=NAME,x=NAME,y=NAME)";
    check_error("", &format!("fixations.csv:1: expected the header {named}, found \"\""));
    check_error("a,x,y\n", &format!("fixations.csv:1: expected the header {named}, found \"a,x,y\""));
    check_error(
        "10,20,NA\n",
        "fixations.csv:1: expected the header with at least the columns image,x,y before the first row of numbers, \
         found \"10,20,NA\"",
    );
    check_error(
        "image,x,y,x\n",
        "fixations.csv:1: expected the header with every column named once, found \"image,x,y,x\"",
    );
    check_error("image,x,y\n", "fixations.csv holds no fixation");
    check_error("image,x,y\ncat,1,1\ncat,1\n", "fixations.csv:3: expected 3 values, found 2");
    check_error(
        "image,x,y\ncat,1,5,2\n",
        "fixations.csv:2: expected 3 values, found 4; a value with a separator in it, such as a decimal comma, needs quotes",
    );
    check_error("image,x,y\n,1,1\n", "fixations.csv holds no fixation");
    check_error("image,x,y,group\na,1,1,\n", "fixations.csv holds no fixation");
    check_error(b"image,x,y\ncat,1,1\nc\0at,1,1\n", "fixations.csv:3: not text");
    let workbook = [b"PK\x03\x04".as_slice(), &[7; 40]].concat();
    check_error(
        workbook,
        "fixations.csv is an Excel or OpenDocument workbook or another zip archive; save the table as CSV or Parquet",
    );
}

#[cfg(feature = "parquet")]
/// The golden table that is written in a file of this name, beside the three images.
fn golden(name: &str, kind: &str) -> (TempDir, Dataset) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/tables").join(name);
    let folder = folder("");
    fs::remove_file(folder.path().join(TABLES[0])).unwrap();
    fs::copy(from, folder.path().join(kind)).unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    (folder, dataset)
}

#[cfg(feature = "parquet")]
/// Every number of a dataset's gaze, as text.
fn numbers(dataset: &Dataset) -> Vec<String> {
    let gaze = |index| dataset.gaze(index).into_iter();
    let all = (0..dataset.stimuli().len()).flat_map(gaze);
    let text = |gaze: GroupGaze| {
        let number = |path: &crate::RawScanpath| {
            let fixation = |f: &crate::RawFixation| format!("{} {} {:?} {:?}", f.x, f.y, f.duration_ms, f.start_ms);
            let fixations: Vec<_> = path.fixations.iter().map(fixation).collect();
            format!("{} {:?} {}", gaze.group, path.observer, fixations.join(", "))
        };
        gaze.scanpaths.unwrap().iter().map(number).collect::<Vec<_>>()
    };
    all.flat_map(text).collect()
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_of_every_program_holds_what_the_text_does() {
    let (_folder, text) = golden("plain.csv", "fixations.csv");
    let expected = numbers(&text);
    assert_eq!(expected.len(), 6);
    assert!(expected.iter().any(|line| line.contains("NaN 1.5 Some(105.0) Some(1150.0)")), "{expected:?}");
    assert!(expected.iter().any(|line| line.contains(" None Some(650.0)")), "{expected:?}");
    for name in ["pandas", "pyarrow_gzip_v2", "pyarrow_none", "polars", "duckdb"] {
        let (_folder, dataset) = golden(&format!("{name}.parquet"), "fixations.parquet");
        assert_eq!(numbers(&dataset), expected, "{name}");
        assert_eq!(
            dataset.notes()[0],
            "fixations.parquet: columns without a meaning here were left out: trace",
            "{name}"
        );
        assert_eq!(dataset.groups(), ["TD", "ASD"]);
        // Rows are counted from 1.
        let first = dataset.gaze(1).remove(0).scanpaths.unwrap();
        assert_eq!(first[0].fixations[39].line, Some(40), "{name}");
    }
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_of_other_types_holds_the_same_numbers() {
    let (_folder, dataset) = golden("pyarrow_types.parquet", "fixations.parquet");
    let expected = [
        "TD Some(\"1\") 1.5 0.5 Some(200.0) Some(-100.0)",
        "ASD Some(\"4294967295\") -0.25 2 None Some(0.0)",
        "TD Some(\"2\") NaN 3 Some(90.0) Some(1099511627776.0)",
    ];
    assert_eq!(numbers(&dataset), expected);
}

#[test]
fn columns_may_be_separated_by_tabs() {
    let folder = folder("");
    fs::remove_file(folder.path().join(TABLES[0])).unwrap();
    fs::write(folder.path().join("fixations.tsv"), "image\tx\ty\tsubject\ncat\t1.5\t2\tann, the first\n").unwrap();
    let dataset = Dataset::open(folder.path(), None).unwrap();
    assert_eq!(scanpaths(&dataset), ["cat all ann, the first 1.5,2"]);
    assert_eq!(dataset.gaze(1).remove(0).source, Path::new("fixations.tsv"));
}

#[test]
fn a_table_of_any_name_may_be_opened_itself_and_two_are_ambiguous() {
    let folder = folder("image,x,y\ncat,1,2\n");
    fs::write(folder.path().join("other.tsv"), "image\tx\ty\ncat\t3\t3\n").unwrap();
    let dataset = Dataset::open(&folder.path().join("other.tsv"), None).unwrap();
    assert_eq!((dataset.format(), scanpaths(&dataset)), (Format::Table, vec!["cat all - 3,3".to_owned()]));
    fs::rename(folder.path().join("other.tsv"), folder.path().join("fixations.tsv")).unwrap();
    let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
    let expected = "the table of fixations is ambiguous: both fixations.csv and fixations.tsv have this name";
    assert_eq!(message, expected);
}

#[test]
fn a_start_before_the_image_is_a_start() {
    let dataset = open("image,x,y,start_ms\ncat,1,2,-40\ncat,1,2,\n10,1,2,soon\n").unwrap();
    let starts: Vec<_> =
        dataset.gaze(1).remove(0).scanpaths.unwrap()[0].fixations.iter().map(|point| point.start_ms).collect();
    assert_eq!(starts, [Some(-40.0), None]);
    let message = dataset.gaze(0).remove(0).scanpaths.unwrap_err().to_string();
    assert_eq!(message, "fixations.csv:4: start_ms should be a number of milliseconds, found \"soon\"");
}

#[cfg(feature = "parquet")]
#[track_caller]
fn check_parquet_error(bytes: &[u8], expected: &str) {
    let folder = folder("");
    fs::remove_file(folder.path().join(TABLES[0])).unwrap();
    fs::write(folder.path().join("fixations.parquet"), bytes).unwrap();
    let message = Dataset::open(folder.path(), None).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_that_is_none_says_so() {
    check_parquet_error(b"", "fixations.parquet: ");
    check_parquet_error(b"image,x,y\ncat,1,2\n", "fixations.parquet: Parquet error: Invalid Parquet file");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/tables/pandas.parquet");
    let bytes = fs::read(golden).unwrap();
    check_parquet_error(&bytes[..bytes.len() - 1], "fixations.parquet: ");
    // The name of a column in the schema, of which the thrift encoding says only the length.
    let renamed: Vec<u8> = bytes.clone();
    let at = renamed.windows(6).position(|window| window == b"\x05image").expect("the column's name") + 1;
    let renamed = [&bytes[..at], b"eyes!", &bytes[at + 5..]].concat();
    check_parquet_error(&renamed, "y=NAME), found \"eyes!,subject,x,y");
}

#[cfg(feature = "parquet")]
#[test]
fn a_description_of_parquet_that_claims_too_much_is_refused() {
    // Version 1; a list of elements, each with a name and the number of its children; no rows, and no groups of them.
    let file = |elements: &[u8], count: u8, claimed: u32| {
        let footer = [b"\x15\x02\x19", [count << 4 | 0x0c].as_slice(), elements, b"\x16\x00\x19\x0c\x00"].concat();
        let length = claimed + u32::try_from(footer.len()).unwrap();
        [b"PAR1".as_slice(), &footer, &length.to_le_bytes(), b"PAR1"].concat()
    };
    let element = |children: &[u8]| [b"\x48\x01m\x15".as_slice(), children, b"\x00"].concat();
    let expected = "its columns are not described as a tree, or are nested too deep";
    check_parquet_error(&file(&element(b"\xff\xff\xff\xff\x0f"), 1, 0), expected);
    check_parquet_error(&file(&element(b"\x01"), 1, 0), expected);
    check_parquet_error(&file(&element(b"\x02").repeat(14), 14, 0), expected);
    check_parquet_error(&file(&element(b"\x00"), 1, 0), "expected the header with at least the columns image,x,y");
    check_parquet_error(&file(&element(b"\x00"), 2, 0), "its description is damaged");
    check_parquet_error(
        &file(&element(b"\x00"), 1, 99),
        "its description has 114 bytes, more than the 19 that it may have",
    );
}

#[test]
fn no_damage_makes_the_readers_panic() {
    let table = b"image,subject,x,y,duration_ms,group\ncat.png,\"ann\",1,2,3,a\n10,bob,1.5,2,,b\n";
    let columns = Columns::default();
    for bytes in testing::damaged(table, 20_000, 5) {
        let mut rows = Rows::new(Path::new("fixations.csv"), &columns, None);
        let _ = table::text::read(&bytes, Path::new("fixations.csv"), b',', &mut rows).map(|_| rows.finish());
    }
}

#[cfg(feature = "parquet")]
#[test]
fn no_damage_makes_the_parquet_reader_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixations.parquet");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/golden/tables");
    for (seed, name) in (0..).zip(["pandas", "pyarrow_gzip_v2", "pyarrow_none", "polars", "duckdb"]) {
        let bytes = fs::read(golden.join(format!("{name}.parquet"))).unwrap();
        for bytes in testing::damaged(&bytes, 200, seed) {
            fs::write(&path, &bytes).unwrap();
            let columns = Columns::default();
            let source = Path::new("fixations.parquet");
            let mut rows = Rows::new(source, &columns, None);
            let _ = table::parquet::read(fs::File::open(&path).unwrap(), source, &mut rows).map(|()| rows.finish());
        }
    }
}
