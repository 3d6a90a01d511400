//! A stimulus to explore: each model's heat map more or less opaque over the picture, and regions with their share of attention.
//!
//! The page computes the shares itself, from a coarse grid of each model's density that is read from the stored map. Where no
//! density was stored, the heat maps remain.

use minijinja::{Value, context};
use ndarray::ArrayView2;

use gaze_data::read_array;
use gaze_study::{Part, PartStore, Summary};

use super::gallery::has_picture;

/// Cells along the longer side.
const CELLS: usize = 48;
/// Shares of cells are whole numbers of this part of all attention.
const PARTS: f64 = 1e7;

/// The models whose tiles a stimulus has, with their places in the strip and their grids; none without a picture.
pub(super) fn models(parts: &PartStore, part: &Part, summary: &Summary) -> Vec<Value> {
    let shown = &part.shown;
    if !has_picture(shown, summary) {
        return Vec::new();
    }
    let models = summary.plan.models();
    let tiles = shown.tiles.iter().enumerate().skip(1);
    let of_models = tiles.take_while(|(_, name)| models.iter().any(|model| model.name == **name));
    of_models
        .map(|(place, name)| {
            let grid = density_file(part, name, models.len()).and_then(|file| grid(parts, file));
            let (columns, rows, shares) = grid.unwrap_or_default();
            context! { name, offset => place * shown.width, columns, rows, shares => shares.join(" ") }
        })
        .collect()
}

/// The stored log density of a model. Where there are several models, each has a folder of its own.
fn density_file<'a>(part: &'a Part, model: &str, models: usize) -> Option<&'a str> {
    let densities = || part.maps.iter().map(|(name, ..)| name.as_str()).filter(|name| name.ends_with(".npy"));
    if models < 2 {
        return densities().next();
    }
    let folder = gaze_study::files::file_name(model);
    densities().find(|name| name.split_once('/').is_some_and(|(own, _)| own == folder))
}

/// Reads a density and sums it in cells.
fn grid(parts: &PartStore, file: &str) -> Option<(usize, usize, Vec<String>)> {
    let values = read_array(&parts.map(file)).ok()?;
    let (height, width) = values.dim();
    let longer = height.max(width).max(CELLS);
    let cells = |side: usize| (side * CELLS / longer).clamp(1, side.max(1));
    let (rows, columns) = (cells(height), cells(width));
    Some((columns, rows, sums(values.view(), rows, columns)?))
}

/// Sums probabilities in cells of equal size; a pixel that two cells share belongs to that of its middle. `None` unless the array
/// is a log density.
fn sums(values: ArrayView2<'_, f64>, rows: usize, columns: usize) -> Option<Vec<String>> {
    let (height, width) = values.dim();
    let mut sums = vec![0.0; rows * columns];
    for ((row, column), value) in values.indexed_iter() {
        let cell = |index: usize, side: usize, cells: usize| (2 * index + 1) * cells / (2 * side);
        sums[cell(row, height, rows) * columns + cell(column, width, columns)] += value.exp();
    }
    let sum: f64 = sums.iter().sum();
    // A stored map of scores sums to anything.
    ((sum - 1.0).abs() < 1e-2).then(|| sums.iter().map(|share| format!("{:.0}", share / sum * PARTS)).collect())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn cells_hold_the_attention_of_their_pixels() {
        let density = Array2::from_shape_vec((2, 4), vec![0.1, 0.2, 0.05, 0.05, 0.3, 0.1, 0.15, 0.05_f64]).unwrap();
        let logs = density.mapv(f64::ln);
        assert_eq!(sums(logs.view(), 1, 2).unwrap(), ["7000000", "3000000"]);
        assert_eq!(sums(logs.view(), 2, 1).unwrap(), ["4000000", "6000000"]);
        assert_eq!(sums(density.view(), 1, 2), None);
    }
}
