"""Measures of scanpaths, computed independently of gaze.

The functions below follow the definitions of the papers word by word, slowly, and share nothing with the Rust code. Beside them stand
the packages that others use: multimatch-gaze, similaritymeasures, fastdtw, dtaidistance, Levenshtein, SciPy and scikit-learn.

    python scanpaths.py golden OUT.json
    python scanpaths.py compare VALUES [--osie DIR] [--saliency4asd DIR] [--peers FILE.py]

`golden` writes the pairs and values that `gaze-metrics/tests/scanpaths` compares with. `compare` draws 1,000 random pairs and
takes 200 real ones, half of each dataset, lets the program VALUES (`cargo build --release -p gaze-metrics --example scanpath_values`)
compute the same, and prints the largest difference of each measure and how many times as long Python takes. A file of PEERS is Python
with a dictionary PEERS of the same form as here: implementations that no package has.

Needs NumPy, SciPy, scikit-learn, pandas, multimatch-gaze, similaritymeasures, fastdtw, dtaidistance, Levenshtein and Pillow.
"""

import argparse
import json
import math
import random
import runpy
import subprocess
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

# The settings of the measures, which `gaze-metrics/tests/scanpaths/values.rs` repeats.
COLUMNS, ROWS = 12, 8
THRESHOLD = 3.5
BIN_MS = 50.0
GAP = -0.5
PIECE = 3
RADIUS = 80.0
BANDWIDTH = 100.0
PX_PER_MS = 0.2
SIMPLIFY = {"TDir": 45.0, "TDur": 300.0, "TAmp": 100.0}


# Places and cells.


def distance(a, b):
    return math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)


def cells(path, size):
    width, height = size
    return [(int(x * COLUMNS / width), int(y * ROWS / height)) for x, y, _ in path]


def half_up(value):
    return math.floor(value + 0.5)


# Alignments, as recursions over prefixes.


def needleman_wunsch(a, b, worth, gap):
    best = {(0, 0): 0.0}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            ways = []
            if i > 0:
                ways.append(best[i - 1, j] + gap)
            if j > 0:
                ways.append(best[i, j - 1] + gap)
            if i > 0 and j > 0:
                ways.append(best[i - 1, j - 1] + worth(a[i - 1], b[j - 1]))
            if ways:
                best[i, j] = max(ways)
    return best[len(a), len(b)]


def scanmatch(a, b, gap):
    if not a or not b:
        return None
    worth = lambda p, q: THRESHOLD - math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2)
    return needleman_wunsch(a, b, worth, gap) / (THRESHOLD * max(len(a), len(b)))


def repeated(path, size, first):
    symbols = []
    for cell, (_, _, duration) in list(zip(cells(path, size), path))[first:]:
        symbols += [cell] * half_up(duration / BIN_MS)
    return symbols


def levenshtein(a, b):
    counts = {}
    for i in range(len(a) + 1):
        for j in range(len(b) + 1):
            if i == 0 or j == 0:
                counts[i, j] = i + j
            else:
                replaced = counts[i - 1, j - 1] + (a[i - 1] != b[j - 1])
                counts[i, j] = min(replaced, counts[i - 1, j] + 1, counts[i, j - 1] + 1)
    return float(counts[len(a), len(b)])


def dwells(symbols):
    return [symbol for i, symbol in enumerate(symbols) if i == 0 or symbol != symbols[i - 1]]


def warped(p, q, cost, join):
    best = {}
    for i in range(len(p)):
        for j in range(len(q)):
            before = [best[k] for k in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if k in best]
            best[i, j] = join(cost(p[i], q[j]), min(before, default=0.0))
    return best[len(p) - 1, len(q) - 1]


def sequence_score(a, b, gap):
    return needleman_wunsch(a, b, lambda p, q: 1.0 if p == q else 0.0, gap) / max(len(a), len(b))


# Nearest neighbours.


def nearest(p, q, between=distance):
    return [min(between(a, b) for b in q) for a in p]


