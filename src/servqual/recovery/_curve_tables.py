"""Curves of groups of cases: their Tables, their test, and when a share of them is closed."""

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.grouped import beside_keys
from servqual._frames.groups import NO_LABEL, crossed, joined, keyed
from servqual._frames.words import alike_labels, counted, first_reason
from servqual._stats.survival import Curves, crossings, kaplan_meier, log_log_band, log_rank
from servqual.recovery._cases import Cases, in_units
from servqual.tables import Table, interval_note, noted, readable

__all__ = [
    "ALL_CLOSED",
    "ALL_OPEN",
    "MEDIAN",
    "Columns",
    "Grouped",
    "closing_times",
    "curve_columns",
]

Array = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]
MEDIAN = 0.5
ALL_OPEN = "no error, no interval: no case is closed yet"
ALL_CLOSED = "no error, no interval: all cases are closed"
NO_BAND = ", and there is no band where all are closed"


@attrs.frozen(eq=False, kw_only=True)
class Grouped:
    """The curves of groups, the columns of their table, and what is said of them."""

    curves: Curves
    columns: Columns
    by: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    n: NDArray[np.intp]
    missing: NDArray[np.intp]
    unit: str
    confidence: float
    cautions: tuple[str, ...]

    @classmethod
    def of(cls, cases: Cases, confidence: float) -> Self:
        """Estimate the curve of each group."""
        times, closed, factors = cases.durations, cases.closed, cases.factors
        labels, codes = crossed(factors, len(times))
        known = ~(np.isnan(times) | np.isnan(closed))
        missing = np.bincount(codes[~known], minlength=len(labels))
        if missing.any():
            times, closed, codes = times[known], closed[known], codes[known]
        curves = kaplan_meier(times, closed == 1, codes, len(labels))
        n, lost = np.bincount(codes, minlength=len(labels)), int(missing.sum())
        said = f"{counted(lost, 'case')} without a duration or `closed` left out" if lost else ""
        same = alike_labels(joined(labels), (n + missing).tolist(), "case") if factors else ""
        return cls(
            curves=curves,
            columns=curve_columns(curves, confidence),
            by=tuple(factor.name for factor in factors),
            labels=labels,
            n=n,
            missing=missing,
            unit=cases.unit,
            confidence=confidence,
            cautions=tuple(filter(None, [said, same, *cases.cautions])),
        )

    def groups(self, expected: Array, whole: Columns) -> Table:
        """Return the Table of groups; `whole` has the median of all together."""
        sums = [np.append(0, np.cumsum(c))[self.curves.ends] for c in _counts(self.curves)]
        closed, open_ = (np.diff(total) for total in sums)
        median = closing_times(self.columns, self.curves.ends, MEDIAN)
        absent = ["no label: not expected" if np.isnan(e) else "" for e in expected.tolist()]
        said = zip(absent, median["lacking"].tolist(), strict=True)
        cells = {
            "n": self.n,
            "closed": closed,
            "open": open_,
            "missing": self.missing,
            "expected": expected,
            "median": median["time"],
            "low": median["low"],
            "high": median["high"],
            "lacking": ["; ".join(filter(None, words)) for words in said],
            "undefined": median["undefined"],
        }
        method = "Brookmeyer and Crowley, from the log-log band"
        return Table(
            title=f"Time until complaints are closed{in_units(self.unit)}",
            keys=self.by,
            data=beside_keys(keyed(self.by, self.labels, {}), cells),
            note=noted(
                self._together(whole, int(open_.sum())) if self.by else "",
                "expected: how many would be closed if all groups had one curve",
                interval_note(self.confidence, method, "of the median"),
                cautions=self.cautions,
            ),
        )

    def _together(self, whole: Columns, still: int) -> str:
        """Say the median of all cases, and how many there are."""
        median, low, high = (readable(whole[name].item(), 3) for name in ("time", "low", "high"))
        why = whole["undefined"].item()
        said = f"no median, {why}" if why else f"median {median} ({low} to {high})"
        return f"all together: {said}, n {int(self.n.sum()):,}, {still:,} open"

    def table(self) -> Table:
        """Return the Table of curves."""
        rows = np.diff(self.curves.ends)
        keys = {
            name: np.repeat([labels[place] for labels in self.labels], rows)
            for place, name in enumerate(self.by)
        }
        return Table(
            title=f"Share of complaints still open{in_units(self.unit)}",
            keys=(*self.by, "time"),
            data=beside_keys(keys, self.columns),
            note=f"Kaplan-Meier; {interval_note(self.confidence, 'log-log and Greenwood')}",
        )

    def test(self) -> tuple[Table, Array]:
        """Return the Table of the test, and how many of each group would be closed."""
        there = np.array([NO_LABEL not in labels for labels in self.labels], dtype=bool)
        tested = np.flatnonzero(there & (self.n > 0))
        found = log_rank(self.curves.take(tested))
        expected = np.where(there, 0.0, np.nan)
        expected[tested] = found.expected
        undefined = first_reason(
            {
                "fewer than two groups with cases": np.bool_(len(tested) < 2),
                "no case is closed while two groups have cases": np.bool_(
                    (found.expected > 0).sum() < 2
                ),
                "all cases are closed at once": np.isnan(found.chi2),
            }
        )
        without = int(self.n[~there].sum())
        said = f"; {counted(without, 'case')} without a label left out" if without else ""
        defined = undefined == ""
        data: dict[str, Any] = {
            "test": ["log-rank"],
            "n": [int(self.n[tested].sum())],
            "groups": [len(tested)],
            "chi2": [found.chi2],
            "df": [float(found.df) if defined else np.nan],
            "p": [found.p],
            "undefined": [str(undefined)],
        }
        note = f"whether all groups have one curve{said}"
        return Table(title="Test of the groups", keys=("test",), data=data, note=note), expected


