"""All standards of a service at once, and group by group."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, confidence_level, distinct, instance, names
from servqual._frames.groups import Factor, crossed, keyed, split
from servqual._frames.sources import Source
from servqual.standards._measuring import (
    Measured,
    done_of,
    fact,
    judged,
    measurements_of,
    note,
    plain_column,
    value_columns,
)
from servqual.standards.definitions import (
    HardStandard,
    OneTimeFix,
    SoftStandard,
    Standard,
    StandardSet,
)
from servqual.tables import Result, Table

__all__ = ["StandardsReport", "standards_report"]

Array = NDArray[np.float64]
KINDS = {HardStandard: "hard", SoftStandard: "soft", OneTimeFix: "fix"}


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
    standards: StandardSet | Standard | Sequence[Standard],
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
    standards : StandardSet, a standard, or a sequence of standards
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
    Standards are judged one by one: among many, some look met or missed by chance. That a fix is
    done is a fact, and rows that repeat it are no sample: it has a share and no interval, and is
    met where all rows say yes, missed where all say no, and else open.

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
    if isinstance(measurements, (str, Path)):
        rule = "`measurements` must be a data frame or a mapping of columns"
        msg = f"{rule}, got {brief(measurements)}; read it first, as with pandas.read_csv"
        raise TypeError(msg)
    return Source.of_frame(measurements)


def _chosen(standards: StandardSet | Standard | Sequence[Standard]) -> tuple[Standard, ...]:
    if isinstance(standards, Standard):
        return (standards,)
    if isinstance(standards, StandardSet):
        return standards.standards
    named = isinstance(standards, (str, Path))
    hint = "; `load_standard_set` reads a file, `standard_set` the catalogue" if named else ""
    instance("standards", standards, list, tuple, StandardSet, hint=hint)
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
    column = plain_column(argument, cells)
    if isinstance(standard, OneTimeFix):
        return done_of(argument, column)
    return measurements_of(argument, standard, column)


def _parts(
    factors: Sequence[Factor], columns: Sequence[Array | None]
) -> tuple[Sequence[tuple[str, ...]], list[list[Array | None]]]:
    """Return the groups that occur, and of each group its part of every column."""
    if not factors:
        return [()], [list(columns)]
    rows = len(factors[0].codes)
    groups, codes = crossed(factors, rows) if rows else ((), np.empty(0, dtype=np.intp))
    size = len(groups)
    parts = [[None] * size if column is None else split(column, codes, size) for column in columns]
    return groups, [[column[group] for column in parts] for group in range(size)]


def _judged(standard: Standard, values: Array | None, confidence: float) -> Measured:
    if isinstance(standard, OneTimeFix):
        return fact(np.array([standard.done], dtype=float) if values is None else values)
    return judged(standard, cast("Array", values), confidence)  # only fixes can lack a column
