"""Table: rows and columns, and the forms in which it leaves the library."""

import csv
import html.parser
import io

import attrs
import numpy as np
import pytest

from servqual import Table

NAN = float("nan")
HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "a\\|b",
    "=SUM(A1)",
    "+1",
    "-2+3",
    "@x",
    "\t=1",
    "\r=1",
    "two\nlines",
    "old\rmac",
    'say "hi", & <b>',
    "50 % of $_{x}^2 ~ #1 \\input{x}",
    "[0.1",
    "*",
    "친절",
    "",
]


def table(**columns):
    data = {"branch": ["N", "N", "S"], "item": ["a", "b", "a"], "gap": [-0.5, NAN, 0.25]}
    return Table(title="Gaps", keys=("branch", "item"), data=data | columns, note="paired")


def hostile():
    labels = [*HOSTILE]
    return Table(title="T", keys=("label",), data={"label": labels, "gap": [-1.0] * len(labels)})


# ---- inside


def test_reading():
    gaps = table()
    assert len(gaps) == 3
    assert gaps.columns == ("branch", "item", "gap")
    assert gaps["gap"][0] == -0.5
    assert gaps.row(branch="S", item="a") == {"branch": "S", "item": "a", "gap": 0.25}
    assert gaps.where(branch="N").to_dict()["item"] == ["a", "b"]
    assert gaps.where(branch="N").note == "paired"
    assert [row["branch"] for row in gaps.rows()] == ["N", "N", "S"]
    assert gaps.where(branch="N").where(item="a") == gaps.where(branch="N", item="a")


def test_rows_and_dicts_hold_plain_values():
    counts = Table(title="", keys=(), data={"n": np.arange(2), "ok": np.array([True, False])})
    assert counts.to_dict() == {"n": [0, 1], "ok": [True, False]}
    assert [type(value) for value in next(counts.rows()).values()] == [int, bool]


@pytest.mark.parametrize("label", [2024, "2024"])
def test_label_of_a_text_column_may_be_a_number(label):
    years = Table(title="", keys=("year",), data={"year": ["2023", "2024"], "n": [1, 2]})
    assert years.row(year=label)["n"] == 2


def test_take_in_order_and_none():
    gaps = table()
    assert gaps.take([2, 0])["gap"].tolist() == [0.25, -0.5]
    assert gaps.take(gaps["gap"] < 0)["item"].tolist() == ["a"]
    assert len(gaps.take(np.zeros(3, bool))) == 0
    assert len(gaps.take([])) == 0


def test_select_has_the_keys_and_the_columns_in_order():
    wide = table(n=[3, 4, 5], sd=[1.0, 2.0, NAN])
    chosen = wide.select("sd", "gap")
    assert chosen.columns == ("branch", "item", "sd", "gap")
    assert (chosen.keys, chosen.title, chosen.note) == (wide.keys, wide.title, wide.note)
    assert chosen["gap"].tolist()[::2] == [-0.5, 0.25]
    assert wide.select().columns == wide.keys
    assert wide.select("n", "item").columns == ("branch", "item", "n")  # a key has its place
    assert chosen.to_latex(digits=2).count(r"\\") == 4


def test_select_takes_names_one_by_one():
    with pytest.raises(TypeError, match=r"`columns` must be str, .* one by one"):
        table().select(["gap"])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda t: t.select("gap", "gpa"), "`columns`: 'gpa' is unknown; the nearest are 'gap'"),
        (lambda t: t.select("gap", "gap"), "`columns` must be different .* 'gap' twice"),
        (lambda t: t["gpa"], "'gpa' is unknown; the nearest are 'gap'"),
        (lambda t: t.where(brnch="N"), "'brnch' is unknown; the nearest are 'branch'"),
        (lambda t: t.where(branch="M"), "no row where branch is 'M'; there are 'N', 'S'"),
        (lambda t: t.row(branch="N"), "2 rows have .*'N'.*branch, item"),
        (lambda t: t.row(branch="S", item="b"), "0 rows have"),
        (lambda t: t.to_frame("pandsa"), "`kind` must be one of 'pandas'.*got 'pandsa'"),
    ],
)
def test_errors_name_what_is_near(ask, message):
    with pytest.raises(ValueError, match=message):
        ask(table())


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"keys": ("item",), "data": {"gap": [1]}}, "`keys`: 'item' is unknown"),
        ({"keys": (), "data": {"a": [1], "b": [1, 2]}}, "one length"),
        ({"keys": (), "data": {"a": [[1, 2]]}}, "one length"),
        ({"keys": (), "data": [("a", [1]), ("a", [2])]}, "'a' twice"),
        ({"keys": ("a", "a"), "data": {"a": [1]}}, "'a' twice"),
    ],
)
def test_rules(parts, message):
    with pytest.raises(ValueError, match=message):
        Table(title="", **parts)


