"""Counts and volumes of any form, as they are given, turned into counts of a scheme."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from warnings import warn

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    brief,
    instance,
    labelled,
    listed,
    not_negative,
    numbers,
    positive,
    see_counts,
)
from servqual._frames.arrays import matrix, table_of
from servqual._frames.periods import by_label, own_labels, row_labels
from servqual._frames.sources import Source
from servqual.failures.counts import ONE, PERIOD, Counts, FailureCounts, Volume, are_events, weighed
from servqual.failures.schemes import FailureScheme

__all__ = ["counts_and_volumes", "counts_of", "see_counted", "too_narrow"]

Array = NDArray[np.float64]


def counts_and_volumes(
    argument: str,
    counts: Counts,
    scheme: FailureScheme,
    volume: Volume,
    *,
    number: Literal["whole", "each", "one"],
    named: str = "volume",
) -> tuple[FailureCounts, Array, float]:
    """Return counts of any form, the volume of each row, and that of the whole; NaN is missing.

    A volume is a column of the frame, or one for each row, in order or by label. A single number is
    the volume of the ``"whole"``, so that those of several rows are not known, of ``"each"``, or
    only of ``"one"``.
    """
    see_counted(scheme)
    column = None
    if isinstance(volume, str):
        table = _frame(argument, counts, scheme, volume)
        column = table.column(table.place(named, volume))
    found = counts_of(argument, counts, scheme, columns=() if column is None else (volume,))
    rows = len(found)
    if volume is None:
        return found, np.full(rows, np.nan), math.nan
    if column is None and not isinstance(volume, Mapping) and _axes(volume) == 0:
        volume = volume.item() if isinstance(volume, np.ndarray) else volume
        if number == "each":
            each = positive(named, volume)
            return found, np.full(rows, each), rows * each
        if number == "one" and rows > 1:
            rule = f"`{named}`: is {volume} that of each of the {rows} periods, or of the whole?"
            msg = f"{rule} Give one for each; counts.total() are those of the whole"
            raise ValueError(msg)
        whole = not_negative(named, volume)
        return found, np.full(rows, whole if rows == 1 else np.nan), whole
    volumes = _volumes(named, volume if column is None else column, found)
    if number != "each":
        _warn_of_none(named, found, volumes)
    return found, volumes, float(volumes.sum())


def _warn_of_none(named: str, counts: FailureCounts, volumes: Array) -> None:
    """Warn of failures in periods of volume 0, which make the rate of the whole larger."""
    rows = np.flatnonzero((volumes == 0) & (counts.points > 0))
    if rows.size and volumes.sum() > 0:
        share = float(counts.points[rows].sum() / counts.points.sum())
        first = f"the first {str(counts.periods[rows[0]])!r}"
        what = f"`{named}` is 0 in {rows.size} of {len(counts)} periods with failures, {first}"
        warn(f"{what}: {share:.1%} of the points have no volume behind them", stacklevel=4)


def _frame(argument: str, counts: Counts, scheme: FailureScheme, volume: str) -> Source:
    """Return the frame of which a volume is a column."""
    if isinstance(counts, FailureCounts) or _is_single(labelled(counts)):
        msg = f"`volume` names a column, {volume!r}, but `{argument}` is no frame; give numbers"
        raise TypeError(msg)
    return table_of(argument, counts, scheme.codes)


def _volumes(argument: str, volume: Volume, counts: FailureCounts) -> Array:
    """Return the volume of each row, in order or by label, NaN where it is missing."""
    keys = counts.keys[:-1] if counts.by and set(counts.periods.tolist()) == {ONE} else counts.keys
    columns = [cells.tolist() for _, cells in keys]
    labels = columns[0] if len(columns) == 1 else [*zip(*columns, strict=True)]
    hint = _labels_of_groups(counts, labels) if len(keys) > 1 else _first_and_last(counts)
    found = by_label(argument, volume, labels, unit=counts.unit, hint=hint)
    bad = np.flatnonzero((found < 0) | np.isinf(found))
    if bad.size:
        where = str(counts.periods[bad[0]])
        msg = f"`{argument}` must be 0 or more and finite, got {found[bad[0]]:g} (period {where!r})"
        raise ValueError(msg)
    return found


def _labels_of_groups(counts: FailureCounts, labels: Sequence[Any]) -> str:
    """Say what labels of rows with groups look like."""
    names = ", ".join(name for name, _ in counts.keys)
    return f"; labels are ({names}), as {labels[0]}: a mapping of them, or a Series with that index"


def _first_and_last(counts: FailureCounts) -> str:
    """Say from when to when counts go: the first and the last days may be without failures."""
    if len(counts) < 2:
        return ""
    first, *_, last = counts.periods.tolist()
    said = f"; counted are {first!r} to {last!r}"
    return f"{said}: count_failures(…, first=…, last=…) counts more" if counts.unit else said


def counts_of(
    argument: str, counts: Counts, scheme: FailureScheme, *, columns: Sequence[str] = ()
) -> FailureCounts:
    """Return counts of any form, with the variance and largest score by the weights of a scheme.

    `columns` are those of a frame that hold something else.
    """
    see_counted(scheme)
    if isinstance(counts, FailureCounts):
        if not len(counts):
            msg = f"`{argument}` must have at least one period, got none"
            raise ValueError(msg)
        return _weighed_anew(argument, counts, scheme)
    counts = labelled(counts)
    if _is_single(counts):
        counts = counts.to_pylist() if hasattr(counts, "to_pylist") else counts  # of Arrow
        row = numbers(argument, listed(argument, counts, scheme.codes))
        return weighed(scheme, {PERIOD: [ONE]}, _valid(argument, row[None, :], scheme, [ONE]))
    found = table_of(argument, counts, scheme.codes)
    _see_columns(argument, found, scheme, columns)
    periods = _periods_of(argument, counts, found, scheme)
    cells = matrix(argument, found, scheme.codes)
    return weighed(scheme, {PERIOD: periods}, _valid(argument, cells, scheme, periods))


def _see_columns(
    argument: str, table: Source, scheme: FailureScheme, columns: Sequence[str]
) -> None:
    """See that a frame has columns of types, of periods, and those that are known."""
    known = (*scheme.codes, PERIOD, *columns)
    others = [name for name in table.names if name not in known]
    if others:
        rule = f"`{argument}`: {brief(others)} are no types of the scheme {scheme.code!r}"
        called = "a column of labels is called 'period', and volume= names that of the volumes"
        advice = (
            "leave others out, add the types, or rename; groups come by count_failures(…, by=…)"
        )
        msg = f"{rule}; {called}; {advice}"
        raise ValueError(msg)


def _periods_of(
    argument: str, counts: Counts, table: Source, scheme: FailureScheme
) -> tuple[str, ...]:
    """Return the labels of the rows of a frame: its column of periods, or its index."""
    called, labels = f"{argument}[{PERIOD!r}]", None
    if PERIOD in table.names and PERIOD not in scheme.codes:
        labels = table.column(table.place(argument, PERIOD))
    elif not isinstance(counts, Mapping):
        called, labels = f"{argument}.index", own_labels(counts)
    return row_labels(labels, len(table.column(0)), called)


def _is_single(counts: Counts) -> bool:
    """Tell whether there is one number for each type."""
    if isinstance(counts, Mapping):
        return not any(map(_axes, counts.values()))
    shape = getattr(counts, "shape", None)  # Arrow's vectors have none, and no names of columns
    vector = hasattr(counts, "to_pylist") and not hasattr(counts, "column_names")
    if isinstance(counts, (list, tuple)) or vector or (shape is not None and len(shape) == 1):
        return not any(map(_axes, counts))
    return False


def _axes(value: object) -> int:
    try:
        return np.ndim(value)  # type: ignore[arg-type]  # of anything
    except ValueError:  # rows of different lengths, which are refused where they are read
        return 2


def _valid(
    argument: str, counts: Array, scheme: FailureScheme, periods: Sequence[str]
) -> NDArray[Any]:
    """Return counts that are 0 or more, and whole where they are of events."""
    several = len(counts) > 1
    see_counts(
        argument,
        counts,
        where=lambda row: f"period {periods[row]!r}" if several else "",
        events=are_events(scheme),
        types=scheme.codes,
    )
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
        return attrs.evolve(counts, scheme=scheme, squares=found.squares, largest=found.largest)
    if (counts.scheme.points == scheme.points).all():
        return attrs.evolve(counts, scheme=scheme)
    msg = (
        f"`{argument}`: cases were scored with the weights of {counts.scheme.code!r}; "
        "count them again with the new ones"
    )
    raise ValueError(msg)


def see_counted(scheme: FailureScheme) -> None:
    """See that it is a scheme, and one of counts."""
    instance("scheme", scheme, FailureScheme, hint="; failure_scheme(…) returns one")
    rates = [kind.code for kind in scheme.types if kind.per is not None or kind.weight < 0]
    if rates:
        rule = f"`scheme`: {rates[0]!r} is a rate or weighs less than 0"
        msg = f"{rule}, so that nothing is counted; signed_index takes such schemes"
        raise ValueError(msg)


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
