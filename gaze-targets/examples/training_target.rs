//! A training sample: a picture and its target map, both under the same random transform.
//!
//! `cargo run -p gaze-targets --example training_target`

#![expect(clippy::print_stdout, reason = "an example shows its result")]

use gaze_core::{Fixation, Size};
use gaze_targets::{Blur, MixtureRng, Normalization, PictureSettings, RasterSettings, Rasterizer, Renderer, Splat};
use ndarray::{Array2, Array3};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (picture_size, target_size) = (Size { height: 600, width: 800 }, Size { height: 60, width: 80 });
    let picture = Array3::from_elem((600, 800, 3), 128);
    // The gaze of two observers, in pixels of the picture.
    let gaze = [vec![Fixation { x: 200.0, y: 300.0 }], vec![Fixation { x: 420.5, y: 310.0 }]];

    let mut rasterizer = Rasterizer::new(RasterSettings {
        splat: Splat::Bilinear,
        blur: Blur::WidthFraction(0.03),
        normalization: Normalization::Maximum,
        ..RasterSettings::new(target_size)
    })?;
    let mut renderer = Renderer::new(PictureSettings::new(target_size))?;
    let (mut target, mut input) = (Array2::zeros(target_size.dim()), Array3::<u8>::zeros((3, 60, 80)));
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let law = MixtureRng::all();
    for sample in 0..3 {
        let augmentation = law.draw(&mut random);
        rasterizer.rasterize_into(picture_size, &augmentation.geometry, &gaze, &mut random, target.view_mut())?;
        renderer.render_into(picture.view(), &augmentation, &mut random, input.view_mut())?;
        println!("sample {sample}: the target sums to {:.2}", target.sum());
    }
    Ok(())
}
