"""From raw files, frames and arrays to a survey: the mess that real exports hold."""

import re
import sys
import warnings
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import servqual as sq

NAN = float("nan")
ANCHORS = {1: "never", 5: "important", 6: "I don't mind", 7: "always"}
FORM = sq.Instrument(
    code="desk",
    name="Desk",
    scale=sq.Scale(1, 7, not_applicable=(0, 99), anchors=ANCHORS),
    dimensions=(
        sq.Dimension(code="speed", name="Speed", items=(sq.Item("wait"), sq.Item("reply"))),
    ),
)
TURNED = sq.Instrument(
    code="turned",
    name="Turned",
    scale=FORM.scale,
    dimensions=(
        sq.Dimension(code="d", name="D", items=(sq.Item("wait"), sq.Item("reply", reverse=True))),
    ),
)
ONE = FORM.without_items("reply")
SIDES = {"expectations": "E{item}", "perceptions": "P{item}"}
HEADER = "Ewait,Ereply,Pwait,Preply"
TABLE = f"{HEADER}\n7,6,5,4\n6,6,3,2\n"
E, P = np.array([[7, 6], [6, 6]]), np.array([[5, 4], [3, 2]])
FRAME = pd.DataFrame({"Ewait": [7, 6], "Ereply": [6, 6], "Pwait": [5, 3], "Preply": [4, 2]})


@pytest.fixture
def read(tmp_path):
    """Write a text to a file and read it."""

    def reader(text, *, form=FORM, written="utf-8", name="answers.csv", **given):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(written))
        return sq.read_survey(file, form, **(SIDES | given))

    return reader


def arrays(perceptions=P, *, form=FORM, **given):
    return sq.survey_from_arrays(form, perceptions=perceptions, **given)


def framed(frame, **given):
    return sq.survey_from_frame(frame, FORM, **(SIDES | given))


def count(survey, step, side="perceptions"):
    return survey.intake.row(step=step, side=side)["count"]


def same(survey, expectations=E, perceptions=P):
    np.testing.assert_array_equal(survey.expectations, expectations)
    np.testing.assert_array_equal(survey.perceptions, perceptions)


# ---- encodings, separators, headers


@pytest.mark.parametrize(
    ("encoding", "word"), [("cp949", "지점"), ("latin-1", "Señal"), ("gb18030", "满意")]
)
def test_other_encodings(read, encoding, word):
    text = TABLE.replace("Ewait", word + "Ewait")
    with pytest.raises(ValueError, match=r"`encoding`.*'answers\.csv'.*'cp949'") as error:
        read(text, written=encoding)
    assert "cp1252" in str(error.value)
    asked = {"expectations": [word + "Ewait", "Ereply"]}
    same(read(text, written=encoding, encoding=encoding, **asked))


def test_unknown_encoding(read):
    with pytest.raises(ValueError, match=r"`encoding`.*'hangul'"):
        read(TABLE, encoding="hangul")


@pytest.mark.parametrize("encoding", [None, "utf-8", "utf-8-sig"])
def test_byte_order_mark(read, encoding):
    same(read("\ufeff" + TABLE, encoding=encoding))


@pytest.mark.parametrize("separator", ",;\t|")
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separator_is_found(read, separator, newline):
    same(read(TABLE.replace(",", separator).replace("\n", newline)))


def test_decimal_comma_with_semicolons(read):
    same(
        read("Ewait;Ereply;Pwait;Preply\n7;6,5;5;4\n6;6;3;2,5\n"),
        [[7, 6.5], [6, 6]],
        [[5, 4], [3, 2.5]],
    )


def test_separator_may_be_given(read):
    same(read(TABLE.replace("Ewait", "a;b;c;d;e;Ewait"), separator=",", expectations=[0, 1]))


def test_quoted_newlines_and_separators(read):
    text = 'said,"E\nwait",Ereply,Pwait,Preply\n"a, b\nc",7,6,5,4\n"he said ""no""\n",6,6,3,2\n'
    survey = read(text, expectations=["E\nwait", "Ereply"], by="said")
    same(survey)
    assert survey.groups("said").tolist() == ["a, b\nc", 'he said "no"']


@pytest.mark.parametrize(
    "sides",
    [
        {"expectations": "E{item}", "perceptions": "P{item}"},
        {"expectations": ["Ewait", "Ereply"], "perceptions": ("Pwait", "Preply")},
        {"expectations": range(2), "perceptions": [2, 3]},
        {"expectations": np.array([0, 1]), "perceptions": np.arange(2, 4)},
    ],
)
def test_ways_to_name_a_side(read, sides):
    same(read(TABLE, **sides))
    same(framed(FRAME, **sides))


