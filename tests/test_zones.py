"""The zone of tolerance: worked values, the three-way pairing, positions and Fieller's interval."""

import json
import math
from fractions import Fraction
from itertools import pairwise

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

import servqual as sq

from . import reference
from .effort import effort
from .strategies import form, wide_cases

NAN = math.nan
ZONE = ("minimums", "expectations", "perceptions")
FACES = ("adequacy", "superiority", "width")
LEVELS = ("dimensions", "items", "overall")
FIGURES = ["minimum", "expectation", "perception"] + [
    face + end for face in FACES for end in ("", "_sd", "_se", "_low", "_high")
]
CONTRACT = [
    "n",
    *FIGURES,
    "position",
    "position_low",
    "position_high",
    "class",
    "inverted",
    "undefined",
]
many = effort(25)
some = effort(10)


def survey_of(minimums, expectations, perceptions, sizes=None, low=1, high=9, **more):
    k = np.asarray(perceptions).shape[1]
    return sq.survey_from_arrays(
        form(sizes or [k], low, high),
        minimums=minimums,
        expectations=expectations,
        perceptions=perceptions,
        **more,
    )


def column(*values):
    return np.array(values, dtype=float)[:, None]


def one(minimums, expectations, perceptions, **how):
    """Return the row of the single item of a survey given as lists."""
    sides = (column(*side) for side in (minimums, expectations, perceptions))
    return sq.tolerance_zone(survey_of(*sides), **how).items.row()


def near(got, want, size=1e-9):
    assert got == pytest.approx(want, rel=1e-8, abs=size, nan_ok=True)


# --- worked values --------------------------------------------------------------------------------


def test_a4_means_of_minimum_desired_and_perceived():
    # theory A4 [R]: 6.2/7.9/6.9 -> MSA .7, MSS -1.0, width 1.7, position .41176
    M = column(*[6] * 8, 7, 7)
    D = column(*[8] * 9, 7)
    P = column(*[7] * 8, 6, 7)
    zone = sq.tolerance_zone(survey_of(M, D, P))
    for level in LEVELS:
        for row in getattr(zone, level).rows():
            assert [row["minimum"], row["expectation"], row["perception"]] == pytest.approx(
                [6.2, 7.9, 6.9], abs=1e-12
            )
            assert row["adequacy"] == pytest.approx(0.7, abs=1e-12)
            assert row["superiority"] == pytest.approx(-1.0, abs=1e-12)
            assert row["width"] == pytest.approx(1.7, abs=1e-12)
            assert row["position"] == pytest.approx(0.41176, abs=5e-6)
            assert (row["class"], row["inverted"], row["n"]) == ("in zone", 0, 10)
            for face, x in (("adequacy", P - M), ("superiority", P - D), ("width", D - M)):
                found = stats.ttest_1samp(x[:, 0], 0).confidence_interval()
                assert row[face + "_sd"] == pytest.approx(x.std(ddof=1), rel=1e-12)
                assert row[face + "_low"] == pytest.approx(found.low, rel=1e-10)
                assert row[face + "_high"] == pytest.approx(found.high, rel=1e-10)


def test_a4_one_respondent():
    survey = survey_of([[6.2]], [[7.9]], [[6.9]])
    row = sq.tolerance_zone(survey).items.row()
    assert [row[face] for face in FACES] == pytest.approx([0.7, -1.0, 1.7], abs=1e-12)
    assert row["position"] == pytest.approx(0.41176, abs=5e-6)
    assert row["undefined"] == "one respondent"


