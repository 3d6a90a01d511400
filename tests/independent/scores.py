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
MATLAB_EPSILON = 2.0**-52
THRESHOLDS = np.arange(11) * 0.1


def proportions(values):
    return values / values.sum()


def unit(values):
    return (values - values.min()) / (values.max() - values.min())


def divergence(q, p, epsilon):
    return np.sum(q * np.log(epsilon + q / (p + epsilon)))


def curve(positives, negatives):
    """The area under the curve through the shares that reach eleven thresholds."""
    share = lambda values: [(values >= t).mean() for t in THRESHOLDS[::-1]]
    return np.trapezoid([0.0, *share(positives), 1.0], [0.0, *share(negatives), 1.0])


def mann_whitney(positives, negatives):
    """The probability that a positive exceeds a negative, ties half: by ranks among all of them."""
    ranks = rankdata(np.concatenate([positives, negatives]))[: len(positives)]
    return (ranks.sum() - len(positives) * (len(positives) + 1) / 2) / len(positives) / len(negatives)


def judd(values, fixated):
    """The expectation of AUC-Judd under its jitter, for pixels that count once."""
    positives, negatives = values[fixated], values[~fixated]
    lowest = positives.min()
    m, count = (positives == lowest).sum(), len(positives)
    r = ((negatives > lowest).sum() + (negatives == lowest).sum() * m / (m + 1)) / len(negatives)
    return mann_whitney(positives, negatives) + r / (2 * count)


def scores(values, x, y, sigma_px, others, baseline, density):
    """All metrics of a map for fixations at whole pixels but EMD, and SIM of a density.

    `others` has the counts of fixations on other images, `baseline` is a density, `density` says whether the map is one.
    """
    ranks = rankdata(values.ravel()).reshape(values.shape)  # ties share their mean rank
    counts = np.zeros(values.shape)
    np.add.at(counts, (y, x), 1.0)
    fixated = counts > 0
    empirical = gaussian_filter(counts, sigma_px, mode="reflect", truncate=4)
    p, q = proportions(values), proportions(empirical)
    judged = gaussian_filter(values, sigma_px, mode="constant", truncate=4) if density else values
    relative = np.log(values) - np.log(baseline) if density else values
    elsewhere = np.repeat(relative.ravel(), others.ravel())
    correlation = lambda a: np.corrcoef(a.ravel(), empirical.ravel())[0, 1]
    scaled, base = proportions(unit(values)), proportions(unit(baseline))
    # AUC-Borji and the MIT benchmark's shuffled AUC: pixels that count once, eleven thresholds.
    u = unit(values)
    result = {
        "tuebingen/auc": np.mean((ranks[y, x] - 0.5) / values.size),
        "tuebingen/sauc": mann_whitney(relative[y, x], elsewhere),
        "tuebingen/nss": np.mean((values[y, x] - values.mean()) / values.std()),
        "tuebingen/cc": correlation(judged),
        "tuebingen/kl": divergence(q, proportions(judged), EPSILON),
        "mit/auc_judd": judd(values, fixated),
        "mit/auc_borji": curve(u[fixated], u.ravel()),
        "mit/sauc": curve(u[fixated], u[others > 0]),
        "mit/nss": np.mean((values[fixated] - values.mean()) / values.std(ddof=1)),
        "mit/ig": np.mean(np.log2(MATLAB_EPSILON + scaled[fixated]) - np.log2(MATLAB_EPSILON + base[fixated])),
        "mit/cc": correlation(values),
        "mit/sim": np.minimum(scaled, proportions(unit(empirical))).sum(),
        "mit/kl": divergence(q, p, MATLAB_EPSILON),
    }
    if density:
        result["tuebingen/ll_nats"] = np.mean(np.log(values[y, x]))
        result["tuebingen/ig"] = np.mean(np.log2(values[y, x] / baseline[y, x]))
    else:
        result["tuebingen/sim"] = np.minimum(p, q).sum()
    return result


def moved(fixations, shape):
    """Counts of fixations on images of any size, each given as (shape, x, y), on an image of this shape."""
    counts = np.zeros(shape, int)
    for (height, width), x, y in fixations:
        np.add.at(counts, ((y * (shape[0] / height)).astype(int), (x * (shape[1] / width)).astype(int)), 1)
    return counts


def center_bias(counts):
    """The density of these fixations: blurred by 3 % of the width, with 0.1 % uniform."""
    density = proportions(gaussian_filter(counts.astype(float), 0.03 * counts.shape[1], mode="reflect", truncate=4))
    return 0.999 * density + 0.001 / density.size


def saliency4asd(root):
    maps, fixations = {}, {}
    for path in sorted((root / "deepgaze2e").glob("*.png"), key=lambda path: int(path.stem)):
        maps[path.stem] = np.asarray(Image.open(path)).astype(float)
        for group in ("ASD", "TD"):
            text = root / "TrainingData" / group / f"{group}_scanpath_{path.stem}.txt"
            table = np.genfromtxt(text, delimiter=",", skip_header=1)
            x, y = table[:, 1] - 1, table[:, 2] - 1
            fixations[path.stem, group] = (maps[path.stem].shape, x, y)
    for key, values in maps.items():
        others = moved([f for (image, _), f in fixations.items() if image != key], values.shape)
        baseline = center_bias(others)
        for group in ("ASD", "TD"):
            _, x, y = fixations[key, group]
            yield key, group, scores(values, x.astype(int), y.astype(int), 43.0, others, baseline, density=False)


def osie(root):
    shape = (600, 800)
    entries = loadmat(root / "data" / "eye" / "fixations.mat", squeeze_me=True)["fixations"]
    fixations = []
    for entry in entries:
        name, subjects = entry.item()
        x = np.concatenate([np.atleast_1d(subject.item()[0]) for subject in subjects])
        y = np.concatenate([np.atleast_1d(subject.item()[1]) for subject in subjects])
        fixations.append((Path(str(name)).stem, np.floor(x).astype(int), np.floor(y).astype(int)))
    total = moved([(shape, x, y) for _, x, y in fixations], shape)
    for key, x, y in fixations:
        others = total.copy()
        np.add.at(others, (y, x), -1)
        density = center_bias(others)
        yield key, "all", scores(density, x, y, 24.0, others, density, density=True)


def main():
    dataset = {"saliency4asd": saliency4asd, "osie": osie}[sys.argv[1]]
    theirs = {}
    if len(sys.argv) > 3:
        with open(sys.argv[3], newline="") as file:
            key = lambda row: (row["stimulus"], row["group"], row["profile"] + "/" + row["metric"])
            theirs = {key(row): row["value"] for row in csv.DictReader(file)}
    means, differences = {}, {}
    for stimulus, group, result in dataset(Path(sys.argv[2])):
        for metric, value in result.items():
            means.setdefault((group, metric), []).append(value)
            if theirs.get((stimulus, group, metric)):
                difference = abs(float(theirs[stimulus, group, metric]) - value)
                differences[metric] = max(differences.get(metric, 0.0), difference)
    for (group, metric), values in means.items():
        print(f"{group:4} {metric:18} {np.mean(values):.12f}  of {len(values)}")
    for metric, difference in differences.items():
        print(f"largest difference of {metric}: {difference:.1e}")


if __name__ == "__main__":
    main()
