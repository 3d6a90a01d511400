//! `cargo xtask real-data`: the main job on data sets that people recorded, and a check of the rows it writes.
//!
//! The data lie outside the repository and stay there. What must come out of each is a table below.

use std::{collections::BTreeMap, env, fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{
    args::Args,
    program,
    steps::{shown, timed},
    workspace::Workspace,
};

pub(crate) const USAGE: &str = "\
Run the main job, as gaze-cli is built for release, on real data sets, and fail on wrong or missing rows.

Usage: cargo xtask real-data DIR

  DIR          a folder with saliency4asd and osie
  -h, --help   this text

The results stay in target/real-data.
";

/// One run of the main job.
struct Job {
    /// The data set's folder below DIR.
    data: &'static str,
    /// What `--model` gets; `{data}` is the data set's folder.
    model: &'static str,
    /// What `--references` gets.
    references: &'static str,
    /// Which exit codes are right: 0 for all done, 1 if some inputs are known to fail.
    exit_codes: &'static [i32],
    expected: &'static [Expected],
}

/// What one group and metric must have in `scores.csv`.
struct Expected {
    group: &'static str,
    /// Profile and metric.
    measure: &'static str,
    /// How many rows.
    rows: usize,
    /// How many of them may be without a value, with a reason.
    undefined: usize,
    /// The mean of the values.
    mean: Option<f64>,
}

/// The largest difference of a mean from its figure: the figures have twelve decimals.
const TOLERANCE: f64 = 1e-11;

/// The means are those that `tests/independent/scores.py` prints for the same data, with NumPy and SciPy. The maps of
/// Saliency4ASD are scores and no densities, so likelihoods have a reason instead of a value; the center bias gains nothing
/// over itself. EMD and the map for SIM that is found by drawing have no figure here. (Over all 300 images of Saliency4ASD, of which half are at hand, the published predictions have
/// an AUC of .8232 for ASD and .8700 for TD.)
const JOBS: [Job; 2] = [
    Job {
        data: "saliency4asd",
        model: "precomputed:{data}/deepgaze2e",
        references: "uniform,center-bias,gold-standard,groups",
        exit_codes: &[0],
        expected: &SALIENCY4ASD,
    },
    // Fifteen observers on each of 700 images would predict each other for minutes.
    Job { data: "osie", model: "center-bias", references: "none", exit_codes: &[0], expected: &OSIE },
];

#[rustfmt::skip]
const SALIENCY4ASD: [Expected; 36] = [
    expect("ASD", "tuebingen/auc", 150, 0, Some(0.831_348_447_032)),
    expect("ASD", "tuebingen/sauc", 150, 0, Some(0.650_954_341_431)),
    expect("ASD", "tuebingen/nss", 150, 0, Some(1.817_774_300_428)),
    expect("ASD", "tuebingen/ig", 150, 150, None),
    expect("ASD", "tuebingen/ll_nats", 150, 150, None),
    expect("ASD", "tuebingen/cc", 150, 0, Some(0.786_698_451_313)),
    expect("ASD", "tuebingen/sim", 150, 0, Some(0.685_375_173_451)),
    expect("ASD", "tuebingen/kl", 150, 0, Some(1.051_297_206_443)),
    expect("ASD", "tuebingen/emd", 150, 0, None),
    expect("ASD", "mit/auc_judd", 150, 0, Some(0.835_551_550_455)),
    expect("ASD", "mit/auc_borji", 150, 0, Some(0.793_125_039_958)),
    expect("ASD", "mit/sauc", 150, 0, Some(0.654_779_117_135)),
    expect("ASD", "mit/nss", 150, 0, Some(1.816_343_957_007)),
    expect("ASD", "mit/ig", 150, 0, Some(-0.332_368_993_667)),
    expect("ASD", "mit/cc", 150, 0, Some(0.786_698_451_313)),
    expect("ASD", "mit/sim", 150, 0, Some(0.685_375_173_451)),
    expect("ASD", "mit/kl", 150, 0, Some(1.051_296_521_646)),
    expect("ASD", "mit/emd", 150, 0, None),
    expect("TD", "tuebingen/auc", 150, 0, Some(0.866_560_160_404)),
    expect("TD", "tuebingen/sauc", 150, 0, Some(0.709_723_948_120)),
    expect("TD", "tuebingen/nss", 150, 0, Some(2.194_865_094_761)),
    expect("TD", "tuebingen/ig", 150, 150, None),
    expect("TD", "tuebingen/ll_nats", 150, 150, None),
    expect("TD", "tuebingen/cc", 150, 0, Some(0.810_579_532_336)),
    expect("TD", "tuebingen/sim", 150, 0, Some(0.694_032_818_849)),
    expect("TD", "tuebingen/kl", 150, 0, Some(0.767_409_947_629)),
    expect("TD", "tuebingen/emd", 150, 0, None),
    expect("TD", "mit/auc_judd", 150, 0, Some(0.870_251_246_308)),
    expect("TD", "mit/auc_borji", 150, 0, Some(0.835_493_812_155)),
    expect("TD", "mit/sauc", 150, 0, Some(0.710_340_292_593)),
    expect("TD", "mit/nss", 150, 0, Some(2.193_116_470_422)),
    expect("TD", "mit/ig", 150, 0, Some(0.072_648_003_658)),
    expect("TD", "mit/cc", 150, 0, Some(0.810_579_532_336)),
    expect("TD", "mit/sim", 150, 0, Some(0.694_032_818_849)),
    expect("TD", "mit/kl", 150, 0, Some(0.767_409_503_654)),
    expect("TD", "mit/emd", 150, 0, None),
];

#[rustfmt::skip]
const OSIE: [Expected; 18] = [
    expect("all", "tuebingen/auc", 700, 0, Some(0.742_269_741_549)),
    expect("all", "tuebingen/sauc", 700, 0, Some(0.500_000_000_000)),
    expect("all", "tuebingen/nss", 700, 0, Some(0.879_960_883_499)),
    expect("all", "tuebingen/ig", 700, 0, Some(0.0)),
    expect("all", "tuebingen/ll_nats", 700, 0, Some(-12.684_178_573_608)),
    expect("all", "tuebingen/cc", 700, 0, Some(0.312_416_055_870)),
    expect("all", "tuebingen/sim", 700, 0, None),
    expect("all", "tuebingen/kl", 700, 0, Some(1.308_102_891_899)),
    expect("all", "tuebingen/emd", 700, 0, None),
    expect("all", "mit/auc_judd", 700, 0, Some(0.745_037_611_462)),
    expect("all", "mit/auc_borji", 700, 0, Some(0.735_888_691_767)),
    expect("all", "mit/sauc", 700, 0, Some(0.521_068_333_027)),
    expect("all", "mit/nss", 700, 0, Some(0.879_511_708_533)),
    expect("all", "mit/ig", 700, 0, Some(0.0)),
    expect("all", "mit/cc", 700, 0, Some(0.311_778_426_963)),
    expect("all", "mit/sim", 700, 0, Some(0.372_853_422_240)),
    expect("all", "mit/kl", 700, 0, Some(1.309_128_010_002)),
    expect("all", "mit/emd", 700, 0, None),
];

const fn expect(
    group: &'static str,
    measure: &'static str,
    rows: usize,
    undefined: usize,
    mean: Option<f64>,
) -> Expected {
    Expected { group, measure, rows, undefined, mean }
}

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let folder = args.positional().context("which folder? See `cargo xtask real-data --help`")?;
    args.finish()?;
    let folder = env::current_dir()?.join(folder);
    if !folder.is_dir() {
        bail!("{} is not a folder", folder.display());
    }
    let binary = program::build(workspace, false)?;
    for job in &JOBS {
        timed(&format!("{} with {}", job.data, job.model), || run_job(workspace, &binary, job, &folder))?;
    }
    Ok(())
}

