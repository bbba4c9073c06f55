"""The respondents' own 100 points: the rules of reading them, and the scores that they weight."""

import json
import math
from itertools import pairwise

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq

from . import reference
from .effort import effort
from .strategies import form, wide_cases

NAN = math.nan
BY_POINTS = ["weighted", "weighted_aggregate", "covariance"]
many = effort(25)
some = effort(10)

# theory A2 [R]: gaps of three respondents on five dimensions, and the points that they divide
GAPS = np.array([[-1, -2, 0, 0, -1], [0, -1, -1, -0.5, 0], [-0.5, 0.5, -1, -1, -2]])
POINTS = np.array([[10, 40, 20, 20, 10], [20] * 5, [5, 35, 30, 10, 20]])


def asked(gaps=GAPS, points=POINTS, sizes=None, **more):
    """Return a survey of these gaps where everybody expects 4."""
    gaps = np.asarray(gaps, dtype=float)
    return sq.survey_from_arrays(
        form(sizes or [1] * gaps.shape[1]),
        expectations=np.where(np.isnan(gaps), 4, 4.0),
        perceptions=4 + gaps,
        dimension_points=points,
        **more,
    )


def overall(answers, **how):
    """Return the overall rows by score."""
    return {row["score"]: row for row in sq.gap_scores(answers, **how).overall.rows()}


def near(got, want, size=1e-9):
    assert got == pytest.approx(want, rel=1e-8, abs=size, nan_ok=True)


# --- worked values --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [float, int, np.int8, np.float32])
def test_a2_three_respondents(dtype):
    rows = overall(asked(points=POINTS.astype(dtype)))
    assert list(rows) == ["dimensions", "items", *BY_POINTS]
    # theory A2 [R]: SQ_i -1, -.5, -.65; mean -.71667, aggregate -.72778, covariance .01111
    assert rows["weighted"]["gap"] == pytest.approx(-0.71667, abs=5e-6)
    assert rows["weighted_aggregate"]["gap"] == pytest.approx(-0.72778, abs=5e-6)
    assert rows["covariance"]["gap"] == pytest.approx(0.01111, abs=5e-6)
    own = np.array([-1, -0.5, -0.65])
    assert rows["weighted"]["sd"] == pytest.approx(own.std(ddof=1), rel=1e-12)
    assert rows["weighted"]["se"] == pytest.approx(own.std(ddof=1) / math.sqrt(3), rel=1e-12)
    assert {row["n"] for row in rows.values()} == {3}


def test_a2_each_respondent_alone():
    for gaps, points, want in zip(GAPS, POINTS, (-1, -0.5, -0.65), strict=True):
        rows = overall(asked(gaps[None], points[None]))
        assert rows["weighted"]["gap"] == pytest.approx(want, abs=1e-12)
        assert rows["weighted_aggregate"]["gap"] == pytest.approx(want, abs=1e-12)
        assert rows["covariance"]["gap"] == pytest.approx(0, abs=1e-12)
        assert {rows[score]["undefined"] for score in BY_POINTS} == {"one respondent"}


def test_the_published_mean_points_for_everybody():
    # theory A1 [PUB 12manage] gaps with A2 [MEM] points 11, 32, 22, 19, 16: -.9007 [R]
    gaps = [[-0.65, -1.10, -0.83, -0.70, -1.01]] * 3
    rows = overall(asked(gaps, [[11, 32, 22, 19, 16]] * 3))
    for score in BY_POINTS[:2]:
        assert rows[score]["gap"] == pytest.approx(-0.9007, abs=1e-12)
    assert rows["covariance"]["gap"] == pytest.approx(0, abs=1e-12)
    assert {row["undefined"] for row in rows.values()} == {"no variation"}


def test_sides_of_a_row_by_points_lie_on_the_scale_and_those_of_a_covariance_do_not():
    rows = overall(asked())
    # everybody expects 4, and points sum to 100: a covariance of 4 with anything is 0
    for score, want in (("weighted", 4), ("weighted_aggregate", 4), ("covariance", 0)):
        assert rows[score]["expectation"] == pytest.approx(want, abs=1e-12)
        assert rows[score]["perception"] == pytest.approx(want + rows[score]["gap"], abs=1e-12)


