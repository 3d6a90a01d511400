//! `cargo xtask fetch-weights`: the released weights of a DeepGaze network, and the center bias that goes with it.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    args::Args,
    checksum::Checksum,
    download::{self, Item, Patience, State},
    program,
    workspace::Workspace,
};

pub(crate) const USAGE: &str = "\
Download the released weights of a DeepGaze network and the center bias that was estimated from MIT1003. Then set libtorch
up, which the network runs on, and build target/release/gaze-cli with it.

Usage: cargo xtask fetch-weights [OPTIONS]

Options:
  --model MODEL     deepgaze-i, deepgaze-iie (the default), deepgaze-iii or deepgaze-msdb
  --list            show the files, where they come from and whether they are there; download nothing
  --verify          compare the files that are there with what is known of them; download nothing
  --mirror URL      from below URL instead of the authors' servers: URL/v1.0.0/deepgaze2e.pth; --list shows all paths
  --from-file PATH  take one of the files, or a folder with them, that was downloaded by other means
  --weights-only    leave libtorch and gaze-cli as they are
  --dest DIR        into DIR instead of the folder in which gaze-cli looks by itself
  -h, --help        this text

gaze-cli looks in $GAZE_WEIGHTS, or else in gaze/weights in the user's folder for caches (~/.cache on Linux).

Size and SHA-256 are checked before a file gets its name, where they are known: nobody has published those of deepgaze1.pth,
deepgaze3.pth and deepgazemsdb.pth. (gaze-cli checks the name and shape of every tensor in any case.) An interrupted download of a known file is
continued by the next call, and a call that finds everything in place downloads nothing. Proxies are taken from HTTPS_PROXY
and NO_PROXY.

