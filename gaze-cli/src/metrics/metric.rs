//! The names of metrics and profiles, and what every definition of a metric has in common.

use std::fmt;

use clap::{ValueEnum, builder::PossibleValue};
use serde::Serialize;

/// A family of definitions that belong together, in the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Profile {
    /// The current MIT/Tübingen benchmark
    Tuebingen,
    /// The MIT saliency benchmark's MATLAB code
    Mit,
}

impl Profile {
    pub(crate) const ALL: [Self; 2] = [Self::Tuebingen, Self::Mit];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tuebingen => "tuebingen",
            Self::Mit => "mit",
        }
    }
}

/// A metric, in the order of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Metric {
    AucJudd,
    Auc,
    AucBorji,
    Sauc,
    Nss,
    Ig,
    LogLikelihood,
    Cc,
    Sim,
    Kl,
    Emd,
}

impl Metric {
    pub(crate) const ALL: [Self; 11] = [
        Self::AucJudd,
        Self::Auc,
        Self::AucBorji,
        Self::Sauc,
        Self::Nss,
        Self::Ig,
        Self::LogLikelihood,
        Self::Cc,
        Self::Sim,
        Self::Kl,
        Self::Emd,
    ];

    /// The name in files and after `--metrics`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AucJudd => "auc_judd",
            Self::Auc => "auc",
            Self::AucBorji => "auc_borji",
            Self::Sauc => "sauc",
            Self::Nss => "nss",
            Self::Ig => "ig",
            Self::LogLikelihood => "ll_nats",
            Self::Cc => "cc",
            Self::Sim => "sim",
            Self::Kl => "kl",
            Self::Emd => "emd",
        }
    }

    /// The name for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::AucJudd => "AUC-Judd",
            Self::Auc => "AUC",
            Self::AucBorji => "AUC-Borji",
            Self::Sauc => "sAUC",
            Self::Nss => "NSS",
            Self::Ig => "IG",
            Self::LogLikelihood => "LL",
            Self::Cc => "CC",
            Self::Sim => "SIM",
            Self::Kl => "KL",
            Self::Emd => "EMD",
        }
    }

    /// The unit, empty if there is none.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Ig => "bits",
            Self::LogLikelihood | Self::Kl => "nats",
            Self::Emd => "cells",
            _ => "",
        }
    }

    pub(crate) fn higher_is_better(self) -> bool {
        !matches!(self, Self::Kl | Self::Emd)
    }

    /// Whether the metric compares with an empirical map, which needs a blur width.
    pub(crate) fn needs_empirical_map(self) -> bool {
        matches!(self, Self::Cc | Self::Sim | Self::Kl | Self::Emd)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Metric {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Names with hyphens are understood, too.
impl ValueEnum for Metric {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.name());
        Some(match self {
            Self::AucJudd => value.alias("auc-judd"),
            Self::AucBorji => value.alias("auc-borji"),
            Self::LogLikelihood => value.aliases(["ll", "ll-nats"]),
            _ => value,
        })
    }
}
