"""Targets of one picture in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaze import _gaze


def rasterize(
    experiments: Any,
    *,
    size: tuple[int, int],
    picture_size: tuple[int, int] | None = None,
    seed: int = 0,
    **settings: Any,
) -> NDArray[np.float32]:
    """Makes a training target of the gaze on a picture.

    :param experiments: for each observer an array ``(n, 2)`` of x and y in pixels of the picture, or a tuple ``(x, y)`` of arrays.
        Points may be NaN or lie outside the picture; they are left out. :class:`gaze.Rasterizer` counts them.
    :param size: ``(height, width)`` of the target.
    :param picture_size: ``(height, width)`` of the picture; that of the target if it is not given.
    :param seed: decides which experiments are chosen, and the jitter.
    :param settings: those of :class:`gaze.RasterSettings`: ``splat``, ``sigma_px``, ``normalization`` and others.
    :returns: a float32 array ``(height, width)``.
    :raises ValueError: if no point lies on the picture, and for settings that are no such value.
    """
    rasterizer = _gaze.Rasterizer(_gaze.RasterSettings(size, **settings))
    target, _ = rasterizer.rasterize(size if picture_size is None else picture_size, list(experiments), seed=seed)
    return target
