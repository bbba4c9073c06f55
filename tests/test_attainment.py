"""Attainment and shifted expectations: worked values, Fieller by inversion, R, brute force."""

import math
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, special, stats

import servqual as sq
from servqual._stats.means import Mean
from servqual._stats.student import ratio_interval
from servqual.scoring import attainment, expectation_what_if

from .effort import effort
from .reference import exact, less, mean_and_errors, paired_columns
from .strategies import cases, form, wide_cases

NAN = math.nan
LEVELS = ("dimensions", "items", "overall")
RATIO = ("attainment", "se", "low", "high")
FROM_ZERO = ("from_zero", "from_zero_low", "from_zero_high")
COLUMNS = ("n", "expectation", "perception", "gap", *RATIO, *FROM_ZERO, "lacking", "undefined")
AFTER = ("n", "expectation", "perception", "shift", "expectation_after", "gap", "gap_after")
AFTER = (*AFTER, "se", "low", "high", "change", "lacking", "undefined")
NOBODY = "no respondent with both sides"
UNSURE = "too few or too varied answers"
LOW_END = "no from_zero: mean expectation at the low end"
LOWERED = "the gap rises by a lower expectation alone: perception is the same"
many = effort(25)
some = effort(15)
few = effort(8)
SHIFTS = st.integers(-16, 16).map(lambda x: x / 8)


def close(wanted, rel=1e-9, least=1e-10):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def column(values):
    return np.array(values, dtype=float)[:, None]


def survey_of(expectations, perceptions, low=1, high=7, sizes=None, **more):
    k = np.asarray(expectations).shape[1]
    return sq.survey_from_arrays(
        form(sizes or [k], low, high), expectations=expectations, perceptions=perceptions, **more
    )


def one(expectations, perceptions, low=1, high=7, **how):
    """Return the row of the single item of a survey given as lists."""
    survey = survey_of(column(expectations), column(perceptions), low, high)
    return attainment(survey, **how).items.row()


def same(first, second, names):
    """See that two tables have the same rows in these columns, but for rounding."""
    for name in names:
        if first[name].dtype.kind in "fi":
            assert first[name].tolist() == close(second[name].tolist()), name
        else:
            assert first[name].tolist() == second[name].tolist(), name


def plain(case):
    """Return a case without reverse-keyed items, on a scale so wide that shifts stay on it."""
    return sq.survey_from_arrays(
        form(case.sizes, -200, 200),
        expectations=case.turned("expectations"),
        perceptions=case.turned("perceptions"),
        weights=case.weights,
        by=case.by,
        min_answered=case.min_answered,
    )


# --- worked values --------------------------------------------------------------------------------


def test_attainment_is_perception_over_expectation():
    # seeds row 59: 達成率, perception over expectation; (5 + 3)/(6 + 4), from zero (4 + 2)/(5 + 3)
    found = attainment(survey_of([[6], [4]], [[5], [3]]))
    for level in LEVELS:
        for row in getattr(found, level).rows():
            assert row["attainment"] == close(0.8)
            assert row["from_zero"] == close(0.75)
            assert (row["expectation"], row["perception"], row["gap"], row["n"]) == (5, 4, -1, 2)
    assert found.items.columns == ("dimension", "item", *COLUMNS)
    assert found.dimensions.columns == ("dimension", *COLUMNS)
    assert found.overall.columns == ("score", *COLUMNS)


def test_it_is_a_ratio_of_means_not_the_mean_of_ratios():
    row = one([2, 6], [4, 3])
    assert row["attainment"] == close(7 / 8)  # not (2 + 0.5)/2


def test_constant_expectations_leave_students_interval_of_perceptions():
    p = [3, 4, 5, 5, 2, 4]
    row = one([4] * 6, p)
    mean, half = np.mean(p), stats.t.ppf(0.975, 5) * stats.sem(p)
    assert row["se"] == close(stats.sem(p) / 4)
    assert [row["low"], row["high"]] == close([(mean - half) / 4, (mean + half) / 4])
    assert [row["from_zero_low"], row["from_zero_high"]] == close(
        [(mean - 1 - half) / 3, (mean - 1 + half) / 3]
    )


