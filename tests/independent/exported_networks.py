#!/usr/bin/env python3
"""Exports networks of the field with made-up weights, and compares gaze's predictions with PyTorch's.

The code of each network is its authors' and is not part of this repository: clone what you want to check, and name the folders.

    git clone https://github.com/rdroste/unisal                     UNISAL (Droste et al. 2020)
    git clone https://github.com/LJOVO/TranSalNet                   TranSalNet (Lou et al. 2022)
    git clone https://github.com/SenJia/EML-NET-Saliency            EML-NET (Jia & Bruce 2020)
    git clone https://github.com/gqding/SalFBNet                    SalFBNet (Ding et al. 2022)
    pip install torch torchvision onnx scipy
    python exported_networks.py OUT --checkouts DIR [--only unisal] [--gaze target/release/gaze-cli]

For each network it writes NAME.onnx, NAME.pt and NAME.json into OUT, and a picture of the size that the network takes. With
--gaze it predicts that picture from both files and prints the largest difference as a share of the range of PyTorch's output,
which must be below 1e-4, and the seconds that a prediction takes. docs/MODELS.md has the same exports in a few lines each.
"""

import argparse
import importlib
import json
import pathlib
import subprocess
import sys
import time
import types
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torch import nn

IMAGENET = {"mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225]}


class Wrapped(nn.Module):
    """A network whose `forward` takes a picture and gives a map."""

    def __init__(self, forward, *modules):
        super().__init__()
        self.inner = nn.ModuleList(modules)
        self.call = forward

    def forward(self, image):
        return self.call(image, *self.inner)


def absent(*names):
    """Stands in for modules that the code imports and that a prediction does not use."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            sys.modules[name] = mock.MagicMock()


def load(folder, name):
    """Imports a module of a checkout, whose names clash with those of other checkouts."""
    for known in [known for known in sys.modules if known.split(".")[0] in ("utils", "resnet", "decoder", "networks", "unisal")]:
        del sys.modules[known]
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.pop(0)


def unisal(checkouts):
    folder = checkouts / "unisal"
    package = types.ModuleType("unisal")  # its own __init__ imports the training
    package.__path__ = [str(folder / "unisal")]
    module = load(folder, "json") and None
    sys.modules["unisal"] = package
    module = importlib.import_module("unisal.model")
    model = module.UNISAL(cnn_cfg={"pretrained": False}, sources=("SALICON",))
    forward = lambda image, model: model(image[:, None], source="SALICON", static=True)[:, 0]
    return Wrapped(forward, model), (288, 384), {"range": "0..1", **IMAGENET}, "log-density"


def transalnet(checkouts):
    absent("skimage", "skimage.io", "skimage.transform", "cv2", "pandas")
    module = load(checkouts / "TranSalNet", "TranSalNet_Res")
    made = module.resnet.resnet50
    with mock.patch.object(module.resnet, "resnet50", lambda pretrained: made(pretrained=False)):
        model = module.TranSalNet()
    habits = {"range": "0..1", "channels": "bgr", "fit": "pad-center", "padding_color": [1, 1, 1]}
    return Wrapped(lambda image, model: model(image), model), (288, 384), habits, "scores"


def eml_net(checkouts):
    absent("scipy", "scipy.ndimage", "scipy.ndimage.filters")
    folder = checkouts / "EML-NET-Saliency"
    resnet, decoder = load(folder, "resnet"), load(folder, "decoder")
    parts = resnet.resnet50(None), resnet.resnet50(None), decoder.build_decoder(None, (480, 640), 5, 5)
    forward = lambda image, objects, places, decode: decode([objects(image, decode=True), places(image, decode=True)])
    return Wrapped(forward, *parts), (480, 640), {"range": "0..1"}, "scores"


def salfbnet(checkouts):
    module = load(checkouts / "SalFBNet", "networks.FeedBackNet")
    return Wrapped(lambda image, model: model(image)[0], module.FBNet()), (224, 384), {"range": "0..1", **IMAGENET}, "scores"


NETWORKS = {"unisal": unisal, "transalnet": transalnet, "eml-net": eml_net, "salfbnet": salfbnet}


def picture(size, seed):
    """A picture of smooth colors and some edges."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize(size[::-1], Image.BICUBIC)).copy()
    smooth[size[0] // 4 : size[0] // 2, size[1] // 3 : size[1] // 2] = (220, 40, 90)
    return smooth


def numbers(pixels, habits):
    """The input that a description asks for, in PyTorch."""
    values = torch.from_numpy(pixels.astype(np.float64)).permute(2, 0, 1)[None]
    values = values.flip(1) if habits.get("channels") == "bgr" else values
    values = values / 255 if habits["range"] == "0..1" else values
    mean, deviation = (torch.tensor(habits.get(name, default)) for name, default in [("mean", [0.0] * 3), ("deviation", [1.0] * 3)])
    return ((values - mean[:, None, None]) / deviation[:, None, None]).to(torch.float32)


def settle(model, image):
    """Gives batch norms the statistics of some pictures, so that made-up weights do not drive every unit into its limits."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    model.train()
    with torch.no_grad():
        for seed in range(3):
            noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(seed))
            model(torch.cat((image, image.flip(3) + 0.1 * noise)))
    return model.eval()


def export(name, out, checkouts):
    torch.manual_seed(0)
    model, size, habits, kind = NETWORKS[name](checkouts)
    pixels = picture(size, 0)
    Image.fromarray(pixels).save(out / f"{name}.png")
    image = numbers(pixels, habits)
    settle(model, image)
    with torch.no_grad():
        output = model(image)
        began = time.perf_counter()
        model(image)
        seconds = time.perf_counter() - began
        torch.jit.trace(model, image, check_trace=False).save(str(out / f"{name}.pt"))
        torch.onnx.export(
            model, (image,), str(out / f"{name}.onnx"), input_names=["image"], output_names=["map"], opset_version=17,
            dynamo=False,
        )
    sidecar = {"gaze_network": 1, "name": name, "input": {"size": {"fixed": list(size)}, **habits}, "output": {"kind": kind}}
    (out / f"{name}.json").write_text(json.dumps(sidecar, indent=2))
    return output.squeeze().double().numpy(), seconds, sidecar


def compare(name, out, output, sidecar, gaze, ending):
    """Predicts with gaze: as logits, so that every number of the output shows in the log density."""
    folder = out / f"as-logits-{ending}"
    folder.mkdir(exist_ok=True)
    network = folder / f"{name}.{ending}"
    network.unlink(missing_ok=True)
    network.hardlink_to(out / f"{name}.{ending}")
    (folder / f"{name}.json").write_text(json.dumps({**sidecar, "output": {"kind": "logits"}}))
    target = folder / f"{name}.npy"
    command = [gaze, "predict", out / f"{name}.png", "--model", network, "--out", target, "--threads", "1"]
    began = time.perf_counter()
    subprocess.run([*command], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    expected = output - np.log(np.exp(output - output.max()).sum()) - output.max()
    return np.abs(np.load(target) - expected).max() / np.ptp(output), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--checkouts", type=pathlib.Path, required=True)
    parser.add_argument("--only", choices=NETWORKS, action="append")
    parser.add_argument("--gaze", type=pathlib.Path)
    parser.add_argument("--formats", default="onnx,pt")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for name in args.only or NETWORKS:
        output, seconds, sidecar = export(name, args.out, args.checkouts)
        print(f"{name}: range {np.ptp(output):.4g}, PyTorch {seconds:.2f} s", flush=True)
        for ending in args.formats.split(",") if args.gaze else []:
            difference, seconds = compare(name, args.out, output, sidecar, args.gaze, ending)
            print(f"  {ending}: {difference:.1e} of the range, {seconds:.2f} s with the start", flush=True)


if __name__ == "__main__":
    main()
