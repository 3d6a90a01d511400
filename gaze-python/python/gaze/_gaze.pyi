"""Types of the native module; its docstrings have shapes, units and errors."""

from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, TypedDict, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

# A tuple is two arrays, (x, y).
_Points = ArrayLike
# A uint8 array, a Pillow image or a path; Pillow has no protocol that names its images.
_Picture = Any
_Size = tuple[int, int]

__version__: str

class MetricError(ValueError): ...
class DataError(ValueError): ...
class ModelError(RuntimeError): ...

_Auc = Literal["uniform", "unfixated", "uniform_at_fixations", "binary_vs_all", "binary_vs_rest"]
_Judd = Literal["expected", "without_jitter", "multiset", "rounded"]
_Shuffled = Literal["multiset", "binary", "expected", "salicon"]
_Nss = Literal["multiset", "mit", "binary", "multiset_sample_deviation"]
_Kl = Literal["tuebingen", "mit", "added", "plain", "reversed"]

def auc(map: ArrayLike, fixations: _Points, y: ArrayLike | None = None, *, variant: _Auc | str = "uniform") -> float: ...
def auc_judd(
    map: ArrayLike, fixations: _Points, y: ArrayLike | None = None, *, variant: _Judd | str = "expected"
) -> float: ...
def auc_judd_sampled(map: ArrayLike, fixations: _Points, y: ArrayLike | None = None, *, seed: int = 0) -> float: ...
def auc_borji(map: ArrayLike, fixations: _Points, y: ArrayLike | None = None) -> float: ...
def auc_borji_sampled(
    map: ArrayLike, fixations: _Points, y: ArrayLike | None = None, *, splits: int = ..., seed: int = 0
) -> float: ...
def shuffled_auc(
    map: ArrayLike, fixations: _Points, nonfixations: _Points, *, variant: _Shuffled | str = "multiset"
) -> float: ...
def shuffled_auc_sampled(
    map: ArrayLike, fixations: _Points, nonfixations: _Points, *, splits: int = ..., seed: int = 0
) -> float: ...
def nss(map: ArrayLike, fixations: _Points, y: ArrayLike | None = None, *, variant: _Nss | str = "multiset") -> float: ...
def information_gain(
    model: ArrayLike, baseline: ArrayLike, fixations: _Points, y: ArrayLike | None = None
) -> float: ...
def information_gains(
    model: ArrayLike, baseline: ArrayLike, fixations: _Points, y: ArrayLike | None = None
) -> NDArray[np.float64]: ...
def information_gain_mit(
    map: ArrayLike, baseline: ArrayLike, fixations: _Points, y: ArrayLike | None = None
) -> float: ...
def log_likelihood(model: ArrayLike, fixations: _Points, y: ArrayLike | None = None) -> float: ...
def log_likelihoods(model: ArrayLike, fixations: _Points, y: ArrayLike | None = None) -> NDArray[np.float64]: ...
def cc(map: ArrayLike, empirical: ArrayLike) -> float: ...
def cc_mit(map: ArrayLike, empirical: ArrayLike) -> float: ...
def sim(map: ArrayLike, empirical: ArrayLike) -> float: ...
def sim_mit(map: ArrayLike, empirical: ArrayLike) -> float: ...
def kl_divergence(map: ArrayLike, empirical: ArrayLike, *, variant: _Kl | str = "tuebingen") -> float: ...
def emd(
    map: ArrayLike,
    empirical: ArrayLike,
    *,
    reduction: Literal["area", "matlab", "none"] | str = "area",
    factor: int = 32,
    threshold: float | None = None,
    unit: Literal["cells", "pixels"] | str = "cells",
) -> float: ...
def normalized_density(map: ArrayLike, *, minimum: float = 0.0) -> NDArray[np.float64]: ...
def auc_map(density: ArrayLike) -> NDArray[np.float64]: ...
def shuffled_auc_map(density: ArrayLike, baseline: ArrayLike) -> NDArray[np.float64]: ...
def shuffled_ratio_map(density: ArrayLike, baseline: ArrayLike) -> NDArray[np.float64]: ...
def nss_map(density: ArrayLike) -> NDArray[np.float64]: ...
def blurred_map(density: ArrayLike, sigma_px: float) -> NDArray[np.float64]: ...
def sim_map(
    density: ArrayLike, *, fixations: int, sigma_px: float, samples: int = 100, seed: int = 0
) -> NDArray[np.float64]: ...

