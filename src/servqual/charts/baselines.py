"""What is normal: the centre of a series and its spread, from phase 1."""

from collections.abc import Iterable
from typing import Literal

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    brief,
    choice,
    distinct,
    instance,
    not_negative,
    plain_number,
    positive,
    text,
)
from servqual.charts.series import UNCOUNTED, VALUE_MISSING, Series

__all__ = ["Baseline", "counts_baseline", "shares_baseline", "values_baseline", "widened"]

Array = NDArray[np.float64]
Family = Literal["count", "share", "value"]
BOUNDS = {"count": (0.0, np.inf), "share": (0.0, 1.0), "value": (-np.inf, np.inf)}
RANGE_OF_TWO = 1.128  # the mean range of two normal values, in sigmas: 2/√π


def _family(value: object) -> Family:
    found = choice("family", value, tuple(BOUNDS))
    return "count" if found == "count" else "share" if found == "share" else "value"


def _centre(value: object) -> float:
    return float(plain_number("centre", value))


def _variance(value: object) -> float:
    return not_negative("variance", value)


def _factor(value: object) -> float:
    return not_negative("factor", value)


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    instance("types", value, list, tuple)
    found = tuple(value)
    return distinct("types", found if found == ("",) else (text("types", code) for code in found))


def _weights(value: Iterable[float]) -> tuple[float, ...]:
    instance("weights", value, list, tuple)
    return tuple(float(plain_number("weights", weight)) for weight in value)


def _rates(value: Iterable[float]) -> tuple[float, ...]:
    instance("rates", value, list, tuple)
    return tuple(not_negative("rates", rate) for rate in value)


def _mean_volume(value: object) -> float:
    return positive("volume", value)


def _measured(value: Iterable[str]) -> tuple[str, ...]:
    instance("measured", value, list, tuple)
    return tuple(text("measured", code) for code in value)


@attrs.frozen(kw_only=True)
class Baseline:
    """What is normal for a series: statistic Σ weightₖ·countₖ/volume, sigma √(variance/volume).

    Parameters
    ----------
    family : {"count", "share", "value"}
        What is charted: counts of events, 0 and more; shares of cases, 0 to 1; or values of any
        kind, whose volume is 1.
    centre : float
        The mean of the statistic, μ.
    variance : float
        That of the statistic of a period whose volume is 1, 0 or more.
    types : sequence of str
        The codes of what is counted, in order; ``("",)`` where there is only one.
    weights : sequence of float
        The weight of each type.
    rates : sequence of float
        The mean count of each type in a volume of 1; a monitor does without them.
    factor : float
        How many times as much as independent cases the series varies: 1, or as phase 1 has it.
    measured : sequence of str
        The types that may be fractional, as minutes.
    volume : float
        The mean volume of the periods of phase 1; 1 where they have none.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind or out of range, or types, weights and rates are not as
        many.

    Examples
    --------
    >>> normal = Baseline(family="count", centre=2, variance=2)
    >>> normal.values([[6]], [4]).tolist(), normal.sigma([8]).tolist()
    ([1.5], [0.5])
    """

    family: Family = attrs.field(converter=_family)
    centre: float = attrs.field(converter=_centre)
    variance: float = attrs.field(converter=_variance)
    types: tuple[str, ...] = attrs.field(default=("",), converter=_texts)
    weights: tuple[float, ...] = attrs.field(default=(1.0,), converter=_weights)
    rates: tuple[float, ...] = attrs.field(default=(), converter=_rates)
    factor: float = attrs.field(default=1.0, converter=_factor)
    measured: tuple[str, ...] = attrs.field(default=(), converter=_measured)
    volume: float = attrs.field(default=1.0, converter=_mean_volume)

    def __attrs_post_init__(self) -> None:
        low, high = BOUNDS[self.family]
        if not low <= self.centre <= high:
            msg = f"`centre` of a {self.family} must lie in {low}..{high}, got {self.centre}"
            raise ValueError(msg)
        if not self.types or len(self.types) != len(self.weights):
            msg = f"`weights` must be one for each of {brief(self.types)}, got {self.weights}"
            raise ValueError(msg)
        if self.rates and len(self.rates) != len(self.types):
            msg = f"`rates` must be one for each of {brief(self.types)}, got {self.rates}"
            raise ValueError(msg)

    @property
    def bounds(self) -> tuple[float, float]:
        """What the statistic cannot lie below and above; limits neither."""
        return BOUNDS[self.family]

    @property
    def nothing(self) -> str:
        """What is said of a period that has no count, or no value."""
        return VALUE_MISSING if self.family == "value" else UNCOUNTED

    @property
    def event_variance(self) -> float:
        """The variance of single events: Σw²·rate of counts, p(1 - p) of shares."""
        if self.family == "share":
            return self.centre * (1 - self.centre)
        squares = zip(self.weights, self.rates, strict=False)  # without rates it is not known
        return sum(weight * weight * rate for weight, rate in squares)

    @property
    def ideal_variance(self) -> float:
        """The variance of independent cases, without what the factor adds; NaN of values."""
        if self.family == "value":
            return np.nan
        return self.variance / self.factor if self.factor else self.event_variance

    def values(self, counts: ArrayLike, volume: ArrayLike) -> Array:
        """Return the statistic of periods from counts (periods, types) and their volumes."""
        found, columns = np.zeros(np.shape(volume)), np.asarray(counts, dtype=float).T
        for weight, column in zip(self.weights, columns, strict=True):  # in this order, exactly
            found = found + weight * column
        found /= np.asarray(volume, dtype=float)
        return found

    def sigma(self, volume: ArrayLike) -> Array:
        """Return the sigma of the statistic of periods with these volumes."""
        return np.sqrt(self.variance / np.asarray(volume, dtype=float))


