"""Moments of tables that are read in batches: files, engines, lazy frames, Arrow streams."""

import decimal
import itertools
import re

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyarrow import parquet

import servqual as sq
from servqual.survey import stream

from .strategies import form

SIZES = [2, 1]
FORM = form(SIZES)
FIVE_SIX = sq.moments(np.array([[5], [6]]), form([1]), perceptions=[0])
SIDES = {"expectations": "E{n}", "perceptions": "P{n}"}
ROWS = 60
# More types than answers have: only the columns that are asked for may be looked at.
STRANGE = pa.array([{"a": [1, 2]}] * ROWS, pa.struct([("a", pa.list_(pa.int8()))]))


def table(*, holes=0.2, types=("int8",), words=False):
    """Return a table of columns in an order of their own, with nulls, groups and weights."""
    rng = np.random.default_rng(5)
    columns = {"strange": STRANGE, "w": pa.array(rng.choice([0.5, 1, 2, 4], ROWS))}
    for place, name in enumerate(["P2", "E1", "P1", "E3", "P3", "E2"]):
        answers = rng.integers(1, 8, ROWS).tolist()
        known = [
            None if hole else x for x, hole in zip(answers, rng.random(ROWS) < holes, strict=True)
        ]
        column = pa.array(known, pa.int64()).cast(types[place % len(types)])
        columns[name] = column
    if words:
        texts = ["7 - always" if x == 7 else x and str(x) for x in columns["P1"].to_pylist()]
        columns["P1"] = pa.array([text or "N/A" for text in texts])
    branches = rng.choice(["N", "S", None], ROWS, p=[0.5, 0.3, 0.2]).tolist()
    return pa.table(columns | {"branch": pa.array(branches, pa.string())})


@pytest.fixture(params=[7, 1000], autouse=True)
def batch(request, monkeypatch):
    """Read in batches of few rows, and the whole at once."""
    monkeypatch.setattr(stream, "BATCH", request.param)
    return request.param


@pytest.fixture
def write(tmp_path):
    """Write a table as a Parquet file."""

    def writer(content, name="answers.parquet", **how):
        parquet.write_table(content, tmp_path / name, **how)
        return tmp_path / name

    return writer


def wanted(content, **asked):
    """Return the moments of all at once, by another way: a survey of a frame."""
    survey = sq.survey_from_frame(pl.from_arrow(content), FORM, **(SIDES | asked))
    return sq.moments(survey)


def found(answers, **asked):
    return sq.moments(answers, FORM, **(SIDES | asked))


def reader(content):
    return pa.RecordBatchReader.from_batches(content.schema, content.to_batches(max_chunksize=9))


connections = []


def related(content):
    """Return a relation of a connection of its own."""
    connection = duckdb.connect()
    connection.register("answers", content)
    connections.append(connection)  # older versions close it when nobody holds it
    return connection.sql("select * from answers")


STREAMS = {
    "polars lazy": lambda content: pl.from_arrow(content).lazy(),
    "duckdb": related,
    "pyarrow data set": ds.dataset,
    "pyarrow reader": reader,
    "pyarrow batches": lambda content: content.to_batches(max_chunksize=9),
    "all kinds": lambda content: [
        pl.from_arrow(content[:10]).lazy(),
        related(content[10:20]),
        ds.dataset(content[20:21]),
        [reader(content[21:40]), content[40:]],
    ],
}
ASKED = [{}, {"by": "branch"}, {"weights": "w"}, {"by": "branch", "min_answered": 1}]


# --- the same moments from everywhere -------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("holes", [0, 0.3])
@pytest.mark.parametrize("group", [5, 7, 100])
def test_parquet_file_gives_the_moments_of_its_survey(write, asked, holes, group):
    file = write(table(holes=holes), row_group_size=group)
    survey = sq.read_survey(file, FORM, **SIDES, **asked)
    assert found(file, **asked) == found(str(file), **asked) == sq.moments(survey)


@pytest.mark.parametrize("shape", STREAMS)
@pytest.mark.parametrize("asked", ASKED)
def test_every_stream_gives_the_moments_of_the_survey(shape, asked):
    content = table()
    assert found(STREAMS[shape](content), **asked) == wanted(content, **asked)


@pytest.mark.parametrize(
    "types",
    [
        ("int8",),
        ("uint8",),
        ("uint16", "int8"),
        ("int64", "float"),
        ("double",),
        ("halffloat", "int8"),
        (pa.decimal128(20, 1), "int32"),
    ],
)
@pytest.mark.parametrize("holes", [0, 0.3])
@pytest.mark.parametrize("by", [None, "branch"])
def test_every_type_of_number(write, types, holes, by):
    content = table(types=types, holes=holes)
    assert found(write(content), by=by) == wanted(table(holes=holes), by=by)


