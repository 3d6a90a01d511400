//! The file of a trained model.

use std::{collections::HashMap, io, path::Path};

use gaze_core::{LogDensity, MapError};

use crate::{
    gaze_lite::{
        architecture::{input_name, inputs, parameters},
        head::{BACKBONE, ENTRY, Head, MEMBERS, TEMPERATURE, TEMPLATE},
    },
    weights::{Stored, write_whole},
};

/// The type in which numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gaze_lite) enum Storage {
    Half,
    #[cfg(test)]
    Single,
}

impl Head {
    /// Writes the file completely or not at all.
    pub(in crate::gaze_lite) fn write(
        &self,
        to: &Path,
        storage: Storage,
        remarks: &[(String, String)],
    ) -> io::Result<()> {
        let store = |shape: &[usize], values: &[f32]| match storage {
            Storage::Half => Stored::f16(shape, values),
            #[cfg(test)]
            Storage::Single => Stored::f32(shape, values),
        };
        let mut tensors = Vec::new();
        for ((name, shape), values) in parameters(self.members).into_iter().zip(&self.parameters) {
            tensors.push((format!("readout.{name}"), store(&shape, values)));
        }
        for ((view, tap), statistics) in inputs().zip(&self.statistics) {
            for (leaf, values) in ["mean", "deviation"].into_iter().zip(statistics) {
                let name = format!("channels.{}.{leaf}", input_name(view, tap));
                tensors.push((name, Stored::f32(&[tap.channels], values)));
            }
        }
        let template = Stored::f32(&[TEMPLATE.height, TEMPLATE.width], &self.template);
        tensors.push(("center_bias".to_owned(), template));
        let mut lines = vec![
            format!("{MEMBERS}: {}", self.members),
            format!("{TEMPERATURE}: {}", self.temperature),
            format!("{BACKBONE}: {}", self.backbone),
        ];
        lines.extend(remarks.iter().map(|(key, value)| format!("{key}: {}", value.replace('\n', " "))));
        let metadata = HashMap::from([(ENTRY.to_owned(), lines.join("\n"))]);
        write_whole(to, &safetensors::serialize(tensors, Some(metadata)).map_err(io::Error::other)?)
    }
}

/// Resizes a density to the template that is stored.
pub(super) fn template(density: &LogDensity<'_>) -> Result<Vec<f32>, MapError> {
    let resized = crate::resize_density(density, TEMPLATE)?;
    #[expect(clippy::cast_possible_truncation, reason = "stored in 32 bits")]
    Ok(resized.values().iter().map(|&value| value as f32).collect())
}