@pytest.mark.parametrize(
    ("header", "pattern"),
    [
        ("P1,P2,E1,E2", ("E{n}", "P{n}")),  # perception first
        ("Q1_1,Q2_1,Q1_2,Q2_2", ("Q{n}_2", "Q{n}_1")),  # suffixes
        ("waitP,replyP,waitE,replyE", ("{item}E", "{item}P")),
        ("1. wait (P),2. reply (P),1. wait,2. reply", ("{n}. {item}", "{n}. {item} (P)")),
        ("인식1,인식2,기대1,기대2", ("기대{n}", "인식{n}")),
    ],
)
def test_patterns(read, header, pattern):
    same(read(f"{header}\n5,4,7,6\n3,2,6,6\n", expectations=pattern[0], perceptions=pattern[1]))


def test_places_are_not_the_numbers_of_items_in_another_order(read):
    """LibQUAL's items are numbered as they were asked, and stand by dimension."""
    form = sq.instrument("libqual")
    numbers = range(1, len(form.items) + 1)
    assert form.item_codes != tuple(map(str, numbers))
    table = ",".join(f"P{n}" for n in numbers) + "\n" + ",".join(str(n % 9 + 1) for n in numbers)
    asked = {"form": form, "expectations": None}
    for given in ("P{n}", "P{n}{item}"):
        with pytest.raises(ValueError, match=r"`perceptions`: \{n\}.*\{item\}"):
            read(table, perceptions=given, **asked)
    frame = pd.DataFrame({f"P{n}": [n % 9 + 1] for n in numbers})
    for call in (
        lambda: sq.survey_from_frame(frame, form, perceptions="P{n}"),
        lambda: sq.moments(frame, form, perceptions="P{n}"),
    ):
        with pytest.raises(ValueError, match=r"`perceptions`: \{n\}.*write 'P\{item\}'"):
            call()
    survey = read(table, perceptions="P{item}", **asked)
    assert survey.perceptions.tolist() == [[int(code) % 9 + 1 for code in form.item_codes]]


def test_places_are_the_numbers_of_items_in_their_order(read):
    items = [sq.Item(str(n)) for n in (1, 2)]
    dimension = sq.Dimension(code="speed", name="Speed", items=items)
    form = sq.Instrument(code="desk", name="Desk", scale=sq.Scale(1, 7), dimensions=(dimension,))
    for pattern in ("P{n}", "P{item}"):
        survey = read("P2,P1\n4,5\n", form=form, expectations=None, perceptions=pattern)
        assert survey.perceptions.tolist() == [[5, 4]]


def test_leading_unnamed_index_column(read, tmp_path):
    FRAME.to_csv(tmp_path / "indexed.csv")
    same(sq.read_survey(tmp_path / "indexed.csv", FORM, **SIDES))


DUPLICATES = "id,wait,reply,wait,reply,note,note\n1,7,6,5,4,x,y\n2,6,6,3,2,x,y\n"


def test_duplicate_headers_are_an_error_where_a_name_is_asked_for(read):
    with pytest.raises(ValueError, match=r"`perceptions`.*2 columns 'wait'.*places 1, 3"):
        read(DUPLICATES, expectations=None, perceptions="{item}")
    with pytest.raises(ValueError, match=r"`by`.*2 columns 'note'.*places 5, 6"):
        read(DUPLICATES, expectations=[1, 2], perceptions=[3, 4], by="note")
    same(read(DUPLICATES, expectations=[1, 2], perceptions=[3, 4], respondents="id"))


def test_group_columns_of_one_name_are_not_merged_in_silence(read):
    sides = {"expectations": [1, 2], "perceptions": [3, 4]}
    with pytest.raises(ValueError, match=r"`by`.*'note'"):
        read(DUPLICATES, **sides, by=(5, 6))
    with pytest.raises(ValueError, match=r"`by`.*'id'"):
        read(DUPLICATES, **sides, by=("id", "id"))


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        (
            {"perceptions": "Q{item}"},
            ValueError,
            "`perceptions`.*no column 'Qwait'; the nearest are '[EP]wait'",
        ),
        (
            {"perceptions": "Pwait"},
            ValueError,
            "`perceptions` must be a pattern with {item} or {n}",
        ),
        ({"perceptions": ["Pwait"]}, ValueError, "`perceptions`.*each of the 2 items, got 1"),
        ({"perceptions": range(2, 5)}, ValueError, "`perceptions`.*each of the 2 items, got 3"),
        ({"perceptions": [2, 4]}, ValueError, r"`perceptions`.*columns 0\.\.3, got 4"),
        ({"perceptions": [2, -1]}, ValueError, r"`perceptions`.*columns 0\.\.3, got -1"),
        (
            {"perceptions": [2, 2]},
            ValueError,
            "`perceptions` must name different columns, got 2 twice",
        ),
        ({"perceptions": [2, True]}, TypeError, "`perceptions`.*True"),
        ({"by": "branch"}, ValueError, "`by`.*no column 'branch'"),
        ({"weights": "w"}, ValueError, "`weights`.*no column 'w'"),
        ({"respondents": "id"}, ValueError, "`respondents`.*no column 'id'"),
    ],
)
def test_columns_asked_for_in_vain(read, asked, error, message):
    with pytest.raises(error, match=message):
        read(TABLE, **asked)


