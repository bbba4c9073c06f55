"""Tables of any kind seen alike: their times, their numbers, their batches."""

import math
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from servqual._checks import numbers, see_counts
from servqual._frames.arrays import in_a_row, matrix
from servqual._frames.calendar import (
    UNITS,
    bound,
    labels_from,
    labels_of,
    ordinals,
    ordinals_of_labels,
)
from servqual._frames.logs import Log, Runs
from servqual._frames.periods import by_label, label, own_labels, see_order
from servqual._frames.sources import Source
from servqual._frames.streams import batches
from servqual._frames.times import clocked, elapsed, instants, times_of

NAN, NAT = float("nan"), np.datetime64("NaT")
HOURS = [0, 1.5, None, 5, 8]  # the clocks of Berlin turn between 1.5 and 5
STAMPS = [
    None if hour is None else datetime(2026, 3, 28, 22) + timedelta(hours=hour)  # noqa: DTZ001
    for hour in HOURS
]
WANTED = np.array(STAMPS, dtype="M8[us]")
EAST = timezone(timedelta(hours=8))
ABROAD = [stamp and stamp.replace(tzinfo=UTC).astimezone(EAST) for stamp in STAMPS]
PANDAS = pd.Series(STAMPS, dtype="M8[ns]")
ZONED = PANDAS.dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin")
POLARS = pl.Series(STAMPS)
ARROW_ZONE = pd.ArrowDtype(pa.timestamp("ns", tz="America/New_York"))
CLOCKS = {
    "naive": STAMPS,
    "zone": ABROAD,
    "objects": np.array(STAMPS, dtype=object),
    "texts": [stamp and str(stamp) for stamp in STAMPS],
    "texts with a zone": [stamp.isoformat() if stamp else "" for stamp in ABROAD],
    "texts with Z": [f"{stamp.isoformat()}Z" if stamp else NAN for stamp in STAMPS],
    "mixed": [STAMPS[0], str(STAMPS[1]), pd.NaT, pd.Timestamp(STAMPS[3]), STAMPS[4]],
    "mixed with zones": [ABROAD[0], ABROAD[1].isoformat(), "", ZONED[3], ABROAD[4]],
    **{f"numpy {unit}": WANTED.astype(f"M8[{unit}]") for unit in ("ns", "us", "ms", "s", "m")},
    "pandas": PANDAS,
    "pandas s": PANDAS.astype("M8[s]"),
    "pandas zone": ZONED,
    "pandas objects": ZONED.astype(object),
    "pandas of Arrow": PANDAS.astype(pd.ArrowDtype(pa.timestamp("us"))),
    "pandas of Arrow, zone": PANDAS.dt.tz_localize("UTC").astype(ARROW_ZONE),
    **{f"polars {unit}": POLARS.cast(pl.Datetime(unit)) for unit in ("ns", "us", "ms")},
    "polars zone": POLARS.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin"),
    **{f"pyarrow {unit}": pa.array(STAMPS, pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")},
    "pyarrow zone": pa.array(ABROAD, pa.timestamp("us", tz="Europe/Berlin")),
}


def tables(column):
    """Return a table of a column, and its batches of few rows where it is Arrow's."""
    if isinstance(column, pd.Series):
        return [pd.DataFrame({"t": column})]
    if isinstance(column, pl.Series):
        frame = pl.DataFrame({"t": column})
        return [frame, frame.lazy(), frame.to_arrow().to_batches(max_chunksize=3)]
    if isinstance(column, pa.Array):
        batch, whole = pa.record_batch({"t": column}), pa.table({"t": column})
        return [batch, whole, [batch.slice(0, 1), batch.slice(1)]]
    return [{"t": column}]


def clocks(table, rows=65_536):
    """Return the times of a table, and of each batch whether they have a zone."""
    found, before = [], 0
    for source in batches("events", table, lambda source: {"t": [source.place("t", 0)]}, rows=rows):
        found.append(times_of(source, "time", 0, before=before))
        before += len(found[-1][0])
    times, zones = zip(*found, strict=True)
    return np.concatenate(times), set(zones) - {None}


def read(table, rows=65_536):
    return clocks(table, rows)[0]


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("rows", [2, 99])
def test_times_of_every_kind(clock, rows):
    for table in tables(CLOCKS[clock]):
        found = read(table, rows)
        assert found.dtype == "M8[us]"
        assert found.tolist() == STAMPS


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("rows", [2, 99])
def test_times_know_whether_they_have_a_zone(clock, rows):
    wanted = "zone" in clock or clock in {"texts with Z", "pandas objects"}
    for table in tables(CLOCKS[clock]):
        assert clocks(table, rows)[1] == {wanted}


def test_a_zone_in_all_rows_or_in_none():
    message = r"`time` must have a zone in all rows or in none, got both \(row {}\); add it where"
    for zoned, plain in zip(ABROAD, STAMPS, strict=True):
        if plain is None:
            continue
        for column in ([None, zoned, plain], [plain, None, zoned.isoformat()]):
            with pytest.raises(ValueError, match=message.format(13)):
                clocked("time", column, before=10)
    for column in (STAMPS, WANTED, [DAYS[0]], ["2026-02-28"], POLARS.to_numpy()):
        with pytest.raises(ValueError, match=message.format(11)):
            clocked("time", column, before=10, zoned=True)
    with pytest.raises(ValueError, match=message.format(1)):
        clocked("time", ABROAD, zoned=False)
    assert clocked("time", [None, ""], zoned=True)[1] is True
    assert clocked("time", [None, ""])[1] is clocked("time", [1, 2])[1] is None


DAYS = [date(2026, 2, 28), None, date(2024, 2, 29)]


MIDNIGHTS = [datetime(2026, 2, 28), None, datetime(2024, 2, 29)]  # noqa: DTZ001
DAY_COLUMNS = [
    DAYS,
    ["2026-02-28", None, "2024-02-29"],
    np.array(["2026-02-28", "NaT", "2024-02-29"], dtype="M8[D]"),
    pl.Series(DAYS),
    pa.array(DAYS, pa.date32()),
    pd.Series(DAYS, dtype=pd.ArrowDtype(pa.date32())),
]
NUMBERS = [3, NAN, 0.5]
NUMBER_COLUMNS = [
    [3, None, 0.5],
    np.array(NUMBERS, dtype=np.float32),
    np.array([3, None, 0.5], dtype=object),
    pd.Series([3, None, 0.5], dtype="Float64"),
    pl.Series([3.0, None, 0.5]),
    pl.Series(["3", None, "0.5"]).cast(pl.Decimal(10, 2)),
    pa.array([3, None, 0.5]),
]


def test_days_are_their_midnights_and_numbers_stay_numbers():
    for column in DAY_COLUMNS:
        assert all(read(table).tolist() == MIDNIGHTS for table in tables(column))
    for column in NUMBER_COLUMNS:
        for found in map(read, tables(column)):
            assert found.dtype == float
            np.testing.assert_array_equal(found, NUMBERS)


def test_whole_numbers_and_nothing():
    for kind in ("int8", "uint8", "int64", "uint64"):
        assert instants("time", np.array([7, 0], dtype=kind)).dtype == float
    assert np.isnan(instants("time", [None, None])).all()
    assert np.isnan(instants("time", np.array([pd.NaT, None]))).all()
    assert len(instants("time", [])) == 0


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([None, "soon"], r"`time` must be dates .* got 'soon' \(row 12\)"),
        ([STAMPS[0], 5], r"`time` must be dates .* got 5 \(row 12\)"),
        (["5", "6"], r"`time` must be dates .* got '5' \(row 11\)"),
        ([1, time(9)], r"`time` must be numbers, got datetime\.time\(9, 0\) \(row 12\)"),
        ([timedelta(1)], r"`time` must be numbers, got .* \(row 11\)"),
        ([1, [2]], r"`time` must be dates or numbers, got \[2\] \(row 12\)"),
    ],
)
def test_what_is_no_time(column, message):
    with pytest.raises(ValueError, match=message):
        clocked("time", column, before=10)


