"""Rules of yes, no and not known, the cells of a person, and two crosswalks of the documents."""

import math
import tomllib
from itertools import product

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servqual._specs import from_dict, to_toml
from servqual.checklists import needs_frontline_authority, person_cell, service_economy
from servqual.cycle import Stage
from servqual.instruments import crosswalk
from servqual.instruments.labellings import Labelling, LabelSet, labelling

from .effort import effort

NAN = math.nan
many = effort(150)

SHARES = st.floats(0, 1)
# seeds row 18: the deck's table of services' share of GDP, CIA Factbook 2004
GDP_2004 = {
    "US": 0.80,
    "UK": 0.74,
    "Netherlands": 0.73,
    "Australia": 0.72,
    "Canada": 0.72,
    "France": 0.71,
    "Singapore": 0.70,
    "Sweden": 0.69,
    "Germany": 0.68,
    "Japan": 0.68,
    "New Zealand": 0.67,
    "Brazil": 0.54,
    "India": 0.48,
    "China": 0.34,
}
LEFT_OUT = object()
ASKED = (LEFT_OUT, None, 0.0, 0.3, 0.5, 0.55, 0.6, 0.61, 1.0)
ANY_SHARE = (0.0, 0.5, 0.51, 0.59, 0.6, 1.0)
FUCHS = "share of employment (Fuchs)"
SAID = {frozenset({True}): "yes", frozenset({False}): "no", frozenset({True, False}): "unknown"}

TIMES = (None, 0, 1, 5, 10, 15, 20)
ANY_TIME = (0, 1, 5, 14, 15, 16, 1000)


def economy(gdp=LEFT_OUT, employment=LEFT_OUT, **more):
    """Ask with the shares that are not left out."""
    asked = {"gdp_share": gdp, "employment_share": employment}
    return service_economy(**{k: x for k, x in asked.items() if x is not LEFT_OUT}, **more)


def may_be(value, possible):
    """Return what a value that may be unknown can turn out to be."""
    return possible if value is None else (value,)


def authority(covered=True, report=10, solve=3, tolerance=15):
    return needs_frontline_authority(
        covered_by_rule=covered, report_time=report, solve_time=solve, customer_tolerance=tolerance
    )


def criterion(found, name):
    return found.table.row(criterion=name)


# --- service economies ----------------------------------------------------------------------------


def test_eleven_of_the_fourteen_countries_are_service_economies():
    # seeds row 18: 11 yes, 3 no [ID]
    found = {country: service_economy(gdp_share=share) for country, share in GDP_2004.items()}
    assert sum(map(bool, found.values())) == 11
    assert [country for country, verdict in found.items() if verdict.answer is False] == [
        "Brazil",
        "India",
        "China",
    ]


@pytest.mark.parametrize(("gdp", "employment"), list(product(ASKED, ASKED))[1:])
def test_an_economy_is_known_just_where_every_completion_of_the_unknown_agrees(gdp, employment):
    asked = [share for share in (gdp, employment) if share is not LEFT_OUT]
    possible = product(*(may_be(share, ANY_SHARE) for share in asked))
    answers = frozenset(any(share >= 0.6 for share in shares) for shares in possible)
    found = economy(gdp, employment)
    assert found.answer == (next(iter(answers)) if len(answers) == 1 else None)
    assert bool(found.undefined) == (len(answers) == 2)
    assert SAID[answers] in found.table.note

    rows = {"share of GDP": gdp, "share of employment": employment}
    for name, share in rows.items():
        if share is LEFT_OUT:
            assert name not in found.table["criterion"].tolist()
            continue
        row = criterion(found, name)
        met = frozenset(one >= 0.6 for one in may_be(share, ANY_SHARE))
        assert (row["met"], row["threshold"], row["counts"]) == (SAID[met], 0.6, True)
        assert row["value"] == pytest.approx(NAN if share is None else share, nan_ok=True)
        assert bool(row["undefined"]) == (share is None)
    assert (FUCHS in found.table["criterion"].tolist()) == (employment is not LEFT_OUT)
    if employment is not LEFT_OUT:
        row = criterion(found, FUCHS)
        met = frozenset(one > 0.5 for one in may_be(employment, ANY_SHARE))
        assert (row["met"], row["threshold"], row["counts"]) == (SAID[met], 0.5, False)
        assert "Fuchs (1968)" in row["source"]