def weighted_answers():
    """Return the 60 answers that R was given: 4 items, weights, 12 clusters."""
    rng = np.random.default_rng(5)
    e = rng.integers(4, 8, (60, 4)).astype(float)
    p = np.clip(e - rng.integers(0, 4, (60, 4)), 1, 7).astype(float)
    weights = rng.uniform(0.5, 3, 60).round(3)
    return e, p, weights, [f"c{number}" for number in rng.integers(0, 12, 60)]


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        # R survey: svyratio(~p, ~e, svydesign(~1, weights=~w)), p and e the respondents' means;
        # limits: uniroot on svymean(~(p - k*e)), mean/SE = ± qt(.975, 59)
        ({}, [0.748232561700824, 0.0116907889642872, 0.724699816871457, 0.771498346768451]),
        # the same with svydesign(~b, weights=~w) and qt(.975, 11)
        (
            {"cluster": "b"},
            [0.748232561700824, 0.00548999215547201, 0.736094657572215, 0.76027071234522],
        ),
    ],
)
def test_weights_and_clusters_are_those_of_r_survey(how, wanted):
    e, p, weights, clusters = weighted_answers()
    survey = survey_of(e, p, sizes=[2, 2], weights=weights, by={"b": clusters})
    for answers in (survey, sq.moments(survey)):
        row = attainment(answers, **how).overall.row(score="items")
        assert [row[name] for name in RATIO] == close(wanted, rel=1e-10)


def test_points_weigh_the_dimensions_of_each_respondent():
    e, p, *_ = weighted_answers()
    first = np.arange(60) % 7 * 10 + 20.0
    points = np.column_stack([first, 100 - first])
    overall = attainment(survey_of(e, p, sizes=[2, 2], dimension_points=points)).overall
    sides = [x.reshape(60, 2, 2).mean(axis=2) for x in (p, e)]
    own = [(points / 100 * x).sum(axis=1).mean() for x in sides]
    together = [points.mean(axis=0) / 100 @ x.mean(axis=0) for x in sides]
    for score, (top, bottom) in {"weighted": own, "weighted_aggregate": together}.items():
        row = overall.row(score=score)
        assert row["attainment"] == close(top / bottom)
        assert row["from_zero"] == close((top - 1) / (bottom - 1))
        assert row["undefined"] == ""
    row = overall.row(score="covariance")
    assert row["undefined"] == "a covariance has no ratio"
    assert all(math.isnan(row[name]) for name in (*RATIO, *FROM_ZERO))


# --- brute force ----------------------------------------------------------------------------------


def rows_of(case, level, dimension_weights=None):
    """Return the columns and shares of each row of a level, for both sides, as fractions."""

    def sides(of):
        tables = (case.turned("expectations"), case.turned("perceptions"))
        return paired_columns(tables, case.sizes, of, case.min_answered)

    if level != "overall":
        return [([e], [p], [Fraction(1)]) for e, p in zip(*sides(level), strict=True)]
    equal = [
        (*sides(of), [Fraction(1, k)] * k)
        for of, k in (("dimensions", len(case.sizes)), ("items", sum(case.sizes)))
    ]
    if dimension_weights is None:
        return equal
    return [*equal, (*sides("dimensions"), [exact(x) for x in dimension_weights])]


def centre_of(columns, shares, weights):
    """Return the mean of the columns' weighted means, exactly; None where one has no answer."""
    total = Fraction(0)
    for values, share in zip(columns, shares, strict=True):
        who = [i for i, x in enumerate(values) if x is not None and weights[i] > 0]
        if not who:
            return None
        mass = sum(weights[i] for i in who)
        total += share * sum(weights[i] * values[i] for i in who) / mass
    return total


def times(columns, factor):
    return [[None if x is None else x * factor for x in values] for values in columns]


def minus(columns, floor):
    return [[None if x is None else x - floor for x in values] for values in columns]


def ratio_of(e, p, shares, weights, ends, confidence):
    """Return P/E, its se, and limits by inversion of Student's test that the mean of p - r·e is 0.

    The set of r at which the test is passed is bounded where E itself is told from 0.
    """
    bottom, top = centre_of(e, shares, weights), centre_of(p, shares, weights)
    if bottom is None or bottom <= 0:
        return [NAN] * 4, ""
    ratio = top / bottom
    rest = mean_and_errors(less(p, times(e, ratio)), shares, weights)
    own = mean_and_errors(e, shares, weights)
    estimate, se = float(ratio), rest["se"] / float(bottom)
    if rest["n"] < 2:
        return [estimate, NAN, NAN, NAN], "one respondent"
    if rest["flat"]:
        return [estimate, 0.0, NAN, NAN], "no variation"
    q = stats.t.ppf(0.5 + confidence / 2, rest["n"] - 1)
    assume(abs(own["se"] * q / own["mean"] - 1) > 1e-9)  # at the border itself rounding decides
    if own["se"] * q > own["mean"]:
        return [estimate, se, NAN, NAN], UNSURE
    # se² of p - r·e is a parabola in r: three points of it, each by brute force
    plus, centre, less_ = (
        mean_and_errors(less(p, times(e, Fraction(r))), shares, weights)["se"] ** 2
        for r in (1, 0, -1)
    )

    def passed(r):
        variance = centre + r * (plus - less_) / 2 + r**2 * ((plus + less_) / 2 - centre)
        return (float(top) - r * float(bottom)) ** 2 - q**2 * variance

    limits = []
    for sign, end in ((-1, ends[0]), (1, ends[1])):
        far, step = estimate, max(abs(estimate), 1.0) * 1e-3
        while passed(far) <= 0 and (end - far) * sign > 0:
            far, step = estimate + sign * step, step * 2
        if (end - far) * sign <= 0 and passed(end) <= 0:
            limits.append(end)
        else:
            limits.append(optimize.brentq(passed, estimate, far, xtol=1e-14, rtol=1e-14))
    return [estimate, se, *np.clip(limits, *ends)], ""


