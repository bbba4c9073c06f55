"""How reliable touchpoints must be for a journey without failure."""

from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import probability, whole
from servqual._stats.averages import scaled
from servqual.journeys._scores import in_order, placed

__all__ = ["required_reliability"]

Array = NDArray[np.float64]


@overload
def required_reliability(target: float, *, touchpoints: int) -> float: ...


@overload
def required_reliability(target: float, *, weights: ArrayLike) -> Array: ...


def required_reliability(
    target: float, *, touchpoints: int | None = None, weights: ArrayLike | None = None
) -> float | Array:
    """Return how reliable each touchpoint must be for a journey without failure.

    R^(1/n) for n touchpoints alike, so that their product is the target R; by weights, R^(aᵢ) with
    aᵢ = wᵢ/Σw, so that a touchpoint with more weight may fail more.

    Parameters
    ----------
    target : float
        The probability that no touchpoint fails, R, 0 to 1.
    touchpoints : int
        How many touchpoints there are, at least 1; or
    weights : array_like
        the share of log R that each touchpoint takes, in any unit, above 0: where failures are
        few, that is nearly its share of the allowed ones.

    Returns
    -------
    float or ndarray
        The probability not to fail: one for all touchpoints, or by weights one for each.

    Raises
    ------
    TypeError, ValueError
        If what is given is no number or out of range, or not just one of `touchpoints` and
        `weights` is given.

    Notes
    -----
    For independent touchpoints that every customer comes to. With positive dependence, the same
    reliabilities do better than the target.

    Examples
    --------
    Two touchpoints must each be right nine times of ten for 81 % without failure.

    >>> round(required_reliability(0.81, touchpoints=2), 12)
    0.9
    >>> required_reliability(0.512, weights=[2, 1]).round(12).tolist()
    [0.64, 0.8]
    """
    target = probability("target", target)
    if (touchpoints is None) == (weights is None):
        got = "neither" if weights is None else "both"
        msg = f"give either `touchpoints` or `weights`, got {got}"
        raise ValueError(msg)
    if touchpoints is not None:
        return float(target ** (1 / whole("touchpoints", touchpoints, least=1)))
    given = in_order("weights", weights)
    wrong = np.flatnonzero(~(given > 0))
    if wrong.size:
        place = placed(int(wrong[0]), ())
        msg = f"`weights` must be above 0, got {given[wrong[0]]:g} ({place})"
        raise ValueError(msg)
    given = scaled(given)
    return np.asarray(target ** (given / given.sum()))
