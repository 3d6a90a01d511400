"""Targets, densities and the loader give what Rust gives."""

import json

import numpy as np
import pytest

import gaze
from golden import ROOT

POINTS = np.array([[1.5, 0.2], [7.9, 5.5], [1.5, 0.9]])


def test_maps_of_fixations():
    counts = gaze.count_map(POINTS, size=(6, 8))
    assert counts.dtype == np.float32 and counts[0, 1] == 2 and counts[5, 7] == 1 and counts.sum() == 3
    assert gaze.binary_map(POINTS, size=(6, 8)).sum() == 2
    assert np.array_equal(gaze.count_map(POINTS[:, 0], POINTS[:, 1], size=(6, 8)), counts)
    empirical = gaze.empirical_map(POINTS, size=(6, 8), sigma_px=1.5)
    assert empirical.sum() == pytest.approx(3) and empirical.dtype == np.float64
    density = gaze.kernel_density(POINTS, size=(6, 8), sigma_px=1.5, uniform_share=0.1)
    assert np.exp(density).sum() == pytest.approx(1)
    assert np.allclose(np.exp(density), 0.9 * empirical / 3 + 0.1 / 48)
    with pytest.raises(ValueError, match="sigma must be positive"):
        gaze.empirical_map(POINTS, size=(6, 8), sigma_px=0)
    with pytest.raises(ValueError, match="no fixations"):
        gaze.empirical_map([], size=(6, 8), sigma_px=1)


def test_the_center_bias_leaves_an_image_out():
    bias = gaze.CenterBias([(6, 8), (60, 80)], [POINTS, [[40.0, 30.0]]])
    without_second = bias.without(1, (6, 8))
    assert np.exp(without_second).sum() == pytest.approx(1)
    assert without_second[0, 1] == without_second.max()
    assert bias.without(0, (6, 8)).argmax() == 3 * 8 + 4
    with pytest.raises(ValueError, match="no fixations on other images"):
        gaze.CenterBias([(6, 8)], [POINTS]).without(0, (6, 8))
    with pytest.raises(ValueError, match="image 1: "):
        gaze.CenterBias([(6, 8), (6, 8)], [POINTS, [[8.0, 0.0]]])


def test_a_target_follows_its_settings():
    # Points go to the nearest pixel; the second lies nearest to one beyond the border.
    target = gaze.rasterize([POINTS[:1], POINTS[1:]], size=(6, 8))
    assert target.shape == (6, 8) and target.dtype == np.float32 and target.sum() == 2
    target = gaze.rasterize([POINTS * 10], size=(6, 8), picture_size=(60, 80), splat="bilinear", sigma_px=1.0, normalization="maximum")
    assert target.max() == pytest.approx(1)
    rasterizer = gaze.Rasterizer(gaze.RasterSettings((60, 80), blur_width_fraction=0.03, normalization="sum"))
    gaze_points = [[200.0, 300.0], [np.nan, 1.0], [900.0, 1.0]]
    straight, report = rasterizer.rasterize((600, 800), [gaze_points])
    assert report["kept"] == 1 and report["not_a_number"] == 1 and report["outside_image"] == 1
    mirrored, _ = rasterizer.rasterize((600, 800), [gaze_points], mirror_horizontal=True)
    assert straight[30, 20] > 0.01 and mirrored[30, 60] == pytest.approx(straight[30, 20], abs=1e-6)
    with pytest.raises(ValueError, match="splat=.* choose nearest, bilinear"):
        gaze.RasterSettings((6, 8), splat="cubic")
    with pytest.raises(ValueError, match="give one of"):
        gaze.RasterSettings((6, 8), sigma_px=1, blur_width_fraction=0.1)
    with pytest.raises(ValueError, match="no gaze point is left"):
        gaze.rasterize([[[9.0, 0.0]]], size=(6, 8))


@pytest.fixture(scope="module")
def dataset():
    return gaze.open_dataset(ROOT / "examples/photographs")


