"""25,976 airline passengers (shared/data/airline): which of 14 moments decide, and where they fail.

Raw differences are those of issue 5, means those of shared/data/README.md; the rest is computed
here by numpy, pandas, scipy or plain Python. An answer of 1 or 2 counts as a failure, and 0 as "the
passenger did not come to this touchpoint".
"""

from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import integrate, optimize, special, stats

from servqual.journeys import (
    Improvement,
    Journey,
    Touchpoint,
    aggregation_table,
    improvement_plan,
    journey_failure,
    journey_flow,
    journey_from_events,
    touchpoint_drivers,
)

from .test_airline import TOUCHPOINTS, WITH_ZEROS, WITHOUT

KNOWN = {  # satisfied - dissatisfied, zeros counted
    "Online boarding": 1.3508,
    "Inflight entertainment": 1.0759,
    "Seat comfort": 0.9211,
    "Departure/Arrival time convenient": -0.2002,
}
MEANS = {(): WITH_ZEROS, (0,): WITHOUT}
ZEROS = pytest.mark.parametrize("codes", MEANS, ids=["0 as an answer", "0 as not applicable"])
GROUPS = ["Class", "Type of Travel"]


@pytest.fixture(scope="module")
def passengers(data):
    frame = pd.read_csv(data / "airline" / "airline.csv")
    return frame.assign(happy=frame["satisfaction"] == "satisfied")


def drivers(answers, codes, **more):
    found = touchpoint_drivers(
        answers, satisfied="happy", touchpoints=TOUCHPOINTS, not_applicable=codes, **more
    )
    assert found.left_out == 0
    return found.table


def rated(passengers, codes=(0,)):
    return passengers[TOUCHPOINTS].astype(float).replace(dict.fromkeys(codes, np.nan))


