"""Models predict what the program predicts, from pictures of every kind."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gaze
from golden import ROOT

PICTURES = sorted((ROOT / "examples/photographs/images").iterdir())[:3]


@pytest.fixture(scope="module")
def model():
    return gaze.load_model("gaze-lite")


@pytest.fixture(scope="module")
def picture():
    return np.asarray(Image.open(PICTURES[0]).convert("RGB"))


def program():
    """The gaze-cli that `cargo xtask test` has built, or one on the path."""
    return os.environ.get("GAZE_CLI") or shutil.which("gaze-cli")


def test_a_spatial_model_takes_no_history(model, picture):
    assert not model.takes_history
    with pytest.raises(ValueError, match="gaze-lite predicts one map for a picture and takes no history"):
        model.log_density(picture, history=[(1, 2)])


def test_a_prediction_is_a_log_density(model, picture):
    density = model.log_density(picture)
    assert density.shape == picture.shape[:2] and density.dtype == np.float64
    assert abs(np.exp(density).sum() - 1) < 1e-9
    assert gaze.log_likelihood(density, [[10.0, 10.0]]) == density[10, 10]


def test_pictures_of_every_kind_have_the_same_prediction(model, picture):
    expected = model.log_density(picture)
    for image in [Image.fromarray(picture), picture[:, ::-1][:, ::-1], np.asfortranarray(picture)]:
        assert np.array_equal(model.log_density(image), expected)
    by_path = model.log_density(PICTURES[1])
    assert np.array_equal(model.log_density(str(PICTURES[1])), by_path)
    gray = picture[..., 0]
    stacked = np.repeat(gray[..., None], 3, axis=2)
    assert np.array_equal(model.log_density(gray), model.log_density(stacked))
    assert np.array_equal(model.log_density(Image.fromarray(gray)), model.log_density(stacked))


def test_many_pictures_have_the_predictions_of_each(model, picture):
    images = [*PICTURES, picture, PICTURES[0]]
    many = model.log_densities(images)
    for image, density in zip(images, many, strict=True):
        assert np.array_equal(model.log_density(image), density)
    assert np.array_equal(model.log_densities(images, threads=1)[1], many[1])
    assert model.log_densities([]) == []


def test_a_center_bias_is_an_array_or_a_name(model, picture):
    height, width = picture.shape[:2]
    uniform = np.zeros((3, 4))
    expected = gaze.load_model("gaze-lite", centerbias="uniform").log_density(picture)
    assert np.array_equal(model.log_density(picture, centerbias=uniform), expected)
    assert np.array_equal(gaze.load_model("gaze-lite", centerbias=uniform).log_density(picture), expected)
    assert not np.array_equal(model.log_density(picture), expected)
    assert model.center_bias((height, width)).shape == (height, width)
    with pytest.raises(gaze.ModelError, match="takes no center bias"):
        gaze.load_model("uniform").log_density(picture, centerbias=uniform)
    with pytest.raises(ValueError, match="no log density"):
        model.log_density(picture, centerbias=np.full((2, 2), np.nan))


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, []),
        ({"centerbias": "gaussian"}, ["--centerbias", "gaussian"]),
        ({"long_side": 200}, ["--long-side", "200"]),
        ({"temperature": 1.5}, ["--temperature", "1.5"]),
    ],
)
def test_predictions_are_those_of_the_program_bit_for_bit(options, arguments, tmp_path):
    if program() is None:
        pytest.skip("there is no gaze-cli here: name it in GAZE_CLI, or run `cargo xtask test`")
    out = tmp_path / "density.npy"
    command = [program(), "predict", PICTURES[0], "--model", "gaze-lite", "--out", out, *arguments]
    subprocess.run(command, check=True, capture_output=True)
    found = gaze.load_model("gaze-lite", **options).log_density(PICTURES[0])
    # The file has the program's precision.
    stored = np.load(out)
    assert np.array_equal(found.astype(stored.dtype), stored)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda m: gaze.load_model("deepgaze"), ValueError, 'there is no model "deepgaze"; choose gaze-lite, '),
        (lambda m: gaze.load_model("missing.safetensors"), (FileNotFoundError, gaze.ModelError), "missing.safetensors"),
        (lambda m: gaze.load_model("gaze-lite", temperature=-1.0), gaze.ModelError, "temperature"),
        (lambda m: gaze.load_model("gaze-lite", centerbias="middle"), ValueError, "choose model, uniform"),
        (lambda m: gaze.load_model("center-bias"), gaze.ModelError, "dataset"),
        (lambda m: m.log_density("missing.png"), FileNotFoundError, "missing.png"),
        (lambda m: m.log_density(Path(__file__)), gaze.DataError, "test_models.py"),
        (lambda m: m.log_density(np.zeros((4, 4, 4), np.uint8)), ValueError, "3 color channels"),
        (lambda m: m.log_density(np.zeros((4, 4, 3))), TypeError, "uint8"),
        (lambda m: m.log_density(np.zeros((0, 4, 3), np.uint8)), ValueError, "0x4"),
        (lambda m: m.log_densities([PICTURES[0], "missing.png"]), FileNotFoundError, "missing.png"),
    ],
)
def test_what_is_refused_says_why(model, call, error, words):
    with pytest.raises(error, match=words):
        call(model)


def test_all_models_are_listed():
    names = [name for name, _ in gaze.models()]
    assert "gaze-lite" in names and "uniform" in names
    assert gaze.load_model("center-bias:gaussian").log_density(np.zeros((5, 7, 3), np.uint8)).shape == (5, 7)


def test_a_network_of_ones_own_is_a_model(tmp_path, picture):
    network = tmp_path / "small.onnx"
    shutil.copy(ROOT / "tests/data/networks/small.onnx", network)
    with pytest.raises(gaze.ModelError, match="input.range is missing"):
        gaze.load_model(network)
    described = '{"gaze_network": 1, "name": "mine", "input": {"range": "0..1"}, "output": {"kind": "logits"}}'
    (tmp_path / "small.json").write_text(described)
    model = gaze.load_model(network)
    density = model.log_density(picture)
    assert model.name == "mine" and "input.size" in model.notes[0]
    assert density.shape == picture.shape[:2] and abs(np.exp(density).sum() - 1) < 1e-9
