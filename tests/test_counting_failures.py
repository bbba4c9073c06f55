"""Failures counted from logs and cases, against plain Python: Counter, datetime, zoneinfo."""

import json
import math
import random
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache, reduce
from itertools import chain, pairwise
from operator import add
from zoneinfo import ZoneInfo

import attrs
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servqual as sq
from servqual.failures import FailureCounts, FailureType, count_cases, count_failures

from .effort import effort

NAN = math.nan
some = effort(40)
few = effort(25)
UNITS = ("hour", "day", "week", "month", "quarter", "year")
COLUMNS = ("time", "event", "branch", "team", "case", "amount")
BRANCHES = ("2", "10", "N", "S", "(missing)")  # in their natural order
POINTS = {"late": 1, "lost": 10, "delay": 0.5}  # of sums of quarters all digits are kept
WORDS = {"misplaced": "lost", "ok": None, "": None}


def scheme_of(weights=POINTS, minutes=("delay",), code="parcels"):
    types = [
        FailureType(code=c, name=c, weight=w, unit="minutes" if c in minutes else "events")
        for c, w in weights.items()
    ]
    return sq.failures.FailureScheme(code=code, name="Parcels", types=types)


DELAYS = scheme_of()
PARCELS = scheme_of(minutes=())


def refused(said, call, *values, **options):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call(*values, **options)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


# --- in plain Python ------------------------------------------------------------------------------


def label(moment, unit):
    """Return the label of the period in which a moment lies."""
    day = moment.date()
    return {
        "hour": f"{day}T{moment.hour:02}",
        "day": f"{day}",
        "week": f"{day - timedelta(days=day.weekday())}",
        "month": f"{day.year:04}-{day.month:02}",
        "quarter": f"{day.year:04}-Q{(day.month + 2) // 3}",
        "year": f"{day.year:04}",
        None: "all",
    }[unit]


def between(low, high, unit):
    """Return the labels of all periods from one moment to another."""
    moments = [low.replace(minute=0, second=0, microsecond=0)]
    if unit != "hour":
        moments = [moments[0].replace(hour=0)]
    step = timedelta(hours=1) if unit == "hour" else timedelta(days=1)
    while moments[-1] + step <= high:
        moments.append(moments[-1] + step)
    return list(dict.fromkeys(label(moment, unit) for moment in moments))


def plain(rows, scheme, ends=(None, None), unit="day", by=(), words=None, *, scored=""):
    """Count rows one by one; `ends` are moments in the first and the last period that is wanted."""
    first, last = ends
    moments, found, scores = defaultdict(list), Counter(), defaultdict(float)
    passed = outside = 0
    for place, cells in enumerate(rows):
        row = dict(zip(COLUMNS, cells, strict=True))
        code, period = (words or {}).get(row["event"], row["event"]), label(row["time"], unit)
        before = first is not None and period < label(first, unit)
        after = last is not None and period > label(last, unit)
        passed += code is None
        outside += code is not None and (before or after)
        if code is None or before or after:
            continue
        group = tuple("(missing)" if row[name] is None else row[name] for name in by)
        n = row["amount"] if "amount" in scored and code == "delay" else 1
        who = row["case"] if "case" in scored and row["case"] is not None else place
        moments[group].append(row["time"])
        found[group, period, code] += n
        scores[group, period, who] += n * scheme.weights[code]
    groups = sorted(moments, key=lambda g: [*map((*BRANCHES, *"xyz").index, g)]) if by else [()]
    known = [t for own in moments.values() for t in own] or [t for t in ends if t is not None]
    low, high = first or min(known), last or max(known)
    keys = [(group, period) for group in groups for period in between(low, high, unit)]
    cases = defaultdict(list)
    for (group, period, _), score in scores.items():
        cases[group, period].append(score)
    return {
        "rows": [(*group, period) for group, period in keys],
        "counts": [[found[*key, code] for code in scheme.codes] for key in keys],
        "squares": [sum(score**2 for score in cases[key]) for key in keys],
        "largest": [max([*scheme.weights.values(), *chain(*cases.values())])] * len(keys),
        "note": (len(rows), passed, outside),
    }


NUMBERS = ("rows", "rows passed over", "rows outside of first and last")


def numbers_of(note):
    said = dict(re.findall(r"(?:^|; )([a-z ]+): ([\d,]+)(?=;|$)", note))
    return tuple(int(said.get(name, "0").replace(",", "")) for name in NUMBERS)


def said_by(counts):
    """Return what there is to compare of counts."""
    return {
        "rows": list(zip(*(labels.tolist() for _, labels in counts.keys), strict=True)),
        "counts": counts.counts.tolist(),
        "squares": counts.squares.tolist(),
        "largest": counts.largest.tolist(),
        "note": numbers_of(counts.note),
    }


def log_of(rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in COLUMNS]
    return dict(zip(COLUMNS, columns, strict=True))


def frame_of(rows):
    return pl.DataFrame(log_of(rows), infer_schema_length=None)


def parts_of(rows, cuts, form):
    """Return rows as tables, cut at places."""
    edges = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    return [form(rows[a:b]) for a, b in pairwise(edges)]


CUTS = st.lists(st.integers(0, 99), max_size=4)
FORMS = {
    "mapping": log_of,
    "polars": frame_of,
    "pandas": lambda rows: pd.DataFrame(log_of(rows)),
    "pyarrow": lambda rows: pa.table(log_of(rows)),
}
SPANS = {"hour": [0, 1, 5], "day": [0, 2, 60]}
DATES = ("0001-01-01", "1969-12-28", "2026-02-27", "2099-12-30")
BEGINS = [datetime.fromisoformat(day) for day in DATES]


@st.composite
def logs(draw, unit="day", events=("late", "lost", "delay"), least=1, begin=None):
    """Draw rows in any order."""
    begin = draw(st.sampled_from(BEGINS)) if begin is None else begin
    rng = random.Random(draw(st.integers(0, 2**32)))  # noqa: S311 (a test)
    span = rng.choice(SPANS.get(unit, [0, 40, 1500])) * 86_400_000_000 + 1
    return [
        (
            begin + timedelta(microseconds=rng.randrange(span)),
            rng.choice(events),
            rng.choice(["10", "2", "N", "S", None]),
            rng.choice("xyz"),
            rng.choice([None, *"ABCDEF"]),
            rng.choice([0.0, 0.25, 12.0, 7.5]),
        )
        for _ in range(rng.choice([least, least + 3, 40, 300]))
    ]


# --- periods, groups, words -----------------------------------------------------------------------


@given(data=st.data(), unit=st.sampled_from([*UNITS, None]), form=st.sampled_from([*FORMS]))
@some
def test_a_log_is_counted_as_row_by_row(data, unit, form):
    rows = data.draw(logs(unit, ("late", "lost", "delay", "misplaced", "ok", "")))
    rows.append((rows[0][0], "late", "N", "x", "A", 1.0))
    by = data.draw(st.sampled_from([(), ("branch",), ("team",), ("team", "branch")]))
    tables = parts_of(rows, data.draw(CUTS), FORMS[form])
    log = data.draw(st.sampled_from([FORMS[form](rows), tables, iter(tables)]))
    found = count_failures(log, PARCELS, period=unit, by=by, words=WORDS)
    wanted = plain(rows, PARCELS, (None, None), unit, by, WORDS)
    assert said_by(found) == wanted
    assert (found.by, found.unit, found.scored) == (by, unit or "", False)
    assert (found.points == found.counts @ [1, 10, 0.5]).all()
    read, passed, _ = numbers_of(found.note)
    assert read == found.counts.sum() + passed  # nothing is dropped without being counted


@given(data=st.data(), unit=st.sampled_from(UNITS))
@some
def test_rows_outside_of_first_and_last_are_told(data, unit):
    rows = data.draw(logs(unit, ("late", "lost", "delay", "ok")))
    moments = st.sampled_from([row[0] for row in rows])
    ends = sorted([data.draw(moments), data.draw(moments) + timedelta(days=3)])
    forms = {
        "datetimes": ends,
        "texts": [*map(str, ends)],
        "labels": [label(end, unit) for end in ends],
        "dates": [end.date() for end in ends],
        "days": [np.datetime64(end, "D") for end in ends],
    }
    form = data.draw(st.sampled_from([*forms]))
    if form in {"dates", "days"}:  # the whole of them
        ends = [ends[0].replace(hour=0), ends[1].replace(hour=23)]
    keep = data.draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    ends = [end if kept else None for end, kept in zip(ends, keep, strict=True)]
    asked = dict(zip(("first", "last"), forms[form], strict=True))
    asked = {name: asked[name] for name, kept in zip(asked, keep, strict=True) if kept}
    log = parts_of(rows, data.draw(CUTS), log_of)
    found = count_failures(log, PARCELS, period=unit, words=WORDS, **asked)
    assert said_by(found) == plain(rows, PARCELS, ends, unit, words=WORDS)
    read, passed, outside = numbers_of(found.note)
    assert read == found.counts.sum() + passed + outside


