"""How a chart looks at a series: its memory, its limits, and when it signals.

A rule is data. `start` is its memory before the first period, `step` what a period makes of it, and
`look` reads from it what a chart shows; both take numbers of one series one after another, and of
many series side by side. Only these rules are offered: each of the other patterns that are looked
for in charts (two of three beyond 2σ, six rising, …) adds false alarms, and together they are many.
"""

from typing import Any, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, not_negative, plain_number, positive, whole
from servqual._fields import is_flag, plain_flag

__all__ = [
    "ABOVE",
    "BELOW",
    "FALLING",
    "RISING",
    "RUN_ABOVE",
    "RUN_BELOW",
    "Cusum",
    "Ewma",
    "Fired",
    "Look",
    "Rule",
    "Shewhart",
    "Signal",
    "State",
    "see_rule",
]

Array = NDArray[np.float64]
Level = Any  # a float of one series, or an array of many side by side
State = tuple[Level, ...]

ABOVE = "above the upper limit"
BELOW = "below the lower limit"
RUN_ABOVE = "{run} in a row above the centre"
RUN_BELOW = "{run} in a row below the centre"
RISING = "rising sum"
FALLING = "falling sum"
ROUNDING = 1e-12  # of the centre: rates that are equal to it may differ by their sums


@attrs.frozen(kw_only=True)
class Signal:
    """A period in which a rule fired.

    Parameters
    ----------
    period : str
        Its label.
    rule : str
        What fired, in words.
    statistic, limit : float
        What the rule looked at, and the line that it lies beyond; of a run, the centre.
    """

    period: str
    rule: str
    statistic: float
    limit: float


@attrs.frozen(eq=False)
class Fired:
    """Where one part of a rule fired, what it looked at, and the line that this lies beyond."""

    rule: str
    where: NDArray[np.bool_]
    statistic: Array
    limit: Array


@attrs.frozen(eq=False)
class Look:
    """What a chart shows of periods: the statistic, a second one below, limits, what fired."""

    statistic: Array
    falling: Array | None
    lower: Array
    upper: Array
    fired: tuple[Fired, ...]


def _width(value: object) -> float:
    return positive("width", value)


def _run(value: object) -> int:
    run = whole("run", value, least=0)
    if run == 1:
        msg = "`run` must be at least 2, or 0 for none, got 1"
        raise ValueError(msg)
    return run


def _smoothing(value: object) -> float:
    smoothing = plain_number("smoothing", value)
    if not 0 < smoothing <= 1:
        msg = f"`smoothing` must lie above 0 and be at most 1, as 0.1, got {smoothing}"
        raise ValueError(msg)
    return float(smoothing)


def _allowance(value: object) -> float:
    return not_negative("allowance", value)


def _decision(value: object) -> float:
    return positive("decision", value)


def _head_start(value: object) -> float:
    return not_negative("head_start", value)


def _beyond(value: Array, lower: Array, upper: Array) -> tuple[Fired, Fired]:
    """Return where a statistic lies beyond its limits; on a limit is within."""
    return Fired(ABOVE, value > upper, value, upper), Fired(BELOW, value < lower, value, lower)