def counts_baseline(
    series: Series,
    *,
    types: tuple[str, ...] = ("",),
    weights: tuple[float, ...] = (1.0,),
    measured: tuple[str, ...] = (),
) -> Baseline:
    """Return what phase 1 says of Poisson counts: rates Σcounts/Σvolume, centre, variance."""
    rates = _rates_of(series)
    return Baseline(
        family="count",
        centre=sum(weight * rate for weight, rate in zip(weights, rates, strict=True)),
        variance=sum(weight * weight * rate for weight, rate in zip(weights, rates, strict=True)),
        types=types,
        weights=weights,
        rates=rates,
        measured=measured,
        volume=_mean_size(series),
    )


def shares_baseline(series: Series) -> Baseline:
    """Return what phase 1 says of binomial counts: p = Σcounts/Σvolume, variance p(1 - p)."""
    (share,) = _rates_of(series)
    return Baseline(
        family="share",
        centre=share,
        variance=share * (1 - share),
        rates=(share,),
        volume=_mean_size(series),
    )


def values_baseline(
    series: Series, *, target: float | None = None, sigma: float | None = None
) -> Baseline:
    """Return the mean of phase 1 and its mean moving range/1.128, or what is known instead."""
    values = series.counts[:, 0]
    if target is None:
        target = float(values[_some(series)].mean())
    if sigma is None:
        sigma = _moving(values, series, "give `sigma`, or a longer phase 1")
    return Baseline(family="value", centre=target, variance=sigma * sigma)


def widened(baseline: Baseline, series: Series) -> Baseline:
    """Return the baseline with the spread that phase 1 has, as Laney (2002).

    σz = mean moving range/1.128 of z = (x - μ)/σ_t; the variance is σz² times as large.
    """
    if not baseline.variance:
        return baseline
    z = np.full(len(series.periods), np.nan)
    used = series.used
    x = baseline.values(series.counts[used], series.volume[used])
    z[used] = (x - baseline.centre) / baseline.sigma(series.volume[used])
    widening = _moving(z, series, "choose a longer phase 1, or u_chart")
    square = widening * widening
    return attrs.evolve(
        baseline, variance=baseline.variance * square, factor=baseline.factor * square
    )


def _some(series: Series) -> NDArray[np.bool_]:
    """Return the periods of phase 1 that have values, if there are any."""
    used = series.used
    if not used.any():
        reasons = sorted({str(blank) for blank in series.blanks[series.first] if blank})
        why = f" ({', '.join(reasons)})" if reasons else ""
        msg = f"`baseline`: phase 1 must have at least one period with a value, got none{why}"
        raise ValueError(msg)
    return used


def _rates_of(series: Series) -> tuple[float, ...]:
    used = _some(series)
    rates = series.counts[used].sum(axis=0) / series.volume[used].sum()
    return tuple(rates.tolist())


def _mean_size(series: Series) -> float:
    return float(series.volume[series.used].mean())


def _moving(values: Array, series: Series, advice: str) -> float:
    """Return the mean moving range/1.128 of neighbours that are both in phase 1."""
    ranges = np.abs(np.diff(values))[series.neighbours]
    if not ranges.size:
        msg = f"`baseline`: the spread needs two neighbours in phase 1, got none; {advice}"
        raise ValueError(msg)
    return float(ranges.mean()) / RANGE_OF_TWO
