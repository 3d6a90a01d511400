//! The metrics that compare maps pixel by pixel: CC, SIM and the Kullback-Leibler divergence.

use gaze_metrics::{KlVariant, cc, cc_mit, kl_divergence, kl_divergence_variant, sim, sim_mit};

use super::{MIT, MetricRow, TUEBINGEN, derived, variant};
use crate::metrics::{Evidence, Metric, Missing};

pub(super) const CC: MetricRow = MetricRow {
    metric: Metric::Cc,
    name: "cc",
    label: "CC",
    unit: "",
    higher_is_better: true,
    compares_maps: true,
    meaning: "linear correlation of the map with the empirical map",
    range: (Some(-1.0), Some(1.0)),
    chance: Some(0.0),
    needs: "an empirical map: the fixations, blurred",
    reference: "Le Meur, Le Callet & Barba (2007), Vision Research 47(19), doi:10.1016/j.visres.2007.06.015",
    variants: &[
        variant("mit", MIT, "correlation of the map with the empirical map", |e| Ok(cc_mit(e.map(), e.empirical()?)?)),
        variant("pysaliency", TUEBINGEN, "correlation of the map with the empirical map", |e| {
            Ok(cc(e.map(), e.empirical()?)?)
        }),
        derived(
            "pysaliency_blurred",
            "correlation of the density, blurred like the empirical map, with that map",
            |e| Ok(cc(e.blurred()?, e.empirical()?)?),
        ),
        variant("salicon", None, "the SALICON challenge's: as mit", |e| Ok(cc_mit(e.map(), e.empirical()?)?)),
    ],
};

pub(super) const SIM: MetricRow = MetricRow {
    metric: Metric::Sim,
    name: "sim",
    label: "SIM",
    unit: "",
    higher_is_better: true,
    compares_maps: true,
    meaning: "overlap of the map with the empirical map, both as distributions",
    range: (Some(0.0), Some(1.0)),
    chance: None,
    needs: "an empirical map: the fixations, blurred",
    reference: "Judd, Durand & Torralba (2012), MIT-CSAIL-TR-2012-001",
    variants: &[
        variant("mit", MIT, "overlap of map and empirical map, each scaled to 0 … 1 and then to sum 1", |e| {
            Ok(sim_mit(e.map(), e.empirical()?)?)
        }),
        variant("pysaliency", TUEBINGEN, "overlap of map and empirical map, each scaled to sum 1", |e| {
            Ok(sim(e.map(), e.empirical()?)?)
        }),
        derived(
            "pysaliency_most_similar",
            "overlap of the empirical map with the map that the density expects to overlap most",
            |e| Ok(sim(e.most_similar()?, e.empirical()?)?),
        ),
    ],
};

pub(super) const KL: MetricRow = MetricRow {
    metric: Metric::Kl,
    name: "kl",
    label: "KL",
    unit: "nats",
    higher_is_better: false,
    compares_maps: true,
    meaning: "nats that are lost if the map stands for the empirical map, both as distributions",
    range: (Some(0.0), None),
    chance: None,
    needs: "an empirical map: the fixations, blurred",
    reference: "Kullback & Leibler (1951), Annals of Mathematical Statistics 22(1), doi:10.1214/aoms/1177729694",
    variants: &[
        variant("mit", MIT, "divergence of the empirical map from the map, regularised by 2⁻⁵²", |e| {
            kl(e, KlVariant::Mit)
        }),
        variant(
            "pysaliency_mit",
            TUEBINGEN,
            "divergence of the empirical map from the map, regularised by 2.2204e-16",
            |e| kl(e, KlVariant::Tuebingen),
        ),
        derived("pysaliency_mit_blurred", "the same from the density, blurred like the empirical map", |e| {
            Ok(kl_divergence(e.blurred()?, e.empirical()?)?)
        }),
        variant("pysaliency_default", None, "1e-20 added to both maps before they are scaled", |e| {
            kl(e, KlVariant::Added)
        }),
        variant("noreg", None, "not regularised", |e| kl(e, KlVariant::Plain)),
        variant("reversed_noreg", None, "the arguments swapped, not regularised", |e| kl(e, KlVariant::Reversed)),
    ],
};

fn kl(e: &Evidence<'_>, variant: KlVariant) -> Result<f64, Missing> {
    Ok(kl_divergence_variant(e.map(), e.empirical()?, variant)?)
}
