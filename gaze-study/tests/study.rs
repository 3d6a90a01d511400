//! Studies run from code, without the command line: plans, parts, observers, models of one's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says where")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use gaze_core::{LogDensity, ModelError, Prediction, SaliencyModel, Size, Viewing};
use gaze_data::Dataset;
use gaze_study::{
    Baseline, GroupBy, Model, ModelOptions, NewPart, Observer, Outcome, Plan, PlanError, Reference, Save, Silent,
    Study, StudyError, StudyFolder, Work, finish, merge,
    metrics::{Metric, Profile},
};
use image::RgbImage;
use tempfile::TempDir;

const STIMULI: usize = 4;

/// A table of fixations of three observers on four pictures of 40 × 30 pixels.
fn dataset(folder: &Path) -> Dataset {
    dataset_of(folder, STIMULI)
}

fn dataset_of(folder: &Path, stimuli: usize) -> Dataset {
    fs::create_dir_all(folder.join("images")).unwrap();
    let mut table = String::from("image,subject,x,y\n");
    for image in 0..stimuli {
        let shade = u8::try_from(40 * image % 256).unwrap();
        let picture = RgbImage::from_fn(40, 30, |x, _| image::Rgb([shade, u8::try_from(x).unwrap(), 9]));
        picture.save(folder.join(format!("images/{image}.png"))).unwrap();
        for observer in 0..3 {
            for fixation in 0..4 {
                let (x, y) = (5 + 7 * observer + 2 * image + fixation, 4 + 5 * observer + 3 * fixation);
                table += &format!("{image}.png,s{observer},{},{}\n", x % 40, y % 30);
            }
        }
    }
    fs::write(folder.join("fixations.csv"), table).unwrap();
    Dataset::open(folder, None).unwrap()
}

fn baselines(dataset: &Dataset) -> Vec<Model> {
    let open = |name: &str| Model::open(&name.parse().unwrap(), &ModelOptions::default(), Some(dataset)).unwrap();
    vec![open("center-bias"), open("uniform")]
}

fn small_plan(dataset: &Dataset, models: &[Model]) -> Plan {
    let mut plan = Plan::new(dataset, models).unwrap();
    plan.sigma_px = Some(3.0);
    plan.metrics = vec![Metric::Nss, Metric::Auc, Metric::Cc];
    plan.save = vec![Save::LogDensity];
    plan
}

