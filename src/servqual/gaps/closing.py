"""What if a gap were closed: the customer gap that is left, and the least that reaches a target."""

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import between, instance, named, plain_number
from servqual._frames.words import first_reason
from servqual._stats.means import Mean
from servqual._stats.student import t_interval
from servqual.gaps._levels import ROUNDING, joint_squares
from servqual.gaps._rows import keyed_by_branch
from servqual.gaps.chain import GapChain
from servqual.tables import Result, Table, interval_note

__all__ = ["ClosedGaps", "close_gaps"]

Array = NDArray[np.float64]
PLACES = 9  # of gaps that are told apart


@attrs.frozen(kw_only=True, repr=False)
class ClosedGaps(Result):
    """The gaps after some of them are closed, and what a target needs.

    Parameters
    ----------
    gaps : Table
        One row a gap between neighbours and one for the whole: its `estimate` now, the `share` of
        it that is closed, what is left `after` that with `se`, `df`, `low`, `high`, and
        `undefined`. Keyed `gap`; of several branches `branch, gap`.
    needed : Table
        One row a gap between neighbours: the share to close for the target if it is closed
        `alone`, and in the `together` that closes least in all: the most negative gap first. NaN
        where the target is out of reach; `undefined` says so.
    """

    gaps: Table
    needed: Table


def close_gaps(
    chain: GapChain, shares: Mapping[str, float] | None = None, *, target: float = 0.0
) -> ClosedGaps:
    """Return the customer gap when gaps are closed by a share, and the least closures for a target.

    Closing a gap g by the share s leaves (1 - s)·g of it, and takes s·g off the whole: of a gap
    above 0, it gives up what is gained there.

    Parameters
    ----------
    chain : GapChain
        From `service_gaps` or `sequential_gaps`.
    shares : mapping of str to float
        By gap, the share of it that is closed, 0 to 1; gaps without an entry stay as they are.
    target : float
        The whole gap to be reached, counted from the gaps as they are now, in units of the scale.

    Returns
    -------
    ClosedGaps
        What is left, and what the target needs.

    Raises
    ------
    TypeError, ValueError
        If a gap is unknown or a share lies outside 0..1.

    Notes
    -----
    It is arithmetic on the chain, not a forecast: it takes a level to move with the one before it,
    as if the rest of the organisation followed. The interval counts the errors of the levels (df
    by Satterthwaite), not those of the plan.

    Examples
    --------
    >>> from servqual.gaps import Summary, sequential_gaps
    >>> means = {"expected": 7.0, "set": 6.0, "seen": 4.0}
    >>> levels = {name: Summary([mean], 1.0, 400) for name, mean in means.items()}
    >>> found = close_gaps(sequential_gaps(levels, labels=["speed"]), {"gap2": 0.5}, target=-0.5)
    >>> found.gaps["after"].tolist()
    [-1.0, -1.0, -2.0]
    >>> found.needed["together"].tolist()  # of the gap of -2 wholly, and half of the other
    [0.5, 1.0]
    """
    instance("chain", chain, GapChain, hint="; service_gaps and sequential_gaps make one")
    names = [step.name for step in chain.steps[: len(chain.measured.names) - 1]]
    target = plain_number("target", target)
    closed = np.zeros(len(names))
    if shares is not None:
        instance("shares", shares, Mapping, hint=", as {'gap3': 0.5}")
        for name, share in shares.items():
            named("shares", name, names)
            closed[names.index(name)] = between(f"shares[{name!r}]", share, 0, 1)
    return ClosedGaps(
        gaps=_left(chain, names, closed),
        needed=_needed(chain, names, target),
    )


