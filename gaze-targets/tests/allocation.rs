//! After the first samples of a kind, a target and a picture are made without allocating anything.
//!
//! A binary of its own, because it counts what the whole process allocates.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]
#![expect(unsafe_code, reason = "an allocator cannot be written without; this one counts and passes on")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use gaze_core::{Fixation, Size};
use gaze_targets::{
    Blur, MixtureRng, Normalization, Overlap, PictureSettings, RasterSettings, Rasterizer, Renderer, Splat,
};
use ndarray::{Array2, Array3};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is the system allocator's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const PICTURE: Size = Size { height: 120, width: 160 };
const TARGET: Size = Size { height: 48, width: 64 };

/// Counts the allocations that `work` makes.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    work();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// Makes a sample after the other; the first ones are the largest there can be.
fn count(settings: RasterSettings, points: usize) -> usize {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut point = || Fixation { x: random.random_range(0.0..160.0), y: random.random_range(0.0..120.0) };
    let gaze: Vec<Vec<Fixation>> = (0..5).map(|_| (0..points).map(|_| point()).collect()).collect();
    let photograph = Array3::from_elem((PICTURE.height, PICTURE.width, 3), 90);
    let mut rasterizer = Rasterizer::new(settings).unwrap();
    let mut renderer = Renderer::new(PictureSettings::new(TARGET)).unwrap();
    let (mut target, mut picture) = (Array2::zeros(TARGET.dim()), Array3::<u8>::zeros((3, 48, 64)));
    let law = MixtureRng::all();
    let mut sample = || {
        let augmentation = law.draw(&mut random);
        let geometry = &augmentation.geometry;
        rasterizer.rasterize_into(PICTURE, geometry, &gaze, &mut random, target.view_mut()).unwrap();
        renderer.render_into(photograph.view(), &augmentation, &mut random, picture.view_mut()).unwrap();
    };
    (0..200).for_each(|_| sample());
    allocations(|| (0..100).for_each(|_| sample()))
}

#[test]
fn after_warm_up_nothing_is_allocated() {
    let base = RasterSettings {
        splat: Splat::Bilinear,
        sample_ratio: 0.7,
        blur: Blur::WidthFraction(0.03),
        normalization: Normalization::Maximum,
        ..RasterSettings::new(TARGET)
    };
    assert_eq!(count(base, 10), 0, "few points");
    assert_eq!(count(base, 2000), 0, "many points");
    assert_eq!(count(RasterSettings { overlap: Overlap::Assign, ..base }, 10), 0, "points that overwrite");
    // The test would see an allocation.
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1u8]))), 1);
}