fn study(folder: &TempDir) -> Study {
    let dataset = dataset(&folder.path().join("data"));
    let models = baselines(&dataset);
    let plan = small_plan(&dataset, &models);
    Study::new(dataset, models, plan).unwrap()
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Plan)) -> PlanError {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let models = baselines(&dataset);
    let mut plan = small_plan(&dataset, &models);
    change(&mut plan);
    match Study::new(dataset, models, plan) {
        Err(StudyError::Plan(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_is_brought_into_the_order_of_tables() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let models = baselines(&dataset);
    let mut plan = small_plan(&dataset, &models);
    plan.dataset = "two\nlines".to_owned();
    plan.profiles = vec![Profile::Mit, Profile::Tuebingen, Profile::Mit];
    plan.references = vec![Reference::Groups, Reference::Uniform, Reference::GoldStandard];
    plan.save = vec![Save::Hdf5, Save::Overlay];
    let study = Study::new(dataset, models, plan).unwrap();
    let plan = study.plan();
    assert_eq!(plan.profiles, [Profile::Tuebingen, Profile::Mit]);
    assert_eq!(plan.metrics, [Metric::Auc, Metric::Nss, Metric::Cc]);
    // The uniform density is a model of the study already, and HDF5 is made of the log densities.
    assert_eq!(plan.references, [Reference::GoldStandard, Reference::Groups]);
    assert_eq!(plan.save, [Save::LogDensity, Save::Overlay, Save::Hdf5]);
    assert_eq!(plan.dataset, "two\u{fffd}lines");
    let measures: Vec<String> =
        plan.measures().iter().map(|measure| format!("{}/{}", measure.profile.name(), measure.metric)).collect();
    assert_eq!(measures, ["tuebingen/auc", "tuebingen/nss", "tuebingen/cc", "mit/nss", "mit/cc"]);
}

#[test]
fn a_plan_that_makes_no_sense_is_refused_with_its_reason() {
    let error = refused(|plan| (plan.metrics, plan.profiles) = (vec![Metric::AucJudd], vec![Profile::Tuebingen]));
    assert_eq!(error.to_string(), "auc_judd: profile tuebingen has no such metric");
    let error = refused(|plan| plan.sigma_px = None).to_string();
    assert!(error.starts_with("cc compares with a blurred map of the fixations, and "), "{error}");
    assert!(matches!(refused(|plan| plan.sigma_px = Some(-1.0)), PlanError::Blur(_)));
    assert_eq!(refused(|plan| plan.emd_downsize = 0), PlanError::NoCells);
}

#[test]
fn a_plan_for_other_models_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let mut models = baselines(&dataset);
    let plan = small_plan(&dataset, &models);
    models.pop();
    let error = Study::new(dataset, models, plan).unwrap_err().to_string();
    assert_eq!(error, "the plan was made for other models");
}

#[test]
fn two_models_of_one_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path());
    let mut models = baselines(&dataset);
    models.extend(baselines(&dataset));
    let plan = small_plan(&dataset, &models);
    let error = Study::new(dataset, models, plan).unwrap_err().to_string();
    assert_eq!(error, "two models are called center-bias; their scores could not be told apart");
}

#[test]
fn plans_are_stored_by_the_names_of_their_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = study(&folder).plan().clone();
    (plan.baseline, plan.group_by) = (Baseline::Uniform, GroupBy::Observer);
    let stored = serde_json::to_value(&plan).unwrap();
    let at = |name: &str| stored[name].to_string();
    assert_eq!(
        ["baseline", "group_by", "metrics", "save", "format", "provenance"].map(at),
        ["\"uniform\"", "\"subject\"", "[\"auc\",\"nss\",\"cc\"]", "[\"log-density\"]", "\"table\"", "\"recorded\""]
    );
    let read: Plan = serde_json::from_value(stored).unwrap();
    assert_eq!(read, plan);
    let mut other = plan.clone();
    other.ceiling = true;
    assert_eq!(other.difference(&plan).unwrap(), "ceiling is false there and true now");
    assert_eq!(plan.difference(&plan), None);
}

#[test]
fn parts_made_one_by_one_are_those_of_a_whole_run() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(&folder);
    let [whole, single] = ["whole", "single"].map(|name| folder.path().join(name));
    let whole = StudyFolder::claim(&whole, study.plan(), false).unwrap();
    let ran = study.run(&whole, None, &Silent).unwrap();
    assert_eq!((ran.stimuli, ran.resumed, ran.failed, ran.cancelled), (STIMULI, 0, 0, false));
    let summary = finish(&whole).unwrap();
    assert_eq!((summary.stimuli, summary.problems.len()), (STIMULI, 0));

    // The same from parts that were made in any order by anybody.
    let single = StudyFolder::claim(&single, study.plan(), false).unwrap();
    let first_pass = study.first_pass(&Silent).unwrap();
    assert_eq!(first_pass.index(), &ran.index);
    for index in (0..STIMULI).rev() {
        let part = study.make_part(&first_pass, index, None).unwrap().unwrap();
        assert_eq!((part.outcome(), part.maps().len()), (Outcome::Scored, 2));
        single.parts().save(&part).unwrap();
        assert!(study.make_part(&first_pass, index, Some(single.parts())).unwrap().is_none(), "it is done");
    }
    single.store_index(first_pass.index()).unwrap();
    finish(&single).unwrap();
    for name in
        ["scores.csv", "scores.parquet", "summary.json", "stimuli.json", "maps/center-bias/2.npy", "parts/3.json"]
    {
        let [a, b] = [&whole, &single].map(|folder| fs::read(folder.path().join(name)).unwrap());
        assert!(a == b, "{name} differs");
    }
}