@pytest.mark.parametrize(
    ("perceived", "expected_class"),
    [(4, "reject"), (5, "in zone"), (6, "in zone"), (8, "in zone"), (9, "delight")],
)
def test_a4_classes_with_both_ends_inside(perceived, expected_class):
    # theory A4: P < min reject; min <= P <= des in zone; P > des delight
    row = one([5, 5], [8, 8], [perceived, perceived])
    assert row["class"] == expected_class
    assert row["position"] == pytest.approx((perceived - 5) / 3, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("end", ["minimums", "expectations"])
def test_classes_at_the_ends_do_not_hang_on_rounding(weighted, end):
    """Who finds just the minimum, or just what is desired, stands in the zone on any slider."""
    rng = np.random.default_rng(31)
    for n in (2, 3, 7, 50):
        M = rng.uniform(0, 0.4, (n, 5))
        D = M + rng.uniform(0.1, 0.5, (n, 5))
        zone = sq.tolerance_zone(
            survey_of(
                M,
                D,
                {"minimums": M, "expectations": D}[end],
                [3, 2],
                0,
                1,
                weights=rng.uniform(0.1, 3, n) if weighted else None,
            )
        )
        for level in LEVELS:
            assert set(getattr(zone, level)["class"].tolist()) == {"in zone"}, (n, level)


# --- the exact reference --------------------------------------------------------------------------


def picks(columns, level, sizes):
    """Return the columns and shares that each row of a level is made of."""
    if level == "overall":
        return [
            (columns["dimensions"], [Fraction(1, len(sizes))] * len(sizes)),
            (columns["items"], [Fraction(1, sum(sizes))] * sum(sizes)),
        ]
    return [([x], [Fraction(1)]) for x in columns[level]]


def same_as_reference(zone, case, confidence=0.95):
    sides = [case.turned(side) for side in ZONE]
    n = len(case)
    w = [Fraction(1)] * n if case.weights is None else [Fraction(float(x)) for x in case.weights]
    by_level = {
        level: reference.zone_columns(*sides, case.sizes, level, case.min_answered)
        for level in ("items", "dimensions")
    }
    width = case.instrument.scale.width
    for level in LEVELS:
        want = []
        for face in ("minimum", "expectation", "perception", *FACES):
            columns = {name: faces[face] for name, faces in by_level.items()}
            want.append(
                [
                    reference.mean_and_errors(x, shares, w)
                    for x, shares in picks(columns, level, case.sizes)
                ]
            )
        rows = list(getattr(zone, level).rows())
        assert len(rows) == len(want[0])
        for got, *figures in zip(rows, *want, strict=True):
            found = dict(
                zip(("minimum", "expectation", "perception", *FACES), figures, strict=True)
            )
            assert got["n"] == found["width"]["n"]
            for name in ("minimum", "expectation", "perception"):
                near(got[name], found[name]["mean"])
            for name in FACES:
                one_face = found[name]
                near(got[name], one_face["mean"])
                near(got[name + "_sd"], one_face["sd"], 1e-7)
                near(got[name + "_se"], one_face["se"], 1e-7)
                if one_face["se"] > 0:
                    half = stats.t.ppf(0.5 + confidence / 2, one_face["n"] - 1) * one_face["se"]
                    near(got[name + "_low"], max(one_face["mean"] - half, -width), 1e-6)
                    near(got[name + "_high"], min(one_face["mean"] + half, width), 1e-6)
            if found["width"]["n"] and found["width"]["mean"] > 1e-9:
                near(got["position"], found["adequacy"]["mean"] / found["width"]["mean"], 1e-6)
            elif found["width"]["n"] and found["width"]["mean"] < -1e-9:
                assert math.isnan(got["position"])
                assert got["class"] == ""


@given(case=wide_cases(sides=ZONE))
@many
def test_the_slow_reference_agrees(case):
    same_as_reference(sq.tolerance_zone(case.survey), case)
    same_as_reference(sq.tolerance_zone(sq.moments(case.survey)), case)


@given(case=wide_cases(sides=("importances", "perceptions", "minimums", "expectations")))
@some
def test_the_order_of_the_sides_and_a_fourth_one_change_nothing(case):
    same_as_reference(sq.tolerance_zone(case.survey), case)


@given(case=wide_cases(sides=ZONE))
@some
def test_inverted_counts_respondents(case):
    zone = sq.tolerance_zone(case.survey)
    counted = np.ones(len(case), bool) if case.weights is None else case.weights > 0
    above = (case.turned("minimums") > case.turned("expectations")) & counted[:, None]
    assert zone.items["inverted"].tolist() == above.sum(axis=0).tolist()
    starts = np.cumsum([0, *case.sizes])
    places = [slice(a, b) for a, b in pairwise(starts)]
    want = [int(above[:, place].any(axis=1).sum()) for place in places]
    assert zone.dimensions["inverted"].tolist() == want
    assert set(zone.overall["inverted"].tolist()) == {int(above.any(axis=1).sum())}


# --- identities and invariances -------------------------------------------------------------------


@given(case=wide_cases(sides=ZONE, groups=True))
@many
def test_adequacy_less_superiority_is_the_width(case):
    weights = {code: 1 / len(case.sizes) for code in case.instrument.dimension_codes}
    zone = sq.tolerance_zone(case.survey, by="branch", dimension_weights=weights)
    for level in LEVELS:
        table = getattr(zone, level)
        sides = [table[name] for name in ("minimum", "expectation", "perception")]
        m, e, p = sides
        for got, want in (
            (table["adequacy"] - table["superiority"], table["width"]),
            (table["adequacy"], p - m),
            (table["superiority"], p - e),
            (table["width"], e - m),
        ):
            np.testing.assert_allclose(got, want, atol=1e-9)


@given(case=wide_cases(sides=ZONE))
@many
def test_a_row_is_either_undefined_or_has_every_number(case):
    """Design: every row ends with why its numbers are NaN, and programs test it."""
    zone = sq.tolerance_zone(case.survey)
    for level in LEVELS:
        for row in getattr(zone, level).rows():
            numbers = [row[name] for name in CONTRACT if isinstance(row[name], float)]
            assert any(map(math.isnan, numbers)) == bool(row["undefined"]), row


@given(case=wide_cases(sides=ZONE))
@many
def test_intervals_stay_inside_and_hold_their_estimate(case):
    width = case.instrument.scale.width
    zone = sq.tolerance_zone(case.survey, confidence=0.8)
    for level in LEVELS:
        for row in getattr(zone, level).rows():
            for face in FACES:
                if not math.isnan(row[face + "_low"]):
                    assert -width <= row[face + "_low"] <= row[face] + 1e-9
                    assert row[face] - 1e-9 <= row[face + "_high"] <= width
            if not math.isnan(row["position_low"]):
                assert row["position_low"] - 1e-9 <= row["position"] <= row["position_high"] + 1e-9


@given(case=wide_cases(sides=ZONE, scales=[(0, 10)], reverse=False), shift=st.sampled_from([1, 3]))
@many
def test_minimums_that_are_higher_for_all_by_a_constant(case, shift):
    minimums = case.sides["minimums"] / 2
    cases = [
        attrs.evolve(case, sides=case.sides | {"minimums": minimums + by}) for by in (0, shift)
    ]
    before, after = (sq.tolerance_zone(c.survey) for c in cases)
    for level in LEVELS:
        ours, theirs = getattr(before, level), getattr(after, level)
        for face, by in (("minimum", shift), ("adequacy", -shift), ("width", -shift)):
            np.testing.assert_allclose(theirs[face], ours[face] + by, atol=1e-9)
        for face in ("n", "expectation", "perception", "superiority"):
            np.testing.assert_allclose(theirs[face], ours[face], atol=1e-9)
        for face in FACES:
            for end in ("_sd", "_se"):
                np.testing.assert_allclose(theirs[face + end], ours[face + end], atol=1e-7)


@given(case=wide_cases(sides=ZONE, groups=True), data=st.data())
@some
def test_the_order_of_respondents_changes_nothing(case, data):
    order = np.array(data.draw(st.permutations(range(len(case)))))
    same_zones(*(sq.tolerance_zone(c.survey, by="team") for c in (case, case.take(order))))


def same_zones(ours, theirs, without=()):
    for level in LEVELS:
        one_table, other = getattr(ours, level), getattr(theirs, level)
        for name in CONTRACT:
            if name in without:
                continue
            if one_table[name].dtype.kind in "UO":
                assert one_table[name].tolist() == other[name].tolist(), name
            else:
                np.testing.assert_allclose(
                    one_table[name], other[name], rtol=1e-6, atol=1e-6, err_msg=name
                )


@given(case=wide_cases(sides=ZONE, groups=True, least=2), data=st.data())
@some
def test_parts_add_up_and_come_back_from_json(case, data):
    cut = data.draw(st.integers(1, len(case) - 1))
    first, second = case.take(np.arange(cut)), case.take(np.arange(cut, len(case)))
    whole = sq.moments(case.survey)
    parts = sq.moments(first.survey) + sq.moments(second.survey)
    same_zones(sq.tolerance_zone(parts, by="branch"), sq.tolerance_zone(whole, by="branch"))
    again = sq.Moments.from_dict(json.loads(json.dumps(whole.to_dict())))
    assert again == whole
    assert sq.tolerance_zone(again, by="branch") == sq.tolerance_zone(whole, by="branch")
    for level in LEVELS:
        np.testing.assert_array_equal(parts.inverted(level).sum(0), whole.inverted(level).sum(0))
    if case.weights is None:  # whole and half points: exact
        assert parts == whole


@given(case=wide_cases(sides=ZONE, groups=True))
@some
def test_a_group_is_the_survey_of_its_own(case):
    survey = case.survey
    by_team = sq.tolerance_zone(survey, by="team")
    for team in set(case.by["team"]):
        alone = sq.tolerance_zone(survey.select(survey.groups("team") == team))
        for level in LEVELS:
            group = getattr(by_team, level).where(team=team)
            for name in CONTRACT:
                got, want = group[name], getattr(alone, level)[name]
                if got.dtype.kind in "UO":
                    assert got.tolist() == want.tolist()
                else:
                    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-7)


