"""The notebook runs, cell after cell, as a person runs it."""

import json

import matplotlib
import pytest

import gaze
from golden import ROOT

matplotlib.use("Agg")

CELLS = json.loads((ROOT / "examples/gaze.ipynb").read_text())["cells"]


def test_the_notebook_runs(monkeypatch):
    monkeypatch.chdir(ROOT / "examples")
    assert len(CELLS) == 10
    names = {}
    for cell in CELLS:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    assert names["result"].failed == 0
    models = set(names["result"].scores["model"])
    assert {"gaze-lite", "center-bias", "brightness"} <= models
    assert names["scores"]["auc"] == pytest.approx(gaze.auc(names["density"], names["points"]), abs=1e-12)