def test_people_who_care_for_a_dimension_find_it_better():
    rows = overall(asked([[2, -2], [-2, 2]], [[100, 0], [0, 100]]))
    assert [rows[score]["gap"] for score in BY_POINTS] == pytest.approx([2, 0, 2], abs=1e-12)


# --- the exact reference --------------------------------------------------------------------------


def same_by_points(rows, want):
    """Compare the rows by points with the reference."""
    for score, faces in want.items():
        got, gap = rows[score], faces["gap"]
        assert got["n"] == gap["n"], (score, got, want)
        for face, figures in faces.items():
            near(got[face], figures["mean"])
        near(got["expectation_sd"], faces["expectation"]["sd"], 1e-7)
        near(got["perception_sd"], faces["perception"]["sd"], 1e-7)
        near(got["sd"], gap["sd"], 1e-7)
        near(got["se"], gap["se"], 1e-7)
        assert (got["undefined"] == "") == (gap["se"] > 0 and not gap["flat"]), (score, got, gap)


@given(case=wide_cases(points=True))
@many
def test_the_slow_reference_agrees(case):
    sides = case.turned("expectations"), case.turned("perceptions")
    want = reference.pointed(sides, case.points, case.sizes, **case.asked)
    same_by_points(overall(case.survey), want)
    same_by_points(overall(sq.moments(case.survey)), want)


@given(case=wide_cases(points=True, groups=True, least=3, most=9))
@many
def test_the_slow_reference_agrees_by_group(case):
    table = sq.gap_scores(case.survey, by="branch").overall
    branches = np.array(case.by["branch"])
    for branch in sorted(set(branches)):
        part = case.take(np.flatnonzero(branches == branch))
        sides = part.turned("expectations"), part.turned("perceptions")
        want = reference.pointed(sides, part.points, part.sizes, **part.asked)
        rows = {row["score"]: row for row in table.where(branch=branch).rows()}
        same_by_points(rows, want)


@given(case=wide_cases(points=True))
@many
def test_perceptions_by_points_stand_on_their_own_answers(case):
    scores = sq.perception_scores(case.survey)
    assert scores.overall["score"].tolist() == ["dimensions", "items", *BY_POINTS]
    own = case.turned("perceptions")
    want = reference.pointed((own, own), case.points, case.sizes, **case.asked)
    for score, faces in want.items():
        got, figures = scores.overall.row(score=score), faces["perception"]
        assert got["n"] == figures["n"]
        near(got["perception"], figures["mean"])
        near(got["sd"], figures["sd"], 1e-7)
        near(got["se"], figures["se"], 1e-7)


def test_missing_answers_and_points_by_hand():
    gaps = [[-1, -3], [NAN, -1], [-2, NAN], [0, 0], [-1, -2]]
    points = [[50, 50], [0, 100], [40, 60], [NAN, NAN], [20, 80]]
    E = np.full((5, 2), 4.0)
    survey = sq.survey_from_arrays(
        form([1, 1]), expectations=E, perceptions=E + gaps, dimension_points=points
    )
    rows = overall(survey)
    own = [-2, -1, -1.8]  # the second needs no first dimension; the third lacks one; no points
    assert rows["weighted"]["n"] == 3
    assert rows["weighted"]["gap"] == pytest.approx(np.mean(own), rel=1e-12)
    shares = np.mean([[0.5, 0.5], [0, 1], [0.4, 0.6], [0.2, 0.8]], axis=0)
    assert rows["weighted_aggregate"]["n"] == 4
    want = shares @ [-4 / 4, -6 / 4]
    assert rows["weighted_aggregate"]["gap"] == pytest.approx(want, rel=1e-12)
    assert rows["covariance"]["gap"] == pytest.approx(np.mean(own) - want, rel=1e-12)
    assert rows["covariance"]["n"] == 3


