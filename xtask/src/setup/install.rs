//! From wheels to a folder laid out as torch-sys expects it, made beside its place and renamed into it.

use std::{
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use zip::ZipArchive;

use crate::{
    progress::Progress,
    setup::{VERSION, Variant, beside, explained},
};

/// Written last into a folder that is still called `.partial`; says what is in it.
const STAMP: &str = "set-up-by-xtask";

/// What is complete at `dest`.
pub(crate) fn installed(dest: &Path) -> Option<Variant> {
    let stamp = fs::read_to_string(dest.join(STAMP)).ok()?;
    let variant = [Variant::Cpu, Variant::Cuda].into_iter().find(|&variant| stamp == self::stamp(variant))?;
    ["build-version", "include", "lib/libtorch_cpu.so", "lib/libtorch.so", "lib/libc10.so"]
        .iter()
        .all(|name| dest.join(name).exists())
        .then_some(variant)
}

fn stamp(variant: Variant) -> String {
    format!("libtorch {VERSION} ({variant}), layout 1\n")
}

/// Unpacks the wheels and puts the result at `dest`, replacing what is there.
pub(crate) fn install(wheels: &[PathBuf], dest: &Path, variant: Variant) -> Result<()> {
    let partial = beside(dest, "partial");
    let replaced = beside(dest, "replaced");
    for stale in [&partial, &replaced] {
        remove_folder(stale)?;
    }
    if dest.exists() && !dest.join(STAMP).exists() && fs::read_dir(dest).is_ok_and(|mut items| items.next().is_some()) {
        bail!(
            "{} exists but was not made by `cargo xtask setup`; move it away, or use it by exporting LIBTORCH",
            dest.display()
        );
    }
    fs::create_dir_all(partial.join("lib")).map_err(|error| explained(error, &partial))?;
    for wheel in wheels {
        unpack(wheel, &partial, variant).with_context(|| format!("unpacking {}", wheel.display()))?;
    }
    if variant == Variant::Cpu {
        // The wheel's own libtorch.so asks for the CUDA libraries; all it adds to libtorch_cpu.so is them.
        link(Path::new("libtorch_cpu.so"), &partial.join("lib").join("libtorch.so"))?;
    }
    write(&partial.join("build-version"), format!("{VERSION}\n").as_bytes())?;
    write(&partial.join(STAMP), stamp(variant).as_bytes())?;
    if installed(&partial) != Some(variant) {
        bail!("the wheels do not hold a complete libtorch: see {}", partial.display());
    }
    if dest.exists() {
        fs::rename(dest, &replaced).map_err(|error| explained(error, dest))?;
    }
    fs::rename(&partial, dest).map_err(|error| explained(error, dest))?;
    remove_folder(&replaced)
}

fn remove_folder(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| explained(error, path))
}

