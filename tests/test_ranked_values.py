"""Choices by ranked values: the worked conflict, brute force, what is not known, bad input."""

import math
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servqual.checklists import RankedValues, decide

from .effort import effort

NAN = math.nan
VALUES = ("safety", "courtesy", "show", "efficiency")
OPTIONS = "abcde"
OUTERMOST = (-1e6, 0, 1, 2, 1e6)  # what an unknown score may turn out to be
many = effort(150)
few = effort(60)

KNOWN = st.integers(0, 2)
PARTLY = st.one_of(KNOWN, KNOWN, KNOWN, st.none())


@st.composite
def conflicts(draw, scores=KNOWN, least=1):
    """Draw options with scores in few steps, in the order of one to four values."""
    values = VALUES[: draw(st.integers(1, 4))]
    k = draw(st.integers(least, 5))
    row = st.lists(scores, min_size=len(values), max_size=len(values))
    return {name: draw(row) for name in OPTIONS[:k]}, values


def ranks_of(options):
    """Return the rank of each option whose scores are all known: 1 + those that come before it."""
    rows = {name: tuple(row) for name, row in options.items()}
    return {name: 1 + sum(other > row for other in rows.values()) for name, row in rows.items()}


def best_of(options):
    return {name for name, rank in ranks_of(options).items() if rank == 1}


def completions(options):
    """Yield the options with every combination of what the unknown scores may be."""
    holes = [(name, j) for name, row in options.items() for j, x in enumerate(row) if x is None]
    for filled in product(OUTERMOST, repeat=len(holes)):
        rows = {name: list(row) for name, row in options.items()}
        for (name, j), x in zip(holes, filled, strict=True):
            rows[name][j] = x
        yield rows


def first_behind(rows, name, values):
    """Return the value at which an option falls behind the best, or ""."""
    best = max(tuple(row) for row in rows.values())
    pairs = zip(values, rows[name], best, strict=True)
    return next((value for value, own, top in pairs if own != top), "")


def column(found, name):
    return dict(zip(found.table["option"].tolist(), found.table[name].tolist(), strict=True))


def summary(found):
    """Return all that a choice says, without the order in which ties stand."""
    rows = {row["option"]: row for row in found.table.rows()}
    return found.choice, found.decided_by, set(found.tied), {k: str(v) for k, v in rows.items()}


# --- worked values --------------------------------------------------------------------------------


def test_a_scream_in_the_stadium_goes_before_the_guest_at_the_desk():
    # seeds row 66: safety ranks above courtesy, so whoever hears the scream runs
    options = {"stay": {"safety": 0, "courtesy": 1}, "run": {"courtesy": 0, "safety": 1}}
    found = decide(options, ["safety", "courtesy"])
    assert (found.choice, found.decided_by, found.tied) == ("run", "safety", ())
    assert found.undefined == ""
    assert found.table["option"].tolist() == ["run", "stay"]
    assert found.table["rank"].tolist() == [1, 2]
    assert found.table["out_at"].tolist() == ["", "safety"]
    assert decide(options, ["courtesy", "safety"]).choice == "stay"


def test_the_table_holds_the_scores_in_the_order_of_the_values():
    options = {"a": [1, 0, 2], "b": [1, 0, 3], "c": [1, 1, 0]}
    table = decide(options, ["x", "y", "z"]).table
    assert table.keys == ("option",)
    assert table.columns == ("option", "rank", "x", "y", "z", "out_at", "undefined")
    assert table["option"].tolist() == ["c", "b", "a"]
    assert [table[value].tolist() for value in "xyz"] == [[1, 1, 1], [1, 0, 0], [0, 3, 2]]
    assert table["out_at"].tolist() == ["", "y", "y"]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["undefined"].tolist() == [""] * 3


def test_the_value_that_decided_is_the_last_at_which_a_rival_went():
    found = decide({"a": [1, 1, 1], "b": [1, 0, 9], "c": [0, 9, 9]}, ["x", "y", "z"])
    assert (found.choice, found.decided_by) == ("a", "y")


def test_ties_at_every_value_are_named_and_not_broken():
    found = decide({"tea": [1, 1], "milk": [0, 2], "coffee": [1, 1]}, ["x", "y"])
    assert (found.choice, found.decided_by, found.tied) == ("", "", ("tea", "coffee"))
    assert found.undefined == "'tea', 'coffee' tie at every value"
    assert found.table["rank"].tolist() == [1, 1, 3]
    assert found.table["undefined"].tolist() == [""] * 3  # their ranks are known
    assert found.undefined in str(found)


@pytest.mark.parametrize("scores", [[1, 0], [None, NAN]])
def test_one_option_is_chosen_by_no_value(scores):
    found = decide({"only": scores}, ["x", "y"])
    assert (found.choice, found.decided_by, found.tied) == ("only", "", ())
    assert found.table.row()["rank"] == 1
    assert "the only option" in found.table.note


