"""Gap scores: published and worked values, the design's formulas, and what is undefined."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq

from . import reference
from .effort import effort
from .strategies import cases, form

NUMBERS = ["gap", "sd", "se", "low", "high", "t", "p", "effect_size"]
CONTRACT = [
    "n",
    "expectation",
    "expectation_sd",
    "perception",
    "perception_sd",
    *NUMBERS,
    "undefined",
]  # design §4
ROUNDING = dict.fromkeys(["expectation_sd", "perception_sd", "sd", "se"], 1e-7)  # roots of sums
TESTED = ["low", "high", "t", "p", "effect_size"]  # what has no meaning without spread
NAN = math.nan
many = effort(40)


def scored(expectations, perceptions, *, sizes=None, low=1, high=7, survey=None, **asked):
    """Score answers on a plain form."""
    k = np.asarray(perceptions).shape[1]
    answers = sq.survey_from_arrays(
        form(sizes or [k], low, high),
        expectations=expectations,
        perceptions=perceptions,
        **survey or {},
    )
    return sq.gap_scores(answers, **asked)


def same_row(got, want):
    """Compare a row with the reference; a value that is 0 up to roots of rounding counts as 0."""
    for column, value in want.items():
        if column == "defined":
            assert (got["undefined"] == "") == value, (got, want)
        else:
            near = pytest.approx(value, rel=1e-8, abs=ROUNDING.get(column, 1e-9), nan_ok=True)
            assert got[column] == near, (column, got, want)


def same_tables(scores, want, **labels):
    """Compare the tables of a group with the reference."""
    for level in ("dimensions", "items"):
        table = getattr(scores, level).where(**labels) if labels else getattr(scores, level)
        assert len(table) == len(want[level])
        for got, row in zip(table.rows(), want[level], strict=True):
            same_row(got, row)
    overall = scores.overall.where(**labels) if labels else scores.overall
    assert overall["score"].tolist() == list(want["overall"])
    for score, row in want["overall"].items():
        same_row(overall.row(score=score), row)


# --- worked values --------------------------------------------------------------------------------

# theory A1 [PUB 12manage]: tangibles, reliability, responsiveness, assurance, empathy
PUBLISHED = {
    "tangibles": -0.65,
    "reliability": -1.10,
    "responsiveness": -0.83,
    "assurance": -0.70,
    "empathy": -1.01,
}
# theory A2: mean allocations of Parasuraman, Berry & Zeithaml (1991) [MEM]
POINTS = {
    "tangibles": 11,
    "reliability": 32,
    "responsiveness": 22,
    "assurance": 19,
    "empathy": 16,
}


@pytest.fixture
def published():
    """A hundred respondents made so that the dimension gaps are those of 12manage.

    Everybody expects 6. Whole points are taken off all items of a dimension, of so many of the 100
    respondents that they sum to 100 times the published gap.
    """
    instrument = sq.instrument("servqual")
    perceptions = np.full((100, 22), 6)
    for code in instrument.dimension_codes:
        places = instrument.places(code)
        points = round(-100 * PUBLISHED[code])
        perceptions[:, places] -= points // 100
        perceptions[: points % 100, places] -= 1
    return sq.survey_from_arrays(
        instrument, expectations=np.full((100, 22), 6), perceptions=perceptions
    )


def test_a1_the_unweighted_score_is_the_mean_of_the_five_dimensions(published):
    scores = sq.gap_scores(published)
    gaps = dict(zip(scores.dimensions["dimension"], scores.dimensions["gap"], strict=True))
    assert gaps == pytest.approx(PUBLISHED, abs=1e-12)
    assert sum(gaps.values()) == pytest.approx(-4.29, abs=1e-12)
    assert scores.overall.row(score="dimensions")["gap"] == pytest.approx(-0.858, abs=1e-12)
    # the mean of the 22 items is another number: sizes 4 5 4 4 5
    items = (4 * (-0.65 - 0.83 - 0.70) + 5 * (-1.10 - 1.01)) / 22
    assert scores.overall.row(score="items")["gap"] == pytest.approx(items, abs=1e-12)


@pytest.mark.parametrize("total", [1, 100])
def test_a2_weighted_score_of_the_published_gaps(published, total):
    weights = {code: points / 100 * total for code, points in POINTS.items()}
    scores = sq.gap_scores(published, dimension_weights=weights)
    assert scores.overall["score"].tolist() == ["dimensions", "items", "weighted"]
    # theory A2 [R]: -0.9007
    assert scores.overall.row(score="weighted")["gap"] == pytest.approx(-0.9007, abs=1e-12)


def test_a2_weights_by_code_not_by_order(published):
    backwards = dict(reversed(POINTS.items()))
    assert sq.gap_scores(published, dimension_weights=backwards) == sq.gap_scores(
        published, dimension_weights=POINTS
    )


def test_a2_aggregate_of_three_respondents():
    # theory A2 [R]: gaps by respondent and dimension, and their points; aggregate -.72778
    gaps = np.array([[-1, -2, 0, 0, -1], [0, -1, -1, -0.5, 0], [-0.5, 0.5, -1, -1, -2]])
    points = np.array([[10, 40, 20, 20, 10], [20] * 5, [5, 35, 30, 10, 20]])
    weights = dict(zip("ABCDE", points.mean(axis=0), strict=True))
    scores = scored(np.full((3, 5), 4), 4 + gaps, sizes=[1] * 5, dimension_weights=weights)
    weighted = scores.overall.row(score="weighted")["gap"]
    assert weighted == pytest.approx(-0.72778, abs=5e-6)
    # identity: mean(SQ) = aggregate + Σ cov of weights and gaps; mean(SQ) = -.71667
    covariance = sum(np.cov(points[:, d] / 100, gaps[:, d], ddof=0)[0, 1] for d in range(5))
    assert covariance == pytest.approx(0.01111, abs=5e-6)
    assert weighted + covariance == pytest.approx(-0.71667, abs=5e-6)


# R's data set `sleep`: extra hours of sleep of ten patients under two drugs
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def sleep(**asked):
    return scored(np.c_[SLEEP_2], np.c_[SLEEP_1], low=-5, high=10, **asked)


@pytest.mark.parametrize("table", ["items", "dimensions", "overall"])
def test_a1_sleep_as_a_survey_of_one_item(table):
    # theory A1 [R]: t.test(extra ~ group, paired), d_z; with one item every level is that item
    for row in getattr(sleep(), table).rows():
        assert row["n"] == 10
        assert row["gap"] == pytest.approx(-1.58, abs=1e-12)
        assert row["t"] == pytest.approx(-4.0621277, abs=5e-8)
        assert row["p"] == pytest.approx(0.00283289, abs=5e-9)
        assert row["low"] == pytest.approx(-2.45988576, abs=5e-9)
        assert row["high"] == pytest.approx(-0.70011424, abs=5e-9)
        assert row["effect_size"] == pytest.approx(-1.2845576, abs=5e-8)
        assert row["undefined"] == ""


def test_sleep_unpaired_is_welchs_test_of_r():
    # R: t.test(extra ~ group, data = sleep): t = -1.8608, df = 17.776, p-value = 0.07939,
    # 95 percent confidence interval -3.3654832 0.2054832 (its help page)
    row = sleep(paired=False).items.row(item="i1")
    assert row["t"] == pytest.approx(-1.8608, abs=5e-5)
    assert row["p"] == pytest.approx(0.07939, abs=5e-6)
    assert [row["low"], row["high"]] == pytest.approx([-3.3654832, 0.2054832], abs=5e-8)
    assert (row["n"], row["expectation_n"], row["perception_n"]) == (20, 10, 10)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_scipy_agrees_on_complete_answers(confidence):
    rng = np.random.default_rng(1)
    E, P = rng.integers(4, 8, (40, 7)), rng.integers(1, 8, (40, 7))
    scores = scored(E, P, sizes=[4, 2, 1], confidence=confidence)
    cut = [slice(0, 4), slice(4, 6), slice(6, 7)]
    columns = {
        "items": (E, P),
        "dimensions": [np.stack([s[:, c].mean(axis=1) for c in cut], axis=1) for s in (E, P)],
    }
    by_person = {
        "items": [E.mean(axis=1), P.mean(axis=1)],
        "dimensions": [s.mean(axis=1) for s in columns["dimensions"]],
    }
    columns["overall"] = [
        np.stack([by_person[level][side] for level in ("dimensions", "items")], axis=1)
        for side in (0, 1)
    ]
    for level, (e, p) in columns.items():
        table, found = getattr(scores, level), stats.ttest_rel(p, e)
        interval = found.confidence_interval(confidence)
        np.testing.assert_allclose(table["t"], found.statistic, rtol=1e-10)
        np.testing.assert_allclose(table["p"], found.pvalue, rtol=1e-9)
        np.testing.assert_allclose(table["low"], interval.low, rtol=1e-10)
        np.testing.assert_allclose(table["high"], interval.high, rtol=1e-10)
        np.testing.assert_allclose(table["sd"], (p - e).std(axis=0, ddof=1), rtol=1e-10)
        np.testing.assert_allclose(table["expectation_sd"], e.std(axis=0, ddof=1), rtol=1e-10)
        np.testing.assert_allclose(table["perception_sd"], p.std(axis=0, ddof=1), rtol=1e-10)


def test_scipy_agrees_on_different_people():
    rng = np.random.default_rng(2)
    E, P = rng.integers(4, 8, (25, 3)).astype(float), rng.integers(1, 8, (60, 3)).astype(float)
    expectations = np.vstack([E, np.full((60, 3), NAN)])  # nobody answers both sides
    perceptions = np.vstack([np.full((25, 3), NAN), P])
    scores = scored(expectations, perceptions, paired=False)
    for table, e, p in (
        (scores.items, E, P),
        (scores.dimensions, E.mean(axis=1), P.mean(axis=1)),
        (scores.overall, E.mean(axis=1), P.mean(axis=1)),
    ):
        found = stats.ttest_ind(p, e, equal_var=False)
        interval = found.confidence_interval(0.95)
        np.testing.assert_allclose(table["t"], found.statistic, rtol=1e-10)
        np.testing.assert_allclose(table["p"], found.pvalue, rtol=1e-9)
        np.testing.assert_allclose(table["low"], interval.low, rtol=1e-10)
        np.testing.assert_allclose(table["high"], interval.high, rtol=1e-10)
        pooled = np.sqrt((24 * e.var(axis=0, ddof=1) + 59 * p.var(axis=0, ddof=1)) / (25 + 60 - 2))
        np.testing.assert_allclose(table["sd"], pooled, rtol=1e-10)
        np.testing.assert_allclose(
            table["effect_size"], (p.mean(axis=0) - e.mean(axis=0)) / pooled, rtol=1e-10
        )
        assert set(table["expectation_n"].tolist()) == {25}
        assert set(table["perception_n"].tolist()) == {60}
    paired = scored(expectations, perceptions)
    assert set(paired.items["n"].tolist()) == {0}
    assert all(paired.items["undefined"])


# --- the design's formulas, on small surveys of every kind ----------------------------------------


@given(case=cases(), paired=st.booleans(), confidence=st.sampled_from([0.5, 0.95, 0.99]))
@many
def test_the_slow_reference_agrees(case, paired, confidence):
    points = [3, 1, 0][: len(case.sizes)]
    points = [100 * x / sum(points) for x in points]
    weights = dict(zip(case.instrument.dimension_codes, points, strict=True))
    asked = {"dimension_weights": weights, "paired": paired, "confidence": confidence}
    want = reference.gap_scores(
        case.turned("expectations"),
        case.turned("perceptions"),
        case.sizes,
        width=case.instrument.scale.width,
        weights=case.weights,
        min_answered=case.min_answered,
        **asked | {"dimension_weights": points},
    )
    same_tables(sq.gap_scores(case.survey, **asked), want)
    same_tables(sq.gap_scores(sq.moments(case.survey), **asked), want)


@given(case=cases(groups=True, least=2, most=12), paired=st.booleans())
@many
def test_a_group_is_scored_as_a_survey_of_its_own(case, paired):
    survey = case.survey
    branches = np.array(case.by["branch"])
    scores = sq.gap_scores(survey, by="branch", paired=paired)
    assert scores.respondents["branch"].tolist() == sorted(set(branches))
    for branch in set(branches):
        part = case.take(np.flatnonzero(branches == branch))
        want = reference.gap_scores(
            part.turned("expectations"),
            part.turned("perceptions"),
            case.sizes,
            width=case.instrument.scale.width,
            weights=part.weights,
            min_answered=case.min_answered,
            paired=paired,
        )
        same_tables(scores, want, branch=branch)


@given(case=cases())
@many
def test_a_gap_is_perception_minus_expectation_in_every_row(case):
    weights = {code: 1 / len(case.sizes) for code in case.instrument.dimension_codes}
    for paired in (True, False):
        scores = sq.gap_scores(case.survey, dimension_weights=weights, paired=paired)
        for table in (scores.items, scores.dimensions, scores.overall):
            np.testing.assert_allclose(
                table["gap"], table["perception"] - table["expectation"], atol=1e-9
            )
        equal, own = (scores.overall.row(score=s) for s in ("weighted", "dimensions"))
        assert equal["undefined"] == own["undefined"]
        for column in NUMBERS:
            near = ROUNDING.get(column, 1e-9)
            assert equal[column] == pytest.approx(own[column], rel=1e-8, abs=near, nan_ok=True)


@given(case=cases())
@many
def test_intervals_stay_inside_the_width_of_the_scale(case):
    width = case.instrument.scale.width
    scores = sq.gap_scores(case.survey, confidence=0.999)
    for table in (scores.items, scores.dimensions, scores.overall):
        for row in table.rows():
            if not row["undefined"]:
                assert -width <= row["low"] <= row["gap"] <= row["high"] <= width


def test_an_interval_is_cut_at_the_width_and_not_before():
    scores = scored([[7], [7], [1]], [[1], [2], [7]])  # gaps -6, -5, 6
    row = scores.items.row(item="i1")
    assert (row["low"], row["high"]) == (-6, 6)
    half = stats.t.ppf(0.9, 2) * row["se"]
    row = scored([[7], [7], [1]], [[1], [2], [7]], confidence=0.8).items.row(item="i1")
    assert row["low"] == -6
    assert row["high"] == pytest.approx(row["gap"] + half, rel=1e-12)


# --- the paired rule and the rows, counted by hand ------------------------------------------------


def test_items_count_where_both_sides_are_answered():
    E = [[7, 6], [NAN, 5], [7, 5], [6, NAN]]
    P = [[5, 6], [1, 4], [NAN, 2], [6, 1]]
    scores = scored(E, P)
    first = scores.items.row(item="i1")
    assert (first["n"], first["expectation"], first["perception"]) == (2, 6.5, 5.5)
    assert (first["gap"], first["sd"], first["se"]) == (-1, pytest.approx(2**0.5), 1)
    assert scores.items.row(item="i2")["n"] == 3
    # gaps by respondent (-2, 0), (., -1), (., -3), (0, .): scores -1 -1 -3 0, of one pair or more
    row = scores.dimensions.row(dimension="A")
    assert (row["n"], row["gap"]) == (4, -1.25)
    assert row["expectation"] == np.mean([6.5, 5, 5, 6])
    assert row["perception"] == np.mean([5.5, 4, 2, 6])


@pytest.mark.parametrize(
    ("min_answered", "n"), [(0, 3), (0.1, 3), (0.25, 3), (0.26, 2), (0.5, 2), (0.51, 1), (1, 1)]
)
def test_min_answered_is_a_share_rounded_up(min_answered, n):
    E = np.full((4, 4), 6.0)
    P = np.full((4, 4), 5.0)
    for i, holes in enumerate([0, 2, 3, 4]):
        (E if i % 2 else P)[i, :holes] = NAN
    scores = scored(E, P, survey={"min_answered": min_answered})
    assert scores.dimensions["n"].tolist() == [n]
    assert scores.items["n"].tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize(("min_answered", "fewest"), [(0.7, 7), (0.3, 3), (0.1, 1), (0.55, 6)])
def test_min_answered_is_the_share_as_written(min_answered, fewest):
    """In floats 0.7 × 10 and 0.1 × 30 / 3 must not ask for one item more."""
    P = np.where(np.arange(10) < np.arange(1, 11)[:, None], 5.0, NAN)  # 1, 2 … 10 answers
    scores = scored(np.full((10, 10), 6.0), P, survey={"min_answered": min_answered})
    assert scores.dimensions["n"].tolist() == [11 - fewest]


def test_overall_rows_stand_on_each_parts_own_respondents():
    # dimension A of three respondents: gaps -1 -2 -3; B of two of them: gaps 0 and -2
    E = [[6, 6], [6, 6], [6, NAN]]
    P = [[5, 6], [4, 4], [3, 1]]
    row = scored(E, P, sizes=[1, 1]).overall.row(score="dimensions")
    assert (row["n"], row["gap"]) == (2, -1.5)
    # C_AA = 2, C_BB = 2, C_AB = 1·1 + 0·(-1) = 1; se² = 2/1 · 1/4 · (2/9 + 2/4 + 2·1/6)
    assert row["se"] == pytest.approx(math.sqrt(2 / 4 * (2 / 9 + 2 / 4 + 2 / 6)), rel=1e-12)
    assert row["t"] == pytest.approx(-1.5 / row["se"], rel=1e-12)
    assert row["p"] == pytest.approx(2 * stats.t.sf(1.5 / row["se"], 1), rel=1e-9)


def test_overall_se_is_its_own_formula_where_the_spread_cancels():
    """Gaps G_A/√9 and G_B/√4 cancel respondent by respondent, G_A/9 and G_B/4 do not."""
    A = np.array([3.0, -3, 0, 0, 0, 0, 0, 0, 0])
    B = np.array([-2.0, 2, 0, 0, NAN, NAN, NAN, NAN, NAN])
    row = scored(np.zeros((9, 2)), np.c_[A, B], sizes=[1, 1], low=-5, high=5).overall.row(
        score="dimensions"
    )
    # Σ_i (A_i/9 + B_i/4)² = 2/36; se² = 4/3 · 1/4 · 2/36
    assert row["se"] == pytest.approx(math.sqrt(1 / 54), rel=1e-12)
    # pairwise, sd² = (18/8 + 8/3 - 2·4)/4 < 0, which is no variance: se·√n₀ instead
    assert row["sd"] == pytest.approx(2 * math.sqrt(1 / 54), rel=1e-12)
    assert row["n"] == 4
    assert row["t"] == 0


def test_a_dimension_of_weight_zero_may_be_empty():
    E = [[6, NAN], [6, NAN], [6, NAN]]
    P = [[5, 6], [4, 4], [3, 1]]
    scores = scored(E, P, sizes=[1, 1], dimension_weights={"A": 1, "B": 0})
    row = scores.overall.row(score="weighted")
    own = scores.dimensions.row(dimension="A")
    assert row["undefined"] == ""
    for column in ("n", *NUMBERS):
        assert row[column] == pytest.approx(own[column], rel=1e-12)
    assert scores.overall.row(score="dimensions")["undefined"]


def test_weighted_se_by_hand():
    # gaps -2, 0, 1 with weights 1, 2, 1: mean -1/4; Σw(x-x̄)² = 3.0625 + .125 + 1.5625 = 4.75;
    # Σw²(x-x̄)² = 3.0625 + .25 + 1.5625 = 4.875
    row = scored([[4]] * 3, [[2], [4], [5]], survey={"weights": [1, 2, 1]}).items.row(item="i1")
    assert row["gap"] == -0.25
    assert row["sd"] == pytest.approx(math.sqrt(3 / 2 * 4.75 / 4), rel=1e-14)
    assert row["se"] == pytest.approx(math.sqrt(3 / 2 * 4.875 / 16), rel=1e-14)
    assert row["p"] == pytest.approx(2 * stats.t.sf(0.25 / row["se"], 2), rel=1e-12)


def test_weightless_and_empty_respondents_are_counted_apart():
    E = [[6], [6], [7], [NAN], [NAN]]
    P = [[5], [3], [1], [NAN], [NAN]]
    scores = scored(E, P, survey={"weights": [1, 3, 0, 1, 0]})
    (row,) = scores.respondents.rows()
    assert row == {"n": 2, "empty": 1, "weightless": 2, "n_effective": 16 / 10}
    assert scores.items["n"].tolist() == [2]
    assert scores.items["gap"].tolist() == [pytest.approx((-1 - 9) / 4)]


def test_reverse_keyed_items_are_turned_on_both_sides():
    raw = {"expectations": [[7, 1], [6, 2]], "perceptions": [[5, 2], [6, 4]]}
    scores = sq.gap_scores(sq.survey_from_arrays(form([2], reverse={1}), **raw))
    assert scores.items["gap"].tolist() == [-1, -1.5]
    assert scores.items["expectation"].tolist() == [6.5, 6.5]


# --- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [(), ("branch",), ("branch", "year"), ("year",)])
def test_tables_have_the_columns_of_the_contract(by):
    survey = {"by": {"branch": list("NSNS"), "year": [1, 1, 2, 2]}}
    scores = scored(np.full((4, 3), 6), np.full((4, 3), 5), sizes=[2, 1], survey=survey, by=by)
    keys = {
        "dimensions": ["dimension"],
        "items": ["dimension", "item"],
        "overall": ["score"],
    }
    for level, names in keys.items():
        table = getattr(scores, level)
        assert list(table.keys) == [*by, *names]
        assert list(table.columns) == [*by, *names, *CONTRACT]
        assert len(set(zip(*(table[key].tolist() for key in table.keys), strict=True))) == len(
            table
        )
    assert list(scores.respondents.keys) == list(by)


def test_unpaired_tables_say_the_n_of_each_side():
    scores = scored(np.full((4, 3), 6), np.full((4, 3), 5), paired=False)
    want = ["n", "expectation_n", "perception_n", *CONTRACT[1:]]
    for table in (scores.dimensions, scores.items, scores.overall):
        assert [c for c in table.columns if c not in table.keys] == want


def test_notes_name_interval_and_test():
    paired, unpaired = sleep(confidence=0.9), sleep(paired=False)
    assert "90 %" in paired.items.note
    assert "paired" in paired.items.note
    assert "Welch" in unpaired.items.note


def test_items_and_dimensions_stand_in_the_order_of_the_form():
    scores = sq.gap_scores(sq.simulate_survey(sq.instrument("servqual"), 20, rng=1))
    form_ = sq.instrument("servqual")
    assert scores.items["item"].tolist() == list(form_.item_codes)
    assert scores.dimensions["dimension"].tolist() == list(form_.dimension_codes)
    owners = [d.code for d in form_.dimensions for _ in d.items]
    assert scores.items["dimension"].tolist() == owners


def test_results_are_values():
    first, second = sleep(), sleep()
    assert first == second
    assert first != sleep(confidence=0.9)
    with pytest.raises(ValueError, match="read-only"):
        first.items["gap"][0] = 0


def test_str_and_html_show_every_table():
    scores = sleep()
    for shown in (str(scores), scores._repr_html_()):
        for table in (scores.dimensions, scores.items, scores.overall):
            assert table.title in shown


def test_standard_form():
    table = sleep().standard_form("items")
    row = table.row(item="i1")
    # sleep in R: means 2.33 and 0.75, sds 2.002249 and 1.789010
    assert row == {
        "dimension": "A",
        "item": "i1",
        "n": 10,
        "expectation": "2.33 ± 2.00",
        "perception": "0.75 ± 1.79",
        "gap": "-1.58",
        "interval": "[-2.46, -0.70]",
        "t": "-4.06",
        "p": "0.003",
        "effect_size": "-1.28",
        "undefined": "",
    }
    assert sleep().standard_form("items", digits=4).row(item="i1")["gap"] == "-1.5800"
    assert sleep().standard_form().keys == ("dimension",)
    assert len(sleep().standard_form("overall")) == 2


def test_standard_form_of_an_unknown_level():
    with pytest.raises(ValueError, match="`level` must be one of"):
        sleep().standard_form("respondents")


# --- undefined is a result ------------------------------------------------------------------------


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("weights", [None, [2.5]])
def test_one_respondent_has_means_and_no_more(paired, weights):
    scores = scored(
        [[7, 6, 5]], [[5, 6, 1]], sizes=[2, 1], paired=paired, survey={"weights": weights}
    )
    assert scores.items["gap"].tolist() == [-2, 0, -4]
    assert scores.dimensions["gap"].tolist() == [-1, -4]
    assert scores.dimensions["expectation"].tolist() == [6.5, 5]
    assert scores.overall.row(score="dimensions")["gap"] == -2.5
    for table in (scores.items, scores.dimensions, scores.overall):
        reason = "one respondent" if paired else "one respondent on a side"
        assert set(table["undefined"].tolist()) == {reason}
        for column in ["expectation_sd", "perception_sd", "sd", "se", *TESTED]:
            assert np.isnan(table[column]).all(), column


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.3]])
@pytest.mark.parametrize("paired", [True, False])
def test_constant_gaps_have_no_test(paired, weights):
    scores = scored([[7, 7]] * 3, [[5, 4]] * 3, paired=paired, survey={"weights": weights})
    for table in (scores.items, scores.dimensions, scores.overall):
        assert all("no variation" in reason for reason in table["undefined"].tolist())
        assert table["sd"].tolist() == [0] * len(table)
        assert table["se"].tolist() == [0] * len(table)
        for column in TESTED:
            assert np.isnan(table[column]).all(), column
    assert scores.dimensions["gap"].tolist() == [pytest.approx(-2.5, rel=1e-14)]


@pytest.mark.parametrize("size", [1e-6, 0.1, 1, 1000])
@pytest.mark.parametrize("points", [0, -1, -2.5])
def test_constant_gaps_with_weights_that_round(size, points):
    """Whatever the weights, an equal gap of all has no spread, and an undefined row no test."""
    rng = np.random.default_rng(3)
    E = rng.integers(4, 8, (20, 6)).astype(float)
    weights = size * rng.choice([0.1, 0.3, 0.7, 1.1], 20)
    scores = scored(E, E + points, low=0, sizes=[1, 3, 2], survey={"weights": weights})
    for table in (scores.items, scores.dimensions, scores.overall):
        assert all("no variation" in reason for reason in table["undefined"].tolist())
        assert table["sd"].tolist() == [0] * len(table)
        assert table["se"].tolist() == [0] * len(table)
        for column in TESTED:
            assert np.isnan(table[column]).all(), column


@pytest.mark.parametrize("weighted", [False, True])
def test_item_gaps_that_cancel_in_everybody_have_no_test(weighted):
    """Every respondent's dimension gap is 0, though no item's is: no p may come out of rounding."""
    for seed in range(100):
        rng = np.random.default_rng(seed)
        n = rng.integers(2, 9)
        half = rng.integers(-3, 4, (n, 2))
        weights = {"weights": rng.choice([0.1, 0.3, 0.7, 1.1, 1.7], n)} if weighted else {}
        E = np.full((n, 4), 5)
        scores = scored(E, E + np.c_[half, -half], low=1, high=9, survey=weights)
        for row in (*scores.dimensions.rows(), *scores.overall.rows()):
            assert "no variation" in row["undefined"], (seed, row)
            assert (row["sd"], row["se"]) == (0, 0), (seed, row)
            assert np.isnan([row[column] for column in TESTED]).all(), (seed, row)


@given(case=cases())
@many
def test_a_row_is_either_undefined_or_has_every_number(case):
    for paired in (True, False):
        scores = sq.gap_scores(case.survey, paired=paired)
        for table in (scores.items, scores.dimensions, scores.overall):
            for row in table.rows():
                found = [math.isfinite(row[column]) for column in TESTED]
                assert found == [not row["undefined"]] * len(TESTED), row


@pytest.mark.parametrize("n", [2, 3, 50, 5000])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [False, True])
def test_constant_gaps_of_a_slider_have_no_test(n, weighted, holes):
    """P = E + 0.1 on a slider: the gap does not vary, though no answer is exact in binary."""
    rng = np.random.default_rng(3)
    E = rng.uniform(1, 6, (n, 3))
    if holes:
        E[: n // 2, 0] = NAN
    weights = {"weights": rng.uniform(0.5, 2, n)} if weighted else {}
    scores = scored(E, E + 0.1, survey=weights)
    for table in (scores.items, scores.dimensions, scores.overall):
        reasons = ["one respondent" if row["n"] == 1 else "no variation" for row in table.rows()]
        for reason, row in zip(reasons, table.rows(), strict=True):
            assert row["undefined"].startswith(reason), row
            assert np.isnan(row["t"])


@pytest.mark.parametrize("side", ["expectations", "perceptions"])
@pytest.mark.parametrize("paired", [True, False])
def test_a_whole_side_missing(side, paired):
    answers = {"expectations": np.full((3, 2), 6.0), "perceptions": np.full((3, 2), 5.0)}
    answers[side] = np.full((3, 2), NAN)
    scores = scored(answers["expectations"], answers["perceptions"], paired=paired)
    for table in (scores.items, scores.dimensions, scores.overall):
        assert all(table["undefined"].tolist())
        for column in NUMBERS:
            assert np.isnan(table[column]).all(), column
        if paired:
            assert not table["n"].any()
            assert np.isnan(table["expectation"]).all()
            assert np.isnan(table["perception"]).all()
        else:  # the other side stands on its own answers
            other = "expectation" if side == "perceptions" else "perception"
            assert table[other].tolist() == [6.0 if side == "perceptions" else 5.0] * len(table)


def test_nobody_answered_anything():
    nothing = np.full((3, 2), NAN)
    for paired in (True, False):
        scores = scored(nothing, nothing, paired=paired)
        assert scores.respondents.row()["empty"] == 3
        for table in (scores.items, scores.dimensions, scores.overall):
            assert all(table["undefined"].tolist())
            for column in ["expectation", "perception", *NUMBERS]:
                assert np.isnan(table[column]).all(), column


def test_all_weights_zero():
    scores = scored([[6], [7]], [[5], [5]], survey={"weights": [0, 0]})
    row = scores.items.row(item="i1")
    assert row["n"] == 0
    assert row["undefined"]
    assert np.isnan(row["gap"])


def test_one_item_that_nobody_answered_undoes_only_its_own_rows():
    E = np.array([[6, NAN], [7, NAN], [7, NAN]])
    P = np.array([[5.0, 4], [3, 4], [7, 1]])
    scores = scored(E, P, survey={"min_answered": 0.5})
    assert scores.items["undefined"].tolist()[0] == ""
    assert scores.items["undefined"].tolist()[1] != ""
    assert scores.dimensions["undefined"].tolist() == [""]
    assert scores.overall.row(score="dimensions")["undefined"] == ""
    items = scores.overall.row(score="items")
    assert items["undefined"]
    assert np.isnan(items["gap"])


def test_groups_of_one_and_groups_that_are_empty():
    survey = {"by": {"branch": ["N", "N", "S", "W", "W"]}}
    E = [[6], [7], [6], [NAN], [NAN]]
    P = [[5], [4], [1], [NAN], [NAN]]
    scores = scored(E, P, survey=survey, by="branch")
    assert scores.respondents["n"].tolist() == [2, 1, 0]
    assert scores.respondents["empty"].tolist() == [0, 0, 2]
    for table in (scores.items, scores.dimensions, scores.overall):
        assert table.where(branch="N")["undefined"].tolist() == [""] * len(table.where(branch="N"))
        assert set(table.where(branch="S")["undefined"].tolist()) == {"one respondent"}
        assert set(table.where(branch="S")["gap"].tolist()) == {-5}
        assert all(table.where(branch="W")["undefined"].tolist())
        assert np.isnan(table.where(branch="W")["gap"]).all()


def test_a_group_absent_on_one_side_counts_as_empty():
    survey = {"by": {"who": ["public", "public", "customer", "customer"]}}
    E = [[6], [7], [NAN], [NAN]]
    P = [[NAN], [NAN], [4], [5]]
    scores = scored(E, P, survey=survey, by="who", paired=False)
    assert all(scores.items["undefined"].tolist())
    assert scores.items.row(who="public")["expectation"] == 6.5
    assert scores.items.row(who="customer")["perception"] == 4.5
    assert scored(E, P, survey=survey, paired=False).items.row(item="i1")["gap"] == -2


# --- what is asked, and asked wrongly -------------------------------------------------------------


@pytest.fixture
def grouped():
    by = {"branch": list("NSNSNS"), "year": [1, 1, 2, 2, 2, 1]}
    answers = {
        "expectations": [[7, 6]] * 6,
        "perceptions": [[5, 4], [3, 3], [6, 1], [5, 5], [2, 7], [1, 1]],
    }
    return sq.survey_from_arrays(form([1, 1]), by=by, **answers)


def test_by_is_any_subset_of_what_is_declared(grouped):
    kept = sq.moments(grouped)
    for by in (None, (), "branch", "year", ("branch", "year"), ("year", "branch")):
        assert sq.gap_scores(kept, by=by) == sq.gap_scores(grouped, by=by)
    both = sq.gap_scores(grouped, by=["branch", "year"])
    assert len(both.dimensions) == 4 * 2
    swapped = sq.gap_scores(grouped, by=["year", "branch"])
    for row in both.items.rows():
        other = swapped.items.row(year=row["year"], branch=row["branch"], item=row["item"])
        assert other.pop("undefined") == row.pop("undefined")
        for column in CONTRACT[:-1]:
            assert other[column] == pytest.approx(row[column], rel=1e-15, nan_ok=True)
    assert len(sq.gap_scores(grouped).dimensions) == 2


@pytest.mark.parametrize("as_moments", [False, True])
def test_by_that_was_not_declared(grouped, as_moments):
    answers = sq.moments(grouped) if as_moments else grouped
    with pytest.raises(ValueError, match=r"(?s)`by`.*'brnch'.*'branch'"):
        sq.gap_scores(answers, by="brnch")


def test_without_expectations_there_is_no_gap():
    survey = sq.survey_from_arrays(form([2]), perceptions=[[5, 6]])
    for answers in (survey, sq.moments(survey)):
        with pytest.raises(ValueError, match=r"`answers`.*expectations.*got perceptions"):
            sq.gap_scores(answers)


@pytest.mark.parametrize("answers", [None, [[1, 2]], np.ones((2, 2)), "survey"])
def test_answers_of_another_kind(answers):
    with pytest.raises(TypeError, match=r"`answers` must be .*Survey or Moments, got"):
        sq.gap_scores(answers)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, NAN, math.inf])
def test_confidence_out_of_range(confidence):
    with pytest.raises(ValueError, match="`confidence`"):
        sleep(confidence=confidence)


@pytest.mark.parametrize("confidence", ["0.95", None, True])
def test_confidence_of_another_kind(confidence):
    with pytest.raises(TypeError, match="`confidence`"):
        sleep(confidence=confidence)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"A": 0.5, "B": 0.4}, "sum to 1 or to 100"),
        ({"A": 50, "B": 51}, "sum to 1 or to 100"),
        ({"A": 1.5, "B": -0.5}, "0 or more"),
        ({"A": 0, "B": 0}, "sum to 1 or to 100"),
        ({"A": 1}, "'B'"),
        ({"A": 0.5, "B": 0.4, "C": 0.1}, "'C'"),
        ({}, "'A'"),
        ({"A": NAN, "B": 1}, "finite"),
        ({"A": math.inf, "B": 1}, "finite"),
    ],
)
def test_dimension_weights_that_are_wrong(grouped, weights, said):
    with pytest.raises(ValueError, match=rf"`dimension_weights.*{said}"):
        sq.gap_scores(grouped, dimension_weights=weights)


@pytest.mark.parametrize(
    "weights", [[0.5, 0.5], "AB", 1, {"A": "0.5", "B": 0.5}, {"A": None, "B": 1}]
)
def test_dimension_weights_of_another_kind(grouped, weights):
    with pytest.raises(TypeError, match="`dimension_weights"):
        sq.gap_scores(grouped, dimension_weights=weights)


def test_dimension_weights_that_sum_to_rounding(grouped):
    thirds = {"A": 1 / 3, "B": 2 / 3}
    scores = sq.gap_scores(grouped, dimension_weights=thirds)
    gap = scores.dimensions["gap"]
    weighted = scores.overall.row(score="weighted")["gap"]
    assert weighted == pytest.approx(gap[0] / 3 + 2 * gap[1] / 3, rel=1e-12)


def test_sd_of_overall_rows_does_not_shrink_with_missing_answers():
    """Answers missing at random leave the sd of a respondent's mean what it is in the whole."""
    rng = np.random.default_rng(12)
    gaps = 0.8 * rng.standard_normal((4000, 1)) + 0.6 * rng.standard_normal((4000, 10))
    gaps = np.clip(gaps, -5, 5)
    some = np.where(rng.random(gaps.shape) < 0.3, np.nan, gaps)
    zero = np.zeros_like(gaps)
    whole, part = (
        scored(zero, values, sizes=[10], low=-5, high=5).overall.row(score="items")
        for values in (gaps, some)
    )
    assert whole["sd"] == pytest.approx(gaps.mean(axis=1).std(ddof=1), rel=1e-12)
    assert part["sd"] == pytest.approx(whole["sd"], rel=0.02)


