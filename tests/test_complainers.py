"""Types of complainers: the rule by hand and brute force, shares, patterns, labels, bad input."""

import math
import statistics
from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servqual.instruments.labellings import labelling
from servqual.recovery import ComplainerType, complainer_type, complainer_types

from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)
ROUTES = ("voice", "private", "third_party")
TYPES = ("passive", "voicer", "irate", "activist")
SCORES = st.one_of(st.integers(-3, 3), st.floats(-5, 5))
MAYBE = st.one_of(st.none(), st.integers(1, 5))
FOUR = {"voice": [1, 5, 5, 5], "private": [1, 1, 5, 5], "third_party": [1, 1, 1, 5]}


def rule(voice, private, third_party, cut=0.0):
    """Return the type as theory.md F3 words it; None where a score that is needed is missing."""
    for score, kind in ((third_party, "activist"), (private, "irate"), (voice, "voicer")):
        if score is None or math.isnan(score):
            return None
        if score > cut:
            return kind
    return "passive"


# --- one customer -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [  # theory.md F3: all low; V only; P high, T low, V at least average; T high
        ((-1, -1, -1), "passive"),
        ((1, -1, -1), "voicer"),
        ((1, 1, -1), "irate"),
        ((0, 1, -1), "irate"),
        ((1, 1, 1), "activist"),
        # the four patterns that the order of the rule settles
        ((-1, 1, -1), "irate"),
        ((-1, -1, 1), "activist"),
        ((1, -1, 1), "activist"),
        ((-1, 1, 1), "activist"),
        ((0, 0, 0), "passive"),  # exactly at the cut is low
    ],
)
def test_the_rule_of_each_pattern(scores, wanted):
    found = complainer_type(*scores)
    assert isinstance(found, ComplainerType)
    assert found == wanted


@few
@given(SCORES, SCORES, SCORES, st.sampled_from([0.0, -1.0, 0.5]))
def test_the_type_is_that_of_the_rule(voice, private, third_party, cut):
    wanted = rule(voice, private, third_party, cut)
    assert complainer_type(voice, private, third_party, cut=cut) == wanted


def test_a_tiny_step_over_the_cut_is_over():
    assert complainer_type(0, 0, 5e-324) == "activist"
    assert complainer_type(0.5, 0, 0, cut=0.5) == "passive"


@pytest.mark.parametrize("nothing", [None, NAN, pd.NA])
def test_a_missing_score_matters_only_where_no_earlier_one_decides(nothing):
    assert complainer_type(nothing, nothing, 1) == "activist"
    assert complainer_type(nothing, 1, -1) == "irate"
    refused(lambda: complainer_type(nothing, -1, -1), "ValueError: `voice` must be known")
    refused(lambda: complainer_type(1, nothing, 0), "`private` must be known.*complainer_types")
    refused(lambda: complainer_type(1, 1, nothing), "`third_party` must be known")


def test_types_are_words():
    assert [kind.value for kind in ComplainerType] == list(TYPES)
    assert ComplainerType("irate") is ComplainerType.IRATE
    assert f"{ComplainerType.ACTIVIST}" == "activist"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: complainer_type("1", 0, 0), "TypeError: `voice` must be a number, got '1'"),
        (lambda: complainer_type(0, True, 0), "TypeError: `private` must be a number"),
        (lambda: complainer_type(0, 0, math.inf), "ValueError: `third_party` must be a finite"),
        (lambda: complainer_type("x", 0, 1), "`voice` must be a number"),  # though not needed
        (lambda: complainer_type([1, 2], 0, 0), "TypeError: `voice`"),
        (lambda: complainer_type(0, 0, 0, cut=NAN), "`cut` must be a finite number"),
        (lambda: complainer_type(0, 0, 0, cut=None), "`cut` must be a number"),
    ],
)
def test_one_with_bad_input_is_refused(call, said):
    refused(call, said)


# --- many customers ---------------------------------------------------------------------------


def test_shares_worked_by_hand():
    found = complainer_types(FOUR | {"branch": ["N", "N", "S", "S"]}, by="branch")
    assert found.types.tolist() == list(TYPES)
    assert found.by == ("branch",)
    north = found.table.where(branch="N")
    assert north["type"].tolist() == list(TYPES)
    assert north["count"].tolist() == [1, 1, 0, 0]
    assert north["n"].tolist() == [2] * 4
    assert north["share"].tolist() == [0.5, 0.5, 0, 0]
    # R: prop.test(1, 2, correct = FALSE)$conf.int
    row = north.row(type="passive")
    assert (row["low"], row["high"]) == pytest.approx((0.0945312, 0.9054688), abs=1e-7)
    assert complainer_types(FOUR | {"a": list("NNSS")}, by="a").cautions == ()


