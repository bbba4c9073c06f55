"""Three kinds of numbers that are not known exactly."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import EXACT, plain_number, positive, whole
from servqual._stats.laws import beta_quantile, normal_quantile, triangular_quantile

__all__ = ["Counted", "Judged", "Measured", "Quantity", "Uncertain"]

Array = NDArray[np.float64]


def _count(value: object) -> int:
    return whole("count", value, least=0)


def _n(value: object) -> int:
    return whole("n", value, least=1, most=EXACT)


@attrs.frozen
class Counted:
    """A share that was counted, as 120 of 480.

    It is drawn from the beta distribution with count + ½ and n - count + ½, the posterior under
    Jeffreys' prior.

    Parameters
    ----------
    count, n : int
        How many, of how many; 0 ≤ count ≤ n.

    Raises
    ------
    TypeError, ValueError
        If one is no whole number, or there are more than n.

    Examples
    --------
    >>> Counted(120, 480).value
    0.25
    """

    count: int = attrs.field(converter=_count)
    n: int = attrs.field(converter=_n)

    def __attrs_post_init__(self) -> None:
        whole("count", self.count, least=0, most=self.n)

    @property
    def value(self) -> float:
        """count/n."""
        return self.count / self.n

    def quantile(self, probability: Array) -> Array:
        """Return quantiles of what the share may be.

        Parameters
        ----------
        probability : array_like
            Between 0 and 1.
        """
        return beta_quantile(self.count + 0.5, self.n - self.count + 0.5, probability)


def _value(value: object) -> float:
    return plain_number("value", value)


def _se(value: object) -> float:
    return positive("se", value)


@attrs.frozen
class Measured:
    """An estimate with its standard error, as 0.82 ± 0.03; it is drawn from the normal law.

    Parameters
    ----------
    value : float
        The estimate.
    se : float
        Its standard error, above 0.

    Raises
    ------
    TypeError, ValueError
        If one is no number, or `se` is not above 0.

    Examples
    --------
    >>> Measured(0.82, 0.03).quantile(0.5).item()
    0.82
    """

    value: float = attrs.field(converter=_value)
    se: float = attrs.field(converter=_se)

    def quantile(self, probability: Array) -> Array:
        """Return quantiles of what the number may be.

        Parameters
        ----------
        probability : array_like
            Between 0 and 1.
        """
        return normal_quantile(self.value, self.se, probability)


def _low(value: object) -> float:
    return plain_number("low", value)


def _likely(value: object) -> float:
    return plain_number("likely", value)


def _high(value: object) -> float:
    return plain_number("high", value)


@attrs.frozen
class Judged:
    """A number that somebody judged: at least, most likely, at most; drawn from the triangle.

    Parameters
    ----------
    low, likely, high : float
        low ≤ likely ≤ high, and low < high. `likely` is the mode, not the mean.

    Raises
    ------
    TypeError, ValueError
        If one is no number, or they are not in order.

    Examples
    --------
    >>> Judged(0, 2, 4).quantile(0.5).item()
    2.0
    """

    low: float = attrs.field(converter=_low)
    likely: float = attrs.field(converter=_likely)
    high: float = attrs.field(converter=_high)

    def __attrs_post_init__(self) -> None:
        if not (self.low <= self.likely <= self.high and self.low < self.high):
            got = f"{self.low}, {self.likely}, {self.high}"
            msg = f"`low`, `likely` and `high` must rise, got {got}; what is certain is a number"
            raise ValueError(msg)

    @property
    def value(self) -> float:
        """The likely value."""
        return self.likely

    def quantile(self, probability: Array) -> Array:
        """Return quantiles of what the number may be.

        Parameters
        ----------
        probability : array_like
            Between 0 and 1.
        """
        return triangular_quantile(self.low, self.likely, self.high, probability)


Uncertain = Counted | Measured | Judged
Quantity = float | Uncertain
