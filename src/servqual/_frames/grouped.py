"""Numbers with the label of a group each, such as respondents' scores and their branches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, instance, names
from servqual._frames.arrays import in_a_row, matrix, see_index, table_of
from servqual._frames.columns import ColumnRef
from servqual._frames.groups import NO_LABEL, Factor
from servqual._frames.sources import Source
from servqual._frames.words import cells_of

__all__ = [
    "By",
    "Grouped",
    "beside_keys",
    "columns_of",
    "factor_at",
    "factors_of",
    "labels_of",
    "named_by",
    "see_indices",
]

Array = NDArray[np.float64]
By = str | Sequence[str] | Mapping[str, Any] | None


@attrs.frozen(eq=False)
class Grouped:
    """Values (respondents, columns), NaN where missing, and the group of each respondent.

    `unlabelled` respondents had no label, and are not among them.
    """

    names: tuple[str, ...]
    values: Array
    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    unlabelled: int = 0

    @classmethod
    def of(cls, values: Array, names: tuple[str, ...], groups: Any) -> "Grouped":  # noqa: ANN401 (of any kind)
        """Check labels, one a respondent, and leave out who has none."""
        factor = labels_of("groups", groups, len(values))
        kept = np.flatnonzero(factor.values != NO_LABEL)
        without = len(values) - len(kept)
        if not len(kept):
            msg = f"`groups` must have at least one label, got none for {without} respondents"
            raise ValueError(msg)
        if without:
            values, factor = values[kept], factor.take(kept)
        return cls(names, values, factor.labels, factor.codes, without)

    @property
    def complete(self) -> "Grouped":
        """Those who have all values; groups stay, though nobody may be left in one."""
        whole = ~np.isnan(self.values).any(axis=1)
        return attrs.evolve(self, values=self.values[whole], codes=self.codes[whole])

    @property
    def low(self) -> Array:
        """The least value of each column; infinite if there is none."""
        there = ~np.isnan(self.values)
        return np.asarray(np.min(self.values, axis=0, initial=np.inf, where=there))

    @property
    def width(self) -> Array:
        """The distance from the least to the greatest value of each column; 0 if there is none."""
        there = ~np.isnan(self.values)
        high = np.max(self.values, axis=0, initial=-np.inf, where=there)
        return np.where(high > self.low, high - self.low, 0.0)


def factor_at(source: Source, argument: str, column: ColumnRef) -> Factor:
    """Return the labels in one column of a source."""
    cells, codes = cells_of(source, source.place(argument, column))
    found = Factor.of(argument, cells)
    return attrs.evolve(found, codes=found.codes[codes])


def factors_of(
    source: Source,
    by: By,
    argument: str = "",
    table: Any = None,  # noqa: ANN401 (anything)
) -> list[Factor]:
    """Return groups: columns of a source, or labels of their own for each of its rows.

    `argument` is the table that the source came from, with whose index theirs must agree.
    """
    if not isinstance(by, Mapping):
        return [Factor.of(n, source.column(source.place("by", n))) for n in named_by(by)]
    see_indices("by", by, argument, table)
    own = Source.of_mapping("by", by)
    rows = len(source.column(0)) if source.size is None else source.size
    if own.size != rows:
        rule = f"`by[{own.names[0]!r}]` must have a label for each of {rows} rows"
        msg = f"{rule}, got {own.size}"
        raise ValueError(msg)
    return [Factor.of(name, own.column(place)) for place, name in enumerate(own.names)]


def named_by(by: By) -> tuple[str, ...]:
    """Return the columns that `by` names; labels without a name must come with one."""
    if isinstance(by, Mapping):
        return ()
    if isinstance(by, Iterable) and not isinstance(by, (str, list, tuple)):
        own = getattr(by, "name", None)
        name = own if own and isinstance(own, str) else "region"
        rule = f"`by` must be names of columns, or labels with a name, got a {type(by).__name__}"
        msg = f"{rule}; give it a name: by={{{name!r}: labels}}"
        raise TypeError(msg)
    return names("by", by)


def beside_keys(keys: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a table behind its keys, whose names must be others."""
    for name in keys:
        if name in columns:
            msg = f"`by`: {name!r} is the name of a column of the result; give the group another"
            raise ValueError(msg)
    return {**keys, **columns}


def see_indices(
    argument: str,
    own: Any,  # noqa: ANN401 (anything)
    other: str,
    table: Any,  # noqa: ANN401 (anything)
    *,
    instead: str = "give a column's name, or ",
) -> None:
    """See that a pandas Series, or each of a mapping, stands in the order of a table.

    `instead` says what else could be given.
    """
    see_index(argument, own, other, table, instead=instead)
    for name, column in own.items() if isinstance(own, Mapping) else ():
        see_index(f"{argument}[{name!r}]", column, other, table, instead=instead)


def labels_of(argument: str, labels: Any, rows: int) -> Factor:  # noqa: ANN401 (of any kind)
    """Check labels, one a respondent."""
    instance(argument, labels, Iterable, hint="; give one label a respondent")
    if isinstance(labels, str):
        msg = f"`{argument}` must be one label a respondent, got {labels!r}; give the column itself"
        raise TypeError(msg)
    factor = Factor.of(argument, cast("Iterable[Any]", labels))
    if len(factor.codes) != rows:
        rule = f"`{argument}` must have one label for each of {rows} respondents"
        msg = f"{rule}, got {len(factor.codes)}"
        raise ValueError(msg)
    return factor


def columns_of(
    argument: str,
    values: Any,  # noqa: ANN401 (an array or any frame)
    alone: str,
) -> tuple[Array, tuple[str, ...]]:
    """Return numbers (respondents, columns) and the names of the columns.

    Numbers in a row are one column, which is called `alone`.
    """
    if _is_row(values):
        return in_a_row(argument, values, "a number for each respondent")[:, None], (alone,)
    source = table_of(argument, values, hint="; give one row a respondent")
    names = distinct(argument, source.names)
    return matrix(argument, source, names), names


def _is_row(values: Any) -> bool:  # noqa: ANN401 (as above)
    try:
        return np.ndim(values) == 1
    except ValueError:  # rows of different lengths
        return False