def test_one_weight_that_outweighs_all_others_is_said():
    row = scored(
        [[4]] * 6, [[1], [5], [3], [3], [3], [3]], survey={"weights": [1e-9, 1, 0, 0, 0, 0]}
    ).items.row(item="i1")
    assert row["undefined"] == "one weight outweighs all others"
    assert np.isnan(row["effect_size"])


def test_a_group_column_of_a_key_is_refused():
    survey = sq.survey_from_arrays(
        form([1]), expectations=[[1], [2]], perceptions=[[1], [1]], by={"item": ["a", "b"]}
    )
    with pytest.raises(ValueError, match="'item' twice"):
        sq.gap_scores(survey, by="item")


@pytest.mark.parametrize("wrong", [pd.DataFrame({"a": range(500)}), {"a": 1}, None])
def test_what_is_no_survey_is_named_briefly(wrong):
    with pytest.raises(TypeError, match="`answers` must be Survey or Moments") as caught:
        sq.gap_scores(wrong)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("weights", [None, [0.5, 2, 1, 1]])
@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("spread", "reason"), [(4e-7, ""), (1e-8, "no variation")])
def test_a_spread_is_told_from_rounding_by_the_width_of_the_scale(weights, paired, spread, reason):
    """An sd under 1e-7 of the width is rounding: _stats.means.NO_SPREAD is its square."""
    width = 1000.0
    moves = np.array([[0.5, 0.5], [-0.5, -0.5], [0.5, 0.5], [-0.5, -0.5]])
    scores = scored(
        np.full((4, 2), 500.0),
        400 + 2 * spread * width * moves,
        sizes=[2],
        low=0,
        high=width,
        paired=paired,
        survey={"weights": weights},
    )
    for table in (scores.items, scores.dimensions, scores.overall):
        said = set(table["undefined"].tolist())
        assert said == {reason}
        assert np.isnan(table["t"]).all() == bool(reason)
        assert (table["se"] == 0).all() == bool(reason)


