"""Composite reliability and average variance extracted, from loadings that are given."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.factors import average_variance, omega
from servqual.measurement._loadings import (
    Loadings,
    both_signs,
    loadings_of,
    no_loading,
    of_each,
    see_each,
)
from servqual.tables import Result, Table

__all__ = ["CompositeReliability", "composite_reliability"]

Array = NDArray[np.float64]


@attrs.frozen(kw_only=True, repr=False)
class CompositeReliability(Result):
    """Composite reliability and average variance extracted of one construct.

    Parameters
    ----------
    reliability : float
        CR, the share of the factor in the variance of the sum of the items.
    ave : float
        AVE, the mean share of the factor in the variance of an item.
    table : Table
        Both in one row.
    lacking : str
        "" or that loadings of both signs cancel out in CR.
    undefined : str
        "" or why there are none.
    """

    reliability: float = attrs.field(eq=repr)
    ave: float = attrs.field(eq=repr)
    table: Table
    lacking: str
    undefined: str


def composite_reliability(
    loadings: Loadings,
    errors: Loadings | None = None,
    *,
    items: Sequence[str] | None = None,
) -> CompositeReliability:
    """Return CR = (Σλ)²/((Σλ)² + Σθ) and AVE, the mean λ², of loadings fitted anywhere.

    θ = 1 - λ² is the error variance of a standardised item.

    Parameters
    ----------
    loadings : array_like or mapping
        λ of the standardised items on their one factor, of variance 1; in -1..1. With `errors`,
        those in units of the answers.
    errors : array_like or mapping
        θ, the error variances in units of the answers; 0 or more. AVE is then the mean of
        λ²/(λ² + θ), that of the standardised items.
    items : sequence of str
        Names of the items (default "1", "2", …, or those of a mapping).

    Returns
    -------
    CompositeReliability
        Undefined, with the reason, where a number is NaN, as in a solution that there is not.

    Raises
    ------
    TypeError, ValueError
        If there are no loadings, a standardised one lies beyond -1..1, or an error below 0.

    Notes
    -----
    With loadings of one factor fitted to standardised answers, CR is McDonald's ω of their sum.
    Loadings of different signs cancel out in CR: turn reverse-keyed items first.

    References
    ----------
    Fornell, C. & Larcker, D. F. (1981). Evaluating structural equation models with unobservable
    variables and measurement error. Journal of Marketing Research 18(1), 39-50.

    Examples
    --------
    Three loadings of 0.5: 2.25/(2.25 + 3·0.75), and 0.25.

    >>> found = composite_reliability([0.5, 0.5, 0.5])
    >>> found.reliability, found.ave
    (0.5, 0.25)
    """
    if errors is None:
        rule = "lie in -1..1 where no `errors` are given"
        called, own = loadings_of("loadings", loadings, items, rule=rule)
        rest = 1 - own**2
    else:
        called, own = of_each("loadings", loadings, items)
        _, rest = of_each("errors", errors, called)
        see_each("loadings", "be finite", np.isinf(own), own, called)
        see_each("errors", "be 0 or more", rest < 0, rest, called)
        see_each("errors", "be finite", np.isinf(rest), rest, called)
    with np.errstate(invalid="ignore"):
        standardized = own / np.sqrt(own**2 + rest)
    data: dict[str, Any] = {
        "items": len(own),
        "reliability": float(omega(own, rest)),
        "ave": float(average_variance(standardized)),
    }
    undefined = _reason(own, rest, called)
    if undefined:
        data |= {"reliability": np.nan, "ave": np.nan}
    data |= {"lacking": "" if undefined else both_signs(own), "undefined": undefined}
    columns: dict[str, Any] = {name: [value] for name, value in data.items()}
    return CompositeReliability(
        reliability=data["reliability"],
        ave=data["ave"],
        table=Table(title="Composite reliability", keys=(), data=columns),
        lacking=data["lacking"],
        undefined=undefined,
    )


def _reason(loadings: Array, errors: Array, items: Sequence[str]) -> str:
    if reason := no_loading(loadings + errors, items):
        return reason
    still = (loadings == 0) & (errors == 0)
    return f"item {items[int(np.argmax(still))]!r} has no variance" if still.any() else ""