fn run_job(workspace: &Workspace, binary: &Path, job: &Job, folder: &Path) -> Result<()> {
    let target = binary.ancestors().nth(2).context("the binary is in no target folder")?;
    let out = target.join("real-data").join(job.data);
    // Rows of an earlier run must not stand for those of this one.
    if out.exists() {
        fs::remove_dir_all(&out).with_context(|| format!("removing {}", out.display()))?;
    }
    let data = folder.join(job.data);
    let mut command = workspace.command(binary);
    command.arg("run").arg("--data").arg(&data).arg("--out").arg(&out);
    command.arg("--model").arg(job.model.replace("{data}", &data.to_string_lossy()));
    command.arg("--references").arg(job.references);
    let status = command.status().with_context(|| format!("starting `{}`", shown(&command)))?;
    if !status.code().is_some_and(|code| job.exit_codes.contains(&code)) {
        bail!("gaze-cli ended with {status}\n  to repeat it: {}", shown(&command));
    }
    let scores = out.join("scores.csv");
    let text = fs::read_to_string(&scores).with_context(|| format!("reading {}", scores.display()))?;
    let rows = read_rows(&text).with_context(|| format!("reading {}", scores.display()))?;
    let findings = check(&of_model(rows), job.expected);
    for finding in &findings {
        println!("{}: {finding}", scores.display());
    }
    if findings.is_empty() { Ok(()) } else { bail!("{} rows are not what they should be, see above", job.data) }
}

