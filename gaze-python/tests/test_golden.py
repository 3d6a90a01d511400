"""Every metric has its golden value through Python, to the digits that the tests in Rust ask for."""

import functools
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
    *[
        (
            "emd",
            golden,
            TOLERANCE,
            lambda c, r=reduction, t=threshold: gaze.emd(
                c.map, c.empirical, reduction=r, factor=c.emd_downsize, threshold=t
            ),
        )
        for golden, reduction, threshold in [
            ("exact_area", "area", None),
            ("exact_area_thr2", "area", 2.0),
            ("exact_area_thr5", "area", 5.0),
            ("exact_matlab_resize", "matlab", None),
        ]
    ],
]

# Random calls of the MIT code, and the expectation that we compute instead.
SAMPLED = [
    ("auc_borji", lambda c: gaze.auc_borji(c.map, c.fixations)),
    ("sauc", lambda c: gaze.shuffled_auc(c.map, c.fixations, c.others, variant="expected")),
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


@pytest.mark.parametrize(("metric", "compute"), SAMPLED, ids=["auc_borji", "sauc"])
def test_the_mean_of_random_calls_is_within_five_standard_errors_of_the_expectation(metric, compute):
    compared = 0
    for case in cases():
        golden = case.golden[metric]["mit_sampled"]
        if not isinstance(golden["mean"], float):
            with pytest.raises(gaze.MetricError):
                compute(case)
            continue
        assert abs(compute(case) - golden["mean"]) < 5 * golden["sd"] / math.sqrt(golden["n"]) + 1e-6, case.name
        compared += 1
    assert compared > 40


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


# What we decided otherwise than a peer (``tests/golden_edge.rs`` says why); None is an error.
DECIDED = {
    ("gt_zero", "mit", "sim"): None,
    ("map_all_zero", "mit", "sim"): None,
    ("map_negative", "mit", "kl"): None,
    ("map_negative", "mit", "emd_ds2"): 0.14029361546656543,
}


def degenerate(edge):
    """The functions that have the peers' values: of the map, the empirical map and the fixations."""
    base, other = np.array(edge["base"], float), np.array(edge["other"], np.uint32)
    uniform = np.full(base.shape, -math.log(base.size))

    def shuffled(s, g, f):
        return gaze.shuffled_auc(s, f, other)

    def gain(baseline):
        return lambda s, g, f: gaze.information_gain(gaze.normalized_density(s), baseline(), f)

    return {
        ("mit", "auc_judd_nojitter"): lambda s, g, f: gaze.auc_judd(s, f, variant="without_jitter"),
        ("mit", "cc"): lambda s, g, f: gaze.cc_mit(s, g),
        ("mit", "kl"): lambda s, g, f: gaze.kl_divergence(s, g, variant="mit"),
        ("mit", "nss"): lambda s, g, f: gaze.nss(s, f, variant="mit"),
        ("mit", "ig_base"): lambda s, g, f: gaze.information_gain_mit(s, base, f),
        ("mit", "sim"): lambda s, g, f: gaze.sim_mit(s, g),
        ("mit", "emd_ds2"): lambda s, g, f: gaze.emd(s, g, reduction="matlab", factor=2),
        ("py", "auc_uniform"): lambda s, g, f: gaze.auc(s, f),
        ("py", "auc_judd_nojitter"): lambda s, g, f: gaze.auc_judd(s, f, variant="multiset"),
        ("py", "sauc_given"): shuffled,
        ("py", "nss"): lambda s, g, f: gaze.nss(s, f),
        ("py", "cc"): lambda s, g, f: gaze.cc(s, g),
        ("py", "sim"): lambda s, g, f: gaze.sim(s, g),
        ("py", "kl_default"): lambda s, g, f: gaze.kl_divergence(s, g, variant="added"),
        ("py", "kl_mit"): lambda s, g, f: gaze.kl_divergence(s, g, variant="tuebingen"),
        ("py", "ig_uniform"): gain(lambda: uniform),
        ("py", "ig_base"): gain(lambda: gaze.normalized_density(base)),
        ("py", "unisal_auc_judd"): lambda s, g, f: gaze.auc_judd(s, f, variant="rounded"),
    }


# Single draws of random scores.
DRAWN = {("mit", "auc_judd"), ("mit", "auc_borji"), ("mit", "auc_shuffled"), ("py", "auc_judd")}


def test_degenerate_input_has_the_value_of_the_peer_or_an_error():
    edge = read("edge.json")
    functions, compared = degenerate(edge), 0
    for name, case in edge["cases"].items():
        scores, truth = np.array(case["S"], dtype=float), np.array(case["G"], dtype=float)
        fixations = np.stack([case["fx"], case["fy"]], axis=1) if case["fx"] else np.empty((0, 2))
        if "nan" in name or "inf" in name:
            with pytest.raises(ValueError, match="the value at row [0-9]+, column [0-9]+ is (NaN|[0-9]+|-?inf|infinity)"):
                gaze.auc(scores, fixations)
            continue
        for peer in ("mit", "py"):
            for metric, golden in case[peer].items():
                if (peer, metric) in DRAWN:
                    continue
                # Octave and NumPy sum 48 pixels in another order, UNISAL rounds, and the distance is that of a search.
                tolerance = {"unisal_auc_judd": ROUNDED, "emd_ds2": 1e-3}.get(metric, OCTAVE)
                expected = DECIDED.get((name, peer, metric), number(golden))
                compute = functools.partial(functions[peer, metric], scores, truth, fixations)
                check(f"{name} {peer} {metric}", compute, expected, tolerance)
                compared += 1
    assert compared > 200
