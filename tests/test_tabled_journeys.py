"""Journeys from tables: every kind of table, blanks, words, and cells that cannot be."""

import math
import re
from datetime import timedelta
from decimal import Decimal

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given

from servqual.journeys import Encounter, Journey, Touchpoint, journey_from_frame, tabling

from .effort import effort
from .strategies import lines

NAN = math.nan
FIELDS = [field.name for field in attrs.fields(Touchpoint) if field.name != "improvements"]
SHEET = {
    "touchpoint": ["book", " ask ", "pay"],
    "encounter": ["Machine", "Face-to-face", None],
    "failures": [3, None, 1],
    "occasions": [100, None, 50],
    "visit_probability": [1.0, 0.25, None],
    "importance": [2.5, None, 0.0],
    "critical": [True, False, None],
    "dimension": ["access", None, " care "],
    "standards": ["one minute; by name", None, "receipt"],
    "note": [None, "not yet counted", ""],
}
VISIT = Journey(
    name="visit",
    touchpoints=[
        Touchpoint(
            name="book",
            encounter="machine",
            failures=3,
            occasions=100,
            importance=2.5,
            critical=True,
            dimension="access",
            standards=("one minute", "by name"),
        ),
        Touchpoint(
            name="ask", encounter="face_to_face", visit_probability=0.25, note="not yet counted"
        ),
        Touchpoint(
            name="pay",
            failures=1,
            occasions=50,
            importance=0,
            dimension="care",
            standards="receipt",
        ),
    ],
)


def one(**cells):
    """Return a table of one touchpoint."""
    return {"touchpoint": ["pay"]} | {field: [cell] for field, cell in cells.items()}


def point(**cells):
    """Return what is read of one touchpoint."""
    return journey_from_frame(one(**cells)).touchpoints[0]