def mannan(p, q, size, exchanged=False):
    of_p, of_q = (sum(d * d for d in nearest(*pair)) for pair in ((p, q), (q, p)))
    n, m = len(p), len(q)
    weighted = n * of_p + m * of_q if exchanged else m * of_p + n * of_q
    return weighted / (2 * n * m * (size[0] ** 2 + size[1] ** 2))


def eyenalysis(p, q, between=distance):
    return (sum(nearest(p, q, between)) + sum(nearest(q, p, between))) / max(len(p), len(q))


def in_time(a, b):
    return math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (PX_PER_MS * (a[2] - b[2])) ** 2)


def pieces(path, k):
    return [path[i : i + k] for i in range(len(path) - k + 1)]


def piece_distances(p, q, k):
    apart = lambda a, b: math.sqrt(sum(distance(s, t) ** 2 for s, t in zip(a, b))) / k
    return [min(apart(a, b) for b in pieces(q, k)) for a in pieces(p, k)]


def scaled_embedding(p, q, size):
    lengths = range(1, min(len(p), len(q)) + 1)
    return float(np.mean([math.exp(-np.mean(piece_distances(p, q, k)) / max(size)) for k in lengths]))


# Recurrence.


def runs(values):
    """The lengths of the runs of ones."""
    return [len(run) for run in "".join("1" if value else " " for value in values).split()]


def recurrence(p, q, upper, lines=False):
    """REC, DET, LAM and CORM; `upper` looks above the diagonal only."""
    n = min(len(p), len(q))
    matrix = np.array([[distance(a, b) <= RADIUS for b in q[:n]] for a in p[:n]], dtype=int)
    if upper:
        matrix = np.triu(matrix, 1)
    total = matrix.sum()
    rate = 100 * total / (n * (n - 1) / 2 if upper else n * n)
    if total == 0:
        return rate, None, None, None
    weigh = lambda rows: sum((1 if lines else run) for row in rows for run in runs(row) if run >= 2)
    diagonals = weigh([matrix.diagonal(k) for k in range(1 - n, n)])
    straight = weigh(matrix) + weigh(matrix.T)
    lags = sum(j - i for i, j in zip(*np.nonzero(matrix)))
    return rate, 100 * diagonals / total, 100 * straight / (2 * total), 100 * lags / ((n - 1) * total)


# Entropies.


def entropy(labels):
    counts = np.unique(np.array(labels), return_counts=True, axis=0)[1]
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def transition_entropy(labels):
    pairs = list(zip(labels, labels[1:]))
    starts = {start for start, _ in pairs}
    of = lambda start: [end for begin, end in pairs if begin == start]
    return sum(len(of(start)) / len(pairs) * entropy(of(start)) for start in starts)


# MultiMatch, by the best of all monotone paths from pair to pair.


def multimatch(p, q, size):
    if min(len(p), len(q)) < 3:
        return [None] * 5
    u, v = (np.diff(np.array(path)[:, :2], axis=0) for path in (p, q))
    apart = lambda i, j: float(np.linalg.norm(u[i] - v[j]))
    # The sum of the best path to each pair, and the pair before; of equal sums the pair furthest on is settled first.
    reached, settled = {(0, 0): (0.0, None)}, {}
    while reached:
        at = min(reached, key=lambda pair: (reached[pair][0], [-place for place in pair]))
        settled[at] = reached.pop(at)
        for i, j in ((at[0], at[1] + 1), (at[0] + 1, at[1]), (at[0] + 1, at[1] + 1)):
            if i < len(u) and j < len(v) and (i, j) not in settled:
                sum_of_path = settled[at][0] + apart(i, j)
                if sum_of_path < reached.get((i, j), (math.inf,))[0]:
                    reached[i, j] = (sum_of_path, at)
    pairs, at = [], (len(u) - 1, len(v) - 1)
    while at is not None:
        pairs.append(at)
        at = settled[at][1]
    diagonal = math.hypot(*size)
    turn = lambda i, j: abs((math.atan2(*u[i][::-1]) - math.atan2(*v[j][::-1]) + math.pi) % (2 * math.pi) - math.pi)
    median = lambda of: float(np.median([of(i, j) for i, j in pairs]))
    return [
        1 - median(apart) / (2 * diagonal),
        1 - median(turn) / math.pi,
        1 - median(lambda i, j: abs(np.linalg.norm(u[i]) - np.linalg.norm(v[j]))) / diagonal,
        1 - median(lambda i, j: distance(p[i], q[j])) / diagonal,
        1 - median(lambda i, j: abs(p[i][2] - q[j][2]) / max(p[i][2], q[j][2])),
    ]


