//! Tests of the table of models.

use std::{collections::HashSet, path::Path};

use gaze_core::{Size, Viewing};

use super::*;
use crate::{Device, Precision};

/// The name under which a row's model can be asked for.
fn name(entry: &ModelEntry) -> ModelName {
    match entry.naming {
        Naming::Name(name) => name.parse().unwrap(),
        Naming::File { extension } => format!("folder/mine.{extension}").parse().unwrap(),
    }
}

/// Options of which one alone is given.
fn with(option: ModelOption) -> Options {
    let mut options = Options::default();
    match option {
        ModelOption::Weights => options.weights = Some("some.pth".into()),
        ModelOption::Temperature => options.temperature = Some(0.5),
        ModelOption::Device => options.device = Device::Cuda,
        ModelOption::Precision => options.precision = Precision::Bf16,
        ModelOption::PixelsPerDegree => options.pixels_per_degree = Some(30.0),
        ModelOption::Dataset => options.dataset = Some(TrainingDataset::Figrim),
        ModelOption::Adaptation => {
            options.adaptation = Some(Adaptation { view_weights: [0.1; 10], sigma_degrees: 0.5 });
        }
        ModelOption::CenterBias | ModelOption::LongSide | ModelOption::History => {}
    }
    options
}

const DEEPGAZE: [&str; 4] = ["deepgaze-i", "deepgaze-iie", "deepgaze-iii", "deepgaze-msdb"];

const OPTIONS: [ModelOption; 7] = [
    ModelOption::Weights,
    ModelOption::Temperature,
    ModelOption::Device,
    ModelOption::Precision,
    ModelOption::PixelsPerDegree,
    ModelOption::Dataset,
    ModelOption::Adaptation,
];

#[test]
fn every_row_is_named_by_its_own_name_alone() {
    let names: HashSet<String> = MODELS.iter().map(ModelEntry::name).collect();
    assert_eq!(names.len(), MODELS.len());
    for entry in MODELS {
        let found = name(entry);
        assert_eq!(found.entry().naming, entry.naming);
        assert_eq!(found.to_string().parse::<ModelName>(), Ok(found.clone()));
        let stored = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<ModelName>(&stored).unwrap(), found);
    }
}

#[test]
fn an_unknown_name_is_told_with_the_names_of_all_rows() {
    for text in ["deepgaze", "", "safetensors", "model.json", "Gaze-Lite"] {
        let message = text.parse::<ModelName>().unwrap_err().to_string();
        assert!(message.starts_with(&format!("there is no model {text:?}; choose ")), "{message}");
        assert!(MODELS.iter().all(|entry| message.contains(&entry.name())), "{message}");
    }
    let message = "x".parse::<ModelName>().unwrap_err().to_string();
    assert!(message.ends_with("FILE.safetensors, FILE.onnx, FILE.pt, uniform or center-bias:gaussian"), "{message}");
}

#[test]
fn an_option_that_is_not_taken_is_refused_by_name() {
    let mut refused = 0;
    for entry in MODELS {
        for option in OPTIONS.into_iter().filter(|&option| !entry.takes(option)) {
            let options = with(option);
            assert_eq!(options.given().collect::<Vec<_>>(), [option]);
            let error = name(entry).open(&options).unwrap_err();
            assert!(matches!(error, OpenError::OptionNotTaken { option: found, .. } if found == option), "{error}");
            assert_eq!(options.taken_by(entry), Options::default());
            refused += 1;
        }
        for option in OPTIONS.into_iter().filter(|&option| entry.takes(option)) {
            assert_eq!(with(option).taken_by(entry), with(option));
        }
    }
    assert_eq!(refused, 52);
    let error = "gaze-lite".parse::<ModelName>().unwrap().open(&with(ModelOption::Weights)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the option weights is about deepgaze-i, deepgaze-iie, deepgaze-iii or deepgaze-msdb, not about gaze-lite"
    );
    let error = "deepgaze-iie".parse::<ModelName>().unwrap().open(&with(ModelOption::Temperature)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the option temperature is about gaze-lite or FILE.safetensors, not about deepgaze-iie"
    );
}

#[test]
fn networks_take_a_center_bias() {
    for entry in MODELS {
        assert_eq!(entry.takes(ModelOption::CenterBias), entry.network, "{}", entry.name());
    }
    assert_eq!(serde_json::to_string(&ModelOption::CenterBias).unwrap(), "\"centerbias\"");
}

#[test]
fn one_model_takes_a_history() {
    assert_eq!(ModelOption::History.takers(), "deepgaze-iii");
}

