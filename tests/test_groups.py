"""Groups compared: Welch's t, Hedges' g and Welch's F against scipy, statsmodels and pingouin."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

import servqual as sq
from servqual._stats.ranks import holm

from .effort import effort
from .strategies import cases, form

LEVELS = ["dimensions", "items", "overall"]
NAN = np.nan
LEFT_OUT = "groups of one or without variation left out"
few = effort(25)
# five groups of uneven size and spread, as perceptions on 1..7
FIVE = [[3, 5, 4, 6.5], [2, 2, 3, 1, 7, 4], [6, 6.5, 7], [1, 7, 1, 7, 4, 2.5, 2], [4, 5]]


def perceived(groups, *, low=1, high=7, labels=None):
    """Return a survey of one item whose perceptions are those of the groups."""
    labels = labels or [f"{place}" for place in range(len(groups))]
    column = np.concatenate([np.asarray(group, dtype=float) for group in groups])
    by = {"branch": np.repeat(labels, [len(group) for group in groups])}
    return sq.survey_from_arrays(form([1], low, high), perceptions=column[:, None], by=by)


def compared(groups, **more):
    survey = perceived(groups, **more.pop("survey", {}))
    return sq.compare_groups(survey, by="branch", score="perception", **more)


def survey_of(seed, *, n=120, holes=0.0, weights=None, labels=("N", "S", "W")):
    rng = np.random.default_rng(seed)
    E, P = (rng.integers(1, 8, (n, 6)).astype(float) for _ in range(2))
    P[rng.random(P.shape) < holes] = NAN
    by = {"branch": rng.choice(labels, n), "year": rng.choice([2024, 2025], n)}
    return sq.survey_from_arrays(
        form([3, 2, 1]), expectations=E, perceptions=P, by=by, weights=weights
    )


def hedges(x, y):
    """Return g with the exact J, by its definition."""
    m = len(x) + len(y) - 2
    pooled = ((len(x) - 1) * np.var(x, ddof=1) + (len(y) - 1) * np.var(y, ddof=1)) / m
    j = special.gamma(m / 2) / (np.sqrt(m / 2) * special.gamma((m - 1) / 2))
    return j * (np.mean(x) - np.mean(y)) / np.sqrt(pooled), j


def g_interval(x, y, confidence):
    """Return the interval of g, which is that of the effect that it estimates: without J."""
    g, j = hedges(x, y)
    return effect_interval(g / j, len(x), len(y), confidence)


def effect_interval(d, m, n, confidence):
    """Return the interval of d from a search for the non-centralities of scipy.stats.nct."""
    df, root = m + n - 2, np.sqrt(m * n / (m + n))
    t = d * root
    sign, t = (-1 if t < 0 else 1), abs(t)  # Boost has no tail of this side for negative ones
    spread = 6 * np.sqrt(1 + t**2 / 2 / df) + 2
    found = [
        optimize.brentq(
            lambda nc, tail=tail: stats.nct.cdf(t, df, nc) - tail, t - spread, t + spread
        )
        for tail in ((1 + confidence) / 2, (1 - confidence) / 2)
    ]
    return sorted(sign * nc / root for nc in found)


# --- against others -------------------------------------------------------------------------------


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_pairs_against_scipy(confidence):
    result = compared(FIVE, confidence=confidence)
    raw = []
    for row in result.pairs.rows():
        x, y = FIVE[int(row["first"])], FIVE[int(row["second"])]
        want = stats.ttest_ind(x, y, equal_var=False)
        ends = want.confidence_interval(confidence)
        assert (row["first_n"], row["second_n"]) == (len(x), len(y))
        assert row["first_mean"] == pytest.approx(np.mean(x), rel=1e-13)
        assert row["second_mean"] == pytest.approx(np.mean(y), rel=1e-13)
        assert row["difference"] == pytest.approx(np.mean(x) - np.mean(y), abs=1e-13)
        assert row["t"] == pytest.approx(want.statistic, rel=1e-10)
        assert row["df"] == pytest.approx(want.df, rel=1e-10)
        assert row["p"] == pytest.approx(want.pvalue, rel=1e-9)
        assert [row["low"], row["high"]] == pytest.approx([ends.low, ends.high], rel=1e-9)
        assert row["effect_size"] == pytest.approx(hedges(x, y)[0], rel=1e-10)
        # special.nctdtrinc's limits are good to some 1e-6 of t here, scipy.stats.nct's to 1e-9
        ends = g_interval(x, y, confidence)
        assert [row["effect_low"], row["effect_high"]] == pytest.approx(ends, abs=1e-5)
        raw.append(want.pvalue)
    assert len(raw) == 10
    np.testing.assert_allclose(result.pairs["p_holm"], holm(np.array(raw)), rtol=1e-9)


def test_all_groups_against_statsmodels():
    # statsmodels 0.15: anova_oneway(FIVE, use_var="unequal", welch_correction=True)
    row = compared(FIVE).omnibus.row()
    assert (row["groups"], row["left_out"], row["df1"]) == (5, 0, 4)
    assert row["f"] == pytest.approx(5.369148591454166, rel=1e-12)
    assert row["df2"] == pytest.approx(6.036101992814659, rel=1e-12)
    assert row["p"] == row["p_holm"] == pytest.approx(0.034481731927749934, rel=1e-10)


def test_of_two_groups_f_is_t_squared():
    result = sq.compare_groups(survey_of(1, labels=("N", "S"), holes=0.1), by="branch")
    np.testing.assert_allclose(result.omnibus["f"], result.pairs["t"] ** 2, rtol=1e-10)
    np.testing.assert_allclose(result.omnibus["df2"], result.pairs["df"], rtol=1e-10)
    np.testing.assert_allclose(result.omnibus["p"], result.pairs["p"], rtol=1e-9)


def test_overall_rows_compare_the_respondents_own_means():
    survey = survey_of(2)
    gaps = survey.perceptions - survey.expectations
    parts = [gaps[:, :3].mean(axis=1), gaps[:, 3:5].mean(axis=1), gaps[:, 5]]
    own = {"items": gaps.mean(axis=1), "dimensions": np.mean(parts, axis=0)}
    groups = survey.groups("branch")
    pairs = sq.compare_groups(survey, by="branch", level="overall").pairs
    assert len(pairs) == 6
    for row in pairs.rows():
        x, y = (own[row["score"]][groups == row[place]] for place in ("first", "second"))
        want = stats.ttest_ind(x, y, equal_var=False)
        assert [row["t"], row["df"]] == pytest.approx([want.statistic, want.df], rel=1e-8)
        assert row["effect_size"] == pytest.approx(hedges(x, y)[0], rel=1e-8)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_weights_give_the_means_and_errors_of_gap_scores(level, weighted):
    weights = np.random.default_rng(3).choice([0, 0.5, 1, 2.5], 120) if weighted else None
    survey = survey_of(3, holes=0.2, weights=weights)
    means = getattr(sq.gap_scores(survey, by="branch"), level)
    keys = [key for key in means.keys if key != "branch"]
    for row in sq.compare_groups(survey, by="branch", level=level).pairs.rows():
        a, b = (
            means.row(branch=row[place], **{key: row[key] for key in keys})
            for place in ("first", "second")
        )
        assert (row["first_n"], row["second_n"]) == (a["n"], b["n"])
        assert (row["first_mean"], row["second_mean"]) == (a["gap"], b["gap"])
        assert row["difference"] == a["gap"] - b["gap"]
        u, v = a["se"] ** 2, b["se"] ** 2
        assert row["se"] == pytest.approx(np.sqrt(u + v), rel=1e-12)
        df = (u + v) ** 2 / (u**2 / (a["n"] - 1) + v**2 / (b["n"] - 1))
        assert row["df"] == pytest.approx(df, rel=1e-12)
        assert row["p"] == pytest.approx(2 * stats.t.sf(abs(row["t"]), df), rel=1e-9)
        assert row["effect_low"] < row["effect_size"] < row["effect_high"]


@pytest.mark.parametrize("level", ["dimensions", "items"])
@pytest.mark.parametrize("by_cluster", [False, True])
def test_g_with_weights_or_clusters_stands_on_the_effective_n(level, by_cluster):
    """(sd/se)² respondents drawn one by one would say as much."""
    rng = np.random.default_rng(3)
    if by_cluster:
        survey, how = clustered(3), {"cluster": "team"}
    else:
        survey, how = survey_of(3, holes=0.2, weights=rng.choice([0, 0.5, 1, 2.5], 120)), {}
    means = getattr(sq.gap_scores(survey, by="branch", **how), level)
    keys = [key for key in means.keys if key != "branch"]
    for row in sq.compare_groups(survey, by="branch", level=level, **how).pairs.rows():
        a, b = (
            means.row(branch=row[place], **{key: row[key] for key in keys})
            for place in ("first", "second")
        )
        m, n = ((x["sd"] / x["se"]) ** 2 for x in (a, b))
        within = (a["n"] - 1) * a["sd"] ** 2 + (b["n"] - 1) * b["sd"] ** 2
        d = row["difference"] / np.sqrt(within / (a["n"] + b["n"] - 2))
        df = m + n - 2
        j = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
        assert row["effect_size"] == pytest.approx(j * d, rel=1e-9)
        ends = effect_interval(d, m, n, 0.95)
        assert [row["effect_low"], row["effect_high"]] == pytest.approx(ends, abs=1e-5)


@pytest.mark.parametrize("score", ["perception", "expectation"])
def test_a_side_stands_on_its_own_answers(score):
    survey = survey_of(4, holes=0.3)
    answers = survey.side(score + "s")
    groups = survey.groups("branch")
    for row in sq.compare_groups(survey, by="branch", level="items", score=score).pairs.rows():
        j = survey.instrument.item_codes.index(row["item"])
        x, y = (answers[groups == row[place], j] for place in ("first", "second"))
        x, y = x[~np.isnan(x)], y[~np.isnan(y)]
        assert (row["first_n"], row["second_n"]) == (len(x), len(y))
        assert row["first_mean"] == pytest.approx(x.mean(), rel=1e-13)
        assert row["t"] == pytest.approx(stats.ttest_ind(x, y, equal_var=False).statistic)


# --- what must hold -------------------------------------------------------------------------------


def same_tables(ours, theirs, *, exact):
    """Compare Tables; sums of weights in another order are equal to rounding."""
    if exact:
        assert ours == theirs
    for name in ours.columns:
        if ours[name].dtype.kind == "f":
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-8, atol=1e-9)
        else:
            assert ours[name].tolist() == theirs[name].tolist()


@given(
    case=cases(groups=True, least=2, most=12),
    level=st.sampled_from(LEVELS),
    by=st.sampled_from(["branch", "year", ("branch", "year")]),
)
@few
def test_moments_are_as_good_as_answers_and_rows_are_whole_or_undefined(case, level, by):
    survey = case.survey
    try:
        result = sq.compare_groups(survey, by=by, level=level)
    except ValueError as error:
        assert "at least two groups" in str(error)  # noqa: PT017 (a case may have one group)
        return
    of_moments = sq.compare_groups(sq.moments(survey), by=by, level=level)
    same_tables(of_moments.pairs, result.pairs, exact=not survey.weights.size)
    same_tables(of_moments.omnibus, result.omnibus, exact=not survey.weights.size)
    for row in result.pairs.rows():
        tested = ["low", "high", "t", "df", "p", "p_holm"]
        if not survey.weights.size:
            tested += ["effect_size", "effect_low", "effect_high"]
        if row["undefined"] == "weights leave too few for g":
            assert np.isnan([row[name] for name in ("effect_low", "effect_high")]).all(), row
            assert np.isfinite([row[name] for name in tested]).all(), row
        elif row["undefined"]:
            assert np.isnan([row[name] for name in tested if name != "df"]).all(), row
        else:
            assert np.isfinite([row[name] for name in tested]).all(), row
            assert row["low"] <= row["difference"] <= row["high"]
            assert row["p"] <= row["p_holm"] <= 1
    np.testing.assert_array_equal(result.pairs["p_holm"], holm(result.pairs["p"]))
    for row in result.omnibus.rows():
        numbers = [row[name] for name in ("f", "df2", "p", "p_holm")]
        if row["groups"] < 2:
            assert row["undefined"] == "fewer than two groups with variation"
            assert np.isnan(numbers).all()
        else:
            assert row["undefined"] == (LEFT_OUT if row["left_out"] else "")
            assert np.isfinite(numbers).all()


@pytest.mark.parametrize("level", LEVELS)
def test_names_that_turn_the_order_turn_the_sign(level):
    survey = survey_of(5, labels=("a", "b"), holes=0.1)
    turned = {"a": "z", "b": "y"}
    other = sq.survey_from_arrays(
        survey.instrument,
        expectations=survey.expectations,
        perceptions=survey.perceptions,
        by={"branch": [turned[label] for label in survey.groups("branch")]},
    )
    one, two = (sq.compare_groups(x, by="branch", level=level) for x in (survey, other))
    assert set(two.pairs["first"]) == {"y"}
    for column in ("difference", "t", "effect_size"):
        np.testing.assert_allclose(one.pairs[column], -two.pairs[column], rtol=1e-12)
    for low, high in (("low", "high"), ("effect_low", "effect_high")):
        np.testing.assert_allclose(one.pairs[low], -two.pairs[high], rtol=1e-5)
    for column in ("se", "df", "p", "p_holm"):
        np.testing.assert_allclose(one.pairs[column], two.pairs[column], rtol=1e-12)
    np.testing.assert_allclose(one.omnibus["f"], two.omnibus["f"], rtol=1e-12)


def test_two_columns_make_a_group_of_each_combination():
    survey = survey_of(6)
    pairs = sq.compare_groups(survey, by=("branch", "year")).pairs
    labels = [f"{branch} · {year}" for branch in "NSW" for year in (2024, 2025)]
    assert list(dict.fromkeys([*pairs["first"], *pairs["second"]])) == labels
    assert len(pairs) == 15 * 3
    row = pairs.row(first="N · 2024", second="W · 2025", dimension="B")
    means = sq.gap_scores(survey, by=("branch", "year")).dimensions
    want = means.row(branch="N", year="2024", dimension="B")["gap"]
    assert row["first_mean"] == want


def test_labels_of_two_columns_that_join_to_one_are_told_apart():
    rng = np.random.default_rng(7)
    by = {"a": ["x · y", "x", "x", "x · y"] * 3, "b": ["z", "y · z", "q", "z"] * 3}
    survey = sq.survey_from_arrays(form([1]), perceptions=rng.integers(1, 8, (12, 1)), by=by)
    pairs = sq.compare_groups(survey, by=("a", "b"), score="perception").pairs
    names = list(zip(pairs["first"], pairs["second"], strict=True))
    assert len(set(names)) == len(names) == 3
    assert all(first != second for first, second in names)


def test_sixty_groups():
    survey = survey_of(8, n=3000, labels=[f"b{n}" for n in range(60)])
    result = sq.compare_groups(survey, by="branch")
    assert len(result.pairs) == 60 * 59 // 2 * 3
    assert set(result.omnibus["groups"]) == {60}
    assert np.isfinite(result.pairs["effect_low"]).all()
    p = np.sort(result.pairs["p"])
    assert np.min(result.pairs["p_holm"]) == min(1, p[0] * len(p))


def test_groups_that_cannot_be_compared_say_why():
    groups = [[1, 2, 4], [5], [NAN, NAN], [3, 3, 3], [6, 6]]
    result = compared(groups)
    why = {(row["first"], row["second"]): row["undefined"] for row in result.pairs.rows()}
    assert why == {
        ("0", "1"): "a group of one",
        ("0", "2"): "a group without answers",
        ("0", "3"): "",
        ("0", "4"): "",
        ("1", "2"): "a group without answers",
        ("1", "3"): "a group of one",
        ("1", "4"): "a group of one",
        ("2", "3"): "a group without answers",
        ("2", "4"): "a group without answers",
        ("3", "4"): "no variation in either group",
    }
    assert result.pairs.row(first="1", second="3")["difference"] == 2
    assert result.pairs.row(first="3", second="4")["difference"] == -3
    # one group without variation: its mean is as good as a constant
    row = result.pairs.row(first="0", second="3")
    want = stats.ttest_1samp([1, 2, 4], 3)
    assert [row["t"], row["df"], row["p"]] == pytest.approx([want.statistic, 2, want.pvalue])
    omnibus = result.omnibus.row()
    assert (omnibus["groups"], omnibus["left_out"]) == (1, 4)
    assert omnibus["undefined"] == "fewer than two groups with variation"
    assert np.isnan([omnibus["f"], omnibus["p"], omnibus["p_holm"]]).all()


def test_the_omnibus_leaves_out_and_compares_the_rest():
    row = compared([FIVE[0], [5], FIVE[1], [2, 2]]).omnibus.row()
    want = stats.ttest_ind(FIVE[0], FIVE[1], equal_var=False)
    assert (row["groups"], row["left_out"], row["undefined"]) == (2, 2, LEFT_OUT)
    assert row["f"] == pytest.approx(want.statistic**2)
    assert row["p"] == row["p_holm"] == pytest.approx(want.pvalue)
    assert compared([FIVE[0], FIVE[1]]).omnibus.row()["undefined"] == ""
    row = compared([[5], [2, 2]]).omnibus.row()
    assert (row["groups"], row["left_out"]) == (0, 2)
    assert row["undefined"] == "fewer than two groups with variation"


def test_those_without_a_label_are_in_no_group_and_are_counted():
    answers = [*FIVE[0], *FIVE[1], 7, 1, 7]
    branches = ["N"] * len(FIVE[0]) + ["S"] * len(FIVE[1]) + [None, " ", NAN]
    survey = sq.survey_from_arrays(
        form([1]), perceptions=np.array(answers)[:, None], by={"branch": branches}
    )
    plain = compared(FIVE[:2], survey={"labels": ["N", "S"]})
    for kept in (survey, sq.moments(survey)):
        result = sq.compare_groups(kept, by="branch", score="perception")
        assert result.pairs.row() == plain.pairs.row()
        assert result.omnibus == plain.omnibus
        assert "; 3 respondents without a label are in no group" in result.pairs.note
    assert "without a label" not in plain.pairs.note


# --- clusters -------------------------------------------------------------------------------------

EXTRA = ["first_clusters", "second_clusters"]


def clustered(seed, *, teams=12, each=10, holes=0.2, alone=False):
    """Return a survey of three branches, each with teams of its own."""
    rng = np.random.default_rng(seed)
    n = teams * each
    team = np.arange(n) if alone else rng.integers(0, teams, n)
    E, P = (rng.integers(1, 8, (n, 6)).astype(float) for _ in range(2))
    P[rng.random(P.shape) < holes] = NAN
    by = {"branch": np.array(list("NSW"))[team % 3], "team": team}
    return sq.survey_from_arrays(form([3, 2, 1]), expectations=E, perceptions=P, by=by)


@pytest.mark.parametrize("level", ["dimensions", "items"])
@pytest.mark.parametrize("score", ["gap", "perception", "expectation"])
def test_clusters_of_one_respondent_are_none(level, score):
    survey = clustered(11, alone=True)
    how = {"by": "branch", "level": level, "score": score}
    plain, ours = (sq.compare_groups(survey, cluster=c, **how) for c in (None, "team"))
    assert not set(EXTRA) & set(plain.pairs.columns)
    assert ours.pairs["first_clusters"].tolist() == plain.pairs["first_n"].tolist()
    assert ours.pairs["second_clusters"].tolist() == plain.pairs["second_n"].tolist()
    for column in plain.pairs.columns:
        got, want = ours.pairs[column], plain.pairs[column]
        if want.dtype.kind in "UO":
            assert got.tolist() == want.tolist()
        else:
            rel = 1e-5 if column.startswith("effect_") else 1e-9
            np.testing.assert_allclose(got, want, rtol=rel, atol=rel, err_msg=column)
    for column in ("groups", "left_out", "f", "df1", "df2", "p", "p_holm"):
        np.testing.assert_allclose(ours.omnibus[column], plain.omnibus[column], rtol=1e-9)


def test_the_difference_of_clusters_by_hand():
    # N: teams a (3, 5), b (4, 6, 6), mean 24/5; S: c (2), d (2, 3), e (1, 7), mean 3
    groups = {"N": {"a": [3, 5], "b": [4, 6, 6]}, "S": {"c": [2], "d": [2, 3], "e": [1, 7]}}
    rows = [
        (branch, team, answer)
        for branch, teams in groups.items()
        for team, answers in teams.items()
        for answer in answers
    ]
    branch, team, answers = zip(*rows, strict=True)
    survey = sq.survey_from_arrays(
        form([1]),
        perceptions=np.array(answers, dtype=float)[:, None],
        by={"branch": branch, "team": team},
    )
    # residuals by team: N -1.6, 1.6 of 5 answers; S -1, -1, 2 of 5
    u = 2 / 1 * (1.6**2 + 1.6**2) / 25
    v = 3 / 2 * (1 + 1 + 4) / 25
    df = (u + v) ** 2 / (u**2 / 1 + v**2 / 2)
    for kept in (survey, sq.moments(survey)):
        result = sq.compare_groups(kept, by="branch", cluster="team", score="perception")
        row = result.pairs.row()
        assert [row[name] for name in ("first_n", "second_n", *EXTRA)] == [5, 5, 2, 3]
        assert row["difference"] == pytest.approx(1.8, rel=1e-12)
        assert row["se"] == pytest.approx(np.sqrt(u + v), rel=1e-12)
        assert row["df"] == pytest.approx(df, rel=1e-12)
        assert row["t"] == pytest.approx(1.8 / np.sqrt(u + v), rel=1e-12)
        assert row["p"] == pytest.approx(2 * stats.t.sf(row["t"], df), rel=1e-10)
        half = stats.t.ppf(0.975, df) * np.sqrt(u + v)
        assert [row["low"], row["high"]] == pytest.approx([1.8 - half, 1.8 + half], rel=1e-10)
        assert row["undefined"] == ""
        assert "cluster-robust" in result.pairs.note
        omnibus = result.omnibus.row()
        assert omnibus["f"] == pytest.approx(row["t"] ** 2, rel=1e-10)
        assert omnibus["df2"] == pytest.approx(df, rel=1e-10)


@pytest.mark.parametrize("level", LEVELS)
def test_clusters_give_the_means_and_errors_of_gap_scores(level):
    survey = clustered(12)
    means = getattr(sq.gap_scores(survey, by="branch", cluster="team"), level)
    result = sq.compare_groups(survey, by="branch", cluster="team", level=level)
    assert sq.compare_groups(sq.moments(survey), by="branch", cluster="team", level=level).pairs[
        "se"
    ].tolist() == pytest.approx(result.pairs["se"].tolist(), rel=1e-9)
    keys = [key for key in means.keys if key != "branch"]
    for row in result.pairs.rows():
        a, b = (
            means.row(branch=row[place], **{key: row[key] for key in keys})
            for place in ("first", "second")
        )
        assert [row[name] for name in EXTRA] == [a["clusters"], b["clusters"]]
        assert row["difference"] == a["gap"] - b["gap"]
        u, v = a["se"] ** 2, b["se"] ** 2
        assert row["se"] == pytest.approx(np.sqrt(u + v), rel=1e-12)
        df = (u + v) ** 2 / (u**2 / (a["clusters"] - 1) + v**2 / (b["clusters"] - 1))
        assert row["df"] == pytest.approx(df, rel=1e-12)


def teamed(teams, branches):
    answers = [[n % 5 + 2] for n in range(len(teams))]
    by = {"team": teams, "branch": branches}
    return sq.survey_from_arrays(form([1]), perceptions=answers, by=by)


def test_a_group_of_one_cluster_says_so():
    survey = teamed(list("aabbbccd"), list("NNNNNSSW"))
    result = sq.compare_groups(survey, by="branch", cluster="team", score="perception")
    why = {(row["first"], row["second"]): row["undefined"] for row in result.pairs.rows()}
    assert why == {
        ("N", "S"): "a group of one cluster",
        ("N", "W"): "a group of one",
        ("S", "W"): "a group of one",
    }
    row = result.pairs.row(first="N", second="S")
    assert (row["first_clusters"], row["second_clusters"]) == (2, 1)
    assert np.isfinite(row["difference"])
    tested = ["se", "low", "high", "t", "p", "p_holm", "effect_size", "effect_low", "effect_high"]
    assert np.isnan([row[name] for name in tested]).all()
    assert result.omnibus.row()["undefined"] == "fewer than two groups with variation"


@pytest.mark.parametrize("as_moments", [False, True])
def test_clusters_that_are_wrong(as_moments):
    def compare(survey, **how):
        answers = sq.moments(survey) if as_moments else survey
        sq.compare_groups(answers, score="perception", **{"by": "branch", "cluster": "team"} | how)

    survey = teamed(list("aabbba"), list("NNNSSS"))
    with pytest.raises(ValueError, match="`cluster` must lie within the groups of `by`, got 'a'"):
        compare(survey)
    with pytest.raises(ValueError, match="`cluster` must not be one of `by`, got 'branch'"):
        compare(survey, cluster="branch")
    with pytest.raises(ValueError, match="`cluster`: 'taem' is unknown"):
        compare(survey, cluster="taem")
    with pytest.raises(ValueError, match="`cluster`: 2 respondents have no 'team'"):
        compare(teamed(["a", None, "b", "c", None], list("NNNSS")))


def test_equal_groups_have_no_difference():
    row = compared([[1, 2, 4, 7]] * 2).pairs.row()
    assert (row["difference"], row["t"], row["p"], row["effect_size"]) == (0, 0, 1, 0)
    assert row["effect_low"] == pytest.approx(-row["effect_high"], rel=1e-5)
    omnibus = compared([[1, 2, 4, 7]] * 3).omnibus.row()
    assert omnibus["f"] == pytest.approx(0, abs=1e-25)
    assert omnibus["p"] == pytest.approx(1)


def test_weights_that_leave_hardly_one_respondent_have_a_reason_or_a_number():
    # the effective n are 1.02 and 1.03: m = n₁ + n₂ - 2 is far below 1, and g has no meaning
    weights = [200.0, 1, 1, 180, 1, 1]
    survey = sq.survey_from_arrays(
        form([1]),
        perceptions=[[1], [2], [4], [6], [5], [4]],
        weights=weights,
        by={"branch": list("NNNSSS")},
    )
    row = sq.compare_groups(survey, by="branch", score="perception").pairs.row()
    assert np.isfinite(row["effect_size"]) or row["undefined"], row


def test_an_answer_comes_where_groups_hardly_vary():
    """In a process of its own, because a loop in C cannot be stopped."""
    program = """
