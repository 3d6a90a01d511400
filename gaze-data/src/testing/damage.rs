//! Damaged copies of files, for the tests of this crate and for `benches/fuzz.rs`, which both include this file.

/// A reproducible stream of numbers (`SplitMix64`); its quality is more than enough to choose bytes to damage.
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

/// Makes `count` copies of a file, each with up to five places changed: bits, bytes and whole numbers are replaced, pieces
/// are removed, repeated, cleared or cut off.
pub(crate) fn damaged(file: &[u8], count: usize, seed: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut numbers = Numbers(seed);
    (0..count).map(move |_| damaged_once(file, &mut numbers))
}

fn damaged_once(file: &[u8], numbers: &mut Numbers) -> Vec<u8> {
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
                // A size of 2, 4 or 8 bytes becomes as large as possible, or random.
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