@given(case=wide_cases(sides=ZONE))
@some
def test_the_gap_is_the_superiority_where_all_three_are_there(case):
    holes = np.isnan([case.sides[side] for side in ZONE]).any(axis=0)
    sides = {side: np.where(holes, NAN, case.sides[side]) for side in ZONE}
    survey = attrs.evolve(case, sides=sides).survey
    zone, gaps = sq.tolerance_zone(survey), sq.gap_scores(survey)
    for level in LEVELS:
        ours, theirs = getattr(zone, level), getattr(gaps, level)
        pairs = {"n": "n", "superiority": "gap", "superiority_sd": "sd", "superiority_se": "se"}
        pairs |= {"expectation": "expectation", "superiority_low": "low"}
        for name, gap in pairs.items():
            np.testing.assert_allclose(ours[name], theirs[gap], rtol=1e-7, atol=1e-7)


# --- Fieller --------------------------------------------------------------------------------------


def roots(adequacy, width, se_of, df, confidence):
    """Return the ends of {r: (A - rW)² <= t²·Var(A - rW)}, searched outward from A/W."""
    t = stats.t.ppf(0.5 + confidence / 2, df)
    ratio = adequacy / width

    def outside(r):
        return (adequacy - r * width) ** 2 - t**2 * se_of(r) ** 2

    ends = []
    for sign in (-1, 1):
        step = 1e-3
        while outside(ratio + sign * step) <= 0 and step < 1e9:
            step *= 2
        if step >= 1e9:
            return None
        ends.append(optimize.brentq(lambda x, s=sign: outside(ratio + s * x), 0, step) * sign)
    return ratio + ends[0], ratio + ends[1]


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("weighted", [False, True])
def test_positions_have_the_interval_that_a_search_finds(confidence, weighted):
    rng = np.random.default_rng(32)
    for n in (4, 10, 60):
        M, P = rng.integers(2, 6, (n, 3)), rng.integers(2, 9, (n, 3))
        D = np.minimum(M + rng.integers(0, 5, (n, 3)), 9)
        w = rng.choice([0.5, 1, 3], n) if weighted else np.ones(n)
        table = sq.tolerance_zone(
            survey_of(M, D, P, weights=w if weighted else None), confidence=confidence
        ).items
        for j, row in enumerate(table.rows()):
            a, z = (P - M)[:, j].astype(float), (D - M)[:, j].astype(float)

            def se_of(r, a=a, z=z, w=w, n=n):
                x = a - r * z
                centred = x - w @ x / w.sum()
                return math.sqrt(n / (n - 1) * (w**2 @ centred**2)) / w.sum()

            found = roots(w @ a / w.sum(), w @ z / w.sum(), se_of, n - 1, confidence)
            if found is None:
                assert math.isnan(row["position_low"])
                assert math.isnan(row["position_high"])
            else:
                assert [row["position_low"], row["position_high"]] == pytest.approx(
                    found, rel=1e-7, abs=1e-9
                )