def test_scores_are_standardised_by_the_sample():
    found = complainer_types(FOUR)
    for place, route in enumerate(ROUTES):
        column = FOUR[route]
        mean, sd = statistics.mean(column), statistics.stdev(column)
        z = [(x - mean) / sd for x in column]
        assert found.scores[:, place] == pytest.approx(z)
    # of 1, 5, 5, 5 the three lie half a standard deviation above the mean
    assert found.scores[1, 0] == pytest.approx(0.5)
    assert complainer_types(FOUR, cut=0.51).types.tolist()[1] == "passive"
    assert complainer_types(FOUR, cut=0.49).types.tolist()[1] == "voicer"


def test_what_lies_at_the_mean_but_for_rounding_is_low():
    found = complainer_types([[0.9, 0, 0], [0.7, 0, 1], [0.8, 0, 0]])  # of which 0.8 is the mean
    assert found.types.tolist() == ["voicer", "activist", "passive"]
    assert found.scores[2, 0] == 0
    assert found.patterns.row(above="none")["count"] == 1


def test_one_score_alone_is_not_said_to_be_alike():
    found = complainer_types([[1, 1, 3], [2, 1, NAN], [3, 2, NAN]])
    assert found.cautions == ()


def test_given_scores_are_taken_as_they_are():
    rows = [[0.1, -1, -1], [9, 1, -3], [-1, -1, -1]]
    found = complainer_types(rows, standardised=True)
    assert found.scores.tolist() == rows
    assert found.types.tolist() == ["voicer", "irate", "passive"]
    assert "standardised before" in found.table.note
    assert "standardised over all respondents" in complainer_types(FOUR).table.note


@few
@given(st.lists(st.tuples(MAYBE, MAYBE, MAYBE), min_size=2, max_size=12))
def test_types_are_those_of_the_rule_on_standardised_scores(rows):
    found = complainer_types(dict(zip(ROUTES, zip(*rows, strict=True), strict=True)))
    columns = []
    for column in zip(*rows, strict=True):
        known = [x for x in column if x is not None]
        alike = len(set(known)) < 2
        sd = 1 if alike else statistics.stdev(known)
        mean = statistics.fmean(known) if known else 0
        z = [NAN if x is None or len(known) < 2 else (x - mean) / sd for x in column]
        columns.append([0.0 if abs(x) < 1e-12 else x for x in z])
    if all(len({x for x in column if x is not None}) < 2 for column in zip(*rows, strict=True)):
        wanted = [""] * len(rows)
    else:
        wanted = [rule(*scores) or "" for scores in zip(*columns, strict=True)]
    assert found.types.tolist() == wanted
    assert (found.undefined == "") == any(wanted)
    assert found.table["count"].tolist() == [wanted.count(kind) for kind in TYPES]
    assert set(found.table["missing"].tolist()) == {wanted.count("")}
    whole = sum(not any(map(math.isnan, scores)) for scores in zip(*columns, strict=True))
    if any(wanted):
        assert found.patterns["count"].sum() == whole


