"""Respondents drawn in clusters, and from a population that ends: errors, df, what is undefined."""

import math
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq
from servqual.scoring import direct_scores

from . import reference
from .effort import effort
from .strategies import form, wide_cases

NAN = math.nan
LEVELS = ("dimensions", "items", "overall")
ZONE = ("minimums", "expectations", "perceptions")
many = effort(25)
some = effort(10)


def survey_of(expectations, perceptions, teams, sizes=None, low=1, high=7, **more):
    k = np.asarray(perceptions).shape[1]
    return sq.survey_from_arrays(
        form(sizes or [k], low, high),
        expectations=expectations,
        perceptions=perceptions,
        by={"team": teams} | more.pop("by", {}),
        **more,
    )


def gaps_of(gaps, teams, **more):
    """Return a survey of one item whose gaps are these."""
    gaps = np.asarray(gaps, dtype=float)[:, None]
    return survey_of(np.full(gaps.shape, 4.0), 4 + gaps, teams, **more)


def item(survey, **how):
    return sq.gap_scores(survey, **how).items.row()


def near(got, want, size=1e-9):
    assert got == pytest.approx(want, rel=1e-8, abs=size, nan_ok=True)


def close(ours, theirs, columns, rel=1e-12, size=1e-12):
    for level in LEVELS:
        for column in columns:
            np.testing.assert_allclose(
                getattr(ours, level)[column],
                getattr(theirs, level)[column],
                rtol=rel,
                atol=size,
                err_msg=f"{level} {column}",
            )


# --- by hand --------------------------------------------------------------------------------------


def test_three_clusters_by_hand():
    # gaps by team: a (-1, -2), b (0, 0), c (-2, -1, 1); mean -5/7
    survey = gaps_of([-1, -2, 0, 0, -2, -1, 1], list("aabbccc"))
    row = item(survey, cluster="team")
    mean = -5 / 7
    sums = [-3 - 2 * mean, 0 - 2 * mean, -2 - 3 * mean]
    se2 = 3 / 2 * sum(x**2 for x in sums) / 7**2
    assert (row["n"], row["clusters"]) == (7, 3)
    assert row["gap"] == pytest.approx(mean, rel=1e-12)
    assert row["se"] ** 2 == pytest.approx(se2, rel=1e-12)
    sd = np.std([-1, -2, 0, 0, -2, -1, 1], ddof=1)
    assert row["sd"] == pytest.approx(sd, rel=1e-12)
    assert row["design_effect"] == pytest.approx(se2 / (sd**2 / 7), rel=1e-12)
    half = stats.t.ppf(0.975, 2) * math.sqrt(se2)
    assert [row["low"], row["high"]] == pytest.approx([mean - half, mean + half], rel=1e-10)
    assert row["t"] == pytest.approx(mean / math.sqrt(se2), rel=1e-12)
    assert row["p"] == pytest.approx(2 * stats.t.sf(-mean / math.sqrt(se2), 2), rel=1e-10)
    assert "cluster-robust" in sq.gap_scores(survey, cluster="team").items.note
    assert "cluster-robust" not in sq.gap_scores(survey).items.note


def test_clusters_of_equal_size_are_a_t_test_of_their_means():
    rng = np.random.default_rng(41)
    gaps = rng.integers(-3, 4, (12, 5)).astype(float)
    row = item(gaps_of(gaps.ravel(), np.repeat(np.arange(12), 5)), cluster="team")
    found = stats.ttest_1samp(gaps.mean(axis=1), 0)
    interval = found.confidence_interval()
    assert (row["t"], row["p"]) == pytest.approx((found.statistic, found.pvalue), rel=1e-10)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), rel=1e-10)


def test_clusters_that_all_say_the_same_have_the_greatest_design_effect():
    """Ten respondents who agree are worth one: with m in a cluster the effect is about m."""
    rng = np.random.default_rng(42)
    gaps = np.repeat(rng.integers(-3, 4, 200), 10)
    row = item(gaps_of(gaps, np.repeat(np.arange(200), 10)), cluster="team")
    assert row["design_effect"] == pytest.approx(10, rel=0.01)


