//! Wrong arguments, other people's folders, help.

use std::{
    fs,
    io::Read,
    process::{Command, Stdio},
};

use tempfile::tempdir;

use crate::util::{Run, contents, gaze_cli, repository, run, write_saliency4asd};

fn gaze(arguments: &[&str]) -> Run {
    gaze_cli().args(arguments).output().unwrap().into()
}

/// Runs with a dataset of two images and checks that nothing was done, and why.
#[track_caller]
fn check_fatal(model: &str, more: &[&str], message: &str) {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let out = folder.path().join("out");
    let run = run(folder.path(), model, &out, more);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(!out.exists());
}

#[test]
fn a_missing_folder_is_fatal_and_named() {
    let out = tempdir().unwrap();
    let run = run(&repository("no/such/folder"), "uniform", out.path(), &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.starts_with("gaze: --data: ") && run.stderr.contains("no/such/folder does not exist"));
    check_fatal("precomputed:no/such/maps", &[], "no/such/maps does not exist");
}

#[test]
fn wrong_values_are_named_with_what_would_be_right() {
    check_fatal(
        "deepgaze",
        &[],
        "choose gaze-lite, deepgaze-i, deepgaze-iie, deepgaze-iii, deepgaze-msdb, FILE.safetensors, FILE.onnx, FILE.pt, uniform, center-bias:gaussian, FILE.json, center-bias or precomputed:DIR",
    );
    check_fatal(
        "uniform",
        &["--metrics", "auc,wrong"],
        "[possible values: all, auc_judd, auc, auc_borji, sauc, nss, ig, ll_nats, cc, sim, kl, emd]",
    );
    check_fatal("uniform", &["--profile", "mit", "--metrics", "auc"], "--metrics: auc: profile mit has no such metric");
    check_fatal(
        "uniform",
        &["--emd-downsize", "0"],
        "--emd-downsize: a cell of the earth mover's distance must be at least 1 pixel",
    );
    check_fatal("uniform", &["--sigma-px", "-3"], "--sigma-px: sigma must be positive");
    check_fatal("uniform", &["--pixels-per-degree", "0"], "--pixels-per-degree: pixels per degree must be a positive");
    check_fatal("uniform", &["--map-kind", "percentile"], "--map-kind is about precomputed maps");
    check_fatal(
        "uniform",
        &["--map-name", "{stem}_map"],
        "--map-name is about precomputed maps, and --model names none",
    );
    check_fatal("uniform", &["--variable", "map"], "--variable is about precomputed maps, and --model names none");
    check_fatal("uniform", &["--save", "none,overlay"], "--save none goes with no other kind of map");
    check_fatal("uniform", &["--threads", "0"], "0 is not in 1..=1024");
    check_fatal("uniform", &["--format", "osie"], "is no dataset of a known format");
}

#[test]
fn a_dataset_without_pixels_per_degree_asks_for_them_when_they_are_needed() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    image::RgbImage::new(20, 10).save(folder.path().join("images/a.png")).unwrap();
    fs::write(folder.path().join("fixations.csv"), "image,x,y\na.png,1,2\n").unwrap();
    let out = folder.path().join("out");
    let refused = run(folder.path(), "uniform", &out, &[]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("give --pixels-per-degree or --sigma-px"), "{}", refused.stderr);
    let few = run(folder.path(), "uniform", &out, &["--metrics", "auc,nss", "--save", "none"]);
    assert_eq!(few.status, 0, "{}", few.stderr);
}

#[test]
fn a_folder_with_other_files_is_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("scores.csv"), "precious").unwrap();
    for more in [&[][..], &["--overwrite"]] {
        let run = run(&repository("examples/photographs"), "uniform", folder.path(), more);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains("is not empty (\"scores.csv\" lies in it) and holds no run"), "{}", run.stderr);
    }
    assert_eq!(fs::read_to_string(folder.path().join("scores.csv")).unwrap(), "precious");
}

#[test]
fn another_run_is_replaced_only_on_request() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let out = folder.path().join("out");
    run(folder.path(), "uniform", &out, &[]);
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let before = contents(&out);
    let refused = run(folder.path(), "center-bias", &out, &[]);
    assert_eq!(refused.status, 2);
    let message = "holds another run (models is uniform there and center-bias now); name another --out, or \
                   replace it with --overwrite";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    assert_eq!(contents(&out), before);
    let replaced = run(folder.path(), "center-bias", &out, &["--overwrite", "--save", "none"]);
    assert_eq!(replaced.status, 0, "{}", replaced.stderr);
    assert!(!out.join("maps/1.npy").exists(), "the other run's maps are gone");
    assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn a_file_in_place_of_the_output_folder_is_named() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    fs::write(&out, "a file").unwrap();
    let run = run(&repository("examples/photographs"), "uniform", &out, &[]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.starts_with("gaze: --out: "), "{}", run.stderr);
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let out = tempdir().unwrap();
    let run = run(&repository("examples/photographs"), "uniform", out.path(), &["--quiet", "--save", "none"]);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
}

