//! From the screen to the picture: where a picture was shown, and how its pixels are found.

use std::{fmt, str::FromStr};

use gaze_core::Size;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::recordings::model::{Extent, Rectangle, Shown, Space, Unit};

/// The place of pictures on the screen, where a recording does not say it.
///
/// It is written and parsed as `center`, `fit`, `stretch` or `x,y,width,height` in pixels of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Placement {
    /// In the middle of the screen, pixel for pixel.
    #[default]
    Center,
    /// As large as possible in the middle of the screen, with its own proportions.
    Fit,
    /// Over the whole screen, whatever its proportions.
    Stretch,
    /// In this rectangle.
    At(Rectangle),
}

/// A text that describes no placement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown placement {found:?}, expected center, fit, stretch, or x,y,width,height in pixels")]
pub struct UnknownPlacement {
    /// The text.
    pub found: String,
}

impl FromStr for Placement {
    type Err = UnknownPlacement;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownPlacement { found: text.to_owned() };
        Ok(match text {
            "center" | "centre" => Self::Center,
            "fit" => Self::Fit,
            "stretch" => Self::Stretch,
            other => {
                let numbers: Result<Vec<f64>, _> = other.split(',').map(|part| part.trim().parse::<f64>()).collect();
                match numbers.map_err(|_| unknown())?.as_slice() {
                    &[x, y, width, height]
                        if width > 0.0
                            && height > 0.0
                            && [x, y, width, height].iter().all(|number| number.is_finite()) =>
                    {
                        Self::At(Rectangle { x, y, width, height })
                    }
                    _ => return Err(unknown()),
                }
            }
        })
    }
}

impl TryFrom<String> for Placement {
    type Error = UnknownPlacement;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Placement> for String {
    fn from(placement: Placement) -> Self {
        placement.to_string()
    }
}

impl fmt::Display for Placement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Center => f.write_str("center"),
            Self::Fit => f.write_str("fit"),
            Self::Stretch => f.write_str("stretch"),
            Self::At(Rectangle { x, y, width, height }) => write!(f, "{x},{y},{width},{height}"),
        }
    }
}

/// The source of the place of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// The recording states it.
    Recording,
    /// The gaze is stated on the picture itself.
    Picture,
    /// The placement that was asked for.
    Placement,
}

/// A reason for which gaze cannot be carried over to a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NoPlace {
    /// The gaze lies on the image of a camera that moves with the head.
    Scene,
    /// The size of the screen is not known.
    Screen,
}

impl NoPlace {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Scene => {
                "gaze lies on the image of the scene camera, not on the picture; export it mapped onto a surface or reference \
                 image"
            }
            Self::Screen => {
                "the size of the screen is not stated; give --screen WIDTHxHEIGHT, or --placement x,y,width,height"
            }
        }
    }
}

/// The way from a recording's coordinates to pixels of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mapping {
    left: f64,
    top: f64,
    scale_x: f64,
    scale_y: f64,
}