# --- an outside oracle ----------------------------------------------------------------------------


@pytest.mark.parametrize("holes", [0, 0.3])
def test_statsmodels_agrees(holes):
    """OLS on a constant with cov_type="cluster".

    Its small-sample factor is C/(C-1) · (n-1)/(n-k) with k = 1 parameter: C/(C-1), as here. With
    use_correction=False the factor is 1.
    """
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(43)
    n = 90
    team = rng.integers(0, 11, n)
    E, P = rng.integers(1, 8, (2, n, 4)).astype(float)
    P[rng.random(P.shape) < holes] = NAN
    scores = sq.gap_scores(survey_of(E, P, team, [3, 1]), cluster="team")
    gaps = P - E
    with np.errstate(invalid="ignore"):
        three = gaps[:, :3]
        count = (~np.isnan(three)).sum(axis=1)
        first = np.where(count >= 2, np.nansum(three, axis=1) / np.maximum(count, 1), NAN)
    columns = {
        "items": gaps,
        "dimensions": np.column_stack([first, gaps[:, 3]]),
    }
    for level, table in columns.items():
        for row, x in zip(getattr(scores, level).rows(), table.T, strict=True):
            known = ~np.isnan(x)
            how = {"groups": team[known]}
            fit = sm.OLS(x[known], np.ones(known.sum())).fit(
                cov_type="cluster", cov_kwds=how, use_t=True
            )
            assert row["gap"] == pytest.approx(fit.params[0], rel=1e-10)
            assert row["se"] == pytest.approx(fit.bse[0], rel=1e-10)
            assert row["clusters"] == len(set(team[known]))
            low, high = fit.conf_int()[0]  # of statsmodels' t with C-1 df
            assert [row["low"], row["high"]] == pytest.approx([low, high], rel=1e-8)
            assert row["p"] == pytest.approx(fit.pvalues[0], rel=1e-8)
            plain = sm.OLS(x[known], np.ones(known.sum())).fit(
                cov_type="cluster", cov_kwds=how | {"use_correction": False}
            )
            number = row["clusters"]
            factor = math.sqrt(number / (number - 1))
            assert row["se"] == pytest.approx(factor * plain.bse[0], rel=1e-10)


def test_statsmodels_agrees_on_weights():
    """WLS on a constant has scores w(x - x̄) and bread 1/Σw: the linearised weighted mean."""
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(44)
    n = 80
    team, w = rng.integers(0, 9, n), rng.uniform(0.2, 5, n)
    gaps = rng.integers(-3, 4, n).astype(float)
    row = item(gaps_of(gaps, team, weights=w), cluster="team")
    fit = sm.WLS(gaps, np.ones(n), weights=w).fit(cov_type="cluster", cov_kwds={"groups": team})
    assert row["gap"] == pytest.approx(fit.params[0], rel=1e-10)
    assert row["se"] == pytest.approx(fit.bse[0], rel=1e-10)


# --- the exact reference --------------------------------------------------------------------------


def picks(columns, level, sizes):
    """Return the columns and shares that each row of a level is made of."""
    if level == "overall":
        return [
            (columns["dimensions"], [Fraction(1, len(sizes))] * len(sizes)),
            (columns["items"], [Fraction(1, sum(sizes))] * sum(sizes)),
        ]
    return [([x], [Fraction(1)]) for x in columns[level]]