def test_frozen_and_read_only():
    raw = np.array([-0.5, NAN, 0.25])
    gaps = table(gap=raw)
    raw[0] = 9
    assert gaps["gap"][0] == -0.5
    with pytest.raises(ValueError, match="read-only"):
        gaps["gap"][0] = 9
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        gaps.title = "x"


def test_equal_by_value_nan_included():
    assert table() == table()
    assert table() != table(gap=[-0.5, NAN, NAN])
    assert table() != attrs.evolve(table(), note="")
    assert table() != table().take([0, 1])


# ---- outside


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_to_frame(kind):
    frame = table().to_frame(kind)
    assert type(frame).__module__.split(".")[0] == kind
    assert [str(label) for label in frame["branch"]] == ["N", "N", "S"]
    np.testing.assert_array_equal(np.array(frame["gap"], dtype=float), [-0.5, NAN, 0.25])


def test_frames_are_the_callers_own():
    gaps = table()
    frame = gaps.to_frame("pandas")
    frame.loc[0, "gap"] = 9
    assert gaps["gap"][0] == -0.5


FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection


def test_csv_is_exact_and_runs_no_formula():
    third = [1 / 3, 1e-300, NAN]
    text = table(gap=third, n=[1, 2, 3], undefined=["", "", "one respondent"]).to_csv()
    heads, *rows = csv.reader(io.StringIO(text, newline=""))
    assert heads == ["branch", "item", "gap", "n", "undefined"]
    assert [float(row[2] or "nan") for row in rows[:2]] == third[:2]
    assert rows[2] == ["S", "a", "", "3", "one respondent"]


def test_csv_of_hostile_labels():
    rows = list(csv.reader(io.StringIO(hostile().to_csv(), newline="")))[1:]
    assert len(rows) == len(HOSTILE)
    for (cell, number), label in zip(rows, HOSTILE, strict=True):
        assert not cell.startswith(FORMULAS)
        assert cell.removeprefix("'") == label
        assert number == "-1.0"  # a number is no formula


def test_csv_of_hostile_column_name():
    assert Table(title="", keys=(), data={"=1+1": [1]}).to_csv().startswith("'=1+1\r\n")