#[test]
fn models_that_need_nothing_open_and_predict() {
    let size = Size { height: 4, width: 6 };
    let mut opened = 0;
    for entry in MODELS.iter().filter(|entry| !entry.network) {
        let Opened { model, notes, .. } = name(entry).open(&Options::default()).unwrap();
        assert_eq!(model.predict(&Viewing::of_size(size)).unwrap().size(), size);
        assert_eq!((notes, model.takes_center_bias()), (Vec::new(), entry.center_bias.is_some()));
        opened += 1;
    }
    assert_eq!(opened, 2);
}

#[test]
fn files_are_named_by_their_stem() {
    let name: ModelName = "some/where/my-study.safetensors".parse().unwrap();
    assert_eq!((name.label().as_str(), name.file()), ("my-study", Some(Path::new("some/where/my-study.safetensors"))));
    assert_eq!("uniform".parse::<ModelName>().unwrap().label(), "uniform");
}

#[test]
fn stored_options_are_those_that_were_given() {
    let options = Options { temperature: Some(0.5), device: Device::Cuda, ..Options::default() };
    let stored = serde_json::to_string(&options).unwrap();
    assert_eq!(serde_json::from_str::<Options>(&stored).unwrap(), options);
    assert_eq!(serde_json::from_str::<Options>("{}").unwrap(), Options::default());
    assert_eq!(serde_json::to_string(&ModelOption::LongSide).unwrap(), "\"long-side\"");
}

#[cfg(not(feature = "libtorch"))]
#[test]
fn without_libtorch_deepgaze_is_refused_with_the_way_to_it() {
    let refused: Vec<_> = MODELS.iter().filter(|entry| !entry.available() && entry.libtorch).collect();
    assert_eq!(refused.iter().map(|entry| entry.name()).collect::<Vec<_>>(), [&DEEPGAZE[..], &["FILE.pt"]].concat());
    assert_eq!(
        name(refused[DEEPGAZE.len()]).open(&Options::default()).unwrap_err().to_string(),
        "folder/mine.pt needs the feature `libtorch`, which this program was built without; `cargo build --release -p gaze-cli \
         --features libtorch` builds it with it"
    );
    assert_eq!(
        name(refused[0]).open(&Options::default()).unwrap_err().to_string(),
        "deepgaze-i runs on libtorch, which this program was built without; `cargo xtask fetch-weights --model deepgaze-i` \
         downloads its weights and builds the program with libtorch"
    );
}

#[cfg(feature = "libtorch")]
#[test]
fn with_libtorch_deepgaze_asks_for_its_weights() {
    for name in DEEPGAZE {
        let deepgaze = name.parse::<ModelName>().unwrap();
        let options = Options { pixels_per_degree: Some(30.0), ..Options::default() }.taken_by(deepgaze.entry());
        let error = deepgaze.open(&Options { weights: Some("no/such.pth".into()), ..options }).unwrap_err();
        assert!(matches!(error, OpenError::Weights(_)), "{error}");
    }
}

#[cfg(feature = "libtorch")]
#[test]
fn a_network_of_views_by_degree_asks_for_the_pixels_per_degree() {
    let msdb = "deepgaze-msdb".parse::<ModelName>().unwrap();
    assert_eq!(
        msdb.open(&Options::default()).unwrap_err().to_string(),
        "deepgaze-msdb needs the option pixels-per-degree: it looks at the picture at 5 to 30 pixels per degree of visual angle \
         and blurs by degrees, so it must know how many pixels a degree had when the picture was shown"
    );
    let error = msdb.open(&Options { pixels_per_degree: Some(-1.0), ..Options::default() }).unwrap_err().to_string();
    assert_eq!(error, "pixels per degree must be a positive number, not -1");
}

#[test]
fn gaze_lite_opens_in_every_build() {
    let size = Size { height: 32, width: 48 };
    let lite = "gaze-lite".parse::<ModelName>().unwrap();
    let options = Options { temperature: Some(0.75), ..Options::default() };
    let Opened { model, notes, .. } = lite.open(&options).unwrap();
    assert_eq!((notes, model.temperature(), model.takes_center_bias()), (Vec::new(), Some(0.75), true));
    assert_eq!(model.weights().unwrap(), Some(crate::gaze_lite::embedded_sha256()));
    assert_eq!(model.center_bias(size).unwrap().unwrap().size(), size);
    assert_eq!(model.memory(size), 32 * 48 * 40);

    let flat = Options { temperature: Some(0.0), ..Options::default() };
    assert_eq!(lite.open(&flat).unwrap_err().to_string(), "the temperature is a positive number, not 0");
    let missing = "no/such.safetensors".parse::<ModelName>().unwrap();
    assert_eq!(
        missing.open(&Options::default()).unwrap_err().to_string(),
        "no/such.safetensors: there is no such file"
    );
}
