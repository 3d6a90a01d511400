"""Arrays of every kind go in, floats come out, and what is refused says why."""

import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import gaze
from golden import cases

MAP = np.arange(48.0).reshape(6, 8)
X, Y = np.array([1.5, 7.9, 3.0]), np.array([0.0, 5.5, 2.2])


def test_fixations_come_as_two_arrays_or_one():
    one = gaze.auc(MAP, X, Y)
    points = np.stack([X, Y], axis=1)
    for fixations in [points, np.asfortranarray(points), points[::-1], points.tolist(), (X, Y), points.astype(np.float32)]:
        assert gaze.auc(MAP, fixations) == pytest.approx(one, abs=0 if not hasattr(fixations, "dtype") else 1e-7)
    assert gaze.auc(MAP, X.tolist(), Y.tolist()) == one
    # The first column is x: exchanged, the second point lies outside.
    with pytest.raises(ValueError, match="outside"):
        gaze.auc(MAP, Y, np.array([1.5, 7.9, 3.0]))


def test_arrays_of_every_layout_and_type_have_the_same_score():
    expected = gaze.nss(MAP, X, Y)
    layouts = [np.asfortranarray(MAP), np.repeat(MAP, 2, axis=1)[:, ::2], MAP[::-1][::-1], MAP.astype(">f8")]
    types = [MAP.astype(kind) for kind in ("f4", "f2", "u1", "i2", "u8", "i8")]
    packed = np.zeros(48, dtype=[("a", "u1"), ("b", "f8")])
    packed["b"] = MAP.ravel()
    assert not packed["b"].flags.aligned
    for array in [*layouts, *types, packed["b"].reshape(6, 8), MAP.tolist(), (MAP > 3) * MAP + (MAP <= 3) * MAP]:
        assert gaze.nss(array, X, Y) == expected
    read_only = MAP.copy()
    read_only.flags.writeable = False
    assert gaze.nss(read_only, X, Y) == expected
    assert gaze.auc(MAP.astype(np.float32), X, Y) == gaze.auc(MAP, X, Y)


def test_a_map_in_32_bits_has_the_score_of_the_same_numbers_in_64():
    for case in cases()[:3]:
        narrow = case.map.astype(np.float32)
        wide = narrow.astype(np.float64)
        for function in (gaze.auc, gaze.auc_judd, gaze.auc_borji, gaze.nss):
            assert function(narrow, case.fixations) == function(wide, case.fixations)
        assert gaze.cc(narrow, case.empirical) == gaze.cc(wide, case.empirical)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gaze.auc(MAP, np.empty((0, 2))), gaze.MetricError, "^no fixations$"),
        (lambda: gaze.auc(MAP, []), gaze.MetricError, "no fixations"),
        (lambda: gaze.cc(MAP, np.ones((6, 8))), gaze.MetricError, "the empirical map is constant"),
        (lambda: gaze.cc(MAP, np.ones((3, 8))), gaze.MetricError, "the prediction is 6x8, the .* 3x8"),
        (lambda: gaze.auc(MAP, [[8.0, 0.0]]), ValueError, "x = 8"),
        (lambda: gaze.auc(MAP, [[np.nan, 0.0]]), ValueError, "NaN"),
        (lambda: gaze.auc(np.full((6, 8), np.nan), X, Y), ValueError, "the value at row 0, column 0 is NaN"),
        (lambda: gaze.auc(MAP[0], X, Y), ValueError, r"map must have the shape \(height, width\)"),
        (lambda: gaze.auc(MAP * 1j, X, Y), TypeError, "real numbers"),
        (lambda: gaze.auc(np.array(["a"]), X, Y), TypeError, "real numbers"),
        (lambda: gaze.auc(MAP, X, Y[:2]), ValueError, "x has 3 numbers, y has 2"),
        (lambda: gaze.auc(MAP, np.ones((2, 3))), ValueError, r"the shape \(n, 2\)"),
        (lambda: gaze.auc(MAP, ((1.0, 2.0), (3.0, 4.0))), TypeError, "two NumPy arrays"),
        (lambda: gaze.auc(MAP, X, Y, variant="judd"), ValueError, "variant=\"judd\" is not known; choose uniform, "),
        (lambda: gaze.auc(np.empty((0, 4)), []), ValueError, "at least one pixel"),
        (lambda: gaze.log_likelihood(MAP, X, Y), ValueError, "do not sum to 1"),
    ],
)
def test_what_is_refused_says_why(call, error, words):
    with pytest.raises(error, match=words):
        call()
    assert issubclass(gaze.MetricError, ValueError)


