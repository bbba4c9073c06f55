"""Journeys from event logs, against a replay in plain Python."""

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from unittest import mock

import attrs
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servqual._frames import logs as logs_of_any_kind
from servqual._frames import sources
from servqual.cycle import cases_from_log, cycle_report
from servqual.journeys import (
    Improvement,
    Journey,
    Touchpoint,
    journey_failure,
    journey_flow,
    journey_from_events,
)
from servqual.journeys.maps import END, LEAVE, START

from .effort import effort

NAN = float("nan")
COLUMNS = ("customer", "time", "touchpoint", "outcome")
CUSTOMERS, POINTS = list("ABCDEFG"), [f"point {n}" for n in range(20)]  # three bytes of marks
some = effort(25)


def log_of(rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    return dict(zip(COLUMNS, columns, strict=True))


def one(points, failed=(), customer="A"):
    """Return the rows of one customer, an hour apart; failed are places."""
    said = ["failed" if place in failed else "ok" for place in range(len(points))]
    return [(customer, *row) for row in zip(range(99), points, said, strict=False)]


@st.composite
def logs(draw, *, times=(0, 0.25, 1, 7.5)):
    """Draw rows of customers who come in turns, each in the order of their own times."""
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 (a test)
    few = rng.sample(POINTS, draw(st.integers(1, len(POINTS))))
    time = dict.fromkeys(CUSTOMERS, 0.0)
    rows = []
    for customer in rng.choices(CUSTOMERS[: draw(st.integers(1, 7))], k=draw(st.integers(1, 60))):
        time[customer] += rng.choice(times)
        said = rng.choice(["ok", "ok", "failed"])
        rows.append((customer, time[customer], rng.choice(few), said))
    return rows


def parts(rows, cuts):
    """Return rows as mappings of columns, cut at places."""
    edges = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    return [log_of(rows[a:b]) for a, b in pairwise(edges)]


CUTS = st.lists(st.integers(0, 99), max_size=4)


UNKNOWN_ENDS = (
    "without `ends`, every last visit leads to 'end': who left early, or was still on the way when "
    "the log ends, cannot be told from who finished, and completion is 1 and says nothing"
)


def noted(rows, occasion, passed=0, over=UNKNOWN_ENDS):
    customers = len({customer for customer, *_ in rows})
    share = 100 * len({customer for customer, *_, word in rows if word == "failed"}) / customers
    words = zip((len(rows), customers, passed), ("event", "customer", "row"), strict=True)
    said = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in words]
    first = f"from {said[0]} of {said[1]}, {said[2]} passed over; an occasion is a {occasion}"
    last = f"; {over}" if occasion == "visit" else ""
    return f"{first}; {share:.3g} % of customers met a failure{last}"


def went(rows):
    """Return the journey by its definition, a customer an occasion of a touchpoint."""
    came, lost, before = defaultdict(dict), defaultdict(set), Counter()
    for customer, _, point, said in rows:
        if point not in came[customer]:
            before[point] += len(came[customer])
            came[customer][point] = True
        if said == "failed":
            lost[point].add(customer)
    names = list(dict.fromkeys(point for _, _, point, _ in rows))
    n = {point: sum(point in own for own in came.values()) for point in names}
    names.sort(key=lambda point: Fraction(before[point], n[point]))
    points = [
        Touchpoint(
            name=p, failures=len(lost[p]), occasions=n[p], visit_probability=n[p] / len(came)
        )
        for p in names
    ]
    return Journey(name="journey", touchpoints=points, note=noted(rows, "customer"))


