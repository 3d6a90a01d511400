//! A model's answer: a density, or scores that only rank.

use crate::{LogDensity, SaliencyMap, Size};

/// A model's prediction for an image: a density, or scores that only rank.
///
/// Likelihood and information gain need a density. A metric says in its type which of the two it takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Prediction {
    /// A probability for every pixel.
    Density(LogDensity<'static>),
    /// A score for every pixel.
    Scores(SaliencyMap<'static>),
}

impl Prediction {
    /// The map's size.
    #[must_use]
    pub fn size(&self) -> Size {
        match self {
            Self::Density(density) => density.size(),
            Self::Scores(map) => map.size(),
        }
    }

    /// The density, if there is one.
    #[must_use]
    pub fn density(&self) -> Option<&LogDensity<'static>> {
        match self {
            Self::Density(density) => Some(density),
            Self::Scores(_) => None,
        }
    }

    /// A copy of the scores; for a density its probabilities.
    #[must_use]
    pub fn to_saliency_map(&self) -> SaliencyMap<'static> {
        match self {
            Self::Density(density) => density.to_saliency_map(),
            Self::Scores(map) => map.clone(),
        }
    }

    /// The scores, without a copy; for a density its probabilities.
    #[must_use]
    pub fn into_saliency_map(self) -> SaliencyMap<'static> {
        match self {
            Self::Density(density) => density.to_saliency_map(),
            Self::Scores(map) => map,
        }
    }
}
