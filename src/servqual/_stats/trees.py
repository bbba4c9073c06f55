"""Probability trees: chances of their nodes, what is to come after each, and errors of estimates.

Nodes stand in an order in which each comes behind the one above it, the root first. `parents` are
the places of those above, -1 above the root. The share of a node is its probability once the one
above was come to, 1 for the root; numbers may be fractions, and a share that is not known is NaN.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._stats.proportions import wilson
from servqual._stats.student import Interval

__all__ = [
    "Number",
    "ahead",
    "ends",
    "following",
    "reach_variances",
    "reaches",
    "score_interval",
    "sum_interval",
    "sums",
    "support",
]

Array = NDArray[np.float64]
Number = float | Fraction


def following(parents: Sequence[int]) -> list[list[int]]:
    """Return the places of the nodes right below each."""
    found: list[list[int]] = [[] for _ in parents]
    for node, parent in enumerate(parents[1:], 1):
        found[parent].append(node)
    return found


def reaches(parents: Sequence[int], shares: Sequence[Number]) -> list[Number]:
    """Return the probability that each node is come to, the product of the shares up to it.

    It is 0 behind a node that is never come to, though the share be not known.
    """
    found = [shares[0]]
    for parent, share in zip(parents[1:], shares[1:], strict=True):
        found.append(found[parent] and found[parent] * share)
    return found


def sums(parents: Sequence[int], numbers: Sequence[float]) -> list[float]:
    """Return the sum of the numbers from the root to each node."""
    found = [numbers[0]]
    for parent, number in zip(parents[1:], numbers[1:], strict=True):
        found.append(found[parent] + number)
    return found


def ahead(
    parents: Sequence[int], shares: Sequence[Number], numbers: Sequence[float]
) -> list[float]:
    """Return what is expected from each node on: v = its own number + Σ share·v of those below."""
    found = list(numbers)
    for node, below in reversed(list(enumerate(following(parents)))):
        found[node] += math.fsum(shares[child] * found[child] for child in below)
    return found


def ends(parents: Sequence[int], numbers: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the least and the greatest sum from each node on to a leaf, its own included."""
    least, most = list(numbers), list(numbers)
    for node, below in reversed(list(enumerate(following(parents)))):
        if below:
            least[node] += min(least[child] for child in below)
            most[node] += max(most[child] for child in below)
    return least, most


def sum_interval(
    parents: Sequence[int],
    shares: Sequence[float],
    known: Sequence[int],
    numbers: Sequence[float],
    confidence: float,
) -> tuple[float, float, float, float]:
    """Return the expected sum of numbers up to a leaf, its variance and the ends of its interval.

    With t₀ < t₁ < … the sums of the leaves, it is t₀ + Σ (tₖ - tₖ₋₁)·pₖ, pₖ the probability of at
    least tₖ. Each pₖ has Wilson's interval, and these are put together as their correlations r are:
    low = mean - √(Σ dᵢ·dⱼ·rᵢⱼ), dₖ = (tₖ - tₖ₋₁)·(pₖ - lowₖ), high likewise (MOVER). It lies within
    the sums of the leaves. What nobody or everybody reaches counts as uncorrelated.
    """
    reach = [*map(float, reaches(parents, shares))]
    leaves = np.array([not below for below in following(parents)])
    totals = np.array(sums(parents, numbers))
    at = np.unique(totals[leaves])
    steps, beyond = np.diff(at), totals[:, None] >= at[1:]
    chances = _chances(parents, shares, np.where(leaves[:, None], beyond, np.nan))
    p = chances[0]
    square = _covariance(parents, shares, known, reach, chances)
    stands = np.array(support(parents, known, reach))[leaves, None]
    absent = np.where(beyond[leaves] == (p == 0), stands, np.inf)  # leaves that none came to
    low, high = score_interval(p, np.diagonal(square), absent.min(axis=0), confidence)
    sd = np.sqrt(np.diagonal(square))
    apart = np.outer(sd, sd)
    alike = np.divide(square, apart, out=np.eye(len(p)), where=apart > 0)
    mean = float(at[0] + steps @ p)
    below, above = steps * (p - low), steps * (high - p)
    down, up, variance = (
        max(float(x @ matrix @ x), 0.0)  # but for rounding
        for x, matrix in ((below, alike), (above, alike), (steps, square))
    )
    return mean, variance, mean - math.sqrt(down), mean + math.sqrt(up)


def _chances(parents: Sequence[int], shares: Sequence[float], found: Array) -> Array:
    """Return the chances of columns from each node on, of those of the leaves."""
    for node, below in reversed(list(enumerate(following(parents)))):
        if taken := [child for child in below if shares[child]]:
            rows = found[taken]
            weights = np.array([shares[child] for child in taken])
            found[node] = rows[0] if (rows == rows[0]).all() else weights @ rows
    return found


def _covariance(
    parents: Sequence[int],
    shares: Sequence[float],
    known: Sequence[int],
    reach: Sequence[float],
    chances: Array,
) -> Array:
    """Return the covariances of what is expected at the root, where shares are those of a sample.

    Σ reach²·(Σ share·vvᵀ - (Σ share·v)(Σ share·v)ᵀ)/known over the nodes that are come to, v the
    chances from a node on: the delta method, as shares at different nodes do not correlate. Of
    whole cases it is the covariance of theirs, divided by n.
    """
    found = np.zeros((chances.shape[1], chances.shape[1]))
    for node, below in enumerate(following(parents)):
        taken = [child for child in below if shares[child]]
        if taken and known[node]:
            off = chances[taken] - chances[node]
            weights = np.array([shares[child] for child in taken])
            found += reach[node] ** 2 / known[node] * (off.T * weights) @ off
    return found


def reach_variances(
    parents: Sequence[int],
    shares: Sequence[float],
    known: Sequence[int],
    reach: Sequence[float],
) -> list[float]:
    """Return the variance of the probability p to come to each node: p²·Σ (1 - s)/(s·known).

    The sum is over the shares s up to it, each of the `known` cases of the node above.
    """
    parts = [0.0]  # which the root does not have
    for parent, share in zip(parents[1:], shares[1:], strict=True):
        parts.append((1 - share) / (share * known[parent]) if share > 0 else 0.0)
    found = zip(reach, sums(parents, parts), strict=True)
    return [p**2 * part for p, part in found]


def support(parents: Sequence[int], known: Sequence[int], reach: Sequence[float]) -> list[float]:
    """Return for each node the cases that its reach of 0 or 1 stands on.

    It is known/reach of the last node before it that is come to: the number that p(1-p)/se² tends
    to where one share on the way tends to 0. Of whole cases it is n.
    """
    found = [known[0] / reach[0]]
    for parent in parents[1:]:
        found.append(known[parent] / reach[parent] if reach[parent] > 0 else found[parent])
    return found


def score_interval(
    share: ArrayLike, square: ArrayLike, cases: ArrayLike, confidence: float
) -> Interval:
    """Return Wilson's interval of shares with p(1-p)/se² for n, or `cases` where se² is 0."""
    share, square = np.asarray(share, float), np.asarray(square, float)
    with np.errstate(invalid="ignore", divide="ignore"):
        worth = np.where(square > 0, share * (1 - share) / square, cases)
    return wilson(share * worth, worth, confidence)