def test_rows_without_a_failure_inside_make_no_period_of_their_own():
    rows = [(datetime(2026, 1, 5), "ok"), (datetime(2026, 1, 9), "late")]  # noqa: DTZ001 (naive)
    log = dict(zip(("time", "event"), zip(*rows, strict=True), strict=True))
    assert count_failures(log, PARCELS, words=WORDS).periods.tolist() == ["2026-01-09"]
    asked = {"words": WORDS, "first": "2026-02", "last": date(2026, 2, 2)}
    for events in (log, {"time": [], "event": []}, []):
        found = count_failures(events, PARCELS, **asked)
        assert found.periods.tolist() == ["2026-02-01", "2026-02-02"]
        assert not found.counts.any()
        assert found.squares.tolist() == [0, 0]
        assert found.largest.tolist() == [10, 10]


@pytest.mark.parametrize(
    ("first", "last", "unit", "wanted"),
    [
        ("2026-01-31", "2026-03", "day", ("2026-01-31", "2026-03-31", 60)),
        ("2026-Q1", "2026-Q2", "day", ("2026-01-01", "2026-06-30", 181)),
        ("2024-02", "2024-02", "day", ("2024-02-01", "2024-02-29", 29)),
        ("2026", "2026", "week", ("2025-12-29", "2026-12-28", 53)),  # ISO's year of 53 weeks
        ("2026-01-31", "2026-01-31", "hour", ("2026-01-31T00", "2026-01-31T23", 24)),
        ("2026-01-31T05", "2026-01-31 06:10", "hour", ("2026-01-31T05", "2026-01-31T06", 2)),
        (date(2025, 12, 31), "2026-11", "quarter", ("2025-Q4", "2026-Q4", 5)),
        (np.datetime64("2025-12"), np.datetime64("2026"), "month", ("2025-12", "2026-12", 13)),
        ("9999-12", "9999", "month", ("9999-12", "9999-12", 1)),
        ("0001", "0001-01-07", "week", ("0001-01-01", "0001-01-01", 1)),  # was a Monday
    ],
)
def test_the_last_period_is_the_end_of_what_is_said(first, last, unit, wanted):
    found = count_failures([], PARCELS, first=first, last=last, period=unit)
    assert (found.periods[0], found.periods[-1], len(found)) == wanted
    assert found.unit == unit


TIMES = [17.4, -0.5, 3.0, -3.0, 3.999]
WHOLE = [
    (np.int8, -100, 200),
    (np.uint8, 0, 250),
    (np.int16, -(2**15), 40),
    (np.uint16, 65_500, 30),
]
WHOLE += [(np.int32, 2**31 - 40, 30), (np.int32, -(2**31), 30), (np.uint32, 2**32 - 40, 30)]
WHOLE += [(np.int64, 2**53 - 40, 30), (np.uint64, 2**53 - 40, 30), (np.float32, -50, 100)]


def test_numbers_count_periods_themselves():
    log = {"time": TIMES, "event": ["late", "lost", "late", "delay", "lost"]}
    found = count_failures(log, PARCELS)
    assert found.periods.tolist() == [str(n) for n in range(-3, 18)]
    told = dict(zip(found.periods.tolist(), found.counts.tolist(), strict=True))
    assert {period: row for period, row in told.items() if any(row)} == {
        "-3": [0, 0, 1],
        "-1": [0, 1, 0],
        "3": [1, 1, 0],
        "17": [1, 0, 0],
    }
    assert found.unit == ""
    some_of_them = count_failures(log, PARCELS, first=0, last="3")
    assert some_of_them.periods.tolist() == ["0", "1", "2", "3"]
    assert numbers_of(some_of_them.note) == (5, 0, 3)
    assert (some_of_them + found[:2]).periods.tolist() == ["-3", "-2", "-1", "0", "1", "2", "3"]


@pytest.mark.parametrize(("kind", "low", "span"), WHOLE)
@pytest.mark.parametrize("scored", [True, False])
def test_numbers_of_any_kind(kind, low, span, scored):
    rng = np.random.default_rng(3)
    times = (low + rng.integers(0, span, 700)).astype(kind)
    codes = rng.choice(PARCELS.codes, 700)
    log = {"time": times, "event": codes, "case": np.arange(700)}
    found = count_failures(log, PARCELS, case="case" if scored else None)
    first, last = int(times.min()), int(times.max())
    assert found.periods.tolist() == [str(n) for n in range(first, last + 1)]
    wanted = Counter(zip(times.tolist(), codes.tolist(), strict=True))
    rows = [[wanted[n, code] for code in PARCELS.codes] for n in range(first, last + 1)]
    assert found.counts.tolist() == rows
    assert found.squares == pytest.approx(np.array(rows) @ [1, 100, 0.25])
    few_of_them = count_failures(log, PARCELS, first=first + 5, last=300 + last)
    assert few_of_them.counts[: len(rows) - 5].tolist() == rows[5:]


def test_without_periods_there_is_one():
    found = count_failures({"event": ["late", "lost", "late"]}, PARCELS, period=None)
    assert found.periods.tolist() == ["all"]
    assert found.counts.tolist() == [[2, 1, 0]]
    assert (found + found).counts.tolist() == [[4, 2, 0]]


# --- zones ----------------------------------------------------------------------------------------

ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",  # +5:30
    "Asia/Kathmandu",  # +5:45
    "America/St_Johns",  # -3:30, clocks turned
    "Australia/Lord_Howe",  # clocks turned by half an hour
    "Pacific/Apia",  # which left out 2011-12-30
    "America/Sao_Paulo",  # clocks once turned at midnight
]
TURNS = [
    datetime(2025, m, d, tzinfo=UTC)
    for m, d in ((3, 8), (3, 29), (4, 5), (10, 4), (10, 25), (11, 1))
]
TURNS += [
    datetime(y, m, d, tzinfo=UTC) for y, m, d in ((2011, 12, 29), (2018, 11, 3), (1975, 6, 1))
]


def zoned(form, moments, zone):
    """Return moments of UTC as a column of times that have a zone."""
    local = [moment.astimezone(zone) for moment in moments]
    match form:
        case "datetimes":
            return local
        case "texts":
            return [moment.isoformat() for moment in local]
        case "polars":
            return pl.Series(moments).dt.convert_time_zone(zone.key)
        case "pandas":
            return pd.Series(pd.DatetimeIndex(moments).tz_convert(zone.key))
        case "pyarrow":
            return pa.array(moments, pa.timestamp("ms", zone.key))


