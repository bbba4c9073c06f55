"""What quality brings back: present values, the return on quality, and when it has paid."""

import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.arrays import in_a_row
from servqual._frames.words import counted, lacking
from servqual._stats.discounting import discounted
from servqual.inputs import Quantity
from servqual.inputs.reading import AMOUNT, CERTAIN, NUMBER, Asked, Ends, Inputs, apart, outside
from servqual.profit_chain._given import BEYOND, RATE, flows_of, paired, periods_of, rate, side
from servqual.profit_chain._moves import DYNAMICS, Moves
from servqual.profit_chain.shares import ShareDynamics
from servqual.tables import Result, Table, noted

__all__ = [
    "ReturnOnQuality",
    "net_present_value",
    "return_on_quality",
    "return_on_quality_from_flows",
]

Array = NDArray[np.float64]
Flows = Sequence[Quantity] | NDArray[Any]
Rng = int | np.random.Generator | None
ROUNDING = 1e-12  # of the spending that gains must reach
LARGE = 1000.0  # from here on a number is written without decimals


def net_present_value(flows: Flows, *, discount_rate: float, first: int = 1) -> float:
    """Return what flows of money are worth today, Σ f_t/(1 + d)^t.

    Parameters
    ----------
    flows : array_like
        Money by period, at least one; below 0 is money paid out. None may be missing.
    discount_rate : float
        d, for one period, above -1 and at most 1: 0.12 for 12 %.
    first : int
        The period of the first flow, 0..1000: 1 for the end of the first period, 0 for today.

    Returns
    -------
    float
        Money of today.

    Raises
    ------
    TypeError, ValueError
        If there is no flow, one is missing or not finite, or the rate is out of range.

    Examples
    --------
    >>> round(net_present_value([110, 121], discount_rate=0.1), 9)  # 100 + 100
    200.0
    >>> net_present_value([-100, 150], discount_rate=0.5, first=0)
    0.0
    """
    money = in_a_row("flows", flows, "money by period")
    bad = np.flatnonzero(~np.isfinite(money))
    if bad.size:
        got = "nothing" if np.isnan(money[bad[0]]) else money[bad[0]]
        msg = f"`flows` must be finite numbers, got {got} (row {bad[0] + 1}); give 0 for no money"
        raise ValueError(msg)
    d, first = rate("discount_rate", discount_rate), periods_of(first, least=0, name="first")
    worth = float(discounted(money, d, first).sum())
    if not math.isfinite(worth):
        msg = f"the present value of `flows` {BEYOND}"
        raise ValueError(msg)
    return worth


