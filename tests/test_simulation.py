"""Simulated surveys have the parameters that were asked for."""

import numpy as np
import pytest

import servqual as sq

FORM = sq.instrument("servqual")
WIDE = FORM.with_scale(sq.Scale(0, 200))  # so wide that rounding and ends do not matter
TURNED = sq.instrument("servqual-1988")
N = 4000


def simulated(form=WIDE, respondents=N, **given):
    return sq.simulate_survey(form, respondents, **({"rng": 1} | given))


def test_same_seed_same_answers():
    first, second = simulated(FORM, 50, missing=0.1), simulated(FORM, 50, missing=0.1)
    np.testing.assert_array_equal(first.perceptions, second.perceptions)
    np.testing.assert_array_equal(first.expectations, second.expectations)
    generated = simulated(FORM, 50, missing=0.1, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(first.perceptions, generated.perceptions)
    assert (first.perceptions != simulated(FORM, 50, rng=2).perceptions).any()


@pytest.mark.parametrize("form", [FORM, TURNED, FORM.with_scale(sq.Scale(0.5, 5))])
def test_answers_are_steps_of_the_scale(form):
    survey = simulated(form, 300, sd=3)
    for side in (survey.expectations, survey.perceptions):
        assert side.min() >= form.scale.low
        assert side.max() <= form.scale.high
        assert set(np.unique(side[:, 0] - form.scale.low) % 1) == {0}
    assert survey.perceptions.shape == (300, 22)


@pytest.mark.parametrize("form", [WIDE, TURNED.with_scale(WIDE.scale)])
def test_means_and_spread(form):
    """Standard error of a mean 10/√4000 = 0.16, of an sd 0.11: five of them are allowed."""
    wanted = np.linspace(80, 120, 22)
    survey = simulated(form, expectation=130, perception=wanted, sd=10)
    np.testing.assert_allclose(survey.expectations.mean(axis=0), 130, atol=0.8)
    np.testing.assert_allclose(survey.perceptions.mean(axis=0), wanted, atol=0.8)
    np.testing.assert_allclose(survey.perceptions.std(axis=0, ddof=1), 10, atol=0.6)


@pytest.mark.parametrize("loading", [0, 0.5, 0.9])
def test_loading(loading):
    """Items of one dimension correlate by loading², others not: se at most 1/√4000 = 0.016."""
    survey = simulated(perception=100, sd=20, loading=loading)
    table = np.corrcoef(survey.perceptions, rowvar=False)
    owner = np.repeat(range(5), [4, 5, 4, 4, 5])
    alike = owner[:, None] == owner
    np.fill_diagonal(table, loading**2)
    np.testing.assert_allclose(table, loading**2 * alike, atol=0.08)


@pytest.mark.parametrize("share", [0, 0.02, 0.3, 1])
def test_missing_share(share):
    """Of 88,000 answers: standard error at most 0.0017."""
    survey = simulated(missing=share)
    for side in (survey.expectations, survey.perceptions):
        assert np.isnan(side).mean() == pytest.approx(share, abs=0.008)


def test_service_falls_short_by_default():
    assert sq.gap_scores(simulated(FORM, 300)).overall.row(score="dimensions")["gap"] < 0


def test_it_is_said_to_be_simulated():
    assert "simulated" in str(simulated(FORM, 5).intake)


def test_groups():
    survey = simulated(FORM, 4, by={"branch": list("NSNS")})
    assert survey.groups("branch").tolist() == list("NSNS")


def test_no_spread_and_one_respondent():
    survey = simulated(FORM, 1, sd=0, expectation=6, perception=5)
    assert survey.expectations.tolist() == [[6] * 22]
    assert survey.perceptions.tolist() == [[5] * 22]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"respondents": 0}, "`respondents` must be a whole number of at least 1, got 0"),
        ({"respondents": 2.5}, "`respondents` must be a whole number.*got 2.5"),
        ({"respondents": "10"}, "`respondents` must be .*'10'"),
        ({"loading": 1.1}, r"`loading` must lie in 0\.\.1, got 1\.1"),
        ({"missing": -0.1}, r"`missing` must lie in 0\.\.1, got -0\.1"),
        ({"sd": -1}, "`sd` must be 0 or more, got -1"),
        ({"sd": float("nan")}, "`sd` must be a finite number"),
        ({"expectation": [5, 6, 7]}, "`expectation`.*22"),
        ({"perception": float("nan")}, "`perception`.*nan"),
        ({"perception": "high"}, "`perception`.*'high'"),
        ({"form": "servqual"}, "`instrument` must be .*Instrument"),
        ({"by": {"branch": ["N"]}}, "branch"),
    ],
)
def test_rules(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        simulated(**({"form": FORM, "respondents": 10} | given))
