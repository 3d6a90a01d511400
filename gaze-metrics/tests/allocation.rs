//! AUC and NSS of a borrowed array allocate nothing that grows with the array.
//!
//! A binary of its own, because it counts what the whole process allocates.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![expect(unsafe_code, reason = "an allocator cannot be written without; this one counts and passes on")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use gaze_core::{Fixation, Fixations, SaliencyMap, Size};
use gaze_metrics::{auc, nss};
use ndarray::{Array2, ArrayView2};

struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is the system allocator's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        BYTES.fetch_add(size, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts the bytes that `work` allocates, whether or not they are freed again.
fn bytes<R>(work: impl FnOnce() -> R) -> (usize, R) {
    let before = BYTES.load(Ordering::Relaxed);
    let result = work();
    (BYTES.load(Ordering::Relaxed) - before, result)
}

/// Makes a map with bumps and twenty fixations on its left upper part.
fn case(size: Size) -> (Array2<f64>, Fixations) {
    let map = Array2::from_shape_fn(size.dim(), |(y, x)| (y as f64 / 9.0).sin() * (x as f64 / 7.0).cos());
    let points = (0..20).map(|i| Fixation { x: f64::from(i), y: f64::from(i * i % 17) }).collect();
    (map, Fixations::new(size, points).unwrap())
}

fn scores_f64(map: ArrayView2<'_, f64>, fixations: &Fixations) -> [f64; 2] {
    let map = SaliencyMap::view(map).unwrap();
    [auc(&map, fixations).unwrap(), nss(&map, fixations).unwrap()]
}

fn scores_f32(map: ArrayView2<'_, f32>, fixations: &Fixations) -> [f64; 2] {
    let map = SaliencyMap::view_f32(map).unwrap();
    [auc(&map, fixations).unwrap(), nss(&map, fixations).unwrap()]
}

#[test]
fn scoring_a_view_allocates_nothing_that_grows_with_the_map() {
    let (small, large) = (case(Size { height: 60, width: 80 }), case(Size { height: 600, width: 800 }));
    let measured = |(map, fixations): &(Array2<f64>, Fixations)| {
        #[expect(clippy::cast_possible_truncation, reason = "32 bits are the point here")]
        let narrow = map.mapv(|value| value as f32);
        // The first call also places the fixations on pixels, which is done once.
        scores_f64(map.view(), fixations);
        let (of_f64, expected) = bytes(|| scores_f64(map.view(), fixations));
        let (of_f32, narrowed) = bytes(|| scores_f32(narrow.view(), fixations));
        // The same numbers in 64 bits have the same scores; those of the unrounded numbers are near.
        let widened = scores_f64(narrow.mapv(f64::from).view(), fixations);
        assert_eq!(narrowed.map(f64::to_bits), widened.map(f64::to_bits));
        assert!(narrowed.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{narrowed:?} {expected:?}");
        [of_f64, of_f32]
    };
    /// The tables of the levels, whose number is that of the fixations. Half the large map would be 1.9 million bytes.
    const TABLES: usize = 300_000;
    for (small, large) in measured(&small).into_iter().zip(measured(&large)) {
        assert!(small < TABLES && large < TABLES, "{small} and {large} bytes");
        assert!(large.abs_diff(small) < 50_000, "{small} and {large} bytes");
    }
    // The test would see a copy of the map.
    let (copied, _) = bytes(|| std::hint::black_box(large.0.clone()));
    assert_eq!(copied, 600 * 800 * 8);
}