@pytest.mark.parametrize(("unit", "hours"), [("second", 3600), ("minute", 60), ("hour", 1)])
def test_elapsed(unit, hours):
    found = elapsed(WANTED, WANTED[:1], unit)
    wanted = [NAN if hour is None else hour * hours for hour in HOURS]
    np.testing.assert_array_equal(found, wanted)
    assert elapsed(WANTED, WANTED[4], "day")[0] == pytest.approx(-8 / 24)
    np.testing.assert_array_equal(elapsed(np.array([3.0, NAN]), np.array([1.0]), unit), [2, NAN])
    np.testing.assert_array_equal(elapsed(WANTED[:2], np.array([NAT, NAT]), unit), [NAN, NAN])
    with pytest.raises(ValueError, match="`unit` must be a unit of time"):
        elapsed(WANTED, WANTED, "week")


# --- numbers side by side -------------------------------------------------------------------------

CELLS = [[1, 2.5], [NAN, 4]]
HOLED = {"b": [2.5, 4], "-": ["x", "y"], "a": [1, None]}


@pytest.mark.parametrize(
    "value",
    [
        CELLS,
        tuple(map(tuple, CELLS)),
        [[1, 2.5], [None, 4]],
        np.array(CELLS),
        np.array(CELLS, dtype=np.float32),
        np.array([["1", "2,5"], [None, "4"]], dtype=object),
        [[1, 2.5], [pd.NA, 4]],
        HOLED,
        HOLED | {"a": [1, NAN]},
        pd.DataFrame(HOLED),
        pd.DataFrame(HOLED).convert_dtypes(),
        pl.DataFrame(HOLED),
        pl.DataFrame(HOLED).lazy(),
        pa.table(HOLED),
    ],
)
def test_matrix_of_every_kind(value):
    found = matrix("levels", value, ["a", "b"])
    assert found.dtype == float
    np.testing.assert_array_equal(found, CELLS)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1, 2], r"`levels` must .* a column for each of 'a', 'b', got shape \(2,\)"),
        ([[1, 2, 3]], r"got shape \(1, 3\)"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\)"),
        (5, r"got shape \(\)"),
        (None, r"got shape \(\)"),
        ([], r"got shape \(0,\)"),
        ([[1, math.inf]], r"`levels\['b'\]` must be finite, got inf \(row 1\)"),
        ({"a": [1, -math.inf], "b": [1, 2]}, r"`levels\['a'\]` must be finite, got -inf \(row 2\)"),
        ([[1, "x"]], r"`levels\['b'\]` must be numbers, got .*x.* \(row 1\)"),
        ({"a": [1], "bb": [1]}, r"`levels`: the mapping has no column 'b'; the nearest are 'bb'"),
        (pl.DataFrame({"a": [1]}), r"`levels`: the frame has no column 'b'"),
        ({"a": [1], "b": [1, 2]}, "`levels` must have columns of one length, got"),
    ],
)
def test_what_is_no_matrix(value, message):
    with pytest.raises(ValueError, match=message):
        matrix("levels", value, ["a", "b"])