def _counts(curves: Curves) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return curves.events, curves.censored


def curve_columns(curves: Curves, confidence: float) -> Columns:
    """Return the columns of a table of curves; millions of rows are not copied again."""
    low, high = log_log_band(curves.survival, curves.greenwood, confidence)
    known = ~np.isnan(low)
    se = np.full(len(low), np.nan)
    np.sqrt(curves.greenwood, out=se, where=known)
    se *= curves.survival
    lacking = np.zeros(len(low), f"<U{len(ALL_OPEN)}")  # takes no memory where nothing is said
    lacking[curves.survival == 1] = ALL_OPEN
    lacking[curves.survival == 0] = ALL_CLOSED
    found: Columns = {
        "time": curves.time,
        "at_risk": curves.at_risk,
        "closed": curves.events,
        "censored": curves.censored,
        "open_share": curves.survival,
        "se": se,
        "low": low,
        "high": high,
        "lacking": lacking,
        "undefined": np.zeros(len(low), "<U1"),
    }
    for column in found.values():
        column.flags.writeable = False
    return found


def closing_times(
    columns: Mapping[str, NDArray[Any]], ends: NDArray[np.intp], share: float
) -> Columns:
    """Return for each group the first time by which a share is closed, and its interval.

    The interval has the first times at which the ends of the band come down to 1 - share.
    `columns` are those of curves, of which group g has the rows from ``ends[g]`` on.
    """
    level = 1 - share
    rows = {
        name: crossings(columns[column], level, ends)
        for name, column in {"time": "open_share", "low": "low", "high": "high"}.items()
    }
    time = np.append(columns["time"], np.nan)
    found: Columns = {name: time[row] for name, row in rows.items()}
    some = np.diff(ends) > 0
    lowest = np.append(columns["open_share"], np.nan)[np.where(some, ends[1:] - 1, -1)]
    undefined = first_reason(
        {
            "no cases": ~some,
            "no case is closed": lowest == 1,
            f"{100 * share:g} % are not closed within the times observed": rows["time"] < 0,
        }
    )
    no_low, no_high = rows["low"] < 0, rows["high"] < 0
    why = f"does not come down to {100 * level:g} %"
    lacking = first_reason(
        {
            "": undefined != "",
            f"no interval: the band {why}": no_low & no_high,
            f"no lower end: the band's lower end {why}": no_low,
            f"no upper end: the band's upper end {why}": no_high,
        }
    )
    gone = np.where((lacking != "") & (lowest == 0), NO_BAND, "")
    return found | {"lacking": np.char.add(lacking, gone), "undefined": undefined}
