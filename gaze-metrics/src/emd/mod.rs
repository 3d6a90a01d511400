//! The earth mover's distance between two maps: what it costs at least to move one into the other.

use gaze_core::{Pixel, SaliencyMap, Size, Summary, numeric::pairwise};
use ndarray::{Array2, ArrayView2, CowArray, Ix2};

use self::{
    ground::Ground,
    mass::{TOTAL, masses},
    simplex::{Instance, Shipment, Tree},
    start::Surplus,
};
use crate::{MetricError, error::check_size, resize};

mod ground;
mod mass;
mod prices;
mod simplex;
mod start;
#[cfg(test)]
mod tests;

/// The most cells that a grid may have. The time grows with their number to the power of nearly 3.
const MOST_CELLS: usize = 1 << 18;

/// Pivots per node after which a search is given up; 75 x 100 cells need 7.
const PIVOTS_PER_NODE: usize = 1000;

/// The grid between whose cells mass is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GridReduction {
    /// A grid of `ceil(height / factor)` by `ceil(width / factor)` equal boxes; each holds the mass above it, and a
    /// pixel across a border is split. Equal maps stay equal, and no mass becomes negative.
    Area {
        /// Pixels along the side of a cell.
        factor: usize,
    },
    /// The reduction of the MIT benchmark's MATLAB code: the empirical map goes through `imresize(map, 1/factor)`, the
    /// prediction through `imresize(map, size)` to the size that came out. Both are bicubic and antialiased, with
    /// weights that sum to 1. If a side is no multiple of the factor the two are scaled differently, and the
    /// distance of a map from itself is not 0.
    Matlab {
        /// Pixels along the side of a cell.
        factor: usize,
    },
    /// No reduction: every pixel is a cell. Beyond 100 x 100 pixels this takes from many seconds to hours.
    None,
}

impl GridReduction {
    fn factor(self) -> usize {
        match self {
            Self::Area { factor } | Self::Matlab { factor } => factor,
            Self::None => 1,
        }
    }

    /// The grid for a map of some size.
    fn grid(self, map: Size) -> Result<Size, MetricError> {
        let factor = self.factor();
        if factor == 0 {
            return Err(MetricError::ZeroFactor);
        }
        let grid = Size { height: map.height.div_ceil(factor), width: map.width.div_ceil(factor) };
        let cells = grid.height.saturating_mul(grid.width);
        if cells > MOST_CELLS { Err(MetricError::TooManyCells { found: cells, limit: MOST_CELLS }) } else { Ok(grid) }
    }
}

/// The unit of a distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DistanceUnit {
    /// Sides of a cell of the reduced grid, as the MIT benchmark reports it.
    #[default]
    Cells,
    /// Pixels of the map; the side of a cell counts as `factor` pixels.
    Pixels,
}

/// The definition of the earth mover's distance. The default is [`GridReduction::Area`] by 32, no threshold, cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmdOptions {
    /// The grid.
    pub reduction: GridReduction,
    /// The largest distance that is charged, in cells; positive. `None` charges every distance in full.
    pub threshold: Option<f64>,
    /// The unit of the result.
    pub unit: DistanceUnit,
}

impl EmdOptions {
    /// The MIT benchmark's definition: MATLAB's resizing by 32, no threshold, cells.
    pub const MIT: Self =
        Self { reduction: GridReduction::Matlab { factor: 32 }, threshold: None, unit: DistanceUnit::Cells };

    /// The largest distance that is charged.
    fn threshold(&self) -> Result<f64, MetricError> {
        match self.threshold.unwrap_or(f64::INFINITY) {
            found if found.is_nan() || found <= 0.0 => Err(MetricError::Threshold { found }),
            threshold => Ok(threshold),
        }
    }

    fn scale(&self) -> f64 {
        match self.unit {
            DistanceUnit::Cells => 1.0,
            DistanceUnit::Pixels => self.reduction.factor() as f64,
        }
    }
}

impl Default for EmdOptions {
    fn default() -> Self {
        Self { reduction: GridReduction::Area { factor: 32 }, threshold: None, unit: DistanceUnit::Cells }
    }
}

/// A move of mass from one cell to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// A cell in which the prediction has more than the empirical map.
    pub from: Pixel,
    /// A cell in which it has less.
    pub to: Pixel,
    /// The moved mass, as a share of the mass of a map; positive.
    pub mass: f64,
}

