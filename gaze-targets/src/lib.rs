//! From fixations to target maps: Gaussian blur, empirical saliency maps, kernel densities and the center bias.
//!
//! Three things are made here of a list of fixations:
//!
//! * [`empirical_map`]: every fixation a unit of mass, blurred. The ground truth that CC, SIM and the KL divergence
//!   compare with, and the target a network is trained for.
//! * [`kernel_density`]: the same as a proper density, with a share given to every pixel alike so that no place is
//!   impossible.
//! * [`CenterBias`]: where people look whatever the picture shows, estimated from the fixations on all *other*
//!   images of a dataset.
//!
//! [`blur`] and [`blur_fixations`] are the same operator, once for any map and once for a list of points; the
//! second does work only where there are points.
//!
//! # Example
//!
//! ```
//! use gaze_core::{Fixation, Fixations, Size};
//! use gaze_targets::{GaussianKernel, empirical_map};
//!
//! let size = Size { height: 60, width: 80 };
//! let fixations = Fixations::new(size, vec![Fixation { x: 20.5, y: 30.5 }; 2])?;
//! let map = empirical_map(&fixations, &GaussianKernel::new(3.0)?)?;
//! // Two fixations, so the map's mass is 2, and its peak is where they are.
//! assert!((map.values().sum() - 2.0).abs() < 1e-12);
//! assert!(map.values()[[30, 20]] > map.values()[[30, 22]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
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
    gold_standard::GoldStandard,
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
