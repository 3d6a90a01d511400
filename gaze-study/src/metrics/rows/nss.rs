//! The normalised scanpath saliency.

use gaze_metrics::{NssVariant, nss_variant};

use super::{MIT, MetricRow, TUEBINGEN, variant};
use crate::metrics::{Evidence, Metric, Missing};

pub(super) const NSS: MetricRow = MetricRow {
    metric: Metric::Nss,
    name: "nss",
    label: "NSS",
    unit: "",
    higher_is_better: true,
    compares_maps: false,
    meaning: "mean score at fixations, in standard deviations of the map above its mean",
    range: (None, None),
    chance: Some(0.0),
    needs: "fixations",
    reference: "Peters, Iyer, Itti & Koch (2005), Vision Research 45(18), doi:10.1016/j.visres.2005.03.019",
    variants: &[
        variant(
            "mit",
            MIT,
            "mean score at the fixated pixels in standard deviations of the map (divisor n − 1); chance is 0",
            |e| nss(e, NssVariant::Mit),
        ),
        variant(
            "pysaliency",
            TUEBINGEN,
            "mean score at the fixations in standard deviations of the map; chance is 0",
            |e| nss(e, NssVariant::Multiset),
        )
        .averaged(),
        variant("unique_ddof0", None, "a pixel counts once, divisor n", |e| nss(e, NssVariant::Binary)),
        variant("multi_ddof1", None, "repeats count, divisor n − 1", |e| nss(e, NssVariant::MultisetSampleDeviation)),
        variant("salicon", None, "the SALICON challenge's: as pysaliency", |e| nss(e, NssVariant::Multiset)),
    ],
};

fn nss(e: &Evidence<'_>, variant: NssVariant) -> Result<f64, Missing> {
    Ok(nss_variant(e.map(), e.fixations(), variant)?)
}