@given(
    data=st.data(),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    unit=st.sampled_from(["hour", "day", "week", "month"]),
    form=st.sampled_from(["datetimes", "texts", "polars", "pandas", "pyarrow"]),
)
@some
def test_periods_of_a_zone_are_those_of_its_clocks(data, zone, unit, form):
    begin = data.draw(st.sampled_from(TURNS))
    rows = data.draw(logs("hour", ("late", "lost"), begin=begin))
    rows = [(row[0].replace(microsecond=0), *row[1:]) for row in rows]
    source = data.draw(st.sampled_from([zone, ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")]))
    log = {"time": zoned(form, [row[0] for row in rows], source), "event": [row[1] for row in rows]}
    named = data.draw(st.sampled_from([zone, zone.key]))
    found = count_failures(log, PARCELS, period=unit, zone=named)
    there = [(row[0].astimezone(zone).replace(tzinfo=None), *row[1:]) for row in rows]
    assert said_by(found) == plain(there, PARCELS, unit=unit)
    assert f"{unit}s of {zone.key}" in found.note
    utc = count_failures(log, PARCELS, period=unit)
    assert said_by(utc) == plain(
        [(row[0].replace(tzinfo=None), *row[1:]) for row in rows], PARCELS, unit=unit
    )
    assert f"{unit}s of UTC" in utc.note


@pytest.mark.parametrize(
    ("zone", "times", "wanted"),
    [
        (  # 02:00 is 03:00 at once
            "America/New_York",
            ["2025-03-09T06:59Z", "2025-03-09T07:00Z"],
            {"2025-03-09T01": 1, "2025-03-09T02": 0, "2025-03-09T03": 1},
        ),
        (  # 02:00 is 01:00 again
            "America/New_York",
            ["2025-11-02T05:00Z", "2025-11-02T06:59Z", "2025-11-02T07:00Z"],
            {"2025-11-02T01": 2, "2025-11-02T02": 1},
        ),
        (  # 02:00 is 01:30 again, by half an hour
            "Australia/Lord_Howe",
            ["2025-04-05T14:59Z", "2025-04-05T15:00Z", "2025-04-05T15:29Z", "2025-04-05T15:30Z"],
            {"2025-04-06T01": 3, "2025-04-06T02": 1},
        ),
        (  # 02:00 is 02:30 at once
            "Australia/Lord_Howe",
            ["2025-10-04T15:29Z", "2025-10-04T15:30Z", "2025-10-04T16:00Z"],
            {"2025-10-05T01": 1, "2025-10-05T02": 1, "2025-10-05T03": 1},
        ),
    ],
)
def test_hours_in_which_clocks_are_turned(zone, times, wanted):
    log = {"time": times, "event": ["late"] * len(times)}
    found = count_failures(log, PARCELS, period="hour", zone=zone)
    assert dict(zip(found.periods.tolist(), found.counts[:, 0].tolist(), strict=True)) == wanted


def test_a_zone_may_leave_out_a_day():
    log = {"time": ["2011-12-30T09:59Z", "2011-12-30T10:00Z"], "event": ["late", "lost"]}
    found = count_failures(log, PARCELS, zone="Pacific/Apia")
    assert found.periods.tolist() == ["2011-12-29", "2011-12-30", "2011-12-31"]
    assert found.counts.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_first_and_last_are_of_the_zone():
    log = {"time": ["2026-01-05T22:59Z", "2026-01-05T23:00Z"], "event": ["late", "lost"]}
    moment = datetime(2026, 1, 5, 23, tzinfo=UTC)  # midnight in Berlin
    for first in ("2026-01-06", moment, moment.isoformat(), date(2026, 1, 6)):
        found = count_failures(log, PARCELS, first=first, zone="Europe/Berlin")
        assert found.periods.tolist() == ["2026-01-06"]
        assert found.counts.tolist() == [[0, 1, 0]]
        assert numbers_of(found.note) == (2, 0, 1)
    last = datetime(2026, 1, 5, 18, tzinfo=ZoneInfo("America/New_York"))  # the same moment
    assert len(count_failures(log, PARCELS, last=last, zone="Europe/Berlin")) == 2
    assert len(count_failures(log, PARCELS, last=last)) == 1


# --- amounts and cases ----------------------------------------------------------------------------


@given(
    data=st.data(),
    unit=st.sampled_from(["hour", "day", "month", None]),
    scored=st.sampled_from(["case", "amount", "case and amount"]),
)
@some
def test_scores_of_cases_and_amounts(data, unit, scored):
    rows = data.draw(logs(unit, ("late", "lost", "delay", "ok")))
    rows.append((rows[0][0], "delay", "N", "x", "A", 1.0))
    by = data.draw(st.sampled_from([(), ("branch",), ("team", "branch")]))
    log = data.draw(st.sampled_from([log_of(rows), parts_of(rows, data.draw(CUTS), log_of)]))
    columns = {name: name for name in ("case", "amount") if name in scored}
    scheme = DELAYS if "amount" in scored else PARCELS
    found = count_failures(log, scheme, period=unit, by=by, words=WORDS, **columns)
    assert said_by(found) == plain(rows, scheme, unit=unit, by=by, words=WORDS, scored=scored)
    assert found.scored


def test_one_case_that_fails_in_several_ways():
    rows = [("A", 5, "late"), ("A", 5, "lost"), ("B", 5, "late"), ("A", 6, "late")]
    rows += [(None, 6, "late"), ("", 6, "late"), (" ", 6, "late")]  # each a case of its own
    log = dict(zip(("case", "time", "event"), map(list, zip(*rows, strict=True)), strict=True))
    found = count_failures(log, PARCELS, case="case")
    assert found.counts.tolist() == [[2, 1, 0], [4, 0, 0]]
    assert found.squares.tolist() == [11**2 + 1, 4]  # A is a case anew in each period
    assert found.largest.tolist() == [11, 11]
    assert count_failures(log, PARCELS, case="case", period=None).squares.tolist() == [12**2 + 4]
    numbered = log | {"case": [7.0, 7.0, 8.0, 7.0, NAN, NAN, NAN]}
    assert count_failures(numbered, PARCELS, case="case") == found
    assert count_failures(log, PARCELS).squares.tolist() == [102, 4]
    alone = count_failures(log | {"case": range(7)}, PARCELS, case="case")
    assert alone.squares.tolist() == [102, 4]


@pytest.mark.parametrize("none", ["", " NA ", "-", None, NAN])
def test_amounts_are_of_types_with_another_unit(none):
    log = {
        "time": ["2026-01-05"] * 4,
        "event": ["delay", "late", "delay", "delay"],
        "amount": [12.5, none, 0, 30],
    }
    found = count_failures(log, DELAYS, amount="amount")
    assert found.counts.tolist() == [[1, 0, 42.5]]
    assert found.squares.tolist() == [6.25**2 + 1 + 15**2]
    assert found.largest.tolist() == [15]
    for cell in (99, -1, math.inf, "whatever stands there"):
        other = count_failures(log | {"amount": [12.5, cell, 0, 30]}, DELAYS, amount="amount")
        assert other == found
    dropped = {"words": {"late": None}} if none == "" else {"first": "2026-01-05"}
    assert count_failures(log, DELAYS, amount="amount", **dropped).counts[0, 2] == 42.5
    wanted = (
        r"`amount` must be 0 or more and finite where 'delay' is in minutes, got nothing \(row 3"
    )
    refused(wanted, count_failures, log | {"amount": [12.5, 1, none, 30]}, DELAYS, amount="amount")


def test_minutes_without_amounts_are_doubtful():
    log = {"time": ["2026-01-05"] * 2, "event": ["late", "delay"]}
    with pytest.warns(UserWarning, match=r"'delay': each row counts as 1 minute; `amount` names"):
        found = count_failures(log, DELAYS)
    assert found.counts.tolist() == [[1, 0, 1]]
    count_failures(log, DELAYS, words={"delay": None})  # without such rows nothing is doubtful
    count_failures(log | {"amount": [1, 2]}, DELAYS, amount="amount")


RECORDS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from([0, 0.25, 4, 7.5])),
    min_size=1,
    max_size=30,
)


@given(records=RECORDS, form=st.sampled_from(["mapping", "polars", "pandas", "array", "rows"]))
@few
def test_cases_side_by_side(records, form):
    columns = dict(zip(DELAYS.codes, map(list, zip(*records, strict=True)), strict=True))
    forms = {
        "mapping": columns,
        "polars": pl.DataFrame(columns, strict=False),
        "pandas": pd.DataFrame(columns),
        "array": np.array(records),
        "rows": [list(record) for record in records],
    }
    found = count_cases(forms[form], DELAYS)
    scores = [a + 10 * b + 0.5 * c for a, b, c in records]
    assert found.periods.tolist() == ["all"]
    assert found.counts.tolist() == [[sum(column) for column in columns.values()]]
    assert found.squares.tolist() == [sum(score**2 for score in scores)]
    assert found.largest.tolist() == [max([10, *scores])]
    assert found.scored
    assert found.note == f"cases: {len(records)}"
    index = sq.failure_index(found, DELAYS)
    assert (index.points, index.variance) == (sum(scores), sum(score**2 for score in scores))


def test_columns_of_cases_that_are_no_types_are_named():
    records = {"late": [1, 0], "id": ["x", "y"], "lost": [0, 2], "note": ["", ""], "delay": [0, 3]}
    found = count_cases(records, DELAYS)
    assert found.counts.tolist() == [[1, 2, 3]]
    assert found.note == "cases: 2; columns left out: 'id', 'note'"


@given(data=st.data())
@few
def test_cases_from_a_log_are_those_side_by_side(data):
    rows = [(*r[:4], r[4] or "A", r[5]) for r in data.draw(logs())]
    cells = defaultdict(lambda: [0, 0, 0])
    for _, event, _, _, case, amount in rows:
        cells[case][DELAYS.codes.index(event)] += amount if event == "delay" else 1
    log = count_failures(log_of(rows), DELAYS, period=None, case="case", amount="amount")
    wide = count_cases([*cells.values()], DELAYS)
    assert {**said_by(wide), "note": 0} == {**said_by(log), "note": 0}


# --- sums of logs ---------------------------------------------------------------------------------


def clauses(counts):
    return sorted(said for said in counts.note.split("; ") if "does not occur" not in said)


@given(
    data=st.data(),
    unit=st.sampled_from([*UNITS, None]),
    scored=st.sampled_from(["", "amount", "case and amount"]),
)
@some
def test_sums_of_logs_are_what_all_rows_give(data, unit, scored):
    scheme = DELAYS if "amount" in scored else PARCELS
    begin = data.draw(st.sampled_from(BEGINS))
    by = data.draw(st.sampled_from([(), ("branch",), ("team", "branch")]))
    events = ("late", "lost", "delay", "ok", "misplaced")
    parts = [data.draw(logs(unit, events, begin=begin)) for _ in range(3)]
    for place, rows in enumerate(parts):  # no case is in two, and each has a failure
        rows[:] = [(*row[:4], row[4] and row[4] + "abc"[place], row[5]) for row in rows]
        rows.append((rows[0][0], "late", "N", "x", None, 1.0))
    options = {name: name for name in ("case", "amount") if name in scored}
    options |= {"period": unit, "by": by, "words": WORDS}
    a, b, c = (count_failures(log_of(rows), scheme, **options) for rows in parts)
    whole = count_failures(log_of([*parts[0], *parts[1], *parts[2]]), scheme, **options)
    for found in ((a + b) + c, a + (b + c), c + (a + b), reduce(add, (b, c, a))):
        assert attrs.evolve(found, note="") == attrs.evolve(whole, note="")
        assert clauses(found) == clauses(whole)
    assert said_by(whole) == plain(
        [*parts[0], *parts[1], *parts[2]], scheme, unit=unit, by=by, words=WORDS, scored=scored
    )


def test_sum_adds_logs():
    parts = [count_failures({"time": [t], "event": ["late"]}, PARCELS) for t in (3, 5)]
    assert sum(parts) == parts[0] + parts[1]


def test_sums_fill_the_periods_between():
    def of(*times, **options):
        log = {"time": list(times), "event": ["late"] * len(times), "branch": ["N"] * len(times)}
        return count_failures(log, PARCELS, **options)

    both = of("2026-01-30") + of("2026-02-02", "2026-02-01")
    assert both.periods.tolist() == [f"2026-{day}" for day in ("01-30", "01-31", "02-01", "02-02")]
    assert both.counts[:, 0].tolist() == [1, 0, 1, 1]
    assert both.note == "rows: 3; periods: 2026-01-30 to 2026-02-02"
    north, south = of("2026-01-30", by="branch"), of("2026-01-31", by="branch")
    south = attrs.evolve(south, keys={"branch": ["S"], "period": ["2026-01-31"]})
    assert [*zip(*(cells.tolist() for _, cells in (south + north).keys), strict=True)] == [
        ("N", "2026-01-30"),
        ("N", "2026-01-31"),
        ("S", "2026-01-30"),
        ("S", "2026-01-31"),
    ]
    far = r"ValueError: counts from '1' to '9000000' make more than 5,000,000 cells"
    refused(far, add, of(9_000_000), of(1))


def test_counts_of_different_things_do_not_add():
    log = {"time": ["2026-01-30"], "event": ["late"], "branch": ["N"]}
    counts = count_failures(log, PARCELS)
    renamed = scheme_of(minutes=(), code="letters")
    reweighed = scheme_of({"late": 2, "lost": 10, "delay": 0.5}, minutes=())
    for said, other in (
        ("same scheme, got 'parcels' and 'letters'", count_failures(log, renamed)),
        ("same scheme, got two called 'parcels'", count_failures(log, reweighed)),
        ("same group columns, got", count_failures(log, PARCELS, by="branch")),
        ("same unit of periods, got 'day' and 'week'", count_failures(log, PARCELS, period="week")),
        ("TypeError: unsupported operand", 1),
    ):
        refused(said, add, counts, other)


def test_logs_of_different_zones_do_not_add():
    log = {"time": ["2026-01-30T10:00Z"], "event": ["late"]}
    berlin, utc = (count_failures(log, PARCELS, zone=zone) for zone in ("Europe/Berlin", None))
    naive = count_failures({"time": ["2026-01-30"], "event": ["late"]}, PARCELS)
    refused("the same zone, got 'Europe/Berlin' and 'UTC'", add, berlin, utc)
    refused("the same zone, got 'UTC' and ''", add, utc, naive)
    none = count_failures([], PARCELS, first="2026-01-30", last="2026-01-31")
    assert (
        (none + utc).note
        == (utc + none).note
        == "rows: 1; periods: 2026-01-30 to 2026-01-31; days of UTC"
    )


def test_a_part_says_which_part_it_is():
    log = {"time": ["2026-01-30", "2026-01-31", "2026-02-01"], "event": ["late", "ok", "late"]}
    found = attrs.evolve(count_failures(log, PARCELS, words={"ok": None}), note="by hand")
    whole = "rows: 3; rows passed over: 1; periods: 2026-01-30 to 2026-02-01; by hand"
    assert found.note == found.table.note == found[:].note == whole
    assert found[1:].note == "part of a log of 3 rows; periods: 2026-01-31 to 2026-02-01; by hand"
    joined = found[:1] + found[1:]
    assert joined == found
    assert joined.note == "part of a log of 3 rows; periods: 2026-01-30 to 2026-02-01; by hand"


@given(data=st.data(), unit=st.sampled_from([*UNITS, None]))
@few
def test_counts_are_kept_as_plain_dicts(data, unit):
    options = {"period": unit, "by": "branch", "case": "case", "amount": "amount", "words": WORDS}
    found = count_failures(log_of(data.draw(logs(unit))), DELAYS, **options)
    holed = attrs.evolve(found, counts=np.where(found.counts == 1, NAN, found.counts), note="n")
    for counts in (found, holed, found[:0], found[:1]):
        kept = counts.to_dict()
        assert json.loads(json.dumps(kept, allow_nan=False)) == kept
        back = FailureCounts.from_dict(kept)
        assert (back, back.reading, back.note) == (counts, counts.reading, counts.note)
        assert back + counts == counts + counts
    for said, wrong in (
        ("TypeError: `value` must be Mapping", 3),
        ("`value`: 'count' is unknown; the nearest are 'counts'", {**kept, "count": 1}),
        ("`value` lacks 'keys', 'counts'", {"scheme": kept["scheme"]}),
        ("reading: .*rowz", {**kept, "reading": {"rowz": 1}}),
        ("`counts` must have the shape", {**kept, "squares": [], "keys": {"period": []}}),
    ):
        refused(said, FailureCounts.from_dict, wrong)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"scheme": "parcels"}, "TypeError: `scheme` must be FailureScheme"),
        ({"reading": None}, "TypeError: `reading` must be Reading"),
        ({"keys": {"day": ["1", "2"]}}, r"`keys` must end with the column 'period', got \['day'\]"),
        ({"keys": {}}, "`keys` must end with the column 'period'"),
        ({"keys": {"late": ["N", "N"], "period": ["1", "2"]}}, "`by`: 'late' is a type"),
        ({"keys": {"branch": ["N"], "period": ["1", "2"]}}, r"`keys\['branch'\]` must have the"),
        ({"counts": [[1, 2], [3, 4]]}, r"`counts` must have the shape \(2, 3\), got \(2, 2\)"),
        ({"counts": [["1", 2, 3]] * 2}, "TypeError: `counts` must be numbers"),
        ({"squares": [1]}, r"`squares` must have the shape \(2,\), got \(1,\)"),
        ({"largest": 10}, r"`largest` must have the shape \(2,\), got \(\)"),
        (
            {"counts": [[1, 0, 0], [-1, 0, 0]]},
            r"`counts\['late'\]` must be 0 or more .*-1 \(period '2'",
        ),
        (
            {"counts": [[1, 0.5, 0], [1, 0, 0]]},
            r"`counts\['lost'\]` must be whole, got 0\.5 \(period '1'",
        ),
    ],
)
def test_counts_by_hand_must_fit(more, said):
    fitting = {"scheme": PARCELS, "keys": {"period": ["1", "2"]}, "counts": [[1, 0, 0]] * 2}
    fitting |= {"squares": [1, 1], "largest": [10, 10]}
    assert len(FailureCounts(**fitting)) == 2
    refused(said, lambda: FailureCounts(**fitting | more))