def test_fuchs_stands_beside_the_answer_and_does_not_count():
    # seeds row 18: Fuchs (1968) > 50 % of employment; the deck's 60 % decides
    found = service_economy(employment_share=0.55)
    assert criterion(found, FUCHS)["met"] == "yes"
    assert found.answer is False


def test_what_is_not_known_is_not_what_is_left_out():
    assert service_economy(gdp_share=0.54).answer is False
    asked = service_economy(gdp_share=0.54, employment_share=None)
    assert asked.answer is None
    assert asked.undefined == "`employment_share` is not known"
    assert service_economy(gdp_share=0.8, employment_share=None).answer is True
    both = service_economy(gdp_share=None, employment_share=NAN)
    assert both.undefined == "`gdp_share` is not known; `employment_share` is not known"


@pytest.mark.parametrize("nothing", [None, NAN, np.float64("nan"), pd.NA, pd.NaT])
def test_nothing_of_any_kind_is_not_known(nothing):
    assert service_economy(gdp_share=nothing).answer is None
    assert authority(covered=nothing).answer is None
    assert authority(report=nothing).answer is None
    assert person_cell(value=nothing, ability=1).cell == ""


@pytest.mark.parametrize(
    ("share", "answer", "fuchs"),
    [
        (0.6, True, "yes"),
        (0.1 + 0.2 + 0.3, True, "yes"),
        (1 - 0.1 - 0.1 - 0.2, True, "yes"),  # 0.6000000000000001
        (0.6 - 1e-16, True, "yes"),  # rounding only
        (0.5999, False, "yes"),
        (0.5, False, "no"),
        (0.5 + 1e-16, False, "no"),
        (0.5001, False, "yes"),
    ],
)
def test_the_threshold_itself_is_enough_but_half_of_the_employed_is_not_more_than_half(
    share, answer, fuchs
):
    found = service_economy(employment_share=share)
    assert found.answer is answer
    assert criterion(found, FUCHS)["met"] == fuchs


@many
@given(SHARES, SHARES, SHARES, SHARES, SHARES)
def test_more_services_never_unmake_a_service_economy(gdp, employment, more, threshold, higher):
    found = economy(gdp, employment, threshold=threshold)
    assert found.answer in (True, False)
    if found:
        assert economy(max(gdp, more), employment, threshold=threshold)
        assert economy(gdp, max(employment, more), threshold=threshold)
        assert economy(gdp, None, threshold=threshold).answer is not False
    else:
        assert not economy(gdp, employment, threshold=max(threshold, higher))


# --- the truth value ------------------------------------------------------------------------------


def test_a_verdict_is_as_true_as_its_answer():
    assert service_economy(gdp_share=0.8)
    assert not service_economy(gdp_share=0.3)


def test_a_verdict_that_is_not_known_has_no_truth_value():
    for found in (service_economy(gdp_share=None), authority(solve=None)):
        with pytest.raises(ValueError, match=r"not known: `\w+` is not known; look at `\.answer`"):
            bool(found)
        assert found.answer is None


# --- authority of the front line ------------------------------------------------------------------


@pytest.mark.parametrize("covered", [True, False, None])
@pytest.mark.parametrize("tolerance", TIMES)
def test_authority_is_known_just_where_every_completion_of_the_unknown_agrees(covered, tolerance):
    # seeds row 9: not covered_by_rule or report_time + solve_time > customer_tolerance
    for report, solve in product(TIMES, TIMES):
        times = (may_be(x, ANY_TIME) for x in (report, solve, tolerance))
        too_long = frozenset(one + other > limit for one, other, limit in product(*times))
        no_rule = frozenset(not one for one in may_be(covered, (True, False)))
        answers = {one or other for one, other in product(no_rule, too_long)}
        found = authority(covered, report, solve, tolerance)
        assert found.answer == (answers.pop() if len(answers) == 1 else None)
        assert criterion(found, "no rule covers it")["met"] == SAID[no_rule]
        row = criterion(found, "too long to report")
        assert row["met"] == SAID[too_long]
        limit = NAN if tolerance is None else tolerance
        assert row["threshold"] == pytest.approx(limit, nan_ok=True)
        settled = len(too_long) == 1
        assert math.isnan(row["value"]) == (not settled)
        assert bool(row["undefined"]) == (not settled)
        assert bool(row["lacking"]) == (settled and None in (report, solve, tolerance))
        absent = {"report_time": report, "solve_time": solve, "customer_tolerance": tolerance}
        for name, time in absent.items():
            assert (f"`{name}`" in row["undefined"] + row["lacking"]) == (time is None)


