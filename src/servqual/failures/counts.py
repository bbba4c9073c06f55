"""Counts of failures: how many of each type, period by period, and how they vary."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    brief,
    distinct,
    frozen_array,
    instance,
    labelled,
    listed,
    named,
    numbers,
    same_array,
)
from servqual._frames.arrays import matrix, table_of
from servqual._frames.periods import label_of_period, own_labels, row_labels
from servqual.failures._merging import merged_keys, merged_notes
from servqual.failures.schemes import FailureScheme
from servqual.tables import Result, Table

__all__ = [
    "ONE",
    "PERIOD",
    "Counts",
    "FailureCounts",
    "Volume",
    "counted",
    "counts_of",
    "pooled",
    "see_counted",
    "too_narrow",
    "volumes_of",
    "weighed",
]

Array = NDArray[np.float64]
Counts = Any  # FailureCounts, numbers in the order of the types or by code, or rows of them
Volume = Any  # a number, one for each period, by period, or the name of a column
ONE = "all"  # the period of counts that have none
PERIOD = "period"


def _keys(
    value: Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
) -> tuple[tuple[str, NDArray[Any]], ...]:
    entries = value.items() if isinstance(value, Mapping) else value
    return tuple((name, frozen_array(np.asarray(labels, dtype=str))) for name, labels in entries)


def _same_keys(first: Any, second: Any) -> bool:  # noqa: ANN401 (as of the field)
    return [name for name, _ in first] == [name for name, _ in second] and all(
        np.array_equal(mine, other) for (_, mine), (_, other) in zip(first, second, strict=True)
    )


@attrs.frozen(kw_only=True, repr=False)
class FailureCounts(Result):
    """Failures counted by type, one row a period, of each group where there are groups.

    ``counts[:30]`` and ``counts[mask]`` are some of its rows, ``counts.where(branch="North")``
    those of a group; two of them add by ``+``, if no case is in both.

    Parameters
    ----------
    scheme : FailureScheme
        What is counted, and its weights.
    keys : mapping of str to array_like of str
        The labels of the rows: the group columns, and last the ``"period"``.
    counts : ndarray, shape (rows, types)
        How many there were, in the units of the types; NaN where nobody counted.
    squares : ndarray, shape (rows,)
        Σ(score²) over the cases, the variance of the points: Σw²n where every failure is a case of
        its own.
    largest : ndarray, shape (rows,)
        The largest score that a case has, or may have: at least the largest weight.
    scored : bool
        Whether `squares` come from the scores of cases, which hold for these weights alone.
    unit : str
        What a period is: ``"day"`` …; "" where periods are labels only.
    note : str
        Where the counts come from, and what was passed over.
    """

    scheme: FailureScheme
    keys: tuple[tuple[str, NDArray[Any]], ...] = attrs.field(
        converter=_keys, eq=attrs.cmp_using(eq=_same_keys), hash=False
    )
    counts: NDArray[Any] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    squares: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    largest: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    scored: bool = False
    unit: str = ""
    note: str = ""

    @property
    def by(self) -> tuple[str, ...]:
        """The group columns."""
        return tuple(name for name, _ in self.keys[:-1])

    @property
    def periods(self) -> NDArray[np.str_]:
        """The period of each row."""
        return self.keys[-1][1]

    @property
    def points(self) -> Array:
        """The points of each row, Σwn."""
        return np.asarray(self.counts @ self.scheme.points)

    @property
    def table(self) -> Table:
        """The counts, with a column for each type."""
        counted = dict(zip(self.scheme.codes, self.counts.T, strict=True))
        names = tuple(name for name, _ in self.keys)
        distinct("columns", (*names, *counted))
        return Table(
            title="Failures", keys=names, data={**dict(self.keys), **counted}, note=self.note
        )

    def _tables(self) -> list[Table]:
        return [self.table]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.counts)

    def __getitem__(self, rows: Any) -> "FailureCounts":  # noqa: ANN401 (a slice, mask or places)
        """Return some rows."""
        if isinstance(rows, (int, np.integer)) and not isinstance(rows, bool):
            rows = [rows]  # a single row is a table of one
        keys = [(name, labels[rows]) for name, labels in self.keys]
        return attrs.evolve(
            self,
            keys=keys,
            counts=self.counts[rows],
            squares=self.squares[rows],
            largest=self.largest[rows],
        )

    def __add__(self, other: "FailureCounts") -> "FailureCounts":
        """Return the counts of both logs: all groups and periods of both, and those between."""
        if not isinstance(other, FailureCounts):
            return NotImplemented
        _see_addable(self, other)
        keys, places = merged_keys(self.keys, other.keys, self.unit, len(self.scheme.types))
        rows = len(keys[-1][1])
        kind = np.result_type(self.counts, other.counts)
        counts, squares = np.zeros((rows, len(self.scheme.types)), kind), np.zeros(rows)
        largest = np.full(rows, self.scheme.points.max())
        for part, own in zip((self, other), places, strict=True):
            np.add.at(counts, own, part.counts)
            np.add.at(squares, own, part.squares)
            np.maximum.at(largest, own, part.largest)
        return attrs.evolve(
            self,
            keys=keys,
            counts=counts,
            squares=squares,
            largest=largest,
            scored=self.scored or other.scored,
            note=merged_notes(self.note, other.note, keys[-1][1].tolist()),
        )

    def where(self, **labels: object) -> "FailureCounts":
        """Return the rows of a group, or of a period.

        Parameters
        ----------
        **labels
            Key columns, and the label wanted in each; a group column is then left out.

        Raises
        ------
        ValueError
            If a column or its label does not exist.
        """
        keys, keep = dict(self.keys), np.ones(len(self), dtype=bool)
        for column, label in labels.items():
            found = keys[named("column", column, tuple(keys))]
            keep &= found == named(column, str(label), tuple(dict.fromkeys(found.tolist())))
        kept = self[keep]
        left = [(name, cells) for name, cells in kept.keys if name not in labels or name == PERIOD]
        return attrs.evolve(kept, keys=left)


def _see_addable(first: FailureCounts, second: FailureCounts) -> None:
    """See that counts are of the same types, groups and periods."""
    for what, mine, other in (
        ("scheme", first.scheme.code, second.scheme.code),
        ("group columns", first.by, second.by),
        ("unit of periods", first.unit, second.unit),
    ):
        if mine != other:
            msg = f"counts add where they have the same {what}, got {mine!r} and {other!r}"
            raise ValueError(msg)
    if first.scheme != second.scheme:
        msg = f"counts add where they have the same scheme, got two called {first.scheme.code!r}"
        raise ValueError(msg)


def counted(
    argument: str, counts: Counts, scheme: FailureScheme, volume: Volume
) -> tuple[FailureCounts, Array]:
    """Return counts of any form, and the volume of each row, which may be one of their columns."""
    if not isinstance(volume, str):
        found = counts_of(argument, counts, scheme)
        return found, volumes_of("volume", volume, found)
    if isinstance(counts, FailureCounts) or _is_single(labelled(counts)):
        msg = f"`volume` names a column, {volume!r}, but `{argument}` is no frame; give numbers"
        raise TypeError(msg)
    table = table_of(argument, counts, scheme.codes)
    column = table.column(table.place("volume", volume))
    found = counts_of(argument, counts, scheme, columns=(volume,))
    return found, volumes_of("volume", column, found)


def counts_of(
    argument: str, counts: Counts, scheme: FailureScheme, *, columns: Sequence[str] = ()
) -> FailureCounts:
    """Return counts of any form, with the variance and largest score by the weights of a scheme.

    `columns` are those of a frame that hold something else.
    """
    instance("scheme", scheme, FailureScheme, hint="; failure_scheme(…) returns one")
    see_counted(scheme)
    if isinstance(counts, FailureCounts):
        if not len(counts):
            msg = f"`{argument}` must have at least one period, got none"
            raise ValueError(msg)
        return _weighed_anew(argument, counts, scheme)
    counts = labelled(counts)
    if _is_single(counts):
        row = numbers(argument, listed(argument, counts, scheme.codes))
        return weighed(scheme, {PERIOD: [ONE]}, _valid(argument, row[None, :], scheme, [ONE]))
    found = table_of(argument, counts, scheme.codes)
    named_by, labels = f"{argument}[{PERIOD!r}]", None
    if PERIOD in found.names and PERIOD not in scheme.codes:
        labels = found.column(found.place(argument, PERIOD))
    elif not isinstance(counts, Mapping):
        named_by, labels = f"{argument}.index", own_labels(counts)
    periods = row_labels(labels, len(found.column(0)), named_by)
    others = [name for name in found.names if name not in (*scheme.codes, PERIOD, *columns)]
    if others:
        rule = f"`{argument}`: {brief(others)} are no types of the scheme {scheme.code!r}"
        msg = f"{rule}; leave such columns out, or add the types"
        raise ValueError(msg)
    cells = matrix(argument, found, scheme.codes)
    return weighed(scheme, {PERIOD: periods}, _valid(argument, cells, scheme, periods))


def weighed(
    scheme: FailureScheme,
    keys: Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
    counts: NDArray[Any],
    **more: str,
) -> FailureCounts:
    """Return counts in which every failure is a case of its own."""
    weights = scheme.points
    return FailureCounts(
        scheme=scheme,
        keys=keys,
        counts=counts,
        squares=counts @ weights**2,
        largest=np.full(len(counts), weights.max()),
        **more,  # type: ignore[arg-type]  # `unit` and `note` are texts
    )


def pooled(counts: FailureCounts) -> FailureCounts:
    """Return the sum of all rows, as one."""
    return attrs.evolve(
        counts,
        keys={PERIOD: [ONE]},
        counts=counts.counts.sum(axis=0, keepdims=True),
        squares=counts.squares.sum(keepdims=True),
        largest=counts.largest.max(keepdims=True),
        unit="",
    )


def too_narrow(counts: FailureCounts) -> str:
    """Say which types are counted in units of which one case brings many, "" where none is."""
    if counts.scored:
        return ""
    kinds = zip(counts.scheme.types, np.nansum(counts.counts, axis=0), strict=True)
    units = [f"{kind.code!r} in {kind.unit}" for kind, n in kinds if n and not kind.is_event]
    if not units:
        return ""
    why = "of which one case brings many, so that intervals are too narrow"
    return f"{', '.join(units)}, {why}; count them case by case (count_failures, count_cases)"


def volumes_of(argument: str, volume: Volume, counts: FailureCounts) -> Array:
    """Return the volume of each row of counts, NaN where it is missing; None is missing in all."""
    rows = len(counts)
    if volume is None:
        return np.full(rows, np.nan)
    volume = _by_period(argument, volume, counts)
    found = numbers(argument, volume)
    if found.ndim == 0 and rows == 1:
        found = found[None]
    if found.shape != (rows,):
        got = f"shape {found.shape}" if found.ndim > 1 else str(found.size)
        periods = f"each of the {rows} periods" if rows > 1 else "the one period"
        rule = f"`{argument}` must be one for {periods}"
        msg = f"{rule}, got {got}{_first_and_last(counts)}"
        raise ValueError(msg)
    bad = np.flatnonzero((found < 0) | np.isinf(found))
    if bad.size:
        where = str(counts.periods[bad[0]])
        msg = f"`{argument}` must be 0 or more and finite, got {found[bad[0]]:g} (period {where!r})"
        raise ValueError(msg)
    return found


def _by_period(argument: str, volume: Volume, counts: FailureCounts) -> Any:  # noqa: ANN401
    """Return volumes in the order of the rows, if they are given by period."""
    index = getattr(volume, "index", None)  # of a Series of pandas, whose numbers only count
    dated = hasattr(volume, "to_numpy") and getattr(index, "dtype", None) is not None
    if dated and index is not None and index.dtype.kind not in "iu":
        volume = zip(index, volume, strict=True)
    elif isinstance(volume, Mapping):
        volume = volume.items()
    else:
        return volume
    pairs = [(_label(key, counts), value) for key, value in volume]
    keyed = dict(pairs)
    if len(keyed) < len(pairs):
        seen: set[Any] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        msg = f"`{argument}` must be one for each period, got that of {twice[-1]!r} twice"
        raise ValueError(msg)
    labels = [*zip(*(cells.tolist() for _, cells in counts.keys), strict=True)]
    known = set(labels)
    for key in keyed:
        if key not in known:
            shown = key[0] if len(key) == 1 else key
            msg = f"`{argument}` has {shown!r}, which was not counted{_first_and_last(counts)}"
            raise ValueError(msg)
    return [keyed.get(label, np.nan) for label in labels]


def _label(key: Any, counts: FailureCounts) -> tuple[str, ...]:  # noqa: ANN401 (any label)
    *groups, period = key if isinstance(key, tuple) else (key,)
    return (*map(str, groups), label_of_period(period, counts.unit))


def _first_and_last(counts: FailureCounts) -> str:
    """Say from when to when counts go: the first and the last days may be without failures."""
    if len(counts) < 2:
        return ""
    first, *_, last = counts.periods.tolist()
    said = f"; counted are {first!r} to {last!r}"
    return f"{said}: count_failures(…, first=…, last=…) counts more" if counts.unit else said


def see_counted(scheme: FailureScheme) -> None:
    """See that a scheme is one of counts."""
    rates = [kind.code for kind in scheme.types if kind.per is not None or kind.weight < 0]
    if rates:
        rule = f"`scheme`: {rates[0]!r} is a rate or weighs less than 0"
        msg = f"{rule}, so that nothing is counted; signed_index takes such schemes"
        raise ValueError(msg)


def _is_single(counts: Counts) -> bool:
    """Tell whether there is one number for each type."""
    if isinstance(counts, Mapping):
        return all(np.ndim(value) == 0 for value in counts.values())
    shape = getattr(counts, "shape", None)  # Arrow's vectors have none, and no names of columns
    vector = hasattr(counts, "to_pylist") and not hasattr(counts, "column_names")
    if isinstance(counts, (list, tuple)) or vector or (shape is not None and len(shape) == 1):
        return all(np.ndim(value) == 0 for value in counts)
    return False


def _valid(
    argument: str, counts: Array, scheme: FailureScheme, periods: Sequence[str]
) -> NDArray[Any]:
    """Return counts that are 0 or more, and whole where they are of events."""
    events = np.array([kind.is_event for kind in scheme.types])
    broken = (counts != np.floor(counts)) & events & ~np.isnan(counts)
    bad = np.argwhere(~((counts >= 0) & np.isfinite(counts) | np.isnan(counts)) | broken)
    if bad.size:
        row, column = bad[0]
        kind, got = scheme.types[column], counts[row, column]
        rule = "whole" if got >= 0 and np.isfinite(got) else "0 or more and finite"
        where = "" if len(counts) == 1 else f" (period {periods[row]!r})"
        msg = f"`{argument}[{kind.code!r}]` must be {rule}, got {got:g}{where}"
        raise ValueError(msg)
    if len(counts) == 1 and np.isnan(counts).any():
        code = scheme.codes[int(np.argmax(np.isnan(counts[0])))]
        msg = f"`{argument}[{code!r}]` must be there, got nothing; 0 is no failure"
        raise ValueError(msg)
    whole = counts.size and not np.isnan(counts).any() and counts.max() < 2**53
    return counts.astype(np.int64) if whole and (counts % 1 == 0).all() else counts


def _weighed_anew(argument: str, counts: FailureCounts, scheme: FailureScheme) -> FailureCounts:
    """Return counts with the weights of another scheme of the same types."""
    if counts.scheme == scheme:
        return counts
    if counts.scheme.codes != scheme.codes:
        has = f"has the types of the scheme {counts.scheme.code!r}"
        msg = f"`{argument}` {has}, which are others than those of {scheme.code!r}"
        raise ValueError(msg)
    if not counts.scored:
        found = weighed(scheme, counts.keys, counts.counts)
        return attrs.evolve(found, unit=counts.unit, note=counts.note)
    if (counts.scheme.points == scheme.points).all():
        return attrs.evolve(counts, scheme=scheme)
    msg = (
        f"`{argument}`: cases were scored with the weights of {counts.scheme.code!r}; "
        "count them again with the new ones"
    )
    raise ValueError(msg)