#[test]
fn models_are_listed_with_what_they_run_on() {
    let run = gaze(&["models"]);
    assert_eq!(run.status, 0);
    for name in ["uniform", "center-bias", "center-bias:gaussian", "precomputed:DIR", "Networks run on: "] {
        assert!(run.stdout.contains(name), "{name}");
    }
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    let run = gaze(&["run", "--help"]);
    assert_eq!(run.status, 0);
    for text in ["Examples:", "gaze-cli run --data", "Exit status: 0 all done; 1 done, but"] {
        assert!(run.stdout.contains(text), "{text}");
    }
    assert_eq!(gaze(&[]).status, 2);
}

/// Every command, as the program lists them.
fn commands() -> Vec<String> {
    let help = gaze(&["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).filter(|name| name != "help").collect()
}

#[test]
fn every_command_has_examples_in_its_help() {
    assert!(commands().len() >= 12, "{:?}", commands());
    for command in commands() {
        let help = gaze(&[&command, "--help"]);
        assert!(help.stdout.contains("Examples:\n  gaze-cli "), "{command}: {}", help.stdout);
    }
    assert!(gaze(&["--help"]).stdout.contains("Examples:\n  gaze-cli "));
}

#[test]
fn examples_in_the_help_are_understood() {
    for command in commands() {
        let help = gaze(&[&command, "--help"]).stdout;
        let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        let examples =
            examples.take_while(|line| line.starts_with("  ")).collect::<Vec<_>>().join("\n").replace("\\\n", " ");
        for example in examples.lines() {
            let ours =
                example.split(" | ").map(str::trim).find(|part| part.starts_with("gaze-cli ")).unwrap_or(example);
            let words = ours.split(" > ").next().and_then(|line| line.split(" # ").next()).unwrap_or_default();
            // Every second piece between quotes is one word.
            let words = words.split('"').enumerate().flat_map(|(piece, text)| match piece % 2 {
                0 => text.split_whitespace().collect(),
                _ => vec![text],
            });
            let words: Vec<&str> = words.skip(1).map(|word| word.trim_matches('\'')).collect();
            let folder = tempdir().unwrap();
            let run: Run = gaze_cli().current_dir(folder.path()).args(&words).output().unwrap().into();
            // Its files are not here; that is all that may be wrong.
            assert!(!run.stderr.contains("For more information, try '--help'"), "{example}: {}", run.stderr);
        }
    }
}

#[test]
fn metrics_are_explained_under_the_names_that_run_takes() {
    let list = gaze(&["metrics"]).stdout;
    let names: Vec<&str> = list.lines().skip(1).map_while(|line| line.split_whitespace().next()).collect();
    let wrong = gaze(&["run", "--data", "x", "--model", "uniform", "--out", "x", "--metrics", "wrong"]).stderr;
    assert!(wrong.contains(&format!("[possible values: all, {}]", names.join(", "))), "{wrong}");

    let json: serde_json::Value = serde_json::from_str(&gaze(&["metrics", "--json"]).stdout).unwrap();
    let metrics = json["metrics"].as_array().unwrap();
    assert_eq!((&json["schema"], metrics.len()), (&1.into(), names.len()));
    let page = fs::read_to_string(repository("docs/METRICS.md")).unwrap();
    for metric in metrics {
        let name = metric["name"].as_str().unwrap();
        let one = gaze(&["metrics", name]).stdout;
        for field in ["label", "meaning", "needs", "reference"] {
            let value = metric[field].as_str().unwrap();
            assert!(!value.is_empty() && one.contains(value), "{name} {field}: {one}");
        }
        for variant in metric["variants"].as_array().unwrap() {
            assert!(one.contains(&format!("\n  {} ", variant["name"].as_str().unwrap())), "{name}: {one}");
        }
        assert!(page.contains(name), "docs/METRICS.md tells of {name}");
    }
    assert_eq!(gaze(&["metrics", "ll"]).stdout, gaze(&["metrics", "ll_nats"]).stdout);
    assert_eq!(gaze(&["metrics", "kl", "--json"]).stdout.matches("\"reference\"").count(), 1);
    assert!(gaze(&["metrics", "emd"]).stdout.contains("0 or more cells; lower is better"));
    let definitions = gaze(&["metrics", "nss"]).stdout;
    assert!(definitions.contains("\n  unique_ddof0 ") && !definitions.contains("exact_area"), "{definitions}");
    let unknown = gaze(&["metrics", "mse"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("invalid value 'mse'"), "{}", unknown.stderr);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("man1");
    let run = gaze(&["man", "--out", out.to_str().unwrap()]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let pages = contents(&out);
    let mut expected: Vec<String> = commands().iter().map(|command| format!("gaze-cli-{command}.1")).collect();
    expected.push("gaze-cli.1".to_owned());
    expected.sort();
    let mut found: Vec<String> = pages.keys().map(|path| path.to_str().unwrap().to_owned()).collect();
    found.sort();
    assert_eq!(found, expected);
    for (name, page) in &pages {
        let page = String::from_utf8(page.clone()).unwrap();
        assert!(page.contains(".TH ") && page.contains("Examples:"), "{}", name.display());
    }
    let score = gaze(&["man", "score"]).stdout;
    assert_eq!(score.as_bytes(), pages[std::path::Path::new("gaze-cli-score.1")]);
    assert_eq!(gaze(&["man"]).stdout.as_bytes(), pages[std::path::Path::new("gaze-cli.1")]);
    let wrong = gaze(&["man", "nonsense"]);
    assert_eq!(wrong.status, 2);
    assert!(wrong.stderr.contains("there is no such command; choose one of run, "), "{}", wrong.stderr);
}

#[test]
fn shells_learn_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = gaze(&["completions", shell]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{shell}");
        for word in ["gaze-cli", "score", "require"] {
            assert!(run.stdout.contains(word), "{shell} {word}");
        }
    }
    assert_eq!(gaze(&["completions", "cmd"]).status, 2);
}

#[test]
fn colors_can_be_turned_off() {
    let help = |variables: &[(&str, &str)]| -> Run {
        let mut command = gaze_cli();
        command.env_remove("NO_COLOR").envs(variables.iter().copied());
        command.arg("--help").output().unwrap().into()
    };
    let forced = [("CLICOLOR_FORCE", "1"), ("TERM", "xterm-256color")];
    assert!(help(&forced).stdout.contains('\u{1b}'), "there are colors to turn off");
    assert!(!help(&[("NO_COLOR", "1"), forced[1]]).stdout.contains('\u{1b}'));
    assert!(!help(&[]).stdout.contains('\u{1b}'), "none where nobody looks");
}

#[test]
fn a_reader_that_had_enough_is_no_failure() {
    for command in [&["models"][..], &["metrics"], &["completions", "bash"], &["man"], &PREDICT] {
        check_closed_pipe(command);
    }
}

const PREDICT: [&str; 6] =
    ["predict", "examples/photographs/images/rocket.jpg", "--model", "center-bias:gaussian", "--out", "-"];

#[track_caller]
fn check_closed_pipe(arguments: &[&str]) {
    let mut command: Command = gaze_cli();
    command.current_dir(repository(""));
    let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "");
}

#[test]
fn overwriting_removes_what_the_run_wrote_and_nothing_else() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let out = folder.path().join("out");
    run(folder.path(), "uniform", &out, &[]);
    for mine in ["maps/1_edited.png", "maps/figures/a.pdf", "parts/mine.txt", "notes.txt"] {
        fs::create_dir_all(out.join(mine).parent().unwrap()).unwrap();
        fs::write(out.join(mine), mine).unwrap();
    }
    let replaced = run(folder.path(), "center-bias", &out, &["--overwrite", "--save", "heatmap"]);
    assert_eq!(replaced.status, 0, "{}", replaced.stderr);
    for mine in ["maps/1_edited.png", "maps/figures/a.pdf", "parts/mine.txt", "notes.txt"] {
        assert_eq!(fs::read_to_string(out.join(mine)).unwrap(), mine);
    }
    assert!(!out.join("maps/1.npy").exists() && out.join("maps/1_heatmap.png").exists());
}

#[test]
fn one_process_at_a_time_writes_to_a_folder() {
    let folder = tempdir().unwrap();
    write_saliency4asd(folder.path(), 2);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let lock = fs::File::open(&out).unwrap();
    lock.lock().unwrap();
    let refused = run(folder.path(), "uniform", &out, &[]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.starts_with("gaze: another gaze-cli is writing to "), "{}", refused.stderr);
    lock.unlock().unwrap(); // dropping it would not do while another test is between fork and exec
    assert_eq!(run(folder.path(), "uniform", &out, &[]).status, 0);
}

#[test]
fn names_from_data_do_not_steer_the_terminal() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    image::RgbImage::new(20, 10).save(folder.path().join("images/a.png")).unwrap();
    fs::write(folder.path().join("fixations.csv"), "image,x,y,group\na.png,1,2,\u{1b}[31mred\n").unwrap();
    let name = "{\"name\": \"two\\nlines\", \"pixels_per_degree\": 3}";
    fs::write(folder.path().join("dataset.json"), name).unwrap();
    let out = folder.path().join("out");
    let run = run(folder.path(), "uniform", &out, &["--save", "none"]);
    assert!(run.stdout.starts_with("two\u{fffd}lines · uniform"), "{}", run.stdout);
    let report = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!run.stdout.contains('\u{1b}') && !report.contains('\u{1b}'));
}

