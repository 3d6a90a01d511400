"""pysaliency's stimuli, fixations and models with the metrics of gaze, and gaze's models as models of pysaliency.

It needs pysaliency: ``pip install gaze-saliency[pysaliency]``. The functions have the names and arguments of the methods of
pysaliency's models, with the model first: ``AUC(model, stimuli, fixations)`` is ``model.AUC(stimuli, fixations)``, computed by
gaze. ``score(model)`` has them as methods. Where pysaliency returns NaN, these functions raise :class:`gaze.MetricError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import pysaliency
except ImportError as error:  # pragma: no cover
    raise ImportError("gaze.pysaliency needs pysaliency: pip install gaze-saliency[pysaliency]") from error

from gaze import _gaze

Array = NDArray[np.float64]

_KL_MINIMUM = 1e-20
# The regularisations of pysaliency's KLDiv that gaze has: minimum_value, log_regularization, quotient_regularization.
_KL_VARIANTS = {(_KL_MINIMUM, 0.0, 0.0): "added", (0.0, 2.2204e-16, 2.2204e-16): "tuebingen"}


class Model(pysaliency.Model):  # type: ignore[misc, unused-ignore]
    """A model of gaze as a ``pysaliency.Model``, with all methods of such a model.

    :param model: a :class:`gaze.Model`, or a name or path for :func:`gaze.load_model`.
    :param options: those of :func:`gaze.load_model`, such as ``centerbias``; only for a name.
    """

    def __init__(self, model: Any = "gaze-lite", *, caching: bool = True, **options: Any) -> None:
        super().__init__(caching=caching)
        if isinstance(model, _gaze.Model) and options:
            raise TypeError("options are for the name of a model, not for a model that is opened")
        self.model = model if isinstance(model, _gaze.Model) else _gaze.load_model(model, **options)

    def _log_density(self, stimulus: Any) -> Array:
        return self.model.log_density(np.asarray(stimulus))


class Scored:
    """A model of pysaliency with the metrics of gaze as methods; ``score(model)`` makes it.

    ``average`` is ``"fixation"`` (images count by their fixations) or ``"image"``. Methods whose name ends in s have one value
    for each fixation, or for each stimulus in the metrics that compare maps.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def saliency_map(self, stimulus: Any) -> Array:
        """The model's map of scores; the probabilities of a model that predicts densities."""
        if hasattr(self.model, "saliency_map"):
            return np.asarray(self.model.saliency_map(stimulus))
        return _gaze.nss_map(self.model.log_density(stimulus))

    def AUC(
        self,
        stimuli: Any,
        fixations: Any,
        nonfixations: Any = "uniform",
        average: str = "fixation",
        thresholds: str = "all",
        verbose: bool = False,
    ) -> float:
        """Area under the ROC curve.

        :param nonfixations: ``"uniform"``, ``"unfixated"``, ``"shuffled"`` or a ``Fixations`` object.
        :param thresholds: ``"all"`` or ``"fixations"``, which gaze has for ``"uniform"`` and ``"unfixated"`` only.
        """
        values = self.AUC_per_image(stimuli, fixations, nonfixations, thresholds, verbose)
        return _average(values, fixations, average)

    def AUC_per_image(
        self, stimuli: Any, fixations: Any, nonfixations: Any = "uniform", thresholds: str = "all", verbose: bool = False
    ) -> list[float | None]:
        """The area under the curve of each image; None for an image without fixations, where pysaliency has NaN."""
        compute = self._auc(stimuli, fixations, nonfixations, thresholds)
        values: list[float | None] = [None] * len(stimuli)
        for n, points in _by_image(stimuli, fixations):
            values[n] = compute(n, self.saliency_map(stimuli[n]), points)
        return values

    def AUCs(self, stimuli: Any, fixations: Any, nonfixations: Any = "uniform", verbose: bool = False) -> Array:
        """The area under the curve of each fixation."""
        compute = self._auc(stimuli, fixations, nonfixations, "all")
        values = np.empty(len(fixations.x))
        for n, points in _by_image(stimuli, fixations):
            saliency_map = self.saliency_map(stimuli[n])
            if nonfixations == "unfixated":
                raise NotImplementedError("gaze has no area of single fixations against the pixels never fixated")
            values[fixations.n == n] = [compute(n, saliency_map, point[None]) for point in points]
        return values

    def _auc(
        self, stimuli: Any, fixations: Any, nonfixations: Any, thresholds: str
    ) -> Callable[[int, Array, Array], float]:
        if thresholds not in ("all", "fixations"):
            raise ValueError(f"Unknown value of `thresholds`: {thresholds}")
        all_thresholds = thresholds == "all"
        if isinstance(nonfixations, str) and nonfixations == "uniform":
            variant = "uniform" if all_thresholds else "uniform_at_fixations"
            return lambda n, saliency_map, points: _gaze.auc(saliency_map, points, variant=variant)
        if isinstance(nonfixations, str) and nonfixations == "unfixated":
            if all_thresholds:
                return lambda n, saliency_map, points: _gaze.auc(saliency_map, points, variant="unfixated")
            return lambda n, saliency_map, points: _gaze.auc_judd(saliency_map, points, variant="multiset")
        if not all_thresholds:
            raise NotImplementedError("gaze has thresholds at fixated values for uniform and unfixated nonfixations only")
        if isinstance(nonfixations, str) and nonfixations == "shuffled":
            sizes = [(int(size[0]), int(size[1])) for size in stimuli.sizes]
            lists = [_points(fixations, fixations.n == n) for n in range(len(stimuli))]
            pool = _gaze.ShuffledPool(sizes, lists)
            return lambda n, saliency_map, points: _gaze.shuffled_auc(saliency_map, points, pool.without(n, sizes[n]))
        if isinstance(nonfixations, pysaliency.Fixations):
            return lambda n, saliency_map, points: _gaze.shuffled_auc(
                saliency_map, points, _points(nonfixations, nonfixations.n == n)
            )
        raise TypeError(f"Cannot handle nonfixations {nonfixations}")

    def sAUC(self, stimuli: Any, fixations: Any, average: str = "fixation", verbose: bool = False) -> float:
        """The area under the curve against the fixations on all other images."""
        return self.AUC(stimuli, fixations, "shuffled", average, verbose=verbose)

    def sAUCs(self, stimuli: Any, fixations: Any, verbose: bool = False) -> Array:
        """The shuffled area under the curve of each fixation."""
        return self.AUCs(stimuli, fixations, "shuffled", verbose)

    def AUC_Judd(self, stimuli: Any, fixations: Any, jitter: bool = True, verbose: bool = False) -> float:
        """AUC-Judd, averaged over images.

        With ``jitter`` it is the expectation of the MIT code, in which a pixel counts once; pysaliency draws the jitter once and
        counts repeated fixations. Without it the definitions are the same.
        """
        variant = "expected" if jitter else "multiset"
        values = [
            _gaze.auc_judd(self.saliency_map(stimuli[n]), points, variant=variant)
            for n, points in _by_image(stimuli, fixations)
        ]
        return float(np.mean(values))

    def NSS(self, stimuli: Any, fixations: Any, average: str = "fixation", verbose: bool = False) -> float:
        """Normalised scanpath saliency."""
        values: list[float | None] = [None] * len(stimuli)
        for n, points in _by_image(stimuli, fixations):
            values[n] = _gaze.nss(self.saliency_map(stimuli[n]), points)
        return _average(values, fixations, average)

    def NSSs(self, stimuli: Any, fixations: Any, verbose: bool = False) -> Array:
        """The normalised scanpath saliency of each fixation."""
        values = np.empty(len(fixations.x))
        for n, points in _by_image(stimuli, fixations):
            saliency_map = self.saliency_map(stimuli[n])
            values[fixations.n == n] = [_gaze.nss(saliency_map, point[None]) for point in points]
        return values

    def CCs(self, stimuli: Any, other: Any, verbose: bool = False) -> Array:
        """The correlation coefficient of each stimulus with the map of another model."""
        return self._compared(stimuli, other, _gaze.cc)

    def CC(self, stimuli: Any, other: Any, verbose: bool = False) -> float:
        """The mean correlation coefficient."""
        return float(np.mean(self.CCs(stimuli, other)))

    def SIMs(self, stimuli: Any, other: Any, verbose: bool = False) -> Array:
        """The similarity of each stimulus with the map of another model."""
        return self._compared(stimuli, other, _gaze.sim)

    def SIM(self, stimuli: Any, other: Any, verbose: bool = False) -> float:
        """The mean similarity."""
        return float(np.mean(self.SIMs(stimuli, other)))

    def KLDivs(
        self,
        stimuli: Any,
        gold_standard: Any,
        minimum_value: float = _KL_MINIMUM,
        log_regularization: float = 0.0,
        quotient_regularization: float = 0.0,
        verbose: bool = False,
    ) -> Array:
        """The divergence of each stimulus from the map of a gold standard, in nats.

        gaze has the regularisation of pysaliency's default, and that of the MIT/Tübingen benchmark: ``minimum_value=0`` with both
        others 2.2204e-16.
        """
        regularisation = minimum_value, log_regularization, quotient_regularization
        if regularisation not in _KL_VARIANTS:
            raise NotImplementedError(f"gaze has {' and '.join(map(str, _KL_VARIANTS))} only")
        variant = _KL_VARIANTS[regularisation]
        return self._compared(stimuli, gold_standard, lambda a, b: _gaze.kl_divergence(a, b, variant=variant))

    def KLDiv(self, stimuli: Any, gold_standard: Any, *arguments: Any, **settings: Any) -> float:
        """The mean divergence; the arguments are those of :meth:`KLDivs`."""
        return float(np.mean(self.KLDivs(stimuli, gold_standard, *arguments, **settings)))

    image_based_kl_divergences = KLDivs
    image_based_kl_divergence = KLDiv

    def _compared(self, stimuli: Any, other: Any, compute: Callable[[Any, Any], float]) -> Array:
        other = score(other)
        return np.array([compute(self.saliency_map(stimulus), other.saliency_map(stimulus)) for stimulus in stimuli])

    def log_likelihoods(self, stimuli: Any, fixations: Any, verbose: bool = False) -> Array:
        """The natural log probability of each fixation, for a model that predicts densities."""
        values = np.empty(len(fixations.x))
        for n, points in _by_image(stimuli, fixations):
            values[fixations.n == n] = _gaze.log_likelihoods(self.model.log_density(stimuli[n]), points)
        return values

    def log_likelihood(self, stimuli: Any, fixations: Any, verbose: bool = False, average: str = "fixation") -> float:
        """The mean natural log probability of a fixation."""
        return self._mean(self.log_likelihoods(stimuli, fixations), fixations, average)

    def information_gains(
        self, stimuli: Any, fixations: Any, baseline_model: Any = None, verbose: bool = False, average: str = "fixation"
    ) -> Array:
        """The information gain of each fixation over a baseline, in bits; None is the uniform density."""
        if average != "fixation":
            raise NotImplementedError
        baseline = pysaliency.UniformModel() if baseline_model is None else baseline_model
        values = np.empty(len(fixations.x))
        for n, points in _by_image(stimuli, fixations):
            model, other = self.model.log_density(stimuli[n]), baseline.log_density(stimuli[n])
            values[fixations.n == n] = _gaze.information_gains(model, other, points)
        return values

    def information_gain(
        self, stimuli: Any, fixations: Any, baseline_model: Any = None, verbose: bool = False, average: str = "fixation"
    ) -> float:
        """The mean information gain over a baseline, in bits per fixation."""
        return self._mean(self.information_gains(stimuli, fixations, baseline_model), fixations, average)

    def _mean(self, values: Array, fixations: Any, average: str) -> float:
        if len(values) == 0:
            raise _gaze.MetricError("no fixations")
        if average == "fixation":
            return float(np.mean(values))
        if average == "image":
            return float(np.mean([np.mean(values[fixations.n == n]) for n in np.unique(fixations.n)]))
        raise ValueError(average)