def test_the_known_time_is_what_is_compared_where_it_settles_the_matter():
    row = criterion(authority(report=None, solve=20), "too long to report")
    assert (row["value"], row["threshold"], row["met"]) == (20, 15, "yes")
    assert row["lacking"] == "`report_time` is not known"


def test_three_unknown_times_are_named_in_one_sentence():
    found = authority(report=None, solve=NAN, tolerance=None)
    said = "`report_time`, `solve_time` and `customer_tolerance` are not known"
    assert found.undefined == said


def test_a_time_as_long_as_the_tolerance_is_not_too_long():
    assert authority(report=10, solve=5, tolerance=15).answer is False
    assert authority(report=0.1, solve=0.2, tolerance=0.3).answer is False  # 0.30000000000000004
    assert authority(report=10, solve=5.001, tolerance=15).answer is True
    assert authority(report=0, solve=0, tolerance=0).answer is False


@many
@given(*[st.floats(0, 1e6)] * 4, st.booleans())
def test_longer_ways_and_shorter_patience_never_take_authority_away(a, b, c, more, covered):
    if authority(covered, a, b, c):
        assert authority(covered, a + more, b, c)
        assert authority(covered, a, b + more, c)
        assert authority(covered, a, b, max(c - more, 0))
        assert authority(False, a, b, c)


@pytest.mark.parametrize("factor", [60, 1 / 60])
def test_the_unit_of_time_does_not_matter(factor):
    for report, solve, tolerance in product((1, 7, 10), repeat=3):
        one = authority(True, report, solve, tolerance)
        assert one.answer == (report + solve > tolerance)
        scaled = (time * factor for time in (report, solve, tolerance))
        assert authority(True, *scaled).answer == one.answer


# --- the cells of a person ------------------------------------------------------------------------

CELLS = {
    # seeds row 55: the deck's and Mengniu's labels; Welch's own let the able without values go
    (1, 1): ("fit-able", "use heavily", "exceptional use", "promote"),
    (1, 0): ("fit-unable", "train or reserve", "train", "second chance"),
    (0, 1): ("unfit-able", "use", "restrict", "must go"),
    (0, 0): ("unfit-unable", "drop", "never", "must go"),
}


@pytest.mark.parametrize(("place", "wanted"), list(CELLS.items()))
def test_each_cell_has_the_labels_of_all_three_sets(place, wanted):
    found = person_cell(value=place[0], ability=place[1])
    assert found.cell == wanted[0]
    assert found.table.keys == ("label_set",)
    assert found.table["label_set"].tolist() == ["deck", "mengniu", "welch"]
    assert found.table["label"].tolist() == list(wanted[1:])
    assert found.table["undefined"].tolist() == [""] * 3
    assert all(found.table["source"].tolist())
    assert found.undefined == ""
    assert found.cell in str(found)


@pytest.mark.parametrize("cut", [0.5, 0, -3, 70, 1e-9])
def test_the_cut_itself_is_high(cut):
    below = math.nextafter(cut, -math.inf)
    names = {
        (value, ability): person_cell(
            value=value, ability=ability, value_cut=cut, ability_cut=cut
        ).cell
        for value, ability in product((cut, below), repeat=2)
    }
    assert names == {
        (cut, cut): "fit-able",
        (cut, below): "fit-unable",
        (below, cut): "unfit-able",
        (below, below): "unfit-unable",
    }


@many
@given(*[st.floats(-100, 100)] * 4)
def test_every_person_is_in_one_cell_by_cuts_of_their_own(value, ability, value_cut, ability_cut):
    found = person_cell(value=value, ability=ability, value_cut=value_cut, ability_cut=ability_cut)
    assert found.cell == CELLS[value >= value_cut, ability >= ability_cut][0]


def test_cuts_are_a_half_unless_given():
    assert person_cell(value=0.5, ability=0.49).cell == "fit-unable"
    assert person_cell(value=0.49, ability=0.5, value_cut=0.4).cell == "fit-able"
    assert person_cell(value=0.5, ability=0.49, ability_cut=0.4).cell == "fit-able"