#[test]
fn a_name_that_is_too_long_for_the_file_system_is_shortened() {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("images")).unwrap();
    let name = "ж".repeat(60);
    image::RgbImage::new(20, 10).save(folder.path().join(format!("images/{name}.png"))).unwrap();
    fs::write(folder.path().join("fixations.csv"), format!("image,x,y\n{name}.png,1,2\n")).unwrap();
    let out = folder.path().join("out");
    let alone = run(folder.path(), "uniform", &out, &["--sigma-px", "2"]);
    assert_eq!(alone.status, 1);
    assert_eq!(
        alone.stderr,
        "gaze: sAUC (tuebingen), IG (tuebingen), sAUC (mit), IG (mit) have no value in 1 case; scores.csv says why\n",
        "there is no center bias of others"
    );
    let uniform = folder.path().join("uniform");
    let alone = ["--sigma-px", "2", "--baseline", "uniform", "--metrics", "auc,auc_judd,nss,ig,ll,cc,sim,kl,emd"];
    let run = run(folder.path(), "uniform", &uniform, &alone);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}

/// Runs with the content of a file as standard input.
fn gaze_with(folder: &std::path::Path, input: &str, arguments: &[&str]) -> std::process::Output {
    let input = fs::File::open(folder.join(input)).unwrap();
    gaze_cli().current_dir(folder).args(arguments).stdin(input).output().unwrap()
}