@pytest.mark.parametrize("weighted", [False, True])
def test_the_error_of_the_aggregate_is_that_of_the_jackknife_in_large_samples(weighted):
    """An outside check of the delta method: leaving out one respondent at a time."""
    rng = np.random.default_rng(21)
    n = 400
    gaps = rng.integers(-3, 3, (n, 3)).astype(float)
    points = 5.0 * rng.multinomial(20, [0.5, 0.3, 0.2], n)
    gaps[:, 0] += points[:, 0] > 50
    gaps[rng.random(gaps.shape) < 0.1] = NAN
    points[rng.random(n) < 0.1] = NAN
    weights = rng.choice([0.5, 1, 2], n) if weighted else np.ones(n)
    rows = overall(asked(gaps, points, weights=weights))

    def mean(x, w):
        there = ~np.isnan(x)
        return np.where(there, x, 0).T @ w / (there.T @ w)

    whole = np.array(
        [
            [1.0 if p != 0 and np.isnan(g) else 0 for p, g in zip(*r, strict=True)]
            for r in zip(points, gaps, strict=True)
        ]
    ).any(axis=1)
    own = np.where(whole, NAN, (np.nan_to_num(gaps) * points / 100).sum(axis=1))

    count = np.where(np.isnan(gaps).all(axis=1)[:, None], NAN, points)  # with anything to weigh

    def both(w):
        aggregate = mean(count / 100, w) @ mean(gaps, w)
        return np.array([aggregate, mean(own, w) - aggregate])

    left = np.array([both(np.where(np.arange(n) == i, 0, weights)) for i in range(n)])
    jackknife = np.sqrt((n - 1) / n * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    got = [rows[score]["se"] for score in BY_POINTS[1:]]
    np.testing.assert_allclose(got, jackknife, rtol=0.02)
    np.testing.assert_allclose([rows[s]["gap"] for s in BY_POINTS[1:]], both(weights), rtol=1e-9)


# --- identities and invariances -------------------------------------------------------------------


@given(case=wide_cases(points=True, missing=False))
@many
def test_the_difference_is_the_covariance_on_complete_answers(case):
    rows = overall(case.survey)
    own, aggregate, covariance = (rows[score] for score in BY_POINTS)
    for face in ("gap", "expectation", "perception"):
        near(covariance[face], own[face] - aggregate[face])
    w = np.ones(len(case)) if case.weights is None else case.weights
    if not w.sum():
        return
    gaps = case.turned("perceptions") - case.turned("expectations")
    starts = np.cumsum([0, *case.sizes])
    scores = np.stack([gaps[:, a:b].mean(axis=1) for a, b in pairwise(starts)], axis=1)
    shares, total = case.points / 100, w.sum()
    centred = (shares - w @ shares / total) * (scores - w @ scores / total)
    near(covariance["gap"], (w @ centred / total).sum())


@given(case=wide_cases(points=True, missing=False))
@many
def test_equal_points_give_the_unweighted_score_on_complete_answers(case):
    equal = attrs.evolve(case, points=np.full(case.points.shape, 100 / len(case.sizes)))
    rows = overall(equal.survey)
    for score in BY_POINTS[:2]:
        for column in ("n", "expectation", "perception", "gap", "sd", "se", "t", "p", "low"):
            size = 1e-7 if column in {"sd", "se", "p", "t"} else 1e-9
            near(rows[score][column], rows["dimensions"][column], size)
    if rows["weighted"]["n"] > 1:
        assert rows["covariance"]["se"] == 0
        assert rows["covariance"]["undefined"] == "no variation"


@given(case=wide_cases(points=True, missing=False), row=st.integers(0, 100))
@many
def test_the_same_points_for_all_are_dimension_weights(case, row):
    points = case.points[row % len(case)]
    same = attrs.evolve(case, points=np.tile(points, (len(case), 1)))
    plain = attrs.evolve(case, points=None)
    weights = dict(zip(case.instrument.dimension_codes, points.tolist(), strict=True))
    want = overall(plain.survey, dimension_weights=weights)["weighted"]
    rows = overall(same.survey)
    for score in BY_POINTS[:2]:
        assert rows[score]["undefined"].removesuffix(" and points") == want["undefined"]
        for column in ("n", "expectation", "perception", "gap", "sd", "se"):
            near(rows[score][column], want[column], 1e-7 if column in {"sd", "se"} else 1e-9)


@given(case=wide_cases(points=True, groups=True), data=st.data())
@some
def test_the_order_of_respondents_changes_nothing(case, data):
    order = np.array(data.draw(st.permutations(range(len(case)))))
    ours, theirs = overall(case.survey), overall(case.take(order).survey)
    same_rows(ours, theirs)


def same_rows(ours, theirs):
    assert ours.keys() == theirs.keys()
    for score, row in ours.items():
        for column, value in row.items():
            other = theirs[score][column]
            if isinstance(value, str):
                assert value == other
            elif column in {"t", "p", "effect_size"}:
                assert value == pytest.approx(other, rel=1e-6, abs=1e-6, nan_ok=True)
            else:
                near(value, other, 1e-7)


@given(case=wide_cases(points=True, groups=True, least=2), data=st.data())
@some
def test_parts_add_up_and_come_back_from_json(case, data):
    cut = data.draw(st.integers(1, len(case) - 1))
    first, second = case.take(np.arange(cut)), case.take(np.arange(cut, len(case)))
    parts = sq.moments(first.survey) + sq.moments(second.survey)
    whole = sq.moments(case.survey)
    same_rows(overall(parts), overall(whole))
    again = sq.Moments.from_dict(json.loads(json.dumps(whole.to_dict())))
    assert again == whole
    assert again.pointed
    assert sq.gap_scores(again, by="branch") == sq.gap_scores(whole, by="branch")


def test_parts_add_up_bit_for_bit_on_whole_points():
    """The promise of `Moments`, for complete whole answers without weights."""
    rng = np.random.default_rng(26)
    gaps = rng.integers(-3, 4, (50, 4)).astype(float)
    points = 5.0 * rng.multinomial(20, [0.3, 0.7], 50)
    first, second, whole = (
        sq.moments(asked(gaps[rows], points[rows], [2, 2]))
        for rows in (slice(20), slice(20, None), slice(None))
    )
    assert first + second == whole


def test_moments_with_and_without_points_do_not_add():
    with_points, without = sq.moments(asked()), sq.moments(asked(points=None))
    assert (with_points.pointed, without.pointed) == (True, False)
    with pytest.raises(ValueError, match="same `pointed`, got True and False"):
        _ = with_points + without


@given(case=wide_cases(points=True, groups=True, most=9))
@some
def test_a_group_is_the_survey_of_its_own(case):
    survey = case.survey
    scores = sq.gap_scores(survey, by="team")
    for team in set(case.by["team"]):
        alone = survey.select(survey.groups("team") == team)
        rows = {row["score"]: row for row in scores.overall.where(team=team).rows()}
        same_rows(
            {k: {c: v for c, v in r.items() if c != "team"} for k, r in rows.items()},
            overall(alone),
        )


def test_weights_given_stand_in_for_the_points():
    weights = dict.fromkeys("ABCDE", 20)
    given_ = sq.gap_scores(asked(), dimension_weights=weights)
    assert given_.overall["score"].tolist() == ["dimensions", "items", "weighted"]
    assert given_ == sq.gap_scores(asked(points=None), dimension_weights=weights)


def test_points_change_no_other_row():
    with_points, without = sq.gap_scores(asked()), sq.gap_scores(asked(points=None))
    assert with_points.items == without.items
    assert with_points.dimensions == without.dimensions
    for score in ("dimensions", "items"):
        assert with_points.overall.row(score=score) == without.overall.row(score=score)


def test_unpaired_sides_have_no_scores_by_points():
    scores = sq.gap_scores(asked(), paired=False)
    assert scores.overall["score"].tolist() == ["dimensions", "items"]


# --- edges ----------------------------------------------------------------------------------------


def test_a_group_where_nobody_divided_points():
    """Its aggregate has no weights: it is undefined, and no 0."""
    points = np.vstack([POINTS, np.full((3, 5), NAN)])
    survey = asked(np.vstack([GAPS, GAPS]), points, by={"branch": list("NNNSSS")})
    table = sq.gap_scores(survey, by="branch").overall
    for score in BY_POINTS:
        assert table.row(branch="N", score=score)["n"] == 3
        row = table.row(branch="S", score=score)
        assert row["n"] == 0, row
        assert math.isnan(row["gap"])
        assert math.isnan(row["expectation"])
        assert row["undefined"] != ""


def test_nobody_divided_points():
    for scores in (sq.gap_scores, sq.perception_scores):
        table = scores(asked(points=np.full((3, 5), NAN))).overall
        for score in BY_POINTS:
            row = table.row(score=score)
            assert row["n"] == 0
            assert row["undefined"] != ""


def test_the_aggregate_of_gaps_of_zero_stands_on_those_with_points():
    """Where all mean gaps are 0 the points do not matter to the error, yet to n they do."""
    points = [[50, 50], [40, 60], [NAN, NAN], [NAN, NAN], [NAN, NAN]]
    gaps = [[-1, 1], [1, -1], [1, 1], [-1, -1], [0, 0]]
    rows = overall(asked(gaps, points))
    assert rows["weighted"]["n"] == 2
    assert rows["weighted_aggregate"]["n"] == 2
    assert rows["weighted_aggregate"]["gap"] == pytest.approx(0, abs=1e-12)


def test_equal_sides_have_no_gap_by_points():
    rows = overall(asked(np.zeros((3, 5))))
    for score in BY_POINTS:
        assert rows[score]["gap"] == 0
        assert (rows[score]["n"], rows[score]["undefined"]) == (3, "no variation")


def test_a_dimension_without_points_may_be_empty():
    gaps = [[-1, NAN], [-2, NAN], [1, NAN]]
    E = np.full((3, 2), 4.0)
    survey = sq.survey_from_arrays(
        form([1, 1]), expectations=E, perceptions=E + gaps, dimension_points=[[100, 0]] * 3
    )
    rows = overall(survey)
    for score in BY_POINTS[:2]:
        assert rows[score]["n"] == 3
        assert rows[score]["gap"] == pytest.approx(-2 / 3, rel=1e-12)


def test_a_dimension_with_points_that_nobody_answered():
    E = np.full((2, 2), 4.0)
    survey = sq.survey_from_arrays(
        form([1, 1]),
        expectations=E,
        perceptions=[[3, NAN], [2, NAN]],
        dimension_points=[[60, 40], [100, 0]],
    )
    rows = overall(survey)
    assert (rows["weighted"]["n"], rows["weighted"]["gap"]) == (1, -2)
    for score in ("weighted_aggregate", "covariance"):
        assert rows[score]["n"] == 0
        assert math.isnan(rows[score]["gap"])
        assert rows[score]["undefined"] != ""


def test_points_of_respondents_without_any_answer():
    """They count as empty; no score of their own, and none of weight 0 counts at all."""
    gaps = np.vstack([GAPS, np.full((1, 5), NAN), GAPS[:1]])
    E = np.where(np.isnan(gaps), NAN, 4)
    survey = sq.survey_from_arrays(
        form([1] * 5),
        expectations=E,
        perceptions=E + gaps,
        dimension_points=np.vstack([POINTS, [[100, 0, 0, 0, 0]], [[0, 0, 0, 0, 100]]]),
        weights=[1, 1, 1, 1, 0],
    )
    scores = sq.gap_scores(survey)
    row = scores.respondents.row()
    assert (row["n"], row["empty"], row["weightless"]) == (3, 1, 1)
    own = scores.overall.row(score="weighted")
    assert (own["n"], own["gap"]) == (3, pytest.approx(-0.71667, abs=5e-6))


@pytest.mark.parametrize("low", [0, 0.1])
def test_answers_that_are_no_half_points(low):
    rng = np.random.default_rng(22)
    E, P = rng.uniform(low, 1, (2, 40, 3))
    points = 5.0 * rng.multinomial(20, [0.2, 0.3, 0.5], 40)
    points[:5] = NAN
    P[rng.random(P.shape) < 0.2] = NAN
    survey = sq.survey_from_arrays(
        form([1, 2], 0, 1),
        expectations=E,
        perceptions=P,
        dimension_points=points[:, :2] + [[0, 1]] * points[:, 2:],
    )
    want = reference.pointed((E, P), survey.points, (1, 2))
    same_by_points(overall(survey), want)


def test_answers_in_int8_do_not_overflow():
    rng = np.random.default_rng(23)
    E, P = rng.integers(0, 101, (2, 50, 4)).astype(np.int8)
    points = (5 * rng.multinomial(20, [0.6, 0.4], 50)).astype(np.int8)
    survey = sq.survey_from_arrays(
        form([2, 2], 0, 100), expectations=E, perceptions=P, dimension_points=points
    )
    want = reference.pointed((E.astype(float), P.astype(float)), points.astype(float), (2, 2))
    same_by_points(overall(survey), want)


def test_groups_of_which_one_has_no_row_with_answers_missing():
    rng = np.random.default_rng(24)
    E, P = rng.integers(1, 8, (2, 12, 4)).astype(float)
    P[6:, 1] = NAN
    P[8, 2:] = NAN
    points = 5.0 * rng.multinomial(20, [0.6, 0.4], 12)
    branch = np.array(["N"] * 6 + ["S"] * 6)
    survey = sq.survey_from_arrays(
        form([2, 2]),
        expectations=E,
        perceptions=P,
        dimension_points=points,
        by={"branch": branch},
    )
    table = sq.gap_scores(survey, by="branch").overall
    for label in "NS":
        part = branch == label
        want = reference.pointed((E[part], P[part]), points[part], (2, 2))
        same_by_points({r["score"]: r for r in table.where(branch=label).rows()}, want)


def test_threads_and_blocks_add_the_same():
    """Above 20 000 rows there are two workers, above 4096 several blocks."""
    rng = np.random.default_rng(25)
    n = 21_000
    E, P = rng.integers(1, 8, (2, n, 3)).astype(np.int8)
    points = 5.0 * rng.multinomial(20, [0.6, 0.4], n)
    points[::7] = NAN
    branch = rng.choice(list("NS"), n)
    made = {"expectations": E, "perceptions": P, "dimension_points": points}
    survey = sq.survey_from_arrays(form([2, 1]), by={"branch": branch}, **made)
    table = sq.gap_scores(survey, by="branch").overall
    gaps = (P - E).astype(float)
    scores = np.column_stack([gaps[:, :2].mean(axis=1), gaps[:, 2]])
    for label in "NS":
        kept = (branch == label) & ~np.isnan(points[:, 0])
        own = (points[kept] / 100 * scores[kept]).sum(axis=1)
        row = table.row(branch=label, score="weighted")
        assert row["n"] == kept.sum()
        assert row["gap"] == pytest.approx(own.mean(), rel=1e-10)
        assert row["se"] == pytest.approx(own.std(ddof=1) / math.sqrt(len(own)), rel=1e-9)


def test_the_covariance_of_direct_scores_has_no_midpoint_taken_off():
    """The difference is that of the mean from the middle; a covariance is none, on any scale."""
    for low, high in ((1, 7), (-3, 3), (-10, -4)):
        survey = sq.survey_from_arrays(
            form([1, 1], low, high),
            perceptions=low + np.array([[6, 0], [0, 6], [3, 3]]),
            dimension_points=[[100, 0], [0, 100], [50, 50]],
        )
        row = sq.scoring.direct_scores(survey).overall.row(score="covariance")
        assert row["mean"] == pytest.approx(5 - 3, abs=1e-12)
        assert row["difference"] == pytest.approx(row["mean"], abs=1e-12), (low, high)


@pytest.mark.parametrize(
    ("scores", "estimate"),
    [(sq.gap_scores, "gap"), (sq.perception_scores, "perception")],
)
def test_the_interval_of_a_covariance_is_not_cut(scores, estimate):
    """It lies neither on the scale nor within its width, and shows how little is known."""
    survey = asked([[3, -3], [-3, 3], [-1, 2]], [[100, 0], [0, 100], [70, 30]])
    rows = {row["score"]: row for row in scores(survey).overall.rows()}
    row = rows["covariance"]
    half = stats.t.ppf(0.975, 2) * row["se"]
    middle = row[estimate]
    assert [row["low"], row["high"]] == pytest.approx([middle - half, middle + half], rel=1e-9)
    assert row["high"] > 6  # the width of the scale
    low, high = (-6, 6) if estimate == "gap" else (1, 7)
    for score in ("dimensions", "items", "weighted", "weighted_aggregate"):
        assert low <= rows[score]["low"] <= rows[score]["high"] <= high


# --- reading --------------------------------------------------------------------------------------


def read(points, sizes=(1, 1), **how):
    k = sum(sizes)
    answers = np.full((len(points), k), 4)
    return sq.survey_from_arrays(
        form(sizes), expectations=answers, perceptions=answers, dimension_points=points, **how
    )


def test_blanks_beside_points_that_sum_to_100_are_zero():
    survey = read([[NAN, 100], [40, 60], [NAN, NAN]])
    np.testing.assert_array_equal(survey.points, [[0, 100], [40, 60], [NAN, NAN]])
    table = survey.intake.where(side="dimension_points")
    steps = dict(zip(table["step"].tolist(), table["count"].tolist(), strict=True))
    assert steps == {"answers": 4, "missing": 2, "blank read as 0": 1, "invalid": 0}


def test_points_are_kept_read_only_and_the_given_array_is_left_alone():
    points = np.array([[NAN, 100], [40, 60]])
    survey = read(points)
    assert np.isnan(points[0, 0])
    with pytest.raises(ValueError, match="read-only"):
        survey.points[0] = 50
    assert asked(points=None).points.size == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([40, 50], r"40, 50 with sum 90 \(row 2\)"),
        ([NAN, 50], r"blank, 50 with sum 50 \(row 2\)"),
        ([-10, 110], r"-10, 110 with sum 100 \(row 2\)"),
        ([0, 0], r"0, 0 with sum 0 \(row 2\)"),
        ([0, NAN], r"0, blank with sum 0 \(row 2\)"),
        ([0.4, 0.6], r"0\.4, 0\.6 with sum 1 \(row 2\)"),
        ([100, 100], r"100, 100 with sum 200 \(row 2\)"),
        ([math.inf, 0], r"inf, 0 with sum inf \(row 2\)"),
        ([99.999, 0], r"99\.999, 0 with sum 99\.999 \(row 2\)"),
    ],
)
def test_points_that_do_not_sum_to_100(row, said):
    points = [[50, 50], row, [30, 70]]
    rule = r"`dimension_points` must be 0 or more and sum to 100 for each respondent, got "
    with pytest.raises(ValueError, match=rule + said):
        read(points)
    with pytest.warns(UserWarning, match=r"`dimension_points`.*sum to 100.*" + said) as seen:
        survey = read(points, on_invalid="missing")
    assert len(seen) == 1
    np.testing.assert_array_equal(survey.points, [[50, 50], [NAN, NAN], [30, 70]])
    assert overall(survey)["weighted"]["n"] == 2


