//! The main job, from a dataset to its report.

use std::{
    fs,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use gaze_core::{Fixation, Fixations, LogDensity, Size};
use gaze_metrics::{
    EmdOptions, ExpectedSimilarity, GridReduction, KlVariant, NssVariant, ShuffledPool, ShuffledVariant, auc,
    auc_borji, auc_judd, blurred_map, cc, compare_paired, emd, information_gain, information_gain_mit, kl_divergence,
    kl_divergence_variant, log_likelihood, nss, nss_variant, shuffled_auc, shuffled_auc_variant, shuffled_ratio_map,
    sim, sim_map, sim_mit,
};
use gaze_targets::{Boundary, CenterBias, GaussianKernel, blur_fixations, empirical_map};
use ndarray::Array2;
use ndarray_npy::WriteNpyExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use tempfile::tempdir;

use crate::util::{MEASURES, contents, gaze_cli, repository, run, scores, value, write_saliency4asd};

const SIZE: Size = Size { height: 30, width: 40 };

/// Blur of the empirical map where the test sets it.
const SIGMA: f64 = 5.0;

/// The fixations of a scanpath file as [`write_saliency4asd`] writes them, converted by hand.
fn fixations(data: &Path, group: &str, id: u32) -> Fixations {
    let path = data.join(format!("TrainingData/{group}/{group}_scanpath_{id}.txt"));
    let text = fs::read_to_string(path).unwrap();
    let points = text.lines().skip(1).map(|line| {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        Fixation { x: fields[1] - 1.0, y: fields[2] - 1.0 }
    });
    Fixations::new(SIZE, points.collect()).unwrap()
}

/// A smooth density with its peak at the given pixel.
fn density(row: f64, column: f64) -> LogDensity<'static> {
    let weight = |(y, x): (usize, usize)| -((y as f64 - row).powi(2) + (x as f64 - column).powi(2)) / 90.0;
    LogDensity::normalize(Array2::from_shape_fn(SIZE.dim(), weight)).unwrap()
}

fn write_density(path: &Path, density: &LogDensity<'_>) {
    density.values().to_owned().write_npy(fs::File::create(path).unwrap()).unwrap();
}

