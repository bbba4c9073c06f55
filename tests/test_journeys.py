"""Tests of touchpoints, journeys and exposure: worked values, files, promises, bad input."""

import math
import re
from datetime import timedelta

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from servqual.journeys import (
    Encounter,
    Improvement,
    Journey,
    Touchpoint,
    exposure,
    load_journey,
)
from servqual.journeys.maps import END, LEAVE, START

from .effort import effort
from .strategies import branching, line, lines

NAN = math.nan
few = effort(40)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


# --- touchpoints ----------------------------------------------------------------------------------


def test_the_three_forms_of_encounter():
    assert [form.value for form in Encounter] == ["machine", "remote", "face_to_face"]
    assert "failure rate" in Encounter.MACHINE.measures  # what decides each form, seeds 7
    assert "voice" in Encounter.REMOTE.measures
    assert "behaviour" in Encounter.FACE_TO_FACE.measures
    for form in Encounter:
        for code in (form, form.value, str(form)):
            assert Touchpoint(name="x", encounter=code).encounter is form
    assert Touchpoint(name="x").encounter is None


@given(before=st.floats(0, 1), share=st.floats(0, 1))
@few
def test_what_an_improvement_leaves(before, share):
    less = Improvement(name="x", cost=0, reduction=share)
    assert less.left(before) == before * (1 - share) <= before
    assert Improvement(name="x", cost=1, failure_probability=share).left(before) == share


def test_what_is_known_of_failures():
    def known(**how):
        return Touchpoint(name="x", **how).estimated_probability

    assert known() is None
    assert known(failure_probability=0) == known(failures=0, occasions=9) == 0
    assert known(failures=np.int64(9), occasions=9.0) == 1
    assert known(failures=1, occasions=10**12) == 1e-12
    found = Touchpoint(name="x", failures=3.0, occasions=10, importance=2)
    assert (type(found.failures), type(found.importance)) == (int, float)
    assert hash(found) == hash(attrs.evolve(found))


WAY = Improvement(name="x", cost=1, reduction=0.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": " x"}, "ValueError: `name` must not .* blanks around it, got ' x'"),
        ({"name": 3}, "TypeError: `name` must be a text, got 3 that is a int"),
        ({"failure_probability": 1.2}, "ValueError: `failure_probability` .* 0..1, got 1.2"),
        ({"failure_probability": -1e-9}, "ValueError: `failure_probability` must lie .*, got -1e-"),
        ({"failure_probability": NAN}, "ValueError: `failure_probability` must be a finite .* nan"),
        ({"failure_probability": "2 %"}, "TypeError: `failure_probability` .* number, got '2 %'"),
        ({"failure_probability": True}, "TypeError: `failure_probability` must be a number"),
        ({"visit_probability": 40}, "ValueError: `visit_probability` must lie in 0..1, got 40"),
        ({"visit_probability": None}, "TypeError: `visit_probability` must be a number"),
        ({"importance": -1}, "ValueError: `importance` must lie in 0.*, got -1"),
        ({"importance": math.inf}, "ValueError: `importance` must be a finite number, got inf"),
        ({"critical": 1}, "TypeError: `critical` must be bool, got 1"),
        ({"encounter": "phone"}, "ValueError: `encounter` must be one of 'machine', .*'phone'"),
        ({"failures": 1}, "ValueError: touchpoint 'x': `failures` and `occasions` must be given"),
        ({"occasions": 9}, "ValueError: touchpoint 'x': `failures` and `occasions` must be given"),
        ({"failures": 10, "occasions": 9}, "ValueError: .* at most `occasions`, 9, got 10"),
        ({"failures": 0, "occasions": 0}, "ValueError: `occasions` .* at least 1, got 0"),
        ({"failures": -1, "occasions": 9}, "ValueError: `failures` .* at least 0, got -1"),
        ({"failures": 1.5, "occasions": 9}, "ValueError: `failures` must be a whole .*, got 1.5"),
        ({"failures": "1", "occasions": 9}, "TypeError: `failures` must be a number, got '1'"),
        (
            {"failures": 1, "occasions": 9, "failure_probability": 0},
            "ValueError: .*'x': .*got both",
        ),
        ({"improvements": ["desk"]}, "TypeError: `improvements` must be Improvement, got 'desk'"),
        ({"improvements": 3}, r"TypeError: `improvements` must be Iterable.*\(Improvement\(…\),\)"),
        ({"improvements": [WAY, WAY]}, "ValueError: `names of improvements` .* got 'x' twice"),
        ({"standards": ["wait", "wait"]}, "ValueError: `standards` must be .* got 'wait' twice"),
        ({"dimension": None}, "TypeError: `dimension` must be str, got None"),
    ],
)
def test_a_wrong_touchpoint_is_named(change, said):
    refused(lambda: Touchpoint(**{"name": "x"} | change), said)