# Clusters by mean shift, as scikit-learn stops and merges.


def mean_shift(points):
    modes = {}
    for start in points:
        place = np.array(start)
        for _ in range(301):
            around = points[np.linalg.norm(points - place, axis=1) <= BANDWIDTH]
            if len(around) == 0:
                break
            step = np.linalg.norm(around.mean(axis=0) - place)
            place = around.mean(axis=0)
            if step <= 1e-3 * BANDWIDTH:
                break
        if len(around):
            modes[tuple(place)] = len(around)
    centers = []
    for mode, _ in sorted(modes.items(), key=lambda item: (item[1], item[0]), reverse=True):
        if all(distance(mode, center) > BANDWIDTH for center in centers):
            centers.append(mode)
    return centers


def clustered(p, q):
    centers = mean_shift(np.array([place[:2] for place in list(p) + list(q)]))
    label = lambda place: min(range(len(centers)), key=lambda k: distance(place, centers[k]))
    return [label(place) for place in p], [label(place) for place in q]


def of_recurrence(name, **options):
    figure = ("rec", "det", "lam", "corm").index(name)
    return lambda p, q, size: recurrence(p, p, True, **options)[figure]


def of_cross_recurrence(name, **options):
    figure = ("rec", "det", "lam", "corm").index(name)
    return lambda p, q, size: recurrence(p, q, False, **options)[figure]


def of_multimatch(figure):
    return lambda p, q, size: multimatch(p, q, size)[figure]


DIMENSIONS = ("vector", "direction", "length", "position", "duration")

INDEPENDENT = {
    **{f"multimatch_{name}": of_multimatch(place) for place, name in enumerate(DIMENSIONS)},
    "scanmatch": lambda p, q, size: scanmatch(cells(p, size), cells(q, size), 0.0),
    "scanmatch_gap": lambda p, q, size: scanmatch(cells(p, size), cells(q, size), GAP),
    "scanmatch_bins": lambda p, q, size: scanmatch(repeated(p, size, 0), repeated(q, size, 0), 0.0),
    "scanmatch_bins_without_first": lambda p, q, size: scanmatch(repeated(p, size, 1), repeated(q, size, 1), 0.0),
    "levenshtein": lambda p, q, size: levenshtein(cells(p, size), cells(q, size)),
    "levenshtein_dwells": lambda p, q, size: levenshtein(dwells(cells(p, size)), dwells(cells(q, size))),
    "levenshtein_similarity": lambda p, q, size: 1
    - levenshtein(cells(p, size), cells(q, size)) / max(len(p), len(q)),
    "dtw_distances": lambda p, q, size: warped(p, q, distance, lambda a, b: a + b),
    "dtw_squares": lambda p, q, size: warped(p, q, lambda a, b: distance(a, b) ** 2, lambda a, b: a + b),
    "dtw_root_of_squares": lambda p, q, size: math.sqrt(
        warped(p, q, lambda a, b: distance(a, b) ** 2, lambda a, b: a + b)
    ),
    "frechet": lambda p, q, size: warped(p, q, distance, max),
    "hausdorff": lambda p, q, size: max(nearest(p, q) + nearest(q, p)),
    "directed_hausdorff": lambda p, q, size: max(nearest(p, q)),
    "mannan_linear": lambda p, q, size: math.sqrt(mannan(p, q, size)),
    "mannan_squared": lambda p, q, size: mannan(p, q, size),
    "mannan_squared_exchanged": lambda p, q, size: mannan(p, q, size, exchanged=True),
    "eyenalysis": lambda p, q, size: eyenalysis(p, q),
    "eyenalysis_squared": lambda p, q, size: eyenalysis(p, q, lambda a, b: distance(a, b) ** 2),
    "eyenalysis_durations": lambda p, q, size: eyenalysis(p, q, in_time),
    "embedding_mean": lambda p, q, size: float(np.mean(piece_distances(p, q, PIECE))),
    "embedding_largest": lambda p, q, size: max(piece_distances(p, q, PIECE)),
    "embedding_scaled": scaled_embedding,
    **{f"recurrence_{name}": of_recurrence(name) for name in ("rec", "det", "lam", "corm")},
    **{f"cross_recurrence_{name}": of_cross_recurrence(name) for name in ("rec", "det", "lam", "corm")},
    **{f"cross_recurrence_{name}_lines": of_cross_recurrence(name, lines=True) for name in ("det", "lam")},
    "sequence_score": lambda p, q, size: sequence_score(*clustered(p, q), 0.0),
    "sequence_score_cells": lambda p, q, size: sequence_score(cells(p, size), cells(q, size), GAP),
    "spatial_entropy": lambda p, q, size: entropy(cells(p, size)),
    "transition_entropy": lambda p, q, size: transition_entropy(cells(p, size)),
}


