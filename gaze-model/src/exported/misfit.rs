//! Networks that take pictures of some sizes alone, and the advice where one meets another size.
//!
//! A network that halves its picture five times and joins the halves again wants sides that are multiples of 32. On another size
//! an engine fails somewhere inside, in words about a layer. The error names the fields of the description that help.

use std::fmt;

use gaze_core::Size;

use super::{
    contract::Contract,
    error::NetworkProblem,
    sidecar::{Fit, Shown},
};

/// The multiples that are tried, each with its first use: powers of two for networks that halve their picture, and the sides of
/// a transformer's patches, which are 14 or 16 pixels, once more halved or not.
const MULTIPLES: [usize; 12] = [2, 4, 7, 8, 14, 16, 28, 32, 56, 64, 128, 256];

/// The part of a description that is to be changed so that a network runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeAdvice {
    /// Sides that are multiples of this many pixels are taken.
    Multiple(usize),
    /// The network may take some sizes alone; which, only its authors know.
    SomeSizes,
    /// The fixed size of the description may be wrong.
    OtherSize,
}

impl fmt::Display for SizeAdvice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multiple(multiple) => write!(
                formatter,
                "sides that are multiples of {multiple} are taken; `input.multiple_of` ({multiple}) brings pictures there, and \
                 `input.size` brings them to one size"
            ),
            Self::SomeSizes => formatter.write_str(
                "if the network takes sides of some lengths alone, `input.multiple_of` (often 32) or `input.size` says which",
            ),
            Self::OtherSize => formatter.write_str("the network may take another `input.size`"),
        }
    }
}

/// Decides what helps with pictures of `size`. `agree` tells whether the sizes of all values fit together for inputs of these
/// shapes, or `None` where only a run would tell.
pub(super) fn advice(
    contract: &Contract,
    size: Size,
    agree: &dyn Fn(&[Vec<usize>]) -> Option<bool>,
) -> Option<SizeAdvice> {
    if contract.fixed_by_graph {
        return None;
    }
    match (contract.shown, agree(&contract.shapes(size))) {
        (_, Some(true)) => None,
        (Shown::Fixed(_), _) => Some(SizeAdvice::OtherSize),
        (_, Some(false)) => {
            let found = MULTIPLES.into_iter().find(|&multiple| takes(contract, size, multiple, agree));
            found.map(SizeAdvice::Multiple)
        }
        (_, None) => Some(SizeAdvice::SomeSizes),
    }
}

/// Tells whether sizes that are multiples fit together. Three in a row do not by chance.
fn takes(contract: &Contract, size: Size, multiple: usize, agree: &dyn Fn(&[Vec<usize>]) -> Option<bool>) -> bool {
    let contract = Contract { multiple_of: multiple, fit: Fit::PadEnd, ..contract.clone() };
    (0..3).all(|more| {
        let larger = |side: usize| side.saturating_add(more * multiple);
        let size = Size { height: larger(size.height), width: larger(size.width) };
        agree(&contract.shapes(size)) == Some(true)
    })
}

impl NetworkProblem {
    /// Adds the advice, if the problem is one of a picture's size.
    pub(super) fn advised(self, contract: &Contract, size: Size, advice: Option<SizeAdvice>) -> Self {
        match (self, advice) {
            (problem @ (Self::UnknownSize { .. } | Self::Engine { .. }), Some(advice)) => {
                let input = contract.shape(contract.placement(size).canvas);
                Self::Misfit { input, problem: Box::new(problem), advice }
            }
            (problem, _) => problem,
        }
    }
}