def test_one_standard_may_stand_alone_or_is_refused():
    try:
        assert Touchpoint(name="x", standards="wait").standards == ("wait",)
    except TypeError as error:
        assert "`standards`" in str(error)  # noqa: PT017 (either will do)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": -1}, "ValueError: `cost` must lie in 0.*, got -1"),
        ({"cost": "9 €"}, "TypeError: `cost` must be a number, got '9 €'"),
        ({"name": ""}, "ValueError: `name` must not be blank"),
        ({"reduction": 1.5}, "ValueError: `reduction` must lie in 0..1, got 1.5"),
        ({"reduction": None}, "ValueError: improvement 'x': give either .*, got neither"),
        ({"failure_probability": 0.1}, "ValueError: improvement 'x': give either .*, got both"),
        ({"failure_probability": -0.1}, "ValueError: `failure_probability` .* 0..1, got -0.1"),
    ],
)
def test_a_wrong_improvement_is_named(change, said):
    refused(lambda: attrs.evolve(WAY, **change), said)


# --- journeys -------------------------------------------------------------------------------------


def test_what_a_journey_has():
    points = (
        Touchpoint(name="arrive", failure_probability=0.02, critical=True, importance=3),
        Touchpoint(name="ask", failures=1, occasions=4, visit_probability=0.5),
        Touchpoint(name="start"),  # a name that means something with branches only
    )
    found = Journey(name="it's", touchpoints=iter(points))
    assert found.names == ("arrive", "ask", "start")
    assert found.critical.tolist() == [True, False, False]
    assert found.importances.tolist() == [3, 1, 1]
    assert found.visit_probabilities.tolist() == [1, 0.5, 1]
    assert found.failure_probabilities == pytest.approx([0.02, 0.25, NAN], nan_ok=True)
    assert found.touchpoint("ask") is found.touchpoints[1]
    assert found.chain().tolist() == np.eye(5)[:4].tolist()
    assert repr(found) == 'Journey "it\'s": 3 touchpoints, 1 critical'
    assert repr(line(0.1)) == "Journey 'journey': 1 touchpoint, 0 critical"
    for array in (found.critical, found.importances, found.chain(), found.failure_probabilities):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    refused(lambda: found.touchpoint("aks"), "ValueError: `name`: 'aks' is unknown; .* 'ask'")
    assert len({found, attrs.evolve(found), line(0.1)}) == 2


def test_what_follows_a_touchpoint():
    rows = {"b": {"a": 0.25, "end": 0.5, "leave": 0.25}, "start": {"a": 0.5, "b": 0.5}}
    found = attrs.evolve(line(0.1, 0.2, 0.3), transitions=rows | {"a": {"c": 1, "b": 0}})
    assert (START, END, LEAVE) == ("start", "end", "leave")
    assert repr(found) == "Journey 'journey': 3 touchpoints, 0 critical, with branches"
    wanted = [[0.5, 0.5, 0, 0, 0], [0, 0, 1, 0, 0], [0.25, 0, 0, 0.5, 0.25]]
    assert found.chain().tolist() == [*wanted, [0, 0, 0, 1, 0]]  # no row: on to the next, or end
    said = "ValueError: Journey 'journey': .*; `journey_flow` counts them"
    refused(lambda: found.visit_probabilities, said)
    pairs = [["a", [["end", 1]]]]  # as JSON has them
    assert attrs.evolve(line(0.1), transitions=pairs).chain()[1].tolist() == [0, 1, 0]