# The packages. Each gives a function that takes both scanpaths as arrays of x, y and duration.


def packages():
    import Levenshtein
    from dtaidistance import dtw_ndim
    from fastdtw import fastdtw
    from multimatch_gaze import docomparison
    from scipy.spatial.distance import directed_hausdorff, euclidean
    from similaritymeasures import dtw, frechet_dist
    from sklearn.cluster import MeanShift

    fields = [("start_x", float), ("start_y", float), ("duration", float)]
    record = lambda path: np.array([tuple(row) for row in path], dtype=fields)

    def matched(figure, **options):
        # The package's only failures: an angle whose cosine is rounded beyond 1, and a lone short saccade.
        def of(p, q, size):
            try:
                value = docomparison(record(p), record(q), size, **options)[figure]
            except (ValueError, IndexError):
                return None
            return None if math.isnan(value) else float(value)

        return of

    def score(p, q, size):
        clusters = MeanShift(bandwidth=BANDWIDTH).fit(np.concatenate([p, q])[:, :2])
        return sequence_score(*(list(clusters.predict(path[:, :2])) for path in (p, q)), 0.0)

    text = lambda path, size: "".join(chr(65 + row * COLUMNS + column) for column, row in cells(path, size))
    apart = lambda p, q, size: float(Levenshtein.distance(text(p, size), text(q, size)))
    directed = lambda p, q, size: directed_hausdorff(p[:, :2], q[:, :2])[0]
    grouped = {"grouping": True, **SIMPLIFY}
    return {
        **{f"multimatch_{name}": {"multimatch-gaze": matched(place)} for place, name in enumerate(DIMENSIONS)},
        **{
            f"multimatch_{name}_simplified": {"multimatch-gaze": matched(place, **grouped)}
            for place, name in enumerate(DIMENSIONS)
        },
        "levenshtein": {"Levenshtein": apart},
        "dtw_distances": {
            "similaritymeasures": lambda p, q, size: float(dtw(p[:, :2], q[:, :2])[0]),
            "fastdtw": lambda p, q, size: fastdtw(p[:, :2], q[:, :2], radius=1000, dist=euclidean)[0],
        },
        "dtw_root_of_squares": {"dtaidistance": lambda p, q, size: dtw_ndim.distance(p[:, :2].copy(), q[:, :2].copy())},
        "frechet": {"similaritymeasures": lambda p, q, size: float(frechet_dist(p[:, :2], q[:, :2]))},
        "directed_hausdorff": {"SciPy": directed},
        "hausdorff": {"SciPy": lambda p, q, size: max(directed(p, q, size), directed(q, p, size))},
        "sequence_score": {"scikit-learn": score},
    }