/// One row of `scores.csv`, as far as it is checked.
#[derive(Debug, PartialEq)]
struct Row {
    stimulus: String,
    group: String,
    model: String,
    measure: String,
    variant: String,
    /// `None` if it is empty, which a reason explains.
    value: Option<f64>,
}

fn read_rows(text: &str) -> Result<Vec<Row>> {
    let mut records = text.lines().map(fields);
    let header = records.next().context("the file is empty")?;
    let expected = ["stimulus", "group", "model", "profile", "metric", "variant", "value", "reason"];
    for name in expected {
        if !header.iter().any(|column| column == name) {
            bail!("there is no column `{name}`");
        }
    }
    let mut rows = Vec::new();
    for (index, fields) in records.enumerate() {
        let line = index + 2;
        if fields.len() != header.len() {
            bail!("line {line} has {} fields, not {}", fields.len(), header.len());
        }
        let record: BTreeMap<&str, &str> =
            header.iter().map(String::as_str).zip(fields.iter().map(String::as_str)).collect();
        let value = match record["value"] {
            "" if record["reason"].is_empty() => bail!("line {line} has neither a value nor a reason"),
            "" => None,
            number => Some(number.parse().with_context(|| format!("line {line}: `{number}` is no number"))?),
        };
        if value.is_some_and(|value: f64| value.is_nan()) {
            bail!("line {line}: NaN is no value");
        }
        let text = |name: &str| record[name].to_owned();
        let (stimulus, group) = (text("stimulus"), text("group"));
        let measure = format!("{}/{}", text("profile"), text("metric"));
        rows.push(Row { stimulus, group, model: text("model"), measure, variant: text("variant"), value });
    }
    Ok(rows)
}

/// The fields of a line of CSV, unquoted. Names of stimuli hold no line breaks.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let last = fields.len() - 1;
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                fields[last].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields[last].push(other),
        }
    }
    fields
}

/// The rows of the model, which come before those of the references.
fn of_model(mut rows: Vec<Row>) -> Vec<Row> {
    if let Some(model) = rows.first().map(|row| row.model.clone()) {
        rows.retain(|row| row.model == model);
    }
    rows
}

