//! Every measure of scanpaths under the name by which `tests/independent/scanpaths.py` calls it, with the same settings.

use gaze_core::Size;
use gaze_metrics::scanpath::{
    Clusters, DtwVariant, EmbeddingVariant, EyenalysisVariant, Grid, GridSymbols, LineShare, MannanVariant,
    MultiMatchOptions, Recurrence, RecurrenceOptions, ScanMatchOptions, ScanpathError, ScanpathPoints, Simplification,
    TemporalBinning, cross_recurrence, directed_hausdorff, dtw, eyenalysis, frechet, hausdorff, levenshtein,
    levenshtein_similarity, mannan_distance, multimatch, recurrence, scaled_time_delay_embedding, scanmatch,
    sequence_score, spatial_entropy, time_delay_embedding, transition_entropy,
};
use serde_json::Value;

const RADIUS_PX: f64 = 80.0;
const BANDWIDTH_PX: f64 = 100.0;
const GAP: f64 = -0.5;
const PIECE: usize = 3;
const PX_PER_MS: f64 = 0.2;
const BIN_MS: f64 = 50.0;
const SIMPLIFY: Simplification = Simplification { direction_degrees: 45.0, amplitude_px: 100.0, duration_ms: 300.0 };

/// Two scanpaths on a picture.
pub(crate) struct Pair {
    /// The size of the picture.
    pub(crate) size: Size,
    /// The first scanpath.
    pub(crate) first: ScanpathPoints,
    /// The second scanpath.
    pub(crate) second: ScanpathPoints,
}

type Found = Result<f64, ScanpathError>;

impl Pair {
    /// Reads the pairs of a file.
    pub(crate) fn all(pairs: &Value) -> Vec<Self> {
        let numbers =
            |list: &Value| -> Vec<f64> { list.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect() };
        let path = |path: &Value| {
            ScanpathPoints::new(&numbers(&path["x"]), &numbers(&path["y"]), Some(&numbers(&path["ms"]))).unwrap()
        };
        let side = |side: &Value| usize::try_from(side.as_u64().unwrap()).unwrap();
        let pair = |pair: &Value| Self {
            size: Size { height: side(&pair["height"]), width: side(&pair["width"]) },
            first: path(&pair["first"]),
            second: path(&pair["second"]),
        };
        pairs.as_array().unwrap().iter().map(pair).collect()
    }

    fn grid(&self) -> Result<Grid, ScanpathError> {
        Grid::new(self.size, 12, 8)
    }

    fn multimatch(&self, simplification: Option<Simplification>, dimension: usize) -> Found {
        let found = multimatch(&self.first, &self.second, &MultiMatchOptions { screen: self.size, simplification })?;
        [Ok(found.vector), Ok(found.direction), Ok(found.length), Ok(found.position), found.duration][dimension]
    }

    fn scanmatch(&self, gap: f64, binning: TemporalBinning) -> Found {
        let options = ScanMatchOptions { gap, binning, ..ScanMatchOptions::toolbox(self.size)? };
        scanmatch(&self.first, &self.second, &options)
    }

    fn mannan(&self, variant: MannanVariant) -> Found {
        mannan_distance(&self.first, &self.second, self.size, variant)
    }

    fn recurrence(&self) -> Result<Recurrence, ScanpathError> {
        recurrence(&self.first, &RecurrenceOptions::within(RADIUS_PX))
    }

    fn cross(&self, share: LineShare) -> Result<Recurrence, ScanpathError> {
        let options = RecurrenceOptions { share, ..RecurrenceOptions::within(RADIUS_PX) };
        cross_recurrence(&self.first, &self.second, &options)
    }
}

