"""From a service score to money: a change carried along a chain."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import not_negative, plain_number
from servqual._stats.bootstrap import Progress, Resampled
from servqual._stats.paths import carried, others
from servqual.profit_chain._chain import ROUNDING, Cells, Chain, Resampling
from servqual.tables import Result, Table, interval_note, noted, readable

__all__ = ["ScoreToMoney", "score_to_money"]

Array = NDArray[np.float64]
WAYS = ("chain", "direct", "difference")
HUGE = 1e300  # of money: intervals need room
MANY = 2.0  # standard deviations of the score, which few cases differ by
SAME = "no error, no interval: of two variables the chain is the direct way"
CAUSE = (
    "the money is what goes with a higher score, not what raising it brings; an experiment, or "
    "branches that changed beside those that did not, would tell"
)


@attrs.frozen(kw_only=True, repr=False)
class ScoreToMoney(Result):
    """What goes with a change of a service score, link by link down to money.

    Parameters
    ----------
    variables : tuple of str
        The variables in the order of the chain: the score first, money last.
    links : Table
        Keyed `cause` and `effect`: the rows `n`, the `slope` with `se`, `low`, `high`, `t`, `df`
        and `p`, the slope `standardised`, what is `lacking` and why, and `undefined`.
    steps : Table
        Keyed `variable`: by how much it changes, `change`, with `se`, `low` and `high`, `n`,
        `lacking` and `undefined`. That of the last is the money of one customer.
    ways : Table
        Keyed `way`, the money of all customers by the ``"chain"``, by the ``"direct"`` regression
        of money on the score, and their ``"difference"``, direct - chain: `n`, `money`, `se`,
        `low`, `high`, `lacking` and `undefined`.
    money, se, low, high : float
        That of the chain.
    change, customers : float
        As they were asked for.
    n : int
        The rows that have all variables, on which everything stands.
    missing : int
        The rows that are left out because a value is missing.
    interval : str
        As it was asked for.
    confidence : float
        That of the intervals.
    cautions : tuple of str
        That an association is no effect; that the change is more than the score was observed to
        differ by, or, if it has more than two values, than two of its standard deviations; that the
        chain and the direct regression differ by more than chance; that few rows are complete, or
        fewer than 20, too few for intervals by rows drawn again.
    lacking : str
        "" or what is lacking in a row of `ways`.
    undefined : str
        "" or why there is no money.
    """

    variables: tuple[str, ...]
    links: Table
    steps: Table
    ways: Table
    money: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    change: float
    customers: float
    n: int
    missing: int
    interval: Resampled
    confidence: float
    cautions: tuple[str, ...]
    lacking: str
    undefined: str


def score_to_money(  # noqa: PLR0913 (the chain, what changes, and how intervals are found)
    chain: Any,  # noqa: ANN401 (an array or any frame)
    *,
    change: float = 1.0,
    customers: float = 1.0,
    items: Sequence[str] | None = None,
    interval: Resampled = "percentile",
    resamples: int = 5000,
    confidence: float = 0.95,
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> ScoreToMoney:
    """Carry a change of a service score along a chain, down to money.

    With b_j the slope of variable j on variable j - 1 by ordinary least squares,

        change of variable j = change·b_2·…·b_j,  money = customers·change·b_2·…·b_k.

    Beside it stands the direct regression of money on the score: customers·change·b_k1. Where both
    differ by more than chance, the chain lacks something, and its money is not to be believed.

    Parameters
    ----------
    chain : data frame, mapping of columns, or array_like (rows, variables)
        One row a case, such as a customer or a branch; the columns in the order of the chain, the
        service score first and the money of one customer last, two or more; NaN where missing.
        Rows that lack a value are left out and counted.
    change : float
        By how much the score changes, in its own points; below 0 for a loss, not 0.
    customers : float
        How many customers the change reaches, 0 or more; or branches, if a row is a branch.
    items : sequence of str
        The columns of a frame, in the order of the chain, by default all; of an array the names of
        its columns, by default "1", "2", …
    interval : {"percentile", "bootstrap"}
        Intervals of steps and money by rows drawn again: plain percentiles, or bias-corrected and
        accelerated. Those of slopes are by t with n - 2 df.
    resamples : int
        How often rows are drawn again.
    confidence : float
        The confidence of the intervals, between 0 and 1.
    rng : int, Generator or None
        Seed of the bootstrap; by default the same numbers each time, None for others.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with what is done, and of how much.

    Returns
    -------
    ScoreToMoney
        Money in the unit of the last column.

    Raises
    ------
    TypeError, ValueError
        If the change is 0 or customers are negative, there are fewer than two variables or no rows,
        a column or an option is unknown, or what came is not of numbers.

    See Also
    --------
    serial_paths : the same links, standardised, and their misfit.

    Notes
    -----
    Slopes are straight lines through what was observed, and associations: see `serial_paths`. The
    money is of the span in which the last column counts it, such as a year. What the change costs,
    and when the money comes, is not in it: see `return_on_quality`.

    Where the chain carries all, the direct regression and the chain still differ by more than
    chance in as many samples as the misfit of `serial_paths`, some more than 5 of 100 if rows are
    few. Percentiles are the default here as in `mediation`, whose notes say more.

    References
    ----------
    Heskett, J. L., Jones, T. O., Loveman, G. W., Sasser, W. E., & Schlesinger, L. A. (1994).
    Putting the service-profit chain to work. Harvard Business Review 72(2), 164-174.

    Examples
    --------
    A point of the score goes with 2 visits, a visit with 10 euros: 20 of each of 300 customers.

    >>> chain = {"score": [1, 2, 3, 4], "visits": [1.5, 5, 5.5, 8], "euros": [15, 50, 55, 80]}
    >>> found = score_to_money(chain, customers=300, resamples=200)
    >>> found.links["slope"].round(6).tolist(), round(found.money, 6)
    ([2.0, 10.0], 6000.0)
    """
    asked = Resampling.of(interval, resamples, confidence, rng, progress)
    change, customers = _change(change), not_negative("customers", customers)
    given = Chain.of("chain", chain, items)
    units, sizes, whys = _units(given, change, customers), _sizes(given), _whys(given)
    found, drawn = asked.columns(given, _changes, units=units, sizes=sizes, whys=whys)
    steps = _steps(given, change, found, drawn)
    ways = _ways(given, customers, found, drawn)
    cautions = (CAUSE, *_beyond(given, change), *_apart(ways), *given.cautions(found))
    at = {name: float(ways[name][0]) for name in ("money", "se", "low", "high")}
    slopes = interval_note(asked.confidence, "t with n − 2 df")
    return ScoreToMoney(
        variables=given.names,
        links=Table(
            title="Links",
            keys=("cause", "effect"),
            data=given.link_columns(asked.confidence),
            note=noted(given.said, slopes, cautions=cautions),
        ),
        steps=steps,
        ways=ways,
        **at,
        change=change,
        customers=customers,
        n=given.n,
        missing=given.missing,
        interval=interval,
        confidence=asked.confidence,
        cautions=cautions,
        lacking=next(filter(None, ways["lacking"].tolist()), ""),
        undefined=str(ways["undefined"][0]),
    )


def _change(value: object) -> float:
    change = float(plain_number("change", value))
    if change == 0:
        msg = "`change` must not be 0: give by how many points the score changes"
        raise ValueError(msg)
    return change


def _changes(covariance: Array) -> Array:
    """Return what each variable but the first changes by, the last by the direct way, and more."""
    steps = carried(covariance)
    direct = covariance[..., 0, -1:] / covariance[..., 0, :1]
    return np.concatenate([steps, direct, direct - steps[..., -1:]], axis=-1)


def _units(given: Chain, change: float, customers: float) -> Array:
    """Return those of `_changes`, for a change of the score, if there are numbers for it."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        units = given.sd[1:] / given.sd[0] * change
        beyond = (given.sd[0] > 0) & (np.abs(units) * max(customers, 1.0) > HUGE)
    if beyond.any():
        msg = f"what a `change` of {change:g} brings is beyond all numbers; take larger units"
        raise ValueError(msg)
    return np.append(units, [units[-1]] * 2)


