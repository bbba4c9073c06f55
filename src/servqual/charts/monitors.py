"""A chart that is told one period at a time, and kept from one day to the next."""

import math
from collections.abc import Iterable, Mapping, Sequence
from types import EllipsisType, MappingProxyType
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual import _specs
from servqual._checks import (
    between,
    brief,
    choice,
    instance,
    is_nothing,
    listed,
    named,
    not_negative,
    pairs,
    plain_number,
    whole,
)
from servqual._fields import plain_flag
from servqual._frames.periods import label, see_order
from servqual.charts._walking import walk
from servqual.charts.baselines import BOUNDS, Baseline
from servqual.charts.rules import Cusum, Ewma, Rule, Shewhart, Signal, see_rule
from servqual.charts.series import REACH, see_cases, see_events

__all__ = ["Monitor"]

FORMAT = 1  # of to_dict
PARTS = ("format", "baseline", "rule", "state", "told", "last")
RULES = {"shewhart": Shewhart, "ewma": Ewma, "cusum": Cusum}
Counts = float | Sequence[float | None] | Mapping[str, float | None] | None


def _state(value: Iterable[float] | None) -> tuple[float, ...]:
    if value is None:
        return ()
    instance("state", value, list, tuple)
    return tuple(float(plain_number("state", level)) for level in value)


def _told(value: object) -> int:
    return whole("told", value, least=0)


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
    told : int
        How many periods it was told of.
    last : str, optional
        The label of the last of them.
    point : mapping
        What the last update added: `period`, `statistic`, `falling` of a CUSUM, `centre`, `lower`,
        `upper`, `volume`, `excluded` and `undefined`, as in the Table of a chart. Empty before the
        first, read-only, and no part of what is kept or compared.
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
    told: int = attrs.field(default=0, converter=_told)
    last: str | None = attrs.field(default=None, converter=_last)
    _point: tuple[tuple[str, Any], ...] = attrs.field(
        default=(), converter=pairs, eq=False, repr=False
    )
    signals: tuple[Signal, ...] = attrs.field(default=(), eq=False)

    def __attrs_post_init__(self) -> None:
        instance("baseline", self.baseline, Baseline)
        see_rule(self.rule)
        start = self.rule.start()
        if not self.state:
            object.__setattr__(self, "state", start)
        elif len(self.state) != len(start):
            msg = f"`state` must be {len(start)} numbers of this rule, got {self.state}"
            raise ValueError(msg)

    @property
    def point(self) -> Mapping[str, Any]:
        """What the last update added."""
        return MappingProxyType(dict(self._point))

    def update(
        self,
        counts: Counts,
        *,
        volume: float | EllipsisType | None = ...,
        period: object = None,
        exclude: bool = False,
    ) -> "Monitor":
        """Return the monitor after one more period; `point` and `signals` are of that period.

        Parameters
        ----------
        counts : float, or sequence or mapping of float
            The count (or value) of the period; of several types, one for each in the order of the
            baseline, or by code. None or NaN is missing: the period is undefined, and changes
            nothing but the number of periods told and the last label.
        volume : float
            The volume of the period, in the unit of the baseline; None is missing. It may only be
            left out where the periods of phase 1 had none.
        period : str, number or date, optional
            Its label, by default the next number. It must differ from the last one, and follow it
            if both are numbers or ISO dates: so a daily job that runs twice counts no day twice.
        exclude : bool
            Whether the cause of the period is known: it then does not signal, and changes nothing
            of what the rule remembers, as in a chart with `exclude`.

        Returns
        -------
        Monitor
            A new one; this one stays as it is.

        Raises
        ------
        TypeError, ValueError
            If a count is negative, fractional or of an unknown type, a volume of shares is
            fractional, or the period is counted already.

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
        instance("exclude", plain_flag(exclude), bool)
        words = self._next(period)
        given, size = self._counts(counts, words), np.array([self._volume(volume)])
        if self.baseline.family == "share":
            see_cases(given, size, [words])
        out = np.array([exclude], dtype=bool)
        found = walk(self.baseline, self.rule, given, size, out, self.state)
        return attrs.evolve(
            self,
            state=found.state,
            told=self.told + 1,
            last=words,
            point=found.point(words),
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
            "told": self.told,
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
        for name in plain:
            named("plain", name, PARTS)
        if absent := [name for name in PARTS if name not in plain]:
            msg = f"`plain` is no dict of a monitor: it lacks {', '.join(absent)}"
            raise ValueError(msg)
        for name in ("baseline", "rule"):
            instance(name, plain[name], Mapping)
        normal, settings = dict(plain["baseline"]), dict(plain["rule"])
        if "family" in normal:  # cattrs would say it in its own words
            choice("baseline['family']", normal["family"], tuple(BOUNDS))
        kind = RULES[choice("rule['kind']", settings.pop("kind", None), tuple(RULES))]
        return cls(
            baseline=_specs.from_dict(Baseline, normal, "baseline"),
            rule=_specs.from_dict(kind, settings, "rule"),
            **{name: plain[name] for name in ("state", "told", "last")},
        )

    def _next(self, period: object) -> str:
        """Return the label of the next period, if it may follow the last one."""
        if period is None:
            period = 1 + int(self.last if self.last and self.last.isdecimal() else self.told)
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
        if hasattr(counts, "counts"):  # a table of a theory
            msg = "`counts` must be one for each type, got a table of them; give counts.counts[0]"
            raise TypeError(msg)
        several = isinstance(counts, Mapping) or np.ndim(counts) > 0
        if several and types == ("",):
            msg = f"`counts` must be one number, got {brief(counts)}"
            raise TypeError(msg)
        cells = counts
        if not several and (len(types) == 1 or is_nothing(counts)):
            cells = [counts] * len(types)
        names = [f"counts[{code!r}]" if code else "counts" for code in types]
        read = [
            math.nan if is_nothing(cell) else between(name, cell, -REACH, REACH)
            for name, cell in zip(names, listed("counts", cells, types), strict=True)
        ]
        found = np.array([read], dtype=float)
        if self.baseline.family != "value":
            see_events(found, [period], () if types == ("",) else types, self.baseline.measured)
        return found

    def _volume(self, volume: object) -> float:
        """Return a volume, NaN where missing."""
        if volume is ...:
            if self.baseline.volume != 1:
                msg = (
                    f"`volume` must be given: in phase 1 it was {self.baseline.volume:g} on average"
                )
                raise ValueError(msg)
            return 1.0
        if is_nothing(volume):
            return math.nan
        size = not_negative("volume", volume)
        if self.baseline.family == "value" and size != 1:
            msg = f"`volume` of a value must be 1, got {size:g}; counts have a volume"
            raise ValueError(msg)
        return size