def score(model: Any) -> Scored:
    """A model of pysaliency with the metrics of gaze as methods."""
    return model if isinstance(model, Scored) else Scored(model)


def _points(fixations: Any, chosen: Any) -> Array:
    return np.stack([np.asarray(fixations.x)[chosen], np.asarray(fixations.y)[chosen]], axis=1).astype(np.float64)


def _by_image(stimuli: Any, fixations: Any) -> Iterator[tuple[int, Array]]:
    """The images that have fixations, with their points."""
    if len(fixations.x) == 0:
        raise _gaze.MetricError("no fixations")
    for n in range(len(stimuli)):
        chosen = fixations.n == n
        if chosen.any():
            yield n, _points(fixations, chosen)


def _average(values: list[float | None], fixations: Any, average: str) -> float:
    places, counts = np.unique(fixations.n, return_counts=True)
    found = [values[place] for place in places]
    if average == "fixation":
        return float(np.average(found, weights=counts))
    if average == "image":
        return float(np.mean(found))
    raise NotImplementedError(average)


def AUC(model: Any, stimuli: Any, fixations: Any, *arguments: Any, **settings: Any) -> float:
    """:meth:`Scored.AUC` of a model of pysaliency."""
    return score(model).AUC(stimuli, fixations, *arguments, **settings)