@pytest.mark.parametrize("by", [None, (), []])
def test_no_group_columns(read, by):
    assert read(TABLE, by=by).by == ()


# ---- shapes of files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"'answers\.csv' must have a header and at least one row, got nothing"),
        ("\n\n", "got nothing"),
        (f"{HEADER}\n", "got a header alone"),
        (f"{HEADER}\n7,6,5,4\n6,6,3\n", "row 3 has 3 cells where the header has 4"),
        (f"{HEADER}\n7,6,5,4,9\n", "row 2 has 5 cells where the header has 4"),
        (f'{HEADER}\n7,6,5,"4\n' + "6,6,3,2\n" * 30_000, r"'answers\.csv'"),  # quote left open
    ],
)
def test_file_of_a_wrong_shape(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


def test_blank_lines_are_passed_over(read):
    same(read(f"\n{TABLE}\n\n"))


def test_respondent_who_answered_nothing_is_not_lost(read):
    survey = read(f"{HEADER}\n7,6,5,4\n,,,\n6,6,3,2\n")
    assert len(survey) == 3 or "blank" in str(survey.intake)


def test_one_respondent_and_one_item(read):
    assert len(read(f"{HEADER}\n7,6,5,4\n")) == 1
    assert read("x\n5\n6\n", form=ONE, expectations=None, perceptions="x").perceptions.shape == (
        2,
        1,
    )


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".sav", ".dta"])
def test_file_that_is_not_there(tmp_path, suffix):
    if suffix in {".sav", ".dta"}:
        pytest.importorskip("pyreadstat")
    with pytest.raises(FileNotFoundError):
        sq.read_survey(tmp_path / f"other{suffix}", FORM, **SIDES)


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".sav", ".dta"])
def test_file_that_is_not_what_its_suffix_says(read, suffix):
    pytest.importorskip("pyreadstat")
    with pytest.raises((OSError, ValueError), match="answers" + suffix):
        read(b"no such thing", name="answers" + suffix)


def test_header_rows_of_qualtrics_are_found_or_shown_as_empty(read):
    text = (
        f"{HEADER}\nWait?,Reply?,Wait?,Reply?\n" + '"{""ImportId"":""QID1""}",' * 3 + "x\n7,6,5,4\n"
    )
    with pytest.raises(ValueError, match=r"'Wait\?' \(row 1, item 'wait'\)"):
        read(text)
    with pytest.warns(UserWarning, match="`(exp|perc).*: 4 "):
        survey = read(text, on_invalid="missing")
    assert survey.screen().table["grade"].tolist()[:2] == ["empty", "empty"]


# ---- answers in words


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("5.0", 5),
        ("+5", 5),
        ("5.5", 5.5),
        ("5,5", 5.5),
        ("important", 5),
        ("  IMPORTANT ", 5),
        ("i  DON\u2019T mind", 6),
        ("I don\u2018t mind", 6),
        ("5 - Important", 5),
        ("5 – whatever", 5),
        ("5: important", 5),
        ("(5) important", 5),
        ("5. important", 5),
        ("5 = important", 5),
        ("", NAN),
        (" na ", NAN),
        ("n/a", NAN),
        ("-", NAN),
        ("0", NAN),
        ("99 - never used it", NAN),
    ],
)
def test_words_of_an_answer(read, words, number):
    survey = read(f'{HEADER}\n7,6,5,"{words}"\n')
    np.testing.assert_array_equal(survey.perceptions, [[5, number]])
    np.testing.assert_array_equal(arrays([[5, words]]).perceptions, [[5, number]])


@pytest.mark.parametrize(
    "words", ["5-6", "3-4 times", "5 important", "five", "5/7", "1e0", "5 5", "nan", "2-Mar"]
)
def test_words_that_say_no_one_number(words):
    with pytest.raises(ValueError, match=re.escape(f"{words!r} (row 1, item 'reply')")):
        arrays([[5, words]])


def test_unknown_words_are_listed_with_the_nearest_anchor():
    with pytest.raises(ValueError, match="on_invalid='missing'") as error:
        arrays([["alwys", 5], ["nevr", "alwys"], ["¿qué?", 3]])
    for part in (
        "`perceptions`",
        "'alwys' (row 1, item 'wait'), nearest anchor 'always'",
        "'nevr' (row 2, item 'wait'), nearest anchor 'never'",
        "'¿qué?' (row 3, item 'wait')",
    ):
        assert part in str(error.value)