import numpy as np, servqual as sq
form = sq.Instrument(code="f", name="F", scale=sq.Scale(1, 7), dimensions=(
    sq.Dimension(code="A", name="A", items=(sq.Item("wait"),)),))
P = np.array([[7, 7, 6.99999, 6.99999, 1, 1, 1.00001, 1.00001]]).T  # t 1.5e6, df 6
survey = sq.survey_from_arrays(form, perceptions=P, by={"b": list("NNNNSSSS")})
row = sq.compare_groups(survey, by="b", score="perception").pairs.row()
assert row["undefined"] == "", row
assert 0 < row["effect_low"] < row["effect_size"] < row["effect_high"], row
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=6
    )
    assert done.returncode == 0, done.stderr


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"level": "respondents"}, ValueError, "`level` must be one of"),
        ({"score": "gaps"}, ValueError, "`score` must be one of"),
        ({"score": None}, ValueError, "`score` must be one of"),
        ({"by": "region"}, ValueError, "`by`: 'region' is unknown; there are 'branch', 'year'"),
        ({"by": None}, ValueError, "`by` must name at least one group column"),
        ({"by": ()}, ValueError, "`by` must name at least one group column"),
        ({"by": ("branch", "branch")}, ValueError, "`by`.*twice"),
        ({"by": 3}, TypeError, "`by`"),
        ({"confidence": 0}, ValueError, "`confidence`"),
        ({"confidence": "0.9"}, TypeError, "`confidence`"),
    ],
)
@pytest.mark.parametrize("as_moments", [False, True])
def test_bad_input_is_named(more, error, said, as_moments):
    answers = survey_of(9)
    with pytest.raises(error, match=said):
        sq.compare_groups(sq.moments(answers) if as_moments else answers, **{"by": "branch"} | more)


def test_one_group_is_not_enough():
    with pytest.raises(ValueError, match="`by` must make at least two groups, got N"):
        sq.compare_groups(survey_of(10, labels=("N",)), by="branch")


@pytest.mark.parametrize("score", ["gap", "expectation"])
def test_a_side_that_was_not_asked(score):
    with pytest.raises(ValueError, match="`answers` must have expectations"):
        sq.compare_groups(perceived(FIVE), by="branch", score=score)


@pytest.mark.parametrize("wrong", [None, [[1, 2]], "survey"])
def test_answers_of_another_kind(wrong):
    with pytest.raises(
        TypeError,
        match=r"`answers` must be Survey or Moments, got .*; read_survey makes one of a file",
    ):
        sq.compare_groups(wrong, by="branch")