@given(journey=branching())
@few
def test_rows_of_a_chain_sum_to_one(journey):
    chain, said = journey.chain(), dict(journey.transitions)
    assert chain.sum(axis=1) == pytest.approx(np.ones(len(journey.names) + 1), abs=1e-15)
    for row, name in zip(chain, (START, *journey.names), strict=True):
        wanted = [dict(said[name]).get(after, 0) for after in (*journey.names, END, LEAVE)]
        assert row == pytest.approx(wanted, rel=1e-14)


def made(names, transitions, **fields):
    """Return a journey of touchpoints with such names."""
    points = [Touchpoint(name=name) for name in names.split()]
    return Journey(**{"name": "j", "touchpoints": points, "transitions": transitions} | fields)


ROW = r"`transitions\['a'\]`"


@pytest.mark.parametrize(
    ("names", "transitions", "said"),
    [
        ("", {}, "ValueError: `touchpoints` must hold at least one Touchpoint, got none"),
        ("a b a", {}, "ValueError: `names of touchpoints` must be .* got 'a' twice"),
        ("a", {"a": {"end": 0.5, "leave": 0.4}}, f"{ROW} must sum to 1, got 0.9; what is left may"),
        ("a", {"a": {"end": 1, "leave": 1e-6}}, f"ValueError: {ROW} must sum to 1, got 1.000001$"),
        ("a", {"a": {}}, f"ValueError: {ROW} must sum to 1, got 0"),
        ("a", {"a": {"end": 1.5, "leave": -0.5}}, r"\['a'\]\['end'\]` must lie in 0..1, got 1.5"),
        ("a", {"a": {"end": NAN}}, r"ValueError: .*\['a'\]\['end'\]` must be a finite .* got nan"),
        ("a", {"a": {"end": "1"}}, r"TypeError: .*\['a'\]\['end'\]` must be a number, got '1'"),
        ("a", {"a": "end"}, f"TypeError: {ROW} must map what follows to its .*, got 'end'"),
        ("a", {"a": [("end", 0.5), ("end", 0.5)]}, f"ValueError: {ROW} must be .* 'end' twice"),
        ("a", "a", "TypeError: `transitions` must map names to what follows .*, got 'a'"),
        ("a", [("a", {"end": 1})] * 2, "ValueError: `transitions` must be .* got 'a' twice"),
        ("a pay", {"a": {"pya": 1}}, f"ValueError: {ROW}: 'pya' is unknown; the nearest are 'pay'"),
        ("book", {"bok": {"end": 1}}, "ValueError: `transitions`: 'bok' is unknown; .* 'book'"),
        ("a", {"end": {"a": 1}}, "ValueError: `transitions`: 'end' is unknown"),
        ("a", {"a": {"start": 1}}, f"ValueError: {ROW}: 'start' is unknown"),
        (
            "a b c",
            {"a": {"c": 1}},
            "ValueError: .* touchpoint 'b' cannot be reached from the start",
        ),
        ("a b", {"start": {"b": 1, "a": 0}}, "ValueError: .* touchpoint 'a' cannot be reached"),
        ("a", {"a": {"leave": 1}}, "ValueError: .* the end cannot be reached; .* lead to 'end'"),
        (
            "a b c",
            {"a": {"b": 0.5, "end": 0.5}, "b": {"c": 1}, "c": {"b": 1, "end": 0}},
            r"ValueError: `transitions`: no way leads out of \['b', 'c'\]; some row must lead to",
        ),
        ("a leave", {"a": {"end": 1}}, "ValueError: `touchpoints`: .*, 'leave' has a meaning of"),
        (
            "start",
            {"start": {"end": 1}},
            "ValueError: .*'start' has a meaning of its own; give the",
        ),
    ],
)
def test_a_wrong_map_is_named(names, transitions, said):
    refused(lambda: made(names, transitions), said)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"touchpoints": Touchpoint(name="a")}, r"TypeError: .* Iterable, .*, as \(Touchpoint\("),
        ({"touchpoints": {"a": 0.1}}, "TypeError: `touchpoints` must be Touchpoint, got 'a' that"),
        ({"name": " "}, "ValueError: `name` must not be blank"),
        ({"source": None}, "TypeError: `source` must be str, got None"),
    ],
)
def test_a_wrong_journey_is_named(change, said):
    refused(lambda: made("a", {}, **change), said)
    half = line(0.1, 0.2, visits=[1, 0.5])
    said = "ValueError: touchpoint 'b': with branches, visits follow .*_probability` out, got 0.5"
    refused(lambda: attrs.evolve(half, transitions={"a": {"b": 1}}), said)


