"""Control charts: what is normal, what happened, and where it is not normal any more."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual.charts._series import Series
from servqual.charts._walking import Walk, walk
from servqual.charts.baselines import Baseline
from servqual.charts.monitors import Monitor
from servqual.charts.rules import Cusum, Ewma, Rule, Shewhart, Signal
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
        `phase` (1 or 2), whether it is `excluded` from phase 1, the `signal` (the rules that fired,
        or ""), and `undefined`.
    signals : tuple of Signal
        What fired, in the order of time.
    dispersion, dispersion_p : float
        χ²/df of the used periods of phase 1 about the centre, 1 for independent events; and the
        probability of such a χ² or a larger one. NaN for values, of one period, or without spread.
    advice : str
        What to do where phase 1 varies more than independent events do, or "".
    excluded : tuple of str
        The labels that phase 1 leaves out.
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
) -> ControlChart:
    """Return the chart of a series, of whose phase 1 the baseline is; Shewhart's by default."""
    rule = Shewhart() if rule is None else rule
    instance("rule", rule, Shewhart, Ewma, Cusum)
    found = walk(baseline, rule, series.counts, series.volume)
    dispersion, p = _dispersion(series, baseline)
    advice = _advice(baseline, dispersion, p)
    signals = found.signals(series.periods)
    excluded = tuple(np.array(series.periods)[series.excluded].tolist())
    note = _note(rule, signals, excluded, advice)
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
        "excluded": series.excluded,
        "signal": found.words(),
        "undefined": found.undefined,
    }
    return Table(title=name, keys=("period",), data=data, note=note)


def _monitor(
    baseline: Baseline, rule: Rule, series: Series, found: Walk, signals: tuple[Signal, ...]
) -> Monitor:
    last = series.periods[-1]
    cells: dict[str, Any] = {name: float(cells[-1]) for name, cells in found.columns.items()}
    return Monitor(
        baseline=baseline,
        rule=rule,
        state=found.state,
        periods=len(series.periods),
        last=last,
        point={"period": last, **cells, "undefined": str(found.undefined[-1])},
        signals=tuple(signal for signal in signals if signal.period == last),
    )


def _dispersion(series: Series, baseline: Baseline) -> tuple[float, float]:
    """Return Σ((x - μ)²·volume)/ideal variance by its df, and P(χ² ≥ that); NaN if there is none.

    For one type this is the χ² of counts against their means; of weighted types, nearly so.
    """
    used = series.used
    df, variance = int(used.sum()) - 1, baseline.ideal_variance
    if df < 1 or not variance > 0:
        return np.nan, np.nan
    from scipy.special import chdtrc  # half a second

    volume = series.volume[used]
    x = baseline.values(series.counts[used], volume)
    square = float(((x - baseline.centre) ** 2 * volume).sum()) / variance
    return square / df, float(chdtrc(df, square))


def _advice(baseline: Baseline, dispersion: float, p: float) -> str:
    """Say what to do where phase 1 varies more than chance, or what was done about it."""
    if baseline.factor != 1 and baseline.variance:
        widening = baseline.factor**0.5
        less = ": periods vary less than independent cases (underdispersion)" * (widening < 1)
        return f"limits are {widening:.3g} times as wide as those of independent cases (σz){less}"
    if not (p < RARE and dispersion > WORTH):
        return ""
    single = "laney_p_chart" if baseline.family == "share" else "laney_u_chart"
    laney = single if len(baseline.types) == 1 else 'spread="laney"'
    return (
        f"phase 1 varies {dispersion:.3g} times as much as independent cases (χ² test), so that "
        f"limits are too narrow: exclude periods with a cause of their own, or use {laney}"
    )


def _note(rule: Rule, signals: tuple[Signal, ...], excluded: tuple[str, ...], advice: str) -> str:
    periods = list(dict.fromkeys(signal.period for signal in signals))
    first = f", the first {periods[0]!r}" if periods else ""
    parts = [rule.note, f"periods that signal: {len(periods)}{first}"]
    if excluded:
        parts.append(f"left out of phase 1: {', '.join(map(repr, excluded))}")
    return "; ".join(filter(None, [*parts, advice]))