def branched(rows, ends=None):
    """Return the journey by its definition, a visit an occasion."""
    own, n, lost = defaultdict(list), Counter(), Counter()
    for customer, _, point, said in rows:
        own[customer].append(point)
        n[point] += 1
        lost[point] += said == "failed"
    over = {point: END if ends is None or point in ends else LEAVE for point in n}
    ways = ([START, *way, over[way[-1]]] for way in own.values())
    moves = Counter(move for way in ways for move in pairwise(way))
    total = Counter()
    for (before, _), count in moves.items():
        total[before] += count
    points = [Touchpoint(name=point, failures=lost[point], occasions=n[point]) for point in n]
    after = (*n, END, LEAVE)
    shares = {a: {b: moves[a, b] / total[a] for b in after if moves[a, b]} for a in (START, *n)}
    note = noted(rows, "visit") if ends is None else noted(rows, "visit", over=complete(ends))
    return Journey(name="journey", touchpoints=points, transitions=shares, note=note)


def complete(ends):
    said = " or ".join(map(repr, ends))
    return f"complete with a last visit of {said}; who was still on the way counts as leaving"


def ways(journey):
    return {name: dict(row) for name, row in journey.transitions}


READ = {False: went, True: branched}
BOTH = pytest.mark.parametrize("branching", READ)


def refused(said, *table, **asked):
    with pytest.raises(ValueError, match=said):
        journey_from_events(*table, **asked)


# --- replay ---------------------------------------------------------------------------------------


def test_by_hand():
    rows = [*one(["b", "a", "b", "c"], failed=[2]), *one(["a", "c", "c"], [1, 2], "B")]
    found = journey_from_events(log_of(rows))
    assert found.names == ("b", "a", "c")  # others before: 0; 1 and 0; 2 and 1
    counts = [(p.failures, p.occasions, p.visit_probability) for p in found.touchpoints]
    assert counts == [(1, 1, 0.5), (0, 2, 1), (1, 2, 1)]
    assert not found.has_branches
    names = [START, END, "leave"]  # reserved among branches alone
    assert [*journey_from_events(log_of(one(names))).names] == names
    assert found.note.startswith("from 7 events of 2 customers, 0 rows passed over; an occasion is")
    found = journey_from_events(log_of(rows), branching=True)
    assert [(p.failures, p.occasions) for p in found.touchpoints] == [(1, 2), (0, 2), (2, 3)]
    assert found.transitions == (
        ("start", (("b", 0.5), ("a", 0.5))),
        ("b", (("a", 0.5), ("c", 0.5))),
        ("a", (("b", 0.5), ("c", 0.5))),
        ("c", (("c", 1 / 3), ("end", 2 / 3))),
    )


@BOTH
@some
@given(rows=logs(), cuts=CUTS, batch=st.integers(1, 9))
def test_against_a_replay_in_plain_python(branching, rows, cuts, batch):
    wanted, asked = READ[branching](rows), {"branching": branching}
    assert journey_from_events(log_of(rows), **asked) == wanted
    assert journey_from_events(iter(parts(rows, cuts)), **asked) == wanted
    with mock.patch.object(logs_of_any_kind, "BATCH", batch):
        assert journey_from_events(pl.DataFrame(log_of(rows)), **asked) == wanted
        assert journey_from_events(pd.DataFrame(log_of(rows)), **asked) == wanted


@some
@given(rows=logs())
def test_expected_visits_of_the_chain_are_those_observed(rows):
    journey = journey_from_events(log_of(rows), branching=True)
    flow, customers = journey_flow(journey), len({customer for customer, *_ in rows})
    visits = [point.occasions / customers for point in journey.touchpoints]
    assert flow.touchpoints["visits"] == pytest.approx(visits, rel=1e-9)
    lost = sum(said == "failed" for *_, said in rows) / customers
    assert flow.touchpoints["expected_failures"].sum() == pytest.approx(lost, rel=1e-9)
    assert (flow.completion, flow.leaving) == (pytest.approx(1), 0)


