"""Numbers of a market and of money, as they are given: by period, and on two sides."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, plain_number, whole
from servqual.inputs.reading import AMOUNT, PER_HEAD, SHARE, Asked, Entries, Entry, Inputs, Kind

__all__ = [
    "BEYOND",
    "RATE",
    "flows_of",
    "is_amount",
    "is_per_head",
    "is_rate",
    "is_share",
    "paired",
    "periods_of",
    "rate",
    "side",
]

BEYOND = "is beyond all numbers; take larger units of money, or fewer periods"
LEAST = 1e-6 - 1  # what draws of a rate are kept above
PERIODS = 1000  # more are as well told in longer ones


def rate(name: str, value: object) -> float:
    """Return a rate for each period, above -1 and at most 1."""
    number = plain_number(name, value)
    if not -1 < number <= 1:
        hint = f"; {number:g} % is {number / 100:g}" if 1 < number <= 100 else ""
        msg = f"`{name}` must be above -1 and at most 1, got {number}{hint}"
        raise ValueError(msg)
    return float(number)


RATE = Kind(rate, LEAST, 1)


def is_share(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is a share, which may be uncertain."""
    SHARE.value(field.name, value)


def is_per_head(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is 0 or more for each of some customers, and may be counted."""
    PER_HEAD.value(field.name, value)


def is_amount(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is 0 or more, and may be uncertain."""
    AMOUNT.value(field.name, value)


def is_rate(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is a rate, which may be uncertain."""
    RATE.value(field.name, value)


def periods_of(value: object, *, least: int = 1, name: str = "periods") -> int:
    """Return a number of periods."""
    return whole(name, value, least=least, most=PERIODS)


def flows_of(name: str, given: object, kind: Kind, *, first: int) -> dict[str, Entry]:
    """Return a sequence of numbers by name and period; a number alone is that of period `first`."""
    cells = np.asarray(given, dtype=object)
    if isinstance(given, np.ma.MaskedArray):
        cells = np.where(np.ma.getmaskarray(given), np.nan, cells)
    if cells.ndim > 1 or not 1 <= cells.size <= PERIODS:
        rule = f"`{name}` must have 1 to {PERIODS} numbers, one a period"
        msg = f"{rule}, got {brief(given)} with shape {cells.shape}"
        raise ValueError(msg)
    flows = enumerate(cells.ravel().tolist(), first)
    return {f"{name}[{period}]": (flow, kind) for period, flow in flows}


def paired(
    before: object,
    after: object,
    kinds: Mapping[str, Kind],
    asked: Asked,
    other: Entries | None = None,
) -> Inputs:
    """Read the fields of two models as before.x and after.x, and other numbers.

    A field that is the same in both has not changed: it is one number, drawn once.
    """
    first, second = (
        {name: (getattr(model, name), kind) for name, kind in kinds.items()}
        for model in (before, after)
    )
    changed = [name for name in kinds if first[name] != second[name]]
    given = dict(other or {})
    given |= {f"before.{name}": entry for name, entry in first.items()}
    given |= {f"after.{name}": second[name] for name in changed}
    found = Inputs.of(given, asked)
    same = {f"after.{name}": found.cells[f"before.{name}"] for name in kinds}
    return attrs.evolve(found, cells={**same, **found.cells})


def side(inputs: Inputs, name: str) -> dict[str, NDArray[np.float64]]:
    """Return the numbers of one of two models by field."""
    start = f"{name}."
    return {
        key.removeprefix(start): cells
        for key, cells in inputs.cells.items()
        if key.startswith(start)
    }
