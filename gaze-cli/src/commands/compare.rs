//! `gaze-cli compare`: what changes in the attention that regions get, from one picture to another.

use std::{
    io::{Write, stdout},
    path::Path,
};

use anyhow::{Result, bail, ensure};
use gaze_core::Size;
use gaze_metrics::{KlVariant, MetricError, cc, kl_divergence_variant, sim};
use gaze_picture::png;
use gaze_study::{Number, files, printable};
use image::{Rgb, RgbImage, imageops};
use serde::Serialize;

use super::{
    errors::with_option,
    scene::{Opened, Scene, check_picture},
};
use crate::{
    cli::CompareArgs,
    design::{
        Figure, Figures, RegionSpec, Requirement, Scored, Verdict, check_all, read_regions, regions_of, resolve,
        tell_unmet,
    },
    input,
    outcome::Outcome,
    text::{aligned, percent, times},
};

/// The JSON that is printed; docs/DESIGNS.md describes it.
#[derive(Debug, Serialize)]
struct Report {
    schema: u32,
    model: String,
    a: Side,
    b: Side,
    /// `None` if the sizes differ.
    maps: Option<MapFigures>,
    regions: Vec<RegionReport>,
    requirements: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
struct Side {
    image: String,
    width: usize,
    height: usize,
}

#[derive(Debug, Serialize)]
struct MapFigures {
    /// `None` if a map is constant.
    cc: Option<Number>,
    sim: Number,
    kl: Number,
}

#[derive(Debug, Serialize)]
struct RegionReport {
    name: String,
    a: Scored,
    b: Scored,
    difference: Difference,
}

/// B − A.
#[derive(Debug, Serialize)]
struct Difference {
    share: f64,
    lift: f64,
    peak: f64,
    rank: i64,
}

/// Compares two pictures or two stored maps.
pub(crate) fn run(args: &CompareArgs) -> Result<Outcome> {
    let files = [Some(&args.a), Some(&args.b), args.regions.as_ref(), args.regions_b.as_ref()];
    let inputs = files.into_iter().flatten().map(AsRef::as_ref);
    input::check_one_stdin(inputs.clone())?;
    let specs = read_regions(&args.region, args.regions.as_deref(), "--regions")?;
    let moved = read_regions(&args.region_b, args.regions_b.as_deref(), "--regions-b")?;
    let specs_b = moved_regions(&specs, moved)?;
    check_all(&args.require, &specs, true)?;
    check_picture(args.picture.as_deref(), inputs)?;

    let (opened, model) = open(args)?;
    let (a, b) = (opened.scene(&args.a)?, opened.scene(&args.b)?);
    opened.tell();
    check_sizes(&a, &b, &specs, &specs_b)?;
    let maps = compare_maps(&a, &b)?;
    let (regions_a, regions_b) = (resolve(&specs, a.size())?, resolve(&specs_b, b.size())?);
    let (figures_a, figures_b) = (regions_of(&a.density, &regions_a)?, regions_of(&b.density, &regions_b)?);
    if let Some(path) = &args.picture {
        let drawn = [
            a.draw(args.colors, &specs, &regions_a, &figures_a),
            b.draw(args.colors, &specs_b, &regions_b, &figures_b),
        ];
        files::write_bytes(path, &png(&side_by_side(&drawn))?)?;
    }
    let both = figures_a.iter().zip(&regions_a).zip(figures_b.iter().zip(&regions_b));
    let regions: Vec<RegionReport> = specs
        .into_iter()
        .zip(both)
        .map(|(spec, ((a, region_a), (b, region_b)))| RegionReport {
            name: spec.name,
            a: Scored::new(region_a, *a),
            b: Scored::new(region_b, *b),
            difference: difference(a, b),
        })
        .collect();
    let requirements = args.require.iter().map(|requirement| verdict(requirement, &regions, maps.as_ref())).collect();
    let report = Report { schema: 1, model, a: side(a), b: side(b), maps, regions, requirements };
    print(args, &report)?;
    Ok(if tell_unmet(&report.requirements) { Outcome::DoneWithProblems } else { Outcome::Done })
}

/// The regions of A with those that are elsewhere in B.
fn moved_regions(specs: &[RegionSpec], moved: Vec<RegionSpec>) -> Result<Vec<RegionSpec>> {
    let mut specs = specs.to_vec();
    for region in moved {
        match specs.iter_mut().find(|spec| spec.name == region.name) {
            Some(spec) => *spec = region,
            None => bail!("--region-b {}: there is no such region in A; give it with --region", region.name),
        }
    }
    Ok(specs)
}

/// The model, or what reads maps, and its name.
fn open(args: &CompareArgs) -> Result<(Opened, String)> {
    let is_map = |path: &Path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| {
            ["npy", "npz", "mat", "h5", "hdf5", "exr"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        })
    };
    let maps = [is_map(&args.a), is_map(&args.b)];
    if args.are_maps || maps == [true; 2] {
        let opened = Opened::Maps(args.maps.options()?);
        let name = opened.name();
        return Ok((opened, name));
    }
    ensure!(
        maps == [false; 2],
        "one of {} and {} is a stored map; two pictures can be compared, or with --maps two maps",
        args.a.display(),
        args.b.display()
    );
    ensure!(
        !args.maps.is_given(),
        "--map-kind, --renormalise and --variable are about stored maps; --maps says that A and B are"
    );
    let opened = Opened::model(&args.model, args.background.background).map_err(with_option)?;
    let name = opened.name();
    Ok((opened, name))
}

