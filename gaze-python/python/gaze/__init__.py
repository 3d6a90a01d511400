"""Eye movements and saliency: metrics, models, training targets, datasets and whole studies.

Coordinates have ``x`` to the right and ``y`` down, in pixels from the top-left corner of the image. A point lies in the
pixel ``(row, column) = (floor(y), floor(x))``. Arrays are indexed ``[row, column]``, sizes are ``(height, width)``.
Logarithms of densities are natural. No function returns NaN: a case without a value raises :class:`MetricError`.
"""

from gaze._gaze import __version__

__all__ = ["__version__"]
