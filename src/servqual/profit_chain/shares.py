"""Shares of a market: who stays, who switches, who leaves and who comes."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.words import lacking
from servqual.inputs import Counted, Judged, Measured, Quantity
from servqual.inputs.reading import Asked, Inputs, apart, outside
from servqual.profit_chain._given import is_rate, is_share, periods_of
from servqual.profit_chain._moves import DYNAMICS, ROUNDING, Moves
from servqual.tables import Result, Table, noted, readable

__all__ = ["MarketShare", "ShareDynamics", "market_share"]

Array = NDArray[np.float64]
STILL = "no customer moves: every share is steady"
SWINGS = "all customers change sides every period: the share swings for ever"


@attrs.frozen(kw_only=True)
class ShareDynamics:
    """How the customers of a market move from one period to the next.

    Of the firm's customers, the share `retention` stays, the share `churn` leaves the market, and
    the rest, 1 - retention - churn, goes to competitors. Of the competitors' customers,
    `competitor_retention` stays with any of them, `churn` leaves the market, and the rest comes to
    the firm. Newcomers fill the market up to its size.

    Parameters
    ----------
    share : float or uncertain
        The firm's share of the customers at the start, 0..1; this and all other numbers may be
        `Counted`, `Measured` or `Judged`.
    retention, competitor_retention : float or uncertain
        The share of customers who are there at the end of a period, out of all at its start: those
        who leave the market are not among them.
    churn : float or uncertain
        The share of customers, of either side, who leave the market in a period.
    newcomer_share : float or uncertain
        The share of newcomers to the market who choose the firm.
    growth : float or uncertain
        By how much the market grows in a period, 0 for a market of one size; above -1, at most 1.
        Newcomers are growth + churn of it.

    Raises
    ------
    TypeError, ValueError
        If a number lies outside its range; or if certain numbers, or an end of a judged one beside
        the likely value of the other, come to more than all who stay or leave, or to a market that
        shrinks by more than leave it.
        Counted and measured ones may do so by chance: they are moved to what can be.

    Examples
    --------
    >>> market = ShareDynamics(
    ...     share=0.2, retention=0.8, competitor_retention=0.78, churn=0.05, newcomer_share=0.2
    ... )
    >>> market.growth
    0.0
    """

    share: Quantity = attrs.field(validator=is_share)
    retention: Quantity = attrs.field(validator=is_share)
    competitor_retention: Quantity = attrs.field(validator=is_share)
    churn: Quantity = attrs.field(validator=is_share)
    newcomer_share: Quantity = attrs.field(validator=is_share)
    growth: Quantity = attrs.field(default=0.0, validator=is_rate)

    def __attrs_post_init__(self) -> None:
        for name in ("retention", "competitor_retention"):
            for stay, churn in self._claims(name, "high"):
                if stay + churn > 1 + ROUNDING:
                    rule = f"`{name}` and `churn` must sum to at most 1"
                    msg = f"{rule}, got {stay:g} + {churn:g}; who leaves the market does not stay"
                    raise ValueError(msg)
        for growth, churn in self._claims("growth", "low"):
            if growth + churn < -ROUNDING:
                rule = "`growth` must be at least -`churn`, as nobody else leaves the market"
                msg = f"{rule}, got {growth:g} with churn {churn:g}"
                raise ValueError(msg)

    def _claims(self, name: str, end: str) -> list[tuple[float, float]]:
        """Return a number and the churn, and either at its judged end beside the other.

        None if one is an estimate, which may come to more than can be by chance.
        """
        given: tuple[Quantity, Quantity] = (getattr(self, name), self.churn)
        value, far = [], []
        for one in given:
            if isinstance(one, (Counted, Measured)):
                return []
            value.append(one.value if isinstance(one, Judged) else one)
            far.append(getattr(one, end) if isinstance(one, Judged) else one)
        return [(value[0], value[1]), (far[0], value[1]), (value[0], far[1])]


@attrs.frozen(kw_only=True, repr=False)
class MarketShare(Result):
    """The firm's share of a market, period by period.

    Parameters
    ----------
    final, low, high : float
        The share after the last period, and its interval.
    steady_state, steady_low, steady_high : float
        The share to which the market runs if all stays as it is, and its interval.
    table : Table
        Keyed `period`, 0 for the start: the `market`, customers of all firms as a multiple of those
        at the start; the `share` with `low` and `high`; its parts `retained`, `won` (from
        competitors) and `newcomers`, shares of the market that sum to `share`; `customers`, those
        of the firm as a multiple of the whole market at the start; `lacking`; `undefined`.
    cautions : tuple of str
        Which inputs were moved to what can be, and where the estimate lies outside of its interval.
    lacking : str
        "" or what has no number: the interval, or the steady state, and why.
    undefined : str
        "": a share is always defined.
    """

    final: float
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    steady_state: float = attrs.field(eq=repr)
    steady_low: float = attrs.field(eq=repr)
    steady_high: float = attrs.field(eq=repr)
    table: Table
    cautions: tuple[str, ...]
    lacking: str
    undefined: str = ""


def market_share(
    dynamics: ShareDynamics,
    *,
    periods: int = 1,
    confidence: float = 0.95,
    draws: int = 10_000,
    rng: int | np.random.Generator | None = 0,
) -> MarketShare:
    """Return the share of a market after some periods, and the one to which it runs.

    MS_t·N_t = r·MS·N + (1 - k - c)·(1 - MS)·N + A·(N_t - N·(1 - c)) with N_t = N·(1 + g), where MS
    and N are those of the period before: customers who were kept, customers won from competitors,
    and the firm's part A of the newcomers. It runs to
    (1 - k - c + A·(g + c))/(2 + g - r - k - c); what is left of the way shrinks in each period by
    the factor (r + k + c - 1)/(1 + g).

    Parameters
    ----------
    dynamics : ShareDynamics
        The share MS at the start, retention r, competitors' retention k, churn c, the share of
        newcomers A and growth g, all for one period.
    periods : int
        How many periods to look ahead, 1..1000.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    draws : int
        How often uncertain inputs are drawn, at least 100.
    rng : int or numpy.random.Generator, optional
        The seed of the draws; None draws others each time.

    Returns
    -------
    MarketShare
        Shares in 0..1 at the values given, with intervals where a number is uncertain.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range.

    Notes
    -----
    All competitors are one, and each customer is as likely to stay as any other: loyal and fickle
    customers are not told apart, nor old and new ones. Rates stay as they are, whatever the
    competitors do. Uncertain numbers are drawn independently of each other; draws are kept within
    what can be, as at most 1 - c who stay, and a caution says of which this moved many.

    References
    ----------
    Rust, R. T., Zahorik, A. J. & Keiningham, T. L. (1995). Return on quality (ROQ): making service
    quality financially accountable. Journal of Marketing 59(2), 58-70. (Form from memory.)

    Examples
    --------
    Of 100 customers in the market, 20 are ours: 16 stay, 17 % of the other 80 come, and of the 5
    newcomers 1.

    >>> market = ShareDynamics(
    ...     share=0.2, retention=0.8, competitor_retention=0.78, churn=0.05, newcomer_share=0.2
    ... )
    >>> round(market_share(market).final, 12)  # 0.16 + 0.17 · 0.8 + 0.2 · 0.05
    0.306
    """
    instance("dynamics", dynamics, ShareDynamics)
    periods = periods_of(periods)
    asked = Asked(confidence=confidence, draws=draws, rng=rng)
    given = {name: (getattr(dynamics, name), kind) for name, kind in DYNAMICS.items()}
    inputs = Inputs.of(given, asked)
    moves = Moves.of(inputs.cells)
    figures = np.stack([moves.shares(periods)[:, -1], moves.steady()], axis=1)
    ends = asked.ends(figures)
    off = outside(figures, ends, ("share", "steady state"))
    cautions = (*inputs.cautions, *moves.cautions, *off)
    table, steady = _periods(moves, periods, asked, cautions), figures[:, 1]
    return MarketShare(
        final=float(table["share"][-1]),
        low=float(table["low"][-1]),
        high=float(table["high"][-1]),
        steady_state=float(steady[0]),
        steady_low=float(ends.low[1]),
        steady_high=float(ends.high[1]),
        table=table,
        cautions=cautions,
        lacking=_lacking(moves, *ends.lacking.tolist()),
    )


def _periods(moves: Moves, periods: int, asked: Asked, cautions: tuple[str, ...]) -> Table:
    """Return the share in each period, and of whom it consists."""
    shares, market = moves.shares(periods), moves.market(periods)[0]
    share, before = shares[0], np.append(np.nan, shares[0, :-1])
    ends = asked.ends(shares)
    start = "no parts: the start"
    absent = ["; ".join(filter(None, [start * (not t), why])) for t, why in enumerate(ends.lacking)]
    columns = {
        "period": np.arange(periods + 1),
        "market": market,
        "share": share,
        "low": ends.low,
        "high": ends.high,
        "retained": moves.kept[0] * before,
        "won": moves.won[0] * (1 - before),
        "newcomers": np.where(np.isnan(before), np.nan, moves.fresh[0]),
        "customers": share * market,
        "lacking": absent,
        "undefined": np.full(periods + 1, ""),
    }
    steady = float(moves.steady()[0])
    runs = "" if np.isnan(steady) else f"runs to {readable(steady, 3)}"
    parts = "share = retained + won + newcomers; market and customers in markets at the start"
    note = noted(runs, parts, asked.note(shares), cautions=cautions)
    return Table(title="Share of the market", keys=("period",), data=columns, note=note)


def _lacking(moves: Moves, last: str, steady: str) -> str:
    """Say what of the last share and of the steady state has no number, and why."""
    still = "" if not np.isnan(moves.steady()[0]) else STILL
    if still and moves.kept[0] < moves.won[0]:
        still = SWINGS
    if still:
        return "; ".join(filter(None, [last, lacking({"steady state": still})]))
    return apart({"the last share": last, "the steady state": steady})