def same_as_reference(scores, case):
    sides = case.turned("expectations"), case.turned("perceptions")
    n = len(case)
    w = [Fraction(1)] * n if case.weights is None else [Fraction(float(x)) for x in case.weights]
    columns = {}
    for level in ("items", "dimensions"):
        e, p = reference.paired_columns(sides, case.sizes, level, case.min_answered)
        columns[level] = reference.less(p, e)
    for level in LEVELS:
        want = picks(columns, level, case.sizes)
        for got, (x, shares) in zip(getattr(scores, level).rows(), want, strict=True):
            row = reference.with_clusters(x, shares, w, case.by["team"])
            assert (got["n"], got["clusters"]) == (row["n"], row["clusters"]), (level, got, row)
            near(got["gap"], row["mean"])
            near(got["sd"], row["sd"], 1e-7)
            near(got["se"], row["se"], 1e-7)
            near(got["design_effect"], row["design_effect"], 1e-6)
            assert (got["undefined"] == "") == (row["se"] > 0), (level, got, row)
            if row["se"] > 0:
                near(got["t"], row["mean"] / row["se"], 1e-6)
                near(
                    got["p"],
                    2 * stats.t.sf(abs(row["mean"] / row["se"]), row["clusters"] - 1),
                    1e-6,
                )


@given(case=wide_cases(groups=True, most=9))
@many
def test_the_slow_reference_agrees(case):
    same_as_reference(sq.gap_scores(case.survey, cluster="team"), case)
    same_as_reference(sq.gap_scores(sq.moments(case.survey), cluster="team"), case)


@given(case=wide_cases(groups=True, least=3, most=10))
@many
def test_the_slow_reference_agrees_by_group(case):
    scores = sq.gap_scores(case.survey, by="branch", cluster="team")
    branches = np.array(case.by["branch"])
    for branch in sorted(set(branches)):
        part = case.take(np.flatnonzero(branches == branch))
        tables = {level: getattr(scores, level).where(branch=branch) for level in LEVELS}
        same_as_reference(Tables(**tables), part)


@attrs.frozen
class Tables:
    dimensions: sq.Table
    items: sq.Table
    overall: sq.Table


@given(case=wide_cases(groups=True, points=True, most=9))
@many
def test_the_slow_reference_agrees_on_rows_by_points(case):
    scores = sq.gap_scores(case.survey, cluster="team")
    sides = case.turned("expectations"), case.turned("perceptions")
    points = case.points
    want = reference.pointed(sides, points, case.sizes, clusters=case.by["team"], **case.asked)
    for score, faces in want.items():
        got, gap = scores.overall.row(score=score), faces["gap"]
        assert (got["n"], got["clusters"]) == (gap["n"], gap["clusters"])
        near(got["gap"], gap["mean"])
        near(got["sd"], gap["sd"], 1e-7)
        near(got["se"], gap["se"], 1e-7)


# --- clusters of one ------------------------------------------------------------------------------

SCORES = {
    "gap": sq.gap_scores,
    "perception": sq.perception_scores,
    "direct": direct_scores,
    "zone": sq.tolerance_zone,
}
ERRORS = {
    "gap": ["n", "gap", "sd", "se", "low", "high", "t", "p", "effect_size"],
    "perception": ["n", "perception", "sd", "se", "low", "high"],
    "direct": ["n", "mean", "difference", "sd", "se", "low", "high", "t", "p"],
    "zone": [
        "n",
        *(f + e for f in ("adequacy", "superiority", "width") for e in ("", "_sd", "_se", "_low")),
        "position",
    ],
}


@pytest.mark.parametrize("kind", SCORES)
@given(
    case=wide_cases(sides=ZONE, groups=True, points=True, most=8, reverse=False),
    by=st.sampled_from([None, "branch"]),
)
@some
def test_clusters_of_one_are_no_clusters(kind, case, by):
    survey = attrs.evolve(
        case, by={"branch": case.by["branch"], "team": list(range(len(case)))}
    ).survey
    plain, clustered = SCORES[kind](survey, by=by), SCORES[kind](survey, by=by, cluster="team")
    close(clustered, plain, ERRORS[kind], rel=1e-7, size=1e-7)
    for level in LEVELS:
        ours, theirs = getattr(clustered, level), getattr(plain, level)
        defined = ours["undefined"] == ""
        assert defined.tolist() == (theirs["undefined"] == "").tolist(), level
        np.testing.assert_array_equal(ours["clusters"], ours["n"])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [0, 0.3])
