//! Arguments whose values are the variants of an enum of another crate, by their names.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use strum::VariantArray;

/// Reads one of the enum's names, and lists all of them where another text stands.
pub(crate) fn one_of<T>() -> impl TypedValueParser<Value = T>
where
    T: VariantArray + Copy + Into<&'static str> + FromStr + Send + Sync + 'static,
{
    let names = T::VARIANTS.iter().map(|&variant| variant.into());
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>().map_err(|_| Unlisted))
}

/// A name is listed and not understood.
#[derive(Debug)]
struct Unlisted;

impl std::fmt::Display for Unlisted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no such name")
    }
}

impl std::error::Error for Unlisted {}

/// A value, or the word `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrNone<T>(pub(crate) Option<T>);

/// Reads one of the enum's names, or `none`.
pub(crate) fn one_of_or_none<T>() -> impl TypedValueParser<Value = OrNone<T>>
where
    T: VariantArray + Copy + Into<&'static str> + FromStr + Send + Sync + 'static,
{
    let names = T::VARIANTS.iter().map(|&variant| variant.into()).chain(["none"]);
    PossibleValuesParser::new(names).map(|name| OrNone(name.parse::<T>().ok()))
}

/// The values of a list in which `none` stands alone.
pub(crate) fn values<T: Copy>(list: &[OrNone<T>]) -> Option<Vec<T>> {
    let values: Vec<T> = list.iter().filter_map(|value| value.0).collect();
    (values.is_empty() || values.len() == list.len()).then_some(values)
}
