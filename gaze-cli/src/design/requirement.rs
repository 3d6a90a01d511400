//! Requirements on the figures, so that a design can be checked in CI: `button.share>=10%`.

use std::{fmt, str::FromStr};

use anyhow::{Result, bail};
use serde::Serialize;

use super::RegionSpec;
use gaze_study::Number;

use crate::messages;

/// A figure about which something can be required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    Share,
    Lift,
    Peak,
    Rank,
    /// These are about two whole maps.
    Cc,
    Sim,
    Kl,
}

impl Figure {
    const OF_REGIONS: [Self; 4] = [Self::Share, Self::Lift, Self::Peak, Self::Rank];
    const OF_MAPS: [Self; 3] = [Self::Cc, Self::Sim, Self::Kl];

    fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Lift => "lift",
            Self::Peak => "peak",
            Self::Rank => "rank",
            Self::Cc => "cc",
            Self::Sim => "sim",
            Self::Kl => "kl",
        }
    }

    fn find(figures: &[Self], name: &str) -> Option<Self> {
        figures.iter().copied().find(|figure| figure.name() == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// `FIGURE OP VALUE` or `REGION.FIGURE OP VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requirement {
    text: String,
    /// `None` for a figure of the whole map.
    pub(crate) region: Option<String>,
    pub(crate) figure: Figure,
    comparison: Comparison,
    bound: f64,
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "write REGION.FIGURE>=VALUE with one of >=, <=, > and <, as in button.share>=10%";
        // The value holds neither sign, the name of a region may.
        let at = text.rfind(['<', '>']).ok_or_else(|| format!("{text:?} compares nothing; {example}"))?;
        let (subject, rest) = text.split_at(at);
        let (comparison, value) = match (rest.split_at(1), rest.get(..2)) {
            ((_, value), Some(">=")) => (Comparison::AtLeast, &value[1..]),
            ((_, value), Some("<=")) => (Comparison::AtMost, &value[1..]),
            ((">", value), _) => (Comparison::Above, value),
            ((_, value), _) => (Comparison::Below, value),
        };
        let bound = number(value.trim()).ok_or_else(|| format!("{:?} is no number; {example}", value.trim()))?;
        let (region, figure) = match subject.trim().rsplit_once('.') {
            None => (None, Figure::find(&Figure::OF_MAPS, subject.trim())),
            Some((region, figure)) => (Some(region.trim().to_owned()), Figure::find(&Figure::OF_REGIONS, figure)),
        };
        let figure = figure.ok_or_else(|| {
            let subject = subject.trim();
            format!(
                "{subject:?} is no figure; a region has REGION.share, .lift, .peak and .rank, two maps cc, sim and kl"
            )
        })?;
        Ok(Self { text: text.to_owned(), region, figure, comparison, bound })
    }
}

/// A number, or one in percent.
fn number(text: &str) -> Option<f64> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Requirement {
    fn is_met_by(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::AtLeast => value >= self.bound,
            Comparison::AtMost => value <= self.bound,
            Comparison::Above => value > self.bound,
            Comparison::Below => value < self.bound,
        }
    }

    /// Checks that the requirement is about something that is there.
    fn check(&self, regions: &[RegionSpec], maps: bool) -> Result<()> {
        match &self.region {
            None if !maps => bail!(
                "--require {self}: cc, sim and kl compare two maps, as `gaze-cli compare` does; a region has REGION.share, \
                 .lift, .peak and .rank"
            ),
            Some(name) if regions.iter().all(|region| region.name != *name) => {
                let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
                bail!("--require {self}: there is no region {name:?}; there are {}", names.join(", "))
            }
            _ => Ok(()),
        }
    }
}

/// Checks all requirements before anything is computed; `maps` tells whether there are two maps to compare.
pub(crate) fn check_all(requirements: &[Requirement], regions: &[RegionSpec], maps: bool) -> Result<()> {
    requirements.iter().try_for_each(|requirement| requirement.check(regions, maps))
}

/// The verdict whether a requirement is met.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    requirement: String,
    value: Option<Number>,
    met: bool,
}

impl Verdict {
    /// Judges; what has no value meets no requirement.
    pub(crate) fn of(requirement: &Requirement, value: Option<f64>) -> Self {
        let met = value.is_some_and(|value| requirement.is_met_by(value));
        Self { requirement: requirement.to_string(), value: value.map(Number), met }
    }
}

/// Says which requirements are not met; whether there are any.
pub(crate) fn tell_unmet(verdicts: &[Verdict]) -> bool {
    for Verdict { requirement, value, .. } in verdicts.iter().filter(|verdict| !verdict.met) {
        match value {
            Some(Number(value)) => messages::say(&format_args!("not met: {requirement}, it is {value}")),
            None => messages::say(&format_args!("not met: {requirement}, it has no value")),
        }
    }
    verdicts.iter().any(|verdict| !verdict.met)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, value: f64, met: bool) {
        assert_eq!(text.parse::<Requirement>().unwrap().is_met_by(value), met, "{text} {value}");
    }

    #[test]
    fn each_sign_compares_as_it_reads() {
        for (text, below, equal, above) in [
            ("a.share >= 10%", false, true, true),
            ("a.share<=0.1", true, true, false),
            ("a.share>0.1", false, false, true),
            ("a.share < 10 %", true, false, false),
        ] {
            check(text, 0.09, below);
            check(text, 0.1, equal);
            check(text, 0.11, above);
        }
        check("cc>=-0.5", -0.4, true);
    }

    #[test]
    fn names_of_regions_may_hold_anything() {
        let requirement: Requirement = "v1.2 <beta>.rank<=2".parse().unwrap();
        assert_eq!(requirement.region.as_deref(), Some("v1.2 <beta>"));
        assert_eq!(requirement.figure, Figure::Rank);
    }

    #[test]
    fn what_is_no_requirement_is_answered_with_an_example() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<Requirement>().unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check("a.share", "\"a.share\" compares nothing; write REGION.FIGURE>=VALUE");
        check("a.share=0.1", "compares nothing");
        check("a.share>=many", "\"many\" is no number");
        check("a.share>=NaN", "\"NaN\" is no number");
        check("a.share>", "\"\" is no number");
        check("a.size>=1", "\"a.size\" is no figure; a region has REGION.share");
        check("share>=1", "\"share\" is no figure");
        check("a.cc>=1", "\"a.cc\" is no figure");
    }

    #[test]
    fn what_has_no_value_meets_nothing() {
        let requirement: Requirement = "cc>=-1".parse().unwrap();
        assert!(!Verdict::of(&requirement, None).met);
        assert!(Verdict::of(&requirement, Some(0.0)).met);
    }
}