@some
@given(rows=logs(), cuts=CUTS, some_ends=st.sets(st.sampled_from(POINTS), min_size=1))
def test_journeys_are_complete_at_their_ends(rows, cuts, some_ends):
    names = list(dict.fromkeys(point for _, _, point, _ in rows))
    last = {customer: point for customer, _, point, _ in rows}
    ends = [name for name in names if name in some_ends]
    asked = {"branching": True, "ends": iter(ends)}
    finished = sum(point in ends for point in last.values()) / len(last)
    if not ends:
        refused("`ends` must hold at least one", log_of(rows), **asked)
    elif not finished:
        refused("`ends`: no customer's last visit was .*so that no journey", log_of(rows), **asked)
    else:
        found = journey_from_events(parts(rows, cuts), **asked)
        assert found == branched(rows, ends)
        flow = journey_flow(found)
        assert (flow.completion, flow.leaving) == pytest.approx((finished, 1 - finished), abs=1e-9)
    everywhere = journey_from_events(log_of(rows), branching=True, ends=names)
    assert everywhere.transitions == branched(rows).transitions


@BOTH
@some
@given(rows=logs(), cuts=CUTS, gone=st.sets(st.integers(0, 59)))
def test_visits_that_cannot_be_judged_are_as_if_they_were_not_there(branching, rows, cuts, gone):
    gone = {place for place in gone if place < len(rows)}
    left = [row for place, row in enumerate(rows) if place not in gone]
    unsure = [
        (*row[:2], row[2] if place % 2 else "unseen", "?") if place in gone else row
        for place, row in enumerate(rows)
    ]
    asked = {"branching": branching, "outcomes": {"?": None}}
    if not left:
        refused(f"got {len(rows)} rows, all passed over", log_of(unsure), **asked)
        return
    found = journey_from_events(parts(unsure, cuts), **asked)
    wanted = READ[branching](left)
    missed = "" if gone else "; `outcomes`: '?' does not occur"
    note = noted(left, wanted.note.split("occasion is a ")[1].split(";")[0], len(gone)) + missed
    assert found == attrs.evolve(wanted, note=note)


@BOTH
@some
@given(rows=logs(), cuts=CUTS, place=st.integers(0, 59), less=st.sampled_from([0.125, 5]))
def test_time_that_goes_back_within_a_customer(branching, rows, cuts, place, less):
    place %= len(rows)
    customer, time, *rest = rows[place]
    rows[place] = (customer, time - less, *rest)
    tables, number = parts(rows, cuts), place + 1
    before = [n for n, row in enumerate(rows[:place]) if row[0] == customer]
    if not before or rows[before[-1]][1] <= time - less:
        assert journey_from_events(tables, branching=branching) == READ[branching](rows)
        return
    said = rf"of customer '{customer}' are not in the order of time; sort .* \(row {number}\)$"
    edges = np.cumsum([len(table["time"]) for table in tables])
    if any(before[-1] < edge <= place for edge in edges):  # the row before is of another batch
        said = rf"must not go back within a customer .* \(row {number}, customer '{customer}'\)$"
    refused(said, tables, branching=branching)


# --- tables of every kind -------------------------------------------------------------------------

ROWS = [
    *one(["book", "pay", "pay", "board"], failed=[1, 2], customer="Ann"),
    *one(["pay", "book", "eat"], customer="Bob"),
    *one(["eat"] * 3, failed=[0], customer="Zoë"),
]
ROWS = sorted(ROWS, key=lambda row: row[1])
BEGIN = datetime(2026, 3, 28, 22)  # noqa: DTZ001 (naive; clocks turn in Europe six hours later)
DATED = [(who, BEGIN + timedelta(hours=t), *rest) for who, t, *rest in ROWS]
connections = []


def related(frame):
    connections.append(duckdb.connect())
    connections[-1].register("log", frame)
    return connections[-1].sql("select * from log")


WORDS = ["customer", "touchpoint", "outcome"]