def test_the_overall_position_with_answers_missing_is_that_of_a_search():
    """The variance of A - rW of a row that stands on parts of different n, from the reference."""
    rng = np.random.default_rng(33)
    n, sizes = 25, (2, 1)
    M, P = rng.integers(2, 5, (n, 3)).astype(float), rng.integers(2, 9, (n, 3)).astype(float)
    D = M + rng.integers(1, 5, (n, 3))
    P[rng.random(P.shape) < 0.25] = NAN
    table = sq.tolerance_zone(survey_of(M, D, P, sizes)).overall
    for score, level in (("dimensions", "dimensions"), ("items", "items")):
        faces = reference.zone_columns(M, D, P, sizes, level)
        shares = [Fraction(1, len(faces["width"]))] * len(faces["width"])
        ones = [Fraction(1)] * n

        def of(r, faces=faces, shares=shares, ones=ones):
            mixed = [
                [
                    None if a is None else a - Fraction(float(r)) * z
                    for a, z in zip(x, y, strict=True)
                ]
                for x, y in zip(faces["adequacy"], faces["width"], strict=True)
            ]
            return reference.mean_and_errors(mixed, shares, ones)

        row = table.row(score=score)
        ends = roots(
            row["adequacy"], row["width"], lambda r, of=of: of(r)["se"], row["n"] - 1, 0.95
        )
        assert [row["position_low"], row["position_high"]] == pytest.approx(ends, rel=1e-6)


