"""The metrics of gaze have the values of pysaliency's, by the same names and arguments."""

import numpy as np
import pytest

import gaze

pysaliency = pytest.importorskip("pysaliency")

import gaze.pysaliency as adapter  # noqa: E402

# Sums of some thousand 64-bit numbers in another order.
CLOSE = {"rel": 1e-9, "abs": 1e-12}


@pytest.fixture(scope="module")
def stimuli():
    rng = np.random.default_rng(1)
    return pysaliency.Stimuli([rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in [(40, 50), (30, 60), (40, 50)]])


@pytest.fixture(scope="module")
def fixations(stimuli):
    rng = np.random.default_rng(2)
    n = np.array([0] * 7 + [1] * 4 + [2] * 9)
    x = np.array([rng.uniform(0, stimuli.sizes[i][1]) for i in n])
    y = np.array([rng.uniform(0, stimuli.sizes[i][0]) for i in n])
    return pysaliency.Fixations.create_without_history(x, y, n)


class Gray(pysaliency.SaliencyMapModel):
    def _saliency_map(self, stimulus):
        return np.round(stimulus.mean(axis=2) / 8)


class Steep(pysaliency.Model):
    def _log_density(self, stimulus):
        scores = stimulus[..., 0] / 64.0
        return scores - np.log(np.exp(scores).sum())


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *[("AUC", {"nonfixations": n, "average": a}) for n in ("uniform", "unfixated", "shuffled") for a in ("fixation", "image")],
        *[("AUC", {"nonfixations": n, "thresholds": "fixations"}) for n in ("uniform", "unfixated")],
        *[("AUCs", {"nonfixations": n}) for n in ("uniform", "shuffled")],
        ("AUC_Judd", {"jitter": False}),
        ("sAUC", {}),
        ("sAUCs", {}),
        *[("NSS", {"average": a}) for a in ("fixation", "image")],
        ("NSSs", {}),
    ],
)
def test_scores_at_fixations_are_those_of_pysaliency(stimuli, fixations, name, arguments):
    expected = getattr(Gray(), name)(stimuli, fixations, **arguments)
    assert getattr(adapter.score(Gray()), name)(stimuli, fixations, **arguments) == pytest.approx(expected, **CLOSE)
    if hasattr(adapter, name):
        assert getattr(adapter, name)(Gray(), stimuli, fixations, **arguments) == pytest.approx(expected, **CLOSE)


def test_given_nonfixations(stimuli, fixations):
    expected = Gray().AUC(stimuli, fixations, nonfixations=fixations)
    assert adapter.AUC(Gray(), stimuli, fixations, nonfixations=fixations) == pytest.approx(expected, **CLOSE)
    with pytest.raises(TypeError):
        adapter.AUC(Gray(), stimuli, fixations, nonfixations="none")


@pytest.mark.parametrize("name", ["CC", "CCs", "SIM", "SIMs", "KLDiv", "KLDivs"])
def test_comparisons_of_maps_are_those_of_pysaliency(stimuli, fixations, name):
    gold = pysaliency.FixationMap(stimuli, fixations, kernel_size=4)
    expected = getattr(Gray(), name)(stimuli, gold)
    assert getattr(adapter.score(Gray()), name)(stimuli, gold) == pytest.approx(expected, **CLOSE)


def test_the_divergence_has_the_regularisation_of_the_benchmark(stimuli, fixations):
    gold = pysaliency.FixationMap(stimuli, fixations, kernel_size=4)
    settings = {"minimum_value": 0, "log_regularization": 2.2204e-16, "quotient_regularization": 2.2204e-16}
    expected = Gray().KLDivs(stimuli, gold, **settings)
    assert adapter.score(Gray()).KLDivs(stimuli, gold, **settings) == pytest.approx(expected, **CLOSE)
    with pytest.raises(NotImplementedError, match="2.2204e-16"):
        adapter.KLDiv(Gray(), stimuli, gold, minimum_value=0)


@pytest.mark.parametrize("average", ["fixation", "image"])
def test_likelihoods_are_those_of_pysaliency(stimuli, fixations, average):
    model = Steep()
    expected = model.log_likelihood(stimuli, fixations, average=average)
    assert adapter.log_likelihood(model, stimuli, fixations, average=average) == pytest.approx(expected, **CLOSE)
    gains = model.information_gains(stimuli, fixations)
    assert adapter.score(model).information_gains(stimuli, fixations) == pytest.approx(gains, **CLOSE)


def test_a_model_of_gaze_is_a_model_of_pysaliency(stimuli, fixations):
    model = adapter.Model("gaze-lite")
    assert isinstance(model, pysaliency.Model)
    direct = gaze.load_model("gaze-lite").log_density(stimuli[0].stimulus_data)
    assert np.array_equal(model.log_density(stimuli[0]), direct)
    ours = adapter.log_likelihood(model, stimuli, fixations)
    assert model.log_likelihood(stimuli, fixations) == pytest.approx(ours, **CLOSE)
    uniform = adapter.Model("uniform")
    assert uniform.information_gain(stimuli, fixations) == pytest.approx(0, abs=1e-12)


def test_an_image_without_fixations_has_none_for_its_area(stimuli, fixations):
    seen = fixations[fixations.n != 1]
    values, expected = adapter.score(Gray()).AUC_per_image(stimuli, seen), Gray().AUC_per_image(stimuli, seen)
    assert values[1] is None and np.isnan(expected[1])
    assert [values[0], values[2]] == pytest.approx([expected[0], expected[2]], **CLOSE)
    assert adapter.AUC(Gray(), stimuli, seen, average="image") == pytest.approx((values[0] + values[2]) / 2, **CLOSE)


def test_no_fixations_have_no_score(stimuli, fixations):
    none = fixations[fixations.n < 0]
    with pytest.raises(gaze.MetricError, match="no fixations"):
        adapter.NSS(Gray(), stimuli, none)
