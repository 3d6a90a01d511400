//! The cases in which DeepGaze networks are compared with the reference: pictures, center biases, golden values.

use std::{fs, path::PathBuf};

use gaze_core::{LogDensity, Size, Stimulus};
use ndarray::{Array, Array3, Array4, ArrayView2, ArrayView3, Dimension, s};
use ndarray_npy::ReadNpyExt;
use serde_json::Value;
use xtask::synthetic;

use crate::util::data;

/// Sums of 64-bit numbers.
const NORMALIZATION: f64 = 2e-6;

/// The pictures and center biases of a case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) pictures: Vec<Stimulus>,
    pub(crate) index: Value,
    /// The folder of golden values.
    pub(crate) folder: PathBuf,
}

impl Case {
    /// Reads the cases of the `index.json` in a folder of golden values.
    pub(crate) fn all(folder: &str) -> Vec<Self> {
        let folder = data("golden").join(folder);
        let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
        index["cases"].as_array().unwrap().iter().map(|index| Self::new(folder.clone(), index)).collect()
    }

    fn new(folder: PathBuf, index: &Value) -> Self {
        let number = |name: &str| usize::try_from(index[name].as_u64().unwrap()).unwrap();
        let (count, height, width) = (number("N"), number("H"), number("W"));
        let values = synthetic::image(index["image_seed"].as_u64().unwrap(), count, height, width);
        let checksum =
            (1..).zip(&values).fold(0_u64, |sum, (place, &value)| sum.wrapping_add(place * u64::from(value)));
        assert_eq!(checksum, index["image_checksum"].as_u64().unwrap());
        let planes = Array4::from_shape_vec((count, 3, height, width), values).unwrap();
        let picture = |planes: ArrayView3<'_, u8>| Stimulus::new(planes.permuted_axes([1, 2, 0]).to_owned()).unwrap();
        Self {
            name: index["name"].as_str().unwrap().to_owned(),
            pictures: planes.outer_iter().map(picture).collect(),
            index: index.clone(),
            folder,
        }
    }

    pub(crate) fn size(&self) -> Size {
        self.pictures[0].size()
    }

    /// The center bias `gauss` or `zero` of each picture.
    pub(crate) fn center_biases(&self, name: &str) -> Vec<LogDensity<'static>> {
        let (count, Size { height, width }) = (self.pictures.len(), self.size());
        if name == "zero" {
            return vec![LogDensity::uniform(self.size()).unwrap(); count];
        }
        let values = Array3::from_shape_vec((count, height, width), synthetic::center_bias(count, height, width));
        values.unwrap().outer_iter().map(|values| LogDensity::new(values.to_owned()).unwrap()).collect()
    }
}

/// Reads a file of golden values.
pub(crate) fn golden_array<D: Dimension>(folder: &std::path::Path, file: &Value) -> Array<f32, D> {
    Array::read_npy(fs::File::open(folder.join(file.as_str().unwrap())).unwrap()).unwrap()
}

/// The largest and the mean difference of a map from golden values, which are every `stride`-th.
#[track_caller]
pub(crate) fn differences(found: &LogDensity<'_>, golden: ArrayView2<'_, f32>, stride: usize) -> (f64, f64) {
    let found = found.values();
    let found = found.slice(s![..;stride, ..;stride]);
    assert_eq!(found.dim(), golden.dim());
    let differences = found.iter().zip(&golden).map(|(found, &golden)| (found - f64::from(golden)).abs());
    let (largest, sum) =
        differences.fold((0.0_f64, 0.0), |(largest, sum), difference| (largest.max(difference), sum + difference));
    (largest, sum / golden.len() as f64)
}

/// Checks a map against golden values with a limit of the largest and one of the mean difference, and its sum.
#[track_caller]
pub(crate) fn check_log_density(
    name: &str,
    found: &LogDensity<'_>,
    golden: ArrayView2<'_, f32>,
    stride: usize,
    limits: (f64, f64),
) {
    let (largest, mean) = differences(found, golden, stride);
    assert!(largest <= limits.0 && mean <= limits.1, "{name} is off by up to {largest:.1e}, {mean:.1e} on average");
    let total: f64 = found.values().iter().map(|value| value.exp()).sum();
    assert!(total.ln().abs() <= NORMALIZATION, "{name} sums to {total}");
}
