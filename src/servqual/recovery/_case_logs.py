"""Cases from a log with the dates at which they were opened and closed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._frames.arrays import see_rows, table_of
from servqual._frames.columns import ColumnRef
from servqual._frames.grouped import By, factors_of
from servqual._frames.times import clocked, elapsed, times_of, unit_of
from servqual._frames.words import counted
from servqual.recovery._cases import Cases, far_out

__all__ = ["cases_of_log"]

Times = NDArray[Any]  # of float64 or datetime64


def cases_of_log(
    cases: Any,  # noqa: ANN401 (any table)
    opened: ColumnRef,
    closed: ColumnRef,
    *,
    until: Any,  # noqa: ANN401 (a date of any kind)
    by: By,
    unit: str,
) -> Cases:
    """Return how long each case was open until it was closed, or until the end of the log."""
    unit = unit_of("unit", unit)
    source = table_of("cases", cases, hint="; give a row a case")
    factors = factors_of(source, by, "cases", cases)
    begun, zoned = times_of(source, "opened", source.place("opened", opened))
    done, zoned = times_of(source, "closed", source.place("closed", closed), zoned=zoned)
    if not len(begun):
        msg = "`cases` must have at least one row, got none"
        raise ValueError(msg)
    begun, done = _one_kind(begun, done)
    _see_times(begun, done)
    end = _end(until, begun, done, zoned=zoned)
    over, late = begun > end, done > end
    if over.all():
        msg = f"`until` must not come before all openings, got {_shown(end)}"
        raise ValueError(msg)
    still = np.isnan(done) | late
    durations = elapsed(np.where(still, end, done), begun, unit)
    odd = {
        "closed at the moment of opening": int(np.sum(durations[~still] == 0)),
        "closed after `until` counted as open": int(np.sum(late & ~over & ~np.isnan(begun))),
        "opened after `until` left out": int(over.sum()),
    }
    cautions = [f"{counted(count, 'case')} {what}" for what, count in odd.items() if count]
    if until is None and still.any() and not np.isnan(end):
        latest = f"open cases are open until {_shown(end)}, the latest in the log"
        cautions.append(f"{latest}: give `until`")
    stay = np.flatnonzero(~over)
    cautions += far_out(durations[stay], unit, "see its dates", stay)
    factors = [factor.take(stay) for factor in factors] if over.any() else factors
    return Cases(
        durations=durations[stay],
        closed=np.where(still, 0.0, 1.0)[stay],
        factors=factors,
        unit=unit,
        too_late=int(over.sum()),
        cautions=cautions,
    )


def _one_kind(begun: Times, done: Times) -> tuple[Times, Times]:
    """Return both columns as dates or both as numbers; one without any time is of either kind."""
    if begun.dtype.kind == done.dtype.kind:
        return begun, done
    for column in (begun, done):
        if np.isnan(column).all():
            dates = np.full(len(column), "NaT", "datetime64[us]")
            return (dates, done) if column is begun else (begun, dates)
    kinds = ["dates" if column.dtype.kind == "M" else "numbers" for column in (begun, done)]
    msg = f"`opened` and `closed` must both be dates or both numbers, got {' and '.join(kinds)}"
    raise ValueError(msg)


def _see_times(begun: Times, done: Times) -> None:
    """See that times are finite, and none is closed before it was opened."""
    for name, column in {"opened": begun, "closed": done}.items():
        if column.dtype.kind == "f":
            see_rows(name, column, np.isinf(column), "be finite")
    bad = np.flatnonzero(done < begun)
    if bad.size:
        more = f"; {bad.size:,} such in all" if bad.size > 1 else ""
        rule = "`closed` must not come before `opened`"
        got = f"{_shown(done[bad[0]])} after {_shown(begun[bad[0]])}"
        msg = f"{rule}, got {got} (row {bad[0] + 1}{more}); correct these cases, or leave them out"
        raise ValueError(msg)


def _end(until: Any, begun: Times, done: Times, *, zoned: bool | None) -> Any:  # noqa: ANN401
    """Return the end of the log, of the kind that its times are."""
    if until is None:
        return np.fmax(np.fmax.reduce(begun), np.fmax.reduce(done))
    found, _ = clocked("until", [until], zoned=zoned)
    if found.dtype.kind != begun.dtype.kind or not np.isfinite(found[0]):
        kind = "a date" if begun.dtype.kind == "M" else "a number"
        msg = f"`until` must be {kind}, as the times of the cases are, got {until!r}"
        raise ValueError(msg)
    return found[0]


def _shown(moment: Any) -> str:  # noqa: ANN401 (a time of numpy's)
    return f"{moment:g}" if isinstance(moment, float) else str(moment.item())
