"""Checks of a worksheet as points: of which unit each is, in which period, by whom."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.arrays import one_each, table_of
from servqual._frames.columns import ColumnRef, is_blank
from servqual._frames.grouped import factor_at
from servqual._frames.groups import Factor, crossed
from servqual._frames.periods import period_factor
from servqual._frames.sources import Source
from servqual._stats.averages import ROUNDING
from servqual._stats.means import added
from servqual.checklists._answers import Log, Sheets, names_at
from servqual.checklists._scores import counted_items
from servqual.checklists.forms import Checklist
from servqual.tables import Table

__all__ = ["Checks", "Columns"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@attrs.frozen(kw_only=True)
class Columns:
    """What the columns of checks are called; None where there is no such column."""

    unit: ColumnRef
    time: ColumnRef | None
    assessor: ColumnRef | None
    deductions: ColumnRef | None
    check: ColumnRef | None
    item: ColumnRef | None
    answer: ColumnRef | None

    @property
    def log(self) -> Log | None:
        """The columns of a log of answers, if it is one."""
        found = Log.of(self.item, self.answer)
        if found is not None and self.check is None:
            msg = "`check` must be given with `item`: a log has a column that names the check"
            raise ValueError(msg)
        return found

    @property
    def taken(self) -> list[ColumnRef]:
        """The columns that hold no answers."""
        own = (self.unit, self.time, self.assessor, self.deductions, self.check)
        return [column for column in own if column is not None]


@attrs.frozen(eq=False, kw_only=True)
class Checks:
    """Checks, with what each is worth on the checklist's own scale; `points` NaN where nothing.

    Who has no column of periods or assessors has one label for all, "". `cells` are the units in
    the periods in which they have checks, `cell` that of each check. `lowest` and `highest` are the
    points that a check can have at all, `weight` is Σw of the `items` that are scored; `graded`
    tells whether there is more to them than yes and no.
    """

    checklist: str
    columns: Columns
    names: tuple[str, ...]
    unit: Factor
    period: Factor
    assessor: Factor
    cells: tuple[tuple[str, ...], ...]
    cell: Places
    deductions: Array
    points: Array
    coverage: Array
    lowest: float
    highest: float
    weight: float
    items: int
    graded: bool

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which checks have points."""
        return ~np.isnan(self.points)

    @property
    def width(self) -> float:
        """How far the points of a check can lie apart."""
        return self.highest - self.lowest

    def table(
        self, what: str, keys: Mapping[str, Sequence[str]], columns: Mapping[str, Any], note: str
    ) -> Table:
        """Return a Table of the checklist."""
        title = f"{self.checklist}: {what}"
        return Table(title=title, keys=tuple(keys), data={**keys, **columns}, note=note)

    @classmethod
    def of(
        cls,
        checklist: Checklist,
        checks: Any,  # noqa: ANN401 (any frame)
        columns: Columns,
        period: str,
        least: float,
    ) -> "Checks":
        """Read checks, one a row, or a log of answers; `least` is the coverage for points."""
        instance("checklist", checklist, Checklist, hint="; checklist('hall-worksheet') is one")
        log = columns.log
        source = table_of("checks", checks, hint="; give one row a check, one column an item")
        rows = len(source.column(source.place("unit", columns.unit)))
        if not rows:
            msg = "`checks` must have at least one row, got none"
            raise ValueError(msg)
        factors = (
            _factor(source, "unit", columns.unit, rows),
            _factor(source, "period", None, rows)
            if columns.time is None
            else period_factor(source, "time", columns.time, period),
            _factor(source, "assessor", columns.assessor, rows),
        )
        check = None if columns.check is None else names_at(source, "check", columns.check)
        if check is not None:
            _see_told_apart(check, crossed(factors, rows)[1], one_row=log is None)
        deductions = _deductions(source, columns.deductions, rows)
        sheets = Sheets.of(
            checklist,
            source,
            sheet=columns.check,
            log=log,
            argument="checks",
            taken=columns.taken,
        )
        first = np.arange(rows)  # of each check the first row
        if check is not None and log is not None:
            own = _places(sheets, check)
            deductions, first = added(deductions, own, len(sheets.sheets)), _firsts(own)
        unit, when, assessor = (attrs.evolve(each, codes=each.codes[first]) for each in factors)
        cells, cell = crossed([unit, when], len(unit.codes))
        return cls(
            checklist=checklist.name,
            columns=columns,
            names=sheets.sheets,
            unit=unit,
            period=when,
            assessor=assessor,
            cells=cells,
            cell=cell,
            deductions=deductions,
            **_points(sheets, least),
        )