def test_the_position_by_clusters_is_that_of_a_search():
    rng = np.random.default_rng(34)
    n = 60
    team = rng.integers(0, 8, n)
    M, P = rng.integers(2, 5, (n, 1)), rng.integers(2, 9, (n, 1))
    D = M + rng.integers(1, 5, (n, 1))
    row = sq.tolerance_zone(survey_of(M, D, P, by={"team": team}), cluster="team").items.row()
    a, z = (P - M)[:, 0].astype(float), (D - M)[:, 0].astype(float)

    def se_of(r):
        x = a - r * z
        sums = np.array([(x - x.mean())[team == c].sum() for c in range(8)]) / n
        return math.sqrt(8 / 7 * (sums**2).sum())

    ends = roots(a.mean(), z.mean(), se_of, 7, 0.95)
    assert row["clusters"] == 8
    assert [row["position_low"], row["position_high"]] == pytest.approx(ends, rel=1e-7)


def test_a_constant_width_has_the_interval_of_the_adequacy():
    row = one([5, 4, 3, 6], [7, 6, 5, 8], [6, 4, 5, 7])
    assert (row["width"], row["width_se"]) == (2, 0)
    assert row["position_low"] == pytest.approx(row["adequacy_low"] / 2, rel=1e-9)
    assert row["position_high"] == pytest.approx(row["adequacy_high"] / 2, rel=1e-9)


def test_a_width_that_may_be_zero_says_why_the_position_has_no_interval():
    """Fieller's set is unbounded: the row says so instead of an unexplained NaN."""
    row = one([5, 8, 3, 6], [8, 5, 9, 7], [6, 4, 5, 7])
    assert row["width"] > 0
    assert row["width_low"] < 0
    assert math.isnan(row["position_low"])
    assert math.isnan(row["position_high"])
    assert row["undefined"] == "position: width may be 0"


def test_a_position_that_does_not_vary_has_no_interval_though_its_width_is_clear():
    """Everybody stands half-way between a minimum and a desired service of their own."""
    row = one([4, 3, 4, 3, 2], [6, 7, 6, 7, 8], [5, 5, 5, 5, 5])
    assert row["width_low"] > 0
    assert row["position"] == 0.5
    assert math.isnan(row["position_low"])
    assert math.isnan(row["position_high"])
    assert row["undefined"] == "position: no variation"


