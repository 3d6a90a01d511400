"""Writes archive.pth and stream.pth: one state dict in both layouts of torch.save.

Made with PyTorch 2.11.0. Every number is a multiple of 1/8 given by its index, so the tests know them without a file:
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
