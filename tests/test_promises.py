"""The promise ledger against a replay in plain Python: kept ≤ due ≤ made, always."""

import math
from datetime import UTC, date, datetime, timedelta, timezone

import attrs
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from servqual.cycle import PromiseLedger, promise_report, promises_from_log

from .effort import effort
from .test_cycle import near, see_share, see_times

NAN = float("nan")
EVENTS = ("made", "enabled", "due", "kept", "withdrawn")
RATES = ("kept", "on_time", "enabled", "over_promised", "withdrawn")
DAY = datetime(2026, 1, 31)  # noqa: DTZ001
some = effort(60)
NOTHING = PromiseLedger()
LEDGER = NOTHING.record("a", "made", 0)


@st.composite
def promises(draw):
    """Draw the times of events of some promises, which keep the rules."""
    found = {}
    for name in "abcdef"[: draw(st.integers(1, 6))]:
        made = draw(st.integers(0, 4))
        times = {"made": made}
        ends = [["kept"], ["withdrawn"], []]
        for event in [*draw(st.sets(st.sampled_from(EVENTS[1:3]))), *draw(st.sampled_from(ends))]:
            times[event] = made + draw(st.integers(0, 8)) / 2
        found[name] = times
    return found


def rows_of(found):
    return [(name, time, event) for name, own in found.items() for event, time in own.items()]


def log_of(rows):
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return dict(zip(("promise", "time", "event"), columns, strict=True))


def known(found, at):
    """Return of each rate who counts and among whom, and the lateness, as known at a date."""
    who = {name: [] for name in (*EVENTS, "on_time", "open", "overdue", "kept_early")}
    late, over = [], []
    for name, times in found.items():
        come = {event for event, time in times.items() if time <= at}
        if "made" not in come:
            continue
        due = times.get("due", math.inf)
        taken_back = "withdrawn" in come and times["withdrawn"] < due
        for event in come - {"due", "kept"}:
            who[event].append(name)
        if "kept" in come and at < due < math.inf:
            who["kept_early"].append(name)
        elif "kept" in come:
            who["kept"].append(name)
            who["due"].append(name)
            if times["kept"] <= due:
                who["on_time"].append(name)
            else:
                late.append(times["kept"] - due)
        elif due <= at and not taken_back:
            who["due"].append(name)
        if not come & {"kept", "withdrawn"}:
            who["open"].append(name)
            if due <= at:
                who["overdue"].append(name)
                over.append(at - due)
    counts = {name: len(names) for name, names in who.items()}
    return counts, late, over


def see(report, found, at):
    counts, late, over = known(found, at)
    assert report.kept <= report.due <= report.made
    assert (report.unit, report.lateness.title) == ("hour", "Hours after due")
    for name in (*EVENTS, "open", "overdue", "kept_early"):
        assert getattr(report, name) == counts[name]
    recorded = any("enabled" in times for times in found.values())  # at whatever time
    counts["recorded"] = counts["made"] if recorded else 0
    counts["over_promised"] = counts["recorded"] - counts["enabled"]
    among = dict.fromkeys(("kept", "on_time"), "due") | {"withdrawn": "made"}
    assert report.rates["rate"].tolist() == list(RATES)
    for rate in RATES:
        row, of = report.rates.row(rate=rate), among.get(rate, "recorded")
        see_share(row, counts[rate], counts[of])
        if not counts[of]:
            unknown = of == "recorded" and counts["made"]
            of = "has a time of being enabled" if unknown else of.replace("recorded", "made")
            assert row["undefined"] == f"no promise {of}"
    for state, times in ("kept late", late), ("overdue", over):
        row = report.lateness.row(state=state)
        if state == "overdue" and times:  # how long they will be in the end is not known
            assert math.isnan(row["se"])
            assert math.isnan(row["low"])
            assert row["undefined"] == "not yet over: no interval"
            wanted = [len(times), np.mean(times), np.median(times)]
            near([row[name] for name in ("n", "mean", "median")], wanted)
        else:
            see_times(row, times)
        near(row["most"], max(times, default=NAN))