@attrs.frozen(kw_only=True)
class Shewhart:
    """Signals of single periods beyond the limits, and of runs on one side of the centre.

    Limits μ ± width·σ_t, σ_t by the volume of the period. For large sudden changes.

    Parameters
    ----------
    width : float
        How many sigmas the limits are away from the centre.
    run : int
        How many periods in a row on one side of the centre signal, at least 2; each further one
        signals again, and one exactly on the centre breaks the run. 0 for no such signals.

    Raises
    ------
    TypeError, ValueError
        If a field is no number or out of range.

    Notes
    -----
    In control, normal values lie beyond 3σ every 370.4 periods on average; with runs of 8 as well,
    a signal comes every 153.

    References
    ----------
    Shewhart, W. A. (1931). Economic control of quality of manufactured product. Van Nostrand.

    Examples
    --------
    >>> Shewhart(width=2, run=0)
    Shewhart(width=2.0, run=0)
    """

    width: float = attrs.field(default=3.0, converter=_width)
    run: int = attrs.field(default=8, converter=_run)
    needs_spread: ClassVar[bool] = False
    standardised: ClassVar[bool] = False

    @property
    def note(self) -> str:
        """What the rule does, in words."""
        runs = f", and {self.run} in a row on one side of the centre" if self.run else ""
        return f"signals: beyond {self.width:g} sigmas{runs}"

    def start(self) -> State:
        """Return the memory: how many in a row lie above the centre, below 0 if below it."""
        return (0.0,)

    def step(self, state: State, x: Level, centre: float, sigma: Level) -> State:  # noqa: ARG002 (as other rules)
        """Return the memory after a period."""
        (run,) = state
        away, on_it = x - centre, ROUNDING * abs(centre)
        side = 1.0 * (away > on_it) - 1.0 * (away < -on_it)
        return (side + run * (run * side > 0),)

    def look(self, state: State, x: Array, centre: float, sigma: Array) -> Look:
        """Return what the chart shows of periods, from the memory after each."""
        reach, middle = self.width * sigma, np.full_like(x, centre)
        fired: tuple[Fired, ...] = _beyond(x, centre - reach, centre + reach)
        if self.run:
            above, below = (words.format(run=self.run) for words in (RUN_ABOVE, RUN_BELOW))
            run = np.asarray(state[0])
            fired += (
                Fired(above, run >= self.run, x, middle),
                Fired(below, run <= -self.run, x, middle),
            )
        return Look(x, None, centre - reach, centre + reach, fired)


@attrs.frozen(kw_only=True)
class Ewma:
    """Signals of the exponentially weighted moving average, for small changes that last.

    Deviation e_t = λ(x_t - μ) + (1 - λ)e_{t-1} from e_0 = 0, with variance v_t = λ²σ_t² +
    (1 - λ)²v_{t-1}; statistic μ + e_t, limits μ ± width·√v_t. Where σ does not change, v_t is
    σ²λ/(2 - λ)·(1 - (1 - λ)^{2t}).

    Parameters
    ----------
    smoothing : float
        λ, the weight of the last period, above 0 and at most 1. The smaller, the longer the memory.
    width : float
        How many sigmas of the average the limits are away from the centre.
    settled : bool
        Whether v begins at its final size, σ²λ/(2 - λ) with the σ of the first period, and not at
        0: where σ does not change, the limits are then level from the first period on.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind or out of range.

    Notes
    -----
    With λ 0.1 and settled limits, false alarms come every 371.9 periods on average for a width of
    2.703, nearly as rarely as with 3σ limits, and every 499.6 for 2.814; a change of 1σ is found
    after 9.75 and 10.33. Limits that widen from the first period on, the default, find a change
    that is there from the start sooner, and give a few more false alarms then: with a width of
    2.814, the default, every 486.4 periods, a change of 1σ being found after 8.16.

    References
    ----------
    Roberts, S. W. (1959). Control chart tests based on geometric moving averages. Technometrics
    1(3), 239-250.

    Lucas, J. M., & Saccucci, M. S. (1990). Exponentially weighted moving average control schemes:
    properties and enhancements. Technometrics 32(1), 1-12.
    https://doi.org/10.1080/00401706.1990.10484583

    Examples
    --------
    >>> Ewma(smoothing=0.5).step((0.0, 0.0), 12.0, centre=10.0, sigma=1.0)
    (1.0, 0.25)
    """

    smoothing: float = attrs.field(default=0.1, converter=_smoothing)
    width: float = attrs.field(default=2.814, converter=_width)
    settled: bool = attrs.field(default=False, converter=plain_flag, validator=is_flag)
    needs_spread: ClassVar[bool] = True
    standardised: ClassVar[bool] = False

    @property
    def note(self) -> str:
        """What the rule does, in words."""
        settled = ", settled from the first period on" if self.settled else ""
        smoothed = f"exponentially weighted moving average, smoothing {self.smoothing:g}"
        return f"{smoothed}; signals: beyond {self.width:g} sigmas of it{settled}"

    def start(self) -> State:
        """Return the memory: the deviation, and its variance."""
        return 0.0, 0.0

    def step(self, state: State, x: Level, centre: float, sigma: Level) -> State:
        """Return the memory after a period."""
        deviation, variance = state
        new, old = self.smoothing, 1 - self.smoothing
        spread = sigma * sigma
        deviation = new * (x - centre) + old * deviation
        if self.settled:  # as if it had gone on for long before
            begun = variance + (variance == 0) * spread * (new / (2 - new))
            return deviation, new * new * spread + old * old * begun
        return deviation, new * new * spread + old * old * variance

    def look(self, state: State, x: Array, centre: float, sigma: Array) -> Look:  # noqa: ARG002 (as other rules)
        """Return what the chart shows of periods, from the memory after each."""
        deviation, variance = state
        average, reach = np.asarray(centre + deviation), self.width * np.sqrt(variance)
        lower, upper = np.asarray(centre - reach), np.asarray(centre + reach)
        return Look(average, None, lower, upper, _beyond(average, lower, upper))