# --- batches --------------------------------------------------------------------------------------


def widths(table, rows=2):
    return [len(source.column(0)) for source in batches("answers", table, lambda _: {}, rows=rows)]


def test_tables_come_in_batches():
    frame = pd.DataFrame({"a": range(5)})
    for table in (frame, pl.from_pandas(frame), frame.to_numpy()):
        assert widths(table) == [2, 2, 1]
        assert widths([table, (table, table[:1])]) == [2, 2, 1] * 2 + [1]
    assert widths(pa.table({"a": range(5)}).to_batches(max_chunksize=3)) == [2, 1, 2]
    assert widths({"a": range(5)}) == [2, 2, 1]
    assert widths([]) == widths(frame[:0]) == []


@pytest.mark.parametrize(
    ("table", "kind", "message"),
    [
        ({"a": [1], "b": []}, ValueError, r"`answers` must have columns of one length, got \{'a"),
        (
            np.arange(3),
            ValueError,
            r"`answers` must be a table \(rows, columns\), got shape \(3,\)",
        ),
        (np.zeros((1, 1, 1)), ValueError, r"got shape \(1, 1, 1\)"),
        (b"answers.parquet", TypeError, "`answers` must be a table, or the path .* got b'answers"),
        ("answers.csv", TypeError, "`answers` must be a table, or the path .* got 'answers.csv'"),
        ([b"x"], TypeError, "`answers` must be a table"),
        (5, TypeError, "`answers` must be a table, got 5 that is a int"),
        ([5], TypeError, "`answers` must be a table, got 5 that is a int"),
    ],
)
def test_what_has_no_batches(table, kind, message):
    with pytest.raises(kind, match=message):
        widths(table)


def test_columns_of_a_source_by_place():
    source = Source.of_mapping("events", {"t": STAMPS, 2: [1] * 5})
    assert (source.names, source.place("time", "2"), source.place("time", 1)) == (("t", "2"), 1, 1)
    assert source.times(0) is None  # objects, which `times_of` reads one by one
    np.testing.assert_array_equal(times_of(source, "time", 0)[0], WANTED)


# --- event logs -----------------------------------------------------------------------------------


def logged(events, **more):
    columns = {"owner": "visitor", "column": "who", "time": "when", "event": "what"}
    log = Log(**columns, **({"codes": None, "words": None} | more))
    return log, list(log.batches(events))