@many
@given(
    st.one_of(cases(most=7), cases(missing=False, least=2, most=7)),
    st.sampled_from([0.5, 0.8, 0.95, 0.99]),
)
def test_every_row_is_fieller_by_inversion_of_students_test(case, confidence):
    dimensions = len(case.sizes)
    dimension_weights = [2.0**-d for d in range(1, dimensions)] + [2.0 ** (1 - dimensions)]
    codes = case.instrument.dimension_codes
    found = attainment(
        case.survey,
        dimension_weights=dict(zip(codes, dimension_weights, strict=True)),
        confidence=confidence,
    )
    scale = case.instrument.scale
    low, high = exact(scale.low), exact(scale.high)
    weights = [Fraction(1)] * len(case.perceptions)
    if case.weights is not None:
        weights = [exact(x) for x in case.weights]
    ends = {
        name: (bottom / top, top / bottom) if bottom > 0 else (-np.inf if bottom < 0 else 0, np.inf)
        for name, bottom, top in (("own", float(low), float(high)), ("zero", 0, 1))
    }
    for level in LEVELS:
        rows = rows_of(case, level, dimension_weights)
        table = getattr(found, level)
        assert len(rows) == len(table)
        for (e, p, shares), row in zip(rows, table.rows(), strict=True):
            n = mean_and_errors(less(p, e), shares, weights)["n"]
            assert row["n"] == n
            own, why = ratio_of(e, p, shares, weights, ends["own"], confidence)
            counted = minus(e, low), minus(p, low)
            other, no = ratio_of(*counted, shares, weights, ends["zero"], confidence)
            assert [row[name] for name in RATIO] == close(own, rel=1e-7, least=1e-8)
            wanted = [other[0], *other[2:]]
            assert [row[name] for name in FROM_ZERO] == close(wanted, rel=1e-7, least=1e-8)
            undefined = NOBODY if n == 0 else "mean expectation 0 or less"
            assert row["undefined"] == (undefined if math.isnan(own[0]) else "")
            assert ("no interval: " in row["lacking"]) == (why != "")
            assert why in row["lacking"]
            if not math.isnan(other[0]):
                assert no in row["lacking"]
                assert (row["lacking"] == "") == (why == no == "")


@some
@given(cases(groups=True))
def test_means_and_gaps_are_those_of_gap_scores(case):
    found, gaps = attainment(case.survey, by="branch"), sq.gap_scores(case.survey, by="branch")
    assert found.respondents == gaps.respondents
    for level in LEVELS:
        names = ("branch", "n", "expectation", "perception", "gap")
        same(getattr(found, level), getattr(gaps, level), names)


# --- properties -----------------------------------------------------------------------------------


@some
@given(cases())
def test_attainment_is_on_the_side_of_one_that_the_gap_is_of_nought(case):
    found = attainment(case.survey)
    for level in LEVELS:
        for row in getattr(found, level).rows():
            for name in ("attainment", "from_zero"):
                if not math.isnan(row[name]):
                    assert (abs(row[name] - 1) < 1e-9) == (abs(row["gap"]) < 1e-9)
                    assert (row[name] > 1 + 1e-9) == (row["gap"] > 1e-9)


def test_service_as_expected_is_attained_in_full():
    row = one([6, 5, 7], [6, 5, 7])
    assert (row["gap"], row["attainment"], row["from_zero"]) == (0, 1, 1)
    row = one([6, 5, 7], [7, 6, 5])
    assert (row["gap"], row["attainment"], row["from_zero"]) == close((0, 1, 1))