def test_slices_of_record_batches_are_read_from_their_start():
    content = table().combine_chunks()
    (whole,) = content.to_batches()
    assert found([whole.slice(0, 13), whole.slice(13, 18), whole.slice(31)]) == wanted(content)


@pytest.mark.parametrize("by", [None, "branch"])
def test_reversed_items_are_turned_in_streams_too(write, by):
    turned = form(SIZES, reverse={1})
    file = write(table())
    survey = sq.read_survey(file, turned, **SIDES, by=by)
    assert sq.moments(file, turned, **SIDES, by=by) == sq.moments(survey)


def test_answers_in_words(write):
    content = table(words=True)
    file = write(content)
    asked = {"by": "branch", "weights": "w"}
    assert found(file, **asked) == wanted(content, **asked)
    assert found(file, **asked) == sq.moments(sq.read_survey(file, FORM, **SIDES, **asked))


def test_several_files_count_as_one(write):
    content = table()
    cuts = [0, 1, 30, 30, 60]
    parts = [content[a:b] for a, b in itertools.pairwise(cuts)]
    files = [write(part, f"{n}.parquet") for n, part in enumerate(parts)]
    assert found(files, by="branch") == wanted(content, by="branch")
    assert found(map(str, files), by="branch") == wanted(content, by="branch")


def test_duckdb_relation_with_a_filter():
    content = table()
    relation = related(content).filter("w >= 1")
    kept = content.filter(pa.compute.greater_equal(content["w"], 1))
    assert found(relation, by="branch") == wanted(kept, by="branch")
    assert found(relation) == wanted(kept)  # a relation may be read again


def test_duckdb_names_are_quoted():
    connection = duckdb.connect()
    relation = connection.sql('select 5 as "a ""b"" 1", 6 as "select", 7 as "P"')
    kept = sq.moments(relation, form([2]), perceptions=['a "b" 1', "select"])
    assert kept.products("items", "perceptions").x[0].diagonal().tolist() == [1, 2]  # from 4


def test_columns_that_differ_in_capitals_alone(write):
    content = pa.table({"p": [1, 1], "P": [5, 6]})
    connection = duckdb.connect()
    for answers in (
        write(content),
        ds.dataset(content),
        pl.from_arrow(content).lazy(),
        connection.sql('select 1 as p, a as "P" from (values (5), (6)) as t(a)'),
    ):
        assert sq.moments(answers, form([1]), perceptions="P") == FIVE_SIX


def test_a_column_whose_name_begins_with_that_of_another(write):
    """Parquet names the parts of a column with points: "1" would be all of "1.a"."""
    content = pa.table({"1.a": [1, 1], "1": [5, 6]})
    assert sq.moments(write(content), form([1]), perceptions="{n}") == FIVE_SIX


# --- only what is needed --------------------------------------------------------------------------


def test_only_needed_columns_of_a_file_are_read(write, monkeypatch):
    asked = []
    original = parquet.ParquetFile.iter_batches

    def spy(self, *rest, columns=None, **given):
        asked.append(columns)
        return original(self, *rest, columns=columns, **given)

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", spy)
    file = write(table())
    found(file)
    found(file, perceptions=[4, 2, 6], by="branch")
    assert asked == [
        ["P2", "E1", "P1", "E3", "P3", "E2"],
        ["P2", "E1", "P1", "E3", "P3", "E2", "branch"],
    ]


def test_a_column_that_cannot_be_read_is_no_harm_where_nobody_asks_for_it():
    lazy = pl.from_arrow(table()).lazy()
    broken = lazy.with_columns(strange=pl.col("branch").cast(pl.Int8))
    assert found(broken) == wanted(table())
    with pytest.raises(pl.exceptions.InvalidOperationError):
        broken.collect()
    relation = related(table()).project("* exclude (strange), branch::int as strange")
    assert found(relation) == wanted(table())
    with pytest.raises(duckdb.ConversionException):
        relation.fetchall()


PLACES = {"expectations": [3, 7, 5], "perceptions": [4, 2, 6]}


@pytest.mark.parametrize("shape", ["file", *STREAMS])
@pytest.mark.parametrize("asked", [{}, {"by": 8}, {"by": "branch", "weights": 1}])
def test_places_count_all_columns(write, shape, asked):
    content = table()
    answers = write(content) if shape == "file" else STREAMS[shape](content)
    named = {"by": "branch"} if "by" in asked else {}
    named |= {"weights": "w"} if "weights" in asked else {}
    assert found(answers, **PLACES, **asked) == wanted(content, **named)


def test_places_and_names_may_be_mixed(write):
    content = table()
    assert found(write(content), expectations=PLACES["expectations"]) == wanted(content)


