"""Weighted sums of Poisson counts: their intervals, by gamma distributions and by the normal."""

import numpy as np
from numpy.typing import NDArray

from servqual._stats.smoothing import smoothly
from servqual._stats.student import Interval

__all__ = ["INTERVALS", "SAID", "fay_feuer", "gamma_quantile", "mid_p", "normal"]

Array = NDArray[np.float64]
FAR = 1e-5
STEPS = 100  # at most; fewer than ten are the rule
NEAR = 1e-8  # the error that a step of Newton's leaves is of the order of its square


def gamma_quantile(shape: Array, probability: float) -> Array:
    """Return quantiles of the gamma distribution of scale 1; 0 where the shape is 0."""
    from scipy.special import gammaincinv  # half a second

    def cube_root(shape: Array) -> Array:  # of quantile/shape, smooth in 1/√shape
        return np.cbrt(gammaincinv(shape, probability) / shape)

    shape = np.asarray(shape, dtype=float)
    some = np.where(shape > 0, shape, 1.0)
    far = not FAR < probability < 1 - FAR  # where scipy's own is not smooth enough
    roots = cube_root(some) if far else smoothly(cube_root, some, -0.5, 8.0)
    return np.where(shape > 0, roots**3 * shape, shape)


def fay_feuer(total: Array, variance: Array, largest: Array, confidence: float) -> Interval:
    """Return the gamma interval of y = Σwn with v = Σw²n, where w_M is the largest weight.

    The lower end is the α/2 quantile of the gamma distribution of mean y and variance v, the upper
    the 1 - α/2 quantile of that of mean y + w_M and variance v + w_M². Of one type it is the exact
    interval of a Poisson count. Where y is 0, the lower end is 0.
    """
    low, high = _gammas(total, variance, largest)
    tail = (1 - confidence) / 2
    return _quantile(*low, tail), _quantile(*high, 1 - tail)


def mid_p(total: Array, variance: Array, largest: Array, confidence: float) -> Interval:
    """Return the mid-p gamma interval: quantiles of the two gamma distributions, half and half.

    Its upper end lies below that of `fay_feuer`; it is near its level on average, not always above.
    """
    low, high = _gammas(total, variance, largest)
    tail = (1 - confidence) / 2
    return _mixed(low, high, tail), _mixed(low, high, 1 - tail)


def normal(total: Array, variance: Array, largest: Array, confidence: float) -> Interval:  # noqa: ARG001 (one signature)
    """Return y ± z√v, from 0 on: too short where failures are few."""
    from scipy.special import ndtri  # half a second

    half = ndtri(0.5 + confidence / 2) * np.sqrt(variance)
    return np.maximum(total - half, 0.0), total + half


INTERVALS = {"fay-feuer": fay_feuer, "mid-p": mid_p, "normal": normal}
SAID = {"fay-feuer": "Fay and Feuer", "mid-p": "the mid-p form of Fay and Kim", "normal": "± z√V"}

_Gamma = tuple[Array, Array]  # its shape and its scale


def _gammas(total: Array, variance: Array, largest: Array) -> tuple[_Gamma, _Gamma]:
    """Return the gamma distributions of the lower and the upper end."""
    total, variance = np.asarray(total, dtype=float), np.asarray(variance, dtype=float)
    return _gamma(total, variance), _gamma(total + largest, variance + np.square(largest))


def _gamma(mean: Array, variance: Array) -> _Gamma:
    """Return the gamma distribution of a mean and a variance; it is 0 where the mean is 0."""
    some = mean > 0
    scale = np.divide(variance, mean, out=np.ones_like(mean), where=some)
    return np.where(some, mean / scale, mean), scale


def _quantile(shape: Array, scale: Array, probability: float) -> Array:
    return gamma_quantile(shape, probability) * scale


def _mixed(first: _Gamma, second: _Gamma, probability: float) -> Array:
    """Return the quantiles of two gamma distributions taken half and half, by Newton's steps.

    They lie between those of the two; a step that leaves what is known of that is halved.
    """
    ends = _quantile(*first, probability), _quantile(*second, probability)
    low, high = np.minimum(*ends), np.maximum(*ends)
    high = np.where(_below(first, low) + _below(second, low) < 2 * probability, high, low)
    middle = (low + high) / 2
    for _ in range(STEPS):
        lacking = 2 * probability - _below(first, middle) - _below(second, middle)
        low, high = np.where(lacking > 0, middle, low), np.where(lacking > 0, high, middle)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            step = middle + lacking / (_density(first, middle) + _density(second, middle))
        inside = (step >= low) & (step <= high)
        last, middle = middle, np.where(inside, step, (low + high) / 2)
        near = inside & (np.abs(middle - last) <= NEAR * middle)
        if np.all(near | (high - low <= 4 * np.finfo(float).eps * high)):
            break
    return np.asarray(middle)


def _below(gamma: _Gamma, at: Array) -> Array:
    """Return the probability of at most so much."""
    from scipy.special import gammainc  # half a second

    shape, scale = gamma
    return np.where(shape > 0, gammainc(np.where(shape > 0, shape, 1.0), at / scale), 1.0)


def _density(gamma: _Gamma, at: Array) -> Array:
    from scipy.special import gammaln, xlogy  # half a second

    shape, scale = gamma
    x, some = at / scale, np.where(shape > 0, shape, 1.0)
    return np.where(shape > 0, np.exp(xlogy(some - 1, x) - x - gammaln(some)) / scale, 0.0)