#[test]
fn shards_are_merged_to_the_same_bytes_and_a_missing_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(&folder);
    let whole = StudyFolder::claim(&folder.path().join("whole"), study.plan(), false).unwrap();
    study.run(&whole, None, &Silent).unwrap();
    finish(&whole).unwrap();
    let shards = ["1/2", "2/2"].map(|shard| {
        let path = folder.path().join(shard.replace('/', "-"));
        let claimed = StudyFolder::claim(&path, study.plan(), false).unwrap();
        study.run(&claimed, Some(shard.parse().unwrap()), &Silent).unwrap();
        path
    });
    let merged = merge(&shards, &folder.path().join("merged"), false, &Silent).unwrap();
    finish(&merged).unwrap();
    let [a, b] = [&whole, &merged].map(|folder| fs::read(folder.path().join("summary.json")).unwrap());
    assert!(a == b);
    let error = merge(&shards[..1], &folder.path().join("half"), false, &Silent).unwrap_err().to_string();
    assert!(error.contains("stimuli are in none of the folders"), "{error}");
    assert!(matches!(merge(&[], &folder.path().join("none"), false, &Silent), Err(StudyError::NoShards)));
}

#[test]
fn a_study_without_all_parts_has_no_summary() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(&folder);
    let claimed = StudyFolder::claim(&folder.path().join("out"), study.plan(), false).unwrap();
    assert!(matches!(finish(&claimed), Err(StudyError::File { .. })), "there was no first pass");
    study.run(&claimed, Some("1/9".parse().unwrap()), &Silent).unwrap();
    let error = finish(&claimed).unwrap_err().to_string();
    assert!(error.contains(" of 4 stimuli are not scored, "), "{error}");
    assert!(!claimed.path().join("scores.csv").exists());
}

/// Counts what it is told, and cancels after a number of steps of the second pass.
#[derive(Default)]
struct Counter {
    begun: AtomicUsize,
    scored: AtomicUsize,
    ended: AtomicUsize,
    most: Option<usize>,
}

impl Observer for Counter {
    fn begin(&self, work: Work, steps: usize) {
        assert_eq!(steps, STIMULI);
        self.begun.fetch_add(1, Ordering::SeqCst);
        assert!(matches!(work, Work::ReadingGaze | Work::Scoring));
    }

    fn step(&self, problems: usize) {
        assert_eq!(problems, 0);
        if self.begun.load(Ordering::SeqCst) == 2 {
            self.scored.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn end(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    fn is_cancelled(&self) -> bool {
        self.most.is_some_and(|most| self.scored.load(Ordering::SeqCst) >= most)
    }
}

#[test]
fn an_observer_is_told_of_every_step_and_can_cancel() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(&folder);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let claimed = StudyFolder::claim(&folder.path().join("out"), study.plan(), false).unwrap();
    let impatient = Counter { most: Some(1), ..Counter::default() };
    let ran = pool.install(|| study.run(&claimed, None, &impatient)).unwrap();
    assert!(ran.cancelled);
    assert_eq!(impatient.scored.load(Ordering::SeqCst), 1);
    // What was done is kept, and the study goes on from there.
    let patient = Counter::default();
    let ran = study.run(&claimed, None, &patient).unwrap();
    assert_eq!((ran.cancelled, ran.resumed), (false, 1));
    assert_eq!([&patient.begun, &patient.scored, &patient.ended].map(|count| count.load(Ordering::SeqCst)), [2, 4, 2]);
}

/// A model that needs as long for the first stimulus as for all others together, or half a minute.
#[derive(Clone, Debug, Default)]
struct Slow {
    predicted: Arc<(Mutex<usize>, Condvar)>,
    in_time: Arc<AtomicBool>,
}

impl Slow {
    /// More stimuli than there are pieces that a list is cut into for two threads.
    const STIMULI: usize = 5 * STIMULI;
}

impl SaliencyModel for Slow {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        let (predicted, more) = &*self.predicted;
        let mut predicted = predicted.lock().unwrap();
        *predicted += 1;
        more.notify_all();
        if viewing.name == "0" {
            let are_missing = |predicted: &mut usize| *predicted < Self::STIMULI;
            let waited = more.wait_timeout_while(predicted, Duration::from_secs(30), are_missing).unwrap().1;
            self.in_time.store(!waited.timed_out(), Ordering::SeqCst);
        }
        Ok(Prediction::Density(LogDensity::uniform(viewing.size)?))
    }
}

#[test]
fn no_stimulus_waits_behind_a_slow_one_while_a_thread_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset_of(&folder.path().join("data"), Slow::STIMULI);
    let slow = Slow::default();
    let models = vec![Model::custom("slow", Box::new(slow.clone()))];
    let plan = small_plan(&dataset, &models);
    let study = Study::new(dataset, models, plan).unwrap();
    let claimed = StudyFolder::claim(&folder.path().join("out"), study.plan(), false).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    pool.install(|| study.run(&claimed, None, &Silent)).unwrap();
    assert!(slow.in_time.load(Ordering::SeqCst));
}

