//! The means of scanpaths' figures over observers and groups.

use std::collections::BTreeMap;

use gaze_metrics::scanpath::DirectionHistogram;
use serde::Serialize;

use super::{
    figures::{Figures, QUANTITIES, Quantity},
    gathered::Gathered,
};

/// The steps of the polar histogram of saccades.
const DIRECTIONS: usize = 36;

/// Fixations beyond this position, and positions that fewer scanpaths reach than the second number, are not averaged.
const POSITIONS: usize = 30;
const FEWEST: usize = 5;

/// The mean of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanFigure {
    /// The name of the figure.
    pub quantity: &'static str,
    /// The mean; `None` if nobody has the figure.
    pub mean: Option<f64>,
    /// The standard deviation, with the divisor n − 1; `None` for fewer than two.
    pub deviation: Option<f64>,
    /// The number of observers, or of scanpaths where observers have no names.
    pub count: usize,
}

/// The mean duration and amplitude at one position of the scanpaths of a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct IndexPoint {
    /// The number of fixations before, on the same picture.
    pub index: usize,
    /// The number of scanpaths that have a fixation there.
    pub scanpaths: usize,
    /// The mean duration of the fixation in milliseconds, over the scanpaths with durations.
    pub duration_ms: Option<f64>,
    /// Its standard error over scanpaths.
    pub duration_error_ms: Option<f64>,
    /// The mean amplitude of the saccade that follows, in pixels.
    pub amplitude_px: Option<f64>,
    /// Its standard error over scanpaths.
    pub amplitude_error_px: Option<f64>,
}

/// What the scanpaths of a group are like.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupFigures {
    /// The name of the group.
    pub group: String,
    /// The number of scanpaths.
    pub scanpaths: usize,
    /// The number of observers, where they have names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observers: Option<usize>,
    /// The means over observers, each observer being the mean of its scanpaths; where observers have no names, over scanpaths.
    pub figures: Vec<MeanFigure>,
    /// The number of saccades in each of 36 directions: the first lies around the right, then counterclockwise.
    pub directions: Vec<usize>,
    /// The means by the position of the fixation.
    pub by_index: Vec<IndexPoint>,
}

/// The means of one observer.
#[derive(Clone, Debug)]
pub(super) struct ObserverFigures {
    pub(super) group: usize,
    pub(super) name: String,
    pub(super) scanpaths: usize,
    pub(super) means: Figures,
}

/// Sums from which mean, deviation and standard error are made.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: usize,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds a value, as Welford does.
    fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    fn deviation(&self) -> Option<f64> {
        (self.count > 1).then(|| (self.squares / (self.count - 1) as f64).sqrt())
    }

    fn error(&self) -> Option<f64> {
        Some(self.deviation()? / (self.count as f64).sqrt())
    }
}

fn means(moments: &[Moments; QUANTITIES.len()]) -> Figures {
    moments.map(|moments| moments.mean())
}

fn add(moments: &mut [Moments; QUANTITIES.len()], figures: &Figures) {
    for (moments, figure) in moments.iter_mut().zip(figures) {
        figure.iter().for_each(|&figure| moments.add(figure));
    }
}

/// The means of each observer who has a name, by group, then name.
pub(super) fn of_observers(all: &Gathered) -> Vec<ObserverFigures> {
    let mut known: BTreeMap<(usize, &str), (usize, [Moments; QUANTITIES.len()])> = BTreeMap::new();
    for stimulus in &all.stimuli {
        for path in &stimulus.paths {
            let Some(name) = &path.name else { continue };
            let (scanpaths, moments) = known.entry((path.group, name)).or_default();
            *scanpaths += 1;
            add(moments, &path.figures);
        }
    }
    let observer = |((group, name), (scanpaths, moments)): ((usize, &str), (usize, [Moments; QUANTITIES.len()]))| {
        ObserverFigures { group, name: name.to_owned(), scanpaths, means: means(&moments) }
    };
    known.into_iter().map(observer).collect()
}

/// What the scanpaths of each group are like, in the order of tables.
pub(super) fn of_groups(all: &Gathered, observers: &[ObserverFigures]) -> Vec<GroupFigures> {
    (0..all.groups.len()).map(|group| of_group(all, observers, group)).collect()
}

fn of_group(all: &Gathered, observers: &[ObserverFigures], group: usize) -> GroupFigures {
    let mut moments = [Moments::default(); QUANTITIES.len()];
    let mut directions = DirectionHistogram::new(DIRECTIONS);
    let mut by_index = vec![[Moments::default(); 3]; POSITIONS];
    let mut scanpaths = 0;
    for stimulus in &all.stimuli {
        for path in stimulus.paths.iter().filter(|path| path.group == group) {
            scanpaths += 1;
            directions.add(&path.points);
            if !all.are_named {
                add(&mut moments, &path.figures);
            }
            let durations = path.points.durations_ms();
            let amplitudes: Vec<f64> = path.points.saccades().map(|[x, y]| x.hypot(y)).collect();
            for (index, [all, duration, amplitude]) in by_index.iter_mut().take(path.points.count()).enumerate() {
                all.add(0.0);
                durations.iter().for_each(|durations| duration.add(durations[index]));
                amplitudes.get(index).iter().for_each(|&&length| amplitude.add(length));
            }
        }
    }
    let own: Vec<&ObserverFigures> = observers.iter().filter(|observer| observer.group == group).collect();
    if all.are_named {
        own.iter().for_each(|observer| add(&mut moments, &observer.means));
    }
    let figure = |(quantity, moments): (&Quantity, &Moments)| MeanFigure {
        quantity: quantity.name,
        mean: moments.mean(),
        deviation: moments.deviation(),
        count: moments.count,
    };
    let point = |(index, [all, duration, amplitude]): (usize, &[Moments; 3])| IndexPoint {
        index,
        scanpaths: all.count,
        duration_ms: duration.mean(),
        duration_error_ms: duration.error(),
        amplitude_px: amplitude.mean(),
        amplitude_error_px: amplitude.error(),
    };
    GroupFigures {
        group: all.groups[group].clone(),
        scanpaths,
        observers: all.are_named.then_some(own.len()),
        figures: QUANTITIES.iter().zip(&moments).map(figure).collect(),
        directions: directions.counts().to_vec(),
        by_index: (0..).zip(&by_index).map(point).filter(|point| point.scanpaths >= FEWEST).collect(),
    }
}