@effort(80)
@given(promises(), st.integers(-1, 18).map(lambda at: at / 2))
def test_the_report_against_a_replay_in_plain_python(found, at):
    ledger = promises_from_log(log_of(rows_of(found)))
    see(promise_report(ledger, at=at), found, at)
    happened = [[t for event, t in times.items() if event != "due"] for times in found.values()]
    last = max(map(max, happened))
    see(promise_report(ledger), found, last)
    assert promise_report(ledger).at == last


@some
@given(promises(), st.data())
def test_logs_and_ledgers_are_the_same(found, data):
    rows = rows_of(found)
    order = data.draw(st.permutations(rows))
    rows = sorted(order, key=lambda row: row[2] != "made")  # the rest in any order of time
    log, recorded = log_of(rows), NOTHING
    for name, time, event in rows:
        recorded = recorded.record(name, event, time)
    ledger = promises_from_log(log)
    assert recorded == ledger
    for again in (ledger.to_log().to_dict(), ledger.to_log().to_frame("polars")):
        assert promises_from_log(again) == ledger
    cut = data.draw(st.integers(0, len(rows)))
    assert promises_from_log(log_of(part) for part in (rows[:cut], rows[cut:])) == ledger
    given_at_once = {
        event: [found[name].get(event) for name in ledger.promises] for event in EVENTS
    }
    assert PromiseLedger(promises=ledger.promises.tolist(), **given_at_once) == ledger


@some
@given(promises(), st.integers(0, 8))
def test_dates_count_as_numbers_do(found, at):
    numbers = promise_report(promises_from_log(log_of(rows_of(found))), at=at)
    rows = [(name, DAY + timedelta(hours=time), event) for name, time, event in rows_of(found)]
    ledger = promises_from_log(log_of(rows))
    when = DAY + timedelta(hours=at)
    dates = promise_report(ledger, at=when)
    assert dates.rates == attrs.evolve(numbers.rates, note=dates.rates.note)
    assert dates.rates.note.endswith(f"; as known at {when}")
    assert numbers.rates.note.endswith(f"; as known at {float(at)}")
    assert dates.at == when
    days = promise_report(ledger, at=str(when), unit="days")
    assert (days.unit, days.lateness.title) == ("day", "Days after due")
    days = days.lateness
    for column in ("mean", "sd", "se", "low", "high", "median", "most"):
        near(dates.lateness[column], numbers.lateness[column])
        near(days[column] * 24, numbers.lateness[column])
    there = (when - timedelta(hours=1)).replace(tzinfo=timezone(-timedelta(hours=1)))
    for same in (there, np.datetime64(when), pd.Timestamp(when), when.replace(tzinfo=UTC)):
        assert promise_report(ledger, at=same) == dates


# --- by hand --------------------------------------------------------------------------------------


def test_lateness_by_hand():
    """Late by 1, 2 and 6; two are overdue, since 1 and 3; one is due at 20."""
    ledger = PromiseLedger(
        promises=list("abcdefg"),
        made=[0] * 7,
        due=[4, 4, 4, 4, 9, 7, 20],
        kept=[5, 6, 10, 4, NAN, NAN, NAN],
    )
    report = promise_report(ledger, at=10)
    late, over = (report.lateness.row(state=state) for state in ("kept late", "overdue"))
    assert [late[name] for name in ("n", "mean", "median", "most")] == [3, 3, 2, 6]
    assert [over[name] for name in ("n", "mean", "median", "most")] == [2, 2, 2, 3]
    near(late["se"], math.sqrt(7 / 3))
    near(late["high"], 3 + 4.302652729911275 * math.sqrt(7 / 3))
    assert late["low"] == 0
    assert (report.made, report.due, report.kept, report.open, report.overdue) == (7, 6, 4, 3, 2)
    assert [report.rates.row(rate=rate)["share"] for rate in ("kept", "on_time")] == [4 / 6, 1 / 6]


