"""Runs the shipped gaze-lite on ONNX Runtime, from a graph that is built here from the weights alone.

    python gaze_lite_onnx.py PICTURE.npy ROUNDS THREADS [OUT.npy]

The script needs `pip install numpy onnx onnxruntime pillow safetensors`. PICTURE is an array of bytes of shape (height, width, 3).
Each round resizes it to a long side of 768, predicts it, and makes the log density at the picture's own size, as
`cargo bench -p gaze-model --bench gaze_lite` does, whose arguments and JSON are the same. OUT is that log density; both
programs' differ by 0.01 nats on average and 0.1 at most on a photograph, probably by how resized bytes are rounded.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).resolve().parents[2] / "gaze-model" / "weights"
TEMPERATURE, LONG_SIDE, GRID, CELL = 0.8, 768, 16, 8
OCTAVES = 2
# Blocks, outputs, filter, stride of the first block, and by how much a block is wider inside.
STAGES = [(1, 16, 3, 1, 1), (3, 24, 3, 2, 6), (3, 48, 5, 2, 6), (4, 88, 3, 2, 6), (4, 120, 5, 1, 6), (5, 208, 5, 2, 6), (1, 352, 3, 1, 6)]
TAPS = {6: 8, 10: 16, 14: 16, 19: 32, 20: 32}


class Graph:
    """An ONNX graph that grows one operation at a time."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operation: str, *inputs: str | np.ndarray, **attributes: object) -> str:
        name = f"n{len(self.nodes)}"
        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        self.nodes.append(helper.make_node(operation, names, [name], **attributes))
        return name


def f32(value: object) -> np.ndarray:
    return np.asarray(value, dtype=np.float32)


def backbone(graph: Graph, weights: dict[str, np.ndarray], x: str) -> dict[int, str]:
    def conv(x: str, name: str, stride: int = 1, groups: int = 1) -> str:
        kernel = f32(weights[f"{name}.weight"])
        if f"{name}.scale" in weights:
            kernel *= weights[f"{name}.scale"][:, None, None, None]
        pad = kernel.shape[2] // 2
        return graph.add("Conv", x, kernel, f32(weights[f"{name}.bias"]), strides=[stride] * 2, pads=[pad] * 4, group=groups)

    def relu6(x: str) -> str:
        return graph.add("Clip", x, f32(0), f32(6))

    x = relu6(conv(x, "stem", 2))
    taps, inputs, block = {}, 32, 0
    for count, outputs, _, first, wider in STAGES:
        for position in range(count):
            stride, name, y = first if position == 0 else 1, f"blocks.{block}", x
            if wider > 1:
                y = relu6(conv(y, f"{name}.expand"))
            y = conv(relu6(conv(y, f"{name}.depthwise", stride, inputs * wider)), f"{name}.project")
            x = graph.add("Add", x, y) if stride == 1 and inputs == outputs else y
            if block in TAPS:
                taps[block] = x
            inputs, block = outputs, block + 1
    return taps


