//! The page that predicts in the browser, opened in Chromium without a window: what it shows equals what `gaze-cli` computes.
//!
//! `cargo xtask test` builds the page first. Where there is no page or no Chromium, nothing is tested, which is said; with the
//! variable `GAZE_NEEDS_PAGE`, which `.ci/run` sets, there must be both.

#![expect(clippy::print_stderr, reason = "what is not tested is said, and how closely page and program agree")]

mod browser;

use std::{
    fs,
    path::{Path, PathBuf},
};

use gaze_core::Size;
use gaze_model::gaze_lite::GazeLite;
use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};
use ndarray::Array2;
use ndarray_npy::{read_npy, write_npy};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};
use xtask::server::Server;

use self::browser::Browser;
use crate::util::{gaze_cli, json as parsed, repository};

/// What WebAssembly, which has no fused multiply-add, may differ in: 2e-5 in the log density (docs/GAZE-LITE.md), rounded up.
const TOLERANCE: f64 = 1e-4;

/// A browser with the page, a server, and a folder for files.
struct Setting {
    browser: Browser,
    server: Server,
    folder: TempDir,
}

/// Opens the page; `None` where it cannot be.
fn setting() -> Option<Setting> {
    let page = page_folder();
    let missing = match (page.join("gaze.wasm").exists(), xtask::browser::find()) {
        (true, Some(program)) => return Some(open(&page, &program)),
        (false, _) => "the page is not built: cargo xtask web",
        (true, None) => "there is no Chromium in the path, and the variable CHROMIUM names none",
    };
    assert!(!xtask::browser::is_needed(), "the page in the browser must be tested here, but {missing}");
    eprintln!("NOT TESTED: the page in the browser. {missing}");
    None
}

/// The folder in which `cargo xtask web` leaves the page.
fn page_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("web")
}

fn open(page: &Path, program: &Path) -> Setting {
    for folder in ["gaze-web/page", "gaze-report/src/html/shared"] {
        for file in fs::read_dir(repository(folder)).unwrap().map(|file| file.unwrap().path()) {
            let name = file.file_name().unwrap();
            let is_same = name == "sw.js" || fs::read(page.join(name)).ok() == fs::read(&file).ok();
            assert!(
                is_same,
                "{} of the built page is not {}; build it again: cargo xtask web",
                name.display(),
                file.display()
            );
        }
    }
    let server = Server::start(page, 0).unwrap();
    let folder = tempdir().unwrap();
    let mut browser = Browser::start(program);
    browser.save_into(folder.path());
    browser.open(&server.url());
    Setting { browser, server, folder }
}

impl Setting {
    /// Chooses a picture and waits for its prediction; returns the name that files are saved under.
    fn predict(&mut self, input: &str, file: &Path) {
        self.browser.choose(input, file);
        let name = file.file_name().unwrap().to_string_lossy();
        let said = "document.getElementById('status').textContent";
        self.browser.wait_for(&format!("{said}.startsWith({name:?}) && {said}.includes('predicted')"));
    }

    /// Chooses a file that is refused and returns what is said.
    fn refused(&mut self, input: &str, file: &Path) -> String {
        self.browser.evaluate("document.getElementById('alert').textContent = ''");
        self.browser.choose(input, file);
        self.browser.wait_for("document.getElementById('alert').textContent !== ''");
        self.browser.evaluate("document.getElementById('alert').textContent").as_str().unwrap().to_owned()
    }

    /// Saves a file of a picture and returns its path.
    fn save(&mut self, slot: &str, product: &str, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        assert!(!path.exists(), "{name} is saved once");
        self.browser.evaluate(&format!("document.querySelector('#figure-{slot} [data-product={product}]').click()"));
        self.browser.wait_for_saved(name);
        path
    }

