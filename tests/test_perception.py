"""Perceptions alone, Cronin and Taylor's forms, direct comparisons, and scores of respondents."""

import json
import math
import re

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
from .strategies import cases, form, wide_cases

NAN = math.nan
LEVELS = ("dimensions", "items", "overall")
THREE = ("expectations", "perceptions", "importances")
FORMS = ["SERVPERF", "weighted SERVPERF", "SERVQUAL", "weighted SERVQUAL"]
COLUMNS = ["n", "perception", "sd", "se", "low", "high", "undefined"]
FORM_COLUMNS = [
    "n",
    "sum",
    "mean",
    "normalised_n",
    "normalised",
    "sd",
    "se",
    "low",
    "high",
    "undefined",
]
many = effort(25)
some = effort(10)


def survey_of(perceptions, sizes=None, low=1, high=7, **sides):
    k = np.asarray(perceptions).shape[1]
    return sq.survey_from_arrays(form(sizes or [k], low, high), perceptions=perceptions, **sides)


def forms_of(survey, **how):
    return {row["form"]: row for row in sq.perception_scores(survey, **how).forms.rows()}


def near(got, want, size=1e-9):
    assert got == pytest.approx(want, rel=1e-8, abs=size, nan_ok=True)


def same_tables(ours, theirs, columns, levels=LEVELS, size=1e-7):
    for level in levels:
        one, other = getattr(ours, level), getattr(theirs, level)
        for name in columns:
            if one[name].dtype.kind in "UO":
                assert one[name].tolist() == other[name].tolist(), (level, name)
            else:
                np.testing.assert_allclose(
                    one[name], other[name], rtol=1e-8, atol=size, err_msg=f"{level} {name}"
                )


# --- worked values --------------------------------------------------------------------------------

# theory A3 [R]
P = [[5, 6, 4, 5.5]]
E = [[6, 6.5, 6, 5]]
I = [[7, 5, 6, 6]]  # noqa: E741 (Cronin and Taylor's letter)


@pytest.mark.parametrize("people", [1, 3])
def test_a3_forms(people):
    survey = survey_of(P * people, expectations=E * people, importances=I * people)
    rows = forms_of(survey)
    assert list(rows) == FORMS
    # theory A3 [R]: means -.75; -4.625; 5.125; 30.5; normalised 5.08333
    want = {
        "SERVPERF": (5.125, 5.125),
        "weighted SERVPERF": (30.5, 5.08333),
        "SERVQUAL": (-0.75, -0.75),
        "weighted SERVQUAL": (-4.625, -18.5 / 24),
    }
    for name, (mean, normalised) in want.items():
        assert rows[name]["mean"] == pytest.approx(mean, abs=1e-12)
        assert rows[name]["sum"] == pytest.approx(4 * mean, abs=1e-12)
        assert rows[name]["normalised"] == pytest.approx(normalised, abs=5e-6)
        assert rows[name]["n"] == people
        assert rows[name]["undefined"] == ("one respondent" if people == 1 else "no variation")


def test_a5_direct_comparison_with_the_middle():
    # theory A5: score = mean; centre 4 of a 7-point item
    survey = survey_of([[3], [4], [2], [5], [2]])
    row = direct_scores(survey).items.row()
    found = stats.ttest_1samp([3, 4, 2, 5, 2], 4)
    interval = found.confidence_interval()
    assert (row["mean"], row["difference"]) == pytest.approx((3.2, -0.8), abs=1e-12)
    assert (row["t"], row["p"]) == pytest.approx((found.statistic, found.pvalue), rel=1e-10)
    assert (row["low"], row["high"]) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert row["effect_size"] == pytest.approx(-0.8 / np.std([3, 4, 2, 5, 2], ddof=1), rel=1e-10)
    everybody_as_expected = direct_scores(survey_of([[4], [4]])).items.row()
    assert everybody_as_expected["difference"] == 0
    assert everybody_as_expected["undefined"] == "no variation"