def test_infinite_points_of_both_signs():
    with pytest.raises(ValueError, match="`dimension_points` must be 0 or more and sum to 100"):
        read([[math.inf, -math.inf]])


def test_several_rows_that_are_wrong_are_counted():
    with pytest.raises(ValueError, match=r"\(row 1\); 2 such rows in all"):
        read([[40, 50], [50, 50], [10, 10]])


def test_rounding_of_points_is_allowed():
    survey = read([[100 / 3] * 3, [33.3333333, 33.3333333, 33.3333334]], (1, 1, 1))
    assert not np.isnan(survey.points).any()


def test_points_in_words():
    with pytest.raises(ValueError, match=r"`dimension_points`.*'many' \(row 2, dimension 'A'\)"):
        read(np.array([["50", "50"], ["many", "50"]], dtype=object))
    np.testing.assert_array_equal(
        read(np.array([["", "100"], ["NA", "N/A"]], dtype=object)).points, [[0, 100], [NAN, NAN]]
    )


def test_words_beside_points_that_sum_to_100_are_no_blanks():
    """What is unknown makes a row missing, it is not read as a 0."""
    points = np.array([["many", "100"], ["50", "50"]], dtype=object)
    with pytest.warns(UserWarning, match="'many'"):
        survey = read(points, on_invalid="missing")
    np.testing.assert_array_equal(survey.points, [[NAN, NAN], [50, 50]])


