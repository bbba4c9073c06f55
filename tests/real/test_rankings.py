"""Leagues of real units: airline passengers by age and class, customers of a bank by gender.

Figures of fifteen digits are computed with R 4.2.2: lm() on unit indicators, vcov() for the
variances of means, uniroot(tol = 1e-16) for τ² and its interval.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import servqual as sq
from servqual.rankings import (
    funnel_limits,
    league_table_from_scores,
    select_stars,
    share_of_luck,
    survey_league,
)

TOUCHPOINTS = slice(8, 22)  # columns of airline.csv
AGE = {  # of 75 ages: scores are the mean of the touchpoints that a passenger used
    "tau2": 0.0128169039425851,
    "mean": 3.23913910061623,
    "85": (8, 3.23214285714286, 0.0516923530918183, 3.23774906475658),  # n, raw, v, shrunk
    "7": (137, 3.10100807052027, None, 3.12971260664386),
}


@pytest.fixture(scope="module")
def frame(data):
    return pd.read_csv(data / "airline" / "airline.csv")


@pytest.fixture(scope="module")
def survey(frame):
    items = [sq.Item(code=name) for name in frame.columns[TOUCHPOINTS]]
    flight = sq.Dimension(code="flight", name="Flight", items=items)
    scale = sq.Scale(1, 5, not_applicable=[0])
    form = sq.Instrument(code="air", name="Air", scale=scale, dimensions=[flight])
    return sq.survey_from_frame(frame, form, perceptions="{item}", by=("Age", "Class"))


@pytest.fixture(scope="module")
def ages(survey):
    return survey_league(survey, by="Age")


def q(tau2, league):
    weights = 1 / (league.variances + tau2)
    centre = np.average(league.means, weights=weights)
    return weights @ (league.means - centre) ** 2


def test_league_of_ages(frame, ages):
    assert len(ages.units) == 75
    assert ages.tau2 == pytest.approx(AGE["tau2"], rel=1e-11)
    assert ages.mean == pytest.approx(AGE["mean"], rel=1e-13)
    row = ages.table.row(unit="85")
    n, raw, v, shrunk = AGE["85"]
    assert row["n"] == n
    assert (row["raw"], row["se"] ** 2) == pytest.approx((raw, v), rel=1e-12)
    assert row["shrunk"] == pytest.approx(shrunk, rel=1e-13)
    assert ages.table.row(unit="7")["shrunk"] == pytest.approx(AGE["7"][3], rel=1e-13)
    counts = frame.groupby("Age").size()
    assert dict(zip(ages.units, ages.table["n"].tolist(), strict=True)) == {
        str(age): size for age, size in counts.items()
    }
    best = ages.table["rank"].argsort()[:5]
    # R: names(sort(-shrunk)); by raw means 55 is before 40, of fewer passengers
    assert [ages.units[place] for place in best] == ["53", "56", "51", "46", "40"]
    assert [ages.units[place] for place in ages.means.argsort()[:-6:-1]] == [
        *("53", "56", "51", "46", "55"),
    ]


def test_league_of_ages_by_independent_roots(ages):
    df = len(ages.units) - 1
    root = optimize.brentq(lambda t: q(t, ages) - df, 0, 1, xtol=1e-16, rtol=1e-14)
    assert ages.tau2 == pytest.approx(root, rel=1e-12)
    found = share_of_luck(ages)
    ends = [
        optimize.brentq(lambda t, p=p: q(t, ages) - stats.chi2.ppf(p, df), 0, 1, xtol=1e-16)
        for p in (0.975, 0.025)
    ]
    assert (found.tau2_low, found.tau2_high) == pytest.approx(ends, rel=1e-10)
    # R: uniroot; sum((m - weighted.mean(m, 1/v))^2/v), pchisq
    assert ends == pytest.approx([0.00873463874365539, 0.0198271355133694], rel=1e-9)
    assert found.q == pytest.approx(719.497406611409, rel=1e-11)
    assert found.p == pytest.approx(1.79557580501858e-106, rel=1e-8)
    assert found.share == pytest.approx(0.289600376833889, rel=1e-11)
    noise = ages.variances.mean()
    assert found.low == pytest.approx(noise / (noise + ends[1]), rel=1e-10)


def test_moments_and_scores_give_the_same_league(frame, survey, ages):
    moments = survey_league(sq.moments(survey), by="Age")
    answers = frame.iloc[:, TOUCHPOINTS].astype(float).replace(0, np.nan)
    scores = league_table_from_scores(answers.mean(axis=1), frame["Age"])
    for other in (moments, scores):
        assert set(other.units) == set(ages.units)
        rows = [other.units.index(unit) for unit in ages.units]
        np.testing.assert_allclose(other.means[rows], ages.means, rtol=1e-12)
        np.testing.assert_allclose(other.variances[rows], ages.variances, rtol=1e-10)
        assert other.tau2 == pytest.approx(ages.tau2, rel=1e-10)


def test_classes_of_the_airline_are_truly_apart(survey):
    league = survey_league(survey, by="Class")
    # R: lm(score ~ Class - 1)
    means = [3.47836413686349, 3.10373246176210, 3.06575262678549]
    variances = [3.10282969553296e-05, 3.35263378119062e-05, 2.02242342439668e-04]
    assert league.units == ("Business", "Eco", "Eco Plus")
    assert league.means.tolist() == pytest.approx(means, rel=1e-13)
    assert league.variances.tolist() == pytest.approx(variances, rel=1e-10)
    assert league.tau2 == pytest.approx(0.0519381917165402, rel=1e-9)
    assert league.table["p_best"].tolist() == [1, 0, 0]
    low, high = league.table["rank_low"], league.table["rank_high"]
    # Eco and Eco Plus lie 0.038 apart, with an error of 0.0154: z 2.5
    assert [*zip(low.tolist(), high.tolist(), strict=True)] == [(1, 1), (2, 2), (3, 3)]
    assert share_of_luck(league).share < 0.01


def test_ages_adjusted_for_how_people_fly(frame):
    """Older passengers fly Business; the young and the middle-aged differ less beside that."""
    satisfied = (frame["satisfaction"] == "satisfied").astype(float)
    flown = pd.DataFrame(
        {
            "business": (frame["Class"] == "Business").astype(float),
            "plus": (frame["Class"] == "Eco Plus").astype(float),
            "personal": (frame["Type of Travel"] == "Personal Travel").astype(float),
            "distance": frame["Flight Distance"],
        }
    )
    league = league_table_from_scores(satisfied, frame["Age"], covariates=flown)
    places = [league.units.index(age) for age in ("25", "60")]
    # R: f <- lm(satisfied ~ age - 1 + flown); means at the covariates' means, with C vcov(f) C'
    means = [0.306051730616561, 0.526349915934203]
    variances = [0.000235912558226688, 0.000401635244639761]
    assert league.means[places].tolist() == pytest.approx(means, rel=1e-10)
    assert league.variances[places].tolist() == pytest.approx(variances, rel=1e-9)
    assert league.tau2 == pytest.approx(0.00726947328363622, rel=1e-8)
    said = "coefficients: business 0.302, plus 0.03208, personal -0.2768, distance 3.375e-05"
    assert said in league.table.note
    raw = league_table_from_scores(satisfied, frame["Age"])
    assert raw.means[places].tolist() == pytest.approx([0.328190743338008, 0.571770334928230])
    assert raw.tau2 == pytest.approx(0.0250269726507321, rel=1e-8)


def test_texts_as_covariates_are_indicators(frame):
    satisfied = (frame["satisfaction"] == "satisfied").astype(float)
    columns = {"class": "Class", "travel": "Type of Travel", "distance": "Flight Distance"}
    given = {name: frame[column] for name, column in columns.items()}
    by_texts = league_table_from_scores(satisfied, frame["Age"], covariates=given)
    flown = {
        "eco": (frame["Class"] == "Eco").astype(float),
        "plus": (frame["Class"] == "Eco Plus").astype(float),
        "personal": (frame["Type of Travel"] == "Personal Travel").astype(float),
        "distance": frame["Flight Distance"],
    }
    by_numbers = league_table_from_scores(satisfied, frame["Age"], covariates=flown)
    np.testing.assert_allclose(by_texts.means, by_numbers.means, rtol=1e-10)
    np.testing.assert_allclose(by_texts.variances, by_numbers.variances, rtol=1e-9)


def test_stars_among_ages(ages):
    """Three ages lead, with probabilities of 0.6 to 0.7; none is a star on evidence."""
    found = select_stars(ages, 5, minimum=50)
    assert found.stars == ("53", "56", "51", "46", "40")
    assert set(found.table["basis"][:5]) == {"unclear", "luck"}
    assert "close" in found.table["basis"][5:]
    left_out = [row for row in found.table.rows() if row["undefined"]]
    assert {row["unit"] for row in left_out} == {
        unit for unit, n in zip(ages.units, ages.table["n"], strict=True) if n < 50
    }
    assert "8 answers, 50 needed" in {row["undefined"] for row in left_out}
    # by draws of normal means about the shrunk ones: μ̂ is all but known here
    rng = np.random.default_rng(3)
    kept = ages.table["n"] >= 50
    spread = np.sqrt(ages.variances * ages.table["weight"])[kept]
    drawn = ages.table["shrunk"][kept] + spread * rng.standard_normal((20_000, kept.sum()))
    held = drawn >= np.sort(drawn, axis=1)[:, -5:-4]
    named = dict(zip(np.array(ages.units)[kept], held.mean(axis=0), strict=True))
    for row in found.table.where(undefined="").rows():
        assert row["p_top"] == pytest.approx(named[row["unit"]], abs=0.03)
    assert found.expected == pytest.approx(sum(named[unit] for unit in found.stars), abs=0.06)


def test_funnel_of_ages(ages):
    found = funnel_limits(ages.means, ages.variances, units=ages.units)
    precise = np.average(ages.means, weights=1 / ages.variances)
    z = (ages.means - precise) / np.sqrt(ages.variances)
    assert found.target == pytest.approx(precise, rel=1e-13)
    np.testing.assert_allclose(found.table["z"], z, rtol=1e-9, atol=1e-9)
    # 719 = Q on 74 df: far more than 2 in 1,000 lie outside, and fewer where units may differ
    outside = np.abs(z) > stats.norm.ppf(0.999)
    assert set(found.signals) == set(np.array(ages.units)[outside])
    assert len(found.signals) > 20
    allowed = funnel_limits(ages.means, ages.variances, units=ages.units, overdispersion=True)
    assert allowed.tau2 == pytest.approx(ages.tau2, rel=1e-12)
    assert set(allowed.signals) < set(found.signals)


def test_two_genders_of_a_bank(data):
    """Of two units that differ less than noise would have them, nothing is left to rank by."""
    bank = pd.read_csv(data / "bank" / "satisfaction.csv")
    league = league_table_from_scores(bank[["sat1", "sat2", "sat3"]].mean(axis=1), bank["gender"])
    q_found = (league.means[0] - league.means[1]) ** 2 / league.variances.sum()
    # two units: τ² = (m1 - m2)²/2 - (v1 + v2)/2, cut at 0
    tau2 = (league.means[0] - league.means[1]) ** 2 / 2 - league.variances.sum() / 2
    assert q_found == pytest.approx(1.39**2, abs=0.15)  # t 1.35 by Welch, as R has it
    assert league.tau2 == pytest.approx(tau2, rel=1e-10)
    B = league.variances / (league.variances + league.tau2)
    shrunk = league.mean + (1 - B) * (league.means - league.mean)
    np.testing.assert_allclose(league.table["shrunk"], shrunk, rtol=1e-12)
    assert 0.5 < league.table.row(unit="female")["p_best"] < 0.95