@some
@given(cases(), st.sampled_from([0.5, 3, 100]))
def test_multiples_of_the_scale_change_no_ratio(case, factor):
    scale = case.instrument.scale
    scaled = attrs.evolve(
        case,
        instrument=form(
            case.sizes,
            scale.low * factor,
            scale.high * factor,
            [j for j, item in enumerate(case.instrument.items) if item.reverse],
        ),
        expectations=case.expectations * factor,
        perceptions=case.perceptions * factor,
    )
    one, other = attainment(case.survey), attainment(scaled.survey)
    for level in LEVELS:
        first, second = getattr(one, level), getattr(other, level)
        same(first, second, (*RATIO, *FROM_ZERO, "n", "lacking", "undefined"))
        assert (first["gap"] * factor).tolist() == close(second["gap"].tolist())


@some
@given(cases())
def test_from_zero_is_the_attainment_of_answers_counted_from_nought(case):
    scale = case.instrument.scale
    counted = sq.survey_from_arrays(
        form(case.sizes, 0, scale.high - scale.low),
        expectations=case.turned("expectations") - scale.low,
        perceptions=case.turned("perceptions") - scale.low,
        weights=case.weights,
        min_answered=case.min_answered,
    )
    one, other = attainment(case.survey), attainment(counted)
    for level in LEVELS:
        first, second = getattr(one, level), getattr(other, level)
        for name, wanted in zip(FROM_ZERO, ("attainment", "low", "high"), strict=True):
            assert first[name].tolist() == close(second[wanted].tolist(), rel=1e-7)
        assert second["from_zero"].tolist() == close(second["attainment"].tolist())
        assert first["gap"].tolist() == close(second["gap"].tolist())


def test_where_the_scale_begins_changes_the_attainment_and_not_the_gap():
    e, p = [6, 5, 7, 6], [5, 5, 6, 4]
    rows = [
        one([x + shift for x in e], [x + shift for x in p], 1 + shift, 7 + shift)
        for shift in (-1, 0, 3)
    ]
    assert {row["gap"] for row in rows} == {-1.0}
    assert [row["attainment"] for row in rows] == close([4 / 5, 5 / 6, 8 / 9])
    assert [row["from_zero"] for row in rows] == close([4 / 5] * 3)


def test_two_dimensions_may_change_places_with_the_zero():
    # 1.5/2 > 4.2/6, but 0.5/1 < 3.2/5
    answers = survey_of([[2, 6], [2, 6]], [[1.5, 4.2], [1.5, 4.2]], sizes=[1, 1])
    table = attainment(answers).dimensions
    assert table["attainment"].tolist() == close([0.75, 0.7])
    assert table["from_zero"].tolist() == close([0.5, 0.64])


@few
@given(wide_cases(points=True, groups=True))
def test_moments_give_what_the_answers_give(case):
    sums = sq.moments(case.survey)
    for how in ({}, {"by": "branch"}, {"by": ["team", "branch"], "confidence": 0.8}):
        one, other = attainment(case.survey, **how), attainment(sums, **how)
        assert one.cautions == other.cautions
        for level in LEVELS:
            first, second = getattr(one, level), getattr(other, level)
            assert first.keys == second.keys
            same(first, second, first.columns)


@some
@given(cases(groups=True), st.data())
def test_groups_are_separate_calls_in_any_order_of_respondents(case, data):
    order = data.draw(st.permutations(range(len(case.perceptions))))
    whole = attainment(case.take(list(order)).survey, by="branch")
    for branch in set(case.by["branch"]):
        rows = [place for place, label in enumerate(case.by["branch"]) if label == branch]
        alone = attainment(case.take(rows).survey)
        for level in LEVELS:
            wanted = getattr(alone, level)
            same(getattr(whole, level).where(branch=branch), wanted, wanted.columns)


@few
@given(cases(weights=False, missing=False, least=2))
def test_whole_weights_stand_for_so_many_respondents(case):
    counts = np.arange(len(case.perceptions)) % 3
    if not counts.any():
        return
    one = attainment(attrs.evolve(case, weights=counts.astype(float)).survey)
    other = attainment(case.take(np.repeat(np.arange(len(counts)), counts)).survey)
    for level in LEVELS:
        names = ("expectation", "perception", "gap", "attainment", "from_zero", "undefined")
        same(getattr(one, level), getattr(other, level), names)


