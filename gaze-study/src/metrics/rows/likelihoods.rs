//! The metrics that need a density: information gain and log-likelihood.

use gaze_metrics::{MetricError, information_gain, information_gain_mit, log_likelihood, normalized_density};

use super::{MIT, MetricRow, TUEBINGEN, variant};
use crate::metrics::{Evidence, Metric, Missing};

pub(super) const IG: MetricRow = MetricRow {
    metric: Metric::Ig,
    name: "ig",
    label: "IG",
    unit: "bits",
    higher_is_better: true,
    compares_maps: false,
    meaning: "how much more the density knows about fixations than a baseline, which scores 0",
    range: (None, None),
    chance: None,
    needs: "fixations; a density; a baseline, such as the center bias",
    reference: "Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112",
    variants: &[
        variant(
            "mit",
            MIT,
            "bits per fixated pixel above the baseline, maps scaled to 0 … 1 and then to sum 1",
            |e| match information_gain_mit(e.map(), e.baseline_map()?, e.fixations()) {
                Err(MetricError::ConstantReference) => Err(Missing::Kind("the baseline is constant")),
                value => Ok(value?),
            },
        ),
        variant("log_density", TUEBINGEN, "log likelihood per fixation above the baseline's; needs a density", gain)
            .averaged(),
        variant("pysaliency_min0", None, "of scores divided by their sum", |e| gain_of_scores(e, 0.0)),
        variant("pysaliency_min1e-20", None, "of scores plus 1e-20, divided by their sum", |e| {
            gain_of_scores(e, 1e-20)
        }),
    ],
};

pub(super) const LOG_LIKELIHOOD: MetricRow = MetricRow {
    metric: Metric::LogLikelihood,
    name: "ll_nats",
    label: "LL",
    unit: "nats",
    higher_is_better: true,
    compares_maps: false,
    meaning: "mean log probability of a fixated pixel; the uniform density has minus the log of its pixels",
    range: (None, Some(0.0)),
    chance: None,
    needs: "fixations; a density",
    reference: "Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112",
    variants: &[
        variant("log_density", TUEBINGEN, "log likelihood per fixation; needs a density", likelihood).averaged(),
        variant("pysaliency_min0", None, "of scores divided by their sum", |e| likelihood_of_scores(e, 0.0)),
        variant("pysaliency_min1e-20", None, "of scores plus 1e-20, divided by their sum", |e| {
            likelihood_of_scores(e, 1e-20)
        }),
    ],
};

fn gain(e: &Evidence<'_>) -> Result<f64, Missing> {
    e.information_gain()
}

fn likelihood(e: &Evidence<'_>) -> Result<f64, Missing> {
    e.log_likelihood()
}

fn gain_of_scores(e: &Evidence<'_>, minimum: f64) -> Result<f64, Missing> {
    let baseline = normalized_density(e.baseline_map()?, minimum)?;
    Ok(information_gain(&normalized_density(e.map(), minimum)?, &baseline, e.fixations())?)
}

fn likelihood_of_scores(e: &Evidence<'_>, minimum: f64) -> Result<f64, Missing> {
    Ok(log_likelihood(&normalized_density(e.map(), minimum)?, e.fixations())?)
}