/// A cheapest way to turn the prediction into the empirical map, with the proof that none is cheaper.
#[derive(Clone, Debug, PartialEq)]
pub struct EmdFlow {
    /// The cost of the moves: the earth mover's distance.
    pub distance: f64,
    /// A lower bound on the cost of every flow, from the potential. It differs from the distance by rounding only.
    pub lower_bound: f64,
    /// The grid to which the moves' cells belong.
    pub grid: Size,
    /// The moves, in no particular order. Mass that both maps have in a cell does not move.
    pub moves: Vec<Move>,
    /// The value of mass in every cell of the grid, in cells. It differs between two cells by no more than
    /// their distance, so `∑ potential · (prediction − empirical)` bounds the cost of every flow from below.
    pub potential: Array2<f64>,
}

/// Computes the earth mover's distance between a map and the empirical map, exactly.
///
/// ```text
/// EMD  =  min  ∑  fᵢⱼ dᵢⱼ        ∑ fᵢⱼ = Pᵢ   ∑ fᵢⱼ = Eⱼ   fᵢⱼ ≥ 0
///          f  i,j                j             i
/// ```
///
/// where `P` and `E` are the maps on the reduced grid, scaled to sum 1, and `dᵢⱼ` is the Euclidean distance between
/// the cells `i` and `j`, or the threshold if that is less. In words: how far mass moves, on average over all of it.
///
/// Both distances are metrics, so mass that can stay in its cell does, and only the difference of the maps is moved.
/// The least cost is found by the network simplex method on whole numbers (masses are rounded to 2⁻⁵⁸ of the total,
/// distances as finely as 64 bits allow) and is exact to 1e-12 on grids of up to 10 000 cells, to 1e-10 on all.
/// [`emd_flow`] gives the proof along with the flow.
///
/// # Shapes and units
///
/// | | shape | unit |
/// |---|---|---|
/// | `prediction`, `empirical` | `(height, width)` | any |
/// | result | scalar in 0 ..= diagonal of the grid, lower is better, 0 for equal maps | cells or pixels, by `options` |
///
/// # Errors
///
/// [`MetricError::SizeMismatch`]; [`MetricError::NoMass`] if a map has no mass; [`MetricError::ZeroFactor`],
/// [`MetricError::Threshold`] and [`MetricError::TooManyCells`] for `options` that make no sense;
/// [`MetricError::PivotLimit`], never seen.
///
/// # Degenerate input
///
/// A map with negative values is first shifted to minimum 0, as for [`sim`](crate::sim). A map that is then 0
/// everywhere has no mass: it is an error and not taken as uniform, since no shape was predicted. Slightly negative
/// cells out of [`GridReduction::Matlab`] are kept: a difference of two maps needs no sign.
///
/// # Reference
///
/// Rubner, Tomasi & Guibas (2000), doi:10.1023/A:1026543900054; with a threshold Pele & Werman (2009),
/// doi:10.1109/ICCV.2009.5459199. The MIT benchmark's `EMD.m` with [`EmdOptions::MIT`], up to its rounding to 1e-6.
///
/// # Examples
///
/// ```
/// use gaze_core::SaliencyMap;
/// use gaze_metrics::{EmdOptions, GridReduction, emd};
/// use ndarray::array;
///
/// let prediction = SaliencyMap::new(array![[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])?;
/// let empirical = SaliencyMap::new(array![[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])?;
/// let options = EmdOptions { reduction: GridReduction::None, ..EmdOptions::default() };
/// // Half of the mass moves three columns and one row.
/// assert!((emd(&prediction, &empirical, &options)? - 0.5 * 10f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn emd(
    prediction: &SaliencyMap<'_>,
    empirical: &SaliencyMap<'_>,
    options: &EmdOptions,
) -> Result<f64, MetricError> {
    let problem = Problem::new(prediction, empirical, options)?;
    problem.distance(options)
}

/// Computes the earth mover's distance between maps whose masses on the grid are known already.
///
/// # Errors
///
/// As [`emd`], but for those of [`EmdMasses`]; [`MetricError::SizeMismatch`] also if the grids differ.
pub fn emd_of_masses(prediction: &EmdMasses, empirical: &EmdMasses, options: &EmdOptions) -> Result<f64, MetricError> {
    Problem::of_masses(prediction, empirical, options)?.distance(options)
}

/// The masses of a map on a grid. A map that is compared with several others is reduced to the grid once.
#[derive(Clone, Debug)]
pub struct EmdMasses {
    /// The size of the map.
    map: Size,
    grid: Size,
    mass: Vec<i64>,
}

impl EmdMasses {
    /// Reduces a prediction. [`GridReduction::Matlab`] treats predictions and empirical maps differently.
    ///
    /// # Errors
    ///
    /// [`MetricError::NoMass`], [`MetricError::ZeroFactor`], [`MetricError::TooManyCells`].
    pub fn of_prediction(map: &SaliencyMap<'_>, reduction: GridReduction) -> Result<Self, MetricError> {
        let (name, grid) = ("prediction", reduction.grid(map.size())?);
        Self::of(map, name, grid, |map| match reduction {
            GridReduction::Area { factor } => resize::area(map, factor),
            GridReduction::Matlab { .. } => resize::matlab_to_size(map, grid.dim()),
            GridReduction::None => map.to_owned(),
        })
    }

