"""How much each input of the market at risk matters: one at a time, from its low to its high."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    brief,
    instance,
    named,
    not_negative,
    probability,
    proper_share,
)
from servqual._stats.laws import swings
from servqual._stats.ranks import from_best, levels
from servqual.recovery._outcomes import losses, share_of, with_shares
from servqual.recovery.markets import MarketAtRisk
from servqual.tables import Result, Table

__all__ = ["RiskSensitivity", "risk_sensitivity"]

Array = NDArray[np.float64]
Ranges = Mapping[str, tuple[float, float]]
CUSTOMERS, WORTH, BASELINE = "customers", "customer_value", "baseline_loyalty"
GIVEN = "given"
NOBODY = "the others have no share"
ALONE = "it is the only outcome"


@attrs.frozen(kw_only=True, repr=False)
class RiskSensitivity(Result):
    """Which inputs move the customers at risk, the strongest first.

    Parameters
    ----------
    customers_at_risk : float
        With all inputs at their values.
    table : Table
        Keyed `input`: its `value`, its ends `low` and `high` and where they are from (`reach`), the
        customers at risk `at_low` and `at_high`, the `swing` between these, 0 or more, the `rank`
        (1 for the largest; ties share the best), and `undefined`.
    cautions : tuple of str
        What to think of before the rows are compared.
    """

    customers_at_risk: float
    table: Table
    cautions: tuple[str, ...]


def risk_sensitivity(
    found: MarketAtRisk, *, ranges: Ranges | None = None, change: float = 0.1
) -> RiskSensitivity:
    """Return the customers at risk with each input in turn at its low and its high end.

    swing = abs(at high - at low), all other inputs at their values; no draws.

    Parameters
    ----------
    found : MarketAtRisk
        From `market_at_risk`.
    ranges : mapping of str to (low, high), optional
        The ends of inputs, by their names in ``found.inputs``, as ``"problem_rate"`` and
        ``"loyalty of 'settled'"``.
    change : float
        By what share inputs go down and up that are certain and not in `ranges`, rates within 0..1.
        Uncertain ones go to the ends of their own intervals.

    Returns
    -------
    RiskSensitivity
        In customers.

    Raises
    ------
    TypeError, ValueError
        If an input is unknown, its ends are not in order or beyond what it can be, or `change` lies
        not between 0 and 1.

    Notes
    -----
    Where the share of an outcome moves, the others keep their proportions. A firm knows how many
    customers it has: a certain number of `customers` has a row only where `ranges` name it. So has
    a baseline that is certainly 1, which is how losses are counted, and the share of a single
    outcome. `customer_value` does not move customers: the value at risk goes up
    and down with it in proportion, and with the customers at risk.

    The formula is linear in each input alone, so that nothing larger lies between the ends. Two
    inputs that move together may do more, or less, than the sum of their rows: the interval of
    `market_at_risk` has them move together. Rows compare only as far as their ends are alike.

    Examples
    --------
    >>> from servqual.recovery.markets import market_at_risk
    >>> market = market_at_risk(
    ...     customers=1_000,
    ...     problem_rate=0.1,
    ...     complain_rate=0.5,
    ...     outcomes={"settled": (1.0, 0.8)},
    ...     silent_loyalty=0.2,
    ... )
    >>> found = risk_sensitivity(market, ranges={"complain_rate": (0.4, 0.9)})
    >>> found.table["input"][:1].tolist(), found.table["swing"][:1].round(9).tolist()
    (['complain_rate'], [30.0])
    """
    hint = "; recovery.market_at_risk makes one"
    instance("found", found, MarketAtRisk, hint=hint)
    ends, reach = _ends(found, _ranges(found, ranges), proper_share("change", change))
    outcomes = found.outcomes
    values = dict(zip(found.inputs["input"].tolist(), found.inputs["value"].tolist(), strict=True))
    moved = np.array([[name == share_of(outcome) for name in ends] for outcome in outcomes])

    def formula(cells: Mapping[str, Array]) -> Array:
        lost = losses(with_shares(cells, outcomes, values, moved), outcomes)
        return np.asarray(lost.sum(axis=0))

    at_low, at_high = swings(values, ends, formula)
    why = [_undefined(name, outcomes, values) for name in ends]
    data: dict[str, Any] = {
        "input": list(ends),
        "value": [values[name] for name in ends],
        "low": [low for low, _ in ends.values()],
        "high": [high for _, high in ends.values()],
        "reach": list(reach.values()),
        "at_low": np.where(np.array(why) == "", at_low, np.nan),
        "at_high": np.where(np.array(why) == "", at_high, np.nan),
    }
    swing = np.abs(data["at_high"] - data["at_low"])
    data |= {"swing": swing, "rank": _ranks(swing), "undefined": why}
    cautions = _cautions(found, reach)
    note = "customers at risk with one input at an end, all else at its value; no interval"
    table = Table(
        title="What moves the market at risk",
        keys=("input",),
        data=data,
        note="; ".join([note, *(f"caution: {caution}" for caution in cautions)]),
    )
    return RiskSensitivity(
        customers_at_risk=found.customers_at_risk,
        table=table.sort("rank"),
        cautions=cautions,
    )


def _ranks(swing: Array) -> Array:
    """Return 1 for the largest; those that differ but by rounding share the best."""
    known = ~np.isnan(swing)
    ranks = np.full(len(swing), np.nan)
    ranks[known] = from_best(levels(swing[known]))
    return ranks


def _ranges(found: MarketAtRisk, ranges: Ranges | None) -> dict[str, tuple[float, float]]:
    """See that ranges are of inputs, in order, and within what these can be."""
    instance("ranges", {} if ranges is None else ranges, Mapping)
    known = [name for name in found.inputs["input"].tolist() if name != WORTH]
    read = {}
    for name, ends in (ranges or {}).items():
        if name == WORTH:
            msg = f"`ranges`: {WORTH!r} moves the value at risk in proportion, and no customers"
            raise ValueError(msg)
        called = f"ranges[{named('ranges', name, known)!r}]"
        instance(called, ends, tuple, list, hint="; give (low, high)")
        rule = not_negative if name == CUSTOMERS else probability
        pair = [rule(called, end) for end in ends]
        if len(pair) != 2 or pair[0] > pair[1]:
            msg = f"`{called}` must be (low, high), in this order, got {brief(ends)}"
            raise ValueError(msg)
        read[name] = (pair[0], pair[1])
    return read


def _ends(
    found: MarketAtRisk, ranges: Mapping[str, tuple[float, float]], change: float
) -> tuple[dict[str, tuple[float, float]], dict[str, str]]:
    """Return the ends of each input that can move, and where they are from."""
    ends, reach = {}, {}
    first, *others = found.outcomes
    lone = "" if others else share_of(first)
    for row in found.inputs.rows():
        name, value, certain = row["input"], row["value"], np.isnan(row["low"])
        known = name == CUSTOMERS or (name == BASELINE and value == 1)
        fixed = (known and certain) or name == lone
        if name == WORTH or (fixed and name not in ranges):
            continue
        if name in ranges:
            ends[name] = ranges[name]
            reach[name] = GIVEN
        elif certain:
            high = value * (1 + change)
            ends[name] = (value * (1 - change), high if name == CUSTOMERS else min(1.0, high))
            reach[name] = f"± {100 * change:g} %"
        else:
            ends[name] = (row["low"], row["high"])
            reach[name] = f"{100 * found.confidence:g} % interval"
    return ends, reach


def _undefined(name: str, outcomes: Sequence[str], values: Mapping[str, float]) -> str:
    """Say why the share of an outcome cannot move, "" if it can."""
    others = [values[share_of(outcome)] for outcome in outcomes if share_of(outcome) != name]
    if len(others) == len(outcomes) or sum(others) > 0 or len(others) == 1:
        return ""
    return NOBODY if others else ALONE


def _cautions(found: MarketAtRisk, reach: Mapping[str, str]) -> tuple[str, ...]:
    """Say where rows do not compare, and where a small change is no measure of what is known."""
    kinds, said = list(dict.fromkeys(reach.values())), []
    if len(kinds) > 1:
        said.append(f"ends are not all alike ({', '.join(kinds)}): a wide row may be a wide range")
    name = "complain_rate"
    if found.inputs.row(input=name)["kind"] == "iceberg" and reach[name] != GIVEN:
        said.append(f"{name} is that of an iceberg, known far less well: give its ends in `ranges`")
    return tuple(said)