# --- rows of counts -------------------------------------------------------------------------------


@given(data=st.data())
@few
def test_some_rows_of_counts(data):
    rows = data.draw(logs("day"))
    found = count_failures(log_of(rows), DELAYS, by="branch", case="case", amount="amount")
    n = len(found)
    labels = [*zip(*(cells.tolist() for _, cells in found.keys), strict=True)]
    some_of_them = data.draw(st.lists(st.integers(-n, n - 1), min_size=1, max_size=5))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    cut = slice(*data.draw(st.tuples(st.integers(-9, 9), st.integers(-9, 9))))
    for rows_of, places in (
        (cut, range(n)[cut]),
        (mask, np.flatnonzero(mask).tolist()),
        (some_of_them, some_of_them),
        (some_of_them[0], some_of_them[:1]),
    ):
        part = found[rows_of]
        assert isinstance(part, FailureCounts)
        assert len(part) == len(places)
        for name in ("counts", "squares", "largest"):
            assert getattr(part, name).tolist() == [
                getattr(found, name)[p].tolist() for p in places
            ]
        said = [*zip(*(cells.tolist() for _, cells in part.keys), strict=True)]
        assert said == [labels[p] for p in places]
        assert (part.scored, part.unit, part.scheme) == (True, "day", DELAYS)
    half = n // 2
    joined = found[half:] + found[:half] if half else found + found[:0]
    assert attrs.evolve(joined, note="") == attrs.evolve(found, note="")