/// A model of one's own: it looks at the picture and follows the center bias in the right half only.
#[derive(Debug)]
struct RightHalf;

impl SaliencyModel for RightHalf {
    fn predict(&self, viewing: &Viewing<'_>) -> Result<Prediction, ModelError> {
        assert_eq!(viewing.needs_picture()?.size(), Size { height: 30, width: 40 });
        let center_bias = viewing.needs_center_bias()?;
        let mut values = center_bias.values().to_owned();
        values.slice_mut(gaze_core::ndarray::s![.., ..20]).fill(f64::NEG_INFINITY);
        Ok(Prediction::Density(LogDensity::normalize(values)?))
    }

    fn takes_center_bias(&self) -> bool {
        true
    }

    fn weights(&self) -> Result<Option<String>, ModelError> {
        Ok(Some("of my own".to_owned()))
    }
}

#[test]
fn a_model_of_ones_own_stands_beside_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(&folder.path().join("data"));
    let mut models = baselines(&dataset);
    models.push(Model::custom("right half", Box::new(RightHalf)));
    let plan = small_plan(&dataset, &models);
    let study = Study::new(dataset, models, plan).unwrap();
    let claimed = StudyFolder::claim(&folder.path().join("out"), study.plan(), false).unwrap();
    study.run(&claimed, None, &Silent).unwrap();
    let summary = finish(&claimed).unwrap();
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    let auc = summary.metrics.iter().find(|metric| metric.measure.metric == Metric::Auc).unwrap();
    let score = auc.score("right half", "all").unwrap();
    assert_eq!(score.count, STIMULI);
    let network = summary.plan.models()[2].network.as_ref().unwrap();
    assert_eq!((network.weights.as_str(), network.center_bias.as_str()), ("of my own", "dataset"));
}