fn check(rows: &[Row], expected: &[Expected]) -> Vec<String> {
    let mut findings = Vec::new();
    for Expected { group, measure, rows: count, undefined, mean } in expected {
        let chosen: Vec<&Row> = rows.iter().filter(|row| row.group == *group && row.measure == *measure).collect();
        let name = format!("group `{group}`, {measure}");
        if chosen.len() != *count {
            findings.push(format!("{name}: {} rows, expected {count}", chosen.len()));
        }
        let mut stimuli: Vec<(&str, &str)> =
            chosen.iter().map(|row| (row.stimulus.as_str(), row.variant.as_str())).collect();
        stimuli.sort_unstable();
        stimuli.dedup();
        if stimuli.len() != chosen.len() {
            findings.push(format!("{name}: {} rows appear more than once", chosen.len() - stimuli.len()));
        }
        let values: Vec<f64> = chosen.iter().filter_map(|row| row.value).collect();
        let without = chosen.len() - values.len();
        if without > *undefined {
            findings.push(format!("{name}: {without} rows without a value, expected {undefined} at most"));
        }
        if let Some(expected) = mean {
            let found = values.iter().sum::<f64>() / values.len() as f64;
            println!("{name}: mean {found:.12} of {} values", values.len());
            // The mean of no values is NaN, which is within nothing.
            if found.is_nan() || (found - expected).abs() > TOLERANCE {
                findings.push(format!("{name}: mean {found:.12} is not {expected:.12}"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "stimulus,group,model,profile,metric,variant,value,reason\n";
    const TWO: [Expected; 1] = [Expected { group: "TD", measure: "p/auc", rows: 2, undefined: 0, mean: Some(0.85) }];

    #[track_caller]
    fn check_rows(rows: &str, expected: &[&str]) {
        let findings = check(&read_rows(&format!("{HEADER}{rows}")).unwrap(), &TWO);
        assert_eq!(findings.len(), expected.len(), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.contains(expected), "{findings:?}");
        }
    }

    #[test]
    fn the_right_rows_pass() {
        check_rows("1,TD,m,p,auc,,0.8,\n\"a, \"\"b\"\"\",TD,m,p,auc,,0.9,\n1,ASD,m,p,auc,,0.1,\n", &[]);
    }

    #[test]
    fn references_are_left_out() {
        let rows =
            read_rows(&format!("{HEADER}1,TD,m,p,auc,,0.8,\n1,TD,uniform,p,auc,,0.5,\n2,TD,m,p,auc,,0.9,\n")).unwrap();
        assert_eq!(check(&of_model(rows), &TWO), Vec::<String>::new());
    }

    #[test]
    fn missing_repeated_and_empty_rows_are_found() {
        check_rows("1,TD,m,p,auc,,0.85,\n", &["1 rows, expected 2"]);
        check_rows("1,TD,m,p,auc,,0.85,\n1,TD,m,p,auc,,0.85,\n", &["1 rows appear more than once"]);
        check_rows("1,TD,m,p,auc,,0.85,\n2,TD,m,p,auc,,,no fixations\n", &["1 rows without a value"]);
    }

    #[test]
    fn a_wrong_mean_is_found_and_so_is_none() {
        check_rows("1,TD,m,p,auc,,0.5,\n2,TD,m,p,auc,,0.5,\n", &["mean 0.500000000000 is not 0.850000000000"]);
        check_rows("", &["0 rows, expected 2", "mean NaN is not"]);
    }

    #[test]
    fn a_file_that_is_not_what_it_says_is_refused_with_the_line() {
        let message = |text: &str| read_rows(text).unwrap_err().to_string();
        assert_eq!(message(""), "the file is empty");
        assert_eq!(message("stimulus,group\n"), "there is no column `model`");
        assert_eq!(message(&format!("{HEADER}1,TD\n")), "line 2 has 2 fields, not 8");
        assert_eq!(message(&format!("{HEADER}1,TD,m,p,auc,,,\n")), "line 2 has neither a value nor a reason");
        assert_eq!(message(&format!("{HEADER}1,TD,m,p,auc,,x,\n")), "line 2: `x` is no number");
        assert_eq!(message(&format!("{HEADER}1,TD,m,p,auc,,NaN,\n")), "line 2: NaN is no value");
    }
}
