"""Writes archive.pth and stream.pth: one state dict in both layouts of torch.save; and program.pt, a TorchScript program.

Made with PyTorch 2.11.0, program.pt with 2.15.0. Every number is a multiple of 1/8 given by its index, so the tests know them without a file:
element i (row-major) of a tensor is ((7 * i + seed) % 64) / 8 - 4, with the seed in the table below.
"""

from collections import OrderedDict

import torch


def numbers(shape, seed, dtype=torch.float32):
    count = torch.Size(shape).numel()
    return (((7 * torch.arange(count) + seed) % 64) / 8 - 4).reshape(shape).to(dtype)


state = torch.nn.Sequential(OrderedDict(conv=torch.nn.Conv2d(3, 4, 3), norm=torch.nn.BatchNorm2d(4))).state_dict()
for seed, name in enumerate(["conv.weight", "conv.bias", "norm.weight", "norm.bias", "norm.running_mean"]):
    state[name].copy_(numbers(state[name].shape, seed))
state["norm.num_batches_tracked"].fill_(5)
state["double"] = numbers([2, 3], 10, torch.float64)
state["half"] = numbers([2, 3], 11, torch.float16)
state["brain"] = numbers([2, 3], 12, torch.bfloat16)
state["transposed"] = numbers([3, 2], 13).t().contiguous().t()
state["channels_last"] = numbers([2, 3, 4, 5], 14).contiguous(memory_format=torch.channels_last)
both = numbers([10], 15)
state["first"], state["second"] = both[:4], both[4:]
state["scalar"] = numbers([], 16)
state["empty"] = torch.zeros([0, 3])
state["parameter"] = torch.nn.Parameter(numbers([5], 17))
state["bytes"] = torch.arange(3, dtype=torch.uint8)
state["flags"] = torch.tensor([True, False])
state["ünïcode"] = numbers([1], 18)

torch.save(state, "archive.pth")
torch.save(state, "stream.pth", _use_new_zipfile_serialization=False)


class Visual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.sizes = [2, 3]
        self.conv = torch.nn.Conv2d(3, 2, 1, bias=False).half()
        self.norm = torch.nn.BatchNorm2d(2)
        self.blocks = torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))

    def forward(self, x):
        maps = self.norm(self.conv(x.half()).float()) * float(self.sizes[0])
        return self.blocks(maps.mean([2, 3]))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.zeros(3))
        self.visual = Visual()

    def forward(self, x):
        return self.visual(x * self.scale[None, :, None, None])


net = Net().eval()
named = dict(net.named_parameters()) | dict(net.named_buffers())
for seed, name in enumerate(
    ["scale", "visual.conv.weight", "visual.norm.running_mean", "visual.blocks.1.bias"], start=20
):
    named[name].data.copy_(numbers(named[name].shape, seed))
torch.jit.script(net).save("program.pt")