def test_scores_that_differ_by_rounding_tie():
    found = decide({"a": [0.1 + 0.2, 0], "b": [0.3, 1]}, ["x", "y"])
    assert (found.choice, found.decided_by) == ("b", "y")
    assert decide({"a": [0.3 + 1e-9, 0], "b": [0.3, 1]}, ["x", "y"]).choice == "a"


def test_scores_may_lie_as_far_apart_as_numbers_do():
    assert decide({"a": [1e308], "b": [-1e308]}, ["x"]).choice == "a"


# --- how many values ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "cautions"),
    [
        (1, ("1 value, 4 or 5 are advised",)),
        (3, ("3 values, 4 or 5 are advised",)),
        (4, ()),
        (5, ()),
        (6, ("6 values, 4 or 5 are advised",)),
    ],
)
def test_four_or_five_values_are_advised_and_others_allowed(size, cautions):
    # seeds row 65: 4-5 values, ranked
    values = RankedValues([f"value {number}" for number in range(size)])
    assert len(values.values) == size
    assert values.cautions == cautions
    found = decide({"a": [1] * size, "b": [0] * size}, values)
    assert found.cautions == cautions
    assert found.table.note.partition("; ")[2] == "".join(f"caution: {x}" for x in cautions)


def test_ranked_values_are_equal_by_their_order():
    assert RankedValues(["a", "b"]) == RankedValues(("a", "b"))
    assert RankedValues(["a", "b"]) != RankedValues(["b", "a"])
    assert hash(RankedValues(["a"])) == hash(RankedValues("a"))


# --- brute force ----------------------------------------------------------------------------------


@many
@given(conflicts())
def test_the_choice_is_the_first_in_lexicographic_order(case):
    options, values = case
    found = decide(options, values)
    best, ranks = best_of(options), ranks_of(options)
    assert found.choice == (min(best) if len(best) == 1 else "")
    assert set(found.tied) == (best if len(best) > 1 else set())
    assert bool(found.undefined) == (len(best) > 1)
    assert column(found, "rank") == ranks
    assert column(found, "out_at") == {n: first_behind(options, n, values) for n in options}
    assert set(column(found, "undefined").values()) == {""}
    order = found.table["rank"].tolist()
    assert order == sorted(order)
    behind = [values.index(value) for value in found.table["out_at"].tolist() if value]
    assert found.decided_by == (values[max(behind)] if len(best) == 1 and behind else "")


@many
@given(conflicts(PARTLY))
def test_a_choice_is_given_just_where_every_completion_of_the_unknown_agrees(case):
    options, values = case
    if sum(x is None for row in options.values() for x in row) > 4:
        options = {name: [0 if x is None else x for x in row] for name, row in options.items()}
    found = decide(options, values)
    every = list(completions(options))
    best = {frozenset(best_of(rows)) for rows in every}
    told = frozenset({found.choice} if found.choice else found.tied)
    assert bool(told) == (len(best) == 1)
    if told:
        assert best == {told}
    else:
        assert "is not known" in found.undefined
        assert found.undefined in str(found)
    ranks = [ranks_of(rows) for rows in every]
    for row in found.table.rows():
        name = row["option"]
        possible = {of[name] for of in ranks}
        if math.isnan(row["rank"]):
            assert len(possible) > 1
            assert re.fullmatch(r"'\w+' of '\w'(, '\w')* is not known", row["undefined"])
        else:
            assert possible == {row["rank"]}
            assert row["undefined"] == ""
        if row["out_at"]:
            assert {first_behind(rows, name, values) for rows in every} == {row["out_at"]}


def test_an_unknown_score_of_a_contender_leaves_the_choice_open_and_says_whose():
    options = {"a": [1, None], "b": [1, 2], "c": [0, NAN]}
    found = decide(options, ["x", "y"])
    assert (found.choice, found.decided_by, found.tied) == ("", "", ())
    assert found.undefined == "'y' of 'a' is not known"  # c is out before y is looked at
    assert column(found, "out_at") == {"a": "", "b": "", "c": "x"}
    assert column(found, "undefined") == {"a": found.undefined, "b": found.undefined, "c": ""}
    assert column(found, "rank") == pytest.approx({"a": NAN, "b": NAN, "c": 3}, nan_ok=True)
    several = decide({"a": [None], "b": [NAN], "c": [1]}, ["x"])
    assert several.undefined == "'x' of 'a', 'b' is not known"


def test_unknown_scores_that_are_never_looked_at_do_not_matter():
    found = decide({"a": [2, None], "b": [1, None], "c": [1, 3]}, ["x", "y"])
    assert (found.choice, found.decided_by, found.undefined) == ("a", "x", "")
    assert column(found, "undefined") == {
        "a": "",
        "b": "'y' of 'b' is not known",
        "c": "'y' of 'b' is not known",
    }


# --- properties -----------------------------------------------------------------------------------


@few
@given(conflicts(PARTLY, least=2), st.data())
def test_nothing_below_the_value_that_decided_overrides_it(case, data):
    options, values = case
    found = decide(options, values)
    if not found.choice:
        return
    lower = values.index(found.decided_by) + 1
    other = st.one_of(st.none(), st.floats(-1e6, 1e6))
    changed = {
        name: [*row[:lower], *(data.draw(other) for _ in values[lower:])]
        for name, row in options.items()
    }
    again = decide(changed, values)
    assert (again.choice, again.decided_by) == (found.choice, found.decided_by)
    assert column(again, "out_at") == column(found, "out_at")