# Pairs of scanpaths: (first, second, (width, height)), each scanpath a list of (x, y, duration).


def drawn(count, seed, digits):
    """Random pairs on pictures of several sizes: most anywhere, some on whole pixels, some as walks."""
    rng = random.Random(seed)
    sizes = [(800, 600), (1024, 768), (683, 1023), (320, 240)]

    def path(size, kind):
        width, height = size
        places = [(rng.random() * width, rng.random() * height)]
        for _ in range(rng.randint(2, 19)):
            if kind == "walk":
                x, y = (place + rng.gauss(0, 0.15 * side) for place, side in zip(places[-1], size))
                places.append((min(max(x, 0), width - 1), min(max(y, 0), height - 1)))
            else:
                places.append((rng.random() * width, rng.random() * height))
        place = lambda value, side: min(float(int(value)) if kind == "pixels" else round(value, digits), side - 0.01)
        timed = lambda x, y: (place(x, width), place(y, height), round(rng.lognormvariate(5.4, 0.5), digits))
        return [timed(x, y) for x, y in places]

    pairs = []
    for index in range(count):
        size, kind = rng.choice(sizes), ("anywhere", "walk", "pixels")[index % 3]
        pairs.append((path(size, kind), path(size, kind), size))
    return pairs


def osie(folder, count, seed):
    from scipy.io import loadmat

    rng = random.Random(seed)
    stimuli = loadmat(Path(folder) / "eye" / "fixations.mat", squeeze_me=True)["fixations"]
    pairs = []
    while len(pairs) < count:
        subjects = rng.choice(list(stimuli))["subjects"].item()
        paths = []
        for subject in rng.sample(list(subjects), 2):
            fields = [np.atleast_1d(subject[name].item()).astype(float) for name in ("fix_x", "fix_y", "fix_duration")]
            paths.append([fixation for fixation in zip(*(field.tolist() for field in fields))
                          if 0 <= fixation[0] < 800 and 0 <= fixation[1] < 600])
        if min(map(len, paths)) >= 3:
            pairs.append((*paths, (800, 600)))
    return pairs


def saliency4asd(folder, count, seed):
    from PIL import Image

    rng = random.Random(seed)
    training = next(Path(folder).rglob("TrainingData"))
    pairs = []
    while len(pairs) < count:
        number = rng.randint(1, 300)
        picture = training / "Images" / f"{number}.png"
        if not picture.exists():
            continue
        size = Image.open(picture).size
        paths = []
        for group in ("ASD", "TD"):
            lines = (training / group / f"{group}_scanpath_{number}.txt").read_text().split("\n")[1:]
            rows = [[float(field) for field in line.split(",")] for line in lines if line.strip()]
            starts = [i for i, row in enumerate(rows) if row[0] == 0] + [len(rows)]
            begin = rng.randrange(len(starts) - 1)
            paths.append([(x - 1, y - 1, duration) for _, x, y, duration in rows[starts[begin] : starts[begin + 1]]])
        if min(map(len, paths)) >= 3:
            pairs.append((*paths, size))
    return pairs


def as_json(pairs):
    columns = lambda path: {name: [row[i] for row in path] for i, name in enumerate(("x", "y", "ms"))}
    return [{"width": size[0], "height": size[1], "first": columns(p), "second": columns(q)} for p, q, size in pairs]


def evaluated(function, pairs):
    """The values of a function on all pairs, and the seconds of the processor that it takes."""
    arrays = [(np.array(p), np.array(q), size) for p, q, size in pairs]
    begin = time.process_time()
    values = [function(*pair) for pair in arrays]
    return [None if value is None else float(value) for value in values], time.process_time() - begin


