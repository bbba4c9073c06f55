"""Loadings and error variances that are given: one number for each item."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import labelled, listed, names, numbers

__all__ = ["Loadings", "both_signs", "loadings_of", "no_loading", "of_each", "see_each"]

Array = NDArray[np.float64]
Loadings = ArrayLike | Mapping[str, float]


def loadings_of(
    name: str,
    values: Loadings,
    items: Sequence[str] | None = None,
    *,
    rule: str = "be standardised, in -1..1",
) -> tuple[tuple[str, ...], Array]:
    """Return the items and their standardised loadings, in -1..1, NaN where one is missing."""
    called, found = of_each(name, values, items)
    see_each(name, rule, np.abs(found) > 1, found, called)
    return called, found


def of_each(
    name: str, values: Loadings, items: Sequence[str] | None = None
) -> tuple[tuple[str, ...], Array]:
    """Return the items (default "1", "2", …, or those of a mapping) and the number of each."""
    values, called = labelled(values), names("items", items)
    if isinstance(values, Mapping):
        called = called or tuple(values)
        values = listed(name, values, called)
    found = numbers(name, np.asarray(values))
    if found.ndim != 1 or not found.size:
        msg = f"`{name}` must be one number for each item, got shape {found.shape}"
        raise ValueError(msg)
    if called and len(found) != len(called):
        msg = f"`{name}` must be one number for each of {len(called)} items, got {len(found)}"
        raise ValueError(msg)
    return called or tuple(str(n) for n in range(1, len(found) + 1)), found


def see_each(
    name: str, rule: str, wrong: NDArray[np.bool_], values: Array, items: Sequence[str]
) -> None:
    """See that no item breaks a rule."""
    if wrong.any():
        place = int(np.argmax(wrong))
        msg = f"`{name}` must {rule}, got {values[place]:g} (item {items[place]!r})"
        raise ValueError(msg)


def both_signs(values: Array) -> str:
    """Say that loadings cancel out in their sum, or nothing."""
    both = (values > 0).any() and (values < 0).any()
    return "loadings of both signs: turn the items of one" if both else ""


def no_loading(values: Array, items: Sequence[str]) -> str:
    """Say which item has no loading, or nothing."""
    unknown = np.isnan(values)
    return f"item {items[int(np.argmax(unknown))]!r} has no loading" if unknown.any() else ""
