"""The one labelled result table, and the forms in which it can be read."""

import csv
import html
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    choice,
    distinct,
    equal_arrays,
    frozen_array,
    instance,
    named,
    nearest,
    needed,
)

__all__ = ["Result", "Table", "interval_note", "noted", "readable"]

FRAMES = ("pandas", "polars", "pyarrow")
REASONS = ("caution", "lacking", "undefined")  # columns that are shown where they say something
ROWS_ON_SCREEN = 40  # a longer table is cut where it is shown, never where it is exported
WHOLE = {"rank", "df", "df1", "df2"}  # columns whose numbers may be whole
_number = re.compile(r"-?\d+(\.\d+)?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what makes a spreadsheet run a text cell


def _names(value: Iterable[str]) -> tuple[str, ...]:
    instance("keys", value, list, tuple)
    return tuple(value)


def _columns(
    value: Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
) -> tuple[tuple[str, NDArray[Any]], ...]:
    entries = value.items() if isinstance(value, Mapping) else value
    return tuple((name, _cells(cells)) for name, cells in entries)


def _cells(column: ArrayLike) -> NDArray[Any]:
    """Take a column of numbers, booleans or texts; mixed ones become texts."""
    cells = np.asarray(column)
    return frozen_array(cells.astype(str) if cells.dtype.kind == "O" else cells)


def _equal_columns(
    first: tuple[tuple[str, NDArray[Any]], ...], second: tuple[tuple[str, NDArray[Any]], ...]
) -> bool:
    return [name for name, _ in first] == [name for name, _ in second] and all(
        equal_arrays(mine, other) for (_, mine), (_, other) in zip(first, second, strict=True)
    )


@attrs.frozen(kw_only=True, repr=False)
class Table:
    """A labelled table of results: key columns, then value columns, one row an estimate.

    Parameters
    ----------
    title : str
        What the table shows.
    keys : tuple of str
        The names of the columns that tell the rows apart.
    data : mapping of str to array_like
        The columns in their order, keys first; all of one length.
    note : str
        What holds for the whole table, such as the method of its intervals.

    Examples
    --------
    >>> table = Table(title="Gaps", keys=("item",), data={"item": ["a", "b"], "gap": [-0.5, 0.25]})
    >>> table["gap"]
    array([-0.5 ,  0.25])
    >>> table.row(item="b")
    {'item': 'b', 'gap': 0.25}
    >>> table
    Gaps
    item     gap
    a     -0.500
    b      0.250
    """

    title: str
    keys: tuple[str, ...] = attrs.field(converter=_names)
    data: tuple[tuple[str, NDArray[Any]], ...] = attrs.field(
        converter=_columns,
        eq=attrs.cmp_using(eq=_equal_columns),
        hash=False,
    )
    note: str = ""

    def __attrs_post_init__(self) -> None:
        distinct("column names", self.columns)
        distinct("keys", self.keys)
        sizes = {name: cells.shape for name, cells in self.data}
        if len(set(sizes.values())) > 1 or any(len(shape) != 1 for shape in sizes.values()):
            msg = f"columns must be of one length, got {sizes}"
            raise ValueError(msg)
        for key in self.keys:
            named("keys", key, self.columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self.data)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.data[0][1]) if self.data else 0

    def __getitem__(self, column: str) -> NDArray[Any]:
        """Return a column as an array."""
        return dict(self.data)[named("column", column, self.columns)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict of plain Python values."""
        lists = [cells.tolist() for _, cells in self.data]
        for row in zip(*lists, strict=True):
            yield dict(zip(self.columns, row, strict=True))

    def where(self, **labels: object) -> "Table":
        """Return the rows in which every named column has the given label.

        Parameters
        ----------
        **labels
            Column names and the label wanted in each; in a text column, a label is compared as
            text. A label that no row has is an error in a key column, which is likely a slip, and
            makes an empty table in others.

        Raises
        ------
        ValueError
            If a column, or the label of a key, does not exist.

        Examples
        --------
        >>> table = Table(title="", keys=("branch",), data={"branch": ["N", "S"], "gap": [1, 2]})
        >>> table.where(branch="S").to_dict()
        {'branch': ['S'], 'gap': [2]}
        """
        keep = np.ones(len(self), dtype=bool)
        for column, label in labels.items():
            cells = self[column]
            texts = cells.dtype.kind == "U" or isinstance(label, str)
            found = cells.astype(str) == str(label) if texts else np.asarray(cells == label)
            if column in self.keys and not found.any():
                known = list(map(str, dict.fromkeys(cells.tolist())))
                msg = f"no row where {column} is {label!r}{nearest(str(label), known)}"
                raise ValueError(msg)
            keep &= found
        return self.take(keep)

    def row(self, **labels: object) -> dict[str, Any]:
        """Return the only row with the given labels as a dict of plain Python values.

        Parameters
        ----------
        **labels
            Column names and the label wanted in each.

        Raises
        ------
        ValueError
            If no row or more than one has them.
        """
        found = list(self.where(**labels).rows())
        if len(found) != 1:
            msg = f"{len(found)} rows have {labels}; name the keys {', '.join(self.keys)}"
            raise ValueError(msg)
        return found[0]

    def take(self, rows: ArrayLike) -> "Table":
        """Return some rows, named by places or by a mask, in the order given.

        Parameters
        ----------
        rows : array_like of int or bool
            The rows.

        Examples
        --------
        >>> table = Table(title="", keys=("item",), data={"item": ["a", "b"], "gap": [0.5, -1.0]})
        >>> table.take(np.argsort(table["gap"]))["item"].tolist()
        ['b', 'a']
        """
        places = np.asarray(rows)
        places = places if places.size else np.empty(0, dtype=int)
        return attrs.evolve(self, data={name: cells[places] for name, cells in self.data})

    def sort(self, *columns: str, descending: bool = False) -> "Table":
        """Return the rows in the order of some columns, the first of them first.

        Rows that are equal stay as they stand; undefined numbers come last.

        Parameters
        ----------
        *columns : str
            The columns.
        descending : bool
            Largest first.

        Raises
        ------
        ValueError
            If a column does not exist; the message has the nearest.

        Examples
        --------
        >>> table = Table(title="", keys=("item",), data={"item": ["a", "b"], "gap": [0.5, -1.0]})
        >>> table.sort("gap")["item"].tolist()
        ['b', 'a']
        """
        order = np.arange(len(self))
        for name in reversed(columns):
            cells = self[named("columns", name, self.columns)]
            _, codes = np.unique(cells, return_inverse=True)
            codes = -codes if descending else codes
            if cells.dtype.kind == "f":
                codes = np.where(np.isnan(cells), len(cells), codes)
            order = order[np.argsort(codes[order], kind="stable")]
        return self.take(order)

    def select(self, *columns: str) -> "Table":
        """Return the keys and the columns named, in this order: a wide table on a narrow page.

        Parameters
        ----------
        *columns : str
            The value columns.

        Raises
        ------
        ValueError
            If a column does not exist; the message has the nearest.

        Examples
        --------
        >>> table = Table(title="", keys=("item",), data={"item": ["a"], "n": [9], "gap": [0.5]})
        >>> table.select("gap").columns
        ('item', 'gap')
        """
        instance("columns", columns[0] if columns else "", str, hint="; name them one by one")
        wanted = [named("columns", name, self.columns) for name in columns]
        data = {name: self[name] for name in (*self.keys, *distinct("columns", wanted))}
        return attrs.evolve(self, data=data)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return the columns as plain lists."""
        return {name: cells.tolist() for name, cells in self.data}

    def to_frame(self, kind: Literal["pandas", "polars", "pyarrow"] = "pandas") -> Any:  # noqa: ANN401 (a frame of the library that was asked for)
        """Return the table as a data frame of the library that is named.

        Parameters
        ----------
        kind : {"pandas", "polars", "pyarrow"}
            The library, which must be installed.
        """
        choice("kind", kind, FRAMES)
        columns = {name: cells.copy() for name, cells in self.data}
        if kind == "pandas":
            return needed("pandas").DataFrame(columns)
        if kind == "polars":
            return needed("polars").DataFrame(columns)
        return needed("pyarrow").table(columns)

    def to_csv(self, path: str | Path | None = None, *, encoding: str = "utf-8") -> str:
        """Return the table as comma-separated text in full precision, and write it where asked.

        Undefined numbers are empty cells. A text that a spreadsheet would run as a formula gets
        an apostrophe in front. Excel wants ``encoding="utf-8-sig"`` to know letters and signs.
        """
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\r\n")  # as RFC 4180
        writer.writerow([_inert(name) for name in self.columns])
        for row in self.rows():
            writer.writerow([_cell(value) for value in row.values()])
        return _written(sheet.getvalue(), path, encoding)

    def to_markdown(self, path: str | Path | None = None, *, digits: int = 3) -> str:
        """Return the table as a Markdown table, and write it where asked."""

        def escape(cell: str) -> str:
            return html.escape(_line(cell), quote=False).replace("\\", "\\\\").replace("|", "\\|")

        columns, numeric = self._shown(digits)
        heads, *rows = zip(*columns, strict=True)
        rule = ["---:" if number else ":---" for number in numeric]
        lines = [heads, rule, *rows]
        body = "\n".join("| " + " | ".join(map(escape, line)) + " |" for line in lines)
        title, note = escape(self.title), escape(self.note)
        return _written(_blocks(title and f"**{title}**", body, note), path)

    def to_html(self, path: str | Path | None = None, *, digits: int = 3) -> str:
        """Return the table as an HTML table with every label escaped, and write it where asked."""
        return _written(self._html(digits, len(self)), path)

    def to_latex(self, path: str | Path | None = None, *, digits: int = 3) -> str:
        """Return the table as a LaTeX tabular (package booktabs), and write it where asked."""
        columns, numeric = self._shown(digits)
        heads, *rows = (" & ".join(map(_latex, line)) for line in zip(*columns, strict=True))
        form = "".join("r" if number else "l" for number in numeric)
        lines = [f"% {_line(words)}" for words in (self.title, self.note) if words]
        lines += [rf"\begin{{tabular}}{{{form}}}", r"\toprule", heads + r" \\", r"\midrule"]
        lines += [row + r" \\" for row in rows]
        lines += [r"\bottomrule", r"\end{tabular}"]
        return _written("\n".join(lines), path)

    def __repr__(self) -> str:
        """Return the table as aligned text."""
        return self.to_text()

    def to_text(self, *, digits: int = 3) -> str:
        """Return the table as text in aligned columns, cut after 40 rows."""
        columns, numeric = self._shown(digits, self._on_screen)
        widths = [max(map(len, column)) for column in columns]
        lines = [
            "  ".join(
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(line, widths, numeric, strict=True)
            ).rstrip()
            for line in zip(*columns, strict=True)
        ]
        return "\n".join(filter(None, [self.title, *lines, self._cut(), self.note]))

    def _repr_html_(self) -> str:
        return self._html(3, self._on_screen)

    def _html(self, digits: int, most: int) -> str:
        columns, numeric = self._shown(digits, most)
        styles = [' style="text-align:right"' if number else "" for number in numeric]

        def line(tag: str, cells: Sequence[str]) -> str:
            filled = (
                f"<{tag}{style}>{html.escape(cell)}</{tag}>"
                for cell, style in zip(cells, styles, strict=True)
            )
            return "<tr>" + "".join(filled) + "</tr>"

        heads, *rows = zip(*columns, strict=True)
        notes = filter(None, (self._cut() if len(self) > most else "", self.note))
        foot = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        body = "\n".join(line("td", row) for row in rows)
        title = f"<caption>{html.escape(self.title)}</caption>\n" if self.title else ""
        head = f"<thead>{line('th', heads)}</thead>"
        return f"<table>\n{title}{head}\n<tbody>\n{body}\n</tbody>\n</table>{foot}"

    @property
    def _on_screen(self) -> int:
        """How many rows are shown: one alone is not left out."""
        return len(self) if len(self) <= ROWS_ON_SCREEN + 1 else ROWS_ON_SCREEN

    def _cut(self) -> str:
        more = len(self) - self._on_screen
        return f"… {more} more rows" if more > 0 else ""

    def _shown(self, digits: int, most: int | None = None) -> tuple[list[list[str]], list[bool]]:
        """Return the columns as texts under their names, and which of them are numbers."""
        columns = [(n, cells) for n, cells in self.data if n not in REASONS or np.any(cells != "")]
        shown = [
            [name, *(readable(value, digits, name) for value in cells[:most].tolist())]
            for name, cells in columns
        ]
        return shown, [cells.dtype.kind in "iuf" for _, cells in columns]


class Result:
    """What results share: they are shown as their Tables (attrs classes with ``repr=False``)."""

    __slots__ = ()

    def _tables(self) -> list[Table]:
        fields = attrs.fields(type(self))  # type: ignore[arg-type]  # every result is of attrs
        return [value for f in fields if isinstance(value := getattr(self, f.name), Table)]

    def __repr__(self) -> str:
        """Return the Tables as text."""
        return "\n\n".join(map(str, self._tables()))

    def _repr_html_(self) -> str:
        return "\n".join(table._repr_html_() for table in self._tables())


def interval_note(confidence: float, method: str, what: str = "") -> str:
    """Return what a note says of the intervals of a Table; `what` they are, if not of all in it.

    Examples
    --------
    >>> interval_note(0.95, "Wilson")
    '95 % intervals by Wilson'
    >>> interval_note(0.9, "Jeffreys", "of the failure probability")
    '90 % intervals of the failure probability by Jeffreys'
    """
    return " ".join(filter(None, [f"{100 * confidence:g} % intervals", what, f"by {method}"]))


def noted(*words: str, cautions: Iterable[str] = ()) -> str:
    """Return the note of a Table from what there is to say of it, cautions last.

    Examples
    --------
    >>> noted("share: of all", "", interval_note(0.95, "Wilson"), cautions=["few rows"])
    'share: of all; 95 % intervals by Wilson; caution: few rows'
    """
    return "; ".join([*filter(None, words), *(f"caution: {said}" for said in cautions)])


def readable(value: object, digits: int, column: str = "") -> str:
    """Return a cell as people read it: ranks and df whole, a p too small for the digits as such."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "–"
    least, kinds = 10.0**-digits, set(column.split("_"))
    if kinds & WHOLE and value.is_integer():
        return f"{value:.0f}"
    if "p" in kinds and 0 <= value < least:
        return f"<{least:.{digits}f}"
    return f"{value:z.{digits}f}"


def _line(words: str) -> str:
    """Return words on one line."""
    return " ".join(words.splitlines())


def _inert(label: str) -> str:
    """Return a label that a spreadsheet does not run as a formula."""
    return (
        "'" + label if label.startswith(FORMULA_STARTS) and not _number.fullmatch(label) else label
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(value)
    return _inert(value) if isinstance(value, str) else str(value)


def _latex(label: str) -> str:
    special = {c: "\\" + c for c in "&%$#_{}"}
    special |= {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "–": "--",
        "±": r"$\pm$",
        "[": "{[}",  # no argument of the line break before it
        "*": "{*}",
    }
    return "".join(special.get(letter, letter) for letter in _line(label))


def _blocks(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _written(content: str, path: str | Path | None, encoding: str = "utf-8") -> str:
    if path is not None:
        Path(path).write_text(content, encoding=encoding, newline="")
    return content