def test_columns_of_one_name_are_told_apart_by_place(write):
    content = pa.table([[1, 2], [5, 6]], names=["a", "a"])
    twice = "select 1 as a, b as a from (values (5), (6)) as t(b)"
    connection = duckdb.connect()
    shapes = [
        lambda: write(content),
        lambda: reader(content),
        lambda: connection.sql(twice),
    ]
    for answers in shapes:
        with pytest.raises(ValueError, match=r"2 columns 'a', at the places 0, 1"):
            sq.moments(answers(), form([1]), perceptions="a")
        assert sq.moments(answers(), form([1]), perceptions=[1]) == FIVE_SIX


# --- messages -------------------------------------------------------------------------------------


def with_answer(value, row):
    return table(holes=0).set_column(2, "P2", pa.array([4] * row + [value] + [4] * (59 - row)))


@pytest.mark.parametrize("shape", ["file", *STREAMS])
def test_rows_in_messages_are_counted_over_all_batches(write, shape):
    content = with_answer(9, 33)
    answers = write(content, row_group_size=10) if shape == "file" else STREAMS[shape](content)
    with pytest.raises(ValueError, match=r"`perceptions` must lie in 1\.\.7, got 9 \(row 34, item"):
        found(answers)


def test_rows_in_messages_are_counted_over_files(write):
    files = [write(with_answer(9, 33)[a : a + 30], f"{a}.parquet") for a in (0, 30)]
    with pytest.raises(ValueError, match=r"got 9 \(row 34, item"):
        found(files)
    with pytest.warns(UserWarning, match=r"`perceptions`: 1 .* 9 \(row 34") as said:
        found(files, on_invalid="missing")
    assert len(said) == 1


@pytest.mark.parametrize(
    ("shape", "where"),
    [
        ("file", "the file 'answers.parquet'"),
        ("polars lazy", "the frame"),
        ("duckdb", "the relation"),
        ("pyarrow data set", "the data set"),
        ("pyarrow reader", "the frame"),
    ],
)
def test_columns_asked_for_in_vain(write, shape, where):
    content = table()

    def answers():
        return write(content) if shape == "file" else STREAMS[shape](content)

    with pytest.raises(ValueError, match=f"`by`: {where} has no column 'brunch'; the nearest are"):
        found(answers(), by="brunch")
    with pytest.raises(ValueError, match=rf"`perceptions`: {where} has columns 0\.\.8, got 9"):
        found(answers(), perceptions=[2, 4, 9])


def test_a_file_without_rows(write):
    file = write(table()[:0])
    with pytest.raises(ValueError, match="`answers` must have at least one row, got none"):
        found(file)
    with pytest.raises(ValueError, match="no column 'X1'"):
        found(file, perceptions="X{n}")


@pytest.mark.parametrize("content", [b"", b"no such thing" * 9])
def test_a_file_that_is_no_parquet(tmp_path, content):
    file = tmp_path / "answers.parquet"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"the file 'answers\.parquet' cannot be read"):
        found(file)


def test_a_file_whose_answers_are_broken(write):
    file = write(table(), compression="none", row_group_size=20)
    raw = bytearray(file.read_bytes())
    footer = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    raw[4:footer] = b"\xff" * (footer - 4)  # the header is whole, the answers are not
    file.write_bytes(raw)
    with pytest.raises(ValueError, match=r"the file 'answers\.parquet' cannot be read"):
        found(file, by="branch")


def test_a_file_that_is_not_there(write):
    there = write(table())
    with pytest.raises(FileNotFoundError, match=r"no such file.*nearest are 'answers\.parquet'"):
        found(there.with_name("answer.parquet"))


@pytest.mark.parametrize("name", ["answers.csv", b"answers.parquet", "answers"])
def test_other_files_are_read_by_the_reader(name):
    with pytest.raises(TypeError, match=re.escape(f"got {name!r}; `read_survey` reads")):
        found(name)


def test_an_error_half_way_leaves_the_connection_free():
    connection = duckdb.connect()
    relation = connection.sql("select case i when 9 then 9 else 4 end as P1 from range(9000) t(i)")
    with pytest.raises(ValueError, match=r"row 10\b") as error:
        sq.moments(relation, form([1]), perceptions="P{n}")
    assert connection.sql("select 1").fetchall() == [(1,)]
    assert error.value is not None  # and with it its traceback, still alive here


def test_weights_of_decimals(write):
    content = table()
    weights = [decimal.Decimal(str(w)) for w in content["w"].to_pylist()]
    file = write(content.set_column(1, "w", pa.array(weights)))
    assert found(file, weights="w") == wanted(content, weights="w")
