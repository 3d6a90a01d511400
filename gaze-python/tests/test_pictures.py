"""Pictures of predictions have the colors of the program's."""

import os
import shutil
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from PIL import Image

import gaze
from golden import ROOT

matplotlib.use("Agg")

PICTURE = sorted((ROOT / "examples/photographs/images").iterdir())[0]
CLI = os.environ.get("GAZE_CLI") or shutil.which("gaze-cli")


@pytest.fixture(scope="module")
def density():
    return gaze.load_model("gaze-lite").log_density(PICTURE)


def test_an_overlay_is_that_of_the_program(density, tmp_path):
    program = [CLI] if CLI else [sys.executable, "-m", "gaze"]
    subprocess.run([*program, "predict", PICTURE, "--save", "overlay", "--out", tmp_path], check=True)
    (out,) = tmp_path.glob("*_overlay.png")
    with Image.open(out) as image:
        assert np.array_equal(gaze.heat_map(density, PICTURE), np.asarray(image.convert("RGB")))


def test_the_lowest_and_the_highest_value_have_the_first_and_the_last_color():
    scores = np.array([[0.0, 1.0, 2.0]])
    drawn = gaze.heat_map(scores, palette="hot")
    assert drawn.dtype == np.uint8 and drawn.shape == (1, 3, 3)
    assert drawn[0, 0].tolist() == [0, 0, 0] and drawn[0, 2].tolist() == [255, 255, 255]


def test_what_cannot_be_drawn_is_refused(density):
    with pytest.raises(ValueError, match="the picture is 2x3, the prediction"):
        gaze.heat_map(density, np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(ValueError, match="palette='jet' is not known|palette=\"jet\" is not known"):
        gaze.heat_map(density, palette="jet")
    with pytest.raises(ValueError, match="the value at row 0, column 0 is NaN"):
        gaze.heat_map(np.full((2, 2), np.nan))


def test_a_plot_has_the_heat_map_and_the_fixations(density):
    axes = gaze.plot(density, PICTURE, fixations=[[10.5, 20.5]])
    assert np.array_equal(axes.images[0].get_array(), gaze.heat_map(density, PICTURE))
    assert axes.collections[0].get_offsets().tolist() == [[10.0, 20.0]]
    assert gaze.plot(density, axes=axes) is axes
