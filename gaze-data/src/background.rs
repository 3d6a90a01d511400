//! The color that transparent pictures are laid over.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The color that transparent pictures are laid over: what a person saw behind them.
///
/// It is parsed from a name (`white`, `black`, `gray`) or from `#rrggbb`, which is also its serialized form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Background([u8; 3]);

impl Background {
    /// White, as most pages are.
    pub const WHITE: Self = Self([255; 3]);

    /// Returns red, green and blue.
    #[must_use]
    pub fn rgb(self) -> [u8; 3] {
        self.0
    }
}

impl Default for Background {
    fn default() -> Self {
        Self::WHITE
    }
}

/// A text that names no color.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{found:?} is no color: choose white, black, gray or #rrggbb")]
pub struct NoColor {
    /// The text.
    pub found: String,
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [255, 255, 255] => f.pad("white"),
            [0, 0, 0] => f.pad("black"),
            [red, green, blue] => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

impl FromStr for Background {
    type Err = NoColor;

    fn from_str(text: &str) -> Result<Self, NoColor> {
        let error = || NoColor { found: text.to_owned() };
        Ok(Self(match text.to_ascii_lowercase().as_str() {
            "white" => [255; 3],
            "black" => [0; 3],
            "gray" | "grey" => [128; 3],
            other => {
                let digits = other
                    .strip_prefix('#')
                    .filter(|digits| digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit()));
                let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(error)?;
                let [_, red, green, blue] = number.to_be_bytes();
                [red, green, blue]
            }
        }))
    }
}

impl TryFrom<String> for Background {
    type Error = NoColor;

    fn try_from(text: String) -> Result<Self, NoColor> {
        text.parse()
    }
}

impl From<Background> for String {
    fn from(background: Background) -> Self {
        background.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_read_back() {
        for (text, rgb) in [("white", [255; 3]), ("black", [0; 3]), ("#0a1B2c", [10, 27, 44]), ("gray", [128; 3])] {
            let background: Background = text.parse().unwrap();
            assert_eq!(background.rgb(), rgb);
            assert_eq!(background.to_string().parse(), Ok(background));
        }
        for text in ["", "#12345", "#12345g", "whitish", "#+12345"] {
            let message = text.parse::<Background>().map_err(|error| error.to_string());
            assert_eq!(message, Err(format!("{text:?} is no color: choose white, black, gray or #rrggbb")));
        }
    }
}