@pytest.mark.parametrize(("low", "high"), [(1, 5), (0, 5), (-3, 3), (0, 1), (1, 6), (-10, -4)])
def test_direct_scores_on_other_scales(low, high):
    rng = np.random.default_rng(51)
    X = rng.integers(low, high + 1, (30, 5)).astype(float)
    X[rng.random(X.shape) < 0.2] = NAN
    scores = direct_scores(survey_of(X, [3, 2], low, high))
    plain = sq.perception_scores(survey_of(X, [3, 2], low, high))
    for level in LEVELS:
        ours, theirs = getattr(scores, level), getattr(plain, level)
        np.testing.assert_allclose(ours["mean"], theirs["perception"], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(
            ours["difference"], theirs["perception"] - (low + high) / 2, atol=1e-12
        )
        for name in ("n", "sd", "se", "low", "high"):
            np.testing.assert_array_equal(ours[name], theirs[name])
        np.testing.assert_allclose(ours["t"], ours["difference"] / ours["se"], rtol=1e-10)
        assert (ours["low"] >= low).all()
        assert (ours["high"] <= high).all()


# --- the exact reference --------------------------------------------------------------------------


def same_forms(rows, want):
    for name in FORMS:
        got = rows[name]
        if name not in want:
            assert got["n"] == 0
            assert math.isnan(got["mean"])
            continue
        figures = want[name]
        assert got["n"] == figures["n"], (name, got, figures)
        assert got["normalised_n"] == figures["normalised_n"], (name, got, figures)
        for column in ("sum", "mean", "normalised"):
            near(got[column], figures[column])
        for column in ("sd", "se"):
            near(got[column], figures[column], 1e-7)
        assert (got["undefined"] == "") == (figures["se"] > 0), (name, got, figures)


@given(case=wide_cases(sides=THREE, reverse=False))
@many
def test_the_slow_reference_agrees_on_forms(case):
    want = reference.forms(case.sides, **case.asked)
    same_forms(forms_of(case.survey), want)
    same_forms(forms_of(sq.moments(case.survey)), want)


@given(case=wide_cases(sides=("perceptions", "importances"), reverse=False, groups=True))
@some
def test_the_slow_reference_agrees_on_forms_by_group(case):
    table = sq.perception_scores(case.survey, by="branch").forms
    branches = np.array(case.by["branch"])
    for branch in set(branches):
        part = case.take(np.flatnonzero(branches == branch))
        rows = {row["form"]: row for row in table.where(branch=branch).rows()}
        same_forms(rows, reference.forms(part.sides, **part.asked))


@given(case=wide_cases(sides=("perceptions",)))
@many
def test_the_slow_reference_agrees_on_perceptions(case):
    """A side is a gap from 0: the reference of gaps, with expectations of 0 for all."""
    own = case.turned("perceptions")
    zeros = np.where(np.isnan(own), NAN, 0)
    scale = case.instrument.scale
    want = reference.gap_scores(zeros, own, case.sizes, width=math.inf, **case.asked)
    scores = sq.perception_scores(case.survey)
    rows = {
        "items": want["items"],
        "dimensions": want["dimensions"],
        "overall": list(want["overall"].values()),
    }
    for level in LEVELS:
        for got, row in zip(getattr(scores, level).rows(), rows[level], strict=True):
            assert got["n"] == row["n"]
            near(got["perception"], row["gap"])
            near(got["sd"], row["sd"], 1e-7)
            near(got["se"], row["se"], 1e-7)
            near(got["low"], max(row["low"], scale.low), 1e-6)
            near(got["high"], min(row["high"], scale.high), 1e-6)
            assert (got["undefined"] == "") == row["defined"]


# --- what SERVPERF stands on ----------------------------------------------------------------------


@given(case=wide_cases(points=True, groups=True), data=st.data())
@many
def test_servperf_ignores_expectations(case, data):
    n, k = case.sides["perceptions"].shape
    step = case.instrument.scale.width
    codes = np.array(data.draw(st.lists(st.integers(-1, 1), min_size=n * k, max_size=n * k)))
    others = np.where(codes < 0, NAN, case.instrument.scale.low + step * codes).reshape(n, k)
    without = {side: x for side, x in case.sides.items() if side != "expectations"}
    ours = sq.perception_scores(case.survey, by="branch")
    for sides in (case.sides | {"expectations": others}, without):
        theirs = sq.perception_scores(attrs.evolve(case, sides=sides).survey, by="branch")
        same_tables(ours, theirs, COLUMNS)
        one = ours.forms["form"] == "SERVPERF"
        for name in FORM_COLUMNS[:-1]:
            np.testing.assert_allclose(
                ours.forms[name][one], theirs.forms[name][one], rtol=1e-8, atol=1e-7
            )


@given(case=wide_cases(sides=THREE, reverse=False))
@some
def test_weighted_servperf_ignores_expectations(case):
    sides = {side: x for side, x in case.sides.items() if side != "expectations"}
    ours, theirs = forms_of(case.survey), forms_of(attrs.evolve(case, sides=sides).survey)
    for name in FORM_COLUMNS:
        got, want = ours["weighted SERVPERF"][name], theirs["weighted SERVPERF"][name]
        assert got == (
            want if isinstance(want, str) else pytest.approx(want, abs=1e-7, nan_ok=True)
        )
    assert theirs["SERVQUAL"]["undefined"] == "no expectations asked"
    assert theirs["weighted SERVQUAL"]["undefined"] == "no expectations asked"


@given(case=wide_cases(sides=THREE, reverse=False))
@some
def test_unweighted_forms_are_the_overall_rows(case):
    scores, gaps = sq.perception_scores(case.survey), sq.gap_scores(case.survey)
    rows = {row["form"]: row for row in scores.forms.rows()}
    pairs = (("SERVPERF", scores, "perception"), ("SERVQUAL", gaps, "gap"))
    for name, result, column in pairs:
        overall = result.overall.row(score="items")
        for ours, theirs in (("n", "n"), ("mean", column), ("normalised", column), ("se", "se")):
            near(rows[name][ours], overall[theirs], 1e-9)
        for end in ("low", "high"):
            near(rows[name][end], overall[end], 1e-9)
        assert rows[name]["undefined"] == overall["undefined"]


@given(case=wide_cases(sides=THREE, reverse=False, missing=False, scales=[(1, 7), (0, 10)]))
@some
def test_equal_importances_are_no_weights(case):
    importances = np.full_like(case.sides["importances"], 3)
    equal = attrs.evolve(case, sides=case.sides | {"importances": importances})
    rows = forms_of(equal.survey)
    for plain in ("SERVPERF", "SERVQUAL"):
        weighted = rows["weighted " + plain]
        near(weighted["normalised"], rows[plain]["normalised"])
        near(weighted["mean"], 3 * rows[plain]["mean"])
        near(weighted["se"], rows[plain]["se"], 1e-7)


@given(case=wide_cases(sides=THREE, reverse=False))
@some
def test_intervals_stay_on_the_scale(case):
    scale = case.instrument.scale
    scores = sq.perception_scores(case.survey, confidence=0.999)
    for level in LEVELS:
        for row in getattr(scores, level).rows():
            if not row["undefined"]:
                assert scale.low <= row["low"] <= row["perception"] + 1e-9
                assert row["perception"] - 1e-9 <= row["high"] <= scale.high
    for row in scores.forms.rows():
        if not row["undefined"]:
            ends = (scale.low, scale.high) if "PERF" in row["form"] else (-scale.width, scale.width)
            assert ends[0] <= row["low"] <= row["high"] <= ends[1]


@given(case=wide_cases(sides=THREE, reverse=False))
@many
def test_a_row_is_either_undefined_or_has_every_number(case):
    scores = sq.perception_scores(case.survey)
    for table in (*(getattr(scores, level) for level in LEVELS), scores.forms):
        for row in table.rows():
            numbers = [x for x in row.values() if isinstance(x, float)]
            assert any(map(math.isnan, numbers)) == bool(row["undefined"]), row


@given(case=wide_cases(sides=THREE, groups=True, least=2), data=st.data())
@some
def test_parts_add_up_and_come_back_from_json(case, data):
    order = np.array(data.draw(st.permutations(range(len(case)))))
    cut = data.draw(st.integers(1, len(case) - 1))
    whole = sq.moments(case.survey)
    parts = [sq.moments(case.take(part).survey) for part in np.split(order, [cut])]
    ours, theirs = (sq.perception_scores(x, by="branch") for x in (sum(parts), whole))
    same_tables(ours, theirs, COLUMNS)
    for name in FORM_COLUMNS[:-1]:
        np.testing.assert_allclose(ours.forms[name], theirs.forms[name], rtol=1e-8, atol=1e-7)
    assert ours.forms["undefined"].tolist() == theirs.forms["undefined"].tolist()
    again = sq.Moments.from_dict(json.loads(json.dumps(whole.to_dict())))
    assert again == whole
    assert sq.perception_scores(again, by="team") == sq.perception_scores(whole, by="team")


@given(case=wide_cases(sides=THREE, groups=True))
@some
def test_a_group_is_the_survey_of_its_own(case):
    survey = case.survey
    by_team = sq.perception_scores(survey, by="team")
    for team in set(case.by["team"]):
        alone = sq.perception_scores(survey.select(survey.groups("team") == team))
        for level in (*LEVELS, "forms"):
            group, want = getattr(by_team, level).where(team=team), getattr(alone, level)
            for name in set(want.columns) - {"form"}:
                if want[name].dtype.kind in "UO":
                    assert group[name].tolist() == want[name].tolist()
                else:
                    np.testing.assert_allclose(group[name], want[name], rtol=1e-8, atol=1e-7)


# --- counted by hand ------------------------------------------------------------------------------


def test_forms_with_answers_missing():
    survey = survey_of(
        [[5, 6, NAN, 4], [2, NAN, NAN, NAN], [3, 3, 3, 3]],
        importances=[[1, 2, 5, NAN], [4, 4, 4, 4], [1, 2, 3, 4]],
    )
    row = forms_of(survey)["weighted SERVPERF"]
    # the first has two items of four: 5 + 12; the second one, too few; the third all
    assert row["n"] == 2
    assert row["mean"] == pytest.approx((17 / 2 + 30 / 4) / 2, rel=1e-12)
    assert row["sum"] == pytest.approx(4 * row["mean"], rel=1e-12)
    assert row["normalised"] == pytest.approx((17 / 3 + 3) / 2, rel=1e-12)
    servperf = forms_of(survey)["SERVPERF"]
    assert servperf["mean"] == pytest.approx((10 / 3 + 9 / 2 + 3 + 7 / 2) / 4, rel=1e-12)


def test_importances_that_are_all_zero_for_some():
    """The normalised score stands on fewer: the row says on how many, or why it has no error."""
    survey = survey_of(
        [[5, 6], [2, 3], [4, 4]], low=0, high=10, importances=[[1, 2], [0, 0], [0, 0]]
    )
    row = forms_of(survey)["weighted SERVPERF"]
    assert row["mean"] == pytest.approx((17 / 2) / 3, rel=1e-12)
    assert row["normalised"] == pytest.approx(17 / 3, rel=1e-12)
    assert math.isnan(row["se"])
    assert row["undefined"] != ""


def test_importances_below_zero_have_no_normalised_score():
    survey = survey_of([[3, 2], [2, 3]], low=-3, high=3, importances=[[-1, 2], [-3, -2]])
    row = forms_of(survey)["weighted SERVPERF"]
    assert row["n"] == 2
    assert row["mean"] == pytest.approx(((-3 + 4) / 2 + (-6 - 6) / 2) / 2, rel=1e-12)
    assert math.isnan(row["normalised"])
    assert row["undefined"] == "importances below 0 or all 0"


def test_tables_have_the_columns_of_the_contract():
    survey = survey_of([[3], [4]], by={"branch": ["N", "S"]})
    scores = sq.perception_scores(survey)
    assert list(scores.items.columns) == ["dimension", "item", *COLUMNS]
    assert list(scores.dimensions.columns) == ["dimension", *COLUMNS]
    assert list(scores.overall.columns) == ["score", *COLUMNS]
    assert list(scores.forms.columns) == ["form", *FORM_COLUMNS]
    grouped = sq.perception_scores(survey, by="branch")
    assert list(grouped.forms.columns) == ["branch", "form", *FORM_COLUMNS]
    assert grouped.forms["branch"].tolist() == ["N"] * 4 + ["S"] * 4
    assert "SERVPERF" in str(scores)
    direct = direct_scores(survey)
    want = ["n", "mean", "difference", "sd", "se", "low", "high", "t", "p", "effect_size"]
    assert list(direct.items.columns) == ["dimension", "item", *want, "undefined"]
    assert "midpoint (4)" in direct.items.note


def test_forms_that_were_not_asked():
    rows = forms_of(survey_of([[3, 4], [5, 5]]))
    assert [rows[name]["undefined"] for name in FORMS[1:]] == [
        "no importances asked",
        "no expectations asked",
        "no expectations and importances asked",
    ]
    for name in FORMS[1:]:
        assert (rows[name]["n"], rows[name]["normalised_n"]) == (0, 0)
        numbers = [column for column in FORM_COLUMNS[1:-1] if column != "normalised_n"]
        assert all(math.isnan(rows[name][column]) for column in numbers)


def test_forms_by_cluster():
    rng = np.random.default_rng(52)
    n = 40
    answers, importances = rng.integers(1, 8, (2, n, 3)).astype(float)
    team = rng.integers(0, 6, n)
    survey = survey_of(answers, importances=importances, by={"team": team})
    rows = forms_of(survey, cluster="team")
    x = (answers * importances).sum(axis=1) / importances.sum(axis=1)
    sums = np.array([(x - x.mean())[team == c].sum() for c in range(6)]) / n
    se = math.sqrt(6 / 5 * (sums**2).sum())
    assert rows["weighted SERVPERF"]["se"] == pytest.approx(se, rel=1e-10)
    half = stats.t.ppf(0.975, 5) * se
    assert rows["weighted SERVPERF"]["low"] == pytest.approx(x.mean() - half, rel=1e-9)
    own = answers.mean(axis=1)
    sums = np.array([(own - own.mean())[team == c].sum() for c in range(6)]) / n
    se = math.sqrt(6 / 5 * (sums**2).sum())
    assert rows["SERVPERF"]["se"] == pytest.approx(se, rel=1e-10)


def test_forms_by_population():
    rng = np.random.default_rng(52)
    n = 40
    answers, importances = rng.integers(1, 8, (2, n, 3)).astype(float)
    rows = forms_of(survey_of(answers, importances=importances), population=96)
    x = (answers * importances).sum(axis=1) / importances.sum(axis=1)
    for name, own in (("weighted SERVPERF", x), ("SERVPERF", answers.mean(axis=1))):
        se = own.std(ddof=1) / math.sqrt(n) * math.sqrt(1 - n / 96)
        assert rows[name]["se"] == pytest.approx(se, rel=1e-10)
        half = stats.t.ppf(0.975, n - 1) * se
        assert rows[name]["low"] == pytest.approx(own.mean() - half, rel=1e-9)


def test_dimension_weights_of_perceptions():
    answers = np.array([[5, 6, 2], [3, 4, 7]])
    scores = sq.perception_scores(survey_of(answers, [2, 1]), dimension_weights={"A": 25, "B": 75})
    row = scores.overall.row(score="weighted")
    own = answers[:, :2].mean(axis=1) / 4 + answers[:, 2] * 3 / 4
    assert row["perception"] == pytest.approx(own.mean(), rel=1e-12)
    assert row["se"] == pytest.approx(own.std(ddof=1) / math.sqrt(2), rel=1e-12)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float32])