def see_welch(row, ratings, happy):
    """Compare a row with Welch's t by scipy, and with Hedges' g by its definition."""
    one, other = (ratings[happy == side].dropna().to_numpy() for side in (True, False))
    assert (row["satisfied_n"], row["dissatisfied_n"]) == (len(one), len(other))
    assert (row["n"], row["missing"]) == (len(one) + len(other), ratings.isna().sum())
    test = stats.ttest_ind(one, other, equal_var=False)
    low, high = test.confidence_interval(0.95)
    wanted = {"satisfied_mean": one.mean(), "dissatisfied_mean": other.mean()}
    wanted |= {"difference": one.mean() - other.mean(), "low": low, "high": high}
    wanted |= {"t": test.statistic, "df": test.df}
    m = len(one) + len(other) - 2
    pooled = np.sqrt(((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / m)
    factor = np.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / np.sqrt(m / 2)
    wanted["effect_size"] = factor * wanted["difference"] / pooled
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, rel=1e-9)
    assert row["p"] == pytest.approx(test.pvalue, rel=1e-6, abs=1e-300)
    assert row["effect_low"] < row["effect_size"] < row["effect_high"]
    assert row["undefined"] == ""


# --- which moments decide -------------------------------------------------------------------------


@ZEROS
def test_drivers_of_all_passengers(passengers, codes):
    found, ratings = drivers(passengers, codes), rated(passengers, codes)
    happy = passengers["happy"].to_numpy()
    answers = ratings.to_numpy()
    by_hand = np.nanmean(answers[happy], axis=0) - np.nanmean(answers[~happy], axis=0)
    assert found["difference"] == pytest.approx(by_hand, rel=1e-12)
    for name, difference in KNOWN.items() if not codes else ():
        assert found.row(touchpoint=name)["difference"] == pytest.approx(difference, abs=5e-5)
    rows = {row["touchpoint"]: row for row in found.rows()}
    for name, mean in MEANS[codes].items():
        sides = [rows[name][f"{side}_n"] for side in ("satisfied", "dissatisfied")]
        means = [rows[name][f"{side}_mean"] for side in ("satisfied", "dissatisfied")]
        assert np.average(means, weights=sides) == pytest.approx(mean, abs=5e-7)
    assert list(rows) == TOUCHPOINTS
    for name, row in rows.items():
        see_welch(row, ratings[name], happy)
    np.testing.assert_allclose(found["p_holm"], adjusted(found["p"]), rtol=1e-12)


def adjusted(p):
    """Return Holm's p: the largest of (m - k)·p among those no larger."""
    steps = np.sort(p) * np.arange(len(p), 0, -1)
    return np.minimum(1, np.maximum.accumulate(steps))[np.argsort(np.argsort(p))]


@ZEROS
def test_what_zeros_do_to_the_ranking(passengers, codes):
    """All but two who had no wifi were satisfied: as a rating of 0, that hides what wifi does."""
    found = drivers(passengers, codes)
    order = found["touchpoint"][np.argsort(found["rank"])].tolist()
    size = np.abs(found["effect_size"])
    assert order == [TOUCHPOINTS[place] for place in np.argsort(-size)]
    assert order[:2] == ["Online boarding", "Inflight entertainment"]
    assert order[-2:] == ["Departure/Arrival time convenient", "Gate location"]
    assert order.index("Inflight wifi service") == (2 if codes else 6)
    zero = passengers["Inflight wifi service"] == 0
    assert (zero.sum(), passengers["happy"][zero].sum()) == (813, 811)
    once, again = drivers(passengers, ()), drivers(passengers, (0,))
    alike = once["difference"] == again["difference"]
    assert alike.tolist() == (passengers[TOUCHPOINTS] != 0).all().tolist()
    assert once["missing"].sum() == 0
    assert again["missing"].sum() == (passengers[TOUCHPOINTS] == 0).sum().sum()


def test_drivers_by_class_and_type_of_travel(passengers):
    found, ratings = drivers(passengers, (0,), by=GROUPS), rated(passengers)
    groups = passengers.groupby(GROUPS)
    assert len(found) == 6 * 14 == groups.ngroups * len(TOUCHPOINTS)
    for labels, own in groups:
        rows = found.where(**dict(zip(GROUPS, labels, strict=True)))
        assert rows["touchpoint"].tolist() == TOUCHPOINTS
        assert sorted(rows["rank"].tolist()) == list(range(1, 15))
        assert (rows["n"] + rows["missing"] == len(own)).all()
        for row in rows.rows():
            see_welch(row, ratings.loc[own.index, row["touchpoint"]], own["happy"])
    leading = found.where(touchpoint="Online boarding")
    assert leading["rank"].tolist() == [1, 4, 2, 3, 2, 3]  # as of pandas: by |g|, in each group
    alone = drivers(passengers[passengers["Class"] == "Eco"], (0,))
    only = drivers(passengers, (0,), by="Class").where(Class="Eco")
    for name in ("n", "difference", "df", "effect_low", "rank"):
        np.testing.assert_array_equal(only[name], alone[name])


def test_every_kind_of_table_gives_the_same_drivers(passengers, data):
    wanted = drivers(passengers, (0,), by=GROUPS)
    read = pl.read_csv(data / "airline" / "airline.csv")
    frame = read.with_columns(happy=pl.col("satisfaction") == "satisfied")
    columns = frame.to_dict(as_series=False)
    for table in (frame, frame.lazy(), frame.to_arrow(), columns):
        assert drivers(table, (0,), by=GROUPS) == wanted
    with pytest.raises(ValueError, match=r"`satisfied` must be True or False.*'satisfied' \(row 1"):
        touchpoint_drivers(passengers, satisfied="satisfaction", touchpoints=TOUCHPOINTS)


# --- rules of aggregation -------------------------------------------------------------------------


def test_classes_under_every_rule(passengers):
    """Eco is ahead of Eco Plus on average, and behind by its worst moment."""
    means = rated(passengers).groupby(passengers["Class"]).mean()
    by_hand = {
        "mean": means.mean(axis=1),
        "geometric": stats.gmean(means, axis=1),
        "harmonic": stats.hmean(means, axis=1),
        "minimum": means.min(axis=1),
    }
    found = aggregation_table(means.reset_index(), journeys="Class")
    for rule, scores in by_hand.items():
        rows = found.scores.where(rule=rule)
        assert rows["journey"].tolist() == ["Business", "Eco", "Eco Plus"]
        assert rows["score"] == pytest.approx(np.array(scores), rel=1e-12)
        assert rows["rank"].tolist() == stats.rankdata(-np.array(scores)).tolist()
        assert (rows["n"] == 14).all()
    (flip,) = found.flips.rows()
    assert (flip["first"], flip["second"]) == ("Eco", "Eco Plus")
    assert (flip["first_ahead"], flip["second_ahead"]) == ("mean, geometric, harmonic", "minimum")
    frame = pl.from_pandas(means.reset_index())
    assert aggregation_table(frame, journeys="Class") == found
    journey = Journey(name="flight", touchpoints=[Touchpoint(name=name) for name in TOUCHPOINTS])
    again = aggregation_table(means.to_numpy(), touchpoints=journey, journeys=list(means.index))
    assert again == found


# --- failures -------------------------------------------------------------------------------------


def flight(passengers, **more):
    """Return the journey with the failures that were observed, counted by pandas."""
    answers = rated(passengers)
    points = [
        Touchpoint(
            name=name,
            failures=int((answers[name] <= 2).sum()),
            occasions=int(answers[name].count()),
            visit_probability=answers[name].count() / len(answers),
            **more,
        )
        for name in TOUCHPOINTS
    ]
    return Journey(name="flight", touchpoints=points)


def copula(p, correlation):
    """Return P(any failure) by quadrature over what all touchpoints share."""
    limits = stats.norm.isf(p)

    def none(z):
        shifted = (limits - np.sqrt(correlation) * z) / np.sqrt(1 - correlation)
        return stats.norm.pdf(z) * np.prod(stats.norm.cdf(shifted))

    return 1 - integrate.quad(none, -9, 9, epsabs=1e-12, limit=200)[0]


def test_failures_of_a_flight_go_together(passengers):
    """Of independent touchpoints 99.2 % would meet a failure; 86.5 % do: a correlation of .37."""
    journey = flight(passengers)
    p = journey.visit_probabilities * journey.failure_probabilities
    low = (rated(passengers) <= 2).to_numpy()
    assert p == pytest.approx(low.mean(axis=0), rel=1e-12)
    really = low.any(axis=1).mean()
    alone = journey_failure(journey, rng=1, draws=1000)
    assert alone.any_failure == pytest.approx(1 - np.prod(1 - p), rel=1e-12)
    assert alone.expected_failures == pytest.approx(low.sum(axis=1).mean(), rel=1e-12)
    assert (alone.lower, alone.upper) == (pytest.approx(p.max()), 1)
    assert alone.lower < really < alone.low < alone.any_failure < alone.high
    found = [
        journey_failure(journey, correlation=c, draws=100).any_failure for c in (0.1, 0.37, 0.9)
    ]
    assert found == pytest.approx([copula(p, c) for c in (0.1, 0.37, 0.9)], abs=1e-9)
    fitting = optimize.brentq(lambda c: copula(p, c) - really, 0, 0.9)
    assert fitting == pytest.approx(0.374, abs=5e-3)
    again = journey_failure(journey, correlation=fitting, draws=100)
    assert again.any_failure == pytest.approx(really, abs=1e-9)
    for counts, want in ((alone.counts, p.sum()), (again.counts, p.sum())):
        assert counts["probability"].sum() == pytest.approx(1, abs=1e-9)
        assert counts["probability"] @ counts["failures"] == pytest.approx(want, rel=1e-9)


# What each way takes away of the failures, and what it costs.
WAYS = {"remind": (0.1, 1), "train": (0.3, 4), "rebuild": (0.8, 13)}


def most(p, budget):
    """Return the best success probability: by dynamic programming over whole costs."""
    best = np.full(budget + 1, 1.0)  # of each sum of money
    for q in p:
        tried = [best * (1 - q)]
        for share, cost in WAYS.values():
            cheaper = np.concatenate([np.zeros(cost), best])[: budget + 1]
            tried.append(cheaper * (1 - q * (1 - share)))
        best = np.max(tried, axis=0)
    return best[-1]


def test_what_to_improve_first(passengers):
    ways = [Improvement(name=name, cost=c, reduction=r) for name, (r, c) in WAYS.items()]
    journey = flight(passengers, improvements=ways)
    p = journey.visit_probabilities * journey.failure_probabilities
    for budget in (0, 3, 20, 47, 100, 14 * 13):
        plan = improvement_plan(journey, budget=budget)
        assert plan.success_probability_before == pytest.approx(np.prod(1 - p), rel=1e-12)
        assert plan.success_probability == pytest.approx(most(p, budget), rel=1e-9)
        assert plan.cost == sum(WAYS[way][1] for _, way in plan.chosen) <= budget
        assert (plan.rules["success_probability"] <= plan.success_probability).all()
        left = p.copy()
        for name, way in plan.chosen:
            left[TOUCHPOINTS.index(name)] *= 1 - WAYS[way][0]
        assert plan.success_probability == pytest.approx(np.prod(1 - left), rel=1e-12)
    assert plan.chosen == tuple((name, "rebuild") for name in TOUCHPOINTS)
    assert plan.frontier["touchpoint"][1] == TOUCHPOINTS[np.argmax(p)] == "Inflight wifi service"


# --- the survey as an event log -------------------------------------------------------------------


def events(passengers):
    """Return one row for each answer, in the order of the form."""
    ratings = rated(passengers).to_numpy()
    row, time = np.nonzero(~np.isnan(ratings))
    low = ratings[row, time] <= 2
    columns = {"customer": passengers["id"].to_numpy()[row], "time": time}
    columns |= {"touchpoint": np.array(TOUCHPOINTS)[time], "outcome": np.where(low, "low", "high")}
    return pd.DataFrame(columns)


def test_a_survey_is_an_event_log(passengers, tmp_path):
    log, said = events(passengers), {"low": "failed", "high": "ok"}
    wanted = flight(passengers)
    found = journey_from_events(log, outcomes=said, design=wanted, name="flight")
    assert found.touchpoints == wanted.touchpoints
    assert f"{len(log):,} events of 25,976 customers, 0 rows" in found.note
    file = tmp_path / "log.parquet"
    log.to_parquet(file, row_group_size=50_000)
    frames = (log[a:b] for a, b in pairwise([0, 5, 200_000, len(log)]))
    for table in (pl.from_pandas(log), file, log.sort_values("time", kind="stable"), frames):
        assert journey_from_events(table, outcomes=said, design=wanted) == found
    by_place = journey_from_events(log, outcomes=said)  # without a design
    assert sorted(map(repr, by_place.touchpoints)) == sorted(map(repr, wanted.touchpoints))
    branches = journey_from_events(file, outcomes=said, branching=True)
    flow = journey_flow(branches)
    observed = [branches.touchpoint(name).occasions / 25_976 for name in branches.names]
    assert flow.touchpoints["visits"] == pytest.approx(observed, rel=1e-9)
    assert flow.completion == 1
    with pytest.raises(ValueError, match=r"`outcome`: 'high' is unknown \(row 1\).*`outcomes`"):
        journey_from_events(log, outcomes={"low": "failed"})
