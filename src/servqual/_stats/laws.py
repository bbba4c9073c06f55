"""Numbers that are not known exactly: quantiles of their laws, and what a formula makes of them."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Law",
    "beta_quantile",
    "drawn",
    "normal_quantile",
    "swings",
    "triangular_quantile",
]

Array = NDArray[np.float64]
Law = Callable[[Array], Array]  # of probabilities, the quantiles
Formula = Callable[[Mapping[str, Array]], Array]  # of arrays by name, one number for each entry


def beta_quantile(successes: float, failures: float, probability: Array) -> Array:
    """Return quantiles of the beta distribution of these two parameters."""
    from scipy.special import betaincinv  # half a second

    return np.asarray(betaincinv(successes, failures, probability), float)


def normal_quantile(mean: float, sd: float, probability: Array) -> Array:
    """Return quantiles of the normal distribution."""
    from scipy.special import ndtri  # half a second

    return np.asarray(mean + sd * ndtri(probability), float)


def triangular_quantile(low: float, mode: float, high: float, probability: Array) -> Array:
    """Return quantiles of the triangular distribution: √ up to the mode, and √ down from it."""
    left, right, width = mode - low, high - mode, high - low
    p = np.asarray(probability, float)
    rising = low + np.sqrt(p * width * left)
    falling = high - np.sqrt((1 - p) * width * right)
    return np.where(p * width <= left, rising, falling)


def drawn(
    values: Mapping[str, float], laws: Mapping[str, Law], draws: int, rng: np.random.Generator
) -> dict[str, Array]:
    """Return draws of each number: of those that have a law by it, the others as they are."""
    own = {name: law(rng.random(draws)) for name, law in laws.items()}
    return {name: own.get(name, np.full(draws, value)) for name, value in values.items()}


def swings(
    values: Mapping[str, float], ends: Mapping[str, tuple[float, float]], formula: Formula
) -> tuple[Array, Array]:
    """Return the formula with each number in turn at its low and its high end, all else as it is.

    Both are in the order of `ends`.
    """
    size = len(ends)
    found = []
    for end in (0, 1):
        cells = {name: np.full(size, float(value)) for name, value in values.items()}
        for place, (name, pair) in enumerate(ends.items()):
            cells[name][place] = pair[end]
        found.append(np.asarray(formula(cells), float))
    return found[0], found[1]
