"""Failures counted from logs and cases, against plain Python: Counter, datetime, zoneinfo."""

import math
import random
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import pairwise
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
from hypothesis import example, given, settings
from hypothesis import strategies as st

import servqual as sq
from servqual.failures import FailureCounts, FailureType, count_cases, count_failures

NAN = math.nan
some = settings(max_examples=60, deadline=None)
few = settings(max_examples=25, deadline=None)
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
        "largest": [max([*scheme.weights.values(), *cases[key]]) for key in keys],
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
BEGINS = [datetime(1, 1, 1), datetime(1969, 12, 28), datetime(2026, 2, 27), datetime(2099, 12, 30)]


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