def test_products_of_small_dtypes_do_not_overflow(dtype):
    rng = np.random.default_rng(53)
    answers, importances = rng.integers(50, 101, (2, 30, 4))
    want = forms_of(survey_of(answers, low=0, high=100, importances=importances))
    small = survey_of(answers.astype(dtype), low=0, high=100, importances=importances.astype(dtype))
    for name, row in forms_of(small).items():
        for column in FORM_COLUMNS[:-1]:
            near(row[column], want[name][column])
    mean = (answers * importances).mean()
    assert want["weighted SERVPERF"]["mean"] == pytest.approx(mean, rel=1e-12)


def test_reversed_items_are_reversed_in_answers_and_not_in_importance():
    """A negatively worded item that matters much still matters much."""
    instrument = form([2], reverse={1})
    survey = sq.survey_from_arrays(instrument, perceptions=[[6, 2]], importances=[[1, 7]])
    np.testing.assert_array_equal(survey.perceptions, [[6, 6]])
    np.testing.assert_array_equal(survey.importances, [[1, 7]])


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scores", [sq.perception_scores, direct_scores])
def test_answers_of_another_kind(scores):
    for answers in (None, 3, [[1, 2]], "survey"):
        with pytest.raises(TypeError, match=r"`answers` must be .*Survey or Moments, got"):
            scores(answers)
    survey = survey_of([[3], [4]], by={"branch": ["N", "S"]})
    with pytest.raises(ValueError, match=r"`by`.*'brnch'.*'branch'"):
        scores(survey, by="brnch")
    with pytest.raises(ValueError, match="`confidence`"):
        scores(survey, confidence=1)
    with pytest.raises(ValueError, match="`dimension_weights`"):
        scores(survey, dimension_weights={"A": 3})