def test_parts_that_are_added_again_do_not_have_more_rows_than_the_log():
    found = count_failures({"time": [1, 2], "event": ["late", "lost"]}, PARCELS)
    assert numbers_of((found[:1] + found[1:]).note)[0] <= 2


def test_nothing_and_nothing_is_nothing():
    none = count_failures({"time": [1], "event": ["late"]}, PARCELS)[:0]
    assert len(none + none) == 0


def test_what_is_counted_can_be_shown():
    log = {"time": [1], "event": ["late"], "lost": ["N"]}
    try:
        found = count_failures(log, PARCELS, by="lost")
    except ValueError as error:
        assert "'lost'" in str(error)  # noqa: PT017 (refusing it would do as well)
        return
    assert "N" in str(found)


def test_groups_of_counts():
    log = {
        "time": ["2026-01-05", "2026-01-05", "2026-01-06", "2026-01-06"],
        "event": ["late", "lost", "late", "late"],
        "branch": [10, 2, None, 2],
        "team": ["x", "y", "y", "x"],
    }
    found = count_failures(log, PARCELS, by=("branch", "team"))
    assert found.by == ("branch", "team")
    two = found.where(branch=2)
    assert two.by == ("team",)
    assert two.where(team="y") == found.where(team="y", branch="2")
    assert two.where(team="y").counts.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert two.where(team="x", period="2026-01-06").counts.tolist() == [[1, 0, 0]]
    day = found.where(period="2026-01-05")
    assert day.by == ("branch", "team")
    assert set(day.periods.tolist()) == {"2026-01-05"}
    assert found.where(branch="(missing)").counts.tolist() == [[0, 0, 0], [1, 0, 0]]
    assert found.where() == found
    refused(r"`column`.*'brunch'.*'branch'", found.where, brunch=2)
    refused(r"`branch`: '3' is unknown; there are '2', '10', '\(missing\)'", found.where, branch=3)
    frame = found.table.to_frame("pandas")
    assert frame.groupby("branch")[["late", "lost"]].sum().loc["2"].tolist() == [1, 1]
    assert found.table.where(branch="2", team="y")["lost"].tolist() == [1, 0]


def test_counts_cannot_be_changed():
    found = count_failures({"time": [1, 2], "event": ["late", "lost"]}, PARCELS)
    same = count_failures({"time": [2, 1], "event": ["lost", "late"]}, PARCELS)
    assert found == same
    assert hash(found) == hash(same)
    assert found != found[:1]
    for values in (found.counts, found.squares, found.largest, found.periods):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.counts = 1


# --- tables of every kind -------------------------------------------------------------------------