def views(frame):
    columns = {
        name: pa.array(column.to_pylist(), pa.string_view()) if name in WORDS else column
        for name, column in zip(frame.columns, frame.to_arrow().columns, strict=True)
    }
    return pa.table(columns).to_batches(max_chunksize=4)


KINDS = {
    "mapping": lambda f: f.to_dict(as_series=False),
    "mapping of series": lambda f: dict(f.to_pandas().items()),
    "pandas": lambda f: f.to_pandas(),
    "pandas of Arrow": lambda f: f.to_pandas(use_pyarrow_extension_array=True),
    "pandas of texts": lambda f: f.to_pandas().astype(dict.fromkeys(WORDS, "string")),
    "pandas of categories": lambda f: f.to_pandas().astype(dict.fromkeys(WORDS, "category")),
    "polars": lambda f: f,
    "polars of categories": lambda f: f.with_columns(pl.col(WORDS).cast(pl.Categorical)),
    "polars lazy": lambda f: f.lazy(),
    "pyarrow": lambda f: f.to_arrow(),
    "pyarrow batches": lambda f: f.to_arrow().to_batches(max_chunksize=4),
    "pyarrow of views": views,
    "duckdb": related,
}
MIXED = ["pandas", "mapping", "duckdb", "pyarrow", "polars"]
KINDS["mixed"] = lambda f: (KINDS[name](f[2 * a : 2 * a + 2]) for a, name in enumerate(MIXED))


@BOTH
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch", [3, 65_536])
def test_every_kind_of_table_gives_the_same_journey(kind, batch, branching, monkeypatch):
    monkeypatch.setattr(logs_of_any_kind, "BATCH", batch)
    wanted, asked = READ[branching](ROWS), {"branching": branching, "outcomes": {"": "ok"}}
    holes = [(*row[:3], None if row[3] == "ok" else " FAILURE ") for row in DATED]
    frame = pl.DataFrame(log_of(holes))
    for many in (1, 10_000):  # with the quicker way of texts, and without
        monkeypatch.setattr(sources, "MANY", many)
        assert journey_from_events(KINDS[kind](frame), **asked) == wanted
    refused("got nothing", KINDS[kind](frame), branching=branching)


def test_parquet_files(tmp_path):
    frame = pl.DataFrame(log_of(DATED))
    files = [tmp_path / name for name in ("a.parquet", "b.parquet", "whole.parquet")]
    for file, part in zip(files, (frame[:4], frame[4:], frame), strict=True):
        part.with_columns(other=pl.lit("unread")).write_parquet(file, row_group_size=3)
    for log in (files[2], str(files[2]), files[:2], map(str, files[:2])):
        assert journey_from_events(log) == went(ROWS)
    refused(r"the file 'a\.parquet' has no column 'tochpoint'", files[0], touchpoint="tochpoint")


def test_a_connection_is_free_after_an_error():
    late = pl.DataFrame(log_of(DATED)).with_columns(outcome=pl.lit("late"))
    refused("'late' is unknown", related(late))
    assert connections[-1].sql("select 1").fetchall() == [(1,)]


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in {"mixed", "mapping of series"}])
def test_a_zone_in_all_batches_or_in_none(kind):
    plain = pl.DataFrame(log_of(DATED))
    zoned = plain.with_columns(pl.col("time").dt.replace_time_zone("Europe/Berlin"))
    assert journey_from_events([zoned[:7], KINDS[kind](zoned[7:])]) == went(ROWS)
    for first, second in ((plain, zoned), (zoned, plain)):
        log = [first[:7], KINDS[kind](second[7:])]
        refused(r"`time` must have a zone .* both \(row 8\)", log)


