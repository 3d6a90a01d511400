//! Every definition of every metric by the names under which they are compared, and how it is applied.

use gaze_metrics::{
    AucVariant, EmdOptions, GridReduction, JuddVariant, KlVariant, MetricError, NssVariant, ShuffledVariant, cc,
    cc_mit, emd, information_gain, information_gain_mit, kl_divergence, kl_divergence_variant, log_likelihood,
    normalized_density, nss_variant, shuffled_auc, shuffled_auc_variant, sim, sim_mit,
};

use super::{
    evidence::{Evidence, Missing},
    metric::{Metric, Profile},
};

/// Which predictions a definition judges in its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judges {
    /// All: the map as it is, or the density itself.
    Any,
    /// Densities only, by a map that is derived from them for this metric; stands in for the definition of the same
    /// metric and profile that judges any.
    Densities,
}

type Compute = fn(&Evidence<'_>) -> Result<f64, Missing>;

/// A metric under one definition.
pub(crate) struct Variant {
    pub(crate) metric: Metric,
    pub(crate) name: &'static str,
    pub(crate) profile: Option<Profile>,
    pub(crate) judges: Judges,
    /// What it computes, in a phrase.
    pub(crate) meaning: &'static str,
    pub(crate) compute: Compute,
}

const fn variant(
    metric: Metric,
    name: &'static str,
    profile: Option<Profile>,
    meaning: &'static str,
    compute: Compute,
) -> Variant {
    Variant { metric, name, profile, judges: Judges::Any, meaning, compute }
}

const fn derived(metric: Metric, name: &'static str, meaning: &'static str, compute: Compute) -> Variant {
    Variant { metric, name, profile: TUEBINGEN, judges: Judges::Densities, meaning, compute }
}

const MIT: Option<Profile> = Some(Profile::Mit);
const TUEBINGEN: Option<Profile> = Some(Profile::Tuebingen);

/// Every deterministic definition in use, in the order of tables.
pub(crate) const VARIANTS: [Variant; 45] = [
    variant(
        Metric::AucJudd,
        "mit_expected",
        MIT,
        "fixated pixels against all others, a threshold per fixated value; expectation over the jitter",
        |e| judd(e, JuddVariant::Expected),
    ),
    variant(Metric::AucJudd, "mit_nojitter", None, "the same without jitter: ties run backwards", |e| {
        judd(e, JuddVariant::WithoutJitter)
    }),
    variant(
        Metric::AucJudd,
        "pysaliency_nojitter",
        None,
        "fixations as a multiset against pixels never fixated, a threshold per fixated value",
        |e| judd(e, JuddVariant::Multiset),
    ),
    variant(
        Metric::AucJudd,
        "unisal_4digits",
        None,
        "as mit_expected, points of the curve rounded to four decimals",
        |e| judd(e, JuddVariant::Rounded),
    ),
    variant(
        Metric::Auc,
        "pysaliency_uniform",
        TUEBINGEN,
        "probability that a fixation scores higher than a random pixel; ties count half, chance is 0.5",
        |e| auc(e, AucVariant::Uniform),
    ),
    variant(Metric::Auc, "pysaliency_unfixated", None, "the same against pixels never fixated", |e| {
        auc(e, AucVariant::Unfixated)
    }),
    variant(
        Metric::Auc,
        "pysaliency_uniform_thr_fix",
        None,
        "against all pixels, thresholds at fixated values only",
        |e| auc(e, AucVariant::UniformAtFixations),
    ),
    variant(Metric::Auc, "binary_vs_rest", None, "fixated pixels, each once, against all others", |e| {
        auc(e, AucVariant::BinaryVsRest)
    }),
    variant(Metric::Auc, "binary_vs_all", None, "fixated pixels, each once, against all pixels", |e| {
        auc(e, AucVariant::BinaryVsAll)
    }),
    variant(
        Metric::AucBorji,
        "mit_expected",
        MIT,
        "fixated pixels against random ones on eleven thresholds; expectation over the random splits",
        |e| Ok(e.ranks()?.auc_borji()?),
    ),
    variant(
        Metric::Sauc,
        "pysaliency",
        TUEBINGEN,
        "probability that a fixation scores higher than one on another image; chance is 0.5",
        |e| Ok(e.shuffled_ranks()?.multiset()),
    ),
    derived(
        Metric::Sauc,
        "pysaliency_over_baseline",
        "the same for the density relative to the baseline, so that a center bias gains nothing",
        |e| Ok(shuffled_auc(e.ratio()?, e.fixations, e.nonfixations()?)?),
    ),
    variant(
        Metric::Sauc,
        "binary_exact",
        None,
        "fixated pixels against pixels fixated on other images, each once",
        |e| Ok(e.shuffled_ranks()?.binary()),
    ),
    variant(
        Metric::Sauc,
        "mit_expected",
        MIT,
        "fixated pixels against pixels fixated on other images on eleven thresholds; expectation over the random splits",
        |e| Ok(e.shuffled_ranks()?.expected()?),
    ),
    variant(
        Metric::Sauc,
        "salicon",
        None,
        "against fixations on other images but for pixels fixated here, thresholds every 0.01",
        |e| Ok(shuffled_auc_variant(e.map(), e.fixations, e.nonfixations()?, ShuffledVariant::Salicon)?),
    ),
    variant(
        Metric::Nss,
        "mit",
        MIT,
        "mean score at the fixated pixels in standard deviations of the map (divisor n − 1); chance is 0",
        |e| nss(e, NssVariant::Mit),
    ),
    variant(
        Metric::Nss,
        "pysaliency",
        TUEBINGEN,
        "mean score at the fixations in standard deviations of the map; chance is 0",
        |e| nss(e, NssVariant::Multiset),
    ),
    variant(Metric::Nss, "unique_ddof0", None, "a pixel counts once, divisor n", |e| nss(e, NssVariant::Binary)),
    variant(Metric::Nss, "multi_ddof1", None, "repeats count, divisor n − 1", |e| {
        nss(e, NssVariant::MultisetSampleDeviation)
    }),
    variant(Metric::Nss, "salicon", None, "the SALICON challenge's: as pysaliency", |e| nss(e, NssVariant::Multiset)),
    variant(Metric::Cc, "mit", MIT, "correlation of the map with the empirical map", |e| {
        Ok(cc_mit(e.map(), e.empirical()?)?)
    }),
    variant(Metric::Cc, "pysaliency", TUEBINGEN, "correlation of the map with the empirical map", |e| {
        Ok(cc(e.map(), e.empirical()?)?)
    }),
    derived(
        Metric::Cc,
        "pysaliency_blurred",
        "correlation of the density, blurred like the empirical map, with that map",
        |e| Ok(cc(e.blurred()?, e.empirical()?)?),
    ),
    variant(Metric::Cc, "salicon", None, "the SALICON challenge's: as mit", |e| Ok(cc_mit(e.map(), e.empirical()?)?)),
    variant(
        Metric::Sim,
        "mit",
        MIT,
        "overlap of map and empirical map, each scaled to 0 … 1 and then to sum 1",
        |e| Ok(sim_mit(e.map(), e.empirical()?)?),
    ),
    variant(Metric::Sim, "pysaliency", TUEBINGEN, "overlap of map and empirical map, each scaled to sum 1", |e| {
        Ok(sim(e.map(), e.empirical()?)?)
    }),
    derived(
        Metric::Sim,
        "pysaliency_most_similar",
        "overlap of the empirical map with the map that the density expects to overlap most",
        |e| Ok(sim(e.most_similar()?, e.empirical()?)?),
    ),
    variant(Metric::Kl, "mit", MIT, "divergence of the empirical map from the map, regularised by 2⁻⁵²", |e| {
        kl(e, KlVariant::Mit)
    }),
    variant(
        Metric::Kl,
        "pysaliency_mit",
        TUEBINGEN,
        "divergence of the empirical map from the map, regularised by 2.2204e-16",
        |e| kl(e, KlVariant::Tuebingen),
    ),
    derived(Metric::Kl, "pysaliency_mit_blurred", "the same from the density, blurred like the empirical map", |e| {
        Ok(kl_divergence(e.blurred()?, e.empirical()?)?)
    }),
    variant(Metric::Kl, "pysaliency_default", None, "1e-20 added to both maps before they are scaled", |e| {
        kl(e, KlVariant::Added)
    }),
    variant(Metric::Kl, "noreg", None, "not regularised", |e| kl(e, KlVariant::Plain)),
    variant(Metric::Kl, "reversed_noreg", None, "the arguments swapped, not regularised", |e| {
        kl(e, KlVariant::Reversed)
    }),
    variant(
        Metric::Ig,
        "mit",
        MIT,
        "bits per fixated pixel above the baseline, maps scaled to 0 … 1 and then to sum 1",
        |e| match information_gain_mit(e.map(), e.baseline_map()?, e.fixations) {
            Err(MetricError::ConstantReference) => Err(Missing::Kind("the baseline is constant")),
            value => Ok(value?),
        },
    ),
    variant(
        Metric::Ig,
        "log_density",
        TUEBINGEN,
        "log likelihood per fixation above the baseline's; needs a density",
        gain,
    ),
    variant(Metric::Ig, "pysaliency_min0", None, "of scores divided by their sum", |e| gain_of_scores(e, 0.0)),
    variant(Metric::Ig, "pysaliency_min1e-20", None, "of scores plus 1e-20, divided by their sum", |e| {
        gain_of_scores(e, 1e-20)
    }),
    variant(
        Metric::LogLikelihood,
        "log_density",
        TUEBINGEN,
        "log likelihood per fixation; needs a density",
        likelihood,
    ),
    variant(Metric::LogLikelihood, "pysaliency_min0", None, "of scores divided by their sum", |e| {
        likelihood_of_scores(e, 0.0)
    }),
    variant(Metric::LogLikelihood, "pysaliency_min1e-20", None, "of scores plus 1e-20, divided by their sum", |e| {
        likelihood_of_scores(e, 1e-20)
    }),
    variant(
        Metric::Emd,
        "exact_matlab_resize",
        MIT,
        "how far mass moves from the map to the empirical map; grids by MATLAB's resize",
        |e| {
            distance(
                e,
                EmdOptions { reduction: GridReduction::Matlab { factor: e.emd_downsize }, ..EmdOptions::default() },
            )
        },
    ),
    variant(
        Metric::Emd,
        "exact_area",
        TUEBINGEN,
        "how far mass moves from the map to the empirical map; grids by area",
        |e| distance(e, area(e)),
    ),
    variant(Metric::Emd, "exact_area_thr2", None, "no distance charged above 2 cells", |e| {
        distance(e, EmdOptions { threshold: Some(2.0), ..area(e) })
    }),
    variant(Metric::Emd, "exact_area_thr5", None, "no distance charged above 5 cells", |e| {
        distance(e, EmdOptions { threshold: Some(5.0), ..area(e) })
    }),
    variant(Metric::Emd, "exact_area_pixels", None, "as exact_area, in pixels", |e| {
        Ok(distance(e, area(e))? * e.emd_downsize as f64)
    }),
];

/// The definition of a metric in a profile: for densities the one with a map derived for it, where there is one. `None`
/// if the profile does not have the metric.
pub(crate) fn variant_of(metric: Metric, profile: Profile, density: bool) -> Option<&'static Variant> {
    let find =
        |judges| VARIANTS.iter().find(|v| v.metric == metric && v.profile == Some(profile) && v.judges == judges);
    find(Judges::Densities).filter(|_| density).or_else(|| find(Judges::Any))
}