@attrs.frozen(kw_only=True)
class Cusum:
    """Signals of two cumulative sums, for small changes that last.

    With z_t = (x_t - μ)/σ_t: C⁺_t = max(0, C⁺_{t-1} + z_t - k) and C⁻_t = max(0, C⁻_{t-1} - z_t -
    k), which signal above h. Statistic C⁺ and, below, falling = -C⁻; centre 0, limits ± h.

    Parameters
    ----------
    allowance : float
        k, half the change to be found, in sigmas, 0 or more.
    decision : float
        h, the limit of the sums, above 0.
    head_start : float
        Where both sums begin, 0 or more and below h; h/2 finds soon what is wrong from the first
        period on.

    Raises
    ------
    TypeError, ValueError
        If a field is no number or out of range.

    Notes
    -----
    With k 0.5, false alarms come every 168 periods on average for h 4, and a change of 1σ is found
    after 8.38; for h 5, every 465 and after 10.4. The sums go on after a signal.

    References
    ----------
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41(1/2), 100-115.

    Lucas, J. M., & Crosier, R. B. (1982). Fast initial response for CUSUM quality-control schemes:
    give your CUSUM a head start. Technometrics 24(3), 199-205.

    Examples
    --------
    >>> Cusum().step((0.0, 0.0), 12.0, centre=10.0, sigma=1.0)
    (1.5, 0.0)
    """

    allowance: float = attrs.field(default=0.5, converter=_allowance)
    decision: float = attrs.field(default=5.0, converter=_decision)
    head_start: float = attrs.field(default=0.0, converter=_head_start)
    needs_spread: ClassVar[bool] = True
    standardised: ClassVar[bool] = True  # its lines are in sigmas, not in units of the series

    def __attrs_post_init__(self) -> None:
        if self.head_start >= self.decision:
            rule = f"`head_start` must be below `decision`, {self.decision:g}"
            msg = f"{rule}, or the first period signals, got {self.head_start:g}"
            raise ValueError(msg)

    @property
    def note(self) -> str:
        """What the rule does, in words."""
        sums = f"cumulative sums in sigmas, allowance {self.allowance:g}"
        head = f", head start {self.head_start:g}" if self.head_start else ""
        return f"{sums}{head}; signals: beyond {self.decision:g}"

    def start(self) -> State:
        """Return the memory: the rising and the falling sum."""
        return self.head_start, self.head_start

    def step(self, state: State, x: Level, centre: float, sigma: Level) -> State:
        """Return the memory after a period."""
        rising, falling = state
        z = (x - centre) / sigma
        return _floored(rising + z - self.allowance), _floored(falling - z - self.allowance)

    def look(self, state: State, x: Array, centre: float, sigma: Array) -> Look:  # noqa: ARG002 (as other rules)
        """Return what the chart shows of periods, from the memory after each."""
        rising, falling = np.asarray(state[0]), 0.0 - np.asarray(state[1])
        upper = np.full_like(x, self.decision)
        fired = (
            Fired(RISING, rising > upper, rising, upper),
            Fired(FALLING, falling < -upper, falling, -upper),
        )
        return Look(rising, falling, -upper, upper, fired)


def _floored(value: Level) -> Level:
    """Return max(0, value), exactly, of a number and of an array alike."""
    return 0.5 * (value + abs(value))


Rule = Shewhart | Ewma | Cusum


def see_rule(value: object) -> None:
    """See that this is a rule."""
    instance("rule", value, Shewhart, Ewma, Cusum, hint="; give Shewhart(), Ewma() or Cusum()")