def test_words_of_the_scale_are_no_points():
    scale = sq.Scale(0, 100, anchors={0: "never", 100: "always"})
    answers = np.full((1, 2), 50)
    with pytest.raises(ValueError, match=r"`dimension_points`.*'always' \(row 1, dimension 'A'\)"):
        sq.survey_from_arrays(
            form([1, 1]).with_scale(scale),
            perceptions=answers,
            dimension_points=np.array([["always", ""]], dtype=object),
        )


@pytest.mark.parametrize("points", [[[100]], [[50, 25, 25]], [[]]])
def test_another_number_of_columns(points):
    with pytest.raises(
        ValueError, match="`dimension_points` must have a column for each of the 2 dimensions, got"
    ):
        read(points)


@pytest.mark.parametrize("points", [50, [50, 50], [[[50, 50]]]])
def test_points_of_another_shape(points):
    with pytest.raises((TypeError, ValueError), match="`dimension_points`"):
        sq.survey_from_arrays(form([1, 1]), perceptions=[[4, 4]], dimension_points=points)


def test_points_of_another_number_of_respondents():
    with pytest.raises(ValueError, match=r"same respondents, got .*'dimension_points': 1"):
        sq.survey_from_arrays(
            form([1, 1]), perceptions=[[4, 4], [3, 3]], dimension_points=[[50, 50]]
        )


