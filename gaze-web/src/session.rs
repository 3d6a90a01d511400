//! The pictures of a page, and the answers to its questions.

use gaze_core::Size;
use gaze_metrics::{KlVariant, MetricError, cc, kl_divergence_variant, sim};
use gaze_model::gaze_lite::GazeLite;
use gaze_picture::{Palette, difference, largest};
use serde_json::{Value, json};
use strum::VariantArray;

use crate::{
    error::WebError,
    files,
    fixations::{self, Number},
    regions,
    request::{Question, Rectangle, Slot},
    scene::{Scene, Screen, on_screen},
};

/// The model and up to two pictures.
#[derive(Debug, Default)]
pub struct Session {
    model: Option<GazeLite>,
    a: Option<Scene>,
    b: Option<Scene>,
}

/// A line of JSON and the bytes behind it.
type Reply = (Value, Vec<u8>);

impl Session {
    /// Answers a question: a line of JSON, and behind it the bytes of a file. So is the answer; where there is none, its JSON is
    /// `{"error": "a sentence"}`.
    #[must_use]
    pub fn answer(&mut self, question: &[u8]) -> Vec<u8> {
        let end = question.iter().position(|&byte| byte == b'\n').unwrap_or(question.len());
        let (line, file) = (&question[..end], question.get(end + 1..).unwrap_or_default());
        let reply =
            serde_json::from_slice(line).map_err(WebError::from).and_then(|question| self.reply(question, file));
        let (json, bytes) = reply.unwrap_or_else(|error| (json!({"error": error.to_string()}), Vec::new()));
        let mut answer = json.to_string().into_bytes();
        answer.reserve_exact(bytes.len() + 1);
        answer.push(b'\n');
        answer.extend(bytes);
        answer
    }

    fn reply(&mut self, question: Question, file: &[u8]) -> Result<Reply, WebError> {
        match question {
            Question::Start {} => {
                self.model()?;
                let palette =
                    |&palette: &Palette| json!({"name": <&str>::from(palette), "colors": palette.colors().concat()});
                let palettes: Vec<Value> = Palette::VARIANTS.iter().map(palette).collect();
                Ok(of_json(json!({"palettes": palettes, "version": env!("CARGO_PKG_VERSION")})))
            }
            Question::Open { slot, name } => {
                // Its room is needed.
                *self.slot(slot) = None;
                let scene = Scene::of_file(self.model()?, name, file)?;
                Ok(self.opened(slot, scene))
            }
            Question::Pixels { slot, name, width, height } => {
                *self.slot(slot) = None;
                let scene = Scene::of_pixels(self.model()?, name, Size { height, width }, file)?;
                Ok(self.opened(slot, scene))
            }
            Question::Close { slot } => {
                *self.slot(slot) = None;
                Ok(of_json(json!({})))
            }
            Question::Picture { slot } => Ok(of_screen(json!({}), self.scene(slot)?.picture())),
            Question::Heat { slot, palette } => {
                let scene = self.scene(slot)?;
                let marks = scene.scale.marks();
                Ok(of_screen(json!({"marks": marks}), scene.heat(palette_of(&palette))))
            }
            Question::Compare {} => self.compare(),
            Question::Figures { regions } => {
                let score = |scene: &Option<Scene>| -> Result<Value, WebError> {
                    let Some(scene) = scene else { return Ok(Value::Null) };
                    Ok(serde_json::to_value(regions::score(scene, &regions)?)?)
                };
                Ok(of_json(json!({"a": score(&self.a)?, "b": score(&self.b)?})))
            }
            Question::Regions {} => {
                let size = self.scene(Slot::A)?.size();
                Ok(of_json(json!({"regions": regions::read(file, size)?})))
            }
            Question::Fixations { slot, name } => {
                Ok(of_json(serde_json::to_value(fixations::score(self.scene(slot)?, &name, file)?)?))
            }
            Question::Save { slot, product, palette, regions } => self.save(slot, product, &palette, &regions),
        }
    }

    fn save(
        &self,
        slot: Slot,
        product: crate::request::Product,
        palette: &str,
        regions: &[Rectangle],
    ) -> Result<Reply, WebError> {
        let scene = self.scene(slot)?;
        let sizes = || [&self.a, &self.b].into_iter().flatten().map(Scene::size);
        let same = sizes().all(|size| size == scene.size());
        let bytes = files::make(scene, product, palette_of(palette), regions, same)?;
        let (end, kind) = files::name(product);
        let stem = scene.name.rsplit_once('.').map_or(scene.name.as_str(), |(stem, _)| stem);
        Ok((json!({"name": format!("{stem}{end}"), "type": kind}), bytes))
    }