@some
@given(rows=logs(), cuts=CUTS, rng=st.randoms(use_true_random=False))
def test_names_of_customers_in_any_shape(rows, cuts, rng):
    """Whole numbers near and far, in several types and as texts, are the same customer."""
    far = [0, 1, 7, -3, 120, 10**6, -(2**63), 2**63 - 1, 2**53 + 1]
    labels = dict(zip(CUSTOMERS, rng.sample(far, 7), strict=True))
    tables = []
    for part in parts([(labels[row[0]], *row[1:]) for row in rows], cuts):
        own = part["customer"]
        shapes = [own, [*map(str, own)], [f" {n} " for n in own], np.array(own, np.int64)]
        if all(-128 <= n < 128 for n in own):
            shapes += [np.array(own, np.int8), np.array(own, float), pd.array(own, "Int64")]
        if all(n >= 0 for n in own):
            shapes.append(np.array(own, np.uint64))
        tables.append(part | {"customer": rng.choice(shapes)})
    assert journey_from_events(tables) == went(rows)
    cases = dict.fromkeys(customer for customer, *_ in rows)
    log = {"case": [*cases], "time": range(len(cases)), "event": ["explore"] * len(cases)}
    numbers = log | {"case": np.array([labels[case] for case in cases])}
    assert cycle_report(numbers) == cycle_report(log)  # the cycle reads its labels alike
    assert [case.case for case in cases_from_log(numbers)] == [str(labels[case]) for case in cases]


# --- words, outcomes and a design -----------------------------------------------------------------


def design(*names, **more):
    same = {"encounter": "machine", "importance": 3, "critical": True, "dimension": "speed"}
    same |= {"improvements": [Improvement(name="train", cost=1, reduction=0.5)], "note": "new"}
    points = [Touchpoint(name=name, standards=["prompt"], **same, **more) for name in names]
    return Journey(name="plan", touchpoints=points, source="a workshop")


@pytest.mark.parametrize(
    "known",
    [{"failure_probability": 0.3}, {"failures": 5, "occasions": 9, "visit_probability": 0.2}],
)
def test_a_design_keeps_its_order_and_all_but_counts(known):
    plan = design("eat", "board", "nobody", "pay", "book", **known)
    found = journey_from_events(log_of(ROWS), design=plan)
    assert (found.name, found.source, found.names) == ("plan", "a workshop", plan.names)
    assert found.note == went(ROWS).note
    for mine, meant in zip(found.touchpoints, plan.touchpoints, strict=True):
        if mine.name == "nobody":
            counts = {"failures": None, "occasions": None, "visit_probability": 0.0}
        else:
            seen = went(ROWS).touchpoint(mine.name)
            counts = {"failures": seen.failures, "occasions": seen.occasions}
            counts |= {"visit_probability": seen.visit_probability, "failure_probability": None}
        assert mine == attrs.evolve(meant, **counts)
    refused("`design`: no customer came to .*'nobody'", log_of(ROWS), design=plan, branching=True)
    met = attrs.evolve(plan, touchpoints=[p for p in plan.touchpoints if p.name != "nobody"])
    found = journey_from_events(log_of(ROWS), design=met, branching=True, name="seen")
    assert (found.name, found.names) == ("seen", met.names)
    assert ways(found) == ways(branched(ROWS))
    again = journey_from_events(log_of(ROWS), design=found, branching=True)
    assert attrs.evolve(again, name="seen") == found
    assert not journey_from_events(log_of(ROWS), design=found).has_branches


def test_words_of_the_log():
    own = {"tills": "pay", 7: "book", "gate ": "board", "food": "eat", "note": None}
    back = {code: word for word, code in own.items()}
    rows = [(who, time, back[point], said) for who, time, point, said in ROWS]
    passed = [(None, NAN, "note", "?"), (None, None, " note", None)]
    log = log_of([passed[0], *rows[:3], passed[1], *rows[3:]])
    for more in ({}, {"design": Journey(name="journey", touchpoints=went(ROWS).touchpoints)}):
        found = journey_from_events([log, log_of(passed)], words=own, **more)
        assert found == attrs.evolve(went(ROWS), note=noted(ROWS, "customer", 4))
    found = journey_from_events(log_of(ROWS), words={"pay": "book"})
    assert found.names == ("book", "eat", "board")
    for text in ([7, "7", 7.0, " 7 "], ["7"] * 4):
        found = journey_from_events(log_of(one(text)), branching=True)
        assert [(p.name, p.occasions) for p in found.touchpoints] == [("7", 4)]


