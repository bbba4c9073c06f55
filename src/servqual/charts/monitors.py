"""A chart that is told one period at a time, and kept from one day to the next."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from servqual import _specs
from servqual._checks import choice, instance, is_nothing, listed, plain_number, whole
from servqual.charts._periods import label, see_order
from servqual.charts._series import see_counts
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

    baseline: Baseline = attrs.field(validator=attrs.validators.instance_of(Baseline))
    rule: Rule = attrs.field(validator=attrs.validators.instance_of((Shewhart, Ewma, Cusum)))
    state: tuple[float, ...] = attrs.field(default=None, converter=_state)
    periods: int = attrs.field(default=0, converter=_periods)
    last: str | None = attrs.field(default=None, converter=_last)
    point: dict[str, Any] = attrs.field(factory=dict, eq=False)
    signals: tuple[Signal, ...] = attrs.field(default=(), eq=False)

    def __attrs_post_init__(self) -> None:
        start = self.rule.start()
        if not self.state:
            object.__setattr__(self, "state", start)
        elif len(self.state) != len(start):
            msg = f"`state` must be {len(start)} numbers of this rule, got {self.state}"
            raise ValueError(msg)

    def update(self, counts: Counts, *, volume: float | None = 1, period: object = None) -> Monitor:
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
        ValueError: `period` must be different from each other, got 'Monday' twice
        """
        words = self._next(period)
        given, size = self._counts(counts, words), self._volume(volume)
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

    def _next(self, period: object) -> str:
        words = str(self.periods + 1) if period is None else label("period", period)
        if self.last is not None:
            see_order("period", [self.last, words], "that period is counted already, or out of turn")
        return words
