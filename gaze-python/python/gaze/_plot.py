"""Predictions and fixations drawn with matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaze import _gaze


def plot(
    prediction: Any,
    image: Any = None,
    *,
    fixations: Any = None,
    palette: str = "inferno",
    kind: str = "auto",
    axes: Any = None,
) -> Any:
    """Draws a prediction with matplotlib: its heat map, or the heat map over the picture, with fixations as dots.

    :param prediction: array ``(height, width)``: finite scores, or natural log probabilities.
    :param image: the picture, as :func:`gaze.heat_map` takes it; None draws the heat map alone.
    :param fixations: array ``(n, 2)`` of x and y in pixels, or a tuple ``(x, y)`` of arrays.
    :param palette: the colors, as for :func:`gaze.heat_map`; ``kind`` as well.
    :param axes: the axes to draw into; new ones without it.
    :returns: the axes.
    """
    import matplotlib.pyplot as plt

    drawn = _gaze.heat_map(prediction, image, palette=palette, kind=kind)
    axes = plt.subplots(layout="constrained")[1] if axes is None else axes
    axes.imshow(drawn)
    if fixations is not None:
        x, y = fixations if isinstance(fixations, tuple) else np.reshape(np.asarray(fixations, dtype=float), (-1, 2)).T
        # The middle of the top-left pixel is (0, 0) to matplotlib and (0.5, 0.5) here.
        axes.scatter(np.asarray(x) - 0.5, np.asarray(y) - 0.5, s=12, c="white", edgecolors="black", linewidths=0.5)
    axes.set_axis_off()
    return axes