LOG = pl.DataFrame(
    {
        "time": [datetime(2026, 3, 28, 22) + timedelta(minutes=97 * n) for n in range(40)],  # noqa: DTZ001 (naive)
        "event": [("late", "lost", "late", "ok", "Delay")[n**3 % 5] for n in range(40)],
        "branch": [("N", None, "S")[n % 3] for n in range(40)],
        "case": [n // 3 for n in range(40)],
        "amount": [0.25 * (n % 7) for n in range(40)],
        "unread": ["x"] * 40,
    }
)
TEXTS = ["event", "branch"]
LONG = pl.concat([LOG] * 260)  # 10,400 rows: from 10,000 on, texts are read by way of Arrow
FRAMES = {"short": LOG, "long": LONG}
UNUSED = ("never", "late", "lost", "ok", "Delay", "unused", "N", "S")
connections = []


def related(frame):
    connections.append(duckdb.connect())
    connections[-1].register("log", frame)
    return connections[-1].sql("select * from log")


def dictionaries(frame, words=UNUSED, more=()):
    """Return an Arrow table whose texts are places among words, not all of which occur."""
    table, place = frame.to_arrow(), {word: n for n, word in enumerate(words)}
    for name in TEXTS:
        places = [None if cell is None else place[cell] for cell in frame[name]]
        column = pa.DictionaryArray.from_arrays(pa.array(places, pa.int16()), [*words, *more])
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def categories(frame):
    kind = pd.CategoricalDtype(UNUSED)
    return frame.to_pandas().astype(dict.fromkeys(TEXTS, kind))


def views(frame):
    columns = dict(zip(frame.columns, frame.to_arrow().columns, strict=True))
    views = {name: pa.array(columns[name].to_pylist(), pa.string_view()) for name in TEXTS}
    return pa.table(columns | views).to_batches(max_chunksize=7 * len(frame) // 40)


def units(unit):
    return lambda f: f.with_columns(pl.col("time").dt.cast_time_unit(unit))


KINDS = {
    "mapping": lambda f: f.to_dict(as_series=False),
    "mapping of arrays": lambda f: {name: f[name].to_numpy() for name in f.columns},
    "mapping of series": lambda f: dict(f.to_pandas().items()),
    "mapping of texts": lambda f: f.with_columns(pl.col("time").cast(str)).to_dict(as_series=False),
    "pandas": lambda f: f.to_pandas(),
    "pandas of Arrow": lambda f: f.to_pandas(use_pyarrow_extension_array=True),
    "pandas of texts": lambda f: f.to_pandas().astype(dict.fromkeys(TEXTS, "string")),
    "pandas of objects": lambda f: f.to_pandas().astype(object),
    "pandas of categories": lambda f: f.to_pandas().astype(dict.fromkeys(TEXTS, "category")),
    "pandas of unused categories": categories,
    "pandas upside down": lambda f: f.to_pandas()[::-1],
    "polars": lambda f: f,
    "polars in ms": units("ms"),
    "polars in ns": units("ns"),
    "polars of categories": lambda f: f.with_columns(pl.col(TEXTS).cast(pl.Categorical)),
    "polars of some categories": lambda f: pl.concat([f, f]).with_columns(
        pl.col(TEXTS).cast(pl.Categorical)
    )[len(f) :],
    "polars of enums": lambda f: f.with_columns(pl.col(TEXTS).cast(pl.Enum(UNUSED))),
    "polars lazy": lambda f: f.lazy(),
    "polars lazy of categories": lambda f: f.lazy().with_columns(
        pl.col(TEXTS).cast(pl.Categorical)
    ),
    "pyarrow": lambda f: f.to_arrow(),
    "pyarrow chunks": lambda f: pa.concat_tables([f[:9].to_arrow(), f[9:].to_arrow()]),
    "pyarrow batches": lambda f: f.to_arrow().to_batches(max_chunksize=7 * len(f) // 40),
    "pyarrow slices": lambda f: (
        pa.concat_tables([f[:1].to_arrow(), f.to_arrow()]).combine_chunks()[1:].to_batches()
    ),
    "pyarrow dictionaries": dictionaries,
    "pyarrow dictionaries in batches": lambda f: dictionaries(f).to_batches(max_chunksize=1000),
    "pyarrow dictionaries of words twice": lambda f: dictionaries(f, more=["late", "N"]),
    "pyarrow of views": views,
    "data set": lambda f: ds.dataset(f.to_arrow()),
    "duckdb": related,
    "empty ones between": lambda f: [f[:0], f[:5], f[5:5].to_pandas(), f[5:], f[:0].to_arrow()],
    "batches of batches": lambda f: iter([[f[:5], [f[5:11]]], f[11:]]),
}
MIXED = ["pandas", "mapping", "duckdb", "pyarrow dictionaries", "pandas of unused categories"]


def mixed(frame):
    size = 1 + len(frame) // 7
    return (KINDS[MIXED[n % 5]](frame[n * size : (n + 1) * size]) for n in range(7))


KINDS["mixed"] = mixed
ASKED = {"by": "branch", "words": {"ok": None, "Delay": "delay"}, "period": "hour"}
SCORED = {"case": "case", "amount": "amount"}


@cache
def counted_plainly(length):
    """Return what is wanted of a frame: by hour and branch, and by day with cases."""
    cells = [(*row[:3], "x", *row[3:5]) for row in FRAMES[length].rows()]
    words = ASKED["words"]
    return (
        plain(cells, PARCELS, unit="hour", by=["branch"], words=words),
        plain(cells, PARCELS, words=words, scored="case"),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("length", FRAMES)
def test_every_kind_of_table_gives_the_same_counts(kind, length):
    by_hour, by_case = counted_plainly(length)
    found = count_failures(KINDS[kind](FRAMES[length]), PARCELS, **ASKED)
    assert said_by(found) == by_hour
    assert "does not occur" not in found.note
    found = count_failures(KINDS[kind](FRAMES[length]), PARCELS, words=ASKED["words"], case="case")
    assert said_by(found) == by_case


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same_scores(kind):
    cells = [(*row[:3], "x", *row[3:5]) for row in LOG.rows()]
    cells = [(*row[:1], "delay" if row[1] == "Delay" else row[1], *row[2:]) for row in cells]
    found = count_failures(KINDS[kind](LOG), DELAYS, **ASKED, **SCORED)
    wanted = plain(
        cells, DELAYS, unit="hour", by=["branch"], words={"ok": None}, scored="case and amount"
    )
    assert said_by(found) == wanted


def test_an_array_has_places():
    codes = {0: "late", 1: "lost", 2: None}
    array = np.array([[3, 0, 7, 1], [3, 1, 7, 2], [5, 0, 8, 1], [4, 2, 8, 2], [5, 0, 9, 1]])
    for log in (array, array.astype(float), array.astype(object), np.asfortranarray(array)):
        found = count_failures(log, PARCELS, time=0, event=1, words=codes, by=3, case=2)
        assert found.by == ("3",)
        assert found.where(**{"3": 1}).counts.tolist() == [[1, 0, 0], [0, 0, 0], [2, 0, 0]]
        assert found.where(**{"3": 2}).counts.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
        assert numbers_of(found.note) == (5, 1, 0)
    refused(
        "`event`: the array has columns 0..3, got 4",
        count_failures,
        array,
        PARCELS,
        time=0,
        event=4,
    )


def test_files(tmp_path):
    files = [tmp_path / name for name in ("a.parquet", "b.parquet", "whole.parquet")]
    for file, part in zip(files, (LOG[:13], LOG[13:], LOG), strict=True):
        part.write_parquet(file, row_group_size=3)
    wanted = count_failures(LOG, PARCELS, **ASKED)
    for log in (
        files[2],
        str(files[2]),
        files[:2],
        map(str, files[:2]),
        ds.dataset(tmp_path / "whole.parquet"),
        pl.scan_parquet(files[2]),
    ):
        assert count_failures(log, PARCELS, **ASKED) == wanted
    said = r"`time`: the file 'a\.parquet' has no column 'tme'; the nearest are 'time'"
    refused(said, count_failures, files[0], PARCELS, time="tme")
    refused(
        r"`events` must be a table, .* read other files first", count_failures, "a.csv", PARCELS
    )
    with pytest.raises(FileNotFoundError, match=r"no\.parquet"):
        count_failures(tmp_path / "no.parquet", PARCELS)


@given(data=st.data(), unit=st.sampled_from(["hour", "month"]))
@few
def test_batches_of_any_size_give_the_same(data, unit):
    rows = data.draw(logs(unit))
    options = {"by": ("team", "branch"), "period": unit, "case": "case", "amount": "amount"}
    whole = count_failures(log_of(rows), DELAYS, **options)
    forms = [FORMS[data.draw(st.sampled_from([*FORMS]))] for _ in range(3)]
    cuts = data.draw(CUTS)
    tables = parts_of(rows, cuts, lambda part: part)
    log = [
        forms[n % 3](part) if part else pl.DataFrame(log_of(rows)).clear()
        for n, part in enumerate(tables)
    ]
    assert count_failures(log, DELAYS, **options) == whole
    order = data.draw(st.permutations(range(len(log))))
    assert count_failures([log[place] for place in order], DELAYS, **options) == whole


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Enum(PARCELS.codes)])
def test_a_log_of_several_batches(kind):
    n = 300_000  # a batch has at most 262,144 rows
    rng = np.random.default_rng(6)
    days, codes = rng.integers(0, 300, n), rng.integers(0, 3, n)
    times = np.datetime64("2026-01-01") + days
    log = pl.DataFrame({"time": times, "event": pl.Series(PARCELS.codes).gather(codes).cast(kind)})
    found = count_failures(log, PARCELS)
    assert found.counts.tolist() == np.bincount(3 * days + codes).reshape(300, 3).tolist()
    assert found.periods.tolist() == [str(date(2026, 1, 1) + timedelta(days=d)) for d in range(300)]
    assert found.note.startswith("rows: 300,000; ")
    times = times.astype("datetime64[us]")
    times[280_000] = np.datetime64("NaT")
    with_a_hole = log.with_columns(time=pl.Series(times))
    refused(
        r"`time` must be there .*got nothing \(row 280001\)", count_failures, with_a_hole, PARCELS
    )


# --- bad input ------------------------------------------------------------------------------------

HOLES = {
    "no event": ({"event": None}, r"`event` must be there in every row, got nothing"),
    "empty event": ({"event": ""}, r"`event` must be there in every row, got nothing"),
    "unknown": ({"event": "lst"}, r"`event`: 'lst' is unknown .*nearest are 'lost'.*`words` maps"),
    "case of letters": ({"event": "LATE"}, r"`event`: 'LATE' is unknown"),
    "no time": ({"time": None}, r"`time` must be there and finite in every row, got nothing"),
    "negative": ({"event": "delay", "amount": -1.0}, r"`amount` must be 0 .*'delay'.*got -1"),
    "no amount": ({"event": "delay", "amount": None}, r"`amount` must be .*got nothing"),
    "endless": ({"event": "delay", "amount": math.inf}, r"`amount` must be .*got inf"),
}


@given(data=st.data(), hole=st.sampled_from([*HOLES]), form=st.sampled_from([*FORMS]))
@some
def test_what_is_missing_or_wrong_is_told_with_its_row(data, hole, form):
    rows = data.draw(logs(events=("late", "lost", "delay", "ok"), begin=BEGINS[2]))
    place = data.draw(st.integers(0, len(rows) - 1))
    cells, said = HOLES[hole]
    rows[place] = (*rows[place][:1], "late", *rows[place][2:])
    rows[place] = tuple(
        cells.get(name, cell) for name, cell in zip(COLUMNS, rows[place], strict=True)
    )
    tables = parts_of(rows, data.draw(CUTS), lambda part: part)
    log = [FORMS[form](part) for part in tables if part]
    for part in (said, rf"\(row {place + 1}\)"):
        refused(part, count_failures, log, DELAYS, amount="amount", words={"ok": None})


def test_rows_that_are_passed_over_may_lack_all_else():
    log = {"time": [None, 3], "event": ["ok", "late"], "branch": [None, "N"], "amount": [-1, 1]}
    found = count_failures(log, DELAYS, amount="amount", by="branch", words={"ok": None})
    assert found.counts.tolist() == [[1, 0, 0]]
    assert found.where(branch="N").periods.tolist() == ["3"]
    assert numbers_of(found.note) == (2, 1, 0)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (
            ["2026-01-05", "5/1/2026"],
            r"`time` must be dates as .*got '5/1/2026' \(row 2\); .*to_datetime",
        ),
        (["2026-01-05", "2026-02-30"], r"`time` must be dates as .*got '2026-02-30' \(row 2\)"),
        (["2026-01-05", "soon"], r"`time` must be dates .*got 'soon' \(row 2\)"),
        (["2026-01-05", 7], r"`time` must be dates .*got 7 \(row 2\)"),
        ([1, 2j], r"`time`.*\(row 2\)"),
        ([1, math.inf], r"`time` must be there and finite in every row, got inf \(row 2\)"),
        ([1, 1e17], r"`time` must lie in -2\^53\.\.2\^53, got 1e\+17 \(row 2\)"),
        (np.array([True, False]), r"`time` must be dates or numbers, got .*bool \(row 1\)"),
        ([True, False], "`time` must be"),
        (
            np.array([3, 5], "m8[D]"),
            r"`time` must be dates or numbers, got .*timedelta64.*\(row 1\)",
        ),
        (
            np.array(["2026", "12026"], "M8[D]"),
            r"`time` must lie in the years 1\.\.9999.*\(row 2\)",
        ),
        (np.array([0, 2**62], "M8[us]"), r"`time` must lie in the years 1\.\.9999.*\(row 2\)"),
        (
            ["2026-01-05T10:00+01:00", "2026-01-05T10:00"],
            r"zone in all rows or in none, got both \(row 2\)",
        ),
        (
            ["2026-01-05T10:00", "2026-01-05T10:00Z"],
            r"zone in all rows or in none, got both \(row 2\)",
        ),
        (
            [datetime(2026, 1, 5, tzinfo=UTC), date(2026, 1, 5)],
            r"in all rows or in none.*\(row 2\)",
        ),
        ([[1], [2]], "`time` must be"),
    ],
)
def test_times_that_are_none(times, said):
    log = {"time": times, "event": ["late", "lost"]}
    refused(said, count_failures, log, PARCELS)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (["2026-01-05T10:00Z"], ["2026-01-05"], r"a zone in all rows or in none.*\(row 3\)"),
        (["2026-01-05"], ["2026-01-05T10:00Z"], r"a zone in all rows or in none.*\(row 3\)"),
        (["2026-01-05"], [3], r"dates in all rows or numbers .*got numbers after dates \(row 3\)"),
        ([3], ["2026-01-05"], r"dates in all rows or numbers .*got dates after numbers \(row 3\)"),
        (np.array(["2026"], "M8[us]"), ["2026-01-05T10:00Z"], r"a zone in all rows.*\(row 3\)"),
    ],
)
def test_times_of_two_kinds_in_two_batches(first, second, said):
    log = [{"time": [*t, *t], "event": ["late"] * 2} for t in (first, second)]
    refused(said, count_failures, log, PARCELS)