def test_several_wordings_of_an_anchor():
    scale = sq.Scale(
        1, 7, anchors=[(7, "always"), (7, "siempre"), (0, "no lo usé")], not_applicable=(0,)
    )
    survey = arrays([["Siempre", "ALWAYS"], ["no lo usé", 3]], form=FORM.with_scale(scale))
    np.testing.assert_array_equal(survey.perceptions, [[7, 7], [NAN, 3]])
    assert count(survey, "not applicable") == 1


def test_missing_words_are_the_callers(read):
    survey = read(f"{HEADER}\nkA,6,5, K.A. \n6,6,3,2\n", missing=("ka", "k.a."))
    assert (count(survey, "missing"), count(survey, "missing", "expectations")) == (1, 1)
    with pytest.raises(ValueError, match="'NA'"):
        read(f"{HEADER}\nNA,6,5,4\n", missing=("",))
    assert count(read(f"{HEADER}\n7,6,5,?\n", missing="?"), "missing") == 1


def test_true_is_no_answer():
    with pytest.raises(ValueError, match="True"):
        arrays(np.array([[True, False]]))


# ---- off the scale


@pytest.mark.parametrize(
    ("answer", "shown"), [(9, "9"), (0.5, "0.5"), (-1, "-1"), (np.inf, "inf"), (-np.inf, "-inf")]
)
def test_off_the_scale(answer, shown):
    answers = [[5, 4], [3, answer], [answer, 2]]
    with pytest.raises(
        ValueError, match=rf"`perceptions` must lie in 1\.\.7, got {shown} \(row 2, item 'reply'\)"
    ):
        arrays(answers)
    with pytest.warns(UserWarning, match=rf"`perceptions`: 2 .*{shown} \(row 2, item 'reply'\)"):
        survey = arrays(answers, on_invalid="missing")
    np.testing.assert_array_equal(survey.perceptions, [[5, 4], [3, NAN], [NAN, 2]])
    assert (count(survey, "invalid"), count(survey, "missing"), count(survey, "answers")) == (
        2,
        2,
        4,
    )


def test_unknown_words_and_answers_off_the_scale_may_be_missing(read):
    with pytest.warns(UserWarning, match="`perceptions`: 3 ") as said:
        survey = read(f"{HEADER}\n7,6,huh,4\n6,6,9,huh\n", on_invalid="missing")
    assert len(said) == 1
    np.testing.assert_array_equal(survey.perceptions, [[NAN, 4], [NAN, NAN]])
    assert (count(survey, "invalid"), count(survey, "invalid", "expectations")) == (3, 0)


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64, object]
)
def test_off_the_scale_in_every_dtype(dtype):
    raw = np.array([[5, 99], [0, 8]], dtype=dtype)
    with pytest.raises(ValueError, match=r"got 8 \(row 2, item 'reply'\)"):
        arrays(raw)
    with pytest.warns(UserWarning, match="8"):
        survey = arrays(raw, on_invalid="missing")
    np.testing.assert_array_equal(survey.perceptions, [[5, NAN], [NAN, NAN]])
    assert (count(survey, "not applicable"), count(survey, "invalid")) == (2, 1)
    assert raw[0, 1] == 99  # the caller's array is the caller's


def test_unknown_rule():
    with pytest.raises(
        ValueError, match="`on_invalid` must be one of 'error', 'missing', got 'drop'"
    ):
        arrays(on_invalid="drop")


# ---- reverse-keyed items


def test_reversed_item_is_turned_once():
    survey = arrays([[1, 1], [2, 6.5], [3, NAN]], form=TURNED, expectations=[[7, 7]] * 3)
    np.testing.assert_array_equal(survey.perceptions, [[1, 7], [2, 1.5], [3, NAN]])
    assert (count(survey, "turned"), count(survey, "turned", "expectations")) == (2, 3)
    kept = survey.select([True, False, True])
    np.testing.assert_array_equal(kept.perceptions, [[1, 7], [3, NAN]])
    scores = sq.gap_scores(survey)
    assert scores.items.row(item="reply")["perception"] == 4.25  # (7 + 1.5) / 2, not turned back


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float32, np.float64])
def test_turning_leaves_the_callers_array_alone(dtype):
    raw = np.array([[1, 2]], dtype=dtype)
    assert arrays(raw, form=TURNED).perceptions.tolist() == [[1, 6]]
    assert raw.tolist() == [[1, 2]]


def test_turning_on_a_scale_of_halves():
    form = TURNED.with_scale(sq.Scale(0.5, 5))
    assert arrays(np.array([[1, 2]]), form=form).perceptions.tolist() == [[1, 3.5]]


# ---- intake and selection


def test_intake_sums_up(read):
    with pytest.warns(UserWarning, match="`perceptions`: 1 "):
        survey = read(f"{HEADER}\n7,NA,9,always\n0,6,3,\n", form=TURNED, on_invalid="missing")
    for side in ("expectations", "perceptions"):
        steps = {row["step"]: row["count"] for row in survey.intake.rows() if row["side"] == side}
        assert steps["answers"] + steps["missing"] == 4
        assert steps["answers"] == (~np.isnan(survey.side(side))).sum()
        assert steps["missing"] >= steps["not applicable"] + steps["invalid"]
    assert survey.intake.row(step="respondents read")["count"] == 2
    assert count(survey, "not applicable", "expectations") == 1
    assert count(survey, "invalid") == 1