def test_clusters_of_one_are_no_clusters_to_the_last_digits(weighted, holes):
    rng = np.random.default_rng(45)
    n = 200
    E, P = rng.integers(1, 8, (2, n, 5)).astype(float)
    P[rng.random(P.shape) < holes] = NAN
    survey = survey_of(
        E,
        P,
        np.arange(n),
        [3, 2],
        weights=rng.choice([0, 0.5, 1, 3], n) if weighted else None,
        by={"branch": rng.choice(list("NS"), n)},
    )
    for by in (None, "branch"):
        plain, clustered = (sq.gap_scores(survey, by=by, cluster=c) for c in (None, "team"))
        close(clustered, plain, ERRORS["gap"])
        np.testing.assert_array_equal(clustered.overall["clusters"], clustered.overall["n"])
        assert clustered.items["undefined"].tolist() == plain.items["undefined"].tolist()


def test_the_design_effect_of_clusters_of_one_is_one_without_weights():
    rng = np.random.default_rng(46)
    E, P = rng.integers(1, 8, (2, 30, 4)).astype(float)
    scores = sq.gap_scores(survey_of(E, P, np.arange(30), [2, 2]), cluster="team")
    for level in LEVELS:
        np.testing.assert_allclose(getattr(scores, level)["design_effect"], 1, rtol=1e-9)


def test_overall_rows_count_clusters_as_they_count_respondents():
    """No one answered both items: each part has its own respondents, and its own clusters."""
    P = np.array([[3, NAN], [5, NAN], [2, NAN], [NAN, 3], [NAN, 6], [NAN, 4]])
    survey = survey_of(np.full((6, 2), 4), P, list("abcdef"))
    plain, clustered = (sq.gap_scores(survey, cluster=c).overall for c in (None, "team"))
    row, want = clustered.row(score="items"), plain.row(score="items")
    assert (row["n"], row["clusters"]) == (3, 3)
    assert row["se"] == pytest.approx(want["se"], rel=1e-12)
    assert row["undefined"] == want["undefined"] == ""


def test_one_weight_that_outweighs_all_others_is_said_with_clusters_too():
    weights = [1e10, 1, 1]
    survey = gaps_of([-1, 2, 0], list("abc"), weights=weights)
    plain, clustered = item(survey), item(survey, cluster="team")
    assert plain["se"] == 0
    assert clustered["se"] == pytest.approx(plain["se"], abs=1e-12)
    assert (clustered["undefined"] == "") == (plain["undefined"] == "")


@pytest.mark.parametrize("low", [0, 1e6])
def test_constant_gaps_of_a_slider_have_no_test_by_cluster(low):
    rng = np.random.default_rng(47)
    E = low + rng.uniform(0, 0.5, (60, 3))
    survey = survey_of(E, E + 0.25, rng.integers(0, 6, 60), low=low, high=low + 1)
    scores = sq.gap_scores(survey, cluster="team")
    for level in LEVELS:
        table = getattr(scores, level)
        assert table["se"].tolist() == [0] * len(table)
        assert set(table["undefined"].tolist()) == {"no variation"}


def test_no_variation_between_clusters():
    survey = gaps_of([-1, 1, -1, 1, -1, 1], list("aabbcc"))
    row = item(survey, cluster="team")
    assert row["se"] == 0
    assert row["sd"] > 0
    assert row["undefined"] == "no variation between clusters"
    assert math.isnan(row["t"])
    assert math.isnan(row["design_effect"])


# --- invariances ----------------------------------------------------------------------------------


@given(case=wide_cases(groups=True, points=True, most=9), data=st.data())
@some
def test_order_and_names_of_clusters_change_nothing(case, data):
    order = np.array(data.draw(st.permutations(range(len(case)))))
    named = dict(zip("abc", data.draw(st.permutations("xyz")), strict=True))
    by = case.by | {"team": [named[team] for team in case.by["team"]]}
    other = attrs.evolve(case, by=by).take(order)
    ours, theirs = (sq.gap_scores(c.survey, cluster="team") for c in (case, other))
    close(ours, theirs, ["n", "clusters", "gap", "sd", "se"], rel=1e-7, size=1e-7)
    for level in LEVELS:
        assert (
            getattr(ours, level)["undefined"].tolist()
            == getattr(theirs, level)["undefined"].tolist()
        )


