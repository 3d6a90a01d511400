//! The files that a person takes home from the page. `gaze-cli` reads and writes them alike.

use gaze_data::{Length, RegionSpec, npy, regions_json};
use gaze_picture::{Palette, outline, overlay, png, with_color_bar};

use crate::{
    error::WebError,
    regions::{Scored, score},
    request::{Product, Rectangle},
    scene::Scene,
};

/// Pixels are written to a millionth, so that a whole number of them is one.
const MILLION: f64 = 1e6;

/// Makes a file. `same` tells whether all pictures have one size, so that regions can be written in its pixels.
pub(crate) fn make(
    scene: &Scene,
    product: Product,
    palette: Palette,
    rectangles: &[Rectangle],
    same: bool,
) -> Result<Vec<u8>, WebError> {
    Ok(match product {
        Product::Density => npy(&scene.density),
        Product::Heatmap => with_color_bar(&scene.shades, palette, scene.scale)?,
        Product::Overlay => {
            let mut drawn = overlay(&scene.picture, &scene.shades, palette);
            for region in score(scene, rectangles)? {
                let (x, y) = ((region.x, region.x + region.width), (region.y, region.y + region.height));
                outline(&mut drawn, x, y, &format!("{} {:.1} %", region.name, 100.0 * region.figures.share));
            }
            png(&drawn)?
        }
        Product::Figures => table(&score(scene, rectangles)?)?,
        Product::Regions => regions(scene, rectangles, same).into_bytes(),
    })
}

/// The end of a file's name, behind that of the picture, as `gaze-cli` names its files; and its type.
pub(crate) fn name(product: Product) -> (&'static str, &'static str) {
    match product {
        Product::Density => (".npy", "application/octet-stream"),
        Product::Heatmap => ("_heatmap.png", "image/png"),
        Product::Overlay => ("_overlay.png", "image/png"),
        Product::Figures => ("_regions.csv", "text/csv"),
        Product::Regions => ("_regions.json", "application/json"),
    }
}

/// The figures, in columns of which the first are those of a file of regions.
fn table(regions: &[Scored]) -> Result<Vec<u8>, WebError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let figures = ["share", "lift", "peak", "peak_x", "peak_y", "rank"];
    let header = ["name", "x", "y", "width", "height", "area"].map(str::to_owned).into_iter();
    let header = header.chain(figures.map(str::to_owned)).chain(figures.map(|figure| format!("{figure}_center_bias")));
    table.write_record(header)?;
    for region in regions {
        let place =
            [region.x, region.y, region.width, region.height].map(|length| (length * MILLION).round() / MILLION);
        let mut row = vec![region.name.clone()];
        row.extend(place.map(|length| length.to_string()));
        row.push(region.area.to_string());
        for figures in [&region.figures, &region.reference] {
            row.extend([figures.share, figures.lift, figures.peak].map(|figure| figure.to_string()));
            row.extend([figures.peak_at.x, figures.peak_at.y, figures.rank].map(|number| number.to_string()));
        }
        table.write_record(row)?;
    }
    Ok(table.into_inner().unwrap_or_default())
}

fn regions(scene: &Scene, rectangles: &[Rectangle], same: bool) -> String {
    let size = scene.size();
    let spec = |rectangle: &Rectangle| {
        let spec = rectangle.spec();
        if same {
            let pixels = spec.pixels(size).map(|length| Length::Pixels((length * MILLION).round() / MILLION));
            RegionSpec { lengths: pixels, ..spec }
        } else {
            spec
        }
    };
    regions_json(&rectangles.iter().map(spec).collect::<Vec<_>>())
}