def test_where_nothing_varies_the_position_has_no_interval_either():
    """As every other interval of an error of 0; none of length 0."""
    row = one([2, 2, 2], [6, 6, 6], [4, 4, 4])
    assert (row["position"], row["undefined"]) == (0.5, "no variation")
    for name in ("adequacy_low", "width_high", "position_low", "position_high"):
        assert math.isnan(row[name]), name


def test_a_constant_adequacy_says_why_it_has_no_interval():
    row = one([5, 4, 3, 6], [7, 8, 6, 9], [6, 5, 4, 7])
    assert (row["adequacy"], row["adequacy_se"]) == (1, 0)
    assert math.isnan(row["adequacy_low"])
    assert row["undefined"] != ""


# --- counted by hand ------------------------------------------------------------------------------


def test_an_item_counts_where_all_three_are_answered():
    M = [[5, 5], [NAN, 4], [6, NAN], [3, 2]]
    D = [[8, 7], [8, 8], [9, 9], [NAN, 6]]
    P = [[6, 7], [7, 5], [8, NAN], [4, 4]]
    zone = sq.tolerance_zone(survey_of(M, D, P))
    first, second = zone.items.rows()
    assert (first["n"], first["minimum"], first["expectation"], first["perception"]) == (
        2,
        5.5,
        8.5,
        7,
    )
    assert second["n"] == 3
    assert [second["minimum"], second["adequacy"]] == pytest.approx([11 / 3, 5 / 3], rel=1e-12)
    dimension = zone.dimensions.row()  # (6+7)/2, 5, 8, 4 perceived over half of the items
    assert (dimension["n"], dimension["perception"]) == (4, pytest.approx(23.5 / 4))
    survey = survey_of(M, D, P, min_answered=1)
    assert sq.tolerance_zone(survey).dimensions.row()["n"] == 1


def test_tables_have_the_columns_of_the_contract():
    survey = survey_of([[3], [4]], [[7], [8]], [[5], [5]], by={"branch": ["N", "S"]})
    zone = sq.tolerance_zone(survey)
    assert list(zone.items.columns) == ["dimension", "item", *CONTRACT]
    assert list(zone.dimensions.columns) == ["dimension", *CONTRACT]
    assert list(zone.overall.columns) == ["score", *CONTRACT]
    grouped = sq.tolerance_zone(survey, by="branch", dimension_weights={"A": 1})
    assert list(grouped.overall.columns) == ["branch", "score", *CONTRACT]
    assert grouped.overall["score"].tolist() == ["dimensions", "items", "weighted"] * 2
    for word in ("adequacy", "Fieller", "Student"):
        assert word in zone.items.note
    assert "in zone" in str(zone)
    assert "<table" in zone._repr_html_()


def test_points_of_respondents_do_not_disturb_a_zone():
    sides = [[3, 4]] * 2, [[7, 8]] * 2, [[5, 4]] * 2
    plain = survey_of(*sides, [1, 1])
    points = survey_of(*sides, [1, 1], dimension_points=[[50, 50], [20, 80]])
    assert sq.tolerance_zone(points) == sq.tolerance_zone(plain)


# --- what is undefined, and bad input -------------------------------------------------------------


def test_minimum_above_desired_for_all():
    row = one([8, 7, 9], [5, 5, 6], [6, 6, 6])
    assert row["width"] < 0
    assert row["inverted"] == 3
    assert (row["class"], row["undefined"]) == ("", "minimum above desired: no zone")
    for name in ("position", "position_low", "position_high"):
        assert math.isnan(row[name])
    assert row["adequacy"] == -2  # the differences stay


def test_minimum_equal_to_desired_for_all():
    row = one([5, 6, 7], [5, 6, 7], [6, 6, 6])
    assert (row["width"], row["inverted"], row["class"]) == (0, 0, "")
    assert row["undefined"] == "width 0: no zone"
    assert math.isnan(row["position"])


