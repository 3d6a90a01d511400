"""Whole studies: the same files as the command line's, on threads, processes and the workers of Dask."""

from __future__ import annotations

import functools
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import gaze
from gaze import _executor, _gaze
from gaze.study import CallableModel, StudyResult

EXAMPLE = Path(__file__).parents[2] / "examples" / "photographs"
# `cargo xtask test` names the program that it built.
CLI = os.environ.get("GAZE_CLI") or shutil.which("gaze-cli")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def check_equal(expected: dict[str, bytes], out: Path) -> None:
    found = contents(out)
    assert sorted(expected) == sorted(found)
    differing = [name for name, data in expected.items() if found[name] != data]
    assert not differing


def brightness(image: np.ndarray) -> np.ndarray:
    """Scores: the brightness of a pixel."""
    return image.mean(axis=2)


def centered(image: np.ndarray) -> np.ndarray:
    """A log density: a Gaussian around the middle, in 32 bits as networks give it."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width]
    logits = -(((x - width / 2) / width) ** 2 + ((y - height / 2) / height) ** 2) * 8
    return (logits - np.log(np.exp(logits).sum())).astype(np.float32)


centered.returns = "log_density"  # type: ignore[attr-defined]


def fails(image: np.ndarray) -> np.ndarray:
    raise ValueError("no idea")


def slow(image: np.ndarray, seconds: float = 0.4) -> np.ndarray:
    time.sleep(seconds)
    return brightness(image)


def dies(image: np.ndarray) -> np.ndarray:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def processes() -> ProcessPoolExecutor:
    # A fork would copy the threads' locks and not the threads.
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.fixture(scope="session")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of ``gaze-cli run`` with gaze-lite, percentile maps and an archive."""
    out = tmp_path_factory.mktemp("cli") / "out"
    program = [CLI] if CLI else [sys.executable, "-m", "gaze"]
    options = ["--model", "gaze-lite,center-bias", "--save", "log-density,heatmap,percentile,hdf5", "--zip", "-q"]
    ran = subprocess.run([*program, "run", "--data", str(EXAMPLE), "--out", str(out), *options], check=False)
    assert ran.returncode in (0, 1)
    return contents(out)


def run(out: Path, **options: object) -> StudyResult:
    save = ["log-density", "heatmap", "percentile", "hdf5"]
    return gaze.run(EXAMPLE, ["gaze-lite", "center-bias"], out=out, save=save, zip=True, progress=False, **options)


def test_every_file_is_that_of_the_command_line(expected: dict[str, bytes], tmp_path: Path) -> None:
    result = run(tmp_path / "out")
    assert (result.stimuli, result.resumed, result.failed) == (5, 0, 0)
    check_equal(expected, tmp_path / "out")
    again = run(tmp_path / "out")
    assert again.resumed == 5
    check_equal(expected, tmp_path / "out")


def test_a_pool_of_processes_makes_the_same_files(expected: dict[str, bytes], tmp_path: Path) -> None:
    with processes() as executor:
        run(tmp_path / "out", executor=executor)
        check_equal(expected, tmp_path / "out")
        assert run(tmp_path / "out", executor=executor).resumed == 5