    /// Reduces an empirical map.
    ///
    /// # Errors
    ///
    /// As [`EmdMasses::of_prediction`].
    pub fn of_empirical(map: &SaliencyMap<'_>, reduction: GridReduction) -> Result<Self, MetricError> {
        let (name, grid) = ("empirical map", reduction.grid(map.size())?);
        Self::of(map, name, grid, |map| match reduction {
            GridReduction::Area { factor } => resize::area(map, factor),
            GridReduction::Matlab { factor } => resize::matlab_by_scale(map, factor),
            GridReduction::None => map.to_owned(),
        })
    }

    fn of(
        map: &SaliencyMap<'_>,
        name: &'static str,
        grid: Size,
        reduce: impl Fn(ArrayView2<'_, f64>) -> Array2<f64>,
    ) -> Result<Self, MetricError> {
        let reduced = reduce(non_negative(map, name)?.view());
        let mass = masses(&reduced.iter().copied().collect::<Vec<f64>>(), name)?;
        Ok(Self { map: map.size(), grid, mass })
    }
}

/// Computes the earth mover's distance as [`emd`] does, and returns the moves and the proof that they are the best.
///
/// # Errors
///
/// As [`emd`].
///
/// # Examples
///
/// ```
/// use gaze_core::{Pixel, SaliencyMap};
/// use gaze_metrics::{EmdOptions, GridReduction, Move, emd_flow};
/// use ndarray::array;
///
/// let prediction = SaliencyMap::new(array![[1.0, 1.0, 0.0, 0.0]])?;
/// let empirical = SaliencyMap::new(array![[0.0, 1.0, 0.0, 1.0]])?;
/// let options = EmdOptions { reduction: GridReduction::None, ..EmdOptions::default() };
/// let flow = emd_flow(&prediction, &empirical, &options)?;
/// let (from, to) = (Pixel { row: 0, column: 0 }, Pixel { row: 0, column: 3 });
/// assert_eq!(flow.moves, [Move { from, to, mass: 0.5 }]);
/// assert!((flow.distance - 1.5).abs() < 1e-12 && (flow.lower_bound - 1.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn emd_flow(
    prediction: &SaliencyMap<'_>,
    empirical: &SaliencyMap<'_>,
    options: &EmdOptions,
) -> Result<EmdFlow, MetricError> {
    let problem = Problem::new(prediction, empirical, options)?;
    let Solution { moves, sinks } = problem.solve()?;
    let potential = problem.potential(&sinks);
    Ok(EmdFlow {
        distance: problem.cost(&moves) * options.scale(),
        lower_bound: problem.lower_bound(&potential) * options.scale(),
        grid: problem.surplus.size,
        moves: moves.into_iter().map(|(from, to, mass)| Move { from, to, mass: share(mass) }).collect(),
        potential,
    })
}

fn share(mass: i64) -> f64 {
    mass as f64 / TOTAL as f64
}

/// The masses that are to be moved.
struct Problem {
    surplus: Surplus,
    threshold: f64,
}

/// The moves of the optimum, and the potential of every cell that takes mass in.
#[derive(Debug, Default)]
struct Solution {
    moves: Vec<(Pixel, Pixel, i64)>,
    sinks: Vec<(Pixel, f64)>,
}

impl Problem {
    fn new(
        prediction: &SaliencyMap<'_>,
        empirical: &SaliencyMap<'_>,
        options: &EmdOptions,
    ) -> Result<Self, MetricError> {
        check_size(prediction.size(), "empirical map is", empirical.size())?;
        options.reduction.grid(prediction.size())?;
        options.threshold()?;
        let prediction = EmdMasses::of_prediction(prediction, options.reduction)?;
        Self::of_masses(&prediction, &EmdMasses::of_empirical(empirical, options.reduction)?, options)
    }

    fn of_masses(prediction: &EmdMasses, empirical: &EmdMasses, options: &EmdOptions) -> Result<Self, MetricError> {
        check_size(prediction.map, "empirical map is", empirical.map)?;
        check_size(prediction.grid, "empirical map's grid is", empirical.grid)?;
        let mass = prediction.mass.iter().zip(&empirical.mass).map(|(p, e)| p - e).collect();
        Ok(Self { surplus: Surplus { size: prediction.grid, mass }, threshold: options.threshold()? })
    }

