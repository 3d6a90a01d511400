//! What a calibration changes inside a network.

use serde::{Deserialize, Serialize};

/// The views and the blur of DeepGaze MSDB that were fitted to a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adaptation {
    /// The weights of the ten views, which sum to 1, in the order of `deepgaze_msdb::DatasetParameters`.
    pub view_weights: [f64; 10],
    /// The standard deviation of the blur in degrees of visual angle; positive.
    pub sigma_degrees: f64,
}
