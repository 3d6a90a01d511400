"""Runs the PyTorch reference of a DeepGaze network beside gaze: the same weights, pictures and center biases.

    python tests/independent/deepgaze.py CHECKOUT WEIGHTS --image PICTURE.npy --center-bias CB.npy --rounds 5 --threads 2

`--model` is deepgaze-iie, deepgaze-i or deepgaze-iii, which needs `--history X,Y:X,Y`, the oldest fixation first. CHECKOUT is a clone of the DeepGaze repository, WEIGHTS a .pth or .safetensors as `cargo xtask synthetic-weights` makes,
PICTURE an array (height, width, 3) of bytes. With `--out FILE.npy` the log density is written. Every round's seconds and
the process's peak memory are printed as JSON. The reference runs as its README has it but without gradients, unless
`--gradients` is given.

Needs torch, torchvision, numpy and, for .safetensors, nothing more. Nothing is downloaded: the backbones' ImageNet
weights that the reference would fetch are replaced by those of WEIGHTS anyway.
"""

import argparse
import json
import resource
import sys
import time
import types

import numpy as np
import torch
import torchvision


def read_safetensors(path):
    data = np.memmap(path, dtype=np.uint8, mode="r")
    length = int(data[:8].view(np.uint64)[0])
    header = json.loads(bytes(data[8 : 8 + length]))
    kinds = {"F32": np.float32, "I64": np.int64}
    state = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            values = np.array(data[start:end]).view(kinds[entry["dtype"]]).reshape(entry["shape"])
            state[name] = torch.from_numpy(values)
    return state


def reference(checkout, state, name):
    """The reference's own model, built without its downloads."""
    # Its package imports models that need packages this one does not; only the folder is made known.
    package = types.ModuleType("deepgaze_pytorch")
    package.__path__ = [f"{checkout}/deepgaze_pytorch"]
    sys.modules["deepgaze_pytorch"] = package
    torch.hub.load = lambda _repository, name, **_: getattr(torchvision.models, name)(weights=None)
    # The classes load ImageNet weights when they are made; nothing need be loaded then.
    torch.utils.model_zoo.load_url = lambda *_, **__: {"state_dict": {}}
    load = torch.nn.Module.load_state_dict
    torch.nn.Module.load_state_dict = lambda *_, **__: None
    if name == "deepgaze-i":
        from deepgaze_pytorch.deepgaze1 import DeepGazeI as Network
    elif name == "deepgaze-iii":
        from deepgaze_pytorch.deepgaze3 import DeepGazeIII as Network
    else:
        from deepgaze_pytorch.deepgaze2e import DeepGazeIIE as Network

    model = Network(pretrained=False)
    torch.nn.Module.load_state_dict = load
    model.load_state_dict(state)
    # DeepGaze I returns nothing here.
    model.eval()
    return model


def newest_first(history):
    """The coordinates of the last four fixations, from the last one back; NaN where there are fewer."""
    points = [tuple(float(number) for number in point.split(",")) for point in history.split(":")][-4:][::-1]
    points += [(float("nan"), float("nan"))] * (4 - len(points))
    return [torch.tensor([coordinates], dtype=torch.float32) for coordinates in zip(*points)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout")
    parser.add_argument("weights")
    parser.add_argument("--image", required=True)
    parser.add_argument("--center-bias", required=True)
    parser.add_argument("--model", default="deepgaze-iie", choices=["deepgaze-i", "deepgaze-iie", "deepgaze-iii"])
    parser.add_argument("--history")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--gradients", action="store_true")
    parser.add_argument("--out")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    if arguments.weights.endswith(".safetensors"):
        state = read_safetensors(arguments.weights)
    else:
        state = torch.load(arguments.weights, map_location="cpu", weights_only=True)
    model = reference(arguments.checkout, state, arguments.model)
    del state
    picture = np.load(arguments.image).transpose(2, 0, 1)[None].astype(np.float32)
    center_bias = np.load(arguments.center_bias)[None].astype(np.float32)
    picture, center_bias = torch.from_numpy(picture), torch.from_numpy(center_bias)
    history = newest_first(arguments.history) if arguments.history else []
    seconds = []
    with torch.set_grad_enabled(arguments.gradients):
        for _ in range(arguments.rounds):
            start = time.perf_counter()
            log_density = model(picture, center_bias, *history)
            seconds.append(time.perf_counter() - start)
    if arguments.out:
        np.save(arguments.out, log_density.reshape(picture.shape[2:]).detach().numpy())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"torch": torch.__version__, "seconds": seconds, "peak_mib": peak / 1024}))


if __name__ == "__main__":
    main()