def test_words_that_may_be_slips():
    points = ["Zimmer", "Zimmer", "zimmer", "check in", "Check  in", "checkin", "Check  in", "bar"]
    log = log_of(one(points))
    said = "; 'zimmer' (1 visit) differs from 'Zimmer' only in case, 'check in' (1 visit) differs "
    said += "from 'Check  in' only in case and blanks, 'checkin' (1 visit) differs from "
    said += "'Check  in' only in case and blanks; `words` joins them"
    assert journey_from_events(log, branching=True).note.endswith(said)
    assert "differs" not in journey_from_events(log_of(one("ab"))).note
    assert "'b a' (1 customer) differs from 'ba' only in blanks;" in note_of(["ba", "b a"])
    four = note_of(["a", "A", "b", "B", "c", "C", "d", "D"])
    assert four.count("differs") == 3
    assert four.endswith(
        "'C' (1 customer) differs from 'c' only in case, … (4 in all); `words` joins them"
    )
    plan = design("Zimmer", "zimmer")
    assert "differs" not in note_of(["Zimmer", "zimmer"], design=plan)


def note_of(points, **asked):
    return journey_from_events(log_of(one(points)), **asked).note


def test_keys_that_never_come():
    words = {"Buchungen": "book", "Buchung": "book", 7: None, "x": "y", "": "none"}
    said = "; `words`: 'Buchungen' does not occur; the nearest is 'Buchung'; `words`: 7 does not "
    said += "occur; `words`: 'x' does not occur; `outcomes`: 'Fehler' does not occur; the nearest "
    said += "is 'fehlern'"
    log = log_of([("A", 0, "Buchung", "fehlern"), ("A", 1, "pay", "ok")])
    outcomes = {"Fehler": "failed", "fehlern": "failed", None: "ok"}
    for batches in (log, [log_of([]), log]):
        assert journey_from_events(batches, words=words, outcomes=outcomes).note.endswith(said)
    assert note_of("ab", words=dict.fromkeys("cdefg", "z")).endswith(
        "'e' does not occur; … (5 in all)"
    )
    assert "occur" not in note_of("ab", words={"a": None, "b": "c"}, outcomes={"OK ": "ok"})
    assert note_of("ab", words={"B": "b"}).endswith(
        "`words`: 'B' does not occur; the nearest is 'b'"
    )


def test_the_share_that_met_a_failure_stands_beside_the_computed_one():
    rng = np.random.default_rng(11)
    n, places = 5_000, np.arange(4)
    customer, time = np.repeat(np.arange(n), 4), np.tile(places, n)
    lost = rng.random(4 * n) < np.array([0.02, 0.05, 0.1, 0.04])[time]
    log = {"customer": customer, "time": time, "touchpoint": np.array([*"abcd"])[time]}
    log["outcome"] = np.where(lost, "failed", "ok")
    for branching in (False, True):
        found = journey_from_events(log, branching=branching)
        share = float(found.note.split(" % of customers met a failure")[0].split("; ")[-1]) / 100
        assert share == pytest.approx(lost.reshape(n, 4).any(axis=1).mean(), abs=5e-4)
        assert share == pytest.approx(journey_failure(found, rng=1).any_failure, abs=0.01)


SAID = ["ok", "Success", " SUCCEEDED "], ["failed", "failure", " Fail"]