def test_select_keeps_the_record(read):
    text = "id,b,w,Ewait,Ereply,Pwait,Preply\nx,N,1,7,6,5,4\ny,S,2,6,6,3,2\nz,S,3,5,5,5,5\n"
    survey = read(text, by="b", weights="w", respondents="id")
    kept = survey.select([True, False, True], reason="straight line")
    assert (len(kept), len(survey)) == (2, 3)
    assert kept.respondents.tolist() == ["x", "z"]
    assert kept.groups("b").tolist() == ["N", "S"]
    assert kept.weights.tolist() == [1, 3]
    assert kept.intake.row(step="left out: straight line")["count"] == 1
    assert kept.select([False, True]).intake.row(step="left out")["count"] == 1
    assert survey.intake.where(side="").to_dict()["step"] == ["respondents read"]


@pytest.mark.parametrize(
    ("mask", "error", "message"),
    [
        ([0, 1], TypeError, "`mask` must be boolean, got int"),
        ([True], ValueError, r"`mask`.*each of 2 respondents, got .*\(1,\)"),
        ([False, False], ValueError, "`mask` must keep at least one"),
    ],
)
def test_mask_rules(mask, error, message):
    with pytest.raises(error, match=message):
        arrays().select(mask)


# ---- groups, weights, respondents


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["N", "S", None], ["N", "S", "(missing)"]),
        (["N", " S ", " "], ["N", "S", "(missing)"]),
        ([10, 9, 10], ["10", "9", "10"]),
        ([1.0, NAN, 2.5], ["1", "(missing)", "2.5"]),
        ([1, "a", None], ["1", "a", "(missing)"]),
        ([True, False, True], ["True", "False", "True"]),
        ([pd.NA, "a", "b"], ["(missing)", "a", "b"]),
        (pd.array([1, None, 2], dtype="Int64"), ["1", "(missing)", "2"]),
        (pd.array(["a", None, "b"], dtype="string"), ["a", "(missing)", "b"]),
        (pd.Categorical(["a", None, "b"]), ["a", "(missing)", "b"]),
        (np.array([1, 2, 1], dtype=np.uint8), ["1", "2", "1"]),
        ([date(2026, 1, 2)] * 3, ["2026-01-02"] * 3),
        (
            pd.to_datetime(["2026-01-02", None, "2026-01-03"]),
            ["2026-01-02", "(missing)", "2026-01-03"],
        ),
    ],
)
def test_group_labels(labels, expected):
    survey = arrays([[1, 2]] * 3, by={"branch": labels})
    assert [label.removesuffix(" 00:00:00") for label in survey.groups("branch")] == expected
    frame = pd.DataFrame({"wait": [1] * 3, "reply": [2] * 3, "branch": labels})
    survey = sq.survey_from_frame(frame, FORM, perceptions="{item}", by="branch")
    assert [label.removesuffix(" 00:00:00") for label in survey.groups("branch")] == expected


def test_groups_stand_in_their_natural_order():
    labels = ["nan", "10", "b", "9", "inf", "-1", "a"]
    survey = arrays([[1, 2]] * 7, by={"g": labels})
    shown = sq.moments(survey).groups
    numbers = [label for (label,) in shown if label in {"-1", "9", "10"}]
    words = [label for (label,) in shown if label in {"a", "b", "nan"}]
    assert numbers == ["-1", "9", "10"]
    assert words == ["a", "b", "nan"]


def test_labels_are_the_same_from_every_source(read):
    text = read("g,wait,reply\n3,1,2\n12,1,2\n", by="g", perceptions="{item}", expectations=None)
    frame = pd.DataFrame({"g": [3.0, 12.0], "wait": 1, "reply": 2})
    found = sq.survey_from_frame(frame, FORM, perceptions="{item}", by="g")
    assert text.groups("g").tolist() == found.groups("g").tolist() == ["3", "12"]