/// The name of a measure, and its value for a pair.
pub(crate) type Measure = (&'static str, fn(&Pair) -> Found);

/// All measures.
#[rustfmt::skip]
pub(crate) const MEASURES: [Measure; 46] = [
    ("multimatch_vector", |p| p.multimatch(None, 0)),
    ("multimatch_direction", |p| p.multimatch(None, 1)),
    ("multimatch_length", |p| p.multimatch(None, 2)),
    ("multimatch_position", |p| p.multimatch(None, 3)),
    ("multimatch_duration", |p| p.multimatch(None, 4)),
    ("multimatch_vector_simplified", |p| p.multimatch(Some(SIMPLIFY), 0)),
    ("multimatch_direction_simplified", |p| p.multimatch(Some(SIMPLIFY), 1)),
    ("multimatch_length_simplified", |p| p.multimatch(Some(SIMPLIFY), 2)),
    ("multimatch_position_simplified", |p| p.multimatch(Some(SIMPLIFY), 3)),
    ("multimatch_duration_simplified", |p| p.multimatch(Some(SIMPLIFY), 4)),
    ("scanmatch", |p| p.scanmatch(0.0, TemporalBinning::None)),
    ("scanmatch_gap", |p| p.scanmatch(GAP, TemporalBinning::None)),
    ("scanmatch_bins", |p| p.scanmatch(0.0, TemporalBinning::Bins { bin_ms: BIN_MS })),
    ("scanmatch_bins_without_first", |p| p.scanmatch(0.0, TemporalBinning::BinsWithoutFirst { bin_ms: BIN_MS })),
    ("levenshtein", |p| Ok(levenshtein(&p.first, &p.second, &p.grid()?, GridSymbols::EveryFixation)? as f64)),
    ("levenshtein_dwells", |p| Ok(levenshtein(&p.first, &p.second, &p.grid()?, GridSymbols::WithoutRepeats)? as f64)),
    ("levenshtein_similarity", |p| levenshtein_similarity(&p.first, &p.second, &p.grid()?, GridSymbols::EveryFixation)),
    ("dtw_distances", |p| dtw(&p.first, &p.second, DtwVariant::Distances)),
    ("dtw_squares", |p| dtw(&p.first, &p.second, DtwVariant::Squares)),
    ("dtw_root_of_squares", |p| dtw(&p.first, &p.second, DtwVariant::RootOfSquares)),
    ("frechet", |p| frechet(&p.first, &p.second)),
    ("hausdorff", |p| hausdorff(&p.first, &p.second)),
    ("directed_hausdorff", |p| directed_hausdorff(&p.first, &p.second)),
    ("mannan_linear", |p| p.mannan(MannanVariant::Linear)),
    ("mannan_squared", |p| p.mannan(MannanVariant::Squared)),
    ("mannan_squared_exchanged", |p| p.mannan(MannanVariant::SquaredExchanged)),
    ("eyenalysis", |p| eyenalysis(&p.first, &p.second, EyenalysisVariant::Places)),
    ("eyenalysis_squared", |p| eyenalysis(&p.first, &p.second, EyenalysisVariant::SquaredPlaces)),
    ("eyenalysis_durations", |p| {
        eyenalysis(&p.first, &p.second, EyenalysisVariant::PlacesAndDurations { px_per_ms: PX_PER_MS })
    }),
    ("embedding_mean", |p| time_delay_embedding(&p.first, &p.second, PIECE, EmbeddingVariant::Mean)),
    ("embedding_largest", |p| time_delay_embedding(&p.first, &p.second, PIECE, EmbeddingVariant::Largest)),
    ("embedding_scaled", |p| scaled_time_delay_embedding(&p.first, &p.second, p.size)),
    ("recurrence_rec", |p| Ok(p.recurrence()?.rate)),
    ("recurrence_det", |p| p.recurrence()?.determinism),
    ("recurrence_lam", |p| p.recurrence()?.laminarity),
    ("recurrence_corm", |p| p.recurrence()?.center_of_mass),
    ("cross_recurrence_rec", |p| Ok(p.cross(LineShare::Fixations)?.rate)),
    ("cross_recurrence_det", |p| p.cross(LineShare::Fixations)?.determinism),
    ("cross_recurrence_lam", |p| p.cross(LineShare::Fixations)?.laminarity),
    ("cross_recurrence_corm", |p| p.cross(LineShare::Fixations)?.center_of_mass),
    ("cross_recurrence_det_lines", |p| p.cross(LineShare::Lines)?.determinism),
    ("cross_recurrence_lam_lines", |p| p.cross(LineShare::Lines)?.laminarity),
    ("sequence_score", |p| {
        let clusters = Clusters::mean_shift([&p.first, &p.second], BANDWIDTH_PX)?;
        sequence_score(&clusters.labels_of(&p.first), &clusters.labels_of(&p.second), 0.0)
    }),
    ("sequence_score_cells", |p| sequence_score(&p.grid()?.cells_of(&p.first)?, &p.grid()?.cells_of(&p.second)?, GAP)),
    ("spatial_entropy", |p| spatial_entropy(&p.first, &p.grid()?)),
    ("transition_entropy", |p| transition_entropy(&p.first, &p.grid()?)),
];
