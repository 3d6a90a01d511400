"""Code that type checkers check and nothing runs."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gaze


def five_lines(picture: Path, x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    model = gaze.load_model("gaze-lite", centerbias=np.zeros((3, 4)))
    density = model.log_density(picture)
    scores = gaze.evaluate(density, x, y, baseline="uniform", sigma_px=20.0)
    return scores["ig"] + gaze.auc(density, x, y, variant="unfixated")


def many(maps: list[NDArray[np.float32]], points: list[NDArray[np.float64]]) -> list[gaze.Scores]:
    return gaze.evaluate_many(maps, points, threads=2)


def loader(folder: str) -> NDArray[np.float32]:
    dataset = gaze.open_dataset(folder)
    batches = gaze.Batches(dataset, gaze.RasterSettings((30, 40), sigma_px=2.0), batch_size=2)
    for batch in batches:
        return batch.targets
    target, report = gaze.Rasterizer(gaze.RasterSettings((3, 4))).rasterize((3, 4), [[[1.0, 1.0]]])
    assert report["kept"] == 1
    return target + gaze.count_map(dataset[0].fixations(), size=dataset[0].size)