@few
@given(conflicts(PARTLY), st.data())
def test_the_order_of_the_options_changes_nothing(case, data):
    options, values = case
    shuffled = {name: options[name] for name in data.draw(st.permutations(list(options)))}
    one, other = decide(options, values), decide(shuffled, values)
    assert summary(one)[:3] == summary(other)[:3]
    for name in ("rank", "out_at"):
        assert str(sorted(column(one, name).items())) == str(sorted(column(other, name).items()))


@few
@given(conflicts(PARTLY))
def test_only_the_order_of_the_scores_of_a_value_counts(case):
    options, values = case
    stretched = {
        name: [None if x is None else 3.0**x - 5 * place for place, x in enumerate(row)]
        for name, row in options.items()
    }
    one, other = decide(options, values), decide(stretched, values)
    assert (one.choice, one.decided_by, one.tied) == (other.choice, other.decided_by, other.tied)
    assert one.undefined == other.undefined
    assert column(one, "out_at") == column(other, "out_at")


@few
@given(conflicts(least=2))
def test_a_better_score_never_worsens_the_rank(case):
    options, values = case
    before = column(decide(options, values), "rank")
    for name in options:
        for place in range(len(values)):
            row = list(options[name])
            row[place] += 1
            assert column(decide(options | {name: row}, values), "rank")[name] <= before[name]


# --- what scores may be ---------------------------------------------------------------------------


@few
@given(conflicts(PARTLY))
def test_scores_by_name_in_order_of_several_kinds_are_the_same(case):
    options, values = case
    wanted = summary(decide(options, values))
    holes = {n: [NAN if x is None else float(x) for x in row] for n, row in options.items()}
    kinds = [
        {n: dict(zip(values[::-1], row[::-1], strict=True)) for n, row in options.items()},
        {n: tuple(row) for n, row in options.items()},
        {n: np.array(row) for n, row in holes.items()},
        {n: pd.Series(row, index=values, dtype="Float64") for n, row in options.items()},
        pd.DataFrame(holes, index=values).to_dict(),
    ]
    for kind in kinds:
        assert summary(decide(kind, values)) == wanted
    assert summary(decide(options, RankedValues(values))) == wanted


def test_true_and_false_are_one_and_nought():
    options = {"a": [True, np.False_], "b": [np.True_, 0.5], "c": [False, True]}
    table = decide(options, ["x", "y"]).table
    assert table["option"].tolist() == ["b", "a", "c"]
    assert table["x"].tolist() == [1, 1, 0]


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "values", "error", "said"),
    [
        (
            [("a", [1])],
            ["x"],
            TypeError,
            r"`options` must be Mapping.*map each option.*to_dict\(\)",
        ),
        ({}, ["x"], ValueError, "`options` must hold at least one option, got none"),
        ({3: [1]}, ["x"], TypeError, "`options` must be a text, got 3"),
        ({" a": [1]}, ["x"], ValueError, "`options` must not be blank"),
        (
            {"a": {"safety": 1, "curtesy": 0}},
            ["safety", "courtesy"],
            ValueError,
            r"`options\['a'\]`: 'curtesy' is unknown; the nearest are 'courtesy'",
        ),
        ({"a": {"x": 1}}, ["x", "y"], ValueError, r"`options\['a'\]` has nothing for 'y'"),
        ({"a": [1]}, ["x", "y"], ValueError, r"`options\['a'\]` must be one for each.*got 1"),
        ({"a": 3}, ["x"], TypeError, r"`options\['a'\]` must be.*got 3"),
        ({"a": [0, "1"]}, ["x", "y"], TypeError, r"`options\['a'\]\['y'\]`.*number, got '1'"),
        ({"a": [[1]]}, ["x"], TypeError, r"`options\['a'\]\['x'\]` must be a number, got \[1\]"),
        ({"a": [math.inf]}, ["x"], ValueError, r"`options\['a'\]\['x'\]` must be a finite number"),
        ({"a": [1]}, [], ValueError, "`values` must hold at least one value"),
        ({"a": [1]}, None, ValueError, "`values` must hold at least one value"),
        ({"a": [1]}, {"x"}, TypeError, "`values` must be a name or names"),
        ({"a": [1, 1]}, ["x", 3], TypeError, "`values` must be.*got 3"),
        ({"a": [1, 1]}, ["x", "x"], ValueError, "`values` must be different.*'x' twice"),
        ({"a": [1, 1]}, ["x", ""], ValueError, "`values` must not be blank"),
        *(
            ({"a": [1]}, [name], ValueError, f"`ranked_values`: '{name}' is the name of a column")
            for name in ("option", "rank", "out_at", "undefined")
        ),
    ],
)
def test_bad_input_is_refused_with_its_place(options, values, error, said):
    with pytest.raises(error, match=said):
        decide(options, values)
