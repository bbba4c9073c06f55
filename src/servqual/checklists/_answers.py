"""Answers to a checklist as grades, one row a sheet: from one sheet, a frame, or a log."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, is_nothing, named, nearest
from servqual._frames.arrays import table_of
from servqual._frames.columns import Column, ColumnRef, is_blank
from servqual._frames.grouped import By, factor_at, factors_of
from servqual._frames.groups import NO_LABEL, Factor, crossed
from servqual._frames.sources import Source
from servqual._frames.words import alike_labels, coded
from servqual.checklists.forms import Checklist, Element
from servqual.instruments.scales import Scale, code_said, folded

__all__ = ["Log", "Sheets", "names_at"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
NOT_APPLICABLE = frozenset(
    ["n/a", "na", "n.a.", "n.a", "not applicable", "no aplica", "no procede", "不适用", "不適用"]
)
MISSING = -1.0  # instead of a grade
OUT_OF_BASE = -2.0


@attrs.frozen
class Log:
    """The columns of answers that stand one in a row."""

    item: ColumnRef
    answer: ColumnRef

    @classmethod
    def of(cls, item: ColumnRef | None, answer: ColumnRef | None) -> "Log | None":
        """See that both columns are named, or none."""
        if item is None and answer is None:
            return None
        if item is None or answer is None:
            given, other = ("item", "answer") if answer is None else ("answer", "item")
            msg = f"`{other}` must be given with `{given}`: a log has a column for each of the two"
            raise ValueError(msg)
        return cls(item, answer)


@attrs.frozen(eq=False)
class Sheets:
    """Grades (sheets, items) of 0..1, 1 the top of the scale, NaN where there is none.

    `not_applicable` marks those that are said to be so. `sheets` are the labels of the rows;
    `groups` are the combinations of labels in the columns `by`, and `codes` each row's; `cautions`
    say which of these look like slips.
    """

    checklist: Checklist
    grades: Array
    not_applicable: NDArray[np.bool_]
    sheets: tuple[str, ...]
    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    codes: Places
    cautions: tuple[str, ...]

    @classmethod
    def of(  # noqa: PLR0913 (answers, and what their columns are)
        cls,
        checklist: Checklist,
        answers: Any,  # noqa: ANN401 (a mapping, any frame, or a source that is open)
        by: By = None,
        sheet: ColumnRef | None = None,
        log: Log | None = None,
        *,
        argument: str = "answers",
        taken: Collection[ColumnRef] = (),
    ) -> "Sheets":
        """Read answers: one sheet by item, a frame with a row a sheet, or a log of answers.

        Columns that are `taken` for something else hold no answers, whatever their names.
        """
        instance("checklist", checklist, Checklist, hint="; checklist('icare') is one")
        single = isinstance(answers, Mapping) and not any(map(_is_column, answers.values()))
        if single:
            _see_known(checklist, answers)
            answers = {code: [answer] for code, answer in answers.items()}
        source = (
            answers
            if isinstance(answers, Source)
            else table_of(argument, answers, hint="; give one row a sheet, one column an item")
        )
        factors = factors_of(source, by, argument, answers)
        reading = _Reading(argument, checklist, source)
        if log is None:
            own = {*taken, *(factor.name for factor in factors), sheet}
            cells = reading.columns(own, whole=not single)
            groups, codes = crossed(factors, len(cells))
            names, split = _names(source, sheet, len(cells), codes), []
        else:
            cells, names, groups, codes = reading.log(log, sheet, factors)
            split = [_split(names, groups, codes)]
        grades = reading.spread(cells)
        return cls(
            checklist,
            np.where(grades >= 0, grades, np.nan),
            grades == OUT_OF_BASE,
            names,
            tuple(factor.name for factor in factors),
            groups,
            codes,
            tuple(filter(None, [*map(_alike, factors), *split])),
        )

    @property
    def scores(self) -> Array:
        """The grades of items that are scored, turned where yes is bad, so that 1 is good."""
        keys = np.array([item.key for item in self.checklist.items])
        scored = np.array([item.is_scored for item in self.checklist.items])
        turned = np.where(keys == "bad", 1 - self.grades, self.grades)
        return np.where(scored, turned, np.nan)


def _alike(factor: Factor) -> str:
    """Say which labels differ only in case or blanks."""
    counts = np.bincount(factor.codes, minlength=len(factor.labels)).tolist()
    return alike_labels(factor.labels, counts, "row")


def _split(names: Sequence[str], groups: Sequence[tuple[str, ...]], codes: Places) -> str:
    """Say which sheets stand in several groups."""
    of: dict[str, list[int]] = {}
    for name, code in zip(names, codes.tolist(), strict=True):
        of.setdefault(name, []).append(code)
    several = {name: found for name, found in of.items() if len(found) > 1}
    if not several:
        return ""
    name, found = next(iter(several.items()))
    first, second = (" · ".join(groups[code]) for code in found[:2])
    more = f" ({len(several)} sheets are so)" if len(several) > 1 else ""
    where = f"the groups {first!r} and {second!r}"
    return f"sheet {name!r} is in {where}, and counts as one in each{more}"


def _is_column(value: object) -> bool:
    """Tell whether a value is a column of answers, not an answer."""
    return hasattr(value, "__len__") and not isinstance(value, (str, bytes))


def _see_known(checklist: Checklist, answers: Mapping[Any, Any]) -> None:
    known = (*checklist.item_codes, *checklist.element_codes)
    if not answers:
        msg = f"`answers` must have an answer{nearest('', known)}"
        raise ValueError(msg)
    for code in answers:
        named("answers", code, known)


def _names(source: Source, sheet: ColumnRef | None, rows: int, codes: Places) -> tuple[str, ...]:
    """Return the names of sheets, which differ within a group; by default their numbers."""
    if sheet is None:
        return tuple(str(n) for n in range(1, rows + 1))
    factor = names_at(source, "sheet", sheet)
    cell = codes * len(factor.labels) + factor.codes
    if twice := _twice(cell):
        first, second = twice
        rule = "`sheet` must have a name of its own in each row of a group"
        got = f"{factor.labels[factor.codes[first]]!r} twice (rows {first + 1} and {second + 1})"
        msg = f"{rule}, got {got}; answers one in a row are a log: give `item` and `answer`"
        raise ValueError(msg)
    return tuple(factor.values.tolist())


def names_at(source: Source, argument: str, column: ColumnRef) -> Factor:
    """Return the names in a column, which must be there."""
    found = factor_at(source, argument, column)
    if NO_LABEL in found.labels:
        row = int(np.argmax(found.codes == found.labels.index(NO_LABEL))) + 1
        msg = f"`{argument}` must be there in every row, got nothing (row {row})"
        raise ValueError(msg)
    return found


def _twice(cells: Places) -> tuple[int, int] | None:
    """Return the first two rows that have the same number, if there are any."""
    order = np.argsort(cells, kind="stable")
    same = np.flatnonzero(np.diff(cells[order]) == 0)
    if not same.size:
        return None
    first, second = order[same[0]], order[same[0] + 1]
    return int(first), int(second)


@attrs.frozen(eq=False)
class _Reading:
    """Answers as they are read: (sheets, items and then elements as wholes)."""

    argument: str
    checklist: Checklist
    source: Source

    @property
    def known(self) -> tuple[str, ...]:
        """What can be answered: items, and elements as wholes."""
        return (*self.checklist.item_codes, *self.checklist.element_codes)

    def columns(self, taken: Collection[ColumnRef | None], *, whole: bool) -> Array:
        """Read a frame with a column for each item, or for an element instead of its items.

        With `whole`, an item without a column is an error.
        """
        names, items = self.source.names, self.checklist.item_codes
        free = {name for at, name in enumerate(names) if name not in taken and at not in taken}
        found: dict[str, Array] = {}
        for element in self.checklist.elements:
            codes = [item.code for item in element.items]
            needed = [element.code] if element.code in free - set(codes) else []
            needed += [code for code in codes if code in names or (whole and not needed)]
            for code in needed:
                at = self.source.place(self.argument, code)
                found[code] = self._grades(self.source.column(at), f"item {code!r}")
        rows = len(next(iter(found.values())))
        self._see_rows(rows)
        nothing = np.full(rows, MISSING)
        wholes = [code not in items and code for code in self.checklist.element_codes]
        return np.column_stack([found.get(code or "", nothing) for code in (*items, *wholes)])

    def log(
        self, log: Log, sheet: ColumnRef | None, factors: Sequence[Factor]
    ) -> tuple[Array, tuple[str, ...], tuple[tuple[str, ...], ...], Places]:
        """Read one answer a row; rows of one sheet and one group are together."""
        cells, places = coded(self.source.column(self.source.place("item", log.item)))
        self._see_rows(len(places))
        codes = [self.known.index(named("item", cell, self.known)) for cell in cells]
        column = np.array(codes, dtype=np.intp)[places]
        own = [] if sheet is None else [names_at(self.source, "sheet", sheet)]
        combined, rows = crossed([*factors, *own], len(column))
        self._see_once(combined, rows, column)
        answers = self.source.column(self.source.place("answer", log.answer))
        table = np.full((len(combined), len(self.known)), MISSING)
        table[rows, column] = self._grades(answers, "the log")
        depth = len(factors)
        groups = tuple(dict.fromkeys(labels[:depth] for labels in combined))
        at = {labels: code for code, labels in enumerate(groups)}
        of_group = np.array([at[labels[:depth]] for labels in combined], dtype=np.intp)
        names = [labels[depth] if own else str(n) for n, labels in enumerate(combined, 1)]
        return table, tuple(names), groups, of_group

    def _see_rows(self, rows: int) -> None:
        if not rows:
            msg = f"`{self.argument}` must have at least one row, got none"
            raise ValueError(msg)

    def _see_once(self, combined: Sequence[tuple[str, ...]], rows: Places, column: Places) -> None:
        """See that no sheet answers an item twice."""
        if twice := _twice(rows * len(self.known) + column):
            first, second = twice
            of = " · ".join(combined[rows[first]])
            got = f"{self.known[column[first]]!r} twice{f' in the sheet {of!r}' if of else ''}"
            rule = f"`{self.argument}` must answer each item of a sheet once"
            hint = "; keep one" if of else "; name the column that tells sheets apart by `sheet`"
            msg = f"{rule}, got {got} (rows {first + 1} and {second + 1}){hint}"
            raise ValueError(msg)

    def spread(self, cells: Array) -> Array:
        """Return the grades (sheets, items), those of an element as a whole for each scored item.

        An item that is bad has 1 less the grade, so that the element scores it.
        """
        found, start = cells[:, : len(self.checklist.items)].copy(), 0
        for element, whole in zip(
            self.checklist.elements, cells[:, found.shape[1] :].T, strict=True
        ):
            part = found[:, start : start + len(element.items)]
            start += len(element.items)
            rows = np.flatnonzero(whole != MISSING)
            if (both := part[rows] != MISSING).any():
                self._refuse_both(element, rows, both)
            for at, item in enumerate(element.items):
                if item.is_scored:
                    given = whole[rows]
                    flip = (item.key == "bad") & (given >= 0)
                    part[rows, at] = np.where(flip, 1 - given, given)
        return found

    def _refuse_both(self, element: Element, rows: Places, both: NDArray[np.bool_]) -> None:
        at, place = np.argwhere(both)[0].tolist()
        item, row = element.items[place].code, rows[at] + 1
        rule = f"`{self.argument}` must be of an element as a whole or of its items"
        msg = f"{rule}, got both: {element.code!r} and its item {item!r} (sheet {row})"
        raise ValueError(msg)

    def _grades(self, column: Column, what: str) -> Array:
        """Return (answer - low)/(high - low), or MISSING and OUT_OF_BASE instead of it."""
        scale = self.checklist.scale
        if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
            codes = column.astype(float)
            missing, apart = np.isnan(codes), np.isin(codes, scale.not_applicable)
        else:
            anchors = {folded(word): code for code, word in scale.anchors}
            cells, places = coded(column)
            meant = np.array([_meant(cell, scale, anchors) for cell in cells], dtype=float)
            codes = meant[places]
            if (scale.low, scale.high) != (0, 1):  # True is 1 to a dict
                codes[[isinstance(cell, (bool, np.bool_)) for cell in column]] = np.nan
            missing = codes == -np.inf
            apart = (codes == np.inf) | np.isin(codes, scale.not_applicable)
        good = missing | apart | ((codes >= scale.low) & (codes <= scale.high))
        if not good.all():
            row = int(good.argmin())
            self._refuse(column[row], f"row {row + 1}, {what}")
        with np.errstate(invalid="ignore"):
            grades = (codes - scale.low) / scale.width
        return np.where(missing, MISSING, np.where(apart, OUT_OF_BASE, grades))

    def _refuse(self, cell: object, where: str) -> None:
        """Say that an answer is none of the scale's."""
        words = [word for _, word in self.checklist.scale.anchors]
        close = get_close_matches(folded(str(cell)), map(folded, words), n=1)
        near = f"; the nearest is {close[0]!r}" if close else ""
        rule = f"`{self.argument}` must be {self.checklist.answers}; or 'n/a'"
        plain = cell.item() if isinstance(cell, np.generic) else cell
        msg = f"{rule}, got {brief(plain)} ({where}){near}"
        raise ValueError(msg)


def _meant(cell: Any, scale: Scale, anchors: Mapping[str, float]) -> float:  # noqa: ANN401 (any cell)
    """Return the number of an answer; -∞ of none, ∞ of not applicable, NaN where it is unknown."""
    if isinstance(cell, str):
        return _said(folded(cell), anchors)
    if is_nothing(cell):
        return -np.inf
    if isinstance(cell, (bool, np.bool_)):
        return float(cell) if (scale.low, scale.high) == (0, 1) else np.nan
    try:
        return float(cell) if abs(float(cell)) < np.inf else np.nan
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _said(word: str, anchors: Mapping[str, float]) -> float:
    """Return the number of an answer in words, as `_meant`."""
    code = code_said(word, anchors)
    if code is not None:
        return code if np.isfinite(code) else np.nan
    if word in NOT_APPLICABLE:
        return np.inf
    return -np.inf if is_blank(word) else np.nan