@given(case=wide_cases(groups=True, points=True, least=2, most=9), data=st.data())
@some
def test_parts_that_share_a_cluster_add_up(case, data):
    cut = data.draw(st.integers(1, len(case) - 1))
    first, second = case.take(np.arange(cut)), case.take(np.arange(cut, len(case)))
    parts = sq.moments(first.survey) + sq.moments(second.survey)
    ours, theirs = (sq.gap_scores(x, cluster="team") for x in (parts, sq.moments(case.survey)))
    close(ours, theirs, ["n", "clusters", "gap", "sd", "se"], rel=1e-7, size=1e-7)


@given(case=wide_cases(groups=True, points=True, most=9))
@some
def test_a_group_is_the_survey_of_its_own(case):
    survey = case.survey
    grouped = sq.gap_scores(survey, by="branch", cluster="team")
    for branch in set(case.by["branch"]):
        alone = sq.gap_scores(survey.select(survey.groups("branch") == branch), cluster="team")
        part = Tables(**{lv: getattr(grouped, lv).where(branch=branch) for lv in LEVELS})
        close(part, alone, ["n", "clusters", "gap", "sd", "se"], rel=1e-7, size=1e-7)


@given(case=wide_cases(groups=True, points=True, most=9))
@some
def test_clusters_change_no_estimate(case):
    plain, clustered = (sq.gap_scores(case.survey, cluster=c) for c in (None, "team"))
    close(clustered, plain, ["n", "expectation", "perception", "gap", "sd"], size=1e-12)


def test_a_cluster_without_answers_is_none():
    """Its respondents are empty, or weigh nothing."""
    gaps = [-1, -2, 0, 1, NAN, 3]
    weights = [1, 1, 1, 1, 1, 0]
    survey = gaps_of(gaps, list("aabbcd"), weights=weights)
    want = gaps_of(gaps[:4], list("aabb"), weights=weights[:4])
    assert item(survey, cluster="team") == item(want, cluster="team")
    assert item(survey, cluster="team")["clusters"] == 2


# --- what is undefined, and bad input -------------------------------------------------------------


@pytest.mark.parametrize("kind", SCORES)
def test_one_cluster(kind):
    answers = np.array([[5, 4], [6, 4], [4, 2]])
    survey = sq.survey_from_arrays(
        form([1, 1]),
        minimums=answers - 1,
        expectations=np.add(answers, [[1], [0], [1]]),
        perceptions=answers,
        dimension_points=[[50, 50], [40, 60], [70, 30]],
        by={"team": list("aaa")},
    )
    scores = SCORES[kind](survey, cluster="team")
    for level in LEVELS:
        table = getattr(scores, level)
        assert set(table["undefined"].tolist()) == {"one cluster"}, (level, table)
        assert set(table["clusters"].tolist()) == {1}
        name = {"zone": "width_se"}.get(kind, "se")
        assert np.isnan(table[name]).all()


def test_one_respondent_and_nobody_by_cluster():
    assert item(gaps_of([-1], ["a"]), cluster="team")["undefined"] == "one respondent"
    row = item(gaps_of([NAN, NAN], ["a", "b"]), cluster="team")
    assert (row["n"], row["clusters"], row["undefined"]) == (0, 0, "no respondent with both sides")


def test_one_cluster_in_one_group():
    survey = gaps_of([-1, 0, -2, 1, 3], list("abccc"), by={"branch": list("NNSSS")})
    table = sq.gap_scores(survey, by="branch", cluster="team").items
    assert table["undefined"].tolist() == ["", "one cluster"]
    assert table["clusters"].tolist() == [2, 1]