def test_the_conflict_of_the_label_sets_is_noted():
    found = person_cell(value=0, ability=1)
    for words in ("conflict", "Welch himself let them go", "deck"):
        assert words in found.cautions[0]
    assert found.table.note == f"caution: {found.cautions[0]}"
    assert len(set(found.table["label"].tolist())) == 3  # no two agree over the able unfit


@pytest.mark.parametrize(
    ("value", "ability", "undefined"),
    [
        (None, 1, "`value` is not known"),
        (1, NAN, "`ability` is not known"),
        (None, None, "`value` and `ability` are not known"),
    ],
)
def test_who_is_not_known_is_in_no_cell(value, ability, undefined):
    found = person_cell(value=value, ability=ability)
    assert (found.cell, found.undefined) == ("", undefined)
    assert found.table["label"].tolist() == [""] * 3
    assert found.table["undefined"].tolist() == [undefined] * 3


# --- labellings -----------------------------------------------------------------------------------

SKY = LabelSet(code="radio", source="the forecast", labels=("dry", "", "wet"))
CELLS_OF_SKY = ("clear", "fog", "cloudy")


def sky(**changes):
    parts = {"code": "sky", "name": "Sky", "cells": CELLS_OF_SKY, "sets": (SKY,)}
    return Labelling(**parts | changes)


def test_a_labelling_has_a_table_of_each_cell():
    both = sky(sets=(SKY, attrs.evolve(SKY, code="sailor", labels=["calm", "blind", "wet"])))
    table = both.table("fog")
    assert (table.title, table.note, table.keys) == ("Sky: fog", "", ("label_set",))
    assert table["label_set"].tolist() == ["radio", "sailor"]
    assert table["label"].tolist() == ["", "blind"]
    assert table["undefined"].tolist() == ["the source has no label for it", ""]
    assert both.table("cloudy")["label"].tolist() == ["wet", "wet"]
    assert sky(note="they differ").table("fog").note == "caution: they differ"
    nowhere = both.table("", "`rain` is not known")
    assert nowhere.title == "Sky: no cell"
    assert nowhere["label"].tolist() == ["", ""]
    assert nowhere["undefined"].tolist() == ["`rain` is not known"] * 2


def test_labellings_are_read_from_the_catalogue_and_written_back():
    found = labelling("people")
    assert from_dict(Labelling, tomllib.loads(to_toml(found)), "text") == found
    assert all(entry.source for entry in found.sets)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: labelling("peple"), ValueError, "'peple' is unknown.*'people'"),
        (lambda: sky().table("rain"), ValueError, "`cell`: 'rain' is unknown"),
        (lambda: sky().table(""), ValueError, "`cell`: '' is unknown"),
        (lambda: sky(cells=("clear", "fog")), ValueError, "`labels` of 'radio' must be one for.*3"),
        (lambda: sky(cells=("a", "a", "b")), ValueError, "`cells` must be different.*'a' twice"),
        (lambda: sky(sets=()), ValueError, "`sets` must hold at least one LabelSet"),
        (lambda: sky(sets=(SKY, SKY)), ValueError, "`codes of sets`.*'radio' twice"),
        (lambda: sky(sets=("radio",)), TypeError, "`sets` must be LabelSet"),
        (lambda: attrs.evolve(SKY, labels=["dry", " ", ""]), ValueError, "`labels` must not be"),
        (lambda: attrs.evolve(SKY, labels=[1, 2, 3]), TypeError, "`labels` must be str, got 1"),
        (lambda: attrs.evolve(SKY, source=""), ValueError, "`source` must not be blank"),
    ],
)
def test_bad_labellings_are_refused(make, error, said):
    with pytest.raises(error, match=said):
        make()


# --- bad input ------------------------------------------------------------------------------------

