//! Fixations as they are written after `--history`.

use std::str::FromStr;

use gaze_core::Fixation;

/// The fixations made so far, the oldest first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct History(pub(crate) Vec<Fixation>);

impl FromStr for History {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fixation = |word: &str| {
            let (x, y) = word.split_once(',')?;
            let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
            Some(Fixation { x: number(x)?, y: number(y)? })
        };
        let of_word = |word: &str| {
            fixation(word).ok_or_else(|| {
                format!(
                    "{word:?} is no fixation; write x,y in pixels and spaces between fixations: \"200,150 310.5,90\""
                )
            })
        };
        text.split_whitespace().map(of_word).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixations_are_read_in_their_order() {
        let history: History = " 200,150  -3.5,1e2 ".parse().unwrap();
        assert_eq!(history.0, [Fixation { x: 200.0, y: 150.0 }, Fixation { x: -3.5, y: 100.0 }]);
        assert_eq!("".parse(), Ok(History(Vec::new())));
    }

    #[test]
    fn what_is_no_fixation_is_named() {
        for (text, word) in [("1,2 3", "3"), ("1,2,3", "1,2,3"), ("nan,1", "nan,1"), ("1, 2", "1,"), ("4,inf", "4,inf")]
        {
            let error = text.parse::<History>().unwrap_err();
            assert!(error.starts_with(&format!("{word:?} is no fixation")), "{error}");
        }
    }
}
