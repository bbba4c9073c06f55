"""The scorecard: attainment by measure, by perspective, and in all."""

import math
import re
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq
from servqual.inputs import Counted, Judged, Measured
from servqual.profit_chain import PERSPECTIVES, ScorecardMeasure, scorecard

from .effort import effort
from .refusing import refused

few = effort(20)
NAN = math.nan
WEIGHTS = dict(zip(PERSPECTIVES, (0.4, 0.3, 0.2, 0.1), strict=True))


def close(wanted, rel=1e-9, least=1e-12):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def measure(code, place, actual, target=1.0, **more):
    return ScorecardMeasure(
        code=code, perspective=PERSPECTIVES[place], actual=actual, target=target, **more
    )


def full(*actuals):
    """Return one measure a perspective."""
    return [measure(f"m{place}", place, actual) for place, actual in enumerate(actuals)]


@st.composite
def cards(draw):
    """Draw measures of all perspectives, as fractions, with weights above 0."""
    found = []
    for place in range(4):
        for k in range(draw(st.integers(1, 3))):
            actual, target = (Fraction(draw(st.integers(1, 40)), 4) for _ in range(2))
            better = draw(st.sampled_from(["higher", "lower"]))
            found.append((f"{place}-{k}", place, actual, target, better, draw(st.integers(1, 4))))
    return found


def measures_of(card):
    return [
        measure(code, place, float(actual), float(target), better=better, weight=weight)
        for code, place, actual, target, better, weight in card
    ]


def exact_scores(card, cap):
    """Return attainments, scores of perspectives, and the score with WEIGHTS, by fractions."""
    attained, sums = {}, [[Fraction(0), Fraction(0)] for _ in PERSPECTIVES]
    for code, place, actual, target, better, weight in card:
        ratio = actual / target if better == "higher" else target / actual
        attained[code] = ratio if cap is None else min(ratio, Fraction(cap))
        sums[place][0] += weight * attained[code]
        sums[place][1] += weight
    scores = [total / weight for total, weight in sums]
    shares = [Fraction(4 - place, 10) for place in range(4)]
    return attained, scores, sum(w * s for w, s in zip(shares, scores, strict=True))


def test_the_perspectives_are_those_of_the_checklist():
    known = [element.code for element in sq.checklists.checklist("scorecard-perspectives").elements]
    assert list(PERSPECTIVES) == known


@few
@given(cards(), st.sampled_from([None, 1, 1.5]))
def test_scores_are_exact(card, cap):
    found = scorecard(measures_of(card), weights=WEIGHTS, cap=cap)
    attained, scores, total = exact_scores(card, cap)
    assert found.measures["measure"].tolist() == list(attained)
    assert found.measures["attainment"] == close(list(map(float, attained.values())))
    assert found.perspectives["score"] == close(list(map(float, scores)))
    assert found.score == close(float(total))
    assert found.coverage == close(1)
    lowest, highest = min(attained.values()), max(attained.values())
    assert float(lowest) - 1e-9 <= found.score <= float(highest) + 1e-9
    hidden = cap is None and highest > 1 > lowest
    assert any("may hide" in words for words in found.cautions) == hidden


@few
@given(cards(), st.randoms(use_true_random=False))
def test_the_order_of_measures_changes_nothing(card, random):
    shuffled = random.sample(card, len(card))
    one, other = (scorecard(measures_of(some), weights=WEIGHTS) for some in (card, shuffled))
    assert other.score == close(one.score)
    assert other.perspectives["score"] == close(one.perspectives["score"])


@few
@given(cards(), st.integers(1, 9))
def test_units_and_the_scale_of_weights_change_nothing(card, times):
    one = scorecard(measures_of(card), weights=WEIGHTS)
    rescaled = [
        attrs.evolve(m, actual=m.actual * times, target=m.target * times, weight=m.weight * times)
        for m in measures_of(card)
    ]
    hundred = {code: 100 * weight for code, weight in WEIGHTS.items()}
    assert scorecard(rescaled, weights=hundred).score == close(one.score)


def test_a_scorecard_by_hand():
    found = scorecard(
        [
            measure("profit", 0, 90, 100),
            measure("cost", 0, 50, 60, better="lower", weight=3),
            measure("perception", 1, 4.5, 5),
            measure("delivery", 2, 0.96, 0.96),
            measure("ideas", 3, 0, 4),
        ]
    )
    assert found.measures["attainment"].tolist() == close([0.9, 1.2, 0.9, 1, 0])
    assert found.perspectives["score"].tolist() == close([1.125, 0.9, 1, 0])
    assert found.score == close((1.125 + 0.9 + 1) / 4)
    assert found.perspectives["n"].tolist() == [2, 1, 1, 1]
    assert found.perspectives["weight"].tolist() == [0.25] * 4
    assert found.lacking == "no interval: its inputs are certain"
    assert found.undefined == ""
    assert "score 0.756; 100% of the weight is covered" in str(found)
    assert "1 attainment above 1 may hide others" in found.cautions[0]
    assert f"caution: {found.cautions[0]}" in found.perspectives.note