@pytest.mark.parametrize("kind", SCORES)
def test_a_cluster_that_is_one_of_by(kind):
    survey = sq.survey_from_arrays(
        form([1]),
        **{side: [[4], [5]] for side in ZONE},
        by={"team": ["a", "b"], "branch": ["N", "S"]},
    )
    for by in ("team", ["branch", "team"]):
        with pytest.raises(ValueError, match="`cluster` must not be one of `by`, got 'team'"):
            SCORES[kind](survey, by=by, cluster="team")
    for answers in (survey, sq.moments(survey)):
        with pytest.raises(ValueError, match=r"`cluster`: 'taem' is unknown; the nearest.*'team'"):
            SCORES[kind](answers, cluster="taem")


@pytest.mark.parametrize("cluster", [3, ["team"], ""])
def test_a_cluster_of_another_kind(cluster):
    with pytest.raises((TypeError, ValueError), match="`cluster`"):
        sq.gap_scores(gaps_of([1, 2], ["a", "b"]), cluster=cluster)


def test_clusters_need_pairs():
    with pytest.raises(ValueError, match="`cluster` needs paired sides"):
        sq.gap_scores(gaps_of([1, 2], ["a", "b"]), cluster="team", paired=False)


# --- populations ----------------------------------------------------------------------------------


def test_the_correction_by_hand():
    gaps = [-1, -2, 0, 1, 3]
    plain, corrected = (item(gaps_of(gaps, list("abcde")), population=N) for N in (None, 20))
    assert corrected["se"] == pytest.approx(plain["se"] * math.sqrt(1 - 5 / 20), rel=1e-12)
    half = stats.t.ppf(0.975, 4) * corrected["se"]
    assert corrected["low"] == pytest.approx(0.2 - half, rel=1e-10)
    assert corrected["t"] == pytest.approx(0.2 / corrected["se"], rel=1e-12)
    for name in ("n", "gap", "sd", "effect_size", "expectation_sd"):
        assert corrected[name] == plain[name]
    note = sq.gap_scores(gaps_of(gaps, list("abcde")), population=20).items.note
    assert "finite-population correction" in note


@pytest.mark.parametrize("kind", SCORES)
@pytest.mark.parametrize("population", [10**15, 12, 3, 2])
@pytest.mark.parametrize("as_moments", [False, True])
def test_populations_do_not_go_with_clusters(kind, population, as_moments):
    survey = sq.survey_from_arrays(
        form([1]), **{side: [[4], [5], [2]] for side in ZONE}, by={"team": list("aab")}
    )
    with pytest.raises(ValueError, match="`population` does not go with `cluster`"):
        SCORES[kind](
            sq.moments(survey) if as_moments else survey, cluster="team", population=population
        )


def test_populations_by_group_do_not_go_with_clusters_either():
    survey = gaps_of([-1, 0, -2, 1], list("abcd"), by={"branch": list("NNSS")})
    with pytest.raises(ValueError, match="`population` does not go with `cluster`"):
        sq.gap_scores(survey, by="branch", cluster="team", population={"N": 9, "S": 9})


def test_a_row_is_corrected_by_its_own_n():
    P = np.array([[3, 4], [5, NAN], [2, 6], [7, 1]])
    survey = survey_of(np.full((4, 2), 4), P, list("abcd"))
    plain, corrected = (sq.gap_scores(survey, population=N).items for N in (None, 10))
    factors = np.sqrt(1 - np.array([4, 3]) / 10)
    np.testing.assert_allclose(corrected["se"], plain["se"] * factors, rtol=1e-12)


@pytest.mark.parametrize("kind", SCORES)
@given(case=wide_cases(sides=ZONE, groups=True, points=True, reverse=False))
@some
def test_a_huge_population_is_none(kind, case):
    ours, theirs = (SCORES[kind](case.survey, population=N) for N in (10**15, None))
    close(ours, theirs, ERRORS[kind], rel=1e-9, size=1e-9)
    for level in LEVELS:
        reasons = [getattr(x, level)["undefined"].tolist() for x in (ours, theirs)]
        assert reasons[0] == reasons[1]