def test_mixed_zones_in_frames():
    plain_frame = LOG.select("time", event=pl.lit("late"))
    zoned_frame = plain_frame.with_columns(pl.col("time").dt.replace_time_zone("Asia/Kolkata"))
    for kind in ("pandas", "polars", "pyarrow", "mapping"):
        for first, second in ((plain_frame, zoned_frame), (zoned_frame, plain_frame)):
            log = [KINDS[kind](first), KINDS[kind](second)]
            refused(
                r"a zone in all rows or in none, got both \(row 41\)", count_failures, log, PARCELS
            )
        both = count_failures([KINDS[kind](zoned_frame)], PARCELS, zone="Asia/Kolkata")
        assert both.counts.tolist() == count_failures(plain_frame, PARCELS).counts.tolist()


def test_a_date_far_away_is_told_and_no_memory_taken():
    log = {"time": ["2026-01-05T10", "2226-01-06T11"], "event": ["late", "lost"]}
    said = r"`time` is from 2026-01-05T10\S* \(row 1\) to 2226-01-06T11\S* \(row 2\): 1 groups? × "
    said += (
        r"1,753,\d+ periods × 3 types .*5,000,000.*a date is likely wrong, give first= and last="
    )
    refused(said, count_failures, log, PARCELS, period="hour")
    assert len(count_failures(log, PARCELS, period="day")) == 73_050
    found = count_failures(log, PARCELS, period="hour", last="2026")
    assert numbers_of(found.note) == (2, 0, 1)
    batches = [{"time": [t], "event": ["late"]} for t in log["time"]]
    refused(r"\(row 1\) to .*\(row 2\): 1 group", count_failures, batches, PARCELS, period="hour")
    numbers = {"time": [1, 10**12], "event": ["late", "lost"]}
    refused(r"1\S* \(row 1\) to 1000000000000\S* \(row 2\)", count_failures, numbers, PARCELS)
    wide = r"1 groups? × 3,652,059 periods × 3 types.*; use a longer period, or fewer groups"
    refused(wide, count_failures, [], PARCELS, first="0001", last="9999")
    crowd = {"time": [1, 2000] * 1000, "event": ["late"] * 2000, "who": range(2000)}
    refused(r"2,000 groups × 2,000 periods", count_failures, crowd, PARCELS, by="who")


def test_a_last_period_far_away_is_told():
    log = {"time": ["2026-01-05T10"], "event": ["late"]}
    refused("`last`.*2226", count_failures, log, PARCELS, period="hour", last="2226")


ROW = {"time": ["2026-01-05"], "event": ["late"], "branch": ["N"], "amount": [1]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"period": "fortnight"}, r"`period` must be one of 'hour'.*got 'fortnight'"),
        ({"period": "Day"}, r"`period` must be one of"),
        (
            {"zone": "Europe/Berlim"},
            r"`zone`: 'Europe/Berlim' is unknown; the nearest are 'Europe/Berlin'",
        ),
        ({"zone": "../etc/passwd"}, r"`zone`: .* is unknown"),
        ({"zone": "Europe"}, r"`zone`: 'Europe' is unknown"),
        ({"zone": ""}, r"`zone`: '' is unknown"),
        ({"zone": 3}, r"TypeError: `zone` must be .*'Europe/Berlin'"),
        ({"zone": "Europe/Berlin"}, r"`zone` needs times that have a zone.*\(row 1\)"),
        ({"period": None, "zone": "Europe/Berlin"}, r"`zone` needs periods, got 'Europe/Berlin'"),
        ({"period": None, "first": "2026"}, r"`first` needs periods"),
        ({"period": None, "last": 3}, r"`last` needs periods"),
        ({"first": "2026-13"}, r"`first` must be a date.*got '2026-13'"),
        ({"last": "2026-Q5"}, r"`last` must be a date.*got '2026-Q5'"),
        ({"last": np.datetime64("NaT")}, r"`last` must be a date"),
        ({"first": pd.NaT}, r"`first` must be a date"),
        ({"first": 2026}, r"`first` must be a date.*got 2026 that is a int"),
        (
            {"first": "2026-02", "last": "2026-01"},
            r"`first` must not be after `last`, got '2026-02' and '2026-01'",
        ),
        ({"by": "brunch"}, r"`by`: the mapping has no column 'brunch'; the nearest are 'branch'"),
        ({"by": ["branch", "branch"]}, r"'branch'"),
        ({"by": 3.5}, r"TypeError: `by`"),
        ({"event": "evnt"}, r"`event`: .*no column 'evnt'; the nearest are 'event'"),
        ({"case": "parcel"}, r"`case`: .*no column 'parcel'"),
        ({"amount": "minutes"}, r"`amount`: .*no column 'minutes'"),
        ({"words": {"delayed": "ltae"}}, r"`words\['delayed'\]`.*'ltae'.*'late'"),
        ({"words": ["ok"]}, r"TypeError: `words` must be .*Mapping"),
        (
            {"words": {"late": None}},
            r"`events` must have at least one failure, got 1 rows?, 1 passed over, 0 outside",
        ),
    ],
)
def test_bad_options(options, said):
    refused(said, count_failures, ROW, PARCELS, **options)