@few
@given(cases(least=3))
def test_intervals_hold_the_estimate_and_widen_with_confidence(case):
    narrow, wide = (attainment(case.survey, confidence=c) for c in (0.6, 0.9))
    low, high = case.instrument.scale.low, case.instrument.scale.high
    for level in LEVELS:
        pairs = zip(getattr(narrow, level).rows(), getattr(wide, level).rows(), strict=True)
        for one, other in pairs:
            for name, ends in (("attainment", ("low", "high")), (FROM_ZERO[0], FROM_ZERO[1:])):
                if math.isnan(other[ends[0]]):
                    continue
                limits = [other[ends[0]], one[ends[0]], one[name], one[ends[1]], other[ends[1]]]
                assert limits == sorted(limits)
                if low > 0 and name == "attainment":
                    assert low / high <= limits[0]
                    assert limits[-1] <= high / low
                if low == 0 or name != "attainment":
                    assert limits[0] >= 0


def test_the_error_shrinks_with_the_share_of_the_population_that_answered():
    e, p = [6, 5, 7, 6, 4], [5, 5, 6, 4, 4]
    row, part = one(e, p), one(e, p, population=20)
    assert part["se"] == close(row["se"] * math.sqrt(1 - 5 / 20))
    assert row["low"] < part["low"] < part["high"] < row["high"]
    every = one(e, p, population=5)
    assert every["attainment"] == row["attainment"]
    assert every["lacking"] == "no interval: the whole population answered"


# --- what has no ratio ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expectations", "perceptions", "ends", "defined", "undefined", "lacking"),
    [
        ([NAN, 6], [3, NAN], (1, 7), "", NOBODY, ""),
        (
            [-1, -2],
            [1, 2],
            (-3, 3),
            "Z",
            "mean expectation 0 or less",
            f"no interval of from_zero: {UNSURE}",
        ),
        (
            [-1, 1],
            [1, 2],
            (-3, 3),
            "Z",
            "mean expectation 0 or less",
            f"no interval of from_zero: {UNSURE}",
        ),
        ([0, 0], [1, 2], (0, 6), "", "mean expectation 0 or less", ""),
        ([-3, -3], [1, 2], (-3, 3), "", "mean expectation 0 or less", LOW_END),
        ([1, 1], [1, 2], (1, 7), "AI", "", LOW_END),
        ([6], [3], (1, 7), "AZ", "", "no interval: one respondent"),
        ([6, 6], [3, 3], (1, 7), "AZ", "", "no interval: no variation"),
        ([2, 4, 6], [1, 2, 3], (0, 7), "AZ", "", "no interval: no variation"),
        (
            [1, 1, 2],
            [1, 2, 5],
            (1, 7),
            "AZ",
            "",
            f"no interval: {UNSURE}",
        ),
        ([6, 7, 7], [5, 4, 6], (1, 7), "AIZJ", "", ""),
    ],
)
def test_rows_say_what_they_lack_and_why(
    expectations, perceptions, ends, defined, undefined, lacking
):
    # A: attainment, Z: from_zero, I and J: their intervals
    row = one(expectations, perceptions, *ends)
    for letter, names in {
        "A": ("attainment",),
        "I": ("low", "high"),
        "Z": ("from_zero",),
        "J": ("from_zero_low", "from_zero_high"),
    }.items():
        assert all(math.isnan(row[name]) == (letter not in defined) for name in names), letter
    assert (row["undefined"], row["lacking"]) == (undefined, lacking)


def test_rounding_does_not_tell_an_expectation_from_nought():
    # on 1..7 expectations 1, x of two respondents are it at 50 %: from_zero_high is up to 3e15
    steps = 1 + np.arange(9) * 2.0**-52
    ones = np.ones(9)
    bottom = Mean(2 * ones, special.stdtrit(1, 0.75) * steps, ones, ones, ones)
    top = Mean(2 * ones, 3 * ones, 2 * ones, 2 * ones, ones)
    rest = Mean(2 * ones, 2 * ones, ones, ones, ones)
    low, high = ratio_interval(top, bottom, rest, 0.5)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize(
    ("low", "said"),
    [
        (1, "a ratio needs a true zero, which answers on 1..7 have not"),
        (-3, "a ratio needs a true zero, which answers on -3..7 have not"),
        (0, "a ratio needs a true zero: see that 0 on this scale means nothing at all"),
    ],
)
def test_the_caution_says_what_is_wrong_with_a_ratio(low, said):
    found = attainment(survey_of([[6], [5]], [[5], [4]], low))
    assert found.cautions[0] == said
    assert "prefer the gap" in found.cautions[1]
    for level in LEVELS:
        assert all(words in getattr(found, level).note for words in found.cautions)
    assert said in str(found)