def test_a_cap_keeps_an_excess_from_counting():
    actuals = (3, 0.5, 0.5, 0.5)
    assert scorecard(full(*actuals)).score == close(1.125)
    capped = scorecard(full(*actuals), cap=1)
    assert capped.score == close(0.625)
    assert capped.cautions == ()
    assert scorecard(full(*actuals), cap=1.2).score == close(0.675)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"actual": None}, "the actual is not known"),
        ({"actual": NAN}, "the actual is not known"),
        ({"actual": pd.NA}, "the actual is not known"),
        ({"target": None}, "the target is not known"),
        ({"target": 0}, "the target is not above 0"),
        ({"target": -2}, "the target is not above 0"),
        ({"actual": -1}, "the actual is below 0"),
        ({"actual": 0, "better": "lower"}, "an actual of 0, where less is better, has no limit"),
    ],
)
def test_measures_without_attainment_are_left_out_and_counted(change, said):
    odd = attrs.evolve(measure("odd", 2, 5.0, 10, weight=3), **change)
    found = scorecard([*full(1, 1, 0.8, 1), odd], weights=WEIGHTS)
    row = found.measures.row(measure="odd")
    assert math.isnan(row["attainment"])
    assert said in row["undefined"]
    place = found.perspectives.row(perspective="operations")
    assert (place["n"], place["missing"], place["coverage"]) == (1, 1, 0.25)
    assert place["score"] == 0.8
    assert found.score == close(0.96)
    assert found.coverage == close(0.8 + 0.2 * 0.25)
    caution = "operations stands on 25% of its weight: 1 measure without attainment"
    assert found.cautions == (caution,)


def test_none_of_what_should_be_little_reaches_the_cap():
    none = measure("complaints", 2, 0, 10, better="lower")
    found = scorecard([*full(1, 1), none, measure("m3", 3, 1)], cap=1.2)
    assert found.measures.row(measure="complaints")["attainment"] == 1.2
    assert found.score == close(1.05)


def test_a_card_of_which_nothing_is_known_has_no_draws():
    found = scorecard(full(None, None, None, None))
    assert (found.coverage, found.lacking) == (0, "")
    assert found.undefined.startswith("nothing on finance, customer-perception, operations, ")
    assert "draws" not in str(found)
    assert set(found.measures["undefined"]) == {"the actual is not known"}


def test_a_perspective_without_a_score_leaves_none_in_all():
    found = scorecard([*full(1, 1), measure("later", 3, None)])
    assert math.isnan(found.score)
    assert "nothing on operations, innovation-and-learning; the weight 0" in found.undefined
    assert found.perspectives["undefined"].tolist()[2:] == [
        "no measure",
        "no measure with weight has an attainment",
    ]
    assert found.coverage == 0.5
    assert found.cautions == ()  # a perspective that is not there needs no other word
    assert found.lacking == ""
    weights = dict(zip(PERSPECTIVES, (75, 25, 0, 0), strict=True))
    kept = scorecard([*full(1, 0.8), measure("later", 3, None)], weights=weights)
    assert kept.score == close(0.95)
    assert kept.coverage == 1
    assert kept.cautions == ()


def test_measures_of_weight_zero_are_shown_and_do_not_count():
    beside = [*full(1, 1, 1, 1), measure("beside", 0, 9, weight=0)]
    assert scorecard(beside).score == 1
    assert scorecard(beside).cautions == ()  # its excess hides nothing
    nothing = scorecard([measure("m", 0, 1, weight=0), *full(1, 1, 1, 1)[1:]])
    assert nothing.perspectives["undefined"][0] == "all weights are 0"
    assert "nothing on finance" in nothing.undefined
    huge = [measure("a", 0, 1, weight=1e308), measure("b", 0, 2, weight=1e308)]
    assert scorecard([*huge, *full(1, 1, 1, 1)[1:]]).perspectives["score"][0] == 1.5


