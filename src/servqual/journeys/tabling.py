"""Journeys from tables that have one row a touchpoint, as people keep them in spreadsheets."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import numpy as np

from servqual._checks import brief, distinct, instance, named, nearest
from servqual._frames.columns import Column, ColumnRef, is_blank
from servqual._frames.groups import label_of
from servqual._frames.sources import Source
from servqual._frames.words import Vocabulary, Words
from servqual.journeys.maps import Journey
from servqual.journeys.touchpoints import Encounter, Touchpoint

__all__ = ["journey_from_frame"]

NUMBERS = ("failures", "occasions", "failure_probability", "visit_probability", "importance")
TEXTS = ("dimension", "note")
FIELDS = ("touchpoint", "encounter", *NUMBERS, "critical", "standards", *TEXTS)
FLAGS = dict.fromkeys(("yes", "true", "1", "x"), True) | dict.fromkeys(("no", "false", "0"), False)
Forms = Mapping[str, str | None]


def journey_from_frame(
    frame: Any,  # noqa: ANN401 (any table)
    *,
    name: str = "journey",
    columns: Mapping[str, ColumnRef] | None = None,
    encounters: Words = None,
    transitions: Mapping[str, Mapping[str, float]] | None = None,
) -> Journey:
    """Return the journey that a table describes, one row a touchpoint.

    The columns are called as the fields of a `Touchpoint`, whose rules hold. Case, blanks, hyphens
    and underscores do not count in their names: "Failure probability" is `failure_probability`.

    Parameters
    ----------
    frame : data frame or mapping of columns
        The touchpoints in the order of the journey: `touchpoint` (else `name`), and where there
        are, `encounter`, `failures` and `occasions`, or `failure_probability`; `visit_probability`,
        `importance`, `critical`, `dimension`, `standards` and `note`. A blank cell (NaN, None, or
        one of the texts "", "NA", "N/A" and "-") means that nothing is said, as if the field were
        left out. Numbers may be texts, with a decimal point or comma. Critical are True, 1,
        ``"yes"``, ``"true"`` and ``"x"``, and not False, 0, ``"no"`` and ``"false"``. Several
        standards in a cell are parted by semicolons.
    name : str
        The name of the journey.
    columns : mapping of fields to columns, optional
        The frame's own columns, by name or place, as ``{"failures": "late", "occasions": "all"}``.
    encounters : mapping of the frame's own words to encounters, optional
        As ``{"desk": "face_to_face"}``; None stands for an encounter that is not said. Case, blanks
        and hyphens do not count, so ``"Face-to-face"`` need not be mapped.
    transitions : mapping of str to mapping of str to float, optional
        The branches, as a `Journey` takes them.

    Returns
    -------
    Journey
        Its note names the columns that are left aside because they are no field. Improvements are
        not read from a table; `attrs.evolve` adds them to a touchpoint.

    Raises
    ------
    TypeError, ValueError
        If there are no rows, a field or a column is unknown, two rows have one name, or a cell
        breaks a rule: the message names the row, the touchpoint, and the column where it is not
        called as its field.

    Examples
    --------
    >>> sheet = {
    ...     "touchpoint": ["book", "ask", "pay"],
    ...     "encounter": ["Machine", "Face to face", None],
    ...     "late": [3, "", "1"],
    ...     "all": [100, "", "50"],
    ...     "critical": ["", "", "x"],
    ... }
    >>> journey = journey_from_frame(sheet, columns={"failures": "late", "occasions": "all"})
    >>> journey
    Journey 'journey': 3 touchpoints, 1 critical
    >>> journey.failure_probabilities.tolist()
    [0.03, nan, 0.02]
    """
    mapped = isinstance(frame, Mapping)
    source = Source.of_mapping("frame", frame) if mapped else Source.of_frame(frame)
    places = _places(source, {} if columns is None else columns)
    forms = _forms(encounters)
    cells = {field: _cells(source.column(place)) for field, place in places.items()}
    heads = {field: source.name(place) for field, place in places.items()}
    names = _names(cells.pop("touchpoint"), heads["touchpoint"])
    rows = [
        {field: column[row] for field, column in cells.items()} | {"touchpoint": name}
        for row, name in enumerate(names)
    ]
    aside = [repr(head) for place, head in enumerate(source.names) if place not in places.values()]
    return Journey(
        name=name,
        touchpoints=[_touchpoint(row, n, heads, forms) for n, row in enumerate(rows, 1)],
        transitions={} if transitions is None else transitions,
        note=f"columns left aside: {', '.join(aside)}" if aside else "",
    )


def _places(source: Source, columns: Mapping[str, ColumnRef]) -> dict[str, int]:
    """Return the place of each field's column: of those in `columns`, else by the name."""
    hint = "; give fields to the frame's columns, as {'failures': 'late'}"
    instance("columns", columns, Mapping, hint=hint)
    fields = [named("columns", field, (*FIELDS, "name")) for field in columns]
    distinct("columns", ("touchpoint" if field == "name" else field for field in fields))
    found = {
        "touchpoint" if field == "name" else field: source.place(f"columns[{field!r}]", column)
        for field, column in columns.items()
    }
    taken = tuple(found.values())
    distinct("columns", (f"{source.name(place)} (place {place})" for place in taken))
    known = {_folded(field): field for field in (*FIELDS, "name")}
    heads = attrs.evolve(
        source,
        names=tuple(
            "" if place in taken else known.get(_folded(head), "")
            for place, head in enumerate(source.names)
        ),
    )
    for field in FIELDS:
        if field not in found and field in heads.names:
            found[field] = heads.place("frame", field)
    if "touchpoint" not in found and "name" not in heads.names:
        rule = f"`frame`: {source.where} has no column 'touchpoint' or 'name'"
        near = nearest("touchpoint", source.names)
        msg = f"{rule}{near}; `columns` tells which it is, as {{'touchpoint': 'step'}}"
        raise ValueError(msg)
    return found if "touchpoint" in found else found | {"touchpoint": heads.place("frame", "name")}