def test_attainment_refuses_what_gap_scores_refuses():
    alone = sq.survey_from_arrays(form([1]), perceptions=[[3], [4]])
    survey = survey_of([[6], [5]], [[5], [4]], by={"branch": ["N", "S"]})
    for function in (attainment, lambda *x, **y: expectation_what_if(*x, {"promise": 1}, **y)):
        with pytest.raises(ValueError, match="`answers` must have expectations and perceptions"):
            function(alone)
        with pytest.raises(TypeError, match="`answers` must be Survey or Moments"):
            function([[6], [5]])
        with pytest.raises(ValueError, match=r"'branhc'.*'branch'"):
            function(survey, by="branhc")
        with pytest.raises(ValueError, match=r"`confidence` must lie between 0 and 1"):
            function(survey, confidence=95)
        with pytest.raises(ValueError, match="`population` does not go with `cluster`"):
            function(survey, cluster="branch", population=10)
        with pytest.raises(ValueError, match=r"`dimension_weights`.*'B' is unknown"):
            function(survey, dimension_weights={"A": 0.5, "B": 0.5})


# --- shifted expectations -------------------------------------------------------------------------


@st.composite
def factors(draw, codes):
    """Draw the shifts of factors: one number, or by some of the dimensions."""
    by_code = st.dictionaries(st.sampled_from(codes), SHIFTS)
    names = st.sampled_from(["promise", "price", "experience", "weather"])
    return draw(st.dictionaries(names, st.one_of(SHIFTS, by_code), min_size=1))


def points_of(shifts, codes):
    """Return what all factors together add to the expectation of each dimension."""
    return [
        sum(given.get(code, 0) if isinstance(given, dict) else given for given in shifts.values())
        for code in codes
    ]


@some
@given(cases(groups=True, missing=True), st.data())
def test_shifts_are_the_gap_scores_of_shifted_answers(case, data):
    survey = plain(case)
    codes = survey.instrument.dimension_codes
    shifts = data.draw(factors(codes))
    points = points_of(shifts, codes)
    by = data.draw(st.sampled_from([None, "branch", ["year", "branch"]]))
    how = {"by": by, "confidence": data.draw(st.sampled_from([0.8, 0.95]))}
    if data.draw(st.booleans()):
        weights = {1: [1], 2: [0.25, 0.75], 3: [0.5, 0, 0.5]}[len(codes)]
        how["dimension_weights"] = dict(zip(codes, weights, strict=True))
    moved = sq.survey_from_arrays(
        survey.instrument,
        expectations=case.turned("expectations") + np.repeat(points, case.sizes),
        perceptions=case.turned("perceptions"),
        weights=case.weights,
        by=case.by,
        min_answered=case.min_answered,
    )
    found = expectation_what_if(survey, shifts, **how)
    before, after = (sq.gap_scores(answers, **how) for answers in (survey, moved))
    assert found.respondents == before.respondents
    for level in ("dimensions", "overall"):
        table, old, new = (getattr(x, level) for x in (found, before, after))
        assert table.columns == (*table.keys, *AFTER)
        same(table, old, (*table.keys, "n", "perception", "expectation", "gap"))
        known = table["undefined"] == ""
        assert known.tolist() == (table["n"] > 0).tolist()  # nothing leaves so wide a scale
        pairs = {"expectation_after": "expectation", "gap_after": "gap"}
        for name, wanted in (pairs | {"se": "se", "low": "low", "high": "high"}).items():
            shown = np.where(known, new[wanted], NAN)
            assert table[name].tolist() == close(shown.tolist(), least=1e-9), name
        assert table["perception"].tolist() == close(new["perception"].tolist())
        change = np.where(known, -table["shift"], NAN)
        assert table["change"].tolist() == close(change.tolist())
    got = [found.dimensions.where(dimension=code)["shift"].tolist() for code in codes]
    assert [set(shift) for shift in got] == [{float(point)} for point in points]


@some
@given(cases(), SHIFTS)
def test_one_shift_of_all_is_the_same_everywhere_and_its_sign_is_cautioned(case, shift):
    found = expectation_what_if(plain(case), {"promise": shift})
    assert found.cautions == ((LOWERED,) if shift < 0 else ())
    for level in ("dimensions", "overall"):
        for row in getattr(found, level).rows():
            assert row["shift"] == close(shift)
            if row["undefined"] == "":
                assert row["gap_after"] - row["gap"] == close(-shift)
                assert row["expectation_after"] - row["expectation"] == close(shift)


