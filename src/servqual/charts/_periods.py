"""Labels of periods: as texts, and in the order of time."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

from servqual._checks import brief, distinct, instance
from servqual._frames.groups import label_of

__all__ = ["label", "labels_of", "own_labels", "see_order"]

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (of dates without a zone)
DATES = ("date", "date with a zone")


def label(argument: str, cell: object) -> str:
    """Return a label as text; dates as in ISO 8601, and a day as a day."""
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if isinstance(cell, datetime):
        day = cell.time() == time() and cell.tzinfo is None
        cell = cell.date() if day else cell.isoformat(sep=" ")
    found = label_of(cell)
    if not found:
        msg = f"`{argument}` must have a label for each period, got {brief(cell)}"
        raise ValueError(msg)
    return found


def own_labels(values: Any) -> list[str] | None:  # noqa: ANN401 (a mapping, numbers, or a Series)
    """Return the labels of a mapping, or of a pandas Series whose index has texts or dates."""
    if isinstance(values, Mapping):
        return [label("periods", key) for key in values]
    index = getattr(values, "index", None)
    if not hasattr(type(values), "to_numpy") or not isinstance(index, Iterable):
        return None
    keys = list(index)
    if not keys or not all(isinstance(key, (str, date)) for key in keys):
        return None
    return [label("periods", key) for key in keys]


def labels_of(periods: Any, size: int) -> tuple[str, ...]:  # noqa: ANN401 (labels of any kind)
    """Return a label for each period, by default their numbers; they differ, and times rise."""
    if periods is None:
        return tuple(map(str, range(1, size + 1)))
    hint = "; give a label for each period"
    if isinstance(periods, str):
        msg = f"`periods` must be labels, got the text {brief(periods)}{hint}"
        raise TypeError(msg)
    instance("periods", periods, Iterable, hint=hint)
    found = tuple(label("periods", cell) for cell in periods)
    if len(found) != size:
        msg = f"`periods` must be a label for each of {size} periods, got {len(found)}"
        raise ValueError(msg)
    see_order("periods", found)
    return found


def see_order(argument: str, labels: Sequence[str], advice: str = "sort them first") -> None:
    """See that labels differ, and that they rise if all are numbers or all are ISO dates."""
    read = [_moment(words) for words in labels]
    kinds = {kind for kind, _ in read}
    if len(kinds) > 1 and kinds & set(DATES):
        first = read[0][0]
        other = next(place for place, (kind, _) in enumerate(read) if kind != first)
        came = f"{labels[0]!r}, a {first}, and {labels[other]!r}, a {read[other][0]}"
        msg = f"`{argument}` must be dates of one kind or none, got {came}"
        raise ValueError(msg)
    if len(kinds) > 1 or kinds == {"text"}:
        distinct(argument, labels)
        return
    for place in range(1, len(read)):
        if not read[place - 1][1] < read[place][1]:
            came = f"{labels[place]!r} after {labels[place - 1]!r}"
            msg = f"`{argument}` must rise, each counted once, got {came}; {advice}"
            raise ValueError(msg)


def _moment(words: str) -> tuple[str, float]:
    """Return the kind of a label, and its place in time."""
    try:
        number = float(words)
    except ValueError:
        pass
    else:
        return ("number", number) if math.isfinite(number) else ("text", 0.0)
    month = f"{words}-01" if len(words) == 7 and words[4] == "-" else words  # 2026-01
    try:
        found = datetime.fromisoformat(month)
    except ValueError:
        return "text", 0.0
    if found.tzinfo is None:
        return "date", (found - EPOCH).total_seconds()
    return "date with a zone", (found - EPOCH.replace(tzinfo=UTC)).total_seconds()