def sAUC(model: Any, stimuli: Any, fixations: Any, *arguments: Any, **settings: Any) -> float:
    """:meth:`Scored.sAUC` of a model of pysaliency."""
    return score(model).sAUC(stimuli, fixations, *arguments, **settings)


def AUC_Judd(model: Any, stimuli: Any, fixations: Any, *arguments: Any, **settings: Any) -> float:
    """:meth:`Scored.AUC_Judd` of a model of pysaliency."""
    return score(model).AUC_Judd(stimuli, fixations, *arguments, **settings)


def NSS(model: Any, stimuli: Any, fixations: Any, *arguments: Any, **settings: Any) -> float:
    """:meth:`Scored.NSS` of a model of pysaliency."""
    return score(model).NSS(stimuli, fixations, *arguments, **settings)


def CC(model: Any, stimuli: Any, other: Any, **settings: Any) -> float:
    """:meth:`Scored.CC` of a model of pysaliency."""
    return score(model).CC(stimuli, other, **settings)


def SIM(model: Any, stimuli: Any, other: Any, **settings: Any) -> float:
    """:meth:`Scored.SIM` of a model of pysaliency."""
    return score(model).SIM(stimuli, other, **settings)


def KLDiv(model: Any, stimuli: Any, gold_standard: Any, **settings: Any) -> float:
    """:meth:`Scored.KLDiv` of a model of pysaliency."""
    return score(model).KLDiv(stimuli, gold_standard, **settings)


def log_likelihood(model: Any, stimuli: Any, fixations: Any, **settings: Any) -> float:
    """:meth:`Scored.log_likelihood` of a model of pysaliency."""
    return score(model).log_likelihood(stimuli, fixations, **settings)


def information_gain(model: Any, stimuli: Any, fixations: Any, *arguments: Any, **settings: Any) -> float:
    """:meth:`Scored.information_gain` of a model of pysaliency."""
    return score(model).information_gain(stimuli, fixations, *arguments, **settings)
