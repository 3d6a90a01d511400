//! Damages a file at random and reads it, as often as wanted: no reader may panic, hang or take much memory.
//!
//! ```sh
//! cargo bench --profile dev -p gaze-data --bench fuzz -- FOLDER FILE COUNT [SEED]
//! ```
//!
//! `FILE` is a name in `FOLDER`, best a small file: `tests/independent/fuzz_seeds.py` writes one of each kind. How the
//! file is read depends on its name:
//!
//! - an `.npy`, `.npz` or `.exr` file is read as an array;
//! - a picture or a `.mat` file in the folder itself, an archive, and an HDF5 file named `maps` are read as predictions;
//! - a file named `points` is read as fixations without a dataset;
//! - a file of an eye tracker's recording is read as such; with the recording as a dataset, one time in sixteen;
//! - for any other file the folder is opened as a dataset, and all its gaze, sizes and pictures are read.
//!
//! The program works on a copy, best in memory (`TMPDIR=/dev/shm`). It reports how many inputs there were, how many of
//! them could be read, the slowest of them and the most memory that one took, and keeps the slowest and the largest. A
//! panic that a reader caught counts like any other. With the profile `dev`, overflows of numbers are found, too.

#![expect(unsafe_code, reason = "an allocator cannot be written without; this one counts and passes on")]
#![expect(clippy::print_stdout, reason = "this program speaks to a person at a terminal")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::BTreeMap,
    env,
    error::Error,
    fs, panic,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use damage::damaged;
use gaze_data::{
    Background, Dataset, Format, GazeOptions, MapKind, Messages, PredictionStore, Turning, read_array, read_fixations,
    read_image, read_other_fixations, read_recording, recording_format,
};

#[path = "../src/testing/damage.rs"]
mod damage;

/// The system's allocator, which counts the bytes in use.
struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is the system allocator's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(used, Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The number of panics of each line of code.
static PANICS: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Reads a file, or the dataset it belongs to, and tells whether anything could be read. Without a format, all formats are
/// tried.
fn read(folder: &Path, file: &Path, format: Option<Format>) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let alone = file.parent() == Some(folder);
    let maps = |path: &Path| {
        // Every kind reads pictures and arrays in its own way.
        let kinds = [MapKind::Auto, MapKind::LogDensity, MapKind::Percentile];
        let load = |kind| {
            let store = PredictionStore::open(path, kind).ok()?;
            let load = |key: &&str| (store.size(key).is_ok(), store.load(key).is_ok()) == (true, true);
            Some(["a", "b", "1", "img0"].iter().filter(|key| load(key)).count())
        };
        kinds.into_iter().filter_map(load).sum::<usize>() > 0
    };
    match (stem, extension) {
        ("points", _) => read_fixations(file, &GazeOptions::default()).is_ok() | read_other_fixations(file).is_ok(),
        (_, "npy" | "npz" | "exr") => read_array(file).is_ok(),
        (_, "mat" | "png" | "jpg" | "tif" | "bmp" | "webp" | "gif" | "pgm") if alone => {
            let picture = read_image(file, Turning::AsShown, Background::WHITE).is_ok();
            maps(folder) || picture
        }
        ("maps", _) => maps(file),
        _ => {
            // A recording is one file, or the folder that holds its files.
            let recording = || {
                let read = |path| read_recording(path, &Messages::default(), |_| {}).is_ok();
                read(file) || read(folder)
            };
            if format == Some(Format::Recordings) {
                return recording();
            }
            let dataset = Dataset::open(folder, format).is_ok_and(|dataset| {
                let readable = |index: usize| {
                    let _ = (dataset.image_size(index), dataset.image(index));
                    dataset.gaze(index).iter().any(|gaze| gaze.scanpaths.is_ok())
                };
                // A file that claims a million stimuli is no slower to read than one that has a few.
                (0..dataset.stimuli().len().min(64)).filter(|&index| readable(index)).count() > 0
            });
            dataset || format.is_none() && recording()
        }
    }
}

/// Counts panics by the line that they come from, even those that are caught.
fn count_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(String::new, |place| format!("{}:{}", place.file(), place.line()));
        *PANICS.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default() += 1;
    }));
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`, and runs every benchmark without further words now and then.
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let [folder, name, count, seed @ ..] = words.as_slice() else {
        println!("usage: cargo bench --profile dev -p gaze-data --bench fuzz -- FOLDER FILE COUNT [SEED]");
        return Ok(());
    };
    let count: usize = count.parse()?;
    let seed = seed.first().map_or(Ok(0), |seed| seed.parse())?;
    let work = tempfile::tempdir()?;
    copy_folder(Path::new(folder), work.path())?;
    let file = work.path().join(name);
    let original = fs::read(&file)?;
    if !read(work.path(), &file, None) {
        return Err(format!("{name} cannot be read even before it is damaged").into());
    }
    // Trying every format, or reading a recording twice, takes most of the time, so it is done for one input in sixteen.
    let is_recording = |path: &Path| recording_format(path).is_ok_and(|format| format.is_some());
    let recording = is_recording(&file) || is_recording(work.path());
    let format = Dataset::open(work.path(), None).ok().map(|dataset| dataset.format());
    let format = if recording { Some(Format::Recordings) } else { format };
    count_panics();
    let (mut readable, mut slowest, mut most) = (0, Duration::ZERO, 0);
    let begin = Instant::now();
    for (number, bytes) in damaged(&original, count, seed).enumerate() {
        fs::write(&file, &bytes)?;
        let before = USED.load(Relaxed);
        PEAK.store(before, Relaxed);
        let start = Instant::now();
        let found = panic::catch_unwind(|| read(work.path(), &file, format.filter(|_| number % 16 > 0)));
        let (taken, memory) = (start.elapsed(), PEAK.load(Relaxed) - before);
        readable += usize::from(matches!(found, Ok(true)));
        let kept = |what: &str| env::temp_dir().join(format!("gaze-fuzz-{what}-{}", name.replace('/', "_")));
        if found.is_err() {
            fs::write(kept("panicked"), &bytes)?;
        }
        if taken > slowest {
            slowest = taken;
            fs::write(kept("slowest"), &bytes)?;
        }
        if memory > most {
            most = memory;
            fs::write(kept("largest"), &bytes)?;
        }
    }
    println!(
        "{name}: {count} inputs from seed {seed} in {:.0} s, {readable} of them readable; slowest {:.1} ms, most memory \
         {:.1} MB",
        begin.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1000.0,
        most as f64 / 1e6
    );
    let panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    for (place, count) in panics.iter() {
        println!("{count} panics at {place}");
    }
    if panics.is_empty() { Ok(()) } else { Err("a reader panicked".into()) }
}
