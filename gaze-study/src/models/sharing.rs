//! One set of options for all models of a task: an option goes to the models that take it, and is refused with the reason if
//! there is none.

use std::slice;

use gaze_model::{ModelEntry, ModelName, ModelOption, OpenError};

use super::{Calibration, Model, ModelOptions, ModelSpec};
use crate::error::OpenModelError;

/// The models of a task, by their names, and the options that were given for all of them.
pub(super) struct Sharing<'a> {
    pub(super) named: Vec<Named<'a>>,
    options: &'a ModelOptions,
    given: Vec<ModelOption>,
}

/// A model that was named and is not open yet.
pub(super) struct Named<'a> {
    pub(super) spec: &'a ModelSpec,
    /// The calibration, if the name is that of its file.
    pub(super) calibration: Option<Calibration>,
}

impl<'a> Sharing<'a> {
    /// Reads what the names tell of the models, and checks that each option has a model that takes it. The pixels per degree
    /// of a task `with_dataset` also describe the dataset.
    pub(super) fn new(
        specs: &'a [ModelSpec],
        options: &'a ModelOptions,
        with_dataset: bool,
    ) -> Result<Self, OpenModelError> {
        let named = specs.iter().map(Named::read).collect::<Result<Vec<_>, _>>()?;
        let sharing = Self { named, options, given: given(options, with_dataset) };
        for &option in &sharing.given {
            if sharing.takers(option).next().is_none() {
                return Err(sharing.not_taken(option));
            }
        }
        sharing.check_weights()?;
        Ok(sharing)
    }

    /// The options as a model takes them.
    pub(super) fn taken_by(&self, named: &Named<'_>) -> ModelOptions {
        named.taken(self.options)
    }

    /// The places of the models that take an option.
    fn takers(&self, option: ModelOption) -> impl Iterator<Item = usize> {
        self.named.iter().enumerate().filter(move |(_, named)| named.takes(option)).map(|(place, _)| place)
    }

    fn not_taken(&self, option: ModelOption) -> OpenModelError {
        let decided = self.named.iter().find_map(|named| match named.spec {
            ModelSpec::Calibrated(path) => Some((named.decides(option)?, path)),
            _ => None,
        });
        if let Some((option, path)) = decided {
            return OpenModelError::Calibrated { path: path.clone(), option };
        }
        let models = if self.named.is_empty() {
            "models of one's own".to_owned()
        } else {
            in_a_sentence(self.named.iter().map(|named| named.spec.to_string()), "or")
        };
        OpenError::OptionNotTaken { model: models, option }.into()
    }

    /// Refuses one file of weights for several networks. A network and its calibration read the same.
    fn check_weights(&self) -> Result<(), OpenModelError> {
        let option = ModelOption::Weights;
        if !self.given.contains(&option) {
            return Ok(());
        }
        let mut networks: Vec<&ModelName> = Vec::new();
        for network in self.takers(option).filter_map(|place| self.named[place].network()) {
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        if networks.len() > 1 {
            let models = in_a_sentence(networks.into_iter().map(ToString::to_string), "and");
            return Err(OpenModelError::SharedFile { option, models });
        }
        Ok(())
    }

    /// Tells which of the opened models have no use for an option that models of their kind take, and refuses an option that
    /// none of them uses.
    pub(super) fn tell_unused(&self, models: &mut [Model]) -> Result<(), OpenModelError> {
        for &option in &self.given {
            let Some((reason, note)) = reason(option) else { continue };
            let unused = |&place: &usize| !self.named[place].uses(option, &models[place]);
            let (takers, unused) =
                (self.takers(option).count(), self.takers(option).filter(unused).collect::<Vec<_>>());
            let names = unused.iter().map(|&place| models[place].name().to_owned());
            if unused.len() == takers {
                return Err(OpenModelError::NoUse { model: in_a_sentence(names, "or"), option, reason });
            }
            for place in unused {
                models[place].note_for_user(note);
            }
        }
        Ok(())
    }
}

impl<'a> Named<'a> {
    fn read(spec: &'a ModelSpec) -> Result<Self, OpenModelError> {
        let calibration = match spec {
            ModelSpec::Calibrated(file) => {
                let calibration = Calibration::read(file)
                    .map_err(|source| OpenModelError::Calibration { path: file.clone(), source: Box::new(source) })?;
                Some(calibration)
            }
            _ => None,
        };
        Ok(Self { spec, calibration })
    }

    /// The network that runs, if there is one.
    fn network(&self) -> Option<&ModelName> {
        match (self.spec, &self.calibration) {
            (ModelSpec::Listed(name), _) => Some(name),
            (_, Some(calibration)) => Some(&calibration.model),
            _ => None,
        }
    }

    fn entry(&self) -> Option<&'static ModelEntry> {
        self.network().map(ModelName::entry)
    }