@pytest.mark.parametrize("name", ["item", "dimension", "n", "gap", "undefined"])
def test_group_column_named_as_a_result_column_is_not_overwritten(name):
    survey = arrays(by={name: ["N", "S"]}, expectations=E)
    try:
        items = sq.gap_scores(survey, by=name).items
    except ValueError as error:
        assert f"'{name}'" in str(error)  # noqa: PT017
    else:
        assert len(items.columns) == 3 + 14  # keys, and the columns of design.md, 4


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ([1, -1], ValueError),
        ([1, NAN], ValueError),
        ([1, np.inf], ValueError),
        ([1, None], (TypeError, ValueError)),
        (["a", "b"], (TypeError, ValueError)),
        ([1], ValueError),
        ([[1], [1]], ValueError),
    ],
)
def test_weights_rules(weights, error):
    with pytest.raises(error, match="`weights`"):
        arrays(weights=weights)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("-1", r"`weights` must be 0 or lie in 1e-100..1e100, got -1\.0 \(row 2"),
        ("", r"`weights` must be numbers, got '' \(row 2"),
        ("heavy", r"`weights` must be numbers, got 'heavy' \(row 2"),
    ],
)
def test_weights_in_a_file(read, cell, message):
    with pytest.raises(ValueError, match=message):
        read(f"w,{HEADER}\n1,7,6,5,4\n{cell},6,6,3,2\n", weights="w")


@pytest.mark.parametrize("respondents", [["a"], [["a"], ["b"]]])
def test_respondents_rules(respondents):
    with pytest.raises((TypeError, ValueError), match="`respondents`"):
        arrays(respondents=respondents)


def test_respondents_are_numbered_from_1():
    assert arrays().respondents.tolist() == [1, 2]


def test_groups_of_another_length():
    with pytest.raises(ValueError, match=r"by\['branch'\].*2 respondents, got shape \(3,\)"):
        arrays(by={"branch": "NSN"})


@pytest.mark.parametrize("share", [-0.1, 1.1, NAN, "half"])
def test_min_answered_is_a_share(share):
    with pytest.raises((TypeError, ValueError), match="`min_answered`"):
        arrays(min_answered=share)


# ---- arrays


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.float32, np.float64])
def test_dtype_is_kept_without_a_copy(dtype):
    raw = np.asfortranarray(P.astype(dtype))
    survey = arrays(raw)
    assert survey.perceptions.dtype == dtype
    assert np.shares_memory(survey.perceptions, raw)
    assert raw.flags.writeable


@pytest.mark.parametrize("part", ["perceptions", "expectations", "respondents", "weights"])
@pytest.mark.parametrize("change", [lambda s: s, lambda s: s.select([True, False])])
def test_survey_is_read_only(part, change):
    survey = change(arrays(expectations=E, weights=[1, 2], respondents=["a", "b"]))
    with pytest.raises(ValueError, match="read-only"):
        getattr(survey, part)[0] = 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"perceptions": [[1, 2, 3]]}, "`perceptions` must have a column for each of the 2 items"),
        ({"perceptions": [1, 2]}, r"`perceptions` must be a table.*\(2,\)"),
        ({"perceptions": [[1, 2], [3]]}, "`perceptions` must be a table.*different lengths"),
        ({"perceptions": np.ones((2, 2, 2))}, r"`perceptions` must be a table.*\(2, 2, 2\)"),
        ({"perceptions": np.empty((0, 2))}, "at least one respondent, got none"),
        (
            {"perceptions": P, "expectations": E[:1]},
            "same respondents.*1.*2|same respondents.*2.*1",
        ),
        ({"perceptions": P, "expectations": E[:, :1]}, "`expectations`.*each of the 2 items"),
    ],
)
def test_shapes(given, message):
    with pytest.raises(ValueError, match=message):
        sq.survey_from_arrays(FORM, **given)


def test_instrument_itself_is_wanted(tmp_path):
    for call in (
        lambda: sq.survey_from_arrays("servqual", perceptions=P),
        lambda: sq.read_survey(tmp_path / "x.csv", "servqual", perceptions="P{n}"),
        lambda: sq.survey_from_frame(FRAME, "servqual", perceptions="P{item}"),
    ):
        with pytest.raises(
            TypeError,
            match=r"`instrument` must be .*Instrument, got .* str; sq\.instrument\(code\) takes",
        ):
            call()


def test_masked_entries_are_missing():
    survey = arrays(np.ma.masked_equal(P, 3))
    assert count(survey, "missing") == 1
    np.testing.assert_array_equal(np.asarray(survey.perceptions), [[5, 4], [NAN, 2]])


def test_lists_of_words_and_nothing():
    survey = arrays([[5, None], ["always", "4"]])
    np.testing.assert_array_equal(survey.perceptions, [[5, NAN], [7, 4]])


def test_whole_side_missing():
    survey = arrays(np.full((2, 2), NAN), expectations=E)
    assert (count(survey, "answers"), count(survey, "missing")) == (0, 4)


@pytest.mark.parametrize("side", ["minimums", "importances"])
def test_other_sides(side):
    survey = arrays(**{side: E})
    assert survey.sides == ("perceptions", side)
    np.testing.assert_array_equal(getattr(survey, side), E)
    np.testing.assert_array_equal(survey.side(side, "speed"), E)


