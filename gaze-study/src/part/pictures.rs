//! The drawings of a stimulus: the maps asked for, and the small picture of the report.

use gaze_core::{Fixations, Prediction, SaliencyMap, Stimulus};
use gaze_data::npy;
use gaze_picture::{self as picture, Palette, Scale, Shades};
use gaze_targets::{Boundary, CenterBias, GaussianKernel, blur_fixations};
use image::RgbImage;
use ndarray::Array2;

use super::{MapFile, Shown, store::map_name};
use crate::{
    error::StudyError,
    first_pass::StimulusGaze,
    plan::{Plan, Save},
};

/// With more models than this, the report shows the first ones.
const MODELS_SHOWN: usize = 3;

/// A model's prediction as a map.
pub(super) struct Predicted<'a> {
    pub(super) model: &'a str,
    pub(super) prediction: &'a Prediction,
    pub(super) map: &'a SaliencyMap<'a>,
}

/// The maps asked for.
pub(super) fn maps(
    plan: &Plan,
    gaze: &StimulusGaze,
    picture: Option<&Stimulus>,
    predicted: &[Predicted<'_>],
) -> Result<Vec<MapFile>, StudyError> {
    let mut files = Vec::new();
    for of_model in predicted {
        let folder = (predicted.len() > 1).then_some(of_model.model);
        let shades = Shades::of(of_model.map);
        for save in &plan.save {
            let (suffix, bytes) = match (save, of_model.prediction.density(), picture) {
                (Save::LogDensity, Some(density), _) => (".npy", npy(density)),
                (Save::Percentile, Some(density), _) => {
                    ("_percentile.png", picture::gray_png(&gaze_data::percentile_map(density))?)
                }
                (Save::Heatmap, ..) => {
                    let scale = Scale::of(of_model.prediction.density(), of_model.map);
                    ("_heatmap.png", picture::with_color_bar(&shades, Palette::default(), scale)?)
                }
                (Save::Overlay, _, Some(stimulus)) => {
                    ("_overlay.png", picture::png(&picture::overlay(stimulus, &shades, Palette::default()))?)
                }
                // Scores have no density, and a stimulus without image no overlay.
                _ => continue,
            };
            files.push(MapFile { name: map_name(folder, &gaze.key, suffix), bytes });
        }
    }
    if plan.save.contains(&Save::Difference)
        && let [first, second] = gaze.groups.as_slice()
        && let (Ok(first), Ok(second)) = (&first.fixations, &second.fixations)
        && let (Some(first), Some(second)) = (density(first, plan.sigma_px), density(second, plan.sigma_px))
    {
        let values = &first - &second;
        let limit = picture::largest(values.iter().copied());
        let drawn = picture::difference(picture.map(picture::bytes), &values, limit);
        let name = map_name(None, &gaze.key, "_difference.png");
        files.push(MapFile { name, bytes: picture::png(&drawn)? });
    }
    Ok(files)
}

/// The density of fixations on an image, blurred by `sigma_px` or, where that is unknown, like the center bias; `None`
/// without fixations.
fn density(fixations: &Fixations, sigma_px: Option<f64>) -> Option<Array2<f64>> {
    let sigma_px = sigma_px.unwrap_or(CenterBias::DEFAULT_BANDWIDTH * fixations.size().width as f64);
    let kernel = GaussianKernel::new(sigma_px).ok().filter(|_| !fixations.is_empty())?;
    Some(blur_fixations(fixations, &kernel, Boundary::Reflect) / fixations.len() as f64)
}

/// The small picture of the report: the image, each model's prediction over it, where the first model and the gaze
/// differ, where two groups differ.
pub(super) fn shown(
    plan: &Plan,
    gaze: &StimulusGaze,
    picture: Option<&Stimulus>,
    predicted: &[Predicted<'_>],
) -> Result<(Shown, Vec<u8>), StudyError> {
    let size = predicted[0].map.size();
    let small = picture::small(size);
    let sigma_px = plan.sigma_px.map(|sigma| sigma * small.width as f64 / size.width as f64);
    let picture = picture.map(|picture| picture::shrunk(picture, small));
    let under = picture.as_ref().map(|picture| picture.as_raw().as_slice());
    let mut tiles: Vec<(String, RgbImage)> = Vec::new();
    if let Some(picture) = &picture {
        tiles.push(("picture".to_owned(), picture.clone()));
    }
    for of_model in predicted.iter().take(MODELS_SHOWN) {
        let shades = Shades::of(of_model.map).shrunk(small);
        tiles.push((of_model.model.to_owned(), picture::laid_over(under, &shades, Palette::default())));
    }
    let moved = |fixations: &Fixations| density(&fixations.moved_to(small), sigma_px);
    let mut difference = |first: &str, second: &str, a: &Array2<f64>, b: &Array2<f64>| {
        let values = a - b;
        let limit = picture::largest(values.iter().copied());
        tiles.push((format!("{first} − {second}"), picture::difference(under, &values, limit)));
    };
    if let Some(people) = moved(&gaze.pooled()) {
        let mut model = picture::means(predicted[0].map.values(), small);
        let low = model.iter().copied().fold(f64::INFINITY, f64::min).min(0.0);
        model.mapv_inplace(|value| value - low);
        let sum = model.sum();
        if sum > 0.0 {
            model /= sum;
            difference(predicted[0].model, "gaze", &model, &people);
        }
    }
    if let [first, second] = gaze.groups.as_slice()
        && let (Ok(of_first), Ok(of_second)) = (&first.fixations, &second.fixations)
        && let (Some(a), Some(b)) = (moved(of_first), moved(of_second))
    {
        difference(&first.group, &second.group, &a, &b);
    }
    let tenth = |value: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a tenth of a pixel is what is drawn")]
        let rounded = ((value * 10.0).round() / 10.0) as f32;
        rounded
    };
    let fixations = gaze.groups.iter().map(|group| {
        let points = group.fixations.as_ref().map_or(&[][..], Fixations::points);
        (group.group.clone(), points.iter().map(|point| [tenth(point.x), tenth(point.y)]).collect())
    });
    let fixations = fixations.collect();
    let (names, pictures): (Vec<String>, Vec<RgbImage>) = tiles.into_iter().unzip();
    let shown = Shown { width: size.width, height: size.height, tiles: names, fixations };
    Ok((shown, picture::jpeg(&picture::side_by_side(&pictures, small))?))
}