def test_uncertain_actuals_give_intervals():
    measures = [
        measure("retention", 0, Counted(900, 1000), 0.95),
        measure("perception", 1, Measured(0.9, 0.02)),
        measure("days", 2, Judged(2, 3, 4), 3, better="lower"),
        measure("ideas", 3, 4, 4),
    ]
    found = scorecard(measures, draws=40_000)
    rows = {row["measure"]: row for row in found.measures.rows()}
    tails = np.array([0.025, 0.975])
    wanted = {
        "retention": stats.beta.ppf(tails, 900.5, 100.5) / 0.95,
        "perception": stats.norm.ppf(tails, 0.9, 0.02),
        "days": 3 / Judged(2, 3, 4).quantile(tails[::-1]),
    }
    for code, ends in wanted.items():
        assert [rows[code]["low"], rows[code]["high"]] == pytest.approx(ends, rel=5e-3)
    assert math.isnan(rows["ideas"]["low"])
    assert rows["days"]["actual"] == 3
    assert found.score == close((0.9 / 0.95 + 0.9 + 1 + 1) / 4)
    ends = found.perspectives.row(perspective="finance")
    assert [ends["low"], ends["high"]] == pytest.approx(wanted["retention"], rel=5e-3)
    assert found.lacking == ""
    one = scorecard(full(1, Measured(0.9, 0.02), 1, 1), draws=40_000, confidence=0.9)
    half = stats.norm.ppf(0.95) * 0.02 / 4
    assert [one.low, one.high] == pytest.approx([0.975 - half, 0.975 + half], abs=2e-4)
    assert "90 % intervals" in one.perspectives.note
    assert scorecard(measures, rng=1) == scorecard(measures, rng=1)


def test_draws_of_an_actual_are_kept_from_below_zero():
    found = scorecard(full(Measured(0.1, 0.1), 1, 1, 1))
    assert found.measures["low"][0] == 0
    assert re.match(r"`m0`: 1[567]% of its draws were moved to 0", found.cautions[0])


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_actual_and_target_that_may_be_of_two_units_are_told(better):
    def said(actual, target):
        found = scorecard([measure("m", 0, actual, target, better=better), *full(1, 1)[1:]])
        assert all(f"caution: {words}" in found.perspectives.note for words in found.cautions)
        return [words for words in found.cautions if "percent" in words]

    told = ["m: attainment above 10 or below 0.1; is actual or target in percent?"]
    assert said(82, 0.9) == said(0.82, 90) == told
    assert said(Measured(82, 1), 0.9) == told
    assert said(9, 0.9) == said(0.09, 0.9) == said(0.9, 9) == []  # ten times, and no more
    assert said(0, 90) == said(None, 90) == said(90, 0) == said(-1, 90) == []
    assert said(1e300, 1e-300) == told


def test_a_score_outside_of_its_interval_is_told():
    found = scorecard(full(Judged(0.5, 1, 1), 1, 1, 1))
    assert found.score > found.high
    assert found.cautions[0].startswith("score: the estimate lies outside of its interval")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"perspective": "customers"},
            "`perspective`: 'customers' is unknown; there are 'finance'",
        ),
        ({"better": "more"}, "`better` must be one of 'higher', 'lower', got 'more'"),
        ({"weight": -1}, "`weight` must be 0 or more, got -1"),
        ({"weight": NAN}, "`weight` must be a finite number"),
        ({"actual": "90"}, "TypeError: `actual` must be a number"),
        ({"actual": math.inf}, "`actual` must be a finite number"),
        ({"target": "much"}, "TypeError: `target` must be a number"),
        ({"target": Measured(1, 1)}, "TypeError: `target` must be a number"),
        ({"code": " "}, "`code` must not be blank"),
        ({"name": None}, "TypeError: `name` must be str"),
    ],
)
def test_wrong_measures_are_refused(change, said):
    refused(lambda: attrs.evolve(measure("m", 0, 1), **change), said)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: scorecard([]), "`measures` must hold at least one ScorecardMeasure, got none"),
        (lambda: scorecard(3), "TypeError: `measures` must be Iterable"),
        (lambda: scorecard([0.9]), "TypeError: `measures` must be ScorecardMeasure"),
        (lambda: scorecard([*full(1), *full(2)]), "`codes of measures` must be different.* 'm0'"),
        (lambda: scorecard(full(1), weights={"finance": 1}), "has no weight for 'customer-"),
        (
            lambda: scorecard(full(1), weights={**WEIGHTS, "finance": 0.5}),
            "must be 0 or more and sum to 1 or to 100, got .*with sum 1.1",
        ),
        (lambda: scorecard(full(1), weights={"money": 1}), "'money' is unknown"),
        (lambda: scorecard(full(1), weights=[0.25] * 4), "TypeError: `weights` must be Mapping"),
        (lambda: scorecard(full(1), cap=0.9), "`cap` must be at least 1, got 0.9"),
        (lambda: scorecard(full(1), cap=NAN), "`cap` must be a finite number"),
        (lambda: scorecard(full(1), confidence=95), "`confidence`"),
    ],
)
def test_wrong_scorecards_are_refused(call, said):
    refused(call, said)