def test_words_of_a_log_without_codes_are_their_own():
    log = {"who": [7, 8, 7, 7], "when": [0, 1, 2, 3], "what": ["bought", "came", 5, " came "]}
    found, (rows,) = logged(log)
    assert list(found.vocabulary.texts) == ["bought", "came", "5"]
    assert rows.events.tolist() == [0, 1, 2, 1]
    found, (rows,) = logged(log, words={"bought": None, 5: "left", "unseen": "x"})
    assert list(found.vocabulary.texts) == ["came", "left"]
    assert (rows.events.tolist(), rows.numbers.tolist()) == ([0, 1, 0], [2, 3, 4])
    runs = Runs.of(rows.labels)
    assert (runs.order.tolist(), runs.run.tolist()) == ([0, 1, 2], [0, 1, 1])
    for nothing in (None, NAN, "", " "):
        with pytest.raises(ValueError, match=r"`event` must be there .* nothing \(row 3\)"):
            logged(log | {"what": ["a", "b", nothing, "c"]})
    with pytest.raises(TypeError, match=r"`words\['came'\]` must be a text, got 5"):
        logged(log, words={"came": 5})
    with pytest.raises(ValueError, match=r"`visitor` must be there .* nothing \(row 1\)"):
        logged(log | {"who": [None, 1, 2, 3]})


def test_columns_that_nobody_asks_for_are_not_touched():
    class Untouched(list):
        def __iter__(self):
            raise AssertionError

    class Series(tuple):  # read as a list where it is asked for
        __slots__ = ()

        def __iter__(self):
            raise AssertionError

    table = {"unread": Series(range(5)), "too": Untouched(range(5)), "t": range(5)}
    sources = batches("events", table, lambda source: {"t": [source.place("t", "t")]}, rows=2)
    assert [source.column(2) for source in sources] == [[0, 1], [2, 3], [4]]


# --- periods --------------------------------------------------------------------------------------

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
DATED = {  # by themselves, and by day
    date(2026, 11, 22): "2026-11-22",
    datetime(2026, 11, 22): "2026-11-22",  # noqa: DTZ001
    datetime(2026, 11, 22, 9): "2026-11-22T09",  # noqa: DTZ001
    datetime(2026, 11, 22, 9, 30): "2026-11-22T09:30:00",  # noqa: DTZ001
    NINE: "2026-11-22T09:00:00+00:00",
    np.datetime64("2026-11-22T09"): "2026-11-22T09",
    pd.Timestamp("2026-11-22"): "2026-11-22",
    pd.Period("2026-11-22", "D"): "2026-11-22",
    pd.Period("2026-11-22 09:00", "h"): "2026-11-22T09",
    pd.Period("2026-11-22 09:30", "min"): "2026-11-22T09:30:00",
}


def test_one_text_for_one_period():
    units = {"day": "2026-11-22", "week": "2026-11-16", "month": "2026-11", "quarter": "2026-Q4"}
    for moment, wanted in DATED.items():
        assert label("period", moment) == wanted
        assert {unit: label("period", moment, unit) for unit in units} == units
        assert label("period", moment, "year") == "2026"
        assert label("period", moment, "hour") == (
            "2026-11-22T09" if "09" in wanted else "2026-11-22T00"
        )
    for freq, wanted in (
        ("W-SUN", "2026-11-16"),
        ("M", "2026-11"),
        ("Q", "2026-Q4"),
        ("Y", "2026"),
    ):
        assert label("period", pd.Period("2026-11-22", freq)) == wanted
    assert [label("period", cell) for cell in ("x ", 7, 7.0, 7.5)] == ["x", "7", "7", "7.5"]
    for nothing in (None, "", NAN, NAT, pd.NaT):
        with pytest.raises(ValueError, match="`period` must be there for each period"):
            label("period", nothing)


def test_labels_that_come_with_numbers():
    for index in (["a", "b"], pd.to_datetime(["2026", "2027"]), [0.5, 1.5], [("N", 1), ("S", 1)]):
        assert len(own_labels(pd.Series([1, 2], index=index))) == 2
    months = pd.period_range("2026-01", periods=2, freq="M")
    assert own_labels(pd.DataFrame({"x": [1, 2]}, index=months)) == ["2026-01", "2026-02"]
    assert own_labels({DAYS[0]: 1, "x": 2}) == ["2026-02-28", "x"]
    for plain in ([1, 2], np.arange(2), pd.Series([1, 2]), pd.Series([1, 2], index=[5, 6])):
        assert own_labels(plain) is None
    assert own_labels(pl.Series([1, 2])) is own_labels(pa.array([1, 2])) is None