#[test]
fn a_stimulus_that_cannot_be_read_is_a_row_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(&folder);
    fs::write(folder.path().join("data/images/2.png"), b"no picture").unwrap();
    let claimed = StudyFolder::claim(&folder.path().join("out"), study.plan(), false).unwrap();
    let ran = study.run(&claimed, None, &Silent).unwrap();
    assert_eq!(ran.failed, 1);
    let summary = finish(&claimed).unwrap();
    assert!(summary.has_problems());
    assert!(summary.problems.iter().any(|problem| problem.contains("2.png")), "{:?}", summary.problems);
    let auc = &summary.metrics[0];
    assert!(auc.of_models().all(|score| (score.count, score.undefined) == (STIMULI - 1, 1)));
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(&folder);
    let path = folder.path().join("out");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("thesis.txt"), "years of work").unwrap();
    let error = StudyFolder::claim(&path, study.plan(), true).unwrap_err().to_string();
    assert!(error.contains("is not empty (\"thesis.txt\" lies in it) and holds no run"), "{error}");
    let error = StudyFolder::claim(&path.join("thesis.txt"), study.plan(), true).unwrap_err().to_string();
    assert!(error.ends_with("this is a file, not a folder"), "{error}");
    assert_eq!(fs::read(path.join("thesis.txt")).unwrap(), b"years of work");

    let ours = folder.path().join("ours");
    let claimed = StudyFolder::claim(&ours, study.plan(), false).unwrap();
    assert!(matches!(StudyFolder::claim(&ours, study.plan(), false), Err(StudyError::Busy { .. })));
    drop(claimed);
    let mut other = study.plan().clone();
    other.ceiling = true;
    let error = StudyFolder::claim(&ours, &other, false).unwrap_err().to_string();
    assert!(error.contains("holds another run (ceiling is false there and true now)"), "{error}");
    StudyFolder::claim(&ours, &other, true).unwrap();
}

#[test]
fn a_worker_that_sees_no_output_folder_makes_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let driver = study(&folder);
    let whole = StudyFolder::claim(&folder.path().join("whole"), driver.plan(), false).unwrap();
    driver.run(&whole, None, &Silent).unwrap();
    finish(&whole).unwrap();

    let sent = StudyFolder::claim(&folder.path().join("sent"), driver.plan(), false).unwrap();
    let first_pass = driver.first_pass(&Silent).unwrap();
    let parcel = first_pass.to_bytes(driver.plan());
    let worker = study(&folder);
    let received = worker.receive(&parcel).unwrap();
    assert_eq!((received.index(), received.id()), (first_pass.index(), first_pass.id()));
    for index in driver.begin(&sent, &first_pass, None).unwrap() {
        let part = worker.make_part_unless(&received, index, None).unwrap().unwrap();
        let arrived = NewPart::from_bytes(&part.to_bytes(), &first_pass).unwrap();
        assert_eq!((arrived.key(), arrived.outcome()), (part.key(), Outcome::Scored));
        sent.parts().save(&arrived).unwrap();
        let inputs = sent.parts().inputs(part.key()).unwrap();
        assert!(worker.make_part_unless(&received, index, Some(&inputs)).unwrap().is_none(), "it is done");
        assert!(worker.make_part_unless(&received, index, Some("other inputs")).unwrap().is_some());
    }
    finish(&sent).unwrap();
    assert_eq!(contents(whole.path()), contents(sent.path()));
}

/// All files below a folder, by their paths.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_map_whose_bytes_changed_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (study(&folder), folder.path().join("out"));
    let claim = || StudyFolder::claim(&out, study.plan(), false).unwrap();
    let first = study.run(&claim(), None, &Silent).unwrap();
    assert_eq!((first.resumed, first.stimuli), (0, STIMULI));
    let map = out.join("maps/uniform/2.npy");
    let whole = fs::read(&map).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&map, &changed).unwrap();
    // The length is the same.
    let second = study.run(&claim(), None, &Silent).unwrap();
    assert_eq!(second.resumed, STIMULI - 1);
    assert_eq!(fs::read(&map).unwrap(), whole);
    assert_eq!(study.run(&claim(), None, &Silent).unwrap().resumed, STIMULI);
}

