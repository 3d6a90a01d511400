//! Models fitted to one's own data: calibration of a network, and training of readouts.

#[cfg(feature = "libtorch")]
pub use self::train::{TrainOptions, TrainReport, train};
pub use self::{
    calibrate::{CalibrateOptions, Calibrated, calibrate},
    gazed::{GazedDataset, GazedImage},
    held_out::{Part, parts},
    portion::{Portion, PortionError},
};

#[cfg(feature = "libtorch")]
mod adapt;
mod calibrate;
mod gazed;
mod held_out;
mod portion;
#[cfg(feature = "libtorch")]
mod train;
