"""How often each of some rows is drawn: multinomial and Poisson counts, many at a time."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["multinomial_counts", "poisson_counts"]

Array = NDArray[np.float64]
Counts = NDArray[np.integer]
CELLS = 2**16  # the values of the 16 random bits that nearly every count takes
OPEN = 255  # the mark of a cell in which the law has a step
FEW = 1024  # rows up to which each draw is made by itself
MARGIN = 7.0  # standard errors by which Poisson counts shall stay below what is to be drawn


def multinomial_counts(totals: NDArray[np.int64], rows: int, rng: np.random.Generator) -> Counts:
    """Return how often each row is drawn where each resample draws a total, (resamples, rows).

    Poisson counts of a lower mean whose sum is S are S draws, for whatever S; the draws that are
    short of the total are made one by one. Resamples with too many draws are made anew: given the
    total, all of them have the multinomial law.
    """
    if rows < FEW:
        return _one_by_one(totals, rows, rng)
    mean = 1 - MARGIN / math.sqrt(rows)
    counts = poisson_counts((len(totals), rows), mean, rng)
    short = totals - counts.sum(axis=1, dtype=np.int64)
    if (over := np.flatnonzero(short < 0)).size:
        counts[over] = _one_by_one(totals[over], rows, rng)
        short[over] = 0
    cells = rng.integers(rows, size=int(short.sum()))
    cells += np.repeat(rows * np.arange(len(totals)), short)
    np.add.at(counts.reshape(-1), cells, np.uint8(1))
    return counts


def poisson_counts(
    shape: tuple[int, int], mean: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return counts of Poisson's law with a mean of at most 1.

    Sixteen random bits tell a count by a table, but for the few cells of 2⁻¹⁶ in which the law has
    a step; there, a second number says on which side.
    """
    table, steps = _law(mean)
    size = math.prod(shape)
    words = rng.integers(0, 2**64, size=-(-size // 4), dtype=np.uint64)
    bits = words.view(np.uint16)[:size]
    counts = table.take(bits)
    undecided = np.flatnonzero(counts == OPEN)
    exact = bits[undecided] + rng.random(len(undecided))
    counts[undecided] = np.searchsorted(steps, exact, side="right")
    return counts.reshape(shape)


def _one_by_one(totals: NDArray[np.int64], rows: int, rng: np.random.Generator) -> Counts:
    cells = rng.integers(rows, size=int(totals.sum()))
    cells += np.repeat(rows * np.arange(len(totals)), totals)
    return np.bincount(cells, minlength=rows * len(totals)).reshape(len(totals), rows)


@lru_cache(maxsize=16)
def _law(mean: float) -> tuple[NDArray[np.uint8], Array]:
    """Return the count of each cell, or its mark, and where in cells the law has its steps."""
    terms = [math.exp(-mean)]
    while terms[-1] > 0:
        terms.append(terms[-1] * mean / len(terms))
    steps = CELLS * np.cumsum(terms)
    steps = steps[steps < CELLS]
    low = np.arange(CELLS)
    first = np.searchsorted(steps, low, side="right")
    last = np.searchsorted(steps, low + 1, side="left")
    return np.where(first == last, first, OPEN).astype(np.uint8), steps
