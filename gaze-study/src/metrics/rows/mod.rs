//! The table of metrics: one row for each, with its description and every deterministic definition in use.

use self::{
    areas::{AUC, AUC_BORJI, AUC_JUDD, SAUC},
    distributions::{CC, KL, SIM},
    emd::EMD,
    likelihoods::{IG, LOG_LIKELIHOOD},
    nss::NSS,
};
use super::{Evidence, Metric, Missing, Profile};

mod areas;
mod distributions;
mod emd;
mod likelihoods;
mod nss;

/// A metric: what every definition of it has in common, in words, and its definitions. Formulas and degenerate cases are
/// in the documentation of `gaze-metrics`, the differences between definitions in docs/METRICS.md.
#[derive(Debug)]
#[non_exhaustive]
pub struct MetricRow {
    /// The metric.
    pub metric: Metric,
    /// The name in files and on the command line.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// The unit, empty if there is none.
    pub unit: &'static str,
    /// Whether a higher value is better.
    pub higher_is_better: bool,
    /// Whether the metric compares with an empirical map, which needs a blur.
    pub compares_maps: bool,
    /// The meaning of the metric, in a phrase.
    pub meaning: &'static str,
    /// The smallest value and the largest, where there is one.
    pub range: (Option<f64>, Option<f64>),
    /// The score of a uniform map, where that does not depend on the picture.
    pub chance: Option<f64>,
    /// The inputs of the metric, beside the prediction.
    pub needs: &'static str,
    /// The paper that proposed the metric.
    pub reference: &'static str,
    /// Every deterministic definition in use.
    pub variants: &'static [Variant],
}

impl MetricRow {
    /// The range in words.
    #[must_use]
    pub fn range_text(&self) -> String {
        match self.range {
            (Some(low), Some(high)) => format!("{low} to {high}").replace('-', "−"),
            (Some(low), None) => format!("{low} or more"),
            (None, Some(high)) => format!("{high} or less"),
            (None, None) => "any".to_owned(),
        }
    }
}

/// All metrics, in the order of tables and of [`Metric`].
pub static METRICS: [MetricRow; 11] = [AUC_JUDD, AUC, AUC_BORJI, SAUC, NSS, IG, LOG_LIKELIHOOD, CC, SIM, KL, EMD];

/// The predictions that a definition judges in its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judges {
    /// Every prediction: the map as it is, or the density itself.
    Any,
    /// Densities only, by a map that is derived from them for this metric. For densities it replaces the definition of the
    /// same metric and profile that judges any prediction.
    Densities,
}

type Compute = fn(&Evidence<'_>) -> Result<f64, Missing>;

/// A metric under one definition.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variant {
    /// The name of the definition among those of its metric.
    pub name: &'static str,
    /// The benchmark whose definition it is; `None` if no benchmark uses it.
    pub profile: Option<Profile>,
    /// The predictions that it judges.
    pub judges: Judges,
    /// The definition in a phrase.
    pub meaning: &'static str,
    /// Whether the value for several fixations is the mean of the values for each of them, so that each may be judged by a
    /// prediction of its own.
    pub averages_fixations: bool,
    /// The function that computes it.
    pub compute: Compute,
}

impl Variant {
    /// The same definition, of which it is known that it averages over fixations.
    const fn averaged(self) -> Self {
        Self { averages_fixations: true, ..self }
    }
}

const MIT: Option<Profile> = Some(Profile::Mit);
const TUEBINGEN: Option<Profile> = Some(Profile::Tuebingen);

const fn variant(name: &'static str, profile: Option<Profile>, meaning: &'static str, compute: Compute) -> Variant {
    Variant { name, profile, judges: Judges::Any, meaning, averages_fixations: false, compute }
}

const fn derived(name: &'static str, meaning: &'static str, compute: Compute) -> Variant {
    Variant { name, profile: TUEBINGEN, judges: Judges::Densities, meaning, averages_fixations: false, compute }
}

/// The definition of a metric in a profile; `density` tells whether the prediction is a density, for which a definition with a
/// derived map is taken where there is one. `None` if the profile does not have the metric.
#[must_use]
pub fn variant_of(metric: Metric, profile: Profile, density: bool) -> Option<&'static Variant> {
    let variants = metric.row().variants;
    let find = |judges| variants.iter().find(|v| v.profile == Some(profile) && v.judges == judges);
    find(Judges::Densities).filter(|_| density).or_else(|| find(Judges::Any))
}

#[cfg(test)]
mod tests {
    use gaze_core::{Fixation, FixationMap, Fixations, LogDensity, Prediction, Size, ndarray::Array2};
    use strum::VariantArray as _;

    use super::*;
    use crate::metrics::{Given, Maps};

    #[test]
    fn the_rows_stand_in_the_order_of_the_metrics() {
        let rows: Vec<Metric> = METRICS.iter().map(|row| row.metric).collect();
        assert_eq!(rows, Metric::VARIANTS);
    }

