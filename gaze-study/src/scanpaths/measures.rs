//! The measures by which a study compares scanpaths, each with its settings.

use gaze_core::Size;
use gaze_metrics::scanpath::{
    Clusters, DtwVariant, EmbeddingVariant, EyenalysisVariant, Grid, GridSymbols, MannanVariant, MultiMatchOptions,
    RecurrenceOptions, ScanMatchOptions, ScanpathError, ScanpathPoints, TemporalBinning, cross_recurrence, dtw,
    eyenalysis, frechet, hausdorff, levenshtein_similarity, mannan_distance, multimatch, scanmatch, sequence_score,
    time_delay_embedding,
};
use serde::Serialize;

/// A measure of the likeness of two scanpaths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ScanpathMeasure {
    /// The name in tables.
    pub name: &'static str,
    /// The name for people.
    pub label: &'static str,
    /// The unit, empty if there is none.
    pub unit: &'static str,
    /// Whether a higher value means that scanpaths are more alike; else it is a distance.
    pub higher_is_more_alike: bool,
    /// The definition in a phrase.
    pub meaning: &'static str,
}

const fn similarity(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    meaning: &'static str,
) -> ScanpathMeasure {
    ScanpathMeasure { name, label, unit, higher_is_more_alike: true, meaning }
}

/// A distance, in diagonals of the picture so that pictures of all sizes count the same.
const fn distance(name: &'static str, label: &'static str, meaning: &'static str) -> ScanpathMeasure {
    ScanpathMeasure { name, label, unit: "diagonals", higher_is_more_alike: false, meaning }
}

/// The measures, in the order of tables. CORM of cross-recurrence is not among them: it says who came first, not how alike two are.
#[rustfmt::skip]
pub const MEASURES: [ScanpathMeasure; 18] = [
    similarity("multimatch_vector", "MultiMatch shape", "", "difference of aligned saccades as vectors"),
    similarity("multimatch_direction", "MultiMatch direction", "", "angle between aligned saccades"),
    similarity("multimatch_length", "MultiMatch length", "", "difference of the amplitudes of aligned saccades"),
    similarity("multimatch_position", "MultiMatch position", "", "distance of the starts of aligned saccades"),
    similarity("multimatch_duration", "MultiMatch duration", "", "difference of the durations of aligned fixations"),
    similarity("scanmatch", "ScanMatch", "", "alignment of cells, 12 by 8, threshold 3.5 cells, gaps worth 0"),
    similarity("scanmatch_time", "ScanMatch with time", "", "the same; a cell is repeated for every 50 ms of its fixation"),
    similarity("levenshtein", "Levenshtein", "", "edits between sequences of cells, 12 by 8, as a share of the longer"),
    similarity("sequence_score", "Sequence score", "", "alignment of clusters by mean shift of all fixations on the image, bandwidth 1/16 of its diagonal"),
    distance("dtw", "Dynamic time warping", "sum of distances of fixations aligned in order"),
    distance("frechet", "Fréchet distance", "largest distance of fixations aligned in order"),
    distance("time_delay_embedding", "Time-delay embedding", "pieces of three fixations, the mean of both directions"),
    distance("hausdorff", "Hausdorff distance", "largest distance from the nearest fixation of the other"),
    distance("eyenalysis", "Eyenalysis", "mean distance from the nearest fixation of the other, both directions added"),
    distance("mannan", "Mannan's distance", "root mean square distance from the nearest fixation of the other"),
    similarity("cross_recurrence", "Cross-recurrence", "%", "pairs of fixations within 1/16 of the image's diagonal"),
    similarity("cross_determinism", "Determinism", "%", "recurrences in the same order, in diagonal lines of two or more"),
    similarity("cross_laminarity", "Laminarity", "%", "recurrences at one place, in straight lines of two or more"),
];

/// The measure by which stimuli and pairs are shown in a report.
pub(super) const SHOWN: usize = 5;

/// The radius of recurrence and the bandwidth of clusters, as a share of the picture's diagonal.
const NEAR: f64 = 1.0 / 16.0;

/// The fixations of a piece in time-delay embedding.
const PIECE: usize = 3;

/// The width of a temporal bin of ScanMatch.
const BIN_MS: f64 = 50.0;

/// All scanpaths on one picture, with the settings of all measures.
pub(super) struct Setting<'a> {
    size: Size,
    diagonal: f64,
    scanmatch: ScanMatchOptions,
    /// Each scanpath with the clusters of its fixations.
    scanpaths: Vec<(&'a ScanpathPoints, Vec<usize>)>,
}

/// The grid that entropies and sequences of cells rest on.
pub(super) fn grid(size: Size) -> Result<Grid, ScanpathError> {
    Ok(ScanMatchOptions::toolbox(size)?.grid)
}

/// The radius within which fixations recur.
pub(super) fn radius_px(size: Size) -> f64 {
    NEAR * diagonal(size)
}

fn diagonal(size: Size) -> f64 {
    (size.width as f64).hypot(size.height as f64)
}

impl<'a> Setting<'a> {
    /// The settings for a picture and all scanpaths on it.
    pub(super) fn new(
        size: Size,
        scanpaths: impl Iterator<Item = &'a ScanpathPoints> + Clone,
    ) -> Result<Self, ScanpathError> {
        let clusters = Clusters::mean_shift(scanpaths.clone(), radius_px(size))?;
        let scanpaths = scanpaths.map(|scanpath| (scanpath, clusters.labels_of(scanpath))).collect();
        Ok(Self { size, diagonal: diagonal(size), scanmatch: ScanMatchOptions::toolbox(size)?, scanpaths })
    }

    /// The values of all measures for the scanpaths at two places, in the order of [`MEASURES`].
    pub(super) fn values(&self, first: usize, second: usize) -> [Result<f64, ScanpathError>; MEASURES.len()] {
        let [(first, first_labels), (second, second_labels)] = [first, second].map(|place| &self.scanpaths[place]);
        let matched = multimatch(first, second, &MultiMatchOptions { screen: self.size, simplification: None });
        let timed = ScanMatchOptions { binning: TemporalBinning::Bins { bin_ms: BIN_MS }, ..self.scanmatch };
        let diagonals = |pixels: Result<f64, ScanpathError>| pixels.map(|pixels| pixels / self.diagonal);
        let piece = |a, b| time_delay_embedding(a, b, PIECE, EmbeddingVariant::Mean);
        let embedded = piece(first, second).and_then(|there| Ok(f64::midpoint(there, piece(second, first)?)));
        let recurs = cross_recurrence(first, second, &RecurrenceOptions::within(radius_px(self.size)));
        [
            matched.map(|found| found.vector),
            matched.map(|found| found.direction),
            matched.map(|found| found.length),
            matched.map(|found| found.position),
            matched.and_then(|found| found.duration),
            scanmatch(first, second, &self.scanmatch),
            scanmatch(first, second, &timed),
            levenshtein_similarity(first, second, &self.scanmatch.grid, GridSymbols::EveryFixation),
            sequence_score(first_labels, second_labels, 0.0),
            diagonals(dtw(first, second, DtwVariant::Distances)),
            diagonals(frechet(first, second)),
            diagonals(embedded),
            diagonals(hausdorff(first, second)),
            diagonals(eyenalysis(first, second, EyenalysisVariant::Places)),
            mannan_distance(first, second, self.size, MannanVariant::Linear),
            recurs.map(|found| found.rate),
            recurs.and_then(|found| found.determinism),
            recurs.and_then(|found| found.laminarity),
        ]
    }
}
