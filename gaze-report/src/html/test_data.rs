//! A small summary for the tests: two models and a baseline, two groups with hostile names, three stimuli, one metric.

use serde_json::{Value, json};

use gaze_study::{
    Between, Comparison, Group, Measure, MeasureSummary, Number, Role, Score, Summary,
    metrics::{Metric, Profile},
};

/// Changes the plan of a summary as it would be stored.
pub(super) fn change(summary: &mut Summary, edit: impl FnOnce(&mut Value)) {
    let mut plan = serde_json::to_value(&summary.plan).unwrap();
    edit(&mut plan);
    summary.plan = serde_json::from_value(plan).unwrap();
}

const GROUPS: [&str; 2] = ["<b>group", "B"];

/// The second model is better on two of three stimuli and in the mean; the second group scores higher.
pub(super) fn summary() -> Summary {
    let measure = Measure { profile: Profile::Tuebingen, metric: Metric::Ig };
    let score = |model: &str, role, group: usize, values: [f64; 3]| {
        let values = values.map(|value| value + group as f64);
        let mean = values.iter().sum::<f64>() / 3.0;
        Score {
            model: model.to_owned(),
            role,
            group: GROUPS[group].to_owned(),
            mean: Some(Number(mean)),
            low: Some(Number(mean - 0.5)),
            high: Some(Number(mean + 0.5)),
            confidence: 0.95,
            count: 3,
            undefined: 0,
            not_applicable: 0,
            not_applicable_because: None,
            explained: None,
            values: (0..).zip(values).collect(),
        }
    };
    let of_both = |model: &'static str, role, values| [0, 1].map(|group| score(model, role, group, values));
    let scores = [
        of_both("m", Role::Model, [1.0, 2.0, 3.0]),
        of_both("n", Role::Model, [2.0, 4.0, 2.5]),
        of_both("uniform", Role::Baseline, [0.0, 0.0, 0.0]),
    ];
    let comparison = |between, within: &str, first: &str, second: &str| Comparison {
        measure,
        between,
        within: within.to_owned(),
        first: first.to_owned(),
        second: second.to_owned(),
        count: 3,
        mean: Some(Number(-1.0)),
        low: Some(Number(-1.5)),
        high: Some(Number(-0.5)),
        confidence: 0.95,
        p_value: Some(0.25),
        p_holm: Some(0.5),
        rank_biserial: Some(-1.0),
        cohens_dz: None,
        reason: None,
    };
    let plan = json!({
        "schema": 3, "dataset": "<i>data", "format": "table", "provenance": "recorded",
        "models": [{"name": "m"}, {"name": "n"}], "references": ["uniform"], "map_kind": "auto", "group_by": "dataset",
        "profiles": ["tuebingen"], "metrics": ["ig"], "baseline": "uniform", "center_bias_bandwidth": 0.03,
        "center_bias_uniform_share": 0.001, "sigma_px": null, "emd_downsize": 32, "similarity_samples": 100,
        "ceiling": false, "save": [], "zip": false,
    });
    Summary {
        schema: 3,
        gaze: "0.0.0",
        plan: serde_json::from_value(plan).unwrap(),
        fingerprint: "f00d".to_owned(),
        stimuli: 3,
        center_bias_stimuli: 3,
        center_bias_fixations: 30,
        groups: GROUPS
            .map(|group| Group {
                group: group.to_owned(),
                stimuli: 3,
                scanpaths: 6,
                fixations: 15,
                dropped_fixations: 0,
            })
            .to_vec(),
        metrics: vec![MeasureSummary::new(measure, "log_density", scores.into_iter().flatten().collect())],
        comparisons: vec![
            comparison(Between::Groups, "m", GROUPS[0], GROUPS[1]),
            comparison(Between::Groups, "n", GROUPS[0], GROUPS[1]),
            comparison(Between::Models, GROUPS[0], "m", "n"),
            comparison(Between::Models, GROUPS[1], "m", "n"),
        ],
        scanpaths: None,
        by_index: Vec::new(),
        calibration: Vec::new(),
        notes: Vec::new(),
        problems: Vec::new(),
    }
}
