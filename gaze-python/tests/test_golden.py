"""Every metric has its golden value through Python, to the digits that the tests in Rust ask for."""

import math

import numpy as np
import pytest

import gaze
from golden import cases, number, read

# The tests in Rust have the same tolerances, relative to 1 or to the value if that is larger.
TOLERANCE = 1e-12
# Octave sums half a million numbers one after another.
OCTAVE = 1e-10
# UNISAL rounds to four decimals.
ROUNDED = 1e-4


def uniform(case):
    return np.full(case.map.shape, -math.log(case.map.size))


def density(values, minimum):
    return gaze.normalized_density(values, minimum=minimum)


METRICS = [
    *[
        ("auc", golden, TOLERANCE, lambda c, v=variant: gaze.auc(c.map, c.fixations, variant=v))
        for golden, variant in [
            ("pysaliency_uniform", "uniform"),
            ("pysaliency_unfixated", "unfixated"),
            ("pysaliency_uniform_thr_fix", "uniform_at_fixations"),
            ("binary_vs_all", "binary_vs_all"),
            ("binary_vs_rest", "binary_vs_rest"),
        ]
    ],
    *[
        ("auc_judd", golden, tolerance, lambda c, v=variant: gaze.auc_judd(c.map, c.fixations, variant=v))
        for golden, variant, tolerance in [
            ("mit_expected", "expected", TOLERANCE),
            ("mit_nojitter", "without_jitter", TOLERANCE),
            ("pysaliency_nojitter", "multiset", TOLERANCE),
            ("unisal_4digits", "rounded", ROUNDED),
        ]
    ],
    ("auc_borji", "mit_expected", TOLERANCE, lambda c: gaze.auc_borji(c.map, c.fixations)),
    *[
        ("sauc", golden, TOLERANCE, lambda c, v=variant: gaze.shuffled_auc(c.map, c.fixations, c.others, variant=v))
        for golden, variant in [
            ("pysaliency", "multiset"),
            ("binary_exact", "binary"),
            ("mit_expected", "expected"),
            ("salicon", "salicon"),
        ]
    ],
    *[
        ("nss", golden, tolerance, lambda c, v=variant: gaze.nss(c.map, c.fixations, variant=v))
        for golden, variant, tolerance in [
            ("pysaliency", "multiset", TOLERANCE),
            ("salicon", "multiset", TOLERANCE),
            ("unique_ddof0", "binary", TOLERANCE),
            ("multi_ddof1", "multiset_sample_deviation", TOLERANCE),
            ("mit", "mit", OCTAVE),
        ]
    ],
    ("cc", "pysaliency", TOLERANCE, lambda c: gaze.cc(c.map, c.empirical)),
    ("cc", "salicon", TOLERANCE, lambda c: gaze.cc_mit(c.map, c.empirical)),
    ("cc", "mit", OCTAVE, lambda c: gaze.cc_mit(c.map, c.empirical)),
    ("sim", "pysaliency", TOLERANCE, lambda c: gaze.sim(c.map, c.empirical)),
    ("sim", "mit", OCTAVE, lambda c: gaze.sim_mit(c.map, c.empirical)),
    *[
        ("kl", golden, TOLERANCE, lambda c, v=variant: gaze.kl_divergence(c.map, c.empirical, variant=v))
        for golden, variant in [
            ("pysaliency_mit", "tuebingen"),
            ("mit", "mit"),
            ("pysaliency_default", "added"),
            ("noreg", "plain"),
            ("reversed_noreg", "reversed"),
        ]
    ],
    *[
        entry
        for suffix, minimum in [("min0", 0.0), ("min1e-20", 1e-20)]
        for entry in [
            (
                "ll_nats",
                f"pysaliency_{suffix}",
                TOLERANCE,
                lambda c, m=minimum: gaze.log_likelihood(density(c.map, m), c.fixations),
            ),
            (
                "ig",
                f"pysaliency_uniform_{suffix}",
                TOLERANCE,
                lambda c, m=minimum: gaze.information_gain(density(c.map, m), uniform(c), c.fixations),
            ),
            (
                "ig",
                f"pysaliency_base_a_{suffix}",
                TOLERANCE,
                lambda c, m=minimum: gaze.information_gain(density(c.map, m), density(c.center, m), c.fixations),
            ),
        ]
    ],
    ("ig", "mit_base_a", OCTAVE, lambda c: gaze.information_gain_mit(c.map, c.center, c.fixations)),
]


def check(name, compute, expected, tolerance):
    if expected is None:
        # Where a peer has NaN or fails, we have an error that says why.
        with pytest.raises(gaze.MetricError):
            compute()
        return
    found = compute()
    assert type(found) is float
    if math.isinf(expected):
        assert found == expected, name
    else:
        assert abs(found - expected) <= tolerance * max(abs(expected), 1.0), f"{name}: {found} is not {expected}"


@pytest.mark.parametrize(("metric", "golden", "tolerance", "compute"), METRICS, ids=lambda v: v if isinstance(v, str) else "")
def test_every_metric_has_its_golden_values(metric, golden, tolerance, compute):
    for case in cases():
        check(case.name, lambda case=case: compute(case), number(case.golden[metric][golden]), tolerance)


def test_the_earth_movers_distance_has_the_values_of_the_linear_program():
    # Each case has up to three values.
    compared = 0
    for case in read("emd_unit.json"):
        shape = (case["rows"], case["cols"])
        empirical, prediction = np.reshape(case["P"], shape), np.reshape(case["Q"], shape)
        for variant, threshold in [("exact", None), ("lp", None), ("thr2", 2.0)]:
            if case[variant] is not None:
                found = gaze.emd(prediction, empirical, reduction="none", threshold=threshold)
                check(case["name"], lambda found=found: found, case[variant], TOLERANCE)
                compared += 1
    assert compared > 20


def test_degenerate_input_has_a_value_or_an_error_and_never_nan():
    edge = read("edge.json")
    compute = [
        lambda s, g, f: gaze.auc(s, f),
        lambda s, g, f: gaze.auc_judd(s, f),
        lambda s, g, f: gaze.auc_borji(s, f),
        lambda s, g, f: gaze.nss(s, f),
        lambda s, g, f: gaze.nss(s, f, variant="mit"),
        lambda s, g, f: gaze.cc(s, g),
        lambda s, g, f: gaze.cc_mit(s, g),
        lambda s, g, f: gaze.sim(s, g),
        lambda s, g, f: gaze.sim_mit(s, g),
        lambda s, g, f: gaze.kl_divergence(s, g),
        lambda s, g, f: gaze.kl_divergence(s, g, variant="mit"),
        lambda s, g, f: gaze.kl_divergence(s, g, variant="plain"),
        lambda s, g, f: gaze.information_gain_mit(s, np.array(edge["base"], float), f),
    ]
    values = refused = 0
    for name, case in edge["cases"].items():
        scores, truth = np.array(case["S"], dtype=float), np.array(case["G"], dtype=float)
        fixations = np.stack([case["fx"], case["fy"]], axis=1) if case["fx"] else np.empty((0, 2))
        for function in compute:
            try:
                value = function(scores, truth, fixations)
            except gaze.MetricError as error:
                assert str(error), name
                refused += 1
            except ValueError as error:
                assert "nan" in name or "inf" in name, (name, error)
                refused += 1
            else:
                assert not math.isnan(value), name
                values += 1
    assert values > 50
    assert refused > 30
