"""The scores of one journey and their weights, in order or by name, and which are critical."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    brief,
    distinct,
    is_nothing,
    labelled,
    listed,
    named,
    plain_number,
)
from servqual._frames.arrays import in_a_row

__all__ = [
    "Array",
    "Marks",
    "Scores",
    "Weights",
    "critical_of",
    "fitted",
    "in_order",
    "placed",
    "power_of",
    "rank_weights",
    "scores_of",
    "see_some",
    "weights_of",
]

Array = NDArray[np.float64]
Scores = Mapping[str, float | None] | Sequence[float | None] | ArrayLike
Weights = Mapping[str, float] | ArrayLike
Marks = Sequence[str] | Sequence[bool] | NDArray[np.bool_]


def scores_of(scores: Scores) -> tuple[Array, tuple[str, ...]]:
    """Return the scores of one journey, NaN where missing, and their names, if they have any."""
    scores = labelled(scores)
    if isinstance(scores, Mapping):
        return _by_name("scores", scores), tuple(scores)
    hint = "; aggregation_table takes journeys × touchpoints"
    return in_order("scores", scores, hint), ()


def weights_of(weights: Weights | None, names: Sequence[str], size: int) -> Array:
    """Return a weight of 0 or more for each of so many scores, which may have names."""
    if weights is None:
        return np.ones(size)
    return _weighing("weights", fitted("weights", weights, names, size), names)


def rank_weights(argument: str, weights: Weights, size: int | None = None) -> Array:
    """Return a weight of 0 or more for each rank."""
    if isinstance(weights, Mapping):
        rule = f"`{argument}` must be numbers in order, the highest score's first"
        msg = f"{rule}, got names {brief(list(weights))}"
        raise TypeError(msg)
    found = in_order(argument, weights) if size is None else fitted(argument, weights, (), size)
    return _weighing(argument, found, ())


def fitted(argument: str, values: Scores, names: Sequence[str], size: int) -> Array:
    """Return a number for each of so many scores, in their order or by their names."""
    values = labelled(values)
    if isinstance(values, Mapping):
        if names:
            cells = listed(argument, values, names)
            return _by_name(argument, dict(zip(names, cells, strict=True)))
        msg = f"`{argument}` by name need `scores` by name; give both as mappings, or both in order"
        raise TypeError(msg)
    found = in_order(argument, values)
    if found.size != size:
        msg = f"`{argument}` must be one for each of the {size} scores, got {found.size}"
        raise ValueError(msg)
    return found


def critical_of(critical: Marks, names: Sequence[str], size: int) -> NDArray[np.bool_]:
    """Return which of so many scores, which may have names, are critical."""
    rule = "`critical` must be booleans in the order of the scores, or names of scores"
    if isinstance(critical, Mapping) or not isinstance(critical, Iterable):
        msg = f"{rule}, got {brief(critical)}"
        raise TypeError(msg)
    marks = [critical] if isinstance(critical, str) else list(critical)
    kinds = set(map(type, marks))
    if names and kinds <= {str, np.str_}:
        for name in distinct("critical", map(str, marks)):
            named("critical", name, names)
        return np.array([name in marks for name in names], dtype=bool)
    if not kinds <= {bool, np.bool_}:
        hint = "" if names else "; names need `scores` by name"
        msg = f"{rule}, got {brief(marks)}{hint}"
        raise TypeError(msg)
    if len(marks) != size:
        msg = f"`critical` must say yes or no for each of the {size} scores, got {len(marks)}"
        raise ValueError(msg)
    return np.array(marks, dtype=bool)


def power_of(power: object) -> float:
    """Return a power: any number, infinite ones included."""
    if isinstance(power, (float, np.floating)) and math.isinf(power):
        return float(power)
    return float(plain_number("power", power))


def _by_name(argument: str, values: Mapping[str, Any]) -> Array:
    """Return numbers that have names, NaN where missing."""
    if not values:
        msg = f"`{argument}` must hold at least one number, got none"
        raise ValueError(msg)
    found = []
    for name, value in values.items():
        text = f"{argument}[{name!r}]"
        if np.ndim(value):
            msg = f"`{text}` must be one number, got {brief(value)}"
            raise TypeError(msg)
        found.append(math.nan if is_nothing(value) else plain_number(text, value))
    return np.array(found, dtype=float)


def in_order(argument: str, values: Any, hint: str = "") -> Array:  # noqa: ANN401 (anything)
    """Return numbers in a row, NaN where missing."""
    found = in_a_row(argument, values, "numbers in a row", hint=hint)
    endless = np.flatnonzero(np.isinf(found))
    if endless.size:
        place = placed(int(endless[0]), ())
        msg = f"`{argument}` must be finite, got {found[endless[0]]} ({place})"
        raise ValueError(msg)
    return found


def _weighing(argument: str, found: Array, names: Sequence[str]) -> Array:
    """See that weights are 0 or more but not all 0."""
    wrong = np.flatnonzero(~(found >= 0))
    if wrong.size:
        place = placed(int(wrong[0]), names)
        msg = f"`{argument}` must be 0 or more, got {found[wrong[0]]:g} ({place})"
        raise ValueError(msg)
    if not found.any():
        msg = f"`{argument}` must not all be 0: then no score counts"
        raise ValueError(msg)
    return found


def placed(place: int, names: Sequence[str]) -> str:
    """Return the name of a score, or its place, counted from 1."""
    return repr(names[place]) if names else f"place {place + 1}"


def see_some(values: Array) -> None:
    """See that a score is there."""
    if np.isnan(values).all():
        msg = f"`scores` must have one that is there, but all {values.size} are missing"
        raise ValueError(msg)