def _places(sheets: Sheets, check: Factor) -> Places:
    """Return the place of each row's check among the sheets."""
    place = {name: at for at, name in enumerate(sheets.sheets)}
    return np.array([place[name] for name in check.labels], dtype=np.intp)[check.codes]


def _firsts(codes: Places) -> Places:
    """Return the row in which each code comes first."""
    return np.unique(codes, return_index=True)[1]


def _points(sheets: Sheets, least: float) -> dict[str, Any]:
    """Return Σw·x of the items that were answered, filled up by their mean to Σw of all."""
    checklist, scale = sheets.checklist, sheets.checklist.scale
    weights = [item.weight * own.weight for own in checklist.elements for item in own.items]
    used = counted_items(checklist)
    w, scores = np.array(weights)[used], sheets.scores[:, used]
    there = ~np.isnan(scores)
    graded = np.where(there, scale.low + scale.width * scores, 0.0)
    weight, coverage = float(w.sum()), there.mean(axis=1)
    lowest, highest = scale.low * weight, scale.high * weight
    with np.errstate(invalid="ignore", divide="ignore"):
        points = np.clip((graded @ w) / (there @ w / weight), lowest, highest)
    return {
        "points": np.where((coverage >= least * (1 - ROUNDING)) & (coverage > 0), points, np.nan),
        "coverage": coverage,
        "lowest": lowest,
        "highest": highest,
        "weight": weight,
        "items": len(w),
        "graded": (scale.low, scale.high) != (0, 1),
    }


def _factor(source: Source, argument: str, column: ColumnRef | None, rows: int) -> Factor:
    """Return the labels of a column, or one for all."""
    if column is None:
        return Factor(argument, ("",), np.zeros(rows, dtype=np.intp))
    return factor_at(source, argument, column)


def _see_told_apart(check: Factor, codes: Places, *, one_row: bool) -> None:
    """See that a name is of one row, or of one unit, period and assessor."""
    _, firsts, places = np.unique(check.codes, return_index=True, return_inverse=True)
    first = firsts[places]
    wrong = first != np.arange(len(first)) if one_row else codes != codes[first]
    if wrong.any():
        row = int(wrong.argmax())
        name, where = check.labels[check.codes[row]], f"rows {first[row] + 1} and {row + 1}"
        rule = "a name of its own in each row" if one_row else "one unit, period and assessor"
        came = f"{name!r} twice" if one_row else f"another for {name!r}"
        msg = f"`check` must have {rule}, got {came} ({where})"
        raise ValueError(msg)


def _deductions(source: Source, column: ColumnRef | None, rows: int) -> Array:
    """Return the points off of each row, 0 where it is blank."""
    if column is None:
        return np.zeros(rows)
    cells: Any = source.column(source.place("deductions", column))
    if not isinstance(cells, np.ndarray) or cells.dtype.kind in "OUT":
        cells = [0 if isinstance(cell, str) and is_blank(cell) else cell for cell in cells]
    found = one_each("deductions", cells, rows, "a number of points for each row")
    if (found < 0).any():
        row = int(np.argmax(found < 0))
        rule = "`deductions` must be 0 or more, the points that are taken off"
        msg = f"{rule}, got {found[row]:g} (row {row + 1})"
        raise ValueError(msg)
    return np.nan_to_num(found)
