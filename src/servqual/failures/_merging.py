"""Counts of two logs as those of one: their rows side by side, and what is said of both."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._frames.groups import natural
from servqual.failures._calendar import labels_from, ordinals_of_labels

__all__ = ["MOST", "merged_keys", "merged_notes", "natural_groups", "reach_of"]

MOST = 5_000_000  # cells of a table of counts
ABSENT = "does not occur"  # of a word, as a Vocabulary says it
REACH = "periods"
NUMBERED = re.compile(r"(.+): ([\d,]+)")

Keys = Sequence[tuple[str, NDArray[Any]]]
Group = tuple[str, ...]


def natural_groups(groups: Sequence[Group]) -> list[int]:
    """Return the places of groups in their order."""
    return sorted(range(len(groups)), key=lambda place: tuple(map(natural, groups[place])))


def merged_keys(
    first: Keys, second: Keys, unit: str, types: int
) -> tuple[list[tuple[str, NDArray[Any]]], list[NDArray[np.intp]]]:
    """Return every group with every period of both, and the places of the rows of each.

    Periods between are filled in where they are of time or whole numbers; `types` is how many
    columns there will be.
    """
    names = [name for name, _ in first]
    rows = [
        [*zip(*(labels.tolist() for _, labels in keys), strict=True)] for keys in (first, second)
    ]
    groups = list(dict.fromkeys(row[:-1] for part in rows for row in part))
    groups = [groups[place] for place in natural_groups(groups)]
    periods = _between([row[-1] for part in rows for row in part], unit, len(groups) * types)
    at_group, at_period = ({key: n for n, key in enumerate(keys)} for keys in (groups, periods))
    places = [
        np.array([at_group[row[:-1]] * len(periods) + at_period[row[-1]] for row in part], np.intp)
        for part in rows
    ]
    columns = [
        np.repeat([group[n] for group in groups], len(periods)) for n in range(len(names) - 1)
    ]
    columns.append(np.tile(periods, len(groups)))
    return list(zip(names, columns, strict=True)), places


def _between(labels: Sequence[str], unit: str, width: int) -> list[str]:
    """Return all periods from the first to the last, or as they come where that is not known."""
    counted = ordinals_of_labels(labels, unit)
    if counted is None or not counted.size:
        return list(dict.fromkeys(labels))
    low, high = int(counted.min()), int(counted.max())
    if (high - low + 1) * width > MOST:
        ends = f"{labels[int(counted.argmin())]!r} to {labels[int(counted.argmax())]!r}"
        msg = f"counts from {ends} make more than {MOST:,} cells; is one of them wrong?"
        raise ValueError(msg)
    said: list[str] = labels_from(np.arange(low, high + 1), unit).tolist()
    return said


def reach_of(periods: Sequence[str]) -> str:
    """Say from when to when counts go."""
    return f"{REACH}: {periods[0]} to {periods[-1]}"


def merged_notes(first: str, second: str, periods: Sequence[str]) -> str:
    """Return what is said of both logs: numbers are added, and absent words absent from both."""
    parts = [note.split("; ") if note else [] for note in (first, second)]
    said: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    for clause in (clause for part in parts for clause in part):
        numbered = NUMBERED.fullmatch(clause)
        if numbered:
            numbers[numbered[1]] += int(numbered[2].replace(",", ""))
            said[numbered[1]] = f"{numbered[1]}: {numbers[numbered[1]]:,}"
        elif clause.startswith(f"{REACH}: "):
            said[REACH] = reach_of(periods)
        elif ABSENT not in clause or all(clause in part for part in parts):
            said[clause] = clause
    return "; ".join(said.values())
