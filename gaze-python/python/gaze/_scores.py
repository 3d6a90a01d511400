"""Scores of a prediction, which say why a metric has no value."""

from __future__ import annotations

from typing import Any

from gaze import _gaze


class Scores(dict[str, float]):
    """Metrics by name, in the order of tables.

    A metric without a value is not among the keys: ``scores["cc"]`` then raises :class:`gaze.MetricError` with the reason, and
    :attr:`missing` has the reasons of all such metrics.
    """

    missing: dict[str, str]

    def __init__(self, scored: list[tuple[str, float | None, str | None]] | None = None) -> None:
        scored = scored or []
        super().__init__({name: value for name, value, _ in scored if value is not None})
        self.missing = {name: reason for name, _, reason in scored if reason is not None}

    def __missing__(self, name: str) -> float:
        if name in self.missing:
            raise _gaze.MetricError(f"{name}: {self.missing[name]}")
        raise KeyError(name)

    def __repr__(self) -> str:
        return f"Scores({super().__repr__()}, missing={self.missing!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        scored: list[tuple[str, float | None, str | None]] = [(name, value, None) for name, value in self.items()]
        scored += [(name, None, reason) for name, reason in self.missing.items()]
        return Scores, (scored,)


def evaluate(prediction: Any, fixations: Any, y: Any = None, **settings: Any) -> Scores:
    """Scores one prediction by all metrics of a profile.

    :param prediction: array ``(height, width)``: finite scores, or natural log probabilities.
    :param fixations: ``x`` and ``y`` in pixels as two arrays, or one array ``(n, 2)``.
    :param profile: ``"tuebingen"`` (the current MIT/Tübingen benchmark), ``"mit"`` (the MATLAB code of the MIT benchmark) or
        ``"all"``, every definition of every metric under the name ``metric/variant``.
    :param kind: ``"auto"`` (an array without positive values whose exponentials sum to 1 is a log density), ``"scores"`` or
        ``"log-density"``.
    :param empirical: array ``(height, width)``, the map that CC, SIM, KL and EMD compare with. Without it, it is made of the
        fixations if ``sigma_px`` is given.
    :param sigma_px: blur of the empirical map in pixels. Densities need it for CC, SIM and KL.
    :param baseline: ``"uniform"`` or an array ``(height, width)``, for information gain.
    :param nonfixations: fixations on other images, as ``(n, 2)`` or ``(x, y)`` or counts, for shuffled AUC.
    :param emd_downsize: pixels along the side of a cell of the earth mover's distance.
    :returns: :class:`Scores`. A metric whose input was not given, or that has no value, is in ``missing`` with its reason.
    :raises ValueError: for a point outside the map, a value that is not finite, or arrays of different sizes.
    """
    return Scores(_gaze.evaluate(prediction, fixations, y, **settings))


def evaluate_many(predictions: Any, fixations: Any, **settings: Any) -> list[Scores]:
    """Scores many predictions in parallel, each as :func:`evaluate` does.

    :param predictions: arrays ``(height, width)``, which may differ in size.
    :param fixations: for each prediction an array ``(n, 2)`` or a tuple ``(x, y)`` of arrays.
    :param empirical: a list with an entry for each prediction, or None; ``nonfixations`` as well.
    :param baseline: a list with an entry for each prediction, or one array or ``"uniform"`` for all.
    :param threads: the number of threads; None takes one per core. It changes no value.
    :returns: a list of :class:`Scores` in the order of the predictions.
    :raises ValueError: for the first prediction whose arguments :func:`evaluate` refuses; the message has its place.
    """
    return [Scores(scored) for scored in _gaze.evaluate_many(list(predictions), list(fixations), **_lists(settings))]


def _lists(settings: dict[str, Any]) -> dict[str, Any]:
    """Makes lists of other sequences, so that a stack of maps is taken as one entry for each."""
    settings = dict(settings)
    for name in ("empirical", "nonfixations"):
        if settings.get(name) is not None:
            settings[name] = list(settings[name])
    return settings