# --- files ----------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
NAMES = st.one_of(WORDS, st.sampled_from(["check in", 'the "desk"', "a.b", "é'", "\\", "#", "[x]"]))
NAMES = NAMES.map(str.strip).filter(lambda name: name and name not in {START, END, LEAVE})


WAYS = st.builds(Improvement, name=NAMES, cost=st.floats(0, 1e100), reduction=st.floats(0, 1))
POINTS = st.fixed_dictionaries(
    {
        "dimension": WORDS,
        "note": WORDS,
        "importance": st.floats(0, 1e100),
        "standards": st.lists(WORDS, max_size=2, unique=True),
        "improvements": st.lists(WAYS, max_size=2, unique_by=lambda way: way.name),
    }
)


@given(journey=st.one_of(lines(), branching()), data=st.data())
@few
def test_journeys_go_through_toml_and_come_back(journey, data, tmp_path_factory):
    size = len(journey.touchpoints)
    names = data.draw(st.lists(NAMES, min_size=size, max_size=size, unique=True))
    points = [
        attrs.evolve(point, name=name, **data.draw(POINTS))
        for name, point in zip(names, journey.touchpoints, strict=True)
    ]
    counted = {"failure_probability": None, "failures": 0, "occasions": 10**15}
    points[0] = attrs.evolve(points[0], **counted)
    new = dict(zip(journey.names, names, strict=True))
    rows = {
        new.get(name, name): {new.get(after, after): share for after, share in row}
        for name, row in journey.transitions
    }
    words = {"name": data.draw(NAMES), "source": data.draw(WORDS), "note": data.draw(WORDS)}
    wanted = Journey(touchpoints=points, transitions=rows, **words)
    file = tmp_path_factory.mktemp("toml") / "journey.toml"
    file.write_bytes(wanted.to_toml().encode())
    assert load_journey(file) == wanted
    assert hash(load_journey(str(file))) == hash(wanted)


POINT = "[[touchpoints]]\nname = 'a'\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("touchpoints =", "is not TOML"),
        ("", r"required field missing @ \$.touchpoints"),
        ("touchpoints = []", "`touchpoints` must hold at least one Touchpoint"),
        ("touchpoints = 3", r"\$.touchpoints"),
        ("[[touchpoints]]\ncritical = true", r"required field missing @ \$.touchpoints\[0\].name"),
        (f"{POINT}encounter = 'phone'", r"`encounter` .*'phone' @ \$.touchpoints\[0\]"),
        (f"{POINT}failure_probability = 2", r"`failure_prob.* got 2; .* @ \$.touchpoints\[0\]"),
        (f"{POINT}failures = 2", r"`failures` and `occasions` .* @ \$.touchpoints\[0\]"),
        (f"{POINT}importanc = 2", r"importanc.* @ \$.touchpoints\[0\]"),
        (f"{POINT}critical = 1", r"`critical` must be bool, got 1 .* @ \$.touchpoints\[0\]"),
        (
            f"{POINT}improvements = [{{name = 'x', cost = 1}}]",
            r"got neither @ \$.touchpoints\[0\].improvements\[0\]",
        ),
        (f"{POINT}{POINT}", "got 'a' twice"),
        (f"{POINT}[transitions]\na = 3", r"`transitions\['a'\]` must map what follows .* got 3"),
        (f"{POINT}[transitions.a]\nend = 0.5", r"`transitions\['a'\]` must sum to 1, got 0.5"),
        (f"{POINT}[transitions.a]\nend = '1'", r"`transitions\['a'\]\['end'\]` must be a number"),
        (f"{POINT}[transitions.b]\nend = 1", "`transitions`: 'b' is unknown"),
    ],
)
def test_a_wrong_file_names_the_place(text, said, tmp_path):
    file = tmp_path / "journey.toml"
    file.write_text(f"name = 'j'\n{text}", encoding="utf-8")
    refused(lambda: load_journey(file), f"ValueError: .*journey.toml.*{said}")
    with pytest.raises(FileNotFoundError, match=r"no such file: .*; .*'journey.toml'"):
        load_journey(tmp_path / "journeys.toml")


