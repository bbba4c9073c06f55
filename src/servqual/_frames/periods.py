"""Periods of time: their labels, their order, and those between two of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from servqual._checks import distinct, is_nothing
from servqual._frames.groups import label_of

__all__ = ["UNITS", "label_of_period", "rising_labels"]

UNITS = ("hour", "day", "week", "month", "quarter", "year")


def label_of_period(moment: Any, unit: str) -> str:  # noqa: ANN401 (a date, or a label)
    """Return the label of the period that a date lies in; a label stays what it is.

    Days are ``"2026-11-22"``, hours ``"2026-11-22T09"``, weeks the Mondays that they begin with,
    months ``"2026-11"``, quarters ``"2026-Q4"``, years ``"2026"``.
    """
    if not isinstance(moment, (date, np.datetime64)):
        return label_of(moment)
    if isinstance(moment, date):  # of the calendar, whatever its zone
        moment = np.datetime64(moment.isoformat()[:13] if hasattr(moment, "hour") else moment)
    return str(labels_of(np.array([moment]), unit or "day")[0])


def labels_of(moments: Any, unit: str) -> "np.ndarray[Any, Any]":  # noqa: ANN401 (datetime64)
    """Return the labels of the periods that dates lie in."""
    days = moments.astype("datetime64[D]")
    if unit == "hour":
        return np.asarray(moments.astype("datetime64[h]").astype(str))
    if unit == "week":
        days = days - (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    if unit in {"month", "year"}:
        return np.asarray(days.astype(f"datetime64[{unit[0].upper()}]").astype(str))
    if unit == "quarter":
        months = days.astype("datetime64[M]").astype(np.int64)
        quarters = [f"{1970 + m // 12:04d}-Q{m % 12 // 3 + 1}" for m in months.tolist()]
        return np.array(quarters, dtype=str)
    return np.asarray(days.astype(str))


def rising_labels(argument: str, labels: Iterable[Any]) -> list[str]:
    """Return labels of periods that are different; dates and numbers have to rise."""
    cells = list(labels)
    for row, cell in enumerate(cells, 1):
        if is_nothing(cell) or cell == "":
            msg = f"`{argument}` must be there in every row, got nothing (row {row})"
            raise ValueError(msg)
    said = [_plain(cell) for cell in cells]
    distinct(argument, said)
    order = _ordered(said)
    for row, (before, after) in enumerate(pairwise(order), 2):
        if after < before:
            got = f"got {said[row - 1]!r} after {said[row - 2]!r}"
            msg = f"`{argument}` must rise, {got} (row {row}); sort by them"
            raise ValueError(msg)
    return said


def _plain(cell: Any) -> str:  # noqa: ANN401 (a label)
    """Return a label as text; of a date at midnight, the day."""
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if not isinstance(cell, date):
        return label_of(cell)
    said = cell.isoformat()
    return said[:10] if said[10:].startswith("T00:00:00") and set(said[11:]) <= set("0:.") else said


def _ordered(labels: Sequence[str]) -> Sequence[Any]:
    """Return what tells the order of labels: numbers or dates, or nothing of other words."""
    try:
        return [float(label) for label in labels]
    except ValueError:
        pass
    try:
        return [np.datetime64(label) for label in labels]
    except ValueError:
        return ()