@pytest.mark.parametrize("kind", SCORES)
def test_the_whole_population_answered(kind):
    answers = np.array([[5, 4], [6, 4], [4, 2], [6, 2]])
    survey = sq.survey_from_arrays(
        form([1, 1]),
        minimums=answers - [[1, 2], [1, 1], [2, 1], [3, 1]],
        expectations=np.add(answers, [[1, 0], [0, 2], [1, 1], [1, 3]]),
        perceptions=answers,
    )
    scores = SCORES[kind](survey, population=4)
    for level in LEVELS:
        table = getattr(scores, level)
        assert set(table["undefined"].tolist()) == {"the whole population answered"}
        se, low = {"zone": ("width_se", "width_low")}.get(kind, ("se", "low"))
        assert table[se].tolist() == [0] * len(table)
        assert np.isnan(table[low]).all()


def test_the_whole_population_on_both_sides():
    """Unpaired: the n of a row adds up two sides, each of which is the whole population."""
    P = np.array([[1], [5], [3]])
    survey = survey_of([[7], [4], [6]], P, list("abc"))
    row = item(survey, paired=False, population=3)
    assert row["se"] == 0
    assert row["undefined"] == "the whole population answered"


def test_populations_by_group():
    survey = gaps_of(
        [-1, 0, -2, 1, 3],
        list("abcde"),
        by={"branch": list("NNSSS"), "year": [2024, 2025, 2024, 2024, 2024]},
    )
    plain = sq.gap_scores(survey, by="branch").items
    table = sq.gap_scores(survey, by="branch", population={"S": 30, "N": 4}).items
    factors = np.sqrt([1 - 2 / 4, 1 - 3 / 30])
    np.testing.assert_allclose(table["se"], plain["se"] * factors, rtol=1e-12)
    sizes = {("N", "2024"): 4, ("N", "2025"): 4, ("S", "2024"): 12}
    table = sq.gap_scores(survey, by=["branch", "year"], population=sizes).items
    assert table["undefined"].tolist() == ["one respondent", "one respondent", ""]
    kept = sq.moments(survey)
    assert sq.gap_scores(kept, by="branch", population={"S": 30, "N": 4}).items["se"].tolist() == (
        pytest.approx((plain["se"] * factors).tolist(), rel=1e-12)
    )


def test_population_by_labels_that_run_together():
    survey = gaps_of(
        [-1, 0, 2, 3],
        list("abcd"),
        by={"x": ["a · b", "a · b", "a", "a"], "y": list("cc") + ["b · c"] * 2},
    )
    sizes = {("a · b", "c"): 4, ("a", "b · c"): 8}
    table = sq.gap_scores(survey, by=["x", "y"], population=sizes).items
    assert len(table) == 2


@pytest.mark.parametrize(
    ("population", "error", "said"),
    [
        (4, ValueError, "`population` must be at least the 5 that were drawn, got 4"),
        (5.5, ValueError, "`population` must be a whole number of at least 1, got 5.5"),
        (0, ValueError, "`population` must be a whole number"),
        (-7, ValueError, "`population` must be a whole number"),
        (NAN, ValueError, "`population` must be a finite number"),
        (math.inf, ValueError, "`population` must be a finite number"),
        ("20", TypeError, "`population` must be a number, got '20'"),
        (True, TypeError, "`population` must be a number"),
        ({"N": 20}, TypeError, "`population` must be a number"),
    ],
)
def test_populations_that_are_wrong(population, error, said):
    survey = gaps_of([-1, 0, -2, 1, 3], list("abcde"))
    for answers in (survey, sq.moments(survey)):
        with pytest.raises(error, match=said):
            sq.gap_scores(answers, population=population)


