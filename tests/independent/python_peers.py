"""The time of each metric beside its peer in Python, in one process; `docs/PYTHON.md` and BENCHMARKS.md have the figures.

It needs the package, pysaliency and scikit-learn: ``python tests/independent/python_peers.py``. Times are medians in milliseconds.
"""

from __future__ import annotations

import importlib.metadata
import statistics
import time

import numpy as np
import pysaliency
from sklearn.metrics import roc_auc_score

import gaze
import gaze.pysaliency

HEIGHT, WIDTH, FIXATIONS = 600, 800, 200


def median(function, seconds=1.0, least=5):
    """The median time of a call in milliseconds."""
    function()
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


class Stored(pysaliency.SaliencyMapModel):
    """A map that is there already, so that only the metric is timed."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def saliency_map(self, stimulus):
        return self.values

    def _saliency_map(self, stimulus):
        return self.values


class Density(pysaliency.Model):
    def __init__(self, values):
        super().__init__()
        self.values = values

    def log_density(self, stimulus):
        return self.values

    def _log_density(self, stimulus):
        return self.values


def main():
    rng = np.random.default_rng(1)
    scores, truth = rng.random((HEIGHT, WIDTH)), rng.random((HEIGHT, WIDTH))
    density = np.log(scores / scores.sum())
    uniform = np.full_like(density, -np.log(density.size))
    n = np.repeat([0, 1], FIXATIONS)
    x, y = rng.uniform(0, WIDTH, n.size), rng.uniform(0, HEIGHT, n.size)
    stimuli = pysaliency.Stimuli([np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 2)
    both = pysaliency.Fixations.create_without_history(x, y, n)
    one = both[both.n == 0]
    points = np.stack([one.x, one.y], axis=1)
    others = np.stack([x[n == 1], y[n == 1]], axis=1)
    model, second, log_model = Stored(scores), Stored(truth), Density(density)
    given = pysaliency.Fixations.create_without_history(others[:, 0], others[:, 1], np.zeros(FIXATIONS, int))
    single = pysaliency.Stimuli([np.zeros((HEIGHT, WIDTH, 3), np.uint8)])

    def learn():
        labels = np.concatenate([np.ones(FIXATIONS), np.zeros(scores.size)])
        values = np.concatenate([scores[points[:, 1].astype(int), points[:, 0].astype(int)], scores.ravel()])
        return roc_auc_score(labels, values)

    rows = [
        ("AUC", lambda: gaze.auc(scores, points), lambda: model.AUC(single, one)),
        ("AUC, scikit-learn", lambda: gaze.auc(scores, points), learn),
        ("NSS", lambda: gaze.nss(scores, points), lambda: model.NSS(single, one)),
        ("CC", lambda: gaze.cc(scores, truth), lambda: model.CC(single, second)),
        (
            "KL",
            lambda: gaze.kl_divergence(scores, truth, variant="added"),
            lambda: model.KLDiv(single, second),
        ),
        ("SIM", lambda: gaze.sim(scores, truth), lambda: model.SIM(single, second)),
        (
            "sAUC",
            lambda: gaze.shuffled_auc(scores, points, others),
            lambda: model.AUC(single, one, nonfixations=given),
        ),
        (
            "IG",
            lambda: gaze.information_gain(density, uniform, points),
            lambda: log_model.information_gain(single, one, pysaliency.UniformModel()),
        ),
    ]
    print(f"{HEIGHT} x {WIDTH}, {FIXATIONS} fixations; NumPy {np.__version__}, pysaliency {importlib.metadata.version('pysaliency')}")
    print(f"{'metric':20}{'gaze':>10}{'peer':>10}{'ratio':>8}")
    for name, ours, theirs in rows:
        difference = abs(ours() - theirs())
        assert difference < 1e-9, (name, ours(), theirs())
        mine, peer = median(ours), median(theirs)
        print(f"{name:20}{mine:10.3f}{peer:10.2f}{peer / mine:8.0f}")
    small, point = np.arange(16.0).reshape(4, 4), np.array([[1.0, 1.0]])
    calls = 20000
    for name, call in [("nss", lambda: gaze.nss(small, point)), ("auc", lambda: gaze.auc(small, point))]:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        print(f"{name} of a map of 4 x 4: {1e6 * (time.perf_counter() - start) / calls:.1f} microseconds")
    maps = [rng.random((HEIGHT, WIDTH), dtype=np.float32) for _ in range(1000)]
    lists = [points] * len(maps)
    for threads in (1, None):
        start = time.perf_counter()
        gaze.evaluate_many(maps, lists, sigma_px=24, threads=threads)
        print(f"evaluate_many of 1000 maps, {threads or 'all'} threads: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
