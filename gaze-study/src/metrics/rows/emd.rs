//! The earth mover's distance.

use gaze_metrics::{EmdOptions, GridReduction, emd};

use super::{MIT, MetricRow, TUEBINGEN, variant};
use crate::metrics::{Evidence, Metric, Missing};

pub(super) const EMD: MetricRow = MetricRow {
    metric: Metric::Emd,
    name: "emd",
    label: "EMD",
    unit: "cells",
    higher_is_better: false,
    compares_maps: true,
    meaning: "how far mass must move to turn the map into the empirical map, in cells of a grid",
    range: (Some(0.0), None),
    chance: None,
    needs: "an empirical map: the fixations, blurred",
    reference: "Rubner, Tomasi & Guibas (2000), IJCV 40(2), doi:10.1023/A:1026543900054",
    variants: &[
        variant(
            "exact_matlab_resize",
            MIT,
            "how far mass moves from the map to the empirical map; grids by MATLAB's resize",
            |e| {
                distance(
                    e,
                    EmdOptions {
                        reduction: GridReduction::Matlab { factor: e.emd_downsize() },
                        ..EmdOptions::default()
                    },
                )
            },
        ),
        variant("exact_area", TUEBINGEN, "how far mass moves from the map to the empirical map; grids by area", |e| {
            distance(e, area(e))
        }),
        variant("exact_area_thr2", None, "no distance charged above 2 cells", |e| {
            distance(e, EmdOptions { threshold: Some(2.0), ..area(e) })
        }),
        variant("exact_area_thr5", None, "no distance charged above 5 cells", |e| {
            distance(e, EmdOptions { threshold: Some(5.0), ..area(e) })
        }),
        variant("exact_area_pixels", None, "as exact_area, in pixels", |e| {
            Ok(distance(e, area(e))? * e.emd_downsize() as f64)
        }),
    ],
};

fn area(e: &Evidence<'_>) -> EmdOptions {
    EmdOptions { reduction: GridReduction::Area { factor: e.emd_downsize() }, ..EmdOptions::default() }
}

fn distance(e: &Evidence<'_>, options: EmdOptions) -> Result<f64, Missing> {
    Ok(emd(e.map(), e.empirical()?, &options)?)
}
