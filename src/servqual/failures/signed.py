"""A signed index: rates of different units, weighted for and against, as in airline ratings."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from servqual._checks import instance, listed, not_negative, plain_number, probability
from servqual._stats.averages import scaled
from servqual.failures.schemes import FailureScheme, FailureType
from servqual.tables import Result, Table

__all__ = ["SignedIndex", "signed_index"]


@attrs.frozen(kw_only=True, repr=False)
class SignedIndex(Result):
    """A weighted sum of rates, some of which count for the service and some against it.

    Parameters
    ----------
    table : Table
        One row a `type`: its `rate`, `per` how many (NaN for what is no rate) of which `unit`, its
        `weight`, and its `contribution` to the score.
    score : float
        The sum of the contributions. Higher is better, where what is good has weights above 0.
    """

    table: Table
    score: float


def signed_index(
    rates: Mapping[str, float] | Sequence[float], scheme: FailureScheme
) -> SignedIndex:
    """Return the index of rates that count for a service and against it.

    score = ``Σ w_i·r_i / Σ |w_i|``; contribution ``w_i·r_i / Σ |w_i|``.

    Parameters
    ----------
    rates : mapping of str to float, or sequence of float
        r, the rate of each type of the scheme, by code or in their order, each in the unit of its
        type: a share from 0 to 1 where `per` is 1, 0 or more where it is another number, such as
        bags per 1,000 passengers, any number where there is none.
    scheme : FailureScheme
        w, weights above 0 for what is good and below 0 for what is bad.

    Returns
    -------
    SignedIndex
        The score and what each type adds to it, in no unit.

    Raises
    ------
    TypeError, ValueError
        If a rate is missing, unknown, infinite or out of its range; a percentage where a share is
        meant is an error.

    Notes
    -----
    The index mixes units: the scale of each rate decides how much it counts. Bags per 1,000
    instead of per 100 weigh ten times as much, with the same weight. So two scores compare only
    where all rates have the same units. Of several airlines, call it for each.
    The Airline Quality Rating is published so; the weights and units of the preset are partly from
    memory (its `note`).

    References
    ----------
    Bowen, B. D., Headley, D. E., & Luedtke, J. R. (1991). Airline Quality Rating. National
    Institute for Aviation Research, Wichita State University.

    Examples
    --------
    >>> from servqual.failures.schemes import FailureScheme, FailureType, failure_scheme
    >>> on_time = FailureType(code="on-time", name="On time", weight=3, unit="trains", per=1)
    >>> lost = FailureType(code="lost", name="Lost bags", weight=-1, unit="travellers", per=1000)
    >>> scheme = FailureScheme(code="trains", name="Trains", types=(on_time, lost))
    >>> signed_index({"on-time": 0.8, "lost": 4}, scheme)  # (3 · 0.8 - 1 · 4) / 4
    Signed index
    type      rate       per  unit        weight  contribution
    on-time  0.800     1.000  trains       3.000         0.600
    lost     4.000  1000.000  travellers  -1.000        -1.000
    score -0.4
    >>> rating = failure_scheme("airline-quality-rating")
    >>> round(signed_index([0.80, 0.6, 3.5, 1.2], rating).score, 7)
    -1.0783622
    """
    instance("scheme", scheme, FailureScheme, hint="; failure_scheme(…) returns one")
    if hasattr(rates, "columns"):
        msg = "`rates` must be those of one service, got a table; call it for each of its rows"
        raise TypeError(msg)
    cells = listed("rates", rates, scheme.codes)
    found = np.array([_rate(kind, x) for kind, x in zip(scheme.types, cells, strict=True)])
    sizes = scaled(np.abs(scheme.points))
    contributions = np.copysign(sizes, scheme.points) * found / sizes.sum()
    score = float(contributions.sum())
    return SignedIndex(
        table=Table(
            title="Signed index",
            keys=("type",),
            data={
                "type": list(scheme.codes),
                "rate": found,
                "per": [np.nan if kind.per is None else kind.per for kind in scheme.types],
                "unit": [kind.unit for kind in scheme.types],
                "weight": scheme.points,
                "contribution": contributions,
            },
            note=f"score {score:.6g}",
        ),
        score=score,
    )


def _rate(kind: FailureType, value: object) -> float:
    """Return a rate in the unit of its type."""
    name = f"rates[{kind.code!r}]"
    if kind.per is None:
        return float(plain_number(name, value))
    return probability(name, value) if kind.per == 1 else not_negative(name, value)
