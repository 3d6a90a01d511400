//! Targets from gaze: rasterised maps for training, densities for scores, and the geometry that pictures and gaze share.
//!
//! | to make | of | use |
//! |---|---|---|
//! | target maps for training, 32 bits | raw gaze or fixations | [`Rasterizer`] with [`RasterSettings`] |
//! | pictures for training | decoded pictures | [`Renderer`] with [`PictureSettings`] |
//! | both under one random transform | a law, for one | [`MixtureRng`], [`Augmentation`], [`Geometry`] |
//! | batches of both, in parallel | anything that decodes | [`Batches`] with [`LoaderSettings`] |
//! | counts, marks, the maps datasets come with | fixations | [`count_map`], [`binary_map`], [`saliency4asd_map`], [`salicon_map`], [`mit1003_map`] |
//! | the map that CC, SIM and KL compare with, 64 bits | fixations | [`empirical_map`] |
//! | a density, and how wide it should be | fixations | [`kernel_density`], [`select_bandwidth`] |
//! | the ceiling of any model | observers of one image | [`GoldStandard`] |
//! | the center bias: where people look whatever the picture shows | all *other* images | [`CenterBias`] |
//!
//! The building blocks of crumpets' module are here under their names: [`check_range`], [`discretize`], [`interpolate`],
//! [`multivariate_normal`] and [`show`]. [`blur`] and [`blur_fixations`] are the same operator, once for any map and once
//! for a list of points.
//!
//! # Example
//!
//! ```
//! use gaze_core::{Fixation, Size};
//! use gaze_targets::{Blur, Geometry, Normalization, RasterSettings, Rasterizer, Splat};
//! use rand::SeedableRng;
//! use rand_chacha::ChaCha8Rng;
//!
//! let settings = RasterSettings {
//!     splat: Splat::Bilinear,
//!     blur: Blur::WidthFraction(0.03),
//!     normalization: Normalization::Maximum,
//!     ..RasterSettings::new(Size { height: 60, width: 80 })
//! };
//! let gaze = [vec![Fixation { x: 200.0, y: 300.0 }], vec![Fixation { x: 210.0, y: 310.0 }]];
//! let geometry = Geometry { mirror_horizontal: true, ..Geometry::default() };
//! let mut random = ChaCha8Rng::seed_from_u64(0);
//! let picture = Size { height: 600, width: 800 };
//! let (target, _) = Rasterizer::new(settings)?.rasterize(picture, &geometry, &gaze, &mut random)?;
//! // The gaze was left of the middle; the target is mirrored.
//! assert!(target[[30, 59]] > 0.9 && target[[30, 20]] < 0.1);
//! # Ok::<(), gaze_targets::TargetError>(())
//! ```

pub use crate::{
    affine::Affine,
    augmentation::{Augmentation, MixtureRng, PRESET_SCALE},
    bandwidth::{Bandwidth, select_bandwidth},
    blur::{blur, blur_fixations},
    boundary::Boundary,
    center_bias::CenterBias,
    counts::{binary_map, count_map},
    density::{empirical_map, kernel_density},
    error::TargetError,
    experiment::{Experiment, Gaze},
    geometry::{Fit, Geometry},
    gold_standard::{GoldStandard, Prior},
    kernel::GaussianKernel,
    known::{Mit1003Blur, mit1003_map, salicon_map, saliency4asd_map},
    loader::{
        BadSample, BadSamples, Batch, Batches, LastBatch, LoaderError, LoaderSettings, Order, Overrides, Sample,
        SampleError, SampleSource,
    },
    normal::{MultivariateNormal, multivariate_normal},
    picture::{ColorSpace, Interpolation, PictureSettings, PictureSupersampling, PictureValue, Renderer},
    points::{Dropped, check_range, discretize, interpolate},
    raster::{
        Blur, Jitter, Mass, Normalization, Overlap, RasterSettings, Rasterizer, Report, Route, Splat, Supersampling,
        Weight,
    },
    show::{gray_levels, show},
};

mod affine;
mod augmentation;
mod bandwidth;
mod blur;
mod boundary;
mod center_bias;
mod counts;
mod density;
mod error;
mod experiment;
mod geometry;
mod gold_standard;
mod kernel;
mod known;
mod loader;
mod normal;
mod picture;
mod points;
mod raster;
mod show;

/// The example of the README, which is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
