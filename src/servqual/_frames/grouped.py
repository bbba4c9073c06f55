"""Numbers with the label of a group each, such as respondents' scores and their branches."""

from collections.abc import Iterable
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, instance
from servqual._frames.arrays import in_a_row, matrix, table_of
from servqual._frames.groups import NO_LABEL, Factor

__all__ = ["Grouped", "columns_of", "labels_of"]

Array = NDArray[np.float64]


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
    def width(self) -> Array:
        """The distance from the least to the greatest value of each column; 0 if there is none."""
        there = ~np.isnan(self.values)
        low = np.min(self.values, axis=0, initial=np.inf, where=there)
        high = np.max(self.values, axis=0, initial=-np.inf, where=there)
        return np.where(high > low, high - low, 0.0)


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
