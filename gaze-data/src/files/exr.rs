//! OpenEXR pictures with one channel, or with one that is named.

use std::{io::Cursor, path::Path};

use exr::prelude::{FlatSamples, ReadChannels, ReadLayers, read};

use super::{image, plane::Numbers};
use crate::{
    DataError,
    error::{Problem, some_of},
};

/// Reads the numbers of a channel: the only one, the one that `wanted` names, or any of several that are equal.
pub(crate) fn channel(bytes: &[u8], shown: &Path, wanted: Option<&str>) -> Result<Numbers, DataError> {
    let error = |cause: exr::error::Error| DataError::Exr { path: shown.to_owned(), cause: cause.to_string() };
    // The sizes in the header are checked before any pixel is decoded.
    let meta = exr::meta::MetaData::read_from_buffered(Cursor::new(bytes), false).map_err(error)?;
    for header in &meta.headers {
        let (width, height) = (header.layer_size.width() as u64, header.layer_size.height() as u64);
        image::check_pixels(width, height, shown)?;
        let samples = (header.channels.list.len() as u64).saturating_mul(width).saturating_mul(height);
        let most = image::most_memory(bytes.len() as u64);
        if samples.saturating_mul(4) > most {
            let found = samples.saturating_mul(4);
            return Err(DataError::TooLarge { path: shown.to_owned(), limit: most, found });
        }
    }
    let picture = read().no_deep_data().largest_resolution_level().all_channels().first_valid_layer().all_attributes();
    let picture = picture.non_parallel().from_buffered(Cursor::new(bytes)).map_err(error)?;
    let layer = picture.layer_data;
    let names: Vec<String> = layer.channel_data.list.iter().map(|channel| channel.name.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let values = |samples: &FlatSamples| -> Vec<f64> { samples.values_as_f32().map(f64::from).collect() };
    let place = match wanted {
        Some(wanted) => names.iter().position(|name| *name == wanted),
        None => {
            let mut channels = layer.channel_data.list.iter().map(|channel| values(&channel.sample_data));
            let first = channels.next();
            channels.all(|channel| Some(channel) == first).then_some(0).filter(|_| first.is_some())
        }
    };
    let missing = || {
        let expected = wanted.map_or_else(
            || "one channel, equal ones, or several of which --variable names one".to_owned(),
            |wanted| format!("the channel {wanted}"),
        );
        Problem::new("the picture", &expected, &format!("({})", some_of(&names))).at(shown)
    };
    let channel = place.and_then(|place| layer.channel_data.list.get(place)).ok_or_else(missing)?;
    let shape = vec![layer.size.height(), layer.size.width()];
    let values = values(&channel.sample_data);
    Ok(Numbers { shape, values, first_axis_fastest: false, kind: "OpenEXR".to_owned(), is_float: true })
}