def test_the_loader_makes_the_same_batches_whatever_the_threads(dataset):
    settings = gaze.RasterSettings((48, 64), blur_width_fraction=0.03)
    options = {"picture_size": (96, 128), "augmentation": "train", "shuffle": True, "batch_size": 2, "seed": 3}
    one = list(gaze.Batches(dataset, settings, threads=1, **options))
    loader = gaze.Batches(dataset, settings, threads=2, **options)
    two = list(loader)
    assert len(one) == len(two) == len(loader)
    for first, second in zip(one, two, strict=True):
        assert first.pictures.shape == (len(first), 3, 96, 128) and first.pictures.dtype == np.float32
        assert first.targets.shape == (len(first), 48, 64)
        assert np.array_equal(first.pictures, second.pictures)
        assert np.array_equal(first.targets, second.targets)
        assert first.indices.tolist() == second.indices.tolist()
    assert sorted(i for batch in one for i in batch.indices.tolist()) == list(range(len(dataset)))
    assert loader.epoch == 1
    assert not np.array_equal(next(iter(loader)).pictures, two[0].pictures)
    loader.set_epoch(0)
    assert np.array_equal(next(iter(loader)).pictures, two[0].pictures)


def test_the_loader_takes_lists(dataset):
    images = [np.full((60, 80, 3), 7, np.uint8), dataset[0].path, "missing.png"]
    experiments = [[[[40.0, 30.0]]], dataset[0].scanpaths(), [[[1.0, 1.0]]]]
    settings = gaze.RasterSettings((30, 40))
    (batch,) = gaze.Batches((images, experiments), settings, threads=1)
    assert batch.pictures[0].max() == batch.pictures[0].min() == 7
    assert batch.targets[0, 15, 20] == 1 and batch.targets[0].sum() == 1
    assert batch.bad_rows == [2] and "sample 2: missing.png" in batch.bad[0]
    with pytest.raises(RuntimeError, match="missing.png"):
        list(gaze.Batches((images, experiments), settings, bad_samples="stop"))
    with pytest.raises(ValueError, match="batch_size"):
        gaze.Batches(dataset, settings, batch_size=0)


def test_pytorch_gets_tensors(dataset):
    torch = pytest.importorskip("torch")
    from gaze.torch import SaliencyDataset

    data = SaliencyDataset(dataset, gaze.RasterSettings((24, 32), sigma_px=2.0), batch_size=2, threads=1)
    loader = torch.utils.data.DataLoader(data, batch_size=None)
    batches = list(loader)
    assert sum(len(targets) for _, targets in batches) == len(dataset)
    pictures, targets = batches[0]
    assert pictures.dtype == targets.dtype == torch.float32 and pictures.shape == (2, 3, 24, 32)
    with pytest.raises(RuntimeError, match="num_workers=0"):
        list(torch.utils.data.DataLoader(data, batch_size=None, num_workers=1))


def test_targets_equal_those_of_crumpets():
    folder = ROOT / "tests/data/golden/targets"
    golden = json.loads((folder / "golden.json").read_text())
    points, maps = np.load(folder / "points.npy"), np.load(folder / "maps.npy")
    compared = 0
    for case in golden["maps"]:
        if case["variant"] == "orig":
            # These hold a bug of crumpets: points go through the transform of the picture, the wrong way.
            continue
        params, rng = case["target_params"], case["rng"]
        (height, width), target = case["image"], tuple(case["target"])
        settings = gaze.RasterSettings(
            target,
            overlap="accumulate" if case["variant"] == "accum" else "assign",
            mass="mean",
            splat="bilinear" if params.get("interpolate") else "nearest",
            blur_width_fraction=params.get("blur"),
            normalization="maximum" if params.get("maxnorm") else None,
        )
        shift, shear = rng.get("shift") or (0.0, 0.0), rng.get("shear") or (0.0, 0.0)
        found, report = gaze.Rasterizer(settings).rasterize(
            (height, width),
            [points[first:last] for first, last in golden["sets"][f"{height}x{width}"][case["set"]]],
            angle_degrees=rng.get("angle") or 0.0,
            scale=rng.get("scale") or 1.0,
            aspect=rng.get("aspect") or 1.0,
            # The pairs of crumpets are (vertical, horizontal).
            shift=shift[::-1],
            shear=shear[::-1],
            mirror_horizontal=bool(rng.get("hmirror")),
            mirror_vertical=bool(rng.get("vmirror")),
            fit="longest" if rng.get("scale_mode") == "longest" else "shortest",
        )
        assert report["supersampling"] == case["supersample"]
        offset = case["map"]["offset"]
        expected = maps[offset : offset + target[0] * target[1]].reshape(target)
        # Sums of some hundred 32-bit numbers on both sides, relative to the largest value of a map.
        assert np.abs(found - expected).max() <= 1e-6 * max(expected.max(), np.finfo(np.float32).tiny)
        compared += 1
    assert compared > 100
