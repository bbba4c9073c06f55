"""How many respondents a survey needs, for a test or for an interval."""

import math
from collections.abc import Callable
from typing import Literal

import attrs

from servqual._checks import choice, confidence_level, plain_number, whole
from servqual._stats.effects import power_of_t

__all__ = ["SampleSize", "sample_size", "sample_size_for_interval"]

Method = Literal["t", "normal"]
MOST = 1e12  # respondents; a plan that needs more is none


@attrs.frozen(kw_only=True)
class SampleSize:
    """How many respondents are needed, who answer and can be used.

    Parameters
    ----------
    n : int
        Respondents in each group: `exact` rounded up.
    total : int
        Respondents in all groups.
    exact : float
        The n, as a real number, at which the goal is met; 2 at least.
    goal : str
        What is met, in words.
    """

    n: int
    total: int
    exact: float
    goal: str


def sample_size(
    effect_size: float,
    *,
    groups: Literal[1, 2] = 1,
    power: float = 0.8,
    confidence: float = 0.95,
    method: Method = "t",
) -> SampleSize:
    """Return the respondents that a two-sided test of a gap, or of two groups' difference, needs.

    Power is that of the non-central t with n - 1 df and non-centrality δ√n for a gap, and with
    2n - 2 df and δ√(n/2) for groups of n each; by ``"normal"``, n = (z_{1-α/2} + z_power)²/δ², or
    twice that.

    Parameters
    ----------
    effect_size : float
        δ, the gap divided by the sd of the gaps, or the difference divided by the sd within groups;
        its sign does not matter.
    groups : {1, 2}
        1 for a gap, whose two sides come from the same respondents; 2 for the difference of two
        groups of equal size.
    power : float
        The probability to find an effect of this size, above 1 - `confidence` and below 1.
    confidence : float
        1 less the level of the test.
    method : {"t", "normal"}
        The distribution.

    Returns
    -------
    SampleSize
        n of each group, the total, and the exact n.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range, or no survey of 10¹² suffices.

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences. 2nd ed. Erlbaum.

    Examples
    --------
    >>> sample_size(0.5).n
    34
    >>> sample_size(0.5, groups=2).n
    64
    """
    delta = abs(plain_number("effect_size", effect_size))
    if delta == 0:
        msg = "`effect_size` must not be 0: no survey shows that an effect is exactly nothing"
        raise ValueError(msg)
    confidence = confidence_level(confidence)
    power = plain_number("power", power)
    if not 1 - confidence < power < 1:
        msg = f"`power` must lie between {1 - confidence:g} (1 - `confidence`) and 1, got {power!r}"
        raise ValueError(msg)
    groups = _groups(groups)

    def short(n: float) -> float:
        return power - power_of_t(delta * math.sqrt(n / groups), groups * (n - 1), confidence)

    z = _quantile((1 + confidence) / 2) + _quantile(power)
    rough = _within_reach(groups * (z / delta) * (z / delta))
    exact = rough if choice("method", method, ("t", "normal")) == "normal" else _met(short, rough)
    goal = f"power {power:g} for an effect of {delta:g} at confidence {confidence:g}"
    return _plan(exact, groups, goal)


def sample_size_for_interval(
    half_width: float,
    *,
    sd: float,
    groups: Literal[1, 2] = 1,
    population: int | None = None,
    confidence: float = 0.95,
    method: Method = "t",
) -> SampleSize:
    """Return the respondents for an interval of ± `half_width` about a gap, or about a difference.

    The n at which t·sd·√(groups/n)·√(1 - n/N) is the half width, t with groups·(n - 1) df, or z by
    ``"normal"``; N is the population, if one is given.

    Parameters
    ----------
    half_width : float
        Half the length of the interval, in units of the scale.
    sd : float
        The standard deviation of the gaps, or within groups, in units of the scale.
    groups : {1, 2}
        1 for a gap, 2 for the difference of two groups of equal size.
    population : int
        How many there are to draw from in each group; default no end.
    confidence : float
        The confidence of the interval, between 0 and 1.
    method : {"t", "normal"}
        The distribution.

    Returns
    -------
    SampleSize
        n of each group, the total, and the exact n.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Examples
    --------
    >>> sample_size_for_interval(0.1, sd=1.5).n
    867
    >>> sample_size_for_interval(0.1, sd=1.5, method="normal").n
    865
    """
    sizes = {"half_width": half_width, "sd": sd}
    for name, value in sizes.items():
        sizes[name] = plain_number(name, value)
        if not sizes[name] > 0:
            msg = f"`{name}` must be above 0, got {value!r}"
            raise ValueError(msg)
    half, spread = sizes.values()
    confidence = confidence_level(confidence)
    choice("method", method, ("t", "normal"))
    groups = _groups(groups)
    people = math.inf if population is None else whole("population", population, least=2)
    z = _quantile((1 + confidence) / 2)

    def excess(n: float) -> float:
        quantile = z if method == "normal" else _student((1 + confidence) / 2, groups * (n - 1))
        return quantile * spread * math.sqrt(groups / n * max(0.0, 1 - n / people)) - half

    ratio = z * (spread / half)
    exact = _met(excess, _within_reach(min(people, groups * ratio * ratio)))
    return _plan(exact, groups, f"interval of ± {half:g} at confidence {confidence:g}")


def _groups(value: object) -> Literal[1, 2]:
    if isinstance(value, bool) or value not in (1, 2):
        msg = f"`groups` must be 1 (a gap) or 2 (a difference of groups), got {value!r}"
        raise ValueError(msg)
    return 1 if value == 1 else 2


def _within_reach(n: float) -> float:
    """Return n, if a survey of so many is a plan."""
    if n > MOST:
        msg = f"no survey of {MOST:g} respondents suffices"
        raise ValueError(msg)
    return n


def _met(lacking: Callable[[float], float], rough: float) -> float:
    """Return the n at which a falling function is 0, about a first guess; 2 where it is below."""
    from scipy.optimize import brentq  # half a second

    low, high = 2.0, max(4.0, 2 * rough)
    if lacking(low) <= 0:
        return low
    while lacking(high) > 0:
        high *= 2
    return float(brentq(lacking, low, high, xtol=1e-9))


def _plan(exact: float, groups: int, goal: str) -> SampleSize:
    exact = max(exact, 2.0)
    n = math.ceil(exact - 1e-9)
    return SampleSize(n=n, total=groups * n, exact=exact, goal=goal)


def _quantile(share: float) -> float:
    from scipy.special import ndtri  # half a second

    return float(ndtri(share))


def _student(share: float, df: float) -> float:
    from scipy.special import stdtrit  # half a second

    return float(stdtrit(df, share))
