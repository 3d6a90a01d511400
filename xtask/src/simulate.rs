//! `cargo xtask simulate-gaze`: the made-up gaze of the bundled example.
//!
//! No person looked at the example's photographs. This program says, openly and repeatably, what stands in for them.

use std::{fmt::Write as _, fs};

use anyhow::{Context, Result, bail, ensure};
use xtask::random::output;

use crate::{args::Args, workspace::Workspace};

pub(crate) const USAGE: &str = "\
Write examples/photographs/fixations.csv, simulated gaze, from regions.csv beside it.

Usage: cargo xtask simulate-gaze
";

const FOLDER: &str = "examples/photographs";
const OBSERVERS: usize = 12;
const SEED: u64 = 2026;

pub(crate) fn run(workspace: &Workspace, args: Args) -> Result<()> {
    args.finish()?;
    let folder = workspace.root().join(FOLDER);
    let regions = folder.join("regions.csv");
    let text = fs::read_to_string(&regions).with_context(|| regions.display().to_string())?;
    let path = folder.join("fixations.csv");
    fs::write(&path, simulate(&text)?).with_context(|| path.display().to_string())?;
    println!("wrote {}", workspace.display(&path));
    Ok(())
}

/// A place worth looking at.
struct Region {
    x: f64,
    y: f64,
    sigma: f64,
    weight: f64,
}

struct Picture {
    name: String,
    width: f64,
    height: f64,
    regions: Vec<Region>,
}

fn pictures(text: &str) -> Result<Vec<Picture>> {
    let mut lines = text.lines();
    ensure!(
        lines.next() == Some("image,width,height,what,x,y,sigma_px,weight"),
        "regions.csv: the header is not the one expected"
    );
    let mut pictures: Vec<Picture> = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, width, height, _, x, y, sigma, weight] = fields[..] else {
            bail!("regions.csv: {} fields instead of 8 in {line:?}", fields.len());
        };
        let number = |field: &str| field.parse::<f64>().with_context(|| format!("regions.csv: {field:?} in {line:?}"));
        let region = Region { x: number(x)?, y: number(y)?, sigma: number(sigma)?, weight: number(weight)? };
        match pictures.last_mut() {
            Some(picture) if picture.name == name => picture.regions.push(region),
            _ => pictures.push(Picture {
                name: name.to_owned(),
                width: number(width)?,
                height: number(height)?,
                regions: vec![region],
            }),
        }
    }
    Ok(pictures)
}

fn simulate(regions: &str) -> Result<String> {
    let mut random = Random { seed: SEED, drawn: 0 };
    let mut table = String::from("image,subject,x,y,duration_ms\n");
    for picture in pictures(regions)? {
        for observer in 1..=OBSERVERS {
            let others = random.between(6.0, 11.0).floor();
            let mut made = 0.0;
            while made <= others {
                let (x, y) = picture.point(&mut random, made > 0.0);
                let duration = (250f64.ln() + 0.4 * random.normal()).exp();
                // Gaze beside the picture is no fixation on it.
                if (0.0..picture.width).contains(&x) && (0.0..picture.height).contains(&y) {
                    let name = &picture.name;
                    writeln!(table, "{name},simulated-{observer:02},{x:.1},{y:.1},{duration:.0}")?;
                    made += 1.0;
                }
            }
        }
    }
    Ok(table)
}

impl Picture {
    fn point(&self, random: &mut Random, free: bool) -> (f64, f64) {
        let near = |random: &mut Random, x: f64, y: f64, sigma: f64| {
            let (dx, dy) = (sigma * random.normal(), sigma * random.normal());
            // Rounded as it will be written, so that a point that is inside stays inside.
            (((x + dx) * 10.0).round() / 10.0, ((y + dy) * 10.0).round() / 10.0)
        };
        let (middle_x, middle_y) = (self.width / 2.0, self.height / 2.0);
        if !free {
            return near(random, middle_x, middle_y, 0.06 * self.width);
        }
        let kind = random.between(0.0, 1.0);
        if kind < 0.1 {
            let (x, y) = (random.between(0.0, self.width), random.between(0.0, self.height));
            return near(random, x, y, 0.0);
        }
        if kind < 0.3 {
            return near(random, middle_x, middle_y, 0.2 * self.width);
        }
        let mut left = random.between(0.0, self.regions.iter().map(|region| region.weight).sum());
        let chosen = self.regions.iter().find(|region| {
            left -= region.weight;
            left < 0.0
        });
        match chosen.or(self.regions.last()) {
            Some(region) => near(random, region.x, region.y, region.sigma),
            None => near(random, middle_x, middle_y, 0.2 * self.width),
        }
    }
}

/// Numbers from a seed, the same on every machine.
struct Random {
    seed: u64,
    drawn: u64,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.drawn += 1;
        output(self.seed, self.drawn - 1)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next() >> 11) as f64 / (1u64 << 53) as f64)
    }

    /// A standard normal number by the method of Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.between(0.0, 1.0)).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.between(0.0, 1.0)).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_gaze_is_what_the_generator_writes() {
        let folder = Workspace::find().unwrap().root().join(FOLDER);
        let regions = fs::read_to_string(folder.join("regions.csv")).unwrap();
        let committed = fs::read_to_string(folder.join("fixations.csv")).unwrap();
        assert_eq!(simulate(&regions).unwrap(), committed);
    }

    #[test]
    fn a_line_that_is_no_region_is_named() {
        let header = "image,width,height,what,x,y,sigma_px,weight\n";
        let error = simulate(&format!("{header}a.png,10,10,thing,1,2,x,1")).unwrap_err();
        assert!(format!("{error:#}").starts_with("regions.csv: \"x\" in \"a.png,10,10,thing,1,2,x,1\""));
        assert!(simulate(&format!("{header}a.png")).unwrap_err().to_string().contains("1 fields instead of 8"));
        assert!(simulate("").is_err());
    }
}
