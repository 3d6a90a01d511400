//! The same fixations in tables of every dialect give the same gaze, or a message that names the way out.

use super::*;
use crate::{Dataset, DatasetOptions};
use std::fs;

/// Writes a table in a file of this name, beside two images, and returns all gaze as text.
fn read(name: &str, bytes: &[u8], options: &DatasetOptions) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(IMAGES)).unwrap();
    for name in ["a.png", "b.png"] {
        ::image::RgbImage::new(80, 60).save(folder.path().join(IMAGES).join(name)).unwrap();
    }
    fs::write(folder.path().join(name), bytes).unwrap();
    let dataset = Dataset::open_with(folder.path(), options).map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    for (index, stimulus) in dataset.stimuli().iter().enumerate() {
        let size = dataset.image_size(index).unwrap();
        for gaze in dataset.gaze(index) {
            let raw = gaze.scanpaths.map_err(|error| error.to_string())?;
            let (scanpaths, _) = crate::scanpaths_within(&raw, size, Path::new(""));
            for path in scanpaths {
                let observer = path.observer().unwrap_or("-").to_owned();
                lines.push(format!("{} {observer} {:?}", stimulus.key(), path.fixations().points()));
            }
        }
    }
    Ok(lines)
}

/// The rows that all dialects hold: two observers, a lost fixation in the middle.
fn table(separator: &str, comma: bool, lost: &str, quoted: bool) -> String {
    let number = |text: &str| {
        let text = if comma { text.replace('.', ",") } else { text.to_owned() };
        if quoted { format!("\"{text}\"") } else { text }
    };
    let row = |image: &str, subject: &str, x: &str, y: &str| [image, subject, &number(x), &number(y)].join(separator);
    [
        ["image", "subject", "x", "y"].join(separator),
        row("a.png", "M\u{fc}ller", "10.5", "20.5"),
        row("a.png", "M\u{fc}ller", lost, lost),
        row("a.png", "s2", "30.25", "40"),
        row("b.png", "M\u{fc}ller", "5.0", "6.75"),
        String::new(),
    ]
    .join("\n")
}

