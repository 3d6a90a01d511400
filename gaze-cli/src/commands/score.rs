//! `gaze-cli score`: how much attention each region of a picture gets.

use std::io::{Write, stdout};

use anyhow::{Context, Result, ensure};
use gaze_core::Size;
use gaze_picture::png;
use gaze_study::{files, printable};
use serde::Serialize;

use super::{
    errors::with_option,
    scene::{Opened, Scene, check_picture},
};
use crate::{
    cli::RegionArgs,
    cli::ScoreArgs,
    design::{
        Figures, RegionSpec, Requirement, Scored, Verdict, check_all, read_regions, regions_of, resolve, tell_unmet,
    },
    input::{self, STDIN},
    outcome::Outcome,
    text::{aligned, percent, times},
};

const HEADING: &str = "region|share|area|lift|peak|at x,y|rank|share (cb)|lift (cb)|peak (cb)|rank (cb)";

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
    #[serde(flatten)]
    scored: Scored,
    reference: Figures,
}

/// Scores a picture or a stored map.
pub(crate) fn run(args: &ScoreArgs) -> Result<Outcome> {
    let RegionArgs { region, regions: file } = &args.regions;
    let inputs = [args.image.as_deref(), args.prediction.as_deref(), file.as_deref()].into_iter().flatten();
    input::check_one_stdin(inputs.clone())?;
    let specs = read_regions(region, file.as_deref(), "--regions")?;
    check_all(&args.require, &specs, false)?;
    check_picture(args.picture.as_deref(), inputs)?;
    let (opened, scene, model) = open(args)?;
    let regions = resolve(&specs, scene.size())?;
    let figures = regions_of(&scene.density, &regions)?;
    let (reference_name, center_bias) = opened.reference(&args.reference, scene.size())?;
    let reference = regions_of(&center_bias, &regions)?;
    if let Some(path) = &args.picture {
        files::write_bytes(path, &png(&scene.draw(args.colors, &specs, &regions, &figures))?)?;
    }
    let requirements = args.require.iter().map(|requirement| verdict(requirement, &specs, &figures)).collect();
    let Size { height, width } = scene.size();
    let rows = specs.into_iter().zip(&regions).zip(figures).zip(reference);
    let regions = rows.map(|(((spec, region), figures), reference)| RegionReport {
        name: spec.name,
        scored: Scored::new(region, figures),
        reference,
    });
    let report = Report {
        schema: 1,
        image: scene.name,
        model,
        reference: reference_name,
        width,
        height,
        regions: regions.collect(),
        requirements,
    };
    print(args, &report)?;
    Ok(if tell_unmet(&report.requirements) { Outcome::DoneWithProblems } else { Outcome::Done })
}

/// Opens the source of the density and the picture or map with it; returns also the name of the source.
fn open(args: &ScoreArgs) -> Result<(Opened, Scene, String)> {
    let Some(map) = &args.prediction else {
        ensure!(
            !args.maps.is_given(),
            "--map-kind, --renormalise and --variable are about a stored map; --prediction names one"
        );
        let opened = Opened::model(&args.model, args.background.background).map_err(with_option)?;
        let scene = opened.scene(args.image.as_deref().context("IMAGE or --prediction names what is scored")?)?;
        opened.tell();
        let name = opened.name();
        return Ok((opened, scene, name));
    };
    let opened = Opened::Maps(args.maps.options()?);
    let mut scene = opened.scene(map).context("--prediction")?;
    let file = if input::is_stdin(map) { STDIN.into() } else { map.file_name().unwrap_or_default().to_string_lossy() };
    let model = format!("precomputed:{file}");
    if let Some(image) = &args.image {
        let picture = input::image(image, args.background.background)?;
        let (found, expected) = (scene.size(), picture.size());
        ensure!(found == expected, "--prediction is {found}, the picture {expected} (height x width)");
        scene = Scene { name: input::shown(image), picture: Some(picture), ..scene };
    }
    Ok((opened, scene, model))
}

fn verdict(requirement: &Requirement, specs: &[RegionSpec], figures: &[Figures]) -> Verdict {
    let region = specs.iter().zip(figures).find(|(spec, _)| Some(&spec.name) == requirement.region.as_ref());
    Verdict::of(requirement, region.and_then(|(_, figures)| figures.get(requirement.figure)))
}

fn print(args: &ScoreArgs, report: &Report) -> Result<()> {
    let mut out = stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
        return Ok(());
    }
    let Report { image, width, height, model, reference, .. } = report;
    writeln!(out, "{} · {width}x{height} pixels (width x height) · {}\n", printable(image), printable(model))?;
    let mut rows = vec![HEADING.split('|').map(str::to_owned).collect()];
    for RegionReport { name, scored: Scored { area, figures, .. }, reference } in &report.regions {
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
    out.write_all(aligned(&rows, 1).as_bytes())?;
    writeln!(
        out,
        "\nshare: of all attention; lift: share / area, 1× is chance; peak: the densest pixel in multiples of chance.\n\
         (cb): the center bias alone ({}), what these places are worth whatever the picture shows.",
        printable(reference)
    )?;
    Ok(())
}