#[test]
fn the_bundled_example_is_scored_and_says_that_its_gaze_is_simulated() {
    let out = tempdir().unwrap();
    let run = run(&repository("examples/photographs"), "center-bias", out.path(), &[]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("The gaze is SIMULATED"), "{}", run.stdout);
    let rows = scores(out.path());
    assert_eq!(rows.len(), 5 * MEASURES);
    assert!(rows.iter().all(|row| row["group"] == "simulated" && row["reason"].is_empty()));
    for name in ["astronaut.npy", "astronaut_heatmap.png", "rocket_overlay.png"] {
        assert!(out.path().join("maps").join(name).is_file(), "{name}");
    }
    let report = fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(report.contains("Simulated gaze."));
    for section in ["scores", "distributions", "stimuli", "calibration"] {
        let heading = report.split(&format!("id=\"{section}\"")).nth(1).unwrap_or_else(|| panic!("no {section}"));
        assert!(heading.split("</h2>").next().unwrap().contains("simulated gaze"), "{section}");
    }
    let stimuli: Vec<_> = report.split("<figure class=\"stimulus\">").skip(1).collect();
    assert_eq!(stimuli.len(), 5);
    assert!(stimuli.iter().all(|figure| figure.split("</figcaption>").next().unwrap().contains("simulated fixations")));
    let summary: Value = serde_json::from_slice(&fs::read(out.path().join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["settings"]["provenance"], "simulated");
}

/// The page without the one program that belongs to it.
#[track_caller]
fn without_its_program(report: &str) -> String {
    let (before, rest) = report.split_once("<script type=\"module\">").unwrap();
    let (program, after) = rest.split_once("</script>").unwrap();
    assert!(program.contains("class Regions"), "{program}");
    for reach in ["fetch(", "import(", "import ", "XMLHttpRequest", "WebSocket", "innerHTML", "eval("] {
        assert!(!program.contains(reach), "{reach}");
    }
    format!("{before}{after}")
}

#[test]
fn the_report_needs_nothing_but_itself() {
    let out = tempdir().unwrap();
    run(&repository("examples/photographs"), "uniform", out.path(), &["--save", "none"]);
    let report = fs::read_to_string(out.path().join("report.html")).unwrap();
    for reference in ["http://", "https://", "url(", "@import", "<link", "<iframe", "<object"] {
        assert!(!report.contains(reference), "{reference}");
    }
    let report = without_its_program(&report);
    assert!(!report.contains("<script"));
    // Without stored densities regions have no shares.
    assert_eq!((report.matches("class=\"explore\"").count(), report.matches("data-shares=\"\"").count()), (5, 5));
    let values = |attribute: &'static str| {
        report.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    let (pictures, places): (Vec<_>, Vec<_>) =
        values(" src=\"").chain(values(" href=\"")).partition(|value| value.starts_with("data:image/jpeg;base64,"));
    assert_eq!(pictures.len(), 5);
    for place in places {
        let id = place.strip_prefix('#').unwrap_or_else(|| panic!("{place} is not on the page"));
        assert_eq!(report.matches(&format!(" id=\"{id}\"")).count(), 1, "{place}");
    }
}

#[test]
fn the_report_shows_the_best_and_the_worst_stimuli_in_their_order() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 10);
    let out = folder.path().join("out");
    let run = run(folder.path(), "center-bias:gaussian", &out, &["--metrics", "nss", "--profile", "tuebingen"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let rows = scores(&out);
    let mean = |id: &u32| -> f64 {
        let of_group = |group| value(&rows, &id.to_string(), group, "tuebingen/nss").parse::<f64>().unwrap();
        (of_group("ASD") + of_group("TD")) / 2.0
    };
    let mut ids: Vec<u32> = (1..=10).collect();
    ids.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    let ranked = |(id, rank): (&u32, usize)| format!("{id} {rank} of 10");
    let expected: Vec<String> = ids.iter().zip(1..).map(ranked).collect();
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    let shown = report.split("<figure class=\"stimulus\"><figcaption><strong>").skip(1).map(|figure| {
        let (key, rest) = figure.split_once("</strong> · ").unwrap();
        format!("{key} {}", rest.split(" · ").next().unwrap())
    });
    assert_eq!(shown.collect::<Vec<_>>(), [&expected[..4], &expected[6..]].concat());
    // Picture, fixations on it, prediction, and where it differs from the gaze and the groups from each other.
    assert_eq!(report.matches("role=\"img\" aria-label=\"Prediction: ").count(), 8);
    assert_eq!(report.matches("role=\"img\" aria-label=\"Difference: ").count(), 16);
    // The stored densities of the eight stimuli, in cells.
    let shares = report.split("data-shares=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let sums: Vec<f64> =
        shares.map(|shares| shares.split(' ').map(|share| share.parse::<f64>().unwrap()).sum()).collect();
    assert_eq!(sums.len(), 8);
    // Each of 40 × 30 cells is rounded by half of a ten-millionth at most.
    assert!(sums.iter().all(|sum| (sum - 1e7).abs() <= 600.0), "{sums:?}");
}

#[test]
fn names_from_data_are_text_on_the_page() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    let hostile = "<script>alert(1)&\"'";
    let mut table = csv::Writer::from_path(folder.path().join("fixations.csv")).unwrap();
    table.write_record(["image", "x", "y", "group"]).unwrap();
    for id in 1..=3u32 {
        let name = format!("{hostile}{id}.png");
        image::RgbImage::new(20, 10).save(folder.path().join("images").join(&name)).unwrap();
        for (group, x) in [("<b onclick='x'>", 3 * id), ("TD\"><u>", 19 - 4 * id)] {
            table.write_record([&name, &x.to_string(), "4", group]).unwrap();
            table.write_record([&name, "9", "5", group]).unwrap();
        }
    }
    drop(table);
    let described = serde_json::json!({"name": "</title><script>", "pixels_per_degree": 3});
    fs::write(folder.path().join("dataset.json"), described.to_string()).unwrap();
    let out = folder.path().join("out");
    let more = ["--references", "uniform,center-bias,groups", "--metrics", "auc,ig", "--profile", "tuebingen"];
    let run = run(folder.path(), "center-bias:gaussian,uniform", &out, &more);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let report = without_its_program(&fs::read_to_string(out.join("report.html")).unwrap());
    for markup in ["<script", "<b ", "<u>", "onclick='", "alert(1)&\""] {
        assert!(!report.contains(markup), "{markup}");
    }
    // As a stimulus, as a group, as the dataset.
    for text in ["&lt;script&gt;alert(1)&amp;", "&lt;b onclick=", "title&gt;&lt;script&gt;"] {
        assert!(report.contains(text), "{text}");
    }
}

#[test]
fn scores_are_those_of_the_library() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    for id in 1..=3 {
        write_density(&maps.join(format!("{id}.npy")), &density(f64::from(5 * id), f64::from(10 * id)));
    }
    let out = folder.path().join("out");
    let settings = ["--emd-downsize", "8", "--sigma-px", "5"];
    let run = run(folder.path(), &format!("precomputed:{}", maps.display()), &out, &settings);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let rows = scores(&out);
    assert_eq!(rows.len(), 3 * 2 * MEASURES);

    let pooled: Vec<Fixations> = (1..=3)
        .map(|id| {
            Fixations::concatenate(SIZE, [&fixations(folder.path(), "ASD", id), &fixations(folder.path(), "TD", id)])
        })
        .map(Result::unwrap)
        .collect();
    let center_bias = CenterBias::new(&pooled, 0.03, 0.001).unwrap();
    let pool = ShuffledPool::new(&pooled);
    for id in 1..=3u32 {
        let density = density(f64::from(5 * id), f64::from(10 * id));
        let baseline = center_bias.without(id as usize - 1, SIZE).unwrap();
        let others = pool.without(id as usize - 1, SIZE);
        for group in ["ASD", "TD"] {
            let fixations = fixations(folder.path(), group, id);
            let map = density.to_saliency_map();
            let empirical = empirical_map(&fixations, &GaussianKernel::new(SIGMA).unwrap()).unwrap();
            let blurred = blurred_map(&density, SIGMA).unwrap();
            let experiment = ExpectedSimilarity { fixations: 8, sigma_px: SIGMA, samples: 100 };
            let most_similar = sim_map(&density, experiment, &mut ChaCha8Rng::seed_from_u64(0x6761_7a65)).unwrap();
            let ratio = shuffled_ratio_map(&density, &baseline).unwrap();
            let reduced = |reduction| EmdOptions { reduction, ..EmdOptions::default() };
            let area = reduced(GridReduction::Area { factor: 8 });
            let matlab = reduced(GridReduction::Matlab { factor: 8 });
            let expected = [
                ("tuebingen/auc", auc(&map, &fixations)),
                ("tuebingen/sauc", shuffled_auc(&ratio, &fixations, &others)),
                ("tuebingen/nss", nss(&map, &fixations)),
                ("tuebingen/ig", information_gain(&density, &baseline, &fixations)),
                ("tuebingen/ll_nats", log_likelihood(&density, &fixations)),
                ("tuebingen/cc", cc(&blurred, &empirical)),
                ("tuebingen/sim", sim(&most_similar, &empirical)),
                ("tuebingen/kl", kl_divergence(&blurred, &empirical)),
                ("tuebingen/emd", emd(&map, &empirical, &area)),
                ("mit/auc_judd", auc_judd(&map, &fixations)),
                ("mit/auc_borji", auc_borji(&map, &fixations)),
                ("mit/sauc", shuffled_auc_variant(&map, &fixations, &others, ShuffledVariant::Expected)),
                ("mit/nss", nss_variant(&map, &fixations, NssVariant::Mit)),
                ("mit/ig", information_gain_mit(&map, &baseline.to_saliency_map(), &fixations)),
                ("mit/cc", cc(&map, &empirical)),
                ("mit/sim", sim_mit(&map, &empirical)),
                ("mit/kl", kl_divergence_variant(&map, &empirical, KlVariant::Mit)),
                ("mit/emd", emd(&map, &empirical, &matlab)),
            ];
            assert_eq!(expected.len(), MEASURES);
            for (measure, expected) in expected {
                assert_eq!(value(&rows, &id.to_string(), group, measure), expected.unwrap().to_string(), "{measure}");
            }
        }
    }
}