impl Mapping {
    pub(crate) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.left) * self.scale_x, (y - self.top) * self.scale_y)
    }

    fn rectangle(place: Rectangle, size: Size) -> Self {
        let (scale_x, scale_y) = (size.width as f64 / place.width, size.height as f64 / place.height);
        Self { left: place.x, top: place.y, scale_x, scale_y }
    }

    /// Returns the same for coordinates that are shares of the screen.
    fn of_shares(self, screen: Extent) -> Self {
        Self {
            left: self.left / screen.width,
            top: self.top / screen.height,
            scale_x: self.scale_x * screen.width,
            scale_y: self.scale_y * screen.height,
        }
    }

    /// Finds the way for a picture of a size.
    pub(crate) fn new(
        (space, unit): (Space, Unit),
        screen: Option<Extent>,
        shown: Option<Shown>,
        placement: Placement,
        size: Size,
    ) -> Result<(Self, Source), NoPlace> {
        let (width, height) = (size.width as f64, size.height as f64);
        if space == Space::Scene {
            return Err(NoPlace::Scene);
        }
        if space == Space::Picture {
            let shown_size = match (unit, shown) {
                (Unit::Shares, _) => (1.0, 1.0),
                (Unit::Pixels, Some(Shown::Rectangle(place))) => (place.width, place.height),
                (Unit::Pixels, _) => (width, height),
            };
            let (scale_x, scale_y) = (width / shown_size.0, height / shown_size.1);
            return Ok((Self { left: 0.0, top: 0.0, scale_x, scale_y }, Source::Picture));
        }
        let whole = |screen: Extent| Rectangle { x: 0.0, y: 0.0, width: screen.width, height: screen.height };
        let own_size = |x: f64, y: f64| Rectangle { x, y, width, height };
        let (place, source) = match shown {
            Some(Shown::Rectangle(place)) if place.width > 0.0 && place.height > 0.0 => (place, Source::Recording),
            Some(Shown::Screen) => (whole(screen.ok_or(NoPlace::Screen)?), Source::Recording),
            Some(Shown::Centered(x, y)) => (own_size(x - width / 2.0, y - height / 2.0), Source::Recording),
            Some(Shown::Corner(x, y)) => (own_size(x, y), Source::Recording),
            _ => {
                let place = match placement {
                    Placement::At(place) => place,
                    // Shares of the screen are shares of a picture that fills it, however large both are.
                    Placement::Stretch if unit == Unit::Shares => {
                        whole(screen.unwrap_or(Extent { width: 1.0, height: 1.0 }))
                    }
                    Placement::Stretch => whole(screen.ok_or(NoPlace::Screen)?),
                    Placement::Center => {
                        let screen = screen.ok_or(NoPlace::Screen)?;
                        own_size((screen.width - width) / 2.0, (screen.height - height) / 2.0)
                    }
                    Placement::Fit => {
                        let screen = screen.ok_or(NoPlace::Screen)?;
                        let scale = (screen.width / width).min(screen.height / height);
                        let (width, height) = (width * scale, height * scale);
                        let (x, y) = ((screen.width - width) / 2.0, (screen.height - height) / 2.0);
                        Rectangle { x, y, width, height }
                    }
                };
                (place, Source::Placement)
            }
        };
        let mapping = Self::rectangle(place, size);
        match (unit, screen) {
            (Unit::Pixels, _) => Ok((mapping, source)),
            (Unit::Shares, Some(screen)) => Ok((mapping.of_shares(screen), source)),
            (Unit::Shares, None) if placement == Placement::Stretch && source == Source::Placement => {
                Ok((mapping, source))
            }
            (Unit::Shares, None) => Err(NoPlace::Screen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { height: 200, width: 400 };
    const SCREEN: Option<Extent> = Some(Extent { width: 1000.0, height: 800.0 });
    const PIXELS: (Space, Unit) = (Space::Screen, Unit::Pixels);

    #[track_caller]
    fn check(
        space: (Space, Unit),
        shown: Option<Shown>,
        placement: Placement,
        point: (f64, f64),
        expected: (f64, f64),
    ) {
        let (mapping, _) = Mapping::new(space, SCREEN, shown, placement, SIZE).unwrap();
        let (x, y) = mapping.apply(point.0, point.1);
        assert!((x - expected.0).abs() < 1e-9 && (y - expected.1).abs() < 1e-9, "{x}, {y}");
    }

    #[test]
    fn a_picture_is_found_where_the_recording_says() {
        let place = Rectangle { x: 100.0, y: 50.0, width: 800.0, height: 400.0 };
        check(PIXELS, Some(Shown::Rectangle(place)), Placement::Fit, (100.0, 50.0), (0.0, 0.0));
        check(PIXELS, Some(Shown::Rectangle(place)), Placement::Fit, (500.0, 250.0), (200.0, 100.0));
        check(PIXELS, Some(Shown::Screen), Placement::Center, (1000.0, 800.0), (400.0, 200.0));
        check(PIXELS, Some(Shown::Centered(500.0, 400.0)), Placement::Stretch, (300.0, 300.0), (0.0, 0.0));
        check(PIXELS, Some(Shown::Corner(5.0, 6.0)), Placement::Stretch, (7.0, 9.0), (2.0, 3.0));
    }

    #[test]
    fn a_picture_is_placed_as_asked_where_the_recording_says_nothing() {
        check(PIXELS, None, Placement::Center, (500.0, 400.0), (200.0, 100.0));
        check(PIXELS, None, Placement::Center, (300.0, 300.0), (0.0, 0.0));
        // 1000 x 800 shows 400 x 200 two and a half times as large, with 150 pixels above and below.
        check(PIXELS, None, Placement::Fit, (0.0, 150.0), (0.0, 0.0));
        check(PIXELS, None, Placement::Fit, (1000.0, 650.0), (400.0, 200.0));
        check(PIXELS, None, Placement::Stretch, (500.0, 400.0), (200.0, 100.0));
        check((Space::Screen, Unit::Shares), None, Placement::Center, (0.5, 0.5), (200.0, 100.0));
        check((Space::Screen, Unit::Shares), None, Placement::Center, (0.3, 0.375), (0.0, 0.0));
    }

    #[test]
    fn gaze_on_the_picture_is_scaled_and_gaze_on_the_scene_is_refused() {
        let place = Rectangle { x: 100.0, y: 50.0, width: 800.0, height: 400.0 };
        check(
            (Space::Picture, Unit::Pixels),
            Some(Shown::Rectangle(place)),
            Placement::Fit,
            (400.0, 200.0),
            (200.0, 100.0),
        );
        check((Space::Picture, Unit::Pixels), None, Placement::Fit, (400.0, 200.0), (400.0, 200.0));
        check((Space::Picture, Unit::Shares), None, Placement::Fit, (0.25, 0.5), (100.0, 100.0));
        let scene = Mapping::new((Space::Scene, Unit::Pixels), SCREEN, None, Placement::Fit, SIZE);
        assert_eq!(scene.unwrap_err(), NoPlace::Scene);
        assert_eq!(Mapping::new(PIXELS, None, None, Placement::Center, SIZE).unwrap_err(), NoPlace::Screen);
    }

    #[test]
    fn placements_read_back() {
        for text in ["center", "fit", "stretch", "1,-2.5,300,400"] {
            assert_eq!(text.parse::<Placement>().unwrap().to_string(), text);
        }
        assert_eq!("centre".parse(), Ok(Placement::Center));
        for text in ["middle", "1,2,3", "1,2,0,4", "1,2,nan,4"] {
            let message = text.parse::<Placement>().unwrap_err().to_string();
            assert_eq!(
                message,
                format!("unknown placement {text:?}, expected center, fit, stretch, or x,y,width,height in pixels")
            );
        }
    }
}