def test_the_caution_stands_where_a_gap_rises_only():
    survey = survey_of([[4, 4], [5, 5]], [[4, 3], [4, 5]], sizes=[1, 1])
    found = expectation_what_if(survey, {"promise": {"A": -0.5}, "price": {"B": 0.25}})
    assert found.cautions == (LOWERED,)
    for table in (found.dimensions, found.overall):
        assert table.note.endswith(f"; caution: {LOWERED}")
    assert found.overall["shift"].tolist() == [-0.125, -0.125]
    still = expectation_what_if(survey, {"promise": 0.25, "price": -0.25})
    assert still.cautions == ()
    for level in ("dimensions", "overall"):
        table = getattr(still, level)
        assert "caution" not in table.note
        assert table["gap_after"].tolist() == table["gap"].tolist()
        assert table["change"].tolist() == [0, 0]


@some
@given(cases(), SHIFTS, SHIFTS)
def test_factors_add(case, one, other):
    survey = plain(case)
    apart = expectation_what_if(survey, {"promise": one, "price": other})
    joined = expectation_what_if(survey, {"both": one + other})
    for level in ("dimensions", "overall"):
        first, second = getattr(apart, level), getattr(joined, level)
        same(first, second, first.columns)


def test_the_factors_table_has_a_row_for_each_factor_and_dimension():
    survey = survey_of([[4, 4], [5, 5]], [[4, 3], [4, 5]], sizes=[1, 1])
    shifts = {"promise": -0.5, "price": {"B": 0.25}, "habit": {}}
    factors = expectation_what_if(survey, shifts).factors
    assert factors.keys == ("factor", "dimension")
    assert factors["factor"].tolist() == ["promise"] * 2 + ["price"] * 2 + ["habit"] * 2
    assert factors["dimension"].tolist() == ["A", "B"] * 3
    assert factors["shift"].tolist() == [-0.5, -0.5, 0, 0.25, 0, 0]


def test_overall_shifts_are_averaged_as_the_scores_are():
    survey = survey_of([[4, 4, 4], [5, 5, 4]], [[4, 3, 4], [4, 5, 4]], sizes=[1, 2])
    shifts = {"price": {"A": 0.3}}
    weights = {"A": 0.8, "B": 0.2}
    table = expectation_what_if(survey, shifts, dimension_weights=weights).overall
    assert table["score"].tolist() == ["dimensions", "items", "weighted"]
    assert table["shift"].tolist() == close([0.15, 0.1, 0.24])


@some
@given(cases(groups=True), st.data())
def test_moments_shift_as_the_answers_do(case, data):
    shifts = data.draw(factors(case.instrument.dimension_codes))
    sums = sq.moments(case.survey)
    one, other = (expectation_what_if(x, shifts, by="branch") for x in (case.survey, sums))
    assert one.factors == other.factors
    for level in ("dimensions", "overall"):
        first, second = getattr(one, level), getattr(other, level)
        same(first, second, first.columns)


def test_clusters_and_population_give_the_errors_of_gap_scores():
    e, p, weights, clusters = weighted_answers()
    survey = survey_of(e, p, sizes=[2, 2], weights=weights, by={"b": clusters})
    for how in ({"cluster": "b"}, {"population": 400}):
        found = expectation_what_if(survey, {"promise": -0.5}, **how)
        gaps = sq.gap_scores(survey, **how)
        for level in ("dimensions", "overall"):
            table, wanted = getattr(found, level), getattr(gaps, level)
            assert table["se"].tolist() == close(wanted["se"].tolist())
            for end in ("low", "high"):
                assert (table[end] - 0.5).tolist() == close(wanted[end].tolist())


def test_there_are_no_rows_by_the_respondents_own_points():
    e, p, *_ = weighted_answers()
    survey = survey_of(e, p, sizes=[2, 2], dimension_points=[[40, 60]] * 60)
    table = expectation_what_if(survey, {"promise": -0.5}).overall
    assert table["score"].tolist() == ["dimensions", "items"]


# --- where there is no gap after ------------------------------------------------------------------


def test_an_expectation_outside_the_scale_is_undefined_with_all_it_is_part_of():
    survey = survey_of([[6, 3], [7, 4]], [[5, 3], [4, 5]], sizes=[1, 1])
    weights = {"A": 0, "B": 1}
    found = expectation_what_if(survey, {"promise": {"A": 0.6}}, dimension_weights=weights)
    rows = list(found.dimensions.rows())
    assert rows[0]["undefined"] == "expectation_after outside 1..7"
    for name in ("expectation_after", "change", "gap_after", "se", "low", "high"):
        assert math.isnan(rows[0][name])
    assert (rows[0]["gap"], rows[0]["shift"]) == (-2, 0.6)
    assert rows[1]["undefined"] == ""
    assert found.overall["undefined"].tolist() == [
        "expectation_after of a dimension outside 1..7",
        "expectation_after of a dimension outside 1..7",
        "",  # which gives that dimension no weight
    ]
    below = expectation_what_if(survey, {"promise": -2.6}).dimensions
    assert below["undefined"].tolist() == ["", "expectation_after outside 1..7"]