@attrs.frozen(kw_only=True, repr=False)
class ReturnOnQuality(Result):
    """What quality brings back on what is spent on it.

    Parameters
    ----------
    roq, low, high : float
        The present value of the gains over that of the spending, and its interval; above 1, quality
        pays.
    rate : float
        roq - 1, the net gain for one unit of money spent.
    net, net_low, net_high : float
        The present value of the gains less that of the spending, and its interval.
    present_spending : float
        The present value of the spending.
    break_even_spending : float
        The present value of the gains: so much may be spent, in money of today, before nothing is
        left of them.
    payback : float
        The first period by the end of which discounted gains have reached the present value of all
        spending; NaN if none has.
    p_pays : float
        The share of draws in which the net is above 0, no p-value; NaN where nothing is uncertain.
    table : Table
        Keyed `period`, 0 for today: `gain`, `spending`, `discounted_gain`, `discounted_spending`,
        and `cumulative`, what is left of all up to then, discounted, with `low` and `high`;
        `lacking`, `undefined`.
    cautions : tuple of str
        What else differs between the two sides, which inputs were moved to what can be, and where
        the estimate lies outside of its interval.
    lacking : str
        "" or what has no number, and why.
    undefined : str
        "" or why there is no `roq`, which is then NaN, as `rate` is.
    """

    roq: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    rate: float = attrs.field(eq=repr)
    net: float
    net_low: float = attrs.field(eq=repr)
    net_high: float = attrs.field(eq=repr)
    present_spending: float
    break_even_spending: float
    payback: float = attrs.field(eq=repr)
    p_pays: float = attrs.field(eq=repr)
    table: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def return_on_quality(  # noqa: PLR0913 (what the market does, what it is worth, and draws)
    before: ShareDynamics,
    after: ShareDynamics,
    *,
    customers: Quantity,
    margin: Quantity,
    spending: Quantity | Flows,
    periods: int,
    discount_rate: Quantity,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: Rng = 0,
) -> ReturnOnQuality:
    """Return the return on quality ROQ = PV(gains)/PV(spending) of what moves a market share.

    The gain in period t is margin·N_t·(MS_t after - MS_t before), with the market share MS_t and
    the customers N_t of all firms; PV = Σ x_t/(1 + d)^t, gains from period 1 on.

    Parameters
    ----------
    before, after : ShareDynamics
        How the market moves without the better quality, and with it, as in `market_share`.
    customers : float or uncertain
        N_0, the customers of all firms at the start; this and all other numbers may be `Counted`,
        `Measured` or `Judged`.
    margin : float or uncertain
        Profit from one customer in one period, before the spending on quality.
    spending : float, uncertain, or sequence
        Money for quality, 0 or more: all today, or by period from today (period 0) on.
    periods : int
        How many periods count, 1..1000.
    discount_rate : float or uncertain
        d, for one period, above -1 and at most 1.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    ReturnOnQuality
        The return at the values given, with intervals where a number is uncertain, and the share of
        draws in which quality pays.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range, or there is more spending than periods.

    Notes
    -----
    A field that is the same in `before` and `after` has not changed: it is one number, drawn once.
    All other uncertain numbers are drawn independently of each other. So are two uncertain
    retentions, and the interval of the gain is wide with the errors of both: where they err
    together, give `before` as certain numbers, and what is not known of the uplift in `after`.
    The return is as good as the claim that quality moves retention from the one value to the other,
    and that competitors stand still. Regressions of retention on satisfaction are associations, not
    effects; a trial in some branches says more. Gains beyond the last period do not count.
    `market_share` shows the shares themselves. `score_to_money` too counts what retention brings,
    there from a score: do not add the two.

    References
    ----------
    Rust, R. T., Zahorik, A. J. & Keiningham, T. L. (1995). Return on quality (ROQ): making service
    quality financially accountable. Journal of Marketing 59(2), 58-70. (From memory;
    whether it divides the gains or the net by the spending was not verified: here `roq` is the one
    and `rate` the other.)

    Examples
    --------
    Two more of 100 own customers stay, among 500 in the market: 2 · 50 in a year.

    >>> from servqual.profit_chain import ShareDynamics
    >>> rest = {"share": 0.2, "competitor_retention": 0.78, "churn": 0.05, "newcomer_share": 0.2}
    >>> before, after = (ShareDynamics(retention=r, **rest) for r in (0.80, 0.82))
    >>> found = return_on_quality(
    ...     before, after, customers=500, margin=50, spending=80, periods=1, discount_rate=0
    ... )
    >>> round(found.net, 9), round(found.roq, 9)
    (20.0, 1.25)
    """
    instance("before", before, ShareDynamics)
    instance("after", after, ShareDynamics)
    periods = periods_of(periods)
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    spent = flows_of("spending", spending, AMOUNT, first=0)
    if len(spent) > periods + 1:
        msg = f"`spending` must lie in periods 0..{periods}, got {len(spent)} numbers"
        raise ValueError(msg)
    money = {
        "customers": (customers, AMOUNT),
        "margin": (margin, NUMBER),
        "discount_rate": (discount_rate, RATE),
        **spent,
    }
    inputs = paired(before, after, DYNAMICS, asked, money)
    moves = [Moves.of(side(inputs, name), f"{name}.") for name in ("before", "after")]
    with np.errstate(over="ignore", invalid="ignore"):
        worth = inputs.cells["customers"] * inputs.cells["margin"]
        own = [each.shares(periods) * each.market(periods) for each in moves]
        gained = (own[1] - own[0])[:, 1:] * worth[:, None]
    joint = dict.fromkeys([*moves[0].cautions, *moves[1].cautions])
    said = (*_differences(before, after), *inputs.cautions, *joint)
    inputs = attrs.evolve(inputs, cautions=said)
    return _return(gained, inputs.stacked(spent), inputs, asked)


def return_on_quality_from_flows(
    gains: Quantity | Flows,
    spending: Quantity | Flows,
    *,
    discount_rate: Quantity,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: Rng = 0,
) -> ReturnOnQuality:
    """Return the return on quality ROQ = PV(gains)/PV(spending) of known flows of money.

    PV = Σ x_t/(1 + d)^t, with gains from period 1 and spending from period 0, today, on.

    Parameters
    ----------
    gains : sequence of float or uncertain
        What quality brings in, by period; below 0 is a loss. Each number, here and below, may be
        `Counted`, `Measured` or `Judged`.
    spending : float, uncertain, or sequence
        Money for quality, 0 or more: all today, or by period from today on.
    discount_rate : float or uncertain
        d, for one period, above -1 and at most 1.
    confidence, draws, rng
        As in `return_on_quality`.

    Returns
    -------
    ReturnOnQuality
        The return at the values given, with intervals where a number is uncertain. The series that
        ends first goes on with 0.

    Raises
    ------
    TypeError, ValueError
        If a number is missing or not finite, spending is below 0, or the rate is out of range.

    Notes
    -----
    Uncertain flows are drawn independently of each other, which makes the interval of the sum too
    short where they err together.

    References
    ----------
    As in `return_on_quality`.

    Examples
    --------
    >>> found = return_on_quality_from_flows([60, 60, 60], 100, discount_rate=0)
    >>> found.roq, found.net, found.payback
    (1.8, 80.0, 2.0)
    """
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    gained = flows_of("gains", gains, NUMBER, first=1)
    spent = flows_of("spending", spending, AMOUNT, first=0)
    d = {"discount_rate": (discount_rate, RATE)}
    inputs = Inputs.of({**gained, **spent, **d}, asked)
    return _return(inputs.stacked(gained), inputs.stacked(spent), inputs, asked)


