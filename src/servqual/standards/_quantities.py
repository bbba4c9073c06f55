"""Numbers and spans of time as arguments."""

from datetime import timedelta
from typing import Any, TypeGuard

import numpy as np

from servqual._checks import plain_number
from servqual._frames.times import SECONDS, unit_of

__all__ = [
    "Span",
    "counted",
    "is_span",
    "not_negative",
    "plain",
    "positive",
    "proper_share",
]

Span = timedelta | np.timedelta64


def is_span(value: object) -> TypeGuard[Span]:
    """Tell whether a value is a span of time."""
    return isinstance(value, Span)


def counted(argument: str, spans: Any, unit: str) -> Any:  # noqa: ANN401 (a span or an array)
    """Return a span, or an array of them, in a unit; NaT is NaN."""
    try:
        seconds = SECONDS[unit_of("unit", unit)]
    except ValueError as error:
        known = ", ".join(SECONDS)
        msg = f"`{argument}`: times need a unit of time ({known}); the standard counts {unit!r}"
        raise ValueError(msg) from error
    if isinstance(spans, timedelta):
        return spans / timedelta(seconds=seconds)
    if np.datetime_data(spans.dtype)[0] in {"generic", "M", "Y"}:
        msg = f"`{argument}` must be times of a fixed length, got {spans.dtype}"
        raise ValueError(msg)
    return spans / np.timedelta64(seconds, "s")


def plain(value: object) -> object:
    """Return a number of numpy as one of Python, which messages show as people write it."""
    return value.item() if isinstance(value, np.number) and not is_span(value) else value


def positive(name: str, value: object) -> float:
    """Return a number above 0."""
    number = plain_number(name, plain(value))
    if not number > 0:
        msg = f"`{name}` must be above 0, got {number}"
        raise ValueError(msg)
    return float(number)


def not_negative(name: str, value: object) -> float:
    """Return a number of 0 or more."""
    number = plain_number(name, plain(value))
    if number < 0:
        msg = f"`{name}` must be 0 or more, got {number}"
        raise ValueError(msg)
    return float(number)


def proper_share(value: object) -> float:
    """Return a share between 0 and 1, which are none."""
    share = plain_number("share", plain(value))
    if not 0 < share < 1:
        msg = f"`share` must lie between 0 and 1, as 0.95, got {share}"
        raise ValueError(msg)
    return share
