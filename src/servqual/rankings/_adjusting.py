"""Covariates that scores are adjusted for: numbers, or texts that are levels."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, numbers
from servqual._frames.arrays import table_of
from servqual._frames.columns import Column, is_blank
from servqual._frames.groups import NO_LABEL, Factor
from servqual._stats.within_units import confounded
from servqual.rankings._units import REACH

__all__ = ["Covariates", "in_reach", "see_told_apart"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
LEVELS = 100  # of a covariate of texts; with more it is a name rather than a kind


@attrs.frozen(eq=False)
class Covariates:
    """Covariates (respondents, columns), NaN where missing; of texts, the places of levels."""

    values: Array
    names: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ()  # none where it is a number

    @classmethod
    def of(cls, covariates: Any, rows: int) -> "Covariates":  # noqa: ANN401 (an array or any frame)
        """Read numbers and texts, one row a respondent."""
        if covariates is None:
            return cls(np.empty((rows, 0)))
        table = {"covariate": covariates} if _is_row(covariates) else covariates
        source = table_of("covariates", table, hint="; give one row a respondent")
        called = distinct("covariates", source.names)
        columns = [_numbers_or_levels(name, source.column(at)) for at, name in enumerate(called)]
        values, levels = zip(*columns, strict=True)
        if len(values[0]) != rows:
            rule = f"`covariates` must have a row for each of {rows} respondents"
            msg = f"{rule}, got {len(values[0])}"
            raise ValueError(msg)
        return cls(np.stack(values, axis=1), called, levels)

    def design(self, kept: NDArray[np.bool_]) -> tuple[Array, tuple[str, ...]]:
        """Return columns for a regression on some respondents, and what they are called."""
        found: dict[str, Array] = {}
        for values, name, levels in zip(self.values[kept].T, self.names, self.levels, strict=True):
            if levels:  # the first that occurs is what others are compared with
                used = np.unique(values).astype(int).tolist()
                found |= {f"{name}={levels[at]}": values == at for at in used[1:] or used}
            else:
                found[name] = values
        columns = np.empty((int(kept.sum()), len(found)))
        for place, values in enumerate(found.values()):
            columns[:, place] = values
        return columns - columns[:1], tuple(found)  # what does not vary is 0


def see_told_apart(
    design: Array, called: Sequence[str], codes: Places, units: int, weights: Array | None
) -> None:
    """See that covariates vary within units, and that none follows from others."""
    if not design.size:
        return
    flat, redundant = confounded(design, codes, units, weights)
    if flat.size:
        rule = "`covariates` must vary within units, else they cannot be told from them"
        msg = f"{rule}, got {called[flat[0]]!r} that does not; leave it out"
        raise ValueError(msg)
    if redundant.size:
        rule = "`covariates` must not follow from each other"
        msg = f"{rule}, got {called[redundant[0]]!r} that does, within units; leave it out"
        raise ValueError(msg)


def _numbers_or_levels(name: str, column: Column) -> tuple[Array, tuple[str, ...]]:
    """Return a covariate's numbers; or the places of its levels, and the levels."""
    argument = f"covariates[{name!r}]"
    if isinstance(column, np.ndarray) and column.dtype.kind in "biuf":
        return in_reach(argument, column.astype(float)), ()
    factor = Factor.of(name, column)
    nothing = [label == NO_LABEL or is_blank(label) for label in factor.labels]
    cells = [np.nan if no else label for no, label in zip(nothing, factor.labels, strict=True)]
    try:
        found = numbers(argument, np.array(cells, object))[factor.codes]
    except ValueError:
        if len(nothing) - sum(nothing) > LEVELS:
            rule = f"`{argument}` must be numbers, or texts with at most {LEVELS} levels"
            msg = f"{rule}, got {len(nothing) - sum(nothing)}; join rare ones"
            raise ValueError(msg) from None
        places = np.where(nothing, np.nan, np.arange(len(nothing)))
        return places[factor.codes], factor.labels
    return in_reach(argument, found), ()


def in_reach(argument: str, values: Array) -> Array:
    """See that the squares of numbers can be added."""
    bad = np.flatnonzero(np.abs(values) > REACH)
    if bad.size:
        rule = f"`{argument}` must lie within ±{REACH:g}"
        msg = f"{rule}, got {values[bad[0]]:g} (row {bad[0] + 1})"
        raise ValueError(msg)
    return values


def _is_row(values: Any) -> bool:  # noqa: ANN401 (anything)
    try:
        return np.ndim(values) == 1
    except ValueError:  # rows of different lengths
        return False