#[test]
fn the_chosen_profiles_and_metrics_are_computed_in_the_order_of_tables() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let out = folder.path().join("out");
    let run = run(
        folder.path(),
        "center-bias",
        &out,
        &["--profile", "mit,tuebingen", "--metrics", "nss,auc-judd,ll,auc", "--quiet"],
    );
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let measures: Vec<_> = scores(&out)
        .iter()
        .filter(|row| row["stimulus"] == "2" && row["group"] == "TD")
        .map(|row| [&row["profile"], &row["metric"], &row["variant"]].map(String::clone).join(" "))
        .collect();
    let expected = [
        "tuebingen auc pysaliency_uniform",
        "tuebingen nss pysaliency",
        "tuebingen ll_nats log_density",
        "mit auc_judd mit_expected",
        "mit nss mit",
    ];
    assert_eq!(measures, expected);
}

#[test]
fn every_observer_is_predicted_from_the_others_and_the_center_bias() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let out = folder.path().join("out");
    let options = ["--references", "gold-standard", "--ceiling", "--sigma-px", "5", "--emd-downsize", "8"];
    let run = run(folder.path(), "center-bias", &out, &options);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let rows = scores(&out);
    assert_eq!(rows.len(), 2 * 2 * 2 * MEASURES);
    assert!(rows.iter().all(|row| row["reason"].is_empty()));

    let all = |id| ["ASD", "TD"].map(|group| fixations(folder.path(), group, id));
    let pooled = [1, 2].map(|id| Fixations::concatenate(SIZE, &all(id)).unwrap());
    let center_bias = CenterBias::new(&pooled, 0.03, 0.001).unwrap().without(1, SIZE).unwrap();
    // Two observers of four fixations each on the second image.
    let group = fixations(folder.path(), "TD", 2);
    let subjects =
        [&group.points()[..4], &group.points()[4..]].map(|points| Fixations::new(SIZE, points.to_vec()).unwrap());
    let gains = [[0, 1], [1, 0]].map(|[other, left_out]| {
        let mut weights = blur_fixations(&subjects[other], &GaussianKernel::new(5.0).unwrap(), Boundary::Reflect) / 8.0;
        weights.zip_mut_with(&center_bias.values(), |weight, habit| *weight += 0.5 * habit.exp());
        let density = LogDensity::from_weights(weights).unwrap();
        information_gain(&density, &center_bias, &subjects[left_out]).unwrap()
    });
    let found = rows.iter().find(|row| {
        [&row["stimulus"], &row["group"], &row["model"], &row["profile"], &row["metric"]].map(String::as_str)
            == ["2", "TD", "gold-standard", "tuebingen", "ig"]
    });
    let found: f64 = found.unwrap()["value"].parse().unwrap();
    // The mean of two sums in another order.
    assert!((found - (gains[0] + gains[1]) / 2.0).abs() < 1e-12, "{found} {gains:?}");
    assert!(run.stdout.contains("gold-standard"), "{}", run.stdout);
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("class=\"reference r0\""));
}