class Cells(html.parser.HTMLParser):
    """The tags of a text and the words of its cells."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


@pytest.mark.parametrize("form", [Table.to_html, Table._repr_html_])
def test_html_escapes_every_text(form):
    nasty = '<img src=x onerror="a">'
    text = form(Table(title=nasty, keys=(nasty,), data={nasty: [*HOSTILE, "z"]}, note=nasty))
    found = Cells(text)
    assert found.tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert [cell.split() for cell in found.cells[:-1]] == [label.split() for label in HOSTILE]
    assert text.count("&lt;img") == 3


def cut_cells(line):
    """Cut a Markdown row as GitHub does (GFM 4.10): a backslash guards the sign after it."""
    cells, guarded = [""], False
    for letter in line:
        if letter == "|" and not guarded:
            cells.append("")
        else:
            cells[-1] += letter
        guarded = letter == "\\" and not guarded
    return cells[1:-1]


def test_markdown_has_a_row_a_label():
    lines = hostile().to_markdown().splitlines()
    rows = [cut_cells(line) for line in lines if line.startswith("|")][2:]
    assert len(rows) == len(HOSTILE)
    assert {len(row) for row in rows} == {2}
    assert "<script" not in "".join(lines)


def test_latex_escapes():
    text = Table(
        title="", keys=(), data={"50 %": ["a & b", "$x_1^2$", "#{~}", "\\input"]}
    ).to_latex()
    for shown in (r"50 \%", r"a \& b", r"\$x\_1\textasciicircum{}2\$", r"\textbackslash{}input"):
        assert shown in text
    assert r"\#\{\textasciitilde{}\}" in text


def test_latex_title_stays_a_comment():
    text = attrs.evolve(table(), title="a\n\\input{x}", note="b\r\\input{y}").to_latex()
    before = text.partition(r"\begin{tabular}")[0]
    assert all(line.startswith("%") for line in before.splitlines())


@pytest.mark.parametrize("label", ["[0, 1]", "*", "  [x"])
def test_latex_label_is_no_argument_of_the_line_break(label):
    rows = Table(title="", keys=(), data={"k": ["a", label]}).to_latex().splitlines()
    assert not any(row.lstrip().startswith(("[", "*")) for row in rows)


@pytest.mark.parametrize(
    "form", [str, Table.to_markdown, Table.to_html, Table.to_latex, Table._repr_html_]
)
def test_shown_numbers(form):
    text = form(table(p=[0.0001, 0.5, NAN], undefined=["", "", ""]))
    assert "–" in text or "--" in text  # NaN
    assert "nan" not in text
    assert "0.250" in text
    assert "0.000" not in text  # a small number is not nothing
    assert "undefined" not in text
    assert "paired" in text
    assert "one respondent" in form(table(undefined=["", "one respondent", ""]))


def test_undefined_is_hidden_from_readers_not_from_programs():
    plain = table(undefined=["", "", ""])
    assert "undefined" in plain.columns
    assert "undefined" in plain.to_csv()
    assert "undefined" in plain.to_frame("pandas").columns


@pytest.mark.parametrize("form", [Table.to_markdown, Table.to_html, Table.to_latex, Table.to_text])
def test_digits(form):
    text = form(table(), digits=1)
    assert "0.2" in text
    assert "0.25" not in text


def test_long_table_is_cut_on_screen_only():
    long = Table(title="", keys=("n",), data={"n": np.arange(1000, 1100)})
    for shown in (str(long), long._repr_html_()):
        assert "1039" in shown
        assert "1040" not in shown
        assert "60 more rows" in shown
    for kept in (long.to_markdown(), long.to_html(), long.to_latex(), long.to_csv()):
        assert "1099" in kept
        assert "more rows" not in kept


@pytest.mark.parametrize("name", ["to_csv", "to_markdown", "to_html", "to_latex"])
def test_written_where_asked(tmp_path, name):
    file = tmp_path / "table.txt"
    text = getattr(hostile(), name)(file)
    assert file.read_bytes().decode("utf-8") == text == getattr(hostile(), name)()


@pytest.mark.parametrize(
    "form", [str, Table.to_markdown, Table.to_html, Table.to_latex, Table.to_csv]
)
def test_table_without_rows_has_its_columns(form):
    assert "branch" in form(table().take(np.zeros(3, bool)))


def test_texts_that_are_missing_go_into_every_frame():
    ids = Table(title="", keys=("id",), data={"id": np.array(["a", None, 3], dtype=object)})
    for kind in ("pandas", "polars", "pyarrow"):
        assert len(ids.to_frame(kind)) == 3
    assert len(ids.to_csv().splitlines()) == 4


def test_numbers_as_text_are_no_formula():
    texts = Table(title="", keys=(), data={"gap": ["-0.71", "-1", "-1+1", "=1"]}).to_csv()
    assert texts.splitlines()[1:] == ["-0.71", "-1", "'-1+1", "'=1"]


def test_csv_for_excel(tmp_path):
    table().to_csv(tmp_path / "t.csv", encoding="utf-8-sig")
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfbranch")


def test_labels_are_compared_as_text_where_one_is_a_text():
    numbers = Table(title="", keys=("k",), data={"k": [1, 2], "mixed": np.array([1, "a"], object)})
    assert numbers.row(k="2") == numbers.row(k=2) == {"k": 2, "mixed": "a"}
    assert numbers.row(mixed=1)["k"] == 1


def test_keys_are_a_sequence():
    with pytest.raises(TypeError, match="`keys` must be list or tuple"):
        Table(title="", keys="item", data={"item": [1]})


def test_rows_in_the_order_of_columns():
    data = {"unit": [*"abcd"], "size": [2, 1, 2, 1], "mean": [np.nan, 3.0, 5.0, 4.0]}
    table = Table(title="", keys=("unit",), data=data)
    assert table.sort("size")["unit"].tolist() == [*"bdac"]  # equal ones stay
    assert table.sort("size", descending=True)["unit"].tolist() == [*"acbd"]
    assert table.sort("mean")["unit"].tolist() == [*"bdca"]  # undefined ones last
    assert table.sort("mean", descending=True)["unit"].tolist() == [*"cdba"]
    assert table.sort("size", "mean")["unit"].tolist() == [*"bdca"]
    assert table.sort("unit", descending=True)["unit"].tolist() == [*"dcba"]
    assert table.sort() == table
    with pytest.raises(ValueError, match=r"`columns`: 'means' is unknown.*'mean'"):
        table.sort("means")


def test_one_row_too_many_is_shown():
    text = str(Table(title="", keys=("unit",), data={"unit": range(41)}))
    assert "more rows" not in text
    assert "40" in text