#[test]
fn a_picture_is_predicted_from_standard_input_to_standard_output() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    image::RgbImage::from_pixel(40, 30, image::Rgb([90; 3])).save(at("photo.png")).unwrap();
    let model = ["predict", "-", "--model", "center-bias:gaussian"];
    let piped = |more: &[&str]| gaze_with(folder.path(), "photo.png", &[&model[..], more].concat());
    let expected =
        gaze_cli().current_dir(folder.path()).args(["predict", "photo.png", "--out", "all"]).args(&model[2..]).output();
    assert!(expected.unwrap().status.success());
    let output = piped(&["--out", "-"]);
    assert!(output.status.success() && output.stderr.is_empty());
    assert_eq!(output.stdout, fs::read(at("all/photo.npy")).unwrap());
    assert_eq!(piped(&["--out", "-", "--save", "overlay"]).stdout, fs::read(at("all/photo_overlay.png")).unwrap());
    let named = piped(&["--out", "named", "--save", "heatmap"]);
    assert_eq!(String::from_utf8(named.stdout).unwrap(), "named/stdin_heatmap.png\n");
    assert_eq!(fs::read(at("named/stdin_heatmap.png")).unwrap(), fs::read(at("all/photo_heatmap.png")).unwrap());

    for (more, message) in [
        (&[][..], "- is standard input, which lies in no folder; say with --out where the files go"),
        (&["--out", "-", "--save", "overlay,heatmap"], "--out -: one file of one picture goes to standard output"),
        (&["photo.png", "--out", "-"], "--out -: one file of one picture goes to standard output"),
    ] {
        let refused: Run = piped(more).into();
        assert_eq!(refused.status, 2);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
    }
    let table: Run = gaze_with(folder.path(), "all/photo.npy", &[&model[..], &["--out", "-"]].concat()).into();
    assert_eq!(table.status, 1);
    assert!(table.stderr.starts_with("gaze: standard input: "), "{}", table.stderr);
}

#[test]
fn fixations_are_rasterized_from_standard_input() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("fix.csv"), "x,y\n3,4\n5,2\n").unwrap();
    for (fixations, out) in [("-", "piped.npy"), ("fix.csv", "file.npy")] {
        let arguments = ["rasterize", "--fixations", fixations, "--image-size", "8x9", "--out", out];
        assert!(gaze_with(folder.path(), "fix.csv", &arguments).status.success());
    }
    let [piped, file] = ["piped.npy", "file.npy"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert_eq!(piped, file);
}