The files belong to the authors of DeepGaze (https://github.com/matthias-k/DeepGaze). They carry no licence of their own; so
they are downloaded by whoever uses them, and never shipped with this project. DeepGaze MSDB also takes the weights of CLIP RN50x64
(OpenAI, MIT licence) and DINOv2 ViT-B/14 (Meta, Apache-2.0), 1.7 GB in all.
";

/// Where the authors of DeepGaze release their files.
const RELEASES: &str = "https://github.com/matthias-k/DeepGaze/releases/download";
/// Where `OpenAI` has the files of CLIP. Their paths contain their SHA-256.
const CLIP: &str = "https://openaipublic.azureedge.net";
/// Where Meta has the files of DINOv2.
const DINO: &str = "https://dl.fbaipublicfiles.com";

/// A file and its server.
#[derive(Clone, Debug)]
struct Released {
    server: &'static str,
    item: Item,
}

/// The networks by name, and their weights.
const WEIGHTS: [(&str, &[Released]); 4] = [
    (
        "deepgaze-i",
        &[Released {
            server: RELEASES,
            item: Item { name: "deepgaze1.pth", path: "v1.01/deepgaze1.pth", bytes: None, checksum: Checksum::Unknown },
        }],
    ),
    (
        "deepgaze-iie",
        &[Released {
            server: RELEASES,
            item: Item {
                name: "deepgaze2e.pth",
                path: "v1.0.0/deepgaze2e.pth",
                bytes: Some(419_676_716),
                checksum: Checksum::Sha256("49b65724184f43a2b60426c29c12fd2b743b47ad9eb3435d3dd28e50ea4e2585"),
            },
        }],
    ),
    (
        "deepgaze-iii",
        &[Released {
            server: RELEASES,
            item: Item {
                name: "deepgaze3.pth",
                path: "v1.1.0/deepgaze3.pth",
                bytes: None,
                checksum: Checksum::Unknown,
            },
        }],
    ),
    ("deepgaze-msdb", &MSDB),
];

/// The weights of DeepGaze MSDB and of its two backbones.
const MSDB: [Released; 3] = [
    Released {
        server: RELEASES,
        item: Item {
            name: "deepgazemsdb.pth",
            path: "v1.2.0/deepgazemsdb.pth",
            bytes: None,
            checksum: Checksum::Unknown,
        },
    },
    Released {
        server: CLIP,
        item: Item {
            name: "RN50x64.pt",
            path: "clip/models/be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c/RN50x64.pt",
            bytes: None,
            checksum: Checksum::Sha256("be1cfb55d75a9666199fb2206c106743da0f6468c9d327f3e0d0a543a9919d9c"),
        },
    },
    Released {
        server: DINO,
        item: Item {
            name: "dinov2_vitb14_pretrain.pth",
            path: "dinov2/dinov2_vitb14/dinov2_vitb14_pretrain.pth",
            bytes: Some(346_378_731),
            checksum: Checksum::Sha256("0b8b82f85de91b424aded121c7e1dcc2b7bc6d0adeea651bf73a13307fad8c73"),
        },
    },
];

/// The network unless another one is named.
const DEFAULT: &str = "deepgaze-iie";

/// The center bias that all of them are given.
const CENTER_BIAS: Released = Released {
    server: RELEASES,
    item: Item {
        name: "centerbias_mit1003.npy",
        path: "v1.0.0/centerbias_mit1003.npy",
        bytes: Some(8_388_688),
        checksum: Checksum::Sha256("051645b7da47884c138e81f28a4afbadd99b6c3262eaf086434a9626e3578be9"),
    },
};

/// The files that a network needs.
fn items(model: &str) -> Result<Vec<Released>> {
    let names: Vec<&str> = WEIGHTS.iter().map(|(name, _)| *name).collect();
    match WEIGHTS.iter().find(|(name, _)| *name == model) {
        Some((_, weights)) => Ok([weights, &[CENTER_BIAS][..]].concat()),
        None => bail!("--model is `{model}`, but must be one of {}", names.join(", ")),
    }
}

const NOTICE: &str = "The files of DeepGaze carry no licence of their own. They belong to its authors \
                      (https://github.com/matthias-k/DeepGaze) and are downloaded, never shipped. CLIP's are under the MIT \
                      licence, DINOv2's under Apache-2.0.";

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Result<()> {
    let (list, verify) = (args.flag("--list"), args.flag("--verify"));
    let weights_only = args.flag("--weights-only");
    let model = args.text("--model")?.unwrap_or_else(|| DEFAULT.to_owned());
    let mirror = args.text("--mirror")?;
    let from_file = args.path("--from-file")?;
    let dest = args.path("--dest")?;
    args.finish()?;
    if [list, verify, mirror.is_some(), from_file.is_some()].into_iter().filter(|&given| given).count() > 1 {
        bail!("--list, --verify, --mirror and --from-file exclude each other");
    }
    let items = items(&model)?;
    let folder = match dest {
        Some(dest) => env::current_dir()?.join(dest),
        None => {
            xtask::weights_folder().context("there is no home folder to put the weights into; name one with --dest")?
        }
    };
    if list || verify {
        return show(&items, &folder, verify);
    }
    println!("{NOTICE}");
    match from_file {
        Some(from) => take(&items, &env::current_dir()?.join(from), &folder)?,
        None => fetch(&items, mirror.as_deref(), &folder)?,
    }
    if weights_only {
        return Ok(());
    }
    program::build(workspace, true)?;
    println!("\n`target/release/gaze-cli predict photo.jpg --model {model}` works now.");
    Ok(())
}

/// Downloads all files from below their server's address, or that of a mirror.
fn fetch(items: &[Released], mirror: Option<&str>, folder: &Path) -> Result<()> {
    if let Some(base) = mirror.filter(|base| !base.starts_with("http://") && !base.starts_with("https://")) {
        bail!("--mirror is `{base}`, but must begin with http:// or https://; a folder is taken with --from-file");
    }
    for Released { server, item } in items {
        let path = download::fetch(item, mirror.unwrap_or(server), folder, Patience::default())?;
        println!("{} ({}), {}", path.display(), item.size(), item.checksum.verdict());
    }
    Ok(())
}

fn show(items: &[Released], folder: &Path, verify: bool) -> Result<()> {
    println!("{}:", folder.display());
    let mut wrong = 0;
    for Released { server, item } in items {
        let path = folder.join(item.name);
        let state = if verify {
            match download::state(item, &path)? {
                State::Complete => item.checksum.verdict(),
                other => {
                    wrong += 1;
                    if let State::Wrong(how) = other { format!("WRONG: {how}") } else { "missing".into() }
                }
            }
        } else if path.exists() {
            "there".to_owned()
        } else {
            "not there".to_owned()
        };
        println!("  {:<26} {:>17}  {state}", item.name, item.size());
        if !verify {
            let (algorithm, checksum) = item.checksum.parts().unwrap_or(("checksum", "unknown"));
            println!("    {algorithm} {checksum}\n    from    {server}/{}", item.path);
        }
    }
    match wrong {
        0 => Ok(()),
        _ => bail!("{wrong} of {} files are missing or wrong; `cargo xtask fetch-weights` fetches them", items.len()),
    }
}

/// Takes one file, which its size tells from the others (or its name, where the size is not known), or all that a folder
/// has.
fn take(items: &[Released], from: &Path, folder: &Path) -> Result<()> {
    let items = || items.iter().map(|released| &released.item);
    let found: Vec<(&Item, PathBuf)> = if from.is_dir() {
        items().map(|item| (item, from.join(item.name))).filter(|(_, path)| path.exists()).collect()
    } else {
        let size = from.metadata().with_context(|| format!("reading {}", from.display()))?.len();
        let is_it = |item: &&Item| match item.bytes {
            Some(bytes) => bytes == size,
            None => from.file_name().is_some_and(|name| name == item.name),
        };
        items().filter(is_it).map(|item| (item, from.to_owned())).collect()
    };
    if found.is_empty() {
        let known: Vec<String> = items().map(|item| format!("{} ({})", item.name, item.size())).collect();
        bail!("{} is, and holds, none of {}", from.display(), known.join(" and "));
    }
    for (item, path) in found {
        let path = download::take(item, &path, folder)?;
        println!("{} ({}), {}", path.display(), item.size(), item.checksum.verdict());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let workspace = Workspace::find().unwrap();
        let run = |words: &[&str]| {
            run(&workspace, Args::new("fetch-weights", words.iter().map(|&word| word.to_owned()).collect()))
        };
        let error = run(&["--list", "--verify"]).unwrap_err().to_string();
        assert!(error.contains("exclude each other"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().to_str().unwrap();
        let error = run(&["--mirror", "ftp://x", "--dest", dest]).unwrap_err().to_string();
        assert!(error.contains("must begin with http"), "{error}");
        let error = run(&["--verify", "--dest", dest]).unwrap_err().to_string();
        assert!(error.starts_with("2 of 2 files are missing or wrong"), "{error}");
        run(&["--list", "--dest", dest]).unwrap();
        let other = folder.path().join("other.pth");
        std::fs::write(&other, "other").unwrap();
        let error = run(&["--from-file", other.to_str().unwrap(), "--dest", dest]).unwrap_err().to_string();
        assert!(error.contains("none of deepgaze2e.pth (419676716 bytes)"), "{error}");
        let error = run(&["--model", "deepgaze", "--list"]).unwrap_err().to_string();
        assert_eq!(
            error,
            "--model is `deepgaze`, but must be one of deepgaze-i, deepgaze-iie, deepgaze-iii, deepgaze-msdb"
        );
        let error = run(&["--model", "deepgaze-msdb", "--verify", "--dest", dest]).unwrap_err().to_string();
        assert!(error.starts_with("4 of 4 files are missing or wrong"), "{error}");
    }

    #[test]
    fn a_file_of_unknown_size_is_taken_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let [from, dest] = ["from", "dest"].map(|name| folder.path().join(name));
        std::fs::create_dir(&from).unwrap();
        std::fs::write(from.join("deepgaze3.pth"), "weights").unwrap();
        std::fs::write(from.join("else.pth"), "weights").unwrap();
        let items = items("deepgaze-iii").unwrap();
        take(&items, &from.join("deepgaze3.pth"), &dest).unwrap();
        assert_eq!(std::fs::read_to_string(dest.join("deepgaze3.pth")).unwrap(), "weights");
        let error = take(&items, &from.join("else.pth"), &dest).unwrap_err().to_string();
        assert!(error.contains("none of deepgaze3.pth (size not known)"), "{error}");
    }
}