    fn compare(&self) -> Result<Reply, WebError> {
        let (a, b) = (self.scene(Slot::A)?, self.scene(Slot::B)?);
        if a.size() != b.size() {
            return Ok(of_json(json!({"same": false})));
        }
        let (map_a, map_b) = (a.map(), b.map());
        let cc = match cc(&map_b, &map_a) {
            Err(MetricError::ConstantReference | MetricError::ConstantPrediction) => None,
            cc => Some(Number::from(cc?)),
        };
        let kl = Number::from(kl_divergence_variant(&map_b, &map_a, KlVariant::Plain)?);
        let sim = Number::from(sim(&map_b, &map_a)?);
        let size = on_screen(a.size());
        let [small_a, small_b] = [&map_a, &map_b].map(|map| gaze_picture::means(map.values(), size));
        let values = small_b - small_a;
        let limit = largest(values.iter().copied());
        let picture = gaze_picture::shrunk(&b.picture, size).into_raw();
        let drawn = difference(Some(&picture), &values, limit).into_raw();
        let pixels = drawn.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, u8::MAX]).collect();
        Ok(of_screen(json!({"same": true, "cc": cc, "sim": sim, "kl": kl}), Screen { size, pixels }))
    }

    fn opened(&mut self, slot: Slot, scene: Scene) -> Reply {
        let Size { height, width } = scene.size();
        let json = json!({"name": scene.name, "width": width, "height": height, "notes": scene.notes});
        *self.slot(slot) = Some(scene);
        of_json(json)
    }

    fn model(&mut self) -> Result<&GazeLite, WebError> {
        if self.model.is_none() {
            self.model = Some(GazeLite::embedded()?);
        }
        Ok(self.model.as_ref().expect("it was opened just now"))
    }

    fn slot(&mut self, slot: Slot) -> &mut Option<Scene> {
        match slot {
            Slot::A => &mut self.a,
            Slot::B => &mut self.b,
        }
    }

    fn scene(&self, slot: Slot) -> Result<&Scene, WebError> {
        match slot {
            Slot::A => self.a.as_ref(),
            Slot::B => self.b.as_ref(),
        }
        .ok_or(WebError::NoPicture)
    }
}

fn palette_of(name: &str) -> Palette {
    name.parse().unwrap_or_default()
}

fn of_json(json: Value) -> Reply {
    (json, Vec::new())
}

/// The pixels, with their width and height in the JSON.
fn of_screen(mut json: Value, screen: Screen) -> Reply {
    json["width"] = screen.size.width.into();
    json["height"] = screen.size.height.into();
    (json, screen.pixels)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    /// Asks, and takes the answer apart.
    fn ask(session: &mut Session, question: &Value, file: &[u8]) -> (Value, Vec<u8>) {
        let answer = session.answer(&[question.to_string().as_bytes(), b"\n", file].concat());
        let end = answer.iter().position(|&byte| byte == b'\n').unwrap();
        (serde_json::from_slice(&answer[..end]).unwrap(), answer[end + 1..].to_vec())
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let byte = |value: u32| u8::try_from(value % 256).unwrap();
        let picture = RgbImage::from_fn(width, height, |x, y| Rgb([byte(x * 5), byte(y * 3), byte(x + y)]));
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_predicted_drawn_and_scored() {
        let mut session = Session::default();
        let (opened, _) = ask(&mut session, &json!({"ask": "open", "slot": "a", "name": "p.png"}), &png(40, 30));
        assert_eq!(opened, json!({"name": "p.png", "width": 40, "height": 30, "notes": []}));
        let (drawn, pixels) = ask(&mut session, &json!({"ask": "heat", "slot": "a", "palette": "viridis"}), b"");
        assert_eq!((&drawn["width"], &drawn["height"], pixels.len()), (&40.into(), &30.into(), 4 * 40 * 30));
        // The brightest place is opaque, the darkest transparent.
        let opacity = || pixels.iter().skip(3).step_by(4);
        assert_eq!((opacity().max(), opacity().min()), (Some(&255), Some(&0)));
        let half = |name: &str, x: f64| json!({"name": name, "x": x, "y": 0.0, "width": 50.0, "height": 100.0});
        let regions = json!([half("left", 0.0), half("right", 50.0)]);
        let (figures, _) = ask(&mut session, &json!({"ask": "figures", "regions": regions}), b"");
        let share = |index: usize| figures["a"][index]["share"].as_f64().unwrap();
        // A density sums to 1 within 1e-4.
        assert!((share(0) + share(1) - 1.0).abs() < 1e-4, "{figures}");
        assert_eq!((&figures["b"], &figures["a"][1]["x"]), (&Value::Null, &json!(20.0)));
        let save = json!({"ask": "save", "slot": "a", "product": "regions", "palette": "hot", "regions": regions});
        let (saved, file) = ask(&mut session, &save, b"");
        assert_eq!(saved["name"], "p_regions.json");
        let (read, _) = ask(&mut session, &json!({"ask": "regions"}), &file);
        assert_eq!(read["regions"], regions);
    }

    #[test]
    fn whatever_cannot_be_done_is_answered_with_a_sentence() {
        let mut session = Session::default();
        let mut check = |question: Value, file: &[u8], expected: &str| {
            let (answer, bytes) = ask(&mut session, &question, file);
            let error = answer["error"].as_str().unwrap();
            assert!(error.contains(expected) && bytes.is_empty(), "{error}");
        };
        check(json!({"ask": "heat", "slot": "a", "palette": "hot"}), b"", "there is no picture yet");
        check(json!({"ask": "dance"}), b"", "unknown variant `dance`");
        check(json!({"ask": "open", "slot": "a", "name": "x.png"}), b"", "x.png");
        let cut = &png(40, 30)[..200];
        check(json!({"ask": "open", "slot": "a", "name": "x.png"}), cut, "x.png");
        let pixels = |width: usize, height: usize| json!({"ask": "pixels", "slot": "a", "name": "x", "width": width, "height": height});
        check(pixels(2, 2), &[0; 15], "15 bytes are no picture of 2x2");
        check(pixels(usize::MAX, 2), b"", "are no picture");
        check(pixels(0, 0), b"", "0x0");
        assert!(session.answer(b"").starts_with(b"{\"error\""));
    }
}