#[test]
fn forty_dialects_hold_the_same_gaze() {
    let plain = table(",", false, "NaN", false);
    let expected = read("fixations.csv", plain.as_bytes(), &DatasetOptions::default()).unwrap();
    assert_eq!(expected.len(), 3);
    let utf16 = |text: &str, mark: bool, big: bool| -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let mut dialects: Vec<(String, &str, Vec<u8>)> = Vec::new();
    for (name, separator) in [("comma", ","), ("semicolon", ";"), ("tab", "\t")] {
        for (kind, comma, quoted) in
            [("points", false, false), ("commas", true, separator == ","), ("quoted", false, true)]
        {
            let text = table(separator, comma, "NA", quoted);
            dialects.push((format!("{name} {kind}"), "fixations.csv", text.clone().into_bytes()));
            dialects.push((format!("{name} {kind} CRLF"), "fixations.txt", text.replace('\n', "\r\n").into_bytes()));
            dialects.push((format!("{name} {kind} CR"), "fixations.tsv", text.replace('\n', "\r").into_bytes()));
        }
        let stated = format!("sep={separator}\n{}", table(separator, false, "", false));
        dialects.push((format!("{name} sep="), "fixations.csv", stated.into_bytes()));
    }
    for lost in ["n/a", ".", "-", "NaN", "inf", "-inf", "null", "#N/A", "NULL", ""] {
        dialects.push((format!("lost {lost:?}"), "fixations.csv", table(",", false, lost, false).into_bytes()));
    }
    let text = table("\t", true, "n/a", false);
    dialects.push(("BOM".to_owned(), "fixations.csv", [b"\xef\xbb\xbf", plain.as_bytes()].concat()));
    dialects.push(("UTF-16".to_owned(), "fixations.tsv", utf16(&text, true, false)));
    dialects.push(("UTF-16 big".to_owned(), "fixations.csv", utf16(&text, true, true)));
    dialects.push(("UTF-16 without a mark".to_owned(), "fixations.csv", utf16(&plain, false, false)));
    let latin = plain.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    dialects.push(("Latin-1".to_owned(), "fixations.csv", latin));
    let lines = |each: &dyn Fn(usize, &str) -> String| -> Vec<u8> {
        plain.lines().enumerate().map(|(at, line)| each(at, line)).collect::<String>().into_bytes()
    };
    dialects.push(("blank columns".to_owned(), "fixations.csv", lines(&|_, line| format!("{line},,\n"))));
    dialects.push(("blank rows".to_owned(), "fixations.csv", lines(&|_, line| format!("{line}\n,,,\n\n"))));
    dialects.push((
        "index".to_owned(),
        "fixations.csv",
        lines(&|at, line| match at {
            0 => format!(",{line}\n"),
            _ => format!("{at},{line}\n"),
        }),
    ));
    dialects.push((
        "R's names of rows".to_owned(),
        "fixations.csv",
        lines(&|at, line| match at {
            0 => format!("\"\",{line}\n"),
            _ => format!("\"{at}\",{line}\n"),
        }),
    ));
    dialects.push((
        "comments".to_owned(),
        "fixations.csv",
        lines(&|at, line| match at {
            0 => format!("# by hand\n#\n{line}\n"),
            _ => format!("{line}\n"),
        }),
    ));
    let capitals = plain.replacen("image,subject,x,y", "IMAGE, Subject ,X,Y", 1);
    dialects.push(("capitals and spaces".to_owned(), "fixations.csv", capitals.into_bytes()));
    assert!(dialects.len() >= 40, "{}", dialects.len());
    for (dialect, name, bytes) in &dialects {
        assert_eq!(read(name, bytes, &DatasetOptions::default()).as_ref(), Ok(&expected), "{dialect}");
    }
    // Other names of columns, as eye trackers have them.
    let named = plain.replacen("image,subject,x,y", "Stimulus,Who,\"X [px]\",Y", 1);
    let mut options = DatasetOptions::default();
    options.gaze.columns = "image=Stimulus,subject=Who,x=X [px]".parse().unwrap();
    assert_eq!(read("fixations.csv", named.as_bytes(), &options).as_ref(), Ok(&expected));
}

#[test]
fn what_cannot_be_read_names_the_way_out() {
    for (bytes, expected) in [
        (b"10.5,20.5,a.png\n".as_slice(), "(other names: --columns image=NAME,x=NAME,y=NAME)"),
        (b"10.5,20.5,3\n", "before the first row of numbers"),
        (b"image,x,y\na.png,10,5,20,5\n", "a value with a separator in it, such as a decimal comma, needs quotes"),
        (
            b"PK\x03\x04....",
            "is an Excel or OpenDocument workbook or another zip archive; save the table as CSV or Parquet",
        ),
        (b"ARROW1\0\0", "is an Arrow or Feather file; save the table as CSV or Parquet"),
        (b"\x1f\x8b\x08\0", "is a compressed file (gzip); save the table as CSV or Parquet"),
    ] {
        let message = read("fixations.csv", bytes, &DatasetOptions::default()).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
    let mut options = DatasetOptions::default();
    options.gaze.columns = "x=FPOGX".parse().unwrap();
    let message = read("fixations.csv", b"image,x,y\n", &options).unwrap_err();
    assert!(message.contains("with the column FPOGX, which is to hold x"), "{message}");
}

#[test]
fn units_and_lost_coordinates_are_heeded_if_asked() {
    let mut options = DatasetOptions::default();
    options.gaze.units = "normalised".parse().unwrap();
    options.gaze.lost = Some("0,0".parse().unwrap());
    let table = b"image,x,y\na.png,0.25,0.5\na.png,0,0\na.png,1,0.5\n";
    // 80 x 60 pixels; a share of 1 is the border, which is outside.
    let expected = ["a - [Fixation { x: 20.0, y: 30.0 }]"];
    assert_eq!(read("fixations.csv", table, &options).unwrap(), expected);
    options.gaze.units = "percent".parse().unwrap();
    let table = b"image,x,y\na.png,25,50\na.png,0,0\n";
    assert_eq!(read("fixations.csv", table, &options).unwrap(), expected);
}
