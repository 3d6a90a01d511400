"""The golden values that the Rust crates are tested with (see ``tests/data/README.md``), and the cases they belong to."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

import gaze

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/golden/metrics"


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def stored(entry: dict[str, Any], name: str) -> np.ndarray:
    path = entry["maps"][name]
    if path == "derive: b >> 5":
        return np.floor(stored(entry, "b") / 32.0)
    if path == "derive: constant 1.0":
        return np.ones((entry["H"], entry["W"]))
    return np.load(DATA / path).astype(np.float64)


@cache
def cases() -> list[SimpleNamespace]:
    """Every prediction of every image."""
    golden, manifest = read("golden.json"), read("manifest.json")
    others = [np.stack([other["x"], other["y"]], axis=1) for other in manifest["others"].values()]
    pool = gaze.ShuffledPool([(600, 800)] * len(others), others)
    found = []
    for entry in manifest["cases"]:
        points = np.stack([entry["x"], entry["y"]], axis=1)
        odd = np.asarray(entry["subject"]) % 2 > 0.5
        for prediction in "abcde":
            half = prediction == "c"
            found.append(
                SimpleNamespace(
                    name=f"{entry['id']}/{prediction}",
                    golden=golden[entry["id"]]["preds"][prediction],
                    map=stored(entry, prediction),
                    empirical=stored(entry, "gt_B" if half else "gt_all"),
                    fixations=points[odd] if half else points,
                    center=stored(entry, "a"),
                    others=pool.without(10**9, (entry["H"], entry["W"])),
                    emd_downsize=golden[entry["id"]]["emd_downsize"],
                )
            )
    assert len(found) == 60
    return found


def number(value: Any) -> float | None:
    """A stored value; None where the peer has none."""
    if isinstance(value, str):
        return {"Infinity": math.inf, "-Infinity": -math.inf}.get(value)
    return value