    /// Compares the density on the page with that of `gaze-cli predict`.
    #[track_caller]
    fn check_density(&mut self, slot: &str, picture: &Path) {
        let stem = picture.file_stem().unwrap().to_string_lossy();
        let found: Array2<f32> = read_npy(self.save(slot, "density", &format!("{stem}.npy"))).unwrap();
        let expected = self.folder.path().join("expected.npy");
        let run = gaze_cli().arg("predict").arg(picture).arg("--out").arg(&expected).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let expected: Array2<f32> = read_npy(expected).unwrap();
        assert_eq!(found.dim(), expected.dim());
        let differences = found.iter().zip(&expected).map(|(found, expected)| f64::from((found - expected).abs()));
        let largest = differences.fold(0.0, f64::max);
        eprintln!("{}: log densities of page and gaze-cli differ by {largest:.1e}", picture.display());
        assert!(largest < TOLERANCE, "{}: {largest}", picture.display());
    }

    /// Checks that nothing went wrong, and that nothing but the page was asked for.
    #[track_caller]
    fn check_quiet(&mut self) {
        self.browser.evaluate("1");
        assert_eq!(self.browser.errors(), [""; 0]);
        let url = self.server.url();
        let requested = self.browser.requested();
        assert!(requested.iter().any(|address| address.ends_with("/gaze.wasm")), "threads are watched: {requested:?}");
        for address in requested {
            let own = address.starts_with(&url)
                || address.starts_with(&format!("blob:{url}"))
                || address.starts_with("about:");
            assert!(own, "{address} is not the page's");
        }
    }

    /// The figures in the table, row by row.
    fn figures(&mut self) -> Value {
        let rows = "[...document.querySelectorAll('#figures tbody tr')].map((row) => JSON.parse(row.dataset.figures))";
        self.browser.evaluate(rows)
    }
}

fn photograph(name: &str) -> PathBuf {
    repository("examples/photographs/images").join(name)
}