def peers(further=None):
    """For each measure, the implementations by name."""
    found = {name: {"independent": function} for name, function in INDEPENDENT.items()}
    for others in [packages(), *([runpy.run_path(further)["PEERS"]] if further else [])]:
        for name, implementations in others.items():
            found.setdefault(name, {}).update(implementations)
    return found


def golden(path):
    pairs = drawn(36, 20261129, 2)
    # Equal scanpaths, a place that is stayed at, and no place in common.
    pairs[0] = (pairs[0][0], pairs[0][0], pairs[0][2])
    still = [(5.0, 5.0, 100.0), (5.0, 5.0, 250.0), (300.0, 100.0, 80.0), (300.0, 101.0, 120.0)]
    pairs[1] = (still, pairs[1][1][:3], (800, 600))
    pairs[1] = (still, [(400.0, 500.0, 90.0), (700.0, 590.0, 400.0), (799.0, 599.0, 30.0)], (800, 600))
    values = {
        name: {peer: evaluated(function, pairs)[0] for peer, function in implementations.items()}
        for name, implementations in peers().items()
    }
    used = ("numpy", "scipy", "scikit-learn", "multimatch-gaze", "similaritymeasures", "fastdtw", "dtaidistance", "Levenshtein")
    made = {
        "made_by": "tests/independent/scanpaths.py golden",
        "date": str(date.today()),
        "seed": 20261129,
        "versions": {name: version(name) for name in used},
        "tolerance": "1e-9, relative to 1 or to the value if that is larger",
        "pairs": as_json(pairs),
        "values": values,
    }
    Path(path).write_text(json.dumps(made, indent=None, separators=(",", ":")).replace('{"width"', '\n{"width"') + "\n")


def compare(program, osie_folder, saliency4asd_folder, further):
    pairs = drawn(1000, 7, 6)
    kinds = {"random": len(pairs)}
    for name, read, folder in (("OSIE", osie, osie_folder), ("Saliency4ASD", saliency4asd, saliency4asd_folder)):
        if folder:
            pairs += read(folder, 100, 11)
            kinds[name] = 100
    asked = json.dumps({"pairs": as_json(pairs)})
    answer = json.loads(subprocess.run([program], input=asked, capture_output=True, text=True, check=True).stdout)
    print(f"{len(pairs)} pairs: {kinds}\n")
    print("| measure | compared with | pairs | largest difference | at pair | no value here or there | Python | Rust | times |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, implementations in peers(further).items():
        ours, seconds = answer["values"][name], answer["seconds"][name]
        for peer, function in implementations.items():
            theirs, of_python = evaluated(function, pairs)
            both = [(abs(a - b) / max(1, abs(b)), i) for i, (a, b) in enumerate(zip(ours, theirs)) if None not in (a, b)]
            largest = max(both, default=(math.nan, -1))
            here = sum(a is None and b is not None for a, b in zip(ours, theirs))
            there = sum(b is None and a is not None for a, b in zip(ours, theirs))
            above = sum(difference > 1e-9 for difference, _ in both)
            more = f" ({above} above 1e-9)" if above else ""
            print(
                f"| `{name}` | {peer} | {len(both)} | {largest[0]:.1e}{more} | {largest[1]} | {here}, {there}"
                f" | {1e6 * of_python / len(pairs):.0f} µs | {1e6 * seconds / len(pairs):.2f} µs | {of_python / seconds:.0f} |",
                flush=True,
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("golden").add_argument("out")
    comparing = commands.add_parser("compare")
    comparing.add_argument("program")
    comparing.add_argument("--osie")
    comparing.add_argument("--saliency4asd")
    comparing.add_argument("--peers")
    arguments = parser.parse_args()
    if arguments.command == "golden":
        golden(arguments.out)
    else:
        compare(arguments.program, arguments.osie, arguments.saliency4asd, arguments.peers)


if __name__ == "__main__":
    sys.exit(main())