@pytest.mark.parametrize(
    ("times", "at", "made", "due", "kept", "late", "over"),
    [
        ({"due": 9, "kept": 4}, 4, 1, 0, 0, 0, 0),  # before its due date, which has not come
        ({"due": 9, "kept": 4}, 9, 1, 1, 1, 0, 0),
        ({"due": 9, "kept": 9}, 9, 1, 1, 1, 0, 0),  # on it
        ({"due": 9, "kept": 12}, 9, 1, 1, 0, 0, 1),  # due is the date of the report
        ({"due": 9, "kept": 12}, 8, 1, 0, 0, 0, 0),  # due in the future
        ({"due": 9, "kept": 12}, 12, 1, 1, 1, 1, 0),
        ({"due": 9, "kept": 12}, 0.5, 0, 0, 0, 0, 0),  # not made yet
        ({"kept": 12}, 99, 1, 1, 1, 0, 0),  # never due, and kept
        ({}, 99, 1, 0, 0, 0, 0),  # never due
        ({"due": 9, "withdrawn": 8}, 99, 1, 0, 0, 0, 0),
        ({"due": 9, "withdrawn": 9}, 99, 1, 1, 0, 0, 0),
        ({"due": 9, "withdrawn": 12}, 99, 1, 1, 0, 0, 0),  # taken back too late, and broken
        ({"due": 9, "withdrawn": 12}, 10, 1, 1, 0, 0, 1),
    ],
)
def test_one_promise(times, at, made, due, kept, late, over):
    report = promise_report(promises_from_log(log_of(rows_of({"p": {"made": 1, **times}}))), at=at)
    assert (report.made, report.due, report.kept, report.overdue) == (made, due, kept, over)
    assert report.rates.row(rate="on_time")["count"] == kept - late
    assert report.lateness["n"].tolist() == [late, over]


def test_over_promised_is_made_and_never_enabled():
    ledger = PromiseLedger(promises=list("abcd"), made=[0] * 4, enabled=[1, NAN, 9, NAN])
    assert promise_report(ledger).rates.row(rate="over_promised")["share"] == 0.5
    row = promise_report(ledger, at=5).rates.row(rate="over_promised")
    assert (row["share"], row["count"], row["n"]) == (0.75, 3, 4)


def test_over_promised_is_undefined_where_nobody_wrote_down_who_was_enabled():
    ledger = PromiseLedger(promises=list("ab"), made=[0, 0], kept=[1, NAN])
    for rate in ("enabled", "over_promised"):
        row = promise_report(ledger).rates.row(rate=rate)
        assert (row["n"], row["count"]) == (0, 0)
        assert row["undefined"] == "no promise has a time of being enabled"
    later = promise_report(attrs.evolve(ledger, enabled=[9, NAN]), at=5).rates
    assert later.row(rate="over_promised")["share"] == 1  # nobody by then


def test_nothing_is_undefined():
    ledger = PromiseLedger(promises=["a"], made=[5], due=[9], kept=[9])
    for report in (
        promise_report(NOTHING),
        promise_report(NOTHING, at=3),
        promise_report(ledger, at=4),
    ):
        assert (report.made, report.due, report.kept, report.open) == (0, 0, 0, 0)
        assert (
            report.rates["undefined"].tolist() == ["no promise due"] * 2 + ["no promise made"] * 3
        )
        assert report.lateness["undefined"].tolist() == ["no promise"] * 2
        assert np.isnan([*report.rates["share"], *report.lateness["mean"]]).all()
    assert len(NOTHING.to_log()) == len(NOTHING) == 0


# --- logs -----------------------------------------------------------------------------------------


def test_every_kind_of_table_gives_the_same_ledger(tmp_path):
    rows = [("a", DAY, "made"), ("b", DAY, "made"), ("a", DAY + timedelta(1.5), "due")]
    log = log_of(rows)
    wanted = promises_from_log(log)
    assert wanted.promises.tolist() == ["a", "b"]
    frame = pl.DataFrame(log)
    parquet.write_table(frame.to_arrow(), tmp_path / "log.parquet")
    connection = duckdb.connect()
    tables = [
        pd.DataFrame(log),
        frame,
        frame.lazy(),
        frame.to_arrow(),
        frame.to_arrow().to_batches(max_chunksize=1),
        tmp_path / "log.parquet",
        connection.sql(f"select * from '{tmp_path}/log.parquet'"),  # noqa: S608 (our own file)
        {name: iter(column) for name, column in log.items()},
        log | {"time": [f"{time.isoformat()}Z" for _, time, _ in rows]},
    ]
    for table in tables:
        assert promises_from_log(table) == wanted
    own = {"who": log["promise"], "when": log["time"], "what": ["said", "made", "until"]}
    words = {"said": "made", "until": "due"}
    assert promises_from_log(own, promise="who", time=1, event="what", words=words) == wanted
    kept = promises_from_log(log, words={"due": None})
    assert np.isnat(kept.due).all()