    /// The name of an option that is part of a calibration, if the model is one.
    fn decides(&self, option: ModelOption) -> Option<&'static str> {
        self.calibration.as_ref()?;
        match option {
            ModelOption::Temperature => Some("temperature"),
            ModelOption::CenterBias => Some("center bias"),
            _ => None,
        }
    }

    fn takes(&self, option: ModelOption) -> bool {
        let Some(entry) = self.entry() else { return false };
        self.decides(option).is_none()
            && match option {
                // Pictures come at the scale of the training, unless the model scales them itself.
                ModelOption::PixelsPerDegree => entry.takes(option) || entry.takes(ModelOption::LongSide),
                _ => entry.takes(option),
            }
    }

    /// Copies the options that the model takes and leaves the others at their default.
    fn taken(&self, options: &ModelOptions) -> ModelOptions {
        let Some(entry) = self.entry() else {
            return ModelOptions { maps: options.maps.clone(), ..ModelOptions::default() };
        };
        let mut all = options.network.clone();
        all.pixels_per_degree = options.pixels_per_degree;
        let mut network = all.taken_by(entry);
        network.temperature = network.temperature.filter(|_| self.takes(ModelOption::Temperature));
        ModelOptions {
            network,
            center_bias: options.center_bias.clone().filter(|_| self.takes(ModelOption::CenterBias)),
            long_side: options.long_side.filter(|_| self.takes(ModelOption::LongSide)),
            pixels_per_degree: options.pixels_per_degree.filter(|_| self.takes(ModelOption::PixelsPerDegree)),
            maps: options.maps.clone(),
        }
    }

    /// Tells whether the opened model uses an option that it takes.
    fn uses(&self, option: ModelOption, model: &Model) -> bool {
        match option {
            ModelOption::PixelsPerDegree if self.entry().is_some_and(|entry| entry.takes(option)) => true,
            ModelOption::PixelsPerDegree | ModelOption::LongSide => model.knows_its_scale(),
            ModelOption::CenterBias => model.takes_center_bias(),
            _ => true,
        }
    }
}

/// The options as one network takes them, each of which it must take.
pub(crate) fn taken(network: &ModelName, options: &ModelOptions) -> Result<ModelOptions, OpenModelError> {
    let spec = ModelSpec::Listed(network.clone());
    let sharing = Sharing::new(slice::from_ref(&spec), options, false)?;
    Ok(sharing.taken_by(&sharing.named[0]))
}

/// The options that were given.
fn given(options: &ModelOptions, with_dataset: bool) -> Vec<ModelOption> {
    let of_network = options.network.given().filter(|&option| option != ModelOption::PixelsPerDegree);
    let others = [
        (ModelOption::CenterBias, options.center_bias.is_some()),
        (ModelOption::LongSide, options.long_side.is_some()),
        (ModelOption::PixelsPerDegree, options.pixels_per_degree.is_some() && !with_dataset),
    ];
    of_network.chain(others.into_iter().filter_map(|(option, given)| given.then_some(option))).collect()
}

/// The reason why a model may have no use for an option that models of its kind take, and the note that says so.
fn reason(option: ModelOption) -> Option<(&'static str, &'static str)> {
    const SCALE: &str = "no scale of its training is known";
    match option {
        ModelOption::LongSide => Some((SCALE, "the long side is not used, because no scale of its training is known")),
        ModelOption::PixelsPerDegree => {
            Some((SCALE, "the pixels per degree are not used, because no scale of its training is known"))
        }
        ModelOption::CenterBias => {
            Some(("the network takes none", "the center bias is not used, because the network takes none"))
        }
        _ => None,
    }
}

