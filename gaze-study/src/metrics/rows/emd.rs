//! The earth mover's distance.

use gaze_core::Size;
use gaze_metrics::{EmdOptions, GridReduction, emd_of_masses};

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

/// The most cells of a grid between which mass is moved. The time grows faster than the square of their number: 7,500 cells took
/// 3 seconds and 30,000 took 106 in a development build. A picture of 4096 × 2160 pixels has 8,704 in cells of 32 pixels.
const MOST_CELLS: usize = 1 << 14;

fn distance(e: &Evidence<'_>, options: EmdOptions) -> Result<f64, Missing> {
    e.empirical()?;
    let factor = e.emd_downsize().max(1);
    let size = e.map().size();
    let cells = size.height.div_ceil(factor).saturating_mul(size.width.div_ceil(factor));
    if cells > MOST_CELLS {
        let sides = format!("{} x {}", size.height.div_ceil(factor), size.width.div_ceil(factor));
        return Err(Missing::Undefined(format!(
            "a grid of {sides} cells is too large; --emd-downsize {} makes one of at most {MOST_CELLS}",
            larger(size, factor)
        )));
    }
    let [prediction, empirical] = e.emd_masses(options.reduction)?;
    // A distance of 0 has no sign.
    Ok(emd_of_masses(&prediction, &empirical, &options)? + 0.0)
}

/// Returns the next power of two with which the grid is small enough.
fn larger(size: Size, factor: usize) -> usize {
    let cells = |factor: usize| size.height.div_ceil(factor).saturating_mul(size.width.div_ceil(factor));
    let mut factor = factor.next_power_of_two();
    while cells(factor) > MOST_CELLS {
        factor *= 2;
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_that_is_named_is_enough() {
        for (height, width, factor, expected) in
            [(10_000, 10_000, 32, 128), (600, 800, 1, 8), (100_000, 2, 1, 8), (4_096, 4_096, 32, 32)]
        {
            let size = Size { height, width };
            assert_eq!(larger(size, factor), expected);
            assert!(height.div_ceil(expected) * width.div_ceil(expected) <= MOST_CELLS);
        }
    }
}