#[test]
fn two_groups_are_compared_and_the_report_says_how() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 6);
    let out = folder.path().join("out");
    let run = run(folder.path(), "center-bias:gaussian", &out, &["--metrics", "nss,auc"]);
    let rows = scores(&out);
    let values = |group: &str| -> Vec<f64> {
        (1..=6).map(|id| value(&rows, &id.to_string(), group, "tuebingen/nss").parse().unwrap()).collect()
    };
    let random = &mut ChaCha8Rng::seed_from_u64(0x6761_7a65);
    let expected = compare_paired(&values("ASD"), &values("TD"), 10_000, 0.95, random).unwrap();
    let summary: Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    let comparisons = summary["comparisons"].as_array().unwrap();
    // AUC and NSS in one profile, NSS in the other.
    assert_eq!(comparisons.len(), 3);
    let nss = &comparisons[1];
    assert_eq!([&nss["metric"], &nss["profile"], &nss["first"]], ["nss", "tuebingen", "ASD"]);
    assert_eq!(nss["mean"], expected.difference.mean);
    assert_eq!(nss["p_value"], expected.signed_rank.p_value);
    assert_eq!(nss["rank_biserial"], expected.signed_rank.rank_biserial());
    assert!(run.stdout.contains("ASD − TD"), "{}", run.stdout);
    assert!(fs::read_to_string(out.join("report.html")).unwrap().contains("Groups compared"));
}

#[test]
fn the_baselines_score_what_they_must() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 4);
    let uniform = folder.path().join("uniform");
    assert_eq!(run(folder.path(), "uniform", &uniform, &["--baseline", "uniform"]).status, 0);
    for row in scores(&uniform) {
        match (row["profile"].as_str(), row["metric"].as_str()) {
            ("tuebingen", "auc" | "sauc") => assert_eq!(row["value"], "0.5"),
            ("tuebingen", "nss" | "ig") => assert_eq!(row["value"], "0"),
            ("tuebingen", _) | ("mit", "auc_judd" | "kl" | "emd") => assert_eq!(row["reason"], ""),
            _ => assert_eq!(row["reason"], "not applicable: the prediction is constant"),
        }
    }
    let center_bias = folder.path().join("center-bias");
    run(folder.path(), "center-bias", &center_bias, &[]);
    let gains: Vec<_> = scores(&center_bias).into_iter().filter(|row| row["metric"] == "ig").collect();
    assert_eq!(gains.len(), 16);
    assert!(gains.iter().all(|row| row["value"] == "0"), "the baseline gains nothing over itself");
}