def test_names_of_promises_may_be_any_series():
    names, made = ["a", "b"], [0, 1]
    wanted = PromiseLedger(promises=names, made=made)
    for series in (np.array, tuple, pd.Series, pl.Series, pa.array, pd.Index):
        assert PromiseLedger(promises=series(names), made=series(made)) == wanted
    for wrong in ("ab", b"ab", {"a": 0, "b": 1}, 5):
        with pytest.raises(TypeError, match="`promises` must be"):
            PromiseLedger(promises=wrong, made=made)


def test_a_ledger_in_which_some_times_are_missing_equals_itself():
    for first, later in ((0, 5), (DAY, DAY + timedelta(1))):
        ledger = NOTHING.record("a", "made", first).record("b", "made", first)
        ledger = ledger.record("a", "kept", later)
        again = promises_from_log(ledger.to_log().to_frame("polars"))
        assert again == ledger == attrs.evolve(ledger)
        assert ledger != NOTHING.record("a", "made", first).record("b", "made", first)
        log = ledger.to_log()
        assert log.columns == ("promise", "event", "time")
        assert log.row(promise="a", event="kept")["time"] == later


def test_times_with_and_without_a_zone_do_not_mix():
    rows = [("a", "2026-01-31T09:00Z", "made"), ("a", "2026-01-31", "due")]
    for log in (log_of(rows), [log_of(rows[:1]), log_of(rows[1:])]):
        with pytest.raises(ValueError, match=r"`time` must have a zone .* got both \(row 2\); add"):
            promises_from_log(log)
    zoned = NOTHING.record("a", "made", rows[0][1]).record("a", "due", "2026-01-31T11:00+01:00")
    report = promise_report(zoned, at="2026-01-31T13:30+01:00")
    assert report.lateness.row(state="overdue")["mean"] == 2.5


def test_a_ledger_cannot_be_changed():
    ledger = NOTHING.record("a", "made", date(2026, 1, 31)).record("a", "due", "2026-02-28 12:00")
    assert ledger.due.dtype == ledger.kept.dtype == "M8[us]"
    with pytest.raises(ValueError, match="read-only"):
        ledger.due[0] = ledger.made[0]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ledger.due = ledger.made
    assert repr(ledger) == "PromiseLedger: 1 made, 0 enabled, 1 due, 0 kept, 0 withdrawn"
    assert NOTHING == PromiseLedger() != ledger


# --- bad input ------------------------------------------------------------------------------------

BAD = [
    ([("kept", 2), ("made", 1)], r"'kept' cannot come before 'made' \(promise 'p', row 1\)"),
    ([("due", 2)], r"'due' cannot come before 'made' \(promise 'p', row 1\)"),
    ([("made", 1), ("kept", 2), ("kept", 3)], "'kept' comes once, .*'p', rows 2 and 3"),
    ([("made", 1), ("made", 1)], r"'made' comes once, .*\(promise 'p', rows 1 and 2\)"),
    ([("made", 1), ("kept", 0)], r"`kept` must not come before `made`, got 0\.0 .* 1\.0 .* row 2"),
    ([("made", 1), ("due", 0.5)], r"`due` must not come before `made`, .*\(promise 'p', row 2\)"),
    ([("made", 1), ("kept", 2), ("withdrawn", 3)], r"not both \(promise 'p', row 3\)"),
    ([("made", 1), ("withdrawn", 3), ("kept", 2)], r"not both \(promise 'p', row 3\)"),
    ([("made", 1), ("keept", 2)], r"'keept' is unknown \(row 2\); the nearest are 'kept'"),
    ([("made", 1), (None, 2)], r"`event` must be there in every row, got nothing \(row 2\)"),
    ([("made", NAN)], r"`time` must be there and finite in every row, got nothing \(row 1\)"),
    ([("made", 1), ("due", math.inf)], r"`time` must be there and finite .* got inf \(row 2\)"),
    ([("made", 1), ("due", "2026-01-31")], r"`time` must be dates .* got 1 \(row 1\)"),
    ([], "`events` must have at least one row"),
]