FRAME = pd.DataFrame(
    {
        "E1": [7, 6, 5],
        "E2": [7, 7, 7],
        "P1": [5, 6, 4],
        "P2": [6, 4, 7],
        "points A": [60, 50, None],
        "points B": [40, 50, None],
    }
)
SIDES = {"expectations": "E{n}", "perceptions": "P{n}"}


@pytest.mark.parametrize(
    "points",
    ["points {dimension}", ["points A", "points B"], [4, 5]],
)
def test_columns_of_points(points, tmp_path):
    file = tmp_path / "answers.csv"
    FRAME.to_csv(file, index=False)
    want = sq.gap_scores(
        sq.survey_from_frame(FRAME, form([1, 1]), **SIDES, dimension_points=points)
    )
    assert want.overall["score"].tolist() == ["dimensions", "items", *BY_POINTS]
    assert want.overall.row(score="weighted")["gap"] == pytest.approx(-1.55, abs=1e-12)
    survey = sq.read_survey(file, form([1, 1]), **SIDES, dimension_points=points)
    assert sq.gap_scores(survey) == want
    kept = sq.moments(FRAME, form([1, 1]), **SIDES, dimension_points=points)
    assert sq.gap_scores(kept) == want
    parts = sq.moments([FRAME[:1], FRAME[1:]], form([1, 1]), **SIDES, dimension_points=points)
    same_rows(overall(parts), overall(kept))