def test_numbers_by_label():
    days = ["2026-11-21", "2026-11-22"]
    groups = [("N", "2026-11"), ("(missing)", "2026-11")]
    moments = pd.to_datetime(days)[::-1]
    for values in (
        [1, 2],
        ["1", "2"],
        np.ma.array([1.0, 2.0]),
        {days[1]: 2, days[0]: 1},
        {date(2026, 11, 22): 2, np.datetime64("2026-11-21"): 1},
        pd.Series([2, 1], index=moments),
        pd.Series([2, 1], index=moments.to_period("D")),
        pd.Series([1, 2], index=[7, 8]),
        pl.Series([1, 2]),
    ):
        assert by_label("volume", values, days, unit="day").tolist() == [1, 2]
    for values in ([NAN, 2], [None, 2], {days[1]: 2}, np.ma.array([9, 2], mask=[True, False])):
        np.testing.assert_array_equal(by_label("volume", values, days), [NAN, 2])
    of_groups = {(None, DAYS[0].replace(month=11)): 2, ("N", "2026-11"): 1}
    assert by_label("volume", of_groups, groups, unit="month").tolist() == [1, 2]
    for values, said in (
        ([1], "`volume` must be one for each of the 2 periods, got 1; so"),
        ([[1], [2]], r"each of the 2 periods, got shape \(2, 1\); so"),
        ({days[0]: 1, "x": 2}, "`volume` has 'x', which was not counted; so"),
        ({("N", days[0]): 1}, r"`volume` has \('N', '2026-11-21'\), which was not counted"),
        ({days[0]: 1, date(2026, 11, 21): 2}, "`volume` .* got that of '2026-11-21' twice"),
        (pd.Series([1, 2], index=["x", "x"]), "`volume` has 'x'"),
        (["1", "many"], r"`volume` must be numbers, got 'many' \(row 2\)"),
    ):
        with pytest.raises(ValueError, match=said):
            by_label("volume", values, days, hint="; so")


def test_labels_of_time_rise():
    for labels in (["2025-Q4", "2026-Q1"], ["2026-01", "2026-02-01"], ["2026-W05", "2026-W06"]):
        see_order("periods", labels)
        with pytest.raises(ValueError, match="`periods` must rise, each counted once, got"):
            see_order("periods", labels[::-1])
    see_order("periods", ["north", "east"])  # words have no order
    with pytest.raises(ValueError, match="must be dates of one kind or none"):
        see_order("periods", ["2026-01-05", "2026-01-06T00:00Z"])


@pytest.mark.parametrize("unit", UNITS)
def test_periods_are_counted_and_called_back(unit):
    moments = np.arange("1960-01-01T05", "2030-01-01", 1234, "M8[h]")
    counted, labels = ordinals(moments, unit), labels_of(moments, unit)
    assert labels_from(counted, unit).tolist() == labels.tolist()
    assert ordinals_of_labels(labels.tolist(), unit).tolist() == counted.tolist()
    assert [label("period", m, unit) for m in moments[:50]] == labels[:50].tolist()
    assert (np.diff(counted) >= 0).all()
    assert [bound("last", name, unit, last=True) for name in labels[:50]] == counted[:50].tolist()


def test_counts_are_seen():
    where = "row {}".format
    see_counts("counts", np.array([[0, 1.5], [NAN, 2]]), where=where, events=[True, False])
    for counts, more, said in (
        ([1, -1], {}, r"`counts` must be 0 or more and finite, got -1 \(row 1\)"),
        ([1, math.inf], {}, r"`counts` must be 0 or more and finite, got inf \(row 1\)"),
        ([[1, 2], [1, 0.5]], {"types": "ab"}, r"`counts\['b'\]` must be whole, got 0.5 \(row 1\)"),
        ([NAN], {"missing": False}, r"`counts` must be there, .* got nothing \(row 0\)"),
    ):
        with pytest.raises(ValueError, match=said):
            see_counts("counts", np.array(counts), where=where, **more)


@pytest.mark.parametrize("unit", ["ns", "us", "D"])
@pytest.mark.parametrize(
    ("kind", "said"), [("datetime64", "got dates"), ("timedelta64", "got times that passed")]
)
def test_dates_and_spans_are_no_numbers(unit, kind, said):
    cells = np.array([20_000, 20_001], "int64").view(f"{kind}[{unit}]")
    for read in (
        lambda: numbers("x", cells),
        lambda: in_a_row("x", cells, "a number for each respondent"),
        lambda: matrix("x", {"a": cells}, ["a"]),
        lambda: numbers("x", pd.Series(cells.astype(f"{kind}[ns]"))),
    ):
        with pytest.raises(TypeError, match=said):
            read()


@pytest.mark.parametrize("table", [np.empty((3, 0)), pd.DataFrame(index=range(3))])
def test_a_table_without_columns(table):
    with pytest.raises(ValueError, match="`x` must have at least one column"):
        matrix("x", table, [])