/// The recipe `log(p + 1e-8)` makes densities that sum to 1 less exactly the larger a picture is. All maps of a model are
/// densities then, and the numbers are those of the renormalised densities.
#[test]
fn a_model_of_maps_has_one_kind_for_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(&folder.path().join("data"));
    let maps = folder.path().join("maps");
    fs::create_dir_all(&maps).unwrap();
    let size = 30.0 * 40.0f64;
    for (image, off) in [0.0, 5e-5, 3e-3, 7.8e-3].into_iter().enumerate() {
        let value = (off - size.ln()).to_le_bytes();
        let header = format!("{:<117}\n", "{'descr': '<f8', 'fortran_order': False, 'shape': (30, 40), }");
        let head = [b"\x93NUMPY\x01\x00".as_slice(), &[118, 0], header.as_bytes()].concat();
        fs::write(maps.join(format!("{image}.npy")), [head, value.repeat(1200)].concat()).unwrap();
    }
    let name = format!("precomputed:{}", maps.display()).parse().unwrap();
    let models = vec![Model::open(&name, &ModelOptions::default(), Some(&data)).unwrap()];
    assert!(models[0].notes()[0].contains("2 of 4 log densities do not sum to 1 exactly"), "{:?}", models[0].notes());
    let mut plan = Plan::new(&data, &models).unwrap();
    plan.metrics = vec![Metric::Ig];
    plan.baseline = Baseline::Uniform;
    plan.save = vec![];
    plan.references = vec![];
    let study = Study::new(data, models, plan).unwrap();
    let folder = StudyFolder::claim(&folder.path().join("out"), study.plan(), false).unwrap();
    assert_eq!(study.run(&folder, None, &Silent).unwrap().failed, 0);
    let scores = fs::read_to_string(folder.path().join("run.json")).unwrap();
    assert!(scores.contains("\"maps\": \"log-density\"") || scores.contains("\"maps\":\"log-density\""), "{scores}");
    let summary = finish(&folder).unwrap();
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    let rows = fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    let gains: Vec<f64> = rows
        .lines()
        .skip(1)
        .filter(|row| row.contains(",ig,log_density,"))
        .map(|row| row.split(',').nth(6).unwrap().parse().unwrap())
        .collect();
    assert_eq!(gains.len(), STIMULI);
    // Uniform densities gain nothing over the uniform one, but for what is left of 5e-5 nats, which is within the tolerance.
    assert!(gains.iter().all(|gain| gain.abs() < 1e-4), "{gains:?}");
}

#[test]
fn what_belongs_to_another_study_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let driver = study(&folder);
    let first_pass = driver.first_pass(&Silent).unwrap();
    let parcel = first_pass.to_bytes(driver.plan());
    let other = |change: fn(&mut Plan)| {
        let dataset = dataset(&folder.path().join("data"));
        let models = baselines(&dataset);
        let mut plan = small_plan(&dataset, &models);
        change(&mut plan);
        Study::new(dataset, models, plan).unwrap()
    };
    let error = other(|plan| plan.sigma_px = Some(4.0)).receive(&parcel).unwrap_err().to_string();
    assert_eq!(error, "this first pass belongs to another study (sigma px is 3.0 there and 4.0 now)");
    let part = driver.make_part(&first_pass, 0, None).unwrap().unwrap().to_bytes();
    let others = other(|plan| plan.ceiling = true).first_pass(&Silent).unwrap();
    let error = NewPart::from_bytes(&part, &others).unwrap_err().to_string();
    assert_eq!(error, "this part belongs to another study");
    let mut damaged = part.clone();
    damaged[100] ^= 1;
    let error = NewPart::from_bytes(&damaged, &first_pass).unwrap_err().to_string();
    assert_eq!(error, "these bytes are no part of a study, or were damaged on the way");
    assert!(driver.receive(&part).is_err() && NewPart::from_bytes(&parcel, &first_pass).is_err());
    // The dataset of a worker has a stimulus more.
    let more = folder.path().join("data/images/9.png");
    fs::copy(folder.path().join("data/images/0.png"), more).unwrap();
    fs::write(
        folder.path().join("data/fixations.csv"),
        fs::read_to_string(folder.path().join("data/fixations.csv")).unwrap() + "9.png,s0,1,1\n",
    )
    .unwrap();
    let error = other(|_| ()).receive(&parcel).unwrap_err().to_string();
    assert_eq!(error, "this first pass belongs to another study (the dataset has other stimuli here)");
}