def test_unknown_side_dimension_or_group():
    survey = arrays(by={"branch": ["N", "S"]})
    for ask, message in (
        (lambda: survey.expectations, "`side`: 'expectations' is unknown.*'perceptions'"),
        (lambda: survey.side("perceptions", "sped"), "'sped' is unknown; the nearest are 'speed'"),
        (lambda: survey.groups("brnch"), "'brnch' is unknown; the nearest are 'branch'"),
    ):
        with pytest.raises(ValueError, match=message):
            ask()


def test_surveys_compare_by_identity():
    survey = arrays()
    assert survey == survey  # noqa: PLR0124
    assert survey != arrays()
    assert len({survey, arrays()}) == 2


# ---- files of other kinds


def test_parquet(tmp_path):
    file = tmp_path / "answers.parquet"
    parquet.write_table(pa.table({"g": ["N", None], **FRAME.to_dict("list")}), file)
    survey = sq.read_survey(file, FORM, by="g", **SIDES)
    same(survey)
    assert survey.groups("g").tolist() == ["N", "(missing)"]


def test_excel(tmp_path):
    file = tmp_path / "answers.xlsx"
    frame = FRAME.assign(g=["N", None]).astype({"Pwait": object})
    frame.loc[1, "Pwait"] = None
    frame.loc[0, "Pwait"] = "always"
    frame.to_excel(file, index=False)
    survey = sq.read_survey(file, FORM, by="g", **SIDES)
    same(survey, E, [[7, 4], [NAN, 2]])
    assert survey.groups("g").tolist() == ["N", "(missing)"]


def test_excel_rows_may_end_early(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook(write_only=True)  # writes each row as long as it is, and no size
    sheet = book.create_sheet()
    for row in ([*FRAME.columns], [7, 6, 5, 4], [6, 6, 3], [], [None]):
        sheet.append(row)
    book.save(tmp_path / "answers.xlsx")
    same(sq.read_survey(tmp_path / "answers.xlsx", FORM, **SIDES), E, [[5, 4], [3, NAN]])


@pytest.mark.parametrize("suffix", [".sav", ".dta"])
def test_statistics_files(tmp_path, suffix):
    pyreadstat = pytest.importorskip("pyreadstat")
    file = tmp_path / f"answers{suffix}"
    frame = FRAME.assign(g=["N", ""]).astype({"Preply": float})
    frame.loc[1, "Preply"] = NAN
    write = pyreadstat.write_sav if suffix == ".sav" else pyreadstat.write_dta
    write(frame, str(file))
    survey = sq.read_survey(file, FORM, by="g", **SIDES)
    same(survey, E, [[5, 4], [3, NAN]])
    assert survey.groups("g").tolist() == ["N", "(missing)"]


# ---- frames

COLUMNS = FRAME.to_dict("list")
GAPPY = {**COLUMNS, "Preply": [4, None]}


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.astype("Int64"),
        FRAME.astype("float32"),
        FRAME.astype("category"),
        FRAME.astype(object),
        FRAME.astype(str),
        FRAME.astype("int64[pyarrow]"),
        FRAME.set_axis([7, 7]),
        pl.DataFrame(COLUMNS),
        pl.DataFrame(COLUMNS).cast(pl.UInt8),
        pl.DataFrame(COLUMNS).cast(pl.Decimal(5, 1)),
        pl.DataFrame(COLUMNS).cast(pl.String).cast(pl.Categorical),
        pl.DataFrame(COLUMNS).lazy(),
        pa.table(COLUMNS),
        pa.table(COLUMNS).cast(pa.schema([(name, pa.float32()) for name in COLUMNS])),
    ],
)
def test_frames(frame):
    same(framed(frame))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(GAPPY),
        pd.DataFrame(GAPPY).astype("Int64"),
        pd.DataFrame(GAPPY).astype(object),
        pd.DataFrame(GAPPY).astype("category"),
        pd.DataFrame({**COLUMNS, "Preply": pd.Series([4, pd.NA], dtype=object)}),
        pl.DataFrame(GAPPY),
        pl.DataFrame(GAPPY).lazy(),
        pl.DataFrame(GAPPY).cast(pl.String),
        pl.DataFrame({**COLUMNS, "Preply": [4.0, NAN]}),
        pa.table(GAPPY),
    ],
)
def test_frames_with_nothing_in_a_cell(frame):
    survey = framed(frame)
    same(survey, E, [[5, 4], [3, NAN]])
    assert count(survey, "missing") == 1


def test_frame_with_duplicate_headers():
    frame = FRAME.set_axis(["wait", "reply", "wait", "reply"], axis=1)
    for table in (
        frame,
        pa.table([pa.array(column) for column in COLUMNS.values()], list(frame.columns)),
    ):
        same(framed(table, expectations=[0, 1], perceptions=[2, 3]))
        with pytest.raises(ValueError, match="2 columns 'wait', at the places 0, 2"):
            framed(table, expectations=None, perceptions="{item}")


def test_frame_with_numbers_for_headers():
    frame = FRAME.set_axis(range(1, 5), axis=1)
    same(framed(frame, expectations=["1", "2"], perceptions=["3", "4"]))


