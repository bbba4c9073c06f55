"""How long charts run until they signal, by simulation."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    confidence_level,
    generator,
    instance,
    not_negative,
    plain_number,
    positive,
    whole,
)
from servqual._stats.proportions import wilson
from servqual.charts.baselines import Baseline
from servqual.charts.control import ControlChart
from servqual.charts.rules import Rule, State, see_rule
from servqual.tables import Result, Table, interval_note

__all__ = ["RunLength", "detection_time", "run_length"]

Array = NDArray[np.float64]
Draw = Callable[[int], Array]  # the statistic of so many charts in one period
WITHIN = (1, 5, 10, 20, 50, 100)
MOST = 50_000  # periods: enough for nearly all charts of width 3.5
MOST_MEAN = 1e15  # of counts that can be drawn


@attrs.frozen(kw_only=True, repr=False)
class RunLength(Result):
    """How many periods a chart runs until its first signal, that one included.

    Parameters
    ----------
    replications : int
        How many charts were simulated.
    mean, se, low, high : float
        The mean of their run lengths, its standard error, and its normal interval; NaN if some
        never signalled.
    median : float
        The median; NaN if fewer than half signalled.
    cut : int
        How many had not signalled within `most` periods.
    table : Table
        Keyed `within`, a number of periods: the `share` of charts that signal within it, with
        Wilson's interval `low` and `high`, and `undefined`.
    undefined : str
        Why there is no mean, or "".
    """

    replications: int
    mean: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    median: float = attrs.field(eq=repr)
    cut: int
    table: Table
    undefined: str


def run_length(
    rule: Rule,
    *,
    shift: float = 0.0,
    replications: int = 10_000,
    most: int = MOST,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> RunLength:
    """Return how long a chart of normal values runs until it signals.

    Independent values of known mean and sd, whose mean lies `shift` sd away from the first period
    on: with 0, the time between false alarms.

    Parameters
    ----------
    rule : Shewhart, Ewma or Cusum
        How the chart looks.
    shift : float
        The change of the mean, in sd.
    replications : int
        How many charts are simulated, at least 2.
    most : int
        After so many periods without a signal a chart is given up, and counted in `cut`.
    confidence : float
        Confidence level of the intervals of the mean and of shares.
    rng : int or numpy Generator, optional
        Seed or generator.

    Returns
    -------
    RunLength
        Mean with interval, median, and shares within some periods.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range.

    Notes
    -----
    Baselines that are estimated from a short phase 1 give more false alarms than known ones.

    References
    ----------
    Lucas, J. M., & Saccucci, M. S. (1990). Exponentially weighted moving average control schemes:
    properties and enhancements. Technometrics 32(1), 1-12.
    https://doi.org/10.1080/00401706.1990.10484583

    Examples
    --------
    A change of 3 sigmas puts half of the values beyond a limit of 3.

    >>> from servqual.charts.rules import Shewhart
    >>> found = run_length(Shewhart(run=0), shift=3, replications=400, rng=1)
    >>> bool(found.low < 2 < found.high)
    True
    """
    see_rule(rule)
    shift, random = plain_number("shift", shift), generator(rng)

    def draw(size: int) -> Array:
        return random.standard_normal(size) + shift

    normal = Baseline(family="value", centre=0, variance=1)
    return _simulated(rule, normal, 1.0, draw, (replications, most, confidence))


def detection_time(  # noqa: PLR0913 (what is asked, and how it is simulated)
    chart: ControlChart,
    *,
    ratio: float,
    volume: float | None = None,
    replications: int = 10_000,
    most: int = MOST,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = None,
) -> RunLength:
    """Return how many periods pass until a chart signals that all became `ratio` times as frequent.

    Counts, and what is measured as well, are drawn anew: from Poisson distributions, or of shares
    from binomial ones, with the rates of the baseline times the ratio. Where the chart takes a
    larger spread as normal, as Laney's or that of scored cases, they come from negative binomial
    or beta-binomial ones whose variance is as many times as large (a smaller spread counts as
    none).

    Parameters
    ----------
    chart : ControlChart
        A chart of counts or shares; it starts anew, with its baseline.
    ratio : float
        The new rates by the old ones, 0 or more; with 1, the time between false alarms.
    volume : float, optional
        That of every period, above 0, whole for shares; by default the mean volume of phase 1.
    replications, most, confidence, rng
        As of `run_length`.

    Returns
    -------
    RunLength
        Mean with interval, median, and shares within some periods.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range, shares would exceed 1, or the chart is
        of values: for these ask `run_length` for a shift in sd.

    Examples
    --------
    >>> from servqual.charts.attributes import c_chart
    >>> chart = c_chart([8, 10, 9, 9])
    >>> found = detection_time(chart, ratio=3, replications=400, rng=1)
    >>> bool(1 <= found.mean < 2)
    True
    """
    instance("chart", chart, ControlChart)
    baseline, ratio = chart.baseline, not_negative("ratio", ratio)
    if baseline.family == "value":
        msg = "`chart` must be of counts or shares; of values, ask run_length(chart.rule, shift=…)"
        raise ValueError(msg)
    if chart.rule.needs_spread and not baseline.variance:
        msg = "`chart` has no spread in phase 1, so that it never signals"
        raise ValueError(msg)
    size = _volume(chart, volume)
    draw = _drawn(baseline, ratio, size, generator(rng))
    return _simulated(chart.rule, baseline, size, draw, (replications, most, confidence))


def _volume(chart: ControlChart, volume: float | None) -> float:
    """Return the volume of every period, by default the mean of phase 1."""
    shares = chart.baseline.family == "share"
    if volume is not None:
        return float(whole("volume", volume, least=1) if shares else positive("volume", volume))
    table = chart.table
    used = (table["phase"] == 1) & ~table["excluded"] & (table["undefined"] == "")
    mean = float(table["volume"][used].mean())
    return float(max(1, round(mean))) if shares else mean


def _drawn(baseline: Baseline, ratio: float, volume: float, random: np.random.Generator) -> Draw:
    """Return what draws the statistic of charts in one period."""
    events = baseline.event_variance
    spread = baseline.variance / events if events else 1.0
    if baseline.family == "share":
        return _drawn_shares(ratio * baseline.centre, spread, int(volume), random)
    means = ratio * volume * np.array(baseline.rates)
    if means.max() > MOST_MEAN:
        msg = f"`ratio` and `volume` must keep counts below {MOST_MEAN:g}, got {means.max():g}"
        raise ValueError(msg)
    extra, volumes = spread - 1, np.array(volume)

    def draw(size: int) -> Array:
        rates: Any = means
        if extra > 0:  # a gamma mixture has the variance mean·(1 + extra)
            rates = random.gamma(means / extra, extra, (size, len(means)))
        counts = random.poisson(rates, (size, len(means)))
        return baseline.values(counts, np.broadcast_to(volumes, size))

    return draw


def _drawn_shares(share: float, spread: float, cases: int, random: np.random.Generator) -> Draw:
    """Return what draws shares of cases whose variance is `spread` times that of binomial ones."""
    if share > 1:
        msg = f"`ratio` must keep the share within 1, got {share:g}"
        raise ValueError(msg)
    if spread <= 1 or not 0 < share < 1:
        return lambda size: random.binomial(cases, share, size) / cases
    if spread >= cases:
        msg = f"`volume` must be above {spread:g} for shares that vary so much, got {cases}"
        raise ValueError(msg)
    sum_of_both = (cases - 1) / (spread - 1) - 1  # of a beta mixture with that variance
    beta = share * sum_of_both, (1 - share) * sum_of_both
    return lambda size: random.binomial(cases, random.beta(*beta, size)) / cases


def _simulated(
    rule: Rule, baseline: Baseline, volume: float, draw: Draw, asked: tuple[Any, Any, Any]
) -> RunLength:
    """Walk many charts side by side until each has signalled."""
    replications = whole("replications", asked[0], least=2)
    most = whole("most", asked[1], least=1)
    confidence = confidence_level(asked[2])
    sigma = baseline.sigma(np.full(replications, volume))
    state: State = tuple(np.full(replications, level) for level in rule.start())
    ended = np.zeros(most + 1, dtype=np.int64)  # how many charts, by their run length
    for period in range(1, most + 1):
        x = draw(len(sigma))
        state = rule.step(state, x, baseline.centre, sigma)
        seen = rule.look(state, x, baseline.centre, sigma)
        going = ~np.logical_or.reduce([part.where for part in seen.fired])
        if not going.all():
            ended[period] = len(going) - going.sum()
            state, sigma = tuple(level[going] for level in state), sigma[going]
            if not len(sigma):
                break
    return _length(ended, replications, confidence)


def _length(ended: NDArray[np.int64], replications: int, confidence: float) -> RunLength:
    """Return what numbers of charts, by the period of their signal, say."""
    most, lengths = len(ended) - 1, np.arange(len(ended), dtype=float)
    done = np.cumsum(ended)
    cut = replications - int(done[-1])
    mean, se, undefined = np.nan, np.nan, f"{cut} charts did not signal within {most} periods"
    if not cut:
        mean, undefined = float(ended @ lengths) / replications, ""
        se = float(np.sqrt(ended @ (lengths - mean) ** 2 / (replications - 1) / replications))
    from scipy.special import ndtri  # half a second

    z = float(ndtri(0.5 + confidence / 2))
    ranks = [-(-replications // 2), replications // 2 + 1]
    middle = np.searchsorted(done, ranks)
    median = float(middle.mean()) if done[-1] >= ranks[1] else np.nan
    low, high = mean - z * se, mean + z * se
    said = undefined or f"mean {mean:.5g} ({low:.5g} to {high:.5g}), median {median:g}"
    return RunLength(
        replications=replications,
        mean=mean,
        se=se,
        low=low,
        high=high,
        median=median,
        cut=cut,
        table=_shares(done, replications, confidence, said),
        undefined=undefined,
    )


def _shares(done: NDArray[np.int64], replications: int, confidence: float, said: str) -> Table:
    most, within = len(done) - 1, np.array(WITHIN)
    known = (within <= most) | (done[-1] == replications)
    count = done[np.minimum(within, most)].astype(float)
    low, high = wilson(count, np.full(len(within), float(replications)), confidence)
    columns = {"share": count / replications, "low": low, "high": high}
    intervals = interval_note(confidence, "Wilson", "of shares")
    return Table(
        title="Charts that signal within so many periods",
        keys=("within",),
        data={
            "within": within,
            **{name: np.where(known, cells, np.nan) for name, cells in columns.items()},
            "undefined": np.where(known, "", f"simulated for {most} periods only"),
        },
        note=f"{said}; {replications} charts, simulated; {intervals}, of the mean by its se",
    )
