//! `cargo xtask synthetic-weights`: weights for tests and benchmarks, from a seed.

use std::{env, fs};

use anyhow::{Context, Result, bail};
use xtask::synthetic::{self, Network};

use crate::{
    args::Args,
    progress::{Progress, mb},
    workspace::Workspace,
};

pub(crate) const USAGE: &str = "\
Write weights with the names and shapes of a DeepGaze network and numbers from a seed.

Usage: cargo xtask synthetic-weights [--model MODEL] [--seed S] --out FILE

Options:
  --model MODEL  deepgaze-i (244 MB), deepgaze-iie (418 MB, the default), deepgaze-iii (82 MB) or deepgaze-msdb (1.8 GB)
  --out FILE     .safetensors, or .pth as PyTorch writes it
  --seed S       decimal, or hexadecimal after 0x (default: 0)
  -h, --help     this text

They serve to compare implementations of the network with each other. What the network predicts with them has no meaning.
The same seed gives the same file, everywhere.
";

pub(crate) fn run(_: &Workspace, mut args: Args) -> Result<()> {
    let network = args.text("--model")?.map_or(Ok(Network::DeepGazeIie), |name| parse_network(&name))?;
    let seed = args.text("--seed")?.map_or(Ok(0), |seed| parse_seed(&seed))?;
    let out = args.path("--out")?.context("where to? See `cargo xtask synthetic-weights --help`")?;
    args.finish()?;
    let out = env::current_dir()?.join(out);
    synthetic::Format::of(&out)?;
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    let total = synthetic::entries(network).iter().map(|entry| entry.bytes() as u64).sum();
    let mut progress = Progress::new("      writing", total);
    synthetic::write(&out, network, seed, |bytes| progress.add(bytes))?;
    drop(progress);
    println!("{} ({}, seed {seed:#x})", out.display(), mb(fs::metadata(&out)?.len()));
    Ok(())
}

fn parse_network(name: &str) -> Result<Network> {
    Ok(match name {
        "deepgaze-i" => Network::DeepGazeI,
        "deepgaze-iie" => Network::DeepGazeIie,
        "deepgaze-iii" => Network::DeepGazeIii,
        "deepgaze-msdb" => Network::DeepGazeMsdb,
        _ => bail!("--model is `{name}`, but must be deepgaze-i, deepgaze-iie, deepgaze-iii or deepgaze-msdb"),
    })
}

fn parse_seed(text: &str) -> Result<u64> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    match parsed {
        Ok(seed) if !text.contains('+') => Ok(seed),
        _ => bail!("--seed is `{text}`, but must be a number below 2^64, decimal or hexadecimal after 0x"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_network_is_told_with_those_there_are() {
        assert_eq!(parse_network("deepgaze-iii").unwrap(), Network::DeepGazeIii);
        let error = parse_network("deepgaze").unwrap_err().to_string();
        assert_eq!(error, "--model is `deepgaze`, but must be deepgaze-i, deepgaze-iie, deepgaze-iii or deepgaze-msdb");
    }

    #[test]
    fn seeds_are_decimal_or_hexadecimal() {
        assert_eq!(parse_seed("12").unwrap(), 12);
        assert_eq!(parse_seed("0x1F").unwrap(), 31);
        assert_eq!(parse_seed("0xFFFFFFFFFFFFFFFF").unwrap(), u64::MAX);
        for text in ["", "0x", "1f", "-1", "+1", "0x+1", "18446744073709551616"] {
            assert!(parse_seed(text).unwrap_err().to_string().contains(&format!("`{text}`")), "{text}");
        }
    }
}
