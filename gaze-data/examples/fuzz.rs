//! Damages a file at random and reads it, as often as wanted: no reader may panic, hang or take much memory.
//!
//! ```sh
//! cargo run --release -p gaze-data --example fuzz -- FOLDER FILE COUNT [SEED]
//! ```
//!
//! `FILE` is a name in `FOLDER`. An `.npy` file is read as an array; an archive, or a `.mat` file in the folder itself, as
//! predictions; with anything else the folder is opened as a dataset, and all its gaze and sizes are read. Work is done on a copy, best in memory (`TMPDIR=/dev/shm`). The result says how many inputs there were,
//! how many of them could be read, the slowest of them and the most memory that one took; the slowest and the largest are
//! kept. Run with a debug build, overflows of numbers are found, too.

#![expect(unsafe_code, reason = "an allocator cannot be written without; this one counts and passes on")]
#![expect(clippy::print_stdout, reason = "this program speaks to a person at a terminal")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    env,
    error::Error,
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use gaze_data::{Dataset, MapKind, PredictionStore, read_array};

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

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A reproducible stream of numbers (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap_or_default()
    }
}

/// A copy with up to five places changed: bits, bytes, whole numbers, pieces removed, repeated, moved or cut off.
fn damaged(file: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut copy = file.to_vec();
    for _ in 0..=numbers.below(5) {
        if copy.is_empty() {
            break;
        }
        let place = numbers.below(copy.len());
        let end = |length: usize| (place + length).min(copy.len());
        match numbers.below(10) {
            0..=2 => copy[place] ^= 1 << numbers.below(8),
            3 => copy[place] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
            4 => copy[place] = numbers.byte(),
            5 => drop(copy.drain(place..end(1 + numbers.below(8)))),
            6 => {
                let piece = copy[place..end(1 + numbers.below(32))].to_vec();
                let target = numbers.below(copy.len());
                drop(copy.splice(target..target, piece));
            }
            7 => {
                // A size, as large as it gets or random, in 2, 4 or 8 bytes.
                let (end, large) = (end(2 << numbers.below(3)), numbers.below(2) == 0);
                copy[place..end].fill_with(|| if large { 0xff } else { numbers.byte() });
            }
            8 => {
                let end = end(1 + numbers.below(16));
                copy[place..end].fill(0);
            }
            _ => copy.truncate(place),
        }
    }
    copy
}

/// Reads a file, or the dataset it belongs to, as far as it goes.
fn read(folder: &Path, file: &Path) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let maps = |store: PredictionStore| ["a", "b", "1"].into_iter().filter(|key| store.load(key).is_ok()).count() > 0;
    match extension {
        "npy" => read_array(file).is_ok(),
        // A map, if it lies in the folder itself; part of a dataset otherwise.
        "mat" if file.parent() == Some(folder) => PredictionStore::open(folder, MapKind::Scores).is_ok_and(maps),
        "zip" | "tar" => PredictionStore::open(file, MapKind::Scores).is_ok_and(maps),
        "gz" if file.to_string_lossy().ends_with(".tar.gz") => {
            PredictionStore::open(file, MapKind::Scores).is_ok_and(maps)
        }
        _ => Dataset::open(folder, None).is_ok_and(|dataset| {
            let readable = |index: usize| {
                let _ = dataset.image_size(index);
                let _ = dataset.image_bytes(index);
                dataset.gaze(index).iter().any(|gaze| gaze.scanpaths.is_ok())
            };
            // A file that claims a million stimuli is no slower to read than one that has a few.
            (0..dataset.stimuli().len().min(64)).filter(|&index| readable(index)).count() > 0
        }),
    }
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
    let words: Vec<String> = env::args().skip(1).collect();
    let [folder, name, count, seed @ ..] = words.as_slice() else { return Err("FOLDER FILE COUNT [SEED]".into()) };
    let count: u64 = count.parse()?;
    let seed = seed.first().map_or(Ok(0), |seed| seed.parse())?;
    let work = tempfile::tempdir()?;
    copy_folder(Path::new(folder), work.path())?;
    let file = work.path().join(name);
    let original = fs::read(&file)?;
    if !read(work.path(), &file) {
        return Err(format!("{name} cannot be read even before it is damaged").into());
    }
    let mut numbers = Numbers(seed);
    let (mut readable, mut slowest, mut most) = (0, Duration::ZERO, 0);
    let begin = Instant::now();
    for _ in 0..count {
        let bytes = damaged(&original, &mut numbers);
        fs::write(&file, &bytes)?;
        let before = USED.load(Relaxed);
        PEAK.store(before, Relaxed);
        let start = Instant::now();
        readable += u64::from(read(work.path(), &file));
        let (taken, memory) = (start.elapsed(), PEAK.load(Relaxed) - before);
        let kept = |what: &str| env::temp_dir().join(format!("gaze-fuzz-{what}-{}", name.replace('/', "_")));
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
        "{name}: {count} inputs from seed {seed} in {:.0} s, {readable} of them readable, no panic; slowest {:.1} ms, most \
         memory {:.1} MB",
        begin.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1000.0,
        most as f64 / 1e6
    );
    Ok(())
}
