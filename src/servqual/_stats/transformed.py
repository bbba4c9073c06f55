"""Intervals by a standard error on a scale that keeps them within the range of the estimate."""

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.reliability import PERFECT
from servqual._stats.student import Interval

__all__ = [
    "ARCSINE",
    "FISHER",
    "IDENTITY",
    "LOGIT",
    "LOG_ERROR",
    "Transform",
    "transformed_interval",
]

Array = NDArray[np.float64]


@attrs.frozen
class Transform:
    """A scale h: the way there, its slope, and the way back."""

    there: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    back: Callable[[Array], Array]


def _log_error(p: Array) -> Array:
    error = 1 - p
    return np.asarray(-np.log(np.where(error > PERFECT, error, 0.0)))


LOG_ERROR = Transform(_log_error, lambda p: 1 / (1 - p), lambda y: 1 - np.exp(-y))  # below 1
LOGIT = Transform(  # within 0..1
    lambda p: np.log(p) - np.log1p(-p),
    lambda p: 1 / (p * (1 - p)),
    lambda y: 1 / (1 + np.exp(-y)),
)
IDENTITY = Transform(np.positive, np.ones_like, np.positive)
ARCSINE = Transform(  # within 0..1, which it can reach: for shares that are squares near 0
    lambda p: np.arcsin(np.sqrt(p)),
    lambda p: 1 / (2 * np.sqrt(p * (1 - p))),
    lambda y: np.sin(np.clip(y, 0, np.pi / 2)) ** 2,
)
FISHER = Transform(np.arctanh, lambda r: 1 / ((1 - r) * (1 + r)), np.tanh)  # within -1..1


def transformed_interval(
    estimate: Array | float,
    se: Array | float,
    confidence: float,
    scale: Transform,
    df: float = np.inf,
) -> Interval:
    """Return h⁻¹(h(p) ± t·se·dh/dp); NaN where the error is 0, or the estimate at an end."""
    from scipy.special import stdtrit  # half a second

    p, se = np.asarray(estimate, float), np.asarray(se, float)
    t = stdtrit(df, 0.5 + confidence / 2)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        centre, half = scale.there(p), t * scale.slope(p) * se
        known = (se > 0) & np.isfinite(centre) & np.isfinite(half)
        low, high = (np.where(known, scale.back(centre + side * half), np.nan) for side in (-1, 1))
        return low, high