    #[test]
    fn no_definition_has_two_entries() {
        for row in &METRICS {
            let mut names: Vec<_> = row.variants.iter().map(|variant| variant.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), row.variants.len(), "{}", row.name);
        }
    }

    #[test]
    fn a_profile_has_one_definition_of_a_metric_for_each_kind_of_prediction() {
        for row in &METRICS {
            for variant in row.variants.iter().filter(|variant| variant.profile.is_some()) {
                let same = |other: &&Variant| (other.profile, other.judges) == (variant.profile, variant.judges);
                assert_eq!(row.variants.iter().filter(same).count(), 1, "{} {}", row.name, variant.name);
            }
        }
        let of = |profile, density| {
            Metric::VARIANTS.iter().filter_map(|&metric| variant_of(metric, profile, density)).count()
        };
        assert_eq!([of(Profile::Mit, false), of(Profile::Tuebingen, false), of(Profile::Tuebingen, true)], [9; 3]);
    }

    #[test]
    fn densities_have_maps_of_their_own_in_one_profile_only() {
        let name = |metric, profile, density| variant_of(metric, profile, density).map(|variant| variant.name);
        assert_eq!(name(Metric::Cc, Profile::Tuebingen, true), Some("pysaliency_blurred"));
        assert_eq!(name(Metric::Cc, Profile::Tuebingen, false), Some("pysaliency"));
        assert_eq!(name(Metric::Cc, Profile::Mit, true), Some("mit"));
        assert_eq!(name(Metric::Auc, Profile::Mit, true), None);
    }

    #[test]
    fn chance_lies_in_the_range_and_every_source_has_a_year() {
        for row in &METRICS {
            let (low, high) = (row.range.0.unwrap_or(f64::MIN), row.range.1.unwrap_or(f64::MAX));
            assert!(row.chance.is_none_or(|chance| (low..high).contains(&chance)), "{}", row.name);
            assert!(["(19", "(20"].iter().any(|century| row.reference.contains(century)), "{}", row.name);
            assert_eq!(row.needs.contains("empirical map"), row.compares_maps, "{}", row.name);
        }
    }

    #[test]
    fn definitions_that_average_over_fixations_give_the_mean_of_their_values_for_each() {
        let size = Size { height: 12, width: 16 };
        let weights = |seed: usize| {
            let weight = |(row, column): (usize, usize)| 1.0 + ((row * 7 + column * 3 + seed) * 13 % 29) as f64;
            Prediction::Density(LogDensity::from_weights(Array2::from_shape_fn(size.dim(), weight)).unwrap())
        };
        let (prediction, baseline) = (weights(0), weights(5));
        let (prediction, baseline) = (Maps::of(&prediction), Maps::of(&baseline));
        // The second fixation is repeated: it counts twice.
        let points = [(1.5, 2.5), (9.0, 7.2), (9.5, 7.8), (15.9, 0.0), (4.0, 11.0)];
        let fixations: Vec<Fixation> = points.map(|(x, y)| Fixation { x, y }).to_vec();
        let elsewhere =
            Fixations::new(size, [(2.0, 2.0), (14.0, 9.0), (8.0, 6.0)].map(|(x, y)| Fixation { x, y }).to_vec());
        let nonfixations = FixationMap::count(&elsewhere.unwrap());
        let value = |variant: &Variant, fixations: &[Fixation]| {
            let fixations = Fixations::new(size, fixations.to_vec()).unwrap();
            let evidence = Evidence::new(Given {
                prediction: &prediction,
                fixations: &fixations,
                empirical: Err(Missing::Input("none")),
                sigma_px: Err(Missing::Input("none")),
                expected_fixations: 1,
                baseline: Ok(&baseline),
                nonfixations: Ok(&nonfixations),
                emd_downsize: 1,
                similarity_samples: 1,
            });
            (variant.compute)(&evidence).unwrap()
        };
        let averaged: Vec<(&MetricRow, &Variant)> = METRICS
            .iter()
            .flat_map(|row| row.variants.iter().map(move |variant| (row, variant)))
            .filter(|(_, variant)| variant.averages_fixations)
            .collect();
        for (row, variant) in &averaged {
            let of_each = fixations.iter().map(|&fixation| value(variant, &[fixation]));
            let mean = of_each.sum::<f64>() / fixations.len() as f64;
            let all = value(variant, &fixations);
            assert!((all - mean).abs() < 1e-12, "{} {}: {all} {mean}", row.name, variant.name);
        }
        // One profile alone has them, and for densities as for scores, so a metric has one column of fixations.
        assert!(averaged.iter().all(|(_, variant)| variant.profile == TUEBINGEN));
        for row in &METRICS {
            let of =
                |density| variant_of(row.metric, Profile::Tuebingen, density).is_some_and(|v| v.averages_fixations);
            assert_eq!(of(true), of(false), "{}", row.name);
            assert_eq!(of(true), variant_of(row.metric, Profile::Tuebingen, true).is_some() && !row.compares_maps);
        }
    }

    #[test]
    fn ranges_read_as_ranges() {
        let ranges = [Metric::Auc, Metric::Cc, Metric::Nss, Metric::LogLikelihood, Metric::Kl];
        let ranges = ranges.map(|metric| metric.row().range_text());
        assert_eq!(ranges, ["0 to 1", "−1 to 1", "any", "0 or less", "0 or more"]);
    }
}