/// Pixels of one picture say nothing about a picture of another size.
fn check_sizes(a: &Scene, b: &Scene, specs: &[RegionSpec], specs_b: &[RegionSpec]) -> Result<()> {
    let (size_a, size_b) = (a.size(), b.size());
    if size_a == size_b {
        return Ok(());
    }
    ensure!(
        !specs.is_empty(),
        "A is {size_a} and B {size_b} (height x width), so their maps cannot be compared; give regions with --region"
    );
    let ambiguous = specs.iter().zip(specs_b).find(|(a, b)| a == b && !a.is_relative());
    if let Some((region, _)) = ambiguous {
        bail!(
            "A is {size_a} and B {size_b} (height x width), and region {} is in pixels; give it in percent, or say with \
             --region-b where it is in B",
            region.name
        )
    }
    Ok(())
}

fn compare_maps(a: &Scene, b: &Scene) -> Result<Option<MapFigures>> {
    if a.size() != b.size() {
        return Ok(None);
    }
    let (map_a, map_b) = (a.density.to_saliency_map(), b.density.to_saliency_map());
    let cc = match cc(&map_b, &map_a) {
        Err(MetricError::ConstantReference) => None,
        cc => Some(Number(cc?)),
    };
    let kl = kl_divergence_variant(&map_b, &map_a, KlVariant::Plain)?;
    Ok(Some(MapFigures { cc, sim: Number(sim(&map_b, &map_a)?), kl: Number(kl) }))
}

fn difference(a: &Figures, b: &Figures) -> Difference {
    let rank = |figures: &Figures| i64::try_from(figures.rank).unwrap_or(i64::MAX);
    Difference { share: b.share - a.share, lift: b.lift - a.lift, peak: b.peak - a.peak, rank: rank(b) - rank(a) }
}

fn side(scene: Scene) -> Side {
    let Size { height, width } = scene.size();
    Side { image: scene.name, width, height }
}

fn verdict(requirement: &Requirement, regions: &[RegionReport], maps: Option<&MapFigures>) -> Verdict {
    let region = regions.iter().find(|region| Some(&region.name) == requirement.region.as_ref());
    let change = region.map(|region| &region.difference);
    let value = match requirement.figure {
        Figure::Share => change.map(|change| change.share),
        Figure::Lift => change.map(|change| change.lift),
        Figure::Peak => change.map(|change| change.peak),
        Figure::Rank => change.map(|change| change.rank as f64),
        Figure::Cc => maps.and_then(|maps| maps.cc).map(|cc| cc.0),
        Figure::Sim => maps.map(|maps| maps.sim.0),
        Figure::Kl => maps.map(|maps| maps.kl.0),
    };
    Verdict::of(requirement, value)
}

/// One picture beside the other.
fn side_by_side(pictures: &[RgbImage; 2]) -> RgbImage {
    const GAP: u32 = 8;
    let [a, b] = pictures;
    let mut both = RgbImage::from_pixel(a.width() + GAP + b.width(), a.height().max(b.height()), Rgb([24; 3]));
    imageops::replace(&mut both, a, 0, 0);
    imageops::replace(&mut both, b, i64::from(a.width() + GAP), 0);
    both
}

fn print(args: &CompareArgs, report: &Report) -> Result<()> {
    let mut out = stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
        return Ok(());
    }
    let Report { model, a, b, maps, regions, .. } = report;
    for (letter, Side { image, width, height }) in [("A", a), ("B", b)] {
        writeln!(out, "{letter}  {} · {width}x{height} pixels (width x height)", printable(image))?;
    }
    writeln!(out, "by {}\n", printable(model))?;
    match maps {
        Some(MapFigures { cc, sim, kl }) => {
            let cc = cc.map_or_else(|| "none, a map is constant".to_owned(), |cc| format!("{:.4}", cc.0));
            let kl = if kl.0.is_finite() { format!("{:.4} nats", kl.0) } else { "∞".to_owned() };
            writeln!(out, "maps: CC {cc}, SIM {:.4}, KL {kl}", sim.0)?;
        }
        None => writeln!(out, "maps: not compared, their sizes differ")?,
    }
    if regions.is_empty() {
        return Ok(());
    }
    let heading = "region|share A|share B|B − A|lift A|lift B|peak A|peak B|rank A|rank B";
    let mut rows = vec![heading.split('|').map(str::to_owned).collect::<Vec<_>>()];
    for RegionReport { name, a: Scored { figures: a, .. }, b: Scored { figures: b, .. }, difference } in regions {
        rows.push(vec![
            printable(name),
            percent(a.share),
            percent(b.share),
            format!("{:+.1} points", 100.0 * difference.share),
            times(a.lift),
            times(b.lift),
            times(a.peak),
            times(b.peak),
            a.rank.to_string(),
            b.rank.to_string(),
        ]);
    }
    writeln!(out, "\n{}", aligned(&rows, 1).trim_end())?;
    Ok(())
}
