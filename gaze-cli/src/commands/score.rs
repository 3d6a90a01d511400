//! `gaze-cli score`: how much attention each region of a picture gets.

use std::{
    io::{Write, stdout},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use gaze_core::Size;
use gaze_metrics::Region;
use serde::Serialize;

use crate::{
    Outcome,
    design::{
        Figures, Opened, RegionSpec, Requirement, Scene, Verdict, aligned, check_all, percent, read_regions,
        regions_of, resolve, tell_unmet, times,
    },
    input::{self, STDIN},
    messages::printable,
    output, picture,
    score_args::ScoreArgs,
};

/// The JSON that is printed; docs/DESIGNS.md describes it.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    image: String,
    model: String,
    reference: String,
    width: usize,
    height: usize,
    regions: Vec<RegionReport>,
    requirements: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
struct RegionReport {
    name: String,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    area: f64,
    #[serde(flatten)]
    figures: Figures,
    reference: Figures,
}

/// Scores a picture or a stored map.
pub(crate) fn run(args: &ScoreArgs) -> Result<Outcome> {
    let files = [args.image.as_deref(), args.prediction.as_deref(), args.regions.regions.as_deref()];
    input::check_one_stdin(files.into_iter().flatten())?;
    let specs = read_regions(&args.regions)?;
    check_all(&args.require, &specs, false)?;
    if let Some(path) = &args.picture {
        output::probe_file(path).context("--picture")?;
        let inputs = files.into_iter().flatten().filter(|file| same_file(file, path));
        ensure!(inputs.count() == 0, "--picture {} would replace what is read", path.display());
    }
    let (scene, model) = scene(args)?;
    let regions = resolve(&specs, scene.size())?;
    let figures = regions_of(&scene.density, &regions)?;
    let reference = regions_of(&scene.reference(&args.model.reference)?, &regions)?;
    if let Some(path) = &args.picture {
        draw(path, args, &scene, &specs, &regions, &figures)?;
    }
    let requirements = args.require.iter().map(|requirement| verdict(requirement, &specs, &figures)).collect();
    let Size { height, width } = scene.size();
    let rows = specs.into_iter().zip(&regions).zip(figures).zip(reference);
    let report = Report {
        schema: 1,
        image: scene.name,
        model,
        reference: args.model.reference.name(),
        width,
        height,
        regions: rows.map(|(((spec, region), figures), reference)| entry(spec, region, figures, reference)).collect(),
        requirements,
    };
    print(args, &report)?;
    Ok(if tell_unmet(&report.requirements) { Outcome::DoneWithProblems } else { Outcome::Done })
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// The picture or map with its density, and the name of what made it.
fn scene(args: &ScoreArgs) -> Result<(Scene, String)> {
    let Some(map) = &args.prediction else {
        let opened = Opened::model(&args.model)?;
        let scene = opened.scene(args.image.as_deref().context("IMAGE or --prediction names what is scored")?)?;
        opened.tell();
        return Ok((scene, args.model.model.name()));
    };
    let mut scene = Opened::Maps(args.map_kind).scene(map).context("--prediction")?;
    let file = if input::is_stdin(map) { STDIN.into() } else { map.file_name().unwrap_or_default().to_string_lossy() };
    let model = format!("precomputed:{file}");
    if let Some(image) = &args.image {
        let picture = input::image(image)?;
        let (found, expected) = (scene.size(), picture.size());
        ensure!(found == expected, "--prediction is {found}, the picture {expected} (height x width)");
        scene = Scene { name: input::shown(image), picture: Some(picture), ..scene };
    }
    Ok((scene, model))
}

fn entry(spec: RegionSpec, region: &Region, figures: Figures, reference: Figures) -> RegionReport {
    let ((left, right), (top, bottom)) = (region.x(), region.y());
    let (width, height) = (right - left, bottom - top);
    RegionReport { name: spec.name, x: left, y: top, width, height, area: region.area(), figures, reference }
}

fn verdict(requirement: &Requirement, specs: &[RegionSpec], figures: &[Figures]) -> Verdict {
    let region = specs.iter().zip(figures).find(|(spec, _)| Some(&spec.name) == requirement.region.as_ref());
    Verdict::of(requirement, region.and_then(|(_, figures)| figures.get(requirement.figure)))
}

fn draw(
    path: &Path,
    args: &ScoreArgs,
    scene: &Scene,
    specs: &[RegionSpec],
    regions: &[Region],
    figures: &[Figures],
) -> Result<()> {
    let mut overlay = scene.overlay(args.colors);
    for ((spec, region), figures) in specs.iter().zip(regions).zip(figures) {
        picture::outline(&mut overlay, region.x(), region.y(), &format!("{} {}", spec.name, percent(figures.share)));
    }
    output::write_bytes(path, &picture::png(&overlay)?)
}

fn print(args: &ScoreArgs, report: &Report) -> Result<()> {
    let mut out = stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
        return Ok(());
    }
    let Report { image, width, height, model, reference, .. } = report;
    writeln!(out, "{} · {width}x{height} pixels (width x height) · {}\n", printable(image), printable(model))?;
    let heading = [
        "region",
        "share",
        "area",
        "lift",
        "peak",
        "at x,y",
        "rank",
        "share (cb)",
        "lift (cb)",
        "peak (cb)",
        "rank (cb)",
    ];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for RegionReport { name, area, figures, reference, .. } in &report.regions {
        rows.push(vec![
            printable(name),
            percent(figures.share),
            percent(*area),
            times(figures.lift),
            times(figures.peak),
            format!("{},{}", figures.peak_at.x, figures.peak_at.y),
            figures.rank.to_string(),
            percent(reference.share),
            times(reference.lift),
            times(reference.peak),
            reference.rank.to_string(),
        ]);
    }
    out.write_all(aligned(&rows).as_bytes())?;
    writeln!(
        out,
        "\nshare: of all attention; lift: share / area, 1× is chance; peak: the densest pixel in multiples of chance.\n\
         (cb): the center bias alone ({}), what these places are worth whatever the picture shows.",
        printable(reference)
    )?;
    Ok(())
}