@pytest.mark.parametrize(
    ("population", "error", "said"),
    [
        (20, TypeError, "`population` must be Mapping, got 20.*with `by`"),
        ({"N": 20}, ValueError, "`population` must have the size of group 'S'"),
        ({"N": 20, "S": 2}, ValueError, "`population` of group 'S' must be at least the 3"),
        ({"N": 20, "S": 3.5}, ValueError, "`population`.* must be a whole number"),
        ({"N": 20, "S": None}, ValueError, "`population` must have the size of group 'S'"),
        (
            {"N": 20, "S": 30, "W": 40},
            ValueError,
            "`population` has 'W', which is no group of the answers",
        ),
        ({"N": 20, "W": 40}, ValueError, "`population` has 'W', which is no group of the answers"),
        ({"N": 20, "S": 30, 7: 40}, ValueError, "`population` has '7', which is no group"),
        (
            {"N": 20, "S": 30, ("N", "S"): 40},
            ValueError,
            r"`population` has \('N', 'S'\), which is no group",
        ),
    ],
)
def test_populations_by_group_that_are_wrong(population, error, said):
    survey = gaps_of([-1, 0, -2, 1, 3], list("abcde"), by={"branch": list("NNSSS")})
    with pytest.raises(error, match=said):
        sq.gap_scores(survey, by="branch", population=population)


def test_numbers_are_taken_as_labels_of_populations():
    survey = gaps_of([-1, 0, -2, 1, 3], list("abcde"), by={"year": [2024] * 2 + [2025] * 3})
    by_number, by_label = (
        sq.gap_scores(survey, by="year", population=sizes).items
        for sizes in ({2025: 30, 2024: 4}, {"2024": 4, "2025": 30})
    )
    assert by_number == by_label
    plain = sq.gap_scores(survey, by="year").items["se"]
    factors = np.sqrt([1 - 2 / 4, 1 - 3 / 30])
    np.testing.assert_allclose(by_number["se"], plain * factors, rtol=1e-12)


# --- who is in no cluster, and how many clusters there are ----------------------------------------


@pytest.mark.parametrize("kind", SCORES)
@pytest.mark.parametrize("as_moments", [False, True])
@pytest.mark.parametrize("by", [None, "year"])
def test_respondents_in_no_cluster_are_refused(kind, as_moments, by):
    survey = sq.survey_from_arrays(
        form([1]),
        **{side: [[4], [5], [2], [6], [3]] for side in ZONE},
        by={"branch": ["N", None, "S", " ", "S"], "year": [1, 1, 1, 2, 2]},
    )
    answers = sq.moments(survey) if as_moments else survey
    with pytest.raises(ValueError, match="`cluster`: 2 respondents have no 'branch'"):
        SCORES[kind](answers, by=by, cluster="branch")
    kept = survey.select(survey.groups("branch") != "(missing)", reason="no branch")
    scores = SCORES[kind](sq.moments(kept) if as_moments else kept, cluster="branch")
    assert scores.items["clusters"].tolist() == [2]


@pytest.mark.parametrize("kind", SCORES)
@pytest.mark.parametrize("as_moments", [False, True])
def test_clusters_of_the_table_of_respondents(kind, as_moments):
    """Sizes 3 and 1: (3 + 1)²/(3² + 1²) = 16/10 clusters of equal size."""
    teams, branches = list("aaabccddd"), list("NNNNSSSSS")
    answers = [[n % 5 + 2] for n in range(9)]
    survey = sq.survey_from_arrays(
        form([1]),
        **dict.fromkeys(ZONE, answers),
        by={"team": teams, "branch": branches},
    )
    given_answers = sq.moments(survey) if as_moments else survey
    table = SCORES[kind](given_answers, by="branch", cluster="team").respondents
    assert table["n"].tolist() == [4, 5]
    assert table["clusters"].tolist() == [2, 2]
    assert table["clusters_effective"].tolist() == pytest.approx([16 / 10, 25 / 13], rel=1e-12)
    row = SCORES[kind](given_answers, cluster="team").respondents.row()
    assert row["clusters"] == 4
    assert row["clusters_effective"] == pytest.approx(81 / (9 + 1 + 4 + 9), rel=1e-12)
    plain = SCORES[kind](given_answers, by="branch").respondents
    assert not {"clusters", "clusters_effective"} & set(plain.columns)
