"""Numbers of respondents who belong to groups, and their sums by group."""

from collections.abc import Iterable
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, instance
from servqual._frames.arrays import in_a_row, matrix, table_of
from servqual._frames.groups import NO_LABEL, Factor
from servqual._stats.means import NO_SPREAD, added

__all__ = ["Grouped"]

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
    def of(cls, argument: str, values: Any, groups: Any, alone: str) -> "Grouped":  # noqa: ANN401 (of any kind)
        """Check values, in one column or several, and labels; `alone` names a single column."""
        found, names = _columns(argument, values, alone)
        instance("groups", groups, Iterable, hint="; give one label a respondent")
        if isinstance(groups, str):
            msg = f"`groups` must be one label a respondent, got {groups!r}; give the column itself"
            raise TypeError(msg)
        factor = Factor.of("groups", cast("Iterable[Any]", groups))
        if len(factor.codes) != len(found):
            rule = f"`groups` must have one label for each of {len(found)} respondents"
            msg = f"{rule}, got {len(factor.codes)}"
            raise ValueError(msg)
        kept = np.flatnonzero(factor.values != NO_LABEL)
        without = len(found) - len(kept)
        if not len(kept):
            msg = f"`groups` must have at least one label, got none for {without} respondents"
            raise ValueError(msg)
        if without:
            found, factor = found[kept], factor.take(kept)
        return cls(names, found, factor.labels, factor.codes, without)

    @property
    def complete(self) -> "Grouped":
        """Those who have all values; groups stay, though nobody may be left in one."""
        whole = ~np.isnan(self.values).any(axis=1)
        return attrs.evolve(self, values=self.values[whole], codes=self.codes[whole])

    def spread(self) -> tuple[Array, Array, Array]:
        """Return by group, (groups, columns), how many have a value, their mean and their sd.

        The sd has the divisor n - 1; one that is rounding beside the range of the column is 0.
        """
        there, size = ~np.isnan(self.values), len(self.labels)
        low, high = (
            np.min(self.values, axis=0, initial=np.inf, where=there),
            np.max(self.values, axis=0, initial=-np.inf, where=there),
        )
        centre = np.where(there.any(axis=0), low, 0.0)
        x = np.where(there, self.values - centre, 0.0)
        n = added(there.astype(float), self.codes, size)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = added(x, self.codes, size) / n
            apart = np.where(there, x - mean[self.codes], 0.0)
            variance = added(apart**2, self.codes, size) / (n - 1)
            flat = variance <= NO_SPREAD * (high - low) ** 2
            sd = np.sqrt(np.where(n > 1, np.where(flat, 0.0, variance), np.nan))
        return n, mean + centre, sd


def _columns(argument: str, values: Any, alone: str) -> tuple[Array, tuple[str, ...]]:  # noqa: ANN401
    """Return numbers (respondents, columns), and the names of the columns."""
    if np.ndim(values) == 1 and not isinstance(values, dict):
        column = in_a_row(argument, values, "a number for each respondent")
        return column[:, None], (alone,)
    source = table_of(argument, values, hint="; give one row a respondent")
    names = distinct(argument, source.names)
    return matrix(argument, source, names), names
