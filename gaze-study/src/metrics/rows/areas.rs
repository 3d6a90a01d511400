//! The areas under the curve: AUC-Judd, AUC, AUC-Borji and shuffled AUC.

use gaze_metrics::{AucVariant, JuddVariant, ShuffledVariant, shuffled_auc, shuffled_auc_variant};

use super::{MIT, MetricRow, TUEBINGEN, derived, variant};
use crate::metrics::{Evidence, Metric, Missing};

pub(super) const AUC_JUDD: MetricRow = MetricRow {
    metric: Metric::AucJudd,
    name: "auc_judd",
    label: "AUC-Judd",
    unit: "",
    higher_is_better: true,
    compares_maps: false,
    meaning: "how well the map tells fixated pixels from the others, thresholds at fixated values",
    range: (Some(0.0), Some(1.0)),
    chance: Some(0.5),
    needs: "fixations",
    reference: "Judd, Ehinger, Durand & Torralba (2009), ICCV, doi:10.1109/ICCV.2009.5459462",
    variants: &[
        variant(
            "mit_expected",
            MIT,
            "fixated pixels against all others, a threshold per fixated value; expectation over the jitter",
            |e| judd(e, JuddVariant::Expected),
        ),
        variant("mit_nojitter", None, "the same without jitter: ties run backwards", |e| {
            judd(e, JuddVariant::WithoutJitter)
        }),
        variant(
            "pysaliency_nojitter",
            None,
            "fixations as a multiset against pixels never fixated, a threshold per fixated value",
            |e| judd(e, JuddVariant::Multiset),
        ),
        variant("unisal_4digits", None, "as mit_expected, points of the curve rounded to four decimals", |e| {
            judd(e, JuddVariant::Rounded)
        }),
    ],
};

pub(super) const AUC: MetricRow = MetricRow {
    metric: Metric::Auc,
    name: "auc",
    label: "AUC",
    unit: "",
    higher_is_better: true,
    compares_maps: false,
    meaning: "probability that a fixation scores higher than a random pixel",
    range: (Some(0.0), Some(1.0)),
    chance: Some(0.5),
    needs: "fixations",
    reference: "Kümmerer, Wallis & Bethge (2018), ECCV, doi:10.1007/978-3-030-01270-0_47",
    variants: &[
        variant(
            "pysaliency_uniform",
            TUEBINGEN,
            "probability that a fixation scores higher than a random pixel; ties count half, chance is 0.5",
            |e| auc(e, AucVariant::Uniform),
        )
        .averaged(),
        variant("pysaliency_unfixated", None, "the same against pixels never fixated", |e| {
            auc(e, AucVariant::Unfixated)
        }),
        variant("pysaliency_uniform_thr_fix", None, "against all pixels, thresholds at fixated values only", |e| {
            auc(e, AucVariant::UniformAtFixations)
        }),
        variant("binary_vs_rest", None, "fixated pixels, each once, against all others", |e| {
            auc(e, AucVariant::BinaryVsRest)
        }),
        variant("binary_vs_all", None, "fixated pixels, each once, against all pixels", |e| {
            auc(e, AucVariant::BinaryVsAll)
        }),
    ],
};

pub(super) const AUC_BORJI: MetricRow = MetricRow {
    metric: Metric::AucBorji,
    name: "auc_borji",
    label: "AUC-Borji",
    unit: "",
    higher_is_better: true,
    compares_maps: false,
    meaning: "how well the map tells fixated pixels from as many random ones, eleven thresholds",
    range: (Some(0.0), Some(1.0)),
    chance: Some(0.5),
    needs: "fixations",
    reference: "Borji, Tavakoli, Sihite & Itti (2013), ICCV, doi:10.1109/ICCV.2013.118",
    variants: &[variant(
        "mit_expected",
        MIT,
        "fixated pixels against random ones on eleven thresholds; expectation over the random splits",
        |e| Ok(e.ranks()?.auc_borji()?),
    )],
};

pub(super) const SAUC: MetricRow = MetricRow {
    metric: Metric::Sauc,
    name: "sauc",
    label: "sAUC",
    unit: "",
    higher_is_better: true,
    compares_maps: false,
    meaning: "probability that a fixation scores higher than one on another image: a center bias gains nothing",
    range: (Some(0.0), Some(1.0)),
    chance: Some(0.5),
    needs: "fixations; fixations on other images",
    reference: "Tatler, Baddeley & Gilchrist (2005), Vision Research 45(5), doi:10.1016/j.visres.2004.09.017",
    variants: &[
        variant(
            "pysaliency",
            TUEBINGEN,
            "probability that a fixation scores higher than one on another image; chance is 0.5",
            |e| Ok(e.shuffled_ranks()?.multiset()),
        )
        .averaged(),
        derived(
            "pysaliency_over_baseline",
            "the same for the density relative to the baseline, so that a center bias gains nothing",
            |e| Ok(shuffled_auc(e.ratio()?, e.fixations(), e.nonfixations()?)?),
        )
        .averaged(),
        variant("binary_exact", None, "fixated pixels against pixels fixated on other images, each once", |e| {
            Ok(e.shuffled_ranks()?.binary())
        }),
        variant(
            "mit_expected",
            MIT,
            "fixated pixels against pixels fixated on other images on eleven thresholds; expectation over the random splits",
            |e| Ok(e.shuffled_ranks()?.expected()?),
        ),
        variant(
            "salicon",
            None,
            "against fixations on other images but for pixels fixated here, thresholds every 0.01",
            |e| Ok(shuffled_auc_variant(e.map(), e.fixations(), e.nonfixations()?, ShuffledVariant::Salicon)?),
        ),
    ],
};

fn judd(e: &Evidence<'_>, variant: JuddVariant) -> Result<f64, Missing> {
    Ok(e.ranks()?.auc_judd(variant)?)
}

fn auc(e: &Evidence<'_>, variant: AucVariant) -> Result<f64, Missing> {
    Ok(e.ranks()?.auc(variant)?)
}