# --- exposure -------------------------------------------------------------------------------------


def contacts(n):
    """Return the exposure of so many contacts."""
    return exposure(customers=n, contacts_per_customer=1, seconds_per_contact=15)


def test_e1_fifty_million_moments():
    # theory E1; facts 13a: Carlzon's customers, contacts and seconds, which are no factor
    found = exposure(customers=10_000_000, contacts_per_customer=5, seconds_per_contact=15)
    assert found.contacts == 5e7
    assert found.contact_seconds == 7.5e8
    assert found.hours == pytest.approx(208_333.3, abs=0.05)
    assert found.expected_failures(1e-6) == pytest.approx(50)  # theory E2
    wanted = 1.0258659e-9  # theory E2, from R: a year without any, at 95 %
    assert found.allowed_failure_probability() == pytest.approx(wanted, rel=5e-8)
    assert found.kept_probability(wanted) == pytest.approx(0.95, abs=1e-8)
    assert found.table.keys == ("customers",)
    assert found.table.row(customers=1e7) == attrs.asdict(found)
    assert "208333.3" in str(found)


@given(seconds=st.integers(0, 10**6), customers=st.floats(0, 1e6), each=st.floats(0, 1e6))
@few
def test_seconds_make_hours_and_no_contacts(seconds, customers, each):
    how = {"customers": customers, "contacts_per_customer": each}
    found = exposure(**how, seconds_per_contact=seconds)
    assert found.contacts == pytest.approx(customers * each, rel=1e-11)
    assert found.hours == pytest.approx(customers * each * seconds / 3600)
    for span in (timedelta(seconds=seconds), np.timedelta64(10**9 * seconds, "ns")):
        assert exposure(**how, seconds_per_contact=span) == found


@pytest.mark.parametrize("at_most", [0, 1, 5, 50])
@pytest.mark.parametrize("n", [51, 60, 1000, 5 * 10**7, 10**12])
def test_the_failure_probability_that_a_promise_allows(n, at_most):
    found = contacts(n)
    last = 0
    for confidence in (0.999999, 0.95, 0.5, 0.001):
        p = found.allowed_failure_probability(at_most=at_most, confidence=confidence)
        assert stats.binom.cdf(at_most, n, p) == pytest.approx(confidence, abs=1e-9)
        if n >= 10**12:
            assert stats.poisson.cdf(at_most, n * p) == pytest.approx(confidence, abs=1e-9)
        assert found.kept_probability(p, at_most=at_most) == pytest.approx(confidence, abs=1e-12)
        assert 1 - found.kept_probability(p, at_most=at_most) == pytest.approx(1 - confidence)
        assert p > last  # less confidence allows more failures,
        last = p
    more = found.allowed_failure_probability(at_most=at_most + 1)
    assert more > found.allowed_failure_probability(at_most=at_most)  # and so does a weaker promise
    often = contacts(10 * n).allowed_failure_probability(at_most=at_most)
    assert often < found.allowed_failure_probability(at_most=at_most) / 9  # contacts allow fewer


@given(
    n=st.one_of(st.integers(1, 60), st.floats(0.1, 60)),
    at_most=st.integers(0, 20),
    p=st.floats(0, 1),
)
@few
def test_kept_promises(n, at_most, p):
    found = contacts(n).kept_probability(p, at_most=at_most)
    if at_most >= n:
        assert found == 1
        return
    assert found == pytest.approx(special.betainc(n - at_most, at_most + 1, 1 - p), abs=1e-12)
    if n == round(n):
        assert found == pytest.approx(stats.binom.cdf(at_most, n, p), abs=1e-12)
    low, high = (contacts(x).kept_probability(p, at_most=at_most) for x in (n + 1, max(n - 1, 0)))
    assert low <= found + 1e-15 <= high + 2e-15
    assert contacts(n).kept_probability(min(1, p + 0.1), at_most=at_most) <= found + 1e-15


def test_promises_that_always_hold():
    for n, at_most in ((0, 0), (3, 3), (3, 4), (2.5, 3)):
        assert contacts(n).allowed_failure_probability(at_most=at_most) == 1
        assert contacts(n).kept_probability(1, at_most=at_most) == 1
    assert contacts(3).kept_probability(0) == 1
    assert contacts(3).kept_probability(1, at_most=2) == 0
    assert contacts(0).expected_failures(1) == contacts(0).hours == 0