def samples(length: int, seen: int, stride: int) -> tuple[np.ndarray, float]:
    """The places of a layer's samples on an axis of `length` pixels that was seen as `seen`, and their distance."""
    pixel = length / seen
    return (pixel - 1) / 2 + stride * pixel * np.arange(-(-seen // stride)), stride * pixel


def linear(source: tuple[np.ndarray, float], target: tuple[np.ndarray, float]) -> np.ndarray:
    (at, step), (to, wanted) = source, target
    weight = np.maximum(0, 1 - np.abs(np.clip(to, at[0], at[-1])[:, None] - at[None]) / max(step, wanted))
    return weight / weight.sum(1, keepdims=True)


def enlarging(seen: int, target: int, sigma: float) -> np.ndarray:
    cells = CELL * np.arange(-(-seen // CELL)) + (CELL - 1) / 2
    pixels = (np.arange(target) + 0.5) * seen / target - 0.5
    weight = np.exp(-0.5 * ((np.clip(pixels, cells[0], cells[-1])[:, None] - cells[None]) / sigma) ** 2)
    return weight / weight.sum(1, keepdims=True) @ linear(samples(seen, seen, GRID), (cells, CELL))


def build(sizes: list[tuple[int, int]], out: tuple[int, int]) -> onnx.ModelProto:
    """Makes the graph for one size of picture: from the picture at all sizes and the center bias to the log density."""
    features, head = (load_file(WEIGHTS / name) for name in ["efficientnet-lite2.safetensors", "gaze-lite.safetensors"])
    graph = Graph()
    looks = [backbone(graph, features, f"picture{index}") for index in range(len(sizes))]
    densities = [octave(graph, head, looks[index : index + 2], sizes[index : index + 2], out) for index in range(len(sizes) - 1)]
    density = graph.add("ReduceMean", graph.add("Concat", *densities, axis=0), np.array([0]))
    graph.nodes.append(helper.make_node("Log", [density], ["density"]))
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    inputs = [value(f"picture{index}", [1, 3, *size]) for index, size in enumerate(sizes)] + [value("center_bias", [1, *out])]
    made = helper.make_graph(graph.nodes, "gaze-lite", inputs, [value("density", [1, out[0] * out[1]])], graph.constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def octave(
    graph: Graph, head: dict[str, np.ndarray], looks: list[dict[int, str]], sizes: list[tuple[int, int]], out: tuple[int, int]
) -> str:
    """Adds the readouts that look at a picture and its half. Returns the members' densities."""
    (full, half), (seen, smaller) = looks, sizes
    readout = {name.removeprefix("readout."): f32(value) for name, value in head.items() if name.startswith("readout.")}
    members = len(readout["finalizer"])
    grid = tuple(-(-side // GRID) for side in seen)
    sum_, shift = None, np.zeros(members * 32)
    for view, taps, size, blocks in [("full", full, seen, list(TAPS)), ("half", half, smaller, list(TAPS)[1:])]:
        for block in blocks:
            mean, deviation = (f32(head[f"channels.{view}.{block}.{leaf}"]) for leaf in ["mean", "deviation"])
            kernel = (readout[f"{view}.{block}"] / deviation).reshape(members * 32, -1)
            shift -= (kernel * mean).sum(1)
            mapped = graph.add("Conv", taps[block], kernel[:, :, None, None])
            if (view, TAPS[block]) != ("full", GRID):
                rows, columns = (linear(samples(a, b, TAPS[block]), samples(a, a, GRID)) for a, b in zip(seen, size, strict=True))
                mapped = graph.add("MatMul", graph.add("MatMul", f32(rows), mapped), f32(columns.T))
            sum_ = mapped if sum_ is None else graph.add("Add", sum_, mapped)
    x = graph.add("Add", sum_, f32(shift)[None, :, None, None])

    def norm(x: str, channels: int, which: int) -> str:
        flat = graph.add("Reshape", x, np.array([1, members, channels * grid[0] * grid[1]]))
        flat = graph.add("InstanceNormalization", flat, f32([1] * members), f32([0] * members), epsilon=1e-5)
        x = graph.add("Reshape", flat, np.array([1, members * channels, *grid]))
        weight, bias = (readout[f"norm{which}.{leaf}"].reshape(1, -1, 1, 1) for leaf in ["weight", "bias"])
        return graph.add("Softplus", graph.add("Add", graph.add("Mul", x, weight), bias))

    def mix(x: str, which: int) -> str:
        weight = readout[f"mix{which}.weight"]
        bias = readout.get(f"mix{which}.bias", np.zeros((members, weight.shape[1])))
        kernel = weight.reshape(-1, weight.shape[2], 1, 1)
        return graph.add("Conv", x, kernel, f32(bias).reshape(-1), group=members)

    x = mix(norm(x, 32, 1), 1)
    x = graph.add("Add", x, graph.add("Conv", x, readout["neighborhood.weight"], pads=[2] * 4, group=members * 16))
    x = graph.add("Softplus", mix(norm(x, 16, 2), 2))
    maps = graph.add("Reshape", mix(x, 3), np.array([members, *grid]))
    sigmas, weights = np.exp(readout["finalizer"][:, 0].astype(float)), readout["finalizer"][:, 1]
    rows, columns = (np.stack([enlarging(a, b, sigma) for sigma in sigmas]) for a, b in zip(seen, out, strict=True))
    logits = graph.add("MatMul", graph.add("MatMul", f32(rows * TEMPERATURE), maps), f32(columns.transpose(0, 2, 1)))
    logits = graph.add("Add", logits, graph.add("Mul", "center_bias", weights[:, None, None]))
    return graph.add("Softmax", graph.add("Reshape", logits, np.array([members, -1])), axis=1)


def main() -> None:
    picture, rounds, threads, *out = sys.argv[1:]
    pixels = np.load(picture)
    size = pixels.shape[:2]
    seen = tuple(round(side * LONG_SIDE / max(size)) for side in size)
    sizes = [seen]
    for _ in range(OCTAVES):
        sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(build(sizes, size).SerializeToString(), options)
    opening = time.perf_counter() - start
    template = np.exp(load_file(WEIGHTS / "gaze-lite.safetensors")["center_bias"])

    def resized(image: Image.Image, size: tuple[int, int], method: Image.Resampling) -> Image.Image:
        return image.resize(size[::-1], method)

    def seen_by_the_network(image: Image.Image) -> np.ndarray:
        return ((f32(image) - 127) / 128).transpose(2, 0, 1)[None]

    seconds = []
    for _ in range(int(rounds)):
        start = time.perf_counter()
        looks = [resized(Image.fromarray(pixels), seen, Image.Resampling.BICUBIC)]
        for smaller in sizes[1:]:
            looks.append(resized(looks[-1], smaller, Image.Resampling.BILINEAR))
        bias = f32(resized(Image.fromarray(template), size, Image.Resampling.BILINEAR))
        bias = np.log(bias / bias.sum(dtype=float))
        views = {f"picture{index}": seen_by_the_network(look) for index, look in enumerate(looks)}
        (density,) = session.run(None, {**views, "center_bias": f32(bias)[None]})
        seconds.append(time.perf_counter() - start)
    if out:
        np.save(out[0], density.reshape(size).astype(np.float64))
    print(json.dumps({"opening": opening, "seconds": seconds}))


if __name__ == "__main__":
    main()
