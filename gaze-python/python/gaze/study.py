"""Studies: a dataset and models in; scores, maps, a summary and a report out."""

from __future__ import annotations

import csv
import html
import json
import os
import sys
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterable, Sequence, Union

from gaze import _gaze
from gaze._executor import Driver, Ticket

__all__ = ["CallableModel", "StudyResult", "run"]

Listener = Callable[[str, int, int, int], None]

RETURNS = ("scores", "log_density")


class CallableModel:
    """A Python function as a model of a study.

    ``function(image)`` gets an array of shape ``(height, width, 3)`` and type ``uint8``, RGB, and answers with an array of
    shape ``(height, width)``: NumPy's, a PyTorch tensor (also on a GPU and with gradients), or anything that NumPy makes an
    array of.

    ``returns`` says what the answer is. ``"scores"``, the default, only rank pixels: higher where people look rather; they
    have no information gain and no log-likelihood in profile ``tuebingen``. ``"log_density"`` is the natural logarithm of a probability for each pixel;
    the probabilities must sum to 1 (a deviation of the logarithm of the sum by 1e-4 is accepted). An attribute ``returns`` of
    the function says the same.

    ``version`` is a text that changes with the parameters of the function, for example a hash of its weights. An output
    folder that was begun with another version is refused. Without it, parts that are done are not made again when the
    function changes; give ``overwrite=True`` then.

    Where a study runs in other processes, the function must be one that pickle can send (Dask and Ray send more:
    cloudpickle's).
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        name: str | None = None,
        returns: str | None = None,
        version: str | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(f"a model is a name or a function, not {type(function).__name__}")
        own = getattr(function, "__name__", None) or type(function).__name__
        self.function = function
        self.name = name or own.strip("<>")
        self.returns = returns or getattr(function, "returns", None) or "scores"
        self.version = version if version is not None else getattr(function, "version", None)
        if self.returns not in RETURNS:
            raise ValueError(f"returns is {self.returns!r}; choose {' or '.join(map(repr, RETURNS))}")

    def __call__(self, image: Any) -> Any:
        answer = self.function(image)
        if hasattr(answer, "detach"):  # a tensor of PyTorch
            answer = answer.detach().cpu()
            # NumPy has no bfloat16.
            answer = answer.double().numpy()
        return answer

    def __repr__(self) -> str:
        return f"CallableModel({self.function!r}, name={self.name!r}, returns={self.returns!r})"


Model = Union[str, CallableModel, Callable[[Any], Any]]


@dataclass
class StudyResult:
    """The results of a study, as its output folder has them."""

    out: Path
    """The output folder."""
    stimuli: int
    """The number of stimuli that were asked for: those of the shard, if there is one."""
    resumed: int
    """How many of them an earlier run had done."""
    failed: int
    """How many of them some model could not be scored on."""
    notes: list[str]
    """Sentences about the models."""
    table: str
    """The tables as text; empty for a shard, which has no summary yet."""
    has_problems: bool
    """Whether something failed, was left out or has no value."""
    _scores: dict[str, list[Any]] | None = None
    _summary: dict[str, Any] | None = None

    @property
    def report(self) -> Path:
        """The page with pictures, in one file."""
        return self.out / "report.html"

    @property
    def summary(self) -> dict[str, Any]:
        """The content of ``summary.json``: means with intervals, counts, comparisons, every problem met."""
        if self._summary is None:
            self._summary = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
        return self._summary

    @property
    def problems(self) -> list[str]:
        """Every problem met, in the order of the dataset."""
        return list(self.summary["problems"])

    @property
    def scores(self) -> dict[str, list[Any]]:
        """One row per stimulus, group, model, profile and metric, as columns: ``pandas.DataFrame(result.scores)``,
        ``polars.DataFrame(result.scores)`` and ``pyarrow.table(result.scores)`` take them.

        ``value`` is a number, or ``None`` where ``reason`` says why there is none. The same table is in ``scores.parquet``.
        """
        if self._scores is None:
            with open(self.out / "scores.csv", encoding="utf-8", newline="") as file:
                reader = csv.reader(file)
                names = next(reader)
                rows = list(reader)
            columns: dict[str, list[Any]] = {name: [row[at] for row in rows] for at, name in enumerate(names)}
            columns["value"] = [float(value) if value else None for value in columns["value"]]
            columns["reason"] = [reason or None for reason in columns["reason"]]
            self._scores = columns
        return self._scores

    def _means(self) -> list[tuple[str, str, str, str, float]]:
        """Profile, metric, group, model and mean over the stimuli with a value, in the order of the table."""
        sums: dict[tuple[str, str, str, str], list[float]] = {}
        table = self.scores
        for profile, metric, group, model, value in zip(
            table["profile"], table["metric"], table["group"], table["model"], table["value"]
        ):
            if value is not None:
                sums.setdefault((profile, metric, group, model), []).append(value)
        return [(*key, sum(values) / len(values)) for key, values in sums.items()]

    def __repr__(self) -> str:
        return f"StudyResult({str(self.out)!r}, {self.stimuli} stimuli, {self.resumed} resumed, {self.failed} failed)"

    def __str__(self) -> str:
        return self.table or repr(self)

    def _repr_html_(self) -> str:
        title = f"<p>{self.stimuli} stimuli, {self.failed} failed, {self.resumed} done before</p>"
        if not self.table:
            return title
        means = self._means()
        measures = list(dict.fromkeys((profile, metric) for profile, metric, *_ in means))
        rows = list(dict.fromkeys((group, model) for _, _, group, model, _ in means))
        found = {(profile, metric, group, model): mean for profile, metric, group, model, mean in means}

        def cell(tag: str, text: str) -> str:
            return f"<{tag}>{html.escape(text)}</{tag}>"

        head = "".join(cell("th", text) for text in ("group", "model", *(f"{m} ({p})" for p, m in measures)))
        body = []
        for group, model in rows:
            values = (found.get((*measure, group, model)) for measure in measures)
            cells = "".join(cell("td", "" if value is None else f"{value:.3f}") for value in values)
            body.append(f"<tr>{cell('td', group)}{cell('td', model)}{cells}</tr>")
        link = f'<p><a href="{html.escape(self.report.resolve().as_uri())}">report.html</a></p>'
        return f"{title}<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{link}"

    def plot(self, metrics: Sequence[str] | None = None) -> Any:
        """Draws the mean of every model and reference, a panel for each profile and metric, with matplotlib.

        ``metrics`` are the names of the metrics to draw; all of them without it. Returns the figure.
        """
        import matplotlib.pyplot as plt

        means = [row for row in self._means() if metrics is None or row[1] in metrics]
        measures = list(dict.fromkeys((profile, metric) for profile, metric, *_ in means))
        if not measures:
            raise ValueError("there is nothing to draw")
        rows = list(dict.fromkeys((group, model) for _, _, group, model, _ in means))
        several = len({group for group, _ in rows}) > 1
        names = [f"{model}, {group}" if several else model for group, model in rows]
        columns = min(4, len(measures))
        lines = -(-len(measures) // columns)
        size = (3.2 * columns, lines * (0.6 + 0.28 * len(rows)))
        figure, axes = plt.subplots(lines, columns, figsize=size, squeeze=False, sharey=True, layout="constrained")
        for axis, (profile, metric) in zip(axes.flat, measures):
            found = {(g, m): mean for p, k, g, m, mean in means if (p, k) == (profile, metric)}
            axis.barh(names, [found.get(row, 0.0) for row in rows])
            axis.set_title(f"{metric} ({profile})", fontsize="medium")
        for axis in axes.flat[len(measures) :]:
            axis.set_visible(False)
        axes[0][0].invert_yaxis()
        return figure


class _Bar:
    """Progress with tqdm, where it is installed and somebody looks."""

    def __init__(self, wanted: bool | None) -> None:
        self.bar: Any = None
        self.stage: str | None = None
        self.tqdm: Any = None
        if wanted is False:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            if wanted:
                raise
            return
        notebook = "notebook" in tqdm.__module__ or any("notebook" in base.__module__ for base in tqdm.__mro__)
        if wanted or notebook or sys.stderr.isatty():
            self.tqdm = tqdm

    def __call__(self, stage: str, done: int, total: int, problems: int) -> None:
        if self.tqdm is None:
            return
        if stage != self.stage:
            self.close()
            self.bar, self.stage = self.tqdm(total=total, desc=stage, unit="stimulus"), stage
        self.bar.update(done - self.bar.n)
        if problems:
            self.bar.set_postfix(problems=problems)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


# The options that are numbers which JSON would have to be read exactly for.
FLOATS = ("sigma_px", "pixels_per_degree", "temperature")

# The endings of files that hold a model.
MODEL_FILES = (".json", ".safetensors", ".onnx", ".pt")


def _absolute(options: str) -> str:
    """The same options for workers, whose working directory is another one."""
    given = json.loads(options)

    def model(spec: str) -> str:
        if spec.startswith("precomputed:"):
            return "precomputed:" + os.path.abspath(spec.removeprefix("precomputed:"))
        return os.path.abspath(spec) if spec.endswith(MODEL_FILES) else spec

    for name, value in given.items():
        if name == "models":
            given[name] = [model(spec) for spec in value]
        elif name in ("data", "weights") and value is not None:
            given[name] = os.path.abspath(value)
        elif name == "centerbias" and value is not None and value.lower().endswith(".npy"):
            given[name] = os.path.abspath(value)
        elif name in FLOATS and isinstance(value, float):
            given[name] = repr(value)
    return json.dumps(given)


def _options(data: Any, options: dict[str, Any], models: list[str]) -> str:
    """The options as the native part reads them. Floating-point numbers travel as text, so that no digit is lost."""
    given: dict[str, Any] = {"data": os.fspath(data), "models": models}
    for name, value in options.items():
        if value is None:
            continue
        if name in ("profile", "metrics", "references", "save"):
            value = [value] if isinstance(value, str) else list(value)
            if value == ["all"]:
                continue
            value = [] if value == ["none"] else value
        elif isinstance(value, os.PathLike):
            value = os.fspath(value)
        elif name in FLOATS:
            value = repr(float(value))
        given[name] = value
    return json.dumps(given)


def run(
    data: str | os.PathLike[str],
    models: Model | Iterable[Model] = "gaze-lite",
    *,
    out: str | os.PathLike[str],
    format: str | None = None,
    map_kind: str | None = None,
    map_name: str | None = None,
    variable: str | None = None,
    columns: str | None = None,
    units: str | None = None,
    lost: str | None = None,
    background: str | None = None,
    profile: str | Iterable[str] | None = None,
    metrics: str | Iterable[str] | None = None,
    references: str | Iterable[str] | None = None,
    ceiling: bool = False,
    group_by: str | None = None,
    baseline: str | None = None,
    sigma_px: float | None = None,
    pixels_per_degree: float | None = None,
    emd_downsize: int | None = None,
    save: str | Iterable[str] | None = None,
    zip: bool = False,
    scanpaths: bool = False,
    name: str | None = None,
    weights: str | os.PathLike[str] | None = None,
    centerbias: str | os.PathLike[str] | None = None,
    temperature: float | None = None,
    long_side: int | None = None,
    device: str | None = None,
    precision: str | None = None,
    dataset: str | None = None,
    shard: str | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    progress: bool | None = None,
    executor: Executor | None = None,
) -> StudyResult:
    """Runs a study: predicts, scores and draws every stimulus of a dataset, and summarises.

    ``data`` is the folder of the dataset. ``models`` are names as ``gaze-cli models`` lists them, and Python functions from a
    picture to scores or a log density (:class:`CallableModel`). ``out`` is the output folder: created if absent, continued if
    it holds the same study. A study that was interrupted goes on from there with the same call.

    The other arguments are the options of ``gaze-cli run`` and have its defaults:

    - ``format``: the dataset's format; recognised without it.
    - ``map_kind``: what the numbers of precomputed maps mean: ``auto``, ``scores``, ``log-density``,
      ``unnormalised`` (log densities whatever their sum) or ``percentile``. ``map_name``: the pattern by which maps are named, such as
      ``"{stem}_saliency"``. ``variable``: the variable to read from files of maps that hold several.
    - ``columns``: the names of a table's columns, such as ``"x=FPOGX,y=FPOGY"``. ``units``: ``"normalised"``, ``"percent"``,
      ``"seconds"``, or two with a comma. ``lost``: the coordinates of lost samples, such as ``"0,0"``. ``background``: the color
      that transparent images are laid over.
    - ``profile``: whose definitions: ``tuebingen``, ``mit``, or a list. ``metrics``: ``all`` or a list.
    - ``references``: ``uniform``, ``center-bias``, ``gold-standard``, ``groups``, a list or ``none``. ``ceiling``: judge the gold
      standard by the metrics that compare maps, too.
    - ``group_by``: what makes observers a group: ``dataset``, ``subject``, ``none`` or the name of a column.
    - ``baseline``: what information gain is measured against: ``center-bias`` or ``uniform``.
    - ``sigma_px``: the blur of the empirical map in pixels. ``pixels_per_degree``: it is blurred by one degree.
    - ``emd_downsize``: pixels of a map per cell of the earth mover's distance, along each side.
    - ``save``: which maps to write: ``log-density``, ``heatmap``, ``overlay``, ``difference``, ``percentile``, ``hdf5``, a list or
      ``none``. ``zip``: put them into ``maps.zip``, too.
    - ``scanpaths``: describe and compare scanpaths, too, within and between groups.
    - ``name``: a name for the dataset in the report.
    - ``weights``, ``centerbias``, ``temperature``, ``long_side``, ``device``, ``precision``, ``dataset``: the options of
      networks.
    - ``shard``: do only a part of the stimuli, such as ``"2/8"``; ``gaze-cli merge`` joins the parts.
    - ``overwrite``: replace the results of another study in ``out``.
    - ``threads``: threads to use; one per core without it. With an executor: threads of each task, one without it.
    - ``progress``: show a bar of tqdm; without it, if tqdm is installed and there is a terminal or a notebook.

    ``executor`` is any :class:`concurrent.futures.Executor`: a pool of processes, Dask (``client.get_executor()``), MPI
    (``mpi4py.futures.MPIPoolExecutor()``), Ray (``gaze.ray.Executor()``). All files are the same, byte for byte. Workers must see
    the dataset under the same path. Those that see ``out`` write into it, parts of the others travel back. Stimuli of workers
    that are lost are done by others.

    Ctrl-C ends the study in order; what is done is kept.

    Raises :class:`DataError` or :class:`FileNotFoundError` if the dataset cannot be read, :class:`ModelError` if a model cannot
    be opened, :class:`ValueError` for options that make no sense, and :class:`StudyError` if the folder holds something else. A
    stimulus that cannot be scored is no error: ``result.problems`` tells.
    """
    listed = [models] if isinstance(models, str) or callable(models) else list(models)
    names = [model for model in listed if isinstance(model, str)]
    wrapped = [
        (place, model if isinstance(model, CallableModel) else CallableModel(model))
        for place, model in enumerate(listed)
        if not isinstance(model, str)
    ]
    own = [(place, model.name, model, model.returns == "log_density", model.version) for place, model in wrapped]
    options = _options(
        data,
        {
            "format": format,
            "map_kind": map_kind,
            "map_name": map_name,
            "variable": variable,
            "columns": columns,
            "units": units,
            "lost": lost,
            "background": background,
            "profile": profile,
            "metrics": metrics,
            "references": references,
            "ceiling": ceiling,
            "group_by": group_by,
            "baseline": baseline,
            "sigma_px": sigma_px,
            "pixels_per_degree": pixels_per_degree,
            "emd_downsize": emd_downsize,
            "save": save,
            "zip": zip,
            "scanpaths": scanpaths,
            "name": name,
            "weights": weights,
            "centerbias": centerbias,
            "temperature": temperature,
            "long_side": long_side,
            "device": device,
            "precision": precision,
            "dataset": dataset,
        },
        names,
    )
    return _run(options, own, Path(out), shard, overwrite, threads, progress, executor)


def _run(
    options: str,
    own: list[tuple[Any, ...]],
    out: Path,
    shard: str | None,
    overwrite: bool,
    threads: int | None,
    progress: bool | None,
    executor: Executor | None,
) -> StudyResult:
    bar = _Bar(progress)
    if executor is not None:
        options = _absolute(options)
    study = _gaze.Study(options, own)
    folder = study.claim(out, overwrite)
    try:
        if executor is None:
            stimuli, resumed, failed = study.run(folder, shard, threads or 0, bar)
            notes = study.notes()
        else:
            first_pass = study.first_pass(0, bar)
            chosen = study.begin(folder, first_pass, shard)
            ticket = Ticket(options, own, study.send(first_pass))
            driver = Driver(executor, study, folder, Path(os.path.abspath(out)), first_pass, ticket, threads or 1, bar)
            driver.run(chosen)
            stimuli, resumed, failed = len(chosen), driver.resumed, driver.failed
            notes = sorted(driver.notes)
        table, has_problems = "", failed > 0
        if shard is None:
            table, has_problems, missing = folder.finish()
            notes = [*notes, *missing]
        return StudyResult(out, stimuli, resumed, failed, notes, table, has_problems)
    finally:
        bar.close()
        folder.close()