    fn distance(&self, options: &EmdOptions) -> Result<f64, MetricError> {
        Ok(self.cost(&self.solve()?.moves) * options.scale())
    }

    fn solve(&self) -> Result<Solution, MetricError> {
        let ends = |mass: fn(i64) -> bool| self.surplus.mass.iter().filter(|&&surplus| mass(surplus)).count();
        let (sources, sinks) = (ends(|surplus| surplus > 0), ends(|surplus| surplus < 0));
        if sources == 0 {
            return Ok(Solution::default());
        }
        // The distance is the same in both directions, and the search goes through the sources: the fewer, the faster.
        if sources <= sinks {
            let (instance, shipments, potentials) = self.optimum(&self.surplus)?;
            let moves = moves(&instance, &shipments).collect();
            let sinks = instance.sinks.iter().zip(potentials.sinks).map(|(sink, potential)| (sink.0, potential));
            return Ok(Solution { moves, sinks: sinks.collect() });
        }
        let (instance, shipments, potentials) = self.optimum(&self.surplus.reversed())?;
        let moves = moves(&instance, &shipments).map(|(from, to, mass)| (to, from, mass)).collect();
        let sinks = instance.sources.iter().zip(potentials.sources).map(|(source, potential)| (source.0, -potential));
        Ok(Solution { moves, sinks: sinks.collect() })
    }

    fn optimum(&self, surplus: &Surplus) -> Result<(Instance, Vec<Shipment>, Potentials), MetricError> {
        let instance = surplus.instance();
        let limit = PIVOTS_PER_NODE * surplus.mass.len();
        let gave_up = MetricError::PivotLimit { pivots: limit };
        let ground = self.ground();
        let start = start::shipments(surplus, &instance, &ground, limit).ok_or(gave_up)?;
        let mut tree = Tree::new(&instance, &ground, &start);
        if !tree.optimize(limit) {
            return Err(gave_up);
        }
        let in_cells =
            |potentials: Vec<i64>| potentials.into_iter().map(|potential| ground.in_cells(potential)).collect();
        let potentials =
            Potentials { sources: in_cells(tree.source_potentials()), sinks: in_cells(tree.sink_potentials()) };
        let shipments = tree.shipments();
        Ok((instance, shipments, potentials))
    }

    fn ground(&self) -> Ground {
        Ground::new(self.surplus.size, self.threshold)
    }

    fn cost(&self, moves: &[(Pixel, Pixel, i64)]) -> f64 {
        pairwise(moves.len(), |i| {
            let (from, to, mass) = moves[i];
            share(mass) * ground::distance(from, to, self.threshold)
        })
    }

    /// Extends the sinks' potentials to the largest function that changes by no more than the distance.
    fn potential(&self, sinks: &[(Pixel, f64)]) -> Array2<f64> {
        Array2::from_shape_fn(self.surplus.size.dim(), |(row, column)| {
            let cell = Pixel { row, column };
            let from = sinks.iter().map(|&(end, potential)| potential + ground::distance(cell, end, self.threshold));
            from.min_by(f64::total_cmp).unwrap_or(0.0)
        })
    }

    fn lower_bound(&self, potential: &Array2<f64>) -> f64 {
        // The surpluses sum to 0, so any constant may be taken off; a near one keeps the terms small.
        let (shift, mass) = (potential[[0, 0]], &self.surplus.mass);
        let potential = potential.as_slice().unwrap_or_default();
        pairwise(potential.len(), |i| share(mass[i]) * (potential[i] - shift))
    }
}

/// The potentials of an optimum, in cells.
struct Potentials {
    sources: Vec<f64>,
    sinks: Vec<f64>,
}

fn moves(instance: &Instance, shipments: &[Shipment]) -> impl Iterator<Item = (Pixel, Pixel, i64)> {
    shipments.iter().map(|&Shipment { source, sink, mass }| (instance.sources[source].0, instance.sinks[sink].0, mass))
}

/// The map, shifted to minimum 0 if it has negative values and scaled if sums could overflow.
fn non_negative<'a>(map: &'a SaliencyMap<'a>, name: &'static str) -> Result<CowArray<'a, f64, Ix2>, MetricError> {
    /// Far from overflow and from subnormal numbers alike, for maps of any size.
    const MODERATE: std::ops::RangeInclusive<f64> = 1e-200..=1e200;
    let Summary { lowest, highest, .. } = map.summary();
    let (least, most) = (lowest.min(0.0), highest.max(0.0));
    let largest = f64::max(most, -least);
    if largest <= 0.0 {
        return Err(MetricError::NoMass { map: name });
    }
    if least >= 0.0 && MODERATE.contains(&largest) {
        return Ok(map.values().into());
    }
    Ok(map.values().mapv(|value| value / largest - least / largest).into())
}