def _left(chain: GapChain, names: list[str], closed: Array) -> Table:
    """Return the Table of what is left of each gap, and of the whole."""
    whole, size = chain.measured.whole, len(names)
    steps = np.diff(whole.mean, axis=1)
    each = np.eye(size, size + 1, 1) - np.eye(size, size + 1)  # a gap, as weights of the levels
    left = (1 - closed)[:, None] * each
    found = _combined(chain, np.vstack([left, left.sum(axis=0)]))
    total = chain.steps[size].name
    keys = keyed_by_branch(chain.measured.branches, {"gap": [*names, total]})
    low, high = t_interval(found.mean, found.se, found.df, chain.confidence)
    reasons = {
        "a level is undefined": np.isnan(found.mean),
        "the error of a level is undefined": np.isnan(found.se),
        "closed, or no variation": found.se == 0,
    }
    shares = np.broadcast_to([*closed, np.nan], found.mean.shape)
    columns = {
        "estimate": np.hstack([steps, chain.totals.mean[:, None]]),
        "share": shares,
        "after": found.mean,
        "se": found.se,
        "df": np.where(found.se > 0, found.df, np.nan),
        "low": low,
        "high": high,
        "undefined": first_reason(reasons),
    }
    return Table(
        title="Gaps closed",
        keys=tuple(keys),
        data=keys | {name: column.ravel() for name, column in columns.items()},
        note=interval_note(chain.confidence, "t, with the errors of the levels", "of what is left"),
    )


def _combined(chain: GapChain, weights: Array) -> Mean:
    """Return Σ_j c_j·x̄_j of the levels for rows of weights c, with Satterthwaite's df.

    se² = Σ c_j² se_j²; where the first and the last level are paired, the two are one term, whose
    covariance is that of the paired difference.
    """
    level, total = chain.measured.whole, chain.totals
    used = weights != 0

    def summed(terms: Array) -> Array:
        total: Array = np.where(used, terms, 0.0).sum(axis=-1)
        return total

    each = weights**2 * level.se[:, None] ** 2
    df = np.broadcast_to(level.df[:, None], each.shape)
    if chain.paired:
        ends = used[:, 0] & used[:, -1]
        first, last, together = (square[:, None] for square in joint_squares(level, total))
        a, b = weights[:, 0], weights[:, -1]
        joint = a**2 * first + b**2 * last + 2 * a * b * together
        each = each.copy()
        each[..., 0] = np.where(ends, np.maximum(joint, 0), each[..., 0])
        each[..., -1] = np.where(ends, 0.0, each[..., -1])
        df = df.copy()
        df[..., 0] = np.where(ends, total.df[:, None], df[..., 0])
    square = summed(each)
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = square**2 / summed(np.where(each > 0, each**2 / df, 0.0))
    mean, none = summed(weights * level.mean[:, None]), np.full(square.shape, np.nan)
    return Mean(none, mean, none, np.sqrt(square), freedom)


def _needed(chain: GapChain, names: list[str], target: float) -> Table:
    """Return the Table of the shares that reach the target."""
    steps, total = np.diff(chain.measured.whole.mean, axis=1), chain.totals.mean[:, None]
    lost = np.maximum(-steps, 0.0)  # what closing a gap wholly would win
    lacking = np.maximum(target - total, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = np.where(lacking > 0, lacking / lost, 0.0)
        order = np.argsort(-lost.round(PLACES), axis=1, kind="stable")  # ties to rounding
        sorted_lost = np.take_along_axis(lost, order, axis=1)
        before = np.cumsum(sorted_lost, axis=1) - sorted_lost
        share = np.where(sorted_lost > 0, np.clip((lacking - before) / sorted_lost, 0, 1), 0.0)
    together = np.empty_like(share)
    np.put_along_axis(together, order, share, axis=1)
    unknown = np.isnan(steps).any(axis=1, keepdims=True)
    far = lacking > lost.sum(axis=1, keepdims=True) * (1 + ROUNDING)
    short = alone > 1 + ROUNDING
    reasons = {
        "a gap is undefined": np.broadcast_to(unknown, alone.shape),
        "out of reach even if all gaps below 0 are closed": np.broadcast_to(far, alone.shape),
        "closed alone it does not suffice": short,
    }
    keys = keyed_by_branch(chain.measured.branches, {"gap": names})
    return Table(
        title=f"Closures for a whole of {target:g}",
        keys=tuple(keys),
        data={
            **keys,
            "estimate": steps.ravel(),
            "alone": np.where(unknown | short, np.nan, np.minimum(alone, 1)).ravel(),
            "together": np.where(unknown | far, np.nan, together).ravel(),
            "undefined": first_reason(reasons).ravel(),
        },
        note="shares of the gaps as they are now; together: the least sum of shares, widest first "
        "and of equal ones the earlier",
    )
