//! Metrics of how well a saliency map or density predicts where people looked.
//!
//! Published saliency numbers differ mostly by definition, so every function here follows one named definition and
//! says which. The plain function of a metric follows the current MIT/Tübingen benchmark (profile `tuebingen`), which
//! uses pysaliency; `…_variant` offers the others in use, among them those of the MIT benchmark's MATLAB code (profile
//! `mit`). The page `docs/METRICS.md` of the repository compares them.
//!
//! | function | compares | range | better |
//! |---|---|---|---|
//! | [`auc`], [`aucs`], [`auc_variant`] | scores at fixations with scores of all pixels | 0 ..= 1, chance ½ | higher |
//! | [`auc_judd`], [`auc_borji`] | the same, with the MIT benchmark's curves | 0 ..= 1, chance ½ | higher |
//! | [`shuffled_auc`] | scores at fixations here with those at fixations on other images | 0 ..= 1, chance ½ | higher |
//! | [`nss`] | standardised scores at fixations | any, chance 0 | higher |
//! | [`information_gain`] | log density at fixations with a baseline's | bits per fixation | higher |
//! | [`log_likelihood`] | log density at fixations | nats per fixation | higher |
//! | [`cc`] | map with empirical map, linearly | −1 ..= 1 | higher |
//! | [`sim`] | map with empirical map, overlap | 0 ..= 1 | higher |
//! | [`kl_divergence`] | empirical map with map | 0 ..= 36.05 nats | lower |
//! | [`emd`] | map with empirical map, as masses to move | 0 ..= diagonal, cells or pixels | lower |
//!
//! The prediction comes first. Fixations are a multiset unless a definition says that a pixel counts once. All sums are
//! pairwise, in 64 bits. A case without a value is a [`MetricError`]; no function returns NaN.
//!
//! Around the metrics: [`bootstrap_mean`] and [`compare_paired`] for many images, two models or two groups;
//! [`leave_one_observer_out`] and [`across_groups`] for what could be reached; [`calibrate`] to make a density of
//! scores; [`calibrate_density`] and [`Reliability`] to make a density mean what it says;
//! [`auc_map`], [`nss_map`], [`blurred_map`] and [`sim_map`] for the map by which a density is judged fairly;
//! [`scanpath`] for measures of scanpaths and the comparison of groups by them;
//! [`FixationRanks`] for all areas under the curve from one pass over a map; [`region_figures`] for the share of
//! attention that a region of a picture gets.
//!
//! # Example
//!
//! ```
//! use gaze_core::{Fixation, Fixations, SaliencyMap, Size};
//! use gaze_metrics::{auc, nss};
//! use ndarray::array;
//!
//! let map = SaliencyMap::new(array![[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])?;
//! let fixations = Fixations::new(map.size(), vec![Fixation { x: 2.5, y: 1.5 }])?;
//! // The fixation is above five pixels and level with itself: 5½ of 6.
//! assert!((auc(&map, &fixations)? - 5.5 / 6.0).abs() < 1e-15);
//! assert!((nss(&map, &fixations)? - 5f64.sqrt()).abs() < 1e-12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use crate::{
    auc::{AucVariant, auc, auc_variant, aucs},
    auc_borji::{BORJI_SPLITS, auc_borji, auc_borji_sampled},
    auc_judd::{JuddVariant, auc_judd, auc_judd_sampled, auc_judd_variant},
    average::{Interval, bootstrap_mean, bootstrap_mean_per_fixation, bootstrap_means},
    calibrate::{Calibration, CalibrationOptions, TrainingImage, calibrate},
    calibrate_density::{CrossValidated, DensityCalibration, DensityImage, calibrate_density, cross_validate_density},
    ceiling::{
        ObserverScores, Unpredicted, across_groups, leave_each_observer_out, leave_one_observer_out, mean_score,
    },
    comparison::{PairedComparison, bootstrap_difference, cohens_dz, compare_paired, holm},
    density::normalized_density,
    derived::{auc_map, benchmark_sigma_px, blurred_map, nss_map, shuffled_auc_map, shuffled_ratio_map},
    distribution::{cc, cc_mit, sim, sim_mit},
    emd::{DistanceUnit, EmdFlow, EmdMasses, EmdOptions, GridReduction, Move, emd, emd_flow, emd_of_masses},
    error::MetricError,
    fixation_ranks::FixationRanks,
    information_gain::{information_gain, information_gain_mit, information_gains, log_likelihood, log_likelihoods},
    kl::{KlVariant, kl_divergence, kl_divergence_variant},
    likelihood::Weighting,
    nss::{NssVariant, nss, nss_variant},
    quantile::quantile_of_sorted,
    region::{Region, RegionError, RegionFigures, ranked_figures, region_figures},
    reliability::Reliability,
    scaling::MapRange,
    shuffled::{
        ShuffledPool, ShuffledRanks, ShuffledVariant, shuffled_auc, shuffled_auc_sampled, shuffled_auc_variant,
    },
    signed_rank::{NullDistribution, SignedRank, ZeroDifferences, wilcoxon_signed_rank},
    similarity::{ExpectedSimilarity, sim_map},
};

mod auc;
mod auc_borji;
mod auc_judd;
mod average;
mod calibrate;
mod calibrate_density;
mod ceiling;
mod comparison;
mod count;
mod density;
mod derived;
mod distribution;
mod emd;
mod error;
mod fixation_ranks;
mod information_gain;
mod kl;
mod likelihood;
mod nss;
mod places;
mod projected_newton;
mod quantile;
mod rank;
mod region;
mod reliability;
mod resize;
mod roc;
mod scaling;
pub mod scanpath;
mod shuffled;
mod signed_rank;
mod similarity;
mod smooth;
mod squares;
mod values;

/// The example of the README, which is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
