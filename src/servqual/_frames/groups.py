"""Group columns of a survey: labels are texts, respondents carry their places among them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, is_nothing, named

__all__ = [
    "NO_LABEL",
    "Factor",
    "appearing",
    "crossed",
    "group_column",
    "joined",
    "keyed",
    "label_of",
    "labelled",
    "labelled_groups",
    "natural",
    "natural_groups",
    "split",
]

NO_LABEL = "(missing)"  # the group of those whose label is missing


def group_column(argument: str, name: object, known: Sequence[str]) -> str:
    """Return the name of a group column that the answers were read with."""
    if not known:
        msg = (
            f"`{argument}`: the answers were read without group columns; give by={name!r} to "
            "the reader"
        )
        raise ValueError(msg)
    return named(argument, name, known)


def keyed(
    by: Sequence[str], groups: Sequence[tuple[str, ...]], labels: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the key columns of a table: the rows of `labels` for each group in turn."""
    distinct("key columns", (*by, *labels))
    rows = max(map(len, labels.values()), default=1)
    columns = {
        name: [group[column] for group in groups for _ in range(rows)]
        for column, name in enumerate(by)
    }
    return columns | {name: list(column) * len(groups) for name, column in labels.items()}


def joined(groups: Sequence[tuple[str, ...]]) -> list[str]:
    """Return one label for each group; where two would be the same, with their parts quoted."""
    labels = [" · ".join(group) for group in groups]
    alike = len(set(labels)) < len(labels)
    return [" · ".join(map(repr, group)) for group in groups] if alike else labels


def labelled(columns: Sequence[NDArray[Any]]) -> NDArray[np.bool_]:
    """Tell which rows have all of their labels, of at least one column."""
    return np.asarray(np.all([column != NO_LABEL for column in columns], axis=0))


def labelled_groups(
    argument: str,
    columns: Sequence[NDArray[Any]],
    verb: str,
    *,
    least: int = 2,
    called: str = "groups",
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Return one label for each group that has all of its labels, and which rows of a result do.

    See that there are at least so many, else say to `verb` again with other groups.
    """
    there = labelled(columns) if columns else np.zeros(0, dtype=bool)
    if there.sum() < least:
        how = " that has more of them" if columns else f" a column of {called}"
        rule = f"`{argument}` must have at least {least} {called}, got {there.sum()}"
        msg = f"{rule}; {verb} with by={how}"
        raise ValueError(msg)
    groups = zip(*(column[there].tolist() for column in columns), strict=True)
    return np.array(joined(list(groups))), there


def natural(label: str) -> tuple[int, float, str]:
    """Sort key that puts numbers in their order before words, and the missing label last."""
    if label == NO_LABEL:
        return (2, 0.0, label)
    try:
        number = float(label)
    except ValueError:
        number = math.nan
    return (0, number, label) if math.isfinite(number) else (1, 0.0, label)


def natural_groups(groups: Sequence[tuple[str, ...]]) -> list[int]:
    """Return the places of groups in their order."""
    return sorted(range(len(groups)), key=lambda place: tuple(map(natural, groups[place])))


def label_of(cell: Any) -> str:  # noqa: ANN401 (a cell of a table)
    """Return a cell as text: whole numbers without a point, nothing as ``""``."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    plain = isinstance(cell, (str, int))
    return "" if not plain and is_nothing(cell) else str(cell).strip()


@attrs.frozen(eq=False)
class Factor:
    """A group column: its name, its labels in order, and each respondent's place among them."""

    name: str
    labels: tuple[str, ...]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, name: str, values: Iterable[Any]) -> "Factor":
        """Encode a column of labels of any kind."""
        if isinstance(values, np.ndarray) and values.dtype.kind in "iu" and values.size:
            distinct, codes = _distinct(values)
            return cls(name, tuple(map(str, distinct.tolist())), codes)
        column = values.tolist() if isinstance(values, np.ndarray) else list(values)
        said = {value: label_of(value) or NO_LABEL for value in dict.fromkeys(column)}
        labels = tuple(sorted(set(said.values()), key=natural))
        place = {label: code for code, label in enumerate(labels)}
        known = {value: place[label] for value, label in said.items()}
        codes = np.fromiter(map(known.__getitem__, column), dtype=np.intp, count=len(column))
        return cls(name, labels, codes)

    def take(self, rows: NDArray[Any]) -> "Factor":
        """Return the factor of some respondents, with the labels that they use."""
        used, codes = _distinct(self.codes[rows])
        return Factor(self.name, tuple(self.labels[code] for code in used), codes)

    @property
    def values(self) -> NDArray[np.str_]:
        """The label of each respondent."""
        return np.array(self.labels, dtype=str)[self.codes]


def crossed(
    factors: Sequence[Factor], rows: int
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.intp]]:
    """Return the combinations of labels that occur, and each respondent's place among them."""
    if not factors:
        return ((),), np.zeros(rows, dtype=np.intp)
    codes = np.zeros(rows, dtype=np.intp)
    for factor in factors:
        codes = codes * len(factor.labels) + factor.codes
    used, codes = _distinct(codes)
    places = np.unravel_index(used, [len(factor.labels) for factor in factors])
    columns = (
        [factor.labels[p] for p in place] for factor, place in zip(factors, places, strict=True)
    )
    return tuple(zip(*columns, strict=True)), codes


def split(rows: NDArray[Any], codes: NDArray[np.intp], size: int) -> list[NDArray[Any]]:
    """Return the rows of each of so many groups, in their order."""
    ends = np.cumsum(np.bincount(codes, minlength=size))[:-1]
    return np.split(rows[np.argsort(codes, kind="stable")], ends)


def appearing(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the distinct whole numbers as they come, and each one's place among them."""
    found, codes = _distinct(values)
    first = np.empty(len(found), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(values))[::-1]  # the first row is written last
    order = np.argsort(first)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return found[order], places[codes]


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return the distinct whole numbers in order, and each one's place among them."""
    low, high = int(values.min()), int(values.max())
    if high - low > 4 * len(values):
        found, codes = np.unique(values, return_inverse=True)
        return found, codes.reshape(-1)
    least = np.uint64(low % 2**64)  # in which all kinds of whole numbers wrap alike
    shifted = (values.astype(np.uint64) - least).view(np.int64)
    occurs = np.zeros(high - low + 1, dtype=bool)  # a table of them is faster than a sort
    occurs[shifted] = True
    found = (np.flatnonzero(occurs).astype(np.uint64) + least).astype(values.dtype)
    return found, (np.cumsum(occurs) - 1)[shifted]