#[test]
fn scores_without_probabilities_have_no_information_gain_and_that_is_no_failure() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    for id in 1..=2 {
        image::GrayImage::from_fn(40, 30, |x, _| image::Luma([u8::try_from(x).unwrap()]))
            .save(maps.join(format!("{id}.png")))
            .unwrap();
    }
    let out = folder.path().join("out");
    let run = run(folder.path(), &format!("precomputed:{}", maps.display()), &out, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    for row in scores(&out) {
        let missing = row["profile"] == "tuebingen" && ["ig", "ll_nats"].contains(&row["metric"].as_str());
        assert_eq!(row["value"].is_empty(), missing);
        assert_eq!(row["reason"].starts_with("not applicable: "), missing);
    }
}

#[test]
fn a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 400);
    let undisturbed = folder.path().join("undisturbed");
    assert_eq!(run(folder.path(), "center-bias", &undisturbed, &["--threads", "2"]).status, 0);

    let killed = folder.path().join("killed");
    let mut command = gaze_cli();
    command
        .args(["run", "--model", "center-bias", "--threads", "1", "--references", "none", "--data"])
        .arg(folder.path());
    let mut child = command.arg("--out").arg(&killed).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let done = || fs::read_dir(killed.join("parts")).map_or(0, Iterator::count);
    let start = Instant::now();
    while done() < 20 {
        assert!(start.elapsed() < Duration::from_secs(60), "the run does not get going");
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!killed.join("scores.csv").exists(), "it was not killed in the middle");

    let resumed = run(folder.path(), "center-bias", &killed, &["--threads", "2"]);
    assert_eq!(resumed.status, 0);
    assert!(resumed.stderr.contains("of 400 stimuli were done by an earlier run"), "{}", resumed.stderr);
    let (expected, found) = (contents(&undisturbed), contents(&killed));
    assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, bytes) in &expected {
        assert!(found[path] == *bytes, "{} differs", path.display());
    }
}

#[test]
fn a_finished_run_is_not_done_again_unless_an_input_changed() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let out = folder.path().join("out");
    run(folder.path(), "uniform", &out, &["--baseline", "uniform"]);
    let before = contents(&out);
    let again = run(folder.path(), "uniform", &out, &["--baseline", "uniform"]);
    assert!(again.stderr.contains("3 of 3 stimuli were done by an earlier run"), "{}", again.stderr);
    assert_eq!(contents(&out), before);

    fs::copy(folder.path().join("TrainingData/Images/1.png"), folder.path().join("TrainingData/Images/2.png")).unwrap();
    let changed = run(folder.path(), "uniform", &out, &["--baseline", "uniform"]);
    assert!(changed.stderr.contains("2 of 3 stimuli were done by an earlier run"), "{}", changed.stderr);
}

/// Spoils a dataset of six images, runs it, and checks that the problem is named, that exit says so, and that nothing
/// else suffered.
#[track_caller]
fn check_bad_input(spoil: impl Fn(&Path), message: &str, without_value: usize) {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 6);
    spoil(&folder.path().join("TrainingData"));
    let out = folder.path().join("out");
    let run = run(folder.path(), "center-bias:gaussian", &out, &[]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains(message), "{}", run.stderr);
    let rows = scores(&out);
    assert_eq!(rows.len(), 6 * 2 * MEASURES);
    assert_eq!(rows.iter().filter(|row| row["value"].is_empty()).count(), without_value);
    for row in rows {
        assert_eq!(row["value"].is_empty(), !row["reason"].is_empty());
    }
    let summary = fs::read_to_string(out.join("summary.json")).unwrap();
    assert!(summary.contains(&message.replace('"', "\\\"")), "{summary}");
}

#[test]
fn a_truncated_image_is_named_and_the_others_are_scored() {
    let truncate = |data: &Path| {
        let path = data.join("Images/3.png");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    };
    check_bad_input(
        truncate,
        "stimulus 3: TrainingData/Images/3.png: the file ends before the picture does",
        2 * MEASURES,
    );
}

