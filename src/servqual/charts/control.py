"""Control charts: what is normal, what happened, and where it is not normal any more."""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual.charts._walking import Walk, walk
from servqual.charts.baselines import Baseline
from servqual.charts.monitors import Monitor
from servqual.charts.rules import Rule, Shewhart, Signal, see_rule
from servqual.charts.series import Series
from servqual.tables import Result, Table

__all__ = ["ControlChart", "charted"]

Array = NDArray[np.float64]
RARE = 0.01  # a p below it tells that counts vary more than independent events do,
WORTH = 1.2  # and limits are then a tenth too narrow, or more


@attrs.frozen(kw_only=True, repr=False)
class ControlChart(Result):
    """A series with its centre and limits, and the periods that signal.

    Parameters
    ----------
    name : str
        The kind of chart.
    unit : str
        What the statistic is, in words.
    baseline : Baseline
        What is normal, from phase 1.
    rule : Shewhart, Ewma or Cusum
        How the chart looks at the series.
    table : Table
        Keyed `period`: `statistic`, `falling` of a CUSUM, `centre`, `lower`, `upper`, `volume`,
        `phase` (1 or 2), whether it is `excluded`, the `signal` (the rules that fired, or ""), and
        `undefined`. An excluded period is shown as it would be if it counted.
    signals : tuple of Signal
        What fired, in the order of time.
    dispersion, dispersion_p : float
        χ²/df of the used periods of phase 1 about the centre, 1 for independent events; and the
        probability, nearly, of as much or more: that of a χ² of the same mean and, where volumes
        differ, the same variance. NaN for values, of one period, or without spread.
    advice : str
        What to do where phase 1 varies more than independent events do, or "".
    excluded : tuple of str
        The labels of periods whose cause is known: they are no part of phase 1, do not signal, and
        change nothing of what the rule remembers.
    monitor : Monitor
        The memory after the last period, from which `update` goes on.
    """

    name: str
    unit: str
    baseline: Baseline
    rule: Rule
    table: Table
    signals: tuple[Signal, ...]
    dispersion: float = attrs.field(eq=repr)
    dispersion_p: float = attrs.field(eq=repr)
    advice: str
    excluded: tuple[str, ...]
    monitor: Monitor

    @property
    def centre(self) -> float:
        """The centre line."""
        return 0.0 if self.rule.standardised else self.baseline.centre

    @property
    def statistic(self) -> Array:
        """What is charted, one of each period."""
        return self.table["statistic"]

    @property
    def lower(self) -> Array:
        """The lower limit of each period."""
        return self.table["lower"]

    @property
    def upper(self) -> Array:
        """The upper limit of each period."""
        return self.table["upper"]


def charted(
    name: str,
    series: Series,
    baseline: Baseline,
    rule: Rule | None = None,
    *,
    unit: str,
    notes: Sequence[str] = (),
) -> ControlChart:
    """Return the chart of a series, of whose phase 1 the baseline is; Shewhart's by default.

    `notes` stand at the end of the note of its Table.
    """
    rule = Shewhart() if rule is None else rule
    see_rule(rule)
    found = walk(baseline, rule, series.counts, series.volume, series.excluded)
    dispersion, p = _dispersion(series, baseline)
    advice = _advice(baseline, dispersion, p)
    signals = found.signals(series.periods)
    excluded = tuple(np.array(series.periods)[series.excluded].tolist())
    parts = [rule.note, _told(signals, excluded), advice, *notes]
    note = "; ".join(filter(None, parts))
    return ControlChart(
        name=name,
        unit=unit,
        baseline=baseline,
        rule=rule,
        table=_table(name, series, found, note),
        signals=signals,
        dispersion=dispersion,
        dispersion_p=p,
        advice=advice,
        excluded=excluded,
        monitor=_monitor(baseline, rule, series, found, signals),
    )


def _table(name: str, series: Series, found: Walk, note: str) -> Table:
    data = {
        "period": series.periods,
        **found.columns,
        "phase": np.where(series.first, 1, 2),
        "excluded": found.excluded,
        "signal": found.words(),
        "undefined": found.undefined,
    }
    return Table(title=name, keys=("period",), data=data, note=note)


def _monitor(
    baseline: Baseline, rule: Rule, series: Series, found: Walk, signals: tuple[Signal, ...]
) -> Monitor:
    last = series.periods[-1]
    return Monitor(
        baseline=baseline,
        rule=rule,
        state=found.state,
        told=len(series.periods),
        last=last,
        point=found.point(last),
        signals=tuple(signal for signal in signals if signal.period == last),
    )


def _dispersion(series: Series, baseline: Baseline) -> tuple[float, float]:
    """Return Q/df, Q = Σ(x - μ)²·volume/ideal variance, and P(Q or more); NaN if there is none.

    Q is taken as a χ² times a factor that gives it the variance that it has where volumes differ
    and little is expected of the small ones; weights by themselves do not spoil a χ².
    """
    used = series.used
    df, variance = int(used.sum()) - 1, baseline.ideal_variance
    if df < 1 or not variance > 0:
        return np.nan, np.nan
    from scipy.special import chdtrc  # half a second

    volume, counts = series.volume[used], series.counts[used]
    x = baseline.values(counts, volume)
    square = float(((x - baseline.centre) ** 2 * volume).sum()) / variance
    wider = 1 + max(0.0, _unevenness(volume) * _kurtosis(baseline, counts, volume)) / (2 * df)
    return square / df, float(chdtrc(df / wider, square / wider))


def _unevenness(volume: Array) -> float:
    """Return Σ1/p - T² - 2T + 2 of the shares p that T periods have in the volume, from 0 on."""
    periods = len(volume)
    return max(0.0, float((volume.sum() / volume).sum()) - periods**2 - 2 * periods + 2)


def _kurtosis(baseline: Baseline, counts: Array, volume: Array) -> float:
    """Return how far phase 1 as a whole is from normal: Σw⁴n/(Σw²n)², or that of shares."""
    if baseline.family == "share":
        pq = baseline.event_variance
        return (1 - 6 * pq) / (pq * float(volume.sum()))
    weights = np.array(baseline.weights) / max(map(abs, baseline.weights))
    n = counts.sum(axis=0)
    return float(weights**4 @ n / (weights**2 @ n) ** 2)


def _advice(baseline: Baseline, dispersion: float, p: float) -> str:
    """Say what to do where phase 1 varies more than chance, or what was done about it."""
    if baseline.factor == 0:
        return "neighbours in phase 1 do not differ: no spread, so that every difference signals"
    if baseline.factor != 1 and baseline.variance:
        widening = baseline.factor**0.5
        less = ": periods vary less than independent cases (underdispersion)" * (widening < 1)
        return f"limits are {widening:.3g} times as wide as those of independent cases (σz){less}"
    if not (p < RARE and dispersion > WORTH):
        return ""
    single = "laney_p_chart" if baseline.family == "share" else "laney_u_chart"
    laney = single if len(baseline.types) == 1 else 'spread="laney"'
    return (
        f"phase 1 varies {dispersion:.3g} times as much as independent cases (dispersion test), so "
        f"that limits are too narrow: exclude periods with a cause of their own, or use {laney}"
    )


def _told(signals: tuple[Signal, ...], excluded: tuple[str, ...]) -> str:
    """Say how many periods signal, and which are excluded."""
    periods = list(dict.fromkeys(signal.period for signal in signals))
    first = f", the first {periods[0]!r}" if periods else ""
    left = f"; excluded: {', '.join(map(repr, excluded))}" if excluded else ""
    return f"periods that signal: {len(periods)}{first}{left}"
