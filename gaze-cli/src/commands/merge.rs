//! `gaze-cli merge`: the shards of a run become the run.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::run::tell;
use crate::{
    Outcome,
    args::MergeArgs,
    progress::Progress,
    run::{Index, OutFolder, Parts, Settings, finish, stored},
};

/// Joins the shards and writes everything that is about all stimuli.
pub(crate) fn run(args: &MergeArgs) -> Result<Outcome> {
    let shards = args.shards.iter().map(|folder| open(folder)).collect::<Result<Vec<_>>>()?;
    let Some(((settings, index, _), others)) = shards.split_first() else { bail!("name the folders of the shards") };
    for ((other, other_index, _), folder) in others.iter().zip(&args.shards[1..]) {
        if let Some(difference) = settings.difference(other) {
            bail!("{} is of another run than {} ({difference})", folder.display(), args.shards[0].display());
        }
        ensure!(
            index == other_index,
            "{} saw other data than {}: fixations, sizes or names differ",
            folder.display(),
            args.shards[0].display()
        );
    }
    let folder = OutFolder::claim(&args.out, settings, args.overwrite)?;
    folder.store(&args.out, index)?;
    let to = Parts::new(args.out.clone());
    let progress = Progress::new(args.progress, args.quiet);
    let stage = progress.stage("merging", index.stimuli.len());
    let mut missing = Vec::new();
    for entry in &index.stimuli {
        // A shard that could score a stimulus goes before one that could not.
        let mut found: Vec<_> =
            shards.iter().filter_map(|(.., parts)| Some((parts, parts.finished(&entry.key)?))).collect();
        found.sort_by_key(|(_, part)| part.failure.is_some());
        match found.first() {
            Some((from, part)) => to.bring(&entry.key, from, part)?,
            None => missing.push(entry.key.as_str()),
        }
        stage.done(0);
    }
    stage.finish();
    if let Some(first) = missing.first() {
        bail!(
            "{} of {} stimuli are in none of the folders, {first} first among them: is a shard missing or unfinished?",
            missing.len(),
            index.stimuli.len()
        );
    }
    let summary = finish(&args.out, settings.clone(), index)?;
    tell(&summary, &args.out, args.quiet)
}

fn open(folder: &Path) -> Result<(Settings, Index, Parts)> {
    let (settings, index) = stored(folder).with_context(|| format!("{} holds no shard of a run", folder.display()))?;
    Ok((settings, index, Parts::new(folder.to_owned())))
}