def test_a_profile_is_scored_in_one_call():
    case = cases()[1]
    scores = gaze.evaluate(
        case.map,
        case.fixations,
        profile="mit",
        empirical=case.empirical,
        baseline=case.center,
        nonfixations=case.others,
        emd_downsize=case.emd_downsize,
    )
    assert list(scores) == ["auc_judd", "auc_borji", "sauc", "nss", "ig", "cc", "sim", "kl", "emd"]
    assert not scores.missing
    assert scores["nss"] == gaze.nss(case.map, case.fixations, variant="mit")
    assert scores["sauc"] == gaze.shuffled_auc(case.map, case.fixations, case.others, variant="expected")
    assert scores["cc"] == gaze.cc_mit(case.map, case.empirical)
    tuebingen = gaze.evaluate(case.map, case.fixations, sigma_px=10)
    assert tuebingen["auc"] == gaze.auc(case.map, case.fixations)
    assert set(tuebingen.missing) == {"sauc", "ig", "ll_nats"}
    everything = gaze.evaluate(case.map, case.fixations, profile="all", empirical=case.empirical)
    assert everything["kl/noreg"] == gaze.kl_divergence(case.map, case.empirical, variant="plain")


def test_a_density_is_recognised():
    density = gaze.normalized_density(MAP + 1)
    found = gaze.evaluate(density, X, Y, baseline="uniform")
    assert found["ll_nats"] == gaze.log_likelihood(density, X, Y)
    assert found["ig"] == gaze.information_gain(density, np.full((6, 8), -np.log(48)), X, Y)
    assert "ig" in gaze.evaluate(density, X, Y, baseline="uniform", kind="scores").missing


def test_a_metric_without_a_value_says_why():
    scores = gaze.evaluate(np.ones((6, 8)), X, Y, profile="mit", sigma_px=1)
    assert "cc" not in scores
    assert scores.get("cc") is None
    with pytest.raises(gaze.MetricError, match="cc: the prediction is constant"):
        scores["cc"]
    with pytest.raises(gaze.MetricError, match="sauc: needs nonfixations="):
        scores["sauc"]
    with pytest.raises(KeyError):
        scores["auk"]
    again = pickle.loads(pickle.dumps(scores))
    assert (dict(again), again.missing) == (dict(scores), scores.missing)


def test_many_are_scored_as_one_is():
    some = cases()[:5]
    settings = {"sigma_px": 12.0, "profile": "mit"}
    many = gaze.evaluate_many([c.map for c in some], [c.fixations for c in some], baseline=some[0].center, **settings)
    alone = [gaze.evaluate(c.map, c.fixations, baseline=some[0].center, **settings) for c in some]
    assert many == alone
    assert [s.missing for s in many] == [s.missing for s in alone]
    maps, fixations = [c.map for c in some], [c.fixations for c in some]
    assert gaze.evaluate_many(maps, fixations, baseline=some[0].center, threads=1, **settings) == many
    assert gaze.evaluate_many([], []) == []
    with pytest.raises(ValueError, match="fixations has 1 entries for 2 predictions"):
        gaze.evaluate_many([MAP, MAP], [[[1, 1]]])
    with pytest.raises(ValueError, match="prediction 1: .*x = 9"):
        gaze.evaluate_many([MAP, MAP], [[[1, 1]], [[9, 1]]])


def test_other_threads_run_meanwhile():
    # The counter stands still while a call holds the interpreter; two calls at the same time are no error either.
    rng = np.random.default_rng(0)
    a, b = rng.random((100, 100)), rng.random((100, 100))
    counted, done = [0], threading.Event()

    def count():
        while not done.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    gaze.emd(a, b, factor=2)
    during = counted[0] - before
    done.set()
    thread.join()
    # A call of some hundred milliseconds that held the interpreter would let the counter take a few steps at most.
    assert during > 1000


def test_the_table_of_metrics_names_every_definition():
    rows = {row["name"]: row for row in gaze.metrics()}
    assert list(rows)[:3] == ["auc_judd", "auc", "auc_borji"]
    assert {variant["profile"] for variant in rows["auc"]["variants"]} == {"tuebingen", None}


def test_every_function_has_a_docstring_and_is_listed():
    for name in gaze.__all__:
        if name != "__version__":
            assert getattr(gaze, name).__doc__, name


def test_statistics_of_many_images():
    first = [0.8, 0.7, 0.9, 0.65, 0.72]
    mean = gaze.bootstrap_mean(first)
    assert mean["low"] < mean["mean"] < mean["high"] and mean["count"] == 5
    compared = gaze.compare_paired(first, [value - 0.1 for value in first])
    assert compared["difference"]["mean"] == pytest.approx(0.1)
    assert compared["rank_biserial"] == 1.0
    assert gaze.holm([0.01, 0.04, 0.03]).tolist() == [0.03, 0.06, 0.06]
    with pytest.raises(gaze.MetricError):
        gaze.bootstrap_mean([])


def test_importing_gaze_imports_no_optional_package():
    code = "import sys, gaze; print([m for m in ('torch', 'PIL', 'pyarrow', 'pandas', 'matplotlib', 'pysaliency') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