#[test]
fn a_letter_in_a_number_is_named_with_its_line() {
    let spoil = |data: &Path| {
        let path = data.join("ASD/ASD_scanpath_2.txt");
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().enumerate().map(|(i, l)| if i == 3 { "2,3o,4,100" } else { l }).collect();
        fs::write(&path, lines.join("\r\n")).unwrap();
    };
    check_bad_input(spoil, "TrainingData/ASD/ASD_scanpath_2.txt:4: x should be a number, found \"3o\"", MEASURES);
}

#[test]
fn an_empty_scanpath_file_is_named() {
    let empty = |data: &Path| fs::write(data.join("TD/TD_scanpath_5.txt"), "").unwrap();
    check_bad_input(empty, "TrainingData/TD/TD_scanpath_5.txt holds no fixation", MEASURES);
    let header_only = |data: &Path| fs::write(data.join("TD/TD_scanpath_5.txt"), "Idx, x, y, duration\r\n").unwrap();
    check_bad_input(header_only, "TrainingData/TD/TD_scanpath_5.txt holds no fixation", MEASURES);
}

#[test]
fn a_fixation_outside_its_image_is_named_and_only_it_is_left_out() {
    let spoil = |data: &Path| {
        let path = data.join("TD/TD_scanpath_1.txt");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}0,41,5,80\r\n")).unwrap();
    };
    let message = "TrainingData/TD/TD_scanpath_1.txt:10: the fixation at x = 41, y = 5 (0-based x = 40, y = 4) lies \
                   outside the image of 30x40 (height x width) pixels; it is left out";
    check_bad_input(spoil, message, 0);
}

#[test]
fn a_missing_image_and_a_missing_scanpath_file_are_named() {
    let image = |data: &Path| fs::remove_file(data.join("Images/4.png")).unwrap();
    check_bad_input(image, "stimulus 4 has no image in TrainingData/Images", 2 * MEASURES);
    let scanpath = |data: &Path| fs::remove_file(data.join("ASD/ASD_scanpath_4.txt")).unwrap();
    check_bad_input(scanpath, "TrainingData/ASD/ASD_scanpath_4.txt does not exist", MEASURES);
}

#[test]
fn a_map_of_another_size_is_not_stretched() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    write_density(&maps.join("1.npy"), &density(3.0, 3.0));
    write_density(&maps.join("2.npy"), &LogDensity::uniform(Size { height: 40, width: 30 }).unwrap());
    let out = folder.path().join("out");
    let run = run(folder.path(), &format!("precomputed:{}", maps.display()), &out, &[]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("stimulus 2: the map is 40x30, the image 30x40 (height x width)"), "{}", run.stderr);
    assert!(!value(&scores(&out), "1", "ASD", "tuebingen/auc").is_empty());
}

#[test]
fn maps_alone_can_be_scored_where_images_are_missing() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let maps = folder.path().join("maps");
    fs::create_dir(&maps).unwrap();
    for id in 1..=2 {
        write_density(&maps.join(format!("{id}.npy")), &density(3.0, 3.0));
    }
    fs::remove_file(folder.path().join("TrainingData/Images/2.png")).unwrap();
    let out = folder.path().join("out");
    let run = run(folder.path(), &format!("precomputed:{}", maps.display()), &out, &[]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(!value(&scores(&out), "2", "TD", "tuebingen/ig").is_empty());
    assert!(out.join("maps/2_heatmap.png").is_file() && !out.join("maps/2_overlay.png").exists());
}

#[test]
fn a_damaged_map_is_made_again_and_a_stimulus_that_is_gone_leaves_nothing() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 3);
    let out = folder.path().join("out");
    run(folder.path(), "uniform", &out, &["--baseline", "uniform"]);
    let before = contents(&out);
    fs::write(out.join("maps/2.npy"), "").unwrap();
    run(folder.path(), "uniform", &out, &["--baseline", "uniform"]);
    assert_eq!(contents(&out), before);

    for file in ["Images/3.png", "ASD/ASD_scanpath_3.txt", "TD/TD_scanpath_3.txt"] {
        fs::remove_file(folder.path().join("TrainingData").join(file)).unwrap();
    }
    run(folder.path(), "uniform", &out, &["--baseline", "uniform"]);
    let fresh = folder.path().join("fresh");
    run(folder.path(), "uniform", &fresh, &["--baseline", "uniform"]);
    assert_eq!(contents(&out), contents(&fresh));
}