fn unpack(wheel: &Path, folder: &Path, variant: Variant) -> Result<()> {
    let mut archive = ZipArchive::new(io::BufReader::new(fs::File::open(wheel)?))?;
    let mut chosen = Vec::new();
    let mut total = 0;
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index)?;
        if let Some(place) = place(&file.name()?, variant).filter(|_| !file.is_dir()) {
            total += file.size();
            chosen.push((index, folder.join(place)));
        }
    }
    let name = file_name(wheel);
    println!("unpacking {}: {} files", name.split("-py3-").next().unwrap_or(&name), chosen.len());
    let mut progress = Progress::new("      unpacking", total);
    let mut buffer = vec![0; 1 << 20];
    for (index, path) in chosen {
        let mut source = archive.by_index(index)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| explained(error, parent))?;
        }
        let mut target = fs::File::create(&path).map_err(|error| explained(error, &path))?;
        loop {
            let read = source.read(&mut buffer).with_context(|| format!("reading {}", file_name(&path)))?;
            if read == 0 {
                break;
            }
            target.write_all(&buffer[..read]).map_err(|error| explained(error, &path))?;
            progress.add(read as u64);
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where a file of a wheel goes, or `None` if nobody needs it.
///
/// All libraries go into one folder. Those of PyTorch look for the others in `$ORIGIN`, which is that folder.
fn place(name: &str, variant: Variant) -> Option<PathBuf> {
    let file = Path::new(name).file_name()?.to_str()?;
    if name.split('/').any(|part| part == "..") || name.starts_with('/') {
        return None;
    }
    if let Some(header) = name.strip_prefix("torch/include/") {
        return Some(Path::new("include").join(header));
    }
    if let Some((package, rest)) = name.split_once(".dist-info/") {
        let wanted = rest.starts_with("licenses/") || ["LICENSE", "NOTICE", "License.txt"].contains(&rest);
        return wanted.then(|| Path::new("licenses").join(package).join(file));
    }
    let cpu = ["libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.13", "libcupti.so.13"];
    if let Some(package) = name.strip_prefix("nvidia/").and_then(|rest| rest.strip_suffix("/LICENSE.txt")) {
        return Some(Path::new("licenses").join(format!("nvidia-{package}")).join(file));
    }
    // Parts for Python, and plug-ins that need more than a driver: networks of GPUs, message passing.
    let others = ["libtorch_python.so", "libshm.so", "libcusolverMg.so.12", "libcufile_rdma.so.1"];
    let library = name.starts_with("torch/lib/") || (name.starts_with("nvidia/") && name.contains("/lib/"));
    let wanted = match variant {
        Variant::Cpu => cpu.contains(&file),
        Variant::Cuda => file.contains(".so") && !others.contains(&file) && !file.starts_with("nvshmem_"),
    };
    (library && wanted).then(|| Path::new("lib").join(file))
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> Result<()> {
    std::os::unix::fs::symlink(target, path).map_err(|error| explained(error, path))
}

#[cfg(not(unix))]
fn link(target: &Path, path: &Path) -> Result<()> {
    fs::copy(path.with_file_name(target), path).map(drop).map_err(|error| explained(error, path))
}

#[cfg(test)]
mod tests {
    use zip::write::SimpleFileOptions;

    use super::*;

    fn wheel(folder: &Path, names: &[&str]) -> PathBuf {
        let path = folder.join("torch-2.11.0-py3-none-any.whl");
        let mut writer = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        for name in names {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(name.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    const COMPLETE: [&str; 8] = [
        "torch/include/torch/torch.h",
        "torch/lib/libtorch_cpu.so",
        "torch/lib/libtorch.so",
        "torch/lib/libc10.so",
        "torch/lib/libtorch_cuda.so",
        "torch/lib/libtorch_python.so",
        "torch/__init__.py",
        "torch-2.11.0.dist-info/licenses/LICENSE",
    ];

    #[test]
    fn a_cpu_set_up_holds_no_cuda_and_links_libtorch() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &COMPLETE);
        let dest = folder.path().join("libtorch");
        assert_eq!(installed(&dest), None);
        install(std::slice::from_ref(&wheel), &dest, Variant::Cpu).unwrap();
        assert_eq!(installed(&dest), Some(Variant::Cpu));
        assert!(!dest.join("lib/libtorch_cuda.so").exists());
        assert_eq!(fs::read_to_string(dest.join("lib/libtorch.so")).unwrap(), "torch/lib/libtorch_cpu.so");
        assert_eq!(fs::read_to_string(dest.join("build-version")).unwrap(), "2.11.0\n");
        assert!(dest.join("licenses/torch-2.11.0/LICENSE").exists());

        install(&[wheel], &dest, Variant::Cuda).unwrap();
        assert_eq!(installed(&dest), Some(Variant::Cuda));
        assert_eq!(fs::read_to_string(dest.join("lib/libtorch.so")).unwrap(), "torch/lib/libtorch.so");
        assert!(dest.join("lib/libtorch_cuda.so").exists() && !dest.join("lib/libtorch_python.so").exists());
        assert!(!beside(&dest, "partial").exists() && !beside(&dest, "replaced").exists());
    }

    #[test]
    fn an_incomplete_wheel_never_becomes_libtorch() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &COMPLETE[..3]);
        let dest = folder.path().join("libtorch");
        assert!(install(&[wheel], &dest, Variant::Cpu).is_err());
        assert!(!dest.exists());
    }

    #[test]
    fn what_an_interrupted_set_up_left_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &COMPLETE);
        let dest = folder.path().join("libtorch");
        fs::create_dir_all(beside(&dest, "partial").join("lib/libtorch_cuda.so")).unwrap();
        install(&[wheel], &dest, Variant::Cpu).unwrap();
        assert!(!dest.join("lib/libtorch_cuda.so").exists());
    }

    #[test]
    fn a_folder_that_is_not_ours_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = wheel(folder.path(), &COMPLETE);
        let dest = folder.path().join("libtorch");
        fs::create_dir(&dest).unwrap();
        fs::write(dest.join("thesis.tex"), "").unwrap();
        assert!(install(&[wheel], &dest, Variant::Cpu).is_err());
        assert!(dest.join("thesis.tex").exists());
    }

    #[track_caller]
    fn check_place(name: &str, cpu: Option<&str>, cuda: Option<&str>) {
        assert_eq!(place(name, Variant::Cpu).as_deref(), cpu.map(Path::new), "CPU");
        assert_eq!(place(name, Variant::Cuda).as_deref(), cuda.map(Path::new), "CUDA");
    }

    #[test]
    fn each_file_goes_where_it_is_looked_for() {
        let licence = Some("licenses/nvidia-cusparselt/LICENSE.txt");
        check_place("nvidia/cusparselt/LICENSE.txt", licence, licence);
        let runtime = Some("lib/libcudart.so.13");
        check_place("nvidia/cu13/lib/libcudart.so.13", runtime, runtime);
        check_place("nvidia/cu13/lib/libcublas.so.13", None, Some("lib/libcublas.so.13"));
        check_place("nvidia/cu13/lib/libcudart_static.a", None, None);
        check_place("nvidia/nvshmem/lib/nvshmem_bootstrap_mpi.so.3", None, None);
        check_place("nvidia/cu13/include/cuda.h", None, None);
    }

    #[test]
    fn no_file_leaves_the_folder() {
        assert_eq!(place("torch/include/../../../evil", Variant::Cuda), None);
    }
}
