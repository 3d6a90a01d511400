//! What the tests of this crate share: damaged copies of small files, and the real data where it lies.

use std::path::PathBuf;

/// A reproducible stream of numbers (`SplitMix64`); its quality is more than enough to choose bytes to damage.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).expect("below a usize")
    }
}

/// `count` copies of a file with a few bytes flipped, replaced, removed, repeated, or cut off.
pub(crate) fn damaged(file: &[u8], count: usize, seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut numbers = Numbers(seed);
    (0..count).map(move |_| {
        let mut copy = file.to_vec();
        for _ in 0..=numbers.below(4) {
            let place = numbers.below(copy.len());
            if copy.is_empty() {
                break;
            }
            match numbers.below(8) {
                0..=2 => copy[place] ^= 1 << numbers.below(8),
                3 => copy[place] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5)],
                4 => copy[place] = u8::try_from(numbers.below(256)).expect("below 256"),
                5 => drop(copy.drain(place..(place + 1 + numbers.below(8)).min(copy.len()))),
                6 => {
                    let end = (place + 1 + numbers.below(16)).min(copy.len());
                    let piece = copy[place..end].to_vec();
                    copy.splice(place..place, piece);
                }
                _ => copy.truncate(place),
            }
        }
        copy
    })
}

/// The folder of a real dataset beside the main checkout, if this machine has it: `root/shared/data/NAME` for a
/// checkout at `root/main`. Tests that find nothing say so and pass.
pub(crate) fn real_data(name: &str) -> Option<PathBuf> {
    shared(&format!("data/{name}"))
}

/// A folder of reference values beside the main checkout, likewise.
pub(crate) fn reference(name: &str) -> Option<PathBuf> {
    shared(&format!("reference/{name}"))
}

fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: nothing at {}", path.display());
    None
}
