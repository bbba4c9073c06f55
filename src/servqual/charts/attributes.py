"""Charts of attributes, which are counted: events in a volume, events alone, and cases."""

from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike

from servqual.charts.baselines import counts_baseline, shares_baseline, widened
from servqual.charts.control import ControlChart, charted
from servqual.charts.rules import Rule
from servqual.charts.series import (
    Label,
    Labels,
    Series,
    rows_of,
    see_cases,
    see_events,
    series_of,
)

__all__ = ["c_chart", "laney_p_chart", "laney_u_chart", "p_chart", "u_chart"]

RATE, SHARE = "events by volume", "share of cases"


def u_chart(
    counts: ArrayLike,
    *,
    volume: ArrayLike,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
    rule: Rule | None = None,
) -> ControlChart:
    """Return the chart of events per unit of volume, as failures a parcel, whose volumes may vary.

    u_t = counts_t/n_t; centre ū = Σcounts/Σn of phase 1, σ_t = √(ū/n_t), limits ū ± 3σ_t, the lower
    at least 0.

    Parameters
    ----------
    counts : array_like of int, or mapping or pandas Series by period
        How many events each period has, in the order of time. NaN is missing.
    volume : float, or array_like or mapping
        What they are counted in, one for all periods or one for each: by label if it has labels,
        else in order. A period without volume, or with 0, is undefined.
    baseline : int or array_like of bool, optional
        Phase 1: how many first periods, or whether each; by default all.
    exclude : label or sequence of labels
        Periods whose cause is known, of either phase: they are no part of phase 1 and of what the
        rule remembers, do not signal, and stay in the chart.
    periods : sequence of labels, optional
        Texts, numbers or dates that differ, and rise where all are numbers or ISO dates. By default
        those of a mapping, or the index of a Series but for one of whole numbers; else "1", "2", …
    rule : Shewhart, Ewma or Cusum, optional
        How to look; by default, ``Shewhart()``: 3 sigmas, and 8 in a row.

    Returns
    -------
    ControlChart
        Table, signals, test of dispersion, monitor.

    Raises
    ------
    TypeError, ValueError
        If counts are negative or fractional, labels do not fit, or phase 1 has no value.

    Notes
    -----
    For independent events. Where they come in clusters, or the volumes are large, phase 1 varies
    more: `dispersion` tells, and `advice` names `laney_u_chart`.
    Where few are expected in a period, false alarms come more often than every 153 periods, as many
    of 0.3 as every 16: ``detection_time(chart, ratio=1)`` tells; ``rule=Ewma()`` suffers least.

    References
    ----------
    Montgomery, D. C. (2009). Introduction to Statistical Quality Control. 6th ed. Wiley.

    Examples
    --------
    >>> chart = u_chart([4, 6, 2, 4], volume=[1, 1, 1, 4], baseline=3)
    >>> chart.centre, chart.upper.tolist()
    (4.0, [10.0, 10.0, 10.0, 7.0])
    """
    series = _counted(counts, volume=volume, baseline=baseline, exclude=exclude, periods=periods)
    return charted("u chart", series, counts_baseline(series), rule, unit=RATE)


def c_chart(
    counts: ArrayLike,
    *,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
    rule: Rule | None = None,
) -> ControlChart:
    """Return the chart of events in periods of equal volume.

    Centre c̄, the mean count of phase 1, limits c̄ ± 3√c̄, the lower at least 0.

    Parameters
    ----------
    counts, baseline, exclude, periods, rule
        As of `u_chart`, of which this is the case of the volume 1.

    Returns
    -------
    ControlChart
        Table, signals, test of dispersion, monitor.

    Raises
    ------
    TypeError, ValueError
        As `u_chart`.

    References
    ----------
    Montgomery, D. C. (2009). Introduction to Statistical Quality Control. 6th ed. Wiley.

    Examples
    --------
    >>> chart = c_chart([8, 10, 9, 19], baseline=3)
    >>> chart.centre, chart.signals[0].period, chart.signals[0].limit
    (9.0, '4', 18.0)
    """
    series = _counted(counts, baseline=baseline, exclude=exclude, periods=periods)
    return charted("c chart", series, counts_baseline(series), rule, unit="events")


