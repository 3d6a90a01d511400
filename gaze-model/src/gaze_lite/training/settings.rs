//! The settings of a training, with the one place for their defaults.

/// The settings of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The seed on which every random choice depends.
    pub seed: u64,
    /// The number of times that every picture is seen, at least 1.
    pub epochs: usize,
    /// The number of readouts in the mixture, at least 1.
    pub readouts: usize,
    /// The number of pictures between two steps, at least 1.
    pub batch: usize,
    /// The largest learning rate, positive.
    pub learning_rate: f64,
    /// The weight decay of the first layer, as a share of the learning rate, 0 or more.
    pub weight_decay: f64,
    /// The share of channels that a readout does not see at a time, from 0 to below 1.
    pub dropout: f64,
    /// The number of epochs without a better score on the validation pictures after which training ends.
    pub patience: usize,
}

/// The settings with which the shipped model was trained.
impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            epochs: 15,
            readouts: 5,
            batch: 4,
            learning_rate: 12e-3,
            weight_decay: 0.1,
            dropout: 0.5,
            patience: 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_settings_keep_their_words() {
        // A model's file and a training's checkpoint hold this text; another one would orphan interrupted trainings.
        let written = "Settings { seed: 1, epochs: 15, readouts: 5, batch: 4, learning_rate: 0.012, weight_decay: 0.1, \
                       dropout: 0.5, patience: 10 }";
        assert_eq!(format!("{:?}", Settings::default()), written);
    }
}