fn in_a_sentence(names: impl Iterator<Item = String>, word: &str) -> String {
    let names: Vec<String> = names.collect();
    match names.as_slice() {
        [before @ .., last] if !before.is_empty() => format!("{} {word} {last}", before.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use gaze_model::Device;

    use super::*;

    fn specs(names: &[&str]) -> Vec<ModelSpec> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    /// Options with something for each of the networks.
    fn all() -> ModelOptions {
        let network = gaze_model::Options {
            weights: Some("w.pth".into()),
            temperature: Some(0.5),
            device: Device::Cuda,
            ..gaze_model::Options::default()
        };
        ModelOptions {
            network,
            center_bias: Some("uniform".parse().unwrap()),
            long_side: Some(300),
            pixels_per_degree: Some(30.0),
            ..ModelOptions::default()
        }
    }

    #[track_caller]
    fn refused(names: &[&str], options: &ModelOptions, with_dataset: bool) -> String {
        Sharing::new(&specs(names), options, with_dataset).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn each_option_goes_to_the_models_that_take_it() {
        let specs = specs(&["gaze-lite", "deepgaze-iie", "deepgaze-msdb", "mine.onnx", "center-bias", "uniform"]);
        let mut options = all();
        options.network.weights = None;
        options.network.dataset = Some("figrim".parse().unwrap());
        let sharing = Sharing::new(&specs, &options, true).unwrap();
        let [lite, iie, msdb, mine, bias, uniform] =
            sharing.named.iter().map(|named| sharing.taken_by(named)).collect::<Vec<_>>().try_into().unwrap();
        assert_eq!((lite.network.temperature, iie.network.temperature), (Some(0.5), None));
        assert_eq!((lite.network.device, iie.network.device), (Device::Cpu, Device::Cuda));
        assert_eq!((lite.long_side, msdb.long_side, mine.long_side), (Some(300), None, Some(300)));
        assert_eq!((iie.pixels_per_degree, iie.network.pixels_per_degree), (Some(30.0), None));
        assert_eq!((msdb.pixels_per_degree, msdb.network.pixels_per_degree), (Some(30.0), Some(30.0)));
        assert_eq!((iie.network.dataset, msdb.network.dataset), (None, options.network.dataset));
        assert!([lite, iie, msdb, mine].iter().all(|taken| taken.center_bias == options.center_bias));
        assert!([bias, uniform].iter().all(|taken| *taken == ModelOptions::default()));
    }

    #[test]
    fn an_option_that_no_model_takes_is_refused() {
        let temperature = ModelOptions {
            network: gaze_model::Options { temperature: Some(0.5), ..gaze_model::Options::default() },
            ..ModelOptions::default()
        };
        assert_eq!(
            refused(&["deepgaze-iie", "uniform", "center-bias"], &temperature, true),
            "the option temperature is about gaze-lite or FILE.safetensors, not about deepgaze-iie, uniform or center-bias"
        );
        assert!(refused(&[], &temperature, true).ends_with("not about models of one's own"));
        let scale = ModelOptions { pixels_per_degree: Some(30.0), ..ModelOptions::default() };
        assert!(refused(&["uniform"], &scale, false).starts_with("the option pixels-per-degree is about "));
        assert!(Sharing::new(&specs(&["uniform"]), &scale, true).is_ok(), "the dataset has pixels per degree, too");
        let bias = ModelOptions { center_bias: Some("uniform".parse().unwrap()), ..ModelOptions::default() };
        assert!(refused(&["uniform"], &bias, true).starts_with("the option centerbias is about gaze-lite, "));
    }

    #[test]
    fn one_file_of_weights_is_for_one_network() {
        let weights = ModelOptions {
            network: gaze_model::Options { weights: Some("w.pth".into()), ..gaze_model::Options::default() },
            ..ModelOptions::default()
        };
        assert_eq!(
            refused(&["deepgaze-i", "gaze-lite", "deepgaze-iie"], &weights, true),
            "the option weights names one file, and deepgaze-i and deepgaze-iie each take their own; give it where one of them \
             runs alone"
        );
        assert!(Sharing::new(&specs(&["gaze-lite", "deepgaze-iie"]), &weights, true).is_ok());
    }

    #[test]
    fn a_calibration_takes_what_its_network_takes_but_for_what_it_decides() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fitted.json");
        let of = |network: &str| {
            let text = format!(
                r#"{{"gaze_calibration": 1, "model": "{network}", "long_side": null, "temperature": 1, "center_bias_weight": 1,
                "blur": 0, "center_bias": [[0]], "about": {{"data": "x", "group": null, "images": 5, "cross_validated": 1,
                "without": 0}}}}"#
            );
            fs::write(&file, text).unwrap();
        };
        let fitted = file.to_str().unwrap();
        of("gaze-lite");
        let mut options = all();
        options.network = gaze_model::Options { temperature: Some(0.5), ..gaze_model::Options::default() };
        let both = specs(&[fitted, "gaze-lite"]);
        let sharing = Sharing::new(&both, &options, true).unwrap();
        let [calibrated, plain] =
            sharing.named.iter().map(|named| sharing.taken_by(named)).collect::<Vec<_>>().try_into().unwrap();
        assert_eq!((calibrated.network.temperature, calibrated.center_bias), (None, None));
        assert_eq!((calibrated.long_side, plain.network.temperature), (Some(300), Some(0.5)));
        assert!(refused(&[fitted, "uniform"], &options, true).ends_with("fitted.json has a temperature of its own"));
        options.network.temperature = None;
        assert!(refused(&[fitted], &options, true).ends_with("fitted.json has a center bias of its own"));

        of("deepgaze-iie");
        options = ModelOptions::default();
        options.network.weights = Some("w.pth".into());
        assert!(Sharing::new(&specs(&[fitted, "deepgaze-iie"]), &options, true).is_ok(), "they read the same file");
        assert!(refused(&[fitted, "deepgaze-i"], &options, true).contains("deepgaze-iie and deepgaze-i each take"));
    }
}
