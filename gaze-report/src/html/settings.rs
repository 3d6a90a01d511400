//! The plan of a study and the inputs it was made of, as rows of a name and a value.

use minijinja::{Value, context};
use serde_json::Value as Json;

use gaze_study::{ModelSettings, Summary};

/// The words for settings on the page; a setting that is not listed has its own name.
const NAMES: [(&str, &str); 14] = [
    ("schema", "Version of the settings"),
    ("format", "Format of the dataset"),
    ("provenance", "Gaze"),
    ("references", "Baselines and ceilings"),
    ("map_kind", "Kind of the precomputed maps"),
    ("group_by", "Groups by"),
    ("baseline", "Baseline of information gain"),
    ("center_bias_bandwidth", "Bandwidth of the center bias, share of the width"),
    ("center_bias_uniform_share", "Uniform share of the center bias"),
    ("sigma_px", "Blur of the empirical map, σ in pixels"),
    ("emd_downsize", "Pixels per cell of EMD, along each side"),
    ("similarity_samples", "Draws for the map of SIM"),
    ("ceiling", "Gold standard judged by CC, SIM, KL and EMD"),
    ("save", "Maps written"),
];

/// The settings but the models, and the checksums.
pub(super) fn rows(summary: &Summary) -> Vec<Value> {
    let mut rows = vec![row("Program", &format!("gaze {}", summary.gaze))];
    if let Ok(Json::Object(settings)) = serde_json::to_value(&summary.plan) {
        let others = settings.iter().filter(|(name, _)| *name != "models");
        rows.extend(others.map(|(name, value)| row(&called(name), &written(value))));
    }
    rows.push(row(
        "Center bias estimated from",
        &format!(
            "{} fixations on {} stimuli, each time without the stimulus itself",
            summary.center_bias_fixations, summary.center_bias_stimuli
        ),
    ));
    rows.push(row("Fixations and sizes, SHA-256", &summary.fingerprint));
    rows
}

/// The models, each with what its predictions depend on.
pub(super) fn models(summary: &Summary) -> Vec<Value> {
    let of_model = |model: &ModelSettings| {
        let network = model.network.as_ref().and_then(|network| serde_json::to_value(network).ok());
        let rows = network.as_ref().and_then(Json::as_object).into_iter().flatten().map(|(name, value)| {
            let name = if name == "weights" { "weights, SHA-256".to_owned() } else { name.replace('_', " ") };
            row(&name, &written(value))
        });
        context! { name => model.name.as_str(), rows => rows.collect::<Vec<_>>() }
    };
    summary.plan.models().iter().map(of_model).collect()
}

fn row(name: &str, value: &str) -> Value {
    context! { name, value }
}

fn called(name: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, called)| (*called).to_owned());
    known.unwrap_or_else(|| {
        let name = name.replace('_', " ");
        let first = name.chars().next().into_iter().flat_map(char::to_uppercase);
        first.chain(name.chars().skip(1)).collect()
    })
}

fn written(value: &Json) -> String {
    match value {
        Json::Null => "none".to_owned(),
        Json::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) if items.is_empty() => "none".to_owned(),
        Json::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::test_data, *};
    use serde_json::json;

    fn pairs(rows: &[Value]) -> Vec<[String; 2]> {
        let text = |row: &Value, name| row.get_attr(name).unwrap().to_string();
        rows.iter().map(|row| ["name", "value"].map(|name| text(row, name))).collect()
    }

    #[test]
    fn every_setting_is_told() {
        let summary = test_data::summary();
        let pairs = pairs(&rows(&summary));
        let told = |name: &str| pairs.iter().find(|[known, _]| known == name).map(|[_, value]| value.as_str());
        assert_eq!(told("Dataset"), Some("<i>data"));
        assert_eq!(told("Blur of the empirical map, σ in pixels"), Some("none"));
        assert_eq!(told("Zip"), Some("no"));
        assert_eq!(told("Fixations and sizes, SHA-256"), Some("f00d"));
        let settings = serde_json::to_value(&summary.plan).unwrap();
        // All but the models, and three more.
        assert_eq!(pairs.len(), settings.as_object().unwrap().len() - 1 + 3);
        // Every name that is translated is one of a setting.
        assert!(NAMES.iter().all(|(name, _)| settings.get(name).is_some()));
    }

    #[test]
    fn a_network_says_which_weights_it_has() {
        let mut summary = test_data::summary();
        let network = json!({"weights": "ab12", "center_bias": "uniform", "scale": "1", "precision": "f32"});
        test_data::change(&mut summary, |plan| plan["models"][1]["network"] = network);
        let found: Vec<_> = models(&summary)
            .iter()
            .map(|model| pairs(&model.get_attr("rows").unwrap().try_iter().unwrap().collect::<Vec<_>>()))
            .collect();
        assert!(found[0].is_empty());
        assert!(found[1].contains(&["weights, SHA-256", "ab12"].map(str::to_owned)), "{found:?}");
    }
}
