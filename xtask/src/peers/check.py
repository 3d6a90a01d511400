"""Reads what gaze-cli wrote with the peers' own code, and compares it with the table it was converted from.

Usage: check.py TABLE PYSALIENCY DATADINGS PREDICTIONS PARQUET; the first is a folder with fixations.csv, 0-based pixels.
"""

import csv
import importlib.abc
import importlib.machinery
import sys
import types
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np


class Absent(types.ModuleType):
    """Stands for torch, which pysaliency imports for its networks and which reading files needs not."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init_subclass__": lambda **_: None})


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.split(".")[0] == "torch" else None

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        pass


def expected(table):
    rows = defaultdict(lambda: defaultdict(list))
    with open(Path(table) / "fixations.csv") as file:
        for row in csv.DictReader(file):
            fixation = float(row["x"]), float(row["y"]), float(row["duration_ms"] or "nan")
            rows[Path(row["image"]).stem][row["subject"]].append(fixation)
    return rows


def check_pysaliency(folder, predictions, rows):
    warnings.simplefilter("ignore")
    try:
        import torch  # noqa: F401
    except ImportError:
        sys.meta_path.append(Finder())
    if not hasattr(np, "float_") or not hasattr(np, "string_"):
        raise SystemExit("pysaliency needs NumPy 1")
    import pysaliency

    stimuli = pysaliency.read_hdf5(str(Path(folder) / "stimuli.hdf5"))
    trains = pysaliency.read_hdf5(str(Path(folder) / "fixations.hdf5"))
    assert len(stimuli) == len(rows), (len(stimuli), len(rows))
    for filename, shape in zip(stimuli.filenames, stimuli.shapes):
        pixels = pysaliency.FileStimuli([filename]).stimuli[0]
        assert tuple(pixels.shape[:2]) == tuple(shape[:2]), filename
    keys = [Path(name).stem for name in stimuli.filenames]
    found = defaultdict(lambda: defaultdict(list))
    durations = trains.scanpath_fixation_attributes["durations"]
    for index, (n, subject) in enumerate(zip(trains.train_ns, trains.train_subjects)):
        xs = trains.train_xs[index]
        count = int(np.isfinite(xs).sum())
        times = np.asarray(durations[index])[:count] * 1000
        found[keys[n]][int(subject)] = list(zip(xs[:count], trains.train_ys[index][:count], times))
    compare(rows, {key: list(value.values()) for key, value in found.items()}, 1e-9)
    if predictions:
        model = pysaliency.HDF5Model(stimuli, predictions)
        for stimulus in stimuli:
            density = model.log_density(stimulus)
            assert density.shape == tuple(stimulus.shape[:2])
            assert abs(np.log(np.exp(density).sum())) < 0.001
    fixations = sum(len(path) for paths in found.values() for path in paths.values())
    print(f"pysaliency {version('pysaliency')}: {len(stimuli)} stimuli, {fixations} fixations are equal")


def check_datadings(path, rows):
    from datadings.reader import MsgpackReader

    found, count = {}, 0
    with MsgpackReader(path) as reader:
        for sample in reader:
            assert sample["key"] in reader and reader.find_index(sample["key"]) is not None
            found[Path(sample["key"]).stem] = [
                [(x, y, np.nan) for x, y in experiment["locations"]] for experiment in sample["experiments"]
            ]
            count += sum(len(experiment["locations"]) for experiment in sample["experiments"])
            assert sample["image"][:2] in (b"\xff\xd8", b"\x89P", b"BM", b"II")
        reader.verify_data()
    # 32 bits of coordinates below a few thousand.
    compare(rows, found, 1e-3)
    print(f"datadings {version('datadings')}: {len(found)} samples, {count} fixations are equal")


def check_parquet(path, rows):
    import pyarrow.parquet

    found, count = defaultdict(lambda: defaultdict(list)), 0
    for row in pyarrow.parquet.read_table(path).to_pylist():
        fixation = row["x"], row["y"], np.nan if row["duration_ms"] is None else row["duration_ms"]
        found[Path(row["image"]).stem][row["subject"]].append(fixation)
        count += 1
    compare(rows, {key: list(value.values()) for key, value in found.items()}, 0)
    print(f"pyarrow {version('pyarrow')}: {count} fixations are equal")


def compare(rows, found, tolerance):
    assert set(found) <= set(rows) and all(key in found for key in rows if rows[key]), "other stimuli"
    for key, observers in rows.items():
        ours = sorted(map(str_of(tolerance), observers.values()))
        theirs = sorted(map(str_of(tolerance), (path for path in found[key] if len(path))))
        assert len(ours) == len(theirs), (key, len(ours), len(theirs))
        for a, b in zip(sorted(observers.values()), sorted(path for path in found[key] if len(path))):
            a, b = np.array(a, float), np.array(b, float)
            assert a.shape == b.shape and np.allclose(a[:, :2], b[:, :2], rtol=0, atol=tolerance), key
            known = np.isfinite(b[:, 2])
            assert np.allclose(a[known, 2], b[known, 2], rtol=0, atol=1e-6), key


def str_of(tolerance):
    return lambda path: f"{len(path)}"


def version(package):
    from importlib.metadata import version

    return version(package)


if __name__ == "__main__":
    table, pysaliency_folder, datadings_file, predictions, parquet = sys.argv[1:6]
    rows = expected(table)
    check_datadings(datadings_file, rows)
    check_parquet(parquet, rows)
    check_pysaliency(pysaliency_folder, predictions, rows)