def test_outcomes():
    for place, words in enumerate(SAID):
        for word in words:
            (point,) = journey_from_events(log_of([("A", 0, "x", word)])).touchpoints
            assert point.failures == place
    kinds = [  # the column, and what makes its second and third a failure
        ([True, False, False], {True: "ok", False: "failed"}),
        (np.array([True, False, False]), {True: "ok", False: "failed"}),
        ([1, 0, 0], {1: "ok", 0: "failed"}),
        (np.array([1.0, 0.0, 0.0]), {1: "ok", 0: "failed"}),
        (["1", " 0", 0], {"1": "ok", 0: "failed"}),
        ([None, "Late", "late "], {"": "ok", "LATE": "failed"}),
        ([NAN, "-", "-"], {None: "ok", "-": "failed"}),
        (["fail", "ok", "ok"], {"fail": "ok", "ok": "failed"}),  # the log's own meaning
    ]
    log = log_of(one("abc"))
    for column, said in kinds:
        found = journey_from_events(log | {"outcome": column}, outcomes=said)
        assert [point.failures for point in found.touchpoints] == [0, 1, 1]
        frame = pl.DataFrame(log | {"outcome": column}, strict=False)
        if not any(isinstance(cell, str) for cell in column):
            assert journey_from_events(frame, outcomes=said) == found
            refused(r"`outcome`.*\(row 1\)", frame)


def test_the_first_row_without_an_outcome_is_named():
    """Passed-over rows and batches before it count."""
    rows = [("A", n, "skip" if n % 3 else "x", "??" if n % 3 else "ok") for n in range(40)]
    rows[30] = ("A", 30, "x", "lat")
    rows[33] = ("A", 33, "x", None)
    frame = pl.DataFrame(log_of(rows))
    for batch in (4, 7, 99):
        with mock.patch.object(logs_of_any_kind, "BATCH", batch):
            asked = {"words": {"skip": None}, "outcomes": {"late": "failed"}}
            said = r"'lat' is unknown \(row 31\); the nearest are 'late'.*`outcomes` maps"
            refused(said, frame, **asked)
            asked["outcomes"]["lat"] = "ok"
            refused(r"`outcome` must be there .* nothing \(row 34\).*\{'': 'ok'\}", frame, **asked)


