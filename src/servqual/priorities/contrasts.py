"""Penalties and rewards: what low performance costs, and what high performance earns."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    choice,
    confidence_level,
    instance,
    listed,
    plain_number,
    proper_share,
)
from servqual._frames.outcomes import with_outcome
from servqual._frames.words import counted, first_reason
from servqual._stats.ranks import holm
from servqual._stats.regression import ERRORS, Errors, LeastSquares, first_dependence, least_squares
from servqual.tables import Result, Table, interval_note, readable

__all__ = ["PenaltyReward", "penalty_reward"]

Array = NDArray[np.float64]
Cuts = Sequence[float] | Mapping[str, Sequence[float]]
PLACE = 1e-9  # of a rank, is rounding
THIRDS = (1 / 3, 2 / 3)
NO_ERROR, ALONE = "no error by these answers", "a respondent alone decides a coefficient"


@attrs.frozen(kw_only=True, repr=False)
class PenaltyReward(Result):
    """What low and high performance of each item do to the outcome.

    Parameters
    ----------
    table : Table
        Keyed `item`: `low_n`, `middle_n`, `high_n`, the `low_cut` and `high_cut` between them;
        `penalty` and `reward`, and `balance` (reward + penalty: above 0 where high performance
        earns more than low performance costs), each with `_se`, `_low`, `_high` and its test
        `penalty_p`, `reward_p`, `balance_p`; `p_holm`, that of the balance adjusted over the items;
        `span` (reward - penalty: from low to high), `asymmetry` (from -1, all penalty, to 1, all
        reward), `category`, `lacking` and `undefined`.
    intercept : float
        b₀, the outcome where every item is in the middle.
    r_squared : float
        The share of the outcome's variance that the model explains.
    n, left_out : int
        The respondents that it stands on, and those who lack an answer or the outcome.
    undefined : str
        "" or why there is no model.
    """

    table: Table
    intercept: float = attrs.field(eq=repr)
    r_squared: float = attrs.field(eq=repr)
    n: int
    left_out: int
    undefined: str


def penalty_reward(  # noqa: PLR0913 (answers, where they are cut, and the errors)
    performances: Any,  # noqa: ANN401 (an array or any frame)
    outcome: Any,  # noqa: ANN401 (a column's name, or numbers of any library)
    *,
    items: Sequence[str] | None = None,
    low: float = THIRDS[0],
    high: float = THIRDS[1],
    cuts: Cuts | None = None,
    errors: Errors = "classic",
    confidence: float = 0.95,
) -> PenaltyReward:
    """Return what low performance of each item costs, and what high performance earns.

    outcome = b₀ + Σ_j (p_j·low_j + r_j·high_j) + e by least squares; low_j is 1 where the answer to
    item j is at or below its low cut, high_j where it is above its high cut, else 0. So p_j, the
    penalty, and r_j, the reward, compare with the middle, at the same level of all other items.

    Parameters
    ----------
    performances : array_like or data frame (respondents, items)
        One row a respondent, higher for better, NaN where missing.
    outcome : array_like or str
        Overall satisfaction, say, one number a respondent, or its column in the frame.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.
    low, high : float
        The shares of answers whose quantiles (type 7, over the rows that are used) are the cuts.
    cuts : (low, high), or mapping of items to such pairs
        The cuts themselves, instead of quantiles. Both belong to the answers at or below them:
        (2, 4) makes 1 and 2 low, 3 and 4 middle and 5 high.
    errors : {"classic", "robust"}
        Take the outcome to vary alike everywhere, or not (HC3). Where satisfaction is near the top
        of its scale for many, robust errors are safer.
    confidence : float
        The confidence of the intervals, between 0 and 1; tests are at the level 1 - confidence.

    Returns
    -------
    PenaltyReward
        In units of the outcome. A penalty is below 0, and a reward above 0, where better
        performance goes with a better outcome.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, lengths differ, names are unknown, the outcome is one of the
        items, or the low cut is above the high one.

    Notes
    -----
    Respondents who lack an answer or the outcome are left out. An item without low, middle or high
    answers is undefined and not in the model: on a scale of five points with most answers 4 and 5,
    both quantiles may be 4 or 5, and `cuts` may serve better.

    The category of an item rests on the tests of its row, each at the level 1 - confidence, not
    adjusted for the number of items; `p_holm` is, for the balance. It is "no clear effect" where
    neither penalty nor reward differs from 0; "reversed" where all that does has the wrong sign:
    low performance goes with a better outcome, or high with a worse one; else "basic" where the
    balance is below 0 (the penalty is larger), "excitement" where it is above 0, and else
    "performance". That it is "performance" does not show that both are equal: few respondents
    cannot tell them apart. The rule is the library's own; of items without any effect, 9 in 100
    have a category (simulated).

    asymmetry = (reward - loss)/(reward + loss), loss = -penalty, where one of the wrong sign counts
    as 0: the index of Mikulić and Prebežac (2008, Managing Service Quality 18(6), from memory).

    A cut of answers throws away what lies between, quantiles depend on who was asked, and effects
    are associations: who is satisfied rates everything higher.

    References
    ----------
    Brandt, D. R. (1987). A procedure for identifying value-enhancing service components using
    customer satisfaction survey data. In C. Surprenant (Ed.), Add value to your service (pp.
    61-65). American Marketing Association.

    Matzler, K., & Sauerwein, E. (2002). The factor structure of customer satisfaction.
    International Journal of Service Industry Management 13(4), 314-332.

    MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics 29(3), 305-325.
    https://doi.org/10.1016/0304-4076(85)90158-7

    Examples
    --------
    Satisfaction is 7 on average in the middle, 2 where waiting was bad, and 8 where it was good.

    >>> waiting, satisfaction = [[1], [1], [2], [2], [3], [3]], [1, 3, 6, 8, 7, 9]
    >>> found = penalty_reward(waiting, satisfaction, items=["waiting"])
    >>> row = found.table.row(item="waiting")
    >>> [round(x, 9) for x in (found.intercept, row["penalty"], row["reward"], row["balance"])]
    [7.0, -5.0, 1.0, -4.0]
    >>> row["category"]
    'performance'
    """
    confidence = confidence_level(confidence)
    choice("errors", errors, tuple(ERRORS))
    shares = _shares(low, high, cuts)
    rows, _ = with_outcome("performances", performances, outcome, items)
    whole, called = rows.complete.values.astype(float), rows.items[:-1]
    answers, y = whole[:, :-1], whole[:, -1]
    ends = _ends(cuts, shares, called, answers)
    levels = _Levels(ends=ends, lows=answers <= ends[:, 0], highs=answers > ends[:, 1])
    reasons = np.where(np.isnan(rows.values[:, :-1]).all(axis=0), "no answers", levels.reasons)
    kept = np.flatnonzero(reasons == "")
    design = levels.design(kept)
    undefined = _no_model(design, y, [called[place] for place in kept])
    fit = None if undefined else least_squares(design, y, robust=errors == "robust")
    effects = _effects(fit, kept, len(called), confidence)
    data: dict[str, Any] = {"item": called, **levels.columns, **effects}
    data["lacking"] = _lacking(effects, ALONE if fit is not None and fit.residual else NO_ERROR)
    data["undefined"] = np.where(reasons == "", undefined, reasons)
    left_out = int((~np.isnan(rows.values).all(axis=1)).sum()) - len(y)
    r_squared = np.nan if fit is None else fit.r_squared
    note = f"R² {readable(r_squared, 3)}; {counted(len(y), 'respondent')}"
    note += f", {left_out:,} lacking an answer left out" if left_out else ""
    note += f"; {rows.sparse}" if rows.sparse else ""
    note += f"; {interval_note(confidence, ERRORS[errors])}"
    note += f"; category by tests at the level {1 - confidence:g}, each item alone"
    return PenaltyReward(
        table=Table(title="Penalties and rewards", keys=("item",), data=data, note=note),
        intercept=np.nan if fit is None else float(fit.coefficients[0]),
        r_squared=r_squared,
        n=len(y),
        left_out=left_out,
        undefined=undefined,
    )


@attrs.frozen(eq=False, kw_only=True)
class _Levels:
    """Which answers (respondents, items) are low and high, by the cuts (items, 2)."""

    ends: Array
    lows: NDArray[np.bool_]
    highs: NDArray[np.bool_]

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """How many answers are where, and the cuts."""
        low, high = self.lows.sum(axis=0), self.highs.sum(axis=0)
        sizes = {"low_n": low, "middle_n": len(self.lows) - low - high, "high_n": high}
        return {**sizes, "low_cut": self.ends[:, 0], "high_cut": self.ends[:, 1]}

    @property
    def reasons(self) -> NDArray[np.str_]:
        """Why an item has no contrasts, or ""."""
        low, middle, high = (self.columns[name] for name in ("low_n", "middle_n", "high_n"))
        absent = {"no low answers": low, "no high answers": high, "no middle answers": middle}
        some = len(self.lows) > 0
        return np.select([some & (size == 0) for size in absent.values()], list(absent), "")

    def design(self, kept: NDArray[np.intp]) -> Array:
        """Return the columns of the model: 1, and low and high of each item that is kept."""
        pairs = np.stack([self.lows[:, kept], self.highs[:, kept]], axis=2)
        flat = pairs.reshape(len(self.lows), 2 * len(kept)).astype(float)
        return np.column_stack([np.ones(len(flat)), flat])


def _shares(low: float, high: float, cuts: Cuts | None) -> tuple[float, float]:
    """Return the shares of answers at the cuts, which hold where there are no `cuts`."""
    shares = proper_share("low", low), proper_share("high", high)
    if cuts is not None and shares != THIRDS:
        msg = "`low` and `high` are quantiles, and `cuts` takes their place; give one of the two"
        raise ValueError(msg)
    if shares[0] > shares[1]:
        msg = f"`low` must not be above `high`, got {low} and {high}"
        raise ValueError(msg)
    return shares


def _ends(
    cuts: Cuts | None, shares: tuple[float, float], items: tuple[str, ...], answers: Array
) -> Array:
    """Return the low and the high cut of each item, (items, 2)."""
    if cuts is None:
        return _quantiles(answers, shares)
    if not isinstance(cuts, Mapping):
        return np.array([_pair("cuts", cuts)] * len(items))
    by_item = zip(items, listed("cuts", cuts, items), strict=True)
    return np.array([_pair(f"cuts[{item!r}]", pair) for item, pair in by_item])


def _quantiles(answers: Array, shares: tuple[float, float]) -> Array:
    """Return quantiles of each column by type 7, (columns, shares).

    A place that is whole but for rounding is whole: an answer may lie exactly on a cut,
    and a cut a rounding below it would move it to the middle.
    """
    if not len(answers):
        return np.full((answers.shape[1], 2), np.nan)
    ordered = np.sort(answers, axis=0)
    places = (len(answers) - 1) * np.array(shares)
    whole = np.round(places)
    places = np.where(np.abs(places - whole) < PLACE, whole, places)
    below = places.astype(int)
    steps = ordered[np.minimum(below + 1, len(answers) - 1)] - ordered[below]
    found: Array = ordered[below] + (places - below)[:, None] * steps
    return found.T


def _pair(name: str, value: object) -> tuple[float, float]:
    instance(name, value, Iterable, hint="; give two numbers, as (2, 4)")
    found = [plain_number(name, cut) for cut in cast("Iterable[object]", value)]
    if len(found) != 2 or found[0] > found[1]:
        msg = f"`{name}` must be a low cut and a high one, not below it, as (2, 4), got {value!r}"
        raise ValueError(msg)
    return found[0], found[1]


def _no_model(design: Array, y: Array, items: Sequence[str]) -> str:
    """Say why there is no model of the items that have low, middle and high answers, or nothing."""
    n, size = design.shape
    reasons = {
        "no respondent has all answers and the outcome": n == 0,
        "one respondent": n == 1,
        "no item has low, middle and high answers": not items,
        "the outcome does not vary": n > 0 and np.ptp(y) == 0,
        f"{n} respondents are too few for {size} coefficients": n <= size,
    }
    if reason := next((reason for reason, holds in reasons.items() if holds), ""):
        return reason
    involved = [items[(place - 1) // 2] for place in first_dependence(design) if place]
    if not involved:
        return ""
    others = dict.fromkeys(item for item in involved if item != involved[-1])
    return f"low or high in item {involved[-1]!r} follows from {', '.join(map(repr, others))}"


def _effects(
    fit: LeastSquares | None, kept: NDArray[np.intp], size: int, confidence: float
) -> dict[str, NDArray[Any]]:
    """Return the columns of penalties, rewards and their balance, NaN where an item has none."""
    found: dict[str, NDArray[Any]] = {}
    ones = np.eye(1 + 2 * len(kept))
    penalties, rewards = ones[1::2], ones[2::2]
    contrasts = {"penalty": penalties, "reward": rewards, "balance": penalties + rewards}
    for name, combinations in contrasts.items():
        columns = {name: "estimate", f"{name}_se": "se", f"{name}_low": "low"}
        columns |= {f"{name}_high": "high", f"{name}_p": "p"}
        found |= {column: np.full(size, np.nan) for column in columns}
        if fit is not None:
            estimates = fit.estimates(combinations, confidence)
            for column, estimate in columns.items():
                found[column][kept] = estimates[estimate]
    penalty, reward = found["penalty"], found["reward"]
    loss, gain = np.where(penalty > 0, 0.0, -penalty), np.where(reward < 0, 0.0, reward)
    with np.errstate(invalid="ignore"):
        asymmetry = (gain - loss) / (gain + loss)
    return found | {
        "p_holm": holm(found["balance_p"]),
        "span": reward - penalty,
        "asymmetry": asymmetry,
        "category": _categories(found, 1 - confidence),
    }


def _lacking(found: dict[str, NDArray[Any]], reason: str) -> list[str]:
    """Say of each item what it has not beside its effects, and why, or nothing."""
    there = ~np.isnan(found["balance"])
    absent = {
        f"no intervals, no category: {reason}": there & np.isnan(found["balance_p"]),
        "no asymmetry: no loss and no gain": there & np.isnan(found["asymmetry"]),
    }
    return ["; ".join(compress(absent, row)) for row in zip(*absent.values(), strict=True)]


def _categories(found: dict[str, NDArray[Any]], level: float) -> NDArray[np.str_]:
    """Return what the tests at this level make of each item; "" where there are none."""
    costs, earns, differs = (
        found[f"{name}_p"] < level for name in ("penalty", "reward", "balance")
    )
    right = (costs & (found["penalty"] < 0)) | (earns & (found["reward"] > 0))
    classes = {
        "": np.isnan(found["balance_p"]),
        "no clear effect": ~(costs | earns),
        "reversed": ~right,
        "basic": differs & (found["balance"] < 0),
        "excitement": differs,
    }
    return first_reason(classes, "performance")
