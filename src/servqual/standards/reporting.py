"""All standards of a service at once, and group by group."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, distinct, instance, names
from servqual._frames.groups import Factor, crossed, keyed
from servqual._frames.sources import Source
from servqual.instruments import Scale
from servqual.standards.definitions import (
    HardStandard,
    OneTimeFix,
    SoftStandard,
    Standard,
    StandardSet,
)
from servqual.standards.measured import (
    Compliance,
    judged,
    measurements_of,
    note,
    plain_column,
    value_columns,
)
from servqual.tables import Result, Table

__all__ = ["StandardsReport", "standards_report"]

Array = NDArray[np.float64]
KINDS = {HardStandard: "hard", SoftStandard: "soft", OneTimeFix: "fix"}
YES_OR_NO = Scale(
    0, 1, anchors={0: ("no", "n", "false", "not done"), 1: ("yes", "y", "true", "done")}
)


@attrs.frozen(kw_only=True, repr=False)
class StandardsReport(Result):
    """Standards and how far they are met.

    Parameters
    ----------
    table : Table
        One row a group and standard: its `kind` (hard, soft, fix), then the numbers of
        `Compliance`.
    """

    table: Table


def standards_report(
    measurements: Any,  # noqa: ANN401 (any frame)
    standards: StandardSet | Sequence[Standard],
    *,
    by: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> StandardsReport:
    """Hold the columns of a frame against the standards of a service.

    Each row is what `compliance` gives for the column of one standard, in one group.

    Parameters
    ----------
    measurements : data frame or mapping of columns
        One row a case: a column for each standard, its `measure` or else its name. Missing cells
        are counted and left out, standard by standard.
    standards : StandardSet or sequence of standards
        What is held against. A one-time fix is judged by its column of yes and no (true and false,
        1 and 0), or without one by its own `done`.
    by : str or sequence of str
        Group columns; of several, every combination that occurs is a group, and cases without a
        label are one, ``"(missing)"``.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    StandardsReport
        In the units of the standards.

    Raises
    ------
    TypeError, ValueError
        If a column is missing (the message names the nearest), or as `compliance`.

    Notes
    -----
    Standards are judged one by one: among many, some look met or missed by chance. The `done` of a
    fix is a fact and no sample: it has a share of 1 or 0 and a verdict, and no interval.

    Examples
    --------
    >>> greeting = HardStandard(name="greeting", limit=4, unit="minutes", target=0.5)
    >>> hours = OneTimeFix(name="open on Saturdays", done=True)
    >>> waits = {"branch": ["N", "N", "S", "S"], "greeting": [2, 3, 3, 5]}
    >>> report = standards_report(waits, [greeting, hours], by="branch").table
    >>> report["standard"].tolist()
    ['greeting', 'open on Saturdays', 'greeting', 'open on Saturdays']
    >>> report["share"].tolist()
    [1.0, 1.0, 0.5, 1.0]
    """
    chosen = _chosen(standards)
    confidence = confidence_level(confidence)
    source = _source(measurements)
    factors = [Factor.of(name, source.column(source.place("by", name))) for name in names("by", by)]
    columns = [_column(source, standard) for standard in chosen]
    groups, parts = _parts(factors, columns)
    found = [
        _judged(standard, values, confidence)
        for group in range(len(groups))
        for standard, values in zip(chosen, parts[group], strict=True)
    ]
    labels = {
        "standard": [standard.name for standard in chosen],
        "kind": [KINDS[type(standard)] for standard in chosen],
    }
    keys = [factor.name for factor in factors]
    values = value_columns(found)
    distinct("group and result columns", (*keys, *labels, *values))
    return StandardsReport(
        table=Table(
            title="Standards",
            keys=(*keys, "standard"),
            data={**keyed(keys, groups, labels), **values},
            note=note(confidence),
        )
    )


def _source(measurements: Any) -> Source:  # noqa: ANN401 (any frame)
    if isinstance(measurements, Mapping):
        return Source.of_mapping("measurements", measurements)
    return Source.of_frame(measurements)


def _chosen(standards: StandardSet | Sequence[Standard]) -> tuple[Standard, ...]:
    if isinstance(standards, StandardSet):
        return standards.standards
    instance("standards", standards, list, tuple, StandardSet)
    for standard in standards:
        instance("standards", standard, *KINDS)
    if not standards:
        msg = "`standards` must hold at least one standard, got none"
        raise ValueError(msg)
    distinct("names of standards", (standard.name for standard in standards))
    return tuple(standards)


def _column(source: Source, standard: Standard) -> Array | None:
    """Return the measurements of a standard; None for a fix that has no column."""
    fix = isinstance(standard, OneTimeFix)
    if fix and not standard.measure and standard.name not in source.names:
        return None
    cells = source.column(source.place("measurements", standard.column))
    argument = f"measurements[{standard.column!r}]"
    found = measurements_of(argument, _asked(standard), plain_column(argument, cells))
    if fix and (unclear := np.flatnonzero((found > 0) & (found < 1))).size:
        row = unclear[0]
        msg = f"`{argument}` must be yes or no, 1 or 0, got {found[row]:g} (row {row + 1})"
        raise ValueError(msg)
    return found


def _asked(standard: Standard) -> HardStandard | SoftStandard:
    """Return a standard for measurements: a fix is asked for by yes and no."""
    if not isinstance(standard, OneTimeFix):
        return standard
    return SoftStandard(name=standard.name, item="is it done?", scale=YES_OR_NO, at_least=1)


def _parts(
    factors: Sequence[Factor], columns: Sequence[Array | None]
) -> tuple[Sequence[tuple[str, ...]], list[list[Array | None]]]:
    """Return the groups that occur, and of each group its part of every column."""
    if not factors:
        return [()], [list(columns)]
    rows = len(factors[0].codes)
    groups, codes = crossed(factors, rows) if rows else ((), np.empty(0, dtype=np.intp))
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(groups)))[:-1]
    split = [
        [None] * len(groups) if column is None else np.split(column[order], ends)
        for column in columns
    ]
    return groups, [[column[group] for column in split] for group in range(len(groups))]


def _judged(standard: Standard, values: Array | None, confidence: float) -> Compliance:
    if isinstance(standard, OneTimeFix) and values is None:
        return _fact(standard, confidence)
    found = judged(_asked(standard), np.empty(0) if values is None else values, confidence)
    if not isinstance(standard, OneTimeFix) or not found.n:
        return found
    nothing: dict[str, Any] = {"mean": math.nan, "sd": math.nan, "capability": math.nan}
    return attrs.evolve(found, **nothing, undefined="a fix is done or not: a share alone")


def _fact(fix: OneTimeFix, confidence: float) -> Compliance:
    """Return what is known of a fix that no column speaks of."""
    known, met = fix.done is not None, bool(fix.done)
    return Compliance(
        name=fix.name,
        confidence=confidence,
        n=int(known),
        missing=int(not known),
        met=int(met),
        share=float(met) if known else math.nan,
        target=math.nan,
        verdict=("met" if met else "missed") if known else "",
        undefined="a fix has no sample" if known else "nobody knows whether it is done",
    )