fn judd(e: &Evidence<'_>, variant: JuddVariant) -> Result<f64, Missing> {
    Ok(e.ranks()?.auc_judd(variant)?)
}

fn auc(e: &Evidence<'_>, variant: AucVariant) -> Result<f64, Missing> {
    Ok(e.ranks()?.auc(variant)?)
}

fn nss(e: &Evidence<'_>, variant: NssVariant) -> Result<f64, Missing> {
    Ok(nss_variant(e.map(), e.fixations, variant)?)
}

fn kl(e: &Evidence<'_>, variant: KlVariant) -> Result<f64, Missing> {
    Ok(kl_divergence_variant(e.map(), e.empirical()?, variant)?)
}

fn gain(e: &Evidence<'_>) -> Result<f64, Missing> {
    e.information_gain()
}

fn likelihood(e: &Evidence<'_>) -> Result<f64, Missing> {
    e.log_likelihood()
}

fn gain_of_scores(e: &Evidence<'_>, minimum: f64) -> Result<f64, Missing> {
    let baseline = normalized_density(e.baseline_map()?, minimum)?;
    Ok(information_gain(&normalized_density(e.map(), minimum)?, &baseline, e.fixations)?)
}

fn likelihood_of_scores(e: &Evidence<'_>, minimum: f64) -> Result<f64, Missing> {
    Ok(log_likelihood(&normalized_density(e.map(), minimum)?, e.fixations)?)
}

fn area(e: &Evidence<'_>) -> EmdOptions {
    EmdOptions { reduction: GridReduction::Area { factor: e.emd_downsize }, ..EmdOptions::default() }
}

fn distance(e: &Evidence<'_>, options: EmdOptions) -> Result<f64, Missing> {
    Ok(emd(e.map(), e.empirical()?, &options)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_definition_has_two_entries() {
        let mut names: Vec<_> = VARIANTS.iter().map(|variant| (variant.metric, variant.name)).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), VARIANTS.len());
    }

    #[test]
    fn a_profile_has_one_definition_of_a_metric_for_each_kind_of_prediction() {
        for variant in VARIANTS.iter().filter(|variant| variant.profile.is_some()) {
            let same = |other: &&Variant| {
                (other.metric, other.profile, other.judges) == (variant.metric, variant.profile, variant.judges)
            };
            assert_eq!(VARIANTS.iter().filter(same).count(), 1, "{} {}", variant.metric, variant.name);
        }
        let of =
            |profile, density| Metric::ALL.iter().filter_map(|&metric| variant_of(metric, profile, density)).count();
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
}