@pytest.mark.parametrize("holes", [False, True])
def test_minimum_equal_to_desired_on_a_slider(holes):
    rng = np.random.default_rng(35)
    M, P = rng.uniform(0, 1, (2, 50, 5))
    if holes:
        P[::3, 1] = NAN
    zone = sq.tolerance_zone(survey_of(M, M, P, [3, 2], 0, 1))
    for level in LEVELS:
        table = getattr(zone, level)
        assert table["width"].tolist() == [0] * len(table)
        assert set(table["undefined"].tolist()) == {"width 0: no zone"}
        assert table["inverted"].tolist() == [0] * len(table)


def test_nobody_answered_all_three():
    row = one([5, NAN, 4], [NAN, 8, 7], [6, 6, NAN])
    assert row["n"] == 0
    assert row["undefined"] == "no respondent with all three sides"
    assert row["class"] == ""
    assert all(math.isnan(row[name]) for name in FIGURES)


def test_groups_of_one_and_groups_that_are_empty():
    survey = survey_of(
        column(5, 4, 3, NAN),
        column(8, 8, 7, NAN),
        column(6, 7, 5, NAN),
        by={"branch": ["N", "N", "S", "W"]},
    )
    table = sq.tolerance_zone(survey, by="branch").items
    assert table["n"].tolist() == [2, 1, 0]
    reasons = ["", "one respondent", "no respondent with all three sides"]
    assert table["undefined"].tolist()[1:] == reasons[1:]
    assert table["class"].tolist() == ["in zone", "in zone", ""]


@pytest.mark.parametrize("absent", ["minimums", "expectations"])
@pytest.mark.parametrize("as_moments", [False, True])
def test_a_side_that_was_not_asked(absent, as_moments):
    sides = {side: [[5], [6]] for side in ZONE if side != absent}
    survey = sq.survey_from_arrays(form([1]), **sides)
    answers = sq.moments(survey) if as_moments else survey
    with pytest.raises(ValueError, match=rf"`answers` must have .*got .*give .*{absent}"):
        sq.tolerance_zone(answers)


@pytest.mark.parametrize("answers", [None, 3, [[1, 2]], "survey"])
def test_answers_of_another_kind(answers):
    with pytest.raises(TypeError, match=r"`answers` must be .*Survey or Moments, got"):
        sq.tolerance_zone(answers)


def test_minimums_off_the_scale_and_of_other_respondents():
    with pytest.raises(ValueError, match=r"`minimums` must lie in 1\.\.9, got 10 \(row 1"):
        survey_of([[10]], [[5]], [[5]])
    with pytest.raises(ValueError, match="same respondents"):
        survey_of([[5], [5]], [[5]], [[5]])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float32])
def test_small_dtypes_do_not_overflow(dtype):
    rng = np.random.default_rng(36)
    M, D, P = rng.integers(0, 101, (3, 40, 3))
    want = sq.tolerance_zone(survey_of(M, D, P, [2, 1], 0, 100))
    small = sq.tolerance_zone(survey_of(*(x.astype(dtype) for x in (M, D, P)), [2, 1], 0, 100))
    same_zones(small, want)
    np.testing.assert_array_equal(want.items["inverted"], (M > D).sum(axis=0))


def test_groups_of_which_one_has_no_row_with_answers_missing():
    rng = np.random.default_rng(37)
    M, D, P = rng.uniform(0, 1, (3, 20, 3))
    M[12:, 1] = NAN
    P[14, :] = NAN
    branch = np.array(["N"] * 10 + ["S"] * 10)
    zone = sq.tolerance_zone(survey_of(M, D, P, [2, 1], 0, 1, by={"branch": branch}), by="branch")
    for label in "NS":
        part = branch == label
        alone = sq.tolerance_zone(survey_of(M[part], D[part], P[part], [2, 1], 0, 1))
        for level in LEVELS:
            group = getattr(zone, level).where(branch=label)
            for name in ("n", "width", "width_se", "position_low", "inverted"):
                np.testing.assert_allclose(group[name], getattr(alone, level)[name], rtol=1e-9)


def test_screening_names_those_whose_minimum_is_above():
    survey = survey_of([[8, 4], [3, 3]], [[5, 8], [8, 8]], [[6, 6], [6, 6]])
    assert sq.tolerance_zone(survey).items["inverted"].tolist() == [1, 0]
    assert len(survey.screen().table) == 2
