"""The rows of gap tables: differences of levels with Welch's interval, or why there is none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.means import Mean
from servqual._stats.student import t_interval, welch
from servqual.gaps._levels import Levels
from servqual.tables import Table, interval_note

__all__ = ["Gap", "gap_table", "keyed_by_branch", "note_of", "people_of", "reasons_of"]

Array = NDArray[np.float64]


@attrs.frozen
class Gap:
    """A difference of two levels, later - earlier, by their places.

    Parameters
    ----------
    name : str
        The gap.
    earlier, later : int
        The places of the levels.
    closed_by : str
        The stage of the explore-offer-do-confirm cycle that closes it.
    """

    name: str
    earlier: int
    later: int
    closed_by: str = ""


def gap_table(
    measured: Levels,
    gaps: Sequence[Gap],
    total: tuple[int, Mean],
    *,
    by_label: bool,
    confidence: float,
    note: str,
) -> Table:
    """Return the Table of gaps, Welch's differences but for the one whose place is given."""
    level = measured.parts if by_label else measured.whole
    found = [
        total[1] if place == total[0] else welch(level[..., gap.earlier], level[..., gap.later])
        for place, gap in enumerate(gaps)
    ]
    estimate, se, df = (
        np.stack([getattr(mean, field) for mean in found], axis=-1)
        for field in ("mean", "se", "df")
    )
    people = people_of(level)
    low, high = t_interval(estimate, se, df, confidence)
    keys = keyed_by_branch(measured.branches, _labels(measured, gaps, by_label=by_label))
    stages = np.array([gap.closed_by for gap in gaps])
    staged = any(stages) and not by_label
    columns: dict[str, NDArray[Any]] = {
        "earlier_n": people[..., [gap.earlier for gap in gaps]],
        "later_n": people[..., [gap.later for gap in gaps]],
        "estimate": estimate,
        "se": se,
        "df": np.where(se > 0, df, np.nan),
        "low": low,
        "high": high,
        **({"closed_by": np.broadcast_to(stages, low.shape)} if staged else {}),
        "undefined": _reasons(measured, gaps, se, by_label=by_label),
    }
    names = ("branch",) if measured.branches else ()
    return Table(
        title="Gaps by label" if by_label else "Gaps",
        keys=(*names, "label", "gap") if by_label else (*names, "gap"),
        data=keys | {name: _given(column) for name, column in columns.items()},
        note=note,
    )


def people_of(level: Mean) -> NDArray[np.int_]:
    """Return how many answered; nobody where a level was set."""
    return np.where(np.isinf(level.n), 0, level.n).astype(int)


def note_of(confidence: float, *, paired: bool) -> str:
    """Say what a gap is and how its interval is made."""
    whole = "; that of the whole by the paired t" if paired else ""
    return "gap = later - earlier; " + interval_note(confidence, "Welch's t") + whole


def reasons_of(measured: Levels, places: Sequence[int]) -> NDArray[np.str_]:
    """Return why the mean of a level over its labels lacks numbers, by level."""
    columns = []
    for place in places:
        cases = list(_shortcomings(measured, place, by_label=False))
        cases.append(("no variation", measured.whole.se[..., place] == 0))
        columns.append(np.select([rows for _, rows in cases], [why for why, _ in cases], ""))
    return np.stack(columns, axis=-1)


def keyed_by_branch(
    branches: Sequence[str], labels: Mapping[str, Sequence[str]]
) -> dict[str, NDArray[Any]]:
    """Return the columns of labels for each branch in turn, with the branches in front, if any."""
    columns = {name: np.asarray(column) for name, column in labels.items()}
    if not branches:
        return columns
    shape = len(branches), len(next(iter(columns.values())))
    each = {"branch": np.array(branches)[:, None], **columns}
    return {name: _given(np.broadcast_to(column, shape)) for name, column in each.items()}


def _given(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column in one row after the other, given away: a Table need not copy it."""
    flat = np.ascontiguousarray(column)
    flat.flags.writeable = False
    return flat.reshape(-1)


def _labels(measured: Levels, gaps: Sequence[Gap], *, by_label: bool) -> dict[str, Sequence[str]]:
    """Return the texts that tell the rows of one branch apart."""
    names = [gap.name for gap in gaps]
    if by_label:
        labels = [label for label in measured.labels for _ in gaps]
        return {"label": labels, "gap": names * len(measured.labels)}
    return {
        "gap": names,
        "earlier": [measured.names[gap.earlier] for gap in gaps],
        "later": [measured.names[gap.later] for gap in gaps],
    }


def _reasons(
    measured: Levels, gaps: Sequence[Gap], se: Array, *, by_label: bool
) -> NDArray[np.str_]:
    """Return why numbers of the rows are undefined, or nothing."""
    levels = range(len(measured.names))
    lacking = [list(_shortcomings(measured, place, by_label=by_label)) for place in levels]
    columns = []
    for place, gap in enumerate(gaps):
        ends = zip(lacking[gap.earlier], lacking[gap.later], strict=True)  # the gravest first
        cases = [case for both in ends for case in both]
        cases.append(("no variation", se[..., place] == 0))
        cases = [(why, rows) for why, rows in cases if rows.any()]
        rows, reasons = [rows for _, rows in cases], [why for why, _ in cases]
        columns.append(np.select(rows, reasons, "") if cases else np.full(se.shape[:-1], ""))
    return np.stack(columns, axis=-1)


def _shortcomings(
    measured: Levels, place: int, *, by_label: bool
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield what a level lacks, and where."""
    name, whole = measured.names[place], measured.whole[..., place]
    level = measured.parts[..., place] if by_label else whole
    errorless = (level.n > 1) & np.isnan(level.se)
    yield f"{name}: {'no answers' if by_label else 'a label without answers'}", np.isnan(level.mean)
    yield f"{name}: one answer", level.n == 1
    sd = ~np.isnan(measured.parts.se[..., place])
    known = sd if by_label else sd.all(axis=-1)
    yield f"{name}: no sd", errorless & ~known
    yield f"{name}: errors over labels of a Summary need label_correlation", errorless & known