ONE_TIME = {"report_time": 1, "solve_time": 1, "customer_tolerance": 1}


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (service_economy, TypeError, "give `gdp_share`, `employment_share` or both; None where"),
        (lambda: economy(60), ValueError, r"`gdp_share` must lie in 0\.\.1, got 60; 60 % is 0\.6"),
        (lambda: economy(0.7, 72), ValueError, r"`employment_share`.*72 % is 0\.72"),
        (lambda: economy(-0.1), ValueError, r"`gdp_share` must lie in 0\.\.1, got -0\.1"),
        (lambda: economy(math.inf), ValueError, "`gdp_share` must be a finite number"),
        (lambda: economy("0.6"), TypeError, r"`gdp_share` must be a number, got '0\.6'"),
        (lambda: economy(True), TypeError, "`gdp_share` must be a number, got True"),
        (lambda: economy([0.6]), TypeError, "`gdp_share` must be a number, got"),
        (lambda: economy(0.6, threshold=60), ValueError, r"`threshold`.*60 % is 0\.6"),
        (lambda: economy(0.6, threshold=None), TypeError, "`threshold` must be a number, got None"),
        (
            lambda: authority("yes"),
            TypeError,
            "`covered_by_rule` must be True, False, or None where it is not known, got 'yes'",
        ),
        (lambda: authority(2), TypeError, "`covered_by_rule` must be True, False, or None.*got 2"),
        (
            lambda: authority(np.array([True, False])),
            TypeError,
            r"`covered_by_rule` must be True.*got array\(\[ True",
        ),
        (
            lambda: person_cell(value=np.array([0.2, 0.8]), ability=1),
            TypeError,
            r"`value` must be a number, got array\(\[0\.2, 0\.8\]\) that is a ndarray",
        ),
        (lambda: economy(np.array(0.6)), TypeError, r"`gdp_share` must be a number, got array"),
        (lambda: authority(report=-1), ValueError, "`report_time` must be 0 or more, got -1"),
        (lambda: authority(solve="1"), TypeError, "`solve_time` must be a number, got '1'"),
        (
            lambda: authority(report=np.timedelta64(1, "m")),
            TypeError,
            "`report_time` must be a number",
        ),
        (
            lambda: authority(tolerance=math.inf),
            ValueError,
            "`customer_tolerance` must be a finite number",
        ),
        (
            lambda: person_cell(value="high", ability=1),
            TypeError,
            "`value` must be a number, got 'high'",
        ),
        (
            lambda: person_cell(value=1, ability=-math.inf),
            ValueError,
            "`ability` must be a finite number",
        ),
        (
            lambda: person_cell(value=1, ability=1, value_cut=None),
            TypeError,
            "`value_cut` must be a number",
        ),
        (
            lambda: person_cell(value=1, ability=1, ability_cut=NAN),
            ValueError,
            "`ability_cut` must be a finite number",
        ),
        (
            lambda: needs_frontline_authority(covered_by_rule=True, report_time=1),
            TypeError,
            "solve_time",
        ),
    ],
)
def test_bad_input_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()


# --- crosswalks -----------------------------------------------------------------------------------


def test_four_p_and_four_c_are_one_to_one():
    # seeds row 14: Lauterborn (1990)
    found = crosswalk("marketing-mix", "customer-mix")
    pairs = {
        "product": "customer",
        "price": "cost",
        "place": "convenience",
        "promotion": "communication",
    }
    assert [(link.first, link.second, link.weight) for link in found.links] == [
        (first, second, 1) for first, second in pairs.items()
    ]
    for first, second in pairs.items():
        assert found.counterparts(first) == (second,)
        assert found.counterparts(second) == (first,)
    assert found.unmatched == ((), ())
    assert set(found.first_dimensions) == set(pairs)
    assert set(found.second_dimensions) == set(pairs.values())
    assert "Lauterborn" in found.source
    assert "渠道 (place)" in found.note


def test_pdca_and_eodc_are_linked_by_our_own_reading():
    # seeds row 15: Plan-Explore/Offer, Do-Do, Check/Act-Confirm, flagged as ours
    found = crosswalk("pdca", "eodc")
    assert {(link.first, link.second) for link in found.links} == {
        ("plan", "explore"),
        ("plan", "offer"),
        ("do", "do"),
        ("check", "confirm"),
        ("act", "confirm"),
    }
    assert found.unmatched == ((), ())
    assert found.counterparts("plan") == ("explore", "offer")
    assert found.counterparts("confirm") == ("check", "act")
    assert found.counterparts("do") == ("do",)  # a code of both cycles
    assert found.first_dimensions == ("plan", "do", "check", "act")
    assert "own reading" in found.source
    assert "convention" in found.note


def test_the_second_cycle_is_that_of_the_stages():
    assert crosswalk("pdca", "eodc").second_dimensions == tuple(Stage)


@pytest.mark.parametrize(("first", "second"), [("eodc", "pdca"), ("customer-mix", "marketing-mix")])
def test_crosswalks_are_found_in_the_order_of_the_catalogue(first, second):
    with pytest.raises(ValueError, match=f"'{first}--{second}' is unknown.*'{second}--{first}'"):
        crosswalk(first, second)
