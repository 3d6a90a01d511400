//! The values of MATLAB variables.

use std::fmt;

use super::Numbers;
use crate::error::{Problem, some_of};

/// A MATLAB value. Elements are in MATLAB's order: the first axis runs fastest.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "mat"), expect(dead_code, reason = "made when a file is read"))]
pub(crate) enum Value {
    /// Real numbers or truth values of any class.
    Numbers(Numbers),
    /// A character array.
    Text(String),
    /// A cell array.
    Cells(Vec<Value>),
    /// A struct array: the names of its fields, and for each element the values of the fields in that order.
    Structs { fields: Vec<String>, elements: Vec<Vec<Value>> },
    /// A value of another kind, by the name of the kind.
    Other(&'static str),
}

impl Value {
    /// Returns a field of a 1x1 struct.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Structs { fields, elements } if elements.len() == 1 => {
                elements[0].get(fields.iter().position(|field| field == name)?)
            }
            _ => None,
        }
    }

    /// Returns a field of an element of a struct array, counted from 0.
    pub(crate) fn element(&self, index: usize, name: &str) -> Option<&Self> {
        match self {
            Self::Structs { fields, elements } => {
                elements.get(index)?.get(fields.iter().position(|field| field == name)?)
            }
            _ => None,
        }
    }

    /// Returns the text of a character array.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the numbers of a numeric array.
    pub(crate) fn numbers(&self) -> Option<&Numbers> {
        match self {
            Self::Numbers(numbers) => Some(numbers),
            _ => None,
        }
    }
}

/// Finds the variable of a name.
pub(crate) fn variable<'a>(variables: &'a [(String, Value)], name: &str) -> Result<&'a Value, Problem> {
    let found = variables.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value).ok_or_else(|| {
        let names: Vec<_> = variables.iter().map(|(name, _)| name.as_str()).collect();
        Problem::new(name, "a variable of this name", &format!("({})", some_of(&names)))
    })
}

/// Describes a value, for messages.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(numbers) => write!(f, "{} numbers", numbers.len()),
            Self::Text(text) => write!(f, "the text {:?}", text.chars().take(40).collect::<String>()),
            Self::Cells(cells) => write!(f, "{} cells", cells.len()),
            Self::Structs { fields, elements } => {
                write!(f, "{} structs with the fields ({})", elements.len(), fields.join(", "))
            }
            Self::Other(name) => f.write_str(name),
        }
    }
}