def p_chart(
    counts: ArrayLike,
    *,
    volume: ArrayLike,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
    rule: Rule | None = None,
) -> ControlChart:
    """Return the chart of the share of cases that fail, each once at most.

    p_t = counts_t/n_t; centre p̄ = Σcounts/Σn of phase 1, σ_t = √(p̄(1 - p̄)/n_t), limits p̄ ± 3σ_t,
    within 0..1.

    Parameters
    ----------
    counts : array_like of int, or mapping or pandas Series by period
        How many cases failed, at most the volume. NaN is missing.
    volume : float, or array_like or mapping
        How many cases there were, whole.
    baseline, exclude, periods, rule
        As of `u_chart`.

    Returns
    -------
    ControlChart
        Table, signals, test of dispersion, monitor.

    Raises
    ------
    TypeError, ValueError
        As `u_chart`, or if volumes are fractional, or more cases failed than there were.

    References
    ----------
    Montgomery, D. C. (2009). Introduction to Statistical Quality Control. 6th ed. Wiley.

    Examples
    --------
    >>> chart = p_chart([12, 8, 25], volume=100, baseline=2)
    >>> chart.centre, chart.upper.round(3).tolist()
    (0.1, [0.19, 0.19, 0.19])
    """
    series = _counted(counts, volume=volume, baseline=baseline, exclude=exclude, periods=periods)
    see_cases(series.counts, series.volume, series.periods)
    return charted("p chart", series, shares_baseline(series), rule, unit=SHARE)


def laney_u_chart(
    counts: ArrayLike,
    *,
    volume: ArrayLike,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
    rule: Rule | None = None,
) -> ControlChart:
    """Return the u chart whose limits are as wide as phase 1 varies from one period to the next.

    z_t = (u_t - ū)/√(ū/n_t); σz = mean of ``|z_t - z_{t-1}|`` over neighbours in phase 1, by 1.128;
    limits ū ± 3√(ū/n_t)·σz, the lower at least 0.

    Parameters
    ----------
    counts, volume, baseline, exclude, periods, rule
        As of `u_chart`.

    Returns
    -------
    ControlChart
        Its `baseline.factor` is σz²; `advice` says what σz does to the limits.

    Raises
    ------
    TypeError, ValueError
        As `u_chart`, or if phase 1 has no two neighbours.

    Notes
    -----
    For events that come in clusters, and for volumes so large that the u chart signals all the
    time. The price: what varies from period to period is taken as normal.

    References
    ----------
    Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering 14(4), 531-537.

    Examples
    --------
    Phase 1 with z of 0, 2, 0, -2: neighbours differ by 2, so that limits are 2/1.128 times as wide.

    >>> chart = laney_u_chart([100, 120, 100, 80], volume=1)
    >>> round(chart.baseline.factor**0.5, 6) == round(2 / 1.128, 6)
    True
    """
    series = _counted(counts, volume=volume, baseline=baseline, exclude=exclude, periods=periods)
    normal = widened(counts_baseline(series), series)
    return charted("Laney u chart", series, normal, rule, unit=RATE)


def laney_p_chart(
    counts: ArrayLike,
    *,
    volume: ArrayLike,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    periods: Iterable[Label] | None = None,
    rule: Rule | None = None,
) -> ControlChart:
    """Return the p chart whose limits are as wide as phase 1 varies from one period to the next.

    As `laney_u_chart`, with z_t = (p_t - p̄)/√(p̄(1 - p̄)/n_t); limits within 0..1.

    Parameters
    ----------
    counts, volume, baseline, exclude, periods, rule
        As of `p_chart`.

    Returns
    -------
    ControlChart
        Its `baseline.factor` is σz²; `advice` says what σz does to the limits.

    Raises
    ------
    TypeError, ValueError
        As `p_chart`, or if phase 1 has no two neighbours.

    References
    ----------
    Laney, D. B. (2002). Improved control charts for attributes. Quality Engineering 14(4), 531-537.

    Examples
    --------
    Phase 1 with z of 0, 2, 0, -2.

    >>> chart = laney_p_chart([50, 60, 50, 40], volume=100)
    >>> round(chart.baseline.factor**0.5, 6) == round(2 / 1.128, 6)
    True
    """
    series = _counted(counts, volume=volume, baseline=baseline, exclude=exclude, periods=periods)
    see_cases(series.counts, series.volume, series.periods)
    normal = widened(shares_baseline(series), series)
    return charted("Laney p chart", series, normal, rule, unit=SHARE)


def _counted(counts: Any, *, periods: Any, **asked: Any) -> Series:  # noqa: ANN401 (see `u_chart`)
    """Return counts of one type with their volumes and phases."""
    found, labels = rows_of("counts", counts, periods)
    series = series_of(found, periods=labels, **asked)
    see_events(series.counts, series.periods)
    return series
