#!/usr/bin/env python3
"""Makes the networks of this folder, and PyTorch's outputs for them.

The network is small and has the parts that saliency networks have: strided convolutions, a gate by global pooling, a skip
connection, bilinear enlargement, a sigmoid. Its weights are a formula of their place. The picture is a formula as well, which the
tests repeat: red = (7 x + 3 y) mod 256, green = (5 x y) mod 256, blue = (11 y) mod 256, 24 rows and 32 columns.

    python make.py          writes small.onnx, small.pt and golden.json here

`golden.json` has the output of PyTorch for the picture, with the ImageNet mean and deviation, row by row.
"""

import json
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=2)
        self.gate = nn.Conv2d(8, 8, 1)
        self.up = nn.ConvTranspose2d(8, 8, 2, stride=2)
        self.last = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, image):
        fine = F.relu(self.norm(self.first(image)))
        coarse = F.relu6(self.second(fine))
        coarse = coarse * torch.sigmoid(self.gate(F.adaptive_avg_pool2d(coarse, 1)))
        both = torch.cat((fine, self.up(coarse)), dim=1)
        return F.interpolate(self.last(both), scale_factor=2, mode="bilinear", align_corners=False)


def network():
    model = Small().eval()
    with torch.no_grad():
        for number, (name, values) in enumerate(model.state_dict().items()):
            if values.is_floating_point():
                places = torch.arange(values.numel(), dtype=torch.float64)
                wave = torch.sin(0.7 * places + number) * (0.3 if values.ndim > 1 else 0.2)
                wave = 1 + wave if name in ("norm.weight", "norm.running_var") else wave
                values.copy_(wave.reshape(values.shape))
    return model


def picture():
    y, x = torch.meshgrid(torch.arange(24), torch.arange(32), indexing="ij")
    channels = torch.stack(((7 * x + 3 * y) % 256, (5 * x * y) % 256, (11 * y) % 256)).to(torch.float64) / 255
    mean, deviation = (torch.tensor(values, dtype=torch.float64)[:, None, None] for values in (MEAN, DEVIATION))
    return ((channels - mean) / deviation).to(torch.float32)[None]


def main():
    model, image = network(), picture()
    torch.set_num_threads(1)
    with torch.no_grad():
        output = model(image)
        torch.jit.trace(model, image).save(str(HERE / "small.pt"))
    axes = {"image": {2: "height", 3: "width"}, "map": {2: "height", 3: "width"}}
    torch.onnx.export(
        model, (image,), str(HERE / "small.onnx"), input_names=["image"], output_names=["map"], dynamic_axes=axes,
        opset_version=17, dynamo=False,
    )
    made = {"torch": torch.__version__, "python": sys.version.split()[0], "rows": output[0, 0].tolist()}
    (HERE / "golden.json").write_text(json.dumps(made))


if __name__ == "__main__":
    main()