def _differences(before: ShareDynamics, after: ShareDynamics) -> tuple[str, ...]:
    """Say what differs that quality does not move."""
    names = ("share", "churn", "growth")
    differ = [name for name in names if getattr(before, name) != getattr(after, name)]
    said = f"{' and '.join(differ)} differ before and after: not all of the gain is that of quality"
    return (said,) if differ else ()


def _return(gains: Array, spending: Array, inputs: Inputs, asked: Asked) -> ReturnOnQuality:
    """Return the figures of gains from period 1, and spending from period 0."""
    last = max(gains.shape[1], spending.shape[1] - 1)
    flows = [
        np.pad(cells, ((0, 0), (ahead, last + 1 - ahead - cells.shape[1])))
        for cells, ahead in ((gains, 1), (spending, 0))
    ]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        worth = [discounted(cells, inputs.cells["discount_rate"]) for cells in flows]
        brought, spent = (cells.sum(axis=1) for cells in worth)
        found = np.stack([brought / np.where(spent > 0, spent, np.nan), brought - spent], axis=1)
    if np.isinf(found[0]).any() or np.isnan(found[0, 1]):
        msg = f"the present value {BEYOND}"
        raise ValueError(msg)
    ends = asked.ends(found)
    cautions = (*inputs.cautions, *outside(found, ends, ("roq", "net")))
    figures = {
        "roq": float(found[0, 0]),
        "net": float(found[0, 1]),
        "payback": _payback(worth[0][0], spent[0]),
    }
    sure = len(found) == 1
    p_pays = math.nan if sure else float(np.mean(found[1:, 1] > 0))
    said = _said(figures, ends, p_pays)
    undefined = "" if spent[0] > 0 else "nothing is spent"
    late = f"the gains of {counted(last, 'period')} do not reach the spending"
    why = dict(zip(("the return", "the net"), ends.lacking.tolist(), strict=True))
    no_ends = lacking({"interval and no p_pays": CERTAIN}) if sure else apart(why)
    never = late if math.isnan(figures["payback"]) and not undefined else ""
    return ReturnOnQuality(
        **figures,
        low=float(ends.low[0]),
        high=float(ends.high[0]),
        rate=figures["roq"] - 1,
        net_low=float(ends.low[1]),
        net_high=float(ends.high[1]),
        present_spending=float(spent[0]),
        break_even_spending=float(brought[0]),
        p_pays=p_pays,
        table=_periods(flows, worth, cautions, asked, said),
        cautions=cautions,
        lacking="; ".join(filter(None, [no_ends, lacking({"payback": never})])),
        undefined=undefined,
    )


def _said(figures: dict[str, float], ends: Ends, p_pays: float) -> str:
    """Say what the figures are, with the intervals of the first two, and how often it pays."""
    words = [f"{name} {_short(figure)}" for name, figure in figures.items()]
    for place, (low, high) in enumerate(zip(ends.low.tolist(), ends.high.tolist(), strict=True)):
        if not math.isnan(low):
            words[place] += f" ({_short(low)} to {_short(high)})"
    if not math.isnan(p_pays):  # none and all are said of none and all alone
        often = min(max(round(100 * p_pays), int(p_pays > 0)), 100 - int(p_pays < 1))
        words.append(f"pays in {often} of 100 draws")
    return ", ".join(words)


def _short(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.4g}"


def _payback(worth: Array, spent: float) -> float:
    """Return the first period by which gains have reached the spending, but for rounding."""
    reached = np.cumsum(worth) >= spent * (1 - ROUNDING)
    return float(reached.argmax()) if spent > 0 and reached.any() else math.nan


def _periods(
    flows: list[Array], worth: list[Array], cautions: tuple[str, ...], asked: Asked, said: str
) -> Table:
    """Return what comes and goes in each period."""
    with np.errstate(over="ignore", invalid="ignore"):
        cumulative = np.cumsum(worth[0] - worth[1], axis=1)
    ends, size = asked.ends(cumulative), cumulative.shape[1]
    columns = {
        "period": np.arange(size),
        "gain": flows[0][0],
        "spending": flows[1][0],
        "discounted_gain": worth[0][0],
        "discounted_spending": worth[1][0],
        "cumulative": cumulative[0],
        "low": ends.low,
        "high": ends.high,
        "lacking": ends.lacking,
        "undefined": np.full(size, ""),
    }
    method = "cumulative = Σ(discounted_gain - discounted_spending)"
    note = noted(said, method, asked.note(cumulative, "of it"), cautions=cautions)
    return Table(title="Return on quality", keys=("period",), data=columns, note=note)
