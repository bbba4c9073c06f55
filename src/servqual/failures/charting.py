"""Weighted failures period by period: which periods differ by more than chance."""

from typing import Literal
from warnings import warn

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import choice, positive
from servqual.charts.baselines import Baseline, counts_baseline, widened
from servqual.charts.control import ControlChart, charted
from servqual.charts.rules import Rule
from servqual.charts.series import Labels, Series, series_of
from servqual.failures._given import counts_and_volumes, too_narrow
from servqual.failures.counts import Counts, FailureCounts, Volume
from servqual.failures.schemes import FailureScheme

__all__ = ["failure_chart"]

Array = NDArray[np.float64]
SPREADS = ("poisson", "laney")


def failure_chart(  # noqa: PLR0913 (what every chart takes, and what a rate needs)
    counts: Counts,
    scheme: FailureScheme,
    *,
    volume: Volume = None,
    baseline: int | ArrayLike | None = None,
    exclude: Labels = (),
    per: float = 1,
    rule: Rule | None = None,
    spread: Literal["poisson", "laney"] = "poisson",
) -> ControlChart:
    """Return the chart of weighted failures: a demerit chart with the weights of a scheme.

    x_t = per·Σwn_t/N_t; centre per·Σwū, ū = Σn/ΣN of each type over phase 1; σ_t = per·√(Σw²ū/N_t),
    limits 3σ_t about the centre, the lower at least 0. Where failures were counted case by case,
    Σw²ū is Σ(score of a case)²/ΣN.

    Parameters
    ----------
    counts : FailureCounts, array_like, or frame
        n ≥ 0, a row for each period in the order of time, as in `failure_index`; of one group. NaN
        is a period in which nobody counted, and undefined.
    scheme : FailureScheme
        The types and their weights, w > 0.
    volume : float, array_like, mapping, or str, optional
        N, how much was done: one number for every period, one for each, in their order or by their
        labels, or the column of the frame that has them; by default 1. A period without is
        undefined.
    baseline : int or array_like of bool, optional
        Phase 1, which says what is normal: how many first periods, or whether each; by default all.
    exclude : label or sequence of labels
        Periods whose cause is known, of either phase: they are no part of phase 1 and of what the
        rule remembers, do not signal, and stay in the chart.
    per : float
        Of how much volume a rate is, such as 1000.
    rule : Shewhart, Ewma or Cusum, optional
        How to look; by default, ``Shewhart()``: 3 sigmas, and 8 in a row.
    spread : {"poisson", "laney"}
        σ_t of independent failures; or as many times as much as phase 1 varies from one period to
        the next, as in `laney_u_chart`, for series in which `dispersion` is large.

    Returns
    -------
    ControlChart
        Table, signals, test of dispersion, and a monitor to `update` with the counts of each type.

    Raises
    ------
    TypeError, ValueError
        If counts are negative, or those of events not whole; if they are of several groups; if
        periods stand twice or do not rise, volumes do not fit, or phase 1 has no value.

    Warns
    -----
    UserWarning
        If some counts are of another unit than events and not scored case by case: limits are then
        too narrow, as the intervals of `failure_index`.

    Notes
    -----
    For failures, or cases, that are independent of each other. Where all types rise and fall
    together, as with weather, phase 1 varies more: `dispersion` tells.
    A chart says when to look for a cause, not which; `failure_index` says what failed then.
    Where few are expected in a period, or single ones weigh much, false alarms come more often than
    every 153 periods: ``charts.detection_time(chart, ratio=1)`` tells; ``Ewma()`` suffers least.

    References
    ----------
    Dodge, H. F. & Torrey, M. N. (1956). A check inspection and demerit rating plan. Industrial
    Quality Control 13(1), 5-12. (From memory.)

    Examples
    --------
    Two normal days of 54 points with σ = √(44 + 100), and a day with 94.

    >>> from servqual.failures.schemes import FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> chart = failure_chart([[44, 1], [44, 1], [44, 5]], scheme, baseline=2)
    >>> chart.centre, chart.upper.tolist(), chart.signals[0].period
    (54.0, [90.0, 90.0, 90.0], '3')
    >>> chart.monitor.update({"late": 10, "lost": 0}).signals[0].rule
    'below the lower limit'
    """
    per = positive("per", per)
    each = 1 if volume is None else volume
    found, volumes, _ = counts_and_volumes("counts", counts, scheme, each, number="each")
    _see_one_series(found)
    narrow = too_narrow(found)
    if narrow:
        warn(f"`counts`: {narrow}", stacklevel=2)
    series = series_of(
        found.counts.astype(float),
        volume=volumes,
        periods=found.periods.tolist(),
        baseline=baseline,
        exclude=exclude,
    )
    normal = _baseline(found, series, per)
    if choice("spread", spread, SPREADS) == "laney":
        normal = widened(normal, series)
    unit = (
        "points" if volume is None else f"points per {per:,g}" if per != 1 else "points by volume"
    )
    return charted("failure chart", series, normal, rule, unit=unit, notes=(narrow, found.note))


def _see_one_series(counts: FailureCounts) -> None:
    """See that there are periods, and of one group."""
    if not len(counts):
        msg = "`counts` must have at least one period, got none"
        raise ValueError(msg)
    for name, labels in counts.keys[:-1]:
        if len(found := np.unique(labels)) > 1:
            rule = f"`counts` must be of one group, got {len(found)} of {name!r}"
            msg = f"{rule}; chart one at a time, as counts.where({name}={str(found[0])!r})"
            raise ValueError(msg)


def _baseline(counts: FailureCounts, series: Series, per: float) -> Baseline:
    """Return what is normal, with the variance of scores where cases have them."""
    scheme = counts.scheme
    found = counts_baseline(
        series,
        types=scheme.codes,
        weights=tuple((per * scheme.points).tolist()),
        measured=tuple(kind.code for kind in scheme.types if not kind.is_event),
    )
    if not counts.scored or not found.variance:
        return found
    used = series.used
    squares, volume = counts.squares[used].sum(), series.volume[used].sum()
    return attrs.evolve(found, variance=per**2 * float(squares / volume))
