//! What each metric is, for people: meaning, range, chance, needs and source. Formulas and degenerate cases are in the
//! documentation of `gaze-metrics`, the differences between definitions in docs/METRICS.md.

use super::Metric;

/// What every definition of a metric has in common, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// What it tells, in a phrase.
    pub(crate) meaning: &'static str,
    /// The smallest value and the largest, where there is one.
    pub(crate) range: (Option<f64>, Option<f64>),
    /// What a map that knows nothing scores, where that does not depend on the picture.
    pub(crate) chance: Option<f64>,
    /// What it is computed from, beside the prediction.
    pub(crate) needs: &'static str,
    /// Who proposed it.
    pub(crate) reference: &'static str,
}

const PROBABILITY: (Option<f64>, Option<f64>) = (Some(0.0), Some(1.0));

impl About {
    pub(crate) fn of(metric: Metric) -> Self {
        match metric {
            Metric::AucJudd => Self {
                meaning: "how well the map tells fixated pixels from the others, thresholds at fixated values",
                range: PROBABILITY,
                chance: Some(0.5),
                needs: "fixations",
                reference: "Judd, Ehinger, Durand & Torralba (2009), ICCV, doi:10.1109/ICCV.2009.5459462",
            },
            Metric::Auc => Self {
                meaning: "probability that a fixation scores higher than a random pixel",
                range: PROBABILITY,
                chance: Some(0.5),
                needs: "fixations",
                reference: "Kümmerer, Wallis & Bethge (2018), ECCV, doi:10.1007/978-3-030-01270-0_47",
            },
            Metric::AucBorji => Self {
                meaning: "how well the map tells fixated pixels from as many random ones, eleven thresholds",
                range: PROBABILITY,
                chance: Some(0.5),
                needs: "fixations",
                reference: "Borji, Tavakoli, Sihite & Itti (2013), ICCV, doi:10.1109/ICCV.2013.118",
            },
            Metric::Sauc => Self {
                meaning: "probability that a fixation scores higher than one on another image: a center bias gains nothing",
                range: PROBABILITY,
                chance: Some(0.5),
                needs: "fixations; fixations on other images",
                reference: "Tatler, Baddeley & Gilchrist (2005), Vision Research 45(5), doi:10.1016/j.visres.2004.09.017",
            },
            Metric::Nss => Self {
                meaning: "mean score at fixations, in standard deviations of the map above its mean",
                range: (None, None),
                chance: Some(0.0),
                needs: "fixations",
                reference: "Peters, Iyer, Itti & Koch (2005), Vision Research 45(18), doi:10.1016/j.visres.2005.03.019",
            },
            Metric::Ig => Self {
                meaning: "how much more the density knows about fixations than a baseline, which scores 0",
                range: (None, None),
                chance: None,
                needs: "fixations; a density; a baseline, such as the center bias",
                reference: "Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112",
            },
            Metric::LogLikelihood => Self {
                meaning: "mean log probability of a fixated pixel; the uniform density has minus the log of its pixels",
                range: (None, Some(0.0)),
                chance: None,
                needs: "fixations; a density",
                reference: "Kümmerer, Wallis & Bethge (2015), PNAS 112(52), doi:10.1073/pnas.1510393112",
            },
            Metric::Cc => Self {
                meaning: "linear correlation of the map with the empirical map",
                range: (Some(-1.0), Some(1.0)),
                chance: Some(0.0),
                needs: "an empirical map: the fixations, blurred",
                reference: "Le Meur, Le Callet & Barba (2007), Vision Research 47(19), doi:10.1016/j.visres.2007.06.015",
            },
            Metric::Sim => Self {
                meaning: "overlap of the map with the empirical map, both as distributions",
                range: PROBABILITY,
                chance: None,
                needs: "an empirical map: the fixations, blurred",
                reference: "Judd, Durand & Torralba (2012), MIT-CSAIL-TR-2012-001",
            },
            Metric::Kl => Self {
                meaning: "nats that are lost if the map stands for the empirical map, both as distributions",
                range: (Some(0.0), None),
                chance: None,
                needs: "an empirical map: the fixations, blurred",
                reference: "Kullback & Leibler (1951), Annals of Mathematical Statistics 22(1), doi:10.1214/aoms/1177729694",
            },
            Metric::Emd => Self {
                meaning: "how far mass must move to turn the map into the empirical map, in cells of a grid",
                range: (Some(0.0), None),
                chance: None,
                needs: "an empirical map: the fixations, blurred",
                reference: "Rubner, Tomasi & Guibas (2000), IJCV 40(2), doi:10.1023/A:1026543900054",
            },
        }
    }

    /// The range in words.
    pub(crate) fn range_text(&self) -> String {
        match self.range {
            (Some(low), Some(high)) => format!("{low} to {high}").replace('-', "−"),
            (Some(low), None) => format!("{low} or more"),
            (None, Some(high)) => format!("{high} or less"),
            (None, None) => "any".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_lies_in_the_range_and_every_source_has_a_year() {
        for metric in Metric::ALL {
            let about = About::of(metric);
            let (low, high) = (about.range.0.unwrap_or(f64::MIN), about.range.1.unwrap_or(f64::MAX));
            assert!(about.chance.is_none_or(|chance| (low..high).contains(&chance)), "{metric}");
            assert!(["(19", "(20"].iter().any(|century| about.reference.contains(century)), "{metric}");
            assert_eq!(about.needs.contains("empirical map"), metric.needs_empirical_map(), "{metric}");
        }
    }

    #[test]
    fn ranges_read_as_ranges() {
        let ranges = [Metric::Auc, Metric::Cc, Metric::Nss, Metric::LogLikelihood, Metric::Kl];
        let ranges = ranges.map(|metric| About::of(metric).range_text());
        assert_eq!(ranges, ["0 to 1", "−1 to 1", "any", "0 or less", "0 or more"]);
    }
}