@pytest.mark.parametrize(
    ("paired", "E", "P", "reason"),
    [
        (True, [[1], [NAN]], [[NAN], [2]], "no respondent with both sides"),
        (True, [[1], [2]], [[NAN], [2]], "one respondent"),
        (True, [[1], [2]], [[2], [3]], "no variation"),
        (False, [[NAN], [NAN]], [[1], [2]], "a side without answers"),
        (False, [[1], [NAN]], [[1], [2]], "one respondent on a side"),
        (False, [[1], [1]], [[2], [2]], "no variation"),
        (False, [[1], [1]], [[2], [3]], ""),
    ],
)
def test_reasons_are_said_exactly(paired, E, P, reason):
    scores = scored(E, P, paired=paired)
    for table in (scores.items, scores.dimensions, scores.overall):
        assert set(table["undefined"].tolist()) == {reason}


def test_counts_are_whole_numbers():
    scores = scored([[1], [2]], [[2], [2]], paired=False)
    for column in ("n", "expectation_n", "perception_n"):
        assert scores.items[column].dtype.kind == "i", column
    assert scores.respondents.title == "Respondents"


def test_standard_form_of_what_is_undefined_or_tiny():
    E = np.full((40, 1), 7)
    P = np.array([[1], [2]] * 20)
    row = scored(E, P).standard_form().row(dimension="A")
    assert (row["p"], row["undefined"]) == ("<0.001", "")
    scores = scored([[7]], [[5]])
    shown = scores.standard_form()
    assert shown.row(dimension="A") | {"undefined": ""} == {
        "dimension": "A",
        "n": 1,
        "expectation": "7.00 ± –",
        "perception": "5.00 ± –",
        "gap": "-2.00",
        "interval": "–",
        "t": "–",
        "p": "–",
        "effect_size": "–",
        "undefined": "",
    }
    assert (shown.title, shown.note) == (scores.dimensions.title, scores.dimensions.note)


def test_two_parts_that_share_one_respondent_have_no_covariance():
    """A: gaps -1 -2 -3 of persons 1-3; B: gaps 0 -1 -4 of persons 3-5; person 3 has both."""
    E = [[5, NAN], [5, NAN], [5, 5], [NAN, 5], [NAN, 5]]
    P = [[4, NAN], [3, NAN], [2, 5], [NAN, 4], [NAN, 1]]
    row = scored(E, P, sizes=[1, 1]).overall.row(score="dimensions")
    # variances 1 and 13/3 by hand; sd² = (1 + 13/3)/4
    assert row["sd"] == pytest.approx(math.sqrt(4 / 3), rel=1e-12)
    # C_AA = 2, C_BB = 26/3, C_AB = (-1)(5/3); se² = 3/2 · 1/4 · (2/9 + 26/27 - 2·5/27)
    assert row["se"] == pytest.approx(math.sqrt(3 / 8 * (2 / 9 + 26 / 27 - 10 / 27)), rel=1e-12)
