//! Studies of scanpaths: tables and comparisons, the same for workers, shards and resumed runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{fs, path::Path};

use gaze_data::Dataset;
use gaze_study::{
    Model, ModelOptions, NewPart, Plan, Silent, Study, StudyFolder, Summary, finish, merge, metrics::Metric, scanpaths,
};
use image::RgbImage;

const OBSERVERS: usize = 8;

/// A table of eight observers in two groups on three pictures of 100 × 80 pixels. The second group looks at the right half.
fn dataset(folder: &Path, columns: &str) -> Dataset {
    fs::create_dir_all(folder.join("images")).unwrap();
    let mut table = format!("image,group,{columns}x,y,start_ms,duration_ms\n");
    for image in 0..3 {
        let shade = u8::try_from(40 * image).unwrap();
        let picture = RgbImage::from_fn(100, 80, |x, _| image::Rgb([shade, u8::try_from(x).unwrap(), 9]));
        picture.save(folder.join(format!("images/{image}.png"))).unwrap();
        for observer in 0..OBSERVERS {
            let right = observer >= OBSERVERS / 2;
            for fixation in 0..6 {
                let spread = |by: usize| (17 * observer + 31 * image + by * fixation * (fixation + observer + 3)) % 40;
                let (x, y) = (spread(7) + if right { 60 } else { 0 }, 2 * spread(11));
                let name = if columns.is_empty() { String::new() } else { format!("o{observer},") };
                let (group, start, duration) =
                    (if right { "B" } else { "A" }, 150 + 300 * fixation, 120 + 5 * spread(13));
                table += &format!("{image}.png,{group},{name}{x}.25,{y},{start},{duration}\n");
            }
        }
    }
    fs::write(folder.join("fixations.csv"), table).unwrap();
    Dataset::open(folder, None).unwrap()
}

fn study(folder: &Path, change: impl FnOnce(&mut Plan)) -> Study {
    let dataset = dataset(&folder.join("data"), "subject,");
    let models = vec![Model::open(&"uniform".parse().unwrap(), &ModelOptions::default(), Some(&dataset)).unwrap()];
    let mut plan = Plan::new(&dataset, &models).unwrap();
    (plan.metrics, plan.save, plan.scanpaths) = (vec![Metric::Nss], Vec::new(), true);
    change(&mut plan);
    Study::new(dataset, models, plan).unwrap()
}

fn run(study: &Study, out: &Path) -> Summary {
    let folder = StudyFolder::claim(out, study.plan(), false).unwrap();
    study.run(&folder, None, &Silent).unwrap();
    finish(&folder).unwrap()
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn a_study_of_scanpaths_has_three_tables_and_a_comparison_of_observers() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let summary = run(&study(folder.path(), |_| {}), &out);
    let found = summary.scanpaths.unwrap();
    assert_eq!((found.exchanged.what, found.comparisons.len()), ("observers", scanpaths::MEASURES.len()));
    let eyenalysis = found.comparisons.iter().find(|comparison| comparison.measure == "eyenalysis").unwrap();
    assert!(eyenalysis.is_exact && eyenalysis.p_value.unwrap() < 0.03, "{eyenalysis:?}");
    let likeness = rows(&out.join(scanpaths::LIKENESS));
    // Three stimuli, all measures, two groups within and one pair between.
    assert_eq!(likeness.len(), 1 + 3 * scanpaths::MEASURES.len() * 3);
    let descriptives = rows(&out.join(scanpaths::DESCRIPTIVES));
    assert_eq!(descriptives.len(), 1 + 3 * OBSERVERS);
    assert_eq!(descriptives[0][..5].join(" "), "stimulus group observer scanpath fixations");
    assert_eq!(descriptives[1][..5].join(" "), "0 A o0 0 6");
    // The first fixation began after 150 ms.
    assert_eq!(descriptives[1][7], "150");
    let observers = rows(&out.join(scanpaths::OBSERVERS));
    assert_eq!(observers.len(), 1 + OBSERVERS + 2);
    assert_eq!((observers[1][1].as_str(), observers[9][1].as_str(), observers[9][2].as_str()), ("o0", "", "12"));
    let json = fs::read_to_string(out.join("summary.json")).unwrap();
    assert!(json.contains("\"scanpaths within stimuli\"") || json.contains("\"what\": \"observers\""));
}