#[track_caller]
fn check_close(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    // Shares and lifts of a log density that is off by so much are off by as large a part.
    assert!((found - expected).abs() <= TOLERANCE * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

#[test]
fn the_density_regions_and_scores_are_those_of_the_program() {
    let Some(mut page) = setting() else { return };
    let picture = photograph("coffee.png");
    page.predict("#file-a", &picture);
    page.check_density("a", &picture);

    // One region with the mouse, one with the keyboard.
    page.browser.drag("#figure-a .regions", [0.3, 0.2], [0.6, 0.7]);
    page.browser.evaluate("document.getElementById('add').click()");
    page.browser.wait_for("document.activeElement.matches('.region:nth-of-type(2)')");
    page.browser.press("ArrowRight", 39, 0);
    page.browser.press("ArrowDown", 40, 8);
    page.browser.wait_for("document.querySelectorAll('#figures tbody tr[data-figures]').length === 2");
    page.browser
        .wait_for("JSON.parse(document.querySelectorAll('#figures tbody tr')[1].dataset.figures).a.height === 124");
    let regions = page.save("a", "regions", "coffee_regions.json");
    let written: Value = serde_json::from_slice(&fs::read(&regions).unwrap()).unwrap();
    assert_eq!(written[0], json!({"name": "Region 1", "x": 180.0, "y": 80.0, "width": 180.0, "height": 200.0}));
    assert_eq!(written[1], json!({"name": "Region 2", "x": 216.0, "y": 140.0, "width": 180.0, "height": 124.0}));
    let figures = page.figures();
    let table = page.save("a", "figures", "coffee_regions.csv");
    for file in [&regions, &table] {
        let run = gaze_cli().arg("score").arg(&picture).arg("--regions").arg(file).arg("--json").output().unwrap();
        let report = parsed(&run.into());
        for index in 0..2 {
            let (found, expected) = (&figures[index]["a"], &report["regions"][index]);
            for figure in ["x", "y", "width", "height", "area", "share", "lift", "peak"] {
                check_close(&found[figure], &expected[figure], figure);
            }
            for figure in ["share", "lift", "peak"] {
                check_close(&found["reference"][figure], &expected["reference"][figure], figure);
            }
            assert_eq!((&found["rank"], &found["peak_at"]), (&expected["rank"], &expected["peak_at"]));
            assert_eq!(found["reference"]["rank"], expected["reference"]["rank"]);
        }
    }
    // The regions file comes back as it was, and Delete removes the region in focus.
    page.browser.choose("#file-more", &regions);
    page.browser.wait_for("document.getElementById('status').textContent.startsWith('2 regions were read')");
    page.browser.evaluate("document.querySelector('.region').focus()");
    page.browser.press("Delete", 46, 0);
    page.browser.wait_for("document.querySelectorAll('#figures tbody tr').length === 1");

    // Fixations: those on this picture, with the scores of gaze-cli.
    let all = fs::read_to_string(repository("examples/photographs/fixations.csv")).unwrap();
    let (header, rows) = all.split_once('\n').unwrap();
    let own: Vec<&str> = rows.lines().filter(|row| row.starts_with("coffee.png")).collect();
    let table = page.folder.path().join("own.csv");
    fs::write(&table, format!("{header}\n{}\n", own.join("\n"))).unwrap();
    page.browser.choose("#file-more", &repository("examples/photographs/fixations.csv"));
    page.browser.wait_for("document.querySelector('[data-score=ig]') !== null");
    let density = page.folder.path().join("coffee.npy");
    let baseline = page.folder.path().join("center_bias.npy");
    let center_bias = GazeLite::embedded().unwrap().center_bias(Size { height: 400, width: 600 }).unwrap();
    write_npy(&baseline, &center_bias.values()).unwrap();
    let mut command = gaze_cli();
    command.args(["evaluate", "--json", "--profile", "tuebingen"]).arg("--baseline").arg(&baseline);
    command.arg("--prediction").arg(&density).arg("--fixations").arg(&table);
    let scores = parsed(&command.output().unwrap().into());
    for metric in ["auc", "nss", "ig"] {
        let expected = scores["scores"].as_array().unwrap().iter().find(|score| score["metric"] == metric).unwrap();
        let found = format!("Number(document.querySelector('[data-score={metric}]').dataset.value)");
        check_close(&page.browser.evaluate(&found), &expected["value"], metric);
    }
    // The code that sees the picture is handed nothing of the browser's.
    let imports = "fetch('gaze.wasm').then((answer) => answer.arrayBuffer()).then((bytes) => WebAssembly.compile(bytes)) \
                   .then((module) => WebAssembly.Module.imports(module).length)";
    assert_eq!(page.browser.evaluate(imports), 0);
    page.check_quiet();
}

#[test]
fn photographs_as_phones_make_them_and_the_smallest_picture_are_predicted() {
    let Some(mut page) = setting() else { return };
    // 12 megapixels, JPEG, turned by its EXIF data (orientation 6).
    let large = RgbImage::from_fn(4000, 3000, |x, y| {
        let byte = |value: u32| u8::try_from(value % 256).unwrap();
        let disk = (f64::from(x) - 1400.0).hypot(f64::from(y) - 900.0) < 300.0;
        if disk { Rgb([250, 240, 60]) } else { Rgb([byte(x / 30), byte(y / 20), byte((x + y) / 60)]) }
    });
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    let exif = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif).unwrap();
    encoder.encode_image(&large).unwrap();
    let phone = page.folder.path().join("phone.jpg");
    fs::write(&phone, bytes).unwrap();
    page.predict("#file-a", &phone);
    let caption = page.browser.evaluate("document.querySelector('#figure-a figcaption').textContent");
    assert!(caption.as_str().unwrap().contains("3000 × 4000 pixels, turned"), "{caption}");
    page.check_density("a", &phone);

    let smallest = page.folder.path().join("smallest.png");
    RgbImage::from_pixel(1, 1, Rgb([9, 120, 200])).save(&smallest).unwrap();
    page.predict("#file-a", &smallest);
    page.check_density("a", &smallest);
    page.check_quiet();
}

#[test]
fn what_is_no_picture_is_refused_and_the_page_lives_on() {
    let Some(mut page) = setting() else { return };
    let folder = page.folder.path().to_owned();
    let whole = fs::read(photograph("rocket.jpg")).unwrap();
    fs::write(folder.join("cut.jpg"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.join("text.png"), "no picture at all").unwrap();
    fs::write(folder.join("empty.png"), "").unwrap();
    // A header that claims 100,000 × 100,000 pixels.
    let mut bomb = fs::read(photograph("coffee.png")).unwrap();
    bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    fs::write(folder.join("bomb.png"), bomb).unwrap();
    for name in ["cut.jpg", "text.png", "empty.png", "bomb.png"] {
        let said = page.refused("#file-a", &folder.join(name));
        assert!(said.contains(name) || said.contains("pixels"), "{name}: {said}");
        assert_eq!(page.browser.evaluate("document.getElementById('work').hidden"), true, "{name}");
    }
    page.predict("#file-a", &photograph("rocket.jpg"));
    page.check_density("a", &photograph("rocket.jpg"));
    // Fixations that are none, and fixations on other pictures.
    fs::write(folder.join("none.csv"), "x,y\nleft,right\n").unwrap();
    let said = page.refused("#file-more", &folder.join("none.csv"));
    assert!(said.contains("none.csv:2: x should be a number, found \"left\""), "{said}");
    fs::write(folder.join("others.csv"), "image,x,y\na.png,1,1\nb.png,1,1\n").unwrap();
    let said = page.refused("#file-more", &folder.join("others.csv"));
    assert!(said.contains("fixations on a.png, b.png, and none on a picture called rocket.jpg"), "{said}");
    page.check_quiet();
}

#[test]
fn two_pictures_are_compared_as_the_program_compares_them() {
    let Some(mut page) = setting() else { return };
    let before = photograph("coffee.png");
    let mut changed = image::open(&before).unwrap().into_rgb8();
    for (x, y, pixel) in changed.enumerate_pixels_mut() {
        if (450..540).contains(&x) && (40..110).contains(&y) {
            *pixel = if (x / 8 + y / 8) % 2 == 0 { Rgb([255, 255, 0]) } else { Rgb([200, 0, 0]) };
        }
    }
    let after = page.folder.path().join("after.png");
    changed.save(&after).unwrap();
    page.predict("#file-a", &before);
    page.predict("#file-b", &after);
    page.check_density("b", &after);
    page.browser.drag("#figure-b .regions", [0.75, 0.1], [0.9, 0.275]);
    page.browser
        .wait_for("JSON.parse(document.querySelector('#figures tbody tr')?.dataset.figures ?? '{}').b?.width === 90");
    let regions = page.save("b", "regions", "after_regions.json");
    let run = gaze_cli()
        .arg("compare")
        .args([&before, &after])
        .arg("--regions")
        .arg(&regions)
        .arg("--json")
        .output()
        .unwrap();
    let report = parsed(&run.into());
    let figures = page.figures();
    for slot in ["a", "b"] {
        for figure in ["share", "lift", "peak"] {
            check_close(&figures[0][slot][figure], &report["regions"][0][slot][figure], figure);
        }
    }
    let said = page.browser.evaluate("document.getElementById('maps-text').textContent");
    let expected = ["cc", "sim", "kl"].map(|figure| report["maps"][figure].as_f64().unwrap());
    let numbers: Vec<f64> =
        said.as_str().unwrap().split([' ', ',']).filter_map(|word| word.parse().ok()).take(3).collect();
    for (found, expected) in numbers.iter().zip(expected) {
        // Four digits are shown.
        assert!((found - expected).abs() < 5e-5 + TOLERANCE, "{said}: {found} is not {expected}");
    }
    assert_eq!(numbers.len(), 3);
    page.browser.evaluate("document.querySelector('input[value=difference]').click()");
    page.browser.wait_for("!document.querySelector('#figure-b canvas.difference').hidden");
    page.check_quiet();
}

#[test]
fn without_a_network_the_page_works_after_the_first_load() {
    let Some(mut page) = setting() else { return };
    page.browser.wait_for("document.documentElement?.dataset.offline === 'yes'");
    let url = page.server.url();
    // The server is gone, as a network is.
    let Setting { mut browser, server, folder } = page;
    drop(server);
    browser.send("Page.navigate", json!({"url": "about:blank"}));
    browser.events.clear();
    browser.open(&url);
    browser.choose("#file-a", &photograph("rocket.jpg"));
    browser.wait_for("document.getElementById('status').textContent.includes('predicted')");
    assert_eq!(browser.errors(), [""; 0]);
    drop(folder);
}
