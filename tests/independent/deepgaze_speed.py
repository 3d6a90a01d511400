"""Times gaze and the PyTorch reference of DeepGaze IIE or III in turn, and compares what they predict.

    cargo bench -p gaze-model --features libtorch --bench deepgaze_iie --no-run
    python tests/independent/deepgaze_speed.py CHECKOUT WEIGHTS [--model deepgaze-iii] [--size 768x1024] [--threads 2] [--blocks 5]

CHECKOUT is a clone of the DeepGaze repository, WEIGHTS the file that `cargo xtask synthetic-weights` makes. In each block one
process of either runs three rounds, of which the first is left out. The table has medians and the median of the blocks' ratios.
The part of gaze's time is that of the backbones (IIE), or of one more fixation on the same picture (III); the reference
computes everything anew for each fixation.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
OURS = ["cargo", "bench", "--quiet", "-p", "gaze-model", "--features", "libtorch", "--bench"]
# The bench, the part of its time that it prints, what the part is, and the arguments in front of the rounds.
HISTORY = "512,384:300.5,210:700,500.25:150,600"
MODELS = {
    "deepgaze-iie": ("deepgaze_iie", "backbones", "backbones", []),
    "deepgaze-iii": ("deepgaze_iii", "further", "one more fixation", [HISTORY]),
}


def run(command):
    start = np.array(resources())
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE.parent.parent)
    cpu = float((np.array(resources()) - start).sum())
    return json.loads(result.stdout.strip().splitlines()[-1]), cpu


def resources():
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return [used.ru_utime, used.ru_stime]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("--model", default="deepgaze-iie", choices=MODELS)
    parser.add_argument("--size", default="768x1024")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--blocks", type=int, default=5)
    arguments = parser.parse_args()
    checkout, weights = arguments.checkout.resolve(), arguments.weights.resolve()

    bench, part, part_name, more = MODELS[arguments.model]
    height, width = (int(side) for side in arguments.size.split("x"))
    random = np.random.default_rng(0)
    coarse = random.integers(0, 200, (height // 16 + 1, width // 16 + 1, 3))
    picture = coarse.repeat(16, 0).repeat(16, 1)[:height, :width] + random.integers(0, 56, (height, width, 3))
    y, x = np.mgrid[:height, :width]
    bias = -(((x - width / 2) / width) ** 2 + ((y - height / 2) / height) ** 2) * 7
    bias -= bias.max() + np.log(np.exp(bias - bias.max()).sum())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.save(folder / "picture.npy", picture.astype(np.uint8))
        np.save(folder / "bias.npy", bias)
        files = [folder / "picture.npy", folder / "bias.npy"]
        rows = []
        for _ in range(arguments.blocks):
            ours, _ = run([*OURS, bench, "--", weights, *files, *more, "3", arguments.threads, folder / "ours.npy"])
            reference = [sys.executable, HERE / "deepgaze.py", checkout, weights, "--model", arguments.model]
            reference += ["--history", *more] if more else []
            reference += ["--image", files[0], "--center-bias", files[1], "--rounds", "3", "--threads", arguments.threads]
            theirs, _ = run([*reference, "--out", folder / "theirs.npy"])
            rows.append((min(theirs["seconds"][1:]), min(ours["seconds"][1:]), min(ours[part][1:]),
                         ours["opening"], theirs["peak_mib"], ours["peak_mib"]))
            print(f"reference {rows[-1][0]:.3f} s, gaze {rows[-1][1]:.3f} s", file=sys.stderr)
        difference = np.abs(np.load(folder / "ours.npy") - np.load(folder / "theirs.npy"))
    theirs, ours, of_part, opening, their_peak, our_peak = (statistics.median(column) for column in zip(*rows))
    ratio = statistics.median(row[0] / row[1] for row in rows)
    print(f"{arguments.size}, {arguments.threads} threads, {arguments.blocks} blocks, torch {torch_version()}")
    print(f"reference {theirs:.3f} s, {their_peak:.0f} MiB")
    print(f"gaze      {ours:.3f} s, {our_peak:.0f} MiB; {part_name} {of_part:.3f} s; weights opened in {opening:.2f} s")
    print(f"ratio     {ratio:.2f}")
    print(f"largest difference {difference.max():.1e}, mean {difference.mean():.1e}")


def torch_version():
    import torch

    return torch.__version__


if __name__ == "__main__":
    main()