def test_contacts_that_are_whole_but_for_rounding():
    found = exposure(customers=100, contacts_per_customer=1.1, seconds_per_contact=15)
    assert found.contacts == pytest.approx(110)  # 110.00000000000001
    assert found.allowed_failure_probability(at_most=110) == pytest.approx(1)


def test_hardly_any_confidence():
    p = contacts(100).allowed_failure_probability(at_most=1, confidence=1e-17)
    kept = contacts(100).kept_probability(p, at_most=1)
    assert kept == pytest.approx(1e-17, rel=1e-9, abs=0)


@pytest.mark.parametrize("bad", [-1, NAN, math.inf, "5", None, True])
def test_a_wrong_count_is_named(bad):
    kind = "Value" if type(bad) in {int, float} else "Type"
    how = {"customers": 1, "contacts_per_customer": 1, "seconds_per_contact": 1}
    for name in how:
        refused(lambda name=name: exposure(**how | {name: bad}), f"{kind}Error: `{name}` must ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"customers": timedelta(1)}, "TypeError: `customers` counts and is no time, got .*time"),
        (
            {"contacts_per_customer": timedelta(seconds=15)},
            "TypeError: `contacts_per_customer` counts and is no time, .*; .*`seconds_per_contact`",
        ),
        ({"customers": np.timedelta64(1, "s")}, "TypeError: `customers` counts and is no time"),
        (
            {"seconds_per_contact": -timedelta(1)},
            "ValueError: `seconds_per_.* lie in 0.*, got -86400",
        ),
        ({"seconds_per_contact": np.timedelta64(1, "M")}, "ValueError: `seconds_per_.* a fixed"),
        ({"customers": 10**16}, r"ValueError: `customers · contacts_per_customer` must lie in 0.."),
        ({"customers": 1e200, "contacts_per_customer": 1e200}, "ValueError: `customers · con"),
    ],
)
def test_a_wrong_exposure_is_named(change, said):
    how = {"customers": 1, "contacts_per_customer": 1, "seconds_per_contact": 1}
    refused(lambda: exposure(**how | change), said)


@pytest.mark.parametrize(
    ("at_most", "said"),
    [
        (-1, "ValueError: `at_most` must be a whole number of at least 0, got -1"),
        (1.5, "ValueError: `at_most` must be a whole number of at least 0, got 1.5"),
        ("1", "TypeError: `at_most` must be a number, got '1'"),
        (None, "TypeError: `at_most` must be a number"),
        (10**8, "ValueError: `at_most` must be at most 1000000, or all contacts, got 100000000"),
    ],
)
def test_a_wrong_promise_is_named(at_most, said):
    found = contacts(10**9)
    refused(lambda: found.allowed_failure_probability(at_most=at_most), said)
    refused(lambda: found.kept_probability(0.1, at_most=at_most), said)


@pytest.mark.parametrize("bad", [-0.1, 1.1, NAN, "0.1", None, True])
def test_a_wrong_probability_is_named(bad):
    said = f"{'Value' if type(bad) is float else 'Type'}Error: `failure_probability` must"
    refused(lambda: contacts(9).expected_failures(bad), said)
    refused(lambda: contacts(9).kept_probability(bad), said)
    if bad != 0.1:
        refused(lambda: contacts(9).allowed_failure_probability(confidence=bad), "`confidence` mus")


def test_numbers_that_are_meant_otherwise():
    with pytest.raises(ValueError, match=r"must lie in 0..1, got 3; 3 % is 0.03$"):
        Touchpoint(name="a", failure_probability=3)
    with pytest.raises(ValueError, match=r"must lie in 0..1, got 101$"):
        Touchpoint(name="a", failure_probability=101)
    with pytest.raises(ValueError, match="must be a finite number, got inf"):
        Touchpoint(name="a", failure_probability=10**400)
    assert Touchpoint(name="a", critical=np.True_).critical is True
    assert Touchpoint(name="a", standards="desk").standards == ("desk",)


def test_contacts_that_are_no_whole_number():
    half = exposure(customers=125_000_001, contacts_per_customer=500.0625, seconds_per_contact=1)
    assert half.contacts == 125_000_001 * 500.0625