@few
@given(
    st.lists(st.tuples(*[st.integers(1, 5)] * 3), min_size=2, max_size=10),
    st.randoms(use_true_random=False),
    st.sampled_from([0.25, 3.0, 1e150]),
    st.integers(-4, 4),
)
def test_order_and_scale_do_not_matter(rows, random, factor, shift):
    first = complainer_types(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    moved = np.array(rows, float)[order] * factor + shift * factor
    second = complainer_types(moved)
    assert second.types.tolist() == first.types[order].tolist()
    assert second.scores == pytest.approx(first.scores[order], abs=1e-9, nan_ok=True)
    assert second.table["count"].tolist() == first.table["count"].tolist()


def test_patterns_say_what_settles_a_type():
    rows = list(product([0.0, 1.0], repeat=3))
    found = complainer_types(rows)
    cells = zip(*(found.patterns[name].tolist() for name in ("above", "type", "settles")))  # noqa: B905 (columns of one Table)
    assert list(cells) == [
        ("none", "passive", "definition"),
        ("third_party", "activist", "order"),
        ("private", "irate", "order"),
        ("private + third_party", "activist", "order"),
        ("voice", "voicer", "definition"),
        ("voice + third_party", "activist", "order"),
        ("voice + private", "irate", "definition"),
        ("voice + private + third_party", "activist", "definition"),
    ]
    assert found.patterns["count"].tolist() == [1] * 8
    assert found.patterns["share"].tolist() == [0.125] * 8
    assert any("4 of 8 respondents have a type by the order" in words for words in found.cautions)
    assert not any("order" in words for words in complainer_types(FOUR).cautions)


def test_who_lacks_a_score_that_matters_is_counted():
    scores = {"voice": [1, NAN, 3, None], "private": [1, 1, 9, 1], "third_party": [1, 9, NAN, 1]}
    found = complainer_types(scores)
    assert found.types.tolist() == ["passive", "activist", "", ""]
    assert found.table["missing"].tolist() == [2] * 4
    assert found.table["n"].tolist() == [2] * 4
    assert found.patterns["n"].tolist() == [1] * 8


def test_a_group_where_nobody_has_a_type_is_undefined():
    frame = pd.DataFrame(FOUR | {"branch": ["N", "N", "N", "S"]}).astype({"third_party": float})
    frame.loc[3, "third_party"] = NAN
    found = complainer_types(frame, by="branch")
    south = found.table.where(branch="S")
    assert south["undefined"].tolist() == ["nobody with a type"] * 4
    assert np.isnan(south["share"]).all()
    assert found.undefined == ""


@pytest.mark.parametrize(
    ("rows", "standardised", "said"),
    [
        ([[1, 2, 3]], False, "one respondent"),
        ([[1, 2, 3], [NAN, NAN, NAN]], False, "one respondent"),
        ([[1, 2, 3]] * 3, False, "no score varies"),
        ([[NAN] * 3] * 2, False, "nobody has the scores that the rule needs"),
        ([[1, 2, NAN], [2, 1, NAN]], False, "nobody has the scores that the rule needs"),
        ([[1, 2, NAN]], True, "nobody has the scores that the rule needs"),
    ],
)
def test_where_nobody_has_a_type_it_is_said_why(rows, standardised, said):
    found = complainer_types(rows, standardised=standardised)
    assert found.undefined == said
    assert set(found.types.tolist()) == {""}
    assert found.table["undefined"].tolist() == ["nobody with a type"] * 4
    assert complainer_types([[1, 2, 3]], standardised=True).types.tolist() == ["activist"]


def test_a_score_that_does_not_vary_is_average_for_everybody():
    rows = [[1, 1, 5], [2, 2, 5], [9, 1, 5]]
    found = complainer_types(rows)
    assert found.cautions[0] == "third_party does not vary: everybody is at its average"
    assert "caution: third_party does not vary" in found.table.note
    assert found.scores[:, 2].tolist() == [0, 0, 0]
    assert found.types.tolist() == ["passive", "irate", "voicer"]


def test_frames_of_all_libraries_and_arrays_are_one():
    wanted = complainer_types(FOUR)
    rows = np.array(list(zip(*FOUR.values(), strict=True)))
    for other in (pd.DataFrame(FOUR), pl.DataFrame(FOUR), rows, rows.tolist()):
        assert complainer_types(other) == wanted
    renamed = {"v": FOUR["voice"], "p": FOUR["private"], "t": FOUR["third_party"]}
    assert complainer_types(renamed, voice="v", private="p", third_party="t") == wanted
    assert wanted != complainer_types(FOUR, confidence=0.9)


def test_labels_that_differ_in_case_are_told():
    found = complainer_types(FOUR | {"a": ["x", "x", "X", "y"]}, by="a")
    assert any("differs from" in words for words in found.cautions)
    assert found.table.where(a="X")["n"].tolist() == [1] * 4


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: complainer_types([]), "ValueError: `scores` must be a table"),
        (lambda: complainer_types({**dict.fromkeys(ROUTES, ())}), "at least one row"),
        (lambda: complainer_types([1, 2, 3]), "`scores` must be a table.*voice, private and third"),
        (lambda: complainer_types([[1, 2]]), "a column for each of 'voice', 'private'"),
        (lambda: complainer_types([[1, 2, math.inf]]), "must be finite, got inf .row 1"),
        (lambda: complainer_types({**FOUR, "voice": list("abcd")}), "must be numbers, got 'a'"),
        (lambda: complainer_types(FOUR, voice="voise"), "`voice`: .* has no column 'voise'.*voice"),
        (lambda: complainer_types(FOUR, voice="private"), "must be different from each other"),
        (lambda: complainer_types(FOUR, by="branch"), "`by`: .* has no column 'branch'"),
        (lambda: complainer_types(FOUR, by={"a": [1, 2]}), "a label for each of 4 rows, got 2"),
        (
            lambda: complainer_types(FOUR | {"type": [1] * 4}, by="type"),
            "different .* 'type' twice",
        ),
        (lambda: complainer_types(FOUR | {"n": [1] * 4}, by="n"), "'n' is the name of a column"),
        (lambda: complainer_types(FOUR, standardised=1), "TypeError: `standardised` must be bool"),
        (lambda: complainer_types(FOUR, cut="0"), "TypeError: `cut` must be a number"),
        (lambda: complainer_types(FOUR, confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda: complainer_types("voice.csv"), "read files first"),
    ],
)
def test_many_with_bad_input_are_refused(call, said):
    refused(call, said)


# --- labels -----------------------------------------------------------------------------------


def test_every_type_has_its_labels_and_the_conflict_is_told():
    found = labelling("complainers")
    assert found.cells == TYPES
    assert [entry.code for entry in found.sets] == ["singh", "deck", "completed"]
    irate = found.table(ComplainerType.IRATE)
    assert irate["label"].tolist()[0] == "irate"
    assert "warns friends: by Singh's definitions that is an irate" in irate.note
    activist = found.table("activist").row(label_set="deck")
    assert (activist["label"], activist["undefined"]) == ("", "the source has no label for it")
    assert found.table("activist").row(label_set="completed")["label"].startswith("行動者")
    for words in ("14", "37", "21", "28"):  # facts.md, row 5: shares that nobody could confirm
        assert words not in str(found.sets[0])