def test_the_first_of_several_rows_too_early_is_named():
    rows = [("B", 5, "x", "ok"), ("A", 5, "x", "ok"), ("B", 6, "x", "ok"), ("A", 4, "x", "ok")]
    late = [*rows, ("B", 5, "x", "ok")]
    refused(r"`time`: .* customer 'A' .* \(row 4\)", log_of(late))
    for cut in (2, 3):
        said = r"got 4\.0 after 5\.0 \(row 4, customer 'A'\)"
        refused(said, parts(late, [cut]), branching=True)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customer": ["A", None, "A"]}, r"`customer` must be there .* nothing \(row 2\)"),
        ({"customer": ["A", "A", " "]}, r"`customer` must be there .* nothing \(row 3\)"),
        ({"time": [0, None, 2]}, r"`time` must be there and finite .* nothing \(row 2\)"),
        ({"time": [0, 1, float("inf")]}, r"`time` must be there and finite .* inf \(row 3\)"),
        ({"time": ["2026-01-01", "2026-01-02Z", "2026-01-03"]}, r"`time` must .*\(row 2\)"),
        ({"touchpoint": ["a", None, "c"]}, r"`touchpoint` must be there .* nothing \(row 2\)"),
        ({"outcome": ["ok", None, "ok"]}, r"`outcome` must be there .* nothing \(row 2\)"),
        ({"outcome": ["ok", "ok", "o.k."]}, r"`outcome`: 'o\.k\.' is unknown \(row 3\)"),
        ({"outcome": [True, "ok", "ok"]}, r"`outcome`: True is unknown \(row 1\).*`outcomes` maps"),
    ],
)
@BOTH
@pytest.mark.parametrize("cut", [False, True])
def test_rows_that_may_not_be(change, message, cut, branching):
    log = log_of(one("abc")) | change
    if cut:
        log = [{name: column[row : row + 1] for name, column in log.items()} for row in range(3)]
    refused(message, log, branching=branching)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"customer": "custmer"}, "`customer`: .* no column 'custmer'; the nearest are 'customer'"),
        ({"outcome": "result"}, "`outcome`: .* no column 'result'"),
        ({"design": design("aa", "b")}, r"point`: 'a' is unknown \(row 1\); .*'aa'.*`words` maps"),
        ({"design": design("a"), "words": {"b": "ab"}}, r"`words\['b'\]`: 'ab' is unknown"),
        ({"design": "plan"}, "`design` must be Journey"),
        ({"words": {"a": ""}}, r"`words\['a'\]` must not be blank"),
        ({"words": dict.fromkeys("abc")}, "got 3 rows, all passed over"),
        (
            {"outcomes": {"x": "bad"}},
            r"`outcomes\['x'\]`: 'bad' is unknown; there are 'ok', 'failed'",
        ),
        ({"outcomes": "late"}, "`outcomes` must be Mapping"),
        ({"branching": 1}, "`branching` must be bool"),
        ({"ends": "a"}, "`ends` says where journeys with branches .* give branching=True"),
        ({"ends": "pya", "branching": True, "words": {"a": "pay"}}, "`ends`: .*nearest are 'pay'"),
        ({"ends": ["a", "a"], "branching": True}, "`ends` must be different .* 'a' twice"),
        ({"ends": [], "branching": True}, "`ends` must hold at least one"),
        ({"ends": 5, "branching": True}, "`ends` must be Iterable"),
        ({"ends": ["b", "a"], "branching": True}, "no customer's last visit was 'b' or 'a', so"),
        ({"ends": "ba", "branching": True, "design": design(*"abc")}, "`ends`: 'ba' is unknown"),
        ({"outcomes": {"ok": None}}, "got 3 rows, all passed over"),
        ({"words": {"a": "start"}, "branching": True}, "'start' has a meaning of its own"),
        ({"words": {"a": "leave"}, "branching": True}, "'leave' has a meaning of its own"),
    ],
)
def test_questions_that_may_not_be(more, message):
    with pytest.raises((TypeError, ValueError), match=message):
        journey_from_events(log_of(one("abc")), **more)


@pytest.mark.parametrize(
    ("events", "kind", "message"),
    [
        ("log.csv", TypeError, r"`events` must .* path of a \.parquet file, got 'log\.csv'"),
        (b"log.parquet", TypeError, "`events` must be a table"),
        (5, TypeError, "`events` must be a table, got 5"),
        ("no.parquet", FileNotFoundError, "no such file"),
        ([], ValueError, "`events` must have at least one row with an event, got none"),
        (log_of([]), ValueError, "`events` must have at least one row"),
        ([pl.DataFrame(log_of([]))] * 2, ValueError, "`events` must have at least one row"),
    ],
)
@BOTH
def test_what_is_no_log(events, kind, message, branching):
    with pytest.raises(kind, match=message):
        journey_from_events(events, branching=branching)


def test_batches_without_rows_between_others():
    empty = [log_of([]), pd.DataFrame(log_of([])), pl.DataFrame(log_of([]))]
    tables = [*empty, log_of(ROWS[:4]), *empty, log_of(ROWS[4:]), *empty]
    assert journey_from_events(tables) == went(ROWS)


def test_too_many_touchpoints():
    many = [("A", 0, f"p{n}", "ok") for n in range(1001)]
    assert len(journey_from_events(log_of(many[1:])).touchpoints) == 1000
    for log in (log_of(many), [log_of(many[:1000]), log_of(many[1000:])]):
        refused("`touchpoint` must have at most 1,000 different words.*right column", log)
    plan = Journey(name="plan", touchpoints=[Touchpoint(name=row[2]) for row in many])
    assert len(journey_from_events(log_of(many), design=plan).touchpoints) == 1001