def _forms(encounters: Words) -> Forms:
    """Return what the words for an encounter stand for; ``""`` is a blank cell."""
    codes = tuple(form.value for form in Encounter)
    said = Vocabulary(  # for its rules; a touchpoint's own messages name the rows
        argument="encounter",
        column="encounter",
        codes=codes,
        words=encounters,
        mapping="encounters",
        example="{'desk': 'face_to_face'}",
        known={"": None} | {_folded(code): code for code in codes},
        advice="",
        fold=_folded,
    )
    return said.meanings


def _cells(column: Column) -> list[Any]:
    """Return the cells as Python has them; numpy would turn times into numbers."""
    if isinstance(column, np.ndarray) and column.dtype.kind not in "mM":
        column = column.tolist()
    return [
        cell.tolist() if isinstance(cell, (np.ndarray, np.floating)) else cell for cell in column
    ]


def _names(cells: Sequence[Any], column: str) -> list[str]:
    """Return the names of the touchpoints, one a row and no two alike."""
    if not cells:
        msg = "`frame` must have at least one row, got none"
        raise ValueError(msg)
    rows: dict[str, int] = {}
    for row, cell in enumerate(cells, 1):
        name = label_of(cell)
        if is_blank(label_of(cell)):
            msg = (
                f"row {row}, column {column!r}: a touchpoint must have a name, got {brief(cell)}; "
                "leave out rows that are none"
            )
            raise ValueError(msg)
        if name in rows:
            msg = (
                f"row {row}, column {column!r}: touchpoints must have different names, got "
                f"{name!r} in the rows {rows[name]} and {row}; one frame is one journey"
            )
            raise ValueError(msg)
        rows[name] = row
    return list(rows)


def _touchpoint(
    cells: Mapping[str, Any], row: int, heads: Mapping[str, str], forms: Forms
) -> Touchpoint:
    """Return the touchpoint of a row; what is wrong with it is told with the row and column."""
    name = cells["touchpoint"]
    try:
        said = {field: _value(field, cells[field], forms) for field in cells}
        fields = {field: value for field, value in said.items() if value is not None}
        return Touchpoint(name=fields.pop("touchpoint"), **fields)
    except (TypeError, ValueError) as error:
        rule = str(error).removeprefix(f"touchpoint {name!r}: ")
        for field, head in heads.items():
            if head != field:
                rule = rule.replace(f"`{field}`", f"`{field}` (column {head!r})")
        msg = f"row {row}, touchpoint {name!r}: {rule}"
        raise type(error)(msg) from error


def _value(field: str, cell: Any, forms: Forms) -> Any:  # noqa: ANN401 (a cell, a field's value)
    """Return what a cell gives to a field, None where it is blank."""
    if field == "encounter":
        return _form(cell, forms)
    if is_blank(label_of(cell)):
        return None
    if field in NUMBERS:
        return _number(field, cell)
    if field == "critical":
        return _flag(cell)
    if field == "standards":
        return _several(cell)
    return label_of(cell)


def _form(cell: object, forms: Forms) -> str | None:
    word = _folded(cell)
    if word in forms:
        return forms[word]
    near = nearest(label_of(cell), [form.value for form in Encounter])
    msg = f"`encounter`: {brief(cell)} is unknown{near}; `encounters` gives words of your own"
    raise ValueError(msg)


def _number(field: str, cell: object) -> object:
    """Return a text as the number that it is; the rules of the touchpoint judge all else."""
    if not isinstance(cell, (str, Decimal)):
        return cell
    try:
        return float(str(cell).replace(",", "."))
    except ValueError as error:
        msg = f"`{field}` must be a number, got {brief(cell)}"
        raise ValueError(msg) from error


def _flag(cell: object) -> bool:
    word = label_of(cell).casefold()
    if word in FLAGS:
        return FLAGS[word]
    msg = f"`critical` must be yes or no, true or false, 1 or 0, x or blank, got {brief(cell)}"
    raise ValueError(msg)


def _several(cell: object) -> tuple[object, ...]:
    if isinstance(cell, (list, tuple)):
        return tuple(cell)
    return tuple(part.strip() for part in label_of(cell).split(";") if part.strip())


def _folded(cell: object) -> str:
    """Return a word without what does not count in it, of a blank cell nothing."""
    word = "" if is_blank(label_of(cell)) else label_of(cell).casefold()
    return "".join(word.replace("-", " ").replace("_", " ").split())