def refused(said, frame, **options):
    """See that a table is refused with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        journey_from_frame(frame, **options)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}"), error.value


@pytest.mark.parametrize(
    "kind",
    [
        dict,
        pd.DataFrame,
        pl.DataFrame,
        pl.LazyFrame,
        pa.table,
        lambda sheet: pd.DataFrame(sheet).convert_dtypes(),
        lambda sheet: pd.DataFrame(sheet, dtype=object),
        lambda sheet: {name: np.array(column, dtype=object) for name, column in sheet.items()},
        lambda sheet: {name: pd.Series(column) for name, column in sheet.items()},
        lambda sheet: pd.DataFrame(sheet, dtype=object).fillna("").astype(str),  # as a text file
    ],
)
def test_tables_of_every_kind(kind):
    assert journey_from_frame(kind(SHEET), name="visit") == VISIT


@effort(30)
@given(lines())
def test_what_a_journey_says_reads_back(journey):
    points = journey.touchpoints
    sheet = {field: [getattr(point, field) for point in points] for field in FIELDS}
    bare = [attrs.evolve(point, improvements=()) for point in points]
    assert journey_from_frame(sheet).touchpoints == tuple(bare)


def test_every_field_but_improvements_is_a_column():
    assert sorted(tabling.FIELDS) == sorted(["touchpoint", *FIELDS[1:]])


@pytest.mark.parametrize("blank", [None, NAN, np.nan, pd.NA, pd.NaT, "", "  ", "NA", "n/a", "-"])
@pytest.mark.parametrize("field", FIELDS[1:])
def test_blank_says_nothing(field, blank):
    assert point(**{field: blank}) == Touchpoint(name="pay")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("0,02", 0.02),
        (" 0.02 ", 0.02),
        ("1e-3", 0.001),
        (Decimal("0.02"), 0.02),
        (np.float64(1), 1),
    ],
)
def test_numbers_may_be_texts(cell, number):
    assert point(failure_probability=cell).failure_probability == number


@pytest.mark.parametrize("cell", [12, 12.0, "12", "12,0", np.int8(12), np.float32(12)])
def test_counts_may_be_texts(cell):
    found = point(failures=cell, occasions="60")
    assert (found.failures, found.occasions) == (12, 60)
    assert isinstance(found.failures, int)


@pytest.mark.parametrize("cell", [True, np.True_, 1, 1.0, np.float32(1), "yes", "TRUE", " X ", "1"])
def test_critical(cell):
    assert point(critical=cell).critical is True
    assert point(critical=np.array([cell])[0]).critical is True


@pytest.mark.parametrize("cell", [False, np.False_, 0, 0.0, "No", "false", "0", ""])
def test_not_critical(cell):
    assert point(critical=cell).critical is False


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("Face to face", "face_to_face"),
        ("FACE-TO-FACE", "face_to_face"),
        ("face_to_face", "face_to_face"),
        (Encounter.REMOTE, "remote"),
        (" Machine", "machine"),
        ("help desk", "face_to_face"),
        ("Help-Desk", "face_to_face"),
        (7, "remote"),
        ("?", None),
    ],
)
def test_words_for_encounters(cell, form):
    own = {"Help desk": Encounter.FACE_TO_FACE, 7: "remote", "?": None}
    found = journey_from_frame(one(encounter=cell), encounters=own).touchpoints[0]
    assert found.encounter == form


def test_blank_encounter_may_stand_for_one():
    found = journey_from_frame(one(encounter=None), encounters={"": "machine"})
    assert found.touchpoints[0].encounter is Encounter.MACHINE


@pytest.mark.parametrize("cell", [["b", "a"], ("b", "a"), np.array(["b", "a"]), " b ;; a;"])
def test_several_standards(cell):
    frame = pd.DataFrame({"touchpoint": ["pay"], "standards": pd.Series([cell], dtype=object)})
    assert journey_from_frame(frame).touchpoints[0].standards == ("b", "a")


def test_lists_of_standards_in_frames():
    sheet = {"touchpoint": ["a", "b"], "standards": [["x", "y"], []]}
    for kind in (pl.DataFrame, pa.table):
        found = journey_from_frame(kind(sheet))
        assert [point.standards for point in found.touchpoints] == [("x", "y"), ()]


def test_names_are_texts():
    assert journey_from_frame({"touchpoint": [1, 2.0, " c "]}).names == ("1", "2", "c")


def test_columns_by_name_and_place():
    frame = pd.DataFrame([["pay", 1, 9]], columns=["step", "n", "n"])
    columns = {"touchpoint": "step", "failures": 1, "occasions": 2}
    found = journey_from_frame(frame, columns=columns)
    assert found.touchpoint("pay").estimated_probability == 1 / 9
    assert found.note == ""


def test_case_and_hyphens_of_columns_do_not_count():
    frame = {"Name": ["pay"], "Failure probability": [0.5], "visit-probability": [0.25]}
    found = journey_from_frame(frame)
    assert found.touchpoints == (
        Touchpoint(name="pay", failure_probability=0.5, visit_probability=0.25),
    )


def test_what_is_left_aside_is_named():
    frame = one(name="x", improvements="y", failures=3, Missed=1, occasions=4, boss="Kim")
    found = journey_from_frame(frame, columns={"failures": "Missed"})
    assert found.touchpoints == (Touchpoint(name="pay", failures=1, occasions=4),)
    assert found.note == "columns left aside: 'name', 'improvements', 'failures', 'boss'"


def test_columns_take_precedence():
    frame = {"touchpoint": ["1"], "name": ["pay"], "note": ["a"], "dimension": ["b"]}
    columns = {"name": "name", "note": "dimension", "dimension": "note"}
    found = journey_from_frame(frame, columns=columns)
    assert found.touchpoints == (Touchpoint(name="pay", note="b", dimension="a"),)
    assert found.note == "columns left aside: 'touchpoint'"
    alone = journey_from_frame(one(importance=0.5), columns={"failure_probability": "importance"})
    assert alone.touchpoints == (Touchpoint(name="pay", failure_probability=0.5),)


def test_transitions():
    ways = {"book": {"ask": 0.5, "leave": 0.5}}
    found = journey_from_frame({"name": ["book", "ask"]}, transitions=ways)
    assert found.has_branches
    assert dict(found.transitions)["book"] == (("ask", 0.5), ("leave", 0.5))
    refused("'pai' is unknown", {"name": ["pay"]}, transitions={"pai": {"end": 1}})


def test_rows_are_numbered_from_one():
    frame = {"touchpoint": ["book", "pay"], "late": [1, "many"], "occasions": [2, 9]}
    refused(
        r"ValueError: row 2, touchpoint 'pay': `failures` \(column 'late'\) must be a number, got "
        "'many'",
        frame,
        columns={"failures": "late"},
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"failures": "2%", "occasions": 9}, "`failures` must be a number, got '2%'"),
        ({"failures": 1.5, "occasions": 9}, "`failures` must be a whole number of at least 0"),
        ({"failures": "1,234", "occasions": 2000}, "`failures` must be a whole number"),
        ({"failures": True, "occasions": 2}, "`failures` must be a number, got True"),
        ({"failures": timedelta(1), "occasions": 2}, "TypeError: .* must be a number"),
        ({"failures": np.timedelta64(1, "ns"), "occasions": 2}, "TypeError: .* must be a number"),
        ({"failures": 1}, "'pay': `failures` and `occasions` must be given together"),
        ({"failures": 10, "occasions": 9}, "'pay': `failures` must be at most `occasions`, 9"),
        ({"occasions": 0, "failures": 0}, "`occasions` must be a whole number of at least 1"),
        ({"failure_probability": 2}, "must lie in 0..1, got 2; 2 % is 0.02"),
        ({"failure_probability": "inf"}, "must be a finite number"),
        ({"failure_probability": 0.1, "failures": 0, "occasions": 1}, "got both"),
        ({"visit_probability": -0.5}, "`visit_probability` must lie in 0..1"),
        ({"importance": -1}, "`importance` must lie in"),
        ({"critical": "perhaps"}, "`critical` must be yes or no, .*, got 'perhaps'"),
        ({"critical": 2}, "`critical` must be .*, got 2"),
        ({"encounter": "machin"}, "'machin' is unknown; the nearest are 'machine'; `encounters`"),
        ({"encounter": 3}, "`encounter`: 3 is unknown"),
        ({"standards": "a; b; a"}, "`standards` must be different from each other, got 'a' twice"),
        ({"standards": [1]}, "`standards` must be str"),
    ],
)
def test_bad_cells(cells, said):
    with pytest.raises(
        (TypeError, ValueError), match=r"^row 1, touchpoint 'pay': (`|give)"
    ) as error:
        journey_from_frame(one(**cells))
    assert re.search(said, f"{type(error.value).__name__}: {error.value}"), error.value


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ({"touchpoint": []}, "`frame` must have at least one row, got none"),
        ({"touchpoint": ["a", None]}, "row 2, column 'touchpoint': .* must have a name, got None"),
        ({"Name": ["-"]}, "row 1, column 'Name': .* leave out rows that are none"),
        ({"name": ["a", "b", "a "]}, "row 3, column 'name': .* 'a' in the rows 1 and 3"),
        ({"touch": ["a"]}, "no column 'touchpoint' or 'name'; the nearest are 'touch'; `columns`"),
        ({"name": ["a"], "note": ["b"], "Note": ["c"]}, "2 columns 'note', at the places 1, 2"),
        ({}, "must map names to columns, got none"),
        ("sheet.csv", "TypeError: a data frame that narwhals knows is wanted, got a str"),
        ([{"touchpoint": "a"}], "TypeError: .* got a list"),
    ],
)
def test_bad_tables(frame, said):
    refused(said, frame)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": "late"}, "TypeError: `columns` must be Mapping"),
        ({"columns": {"failure": "late"}}, "`columns`: 'failure' is unknown.*'failures'"),
        ({"columns": {"improvements": "late"}}, "`columns`: 'improvements' is unknown"),
        ({"columns": {"failures": "lat"}}, r"`columns\['failures'\]`: .* nearest are 'late'"),
        ({"columns": {"failures": 9}}, r"`columns\['failures'\]`: .* columns 0..1, got 9"),
        ({"columns": {"failures": None}}, "TypeError: .* must name columns"),
        ({"columns": {"failures": "late", "occasions": 1}}, r"got 'late \(place 1\)' twice"),
        ({"columns": {"name": 0, "touchpoint": 1}}, "got 'touchpoint' twice"),
        ({"encounters": "desk"}, "TypeError: `encounters` must be Mapping"),
        ({"encounters": {"desk": "face"}}, r"`encounters\['desk'\]`: 'face' is unknown"),
        ({"encounters": {"A-b": "remote", "a b": "machine"}}, "one meaning to 'a b'"),
        ({"name": ""}, "`name` must not be blank"),
        ({"transitions": 0}, "`transitions` must map"),
    ],
)
def test_bad_options(options, said):
    refused(said, one(late=3), **options)