@pytest.mark.parametrize("shift", [0.5, -5.5, 0.1 + 0.2 + 0.2])
def test_the_ends_of_the_scale_are_on_it(shift):
    survey = survey_of([[6], [7]], [[5], [4]])
    assert expectation_what_if(survey, {"x": shift}).dimensions.row()["undefined"] == ""
    beyond = shift + math.copysign(1e-6, shift)
    row = expectation_what_if(survey, {"x": beyond}).dimensions.row()
    assert row["undefined"] == "expectation_after outside 1..7"


@some
@given(cases(), st.data())
def test_rows_are_undefined_just_where_a_dimension_leaves_the_scale(case, data):
    codes = case.instrument.dimension_codes
    shifts = data.draw(factors(codes))
    points = dict(zip(codes, points_of(shifts, codes), strict=True))
    found = expectation_what_if(case.survey, shifts)
    scale, width = case.instrument.scale, case.instrument.scale.width
    off = []
    for row in found.dimensions.rows():
        after = row["expectation"] + points[row["dimension"]]
        off.append(not scale.low - 1e-9 <= after <= scale.high + 1e-9)
        wanted = NOBODY if row["n"] == 0 else "expectation_after outside" if off[-1] else ""
        assert row["undefined"].startswith(wanted)
        assert bool(row["undefined"]) == bool(wanted)
    for row in found.overall.rows():
        assert bool(row["undefined"]) == (row["n"] == 0 or any(off))
    for row in (*found.dimensions.rows(), *found.overall.rows()):
        assert math.isnan(row["gap_after"]) == bool(row["undefined"])
        if not math.isnan(row["low"]):
            assert -width <= row["low"] <= row["gap_after"] <= row["high"] <= width


def test_one_respondent_has_a_gap_after_and_no_interval():
    row = expectation_what_if(survey_of([[6]], [[3]]), {"promise": -1}).dimensions.row()
    assert (row["gap"], row["gap_after"]) == (-3, -2)
    assert math.isnan(row["low"])
    assert (row["lacking"], row["undefined"]) == ("no interval: one respondent", "")
    nobody = expectation_what_if(survey_of([[NAN]], [[3]]), {"promise": -1}).dimensions.row()
    assert (nobody["undefined"], nobody["lacking"]) == (NOBODY, "")


def test_huge_shifts_are_off_the_scale_and_no_more():
    survey = survey_of([[6], [5]], [[3], [4]])
    row = expectation_what_if(survey, {"a": 1e308, "b": 1e308, "c": -1e308}).dimensions.row()
    assert row["undefined"] == "expectation_after outside 1..7"


@pytest.mark.parametrize(
    ("shifts", "error", "said"),
    [
        (-0.5, TypeError, r"`shifts` must be Mapping.*give the points by factor, as \{'promise'"),
        ([("promise", 1)], TypeError, "`shifts` must be Mapping"),
        (None, TypeError, "`shifts` must be Mapping"),
        ({}, ValueError, "`shifts` must name at least one factor.*got none"),
        ({3: 1}, TypeError, "`shifts` must be a text, got 3"),
        ({" ": 1}, ValueError, "`shifts` must not be blank"),
        ({"promise": "low"}, TypeError, r"`shifts\['promise'\]` must be a number, got 'low'"),
        ({"promise": None}, TypeError, r"`shifts\['promise'\]` must be a number, got None"),
        ({"promise": True}, TypeError, r"`shifts\['promise'\]` must be a number, got True"),
        ({"promise": NAN}, ValueError, r"`shifts\['promise'\]` must be a finite number"),
        (
            {"price": {"A": math.inf}},
            ValueError,
            r"`shifts\['price'\]\['A'\]` must be a finite number",
        ),
        ({"price": {"a": 1}}, ValueError, r"`shifts\['price'\]`: 'a' is unknown.*'A'"),
    ],
)
def test_bad_shifts_are_refused_with_their_place(shifts, error, said):
    with pytest.raises(error, match=said):
        expectation_what_if(survey_of([[6], [5]], [[5], [4]]), shifts)
