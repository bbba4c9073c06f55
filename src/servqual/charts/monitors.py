"""A chart that is told one period at a time, and kept from one day to the next."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual import _specs
from servqual._checks import (
    between,
    choice,
    instance,
    is_nothing,
    listed,
    not_negative,
    plain_number,
    whole,
)
from servqual._frames.periods import label, see_order
from servqual.charts._series import REACH, see_cases, see_counts
from servqual.charts._walking import walk
from servqual.charts.baselines import Baseline
from servqual.charts.rules import Cusum, Ewma, Rule, Shewhart, Signal

__all__ = ["Monitor"]

FORMAT = 1  # of to_dict
RULES = {"shewhart": Shewhart, "ewma": Ewma, "cusum": Cusum}
Counts = float | Sequence[float | None] | Mapping[str, float | None] | None


def _state(value: Iterable[float] | None) -> tuple[float, ...]:
    if value is None:
        return ()
    instance("state", value, list, tuple)
    return tuple(float(plain_number("state", level)) for level in value)


def _periods(value: object) -> int:
    return whole("periods", value, least=0)


def _last(value: object) -> str | None:
    return None if value is None else label("last", value)


@attrs.frozen(kw_only=True)
class Monitor:
    """A chart's memory: what is normal, how it looks, and all that it needs to know of the past.

    A chart's `monitor` goes on where the chart ends. Update by update, it gives exactly what a
    chart of the whole series gives.

    Parameters
    ----------
    baseline : Baseline
        What is normal.
    rule : Shewhart, Ewma or Cusum
        How the chart looks at the series.
    state : sequence of float, optional
        The memory of the rule; by default, before the first period.
    periods : int
        How many periods it was told of.
    last : str, optional
        The label of the last of them.
    point : dict
        What the last update added: `period`, `statistic`, `falling` of a CUSUM, `centre`, `lower`,
        `upper`, `volume` and `undefined`, as in the Table of a chart. Empty before the first, and
        no part of what is kept or compared.
    signals : tuple of Signal
        What fired in the last update. As `point`.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, or the memory is not that of the rule.

    Examples
    --------
    >>> monitor = Monitor(baseline=Baseline(family="count", centre=4, variance=4), rule=Shewhart())
    >>> monitor = monitor.update(11, period="2026-03-01")
    >>> monitor.point["upper"], monitor.signals[0].rule
    (10.0, 'above the upper limit')
    """

    baseline: Baseline
    rule: Rule
    state: tuple[float, ...] = attrs.field(default=None, converter=_state)
    periods: int = attrs.field(default=0, converter=_periods)
    last: str | None = attrs.field(default=None, converter=_last)
    point: dict[str, Any] = attrs.field(factory=dict, eq=False)
    signals: tuple[Signal, ...] = attrs.field(default=(), eq=False)

    def __attrs_post_init__(self) -> None:
        instance("baseline", self.baseline, Baseline)
        instance("rule", self.rule, *RULES.values())
        start = self.rule.start()
        if not self.state:
            object.__setattr__(self, "state", start)
        elif len(self.state) != len(start):
            msg = f"`state` must be {len(start)} numbers of this rule, got {self.state}"
            raise ValueError(msg)

    def update(
        self, counts: Counts, *, volume: float | None = 1, period: object = None
    ) -> "Monitor":
        """Return the monitor after one more period; `point` and `signals` are of that period.

        Parameters
        ----------
        counts : float, or sequence or mapping of float
            The count (or value) of the period; of several types, one for each in the order of the
            baseline, or by code. None or NaN is missing: the period is undefined, and changes
            nothing but the number of periods and the last label.
        volume : float
            The volume of the period, in the unit of the baseline; None is missing.
        period : str, number or date, optional
            Its label, by default the next number. It must differ from the last one, and follow it
            if both are numbers or ISO dates: so a daily job that runs twice counts no day twice.

        Returns
        -------
        Monitor
            A new one; this one stays as it is.

        Raises
        ------
        TypeError, ValueError
            If a count is negative, fractional or of an unknown type, or the period is counted
            already.

        Examples
        --------
        >>> normal = Baseline(family="count", centre=4, variance=4)
        >>> monitor = Monitor(baseline=normal, rule=Cusum(decision=4)).update(9, period="Monday")
        >>> monitor.point["statistic"], monitor.signals
        (2.0, ())
        >>> monitor.update(9, period="Monday")
        Traceback (most recent call last):
        ValueError: `period` 'Monday' is counted already; go on with the next, or from before it
        """
        words = self._next(period)
        given, size = self._counts(counts, words), self._volume(volume)
        if self.baseline.family == "share":
            see_cases(given, np.array([size]), [words])
        found = walk(self.baseline, self.rule, given, np.array([size]), self.state)
        cells = {name: float(column[0]) for name, column in found.columns.items()}
        return attrs.evolve(
            self,
            state=found.state,
            periods=self.periods + 1,
            last=words,
            point={"period": words, **cells, "undefined": str(found.undefined[0])},
            signals=found.signals([words]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the monitor as plain dicts, lists and numbers, exactly, for JSON.

        Examples
        --------
        >>> import json
        >>> normal = Baseline(family="count", centre=4, variance=4)
        >>> monitor = Monitor(baseline=normal, rule=Ewma()).update(7)
        >>> kept = json.dumps(monitor.to_dict(), allow_nan=False)
        >>> Monitor.from_dict(json.loads(kept)) == monitor
        True
        """
        kind = next(name for name, rule in RULES.items() if isinstance(self.rule, rule))
        baseline = attrs.asdict(self.baseline)
        return {
            "format": FORMAT,
            "baseline": {n: list(v) if isinstance(v, tuple) else v for n, v in baseline.items()},
            "rule": {"kind": kind, **attrs.asdict(self.rule)},
            "state": list(self.state),
            "periods": self.periods,
            "last": self.last,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Monitor":
        """Make a monitor of what `to_dict` gave.

        Raises
        ------
        TypeError, ValueError
            If this is not the dict of a monitor of this format; the message says what is wrong.
        """
        instance("plain", plain, Mapping, hint="; read JSON with json.loads first")
        if plain.get("format") != FORMAT:
            msg = f"`plain` must be a monitor of format {FORMAT}, got {plain.get('format')!r}"
            raise ValueError(msg)
        parts = ("baseline", "rule", "state", "periods", "last")
        if absent := [name for name in parts if name not in plain]:
            msg = f"`plain` is no dict of a monitor: it lacks {', '.join(absent)}"
            raise ValueError(msg)
        instance("rule", plain["rule"], Mapping)
        settings = dict(plain["rule"])
        kind = RULES[choice("rule: kind", settings.pop("kind", None), tuple(RULES))]
        return cls(
            baseline=_specs.from_dict(Baseline, plain["baseline"], "baseline"),
            rule=_specs.from_dict(kind, settings, "rule"),
            **{name: plain[name] for name in parts[2:]},
        )

    def _next(self, period: object) -> str:
        """Return the label of the next period, if it may follow the last one."""
        if period is None:
            period = 1 + int(self.last if self.last and self.last.isdecimal() else self.periods)
        words = label("period", period)
        if self.last == words:
            msg = f"`period` {words!r} is counted already; go on with the next, or from before it"
            raise ValueError(msg)
        if self.last is not None:
            see_order("period", [self.last, words], "such a period is counted already, or missed")
        return words

    def _counts(self, counts: Any, period: str) -> NDArray[np.float64]:  # noqa: ANN401 (see `Counts`)
        """Return counts as one row, NaN where missing."""
        types = self.baseline.types
        plain = np.ndim(counts) == 0 and not isinstance(counts, Mapping)
        cells = counts
        if plain and (len(types) == 1 or is_nothing(counts)):
            cells = [counts] * len(types)
        names = [f"counts[{code!r}]" if code else "counts" for code in types]
        read = [
            math.nan if is_nothing(cell) else between(name, cell, -REACH, REACH)
            for name, cell in zip(names, listed("counts", cells, types), strict=True)
        ]
        found = np.array([read], dtype=float)
        if self.baseline.family != "value":
            see_counts(found, [period], types, self.baseline.measured)
        return found

    def _volume(self, volume: object) -> float:
        """Return a volume, NaN where missing."""
        if is_nothing(volume):
            return math.nan
        size = not_negative("volume", volume)
        if self.baseline.family == "value" and size != 1:
            msg = f"`volume` of a value must be 1, got {size:g}; counts have a volume"
            raise ValueError(msg)
        return size