def test_points_by_number():
    frame = FRAME.rename(columns={"points A": "w1", "points B": "w2"})
    survey = sq.survey_from_frame(frame, form([1, 1]), **SIDES, dimension_points="w{n}")
    np.testing.assert_array_equal(survey.points, [[60, 40], [50, 50], [NAN, NAN]])


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("points", r"`dimension_points` must be a pattern with \{dimension\} or \{n\}"),
        ("points {item}", r"`dimension_points` must be a pattern with \{dimension\} or \{n\}"),
        ("part {dimension}", r"`dimension_points`.*'part A'"),
        (["points A"], "`dimension_points` must have a column for each of the 2 dimensions, got 1"),
        (["points A", "points A"], "`dimension_points` must name different columns"),
        (["points A", "P2"], "`perceptions` and `dimension_points` must have different columns"),
        ([0, 1], "`expectations` and `dimension_points` must have different columns"),
        ([4, 17], "`dimension_points`"),
    ],
)
def test_columns_of_points_that_are_wrong(points, said):
    with pytest.raises(ValueError, match=said):
        sq.survey_from_frame(FRAME, form([1, 1]), **SIDES, dimension_points=points)
    with pytest.raises(ValueError, match=said):
        sq.moments(FRAME, form([1, 1]), **SIDES, dimension_points=points)