def test_parts_travel_where_a_worker_does_not_see_the_folder(
    expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    travelled = []
    save = _executor.Driver.gather

    def gather(self: _executor.Driver, made: _executor.Made) -> None:
        travelled.extend(part for _, _, part in made.parts or [] if part is not None)
        save(self, made)

    monkeypatch.setattr(_executor.Driver, "gather", gather)
    monkeypatch.setattr(_executor.os.path, "exists", lambda path: False)
    with ThreadPoolExecutor(2) as executor:
        run(tmp_path / "out", executor=executor)
    assert len(travelled) == 5
    check_equal(expected, tmp_path / "out")


def test_a_pool_that_breaks_is_made_anew(expected: dict[str, bytes], tmp_path: Path) -> None:
    with processes() as executor:
        executor.submit(time.sleep, 0).result()
        victim = next(iter(executor._processes))
        threading.Timer(1.0, os.kill, (victim, signal.SIGKILL)).start()
        slowly = functools.partial(slow, seconds=0.5)
        model = CallableModel(slowly, name="slow")
        result = gaze.run(EXAMPLE, model, out=tmp_path / "broken", executor=executor, progress=False)
    assert (result.stimuli, result.failed) == (5, 0)
    whole = gaze.run(EXAMPLE, CallableModel(brightness, name="slow"), out=tmp_path / "whole", progress=False)
    check_equal(contents(whole.out), result.out)


def test_a_stimulus_that_no_worker_survives_is_named(tmp_path: Path) -> None:
    with processes() as executor, pytest.raises(gaze.StudyError, match="workers were lost with stimulus"):
        gaze.run(EXAMPLE, dies, out=tmp_path / "out", executor=executor, progress=False)


def test_an_error_of_the_study_is_no_lost_worker(tmp_path: Path) -> None:
    class Refuses(ThreadPoolExecutor):
        def submit(self, *args: object, **kwargs: object) -> Future:  # type: ignore[override]
            future: Future = Future()
            future.set_exception(FileNotFoundError("data"))
            return future

    with Refuses(1) as executor, pytest.raises(FileNotFoundError, match="data"):
        run(tmp_path / "out", executor=executor)
    # The folder was given back, and nothing of the attempt is left in it.
    assert not list((tmp_path / "out").glob(".gaze-*"))
    assert run(tmp_path / "out").failed == 0


def test_shards_of_workers_are_shards(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        shards = [run(tmp_path / str(i), shard=f"{i}/2", executor=executor) for i in (1, 2)]
    assert sum(shard.stimuli for shard in shards) == 5
    assert all(shard.table == "" for shard in shards)


def dask_cluster() -> object:
    import distributed

    return distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    )


def test_dask_makes_the_same_files(expected: dict[str, bytes], tmp_path: Path) -> None:
    with dask_cluster() as cluster, cluster.get_client() as client:  # type: ignore[attr-defined]
        run(tmp_path / "out", executor=client.get_executor())
        check_equal(expected, tmp_path / "out")
        # The program, with the address of the scheduler.
        out = tmp_path / "program"
        options = ["--model", "gaze-lite,center-bias", "--save", "log-density,heatmap,percentile,hdf5", "--zip", "-q"]
        engine = ["--dask", cluster.scheduler_address]  # type: ignore[attr-defined]
        command = [sys.executable, "-m", "gaze", "run", "--data", str(EXAMPLE), "--out", str(out), *options, *engine]
        assert subprocess.run(command, check=False).returncode in (0, 1)
        check_equal(expected, out)


def test_a_worker_of_dask_is_killed_in_the_middle(tmp_path: Path) -> None:
    model = CallableModel(slow, name="slow")
    with dask_cluster() as cluster, cluster.get_client() as client:  # type: ignore[attr-defined]
        victim = client.submit(os.getpid, pure=False).result()
        killed = threading.Timer(0.9, os.kill, (victim, signal.SIGKILL))
        killed.start()
        result = gaze.run(EXAMPLE, ["gaze-lite", model], out=tmp_path / "out", executor=client.get_executor(), progress=False)
        killed.join()
    assert (result.stimuli, result.failed) == (5, 0)
    quick = CallableModel(brightness, name="slow")
    whole = gaze.run(EXAMPLE, ["gaze-lite", quick], out=tmp_path / "whole", progress=False)
    check_equal(contents(whole.out), result.out)


def test_functions_are_compared_with_the_built_in_models(tmp_path: Path) -> None:
    result = gaze.run(EXAMPLE, ["gaze-lite", brightness, centered], out=tmp_path / "out", progress=False)
    plan = json.loads((tmp_path / "out" / "run.json").read_text())
    assert [model["name"] for model in plan["models"]] == ["gaze-lite", "brightness", "centered"]
    page = result.report.read_text()
    assert "brightness" in page and "centered" in page and "gaze-lite" in page
    import pandas

    scores = pandas.DataFrame(result.scores)
    gain = scores[(scores.metric == "ig") & (scores.profile == "tuebingen")].set_index("model")["value"]
    assert gain["centered"].notna().all()
    # Scores that only rank have no information gain.
    assert gain["brightness"].isna().all()
    assert "<table>" in result._repr_html_() and "brightness" in result._repr_html_()


def test_a_network_of_pytorch_is_a_model(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    network = torch.nn.Conv2d(3, 1, 5, padding=2)

    def predict(image: np.ndarray) -> object:
        picture = torch.tensor(image).permute(2, 0, 1)[None] / 255
        return torch.log_softmax(network(picture).flatten(), 0).reshape(image.shape[:2])

    model = CallableModel(predict, name="mine", returns="log_density")
    result = gaze.run(EXAMPLE, ["gaze-lite", model], out=tmp_path / "out", progress=False)
    assert result.failed == 0
    assert "mine" in result.report.read_text()


def test_a_function_that_fails_is_told_with_its_words(tmp_path: Path) -> None:
    result = gaze.run(EXAMPLE, [brightness, fails], out=tmp_path / "out", progress=False)
    assert result.failed == 5 and result.has_problems
    assert any("no idea" in problem for problem in result.problems)
    wrong = gaze.run(EXAMPLE, CallableModel(lambda image: image, name="three"), out=tmp_path / "wrong", progress=False)
    assert any("(height, width)" in problem for problem in wrong.problems)


def test_another_version_of_a_function_is_another_study(tmp_path: Path) -> None:
    first = CallableModel(brightness, version="1")
    gaze.run(EXAMPLE, first, out=tmp_path / "out", progress=False)
    with pytest.raises(gaze.StudyError, match="holds another run"):
        gaze.run(EXAMPLE, CallableModel(brightness, version="2"), out=tmp_path / "out", progress=False)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    for options, expected in [
        ({"profile": "salicon"}, "expected `tuebingen` or `mit`"),
        ({"models": "deepgaze"}, "there is no model"),
        ({"sigma_px": -1}, "-1"),
        ({"map_kind": "scores"}, "option map-kind is about precomputed maps"),
        ({"map_name": "{stem}_map"}, "option map-name is about precomputed maps"),
        ({"variable": "map"}, "option variable is about precomputed maps"),
        ({"models": []}, "at least one model"),
    ]:
        with pytest.raises(ValueError, match=expected):
            gaze.run(EXAMPLE, **{"out": tmp_path / "out", "progress": False, **options})
    with pytest.raises(FileNotFoundError):
        gaze.run(tmp_path / "absent", out=tmp_path / "out")
    with pytest.raises(ValueError, match="choose 'scores' or 'log_density'"):
        CallableModel(brightness, returns="density")
    with pytest.raises(TypeError):
        gaze.run(EXAMPLE, [3], out=tmp_path / "out")


def test_options_reach_the_plan(tmp_path: Path) -> None:
    sigma = 0.1 + 20.2
    options = {"metrics": ["nss", "cc"], "save": "none", "profile": "mit", "references": ["uniform"], "name": "Mine"}
    result = gaze.run(EXAMPLE, "center-bias", out=tmp_path / "out", sigma_px=sigma, progress=False, **options)
    plan = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (plan["dataset"], plan["metrics"], plan["save"]) == ("Mine", ["nss", "cc"], [])
    assert plan["sigma_px"] == sigma
    assert set(result.scores["metric"]) == {"nss", "cc"}


def test_ctrl_c_ends_in_order_and_the_same_call_goes_on(tmp_path: Path) -> None:
    program = (
        "import sys, time, gaze\n"
        "def slow(image):\n"
        "    time.sleep(0.3)\n"
        "    return image.mean(axis=2)\n"
        "try:\n"
        f"    gaze.run({str(EXAMPLE)!r}, slow, out={str(tmp_path / 'out')!r}, threads=1, progress=False)\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(77)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program])
    parts = tmp_path / "out" / "parts"
    while not list(parts.glob("*.json")) and child.poll() is None:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == 77
    result = gaze.run(EXAMPLE, CallableModel(brightness, name="slow"), out=tmp_path / "out", progress=False)
    assert 1 <= result.resumed < 5
    check_equal(contents(tmp_path / "out"), tmp_path / "out")


def test_progress_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    gaze.run(EXAMPLE, brightness, out=tmp_path / "out", save="none", progress=True)
    assert "scoring" in capfd.readouterr().err


def test_a_result_is_drawn(tmp_path: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    result = gaze.run(EXAMPLE, brightness, out=tmp_path / "out", save="none", progress=False)
    figure = result.plot(["nss", "auc"])
    titles = [axis.get_title() for axis in figure.axes if axis.get_visible()]
    assert titles == ["auc (tuebingen)", "nss (tuebingen)", "nss (mit)"]


def test_the_program_is_there(tmp_path: Path) -> None:
    def program(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "gaze", *args], capture_output=True, text=True, check=False)

    assert "gaze-lite" in program("models").stdout
    assert "--dask ADDRESS" in program("run", "--help").stdout
    assert program("run", "--data", "x").returncode == 2
    refused = program("run", "--data", "x", "--out", "y", "--metrics", "magic", "--dask", "tcp://127.0.0.1:1")
    assert refused.returncode == 2 and "magic" in refused.stderr


def test_batches_grow_to_two_seconds_and_shrink_at_the_end() -> None:
    driver = _executor.Driver.__new__(_executor.Driver)
    driver.per_stimulus = None
    assert driver.size(1000, 4) == 1
    driver.per_stimulus = 0.1
    assert [driver.size(waiting, 4) for waiting in (1000, 80, 9, 1)] == [20, 10, 1, 1]


def test_what_travels_can_be_pickled() -> None:
    batch = _executor.Batch("study", [(0, None)], None, "mark", 1, 1)
    ticket = _executor.Ticket("{}", [(0, "brightness", CallableModel(brightness), False, None)], b"")
    for thing in (batch, ticket, _executor.make):
        pickle.loads(pickle.dumps(thing))
    with pytest.raises(_gaze.StudyError):
        _gaze.Study(json.dumps({"data": str(EXAMPLE)}), []).receive(b"no first pass")