def test_a_group_column_called_period():
    log = {"time": [1], "event": ["late"], "period": ["x"]}
    refused(r"'period'", count_failures, log, PARCELS, by="period")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], r"at least one failure, got 0 rows, 0 passed over, 0 outside"),
        ({"time": [], "event": []}, r"at least one failure, got 0 rows"),
        (pl.DataFrame({"time": [], "event": []}), r"at least one failure, got 0 rows"),
        ({}, r"`events` must map names to columns, got none"),
        (
            {"time": ["2026-01-05"], "event": "late"},
            r"TypeError: `events` must map names to columns",
        ),
        ({"time": ["2026-01-05"], "event": ["late"] * 2}, r"columns of one length"),
        ({"event": ["late"]}, r"`time`: the mapping has no column 'time'"),
        (None, r"TypeError: `events` must be a table"),
        (3, r"TypeError: `events` must be a table, got 3"),
        ([1, 2], r"TypeError: `events` must be a table, got 1"),
        (np.arange(3), r"`events` must be a table \(rows, columns\), got shape \(3,\)"),
        ({"time": [1], "event": [["late"]]}, r"TypeError: a cell must be a word or a number"),
        ({"time": [1], "event": [0]}, r"`event`: 0 is unknown \(row 1\)"),
    ],
)
def test_what_is_no_log(events, said):
    refused(said, count_failures, events, PARCELS)


def test_groups_are_unknown_without_rows():
    refused("see `by`", count_failures, [], PARCELS, by="branch", first="2026", last="2026")


def test_schemes_that_count_nothing():
    ratings = sq.failure_scheme("airline-quality-rating")
    for call in (count_failures, count_cases):
        refused(r"`scheme`: 'on-time' is a rate .*signed_index", call, ROW, ratings)
        refused(
            r"TypeError: `scheme` must be FailureScheme.*'fedex-sqi-12'", call, ROW, "fedex-sqi-12"
        )


@pytest.mark.parametrize("cell", ["many", True, timedelta(3), np.timedelta64(3, "m")])
def test_amounts_are_numbers(cell):
    log = {"time": [1, 2], "event": ["late", "delay"], "amount": [1, cell]}
    refused(
        r"`amount`.* must be .*numbers?.*\(row 2\)", count_failures, log, DELAYS, amount="amount"
    )


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (
            [[1, 0, 0], [1, -1, 0]],
            r"`records\['lost'\]` must be 0 or more and finite, got -1 \(row 2\)",
        ),
        (
            [[1, 0, 0], [1, 0, -0.5]],
            r"`records\['delay'\]` must be 0 or more and finite, got -0\.5 \(row 2\)",
        ),
        ([[1, 0.5, 0]], r"`records\['lost'\]` must be whole, got 0\.5 \(row 1\)"),
        (
            [[1, NAN, 0]],
            r"`records\['lost'\]` must be there, and 0 where none was, got nothing \(row 1\)",
        ),
        ([[1, 0, math.inf]], r"`records\['delay'\]` must be finite, got inf \(row 1\)"),
        ([[1, 0]], r"`records` must be a table with a column for each of 'late', 'lost', 'delay'"),
        ([1, 0, 0], r"`records` must be a table with a column"),
        (np.empty((0, 3)), r"`records` must have at least one row, got none"),
        ({"late": [1], "lost": [0]}, r"no column 'delay'"),
        ({"late": [1], "lost": ["x"], "delay": [0]}, r"`records\['lost'\]`.*'x'"),
        ("cases.csv", r"TypeError: `records` must be a table"),
    ],
)
def test_bad_cases(records, said):
    refused(said, count_cases, records, DELAYS)


def test_words_that_do_not_occur_are_told():
    words = {"misplaced": "lost", "okay": None, "misplacd": "lost"}
    found = count_failures({"time": [1, 2], "event": ["late", "misplaced"]}, PARCELS, words=words)
    assert "`words`: 'okay' does not occur" in found.note
    assert "'misplacd' does not occur, the nearest is 'misplaced'" in found.note
    assert "'misplaced' does not occur" not in found.note


def test_words_that_occur_in_neither_of_two_logs_are_told():
    words = {"misplaced": "lost", "okay": None}
    logs = ({"time": [1, 2], "event": ["late", "misplaced"]}, {"time": [3], "event": ["late"]})
    found = add(*(count_failures(log, PARCELS, words=words) for log in logs))
    assert "'misplaced' does not occur" not in found.note
    assert "'okay' does not occur" in found.note


# --- the index of a log ---------------------------------------------------------------------------


def test_the_index_of_a_log():
    # theory.md D1, D2: a textbook's counts with the weights of fedex-sqi-10 (b), from R
    scheme = sq.failure_scheme("fedex-sqi-10")
    numbers = (125, 18, 102, 282, 209, 2, 26, 751, 115, 15)
    textbook = ("complaints-reopened", "damaged", "international", "invoice-adjustments")
    textbook += ("late-pickup", "lost", "missing-proof-of-delivery", "right-day-late", "traces")
    events = np.repeat([*textbook, "wrong-day-late"], numbers)
    rng = np.random.default_rng(1)
    rng.shuffle(events)
    days = np.datetime64("2026-01-01") + rng.integers(0, 30, len(events))
    counts = count_failures({"time": days, "event": events}, scheme)
    for given_as in (counts, counts[:12] + counts[12:]):
        index = sq.failure_index(given_as, scheme, volume=[425_000 / 30] * 30, per=1000)
        assert (index.failures, index.points, index.variance) == (1645, 2783, 7577)
        assert index.rate == pytest.approx(6.5482353, abs=5e-8)
        assert (index.low, index.high) == pytest.approx((2614.9862, 2967.3175), abs=5e-5)
        assert index.periods["period"].tolist() == counts.periods.tolist()
        assert index.periods["points"].tolist() == counts.points.tolist()
    assert counts.squares.sum() == 7577


def test_cases_that_fail_in_several_ways_make_intervals_wider():
    log = {"time": [1] * 40, "event": ["late", "lost"] * 20, "case": [n // 2 for n in range(40)]}
    alone, cases = (count_failures(log, PARCELS, case=case) for case in (None, "case"))
    apart, together = (sq.failure_index(counts, PARCELS) for counts in (alone, cases))
    assert apart.points == together.points == 220
    assert (apart.variance, together.variance) == (20 * 101, 20 * 11**2)
    assert together.low < apart.low < apart.high < together.high
    heavy = scheme_of({"late": 5, "lost": 10, "delay": 0.5}, minutes=())
    assert sq.failure_index(alone, heavy).points == 300
    refused("cases were scored with the weights of 'parcels'", sq.failure_index, cases, heavy)


@given(data=st.data())
@few
def test_indices_of_logs_of_different_cases_add(data):
    rows = [data.draw(logs("month", begin=BEGINS[2])) for _ in range(2)]
    rows[1] = [(*row[:4], row[4] and row[4].lower(), row[5]) for row in rows[1]]
    options = {"case": "case", "amount": "amount", "period": None}
    both = (count_failures(log_of(part), DELAYS, **options) for part in rows)
    first, second = (sq.failure_index(counts, DELAYS) for counts in both)
    whole = sq.failure_index(count_failures(log_of(rows[0] + rows[1]), DELAYS, **options), DELAYS)
    for name in ("points", "variance"):
        assert getattr(whole, name) == getattr(first, name) + getattr(second, name)


def test_totals_keep_what_is_asked_for():
    log = {
        "time": ["2026-01-01", "2026-01-01", "2026-01-02", "2026-01-02"],
        "event": ["late", "lost", "late", "late"],
        "branch": ["North", "South", "North", "South"],
    }
    found = sq.failures.count_failures(log, PARCELS, by="branch")
    whole = found.total()
    assert (whole.counts.tolist(), whole.periods.tolist()) == ([[3, 1, 0]], ["all"])
    branches = found.total("branch")
    assert branches.counts.tolist() == [[2, 0, 0], [1, 1, 0]]
    assert branches.by == ("branch",)
    days = found.total("period")
    assert days == sq.failures.count_failures(log, PARCELS)
    assert found.total("branch", "period") == found.total("period", "branch") == found
    for part in (branches, days):
        assert sq.failure_index(part, PARCELS).points == sq.failure_index(found, PARCELS).points
    rates = sq.failure_index(branches, PARCELS, volume={"North": 10, "South": 20}).periods["rate"]
    assert rates.tolist() == [0.2, 0.55]
    refused("`keep`: 'depot' is unknown", found.total, "depot")


def test_totals_of_scored_counts_keep_their_squares():
    log = {
        "time": ["2026-01-01", "2026-01-01", "2026-01-02"],
        "event": ["late", "lost", "late"],
        "parcel": ["a", "a", "b"],
    }
    found = sq.failures.count_failures(log, PARCELS, case="parcel")
    whole = found.total()
    assert (whole.squares.tolist(), whole.largest.tolist(), whole.scored) == ([122], [11], True)
    assert found.largest.tolist() == [11, 11]  # the second day might have had such a case
