//! Scanpaths that were drawn from a model, as a table and on the picture.

use anyhow::Result;
use gaze_core::Stimulus;
use gaze_picture::{bytes, draw_scanpaths, png};
use gaze_study::SampledFixation;
use image::RgbImage;

/// Writes a row for each fixation. Scanpaths are counted from 0; the index of a fixation is the number of fixations before
/// it, of which `made` were given.
pub(super) fn table(scanpaths: &[Vec<SampledFixation>], made: usize) -> Vec<u8> {
    let mut table = String::from("scanpath,index,x,y,log_likelihood\n");
    for (number, scanpath) in scanpaths.iter().enumerate() {
        for (index, SampledFixation { fixation, log_likelihood }) in scanpath.iter().enumerate() {
            table += &format!("{number},{},{},{},{log_likelihood}\n", made + index, fixation.x, fixation.y);
        }
    }
    table.into_bytes()
}

/// Draws the scanpaths over the picture, as PNG.
pub(super) fn drawn(scanpaths: &[Vec<SampledFixation>], stimulus: &Stimulus) -> Result<Vec<u8>> {
    // A fixation is drawn in the middle of its pixel.
    let middle = |sampled: &SampledFixation| (sampled.fixation.x + 0.5, sampled.fixation.y + 0.5);
    let points: Vec<Vec<(f64, f64)>> = scanpaths.iter().map(|scanpath| scanpath.iter().map(middle).collect()).collect();
    let size = stimulus.size();
    let [width, height] = [size.width, size.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let mut picture = RgbImage::from_raw(width, height, bytes(stimulus).to_vec()).unwrap_or_default();
    draw_scanpaths(&mut picture, &points);
    Ok(png(&picture)?)
}

#[cfg(test)]
mod tests {
    use gaze_core::Fixation;

    use super::*;

    #[test]
    fn a_row_tells_scanpath_index_place_and_likelihood() {
        let sampled = |x, y| SampledFixation { fixation: Fixation { x, y }, log_likelihood: -x - 0.25 };
        let text = table(&[vec![sampled(3.0, 4.0), sampled(5.0, 6.0)], vec![sampled(0.0, 1.0)]], 2);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "scanpath,index,x,y,log_likelihood\n0,2,3,4,-3.25\n0,3,5,6,-5.25\n1,2,0,1,-0.25\n"
        );
    }
}
