"""A figure that a service promises, read as a limit and as a mean."""

import math

import attrs

from servqual._checks import positive, proper_share

__all__ = ["LimitOrMean", "limit_or_mean"]


@attrs.frozen(kw_only=True)
class LimitOrMean:
    """What a figure promises if it is a mean, and what if it is a limit.

    Parameters
    ----------
    figure : float
        The figure.
    share : float
        The share of cases that a limit is meant for.
    share_if_mean : float
        The share of cases within the figure if it is the mean.
    mean_if_limit : float
        The mean, in the unit of the figure, with which the share stays within it.
    """

    figure: float
    share: float
    share_if_mean: float
    mean_if_limit: float


def limit_or_mean(figure: float, *, share: float = 0.95) -> LimitOrMean:
    """Return what "in 3 minutes" promises, read as a mean or as a limit, of exponential times.

    P(T ≤ mean) = 1 - 1/e whatever the mean, so a mean that is read as a limit is missed by more
    than a third; and P(T ≤ figure) = share for the mean figure/(-ln(1 - share)).

    Parameters
    ----------
    figure : float
        The time, in any unit, above 0.
    share : float
        The share of cases that should stay within a limit, between 0 and 1.

    Returns
    -------
    LimitOrMean
        Both readings.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Notes
    -----
    Exponential times are the usual first guess; for measured ones, see `compliance`.

    Examples
    --------
    >>> found = limit_or_mean(3)
    >>> f"{found.share_if_mean:.3f} {found.mean_if_limit:.4f}"
    '0.632 1.0014'
    """
    time, share = positive("figure", figure), proper_share("share", share)
    return LimitOrMean(
        figure=time,
        share=share,
        share_if_mean=-math.expm1(-1),
        mean_if_limit=time / -math.log1p(-share),
    )