#[test]
fn other_studies_do_not_mention_scanpaths() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let summary = run(&study(folder.path(), |plan| plan.scanpaths = false), &out);
    assert!(summary.scanpaths.is_none());
    for name in ["summary.json", "run.json", "parts/0.json"] {
        assert!(!fs::read_to_string(out.join(name)).unwrap().contains("scanpaths\":{"), "{name}");
    }
    assert!(!fs::read_to_string(out.join("run.json")).unwrap().contains("\"scanpaths\""));
    assert!(!out.join(scanpaths::LIKENESS).exists());
    // The same folder with scanpaths is another study; overwriting it removes the tables again.
    let other = study(folder.path(), |_| {});
    let error = StudyFolder::claim(&out, other.plan(), false).unwrap_err().to_string();
    assert!(error.contains("scanpaths is null there and true now"), "{error}");
    let folder_of_other = StudyFolder::claim(&out, other.plan(), true).unwrap();
    other.run(&folder_of_other, None, &Silent).unwrap();
    finish(&folder_of_other).unwrap();
    drop(folder_of_other);
    assert!(out.join(scanpaths::OBSERVERS).exists());
    let plain = study(folder.path(), |plan| plan.scanpaths = false);
    drop(StudyFolder::claim(&out, plain.plan(), true).unwrap());
    assert!(!out.join(scanpaths::LIKENESS).exists() && !out.join(scanpaths::OBSERVERS).exists());
}

#[test]
fn workers_and_shards_end_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let driver = study(folder.path(), |_| {});
    let whole = folder.path().join("whole");
    run(&driver, &whole);
    let sent = StudyFolder::claim(&folder.path().join("sent"), driver.plan(), false).unwrap();
    let first_pass = driver.first_pass(&Silent).unwrap();
    let worker = study(folder.path(), |_| {});
    let received = worker.receive(&first_pass.to_bytes(driver.plan())).unwrap();
    assert_eq!(received.id(), first_pass.id());
    for index in driver.begin(&sent, &first_pass, None).unwrap() {
        let part = worker.make_part(&received, index, None).unwrap().unwrap();
        sent.parts().save(&NewPart::from_bytes(&part.to_bytes(), &first_pass).unwrap()).unwrap();
    }
    finish(&sent).unwrap();
    let shards = ["1/2", "2/2"].map(|shard| {
        let out = folder.path().join(shard.replace('/', "of"));
        let claimed = StudyFolder::claim(&out, driver.plan(), false).unwrap();
        driver.run(&claimed, Some(shard.parse().unwrap()), &Silent).unwrap();
        out
    });
    let merged = merge(&shards, &folder.path().join("merged"), false, &Silent).unwrap();
    finish(&merged).unwrap();
    for name in [scanpaths::LIKENESS, scanpaths::DESCRIPTIVES, scanpaths::OBSERVERS, "summary.json", "parts/1.json"] {
        let expected = fs::read(whole.join(name)).unwrap();
        assert_eq!(fs::read(sent.path().join(name)).unwrap(), expected, "{name}");
        assert_eq!(fs::read(merged.path().join(name)).unwrap(), expected, "{name}");
    }
}

#[test]
fn another_duration_is_another_study() {
    let folder = tempfile::tempdir().unwrap();
    let id = |change: fn(&mut Plan), edit: bool| {
        let study = study(folder.path(), change);
        if edit {
            let table = folder.path().join("data/fixations.csv");
            let text = fs::read_to_string(&table).unwrap();
            let (head, last) = text.trim_end().rsplit_once(',').unwrap();
            fs::write(&table, format!("{head},{}\n", last.parse::<u32>().unwrap() + 1)).unwrap();
            let dataset = Dataset::open(&folder.path().join("data"), None).unwrap();
            let models =
                vec![Model::open(&"uniform".parse().unwrap(), &ModelOptions::default(), Some(&dataset)).unwrap()];
            let study = Study::new(dataset, models, study.plan().clone()).unwrap();
            return study.first_pass(&Silent).unwrap().id();
        }
        study.first_pass(&Silent).unwrap().id()
    };
    assert_ne!(id(|_| {}, false), id(|_| {}, true));
    let without: fn(&mut Plan) = |plan| plan.scanpaths = false;
    assert_eq!(id(without, false), id(without, true), "saliency does not look at durations");
}

#[test]
fn without_names_the_summary_says_what_cannot_be_known() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let dataset = dataset(&data, "");
    let models = vec![Model::open(&"uniform".parse().unwrap(), &ModelOptions::default(), Some(&dataset)).unwrap()];
    let mut plan = Plan::new(&dataset, &models).unwrap();
    (plan.metrics, plan.save, plan.scanpaths) = (vec![Metric::Nss], Vec::new(), true);
    let summary = run(&Study::new(dataset, models, plan).unwrap(), &folder.path().join("out"));
    let found = summary.scanpaths.unwrap();
    assert_eq!(found.exchanged.what, "scanpaths within stimuli");
    assert!(found.exchanged.because.contains("no test can exchange people across stimuli"));
    assert_eq!(found.groups[0].observers, None);
}