def test_nobody_answered_anything():
    scores = sq.perception_scores(survey_of(np.full((2, 2), NAN), importances=[[1, 2], [3, 4]]))
    for level in LEVELS:
        assert set(getattr(scores, level)["undefined"].tolist()) == {"no answers"}
    assert scores.forms["n"].tolist() == [0] * 4
    assert all(scores.forms["undefined"].tolist())


# --- scores of respondents ------------------------------------------------------------------------


@given(case=cases())
@many
def test_scores_of_respondents_are_those_of_the_reference(case):
    sides = case.turned("expectations"), case.turned("perceptions")
    e, p = reference.paired_columns(sides, case.sizes, "dimensions", case.min_answered)
    got = sq.respondent_scores(case.survey)
    for table, columns in (
        (got.expectations, e),
        (got.perceptions, p),
        (got.gaps, reference.less(p, e)),
    ):
        want = [[NAN if x is None else float(x) for x in column] for column in columns]
        np.testing.assert_allclose(table, np.transpose(want), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(got.overall, got.gaps.mean(axis=1), equal_nan=True)


@given(case=cases(weights=False))
@some
def test_the_mean_of_respondents_scores_is_the_gap(case):
    got, scores = sq.respondent_scores(case.survey), sq.gap_scores(case.survey)
    for d, row in enumerate(scores.dimensions.rows()):
        known = got.gaps[:, d][~np.isnan(got.gaps[:, d])]
        assert row["n"] == len(known)
        if len(known):
            assert row["gap"] == pytest.approx(known.mean(), abs=1e-12)
            assert row["expectation"] == pytest.approx(np.nanmean(got.expectations[:, d]))
        if len(known) > 1:
            assert row["sd"] == pytest.approx(known.std(ddof=1), abs=1e-7)


@given(case=wide_cases(sides=("minimums", "importances", *THREE[:2]), points=True, weights=True))
@some
def test_other_sides_change_no_score_of_a_respondent(case):
    plain = {side: case.sides[side] for side in THREE[:2]}
    ours = sq.respondent_scores(case.survey)
    assert ours == sq.respondent_scores(attrs.evolve(case, sides=plain, points=None).survey)


def test_equal_scores_of_respondents_are_equal_numbers():
    """A third of 4 is a third of 4, whichever items it comes from."""
    E = np.full((3, 3), 6)
    P_ = np.array([[5, 5, 4], [4, 5, 5], [5, 4, 5]])
    survey = sq.survey_from_arrays(form([3]), expectations=E, perceptions=P_)
    assert len(set(sq.respondent_scores(survey).gaps.ravel().tolist())) == 1


def test_the_table_of_respondents():
    survey = sq.survey_from_arrays(
        form([1, 2]),
        expectations=[[7, 6, 6], [6, 6, 6]],
        perceptions=[[5, 6, 5], [NAN, 4, NAN]],
        respondents=["ann", "bob"],
        min_answered=1,
    )
    scores = sq.respondent_scores(survey)
    assert scores.dimensions == ("A", "B")
    table = scores.table
    assert list(table.columns) == [
        "respondent",
        "dimension",
        "expectation",
        "perception",
        "gap",
        "undefined",
    ]
    assert table.row(respondent="ann", dimension="B")["gap"] == -0.5
    assert table.row(respondent="bob", dimension="A")["undefined"] == "too few answers"
    assert table["undefined"].tolist().count("") == 2
    assert scores.overall.tolist()[0] == pytest.approx(-1.25)
    assert math.isnan(scores.overall[1])
    with pytest.raises(ValueError, match="read-only"):
        scores.gaps[0] = 0


def test_many_respondents_are_worked_out_in_blocks():
    rng = np.random.default_rng(54)
    E_, P_ = rng.integers(1, 8, (2, 70_000, 2)).astype(np.int8)
    survey = sq.survey_from_arrays(form([1, 1]), expectations=E_, perceptions=P_)
    np.testing.assert_array_equal(sq.respondent_scores(survey).gaps, P_.astype(float) - E_)


def test_respondents_of_what_is_no_survey():
    survey = sq.survey_from_arrays(form([1]), expectations=[[4]], perceptions=[[3]])
    for wrong in (sq.moments(survey), None, [[1]]):
        with pytest.raises(TypeError, match="`survey` must be Survey, got"):
            sq.respondent_scores(wrong)


@pytest.mark.parametrize("minimums", [False, True])
def test_respondents_without_expectations_have_perceptions_alone(minimums):
    answers = np.array([[3, 4, 6], [5, NAN, 2], [NAN, NAN, 7]])
    sides = {"minimums": np.full(answers.shape, NAN)} if minimums else {}
    survey = survey_of(answers, [2, 1], min_answered=0.5, **sides)
    scores = sq.respondent_scores(survey)
    np.testing.assert_array_equal(scores.perceptions, [[3.5, 6], [5, 2], [NAN, 7]])
    for nothing in (scores.expectations, scores.gaps, scores.overall):
        assert np.isnan(nothing).all()
    assert scores.gaps.shape == scores.expectations.shape == (3, 2)
    assert scores.overall.shape == (3,)
    table = scores.table
    np.testing.assert_array_equal(table["perception"], scores.perceptions.ravel())
    assert np.isnan([*table["expectation"], *table["gap"]]).all()
    assert table["undefined"].tolist() == ["no expectations"] * 4 + [
        "too few answers",
        "no expectations",
    ]


def test_direct_comparisons_are_never_turned():
    survey = sq.survey_from_arrays(form([2, 1], reverse={1}), perceptions=[[3, 4, 5], [2, 2, 2]])
    said = (
        "`answers` must not have reverse-keyed items, got i2; a comparison from worse to better is "
        "never turned: read it with a form without `reverse`"
    )
    with pytest.raises(ValueError, match=re.escape(said)):
        direct_scores(survey)


def test_forms_of_nobody_say_who_is_missing():
    answers = {"expectations": [[NAN]], "perceptions": [[NAN]], "importances": [[NAN]]}
    rows = forms_of(sq.survey_from_arrays(form([1]), **answers))
    assert [rows[name]["undefined"] for name in FORMS] == [
        "no answers",
        "no respondent with every side",
        "no respondent with both sides",
        "no respondent with every side",
    ]


def test_importances_below_zero_of_one_respondent_are_no_matter_for_others():
    survey = survey_of(
        [[3, 2], [2, 3], [1, 1]], low=-3, high=3, importances=[[-1, 2], [1, 3], [2, 2]]
    )
    row = forms_of(survey)["weighted SERVPERF"]
    assert (row["n"], row["normalised_n"]) == (3, 2)
    assert row["normalised"] == pytest.approx(((2 + 9) / 4 + 1) / 2, rel=1e-12)