def test_rows_in_messages_and_counts_go_over_all_batches():
    bad = FRAME.assign(**{"points A": [60, 10, None]})
    with pytest.raises(ValueError, match=r"10, 50 with sum 60 \(row 5\)"):
        sq.moments([FRAME, bad], form([1, 1]), **SIDES, dimension_points="points {dimension}")
    with pytest.warns(UserWarning, match=r"`dimension_points`: 4 answers .*\(row 2\)") as seen:
        sq.moments(
            [bad, bad],
            form([1, 1]),
            **SIDES,
            dimension_points="points {dimension}",
            on_invalid="missing",
        )
    assert len(seen) == 1


def test_select_keeps_the_points_of_those_who_stay():
    survey = asked(by={"branch": list("NSN")})
    kept = survey.select(np.array([True, False, True]))
    np.testing.assert_array_equal(kept.points, POINTS[[0, 2]])
    assert overall(kept)["weighted"]["gap"] == pytest.approx((-1 - 0.65) / 2, abs=1e-12)
    assert sq.moments(survey.grouped("branch")) == sq.moments(survey)


def test_a_survey_brings_its_own_points():
    with pytest.raises(TypeError, match="Survey"):
        sq.moments(asked(), dimension_points="w{n}")


def test_one_dimension_takes_all_points():
    survey = read([[100], [NAN]], (2,))
    rows = overall(survey)
    assert rows["weighted"]["n"] == 1
    with pytest.raises(ValueError, match="99 with sum 99"):
        read([[99]], (2,))