@pytest.mark.parametrize(("events", "message"), BAD)
def test_logs_that_may_not_be(events, message):
    rows = [("p", time, event) for event, time in events]
    with pytest.raises(ValueError, match=message):
        promises_from_log(log_of(rows))
    ledger = NOTHING
    with pytest.raises(ValueError, match="`"):  # noqa: PT012 (some event is refused)
        for name, time, event in rows:
            ledger = ledger.record(name, event, time)
        promises_from_log(ledger.to_log().to_dict())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"made": [1]}, r"`made` must have a time for each of the 2 promises, got shape \(1,\)"),
        ({"made": [1, NAN]}, r"`made` must have a time for every promise, .*\(promise 'b'\)"),
        ({"due": [3, 0.5]}, r"`due` must not come before `made`, .*\(promise 'b'\)"),
        ({"kept": [3, 3], "withdrawn": [NAN, 4]}, r"not both \(promise 'b'\)"),
        ({"due": [DAY, None]}, "`due` must be dates where `made` has dates, else numbers"),
        ({"due": [3, math.inf]}, r"must be finite, or missing .* got inf \(place 2\)"),
        ({"promises": ["a", "a"]}, "`promises` must be different from each other, got 'a' twice"),
        ({"promises": ["a", " "]}, "`promises` must not be blank"),
    ],
)
def test_ledgers_that_may_not_be(given, message):
    with pytest.raises(ValueError, match=message):
        PromiseLedger(**({"promises": ["a", "b"], "made": [1, 1]} | given))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (lambda: promise_report(LEDGER.record("a", "due", 1), at=math.inf), "at"),
        (lambda: PromiseLedger(promises=["a"], made=5), "made"),
        (lambda: PromiseLedger(promises=["a"], made=[math.inf]), "made"),
        (lambda: PromiseLedger(promises=["a", "a\0"], made=[0, 0]), "promises"),
    ],
)
def test_defects(question, message):
    with pytest.raises((TypeError, ValueError), match=f"`{message}` must"):
        question()


def test_an_empty_ledger_at_a_date():
    assert promise_report(NOTHING, at=DAY).made == 0


@pytest.mark.parametrize(
    ("question", "kind", "message"),
    [
        (lambda: promise_report({"a": 1}), TypeError, "`ledger` must be PromiseLedger"),
        (lambda: promise_report(LEDGER, at="2026-01-31"), ValueError, "`at` must be a number"),
        (lambda: promise_report(LEDGER, at=NAN), ValueError, "`at` must be a number"),
        (lambda: promise_report(LEDGER, unit="week"), ValueError, "`unit` must be a unit of time"),
        (lambda: promise_report(LEDGER, confidence=1), ValueError, "`confidence` must lie"),
        (lambda: LEDGER.record("a", "kept", None), ValueError, "`time` must be a number"),
        (lambda: LEDGER.record("a", "kept", DAY), ValueError, "`time` must be a number"),
        (lambda: LEDGER.record("a", "made", 1), ValueError, "'made' comes once, and is there"),
        (lambda: LEDGER.record("b", "kept", 1), ValueError, "'kept' cannot come before 'made'"),
        (lambda: LEDGER.record("a", "keept", 1), ValueError, "'keept' is unknown; .* 'kept'"),
        (lambda: LEDGER.record(5, "made", 1), TypeError, "`promises` must be .*got 5"),
        (lambda: promises_from_log("log.csv"), TypeError, "`events` must be a table, or the path"),
        (lambda: promises_from_log({"time": []}), ValueError, "has no column 'promise'"),
    ],
)
def test_questions_that_may_not_be(question, kind, message):
    with pytest.raises(kind, match=message):
        question()