class _Interval(TypedDict):
    mean: float
    low: float
    high: float
    count: int

class _Comparison(TypedDict):
    difference: _Interval
    p_value: float
    rank_biserial: float
    cohens_dz: float | None

def bootstrap_mean(
    values: ArrayLike, *, resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> _Interval: ...
def compare_paired(
    first: ArrayLike, second: ArrayLike, *, resamples: int = 10_000, confidence: float = 0.95, seed: int = 0
) -> _Comparison: ...
def holm(p_values: ArrayLike) -> NDArray[np.float64]: ...

_Scored = list[tuple[str, float | None, str | None]]

def evaluate(
    prediction: ArrayLike,
    fixations: _Points,
    y: ArrayLike | None = None,
    *,
    profile: str = "tuebingen",
    kind: str = "auto",
    empirical: ArrayLike | None = None,
    sigma_px: float | None = None,
    baseline: ArrayLike | str | None = None,
    nonfixations: _Points | None = None,
    emd_downsize: int = 32,
) -> _Scored: ...
def evaluate_many(
    predictions: Sequence[ArrayLike],
    fixations: Sequence[_Points],
    *,
    profile: str = "tuebingen",
    kind: str = "auto",
    empirical: Sequence[ArrayLike] | None = None,
    sigma_px: float | None = None,
    baseline: Any = None,
    nonfixations: Sequence[_Points] | None = None,
    emd_downsize: int = 32,
    threads: int | None = None,
) -> list[_Scored]: ...
def metrics() -> list[dict[str, Any]]: ...

@final
class ShuffledPool:
    def __new__(cls, sizes: Sequence[_Size], fixations: Sequence[_Points]) -> ShuffledPool: ...
    def without(self, index: int, size: _Size) -> NDArray[np.uint32]: ...

@final
class Model:
    @property
    def name(self) -> str: ...
    @property
    def notes(self) -> list[str]: ...
    def log_density(self, image: _Picture, *, center_bias: ArrayLike | None = None) -> NDArray[np.float64]: ...
    def log_densities(
        self, images: Sequence[_Picture], *, center_bias: ArrayLike | None = None, threads: int | None = None
    ) -> list[NDArray[np.float64]]: ...
    def center_bias(self, size: _Size) -> NDArray[np.float64] | None: ...

def load_model(
    name: str | PathLike[str],
    *,
    center_bias: ArrayLike | str | PathLike[str] | None = None,
    long_side: int | None = None,
    pixels_per_degree: float | None = None,
    temperature: float | None = None,
) -> Model: ...
def models() -> list[tuple[str, str]]: ...

@final
class Dataset:
    @property
    def name(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def groups(self) -> list[str]: ...
    @property
    def provenance(self) -> str: ...
    @property
    def pixels_per_degree(self) -> float | None: ...
    @property
    def sigma_px(self) -> float | None: ...
    @property
    def notes(self) -> list[str]: ...
    @property
    def fixations(self) -> FixationTable: ...
    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Stimulus: ...

@final
class Stimulus:
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> PathLike[str] | None: ...
    @property
    def size(self) -> _Size: ...
    @property
    def image(self) -> NDArray[np.uint8]: ...
    def fixations(self, group: str | None = None) -> NDArray[np.float64]: ...
    def scanpaths(self, group: str | None = None) -> list[NDArray[np.float64]]: ...

@final
class FixationTable:
    @property
    def column_names(self) -> list[str]: ...
    @property
    def problems(self) -> list[str]: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __len__(self) -> int: ...

def open_dataset(path: str | PathLike[str], format: str | None = None, *, group_by: str | None = None) -> Dataset: ...
def count_map(fixations: _Points, y: ArrayLike | None = None, *, size: _Size) -> NDArray[np.float32]: ...
def binary_map(fixations: _Points, y: ArrayLike | None = None, *, size: _Size) -> NDArray[np.float32]: ...
def empirical_map(
    fixations: _Points, y: ArrayLike | None = None, *, size: _Size, sigma_px: float
) -> NDArray[np.float64]: ...
def kernel_density(
    fixations: _Points, y: ArrayLike | None = None, *, size: _Size, sigma_px: float, uniform_share: float = 0.0
) -> NDArray[np.float64]: ...

@final
class CenterBias:
    def __new__(
        cls,
        sizes: Sequence[_Size],
        fixations: Sequence[_Points],
        *,
        bandwidth: float = ...,
        uniform_share: float = ...,
    ) -> CenterBias: ...
    def without(self, index: int, size: _Size) -> NDArray[np.float64]: ...

@final
class RasterSettings:
    def __new__(
        cls,
        size: _Size,
        *,
        sample_ratio: float = 1.0,
        jitter: float | None = None,
        splat: Literal["nearest", "bilinear"] | str = "nearest",
        overlap: Literal["accumulate", "assign"] | str = "accumulate",
        supersampling: int | None = None,
        mass: Literal["sum", "mean"] | str = "sum",
        blur_width_fraction: float | None = None,
        sigma_px: float | None = None,
        sigma_degrees: float | None = None,
        pixels_per_degree: float | None = None,
        boundary: Literal["mirror", "reflect", "replicate", "zero"] | str = "mirror",
        normalization: Literal["maximum", "sum"] | str | None = None,
    ) -> RasterSettings: ...
    @property
    def size(self) -> _Size: ...

@final
class Rasterizer:
    def __new__(cls, settings: RasterSettings) -> Rasterizer: ...
    def rasterize(
        self,
        picture_size: _Size,
        experiments: Sequence[_Points],
        *,
        seed: int = 0,
        angle_degrees: float = 0.0,
        scale: float = 1.0,
        aspect: float = 1.0,
        shift: Sequence[float] = ...,
        shear: Sequence[float] = ...,
        mirror_horizontal: bool = False,
        mirror_vertical: bool = False,
        fit: Literal["shortest", "longest"] | str = "shortest",
    ) -> tuple[NDArray[np.float32], dict[str, int]]: ...

@final
class Batches:
    def __new__(
        cls,
        source: Dataset | tuple[Sequence[_Picture], Sequence[Sequence[_Points]]],
        target: RasterSettings,
        *,
        picture_size: _Size | None = None,
        group: str | None = None,
        augmentation: Literal["none", "train", "all"] | str = "none",
        batch_size: int = 16,
        shuffle: bool = False,
        drop_last: bool = False,
        bad_samples: Literal["fill", "stop"] | str = "fill",
        seed: int = 0,
        epoch: int = 0,
        threads: int = 0,
        samples_ahead: int = 4,
    ) -> Batches: ...
    @property
    def epoch(self) -> int: ...
    def set_epoch(self, epoch: int) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> BatchIterator: ...

@final
class BatchIterator:
    def __iter__(self) -> BatchIterator: ...
    def __next__(self) -> Batch: ...

@final
class Batch:
    @property
    def pictures(self) -> NDArray[np.float32]: ...
    @property
    def targets(self) -> NDArray[np.float32]: ...
    @property
    def indices(self) -> NDArray[np.int64]: ...
    @property
    def bad(self) -> list[str]: ...
    @property
    def bad_rows(self) -> list[int]: ...
    @property
    def geometries(self) -> list[dict[str, Any]]: ...
    def __len__(self) -> int: ...
