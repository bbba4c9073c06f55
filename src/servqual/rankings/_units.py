"""The means of units and their variances, as they come: in a row, or by the label of the unit."""

from collections.abc import Iterable, Mapping
from typing import Any, Self, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    brief,
    distinct,
    frozen_array,
    instance,
    is_nothing,
    labelled,
    listed,
    see_counts,
)
from servqual._frames.arrays import in_a_row
from servqual._frames.groups import label_of
from servqual._frames.words import first_reason

__all__ = ["REACH", "Units", "as_counts", "by_unit", "see", "unit_labels"]

Array = NDArray[np.float64]
REACH = 1e100  # numbers whose squares can be added lie within ± this


@attrs.frozen(kw_only=True, eq=False)
class Units:
    """Units with their means and the variances of these, NaN where missing.

    `undefined` says of each what it lacks, or "".
    """

    labels: tuple[str, ...]
    means: Array
    variances: Array
    undefined: NDArray[np.str_]

    @classmethod
    def of(cls, means: Any, variances: Any, units: Any) -> Self:  # noqa: ANN401 (of any kind)
        """Read means and variances: by label where they have some, else in their order."""
        labels = unit_labels("means", means, units)
        m, v = by_unit("means", means, labels), by_unit("variances", variances, labels)
        see("means", m, np.abs(m) > REACH, labels, f"lie within ±{REACH:g}")
        hint = "; give squared standard errors"
        see("variances", v, (v < 0) | (v > REACH**2), labels, "be finite and 0 or more", hint)
        undefined = first_reason({"no mean": np.isnan(m), "no variance": np.isnan(v)})
        return cls(
            labels=labels, means=frozen_array(m), variances=frozen_array(v), undefined=undefined
        )

    @property
    def known(self) -> NDArray[np.intp]:
        """The places of the units that have a mean and a variance."""
        return np.flatnonzero(self.undefined == "")


def unit_labels(argument: str, values: Any, units: Any) -> tuple[str, ...]:  # noqa: ANN401 (of any kind)
    """Return the labels of units: those given, those of a mapping, or their numbers."""
    values = labelled(values)
    if units is None and not isinstance(values, Mapping):
        rule = "a number for each unit"
        return tuple(map(str, range(1, len(in_a_row(argument, values, rule)) + 1)))
    given = values if units is None else units
    if isinstance(given, str):
        msg = f"`units` must be labels, got the text {brief(given)}; give a label for each unit"
        raise TypeError(msg)
    instance("units", given, Iterable, hint="; give a label for each unit")
    cells = list(cast("Iterable[Any]", given))
    for row, cell in enumerate(cells, 1):
        if is_nothing(cell) or not label_of(cell):
            msg = f"`units` must be there for each unit, got nothing (row {row})"
            raise ValueError(msg)
    return distinct("units", map(label_of, cells))


def by_unit(argument: str, values: Any, labels: tuple[str, ...]) -> Array:  # noqa: ANN401 (of any kind)
    """Return a number for each unit: by label where the values have some, else in their order."""
    values = labelled(values)
    if isinstance(values, Mapping):
        named = {label_of(key): value for key, value in values.items()}
        same = named.keys() == set(labels)
        values = [named[unit] for unit in labels] if same else listed(argument, named, labels)
    found = in_a_row(argument, values, "a number for each unit")
    if len(found) != len(labels):
        msg = f"`{argument}` must be one for each of {len(labels)} units, got {len(found)}"
        raise ValueError(msg)
    return found


def as_counts(argument: str, values: Any, labels: tuple[str, ...]) -> NDArray[np.int64]:  # noqa: ANN401 (of any kind)
    """Return a whole number, 0 or more, for each unit."""
    found = by_unit(argument, values, labels)
    see_counts(argument, found, where=lambda row: f"unit {labels[row]!r}", missing=False)
    return found.astype(np.int64)


def see(
    argument: str,
    values: Array,
    wrong: NDArray[np.bool_],
    labels: tuple[str, ...],
    rule: str,
    hint: str = "",
) -> None:
    """See that no value is wrong, else say that of which unit."""
    bad = np.flatnonzero(wrong)
    if bad.size:
        came = f"got {values[bad[0]]:g} (unit {labels[bad[0]]!r})"
        msg = f"`{argument}` must {rule}, {came}{hint}"
        raise ValueError(msg)
