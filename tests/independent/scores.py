"""Scores of two datasets, computed independently of gaze.

Needs NumPy, SciPy and Pillow, and shares nothing with the Rust code: ranks instead of counts for AUC, SciPy's filter for
the blur, SciPy's reader for OSIE's MATLAB file. `cargo xtask real-data` compares the means of gaze's `scores.csv` with the
figures that this script prints; they are written there.

    python scores.py saliency4asd path/to/saliency4asd [scores.csv of gaze]
    python scores.py osie path/to/osie [scores.csv of gaze]

The first scores the maps in `deepgaze2e/`, the second a center bias estimated from the other images. With a third
argument it also prints the largest difference of any single value.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import loadmat
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

EPSILON = 2.2204e-16  # of pysaliency's MIT_KLDiv


def scores(values, x, y, sigma_px):
    """AUC, NSS, CC, KL and SIM of a map for fixations at whole pixels."""
    ranks = rankdata(values.ravel()).reshape(values.shape)  # ties share their mean rank
    counts = np.zeros(values.shape)
    np.add.at(counts, (y, x), 1.0)
    empirical = gaussian_filter(counts, sigma_px, mode="reflect", truncate=4)
    p, q = values / values.sum(), empirical / empirical.sum()
    return {
        "auc": np.mean((ranks[y, x] - 0.5) / values.size),
        "nss": np.mean((values[y, x] - values.mean()) / values.std()),
        "cc": np.corrcoef(values.ravel(), empirical.ravel())[0, 1],
        "kl": np.sum(q * np.log(EPSILON + q / (p + EPSILON))),
        "sim": np.minimum(p, q).sum(),
    }


def saliency4asd(root):
    for path in sorted((root / "deepgaze2e").glob("*.png"), key=lambda path: int(path.stem)):
        values = np.asarray(Image.open(path)).astype(float)
        for group in ("ASD", "TD"):
            text = root / "TrainingData" / group / f"{group}_scanpath_{path.stem}.txt"
            table = np.genfromtxt(text, delimiter=",", skip_header=1)
            x, y = table[:, 1].astype(int) - 1, table[:, 2].astype(int) - 1
            yield path.stem, group, scores(values, x, y, 43.0)


def osie(root):
    shape = (600, 800)
    entries = loadmat(root / "data" / "eye" / "fixations.mat", squeeze_me=True)["fixations"]
    fixations = []
    for entry in entries:
        name, subjects = entry.item()
        x = np.concatenate([np.atleast_1d(subject.item()[0]) for subject in subjects])
        y = np.concatenate([np.atleast_1d(subject.item()[1]) for subject in subjects])
        fixations.append((Path(str(name)).stem, np.floor(x).astype(int), np.floor(y).astype(int)))
    total = np.zeros(shape)
    for _, x, y in fixations:
        np.add.at(total, (y, x), 1.0)
    for key, x, y in fixations:
        others = total.copy()
        np.add.at(others, (y, x), -1.0)
        density = gaussian_filter(others, 24.0, mode="reflect", truncate=4)
        density = 0.999 * density / density.sum() + 0.001 / density.size
        result = scores(density, x, y, 24.0)
        result["ll"] = np.mean(np.log2(density[y, x] * density.size))  # bits above the uniform density
        yield key, "all", result


def main():
    dataset = {"saliency4asd": saliency4asd, "osie": osie}[sys.argv[1]]
    theirs = {}
    if len(sys.argv) > 3:
        with open(sys.argv[3], newline="") as file:
            theirs = {(row["stimulus"], row["group"], row["metric"]): row["value"] for row in csv.DictReader(file)}
    means, differences = {}, {}
    for stimulus, group, result in dataset(Path(sys.argv[2])):
        for metric, value in result.items():
            means.setdefault((group, metric), []).append(value)
            if theirs.get((stimulus, group, metric)):
                difference = abs(float(theirs[stimulus, group, metric]) - value)
                differences[metric] = max(differences.get(metric, 0.0), difference)
    for (group, metric), values in means.items():
        print(f"{group:4} {metric:4} {np.mean(values):.12f}  of {len(values)}")
    for metric, difference in differences.items():
        print(f"largest difference of {metric}: {difference:.1e}")


if __name__ == "__main__":
    main()