@pytest.mark.parametrize("cells", [["5", "x"], [[5], [6]], [date(2026, 1, 1)] * 2, [b"5", b"x"]])
def test_frame_with_something_else_in_it(cells):
    with pytest.raises((TypeError, ValueError), match=r"`perceptions`.*\(row \d, item 'reply'\)"):
        framed(pl.DataFrame({**COLUMNS, "Preply": cells}))


@pytest.mark.parametrize(
    "frame", [FRAME.iloc[:0], pl.DataFrame(COLUMNS).clear(), pa.table(COLUMNS)[:0]]
)
def test_frame_without_rows(frame):
    with pytest.raises(ValueError, match="at least one respondent, got none"):
        framed(frame)


def test_no_frame_at_all():
    with pytest.raises(TypeError, match=r"data frame.*got a list"):
        framed([[7, 6, 5, 4]])


def test_reading_warns_of_nothing_else(read):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(read(TABLE))
        same(framed(FRAME))


# ---- the same columns in one pass


@pytest.mark.parametrize("weights", ["w", 2])
@pytest.mark.parametrize(
    "sides", [SIDES, {"expectations": range(3, 5), "perceptions": range(5, 7)}]
)
@pytest.mark.parametrize("by", ["g", 1, ()])
def test_lazy_frame_is_read_by_name_and_by_place(weights, sides, by):
    frame = pl.DataFrame({"id": [8, 9], "g": ["N", "S"], "w": [1.0, 3.0], **COLUMNS})
    asked = {"weights": weights, "by": by, **sides}
    expected = sq.moments(sq.survey_from_frame(frame, FORM, **asked))
    assert sq.moments(frame, FORM, **asked) == expected
    assert sq.moments(frame.lazy(), FORM, **asked) == expected


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("Pwait", 9, r"`perceptions`.*got 9 \(row 4, item 'wait'\)"),
        ("w", -1, r"`weights`.*got -1.* \(row 4"),
        ("w", "x", r"`weights`.*got 'x' \(row 4"),
    ],
)
def test_rows_in_messages_are_counted_over_all_batches(column, value, message):
    first = FRAME.assign(w=1)
    second = first.astype(object)
    second.loc[1, column] = value
    with pytest.raises(ValueError, match=message):
        sq.moments([first, second], FORM, weights="w", **SIDES)


@pytest.mark.parametrize("answers", ["answers.csv", [[7, 6, 5, 4]], 3])
def test_one_pass_over_no_table(answers):
    with pytest.raises(TypeError, match=r"data frame|must be a table"):
        sq.moments(answers, FORM, **SIDES)


def test_the_same_columns_for_two_sides_are_refused(read):
    with pytest.raises(ValueError, match="`expectations` and `perceptions` must have different"):
        read(f"{HEADER}\n7,6,5,4\n", expectations=[0, 1], perceptions=[0, 1])


def test_words_of_another_code_are_no_answer():
    scale = sq.Scale(1, 7, anchors={1: "bad", 7: "good"})
    answers = [["7 - good", "1: bad"], ["5 - fair", "7 - bad"]]
    with pytest.raises(ValueError, match=r"'7 - bad' \(row 2, item 'reply'\)"):
        sq.survey_from_arrays(FORM.with_scale(scale), perceptions=answers)
    answers[1][1] = "GOOD"
    found = sq.survey_from_arrays(FORM.with_scale(scale), perceptions=answers)
    assert found.perceptions.tolist() == [[7, 1], [5, 7]]


def test_intake_says_which_answers_were_seen():
    note = arrays(np.array([[2, 5], [3, NAN]])).intake.note
    assert "on the scale 1 to 7: perceptions 2 to 5" in note


def test_decimal_commas_of_weights(read):
    survey = read(f"w;{HEADER.replace(',', ';')}\n0,5;7;6;5;4\n2;6;6;3;2\n", weights="w")
    assert survey.weights.tolist() == [0.5, 2]


def test_many_different_unknown_texts_take_linear_time():
    texts = np.array([[f"free text {n}", 4] for n in range(20_000)], dtype=object)
    with pytest.warns(UserWarning, match="20000 answers"):
        survey = arrays(texts, on_invalid="missing")
    assert survey.intake.row(step="invalid", side="perceptions")["count"] == 20_000


@pytest.mark.parametrize("wrong", [pd.DataFrame(), 3])
def test_a_path_is_wanted(wrong):
    with pytest.raises(TypeError, match=r"`path` must be str or Path.*survey_from_frame"):
        sq.read_survey(wrong, FORM, perceptions="{item}")


def test_an_extra_that_is_not_installed_is_named(tmp_path, monkeypatch):
    file = tmp_path / "answers.xlsx"
    file.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ImportError, match="openpyxl: python -m pip install openpyxl"):
        sq.read_survey(file, FORM, perceptions="{item}")