def _sizes(given: Chain) -> Array:
    """Return of what size the numbers are that `_changes` are made of."""
    r = np.diagonal(given.covariance, 1)
    steps = [np.abs(others(r[:links])).sum() for links in range(1, len(r) + 1)]
    return np.array([*steps, 1, 1 + steps[-1]])


def _whys(given: Chain) -> list[str]:
    """Say why `_changes` are undefined, or nothing."""
    size = len(given.names)
    steps = [given.why(range(place + 1)) for place in range(1, size)]
    return [*steps, given.why((0, size - 1)), steps[-1]]


def _steps(given: Chain, change: float, found: Cells, drawn: str) -> Table:
    """Return by how much all variables change; what the first changes by is given."""
    size = len(given.names) - 1
    first = {"estimate": change, "se": np.nan, "low": np.nan, "high": np.nan}
    cells = {name: np.append(its, found[name][:size]) for name, its in first.items()}
    said = [
        ["no error, no interval: it is given", *found["lacking"][:size]],
        ["", *found["undefined"][:size]],
    ]
    keys: Cells = {
        "variable": given.names,
        "n": np.full(size + 1, given.n),
        "change": cells.pop("estimate"),
    }
    return Table(
        title=f"Steps, if {given.names[0]} changes by {change:g}",
        keys=("variable",),
        data=keys | cells | {"lacking": said[0], "undefined": said[1]},
        note=drawn,
    )


def _ways(given: Chain, customers: float, found: Cells, drawn: str) -> Table:
    """Return the money of all customers by each way."""
    cells: Cells = {"way": WAYS, "n": np.full(len(WAYS), given.n)}
    for name in ("estimate", "se", "low", "high"):
        cells["money" if name == "estimate" else name] = customers * found[name][-3:]
    cells |= {name: list(found[name][-3:]) for name in ("lacking", "undefined")}
    if len(given.names) == 2 and not cells["undefined"][-1]:
        cells["lacking"][-1], cells["money"][-1] = SAME, 0.0
    return Table(
        title=f"Money of {customers:,g} customers",
        keys=("way",),
        data=cells,
        note=noted(drawn, cautions=(CAUSE,)),
    )


def _beyond(given: Chain, change: float) -> list[str]:
    """Say whether the change is more than the score was observed to differ by, or much."""
    if given.n < 2 or given.still[0]:
        return []
    name, sd, (low, high) = given.names[0], given.sd[0], given.ends[:, 0]
    if abs(change) > (high - low) * (1 + ROUNDING):
        said = f"a change of {change:g} is more than the whole range of {name}"
        return [f"{said}, {low:.4g} to {high:.4g}: no two cases differ by so much"]
    if abs(change) > MANY * sd and len(np.unique(given.rows[:, 0])) > 2:
        return [f"a change of {change:g} is {abs(change) / sd:.2g} standard deviations of {name}"]
    return []


def _apart(ways: Table) -> list[str]:
    """Say whether the direct way differs from the chain by more than chance."""
    low, high = ways["low"][-1], ways["high"][-1]
    if not (low > 0 or high < 0):
        return []
    ends = f"{readable(float(low), 2)} to {readable(float(high), 2)}"
    return [f"the direct regression gives other money than the chain, by {ends}"]
